"""What only a terminal gets: colour, and a progress bar. rich is imported where there is one, since that takes time."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING

from work_request_manager.reports._text import Paint, plain

if TYPE_CHECKING:
    from rich.progress import Progress


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether someone may be looking at a stream; a standard stream that is closed is None."""
    return stream is not None and stream.isatty()


def painter(out: IO[str] | None) -> Paint:
    """Return what colours text for a stream: nothing, but on a terminal that can show it to someone who wants it."""
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
    """Logs that are read one after the other, and how far that has come.

    Args:
        logs: their paths; the standard input has no size, and so no part in this.
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
        """How many bytes were read so far, as they are stored; `size` at the end."""
        return self._read + (0 if self._current is None else _position(self._current))


def _size(log: str) -> int:
    with suppress(OSError):
        return os.stat(log).st_size
    return 0


def _position(log: str) -> int:
    # What reads a log does not say how far it is, but the system knows of each open file.
    with suppress(OSError):
        wanted = os.stat(log)
        for descriptor in range(3, 32):
            with suppress(OSError):
                if os.path.samestat(os.fstat(descriptor), wanted):
                    return os.lseek(descriptor, 0, os.SEEK_CUR)
    return 0


@contextmanager
def progress_bar(reading: Reading, out: IO[str] | None) -> Iterator[Callable[[], None]]:
    """Show how far the reading of logs has come on standard error, where that is a terminal.

    Returns: what to call before printing to `out`; the first time it takes the bar away, if `out` is a terminal too.
    """
    with ExitStack() as shown:
        make_way = _nothing
        if is_terminal(sys.stderr) and reading.size:
            bar = _bar(reading)
            if bar.console.is_interactive:
                shown.enter_context(bar)
                # An interrupt ends the command wherever it is; the cursor is not to stay hidden then.
                bar.console.show_cursor()
                if is_terminal(out):
                    make_way = bar.stop
        yield make_way


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
