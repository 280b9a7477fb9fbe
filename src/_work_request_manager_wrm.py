"""The entry point of the command `wrm`.

It is outside the package, because importing the package takes 100 ms, and an interrupt must be quiet from the start.
"""

import os
import signal
import sys
from typing import TextIO


def main() -> None:
    """Run the command. If an extra is missing, name the command that installs it."""
    end_by_interrupts()
    _open_standard_streams()
    try:
        from work_request_manager import cli

        cli.main()
    except ModuleNotFoundError as error:
        if error.name not in ("click", "msgspec", "rich"):
            raise
        print(f"wrm needs {error.name}; run: pip install 'work-request-manager[cli]'", file=sys.stderr)
        sys.exit(2)


def end_by_interrupts() -> None:
    """Let an interrupt end this process at once by the signal, unless the caller has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _open_standard_streams() -> None:
    """Open closed standard streams to nowhere.

    Otherwise a file that is opened later would take their place, and print() would send errors to standard output.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDWR)  # it takes the lowest free number, but `-` still cannot be read
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()


def _nowhere() -> TextIO:
    return open(os.open(os.devnull, os.O_RDWR), "w", encoding="utf-8", closefd=False)
