"""Tests of `wrm check`, as a process."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.reports import FORMATS

Wrm = Callable[..., subprocess.CompletedProcess[str]]

FINDINGS = {
    "WRM107": "{log}:4: warning WRM107 held-work-does-not-start: ",
    "WRM503": "{log}:5: warning WRM503 unknown-event: ",
    "WRM208": "{log}:6: error WRM208 close-follows-completion: ",
    "WRM501": "{log}:7: error WRM501 not-json: ",
}
"""How the findings of the log of `conftest` begin, by their rules."""

SUMMARY = (
    "7 lines (1 blank, 1 malformed, 1 unknown); 4 events (3 consumed, 0 not consumed, 1 refused) for 1 work requests"
)

FULL = "/dev/full"
needs_full = pytest.mark.skipif(not Path(FULL).exists(), reason="only Linux has a device that is always full")


def lines_of(done: subprocess.CompletedProcess[str], log: object) -> list[str]:
    """Return the rules of the lines of a report in text; of a line that is no finding, the line."""
    starts = {begin.format(log=log): rule for rule, begin in FINDINGS.items()}
    return [next((starts[s] for s in starts if line.startswith(s)), line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "status", "rules", "found"),
    [
        ([], 1, "WRM107 WRM503 WRM208 WRM501", "2 errors, 2 warnings"),
        (["--format", "text"], 1, "WRM107 WRM503 WRM208 WRM501", "2 errors, 2 warnings"),
        (["--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warnings"),
        (["--without", "WRM207", "--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warnings"),
        (["--strict", "--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warnings"),
        (["--ignore", "WRM208"], 1, "WRM107 WRM503 WRM501", "1 errors, 2 warnings"),
        (["--without", "wrm107", "--ignore", "wrm208"], 1, "WRM503 WRM501", "1 errors, 1 warnings"),
        (["--ignore", "WRM501", "--ignore", "WRM208"], 0, "WRM107 WRM503", "0 errors, 2 warnings"),
        ([f"--ignore={rule}" for rule in FINDINGS], 0, "", "0 errors, 0 warnings"),
    ],
)
def test_a_log_is_reported_in_text(
    wrm: Wrm, log: Path, options: list[str], status: int, rules: str, found: str
) -> None:
    """A line for each finding, then a summary, whose counts leave nothing out; errors make the exit status 1."""
    done = wrm("check", *options, log)
    assert lines_of(done, log) == [*rules.split(), f"{SUMMARY}; {found}"]
    assert (done.returncode, done.stderr) == (status, "")


def test_a_log_without_errors_exits_with_0_but_for_strict(wrm: Wrm, log: Path) -> None:
    """A warning is no error; strictly, the same rule refuses."""
    log.write_text("\n".join(log.read_text().splitlines()[:4]))
    done = wrm("check", log)
    assert (done.returncode, lines_of(done, log)[0]) == (0, "WRM107")
    done = wrm("check", "--strict", log)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{log}:4: error WRM107 held-work-does-not-start: ")


def test_a_log_is_reported_in_json(wrm: Wrm, log: Path) -> None:
    """One object, of the shape that the interface fixes."""
    done = wrm("check", "--format", "json", log)
    report = json.loads(done.stdout)
    findings = report.pop("findings")
    assert report == {
        "version": 1, "lines": 7, "blank": 1, "malformed": 1, "unknown": 1, "events": 4, "consumed": 3,
        "notConsumed": 0, "refused": 1, "workRequests": 1,
    }  # fmt: skip
    assert [found.pop("message") for found in findings] != [""] * 4
    update = {"taskId": "WR-1", "activityId": "A-1", "event": "UpdateTaskActivityStatusEvent"}
    nothing = {"basis": None, "activityId": None, "event": None, "at": None, "after": None}
    assert findings == [
        {"file": str(log), "line": 4, "rule": "WRM107", "name": "held-work-does-not-start", "basis": "assumed",
         "level": "warning", **update, "at": "2026-03-01T21:00:00Z", "after": None},
        {"file": str(log), "line": 5, "rule": "WRM503", "name": "unknown-event", "level": "warning",
         **nothing, "taskId": "WR-1", "event": "ArchiveTaskEvent"},
        {"file": str(log), "line": 6, "rule": "WRM208", "name": "close-follows-completion", "basis": "implied",
         "level": "error", **update, "at": "2026-03-01T22:00:00Z", "after": None},
        {"file": str(log), "line": 7, "rule": "WRM501", "name": "not-json", "level": "error",
         **nothing, "taskId": None},
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


def found_in(form: str, report: str) -> list[str]:
    """Return the rules of the findings of a report that machines read, in its order."""
    if form == "junit":
        cases = ElementTree.fromstring(report).findall("testsuite/testcase")  # noqa: S314  # our own
        broken = [case for case in cases if case.find("failure") is not None or case.find("system-out") is not None]
        return [case.attrib["name"].split()[0] for case in broken]
    if form == "sarif":
        return [result["ruleId"] for result in json.loads(report)["runs"][0]["results"]]
    if form == "json":
        return [finding["rule"] for finding in json.loads(report)["findings"]]
    return [finding["rule"] for finding in map(json.loads, report.splitlines()[:-1])]


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit"])
@pytest.mark.parametrize(
    ("options", "status", "rules"),
    [
        ([], 1, "WRM107 WRM503 WRM208 WRM501"),
        (["--strict"], 1, "WRM107 WRM503 WRM203 WRM501"),
        (["--without", "WRM107"], 1, "WRM503 WRM208 WRM501"),
        (["--ignore", "WRM208", "--ignore", "WRM501"], 0, "WRM107 WRM503"),
        (["--statistics"], 1, "WRM107 WRM503 WRM208 WRM501"),
    ],
    ids=["plain", "strict", "without", "ignore", "statistics"],
)
def test_options_go_with_every_format(
    wrm: Wrm, log: Path, tmp_path: Path, form: str, options: list[str], status: int, rules: str
) -> None:
    """The findings and the exit status are those of the report in text, on standard output and in a file."""
    done = wrm("check", "--format", form, *options, log)
    assert (done.returncode, done.stderr) == (status, "")
    found = found_in(form, done.stdout)
    # JUnit has them in the order of the rules.
    assert found == (sorted(rules.split()) if form == "junit" else rules.split())
    to_file = wrm("check", "--format", form, *options, "--output", tmp_path / "report", log)
    assert (to_file.returncode, to_file.stdout, to_file.stderr) == (status, "", "")
    assert (tmp_path / "report").read_text() == done.stdout
    assert ('"WRM503"' in done.stdout.splitlines()[-1] or 'property name="WRM503"' in done.stdout) == (
        options == ["--statistics"]
    )


def test_a_rule_that_is_not_judged_by_is_skipped_in_junit(wrm: Wrm, log: Path) -> None:
    """Whether its findings are ignored or it is left out of the rulebook."""
    done = wrm("check", "--format", "junit", "--without", "WRM107", "--ignore", "WRM503", log)
    assert re.findall(r'name="(WRM\d+) [a-z-]+">\s*<skipped', done.stdout) == ["WRM107", "WRM503"]


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_no_more_findings_are_printed_than_asked_for(wrm: Wrm, log: Path, count: int) -> None:
    """The counts and the exit status are of all, and the report says so where there were more."""
    done = wrm("check", "--max-findings", count, log)
    last = f"{SUMMARY}; 2 errors, 2 warnings" + (f", of which {count} are printed" if count < 4 else "")
    assert lines_of(done, log) == [*list(FINDINGS)[:count], last]
    assert done.returncode == 1
    done = wrm("check", "--max-findings", count, "--format", "json", log)
    report = json.loads(done.stdout)
    assert [finding["rule"] for finding in report["findings"]] == list(FINDINGS)[:count]
    assert (report["lines"], report["notPrinted"]) == (7, max(0, 4 - count))


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit"])
def test_a_log_that_cannot_be_read_has_a_report_in_every_format(wrm: Wrm, tmp_path: Path, form: str) -> None:
    """It can be parsed, it has no findings, and the exit status and standard error tell why."""
    done = wrm("check", "--format", form, tmp_path / "nowhere.jsonl")
    assert found_in(form, done.stdout) == []
    assert done.returncode == 2
    assert done.stderr.startswith(f"wrm: {tmp_path / 'nowhere.jsonl'} can't be read")


def test_quiet_prints_nothing_and_exits_all_the_same(wrm: Wrm, log: Path) -> None:
    """The exit status is the whole report, in every format."""
    for form in FORMATS:
        done = wrm("check", "--quiet", "--format", form, log)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert wrm("check", "--quiet", "--ignore=WRM208", "--ignore=WRM501", log).returncode == 0


def test_statistics_are_a_table_by_rule(wrm: Wrm, log: Path) -> None:
    """It comes after the summary, in the order of the rules, and has its key in JSON; what is ignored is not in it."""
    done = wrm("check", "--statistics", "--ignore", "WRM503", log)
    after_summary = done.stdout.split(" warnings\n", 1)[1]
    assert [line.split() for line in after_summary.splitlines()] == [
        ["rule", "name", "basis", "found"],
        ["WRM107", "held-work-does-not-start", "assumed", "1"],
        ["WRM208", "close-follows-completion", "implied", "1"],
        ["WRM501", "not-json", "log", "1"],
    ]
    quiet = wrm("check", "--statistics", "--ignore", "WRM503", "--quiet", log)
    assert (quiet.returncode, quiet.stdout) == (1, after_summary)
    done = wrm("check", "--statistics", "--format", "json", log, log)
    assert json.loads(done.stdout)["statistics"]["WRM501"] == 2


@pytest.mark.parametrize("options", [[], ["--format", "json"]], ids=["text", "json"])
def test_output_puts_the_report_in_a_file(wrm: Wrm, log: Path, tmp_path: Path, options: list[str]) -> None:
    """The file holds what would have been printed, and nothing is."""
    printed = wrm("check", *options, log)
    file = tmp_path / "report"
    file.write_text("an old report, which is longer than the new one" * 1_000)
    done = wrm("check", *options, "--output", file, log)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert file.read_text(encoding="utf-8") == printed.stdout


@pytest.mark.parametrize("output", ["nowhere/report", ".", pytest.param(FULL, marks=needs_full)])
def test_an_output_that_cannot_be_written_exits_with_2(wrm: Wrm, log: Path, tmp_path: Path, output: str) -> None:
    """It is named, whether it can't be opened or the disk is full."""
    done = wrm("check", "--output", tmp_path / output, log)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / output) in done.stderr


def test_an_output_that_is_the_log_itself_is_refused(wrm: Wrm, log: Path) -> None:
    """A report never takes the place of what it is about, be that named or be it the standard input."""
    before = log.read_bytes()
    done = wrm("check", "--output", log, log)
    assert (log.read_bytes(), done.returncode) == (before, 2)
    with log.open("rb") as opened:
        done = wrm("check", "--output", log, "-", stdin=opened)
    assert (log.read_bytes(), done.returncode) == (before, 2)


@needs_full
@pytest.mark.parametrize("options", [[], ["--format", "json"]], ids=["text", "json"])
def test_a_full_disk_under_the_standard_output_exits_with_2(wrm: Wrm, log: Path, options: list[str]) -> None:
    """The report did not arrive, so the status is neither of those that say how the log was."""
    with open(FULL, "wb") as full:
        done = wrm("check", *options, log, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "wrm: standard output can't be written: No space left on device\n"


# Where logs come from


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, import_module(ZSTD_MODULE).compress], ids=["plain", "gzip", "zstd"]
)
def test_the_standard_input_is_a_log_like_any_file(wrm: Wrm, log: Path, pack: Callable[[bytes], bytes]) -> None:
    """The same bytes have the same report, but for the name."""
    of_file = wrm("check", log)
    packed = pack(log.read_bytes())
    done = wrm("check", "-", stdin=packed)
    assert done.stdout == of_file.stdout.replace(f"{log}:", "-:")
    assert (done.returncode, done.stderr) == (1, "")
    log.write_bytes(packed)
    assert wrm("check", log).stdout == of_file.stdout


def test_several_logs_are_one(wrm: Wrm, log: Path, tmp_path: Path) -> None:
    """Files and the standard input go on with one another in their order."""
    lines = log.read_bytes().splitlines(keepends=True)
    first, last = tmp_path / "1", tmp_path / "3"
    first.write_bytes(lines[0])
    last.write_bytes(lines[5])
    done = wrm("check", first, "-", last, stdin=lines[3])
    assert [line.split(" ", 3)[:3] for line in done.stdout.splitlines()[:-1]] == [[f"{last}:1:", "error", "WRM208"]]
    assert "3 events (2 consumed, 0 not consumed, 1 refused) for 1 work requests" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_a_log_that_cannot_be_read_does_not_keep_the_others_from_it(wrm: Wrm, log: Path, name: str) -> None:
    """It is named on standard error, the others are judged, and the exit status is 2."""
    done = wrm("check", log.parent / name, log)
    assert lines_of(done, log)[:-1] == list(FINDINGS)
    assert re.fullmatch(rf"wrm: {log.parent / name} can't be read: .+\n", done.stderr)
    assert done.returncode == 2
    alone = wrm("check", log.parent / name)
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, "", done.stderr)


def test_a_cut_gzip_is_reported_as_far_as_it_goes(wrm: Wrm, log: Path) -> None:
    """Then the exit status is 2, errors or not."""
    log.write_bytes(gzip.compress(log.read_bytes() + b"\n")[:-4])
    done = wrm("check", log)
    assert lines_of(done, log) == [*FINDINGS, f"{SUMMARY}; 2 errors, 2 warnings"]
    assert f"{log} is cut or damaged" in done.stderr
    assert done.returncode == 2
    done = wrm("check", "--format", "json", "--ignore=WRM208", "--ignore=WRM501", log)
    assert len(json.loads(done.stdout)["findings"]) == 2
    assert done.returncode == 2


def closing(stream: int) -> str:
    """Return what starts `wrm` with a standard stream closed, in Python."""
    command = "[sys.executable, '-m', 'work_request_manager', *sys.argv[1:]]"
    return f"import os, sys; os.close({stream}); os.execv(sys.executable, {command})"


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--quiet"]], ids=["text", "json", "quiet"])
def test_a_closed_standard_output_is_no_reason_for_a_traceback(run: Wrm, log: Path, options: list[str]) -> None:
    """As with `wrm check LOG >&-`: whatever the report comes to, the exit status is not that of a good log."""
    assert run("-c", closing(1), "check", *options, log).returncode in (1, 2)


def test_a_closed_standard_input_is_an_unreadable_log(run: Wrm) -> None:
    """`wrm check - <&-` says so."""
    done = run("-c", closing(0), "check", "-")
    assert done.returncode == 2
    assert done.stderr.startswith("wrm: - can't be read")


# Activity types by their code

TYPES_IN_TOML = '[types.FIBRE]\nworkSupplierAllowedToCancel = true\nstates = { Scheduled = "Open" }\n'
TYPES_IN_JSON = '{"types":{"FIBRE":{"workSupplierAllowedToCancel":true,"states":{"Scheduled":"Open"}}}}'


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "mark"])
@pytest.mark.parametrize("types", [TYPES_IN_TOML, TYPES_IN_JSON], ids=["TOML", "JSON"])
def test_types_are_known_by_their_codes(wrm: Wrm, log: Path, tmp_path: Path, types: str, mark: str) -> None:
    """With the file, the code in the log stands for the type; without it, the field is bad."""
    create, *_ = log.read_text().splitlines()
    cancel = create.split(',"requestor"')[0].replace("CreateTaskEvent", "CancelTaskActivityEvent")
    cancel = cancel.replace("Chorus", "WorkSupplier").replace("chorus", "northline") + ',"activityId":"A-1"}'
    log.write_text(create.replace('{"code":"FIBRE"}', '"FIBRE"') + "\n" + cancel)
    file = tmp_path / "types"
    file.write_text(mark + types, encoding="utf-8")
    done = wrm("check", "--types", file, log)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    done = wrm("check", log)
    assert done.returncode == 1
    assert "error WRM502 bad-field: $.activities[0].type is 'FIBRE'" in done.stdout


@pytest.mark.parametrize(
    ("types", "message"),
    [
        (b"[types", "is neither TOML nor JSON"),
        (b"\xff", "is neither TOML nor JSON"),
        (b'{"types":', "is not JSON"),
        (b"[types]\nFIBRE = 1", "$.types.FIBRE is 1"),
        (b'[types.FIBRE]\nstates = { Open = "Active" }', "$.types.FIBRE.states['Open'] is 'Active'"),
        (b"x = " + b"[" * 5_000, ""),
        (b"x = " + b"9" * 5_000, ""),
        (b'{"x":' + b"[" * 100_000, "is nested too deeply"),
    ],
    ids=lambda value: value[:40].decode(errors="replace") if isinstance(value, bytes) else "",
)
def test_a_broken_types_file_exits_with_2(wrm: Wrm, log: Path, tmp_path: Path, types: bytes, message: str) -> None:
    """File and field are named, and no log is judged."""
    file = tmp_path / "types"
    file.write_bytes(types)
    done = wrm("check", "--types", file, log)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}: " in done.stderr
    assert message in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'LOG...'"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--speed", "9"], "No such option '--speed'"),
        (["--without", "WRM201"], "WRM201 closed-is-final is stated, not assumed"),
        (["--without", "WRM999"], "'WRM999'"),
        (["--without", "WRM501"], "'WRM501'"),
        (["--ignore", "WRM999"], "there is no rule 'WRM999'; `wrm rules` lists them"),
        (["--types", "nowhere.toml"], "nowhere.toml"),
        (["--types", "."], "'.' is a directory"),
        (["--max-findings", "-1"], "-1 is not in the range x>=0"),
        (["--max-findings", "all"], "'all' is not a valid integer"),
        (["--output"], "requires an argument"),
    ],
)
def test_a_bad_option_exits_with_2(wrm: Wrm, log: Path, args: list[str], message: str) -> None:
    """The message says what is bad, on standard error, and nothing is judged."""
    done = wrm("check", *([log] if args else []), *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


# Hostile values


def test_a_finding_stays_one_line_in_any_encoding(wrm: Wrm, log: Path) -> None:
    """Line ends and escapes in values are shown, and so is what the output's encoding can't say."""
    create, *_ = log.read_text(encoding="utf-8").splitlines()
    log.write_text(create.replace("WR-1", "WR\\n\\u001b[2JĀ") + "\n" + create.replace("WR-1", "WR\\n\\u001b[2JĀ"))
    printed = wrm("check", log).stdout.splitlines()
    assert len(printed) == 2
    assert "there is a work request WR\\n\\x1b[2JĀ already" in printed[0]
    in_ascii = wrm("check", log, env={"PYTHONIOENCODING": "ascii"})
    assert "there is a work request WR\\n\\x1b[2J\\u0100 already" in in_ascii.stdout
    assert in_ascii.returncode == 1
