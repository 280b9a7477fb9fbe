"""Tests of the report in JUnit XML."""

from collections import Counter
from itertools import combinations
from xml.etree import ElementTree

import pytest

from reports.samples import HELD, NOT_JSON, ScriptedChecker, finding, many, run
from work_request_manager.reports import ALL_RULES, Run, finding_line, junit
from work_request_manager.rules import RULES_BY_ID


def suite_of(found: Run) -> ElementTree.Element:
    """Return the one test suite of a report."""
    report = ElementTree.fromstring("".join(junit(found)))  # noqa: S314  # our own
    assert report.tag == "testsuites"
    (suite,) = report
    return suite


def cases_with(suite: ElementTree.Element, tag: str) -> dict[str, ElementTree.Element]:
    """Return the elements with a tag in the test cases, by the first word of the case's name."""
    return {
        case.attrib["name"].split()[0]: outcome for case in suite.findall("testcase") for outcome in case.findall(tag)
    }


def test_junit_has_a_test_case_for_each_rule() -> None:
    """The case of a rule without findings is empty, so it passes."""
    suite = suite_of(run())
    cases = suite.findall("testcase")
    assert [case.attrib["name"] for case in cases] == [f"{rule.id} {rule.name}" for rule in ALL_RULES.values()]
    assert {case.attrib["classname"] for case in cases} == {"wrm check log.jsonl"}
    assert not any(map(list, cases))
    assert suite.attrib == {
        "name": "wrm check", "tests": str(len(ALL_RULES)), "failures": "0", "errors": "0", "skipped": "0"
    }  # fmt: skip


def test_errors_fail_a_case_and_warnings_are_its_output() -> None:
    """A failure lists the errors below the rule's statement. A case with warnings only passes."""
    suite = suite_of(run(finding(), HELD, finding(line=18), NOT_JSON))
    failures, outputs = cases_with(suite, "failure"), cases_with(suite, "system-out")
    assert list(failures) == ["WRM201", "WRM501"]
    assert failures["WRM201"].text == f"{finding_line(finding())}\n{finding_line(finding(line=18))}"
    assert failures["WRM201"].attrib == {
        "type": "WRM201", "message": f"2 errors: {RULES_BY_ID['WRM201'].statement}"
    }  # fmt: skip
    assert failures["WRM501"].attrib["message"].startswith("1 error: ")
    assert {rule: output.text for rule, output in outputs.items()} == {"WRM107": finding_line(HELD)}
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("2", "0")


@pytest.mark.parametrize(("limit", "listed"), [(None, 100), (30, 30), (0, 0)])
def test_a_case_lists_its_first_findings(limit: int | None, listed: int) -> None:
    """It lists at most a hundred, and the number of the others."""
    failure = cases_with(suite_of(run(*many(150), limit=limit)), "failure")["WRM201"]
    assert failure.attrib["message"].startswith("150 errors: ")
    *lines, last = (failure.text or "").splitlines()
    assert lines == [finding_line(each) for each in many(listed)]
    assert last == f"and {150 - listed} more"


def test_rules_that_are_left_out_are_skipped() -> None:
    """Nothing was judged by them, so they have not passed."""
    suite = suite_of(run(finding(), HELD, left_out=frozenset({"WRM107", "WRM602"})))
    assert list(cases_with(suite, "skipped")) == ["WRM107", "WRM602"]
    assert suite.attrib["skipped"] == "2"


def test_a_log_that_cannot_be_read_is_an_error_in_junit() -> None:
    """It has its own case, because a report in which all cases pass would look like a good log."""
    suite = suite_of(run(problem="is\x00cut"))
    assert (suite.attrib["tests"], suite.attrib["errors"]) == (str(len(ALL_RULES) + 1), "1")
    error = cases_with(suite, "error")["reading"]
    assert error.attrib["message"] == r"log.jsonl is\x00cut"


SOURCES = [
    ["a"],
    ["b"],
    ["a", "b"],
    ["b", "a"],
    ["a, b"],
    ["a\\, b"],
    ["a\\", "b"],
    ["a\x00"],
    ["a\\x00"],
    ["a\n", "a\n"],
    ["-"],
    [f"{number}" for number in range(6)],
    [f"{number}" for number in range(7)],
    [*map(str, range(6)), "7"],
]
"""Lists of logs, of which some look alike."""


def names_in(sources: list[str]) -> list[tuple[str, str]]:
    """Return the class and the name of each case in the report on logs that cannot be read."""
    report = "".join(junit(Run(ScriptedChecker([], problem="is cut"), sources)))
    cases = ElementTree.fromstring(report).iter("testcase")  # noqa: S314  # our own
    return [(case.attrib["classname"], case.attrib["name"]) for case in cases]


def test_each_case_has_one_identity() -> None:
    """Neither the cases of one report nor those of reports on different logs share class and name (fault D9)."""
    reports = [names_in(sources) for sources in SOURCES]
    for sources, names in zip(SOURCES, reports, strict=True):
        assert len(names) == len(ALL_RULES) + len(sources)
        assert max(Counter(names).values()) == 1
    for one, other in combinations(reports, 2):
        assert not set(one) & set(other)


def test_the_log_is_a_part_of_the_class_name() -> None:
    """Of many logs, the first are listed. The name of an unreadable log has its position."""
    assert names_in(["logs/a.jsonl"])[-1] == ("wrm check logs/a.jsonl", "reading logs/a.jsonl (1)")
    assert names_in(["a.jsonl", "a.jsonl"])[-2:] == [
        ("wrm check a.jsonl, a.jsonl", f"reading a.jsonl ({number})") for number in (1, 2)
    ]
    class_name, name = names_in([f"{number}.jsonl" for number in range(1_000)])[-1]
    assert class_name.startswith("wrm check 0.jsonl, 1.jsonl, 2.jsonl, 3.jsonl, 4.jsonl and 995 more (")
    assert len(class_name) < 100
    assert name == "reading 999.jsonl (1000)"


def test_a_log_without_a_name_is_named_as_in_findings() -> None:
    """It is an iterable of lines."""
    report = "".join(junit(Run(ScriptedChecker([]), [[b"{"]])))
    assert 'classname="wrm check &lt;lines&gt;"' in report


def test_characters_that_xml_cannot_hold_are_escaped() -> None:
    """Controls, surrogates and noncharacters are written as in text, and markup stays text."""
    hostile = "<b>&amp;]]>\x00\x1b\r\ufffe\ud800\u0101"
    failure = cases_with(suite_of(run(finding(file=hostile, message=hostile))), "failure")["WRM201"]
    shown = r"<b>&amp;]]>\x00\x1b\r\ufffe\ud800" + "\u0101"
    assert failure.text == f"{shown}:17: error WRM201 closed-is-final: WR-1/A-1: {shown}"
