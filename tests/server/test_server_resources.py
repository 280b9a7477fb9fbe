"""The resources of the stand-in, and its responses."""

import io
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import version
from logging import WARNING
from typing import Any

import httpx
import pytest

from parties import HOLDER, MAY_NOT_CANCEL, OWN, from_
from server.client import Client, problem_of
from server.webhooks import SECONDS
from testing.manager_events import ACCEPT, NEW, create, hold, status
from work_request_manager import DEFAULT_RULEBOOK, ActivityType, Category, NewActivity, Refused, decide, events
from work_request_manager.server import ServedManager, create_app, serving
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import LINE_LIMIT, encode_event, encode_work_request, to_builtins

# Events


def test_the_version_is_that_of_the_package(client: Client) -> None:
    """GET /version returns it."""
    response = client.http.get(f"{client.url}/version")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {"version": version("work-request-manager")}


def test_a_consumed_event_is_answered_with_its_changes(client: Client, server: ServedManager) -> None:
    """All four members are there, and the manager has the work request."""
    response = client.post(create())
    assert response.status_code == 200
    assert response.json() == {
        "answer": "Consumed",
        "changes": [{"change": "WorkRequestCreated", "workRequestId": "WR-1", "supplier": HOLDER.id}],
        "warnings": [],
        "isRedelivery": False,
    }
    assert server.manager.work_request("WR-1").supplier == HOLDER.id


def test_a_repeat_is_not_consumed(client: Client) -> None:
    """A redelivery is recognised by its id, and another repeat is no redelivery."""
    client.post(create())
    client.post(hold("e-1"))
    answers = [client.post(hold(event_id)).json() for event_id in ("e-1", "e-2")]
    common = {"answer": "NotConsumed", "changes": [], "warnings": []}
    assert answers == [{**common, "isRedelivery": True}, {**common, "isRedelivery": False}]


def test_a_broken_assumed_rule_is_a_warning(client: Client, server: ServedManager) -> None:
    """The event is consumed, and the warning is the violation."""
    client.post(create())
    answer = client.post(status(Category.IN_REVIEW)).json()
    (warning,) = server.manager.history()[-1].warnings
    assert (answer["answer"], answer["warnings"]) == ("Consumed", [to_builtins(warning)])
    assert warning.rule.id == "WRM207"


def test_a_refusal_is_a_conflict_with_all_violations(client: Client, server: ServedManager) -> None:
    """The problem has the violations and the warnings, and the work request does not change."""
    client.post(create(activities=[NewActivity("A-1", MAY_NOT_CANCEL)]))
    client.post(status(Category.ACTIVE))
    before = server.manager.work_request("WR-1")
    event = events.CancelActivity(**from_(OWN, activity_id="A-1"))
    problem = problem_of(client.post(event), 409)
    refused = decide(before, event)
    assert isinstance(refused, Refused)
    assert [each["rule"] for each in problem["violations"]] == ["WRM204", "WRM301"]
    assert problem["violations"] == to_builtins(refused.violations)
    assert (problem["answer"], problem["warnings"]) == ("Refused", [])
    assert all(violation.reason in problem["detail"] for violation in refused.violations)
    assert server.manager.work_request("WR-1") == before


def test_warnings_come_with_a_refusal(client: Client) -> None:
    """A broken assumed rule is reported next to the rule that refuses."""
    client.post(create())
    client.post(hold("e-1"))
    problem = problem_of(client.post(status(Category.ACTIVE, sender=OWN)), 409)
    assert [each["rule"] for each in problem["violations"]] == ["WRM301"]
    assert [each["rule"] for each in problem["warnings"]] == ["WRM107"]


@pytest.mark.parametrize(
    ("body", "rule", "path"),
    [
        (b"", "WRM501", "$"),
        (b"lunch", "WRM501", "$"),
        (b"\xff", "WRM501", "$"),
        (b"[]", "WRM501", "$"),
        (b"{}", "WRM502", "$.event"),
        (encode_event(create()).replace(b'"taskId"', b'"task"'), "WRM502", "$.taskId"),
        (encode_event(create()).replace(b'"Chorus"', b'"Cook"'), "WRM502", "$.sender.role"),
        (encode_event(create()).replace(b'"SITE_VISIT"', b"7"), "WRM502", "$.activities[0].type.code"),
        (encode_event(create()).replace(b"Z", b""), "WRM504", "$.at"),
        (b'{"event":"ArchiveTaskEvent"}', "WRM503", "$.event"),
    ],
)
def test_a_body_that_is_not_an_event_is_a_bad_request(
    client: Client, server: ServedManager, body: bytes, rule: str, path: str
) -> None:
    """The problem has the path, and the rule that reports such a line of a log. Nothing is posted."""
    problem = problem_of(client.post(body), 400)
    assert (problem["rule"], problem["path"]) == (rule, path)
    assert problem["detail"].startswith(f"{path} ")
    assert server.manager.history() == ()


def test_credentials_and_content_types_are_ignored(client: Client) -> None:
    """Any Basic credentials are accepted, and so is any content type."""
    posted = client.http.post(
        f"{client.url}/notifications",
        content=encode_event(create()),
        auth=("northline", "wrong"),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert posted.status_code == 200


# Rulebook and types


def test_the_rulebook_decides(http: httpx.Client) -> None:
    """A strict rulebook refuses a broken assumed rule."""
    with serving(create_app(rulebook=DEFAULT_RULEBOOK.strict())) as server:
        client = Client(http, server)
        client.post(create())
        assert problem_of(client.post(status(Category.IN_REVIEW)), 409)["violations"][0]["rule"] == "WRM207"


def test_configured_types_are_the_only_ones(http: httpx.Client) -> None:
    """An event gives a type by its code. A sender cannot grant itself a flag."""
    wide = ActivityType("WIDE", states={f"STATE-{number:03}": Category.OPEN for number in range(100)})
    with serving(create_app(types={NEW.type.code: NEW.type, "WIDE": wide})) as server:
        client = Client(http, server)
        line: dict[str, Any] = json.loads(encode_event(create()))
        line["activities"][0]["type"] = {"code": NEW.type.code, "workSupplierAllowedToCancel": False}
        assert problem_of(client.post(json.dumps(line).encode()), 400)["path"].startswith("$.activities[0].type")
        line["activities"][0]["type"] = NEW.type.code
        assert client.post(json.dumps(line).encode()).status_code == 200
        assert server.manager.work_request("WR-1").activity("A-1").type == NEW.type

        # With its types in full, the event would be longer than a line can be.
        line["taskId"] = "WR-2"
        line["activities"] = [{"id": f"A-{number}", "type": "WIDE"} for number in range(1000)]
        problem = problem_of(client.post(json.dumps(line).encode()), 413)
        assert problem["rule"] == "WRM505"
        assert len(server.manager.work_requests()) == 1


def test_a_manager_brings_its_rulebook_and_types() -> None:
    """It is served as it is, and a rulebook besides it is an error."""
    manager = InMemoryWorkRequestManager(rulebook=DEFAULT_RULEBOOK.strict())
    with serving(create_app(manager)) as server:
        assert server.manager is manager
    both: list[dict[str, Any]] = [{"rulebook": DEFAULT_RULEBOOK}, {"types": {}}]
    for options in both:
        with pytest.raises(ValueError, match=r"types; pass either a manager, or a rulebook and types$"):
            create_app(manager, **options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"manager": "wrm"}, "manager is 'wrm' (str); pass an InMemoryWorkRequestManager, or None"),
        ({"policy": 5}, "policy is 5 (int); pass a DeliveryPolicy"),
        ({"log": "sent"}, "log is 'sent' (str); pass a file that was opened with the mode 'ab', or None"),
        ({"log": io.StringIO()}, "log is <_io.StringIO object"),
        ({"rulebook": "strict"}, "rulebook is 'strict' (str); pass a Rulebook"),
        ({"types": ["FIBRE"]}, "types is ['FIBRE'] (list); pass a mapping"),
    ],
)
def test_wrong_arguments_raise(wrong: dict[str, Any], message: str) -> None:
    """The error says what to pass."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        create_app(**wrong)


# Limits of bodies


def padded(length: int) -> bytes:
    """Return a body of this length with the create event."""
    start = encode_event(create())[:-1] + b',"padding":"'
    return start + b"x" * (length - len(start) - 2) + b'"}'


def in_chunks(body: bytes) -> Iterator[bytes]:
    """Yield a body in pieces, so that it has no Content-Length."""
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


@pytest.mark.parametrize("sent", [lambda body: body, in_chunks], ids=["whole", "chunked"])
def test_a_body_can_have_the_length_of_a_line(
    client: Client, server: ServedManager, sent: Callable[[bytes], Any]
) -> None:
    """One byte more is too much."""
    url = f"{client.url}/notifications"
    problem_of(client.http.post(url, content=sent(padded(LINE_LIMIT + 1))), 413)
    assert server.manager.history() == ()
    assert client.http.post(url, content=sent(padded(LINE_LIMIT))).status_code == 200


def test_an_endless_body_is_refused_while_it_is_sent(server: ServedManager) -> None:
    """The answer comes before the end of the body, and the server goes on to answer others."""
    with socket.create_connection((server.host, server.port), SECONDS) as connection:
        connection.sendall(b"POST /notifications HTTP/1.1\r\nHost: wrm\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(LINE_LIMIT // 0x10000 + 1):
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_longer_than_it_claims_is_cut(server: ServedManager) -> None:
    """Only the bytes that the header announces are the body."""
    with socket.create_connection((server.host, server.port), SECONDS) as connection:
        connection.sendall(b"POST /notifications HTTP/1.1\r\nHost: wrm\r\nContent-Length: 2\r\n\r\n" + padded(1000))
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert server.manager.history() == ()


def test_a_client_that_goes_away_is_no_error(
    client: Client, server: ServedManager, caplog: pytest.LogCaptureFixture
) -> None:
    """Half an event is not posted, and nothing is logged."""
    with socket.create_connection((server.host, server.port), SECONDS) as connection:
        connection.sendall(b"POST /notifications HTTP/1.1\r\nHost: wrm\r\nContent-Length: 1000\r\n\r\n{")
    assert client.post(create()).status_code == 200
    assert len(server.manager.history()) == 1
    assert [record for record in caplog.records if record.levelno >= WARNING] == []


# Work requests


@pytest.mark.parametrize(
    "task_id", ["WR-1", "a/b", "/", "a//b/", "a b", "ü€😀", "?a=b#c", "%2F", "a%", "x\ny", "x\n", "\t", "..x"]
)
def test_a_task_is_its_snapshot(client: Client, server: ServedManager, task_id: str) -> None:
    """The id can have any characters."""
    client.post(create(task_id))
    response = client.task(task_id)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.content == encode_work_request(server.manager.work_request(task_id))
    for other in (f"{task_id}\n", f"{task_id}/", task_id[:-1]):
        problem_of(client.task(other), 404)


def test_an_id_with_slashes_can_be_written_as_it_is(client: Client) -> None:
    """The path is not cut at a slash."""
    client.post(create("a/b"))
    assert client.http.get(f"{client.url}/tasks/a/b").status_code == 200


def test_an_unknown_task_is_not_found(client: Client) -> None:
    """The problem names the id."""
    assert "'WR-9'" in problem_of(client.task("WR-9"), 404)["detail"]


# Paths and methods


@pytest.mark.parametrize("path", ["/", "/tasks", "/version/", "/notifications/x", "/schedules", "/_test"])
def test_an_unknown_path_is_not_found(client: Client, path: str) -> None:
    """The problem names the path."""
    problem = problem_of(client.http.get(client.url + path), 404)
    assert problem["detail"] == f"GET {path} does not exist; check the path"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/notifications", {"POST"}),
        ("POST", "/version", {"GET", "HEAD"}),
        ("DELETE", "/tasks/WR-1", {"GET", "HEAD"}),
        ("PUT", "/subscribers", {"POST"}),
        ("GET", "/_test/reset", {"POST"}),
    ],
)
def test_a_wrong_method_is_not_allowed(client: Client, method: str, path: str, allowed: set[str]) -> None:
    """The response names the methods that are."""
    response = client.http.request(method, client.url + path)
    listed = response.headers["allow"]
    assert problem_of(response, 405)["detail"] == f"{method} {path} is not possible; use {listed}"
    assert set(listed.split(", ")) == allowed


# curl


def curl(*args: str, stdin: bytes = b"") -> tuple[bytes, str]:
    """Run curl, and return the body of the response and its status code with the content type."""
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(SECONDS)]
    written = ["--write-out", "%{stderr}%{http_code} %{content_type}"]
    ran = subprocess.run([*command, *written, *args], input=stdin, capture_output=True, timeout=SECONDS, check=True)
    return ran.stdout, ran.stderr.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_can_use_it(server: ServedManager) -> None:
    """Events are posted from a file, chunked or not, and a body that is too long gets its answer."""
    data = ("--data-binary", "@-")
    notifications = f"{server.url}/notifications"
    body, code = curl(notifications, *data, stdin=encode_event(create()))
    assert (json.loads(body)["answer"], code) == ("Consumed", "200 application/json")
    body, code = curl(notifications, *data, "-H", "Transfer-Encoding: chunked", stdin=encode_event(ACCEPT))
    assert (json.loads(body)["answer"], code) == ("Consumed", "200 application/json")
    body, code = curl(notifications, *data, "--user", "me:secret", stdin=encode_event(create()))
    assert (json.loads(body)["violations"][0]["rule"], code) == ("WRM402", "409 application/problem+json")
    body, code = curl(notifications, *data, stdin=padded(3 * LINE_LIMIT))
    assert (json.loads(body)["status"], code) == (413, "413 application/problem+json")
    body, code = curl(f"{server.url}/tasks/WR-1")
    assert (body, code) == (encode_work_request(server.manager.work_request("WR-1")), "200 application/json")
