"""What the parties send: one class for each event, in the imperative, since an event asks.

An event says what its sender wants, right or wrong; whether it may is for `decide` to say. So an event can
carry a reason that is none of the four, or activities with one id: the rules judge those.
"""

from datetime import datetime
from typing import Any

import attrs

from work_request_manager._values import (
    FieldTypeError,
    FieldValueError,
    Record,
    as_utc,
    frozen_json,
    instant,
    name,
    note,
    of_type,
    optional,
    tuple_of,
)
from work_request_manager.model import (
    Activity,
    ActivityType,
    Category,
    Closure,
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
class Event(Record):
    """What all events have; build one of its subclasses.

    Args:
        work_request_id: the work request that it is for.
        sender: who sent it.
        at: when, as an aware datetime of any offset, kept as UTC.
        event_id: the sender's own id for it.
        note: free text of up to 5,000 characters.
    """

    work_request_id: str = attrs.field(validator=name)
    sender: Party = attrs.field(validator=of_type(Party))
    at: datetime = attrs.field(converter=as_utc, validator=instant)
    event_id: str | None = attrs.field(default=None, validator=optional(name))
    note: str | None = attrs.field(default=None, validator=optional(note))

    def __attrs_pre_init__(self) -> None:
        if type(self) is Event:
            raise TypeError("Event is what all events have in common; build one of its subclasses")

    def __str__(self) -> str:
        own = [field.name for field in attrs.fields(type(self)) if field.name not in COMMON_FIELDS]
        told = ", ".join(f"{name}={getattr(self, name)}" for name in own)
        return f"{self.sender.role} {self.sender.id}: {type(self).__name__}({told})"


COMMON_FIELDS = tuple(field.name for field in attrs.fields(Event))
"""The fields that all events have; the others are a kind's own."""


_OPEN = Status(Category.OPEN)


def new_activity(id: str, type: ActivityType, status: Status = _OPEN) -> Activity:
    """Return the activity that an event tells by its id, type and status alone.

    A category other than Open brings what it can't be without, so that it can be told and judged (WRM408).
    """
    return Activity(
        id,
        type,
        status,
        has_been_active=status.category is Category.ACTIVE,
        closure=Closure.COMPLETED if status.category is Category.CLOSED else None,
    )


def _as_new(activity: Any) -> Any:
    # A new activity that claims to be closed has to name some closure, which no one reads: one stands for both.
    if isinstance(activity, Activity) and activity.closure is Closure.CANCELLED:
        return attrs.evolve(activity, closure=Closure.COMPLETED)
    return activity


def _all_as_new(activities: Any) -> Any:
    return tuple(map(_as_new, activities)) if isinstance(activities, list | tuple) else activities


def _check_new(field: str, activity: Activity) -> None:
    told = new_activity(activity.id, activity.type, activity.status)
    if activity != told:
        part = next(
            part.name for part in attrs.fields(Activity) if getattr(activity, part.name) != getattr(told, part.name)
        )
        raise FieldValueError(
            f"{field}.{part}",
            f"is {getattr(activity, part)!r}; a new activity is told by its id, type and status alone",
        )


@attrs.frozen(kw_only=True, eq=False, repr=False)
class CreateWorkRequest(Event):
    """Ask for a work request; `requestor` may be left out by a requestor, who creates for itself."""

    requestor: str = attrs.field(validator=name)
    supplier: str = attrs.field(validator=name)
    activities: tuple[Activity, ...] = attrs.field(converter=_all_as_new, validator=tuple_of(Activity))

    @requestor.default
    def _sender_if_requestor(self) -> str:
        if not isinstance(self.sender, Party):
            return "-"  # it is the sender that is wrong, and says so
        if self.sender.role is not Role.WORK_REQUESTOR:
            raise FieldTypeError("requestor", "is missing; only a requestor, who creates for itself, may leave it out")
        return self.sender.id

    @activities.validator
    def _check_activities(self, _field: object, activities: tuple[Activity, ...]) -> None:
        for index, activity in enumerate(activities):
            _check_new(f"activities[{index}]", activity)


class AcceptWorkRequest(Event):
    """The supplier takes the work on."""

    __slots__ = ()


def _as_reason(reason: Any) -> Any:
    return RejectionReason(reason) if reason in list(RejectionReason) else reason


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RejectWorkRequest(Event):
    """The supplier gives the work back; any text can be given as the reason, and WRM101 judges it (FAQ 1)."""

    reason: RejectionReason | str = attrs.field(converter=_as_reason, validator=of_type(str))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ReallocateWorkRequest(Event):
    """Chorus offers the work to a supplier anew (FAQ 7)."""

    supplier: str = attrs.field(validator=name)


class PutOnHold(Event):
    """Hold the work: what has not started does not start."""

    __slots__ = ()


class Resume(Event):
    """End the hold."""

    __slots__ = ()


class CancelWorkRequest(Event):
    """Close every open activity as cancelled, and the work request with them."""

    __slots__ = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RequestCancellation(Event):
    """Ask for a cancellation, of one activity or of the whole work request; moves nothing (FAQ 5)."""

    activity_id: str | None = attrs.field(default=None, validator=optional(name))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateSiteContact(Event):
    """Name whom to call at the site (FAQ 5)."""

    contact: SiteContact = attrs.field(validator=of_type(SiteContact))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Reschedule(Event):
    """Say when the work may be done, for one activity or for the whole work request (FAQ 5)."""

    schedule: Schedule = attrs.field(validator=of_type(Schedule))
    activity_id: str | None = attrs.field(default=None, validator=optional(name))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateDetails(Event):
    """Replace one section of the details with any JSON value."""

    section: Section = attrs.field(validator=of_type(Section))
    values: Any = attrs.field(converter=frozen_json)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AddActivity(Event):
    """Add one more activity, told by its id, type and status."""

    activity: Activity = attrs.field(converter=_as_new, validator=of_type(Activity))

    @activity.validator
    def _check_activity(self, _field: object, activity: Activity) -> None:
        _check_new("activity", activity)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RequestAddActivity(Event):
    """Ask for one more activity of this type; changes nothing in the work request."""

    type: ActivityType = attrs.field(validator=of_type(ActivityType))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateActivityStatus(Event):
    """Report the status that an activity has reached."""

    activity_id: str = attrs.field(validator=name)
    status: Status = attrs.field(validator=of_type(Status))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UpdateActivityWorker(Event):
    """Say who does the work."""

    activity_id: str = attrs.field(validator=name)
    worker: str = attrs.field(validator=name)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RecordOutcome(Event):
    """Record a result, before the activity closes (FAQ 3)."""

    activity_id: str = attrs.field(validator=name)
    outcome: Outcome = attrs.field(validator=of_type(Outcome))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class CancelActivity(Event):
    """Ask for the cancellation of an activity that no one has touched (FAQ 4)."""

    activity_id: str = attrs.field(validator=name)
