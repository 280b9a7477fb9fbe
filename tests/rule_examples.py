"""An accepting and a refusing example of every rule."""

from typing import Any

from parties import CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OTHER, OWN, STRANGER, from_, request
from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    NewActivity,
    Outcome,
    RejectionReason,
    Status,
    WorkRequest,
    events,
)

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category

NEW = NewActivity("A-1", MAY_NOT_CANCEL)
BUSY = Activity("A-1", MAY_NOT_CANCEL, Status(ACTIVE, "OnSite"), has_been_active=True)
PAUSED = Activity("A-1", MAY_CANCEL, has_been_active=True)
DONE = Activity("A-1", MAY_NOT_CANCEL, Status(COMPLETION), has_been_active=True)
ENDED = Activity("A-1", MAY_NOT_CANCEL, Status(CLOSED), has_been_active=True, closure=Closure.COMPLETED)
SPARE = Activity("A-2", MAY_CANCEL)
NEW_SPARE = NewActivity("A-2", MAY_CANCEL)
LISTING = ActivityType("LISTED", states={"OnSite": ACTIVE})
REJECTED: dict[str, Any] = {
    "allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.SITE_ISSUE
}  # fmt: skip


def status(category: Category, state: str = "", sender: Any = HOLDER) -> AnyEvent:
    """Return a status update for A-1."""
    return events.UpdateActivityStatus(**from_(sender, activity_id="A-1", status=Status(category, state)))


def reject(reason: str = "Duplicate", sender: Any = HOLDER) -> AnyEvent:
    """Return a reject."""
    return events.RejectWorkRequest(**from_(sender, reason=reason))


def reallocate(supplier: str = "southline", sender: Any = CHORUS) -> AnyEvent:
    """Return a reallocation."""
    return events.ReallocateWorkRequest(**from_(sender, supplier=supplier))


def cancel(sender: Any = CHORUS, activity_id: str = "A-1") -> AnyEvent:
    """Return a cancel event for an activity."""
    return events.CancelActivity(**from_(sender, activity_id=activity_id))


def create(*activities: NewActivity, sender: Any = CHORUS, requestor: str = "rsp-one") -> AnyEvent:
    """Return a create event."""
    return events.CreateWorkRequest(**from_(sender, requestor=requestor, supplier="northline", activities=activities))


def outcome() -> AnyEvent:
    """Return an outcome for A-1."""
    return events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=Outcome("CONNECTED")))


def hold(sender: Any) -> AnyEvent:
    """Return a hold."""
    return events.PutOnHold(**from_(sender))


ACCEPT, CANCEL_REQUEST = events.AcceptWorkRequest, events.CancelWorkRequest

# Each rule: an accepting example, a refusing one, all rules that the latter breaks, and parts of its reason.
Example = tuple[WorkRequest | None, AnyEvent]
EXAMPLES: list[tuple[str, Example, Example, list[str], list[str]]] = [
    ("WRM101", (request(), reject()), (request(), reject("Lunch")), ["WRM101"], ["WR-1", "'Lunch'", "SiteIssue"]),
    ("WRM102", (request(), reject()), (request(BUSY, SPARE), reject()), ["WRM102"], ["A-1 is Active (OnSite)"]),
    ("WRM102", (request(), reject()), (request(PAUSED), reject()), ["WRM102"], ["A-1 is Open and has been active"]),
    ("WRM103", (request(), reallocate()), (request(), reallocate(sender=OWN)), ["WRM103"], ["southline", "rsp-one"]),
    ("WRM104", (request(), reallocate()), (request(DONE), reallocate()), ["WRM104"], ["A-1 is PracticalCompletion"]),
    ("WRM105", (request(**REJECTED), reallocate("northline")), (request(), reallocate("northline")), ["WRM105"],
     ["northline, which already has it"]),
    ("WRM106", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(BUSY), CANCEL_REQUEST(**from_(CHORUS))),
     ["WRM106"], ["A-1 is Active"]),
    ("WRM107", (request(), status(ACTIVE)), (request(on_hold=True), status(ACTIVE)), ["WRM107"], ["WR-1", "A-1"]),
    ("WRM201", (request(DONE), status(CLOSED)), (request(ENDED), status(ACTIVE, "OnSite")), ["WRM201"],
     ["activity A-1 is Closed, which is final; it cannot move to Active (OnSite)"]),
    ("WRM202", (request(DONE), status(REVIEW)), (request(DONE), status(ACTIVE)), ["WRM202"],
     ["A-1 is PracticalCompletion and can only", "cannot move to Active"]),
    ("WRM203", (request(SPARE), cancel(HOLDER, "A-2")), (request(), cancel(HOLDER)), ["WRM203"],
     ["A-1", "FIBRE_CONNECT", "northline"]),
    ("WRM204", (request(), cancel()), (request(BUSY), cancel()), ["WRM204"], ["A-1 is Active (OnSite)"]),
    ("WRM204", (request(), cancel()), (request(PAUSED), status(CLOSED)), ["WRM204"],
     ["A-1 is Open and has been active"]),
    ("WRM205", (request(DONE), outcome()), (request(ENDED), outcome()), ["WRM201", "WRM205"], ["A-1", "CONNECTED"]),
    ("WRM206", (request(BUSY), status(COMPLETION)), (request(), status(COMPLETION)), ["WRM206"],
     ["A-1 would move from Open to PracticalCompletion without"]),
    ("WRM207", (request(DONE), status(REVIEW)), (request(BUSY), status(REVIEW)), ["WRM207"],
     ["A-1 would move from Active (OnSite) to InReview without"]),
    ("WRM208", (request(DONE), status(CLOSED)), (request(BUSY), status(CLOSED)), ["WRM208"],
     ["A-1 cannot move from Active (OnSite) to Closed without"]),
    ("WRM209", (request(), hold(CHORUS)), (request(ENDED), hold(CHORUS)), ["WRM209"], ["WR-1", "put on hold"]),
    ("WRM301", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=OWN)), ["WRM301"],
     ["A-1 to Active;", "WorkRequestor rsp-one", "only the supplier can"]),
    ("WRM301", (request(), cancel()), (request(), cancel(OWN)), ["WRM301"],
     ["A-1", "rsp-one", "the supplier or Chorus can"]),
    ("WRM302", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=STRANGER)), ["WRM302"],
     ["northline holds", "WorkSupplier southline"]),
    ("WRM302", (request(), ACCEPT(**from_(HOLDER))), (request(**REJECTED), ACCEPT(**from_(HOLDER))), ["WRM302"],
     ["no supplier holds work request WR-1, because northline rejected it"]),
    ("WRM302", (request(), reject()), (request(), ACCEPT(**from_(CHORUS))), ["WRM302"], ["Chorus cannot accept"]),
    ("WRM303", (request(), hold(OWN)), (request(), hold(HOLDER)), ["WRM303"], ["rsp-one", "WorkSupplier northline"]),
    ("WRM304", (request(), hold(OWN)), (request(), hold(OTHER)), ["WRM304"], ["rsp-one", "WorkRequestor rsp-two"]),
    ("WRM304", (None, create(NEW, sender=OWN)), (None, create(NEW, sender=OTHER)), ["WRM304"], ["rsp-one", "rsp-two"]),
    ("WRM305", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(), CANCEL_REQUEST(**from_(OWN))), ["WRM305"],
     ["WR-1", "rsp-one"]),
    ("WRM401", (request(), hold(OWN)), (None, hold(OTHER)), ["WRM401"], ["WR-1"]),
    ("WRM402", (None, create(NEW)), (request(), create(NEW)), ["WRM402"], ["WR-1"]),
    ("WRM403", (request(), cancel()), (request(), cancel(STRANGER, "A-9")), ["WRM403"], ["A-9", "A-1"]),
    ("WRM404", (None, create(NEW, NEW_SPARE)), (None, create(NEW, NEW_SPARE, NEW, NEW_SPARE)), ["WRM404"],
     ["A-1, A-2"]),
    ("WRM404", (request(), events.AddActivity(**from_(OWN, activity=NEW_SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=NEW))), ["WRM404"], ["A-1"]),
    ("WRM405", (None, create(NEW)), (None, create()), ["WRM405"], ["WR-1"]),
    ("WRM406", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(ACTIVE, "Lost")), ["WRM406"], ["A-1", "Active (Lost)", "LISTED"]),
    ("WRM406", (None, create(NewActivity("A-1", LISTING))),
     (None, create(NewActivity("A-1", LISTING, Status(OPEN, "X")), NewActivity("A-2", LISTING, Status(OPEN, "Y")))),
     ["WRM406"], ["A-1", "(X)", "A-2", "(Y)"]),
    ("WRM407", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(OPEN, "OnSite")), ["WRM407"], ["A-1", "Open (OnSite)", "under Active"]),
    ("WRM408", (None, create(NEW)), (None, create(NEW, NewActivity("A-2", MAY_CANCEL, Status(ACTIVE)))),
     ["WRM408"], ["A-2 would start as Active,"]),
    ("WRM408", (request(), events.AddActivity(**from_(OWN, activity=NEW_SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=NewActivity("A-2", MAY_CANCEL, Status(CLOSED))))),
     ["WRM408"], ["A-2 would start as Closed,"]),
]  # fmt: skip
