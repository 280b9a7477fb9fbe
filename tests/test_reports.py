"""Tests of `reports`: findings as text and as JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import Basis
from work_request_manager.findings import Counts, Finding, Level, Report
from work_request_manager.reports import finding_line, json_report, statistics_rows, summary_line


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


COUNTS = Counts(
    lines=12, blank=1, malformed=1, unknown=1, events=9, consumed=7, not_consumed=1, refused=1, work_requests=2
)


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


@pytest.mark.parametrize(
    ("counts", "levels", "line"),
    [
        (
            COUNTS,
            {Level.ERROR: 2, Level.WARNING: 3},
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 2 errors, 3 warnings",
        ),
        (
            Counts(lines=1_000_000, events=1_000_000, refused=1_000_000),
            {Level.ERROR: 1_000_001},
            "1,000,000 lines (0 blank, 0 malformed, 0 unknown);"
            " 1,000,000 events (0 consumed, 0 not consumed, 1,000,000 refused)"
            " for 0 work requests; 1,000,001 errors, 0 warnings",
        ),
    ],
)
def test_a_summary_is_one_line(counts: Counts, levels: dict[Level, int], line: str) -> None:
    """It holds all counts and how many findings of each level were reported."""
    assert summary_line(counts, levels) == line


COUNT_KEYS = (
    "version", "lines", "blank", "malformed", "unknown", "events", "consumed", "notConsumed", "refused", "workRequests"
)  # fmt: skip
FINDING_KEYS = [
    "file", "line", "rule", "name", "basis", "level", "taskId", "activityId", "event", "at", "message", "after"
]  # fmt: skip


def test_a_json_report_is_the_object_of_the_interface() -> None:
    """All keys, in its order, and null for what there is not."""
    unread = {"basis": None, "task_id": None, "activity_id": None, "event": None, "at": None}
    broken = finding(rule="WRM501", name="not-json", message="why", after="log.jsonl:2", **unread)
    text = json_report(Report(COUNTS, (finding(), broken)))
    report = json.loads(text)
    assert list(report) == [*COUNT_KEYS, "findings"]
    assert [report[key] for key in COUNT_KEYS] == [1, 12, 1, 1, 1, 9, 7, 1, 1, 2]
    assert [list(found) for found in report["findings"]] == [FINDING_KEYS] * 2
    assert [list(found.values()) for found in report["findings"]] == [
        [
            "log.jsonl", 17, "WRM201", "closed-is-final", "stated", "error", "WR-1", "A-1",
            "UpdateTaskActivityStatusEvent", "2026-03-02T21:00:00.5Z",
            "activity A-1 is Closed (Closed); it can't move to Active (OnSite)", None,
        ],
        ["log.jsonl", 17, "WRM501", "not-json", None, "error", None, None, None, None, "why", "log.jsonl:2"],
    ]  # fmt: skip
    assert len(text.splitlines()) == 1


@settings(deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_a_json_report_holds_any_text(task_id: str, message: str) -> None:
    """What it says is what was found, in ASCII on one line."""
    report = json_report(Report(Counts(), (finding(task_id=task_id, message=message),)))
    assert report.isascii()
    assert len(report.splitlines()) == 1
    (found,) = json.loads(report)["findings"]
    # Two halves of a surrogate pair, put together, are one character in JSON.
    assert (found["taskId"], found["message"]) == tuple(json.loads(json.dumps(text)) for text in (task_id, message))


def test_statistics_stand_in_the_order_of_the_rules() -> None:
    """Each rule that was found has its row, log rules among them."""
    statistics = {"WRM601": 3, "WRM107": 1_200, "WRM201": 5}
    assert statistics_rows(statistics) == [
        ("WRM107", "held-work-does-not-start", "assumed", "1,200"),
        ("WRM201", "closed-is-final", "stated", "5"),
        ("WRM601", "time-goes-back", "log", "3"),
    ]
    assert statistics_rows({}) == []


@pytest.mark.parametrize(
    ("statistics", "part"),
    [
        (None, {}),
        ({}, {"statistics": {}}),
        ({"WRM601": 1, "WRM201": 2}, {"statistics": {"WRM201": 2, "WRM601": 1}}),
    ],
)
def test_a_json_report_has_statistics_where_they_are_asked_for(
    statistics: dict[str, int] | None, part: dict[str, object]
) -> None:
    """They are one more key, and not there otherwise."""
    report = json.loads(json_report(Report(Counts(), ()), statistics))
    assert {key: value for key, value in report.items() if key == "statistics"} == part
