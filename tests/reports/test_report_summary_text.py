"""Tests of the summary as text."""

import re
from collections import deque
from typing import Any
from unicodedata import combining, east_asian_width
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import HELD, NOT_JSON, finding, run
from work_request_manager.log import Finding, Level
from work_request_manager.reports import ALL_RULES, Invocation, plain, summary_text
from work_request_manager.reports import _summary as aggregates

WITHOUT_NEXT = Invocation(["-"])


def summary(*found: Finding, invocation: Invocation = WITHOUT_NEXT, **options: Any) -> str:
    """Return the summary of a run with these findings."""
    finished = run(*found, **options)
    finished.summarise()
    deque(finished, maxlen=0)
    return summary_text(finished, plain, invocation)


def test_a_summary_has_tables_totals_and_the_next_steps() -> None:
    """Numbers are aligned on the right, and the largest come first."""
    found = [
        *[finding(task_id=f"WR-{number}", at="2026-03-05T00:00:00Z") for number in range(1_200)],
        finding(first_refusal="log.jsonl:1"),
        finding(rule="WRM106", activity_id=None, activity_type=None, from_=None, to=None, task_id="WR-7"),
        *[HELD] * 11,
        NOT_JSON,
    ]
    assert (
        summary(*found, invocation=Invocation(["log.jsonl"]))
        == """\
Errors by rule                        findings  requests       first        last
WRM201 closed-is-final                   1,201     1,200  2026-03-02  2026-03-05
WRM106 cancel-request-untouched-wor…         1         1  2026-03-02  2026-03-02
WRM501 not-json                              1         0           –           –

Warnings by rule                      findings  requests       first        last
WRM107 held-work-does-not-start             11         1  2026-03-02  2026-03-02

By supplier and activity type         errors  warnings  requests
northline, FIBRE_CONNECT               1,201        11     1,200
northline, (unknown)                       1         0         1
(unknown)                                  1         0         0

By move                               findings  requests  rules
Closed → Active                          1,212     1,200  WRM107, WRM201

Most independent errors, by request   independent  errors  warnings
WR-7                                            2       2         0
WR-1                                            1       2        11
WR-0                                            1       1         0
WR-2                                            1       1         0
WR-3                                            1       1         0
  An independent error does not follow from an earlier refused event.

12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not
consumed, 1 refused) for 2 work requests; 1,203 errors, 11 warnings

Next:
  Read the rules that are broken most often:
    wrm explain WRM201 WRM106 WRM501
  Follow the work request with the most independent errors step by step:
    wrm show log.jsonl WR-7
  Accept the findings of today, so that --baseline reports only new ones:
    wrm check --write-baseline baseline.json log.jsonl
"""
    )


def test_a_summary_without_findings_is_the_totals() -> None:
    """Tables without rows are left out."""
    assert summary() == (
        "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not\n"
        "consumed, 1 refused) for 2 work requests; 0 errors, 0 warnings\n"
    )


def test_suppliers_that_are_all_unknown_have_no_table() -> None:
    """Neither have moves and independent errors that do not exist."""
    text = summary(finding(rule="WRM601", level=Level.WARNING, supplier=None, activity_type=None, to=None))
    assert [line.split("  ")[0] for line in text.splitlines()[:4]] == [
        "Warnings by rule", "WRM601 time-goes-back", "", "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7"
        " consumed, 1 not",
    ]  # fmt: skip


def test_many_suppliers_and_moves_are_cut() -> None:
    """The number of further rows is printed, and the number of findings that are too many to group."""
    categories = ("Open", "Active", "PracticalCompletion", "InReview", "Closed")
    moves = [finding(from_=before, to=after) for before in categories for after in categories]
    suppliers = [finding(supplier=f"s{number}", to=None) for number in range(15)]
    text = summary(*moves, *suppliers)
    assert "s9, FIBRE_CONNECT " not in text
    assert re.search(r"^s8, FIBRE_CONNECT .*\n  and 6 more$", text, re.MULTILINE)
    assert re.search(r"^PracticalCompletion → Active .*\n  and 15 more$", text, re.MULTILINE) is None
    assert "\n  and 15 more\n" in text
    with mock.patch.object(aggregates, "MAX_GROUPS", 12):
        text = summary(*moves, *suppliers)
    assert "\n  and 2 more\n  and 4 findings in further rows, which are too many to keep\n" in text
    assert "\n  and 2 more\n  and 13 findings in further rows, which are too many to keep\n" in text


def test_a_full_summary_says_so() -> None:
    """The numbers of work requests are then too small."""
    with mock.patch.object(aggregates, "REQUESTS_LIMIT", 500):
        text = summary(finding(), finding(task_id="WR-2"))
    assert (
        "\n\nOnly the first 1 work request with findings are kept, so the numbers of requests\n"
        "leave out 1 finding of others.\n\n12 lines"
    ) in text


@pytest.mark.parametrize(
    ("supplier", "type_", "label"),
    [
        ("northline", None, "northline, (unknown)"),
        (None, "FIBRE", "(unknown), FIBRE"),
        ("s" * 17, "t" * 17, f"{'s' * 17}, {'t' * 17}"),
        ("s" * 18, "t" * 17, f"{'s' * 16}…, {'t' * 17}"),
        ("s" * 40, "t", f"{'s' * 16}…, t"),
        ("s", "t" * 40, f"s, {'t' * 16}…"),
        ("工" * 20, "事" * 8, f"{'工' * 8}…, {'事' * 8}"),
        ("Ma\u0304ori", "a\x1b[2J", "Ma\u0304ori, a\\x1b[2J"),
    ],
)
def test_long_names_are_cut(supplier: str | None, type_: str | None, label: str) -> None:
    """The columns stay aligned, also if a character takes two columns or none. Controls are escaped."""
    text = summary(finding(supplier=supplier, activity_type=type_))
    _, table = text.split("By supplier and activity type")
    row = table.splitlines()[1]
    assert re.split(r" {3,}", row)[0] == label
    assert columns(row) == columns("By supplier and activity type" + table.splitlines()[0])


def columns(line: str) -> int:
    """Return the number of columns that a line takes on a terminal."""
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in line)


def test_many_rules_of_a_move_are_cut() -> None:
    """The number of the others follows the first two."""
    found = [finding(rule=rule) for rule in ("WRM302", "WRM201", "WRM301")]
    assert "WRM201, WRM301 +1\n" in summary(*found)
    assert "WRM201, WRM302\n" in summary(*found[:2])


def test_the_longest_move_fits() -> None:
    """Its label is wider than usual."""
    text = summary(finding(from_="PracticalCompletion", to="PracticalCompletion"))
    label = "PracticalCompletion → PracticalCompletion"
    assert f"\n{label}         1         1  WRM201\n" in text
    assert f"\n{'By move':{len(label)}}  findings  requests  rules\n" in text


texts = st.none() | st.text(st.characters(), min_size=1, max_size=60)
any_findings = st.builds(
    finding,
    rule=st.sampled_from([*ALL_RULES]),
    level=st.sampled_from(Level),
    task_id=texts,
    supplier=texts,
    activity_type=texts,
    from_=st.none() | st.sampled_from(["Open", "PracticalCompletion"]),
    to=st.none() | st.sampled_from(["Open", "PracticalCompletion"]),
    at=st.none() | st.sampled_from(["2026-03-02T21:00:00.5Z", "0001-01-01T00:00:00Z", "x"]),
)


@settings(deadline=None)
@given(st.lists(any_findings, max_size=20), st.booleans())
def test_a_summary_fits_a_terminal(found: list[Finding], is_limited: bool) -> None:
    """Every line except a command is at most 80 columns wide and printable, and none has space at its end."""
    text = summary(*found, limit=0 if is_limited else None, invocation=Invocation(["log.jsonl"]))
    for line in text.splitlines():
        assert line.isprintable()
        assert line == line.rstrip()
        assert columns(line) <= 80 or line.startswith("    wrm ")


def test_large_numbers_take_columns_from_labels() -> None:
    """The tables still fit."""
    finished = run()
    made = finished.summarise()
    for rule in ("WRM106", "WRM201"):
        made.add(finding(rule=rule))
    group, _ = made.by_rule.groups.values()
    group.errors = group.requests = 1_000_000_000
    lines = summary_text(finished, plain, WITHOUT_NEXT).splitlines()[:3]
    assert [len(line) for line in lines] == [80] * 3
    assert lines[1] == "WRM106 cancel-request-unt…  1,000,000,000  1,000,000,000  2026-03-02  2026-03-02"


def test_a_summary_can_be_coloured() -> None:
    """Headings and rules are, and colours do not change the columns."""
    finished = run(finding(), HELD)
    finished.summarise()
    deque(finished, maxlen=0)
    painted = summary_text(finished, lambda part, text: f"\x1b[{part}m{text}\x1b[m", Invocation(["a"]))
    parts = re.findall(r"\x1b\[(\w+)m(.*?)\x1b\[m", painted)
    assert parts == [
        ("error", "Errors by rule"),
        ("rule", "WRM201 closed-is-final"),
        ("warning", "Warnings by rule"),
        ("rule", "WRM107 held-work-does-not-start"),
        ("heading", "By supplier and activity type"),
        ("heading", "By move"),
        ("heading", "Most independent errors, by request"),
        ("heading", "Next:"),
    ]
    assert re.sub(r"\x1b\[\w*m", "", painted) == summary_text(finished, plain, Invocation(["a"]))
