"""The command `wrm check`."""

import functools
import os
import stat
import sys
from collections import deque
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, NamedTuple

import click

from work_request_manager.cli._config import CONFIG_FILE
from work_request_manager.cli._logs import Reading, logs_in
from work_request_manager.cli._option_files import baseline_in, mapping_in, types_in
from work_request_manager.cli._output import (
    STANDARD_OUTPUT,
    complain,
    discard,
    fail,
    is_same_file,
    is_standard_output,
    output_option,
    writing,
)
from work_request_manager.cli._shared import (
    EXIT_STATUS_HELP,
    STRICT,
    TYPES,
    WITHOUT,
    ExitStatus,
    rules_matching,
    separated,
)
from work_request_manager.cli._terminal import painter, progress_bar
from work_request_manager.log import Level, LogChecker
from work_request_manager.log.histories import histories
from work_request_manager.reports import (
    ALL_RULES,
    BASELINE_LIMIT,
    DEFAULT_BASELINE,
    FORMATS,
    Format,
    Invocation,
    NewBaseline,
    Run,
    counted,
    html,
    summary_text,
    text,
)
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES

TERMINAL_FINDINGS = 50
"""The number of findings that the report in text prints on a terminal, unless the user asks for more."""

HISTORY_STEPS = 100
"""The number of steps in full of each history of the report in HTML."""


class RuleChoice(NamedTuple):
    """The rules that an option names: the items as the user gave them, and the ids of all rules that they match."""

    given: list[str]
    ids: frozenset[str]


def _rule_choice(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> RuleChoice:
    items = [*separated(given)]
    return RuleChoice(items, frozenset().union(*map(rules_matching, items)))


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
@output_option(
    "Write the report to this file, which is replaced when the report is complete. Standard error gets the summary."
)
@click.option(
    "--history/--no-history",
    help="The log records what took effect: each event takes effect, even if it breaks rules.",
)
@click.option(
    "--partial/--no-partial",
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
    "--select",
    metavar="RULE",
    multiple=True,
    callback=_rule_choice,
    help="Report only these rules: ids, prefixes such as WRM2, or names. Several are separated by commas.",
)
@click.option(
    "--ignore",
    metavar="RULE",
    multiple=True,
    callback=_rule_choice,
    help="Do not report these rules, even if --select names them.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Do not report the findings in this file, which --write-baseline wrote.",
)
@click.option(
    "--write-baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the findings that --select and --ignore leave to this file, and exit with 0.",
)
@click.option(
    "--fail-on",
    metavar="LEVEL",
    type=click.Choice([*(level.value for level in Level), "never"], case_sensitive=False),
    default=Level.ERROR.value,
    help="Exit with 1 if a finding of this level is reported: error (the default), warning (or error), or never.",
)
@click.option(
    "--max-findings",
    metavar="N",
    type=click.IntRange(min=0),
    help=f"Print at most N findings, and then a summary. 0 prints only the summary. On a terminal, N is"
    f" {TERMINAL_FINDINGS} by default. Counts include all findings.",
)
@click.option("--quiet/--no-quiet", "-q", help="Print nothing. --output still writes its file.")
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
    select: RuleChoice,
    ignore: RuleChoice,
    baseline: Path | None,
    write_baseline: Path | None,
    fail_on: str,
    max_findings: int | None,
    quiet: bool,
) -> None:
    """Check event logs against the rules.

    Each LOG is a file of JSON lines (plain, gzip or zstd), a Parquet file, a directory of these, or - for standard
    input. With --map it is a CSV, JSON Lines or Parquet file in another format. Several logs are checked as one log, in
    the order given. Those in a directory are ordered by name.
    """
    sources = logs_in(logs)
    _refuse_shared_files(_inputs(sources, types, mapping), baseline, output, write_baseline)
    used = rulebook.strict() if strict else rulebook
    known_types, known_mapping = types_in(types), mapping_in(mapping)
    checker = LogChecker(
        rulebook=used,
        types=known_types,
        history=history,
        partial=partial,
        mapping=known_mapping,
        count_moves=form == "html",
    )
    history_reader = functools.partial(
        histories,
        sources,
        most_steps=HISTORY_STEPS,
        rulebook=used,
        types=known_types,
        history=history,
        partial=partial,
        mapping=known_mapping,
    )
    known, new_baseline = baseline_in(baseline, write_baseline), None if write_baseline is None else NewBaseline()
    invocation = Invocation(
        logs,
        judging=_judging(history, partial, mapping, types, strict, rulebook),
        reporting=_listed("--select", select.given) + _listed("--ignore", ignore.given),
        baseline=str(write_baseline or baseline or DEFAULT_BASELINE),
        is_mapped=mapping is not None,
        has_written=write_baseline is not None,
    )
    is_in_file = not is_standard_output(output)
    with writing(output) as out:
        reading = Reading(sources, functools.partial(_flush, out))
        is_terminal = form == "text" and out.isatty()
        run = Run(
            checker,
            reading,
            left_out=_left_out(used, select, ignore),
            limit=TERMINAL_FINDINGS if is_terminal and max_findings is None else max_findings,
            baseline=known,
            new_baseline=new_baseline,
        )
        if is_in_file and not quiet:
            run.summarise()
        if quiet and not is_in_file:
            deque(run, maxlen=0)
        else:
            formats: dict[str, Format] = {
                **FORMATS,
                "text": functools.partial(text, paint=painter(out), is_summarised=is_terminal, invocation=invocation),
                "html": functools.partial(
                    html,
                    invocation=invocation,
                    histories=history_reader if all(map(_can_be_read_again, sources)) else None,
                ),
            }
            with nullcontext(_nothing) if quiet else progress_bar(reading, out) as clear_bar:
                try:
                    for piece in formats[form](run):
                        clear_bar()
                        print(piece, end="", file=out)
                except ImportError as error:
                    fail(str(error))
    if is_in_file and not quiet and run.counts.lines:
        _print_on_error(summary_text(run, painter(sys.stderr), invocation))
    if run.disorder is not None and not quiet:
        complain(str(run.disorder))
    problems = _problems(run, mapping)
    for problem in problems:
        complain(problem)
    if write_baseline is not None and new_baseline is not None:
        _write_baseline(write_baseline, new_baseline, is_complete=not problems, is_quiet=quiet)
        sys.exit(ExitStatus.SUCCESS)
    if problems:
        sys.exit(ExitStatus.FAILED)
    failing = {Level.ERROR.value: run.levels[Level.ERROR], Level.WARNING.value: run.levels.total()}
    sys.exit(ExitStatus.ERRORS if failing.get(fail_on) else ExitStatus.SUCCESS)


NO_ROW = (
    "no row was judged; if there are findings, they say why; otherwise the table is empty, or the mapping leaves out"
    " all its rows"
)
NO_EVENT = (
    "no event was found; a log has one event in JSON on each line, as docs/reference/event-format.md describes;"
    " for a log in another format, draft a mapping with wrm map"
)


def _left_out(rulebook: Rulebook, select: RuleChoice, ignore: RuleChoice) -> frozenset[str]:
    """Return the ids of the rules whose findings are not reported. The rulebook does not have some of them."""
    unused = {rule.id for rule in RULES if rule not in rulebook.rules}
    not_selected = ALL_RULES.keys() - select.ids if select.given else set()
    return frozenset(unused | not_selected | ignore.ids)


def _can_be_read_again(log: str) -> bool:
    """Return whether a log can be read a second time. Standard input, pipes and terminals cannot."""
    return log != "-" and (os.path.isfile(log) or os.path.isdir(log) or not os.path.exists(log))


def _problems(run: Run, mapping: Path | None) -> list[str]:
    if run.unreadable or run.counts.events or run.counts.unknown:
        return run.unreadable
    return [NO_EVENT if mapping is None else NO_ROW]


def _judging(
    history: bool, partial: bool, mapping: Path | None, types: Path | None, strict: bool, rulebook: Rulebook
) -> list[str]:
    """Return the options on how to judge, as a command has them."""
    flags = {"--history": history, "--partial": partial, "--strict": strict}
    options = [flag for flag, is_set in flags.items() if is_set]
    for name, path in (("--map", mapping), ("--types", types)):
        options += [] if path is None else [name, str(path)]
    return options + _listed("--without", [rule.id for rule in RULES if rule not in rulebook.rules])


def _listed(name: str, items: list[str]) -> list[str]:
    return [name, ",".join(items)] if items else []


def _write_baseline(path: Path, new_baseline: NewBaseline, *, is_complete: bool, is_quiet: bool) -> None:
    """Write a baseline. If that is not possible, end the command."""
    problem = None if is_complete else "a log was not read to its end; repair it first"
    if new_baseline.is_too_large:
        problem = f"the findings need more than {BASELINE_LIMIT >> 20} MiB; leave rules out with --ignore"
    if problem:
        fail(f"{path} is not written: {problem}")
    with writing(str(path)) as out:
        for piece in new_baseline.text():
            out.write(piece)
    if not is_quiet:
        complain(f"{path} has {counted(new_baseline.count, 'finding')} now; leave them out with --baseline {path}")


_File = tuple[str | int, str]
"""A path, or the number of an open file, and its description."""


def _inputs(logs: list[str], types: Path | None, mapping: Path | None) -> list[_File]:
    """Return the files that the command reads, except the baseline."""
    inputs: list[_File] = [(0 if log == "-" else log, "one of the logs") for log in logs]
    files = {"the file of activity types": types, "the mapping file": mapping, "the configuration file": CONFIG_FILE}
    return inputs + [(str(path), described) for described, path in files.items() if path is not None]


def _refuse_shared_files(
    inputs: list[_File], baseline: Path | None, output: str | None, new_baseline: Path | None
) -> None:
    """Raise UsageError if a file has two purposes. Only a new baseline can replace the old one."""
    if baseline is not None:
        _refuse_shared_file("--baseline", str(baseline), inputs)
    if new_baseline is not None:
        reports: list[str | int] = ["-", STANDARD_OUTPUT] if is_standard_output(output) else [str(output)]
        written: list[_File] = [(report, "the report") for report in reports]
        _refuse_shared_file("--write-baseline", str(new_baseline), inputs + written)
    read = inputs if baseline is None else [*inputs, (str(baseline), "the baseline")]
    if output is not None and not is_standard_output(output):
        _refuse_shared_file("--output", output, read)
        return
    for each, described in read:
        if is_same_file(STANDARD_OUTPUT, each) and stat.S_ISREG(os.fstat(STANDARD_OUTPUT).st_mode):
            raise click.UsageError(f"standard output is {described}, {each}; write the report to another file")


def _refuse_shared_file(option: str, path: str, others: list[_File]) -> None:
    for each, described in others:
        # The real paths are compared too, because the files may not exist yet.
        is_same = isinstance(each, str) and os.path.realpath(path) == os.path.realpath(each)
        if is_same or is_same_file(path, each):
            raise click.BadParameter(f"{path} is {described}; choose another file", param_hint=f"'{option}'")


def _flush(out: IO[str]) -> None:
    with suppress(OSError):  # which the next write, or the last one, raises again
        out.flush()


def _nothing() -> None: ...


def _print_on_error(lines: str) -> None:
    try:
        print(lines, end="", file=sys.stderr)
    except OSError:
        discard(sys.stderr)  # and go on, because nothing can report this
