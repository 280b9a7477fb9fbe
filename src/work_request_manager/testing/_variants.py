"""What can be asked of a work request: every kind of event, of every target, with the values that make a difference.

No rule stands here; `_living` has each judged. Of each thing that can be asked there is a sample to judge, and values
that would be judged alike to draw from, the simplest first.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from work_request_manager import events
from work_request_manager.events import Event, new_activity
from work_request_manager.model import (
    Activity,
    ActivityType,
    Category,
    Outcome,
    Party,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
)

T = TypeVar("T")

START = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
OPTIONAL_TEXTS = st.none() | TEXTS
INSTANTS = st.integers(0, 10**15).map(lambda microseconds: START + timedelta(microseconds=microseconds))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


class Alike(NamedTuple):
    """A value to judge an event by, and how to draw any of those with which it would be judged alike."""

    sample: Any
    draw: Callable[[st.DrawFn], Any]


@st.composite
def drawn(draw: st.DrawFn, alike: Alike) -> Any:
    """Return the values of an `Alike` as a strategy; to make one for each that is never drawn would take too long."""
    return alike.draw(draw)


def only(value: object) -> Alike:
    """Return one value alone."""
    return any_of(value, st.just(value))


def any_of(sample: object, values: st.SearchStrategy[Any]) -> Alike:
    """Return what a strategy draws."""
    return Alike(sample, lambda draw: draw(values))


def none_of(used: Collection[T], samples: Iterable[T], values: st.SearchStrategy[T | None]) -> Alike:
    """Return values that are none of those used; the first such sample stands for None and for each that is."""
    sample = next(each for each in samples if each not in used)

    def draw_unused(draw: st.DrawFn) -> T:
        value = draw(values)
        return sample if value is None or value in used else value

    return Alike(sample, draw_unused)


def name(base: str, used: Collection[str] = ()) -> Alike:
    """Return texts that are none of those used, the simplest a base with a number."""
    return none_of(used, map(f"{base}-{{}}".format, count(1)), OPTIONAL_TEXTS)


def built(make: Callable[..., Any], *parts: Alike) -> Alike:
    """Return what is made of parts, each drawn by itself."""
    return Alike(make(*(part.sample for part in parts)), lambda draw: make(*(part.draw(draw) for part in parts)))


_OPTIONAL_INSTANTS = st.none() | INSTANTS
_SECONDS = any_of(None, st.none() | st.integers(0, 10**6))
_VALUES = any_of(None, _JSON)
_FLAG = any_of(False, st.booleans())
_OPTIONAL_TEXT = any_of(None, OPTIONAL_TEXTS)
_CODE = name("TYPE")
_STATE = name("State", tuple(Category))
_STATES = st.dictionaries(drawn(_STATE), st.sampled_from(Category), min_size=1, max_size=3)
TYPE = built(ActivityType, _CODE, _FLAG, any_of(None, st.none() | _STATES))
"""Any activity type."""

Own = Mapping[str, Alike]
"""The fields of an event that are its kind's own."""


def _nothing(_target: object) -> Iterator[Own]:
    yield {}


def _reasons(_request: WorkRequest) -> Iterator[Own]:
    for reason in RejectionReason:
        yield {"reason": only(reason)}
    yield {"reason": name("Reason", tuple(RejectionReason))}


def _suppliers(request: WorkRequest) -> Iterator[Own]:
    yield {"supplier": name("supplier", (request.supplier,))}
    yield {"supplier": only(request.supplier)}


def _contacts(request: WorkRequest) -> Iterator[Own]:
    present = request.site_contact
    other = name("Contact", () if present is None else (present.name,))
    yield {"contact": built(SiteContact, other, _OPTIONAL_TEXT, _OPTIONAL_TEXT)}
    yield from _again("contact", present)


def _schedules(target: WorkRequest | Activity) -> Iterator[Own]:
    present = target.schedule
    used = () if present is None else (present.earliest_start, present.latest_end)
    instant = none_of(used, (START + timedelta(hours=hours) for hours in count()), _OPTIONAL_INSTANTS)
    yield {"schedule": built(_starting, instant, _SECONDS)}
    yield {"schedule": built(partial(Schedule, None), instant)}
    yield from _again("schedule", present)


def _starting(start: datetime, seconds: int | None) -> Schedule:
    return Schedule(start, None if seconds is None else start + timedelta(seconds=seconds))


def _sections(_request: WorkRequest) -> Iterator[Own]:
    for section in Section:
        yield {"section": only(section), "values": _VALUES}


def _types(_request: WorkRequest) -> Iterator[Own]:
    yield {"type": TYPE}


def _statuses(activity: Activity) -> Iterator[Own]:
    listed = activity.type.states or {}
    unlisted = name("State", (*Category, *listed, activity.status.state))
    for category in Category:
        foreign = next(other for other in Category if other is not category)
        for state in (category.value, foreign.value, *listed) if listed else (category.value,):
            yield {"status": only(Status(category, state))}
        yield {"status": built(partial(Status, category), unlisted)}
    yield {"status": only(activity.status)}


def _workers(activity: Activity) -> Iterator[Own]:
    yield {"worker": name("W", () if activity.worker is None else (activity.worker,))}
    yield from _again("worker", activity.worker)


def _outcomes(activity: Activity) -> Iterator[Own]:
    code = name("OUTCOME", [outcome.code for outcome in activity.outcomes])
    yield {"outcome": built(Outcome, code, _OPTIONAL_TEXT)}
    for outcome in activity.outcomes:
        yield {"outcome": only(outcome)}


def _again(field: str, present: object) -> Iterator[Own]:
    if present is not None:
        yield {field: only(present)}


def _in_a_state(listed: Mapping[str, Category]) -> Alike:
    """Return the type and status of a new activity in a state of its own.

    Args:
        listed: what its type lists: the state with this added to it, and the category.
    """

    def make(code: str, flag: bool, state: str) -> tuple[ActivityType, Status]:
        states = {state + added: category for added, category in listed.items()}
        return ActivityType(code, flag, states), Status(Category.OPEN, state)

    return built(make, _CODE, _FLAG, _STATE)


def _in(category: Category) -> Alike:
    return built(lambda type_: (type_, Status(category)), TYPE)


_OPEN = (_in(Category.OPEN), _in_a_state({}), _in_a_state({"": Category.OPEN}))
_ODD = (
    _in_a_state({"": Category.ACTIVE}),
    _in_a_state({"'": Category.OPEN}),
    *(_in(category) for category in Category if category is not Category.OPEN),
)


def _new(activity_id: Alike, beginning: Alike) -> Alike:
    return built(lambda new_id, type_and_status: new_activity(new_id, *type_and_status), activity_id, beginning)


def _additions(request: WorkRequest) -> Iterator[Own]:
    used = request.activities[0].id
    new = name("A", [activity.id for activity in request.activities])
    for beginning in (*_OPEN, *_ODD):
        yield {"activity": _new(new, beginning)}
    yield {"activity": _new(only(used), _OPEN[0])}


def _numbered(prefix: str, beginnings: Collection[tuple[ActivityType, Status]]) -> tuple[Activity, ...]:
    return tuple(new_activity(f"{prefix}-{number}", *each) for number, each in enumerate(beginnings, start=1))


def _several(size: int) -> Alike:
    def draw_open(draw: st.DrawFn) -> tuple[Activity, ...]:
        return _numbered("A", [draw(st.sampled_from(_OPEN)).draw(draw) for _ in range(size)])

    return Alike(_numbered("A", [_OPEN[0].sample] * size), draw_open)


_PREFIX = any_of("A", st.just("A") | TEXTS)
_NEW_ACTIVITIES = (
    *(built(_numbered, _PREFIX, built(lambda one: [one], beginning)) for beginning in (*_OPEN, *_ODD)),
    _several(2),
    _several(3),
    built(lambda one: (one, one), _new(name("A"), _OPEN[0])),
    only(()),
)


def _creations(request: WorkRequest) -> Iterator[Own]:
    supplier = only(request.supplier)
    for activities in _NEW_ACTIVITIES:
        yield {"requestor": only(request.requestor), "supplier": supplier, "activities": activities}
    another = only(name("rsp", (request.requestor,)).sample)
    yield {"requestor": another, "supplier": supplier, "activities": _NEW_ACTIVITIES[0]}


_OF_REQUEST: Mapping[type[Event], Callable[[WorkRequest], Iterator[Own]]] = {
    events.AcceptWorkRequest: _nothing,
    events.RejectWorkRequest: _reasons,
    events.ReallocateWorkRequest: _suppliers,
    events.PutOnHold: _nothing,
    events.Resume: _nothing,
    events.CancelWorkRequest: _nothing,
    events.RequestCancellation: _nothing,
    events.UpdateSiteContact: _contacts,
    events.Reschedule: _schedules,
    events.UpdateDetails: _sections,
    events.AddActivity: _additions,
    events.RequestAddActivity: _types,
    events.CreateWorkRequest: _creations,
}

_OF_ACTIVITY: Mapping[type[Event], Callable[[Activity], Iterator[Own]]] = {
    events.RequestCancellation: _nothing,
    events.Reschedule: _schedules,
    events.UpdateActivityStatus: _statuses,
    events.UpdateActivityWorker: _workers,
    events.RecordOutcome: _outcomes,
    events.CancelActivity: _nothing,
}

KINDS = tuple(dict.fromkeys((*_OF_REQUEST, *_OF_ACTIVITY)))
"""Every kind of event."""


def asks(kind: type[Event], request: WorkRequest) -> Iterator[Own]:
    """Yield all that events of a kind can ask: of the request, of each of its activities, and of one unknown to it."""
    if kind in _OF_REQUEST:
        yield from _OF_REQUEST[kind](request)
    if kind in _OF_ACTIVITY:
        for activity in request.activities:
            for own in _OF_ACTIVITY[kind](activity):
                yield {"activity_id": only(activity.id), **own}
        unknown = name("A", [activity.id for activity in request.activities])
        yield {"activity_id": unknown, **next(_OF_ACTIVITY[kind](request.activities[0]))}


def involved(request: WorkRequest) -> tuple[Party, ...]:
    """Return Chorus, the request's own requestor and its supplier."""
    return Party.chorus(), Party.requestor(request.requestor), Party.supplier(request.supplier)


def senders(request: WorkRequest) -> Alike:
    """Return all parties that matter to a request: those involved, and less often strangers."""

    def told(stranger: str) -> tuple[Party, ...]:
        return (*(involved(request) * 2), Party.requestor(stranger), Party.supplier(stranger))

    return built(told, name("stranger", (request.requestor, request.supplier)))
