"""The command `wrm check`."""

import functools
import os
import stat
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

import click

from work_request_manager.cli._logs import Reading, logs_in
from work_request_manager.cli._output import (
    STANDARD_OUTPUT,
    complain,
    is_same_file,
    is_standard_output,
    output_option,
    writing,
)
from work_request_manager.cli._shared import EXIT_STATUS_HELP, STRICT, TYPES, WITHOUT, ExitStatus, known_rule
from work_request_manager.cli._terminal import painter, progress_bar
from work_request_manager.errors import WireError
from work_request_manager.log import Level, LogChecker
from work_request_manager.reports import FORMATS, Format, Run, statistics_table, text
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES
from work_request_manager.wire import NO_TYPES, LogMapping, Types, decode_mapping, decode_types


def _rule_ids(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    return frozenset(known_rule(each).id for each in given)


TYPES_LIMIT = 16 << 20
"""The number of bytes that a file of activity types, or a mapping file, can have."""

T = TypeVar("T")


def types_in(path: Path | None) -> Types:
    """Read the file of `--types`. Pass None if the option is not given: there are no types then.

    Raises:
        BadParameter: the file cannot be read, is too large, or does not define activity types.
    """
    return NO_TYPES if path is None else _decoded(path, decode_types, "--types", "a file of activity types")


def mapping_in(path: Path | None) -> LogMapping | None:
    """Read the file of `--map`. Pass None if the option is not given: the log is in the library's own format then.

    Raises:
        BadParameter: the file cannot be read, is too large, or is not a mapping.
    """
    return None if path is None else _decoded(path, decode_mapping, "--map", "a mapping file")


def _decoded(path: Path, decode: Callable[[bytes], T], option: str, wanted: str) -> T:
    try:
        with path.open("rb") as file:
            data = file.read(TYPES_LIMIT + 1)
        if len(data) > TYPES_LIMIT:
            raise click.BadParameter(
                f"{path} has more than {TYPES_LIMIT >> 20} MiB; choose {wanted}", param_hint=f"'{option}'"
            )
        return decode(data)
    except (OSError, WireError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint=f"'{option}'") from None


@click.command(epilog=EXIT_STATUS_HELP)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    type=click.Choice(list(FORMATS), case_sensitive=False),
    default="text",
    help=f"Choose the format of the report: {', '.join(FORMATS)}.",
)
@output_option("Write the report to this file, which is replaced when the report is complete.")
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
    "--map",
    "mapping",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log is in another format, CSV, JSON Lines or Parquet, which this file describes. Implies --partial.",
)
@TYPES
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
@click.option("--quiet", "-q", is_flag=True, help="Print no findings and no summary. The exit status does not change.")
def check(
    logs: tuple[str, ...],
    form: str,
    output: str | None,
    history: bool,
    partial: bool,
    mapping: Path | None,
    types: Path | None,
    strict: bool,
    rulebook: Rulebook,
    ignore: frozenset[str],
    max_findings: int | None,
    statistics: bool,
    quiet: bool,
) -> None:
    """Check event logs against the rules.

    Each LOG is a file of JSON lines (plain, gzip or zstd), a Parquet file, a directory of these, or - for standard
    input. Several logs are checked as one log, in the order given. Those in a directory are ordered by name.
    """
    sources = logs_in(logs)
    _refuse_to_overwrite(output, sources, types, mapping)
    used = rulebook.strict() if strict else rulebook
    checker = LogChecker(
        rulebook=used, types=types_in(types), history=history, partial=partial, mapping=mapping_in(mapping)
    )
    with writing(output) as out:
        reading = Reading(sources, functools.partial(_flush, out))
        run = Run(
            checker,
            reading,
            left_out=ignore | {rule.id for rule in RULES if rule not in used.rules},
            limit=max_findings,
        )
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
    problems = run.unreadable
    if not (problems or run.counts.events or run.counts.unknown):
        problems = [NO_EVENT]
    for problem in problems:
        complain(problem)
    if problems:
        sys.exit(ExitStatus.FAILED)
    sys.exit(ExitStatus.ERRORS if run.levels[Level.ERROR] else ExitStatus.SUCCESS)


NO_EVENT = "no event was found; a log has one event in JSON on each line, as docs/reference/event-format.md describes"


def _refuse_to_overwrite(output: str | None, logs: list[str], types: Path | None, mapping: Path | None) -> None:
    """Raise UsageError if the report would be written to an input."""
    inputs: list[tuple[str | int, str]] = [(0 if log == "-" else log, "one of the logs") for log in logs]
    if types:
        inputs.append((str(types), "the file of activity types"))
    if mapping:
        inputs.append((str(mapping), "the mapping file"))
    for each, described in inputs:
        if not is_standard_output(output):
            if output is not None and is_same_file(output, each):
                raise click.BadParameter(f"{output} is {described}; choose another file", param_hint="'--output'")
        elif is_same_file(STANDARD_OUTPUT, each) and stat.S_ISREG(os.fstat(STANDARD_OUTPUT).st_mode):
            raise click.UsageError(f"standard output is {described}, {each}; write the report to another file")


def _flush(out: IO[str]) -> None:
    with suppress(OSError):  # which the next write, or the last one, raises again
        out.flush()
