"""The stand-in over HTTP, compared with the library. Run it by `pytest docs/examples/test_over_http.py`."""

from collections.abc import Iterator

import httpx
import pytest

from work_request_manager import AnyEvent, WorkRequest
from work_request_manager.server import serving
from work_request_manager.testing.conformance import ConformanceSuite
from work_request_manager.wire import decode_work_request, encode_event


class OverHttp:
    """A system behind the resources of the stand-in, or similar ones."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def post(self, event: AnyEvent) -> str:
        """Send an event. The status 409 is a refusal, and 200 comes with the answer. Any other is an error."""
        response = self.client.post("/notifications", content=encode_event(event))
        if response.status_code == httpx.codes.CONFLICT:
            return "Refused"
        return str(response.raise_for_status().json()["answer"])

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return a work request, or None if it does not exist."""
        response = self.client.get(f"/tasks/{work_request_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return decode_work_request(response.raise_for_status().content)

    def reset(self) -> None:
        """Delete all work requests, by a resource that only the tests can use."""
        self.client.post("/_test/reset").raise_for_status()


@pytest.fixture(scope="module")
def adapter() -> Iterator[OverHttp]:
    """Yield an adapter of a server that runs until all tests of this file have run."""
    with serving() as server, httpx.Client(base_url=server.url, trust_env=False) as client:  # without a proxy
        yield OverHttp(client)


class TestOverHttp(ConformanceSuite):
    """The stand-in answers as the default rulebook does."""
