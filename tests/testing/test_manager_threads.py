"""The manager in memory, used by many threads at once."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from parties import CHORUS, HOLDER, OWN, from_
from testing.manager_events import ACCEPT, create
from work_request_manager import Answer, Consumed, NotConsumed, Outcome, Section, decide, events
from work_request_manager.testing import InMemoryWorkRequestManager

THREADS = 16


def together(work: Callable[[int], object]) -> None:
    """Run a function in all threads at once."""
    barrier = Barrier(THREADS)

    def run(number: int) -> object:
        barrier.wait()
        return work(number)

    # Threads take turns as often as possible, so that a missing lock shows.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, range(THREADS)))
    finally:
        sys.setswitchinterval(interval)


@pytest.fixture
def manager() -> InMemoryWorkRequestManager:
    """Return a manager with one work request."""
    manager = InMemoryWorkRequestManager()
    manager.post(create())
    return manager


class TestThreads:
    """Sixteen threads post at once."""

    def test_nothing_is_lost_and_nothing_is_applied_twice(self) -> None:
        """Each outcome is recorded once, and each event is decided on the state that the earlier one left."""
        manager = InMemoryWorkRequestManager()
        for number in range(4):
            manager.post(create(f"WR-{number}"))

        def work(thread: int) -> None:
            for number in range(40):
                outcome = Outcome(f"{thread}-{number}")
                to = {"work_request_id": f"WR-{number % 4}", "event_id": f"e-{thread}-{number}"}
                for _ in range(2):
                    manager.post(events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=outcome) | to))
                manager.post(events.PutOnHold(**from_(OWN) | {"work_request_id": to["work_request_id"]}))

        together(work)
        for number in range(4):
            history = manager.history(f"WR-{number}")
            assert len(history) == 1 + THREADS * 10 * 3
            recorded = manager.work_request(f"WR-{number}").activity("A-1").outcomes
            assert sorted(each.code for each in recorded) == sorted(
                f"{thread}-{each}" for thread in range(THREADS) for each in range(number, 40, 4)
            )
            request = None
            for decision in history:
                if not (isinstance(decision, NotConsumed) and isinstance(decision.event, events.RecordOutcome)):
                    assert decision == decide(request, decision.event)
                request = decision.work_request
            assert [type(each.event) for each in history if isinstance(each, Consumed)].count(events.PutOnHold) == 1

    def test_one_event_posted_by_all_is_consumed_once(self, manager: InMemoryWorkRequestManager) -> None:
        """The other threads get NotConsumed."""
        event = events.UpdateDetails(**from_(CHORUS, section=Section.SOURCE, values=1, event_id="e-1"))
        together(lambda _: manager.post(event))
        answers = [decision.answer for decision in manager.history("WR-1")[1:]]
        assert sorted(answers) == [Answer.CONSUMED, *[Answer.NOT_CONSUMED] * (THREADS - 1)]

    def test_notifications_come_once_and_in_order(self, manager: InMemoryWorkRequestManager) -> None:
        """A subscriber gets the consumed events of all threads in the order of the history."""
        notified: list[Consumed] = []
        manager.subscribe(OWN, notified.append)

        def work(thread: int) -> None:
            for number in range(20):
                outcome = Outcome(f"{thread}-{number}")
                manager.post(events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=outcome)))

        together(work)
        assert notified == list(manager.history("WR-1")[1:])

    def test_a_callback_that_waits_for_another_thread_does_not_hang(self, manager: InMemoryWorkRequestManager) -> None:
        """No lock is held while callbacks run, so other threads can post in the meantime."""
        done: list[Answer] = []

        def wait(notification: Consumed) -> None:
            if isinstance(notification.event, events.AcceptWorkRequest):
                other = Thread(target=lambda: done.append(manager.post(events.PutOnHold(**from_(OWN))).answer))
                other.start()
                other.join(10)

        manager.subscribe(OWN, wait)
        manager.post(ACCEPT)
        assert done == [Answer.CONSUMED]
