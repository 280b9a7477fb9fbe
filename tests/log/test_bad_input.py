"""Tests of bad input: a finding says what is wrong with a line, and all other lines are judged as usual."""

import gzip
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from bad_lines import (
    BAD_JSON,
    BAD_LINES,
    CREATE,
    LARGE_NUMBERS,
    LOG,
    NOT_JSON,
    ODD_JSON,
    ODD_LINES,
    ODD_TIMES,
    PLACE,
    PLACES,
    READ_PLACES,
    TYPES,
    changed,
    sent_at,
)
from work_request_manager.errors import WireError
from work_request_manager.log import Counts, Finding, Report, check
from work_request_manager.wire import decode_types


def count_of(finding: str) -> str:
    """Return the count that a line with this finding belongs to."""
    if finding.startswith("WRM50"):
        return "unknown" if finding.startswith("WRM503") else "malformed"
    return "refused" if finding.startswith("WRM1") else "not_consumed"


def assert_found(tmp_path: Path, line: bytes, finding: str, sort: str) -> None:
    """Check that a line has this finding, or none if it is empty, and that the rest of the log has not changed."""
    path = tmp_path / "log.jsonl"
    log = [line if each == b"" else each for each in LOG]
    for end in (b"\n", b"\r\n"):
        path.write_bytes(end.join(log))
        assert_judged(check(path, types=TYPES), str(path), finding, sort)
    assert_judged(check(log, types=TYPES), "<lines>", finding, sort)
    assert_judged(check((each + b"\r\n" for each in log), types=TYPES), "<lines>", finding, sort)


def assert_judged(report: Report, file: str, finding: str, sort: str) -> None:
    """Check a report on the log with a line in its middle."""
    refusal = f"{file}:{PLACE}" if sort == "refused" else None
    messages = [f"{each.rule} {each.message}" for each in report.findings if each.line == PLACE]
    assert len(messages) == bool(finding), messages
    assert "".join(messages).startswith(finding)
    others = [each for each in report.findings if each.line != PLACE]
    assert list(map(own_parts, others)) == list(map(own_parts, OTHERS.findings))
    assert [(each.file, each.first_refusal) for each in others] == [(file, refusal), (file, None)]
    assert report.counts == counts_with(OTHERS.counts, sort)


def own_parts(finding: Finding) -> tuple[object, ...]:
    """Return the parts of a finding that depend only on its line."""
    of_line = (finding.line, finding.task_id, finding.activity_id, finding.event, finding.at)
    return (*of_line, finding.rule, finding.level, finding.message)


def counts_with(counts: Counts, sort: str) -> Counts:
    """Return the counts with the blank line replaced by a line of this sort."""
    more = [sort] if sort in ("malformed", "unknown") else [sort, "events"]
    return attrs.evolve(counts, blank=counts.blank - 1, **{each: getattr(counts, each) + 1 for each in more})


OTHERS = check(LOG, types=TYPES)


def test_the_log_around_a_bad_line_has_findings() -> None:
    """It has a refused event and a malformed line, which the bad line must not affect."""
    assert [(each.line, each.rule) for each in OTHERS.findings] == [(9, "WRM208"), (10, "WRM501")]
    assert OTHERS.counts == Counts(
        lines=10, blank=1, malformed=1, events=8, consumed=5, not_consumed=2, refused=1, work_requests=2
    )


def named(rows: tuple[tuple[Any, ...], ...]) -> list[Any]:
    """Return rows as test parameters, named by their first column."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("line", "finding"), named(BAD_LINES))
def test_a_bad_line_has_its_finding_and_hides_no_other(tmp_path: Path, line: bytes, finding: str) -> None:
    """The finding has its rule, line number and path. The rest is as if the line were blank."""
    assert_found(tmp_path, line, finding, count_of(finding))


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in ODD_LINES])
def test_an_unusual_line_is_judged(tmp_path: Path, line: bytes) -> None:
    """An unusual but correct line has no finding."""
    assert_found(tmp_path, line, "", "not_consumed")


@pytest.mark.parametrize(("at", "instant"), ODD_TIMES)
def test_an_unusual_time_is_decoded_to_the_microsecond(at: str, instant: str) -> None:
    """Two spellings of one instant are in order. An event that is one microsecond earlier is not."""
    read = datetime.fromisoformat(instant)
    assert check([changed(CREATE, at=at), sent_at(instant), sent_at(at)]).findings == ()
    if read.year > 1:
        earlier = (read - timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=at), sent_at(earlier)]).findings
        assert (finding.rule, finding.message) == (
            "WRM601",
            f"at is {earlier}, earlier than the previous event's {instant}",
        )
    if read.year < 9999:
        later = (read + timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=later), sent_at(at)]).findings
        assert (finding.rule, finding.message) == (
            "WRM601",
            f"at is {instant}, earlier than the previous event's {later}",
        )


# JSON that is bad or unusual, at any place in a line


@pytest.mark.parametrize("place", [*(line for line, _ in PLACES.values()), *READ_PLACES.values()],
                         ids=[*PLACES, *READ_PLACES])  # fmt: skip
@pytest.mark.parametrize(("value", "finding"), named(BAD_JSON))
def test_bad_json_is_reported_at_any_place(tmp_path: Path, value: bytes, finding: str, place: bytes) -> None:
    """The whole line is parsed as JSON, including fields that no rule reads."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


READ = {
    "details": (PLACES["details"][0], "WRM502 $.values holds inf, a number out of range"),
    "the id": (READ_PLACES["the id"], "WRM502 $.taskId is "),
    "the note": (READ_PLACES["the note"], "WRM502 $.note is "),
    "the role": (READ_PLACES["the role"], "WRM502 $.sender.role is "),
    "the time": (READ_PLACES["the time"], "WRM502 $.at is "),
    "the event": (READ_PLACES["the event"], "WRM502 $.event is "),
    "an event without a sender": (READ_PLACES["an event without a sender"], "WRM502 $.sender is missing"),
    "nothing else": (READ_PLACES["nothing else"], "WRM502 $.event is missing"),
}
"""Places where a number out of range is bad, or the line is bad for another reason, and the start of the finding."""


@pytest.mark.parametrize(("place", "finding"), READ.values(), ids=READ)
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in LARGE_NUMBERS])
def test_a_number_out_of_range_is_bad_in_a_field_that_is_read(
    tmp_path: Path, value: bytes, place: bytes, finding: str
) -> None:
    """It is a bad field, because the line is JSON."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


@pytest.mark.parametrize("place", [each for each in PLACES if each != "details"])
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in LARGE_NUMBERS])
def test_a_number_of_any_size_is_allowed_in_a_field_that_is_not_read(tmp_path: Path, value: bytes, place: str) -> None:
    """It is JSON, and it does not matter."""
    line, sort = PLACES[place]
    assert_found(tmp_path, line.replace(b"%s", value), "WRM503" if sort == "unknown" else "", sort)


@pytest.mark.parametrize(("place", "sort"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in ODD_JSON])
def test_unusual_json_is_allowed_at_any_place(tmp_path: Path, value: bytes, place: bytes, sort: str) -> None:
    """A field that takes any JSON takes unusual JSON too."""
    assert_found(tmp_path, place.replace(b"%s", value), "WRM503" if sort == "unknown" else "", sort)


def test_a_lone_surrogate_in_a_text_line_is_a_finding() -> None:
    """Text that UTF-8 cannot hold is reported like bytes that are not UTF-8, in unknown fields too."""
    for place in (line for line, _ in PLACES.values()):
        log = [each.decode() if each else place.decode().replace("%s", '"\ud800"') for each in LOG]
        assert_judged(check(log, types=TYPES), "<lines>", NOT_JSON, "malformed")


def test_the_command_reads_packed_standard_input(tmp_path: Path) -> None:
    """A stream of two gzip members is one log."""
    log, types = b"\n".join(LOG), tmp_path / "types.toml"
    types.write_text("[types.COPPER]\n[types.FIBRE]\n")
    command = [sys.executable, "-m", "work_request_manager", "check", "--format", "json", "--types", str(types), "-"]
    packed = gzip.compress(log[:300]) + gzip.compress(log[300:])
    done = subprocess.run(command, input=packed, capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert [(each["file"], each["line"], each["rule"]) for each in report["findings"]] == [
        ("-", 9, "WRM208"),
        ("-", 10, "WRM501"),
    ]
    assert (report["lines"], done.returncode, done.stderr) == (10, 1, b"")


BAD_TYPES: tuple[tuple[str, bytes, str], ...] = (
    ("nothing", b"", "$.types is missing"),
    ("TOML cut", b"[types", "$ is neither TOML nor JSON"),
    ("TOML twice", b"[types.X]\n[types.X]", "$ is neither TOML nor JSON"),
    ("JSON cut", b'{"types":{', "$ is not JSON in UTF-8"),
    ("JSON trailing", b'{"types":{}}x', "$ is not JSON in UTF-8"),
    ("invalid UTF-8", b'[types."\xff"]', "$ is neither TOML nor JSON"),
    ("NUL", b"\0", "$ is neither TOML nor JSON"),
    ("deep TOML", b"types = " + b"[" * 100_000, "$ is neither TOML nor JSON"),
    ("deep JSON", b'{"types":' + b"[" * 100_000, "$ is nested too deeply"),
    ("list", b'{"types":[]}', "$.types is []"),
    ("number", b"[types]\nX = 1", "$.types.X is 1"),
    ("wrong flag", b"[types.X]\nworkSupplierAllowedToCancel = 1", "$.types.X.workSupplierAllowedToCancel is 1"),
    ("wrong states", b"[types.X]\nstates = ['Open']", "$.types.X.states is ["),
    ("unknown category", b"[types.X]\nstates = { A = 'B' }", "$.types.X.states['A'] is 'B'"),
    ("empty code", b'{"types":{"":{}}}', "$.types..code is ''"),
)


@pytest.mark.parametrize(("types", "message"), named(BAD_TYPES))
def test_a_broken_types_file_says_which_field_is_bad(types: bytes, message: str) -> None:
    """The error has the path of the bad field."""
    with pytest.raises(WireError) as caught:
        decode_types(types)
    assert str(caught.value).startswith(message)
