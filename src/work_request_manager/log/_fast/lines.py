"""Lines of a log, decoded with only the fields that the rules read, and the keys under which results are cached.

A line that does not fit these structures can still be an event: `wire` decodes it again, and says what is wrong.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from sys import intern
from typing import Annotated, Any, ClassVar, Literal, Union, cast

import attrs
import msgspec
from msgspec import Meta, Raw

from work_request_manager import model
from work_request_manager._values import NESTING_LIMIT, NOTE_LIMIT, as_utc
from work_request_manager.catalogue import WIRE_NAMES, EventKind
from work_request_manager.errors import FieldError, WireError
from work_request_manager.log._fast.states import (
    FIRST_ID,
    NO_SUCH_ACTIVITY,
    REQUESTOR,
    SUPPLIER,
    VALUE,
    PlaceholderValues,
    TrackedRequest,
    appends,
    placeholder,
    slot_of,
)
from work_request_manager.model import Category, RejectionReason, Role, SenderRelation
from work_request_manager.wire import decode_time

LookupKey = tuple[Any, int, Any]
"""The key of a line's result, the position of its activity, and the value that it gives."""

NEEDS_FULL_DECODE: LookupKey = None, -1, None
"""The lookup key of a line that must be decoded in full. Its result is not cached."""

# Literals, because what is decoded is looked up, and Python 3.11 takes long to hash members of an Enum.
RoleName: Any = Literal[tuple(role.value for role in Role)]
CategoryName: Any = Literal[tuple(category.value for category in Category)]
_REQUESTOR = Role.WORK_REQUESTOR.value
CHORUS, OWN_REQUESTOR, OTHER_REQUESTOR, HOLDING_SUPPLIER, OTHER_SUPPLIER = range(len(SenderRelation))
"""A number for each relation of a sender, in their order. The state shows whether the supplier rejected the request."""

_REASONS = frozenset(reason.value for reason in RejectionReason)
Name = Annotated[str, Meta(min_length=1)]
Note = Annotated[str, Meta(max_length=NOTE_LIMIT)]


class Part(msgspec.Struct, gc=False, rename="camel"):
    """A part of a line."""


class Sender(Part):
    """The sender of an event."""

    role: RoleName
    id: Name


class Status(Part):
    """The status that an event asks for."""

    category: CategoryName
    state: str | None = None


class New(Part):
    """A new activity. Its type is looked up in its JSON form."""

    id: Name
    type: Raw
    status: Status | None = None

    def key(self) -> tuple[Any, ...]:
        """Return the part of a lookup key that describes the activity. Its id is not in it."""
        status = self.status
        return (bytes(self.type),) if status is None else (bytes(self.type), status.category, status.state)


class Outcome(Part):
    """An outcome."""

    code: Name
    note: Note | None = None


class Contact(Part):
    """A site contact."""

    name: Name
    phone: str | None = None
    email: str | None = None


class Schedule(Part):
    """A schedule, with its times as text."""

    earliest_start: str | None = None
    latest_end: str | None = None


class Line(Part, tag_field="event", kw_only=True):
    """A line with the fields that all events have, for the kinds of events that have no other fields.

    A subclass adds the fields of further kinds, and a `lookup_key` that depends on them.

    Args:
        event: the name of the event in JSON.
        kind: the kind of the event.
        code: a number for the name. The number of each sender relation can be added to it.
    """

    event: ClassVar[str]
    kind: ClassVar[EventKind]
    code: ClassVar[int]

    task_id: Name
    sender: Sender
    at: str
    event_id: Name | None = None
    note: Note | None = None

    def general_fields(self, _request: TrackedRequest, _event: Any) -> Mapping[str, Any]:
        """Return the event's own fields that hold placeholders in the general event."""
        return {}

    def placeholder_values(self, request: TrackedRequest, value: Any) -> PlaceholderValues:
        """Return the values of the placeholders in the line's sentences."""
        activity_id = getattr(self, "activity_id", None)
        return self.task_id, self.sender.id, request.requestor, request.supplier, activity_id, value, *request.ids

    def keep(self, request: TrackedRequest, position: int, value: Any) -> None:
        """Keep the value of a consumed line, because a later line can repeat it."""
        request.put(slot_of(self.kind, position), value, append=appends(self.kind))


class Creation(Line, kw_only=True):
    supplier: Name
    activities: list[New]
    requestor: Name | None = None

    def lookup_key(self, _request: TrackedRequest, code: int) -> LookupKey:
        requestor, sender = self.requestor, self.sender
        if requestor is None:
            if sender.role != _REQUESTOR:
                return NEEDS_FULL_DECODE
            requestor = sender.id
        # Interned, because many work requests have the same texts.
        parties = intern(requestor), intern(self.supplier)
        is_own, new = requestor == sender.id, self.activities
        if len(new) == 1:
            only = new[0]
            return (code, is_own, *only.key()), -1, (*parties, (intern(only.id),))
        ids = tuple([intern(each.id) for each in new])
        keys = tuple([(*each.key(), ids.index(each.id)) for each in new])
        return (code, is_own, keys), -1, (*parties, ids)

    def general_fields(self, _request: TrackedRequest, event: Any) -> Mapping[str, Any]:
        firsts: dict[str, int] = {}
        activities = [
            attrs.evolve(each, id=placeholder(FIRST_ID + firsts.setdefault(each.id, number)))
            for number, each in enumerate(event.activities)
        ]
        return {"requestor": placeholder(REQUESTOR), "supplier": placeholder(VALUE), "activities": activities}

    def placeholder_values(self, request: TrackedRequest, value: Any) -> PlaceholderValues:
        requestor, supplier, ids = value
        return self.task_id, self.sender.id, requestor, request.supplier, None, supplier, *ids


class Rejection(Line, kw_only=True):
    reason: str

    def lookup_key(self, _request: TrackedRequest, code: int) -> LookupKey:
        reason = self.reason
        return (code, reason if reason in _REASONS else None), -1, reason

    def general_fields(self, _request: TrackedRequest, event: Any) -> Mapping[str, Any]:
        return {} if isinstance(event.reason, RejectionReason) else {"reason": placeholder(VALUE)}

    def keep(self, _request: TrackedRequest, _position: int, _value: Any) -> None:
        """Keep nothing, because the state holds the reason."""


class Reallocation(Line, kw_only=True):
    supplier: Name

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        supplier = self.supplier
        return (code, supplier == request.supplier), -1, supplier

    def general_fields(self, request: TrackedRequest, event: Any) -> Mapping[str, Any]:
        return {"supplier": placeholder(SUPPLIER if event.supplier == request.supplier else VALUE)}

    def keep(self, request: TrackedRequest, _position: int, value: Any) -> None:
        request.supplier = intern(value)
        request.clear_workers()


class ContactUpdate(Line, kw_only=True):
    contact: Contact

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        return _key_of_value(self, request, code, -1, self.contact)


class ForAny(Line, kw_only=True):
    """An event for the work request, or for the activity that it names."""

    activity_id: Name | None = None

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        position = request.position(self.activity_id)
        return (code, position), position, None


class Rescheduling(ForAny, kw_only=True):
    schedule: Schedule

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        ends = self.schedule.earliest_start, self.schedule.latest_end
        try:
            schedule = model.Schedule(*(None if end is None else decode_time(end) for end in ends))
        except (WireError, FieldError):
            return NEEDS_FULL_DECODE
        return _key_of_value(self, request, code, request.position(self.activity_id), schedule)


class DetailsUpdate(Line, kw_only=True):
    values: Raw

    def lookup_key(self, _request: TrackedRequest, code: int) -> LookupKey:
        # No rule reads the values, but not all JSON values are possible.
        values = bytes(self.values)
        try:
            msgspec.json.decode(values)
        except msgspec.DecodeError:
            return NEEDS_FULL_DECODE
        is_flat = values.count(b"[") + values.count(b"{") <= NESTING_LIMIT
        return ((code,), -1, None) if is_flat else NEEDS_FULL_DECODE


class Addition(Line, kw_only=True):
    activity: New

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        new = self.activity
        return (code, request.position(new.id), *new.key()), -1, new.id

    def general_fields(self, request: TrackedRequest, event: Any) -> Mapping[str, Any]:
        position = request.position(event.activity.id)
        number = VALUE if position == NO_SUCH_ACTIVITY else FIRST_ID + position
        return {"activity": attrs.evolve(event.activity, id=placeholder(number))}

    def keep(self, request: TrackedRequest, _position: int, value: Any) -> None:
        request.ids = (*request.ids, intern(value))


class AdditionRequest(Line, kw_only=True):
    type: Raw

    def lookup_key(self, _request: TrackedRequest, code: int) -> LookupKey:
        return (code, bytes(self.type)), -1, None

    def general_fields(self, _request: TrackedRequest, event: Any) -> Mapping[str, Any]:
        return {"type": attrs.evolve(event.type, code=placeholder(VALUE))}

    def placeholder_values(self, request: TrackedRequest, _value: Any) -> PlaceholderValues:
        type_ = msgspec.json.decode(self.type)
        return super().placeholder_values(request, type_ if isinstance(type_, str) else type_["code"])


class ForActivity(ForAny, kw_only=True):
    """An event for an activity."""

    activity_id: Name


class StatusUpdate(ForActivity, kw_only=True):
    status: Status

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        position, status = request.position(self.activity_id), self.status
        return (code, position, status.category, status.state), position, None


class WorkerUpdate(ForActivity, kw_only=True):
    worker: Name

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        return _key_of_value(self, request, code, request.position(self.activity_id), self.worker)

    def general_fields(self, _request: TrackedRequest, _event: Any) -> Mapping[str, Any]:
        return {"worker": placeholder(VALUE)}


class OutcomeRecord(ForActivity, kw_only=True):
    outcome: Outcome

    def lookup_key(self, request: TrackedRequest, code: int) -> LookupKey:
        return _key_of_value(self, request, code, request.position(self.activity_id), self.outcome)

    def general_fields(self, _request: TrackedRequest, _event: Any) -> Mapping[str, Any]:
        return {"outcome": model.Outcome(placeholder(VALUE))}

    def placeholder_values(self, request: TrackedRequest, value: Any) -> PlaceholderValues:
        return super().placeholder_values(request, value.code)


class OtherLine(ForAny, kw_only=True):
    """A kind of event whose own fields no other structure has. All of its lines are decoded in full."""

    def lookup_key(self, request: TrackedRequest, _code: int) -> LookupKey:
        return None, request.position(self.activity_id), None


def _key_of_value(line: Line, request: TrackedRequest, code: int, position: int, value: Any) -> LookupKey:
    """Return the lookup key of a line that gives a value, which can be there already."""
    return (code, position, request.has_value(slot_of(line.kind, position), value)), position, value


_STRUCTURES = (
    Line,
    Creation,
    Rejection,
    Reallocation,
    ContactUpdate,
    ForAny,
    Rescheduling,
    DetailsUpdate,
    Addition,
    AdditionRequest,
    ForActivity,
    StatusUpdate,
    WorkerUpdate,
    OutcomeRecord,
)


def structure_of(event: Any) -> type[Line]:
    """Return the structure with the same fields as a class of events, which are required in both or in neither."""
    fields = {field.name: field.default is attrs.NOTHING for field in attrs.fields(event) if field.name != "section"}
    fields["task_id"] = fields.pop("work_request_id")
    return next((each for each in _STRUCTURES if _is_required(msgspec.structs.fields(each)) == fields), OtherLine)


def _is_required(fields: Iterable[msgspec.structs.FieldInfo]) -> Mapping[str, bool]:
    return {field.name: field.required for field in fields}


def _tagged(number: int, name: str) -> type[Line]:
    kind, _ = WIRE_NAMES[name]
    own = {"event": name, "kind": kind, "code": number * len(SenderRelation)}
    return cast(type[Line], msgspec.defstruct(name, [], bases=(structure_of(kind.event),), tag=name, namespace=own))


LINES = {name: _tagged(number, name) for number, name in enumerate(WIRE_NAMES)}
"""The structures of lines, by the names of their events in JSON."""

STATUS_UPDATE = next(line for line in LINES.values() if issubclass(line, StatusUpdate))
"""The structure of most lines."""

LOOKUPS = {line: (line.code, getattr(line, "lookup_key", None)) for line in LINES.values()}
"""For each structure, its number and its `lookup_key`. None if the number alone is the key."""

decode = msgspec.json.Decoder(Union[tuple(LINES.values())]).decode  # noqa: UP007 - the members are not known before
"""Decode a line. It raises the errors of msgspec if the data does not fit the structures."""


def time_of(at: str) -> datetime:
    """Decode the time of an event in any form.

    Raises:
        ValueError: the time is bad, or has no equal in UTC.
    """
    time = as_utc(decode_time(at))
    if time.tzinfo is not UTC:
        raise ValueError(at)
    return time


class _Named(Part):
    task_id: str


_decode_named = msgspec.json.Decoder(_Named).decode


def task_id_in(data: bytes) -> str | None:
    """Return the work request that a line names. None if it names none."""
    try:
        return _decode_named(data).task_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
