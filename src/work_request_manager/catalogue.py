"""LAW 3: the kinds of events, one record for each.

A record holds everything about its kind: the class, the names in JSON, the target, the senders, the rules that judge
it, its effect, the events that repeat it, the change that it makes, and its wording. Decisions, permits, the wire
format, the stimuli of the proof and the docs all derive from these records (rulebook, sections 3 to 5). A special case
is a small function above the table.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, cast

import attrs

from work_request_manager import changes, events
from work_request_manager._copying import copy_activity, copy_work_request
from work_request_manager._values import FrozenDict
from work_request_manager.changes import Change
from work_request_manager.events import Event
from work_request_manager.graph import ALLOCATION_GRAPH, CANCELLATION, CellRef, Move, Repeat, move_made
from work_request_manager.model import (
    Activity,
    ActivityType,
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


class Target(StrEnum):
    """What a kind of event is for."""

    NEW = "a new work request"
    REQUEST = "the work request"
    ACTIVITY = "one activity"
    EITHER = "the work request or one activity"


Effect = Callable[[Any, Any, Any], Any]
"""An effect: from the target before the event, the event, and the move that it makes, to the target after it.

The target is a work request or an activity. It is None for a create, and the move is None if the event makes none.
"""

Repeats = Callable[[Any, Any], bool]
"""A test: from the target and the event. Pass None as the event to ask whether every event of the kind is a repeat."""


def _copier_of(target: WorkRequest | Activity) -> Callable[..., Any]:
    return copy_activity if type(target) is Activity else copy_work_request


class Replace:
    """The effect of replacing a field of the target by a field of the event. The same value is a repeat."""

    def __init__(self, field: str, value: str) -> None:
        self.field = field
        self.value = value

    def __call__(self, target: Any, event: Any, _move: None) -> Any:
        """Return the target with the event's value."""
        return _copier_of(target)(target, **{self.field: getattr(event, self.value)})

    def is_repeat(self, target: Any, event: Any) -> bool:
        """Return whether the target has the event's value already."""
        return event is not None and bool(getattr(target, self.field) == getattr(event, self.value))


class Append:
    """The effect of appending a field of the event to a field of the target. A value that is there is a repeat."""

    def __init__(self, field: str, value: str) -> None:
        self.field = field
        self.value = value

    def __call__(self, target: Any, event: Any, _move: None) -> Any:
        """Return the target with the event's value added."""
        return _copier_of(target)(target, **{self.field: (*getattr(target, self.field), getattr(event, self.value))})

    def is_repeat(self, target: Any, event: Any) -> bool:
        """Return whether the target holds the event's value already."""
        return event is not None and getattr(event, self.value) in getattr(target, self.field)


class SetFlag:
    """The effect of setting or clearing a flag of the target. A flag that is so already is a repeat."""

    def __init__(self, field: str, value: bool = True) -> None:
        self.field = field
        self.value = value

    def __call__(self, target: Any, _event: Any, _move: None) -> Any:
        """Return the target with the flag set or cleared."""
        return _copier_of(target)(target, **{self.field: self.value})

    def is_repeat(self, target: Any, _event: Any) -> bool:
        """Return whether the flag is so already."""
        return getattr(target, self.field) is self.value


def _no_effect(target: Any, _event: Any, _move: None) -> Any:
    return target


def _never(_target: Any, _event: Any) -> bool:
    return False


def _repeats_of(kind: "EventKind") -> Repeats:
    return getattr(kind.effect, "is_repeat", _never)


def _no_facts(_work_request: WorkRequest, _event: Any) -> Mapping[str, Any]:
    return {}


@attrs.frozen(eq=False, repr=False, kw_only=True)
class EventKind:
    """One kind of event.

    Args:
        event: its class.
        wire_names: its name in JSON, for each section of the details if the name depends on it, else for None.
        target: what it is for.
        senders: the roles that may send it.
        sender_rule: the id of the rule that keeps the other roles from it. None if every role may send it.
        supplier_sections: the sections of the details that a supplier may send too.
        relation_rules: the ids of the rules on the sender's relation to the work request.
        rules: the ids of the further rules that judge it, besides those that its cell of a graph names.
        final_rules: the ids of the rules that it breaks for a closed target, besides those of all events.
        cell: the cell of the status graph that all of its events ask for. None if it depends on the event.
        effect: the target after it.
        repeats: the test that finds repeats. By default that of the effect; without one, the kind has no repeats.
        repeat_keeps: the ids of the relation rules that a repeat does not break.
        change: the class of the change that it makes, if all fields of the change are fields of the event. Otherwise a
            function that makes the change from the work request before the event, and the event. None if the event
            moves activities, because each move is a change.
        new_activities: the new activities that an event describes. None if the kind describes none.
        facts: the facts that only this kind has, from the work request and the event.
        active: what the sender does, to follow "cannot".
        passive: what happens to the target, to follow "it cannot".
        names_activity: whether its events have an activity id, which can be None if the target is EITHER.
        gives_status: whether its events give an activity a status.
    """

    event: type[Event]
    wire_names: Mapping[Section | None, str]
    target: Target
    senders: tuple[Role, ...] = tuple(Role)
    sender_rule: str | None = None
    supplier_sections: tuple[Section, ...] = ()
    relation_rules: tuple[str, ...] = ("WRM302", "WRM304")
    rules: tuple[str, ...] = ()
    final_rules: tuple[str, ...] = ()
    cell: CellRef | None = None
    effect: Effect
    repeats: Repeats = attrs.field(default=attrs.Factory(_repeats_of, takes_self=True))
    repeat_keeps: tuple[str, ...] = ()
    change: type[Change] | Callable[[WorkRequest, Any], Change] | None
    new_activities: Callable[[Any], tuple[NewActivity, ...]] | None = None
    facts: Callable[[WorkRequest, Any], Mapping[str, Any]] = _no_facts
    active: str
    passive: str
    names_activity: bool = attrs.field(init=False)
    gives_status: bool = attrs.field(init=False)

    @names_activity.default
    def _has_activity_id(self) -> bool:
        return self.target in (Target.ACTIVITY, Target.EITHER)

    @gives_status.default
    def _has_status(self) -> bool:
        return any(field.name == "status" for field in attrs.fields(self.event))

    def __repr__(self) -> str:
        return f"<EventKind {self.event.__name__}>"

    def __reduce__(self) -> tuple[Callable[[type[Event]], "EventKind"], tuple[type[Event]]]:
        # By class, because effects are functions, which pickle does not take.
        return kind_of, (self.event,)

    def may_send(self, rule_id: str, role: Role, section: Section | None = None) -> bool:
        """Return whether a rule lets a role send this kind of event.

        Args:
            rule_id: the id of the rule.
            role: the role of the sender.
            section: the section of the details. None for other kinds of events.
        """
        return rule_id != self.sender_rule or role in self.senders or section in self.supplier_sections

    def may_be_for(self, target: Target) -> bool:
        """Return whether an event of this kind can be for the work request or for one activity."""
        return self.target in (target, Target.EITHER)

    @property
    def sender_rules(self) -> tuple[str, ...]:
        """The ids of the rules on who may send it, which are always judged."""
        return (*(() if self.sender_rule is None else (self.sender_rule,)), *self.relation_rules)


# ---- Special cases: new activities


def _created(event: events.CreateWorkRequest) -> tuple[NewActivity, ...]:
    return event.activities


def _added(event: events.AddActivity) -> tuple[NewActivity, ...]:
    return (event.activity,)


_BLANK_ACTIVITY = Activity("-", ActivityType("-"))
_BLANK = WorkRequest("-", "-", "-", (_BLANK_ACTIVITY,))


def begun(new: NewActivity) -> Activity:
    """Return a new activity at the start of its life.

    The rules allow only Open. In a history, one that starts Active has been active, and one that starts Closed was
    completed (rulebook, section 7).
    """
    category = new.status.category
    closure = Closure.COMPLETED if category is Category.CLOSED else None
    return copy_activity(
        _BLANK_ACTIVITY,
        id=new.id,
        type=new.type,
        status=new.status,
        has_been_active=category is Category.ACTIVE,
        closure=closure,
    )


def _create(_none: None, event: events.CreateWorkRequest, _move: None) -> WorkRequest:
    activities = tuple(map(begun, event.activities))
    return copy_work_request(
        _BLANK, id=event.work_request_id, requestor=event.requestor, supplier=event.supplier, activities=activities
    )


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
        # The state of a cancelled activity is Closed, whatever state the event gives (rulebook, section 1).
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
    return _moved(activity, move, _CLOSED)


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
        passive="have its cancellation requested",
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
        passive="take outcome {outcome}",
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


WIRE_NAMES: Mapping[str, tuple[EventKind, Section | None]] = FrozenDict(
    {name: (kind, section) for kind in _KINDS for section, name in kind.wire_names.items()}
)
"""The kind and section of each name in JSON."""

SENDER_RULES: tuple[str, ...] = tuple(sorted({rule_id for kind in _KINDS for rule_id in kind.sender_rules}))
"""The ids of all rules on who may send what."""
