"""The engine takes moves from the machines: a doctored machine changes answers. It asks once for each set of facts."""

from collections.abc import Callable
from typing import Any

import pytest
from transitions import Machine

from parties import CHORUS, HOLDER, MAY_CANCEL, answer, from_, request
from work_request_manager import (
    Activity,
    Allocation,
    Answer,
    AnyEvent,
    Category,
    Closure,
    Consumed,
    Rulebook,
    Status,
    WorkRequest,
    changes,
    decide,
    events,
    judging,
)
from work_request_manager.facts import extract_facts
from work_request_manager.judging import Judgement
from work_request_manager.machine import Machines, activity_machine, allocation_machine
from work_request_manager.rules import RULES, Basis

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category
BUSY = request(Activity("A-1", MAY_CANCEL, Status(ACTIVE), has_been_active=True))
REFUSES = {rule.id: rule.basis is not Basis.ASSUMED for rule in RULES}


def machines(doctor: Callable[[Machine, Machine], None]) -> Machines:
    """Return the machines of the library after some treatment."""
    both = Machines(activity_machine(), allocation_machine())
    doctor(both.activity, both.allocation)
    return both


def update(category: Category) -> AnyEvent:
    """Return a status update of the holding supplier."""
    return events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=Status(category, "Mine")))


def judged(work_request: WorkRequest, event: AnyEvent, by: Machines) -> Judgement:
    """Return the judgement of an event by some machines."""
    return judging.judge(extract_facts(work_request, event), REFUSES, machines=by)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Machines], Rulebook]:
    """Return a function that returns a fresh rulebook which asks the given machines."""

    def with_machines(given: Machines) -> Rulebook:
        real = judging.judge
        monkeypatch.setattr(
            "work_request_manager.rulebook.judge", lambda facts, refuses: real(facts, refuses, machines=given)
        )
        return Rulebook()

    return with_machines


def test_an_added_transition_allows_a_move_that_the_graph_forbids(use: Any) -> None:
    """WRM208 refuses the move from Active to Closed, until the machine has it."""
    added = machines(lambda activity, _: activity.add_transition("finish", "ACTIVE", "CLOSED"))
    assert answer(decide(BUSY, update(CLOSED))) == ("Refused", ["WRM208"], [])
    judgement = judged(BUSY, update(CLOSED), added)
    assert (judgement.answer, judgement.broken) == (Answer.CONSUMED, ())
    decision = decide(BUSY, update(CLOSED), rulebook=use(added))
    assert isinstance(decision, Consumed)
    assert decision.work_request.activity("A-1").closure is Closure.COMPLETED
    assert [type(change) for change in decision.changes] == [changes.ActivityMoved, changes.WorkRequestClosed]
    assert decision.changes[0].move == "finish"  # type: ignore[union-attr]  # it is a move


def redirect(machine: Machine, trigger: str, source: str, target: str) -> None:
    """Make a move of a machine lead elsewhere."""
    machine.remove_transition(trigger, source)
    machine.add_transition(trigger, source, target)


@pytest.mark.parametrize("target", [OPEN, ACTIVE, REVIEW, CLOSED])
def test_a_redirected_transition_changes_where_an_activity_ends(use: Any, target: Category) -> None:
    """The activity gets the status that the machine names, not the one that the event asks for."""
    redirected = machines(lambda activity, _: redirect(activity, "complete", "ACTIVE", target.name))
    judgement = judged(BUSY, update(COMPLETION), redirected)
    assert judgement.move is not None
    assert (judgement.answer, judgement.move.to) == (Answer.CONSUMED, target)
    decision = decide(BUSY, update(COMPLETION), rulebook=use(redirected))
    assert isinstance(decision, Consumed)
    activity = decision.work_request.activity("A-1")
    assert activity.status == Status(target)
    assert activity.closure is (Closure.COMPLETED if target is CLOSED else None)
    assert decision.changes[0] == changes.ActivityMoved("WR-1", "A-1", "complete", Status(ACTIVE), Status(target))


def test_a_redirected_transition_changes_the_allocation(use: Any) -> None:
    """A reallocation leads to the allocation that the machine names."""
    redirected = machines(lambda _, allocation: redirect(allocation, "reallocate", "SENT", "ACCEPTED"))
    event = events.ReallocateWorkRequest(**from_(CHORUS, supplier="southline"))
    after = decide(request(), event, rulebook=use(redirected)).work_request
    assert after == WorkRequest("WR-1", "rsp-one", "southline", request().activities, Allocation.ACCEPTED)


REMOVED: list[tuple[str, str, AnyEvent]] = [
    ("start", "OPEN", update(ACTIVE)),
    ("cancel", "OPEN", events.CancelActivity(**from_(CHORUS, activity_id="A-1"))),
    ("accept", "SENT", events.AcceptWorkRequest(**from_(HOLDER))),
]


@pytest.mark.parametrize(("trigger", "source", "event"), REMOVED)
def test_a_removed_transition_is_an_error(trigger: str, source: str, event: AnyEvent) -> None:
    """The machine and the rules disagree then, so the engine does not guess."""

    def doctor(activity: Machine, allocation: Machine) -> None:
        (activity if trigger in activity.events else allocation).remove_transition(trigger, source)

    untouched = request(Activity("A-1", MAY_CANCEL))
    assert answer(decide(untouched, event)) == ("Consumed", [], [])
    with pytest.raises(AssertionError, match="the machine has no move at"):
        judged(untouched, event, machines(doctor))


def test_a_forbidding_condition_is_an_error() -> None:
    """A condition that no rule explains must not refuse silently."""

    def doctor(activity: Machine, _: Machine) -> None:
        activity.remove_transition("start", "OPEN")
        activity.add_transition("start", "OPEN", "ACTIVE", conditions=[lambda **_kwargs: False])

    untouched = request(Activity("A-1", MAY_CANCEL))
    with pytest.raises(AssertionError, match="the machine forbids the move at"):
        judged(untouched, update(ACTIVE), machines(doctor))


def test_the_machines_are_asked_once_for_each_set_of_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second event with the same facts gets the cached judgement."""
    asked: list[Any] = []
    move = Machines.move

    def counted(machines: Machines, *args: Any) -> Any:
        asked.append(args)
        return move(machines, *args)

    monkeypatch.setattr(Machines, "move", counted)
    rulebook = Rulebook()
    sent = [update(category) for category in Category]
    works = [request(Activity("A-1", MAY_CANCEL, Status(OPEN, state))) for state in ("one", "two", "three")]
    works += [BUSY]
    for work_request in works:
        for event in sent:
            decide(work_request, event, rulebook=rulebook)
    first = len(asked)
    assert first > 0
    for work_request in works:
        for event in sent:
            decide(work_request, event, rulebook=rulebook)
    assert len(asked) == first
    decide(works[0], sent[0], rulebook=Rulebook())
    assert len(asked) == first + 1
