"""The command `wrm prove`."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import Any

import click

from _work_request_manager_wrm import end_by_interrupts
from work_request_manager.cli._output import fail
from work_request_manager.cli._shared import EXIT_STATUS_HELP, ExitStatus
from work_request_manager.reports import counted
from work_request_manager.rulebook import DEFAULT_RULEBOOK


@click.command(epilog=EXIT_STATUS_HELP)
@click.option(
    "--activities",
    metavar="N",
    type=click.IntRange(1, 3),
    default=3,
    help="Set the largest number of activities of a work request. The default is 3.",
)
def prove(activities: int) -> None:
    """Prove the invariants in every state.

    Sends every event in every state that a small work request can reach, and checks all invariants, under the default
    and the strict rulebook.
    """
    # Imported here, because that takes 50 ms, and other commands do not need it.
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    from work_request_manager.verify import proof

    rulebooks = {"default": DEFAULT_RULEBOOK, "strict": DEFAULT_RULEBOOK.strict()}
    try:
        with _broken_pipes_reported(), ProcessPoolExecutor(len(rulebooks), initializer=_end_with_parent) as pool:
            proofs = [*pool.map(partial(proof.prove, activities=activities), rulebooks.values())]
    except (BrokenExecutor, OSError) as error:
        fail(f"the proof cannot be finished: {error}")
    for label, proved in zip(rulebooks, proofs, strict=True):
        most = counted(activities, "activity", "activities")
        print(f"{label} rulebook, up to {most}: {counted(proved.states, 'state')}, {counted(proved.steps, 'step')}")
        for result in proved.results:
            print(f"  {result}")
    sys.exit(ExitStatus.SUCCESS if all(proved.holds for proved in proofs) else ExitStatus.ERRORS)


@contextmanager
def _broken_pipes_reported() -> Iterator[None]:
    """Ignore the signal of a broken pipe, so that a worker that is killed becomes an error of the pool."""
    before = _handle_broken_pipes(signal.SIG_IGN)
    try:
        yield
    finally:
        _handle_broken_pipes(before)


def _handle_broken_pipes(handler: Any) -> Any:
    with suppress(AttributeError):  # raised on Windows, which has no such signal
        return signal.signal(signal.SIGPIPE, handler)


def _end_with_parent() -> None:
    """Let this worker process end as soon as its parent has ended, even if the parent was killed."""
    import multiprocessing

    end_by_interrupts()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(ExitStatus.FAILED)  # at once, because the main thread is busy

    Thread(target=wait, daemon=True).start()
