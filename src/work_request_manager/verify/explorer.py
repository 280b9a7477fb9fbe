"""Walking the states of a work request, breadth first, so that a shortest way to each is known."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator

from work_request_manager.verify.stimuli import kind_of
from work_request_manager.events import Event
from work_request_manager.model import WorkRequest

Key = tuple[object, ...]
"""What tells a state from others."""


def state_key(request: WorkRequest) -> Key:
    """Return what the rules can tell apart of a work request; activities that are alike are interchangeable."""
    kinds = sorted(map(kind_of, request.activities))
    return (request.allocation, request.rejection_reason, request.on_hold, *kinds)


class Walk:
    """The states that were reached so far; iterating goes on to each in turn, also to those reached meanwhile."""

    def __init__(self) -> None:
        # Of each state: one work request in it, and the step that first led there.
        self._reached: dict[Key, tuple[WorkRequest | None, Key | None, Event | None]] = {(): (None, None, None)}
        self._queue = deque(self._reached)

    def __iter__(self) -> Iterator[tuple[Key, WorkRequest | None]]:
        while self._queue:
            key = self._queue.popleft()
            yield key, self._reached[key][0]

    @property
    def states(self) -> Collection[Key]:
        """The states, in the order in which they were reached."""
        return self._reached.keys()

    def reach(self, request: WorkRequest, source: Key, event: Event) -> bool:
        """Note that an event leads from a state to that of a work request; return whether this is news."""
        key = state_key(request)
        is_new = key not in self._reached
        if is_new:
            self._reached[key] = (request, source, event)
            self._queue.append(key)
        return is_new

    def path(self, key: Key) -> tuple[Event, ...]:
        """Return a shortest sequence of events to a state."""
        path: list[Event] = []
        at: Key | None = key
        while at is not None:
            _, at, event = self._reached[at]
            path[:0] = [event] if event is not None else []
        return tuple(path)


def shortest_path(
    start: WorkRequest | None,
    onward: Callable[[WorkRequest | None], Iterable[tuple[Event, WorkRequest]]],
    is_there: Callable[[WorkRequest], bool],
    key: Callable[[WorkRequest], Key | None] = state_key,
) -> tuple[tuple[Event, ...], WorkRequest] | None:
    """Return a shortest sequence of events to a goal, and the work request there; None where none leads there.

    Args:
        start: the work request to begin with; None where it is still to be created.
        onward: the events to send to a work request, each with what it makes of it.
        is_there: whether the goal is reached; asked before `key` folds anything away.
        key: what tells states from others; None for one not to go on from.
    """
    if start is not None and is_there(start):
        return (), start
    seen: set[Key | None] = {None if start is None else key(start), None}
    waiting: deque[tuple[WorkRequest | None, tuple[Event, ...]]] = deque([(start, ())])
    while waiting:
        at, way = waiting.popleft()
        for event, after in onward(at):
            if is_there(after):
                return (*way, event), after
            reached = key(after)
            if reached not in seen:
                seen.add(reached)
                waiting.append((after, (*way, event)))
    return None
