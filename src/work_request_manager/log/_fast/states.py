"""States of work requests that many work requests share, and the cached result of each event in them.

A shared state is a work request with placeholders for its id and the ids of its parties and activities. No rule tells
more apart. So the result of an event (the judgement, the state after it, and the sentences that explain it)
is computed once for each state, by `transition` and `explain`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec

from work_request_manager._values import MAX_TEXT, short_text
from work_request_manager.catalogue import KINDS, Append, EventKind, Replace, Target
from work_request_manager.deciding import transition
from work_request_manager.events import Event
from work_request_manager.judging import Answer
from work_request_manager.log._findings import Level
from work_request_manager.model import Activity, Party, Role, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES, Basis
from work_request_manager.violations import Violation, context_of, explain

MAX_STATES = 20_000
"""The number of states that are cached, and of sentences. A log that has more starts with an empty cache again."""

MAX_EVENTS = 1_000
"""The number of events that a state caches, likewise. States of statuses are free text, so there can be many."""

TASK, SENDER, REQUESTOR, SUPPLIER, ACTIVITY, VALUE, FIRST_ID = range(7)
"""The placeholders: the ids of the work request, the sender, the requestor, the supplier and the activity, the value
that the event gives, and from FIRST_ID on the ids of the activities (of a create, those to be created)."""

PlaceholderValues = tuple[Any, ...]
"""The values of the placeholders, in their order."""


class SharedState(dict[Any, "SharedState | CachedOutcome"]):
    """The cached results of events in one state, by their lookup keys.

    Args:
        request: the work request, with placeholders. None if it does not exist.
    """

    __slots__ = ("request",)

    def __init__(self, request: WorkRequest | None) -> None:
        self.request = request

    def remember(self, key: Any, outcome: "SharedState | CachedOutcome") -> None:
        """Cache the result of an event."""
        if len(self) == MAX_EVENTS:
            self.clear()
        self[key] = outcome

    @property
    def activities(self) -> tuple[Activity, ...]:
        """The activities of the work request."""
        return () if self.request is None else self.request.activities


class MessageTemplate(msgspec.Struct, frozen=True):
    """A broken rule, and the function that makes its sentence from the values of the placeholders."""

    rule: str
    name: str
    basis: Basis
    level: Level
    sentence: Callable[..., str]


class CachedOutcome(msgspec.Struct, frozen=True):
    """The result of an event.

    The result of a consumed event that breaks no rule and gives no value is only the state after it.

    Args:
        answer: the answer.
        state: the state after the event.
        broken_rules: the rules that the event breaks, in the order of the rulebook.
    """

    answer: Answer
    state: SharedState
    broken_rules: tuple[MessageTemplate, ...]


class TrackedRequest(msgspec.Struct, gc=False):
    """One work request of a log: its state, its own values, and what its next findings need.

    It is a msgspec struct, because the garbage collector would visit each object of an ordinary class.
    """

    # The fields that most lines need come first, so that they are close to each other in memory.
    state: SharedState
    supplier: str | None = None
    first_id: str | None = None
    seen_ids: set[str] | None = None
    last: datetime = datetime.min.replace(tzinfo=UTC)
    requestor: str | None = None
    ids: tuple[str, ...] = ()
    values: list[Any] | None = None
    first_refusal: str | None = None

    def position(self, activity_id: str | None) -> int:
        """Return the position of an activity: -1 for no activity, NO_SUCH_ACTIVITY for an unknown one."""
        if activity_id is None:
            return -1
        if activity_id == self.first_id:
            return 0
        return self.ids.index(activity_id) if activity_id in self.ids else NO_SUCH_ACTIVITY

    def has_value(self, slot: int, value: object) -> bool:
        """Return whether a slot holds a value."""
        values = self.values
        return values is not None and any(
            values[at] == slot and values[at + 1] == value for at in range(0, len(values), 2)
        )

    def put(self, slot: int, value: Any, *, append: bool = False) -> None:
        """Put a value into a slot, in place of its value or in addition to it."""
        # A flat list of slots and values, because there are many work requests, and most have few values.
        values = self.values
        if values is None:
            self.values = [slot, value]
        elif slot in values[::2] and not append:
            values[2 * values[::2].index(slot) + 1] = value
        else:
            values += (slot, value)

    def clear_workers(self) -> None:
        """Clear the workers that the state does not have any more."""
        for position, activity in enumerate(self.state.activities if self.values else ()):
            if activity.worker is None:
                self.put(_slot("worker", position), None)


NO_SUCH_ACTIVITY = -2
"""The position of an activity that the work request does not have. -1 is that of the work request itself."""

_VALUE_FIELDS = ("site_contact", "schedule", "worker", "outcomes")
"""The fields whose values no state holds. `TrackedRequest` keeps them, because a later event can repeat them."""


def _slot(field: str, position: int) -> int:
    return (position + 1) * len(_VALUE_FIELDS) + _VALUE_FIELDS.index(field)


_EFFECTS: Mapping[EventKind, Replace | Append] = {
    kind: kind.effect
    for kind in KINDS.values()
    if isinstance(kind.effect, Replace | Append) and kind.effect.field in _VALUE_FIELDS
}
"""The effects on those fields."""


def slot_of(kind: EventKind, position: int) -> int:
    """Return the slot of the value that an event of a kind gives to an activity, or to the work request at -1."""
    return _slot(_EFFECTS[kind].field, position)


def appends(kind: EventKind) -> bool:
    """Return whether the events of a kind append their values."""
    return isinstance(_EFFECTS[kind], Append)


def placeholder(number: int) -> str:
    """Return a placeholder. No text that was decoded can have half a surrogate pair."""
    return f"\ud800{number}\ud800"


_PLACEHOLDER = re.compile("\ud800([0-9]+)\ud800")
_SOME_WORKER = placeholder(-1)  # differs from all workers that events give


class StateCache:
    """The shared states of a log.

    Args:
        rulebook: the rules to judge events by.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._states: dict[WorkRequest, SharedState] = {}
        self._templates: dict[tuple[str, str, Level], MessageTemplate] = {}
        self.nothing = SharedState(None)

    def work_out(
        self, tracked: TrackedRequest, event: Event, own: Mapping[str, Any], position: int, value: object
    ) -> SharedState | CachedOutcome:
        """Compute the result of an event.

        Args:
            tracked: the work request.
            event: the event.
            own: the event's own fields that hold placeholders.
            position: the position of the activity. See `TrackedRequest.position`.
            value: the value that the event gives. None if it gives none.
        """
        kind = KINDS[type(event)]
        request = tracked.state.request
        general = _with_placeholders(tracked, kind, event, own, position)
        if request is not None and kind in _EFFECTS and tracked.has_value(slot_of(kind, position), value):
            request = _with_value(request, kind, general, position)
        judgement, after, _ = transition(request, general, self._rulebook)
        context = context_of(request, kind, general)
        broken = [
            (violation, level)
            for level, rules in ((Level.ERROR, judgement.violations), (Level.WARNING, judgement.warnings))
            for violation in explain(rules, context)
        ]
        state = tracked.state
        if judgement.answer is Answer.CONSUMED:
            assert after is not None
            state = self._state_of(after)
            if not broken and value is None:
                return state
        broken.sort(key=lambda each: RULES.index(each[0].rule))
        return CachedOutcome(judgement.answer, state, tuple(self._template_of(*each) for each in broken))

    def _template_of(self, violation: Violation, level: Level) -> MessageTemplate:
        rule = violation.rule
        key = (rule.id, violation.reason, level)
        if key not in self._templates:
            if len(self._templates) == MAX_STATES:
                self._templates.clear()
            self._templates[key] = MessageTemplate(rule.id, rule.name, rule.basis, level, _sentence(violation.reason))
        return self._templates[key]

    def _state_of(self, request: WorkRequest) -> SharedState:
        general = attrs.evolve(
            request,
            id=placeholder(TASK),
            requestor=placeholder(REQUESTOR),
            supplier=placeholder(SUPPLIER),
            activities=[
                attrs.evolve(
                    each,
                    id=placeholder(FIRST_ID + number),
                    worker=each.worker and _SOME_WORKER,
                    schedule=None,
                    outcomes=(),
                )
                for number, each in enumerate(request.activities)
            ],
            site_contact=None,
            schedule=None,
            details={},
        )
        if general not in self._states:
            if len(self._states) == MAX_STATES:
                self._states.clear()
            self._states[general] = SharedState(general)
        return self._states[general]


def _with_placeholders(
    tracked: TrackedRequest, kind: EventKind, event: Event, own: Mapping[str, Any], position: int
) -> Event:
    fields = {"work_request_id": placeholder(TASK), "sender": _general_party(tracked, kind, event), **own}
    if position != -1:
        fields["activity_id"] = placeholder(ACTIVITY if position == NO_SUCH_ACTIVITY else FIRST_ID + position)
    return attrs.evolve(event, **fields)


def _general_party(tracked: TrackedRequest, kind: EventKind, event: Any) -> Party:
    role = event.sender.role
    if role is Role.CHORUS:
        return Party.chorus()
    if role is Role.WORK_SUPPLIER:
        return Party(role, placeholder(SUPPLIER if event.sender.id == tracked.supplier else SENDER))
    requestor = event.requestor if kind.target is Target.NEW else tracked.requestor
    return Party(role, placeholder(REQUESTOR if event.sender.id == requestor else SENDER))


def _with_value(request: WorkRequest, kind: EventKind, event: Event, position: int) -> WorkRequest:
    """Return the work request with the value of an event, which thereby becomes a repeat."""
    effect = _EFFECTS[kind]
    if position == -1:
        changed: WorkRequest = effect(request, event, None)
        return changed
    activities = list(request.activities)
    activities[position] = effect(activities[position], event, None)
    return attrs.evolve(request, activities=activities)


def _sentence(reason: str) -> Callable[..., str]:
    """Return the function that makes a sentence from the values of its placeholders."""
    return _PLACEHOLDER.sub(r"{\1}", reason.replace("{", "{{").replace("}", "}}")).format


def printable(values: PlaceholderValues) -> PlaceholderValues:
    """Return the values of placeholders with long texts cut, as messages print them."""
    return tuple([short_text(each) if type(each) is str and len(each) > MAX_TEXT else each for each in values])
