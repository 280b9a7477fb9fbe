"""Tests of the generated logs that other tests and the benchmarks check."""

import json
from collections import Counter

import pytest

import generated
from work_request_manager import WorkRequest, decide
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.log import check
from work_request_manager.rules import RULES
from work_request_manager.wire import decode_event

EVENTS = 10_000


def test_the_same_seed_gives_the_same_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log can be generated again, and another seed gives another log."""
    monkeypatch.setattr(generated, "SCRIPTS", 20)
    generated._scripts.cache_clear()
    first = list(generated.lines(300, seed=5))
    generated._scripts.cache_clear()
    assert first == list(generated.lines(300, seed=5))
    assert first != list(generated.lines(300, seed=4))
    generated._scripts.cache_clear()


def test_a_log_has_the_requested_length() -> None:
    """A log can have any length, even 0."""
    assert [len(list(generated.lines(count, seed=5))) for count in (0, 1, 250)] == [0, 1, 250]


def test_logs_are_diverse() -> None:
    """A log has every kind of event, a third of its events is refused, and every rule is broken."""
    lines = list(generated.lines(EVENTS, seed=5))
    report = check(lines)
    assert {json.loads(line)["event"] for line in lines} == set(WIRE_NAMES)
    assert report.counts.events == EVENTS
    assert 0.3 < report.counts.refused / EVENTS < 0.4
    broken = {finding.rule for finding in report.findings}
    assert broken == {*(rule.id for rule in RULES), "WRM601", "WRM602"}


def test_most_requests_are_closed_by_the_end() -> None:
    """So the memory that a log needs depends on what is kept of closed work requests."""
    requests: dict[str, WorkRequest | None] = {}
    for event in map(decode_event, generated.lines(EVENTS, seed=5)):
        requests[event.work_request_id] = decide(requests.get(event.work_request_id), event).work_request
    closed = Counter(request is not None and request.is_closed for request in requests.values())
    assert closed[True] > 0.9 * len(requests)
