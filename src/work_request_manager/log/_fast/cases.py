"""The lines that the loop does not finish, and what `violations` reads of them to write the sentence of a finding.

Everything is computed when a sentence needs it, because most sentences need little.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from work_request_manager._copying import make_status, maker
from work_request_manager._values import MAX_ITEMS, short_text
from work_request_manager.kinds import EventKind, Target
from work_request_manager.log._fast.lines import Line, NewActivityPart
from work_request_manager.log._fast.nodes import Node, Variant
from work_request_manager.log._fast.plans import KnownTypes, Plan, status_of
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import ALLOCATIONS, UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._findings import Finding
from work_request_manager.model import (
    Activity,
    ActivityType,
    Category,
    NewActivity,
    Section,
    Status,
    party_text,
    status_text,
)
from work_request_manager.rules import Listing
from work_request_manager.violations import Entry

_make_new_activity = maker(NewActivity)
_CATEGORIES = {category.value: category for category in Category}
_UNKNOWN_TYPE = ActivityType("unknown")


def _status_of(tracked: TrackedActivity) -> tuple[str, str]:
    """Return the category and state of an activity. If its variant is unknown, a sample is described."""
    category = tracked.node.sample_category
    return category, category if tracked.state is UNKNOWN else printable_text(tracked.state)


def _activity_of(tracked: TrackedActivity) -> Activity:
    sample: Variant = tracked.node.sample
    return sample.activity(tracked.activity_id, tracked.type or _UNKNOWN_TYPE, _status_of(tracked)[1])


def _entry(tracked: TrackedActivity) -> Entry:
    # The words about an activity in a list read its id, type and status from the entry, and its history from a sample.
    status = make_status(tracked.node.sample.category, _status_of(tracked)[1])
    return tracked.activity_id, tracked.type or _UNKNOWN_TYPE, status, tracked.node.sample_activity


class _LineRequest:
    """The fields of a work request that sentences read."""

    __slots__ = ("allocation", "id", "rejection_reason", "requestor", "supplier")

    def __init__(self, id: str, request: TrackedRequest) -> None:
        self.id = id
        self.requestor = "unknown" if request.requestor is UNKNOWN else request.requestor
        self.supplier = "unknown" if request.supplier is UNKNOWN else request.supplier
        self.allocation, self.rejection_reason = ALLOCATIONS[max(request.allocation, 0)]


class _LineEvent:
    """An event as sentences read it. Its line has been decoded, so its values need no checks.

    Args:
        line: the line.
        types: the activity types of the log.
    """

    def __init__(self, line: Line, types: KnownTypes) -> None:
        self._line = line
        self._types = types

    @property
    def requestor(self) -> str:
        """The requestor of the work request that the event creates."""
        return self._line.requestor or self._line.sender.id

    @property
    def type(self) -> ActivityType:
        """The type of the activity that is asked for."""
        return self._types.of(self._line.type).type

    @property
    def activity(self) -> NewActivity:
        """The activity that the event adds."""
        assert self._line.activity is not None, "the plan has read it"
        return self._new(self._line.activity)

    @property
    def activities(self) -> tuple[NewActivity, ...]:
        """The activities that the event creates."""
        return tuple(map(self._new, self._line.activities or ()))

    def _new(self, part: NewActivityPart) -> NewActivity:
        category, state = status_of(part)
        status = make_status(_CATEGORIES[category], state)
        return _make_new_activity(part.id, self._types.of(part.type).type, status)


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
        mark: the mark of its event id. None if it has none.
        tracked: the activity before the event. None if the event is for none, or for one that does not exist.
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
    mark: str | None = None
    tracked: TrackedActivity | None = None

    @property
    def kind(self) -> EventKind:
        """The kind of the event."""
        return self.plan.kind

    @property
    def section(self) -> Section | None:
        """The section of the details that the event replaces."""
        return self.plan.section

    @property
    def work_request_id(self) -> str:
        """The id of the work request."""
        return self.line.task_id

    @property
    def activity_id(self) -> str | None:
        """The activity that the event is for. None if it is for none."""
        return self.line.activity_id if self.plan.names_activity else None

    @property
    def activity(self) -> Activity | None:
        """The activity before the event."""
        return None if self.tracked is None else _activity_of(self.tracked)

    @property
    def status(self) -> Status:
        """The status that the event gives. No sentence reads that of an event without one."""
        given = self.line.status
        assert given is not None
        return make_status(_CATEGORIES[given.category], given.state or given.category)

    @property
    def event(self) -> Any:
        """The event."""
        return _LineEvent(self.line, self.log.types)

    @property
    def work_request(self) -> Any:
        """The work request without its activities. No sentence reads one that does not exist."""
        return _LineRequest(self.work_request_id, self.request)

    def has_activity(self, activity_id: str) -> bool:
        """Return whether the work request has an activity with this id."""
        # A create describes the activities of a new work request.
        return self.kind.target is not Target.NEW and self.request.activity(activity_id) is not None

    def own(self, field: str) -> Any:
        """Return the value of a field of the event."""
        return getattr(self.event if field == "type" else self.line, field)

    def listed(self, listing: Listing) -> tuple[list[Entry], int]:
        """Return the first activities that a violation lists, and how many it lists in all."""
        if listing.of_event:
            entries = [entry for entry in self._entries_of_event() if listing.selects(*entry[1:])]
            return entries[:MAX_ITEMS], len(entries)
        request = self.request
        if request.counts is None:
            first = [each for each in request.activities() if self._selects(listing, each.node)]
            count = len(first)
        else:
            by_index = self.log.engine.nodes.by_index
            nodes = {at: number for at, number in request.counts.items() if self._selects(listing, by_index[at])}
            first, count = request.first_in(nodes, MAX_ITEMS), sum(nodes.values())
        return [_entry(each) for each in first[:MAX_ITEMS]], count

    def _selects(self, listing: Listing, node: Node) -> bool:
        """Return whether a violation certainly lists the activities of a node."""
        known = node.listings.get(listing)
        if known is None:
            variants = (variant.activity() for variant in node.variants)
            known = node.listings[listing] = all(listing.selects(each.type, each.status, each) for each in variants)
        return known

    def _entries_of_event(self) -> list[Entry]:
        if self.kind.new_activities is not None:
            return [(each.id, each.type, each.status, None) for each in self.kind.new_activities(self.event)]
        activity = self.activity
        assert activity is not None, "an event without new activities that breaks a rule on states is for an activity"
        return [(activity.id, activity.type, self.status, activity)]


def _status(case: Case) -> str:
    assert case.tracked is not None, "a sentence that names the status is about an activity"
    return status_text(*_status_of(case.tracked))


def _requested_status(case: Case) -> str:
    given = case.line.status
    assert given is not None, "a sentence that names the requested status is about an event with one"
    return status_text(given.category, given.state or given.category)


READERS: Mapping[str, Callable[[Case], str]] = {
    "work_request_id": lambda case: short_text(case.line.task_id),
    "activity_id": lambda case: short_text(case.line.activity_id),  # type: ignore[arg-type]  # it names one
    "sender": lambda case: party_text(case.line.sender.role, case.line.sender.id),
    "status": _status,
    "requested_status": _requested_status,
}
"""The facts that most sentences have, read from the line without making objects of the model."""
