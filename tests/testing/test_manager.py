"""The manager in memory: what is posted is decided, kept, notified of, and written out again."""

import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import STRICT_RULEBOOK, histories
from parties import CHORUS, HOLDER, MAY_CANCEL, OTHER, OWN, PARTIES, STRANGER, from_
from work_request_manager import (
    Activity,
    ActivityType,
    Answer,
    Category,
    Consumed,
    Event,
    NotConsumed,
    Outcome,
    Refused,
    Section,
    Status,
    changes,
    decide,
    events,
    permitted,
)
from work_request_manager.log import check
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import WireError, encode_event


def create(work_request_id: str = "WR-1", *activities: Activity, **own: Any) -> Event:
    """Return a creation by Chorus."""
    given_fields = {"requestor": OWN.id, "supplier": HOLDER.id, "activities": activities or (NEW,), **own}
    return events.CreateWorkRequest(**{**from_(CHORUS), "work_request_id": work_request_id}, **given_fields)


def status(category: Category, **own: Any) -> Event:
    """Return a status update of A-1 by the supplier."""
    return events.UpdateActivityStatus(**{**from_(HOLDER, activity_id="A-1", status=Status(category)), **own})


NEW = Activity("A-1", MAY_CANCEL)
ACCEPT = events.AcceptWorkRequest(**from_(HOLDER))


@pytest.fixture
def manager() -> InMemoryWorkRequestManager:
    """Return a manager with one work request."""
    manager = InMemoryWorkRequestManager()
    manager.post(create())
    return manager


class TestPosting:
    """Each event is decided from what those before it made of its work request."""

    @settings(deadline=None, max_examples=50)
    @given(histories())
    def test_decisions_are_those_of_decide(self, history: Any) -> None:
        """Posted one after another, events get the decisions that folding `decide` gives, and those are kept."""
        manager = InMemoryWorkRequestManager(rulebook=history.rulebook)
        expected = tuple(step.decision for step in history.steps)
        assert tuple(manager.post(step.event) for step in history.steps) == expected
        assert manager.work_request("WR-1") == history.end
        assert manager.history("WR-1") == expected

    def test_work_requests_are_kept_apart(self, manager: InMemoryWorkRequestManager) -> None:
        """An event changes the work request that it is for, and no other."""
        manager.post(create("WR-2"))
        before = manager.work_request("WR-1")
        assert manager.post(status(Category.ACTIVE, work_request_id="WR-2")).answer is Answer.CONSUMED
        assert manager.work_request("WR-1") is before
        assert [request.id for request in manager.work_requests()] == ["WR-1", "WR-2"]
        assert manager.work_requests()[1].has_begun
        assert [len(manager.history(each)) for each in ("WR-1", "WR-2", None)] == [1, 2, 3]

    def test_a_refusal_is_an_answer_and_is_kept(self, manager: InMemoryWorkRequestManager) -> None:
        """What is refused raises nothing, changes nothing, and stands in the history."""
        before = manager.work_request("WR-1")
        refused = manager.post(status(Category.CLOSED, sender=STRANGER))
        assert isinstance(refused, Refused)
        assert manager.work_request("WR-1") is before
        assert manager.history("WR-1")[-1] is refused

    def test_an_unknown_work_request_is_named(self) -> None:
        """An event for it is refused, which makes no work request; asking for it is a KeyError that names it."""
        manager = InMemoryWorkRequestManager()
        assert manager.post(ACCEPT).answer is Answer.REFUSED
        assert manager.work_requests() == ()
        for ask in (manager.work_request, lambda each: manager.permitted(each, CHORUS)):
            with pytest.raises(KeyError, match="there is no work request 'WR-1'; post a CreateWorkRequest for it"):
                ask("WR-1")

    def test_an_event_id_counts_once(self, manager: InMemoryWorkRequestManager) -> None:
        """An event whose id was taken is not judged again and not consumed, whatever it asks for (WRM602)."""
        assert manager.post(events.PutOnHold(**from_(OWN, event_id="e-1"))).answer is Answer.CONSUMED
        held = manager.work_request("WR-1")
        again = manager.post(events.Resume(**from_(OWN, event_id="e-1")))
        assert again == NotConsumed(again.event, held, ())
        assert manager.work_request("WR-1") is held
        assert len(check(manager.dump()).findings) == 0

    def test_permitted_is_that_of_the_work_request(self, manager: InMemoryWorkRequestManager) -> None:
        """By the manager's own rulebook."""
        strict = InMemoryWorkRequestManager(rulebook=STRICT_RULEBOOK)
        strict.post(create())
        for each in (manager, strict):
            expected = permitted(each.work_request("WR-1"), HOLDER, rulebook=each.rulebook)
            assert each.permitted("WR-1", HOLDER) == expected
        assert manager.permitted("WR-1", HOLDER) != strict.permitted("WR-1", HOLDER)


class TestNotifying:
    """Both parties of a request hear of every consumed event, in order."""

    def test_both_parties_hear_of_what_is_consumed(self, manager: InMemoryWorkRequestManager) -> None:
        """Of that alone, whoever sent it; other parties hear nothing."""
        heard: dict[Any, list[Any]] = {party: [] for party in PARTIES if party != CHORUS}
        for party, notices in heard.items():
            manager.subscribe(party, notices.append)
        decisions = [
            manager.post(event)
            for event in (ACCEPT, ACCEPT, status(Category.CLOSED, sender=OWN), status(Category.ACTIVE))
        ]
        consumed = [decision for decision in decisions if isinstance(decision, Consumed)]
        assert len(consumed) == 2
        assert heard == {OWN: consumed, HOLDER: consumed, OTHER: [], STRANGER: []}

    def test_a_creation_is_heard_of(self) -> None:
        """The parties that it names are its parties."""
        manager, heard = InMemoryWorkRequestManager(), list[Consumed]()
        manager.subscribe(HOLDER, heard.append)
        manager.post(create(supplier=STRANGER.id))
        manager.post(create("WR-2"))
        assert [notice.event.work_request_id for notice in heard] == ["WR-2"]

    def test_the_automatic_close_is_heard_of(self, manager: InMemoryWorkRequestManager) -> None:
        """It is the last change of the event that closed the last activity."""
        heard: list[Consumed] = []
        manager.subscribe(OWN, heard.append)
        manager.post(status(Category.CLOSED))
        assert heard[-1].changes[-1] == changes.WorkRequestClosed("WR-1")

    def test_of_a_reallocation_both_suppliers_hear(self, manager: InMemoryWorkRequestManager) -> None:
        """The supplier before hears of it last, the new one first."""
        heard: dict[Any, list[Consumed]] = {HOLDER: [], STRANGER: []}
        for party, notices in heard.items():
            manager.subscribe(party, notices.append)
        manager.post(events.ReallocateWorkRequest(**from_(CHORUS, supplier=STRANGER.id)))
        manager.post(events.AcceptWorkRequest(**from_(STRANGER)))
        kinds = {party.id: [type(notice.event) for notice in notices] for party, notices in heard.items()}
        assert kinds == {
            HOLDER.id: [events.ReallocateWorkRequest],
            STRANGER.id: [events.ReallocateWorkRequest, events.AcceptWorkRequest],
        }

    def test_chorus_does_not_subscribe(self, manager: InMemoryWorkRequestManager) -> None:
        """It is the system that notifies."""
        with pytest.raises(ValueError, match="party is Chorus, which notifies and is not notified; subscribe a"):
            manager.subscribe(CHORUS, print)

    def test_a_callback_may_post(self, manager: InMemoryWorkRequestManager) -> None:
        """What it posts is decided at once, and is heard of after what came before it, by everyone."""
        heard: list[Any] = []

        def accept(notice: Consumed) -> None:
            heard.append(("supplier", type(notice.event)))
            if isinstance(notice.event, events.PutOnHold):
                assert manager.post(ACCEPT).answer is Answer.CONSUMED

        manager.subscribe(HOLDER, accept)
        manager.subscribe(OWN, lambda notice: heard.append(("requestor", type(notice.event))))
        manager.post(events.PutOnHold(**from_(OWN)))
        assert heard == [
            (who, kind) for kind in (events.PutOnHold, events.AcceptWorkRequest) for who in ("supplier", "requestor")
        ]

    def test_a_callback_that_raises_keeps_no_one_from_hearing(self, manager: InMemoryWorkRequestManager) -> None:
        """The event stays posted, the others are called, and what was raised reaches the one who posted."""
        heard: list[Consumed] = []

        def fail(notice: Consumed) -> None:
            raise AssertionError(f"{type(notice.event).__name__} was not expected")

        manager.subscribe(OWN, fail)
        manager.subscribe(HOLDER, heard.append)
        with pytest.raises(AssertionError, match="AcceptWorkRequest was not expected"):
            manager.post(ACCEPT)
        manager.subscribe(HOLDER, fail)
        with pytest.raises(ExceptionGroup, match="several subscribers raised") as raised:
            manager.post(events.PutOnHold(**from_(OWN)))
        assert [type(error) for error in raised.value.exceptions] == [AssertionError] * 2
        assert [type(notice.event) for notice in heard] == [events.AcceptWorkRequest, events.PutOnHold]
        assert manager.work_request("WR-1").on_hold


class TestLogs:
    """What was posted can be written as a log, and read again."""

    @settings(deadline=None, max_examples=50)
    @given(st.lists(histories(), min_size=1, max_size=3), st.randoms(use_true_random=False))
    def test_a_dump_is_clean_and_loads_to_the_same(self, of: list[Any], order: random.Random) -> None:
        """`log.check` finds no error in it, and another manager that loads it has the same work requests."""
        rulebook = of[0].rulebook
        manager = InMemoryWorkRequestManager(rulebook=rulebook)
        queues = [
            [attrs.evolve(step.event, work_request_id=f"WR-{number}") for step in history.steps]
            for number, history in enumerate(of)
        ]
        while any(queues):
            manager.post(order.choice([queue for queue in queues if queue]).pop(0))
        report = check(manager.dump(), rulebook=rulebook)
        assert not [finding for finding in report.findings if finding.level == "error"]
        assert report.counts.refused == report.counts.malformed == 0
        loaded = InMemoryWorkRequestManager(rulebook=rulebook)
        assert all(decision.answer is not Answer.REFUSED for decision in loaded.load(manager.dump()))
        assert loaded.work_requests() == manager.work_requests()
        assert loaded.dump() == manager.dump()

    def test_a_file_is_loaded_and_types_are_known_by_code(self, tmp_path: Path) -> None:
        """A path will do, blank lines and a byte order mark too."""
        line = encode_event(create()).replace(b'{"code":"SITE_VISIT","workSupplierAllowedToCancel":true}', b'"VISIT"')
        log = tmp_path / "log.jsonl"
        log.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\n" + encode_event(ACCEPT))
        manager = InMemoryWorkRequestManager(types={"VISIT": ActivityType("VISIT", True)})
        assert [decision.answer for decision in manager.load(log)] == [Answer.CONSUMED] * 2
        assert manager.work_request("WR-1").activity("A-1").type.work_supplier_allowed_to_cancel

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            (b'{"event":', r"\$ of line 2 is not JSON"),
            (b'{"event":"AcceptTaskEvent","taskId":5}', r"\$.taskId of line 2 is 5; it must be text"),
            (b" " * (1 << 20) + b" ", r"\$ of line 2 has over 1,048,576 bytes"),
        ],
    )
    def test_a_bad_line_loads_nothing(self, bad: bytes, message: str) -> None:
        """The error says which line, and which field of it."""
        manager = InMemoryWorkRequestManager()
        with pytest.raises(WireError, match=message):
            manager.load([encode_event(create()), bad])
        assert manager.work_requests() == ()

    def test_what_is_refused_in_a_log_is_told(self, manager: InMemoryWorkRequestManager) -> None:
        """Loading decides as posting does."""
        (decision,) = manager.load([encode_event(create())])
        assert decision == decide(manager.work_request("WR-1"), create())


THREADS = 16


def together(work: Callable[[int], object]) -> None:
    """Do some work in all threads at once."""
    barrier = Barrier(THREADS)

    def run(number: int) -> object:
        barrier.wait()
        return work(number)

    # Threads take turns as often as can be, so that what is not guarded shows.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, range(THREADS)))
    finally:
        sys.setswitchinterval(interval)


class TestThreads:
    """Sixteen threads post at once."""

    def test_nothing_is_lost_and_nothing_is_applied_twice(self) -> None:
        """Each outcome is recorded once, each event decided from the state that the one before it left."""
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
            # Decided one after another: each from the work request that the one before it left.
            request = None
            for decision in history:
                if not (isinstance(decision, NotConsumed) and isinstance(decision.event, events.RecordOutcome)):
                    assert decision == decide(request, decision.event)
                request = decision.work_request
            assert [type(each.event) for each in history if isinstance(each, Consumed)].count(events.PutOnHold) == 1

    def test_one_event_posted_by_all_is_consumed_once(self, manager: InMemoryWorkRequestManager) -> None:
        """The others are told that it was not."""
        event = events.UpdateDetails(**from_(CHORUS, section=Section.SOURCE, values=1, event_id="e-1"))
        together(lambda _: manager.post(event))
        answers = [decision.answer for decision in manager.history("WR-1")[1:]]
        assert sorted(answers) == [Answer.CONSUMED, *[Answer.NOT_CONSUMED] * (THREADS - 1)]

    def test_notices_come_in_order_and_once(self, manager: InMemoryWorkRequestManager) -> None:
        """Everyone hears of what was consumed in the order in which it was, also where a callback is slow."""
        heard: list[Consumed] = []
        manager.subscribe(OWN, heard.append)

        def work(thread: int) -> None:
            for number in range(20):
                outcome = Outcome(f"{thread}-{number}")
                manager.post(events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=outcome)))

        together(work)
        assert heard == list(manager.history("WR-1")[1:])

    def test_a_callback_that_waits_for_another_thread_does_not_hang(self, manager: InMemoryWorkRequestManager) -> None:
        """No lock is held while callbacks run, so that other threads can post meanwhile."""
        done: list[Answer] = []

        def wait(notice: Consumed) -> None:
            if isinstance(notice.event, events.AcceptWorkRequest):
                other = Thread(target=lambda: done.append(manager.post(events.PutOnHold(**from_(OWN))).answer))
                other.start()
                other.join(10)

        manager.subscribe(OWN, wait)
        manager.post(ACCEPT)
        assert done == [Answer.CONSUMED]
