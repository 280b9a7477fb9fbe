"""The outputs of the command: standard output, a file that is replaced when it is complete, and standard error."""

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn, TypeVar

import click

from work_request_manager.cli._shared import ExitStatus
from work_request_manager.reports import printable

Callback = TypeVar("Callback", bound=Callable[..., Any])

STANDARD_OUTPUT = 1
"""The number of the file that standard output is."""


def output_option(help: str) -> Callable[[Callback], Callback]:
    """Return the option `--output` with this help text."""
    path = click.Path(dir_okay=False, writable=True, allow_dash=True)
    return click.option("--output", "-o", metavar="FILE", type=path, help=f"{help} - is standard output, the default.")


def is_standard_output(path: str | None) -> bool:
    """Return whether the value of `--output` is standard output, under any name."""
    return path is None or path == "-" or is_same_file(path, STANDARD_OUTPUT)


def is_same_file(first: str | int, second: str | int) -> bool:
    """Return whether two paths or numbers of open files are the same file. A path that does not exist is no file."""
    with suppress(OSError):
        return os.path.samestat(os.stat(first), os.stat(second))
    return False


@contextmanager
def writing(path: str | None) -> Iterator[IO[str]]:
    """Open an output to write to. If that fails, end the command.

    A file is replaced when all has been written. Until then the old file stays as it is.

    Args:
        path: the path of a file. Pass None or "-" for standard output.
    """
    if path is None or is_standard_output(path):
        yield sys.stdout
        return
    try:
        with _replacing(path) if _is_replaceable(path) else _opened(path, "a") as out:
            yield out
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}; choose another file")


def _is_replaceable(path: str) -> bool:
    if path.startswith(("/dev/fd/", "/dev/std", "/proc/")):
        return False  # a file that is already open, perhaps to append to it
    with suppress(OSError):
        return stat.S_ISREG(os.stat(path).st_mode)  # neither a device nor a pipe
    return True


def _opened(path: str | Path, mode: str) -> IO[str]:
    return open(path, mode, encoding="utf-8", errors="backslashreplace")


@contextmanager
def _replacing(path: str) -> Iterator[IO[str]]:
    target = Path(os.path.realpath(path))  # a link stays a link
    temporary = target.with_name(f".wrm-{os.urandom(8).hex()}.tmp")
    with _removed_by_signals(temporary):
        try:
            with _opened(temporary, "x") as out:
                if target.exists():
                    _copy_permissions(target, temporary)
                yield out
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def _copy_permissions(target: Path, temporary: Path) -> None:
    known = target.stat()
    with suppress(AttributeError, OSError):  # raised on Windows, and if the owner is another user
        os.chown(temporary, known.st_uid, known.st_gid)
    temporary.chmod(stat.S_IMODE(known.st_mode))


_ENDING_SIGNALS = [getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)]


@contextmanager
def _removed_by_signals(temporary: Path) -> Iterator[None]:
    """Remove a file if a signal ends the process at once, which no `finally` would notice."""

    def end(number: int, _frame: FrameType | None) -> None:
        temporary.unlink(missing_ok=True)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    handled = [number for number in _ENDING_SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


# Standard error


def complain(problem: str) -> None:
    """Print a problem on standard error, on one printable line."""
    try:
        print(f"wrm: {printable(problem)}", file=sys.stderr)
    except OSError:
        discard(sys.stderr)  # and go on, because nothing can report this


def fail(problem: str) -> NoReturn:
    """Report a problem on standard error, and end the command."""
    complain(problem)
    sys.exit(ExitStatus.FAILED)


def discard(stream: IO[str]) -> None:
    """Send the rest of a stream nowhere. Python flushes again when it ends, and that must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
