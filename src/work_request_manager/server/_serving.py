"""A real web server, in a thread."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import uvicorn
from starlette.applications import Starlette

from work_request_manager._values import wrong_argument
from work_request_manager.server._app import StandIn, create_app
from work_request_manager.testing import InMemoryWorkRequestManager

SHUTDOWN_SECONDS = 1
"""The seconds that requests have to end when the server stops."""


class ServedManager:
    """A manager that is served over HTTP. `serving` yields it.

    Args:
        stand_in: the manager and its resources.
        host: the address that the server listens on.
        port: its port.
        loop: its event loop.
    """

    def __init__(self, stand_in: StandIn, host: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.host = host
        self.port = port
        self._stand_in = stand_in
        self._loop = loop

    @property
    def url(self) -> str:
        """The URL of the server, without a slash at the end."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def manager(self) -> InMemoryWorkRequestManager:
        """The manager. If you post an event to it directly, subscribers are notified over HTTP too."""
        return self._stand_in.manager

    def reset(self) -> None:
        """Forget all work requests, decisions, subscribers and pending notifications."""
        asyncio.run_coroutine_threadsafe(self._stand_in.reset(), self._loop).result()

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the state of the deliveries of each subscriber, as `GET /_test/deliveries` does."""
        return self._stand_in.subscribers.report()

    def wait_for_deliveries(self, timeout: float = 10) -> None:
        """Wait until no notification is pending. Each of them is then delivered or given up.

        Args:
            timeout: the seconds to wait at most.

        Raises:
            TimeoutError: some are still pending when the time is over. The error names the subscribers.
        """
        self._stand_in.subscribers.wait(timeout)


@contextmanager
def serving(app: Starlette | None = None, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[ServedManager]:
    """Serve an application of `create_app` in a thread until the block ends.

    The server stops within about a second: pending notifications are dropped, and requests that take longer are cut.

    Args:
        app: the application. Pass None for `create_app()`.
        host: the name or address to listen on.
        port: the port to listen on. Pass 0 for a free one.

    Yields:
        The served manager.

    Raises:
        OSError: the server cannot listen there.
        TypeError: the application is not one of `create_app`.
    """
    app = create_app() if app is None else app
    stand_in = getattr(getattr(app, "state", None), "stand_in", None)
    if not isinstance(stand_in, StandIn):
        raise wrong_argument("app", app, "the result of create_app, or None")
    with _listening(host, port) as listener:
        # No configuration of logging, because it would change the loggers of the whole process.
        server = _Server(
            uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="on",
                log_config=None,
                log_level=None,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        with ThreadPoolExecutor(1, "work_request_manager.server") as pool:
            running = pool.submit(server.run, [listener])
            running.add_done_callback(lambda _: server.ready.set())
            try:
                server.ready.wait()
                if running.done():
                    running.result()  # raises the reason why the server did not start
                address = listener.getsockname()
                yield ServedManager(stand_in, address[0], address[1], server.loop)
            finally:
                server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, with IPv4 if the name has such an address."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda each: each[0] is not socket.AF_INET)
    listener = socket.create_server(address[:2], family=family)
    # Connections inherit this. Without it each response takes 40 ms longer, because its head and body are two packets.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _Server(uvicorn.Server):
    """A server that reports when it has started."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()
