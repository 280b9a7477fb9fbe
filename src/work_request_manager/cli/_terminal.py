"""Colour and a progress bar, for terminals only.

rich is imported only if there is a terminal, because the import takes as long as a small log.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING

from work_request_manager.cli._logs import Reading
from work_request_manager.reports import Paint, plain

if TYPE_CHECKING:
    from rich.progress import Progress


def painter(out: IO[str]) -> Paint:
    """Return the function that colours text for a stream.

    It adds colour on a terminal that can show it, and on any standard output if FORCE_COLOR is set. It adds none if
    NO_COLOR is set.
    """
    is_forced = bool(os.environ.get("FORCE_COLOR")) and out is sys.stdout
    if os.environ.get("NO_COLOR") or not (is_forced or out.isatty()):
        return plain
    from rich.color import ColorSystem
    from rich.console import Console
    from rich.style import Style

    if not is_forced and Console(file=out).color_system is None:
        return plain
    styles = {
        "place": Style(bold=True),
        "error": Style(color="red", bold=True),
        "warning": Style(color="yellow", bold=True),
        "rule": Style(color="cyan"),
        "heading": Style(bold=True),
    }
    return lambda part, text: styles[part].render(text, color_system=ColorSystem.STANDARD)


@contextmanager
def progress_bar(reading: Reading, out: IO[str]) -> Iterator[Callable[[], None]]:
    """Show the progress of reading on standard error, if that is a terminal.

    Args:
        reading: the logs.
        out: the output of the report.

    Yields:
        A function to call before each write to `out`. If `out` is a terminal too, it clears the bar.
    """
    with ExitStack() as shown:
        clear_bar = _nothing
        if sys.stderr.isatty() and reading.size:
            bar = _bar(reading)
            if bar.console.is_interactive:
                shown.enter_context(bar)
                # An interrupt ends the command at once, and must not leave the cursor hidden.
                bar.console.show_cursor()
                if out.isatty():
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
