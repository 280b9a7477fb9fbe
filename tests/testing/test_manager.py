"""The manager in memory: posting, subscribers, logs and threads."""

import random
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import STRICT_RULEBOOK, histories
from parties import CHORUS, HOLDER, OTHER, OWN, PARTIES, STRANGER, from_
from testing.manager_events import ACCEPT, create, hold, status
from work_request_manager import (
    ActivityType,
    Answer,
    AnyEvent,
    Category,
    Consumed,
    NotConsumed,
    Party,
    Refused,
    changes,
    decide,
    events,
    permitted,
)
from work_request_manager.errors import WireError
from work_request_manager.log import check
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import encode_event


@pytest.fixture
def manager() -> InMemoryWorkRequestManager:
    """Return a manager with one work request."""
    manager = InMemoryWorkRequestManager()
    manager.post(create())
    return manager


class TestPosting:
    """Each event is decided on the work request that the earlier events left."""

    @settings(deadline=None, max_examples=50)
    @given(histories())
    def test_decisions_are_those_of_decide(self, history: Any) -> None:
        """Posted events get the decisions that folding `decide` gives, and the history holds them."""
        manager = InMemoryWorkRequestManager(rulebook=history.rulebook)
        expected = tuple(step.decision for step in history.steps)
        assert tuple(manager.post(step.event) for step in history.steps) == expected
        assert manager.work_request("WR-1") == history.end
        assert manager.history("WR-1") == expected

    def test_work_requests_are_kept_apart(self, manager: InMemoryWorkRequestManager) -> None:
        """An event changes only the work request that it is for."""
        manager.post(create("WR-2"))
        before = manager.work_request("WR-1")
        assert manager.post(status(Category.ACTIVE, work_request_id="WR-2")).answer is Answer.CONSUMED
        assert manager.work_request("WR-1") is before
        assert [request.id for request in manager.work_requests()] == ["WR-1", "WR-2"]
        assert manager.work_requests()[1].has_begun
        assert [len(manager.history(each)) for each in ("WR-1", "WR-2", None)] == [1, 2, 3]

    def test_a_refusal_is_an_answer_and_is_kept(self, manager: InMemoryWorkRequestManager) -> None:
        """A refused event raises nothing, changes nothing, and is in the history."""
        before = manager.work_request("WR-1")
        refused = manager.post(status(Category.CLOSED, sender=STRANGER))
        assert isinstance(refused, Refused)
        assert manager.work_request("WR-1") is before
        assert manager.history("WR-1")[-1] is refused

    def test_an_unknown_work_request_is_named(self) -> None:
        """An event for it is refused and creates nothing. Reading it is a KeyError that names it."""
        manager = InMemoryWorkRequestManager()
        assert manager.post(ACCEPT).answer is Answer.REFUSED
        assert manager.work_requests() == ()
        for ask in (manager.work_request, lambda each: manager.permitted(each, CHORUS)):
            with pytest.raises(KeyError, match="there is no work request 'WR-1'; post a CreateWorkRequest for it"):
                ask("WR-1")

    def test_work_requests_are_in_the_order_of_creation(self) -> None:
        """An earlier event for a work request that did not exist yet does not count."""
        manager = InMemoryWorkRequestManager()
        for event in (ACCEPT, create("WR-2"), create("WR-1")):
            manager.post(event)
        assert [request.id for request in manager.work_requests()] == ["WR-2", "WR-1"]

    def test_permitted_is_that_of_the_work_request(self, manager: InMemoryWorkRequestManager) -> None:
        """The permits are those of `permitted` under the manager's rulebook."""
        strict = InMemoryWorkRequestManager(rulebook=STRICT_RULEBOOK)
        strict.post(create())
        for each in (manager, strict):
            expected = permitted(each.work_request("WR-1"), HOLDER, rulebook=each.rulebook)
            assert each.permitted("WR-1", HOLDER) == expected
        assert manager.permitted("WR-1", HOLDER) != strict.permitted("WR-1", HOLDER)

    @pytest.mark.parametrize("wrong", [object(), None, "AcceptTaskEvent", {"event": "AcceptTaskEvent"}])
    def test_posting_anything_but_an_event_is_a_type_error(self, manager: Any, wrong: Any) -> None:
        """The error says what to pass, and the history stays as it was."""
        before = manager.history()
        with pytest.raises(TypeError, match=r"event is .*; pass an instance of one of the classes in work_request_man"):
            manager.post(wrong)
        assert manager.history() == before

    def test_an_event_class_of_your_own_is_a_type_error(self, manager: InMemoryWorkRequestManager) -> None:
        """The rules know only the classes of the library."""

        class Greeting(events.Event):
            pass

        wrong: Any = Greeting(**from_(CHORUS))
        with pytest.raises(TypeError, match=r"pass an instance of one of the classes in work_request_manager\.events"):
            manager.post(wrong)
        assert len(manager.history()) == 1

    def test_a_subclass_of_an_event_is_a_type_error_under_a_used_id(self, manager: InMemoryWorkRequestManager) -> None:
        """It is not an event of the library, so it is not a redelivery either."""

        class OurHold(events.PutOnHold):
            pass

        manager.post(hold("e-1"))
        wrong: Any = OurHold(**from_(OWN, event_id="e-1"))
        with pytest.raises(TypeError, match=r"pass an instance of one of the classes in work_request_manager\.events"):
            manager.post(wrong)
        assert len(manager.history()) == 2

    @pytest.mark.parametrize("wrong", ["strict", None, [], object()])
    def test_another_value_as_the_rulebook_is_a_type_error(self, wrong: Any) -> None:
        """The error says what to pass."""
        with pytest.raises(TypeError, match=r"rulebook is .*; pass a Rulebook, such as DEFAULT_RULEBOOK.strict\(\)"):
            InMemoryWorkRequestManager(rulebook=wrong)


class TestRedeliveries:
    """An event id counts once for each work request (rulebook, section 5)."""

    @pytest.mark.parametrize(
        "first", [hold("e-1"), events.Resume(**from_(OWN, event_id="e-1"))], ids=["consumed", "not consumed"]
    )
    def test_an_event_id_counts_once(self, manager: InMemoryWorkRequestManager, first: AnyEvent) -> None:
        """Any later event with the id is not judged, even one that the rules would refuse."""
        assert manager.post(first).answer is not Answer.REFUSED
        before = manager.work_request("WR-1")
        for again in (first, events.RequestCancellation(**from_(STRANGER, event_id="e-1"))):
            decision = manager.post(again)
            assert decision == NotConsumed(again, before, is_redelivery=True)
            assert manager.history("WR-1")[-1] is decision
            assert manager.work_request("WR-1") is before

    def test_a_repeat_is_not_a_redelivery(self, manager: InMemoryWorkRequestManager) -> None:
        """A repeat has a new id, or no id."""
        for event in (hold("e-1"), hold("e-2"), events.PutOnHold(**from_(OWN))):
            decision = manager.post(event)
        assert isinstance(decision, NotConsumed)
        assert not any(isinstance(each, NotConsumed) and each.is_redelivery for each in manager.history())

    def test_a_refused_event_does_not_use_up_its_id(self, manager: InMemoryWorkRequestManager) -> None:
        """The event can be corrected and sent again with its id."""
        assert manager.post(hold("e-1", sender=STRANGER)).answer is Answer.REFUSED
        assert manager.post(hold("e-1")).answer is Answer.CONSUMED

    def test_the_create_event_can_be_redelivered(self) -> None:
        """It is not refused for its id in use (WRM402). Before it there is nothing to redeliver."""
        manager = InMemoryWorkRequestManager()
        assert manager.post(hold("e-1")).answer is Answer.REFUSED
        answers = [manager.post(create(event_id="e-1")) for _ in range(2)]
        assert answers[0].answer is Answer.CONSUMED
        assert answers[1] == NotConsumed(create(event_id="e-1"), manager.work_request("WR-1"), is_redelivery=True)

    def test_a_closed_request_still_knows_its_ids(self) -> None:
        """Every earlier event is a redelivery after the close, the create and the closing event included."""
        manager = InMemoryWorkRequestManager()
        sent = (create(event_id="e-1"), hold("e-2"), status(Category.CLOSED, event_id="e-3"))
        assert [manager.post(event).answer for event in sent] == [Answer.CONSUMED] * 3
        repeat = status(Category.CLOSED, event_id="e-4")
        assert manager.post(repeat).answer is Answer.NOT_CONSUMED
        assert manager.post(events.RequestCancellation(**from_(OWN, event_id="e-5"))).answer is Answer.REFUSED
        closed = manager.work_request("WR-1")
        for event in (*sent, repeat):
            assert manager.post(event) == NotConsumed(event, closed, is_redelivery=True)

    def test_ids_belong_to_one_work_request(self, manager: InMemoryWorkRequestManager) -> None:
        """Another work request can have an event with the same id."""
        manager.post(create("WR-2"))
        assert [manager.post(hold("e-1", work_request_id=each)).answer for each in ("WR-1", "WR-2")] == ["Consumed"] * 2

    def test_a_redelivery_is_not_notified_and_not_dumped(self, manager: InMemoryWorkRequestManager) -> None:
        """Subscribers get the event once, and so does the log."""
        notified: list[Consumed] = []
        manager.subscribe(HOLDER, notified.append)
        for _ in range(2):
            manager.post(hold("e-1"))
        assert len(notified) == 1
        assert len(manager.dump()) == 2
        assert not check(manager.dump()).findings


class TestNotifying:
    """Both parties of a work request are notified of every consumed event, in order."""

    def test_both_parties_are_notified_of_consumed_events(self, manager: InMemoryWorkRequestManager) -> None:
        """Repeats and refused events are not notified, and other parties are not notified at all."""
        notified: dict[Any, list[Any]] = {party: [] for party in PARTIES if party != CHORUS}
        for party, notifications in notified.items():
            manager.subscribe(party, notifications.append)
        decisions = [
            manager.post(event)
            for event in (ACCEPT, ACCEPT, status(Category.CLOSED, sender=OWN), status(Category.ACTIVE))
        ]
        consumed = [decision for decision in decisions if isinstance(decision, Consumed)]
        assert len(consumed) == 2
        assert notified == {OWN: consumed, HOLDER: consumed, OTHER: [], STRANGER: []}

    def test_a_create_event_is_notified(self) -> None:
        """Its parties are those that it names."""
        manager, notified = InMemoryWorkRequestManager(), list[Consumed]()
        manager.subscribe(HOLDER, notified.append)
        manager.post(create(supplier=STRANGER.id))
        manager.post(create("WR-2"))
        assert [notification.event.work_request_id for notification in notified] == ["WR-2"]

    def test_the_automatic_close_is_notified(self, manager: InMemoryWorkRequestManager) -> None:
        """It is the last change of the event that closes the last activity."""
        notified: list[Consumed] = []
        manager.subscribe(OWN, notified.append)
        manager.post(status(Category.CLOSED))
        assert notified[-1].changes[-1] == changes.WorkRequestClosed("WR-1")

    def test_a_reallocation_is_notified_to_both_suppliers(self, manager: InMemoryWorkRequestManager) -> None:
        """It is the last notification of the old supplier, and the first one of the new supplier."""
        notified: dict[Any, list[Consumed]] = {HOLDER: [], STRANGER: []}
        for party, notifications in notified.items():
            manager.subscribe(party, notifications.append)
        manager.post(events.ReallocateWorkRequest(**from_(CHORUS, supplier=STRANGER.id)))
        manager.post(events.AcceptWorkRequest(**from_(STRANGER)))
        kinds = {
            party.id: [type(notification.event) for notification in notifications]
            for party, notifications in notified.items()
        }
        assert kinds == {
            HOLDER.id: [events.ReallocateWorkRequest],
            STRANGER.id: [events.ReallocateWorkRequest, events.AcceptWorkRequest],
        }

    def test_chorus_does_not_subscribe(self, manager: InMemoryWorkRequestManager) -> None:
        """Chorus sends the notifications."""
        with pytest.raises(ValueError, match="party is Chorus, which sends the notifications; subscribe a requestor"):
            manager.subscribe(CHORUS, print)

    def test_wrong_subscriptions_are_type_errors(self, manager: InMemoryWorkRequestManager) -> None:
        """The error says what to pass."""
        wrong: Any = "northline"
        with pytest.raises(
            TypeError, match=r'party is \'northline\' \(str\); pass a Party, such as Party.supplier\("no'
        ):
            manager.subscribe(wrong, print)
        with pytest.raises(TypeError, match="callback is 'northline'; pass a function that takes a Consumed decision"):
            manager.subscribe(Party.supplier("northline"), wrong)

    def test_a_callback_may_post(self, manager: InMemoryWorkRequestManager) -> None:
        """Its event is decided at once, and everyone is notified of it after the earlier event."""
        notified: list[Any] = []

        def accept(notification: Consumed) -> None:
            notified.append(("supplier", type(notification.event)))
            if isinstance(notification.event, events.PutOnHold):
                assert manager.post(ACCEPT).answer is Answer.CONSUMED

        manager.subscribe(HOLDER, accept)
        manager.subscribe(OWN, lambda notification: notified.append(("requestor", type(notification.event))))
        manager.post(events.PutOnHold(**from_(OWN)))
        assert notified == [
            (who, kind) for kind in (events.PutOnHold, events.AcceptWorkRequest) for who in ("supplier", "requestor")
        ]

    def test_a_callback_that_raises_does_not_stop_the_others(self, manager: InMemoryWorkRequestManager) -> None:
        """The event stays posted, the other callbacks are called, and then `post` raises the error."""
        notified: list[Consumed] = []

        def fail(notification: Consumed) -> None:
            raise AssertionError(f"{type(notification.event).__name__} was not expected")

        manager.subscribe(OWN, fail)
        manager.subscribe(HOLDER, notified.append)
        with pytest.raises(AssertionError, match="AcceptWorkRequest was not expected"):
            manager.post(ACCEPT)
        manager.subscribe(HOLDER, fail)
        with pytest.raises(ExceptionGroup, match="several subscribers raised") as raised:
            manager.post(events.PutOnHold(**from_(OWN)))
        assert [type(error) for error in raised.value.exceptions] == [AssertionError] * 2
        assert [type(notification.event) for notification in notified] == [events.AcceptWorkRequest, events.PutOnHold]
        assert manager.work_request("WR-1").on_hold


class TestLogs:
    """The accepted events can be written as a log, and loaded."""

    @settings(deadline=None, max_examples=50)
    @given(st.lists(histories(), min_size=1, max_size=3), st.randoms(use_true_random=False))
    def test_a_dump_is_clean_and_loads_to_the_same(self, of: list[Any], order: random.Random) -> None:
        """`log.check` finds no error in the dump, and a manager that loads it has the same work requests."""
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
        """The log is given by its path, and has blank lines and a byte order mark."""
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
            (b" " * (1 << 20) + b" ", r"\$ of line 2 has more than 1,048,576 bytes"),
        ],
    )
    def test_a_bad_line_loads_nothing(self, bad: bytes, message: str) -> None:
        """The error names the line and the field."""
        manager = InMemoryWorkRequestManager()
        with pytest.raises(WireError, match=message):
            manager.load([encode_event(create()), bad])
        assert manager.work_requests() == ()

    def test_refused_events_of_a_log_are_returned(self, manager: InMemoryWorkRequestManager) -> None:
        """Loading decides like posting."""
        (decision,) = manager.load([encode_event(create())])
        assert decision == decide(manager.work_request("WR-1"), create())
