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
from work_request_manager.cli._config import CONFIG_FILE, defaults_for, message_of
from work_request_manager.cli._map import map_
from work_request_manager.cli._move import move
from work_request_manager.cli._output import complain, discard
from work_request_manager.cli._prove import prove
from work_request_manager.cli._rulebook import explain, graph, rules, schema, vectors
from work_request_manager.cli._sections import SectionedGroup
from work_request_manager.cli._serve import serve
from work_request_manager.cli._shared import EXIT_STATUS_HELP, ExitStatus
from work_request_manager.cli._show import show
from work_request_manager.reports import printable

__all__ = ["ExitStatus", "main", "wrm"]


class _Group(SectionedGroup):
    """A group of commands that reports bad options in printable text."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _printable_errors():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _printable_errors():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        asks_for_help = not set(ctx.help_option_names).isdisjoint(rest)
        if name in _CONFIGURED and command and not (ctx.params["no_config"] or ctx.resilient_parsing or asks_for_help):
            ctx.default_map = {name: defaults_for(command, check)}
        return name, command, rest


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError:
        raise  # its message is the help text, in lines
    except click.ClickException as error:
        raise click.UsageError(printable(message_of(error)), getattr(error, "ctx", None)) from None


_CONFIGURED = ("check", "decide", "move", "permitted", "show")
"""The commands that judge. They take defaults from the configuration file."""


# The backspace keeps click from wrapping the lines after it.
_HELP = """Check events of Chorus's Work Request Manager.

\b
Examples:
  wrm check events.jsonl    judges a log of events
  wrm explain WRM203        says why a rule refuses them
"""


@click.group(
    cls=_Group,
    sections={
        "Judge logs": [check, show, map_],
        "Ask before you send": [decide, permitted, move],
        "Read the rules": [rules, explain, graph, prove],
        "Build and test": [schema, vectors, serve],
    },
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS_HELP,
)
@click.version_option(package_name="work-request-manager")
@click.option("--no-config", is_flag=True, help=f"Do not read {CONFIG_FILE}, which has defaults for options.")
def wrm(no_config: bool) -> None:  # noqa: ARG001 - the group reads it before it looks up the command
    """Run a command."""
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
