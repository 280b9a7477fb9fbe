"""Tests of the properties that all report formats share."""

import json
import os
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import cast
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import COUNTS_IN_JSON, HELD, ScriptedChecker, finding, many, report_of, run
from work_request_manager.log import Finding
from work_request_manager.reports import FORMATS, Run

FOR_MACHINES = [form for form in FORMATS if form != "text"]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "junit"])
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
def test_findings_are_not_kept(form: str) -> None:
    """A report of thousands of findings takes as much memory as one of hundreds."""

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
    report = report_of(form, run(), statistics=True)
    assert report.endswith("\n")
    if form == "text":
        assert "0 errors, 0 warnings\n" in report
    elif form == "junit":
        assert not ElementTree.fromstring(report).findall(".//failure")  # noqa: S314  # our own
    else:
        assert json.loads(report)


def totals(form: str, found: Run, **options: bool) -> dict[str, object]:
    """Return the totals of a report for machines, as texts."""
    report = report_of(form, found, **options)
    if form == "junit":
        properties = ElementTree.fromstring(report).findall("testsuite/properties/property")  # noqa: S314  # our own
        return {each.attrib["name"]: each.attrib["value"] for each in properties}
    last = json.loads(report.splitlines()[-1] if form == "jsonl" else report)
    if form == "sarif":
        last = last["runs"][0]["properties"]
    last |= last.pop("statistics", {})
    return {key: str(value) for key, value in last.items() if key not in ("version", "findings")}


@pytest.mark.parametrize("form", FOR_MACHINES)
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
def test_reports_for_machines_have_the_counts(form: str, limit: int | None, statistics: bool, more: object) -> None:
    """The number of findings past the limit is there if there is a limit, and statistics if they are wanted."""
    found = run(finding(), HELD, finding(), limit=limit)
    counts = {key: str(value) for key, value in COUNTS_IN_JSON.items()}
    assert totals(form, found, statistics=statistics) == counts | cast(dict[str, str], more)
