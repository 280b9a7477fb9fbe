"""The table of all rules, and an accepting and a refusing example of each."""

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

# The table of the rulebook, section 4, copied by hand.
EXPECTED_RULES = """
WRM101 reject-needs-reason stated FAQ 1
WRM102 reject-untouched-work-only stated FAQ 1
WRM103 chorus-reallocates stated FAQ 7
WRM104 reallocate-before-work-begins assumed –
WRM105 reallocate-to-another-supplier implied FAQ 7
WRM106 cancel-request-untouched-work-only implied FAQ 4
WRM107 held-work-does-not-start assumed –
WRM201 closed-is-final stated FAQ 6
WRM202 after-practical-completion stated FAQ 3
WRM203 supplier-may-cancel stated FAQ 4
WRM204 cancel-untouched-work-only stated FAQ 4
WRM205 outcomes-before-close stated FAQ 3
WRM206 completion-follows-work assumed –
WRM207 review-follows-completion assumed –
WRM208 close-follows-completion implied FAQ 3, 4
WRM209 closed-request-is-final implied FAQ 6
WRM301 supplier-controls-activities stated FAQ 5
WRM302 holding-supplier-only implied FAQ 5, 7
WRM303 requestor-controls-request assumed –
WRM304 own-requests-only implied public facts
WRM305 chorus-cancels-requests implied FAQ 4, 5
WRM401 known-work-request structural –
WRM402 new-work-request structural –
WRM403 known-activity structural –
WRM404 new-activity structural –
WRM405 at-least-one-activity structural public facts
WRM406 known-state assumed –
WRM407 state-in-its-category assumed –
WRM408 activities-start-open structural –
""".strip().splitlines()

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category

NEW = NewActivity("A-1", MAY_NOT_CANCEL)
BUSY = Activity("A-1", MAY_NOT_CANCEL, Status(ACTIVE, "OnSite"), has_been_active=True)
PAUSED = Activity("A-1", MAY_CANCEL, has_been_active=True)
DONE = Activity("A-1", MAY_NOT_CANCEL, Status(COMPLETION), has_been_active=True)
ENDED = Activity("A-1", MAY_NOT_CANCEL, Status(CLOSED), has_been_active=True, closure=Closure.COMPLETED)
SPARE = Activity("A-2", MAY_CANCEL)
NEW_SPARE = NewActivity("A-2", MAY_CANCEL)
LISTING = ActivityType("LISTED", states={"OnSite": ACTIVE})
MISPLACED: dict[str, Any] = {
    "allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.WRONG_SUPPLIER
}  # fmt: skip
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

# Each rule: an accepting example, a refusing one, all rules that the latter breaks, and its reason.
Example = tuple[WorkRequest | None, AnyEvent]
EXAMPLES: list[tuple[str, Example, Example, list[str], str]] = [
    ("WRM101", (request(), reject()), (request(), reject("Lunch")), ["WRM101"],
     "work request WR-1 cannot be rejected for 'Lunch'; the reason must be WrongSupplier, Duplicate,"
     " InventoryIssue or SiteIssue"),
    ("WRM102", (request(), reject()), (request(BUSY, SPARE), reject()), ["WRM102"],
     "work request WR-1 can no longer be rejected, because activity A-1 is Active (OnSite)"),
    ("WRM102", (request(), reject()), (request(PAUSED), reject()), ["WRM102"],
     "work request WR-1 can no longer be rejected, because activity A-1 is Open and has been active"),
    ("WRM103", (request(), reallocate()), (request(), reallocate(sender=OWN)), ["WRM103"],
     "WorkRequestor rsp-one cannot reallocate work request WR-1 to southline; only Chorus can"),
    ("WRM104", (request(), reallocate()), (request(DONE), reallocate()), ["WRM104"],
     "work request WR-1 would be reallocated although work has begun: activity A-1 is PracticalCompletion"),
    ("WRM105", (request(**REJECTED), reallocate("northline")), (request(), reallocate("northline")), ["WRM105"],
     "work request WR-1 cannot be reallocated to northline, which already has it; name another supplier"),
    ("WRM105", (request(**REJECTED), reallocate("northline")), (request(**MISPLACED), reallocate("northline")),
     ["WRM105"],
     "work request WR-1 cannot be reallocated to northline, which rejected it for WrongSupplier;"
     " name another supplier"),
    ("WRM106", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(BUSY), CANCEL_REQUEST(**from_(CHORUS))),
     ["WRM106"],
     "work request WR-1 can no longer be cancelled, because activity A-1 is Active (OnSite)"),
    ("WRM107", (request(), status(ACTIVE)), (request(on_hold=True), status(ACTIVE)), ["WRM107"],
     "work request WR-1 is on hold, but activity A-1 would start; resume the request first"),
    ("WRM201", (request(DONE), status(CLOSED)), (request(ENDED), status(ACTIVE, "OnSite")), ["WRM201"],
     "activity A-1 is Closed, which is final; it cannot move to Active (OnSite)"),
    ("WRM202", (request(DONE), status(REVIEW)), (request(DONE), status(ACTIVE)), ["WRM202"],
     "activity A-1 is PracticalCompletion and can only move to InReview or Closed; it cannot move to Active"),
    ("WRM203", (request(SPARE), cancel(HOLDER, "A-2")), (request(), cancel(HOLDER)), ["WRM203"],
     "WorkSupplier northline cannot cancel activity A-1; type FIBRE_CONNECT does not let suppliers cancel"),
    ("WRM204", (request(), cancel()), (request(BUSY), cancel()), ["WRM204"],
     "activity A-1 is Active (OnSite); only untouched activities can be cancelled"),
    ("WRM204", (request(), cancel()), (request(PAUSED), status(CLOSED)), ["WRM204"],
     "activity A-1 is Open and has been active; only untouched activities can be cancelled"),
    ("WRM205", (request(DONE), outcome()), (request(ENDED), outcome()), ["WRM201", "WRM205"],
     "activity A-1 is Closed; outcome CONNECTED must be sent before the activity closes"),
    ("WRM206", (request(BUSY), status(COMPLETION)), (request(), status(COMPLETION)), ["WRM206"],
     "activity A-1 would move from Open to PracticalCompletion without being Active first"),
    ("WRM207", (request(DONE), status(REVIEW)), (request(BUSY), status(REVIEW)), ["WRM207"],
     "activity A-1 would move from Active (OnSite) to InReview without PracticalCompletion first"),
    ("WRM208", (request(DONE), status(CLOSED)), (request(BUSY), status(CLOSED)), ["WRM208"],
     "activity A-1 cannot move from Active (OnSite) to Closed without PracticalCompletion first"),
    ("WRM209", (request(), hold(CHORUS)), (request(ENDED), hold(CHORUS)), ["WRM209"],
     "work request WR-1 is closed, which is final; it cannot be put on hold"),
    ("WRM301", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=OWN)), ["WRM301"],
     "WorkRequestor rsp-one cannot move activity A-1 to Active; only the supplier can"),
    ("WRM301", (request(), cancel()), (request(), cancel(OWN)), ["WRM301"],
     "WorkRequestor rsp-one cannot cancel activity A-1; only the supplier or Chorus can"),
    ("WRM302", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=STRANGER)), ["WRM302"],
     "WorkSupplier southline cannot move activity A-1 to Active; supplier northline holds work request WR-1"),
    ("WRM302", (request(), ACCEPT(**from_(HOLDER))), (request(**REJECTED), ACCEPT(**from_(HOLDER))), ["WRM302"],
     "WorkSupplier northline cannot accept work request WR-1; no supplier holds work request WR-1,"
     " because northline rejected it"),
    ("WRM302", (request(), reject()), (request(), ACCEPT(**from_(CHORUS))), ["WRM302"],
     "Chorus cannot accept work request WR-1; supplier northline holds work request WR-1"),
    ("WRM303", (request(), hold(OWN)), (request(), hold(HOLDER)), ["WRM303"],
     "WorkSupplier northline is not expected to put work request WR-1 on hold; that is for requestor"
     " rsp-one or Chorus"),
    ("WRM304", (request(), hold(OWN)), (request(), hold(OTHER)), ["WRM304"],
     "WorkRequestor rsp-two cannot put work request WR-1 on hold; the work request belongs to requestor rsp-one"),
    ("WRM304", (None, create(NEW, sender=OWN)), (None, create(NEW, sender=OTHER)), ["WRM304"],
     "WorkRequestor rsp-two cannot create work request WR-1; the work request belongs to requestor rsp-one"),
    ("WRM305", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(), CANCEL_REQUEST(**from_(OWN))), ["WRM305"],
     "WorkRequestor rsp-one cannot cancel work request WR-1; only Chorus can"),
    ("WRM401", (request(), hold(OWN)), (None, hold(OTHER)), ["WRM401"],
     "work request WR-1 does not exist; create it first"),
    ("WRM402", (None, create(NEW)), (request(), create(NEW)), ["WRM402"],
     "work request WR-1 already exists; use another id"),
    ("WRM403", (request(), cancel()), (request(), cancel(STRANGER, "A-9")), ["WRM403"],
     "work request WR-1 has no activity A-9; it has A-1"),
    ("WRM404", (None, create(NEW, NEW_SPARE)), (None, create(NEW, NEW_SPARE, NEW, NEW_SPARE)), ["WRM404"],
     "work request WR-1 would have activities with the same id: A-1, A-2; give each activity its own id"),
    ("WRM404", (request(), events.AddActivity(**from_(OWN, activity=NEW_SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=NEW))), ["WRM404"],
     "work request WR-1 would have activities with the same id: A-1; give each activity its own id"),
    ("WRM405", (None, create(NEW)), (None, create()), ["WRM405"],
     "work request WR-1 would have no activities; give it at least one"),
    ("WRM406", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(ACTIVE, "Lost")), ["WRM406"],
     "activity A-1 would be Active (Lost), but its type LISTED does not list this state"),
    ("WRM406", (None, create(NewActivity("A-1", LISTING))),
     (None, create(NewActivity("A-1", LISTING, Status(OPEN, "X")), NewActivity("A-2", LISTING, Status(OPEN, "Y")))),
     ["WRM406"],
     "activity A-1 would be Open (X), but its type LISTED does not list this state; activity A-2 would be Open"
     " (Y), but its type LISTED does not list this state"),
    ("WRM407", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(OPEN, "OnSite")), ["WRM407"],
     "activity A-1 would be Open (OnSite), but its type LISTED lists OnSite under Active"),
    ("WRM408", (None, create(NEW)), (None, create(NEW, NewActivity("A-2", MAY_CANCEL, Status(ACTIVE)))),
     ["WRM408"],
     "activity A-2 would start as Active, but new activities start Open"),
    ("WRM408", (request(), events.AddActivity(**from_(OWN, activity=NEW_SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=NewActivity("A-2", MAY_CANCEL, Status(CLOSED))))),
     ["WRM408"],
     "activity A-2 would start as Closed, but new activities start Open"),
]  # fmt: skip
