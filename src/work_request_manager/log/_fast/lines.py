"""The lines of a log, decoded as fast as can be: each kind of event with what the rules read of it, and what it asks.

A line that does not fit here is not bad for that: it is decoded again by `wire`, which says what is wrong, if anything.
"""

from collections.abc import Mapping
from sys import intern
from typing import Annotated, Any, ClassVar, Literal, Union, cast

import msgspec
from msgspec import Meta, Raw

from work_request_manager import events, model
from work_request_manager.wire._codecs import AT, NO_TYPES, WireError
from work_request_manager.log._fast.states import Followed, Marked, slot_of
from work_request_manager._values import NESTING_LIMIT, NOTE_LIMIT, FieldError
from work_request_manager.events import Event
from work_request_manager.facts import SenderRelation
from work_request_manager.model import Category, RejectionReason, Role
from work_request_manager.wire import EVENT_NAMES

Asked = tuple[Any, int, Any]
"""What tells apart what lines come to in a state; the activity's position; the value that the line gives."""

UNSURE: Asked = None, -1, None
"""What a line asks that may be no event, which decoding it again will say; what it comes to is not remembered."""

# Literals, and not the enumerations, since what is decoded is looked up: Python 3.11 takes long to hash members.
RoleName: Any = Literal[tuple(role.value for role in Role)]
CategoryName: Any = Literal[tuple(category.value for category in Category)]
_REQUESTOR = Role.WORK_REQUESTOR.value
CHORUS, OWN_REQUESTOR, OTHER_REQUESTOR, HOLDING_SUPPLIER, OTHER_SUPPLIER = range(len(SenderRelation))
"""A number for each relation_of, in their order; whether a supplier has rejected the request, its state tells."""

_REASONS = frozenset(reason.value for reason in RejectionReason)
Name = Annotated[str, Meta(min_length=1)]
Note = Annotated[str, Meta(max_length=NOTE_LIMIT)]


class Part(msgspec.Struct, gc=False, rename="camel"):
    """What a line is made of."""


class Sender(Part):
    """Who sent an event."""

    role: RoleName
    id: Name


class Status(Part):
    """The status that is asked for."""

    category: CategoryName
    state: str | None = None


class New(Part):
    """A new activity; its type is looked up as it stands."""

    id: Name
    type: Raw
    status: Status | None = None

    def kind(self) -> tuple[Any, ...]:
        """Return what it is, but for its id."""
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
    """A schedule, its times as they stand."""

    earliest_start: str | None = None
    latest_end: str | None = None


class Line(Part, tag_field="event", kw_only=True):
    """An event: the fields that all have, and all that some kinds have. What the other kinds have is below.

    Those say in `asked` what they ask of a work request, given the number for their wire name and sender's relation_of.

    Args:
        event: its wire name.
        kind: the class of the event.
        code: a number for the wire name, such that those of its senders' standings can be added.
    """

    event: ClassVar[str]
    kind: ClassVar[type[Event]]
    code: ClassVar[int]

    task_id: Name
    sender: Sender
    at: str
    event_id: Name | None = None
    note: Note | None = None

    def marked(self, of: Followed, value: Any) -> Marked:
        """Return what marks stand for in the sentences on the line, given the work request and the line's value."""
        activity_id = getattr(self, "activity_id", None)
        return self.task_id, self.sender.id, of.requestor, of.supplier, activity_id, value, *of.ids


class Creation(Line, kw_only=True):
    supplier: Name
    activities: list[New]
    requestor: Name | None = None

    def asked(self, _of: Followed, code: int) -> Asked:
        requestor, sender = self.requestor, self.sender
        if requestor is None:
            if sender.role != _REQUESTOR:
                return UNSURE
            requestor = sender.id
        # Interned, since many work requests have the same.
        parties = intern(requestor), intern(self.supplier)
        is_own, new = requestor == sender.id, self.activities
        if len(new) == 1:
            only = new[0]
            return (code, is_own, *only.kind()), -1, (*parties, (intern(only.id),))
        ids = tuple([intern(each.id) for each in new])
        kinds = tuple([(*each.kind(), ids.index(each.id)) for each in new])
        return (code, is_own, kinds), -1, (*parties, ids)

    def marked(self, of: Followed, value: Any) -> Marked:
        requestor, supplier, ids = value
        return self.task_id, self.sender.id, requestor, of.supplier, None, supplier, *ids


class Rejection(Line, kw_only=True):
    reason: str

    def asked(self, _of: Followed, code: int) -> Asked:
        reason = self.reason
        return (code, reason if reason in _REASONS else None), -1, reason


class Reallocation(Line, kw_only=True):
    supplier: Name

    def asked(self, of: Followed, code: int) -> Asked:
        supplier = self.supplier
        return (code, supplier == of.supplier), -1, supplier


class ContactUpdate(Line, kw_only=True):
    contact: Contact

    def asked(self, of: Followed, code: int) -> Asked:
        return _given(self, of, code, -1, self.contact)


class OfAny(Line, kw_only=True):
    """An event for the work request, or for the activity that it names."""

    activity_id: Name | None = None

    def asked(self, of: Followed, code: int) -> Asked:
        position = of.position(self.activity_id)
        return (code, position), position, None


class Rescheduling(OfAny, kw_only=True):
    schedule: Schedule

    def asked(self, of: Followed, code: int) -> Asked:
        told = self.schedule
        try:
            ends = (told.earliest_start, told.latest_end)
            schedule = model.Schedule(*(None if each is None else AT.decode(each, "", NO_TYPES) for each in ends))
        except (WireError, FieldError):
            return UNSURE
        return _given(self, of, code, of.position(self.activity_id), schedule)


class DetailsUpdate(Line, kw_only=True):
    values: Raw

    def asked(self, _of: Followed, code: int) -> Asked:
        # No rule reads them, but there are values that an event can't hold.
        values = bytes(self.values)
        try:
            msgspec.json.decode(values)
        except msgspec.DecodeError:
            return UNSURE
        is_flat = values.count(b"[") + values.count(b"{") <= NESTING_LIMIT
        return ((code,), -1, None) if is_flat else UNSURE


class Addition(Line, kw_only=True):
    activity: New

    def asked(self, of: Followed, code: int) -> Asked:
        new = self.activity
        return (code, of.position(new.id), *new.kind()), -1, new.id


class AdditionRequest(Line, kw_only=True):
    type: Raw

    def asked(self, _of: Followed, code: int) -> Asked:
        return (code, bytes(self.type)), -1, None

    def marked(self, of: Followed, _value: Any) -> Marked:
        told = msgspec.json.decode(self.type)
        return super().marked(of, told if isinstance(told, str) else told["code"])


class OfActivity(OfAny, kw_only=True):
    activity_id: Name


class StatusUpdate(OfActivity, kw_only=True):
    status: Status

    def asked(self, of: Followed, code: int) -> Asked:
        position, status = of.position(self.activity_id), self.status
        return (code, position, status.category, status.state), position, None


class WorkerUpdate(OfActivity, kw_only=True):
    worker: Name

    def asked(self, of: Followed, code: int) -> Asked:
        return _given(self, of, code, of.position(self.activity_id), self.worker)


class OutcomeRecord(OfActivity, kw_only=True):
    outcome: Outcome

    def asked(self, of: Followed, code: int) -> Asked:
        return _given(self, of, code, of.position(self.activity_id), self.outcome)

    def marked(self, of: Followed, value: Any) -> Marked:
        return super().marked(of, value.code)


def _given(line: Line, of: Followed, code: int, position: int, value: Any) -> Asked:
    """Return what a line asks that gives a value, which may be in its place already."""
    return (code, position, of.repeats(slot_of(line.kind, position), value)), position, value


_OWN: Mapping[type[Event], type[Line]] = {
    events.CreateWorkRequest: Creation,
    events.AcceptWorkRequest: Line,
    events.RejectWorkRequest: Rejection,
    events.ReallocateWorkRequest: Reallocation,
    events.PutOnHold: Line,
    events.Resume: Line,
    events.CancelWorkRequest: Line,
    events.RequestCancellation: OfAny,
    events.UpdateSiteContact: ContactUpdate,
    events.Reschedule: Rescheduling,
    events.UpdateDetails: DetailsUpdate,
    events.AddActivity: Addition,
    events.RequestAddActivity: AdditionRequest,
    events.UpdateActivityStatus: StatusUpdate,
    events.UpdateActivityWorker: WorkerUpdate,
    events.RecordOutcome: OutcomeRecord,
    events.CancelActivity: OfActivity,
}


def _tagged(number: int, name: str) -> type[Line]:
    kind, _ = EVENT_NAMES[name]
    own = {"event": name, "kind": kind, "code": number * len(SenderRelation)}
    return cast(type[Line], msgspec.defstruct(name, [], bases=(_OWN[kind],), tag=name, namespace=own))


LINES = {name: _tagged(number, name) for number, name in enumerate(EVENT_NAMES)}
"""The structures of lines, by the wire names of their events."""

STATUS_UPDATE = cast(type[StatusUpdate], LINES["UpdateTaskActivityStatusEvent"])
"""What most lines are."""

ASKED = {line: (line.code, getattr(line, "asked", None)) for line in LINES.values()}
"""By their structure, the number of lines, and the function that says what they ask; None where the number does."""

decode = msgspec.json.Decoder(Union[tuple(LINES.values())]).decode  # noqa: UP007 - they are known only as this runs
"""Return the line that some bytes are; msgspec's errors where they do not fit."""


def may_name_activity(event: str) -> bool:
    """Return whether events with a wire name can be for one activity; on others, an id of one means nothing."""
    return event not in LINES or hasattr(LINES[event], "activity_id")
