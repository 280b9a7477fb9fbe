"""Recorded events, judged: from the lines of a log to findings."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from work_request_manager._codecs import NO_TYPES, Types, WireError
from work_request_manager._history import History
from work_request_manager._reading import LINE_LIMIT, Source, UnreadableLog, lines_of, name_of
from work_request_manager.deciding import Consumed, Decision, Refused
from work_request_manager.events import CreateWorkRequest, Event
from work_request_manager.facts import ACTIVITY_EVENTS
from work_request_manager.findings import LOG_RULES_BY_ID, Counts, Finding, Level, Report
from work_request_manager.judging import Answer
from work_request_manager.reasons import Violation
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import EVENT_NAMES, event_from, object_from

__all__ = ["Check", "Source", "UnreadableLog", "check", "findings"]


def check(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Report:
    """Judge a log.

    Args:
        sources: each a path, or an iterable of lines (text, or bytes in UTF-8); several are one log, in this order.
        rulebook: the rules to judge by.
        types: the activity types that events may give by their code alone.

    Returns: the findings, and how many lines of each sort there were.

    Raises: UnreadableLog where a file can't be read to its end.
    """
    judging = Check(rulebook=rulebook, types=types)
    found = tuple(finding for source in sources for finding in judging.findings(source))
    return Report(judging.counts, found)


def findings(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Iterator[Finding]:
    """Yield the findings of a log as they are found; see `check`."""
    judging = Check(rulebook=rulebook, types=types)
    for source in sources:
        yield from judging.findings(source)


class Check:
    """A log in the middle of being judged: its counts so far, and what its work requests are.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that events may give by their code alone.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> None:
        self._tally: Counter[str] = Counter()
        self._rulebook = rulebook
        self._types = types
        self._followed: dict[str, _Followed] = {}

    @property
    def counts(self) -> Counts:
        """How many lines of each sort there were so far."""
        return Counts(**self._tally)

    def findings(self, source: Source) -> Iterator[Finding]:
        """Judge one source, the next of the log, and yield its findings as they are found.

        Raises: UnreadableLog, after the findings of what could be read.
        """
        file = name_of(source)
        for number, line in enumerate(lines_of(source), start=1):
            yield from self._judge_line(_Line(file, number), line)

    def _judge_line(self, line: "_Line", data: bytes | None) -> Iterable[Finding]:
        self._tally["lines"] += 1
        if data is None:
            self._tally["malformed"] += 1
            return [line.log_finding("WRM505", f"has over {LINE_LIMIT:,} bytes")]
        if not data.strip():
            self._tally["blank"] += 1
            return []
        try:
            line.value = object_from(data)
            event = event_from(line.value, self._types)
        except WireError as error:
            if error.rule == "WRM503":
                self._tally["unknown"] += 1
            else:
                self._tally["malformed"] += 1
            kind, _ = EVENT_NAMES.get(line.text("event") or "", (None, None))
            line.activity_id = line.text("activityId") if kind is None or kind in ACTIVITY_EVENTS else None
            line.after = self._after(line.text("taskId"))
            return [line.log_finding(error.rule, str(error))]
        self._tally["events"] += 1
        line.after = self._after(event.work_request_id)
        return self._judge_event(line, event)

    def _after(self, task_id: str | None) -> str | None:
        followed = self._followed.get(task_id) if task_id is not None else None
        return followed.first_refused if followed else None

    def _judge_event(self, line: "_Line", event: Event) -> Iterable[Finding]:
        line.activity_id = getattr(event, "activity_id", None)
        followed = self._followed.setdefault(event.work_request_id, _Followed())
        if followed.history.has_seen(event):
            self._tally["not_consumed"] += 1
            return [line.log_finding("WRM602", f"eventId {event.event_id} was taken before")]
        decision = followed.history.decide(event, self._rulebook)
        found = list(map(line.finding, _in_order(decision)))
        if followed.last is not None and event.at < followed.last:
            message = f"at is {event.at.isoformat()}, before the last event's {followed.last.isoformat()}"
            found.append(line.log_finding("WRM601", message))
        followed.last = event.at
        self._tally[_TALLIES[decision.answer]] += 1
        if isinstance(decision, Refused):
            followed.first_refused = followed.first_refused or f"{line.file}:{line.number}"
        elif isinstance(decision, Consumed) and isinstance(event, CreateWorkRequest):
            self._tally["work_requests"] += 1
        return found


_TALLIES = {Answer.CONSUMED: "consumed", Answer.NOT_CONSUMED: "not_consumed", Answer.REFUSED: "refused"}


class _Followed:
    """A work request's history, and what its next findings need beside."""

    __slots__ = ("first_refused", "history", "last")

    def __init__(self) -> None:
        self.history = History()
        self.last: datetime | None = None
        self.first_refused: str | None = None


class _Line:
    """A line of a log, from which findings are made."""

    __slots__ = ("activity_id", "after", "file", "number", "value")

    def __init__(self, file: str, number: int) -> None:
        self.file = file
        self.number = number
        self.value: dict[str, Any] = {}
        self.activity_id: str | None = None
        self.after: str | None = None

    def text(self, key: str) -> str | None:
        """Return what the line says under a key, if that is text."""
        value = self.value.get(key)
        return value if isinstance(value, str) else None

    def log_finding(self, rule_id: str, message: str) -> Finding:
        """Return the finding of a log rule."""
        rule = LOG_RULES_BY_ID[rule_id]
        return self._finding(rule.id, rule.name, None, rule.level, message)

    def finding(self, broken: tuple[Violation, Level]) -> Finding:
        """Return the finding of a broken rule."""
        violation, level = broken
        rule = violation.rule
        return self._finding(rule.id, rule.name, rule.basis, level, violation.reason)

    def _finding(self, rule_id: str, name: str, basis: Any, level: Level, message: str) -> Finding:
        return Finding(
            self.file,
            self.number,
            rule_id,
            name,
            basis,
            level,
            self.text("taskId"),
            self.activity_id,
            self.text("event"),
            self.text("at"),
            message,
            self.after,
        )


def _in_order(decision: Decision) -> list[tuple[Violation, Level]]:
    """Return a decision's broken rules in the order of the rulebook."""
    refusing = decision.violations if isinstance(decision, Refused) else ()
    broken = [(violation, Level.ERROR) for violation in refusing]
    broken += [(violation, Level.WARNING) for violation in decision.warnings]
    return sorted(broken, key=lambda pair: pair[0].rule.id)
