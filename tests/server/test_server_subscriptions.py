"""Subscribing: the body, and the challenge of the webhook."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from parties import HOLDER, OWN
from server.client import KEY, Client, problem_of
from server.webhooks import Answer, Received, echo, receiving
from testing.manager_events import create
from work_request_manager.server import DeliveryPolicy, create_app, serving
from work_request_manager.wire import LINE_LIMIT

BODY: dict[str, Any] = {
    "party": {"role": "WorkSupplier", "id": "northline"},
    "secret": KEY,
    "url": "http://127.0.0.1:9/hook",
}


def test_a_webhook_that_echoes_the_challenge_is_subscribed(client: Client) -> None:
    """It gets one GET request, and the response does not repeat the secret."""
    with receiving() as receiver:
        response = client.subscribe(HOLDER, receiver)
        assert response.status_code == 201
        assert response.json() == {"party": BODY["party"], "url": receiver.url}
        assert [(each.method, each.body) for each in receiver.received] == [("GET", b"")]
        assert receiver.received[0].path == f"/hook?challenge={receiver.received[0].challenge.decode()}"
        assert receiver.received[0].headers["Accept-Encoding"] == "identity"  # an echo is never compressed


def test_each_challenge_is_another_one(client: Client) -> None:
    """Nobody can guess the value."""
    with receiving() as receiver:
        for party in (HOLDER, OWN, HOLDER):
            client.subscribe(party, receiver)
        values = {each.challenge for each in receiver.received}
    assert len(values) == 3
    assert all(len(value) >= 32 for value in values)


@pytest.mark.parametrize("query", ["?", "?flag", "?a=b%20c&a=1", "?challenge=mine"])
def test_the_url_of_a_webhook_can_have_a_query(client: Client, query: str) -> None:
    """The challenge is added at its end. Notifications go to the URL as it was given."""

    def last(received: Received) -> Answer:
        return 200, received.path.rpartition("challenge=")[2].encode()

    with receiving(last) as receiver:
        assert client.subscribe(HOLDER, receiver.url + query).status_code == 201
        assert receiver.received[0].path.startswith(f"/hook{query}")
        client.post(create())
        receiver.wait_for(1)
        assert receiver.received[-1].path in (f"/hook{query}", f"/hook{query}".rstrip("?"))


def test_spaces_around_the_echo_do_not_matter(client: Client) -> None:
    """Many programs end their output with a line end."""
    with receiving(lambda received: (200, received.challenge + b"\r\n")) as receiver:
        assert client.subscribe(HOLDER, receiver).status_code == 201


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda received: (200, b"lunch"), "answered 'lunch' instead of the value of the query parameter challenge"),
        (lambda received: (200, b""), "answered '' instead of"),
        (lambda received: (200, b"\xff"), "instead of"),
        (lambda received: (200, b'"' + received.challenge + b'"'), "instead of"),
        (lambda received: (404, received.challenge), "answered with status 404"),
        (lambda received: (302, received.challenge), "answered with status 302"),
    ],
    ids=["other", "empty", "binary", "quoted", "missing", "redirect"],
)
def test_a_webhook_that_does_not_echo_is_not_subscribed(client: Client, answer: Any, said: str) -> None:
    """The problem says what happened, and nothing is ever sent there."""
    with receiving(answer, headers={"Location": "/elsewhere"}) as receiver:
        problem = problem_of(client.subscribe(HOLDER, receiver), 400)
        assert problem["detail"].startswith("the webhook ")
        assert said in problem["detail"]
        client.post(create())
        assert len(receiver.received) == 1
    assert client.deliveries() == []


def test_a_webhook_that_does_not_answer_is_not_subscribed(http: httpx.Client) -> None:
    """The wait has a limit."""
    with serving(create_app(policy=DeliveryPolicy(timeout=0.1))) as server, receiving() as receiver:
        receiver.answer = receiver.hang
        problem = problem_of(Client(http, server).subscribe(HOLDER, receiver), 400)
        assert problem["detail"] == "the webhook did not answer within 0.1 seconds"


def test_a_webhook_that_cannot_be_reached_is_not_subscribed(client: Client) -> None:
    """The problem has the error of the connection."""
    with receiving() as receiver:
        url = receiver.url
    detail = problem_of(client.subscribe(HOLDER, url), 400)["detail"]
    assert detail == "the webhook cannot be reached: ConnectError: All connection attempts failed"


def test_a_webhook_can_use_tls(client: Client) -> None:
    """A server without TLS cannot be reached by https."""
    with receiving() as receiver:
        problem = problem_of(client.subscribe(HOLDER, receiver.url.replace("http:", "https:")), 400)
        assert problem["detail"].startswith("the webhook cannot be reached: ConnectError: [SSL")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"party": None}, "$.party"),
        ({"party": "northline"}, "$.party"),
        ({"party": {"role": "WorkSupplier"}}, "$.party.id"),
        ({"party": {"id": "northline"}}, "$.party.role"),
        ({"party": {"role": "WorkSupplier", "id": ""}}, "$.party.id"),
        ({"party": {"role": "WorkSupplier", "id": 7}}, "$.party.id"),
        ({"party": {"role": "WorkSupplier", "id": "northline", "name": "North"}}, "$.party.name"),
        ({"party": {"role": "Cook", "id": "northline"}}, "$.party.role"),
        ({"party": {"role": ["WorkSupplier"], "id": "northline"}}, "$.party.role"),
        ({"party": {"role": "Chorus", "id": "chorus"}}, "$.party.role"),
        ({"secret": ""}, "$.secret"),
        ({"secret": [KEY]}, "$.secret"),
        ({"url": 7}, "$.url"),
        ({"url": "lunch"}, "$.url"),
        ({"url": "/hook"}, "$.url"),
        ({"url": "http:///hook"}, "$.url"),
        ({"url": "ftp://127.0.0.1/hook"}, "$.url"),
        ({"url": "http://127.0.0.1:port/hook"}, "$.url"),
        ({"url": "http://[::1/hook"}, "$.url"),
        ({"url": "http://127.0.0.1/\x00"}, "$.url"),
        ({"URL": "http://127.0.0.1/"}, "$.URL"),
    ],
)
def test_a_bad_subscription_names_the_path(client: Client, changes: dict[str, Any], path: str) -> None:
    """The problem has the path, and never the secret."""
    response = client.http.post(f"{client.url}/subscribers", json={**BODY, **changes})
    problem = problem_of(response, 400)
    assert (problem["rule"], problem["path"]) == ("WRM502", path)
    assert problem["detail"].startswith(f"{path} ")
    assert KEY not in response.text
    assert client.deliveries() == []


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"uri": 1}, "$.uri is not a known field; the known fields are party, secret, url"),
        ({"party": []}, "$.party must be an object"),
        ({"secret": 5}, "$.secret must be text of at least one character"),
        (
            {"url": "ftp://127.0.0.1/"},
            "$.url must be a URL such as http://127.0.0.1:9000/hook; only http and https are supported",
        ),
    ],
)
def test_a_bad_subscription_is_explained(client: Client, changes: dict[str, Any], detail: str) -> None:
    """The problem says what to write."""
    problem = problem_of(client.http.post(f"{client.url}/subscribers", json={**BODY, **changes}), 400)
    assert problem["detail"] == detail


@pytest.mark.parametrize("missing", list(BODY))
def test_a_subscription_needs_each_field(client: Client, missing: str) -> None:
    """The problem names the missing field."""
    body = {name: value for name, value in BODY.items() if name != missing}
    problem = problem_of(client.http.post(f"{client.url}/subscribers", json=body), 400)
    assert problem["detail"] == f"$.{missing} is missing"


@pytest.mark.parametrize(("body", "status"), [(b"lunch", 400), (b"[]", 400), (b" " * LINE_LIMIT + b"{}", 413)])
def test_a_subscription_is_one_json_object(client: Client, body: bytes, status: int) -> None:
    """Its length is limited."""
    problem_of(client.http.post(f"{client.url}/subscribers", content=body), status)


def test_chorus_cannot_subscribe(client: Client) -> None:
    """It sends the notifications, and its webhook is not called."""
    with receiving() as receiver:
        body = {**BODY, "party": {"role": "Chorus", "id": "chorus"}, "url": receiver.url}
        problem = problem_of(client.http.post(f"{client.url}/subscribers", json=body), 400)
        assert problem["detail"].endswith("must be WorkRequestor or WorkSupplier; Chorus sends the notifications")
        assert receiver.received == []


def test_credentials_in_the_url_are_sent(client: Client) -> None:
    """They are sent to the webhook as Basic credentials."""
    with receiving(echo) as receiver:
        parts = urlsplit(receiver.url)
        url = parts._replace(netloc=f"me:pass@{parts.netloc}").geturl()
        assert client.subscribe(HOLDER, url).status_code == 201
        assert json.dumps(receiver.received[0].headers).count("Basic ") == 1
