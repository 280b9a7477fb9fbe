"""The lines of a log, decoded as fast as can be: each kind of event with what the rules read of it, and what it asks.

A line that does not fit here is not bad for that: it is decoded again by `wire`, which says what is wrong, if anything.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Union

import msgspec
from msgspec import Meta, Raw

from work_request_manager import events
from work_request_manager._codecs import AT, NO_TYPES, WireError
from work_request_manager._states import Followed, Marked, slot_of
from work_request_manager._values import NESTING_LIMIT, NOTE_LIMIT, FieldError
from work_request_manager.events import Event
from work_request_manager.model import Category, RejectionReason, Role
from work_request_manager.model import Schedule as Times
from work_request_manager.wire import EVENT_NAMES

STANDINGS = 5
"""What a sender can be to a work request: its supplier, another one, Chorus, its requestor, another one."""

Asked = tuple[Any, int, Any]
"""What tells apart what a line comes to in a state; the activity's position; the value that it gives.

None in the first means that the line is no event after all, which decoding it again will say.
"""

# Literals, and not the enumerations, since what is decoded is looked up: Python 3.11 takes long to hash members.
RoleName: Any = Literal[tuple(role.value for role in Role)]
CategoryName: Any = Literal[tuple(category.value for category in Category)]
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

    def asked(self) -> tuple[Any, ...]:
        """Return what it is but for its id."""
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
    """An event; the fields are those of all events, and below those of each kind.

    Args:
        event: its wire name.
        kind: the class of the event.
        code: a number for the wire name, to which that of its sender's standing is added.
    """

    event: ClassVar[str]
    kind: ClassVar[type[Event]]
    code: ClassVar[int]

    task_id: Name
    sender: Sender
    at: str
    event_id: Name | None = None
    note: Note | None = None

    def asked(self, _of: Followed, code: int) -> Asked:
        """Return what the line asks of a work request, to which its sender has that standing."""
        return code, -1, None

    def marked(self, of: Followed, value: Any) -> Marked:
        """Return what the marks stand for in what is told of the line."""
        activity_id = getattr(self, "activity_id", None)
        return self.task_id, self.sender.id, of.requestor, of.supplier, activity_id, value, *of.ids


class OfActivity(Line, kw_only=True):
    """An event for an activity."""

    activity_id: Name

    def asked(self, of: Followed, code: int) -> Asked:
        position = of.position(self.activity_id)
        return (code, position), position, None

    def giving(self, value: Any, of: Followed, code: int) -> Asked:
        position = of.position(self.activity_id)
        return (code, position, of.repeats(slot_of(self.kind, position), value)), position, value


class StatusUpdate(OfActivity, kw_only=True):
    status: Status

    def asked(self, of: Followed, code: int) -> Asked:
        position, status = of.position(self.activity_id), self.status
        return (code, position, status.category, status.state), position, None


class Creation(Line, kw_only=True):
    supplier: Name
    activities: list[New]
    requestor: Name | None = None

    def asked(self, of: Followed, code: int) -> Asked:
        new, sender, requestor = self.activities, self.sender, self.requestor
        if requestor is None and sender.role == "WorkRequestor":
            requestor = sender.id
        is_own = None if requestor is None else requestor == sender.id
        if len(new) == 1:
            first = new[0]
            status = first.status
            value = (requestor, self.supplier, (first.id,))
            if status is None:
                return (code, is_own, bytes(first.type)), -1, value
            return (code, is_own, bytes(first.type), status.category, status.state), -1, value
        ids = tuple([each.id for each in new])
        kinds = tuple([(*each.asked(), ids.index(each.id)) for each in new])
        return (code, is_own, kinds), -1, (requestor, self.supplier, ids)

    def marked(self, of: Followed, value: Any) -> Marked:
        requestor, supplier, ids = value
        return self.task_id, self.sender.id, requestor, of.supplier, None, supplier, *ids


class Addition(Line, kw_only=True):
    activity: New

    def asked(self, of: Followed, code: int) -> Asked:
        new = self.activity
        return (code, of.position(new.id), *new.asked()), -1, new.id


_REASONS = frozenset(reason.value for reason in RejectionReason)


class Rejection(Line, kw_only=True):
    reason: str

    def asked(self, of: Followed, code: int) -> Asked:
        reason = self.reason
        return (code, reason if reason in _REASONS else None), -1, reason


class Reallocation(Line, kw_only=True):
    supplier: Name

    def asked(self, of: Followed, code: int) -> Asked:
        return (code, self.supplier == of.supplier), -1, self.supplier


class CancellationRequest(Line, kw_only=True):
    activity_id: Name | None = None

    def asked(self, of: Followed, code: int) -> Asked:
        position = of.position(self.activity_id)
        return (code, position), position, None


class ContactUpdate(Line, kw_only=True):
    contact: Contact

    def asked(self, of: Followed, code: int) -> Asked:
        value = self.contact
        return (code, of.repeats(slot_of(self.kind, -1), value)), -1, value


class Rescheduling(Line, kw_only=True):
    schedule: Schedule
    activity_id: Name | None = None

    def asked(self, of: Followed, code: int) -> Asked:
        position = of.position(self.activity_id)
        told = self.schedule
        try:
            ends = (told.earliest_start, told.latest_end)
            value = Times(*(None if each is None else AT.decode(each, "", NO_TYPES) for each in ends))
        except (WireError, FieldError):
            return (code, position, None), position, None
        return (code, position, of.repeats(slot_of(self.kind, position), value)), position, value


class WorkerUpdate(OfActivity, kw_only=True):
    worker: Name

    def asked(self, of: Followed, code: int) -> Asked:
        return self.giving(self.worker, of, code)


class OutcomeRecord(OfActivity, kw_only=True):
    outcome: Outcome

    def asked(self, of: Followed, code: int) -> Asked:
        return self.giving(self.outcome, of, code)

    def marked(self, of: Followed, value: Any) -> Marked:
        return Line.marked(self, of, value.code)


class DetailsUpdate(Line, kw_only=True):
    values: Raw

    def asked(self, _of: Followed, code: int) -> Asked:
        # No rule reads them, but there are values that an event can't hold.
        told = bytes(self.values)
        try:
            msgspec.json.decode(told)
        except msgspec.DecodeError:
            return (code, None), -1, None
        fits = told.count(b"[") + told.count(b"{") <= NESTING_LIMIT
        return (code, fits or None), -1, None


class AdditionRequest(Line, kw_only=True):
    type: Raw

    def asked(self, _of: Followed, code: int) -> Asked:
        return (code, bytes(self.type)), -1, None

    def marked(self, of: Followed, value: Any) -> Marked:
        told = msgspec.json.decode(self.type)
        return Line.marked(self, of, told if isinstance(told, str) else told["code"])


_OWN: Mapping[type[Event], type[Line]] = {
    events.CreateWorkRequest: Creation,
    events.AcceptWorkRequest: Line,
    events.RejectWorkRequest: Rejection,
    events.ReallocateWorkRequest: Reallocation,
    events.PutOnHold: Line,
    events.Resume: Line,
    events.CancelWorkRequest: Line,
    events.RequestCancellation: CancellationRequest,
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


def _tagged(name: str, kind: type[Event], number: int) -> type[Line]:
    own = {"event": name, "kind": kind, "code": number * STANDINGS}
    return msgspec.defstruct(name, [], bases=(_OWN[kind],), tag=name, namespace=own)  # type: ignore[return-value]


_LINES = {name: _tagged(name, kind, number) for number, (name, (kind, _)) in enumerate(EVENT_NAMES.items())}

decode = msgspec.json.Decoder(Union[tuple(_LINES.values())]).decode
STATUS_UPDATE = _LINES["UpdateTaskActivityStatusEvent"]

ASKED = {each: (each.code, None if each.asked is Line.asked else each.asked) for each in _LINES.values()}
