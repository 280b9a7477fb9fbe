"""Shortest legal histories of new work requests, for the fixture `wrm_request`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

import attrs

from work_request_manager.deciding import Step, evolve, take_step
from work_request_manager.events import AnyEvent
from work_request_manager.model import Activity, Allocation, Category, NewActivity, RejectionReason, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.verify.explorer import Key, shortest_path, state_key
from work_request_manager.verify.stimuli import Stimuli

ATTRIBUTES: Mapping[str, type] = {
    "allocation": Allocation,
    "rejection_reason": RejectionReason,
    "on_hold": bool,
    "cancellation_requested": bool,
    "is_closed": bool,
    "has_begun": bool,
}
"""The attributes that a test can ask for, in addition to the categories of the activities, and their types."""

Kind = tuple[Category, bool]
"""The category of an activity, and the flag of its type."""

_strict = cache(Rulebook.strict)  # one object for each rulebook, so that its cached judgements serve every search
_stimuli = cache(Stimuli)


@cache
def shortest_history(
    rulebook: Rulebook, kinds: tuple[Kind, ...], attributes: tuple[tuple[str, object], ...] = ()
) -> tuple[AnyEvent, ...]:
    """Return a shortest sequence of events that creates a work request and leads it to a goal.

    Every event is consumed without a warning. The types of the activities have only a code and a flag.

    Args:
        rulebook: the rules to decide by. An event that would break an assumed rule is not legal either.
        kinds: the goal for the activities A-1, A-2, ….
        attributes: the goal for the work request: names of `ATTRIBUTES` and their values.

    Raises:
        ValueError: no legal history leads there.
    """
    strict = _strict(rulebook)
    flags = sorted(flag for _, flag in kinds)

    def steps(request: WorkRequest | None) -> Iterator[Step]:
        # Strangers lead nowhere else.
        for event in _stimuli(len(kinds)).for_state(request, with_strangers=False):
            step = take_step(request, event, strict)
            if step.is_consumed:
                yield step

    def reached(request: WorkRequest) -> tuple[bool, ...]:
        return tuple(getattr(request, name) == value for name, value in attributes)

    def is_goal(request: WorkRequest) -> bool:
        return all(reached(request)) and sorted(map(_kind_of, request.activities)) == sorted(kinds)

    def key(request: WorkRequest | None) -> Key | None:
        if request is None:
            return ()
        if sorted(activity.type.work_supplier_allowed_to_cancel for activity in request.activities) != flags:
            return None
        # The attributes are part of the key because the state does not have all of them.
        return (*state_key(request), *reached(request))

    history = shortest_path(None, steps, is_goal, key)
    if history is not None:
        return _in_places(cast("tuple[AnyEvent, ...]", history), kinds)
    goal = ", ".join([*(category for category, _ in kinds), *(f"{name}={value!r}" for name, value in attributes)])
    raise ValueError(
        f"no legal history leads to a work request with {goal};"
        " the events of a legal history break no rule, not even an assumed one"
    )


def _kind_of(activity: Activity) -> Kind:
    return activity.status.category, activity.type.work_supplier_allowed_to_cancel


def _in_places(history: Sequence[AnyEvent], kinds: Sequence[Kind]) -> tuple[AnyEvent, ...]:
    """Return a history with the ids of the activities exchanged, so that each of them reaches its own goal."""
    end: WorkRequest | None = None
    for event in history:
        end = evolve(end, event)
    assert end is not None, "the first event creates it"
    places: dict[Kind, list[str]] = {}
    for kind, activity in zip(kinds, end.activities, strict=True):
        places.setdefault(kind, []).append(activity.id)
    new_ids = {activity.id: places[_kind_of(activity)].pop(0) for activity in end.activities}
    return tuple(_renamed(event, new_ids) for event in history)


def _renamed(event: AnyEvent, new_ids: Mapping[str, str]) -> AnyEvent:
    fields: dict[str, Any] = {}
    activity_id: str | None = getattr(event, "activity_id", None)
    if activity_id is not None:
        fields["activity_id"] = new_ids[activity_id]
    described: Sequence[NewActivity] = getattr(event, "activities", ())
    if described:
        by_new_id = {new_ids[activity.id]: activity for activity in described}
        fields["activities"] = [attrs.evolve(by_new_id[activity.id], id=activity.id) for activity in described]
    return attrs.evolve(event, **fields)
