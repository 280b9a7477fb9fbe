"""Tests of `LogChecker`: it can be saved between the parts of a log, and its work and memory grow with the log only."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from random import Random
from types import FrameType
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_lines import LineGenerator
from work_request_manager import DEFAULT_RULEBOOK
from work_request_manager.log import Counts, Finding, LogChecker
from work_request_manager.log._fast import event_ids, node_index, plans, settling, tracking
from work_request_manager.log._fast.event_ids import EventIds
from work_request_manager.log._fast.loop import fits
from work_request_manager.log._plain import PlainChecker
from work_request_manager.wire import NO_TYPES

FILE = "log"
CHORUS = {"role": "Chorus", "id": "chorus"}
NORTHLINE = {"role": "WorkSupplier", "id": "northline"}
MODES: dict[str, dict[str, Any]] = {
    "requests": {},
    "strict": {"rulebook": DEFAULT_RULEBOOK.strict()},
    "history": {"history": True},
    "partial": {"partial": True},
}
modes = st.sampled_from([*MODES])
seeds = st.integers(0, 2**32)


def line(event: str, sender: dict[str, str] = NORTHLINE, **fields: Any) -> bytes:
    """Return the line of an event for WR-1."""
    at = "2026-03-01T20:00:00Z"
    return json.dumps({"event": event, "taskId": "WR-1", "sender": sender, "at": at, **fields}).encode()


def create(count: int = 1, **fields: Any) -> bytes:
    """Return a create event with some activities: A-0, A-1 and so on."""
    activities = [{"id": f"A-{number}", "type": {"code": "FIBRE"}} for number in range(count)]
    given = {"requestor": "rsp-one", "supplier": "northline", "activities": activities, **fields}
    return line("CreateTaskEvent", CHORUS, **given)


def status(category: str, number: int = 0, state: str | None = None, **fields: Any) -> bytes:
    """Return a status update of an activity."""
    asked = {"category": category, "state": state}
    return line("UpdateTaskActivityStatusEvent", activityId=f"A-{number}", status=asked, **fields)


def random_log(seed: int, length: int) -> list[bytes]:
    """Return a random log."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    return LineGenerator(random, is_odd=random.random() < 0.5).log(length)


def judged(checker: LogChecker, lines: Sequence[bytes], start: int = 1) -> list[Finding]:
    """Return the findings of lines."""
    return checker.judge_lines(FILE, start, lines)


# A checker that is saved between the parts of a log


CONTINUED = """
import pickle, sys
checker, parts = pickle.load(sys.stdin.buffer)
found = []
for start, lines in parts:
    found += checker.judge_lines("log", start, lines)
    checker = pickle.loads(pickle.dumps(checker))
sys.stdout.buffer.write(pickle.dumps((found, checker.counts)))
"""
"""A program that continues with a saved checker."""


class TestACheckerCanBeSaved:
    """It continues with the next part of the log as if it had not been saved."""

    @settings(max_examples=40, deadline=None)
    @given(seeds, modes, st.lists(st.integers(0, 60), max_size=4), st.sampled_from([0, 60, event_ids.MAX_CLOSED]))
    def test_between_any_two_lines(self, seed: int, mode: str, cuts: list[int], max_closed: int) -> None:
        """The parts have the findings and counts of the whole, even if closed work requests keep digests only."""
        log = random_log(seed, 60)
        whole = LogChecker(**MODES[mode])
        expected = judged(whole, log)
        checker = LogChecker(**MODES[mode])
        found: list[Finding] = []
        with mock.patch.object(event_ids, "MAX_CLOSED", max_closed):
            for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(log)], strict=True):
                found += judged(checker, log[begin:end], begin + 1)
                checker = pickle.loads(pickle.dumps(checker))
        assert found == expected
        assert checker.counts == whole.counts

    @pytest.mark.parametrize("mode", MODES)
    def test_for_another_process(self, mode: str) -> None:
        """Another process, in which texts have other hashes, has the same findings and counts."""
        log = [each for seed in range(8) for each in random_log(seed, 60)]
        log = [*log, create(eventId="e"), line("CancelTaskEvent", CHORUS), status("Open", eventId="f"), *log]
        whole = LogChecker(**MODES[mode])
        expected = judged(whole, log)
        checker = LogChecker(**MODES[mode])
        half, end = len(log) // 2, len(log) - 100
        with mock.patch.object(event_ids, "MAX_CLOSED", 100):
            found = judged(checker, log[:half])
        parts = [(half + 1, log[half:end]), (end + 1, log[end:])]
        done = subprocess.run(
            [sys.executable, "-c", CONTINUED],
            input=pickle.dumps((checker, parts)),
            env={**os.environ, "PYTHONHASHSEED": "4711"},
            stdout=subprocess.PIPE,
            check=True,
        )
        more, counts = pickle.loads(done.stdout)
        assert found + more == expected
        assert counts == whole.counts

    def test_without_what_it_has_cached(self) -> None:
        """A saved checker takes as much space as its work requests need."""
        checker = LogChecker()
        judged(checker, [create(), *[status("Active", state=f"State {number}") for number in range(50)]])
        assert len(pickle.dumps(checker)) < 3_000


# Event ids of closed work requests


class TestIdsOfClosedWorkRequests:
    """Redeliveries are recognised after closing. The oldest closed work requests keep digests of their ids."""

    @staticmethod
    def life(number: int) -> list[bytes]:
        """Return the events of a work request that is closed at the end, each with an id."""
        of: dict[str, Any] = {"taskId": f"WR-{number}"}
        ids = [f"event-{number}-{place}" for place in range(4)]
        return [
            create(**of, eventId=ids[0]),
            status("Active", **of, eventId=ids[1]),
            status("PracticalCompletion", **of, eventId=ids[2]),
            status("Closed", **of, eventId=ids[3]),
        ]

    def test_are_recognised(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All events are redeliveries the second time, creates too, and other events are not."""
        monkeypatch.setattr(event_ids, "MAX_CLOSED", 200)
        log = [each for number in range(50) for each in self.life(number)]
        checker = LogChecker()
        assert judged(checker, log) == []
        kept = [type(each.ids) for each in checker._loop.requests.values()]
        assert kept[:40] == [bytes] * 40, "only the youngest keep their ids"
        assert kept[-1] is str
        checker = pickle.loads(pickle.dumps(checker))
        assert [each.rule for each in judged(checker, log)] == ["WRM602"] * len(log)
        fresh = status("Closed", taskId="WR-0", eventId="event-0-9")
        assert judged(checker, [fresh]) == []
        assert [each.rule for each in judged(checker, [fresh])] == ["WRM602"]
        assert checker.counts == Counts(lines=402, events=402, consumed=200, not_consumed=202, work_requests=50)

    def test_are_shortened_once_if_a_work_request_closes_again_and_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a history a work request can reopen. What was counted when it closed is subtracted again."""
        monkeypatch.setattr(event_ids, "MAX_CLOSED", 500)
        checker = LogChecker(history=True)
        log = [create()]
        for number in range(200):
            log.append(status("Open", eventId=f"open-{number}"))
            log.append(status("Closed", eventId=f"closed-{number}"))
        judged(checker, log)
        again = judged(checker, log[1:])
        assert {each.rule for each in again} == {"WRM602"}
        assert len(again) == 400
        assert checker._loop.event_ids._characters <= 500

    @pytest.mark.parametrize("count", [10, 600, 40_000])
    def test_take_eight_bytes_each_if_there_are_many(self, count: int) -> None:
        """A work request with many ids keeps digests in small pieces, so that a search takes bounded time."""
        ids, kept = EventIds(), ""
        marks = [ids.mark(f"a rather long id of event {number}" * 9) for number in range(0, count, 2)]
        marks += [ids.mark(f"{number}") for number in range(1, count, 2)]
        for mark in marks:
            assert not ids.has(kept, mark)
            kept = ids.add(kept, mark)
        assert all(ids.has(kept, mark) for mark in marks)
        assert not ids.has(kept, ids.mark("another"))
        pieces = kept if isinstance(kept, list) else [kept]
        assert max(map(len, pieces)) <= event_ids.MAX_DIGESTS
        if count > 100:
            assert sum(map(len, pieces)) == 8 * count

    def test_a_digest_counts_only_where_one_begins(self) -> None:
        """Eight bytes that belong to two digests are no digest."""
        ids = EventIds()
        one, two = (bytes(range(start, start + 8)) for start in (0, 8))
        with mock.patch.object(EventIds, "_digest", lambda self, text: (one + two)[4:12] if text == "x" else one):
            assert not ids.has(one + two, "x")
            assert ids.has(one + two, "y")


# Growth


def operations(action: Callable[[], object]) -> int:
    """Return the number of lines of code of the package that an action runs, as a measure of its work."""
    count = 0
    package = os.path.dirname(os.path.dirname(node_index.__file__))

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(os.path.dirname(package)):
            return None
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def added(number: int) -> bytes:
    """Return an event that adds an activity."""
    return line("AddTaskActivityEvent", CHORUS, activity={"id": f"B-{number}", "type": {"code": "FIBRE"}})


def outcome(number: int) -> bytes:
    """Return an outcome of A-0."""
    return line("UpdateTaskActivityOutcomesEvent", activityId="A-0", outcome={"code": f"O-{number}"})


def worker(number: int, count: int = 1) -> bytes:
    """Return a change of a worker."""
    return line("UpdateTaskActivityWorkerEvent", activityId=f"A-{number % count}", worker=f"Worker {number}")


REJECT = line("RejectTaskEvent", reason="Duplicate")
CANCEL = line("CancelTaskEvent", CHORUS)
GROWING: dict[str, Callable[[int], list[bytes]]] = {
    "activities": lambda n: [create(n), *(status("Active", number) for number in range(n))],
    "additions": lambda n: [create(), *map(added, range(n))],
    "outcomes": lambda n: [create(), *map(outcome, range(n))],
    "workers": lambda n: [create(), *map(worker, range(n))],
    "workers of many activities": lambda n: [create(n), *(worker(number, n) for number in range(n))],
    "distinct states": lambda n: [create(), *(status("Active", state=f"State {number}") for number in range(n))],
    "long distinct states": lambda n: [create(), *(status("Active", state=f"{number:0600}") for number in range(n))],
    "refusals of many activities": lambda n: [create(n), *(status("Closed", number) for number in range(n))],
    "refusals for the last of many activities": lambda n: [create(n), status("Active", n - 1), *[REJECT, CANCEL] * n],
    "events for an unknown activity": lambda n: [create(n), *[status("Active", n)] * n],
    "reallocations": lambda n: [
        create(n),
        *(line("ReallocateTaskEvent", CHORUS, supplier=f"supplier-{number}") for number in range(n)),
    ],
    "cancellations of one of many activities": lambda n: [create(n), CANCEL, *[status("Open"), CANCEL] * n],
    "moves to and fro": lambda n: [create(20), *[status("Active"), status("Open")] * n],
    "contacts": lambda n: [
        create(n),
        *(line("UpdateTaskSiteContactEvent", CHORUS, contact={"name": f"Name {number}"}) for number in range(n)),
    ],
    "event ids": lambda n: [create(), *(status("Open", eventId=f"event-{number}") for number in range(n))],
    "work requests": lambda n: [create(taskId=f"WR-{number}") for number in range(n)],
}
"""Logs that grow in one dimension: from a number to the lines."""


@pytest.mark.parametrize("mode", ["requests", "history", "partial"])
@pytest.mark.parametrize("name", GROWING)
def test_twice_as_much_takes_at_most_twice_the_work(name: str, mode: str) -> None:
    """The work for an event does not grow with the work request. It is counted in lines of code, not in seconds."""

    def work(n: int) -> int:
        lines = GROWING[name](n)
        checker = LogChecker(**MODES[mode])
        judged(checker, GROWING[name](10))  # fills the caches
        checker.forget()
        return operations(lambda: judged(checker, lines))

    once, twice = work(150), work(300)
    assert twice <= 2.1 * once


class TestCachesAreBounded:
    """Memory does not grow with the number of distinct texts."""

    def test_distinct_states_are_not_kept(self) -> None:
        """After 20,000 distinct states there are as many nodes and results as after 20."""
        sizes = []
        for count in (20, 20_000):
            checker = LogChecker(history=True)
            judged(checker, [create(), *(status("Active", state=f"State {number}") for number in range(count))])
            sizes.append(cache_sizes(checker))
        assert sizes[0] == sizes[1]

    def test_nodes_are_finite(self) -> None:
        """All random logs together have a few dozen nodes, and results by facts only."""
        checker = LogChecker(partial=True)
        for seed in range(30):
            judged(checker, random_log(seed, 60))
        nodes, results, _ = cache_sizes(checker)
        for seed in range(30, 150):
            judged(checker, random_log(seed, 60))
        more_nodes, more_results, _ = cache_sizes(checker)
        assert more_nodes <= 2 * nodes < 300
        assert more_results <= 4 * results

    def test_results_are_dropped_if_there_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They are then computed again, with the same findings."""
        log = [each for seed in range(5) for each in random_log(seed, 60)]
        expected = judged(LogChecker(), log)
        monkeypatch.setattr(settling, "MAX_RESULTS", 2)
        monkeypatch.setattr(plans, "MAX_TYPES", 1)
        checker = LogChecker()
        assert judged(checker, log) == expected
        assert len(checker._loop.results) <= 2

    def test_first_refusals_are_kept_for_a_number_of_activities(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A work request keeps the first ones."""
        monkeypatch.setattr(tracking, "MAX_REFUSALS", 1)
        log = [create(2), status("Closed", 0), status("Closed", 0), status("Closed", 1), status("Closed", 1)]
        checker = LogChecker(rulebook=DEFAULT_RULEBOOK)
        assert [(each.line, each.first_refusal) for each in judged(checker, log)] == [
            (2, None), (3, "log:2"), (4, None), (5, None),
        ]  # fmt: skip


def cache_sizes(checker: LogChecker) -> tuple[int, int, int]:
    """Return the number of nodes, of the results in them, and of the results for whole work requests."""
    loop = checker._loop
    nodes = loop.engine.nodes.by_index
    return len(nodes), sum(map(len, nodes)), len(loop.results)


# The index of the activities of a large work request


class TestALargeWorkRequest:
    """Its activities are found by their nodes. The findings are those of the plain checker."""

    @settings(max_examples=40, deadline=None)
    @given(seeds, st.booleans())
    def test_has_the_findings_of_a_small_one(self, seed: int, is_history: bool) -> None:
        """The index is used from the second activity on."""
        random = Random(seed)  # noqa: S311 - as above
        activities = [f"A{number}" for number in range(12)]
        log = LineGenerator(random, requests=("W1",), activities=activities).log(60)
        plain = PlainChecker(DEFAULT_RULEBOOK, NO_TYPES, is_history=is_history)
        expected = [found for number, each in enumerate(log, start=1) for found in plain.judge(FILE, number, each)]
        with mock.patch.multiple(tracking, MANY=1, MIN_INDEXED=1):
            assert judged(LogChecker(history=is_history), log) == expected

    def test_with_more_activities_than_are_searched(self) -> None:
        """Thousands of moves, rejections and reallocations of a work request with 60 activities."""
        random = Random(5)  # noqa: S311 - as above
        generator = LineGenerator(random, requests=("W1",), activities=[f"A{number}" for number in range(60)])
        log = [create(60, taskId="W1").replace(b"A-", b"A"), *map(generator.line, range(3_000))]
        plain = PlainChecker(DEFAULT_RULEBOOK, NO_TYPES, is_history=True)
        expected = [found for number, each in enumerate(log, start=1) for found in plain.judge(FILE, number, each)]
        assert judged(LogChecker(history=True), log) == expected
        assert len(expected) > 1_000


def test_an_encoded_event_fits_the_accelerator() -> None:
    """A line that the exact decoder has read is judged once more. If it did not fit, the judge would say so."""
    with pytest.raises(AssertionError, match="line 5"):
        fits(FILE, 5, b"")
