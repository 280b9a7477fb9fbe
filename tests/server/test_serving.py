"""The server in a thread: its start, its end, and the application as an object."""

import asyncio
import gc
import socket
import subprocess
import sys
from threading import active_count
from threading import enumerate as threads
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from parties import HOLDER, OWN
from server.client import Client
from server.webhooks import SECONDS, receiving
from testing.manager_events import ACCEPT, create
from work_request_manager.server import DeliveryPolicy, create_app, serving
from work_request_manager.server._bodies import body_of
from work_request_manager.server._problems import Problem
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import encode_event


def test_a_server_is_ready_and_then_gone(http: httpx.Client) -> None:
    """It listens on a free loopback port as long as the block runs. Its thread ends with the block."""
    before = threads()
    with serving() as first, serving() as second:
        assert first.host == second.host == "127.0.0.1"
        assert first.port != second.port
        for server in (first, second):
            assert server.url == f"http://127.0.0.1:{server.port}"
            assert http.get(f"{server.url}/version").status_code == 200
    assert threads() == before
    for server in (first, second):
        with pytest.raises(httpx.ConnectError):
            http.get(f"{server.url}/version")


def test_an_error_in_the_block_ends_the_server() -> None:
    """The error is raised."""
    before = active_count()
    with pytest.raises(KeyError, match="lunch"), serving():
        raise KeyError("lunch")
    assert active_count() == before


def test_a_server_that_cannot_start_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of its thread is raised, and the port is free again."""
    monkeypatch.setattr("uvicorn.Config.load", lambda _: 1 / 0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ZeroDivisionError), serving(port=port):
        raise AssertionError("it did not start")
    socket.create_server(("127.0.0.1", port)).close()


def test_a_port_in_use_raises() -> None:
    """No thread is left."""
    before = active_count()
    with serving() as server, pytest.raises(OSError, match="in use"), serving(port=server.port):
        raise AssertionError("the port is in use")
    assert active_count() == before


def test_a_name_and_a_port_can_be_given(http: httpx.Client) -> None:
    """A name that has an IPv4 address is that address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving(host="localhost", port=port) as server:
        assert (server.host, server.port) == ("127.0.0.1", port)
        assert http.get(f"http://localhost:{port}/version").status_code == 200


def test_ipv4_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many clients try it first, or only it."""
    found = [
        (family, socket.SOCK_STREAM, 6, "", address)
        for family, address in ((socket.AF_INET6, ("::1", 0, 0, 0)), (socket.AF_INET, ("127.0.0.1", 0)))
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with serving(host="localhost") as server:
        assert server.host == "127.0.0.1"


def test_an_address_of_ipv6_is_in_brackets(http: httpx.Client) -> None:
    """So the URL can be used."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no loopback address of IPv6: {error.strerror}")
    with serving(host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert http.get(f"{server.url}/version").status_code == 200


def test_hanging_connections_do_not_delay_the_end(http: httpx.Client, recwarn: pytest.WarningsRecorder) -> None:
    """Half a request, an open connection, a hanging challenge and a hanging notification are cut. Nothing leaks."""
    before = threads()
    manager = InMemoryWorkRequestManager()
    with (
        receiving() as receiver,
        receiving() as other,
        socket.socket() as half,
        socket.socket() as idle,
        socket.socket() as challenged,
    ):
        with serving(create_app(manager, policy=DeliveryPolicy(timeout=10 * SECONDS))) as server:
            client = Client(http, server)
            client.subscribe(HOLDER, receiver)
            receiver.answer = receiver.hang
            other.answer = other.hang
            client.post(create())
            client.post(ACCEPT)
            receiver.wait_for(1)
            for connection in (half, idle, challenged):
                connection.settimeout(SECONDS)
                connection.connect((server.host, server.port))
            half.sendall(b"POST /notifications HTTP/1.1\r\nHost: wrm\r\nContent-Length: 100\r\n\r\n{")
            body = b'{"party":{"role":"WorkRequestor","id":"r"},"secret":"s","url":"%s"}' % other.url.encode()
            head = b"POST /subscribers HTTP/1.1\r\nHost: wrm\r\nContent-Length: %d\r\n\r\n" % len(body)
            challenged.sendall(head + body)
            with other.changed:
                assert other.changed.wait_for(lambda: other.received, SECONDS)
        for connection in (half, idle, challenged):
            while connection.recv(1 << 16):
                pass
        manager.post(create("WR-2"))  # which notifies nobody any more
        receiver.released.set()
        other.released.set()
    assert [each for each in threads() if each not in before and "server" in each.name] == []
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


def test_waiting_has_a_limit(http: httpx.Client) -> None:
    """The error names the subscribers that are not finished, and the number of their notifications."""
    with serving() as server, receiving() as receiver, receiving() as quick:
        client = Client(http, server)
        client.subscribe(HOLDER, receiver)
        client.subscribe(OWN, quick)
        receiver.answer = receiver.hang
        for number in range(2):
            client.post(create(f"WR-{number}"))
        quick.wait_for(2)
        with pytest.raises(TimeoutError, match=r"^notifications are pending after 0\.5 seconds: 2 for WorkSupplier n"):
            server.wait_for_deliveries(0.5)
        receiver.released.set()
        server.wait_for_deliveries(SECONDS)


def test_a_reset_from_the_test_ends_a_wait(http: httpx.Client) -> None:
    """It forgets what is pending."""
    with serving() as server, receiving() as receiver:
        client = Client(http, server)
        client.subscribe(HOLDER, receiver)
        receiver.answer = receiver.hang
        client.post(create())
        receiver.wait_for(1)
        server.reset()
        server.wait_for_deliveries(0)
        assert server.manager.history() == ()
        assert server.deliveries() == []


# The application as an object


def test_the_application_runs_without_a_server() -> None:
    """A client of ASGI applications can use it, also if it is mounted in another application."""

    async def use() -> list[int]:
        app = create_app()
        outer = Starlette(routes=[Mount("/wrm", app)])
        codes = []
        for used, base in ((app, "http://wrm"), (outer, "http://wrm/wrm")):
            transport = httpx.ASGITransport(app=used)
            async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
                for event in (create(f"a/{base}"), ACCEPT):
                    response = await http.post(f"{base}/notifications", content=encode_event(event))
                    codes.append(response.status_code)
                codes.append((await http.get(f"{base}/tasks/a/{base}")).status_code)
                codes.append((await http.get(f"{base}/version/")).status_code)
        return codes

    assert asyncio.run(use()) == [200, 409, 200, 404] * 2


@pytest.mark.parametrize("wrong", [InMemoryWorkRequestManager(), Starlette(), "app"])
def test_only_an_application_of_ours_can_be_served(wrong: Any) -> None:
    """A manager must be made into an application first."""
    with pytest.raises(TypeError, match=r"^app is .*; pass the result of create_app, or None$"), serving(wrong):
        raise AssertionError("it is served")


def test_applications_share_nothing() -> None:
    """Each has a new manager."""
    managers = {id(create_app().state.stand_in.manager) for _ in range(2)}
    assert len(managers) == 2


def test_a_body_is_read_up_to_the_limit_only() -> None:
    """An endless body is not read any further."""
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    with pytest.raises(Problem, match=r"^the body has more than 95 bytes; shorten it$"):
        asyncio.run(body_of(Request({"type": "http"}, receive), 95))
    assert read == 10


def test_the_server_needs_neither_hypothesis_nor_pytest() -> None:
    """Importing and making an application imports none of the libraries for tests."""
    program = (
        "import sys; from work_request_manager.server import create_app; create_app();"
        "print(*({'hypothesis', 'pytest', '_pytest'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "\n"
