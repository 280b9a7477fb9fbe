"""The history of one work request as text and as JSON, from the steps that `log.steps` finds."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import msgspec

from work_request_manager._values import short_text
from work_request_manager.catalogue import kind_of
from work_request_manager.events import AnyEvent
from work_request_manager.judging import Answer
from work_request_manager.log import Finding, Level, shortened
from work_request_manager.log.steps import ActivityStep, KnownStatus, RequestChecker, Step
from work_request_manager.model import Activity, Allocation, WorkRequest, status_text
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._json import REPORT_VERSION
from work_request_manager.reports._text import Paint, counted, printable
from work_request_manager.violations import FACTS, context_of
from work_request_manager.wire import to_builtins

COLUMNS = 80
"""The number of characters of a line of text. Only a long value makes it longer."""

MAX_ACTIVITIES = 20
"""The number of activities that the text lists of one step, and at the end."""

Status = tuple[str, KnownStatus | None]
"""The id of an activity and its status. The status is None if it is unknown."""


class StepWriter(Protocol):
    """A writer of the steps of a work request in one format."""

    def step(self, step: Step) -> str:
        """Return the text of the next step."""

    def end(self, checker: RequestChecker) -> str:
        """Return the text after the last step. The checker is the one that has found the steps."""


def event_text(event: AnyEvent) -> str:
    """Return an event in words: its sender, what it asks for, and its name in JSON."""
    context = context_of(None, kind_of(type(event)), event)
    return asked_text(str(event.sender), FACTS["action"](context), FACTS["event"](context))


def asked_text(sender: str, action: str, event: str | None) -> str:
    """Return an event in words: its sender, what it asks for, and its name in JSON. Pass None to leave that out."""
    words = f"{sender} asks to {action}"
    return words if event is None else f"{words} ({event})"


# Text


class TextSteps(StepWriter):
    """Steps in text: a block of lines for each.

    Args:
        work_request_id: the id of the work request.
        paint: the function that colours the parts of a line.
        is_mapped: whether a mapping describes the log, so that its reader does not know the names of events.
    """

    def __init__(self, work_request_id: str, paint: Paint, *, is_mapped: bool) -> None:
        self._name = short_text(work_request_id)
        self._is_mapped = is_mapped
        self._paint = paint
        self._answers: Counter[Answer | None] = Counter()
        self._levels: Counter[Level] = Counter()

    def step(self, step: Step) -> str:
        """Return the time, the place and the answer, and under them the event, the statuses and the findings."""
        self._answers[step.answer] += 1
        self._levels.update(finding.level for finding in step.findings)
        return _in_lines([self._head(step), *self._body(step)])

    def _head(self, step: Step) -> str:
        time = "no time" if step.at is None else printable(short_text(step.at))
        place = self._paint("place", printable(f"{step.file}:{step.line}"))
        answer = _ANSWERS[None] if step.answer is None else step.answer.value
        part = None if step.answer is None else _PARTS.get(step.answer)
        return f"{time}  {place}  {answer if part is None else self._paint(part, answer)}"

    def _body(self, step: Step) -> Iterator[str]:
        event = None if step.event is None or self._is_mapped else short_text(step.event)
        if step.action is not None:
            yield from _wrapped(asked_text(step.sender or "an unknown sender", step.action, event))
        elif event is not None:
            yield from _wrapped(event)
        if step.before is not None and step.after is not None:
            after = request_text(step.after)
            if after != request_text(step.before):
                yield from _wrapped(f"{self._name}: now {after}")
        yield from _listed(map(_moved_text, step.activities), len(step.activities))
        for finding in step.findings:
            yield from self._finding_lines(finding)

    def _finding_lines(self, finding: Finding) -> Iterator[str]:
        level, rule = finding.level.value, f"{finding.rule} {finding.name}"
        first, *more = _wrapped(f"{level} {rule}: {finding.message}")
        start = f"  {level} {rule}:"
        assert first.startswith(start), "these words are short enough for one line"
        yield f"  {self._paint(level, level)} {self._paint('rule', rule)}:{first.removeprefix(start)}"
        yield from more

    def end(self, checker: RequestChecker) -> str:
        """Return the counts, and the work request after the last step."""
        lines = _wrapped(self._summary(), indent="")
        if checker.is_history and self._answers[Answer.REFUSED]:
            lines.append("The log is a history, so refused events took effect too.")
        request, statuses = checker.work_request, [*checker.statuses()]
        if request is not None:
            lines.append("At the end:")
            lines += _wrapped(f"{self._name}: {request_text(request)}")
            lines += _listed(map(_activity_text, request.activities), len(request.activities))
        elif statuses:
            lines.append("At the end, as far as the log shows:")
            lines += _listed(map(_known_text, statuses), len(statuses))
        else:
            hint = "" if checker.is_partial else " If the log is a part of a longer one, use --partial."
            lines += _wrapped(f"At the end, the log shows no activity of {self._name}.{hint}", indent="")
        return _in_lines(lines)

    def _summary(self) -> str:
        answers, levels = self._answers, self._levels
        numbers = [f"{answers[answer]:,} {words}" for answer, words in _ANSWERS.items() if answers[answer]]
        found = f"{counted(levels[Level.ERROR], 'error')}, {counted(levels[Level.WARNING], 'warning')}"
        return f"{counted(answers.total(), 'line')} about {self._name} ({', '.join(numbers)}); {found}"


_ANSWERS = {
    Answer.CONSUMED: "consumed",
    Answer.NOT_CONSUMED: "not consumed",
    Answer.REFUSED: "refused",
    None: "not judged",
}

_PARTS = {Answer.NOT_CONSUMED: "warning", Answer.REFUSED: "error"}
"""The colours of answers. An event that is consumed is nothing to look at."""


def _in_lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        printable(text),
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _listed(texts: Iterator[str], count: int) -> Iterator[str]:
    """Yield the lines of the first of some texts, and the number of the others."""
    for text in islice(texts, MAX_ACTIVITIES):
        yield from _wrapped(text)
    if count > MAX_ACTIVITIES:
        yield f"  and {counted(count - MAX_ACTIVITIES, 'more activity', 'more activities')}"


def _moved_text(activity: ActivityStep) -> str:
    name, after = short_text(activity.activity_id), _status_text(activity.after)
    if activity.before == activity.after:
        return f"{name}: {after if activity.after is None else f'stays {after}'}"
    return f"{name}: {'new' if activity.is_new else _status_text(activity.before)} → {after}"


def _known_text(known: Status) -> str:
    activity_id, status = known
    return f"{short_text(activity_id)}: {_status_text(status)}"


def _status_text(status: KnownStatus | None) -> str:
    return "?" if status is None else status_text(status.category, status.state or status.category)


def request_text(request: WorkRequest) -> str:
    """Return a work request in words: its supplier, and what holds it up or ends it."""
    supplier = f"supplier {short_text(request.supplier)}"
    parts = [
        {
            Allocation.SENT: f"sent to {supplier}",
            Allocation.ACCEPTED: f"accepted by {supplier}",
            Allocation.REJECTED: f"rejected by {supplier} for {request.rejection_reason}",
        }[request.allocation],
        *(["on hold"] if request.on_hold else []),
        *(["cancellation requested"] if request.cancellation_requested else []),
        *(["closed"] if request.is_closed else []),
    ]
    return ", ".join(parts)


def _activity_text(activity: Activity) -> str:
    parts = [
        str(activity.status),
        *([] if activity.closure is None else [activity.closure.lower()]),
        *(["cancellation requested"] if activity.cancellation_requested else []),
    ]
    return f"{short_text(activity.id)}: {', '.join(parts)}"


# JSON


class JsonSteps(StepWriter):
    """Steps as one JSON object, in ASCII, so that it is right in every encoding of the output.

    Args:
        work_request_id: the id of the work request.
    """

    def __init__(self, work_request_id: str) -> None:
        self._start = f'{{"version":{REPORT_VERSION},"taskId":{json.dumps(work_request_id)},"steps":[\n'
        self._fingerprints = Fingerprints()

    def step(self, step: Step) -> str:
        """Return the object of the next step, after the beginning of the document or a comma."""
        start, self._start = self._start, ",\n"
        own = step.activities[0] if step.activity_id is not None and step.activities else None
        return start + _json(
            {
                "file": step.file,
                "line": step.line,
                "at": step.at,
                "sender": step.sender,
                "event": step.event,
                "activityId": step.activity_id,
                "answer": None if step.answer is None else step.answer.value,
                "before": None if own is None else _known_in_json(own.before),
                "after": None if own is None else _known_in_json(own.after),
                "moved": [_moved_in_json(each) for each in step.activities if each.before != each.after],
                "findings": [
                    {**msgspec.to_builtins(shortened(finding)), "fingerprint": self._fingerprints.of(finding)}
                    for finding in step.findings
                ],
            }
        )

    def end(self, checker: RequestChecker) -> str:
        """Return the rest of the document: the activities and the work request after the last step."""
        request = checker.work_request
        activities = [
            {"activityId": activity_id, "status": _known_in_json(status)} for activity_id, status in checker.statuses()
        ]
        snapshot = None if request is None else to_builtins(request)
        return f'\n],"activities":{_json(activities)},"workRequest":{_json(snapshot)}}}\n'


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _moved_in_json(activity: ActivityStep) -> dict[str, Any]:
    return {
        "activityId": activity.activity_id,
        "before": _known_in_json(activity.before),
        "after": _known_in_json(activity.after),
    }


def _known_in_json(status: KnownStatus | None) -> dict[str, Any] | None:
    return None if status is None else {"category": status.category, "state": status.state}
