"""The nodes: what the rules can tell apart about the activities of a log.

A variant is the part of an activity that the rules can tell apart, and a node is a set of variants. In a complete log
each node has one variant. In a partial log a node has every variant that the activity may be in. There are finitely
many nodes, so judgements are cached in them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, reduce
from operator import or_
from typing import Any, NamedTuple

from work_request_manager._copying import copy_activity, make_status
from work_request_manager.model import Activity, ActivityType, Category, Closure, Status
from work_request_manager.rules import Listing


class Variant(NamedTuple):
    """The parts of an activity that the rules can tell apart."""

    category: Category
    has_been_active: bool
    may_cancel: bool
    closure: Closure | None

    def activity(self, id: str = "-", type: ActivityType | None = None, state: str = "", **fields: Any) -> Activity:
        """Return an activity of this variant. A type whose flag is unknown gets the variant's."""
        sample = _sample_of(self)
        status = make_status(self.category, state) if state else sample.status
        known = type or sample.type
        if known.work_supplier_allowed_to_cancel is not self.may_cancel:
            known = ActivityType(known.code, self.may_cancel)
        return copy_activity(sample, id=id, type=known, status=status, **fields)


@cache
def _sample_of(variant: Variant) -> Activity:
    type_ = ActivityType("-", variant.may_cancel)
    return Activity("-", type_, Status(variant.category), variant.has_been_active, closure=variant.closure)


def variant_of(activity: Activity) -> Variant:
    """Return the variant of an activity."""
    return Variant(
        activity.status.category,
        activity.has_been_active,
        activity.type.work_supplier_allowed_to_cancel,
        activity.closure,
    )


OPEN = 1
"""The bit of an activity that is not closed."""


def _bits(activity: Activity) -> int:
    """Return the facts of an activity that those of its work request sum up, as bits to be joined by OR."""
    is_touched, is_open = not activity.is_untouched, not activity.is_closed
    is_cancelled = activity.closure is Closure.CANCELLED
    facts = (is_open, is_touched, is_touched and is_open, activity.has_begun, not is_cancelled)
    return sum(fact << number for number, fact in enumerate(facts))


class _Listings(dict[Listing, bool]):
    """The value of each listing for some variants: whether it selects all of them."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        super().__init__()
        self._activities = [variant.activity() for variant in variants]

    def __missing__(self, listing: Listing) -> bool:
        selects = self[listing] = all(listing.selects(each.type, each.status, each) for each in self._activities)
        return selects


class Node(dict[int, Any]):
    """The outcomes of events for activities that are alike, as far as they have occurred, by keys that the loop makes.

    The outcome of an event that is consumed without a finding is the node after it. Others are an `engine.Result`.

    Args:
        variants: the variants that the activities may be in.

    Attributes:
        index: its rank among the nodes of the log, which identifies it in keys.
        sample: a variant.
        sample_activity: an activity of this variant.
        sample_category: the name of its category.
        category: the name of the category of every variant. None if they differ.
        bits: a variant for each sum of facts.
        facts: all these sums, joined by OR.
        is_closed: whether every variant is closed.
        effects: the cached effects of events for whole work requests, by the events' names.
        listings: for each listing of a violation, whether it certainly selects these activities.
    """

    __slots__ = (
        "bits", "category", "effects", "facts", "index",
        "is_closed", "listings", "sample", "sample_activity", "sample_category",
        "variants",
    )  # fmt: skip

    def __init__(self, index: int, variants: frozenset[Variant]) -> None:
        super().__init__()
        self.index = index
        self.variants = variants
        self.sample = min(variants, key=str)
        self.sample_activity = self.sample.activity()
        self.sample_category = self.sample.category.value
        is_common = all(variant.category is self.sample.category for variant in variants)
        self.category = self.sample_category if is_common else None
        self.bits = {_bits(variant.activity()): variant for variant in sorted(variants, key=str)}
        self.facts = reduce(or_, self.bits)
        self.is_closed = not self.facts & OPEN
        self.effects: dict[str, Any] = {}
        self.listings = _Listings(variants)

    def __missing__(self, key: int) -> None:
        """Return None for an outcome that is not cached. Reading it in this way is faster than `get`."""

    def __reduce__(self) -> tuple[type["Node"], tuple[int, frozenset[Variant]]]:
        return Node, (self.index, self.variants)  # without what is cached


class CountingNode(Node):
    """A node that counts how often each outcome is read, which takes longer. `get` does not count.

    Attributes:
        reads: the number of reads of each key.
    """

    __slots__ = ("reads",)

    def __init__(self, index: int, variants: frozenset[Variant]) -> None:
        super().__init__(index, variants)
        self.reads: Counter[int] = Counter()

    def __getitem__(self, key: int) -> Any:
        self.reads[key] += 1
        return self.get(key)

    def __reduce__(self) -> tuple[Any, ...]:
        return CountingNode, (self.index, self.variants), (None, {"reads": self.reads})


class Nodes:
    """All nodes, each once.

    Args:
        kind: the class of the nodes.
    """

    def __init__(self, kind: type[Node] = Node) -> None:
        self.kind = kind
        self.by_index: list[Node] = []
        self._by_variants: dict[frozenset[Variant], Node] = {}

    def of(self, activities: Iterable[Activity]) -> Node:
        """Return the node of an activity that may be any of these."""
        return self._of(frozenset(map(variant_of, activities)))

    def assumed(self) -> Node:
        """Return the node of an activity of which nothing is known."""
        return self._of(_POSSIBLE_VARIANTS)

    def with_flag(self, node: Node, may_cancel: bool) -> Node:
        """Return the node with the variants of another node whose types have this flag."""
        return self._of(frozenset(each for each in node.variants if each.may_cancel is may_cancel))

    def _of(self, variants: frozenset[Variant]) -> Node:
        node = self._by_variants.get(variants)
        if node is None:
            node = self._by_variants[variants] = self.kind(len(self.by_index), variants)
            self.by_index.append(node)
        return node


def _possible_variants() -> Iterator[Variant]:
    """Yield every variant that the constructor of `Activity` accepts."""
    for category in Category:
        for has_been_active in (True,) if category is Category.ACTIVE else (False, True):
            for closure in Closure if category is Category.CLOSED else (None,):
                for flag in (False, True):
                    yield Variant(category, has_been_active, flag, closure)


_POSSIBLE_VARIANTS = frozenset(_possible_variants())
