"""Tests of `wrm show`: its steps in text and JSON, its sources and options, and its exit statuses."""

import gzip
import json
import os
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bad_lines import ACCEPT, CLOSE, CREATE, START, STATUS, changed
from cli.running import LINES, SECONDS, Done, feed, started, stream, wrm, wrm_process
from parquet_rows import of
from parquet_rows import write as write_parquet
from random_lines import LineGenerator
from work_request_manager.cli import _show
from work_request_manager.log import steps
from work_request_manager.reports.steps import MAX_ACTIVITIES
from work_request_manager.wire import decode_work_request

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

HISTORY = """\
2026-03-01T20:00:00Z  LOG:1  Consumed
  Chorus asks to create work request WR-1 (CreateTaskEvent)
  A-1: new → Open
2026-03-01T20:05:00Z  LOG:2  Consumed
  Chorus asks to put work request WR-1 on hold (PutOnHoldTaskEvent)
  WR-1: now sent to supplier northline, on hold
2026-03-01T21:00:00Z  LOG:4  Consumed
  WorkSupplier northline asks to move activity A-1 to Active
    (UpdateTaskActivityStatusEvent)
  A-1: Open → Active
  warning WRM107 held-work-does-not-start: work request WR-1 is on hold, but
    activity A-1 would start; resume the request first
no time  LOG:5  not judged
  ArchiveTaskEvent
  warning WRM503 unknown-event: $.event is 'ArchiveTaskEvent', an event that
    this library does not know
2026-03-01T22:00:00Z  LOG:6  Refused
  WorkSupplier northline asks to move activity A-1 to Closed
    (UpdateTaskActivityStatusEvent)
  A-1: stays Active
  error WRM208 close-follows-completion: activity A-1 cannot move from Active to
    Closed without PracticalCompletion first
5 lines about WR-1 (3 consumed, 1 refused, 1 not judged); 1 error, 2 warnings
At the end:
  WR-1: sent to supplier northline, on hold
  A-1: Active
"""


def log_of(folder: Path, *lines: bytes) -> Path:
    """Write lines as a log, and return its path."""
    path = folder / "log.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def in_json(*args: object, **options: Any) -> dict[str, Any]:
    """Return the JSON that `wrm show` prints."""
    done = wrm("show", "--format", "json", *args, **options)
    assert (done.status, done.err) == (0, "")
    assert done.out.isascii()
    shown: dict[str, Any] = json.loads(done.out)
    return shown


# Text


def test_the_history_of_a_work_request_in_text(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is a block: time, place and answer, then the event in words, the statuses and the findings."""
    monkeypatch.chdir(log.parent)
    assert wrm("show", log.name, "WR-1") == Done(0, HISTORY.replace("LOG", log.name), "")


def test_colours_are_those_of_check(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers that need attention have the colours of levels. Without colours, the text is the same."""
    with log.open("a") as file:
        file.write("\n" + LINES[3])
    plain = wrm("show", log, "WR-1").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = wrm("show", log, "WR-1").out
    assert ESCAPES.sub("", coloured) == plain
    red, yellow, off = "\x1b[1;31m", "\x1b[1;33m", "\x1b[0m"
    assert f"{red}Refused{off}\n" in coloured
    assert f"{yellow}NotConsumed{off}\n" in coloured
    assert f"  \x1b[1m{log}:1{off}  Consumed\n" in coloured
    assert f"\n  {red}error{off} \x1b[36mWRM208 close-follows-completion{off}: activity" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert wrm("show", log, "WR-1").out == plain


def test_a_pipe_gets_no_colours(log: Path) -> None:
    """The output of a process is text only."""
    done = wrm_process("show", log, "WR-1")
    assert done == wrm("show", log, "WR-1")
    assert "\x1b" not in done.out


@pytest.mark.parametrize("mode", [[], ["--history"], ["--partial"]], ids=" ".join)
@pytest.mark.parametrize("seed", range(5))
def test_lines_have_at_most_80_columns(
    tmp_path: Path, seed: int, mode: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a long value makes a line longer."""
    monkeypatch.chdir(tmp_path)
    path = log_of(tmp_path, *LineGenerator(Random(seed)).log(60))  # noqa: S311 - test data needs no secrecy
    done = wrm("show", *mode, path.name, "W1")
    assert (done.status, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize("seed", range(5))
def test_values_are_printable(tmp_path: Path, seed: int) -> None:
    """Control characters and commands of continuous integration are escaped, in every place."""
    hostile = "x\x1b[31m\n\u202e##vso[task]::error::y " + "z" * seed * 100
    lines = [
        line.replace(b"W1", json.dumps(hostile)[1:-1].encode()).replace(b"A1", json.dumps(hostile)[1:-1].encode())
        for line in LineGenerator(Random(seed)).log(40)  # noqa: S311 - as above
    ]
    lines += [changed(ACCEPT, taskId=hostile, **{field: hostile}) for field in ("event", "at", "sender")]
    path = log_of(tmp_path, *lines)
    named = path.rename(tmp_path / "##vso[log]::error::\x1b")
    done = wrm("show", named, hostile)
    assert done.status == 0
    assert all(line.isprintable() for line in done.out.splitlines())
    assert "##" not in done.out
    assert "::e" not in done.out
    assert "x\\x1b[31m\\n\\u202e#\\x23vso[task]:\\x3aerror:\\x3ay" in done.out
    shown = in_json(named, hostile)
    assert shown["taskId"] == hostile
    assert shown["steps"]


def test_many_activities_are_counted(tmp_path: Path) -> None:
    """The text lists the first ones. JSON has all of them."""
    new = [{"id": f"A-{number}", "type": {"code": "F"}} for number in range(MAX_ACTIVITIES + 1)]
    cancelled = changed(ACCEPT, event="CancelTaskEvent", sender={"role": "Chorus", "id": "chorus"})
    path = log_of(tmp_path, changed(CREATE, activities=new), cancelled)
    text = wrm("show", path, "WR-1").out
    assert text.count("\n  and 1 more activity\n") == 3
    assert text.count("Open → Closed") == text.count("Closed, cancelled") == MAX_ACTIVITIES
    shown = in_json(path, "WR-1")
    assert [len(step["moved"]) for step in shown["steps"]] == [len(new)] * 2
    assert len(shown["activities"]) == len(new)


@pytest.mark.parametrize(
    ("events", "request_text", "activity_text"),
    [
        ([], "sent to supplier northline", "Open"),
        (["AcceptTaskEvent"], "accepted by supplier northline", "Open"),
        ([("RejectTaskEvent", {"reason": "Duplicate"})], "rejected by supplier northline for Duplicate", "Open"),
        (["PutOnHoldTaskEvent"], "sent to supplier northline, on hold", "Open"),
        (["RequestCancelTaskEvent"], "sent to supplier northline, cancellation requested", "Open"),
        ([("RequestCancelTaskEvent", {"activityId": "A-1"})], "sent to supplier northline",
         "Open, cancellation requested"),
        (["CancelTaskEvent"], "sent to supplier northline, closed", "Closed, cancelled"),
    ],
    ids=str,
)  # fmt: skip
def test_the_end_has_what_the_rules_read(
    tmp_path: Path, events: list[Any], request_text: str, activity_text: str
) -> None:
    """The allocation, the hold, requested cancellations, and whether work is closed and how."""
    lines = [CREATE]
    for event in events:
        name, fields = (event, {}) if isinstance(event, str) else event
        is_suppliers = name in ("AcceptTaskEvent", "RejectTaskEvent")
        sender = {"role": "WorkSupplier", "id": "northline"} if is_suppliers else {"role": "Chorus", "id": "chorus"}
        lines.append(changed(ACCEPT, event=name, sender=sender, **fields))
    done = wrm("show", log_of(tmp_path, *lines), "WR-1")
    assert done.out.endswith(f"\nAt the end:\n  WR-1: {request_text}\n  A-1: {activity_text}\n")


@pytest.mark.parametrize(
    ("mode", "end"),
    [
        (
            [],
            "At the end, the log shows no activity of WR-1. If the log is a part of a longer\n  one, use --partial.\n",
        ),
        (["--partial"], "At the end, as far as the log shows:\n  A-1: Active\n  A-2: ?\n"),
    ],
)
def test_the_end_of_a_log_that_does_not_create_the_work_request(tmp_path: Path, mode: list[str], end: str) -> None:
    """The text says what the log shows, or how to judge it."""
    assigned = changed(STATUS, event="UpdateTaskActivityWorkerEvent", worker="w-1", activityId="A-2")
    done = wrm("show", *mode, log_of(tmp_path, START, assigned), "WR-1")
    assert done.status == 0
    assert done.out.endswith(end)
    assert ("\n  A-1: ? → Active\n" in done.out, "\n  A-2: ?\n" in done.out) == (bool(mode), bool(mode))


def test_the_end_of_a_partial_log_that_shows_nothing(tmp_path: Path) -> None:
    """There is no hint then."""
    done = wrm("show", "--partial", log_of(tmp_path, changed(ACCEPT, at="never")), "WR-1")
    assert done.out.endswith("(1 not judged); 1 error, 0 warnings\nAt the end, the log shows no activity of WR-1.\n")


def test_a_history_says_that_refused_events_took_effect(tmp_path: Path) -> None:
    """The statuses show it too."""
    path, note = log_of(tmp_path, CREATE, START, CLOSE), "The log is a history, so refused events took effect too.\n"
    done = wrm("show", "--history", path, "WR-1")
    assert "  Refused\n" in done.out
    assert "  A-1: Active → Closed\n" in done.out
    assert note in done.out
    assert note not in wrm("show", path, "WR-1").out
    assert note not in wrm("show", "--history", log_of(tmp_path, CREATE, START), "WR-1").out


# JSON


@pytest.mark.parametrize("mode", [[], ["--history"], ["--partial"], ["--strict"], ["--without", "303"]], ids=" ".join)
@pytest.mark.parametrize("seed", range(4))
def test_findings_in_json_are_those_of_check(tmp_path: Path, seed: int, mode: list[str]) -> None:
    """Each field is the same, its fingerprint too."""
    lines = LineGenerator(Random(seed)).log(60)  # noqa: S311 - as above
    path = log_of(tmp_path, *lines)
    checked = json.loads(wrm("check", *mode, "--format", "json", path).out)
    for work_request_id in ("W1", "W2"):
        shown = in_json(*mode, path, work_request_id)
        expected = [finding for finding in checked["findings"] if finding["taskId"] == work_request_id]
        assert [finding for step in shown["steps"] for finding in step["findings"]] == expected


def test_a_step_in_json(log: Path) -> None:
    """It has the place, the event, the answer, and the statuses before and after."""
    shown = in_json(log, "WR-1")
    assert [*shown] == ["version", "taskId", "steps", "activities", "workRequest"]
    created, held, started_, unknown, refused = shown["steps"]
    opened, active = {"category": "Open", "state": "Open"}, {"category": "Active", "state": "Active"}
    moved = {"activityId": "A-1", "before": opened, "after": active}
    (warning,) = started_.pop("findings")
    assert warning["rule"] == "WRM107"
    assert started_ == {
        "file": str(log),
        "line": 4,
        "at": "2026-03-01T21:00:00Z",
        "sender": "WorkSupplier northline",
        "event": "UpdateTaskActivityStatusEvent",
        "activityId": "A-1",
        "answer": "Consumed",
        "before": opened,
        "after": active,
        "moved": [moved],
    }
    assert created["moved"] == [moved | {"before": None, "after": opened}]
    assert [(step["before"], step["after"]) for step in (created, held)] == [(None, None)] * 2
    assert held["moved"] == []
    assert (refused["answer"], refused["before"], refused["after"], refused["moved"]) == ("Refused", active, active, [])
    assert (unknown["answer"], unknown["at"], unknown["sender"], unknown["event"]) == (
        None, None, None, "ArchiveTaskEvent",
    )  # fmt: skip
    assert shown["activities"] == [{"activityId": "A-1", "status": active}]
    end = decode_work_request(json.dumps(shown["workRequest"]))
    assert (end.id, end.on_hold, end.activity("A-1").has_been_active) == ("WR-1", True, True)


def test_a_partial_log_has_no_work_request_in_json(tmp_path: Path) -> None:
    """A status whose state is unknown has the category only."""
    closed = changed(CLOSE, status={"category": "Closed", "state": "Done"})
    shown = in_json("--partial", log_of(tmp_path, closed), "WR-1")
    assert shown["steps"][0]["before"] is None
    assert shown["steps"][0]["after"] == {"category": "Closed", "state": None}
    assert shown["activities"] == [{"activityId": "A-1", "status": {"category": "Closed", "state": None}}]
    assert shown["workRequest"] is None


# Sources


def test_a_folder_and_standard_input_are_logs(tmp_path: Path) -> None:
    """They are read as `wrm check` reads them, compressed and as Parquet too."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "1.gz").write_bytes(gzip.compress(CREATE))
    write_parquet(folder / "2", ("WR-1", 1, START), ("WR-2", 1, of("WR-2", CREATE)))
    assert [step["line"] for step in in_json(folder, "WR-1")["steps"]] == [1, 1]
    assert [step["file"] for step in in_json("-", "WR-1", stdin=CREATE)["steps"]] == ["-"]
    assert len(in_json("-", "WR-1", stdin=(folder / "2").read_bytes())["steps"]) == 1
    assert len(in_json("-", "WR-1", stdin=(folder / "1.gz").read_bytes())["steps"]) == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_each_step_is_written_at_once(form: str) -> None:
    """The output is a pipe. The next line comes only after the step has been read."""
    with started("show", "--format", form, "-", "WR-1") as process:
        for number, line in enumerate((CREATE, of("WR-2", CREATE) + b"\n" + ACCEPT, START), start=1):
            feed(process, line + b"\n")
            written = b""
            while written.count(b"Consumed") < 1:
                piece = os.read(stream(process.stdout).fileno(), 65_536)
                assert piece, f"the output ended at line {number}: {written!r}"
                written += piece
        out, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, err) == (0, b"")
        assert out


def test_a_mapped_log_has_no_names_of_events(tmp_path: Path) -> None:
    """Its reader does not know them. An unknown sender is named as such."""
    rows, mapping = tmp_path / "rows.csv", tmp_path / "map.toml"
    rows.write_text("case,state,at\n1,on it,2026-03-01T00:00:00Z\n1,odd,2026-03-01T00:00:00Z\n2,on it,\n")
    mapping.write_text('request = "case"\nstatus = "state"\nat = "at"\n[categories]\n"on it" = "Active"\n')
    done = wrm("show", "--map", mapping, rows, "1")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"2026-03-01T00:00:00Z  {rows}:2  Consumed\n"
        "  an unknown sender asks to move activity 1 to Active (on it)\n"
        "  1: ? → Active (on it)\n"
        f"no time  {rows}:3  not judged\n"
        "  error WRM502 bad-field: state is 'odd', which is not in [categories]; add it\n"
        "    there\n"
        "2 lines about 1 (1 consumed, 1 not judged); 1 error, 0 warnings\n"
        "At the end, as far as the log shows:\n"
        "  1: Active (on it)\n"
    )
    assert in_json("--map", mapping, rows, "1")["steps"][0]["event"] == "UpdateTaskActivityStatusEvent"


# Options


def test_the_options_on_how_to_judge_are_those_of_check(tmp_path: Path) -> None:
    """Each has an effect, and the same help."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\nstates = { OnSite = 'Active' }\n")
    coded = changed(CREATE, activities=[{"id": "A-1", "type": "FIBRE"}])
    path = log_of(tmp_path, coded, changed(START, status={"category": "Active", "state": "Lost"}))
    shown = [
        in_json(path, "WR-1", *options)["steps"][1]
        for options in (["--types", types], ["--types", types, "--strict"], ["--types", types, "--without", "WRM406"])
    ]
    assert [(step["answer"], len(step["findings"])) for step in shown] == [
        ("Consumed", 1),
        ("Refused", 1),
        ("Consumed", 0),
    ]
    assert in_json(path, "WR-1")["steps"][0]["answer"] is None
    names = {option.name for option in _show.show.params}
    assert names == {"log", "request", "form", "history", "partial", "mapping", "types", "strict", "rulebook"}


@pytest.mark.parametrize("option", ["--types", "--map"])
def test_a_bad_file_of_an_option_is_named(tmp_path: Path, option: str) -> None:
    """Nothing is shown."""
    file = tmp_path / "file.toml"
    file.write_text("oops")
    done = wrm("show", option, file, log_of(tmp_path, CREATE), "WR-1")
    assert (done.status, done.out) == (2, "")
    assert f"Invalid value for '{option}': {file}: " in done.err


# Exit statuses


def test_findings_do_not_change_the_exit_status(log: Path) -> None:
    """It is 0 if the work request was found."""
    assert wrm("check", log).status == 1
    assert wrm("show", log, "WR-1").status == 0


@pytest.mark.parametrize(
    ("wanted", "others", "message"),
    [
        (
            "WR-1/A-1",
            ["WR-1"],
            "about work request 'WR-1/A-1'; it has lines about 1 other work request, such as 'WR-1'; check",
        ),
        (
            "wr-2",
            ["WR-1", "WR-2", "ab"],
            "; it has lines about 3 other work requests, such as 'WR-2', 'WR-1'; check the id",
        ),
        ("9", ["WR-1", "WR-2"], "about work request '9'; it has lines about 2 other work requests; check the id"),
        ("x" * 101, ["x" * 101 + "y"], "… (101 characters); it has lines about 1 other work request; check the id"),
        ("x" * 101, ["x" * 100], "… (101 characters); it has lines about 1 other work request; check the id"),
        ("x" * 100, ["x" * 101], "; it has lines about 1 other work request; check the id"),
        ("\udcff", ["WR-1"], r"about work request '\udcff'; it has lines about 1 other work request; check the id"),
        ("x\ny", ["x\nz"], r"request 'x\ny'; it has lines about 1 other work request, such as 'x\nz'; check the id"),
    ],
)
def test_an_unknown_work_request_is_named_with_similar_ones(
    tmp_path: Path, wanted: str, others: list[str], message: str
) -> None:
    """The exit status is 2, and nothing is printed."""
    path = log_of(tmp_path, *(changed(CREATE, taskId=each) for each in others))
    done = wrm("show", path, wanted)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"wrm: {path} has no line about work request ")
    assert done.err.endswith("; check the id\n")
    assert message in done.err


def test_very_many_other_work_requests_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, so the message has a limit."""
    monkeypatch.setattr(steps, "MAX_IDS", 2)
    monkeypatch.setattr(_show, "MAX_IDS", 2)
    for count, shown in ((2, "2 other work requests"), (3, "more than 2 others"), (4, "more than 2 others")):
        path = log_of(tmp_path, *(of(f"WR-{number}", CREATE) for number in range(count)))
        assert f"; it has lines about {shown}, such as" in wrm("show", path, "WR-9").err


@pytest.mark.parametrize("content", [b"", b"{}\n"])
def test_a_log_without_work_requests_is_reported(tmp_path: Path, content: bytes) -> None:
    """The message says what to do next."""
    path = log_of(tmp_path, content)
    done = wrm("show", path, "WR-1")
    assert done == Done(2, "", f"wrm: {path} has no line about any work request; run `wrm check` on it to see why\n")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), (b"a,b\n1,2\n", "looks like CSV")]
)
def test_a_log_that_cannot_be_read_is_reported_once(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The exit status is 2."""
    path = tmp_path / "log"
    if content is not None:
        path.write_bytes(content)
    done = wrm("show", path, "WR-1")
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_readable_part_of_a_cut_log_is_shown(tmp_path: Path, form: str) -> None:
    """Then the reason is on standard error. If the work request is not in that part, this is said too."""
    path = tmp_path / "log.gz"
    noise = bytes(Random(1).randbytes(1 << 17))  # noqa: S311 - as above
    path.write_bytes(gzip.compress(CREATE + b"\n" + noise)[:-1_000])
    done = wrm("show", "--format", form, path, "WR-1")
    assert done.status == 2
    assert done.err.startswith(f"wrm: {path} is cut or damaged: ")
    assert len(done.err.splitlines()) == 1
    if form == "json":
        assert json.loads(done.out)["workRequest"]["id"] == "WR-1"
    else:
        assert done.out.endswith("At the end:\n  WR-1: sent to supplier northline\n  A-1: Open\n")
    missing = wrm("show", "--format", form, path, "WR-2")
    assert (missing.status, missing.out) == (2, "")
    assert missing.err.splitlines()[1].startswith(
        f"wrm: {path} has no line about work request 'WR-2'; it has lines about 1"
    )
