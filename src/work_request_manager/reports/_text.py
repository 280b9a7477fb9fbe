"""The report in text: a line for each finding, then a summary."""

from collections.abc import Callable, Iterator, Mapping

from work_request_manager.log._findings import Counts, Finding, Level
from work_request_manager.reports._rules import statistics_table
from work_request_manager.reports._run import Run

Paint = Callable[[str, str], str]
"""What colours a part of a line: from what the part is (`place`, `rule` or a level) and its text, it makes new text."""


def plain(_part: str, text: str) -> str:
    """Return a text as it is, without colour."""
    return text


def text(run: Run, *, statistics: bool = False, paint: Paint = plain) -> Iterator[str]:
    """Yield the report in text; see `Format`."""
    for finding in run:
        yield finding_line(finding, paint) + "\n"
    if run.counts.lines or not run.unreadable:
        yield summary_line(run.counts, run.levels, run.past_limit) + "\n"
    if statistics:
        yield statistics_table(run.rules) + "\n"


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """Return a finding as one line of text, whatever characters its values hold."""
    place = paint("place", printable(f"{finding.file}:{finding.line}"))
    rule = paint("rule", f"{finding.rule} {finding.name}")
    return f"{place}: {paint(finding.level, finding.level)} {rule}: {printable(finding.message)}"


def summary_line(counts: Counts, levels: Mapping[Level, int], past_limit: int = 0) -> str:
    """Return one line that says how a log went.

    Args:
        counts: how many lines of each sort there were.
        levels: how many findings of each level.
        past_limit: how many of these were too many to print.
    """
    errors, warnings = levels.get(Level.ERROR, 0), levels.get(Level.WARNING, 0)
    return (
        f"{counts.lines:,} lines ({counts.blank:,} blank, {counts.malformed:,} malformed, {counts.unknown:,} unknown);"
        f" {counts.events:,} events ({counts.consumed:,} consumed, {counts.not_consumed:,} not consumed,"
        f" {counts.refused:,} refused) for {counts.work_requests:,} work requests;"
        f" {errors:,} errors, {warnings:,} warnings"
        + (f", of which {errors + warnings - past_limit:,} are printed" if past_limit else "")
    )


def printable(text: str) -> str:
    """Return a text with what can't be printed escaped, line ends among it."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
