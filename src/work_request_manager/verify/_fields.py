"""The values to send in each field of an event: those that can make a difference to the rules.

The table at the end is keyed by the name of the field, so a new kind of event that is built of known fields needs no
entry. No rule is stated here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations_with_replacement, count
from typing import Any, NamedTuple

from work_request_manager._values import FrozenDict
from work_request_manager.model import (
    ActivityType,
    Category,
    NewActivity,
    Outcome,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
)
from work_request_manager.verify.variants import (
    Anything,
    Built,
    Domain,
    OneOf,
    Only,
    Variant,
    fresh,
    named,
    numbered,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
"""The time of all samples."""

REQUESTORS = ("rsp-one", "rsp-two")
SUPPLIERS = ("northline", "southline")

SOMEONE_ELSE = "rsp-three"
"""A requestor that sends nothing, so that nobody who creates a work request for it creates it for itself."""

_FLAG = Anything(Domain.FLAG, sample=False)
_STATES = Anything(Domain.OPTIONAL_STATES)
_OPTIONAL_TEXT = Anything(Domain.OPTIONAL_TEXT)
_STATE = named("another state", used=tuple(Category))

ANY_TYPE = Built(ActivityType, numbered("TYPE"), _FLAG, _STATES)
"""Any activity type."""


# ---- New activities: pairs of type and status


def _plain(code: str, flag: bool) -> Variant:
    return Built(_plainly_open, named(code), Only(flag), _STATES)


def _plainly_open(code: str, flag: bool, states: Mapping[str, Category] | None) -> tuple[ActivityType, Status]:
    return ActivityType(code, flag, states), Status(Category.OPEN)


def _in_state(code: str, listed: Mapping[str, Category], state: str | None) -> Variant:
    """Return the beginnings of an activity whose type lists states.

    Args:
        code: the code of the type.
        listed: each listed state and its category. The state is a drawn text with this text added.
        state: the text to add to get the state in which the activity starts. Pass None for the state Open.
    """

    def make(code: str, flag: bool, drawn: str) -> tuple[ActivityType, Status]:
        states = {drawn + added: category for added, category in listed.items()}
        return ActivityType(code, flag, states), Status(Category.OPEN, None if state is None else drawn + state)

    return Built(make, named(code), _FLAG, _STATE)


_PLAIN = (_plain("SUPPLIER_MAY_CANCEL", True), _plain("SUPPLIER_MAY_NOT_CANCEL", False))
_ELSEWHERE = partial(_in_state, "LISTS_IT_ELSEWHERE", {"": Category.ACTIVE})
_OTHERS = partial(_in_state, "LISTS_OTHERS", {"'": Category.OPEN})
_WITH_STATES = (
    _ELSEWHERE(None),
    _OTHERS(None),
    _OTHERS("'"),
    _in_state("LISTS_NONE", {}, ""),
    _ELSEWHERE(""),
    _OTHERS(""),
)
_NOT_OPEN = Built(
    lambda type_, category: (type_, Status(category)),
    ANY_TYPE,
    OneOf(*(Only(category) for category in Category if category is not Category.OPEN)),
)


def _new(activity_id: str, beginning: tuple[ActivityType, Status]) -> NewActivity:
    return NewActivity(activity_id, *beginning)


def _numbered(prefix: str, *beginnings: tuple[ActivityType, Status]) -> tuple[NewActivity, ...]:
    return tuple(NewActivity(f"{prefix}-{number}", *each) for number, each in enumerate(beginnings, start=1))


# ---- The table: the variants of each field


class Scope(NamedTuple):
    """The work request whose names the events use, their target, and the options of `Stimuli`."""

    request: WorkRequest
    target: Any
    activities: int
    with_states: bool


def _activities(scope: Scope) -> Iterator[Variant]:
    for size in range(1, scope.activities + 1):
        for beginnings in combinations_with_replacement(_PLAIN, size):
            yield Built(_numbered, named("A"), *beginnings)
    for beginning in _odd(scope):
        yield Built(_numbered, named("A"), beginning)
    yield Built(lambda one: (one, one), Built(_new, numbered("A"), _PLAIN[0]))
    yield Only(())


def _activity(scope: Scope) -> Iterator[Variant]:
    ids = [activity.id for activity in scope.request.activities]
    for beginning in (*_PLAIN, *_odd(scope)):
        yield Built(_new, numbered("A", ids), beginning)
    yield Built(_new, Only(ids[0]), _PLAIN[0])


def _odd(scope: Scope) -> tuple[Variant, ...]:
    return (*_WITH_STATES, _NOT_OPEN) if scope.with_states else (_NOT_OPEN,)


def _contacts(scope: Scope) -> Iterator[Variant]:
    present = scope.target.site_contact
    yield from _again(present)
    name = named("Mere", "Tane", used=() if present is None else (present.name,))
    yield Built(SiteContact, name, _OPTIONAL_TEXT, _OPTIONAL_TEXT)


def _outcomes(scope: Scope) -> Iterator[Variant]:
    yield from map(Only, scope.target.outcomes)
    used = [outcome.code for outcome in scope.target.outcomes]
    yield Built(Outcome, named("DONE", "LEFT", used=used), _OPTIONAL_TEXT)


def _reasons(_scope: Scope) -> Iterator[Variant]:
    yield from map(Only, RejectionReason)
    yield named("Lunch", used=tuple(RejectionReason))


def _requestors(scope: Scope) -> Iterator[Variant]:
    yield Only(scope.request.requestor)
    yield Only(SOMEONE_ELSE)


def _schedules(scope: Scope) -> Iterator[Variant]:
    present = scope.target.schedule
    yield from _again(present)
    used = () if present is None else (present.earliest_start, present.latest_end)
    instant = fresh((AT + timedelta(hours=hours) for hours in count()), used, Domain.INSTANT)
    yield Built(_schedule, instant, Anything(Domain.OPTIONAL_SECONDS), _FLAG)


def _schedule(instant: datetime, seconds: int | None, is_end: bool) -> Schedule:
    if is_end:
        return Schedule(latest_end=instant)
    return Schedule(instant, None if seconds is None else instant + timedelta(seconds=seconds))


def _sections(_scope: Scope) -> Iterator[Variant]:
    yield from map(Only, Section)


def _statuses(scope: Scope) -> Iterator[Variant]:
    present, listed = scope.target.status, scope.target.type.states or {}
    unlisted = named(_STATE.sample, used=(*Category, *listed, present.state))
    yield Only(present)
    for category in Category:
        foreign = next(other for other in Category if other is not category)
        states = (category, foreign, *listed) if scope.with_states and listed else (category,)
        yield from (Only(status) for state in states if (status := Status(category, state)) != present)
        # The rules read a state only if the type lists states, or if it is news in the same category.
        if scope.with_states or category is present.category:
            yield Built(partial(Status, category), unlisted)


def _suppliers(scope: Scope) -> Iterator[Variant]:
    yield Only(scope.request.supplier)
    yield named(*SUPPLIERS, used=(scope.request.supplier,))


def _types(_scope: Scope) -> Iterator[Variant]:
    yield ANY_TYPE


def _values(_scope: Scope) -> Iterator[Variant]:
    yield Anything(Domain.JSON, sample=FrozenDict({"reference": "R-1"}))


def _workers(scope: Scope) -> Iterator[Variant]:
    present = scope.target.worker
    yield from _again(present)
    yield named("Aroha", "Wiremu", used=() if present is None else (present,))


def _again(present: object) -> Iterator[Variant]:
    if present is not None:
        yield Only(present)


VARIANTS: Mapping[str, Callable[[Scope], Iterator[Variant]]] = FrozenDict(
    {
        "activities": _activities,
        "activity": _activity,
        "contact": _contacts,
        "outcome": _outcomes,
        "reason": _reasons,
        "requestor": _requestors,
        "schedule": _schedules,
        "section": _sections,
        "status": _statuses,
        "supplier": _suppliers,
        "type": _types,
        "values": _values,
        "worker": _workers,
    }
)
"""For each field of events, its variants: first what the target has already, if the field replaces or appends to it."""
