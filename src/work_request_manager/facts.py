"""All that the rules look at, as a finite set of facts about one event for one work request.

However large a work request is, what its judgement depends on is a handful of small values. Two events with equal
facts get the same verdict, which is why verdicts can be remembered, looked up and proved.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from work_request_manager import events
from work_request_manager.events import Event
from work_request_manager.model import (
    Activity,
    Allocation,
    Category,
    Closure,
    Party,
    RejectionReason,
    Role,
    Section,
    Status,
    WorkRequest,
)


class Standing(StrEnum):
    """What a sender is to the work request."""

    CHORUS = "Chorus"
    OWN_REQUESTOR = "the request's own requestor"
    OTHER_REQUESTOR = "another requestor"
    HOLDING_SUPPLIER = "the holding supplier"
    OTHER_SUPPLIER = "a supplier that does not hold the request"

    @property
    def role(self) -> Role:
        """The role of such a sender."""
        return _ROLES[self]


_ROLES = {
    Standing.CHORUS: Role.CHORUS,
    Standing.OWN_REQUESTOR: Role.WORK_REQUESTOR,
    Standing.OTHER_REQUESTOR: Role.WORK_REQUESTOR,
    Standing.HOLDING_SUPPLIER: Role.WORK_SUPPLIER,
    Standing.OTHER_SUPPLIER: Role.WORK_SUPPLIER,
}


# Members that the path of every event needs, bound once: Python 3.11 takes long to find them in their classes.
_WORK_SUPPLIER, _CHORUS, _CLOSED, _REJECTED = Role.WORK_SUPPLIER, Role.CHORUS, Category.CLOSED, Allocation.REJECTED
_BY_CHORUS, _BY_HOLDER, _BY_OTHER_SUPPLIER = Standing.CHORUS, Standing.HOLDING_SUPPLIER, Standing.OTHER_SUPPLIER


class Facts(NamedTuple):
    """What an event asks, of what, from whom. A fact that an event does not have keeps its default.

    Args:
        event: the event's class.
        sender: what the sender is to the work request.
        is_repeat: whether the event asks for what is already so.
        is_closed: whether the activity that the event is for is closed; without one, the work request.
        on_hold: whether the request is on hold.
        category: the category of the activity that the event is for.
        asked: the category that a status update asks for.
        is_untouched: whether that activity is.
        supplier_may_cancel: that activity's type's flag.
        states_are_listed: whether the states told are all listed by their types, where these list any.
        states_fit: whether none is listed under another category.
        work_request_exists: whether there is a work request with that id.
        activity_exists: whether it has the activity that the event is for.
        section: the section of the details that it replaces.
        allocation: where the request stands with its supplier.
        rejection_reason: why it was rejected.
        to_own_supplier: whether a reallocation names the request's own supplier.
        has_known_reason: whether a reject has one of the four reasons.
        all_untouched: whether no activity was touched.
        open_ones_untouched: whether no activity that is not closed was touched.
        has_begun: whether work on the request has begun.
        has_activities: whether a creation has any.
        ids_are_new: whether each new activity's id is.
        starts_open: whether all new activities are Open.
    """

    event: type[Event]
    sender: Standing
    is_repeat: bool = False
    is_closed: bool = False
    on_hold: bool = False
    category: Category | None = None
    asked: Category | None = None
    is_untouched: bool = True
    supplier_may_cancel: bool = False
    states_are_listed: bool = True
    states_fit: bool = True
    work_request_exists: bool = True
    activity_exists: bool = True
    section: Section | None = None
    allocation: Allocation | None = None
    rejection_reason: RejectionReason | None = None
    to_own_supplier: bool = False
    has_known_reason: bool = True
    all_untouched: bool = True
    open_ones_untouched: bool = True
    has_begun: bool = False
    has_activities: bool = True
    ids_are_new: bool = True
    starts_open: bool = True


def observe(work_request: WorkRequest | None, event: Event) -> Facts:
    """Return the facts of an event for a work request; None where no such request exists.

    Raises:
        TypeError: the event is not one of `events`.
    """
    kind = type(event)
    if kind not in _KINDS:
        raise TypeError(f"{event!r} is not an event that the rules know; build one of work_request_manager.events")
    if isinstance(event, events.CreateWorkRequest):
        return _of_creation(work_request, event)
    if work_request is None:
        return Facts(kind, standing(None, event.sender), work_request_exists=False)
    sender = standing(work_request, event.sender)
    activity_id: str | None = getattr(event, "activity_id", None)
    if activity_id is None:
        asked = _ASKED[kind](work_request, event) if kind in _ASKED else {}
        return _of_request(kind, work_request, sender, _is_repeat(work_request, event), **asked)
    for activity in work_request.activities:
        if activity.id == activity_id:
            status = event.status if isinstance(event, events.UpdateActivityStatus) else None
            return _of_activity(kind, work_request, activity, sender, _is_repeat(activity, event), status)
    return Facts(kind, sender, activity_exists=False)


def standing(work_request: WorkRequest | None, party: Party) -> Standing:
    """Return what a party is to a work request; to none, a stranger."""
    if party.role is _WORK_SUPPLIER:
        holds = (
            work_request is not None and party.id == work_request.supplier and work_request.allocation is not _REJECTED
        )
        return _BY_HOLDER if holds else _BY_OTHER_SUPPLIER
    if party.role is _CHORUS:
        return _BY_CHORUS
    is_own = work_request is not None and party.id == work_request.requestor
    return Standing.OWN_REQUESTOR if is_own else Standing.OTHER_REQUESTOR


class Possibility(NamedTuple):
    """What a party might send of one kind, at its best: asking for something new, and breaking as little as it can."""

    event: type[Event]
    facts: Facts
    activity: Activity | None = None
    status: Status | None = None
    section: Section | None = None


def possibilities(work_request: WorkRequest, party: Party) -> Iterator[Possibility]:
    """Yield, for every kind of event but creations and every target, what a party might send for a work request."""
    sender = standing(work_request, party)
    of_request = _of_request(Event, work_request, sender, False)
    for kind in REQUEST_EVENTS:
        is_repeat = kind in _IS_SO and _IS_SO[kind](work_request)
        for section in Section if kind is events.UpdateDetails else (None,):
            facts = of_request._replace(event=kind, is_repeat=is_repeat, section=section)
            yield Possibility(kind, facts, section=section)
    for activity in work_request.activities:
        for kind in ACTIVITY_EVENTS:
            if kind is events.UpdateActivityStatus:
                for status in _new_statuses(activity):
                    facts = _of_activity(kind, work_request, activity, sender, False, status)
                    yield Possibility(kind, facts, activity, status)
            else:
                is_repeat = kind in _IS_SO and _IS_SO[kind](activity)
                yield Possibility(kind, _of_activity(kind, work_request, activity, sender, is_repeat), activity)


_PLAIN_STATUSES = tuple(map(Status, Category))


def _new_statuses(activity: Activity) -> Iterator[Status]:
    """Yield, for each category, a status that is not the activity's own, of a listed state where there is one."""
    states: Mapping[str, Category] = activity.type.states or {}
    for plain in _PLAIN_STATUSES:
        if plain != activity.status:
            yield plain
            continue
        category = plain.category
        listed = next((state for state in states if states[state] is category and state != category), None)
        if listed is not None:
            yield Status(category, listed)
            continue
        unlisted = "another state"
        while unlisted in states:
            unlisted += "'"
        yield Status(category, unlisted)
        yield Status(category, next(other for other in Category if other is not category))


def _of_creation(work_request: WorkRequest | None, event: events.CreateWorkRequest) -> Facts:
    # A creation is for the request that would be: its own requestor is the one that it names.
    sender = standing(None, event.sender)
    if sender is Standing.OTHER_REQUESTOR and event.sender.id == event.requestor:
        sender = Standing.OWN_REQUESTOR
    return Facts(
        events.CreateWorkRequest,
        sender,
        work_request_exists=work_request is not None,
        has_activities=bool(event.activities),
        ids_are_new=len({activity.id for activity in event.activities}) == len(event.activities),
        **_asked_of_new(event.activities),
    )


def _of_request(kind: type[Event], work_request: WorkRequest, sender: Standing, is_repeat: bool, **asked: Any) -> Facts:
    is_closed = all_untouched = open_ones_untouched = True
    has_begun = False
    for activity in work_request.activities:
        if activity.is_untouched:
            is_closed = False
        else:
            all_untouched = False
            has_begun = has_begun or activity.has_begun
            if not activity.is_closed:
                is_closed = open_ones_untouched = False
    return Facts(
        kind,
        sender,
        is_repeat,
        is_closed,
        allocation=work_request.allocation,
        rejection_reason=work_request.rejection_reason,
        all_untouched=all_untouched,
        open_ones_untouched=open_ones_untouched,
        has_begun=has_begun,
        **asked,
    )


def _of_activity(
    kind: type[Event],
    work_request: WorkRequest,
    activity: Activity,
    sender: Standing,
    is_repeat: bool,
    status: Status | None = None,
) -> Facts:
    type_ = activity.type
    category = activity.status.category
    listed = fits = True
    asked = None
    if status is not None:
        asked = status.category
        if type_.states is not None:
            listed, fits = type_.lists(status), type_.fits(status)
    # By position, since this is the path of most events: names would take twice as long.
    return Facts(
        kind,
        sender,
        is_repeat,
        category is _CLOSED,
        work_request.on_hold,
        category,
        asked,
        activity.is_untouched,
        type_.work_supplier_allowed_to_cancel,
        listed,
        fits,
    )


def _asked_of_new(activities: Iterable[Activity]) -> dict[str, Any]:
    starts_open = listed = fits = True
    for activity in activities:
        if activity.status.category is not Category.OPEN:
            starts_open = False
        if activity.type.states is not None:
            listed = listed and activity.type.lists(activity.status)
            fits = fits and activity.type.fits(activity.status)
    return {"starts_open": starts_open, "states_are_listed": listed, "states_fit": fits}


# What events for a work request ask that a rule looks at, beside their kind.
_ASKED: Mapping[type[Event], Callable[[WorkRequest, Any], dict[str, Any]]] = {
    events.UpdateDetails: lambda _request, event: {"section": event.section},
    events.RejectWorkRequest: lambda _request, event: {"has_known_reason": isinstance(event.reason, RejectionReason)},
    events.ReallocateWorkRequest: lambda request, event: {"to_own_supplier": event.supplier == request.supplier},
    events.AddActivity: lambda request, event: {
        "ids_are_new": all(activity.id != event.activity.id for activity in request.activities),
        **_asked_of_new((event.activity,)),
    },
}

# Whether an event of this kind is a repeat (rulebook, section 5): first where its target alone says so, …
_IS_SO: Mapping[type[Event], Callable[[Any], bool]] = {
    events.PutOnHold: lambda request: request.on_hold,
    events.Resume: lambda request: not request.on_hold,
    events.CancelWorkRequest: lambda request: all(a.closure is Closure.CANCELLED for a in request.activities),
    events.RequestCancellation: lambda target: target.cancellation_requested,
    events.CancelActivity: lambda activity: activity.closure is Closure.CANCELLED,
}
# … then where that depends on what it asks for.
_IS_SAME: Mapping[type[Event], Callable[[Any, Any], bool]] = {
    events.RejectWorkRequest: lambda request, event: (
        request.allocation is Allocation.REJECTED
        and event.sender == Party.supplier(request.supplier)
        and event.reason == request.rejection_reason
    ),
    events.UpdateSiteContact: lambda request, event: event.contact == request.site_contact,
    events.Reschedule: lambda target, event: event.schedule == target.schedule,
    events.UpdateActivityStatus: lambda activity, event: event.status == activity.status,
    events.UpdateActivityWorker: lambda activity, event: event.worker == activity.worker,
    events.RecordOutcome: lambda activity, event: event.outcome in activity.outcomes,
}


def _is_repeat(target: WorkRequest | Activity, event: Event) -> bool:
    kind = type(event)
    if kind in _IS_SO:
        return _IS_SO[kind](target)
    return kind in _IS_SAME and _IS_SAME[kind](target, event)


REQUEST_EVENTS: tuple[type[Event], ...] = (
    events.AcceptWorkRequest,
    events.RejectWorkRequest,
    events.ReallocateWorkRequest,
    events.PutOnHold,
    events.Resume,
    events.CancelWorkRequest,
    events.RequestCancellation,
    events.UpdateSiteContact,
    events.Reschedule,
    events.UpdateDetails,
    events.AddActivity,
    events.RequestAddActivity,
)
"""The kinds of event that can be for a work request as a whole."""

ACTIVITY_EVENTS: tuple[type[Event], ...] = (
    events.RequestCancellation,
    events.Reschedule,
    events.UpdateActivityStatus,
    events.UpdateActivityWorker,
    events.RecordOutcome,
    events.CancelActivity,
)
"""The kinds of event that can be for one activity."""

_KINDS = frozenset({events.CreateWorkRequest, *REQUEST_EVENTS, *ACTIVITY_EVENTS})
