"""Events and vectors with configured activity types, for implementations that refuse all other types.

The rules read of a type its flag, and where it lists the states in use. So a configured type can take the place of
another type in a history, and its own states the places of the other states.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

import attrs
from hypothesis import strategies as st

from work_request_manager.deciding import Step, take_step
from work_request_manager.events import AnyEvent
from work_request_manager.model import ActivityType, Category, NewActivity, Status, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.vectors import Vector, vector_of, vectors
from work_request_manager.verify.variants import numbered
from work_request_manager.wire import Types


def vectors_with(types: Types, rulebook: Rulebook) -> tuple[Vector, ...]:
    """Return the vectors of a rulebook with configured activity types in place of the original ones.

    Every event gets the same answer as in the original vector. The events for which that is impossible are left out.
    Each vector says what it still covers.

    Args:
        types: the configured types by their codes.
        rulebook: the rules to decide by.
    """
    found = []
    uses: Counter[ActivityType] = Counter()
    for vector in vectors(rulebook):
        # The types take turns, so that all of them are sent.
        events = max(_histories_with(sorted(types.values(), key=uses.__getitem__), vector, rulebook), key=len)
        found.append(vector_of(vector.id, events, rulebook))
        uses.update(type_ for event in events for type_, _ in _given(event, None))
    return tuple(found)


def drawn_with(
    draw: Callable[[st.SearchStrategy[ActivityType]], ActivityType], types: Types, event: AnyEvent
) -> AnyEvent:
    """Return an event with drawn types in place of those that it gives. Its answer can be another one.

    Args:
        draw: the function that draws.
        types: the configured types by their codes.
        event: the event. If it is for an activity, that has a configured type already.
    """
    configured_types = st.sampled_from([*types.values()])

    def replace(type_: ActivityType, status: Status) -> tuple[ActivityType, Status]:
        configured = draw(configured_types)
        return configured, _replacement(type_, [status], configured).statuses[status]

    return _replaced(event, None, replace)


_Replace = Callable[[ActivityType, Status], tuple[ActivityType, Status]]
"""A function that takes a type and a status of an activity of this type, and returns others for their places."""


class _Replacement(NamedTuple):
    """A configured type in place of another type.

    Args:
        type: the configured type.
        statuses: the statuses in place of those that are used with the other type.
        misfits: the number of statuses for which it has none that the rules treat alike. They stay as they are.
    """

    type: ActivityType
    statuses: Mapping[Status, Status]
    misfits: int


def _histories_with(types: Sequence[ActivityType], vector: Vector, rulebook: Rulebook) -> Iterator[list[AnyEvent]]:
    """Yield histories like a vector with other types. Each has another choice of types."""
    befores = (None, *(decision.work_request for decision in vector.decisions))
    steps = [(event, take_step(before, event, rulebook)) for event, before in zip(vector.events, befores, strict=False)]
    statuses: dict[ActivityType, dict[Status, None]] = {}
    for event, step in steps:
        for type_, status in _given(event, step.before):
            statuses.setdefault(type_, {})[status] = None
    for choice in product(*(_replacements(type_, used, types) for type_, used in statuses.items())):
        yield _history_with(dict(zip(statuses, choice, strict=True)), steps, rulebook)


def _history_with(
    replacements: Mapping[ActivityType, _Replacement], steps: Iterable[tuple[AnyEvent, Step]], rulebook: Rulebook
) -> list[AnyEvent]:
    """Return the events that get the same answers with other types."""

    def replace(type_: ActivityType, status: Status) -> tuple[ActivityType, Status]:
        replacement = replacements[type_]
        return replacement.type, replacement.statuses[status]

    request: WorkRequest | None = None
    events: list[AnyEvent] = []
    for original, step in steps:
        event = _replaced(original, step.before, replace)
        now = take_step(request, event, rulebook)
        if now.judgement.answer is step.judgement.answer:
            request = now.after
            events.append(event)
    return events


def _replacements(
    type_: ActivityType, statuses: Collection[Status], types: Iterable[ActivityType]
) -> list[_Replacement]:
    """Return the configured types that fit best in place of a type: one with the flag, and one without it."""
    best: dict[bool, _Replacement] = {}
    for replacement in sorted((_replacement(type_, statuses, other) for other in types), key=attrgetter("misfits")):
        best.setdefault(replacement.type.work_supplier_allowed_to_cancel, replacement)
    return [*best.values()]


def _replacement(type_: ActivityType, statuses: Collection[Status], other: ActivityType) -> _Replacement:
    """Return a type in place of another, with different statuses, in the same categories, for different statuses."""
    alike = {status: status for status in statuses if _place(type_, status) == _place(other, status)}
    misfits = 0
    for status in statuses:
        if status not in alike:
            unlisted = numbered(status.state, other.states or ()).sample
            candidates = (Status(status.category, state) for state in (*(other.states or ()), *Category, unlisted))
            wanted = _place(type_, status)
            free = (each for each in candidates if _place(other, each) == wanted and each not in alike.values())
            found = next(free, None)
            misfits += found is None
            alike[status] = status if found is None else found
    return _Replacement(other, alike, misfits)


def _place(type_: ActivityType, status: Status) -> tuple[bool, bool]:
    return type_.lists(status), type_.fits(status)


def _replaced(event: AnyEvent, request: WorkRequest | None, replace: _Replace) -> AnyEvent:
    """Return an event with other types, and with other statuses of activities.

    Args:
        event: the event.
        request: the work request before the event. Pass None to keep the statuses of its activities.
        replace: the function that replaces.
    """
    activity_id: str | None = getattr(event, "activity_id", None)
    activities = () if request is None else request.activities
    target = next((activity.type for activity in activities if activity.id == activity_id), None)

    def other(value: Any) -> Any:
        match value:
            case NewActivity():
                return NewActivity(value.id, *replace(value.type, value.status))
            case ActivityType():
                return replace(value, _PLAIN)[0]
            case Status() if target is not None:
                return replace(target, value)[1]
            case tuple():
                return tuple(map(other, value))
            case _:
                return value

    fields = {field.name: other(getattr(event, field.name)) for field in attrs.fields(type(event))}
    return attrs.evolve(event, **fields)


def _given(event: AnyEvent, request: WorkRequest | None) -> list[tuple[ActivityType, Status]]:
    """Return the types and statuses that `_replaced` would replace."""
    given: list[tuple[ActivityType, Status]] = []

    def note(type_: ActivityType, status: Status) -> tuple[ActivityType, Status]:
        given.append((type_, status))
        return type_, status

    _replaced(event, request, note)
    return given


_PLAIN = Status(Category.OPEN)
"""A status that every type allows. It is for a type without an activity."""
