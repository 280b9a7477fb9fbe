"""The twelve invariants of the rulebook, section 6, as checks of single steps and of walked states.

A check answers True where the invariant held, False where it was broken, None where it had nothing to say. It reads
what was before and after an event and never why, so it can't repeat a mistake of the rules.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from work_request_manager import events
from work_request_manager._values import FrozenDict
from work_request_manager.changes import Change, WorkRequestClosed
from work_request_manager.deciding import Settled
from work_request_manager.events import Event
from work_request_manager.judging import Answer, Judgement
from work_request_manager.model import Activity, Category, Closure, RejectionReason, Role, WorkRequest

COMPLETED_CATEGORIES = (Category.PRACTICAL_COMPLETION, Category.IN_REVIEW)
AFTER_COMPLETION = (*COMPLETED_CATEGORIES, Category.CLOSED)


class Step(NamedTuple):
    """One event from one state.

    Args:
        before: the work request before it; None where there was none.
        event: the event.
        judgement: what was said of it.
        after: the work request after it.
        changes: what it changed.
        strictly: what comes of it under the strict rulebook, which may be the one in use.
        is_strict: whether the rulebook in use is strict.
    """

    before: WorkRequest | None
    event: Event
    judgement: Judgement
    after: WorkRequest | None
    changes: tuple[Change, ...]
    strictly: Settled
    is_strict: bool

    @property
    def pairs(self) -> Iterator[tuple[Activity, Activity]]:
        """Each activity before the event, with itself after it."""
        after = self.after
        if self.before is not None and after is not None:
            for activity in self.before.activities:
                yield activity, after.activity(activity.id)

    @property
    def is_consumed(self) -> bool:
        """Whether the event was consumed."""
        return self.judgement.answer is Answer.CONSUMED


Check = Callable[[Step], bool | None]


def _all(checks: list[bool]) -> bool | None:
    return all(checks) if checks else None


def closed_stays(step: Step) -> bool | None:
    """Check invariant 1."""
    before, after = step.before, step.after
    if before is None or after is before:
        return None if before is None or not any(activity.is_closed for activity in before.activities) else True
    if before.is_closed and after != before:
        return False
    return _all([activity == later for activity, later in step.pairs if activity.is_closed])


def completion_stays(step: Step) -> bool | None:
    """Check invariant 2."""
    return _all(
        [
            after.status.category in AFTER_COMPLETION
            for before, after in step.pairs
            if before.status.category in COMPLETED_CATEGORIES
        ]
    )


def closing_is_told(step: Step) -> bool | None:
    """Check invariant 3."""
    if not step.is_consumed or step.after is None:
        return None
    closes = step.after.is_closed and not (step.before is not None and step.before.is_closed)
    told = [change for change in step.changes if isinstance(change, WorkRequestClosed)]
    return len(told) == closes


def been_active_stays(step: Step) -> bool | None:
    """Check invariant 4."""
    return _all([after.has_been_active for before, after in step.pairs if before.has_been_active])


def active_closes_from_completion(step: Step) -> bool | None:
    """Check invariant 5."""
    return _all(
        [
            before.status.category in COMPLETED_CATEGORIES
            for before, after in step.pairs
            if after.is_closed and not before.is_closed and before.has_been_active
        ]
    )


def rejects_untouched(step: Step) -> bool | None:
    """Check invariant 6."""
    if not (step.is_consumed and isinstance(step.event, events.RejectWorkRequest) and step.before is not None):
        return None
    return step.event.reason in list(RejectionReason) and all(
        activity.status.category is Category.OPEN and not activity.has_been_active
        for activity in step.before.activities
    )


def suppliers_cancel_by_flag(step: Step) -> bool | None:
    """Check invariant 7."""
    if step.event.sender.role is not Role.WORK_SUPPLIER:
        return None
    return _all(
        [
            before.type.work_supplier_allowed_to_cancel
            for before, after in step.pairs
            if after.closure is Closure.CANCELLED and before.closure is None
        ]
    )


def supplier_changes_by_chorus(step: Step) -> bool | None:
    """Check invariant 8."""
    after = step.after
    if step.before is None or after is None or step.before.supplier == after.supplier:
        return None
    return (
        isinstance(step.event, events.ReallocateWorkRequest)
        and step.event.sender.role is Role.CHORUS
        and not (step.is_strict and step.before.has_begun)
    )


def requestors_move_nothing(step: Step) -> bool | None:
    """Check invariant 9."""
    if step.event.sender.role is not Role.WORK_REQUESTOR:
        return None
    return _all([before.status == after.status for before, after in step.pairs])


def refusal_changes_nothing(step: Step) -> bool | None:
    """Check invariant 10."""
    default, (strict, strictly_after, _) = step.judgement, step.strictly
    if default.answer is not Answer.CONSUMED and step.after != step.before:
        return False
    if default.answer is Answer.REFUSED:
        return strict.answer is Answer.REFUSED
    if strict.answer is Answer.REFUSED:
        return True
    return strict.answer is default.answer and not default.warnings and strictly_after == step.after


STEP_CHECKS: Mapping[int, Check] = FrozenDict(
    {
        1: closed_stays,
        2: completion_stays,
        3: closing_is_told,
        4: been_active_stays,
        5: active_closes_from_completion,
        6: rejects_untouched,
        7: suppliers_cancel_by_flag,
        8: supplier_changes_by_chorus,
        9: requestors_move_nothing,
        10: refusal_changes_nothing,
    }
)
"""The invariants that single steps can break, by their numbers."""

NO_DEAD_ENDS = 11
PERMITTED_IS_EXACT = 12

STATEMENTS: Mapping[int, str] = FrozenDict(
    {
        1: "a closed activity never changes again, nor does a closed work request",
        2: "after Practical Completion an activity is only ever in Practical Completion, In Review or Closed",
        3: "a consumed event says that the work request closed exactly when it closed the last open activity",
        4: "has_been_active never goes from true to false",
        5: "an activity that has been active closes only from Practical Completion or In Review",
        6: "no reject is consumed while any activity is touched, or without one of the four reasons",
        7: "no cancellation by a supplier is consumed for a type whose flag is false",
        8: "the supplier changes only by a reallocation from Chorus (strict: and never once work has begun)",
        9: "a requestor's event never changes an activity's status",
        10: "what is not consumed changes nothing; strict refuses what default does, and else agrees without a warning",
        NO_DEAD_ENDS: "from every state some sequence of events that are not refused closes the work request",
        PERMITTED_IS_EXACT: "permitted is exact: what it names can be consumed, and nothing else is",
    }
)
"""What each invariant says."""
