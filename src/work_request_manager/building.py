"""From a verdict to the new work request: what a consumed event does, and nothing on whether it may.

Objects are built from the parts of valid ones, so they skip the constructors' checks; that the result is one
that the constructors would take is a property that the tests check.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from work_request_manager import changes, events
from work_request_manager._values import FrozenDict
from work_request_manager.changes import Change
from work_request_manager.events import Event
from work_request_manager.graph import CANCELLATION, Move
from work_request_manager.model import Activity, ActivityType, Category, Closure, RejectionReason, Status, WorkRequest

T = TypeVar("T")
Built = tuple[WorkRequest, tuple[Change, ...]]


def _copier(cls: type[T]) -> Callable[..., T]:
    """Return a function that copies a frozen object, unchecked, with the fields given by keyword replaced.

    The copy is filled in as an object of a class with the same slots that is not frozen, and then told its real
    class. That, and writing the fields out as attrs does for constructors, is ten times as fast as `attrs.evolve`.
    """
    names = [field.name for field in attrs.fields(cls)]  # type: ignore[arg-type]  # T is always an attrs class
    lines = [
        f"def copy(original, *, {', '.join(f'{name}=KEPT' for name in names)}):",
        "    draft = Draft()",
        *(f"    draft.{name} = original.{name} if {name} is KEPT else {name}" for name in names),
        "    draft.__class__ = cls",
        "    return draft",
    ]
    draft = type("Draft", cls.__bases__, {"__slots__": tuple(names)})
    known: dict[str, Any] = {"Draft": draft, "KEPT": object(), "cls": cls}
    exec("\n".join(lines), known)  # noqa: S102 - the text is made of our own field names only
    copier: Callable[..., T] = known["copy"]
    return copier


_request = _copier(WorkRequest)
_activity = _copier(Activity)


def build(work_request: WorkRequest | None, event: Event, move: Move | None) -> Built:
    """Return the work request after a consumed event, and what changed.

    Args:
        work_request: as it was; None for a creation.
        event: the event, whose verdict was that it is consumed.
        move: the graph's move that the verdict named.
    """
    if isinstance(event, events.CreateWorkRequest):
        return _create(event)
    assert work_request is not None, "only a creation is consumed where there is no work request"
    return _BUILDERS[type(event)](work_request, event, move)


_BLANK = WorkRequest("-", "-", "-", (Activity("-", ActivityType("-")),))


def _create(event: events.CreateWorkRequest) -> Built:
    created = _request(
        _BLANK,
        id=event.work_request_id,
        requestor=event.requestor,
        supplier=event.supplier,
        activities=event.activities,
    )
    return created, (changes.WorkRequestCreated(created.id, created.supplier),)


def _accept(request: WorkRequest, event: events.AcceptWorkRequest, move: Move) -> Built:
    return (
        _request(request, allocation=move.to),
        (changes.WorkRequestAccepted(request.id, request.supplier),),
    )


def _reject(request: WorkRequest, event: events.RejectWorkRequest, move: Move) -> Built:
    reason = RejectionReason(event.reason)
    return (
        _request(request, allocation=move.to, rejection_reason=reason),
        (changes.WorkRequestRejected(request.id, request.supplier, reason),),
    )


def _reallocate(request: WorkRequest, event: events.ReallocateWorkRequest, move: Move) -> Built:
    # The workers were the old supplier's; what closed activities record stays.
    activities = tuple(
        activity if activity.is_closed or activity.worker is None else _activity(activity, worker=None)
        for activity in request.activities
    )
    reallocated = _request(
        request,
        supplier=event.supplier,
        allocation=move.to,
        rejection_reason=None,
        activities=activities,
    )
    return reallocated, (changes.WorkRequestReallocated(request.id, request.supplier, event.supplier),)


def _put_on_hold(request: WorkRequest, event: events.PutOnHold, move: None) -> Built:
    return _request(request, on_hold=True), (changes.WorkRequestPutOnHold(request.id),)


def _resume(request: WorkRequest, event: events.Resume, move: None) -> Built:
    return _request(request, on_hold=False), (changes.WorkRequestResumed(request.id),)


def _cancel_request(request: WorkRequest, event: events.CancelWorkRequest, move: None) -> Built:
    activities = []
    happened: list[Change] = []
    for activity in request.activities:
        if not activity.is_closed:
            before, activity = activity, _moved(activity, CANCELLATION, _CLOSED)
            happened.append(
                changes.ActivityMoved(request.id, activity.id, CANCELLATION.name, before.status, activity.status)
            )
        activities.append(activity)
    happened.append(changes.WorkRequestClosed(request.id))
    return _request(request, activities=tuple(activities)), tuple(happened)


def _request_cancellation(request: WorkRequest, event: events.RequestCancellation, move: None) -> Built:
    change = changes.CancellationRequested(request.id, event.activity_id)
    if event.activity_id is None:
        return _request(request, cancellation_requested=True), (change,)
    before = request.activity(event.activity_id)
    return _with_activity(request, before, _activity(before, cancellation_requested=True)), (change,)


def _update_site_contact(request: WorkRequest, event: events.UpdateSiteContact, move: None) -> Built:
    return (
        _request(request, site_contact=event.contact),
        (changes.SiteContactUpdated(request.id, event.contact),),
    )


def _reschedule(request: WorkRequest, event: events.Reschedule, move: None) -> Built:
    change = changes.Rescheduled(request.id, event.activity_id, event.schedule)
    if event.activity_id is None:
        return _request(request, schedule=event.schedule), (change,)
    before = request.activity(event.activity_id)
    return _with_activity(request, before, _activity(before, schedule=event.schedule)), (change,)


def _update_details(request: WorkRequest, event: events.UpdateDetails, move: None) -> Built:
    details = FrozenDict({**request.details, event.section: event.values})
    return _request(request, details=details), (changes.DetailsUpdated(request.id, event.section),)


def _add_activity(request: WorkRequest, event: events.AddActivity, move: None) -> Built:
    return (
        _request(request, activities=(*request.activities, event.activity)),
        (changes.ActivityAdded(request.id, event.activity.id),),
    )


def _request_add_activity(request: WorkRequest, event: events.RequestAddActivity, move: None) -> Built:
    return request, (changes.ActivityAdditionRequested(request.id, event.type),)


def _update_status(request: WorkRequest, event: events.UpdateActivityStatus, move: Move) -> Built:
    return _move_activity(request, event.activity_id, move, event.status)


def _cancel_activity(request: WorkRequest, event: events.CancelActivity, move: Move) -> Built:
    return _move_activity(request, event.activity_id, move, _CLOSED)


def _update_worker(request: WorkRequest, event: events.UpdateActivityWorker, move: None) -> Built:
    before = request.activity(event.activity_id)
    return (
        _with_activity(request, before, _activity(before, worker=event.worker)),
        (changes.ActivityWorkerUpdated(request.id, event.activity_id, event.worker),),
    )


def _record_outcome(request: WorkRequest, event: events.RecordOutcome, move: None) -> Built:
    before = request.activity(event.activity_id)
    return (
        _with_activity(request, before, _activity(before, outcomes=(*before.outcomes, event.outcome))),
        (changes.OutcomeRecorded(request.id, event.activity_id, event.outcome),),
    )


_CLOSED = Status(Category.CLOSED)
_CANCELLED = Closure.CANCELLED


def _move_activity(request: WorkRequest, activity_id: str, move: Move, status: Status) -> Built:
    before = request.activity(activity_id)
    after = _moved(before, move, status)
    moved = _with_activity(request, before, after)
    change = changes.ActivityMoved(request.id, activity_id, move.name, before.status, after.status)
    if after.closure is not None and moved.is_closed:
        return moved, (change, changes.WorkRequestClosed(request.id))
    return moved, (change,)


def _moved(activity: Activity, move: Move, status: Status) -> Activity:
    return _activity(
        activity,
        # A cancelled activity's state is Closed, whichever event asked for it and by what name (rulebook, section 1).
        status=_CLOSED if move.closure is _CANCELLED else status,
        has_been_active=activity.has_been_active or move.activates,
        closure=move.closure,
    )


def _with_activity(request: WorkRequest, before: Activity, after: Activity) -> WorkRequest:
    return _request(request, activities=tuple([after if each is before else each for each in request.activities]))


_BUILDERS: Mapping[type[Event], Callable[[WorkRequest, Any, Any], Built]] = {
    events.AcceptWorkRequest: _accept,
    events.RejectWorkRequest: _reject,
    events.ReallocateWorkRequest: _reallocate,
    events.PutOnHold: _put_on_hold,
    events.Resume: _resume,
    events.CancelWorkRequest: _cancel_request,
    events.RequestCancellation: _request_cancellation,
    events.UpdateSiteContact: _update_site_contact,
    events.Reschedule: _reschedule,
    events.UpdateDetails: _update_details,
    events.AddActivity: _add_activity,
    events.RequestAddActivity: _request_add_activity,
    events.UpdateActivityStatus: _update_status,
    events.CancelActivity: _cancel_activity,
    events.UpdateActivityWorker: _update_worker,
    events.RecordOutcome: _record_outcome,
}
