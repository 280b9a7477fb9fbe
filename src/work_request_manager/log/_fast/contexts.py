"""The subject of a finding: what `violations` reads to write the sentence, taken from a line and a tracked request.

Everything is computed when the sentence needs it, because most sentences need little.
"""

from typing import Any

from work_request_manager._copying import copy_work_request, make_activity, maker
from work_request_manager._values import MAX_ITEMS
from work_request_manager.kinds import Target
from work_request_manager.log._fast.lines import Line, NewActivityPart
from work_request_manager.log._fast.plans import KnownTypes, Plan, status_of
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import ALLOCATIONS, UNKNOWN, Node, Nodes, TrackedActivity, TrackedRequest
from work_request_manager.model import Activity, ActivityType, Category, NewActivity, Party, Role, Status, WorkRequest
from work_request_manager.rules import Listing
from work_request_manager.violations import Entry

_make_party, _make_status, _make_new_activity = maker(Party), maker(Status), maker(NewActivity)
_ROLES = {role.value: role for role in Role}
_CATEGORIES = {category.value: category for category in Category}
_UNKNOWN_TYPE = ActivityType("unknown")
_BLANK = WorkRequest("-", "-", "-", (Activity("-", _UNKNOWN_TYPE),))


def known_text(value: Any) -> str | None:
    """Return a value to print. None if it is unknown."""
    return None if value is UNKNOWN else value


def activity_of(tracked: TrackedActivity) -> Activity:
    """Return an activity as sentences describe it. If its variant is unknown, a sample is described."""
    variant = tracked.node.sample
    state = variant.category.value if tracked.state is None else printable_text(tracked.state)
    status = _make_status(variant.category, state)
    return make_activity(
        tracked.id,
        tracked.type or _UNKNOWN_TYPE,
        status,
        variant.has_been_active,
        (),
        None,
        False,
        None,
        variant.closure,
    )


class _LineEvent:
    """An event as sentences read it. Its line has been decoded, so its values need no checks.

    Args:
        line: the line.
        types: the activity types of the log.
    """

    def __init__(self, line: Line, types: KnownTypes) -> None:
        self._line = line
        self._types = types

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

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
        status = _make_status(_CATEGORIES[category], state)
        return _make_new_activity(part.id, self._types.of(part.type).type, status)


class LineContext:
    """The subject of the findings of a line.

    Args:
        line: the line.
        plan: the plan of its event.
        request: the work request before the event.
        nodes: the nodes of the log.
        types: the activity types of the log.
        tracked: the activity before the event. None if the event is for none, or for one that does not exist.
    """

    def __init__(
        self,
        line: Line,
        plan: Plan,
        request: TrackedRequest,
        nodes: Nodes,
        types: KnownTypes,
        tracked: TrackedActivity | None,
    ) -> None:
        self._line = line
        self._request = request
        self._nodes = nodes
        self._types = types
        self.kind = plan.kind
        self.section = plan.section
        self.work_request_id = line.task_id
        self.activity_id = line.activity_id if plan.names_activity else None
        self.sender = _make_party(_ROLES[line.sender.role], line.sender.id)
        self.activity = None if tracked is None else activity_of(tracked)
        given = line.status if plan.gives_status else None
        self.status = (
            None if given is None else _make_status(_CATEGORIES[given.category], given.state or given.category)
        )

    @property
    def event(self) -> Any:
        """The event."""
        return _LineEvent(self._line, self._types)

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
        return getattr(self.event, field)

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
        activity, status = self.activity, self.status
        assert activity is not None, "an event without new activities that breaks a rule on states is for an activity"
        assert status is not None, "and gives its status"
        return [(activity.id, activity.type, status, activity)]


def _selects(listing: Listing, node: Node) -> bool:
    variants = (variant.activity() for variant in node.variants)
    return all(listing.selects(each.type, each.status, each) for each in variants)
