"""LAW 3: the kinds of events, one record for each.

A record holds everything about its kind: the class, the names in JSON, the target, the senders, the rules that judge
it, its effect, the events that repeat it, the change that it makes, and its wording. Decisions, permits, the wire
format, the stimuli of the proof and the docs all derive from these records (rulebook, sections 3 to 5). A special case
is a small function above the table.
"""

import copyreg
from collections.abc import Mapping
from typing import Any, cast

from work_request_manager import changes, events
from work_request_manager._copying import copy_activity, copy_work_request, make_activity, make_work_request
from work_request_manager._values import FrozenDict
from work_request_manager.changes import Change
from work_request_manager.events import Event
from work_request_manager.graph import ALLOCATION_GRAPH, CANCELLATION, Move, Repeat, move_made
from work_request_manager.kinds import Append, EventKind, Replace, SetFlag, Target
from work_request_manager.model import (
    Activity,
    Allocation,
    Category,
    Closure,
    NewActivity,
    Party,
    RejectionReason,
    Role,
    Section,
    Status,
    WorkRequest,
)

# ---- Special cases: no effect


def _no_effect(target: Any, _event: Any, _move: None) -> Any:
    return target


# ---- Special cases: new activities


def _created(event: events.CreateWorkRequest) -> tuple[NewActivity, ...]:
    return event.activities


def _added(event: events.AddActivity) -> tuple[NewActivity, ...]:
    return (event.activity,)


_NO_DETAILS: Mapping[Section, Any] = FrozenDict({})


def begun(new: NewActivity) -> Activity:
    """Return a new activity at the start of its life.

    The rules allow only Open. In a history, one that starts Active has been active, and one that starts Closed was
    completed (rulebook, section 7).
    """
    category = new.status.category
    closure = Closure.COMPLETED if category is Category.CLOSED else None
    return make_activity(new.id, new.type, new.status, category is Category.ACTIVE, (), None, False, None, closure)


def _create(_none: None, event: events.CreateWorkRequest, _move: None) -> WorkRequest:
    activities = tuple(map(begun, event.activities))
    names = event.work_request_id, event.requestor, event.supplier
    return make_work_request(*names, activities, Allocation.SENT, None, False, False, None, None, _NO_DETAILS)


def _add(work_request: WorkRequest, event: events.AddActivity, _move: None) -> WorkRequest:
    return copy_work_request(work_request, activities=(*work_request.activities, begun(event.activity)))


# ---- Special cases: moves of the allocation graph


def _is_in_repeat_cell(work_request: WorkRequest, kind: type[Event]) -> bool:
    return isinstance(ALLOCATION_GRAPH[work_request.allocation][kind], Repeat)


def _accepts_again(work_request: WorkRequest, _event: Any) -> bool:
    return _is_in_repeat_cell(work_request, events.AcceptWorkRequest)


def _accept(work_request: WorkRequest, _event: Any, move: Move) -> WorkRequest:
    return copy_work_request(work_request, allocation=move.to, rejection_reason=None)


def _accepted(before: WorkRequest, _event: Any) -> Change:
    return changes.WorkRequestAccepted(before.id, before.supplier)


def _rejects_again(work_request: WorkRequest, event: events.RejectWorkRequest | None) -> bool:
    return (
        event is not None
        and _is_in_repeat_cell(work_request, events.RejectWorkRequest)
        and event.sender == Party.supplier(work_request.supplier)
        and event.reason == work_request.rejection_reason
    )


def _reject(work_request: WorkRequest, event: events.RejectWorkRequest, move: Move) -> WorkRequest:
    return copy_work_request(work_request, allocation=move.to, rejection_reason=event.reason)


def _rejected(before: WorkRequest, event: Any) -> Change:
    return changes.WorkRequestRejected(before.id, before.supplier, event.reason)


def _reject_facts(_work_request: WorkRequest, event: events.RejectWorkRequest) -> Mapping[str, Any]:
    return {"has_known_reason": isinstance(event.reason, RejectionReason)}


def _reallocate(work_request: WorkRequest, event: events.ReallocateWorkRequest, move: Move) -> WorkRequest:
    # The workers belonged to the old supplier. A closed activity keeps its worker as a record.
    activities = tuple(
        activity if activity.is_closed or activity.worker is None else copy_activity(activity, worker=None)
        for activity in work_request.activities
    )
    return copy_work_request(
        work_request, supplier=event.supplier, allocation=move.to, rejection_reason=None, activities=activities
    )


def _reallocate_facts(work_request: WorkRequest, event: events.ReallocateWorkRequest) -> Mapping[str, Any]:
    return {"to_own_supplier": event.supplier == work_request.supplier}


def _reallocated(before: WorkRequest, event: events.ReallocateWorkRequest) -> Change:
    return changes.WorkRequestReallocated(before.id, before.supplier, event.supplier)


# ---- Special cases: moves of activities

_CLOSED = Status(Category.CLOSED)
_CANCELLED = Closure.CANCELLED  # bound once, because deciding reads it for every status update


def _moved(activity: Activity, move: Move, status: Status) -> Activity:
    return copy_activity(
        activity,
        # The state of a cancelled activity is Closed. The state in the event is not used (rulebook, section 1).
        status=_CLOSED if move.closure is _CANCELLED else status,
        has_been_active=activity.has_been_active or move.activates,
        closure=move.closure,
    )


def _update_status(activity: Activity, event: events.UpdateActivityStatus, move: Move) -> Activity:
    status = event.status if event.status.category is move.to else Status(cast(Category, move.to))
    return _moved(activity, move, status)


def _has_status(activity: Activity, event: events.UpdateActivityStatus | None) -> bool:
    if event is None or event.status.category is not activity.status.category:
        return False
    return event.status.state == activity.status.state or activity.closure is _CANCELLED


def _cancel(activity: Activity, _event: Any, move: Move) -> Activity:
    return _moved(activity, move, Status(cast(Category, move.to)))


def _is_cancelled(activity: Activity, _event: Any) -> bool:
    return activity.closure is Closure.CANCELLED


def _cancel_all(work_request: WorkRequest, _event: Any, _move: None) -> WorkRequest:
    move = move_made(CANCELLATION)
    activities = [each if each.is_closed else _moved(each, move, _CLOSED) for each in work_request.activities]
    return copy_work_request(work_request, activities=tuple(activities))


def _all_are_cancelled(work_request: WorkRequest, event: Any) -> bool:
    return all(_is_cancelled(activity, event) for activity in work_request.activities)


# ---- Special case: details


def _update_details(work_request: WorkRequest, event: events.UpdateDetails, _move: None) -> WorkRequest:
    return copy_work_request(work_request, details=FrozenDict({**work_request.details, event.section: event.values}))


def _details_facts(_work_request: WorkRequest, event: events.UpdateDetails) -> Mapping[str, Any]:
    return {"section": event.section}


# ---- The table

_R, _S, _C = Role.WORK_REQUESTOR, Role.WORK_SUPPLIER, Role.CHORUS


def _named(wire_name: str) -> Mapping[Section | None, str]:
    return FrozenDict({None: wire_name})


_KINDS = (
    EventKind(
        event=events.CreateWorkRequest,
        wire_names=_named("CreateTaskEvent"),
        target=Target.NEW,
        senders=(_R, _C),
        sender_rule="WRM303",
        relation_rules=("WRM304",),
        rules=("WRM402", "WRM404", "WRM405", "WRM406", "WRM407", "WRM408"),
        effect=_create,
        change=changes.WorkRequestCreated,
        new_activities=_created,
        active="create {target}",
        passive="be created",
    ),
    EventKind(
        event=events.AcceptWorkRequest,
        wire_names=_named("AcceptTaskEvent"),
        target=Target.REQUEST,
        senders=(_S,),
        sender_rule="WRM302",
        effect=_accept,
        repeats=_accepts_again,
        change=_accepted,
        active="accept {target}",
        passive="be accepted",
    ),
    EventKind(
        event=events.RejectWorkRequest,
        wire_names=_named("RejectTaskEvent"),
        target=Target.REQUEST,
        senders=(_S,),
        sender_rule="WRM302",
        effect=_reject,
        repeats=_rejects_again,
        repeat_keeps=("WRM302",),
        change=_rejected,
        facts=_reject_facts,
        active="reject {target} for '{rejection_reason}'",
        passive="be rejected for '{rejection_reason}'",
    ),
    EventKind(
        event=events.ReallocateWorkRequest,
        wire_names=_named("ReallocateTaskEvent"),
        target=Target.REQUEST,
        senders=(_C,),
        sender_rule="WRM103",
        effect=_reallocate,
        change=_reallocated,
        facts=_reallocate_facts,
        active="reallocate {target} to {new_supplier}",
        passive="be reallocated to {new_supplier}",
    ),
    EventKind(
        event=events.PutOnHold,
        wire_names=_named("PutOnHoldTaskEvent"),
        target=Target.REQUEST,
        senders=(_R, _C),
        sender_rule="WRM303",
        effect=SetFlag("on_hold"),
        change=changes.WorkRequestPutOnHold,
        active="put {target} on hold",
        passive="be put on hold",
    ),
    EventKind(
        event=events.Resume,
        wire_names=_named("ResumeTaskEvent"),
        target=Target.REQUEST,
        senders=(_R, _C),
        sender_rule="WRM303",
        effect=SetFlag("on_hold", value=False),
        change=changes.WorkRequestResumed,
        active="resume {target}",
        passive="be resumed",
    ),
    EventKind(
        event=events.CancelWorkRequest,
        wire_names=_named("CancelTaskEvent"),
        target=Target.REQUEST,
        senders=(_C,),
        sender_rule="WRM305",
        rules=("WRM106",),
        effect=_cancel_all,
        repeats=_all_are_cancelled,
        change=None,
        active="cancel {target}",
        passive="be cancelled",
    ),
    EventKind(
        event=events.RequestCancellation,
        wire_names=_named("RequestCancelTaskEvent"),
        target=Target.EITHER,
        senders=(_R, _C),
        sender_rule="WRM303",
        effect=SetFlag("cancellation_requested"),
        change=changes.CancellationRequested,
        active="request the cancellation of {target}",
        passive="get a request for its cancellation",
    ),
    EventKind(
        event=events.UpdateSiteContact,
        wire_names=_named("UpdateTaskSiteContactEvent"),
        target=Target.REQUEST,
        senders=(_R, _C),
        sender_rule="WRM303",
        effect=Replace("site_contact", "contact"),
        change=changes.SiteContactUpdated,
        active="change the site contact of {target}",
        passive="get another site contact",
    ),
    EventKind(
        event=events.Reschedule,
        wire_names=_named("UpdateTaskScheduleEvent"),
        target=Target.EITHER,
        effect=Replace("schedule", "schedule"),
        change=changes.Rescheduled,
        active="reschedule {target}",
        passive="be rescheduled",
    ),
    EventKind(
        event=events.UpdateDetails,
        wire_names=FrozenDict({section: f"UpdateTask{section}Event" for section in Section}),
        target=Target.REQUEST,
        senders=(_R, _C),
        sender_rule="WRM303",
        supplier_sections=(Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS),
        effect=_update_details,
        change=changes.DetailsUpdated,
        facts=_details_facts,
        active="change the {section} details of {target}",
        passive="get other {section} details",
    ),
    EventKind(
        event=events.AddActivity,
        wire_names=_named("AddTaskActivityEvent"),
        target=Target.REQUEST,
        senders=(_R, _C),
        sender_rule="WRM303",
        rules=("WRM404", "WRM406", "WRM407", "WRM408"),
        effect=_add,
        change=changes.ActivityAdded,
        new_activities=_added,
        active="add an activity to {target}",
        passive="get another activity",
    ),
    EventKind(
        event=events.RequestAddActivity,
        wire_names=_named("RequestAddTaskActivityEvent"),
        target=Target.REQUEST,
        effect=_no_effect,
        change=changes.ActivityAdditionRequested,
        active="request an activity of type {new_type} for {target}",
        passive="get an activity of type {new_type}",
    ),
    EventKind(
        event=events.UpdateActivityStatus,
        wire_names=_named("UpdateTaskActivityStatusEvent"),
        target=Target.ACTIVITY,
        senders=(_S,),
        sender_rule="WRM301",
        rules=("WRM406", "WRM407"),
        effect=_update_status,
        repeats=_has_status,
        change=None,
        active="move {target} to {requested_status}",
        passive="move to {requested_status}",
    ),
    EventKind(
        event=events.UpdateActivityWorker,
        wire_names=_named("UpdateTaskActivityWorkerEvent"),
        target=Target.ACTIVITY,
        senders=(_S,),
        sender_rule="WRM301",
        effect=Replace("worker", "worker"),
        change=changes.ActivityWorkerUpdated,
        active="assign worker {worker} to {target}",
        passive="be assigned to worker {worker}",
    ),
    EventKind(
        event=events.RecordOutcome,
        wire_names=_named("UpdateTaskActivityOutcomesEvent"),
        target=Target.ACTIVITY,
        senders=(_S,),
        sender_rule="WRM301",
        final_rules=("WRM205",),
        effect=Append("outcomes", "outcome"),
        change=changes.OutcomeRecorded,
        active="record outcome {outcome} for {target}",
        passive="get outcome {outcome}",
    ),
    EventKind(
        event=events.CancelActivity,
        wire_names=_named("CancelTaskActivityEvent"),
        target=Target.ACTIVITY,
        senders=(_S, _C),
        sender_rule="WRM301",
        cell=CANCELLATION,
        effect=_cancel,
        repeats=_is_cancelled,
        change=None,
        active="cancel {target}",
        passive="be cancelled",
    ),
)

KINDS: Mapping[type[Event], EventKind] = FrozenDict({kind.event: kind for kind in _KINDS})
"""All kinds of events by their class, in the order of the rulebook."""


def kind_of(event: type[Event]) -> EventKind:
    """Return the record of a class of events.

    Raises:
        KeyError: the class is not one of those in `events`.
    """
    return KINDS[event]


# Records are pickled by their class, because effects are functions, which pickle does not take.
copyreg.pickle(EventKind, lambda kind: (kind_of, (kind.event,)))

WIRE_NAMES: Mapping[str, tuple[EventKind, Section | None]] = FrozenDict(
    {name: (kind, section) for kind in _KINDS for section, name in kind.wire_names.items()}
)
"""The kind and section of each name in JSON."""

(STATUS_UPDATE,) = KINDS[events.UpdateActivityStatus].wire_names.values()
"""The name of status updates in JSON."""

SENDER_RULES: tuple[str, ...] = tuple(sorted({rule_id for kind in _KINDS for rule_id in kind.sender_rules}))
"""The ids of all rules on who may send what."""
