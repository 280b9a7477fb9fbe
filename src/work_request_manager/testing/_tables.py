"""A history as a short table of text, for developers who look for the cause of a failure."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs

from work_request_manager._values import ValueObject, printable
from work_request_manager.deciding import Decision, Refused
from work_request_manager.events import COMMON_FIELDS, Event
from work_request_manager.model import ActivityType, NewActivity, Outcome, Status
from work_request_manager.reports.tables import Table

_WIDTH = 90
"""The number of characters of an event that a row shows."""


def history_table(decisions: Sequence[Decision], *, marked: Collection[Decision] = (), limit: int = 20) -> str:
    """Return decisions as lines of text: sender, event, answer, and the ids of the broken rules.

    If the decisions are on several work requests, there is a column for their ids.

    Args:
        decisions: the decisions, in order.
        marked: the decisions to mark with `>`.
        limit: the number of decisions to show. The last ones are shown, below a line that counts the earlier ones.
    """
    hidden = max(len(decisions) - limit, 0)
    marked_ids = {id(decision) for decision in marked}  # an equal decision is another one
    has_several = len({decision.event.work_request_id for decision in decisions}) > 1
    rows = [
        [
            f"{'>' if id(decision) in marked_ids else ' '} {number}",
            *([printable(decision.event.work_request_id)] if has_several else []),
            printable(str(decision.event.sender)),
            _event_text(decision.event),
            decision.answer,
            ", ".join(_broken_rules(decision)),
        ]
        for number, decision in enumerate(decisions[hidden:], start=hidden + 1)
    ]
    heading = ["  #", *(["work request"] if has_several else []), "sender", "event", "answer", "rules"]
    earlier = [f"({hidden} earlier decision{'s' if hidden > 1 else ''})"] if hidden else []
    return "\n".join([*earlier, Table(heading, rows).as_text()])


def _event_text(event: Event) -> str:
    own = (_short(value) for name, value in _given_fields(event) if name not in COMMON_FIELDS)
    one_line = printable(" ".join(f"{type(event).__name__}({', '.join(own)})".split()))
    return one_line if len(one_line) <= _WIDTH else f"{one_line[: _WIDTH - 1]}…"


def _given_fields(value: ValueObject) -> Iterator[tuple[str, object]]:
    cls: Any = type(value)
    fields = ((field.name, getattr(value, field.name)) for field in attrs.fields(cls))
    return ((name, field) for name, field in fields if field is not None)


def _short(value: object) -> str:
    match value:
        case NewActivity():
            return f"{value.id} {value.type.code}"
        case ActivityType() | Outcome():
            return value.code
        case Status():
            return str(value)
        case ValueObject():
            return ", ".join(f"{name}={_short(field)}" for name, field in _given_fields(value))
        case tuple():
            return f"[{', '.join(map(_short, value))}]"
        case _:
            return str(value)


def _broken_rules(decision: Decision) -> list[str]:
    violations = decision.violations if isinstance(decision, Refused) else ()
    return [
        *(violation.rule.id for violation in violations),
        *(f"{warning.rule.id} (warning)" for warning in decision.warnings),
    ]
