"""The effects of consumed events, the repeats, and the answers of decide, apply and replay."""

import pickle
from typing import Any

import attrs
import pytest

from parties import AT, CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OTHER, OWN, STRANGER, answer, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    Allocation,
    AnyChange,
    AnyEvent,
    Category,
    Closure,
    Consumed,
    EventRefused,
    NewActivity,
    NotConsumed,
    Outcome,
    Party,
    Refused,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    apply,
    changes,
    decide,
    events,
    replay,
)
from work_request_manager.catalogue import KINDS

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category
BUSY = Activity("A-1", MAY_NOT_CANCEL, Status(ACTIVE, "OnSite"), has_been_active=True, worker="Aroha")
DONE = Activity("A-1", MAY_NOT_CANCEL, Status(COMPLETION), has_been_active=True)
ENDED = Activity("A-1", MAY_NOT_CANCEL, Status(CLOSED), has_been_active=True, closure=Closure.COMPLETED, worker="Aroha")
CANCELLED = Activity("A-1", MAY_CANCEL, Status(CLOSED), closure=Closure.CANCELLED)
SPARE = Activity("A-2", MAY_CANCEL, worker="Wiremu")
REJECTED: dict[str, Any] = {"allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.SITE_ISSUE}
CONTACT, SCHEDULE, OUTCOME = SiteContact("Mere"), Schedule(earliest_start=AT), Outcome("CONNECTED")


def status(category: Category, state: str = "", sender: Party = HOLDER, activity_id: str = "A-1") -> AnyEvent:
    """Return a status update."""
    return events.UpdateActivityStatus(**from_(sender, activity_id=activity_id, status=Status(category, state)))


def changed(work_request: WorkRequest, index: int, **own: Any) -> WorkRequest:
    """Return a work request with some fields of one activity replaced."""
    activities = list(work_request.activities)
    activities[index] = attrs.evolve(activities[index], **own)
    return attrs.evolve(work_request, activities=tuple(activities))


def moved(activity: Activity, move: str, after: Status) -> AnyChange:
    """Return the change of a move."""
    return changes.ActivityMoved("WR-1", activity.id, move, activity.status, after)


NEW_ACTIVITY = NewActivity("A-1", MAY_NOT_CANCEL)
NEW, TWO = request(), request(BUSY, SPARE)
OLD = request(ENDED, SPARE)
LEFT = request(attrs.evolve(CANCELLED, worker="Aroha"), SPARE)
CLOSING = changes.WorkRequestClosed("WR-1")
WR = {"work_request_id": "WR-1"}

# Rulebook, section 5: the work request before, the event, the work request after, and the changes.
EFFECTS: list[tuple[WorkRequest, AnyEvent, WorkRequest, list[AnyChange]]] = [
    (NEW, events.AcceptWorkRequest(**from_(HOLDER)), request(allocation=Allocation.ACCEPTED),
     [changes.WorkRequestAccepted("WR-1", "northline")]),
    (NEW, events.RejectWorkRequest(**from_(HOLDER, reason="SiteIssue")), request(**REJECTED),
     [changes.WorkRequestRejected("WR-1", "northline", RejectionReason.SITE_ISSUE)]),
    (attrs.evolve(LEFT, on_hold=True, **REJECTED), events.ReallocateWorkRequest(**from_(CHORUS, supplier="southline")),
     attrs.evolve(changed(LEFT, 1, worker=None), on_hold=True, supplier="southline"),
     [changes.WorkRequestReallocated("WR-1", "northline", "southline")]),
    (NEW, events.PutOnHold(**from_(OWN)), request(on_hold=True), [changes.WorkRequestPutOnHold("WR-1")]),
    (request(on_hold=True), events.Resume(**from_(OWN)), NEW, [changes.WorkRequestResumed("WR-1")]),
    (OLD, events.CancelWorkRequest(**from_(CHORUS)),
     changed(OLD, 1, status=Status(CLOSED), closure=Closure.CANCELLED),
     [moved(SPARE, "cancel", Status(CLOSED)), CLOSING]),
    (request(Activity("A-1", MAY_CANCEL), SPARE), events.CancelWorkRequest(**from_(CHORUS)),
     request(CANCELLED, attrs.evolve(SPARE, status=Status(CLOSED), closure=Closure.CANCELLED)),
     [moved(Activity("A-1", MAY_CANCEL), "cancel", Status(CLOSED)), moved(SPARE, "cancel", Status(CLOSED)), CLOSING]),
    (NEW, events.RequestCancellation(**from_(OWN)), request(cancellation_requested=True),
     [changes.CancellationRequested("WR-1", None)]),
    (TWO, events.RequestCancellation(**from_(OWN, activity_id="A-2")), changed(TWO, 1, cancellation_requested=True),
     [changes.CancellationRequested("WR-1", "A-2")]),
    (NEW, events.UpdateSiteContact(**from_(OWN, contact=CONTACT)), request(site_contact=CONTACT),
     [changes.SiteContactUpdated("WR-1", CONTACT)]),
    (NEW, events.Reschedule(**from_(HOLDER, schedule=SCHEDULE)), request(schedule=SCHEDULE),
     [changes.Rescheduled("WR-1", None, SCHEDULE)]),
    (TWO, events.Reschedule(**from_(OWN, schedule=SCHEDULE, activity_id="A-2")), changed(TWO, 1, schedule=SCHEDULE),
     [changes.Rescheduled("WR-1", "A-2", SCHEDULE)]),
    (request(details={Section.ASSETS: 1, Section.SOURCE: 2}),
     events.UpdateDetails(**from_(OWN, section=Section.ASSETS, values=[3])),
     request(details={Section.ASSETS: [3], Section.SOURCE: 2}), [changes.DetailsUpdated("WR-1", Section.ASSETS)]),
    (NEW, events.AddActivity(**from_(OWN, activity=NewActivity("A-2", MAY_CANCEL, Status(OPEN, "Scheduled")))),
     request(*NEW.activities, Activity("A-2", MAY_CANCEL, Status(OPEN, "Scheduled"))),
     [changes.ActivityAdded("WR-1", NewActivity("A-2", MAY_CANCEL, Status(OPEN, "Scheduled")))]),
    (NEW, events.RequestAddActivity(**from_(HOLDER, type=MAY_CANCEL)), NEW,
     [changes.ActivityAdditionRequested("WR-1", MAY_CANCEL)]),
    (NEW, status(ACTIVE, "OnSite"), changed(NEW, 0, status=Status(ACTIVE, "OnSite"), has_been_active=True),
     [moved(NEW.activities[0], "start", Status(ACTIVE, "OnSite"))]),
    (TWO, status(OPEN), changed(TWO, 0, status=Status(OPEN)), [moved(BUSY, "pause", Status(OPEN))]),
    (request(DONE, SPARE), status(CLOSED, "Done"),
     request(attrs.evolve(DONE, status=Status(CLOSED, "Done"), closure=Closure.COMPLETED), SPARE),
     [moved(DONE, "close", Status(CLOSED, "Done"))]),
    (request(DONE), status(CLOSED), request(attrs.evolve(DONE, status=Status(CLOSED), closure=Closure.COMPLETED)),
     [moved(DONE, "close", Status(CLOSED)), CLOSING]),
    (OLD, events.CancelActivity(**from_(HOLDER, activity_id="A-2")),
     changed(OLD, 1, status=Status(CLOSED), closure=Closure.CANCELLED),
     [moved(SPARE, "cancel", Status(CLOSED)), CLOSING]),
    # The state of a cancelled activity is Closed, even if the event gives another one.
    (OLD, status(CLOSED, "Withdrawn", activity_id="A-2"),
     changed(OLD, 1, status=Status(CLOSED), closure=Closure.CANCELLED),
     [moved(SPARE, "cancel", Status(CLOSED)), CLOSING]),
    (TWO, events.UpdateActivityWorker(**from_(HOLDER, activity_id="A-1", worker="Tane")),
     changed(TWO, 0, worker="Tane"),
     [changes.ActivityWorkerUpdated("WR-1", "A-1", "Tane")]),
    (changed(TWO, 0, outcomes=(OUTCOME,)),
     events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=Outcome("CONNECTED", "twice"))),
     changed(TWO, 0, outcomes=(OUTCOME, Outcome("CONNECTED", "twice"))),
     [changes.OutcomeRecorded("WR-1", "A-1", Outcome("CONNECTED", "twice"))]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "event", "after", "expected"), EFFECTS)
def test_a_consumed_event_has_its_effect(
    before: WorkRequest, event: AnyEvent, after: WorkRequest, expected: list[AnyChange]
) -> None:
    """The work request after it and the changes are those of the rulebook. The work request before is not changed."""
    kept = pickle.loads(pickle.dumps(before))
    decision = decide(before, event)
    assert decision == Consumed(event, after, (), tuple(expected))
    assert decision.work_request == apply(before, event) == after
    assert before == kept


def test_every_kind_of_event_has_an_effect_that_is_tested() -> None:
    """The table above has every event except the create event, which has its own tests."""
    tested = {type(event) for _, event, _, _ in EFFECTS}
    assert tested | {events.CreateWorkRequest} == set(KINDS)


def test_a_create_event_sends_the_work_to_its_supplier() -> None:
    """A requestor creates for itself. Chorus names the requestor."""
    own = events.CreateWorkRequest(**from_(OWN, supplier="northline", activities=[NEW_ACTIVITY]))
    named = events.CreateWorkRequest(
        **from_(CHORUS, requestor="rsp-one", supplier="northline", activities=[NEW_ACTIVITY])
    )
    for event in (own, named):
        decision = decide(None, event)
        assert decision == Consumed(event, NEW, (), (changes.WorkRequestCreated("WR-1", "northline"),))


def test_only_the_rules_on_creating_judge_a_create_event() -> None:
    """A refusal lists all of them, each once."""
    wrong = NewActivity("A-1", MAY_CANCEL, Status(REVIEW))
    event = events.CreateWorkRequest(
        **from_(OTHER, requestor="rsp-one", supplier="northline", activities=(wrong, wrong))
    )
    assert answer(decide(request(ENDED), event)) == ("Refused", ["WRM304", "WRM402", "WRM404", "WRM408"], [])


REPEATS: list[tuple[WorkRequest, AnyEvent]] = [
    (request(allocation=Allocation.ACCEPTED), events.AcceptWorkRequest(**from_(HOLDER))),
    (request(**REJECTED), events.RejectWorkRequest(**from_(HOLDER, reason="SiteIssue"))),
    (request(CANCELLED, **REJECTED), events.RejectWorkRequest(**from_(HOLDER, reason="SiteIssue"))),
    (request(on_hold=True), events.PutOnHold(**from_(OWN))),
    (NEW, events.Resume(**from_(CHORUS))),
    (request(ENDED), events.Resume(**from_(CHORUS))),
    (request(CANCELLED), events.CancelWorkRequest(**from_(CHORUS))),
    (request(cancellation_requested=True), events.RequestCancellation(**from_(OWN))),
    (changed(NEW, 0, cancellation_requested=True), events.RequestCancellation(**from_(OWN, activity_id="A-1"))),
    (request(site_contact=CONTACT), events.UpdateSiteContact(**from_(OWN, contact=CONTACT))),
    (request(schedule=SCHEDULE), events.Reschedule(**from_(OWN, schedule=SCHEDULE))),
    (changed(NEW, 0, schedule=SCHEDULE), events.Reschedule(**from_(OWN, schedule=SCHEDULE, activity_id="A-1"))),
    (TWO, status(ACTIVE, "OnSite")),
    (request(ENDED), status(CLOSED)),
    (request(CANCELLED), status(CLOSED)),
    (request(CANCELLED), status(CLOSED, "Withdrawn")),
    (TWO, events.UpdateActivityWorker(**from_(HOLDER, activity_id="A-1", worker="Aroha"))),
    (request(ENDED), events.UpdateActivityWorker(**from_(HOLDER, activity_id="A-1", worker="Aroha"))),
    (changed(TWO, 0, outcomes=(OUTCOME,)), events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=OUTCOME))),
    (request(CANCELLED), events.CancelActivity(**from_(HOLDER, activity_id="A-1"))),
]


@pytest.mark.parametrize(("before", "event"), REPEATS)
def test_a_repeat_is_not_consumed(before: WorkRequest, event: AnyEvent) -> None:
    """It changes nothing and breaks no rule, even if the work is closed (FAQ 2)."""
    for rulebook in (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()):
        decision = decide(before, event, rulebook=rulebook)
        assert decision == NotConsumed(event, before, ())
        assert decision.work_request is before
        assert apply(before, event) is before


@pytest.mark.parametrize(("before", "event"), REPEATS)
def test_a_repeat_from_the_wrong_party_is_refused(before: WorkRequest, event: AnyEvent) -> None:
    """A repeat that breaks a refusing sender rule is judged like any other event. A closed target refuses it too."""
    wrong = OTHER if event.sender == OWN else STRANGER if event.sender == HOLDER else OWN
    if isinstance(event, events.Resume):
        wrong = STRANGER
    decision = decide(before, attrs.evolve(event, sender=wrong))
    sender_rule = {OTHER: "WRM304", STRANGER: "WRM302", OWN: "WRM305"}[wrong]
    assert isinstance(decision, Refused)
    ids = [violation.rule.id for violation in decision.violations]
    assert sender_rule in ids
    target_id = getattr(event, "activity_id", None)
    if target_id is not None and before.activity(target_id).is_closed:
        assert "WRM201" in ids
    elif before.is_closed:
        assert "WRM209" in ids


def test_a_repeat_has_the_warnings_of_the_sender_rules() -> None:
    """A repeat that breaks an assumed sender rule is not consumed, with a warning. Strict refuses it."""
    event = events.PutOnHold(**from_(HOLDER))
    assert answer(decide(request(on_hold=True), event)) == ("NotConsumed", [], ["WRM303"])
    assert answer(decide(request(on_hold=True), event, rulebook=DEFAULT_RULEBOOK.strict())) == (
        "Refused", ["WRM303"], []
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "event", "expected"),
    [
        (None, status(CLOSED, sender=OTHER), ["WRM401"]),
        (request(ENDED), status(OPEN, sender=STRANGER, activity_id="A-9"), ["WRM403"]),
        (request(ENDED), events.RecordOutcome(**from_(OTHER, activity_id="A-1", outcome=OUTCOME)),
         ["WRM201", "WRM205", "WRM301", "WRM304"]),
        (request(ENDED), events.ReallocateWorkRequest(**from_(STRANGER, supplier="northline")),
         ["WRM103", "WRM209", "WRM302"]),
        (request(ENDED), events.AddActivity(**from_(OWN, activity=NewActivity("A-2", MAY_CANCEL))), ["WRM209"]),
        (request(ENDED, SPARE), status(ACTIVE), ["WRM201"]),
        (request(BUSY), events.RejectWorkRequest(**from_(OTHER, reason="Lunch")),
         ["WRM101", "WRM102", "WRM302", "WRM304"]),
        (request(BUSY), events.CancelWorkRequest(**from_(OTHER)), ["WRM106", "WRM304", "WRM305"]),
    ],
)  # fmt: skip
def test_judging_stops_where_the_rulebook_says(
    before: WorkRequest | None, event: AnyEvent, expected: list[str]
) -> None:
    """An unknown target breaks one rule alone. For a closed target, only final rules and sender rules are judged."""
    decision = decide(before, event)
    assert isinstance(decision, Refused)
    assert decision.work_request is before
    assert [violation.rule.id for violation in decision.violations] == expected


def test_an_event_for_another_request_is_a_mistake() -> None:
    """It is not a refusal: the caller passed the wrong work request."""
    with pytest.raises(ValueError, match=r"work request 'WR-2', but work_request is 'WR-1'; pass the work request"):
        decide(NEW, events.PutOnHold(work_request_id="WR-2", sender=OWN, at=AT))


def test_apply_raises_what_decide_refuses() -> None:
    """The error holds the decision, lists every violation, and survives pickling."""
    event = events.RejectWorkRequest(**from_(OTHER, reason="Lunch"))
    with pytest.raises(EventRefused) as caught:
        apply(NEW, event)
    assert caught.value.refused == decide(NEW, event)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.refused == caught.value.refused
    assert [line[:6] for line in str(again).splitlines()] == ["WRM101", "WRM302", "WRM304"]


def test_replay_folds_a_history() -> None:
    """It begins with a create event or a work request, and stops at the first refusal."""
    create = events.CreateWorkRequest(**from_(OWN, supplier="northline", activities=[NEW_ACTIVITY]))
    history: list[AnyEvent] = [create, status(ACTIVE), status(ACTIVE), status(COMPLETION), status(CLOSED)]
    closed = replay(history)
    assert closed.is_closed
    assert closed == replay(history[2:], replay(history[:2]))
    assert replay([], closed) is closed
    with pytest.raises(EventRefused, match="WRM201"):
        replay([status(OPEN)], closed)
    with pytest.raises(EventRefused, match="WRM206"):
        replay([create, status(COMPLETION)], rulebook=DEFAULT_RULEBOOK.strict())
    with pytest.raises(ValueError, match=r"replay\(\) needs at least one event or a work request to start from"):
        replay([])


def test_decide_knows_no_redeliveries() -> None:
    """A repeat is not a redelivery: `decide` knows no earlier events."""
    decision = decide(request(on_hold=True), events.PutOnHold(**from_(CHORUS)))
    assert isinstance(decision, NotConsumed)
    assert decision.is_redelivery is False
