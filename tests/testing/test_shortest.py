"""Histories are legal, lead where they should, and none is shorter."""

from itertools import product

import pytest

from histories import STRICT_RULEBOOK
from work_request_manager import DEFAULT_RULEBOOK, Allocation, Category, RejectionReason, WorkRequest, replay
from work_request_manager.verify.stimuli import Events
from work_request_manager.verify.explorer import Walk
from work_request_manager.deciding import settle
from work_request_manager.facts import extract_facts
from work_request_manager.testing._shortest import Kind, shortest_history

Point = tuple[tuple[Kind, ...], tuple[tuple[str, object], ...]]


def point_of(request: WorkRequest) -> Point:
    """Return what can be asked for to be at this point, whichever activity is which."""
    kinds = ((each.status.category, each.type.work_supplier_allowed_to_cancel) for each in request.activities)
    told = ("allocation", "rejection_reason", "on_hold", "has_begun", "is_closed")
    return tuple(sorted(kinds)), tuple((name, getattr(request, name)) for name in told)


def walked(activities: int) -> dict[Point, int]:
    """Return the points that the whole alphabet of the proof reaches, each with the fewest events that lead there."""
    walk, alphabet = Walk(), Events(activities)
    lengths: dict[Point, int] = {}
    for key, request in walk:
        if request is not None and len(request.activities) == activities:
            lengths.setdefault(point_of(request), len(walk.path(key)))
        for event, _ in alphabet.for_state(request):
            judgement, after, _ = settle(extract_facts(request, event), request, event, STRICT_RULEBOOK)
            if judgement.answer == "Consumed" and after is not None and len(after.activities) <= activities:
                walk.reach(after, key, event)
    return lengths


@pytest.mark.parametrize("activities", [1, 2])
def test_no_history_is_shorter(activities: int) -> None:
    """To every point that the proof's walk reaches, the history is legal, leads there, and is as short as its path."""
    lengths = walked(activities)
    some = list(lengths.items())[:: 1 if activities == 1 else 6]  # of two activities, enough for the time it takes
    assert len(some) > 50
    for (kinds, attributes), length in some:
        history = shortest_history(DEFAULT_RULEBOOK, kinds, attributes)
        end = replay(history, rulebook=STRICT_RULEBOOK)
        assert point_of(end) == (kinds, attributes)
        assert len(history) == length


def test_what_no_walk_reaches_no_history_does() -> None:
    """A point that the proof's walk does not reach is refused."""
    reached = walked(1)
    allocations = [
        (Allocation.SENT, None),
        (Allocation.ACCEPTED, None),
        (Allocation.REJECTED, RejectionReason.SITE_ISSUE),
    ]
    for category, (allocation, reason), has_begun in product(Category, allocations, (True, False)):
        is_closed = category is Category.CLOSED
        attributes = (
            ("allocation", allocation),
            ("rejection_reason", reason),
            ("on_hold", False),
            ("has_begun", has_begun),
            ("is_closed", is_closed),
        )
        kinds = ((category, False),)
        if (kinds, attributes) not in reached:
            with pytest.raises(ValueError, match=f"no legal history brings a new work request to {category}, alloc"):
                shortest_history(DEFAULT_RULEBOOK, kinds, attributes)


@pytest.mark.parametrize("category", list(Category))
def test_a_cancellation_can_be_asked_for_anywhere(category: Category) -> None:
    """An asked cancellation, which the walk folds away, costs one event more, in time before all is closed."""
    kinds = ((category, True),)
    history = shortest_history(DEFAULT_RULEBOOK, kinds, (("cancellation_requested", True),))
    assert replay(history, rulebook=STRICT_RULEBOOK).cancellation_requested
    assert len(history) == len(shortest_history(DEFAULT_RULEBOOK, kinds)) + 1


def test_each_activity_is_in_its_place() -> None:
    """Of activities that are alike to the walk, each comes to the category that is wanted of it."""
    each_kind = tuple(product((Category.OPEN, Category.ACTIVE), (True, False)))
    for kinds in product(each_kind, repeat=3):
        end = replay(shortest_history(DEFAULT_RULEBOOK, kinds), rulebook=STRICT_RULEBOOK)
        assert kinds == tuple(
            (each.status.category, each.type.work_supplier_allowed_to_cancel) for each in end.activities
        )


def test_activities_that_are_alike_keep_their_order() -> None:
    """Where two activities go the same way, A-1 goes first."""
    history = shortest_history(DEFAULT_RULEBOOK, ((Category.ACTIVE, True),) * 2)
    assert [getattr(event, "activity_id", None) for event in history] == [None, "A-1", "A-2"]
