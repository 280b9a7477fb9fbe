"""The findings of a line."""

from datetime import datetime
from typing import Any

import msgspec

from work_request_manager.log._fast.contexts import LineContext
from work_request_manager.log._fast.engine import Broken
from work_request_manager.log._fast.lines import Line
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.plans import KnownTypes, Plan
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, field_text, redelivery_text, time_text
from work_request_manager.model import Category, party_text

_CLOSED = Category.CLOSED.value


class Case(msgspec.Struct, gc=False):
    """A line that is not finished in the loop.

    Args:
        found: the findings so far.
        file: the name of the log.
        number: the number of the line.
        data: the line as it is in the log.
        line: the line, decoded.
        plan: the plan of its event.
        request: its work request.
        instant: the time of its event.
        mark: the mark of its event id. None if it has none.
    """

    found: list[Finding]
    file: str
    number: int
    data: bytes
    line: Line
    plan: Plan
    request: TrackedRequest
    instant: datetime
    mark: str | None = None

    @property
    def activity_id(self) -> str | None:
        """The activity that the event is for. None if it is for none."""
        return self.line.activity_id if self.plan.names_activity else None

    def report_redelivery(self) -> None:
        """Report an event whose id was seen before."""
        assert self.line.event_id is not None
        self._report("WRM602", redelivery_text(self.line.event_id))

    def report_time_going_back(self) -> None:
        """Report an event that is earlier than the one before it."""
        self._report("WRM601", time_text(self.instant, self.request.last))

    def _report(self, rule_id: str, message: str) -> None:
        line, rule = self.line, LOG_RULES_BY_ID[rule_id]
        first = self.request.first_refusal(self.activity_id)
        self.found.append(
            Finding(
                self.file, self.number, rule.id, rule.name, None, rule.level, line.task_id, self.activity_id,
                line.event, line.at, message, first,
            )
        )  # fmt: skip


def report(case: Case, activity: TrackedActivity | None, broken: Broken, nodes: list[Node], types: KnownTypes) -> None:
    """Report the broken rules of an event.

    Args:
        case: the event.
        activity: the activity that it is for, before it.
        broken: the rules.
        nodes: all nodes of the log by their indices.
        types: the activity types of the log.
    """
    line, plan, request = case.line, case.plan, case.request
    context: Any = LineContext(line, plan, request, nodes, types, activity)
    activity_id, supplier = context.activity_id, request.supplier
    sender = party_text(line.sender.role, line.sender.id)
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
                line.event, line.at, sentence(context), first_refusal, sender, supplier, type_, from_, to,
            )
        )  # fmt: skip
