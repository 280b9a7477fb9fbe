"""The changes that a consumed event makes: frozen facts in the past tense."""

import attrs

from work_request_manager._values import ValueObject
from work_request_manager.model import (
    ActivityType,
    NewActivity,
    Outcome,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
)

__all__ = [
    "ActivityAdded",
    "ActivityAdditionRequested",
    "ActivityMoved",
    "ActivityWorkerUpdated",
    "AnyChange",
    "CancellationRequested",
    "Change",
    "DetailsUpdated",
    "OutcomeRecorded",
    "Rescheduled",
    "SiteContactUpdated",
    "WorkRequestAccepted",
    "WorkRequestClosed",
    "WorkRequestCreated",
    "WorkRequestPutOnHold",
    "WorkRequestReallocated",
    "WorkRequestRejected",
    "WorkRequestResumed",
]


@attrs.frozen(eq=False, repr=False)
class Change(ValueObject):
    """The field that all changes have: the id of the work request."""

    work_request_id: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestCreated(Change):
    """A work request was created and sent to its supplier."""

    supplier: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestAccepted(Change):
    """The supplier accepted the work request."""

    supplier: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestRejected(Change):
    """The supplier rejected the work request."""

    supplier: str
    reason: RejectionReason


@attrs.frozen(eq=False, repr=False)
class WorkRequestReallocated(Change):
    """The work request was sent to a supplier again, or to another one."""

    before: str
    after: str


class WorkRequestPutOnHold(Change):
    """The work request was put on hold."""

    __slots__ = ()


class WorkRequestResumed(Change):
    """The work request was resumed."""

    __slots__ = ()


class WorkRequestClosed(Change):
    """The work request closed because its last open activity closed (FAQ 3, 6)."""

    __slots__ = ()


@attrs.frozen(eq=False, repr=False)
class CancellationRequested(Change):
    """A cancellation was requested. `activity_id` is None if it is for the whole work request."""

    activity_id: str | None


@attrs.frozen(eq=False, repr=False)
class SiteContactUpdated(Change):
    """The site contact was replaced."""

    contact: SiteContact


@attrs.frozen(eq=False, repr=False)
class Rescheduled(Change):
    """A schedule was replaced. `activity_id` is None if it is the work request's own."""

    activity_id: str | None
    schedule: Schedule


@attrs.frozen(eq=False, repr=False)
class DetailsUpdated(Change):
    """A section of the details was replaced."""

    section: Section


@attrs.frozen(eq=False, repr=False)
class ActivityAdded(Change):
    """An activity was added."""

    activity: NewActivity


@attrs.frozen(eq=False, repr=False)
class ActivityAdditionRequested(Change):
    """An activity of this type was requested. Nothing else changed."""

    type: ActivityType


@attrs.frozen(eq=False, repr=False)
class ActivityMoved(Change):
    """An activity made a move of the status graph. `move` is its name there."""

    activity_id: str
    move: str
    before: Status
    after: Status


@attrs.frozen(eq=False, repr=False)
class ActivityWorkerUpdated(Change):
    """The worker was replaced."""

    activity_id: str
    worker: str


@attrs.frozen(eq=False, repr=False)
class OutcomeRecorded(Change):
    """An outcome was recorded."""

    activity_id: str
    outcome: Outcome


AnyChange = (
    WorkRequestCreated
    | WorkRequestAccepted
    | WorkRequestRejected
    | WorkRequestReallocated
    | WorkRequestPutOnHold
    | WorkRequestResumed
    | WorkRequestClosed
    | CancellationRequested
    | SiteContactUpdated
    | Rescheduled
    | DetailsUpdated
    | ActivityAdded
    | ActivityAdditionRequested
    | ActivityMoved
    | ActivityWorkerUpdated
    | OutcomeRecorded
)
"""The union of all changes, for `match` statements that a type checker proves complete."""
