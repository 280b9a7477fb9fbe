"""Colour and a progress bar, for terminals only.

rich is imported only if there is a terminal, because the import takes as long as a small log.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING

from work_request_manager.reports import Paint, plain

if TYPE_CHECKING:
    from rich.progress import Progress


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a stream is a terminal. Pass None for a standard stream that is closed."""
    return stream is not None and stream.isatty()


def painter(out: IO[str] | None) -> Paint:
    """Return the function that colours text for a stream.

    It adds colour only on a terminal that can show it, and only if NO_COLOR is not set.
    """
    if not is_terminal(out) or os.environ.get("NO_COLOR"):
        return plain
    from rich.color import ColorSystem
    from rich.console import Console
    from rich.style import Style

    if Console(file=out).color_system is None:
        return plain
    styles = {
        "place": Style(bold=True),
        "error": Style(color="red", bold=True),
        "warning": Style(color="yellow", bold=True),
        "rule": Style(color="cyan"),
    }
    return lambda part, text: styles[part].render(text, color_system=ColorSystem.STANDARD)


class Reading:
    """Logs that are read in order, and the progress of reading.

    Args:
        logs: the paths of the logs. Standard input has no size, so it does not count.
    """

    def __init__(self, logs: Sequence[str]) -> None:
        self._logs = logs
        self._read = 0
        self._current: str | None = None
        self.size = sum(map(_size, logs))

    def __iter__(self) -> Iterator[str]:
        for log in self._logs:
            self._current = log
            yield log
            self._current = None
            self._read += _size(log)

    @property
    def position(self) -> int:
        """The number of stored bytes that were read so far. At the end it equals `size`."""
        return self._read + (0 if self._current is None else _position(self._current))


def _size(log: str) -> int:
    with suppress(OSError):
        return os.stat(log).st_size
    return 0


def _position(log: str) -> int:
    # The reader of a log does not tell its position, but the system knows that of each open file.
    with suppress(OSError):
        wanted = os.stat(log)
        for descriptor in range(3, 32):
            with suppress(OSError):
                if os.path.samestat(os.fstat(descriptor), wanted):
                    return os.lseek(descriptor, 0, os.SEEK_CUR)
    return 0


@contextmanager
def progress_bar(reading: Reading, out: IO[str] | None) -> Iterator[Callable[[], None]]:
    """Show the progress of reading on standard error, if that is a terminal.

    Args:
        reading: the logs.
        out: the output of the report.

    Yields:
        A function to call before each write to `out`. If `out` is a terminal too, it clears the bar.
    """
    with ExitStack() as shown:
        clear_bar = _nothing
        if is_terminal(sys.stderr) and reading.size:
            bar = _bar(reading)
            if bar.console.is_interactive:
                shown.enter_context(bar)
                # An interrupt ends the command at once, and must not leave the cursor hidden.
                bar.console.show_cursor()
                if is_terminal(out):
                    clear_bar = bar.stop
        yield clear_bar


def _nothing() -> None: ...


def _bar(reading: Reading) -> "Progress":
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    class Bar(Progress):
        def get_renderables(self) -> Iterable[RenderableType]:
            for task in self.task_ids:
                self.update(task, completed=reading.position)
            return super().get_renderables()

    bar = Bar(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
    bar.add_task("reading", total=reading.size)
    return bar
