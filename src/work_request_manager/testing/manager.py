"""A stand-in for the real system: a Work Request Manager in memory."""

import warnings
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from threading import Lock
from typing import Any, NamedTuple

from work_request_manager._values import MAX_ITEMS, require_argument, short_list, short_repr, wrong_argument
from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Permit, Refused, decide, permitted
from work_request_manager.events import AnyEvent
from work_request_manager.log import Source
from work_request_manager.model import Party, Role, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.testing._arguments import (
    PARTY,
    REQUEST_ID,
    refuse_coroutine,
    require_function,
    require_optional,
    require_rulebook,
    require_types,
)
from work_request_manager.testing._loading import read_log
from work_request_manager.wire import Types, encode_event

Callback = Callable[[Consumed], object]
"""A subscriber's function. It is called with each decision that the subscriber is notified of."""

_EVENT = "an instance of one of the classes in work_request_manager.events"


class InMemoryWorkRequestManager:
    """All work requests of a test, with the events that were posted for them.

    Several threads can share one manager: it decides on the events one after another, in the order of their arrival.

    `copy.deepcopy` makes an independent manager with the same work requests, history and subscribers.

    Args:
        rulebook: the rules to decide by.
        types: the activity types that the events of a log may give by their codes (see `load`). Pass None for none.

    Raises:
        TypeError: an argument has the wrong type.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types | None = None) -> None:
        require_rulebook(rulebook)
        types = {} if types is None else types
        require_types(types)
        self.rulebook = rulebook
        self.types = types
        self._lock = Lock()
        self._requests: dict[str, _TrackedRequest] = {}
        self._decisions: list[Decision] = []
        self._accepted: list[AnyEvent] = []
        self._subscriptions: list[_Subscription] = []
        self._outbox: deque[tuple[_Subscription, Consumed]] = deque()
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
            BaseException: a subscriber raised it. All subscribers have been notified before. The errors of several
                subscribers come as one group. KeyboardInterrupt and SystemExit come by themselves, so that they still
                end the program; the errors of the other subscribers are their cause.
        """
        if type(event) not in KINDS:  # a subclass is not an event of the rulebook, not even under a used id
            raise wrong_argument("event", event, _EVENT)
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
                self._outbox.extend((each, decision) for each in self._subscriptions if each.party in parties)
        self._deliver()
        return decision

    def work_request(self, work_request_id: str) -> WorkRequest:
        """Return a work request as it is now.

        Raises:
            KeyError: there is no such work request.
            TypeError: the id is not text.
        """
        require_argument("work_request_id", work_request_id, str, REQUEST_ID)
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

        Raises:
            TypeError: the id is not text.
        """
        require_optional("work_request_id", work_request_id, str, REQUEST_ID)
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
            TypeError: an argument has the wrong type.
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
            TypeError: an argument has the wrong type, or the callback is a coroutine function.
        """
        require_argument("party", party, Party, PARTY)
        require_function("callback", callback, "a function that takes a Consumed decision")
        if party.role is Role.CHORUS:
            raise ValueError("party is Chorus, which sends the notifications; subscribe a requestor or a supplier")
        with self._lock:
            self._subscriptions.append(_Subscription(party, callback))

    def unsubscribe(self, party: Party, callback: Callback) -> None:
        """Undo `subscribe`. The callback gets no more decisions for the party, not even pending ones.

        Args:
            party: the party that was subscribed.
            callback: the function that was subscribed.

        Raises:
            ValueError: the callback is not subscribed for the party.
            TypeError: the party is not a Party.
        """
        require_argument("party", party, Party, PARTY)
        ended = _Subscription(party, callback)
        with self._lock:
            if ended not in self._subscriptions:
                raise ValueError(
                    f"callback is {short_repr(callback)}, which is not subscribed for {party};"
                    " pass the function that was passed to `subscribe`"
                )
            self._subscriptions = [each for each in self._subscriptions if each != ended]
            self._outbox = deque(call for call in self._outbox if call[0] != ended)

    def load(self, log: Source) -> tuple[Decision, ...]:
        """Post the events of a log in order. If a line is bad, post none of them.

        A line with an event that this library does not know is skipped, as in `log.check` (WRM503). One UserWarning
        names the skipped lines.

        Args:
            log: a path or an iterable of lines, as for `log.check`.

        Returns:
            The decision on each event.

        Raises:
            WireError: a line cannot be decoded. The error names the line and the field.
            UnreadableLog: the file cannot be read to its end.
            TypeError: the log is neither a path nor an iterable of lines.
        """
        events, skipped = read_log(log, self.types)
        if skipped:
            names = short_list(skipped[:MAX_ITEMS], len(skipped), "; ")
            # Before anything is posted, because a filter can turn the warning into an error.
            warnings.warn(f"lines with unknown events were skipped: {names}", stacklevel=2)
        return tuple(map(self.post, events))

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

    def reset(self) -> None:
        """Forget all work requests, decisions and subscribers, pending calls included."""
        with self._lock:
            self._requests.clear()
            self._decisions.clear()
            self._accepted.clear()
            self._subscriptions.clear()
            self._outbox.clear()

    def _accept(self, event: AnyEvent, after: WorkRequest) -> None:
        """Store an event that was not refused, and the work request after it."""
        tracked = self._requests.get(event.work_request_id)
        seen_ids: set[str] = set() if tracked is None else tracked.seen_ids
        if event.event_id is not None:
            seen_ids.add(event.event_id)
        self._requests[event.work_request_id] = _TrackedRequest(after, seen_ids)
        self._accepted.append(event)

    def __deepcopy__(self, memo: dict[int, Any]) -> "InMemoryWorkRequestManager":
        copy = object.__new__(type(self))
        memo[id(self)] = copy
        with self._lock:
            copy.__dict__.update(vars(self))
            # The decisions and the work requests cannot change, so both managers can hold them.
            copy._requests = {
                each: _TrackedRequest(tracked.work_request, set(tracked.seen_ids))
                for each, tracked in self._requests.items()
            }
            copy._decisions = list(self._decisions)
            copy._accepted = list(self._accepted)
            subscriptions = list(self._subscriptions)
        copy._lock = Lock()
        copy._outbox = deque()  # the pending calls are made once, by the original
        copy._is_delivering = False
        # Without the lock, because the object that a callback belongs to may use the manager while it is copied.
        copy._subscriptions = deepcopy(subscriptions, memo)
        return copy

    def _deliver(self) -> None:
        """Make the pending calls one after another, unless another call of this method is doing so."""
        errors: list[BaseException] = []
        while True:
            with self._lock:
                if self._is_delivering or not self._outbox:
                    break
                self._is_delivering = True
                subscription, decision = self._outbox.popleft()
            try:
                refuse_coroutine("callback", subscription.callback(decision))
            except BaseException as error:  # pytest.fail, SystemExit and CancelledError are no Exceptions
                errors.append(error)
            finally:
                with self._lock:
                    self._is_delivering = False
        _raise(errors)


def _raise(errors: list[BaseException]) -> None:
    """Raise the errors of the subscribers, if there are any."""
    if len(errors) > 1:
        exits = [error for error in errors if isinstance(error, KeyboardInterrupt | SystemExit)]
        if exits:
            others = [error for error in errors if error is not exits[0]]
            raise exits[0] from BaseExceptionGroup("other subscribers raised", others)
        raise BaseExceptionGroup("several subscribers raised", errors)
    if errors:
        raise errors[0]


class _Subscription(NamedTuple):
    """A subscribed function, and the party that it is called for."""

    party: Party
    callback: Callback


class _TrackedRequest(NamedTuple):
    """A work request as it is now, and the ids of all events that were not refused."""

    work_request: WorkRequest
    seen_ids: set[str]


def _parties_of(work_request: WorkRequest) -> set[Party]:
    return {Party.requestor(work_request.requestor), Party.supplier(work_request.supplier)}
