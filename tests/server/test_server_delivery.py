"""Notifications: signed, in order, one at a time for each subscriber, and a bounded number of attempts."""

import copy
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any

import httpx
import pytest

from parties import CHORUS, HOLDER, OWN, STRANGER, from_
from server.client import KEY, Client
from server.webhooks import SECONDS, Answer, Received, Receiver, posts_to, receiving
from testing.manager_events import ACCEPT, create, hold, status
from work_request_manager import AnyEvent, Category, Consumed, Outcome, events
from work_request_manager.server import DeliveryPolicy, ServedManager, create_app, serving
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import encode_event, to_builtins

CLIENTS, ROUNDS = 16, 5


def outcome(code: str, **own: Any) -> AnyEvent:
    """Return an outcome from the supplier. Each code is consumed once."""
    return events.RecordOutcome(**{**from_(HOLDER, activity_id="A-1", outcome=Outcome(code)), **own})


def consumed(manager: InMemoryWorkRequestManager) -> list[bytes]:
    """Return the consumed events so far, in JSON."""
    return [encode_event(each.event) for each in manager.history() if isinstance(each, Consumed)]


@contextmanager
def served(http: httpx.Client, **policy: Any) -> Iterator[tuple[ServedManager, Client]]:
    """Serve a new manager with a delivery policy. Attempts follow each other without a pause."""
    with serving(create_app(policy=DeliveryPolicy(**{"pause": 0, **policy}))) as server:
        yield server, Client(http, server)


# One notification


def test_a_notification_is_the_signed_event(client: Client) -> None:
    """The body is the event in JSON, and the header has its HMAC under the secret."""
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        client.post(create())
        (body,) = receiver.wait_for(1)
        headers = receiver.received[-1].headers
    assert body == encode_event(create())
    expected = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"] == f"sha256={expected}"
    assert headers["Content-Type"] == "application/json"


def test_both_parties_are_notified_of_consumed_events_only(client: Client, server: ServedManager) -> None:
    """A repeat and a refused event reach nobody. A party of another request gets nothing."""
    with receiving() as supplier, receiving() as requestor, receiving() as stranger:
        for party, receiver in ((HOLDER, supplier), (OWN, requestor), (STRANGER, stranger)):
            client.subscribe(party, receiver)
        for event in (create(), create(), ACCEPT, ACCEPT, status(Category.ACTIVE)):
            client.post(event)
        server.wait_for_deliveries(SECONDS)
        expected = [encode_event(each) for each in (create(), ACCEPT, status(Category.ACTIVE))]
        assert supplier.bodies == requestor.bodies == expected
        assert stranger.bodies == []


def test_a_reallocation_notifies_the_old_supplier_too(client: Client, server: ServedManager) -> None:
    """Later events reach the new supplier only."""
    with receiving() as old, receiving() as new:
        client.subscribe(HOLDER, old)
        client.subscribe(STRANGER, new)
        moved = events.ReallocateWorkRequest(**from_(CHORUS), supplier=STRANGER.id)
        for event in (create(), moved, hold("e-1")):
            assert client.post(event).status_code == 200
        server.wait_for_deliveries(SECONDS)
        assert old.bodies == [encode_event(create()), encode_event(moved)]
        assert new.bodies == [encode_event(moved), encode_event(hold("e-1"))]


def test_events_that_a_test_posts_directly_are_notified(client: Client, server: ServedManager) -> None:
    """The manager belongs to the server, and can be used without HTTP."""
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        server.manager.post(create())
        assert receiver.wait_for(1) == [encode_event(create())]


def test_a_copy_of_the_manager_notifies_nobody(client: Client, server: ServedManager) -> None:
    """It is there to try something out."""
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        copy.deepcopy(server.manager).post(create("WR-2"))
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        assert receiver.bodies == [encode_event(create())]


# Order and independence


def test_a_slow_subscriber_delays_nobody(client: Client, server: ServedManager) -> None:
    """Events are answered, and another subscriber is notified, while it hangs. Then it gets all of them in order."""
    with receiving() as slow, receiving() as other:
        client.subscribe(HOLDER, slow)
        client.subscribe(OWN, other)
        slow.answer = slow.hang
        client.post(create())
        slow.wait_for(1)
        for number in range(20):
            assert client.post(outcome(f"{number}")).status_code == 200
        assert other.wait_for(21) == consumed(server.manager)
        assert len(slow.bodies) == 1
        assert client.deliveries()[0]["pending"] == 21
        slow.released.set()
        assert slow.wait_for(21) == consumed(server.manager)
        server.wait_for_deliveries(SECONDS)
    assert [each["delivered"] for each in client.deliveries()] == [21, 21]


def test_a_subscriber_gets_one_notification_at_a_time(client: Client, server: ServedManager) -> None:
    """The next one is sent when the one before is answered."""
    running: list[int] = []
    most: list[int] = []

    def answer(_: Received) -> Answer:
        running.append(1)
        most.append(len(running))
        Event().wait(0.001)
        running.pop()
        return 200, b""

    with receiving(posts_to(answer)) as receiver:
        client.subscribe(HOLDER, receiver)
        client.post(create())
        for number in range(30):
            client.post(outcome(f"{number}"))
        server.wait_for_deliveries(SECONDS)
    assert most == [1] * 31


def test_sixteen_clients_at_once(server: ServedManager, client: Client) -> None:
    """Nothing is lost, nothing is sent twice, and each subscriber gets the events in the order of the decisions."""
    barrier = Barrier(CLIENTS)

    def work(number: int) -> list[int]:
        with httpx.Client(trust_env=False, timeout=SECONDS) as http:
            own = Client(http, server)
            barrier.wait(SECONDS)
            statuses = [own.post(create(f"WR-{number}")).status_code]
            for count in range(ROUNDS):
                statuses.append(own.post(outcome(f"{number}-{count}")).status_code)
                statuses.append(own.post(outcome(f"{count}", work_request_id=f"WR-{number}")).status_code)
                statuses.append(own.post(outcome("same")).status_code)
        return statuses

    with receiving() as supplier, receiving() as requestor:
        client.subscribe(HOLDER, supplier)
        client.subscribe(OWN, requestor)
        client.post(create("WR-1"))
        with ThreadPoolExecutor(CLIENTS) as pool:
            statuses = list(pool.map(work, range(10, 10 + CLIENTS)))
        server.wait_for_deliveries(SECONDS)
        assert statuses == [[200] * (1 + 3 * ROUNDS)] * CLIENTS
        assert len(server.manager.history()) == 1 + CLIENTS * (1 + 3 * ROUNDS)
        expected = consumed(server.manager)
        assert len(set(expected)) == len(expected) == 1 + CLIENTS * (1 + 2 * ROUNDS) + 1
        assert supplier.bodies == requestor.bodies == expected
    assert server.deliveries() == [
        {"party": to_builtins(party), "url": receiver.url, "delivered": len(expected), "pending": 0, "failed": []}
        for party, receiver in ((HOLDER, supplier), (OWN, requestor))
    ]


# Attempts


def test_a_notification_is_sent_again_until_it_is_confirmed(client: Client, server: ServedManager) -> None:
    """An answer of 500 is not a confirmation. Later notifications wait for it."""
    statuses = iter((500, 503, 200))
    with receiving(posts_to(lambda _: (next(statuses, 200), b""))) as receiver:
        client.subscribe(HOLDER, receiver)
        client.post(create())
        client.post(ACCEPT)
        server.wait_for_deliveries(SECONDS)
        assert receiver.bodies == [encode_event(create())] * 3 + [encode_event(ACCEPT)]
    (delivery,) = client.deliveries()
    assert (delivery["delivered"], delivery["failed"]) == (2, [])


def test_a_notification_is_given_up_after_the_last_attempt(http: httpx.Client) -> None:
    """It is recorded with the reason, and the next one is tried."""
    refused = encode_event(create())
    with (
        served(http, attempts=3) as (server, client),
        receiving(posts_to(lambda received: (500 if received.body == refused else 200, b""))) as receiver,
    ):
        client.subscribe(HOLDER, receiver)
        client.post(create())
        client.post(ACCEPT)
        server.wait_for_deliveries(SECONDS)
        assert receiver.bodies == [refused] * 3 + [encode_event(ACCEPT)]
        (delivery,) = client.deliveries()
    assert (delivery["delivered"], delivery["pending"]) == (1, 0)
    assert delivery["failed"] == [
        {"event": json.loads(refused), "reason": "the webhook answered with status 500 (attempt 3 of 3)"}
    ]


def test_a_dead_subscriber_delays_nobody(client: Client, server: ServedManager) -> None:
    """All of its notifications are recorded as failed. Another subscriber gets them."""
    with receiving() as dead:
        client.subscribe(OWN, dead)
    with receiving() as alive:
        client.subscribe(HOLDER, alive)
        for number in range(5):
            assert client.post(create(f"WR-{number}")).status_code == 200
        assert alive.wait_for(5) == consumed(server.manager)
        server.wait_for_deliveries(SECONDS)
    failed, delivered = client.deliveries()
    assert (failed["delivered"], failed["pending"], delivered["delivered"]) == (0, 0, 5)
    assert [each["event"]["taskId"] for each in failed["failed"]] == [f"WR-{number}" for number in range(5)]
    assert all(each["reason"].startswith("the webhook cannot be reached: ConnectError") for each in failed["failed"])


def test_an_attempt_has_a_limit(http: httpx.Client) -> None:
    """A webhook that hangs costs its timeout, once for each attempt."""
    with served(http, attempts=2, timeout=0.1) as (server, client), receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        receiver.answer = receiver.hang
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        assert len(receiver.bodies) == 2
        (failure,) = client.deliveries()[0]["failed"]
        assert failure["reason"] == "the webhook did not answer within 0.1 seconds (attempt 2 of 2)"
        receiver.released.set()
        client.post(ACCEPT)
        server.wait_for_deliveries(SECONDS)
        assert client.deliveries()[0]["delivered"] == 1


def test_pauses_between_attempts_grow(monkeypatch: pytest.MonkeyPatch, http: httpx.Client) -> None:
    """Each is twice as long as the one before."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("work_request_manager.server._delivery.sleep", note)
    with (
        served(http, attempts=4, pause=0.5) as (server, client),
        receiving(posts_to(lambda _: (500, b""))) as receiver,
    ):
        client.subscribe(HOLDER, receiver)
        client.post(create())
        server.wait_for_deliveries(SECONDS)
    assert pauses == [0.5, 1, 2]


def test_redirects_are_not_followed(client: Client, server: ServedManager) -> None:
    """A signed event goes only to the address that echoed the challenge."""
    with (
        receiving() as elsewhere,
        receiving(posts_to(lambda _: (307, b"")), headers={"Location": elsewhere.url}) as receiver,
    ):
        client.subscribe(HOLDER, receiver)
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        assert elsewhere.received == []
    assert "status 307" in client.deliveries()[0]["failed"][0]["reason"]


@contextmanager
def raw_webhook(answer: bytes, rest: bytes = b"") -> Iterator[tuple[str, list[bytes]]]:
    """Run a webhook that echoes the first challenge, and then sends raw bytes. The rest is sent without an end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections: list[bytes] = []

        def run() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    request = connection.recv(1 << 16)
                    connections.append(request)
                    value = request.partition(b"challenge=")[2].partition(b" ")[0]
                    if value:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(value) + value)
                        continue
                    connection.sendall(answer)
                    try:
                        while rest:
                            connection.sendall(rest)
                    except ConnectionError:
                        connections.append(b"closed")

        thread = Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/", connections
        finally:
            thread.join(SECONDS)
            assert not thread.is_alive()


def test_an_answer_that_is_not_http_is_a_failure(http: httpx.Client) -> None:
    """The reason names the error."""
    with served(http, attempts=1) as (server, client), raw_webhook(b"lunch\r\n\r\n") as (url, _):
        client.subscribe(HOLDER, url)
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        reason = client.deliveries()[0]["failed"][0]["reason"]
    assert reason.startswith("the webhook cannot be reached: RemoteProtocolError: ")


def test_an_answer_without_end_is_not_read(http: httpx.Client) -> None:
    """The status counts, and the connection is closed."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    with served(http) as (server, client), raw_webhook(head, endless) as (url, connections):
        client.subscribe(HOLDER, url)
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        assert client.deliveries()[0]["delivered"] == 1
    assert connections[2] == b"closed"


def test_an_event_without_json_is_recorded_as_failed(client: Client, server: ServedManager) -> None:
    """Only a test can post one, directly. The next event is delivered."""
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        server.manager.post(create("WR-1"))
        server.manager.post(outcome("\ud800"))
        server.manager.post(outcome("good"))
        server.wait_for_deliveries(SECONDS)
        assert receiver.bodies == [encode_event(create("WR-1")), encode_event(outcome("good"))]
    (delivery,) = server.deliveries()
    (failure,) = delivery["failed"]
    assert (delivery["delivered"], failure["event"]["outcome"]["code"]) == (2, "\ud800")
    assert failure["reason"].startswith("the webhook was not called, because the event has no JSON: $ holds ")


# Replaced subscriptions


def subscribed_again(client: Client, old: Receiver, new: Receiver) -> None:
    """Replace the webhook of the supplier."""
    assert client.subscribe(HOLDER, old, "old").status_code == 201
    assert client.subscribe(HOLDER, new, "new").status_code == 201


def test_a_second_subscription_replaces_the_first(client: Client, server: ServedManager) -> None:
    """The old webhook gets nothing more. The new one is signed with the new secret."""
    with receiving() as old, receiving() as new:
        subscribed_again(client, old, new)
        client.post(create())
        server.wait_for_deliveries(SECONDS)
        assert (old.bodies, new.bodies) == ([], [encode_event(create())])
        expected = hmac.new(b"new", encode_event(create()), hashlib.sha256).hexdigest()
        assert new.received[-1].headers["X-Hub-Signature"] == f"sha256={expected}"
    assert [each["url"] for each in client.deliveries()] == [new.url]


def test_what_is_pending_goes_to_the_new_webhook(client: Client, server: ServedManager) -> None:
    """Nothing is lost, and nothing is sent to both after it was confirmed."""
    with receiving() as old, receiving() as new:
        client.subscribe(HOLDER, old)
        old.answer = old.hang
        for number in range(3):
            client.post(create(f"WR-{number}"))
        old.wait_for(1)
        client.subscribe(HOLDER, new)
        old.released.set()
        server.wait_for_deliveries(SECONDS)
        assert old.bodies + new.bodies == consumed(server.manager)
        assert len(old.bodies) == 1


def test_a_failed_challenge_replaces_nothing(client: Client, server: ServedManager) -> None:
    """The first subscription goes on."""
    with receiving() as old, receiving(lambda _: (404, b"")) as new:
        client.subscribe(HOLDER, old)
        assert client.subscribe(HOLDER, new).status_code == 400
        client.post(create())
        assert old.wait_for(1) == [encode_event(create())]


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"pause": -1}, {"timeout": 0}])
def test_a_policy_without_limits_is_refused(wrong: dict[str, Any]) -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match=f"'{next(iter(wrong))}'"):
        DeliveryPolicy(**wrong)


def test_the_number_of_attempts_is_whole() -> None:
    """Half an attempt does not exist."""
    with pytest.raises(TypeError, match="'attempts'"):
        DeliveryPolicy(attempts=2.5)  # type: ignore[arg-type]
