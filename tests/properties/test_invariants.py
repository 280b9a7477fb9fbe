"""The invariants of the rulebook, section 6, and further promises to users, over generated histories."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import attrs
import pytest
from hypothesis import given, settings

from histories import RULEBOOKS, STRICT_RULEBOOK, History, asks_for, histories, permit_target, sent_by, target_of
from parties import PARTIES
from strategies_values import rebuilt
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    Consumed,
    Event,
    Refused,
    Role,
    Rulebook,
    WorkRequest,
    changes,
    decide,
    events,
    permitted,
)
from work_request_manager.catalogue import KINDS

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category
MOVES = {
    # The names of the moves in the table of section 2.
    OPEN: ("replan", "start", "complete", "review", "cancel"),
    ACTIVE: ("pause", "progress", "complete", "review", None),
    COMPLETION: (None, None, None, "review", "close"),
    REVIEW: (None, None, None, "progress_review", "close"),
}


def over_histories(test: Callable[[History], None]) -> Callable[[], None]:
    """Run a test over generated histories under the default and the strict rulebook."""
    return settings(max_examples=60, deadline=None)(given(history=histories())(test))


def moves(history: History) -> Iterator[tuple[AnyEvent, Activity, Activity]]:
    """Yield each activity before and after each event that follows the create event."""
    for before, event, decision in history.steps:
        if before is not None and decision.work_request is not None:
            for activity in before.activities:
                yield event, activity, decision.work_request.activity(activity.id)


def is_closed(work_request: WorkRequest) -> bool:
    """Return whether all activities are closed (section 1)."""
    return all(activity.status.category is CLOSED for activity in work_request.activities)


def is_untouched(activity: Activity) -> bool:
    """Return whether an activity is untouched (section 1)."""
    return activity.status.category is OPEN and not activity.has_been_active


def has_begun(activity: Activity) -> bool:
    """Return whether work on an activity has begun (section 1)."""
    is_past = activity.status.category in (COMPLETION, REVIEW) or activity.closure is Closure.COMPLETED
    return activity.has_been_active or is_past


@over_histories
def test_1_closed_work_never_changes_again(history: History) -> None:
    """A closed activity never changes again. A closed work request never changes again."""
    for _, before, after in moves(history):
        assert before.status.category is not CLOSED or after == before
    for step in history.steps:
        assert step.before is None or not is_closed(step.before) or step.after == step.before


@over_histories
def test_2_after_practical_completion_there_is_no_way_back(history: History) -> None:
    """After Practical Completion an activity is only ever in Practical Completion, In Review or Closed."""
    completed: set[str] = set()
    for _, before, after in moves(history):
        if before.status.category in (COMPLETION, REVIEW):
            completed.add(before.id)
        if before.id in completed:
            assert after.status.category in (COMPLETION, REVIEW, CLOSED)


@over_histories
def test_3_the_close_of_the_last_activity_is_reported(history: History) -> None:
    """An event reports that the work request closed exactly when it closed the last open activity."""
    for before, _, decision, after in history.consumed:
        reported = [change for change in decision.changes if isinstance(change, changes.WorkRequestClosed)]
        closed = not is_closed(before) and is_closed(after)
        assert reported == ([changes.WorkRequestClosed(after.id)] if closed else [])


@over_histories
def test_4_has_been_active_is_sticky(history: History) -> None:
    """`has_been_active` never goes from true to false. It is true for every activity that was Active."""
    for _, before, after in moves(history):
        assert after.has_been_active or not before.has_been_active
        assert after.has_been_active or ACTIVE not in (before.status.category, after.status.category)


@over_histories
def test_5_active_work_closes_only_after_completion(history: History) -> None:
    """An activity that has been active closes only from Practical Completion or In Review."""
    for _, before, after in moves(history):
        if before.has_been_active and after.status.category is CLOSED:
            assert before.status.category in (COMPLETION, REVIEW, CLOSED)


@over_histories
def test_6_only_untouched_work_is_rejected_for_a_reason(history: History) -> None:
    """No reject is consumed while any activity is touched. A consumed reject has one of the four reasons."""
    for before, event, _, after in history.consumed:
        if isinstance(event, events.RejectWorkRequest):
            assert all(is_untouched(activity) for activity in before.activities)
            assert event.reason in ("WrongSupplier", "Duplicate", "InventoryIssue", "SiteIssue")
            assert (after.allocation, after.rejection_reason) == (Allocation.REJECTED, event.reason)


@over_histories
def test_7_suppliers_cancel_only_types_with_the_flag(history: History) -> None:
    """No cancellation by a supplier is consumed for a type whose flag is false."""
    for event, before, after in moves(history):
        if event.sender.role is Role.WORK_SUPPLIER and not before.type.work_supplier_allowed_to_cancel:
            assert after.closure is not Closure.CANCELLED or before.closure is Closure.CANCELLED
    for before_, event, _, _ in history.consumed:
        if isinstance(event, events.CancelActivity) and event.sender.role is Role.WORK_SUPPLIER:
            assert before_.activity(event.activity_id).type.work_supplier_allowed_to_cancel


@over_histories
def test_8_only_chorus_changes_the_supplier(history: History) -> None:
    """The supplier changes only by a reallocation from Chorus. Strict: never after work has begun."""
    for before, event, _, after in history.consumed:
        if after.supplier != before.supplier:
            assert isinstance(event, events.ReallocateWorkRequest)
            assert event.sender.role is Role.CHORUS
            assert after.supplier == event.supplier
            assert history.rulebook is DEFAULT_RULEBOOK or not any(map(has_begun, before.activities))


@over_histories
def test_9_requestors_move_no_activity(history: History) -> None:
    """A requestor's event never changes an activity's status."""
    for event, before, after in moves(history):
        if event.sender.role is Role.WORK_REQUESTOR:
            assert (after.status, after.closure) == (before.status, before.closure)


@over_histories
def test_10_other_answers_change_nothing_and_strict_only_adds_refusals(history: History) -> None:
    """Only consumed events change anything. Strict refuses what the default refuses, and otherwise they agree."""
    for step in history.steps:
        if not isinstance(step.decision, Consumed):
            assert step.after == step.before
        default = decide(step.before, step.event)
        strict = decide(step.before, step.event, rulebook=STRICT_RULEBOOK)
        if isinstance(default, Refused):
            assert isinstance(strict, Refused)
            assert {v.rule.id for v in strict.violations} >= {v.rule.id for v in default.violations}
        if not isinstance(strict, Refused):
            assert default == strict
            assert default.warnings == ()


_TOWARDS_THE_END = (
    (events.Resume, None),
    (events.CancelWorkRequest, None),
    (events.UpdateActivityStatus, CLOSED),
    (events.CancelActivity, None),
    (events.UpdateActivityStatus, COMPLETION),
    (events.UpdateActivityStatus, ACTIVE),
)
"""The events that bring a work request nearer to its end, in the order in which to try them."""


def next_towards_the_end(work_request: WorkRequest, rulebook: Rulebook) -> WorkRequest:
    """Return a work request after the first of these events that any party may send."""
    permits = [(party, permit) for party in PARTIES for permit in permitted(work_request, party, rulebook=rulebook)]
    for wanted in _TOWARDS_THE_END:
        for party, permit in permits:
            if (permit.event, permit.category) == wanted:
                for ask in asks_for(work_request)[permit_target(permit)]:
                    decision = decide(work_request, sent_by(party, ask), rulebook=rulebook)
                    if isinstance(decision, Consumed):
                        return decision.work_request
    raise AssertionError(f"a dead end: {work_request!r}")


@over_histories
def test_11_no_state_is_a_dead_end(history: History) -> None:
    """From every reached state, a few permitted events close the work request."""
    work_request = history.end
    for _ in range(1 + 3 * len(work_request.activities)):  # a resume; start, complete and close each
        if not is_closed(work_request):
            work_request = next_towards_the_end(work_request, history.rulebook)
    assert is_closed(work_request)


@over_histories
def test_12_every_consumed_event_was_permitted(history: History) -> None:
    """Every consumed event matches a permit of its sender. test_permitted shows the other direction."""
    for before, event, decision, _ in history.consumed:
        own = {field.name: getattr(event, field.name) for field in attrs.fields(type(event))}
        permits = {
            permit_target(permit): permit for permit in permitted(before, event.sender, rulebook=history.rulebook)
        }
        assert len(permits[target_of((type(event), own))].warnings) <= len(decision.warnings)


@over_histories
def test_constructors_accept_every_object_that_users_get(history: History) -> None:
    """Each work request equals one from the constructor in value, hash and repr, and is just as frozen."""
    for step in history.steps:
        state = step.after
        assert state is not None
        assert type(state) is WorkRequest
        assert {type(activity) for activity in state.activities} == {Activity}
        made = rebuilt(state)
        assert (made, hash(made), repr(made)) == (state, hash(state), repr(state))
        assert pickle.loads(pickle.dumps(state)) == state
        for each in (state, *state.activities):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(each, "id", "X")  # noqa: B010 - the type checker would rightly refuse the plain statement


@over_histories
def test_deciding_is_pure(history: History) -> None:
    """The arguments are not changed, and a second decision is the same."""
    for before, event, decision in history.steps:
        given_ = pickle.dumps((before, event))
        assert decide(before, event, rulebook=history.rulebook) == decision
        assert (before, event) == pickle.loads(given_)
        assert decision.event is event


def with_activity(request: WorkRequest, activity_id: str | None, **own: object) -> WorkRequest:
    """Return a work request with some fields replaced. Pass the id of an activity to replace the fields of that."""
    if activity_id is None:
        return attrs.evolve(request, **cast(Any, own))
    changed = attrs.evolve(request.activity(activity_id), **cast(Any, own))
    return attrs.evolve(request, activities=[changed if a.id == activity_id else a for a in request.activities])


def moved(request: WorkRequest, _event: object, change: changes.ActivityMoved) -> WorkRequest:
    """Return a work request after a move of an activity."""
    activity, status = request.activity(change.activity_id), change.after
    assert activity.status == change.before
    assert change.move == MOVES[activity.status.category][list(Category).index(status.category)]
    assert change.move != "cancel" or status.state == "Closed"
    closure = {"cancel": Closure.CANCELLED, "close": Closure.COMPLETED}.get(change.move)
    been = activity.has_been_active or change.move == "start"
    return with_activity(request, activity.id, status=status, has_been_active=been, closure=closure)


def reallocated(request: WorkRequest, _event: object, change: changes.WorkRequestReallocated) -> WorkRequest:
    """Return a work request that was sent to another supplier. Only closed activities keep their workers."""
    assert request.supplier == change.before
    kept = [a if a.status.category is CLOSED else attrs.evolve(a, worker=None) for a in request.activities]
    return attrs.evolve(
        request, supplier=change.after, allocation=Allocation.SENT, rejection_reason=None, activities=kept
    )


def addition_requested(request: WorkRequest, event: Any, change: changes.ActivityAdditionRequested) -> WorkRequest:
    """Return the same work request, because a requested activity is not added."""
    assert change.type == event.type
    return request


APPLY_CHANGE: Mapping[type[changes.Change], Callable[[Any, Any, Any], WorkRequest]] = {
    # The work request after a change (c), from the one before (w). Some contents are only in the event (e).
    changes.WorkRequestCreated: lambda w, e, c: WorkRequest(
        e.work_request_id, e.requestor, c.supplier, [Activity(new.id, new.type, new.status) for new in e.activities]
    ),
    changes.WorkRequestAccepted: lambda w, e, c: attrs.evolve(w, supplier=c.supplier, allocation=Allocation.ACCEPTED),
    changes.WorkRequestRejected: lambda w, e, c: attrs.evolve(
        w, supplier=c.supplier, allocation=Allocation.REJECTED, rejection_reason=c.reason
    ),
    changes.WorkRequestReallocated: reallocated,
    changes.WorkRequestPutOnHold: lambda w, e, c: attrs.evolve(w, on_hold=True),
    changes.WorkRequestResumed: lambda w, e, c: attrs.evolve(w, on_hold=False),
    changes.WorkRequestClosed: lambda w, e, c: w,  # invariant 3 says when
    changes.CancellationRequested: lambda w, e, c: with_activity(w, c.activity_id, cancellation_requested=True),
    changes.SiteContactUpdated: lambda w, e, c: attrs.evolve(w, site_contact=c.contact),
    changes.Rescheduled: lambda w, e, c: with_activity(w, c.activity_id, schedule=c.schedule),
    changes.DetailsUpdated: lambda w, e, c: attrs.evolve(w, details={**w.details, c.section: e.values}),
    changes.ActivityAdded: lambda w, e, c: attrs.evolve(
        w, activities=(*w.activities, Activity(c.activity.id, c.activity.type, c.activity.status))
    ),
    changes.ActivityAdditionRequested: addition_requested,
    changes.ActivityMoved: moved,
    changes.ActivityWorkerUpdated: lambda w, e, c: with_activity(w, c.activity_id, worker=c.worker),
    changes.OutcomeRecorded: lambda w, e, c: with_activity(
        w, c.activity_id, outcomes=(*w.activity(c.activity_id).outcomes, c.outcome)
    ),
}


@over_histories
def test_the_changes_lead_from_the_work_request_before_to_the_one_after(history: History) -> None:
    """Each change names its request. Applied in order, the changes give the work request after the event."""
    for before, event, decision in history.steps:
        if isinstance(decision, Consumed):
            state: Any = before
            for change in decision.changes:
                assert change.work_request_id == event.work_request_id
                state = APPLY_CHANGE[type(change)](state, event, change)
            assert decision.changes
            assert state == decision.work_request


@pytest.mark.slow
def test_histories_are_rich() -> None:
    """Under each rulebook, the histories contain each kind of event, both consumed and refused."""
    seen: set[tuple[Rulebook, type[Event], str]] = set()
    kinds = set(KINDS)

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(history=histories())
    def look(history: History) -> None:
        seen.update((history.rulebook, type(step.event), type(step.decision).__name__) for step in history.steps)

    look()
    for rulebook in RULEBOOKS:
        assert {kind for book, kind, name in seen if book is rulebook and name == "Consumed"} == kinds
        assert {kind for book, kind, name in seen if book is rulebook and name == "Refused"} == kinds
