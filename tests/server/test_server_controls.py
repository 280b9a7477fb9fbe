"""The controls for tests under /_test/, and the log of what is posted."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from parties import HOLDER, OWN
from server.client import Client, problem_of
from server.webhooks import SECONDS, echo, receiving
from testing.manager_events import ACCEPT, NEW, create, hold, status
from work_request_manager import ActivityType, Category, Refused
from work_request_manager.log import check
from work_request_manager.server import SEED_LIMIT, ServedManager, create_app, serving
from work_request_manager.wire import LINE_LIMIT, encode_event, to_builtins

HISTORY = (create(), ACCEPT, ACCEPT, status(Category.ACTIVE), status(Category.CLOSED))
"""A history: three events are consumed, one is not consumed, and the last is refused."""

LINES = tuple(map(encode_event, HISTORY))

UNKNOWN = b'{"event":"ArchiveTaskEvent"}'


# Seeding


def test_a_history_is_posted(client: Client, server: ServedManager) -> None:
    """The response counts the answers. A refused event changes nothing, and the others are posted."""
    response = client.seed(*LINES)
    assert response.status_code == 200
    assert response.json() == {"events": 5, "consumed": 3, "notConsumed": 1, "refused": 1, "unknown": 0}
    assert [each.event for each in server.manager.history()] == list(HISTORY)


def test_the_lines_are_read_as_those_of_a_log(client: Client, server: ServedManager) -> None:
    """A byte order mark, other line ends and blank lines are accepted. Unknown events are skipped and counted."""
    response = client.seed(b"\xef\xbb\xbf" + LINES[0] + b"\r", b"", b" ", UNKNOWN, LINES[1], b"")
    assert response.json() == {"events": 2, "consumed": 2, "notConsumed": 0, "refused": 0, "unknown": 1}
    assert len(server.manager.history()) == 2


def test_no_lines_are_no_events(client: Client) -> None:
    """An empty body is a history without events."""
    assert set(client.seed().json().values()) == {0}


@pytest.mark.parametrize(
    ("line", "rule", "path"),
    [
        (b"{", "WRM501", "$"),
        (b"{}", "WRM502", "$.event"),
        (LINES[1].replace(b"Z", b""), "WRM504", "$.at"),
        (b" " * LINE_LIMIT + LINES[1], "WRM505", "$"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_posted(
    client: Client, server: ServedManager, line: bytes, rule: str, path: str
) -> None:
    """The problem has its number, and the path of the bad field."""
    problem = problem_of(client.seed(LINES[0], UNKNOWN, line, LINES[1]), 400)
    assert (problem["line"], problem["rule"], problem["path"]) == (3, rule, path)
    assert problem["detail"].startswith(f"{path} of line 3 ")
    assert server.manager.history() == ()


def test_the_length_of_a_line_is_that_of_a_log(client: Client) -> None:
    """A line of the greatest length is read, with either line end. One byte more is too much."""
    line = LINES[0][:-1] + b" " * (LINE_LIMIT - len(LINES[0])) + b"}"
    assert client.seed(line + b"\r", LINES[1]).json()["consumed"] == 2
    problem = problem_of(client.seed(b" " + line), 400)
    assert problem["detail"] == "$ of line 1 has more than 1,048,576 bytes; shorten it"


def test_a_seed_has_a_limit(client: Client, server: ServedManager) -> None:
    """A body that is longer is refused. One of this length is read."""
    problem_of(client.seed(b"\n" * (SEED_LIMIT + 1)), 413)
    assert client.seed(b"\n" * (SEED_LIMIT - len(LINES[0])) + LINES[0]).json()["events"] == 1
    assert len(server.manager.history()) == 1


def test_a_line_can_be_too_long_in_full(http: httpx.Client) -> None:
    """The types that it gives by their codes count in full."""
    wide = ActivityType("WIDE", states={f"STATE-{number:03}": Category.OPEN for number in range(100)})
    line: dict[str, Any] = json.loads(LINES[0])
    line["activities"] = [{"id": f"A-{number}", "type": "WIDE"} for number in range(1000)]
    with serving(create_app(types={"WIDE": wide})) as server:
        problem = problem_of(Client(http, server).seed(json.dumps(line).encode()), 400)
        assert (problem["rule"], problem["line"], server.manager.history()) == ("WRM505", 1, ())


# Resetting


def test_a_reset_forgets_everything(client: Client, server: ServedManager) -> None:
    """Work requests, decisions, event ids, subscribers and pending notifications are gone."""
    with receiving() as receiver:
        client.subscribe(OWN, receiver)
        receiver.answer = lambda received: (500, receiver.hang(received)[1])  # after a reset nobody waits for it
        client.seed(LINES[0], encode_event(hold("e-1")))
        receiver.wait_for(1)
        response = client.http.post(f"{client.url}/_test/reset")
        assert (response.status_code, response.content) == (204, b"")
        receiver.released.set()
        receiver.answer = echo
        assert server.manager.history() == server.manager.work_requests() == ()
        assert client.deliveries() == []
        answers = [client.post(event).json()["answer"] for event in (create(), hold("e-1"))]
        assert answers == ["Consumed", "Consumed"]
        client.subscribe(OWN, receiver)
        client.post(ACCEPT)
        server.wait_for_deliveries(SECONDS)
        assert receiver.bodies == [LINES[0], LINES[1]]


# Asking


def test_decisions_are_listed_in_order(client: Client, server: ServedManager) -> None:
    """Each is as `wire.to_builtins` writes it. They can be those on one work request."""
    client.seed(*LINES, encode_event(create("a b&c")))
    url = f"{client.url}/_test/decisions"
    assert client.http.get(url).json() == to_builtins(server.manager.history())
    assert client.http.get(url, params={"taskId": "a b&c"}).json() == to_builtins(server.manager.history("a b&c"))
    assert client.http.get(url, params={"taskId": ""}).json() == []


def test_an_unknown_parameter_is_an_error(client: Client) -> None:
    """Otherwise a typo would list the decisions on all work requests."""
    problem = problem_of(client.http.get(f"{client.url}/_test/decisions", params={"taskid": "WR-1"}), 400)
    assert problem["detail"] == "taskid is not a known parameter; the only one is taskId"


def test_deliveries_are_listed_for_each_subscriber(client: Client, server: ServedManager) -> None:
    """The server object lists them too."""
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        client.seed(*LINES)
        server.wait_for_deliveries(SECONDS)
    party = {"role": "WorkSupplier", "id": "northline"}
    expected = [{"party": party, "url": receiver.url, "delivered": 3, "pending": 0, "failed": []}]
    assert client.deliveries() == server.deliveries() == expected


# The log


def test_the_log_has_each_event_that_was_posted(http: httpx.Client, tmp_path: Path) -> None:
    """Refused events and seeds are included, and each line is there as soon as the event is answered."""
    path = tmp_path / "log.jsonl"
    with path.open("ab") as log, serving(create_app(log=log)) as server:
        client = Client(http, server)
        client.seed(*LINES[:2])
        for number, line in enumerate(LINES[2:], start=3):
            client.post(line)
            assert path.read_bytes() == b"".join(each + b"\n" for each in LINES[:number])
        client.post(b"lunch")
        client.seed(LINES[0], b"lunch")
        refused = [each for each in server.manager.history() if isinstance(each, Refused)]
    assert path.read_bytes().splitlines() == list(LINES)
    found = [each.rule for each in check(path).findings]
    assert found == [each.rule.id for decision in refused for each in decision.violations]


def test_the_log_has_types_in_full(http: httpx.Client) -> None:
    """It can be checked without the file of types."""
    log = io.BytesIO()
    line = json.loads(LINES[0])
    line["activities"][0]["type"] = NEW.type.code
    with serving(create_app(types={NEW.type.code: NEW.type}, log=log)) as server:
        Client(http, server).post(json.dumps(line).encode())
    assert log.getvalue() == LINES[0] + b"\n"


class _FullDisk(io.BytesIO):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_an_event_that_cannot_be_logged_is_not_posted(http: httpx.Client) -> None:
    """The response says so."""
    with serving(create_app(log=_FullDisk())) as server:
        client = Client(http, server)
        for response in (client.post(create()), client.seed(*LINES)):
            problem = problem_of(response, 500)
            assert problem["detail"] == "the log cannot be written: No space left on device; the event was not posted"
        assert server.manager.history() == ()
