"""The command line: options, printing and exit statuses. All other work is done elsewhere in the package."""

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import click
from click.exceptions import NoArgsIsHelpError

from work_request_manager.cli._asking import decide, permitted
from work_request_manager.cli._check import check
from work_request_manager.cli._map import map_
from work_request_manager.cli._move import move
from work_request_manager.cli._output import complain, discard
from work_request_manager.cli._prove import prove
from work_request_manager.cli._rulebook import explain, graph, rules, schema, vectors
from work_request_manager.cli._serve import serve
from work_request_manager.cli._shared import EXIT_STATUS_HELP, ExitStatus
from work_request_manager.reports import printable

__all__ = ["ExitStatus", "main", "wrm"]


class _Group(click.Group):
    """A group of commands that reports bad options in printable text."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _printable_errors():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _printable_errors():
            return super().invoke(ctx)


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError:
        raise  # its message is the help text, in lines
    except click.ClickException as error:
        raise click.UsageError(printable(error.format_message()), getattr(error, "ctx", None)) from None


@click.group(
    cls=_Group,
    commands=[check, decide, explain, graph, map_, move, permitted, prove, rules, schema, serve, vectors],
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS_HELP,
)
@click.version_option(package_name="work-request-manager")
def wrm() -> None:
    """Check events of Chorus's Work Request Manager."""
    # So that a character that the output's encoding lacks does not stop the command.
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command, and report if standard output cannot be written.

    A reader of the output that goes away ends the command at once by the signal, as it ends other commands. A shell
    shows this as exit status 141.
    """
    with suppress(AttributeError):  # raised on Windows, which has no such signal
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        try:
            wrm(prog_name="wrm")
        finally:
            print(end="", flush=True)
    except OSError as error:
        discard(sys.stdout)
        complain(f"standard output cannot be written: {error.strerror}; send it elsewhere")
        sys.exit(ExitStatus.FAILED)
