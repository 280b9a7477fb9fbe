"""The command `wrm show`."""

import sys
from collections import deque
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import click

from work_request_manager._values import MAX_ITEMS, MAX_TEXT, short_repr
from work_request_manager.cli._check import check
from work_request_manager.cli._logs import Reading, logs_in
from work_request_manager.cli._option_files import mapping_in, types_in
from work_request_manager.cli._output import complain
from work_request_manager.cli._shared import TEXT_OR_JSON, ExitStatus
from work_request_manager.cli._terminal import painter, progress_bar
from work_request_manager.errors import UnreadableLog
from work_request_manager.log.steps import MAX_IDS, RequestChecker, Step
from work_request_manager.reports import counted
from work_request_manager.reports.steps import JsonSteps, StepWriter, TextSteps
from work_request_manager.rulebook import Rulebook


@click.command(
    epilog="Exit status: 0 the work request was found, with or without findings; 2 it was not found, or the command"
    " failed."
)
@click.argument("log", metavar="LOG")
@click.argument("request", metavar="REQUEST")
@TEXT_OR_JSON
def show(
    log: str,
    request: str,
    form: str,
    history: bool,
    partial: bool,
    mapping: Path | None,
    types: Path | None,
    strict: bool,
    rulebook: Rulebook,
) -> None:
    """Show the history of one work request.

    LOG is a log as for `wrm check`: a file, a directory, or - for standard input. REQUEST is the id of a work request
    in it. Each event is shown with its answer, the status of its activity before and after it, and its findings.
    """
    sources = Reading(logs_in([log]), _flush)
    known, mapped = types_in(types), mapping_in(mapping)
    writer: StepWriter = JsonSteps(request)
    if form == "text":
        writer = TextSteps(request, painter(sys.stdout), is_mapped=mapped is not None)
    with progress_bar(sources, sys.stdout) as clear_bar:

        def take(step: Step) -> None:
            clear_bar()
            print(writer.step(step), end="")

        checker = RequestChecker(
            request,
            take,
            rulebook=rulebook.strict() if strict else rulebook,
            types=known,
            history=history,
            partial=partial,
            mapping=mapped,
        )
        problems = []
        for source in sources:
            try:
                deque(checker.findings(source), maxlen=0)
            except UnreadableLog as error:
                problems.append(str(error))
    if checker.steps:
        print(writer.end(checker), end="")
    elif checker.other_ids or not problems:
        problems.append(_not_found(log, request, checker.other_ids))
    for problem in problems:
        complain(problem)
    sys.exit(ExitStatus.FAILED if problems else ExitStatus.SUCCESS)


def _flush() -> None:
    with suppress(OSError):  # which the next write, or the last one, raises again
        sys.stdout.flush()


_JUDGING = ("history", "partial", "mapping", "types", "strict", "rulebook")
"""The options on how to judge, which are those of `wrm check`."""

show.params += [option for option in check.params if option.name in _JUDGING]


def _not_found(log: str, request: str, others: set[str]) -> str:
    if not others:
        return f"{log} has no line about any work request; run `wrm check` on it to see why"
    count = counted(len(others), "other work request") if len(others) <= MAX_IDS else f"more than {MAX_IDS:,} others"
    # Comparing long texts takes time in proportion to the square of their lengths.
    by_folded = {each.casefold(): each for each in sorted(others) if len(each) <= MAX_TEXT}
    near = get_close_matches(request.casefold(), by_folded, n=MAX_ITEMS) if len(request) <= MAX_TEXT else []
    names = f", such as {', '.join(short_repr(by_folded[each]) for each in near)}" if near else ""
    wanted = f"no line about work request {short_repr(request)}"
    return f"{log} has {wanted}; it has lines about {count}{names}; check the id"
