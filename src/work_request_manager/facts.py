"""The facts that the rules read: a few small values about one event for one work request.

Each fact has finitely many possible values. Two events with equal facts get the same judgement, so judgements can be
cached, and all of them can be checked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from work_request_manager._values import short_repr
from work_request_manager.catalogue import KINDS
from work_request_manager.events import Event
from work_request_manager.graph import ALLOCATION_GRAPH, CellRef
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import (
    Activity,
    Allocation,
    Category,
    Party,
    RejectionReason,
    Role,
    Section,
    SenderRelation,
    Status,
    WorkRequest,
)

# Bound once, because deciding reads them for every event: Python 3.11 looks members of a class up slowly.
_WORK_SUPPLIER, _CHORUS, _REJECTED = Role.WORK_SUPPLIER, Role.CHORUS, Allocation.REJECTED
_OPEN, _CLOSED = Category.OPEN, Category.CLOSED
_BY_CHORUS, _BY_OWNER, _BY_OTHER_REQUESTOR, _BY_HOLDER, _BY_OTHER_SUPPLIER = SenderRelation
_NEW = Target.NEW


class Facts(NamedTuple):
    """The facts about an event. A fact that does not apply keeps its default.

    Args:
        kind: the kind of the event.
        sender: the sender's relation to the work request.
        is_repeat: whether the event asks for something that is already true.
        is_closed: whether the target is closed: the activity, or the work request if the event names no activity.
        on_hold: whether the work request is on hold.
        category: the category of the activity.
        requested_category: the category that a status update asks for.
        is_untouched: whether the activity is untouched.
        supplier_may_cancel: the flag of the activity's type.
        states_are_listed: whether every type that lists states lists the state that the event gives.
        states_fit: False if a type lists such a state under another category.
        work_request_exists: whether the work request exists.
        activity_exists: whether the work request has the activity.
        section: the section of the details.
        allocation: the work request's allocation.
        rejection_reason: the reason of its rejection.
        to_own_supplier: whether a reallocation names the current supplier.
        has_known_reason: whether a reject gives one of the four reasons.
        all_untouched: whether all activities are untouched.
        all_open_untouched: whether all activities that are not closed are untouched.
        has_begun: whether work on the work request has begun.
        has_activities: whether a create describes any activity.
        has_new_ids: whether the id of each new activity is unused.
        starts_open: whether all new activities are Open.
    """

    kind: EventKind
    sender: SenderRelation
    is_repeat: bool = False
    is_closed: bool = False
    on_hold: bool = False
    category: Category | None = None
    requested_category: Category | None = None
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
    all_open_untouched: bool = True
    has_begun: bool = False
    has_activities: bool = True
    has_new_ids: bool = True
    starts_open: bool = True


_KIND_OF = dict(KINDS)  # a plain dict, because every decision looks an event up


def extract_facts(work_request: WorkRequest | None, event: Event) -> Facts:
    """Extract the facts that the rules need.

    Args:
        work_request: the work request before the event. Pass None if it does not exist.
        event: the event.

    Raises:
        TypeError: the event is not an instance of one of the classes in `events`.
    """
    kind = _KIND_OF.get(type(event))
    if kind is None:
        raise TypeError(
            f"event is {short_repr(event)} ({type(event).__name__});"
            " pass an instance of one of the classes in work_request_manager.events"
        )
    if kind.target is _NEW:
        # The work request that would exist belongs to the requestor that the event names.
        sender = relation_of(None, event.sender, requestor=event.requestor)  # type: ignore[attr-defined]  # creates have it
        new = _facts_of_new(kind, event, ())
        return Facts(kind, sender, work_request_exists=work_request is not None, **new)
    sender = relation_of(work_request, event.sender)
    if work_request is None:
        return Facts(kind, sender, work_request_exists=False)
    activity_id: str | None = event.activity_id if kind.names_activity else None  # type: ignore[attr-defined]  # it has
    if activity_id is None:
        own = kind.facts(work_request, event)
        if kind.new_activities is not None:
            own = _facts_of_new(kind, event, work_request.activities)
        return _facts_of_request(kind, work_request, sender, kind.repeats(work_request, event), **own)
    for activity in work_request.activities:
        if activity.id == activity_id:
            is_repeat = kind.repeats(activity, event)
            status = event.status if kind.gives_status else None  # type: ignore[attr-defined]  # such events have one
            return _facts_of_activity(kind, work_request, activity, sender, is_repeat, status)
    return Facts(kind, sender, activity_exists=False)


def relation_of(work_request: WorkRequest | None, party: Party, *, requestor: str | None = None) -> SenderRelation:
    """Return the relation of a party to a work request.

    Args:
        work_request: the work request. Pass None if it does not exist.
        party: the sender.
        requestor: the id of the requestor that a work request to be created would belong to.
    """
    if party.role is _WORK_SUPPLIER:
        holds = (
            work_request is not None and party.id == work_request.supplier and work_request.allocation is not _REJECTED
        )
        return _BY_HOLDER if holds else _BY_OTHER_SUPPLIER
    if party.role is _CHORUS:
        return _BY_CHORUS
    owner = requestor if work_request is None else work_request.requestor
    return _BY_OWNER if party.id == owner else _BY_OTHER_REQUESTOR


class Candidate(NamedTuple):
    """The event of one kind and target that breaks the fewest rules: it asks for something new.

    A candidate is not an event, because no rule depends on the values that it would have.
    """

    kind: EventKind
    facts: Facts
    activity: Activity | None = None
    status: Status | None = None
    section: Section | None = None


def candidates(work_request: WorkRequest, party: Party, activity_id: str | None = None) -> Iterator[Candidate]:
    """Yield the candidates of a party, for every kind of event except creates, and for every target.

    Args:
        work_request: the work request.
        party: the sender.
        activity_id: the activity. Pass None for all activities and the work request itself.
    """
    sender = relation_of(work_request, party)
    if activity_id is None:
        of_request = _facts_of_request(next(iter(KINDS.values())), work_request, sender, False)
        for kind in KINDS.values():
            if kind.may_be_for(Target.REQUEST):
                is_repeat = kind.repeats(work_request, None)
                for section in kind.wire_names:
                    facts = of_request._replace(kind=kind, is_repeat=is_repeat, section=section)
                    yield Candidate(kind, facts, section=section)
    for activity in work_request.activities:
        if activity_id in (None, activity.id):
            for kind in _OF_ACTIVITY:
                is_repeat = kind.repeats(activity, None)
                for status in _new_statuses(activity) if kind.gives_status else (None,):
                    facts = _facts_of_activity(kind, work_request, activity, sender, is_repeat, status)
                    yield Candidate(kind, facts, activity, status)


_OF_ACTIVITY = tuple(kind for kind in KINDS.values() if kind.may_be_for(Target.ACTIVITY))


_PLAIN_STATUSES = tuple(map(Status, Category))


def _new_statuses(activity: Activity) -> Iterator[Status]:
    """Yield, for each category, a status that the activity does not have, in a listed state if possible."""
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


def cell_ref(facts: Facts) -> CellRef | None:
    """Return the position in a graph of the move that an event asks for. None if it asks for no move."""
    if facts.category is not None and facts.requested_category is not None:
        return CellRef(facts.category, facts.requested_category)
    if facts.allocation is not None and facts.kind.event in ALLOCATION_GRAPH[facts.allocation]:
        return CellRef(facts.allocation, facts.kind.event)
    return facts.kind.cell


def _facts_of_request(
    kind: EventKind, work_request: WorkRequest, sender: SenderRelation, is_repeat: bool, **own: Any
) -> Facts:
    is_closed = all_untouched = all_open_untouched = True
    has_begun = False
    for activity in work_request.activities:
        if activity.is_untouched:
            is_closed = False
        else:
            all_untouched = False
            has_begun = has_begun or activity.has_begun
            if not activity.is_closed:
                is_closed = all_open_untouched = False
    return Facts(
        kind,
        sender,
        is_repeat,
        is_closed,
        allocation=work_request.allocation,
        rejection_reason=work_request.rejection_reason,
        all_untouched=all_untouched,
        all_open_untouched=all_open_untouched,
        has_begun=has_begun,
        **own,
    )


def _facts_of_activity(
    kind: EventKind,
    work_request: WorkRequest,
    activity: Activity,
    sender: SenderRelation,
    is_repeat: bool,
    status: Status | None,
) -> Facts:
    type_ = activity.type
    category = activity.status.category
    listed = fits = True
    requested = None
    if status is not None:
        requested = status.category
        if type_.states is not None:
            listed, fits = type_.lists(status), type_.fits(status)
    # By position, because most events come this way, and keywords would take twice as long.
    return Facts(
        kind,
        sender,
        is_repeat,
        category is _CLOSED,
        work_request.on_hold,
        category,
        requested,
        activity.is_untouched,
        type_.work_supplier_allowed_to_cancel,
        listed,
        fits,
    )


def _facts_of_new(kind: EventKind, event: Event, activities: Iterable[Activity]) -> dict[str, Any]:
    ids = {activity.id for activity in activities}
    has_new_ids = states_are_listed = states_fit = starts_open = True
    new = kind.new_activities(event)  # type: ignore[misc]  # the caller has checked that the kind has some
    for activity in new:
        has_new_ids = has_new_ids and activity.id not in ids
        ids.add(activity.id)
        starts_open = starts_open and activity.status.category is _OPEN
        if activity.type.states is not None:
            states_are_listed = states_are_listed and activity.type.lists(activity.status)
            states_fit = states_fit and activity.type.fits(activity.status)
    return {
        "has_activities": bool(new),
        "has_new_ids": has_new_ids,
        "states_are_listed": states_are_listed,
        "states_fit": states_fit,
        "starts_open": starts_open,
    }
