"""The command line: options, printing and exit statuses. All other work is done elsewhere in the package."""

import io
import os
import signal
import sys
from contextlib import suppress

import click

from work_request_manager.cli._check import check
from work_request_manager.cli._prove import prove
from work_request_manager.cli._rulebook import explain, graph, rules, schema, vectors
from work_request_manager.cli._shared import EXIT_STATUS_HELP, ExitStatus

__all__ = ["ExitStatus", "main", "wrm"]


@click.group(
    commands=[check, explain, graph, prove, rules, schema, vectors],
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS_HELP,
)
@click.version_option(package_name="work-request-manager")
def wrm() -> None:
    """Check events of Chorus's Work Request Manager."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # So that a character that the output's encoding lacks does not stop the command.
        sys.stdout.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command, and report if standard output cannot be written.

    An interrupt, or a reader of the output that goes away, ends the command at once by the signal, as it ends other
    commands. A shell shows this as exit status 130 or 141.
    """
    with suppress(AttributeError):  # raised on Windows, which has no such signal
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise the caller has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        try:
            wrm(prog_name="wrm")
        finally:
            print(end="", flush=True)
    except OSError as error:
        # Python flushes again when it ends, and that must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"wrm: standard output cannot be written: {error.strerror}; send it elsewhere", file=sys.stderr)
        sys.exit(ExitStatus.FAILED)
