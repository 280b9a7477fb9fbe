"""Faults to plant in the example service, `docs/examples/northline.py`, one at a time.

Each is a mistake that a developer could make in that file. The service still runs with it.
"""

from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

PATH = Path(__file__).parents[2] / "docs" / "examples" / "northline.py"
SOURCE = PATH.read_text(encoding="utf-8")


class Fault(NamedTuple):
    """A mistake in the service.

    Args:
        name: its name.
        old: the right text, which occurs once in the source.
        new: the wrong text.
        cites: a text that the report must have among the reasons or the differences.
    """

    name: str
    old: str
    new: str
    cites: str


def northline(fault: Fault | None = None) -> Any:
    """Return the class of the example service, with a fault if one is given."""
    source = SOURCE if fault is None else SOURCE.replace(fault.old, fault.new)
    module = ModuleType("northline")
    exec(compile(source, str(PATH), "exec"), module.__dict__)  # noqa: S102 - the text is our own
    return module.Northline


FAULTS: tuple[Fault, ...] = (
    # Allowed senders.
    Fault(
        "the requestor reallocates",
        "ReallocateWorkRequest: {CHORUS}",
        "ReallocateWorkRequest: {REQUESTOR, CHORUS}",
        "WRM103",
    ),
    Fault(
        "Chorus reports statuses",
        "UpdateActivityStatus: {SUPPLIER}",
        "UpdateActivityStatus: {SUPPLIER, CHORUS}",
        "WRM301",
    ),
    Fault(
        "the requestor cancels activities",
        "CancelActivity: {SUPPLIER, CHORUS}",
        "CancelActivity: {REQUESTOR, SUPPLIER, CHORUS}",
        "WRM301",
    ),
    Fault(
        "Chorus may not cancel activities",
        "CancelActivity: {SUPPLIER, CHORUS}",
        "CancelActivity: {SUPPLIER}",
        "WRM301",
    ),
    Fault("Chorus accepts", "AcceptWorkRequest: {SUPPLIER}", "AcceptWorkRequest: {SUPPLIER, CHORUS}", "WRM302"),
    Fault("the supplier puts on hold", "PutOnHold: {REQUESTOR, CHORUS}", "PutOnHold: {SUPPLIER, CHORUS}", "WRM303"),
    Fault("the supplier adds activities", "AddActivity: {REQUESTOR, CHORUS}", "AddActivity: set(Role)", "WRM303"),
    Fault("the supplier creates", "CreateWorkRequest: {REQUESTOR, CHORUS}", "CreateWorkRequest: set(Role)", "WRM303"),
    Fault(
        "the requestor cancels the request",
        "CancelWorkRequest: {CHORUS}",
        "CancelWorkRequest: {REQUESTOR, CHORUS}",
        "WRM305",
    ),
    Fault(
        "the supplier updates all details",
        "isinstance(event, events.UpdateDetails) and event.section in SUPPLIER_SECTIONS",
        "isinstance(event, events.UpdateDetails)",
        "WRM303",
    ),
    Fault(
        "the supplier may not add infos",
        "{Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS}",
        "{Section.FILE_ATTACHMENTS}",
        "WRM303",
    ),
    Fault("any requestor is accepted", 'bool(sender.id == request["requestor"])', "True", "WRM304"),
    Fault(
        "requestor and supplier mixed up",
        'bool(sender.id == request["requestor"])',
        'bool(sender.id == request["supplier"])',
        "WRM303",
    ),
    Fault(
        "a requestor creates for another",
        "and (sender.role is not REQUESTOR or sender.id == event.requestor)",
        "",
        "WRM304",
    ),
    Fault(
        "any supplier is accepted", 'return sender.id == request["supplier"] and is_held', "return is_held", "WRM302"
    ),
    Fault(
        "a supplier continues after rejecting",
        'request["allocation"] != Allocation.REJECTED or isinstance(event, events.RejectWorkRequest)',
        "True",
        "WRM302",
    ),
    Fault("a rejection cannot be repeated", " or isinstance(event, events.RejectWorkRequest)", "", "WRM302"),
    # Known and new ids, and new activities.
    Fault(
        "an unknown request is ignored",
        "if request is None:\n                return REFUSED",
        "if request is None:\n                return NOT_CONSUMED",
        "WRM401",
    ),
    Fault(
        "an unknown activity is ignored",
        "activity_id is not None:\n                return REFUSED",
        "activity_id is not None:\n                return NOT_CONSUMED",
        "WRM403",
    ),
    Fault(
        "creating is repeatable",
        "return self._create(event)",
        "return NOT_CONSUMED if self._request(event.work_request_id) else self._create(event)",
        "WRM402",
    ),
    Fault(
        "of two new activities with one id the last counts",
        "sender, new = event.sender, event.activities",
        "sender, new = event.sender, tuple({each.id: each for each in event.activities}.values())",
        "WRM404",
    ),
    Fault(
        "adding is repeatable",
        "case _:\n                return False",
        (
            'case events.AddActivity(activity=new):\n                return any(new.id == each["id"] for each in '
            'self._activities(request["id"]))\n            case _:\n                return False'
        ),
        "WRM404",
    ),
    Fault("a request without activities is created", "and len(new) > 0", "", "WRM405"),
    Fault("any state is accepted", "known.get(status.state)", "known.get(status.state, status.category)", "WRM406"),
    Fault("a state fits any category", "known.get(status.state) == status.category", "status.state in known", "WRM407"),
    Fault(
        "the names of the categories are not states",
        "{**(states or {}), **{each.value: each for each in Category}}",
        "states or {}",
        "WRM406",
    ),
    Fault("new activities are not Open", "new.status.category is OPEN and ", "", "WRM408"),
    # Closed activities and requests.
    Fault(
        "only closed requests are final",
        'request["closed"] if activity is None else activity["category"] == CLOSED',
        'request["closed"]',
        "WRM201",
    ),
    Fault(
        "outcomes are recorded after closing",
        'else activity["category"] == CLOSED  #',
        'else activity["category"] == CLOSED and not isinstance(event, events.RecordOutcome)  #',
        "WRM205",
    ),
    Fault(
        "only closed activities are final",
        'request["closed"] if activity is None else activity["category"] == CLOSED',
        'activity is not None and activity["category"] == CLOSED',
        "WRM209",
    ),
    Fault(
        "a cancellation does not close the request",
        'if all(each["category"] == CLOSED',
        'if not is_cancelled and all(each["category"] == CLOSED',
        "WRM209",
    ),
    Fault(
        "closing checks only the first activity",
        'self._activities(activity["request"]))',
        'self._activities(activity["request"])[:1])',
        "WRM209",
    ),
    Fault(
        "closing forgets the first activity",
        'self._activities(activity["request"]))',
        'self._activities(activity["request"])[1:])',
        "WRM209",
    ),
    Fault(
        "closing ignores activities in review",
        'all(each["category"] == CLOSED for',
        'all(each["category"] in (REVIEW, CLOSED) for',
        "WRM209",
    ),
    # Rejecting.
    Fault("rejected for any reason", "and reason in list(RejectionReason)", "", "WRM101"),
    Fault("rejected after work has begun", "and not any(is_touched(each) for each in activities)", "", "WRM102"),
    Fault(
        "rejecting checks only the first activity",
        "not any(is_touched(each) for each in activities)\n",
        "not is_touched(activities[0])\n",
        "WRM102",
    ),
    Fault(
        "rejecting ignores cancelled activities",
        "not any(is_touched(each) for each in activities)\n",
        'not any(is_touched(each) for each in activities if each["category"] != CLOSED)\n',
        "WRM102",
    ),
    Fault("rejected again for another reason", 'request["allocation"] != Allocation.REJECTED\n', "True\n", "WRM302"),
    Fault(
        "another reason is the same rejection",
        'bool(request["rejection_reason"] == reason)',
        'bool(request["allocation"] == Allocation.REJECTED)',
        "WRM302",
    ),
    # Reallocating.
    Fault("reallocated after work has begun", "return not has_begun and ", "return ", "WRM104"),
    Fault(
        "a pause undoes the start", 'any(each["has_been_active"] for', 'any(each["category"] == ACTIVE for', "WRM104"
    ),
    Fault("the same supplier again", ' and (supplier != request["supplier"] or may_have_it_again)', "", "WRM105"),
    Fault("the wrong supplier again", "not in (None, RejectionReason.WRONG_SUPPLIER)", "is not None", "WRM105"),
    Fault("never the same supplier again", " or may_have_it_again)", ")", "WRM105"),
    Fault(
        "reallocation keeps the reason",
        'self._sql("UPDATE requests SET rejection_reason = NULL WHERE id = ?", (key,))',
        "pass",
        "the allocation graph, Sent",
    ),
    Fault(
        "reallocation keeps the workers",
        "self._sql(\"UPDATE activities SET worker = NULL WHERE request = ? AND category != 'Closed'\", (key,))",
        "pass",
        "worker",
    ),
    Fault("reallocation drops all workers", " AND category != 'Closed'", "", "worker"),
    Fault("reallocation resumes", "allocation = 'Sent' WHERE", "allocation = 'Sent', on_hold = FALSE WHERE", "on_hold"),
    # Cancelling.
    Fault(
        "cancelled after work has begun",
        'return not any(is_touched(each) for each in activities if each["category"] != CLOSED)',
        "return True",
        "WRM106",
    ),
    Fault("a closed activity prevents cancelling the others", ' if each["category"] != CLOSED)', ")", "WRM106"),
    Fault(
        "cancelling forgets the second activity",
        "for each in self._activities(key):",
        "for each in self._activities(key)[:1]:",
        "WorkRequestClosed",
    ),
    Fault("cancelling closes closed activities again", 'if each["category"] != CLOSED:', "if True:", "closure"),
    Fault(
        "one cancelled activity makes a cancelled request",
        'all(each["closure"] == Closure.CANCELLED for',
        'any(each["closure"] == Closure.CANCELLED for',
        "WorkRequestClosed",
    ),
    Fault(
        "a closed request is cancelled",
        'all(each["closure"] == Closure.CANCELLED for',
        'all(each["closure"] is not None for',
        "WRM209",
    ),
    Fault(
        "a closed activity is cancelled",
        'return bool(activity["closure"] == Closure.CANCELLED)',
        'return activity["closure"] is not None',
        "WRM201",
    ),
    Fault(
        "the flag is forgotten in cancel events",
        ' and (sender.role is CHORUS or bool(activity["supplier_may_cancel"]))',
        "",
        "WRM203",
    ),
    Fault(
        "the flag is forgotten in status updates",
        'and not (move == (OPEN, CLOSED) and not activity["supplier_may_cancel"])',
        "",
        "WRM203",
    ),
    Fault(
        "the flag binds Chorus",
        '(sender.role is CHORUS or bool(activity["supplier_may_cancel"]))',
        'bool(activity["supplier_may_cancel"])',
        "WRM203",
    ),
    Fault(
        "paused work is cancelled by an event",
        "return not is_touched(activity) and",
        'return activity["category"] == OPEN and',
        "WRM204",
    ),
    Fault(
        "paused work is cancelled by a status update",
        'and not (move == (OPEN, CLOSED) and activity["has_been_active"])  # FAQ 4',
        "",
        "WRM204",
    ),
    Fault(
        "a cancelled activity keeps the requested state",
        "CLOSED if is_cancelled else status.state",
        "status.state",
        "state",
    ),
    # Moving.
    Fault("work on hold starts", 'and not (move == (OPEN, ACTIVE) and request["on_hold"])', "", "WRM107"),
    Fault(
        "a hold stops everything",
        'not (move == (OPEN, ACTIVE) and request["on_hold"])',
        'not request["on_hold"]',
        "WRM107",
    ),
    Fault(
        "completed without a start",
        "OPEN: {OPEN, ACTIVE, CLOSED}",
        "OPEN: {OPEN, ACTIVE, COMPLETION, CLOSED}",
        "WRM206",
    ),
    Fault("reviewed without a start", "OPEN: {OPEN, ACTIVE, CLOSED}", "OPEN: {OPEN, ACTIVE, REVIEW, CLOSED}", "WRM207"),
    Fault(
        "reviewed without completion",
        "ACTIVE: {OPEN, ACTIVE, COMPLETION}",
        "ACTIVE: {OPEN, ACTIVE, COMPLETION, REVIEW}",
        "WRM207",
    ),
    Fault(
        "closed without completion",
        "ACTIVE: {OPEN, ACTIVE, COMPLETION}",
        "ACTIVE: {OPEN, ACTIVE, COMPLETION, CLOSED}",
        "WRM208",
    ),
    Fault("completed twice", "COMPLETION: {REVIEW, CLOSED}", "COMPLETION: {COMPLETION, REVIEW, CLOSED}", "WRM202"),
    Fault("resumed from review", "REVIEW: {REVIEW, CLOSED}", "REVIEW: {ACTIVE, REVIEW, CLOSED}", "WRM202"),
    Fault(
        "a pause resets has_been_active",
        'activity["has_been_active"] or status.category is ACTIVE',
        'status.category is ACTIVE or (activity["has_been_active"] and status.category is not OPEN)',
        "has_been_active",
    ),
    Fault(
        "completion resets has_been_active",
        'activity["has_been_active"] or status.category is ACTIVE',
        'status.category is ACTIVE or (activity["has_been_active"] and status.category is OPEN)',
        "has_been_active",
    ),
    # Repeats.
    Fault("a repeat is refused", "return NOT_CONSUMED", "return REFUSED", "a repeat"),
    Fault(
        "a repeat is carried out",
        "return NOT_CONSUMED",
        "self._carry_out(event, request, activity)\n                return NOT_CONSUMED",
        "a repeat",
    ),
    Fault(
        "a repeat is recognised by the category alone",
        '(status.category, status.state) == (activity["category"], activity["state"])',
        'bool(status.category == activity["category"])',
        "WRM40",
    ),
    Fault("outcomes never repeat", "return outcome in self._outcomes(activity)", "return False", "a repeat"),
    Fault("a schedule is compared with the request's", "schedule_of(target)", "schedule_of(request)", "a repeat"),
    Fault(
        "a requested cancellation is looked up in the request",
        'target["cancellation_requested"]',
        'request["cancellation_requested"]',
        "a repeat",
    ),
    # Writing.
    Fault(
        "the second outcome replaces the first",
        "row = (key, id, ",
        'self._sql("DELETE FROM outcomes WHERE activity = ?", (id,))\n                row = (key, id, ',
        "outcomes",
    ),
    Fault(
        "one section replaces all",
        "text = json.dumps(values, ",
        'self._sql("DELETE FROM details WHERE request = ?", (key,))\n                text = json.dumps(values, ',
        "details",
    ),
    Fault(
        "every activity's cancellation is requested",
        'cancellation_requested = TRUE WHERE request = ? AND id = ?", (key, id))',
        'cancellation_requested = TRUE WHERE request = ?", (key,))',
        "cancellation_requested",
    ),
    Fault(
        "a worker of every request",
        'worker = ? WHERE request = ? AND id = ?", (worker, key, id))',
        'worker = ? WHERE id = ?", (worker, id))',
        "worker",
    ),
    Fault("every request is put on hold", 'on_hold = TRUE WHERE id = ?", (key,))', 'on_hold = TRUE")', "on_hold"),
)
"""All faults, in the order of the parts of the service."""
