"""Requests to the stand-in."""

from typing import Any
from urllib.parse import quote

import httpx

from server.webhooks import Receiver
from work_request_manager import AnyEvent, Party
from work_request_manager.server import ServedManager
from work_request_manager.wire import encode_event, to_builtins

KEY = "s3cret-ü"


class Client:
    """A client of a stand-in.

    Args:
        http: the client to send requests with.
        server: the stand-in.
    """

    def __init__(self, http: httpx.Client, server: ServedManager) -> None:
        self.http = http
        self.url = server.url

    def post(self, event: AnyEvent | bytes) -> httpx.Response:
        """Post an event, or a body."""
        body = event if isinstance(event, bytes) else encode_event(event)
        return self.http.post(f"{self.url}/notifications", content=body)

    def task(self, task_id: str) -> httpx.Response:
        """Get a work request."""
        return self.http.get(f"{self.url}/tasks/{quote(task_id, safe='')}")

    def subscribe(self, party: Party, receiver: Receiver | str, secret: str = KEY) -> httpx.Response:
        """Subscribe a webhook, or a URL."""
        url = receiver if isinstance(receiver, str) else receiver.url
        return self.http.post(
            f"{self.url}/subscribers", json={"party": to_builtins(party), "secret": secret, "url": url}
        )

    def seed(self, *lines: bytes) -> httpx.Response:
        """Post the lines of a log."""
        return self.http.post(f"{self.url}/_test/events", content=b"\n".join(lines))

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the state of the deliveries."""
        found: list[dict[str, Any]] = self.http.get(f"{self.url}/_test/deliveries").json()
        return found


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem that a response reports. It must have a status code, and the four members of RFC 9457."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"] == httpx.codes.get_reason_phrase(status) or status == 413  # which Python 3.13 renames
    assert problem["detail"]
    return problem
