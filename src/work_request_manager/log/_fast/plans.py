"""For each name of an event in JSON, how the loop reads its value, compares it and keeps it.

Everything here derives from the catalogue and from the fields of the event classes. A value is compared only to find
the cached judgement. The judgement itself is the library's own.
"""

from copy import copy
from datetime import UTC, datetime
from sys import intern
from typing import Any

import attrs
import msgspec

from work_request_manager._values import NESTING_LIMIT, as_utc
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.events import COMMON_FIELDS
from work_request_manager.kinds import Append, EventKind, Replace, SetFlag, Target
from work_request_manager.log._fast.lines import Line, NewActivityPart, SchedulePart
from work_request_manager.log._fast.listed import compact_type
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.texts import kept
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedRequest
from work_request_manager.model import ActivityType, Category, RejectionReason, Role, Section
from work_request_manager.wire import Types, decode_time, decode_type

MISFITS = (msgspec.MsgspecError, ValueError, RecursionError, TypeError, IndexError, AttributeError)
"""The errors of a line that does not fit. The exact decoder of `wire` then says what is wrong, if anything."""

_SUPPLIER, _REQUESTOR = Role.WORK_SUPPLIER.value, Role.WORK_REQUESTOR.value
OPEN = Category.OPEN.value
_KNOWN_REASONS = {reason.value: number for number, reason in enumerate(RejectionReason, start=1)}

UNLISTED, MISPLACED = 405, 810
"""The parts of keys for a state that the activity's type does not list, or lists under another category."""

STARTS_OPEN, IN_USE = 100, 200
"""The parts of keys for a new activity that is Open, and for an id that is in use."""

DIFFERENT, SAME, PERHAPS = 0, 30, 60
"""The parts of keys for a value that differs from the kept one, equals it, or may equal it because that is unknown.

They leave room for the parts that `loop` adds: the relation and the hold.
"""


class Misfit(ValueError):
    """A line lacks a field, or holds a value that the fast decoder does not check."""


class KnownType(msgspec.Struct, gc=False):
    """An activity type, whether it lists its states, and the nodes of its new activities by their categories."""

    type: ActivityType
    lists_states: bool
    starts: dict[str, Node] = msgspec.field(default_factory=dict)


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


def time_of(text: str) -> datetime:
    """Return the instant that a text gives.

    Raises:
        WireError: the text is not a time with a zone.
        Misfit: the instant is out of range in UTC.
    """
    if text[10] == "T" and text[19:] == "Z":
        return datetime.fromisoformat(text)
    instant: datetime = as_utc(decode_time(text))
    if instant.tzinfo is not UTC:
        raise Misfit
    return instant


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


class Plan:
    """The plan for the events of one name. This one is for events without a value that can be repeated.

    Args:
        number: the rank of the name.
        kind: the kind of the events.
        section: the section of the details that they replace.

    Attributes:
        for_request: the plan of such events for the work request as a whole.
    """

    has_key = False
    """Whether `key` and `apply` do anything."""

    def __init__(self, number: int, kind: EventKind, section: Section | None) -> None:
        self.for_request = self
        self.kind = kind
        self.section = section
        self.base = 10_000 * (number + 1)
        self.names_activity = kind.names_activity
        self.needs_activity = kind.target is Target.ACTIVITY
        self.gives_status = kind.gives_status
        self.creates = kind.target is Target.NEW
        self.adds = kind.target is Target.REQUEST and kind.new_activities is not None
        own = {field.name for field in attrs.fields(kind.event)}.difference(COMMON_FIELDS)
        self._has_values, self._has_type = "values" in own, "type" in own

    def read(self, line: Line, types: KnownTypes) -> Any:
        """Return the value of a line, as it is kept and compared. None if it has none.

        Raises:
            Misfit, or another of MISFITS: a field is missing or wrong.
        """
        if self.needs_activity and line.activity_id is None:
            raise Misfit
        if self.gives_status and line.status is None:
            raise Misfit
        if self._has_values:
            _check_values(line.values)
        if self._has_type:
            types.of(line.type)
        return None

    def key(self, target: Any, line: Line, value: Any, types: KnownTypes) -> int:
        """Return the part of the key that tells repeats and other facts of the event apart."""
        return 0

    def apply(self, target: Any, value: Any) -> None:
        """Keep the value of an event that took effect."""


class ReplacePlan(Plan):
    """The plan for events that replace a field of their target."""

    has_key = True

    def __init__(self, number: int, kind: EventKind, section: Section | None, effect: Replace | Append) -> None:
        super().__init__(number, kind, section)
        self.field = effect.field
        self.value = effect.value

    def read(self, line: Line, types: KnownTypes) -> Any:
        """Return the new value."""
        value = getattr(line, self.value)
        if value is None or (self.needs_activity and line.activity_id is None):
            raise Misfit
        if type(value) is SchedulePart:
            return _schedule(value)
        return kept(value if type(value) is str else value.text)

    def key(self, target: Any, line: Line, value: Any, types: KnownTypes) -> int:
        """Return whether the target has the value."""
        return sameness(getattr(target, self.field), value)

    def apply(self, target: Any, value: Any) -> None:
        """Replace the value."""
        setattr(target, self.field, value)


class AppendPlan(ReplacePlan):
    """The plan for events that append to a field of their target.

    The field holds one value, or a dictionary of several. If there may be more, it is UNKNOWN, or a dictionary with the
    key UNKNOWN.
    """

    def key(self, target: Any, line: Line, value: Any, types: KnownTypes) -> int:
        """Return whether the target holds the value."""
        known = getattr(target, self.field)
        if known is None:
            return 0
        if type(known) is dict:
            return SAME if value in known else PERHAPS if UNKNOWN in known else DIFFERENT
        return sameness(known, value)

    def apply(self, target: Any, value: Any) -> None:
        """Append the value."""
        known = getattr(target, self.field)
        if known is None:
            setattr(target, self.field, value)
        elif type(known) is dict:
            known[value] = None
        elif known != value:
            setattr(target, self.field, {known: None, value: None})


class FlagPlan(Plan):
    """The plan for events that set or clear a flag of their target."""

    has_key = True

    def __init__(self, number: int, kind: EventKind, section: Section | None, effect: SetFlag) -> None:
        super().__init__(number, kind, section)
        self.field = effect.field
        self.value = effect.value

    def key(self, target: Any, line: Line, value: Any, types: KnownTypes) -> int:
        """Return whether the flag is so already."""
        return sameness(getattr(target, self.field), self.value)

    def apply(self, target: Any, value: Any) -> None:
        """Set or clear the flag."""
        setattr(target, self.field, self.value)


class ReasonPlan(Plan):
    """The plan for events that give a reason."""

    has_key = True

    def read(self, line: Line, types: KnownTypes) -> str:
        """Return the reason."""
        if line.reason is None:
            raise Misfit
        return line.reason

    def key(self, target: TrackedRequest, line: Line, value: str, types: KnownTypes) -> int:
        """Return which reason it is, and whether the sender is the work request's supplier."""
        is_own = sameness(target.supplier, line.sender.id) if line.sender.role == _SUPPLIER else 0
        return 100 * _KNOWN_REASONS.get(value, 0) + is_own


class SupplierPlan(Plan):
    """The plan for events that name a supplier."""

    has_key = True

    def read(self, line: Line, types: KnownTypes) -> str:
        """Return the supplier."""
        if line.supplier is None:
            raise Misfit
        return intern(line.supplier)

    def key(self, target: TrackedRequest, line: Line, value: str, types: KnownTypes) -> int:
        """Return whether it is the work request's supplier."""
        return sameness(target.supplier, value)

    def apply(self, target: TrackedRequest, value: str) -> None:
        """Replace the supplier, which then holds the work request."""
        target.supplier = target.holder = value


class AddPlan(Plan):
    """The plan for events that add an activity."""

    has_key = True

    def read(self, line: Line, types: KnownTypes) -> tuple[NewActivityPart, KnownType]:
        """Return the new activity and its type."""
        if line.activity is None:
            raise Misfit
        return line.activity, types.of(line.activity.type)

    def key(self, target: TrackedRequest, line: Line, value: Any, types: KnownTypes) -> int:
        """Return whether its id is in use, its category, and whether its type lists its state."""
        new, known = value
        return (IN_USE if target.activity(new.id) is not None else 0) + start_key(new, known)


class CreatePlan(Plan):
    """The plan for events that create a work request."""

    def read(self, line: Line, types: KnownTypes) -> tuple[str, list[KnownType]]:
        """Return the requestor, and the types of the activities."""
        requestor = line.requestor
        if requestor is None and line.sender.role == _REQUESTOR:
            requestor = line.sender.id
        if requestor is None or line.supplier is None or line.activities is None:
            raise Misfit
        return requestor, [types.of(each.type) for each in line.activities]


def plan_of(number: int, kind: EventKind, section: Section | None) -> Plan:
    """Return the plan for events of one name."""
    plan = _plan_of(number, kind, section)
    if kind.target is Target.EITHER and isinstance(plan, ReplacePlan | FlagPlan):
        plan.for_request = whole = copy(plan)
        whole.field = f"request_{plan.field}"
    return plan


def _plan_of(number: int, kind: EventKind, section: Section | None) -> Plan:
    effect, names = kind.effect, {field.name for field in attrs.fields(kind.event)}
    if isinstance(effect, Replace):
        return ReplacePlan(number, kind, section, effect)
    if isinstance(effect, Append):
        return AppendPlan(number, kind, section, effect)
    if isinstance(effect, SetFlag):
        return FlagPlan(number, kind, section, effect)
    if kind.target is Target.NEW:
        return CreatePlan(number, kind, section)
    if kind.target is Target.REQUEST and kind.new_activities is not None:
        return AddPlan(number, kind, section)
    if kind.target is Target.REQUEST and "reason" in names:
        return ReasonPlan(number, kind, section)
    if kind.target is Target.REQUEST and "supplier" in names:
        return SupplierPlan(number, kind, section)
    return Plan(number, kind, section)


def status_of(new: NewActivityPart) -> tuple[str, str]:
    """Return the category and state of a new activity."""
    status = new.status
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


def _schedule(part: SchedulePart) -> tuple[datetime | None, datetime | None]:
    start, end = part.earliest_start, part.latest_end
    begins = None if start is None else time_of(start)
    ends = None if end is None else time_of(end)
    if begins is None:
        if ends is None:
            raise Misfit
    elif ends is not None and ends < begins:
        raise Misfit
    return begins, ends


def _check_values(raw: msgspec.Raw) -> None:
    data = bytes(raw)
    if not data or data.count(b"[") + data.count(b"{") > NESTING_LIMIT:
        raise Misfit
    msgspec.json.decode(data)


PLANS = {intern(name): plan_of(number, *meaning) for number, (name, meaning) in enumerate(WIRE_NAMES.items())}
"""The plan for each name of an event in JSON."""
