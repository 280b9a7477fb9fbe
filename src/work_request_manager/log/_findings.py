"""What judging a log finds: findings, counts, and the rules that only a log can break."""

from collections.abc import Mapping
from enum import StrEnum

import attrs
import msgspec

from work_request_manager._values import FrozenDict, ValueObject
from work_request_manager.rules import Basis


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen(eq=False, repr=False)
class LogRule(ValueObject):
    """A rule about the lines of a log rather than about the events in them.

    Args:
        id: "WRM5" or "WRM6" and two digits.
        name: what is wrong, in a few words.
        level: how bad that is.
        statement: what it finds, in one sentence.
    """

    id: str
    name: str
    level: Level
    statement: str


LOG_RULES: tuple[LogRule, ...] = (
    LogRule("WRM501", "not-json", Level.ERROR, "A line that is not one JSON object in UTF-8."),
    LogRule("WRM502", "bad-field", Level.ERROR,
            "A field that is missing, of the wrong kind, or with a value that it can't hold."),
    LogRule("WRM503", "unknown-event", Level.WARNING, "An event that this library does not know; it is not judged."),
    LogRule("WRM504", "bad-time", Level.ERROR, "An `at` that is not ISO 8601, or has no zone."),
    LogRule("WRM505", "line-too-long", Level.ERROR, "A line of over 1 MiB; it is not read."),
    LogRule("WRM601", "time-goes-back", Level.WARNING,
            "An event earlier than the last judged one of its work request; it is judged all the same."),
    LogRule("WRM602", "event-seen-before", Level.WARNING,
            "An `eventId` that its work request has had before; it is not judged again, and counts as not consumed."),
)  # fmt: skip
"""All log rules, in order."""

LOG_RULES_BY_ID: Mapping[str, LogRule] = FrozenDict({rule.id: rule for rule in LOG_RULES})


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One broken rule on one line.

    Args:
        file: the log, as it was named.
        line: the line's number, from 1.
        rule: the rule's id.
        name: the rule's name.
        basis: on whose word the rule stands; None for a log rule.
        level: an error where the rule refused the event or the line; else a warning.
        task_id: the work request, where it could be read.
        activity_id: the activity, where there is one and it could be read.
        event: the event's wire name, where it could be read.
        at: the event's time, as it stands in the line.
        message: what is wrong, naming the values.
        after: `file:line` of the work request's first refused event, where that is an earlier one.
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
    after: str | None


@attrs.frozen(eq=False, repr=False)
class Counts(ValueObject):
    """How many lines of each sort there were.

    Always `lines` = `blank` + `malformed` + `unknown` + `events`, and
    `events` = `consumed` + `not_consumed` + `refused`.
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


@attrs.frozen(eq=False, repr=False)
class Report(ValueObject):
    """What judging a log found.

    Args:
        counts: how many lines of each sort there were.
        findings: all findings, in the order of the log.
    """

    counts: Counts
    findings: tuple[Finding, ...]
