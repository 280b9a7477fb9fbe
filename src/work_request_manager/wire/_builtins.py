"""Every value of the library as plain dicts, lists and texts, which `json.dumps` takes."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, get_args

from work_request_manager._values import wrong_argument
from work_request_manager.catalogue import KINDS
from work_request_manager.changes import AnyChange
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Permit, Refused
from work_request_manager.model import (
    Activity,
    ActivityType,
    NewActivity,
    Outcome,
    Party,
    Schedule,
    SiteContact,
    Status,
    WorkRequest,
)
from work_request_manager.violations import Violation
from work_request_manager.wire._codecs import codec_of
from work_request_manager.wire._documents import event_to_builtins, snapshot_to_builtins


def _violation(violation: Violation) -> dict[str, Any]:
    rule = violation.rule
    return {
        "rule": rule.id,
        "name": rule.name,
        "basis": rule.basis.value,
        "source": rule.source,
        "reason": violation.reason,
        "facts": dict(violation.facts),
    }


def _permit(permit: Permit) -> dict[str, Any]:
    return {
        "event": KINDS[permit.event].wire_names[permit.section],
        "activityId": permit.activity_id,
        "category": None if permit.category is None else permit.category.value,
        "section": None if permit.section is None else permit.section.value,
        "warnings": _all(permit.warnings),
    }


def _change(change: AnyChange) -> dict[str, Any]:
    cls: Any = type(change)
    return {"change": cls.__name__, **codec_of(cls).encode(change)}


def _decision(decision: Decision) -> dict[str, Any]:
    plain = {
        "answer": decision.answer.value,
        "event": event_to_builtins(decision.event),
        "workRequest": None if decision.work_request is None else snapshot_to_builtins(decision.work_request),
        "warnings": _all(decision.warnings),
    }
    if isinstance(decision, Consumed):
        return {**plain, "changes": _all(decision.changes)}
    if isinstance(decision, NotConsumed):
        return {**plain, "isRedelivery": decision.is_redelivery}
    return {**plain, "violations": _all(decision.violations)}


def _all(values: Iterable[Any]) -> list[Any]:
    return [to_builtins(value) for value in values]


_VALUES = (Party, Status, ActivityType, Outcome, SiteContact, Schedule, NewActivity, Activity)

_CONVERTERS: Mapping[type, Callable[[Any], Any]] = {
    **dict.fromkeys(KINDS, event_to_builtins),
    **dict.fromkeys((Consumed, NotConsumed, Refused), _decision),
    **{cls: codec_of(cls).encode for cls in _VALUES},
    **dict.fromkeys(get_args(AnyChange), _change),
    **dict.fromkeys((list, tuple), _all),
    WorkRequest: snapshot_to_builtins,
    Violation: _violation,
    Permit: _permit,
}


def to_builtins(value: Any) -> Any:
    """Convert a value of the library to plain dicts, lists and texts, which `json.dumps` takes.

    Keys are in camel case. Events and work requests are as `encode_event` and `encode_work_request` write them.

    Args:
        value: a work request, a part of one, an event, change, violation, decision or permit, or a list or tuple of
            them.

    Raises:
        TypeError: the argument is something else.
    """
    if isinstance(value, StrEnum):
        return value.value
    convert = _CONVERTERS.get(type(value))
    if convert is None:
        raise wrong_argument("value", value, "a value of this library, such as a WorkRequest, an event or a decision")
    return convert(value)
