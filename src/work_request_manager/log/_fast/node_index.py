"""The activities of a large work request by their nodes.

Some events are about all activities of a work request. A cancellation closes those that are open, a reallocation
removes the workers of those that are open, and a sentence lists the first of those that are touched. With this index
their time does not grow with the number of the other activities.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any


class NodeIndex:
    """The ranks of activities in the order of their work request, in one heap for each node.

    An activity that leaves a node stays in its heap until somebody reads the heap, or the heap is twice too long.

    Args:
        activities: the activities so far, in order. Each has an `activity_id`, a `node` and a `worker`.
    """

    def __init__(self, activities: Iterable[Any]) -> None:
        self._activities: list[Any] = []
        self._ranks: dict[str, int] = {}
        self._heaps: dict[int, list[int]] = {}
        self._workers: dict[int, dict[str, Any]] = {}
        for activity in activities:
            self.add(activity)

    def add(self, activity: Any) -> None:
        """Add an activity after all others."""
        rank = self._ranks[activity.activity_id] = len(self._activities)
        self._activities.append(activity)
        heappush(self._heaps.setdefault(activity.node.index, []), rank)
        self.note_worker(activity)

    def enter(self, activity: Any, count: int) -> None:
        """Note that an activity has entered its node, which held `count` activities before."""
        index = activity.node.index
        heap = self._heaps.setdefault(index, [])
        if len(heap) > 2 * count + 100:
            # A sorted list is a heap.
            heap[:] = sorted({rank for rank in heap if self._activities[rank].node.index == index})
        heappush(heap, self._ranks[activity.activity_id])
        self.note_worker(activity)

    def leave(self, activity: Any) -> None:
        """Note that an activity is about to leave its node."""
        self._workers.get(activity.node.index, {}).pop(activity.activity_id, None)

    def note_worker(self, activity: Any) -> None:
        """Note that an activity may have a worker."""
        if activity.worker is not None:
            self._workers.setdefault(activity.node.index, {})[activity.activity_id] = activity

    def take_workers(self, index: int) -> list[Any]:
        """Return the activities in a node that may have a worker, and forget that they have one."""
        return list(self._workers.pop(index, {}).values())

    def first(self, index: int, count: int) -> list[tuple[int, Any]]:
        """Return the first activities in a node, at most `count`, each with its rank."""
        heap = self._heaps.get(index, [])
        found: list[tuple[int, Any]] = []
        before = -1
        while heap and len(found) < count:
            rank = heappop(heap)
            activity = self._activities[rank]
            if rank != before and activity.node.index == index:
                found.append((rank, activity))
            before = rank
        for rank, _ in found:
            heappush(heap, rank)
        return found
