"""Lines of text that several formats use: a finding, the totals, and what makes text printable."""

import re
from collections.abc import Callable

from work_request_manager._values import printable as escaped
from work_request_manager._values import short_text
from work_request_manager.log import Finding, Level
from work_request_manager.reports._run import Run

Paint = Callable[[str, str], str]
"""A function that colours a part of a line. It gets the name of the part (`place`, `rule`, `heading` or a level) and
its text."""


def plain(_part: str, text: str) -> str:
    """Return a text without colour."""
    return text


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """Return a finding as one printable line."""
    place = paint("place", printable(f"{finding.file}:{finding.line}"))
    rule = paint("rule", f"{finding.rule} {finding.name}")
    return f"{place}: {paint(finding.level, finding.level)} {rule}: {printable(subject_of(finding) + finding.message)}"


def subject_of(finding: Finding) -> str:
    """Return the work request and the activity of a finding, to precede its message."""
    if finding.task_id is None:
        return ""
    ids = [finding.task_id] if finding.activity_id is None else [finding.task_id, finding.activity_id]
    return f"{'/'.join(map(short_text, ids))}: "


def totals_line(run: Run) -> str:
    """Return the totals of a run in one line: all counts, and the numbers of findings."""
    counts, levels = run.counts, run.levels
    errors, warnings = levels[Level.ERROR], levels[Level.WARNING]
    assumed = f" and {counts.assumed:,} assumed" if counts.assumed else ""
    printed = f" ({errors + warnings - run.past_limit:,} of {counted(errors + warnings, 'finding')} printed)"
    return (
        f"{counted(counts.lines, 'line')}"
        f" ({counts.blank:,} blank, {counts.malformed:,} malformed, {counts.unknown:,} unknown);"
        f" {counted(counts.events, 'event')} ({counts.consumed:,} consumed, {counts.not_consumed:,} not consumed,"
        f" {counts.refused:,} refused) for {counted(counts.work_requests, 'work request')}{assumed};"
        f" {counted(errors, 'error')}, {counted(warnings, 'warning')}{printed if run.past_limit else ''}"
    ) + _baseline_text(run)


def _baseline_text(run: Run) -> str:
    if run.baseline is None:
        return ""
    not_found = counted(run.baseline.not_found, "entry", "entries")
    return f"; baseline: {counted(run.known, 'finding')} known, {not_found} not found"


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
