"""The report in text: one line for each finding, then a summary."""

import re
from collections.abc import Callable, Iterator, Mapping

from work_request_manager._values import printable as escaped
from work_request_manager._values import short_text
from work_request_manager.log import Counts, Finding, Level
from work_request_manager.reports._rules import statistics_table
from work_request_manager.reports._run import Run

Paint = Callable[[str, str], str]
"""A function that colours a part of a line. It gets the name of the part (`place`, `rule` or a level) and its text."""


PARTIAL_HINT = (
    "Many events are for work requests that this log does not create (WRM401). If the log is a part of a longer one,"
    " use --partial."
)
"""The last line of the summary of a log that seems to be a part of a longer one."""


def plain(_part: str, text: str) -> str:
    """Return a text without colour."""
    return text


def text(run: Run, *, statistics: bool = False, paint: Paint = plain) -> Iterator[str]:
    """Yield the report in text. See `Format`."""
    for finding in run:
        yield finding_line(finding, paint) + "\n"
    if run.counts.lines or not run.unreadable:
        yield summary_line(run.counts, run.levels, run.past_limit) + "\n"
        if run.seems_partial:
            yield PARTIAL_HINT + "\n"
    if statistics:
        yield statistics_table(run.rules) + "\n"


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """Return a finding as one printable line."""
    place = paint("place", printable(f"{finding.file}:{finding.line}"))
    rule = paint("rule", f"{finding.rule} {finding.name}")
    return f"{place}: {paint(finding.level, finding.level)} {rule}: {printable(_subject(finding) + finding.message)}"


def _subject(finding: Finding) -> str:
    if finding.task_id is None:
        return ""
    ids = [finding.task_id] if finding.activity_id is None else [finding.task_id, finding.activity_id]
    return f"{'/'.join(map(short_text, ids))}: "


def summary_line(counts: Counts, levels: Mapping[Level, int], past_limit: int = 0) -> str:
    """Return a summary of a run in one line.

    Args:
        counts: the number of lines of each sort.
        levels: the number of findings of each level.
        past_limit: the number of findings that are not printed.
    """
    errors, warnings = levels.get(Level.ERROR, 0), levels.get(Level.WARNING, 0)
    assumed = f" and {counts.assumed:,} assumed" if counts.assumed else ""
    printed = f" ({errors + warnings - past_limit:,} of {counted(errors + warnings, 'finding')} printed)"
    return (
        f"{counted(counts.lines, 'line')}"
        f" ({counts.blank:,} blank, {counts.malformed:,} malformed, {counts.unknown:,} unknown);"
        f" {counted(counts.events, 'event')} ({counts.consumed:,} consumed, {counts.not_consumed:,} not consumed,"
        f" {counts.refused:,} refused) for {counted(counts.work_requests, 'work request')}{assumed};"
        f" {counted(errors, 'error')}, {counted(warnings, 'warning')}"
    ) + (printed if past_limit else "")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun, in the singular or the plural.

    Args:
        number: the number.
        noun: the noun in the singular.
        plural: the noun in the plural. It may be left out if that only adds an "s".
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


_COMMAND = re.compile(r"(?<=#)#(?=\w*\[)|(?<=:):(?=[A-Za-z])")
"""The second character of what continuous integration takes as a command, such as `##vso[` and `::error`."""


def printable(text: str) -> str:
    """Return a text that a terminal and continuous integration print as it is.

    Everything is escaped that cannot be printed, such as line ends, or that could begin a command.
    """
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped(text))
