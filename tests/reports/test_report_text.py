"""Tests of the report in text, and of its parts."""

import re

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
            "log.jsonl:17: error WRM201 closed-is-final: WR-1/A-1:"
            " activity A-1 is Closed, which is final; it cannot move to Active (OnSite)",
        ),
        (
            {"file": "-", "line": 1, "rule": "WRM601", "name": "time-goes-back", "basis": None,
             "level": Level.WARNING, "activity_id": None, "message": "kia ora, Māori 工事"},
            "-:1: warning WRM601 time-goes-back: WR-1: kia ora, Māori 工事",
        ),
        ({"file": "a\nb", "message": "1\r\n2\t3"}, r"a\nb:17: error WRM201 closed-is-final: WR-1/A-1: 1\r\n2\t3"),
        ({"message": "\x1b[31m\x00\x85\u2028\u202e\ud800"},
         r"log.jsonl:17: error WRM201 closed-is-final: WR-1/A-1: \x1b[31m\x00\x85\u2028\u202e\ud800"),
        ({"file": "##[a]", "task_id": "::debug::W", "activity_id": "##vso[x]", "message": "a::error::b ##teamcity[y]"},
         r"#\x23[a]:17: error WRM201 closed-is-final: :\x3adebug:\x3aW/#\x23vso[x]:"
         r" a:\x3aerror:\x3ab #\x23teamcity[y]"),
        ({"message": "## no command [1] :: ::1 fe80::1 a:b # #[x]"},
         "log.jsonl:17: error WRM201 closed-is-final: WR-1/A-1: ## no command [1] :: ::1 fe80::1 a:b # #[x]"),
        ({"task_id": "W\n" + "x" * 99, "activity_id": "y" * 100, "message": "m"},
         f"log.jsonl:17: error WRM201 closed-is-final: W\\n{'x' * 48}… (101 characters)/{'y' * 100}: m"),
        ({"task_id": None, "message": "m"}, "log.jsonl:17: error WRM201 closed-is-final: m"),
    ],
    ids=["event", "log rule", "line ends", "controls", "commands", "no commands", "long ids", "no work request"],
)  # fmt: skip
def test_a_finding_is_a_line_of_text(fields: dict[str, object], line: str) -> None:
    """Long ids are cut. What cannot be printed, or is a command of continuous integration, is escaped."""
    assert finding_line(finding(**fields)) == line


COMMAND = re.compile(r"##\w*\[|::[A-Za-z]")
"""The start of a command of continuous integration."""

texts = st.text(st.characters()) | st.text(st.sampled_from("#:[ae\n"))


@settings(deadline=None)
@given(texts, texts)
def test_a_finding_is_always_one_printable_line(file: str, message: str) -> None:
    """No value controls a terminal or continuous integration, or starts a new line. Other text is not changed."""
    line = finding_line(finding(file=file, message=message))
    assert line.isprintable()
    assert not COMMAND.search(line)
    line.encode()
    if (file + message).isprintable() and not COMMAND.search(f"{file}\n{message}"):
        assert line == f"{file}:17: error WRM201 closed-is-final: WR-1/A-1: {message}"


def test_a_line_can_be_coloured() -> None:
    """The place, the level and the rule are. The function that colours them gets printable text only."""
    painted = finding_line(finding(file="a\x1b", message="m"), lambda part, text: f"<{part} {text}>")
    assert painted == r"<place a\x1b:17>: <error error> <rule WRM201 closed-is-final>: WR-1/A-1: m"


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
            Counts(lines=3, events=3, consumed=3, work_requests=1, assumed=2),
            {},
            0,
            "3 lines (0 blank, 0 malformed, 0 unknown); 3 events (3 consumed, 0 not consumed, 0 refused)"
            " for 1 work request and 2 assumed; 0 errors, 0 warnings",
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
    ids=["plural", "singular", "assumed", "past the limit"],
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


@pytest.mark.parametrize(
    ("unknown", "events", "is_suggested"), [(10, 100, True), (10, 101, False), (9, 9, False), (50, 60, True)]
)
def test_a_report_in_text_suggests_partial(unknown: int, events: int, is_suggested: bool) -> None:
    """It does so if at least ten events, and a tenth of all, are for unknown work requests, printed or not."""
    found = [finding(rule="WRM401", name="known-work-request")] * unknown
    counts = Counts(lines=events, events=events, refused=events)
    for options in ({}, {"limit": 0}, {"left_out": frozenset({"WRM401"})}):
        *_, last = report_of("text", run(finding(), *found, counts=counts, **options)).splitlines()
        assert ("use --partial" in last) is is_suggested
