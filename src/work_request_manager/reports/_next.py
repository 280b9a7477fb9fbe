"""The commands that a summary suggests to run next, chosen by the findings."""

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from work_request_manager.log import Level
from work_request_manager.reports._run import Run
from work_request_manager.reports._summary import Summary
from work_request_manager.reports._text import counted, printable

PARTIAL_HINT = (
    "Many events are for work requests that this log does not create (WRM401). If the log is a part of a longer one,"
    " use --partial."
)
"""The last line of a report without tables, if the log seems to be a part of a longer one."""

MAX_RULES = 3
"""The number of rules that the command to explain them names at most."""

MAX_LOGS = 3
"""The number of logs that commands name at most. If there are more, `LOG...` takes their place."""


DEFAULT_BASELINE = "baseline.json"
"""The name of the baseline that commands write, if the user has named none."""


class Invocation(NamedTuple):
    """The parts of the user's command that the suggested commands repeat.

    Args:
        logs: the paths of the logs.
        judging: the options on how to judge.
        reporting: the options on which findings to report.
        baseline: the path of the baseline that is used or written.
        is_mapped: whether a mapping describes the logs.
        has_written: whether this command writes the baseline.
    """

    logs: Sequence[str]
    judging: Sequence[str] = ()
    reporting: Sequence[str] = ()
    baseline: str = DEFAULT_BASELINE
    is_mapped: bool = False
    has_written: bool = False

    @property
    def can_repeat(self) -> bool:
        """Whether the logs can be read again. Standard input cannot."""
        return "-" not in self.logs

    def check(self, *options: str) -> str:
        """Return a command that judges the logs in the same way, with more options."""
        logs = self.logs if len(self.logs) <= MAX_LOGS else ["LOG..."]
        return _command("check", *self.judging, *options, *logs)


class Step(NamedTuple):
    """Something to do next: the reason, and the command that does it."""

    reason: str
    command: str


def next_steps(run: Run, summary: Summary, invocation: Invocation) -> Iterator[Step]:
    """Yield the steps that the findings of a run suggest, the most important one first.

    Args:
        run: the run, at its end.
        summary: its summary.
        invocation: the parts of the user's command.
    """
    rules = _most_frequent_rules(summary)
    if invocation.can_repeat:
        yield from _about_the_log(run, invocation)
    if rules:
        yield Step("Read the rules that are broken most often:", _command("explain", *rules))
    if invocation.can_repeat:
        yield from _about_findings(run, summary, invocation)
        yield from _about_the_baseline(run, invocation)


def _most_frequent_rules(summary: Summary) -> list[str]:
    """Return the ids of the rules with the most errors or, if there are none, with the most warnings."""
    for level in Level:
        found = [rule for (rule, of), _ in summary.by_rule.largest_first() if of is level]
        if found:
            return found[:MAX_RULES]
    return []


def _about_the_log(run: Run, invocation: Invocation) -> Iterator[Step]:
    counts = run.counts
    if run.seems_partial:
        yield Step(
            "Many events are for work requests that the log does not create (WRM401). If it is a part of a longer log:",
            invocation.check("--partial"),
        )
    if not invocation.is_mapped and len(invocation.logs) == 1 and 2 * counts.malformed > counts.lines - counts.blank:
        yield Step(
            "Most lines are not events. If the log is in another format, draft a mapping:",
            _command("map", *invocation.logs),
        )
    elif run.rules["WRM502"]:
        example = "the mapping lacks a state" if invocation.is_mapped else "--types lacks a type"
        yield Step(
            f"Some fields are bad. Read the reasons, for example that {example}:",
            invocation.check("--select", "WRM502"),
        )


def _about_findings(run: Run, summary: Summary, invocation: Invocation) -> Iterator[Step]:
    # The id of one that is not found is cut.
    worst = [each.id for each in summary.worst_requests(1) if each.independent and each.id in summary.requests]
    if worst and len(invocation.logs) == 1:
        yield Step(
            "Follow the work request with the most independent errors step by step:",
            _command("show", *invocation.judging, *invocation.logs, *worst),
        )
    if run.past_limit:
        yield Step(
            f"Read all {counted(run.found.total(), 'finding')}:", f"{invocation.check(*invocation.reporting)} | less"
        )


def _about_the_baseline(run: Run, invocation: Invocation) -> Iterator[Step]:
    if invocation.has_written:
        yield Step(
            "From now on, report only new findings:",
            invocation.check(*invocation.reporting, "--baseline", invocation.baseline),
        )
        return
    not_found = 0 if run.baseline is None else run.baseline.not_found
    if not_found:
        reason = f"Write the baseline again without the {counted(not_found, 'entry', 'entries')} not found:"
    elif run.baseline is None and run.found:
        reason = "Accept the findings of today, so that --baseline reports only new ones:"
    else:
        return
    yield Step(reason, invocation.check(*invocation.reporting, "--write-baseline", invocation.baseline))


def _command(*words: str) -> str:
    return printable(shlex.join(["wrm", *words]))
