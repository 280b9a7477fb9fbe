"""Tests of the commands that a summary suggests."""

from collections import deque
from typing import Any

import pytest

from reports.samples import HELD, finding, run
from work_request_manager.log import Counts, Finding
from work_request_manager.reports import Baseline, Invocation
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._next import Step, next_steps

LOG = Invocation(["log.jsonl"])
COUNTS = Counts(lines=10, blank=2, malformed=4, events=4)
BAD = finding(rule="WRM502", name="bad-field", task_id=None, activity_id=None, first_refusal="x:1")
UNKNOWN = finding(rule="WRM401", name="known-work-request", task_id=None)


def steps(*found: Finding, invocation: Invocation = LOG, **options: Any) -> list[Step]:
    """Return the steps after a run with these findings."""
    finished = run(*found, **{"counts": COUNTS} | options)
    summary = finished.summarise()
    deque(finished, maxlen=0)
    return list(next_steps(finished, summary, invocation))


def commands(*found: Finding, **options: Any) -> list[str]:
    """Return the commands after a run with these findings."""
    return [step.command for step in steps(*found, **options)]


BASELINE = "wrm check --write-baseline baseline.json log.jsonl"


def test_nothing_is_suggested_without_findings() -> None:
    """There is nothing to do."""
    assert steps() == []


def test_the_most_frequent_rules_are_to_be_read() -> None:
    """At most three are named. Warnings count only if there are no errors."""
    rules = ["WRM203", "WRM204", "WRM301", "WRM302", "WRM302"]
    explain, *_ = commands(HELD, HELD, HELD, *(finding(rule=rule) for rule in rules))
    assert explain == "wrm explain WRM302 WRM203 WRM204"
    assert commands(HELD) == ["wrm explain WRM107", BASELINE]


def test_the_worst_request_is_to_be_followed() -> None:
    """The command repeats the options on how to judge, and quotes the id."""
    invocation = Invocation(["my log"], ["--history", "--types", "types.toml"], ["--ignore", "WRM5"])
    found = [finding(task_id="WR 1")] * 2, finding()
    assert commands(*found[0], found[1], invocation=invocation) == [
        "wrm explain WRM201",
        "wrm show --history --types types.toml 'my log' 'WR 1'",
        "wrm check --history --types types.toml --ignore WRM5 --write-baseline baseline.json 'my log'",
    ]


@pytest.mark.parametrize(
    ("logs", "id"), [(["a", "b"], "WR-1"), (["a"], "x" * 101), (["a"], None)], ids=["two logs", "long id", "no id"]
)
def test_a_request_that_cannot_be_named_is_not_to_be_followed(logs: list[str], id: str | None) -> None:
    """The command takes one log and the whole id."""
    assert [each.split()[1] for each in commands(finding(task_id=id), invocation=Invocation(logs))] == [
        "explain", "check"
    ]  # fmt: skip


def test_commands_are_printable() -> None:
    """A hostile id cannot control the terminal."""
    assert "wrm show log.jsonl 'WR\\n\\x1b[2J'" in commands(finding(task_id="WR\n\x1b[2J"))


def test_a_part_of_a_log_is_recognised() -> None:
    """The step comes first."""
    first, *_ = steps(*[UNKNOWN] * 10)
    assert first.command == "wrm check --partial log.jsonl"
    assert not any("--partial" in each for each in commands(*[UNKNOWN] * 9))


@pytest.mark.parametrize(
    ("malformed", "invocation", "command"),
    [
        (5, LOG, "wrm map log.jsonl"),
        (4, LOG, "wrm check --select WRM502 log.jsonl"),
        (5, Invocation(["a", "b"]), "wrm check --select WRM502 a b"),
        (5, Invocation(["a"], ["--map", "m.toml"], is_mapped=True), "wrm check --map m.toml --select WRM502 a"),
    ],
    ids=["most lines", "half of the lines", "several logs", "mapped"],
)
def test_bad_lines_need_a_mapping_or_definitions(malformed: int, invocation: Invocation, command: str) -> None:
    """If most lines are bad, the log is probably in another format."""
    counts = Counts(lines=10, blank=2, malformed=malformed, events=8 - malformed)
    first, *_ = steps(BAD, invocation=invocation, counts=counts)
    assert first.command == command
    assert ("the mapping lacks a state" in first.reason) is invocation.is_mapped
    assert ("--types lacks a type" in first.reason) is ("--select WRM502" in command and not invocation.is_mapped)


def test_other_bad_lines_suggest_nothing() -> None:
    """Fields of a mapped log are fine if there is no finding about them."""
    assert commands(HELD, invocation=Invocation(["a"], is_mapped=True), counts=Counts(lines=2, malformed=2))[0] == (
        "wrm explain WRM107"
    )


def test_findings_that_were_not_printed_can_be_read() -> None:
    """In a pipe all are printed."""
    found = steps(HELD, HELD, limit=1, invocation=Invocation(["a"], reporting=["--select", "WRM1"]))
    assert found[1] == Step("Read all 2 findings:", "wrm check --select WRM1 a | less")
    assert not any("less" in each for each in commands(HELD, HELD, limit=2))


def test_many_logs_are_not_repeated() -> None:
    """A pattern of the shell may have named them."""
    assert commands(HELD, invocation=Invocation(["a", "b", "c"]))[-1].endswith("baseline.json a b c")
    assert commands(HELD, invocation=Invocation(["a", "b", "c", "d"]))[-1].endswith("baseline.json LOG...")


def test_standard_input_cannot_be_read_again() -> None:
    """Only commands that do not read the log are suggested."""
    assert commands(*[UNKNOWN] * 10, finding(), invocation=Invocation(["-"]), limit=0) == ["wrm explain WRM401 WRM201"]


def test_a_baseline_is_used_or_written_again() -> None:
    """One that knows only findings that still occur needs nothing."""
    known, gone = Fingerprints().of(HELD), "0" * 16
    invocation = Invocation(["a"], baseline="old.json")
    assert commands(HELD, invocation=invocation, baseline=Baseline([known])) == []
    assert steps(HELD, invocation=invocation, baseline=Baseline([known, gone])) == [
        Step("Write the baseline again without the 1 entry not found:", "wrm check --write-baseline old.json a")
    ]
    first, *_ = steps(HELD, invocation=invocation, baseline=Baseline([known, gone, "1" * 16]))
    assert first.reason == "Write the baseline again without the 2 entries not found:"
    written = Invocation(["a"], baseline="new.json", has_written=True)
    assert commands(HELD, invocation=written)[-1] == "wrm check --baseline new.json a"
