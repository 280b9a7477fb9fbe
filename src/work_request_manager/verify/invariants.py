"""The twelve invariants of the rulebook, section 6, as checks of single steps.

A check returns True if the invariant holds, False if it is broken, and None if it says nothing about the step. It
compares the work request before and after the event, and never asks the rules, so it cannot repeat their mistakes.
"""

from collections.abc import Callable, Iterable, Iterator

import attrs

from work_request_manager import events
from work_request_manager._values import ValueObject
from work_request_manager.changes import WorkRequestClosed
from work_request_manager.deciding import Step
from work_request_manager.judging import Answer
from work_request_manager.model import Activity, Category, Closure, RejectionReason, Role

_COMPLETED = (Category.PRACTICAL_COMPLETION, Category.IN_REVIEW)
_COMPLETED_OR_CLOSED = (*_COMPLETED, Category.CLOSED)
_REASONS = tuple(RejectionReason)

Check = Callable[[Step], bool | None]
Comparison = Callable[[Step, Step], bool | None]
"""A check of a step together with the step that the strict rulebook makes of the same event."""


@attrs.frozen(eq=False, repr=False)
class Invariant(ValueObject):
    """One invariant.

    Args:
        number: its number in the rulebook.
        statement: what it says.
        check: the check of single steps. None if it is about states.
        comparison: the part of it that is about the strict rulebook. None if it has none.
        reads_idle_steps: whether it says anything about a step whose event is not consumed and that returns the same
            object. The proof skips the other checks for such steps, which are most steps.
    """

    number: int
    statement: str
    check: Check | None = None
    comparison: Comparison | None = None
    reads_idle_steps: bool = False


def _pairs(step: Step) -> Iterator[tuple[Activity, Activity]]:
    """Yield each activity before the event together with the same activity after it."""
    before, after = step.before, step.after
    if before is not None and after is not None:
        for activity in before.activities:
            yield activity, after.activity(activity.id)


def _all(held: Iterable[bool]) -> bool | None:
    held = list(held)
    return all(held) if held else None


def _closed_stays(step: Step) -> bool | None:
    before, after = step.before, step.after
    if before is None or after is before:
        return True if before is not None and any(activity.is_closed for activity in before.activities) else None
    if before.is_closed and after != before:
        return False
    return _all(activity == later for activity, later in _pairs(step) if activity.is_closed)


def _completed_stays(step: Step) -> bool | None:
    return _all(
        after.status.category in _COMPLETED_OR_CLOSED
        for before, after in _pairs(step)
        if before.status.category in _COMPLETED
    )


def _closing_is_reported(step: Step) -> bool | None:
    if not step.is_consumed:
        return None
    return sum(isinstance(change, WorkRequestClosed) for change in step.changes) == step.closes


def _been_active_stays(step: Step) -> bool | None:
    return _all(after.has_been_active for before, after in _pairs(step) if before.has_been_active)


def _active_closes_after_completion(step: Step) -> bool | None:
    return _all(
        before.status.category in _COMPLETED
        for before, after in _pairs(step)
        if after.is_closed and not before.is_closed and before.has_been_active
    )


def _rejects_untouched(step: Step) -> bool | None:
    if not (step.is_consumed and isinstance(step.event, events.RejectWorkRequest) and step.before is not None):
        return None
    return step.event.reason in _REASONS and all(
        activity.status.category is Category.OPEN and not activity.has_been_active
        for activity in step.before.activities
    )


def _suppliers_cancel_by_flag(step: Step) -> bool | None:
    if step.event.sender.role is not Role.WORK_SUPPLIER:
        return None
    return _all(
        before.type.work_supplier_allowed_to_cancel
        for before, after in _pairs(step)
        if after.closure is Closure.CANCELLED and before.closure is None
    )


def _changes_supplier(step: Step) -> bool:
    return step.before is not None and step.after is not None and step.before.supplier != step.after.supplier


def _chorus_reallocates(step: Step) -> bool | None:
    if not _changes_supplier(step):
        return None
    return isinstance(step.event, events.ReallocateWorkRequest) and step.event.sender.role is Role.CHORUS


def _strict_reallocates_before_work(_step: Step, strict: Step) -> bool | None:
    return not strict.before.has_begun if strict.before is not None and _changes_supplier(strict) else None


def _requestors_move_nothing(step: Step) -> bool | None:
    if step.event.sender.role is not Role.WORK_REQUESTOR:
        return None
    return _all(before.status == after.status for before, after in _pairs(step))


def _others_change_nothing(step: Step) -> bool | None:
    return step.is_consumed or step.after is step.before or step.after == step.before


def _strict_refuses_more(step: Step, strict: Step) -> bool | None:
    if step.judgement.answer is Answer.REFUSED or strict.judgement.answer is Answer.REFUSED:
        return strict.judgement.answer is Answer.REFUSED
    is_same = strict.after is step.after or strict.after == step.after
    return strict.judgement.answer is step.judgement.answer and not step.judgement.warnings and is_same


INVARIANTS = (
    Invariant(
        1, "A closed activity never changes again, and neither does a closed work request.",
        _closed_stays, reads_idle_steps=True,
    ),
    Invariant(
        2, "After Practical Completion an activity is only ever in Practical Completion, In Review or Closed.",
        _completed_stays,
    ),
    Invariant(
        3, "A consumed event reports that the work request closed if it closed the last activity, and only then.",
        _closing_is_reported,
    ),
    Invariant(4, "has_been_active never goes from true to false.", _been_active_stays),
    Invariant(
        5, "An activity that has been active closes only from Practical Completion or In Review.",
        _active_closes_after_completion,
    ),
    Invariant(
        6, "A consumed reject has one of the four reasons, and no activity is touched.",
        _rejects_untouched,
    ),
    Invariant(
        7, "No cancellation by a supplier is consumed for a type whose flag is false.",
        _suppliers_cancel_by_flag,
    ),
    Invariant(
        8, "Only a reallocation from Chorus changes the supplier (strict: never after work has begun).",
        _chorus_reallocates, _strict_reallocates_before_work,
    ),
    Invariant(9, "A requestor's event never changes the status of an activity.", _requestors_move_nothing),
    Invariant(
        10, "An event that is not consumed changes nothing. The strict rulebook refuses all that the default refuses."
        " If it does not refuse an event, the default gives the same answer, without a warning.",
        _others_change_nothing, _strict_refuses_more, reads_idle_steps=True,
    ),
    Invariant(11, "From every state some sequence of events that are not refused closes the work request."),
    Invariant(12, "Permits are exact: for each permit some event is consumed, and each consumed event has a permit."),
)  # fmt: skip
"""The invariants, in the order of the rulebook. The last two are about states."""
