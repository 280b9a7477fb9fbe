"""The delivery of notifications: one at a time and in order for each subscriber, in parallel between subscribers."""

import asyncio
from asyncio import sleep
from collections import deque
from collections.abc import Iterable
from threading import Condition
from typing import Any, NamedTuple

import attrs
import httpx

from work_request_manager.deciding import Consumed
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.model import Party
from work_request_manager.server._webhooks import Webhook, notify, open_client
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import encode_event, to_builtins


@attrs.frozen
class DeliveryPolicy:
    """The limits of the delivery of a notification.

    Args:
        attempts: the number of attempts at most.
        pause: the seconds between the first two attempts. Each further pause is twice as long as the one before.
        timeout: the seconds that a webhook has to answer an attempt or a challenge.

    Raises:
        ValueError: a number is too small.
        TypeError: the number of attempts is not a whole number.
    """

    attempts: int = attrs.field(default=5, validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)])
    pause: float = attrs.field(default=0.1, validator=attrs.validators.ge(0))
    timeout: float = attrs.field(default=5.0, validator=attrs.validators.gt(0))


class Failure(NamedTuple):
    """A notification that was given up, and the problem of the last attempt."""

    event: AnyEvent
    reason: str


class Subscriber:
    """A party with a webhook, and its notifications.

    Its task exists only while there is something to deliver, so an application that is not shut down leaves none.

    Args:
        party: the party.
        webhook: the webhook. It can be replaced, and then the next attempt goes to the new one.
        policy: the limits of delivery.
        changed: the lock of all subscribers, and the signal that a notification is done.
    """

    def __init__(self, party: Party, webhook: Webhook, policy: DeliveryPolicy, changed: Condition) -> None:
        self.party = party
        self.webhook = webhook
        self.pending: deque[AnyEvent] = deque()
        self.delivered = 0
        self.failures: list[Failure] = []
        self._policy = policy
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._is_ended = False

    def on_consumed(self, decision: Consumed) -> None:
        """Add a notification. Any thread can call this."""
        with self._changed:
            if not self._is_ended:
                self.pending.append(decision.event)
                self._loop.call_soon_threadsafe(self._start)

    def end(self) -> Iterable["asyncio.Task[None]"]:
        """Drop all notifications that are pending, now and later. Return the task that is being cancelled, if any."""
        with self._changed:
            self._is_ended = True
            self.pending.clear()
            self._changed.notify_all()
        if self._task is None:
            return ()
        self._task.cancel()
        return (self._task,)

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Subscriber":
        # The copy of a manager is there to try something out, and notifies nobody over HTTP.
        copy = object.__new__(Subscriber)
        copy._changed = self._changed
        copy._is_ended = True
        return copy

    def _start(self) -> None:
        if self._task is None and self.pending:
            self._task = self._loop.create_task(self._deliver_all())

    async def _deliver_all(self) -> None:
        async with open_client() as client:
            while self.pending:
                event = self.pending[0]
                problem = await self._deliver(client, event)
                with self._changed:
                    self.pending.popleft()
                    if problem is None:
                        self.delivered += 1
                    else:
                        self.failures.append(Failure(event, problem))
                    self._changed.notify_all()
        self._task = None
        self._start()  # for what was added while the client was closed

    async def _deliver(self, client: httpx.AsyncClient, event: AnyEvent) -> str | None:
        """Deliver a notification. Return the problem of the last attempt if all of them fail."""
        try:
            body = encode_event(event)
        except WireError as error:
            return f"was not called, because the event has no JSON: {error}"
        pause = self._policy.pause
        for attempt in range(1, self._policy.attempts + 1):
            problem = await notify(client, self.webhook, body, self._policy.timeout)
            if problem is None:
                return None
            if attempt < self._policy.attempts:
                await sleep(pause)
                pause *= 2
        return f"{problem} (attempt {attempt} of {self._policy.attempts})"


class Subscribers:
    """The subscribers of a manager over HTTP.

    Args:
        manager: the manager.
        policy: the limits of delivery.
    """

    def __init__(self, manager: InMemoryWorkRequestManager, policy: DeliveryPolicy) -> None:
        self.policy = policy
        self._manager = manager
        self._changed = Condition()
        self._by_party: dict[Party, Subscriber] = {}

    def subscribe(self, party: Party, webhook: Webhook) -> None:
        """Notify a party from now on. If it is subscribed, its webhook is replaced, also for what is pending."""
        if party in self._by_party:
            self._by_party[party].webhook = webhook
        else:
            subscriber = Subscriber(party, webhook, self.policy, self._changed)
            with self._changed:
                self._by_party[party] = subscriber
            self._manager.subscribe(party, subscriber.on_consumed)

    async def end(self) -> None:
        """Forget all subscribers, and wait until nothing more is sent to them."""
        with self._changed:
            ended = list(self._by_party.values())
            self._by_party.clear()
        tasks = [task for each in ended for task in each.end()]
        await asyncio.gather(*tasks, return_exceptions=True)

    def wait(self, timeout: float) -> None:
        """Wait until no notification is pending. Any thread except that of the event loop can call this.

        Raises:
            TimeoutError: some are still pending when the time is over.
        """

        def pending() -> list[str]:
            return [f"{len(each.pending)} for {each.party}" for each in self._by_party.values() if each.pending]

        with self._changed:
            if not self._changed.wait_for(lambda: not pending(), timeout):
                raise TimeoutError(f"notifications are pending after {timeout:g} seconds: {', '.join(pending())}")

    def report(self) -> list[dict[str, Any]]:
        """Return the state of the deliveries of each subscriber, as plain values."""
        with self._changed:
            return [
                {
                    "party": to_builtins(each.party),
                    "url": each.webhook.url,
                    "delivered": each.delivered,
                    "pending": len(each.pending),
                    "failed": [
                        {"event": to_builtins(failure.event), "reason": f"the webhook {failure.reason}"}
                        for failure in each.failures
                    ],
                }
                for each in self._by_party.values()
            ]
