"""The events that parties send: one class for each kind, named in the imperative because an event asks for something.

An event can ask for the impossible, such as a reject for an unknown reason. `decide` judges it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from work_request_manager._values import (
    ValueObject,
    as_tuple,
    as_utc,
    frozen_json,
    instance_of,
    non_empty_text,
    note_text,
    optional,
    short_repr,
    short_text,
    tuple_of,
    utc_datetime,
)
from work_request_manager.errors import FieldTypeError
from work_request_manager.model import (
    ActivityType,
    NewActivity,
    Outcome,
    Party,
    RejectionReason,
    Role,
    Schedule,
    Section,
    SiteContact,
    Status,
)

__all__ = [
    "AcceptWorkRequest",
    "AddActivity",
    "AnyEvent",
    "CancelActivity",
    "CancelWorkRequest",
    "CreateWorkRequest",
    "Event",
    "PutOnHold",
    "ReallocateWorkRequest",
    "RecordOutcome",
    "RejectWorkRequest",
    "RequestAddActivity",
    "RequestCancellation",
    "Reschedule",
    "Resume",
    "UpdateActivityStatus",
    "UpdateActivityWorker",
    "UpdateDetails",
    "UpdateSiteContact",
]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Event(ValueObject):
    """The fields that all events have. Build an instance of a subclass.

    Args:
        work_request_id: the work request that the event is for.
        sender: the party that sent it.
        at: the time of sending, an aware datetime of any offset, kept as UTC.
        event_id: the sender's own id of the event, to recognise redeliveries.
        note: free text of up to 5,000 characters.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: an id is empty, the time has no zone, or the note is too long.
    """

    work_request_id: str = attrs.field(validator=non_empty_text)
    sender: Party = attrs.field(validator=instance_of(Party))
    at: datetime = attrs.field(converter=as_utc, validator=utc_datetime)
    event_id: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    note: str | None = attrs.field(default=None, validator=optional(note_text))

    def __attrs_pre_init__(self) -> None:
        if type(self) is Event:
            raise TypeError("Event holds the fields that all events have; build an instance of one of its subclasses")

    def __str__(self) -> str:
        own = [field.name for field in attrs.fields(type(self)) if field.name not in COMMON_FIELDS]
        values = ((name, getattr(self, name)) for name in own)
        asked = ", ".join(f"{name}={_shown(value)}" for name, value in values if value is not None)
        text = (
            f"{type(self).__name__}({asked}) for {short_text(self.work_request_id)}"
            f" from {self.sender} at {self.at.isoformat()}"
        )
        return " ".join(text.split())  # on one line, because an id can hold anything


def _shown(value: object) -> str:
    return short_text(str(value)) if isinstance(value, str | Status) else short_repr(value)


COMMON_FIELDS = tuple(field.name for field in attrs.fields(Event))
"""The names of the fields that all events have."""


def _as_activities(activities: Iterable[NewActivity]) -> tuple[NewActivity, ...]:
    return as_tuple(activities)


def _sender_if_requestor(event: "CreateWorkRequest") -> str:
    if not isinstance(event.sender, Party):
        return "-"  # the validator of `sender` raises
    if event.sender.role is not Role.WORK_REQUESTOR:
        raise FieldTypeError("requestor", "is missing; only a requestor, who creates for itself, may leave it out")
    return event.sender.id


@attrs.frozen(kw_only=True, eq=False, repr=False)
class CreateWorkRequest(Event):
    """Create a work request.

    Args:
        requestor: the id of the requestor that the work request belongs to. A requestor may leave it out, because it
            creates for itself.
        supplier: the id of the supplier that the work request is sent to.
        activities: its activities.
    """

    # A factory rather than the decorator `default`, which some type checkers do not know.
    requestor: str = attrs.field(default=attrs.Factory(_sender_if_requestor, takes_self=True), validator=non_empty_text)
    supplier: str = attrs.field(validator=non_empty_text)
    activities: tuple[NewActivity, ...] = attrs.field(converter=_as_activities, validator=tuple_of(NewActivity))


class AcceptWorkRequest(Event):
    """Accept the work, as the supplier."""

    __slots__ = ()


def _as_reason(reason: RejectionReason | str) -> RejectionReason | str:
    return RejectionReason(reason) if reason in list(RejectionReason) else reason


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RejectWorkRequest(Event):
    """Reject the work, as the supplier (FAQ 1).

    Args:
        reason: one of the four reasons. Any other text can be sent too; WRM101 judges it.
    """

    reason: RejectionReason | str = attrs.field(converter=_as_reason, validator=instance_of(str))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ReallocateWorkRequest(Event):
    """Send the work to another supplier, as Chorus (FAQ 7).

    Args:
        supplier: the id of the supplier.
    """

    supplier: str = attrs.field(validator=non_empty_text)


class PutOnHold(Event):
    """Put the work request on hold. To start work then breaks WRM107, an assumed rule."""

    __slots__ = ()


class Resume(Event):
    """End the hold."""

    __slots__ = ()


class CancelWorkRequest(Event):
    """Cancel all activities that are not closed, which closes the work request."""

    __slots__ = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RequestCancellation(Event):
    """Request a cancellation, which is recorded and moves nothing (FAQ 5).

    Args:
        activity_id: the activity to cancel. None for the whole work request.
    """

    activity_id: str | None = attrs.field(default=None, validator=optional(non_empty_text))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateSiteContact(Event):
    """Replace the person to call at the site (FAQ 5)."""

    contact: SiteContact = attrs.field(validator=instance_of(SiteContact))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Reschedule(Event):
    """Replace the time in which the work may be done (FAQ 5).

    Args:
        schedule: the new time.
        activity_id: the activity to reschedule. None for the whole work request.
    """

    schedule: Schedule = attrs.field(validator=instance_of(Schedule))
    activity_id: str | None = attrs.field(default=None, validator=optional(non_empty_text))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateDetails(Event):
    """Replace one section of the details.

    Args:
        section: the section.
        values: any JSON value, which no rule reads.
    """

    section: Section = attrs.field(validator=instance_of(Section))
    values: Any = attrs.field(converter=frozen_json)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AddActivity(Event):
    """Add one activity to the work request."""

    activity: NewActivity = attrs.field(validator=instance_of(NewActivity))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RequestAddActivity(Event):
    """Request one more activity of a type, which changes nothing in the work request."""

    type: ActivityType = attrs.field(validator=instance_of(ActivityType))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateActivityStatus(Event):
    """Report the status that an activity has reached."""

    activity_id: str = attrs.field(validator=non_empty_text)
    status: Status = attrs.field(validator=instance_of(Status))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateActivityWorker(Event):
    """Replace the person who does the work."""

    activity_id: str = attrs.field(validator=non_empty_text)
    worker: str = attrs.field(validator=non_empty_text)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RecordOutcome(Event):
    """Record a result before the activity closes (FAQ 3)."""

    activity_id: str = attrs.field(validator=non_empty_text)
    outcome: Outcome = attrs.field(validator=instance_of(Outcome))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class CancelActivity(Event):
    """Cancel an untouched activity (FAQ 4)."""

    activity_id: str = attrs.field(validator=non_empty_text)


AnyEvent = (
    CreateWorkRequest
    | AcceptWorkRequest
    | RejectWorkRequest
    | ReallocateWorkRequest
    | PutOnHold
    | Resume
    | CancelWorkRequest
    | RequestCancellation
    | UpdateSiteContact
    | Reschedule
    | UpdateDetails
    | AddActivity
    | RequestAddActivity
    | UpdateActivityStatus
    | UpdateActivityWorker
    | RecordOutcome
    | CancelActivity
)
"""The union of all events, for `match` statements that a type checker proves complete."""
