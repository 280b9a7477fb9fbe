"""Tests of `reports.tables` and `help_of`: the rules, the events and the changes, against the rulebook."""

import re
from collections.abc import Callable

import pytest

from rule_examples import EXPECTED_RULES
from work_request_manager import Basis, changes
from work_request_manager.reports import ALL_RULES, help_of
from work_request_manager.reports.explanations import explanation_of
from work_request_manager.reports.tables import (
    Table,
    bases_table,
    changes_table,
    event_fields_table,
    events_table,
    log_rules_table,
    rule_facts_table,
    rules_table,
)
from work_request_manager.rules import COMMON_FACTS, RULES


def test_the_rules_table_has_every_rule() -> None:
    """The id, name, basis and source are those of the rulebook, and each row has a statement."""
    heading, rows = rules_table()
    assert heading == ["id", "name", "basis", "source", "refuses"]
    assert [" ".join(row[:4]) for row in rows] == EXPECTED_RULES
    assert [row[4] for row in rows] == [rule.statement for rule in RULES]


def test_the_log_rules_table_has_every_log_rule() -> None:
    """The id, name and level are those of the interface, and each row has a statement."""
    heading, rows = log_rules_table()
    assert heading == ["id", "name", "level", "finds"]
    assert [" ".join(row[:3]) for row in rows] == [
        "WRM501 not-json error",
        "WRM502 bad-field error",
        "WRM503 unknown-event warning",
        "WRM504 bad-time error",
        "WRM505 line-too-long error",
        "WRM601 time-goes-back warning",
        "WRM602 event-seen-before warning",
    ]
    assert all(row[3].endswith(".") for row in rows)


def test_the_facts_table_has_the_own_facts_of_each_rule() -> None:
    """Each row has the message as a template, whose placeholders are facts."""
    heading, rows = rule_facts_table()
    assert heading == ["id", "message", "own facts"]
    assert [row[0] for row in rows] == [rule.id for rule in RULES]
    for (_, message, facts), rule in zip(rows, RULES, strict=True):
        names = re.findall(r"`(\w+)`", facts)
        assert message == f"`{rule.message}`"
        assert set(re.findall(r"{(\w+)}", message)) <= {*COMMON_FACTS, *names}
        assert (*COMMON_FACTS, *names) == rule.fact_names
        assert names or facts == "\u2013"


def test_the_bases_table_counts_the_rules_of_each_basis() -> None:
    """The strongest basis is first."""
    heading, rows = bases_table()
    assert heading == ["basis", "meaning", "rules"]
    expected = [line.split()[2] for line in EXPECTED_RULES]
    assert [(row[0], int(row[2])) for row in rows] == [
        (basis, expected.count(basis)) for basis in ("stated", "implied", "structural", "assumed")
    ]
    assert [row[1] for row in rows] == [basis.meaning for basis in Basis]


REQUESTING = "WorkRequestor, Chorus"
EVERYONE = "WorkRequestor, WorkSupplier, Chorus"
REQUEST, ACTIVITY, EITHER = "the work request", "one activity", "the work request or one activity"

# Rulebook, sections 4 and 5: every event with its senders, and the rule that allows no others.
EXPECTED_EVENTS = [
    ["CreateWorkRequest", "CreateTaskEvent", "a new work request", REQUESTING, "WRM303"],
    ["AcceptWorkRequest", "AcceptTaskEvent", REQUEST, "WorkSupplier", "WRM302"],
    ["RejectWorkRequest", "RejectTaskEvent", REQUEST, "WorkSupplier", "WRM302"],
    ["ReallocateWorkRequest", "ReallocateTaskEvent", REQUEST, "Chorus", "WRM103"],
    ["PutOnHold", "PutOnHoldTaskEvent", REQUEST, REQUESTING, "WRM303"],
    ["Resume", "ResumeTaskEvent", REQUEST, REQUESTING, "WRM303"],
    ["CancelWorkRequest", "CancelTaskEvent", REQUEST, "Chorus", "WRM305"],
    ["RequestCancellation", "RequestCancelTaskEvent", EITHER, REQUESTING, "WRM303"],
    ["UpdateSiteContact", "UpdateTaskSiteContactEvent", REQUEST, REQUESTING, "WRM303"],
    ["Reschedule", "UpdateTaskScheduleEvent", EITHER, EVERYONE, "\u2013"],
    ["UpdateDetails", "UpdateTaskSourceEvent", REQUEST, REQUESTING, "WRM303"],
    ["UpdateDetails", "UpdateTaskAssetsEvent", REQUEST, REQUESTING, "WRM303"],
    ["UpdateDetails", "UpdateTaskSupplementaryReferencesEvent", REQUEST, REQUESTING, "WRM303"],
    ["UpdateDetails", "UpdateTaskFileAttachmentsEvent", REQUEST, EVERYONE, "\u2013"],
    ["UpdateDetails", "UpdateTaskAdditionalInfosEvent", REQUEST, EVERYONE, "\u2013"],
    ["AddActivity", "AddTaskActivityEvent", REQUEST, REQUESTING, "WRM303"],
    ["RequestAddActivity", "RequestAddTaskActivityEvent", REQUEST, EVERYONE, "\u2013"],
    ["UpdateActivityStatus", "UpdateTaskActivityStatusEvent", ACTIVITY, "WorkSupplier", "WRM301"],
    ["UpdateActivityWorker", "UpdateTaskActivityWorkerEvent", ACTIVITY, "WorkSupplier", "WRM301"],
    ["RecordOutcome", "UpdateTaskActivityOutcomesEvent", ACTIVITY, "WorkSupplier", "WRM301"],
    ["CancelActivity", "CancelTaskActivityEvent", ACTIVITY, "WorkSupplier, Chorus", "WRM301"],
]


def test_the_events_table_has_the_senders_of_each_event() -> None:
    """The class, wire name, target, senders and rule of every event are those of the rulebook."""
    heading, rows = events_table()
    assert heading == ["class", "wire name", "for", "allowed senders", "rule"]
    assert rows == [[f"`{name}`", f"`{wire_name}`", *others] for name, wire_name, *others in EXPECTED_EVENTS]


def test_the_fields_table_has_the_own_fields_of_each_event() -> None:
    """They are those of the interface. A question mark follows a field that may be left out."""
    heading, rows = event_fields_table()
    assert heading == ["wire name", "own fields"]
    fields = {name.strip("`"): own for name, own in rows}
    assert list(fields) == [row[1] for row in EXPECTED_EVENTS]
    new_activity = "{id, type {code, workSupplierAllowedToCancel?, states?}, status? {category, state?}}"
    assert fields["CreateTaskEvent"] == f"`requestor?`; `supplier`; `activities [{new_activity}]`"
    assert fields["AcceptTaskEvent"] == "\u2013"
    assert fields["RejectTaskEvent"] == "`reason`"
    assert fields["UpdateTaskScheduleEvent"] == "`schedule {earliestStart?, latestEnd?}`; `activityId?`"
    assert fields["UpdateTaskAssetsEvent"] == "`values`"
    assert fields["AddTaskActivityEvent"] == f"`activity {new_activity}`"
    assert fields["UpdateTaskActivityStatusEvent"] == "`activityId`; `status {category, state?}`"


def test_the_changes_table_has_every_change() -> None:
    """Each has its own fields and the occasion on which it is made."""
    heading, rows = changes_table()
    assert heading == ["class", "own fields", "when"]
    fields = {name.strip("`"): own for name, own, _ in rows}
    assert sorted(fields) == sorted(name for name in changes.__all__ if name not in ("AnyChange", "Change"))
    assert fields["ActivityMoved"] == "`activity_id`, `move`, `before`, `after`"
    assert fields["WorkRequestClosed"] == "\u2013"
    assert all(when.endswith(".") for _, _, when in rows)


@pytest.mark.parametrize(
    "make",
    [rules_table, log_rules_table, rule_facts_table, bases_table, events_table, event_fields_table, changes_table],
    ids=lambda make: make.__name__,
)
def test_tables_in_markdown_keep_their_cells(make: Callable[[], Table]) -> None:
    """No cell of a table holds a line end or a bar, which would end the cell."""
    table = make()
    lines = table.as_markdown().splitlines()
    assert len(lines) == len(table.rows) + 2
    for line in lines:
        assert len(re.split(r"(?<!\\)\|", line)) == len(table.heading) + 2


def test_help_is_the_explanation_without_examples() -> None:
    """Each paragraph is on a line, after the heading of its section."""
    for rule in ALL_RULES.values():
        lines = help_of(rule).splitlines()
        sections = [section for section in explanation_of(rule).sections if "example" not in section.heading]
        assert lines == [f"{heading}: {each}" for heading, paragraphs in sections for each in paragraphs]
        assert lines[0].endswith(f": {rule.statement}")
