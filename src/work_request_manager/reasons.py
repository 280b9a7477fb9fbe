"""Why a rule is broken, in one sentence that names the actual values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from work_request_manager import events
from work_request_manager._values import FrozenDict, Record
from work_request_manager.events import Event
from work_request_manager.model import (
    Activity,
    Allocation,
    Category,
    Party,
    RejectionReason,
    Section,
    Status,
    WorkRequest,
    repeated_ids,
)
from work_request_manager.rules import Rule


@attrs.frozen(eq=False, repr=False)
class Violation(Record):
    """A broken rule, and why it is broken here.

    Args:
        rule: the rule.
        reason: one sentence that names the actual values.
        facts: those values by name, as text.
    """

    rule: Rule
    reason: str
    facts: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.rule} ({self.rule.citation}): {self.reason}"


class Case(NamedTuple):
    """What is judged: an event, or what a party might send of its kind, for a work request."""

    work_request_id: str
    work_request: WorkRequest | None
    sender: Party
    kind: type[Event]
    activity_id: str | None
    status: Status | None
    section: Section | None
    event: Event | None = None

    @classmethod
    def of(cls, work_request: WorkRequest | None, event: Event) -> "Case":
        """Return the case of an event."""
        activity_id, status, section = (getattr(event, name, None) for name in ("activity_id", "status", "section"))
        return cls(event.work_request_id, work_request, event.sender, type(event), activity_id, status, section, event)


def explain(rules: Iterable[Rule], case: Case) -> tuple[Violation, ...]:
    """Return a violation for each of the rules that a case breaks."""
    return tuple(_explain(rule, case) for rule in rules)


def _explain(rule: Rule, case: Case) -> Violation:
    values = _Values(case)
    reason = _REASONS[rule.id].format_map(values)
    return Violation(rule, reason, FrozenDict(values))


class _Values(dict[str, str]):
    """The values that a sentence names, each worked out when the sentence asks for it."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def __missing__(self, name: str) -> str:
        if name == "ask":
            self[name] = _ASKS[self._case.kind].format_map(self)
        else:
            self[name] = str(_VALUES[name](self._case))
        return self[name]


_REASONS: Mapping[str, str] = {
    "WRM101": "work request {work_request} is to be rejected for {reason}, which is none of {reasons}",
    "WRM102": "work request {work_request} can't be rejected any more: {touched}",
    "WRM103": "that {target} {ask} is for Chorus to say, not for {sender}",
    "WRM104": "work request {work_request} is to be reallocated from {supplier}, though work has begun: {begun}",
    "WRM105": "work request {work_request} is {allocation}, supplier {supplier}; it can't be reallocated to the same",
    "WRM106": "work request {work_request} can't be cancelled any more: {open_touched}",
    "WRM107": "work request {work_request} is on hold, yet activity {activity} is to start",
    "WRM201": "activity {activity} is {status}; it can't {ask}",
    "WRM202": "activity {activity} is {status}, and goes on to InReview or Closed only; it can't {ask}",
    "WRM203": "activity {activity} is of type {type}, which suppliers may not cancel; {sender} is one",
    "WRM204": "activity {activity} {touched_how}; it can't be cancelled any more",
    "WRM205": "activity {activity} is {status}; outcome {outcome} comes too late",
    "WRM206": "activity {activity} is {status} and is to go straight to {asked}, without being Active first",
    "WRM207": "activity {activity} is {status} and is to go straight to {asked}, without PracticalCompletion first",
    "WRM208": "activity {activity} is {status}; it can't {ask} without PracticalCompletion first",
    "WRM209": "work request {work_request} is closed; it can't {ask}",
    "WRM301": "that {target} {ask} is for its supplier {supplier} to say, not for {sender}",
    "WRM302": "{holder}; that {target} {ask} is not for {sender} to say",
    "WRM303": "that {target} {ask} is for its requestor {requestor} or Chorus to say, not for {sender}",
    "WRM304": "that {target} {ask} is not for {sender} to say; its requestor is {requestor}",
    "WRM305": "that {target} {ask} is for Chorus to say, not for {sender}",
    "WRM401": "there is no work request {work_request}",
    "WRM402": "there is a work request {work_request} already",
    "WRM403": "work request {work_request} has no activity {activity}; it has {activities}",
    "WRM404": "work request {work_request} would have more than one activity {repeated}",
    "WRM405": "work request {work_request} would have no activity",
    "WRM406": "{unlisted}",
    "WRM407": "{misplaced}",
    "WRM408": "{not_open}",
}

_ASKS: Mapping[type[Event], str] = {
    # What the event wants of its target, to follow "it can't" or "that it".
    events.CreateWorkRequest: "be created",
    events.AcceptWorkRequest: "be accepted",
    events.RejectWorkRequest: "be rejected for {reason}",
    events.ReallocateWorkRequest: "be reallocated to {new_supplier}",
    events.PutOnHold: "be put on hold",
    events.Resume: "be resumed",
    events.CancelWorkRequest: "be cancelled",
    events.RequestCancellation: "have its cancellation requested",
    events.UpdateSiteContact: "have its site contact changed",
    events.Reschedule: "be rescheduled",
    events.UpdateDetails: "have its {section} details changed",
    events.AddActivity: "get one more activity",
    events.RequestAddActivity: "be asked to get an activity of type {new_type}",
    events.UpdateActivityStatus: "move to {asked}",
    events.UpdateActivityWorker: "be given worker {worker}",
    events.RecordOutcome: "take outcome {outcome}",
    events.CancelActivity: "be cancelled",
}

_VALUES: Mapping[str, Callable[[Any], object]] = {
    "work_request": lambda case: case.work_request_id,
    "sender": lambda case: f"{case.sender.role} {case.sender.id}",
    "target": lambda case: (
        f"work request {case.work_request_id}" if case.activity_id is None else f"activity {case.activity_id}"
    ),
    "activity": lambda case: case.activity_id,
    "asked": lambda case: case.status,
    "section": lambda case: case.section,
    # Of the event itself
    "reason": lambda case: repr(str(case.event.reason)),
    "new_supplier": lambda case: case.event.supplier,
    "new_type": lambda case: case.event.type.code,
    "worker": lambda case: case.event.worker,
    "outcome": lambda case: case.event.outcome.code,
    # Of the work request as it is
    "reasons": lambda _case: ", ".join(RejectionReason),
    "requestor": lambda case: (case.event if case.kind is events.CreateWorkRequest else case.work_request).requestor,
    "supplier": lambda case: case.work_request.supplier,
    "allocation": lambda case: _allocation(case.work_request),
    "holder": lambda case: _holder(case.work_request),
    "status": lambda case: case.work_request.activity(case.activity_id).status,
    "type": lambda case: case.work_request.activity(case.activity_id).type.code,
    "touched_how": lambda case: _touched_how(case.work_request.activity(case.activity_id)),
    "activities": lambda case: ", ".join(activity.id for activity in case.work_request.activities),
    "touched": lambda case: _listed(
        f"activity {activity.id} {_touched_how(activity)}"
        for activity in case.work_request.activities
        if not activity.is_untouched
    ),
    "open_touched": lambda case: _listed(
        f"activity {activity.id} {_touched_how(activity)}"
        for activity in case.work_request.activities
        if not activity.is_untouched and not activity.is_closed
    ),
    "begun": lambda case: _listed(
        f"activity {activity.id} {_touched_how(activity)}"
        for activity in case.work_request.activities
        if activity.has_begun
    ),
    # Of the activities and statuses that it asks for
    "repeated": lambda case: ", ".join(
        repeated_ids(
            (*(case.work_request.activities if case.kind is events.AddActivity else ()), *_new_activities(case.event))
        )
    ),
    "unlisted": lambda case: _listed(
        f"activity {activity.id} is to be {status}, but its type {activity.type.code} lists no such state"
        for activity, status in _told(case)
        if not activity.type.lists(status)
    ),
    "misplaced": lambda case: _listed(
        f"activity {activity.id} is to be {status}, but its type {activity.type.code} lists {status.state} under"
        f" {activity.type.category_of(status.state)}"
        for activity, status in _told(case)
        if not activity.type.fits(status)
    ),
    "not_open": lambda case: _listed(
        f"activity {activity.id} would start as {status}, not Open"
        for activity, status in _told(case)
        if status.category is not Category.OPEN
    ),
}


def _listed(items: Iterable[str]) -> str:
    return "; ".join(items)


def _touched_how(activity: Activity) -> str:
    been = " and has been active" if activity.has_been_active and activity.status.category is Category.OPEN else ""
    return f"is {activity.status}{been}"


def _allocation(request: WorkRequest) -> str:
    return f"{request.allocation} for {request.rejection_reason}" if request.rejection_reason else request.allocation


def _holder(request: WorkRequest) -> str:
    if request.allocation is Allocation.REJECTED:
        return f"no supplier holds work request {request.id}, since {request.supplier} rejected it"
    return f"supplier {request.supplier} holds work request {request.id}"


def _new_activities(event: Any) -> tuple[Activity, ...]:
    return (event.activity,) if isinstance(event, events.AddActivity) else event.activities


def _told(case: Case) -> list[tuple[Activity, Status]]:
    """Return the activities that a case gives a status to, with that status."""
    if case.status is not None:
        assert case.work_request is not None
        assert case.activity_id is not None
        return [(case.work_request.activity(case.activity_id), case.status)]
    return [(activity, activity.status) for activity in _new_activities(case.event)]
