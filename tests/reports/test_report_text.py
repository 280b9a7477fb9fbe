"""Tests of the report in text, and of its parts."""

import re
from collections import deque
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import COUNTS, HELD, finding, many, report_of, run
from work_request_manager.log import Counts, Finding, Level
from work_request_manager.reports import (
    Baseline,
    Invocation,
    counted,
    finding_line,
    plain,
    summary_text,
    text,
    totals_line,
)
from work_request_manager.reports._fingerprints import Fingerprints


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
    ("counts", "found", "options", "line"),
    [
        (
            COUNTS,
            [HELD, HELD, HELD, finding(), finding()],
            {},
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 2 errors, 3 warnings",
        ),
        (
            Counts(lines=1, events=1, consumed=1, work_requests=1),
            [HELD, finding()],
            {},
            "1 line (0 blank, 0 malformed, 0 unknown); 1 event (1 consumed, 0 not consumed, 0 refused)"
            " for 1 work request; 1 error, 1 warning",
        ),
        (
            Counts(lines=3, events=3, consumed=3, work_requests=1, assumed=2),
            [],
            {},
            "3 lines (0 blank, 0 malformed, 0 unknown); 3 events (3 consumed, 0 not consumed, 0 refused)"
            " for 1 work request and 2 assumed; 0 errors, 0 warnings",
        ),
        (
            Counts(lines=1_000_000, events=1_000_000, refused=1_000_000),
            many(1_001),
            {"limit": 1_000},
            "1,000,000 lines (0 blank, 0 malformed, 0 unknown);"
            " 1,000,000 events (0 consumed, 0 not consumed, 1,000,000 refused)"
            " for 0 work requests; 1,001 errors, 0 warnings (1,000 of 1,001 findings printed)",
        ),
        (
            COUNTS,
            [HELD, finding()],
            {"limit": 0, "known": [HELD], "others": 1},
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 1 error, 0 warnings (0 of 1 finding printed);"
            " baseline: 1 finding known, 1 entry not found",
        ),
        (
            COUNTS,
            [],
            {"others": 2},
            "12 lines (1 blank, 1 malformed, 1 unknown); 9 events (7 consumed, 1 not consumed, 1 refused)"
            " for 2 work requests; 0 errors, 0 warnings; baseline: 0 findings known, 2 entries not found",
        ),
    ],
    ids=["plural", "singular", "assumed", "past the limit", "baseline", "baseline without findings"],
)
def test_totals_are_one_line(counts: Counts, found: Iterable[Finding], options: dict[str, Any], line: str) -> None:
    """They have all counts, the number of findings of each level, and the number printed if that is not all."""
    known, others = options.pop("known", []), options.pop("others", 0)
    if known or others:
        fingerprints = [Fingerprints().of(each) for each in known]
        options["baseline"] = Baseline([*fingerprints, *(f"{number:016}" for number in range(others))])
    finished = run(*found, counts=counts, **options)
    deque(finished, maxlen=0)
    assert totals_line(finished) == line


def test_a_report_in_text_has_a_line_for_each_finding_then_the_totals() -> None:
    """If all findings are printed, there are no tables."""
    unlimited: dict[str, Any] = {}
    for options in (unlimited, {"limit": 3}):
        found = run(HELD, finding(), finding(), **options)
        lines = report_of("text", found).splitlines()
        assert lines == [finding_line(HELD), finding_line(finding()), finding_line(finding()), totals_line(found)]
        assert (found.summary is None) is (not options), "aggregating takes time"


def test_tables_follow_if_not_all_findings_are_printed() -> None:
    """A limit of 0 prints the tables alone."""
    found = run(HELD, finding(), finding(), limit=2)
    report = report_of("text", found)
    assert report == f"{finding_line(HELD)}\n{finding_line(finding())}\n\n{summary_text(found, plain)}"
    found = run(HELD, finding(), finding(), limit=0)
    assert report_of("text", found) == summary_text(found, plain)


def test_tables_can_follow_all_findings() -> None:
    """A terminal shows them, with colours. Without findings they are the totals alone."""

    def paint(part: str, text: str) -> str:
        return f"<{part} {text}>"

    invocation = Invocation(["a"])
    found = run(HELD)
    report = "".join(text(found, paint=paint, is_summarised=True, invocation=invocation))
    assert report == f"{finding_line(HELD, paint)}\n\n{summary_text(found, paint, invocation)}"
    found = run()
    assert "".join(text(found, is_summarised=True)).split() == totals_line(found).split()


def test_a_log_that_cannot_be_read_at_all_has_no_totals() -> None:
    """Totals full of zeros would look like those of an empty log."""
    assert list(text(run(counts=Counts(), problem="does not exist"))) == []
    assert list(text(run(counts=Counts(), problem="does not exist", limit=0), is_summarised=True)) == []
    assert len(list(text(run(counts=COUNTS, problem="is cut")))) == 1


@pytest.mark.parametrize(
    ("unknown", "events", "is_suggested"), [(10, 100, True), (10, 101, False), (9, 9, False), (50, 60, True)]
)
def test_a_report_in_text_suggests_partial(unknown: int, events: int, is_suggested: bool) -> None:
    """It does so if at least ten events, and a tenth of all, are for unknown work requests, printed or not."""
    found = [finding(rule="WRM401", name="known-work-request")] * unknown
    counts = Counts(lines=events, events=events, refused=events)
    every: dict[str, Any] = {}
    for options in (every, {"left_out": frozenset({"WRM401"})}):
        *_, last = report_of("text", run(finding(), *found, counts=counts, **options)).splitlines()
        assert ("use --partial" in last) is is_suggested
    in_tables = report_of("text", run(finding(), *found, counts=counts, limit=0))
    assert ("wrm check --partial log.jsonl" in in_tables) is is_suggested
    assert "use --partial" not in in_tables
