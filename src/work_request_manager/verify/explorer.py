"""A breadth-first exploration of the states of a work request, with a shortest path to each of them."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator

from work_request_manager.deciding import Step
from work_request_manager.events import Event
from work_request_manager.model import Activity, WorkRequest

Key = tuple[object, ...]
"""The part of a work request that identifies its state."""

ActivityKey = tuple[str, bool, str, bool, tuple[tuple[str, str], ...]]


def activity_key(activity: Activity) -> ActivityKey:
    """Return the part of an activity that the rules read."""
    states = activity.type.states
    return (
        activity.status.category,
        activity.has_been_active,
        activity.closure or "",
        activity.type.work_supplier_allowed_to_cancel,
        () if states is None else tuple(states.items()),
    )


def state_key(request: WorkRequest | None) -> Key:
    """Return the part of a work request that the rules read.

    It leaves out names, state texts, contacts, schedules, details, workers, outcomes and requested cancellations.
    The order of activities with equal keys does not matter.

    Args:
        request: the work request. Pass None if it does not exist.
    """
    if request is None:
        return ()
    return (
        request.allocation,
        request.rejection_reason,
        request.on_hold,
        *sorted(map(activity_key, request.activities)),
    )


def distinct_activities(request: WorkRequest) -> tuple[Activity, ...]:
    """Return the activities of a work request. If several have equal keys, return only the first of them."""
    firsts: dict[ActivityKey, Activity] = {}
    for activity in request.activities:
        firsts.setdefault(activity_key(activity), activity)
    return tuple(firsts.values())


class Explorer:
    """The states that were reached so far. Iteration visits each of them once, and those that are reached meanwhile.

    Args:
        start: the work request to start from. Pass None if it does not exist.
        key: the function that returns the key of a state. It returns None for a state that is not to be explored.
    """

    def __init__(
        self, start: WorkRequest | None = None, key: Callable[[WorkRequest | None], Key | None] = state_key
    ) -> None:
        self.key = key
        # Of each state: one work request in it, and the state and event from which it was first reached.
        self._reached: dict[Key, tuple[WorkRequest | None, Key | None, Event | None]] = {}
        self._queue: deque[Key] = deque()
        self._add(key(start), start, None, None)

    def __iter__(self) -> Iterator[tuple[Key, WorkRequest | None]]:
        while self._queue:
            key = self._queue.popleft()
            yield key, self._reached[key][0]

    @property
    def states(self) -> Collection[Key]:
        """The states, in the order in which they were reached."""
        return self._reached.keys()

    def reach(self, key: Key | None, source: Key, step: Step) -> bool:
        """Record that a step leads from one state to another.

        Args:
            key: the key of the state after the step.
            source: the key of the state before it.
            step: the step.

        Returns:
            Whether the state is new.
        """
        return key not in self._reached and self._add(key, step.after, source, step.event)

    def path(self, key: Key) -> tuple[Event, ...]:
        """Return a shortest sequence of events from the start to a state."""
        path: list[Event] = []
        at: Key | None = key
        while at is not None:
            _, at, event = self._reached[at]
            path[:0] = [event] if event is not None else []
        return tuple(path)

    def _add(self, key: Key | None, request: WorkRequest | None, source: Key | None, event: Event | None) -> bool:
        if key is not None:
            self._reached[key] = (request, source, event)
            self._queue.append(key)
        return key is not None


def shortest_path(
    start: WorkRequest | None,
    steps: Callable[[WorkRequest | None], Iterable[Step]],
    is_goal: Callable[[WorkRequest], bool],
    key: Callable[[WorkRequest | None], Key | None] = state_key,
) -> tuple[Event, ...] | None:
    """Return a shortest sequence of events that leads to a goal.

    Args:
        start: the work request to start from. Pass None if it does not exist.
        steps: the consumed steps to take from a work request.
        is_goal: whether a work request is the goal. It can read more than `key` tells apart.
        key: see `Explorer`.

    Returns:
        The events, or an empty tuple if the start is the goal. None if no sequence leads there.
    """
    if start is not None and is_goal(start):
        return ()
    explorer = Explorer(start, key)
    for source, request in explorer:
        for step in steps(request):
            assert step.after is not None, "a consumed event leaves a work request"
            if is_goal(step.after):
                return (*explorer.path(source), step.event)
            explorer.reach(key(step.after), source, step)
    return None
