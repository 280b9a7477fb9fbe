"""The proof holds, and finds each fault that is planted for it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Category,
    Event,
    Permit,
    Rulebook,
    Status,
    WorkRequest,
    events,
    judging,
    permitted,
)
from work_request_manager.changes import WorkRequestClosed
from work_request_manager.deciding import Transition, transition
from work_request_manager.judging import Answer, Judgement
from work_request_manager.rules import RULES_BY_ID
from work_request_manager.verify.invariants import INVARIANTS
from work_request_manager.verify.proof import InvariantResult, MakePermits, MakeTransition, prove

Fault = Callable[[WorkRequest | None, Event, Rulebook, Transition], Transition]

STATEMENTS = {invariant.number: invariant.statement for invariant in INVARIANTS}


def faulty(fault: Fault) -> MakeTransition:
    """Return a `transition` with a fault."""

    def transition_wrongly(request: WorkRequest | None, event: Event, rulebook: Rulebook) -> Transition:
        return fault(request, event, rulebook, transition(request, event, rulebook))

    return transition_wrongly


def consumed(judgement: Judgement, request: WorkRequest, **changed: Any) -> Transition:
    """Return the transition of an event that is consumed and changes the first activity."""
    first, *others = request.activities
    after = attrs.evolve(request, activities=(attrs.evolve(first, **changed), *others))
    return Judgement(judgement.facts, Answer.CONSUMED), after, ()


def asks_for_open(judgement: Judgement, category: Category) -> bool:
    """Return whether an event asks an activity in this category to be Open."""
    return judgement.facts.category is category and judgement.facts.requested_category is Category.OPEN


def reopens(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Let a closed activity return to Open."""
    if request is not None and asks_for_open(right[0], Category.CLOSED):
        return consumed(right[0], request, status=Status(Category.OPEN), closure=None)
    return right


def goes_back(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Let an activity return from Practical Completion to Open."""
    if request is not None and asks_for_open(right[0], Category.PRACTICAL_COMPLETION):
        return consumed(right[0], request, status=Status(Category.OPEN))
    return right


def closes_in_silence(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Do not report that the work request closed."""
    judgement, after, changes = right
    return judgement, after, tuple(change for change in changes if not isinstance(change, WorkRequestClosed))


def forgets_work(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Clear has_been_active at a pause."""
    judgement, _, _ = right
    if request is not None and judgement.move is not None and judgement.move.name == "pause":
        return consumed(judgement, request, status=Status(Category.OPEN), has_been_active=False)
    return right


def changes_when_refusing(
    request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition
) -> Transition:
    """Put a work request on hold when an accept is refused."""
    judgement, _, _ = right
    if request is not None and isinstance(event, events.AcceptWorkRequest) and judgement.answer is Answer.REFUSED:
        return judgement, attrs.evolve(request, on_hold=not request.on_hold), ()
    return right


def strict_is_laxer(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Let the strict rulebook pass an event that the default one refuses."""
    judgement, _, _ = right
    if rulebook.is_strict and isinstance(event, events.CancelWorkRequest) and judgement.answer is Answer.REFUSED:
        return Judgement(judgement.facts, Answer.NOT_CONSUMED), request, ()
    return right


def strict_does_more(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Let the strict rulebook put a work request on hold with every accept."""
    judgement, after, changes = right
    if rulebook.is_strict and isinstance(event, events.AcceptWorkRequest) and judgement.answer is Answer.CONSUMED:
        assert after is not None
        return judgement, attrs.evolve(after, on_hold=True), changes
    return right


def never_closes(request: WorkRequest | None, event: Event, rulebook: Rulebook, right: Transition) -> Transition:
    """Refuse every event that would close the work request."""
    judgement, after, _ = right
    if after is not None and after.is_closed:
        return Judgement(judgement.facts, Answer.REFUSED, (DEFAULT_RULEBOOK["WRM209"],)), request, ()
    return right


@pytest.mark.parametrize(
    ("number", "fault", "length"),
    [
        (1, reopens, 3),
        pytest.param(2, goes_back, 4, marks=pytest.mark.slow),
        (3, closes_in_silence, 2),
        (4, forgets_work, 3),
        (10, changes_when_refusing, 2),
        pytest.param(10, strict_is_laxer, 1, marks=pytest.mark.slow),
        pytest.param(10, strict_does_more, 2, marks=pytest.mark.slow),
        (11, never_closes, 0),
    ],
)
def test_a_faulty_transition_is_found(number: int, fault: Fault, length: int) -> None:
    """A fault breaks its invariant, and a shortest sequence of events shows it."""
    # The strict rulebook has fewer states. Only invariant 10 compares it with the default one.
    proof = prove(Rulebook(is_strict=number != 10), activities=1, transition=faulty(fault))
    broken = {result.invariant.number: result for result in proof.results if result.counterexample is not None}
    assert not proof.holds
    assert number in broken
    counterexample = broken[number].counterexample
    assert counterexample is not None
    assert len(counterexample) == length
    assert f"{number} BROKEN: {STATEMENTS[number]}" in str(broken[number])


@pytest.mark.parametrize(
    ("number", "rule", "is_strict", "length"),
    [
        pytest.param(5, "WRM204", True, 3, marks=pytest.mark.slow),
        pytest.param(6, "WRM102", True, 3, marks=pytest.mark.slow),
        (7, "WRM203", True, 2),
        (8, "WRM103", True, 2),
        pytest.param(8, "WRM104", True, 3, marks=pytest.mark.slow),
        (8, "WRM104", False, 3),
        (9, "WRM301", True, 2),
    ],
)
def test_a_missing_guard_is_found(
    monkeypatch: pytest.MonkeyPatch, number: int, rule: str, is_strict: bool, length: int
) -> None:
    """A rule whose test lets everything pass breaks its invariant."""
    lax = attrs.evolve(RULES_BY_ID[rule], is_kept=lambda facts: True)
    monkeypatch.setattr(judging, "RULES_BY_ID", {**RULES_BY_ID, rule: lax})
    proof = prove(Rulebook(is_strict=is_strict), activities=1)
    counterexample = next(result.counterexample for result in proof.results if result.invariant.number == number)
    assert counterexample is not None
    assert len(counterexample) == length


def too_few(request: WorkRequest, party: Any, *, rulebook: Rulebook) -> tuple[Permit, ...]:
    """Leave out a permit."""
    return permitted(request, party, rulebook=rulebook)[1:]


def too_many(request: WorkRequest, party: Any, *, rulebook: Rulebook) -> tuple[Permit, ...]:
    """Add a permit."""
    return (*permitted(request, party, rulebook=rulebook), Permit(events.CreateWorkRequest))


@pytest.mark.parametrize(
    ("fault", "remark"), [(too_few, "for Chorus: ReallocateWorkRequest"), (too_many, "for Chorus: CreateWorkRequest")]
)
def test_an_inexact_permit_is_found(fault: MakePermits, remark: str) -> None:
    """A permit too many or too few breaks invariant 12, and the remark names it."""
    result = prove(Rulebook(is_strict=True), activities=1, permitted=fault).results[-1]
    assert result.invariant.number == 12
    assert result.counterexample is not None
    assert result.remark == remark
    assert str(result).endswith(remark)


def check_proof(is_strict: bool, activities: int, states: int) -> None:
    """Check that every invariant holds in this number of states, and that each of them has something to say."""
    proof = prove(Rulebook(is_strict=is_strict), activities=activities)
    assert [result.invariant.number for result in proof.results] == list(range(1, 13))
    assert proof.holds
    assert proof.states == states
    for result in proof.results:
        assert result.states > 0
        assert result.steps > 0 or result.invariant.number > 10
        assert str(result).endswith(result.invariant.statement)


@pytest.mark.parametrize(("is_strict", "states"), [(False, 112), (True, 88)])
def test_all_invariants_hold_with_one_activity(is_strict: bool, states: int) -> None:
    """Every invariant holds in every state of a work request with one activity."""
    check_proof(is_strict, 1, states)


@pytest.mark.slow
@pytest.mark.parametrize(("is_strict", "states"), [(False, 1032), (True, 588)])
def test_all_invariants_hold_with_two_activities(is_strict: bool, states: int) -> None:
    """Every invariant holds in every state of a work request with up to two activities."""
    check_proof(is_strict, 2, states)


def test_a_result_prints_its_counts() -> None:
    """The text of a result has the number of states, and of steps unless the invariant is about states."""
    about_steps, about_states = INVARIANTS[0], INVARIANTS[-1]
    assert str(InvariantResult(about_steps, 1_000, 2)) == f" 1 held in 1,000 states and 2 steps: {STATEMENTS[1]}"
    assert str(InvariantResult(about_states, 3, 0)) == f"12 held in 3 states: {STATEMENTS[12]}"
