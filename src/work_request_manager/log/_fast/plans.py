"""For each name of an event in JSON, how the loop reads its value, compares it and keeps it.

Everything here derives from the catalogue and from the fields of the event classes. A value is compared only to find
the cached judgement. The judgement itself is the library's own.
"""

from collections.abc import Callable
from sys import intern
from typing import Any

import attrs
import msgspec

from work_request_manager._values import NESTING_LIMIT
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.events import COMMON_FIELDS
from work_request_manager.kinds import Append, EventKind, Replace, SetFlag, Target
from work_request_manager.log._fast.lines import Line, Misfit, NewActivityPart
from work_request_manager.log._fast.listed import compact_type
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.texts import kept
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedRequest
from work_request_manager.model import ActivityType, Category, RejectionReason, Role, Section
from work_request_manager.wire import Types, decode_type

MISFITS = (msgspec.MsgspecError, ValueError, RecursionError, TypeError, IndexError, AttributeError)
"""The errors of a line that does not fit. The exact decoder of `wire` then says what is wrong, if anything."""

_SUPPLIER, _REQUESTOR = Role.WORK_SUPPLIER.value, Role.WORK_REQUESTOR.value
OPEN = Category.OPEN.value
_KNOWN_REASONS = {reason.value: number for number, reason in enumerate(RejectionReason, start=1)}

CHORUS, OWN_REQUESTOR, OTHER_REQUESTOR, HOLDER, OTHER_SUPPLIER, SOME_SUPPLIER, SOME_REQUESTOR, ANY_SENDER = range(8)
"""The parts of keys for the sender's relation to the work request. The last three are uncertain."""

SAME_STATE, PERHAPS_SAME_STATE = 135, 270
"""The parts of keys for a status update to the state that the activity has, or may have."""

UNLISTED, MISPLACED = 405, 810
"""The parts of keys for a state that the activity's type does not list, or lists under another category."""

STARTS_OPEN, IN_USE = 100, 200
"""The parts of keys for a new activity that is Open, and for an id that is in use."""

MIN_BASE = 10_000
"""The smallest base of a plan. The keys of status updates are smaller than it."""

DIFFERENT, SAME, PERHAPS = 0, 30, 60
"""The parts of keys for a value that differs from the kept one, equals it, or may equal it because that is unknown.

They leave room for the parts that `loop` adds: the relation and the hold.
"""


class KnownType(msgspec.Struct, gc=False):
    """An activity type, whether it lists its states, and the node of its new activities that are Open, if known."""

    type: ActivityType
    lists_states: bool
    start: Node | None = None


class KnownTypes:
    """The activity types of a log, each decoded once.

    Args:
        types: the types that lines may give by their codes.
    """

    def __init__(self, types: Types) -> None:
        self.configured = types
        self._by_json: dict[bytes, KnownType] = {}
        self._distinct: dict[ActivityType, ActivityType] = {}

    def of(self, raw: msgspec.Raw) -> KnownType:
        """Return the type that some JSON describes.

        Raises:
            WireError: the JSON is not an activity type.
        """
        data = bytes(raw)
        known = self._by_json.get(data)
        if known is None:
            type_ = decode_type(data, types=self.configured)
            if len(data) > MAX_TYPE_JSON:
                return KnownType(compact_type(type_), type_.states is not None)
            if len(self._by_json) >= MAX_TYPES:
                self._by_json.clear()
                self._distinct.clear()
            type_ = self._distinct.setdefault(type_, type_)
            known = self._by_json[data] = KnownType(type_, type_.states is not None)
        return known


MAX_TYPES = 1_000
"""The number of types that are kept decoded."""

MAX_TYPE_JSON = 2_000
"""The bytes that the JSON of a type that is kept decoded can have."""


def sameness(known: Any, value: Any) -> int:
    """Return whether a kept value equals another: DIFFERENT, SAME or PERHAPS."""
    if known == value:
        return SAME
    if known is UNKNOWN or (type(known) is frozenset and value in known):
        return PERHAPS
    return DIFFERENT


def listing_key(type_: ActivityType, category: str, state: str) -> int:
    """Return the part of a key for the state of an activity whose type lists its states."""
    listed = type_.category_of(state)
    return UNLISTED if listed is None else 0 if listed == category else MISPLACED


Read = Callable[[Any, KnownTypes], Any]
"""From a line to its value, as it is kept and compared. None if it has none.

Raises Misfit, or another of MISFITS, if a field is missing or wrong.
"""

Key = Callable[[Any, Any, Any], int]
"""From the target, a line and its value to the part of the key that tells repeats and other facts apart."""

Keep = Callable[[Any, Any], None]
"""Keeps the value of an event that took effect: from the target and the value."""


class Plan(msgspec.Struct, frozen=True):
    """The plan for the events of one name.

    It is one class for all events, because reading the attributes of several classes in one place is slow.

    Args:
        base: the part of keys that tells the name apart.
        kind: the kind of the events.
        section: the section of the details that they replace.
        read: reads the value of a line.
        key: makes a part of the key. None if the key has no such part.
        keep: keeps the value. None if nothing is kept.
        names_activity: whether the events have an activity id.
        gives_status: whether they give an activity a status.
        creates: whether they create a work request.
        adds: whether they add an activity.
        whole: the plan for the events without an activity id, if it is another one.
    """

    base: int
    kind: EventKind
    section: Section | None
    read: Read
    key: Key | None
    keep: Keep | None
    names_activity: bool
    gives_status: bool
    creates: bool
    adds: bool
    whole: "Plan | None" = None

    def activity_of(self, line: Line) -> str | None:
        """Return the activity that an event is for. None if it is for none."""
        return line.activity_id if self.names_activity else None


Parts = tuple[Read, Key | None, Keep | None]


def _plain(kind: EventKind) -> Parts:
    """Return the parts for events without a value that can be repeated."""
    own = {field.name for field in attrs.fields(kind.event)}.difference(COMMON_FIELDS)
    needs_activity = kind.target is Target.ACTIVITY

    def read_values(line: Line, _types: KnownTypes) -> None:
        _check_values(line.values)

    def read_type(line: Line, types: KnownTypes) -> None:
        types.of(line.type)

    def read(line: Line, _types: KnownTypes) -> None:
        if needs_activity and line.activity_id is None:
            raise Misfit
        if kind.gives_status and line.status is None:
            raise Misfit

    return read_values if "values" in own else read_type if "type" in own else read, None, None


def _replacing(kind: EventKind, effect: Replace | Append, field: str) -> Parts:
    """Return the parts for events that replace a field of their target."""
    name, needs_activity = effect.value, kind.target is Target.ACTIVITY

    def read(line: Line, _types: KnownTypes) -> Any:
        value = getattr(line, name)
        if value is None or (needs_activity and line.activity_id is None):
            raise Misfit
        return kept(value) if type(value) is str else value.kept()

    def key(target: Any, _line: Line, value: Any) -> int:
        return sameness(getattr(target, field), value)

    def keep(target: Any, value: Any) -> None:
        setattr(target, field, value)

    return read, key, keep


def _appending(kind: EventKind, effect: Append, field: str) -> Parts:
    """Return the parts for events that append to a field of their target.

    The field holds one value, or a dictionary of several. If there may be more, it is UNKNOWN, or a dictionary with the
    key UNKNOWN.
    """
    read, _, _ = _replacing(kind, effect, field)

    def key(target: Any, _line: Line, value: Any) -> int:
        known = getattr(target, field)
        if type(known) is dict:
            return SAME if value in known else PERHAPS if UNKNOWN in known else DIFFERENT
        return sameness(known, value)

    def keep(target: Any, value: Any) -> None:
        known = getattr(target, field)
        if known is None:
            setattr(target, field, value)
        elif type(known) is dict:
            known[value] = None
        elif known != value:
            setattr(target, field, {known: None, value: None})

    return read, key, keep


def _flagging(kind: EventKind, effect: SetFlag, field: str) -> Parts:
    """Return the parts for events that set or clear a flag of their target."""
    flag = effect.value
    read, _, _ = _plain(kind)

    def key(target: Any, _line: Line, _value: None) -> int:
        return sameness(getattr(target, field), flag)

    def keep(target: Any, _value: None) -> None:
        setattr(target, field, flag)

    return read, key, keep


def _reason(line: Line, _types: KnownTypes) -> str:
    if line.reason is None:
        raise Misfit
    return line.reason


def _reason_key(target: TrackedRequest, line: Line, value: str) -> int:
    """Return which reason it is, and whether the sender is the work request's supplier."""
    is_own = sameness(target.supplier, line.sender.id) if line.sender.role == _SUPPLIER else 0
    return 100 * _KNOWN_REASONS.get(value, 0) + is_own


def _supplier(line: Line, _types: KnownTypes) -> str:
    if line.supplier is None:
        raise Misfit
    return intern(line.supplier)


def _supplier_key(target: TrackedRequest, _line: Line, value: str) -> int:
    """Return whether it is the work request's supplier."""
    return sameness(target.supplier, value)


def _keep_supplier(target: TrackedRequest, value: str) -> None:
    """Replace the supplier, which then holds the work request."""
    target.supplier = target.holder = value


def _addition(line: Line, types: KnownTypes) -> tuple[NewActivityPart, KnownType]:
    """Return the new activity and its type."""
    if line.activity is None:
        raise Misfit
    return line.activity, types.of(line.activity.type)


def _addition_key(target: TrackedRequest, _line: Line, value: Any) -> int:
    """Return whether its id is in use, its category, and whether its type lists its state."""
    new, known = value
    return (IN_USE if target.activity(new.id) is not None else 0) + start_key(new, known)


def _creation(line: Line, types: KnownTypes) -> tuple[str, list[KnownType]]:
    """Return the requestor, and the types of the activities."""
    requestor = line.requestor
    if requestor is None and line.sender.role == _REQUESTOR:
        requestor = line.sender.id
    if requestor is None or line.supplier is None or line.activities is None:
        raise Misfit
    return requestor, [types.of(each.type) for each in line.activities]


def _parts_of(kind: EventKind, prefix: str = "") -> Parts:
    """Return the parts of the plan for a kind of events. `prefix` goes before the field that they change."""
    effect = kind.effect
    if isinstance(effect, Replace):
        return _replacing(kind, effect, prefix + effect.field)
    if isinstance(effect, Append):
        return _appending(kind, effect, prefix + effect.field)
    if isinstance(effect, SetFlag):
        return _flagging(kind, effect, prefix + effect.field)
    if kind.target is Target.NEW:
        return _creation, None, None
    if kind.target is Target.REQUEST and kind.new_activities is not None:
        return _addition, _addition_key, None
    names = {field.name for field in attrs.fields(kind.event)}
    if kind.target is Target.REQUEST and "reason" in names:
        return _reason, _reason_key, None
    if kind.target is Target.REQUEST and "supplier" in names:
        return _supplier, _supplier_key, _keep_supplier
    return _plain(kind)


def plan_of(number: int, kind: EventKind, section: Section | None) -> Plan:
    """Return the plan for the events of one name, which has a rank."""
    creates = kind.target is Target.NEW
    adds = kind.target is Target.REQUEST and kind.new_activities is not None
    common = kind.names_activity, kind.gives_status, creates, adds
    base, whole = MIN_BASE * (number + 1), None
    if kind.target is Target.EITHER:
        whole = Plan(base, kind, section, *_parts_of(kind, "request_"), *common)
    return Plan(base, kind, section, *_parts_of(kind), *common, whole)


def status_of(given: NewActivityPart | Line) -> tuple[str, str]:
    """Return the category and state that a line or a new activity gives. Without a status, a new activity is Open."""
    status = given.status
    if status is None:
        return OPEN, OPEN
    return status.category, status.state or status.category


def start_key(new: NewActivityPart, known: KnownType) -> int:
    """Return the part of a key for the status of a new activity: its category, and whether its type lists its state."""
    if new.status is None and not known.lists_states:
        return STARTS_OPEN
    category, state = status_of(new)
    listing = listing_key(known.type, category, state) if known.lists_states else 0
    return listing + STARTS_OPEN if category == OPEN else listing


def _check_values(raw: msgspec.Raw) -> None:
    data = bytes(raw)
    if not data or data.count(b"[") + data.count(b"{") > NESTING_LIMIT:
        raise Misfit
    msgspec.json.decode(data)


PLANS = {intern(name): plan_of(number, *meaning) for number, (name, meaning) in enumerate(WIRE_NAMES.items())}
"""The plan for each name of an event in JSON."""
