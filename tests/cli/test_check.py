"""Tests of `wrm check`: its options, its reports and its exit statuses."""

import gzip
import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.running import LINES, Done, wrm
from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.reports import FORMATS

FINDINGS = {
    "WRM107": "{log}:4: warning WRM107 held-work-does-not-start: ",
    "WRM503": "{log}:5: warning WRM503 unknown-event: ",
    "WRM208": "{log}:6: error WRM208 close-follows-completion: ",
    "WRM501": "{log}:7: error WRM501 not-json: ",
}
"""The starts of the findings of the log, by their rules."""

SUMMARY = (
    "7 lines (1 blank, 1 malformed, 1 unknown); 4 events (3 consumed, 0 not consumed, 1 refused) for 1 work request"
)

FOR_MACHINES = ["json", "jsonl", "sarif", "junit"]


def lines_of(done: Done, log: object) -> list[str]:
    """Return the lines of a report in text. A finding is replaced by the id of its rule."""
    starts = {start.format(log=log): rule for rule, start in FINDINGS.items()}
    return [next((starts[s] for s in starts if line.startswith(s)), line) for line in done.out.splitlines()]


@pytest.mark.parametrize(
    ("options", "status", "rules", "found"),
    [
        ([], 1, "WRM107 WRM503 WRM208 WRM501", "2 errors, 2 warnings"),
        (["--format", "text"], 1, "WRM107 WRM503 WRM208 WRM501", "2 errors, 2 warnings"),
        (["--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warning"),
        (["--without", "WRM207", "--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warning"),
        (["--strict", "--without", "WRM107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warning"),
        (["--ignore", "WRM208"], 1, "WRM107 WRM503 WRM501", "1 error, 2 warnings"),
        (["--without", "wrm107", "--ignore", "wrm208"], 1, "WRM503 WRM501", "1 error, 1 warning"),
        (["--ignore", "WRM501", "--ignore", "WRM208"], 0, "WRM107 WRM503", "0 errors, 2 warnings"),
        ([f"--ignore={rule}" for rule in FINDINGS], 0, "", "0 errors, 0 warnings"),
        (["--ignore", "WRM5, wrm208"], 0, "WRM107", "0 errors, 1 warning"),
        (["--select", "WRM5"], 1, "WRM503 WRM501", "1 error, 1 warning"),
        (["--select", "WRM107,not-json"], 1, "WRM107 WRM501", "1 error, 1 warning"),
        (["--select", "1", "--select", "20"], 1, "WRM107 WRM208", "1 error, 1 warning"),
        (["--select", "WRM5", "--ignore", "501"], 0, "WRM503", "0 errors, 1 warning"),
        (["--select", "WRM"], 1, "WRM107 WRM503 WRM208 WRM501", "2 errors, 2 warnings"),
        (["--without", "WRM207, 107"], 1, "WRM503 WRM208 WRM501", "2 errors, 1 warning"),
    ],
)
def test_a_log_is_reported_in_text(log: Path, options: list[str], status: int, rules: str, found: str) -> None:
    """Each finding has a line, and the summary counts all lines of the log. With errors, the exit status is 1."""
    done = wrm("check", *options, log)
    assert lines_of(done, log) == [*rules.split(), f"{SUMMARY}; {found}"]
    assert (done.status, done.err) == (status, "")


def test_assumed_rules_warn_unless_they_are_strict(log: Path) -> None:
    """A log with warnings only exits with 0. With --strict, the same rule is an error."""
    log.write_text("\n".join(log.read_text().splitlines()[:4]))
    done = wrm("check", log)
    assert (done.status, lines_of(done, log)[0]) == (0, "WRM107")
    done = wrm("check", "--strict", log)
    assert done.status == 1
    assert done.out.startswith(f"{log}:4: error WRM107 held-work-does-not-start: ")


def test_a_log_is_reported_in_json(log: Path) -> None:
    """The report is one object, with the keys of the interface."""
    done = wrm("check", "--format", "json", log)
    report = json.loads(done.out)
    findings = report.pop("findings")
    assert report == {
        "version": 2, "lines": 7, "blank": 1, "malformed": 1, "unknown": 1, "events": 4, "consumed": 3,
        "notConsumed": 0, "refused": 1, "workRequests": 1, "assumed": 0,
    }  # fmt: skip
    assert "" not in [found.pop("message") for found in findings]
    assert {len(found.pop("fingerprint")) for found in findings} == {16}
    update = {
        "taskId": "WR-1", "activityId": "A-1", "event": "UpdateTaskActivityStatusEvent", "firstRefusal": None,
        "sender": "WorkSupplier northline", "supplier": "northline", "activityType": "FIBRE",
    }  # fmt: skip
    nothing = dict.fromkeys(
        ("basis", "activityId", "event", "at", "firstRefusal", "sender", "supplier", "activityType", "from", "to")
    )
    assert findings == [
        {"file": str(log), "line": 4, "rule": "WRM107", "name": "held-work-does-not-start", "basis": "assumed",
         "level": "warning", **update, "at": "2026-03-01T21:00:00Z", "from": "Open", "to": "Active"},
        {"file": str(log), "line": 5, "rule": "WRM503", "name": "unknown-event", "level": "warning",
         **nothing, "taskId": "WR-1", "event": "ArchiveTaskEvent"},
        {"file": str(log), "line": 6, "rule": "WRM208", "name": "close-follows-completion", "basis": "implied",
         "level": "error", **update, "at": "2026-03-01T22:00:00Z", "from": "Active", "to": "Closed"},
        {"file": str(log), "line": 7, "rule": "WRM501", "name": "not-json", "level": "error",
         **nothing, "taskId": None},
    ]  # fmt: skip
    assert (done.status, done.err) == (1, "")


def found_in(form: str, report: str) -> list[str]:
    """Return the rules of the findings of a report for machines, in its order."""
    if form == "junit":
        cases = ElementTree.fromstring(report).findall("testsuite/testcase")  # noqa: S314  # our own
        broken = [case for case in cases if case.find("failure") is not None or case.find("system-out") is not None]
        return [case.attrib["name"].split()[0] for case in broken]
    if form == "sarif":
        return [result["ruleId"] for result in json.loads(report)["runs"][0]["results"]]
    if form == "json":
        return [finding["rule"] for finding in json.loads(report)["findings"]]
    return [finding["rule"] for finding in map(json.loads, report.splitlines()[:-1])]


@pytest.mark.parametrize("form", FOR_MACHINES)
@pytest.mark.parametrize(
    ("options", "status", "rules"),
    [
        ([], 1, "WRM107 WRM503 WRM208 WRM501"),
        (["--strict"], 1, "WRM107 WRM503 WRM203 WRM501"),
        (["--without", "WRM107"], 1, "WRM503 WRM208 WRM501"),
        (["--ignore", "WRM208", "--ignore", "WRM501"], 0, "WRM107 WRM503"),
        (["--select", "WRM1,WRM2"], 1, "WRM107 WRM208"),
        (["--fail-on", "never"], 0, "WRM107 WRM503 WRM208 WRM501"),
    ],
    ids=["plain", "strict", "without", "ignore", "select", "fail on"],
)
def test_every_format_takes_every_option(
    log: Path, tmp_path: Path, form: str, options: list[str], status: int, rules: str
) -> None:
    """The findings and the exit status are those of the report in text, on standard output and in a file."""
    done = wrm("check", "--format", form, *options, log)
    assert (done.status, done.err) == (status, "")
    found = found_in(form, done.out)
    # JUnit has them in the order of the rules.
    assert found == (sorted(rules.split()) if form == "junit" else rules.split())
    to_file = wrm("check", "--format", form, *options, "--output", tmp_path / "report", log)
    assert (to_file.status, to_file.out) == (status, "")
    assert (tmp_path / "report").read_text() == done.out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 1),
        (["--fail-on", "ERROR"], 1),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "never"], 0),
        (["--ignore", "WRM2,WRM5"], 0),
        (["--ignore", "WRM2,WRM5", "--fail-on", "warning"], 1),
        (["--select", "WRM6", "--fail-on", "warning"], 0),
    ],
)
@pytest.mark.parametrize("more", [[], ["-q"], ["--max-findings", "0"]], ids=["", "quiet", "summary"])
def test_the_exit_status_depends_on_the_findings_that_are_left(
    log: Path, options: list[str], more: list[str], status: int
) -> None:
    """The user chooses the level that fails. It does not matter how many findings are printed."""
    assert wrm("check", *options, *more, log).status == status


def test_a_rule_that_is_not_reported_is_skipped_in_junit(log: Path) -> None:
    """Its findings are ignored, or the rulebook leaves it out."""
    done = wrm("check", "--format", "junit", "--without", "WRM107", "--ignore", "WRM503", log)
    assert re.findall(r'name="(WRM\d+) [a-z-]+">\s*<skipped', done.out) == ["WRM107", "WRM503"]


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_at_most_the_wanted_number_of_findings_is_printed(log: Path, count: int) -> None:
    """The counts and the exit status include all findings. Tables follow if not all are printed."""
    done = wrm("check", "--max-findings", count, log)
    totals = f"{SUMMARY}; 2 errors, 2 warnings"
    if count < 4:
        lines = lines_of(done, log)
        assert lines[:count] == list(FINDINGS)[:count]
        assert [line for line in lines if line in FINDINGS] == list(FINDINGS)[:count]
        assert "Errors by rule " in done.out
        assert f"{totals} ({count} of 4 findings printed)" in " ".join(done.out.split())
        assert f"    wrm check {log} | less\n" in done.out
    else:
        assert lines_of(done, log) == [*FINDINGS, totals]
    assert done.status == 1
    done = wrm("check", "--max-findings", count, "--format", "json", log)
    report = json.loads(done.out)
    assert [finding["rule"] for finding in report["findings"]] == list(FINDINGS)[:count]
    assert (report["lines"], report["notPrinted"]) == (7, max(0, 4 - count))


@pytest.mark.parametrize("form", FOR_MACHINES)
def test_a_log_that_cannot_be_read_has_a_report_in_every_format(tmp_path: Path, form: str) -> None:
    """It can be parsed and has no findings. Standard error has the reason, and the exit status is 2."""
    done = wrm("check", "--format", form, tmp_path / "nowhere.jsonl")
    assert found_in(form, done.out) == []
    assert done.status == 2
    assert done.err.startswith(f"wrm: {tmp_path / 'nowhere.jsonl'} cannot be read")


@pytest.mark.parametrize("form", FORMATS)
def test_quiet_prints_nothing(log: Path, form: str) -> None:
    """The exit status is the same as without it."""
    assert wrm("check", "--quiet", "--format", form, log) == Done(1, "", "")
    assert wrm("check", "--quiet", "--ignore=WRM208", "--ignore=WRM501", "--format", form, log) == Done(0, "", "")


def test_the_suggested_commands_repeat_the_options(log: Path, tmp_path: Path) -> None:
    """They judge in the same way, and report the same rules."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\n")
    done = wrm(
        "check", "--max-findings=0", "--types", types, "--history", "--strict", "--without", "107", "--ignore=WRM5", log
    )
    how = f"--history --strict --types {types} --without WRM107"
    assert f"    wrm check {how} --ignore WRM5 {log} | less\n" in done.out
    assert f"    wrm check {how} --ignore WRM5 --write-baseline baseline.json {log}\n" in done.out
    assert f"    wrm show {how} {log} WR-1\n" in done.out


@pytest.mark.parametrize("form", ["text", "json"])
def test_output_puts_the_report_in_a_file(log: Path, tmp_path: Path, form: str) -> None:
    """The file has the text that would be printed, and replaces an older one. Standard error gets the summary."""
    printed = wrm("check", "--format", form, log)
    file = tmp_path / "report"
    file.write_text("an old report, which is longer than the new one" * 1_000)
    done = wrm("check", "--format", form, "--output", file, log)
    assert (done.status, done.out) == (1, "")
    assert file.read_text(encoding="utf-8") == printed.out
    summary = wrm("check", "--max-findings", 0, log).out
    assert done.err.partition("\n\n7 lines")[0] == summary.partition("\n\n7 lines")[0]
    assert "findings printed" not in done.err
    assert "less" not in done.err


@pytest.mark.parametrize("form", FORMATS)
def test_a_quiet_report_is_still_put_in_a_file(log: Path, tmp_path: Path, form: str) -> None:
    """Nothing is printed."""
    done = wrm("check", "--quiet", "--format", form, "--output", tmp_path / "report", log)
    assert done == Done(1, "", "")
    assert (tmp_path / "report").read_text(encoding="utf-8") == wrm("check", "--format", form, log).out


def test_there_is_no_summary_of_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    """Standard error has the reason only."""
    done = wrm("check", "--output", tmp_path / "report", tmp_path / "nowhere.jsonl")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "cannot be read" in done.err


@pytest.mark.parametrize("output", ["nowhere/report", "."])
def test_an_output_that_cannot_be_written_exits_with_2(log: Path, tmp_path: Path, output: str) -> None:
    """The message names it."""
    done = wrm("check", "--output", tmp_path / output, log)
    assert (done.status, done.out) == (2, "")
    assert str(tmp_path / output) in done.err


def test_an_output_that_is_a_log_is_refused(log: Path) -> None:
    """A report never replaces the log that it is about."""
    before = log.read_bytes()
    done = wrm("check", "--output", log, log)
    assert (log.read_bytes(), done.status, done.out) == (before, 2, "")
    assert f"{log} is one of the logs; choose another file" in done.err


# Kinds of logs

DONE = (
    '{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-%s","activityId":"A-1","status":{"category":"%s"},'
    '"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-02T21:00:00Z"}\n'
)


def test_in_a_history_every_event_takes_effect(log: Path) -> None:
    """In a log of requests, a refused event changes nothing."""
    log.write_text(LINES[0] + "\n" + DONE % (1, "PracticalCompletion") + (DONE % (1, "Active")) * 2)
    strict = wrm("check", "--strict", log)
    assert strict.out.count(" error ") == 1
    history = wrm("check", "--strict", "--history", log)
    assert [line.split(" ", 3)[2] for line in history.out.splitlines()[:-1]] == ["WRM206", "WRM202"]
    assert "(1 consumed, 1 not consumed, 2 refused)" in history.out
    assert history.status == 1


def test_a_partial_log_may_begin_in_the_middle(log: Path) -> None:
    """Facts that it does not show break no rule. It is a history, too. Without the option, the report suggests it."""
    log.write_text("".join(DONE % (number, "Active") + DONE % (number, "Open") for number in range(10)))
    done = wrm("check", log)
    assert done.out.count("error WRM401") == 20
    assert "use --partial" in done.out.splitlines()[-1]
    assert f"wrm check --partial {log}\n" in wrm("check", "--max-findings", 0, log).out
    for options in (["--partial"], ["--partial", "--history"]):
        done = wrm("check", *options, log)
        assert done.out.count("error ") == 0
        assert "for 0 work requests and 10 assumed; 0 errors" in done.out.splitlines()[-1]
        assert done.status == 0


# Sources


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, import_module(ZSTD_MODULE).compress], ids=["plain", "gzip", "zstd"]
)
def test_standard_input_is_a_log_like_any_file(log: Path, pack: Callable[[bytes], bytes]) -> None:
    """The same bytes have the same report, except for the name. Compressed bytes are unpacked."""
    of_file = wrm("check", log)
    packed = pack(log.read_bytes())
    done = wrm("check", "-", stdin=packed)
    assert done.out == of_file.out.replace(f"{log}:", "-:")
    assert (done.status, done.err) == (1, "")
    log.write_bytes(packed)
    assert wrm("check", log).out == of_file.out


def test_several_logs_are_one(log: Path, tmp_path: Path) -> None:
    """Files and standard input continue each other, in the order given."""
    lines = log.read_bytes().splitlines(keepends=True)
    first, last = tmp_path / "1", tmp_path / "3"
    first.write_bytes(lines[0])
    last.write_bytes(lines[5])
    done = wrm("check", first, "-", last, stdin=lines[3])
    assert [line.split(" ", 3)[:3] for line in done.out.splitlines()[:-1]] == [[f"{last}:1:", "error", "WRM208"]]
    assert "3 events (2 consumed, 0 not consumed, 1 refused) for 1 work request;" in done.out
    assert done.status == 1


ONE = (
    '{"event":"ArchiveTaskEvent","taskId":"WR-1"}\n{"event":"PutOnHoldTaskEvent","taskId":"WR-1",'
    '"sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-%02dT20:00:00+13:00"}\n'
)


def test_logs_in_the_wrong_order_are_named(tmp_path: Path) -> None:
    """It is a note on standard error, which does not change the exit status. --quiet leaves it out."""
    logs = [tmp_path / f"day{number}" for number in (10, 9, 11)]
    for number, path in zip((10, 9, 11), logs, strict=True):
        path.write_text(ONE % number)
    done = wrm("check", "--fail-on", "never", *logs)
    assert done.err == (
        f"wrm: {logs[1]} begins at 2026-03-09T07:00:00+00:00, before {logs[0]} ends at 2026-03-10T07:00:00+00:00;"
        " logs are judged in the order given, so give the earlier one first\n"
    )
    assert done.status == 0
    assert wrm("check", "--fail-on", "never", tmp_path).err == (
        f"wrm: {logs[1]} begins at 2026-03-09T07:00:00+00:00, before {logs[2]} ends at 2026-03-11T07:00:00+00:00;"
        " logs are judged in the order given, so give the earlier one first\n"
    )
    assert wrm("check", "--quiet", "--fail-on", "never", *logs) == Done(0, "", "")
    assert wrm("check", "--fail-on", "never", logs[1], logs[0], logs[2]).err == ""


@pytest.mark.parametrize("name", ["nowhere.jsonl", "empty"])
def test_the_other_logs_are_checked_if_one_cannot_be_read(log: Path, name: str) -> None:
    """Standard error names it, and the exit status is 2."""
    (log.parent / "empty").mkdir()
    done = wrm("check", log.parent / name, log)
    assert lines_of(done, log)[:-1] == list(FINDINGS)
    assert re.fullmatch(rf"wrm: {log.parent / name} cannot be read: .+\n", done.err)
    assert done.status == 2
    assert wrm("check", log.parent / name) == Done(2, "", done.err)


def test_a_cut_gzip_is_reported_as_far_as_it_goes(log: Path) -> None:
    """The exit status is 2, with and without errors."""
    log.write_bytes(gzip.compress(log.read_bytes() + b"\n")[:-4])
    done = wrm("check", log)
    assert lines_of(done, log) == [*FINDINGS, f"{SUMMARY}; 2 errors, 2 warnings"]
    assert f"{log} is cut or damaged" in done.err
    assert done.status == 2
    done = wrm("check", "--format", "json", "--ignore=WRM208", "--ignore=WRM501", log)
    assert len(json.loads(done.out)["findings"]) == 2
    assert done.status == 2


# Activity types

TYPES_IN_TOML = '[types.FIBRE]\nworkSupplierAllowedToCancel = true\nstates = { Scheduled = "Open" }\n'
TYPES_IN_JSON = '{"types":{"FIBRE":{"workSupplierAllowedToCancel":true,"states":{"Scheduled":"Open"}}}}'


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "mark"])
@pytest.mark.parametrize("types", [TYPES_IN_TOML, TYPES_IN_JSON], ids=["TOML", "JSON"])
def test_events_can_name_the_types_of_a_file_by_their_codes(log: Path, tmp_path: Path, types: str, mark: str) -> None:
    """Without the file, the field is bad. The file may begin with a byte order mark."""
    create, *_ = log.read_text().splitlines()
    cancel = create.split(',"requestor"')[0].replace("CreateTaskEvent", "CancelTaskActivityEvent")
    cancel = cancel.replace("Chorus", "WorkSupplier").replace("chorus", "northline") + ',"activityId":"A-1"}'
    log.write_text(create.replace('{"code":"FIBRE"}', '"FIBRE"') + "\n" + cancel)
    file = tmp_path / "types"
    file.write_text(mark + types, encoding="utf-8")
    done = wrm("check", "--types", file, log)
    assert (done.status, done.out.count("\n")) == (0, 1)
    done = wrm("check", log)
    assert done.status == 1
    assert "error WRM502 bad-field: WR-1: $.activities[0].type is 'FIBRE'" in done.out


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
def test_a_broken_types_file_exits_with_2(log: Path, tmp_path: Path, types: bytes, message: str) -> None:
    """The message names the file and the field, and no log is checked."""
    file = tmp_path / "types"
    file.write_bytes(types)
    done = wrm("check", "--types", file, log)
    assert (done.status, done.out) == (2, "")
    assert f"{file}: " in done.err
    assert message in done.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'LOG...'"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--speed", "9"], "No such option"),
        (["--without", "WRM201"], "WRM201 closed-is-final is stated, not assumed"),
        (["--without", "WRM999"], "'WRM999'"),
        (["--without", "WRM501"], "'WRM501'"),
        (["--ignore", "WRM999"], "unknown rule 'WRM999'; run `wrm rules` to list all rules"),
        (["--ignore", "WRM201,,WRM202"], "unknown rule ''; run `wrm rules` to list all rules"),
        (["--select", "WRM8"], "unknown rule 'WRM8'; run `wrm rules` to list all rules"),
        (["--select", "closed-is"], "unknown rule 'closed-is'; run `wrm rules` to list all rules"),
        (["--select", ""], "unknown rule ''; run `wrm rules` to list all rules"),
        (["--fail-on", "always"], "'always' is not one of 'error', 'warning', 'never'"),
        (["--statistics"], "No such option"),
        (["--types", "nowhere.toml"], "nowhere.toml"),
        (["--types", "."], "'.' is a directory"),
        (["--max-findings", "-1"], "-1 is not in the range x>=0"),
        (["--max-findings", "all"], "'all' is not a valid integer"),
        (["--output"], "requires an argument"),
    ],
)
def test_a_bad_option_exits_with_2(log: Path, args: list[str], message: str) -> None:
    """Standard error has the reason, and no log is checked."""
    done = wrm("check", *([log] if args else []), *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


# Hostile values


def test_a_finding_is_one_line_in_every_encoding(log: Path) -> None:
    """Line ends, escapes, and characters that the output's encoding lacks are escaped."""
    create, *_ = log.read_text(encoding="utf-8").splitlines()
    hostile = create.replace("WR-1", "WR\\n\\u001b[2JĀ")
    log.write_text(f"{hostile}\n{hostile}")
    printed = wrm("check", log).out.splitlines()
    assert len(printed) == 2
    assert "work request WR\\n\\x1b[2JĀ already exists" in printed[0]
    in_ascii = wrm("check", log, encoding="ascii")
    assert "work request WR\\n\\x1b[2J\\u0100 already exists" in in_ascii.out
    assert in_ascii.status == 1


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_not_much_longer_than_its_log(log: Path, form: str) -> None:
    """Long texts and long lists are cut, wherever a finding takes them from."""
    create, *_ = log.read_text(encoding="utf-8").splitlines()
    activities = ",".join(f'{{"id":"A-{number}","type":{{"code":"FIBRE"}}}}' for number in range(5_000))
    large = create.replace('{"id":"A-1","type":{"code":"FIBRE"}}', activities)
    long = create.replace("WR-1", "WR-2").replace("FIBRE", "F" * 100_000).replace("northline", "N" * 100_000)
    unknown = [DONE % (number % 3, "Active") for number in range(300)]
    long_ids = [DONE.replace("A-1", "A" * 10_000) % ("W" * 10_000, "Active")] * 10
    texts = [
        large,
        long,
        *(line.replace("A-1", "A-x").rstrip() for line in unknown),
        *(each.rstrip() for each in long_ids),
    ]
    log.write_text("\n".join(texts))
    done = wrm("check", "--format", form, log)
    assert "WRM403" in done.out
    assert len(done.out) < log.stat().st_size


# Colours and names


def test_colours_can_be_forced(monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path) -> None:
    """FORCE_COLOR is for standard output other than a terminal, such as that of a CI job. NO_COLOR wins."""
    plain = wrm("check", log)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "")
    assert wrm("check", log) == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = wrm("check", log)
    assert "\x1b[1;31merror\x1b[0m" in done.out
    assert re.sub(r"\x1b\[[0-9;]*m", "", done.out) == plain.out
    done = wrm("check", "--output", tmp_path / "report", log)
    assert "\x1b" not in done.err
    assert (tmp_path / "report").read_text() == plain.out
    monkeypatch.setenv("NO_COLOR", "1")
    assert wrm("check", log) == plain


@pytest.mark.parametrize("form", FORMATS)
def test_formats_and_options_have_the_names_that_other_tools_use(log: Path, tmp_path: Path, form: str) -> None:
    """The case of a format does not matter, and there are short options."""
    assert wrm("check", "--format", form.upper(), log) == wrm("check", "--format", form, log)
    assert wrm("check", "-q", log) == wrm("check", "--quiet", log)
    wrm("check", "--format", form, "-o", tmp_path / "report", log)
    assert (tmp_path / "report").read_text() == wrm("check", "--format", form, log).out


def test_rules_have_several_names(log: Path) -> None:
    """A rule is named by its id, its number or its name."""
    expected = wrm("check", "--without", "WRM107", "--ignore", "WRM208", log)
    assert wrm("check", "--without", "107", "--ignore", "208", log) == expected
    assert (
        wrm("check", "--without", "held-work-does-not-start", "--ignore", "close-follows-completion", log) == expected
    )


def test_help_names_all_kinds_of_logs() -> None:
    """Users look for their kind of log in the help text."""
    text = " ".join(wrm("check", "--help").out.split())
    for kind in ("JSON lines", "gzip", "zstd", "Parquet", "directory", "standard input"):
        assert kind in text
