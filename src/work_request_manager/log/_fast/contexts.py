"""The subject of a finding: what `violations` reads to write the sentence, taken from a line and a tracked request.

Everything is computed when the sentence needs it, because most sentences need little.
"""

from collections.abc import Callable
from typing import Any

from work_request_manager._copying import copy_activity, copy_work_request, maker
from work_request_manager._values import MAX_ITEMS
from work_request_manager.events import AnyEvent
from work_request_manager.kinds import Target
from work_request_manager.log._fast.engine import ALLOCATIONS
from work_request_manager.log._fast.lines import Line
from work_request_manager.log._fast.plans import Plan
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import UNKNOWN, Node, Nodes, TrackedActivity, TrackedRequest
from work_request_manager.model import Activity, ActivityType, Category, Party, Role, Status, WorkRequest
from work_request_manager.rules import Listing
from work_request_manager.violations import Entry

_party, _status = maker(Party), maker(Status)
_ROLES = {role.value: role for role in Role}
_CATEGORIES = {category.value: category for category in Category}
_UNKNOWN_TYPE = ActivityType("unknown")
_BLANK_ACTIVITY = Activity("-", _UNKNOWN_TYPE)
_BLANK = WorkRequest("-", "-", "-", (_BLANK_ACTIVITY,))


def party_of(line: Line) -> Party:
    """Return the sender of a line."""
    made: Party = _party(_ROLES[line.sender.role], line.sender.id)
    return made


def known_text(value: Any) -> str | None:
    """Return a value to print. None if it is unknown."""
    return None if value is UNKNOWN else value


def activity_of(tracked: TrackedActivity) -> Activity:
    """Return an activity as sentences describe it. If its variant is unknown, a sample is described."""
    variant = tracked.node.sample
    state = variant.category.value if tracked.state is None else printable_text(tracked.state)
    return copy_activity(
        _BLANK_ACTIVITY,
        id=tracked.id,
        type=tracked.type or _UNKNOWN_TYPE,
        status=_status(variant.category, state),
        has_been_active=variant.has_been_active,
        closure=variant.closure,
    )


class LineContext:
    """The subject of the findings of a line.

    Args:
        line: the line.
        plan: the plan of its event.
        request: the work request before the event.
        nodes: the nodes of the log.
        tracked: the activity before the event. None if the event is for none, or for one that does not exist.
        decode: a function that decodes the event.
    """

    def __init__(
        self,
        line: Line,
        plan: Plan,
        request: TrackedRequest,
        nodes: Nodes,
        tracked: TrackedActivity | None,
        decode: Callable[[], AnyEvent],
    ) -> None:
        self._line = line
        self._request = request
        self._nodes = nodes
        self._decode = decode
        self._tracked = tracked
        self.kind = plan.kind
        self.section = plan.section
        self.work_request_id = line.task_id
        self.activity_id = line.activity_id if plan.names_activity else None

    @property
    def activity(self) -> Activity | None:
        """The activity before the event."""
        return None if self._tracked is None else activity_of(self._tracked)

    @property
    def status(self) -> Status:
        """The status that the event gives. No sentence reads that of an event without one."""
        given = self._line.status
        assert given is not None
        made: Status = _status(_CATEGORIES[given.category], given.state or given.category)
        return made

    @property
    def sender(self) -> Party:
        """The sender of the event."""
        return party_of(self._line)

    @property
    def event(self) -> AnyEvent:
        """The event."""
        return self._decode()

    @property
    def work_request(self) -> WorkRequest:
        """The work request without its activities. No sentence reads one that does not exist."""
        request = self._request
        allocation, reason = ALLOCATIONS[max(request.allocation, 0)]
        return copy_work_request(
            _BLANK,
            id=self._line.task_id,
            requestor=known_text(request.requestor) or "unknown",
            supplier=known_text(request.supplier) or "unknown",
            allocation=allocation,
            rejection_reason=reason,
        )

    def has_activity(self, activity_id: str) -> bool:
        """Return whether the work request has an activity with this id."""
        # A create describes the activities of a new work request.
        return self.kind.target is not Target.NEW and self._request.activity(activity_id) is not None

    def own(self, field: str) -> Any:
        """Return the value of a field of the event."""
        return getattr(self.event if field == "type" else self._line, field)

    def listed(self, listing: Listing) -> tuple[list[Entry], int]:
        """Return the first activities that a violation lists, and how many it lists in all."""
        if listing.of_event:
            entries = [entry for entry in self._entries_of_event() if listing.selects(*entry[1:])]
            return entries[:MAX_ITEMS], len(entries)
        nodes = {
            index: n for index, n in self._request.nodes().items() if _selects(listing, self._nodes.by_index[index])
        }
        first = self._request.first_in(nodes, MAX_ITEMS)
        return [(each.id, each.type, each.status, each) for each in map(activity_of, first)], sum(nodes.values())

    def _entries_of_event(self) -> list[Entry]:
        if self.kind.new_activities is not None:
            return [(each.id, each.type, each.status, None) for each in self.kind.new_activities(self.event)]
        activity = self.activity
        assert activity is not None, "an event without new activities that breaks a rule on states is for an activity"
        return [(activity.id, activity.type, self.status, activity)]


def _selects(listing: Listing, node: Node) -> bool:
    variants = (variant.activity() for variant in node.variants)
    return all(listing.selects(each.type, each.status, each) for each in variants)
