"""The work requests of a log as the accelerator keeps them: small structures, and nodes that activities share.

A variant is the part of an activity that the rules can tell apart, and a node is a set of variants. In a complete log
each node has one variant. In a partial log a node has every variant that the activity may be in. There are finitely
many nodes, so judgements are cached in them.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from enum import Enum
from functools import reduce
from itertools import chain, islice
from operator import itemgetter, or_
from typing import Any, NamedTuple

import msgspec

from work_request_manager.log._fast.node_index import NodeIndex
from work_request_manager.log._fast.texts import compact
from work_request_manager.model import Activity, ActivityType, Allocation, Category, Closure, RejectionReason, Status


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


class Variant(NamedTuple):
    """The parts of an activity that the rules can tell apart."""

    category: Category
    has_been_active: bool
    may_cancel: bool
    closure: Closure | None

    def activity(self, id: str = "-", type: ActivityType | None = None, state: str = "", **fields: Any) -> Activity:
        """Return an activity of this variant."""
        kind = ActivityType("-", self.may_cancel) if type is None else type
        return Activity(id, kind, Status(self.category, state), self.has_been_active, closure=self.closure, **fields)


def variant_of(activity: Activity) -> Variant:
    """Return the variant of an activity."""
    return Variant(
        activity.status.category,
        activity.has_been_active,
        activity.type.work_supplier_allowed_to_cancel,
        activity.closure,
    )


_OPEN = 1
"""The bit of an activity that is not closed."""


def _bits(activity: Activity) -> int:
    """Return the facts of an activity that those of its work request sum up, as bits to be joined by OR."""
    is_touched, is_open = not activity.is_untouched, not activity.is_closed
    is_cancelled = activity.closure is Closure.CANCELLED
    facts = (is_open, is_touched, is_touched and is_open, activity.has_begun, not is_cancelled)
    return sum(fact << number for number, fact in enumerate(facts))


class Node(dict[int, Any]):
    """The cached results of events for activities that are alike, by keys that the loop makes.

    Args:
        variants: the variants that the activities may be in.

    Attributes:
        index: its rank among the nodes of the log, which identifies it in keys.
        sample: a variant.
        sample_category: the name of its category.
        category: the name of the category of every variant. None if they differ.
        bits: a variant for each sum of facts.
        facts: all these sums, joined by OR.
        is_closed: whether every variant is closed.
        effects: the cached effects of events for whole work requests, by the events' names.
        listings: whether the listings of violations certainly select these activities, as far as known.
    """

    __slots__ = (
        "bits", "category", "effects", "facts", "index", "is_closed", "listings", "sample", "sample_category", "variants",
    )  # fmt: skip

    def __init__(self, index: int, variants: frozenset[Variant]) -> None:
        super().__init__()
        self.index = index
        self.variants = variants
        self.sample = min(variants, key=str)
        self.sample_category = self.sample.category.value
        is_common = all(variant.category is self.sample.category for variant in variants)
        self.category = self.sample_category if is_common else None
        self.bits = {_bits(variant.activity()): variant for variant in sorted(variants, key=str)}
        self.facts = reduce(or_, self.bits)
        self.is_closed = not self.facts & _OPEN
        self.effects: dict[str, Any] = {}
        self.listings: dict[Any, bool] = {}

    def __missing__(self, key: int) -> None:
        """Return None for a result that is not cached. Reading it in this way is faster than `get`."""

    def __reduce__(self) -> tuple[type["Node"], tuple[int, frozenset[Variant]]]:
        return Node, (self.index, self.variants)  # without what is cached


class Nodes:
    """All nodes, each once."""

    def __init__(self) -> None:
        self.by_index: list[Node] = []
        self._by_variants: dict[frozenset[Variant], Node] = {}

    def of(self, activities: Iterable[Activity]) -> Node:
        """Return the node of an activity that may be any of these."""
        return self._of(frozenset(map(variant_of, activities)))

    def assumed(self, flags: Iterable[bool] = (False, True)) -> Node:
        """Return the node of an activity of which at most the flag of its type is known."""
        return self._of(frozenset(_possible_variants(tuple(flags))))

    def facts_of(self, request: "TrackedRequest") -> int:
        """Return the sum of the facts of all activities that the log has shown of a work request."""
        if request.counts is not None:
            return reduce(or_, (self.by_index[index].facts for index in request.counts))
        if request.first is None:
            return 0
        facts: int = request.first.node.facts
        for activity in request.more:
            facts |= activity.node.facts  # type: ignore[union-attr]  # few activities are in a tuple
        return facts

    def are_closed(self, request: "TrackedRequest") -> bool:
        """Return whether all activities of a work request are certainly closed."""
        is_open = self.facts_of(request) & _OPEN
        return not is_open and (request.unseen is None or request.unseen.is_closed)

    def _of(self, variants: frozenset[Variant]) -> Node:
        node = self._by_variants.get(variants)
        if node is None:
            node = self._by_variants[variants] = Node(len(self.by_index), variants)
            self.by_index.append(node)
        return node


def _possible_variants(flags: tuple[bool, ...]) -> Iterator[Variant]:
    """Yield every variant that the constructor of `Activity` accepts."""
    for category in Category:
        for has_been_active in (True,) if category is Category.ACTIVE else (False, True):
            for closure in Closure if category is Category.CLOSED else (None,):
                for flag in flags:
                    yield Variant(category, has_been_active, flag, closure)


class TrackedActivity(msgspec.Struct, gc=False):
    """An activity of a log.

    Its values are compared to recognise repeats, and printed in messages. A value can be UNKNOWN, or a frozenset of the
    values that it may have. `state` and `type` are None if they are unknown.
    """

    id: str
    node: Node
    state: str | None
    type: ActivityType | None
    lists_states: bool = False
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


class TrackedRequest(msgspec.Struct, gc=False):
    """A work request of a log. Its values are like those of `TrackedActivity`.

    Args:
        first: the first activity. None if there is none, or the log has shown none.
        holder: the id of the supplier that holds the request. None if none does.
        hold: 0, HELD or MAYBE_HELD.
        last: the time of the last judged event.
        ids: its event ids (see `event_ids`).
        more: the further activities: a tuple, or from MANY on a dictionary by their ids.
        counts: the number of activities in each node, by the node's index, if there are many.
        allocation: an index of ALLOCATIONS.
        refusals: for each activity id, and None, the first refused event: its rank and place.
        by_node: the activities by their nodes. None until a large work request needs them.
        unseen: the node of the activities that the log has not shown. None if it shows all.
        has_unseen: whether there certainly is an activity that the log has not shown.
        exists: whether the work request exists, or is assumed to.
    """

    # In the order of use, because the fields that most events read should share a line of the processor's cache.
    first: TrackedActivity | None = None
    holder: Any = None
    exists: bool = False
    last: datetime = NO_TIME
    ids: Any = ""
    hold: int = 0
    counts: dict[int, int] | None = None
    more: tuple[TrackedActivity, ...] | dict[str | None, TrackedActivity] = ()
    requestor: Any = None
    allocation: int = 0
    unseen: Node | None = None
    supplier: Any = None
    site_contact: Any = None
    schedule: Any = None
    cancellation_requested: Any = False
    refusals: dict[str | None, tuple[int, str]] | None = None
    by_node: NodeIndex | None = None
    has_unseen: bool = False

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
        if allocation != ANY_ALLOCATION:
            self.holder = None if ALLOCATIONS[allocation][1] is not None else self.supplier

    def activity(self, activity_id: str | None) -> TrackedActivity | None:
        """Return the activity with this id. None if the log has not shown it."""
        first, more = self.first, self.more
        if first is not None and first.id == activity_id:
            return first
        if isinstance(more, dict):
            return more.get(activity_id)
        for activity in more:
            if activity.id == activity_id:
                return activity
        return None

    def first_refusal(self, activity_id: str | None) -> str | None:
        """Return the place of the first refused event about an activity, or about the work request as a whole."""
        refusals = self.refusals
        if refusals is None:
            return None
        whole = refusals.get(None)
        own = None if activity_id is None else refusals.get(compact(activity_id))
        first = own or whole if own is None or whole is None else min(own, whole)
        return None if first is None else first[1]

    def add_refusal(self, activity_id: str | None, file: str, number: int) -> None:
        """Note a refused event for an activity, or for the work request as a whole."""
        if self.refusals is None:
            self.refusals = {}
        key = activity_id and compact(activity_id)
        if key not in self.refusals and len(self.refusals) < MAX_REFUSALS:
            self.refusals[key] = len(self.refusals), f"{file}:{number}"

    def activities(self) -> Iterator[TrackedActivity]:
        """Yield all activities that the log has shown, at least one."""
        assert self.first is not None, "nobody asks for the activities before there is one"
        yield self.first
        yield from self.more.values() if isinstance(self.more, dict) else self.more

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

    def add(self, activity: TrackedActivity) -> None:
        """Add an activity."""
        if self.first is None:
            self.first = activity
            return
        if isinstance(self.more, tuple):
            self.more += (activity,)
            if len(self.more) == MANY:
                self.counts = self.nodes()
                self.more = {each.id: each for each in self.more}
            return
        assert self.counts is not None, "many activities are counted"
        self.more[activity.id] = activity
        self.counts[activity.node.index] = self.counts.get(activity.node.index, 0) + 1
        if self.by_node is not None:
            self.by_node.add(activity)

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
        for activity in () if self.first is None else self.activities():
            counts[activity.node.index] = counts.get(activity.node.index, 0) + 1
        return counts
