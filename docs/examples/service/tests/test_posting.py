"""Events that arrive at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, local
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker
from work_request_service import posting
from work_request_service.posting import ATTEMPTS, Conflict, post_event, post_once
from work_request_service.settings import RULEBOOK, TYPES

from work_request_manager import (
    AnyEvent,
    Category,
    Consumed,
    Decision,
    NewActivity,
    NotConsumed,
    Refused,
    Status,
    WorkRequest,
    events,
    log,
)
from work_request_manager import decide as decide_alone
from work_request_manager.testing.plugin import Parties
from work_request_manager.wire import decode_work_request, encode_event

Sessions = sessionmaker[Session]
Store = Callable[..., WorkRequest]

LIMIT = 30
"""The seconds after which a test gives up."""


@pytest.fixture
def common(wrm_parties: Parties) -> dict[str, Any]:
    """The fields of an event of the supplier."""
    return {"work_request_id": "WR-1", "sender": wrm_parties.supplier, "at": datetime(2026, 3, 2, tzinfo=UTC)}


def post_together(sessions: Sessions, monkeypatch: pytest.MonkeyPatch, together: list[AnyEvent]) -> list[Decision]:
    """Post each event in its own thread. Nobody writes before everybody has read and decided once."""
    barrier, first = Barrier(len(together)), local()

    def decide(*arguments: Any, **options: Any) -> Decision:
        decision = decide_alone(*arguments, **options)
        if not hasattr(first, "is_over"):
            first.is_over = True
            barrier.wait(LIMIT)
        return decision

    monkeypatch.setattr(posting, "decide", decide)
    with ThreadPoolExecutor(len(together)) as threads:
        return [*threads.map(lambda event: post_event(sessions, event), together, timeout=LIMIT)]


def in_between(monkeypatch: pytest.MonkeyPatch, actions: Iterator[Callable[[], object]]) -> None:
    """Run an action each time that the service has read a work request and not yet written it."""

    def decide(*arguments: Any, **options: Any) -> Decision:
        next(actions, lambda: None)()
        return decide_alone(*arguments, **options)

    monkeypatch.setattr(posting, "decide", decide)


def lines(client: TestClient) -> list[bytes]:
    """Return the lines of the log."""
    return client.get("/log").content.splitlines()


@pytest.mark.parametrize("threads", [2, 8])
def test_one_event_is_consumed_once(
    sessions: Sessions,
    stored: Store,
    common: dict[str, Any],
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
) -> None:
    """If an event arrives several times at once, one delivery wins and the others are redeliveries."""
    stored()
    before = len(lines(client))
    accept = events.AcceptWorkRequest(event_id="e-1", **common)
    decisions = post_together(sessions, monkeypatch, [accept] * threads)
    assert len([each for each in decisions if isinstance(each, Consumed)]) == 1
    assert len([each for each in decisions if isinstance(each, NotConsumed) and each.is_redelivery]) == threads - 1
    assert len(lines(client)) == before + 1


def test_one_create_is_consumed_once(
    sessions: Sessions, wrm_parties: Parties, common: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A create that arrives twice at once is not refused: the second delivery is a redelivery."""
    create = events.CreateWorkRequest(
        **{**common, "sender": wrm_parties.requestor},
        event_id="e-1",
        supplier=wrm_parties.supplier.id,
        activities=[NewActivity("A-1", TYPES["SITE_VISIT"])],
    )
    decisions = post_together(sessions, monkeypatch, [create, create])
    assert sorted(each.answer for each in decisions) == ["Consumed", "NotConsumed"]


def test_events_for_one_work_request_are_decided_one_after_another(
    sessions: Sessions, stored: Store, common: dict[str, Any], client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that arrive at once are all decided, each on the work request that the one before it left."""
    stored(*[Category.OPEN] * 8)
    moves: list[AnyEvent] = [
        events.UpdateActivityStatus(activity_id=f"A-{number}", status=Status(Category.ACTIVE), **common)
        for number in range(1, 9)
    ]
    decisions = post_together(sessions, monkeypatch, moves)
    assert {each.answer for each in decisions} == {"Consumed"}
    snapshot = decode_work_request(client.get("/tasks/WR-1").content)
    assert {activity.status.category for activity in snapshot.activities} == {Category.ACTIVE}
    assert log.check(lines(client), rulebook=RULEBOOK).findings == ()


def test_the_second_of_two_conflicting_events_is_refused(
    sessions: Sessions, stored: Store, common: dict[str, Any], client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start and a cancellation that arrive at once do not both happen."""
    stored(type="SITE_VISIT")
    start = events.UpdateActivityStatus(activity_id="A-1", status=Status(Category.ACTIVE), **common)
    decisions = post_together(sessions, monkeypatch, [start, events.CancelActivity(activity_id="A-1", **common)])
    assert sorted(each.answer for each in decisions) == ["Consumed", "Refused"]
    assert log.check(lines(client), rulebook=RULEBOOK).findings == ()


def test_an_old_version_is_not_overwritten(
    sessions: Sessions, stored: Store, common: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is written only over the version that was read."""
    stored()
    accept = events.AcceptWorkRequest(**common)
    in_between(monkeypatch, iter([lambda: post_event(sessions, accept)]))
    with sessions.begin() as session, pytest.raises(Conflict):
        post_once(session, accept, encode_event(accept).decode())


def test_a_repeat_has_its_place_in_the_log(
    sessions: Sessions, stored: Store, common: dict[str, Any], client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeat is decided again if the activity moves on meanwhile, so the log shows only what was so."""
    stored(type="SITE_VISIT")
    repeat = events.UpdateActivityStatus(activity_id="A-1", status=Status(Category.OPEN), **common)
    cancel = events.CancelActivity(activity_id="A-1", **common)
    in_between(monkeypatch, iter([lambda: post_event(sessions, cancel)]))
    assert isinstance(post_event(sessions, repeat), Refused)
    assert log.check(lines(client), rulebook=RULEBOOK).findings == ()


def test_the_service_gives_up_after_some_attempts(
    sessions: Sessions, stored: Store, common: dict[str, Any], client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If others come first in every attempt, the client gets 503 and can send the event again."""
    stored()
    accept = events.AcceptWorkRequest(**common)
    others = [events.UpdateActivityWorker(activity_id="A-1", worker=f"W-{n}", **common) for n in range(2 * ATTEMPTS)]

    def post_another() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(posting, "decide", decide_alone)
            post_event(sessions, others.pop())

    in_between(monkeypatch, iter([post_another] * ATTEMPTS))
    answer = client.post("/events", content=encode_event(accept))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"] == "1"
    assert client.post("/events", content=encode_event(accept)).json()["answer"] == "Consumed"
