"""`permitted` against brute force: deciding on every event of a rich set, for requests of every shape."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import (
    CONTACTS,
    OUTCOMES,
    SCHEDULES,
    STATUSES,
    TYPES,
    WORKERS,
    Ask,
    asks_for,
    permit_target,
    sent_by,
)
from parties import HOLDER, OWN, PARTIES
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    Allocation,
    Category,
    Closure,
    Consumed,
    Party,
    RejectionReason,
    Rulebook,
    WorkRequest,
    decide,
    permitted,
)

RULEBOOKS = {
    "default": DEFAULT_RULEBOOK,
    "strict": DEFAULT_RULEBOOK.strict(),
    "strict without WRM406": DEFAULT_RULEBOOK.without("WRM406").strict(),
    "strict without WRM407": DEFAULT_RULEBOOK.without("WRM407").strict(),
    "strict without WRM206": DEFAULT_RULEBOOK.without("WRM206").strict(),
}


@st.composite
def activities(draw: st.DrawFn, id: str) -> Activity:
    """Return an activity at any point of its life, of the types and values that the events know."""
    status = draw(st.sampled_from(STATUSES))
    return Activity(
        id,
        draw(st.sampled_from(TYPES)),
        status,
        has_been_active=status.category is Category.ACTIVE or draw(st.booleans()),
        outcomes=tuple(draw(st.lists(st.sampled_from(OUTCOMES), max_size=1))),
        schedule=draw(st.none() | st.sampled_from(SCHEDULES)),
        cancellation_requested=draw(st.booleans()),
        worker=draw(st.none() | st.sampled_from(WORKERS)),
        closure=draw(st.sampled_from(Closure)) if status.category is Category.CLOSED else None,
    )


@st.composite
def work_requests(draw: st.DrawFn) -> WorkRequest:
    """Return a work request at any point of its life, of one or two activities."""
    allocation = draw(st.sampled_from(Allocation))
    return WorkRequest(
        "WR-1",
        OWN.id,
        HOLDER.id,
        tuple(draw(activities(f"A-{number}")) for number in range(1, draw(st.integers(2, 3)))),
        allocation,
        draw(st.sampled_from(RejectionReason)) if allocation is Allocation.REJECTED else None,
        on_hold=draw(st.booleans()),
        cancellation_requested=draw(st.booleans()),
        site_contact=draw(st.none() | st.sampled_from(CONTACTS)),
        schedule=draw(st.none() | st.sampled_from(SCHEDULES)),
    )


def consumed_warnings(work_request: WorkRequest, party: Party, asks: list[Ask], rulebook: Rulebook) -> list[list[str]]:
    """Return, for each of these events that is consumed, the assumed rules that it breaks."""
    decisions = (decide(work_request, sent_by(party, ask), rulebook=rulebook) for ask in asks)
    return [[v.rule.id for v in decision.warnings] for decision in decisions if isinstance(decision, Consumed)]


@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
class TestPermitsAreExact:
    """Invariant 12: for each permit some event would be consumed, and every consumed event matches a permit."""

    @settings(max_examples=40, deadline=None)
    @given(work_request=work_requests(), party=st.sampled_from(PARTIES))
    def test_what_is_permitted_is_what_brute_force_finds(
        self, rulebook: Rulebook, work_request: WorkRequest, party: Party
    ) -> None:
        """A target is permitted, once, exactly when some event for it is consumed, with the warnings of the best."""
        found = {
            target: warnings
            for target, asks in asks_for(work_request).items()
            if (warnings := consumed_warnings(work_request, party, asks, rulebook))
        }
        permits = permitted(work_request, party, rulebook=rulebook)
        assert sorted(map(repr, map(permit_target, permits))) == sorted(map(repr, found))
        for permit in permits:
            fewest = min(map(len, found[permit_target(permit)]))
            warned = [violation.rule.id for violation in permit.warnings]
            assert warned in [each for each in found[permit_target(permit)] if len(each) == fewest]
