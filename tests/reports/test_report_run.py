"""Tests of `reports.Run`: the findings to write, and the counts of all."""

import pytest

from reports.samples import COUNTS, HELD, NOT_JSON, ScriptedChecker, finding, many, run
from work_request_manager.log import Level
from work_request_manager.reports import Run


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
