"""`evolve` compared with an oracle that is written from the text of the rulebook, section 7."""

from itertools import product
from typing import Any, assert_never

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import RULEBOOKS, any_work_requests, asks, creations, events_for, sent_by
from parties import AT, CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OWN, PARTIES, from_, request
from strategies_values import rebuilt
from work_request_manager import (
    Activity,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    Consumed,
    NewActivity,
    NotConsumed,
    Outcome,
    Party,
    Refused,
    RejectionReason,
    Rulebook,
    Status,
    WorkRequest,
    decide,
    events,
    evolve,
)
from work_request_manager.graph import STATUS_GRAPH, rules_of

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category


def cancelled(activity: Activity) -> Activity:
    """Return an activity closed as CANCELLED. Its state is Closed (section 1)."""
    return attrs.evolve(activity, status=Status(CLOSED), closure=Closure.CANCELLED)


def begun(new: NewActivity) -> Activity:
    """Return a new activity: Active implies has been active, Closed implies COMPLETED."""
    category = new.status.category
    closure = Closure.COMPLETED if category is CLOSED else None
    return Activity(new.id, new.type, new.status, has_been_active=category is ACTIVE, closure=closure)


def is_repeat(wr: WorkRequest, event: AnyEvent) -> bool:
    """Return whether an event asks for something that is already true (section 5)."""
    activity_id = getattr(event, "activity_id", None)
    target: Any = wr if activity_id is None else wr.activity(activity_id)
    match event:
        case events.UpdateActivityStatus():
            is_cancelled = target.closure is Closure.CANCELLED
            return bool(target.status == event.status) or (is_cancelled and event.status.category is CLOSED)
        case events.CancelActivity():
            return bool(target.closure is Closure.CANCELLED)
        case events.CancelWorkRequest():
            return all(activity.closure is Closure.CANCELLED for activity in wr.activities)
        case events.AcceptWorkRequest():
            return wr.allocation is Allocation.ACCEPTED
        case events.RejectWorkRequest():
            return event.sender == Party.supplier(wr.supplier) and event.reason == wr.rejection_reason
        case events.PutOnHold() | events.Resume():
            return wr.on_hold is isinstance(event, events.PutOnHold)
        case events.RequestCancellation():
            return bool(target.cancellation_requested)
        case events.UpdateSiteContact():
            return wr.site_contact == event.contact
        case events.Reschedule():
            return bool(target.schedule == event.schedule)
        case events.UpdateActivityWorker():
            return bool(target.worker == event.worker)
        case events.RecordOutcome():
            return event.outcome in target.outcomes
        case _:
            return False


def updated(activity: Activity, status: Status) -> Activity:
    """Return an activity after a status update."""
    at, to = activity.status.category, status.category
    closure = None
    if to is CLOSED:
        closure = activity.closure if at is CLOSED else Closure.CANCELLED if at is OPEN else Closure.COMPLETED
    if closure is Closure.CANCELLED:
        status = Status(CLOSED)
    been = activity.has_been_active or to is ACTIVE
    return attrs.evolve(activity, status=status, has_been_active=been, closure=closure)


def expected_after_create(wr: WorkRequest | None, event: events.CreateWorkRequest) -> WorkRequest | None:
    """Return the work request after a create event. An id in use, or a bad list of activities, has no effect."""
    ids = [new.id for new in event.activities]
    if wr is not None or not ids or len(set(ids)) < len(ids):
        return wr
    return WorkRequest(event.work_request_id, event.requestor, event.supplier, map(begun, event.activities))


def expected_of_activity(activity: Activity, event: Any) -> Activity:
    """Return an activity after an event that names it."""
    match event:
        case events.UpdateActivityStatus():
            return updated(activity, event.status)
        case events.CancelActivity():
            return cancelled(activity)
        case events.RequestCancellation():
            return attrs.evolve(activity, cancellation_requested=True)
        case events.Reschedule():
            return attrs.evolve(activity, schedule=event.schedule)
        case events.UpdateActivityWorker():
            return attrs.evolve(activity, worker=event.worker)
        case events.RecordOutcome():
            return attrs.evolve(activity, outcomes=(*activity.outcomes, event.outcome))
    raise AssertionError(event)


def expected_of_request(wr: WorkRequest, event: Any) -> WorkRequest:
    """Return a work request after an event that names no activity."""
    match event:
        case events.AcceptWorkRequest():
            return attrs.evolve(wr, allocation=Allocation.ACCEPTED, rejection_reason=None)
        case events.RejectWorkRequest():
            if event.reason not in list(RejectionReason):
                return wr
            return attrs.evolve(wr, allocation=Allocation.REJECTED, rejection_reason=RejectionReason(event.reason))
        case events.ReallocateWorkRequest():
            kept = [a if a.status.category is CLOSED else attrs.evolve(a, worker=None) for a in wr.activities]
            return attrs.evolve(
                wr, supplier=event.supplier, allocation=Allocation.SENT, rejection_reason=None, activities=kept
            )
        case events.PutOnHold() | events.Resume():
            return attrs.evolve(wr, on_hold=isinstance(event, events.PutOnHold))
        case events.CancelWorkRequest():
            activities = [each if each.status.category is CLOSED else cancelled(each) for each in wr.activities]
            return attrs.evolve(wr, activities=activities)
        case events.RequestCancellation():
            return attrs.evolve(wr, cancellation_requested=True)
        case events.UpdateSiteContact():
            return attrs.evolve(wr, site_contact=event.contact)
        case events.Reschedule():
            return attrs.evolve(wr, schedule=event.schedule)
        case events.UpdateDetails():
            return attrs.evolve(wr, details={**wr.details, event.section: event.values})
        case events.AddActivity():
            is_new = event.activity.id not in {each.id for each in wr.activities}
            return attrs.evolve(wr, activities=(*wr.activities, begun(event.activity))) if is_new else wr
        case events.RequestAddActivity():
            return wr
        case _:
            assert_never(event)


def expected(wr: WorkRequest | None, event: AnyEvent) -> WorkRequest | None:
    """Return the work request after an event that took effect."""
    if isinstance(event, events.CreateWorkRequest):
        return expected_after_create(wr, event)
    activity_id = getattr(event, "activity_id", None)
    if wr is None or (activity_id is not None and activity_id not in {each.id for each in wr.activities}):
        return wr
    if is_repeat(wr, event):
        return wr
    if activity_id is None:
        return expected_of_request(wr, event)
    after = [expected_of_activity(each, event) if each.id == activity_id else each for each in wr.activities]
    return attrs.evolve(wr, activities=after)


def check_step(before: WorkRequest | None, event: AnyEvent, rulebook: Rulebook) -> WorkRequest | None:
    """Check `evolve` for one event, and return the work request after it."""
    after = evolve(before, event)
    assert after == expected(before, event)
    if after is not None:
        assert after == WorkRequest(**{field.name: getattr(after, field.name) for field in attrs.fields(WorkRequest)})
        made = rebuilt(after)
        assert (made, hash(made), repr(made)) == (after, hash(after), repr(after))
    match decide(before, event, rulebook=rulebook):
        case Consumed(work_request=work_request):
            assert after == work_request
        case NotConsumed():
            assert after is before
        case Refused():
            if before is not None and expected(before, event) is before:
                assert after is before
    return after


@settings(max_examples=300, deadline=None)
@given(work_request=any_work_requests(), rulebook=st.sampled_from(RULEBOOKS), data=st.data())
def test_evolve_does_what_section_7_says(work_request: WorkRequest, rulebook: Rulebook, data: st.DataObject) -> None:
    """It agrees with the oracle and with consumed events. Constructors accept every result."""
    check_step(work_request, data.draw(events_for(work_request)), rulebook)


@settings(max_examples=60, deadline=None)
@given(create=creations(), rulebook=st.sampled_from(RULEBOOKS), data=st.data())
def test_a_history_evolves_as_section_7_says(
    create: events.CreateWorkRequest, rulebook: Rulebook, data: st.DataObject
) -> None:
    """This holds for each event of a history in which refused events take effect too."""
    work_request = check_step(None, create, rulebook)
    for _ in range(12):
        assert work_request is not None
        work_request = check_step(work_request, data.draw(events_for(work_request)), rulebook)


def test_only_a_create_event_creates_a_work_request() -> None:
    """For a work request that does not exist, every other event gives None."""
    for party in PARTIES:
        for ask in (ask for group in asks(("A-1",)).values() for ask in group):
            event = sent_by(party, ask)
            after = check_step(None, event, RULEBOOKS[0])
            assert (after is None) is not isinstance(event, events.CreateWorkRequest)


CREATED = [
    ([NewActivity("A-1", MAY_CANCEL, Status(category, "Lunch"))], [(category, category is ACTIVE, closure)])
    for category, closure in {**dict.fromkeys(Category), CLOSED: Closure.COMPLETED}.items()
]


@pytest.mark.parametrize(("new", "lives"), CREATED)
def test_new_activities_can_start_in_any_category(new: list[NewActivity], lives: list[tuple[Any, ...]]) -> None:
    """Create and add events take effect in any category. Active implies has been active, Closed implies COMPLETED."""
    create = events.CreateWorkRequest(**from_(CHORUS, requestor="rsp-one", supplier="northline", activities=new))
    created = check_step(None, create, RULEBOOKS[0])
    added = check_step(
        request(Activity("A-0", MAY_CANCEL)), events.AddActivity(**from_(OWN, activity=new[0])), RULEBOOKS[0]
    )
    for wr in (created, added):
        assert wr is not None
        activity = wr.activity("A-1")
        assert [(activity.status.category, activity.has_been_active, activity.closure)] == lives
        assert activity.status.state == "Lunch"


OUTCOME = Outcome("DONE")
NO_EFFECT: list[tuple[str, WorkRequest | None, AnyEvent]] = [
    ("WRM401", None, events.PutOnHold(**from_(OWN))),
    ("WRM401", None, events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=OUTCOME))),
    *(
        ("WRM403", request(), event)
        for event in (
            events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-9", status=Status(ACTIVE))),
            events.CancelActivity(**from_(CHORUS, activity_id="A-9")),
            events.RequestCancellation(**from_(OWN, activity_id="A-9")),
        )
    ),
    ("WRM402", request(on_hold=True), events.CreateWorkRequest(
        **from_(OWN, supplier="southline", activities=[NewActivity("A-5", MAY_CANCEL)]))),
    ("WRM404", request(), events.AddActivity(**from_(OWN, activity=NewActivity("A-1", MAY_CANCEL)))),
    ("WRM404", None, events.CreateWorkRequest(
        **from_(OWN, supplier="southline", activities=[NewActivity("A-1", MAY_CANCEL)] * 2))),
    ("WRM405", None, events.CreateWorkRequest(**from_(OWN, supplier="southline", activities=[]))),
    ("WRM101", request(), events.RejectWorkRequest(**from_(HOLDER, reason="Lunch"))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "event"), NO_EFFECT)
def test_an_event_that_the_model_cannot_hold_has_no_effect(
    rule: str, before: WorkRequest | None, event: AnyEvent
) -> None:
    """Unknown and repeated ids, no activities and unknown reasons change nothing."""
    decision = decide(before, event)
    assert isinstance(decision, Refused)
    assert rule in [violation.rule.id for violation in decision.violations]
    assert evolve(before, event) is before


@pytest.mark.parametrize("party", PARTIES, ids=str)
def test_a_repeat_has_no_effect_whoever_sends_it(party: Party) -> None:
    """A sender rule may refuse the repeat. The work request is the same object."""
    held = request(Activity("A-1", MAY_CANCEL, worker="W-1"), on_hold=True)
    for event in (
        events.PutOnHold(**from_(party)),
        events.UpdateActivityWorker(**from_(party, activity_id="A-1", worker="W-1")),
        events.UpdateActivityStatus(**from_(party, activity_id="A-1", status=Status(OPEN))),
    ):
        assert evolve(held, event) is held
    gone = request(cancelled(Activity("A-1", MAY_CANCEL)))
    withdrawn = Status(CLOSED, "Withdrawn")
    assert evolve(gone, events.UpdateActivityStatus(**from_(party, activity_id="A-1", status=withdrawn))) is gone


def test_an_event_for_another_work_request_is_an_error() -> None:
    """`evolve` raises ValueError for it, like `decide`."""
    with pytest.raises(ValueError, match="'WR-2', but work_request is 'WR-1'; pass the work request"):
        evolve(request(), events.PutOnHold(work_request_id="WR-2", sender=OWN, at=AT))


GRAPH_RULES = {"WRM201", "WRM202", "WRM206", "WRM207", "WRM208"}


@pytest.mark.parametrize("may_cancel", [MAY_CANCEL, MAY_NOT_CANCEL], ids=lambda type_: type_.code)
def test_a_status_update_in_a_history_breaks_the_rules_of_its_cell(may_cancel: Any) -> None:
    """From each category, an update that is not a repeat breaks exactly the rules of its cell."""
    checked = 0
    for first, second, source, target in product(Category, repeat=4):
        history: WorkRequest | None = request(Activity("A-1", may_cancel), Activity("A-2", may_cancel))
        for category, state in ((first, "one"), (second, "two"), (source, "three")):
            status = Status(category, state)
            history = evolve(history, events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=status)))
        assert history is not None
        activity = history.activity("A-1")
        assert activity.status.category is source
        for state in ("three", "four"):
            event = events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=Status(target, state)))
            if is_repeat(history, event):
                continue
            decision = decide(history, event)
            found = (*decision.warnings, *(decision.violations if isinstance(decision, Refused) else ()))
            assert {violation.rule.id for violation in found} & GRAPH_RULES == (
                set(rules_of(STATUS_GRAPH[source][target])) & GRAPH_RULES
            )
            checked += 1
    assert checked > 1_000
