"""Wrong argument types in the kit: a TypeError says what to pass."""

from typing import Any

import hypothesis
import pytest

from parties import HOLDER
from testing.manager_events import create
from work_request_manager import Answer, Category
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.conformance import check_by_search, check_conformance, check_vectors
from work_request_manager.testing.plugin import RequestFactory
from work_request_manager.testing.strategies import event_logs, events_for, histories, work_requests

ANY: Any = None
RULEBOOK = r"^rulebook is 'strict' \(str\); pass a Rulebook, such as DEFAULT_RULEBOOK\.strict\(\)$"
REQUEST_ID = r'^work_request_id is .*; pass the id of a work request, such as "WR-1"'
PARTY = r"""^party is 'northline' \(str\); pass a Party, such as Party\.supplier\("northline"\)"""
ANSWER = r"^answer is 5 \(int\); pass an Answer, such as Answer\.CONSUMED"
LOG = r"^log is .*; pass a path, or an iterable of lines$"
TYPES = r"^types is .*; pass an ActivityType, or a list with one for each activity$"


def manager() -> Any:
    """Return a manager with one work request."""
    made = InMemoryWorkRequestManager()
    made.post(create())
    return made


def factory() -> Any:
    """Return the fixture `wrm_request`."""
    return RequestFactory(InMemoryWorkRequestManager())


class Adapter:
    """An adapter that is never called."""

    def post(self, *_: Any) -> Any:
        """Fail."""
        pytest.fail("called")

    read: Any = post
    reset: Any = post


class WithoutRead:
    """An adapter without one of the methods."""

    post: Any = Adapter.post
    reset: Any = Adapter.post


class WithText(Adapter):
    """An adapter whose method is no function."""

    read: Any = "read"


class AsyncPost(Adapter):
    """An adapter with a coroutine function."""

    async def _post(self, *_: Any) -> Any:
        """Fail."""

    post: Any = _post


class AsyncReset(Adapter):
    """An adapter with another coroutine function."""

    async def _reset(self) -> None:
        """Fail."""

    reset: Any = _reset


class AsyncRead(Adapter):
    """An adapter with an async callable."""

    class Read:
        """A callable object."""

        async def __call__(self, *_: Any) -> None:
            """Fail."""

    read: Any = Read()


ADAPTER = r"; pass an object with the methods post, read, reset$"

CONFIGURED = (
    r"^types is \['VISIT'\] \(list\); pass a mapping of activity types by their codes, such as the result of wire"
)
PLAIN_TYPE = r"^types\['VISIT'\] is \{'code': 'VISIT'\} \(dict\); pass an ActivityType$"

MANAGER: dict[str, tuple[Any, str]] = {
    "rulebook": (lambda: InMemoryWorkRequestManager(rulebook="strict"), RULEBOOK),  # type: ignore[arg-type]
    "types": (lambda: InMemoryWorkRequestManager(types=["VISIT"]), CONFIGURED),  # type: ignore[arg-type]
    "types that are plain": (
        lambda: InMemoryWorkRequestManager(types={"VISIT": {"code": "VISIT"}}),  # type: ignore[dict-item]
        PLAIN_TYPE,
    ),
    "work_request": (lambda: manager().work_request(5), REQUEST_ID),
    "work_request of a list": (lambda: manager().work_request(["WR-1"]), REQUEST_ID),
    "history": (lambda: manager().history(5), REQUEST_ID + ", or None$"),
    "permitted in nothing": (lambda: manager().permitted(None, HOLDER), REQUEST_ID),
    "permitted to a text": (lambda: manager().permitted("WR-1", "northline"), PARTY),
    "load a number": (lambda: manager().load(5), LOG),
    "load bytes": (lambda: manager().load(b"{}"), LOG),
    "load nothing": (lambda: manager().load(None), LOG),
}

STRATEGIES: dict[str, tuple[Any, str]] = {
    "events for a text": (
        lambda: events_for("WR-1"),  # type: ignore[arg-type]
        r"^work_request is 'WR-1' \(str\); pass a WorkRequest, or None$",
    ),
    "events from a text": (lambda: events_for(None, party="northline"), PARTY),  # type: ignore[arg-type]
    "events with a number": (lambda: events_for(None, answer=5), ANSWER + ", or None$"),  # type: ignore[arg-type]
    "events by a text": (lambda: events_for(None, rulebook="strict"), RULEBOOK),  # type: ignore[arg-type]
    "events with a number as id": (lambda: events_for(None, work_request_id=5), REQUEST_ID),  # type: ignore[arg-type]
    "events with an alphabet": (
        lambda: events_for(None, texts="abc"),  # type: ignore[arg-type]
        r"^texts is 'abc' \(str\); pass a strategy of texts, such as st\.text\(",
    ),
    "histories of a text": (
        lambda: histories(max_events="5"),  # type: ignore[arg-type]
        r"^max_events is '5' \(str\); pass a whole number$",
    ),
    "histories with one answer": (
        lambda: histories(answers=Answer.CONSUMED),  # type: ignore[arg-type]
        r"^answers is Answer\.CONSUMED \(Answer\); pass a list of answers, such as \[Answer\.CONSUMED\]$",
    ),
    "histories with no list": (lambda: histories(answers=5), r"^answers is 5 \(int\); pass a list of answers"),  # type: ignore[arg-type]
    "histories with a number": (lambda: histories(answers=[5]), ANSWER),  # type: ignore[list-item]
    "histories by a text": (lambda: histories(rulebook="strict"), RULEBOOK),  # type: ignore[arg-type]
    "histories with a number as id": (lambda: histories(work_request_id=5), REQUEST_ID),  # type: ignore[arg-type]
    "closed": (
        lambda: work_requests(closed="yes"),  # type: ignore[arg-type]
        r"^closed is 'yes' \(str\); pass True, False, or None$",
    ),
    "begun": (lambda: work_requests(begun=1), r"^begun is 1 \(int\); pass True, False, or None$"),  # type: ignore[arg-type]
    "allocation": (
        lambda: work_requests(allocation="Sent"),  # type: ignore[arg-type]
        r"^allocation is 'Sent' \(str\); pass an Allocation, such as Allocation.ACCEPTED, or None$",
    ),
    "work requests by a text": (lambda: work_requests(rulebook="strict"), RULEBOOK),  # type: ignore[arg-type]
    "logs of a text": (
        lambda: event_logs(max_requests="2"),  # type: ignore[arg-type]
        r"^max_requests is '2' \(str\); pass a whole number$",
    ),
    "malformed": (
        lambda: event_logs(malformed="some"),  # type: ignore[arg-type]
        r"^malformed is 'some' \(str\); pass True or False$",
    ),
    "logs by a text": (lambda: event_logs(rulebook="strict"), RULEBOOK),  # type: ignore[arg-type]
}

PLUGIN: dict[str, tuple[Any, str]] = {
    "category": (
        lambda: factory()("Active"),
        r"^category is 'Active' \(str\); pass a Category, such as Category\.ACTIVE$",
    ),
    "id": (lambda: factory()(id=5), r'^id is 5 \(int\); pass the id of a work request, such as "WR-1", or None$'),
    "type": (lambda: factory()(types="FIBRE"), TYPES),
    "no type": (lambda: factory()(types=None), TYPES),
    "types": (lambda: factory()(types=["FIBRE"]), TYPES),
    "attribute": (
        lambda: factory()(allocation=["Accepted"]),
        r"^allocation is \['Accepted'\] \(list\); pass a value of type Allocation$",
    ),
    "flag": (lambda: factory()(on_hold="yes"), r"^on_hold is 'yes' \(str\); pass a value of type bool$"),
    "no allocation": (lambda: factory()(allocation=None), r"^allocation is None \(NoneType\); pass a value of type Al"),
}

CONFORMANCE: dict[str, tuple[Any, str]] = {
    "no adapter": (lambda: check_vectors(ANY), rf"^adapter is None \(NoneType\){ADAPTER}"),
    "a class": (lambda: check_vectors(Adapter), rf"^adapter is Adapter \(type\){ADAPTER}"),  # type: ignore[arg-type]
    "a missing method": (
        lambda: check_by_search(WithoutRead()),  # type: ignore[arg-type]
        rf"^adapter is .*\(WithoutRead\){ADAPTER}",
    ),
    "no function": (
        lambda: check_vectors(WithText()),
        r"^adapter\.read is 'read'; pass a function that takes an id and returns a WorkRequest or None$",
    ),
    "post": (
        lambda: check_vectors(AsyncPost()),
        r"^adapter\.post is .*, a coroutine function, which would never run; pass a function that takes an event and",
    ),
    "read": (
        lambda: check_by_search(AsyncRead()),
        r"^adapter\.read is .*, a coroutine function, which would never run",
    ),
    "reset": (lambda: check_conformance(AsyncReset()), r"^adapter\.reset is .*, a coroutine function, which would n"),
    "rulebook": (lambda: check_vectors(Adapter(), "strict"), RULEBOOK),  # type: ignore[arg-type]
    "types": (lambda: check_conformance(Adapter(), types=["VISIT"]), CONFIGURED),  # type: ignore[arg-type]
    "types that are plain": (
        lambda: check_by_search(Adapter(), types={"VISIT": {"code": "VISIT"}}),  # type: ignore[dict-item]
        PLAIN_TYPE,
    ),
    "types for vectors": (lambda: check_vectors(Adapter(), types=["VISIT"]), CONFIGURED),  # type: ignore[arg-type]
    "search": (
        lambda: check_conformance(Adapter(), search=5),  # type: ignore[arg-type]
        r"^search is 5 \(int\); pass settings, such as hypothesis\.settings\(SEARCH\)$",
    ),
    "texts": (
        lambda: check_conformance(Adapter(), texts=b"abc"),  # type: ignore[arg-type]
        r"^texts is b'abc' \(bytes\); pass a Hypothesis strategy of texts, or a text of characters$",
    ),
    "texts that are settings": (
        lambda: check_by_search(Adapter(), texts=hypothesis.settings()),  # type: ignore[arg-type]
        r"^texts is .* \(settings\); pass a Hypothesis strategy",
    ),
}

WRONG_CALLS = {
    f"{group}: {name}": call
    for group, calls in {
        "manager": MANAGER,
        "strategies": STRATEGIES,
        "plugin": PLUGIN,
        "conformance": CONFORMANCE,
    }.items()
    for name, call in calls.items()
}


@pytest.mark.parametrize(("call", "message"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_argument_is_a_type_error_that_says_what_to_pass(call: Any, message: str) -> None:
    """No other error comes from the inside of the kit, and nothing is sent or drawn before."""
    with pytest.raises(TypeError, match=message):
        call()


def test_none_asks_for_a_request_that_is_not_rejected() -> None:
    """It is the only attribute that can be None."""
    assert factory()(Category.OPEN, rejection_reason=None).rejection_reason is None
