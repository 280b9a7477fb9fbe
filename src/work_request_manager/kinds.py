"""The record of a kind of event: what `catalogue` says about each kind."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import attrs

from work_request_manager._copying import copy_activity, copy_work_request
from work_request_manager.changes import Change
from work_request_manager.events import Event
from work_request_manager.graph import CellRef
from work_request_manager.model import Activity, NewActivity, Role, Section, WorkRequest


class Target(StrEnum):
    """The target of a kind of event."""

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
    """The effect of appending a field of the event to a field of the target. A value that it holds is a repeat."""

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
    """The effect of setting or clearing a flag of the target. A flag that has this value already makes a repeat."""

    def __init__(self, field: str, value: bool = True) -> None:
        self.field = field
        self.value = value

    def __call__(self, target: Any, _event: Any, _move: None) -> Any:
        """Return the target with the flag set or cleared."""
        return _copier_of(target)(target, **{self.field: self.value})

    def is_repeat(self, target: Any, _event: Any) -> bool:
        """Return whether the flag already has the value."""
        return getattr(target, self.field) is self.value


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
        wire_names: its names in JSON, by section of the details. If it has one name only, the key is None.
        target: what it is for.
        senders: the roles that may send it.
        sender_rule: the id of the rule that an event from another role breaks. None if every role may send it.
        supplier_sections: the sections of the details that a supplier may send too.
        relation_rules: the ids of the rules on the sender's relation to the work request.
        rules: the ids of further rules that judge it, in addition to the rules in its cell of a graph.
        final_rules: the ids of further rules that it breaks if its target is closed, in addition to WRM201 or WRM209.
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
