"""Tests of `reports.Run`: the findings to write, and the counts of all."""

from datetime import UTC, datetime

import pytest

from reports.samples import COUNTS, HELD, NOT_JSON, ScriptedChecker, finding, many, run
from work_request_manager.log import Level, TimeSpan
from work_request_manager.reports import Baseline, NewBaseline, Run, decode_baseline
from work_request_manager.reports._fingerprints import Fingerprints


def test_a_run_yields_findings_up_to_the_limit_and_counts_all() -> None:
    """Findings past the limit are counted. Findings of rules that are left out are not."""
    found = run(HELD, finding(), NOT_JSON, finding(), left_out=frozenset({"WRM501"}), limit=1)
    assert list(found) == [HELD]
    assert found.rules == {"WRM107": 1, "WRM201": 2}
    assert found.levels == {Level.ERROR: 2, Level.WARNING: 1}
    assert found.past_limit == 2
    assert found.counts == COUNTS


@pytest.mark.parametrize(("limit", "past"), [(None, 0), (0, 3), (2, 1), (3, 0), (4, 0)])
def test_a_run_yields_no_more_than_its_limit(limit: int | None, past: int) -> None:
    """Each finding is either yielded or counted as past the limit."""
    found = run(*many(3), limit=limit)
    assert len(list(found)) == 3 - past
    assert found.past_limit == past


def test_a_run_goes_on_after_an_unreadable_source() -> None:
    """It notes the reason and checks the next source."""
    found = Run(ScriptedChecker([finding()], problem="is cut"), ["1.jsonl", "2.jsonl"])
    assert len(list(found)) == 2
    assert found.unreadable == ["1.jsonl is cut", "2.jsonl is cut"]
    assert found.names == ["1.jsonl", "2.jsonl"]
    assert found.problems == {0: "1.jsonl is cut", 1: "2.jsonl is cut"}


def test_fingerprints_count_findings_that_are_not_yielded() -> None:
    """The third finding of a kind is recognised as the third, although the others are left out or past the limit."""
    fingerprints = Fingerprints()
    first, second, third = (fingerprints.of(finding()) for _ in range(3))
    assert [fingerprint for _, fingerprint in run(*[finding()] * 3).with_fingerprints()] == [first, second, third]
    found = run(*[finding()] * 3, baseline=Baseline([first, second]))
    assert list(found.with_fingerprints()) == [(finding(), third)]
    assert (found.known, found.found) == (2, {("WRM201", Level.ERROR): 1})
    new = NewBaseline()
    assert list(run(*[finding()] * 3, limit=1, new_baseline=new)) == [finding()]
    written = decode_baseline("".join(new.text()).encode())
    assert [written.has(each) for each in (first, second, third)] == [True] * 3


def test_findings_that_are_left_out_are_not_known() -> None:
    """Their entries in a baseline were found nevertheless."""
    baseline = Baseline([Fingerprints().of(finding()), Fingerprints().of(HELD), "0" * 16])
    found = run(finding(), HELD, left_out=frozenset({"WRM201"}), baseline=baseline)
    assert list(found) == []
    assert (found.known, baseline.not_found) == (1, 1)


def test_a_new_baseline_has_known_findings_too() -> None:
    """It replaces the old one, so it has everything that is not left out."""
    new = NewBaseline()
    known = Baseline([Fingerprints().of(finding())])
    found = run(finding(), HELD, NOT_JSON, left_out=frozenset({"WRM501"}), baseline=known, new_baseline=new)
    assert list(found) == [HELD]
    assert new.count == 2


def test_a_summary_aggregates_findings_past_the_limit() -> None:
    """It leaves out what is not reported. A run has no summary unless it is wanted."""
    found = run(finding(), HELD, finding(), NOT_JSON, left_out=frozenset({"WRM107"}), limit=1)
    summary = found.summarise()
    assert found.summarise() is summary
    assert list(found) == [finding()]
    assert {rule: group.findings for (rule, _), group in summary.by_rule.groups.items()} == {"WRM201": 2, "WRM501": 1}
    assert run().summary is None


def span(begins: int, ends: int) -> TimeSpan:
    """Return the span between two hours of a day."""
    return TimeSpan(datetime(2026, 3, 1, begins, tzinfo=UTC), datetime(2026, 3, 1, ends, tzinfo=UTC))


@pytest.mark.parametrize(
    ("spans", "pair"),
    [
        ([span(1, 2), span(2, 3), span(4, 5)], None),
        ([span(1, 3), span(2, 4)], "01"),
        ([span(3, 4), span(1, 2), span(0, 1)], "01"),
        ([span(3, 4), None, span(1, 2)], "02"),
        ([None, None], None),
    ],
    ids=["in order", "overlapping", "in reverse", "without times between", "without times"],
)
def test_a_run_notices_sources_in_the_wrong_order(spans: list[TimeSpan | None], pair: str | None) -> None:
    """The first two are named with their times. A source without times is passed over."""
    found = Run(ScriptedChecker([], spans=spans), [f"{number}.jsonl" for number in range(len(spans))])
    assert list(found) == []
    if pair is None:
        assert found.disorder is None
    else:
        first, second = spans[int(pair[0])], spans[int(pair[1])]
        assert first is not None
        assert second is not None
        assert str(found.disorder) == (
            f"{pair[1]}.jsonl begins at {second.begins.isoformat()}, before {pair[0]}.jsonl ends at"
            f" {first.ends.isoformat()}; logs are judged in the order given, so give the earlier one first"
        )
