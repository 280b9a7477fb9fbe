"""The servers that the tests of the stand-in share."""

from collections.abc import Iterator

import httpx
import pytest

from server.client import Client
from server.webhooks import SECONDS
from work_request_manager.server import DeliveryPolicy, ServedManager, create_app, serving


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Return a client. It is shared, because it takes long to make."""
    with httpx.Client(trust_env=False, timeout=SECONDS) as http:
        yield http


@pytest.fixture(scope="session")
def shared_server() -> Iterator[ServedManager]:
    """Return a server that never pauses between attempts."""
    with serving(create_app(policy=DeliveryPolicy(pause=0))) as server:
        yield server


@pytest.fixture
def server(shared_server: ServedManager) -> ServedManager:
    """Return a server whose manager is as new."""
    shared_server.reset()
    return shared_server


@pytest.fixture
def client(http: httpx.Client, server: ServedManager) -> Client:
    """Return a client of `server`."""
    return Client(http, server)
