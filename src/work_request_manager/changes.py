"""What a consumed event changed: frozen facts in the past tense."""

import attrs

from work_request_manager._values import Record
from work_request_manager.model import ActivityType, Outcome, RejectionReason, Schedule, Section, SiteContact, Status

__all__ = [
    "ActivityAdded",
    "ActivityAdditionRequested",
    "ActivityMoved",
    "ActivityWorkerUpdated",
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
class Change(Record):
    """What all changes have: the work request that changed, or was asked to."""

    work_request_id: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestCreated(Change):
    """There is a new work request, sent to its supplier."""

    supplier: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestAccepted(Change):
    """The supplier took it on."""

    supplier: str


@attrs.frozen(eq=False, repr=False)
class WorkRequestRejected(Change):
    """The supplier gave it back."""

    supplier: str
    reason: RejectionReason


@attrs.frozen(eq=False, repr=False)
class WorkRequestReallocated(Change):
    """It was sent to a supplier anew."""

    before: str
    after: str


class WorkRequestPutOnHold(Change):
    """The hold began."""

    __slots__ = ()


class WorkRequestResumed(Change):
    """The hold ended."""

    __slots__ = ()


class WorkRequestClosed(Change):
    """Its last open activity closed, and so did it (FAQ 3, 6)."""

    __slots__ = ()


@attrs.frozen(eq=False, repr=False)
class CancellationRequested(Change):
    """A cancellation was asked for: of one activity, or, where that is None, of the work request."""

    activity_id: str | None


@attrs.frozen(eq=False, repr=False)
class SiteContactUpdated(Change):
    """There is another site contact."""

    contact: SiteContact


@attrs.frozen(eq=False, repr=False)
class Rescheduled(Change):
    """There is another schedule: of one activity, or, where that is None, of the work request."""

    activity_id: str | None
    schedule: Schedule


@attrs.frozen(eq=False, repr=False)
class DetailsUpdated(Change):
    """A section of the details was replaced."""

    section: Section


@attrs.frozen(eq=False, repr=False)
class ActivityAdded(Change):
    """There is one more activity."""

    activity_id: str


@attrs.frozen(eq=False, repr=False)
class ActivityAdditionRequested(Change):
    """One more activity of this type was asked for; nothing else changed."""

    type: ActivityType


@attrs.frozen(eq=False, repr=False)
class ActivityMoved(Change):
    """An activity made a move of the status graph."""

    activity_id: str
    move: str
    before: Status
    after: Status


@attrs.frozen(eq=False, repr=False)
class ActivityWorkerUpdated(Change):
    """Someone else does the work."""

    activity_id: str
    worker: str


@attrs.frozen(eq=False, repr=False)
class OutcomeRecorded(Change):
    """A result was recorded."""

    activity_id: str
    outcome: Outcome
