"""The command `wrm check`."""

import functools
import os
import sys
from collections import deque
from pathlib import Path

import click

from work_request_manager.cli._shared import (
    EXIT_STATUS_HELP,
    STRICT,
    WITHOUT,
    ExitStatus,
    known_rule,
    output_option,
    writing,
)
from work_request_manager.cli._terminal import Reading, painter, progress_bar
from work_request_manager.errors import WireError
from work_request_manager.log import Level, LogChecker
from work_request_manager.reports import FORMATS, Format, Run, statistics_table, text
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES
from work_request_manager.wire import Types, decode_types


def _rule_ids(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    return frozenset(known_rule(each).id for each in given)


def _types(_context: click.Context, _option: click.Parameter, path: Path | None) -> Types:
    try:
        return {} if path is None else decode_types(path.read_bytes())
    except (OSError, WireError) as error:
        raise click.BadParameter(f"{path}: {error}") from None


@click.command(epilog=EXIT_STATUS_HELP)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    type=click.Choice(list(FORMATS)),
    default="text",
    help=f"Choose the format of the report: {', '.join(FORMATS)}.",
)
@output_option("Write the report to this file.")
@click.option(
    "--history",
    is_flag=True,
    help="The log records what took effect: each event takes effect, even if it breaks rules.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="The log is a part of a longer one. Report a rule only if it is broken for all possible values of the facts"
    " that the log does not show. Implies --history.",
)
@click.option(
    "--types",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_types,
    help="Read activity types from this TOML or JSON file. Events can then name a type by its code.",
)
@STRICT
@WITHOUT
@click.option(
    "--ignore",
    metavar="RULE",
    multiple=True,
    callback=_rule_ids,
    help="Do not report this rule, and ignore it in the exit status. Can be given more than once.",
)
@click.option(
    "--max-findings",
    metavar="N",
    type=click.IntRange(min=0),
    help="Print at most N findings. Counts still include all of them.",
)
@click.option(
    "--statistics",
    is_flag=True,
    help="Add the number of findings of each rule. With --quiet, the text report prints only these.",
)
@click.option("--quiet", is_flag=True, help="Print no findings and no summary. The exit status does not change.")
def check(
    logs: tuple[str, ...],
    form: str,
    output: str | None,
    history: bool,
    partial: bool,
    types: Types,
    strict: bool,
    rulebook: Rulebook,
    ignore: frozenset[str],
    max_findings: int | None,
    statistics: bool,
    quiet: bool,
) -> None:
    """Check event logs against the rules.

    Each LOG is a file of JSON lines (plain, gzip or zstd), a Parquet file, or - for standard input. Several logs are
    checked as one log, in the order given.
    """
    if output is not None and any(_is_same_file(output, log) for log in logs):
        raise click.BadParameter(f"{output} is one of the logs; choose another file", param_hint="--output")
    used = rulebook.strict() if strict else rulebook
    reading = Reading(logs)
    run = Run(
        LogChecker(rulebook=used, types=types, history=history, partial=partial),
        reading,
        left_out=ignore | {rule.id for rule in RULES if rule not in used.rules},
        limit=max_findings,
    )
    with writing(output) as out:
        if quiet:
            deque(run, maxlen=0)
            if statistics and form == "text":
                print(statistics_table(run.rules), file=out)
        else:
            report: Format = functools.partial(text, paint=painter(out)) if form == "text" else FORMATS[form]
            with progress_bar(reading, out) as clear_bar:
                for piece in report(run, statistics=statistics):
                    clear_bar()
                    print(piece, end="", file=out)
    for problem in run.unreadable:
        print(f"wrm: {problem}", file=sys.stderr)
    if run.unreadable:
        sys.exit(ExitStatus.FAILED)
    sys.exit(ExitStatus.ERRORS if run.levels[Level.ERROR] else ExitStatus.SUCCESS)


def _is_same_file(output: str, log: str) -> bool:
    try:
        # Standard input is file 0, even if the shell opened it from a path.
        return os.path.samestat(os.stat(output), os.stat(0 if log == "-" else log))
    except OSError:
        return False
