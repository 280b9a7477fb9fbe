"""Tests of the report in text, and of its parts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import COUNTS, HELD, finding, report_of, run
from work_request_manager.log import Counts, Level
from work_request_manager.reports import counted, finding_line, statistics_table, summary_line, text


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {},
            "log.jsonl:17: error WRM201 closed-is-final:"
            " activity A-1 is Closed, which is final; it cannot move to Active (OnSite)",
        ),
        (
            {"file": "-", "line": 1, "rule": "WRM601", "name": "time-goes-back", "basis": None,
             "level": Level.WARNING, "message": "kia ora, Māori 工事"},
            "-:1: warning WRM601 time-goes-back: kia ora, Māori 工事",
        ),
        ({"file": "a\nb", "message": "1\r\n2\t3"}, r"a\nb:17: error WRM201 closed-is-final: 1\r\n2\t3"),
        ({"message": "\x1b[31m\x00\x85\u2028\u202e\ud800"},
         r"log.jsonl:17: error WRM201 closed-is-final: \x1b[31m\x00\x85\u2028\u202e\ud800"),
    ],
    ids=["event", "log rule", "line ends", "controls"],
)  # fmt: skip
def test_a_finding_is_a_line_of_text(fields: dict[str, object], line: str) -> None:
    """It has the file, line, level, id, name and message. Characters that cannot be printed are escaped."""
    assert finding_line(finding(**fields)) == line


@settings(deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_a_finding_is_always_one_printable_line(file: str, message: str) -> None:
    """No value of a log controls a terminal or starts a new line. Printable text is not changed."""
    line = finding_line(finding(file=file, message=message))
    assert line.isprintable()
    line.encode()
    if (file + message).isprintable():
        assert line == f"{file}:17: error WRM201 closed-is-final: {message}"


def test_a_line_can_be_coloured() -> None:
    """The place, the level and the rule are. The function that colours them gets printable text only."""
    painted = finding_line(finding(file="a\x1b", message="m"), lambda part, text: f"<{part} {text}>")
    assert painted == r"<place a\x1b:17>: <error error> <rule WRM201 closed-is-final>: m"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (1_000, "1,000 lines")]
)
def test_a_number_agrees_with_its_noun(number: int, expected: str) -> None:
    """Only 1 has the singular. A plural that does not just add an "s" is given."""
    assert counted(number, "line") == expected
    assert counted(number, "entry", "entries") == expected.replace("lines", "entries").replace("line", "entry")


@pytest.mark.parametrize(
    ("counts", "levels", "past_limit", "line"),
    [
        (
            COUNTS,
            {Level.ERROR: 2, Level.WARNING: 3},
            0,
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 2 errors, 3 warnings",
        ),
        (
            Counts(lines=1, events=1, consumed=1, work_requests=1),
            {Level.ERROR: 1, Level.WARNING: 1},
            0,
            "1 line (0 blank, 0 malformed, 0 unknown); 1 event (1 consumed, 0 not consumed, 0 refused)"
            " for 1 work request; 1 error, 1 warning",
        ),
        (
            Counts(lines=1_000_000, events=1_000_000, refused=1_000_000),
            {Level.ERROR: 1_000_001},
            1,
            "1,000,000 lines (0 blank, 0 malformed, 0 unknown);"
            " 1,000,000 events (0 consumed, 0 not consumed, 1,000,000 refused)"
            " for 0 work requests; 1,000,001 errors, 0 warnings (1,000,000 of 1,000,001 findings printed)",
        ),
    ],
    ids=["plural", "singular", "past the limit"],
)
def test_a_summary_is_one_line(counts: Counts, levels: dict[Level, int], past_limit: int, line: str) -> None:
    """It has all counts, the number of findings of each level, and the number printed if that is not all."""
    assert summary_line(counts, levels, past_limit) == line


def test_a_report_in_text_has_a_line_for_each_finding_then_a_summary() -> None:
    """Statistics come last."""
    lines = report_of("text", run(HELD, finding(), finding(), limit=2), statistics=True).splitlines()
    assert lines == [
        finding_line(HELD),
        finding_line(finding()),
        summary_line(COUNTS, {Level.ERROR: 2, Level.WARNING: 1}, 1),
        "rule    name                      basis    found",
        "WRM107  held-work-does-not-start  assumed  1",
        "WRM201  closed-is-final           stated   2",
    ]


def test_a_log_that_cannot_be_read_at_all_has_no_summary() -> None:
    """A summary full of zeros would look like that of an empty log."""
    assert list(text(run(counts=Counts(), problem="does not exist"))) == []
    assert len(list(text(run(counts=COUNTS, problem="is cut")))) == 1


def test_statistics_are_in_the_order_of_the_rules() -> None:
    """Each rule with findings has a row, and log rules do too."""
    table = statistics_table({"WRM601": 3, "WRM107": 1_200, "WRM201": 5})
    assert [line.split() for line in table.splitlines()] == [
        ["rule", "name", "basis", "found"],
        ["WRM107", "held-work-does-not-start", "assumed", "1,200"],
        ["WRM201", "closed-is-final", "stated", "5"],
        ["WRM601", "time-goes-back", "log", "3"],
    ]
    assert len(statistics_table({}).splitlines()) == 1
