"""The shortest legal way of a new work request to a wanted point of its life."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import attrs

from work_request_manager import events
from work_request_manager.verify.stimuli import AT, PARTIES, Events
from work_request_manager.verify.explorer import state_key, shortest_path
from work_request_manager.deciding import settle
from work_request_manager.events import Event
from work_request_manager.facts import extract_facts
from work_request_manager.judging import Answer
from work_request_manager.model import Activity, ActivityType, Category, WorkRequest
from work_request_manager.rulebook import Rulebook

ATTRIBUTES = ("allocation", "rejection_reason", "on_hold", "cancellation_requested", "is_closed", "has_begun")
"""What can be asked of a work request, beside its activities' categories."""

# What a shortest history can have; no point is out of reach, or further, for want of the other kinds of event.
_NEEDED = (
    events.AcceptWorkRequest,
    events.RejectWorkRequest,
    events.PutOnHold,
    events.CancelWorkRequest,
    events.RequestCancellation,
    events.UpdateActivityStatus,
    events.CancelActivity,
)

Kind = tuple[Category, bool]
"""An activity's category, and its type's flag; of a type the rules look at no more where states are plain."""

_strict = cache(Rulebook.strict)  # so that its judgements are remembered from one search to the next
_alphabet = cache(Events)


@cache
def shortest_history(
    rulebook: Rulebook, kinds: tuple[Kind, ...], attributes: tuple[tuple[str, object], ...] = ()
) -> tuple[Event, ...]:
    """Return a shortest sequence of events, each consumed without a warning, from no work request to a wanted point.

    Args:
        rulebook: the rules to decide by; what they warn of is not legal either.
        kinds: what A-1, A-2, … are to be in the end.
        attributes: names of `ATTRIBUTES`, each with the wanted value.

    Returns: the creation and what follows it, with types that have nothing but their flag.

    Raises: ValueError where no legal history leads there.
    """
    strict = _strict(rulebook)

    def onward(request: WorkRequest | None) -> Iterator[tuple[Event, WorkRequest]]:
        for event in _sendable(request, kinds):
            judgement, after, _ = settle(extract_facts(request, event), request, event, strict)
            if after is not None and judgement.answer is Answer.CONSUMED:
                yield event, after

    def holding(request: WorkRequest) -> tuple[bool, ...]:
        return tuple(getattr(request, name) == value for name, value in attributes)

    def is_there(request: WorkRequest) -> bool:
        return all(holding(request)) and sorted(map(_kind_of, request.activities)) == sorted(kinds)

    # What holds is kept in the key: the walk's own does not have all of it.
    found = shortest_path(None, onward, is_there, lambda request: (*state_key(request), *holding(request)))
    if found is not None:
        return _in_places(*found, kinds)
    asked = ", ".join([*(category for category, _ in kinds), *(f"{name}={value!r}" for name, value in attributes)])
    raise ValueError(
        f"no legal history brings a new work request to {asked};"
        " legal is what breaks no rule of the rulebook in use, assumed ones included"
    )


def _sendable(request: WorkRequest | None, kinds: tuple[Kind, ...]) -> Iterator[Event]:
    if request is not None:
        yield from (event for event, _ in _alphabet(len(kinds)).for_state(request) if isinstance(event, _NEEDED))
        return
    chorus, requestor, _, supplier, _ = PARTIES
    yield events.CreateWorkRequest(
        work_request_id="WR-1",
        sender=chorus,
        at=AT,
        requestor=requestor.id,
        supplier=supplier.id,
        activities=tuple(
            Activity(f"A-{number}", ActivityType(str(flag), work_supplier_allowed_to_cancel=flag))
            for number, (_, flag) in enumerate(kinds, start=1)
        ),
    )


def _kind_of(activity: Activity) -> Kind:
    return activity.status.category, activity.type.work_supplier_allowed_to_cancel


def _in_places(history: tuple[Event, ...], end: WorkRequest, kinds: tuple[Kind, ...]) -> tuple[Event, ...]:
    """Return the history that brings each kind to its own place; this one brings them there in any order."""
    places: dict[Kind, list[str]] = {}
    for kind, activity in zip(kinds, end.activities, strict=True):
        places.setdefault(kind, []).append(activity.id)
    new_ids = {activity.id: places[_kind_of(activity)].pop(0) for activity in end.activities}
    return tuple(_renamed(event, new_ids) for event in history)


def _renamed(event: Event, new_ids: Mapping[str, str]) -> Event:
    old_id: str | None = getattr(event, "activity_id", None)
    changed: Any = {} if old_id is None else {"activity_id": new_ids[old_id]}
    return attrs.evolve(event, **changed)
