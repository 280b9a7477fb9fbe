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
    proof,
)
from work_request_manager.changes import WorkRequestClosed
from work_request_manager.deciding import Settled, settle
from work_request_manager.facts import Facts
from work_request_manager.verify.invariants import STATEMENTS
from work_request_manager.judging import Answer, Judgement

Fault = Callable[[Facts, WorkRequest | None, Event, Rulebook, Settled], Settled]


def faulty(fault: Fault) -> proof.Settle:
    """Return a `settle` with a fault in it."""

    def settle_wrongly(facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook) -> Settled:
        return fault(facts, request, event, rulebook, settle(facts, request, event, rulebook))

    return settle_wrongly


def consumed(request: WorkRequest, **changed: Any) -> Settled:
    """Return the answer that an event was consumed and changed the first activity so."""
    first, *others = request.activities
    after = attrs.evolve(request, activities=(attrs.evolve(first, **changed), *others))
    return Judgement(Answer.CONSUMED), after, ()


def reopens(facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled) -> Settled:
    """Let a closed activity be put to Open again."""
    if request is not None and facts.category is Category.CLOSED and facts.asked is Category.OPEN:
        return consumed(request, status=Status(Category.OPEN), closure=None)
    return settled


def goes_back(facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled) -> Settled:
    """Let an activity go from Practical Completion back to Open."""
    if request is not None and facts.category is Category.PRACTICAL_COMPLETION and facts.asked is Category.OPEN:
        return consumed(request, status=Status(Category.OPEN))
    return settled


def closes_in_silence(
    facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled
) -> Settled:
    """Leave out that the work request closed."""
    judgement, after, changes = settled
    return judgement, after, tuple(change for change in changes if not isinstance(change, WorkRequestClosed))


def forgets_work(
    facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled
) -> Settled:
    """Unset has_been_active at a pause."""
    move = settled[0].move
    if request is not None and move is not None and move.name == "pause":
        return consumed(request, status=Status(Category.OPEN), has_been_active=False)
    return settled


def changes_when_refusing(
    facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled
) -> Settled:
    """Hold a work request because an accept was refused."""
    if request is not None and facts.event is events.AcceptWorkRequest and settled[0].answer is Answer.REFUSED:
        return settled[0], attrs.evolve(request, on_hold=not request.on_hold), ()
    return settled


def strict_is_laxer(
    facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled
) -> Settled:
    """Let the strict rulebook pass what the default one refuses."""
    if rulebook.is_strict and facts.event is events.CancelWorkRequest and settled[0].answer is Answer.REFUSED:
        return Judgement(Answer.NOT_CONSUMED), request, ()
    return settled


def never_closes(
    facts: Facts, request: WorkRequest | None, event: Event, rulebook: Rulebook, settled: Settled
) -> Settled:
    """Refuse whatever would close the work request."""
    if settled[1] is not None and settled[1].is_closed:
        return Judgement(Answer.REFUSED, (DEFAULT_RULEBOOK["WRM209"],)), request, ()
    return settled


@pytest.mark.parametrize(
    ("invariant", "fault", "length"),
    [
        (1, reopens, 3),
        (2, goes_back, 3),
        (3, closes_in_silence, 2),
        (4, forgets_work, 3),
        (10, changes_when_refusing, 2),
        (10, strict_is_laxer, 1),
        (11, never_closes, 0),
    ],
)
def test_a_fault_in_settling_is_found(invariant: int, fault: Fault, length: int) -> None:
    """A fault planted in the deciding breaks its invariant, by a shortest sequence of events that shows it."""
    proved = proof.prove(activities=1, settle=faulty(fault))
    broken = {result.invariant: result for result in proved.results if result.counterexample is not None}
    assert not proved.holds
    assert invariant in broken
    counterexample = broken[invariant].counterexample
    assert counterexample is not None
    assert len(counterexample) == length
    assert f"{invariant} BROKEN: {STATEMENTS[invariant]}" in proof.result_text(broken[invariant])


@pytest.mark.parametrize(
    ("invariant", "rule", "is_strict", "length"),
    [
        (5, "WRM204", False, 4),
        (6, "WRM102", False, 3),
        (7, "WRM203", False, 2),
        (8, "WRM103", False, 2),
        (8, "WRM104", True, 3),
        (9, "WRM301", False, 2),
    ],
)
def test_a_missing_guard_is_found(
    monkeypatch: pytest.MonkeyPatch, invariant: int, rule: str, is_strict: bool, length: int
) -> None:
    """A rule whose guard lets everything pass breaks its invariant."""
    monkeypatch.setattr(judging, "GUARDS", {**judging.GUARDS, rule: lambda facts: True})
    proved = proof.prove(Rulebook(is_strict=is_strict), activities=1)
    counterexample = next(result.counterexample for result in proved.results if result.invariant == invariant)
    assert counterexample is not None
    assert len(counterexample) == length


def too_few(request: WorkRequest, party: Any, *, rulebook: Rulebook) -> tuple[Permit, ...]:
    """Leave a permit out."""
    return permitted(request, party, rulebook=rulebook)[1:]


def too_many(request: WorkRequest, party: Any, *, rulebook: Rulebook) -> tuple[Permit, ...]:
    """Add a permit."""
    return (*permitted(request, party, rulebook=rulebook), Permit(events.CreateWorkRequest))


@pytest.mark.parametrize("fault", [too_few, too_many])
def test_an_inexact_permit_is_found(fault: proof.Permitted) -> None:
    """A permit too many or too few breaks invariant 12, and the remark names it."""
    result = proof.prove(activities=1, permitted=fault).results[-1]
    assert result.invariant == 12
    assert result.counterexample is not None
    assert "CreateWorkRequest" in proof.result_text(result)
    assert result.remark.startswith("for ")
    assert "work_request_manager.events." in result.remark


@pytest.mark.parametrize("is_strict", [False, True])
def test_all_invariants_hold(is_strict: bool) -> None:
    """Every invariant holds, and none of them for want of anything to say."""
    proved = proof.prove(Rulebook(is_strict=is_strict), activities=2)
    assert [result.invariant for result in proved.results] == list(range(1, 13))
    assert proved.holds
    assert proved.states > 500
    for result in proved.results:
        assert result.states > 0
        assert result.steps > 0 or result.invariant > 10
        assert result.statement in proof.result_text(result)
