"""The command line: options, printing and exit statuses; everything else is elsewhere."""

import io
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

import click

from work_request_manager import diagrams, proof
from work_request_manager.wire._codecs import Types, WireError
from work_request_manager.cli._terminal import Reading, painter, progress_bar
from work_request_manager.log._findings import Level
from work_request_manager.log import Check
from work_request_manager.reports import ALL_RULES, FORMATS, Format, Run, help_of, statistics_table, text
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import RULES
from work_request_manager.testing import vectors
from work_request_manager.wire import decode_types, json_schema

ERRORS_FOUND = 1
COULD_NOT_WORK = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="work-request-manager")
def wrm() -> None:
    """Judge events of Chorus's Work Request Manager by its rules."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the output's encoding can't say is no reason to stop.
        sys.stdout.reconfigure(errors="backslashreplace")


def _rulebook(_context: click.Context, _option: click.Parameter, without: tuple[str, ...]) -> Rulebook:
    try:
        return DEFAULT_RULEBOOK.without(*map(str.upper, without))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_STRICT = click.option("--strict", is_flag=True, help="Let assumed rules refuse too.")
_WITHOUT = click.option(
    "--without",
    "rulebook",
    metavar="RULE",
    multiple=True,
    callback=_rulebook,
    help="Judge without this assumed rule; can be given again.",
)


def _known_rules(_context: click.Context, _option: click.Parameter, rule_ids: tuple[str, ...]) -> frozenset[str]:
    for rule_id in map(str.upper, rule_ids):
        if rule_id not in ALL_RULES:
            raise click.BadParameter(f"there is no rule {rule_id!r}; `wrm rules` lists them")
    return frozenset(map(str.upper, rule_ids))


def _types(_context: click.Context, _option: click.Parameter, path: Path | None) -> Types:
    try:
        return {} if path is None else decode_types(path.read_bytes())
    except (OSError, WireError) as error:
        raise click.BadParameter(f"{path}: {error}") from None


@wrm.command()
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    type=click.Choice(list(FORMATS)),
    default="text",
    help=f"How to report: {', '.join(FORMATS)}.",
)
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Report to this file.")
@click.option(
    "--types",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_types,
    help="Activity types that events may give by their code, in TOML or JSON.",
)
@_STRICT
@_WITHOUT
@click.option(
    "--ignore",
    metavar="RULE",
    multiple=True,
    callback=_known_rules,
    help="Leave this rule's findings out of report and exit status; can be given again.",
)
@click.option(
    "--max-findings", metavar="N", type=click.IntRange(min=0), help="Print no more findings; the counts stay true."
)
@click.option("--statistics", is_flag=True, help="Add how often each rule was found; in text, even if quiet.")
@click.option("--quiet", is_flag=True, help="Print neither findings nor summary; the exit status tells.")
def check(
    logs: tuple[str, ...],
    form: str,
    output: str | None,
    types: Types,
    strict: bool,
    rulebook: Rulebook,
    ignore: frozenset[str],
    max_findings: int | None,
    statistics: bool,
    quiet: bool,
) -> None:
    """Judge event logs and report what should never have happened.

    Each LOG is a file of JSON lines, plain, gzip or zstd, or - for standard input; several are one log, in that order.
    Exit status: 0 no errors, 1 errors found, 2 the command could not do its work.
    """
    if output is not None and any(_is_same_file(output, log) for log in logs):
        raise click.BadParameter(f"{output} is one of the logs; report to another file", param_hint="--output")
    used = rulebook.strict() if strict else rulebook
    reading = Reading(logs)
    run = Run(
        Check(rulebook=used, types=types),
        reading,
        left_out=ignore | {rule.id for rule in RULES if rule not in used.rules},
        limit=max_findings,
    )
    with _writing(output) as out:
        if quiet:
            deque(run, maxlen=0)
            if statistics and form == "text":
                print(statistics_table(run.rules), file=out)
        else:
            report: Format = partial(text, paint=painter(out)) if form == "text" else FORMATS[form]
            with progress_bar(reading, out) as make_way:
                for piece in report(run, statistics=statistics):
                    make_way()
                    print(piece, end="", file=out)
    for why in run.unreadable:
        print(f"wrm: {why}", file=sys.stderr)
    if run.unreadable:
        sys.exit(COULD_NOT_WORK)
    sys.exit(ERRORS_FOUND if run.levels[Level.ERROR] else 0)


def _is_same_file(output: str, log: str) -> bool:
    try:
        # Standard input is file 0, however it came to be.
        return os.path.samestat(os.stat(output), os.stat(0 if log == "-" else log))
    except OSError:
        return False


@contextmanager
def _writing(path: str | None) -> Iterator[IO[str]]:
    if path is None:
        yield sys.stdout
        return
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as out:
            yield out
    except OSError as error:
        print(f"wrm: {path} can't be written: {error.strerror}", file=sys.stderr)
        sys.exit(COULD_NOT_WORK)


@wrm.command()
def rules() -> None:
    """List the rules: what each refuses, and on whose word."""
    print(diagrams.text(*diagrams.rules_table()))
    print()
    print(diagrams.text(*diagrams.log_rules_table()))


@wrm.command()
@click.argument("rule_id", metavar="RULE")
def explain(rule_id: str) -> None:
    """Say what one rule refuses, on whose word, and where the graphs name it."""
    rule = ALL_RULES.get(rule_id.upper())
    if rule is None:
        raise click.BadParameter(f"there is no rule {rule_id!r}; `wrm rules` lists them")
    print(f"{rule.id} {rule.name}\n\n{help_of(rule)}")


@wrm.command()
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "dot", "json"]), default="text")
def graph(form: str) -> None:
    """Print the two graphs: the moves there are, and the rules that forbid the others."""
    graphs = diagrams.GRAPHS
    if form == "text":
        print("\n\n".join(diagrams.text(*diagrams.graph_table(each)) for each in graphs))
    elif form == "json":
        print(json.dumps(diagrams.as_json(*graphs), indent=2))
    else:
        print(diagrams.mermaid(*graphs) if form == "mermaid" else diagrams.dot(*graphs))


@wrm.command()
@click.argument("of", type=click.Choice(["log", "vectors"]), default="log")
def schema(of: str) -> None:
    """Print the JSON Schema of one line of an event log, or of what `wrm vectors` writes."""
    print(json.dumps(json_schema() if of == "log" else vectors.json_schema(), indent=2))


@wrm.command("vectors")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="Write to this file.")
@_STRICT
@_WITHOUT
def write_vectors(output: str | None, strict: bool, rulebook: Rulebook) -> None:
    """Write test vectors in JSON: what to send, and what to expect, for implementations in any language."""
    written = vectors.to_json(rulebook.strict() if strict else rulebook)
    with _writing(output) as out:
        print(written, end="", file=out)


@wrm.command()
@click.option("--activities", type=click.IntRange(1, 3), default=3, help="The most activities that a request has.")
def prove(activities: int) -> None:
    """Walk every reachable state, send every event in each, and report on each invariant."""
    rulebooks = {"default": DEFAULT_RULEBOOK, "strict": DEFAULT_RULEBOOK.strict()}
    is_proved = True
    with ProcessPoolExecutor(len(rulebooks)) as pool:
        proofs = pool.map(partial(proof.prove, activities=activities), rulebooks.values())
        for label, proved in zip(rulebooks, proofs, strict=True):
            print(f"{label} rulebook, up to {activities} activities: {proved.states:,} states, {proved.steps:,} steps")
            for result in proved.results:
                print(f"  {proof.result_text(result)}")
            is_proved = is_proved and proved.holds
    sys.exit(0 if is_proved else ERRORS_FOUND)


def main() -> None:
    """Run the command; where standard output does not take what it prints, say so.

    A reader of it that goes away, and an interrupt, end the command at once and quietly, as they end other commands:
    by the signal, which a shell shows as the exit status 141 or 130.
    """
    with suppress(AttributeError):  # there is none on Windows
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        try:
            wrm(prog_name="wrm")
        finally:
            print(end="", flush=True)
    except OSError as error:
        # Python flushes once more when it ends, and must not fail at that again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"wrm: standard output can't be written: {error.strerror}", file=sys.stderr)
        sys.exit(COULD_NOT_WORK)
