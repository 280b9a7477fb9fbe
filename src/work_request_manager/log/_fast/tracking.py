"""The work requests of a log as the accelerator keeps them: small structures, and nodes that activities share."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import Enum
from functools import reduce
from itertools import chain, islice
from operator import itemgetter, or_
from typing import Any

import msgspec

from work_request_manager.log._fast.node_index import NodeIndex
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.texts import compact
from work_request_manager.model import ActivityType, Allocation, RejectionReason


class Unknown(Enum):
    """The value of a fact that the log has not shown. An enumeration, because its member survives pickling."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


ALLOCATIONS: tuple[tuple[Allocation, RejectionReason | None], ...] = (
    (Allocation.SENT, None),
    (Allocation.ACCEPTED, None),
    *((Allocation.REJECTED, reason) for reason in RejectionReason),
)
"""Every allocation with its reason. A tracked request holds an index, or ANY_ALLOCATION if it is unknown."""

ANY_ALLOCATION = -1


class TrackedActivity(msgspec.Struct, gc=False):
    """An activity of a log.

    Its values are compared to recognise repeats, and printed in messages. A value can be UNKNOWN, or a frozenset of the
    values that it may have. `type` is None if it is unknown.
    """

    activity_id: Any
    node: Any
    state: Any
    lists_states: bool = False
    type: ActivityType | None = None
    worker: Any = None
    schedule: Any = None
    outcomes: Any = None
    cancellation_requested: Any = False


NO_TIME = datetime.min.replace(tzinfo=UTC)

MAX_REFUSALS = 10_000
"""The number of activities of a work request whose first refusals are kept."""

MANY = 8
"""The number of further activities from which a work request finds them by a dictionary, and counts its nodes."""

MIN_INDEXED = 50
"""The number of activities from which a work request is indexed by node, if that is needed."""

HELD, MAYBE_HELD = 9, 18
"""The values of `TrackedRequest.hold` besides 0. They are parts of keys."""


class TrackedRequest(TrackedActivity, gc=False):
    """A work request of a log, and its first activity. Its values are like those of `TrackedActivity`.

    They are one structure, because most work requests have one activity, and reaching memory takes much of the time.
    The fields that most events read come first, so that they share lines of the processor's cache. `activity_id` is
    None if the log has shown no activity.

    Args:
        holder: the id of the supplier that holds the request. None if none does.
        last: the time of the last judged event.
        ids: its event ids (see `event_ids`).
        hold: 0, HELD or MAYBE_HELD.
        counts: the number of activities in each node, by the node's index, if there are many.
        more: the further activities: a tuple, or from MANY on a dictionary by their ids.
        allocation: an index of ALLOCATIONS.
        request_schedule: the schedule of the work request itself.
        request_cancellation_requested: whether the cancellation of the work request itself is requested.
        refusals: the place of the first refused event for each activity id. After the first one for the work request as
            a whole, which has the key None, no others are noted, because it is earlier.
        by_node: the activities by their nodes. None until a large work request needs them.
        unseen: the node of the activities that the log has not shown. None if it shows all.
        has_unseen: whether there certainly is an activity that the log has not shown.
    """

    activity_id: Any = None
    node: Any = None
    state: Any = None
    holder: Any = None
    last: datetime = NO_TIME
    ids: Any = ""
    hold: int = 0
    counts: dict[int, int] | None = None
    more: Any = ()
    requestor: Any = None
    allocation: int = 0
    supplier: Any = None
    unseen: Node | None = None
    has_unseen: bool = False
    site_contact: Any = None
    request_schedule: Any = None
    request_cancellation_requested: Any = False
    refusals: dict[Any, str] | None = None
    by_node: NodeIndex | None = None

    @property
    def on_hold(self) -> Any:
        """Whether the work request is on hold."""
        return UNKNOWN if self.hold == MAYBE_HELD else self.hold == HELD

    @on_hold.setter
    def on_hold(self, value: bool) -> None:
        self.hold = HELD if value else 0

    def allocate(self, allocation: int) -> None:
        """Change the allocation, and the holder with it."""
        self.allocation = allocation
        self.holder = None if ALLOCATIONS[allocation][1] is not None else self.supplier

    def activity(self, activity_id: str) -> TrackedActivity | None:
        """Return the activity with this id. None if the log has not shown it."""
        if self.activity_id == activity_id:
            return self
        more = self.more
        if type(more) is dict:
            found: TrackedActivity | None = more.get(activity_id)
            return found
        for activity in more:
            if activity.activity_id == activity_id:
                one: TrackedActivity = activity
                return one
        return None

    def first_refusal(self, activity_id: str | None) -> str | None:
        """Return the place of the first refused event about an activity, or about the work request as a whole."""
        refusals = self.refusals
        if refusals is None:
            return None
        own = None if activity_id is None else refusals.get(compact(activity_id))
        return own or refusals.get(None)

    def add_refusal(self, activity_id: str | None, file: str, number: int) -> None:
        """Note a refused event for an activity, or for the work request as a whole."""
        refusals = self.refusals
        if refusals is None:
            refusals = self.refusals = {}
        key = None if activity_id is None else compact(activity_id)
        if key not in refusals and None not in refusals and len(refusals) < MAX_REFUSALS:
            refusals[key] = f"{file}:{number}"

    def activities(self) -> Collection[TrackedActivity]:
        """Return all activities that the log has shown."""
        more = self.more.values() if type(self.more) is dict else self.more
        return more if self.activity_id is None else (self, *more)

    def facts(self, nodes: list[Node]) -> int:
        """Return the sum of the facts of all activities that the log has shown.

        Args:
            nodes: all nodes by their indices.
        """
        if self.counts is not None:
            return reduce(or_, (nodes[index].facts for index in self.counts))
        facts: int = 0 if self.node is None else self.node.facts
        for activity in self.more:
            facts |= activity.node.facts
        return facts

    def first_in(self, nodes: Collection[int], count: int) -> list[TrackedActivity]:
        """Return the first activities in these nodes, at most `count`."""
        index = self._index()
        if index is None:
            return list(islice((each for each in self.activities() if each.node.index in nodes), count))
        ranked = chain.from_iterable(index.first(node, count) for node in nodes)
        return [each for _, each in sorted(ranked, key=itemgetter(0))[:count]]

    def in_node(self, node: int) -> list[TrackedActivity]:
        """Return all activities in a node."""
        return self.first_in((node,), self.nodes()[node])

    def take_workers_in(self, node: int) -> list[TrackedActivity]:
        """Return all activities in a node that may have a worker. Their workers are then removed."""
        index = self._index()
        return self.in_node(node) if index is None else index.take_workers(node)

    def _index(self) -> NodeIndex | None:
        if self.by_node is None and len(self.more) >= MIN_INDEXED:
            self.by_node = NodeIndex(self.activities())
        return self.by_node

    def add(self, activity: TrackedActivity) -> TrackedActivity:
        """Add an activity, and return it as it is kept."""
        if self.activity_id is None:
            for field in TrackedActivity.__struct_fields__:
                setattr(self, field, getattr(activity, field))
            return self
        if self.counts is None:
            self.more += (activity,)
            if len(self.more) == MANY:
                self.counts = self.nodes()
                self.more = {each.activity_id: each for each in self.more}
            return activity
        self.more[activity.activity_id] = activity
        self.counts[activity.node.index] = self.counts.get(activity.node.index, 0) + 1
        if self.by_node is not None:
            self.by_node.add(activity)
        return activity

    def move(self, activity: TrackedActivity, node: Node) -> None:
        """Move an activity to another node."""
        counts = self.counts
        if counts is not None:
            old, new = activity.node.index, node.index
            if counts[old] == 1:
                del counts[old]
            else:
                counts[old] -= 1
            counts[new] = counts.get(new, 0) + 1
            if self.by_node is not None:
                self.by_node.leave(activity)
                activity.node = node
                self.by_node.enter(activity, counts[new])
        activity.node = node

    def nodes(self) -> dict[int, int]:
        """Return the number of its activities in each node, by the node's index."""
        if self.counts is not None:
            return self.counts
        counts: dict[int, int] = {}
        for activity in self.activities():
            counts[activity.node.index] = counts.get(activity.node.index, 0) + 1
        return counts
