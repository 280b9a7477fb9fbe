"""A history as a short table of text, for people who look for what went wrong."""

from collections.abc import Collection, Sequence
from typing import Any

import attrs

from work_request_manager._values import ValueObject
from work_request_manager.deciding import Decision, Refused
from work_request_manager.reports.diagrams import text
from work_request_manager.events import COMMON_FIELDS, Event
from work_request_manager.model import Activity, ActivityType, Outcome, Party, Role, Status

_WIDTH = 90


def history_table(decisions: Sequence[Decision], *, marked: Collection[Decision] = (), limit: int = 20) -> str:
    """Return decisions as lines of text: sender, event, answer, and the ids of the broken rules.

    Where they are on several work requests, there is a column for these too.

    Args:
        decisions: what was decided, in order.
        marked: those to put a `>` before.
        limit: how many of the last ones to show; a line says how many came before.
    """
    hidden = max(len(decisions) - limit, 0)
    has_several = len({decision.event.work_request_id for decision in decisions}) > 1
    rows = [
        [
            f"{'>' if decision in marked else ' '} {number}",
            *([decision.event.work_request_id] if has_several else []),
            _sender(decision.event.sender),
            _event(decision.event),
            decision.answer,
            ", ".join(_rules(decision)),
        ]
        for number, decision in enumerate(decisions[hidden:], start=hidden + 1)
    ]
    heading = ["  #", *(["work request"] if has_several else []), "sender", "event", "answer", "rules"]
    before = [f"({hidden} before these)"] if hidden else []
    return "\n".join([*before, text(heading, rows)])


def _sender(party: Party) -> str:
    return party.role if party.role is Role.CHORUS else f"{party.role} {party.id}"


def _event(event: Event) -> str:
    told = f"{type(event).__name__}({', '.join(_told(event, COMMON_FIELDS).values())})"
    one_line = " ".join(told.split())
    return one_line if len(one_line) <= _WIDTH else f"{one_line[: _WIDTH - 1]}…"


def _told(record: ValueObject, but: Collection[str] = ()) -> dict[str, str]:
    cls: Any = type(record)
    told = {field.name: getattr(record, field.name) for field in attrs.fields(cls) if field.name not in but}
    return {name: _short(value) for name, value in told.items() if value is not None}


def _short(value: object) -> str:
    match value:
        case Status():
            return value.category if value.state == value.category else str(value)
        case Activity():
            return f"{value.id} {value.type.code}"
        case ActivityType() | Outcome():
            return value.code
        case ValueObject():
            return ", ".join(f"{name}={told}" for name, told in _told(value).items())
        case tuple():
            return f"[{', '.join(map(_short, value))}]"
        case _:
            return str(value)


def _rules(decision: Decision) -> list[str]:
    violations = decision.violations if isinstance(decision, Refused) else ()
    return [
        *(violation.rule.id for violation in violations),
        *(f"{warning.rule.id} (warning)" for warning in decision.warnings),
    ]
