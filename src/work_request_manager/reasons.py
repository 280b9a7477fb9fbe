"""Why a rule is broken, in one sentence that names the actual values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from work_request_manager import events
from work_request_manager._values import FrozenDict, Record
from work_request_manager.events import Event
from work_request_manager.judging import SENT_BY
from work_request_manager.model import (
    Activity,
    Allocation,
    Category,
    Party,
    RejectionReason,
    Role,
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
        facts: those values by name: texts, or tuples of texts where there are several.
    """

    rule: Rule
    reason: str
    facts: Mapping[str, str | tuple[str, ...]]

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
    words = _Words(case)
    reason = _REASONS[rule.id].format_map(words)
    return Violation(rule, reason, FrozenDict(words.facts))


class _Words(dict[str, str]):
    """What a sentence is filled in with, each worked out when the sentence asks for it; `facts` keeps the values."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.facts: dict[str, str | tuple[str, ...]] = {}

    def __missing__(self, word: str) -> str:
        if word in _PHRASES:
            self[word] = _PHRASES[word][self._case.kind].format_map(self)
        elif word in _LISTS:
            item, pairs = _LISTS[word]
            found = pairs(self._case)
            self.facts["activities"] = tuple(activity.id for activity, _ in found)
            self.facts["statuses"] = tuple(str(status) for _, status in found)
            self[word] = "; ".join(item(activity, status) for activity, status in found)
        else:
            self[word] = str(_VALUES[word](self._case))
            if word in _NOT_FACTS:
                return self[word]
            self.facts[word] = self[word]
        return self[word]


_REASONS: Mapping[str, str] = {
    "WRM101": "work request {work_request} is to be rejected for '{reason}', which is none of {reasons}",
    "WRM102": "work request {work_request} can't be rejected any more: {touched}",
    "WRM103": "{sender} can't {do}; only Chorus can",
    "WRM104": "work request {work_request} is to be reallocated from {supplier}, though work has begun: {begun}",
    "WRM105": "work request {work_request} is with supplier {supplier} already ({allocation}); name another",
    "WRM106": "work request {work_request} can't be cancelled any more: {open_touched}",
    "WRM107": "work request {work_request} is on hold, yet activity {activity} is to start",
    "WRM201": "activity {activity} is {status}; it can't {ask}",
    "WRM202": "activity {activity} is {status}, and goes on to InReview or Closed only; it can't {ask}",
    "WRM203": "{sender} can't {do}; its type {type} does not let suppliers cancel",
    "WRM204": "activity {activity} is {status}{been}; it can't be cancelled any more",
    "WRM205": "activity {activity} is {status}; outcome {outcome} comes too late",
    "WRM206": "activity {activity} is {status} and is to go straight to {asked}, without being Active first",
    "WRM207": "activity {activity} is {status} and is to go straight to {asked}, without PracticalCompletion first",
    "WRM208": "activity {activity} is {status}; it can't {ask} without PracticalCompletion first",
    "WRM209": "work request {work_request} is closed; it can't {ask}",
    "WRM301": "{sender} can't {do}; that is for {whose}",
    "WRM302": "{sender} can't {do}; {holder}",
    "WRM303": "{sender} is not expected to {do}; that is for requestor {requestor} or Chorus",
    "WRM304": "{sender} can't {do}; it is requestor {requestor}'s",
    "WRM305": "{sender} can't {do}; only Chorus can",
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
    # What the event wants of its target, to follow "it can't".
    events.AcceptWorkRequest: "be accepted",
    events.RejectWorkRequest: "be rejected for '{reason}'",
    events.ReallocateWorkRequest: "be reallocated to {new_supplier}",
    events.PutOnHold: "be put on hold",
    events.Resume: "be resumed",
    events.CancelWorkRequest: "be cancelled",
    events.RequestCancellation: "have its cancellation requested",
    events.UpdateSiteContact: "have its site contact changed",
    events.Reschedule: "be rescheduled",
    events.UpdateDetails: "have its {section} details changed",
    events.AddActivity: "get one more activity",
    events.RequestAddActivity: "get an activity of type {new_type}",
    events.UpdateActivityStatus: "move to {asked}",
    events.UpdateActivityWorker: "be given worker {worker}",
    events.RecordOutcome: "take outcome {outcome}",
    events.CancelActivity: "be cancelled",
}

_DOES: Mapping[type[Event], str] = {
    # What the event's sender wants to do, to follow "can't".
    events.CreateWorkRequest: "create {target}",
    events.AcceptWorkRequest: "accept {target}",
    events.RejectWorkRequest: "reject {target} for '{reason}'",
    events.ReallocateWorkRequest: "reallocate {target} to {new_supplier}",
    events.PutOnHold: "put {target} on hold",
    events.Resume: "resume {target}",
    events.CancelWorkRequest: "cancel {target}",
    events.RequestCancellation: "request the cancellation of {target}",
    events.UpdateSiteContact: "change the site contact of {target}",
    events.Reschedule: "reschedule {target}",
    events.UpdateDetails: "change the {section} details of {target}",
    events.AddActivity: "add an activity to {target}",
    events.RequestAddActivity: "request an activity of type {new_type} for {target}",
    events.UpdateActivityStatus: "move {target} to {asked}",
    events.UpdateActivityWorker: "give worker {worker} to {target}",
    events.RecordOutcome: "record outcome {outcome} for {target}",
    events.CancelActivity: "cancel {target}",
}

_PHRASES = {"ask": _ASKS, "do": _DOES}

_TO_DO: Mapping[Role, str] = {Role.WORK_SUPPLIER: "its supplier", Role.CHORUS: "Chorus"}

_VALUES: Mapping[str, Callable[[Any], object]] = {
    "work_request": lambda case: case.work_request_id,
    "sender": lambda case: "Chorus" if case.sender.role is Role.CHORUS else f"{case.sender.role} {case.sender.id}",
    "target": lambda case: (
        f"work request {case.work_request_id}" if case.activity_id is None else f"activity {case.activity_id}"
    ),
    "activity": lambda case: case.activity_id,
    "asked": lambda case: case.status,
    "section": lambda case: case.section,
    # Of the event itself
    "reason": lambda case: case.event.reason,
    "new_supplier": lambda case: case.event.supplier,
    "new_type": lambda case: case.event.type.code,
    "worker": lambda case: case.event.worker,
    "outcome": lambda case: case.event.outcome.code,
    # Of the work request as it is
    "reasons": lambda _case: ", ".join(RejectionReason),
    "whose": lambda case: " or ".join(_TO_DO[role] for role in SENT_BY["WRM301"][case.kind]),
    "requestor": lambda case: (case.event if case.kind is events.CreateWorkRequest else case.work_request).requestor,
    "supplier": lambda case: case.work_request.supplier,
    "allocation": lambda case: _allocation(case.work_request),
    "holder": lambda case: _holder(case.work_request),
    "status": lambda case: case.work_request.activity(case.activity_id).status,
    "type": lambda case: case.work_request.activity(case.activity_id).type.code,
    "been": lambda case: _been_active(case.work_request.activity(case.activity_id)),
    "activities": lambda case: ", ".join(activity.id for activity in case.work_request.activities),
    "repeated": lambda case: ", ".join(
        repeated_ids(
            (*(case.work_request.activities if case.kind is events.AddActivity else ()), *_new_activities(case.event))
        )
    ),
}

_NOT_FACTS = ("target", "holder", "been", "whose")
"""Words that say in a phrase what other values are."""

Pairs = list[tuple[Activity, Status]]


def _as_it_is(activity: Activity, status: Status) -> str:
    return f"activity {activity.id} is {status}{_been_active(activity)}"


# Of several activities, those that a sentence is about, and what it says of each.
_LISTS: Mapping[str, tuple[Callable[[Activity, Status], str], Callable[[Any], Pairs]]] = {
    "touched": (_as_it_is, lambda case: _now(case, lambda activity: not activity.is_untouched)),
    "open_touched": (
        _as_it_is,
        lambda case: _now(case, lambda activity: not activity.is_untouched and not activity.is_closed),
    ),
    "begun": (_as_it_is, lambda case: _now(case, lambda activity: activity.has_begun)),
    "unlisted": (
        lambda activity, status: (
            f"activity {activity.id} is to be {status}, but its type {activity.type.code} lists no such state"
        ),
        lambda case: [pair for pair in _told(case) if not pair[0].type.lists(pair[1])],
    ),
    "misplaced": (
        lambda activity, status: (
            f"activity {activity.id} is to be {status}, but its type {activity.type.code} lists {status.state} under"
            f" {activity.type.category_of(status.state)}"
        ),
        lambda case: [pair for pair in _told(case) if not pair[0].type.fits(pair[1])],
    ),
    "not_open": (
        lambda activity, status: f"activity {activity.id} would start as {status}, not Open",
        lambda case: [pair for pair in _told(case) if pair[1].category is not Category.OPEN],
    ),
}


def _now(case: Case, is_meant: Callable[[Activity], bool]) -> Pairs:
    assert case.work_request is not None
    return [(activity, activity.status) for activity in case.work_request.activities if is_meant(activity)]


def _been_active(activity: Activity) -> str:
    is_told = activity.has_been_active and activity.status.category is Category.OPEN
    return " and has been active" if is_told else ""


def _allocation(request: WorkRequest) -> str:
    return f"{request.allocation} for {request.rejection_reason}" if request.rejection_reason else request.allocation


def _holder(request: WorkRequest) -> str:
    if request.allocation is Allocation.REJECTED:
        return f"no supplier holds work request {request.id}, since {request.supplier} rejected it"
    return f"supplier {request.supplier} holds work request {request.id}"


def _new_activities(event: Any) -> tuple[Activity, ...]:
    return (event.activity,) if isinstance(event, events.AddActivity) else event.activities


def _told(case: Case) -> Pairs:
    """Return the activities that a case gives a status to, with that status."""
    if case.status is not None:
        assert case.work_request is not None
        assert case.activity_id is not None
        return [(case.work_request.activity(case.activity_id), case.status)]
    return [(activity, activity.status) for activity in _new_activities(case.event)]
