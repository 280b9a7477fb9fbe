"""Implementations that know only configured activity types: the vectors and the search send no others."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies_values
from histories import LISTING, SPARSE, STRICT_RULEBOOK, TYPES
from parties import HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, from_, request
from testing.implementations import SHORT_SEARCH, InMemory
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    AnyEvent,
    Category,
    NewActivity,
    Rulebook,
    Status,
    events,
)
from work_request_manager.testing import _configured_types as configured
from work_request_manager.testing.conformance import (
    ConformanceSuite,
    Disagreement,
    check_by_search,
    check_conformance,
    check_vectors,
)
from work_request_manager.vectors import Vector, vectors
from work_request_manager.wire import Types


def by_code(*types: ActivityType) -> Types:
    """Return activity types by their codes."""
    return {type_.code: type_ for type_ in types}


def types_in(event: AnyEvent) -> Iterator[ActivityType]:
    """Yield the types that an event gives."""
    for field in attrs.fields(type(event)):
        value: Any = getattr(event, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, NewActivity):
                yield each.type
            elif isinstance(each, ActivityType):
                yield each


class Locked(InMemory):
    """An implementation that refuses the types that it does not know, and notes the others."""

    def __init__(self, *types: ActivityType, rulebook: Rulebook = DEFAULT_RULEBOOK) -> None:
        super().__init__(rulebook)
        self.types = by_code(*types)
        self.sent: list[AnyEvent] = []

    def post(self, event: AnyEvent) -> str:
        """Post the event."""
        for type_ in types_in(event):
            if self.types.get(type_.code) != type_:
                raise LookupError(f"400 unknown type {type_.code}")
        self.sent.append(event)
        return super().post(event)


ALWAYS = ["broken WRM406", "broken WRM407"]
"""The rules that no event can break if no type lists states."""

COVERAGE: dict[str, tuple[Sequence[ActivityType], list[str]]] = {
    "one type": ([MAY_NOT_CANCEL], ALWAYS),
    "one type with the flag": ([MAY_CANCEL], ["broken WRM203", *ALWAYS]),
    "both flags": ([MAY_CANCEL, MAY_NOT_CANCEL], ALWAYS),
    "listed states": ([LISTING], ["broken WRM203"]),
    "listed states, both flags": ([LISTING, SPARSE], []),
    "states without the flag": ([MAY_CANCEL, SPARSE], []),
    "states with the flag": ([LISTING, MAY_NOT_CANCEL], []),
}


@pytest.mark.parametrize(("types", "missing"), COVERAGE.values(), ids=COVERAGE)
@pytest.mark.slow
def test_the_vectors_cover_all_that_the_types_allow(types: Sequence[ActivityType], missing: list[str]) -> None:
    """The coverage names the rules that cannot be broken with these types, and counts the events that are left out."""
    locked = Locked(*types)
    covered = check_vectors(locked, types=locked.types)
    assert list(covered.missing) == missing
    assert covered.vectors == len(vectors())
    assert covered.events + covered.left_out == sum(len(vector.events) for vector in vectors())
    assert {type_ for event in locked.sent for type_ in types_in(event)} == {*types}


@pytest.mark.slow
@pytest.mark.parametrize(("types", "missing"), COVERAGE.values(), ids=COVERAGE)
def test_the_vectors_of_a_strict_rulebook_can_be_sent_too(types: Sequence[ActivityType], missing: list[str]) -> None:
    """Events that would get another answer are left out, so that the rest of their history is as before."""
    locked = Locked(*types, rulebook=STRICT_RULEBOOK)
    covered = check_vectors(locked, STRICT_RULEBOOK, locked.types)
    assert covered.left_out < 50
    # If no type has two states in In Review, nothing can move within it.
    has_two = any(type_.states is None for type_ in types)
    assert list(covered.missing) == [*([] if has_two else ["cell status InReview \u2192 InReview"]), *missing]


def answers_and_changes(vector: Vector) -> list[tuple[type, str, list[type]]]:
    """Return, for each event of a vector, its class, its answer and the classes of the changes that it makes."""
    return [
        (type(each.event), each.answer, [type(change) for change in getattr(each, "changes", ())])
        for each in vector.decisions
    ]


@pytest.mark.parametrize("types", [TYPES, [SPARSE]], ids=["several", "one"])
def test_every_event_gets_its_answer_and_makes_its_changes(types: Sequence[ActivityType]) -> None:
    """Without the events that are left out, the history is the same."""
    for vector, original in zip(configured.vectors_with(by_code(*types), DEFAULT_RULEBOOK), vectors(), strict=True):
        assert vector.id == original.id
        remaining = iter(answers_and_changes(original))
        assert all(each in remaining for each in answers_and_changes(vector))  # in this order


def test_a_vector_says_what_it_still_covers() -> None:
    """The rules of events that are left out, or that break fewer rules, are not among those that it breaks."""
    plain = configured.vectors_with(by_code(MAY_NOT_CANCEL), DEFAULT_RULEBOOK)
    assert any("WRM406" in vector.broken for vector in vectors())
    assert not any("WRM406" in vector.broken for vector in plain)


def test_the_states_are_those_of_the_types() -> None:
    """Status updates give each listed state, and new activities give one that is listed under another category."""
    found = configured.vectors_with(by_code(LISTING), DEFAULT_RULEBOOK)
    sent = [event for vector in found for event in vector.events]
    updates = {each.status.state for each in sent if isinstance(each, events.UpdateActivityStatus)}
    starts = {
        new.status.state for each in sent if isinstance(each, events.CreateWorkRequest) for new in each.activities
    }
    assert {"OnSite", "Scheduled", "Done"} <= updates
    assert "OnSite" in starts


@pytest.mark.slow
def test_vectors_keep_their_types_if_these_are_configured() -> None:
    """Nothing changes for an implementation that knows all types of the vectors."""
    own = by_code(*dict.fromkeys(type_ for each in vectors() for event in each.events for type_ in types_in(event)))
    locked = Locked(*own.values())
    assert check_vectors(locked, types=own).left_out == 0


@pytest.mark.slow
def test_all_types_take_part() -> None:
    """With many types, each of them is sent in some vector."""
    many = [ActivityType(f"TYPE-{number}", number % 2 == 0) for number in range(40)]
    found = configured.vectors_with(by_code(*many), DEFAULT_RULEBOOK)
    assert {type_ for vector in found for event in vector.events for type_ in types_in(event)} == {*many}


any_types = st.lists(strategies_values.types, min_size=1, max_size=3, unique_by=lambda type_: type_.code)
any_statuses = st.lists(strategies_values.statuses, min_size=1, max_size=5, unique=True)


@given(type_=strategies_values.types, other=strategies_values.types, statuses=any_statuses)
def test_a_replaced_status_is_judged_alike(type_: ActivityType, other: ActivityType, statuses: list[Status]) -> None:
    """It has the category of the old one and breaks the same rules. Different statuses stay different."""
    replacement = configured._replacement(type_, statuses, other)
    fitting = 0
    for status, new in replacement.statuses.items():
        assert new.category is status.category
        fitting += (type_.lists(status), type_.fits(status)) == (other.lists(new), other.fits(new))
    assert fitting == len(statuses) - replacement.misfits
    assert replacement.misfits or len({*replacement.statuses.values()}) == len(statuses)


@pytest.mark.parametrize(
    ("status", "type_", "other", "replaced"),
    [
        (Status(Category.OPEN), MAY_CANCEL, LISTING, Status(Category.OPEN)),
        (Status(Category.OPEN, "Lunch"), MAY_CANCEL, LISTING, Status(Category.OPEN, "Scheduled")),
        (Status(Category.ACTIVE, "Lunch"), MAY_CANCEL, LISTING, Status(Category.ACTIVE, "OnSite")),
        (Status(Category.IN_REVIEW, "Lunch"), MAY_CANCEL, LISTING, Status(Category.IN_REVIEW)),
        (Status(Category.OPEN, "Lunch"), SPARSE, LISTING, Status(Category.OPEN, "Lunch")),
        (Status(Category.OPEN, "Parked"), SPARSE, LISTING, Status(Category.OPEN, "Parked-1")),
        (Status(Category.OPEN, "Testing"), SPARSE, LISTING, Status(Category.OPEN, "OnSite")),
        (Status(Category.OPEN, "Active"), SPARSE, LISTING, Status(Category.OPEN, "Active")),
        (Status(Category.OPEN, "Testing"), SPARSE, MAY_CANCEL, Status(Category.OPEN, "Testing")),
    ],
)
def test_a_status_gets_a_state_of_the_other_type(
    status: Status, type_: ActivityType, other: ActivityType, replaced: Status
) -> None:
    """A state stays if it can. A listed one becomes a listed one, and one under another category likewise."""
    assert configured._replacement(type_, [status], other).statuses == {status: replaced}


@pytest.mark.parametrize(("activity_id", "types"), [("A-1", [MAY_CANCEL]), ("A-2", [LISTING]), ("A-9", [])])
def test_a_status_belongs_to_the_type_of_its_activity(activity_id: str, types: list[ActivityType]) -> None:
    """An update for an activity that the work request does not have keeps its status."""
    update = events.UpdateActivityStatus(**from_(HOLDER, activity_id=activity_id, status=Status(Category.ACTIVE)))
    before = request(Activity("A-1", MAY_CANCEL), Activity("A-2", LISTING))
    assert configured._given(update, before) == [(type_, update.status) for type_ in types]


@pytest.mark.parametrize("types", [[MAY_NOT_CANCEL], TYPES], ids=["one", "several"])
@pytest.mark.slow
def test_the_search_draws_the_types(types: Sequence[ActivityType]) -> None:
    """It sends each of them, and no other, in all events that give a type. States can still be any text."""
    locked = Locked(*types)
    check_by_search(locked, search=hypothesis.settings(SHORT_SEARCH, max_examples=50), types=locked.types)
    by_kind = {type(event): type_ for event in locked.sent for type_ in types_in(event)}
    assert {*by_kind} == {events.CreateWorkRequest, events.AddActivity, events.RequestAddActivity}
    assert {type_ for event in locked.sent for type_ in types_in(event)} == {*types}
    starts = {each.activity.status.state for each in locked.sent if isinstance(each, events.AddActivity)}
    assert len(starts) > 1


def test_a_suite_can_set_the_types() -> None:
    """The class attribute is used by all tests of the suite."""

    class Suite(ConformanceSuite):
        search = hypothesis.settings(SHORT_SEARCH, max_examples=3)
        types = by_code(LISTING)

    locked = Locked(LISTING)
    Suite().test_search(locked)
    sent = len(locked.sent)
    assert sent
    for vector in configured.vectors_with(Suite.types, DEFAULT_RULEBOOK)[:3]:
        Suite().test_vector(locked, vector)
    assert len(locked.sent) > sent


def test_the_suite_prints_what_the_types_leave_out(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the rules that cannot be broken."""

    class Suite(ConformanceSuite):
        types = by_code(MAY_CANCEL)

    Suite().test_coverage()
    printed = capsys.readouterr().out
    assert re.match(r"2,\d{3} of 2,\d{3} events in \d+ histories: cells 34 of 34, .* rules broken 26 of 29", printed)
    assert printed.endswith("; missing: broken WRM203, broken WRM406, broken WRM407\n")


def test_an_implementation_that_locks_its_types_needs_the_argument() -> None:
    """Without it the vectors and the search send unknown types. With it both passes find nothing."""
    locked = Locked(MAY_CANCEL, SPARSE)
    few = hypothesis.settings(SHORT_SEARCH, max_examples=3)
    for check in (check_vectors, lambda adapter: check_by_search(adapter, search=few)):
        with pytest.raises(Disagreement, match="400 unknown type"):
            check(locked)
    assert check_conformance(locked, search=few, types=locked.types).missing == ()


@pytest.mark.slow
def test_a_fault_is_found_with_configured_types() -> None:
    """The history in the report has configured types too."""

    class Lenient(Locked):
        def post(self, event: AnyEvent) -> str:
            answer = super().post(event)
            return "Consumed" if isinstance(event, events.CancelActivity) and answer == "Refused" else answer

    locked = Lenient(LISTING)
    with pytest.raises(Disagreement) as caught:
        check_vectors(locked, types=locked.types)
    assert {type_ for event in caught.value.events for type_ in types_in(event)} <= {LISTING}


@pytest.mark.parametrize("check", [check_vectors, check_by_search, check_conformance])
def test_no_types_are_an_error(check: Any) -> None:
    """An implementation without any type can create nothing."""
    with pytest.raises(ValueError, match=r"^types is empty, so no work request can be created; pass at least one type"):
        check(Locked(), types={})
