"""Tests of the reports in JSON and JSON Lines."""

import json

from reports.samples import COUNTS_IN_JSON, NOT_JSON, finding, run
from work_request_manager.reports import json_lines, json_object
from work_request_manager.reports._fingerprints import Fingerprints

FINDING_KEYS = [
    "file", "line", "rule", "name", "basis", "level", "taskId", "activityId", "event", "at", "message", "firstRefusal",
    "sender", "supplier", "activityType", "from", "to", "fingerprint",
]  # fmt: skip
FINDINGS = [
    [
        "log.jsonl", 17, "WRM201", "closed-is-final", "stated", "error", "WR-1", "A-1",
        "UpdateTaskActivityStatusEvent", "2026-03-02T21:00:00.5Z",
        "activity A-1 is Closed, which is final; it cannot move to Active (OnSite)", None,
        "WorkSupplier northline", "northline", "FIBRE_CONNECT", "Closed", "Active", Fingerprints().of(finding()),
    ],
    ["log.jsonl", 17, "WRM501", "not-json", None, "error", None, None, None, None, "why", "log.jsonl:2",
     None, None, None, None, None, Fingerprints().of(NOT_JSON)],
]  # fmt: skip


def test_a_json_report_is_one_object() -> None:
    """Each finding has all keys, in the same order. A value that is missing is null."""
    report = json.loads("".join(json_object(run(finding(), NOT_JSON))))
    findings = report.pop("findings")
    assert report == {"version": 2, **COUNTS_IN_JSON}
    assert [list(found) for found in findings] == [FINDING_KEYS] * 2
    assert [list(found.values()) for found in findings] == FINDINGS


def test_json_lines_are_findings_and_then_the_counts() -> None:
    """The lines hold the same as the one object. Only the last line has a version."""
    *findings, last = map(json.loads, "".join(json_lines(run(finding(), NOT_JSON))).splitlines())
    assert [list(found) for found in findings] == [FINDING_KEYS] * 2
    assert [list(found.values()) for found in findings] == FINDINGS
    assert last == {"version": 2, **COUNTS_IN_JSON}


def test_long_texts_are_cut_in_json() -> None:
    """One long text in a log does not make every finding of its work request as long."""
    names = ("task_id", "activity_id", "event", "at")
    (found,) = json.loads("".join(json_object(run(finding(**dict.fromkeys(names, "x" * 201))))))["findings"]
    keys = ("taskId", "activityId", "event", "at")
    assert {found[key] for key in keys} == {f"{'x' * 50}… (201 characters)"}
    (found,) = json.loads("".join(json_object(run(finding(**dict.fromkeys(names, "x" * 200))))))["findings"]
    assert {found[key] for key in keys} == {"x" * 200}
