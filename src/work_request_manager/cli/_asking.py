"""The commands that ask about one work request: `wrm decide` and `wrm permitted`."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

from work_request_manager import deciding
from work_request_manager._values import short_repr
from work_request_manager.cli._answers import decision_lines, permitted_lines
from work_request_manager.cli._inputs import STANDARD_INPUT, event_in, work_request_in, work_request_or_none_in
from work_request_manager.cli._option_files import types_in
from work_request_manager.cli._output import fail
from work_request_manager.cli._shared import (
    EXIT_STATUS_HELP,
    STRICT,
    TEXT_OR_JSON,
    TYPES,
    WITHOUT,
    ExitStatus,
    member_of,
)
from work_request_manager.cli._terminal import painter
from work_request_manager.deciding import Decision
from work_request_manager.model import Party, Role
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import to_builtins


@click.command(epilog=EXIT_STATUS_HELP)
@click.argument("snapshot", metavar="SNAPSHOT")
@click.argument("event", metavar="EVENT")
@TYPES
@STRICT
@WITHOUT
@TEXT_OR_JSON
def decide(snapshot: str, event: str, types: Path | None, strict: bool, rulebook: Rulebook, form: str) -> None:
    """Decide on one event.

    SNAPSHOT is a file of JSON with the work request before the event, or with null if the work request does not exist.
    EVENT is a file with the event, as a line of a log has it. One of the two can be - for standard input.
    """
    if snapshot == event == STANDARD_INPUT:
        raise click.UsageError("SNAPSHOT and EVENT cannot both be - (standard input); give a file for one of them")
    known = types_in(types)
    work_request = work_request_or_none_in(snapshot, known)
    asked = event_in(event, known)
    if work_request is not None and asked.work_request_id != work_request.id:
        wanted, given = short_repr(asked.work_request_id), short_repr(work_request.id)
        fail(f"{event}: $.taskId is {wanted}, but {snapshot} is the snapshot of {given}; give the snapshot of {wanted}")
    used = rulebook.strict() if strict else rulebook
    print_decision(deciding.decide(work_request, asked, rulebook=used), used, form)


def print_decision(decision: Decision, rulebook: Rulebook, form: str, about: Iterable[str] = ()) -> NoReturn:
    """Print a decision, and end the command with its exit status.

    Args:
        decision: the decision.
        rulebook: the rules that it was made by.
        form: the format, "text" or "json".
        about: lines about the question, to print before the decision in text.
    """
    if form == "json":
        print(json.dumps(to_builtins(decision), indent=2))
    else:
        print("\n".join([*about, *decision_lines(decision, rulebook, painter(sys.stdout))]))
    sys.exit(ExitStatus.ERRORS if isinstance(decision, deciding.Refused) else ExitStatus.SUCCESS)


def _party(context: click.Context, option: click.Parameter, given: str) -> Party:
    name, _, party_id = given.partition(":")
    try:
        role = member_of(Role)(context, option, name)
    except click.BadParameter as error:
        raise click.BadParameter(f"{error.message}; write ROLE:ID, such as WorkSupplier:northline") from None
    if party_id:
        return Party(role, party_id)
    if role is Role.CHORUS:
        return Party.chorus()
    raise click.BadParameter(f"{short_repr(given)} has no id; write {role}:ID")


@click.command(epilog=EXIT_STATUS_HELP)
@click.argument("snapshot", metavar="SNAPSHOT")
@click.option(
    "--as",
    "party",
    metavar="ROLE:ID",
    required=True,
    callback=_party,
    help=f"Name the party: its role ({', '.join(Role)}) and its id, as in WorkSupplier:northline. Chorus needs no id.",
)
@click.option("--activity", metavar="ID", help="List only the events for this activity.")
@TYPES
@STRICT
@WITHOUT
@TEXT_OR_JSON
def permitted(
    snapshot: str,
    party: Party,
    activity: str | None,
    types: Path | None,
    strict: bool,
    rulebook: Rulebook,
    form: str,
) -> None:
    """List the events that a party can send now.

    SNAPSHOT is a file of JSON with the work request, or - for standard input. Each event is listed with its warnings:
    the assumed rules that it breaks, which do not refuse it.
    """
    work_request = work_request_in(snapshot, types_in(types))
    used = rulebook.strict() if strict else rulebook
    try:
        permits = deciding.permitted(work_request, party, activity_id=activity, rulebook=used)
    except KeyError as error:
        raise click.BadParameter(error.args[0], param_hint="'--activity'") from None
    if form == "json":
        print(json.dumps(to_builtins(permits), indent=2))
    else:
        print("\n".join(permitted_lines(work_request, party, activity, permits, used, painter(sys.stdout))))
