"""Tests of the report as a page in HTML, without a browser: its totals, its parts, its data, and that it is safe."""

import base64
import csv
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import generated
from cli.running import Done, wrm
from mapped_rows import random_rows
from parquet_rows import ROWS, write
from parties import AT
from reports.samples import COUNTS, HELD, NOT_JSON, ScriptedChecker, finding, many, run
from work_request_manager import Category
from work_request_manager._values import printable
from work_request_manager.graph import CANCELLATION, STATUS_GRAPH, Forbidden
from work_request_manager.log import Finding, Level, LogChecker, TimeSpan, shortened
from work_request_manager.log.histories import History, histories
from work_request_manager.log.steps import KnownStatus, Step
from work_request_manager.reports import ALL_RULES, Histories, Invocation, Run, counted, html
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._html import data as data_module
from work_request_manager.reports._html import page as page_module
from work_request_manager.reports._next import next_steps

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LOG = EXAMPLES / "log.jsonl"
UPDATE = "UpdateTaskActivityStatusEvent"

# A reader of pages


class Node:
    """An element of a page.

    Args:
        tag: its name.
        attributes: its attributes.
    """

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.inside: list[Node | str] = []

    def all(self, tag: str | None = None, **attributes: str) -> list["Node"]:
        """Return the elements inside, at any depth, with a name and the values of attributes (`class_` is `class`)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self._each()
            if tag in (None, each.tag) and all(each.attributes.get(name) == value for name, value in wanted.items())
        ]

    def _each(self) -> Iterator["Node"]:
        for each in self.inside:
            if isinstance(each, Node):
                yield each
                yield from each._each()

    def one(self, tag: str | None = None, **attributes: str) -> "Node":
        """Return the only element with these properties."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def raw(self) -> str:
        """The text inside, as it is."""
        return "".join(each if isinstance(each, str) else each.raw for each in self.inside)

    @property
    def text(self) -> str:
        """The text inside, with single spaces."""
        return " ".join(self.raw.split())


class Page(HTMLParser):
    """A page, which must be well-formed: each element is closed in order, and no id or attribute occurs twice.

    Args:
        source: the page.
    """

    VOID = frozenset({"br", "input", "link", "meta"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.root = Node("", {})
        self._open = [self.root]
        self.feed(source)
        self.close()
        assert self._open == [self.root], f"{self._open[-1].tag} is not closed"
        ids = Counter(each.attributes["id"] for each in self.root.all() if "id" in each.attributes)
        assert set(ids.values()) <= {1}, ids
        self.ids = set(ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self._add(tag, attrs)
        if tag not in self.VOID:
            last = self._open[-1].inside[-1]
            assert isinstance(last, Node)
            self._open.append(last)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that is closed at once, which only a picture can have."""
        assert any(each.tag == "svg" for each in self._open), f"{tag} closes itself"
        self._add(tag, attrs)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        self._open[-1].inside.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self._open.pop().tag == tag, f"{tag} is closed in {self.getpos()}"

    def handle_data(self, data: str) -> None:
        """Add a text."""
        self._open[-1].inside.append(data)

    def unknown_decl(self, data: str) -> None:
        """Fail: a page has no such declaration."""
        raise AssertionError(data)

    @property
    def elements(self) -> list[tuple[str, list[str]]]:
        """The elements with the names of their attributes, in order."""
        return [(each.tag, [*each.attributes]) for each in self.root.all()]

    @property
    def totals(self) -> dict[str, int]:
        """The totals at its head by their names."""
        found = self.root.one(class_="totals").all("dd")
        return {each.attributes["data-total"]: int(each.text.replace(",", "")) for each in found}

    @property
    def footer(self) -> str:
        """The totals in one line."""
        return self.root.one("footer").text

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        (found,) = (each for each in self.root.all("p") if each.attributes.get("class", "").startswith("verdict"))
        return found.text

    @property
    def problems(self) -> list[str]:
        """The problems at its head."""
        return [each.text for each in self.root.one("header").all("p", class_="problem")]

    @property
    def data(self) -> dict[str, Any]:
        """The data for its script."""
        parsed: dict[str, Any] = json.loads(self.root.one(id="data").raw)
        return parsed

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings in its data, by the names that the script uses."""
        data = self.data
        rows = []
        for fingerprint, line, is_error, *texts in data["findings"]:
            row = dict(zip(NAMES, (data["texts"][each] for each in texts), strict=True))
            rows.append({**row, "id": fingerprint, "line": line, "level": "error" if is_error else "warning"})
        return rows

    def linked(self, link: str) -> list[dict[str, Any]]:
        """Return the findings that the script shows for an address."""
        assert link.startswith("#")
        filters = dict(parse_qsl(link[1:], keep_blank_values=True, strict_parsing=True))
        assert filters.keys() <= {"rule", "supplier", "type", "from", "to", "event"}
        return [each for each in self.findings if all((each[name] or "") == value for name, value in filters.items())]

    @property
    def charts(self) -> dict[str, list[Node]]:
        """The rows of its charts by their headings."""
        charts = {}
        for chart in self.root.all("table", class_="bars"):
            (heading,) = chart.one("thead").all("th")[:1]
            charts[heading.text] = chart.one("tbody").all("tr")
        return charts

    @property
    def more(self) -> dict[str, int]:
        """The numbers of further bars of its charts, by their headings."""
        more = {}
        for chart in self.root.one("div", class_="charts").all("div"):
            (heading,) = chart.one("thead").all("th")[:1]
            words = " ".join(each.text for each in chart.all("p"))
            found = re.fullmatch(r"and ([\d,]+) more", words) if words else None
            assert bool(found) is bool(words), words
            more[heading.text] = int(found[1].replace(",", "")) if found else 0
        return more

    @property
    def matrix(self) -> dict[tuple[str | None, str], Node]:
        """The cells of its matrix by categories."""
        (table,) = self.root.all("table", class_="matrix") or [Node("table", {})]
        heads = [each.text for each in table.all("th", scope="col")][1:]
        cells = {}
        for row in table.all("tr")[1:]:
            (before,) = (each.text for each in row.all("th"))
            for to, cell in zip(heads, row.all("td"), strict=True):
                cells[None if before == "(unknown)" else before, to] = cell
        return cells

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The reasons and the commands of what to do next."""
        (part,) = self.root.all(id="next") or [Node("section", {})]
        return [(str(each.inside[0]), each.one("code").raw) for each in part.all("li")]

    @property
    def requests(self) -> list[str]:
        """The work requests with histories."""
        return [each.attributes["data-request"] for each in self.root.all("details", class_="history")]


NAMES = (
    "file", "rule", "name", "request", "activity", "event", "at", "message", "first", "sender", "supplier", "type",
    "from", "to",
)  # fmt: skip
"""The texts of a finding, in the order of the data."""


def page_of(found: Run, **options: Any) -> Page:
    """Return the page of a run."""
    return Page("".join(html(found, **options)))


def run_of(log: Iterable[Any], **options: Any) -> Run:
    """Return a run over lines, which counts moves."""
    return Run(LogChecker(count_moves=True), [log], **options)


def levels_in(words: str) -> tuple[int, int]:
    """Return the numbers of errors and warnings in a text."""
    found = {name: int(number.replace(",", "")) for number, name in re.findall(r"([\d,]+) (error|warning)s?\b", words)}
    return found.get("error", 0), found.get("warning", 0)


# The same totals as in the other formats


def written(path: Path, log: Iterable[bytes]) -> Path:
    """Write lines to a file, and return its path."""
    path.write_bytes(b"\n".join(log))
    return path


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[object]]:
    """Return logs of each sort, with the options to read them."""
    folder = tmp_path_factory.mktemp("logs")
    bad = [b"", b"{", b'{"event":"ArchiveTaskEvent"}', b'{"event":"AcceptTaskEvent","taskId":1}']
    lines = written(folder / "log.jsonl", [*generated.lines(400, seed=11), *bad])
    rows = [row | {"at": row["at"].isoformat()} for row in random_rows(Random(5), 200)]  # noqa: S311 - test data
    with (folder / "log.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    mapping = folder / "log.toml"
    columns = 'request = "request"\nactivity = "activity"\nstatus = "state"\nat = "at"\n'
    states = '"Assigned" = "Open"\n"On site" = "Active"\n"Fixed" = "PracticalCompletion"\n"Done" = "Closed"\n'
    mapping.write_text(f"{columns}[categories]\n{states}", encoding="utf-8")
    return {
        "lines": [lines],
        "history": ["--history", lines],
        "partial": ["--partial", lines],
        "mapped": ["--map", mapping, folder / "log.csv"],
        "parquet": [write(folder / "log.parquet", *ROWS)],
        "mapped parquet": ["--map", mapping, as_parquet(folder / "rows.parquet", rows)],
    }


def as_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a Parquet file, and return its path."""
    import pyarrow

    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


KINDS = ["lines", "history", "partial", "mapped", "parquet", "mapped parquet"]


def checked(form: str, *args: object) -> Done:
    """Return the result of `wrm check`."""
    done = wrm("check", "--format", form, *args)
    assert done.status in (0, 1), done.err
    return done


def assert_same_totals(*args: object) -> Page:
    """Check that a page has the totals, the findings and the next steps of the other formats, and return it."""
    page = Page(checked("html", *args).out)
    in_text = checked("text", *args).out
    assert page.footer in " ".join(in_text.split())
    report = json.loads(checked("json", *args).out)
    totals = page.totals
    assert {name: totals[name] for name in ("lines", "events", "consumed", "refused", "malformed", "unknown")} == {
        name: report[name] for name in ("lines", "events", "consumed", "refused", "malformed", "unknown")
    }
    assert totals["not consumed"] == report["notConsumed"]
    assert totals["work requests"] == report["workRequests"] + report["assumed"]
    assert totals.get("known") == report.get("known")
    levels = levels_in(page.footer)
    assert (totals["errors"], totals["warnings"]) == levels == levels_in(page.verdict)
    found = page.findings if sum(levels) else []
    assert sum(levels) == len(found) + report.get("notPrinted", 0)
    assert [(each["id"], each["line"], each["rule"], each["level"], each["message"]) for each in found] == [
        (each["fingerprint"], each["line"], each["rule"], each["level"], printable(each["message"]))
        for each in report["findings"]
    ]
    left_out = report.get("notPrinted", 0)
    assert ("The table leaves out" in page.source) is bool(left_out)
    assert f"leaves out {counted(left_out, 'finding')}." in page.source or not left_out
    return page


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_the_totals_of_the_other_formats(logs: Mapping[str, list[object]], kind: str) -> None:
    """Its charts, its matrix and its rules add up to them."""
    page = assert_same_totals(*logs[kind])
    assert sum(page.totals.values()) > 10
    assert_adds_up(page)


def assert_adds_up(page: Page) -> None:
    """Check that all parts of a page whose table is complete have the same totals."""
    totals = page.totals["errors"], page.totals["warnings"]
    for name, bars in page.charts.items():
        sums = [0, 0]
        for bar in bars:
            errors, warnings = levels_in(bar.one("span").text)
            linked = Counter(each["level"] for each in page.linked(bar.one("a").attributes["href"]))
            assert (linked["error"], linked["warning"]) == (errors, warnings)
            widths = [each.attributes["width"] for each in bar.all("rect")]
            assert widths == [str(errors), str(warnings)]
            assert bar.all("rect")[1].attributes["x"] == str(errors)
            sums[0] += errors
            sums[1] += warnings
        values = [value for each in page.findings if (value := VALUES[name](each)) is not None]
        assert len(bars) + page.more[name] == len(set(values))
        assert bool(page.more[name]) is (sum(sums) < len(values)), name
        assert page.more[name] or tuple(sums) == levels_of(
            each for each in page.findings if name != "Move" or each["to"]
        )
    parts = [part for figure in page.root.all("figure") for part in figure.all("g")]
    timed = [levels_in(each.one("title").text.partition(": ")[2]) for each in parts]
    without = re.search(r"([\d,]+) findings? without a time", page.source)
    in_parts = sum(each["at"] is not None for each in page.findings)
    assert in_parts == sum(map(sum, timed)) or not parts  # all at one time
    assert (int(without[1]) if without else 0) == sum(totals) - in_parts
    rules = {each.attributes["id"]: levels_in(each.all("p")[0].text) for each in page.root.all("article")}
    by_rule = {rule: levels_of(each for each in page.findings if each["rule"] == rule) for rule in rules}
    assert rules == by_rule
    assert sum(map(sum, rules.values())) == sum(totals)


VALUES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "Rule": lambda found: found["rule"],
    "Supplier": lambda found: found["supplier"] or "",
    "Activity type": lambda found: found["type"] or "",
    "Move": lambda found: (found["from"], found["to"]) if found["to"] else None,
}
"""The value of a finding that each chart shows. None if it has none."""


def levels_of(found: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Return the numbers of errors and warnings."""
    levels = Counter(each["level"] for each in found)
    return levels["error"], levels["warning"]


OPTIONS: dict[str, list[str]] = {
    "strict": ["--strict"],
    "ignore": ["--ignore", "WRM2"],
    "select": ["--select", "WRM206,WRM302,WRM501"],
    "nothing selected": ["--select", "WRM505"],
    "some findings": ["--max-findings", "7"],
    "no findings": ["--max-findings", "0"],
    "without a rule": ["--without", "WRM206", "--strict"],
}


@pytest.mark.parametrize("kind", ["lines", "mapped"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_options_change_a_page_like_the_other_formats(
    logs: Mapping[str, list[object]], kind: str, options: list[str]
) -> None:
    """The rules, the table, and the numbers that it leaves out."""
    page = assert_same_totals(*options, *logs[kind])
    if options[0] != "--max-findings":
        assert_adds_up(page) if page.totals["errors"] + page.totals["warnings"] else assert_empty(page)


@pytest.mark.parametrize("kind", ["lines", "mapped"])
def test_known_findings_are_not_in_a_page(logs: Mapping[str, list[object]], kind: str, tmp_path: Path) -> None:
    """The totals have the number of them."""
    baseline = tmp_path / "known.json"
    new = json.loads(checked("json", *logs[kind]).out)["findings"][0]["rule"]
    assert wrm("check", "-q", "--ignore", new, "--write-baseline", baseline, *logs[kind]).status == 0
    page = assert_same_totals("--baseline", baseline, *logs[kind])
    assert page.totals["known"] > 0
    assert {each["rule"] for each in page.findings} == {new}
    assert "; baseline: " in page.footer
    assert_adds_up(page)


def assert_empty(page: Page) -> None:
    """Check that a page shows that there are no findings."""
    assert page.verdict == f"No findings in {counted(page.totals['lines'], 'line')}."
    assert page.root.one("p", class_="verdict good")
    assert not page.root.all("script")
    assert not page.root.all("form")
    assert not page.root.all("article")
    assert not page.requests
    assert not page.charts
    assert not {"overview", "findings", "requests", "rules", "data"} & page.ids
    assert "cannot be read a second time" not in page.source


def test_a_log_without_findings_has_only_its_matrix(tmp_path: Path) -> None:
    """The page says that there are none. The graph is still of use."""
    lines = [line for line, *_ in zip(LOG.read_bytes().splitlines(), range(2), strict=False)]
    page = assert_same_totals(written(tmp_path / "log", [lines[0], lines[1]]))
    assert_empty(page)
    assert page_of(run()).verdict == "No findings in 12 lines."
    assert_empty(page_of(run()))
    assert page.steps == []


@pytest.mark.parametrize(
    ("found", "verdict", "level"),
    [
        ([finding()], "1 error in 12 lines. 1 of 2 work requests has findings.", "error"),
        ([HELD, HELD], "2 warnings in 12 lines. 1 of 2 work requests has findings.", "warning"),
        (
            [finding(), HELD, finding(task_id="WR-2")],
            "2 errors and 1 warning in 12 lines. 2 of 2 work requests have findings.",
            "error",
        ),
        ([NOT_JSON], "1 error in 12 lines.", "error"),
    ],
)
def test_the_verdict_names_levels_and_work_requests(found: list[Finding], verdict: str, level: str) -> None:
    """It is coloured by the worst level."""
    page = page_of(run(*found))
    assert page.verdict == verdict
    assert page.root.one("p", class_=f"verdict {level}")


# Charts


def test_a_chart_has_the_longest_bars_and_counts_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppliers with the same printed name are one bar."""
    monkeypatch.setattr(page_module, "MAX_BARS", 2)
    found = [finding(supplier=each, level=level) for each, level in zip("abbcccd", [*Level] * 4, strict=False)]
    page = page_of(run(*found, finding(supplier="c", activity_type="OTHER")))
    bars = [(bar.one("a").text, bar.one("span").text) for bar in page.charts["Supplier"]]
    assert bars == [("c", "2 errors, 2 warnings"), ("b", "1 error, 1 warning")]
    (more,) = (each.text for each in page.root.all("p", class_="quiet") if each.text.startswith("and "))
    assert more == "and 2 more"
    assert page.charts["Supplier"][0].one("svg").attributes["viewbox"] == "0 0 4 1"
    monkeypatch.setattr(page_module, "MAX_BARS", 4)
    assert "more</p>" not in page_of(run(*found)).source


def test_a_chart_of_unknown_values_is_left_out() -> None:
    """The log does not have what it would show."""
    unknown = finding(supplier=None, activity_type=None, to=None, from_=None)
    assert [*page_of(run(unknown)).charts] == ["Rule"]
    page = page_of(run(unknown, finding(from_=None)))
    assert [*page.charts] == ["Rule", "Supplier", "Activity type", "Move"]
    assert [bar.one("a").text for bar in page.charts["Supplier"]] == ["(unknown)", "northline"]
    links = {bar.one("a").text: bar.one("a").attributes["href"] for chart in page.charts.values() for bar in chart}
    assert links["northline"] == "#supplier=northline"
    assert links["FIBRE_CONNECT"] == "#type=FIBRE_CONNECT"
    assert links["(unknown) → Active"] == "#from=&to=Active"
    assert links["WRM201 closed-is-final"] == "#rule=WRM201"


def test_findings_over_time_are_stacked() -> None:
    """Errors are below warnings. Empty parts have no bar. The caption has the ends and the most in one part."""
    at = [f"2026-03-02T21:0{minute}:00Z" for minute in (0, 0, 0, 3)]
    levels = [Level.ERROR, Level.WARNING, Level.WARNING, Level.ERROR]
    page = page_of(run(*(finding(at=each, level=level) for each, level in zip(at, levels, strict=True)), NOT_JSON))
    figure = page.root.one("figure", class_="timeline")
    picture = figure.one("svg")
    assert picture.attributes["viewbox"] == "0 0 4 3"
    assert picture.attributes["aria-label"] == (
        "Findings by minute from 2026-03-02 21:00 to 2026-03-02 21:03. The most in one minute are 3."
    )
    assert [each.text for each in picture.all("title")] == [
        "2026-03-02 21:00: 1 error, 2 warnings", "2026-03-02 21:03: 1 error"
    ]  # fmt: skip
    rects = [[each.attributes[name] for name in ("class", "x", "y", "height")] for each in picture.all("rect")]
    assert rects == [
        ["warning", "0", "0", "2"], ["error", "0", "2", "1"], ["warning", "3", "2", "0"], ["error", "3", "2", "1"]
    ]  # fmt: skip
    assert [each.text for each in figure.one("figcaption").all("span")] == [
        "2026-03-02 21:00", "at most 3 in one minute", "2026-03-02 21:03",
    ]  # fmt: skip
    assert "1 finding without a time that can be read." in page.source
    assert "Over time, by minute" in page.source
    assert not page_of(run(NOT_JSON)).root.all("figure")


def test_there_is_no_chart_of_one_moment() -> None:
    """One bar, however large, would say nothing."""
    assert not page_of(run(finding(), HELD, NOT_JSON)).root.all("figure")


# The matrix of moves


def test_the_matrix_has_all_moves_and_their_rules(logs: Mapping[str, list[object]]) -> None:
    """A forbidden cell names its rule. One with findings leads to them."""
    (path,) = logs["lines"]
    checker = LogChecker(count_moves=True)
    found = Run(checker, [str(path)])
    page = page_of(found)
    cells = page.matrix
    assert list(cells) == [(before, to) for before in Category for to in Category]
    for (before, to), cell in cells.items():
        assert before is not None
        shown = cell.text.split()[0].replace(",", "")
        assert (0 if shown == "–" else int(shown)) == checker.moves.get((before, to), 0)
        rule = STATUS_GRAPH[Category(before)][Category(to)]
        assert [each.text for each in cell.all("small")] == ([rule.rule] if isinstance(rule, Forbidden) else [])
        own = [each for each in page.findings if (each["from"], each["to"], each["event"]) == (before, to, UPDATE)]
        links = cell.all("a")
        assert bool(links) is bool(own)
        for link in links:
            assert levels_in(link.attributes["title"]) == levels_of(own)
            assert page.linked(link.attributes["href"]) == own
        classes = cell.attributes.get("class", "").split()
        is_broken = bool(own) and isinstance(rule, Forbidden)
        assert classes == ["used", *(["broken"] if is_broken else [])] * (shown != "–")
    numbers = [int(cell.text.split()[0].replace(",", "")) for cell in cells.values() if "–" not in cell.text]
    assert sum(numbers) == sum(checker.moves.values()) > 100
    graph = page.root.one(id="graph").one("svg")
    drawn = {(each.attributes["data-from"], each.attributes["data-to"]) for each in graph.all("g") if "data-from" in
             each.attributes}  # fmt: skip
    assert {(before, to) for before, to in drawn if before != to} == {each for each in cells if each[0] != each[1]}


def test_an_unknown_category_is_the_last_row() -> None:
    """No rule forbids its moves for certain."""
    found = [finding(from_=None), finding(from_=None, to="Closed", event="CancelTaskActivityEvent")]
    checker = ScriptedChecker(found, moves={(None, "Active"): 1_234, ("Closed", "Active"): 1})
    page = page_of(Run(checker, ["log.jsonl"]))
    assert {before for before, _ in page.matrix} == {*Category, None}
    assert [*page.matrix][-1] == (None, "Closed")
    assert page.matrix[None, "Active"].one("a").text == "1,234"
    assert page.matrix[None, "Active"].attributes == {"class": "used"}
    assert page.matrix[None, "Closed"].text == "–"
    assert not page.matrix[None, "Active"].all("small")
    assert page.matrix["Closed", "Active"].attributes == {"class": "used"}  # it has no findings
    assert "(unknown)" not in page_of(Run(ScriptedChecker([], moves={("Open", "Open"): 1}), ["a"])).source


def test_a_log_without_moves_has_no_matrix() -> None:
    """Nor does the page of a checker that does not count them."""
    page = page_of(run(finding()))
    assert page.matrix == {}
    assert "moves" not in page.ids
    assert not page.root.all("a", href="#moves")


# Rules, problems and next steps


@settings(deadline=None, max_examples=30)
@given(st.sets(st.sampled_from([*ALL_RULES]), min_size=1))
def test_each_rule_with_findings_is_explained(rules: set[str]) -> None:
    """And no other. The explanation has the statement, and what to do instead."""
    page = page_of(run(*(finding(rule=rule, name=ALL_RULES[rule].name) for rule in rules)))
    articles = page.root.all("article")
    assert [each.attributes["id"] for each in articles] == [rule for rule in ALL_RULES if rule in rules]
    for each in articles:
        rule = ALL_RULES[each.attributes["id"]]
        assert each.one("h3").text == f"{rule.id} {rule.name}"
        assert each.one("a").attributes["href"] == f"#rule={rule.id}"
        assert {"Why", "Instead", "Options"} <= {head.text for head in each.all("dt")}
        assert rule.statement.replace("`", "") in each.text
        options = next(div for div in each.all("div") if div.one("dt").text == "Options")
        assert f"wrm check --ignore {rule.id}" in [code.text for code in options.all("code")]
        assert "`" not in each.text


def test_problems_and_disorder_are_shown(tmp_path: Path) -> None:
    """They precede everything else, because the totals are then not those of the whole log."""
    lines = LOG.read_bytes().splitlines()
    late, early = written(tmp_path / "1.jsonl", lines[10:]), written(tmp_path / "2.jsonl", lines[:10])
    nowhere = tmp_path / "nowhere.jsonl"
    done = wrm("check", "--format", "html", late, early, nowhere)
    assert done.status == 2
    page = Page(done.out)
    missing, disorder = page.problems
    assert missing.startswith(f"{nowhere} cannot be read")
    assert disorder.startswith(f"{early} begins at 2026-03-02T20:00:00+00:00, before {late} ends at ")
    assert page.root.one("h1").text == "3 logs"
    assert page.requests  # of the logs that can be read
    assert page_of(run(finding())).problems == []
    assert page_of(run(finding())).root.one("h1").text == "log.jsonl"


@pytest.mark.parametrize("options", [[], ["--history"], ["--strict", "--ignore", "WRM5"]], ids=str)
def test_the_next_steps_are_those_of_the_text(options: list[str]) -> None:
    """The commands repeat the options."""
    shown = checked("text", *options, "--max-findings", 3, LOG).out.partition("Next:\n")[2]
    lines = [line.strip() for line in shown.splitlines()]
    page = Page(checked("html", *options, "--max-findings", 3, LOG).out)
    assert page.steps == [*zip(lines[::2], lines[1::2], strict=True)]
    assert len(page.steps) == 4


def test_the_next_steps_follow_from_the_names_of_the_sources() -> None:
    """If there is no invocation."""
    found = run(finding())
    page = page_of(found)
    expected = next_steps(found, found.summarise(), Invocation(["log.jsonl"]))
    assert page.steps == [tuple(step) for step in expected]
    assert page.steps[0][1] == "wrm explain WRM201"
    given = page_of(run(finding()), invocation=Invocation(["a&b.jsonl"], ["--strict"]))
    assert ("wrm show --strict 'a&b.jsonl' WR-1") in [command for _, command in given.steps]


# The limits of the table


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(Level), max_size=30), st.integers(1, 12), st.none() | st.integers(0, 20))
def test_the_table_has_errors_first(levels: list[Level], most: int, limit: int | None) -> None:
    """As many findings as it can have, in the order of the log. The page says how many it leaves out."""
    found = [finding(line=number, level=level) for number, level in enumerate(levels, start=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_module, "MAX_FINDINGS", most)
        patch.setattr(page_module, "MAX_FINDINGS", most)
        page = page_of(run(*found, limit=limit))
    if not found:
        return assert_empty(page)
    printed = found[:limit]
    errors = [each.line for each in printed if each.level is Level.ERROR][:most]
    warnings = [each.line for each in printed if each.level is Level.WARNING][: most - len(errors)]
    assert [each["line"] for each in page.findings] == sorted(errors + warnings)
    left_out = len(found) - len(errors) - len(warnings)
    is_cut = limit is not None and limit < len(found)
    reason = "Option --max-findings limits it." if is_cut else f"It has at most {most:,}, errors first."
    message = f"The table leaves out {counted(left_out, 'finding')}. {reason}"
    assert (message in page.source) is bool(left_out)
    assert (page.totals["errors"], page.totals["warnings"]) == (levels.count(Level.ERROR), levels.count(Level.WARNING))
    return None


def test_charts_say_what_they_leave_out() -> None:
    """There are at most 500 pairs of a supplier and a type."""
    page = page_of(run(*(finding(supplier=f"s{number}") for number in range(503))))
    assert page.source.count("and 3 findings in further rows, which are too many to keep") == 2
    page = page_of(run(*(finding(supplier=f"s{number}") for number in range(500))))
    assert "too many to keep" not in page.source


def test_the_limit_is_for_pages_that_open_quickly() -> None:
    """It is ten thousand findings, all with their fingerprints and as other formats shorten them."""
    page = page_of(run(*many(10_003), finding(task_id="x" * 300)))
    assert len(page.findings) == data_module.MAX_FINDINGS == 10_000
    assert "leaves out 4 findings. It has at most 10,000, errors first." in page.source
    (long,) = page_of(run(finding(task_id="x" * 300, at="2026\u2028"))).findings
    assert long["request"] == shortened(finding(task_id="x" * 300)).task_id
    assert long["at"] == "2026\\u2028"
    assert long["id"] == Fingerprints().of(finding(task_id="x" * 300, at="2026\u2028"))


# Histories


def reader_of(log: Sequence[bytes], **how: Any) -> Histories:
    """Return the reader of the histories of a log."""
    return lambda ids: histories([log], ids, most_steps=100, **how)


def steps_in(page: Page, request: str) -> list[list[Any]]:
    """Return the steps of a history in the data of a page, with texts in the place of their numbers."""
    data = page.data
    texts = data["texts"]
    steps = []
    for line, is_update, *rest in data["histories"][request]["steps"]:
        *common, activities, found = rest
        steps.append(
            [
                line,
                is_update,
                *(texts[each] for each in common),
                [[texts[number] for number in each] for each in activities],
                [[is_error, texts[rule], texts[message]] for is_error, rule, message in found],
            ]
        )
    return steps


def expected_steps(history: History, left_out: frozenset[str] = frozenset()) -> list[list[Any]]:
    """Return the steps of a history as a page has them."""
    return [[*expected_step(step, left_out)] for step in history.steps]


def expected_step(step: Step, left_out: frozenset[str]) -> Iterator[Any]:
    """Yield the values of a step as a page has them."""

    def shown(text: str | None) -> str | None:
        return None if text is None else printable(text)

    def status(known: KnownStatus | None) -> list[str | None]:
        return [None, None] if known is None else [known.category, shown(known.state)]

    yield step.line
    yield int(step.event == UPDATE)
    yield shown(step.file)
    yield shown(step.at)
    yield shown(step.sender)
    yield shown(step.action or step.event)
    yield None if step.answer is None else step.answer.value
    yield shown(step.activity_id)
    after = step.after
    yield None if after is None else after.allocation + (", on hold" if after.on_hold else "")
    yield [[shown(each.activity_id), *status(each.before), *status(each.after)] for each in step.activities]
    yield [
        [int(each.level is Level.ERROR), each.rule, shown(each.message)]
        for each in step.findings
        if each.rule not in left_out
    ]


def test_a_page_has_the_histories_of_the_worst_requests() -> None:
    """All their steps are in the data, in the order of the log. Left-out rules are not in them either."""
    log = [*generated.lines(600, seed=2)]
    left_out = frozenset({"WRM302", "WRM301"})
    found = run_of(log, left_out=left_out)
    page = page_of(found, histories=reader_of(log))
    assert {each["rule"] for each in page.findings}.isdisjoint(left_out)
    worst = [each.id for each in found.summarise().worst_requests(1_000)]
    assert page.requests == worst
    assert [*page.data["histories"]] == worst
    seen: Counter[str] = Counter()
    for id_, history in reader_of(log)(worst).items():
        steps = steps_in(page, id_)
        assert steps == expected_steps(history, left_out)
        assert page.data["histories"][id_]["left"] == 0
        seen.update(rule for *_, own in steps for _, rule, _ in own)
        heading = page.root.one("details", data_request=id_)
        assert heading.one("b").text == id_
        assert levels_in(heading.one("span").text) == levels_of(
            each for each in page.findings if each["request"] == id_
        )
    assert seen == Counter(each["rule"] for each in page.findings if each["request"])
    assert any("on hold" in step[8] for id_ in worst for step in steps_in(page, id_) if step[8])
    assert "further work request" not in page.source
    assert page.data["cancellation"] == [*CANCELLATION]
    assert page.data["categories"] == [*Category]


def test_steps_that_are_left_out_are_counted() -> None:
    """The numbers of the histories are in the data."""
    log = [*generated.lines(600, seed=2)]
    brief = page_of(run_of(log), histories=lambda ids: histories([log], ids, most_steps=1))
    left = {id_: each["left"] for id_, each in brief.data["histories"].items()}
    assert left == {id_: each.left_out for id_, each in histories([log], [*left], most_steps=1).items()}
    assert any(left.values())
    assert any(step[8] is None for id_ in left for step in steps_in(brief, id_))


def test_a_page_has_a_limited_number_of_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has those of the work requests with the most errors, and says how many there are besides them."""
    assert page_module.MAX_HISTORIES == 200
    monkeypatch.setattr(page_module, "MAX_HISTORIES", 2)
    names = ("a", "b", "b", "c", "c", "c")
    asked: list[list[str]] = []

    def none_of(ids: Iterable[str]) -> Mapping[str, History]:
        asked.append([*ids])
        return {each: History() for each in asked[-1]}

    page = page_of(run(*(finding(task_id=each) for each in names)), histories=none_of)
    assert page.requests == ["c", "b"]
    assert asked == [["c", "b"]]
    assert "1 further work request with findings is only in the table." in page.source
    page = page_of(run(*(finding(task_id=each) for each in (*names, "d", NOT_JSON.task_id))), histories=none_of)
    assert "2 further work requests with findings are only in the table." in page.source
    assert "most independent errors first" in page.source


def test_a_work_request_with_a_long_id_has_no_history() -> None:
    """Its id is cut, so it cannot be found again."""
    found = [finding(task_id="x" * 101), finding()]
    page = page_of(run(*found), histories=lambda ids: {each: History() for each in ids})
    assert page.requests == ["WR-1"]
    assert "1 further work request" in page.source
    alone = page_of(run(found[0]), histories=lambda ids: {each: History() for each in ids})
    assert alone.requests == []
    assert "requests" not in alone.ids
    assert "cannot be read a second time" not in alone.source


SECOND_TIME = "The page has no histories of work requests, because the log cannot be read a second time."


def test_standard_input_has_no_histories(tmp_path: Path) -> None:
    """Because it cannot be read a second time, and the page says so. A pipe cannot either."""
    piped = wrm("check", "--format", "html", "-", stdin=LOG.read_bytes())
    assert piped.status == 1
    page = Page(piped.out)
    assert page.requests == []
    assert page.data["histories"] == {}
    assert SECOND_TIME in page.source
    assert page.matrix
    assert [command for _, command in page.steps] == ["wrm explain WRM201 WRM102 WRM203"]
    assert SECOND_TIME not in checked("html", LOG).out
    read, write_end = os.pipe()
    os.write(write_end, LOG.read_bytes())
    os.close(write_end)
    try:
        assert SECOND_TIME in checked("html", f"/dev/fd/{read}").out
    finally:
        os.close(read)


def test_folders_have_histories(tmp_path: Path) -> None:
    """They are read again, file by file."""
    lines = LOG.read_bytes().splitlines()
    written(tmp_path / "1.jsonl", lines[:8])
    written(tmp_path / "2.jsonl", lines[8:])
    page = Page(checked("html", tmp_path).out)
    assert page.requests == ["WR-1", "WR-2", "WR-3"]
    assert {Path(step[2]).name for step in steps_in(page, "WR-1")} == {"1.jsonl", "2.jsonl"}


@pytest.mark.parametrize("kind", KINDS)
def test_histories_are_judged_like_the_log(logs: Mapping[str, list[object]], kind: str) -> None:
    """With the same options: each finding about a work request is in its history."""
    for options in ([], ["--strict", "--ignore", "WRM60"]):
        page = Page(checked("html", *options, *logs[kind]).out)
        assert page.requests
        for request in page.requests:
            own = Counter((each["line"], each["rule"]) for each in page.findings if each["request"] == request)
            steps = steps_in(page, request)
            assert Counter((step[0], rule) for step in steps for _, rule, _ in step[-1]) == own


# Well-formed and safe

EXTERNAL = re.compile(r"https?:|\burl\(|@import|\bsrc=|srcset=|<base|<link|<iframe|<object|<embed", re.IGNORECASE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_leads_only_to_itself(logs: Mapping[str, list[object]], kind: str) -> None:
    """Each address is the id of a part, or a filter. The page loads nothing, and only its own script runs."""
    page = Page(checked("html", *logs[kind]).out)
    linked = set()
    for each in page.root.all():
        href = each.attributes.get("href")
        assert not {"src", "action", "formaction", "xlink:href", "style"} & each.attributes.keys()
        assert not any(name.startswith("on") for name in each.attributes)
        if href is None:
            continue
        assert each.tag == "a"
        assert href.startswith("#")
        if "=" in href:
            assert page.linked(href), href
        else:
            assert href[1:] in page.ids
            linked.add(href[1:])
    assert {"overview", "moves", "findings", "requests", "rules", "next"} <= linked
    labels = {each.attributes["aria-labelledby"] for each in page.root.all() if "aria-labelledby" in each.attributes}
    assert {label for names in labels for label in names.split()} <= page.ids
    explained = {each.text for each in page.root.one(id="rules").all("dd")}
    source = page.source.replace("http://www.w3.org/2000/svg", "")
    for text_ in explained:
        assert not re.search(r"<(a|img)\b", text_)
    assert not EXTERNAL.search(source)
    scripts = page.root.all("script")
    assert [each.attributes for each in scripts] == [{"type": "application/json", "id": "data"}, {}]
    policy = page.root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    digest = base64.b64encode(hashlib.sha256(scripts[1].raw.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none';"
        " form-action 'none'"
    )
    assert "\r" not in scripts[1].raw


def test_a_page_is_written_in_pieces() -> None:
    """It is one document, which ends with a line end and has no blank lines from the template."""
    pieces = [*html(run(finding()))]
    page = "".join(pieces)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n')
    assert page.endswith("</html>\n")
    assert len(pieces) > 5
    head = page_of(run(finding())).root.one("head")
    assert head.one("title").text == "log.jsonl: 1 error in 12 lines. 1 of 2 work requests has findings."
    body = page.partition("<body>")[2].partition("<script")[0]
    assert "\n\n" not in body


HOSTILE = st.text(min_size=1, max_size=30).filter(str.strip) | st.sampled_from(
    [
        "</script><script>alert(1)</script>", "<!--<script>", "]]>", "&amp;&lt;b&gt;", '"onload="alert(1)',
        "'><img src=x>", "</title>", "</style>", "{{ 7 * 7 }}", "{% include 'x' %}", "\x00", "\u2028\u202e", "a\nb",
        "\x1b[2J", "__proto__", "&=#%+", "x=", "(unknown)",
    ]
)  # fmt: skip
ANY = HOSTILE | st.sampled_from(["\ud800", "\udcff<b>"]) | st.binary(min_size=1).map(os.fsdecode)


@settings(deadline=None, max_examples=30)
@given(ANY, st.data())
def test_hostile_values_are_only_text(value: str, data: st.DataObject) -> None:
    """A page with them has the elements of one with harmless values, and its data parses back to the texts."""
    fields = ("file", "task_id", "activity_id", "event", "at", "message", "first_refusal", "sender", "supplier",
              "activity_type")  # fmt: skip
    hostile = {name: data.draw(ANY, label=name) if data.draw(st.booleans()) else value for name in fields}
    harmless = dict.fromkeys(fields, "harmless")
    span = TimeSpan(*[AT] * 2), TimeSpan(*[AT.replace(year=2020)] * 2)

    def page(fields: dict[str, str], name: str) -> Page:
        checker = ScriptedChecker([finding(**fields)], COUNTS, "is <b>damaged</b>", span)
        return page_of(
            Run(checker, [f"{name}1", f"{name}2"]),
            invocation=Invocation([name], ["--map", name], ["--ignore", name], name),
            histories=lambda ids: {each: History() for each in ids},
        )

    shown = page(hostile, value)
    assert shown.elements == page(harmless, "harmless").elements
    assert shown.source.encode("utf-8")
    row, _ = shown.findings
    names = ("file", "request", "activity", "event", "at", "message", "first", "sender", "supplier", "type")
    assert [row[name] for name in names] == [printable(hostile[name]) for name in fields]
    assert shown.requests == [printable(hostile["task_id"])]
    assert [*shown.data["histories"]] == shown.requests
    assert shown.root.one("h1").text == "2 logs"
    assert len(shown.problems) == 3
    assert all(
        len(shown.linked(bar.one("a").attributes["href"])) == 2 for each in shown.charts.values() for bar in each
    )
    raw = shown.root.one(id="data").raw
    assert not set("<>&") & set(raw)
    assert raw.isascii()


@settings(deadline=None, max_examples=20)
@given(HOSTILE)
def test_hostile_lines_are_only_text(value: str) -> None:
    """Ids, states, types and notes of a real log, in the table and in the histories."""

    def page(value: str) -> Page:
        log = hostile_log(value)
        return page_of(run_of(log), histories=reader_of(log))

    shown, harmless = page(value), page("harmless")
    assert shown.elements == harmless.elements
    assert shown.requests == [printable(value)]
    assert steps_in(shown, printable(value)) == expected_steps(reader_of(hostile_log(value))([value])[value])
    texts = {each for each in shown.data["texts"] if each}
    assert printable(value) in texts
    assert len(shown.findings) == len(harmless.findings) > 3
    assert Page(shown.source).data == shown.data


def hostile_log(value: str) -> list[bytes]:
    """Return a log in which a text is each id, each state, each type and each note."""
    sender, common = {"role": "WorkSupplier", "id": value}, {"taskId": value, "at": "2026-03-01T20:00:00Z"}
    activity = {"id": value, "type": {"code": value}}
    creation: dict[str, Any] = {
        "event": "CreateTaskEvent",
        "sender": {"role": "Chorus", "id": "chorus"},
        "requestor": value,
    }
    update: dict[str, Any] = {"event": UPDATE, "sender": sender, "activityId": value}
    outcome = {"event": "UpdateTaskActivityOutcomesEvent", "outcome": {"code": value, "note": value}}
    return [
        json.dumps({**common, **each}).encode()
        for each in (
            {**creation, "supplier": value, "activities": [activity]},
            *({**update, "status": {"category": each, "state": value}} for each in ("Active", "Open", "Closed")),
            {**update, **outcome},
            {**update, "status": {"category": "Closed", "state": value}, "eventId": value},
            {**update, "status": {"category": "Active", "state": value}, "eventId": value},
            {**update, "status": {"category": value}},
            {**update, "sender": {"role": "WorkSupplier", "id": f"{value}2"}, "status": {"category": "Active"}},
        )
    ]


def test_a_hostile_name_of_a_log_is_only_text(tmp_path: Path) -> None:
    """It is in the title, in the problems, and in the commands."""
    name = "<img src=x onerror=alert(1)>&\n.jsonl"
    log = tmp_path / name
    log.write_bytes(LOG.read_bytes())
    page = Page(checked("html", log).out)
    assert "<img" not in page.source
    assert page.root.one("h1").text == printable(str(log))
    assert page.root.one("head").one("title").text.startswith(printable(str(log)))
    assert {each["file"] for each in page.findings} == {printable(str(log))}
    assert any(r"onerror=alert(1)>&\n.jsonl" in command for _, command in page.steps)


# The command


def test_a_page_can_be_put_in_a_file(tmp_path: Path) -> None:
    """It replaces an older one. Standard error gets the summary, as with the other formats."""
    printed = checked("html", LOG)
    assert printed.err == ""
    file = tmp_path / "report.html"
    file.write_text("an old page")
    done = wrm("check", "--format", "HTML", "-o", file, LOG)
    assert (done.status, done.out) == (1, "")
    assert file.read_text(encoding="utf-8") == printed.out
    assert done.err == wrm("check", "--format", "json", "-o", tmp_path / "report.json", LOG).err
    assert "Next:" in done.err
    assert {each.name for each in tmp_path.iterdir()} == {"report.html", "report.json"}
    assert wrm("check", "--quiet", "--format", "html", LOG) == Done(1, "", "")


@pytest.fixture
def without_jinja(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide Jinja, as in an installation without the extra."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    page_module._template.cache_clear()
    yield
    page_module._template.cache_clear()


MISSING = "the report in HTML needs jinja2; install it: pip install 'work-request-manager[cli]'"


@pytest.mark.usefixtures("without_jinja")
def test_without_jinja_the_error_says_what_to_install() -> None:
    """It names the extra, before the log is read. The module can be imported."""
    with pytest.raises(ImportError) as caught:
        next(html(run(finding())))
    assert str(caught.value) == MISSING
    assert caught.value.name == "jinja2"
    assert caught.value.__suppress_context__


@pytest.mark.usefixtures("without_jinja")
def test_without_jinja_the_command_ends_with_one_sentence(tmp_path: Path) -> None:
    """The exit status is 2, and an old page stays. Other formats do not need it."""
    assert wrm("check", "--format", "html", LOG) == Done(2, "", f"wrm: {MISSING}\n")
    file = tmp_path / "report.html"
    file.write_text("an old page")
    assert wrm("check", "--format", "html", "-o", file, LOG) == Done(2, "", f"wrm: {MISSING}\n")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("report.html", "an old page")]
    assert wrm("check", "--format", "json", LOG).status == 1
