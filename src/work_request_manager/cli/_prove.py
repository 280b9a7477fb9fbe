"""The command `wrm prove`."""

import sys
from functools import partial

import click

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
    from concurrent.futures import ProcessPoolExecutor

    from work_request_manager.verify import proof

    rulebooks = {"default": DEFAULT_RULEBOOK, "strict": DEFAULT_RULEBOOK.strict()}
    is_proved = True
    with ProcessPoolExecutor(len(rulebooks)) as pool:
        proofs = pool.map(partial(proof.prove, activities=activities), rulebooks.values())
        for label, proved in zip(rulebooks, proofs, strict=True):
            most = counted(activities, "activity", "activities")
            print(f"{label} rulebook, up to {most}: {counted(proved.states, 'state')}, {counted(proved.steps, 'step')}")
            for result in proved.results:
                print(f"  {result}")
            is_proved = is_proved and proved.holds
    sys.exit(ExitStatus.SUCCESS if is_proved else ExitStatus.ERRORS)
