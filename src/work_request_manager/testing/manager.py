"""A stand-in for the real system: a whole Work Request Manager in memory."""

from collections import deque
from collections.abc import Callable
from threading import Lock

from work_request_manager.wire._codecs import NO_TYPES, Types, WireError
from work_request_manager.log._sources import LINE_LIMIT, Source, lines_of
from work_request_manager.log._fast.states import Taken, taken_after
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Permit, Refused, decide, permitted
from work_request_manager.events import Event
from work_request_manager.model import Party, Role, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import decode_event, encode_event

Callback = Callable[[Consumed], object]
"""What a subscriber is: called with each decision that it is notified of."""


class InMemoryWorkRequestManager:
    """All work requests of a test, each the outcome of the events that were posted for it.

    Any number of threads can use one: events are decided one after another, in the order in which they come in.

    Args:
        rulebook: the rules to decide by.
        types: the activity types that `load` may find given by their code alone.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> None:
        self.rulebook = rulebook
        self._types = types
        self._lock = Lock()
        self._histories: dict[str, _History] = {}
        self._decisions: list[Decision] = []
        self._taken: list[Event] = []
        self._callbacks: list[tuple[Party, Callback]] = []
        self._outbox: deque[tuple[Callback, Consumed]] = deque()
        self._is_delivering = False

    def post(self, event: Event) -> Decision:
        """Decide on an event, keep what it makes of its work request, and notify the subscribers.

        An event whose `event_id` the work request took before is not judged again, and is not consumed (WRM602).

        Returns: the decision, whether it was consumed or not; a refusal is no exception.

        Raises: what a subscriber raised, once everyone has been notified.
        """
        with self._lock:
            history = self._histories.setdefault(event.work_request_id, _History())
            before = history.work_request
            decision: Decision
            if before is not None and history.has_seen(event):
                decision = NotConsumed(event, before, warnings=())
            else:
                decision = history.decide(event, self.rulebook)
                if not isinstance(decision, Refused):
                    self._taken.append(event)
            self._decisions.append(decision)
            if isinstance(decision, Consumed):
                told = _parties_of(decision.work_request) | (set() if before is None else _parties_of(before))
                self._outbox.extend((callback, decision) for party, callback in self._callbacks if party in told)
        self._deliver()
        return decision

    def work_request(self, work_request_id: str) -> WorkRequest:
        """Return a work request as it is now.

        Raises: KeyError where there is none of this id.
        """
        with self._lock:
            history = self._histories.get(work_request_id)
        if history is None or history.work_request is None:
            raise KeyError(f"there is no work request {work_request_id!r}; post a CreateWorkRequest for it")
        return history.work_request

    def work_requests(self) -> tuple[WorkRequest, ...]:
        """Return all work requests as they are now, in the order in which events for them first came."""
        with self._lock:
            return tuple(each.work_request for each in self._histories.values() if each.work_request is not None)

    def history(self, work_request_id: str | None = None) -> tuple[Decision, ...]:
        """Return every decision so far in order, refusals too: those on one work request, or all."""
        with self._lock:
            return tuple(
                decision
                for decision in self._decisions
                if work_request_id is None or decision.event.work_request_id == work_request_id
            )

    def permitted(self, work_request_id: str, party: Party) -> tuple[Permit, ...]:
        """Return what a party could post now for a work request and have consumed; see `permitted`.

        Raises: KeyError where there is no work request of this id.
        """
        return permitted(self.work_request(work_request_id), party, rulebook=self.rulebook)

    def subscribe(self, party: Party, callback: Callback) -> None:
        """Notify a party of every event that is consumed from now on for a work request of its own.

        A work request's parties are its requestor and its supplier; of a reallocation, the supplier before is
        notified too. Everyone hears of the events in the order in which they were consumed. That a work request
        closed by itself is the last of the decision's `changes` (FAQ 3, 6). A callback may post events; they are
        decided at once, and notified of after those before them. Where several threads post, one of them may make
        another's calls.

        Args:
            party: a requestor or a supplier.
            callback: called with each decision.

        Raises: ValueError for Chorus, which is the system that notifies.
        """
        if party.role is Role.CHORUS:
            raise ValueError("party is Chorus, which notifies and is not notified; subscribe a requestor or a supplier")
        with self._lock:
            self._callbacks.append((party, callback))

    def load(self, log: Source) -> tuple[Decision, ...]:
        """Post the events of a log, in order; where a line is bad, none.

        Args:
            log: a path, or an iterable of lines, as for `log.check`.

        Returns: the decision on each.

        Raises:
            WireError: a line is no event; its message says which line.
            UnreadableLog: the file can't be read to its end.
        """
        return tuple(map(self.post, _events_in(log, self._types)))

    def dump(self) -> tuple[str, ...]:
        """Return the events that were not refused, as the lines of a log in the order in which they were posted.

        `log.check` finds no error in them; loaded, they make the same work requests.

        Raises: WireError for text that UTF-8 can't hold.
        """
        with self._lock:
            taken = tuple(self._taken)
        return tuple(encode_event(event).decode() for event in taken)

    def _deliver(self) -> None:
        """Make the calls that are due, one after another, unless that is going on already."""
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


class _History:
    """One work request as its events come in: what it is now, and which event ids were taken (WRM602)."""

    __slots__ = ("_taken", "work_request")

    def __init__(self) -> None:
        self.work_request: WorkRequest | None = None
        self._taken: Taken | None = None

    def has_seen(self, event: Event) -> bool:
        """Return whether the event's `event_id` was taken before, so that it is not judged again (WRM602)."""
        return event.event_id is not None and self._taken is not None and event.event_id in self._taken

    def decide(self, event: Event, rulebook: Rulebook) -> Decision:
        """Decide on the next event, and go on from what it makes of the work request; see `decide`."""
        was_closed = self.work_request is not None and self.work_request.is_closed
        decision = decide(self.work_request, event, rulebook=rulebook)
        if isinstance(decision, Refused):
            return decision
        self.work_request = decision.work_request
        if not was_closed:
            closes = decision.work_request.is_closed
            self._taken = taken_after(self._taken, event.event_id, closes=closes)
        return decision


def _parties_of(work_request: WorkRequest) -> set[Party]:
    return {Party.requestor(work_request.requestor), Party.supplier(work_request.supplier)}


def _events_in(log: Source, types: Types) -> list[Event]:
    events = []
    for number, line in enumerate(lines_of(log), start=1):
        if line is None:
            raise WireError("WRM505", "$", f"of line {number} has over {LINE_LIMIT:,} bytes")
        if line.strip():
            try:
                events.append(decode_event(line, types=types))
            except WireError as error:
                raise WireError(error.rule, error.path, f"of line {number} {error.message}") from None
    return events
