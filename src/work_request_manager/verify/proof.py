"""Walks every reachable state of a small work request and checks the twelve invariants on the way.

The walk starts where there is no work request, and sends, in every state that it reaches, every event from every
party: Chorus, the request's own requestor, another one, the holding supplier, another one. States are told apart by
what the rules can tell apart: state texts, contacts, schedules, details, workers, outcomes, asked cancellations and
the suppliers' names are folded away, and activities that are alike are interchangeable. A folded value still
matters where it is sent again, so an event whose change is folded away is sent twice. The walk goes breadth first, so
the first broken step that it meets ends a shortest sequence of events.
"""

from collections.abc import Callable
from typing import Any

import attrs

from work_request_manager.verify.stimuli import PARTIES, Events
from work_request_manager._values import ValueObject
from work_request_manager.verify.explorer import Key, Walk, state_key
from work_request_manager.deciding import Permit, Settled, permitted, settle
from work_request_manager.events import Event
from work_request_manager.facts import Facts, extract_facts
from work_request_manager.verify.invariants import (
    NO_DEAD_ENDS,
    PERMITTED_IS_EXACT,
    STATEMENTS,
    STEP_CHECKS,
    Step,
)
from work_request_manager.judging import Answer
from work_request_manager.model import (
    Category,
    Party,
    Section,
    Status,
    WorkRequest,
)
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook

Settle = Callable[[Facts, WorkRequest | None, Event, Rulebook], Settled]
Permitted = Callable[..., tuple[Permit, ...]]
Target = tuple[type[Event], str | None, Category | None, Section | None]


@attrs.frozen(eq=False, repr=False)
class Result(ValueObject):
    """What the walk found of one invariant.

    Args:
        invariant: its number in the rulebook.
        states: in how many states it held, having something to say.
        steps: on how many steps it held, having something to say; 0 for an invariant of states.
        counterexample: a shortest sequence of events that breaks it; None where it held.
        remark: what the counterexample does not show by itself.
    """

    invariant: int
    states: int
    steps: int
    counterexample: tuple[Event, ...] | None = None
    remark: str = ""

    @property
    def statement(self) -> str:
        """What the invariant says."""
        return STATEMENTS[self.invariant]


@attrs.frozen(eq=False, repr=False)
class Proof(ValueObject):
    """What the walk found.

    Args:
        states: how many states it reached.
        steps: how many events it sent.
        results: what it found of each invariant.
    """

    states: int
    steps: int
    results: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        """Whether no invariant was broken."""
        return all(result.counterexample is None for result in self.results)


def prove(
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    *,
    activities: int = 3,
    settle: Settle = settle,
    permitted: Permitted = permitted,
) -> Proof:
    """Walk every reachable state of a work request and check every invariant.

    Args:
        rulebook: the rules to walk by.
        activities: the most activities that the work request has; three take up to a minute.
        settle: what settles an event; another one than the library's, to see that its faults are found.
        permitted: what names the permits, likewise.
    """
    proving = _Proving(rulebook, activities, settle, permitted)
    proving.run()
    return proving.proof()


class _Tally:
    """What was found of one invariant so far."""

    def __init__(self) -> None:
        self.states: set[Key] = set()
        self.steps = 0
        self.counterexample: tuple[Event, ...] | None = None
        self.remark = ""


class _Proving:
    def __init__(self, rulebook: Rulebook, activities: int, settle: Settle, permitted: Permitted) -> None:
        self._rulebook = rulebook
        self._strict = rulebook.strict()
        self._most = activities
        self._settle = settle
        self._permitted = permitted
        self._events = Events(activities)
        self._tallies = {number: _Tally() for number in STATEMENTS}
        self._steps = 0
        self._walk = Walk()
        self._sources: dict[Key, set[Key]] = {}
        self._closed: list[Key] = []

    def run(self) -> None:
        for key, request in self._walk:
            if request is not None and request.is_closed:
                self._closed.append(key)
            self._walk_from(key, request)
        self._check_no_dead_ends()

    def _walk_from(self, key: Key, request: WorkRequest | None) -> None:
        consumed: dict[Party, set[Target]] = {party: set() for party in PARTIES}
        for event, again in self._events.for_state(request):
            judgement, after, _ = self._send(key, request, event)
            if judgement.answer is not Answer.CONSUMED:
                continue
            consumed[event.sender].add(_target(event))
            assert after is not None, "only a refusal leaves no work request"
            reached = state_key(after)
            if reached == key:
                for another in again:
                    self._send(key, after, another, (event,))
            elif len(after.activities) <= self._most:
                self._sources.setdefault(reached, set()).add(key)
                self._walk.reach(after, key, event)
        if request is not None:
            self._check_permitted(key, request, consumed)

    def _send(self, key: Key, request: WorkRequest | None, event: Event, then: tuple[Event, ...] = ()) -> Settled:
        facts = extract_facts(request, event)
        settled = self._settle(facts, request, event, self._rulebook)
        strictly = settled if self._rulebook.is_strict else self._settle(facts, request, event, self._strict)
        step = Step(request, event, *settled, strictly, self._rulebook.is_strict)
        self._steps += 1
        # Where the very same object comes back unconsumed, the others have nothing to find or to count.
        is_same = step.after is request and not step.is_consumed
        for number, check in _CHECKS_OF_NO_CHANGE if is_same else _CHECKS:
            held = check(step)
            if held is not None:
                self._count(number, key, held, (*then, event))
        return settled

    def _count(self, number: int, key: Key, held: bool, then: tuple[Event, ...] = (), remark: str = "") -> None:
        tally = self._tallies[number]
        if held:
            tally.states.add(key)
            tally.steps += bool(then)
        elif tally.counterexample is None:
            tally.counterexample = (*self._walk.path(key), *then)
            tally.remark = remark

    def _check_permitted(self, key: Key, request: WorkRequest, consumed: dict[Party, set[Target]]) -> None:
        ids = self._events.distinct_ids(request)
        for party, targets in consumed.items():
            named = {
                (permit.event, permit.activity_id, permit.category, permit.section)
                for permit in self._permitted(request, party, rulebook=self._rulebook)
                if permit.activity_id is None or permit.activity_id in ids
            }
            differing = sorted(map(str, named ^ targets))
            self._count(
                PERMITTED_IS_EXACT, key, not differing, remark=f"for {party.role} {party.id}: {', '.join(differing)}"
            )

    def _check_no_dead_ends(self) -> None:
        alive = set(self._closed)
        found = list(self._closed)
        while found:
            for source in self._sources.get(found.pop(), ()):
                if source not in alive:
                    alive.add(source)
                    found.append(source)
        for key in self._walk.states:
            self._count(NO_DEAD_ENDS, key, key in alive)

    def proof(self) -> Proof:
        results = [
            Result(number, len(tally.states), tally.steps, tally.counterexample, tally.remark)
            for number, tally in self._tallies.items()
        ]
        # Where there is no work request yet is no state of one.
        return Proof(len(self._walk.states) - 1, self._steps, tuple(results))


def result_text(result: Result) -> str:
    """Return what was found of an invariant, as text: one line, and the counterexample if there is one."""
    if result.counterexample is None:
        steps = f" and {result.steps:,} steps" if result.steps else ""
        return f"{result.invariant:>2} held in {result.states:,} states{steps}: {result.statement}"
    lines = [f"{result.invariant:>2} BROKEN: {result.statement}"]
    lines += [f"      {number}. {event}" for number, event in enumerate(result.counterexample, start=1)]
    return "\n".join([*lines, *([f"      {result.remark}"] if result.remark else [])])


_CHECKS = tuple(STEP_CHECKS.items())
_CHECKS_OF_NO_CHANGE = tuple((number, STEP_CHECKS[number]) for number in (1, 10))


def _target(event: Any) -> Target:
    status: Status | None = getattr(event, "status", None)
    return (
        type(event),
        getattr(event, "activity_id", None),
        None if status is None else status.category,
        getattr(event, "section", None),
    )
