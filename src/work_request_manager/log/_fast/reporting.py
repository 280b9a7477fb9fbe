"""The findings of a line."""

from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.engine import Broken
from work_request_manager.log._fast.tracking import UNKNOWN
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, field_text, redelivery_text, time_text
from work_request_manager.model import Category, party_text

_CLOSED = Category.CLOSED.value


def report(case: Case, broken: Broken) -> None:
    """Report the broken rules of an event."""
    line, plan, request, activity = case.line, case.plan, case.request, case.tracked
    activity_id, supplier = case.activity_id, request.supplier
    sender = party_text(line.sender.role, line.sender.id) if line.sender.role else None
    case.sender = sender or "an unknown sender"
    if supplier is not None:
        supplier = None if supplier is UNKNOWN else field_text(supplier)
    first_refusal = None if request.refusals is None else request.first_refusal(activity_id)
    type_ = from_ = to = None
    if activity is not None:
        type_ = None if activity.type is None else field_text(activity.type.code)
        if line.status is not None and plan.gives_status:
            to = line.status.category
        elif plan.kind.cell is not None:
            to = _CLOSED
        if to is not None:
            from_ = activity.node.category
    for rule, level, sentence in broken:
        case.found.append(
            Finding(
                case.file, case.number, rule.id, rule.name, rule.basis, level, line.task_id, activity_id,
                line.event, line.at, sentence(case), first_refusal, sender, supplier, type_, from_, to,
            )
        )  # fmt: skip


def report_redelivery(case: Case) -> None:
    """Report an event whose id was seen before."""
    assert case.line.event_id is not None
    _report(case, "WRM602", redelivery_text(case.line.event_id))


def report_time_going_back(case: Case) -> None:
    """Report an event that is earlier than the one before it."""
    _report(case, "WRM601", time_text(case.instant, case.request.last))


def _report(case: Case, rule_id: str, message: str) -> None:
    line, rule, first = case.line, LOG_RULES_BY_ID[rule_id], case.request.first_refusal(case.activity_id)
    case.found.append(
        Finding(
            case.file, case.number, rule.id, rule.name, None, rule.level, line.task_id, case.activity_id,
            line.event, line.at, message, first,
        )
    )  # fmt: skip
