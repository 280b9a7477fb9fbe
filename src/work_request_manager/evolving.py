"""From a work request and an event to the work request after it, and the changes that it made.

This module does not judge events. `deciding` judges events that are sent. Events that took effect elsewhere are
not judged (rulebook, section 7).
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

import attrs

from work_request_manager._copying import copy_work_request, maker
from work_request_manager.changes import ActivityMoved, Change, WorkRequestClosed
from work_request_manager.events import Event
from work_request_manager.facts import Facts, cell_ref
from work_request_manager.graph import CANCELLATION, Move, move_made
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import Activity, WorkRequest

Evolved = tuple[WorkRequest, tuple[Change, ...]]
"""The work request after an event, and the changes that the event made."""


_activity_moved = maker(ActivityMoved)


def take_effect(work_request: WorkRequest | None, event: Event, kind: EventKind, move: Move | None) -> Evolved:
    """Return the work request after an event, and the changes.

    Args:
        work_request: the work request before the event. None if it does not exist.
        event: the event, which `is_possible`.
        kind: its kind.
        move: the move that it makes. None if it makes none.
    """
    if work_request is None:
        created: WorkRequest = kind.effect(None, event, None)
        return created, _CHANGE[kind](created, event)
    activity_id: str | None = event.activity_id if kind.names_activity else None  # type: ignore[attr-defined]  # it has
    if activity_id is None:
        after: WorkRequest = kind.effect(work_request, event, move)
        changes = _closing(work_request, after) if kind.change is None else _CHANGE[kind](work_request, event)
        return after, changes
    activities = work_request.activities
    # Most work requests have one activity. To look at the first here makes such decisions a twentieth faster.
    before = activities[0] if activities[0].id == activity_id else work_request.activity(activity_id)
    activity: Activity = kind.effect(before, event, move)
    if len(activities) == 1:  # most work requests have one activity, for which this is a tenth faster
        after = copy_work_request(work_request, activities=(activity,))
    else:
        others = [activity if each is before else each for each in activities]
        after = copy_work_request(work_request, activities=tuple(others))
    if kind.change is not None:
        return after, _CHANGE[kind](work_request, event)
    assert move is not None, "an event for an activity makes a move, or its kind names the change"
    change = _activity_moved(work_request.id, activity_id, move.name, before.status, activity.status)
    if activity.closure is not None and after.is_closed:
        return after, (change, WorkRequestClosed(work_request.id))
    return after, (change,)


def is_possible(facts: Facts) -> bool:
    """Return whether the model can hold the effect of an event, even if it breaks rules (rulebook, section 7)."""
    if facts.kind.target is Target.NEW:
        return not facts.work_request_exists and facts.has_activities and facts.has_new_ids
    return facts.work_request_exists and facts.activity_exists and facts.has_new_ids and facts.has_known_reason


def evolved(work_request: WorkRequest | None, event: Event, facts: Facts) -> WorkRequest | None:
    """Return the work request after an event that took effect, even if it breaks rules. None if it does not exist."""
    if facts.is_repeat or not is_possible(facts):
        return work_request
    ref = cell_ref(facts)
    after, _ = take_effect(work_request, event, facts.kind, None if ref is None else move_made(ref))
    return after


def _closing(before: WorkRequest, after: WorkRequest) -> tuple[Change, ...]:
    """Return the changes of an event that cancels all open activities."""
    moved = (
        ActivityMoved(after.id, new.id, move_made(CANCELLATION).name, old.status, new.status)
        for old, new in zip(before.activities, after.activities, strict=True)
        if old is not new
    )
    return (*moved, WorkRequestClosed(after.id))


class _Changes(dict[EventKind, Callable[[WorkRequest, Any], tuple[Change, ...]]]):
    """For each kind of event, the function that makes its change from the work request and the event.

    Each is made when it is first needed, because compiling all of them would take a tenth of the import.
    """

    def __missing__(self, kind: EventKind) -> Callable[[WorkRequest, Any], tuple[Change, ...]]:
        made = self[kind] = _change_of(kind)
        return made


def _change_of(kind: EventKind) -> Callable[[WorkRequest, Any], tuple[Change, ...]]:
    change = cast(Any, kind.change)
    if not isinstance(change, type):
        return lambda work_request, event: (change(work_request, event),)
    names = [field.name for field in attrs.fields(cast(Any, change))]
    make: Callable[..., Change] = maker(change)
    read = attrgetter(*names)
    if len(names) == 1:
        return lambda _work_request, event: (make(read(event)),)
    return lambda _work_request, event: (make(*read(event)),)


_CHANGE = _Changes()
