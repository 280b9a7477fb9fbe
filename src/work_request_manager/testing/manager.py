"""A stand-in for the real system: a Work Request Manager in memory."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock
from typing import NamedTuple

from work_request_manager._values import require_argument, short_repr
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Permit, Refused, decide, permitted
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.log import LINE_LIMIT, Source, read_lines
from work_request_manager.model import Party, Role, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import NO_TYPES, Types, decode_event, encode_event

Callback = Callable[[Consumed], object]
"""A subscriber's function. It is called with each decision that the subscriber is notified of."""


class InMemoryWorkRequestManager:
    """All work requests of a test, with the events that were posted for them.

    Several threads can share one manager: it decides on the events one after another, in the order of their arrival.

    Args:
        rulebook: the rules to decide by.
        types: the activity types that the events of a log may give by their codes (see `load`).

    Raises:
        TypeError: an argument has the wrong type.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> None:
        require_argument("rulebook", rulebook, Rulebook, "a Rulebook, such as DEFAULT_RULEBOOK.strict()")
        self.rulebook = rulebook
        self._types = types
        self._lock = Lock()
        self._requests: dict[str, _TrackedRequest] = {}
        self._decisions: list[Decision] = []
        self._accepted: list[AnyEvent] = []
        self._callbacks: list[tuple[Party, Callback]] = []
        self._outbox: deque[tuple[Callback, Consumed]] = deque()
        self._is_delivering = False

    def post(self, event: AnyEvent) -> Decision:
        """Decide on an event, store the result, and notify the subscribers.

        An event is a redelivery if its `event_id` was consumed or not consumed before for the same work request. A
        redelivery is not judged again (rulebook, section 5).

        Args:
            event: the event.

        Returns:
            The decision. A refusal is returned, not raised. A redelivery is `NotConsumed` with `is_redelivery`.

        Raises:
            TypeError: the event is not an instance of one of the classes in `events`.
            Exception: a subscriber raised it. All subscribers have been notified before.
        """
        require_argument("event", event, Event, "an instance of one of the classes in work_request_manager.events")
        with self._lock:
            tracked = self._requests.get(event.work_request_id)
            before = None if tracked is None else tracked.work_request
            decision: Decision
            if tracked is not None and event.event_id in tracked.seen_ids:
                decision = NotConsumed(event, tracked.work_request, is_redelivery=True)
            else:
                decision = decide(before, event, rulebook=self.rulebook)
                if not isinstance(decision, Refused):
                    self._accept(event, decision.work_request)
            self._decisions.append(decision)
            if isinstance(decision, Consumed):
                parties = _parties_of(decision.work_request) | (set() if before is None else _parties_of(before))
                self._outbox.extend((callback, decision) for party, callback in self._callbacks if party in parties)
        self._deliver()
        return decision

    def work_request(self, work_request_id: str) -> WorkRequest:
        """Return a work request as it is now.

        Raises:
            KeyError: there is no such work request.
        """
        with self._lock:
            tracked = self._requests.get(work_request_id)
        if tracked is None:
            raise KeyError(f"there is no work request {short_repr(work_request_id)}; post a CreateWorkRequest for it")
        return tracked.work_request

    def work_requests(self) -> tuple[WorkRequest, ...]:
        """Return all work requests as they are now, in the order of their creation."""
        with self._lock:
            return tuple(tracked.work_request for tracked in self._requests.values())

    def history(self, work_request_id: str | None = None) -> tuple[Decision, ...]:
        """Return the decisions so far in order, refusals included.

        Args:
            work_request_id: the work request. Pass None for the decisions on all work requests.
        """
        with self._lock:
            return tuple(
                decision
                for decision in self._decisions
                if work_request_id is None or decision.event.work_request_id == work_request_id
            )

    def permitted(self, work_request_id: str, party: Party) -> tuple[Permit, ...]:
        """Return the permits of a party: the kinds of events that it could post now and have consumed.

        See `work_request_manager.permitted`. Events that break an assumed rule are included unless the rulebook is
        strict.

        Raises:
            KeyError: there is no such work request.
            TypeError: the party is not a Party.
        """
        return permitted(self.work_request(work_request_id), party, rulebook=self.rulebook)

    def subscribe(self, party: Party, callback: Callback) -> None:
        """Notify a party of every event that is consumed from now on for its work requests.

        The parties of a work request are its requestor and its supplier. A reallocation also notifies the old supplier.
        Subscribers are notified in the order in which the events were consumed. If the event closes the work request,
        the last of the decision's `changes` says so (FAQ 3, 6).

        A callback may post events. They are decided at once, and subscribers are notified of them after the earlier
        events. If several threads post, one of them may make the calls for another.

        Args:
            party: a requestor or a supplier.
            callback: the function to call with each decision.

        Raises:
            ValueError: the party is Chorus, which sends the notifications.
            TypeError: an argument has the wrong type.
        """
        require_argument("party", party, Party, 'a Party, such as Party.supplier("northline")')
        if not callable(callback):
            raise TypeError(f"callback is {short_repr(callback)}; pass a function that takes a Consumed decision")
        if party.role is Role.CHORUS:
            raise ValueError("party is Chorus, which sends the notifications; subscribe a requestor or a supplier")
        with self._lock:
            self._callbacks.append((party, callback))

    def load(self, log: Source) -> tuple[Decision, ...]:
        """Post the events of a log in order. If a line is bad, post none of them.

        Args:
            log: a path or an iterable of lines, as for `log.check`.

        Returns:
            The decision on each event.

        Raises:
            WireError: a line cannot be decoded. The error names the line and the field.
            UnreadableLog: the file cannot be read to its end.
        """
        return tuple(map(self.post, tuple(_decoded(log, self._types))))

    def dump(self) -> tuple[str, ...]:
        """Return the accepted events as the lines of a log, in the order in which they were posted.

        Refused events and redeliveries are left out, so `log.check` finds no error in the lines. Another manager that
        loads them has the same work requests.

        Raises:
            WireError: an event cannot be encoded, for example because UTF-8 cannot hold one of its texts.
        """
        with self._lock:
            accepted = tuple(self._accepted)
        return tuple(encode_event(event).decode() for event in accepted)

    def _accept(self, event: AnyEvent, after: WorkRequest) -> None:
        """Store an event that was not refused, and the work request after it."""
        tracked = self._requests.get(event.work_request_id)
        seen_ids: set[str] = set() if tracked is None else tracked.seen_ids
        if event.event_id is not None:
            seen_ids.add(event.event_id)
        self._requests[event.work_request_id] = _TrackedRequest(after, seen_ids)
        self._accepted.append(event)

    def _deliver(self) -> None:
        """Make the pending calls one after another, unless another call of this method is doing so."""
        errors: list[Exception] = []
        while True:
            with self._lock:
                if self._is_delivering or not self._outbox:
                    break
                self._is_delivering = True
                callback, decision = self._outbox.popleft()
            try:
                callback(decision)
            except Exception as error:
                errors.append(error)
            finally:
                with self._lock:
                    self._is_delivering = False
        if len(errors) > 1:
            raise ExceptionGroup("several subscribers raised", errors)
        if errors:
            raise errors[0]


class _TrackedRequest(NamedTuple):
    """A work request as it is now, and the ids of all events that were not refused."""

    work_request: WorkRequest
    seen_ids: set[str]


def _parties_of(work_request: WorkRequest) -> set[Party]:
    return {Party.requestor(work_request.requestor), Party.supplier(work_request.supplier)}


def _decoded(log: Source, types: Types) -> Iterator[AnyEvent]:
    for number, line in enumerate(read_lines(log), start=1):
        if line is None:
            raise WireError("WRM505", "$", f"of line {number} has more than {LINE_LIMIT:,} bytes; shorten it")
        if line.strip():
            try:
                yield decode_event(line, types=types)
            except WireError as error:
                raise WireError(error.rule, error.path, f"of line {number} {error.message}") from None
