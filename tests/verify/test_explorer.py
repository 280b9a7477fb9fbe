"""The explorer tells states apart by what the rules read, and its paths are shortest."""

from collections.abc import Iterator

import attrs

from parties import HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    RejectionReason,
    SiteContact,
    Status,
    WorkRequest,
    events,
    replay,
)
from work_request_manager.deciding import Step, take_step
from work_request_manager.verify.explorer import Explorer, distinct_activities, shortest_path, state_key

START = request()
CLOSED = Activity("A-1", MAY_CANCEL, Status(Category.CLOSED), closure=Closure.CANCELLED)


def status_steps(before: WorkRequest | None) -> Iterator[Step]:
    """Yield the consumed status updates of the first activity."""
    for category in Category:
        event = events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=Status(category)))
        step = take_step(before, event, DEFAULT_RULEBOOK.strict())
        if step.is_consumed:
            yield step


class TestStateKey:
    """The key of a state has what the rules read, and nothing else."""

    def test_values_that_no_rule_reads_are_left_out(self) -> None:
        """Names, contacts, state texts, workers and the like make no difference."""
        (activity,) = START.activities
        other = attrs.evolve(activity, id="A-7", worker="Aroha", status=Status(Category.OPEN, "Scheduled"))
        same = attrs.evolve(START, id="WR-2", supplier="x", site_contact=SiteContact("Mere"), activities=[other])
        assert state_key(same) == state_key(START)

    def test_the_order_of_the_activities_is_left_out(self) -> None:
        """Activities are interchangeable."""
        one, two = Activity("A-1", MAY_CANCEL), Activity("A-2", MAY_NOT_CANCEL)
        assert state_key(request(one, two)) == state_key(request(two, one))

    def test_values_that_rules_read_make_a_difference(self) -> None:
        """Allocation, reason, hold, and of each activity the category, history, closure, flag and states."""
        listing = ActivityType("T", states={"Scheduled": Category.OPEN})
        variants = [
            None,
            START,
            request(on_hold=True),
            request(allocation=Allocation.ACCEPTED),
            *(request(allocation=Allocation.REJECTED, rejection_reason=reason) for reason in RejectionReason),
            request(Activity("A-1", MAY_CANCEL)),
            request(Activity("A-1", listing)),
            request(Activity("A-1", MAY_NOT_CANCEL, has_been_active=True)),
            request(CLOSED),
            request(attrs.evolve(CLOSED, closure=Closure.COMPLETED)),
            request(Activity("A-1", MAY_NOT_CANCEL), Activity("A-2", MAY_NOT_CANCEL)),
        ]
        assert len(set(map(state_key, variants))) == len(variants)

    def test_activities_that_are_alike_count_once(self) -> None:
        """The first of them is kept."""
        activities = (Activity("A-1", MAY_CANCEL), Activity("A-2", MAY_NOT_CANCEL), Activity("A-3", MAY_CANCEL))
        assert distinct_activities(request(*activities)) == activities[:2]


class TestShortestPath:
    """A path is a shortest one, or there is none."""

    def test_the_start_can_be_the_goal(self) -> None:
        """Then the path is empty."""
        assert shortest_path(START, status_steps, lambda _: True) == ()

    def test_the_path_leads_to_the_goal(self) -> None:
        """Open to Closed takes three events, because work cannot skip Active and Practical Completion."""
        path = shortest_path(START, status_steps, lambda each: each.has_begun and each.is_closed)
        assert path is not None
        updates = [event for event in path if isinstance(event, events.UpdateActivityStatus)]
        assert replay(updates, START).is_closed
        categories = [event.status.category for event in updates]
        assert categories == [Category.ACTIVE, Category.PRACTICAL_COMPLETION, Category.CLOSED]

    def test_there_may_be_no_path(self) -> None:
        """The search ends when all states are explored."""
        assert shortest_path(START, status_steps, lambda each: each.on_hold) is None

    def test_a_key_of_none_is_not_explored(self) -> None:
        """The search does not go on from such a state."""
        assert shortest_path(START, status_steps, lambda each: each.is_closed, lambda _: None) is None
        first_only = shortest_path(START, status_steps, lambda each: each.has_begun, lambda each: state_key(START))
        assert first_only is not None
        assert len(first_only) == 1


def test_states_are_visited_in_the_order_in_which_they_are_reached() -> None:
    """Each state is visited once, and its path has as many events as the exploration is deep."""
    explorer = Explorer(START)
    lengths = []
    for key, each in explorer:
        lengths.append(len(explorer.path(key)))
        for step in status_steps(each):
            reached = state_key(step.after)
            is_known = reached in explorer.states
            assert explorer.reach(reached, key, step) is not is_known
            assert not explorer.reach(reached, key, step)
    assert lengths == sorted(lengths)
    assert len(lengths) == len(explorer.states)
