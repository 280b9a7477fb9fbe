"""The page: its parts from a run, which the template puts together."""

import base64
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from work_request_manager._values import printable
from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.log import Level
from work_request_manager.log.histories import History
from work_request_manager.model import Category
from work_request_manager.reports._html.data import MAX_FINDINGS, Rows, page_data
from work_request_manager.reports._next import Invocation, next_steps
from work_request_manager.reports._rules import ALL_RULES, Section, meaning_of, ways_out_of
from work_request_manager.reports._run import Run
from work_request_manager.reports._summary import Group, Summary
from work_request_manager.reports._summary_text import UNKNOWN
from work_request_manager.reports._text import counted, totals_line
from work_request_manager.reports.diagrams import STATUS, as_svg

if TYPE_CHECKING:
    from jinja2 import Template

MAX_HISTORIES = 200
"""The number of work requests whose histories the page has."""

SCRIPTS = ("histories.js", "table.js")
"""The parts of the page's script. The last one begins."""

MAX_BARS = 12
"""The number of bars of a chart. The others are only counted."""

Histories = Callable[[Collection[str]], Mapping[str, History]]
"""A function that reads the log again, and returns the histories of the work requests with these ids."""


class Bar(NamedTuple):
    """A bar of a chart.

    Args:
        label: its label.
        link: the address of its findings in the page.
        errors: the number of errors.
        warnings: the number of warnings.
    """

    label: str
    link: str
    errors: int
    warnings: int

    @property
    def findings(self) -> int:
        """The number of findings."""
        return self.errors + self.warnings


class Bars(NamedTuple):
    """A chart of bars.

    Args:
        heading: its heading.
        bars: the bars, the longest first.
        more: the number of further bars.
        left_out: the number of findings whose groups are not kept, because there are too many.
    """

    heading: str
    bars: Sequence[Bar]
    more: int
    left_out: int

    @property
    def longest(self) -> int:
        """The number of findings of the longest bar."""
        return max(bar.findings for bar in self.bars)


class MatrixCell(NamedTuple):
    """A cell of the matrix of moves.

    Args:
        updates: the number of status updates.
        errors: the number of errors.
        warnings: the number of warnings.
        reasons: the reasons for which the graph forbids the move. Empty if it does not.
        link: the address of its findings in the page.
    """

    updates: int
    errors: int
    warnings: int
    reasons: Sequence[str]
    link: str


class RuleText(NamedTuple):
    """The explanation of a rule, and the numbers of its findings."""

    id: str
    name: str
    errors: int
    warnings: int
    sections: Sequence[Section]
    link: str


class RequestHead(NamedTuple):
    """The line above the history of a work request."""

    id: str
    errors: int
    warnings: int


def html(run: Run, *, invocation: Invocation | None = None, histories: Histories | None = None) -> Iterator[str]:
    """Yield the report as one page in HTML. See `Format`.

    Args:
        run: the run. Nothing has iterated over it yet.
        invocation: the parts of the command that suggested commands repeat. Pass None for the names of the sources.
        histories: reads the log again. Pass None if that is not possible: the page has no histories then.

    Raises:
        ImportError: Jinja is not installed.
    """
    template = _template()
    summary, rows = run.summarise(), Rows()
    for finding, fingerprint in run.with_fingerprints():
        rows.add(finding, fingerprint)
    # The id of a work request that is not found is cut.
    worst = [each for each in summary.worst_requests(MAX_HISTORIES) if each.id in summary.requests]
    shown = {} if histories is None else histories([each.id for each in worst])
    chosen = rows.chosen()
    parts = [*summary.timeline.parts()]
    yield from template.generate(
        version=version("work-request-manager"),
        title=_title(run.names),
        verdict=_verdict(run),
        verdict_level=next((level.value for level in Level if run.levels[level]), "good"),
        totals=totals_line(run),
        facts=[*_facts(run)],
        problems=[*map(printable, run.unreadable), *([printable(str(run.disorder))] if run.disorder else [])],
        steps=[*next_steps(run, summary, invocation or Invocation(run.names))],
        charts=[chart for chart in _charts(summary) if chart.bars],
        unit=summary.timeline.unit.name,
        parts=parts,
        peak=max((errors + warnings for _, errors, warnings in parts), default=0),
        without_time=summary.timeline.without_time,
        categories=[*Category],
        matrix=_matrix(run, summary),
        graph=as_svg(STATUS, with_forbidden=True, is_joined=False),
        has_findings=bool(run.found),
        past_limit=run.past_limit,
        rows_left_out=rows.seen - len(chosen) + run.past_limit,
        max_findings=MAX_FINDINGS,
        requests=[RequestHead(printable(each.id), each.errors, each.warnings) for each in worst if each.id in shown],
        more_requests=len(summary.requests) - len(shown),
        has_histories=histories is not None,
        rules=[*_rule_texts(run)],
        data=page_data(chosen, shown, run.left_out),
    )
    yield "\n"


@cache
def _template() -> "Template":
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        way_out = "pip install 'work-request-manager[cli]'"
        raise ImportError(f"the report in HTML needs {error.name}; install it: {way_out}", name=error.name) from None
    # Blocks of the template leave no blank lines. Values are escaped unless the template says otherwise.
    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    environment.filters["thousands"] = "{:,}".format
    script = "\n".join((files(__package__) / name).read_text(encoding="utf-8") for name in SCRIPTS)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": script, "script_digest": digest}
    return environment.get_template("page.html")


def _title(names: Sequence[str]) -> str:
    return printable(names[0]) if len(names) == 1 else counted(len(names), "log")


def _verdict(run: Run) -> str:
    """Return the result of a run in one sentence."""
    counts, levels = run.counts, run.levels
    lines = counted(counts.lines, "line")
    if not levels.total():
        return f"No findings in {lines}."
    found = [counted(levels[level], level) for level in Level if levels[level]]
    requests = len(run.summarise().requests)
    known = max(requests, counts.work_requests + counts.assumed)
    of = f" {requests:,} of {counted(known, 'work request')} {'has' if requests == 1 else 'have'} findings."
    return f"{' and '.join(found)} in {lines}.{of if requests else ''}"


def _facts(run: Run) -> Iterator[tuple[str, int]]:
    """Yield the totals of a run with their names."""
    counts, levels = run.counts, run.levels
    yield "errors", levels[Level.ERROR]
    yield "warnings", levels[Level.WARNING]
    yield "lines", counts.lines
    yield "events", counts.events
    yield "consumed", counts.consumed
    yield "not consumed", counts.not_consumed
    yield "refused", counts.refused
    yield "malformed", counts.malformed
    yield "unknown", counts.unknown
    yield "work requests", counts.work_requests + counts.assumed
    if run.baseline is not None:
        yield "known", run.known


def _link(**filters: str) -> str:
    """Return the address of the findings with these values, as `table.js` reads it."""
    return f"#{urlencode(filters, errors='surrogatepass')}"


def _charts(summary: Summary) -> Iterator[Bars]:
    rules = (
        (f"{rule} {ALL_RULES[rule].name}", {"rule": rule}, group) for (rule, _), group in summary.by_rule.groups.items()
    )
    yield _bars("By rule", rules)
    pairs, left_out = summary.by_supplier.groups.items(), summary.by_supplier.left_out
    yield _bars("By supplier", (_named("supplier", supplier, group) for (supplier, _), group in pairs), left_out)
    yield _bars("By activity type", (_named("type", type_, group) for (_, type_), group in pairs), left_out)
    moves = summary.by_move.groups.items()
    yield _bars("By move", ((f"{from_ or UNKNOWN} → {to}", _move(from_, to), group) for (from_, to), group in moves))


_Filters = Mapping[str, str]
_Counted = tuple[str, _Filters, Group]
"""A label, the filters that select the findings, and some of them."""


def _named(filter_: str, value: str | None, group: Group) -> _Counted:
    return (UNKNOWN, {filter_: ""}, group) if value is None else (printable(value), {filter_: printable(value)}, group)


def _move(from_: str | None, to: str) -> _Filters:
    return {"from": from_ or "", "to": to}


def _bars(heading: str, groups: Iterable[_Counted], left_out: int = 0) -> Bars:
    """Return a chart, in which groups with the same label are one bar."""
    levels: dict[tuple[str, str], Counter[Level]] = {}
    for label, filters, group in groups:
        counts = levels.setdefault((label, _link(**filters)), Counter())
        counts[Level.ERROR] += group.errors
        counts[Level.WARNING] += group.warnings
    bars = [Bar(*key, counts[Level.ERROR], counts[Level.WARNING]) for key, counts in levels.items()]
    bars.sort(key=lambda bar: -bar.findings)
    if len(bars) == 1 and bars[0].link.endswith("="):  # the only value is unknown
        bars = []
    return Bars(heading, bars[:MAX_BARS], max(0, len(bars) - MAX_BARS), left_out)


def _matrix(run: Run, summary: Summary) -> list[tuple[str, list[MatrixCell]]]:
    """Return the rows of the matrix of moves. It is empty if moves are not counted."""
    moves = run.moves  # which counts them each time
    if not moves:
        return []
    forbidden = {(square.row, square.column): square.reasons for square in STATUS.forbidden}
    befores: list[str | None] = [*Category]
    if any(before is None for before, _ in moves):
        befores.append(None)
    return [(before or UNKNOWN, [*_matrix_row(moves, summary, before, forbidden)]) for before in befores]


def _matrix_row(
    moves: Mapping[tuple[str | None, str], int],
    summary: Summary,
    before: str | None,
    forbidden: Mapping[tuple[str, str], Sequence[str]],
) -> Iterator[MatrixCell]:
    for to in Category:
        group = summary.by_update.groups.get((before, to))
        levels = (group.errors, group.warnings) if group else (0, 0)
        link = _link(**_move(before, to), event=STATUS_UPDATE)
        reasons = () if before is None else forbidden.get((before, to), ())
        yield MatrixCell(moves.get((before, to), 0), *levels, reasons, link)


def _rule_texts(run: Run) -> Iterator[RuleText]:
    for id_, rule in ALL_RULES.items():
        if run.rules[id_]:
            sections = [*meaning_of(rule), *ways_out_of(rule)]
            yield RuleText(
                id_, rule.name, run.found[id_, Level.ERROR], run.found[id_, Level.WARNING], sections, _link(rule=id_)
            )
