"""The HTML report in a browser. Every test opens a report from the disk, and watches what it does.

pip install '.[dev]' axe-playwright-python playwright && pytest -m browser
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from bad_lines import ACCEPT, CLOSE, CREATE, DETAILS, REJECT, START, STATUS, changed
from browsers import SCREENSHOTS, WIDTHS, chromium, is_wider_than_the_window, violations, watched_page
from cli.running import Done, wrm
from generated import lines
from work_request_manager._values import printable
from work_request_manager.cli._check import HISTORY_STEPS
from work_request_manager.reports._html.data import MAX_FINDINGS

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

Record = dict[str, Any]
PAGE = 100
"""The number of rows of a page of the table."""
SELECTS = {
    "level": "level", "rule": "rule", "supplier": "supplier", "type": "activityType", "from": "from", "to": "to",
}  # fmt: skip
"""The filters, and the keys of their values in the JSON report."""
SEARCHED = (
    "file", "rule", "name", "taskId", "activityId", "event", "at", "message", "sender", "supplier", "activityType",
)  # fmt: skip
"""The keys of the texts that a search looks at."""


class Report:
    """A log, and the pages and values that `wrm` makes of it.

    Args:
        log: the path of the log.
        data: its bytes.
        options: the options on how to judge.
    """

    def __init__(self, log: Path, data: bytes, *options: str) -> None:
        self.log = log
        self._options = options
        log.write_bytes(data)
        self.path = log.parent / "report.html"
        assert self._run("check", "--format", "html", "-q", "-o", self.path).status in (0, 1)

    def _run(self, command: str, *options: object, about: tuple[str, ...] = ()) -> Done:
        """Run a command on the log. It names the log as a file of this folder."""
        with chdir(self.log.parent):
            return wrm(command, *options, *self._options, "--", self.log.name, *about)

    @property
    def address(self) -> str:
        """The address of the page."""
        return self.path.as_uri()

    @cached_property
    def findings(self) -> list[Record]:
        """The findings of the JSON report."""
        found: list[Record] = json.loads(self._run("check", "--format", "json").out)["findings"]
        return found

    def steps(self, request: str) -> list[Record]:
        """Return the steps of a work request."""
        done = self._run("show", "--format", "json", about=(request,))
        assert done.status == 0, done.err
        steps: list[Record] = json.loads(done.out)["steps"]
        return steps

    def ids(self, **wanted: str | None) -> list[str]:
        """Return the fingerprints of the findings with these values, in the order of the log."""
        keys = SELECTS | {"request": "taskId", "event": "event"}
        return [
            each["fingerprint"]
            for each in self.findings
            if all((each[keys[name.rstrip("_")]] or "") == (value or "") for name, value in wanted.items())
        ]


def log_of(*events: bytes) -> bytes:
    """Return a log of these lines."""
    return b"\n".join(events) + b"\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the browser of the system."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a log with some hundreds of findings of most rules."""
    return Report(tmp_path_factory.mktemp("usual") / "log.jsonl", log_of(*lines(600, seed=7)))


@contextmanager
def opened(browser: Any, report: Report, fragment: str = "", **options: Any) -> Iterator[Any]:
    """Open a report, with a part of its address, and watch it. See `watched_page` for the options."""
    with watched_page(browser, report.address, **options) as page:
        page.goto(report.address + fragment)
        yield page


# ---- What the page shows


def until(page: Any, script: str, argument: object = None) -> None:
    """Wait until a script returns true. The policy of the page forbids `wait_for_function`."""
    for _ in range(200):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def show_all(page: Any) -> None:
    """Press `Show all`."""
    page.get_by_role("button", name="Show all").click()
    until(page, "location.hash === '#findings'")


def rows(page: Any) -> list[str]:
    """Return the fingerprints of the rows of the page of the table that is shown."""
    found: list[str] = page.eval_on_selector_all("#table tbody tr", "rows => rows.map(row => row.dataset.finding)")
    return found


def all_rows(page: Any) -> list[str]:
    """Return the fingerprints of all rows. This turns the pages of the table to the last one."""
    found: list[str] = page.evaluate(
        """() => {
          const found = [];
          for (;;) {
            found.push(...[...document.querySelectorAll("#table tbody tr")].map((row) => row.dataset.finding));
            const next = document.querySelector("#pages:not([hidden]) button:last-child:enabled");
            if (!next) return found;
            next.click();
          }
        }"""
    )
    return found


def count_line(page: Any) -> str:
    """Return the line above the table."""
    text: str = page.inner_text("#count")
    return text


def expected_count(shown: int, total: int) -> str:
    """Return the line above the table for this number of shown findings, and of all findings."""
    return f"{total} findings" if shown == total else f"{shown} of {total} findings"


def check_table(page: Any, report: Report, expected: list[str], suffix: str = "") -> None:
    """Check the rows and the line above them."""
    assert count_line(page) == expected_count(len(expected), len(report.findings)) + suffix
    assert all_rows(page) == expected


def counts_in(text: str) -> int:
    """Return the sum of the numbers of errors and warnings in a text."""
    return sum(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:error|warning)", text))


def problems_of_layout(page: Any) -> list[str]:
    """Return the texts that are wider than the boxes that hold them, or outside the window."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth, found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let text = walker.nextNode(); text; text = walker.nextNode()) {
            const parent = text.parentElement;
            if (!text.data.trim() || !parent.checkVisibility() || parent.closest("script, style, .hidden, option")) {
              continue;
            }
            const range = document.createRange();
            range.selectNodeContents(text);
            const box = range.getBoundingClientRect();
            const frame = parent.closest(".scroll, pre") ? null : parent.closest("td, th, dd, dt, li, p, div, h1, h3");
            const own = frame && frame.getBoundingClientRect();
            const beyond = frame ? box.right > Math.min(own.right, width) + 1 || box.left < Math.max(own.left, 0) - 1
              : false;
            if (beyond) found.push(`${parent.tagName}: ${text.data.slice(0, 60)}`);
          }
          return found;
        }"""
    )
    return found


# ---- Filters


def test_the_table_has_all_findings(browser: Any, usual: Report) -> None:
    """Without filters, the table has the findings of the JSON report in the same order, with their texts."""
    with opened(browser, usual) as page:
        check_table(page, usual, usual.ids())
        page.get_by_role("button", name="Previous").click()
        shown = page.eval_on_selector_all("#table tbody tr", "rows => rows.map(row => row.innerText)")
    at = (len(usual.findings) - 1) // PAGE * PAGE - PAGE
    for text, finding in zip(shown, usual.findings[at : at + PAGE], strict=True):
        for key in ("level", "rule", "name", "message", "at", "sender", "taskId", "activityId"):
            assert (finding[key] or "") in text
        assert f"log.jsonl:{finding['line']}" in text
        assert (
            finding["firstRefusal"] is None or f"It may follow from the refusal at {finding['firstRefusal']}." in text
        )


@pytest.mark.parametrize("name", SELECTS)
def test_a_select_filters_the_table(browser: Any, usual: Report, name: str) -> None:
    """Each choice has the number of its findings, and shows them. The last choice can be all again."""
    counts = Counter(each[SELECTS[name]] or "" for each in usual.findings)
    with opened(browser, usual) as page:
        select = page.locator(f"select[name={name}]")
        options = select.locator("option").all_inner_texts()
        values = select.locator("option").evaluate_all("options => options.map(option => option.value)")
        assert options[0] == "all"
        assert {*values[1:]} == {*counts}
        for text, value in [*zip(options, values, strict=True)][1:]:
            select.select_option(value)
            assert text == f"{value or '(unknown)'} ({counts[value]})"
            check_table(page, usual, usual.ids(**{name: value}))
            assert dict(parsed(page.url)) == {name: value}
        select.select_option(values[0])
        assert count_line(page) == f"{len(usual.findings)} findings"


def parsed(address: str) -> list[tuple[str, str]]:
    """Return the names and values after the sign # of an address."""
    return parse_qsl(address.partition("#")[2], keep_blank_values=True)


def searched(report: Report, query: str) -> list[str]:
    """Return the fingerprints of the findings whose texts have all words of a query."""
    words = query.lower().split()
    texts = {each["fingerprint"]: "\n".join(each[key] or "" for key in SEARCHED).lower() for each in report.findings}
    return [id_ for id_, text in texts.items() if all(word in text for word in words)]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("WRM302", True),
        ("wrm302", True),
        ("  holds   SOUTHLINE ", True),
        ("wr-1 closed", True),
        ("holding-supplier-only a-1 log.jsonl", True),
        ("nothing of the kind", False),
        ("<img src=x onerror=alert(1)>", False),
        ("{{ 7 * 7 }} ${alert(1)} .* [ ( \\ ' \"", False),
        ("\u202e\u2028😀", False),
    ],
)
def test_a_search_finds_findings_with_all_words(browser: Any, usual: Report, query: str, is_found: bool) -> None:
    """A search ignores case and spaces. It is neither a pattern nor markup."""
    expected = searched(usual, query)
    assert bool(expected) is is_found
    with opened(browser, usual) as page:
        page.fill("input[name=q]", query)
        check_table(page, usual, expected)
        address = page.url
        page.press("input[name=q]", "Enter")
        assert page.url == address
        assert parsed(address) == [("q", query.strip())]


def test_filters_combine_until_show_all(browser: Any, usual: Report) -> None:
    """Filters and a search narrow the table down. `Show all` empties them, and the address too."""
    wanted = {"level": "error", "supplier": "northline", "to": "Closed"}
    expected = [id_ for id_ in usual.ids(**wanted) if id_ in searched(usual, "wrm2 cannot")]
    assert 0 < len(expected) < len(usual.ids(**wanted))
    with opened(browser, usual) as page:
        for name, value in wanted.items():
            page.select_option(f"select[name={name}]", value)
        page.fill("input[name=q]", "wrm2 cannot")
        check_table(page, usual, expected)
        show_all(page)
        check_table(page, usual, usual.ids())
        assert page.input_value("input[name=q]") == ""
        assert page.locator("select").evaluate_all("all => all.map(each => each.selectedIndex)") == [0] * len(SELECTS)


def test_a_filter_by_work_request_combines_with_the_others(browser: Any, usual: Report) -> None:
    """The line above the table names the work request, until `Show all`."""
    request = usual.findings[0]["taskId"]
    suffix = f", only those of work request {request}"
    with opened(browser, usual, f"#{urlencode({'request': request})}") as page:
        check_table(page, usual, usual.ids(request=request), suffix)
        page.select_option("select[name=level]", "error")
        check_table(page, usual, usual.ids(request=request, level="error"), suffix)
        show_all(page)
        check_table(page, usual, usual.ids())


def test_choices_without_an_alternative_are_hidden(browser: Any, tmp_path: Path) -> None:
    """A select that has one value is hidden, and so are the pages of a short table. An address shows the select."""
    report = Report(tmp_path / "log.jsonl", log_of(CREATE, CREATE, CREATE))
    with opened(browser, report) as page:
        assert [page.locator(f"select[name={name}]").is_visible() for name in SELECTS] == [False] * len(SELECTS)
        assert not page.locator("#pages").is_visible()
    with opened(browser, report, "#rule=WRM201") as page:
        assert page.locator("select[name=rule]").is_visible()
        check_table(page, report, [])


# ---- Charts

CHARTS = {
    ".bars a": "link => link.closest('tr').cells[1].textContent",
    ".matrix a": "link => link.title",
    "#rules article > p > a": "link => link.textContent",
}
"""Links with a number of findings, and the scripts that return it."""


@pytest.mark.parametrize("selector", CHARTS)
def test_a_number_leads_to_as_many_rows(browser: Any, usual: Report, selector: str) -> None:
    """A bar, a cell of the matrix, or a rule leads to as many findings as it counts."""
    with opened(browser, usual) as page:
        links = page.locator(selector)
        assert links.count() > 3
        for number in range(links.count()):
            link = links.nth(number)
            wanted = dict(parsed(link.get_attribute("href")))
            link.evaluate("link => link.click()")
            until(page, "address => location.hash === address", link.get_attribute("href"))
            assert all_rows(page) == usual.ids(**wanted)
            assert len(usual.ids(**wanted)) == counts_in(link.evaluate(CHARTS[selector]))


def test_a_click_on_a_label_shows_its_findings(browser: Any, usual: Report) -> None:
    """The table comes into view with the findings of the label."""
    with opened(browser, usual) as page:
        page.locator(".bars").nth(1).get_by_role("link", name="southline").click()
        check_table(page, usual, usual.ids(supplier="southline"))
        assert page.input_value("select[name=supplier]") == "southline"
        assert page.evaluate("Math.round(document.getElementById('findings').getBoundingClientRect().top)") < 100


# ---- Order and pages


def natural(text: str) -> list[Any]:
    """Return a key that orders numbers in texts as numbers."""
    return [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", text)]


KEYS: dict[str, Callable[[Record], Any]] = {
    "Level": lambda finding: finding["level"],
    "Rule": lambda finding: finding["rule"],
    "Work request": lambda finding: natural(finding["taskId"]),
    "Time": lambda finding: finding["at"],
    "Sender": lambda finding: finding["sender"] or "",
    "Place": lambda finding: (finding["file"], finding["line"]),
}
"""The keys by which the columns order findings. All times of the log are spelled in the same way."""


@pytest.mark.parametrize("column", KEYS)
def test_columns_sort_in_both_directions(browser: Any, usual: Report, column: str) -> None:
    """A column sorts; a second time it reverses the order. Equal findings keep the order of the log."""
    with opened(browser, usual) as page:
        button = page.locator("#table thead").get_by_role("button", name=column)
        head = page.locator("#table th", has=page.get_by_role("button", name=column))
        for is_descending in (True, False) if column == "Place" else (False, True):
            button.click()
            expected = sorted(usual.findings, key=KEYS[column], reverse=is_descending)
            if column == "Place" and is_descending:
                expected = usual.findings[::-1]  # places are never equal
            assert all_rows(page) == [each["fingerprint"] for each in expected]
            assert head.get_attribute("aria-sort") == ("descending" if is_descending else "ascending")
            assert page.locator("[aria-sort]").count() == 1
            assert button.inner_text() == f"{column} {'↓' if is_descending else '↑'}"


def test_columns_sort_by_keyboard(browser: Any, usual: Report) -> None:
    """The Tab key leads from one heading to the next, and the Enter key sorts."""
    with opened(browser, usual) as page:
        page.get_by_role("button", name="Show all").focus()
        for column in KEYS:
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            assert page.locator("[aria-sort]").inner_text().startswith(column)


def test_pages_of_the_table(browser: Any, usual: Report) -> None:
    """The buttons turn pages and keep the focus. At an end, one of them is disabled and the other gets the focus."""
    last = (len(usual.findings) + PAGE - 1) // PAGE
    assert last > 2
    with opened(browser, usual) as page:

        def check_page(number: int) -> None:
            assert f"Page {number} of {last}" in page.inner_text("#pages")
            assert rows(page) == usual.ids()[(number - 1) * PAGE : number * PAGE]
            disabled = page.eval_on_selector_all("#pages button", "all => all.map(button => button.disabled)")
            assert disabled == [number == 1, number == last]

        def turn(name: str) -> str:
            page.get_by_role("button", name=name).focus()
            page.keyboard.press("Enter")
            focused: str = page.evaluate("document.activeElement.textContent")
            return focused

        for number in range(1, last):
            check_page(number)
            assert turn("Next") == ("Next" if number + 1 < last else "Previous")
        for number in range(last, 1, -1):
            check_page(number)
            assert turn("Previous") == ("Previous" if number > 2 else "Next")
        check_page(1)
        assert page.evaluate("document.getElementById('findings').getBoundingClientRect().top") < 100


# ---- Addresses


def is_in_view(page: Any, selector: str) -> bool:
    """Return whether the beginning of an element is in the window."""
    top: float = page.locator(selector).bounding_box()["y"]
    return -5 <= top < 900


def test_an_address_leads_to_a_finding(browser: Any, usual: Report) -> None:
    """The page of the table with the finding is shown. Its row is marked, in view, and has the focus."""
    id_ = usual.ids()[-3]
    with opened(browser, usual, f"#finding={id_}") as page:
        assert id_ in rows(page)
        assert count_line(page) == f"{len(usual.findings)} findings"
        assert page.evaluate("document.activeElement.dataset.finding") == id_
        assert page.locator("tr.target").count() == 1
        assert is_in_view(page, "tr.target")
        page.locator("#table tbody tr").first.get_by_title("Link to this finding").click()
        first = rows(page)[0]
        until(page, "id => document.activeElement.dataset.finding === id", first)
        assert page.locator("tr.target").get_attribute("data-finding") == first
        page.go_back()
        until(page, "id => document.activeElement.dataset.finding === id", id_)


def test_an_address_has_filters_and_a_search(browser: Any, usual: Report) -> None:
    """An address that a reader has copied shows the same findings."""
    wanted = {"rule": "WRM302", "level": "error"}
    expected = [id_ for id_ in usual.ids(**wanted) if id_ in searched(usual, "WR-1 cancel")]
    assert expected
    with opened(browser, usual, f"#{urlencode({**wanted, 'q': 'WR-1 cancel'})}") as page:
        check_table(page, usual, expected)
        assert page.input_value("select[name=rule]") == "WRM302"
        assert page.input_value("input[name=q]") == "WR-1 cancel"


def test_the_back_button_returns(browser: Any, usual: Report) -> None:
    """Back and forward show what each address shows: filters, a rule, all findings."""
    with opened(browser, usual) as page:
        page.evaluate("location.hash = '#level=warning'")
        until(page, "document.getElementById('count').textContent.includes(' of ')")
        page.locator("#table tbody a[href^='#WRM']").first.click()
        assert page.locator("article:target").count() == 1
        assert is_in_view(page, "article:target")
        check_table(page, usual, usual.ids(level="warning"))
        page.go_back()
        check_table(page, usual, usual.ids(level="warning"))
        page.go_back()
        until(page, "!document.getElementById('count').textContent.includes(' of ')")
        check_table(page, usual, usual.ids())
        page.go_forward()
        until(page, "document.getElementById('count').textContent.includes(' of ')")
        check_table(page, usual, usual.ids(level="warning"))


@pytest.mark.parametrize(
    ("fragment", "shown"),
    [
        ("#finding=0123456789abcdef", None),
        ("#finding=<img src=x onerror=alert(1)>", None),
        ("#WRM999", None),
        ("#%E0%A4%A", None),
        ("#=", None),
        ("#__proto__=1&constructor=2&toString=3", None),
        ("#request=WR-0", 0),
        ("#request=__proto__", 0),
        ("#rule=WRM999&level=error", 0),
        ("#level=%3Cscript%3Ealert(1)%3C/script%3E", 0),
        ("#q=%E0%A4%A", 0),
        ("#from=Open&to=%00", 0),
    ],
)
def test_an_address_of_nothing_does_no_harm(browser: Any, usual: Report, fragment: str, shown: int | None) -> None:
    """The table has no rows if a filter matches none. Other addresses leave it as it is."""
    with opened(browser, usual, fragment) as page:
        expected = expected_count(len(usual.findings) if shown is None else shown, len(usual.findings))
        assert count_line(page).startswith(expected)
        show_all(page)
        check_table(page, usual, usual.ids())


IDS = [
    "WR 1", "a&b=c", "#1", "100%", "%41", "a+b", "it's \"quoted\"", "\\back/slash", "😀", "Māpua-ﬁ", "*", "__proto__",
    "(unknown)", "שלום-1", "漢字" * 40,
]  # fmt: skip
"""Ids with characters that addresses and markup use."""


@pytest.fixture(scope="module")
def special(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a log in which work requests, suppliers and types have special ids."""
    events = [
        event
        for each in IDS
        for event in (
            changed(
                CREATE,
                taskId=each,
                supplier=each,
                eventId=f"e-{each}",
                activities=[{"id": each, "type": {"code": each}}],
            ),
            changed(ACCEPT, taskId=each),
            changed(STATUS, taskId=each, activityId=each, at="2026-03-01T20:06:00Z"),
        )
    ]
    return Report(tmp_path_factory.mktemp("special") / "a&b #1 %41.jsonl", log_of(*events))


@pytest.mark.parametrize("name", ["supplier", "type", "request"])
def test_special_ids_survive_addresses(browser: Any, special: Report, name: str) -> None:
    """Links to findings and histories work for ids with special characters, also after the page is loaded again."""
    key = {"supplier": "supplier", "type": "activityType", "request": "taskId"}[name]
    with opened(browser, special) as page:
        for value in IDS:
            expected = special.ids(**{name: value})
            assert expected
            assert {each[key] for each in special.findings if each["fingerprint"] in expected} == {value}
            if name == "request":
                show_all(page)
                page.locator(f"tr[data-finding='{expected[0]}'] td:nth-child(3) a").click()
                until(page, "location.hash.startsWith('#request=')")
            else:
                page.select_option(f"select[name={name}]", value)
            page.reload()
            assert all_rows(page) == expected
            if name == "request":
                assert page.evaluate("document.activeElement.closest('.history').dataset.request") == value
                assert page.locator(".history[open]").count() == 1


@pytest.mark.parametrize("chart", [1, 2])
def test_labels_with_special_ids_lead_to_their_findings(browser: Any, special: Report, chart: int) -> None:
    """The addresses that Python writes and those that the script writes are read in the same way."""
    with opened(browser, special) as page:
        links = page.locator(".bars").nth(chart).locator("a")
        for number in range(links.count()):
            link = links.nth(number)
            link.click()
            ((name, value),) = parsed(link.get_attribute("href"))
            until(page, "([name, value]) => document.forms.filters.elements[name].value === value", [name, value])
            wanted = special.ids(**{name: value})
            assert wanted
            assert link.inner_text() == (value or "(unknown)")
            assert all_rows(page) == wanted


# ---- Histories

UPDATE = "UpdateTaskActivityStatusEvent"
MORE = changed(DETAILS, at="2030-01-01T00:00:00Z", values={"references": [{"type": "PO", "value": "1"}]})
CANCEL = (
    b'{"event":"CancelTaskActivityEvent","taskId":"WR-1","activityId":"A-1","note":"n","sender":{"role":"WorkSupplier",'
    b'"id":"northline"},"at":"2031-01-01T00:00:00Z"}'
)


def open_history(page: Any, request: str) -> Any:
    """Open the history of a work request, and return its element."""
    history = page.locator(f".history[data-request={json.dumps(request)}]")
    if history.get_attribute("open") is None:
        history.locator("summary").click()
    history.locator("ol.steps").wait_for()
    return history


def expected_mark(step: Record) -> str:
    """Return the class of the mark of a step, and its shape."""
    levels = {each["level"] for each in step["findings"]}
    if "error" in levels or step["answer"] == "Refused":
        return "path mark error"
    if levels:
        return "path mark warning"
    return "circle mark" if step["answer"] == "Consumed" else "circle mark open"


def expected_moves(steps: list[Record]) -> set[tuple[str, str]]:
    """Return the moves of the status graph in some steps. A cancellation is always the same one."""
    pairs = [
        (step["event"], each["before"]["category"], each["after"]["category"])
        for step in steps
        for each in step["moved"]
        if each["before"] and each["after"]
    ]
    return {(from_, to) if event == UPDATE else ("Open", "Closed") for event, from_, to in pairs if from_ != to}


def highlighted_moves(history: Any) -> set[tuple[str, str]]:
    """Return the moves that stand out on the status graph of a history."""
    pairs = history.locator(".wrm-graph [data-from]:not(.faded)").evaluate_all(
        "all => all.map(arrow => [arrow.dataset.from, arrow.dataset.to])"
    )
    return {tuple(pair) for pair in pairs}


def status_text(status: Record) -> str:
    """Return a status in words."""
    category, state = status["category"], status["state"]
    return category if state in (None, category) else f"{category} ({state})"


def check_history(history: Any, steps: list[Record], more: int = 0) -> None:
    """Check the lanes, the moves and the list of a history.

    Args:
        history: its element.
        steps: the steps that `wrm show` prints, as far as the page has them.
        more: the number of further steps in the list.
    """
    items = history.locator("ol.steps > li").all_inner_texts()
    assert len(items) == len(steps) + more
    for text, step in zip(items, steps, strict=False):
        head = [step["answer"] or "not judged", step["at"] or "", f"{step['file']}:{step['line']}"]
        assert " ".join(text.split("\n")[0].split()) == " ".join(" ".join(head).split())
        assert (step["sender"] or "") in text
        assert [line.split()[1] for line in text.split("\n") if re.match("(error|warning) WRM", line)] == [
            each["rule"] for each in step["findings"]
        ]
        for each in step["findings"]:
            assert f"{each['level']} {each['rule']} {each['message']}" in text
        for each in step["moved"]:
            before = f"{status_text(each['before'])} → " if each["before"] else ""
            assert f"{each['activityId']}: {before}{status_text(each['after'])}" in text
    if not more:
        names = {id_ for step in steps for id_ in [step["activityId"], *(each["activityId"] for each in step["moved"])]}
        labels = history.locator("svg.lanes > svg > title").all_text_contents()
        assert labels[0] == "Work request"
        assert sorted(labels[1:]) == sorted(names - {None})
        marks = history.locator("svg.lanes .mark").evaluate_all(
            "all => all.map(mark => `${mark.localName} ${mark.getAttribute('class')}`)"
        )
        assert marks == [expected_mark(step) for step in steps]
        assert highlighted_moves(history) == expected_moves(steps)


def test_histories_are_those_of_show(browser: Any, usual: Report) -> None:
    """Lanes, marks, moves and the list agree with `wrm show`. Refused and warned steps have different shapes."""
    with opened(browser, usual) as page:
        requests = page.eval_on_selector_all(".history", "all => all.map(each => each.dataset.request)")
        assert {*requests} == {each["taskId"] for each in usual.findings if each["taskId"]}
        marks: Counter[str] = Counter()
        for request in requests[:12]:
            steps = usual.steps(request)
            check_history(open_history(page, request), steps)
            marks.update(map(expected_mark, steps))
        assert len(marks) == 4


@pytest.mark.parametrize(
    ("last", "move"),
    [
        (CANCEL, ("Open", "Closed")),
        (changed(CLOSE, at="2031-01-01T00:00:00Z"), ("Active", "Closed")),
    ],
    ids=["cancelled", "closed"],
)
def test_a_cancellation_is_not_a_forbidden_move(
    browser: Any, tmp_path: Path, last: bytes, move: tuple[str, str]
) -> None:
    """A cancelled activity highlights the arrow of cancellations, although it was Active. An update does not."""
    report = Report(tmp_path / "log.jsonl", log_of(CREATE, ACCEPT, START, last), "--history")
    with opened(browser, report) as page:
        history = open_history(page, "WR-1")
        check_history(history, report.steps("WR-1"))
        assert highlighted_moves(history) == {("Open", "Active"), move}
        faded = history.locator(".faded").first
        assert float(faded.evaluate("arrow => getComputedStyle(arrow).opacity")) < 0.3


def test_a_line_that_is_not_judged_is_a_step_with_an_error(browser: Any, tmp_path: Path) -> None:
    """A malformed line has the mark of an error, although no event was refused."""
    bad = changed(STATUS, status={"category": "Nowhere"})
    report = Report(tmp_path / "log.jsonl", log_of(CREATE, bad, ACCEPT))
    steps = report.steps("WR-1")
    assert [expected_mark(step) for step in steps if step["answer"] is None] == ["path mark error"]
    with opened(browser, report) as page:
        check_history(open_history(page, "WR-1"), steps)


def test_a_long_history_counts_the_steps_that_it_leaves_out(browser: Any, tmp_path: Path) -> None:
    """The page has the first steps and later ones with findings. It says how many steps it leaves out."""
    events = [CREATE, ACCEPT, REJECT, *[MORE] * 150, changed(REJECT, at="2031-01-01T00:00:00Z"), *[MORE] * 20]
    report = Report(tmp_path / "log.jsonl", log_of(*events))
    steps = report.steps("WR-1")
    later = [step for step in steps[HISTORY_STEPS:] if step["findings"]]
    assert later
    with opened(browser, report) as page:
        history = open_history(page, "WR-1")
        check_history(history, steps[:HISTORY_STEPS], more=len(later))
        left_out = len(steps) - HISTORY_STEPS - len(later)
        assert history.locator("p").last.inner_text() == f"{left_out} steps left out."


def test_a_history_leads_to_its_findings(browser: Any, usual: Report) -> None:
    """The link of a history filters the table."""
    with opened(browser, usual) as page:
        request = page.locator(".history").nth(2).get_attribute("data-request")
        open_history(page, request).get_by_role("link", name="Show its findings in the table").click()
        check_table(page, usual, usual.ids(request=request), f", only those of work request {request}")


def test_many_activities_have_their_marks_in_their_own_lanes(browser: Any, tmp_path: Path) -> None:
    """An event of an activity without a lane has no mark, rather than one in another lane."""
    activities = [{"id": f"A-{number}", "type": {"code": "COPPER"}} for number in range(1, 61)]
    events = [
        changed(CREATE, activities=activities),
        changed(STATUS, activityId="A-60"),
        changed(STATUS, activityId="A-2"),
        REJECT,
    ]
    report = Report(tmp_path / "log.jsonl", log_of(*events), "--history")
    with opened(browser, report) as page:
        history = open_history(page, "WR-1")
        assert history.locator("svg.lanes > svg").count() == 41
        assert history.locator("svg.lanes .mark").count() == 3
        assert "20 activities have no lane." in history.inner_text()


# ---- Hostile values

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</script ><script >alert(1)</script >",
    "<!-- <script >alert(1)",
    '"><svg onload=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}{# no #}${alert(1)}`",
    "&lt;b&gt;&amp;#60;i&#62;",
    "\u2028\u2029\u202eevil\u2066\u200b\ufeff",
    "\x00\x1b[31m\r\n\t",
    "W" * 95,
    "漢" * 95,
    "x" * 5_000,
]
"""Texts that are markup, templates, control characters, or long without a space."""

BROKEN_NAMES = [b'"\\ud800"', b'"\\udfff\\ud800x"']
"""Lone surrogates in JSON."""


def hostile_events(text: str) -> Iterator[bytes]:
    """Yield lines with a text in place of each id, name, state, time and note."""
    party = {"role": "WorkSupplier", "id": text}
    mine: Record = {"taskId": text, "sender": party}
    type_ = {"code": text, "states": {text: "Active"}}
    yield changed(CREATE, taskId=text, supplier=text, requestor=text, activities=[{"id": text, "type": type_}])
    yield changed(ACCEPT, taskId=text, note=text)
    yield changed(STATUS, **mine, activityId=text, status={"category": "Active", "state": text}, note=text)
    yield changed(STATUS, **mine, activityId=text, status={"category": "Open", "state": text}, eventId=text)
    yield changed(REJECT, **mine, reason=text, note=text)
    yield changed(ACCEPT, taskId=text, event=text)
    yield changed(ACCEPT, taskId=text, at=text)
    yield changed(STATUS, taskId=text, status={"category": text})
    yield changed(ACCEPT, taskId=text, sender={"role": text, "id": text})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a log with hostile values, whose file has a hostile name."""
    events = [event for text in HOSTILE for event in hostile_events(text)]
    events += [ACCEPT.replace(b'"WR-1"', name) for name in BROKEN_NAMES]
    events += [CREATE.replace(b'"northline"', name).replace(b'"WR-1"', b'"WR-9"') for name in BROKEN_NAMES]
    name = b"<img src=x onerror=alert(1)>{{7*7}}'\"&#%\xff" + "\u202e\u2028".encode() + b"y" * 60 + b".jsonl"
    return Report(tmp_path_factory.mktemp("hostile") / os.fsdecode(name), log_of(*events))


ELEMENTS = (
    "a article b body button circle code dd desc details div dl dt figcaption figure footer form g h1 h2 h3 head header"
    " html input label li line main meta nav noscript ol option p path polygon pre rect script section select small"
    " span style summary svg table tbody td text th thead title tr"
)
"""The names of the elements of a report."""


def open_everything(page: Any) -> None:
    """Open all histories and the graph."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    until(page, "[...document.querySelectorAll('.history')].every((each) => each.childElementCount > 1)")


def test_hostile_values_are_only_text(browser: Any, hostile: Report) -> None:
    """No value becomes an element, an attribute or a script. All of them are shown as text."""
    with opened(browser, hostile) as page:
        open_everything(page)
        found = page.evaluate("[...new Set([...document.querySelectorAll('*')].map((each) => each.localName))]")
        assert {*found} <= {*ELEMENTS.split()}
        assert page.locator("script").count() == 2
        names = page.evaluate(
            "[...new Set([...document.querySelectorAll('*')].flatMap((each) => each.getAttributeNames()))]"
        )
        assert [name for name in names if name.startswith("on") or name in ("src", "autofocus", "srcdoc")] == []
        targets = page.eval_on_selector_all("a", "all => all.map(link => link.getAttribute('href')[0])")
        assert {*targets} == {"#"}
        assert printable(hostile.log.name) in page.inner_text("h1")
        everything = page.inner_text("#table")
        while page.get_by_role("button", name="Next").is_enabled():
            page.get_by_role("button", name="Next").click()
            everything += page.inner_text("#table")
        for finding in hostile.findings:
            for key in ("taskId", "message", "sender", "at", "activityId"):
                assert " ".join(printable(finding[key] or "").split()) in " ".join(everything.split())
        requests = page.locator(".history summary b").all_inner_texts()
        assert {*requests} >= {printable(text) for text in HOSTILE[:-1]}


@pytest.mark.parametrize("width", [1280, 1121, 1120, 768, 390, 320])
def test_long_values_fit(browser: Any, hostile: Report, usual: Report, width: int) -> None:
    """The page is not wider than the window, and no text is outside its box."""
    for report in (hostile, usual):
        with opened(browser, report, width=width) as page:
            if report is hostile:
                open_everything(page)
            assert not is_wider_than_the_window(page)
            assert problems_of_layout(page) == []


def test_long_names_are_cut_in_lanes(browser: Any, hostile: Report) -> None:
    """Each name and each state in a lane is in a frame that cuts it, and fits it if its letters are usual ones."""
    with opened(browser, hostile) as page:
        open_everything(page)
        texts = page.eval_on_selector_all(
            "svg.lanes text:not(.quiet)",
            """texts => texts.map((text) => {
              const frame = text.parentElement;
              const shown = text.textContent, whole = frame.querySelector("title").textContent;
              return [
                frame.localName, getComputedStyle(frame).overflow, shown === whole || shown.endsWith("…"),
                text.getBBox().width <= frame.width.baseVal.value || !/^[a-z0-9 ():-]*…?$/.test(shown),
              ];
            })""",
        )
        assert len(texts) > 50
        assert {tuple(each) for each in texts} == {("svg", "hidden", True, True)}


# ---- Accessibility


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a short log."""
    return Report(tmp_path_factory.mktemp("small") / "log.jsonl", log_of(*lines(60, seed=7)))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_are_accessible(browser: Any, small: Report, scheme: str, width: str) -> None:
    """Axe finds nothing with all parts open. The tests store screenshots of the parts."""
    with opened(browser, small, scheme=scheme, width=WIDTHS[width]) as page:
        open_everything(page)
        assert violations(page) == []
        for part in ("header", "#overview", "#moves", "#findings", "#requests", "#rules", "#next"):
            page.evaluate("part => document.querySelector(part).scrollIntoView()", part)
            page.screenshot(path=str(SCREENSHOTS / f"report-{part.strip('#')}-{scheme}-{width}.png"))
        page.evaluate("document.querySelector('.history .wrm-graph').scrollIntoView()")
        page.screenshot(path=str(SCREENSHOTS / f"report-history-{scheme}-{width}.png"))


def test_filtered_and_hostile_reports_are_accessible(browser: Any, usual: Report, hostile: Report) -> None:
    """Axe finds nothing with an empty table, with a marked row, and with hostile values."""
    with opened(browser, usual, "#level=error&to=Closed&rule=WRM601") as page:
        assert rows(page) == []
        assert violations(page) == []
    with opened(browser, hostile, f"#finding={hostile.ids()[3]}") as page:
        open_everything(page)
        assert page.locator("tr.target").count() == 1
        assert violations(page) == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("document.querySelector('#filters label').replaceWith(document.querySelector('input'))", "label"),
        ("document.body.style.color = '#999'", "color-contrast"),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    ],
)
def test_axe_finds_faults(browser: Any, small: Report, fault: str, expected: str) -> None:
    """A missing label, poor contrast and a missing language are found, so the tests above can fail."""
    with opened(browser, small) as page:
        page.evaluate(fault)
        assert any(f" {expected}: " in found for found in violations(page))


# ---- Keyboard


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_every_control(browser: Any, tmp_path: Path, width: str) -> None:
    """The Tab key reaches all links, buttons and fields, each of which is visible and has a visible focus."""
    report = Report(tmp_path / "log.jsonl", log_of(*lines(30, seed=7)))
    with opened(browser, report, width=WIDTHS[width]) as page:
        open_everything(page)
        controls = page.evaluate(
            """() => {
              const found = [...document.querySelectorAll("a, button:enabled, input, select, summary, [tabindex='0']")];
              const shown = found.filter((each) => each.checkVisibility());
              shown.forEach((each, at) => { each.dataset.control = at; });
              return shown.length;
            }"""
        )
        assert controls > 60
        reached = []
        for _ in range(controls):
            page.keyboard.press("Tab")
            control, outline, is_seen = page.evaluate(
                """() => {
                  const focused = document.activeElement, style = getComputedStyle(focused);
                  const box = focused.getClientRects()[0];
                  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
                  const seen = document.elementFromPoint(
                    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
                  return [
                    focused.dataset.control ?? focused.outerHTML, style.outlineStyle + style.outlineWidth,
                    focused.contains(seen),
                  ];
                }"""
            )
            reached.append(control)
            assert outline == "solid3px", control
            assert is_seen, control
        assert reached == [str(number) for number in range(controls)]


def test_the_keyboard_operates_the_controls(browser: Any, usual: Report) -> None:
    """Enter opens a history and follows a link; letters choose in a select; typing searches; Space shows all."""
    with opened(browser, usual) as page:
        history = page.locator(".history").first
        history.locator("summary").focus()
        page.keyboard.press("Enter")
        history.locator("ol.steps").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert count_line(page).endswith(f", only those of work request {history.get_attribute('data-request')}")
        page.get_by_role("button", name="Show all").focus()
        page.keyboard.press("Space")
        until(page, "location.hash === '#findings'")
        page.locator("input[name=q]").focus()
        page.keyboard.type("WRM302")
        check_table(page, usual, searched(usual, "WRM302"))
        page.keyboard.press("Tab")
        page.keyboard.type("w")
        expected = [id_ for id_ in searched(usual, "WRM302") if id_ in usual.ids(level="warning")]
        check_table(page, usual, expected)


# ---- Print, and pages without scripts


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_print(browser: Any, small: Report, tmp_path: Path, scheme: str) -> None:
    """Print has no filters, dark text, all colours of the charts, and nothing wider than the paper."""
    with opened(browser, small, scheme=scheme, width=720) as page:
        open_everything(page)
        page.emulate_media(media="print")
        for selector in ("#filters", "#pages", "header nav"):
            assert not page.locator(selector).is_visible()
        assert page.locator("#table tbody tr").first.is_visible()
        assert not is_wider_than_the_window(page)
        assert problems_of_layout(page) == []
        assert page.locator(".bars svg").first.evaluate("bar => getComputedStyle(bar).printColorAdjust") == "exact"
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(31, 35, 40)"
        page.screenshot(path=str(SCREENSHOTS / f"report-print-{scheme}.png"))
        pdf = page.pdf(path=str(tmp_path / "report.pdf"), format="A4", print_background=True)
        assert pdf.startswith(b"%PDF")
        assert len(pdf) > 20_000


def test_without_scripts_the_overview_and_the_rules_can_be_read(browser: Any, usual: Report) -> None:
    """A note says what is missing. Empty filters and an empty table are not shown."""
    with opened(browser, usual, java_script_enabled=False) as page:
        note = page.locator("noscript p")
        assert note.is_visible()
        assert note.inner_text() == "The table of findings and the histories need JavaScript."
        for selector in ("#overview .bars", "#rules article", ".matrix", ".timeline", ".totals"):
            assert page.locator(selector).first.is_visible()
        for selector in ("#filters", "#table", "#requests"):
            assert not page.locator(selector).is_visible()


# ---- Sizes


@pytest.mark.parametrize(("events", "findings", "limit"), [(1_700, 1_000, 500_000), (17_000, 10_000, 3_000_000)])
def test_large_reports_are_small_and_work(browser: Any, tmp_path: Path, events: int, findings: int, limit: int) -> None:
    """A page with 1,000 findings has less than 500 kB, and one with 10,000 has less than 3 MB. Both filter and sort."""
    report = Report(tmp_path / "log.jsonl", log_of(*lines(events, seed=7)))
    assert len(report.findings) >= findings
    assert report.path.stat().st_size < limit
    kept = min(len(report.findings), MAX_FINDINGS)
    with opened(browser, report) as page:
        assert count_line(page) == f"{kept:,} findings"
        page.fill("input[name=q]", "WRM302 southline")
        assert 0 < int(count_line(page).split()[0].replace(",", "")) < kept
        show_all(page)
        page.locator("#table thead").get_by_role("button", name="Work request").click()
        assert page.locator("#table tbody tr").count() == PAGE
        assert page.locator("#table tbody td:nth-child(3) a").first.inner_text() == "WR-1"
        page.get_by_role("button", name="Next").click()
        assert "Page 2 of" in page.inner_text("#pages")


def test_a_column_that_would_be_empty_is_left_out(browser: Any, tmp_path: Path) -> None:
    """A finding of a log rule has no sender. The other columns keep their places."""
    report = Report(tmp_path / "log.jsonl", b'not json\n{"event":"X"}\n')
    with opened(browser, report) as page:
        heads = ["Level", "Rule", "Work request", "Time", "Finding", "Place ↑"]
        assert page.locator("#table thead th").all_inner_texts() == heads
        cells = page.locator("#table tbody td")
        assert cells.evaluate_all("all => all.map((each) => each.dataset.name)") == [*heads[:-1], "Place"] * 2
        assert "JSON in UTF-8" in cells.nth(4).inner_text()
