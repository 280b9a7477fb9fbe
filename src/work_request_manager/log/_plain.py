"""The plain checker: what the findings of a complete log are, short enough to read in a minute.

It is the specification of the accelerator in `_fast`, which `tests/properties/test_checkers.py` holds equal to it.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from work_request_manager.catalogue import KINDS, WIRE_NAMES
from work_request_manager.deciding import Decision, Refused, decide, evolve
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.judging import Answer
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, Level, field_text, redelivery_text, time_text
from work_request_manager.log._sources import without_end
from work_request_manager.model import Category, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES
from work_request_manager.wire import LINE_LIMIT, Types, event_from, object_from

FirstRefusal = Callable[[str | None, str | None], str | None]
"""From the ids of a work request and an activity, the place of the first refused event for either."""


class PlainChecker:
    """A checker that decides on one event after another.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that lines may give by their codes.
        is_history: whether an event takes effect even if it breaks rules (rulebook, section 7).
    """

    def __init__(self, rulebook: Rulebook, types: Types, *, is_history: bool = False) -> None:
        self._rulebook = rulebook
        self._types = types
        self._is_history = is_history
        self._requests: dict[str, WorkRequest | None] = {}
        self._ids: set[tuple[str, str]] = set()
        self._last: dict[str, datetime] = {}
        self._refusals: dict[tuple[str | None, str | None], tuple[int, str]] = {}
        self.answers: Counter[Answer] = Counter()

    def judge(self, file: str, number: int, data: bytes | None) -> list[Finding]:
        """Judge the next line of the log, and return its findings."""
        try:
            decoded = decode_line(data, self._types)
        except WireError as error:
            return [bad_line(file, number, data, error, self.first_refusal)]
        if decoded is None:
            return []
        event, at = decoded
        task_id, activity_id = event.work_request_id, getattr(event, "activity_id", None)
        place = file, number, event, at, self.first_refusal(task_id, activity_id)
        if event.event_id is not None and (task_id, event.event_id) in self._ids:
            self.answers[Answer.NOT_CONSUMED] += 1
            return [_log_finding("WRM602", redelivery_text(event.event_id), *place)]

        before = self._requests.get(task_id)
        decision = decide(before, event, rulebook=self._rulebook)
        found = _findings(before, decision, *place)
        last = self._last.get(task_id)
        if last is not None and event.at < last:
            found.append(_log_finding("WRM601", time_text(event.at, last), *place))

        self.answers[decision.answer] += 1
        self._last[task_id] = event.at
        self._requests[task_id] = evolve(before, event) if self._is_history else decision.work_request
        if isinstance(decision, Refused) and not self._is_history:
            self._refusals.setdefault((task_id, activity_id), (len(self._refusals), f"{file}:{number}"))
        elif event.event_id is not None:
            self._ids.add((task_id, event.event_id))
        return found

    def first_refusal(self, task_id: str | None, activity_id: str | None) -> str | None:
        """Return the place of the first refused event for an activity, or for its work request as a whole."""
        known = self._refusals
        earlier = [known[task_id, about] for about in {activity_id, None} if (task_id, about) in known]
        return min(earlier)[1] if earlier else None


def decode_line(data: bytes | None, types: Types) -> tuple[AnyEvent, str] | None:
    """Decode a line: the event, and its time as the line spells it. Return None if the line is blank.

    Args:
        data: the line. None if it is longer than LINE_LIMIT.
        types: the activity types that the line may give by their codes.

    Raises:
        WireError: the line is not an event.
    """
    if data is None:
        raise WireError("WRM505", "$", f"has more than {LINE_LIMIT:,} bytes")
    data = without_end(data)
    if not data.strip():
        return None
    value = object_from(data)
    return event_from(value, types), value["at"]


def bad_line(file: str, number: int, data: bytes | None, error: WireError, first_refusal: FirstRefusal) -> Finding:
    """Return the finding of a line that is not an event, with the texts that can be read from it."""
    try:
        value = object_from(data or b"")
    except WireError:
        value = {}
    texts = {key: item for key, item in value.items() if isinstance(item, str)}
    name, task_id = texts.get("event"), texts.get("taskId")
    known = WIRE_NAMES.get(name or "")
    activity_id = texts.get("activityId") if known is None or known[0].names_activity else None
    rule = LOG_RULES_BY_ID[error.rule]
    message = str(error) if data is not None else error.message
    first = first_refusal(task_id, activity_id)
    at = texts.get("at")
    return Finding(file, number, rule.id, rule.name, None, rule.level, task_id, activity_id, name, at, message, first)


def _log_finding(
    rule_id: str, message: str, file: str, number: int, event: AnyEvent, at: str, first_refusal: str | None
) -> Finding:
    rule, kind = LOG_RULES_BY_ID[rule_id], KINDS[type(event)]
    task_id, activity_id = event.work_request_id, getattr(event, "activity_id", None)
    name = kind.wire_names[getattr(event, "section", None)]
    return Finding(
        file, number, rule.id, rule.name, None, rule.level, task_id, activity_id, name, at, message, first_refusal
    )


def _findings(
    before: WorkRequest | None,
    decision: Decision,
    file: str,
    number: int,
    event: AnyEvent,
    at: str,
    first_refusal: str | None,
) -> list[Finding]:
    """Return a finding for each broken rule, in the order of the rulebook."""
    kind, activity_id = KINDS[type(event)], getattr(event, "activity_id", None)
    known = () if before is None or activity_id is None else before.activities
    activity = next((each for each in known if each.id == activity_id), None)
    type_ = from_ = to = None
    if activity is not None:
        type_ = field_text(activity.type.code)
        if kind.gives_status:
            to = event.status.category.value  # type: ignore[union-attr]  # such events have a status
        elif kind.cell is not None:
            to = Category.CLOSED.value
        from_ = None if to is None else activity.status.category.value
    broken = [(each, Level.WARNING) for each in decision.warnings]
    if isinstance(decision, Refused):
        broken += [(each, Level.ERROR) for each in decision.violations]
    return [
        Finding(
            file=file,
            line=number,
            rule=violation.rule.id,
            name=violation.rule.name,
            basis=violation.rule.basis,
            level=level,
            task_id=event.work_request_id,
            activity_id=activity_id,
            event=kind.wire_names[getattr(event, "section", None)],
            at=at,
            message=violation.reason,
            first_refusal=first_refusal,
            sender=str(event.sender),
            supplier=None if before is None else field_text(before.supplier),
            activity_type=type_,
            from_=from_,
            to=to,
        )
        for violation, level in sorted(broken, key=lambda each: RULES.index(each[0].rule))
    ]
