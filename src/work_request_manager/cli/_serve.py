"""The command `wrm serve`."""

import logging
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import BinaryIO

import click

from work_request_manager.cli._option_files import types_in
from work_request_manager.cli._output import complain, fail, is_same_file
from work_request_manager.cli._shared import EXIT_STATUS_HELP, STRICT, TYPES
from work_request_manager.rulebook import DEFAULT_RULEBOOK


@click.command(epilog=EXIT_STATUS_HELP)
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65_535),
    default=8_000,
    show_default=True,
    help="Listen on this port. 0 chooses a free one.",
)
@TYPES
@STRICT
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Append each event that is posted to this file, refused ones too. `wrm check` can read it.",
)
def serve(host: str, port: int, types: Path | None, strict: bool, log: str | None) -> None:
    """Serve a stand-in for the real system.

    It decides on events that are posted over HTTP, keeps work requests in memory, and notifies subscribers. Prints its
    URL when it is ready. Interrupt it to stop it.
    """
    stop = _stopped_by_signals()
    if types and log and is_same_file(str(types), log):
        raise click.BadParameter(f"{log} is the file of activity types; choose another file", param_hint="'--log'")
    known_types = types_in(types)
    try:
        from work_request_manager.server import create_app, serving
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in ("httpx", "starlette", "uvicorn"):
            raise
        fail(f"serve needs {missing}; run: pip install 'work-request-manager[server]'")
    with ExitStack() as stack:
        app = create_app(
            rulebook=DEFAULT_RULEBOOK.strict() if strict else DEFAULT_RULEBOOK,
            types=known_types,
            log=stack.enter_context(_appending(log)) if log else None,
        )
        try:
            server = stack.enter_context(serving(app, host=host, port=port))
        except OSError as error:
            reason = str(error.strerror).partition(" (")[0]  # in brackets, Python repeats the address
            fail(f"{host}, port {port}, cannot be used: {reason}; choose another --host or --port")
        if not ip_address(server.host).is_loopback:
            complain(f"other machines can use {server.url}, and nobody has to log in; --host 127.0.0.1 prevents this")
        print(f"listening on {server.url}", flush=True)
        stop.wait()
        logging.disable()  # requests that are cut now are no news


def _stopped_by_signals() -> Event:
    """Return an event that is set if a signal asks this process to end."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())
    return stop


@contextmanager
def _appending(path: str) -> Iterator[BinaryIO]:
    """Open a log to append to. If it cannot be written, end the command."""
    with _ending_without(path):
        file = open(path, "ab")  # noqa: SIM115 - it is closed below
    try:
        yield file
    finally:
        with _ending_without(path):
            file.close()


@contextmanager
def _ending_without(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}; choose another file")
