"""Tests of the properties that all report formats share."""

import json
import os
import re
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import COUNTS_IN_JSON, HELD, ScriptedChecker, finding, many, report_of, run
from work_request_manager.log import Finding, LogChecker
from work_request_manager.reports import ALL_RULES, FORMATS, Baseline, Run
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._html import data

FOR_MACHINES = ["json", "jsonl", "sarif", "junit"]
AS_THEY_COME = [form for form in FORMATS if form not in ("junit", "html")]
"""JUnit groups findings by rule, and a page begins with the totals."""


KNOWN = Fingerprints().of(finding())


@pytest.mark.parametrize("form", AS_THEY_COME)
def test_findings_are_written_as_they_come(form: str) -> None:
    """A format writes each finding before it asks for the next one."""
    drawn = 0

    def counted() -> Iterator[Finding]:
        nonlocal drawn
        for each in many(50):
            drawn += 1
            yield each

    pieces = FORMATS[form](Run(ScriptedChecker(counted()), ["log.jsonl"]))
    for number in range(1, 50):
        assert any(f"finding {number}" in piece for piece in islice(pieces, 2 if number == 1 else 1))
        assert drawn == number


@pytest.mark.parametrize("form", FORMATS)
def test_findings_are_not_kept(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of thousands of findings takes as much memory as one of hundreds. A page has a limited number."""
    monkeypatch.setattr(data, "MAX_FINDINGS", 100)

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in FORMATS[form](Run(ScriptedChecker(many(count)), ["log.jsonl"])):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # fills the caches
    assert peak(5_000) < peak(500) + 50_000


@pytest.mark.parametrize("form", FOR_MACHINES)
@settings(deadline=None)
@given(st.binary(min_size=1).map(os.fsdecode), st.text(st.characters()))
def test_reports_for_machines_hold_any_text(form: str, file: str, message: str) -> None:
    """They can be parsed, and they are in ASCII, which every encoding holds."""
    report = report_of(form, run(finding(file=file, message=message)))
    assert report.isascii()
    if form == "junit":
        assert ElementTree.fromstring(report).find(".//failure") is not None  # noqa: S314  # our own
    else:
        assert [json.loads(line) for line in (report.splitlines() if form == "jsonl" else [report])]


@pytest.mark.parametrize("form", FORMATS)
def test_a_log_without_findings_has_a_report(form: str) -> None:
    """It can be parsed, and it reports no findings."""
    report = report_of(form, run())
    assert report.endswith("\n")
    if form in ("text", "github"):
        assert report.endswith("0 errors, 0 warnings\n")
    elif form == "junit":
        assert not ElementTree.fromstring(report).findall(".//failure")  # noqa: S314  # our own
    elif form == "html":
        assert "No findings in 12 lines." in report
    else:
        assert json.loads(report)


def totals(form: str, found: Run) -> dict[str, str]:
    """Return the totals of a report for machines, as texts."""
    report = report_of(form, found)
    if form == "junit":
        properties = ElementTree.fromstring(report).findall("testsuite/properties/property")  # noqa: S314  # our own
        return {each.attrib["name"]: each.attrib["value"] for each in properties}
    last = json.loads(report.splitlines()[-1] if form == "jsonl" else report)
    if form == "sarif":
        last = last["runs"][0]["properties"]
    return {key: str(value) for key, value in last.items() if key not in ("version", "findings")}


@pytest.mark.parametrize("form", FOR_MACHINES)
@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, {}),
        ({"limit": 1}, {"notPrinted": "2"}),
        ({"limit": 3}, {"notPrinted": "0"}),
        ({"baseline": ["0" * 16]}, {"known": "0", "notFound": "1"}),
        ({"limit": 1, "baseline": [KNOWN, "0" * 16]}, {"notPrinted": "1", "known": "1", "notFound": "1"}),
    ],
    ids=str,
)
def test_reports_for_machines_have_the_counts(form: str, options: dict[str, Any], more: dict[str, str]) -> None:
    """With a limit they have the number of findings past it, and with a baseline the use of its entries."""
    given = options | ({"baseline": Baseline(options["baseline"])} if "baseline" in options else {})
    found = run(finding(), HELD, finding(), **given)
    assert totals(form, found) == {key: str(value) for key, value in COUNTS_IN_JSON.items()} | more


# The same totals in all formats

LINES = (Path(__file__).parents[2] / "docs" / "examples" / "log.jsonl").read_bytes().splitlines()

TOTALS = re.compile(
    r"(?P<lines>\d+) lines? \((?P<blank>\d+) blank, (?P<malformed>\d+) malformed, (?P<unknown>\d+) unknown\);"
    r" (?P<events>\d+) events? \((?P<consumed>\d+) consumed, (?P<notConsumed>\d+) not consumed,"
    r" (?P<refused>\d+) refused\) for (?P<workRequests>\d+) work requests?(?: and (?P<assumed>\d+) assumed)?;"
    r" (?P<errors>\d+) errors?, (?P<warnings>\d+) warnings?(?: \((?P<printed>\d+) of \d+ findings? printed\))?"
    r"(?:; baseline: (?P<known>\d+) findings? known, (?P<notFound>\d+) entr(?:y|ies) not found)?"
)
"""The totals in text."""


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, b"", b"{"]), max_size=40),
    st.sampled_from([{}, {"history": True}, {"partial": True}]),
    st.none() | st.integers(0, 5),
    st.none() | st.sets(st.integers(0, 10)),
    st.sets(st.sampled_from([*ALL_RULES])),
)
@pytest.mark.slow
def test_all_formats_have_the_same_totals(
    lines: list[bytes], kind: dict[str, Any], limit: int | None, known: set[int] | None, left_out: set[str]
) -> None:
    """Text, JSON and JUnit agree for every log, with every limit, selection and baseline."""
    every = json.loads(report_of("json", Run(LogChecker(**kind), [lines])))["findings"]
    fingerprints = [each["fingerprint"] for number, each in enumerate(every) if known and number in known]

    def again() -> Run:
        baseline = None if known is None else Baseline(fingerprints)
        checker = LogChecker(**kind)
        return Run(checker, [lines], left_out=frozenset(left_out), limit=limit, baseline=baseline)

    in_text = TOTALS.search(" ".join(report_of("text", again()).split()))
    assert in_text is not None
    of_text = {name: int(value) for name, value in in_text.groupdict(default="0").items()}
    of_json, of_junit = totals("json", again()), totals("junit", again())
    assert of_json == of_junit
    assert {key: int(value) for key, value in of_json.items() if key != "notPrinted"}.items() <= of_text.items()
    suite = ElementTree.fromstring(report_of("junit", again()))[0]  # noqa: S314  # our own
    failures = [int(str(each.get("message")).split()[0].replace(",", "")) for each in suite.iter("failure")]
    assert sum(failures) == of_text["errors"]
    found = of_text["errors"] + of_text["warnings"]
    assert int(of_json.get("notPrinted", 0)) == (found - of_text["printed"] if in_text["printed"] else 0)
    printed = json.loads(report_of("json", again()))["findings"]
    assert len(printed) == found - int(of_json.get("notPrinted", 0))
