"""Webhooks for the tests: HTTP servers in threads that record what they get."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

SECONDS = 30
"""The time after which a test that waits fails."""


class Received(NamedTuple):
    """A request that a webhook got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def challenge(self) -> bytes:
        """The challenge in the query."""
        return parse_qs(urlsplit(self.path).query)["challenge"][0].encode()


Answer = tuple[int, bytes]
"""The status and the body of an answer."""


def echo(received: Received) -> Answer:
    """Echo challenges, and confirm notifications."""
    return (200, received.challenge) if received.method == "GET" else (204, b"")


def posts_to(answer: Callable[[Received], Answer]) -> Callable[[Received], Answer]:
    """Return a function that echoes challenges, and answers notifications by another function."""
    return lambda received: echo(received) if received.method == "GET" else answer(received)


class Receiver:
    """A webhook.

    Args:
        answer: the function that returns the answer to a request. It may wait.
        headers: the headers of each answer.
    """

    def __init__(self, answer: Callable[[Received], Answer], headers: dict[str, str]) -> None:
        self.answer = answer
        self.headers = headers
        self.received: list[Received] = []
        self.changed = Condition()
        self.released = Event()
        self.url = ""

    def hang(self, received: Received) -> Answer:
        """Answer like `echo`, but only when the webhook is released, at the latest when it ends."""
        assert self.released.wait(SECONDS)
        return echo(received)

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of the notifications so far."""
        with self.changed:
            return [each.body for each in self.received if each.method == "POST"]

    def wait_for(self, count: int) -> list[bytes]:
        """Wait for a number of notifications, and return their bodies."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.bodies) >= count, SECONDS), f"{len(self.bodies)} have come"
        return self.bodies


@contextmanager
def receiving(answer: Callable[[Received], Answer] = echo, headers: dict[str, str] | None = None) -> Iterator[Receiver]:
    """Run a webhook. See `Receiver`."""
    receiver = Receiver(answer, headers or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # the stand-in does not wait for the answer
                self.close_connection = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received = Received(self.command, self.path, dict(self.headers), body)
            with receiver.changed:
                receiver.received.append(received)
                receiver.changed.notify_all()
            status, answered = receiver.answer(received)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered)))
            self.end_headers()
            self.wfile.write(answered)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.released.set()
            server.shutdown()
            thread.join()
