"""`permitted` compared with brute force, which decides on every event of a large set."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import Ask, any_work_requests, asks_for, permit_target, sent_by, target_of
from parties import HOLDER, MAY_CANCEL, OWN, PARTIES, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    Category,
    Closure,
    Consumed,
    Party,
    Permit,
    Rulebook,
    Section,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)

RULEBOOKS = {
    "default": DEFAULT_RULEBOOK,
    "strict": DEFAULT_RULEBOOK.strict(),
    "strict without WRM406": DEFAULT_RULEBOOK.without("WRM406").strict(),
    "strict without WRM407": DEFAULT_RULEBOOK.without("WRM407").strict(),
    "strict without WRM206": DEFAULT_RULEBOOK.without("WRM206").strict(),
}


def consumed_warnings(work_request: WorkRequest, party: Party, asks: list[Ask], rulebook: Rulebook) -> list[list[str]]:
    """Return the ids of the warnings of each of these events that is consumed."""
    decisions = (decide(work_request, sent_by(party, ask), rulebook=rulebook) for ask in asks)
    return [[v.rule.id for v in decision.warnings] for decision in decisions if isinstance(decision, Consumed)]


@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
class TestPermitsAreExact:
    """Invariant 12: for each permit some event would be consumed, and every consumed event matches a permit."""

    @settings(max_examples=40, deadline=None)
    @given(work_request=any_work_requests(), party=st.sampled_from(PARTIES))
    def test_what_is_permitted_is_what_brute_force_finds(
        self, rulebook: Rulebook, work_request: WorkRequest, party: Party
    ) -> None:
        """A target has a permit exactly if some event for it is consumed. The permit has the fewest warnings."""
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


@settings(max_examples=60, deadline=None)
@given(work_request=any_work_requests(), party=st.sampled_from(PARTIES))
def test_permits_of_one_activity_are_those_among_all(work_request: WorkRequest, party: Party) -> None:
    """With an activity id, the permits are those of that activity, in the same order."""
    permits = permitted(work_request, party)
    for activity in work_request.activities:
        of_activity = permitted(work_request, party, activity_id=activity.id)
        assert of_activity == tuple(permit for permit in permits if permit.activity_id == activity.id)


def test_permits_of_an_unknown_activity_are_an_error() -> None:
    """The KeyError names the known activities."""
    with pytest.raises(KeyError, match="work request WR-1 has no activity 'A-9'; it has A-1"):
        permitted(request(), HOLDER, activity_id="A-9")


@settings(max_examples=60, deadline=None)
@given(work_request=any_work_requests(), party=st.sampled_from(PARTIES), data=st.data())
def test_a_permit_allows_the_events_for_its_target(
    work_request: WorkRequest, party: Party, data: st.DataObject
) -> None:
    """An event matches one permit at most. A consumed event of the party matches exactly one."""
    permits = permitted(work_request, party)
    for ask in data.draw(
        st.lists(st.sampled_from([ask for group in asks_for(work_request).values() for ask in group]))
    ):
        event = sent_by(party, ask)
        matching = [permit for permit in permits if permit.allows(event)]
        assert matching == [permit for permit in permits if permit_target(permit) == target_of(ask)]
        assert len(matching) <= 1
        if isinstance(decide(work_request, event), Consumed):
            assert matching


@pytest.mark.parametrize("other", ["class", "activity", "category", "section"])
def test_a_permit_does_not_allow_other_events(other: str) -> None:
    """Class, activity, category and section must all be those of the permit."""
    permits = {
        "class": Permit(events.PutOnHold),
        "activity": Permit(events.UpdateActivityStatus, "A-1", Category.ACTIVE),
        "category": Permit(events.UpdateActivityStatus, "A-2", Category.OPEN),
        "section": Permit(events.UpdateDetails, section=Section.SOURCE),
    }
    status = events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-2", status=Status(Category.ACTIVE, "OnSite")))
    details = events.UpdateDetails(**from_(OWN, section=Section.ASSETS, values=[]))
    event = {"class": events.Resume(**from_(OWN)), "section": details}.get(other, status)
    assert not permits[other].allows(event)
    allowed = {
        "class": Permit(events.Resume),
        "section": Permit(events.UpdateDetails, section=Section.ASSETS),
    }.get(other, Permit(events.UpdateActivityStatus, "A-2", Category.ACTIVE))
    assert allowed.allows(event)


def test_a_closed_work_request_permits_nothing() -> None:
    """No party has a permit for it."""
    closed = request(Activity("A-1", MAY_CANCEL, Status(Category.CLOSED), closure=Closure.COMPLETED))
    assert [permitted(closed, party) for party in PARTIES] == [()] * len(PARTIES)


@pytest.mark.parametrize("party", PARTIES, ids=str)
def test_the_cost_of_permits_is_linear(party: Party) -> None:
    """Twice as many activities need at most about twice as many calls of functions."""

    def calls(count: int) -> int:
        many = request(*(Activity(f"A-{number}", MAY_CANCEL) for number in range(count)))
        events_seen: list[str] = []
        sys.setprofile(lambda _frame, event, _arg: events_seen.append(event))
        try:
            permits = permitted(many, party)
        finally:
            sys.setprofile(None)
        assert len(set(map(permit_target, permits))) == len(permits) <= 20 * count + 20
        return events_seen.count("call")

    calls(1)  # the first call fills caches
    assert calls(400) <= 2.1 * calls(200)
