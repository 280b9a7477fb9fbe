"""Subscribers that raise, that would never run, that leave, and that are copied."""

import asyncio
import copy
import functools
import gc
from collections.abc import Callable
from typing import Any

import pytest

from parties import HOLDER, OWN, STRANGER, from_
from testing.manager_events import ACCEPT, create, hold
from work_request_manager import Answer, Consumed, Party, events
from work_request_manager.testing import InMemoryWorkRequestManager

RESUME = events.Resume(**from_(OWN))


@pytest.fixture
def manager() -> InMemoryWorkRequestManager:
    """Return a manager with one work request."""
    manager = InMemoryWorkRequestManager()
    manager.post(create(event_id="e-0"))
    return manager


def raising(error: BaseException) -> Callable[[Consumed], object]:
    """Return a subscriber that raises an error for a hold."""

    def subscriber(notification: Consumed) -> None:
        if isinstance(notification.event, events.PutOnHold):
            raise error

    return subscriber


def failure(message: str) -> BaseException:
    """Return the error that `pytest.fail` raises."""
    with pytest.raises(pytest.fail.Exception) as caught:
        pytest.fail(message)
    return caught.value


ERRORS = [
    failure("by a subscriber"),
    SystemExit(3),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    GeneratorExit(),
    ValueError("no"),
    ExceptionGroup("two", [ValueError("one"), KeyError("two")]),
]


class TestErrors:
    """An error of a subscriber keeps nothing from the others."""

    @pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
    def test_everyone_is_notified_before_an_error_is_raised(
        self, manager: InMemoryWorkRequestManager, error: BaseException
    ) -> None:
        """Subscribers before and after it get the event at once, only once, and the next event alone."""
        notified: list[tuple[str, Any]] = []
        manager.subscribe(HOLDER, lambda notification: notified.append(("first", type(notification.event))))
        manager.subscribe(OWN, raising(error))
        manager.subscribe(OWN, lambda notification: notified.append(("last", type(notification.event))))
        with pytest.raises(type(error)) as raised:
            manager.post(hold("e-1"))
        assert raised.value is error
        assert notified == [("first", events.PutOnHold), ("last", events.PutOnHold)]
        assert manager.work_request("WR-1").on_hold
        assert manager.post(RESUME).answer is Answer.CONSUMED
        assert notified[2:] == [("first", events.Resume), ("last", events.Resume)]

    def test_an_error_in_a_nested_post_comes_from_the_outer_one(self, manager: InMemoryWorkRequestManager) -> None:
        """A callback that posts gets its decision. Then the outer call delivers, and raises."""
        answers: list[Answer] = []

        def accept(notification: Consumed) -> None:
            if isinstance(notification.event, events.Resume):
                answers.append(manager.post(hold("e-2")).answer)

        manager.post(hold("e-1"))
        manager.subscribe(HOLDER, accept)
        manager.subscribe(OWN, raising(SystemExit("stop")))
        with pytest.raises(SystemExit, match="stop"):
            manager.post(RESUME)
        assert answers == [Answer.CONSUMED]

    def test_several_errors_come_as_a_group(self, manager: InMemoryWorkRequestManager) -> None:
        """The group holds all of them in order, also those that are not Exceptions."""
        errors = [failure("one"), ValueError("two"), asyncio.CancelledError(), failure("three")]
        for error in errors:
            manager.subscribe(OWN, raising(error))
        with pytest.raises(BaseExceptionGroup, match="several subscribers raised") as raised:
            manager.post(hold("e-1"))
        assert list(raised.value.exceptions) == errors

    @pytest.mark.parametrize("exit_", [KeyboardInterrupt(), SystemExit(2)], ids=["interrupt", "exit"])
    def test_an_exit_is_raised_by_itself(self, manager: InMemoryWorkRequestManager, exit_: BaseException) -> None:
        """It still ends the program, and the traceback shows the errors of the others."""
        errors = [ValueError("one"), exit_, failure("two"), SystemExit(4)]
        for error in errors:
            manager.subscribe(OWN, raising(error))
        with pytest.raises(type(exit_)) as raised:
            manager.post(hold("e-1"))
        assert raised.value is exit_
        assert isinstance(exit_.__cause__, BaseExceptionGroup)
        assert list(exit_.__cause__.exceptions) == [error for error in errors if error is not exit_]
        assert manager.post(RESUME).answer is Answer.CONSUMED


async def notify(notification: Consumed) -> None:
    """Do nothing, as a coroutine function."""


async def notify_each(notification: Consumed) -> Any:
    """Yield, as an asynchronous generator function."""
    yield notification


def generate(notification: Consumed) -> Any:
    """Yield, as a generator function."""
    yield notification


class Notifier:
    """Async callables in all forms."""

    async def __call__(self, notification: Consumed) -> None:
        """Do nothing."""

    async def method(self, notification: Consumed) -> None:
        """Do nothing."""


class TestFunctionsThatNeverRun:
    """The body of a coroutine function does not run when it is called, so it is no subscriber."""

    @pytest.mark.parametrize(
        ("callback", "kind"),
        [
            (notify, "a coroutine function"),
            (functools.partial(notify), "a coroutine function"),
            (Notifier(), "a coroutine function"),
            (functools.partial(functools.partial(Notifier())), "a coroutine function"),
            (Notifier().method, "a coroutine function"),
            (notify_each, "an asynchronous generator function"),
            (generate, "a generator function"),
        ],
    )
    def test_it_is_refused(self, manager: InMemoryWorkRequestManager, callback: Any, kind: str) -> None:
        """The error says what it is, and what to pass."""
        message = f"callback is .*, {kind}, which would never run; pass a function that takes a Consumed decision$"
        with pytest.raises(TypeError, match=message):
            manager.subscribe(OWN, callback)
        manager.post(hold("e-1"))

    def test_a_class_that_is_called_is_accepted(self, manager: InMemoryWorkRequestManager) -> None:
        """Calling a class runs its constructor, even if its instances are async callables."""
        made: list[Consumed] = []

        class Recorder(Notifier):
            def __init__(self, notification: Consumed) -> None:
                made.append(notification)

        manager.subscribe(OWN, Recorder)
        manager.post(hold("e-1"))
        assert len(made) == 1

    def test_a_hidden_coroutine_is_an_error(self, manager: InMemoryWorkRequestManager) -> None:
        """A lambda hides the coroutine function. The others are notified, and Python warns of nothing."""
        notified: list[Consumed] = []
        manager.subscribe(OWN, lambda notification: notify(notification))
        manager.subscribe(OWN, notified.append)
        message = r"^callback returned a coroutine, which would never run; run it with asyncio\.run instead$"
        with pytest.raises(TypeError, match=message):
            manager.post(hold("e-1"))
        assert len(notified) == 1
        gc.collect()  # which would warn of a coroutine that nobody awaited


class TestUnsubscribing:
    """A subscriber can leave."""

    def test_it_gets_no_more_decisions(self, manager: InMemoryWorkRequestManager) -> None:
        """Only the subscriptions of this callback for this party end."""
        notified: list[Consumed] = []
        others: list[Consumed] = []
        for party, callback in ((OWN, notified.append), (OWN, notified.append), (OWN, others.append)):
            manager.subscribe(party, callback)
        manager.subscribe(HOLDER, others.append)
        manager.unsubscribe(OWN, notified.append)
        manager.post(hold("e-1"))
        assert (len(notified), len(others)) == (0, 2)
        manager.subscribe(OWN, notified.append)
        manager.post(RESUME)
        assert (len(notified), len(others)) == (1, 4)

    def test_pending_decisions_are_dropped(self, manager: InMemoryWorkRequestManager) -> None:
        """After `unsubscribe` the callback is not called, even if the event was consumed before."""
        notified: list[Consumed] = []
        manager.subscribe(OWN, lambda _: manager.unsubscribe(HOLDER, notified.append))
        manager.subscribe(HOLDER, notified.append)
        manager.subscribe(HOLDER, print)
        manager.post(hold("e-1"))
        assert notified == []

    @pytest.mark.parametrize("party", [HOLDER, STRANGER])
    def test_an_unknown_subscription_is_an_error(self, manager: InMemoryWorkRequestManager, party: Party) -> None:
        """The error names both, and says what to pass."""
        manager.subscribe(OWN, print)
        message = rf"^callback is .*, which is not subscribed for {party}; pass the function that was passed to `subscr"
        with pytest.raises(ValueError, match=message):
            manager.unsubscribe(party, print)

    def test_the_party_is_a_party(self, manager: Any) -> None:
        """The error says what to pass."""
        with pytest.raises(TypeError, match=r"^party is 'northline' \(str\); pass a Party, such as"):
            manager.unsubscribe("northline", print)


class Inbox:
    """A subscriber that belongs to an object, which holds the manager."""

    def __init__(self, manager: InMemoryWorkRequestManager) -> None:
        self.manager = manager
        self.notified: list[Consumed] = []
        manager.subscribe(OWN, self.take)

    def take(self, notification: Consumed) -> None:
        """Take a notification."""
        self.notified.append(notification)


class TestCopies:
    """A deep copy is an independent manager."""

    def test_a_copy_goes_its_own_way(self, manager: InMemoryWorkRequestManager) -> None:
        """It has the same work requests, history, log and known ids. What is posted to one does not reach the other."""
        manager.post(ACCEPT)
        copied = copy.deepcopy(manager)
        assert copied.work_requests() == manager.work_requests()
        assert copied.history() == manager.history()
        assert copied.dump() == manager.dump()
        for one, other in ((copied, manager), (manager, copied)):
            before = other.work_requests(), other.history(), other.dump()
            assert one.post(hold("e-1")).answer is Answer.CONSUMED
            assert one.post(create("WR-2")).answer is Answer.CONSUMED
            assert (other.work_requests(), other.history(), other.dump()) == before
        again = copied.post(create(event_id="e-0"))
        assert getattr(again, "is_redelivery", False)

    def test_subscribers_are_copied_with_their_objects(self, manager: InMemoryWorkRequestManager) -> None:
        """The copy notifies the copied object, and the original notifies the original one."""
        inbox = Inbox(manager)
        copied = copy.deepcopy(inbox)
        assert copied.manager is not manager
        copied.manager.post(hold("e-1"))
        assert (len(inbox.notified), len(copied.notified)) == (0, 1)
        manager.post(ACCEPT)
        assert (len(inbox.notified), len(copied.notified)) == (1, 1)

    def test_pending_calls_stay_with_the_original(self, manager: InMemoryWorkRequestManager) -> None:
        """A copy that a callback makes can be used at once."""
        copies: list[InMemoryWorkRequestManager] = []
        notified: list[Consumed] = []
        manager.subscribe(OWN, lambda _: copies.extend([] if copies else [copy.deepcopy(manager)]))
        manager.subscribe(OWN, notified.append)
        manager.post(hold("e-1"))
        assert len(notified) == 1
        copies[0].post(RESUME)
        assert len(notified) == 2  # a built-in method is not copied
        assert manager.work_request("WR-1").on_hold
