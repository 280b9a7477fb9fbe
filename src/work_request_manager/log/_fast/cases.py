"""The lines that the loop does not finish, and what `violations` reads of them to write the sentence of a finding.

Everything is computed when a sentence needs it, because most sentences need little.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from work_request_manager._copying import make_status
from work_request_manager._values import MAX_ITEMS, short_text
from work_request_manager.kinds import EventKind
from work_request_manager.log._fast.lines import Line, NewActivityPart
from work_request_manager.log._fast.nodes import Variant
from work_request_manager.log._fast.plans import Plan, status_of
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import ALLOCATIONS, UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._findings import Finding
from work_request_manager.model import Activity, ActivityType, Category, Section, Status, status_text
from work_request_manager.rules import Listing
from work_request_manager.violations import Entry, holder_text, target_text

_CATEGORIES = {category.value: category for category in Category}
_UNKNOWN_TYPE = ActivityType("unknown")


def _state_of(tracked: TrackedActivity) -> str:
    """Return the state of an activity. If its variant is unknown, a sample is described."""
    category: str = tracked.node.sample_category
    return category if tracked.state is UNKNOWN else printable_text(tracked.state)


def _status_of(tracked: TrackedActivity) -> Status:
    state, sample = _state_of(tracked), tracked.node.sample_activity.status
    return sample if state == sample.state else make_status(sample.category, state)


def _given_status(given: Line | NewActivityPart) -> Status:
    """Return the status that a line, or a new activity in it, gives."""
    category, state = status_of(given)
    return make_status(_CATEGORIES[category], state)


def _entry(tracked: TrackedActivity) -> Entry:
    # The words about an activity in a list read its id, type and status from the entry, and its history from a sample.
    return tracked.activity_id, tracked.type or _UNKNOWN_TYPE, _status_of(tracked), tracked.node.sample_activity


class Case(msgspec.Struct, gc=False):
    """A line that the loop does not finish. It is also the context of its findings (see `violations.MessageContext`).

    Args:
        log: the log, a `Settler`.
        found: the findings so far.
        file: the name of the log.
        number: the number of the line.
        data: the line as it is in the log.
        line: the line, decoded.
        plan: the plan of its event.
        request: its work request before the event.
        instant: the time of its event.
        activity_id: the activity that the event is for. None if it is for none.
        mark: the mark of its event id. None if it has none.
        tracked: the activity before the event. None if the event is for none, or for one that does not exist.
        sender: the sender as sentences name it, as soon as there is a sentence.
    """

    log: Any
    found: list[Finding]
    file: str
    number: int
    data: bytes
    line: Line
    plan: Plan
    request: TrackedRequest
    instant: datetime
    activity_id: str | None
    mark: str | None = None
    tracked: TrackedActivity | None = None
    sender: str = ""

    @property
    def kind(self) -> EventKind:
        """The kind of the event."""
        return self.plan.kind

    @property
    def section(self) -> Section | None:
        """The section of the details that the event replaces."""
        return self.plan.section

    @property
    def activity(self) -> Activity:
        """The activity before the event. No sentence reads one that does not exist."""
        tracked = self.tracked
        assert tracked is not None, "a sentence about the state of an activity is about one that exists"
        sample: Variant = tracked.node.sample
        return sample.activity(tracked.activity_id, tracked.type or _UNKNOWN_TYPE, _state_of(tracked))

    @property
    def status(self) -> Status:
        """The status that the event gives. No sentence reads that of an event without one."""
        return _given_status(self.line)

    def new_ids(self) -> list[str]:
        """Return the ids of the new activities that the event describes."""
        return [each.id for each in self._new_activities()]

    def _new_activities(self) -> Any:
        assert self.kind.new_activities is not None, "a sentence about new activities is about an event with some"
        return self.kind.new_activities(self.line)  # a line has the fields of its event

    def kept_reason(self) -> str | None:
        """Return the reason for which the work request is rejected. None if it is not."""
        return ALLOCATIONS[max(self.request.allocation, 0)][1]

    def has_activity(self, activity_id: str) -> bool:
        """Return whether the work request has an activity with this id."""
        # A create describes the activities of a new work request.
        return not self.plan.creates and self.request.activity(activity_id) is not None

    def own(self, field: str) -> Any:
        """Return the value of a field of the event."""
        return self.log.types.of(self.line.type).type if field == "type" else getattr(self.line, field)

    def listed(self, listing: Listing) -> tuple[list[Entry], int]:
        """Return the first activities that a violation lists, and how many it lists in all."""
        if listing.of_event:
            entries = [entry for entry in self._entries_of_event() if listing.selects(*entry[1:])]
            return entries[:MAX_ITEMS], len(entries)
        request = self.request
        if request.counts is None:
            first = [each for each in request.activities() if each.node.listings[listing]]
            count = len(first)
        else:
            by_index = self.log.engine.nodes.by_index
            nodes = {at: number for at, number in request.counts.items() if by_index[at].listings[listing]}
            first, count = request.first_in(nodes, MAX_ITEMS), sum(nodes.values())
        return [_entry(each) for each in first[:MAX_ITEMS]], count

    def _entries_of_event(self) -> list[Entry]:
        if self.kind.new_activities is not None:
            types = self.log.types
            return [(each.id, types.of(each.type).type, _given_status(each), None) for each in self._new_activities()]
        activity = self.activity
        return [(activity.id, activity.type, self.status, activity)]


def _status(case: Case) -> str:
    assert case.tracked is not None, "a sentence that names the status is about an activity"
    return status_text(case.tracked.node.sample_category, _state_of(case.tracked))


def _named(id: Any) -> str:
    """Return the id of a party of a work request, as sentences name it."""
    return "unknown" if id is UNKNOWN else short_text(id)


def _requestor(case: Case) -> str:
    """Return the requestor of the work request that an event is for, or creates."""
    line = case.line
    return _named((line.requestor or line.sender.id) if case.plan.creates else case.request.requestor)


def _holder(case: Case) -> str:
    return holder_text(case.line.task_id, _named(case.request.supplier), is_rejected=case.kept_reason() is not None)


READERS: Mapping[str, Callable[[Case], str]] = {
    "work_request_id": lambda case: short_text(case.line.task_id),
    "activity_id": lambda case: short_text(case.activity_id),  # type: ignore[arg-type]  # it names one
    "target": lambda case: target_text(case.line.task_id, case.activity_id),
    "sender": lambda case: case.sender,
    "requestor": _requestor,
    "holder": _holder,
    "status": _status,
    "requested_status": lambda case: status_text(*status_of(case.line)),
}
"""The facts that most sentences have, read from the line without making objects of the model."""
