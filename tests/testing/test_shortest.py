"""Histories are legal, lead to their goals, and are shortest."""

from itertools import product

import pytest

from histories import STRICT_RULEBOOK
from work_request_manager import DEFAULT_RULEBOOK, Allocation, Category, RejectionReason, WorkRequest, replay
from work_request_manager.deciding import take_step
from work_request_manager.events import AnyEvent
from work_request_manager.testing._shortest import Kind, shortest_history
from work_request_manager.verify.explorer import Explorer
from work_request_manager.verify.stimuli import Stimuli

Attributes = tuple[tuple[str, object], ...]
Goal = tuple[tuple[Kind, ...], Attributes]


def history_to(kinds: tuple[Kind, ...], attributes: Attributes = ()) -> tuple[AnyEvent, ...]:
    """Return a shortest history."""
    return shortest_history(DEFAULT_RULEBOOK, kinds, attributes)


def goal_of(request: WorkRequest) -> Goal:
    """Return the goal that a work request has reached, with its activities in any order."""
    kinds = ((each.status.category, each.type.work_supplier_allowed_to_cancel) for each in request.activities)
    names = ("allocation", "rejection_reason", "on_hold", "has_begun", "is_closed")
    return tuple(sorted(kinds)), tuple((name, getattr(request, name)) for name in names)


def explored(activities: int) -> dict[Goal, int]:
    """Return the goals that the exploration of the proof reaches, and the length of a shortest path to each."""
    explorer, stimuli = Explorer(), Stimuli(activities)
    lengths: dict[Goal, int] = {}
    for key, request in explorer:
        if request is not None and len(request.activities) == activities:
            lengths.setdefault(goal_of(request), len(explorer.path(key)))
        for event in stimuli.for_state(request):
            step = take_step(request, event, STRICT_RULEBOOK)
            if step.is_consumed and step.after is not None and len(step.after.activities) <= activities:
                explorer.reach(explorer.key(step.after), key, step)
    return lengths


@pytest.mark.slow
@pytest.mark.parametrize("activities", [1, 2])
def test_no_history_is_shorter(activities: int) -> None:
    """A history to a goal that the exploration reaches is legal, leads there, and is as short as its path."""
    lengths = explored(activities)
    some = list(lengths.items())[:: 1 if activities == 1 else 6]  # with two activities, some are enough
    assert len(some) > 50
    for (kinds, attributes), length in some:
        history = history_to(kinds, attributes)
        end = replay(history, rulebook=STRICT_RULEBOOK)
        assert goal_of(end) == (kinds, attributes)
        assert len(history) == length


@pytest.mark.slow
def test_a_goal_out_of_reach_is_an_error() -> None:
    """A goal that the exploration does not reach is refused, and the error names it."""
    reached = explored(1)
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
            with pytest.raises(ValueError, match=f"no legal history leads to a work request with {category}, alloc"):
                history_to(kinds, attributes)


@pytest.mark.parametrize("category", list(Category))
def test_a_requested_cancellation_can_be_a_goal(category: Category) -> None:
    """A requested cancellation, which the state leaves out, takes one event more, before the closing."""
    kinds = ((category, True),)
    history = history_to(kinds, (("cancellation_requested", True),))
    assert replay(history, rulebook=STRICT_RULEBOOK).cancellation_requested
    assert len(history) == len(history_to(kinds)) + 1


def test_each_activity_is_in_its_place() -> None:
    """Each activity reaches its own goal, although the search takes them in any order."""
    each_kind = tuple(product((Category.OPEN, Category.ACTIVE), (True, False)))
    for kinds in product(each_kind, repeat=2):
        end = replay(history_to(kinds), rulebook=STRICT_RULEBOOK)
        assert kinds == tuple(
            (each.status.category, each.type.work_supplier_allowed_to_cancel) for each in end.activities
        )


def test_activities_that_are_alike_keep_their_order() -> None:
    """If two activities have the same goal, A-1 reaches it first."""
    history = history_to(((Category.ACTIVE, True),) * 2)
    assert [getattr(event, "activity_id", None) for event in history] == [None, "A-1", "A-2"]
