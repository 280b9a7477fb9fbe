"""Tests of the aggregates of findings."""

import tracemalloc
from datetime import UTC, datetime
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.samples import HELD, NOT_JSON, finding
from work_request_manager.log import Finding, Level
from work_request_manager.reports import Summary
from work_request_manager.reports import _summary as module


def summary_of(*found: Finding) -> Summary:
    """Return the summary of these findings."""
    summary = Summary()
    for each in found:
        summary.add(each)
    return summary


def test_findings_are_grouped_by_rule_and_level() -> None:
    """A group has its findings, its different work requests, and the first and the last time in UTC."""
    summary = summary_of(
        finding(at="2026-03-02T21:00:00Z"),
        finding(at="2026-03-02T10:00:00+12:00", task_id="WR-2"),
        finding(at="2026-03-01T23:00:00Z"),
        finding(at="yesterday", task_id=None),
        HELD,
    )
    errors, warnings = summary.by_rule.groups.values()
    assert list(summary.by_rule.groups) == [("WRM201", Level.ERROR), ("WRM107", Level.WARNING)]
    assert (errors.findings, errors.errors, errors.warnings, errors.requests) == (4, 4, 0, 2)
    assert (warnings.findings, warnings.errors, warnings.warnings, warnings.requests) == (1, 0, 1, 1)
    assert errors.first == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert errors.last == datetime(2026, 3, 2, 21, tzinfo=UTC)


def test_a_group_without_times_has_no_span() -> None:
    """A line that is not JSON has none."""
    (group,) = summary_of(NOT_JSON).by_rule.groups.values()
    assert (group.findings, group.requests, group.first, group.last) == (1, 0, None, None)


def test_findings_are_grouped_by_supplier_and_activity_type() -> None:
    """Unknown ones make a group too."""
    summary = summary_of(finding(), HELD, finding(supplier="southline", task_id="WR-2"), NOT_JSON)
    groups = {key: (group.errors, group.warnings, group.requests) for key, group in summary.by_supplier.groups.items()}
    assert groups == {
        ("northline", "FIBRE_CONNECT"): (1, 1, 1),
        ("southline", "FIBRE_CONNECT"): (1, 0, 1),
        (None, None): (1, 0, 0),
    }


def test_findings_are_grouped_by_move() -> None:
    """The category before it can be unknown. An event that moves nothing belongs to no group."""
    summary = summary_of(finding(), finding(rule="WRM302"), finding(from_=None), finding(from_=None, to=None))
    groups = {key: (group.findings, group.rules) for key, group in summary.by_move.groups.items()}
    assert groups == {("Closed", "Active"): (2, {"WRM201", "WRM302"}), (None, "Active"): (1, {"WRM201"})}


def test_status_updates_are_grouped_by_move_alone() -> None:
    """Cancellations, which close an activity too, are left out."""
    cancellation = finding(event="CancelTaskActivityEvent", to="Closed")
    summary = summary_of(finding(), HELD, cancellation, finding(from_=None), finding(to=None))
    groups = {key: (group.errors, group.warnings) for key, group in summary.by_update.groups.items()}
    assert groups == {("Closed", "Active"): (1, 1), (None, "Active"): (1, 0)}
    assert ("Closed", "Closed") in summary.by_move.groups


def test_the_largest_group_comes_first() -> None:
    """Of equal ones, the one that was found first."""
    rules = ["WRM204", "WRM203", "WRM201", "WRM201"]
    summary = summary_of(*(finding(rule=rule) for rule in rules))
    assert [rule for (rule, _), _ in summary.by_rule.largest_first()] == ["WRM201", "WRM204", "WRM203"]


def test_the_worst_requests_have_the_most_independent_errors() -> None:
    """An error that may follow from a refusal does not count, and a warning neither. Then errors and warnings count."""
    after = {"first_refusal": "log.jsonl:1"}
    summary = summary_of(
        *[finding(task_id="WR-1", **after)] * 9,
        finding(task_id="WR-2"),
        finding(task_id="WR-3"),
        finding(task_id="WR-3"),
        HELD,
        finding(task_id="WR-4"),
        finding(task_id="WR-4", **after),
        finding(task_id="WR-5", level=Level.WARNING),
        *[finding(task_id="WR-6", level=Level.WARNING)] * 2,
        NOT_JSON,
    )
    worst = [(each.id, each.independent, each.errors, each.warnings) for each in summary.worst_requests(9)]
    assert worst == [
        ("WR-3", 2, 2, 0), ("WR-4", 1, 2, 0), ("WR-2", 1, 1, 0), ("WR-1", 0, 9, 1), ("WR-6", 0, 0, 2),
        ("WR-5", 0, 0, 1),
    ]  # fmt: skip
    assert [each.id for each in summary.worst_requests(1)] == ["WR-3"]
    assert list(summary.requests) == [f"WR-{number}" for number in range(1, 7)]
    assert summary.requests["WR-1"].warnings == 1


def test_long_ids_are_told_apart_and_cut() -> None:
    """Ids that have the same start and length are different work requests."""
    one, other = "x" * 1_000 + "1", "x" * 1_000 + "\ud800"
    summary = summary_of(finding(task_id=one), finding(task_id=other), finding(task_id=one))
    assert [each.errors for each in summary.requests.values()] == [2, 1]
    assert {each.id for each in summary.requests.values()} == {f"{'x' * 50}… (1,001 characters)"}
    (group,) = summary.by_rule.groups.values()
    assert group.requests == 2
    assert not {one, other} & summary.requests.keys()


findings = st.builds(
    finding,
    task_id=st.none() | st.sampled_from(["WR-1", "WR-2", "WR-3"]),
    rule=st.sampled_from(["WRM201", "WRM202", "WRM601"]),
    level=st.sampled_from(Level),
    supplier=st.sampled_from([None, "northline", "southline"]),
    to=st.sampled_from([None, "Active", "Closed"]),
)


@given(st.lists(findings, max_size=30))
def test_numbers_are_those_of_counting_each_group(found: list[Finding]) -> None:
    """Each group has as many findings and different work requests as findings with its key have."""
    summary = summary_of(*found)
    for (rule, level), group in summary.by_rule.groups.items():
        own = [each for each in found if (each.rule, each.level) == (rule, level)]
        assert (group.findings, group.requests) == (len(own), len({each.task_id for each in own} - {None}))
    for (supplier, _), group in summary.by_supplier.groups.items():
        own = [each for each in found if each.supplier == supplier]
        assert (group.findings, group.requests) == (len(own), len({each.task_id for each in own} - {None}))
    moves = sum(group.findings for group in summary.by_move.groups.values())
    assert moves == len([each for each in found if each.to is not None])


# Limits


def test_a_grouping_keeps_a_bounded_number_of_groups() -> None:
    """The findings of further groups are counted, but not those that belong to no group."""
    with mock.patch.object(module, "MAX_GROUPS", 2):
        summary = summary_of(*(finding(supplier=each, to=None) for each in "abcabcd"))
    assert {key[0]: group.findings for key, group in summary.by_supplier.groups.items()} == {"a": 2, "b": 2}
    assert (summary.by_supplier.left_out, summary.by_rule.left_out, summary.by_move.left_out) == (3, 0, 0)


def test_a_summary_keeps_a_bounded_number_of_requests() -> None:
    """The findings of further ones are counted in all groups, but not as work requests."""
    with mock.patch.object(module, "REQUESTS_LIMIT", 1_000):
        summary = summary_of(*(finding(task_id=f"WR-{number % 5}") for number in range(10)))
    assert list(summary.requests) == ["WR-0", "WR-1"]
    assert summary.left_out == 6
    (group,) = summary.by_rule.groups.values()
    assert (group.findings, group.requests) == (10, 2)


@pytest.mark.parametrize("length", [8, 100, 5_000])
@pytest.mark.parametrize("char", ["x", "\U0001f600"])
def test_the_work_requests_take_no_more_memory_than_their_limit(length: int, char: str) -> None:
    """Even if their ids are long, and each is in many groups."""
    limit, suppliers = 1 << 20, [f"supplier {number}" for number in range(module.MAX_GROUPS + 1)]
    with mock.patch.object(module, "REQUESTS_LIMIT", limit):
        full = summary_of(*(finding(supplier=each, task_id=None) for each in suppliers))
        tracemalloc.start()
        for number in range(10_000):
            for supplier in suppliers[-2:]:
                full.add(finding(task_id=f"{number:{char}>{length}}", supplier=supplier))
            if full.left_out:
                break
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert full.left_out
    assert taken < limit
