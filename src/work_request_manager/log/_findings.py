"""The findings of a log, the counts of its lines, and the rules on the lines themselves."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import attrs
import msgspec

from work_request_manager._values import FrozenDict, ValueObject, short_text
from work_request_manager.rules import Basis


class Level(StrEnum):
    """The severity of a finding."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen(eq=False, repr=False)
class LogRule(ValueObject):
    """A rule on the lines of a log. The rules on the events in them are in `rules`.

    Args:
        id: "WRM5" or "WRM6" and two digits.
        name: the problem in a few words.
        level: the severity of its findings.
        statement: the lines that it reports, in one sentence.
    """

    id: str
    name: str
    level: Level
    statement: str


LOG_RULES: tuple[LogRule, ...] = (
    LogRule("WRM501", "not-json", Level.ERROR,
            "A line that is not one JSON object in UTF-8."),
    LogRule("WRM502", "bad-field", Level.ERROR,
            "A field that is missing, has the wrong type, or cannot hold its value."),
    LogRule("WRM503", "unknown-event", Level.WARNING,
            "An event that this library does not know. It is not judged."),
    LogRule("WRM504", "bad-time", Level.ERROR,
            "An `at` that is not ISO 8601, or has no time zone."),
    LogRule("WRM505", "line-too-long", Level.ERROR,
            "A line that is longer than 1 MiB. It is not read."),
    LogRule("WRM601", "time-goes-back", Level.WARNING,
            "An event that is earlier than the previous judged event of its work request. It is judged nevertheless."),
    LogRule("WRM602", "event-seen-before", Level.WARNING,
            "A redelivery: an event whose `eventId` an earlier event of its work request had, unless that one was"
            " refused. It is not judged again, and counts as not consumed."),
)  # fmt: skip
"""All log rules, in order."""

LOG_RULES_BY_ID: Mapping[str, LogRule] = FrozenDict({rule.id: rule for rule in LOG_RULES})
"""All log rules by their ids."""


class Finding(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One broken rule on one line.

    Args:
        file: the name of the log.
        line: the number of the line, from 1.
        rule: the id of the rule.
        name: the name of the rule.
        basis: how well the sources support the rule. None for a log rule.
        level: ERROR if the rule refused the event or the line cannot be judged, otherwise WARNING.
        task_id: the work request. None if the line does not name it.
        activity_id: the activity. None if the event is not for one, or the line does not name it.
        event: the name of the event in JSON. None if the line does not name it.
        at: the time of the event, as the line spells it. In a log in another format it is in UTC. None if the line does
            not give it.
        message: the problem in one sentence, which names the values.
        first_refusal: `file:line` of the first earlier refused event that the finding may follow from: one for the same
            activity, or for the work request as a whole. None if there is none, and in a history.
        sender: the sender of the event. None if it is unknown, and for a log rule.
        supplier: the supplier of the work request before the event, cut if it is long. None if it is unknown, and for a
            log rule.
        activity_type: the code of the activity's type, cut if it is long. None if it is unknown, and if the event is
            not for an activity.
        from_: for an event that moves an activity, the category before it, `from` in JSON. None if it is unknown.
        to: for an event that moves an activity, the category that it asks for.
    """

    file: str
    line: int
    rule: str
    name: str
    basis: Basis | None
    level: Level
    task_id: str | None
    activity_id: str | None
    event: str | None
    at: str | None
    message: str
    first_refusal: str | None
    sender: str | None = None
    supplier: str | None = None
    activity_type: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None


class Tally(msgspec.Struct):
    """The numbers of lines that are not judged, by kind. See `Counts`."""

    blank: int = 0
    malformed: int = 0
    unknown: int = 0


@attrs.frozen(eq=False, repr=False)
class Counts(ValueObject):
    """The numbers of lines, by kind.

    Always `lines` = `blank` + `malformed` + `unknown` + `events`, and
    `events` = `consumed` + `not_consumed` + `refused`.

    Args:
        lines: all lines.
        blank: lines that are empty.
        malformed: lines that are not an event.
        unknown: events that this library does not know.
        events: events that were judged, and redeliveries.
        consumed: events that were consumed.
        not_consumed: repeats and redeliveries.
        refused: events that broke a rule that refuses.
        work_requests: the work requests that were created.
        assumed: the work requests that a partial log shows without their create.
    """

    lines: int = 0
    blank: int = 0
    malformed: int = 0
    unknown: int = 0
    events: int = 0
    consumed: int = 0
    not_consumed: int = 0
    refused: int = 0
    work_requests: int = 0
    assumed: int = 0


@attrs.frozen(eq=False, repr=False)
class TimeSpan(ValueObject):
    """The times of a part of a log.

    Args:
        begins: the time of its first event.
        ends: the time of its last event, which is not the latest one if the events are out of order.
    """

    begins: datetime
    ends: datetime


@attrs.frozen(eq=False, repr=False)
class Report(ValueObject):
    """The result of checking a log.

    Args:
        counts: the numbers of lines, by kind.
        findings: all findings, in the order of the log.
    """

    counts: Counts
    findings: tuple[Finding, ...]


MAX_FIELD = 200
"""The number of characters up to which a text field of a finding is reported whole."""

_FIELDS_OF_LINES = ("task_id", "activity_id", "event", "at")


def field_text(text: str) -> str:
    """Return a text as a field of a finding has it: a long one is cut.

    Otherwise one line with a long supplier would make every later finding of its work request as long.
    """
    return text if len(text) <= MAX_FIELD else short_text(text)


def shortened(finding: Finding) -> Finding:
    """Return a finding as reports write it: the texts that it takes from its line are cut too."""
    texts = ((name, getattr(finding, name)) for name in _FIELDS_OF_LINES)
    cut = {name: field_text(text) for name, text in texts if text is not None and len(text) > MAX_FIELD}
    return msgspec.structs.replace(finding, **cut) if cut else finding


def redelivery_text(event_id: str) -> str:
    """Return the message of WRM602."""
    return f"duplicate eventId {short_text(event_id)}"


def time_text(time: datetime, last: datetime) -> str:
    """Return the message of WRM601."""
    return f"at is {time.isoformat()}, earlier than the previous event's {last.isoformat()}"
