"""Ways to run `wrm`: in this process, and as a process where the process itself is the point."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Timer
from typing import IO, Any, NamedTuple

from click.testing import CliRunner

import work_request_manager
from work_request_manager.cli import wrm as group

LINES = (
    '{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    '"requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}',
    '{"event":"PutOnHoldTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},'
    '"at":"2026-03-01T20:05:00Z"}',
    "",
    '{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1","status":{"category":"Active"},'
    '"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-01T21:00:00Z"}',
    '{"event":"ArchiveTaskEvent","taskId":"WR-1"}',
    '{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1","status":{"category":"Closed"},'
    '"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-01T22:00:00Z"}',
    '{"event":',
)
"""A log with a blank line, a broken assumed rule, an unknown event, a refused event and a cut line."""

SECONDS = 60
"""The time after which a process that does not end fails its test."""


class Done(NamedTuple):
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


def wrm(*args: object, stdin: bytes = b"", encoding: str = "utf-8") -> Done:
    """Run `wrm` in this process.

    Args:
        args: its arguments.
        stdin: its standard input.
        encoding: the encoding of its standard streams.
    """
    result = CliRunner(charset=encoding).invoke(group, [*map(str, args)], input=stdin, prog_name="wrm")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


_LEFT_OUT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS")

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("COV") and name not in _LEFT_OUT},
    "PYTHONPATH": str(Path(work_request_manager.__file__).parents[1]),  # the package that is tested here
    "PYTHONUTF8": "1",
    "PYTHONUNBUFFERED": "",  # as in a shell: the output is written at the end
    "PYTHONWARNINGS": "error",
}
"""The environment of a process. It does not measure coverage, because that takes longer than the process itself."""

MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COV")}
"""The variables to add for a process that covers lines which no test covers otherwise."""


def python(
    *args: object,
    stdin: bytes | IO[bytes] = b"",
    stdout: int | IO[bytes] = PIPE,
    env: dict[str, str] | None = None,
) -> Done:
    """Run Python as a process. It fails the test if there is a traceback.

    Args:
        args: its arguments.
        stdin: its standard input.
        stdout: its standard output. By default it is returned.
        env: variables to add to its environment.
    """
    fed: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    command = [sys.executable, *map(str, args)]
    done = subprocess.run(
        command, stdout=stdout, stderr=PIPE, env=ENVIRONMENT | (env or {}), check=False, timeout=SECONDS, **fed
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Done(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


def wrm_process(*args: object, **options: Any) -> Done:
    """Run `wrm` as a process. See `python`."""
    return python("-m", "work_request_manager", *args, **options)


ENDING_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that end a command."""

MODULE = ("-m", "work_request_manager")


@contextmanager
def started(
    *args: object,
    program: tuple[str, ...] = MODULE,
    interrupts: str = "SIG_DFL",
    stdin: int | IO[bytes] = PIPE,
    stdout: int | IO[bytes] = PIPE,
    env: dict[str, str] | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `wrm` with pipes. A process that does not end in time is killed, which ends all waits for it.

    Args:
        args: its arguments.
        program: the arguments of Python that start it.
        interrupts: the name of its handler of interrupts. A process inherits its handlers, so the test sets them.
        stdin: its standard input.
        stdout: its standard output.
        env: variables to add to its environment.
    """
    command = [sys.executable, *program, *map(str, args)]
    handlers = "".join(f"signal.signal({number:d}, signal.SIG_DFL); " for number in ENDING_SIGNALS)
    start = f"{handlers}signal.signal(signal.SIGINT, signal.{interrupts}); os.execv({command[0]!r}, {command!r})"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", f"import os, signal; {start}"],
        stdin=stdin,
        stdout=stdout,
        stderr=PIPE,
        env=ENVIRONMENT | (env or {}),
    ) as process:
        limit = Timer(SECONDS, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def stream(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a standard stream of a process with pipes."""
    assert pipe is not None
    return pipe


def feed(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    """Send data to a process at once."""
    stream(process.stdin).write(data)
    stream(process.stdin).flush()


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for something that another process does. If that takes too long, fail the test."""
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)
