"""The summary of a run as text: tables that fit a terminal of 80 columns, the totals, and the commands to run next."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from work_request_manager.log import Level
from work_request_manager.reports._next import Invocation, next_steps
from work_request_manager.reports._rules import ALL_RULES
from work_request_manager.reports._run import Run
from work_request_manager.reports._summary import Group, Grouping, Summary
from work_request_manager.reports._text import Paint, counted, printable, totals_line

COLUMNS = 80
"""The number of columns of a terminal that a summary fits."""

LABEL_COLUMNS = 36
"""The usual width of the first column of a table. It is wider for long labels, and narrower if the others need more."""

MAX_ROWS = 10
"""The number of rows of a table by supplier or by move."""

MAX_REQUESTS = 5
"""The number of work requests that are listed."""

UNKNOWN = "(unknown)"
"""The sign for a supplier, a type or a category that is unknown."""


class _Row(NamedTuple):
    """A row of a table: a label on the left, values that are aligned on the right, and a last text."""

    label: str
    values: Sequence[str]
    end: str = ""


class _Table(NamedTuple):
    """A table. `part` is the name of its labels, and `heading_part` that of its heading, for `Paint`."""

    heading: _Row
    rows: Sequence[_Row]
    notes: Sequence[str] = ()
    heading_part: str = "heading"
    part: str = ""


def summary_text(run: Run, paint: Paint, invocation: Invocation | None = None) -> str:
    """Return the summary of a run, which must have aggregated its findings.

    Args:
        run: the run, at its end.
        paint: the function that colours the parts of a line.
        invocation: the parts of the command that suggested commands repeat. Pass None for the names of the sources.
    """
    summary = run.summarise()
    parts = [_lines(table, paint) for table in _tables(summary) if table.rows]
    parts += [textwrap.wrap(note, COLUMNS) for note in _notes(summary)]
    parts.append(textwrap.wrap(totals_line(run), COLUMNS, break_on_hyphens=False))
    parts.append([*_next_lines(run, summary, invocation or Invocation(run.names), paint)])
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)


def _tables(summary: Summary) -> Iterator[_Table]:
    for level in Level:
        rows = [_rule_row(rule, group) for (rule, of), group in summary.by_rule.largest_first() if of is level]
        heading = _Row(f"{level.capitalize()}s by rule", ("findings", "requests", "first", "last"))
        yield _Table(heading, rows, heading_part=level, part="rule")
    if any(key != (None, None) for key in summary.by_supplier.groups):
        rows = [_supplier_row(*item) for item in summary.by_supplier.largest_first()[:MAX_ROWS]]
        heading = _Row("By supplier and activity type", ("errors", "warnings", "requests"))
        yield _Table(heading, rows, [*_more(summary.by_supplier)])
    rows = [_move_row(*item) for item in summary.by_move.largest_first()[:MAX_ROWS]]
    yield _Table(_Row("By move", ("findings", "requests"), "rules"), rows, [*_more(summary.by_move)])
    worst = [each for each in summary.worst_requests(MAX_REQUESTS) if each.independent]
    rows = [_Row(each.id, (f"{each.independent:,}", f"{each.errors:,}", f"{each.warnings:,}")) for each in worst]
    heading = _Row("Most independent errors, by request", ("independent", "errors", "warnings"))
    yield _Table(heading, rows, ["An independent error does not follow from an earlier refused event."])


def _rule_row(rule_id: str, group: Group) -> _Row:
    label = f"{rule_id} {ALL_RULES[rule_id].name}"
    return _Row(label, (f"{group.findings:,}", f"{group.requests:,}", _day(group.first), _day(group.last)))


def _supplier_row(key: tuple[str | None, str | None], group: Group) -> _Row:
    values = f"{group.errors:,}", f"{group.warnings:,}", f"{group.requests:,}"
    if key == (None, None):
        return _Row(UNKNOWN, values)
    supplier, type_ = (UNKNOWN if each is None else printable(each) for each in key)
    if _width(supplier) + _width(type_) > LABEL_COLUMNS - 2:
        supplier, type_ = (_shortened(each, LABEL_COLUMNS // 2 - 1) for each in (supplier, type_))
    return _Row(f"{supplier}, {type_}", values)


def _move_row(key: tuple[str | None, str], group: Group) -> _Row:
    rules = sorted(group.rules)
    more = f" +{len(rules) - 2}" if len(rules) > 2 else ""
    label = f"{key[0] or UNKNOWN} → {key[1]}"
    return _Row(label, (f"{group.findings:,}", f"{group.requests:,}"), ", ".join(rules[:2]) + more)


def _day(instant: datetime | None) -> str:
    return "–" if instant is None else instant.date().isoformat()


def _more(grouping: Grouping[tuple[str | None, str | None]] | Grouping[tuple[str | None, str]]) -> Iterator[str]:
    more = len(grouping.groups) - MAX_ROWS
    if more > 0:
        yield f"and {more:,} more"
    if grouping.left_out:
        yield f"and {counted(grouping.left_out, 'finding')} in further rows, which are too many to keep"


def _notes(summary: Summary) -> Iterator[str]:
    if summary.left_out:
        yield (
            f"Only the first {counted(len(summary.requests), 'work request')} with findings are kept, so the numbers of"
            f" requests leave out {counted(summary.left_out, 'finding')} of others."
        )


def _next_lines(run: Run, summary: Summary, invocation: Invocation, paint: Paint) -> Iterator[str]:
    steps = [*next_steps(run, summary, invocation)]
    if steps:
        yield paint("heading", "Next:")
    for step in steps:
        yield from textwrap.wrap(step.reason, COLUMNS, initial_indent="  ", subsequent_indent="  ")
        yield f"    {step.command}"


# Lines of tables


def _lines(table: _Table, paint: Paint) -> list[str]:
    rows = [table.heading, *table.rows]
    widths = [max(map(len, column)) for column in zip(*(row.values for row in rows), strict=True)]
    end = max(len(row.end) for row in rows)
    taken = sum(width + 2 for width in [*widths, *([end] if end else [])])
    widest = max(_width(printable(row.label)) for row in rows)
    label_columns = min(max(LABEL_COLUMNS, widest), COLUMNS - taken)
    lines = []
    for number, row in enumerate(rows):
        label = _shortened(printable(row.label), label_columns)
        part = table.part if number else table.heading_part
        painted = (paint(part, label) if part else label) + " " * (label_columns - _width(label))
        values = "".join(f"  {value:>{width}}" for value, width in zip(row.values, widths, strict=True))
        lines.append(f"{painted}{values}  {row.end}".rstrip())
    return [*lines, *(f"  {note}" for note in table.notes)]


def _width(text: str) -> int:
    """Return the number of columns that a printable text takes on a terminal."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _shortened(text: str, columns: int) -> str:
    """Return a text, cut if it takes more columns."""
    if _width(text) <= columns:
        return text
    while _width(text) >= columns:
        text = text[:-1]
    return f"{text}…"
