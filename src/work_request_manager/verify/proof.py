"""The proof: it explores every reachable state of a small work request and checks the twelve invariants on the way.

It starts without a work request, and sends every event from every party in each state that it reaches (see `stimuli`).
Two states are different only if the rules can distinguish them (see `explorer`). A value that the rules do not read
still matters if it is sent again, so an event that leads back to the same state is sent twice. The exploration is
breadth first, so the first broken step that it finds ends a shortest sequence of events.
"""

from collections import defaultdict
from collections.abc import Callable

import attrs

from work_request_manager._values import ValueObject
from work_request_manager.deciding import Permit, PermitKey, Step, Transition, permit_key, permitted, transition
from work_request_manager.events import Event
from work_request_manager.model import Party, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.verify.explorer import Explorer, Key, distinct_activities
from work_request_manager.verify.invariants import INVARIANTS, Invariant
from work_request_manager.verify.stimuli import PARTIES, Stimuli

MakeTransition = Callable[[WorkRequest | None, Event, Rulebook], Transition]
MakePermits = Callable[..., tuple[Permit, ...]]


@attrs.frozen(eq=False, repr=False)
class InvariantResult(ValueObject):
    """The result of the proof for one invariant.

    Args:
        invariant: the invariant.
        states: the number of states in which it held and had something to say.
        steps: the number of steps at which it held and had something to say. 0 for an invariant about states.
        counterexample: a shortest sequence of events that breaks it. None if it held.
        remark: further information on the counterexample.
    """

    invariant: Invariant
    states: int
    steps: int
    counterexample: tuple[Event, ...] | None = None
    remark: str = ""

    def __str__(self) -> str:
        number, statement = self.invariant.number, self.invariant.statement
        if self.counterexample is None:
            steps = f" and {self.steps:,} steps" if self.steps else ""
            return f"{number:>2} held in {self.states:,} states{steps}: {statement}"
        events = [f"      {count}. {event}" for count, event in enumerate(self.counterexample, start=1)]
        remark = [f"      {self.remark}"] if self.remark else []
        return "\n".join([f"{number:>2} BROKEN: {statement}", *events, *remark])


@attrs.frozen(eq=False, repr=False)
class Proof(ValueObject):
    """The result of the proof.

    Args:
        states: the number of reachable states.
        steps: the number of events that were sent.
        results: the result for each invariant.
    """

    states: int
    steps: int
    results: tuple[InvariantResult, ...]

    @property
    def holds(self) -> bool:
        """Whether all invariants held."""
        return all(result.counterexample is None for result in self.results)


def prove(
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    *,
    activities: int = 3,
    transition: MakeTransition = transition,
    permitted: MakePermits = permitted,
) -> Proof:
    """Check every invariant in every reachable state of a work request.

    Args:
        rulebook: the rules to decide by.
        activities: the number of activities that the work request has at most. The proof for 3 takes up to a minute.
        transition: the function that decides on an event. Pass a faulty one to test that the proof finds its faults.
        permitted: the function that returns the permits. Pass a faulty one to test that the proof finds its faults.
    """
    prover = _Prover(rulebook, activities, transition, permitted)
    prover.run()
    return prover.proof()


class _Tally:
    """The result for one invariant so far."""

    def __init__(self, invariant: Invariant) -> None:
        self.invariant = invariant
        self.states: set[Key] = set()
        self.steps = 0
        self.counterexample: tuple[Event, ...] | None = None
        self.remark = ""


class _Prover:
    def __init__(self, rulebook: Rulebook, activities: int, transition: MakeTransition, permitted: MakePermits) -> None:
        self._rulebook = rulebook
        self._strict = rulebook.strict()
        self._activities = activities
        self._transition = transition
        self._permitted = permitted
        self._stimuli = Stimuli(activities)
        self._explorer = Explorer()
        self._tallies = [_Tally(invariant) for invariant in INVARIANTS]
        *_, self._no_dead_ends, self._permits_are_exact = self._tallies
        self._of_steps = [tally for tally in self._tallies if tally.invariant.check is not None]
        self._of_idle_steps = [tally for tally in self._of_steps if tally.invariant.reads_idle_steps]
        self._steps = 0
        self._sources: dict[Key, set[Key]] = defaultdict(set)
        self._closed: list[Key] = []

    def run(self) -> None:
        for key, request in self._explorer:
            if request is not None and request.is_closed:
                self._closed.append(key)
            self._explore(key, request)
        self._check_no_dead_ends()

    def _explore(self, key: Key, request: WorkRequest | None) -> None:
        consumed: dict[Party, set[PermitKey]] = defaultdict(set)
        for event in self._stimuli.for_state(request):
            step = self._send(key, request, event)
            if not step.is_consumed:
                continue
            consumed[event.sender].add(permit_key(event))
            after = step.after
            assert after is not None, "a consumed event leaves a work request"
            reached = self._explorer.key(after)
            if reached == key:
                for another in self._stimuli.again(event, after):
                    self._send(key, after, another, (event,))
            elif reached is not None and len(after.activities) <= self._activities:
                self._sources[reached].add(key)
                self._explorer.reach(reached, key, step)
        if request is not None:
            self._check_permits(key, request, consumed)

    def _send(self, key: Key, request: WorkRequest | None, event: Event, earlier: tuple[Event, ...] = ()) -> Step:
        step = Step(request, event, *self._transition(request, event, self._rulebook))
        strict = step
        if not self._rulebook.is_strict:
            strict = Step(request, event, *self._transition(request, event, self._strict))
        self._steps += 1
        is_idle = step.after is request and not step.is_consumed
        for tally in self._of_idle_steps if is_idle else self._of_steps:
            held = tally.invariant.check(step)  # type: ignore[misc]  # only invariants that have a check
            comparison = tally.invariant.comparison
            if comparison is not None and held is not False:
                compared = comparison(step, strict)
                held = held if compared is None else compared
            if held:
                tally.states.add(key)
                tally.steps += 1
            elif held is False:
                self._break(tally, key, (*earlier, event))
        return step

    def _break(self, tally: _Tally, key: Key, events: tuple[Event, ...] = (), remark: str = "") -> None:
        if tally.counterexample is None:
            tally.counterexample = (*self._explorer.path(key), *events)
            tally.remark = remark

    def _check_permits(self, key: Key, request: WorkRequest, consumed: dict[Party, set[PermitKey]]) -> None:
        targets = [None, *(activity.id for activity in distinct_activities(request))]
        for party in PARTIES:
            permits = self._permitted(request, party, rulebook=self._rulebook)
            allowed = {
                (each.event, each.activity_id, each.category, each.section)
                for each in permits
                if each.activity_id in targets
            }
            if allowed == consumed[party]:
                self._permits_are_exact.states.add(key)
            else:
                differing = ", ".join(sorted(map(_text, allowed ^ consumed[party])))
                self._break(self._permits_are_exact, key, remark=f"for {party}: {differing}")

    def _check_no_dead_ends(self) -> None:
        alive = set(self._closed)
        found = list(self._closed)
        while found:
            for source in self._sources[found.pop()]:
                if source not in alive:
                    alive.add(source)
                    found.append(source)
        self._no_dead_ends.states = alive
        for key in self._explorer.states:
            if key not in alive:
                self._break(self._no_dead_ends, key)

    def proof(self) -> Proof:
        results = [
            InvariantResult(tally.invariant, len(tally.states), tally.steps, tally.counterexample, tally.remark)
            for tally in self._tallies
        ]
        # The first state is that of no work request.
        return Proof(len(self._explorer.states) - 1, self._steps, tuple(results))


def _text(key: PermitKey) -> str:
    event, *details = key
    return " ".join([event.__name__, *(str(each) for each in details if each is not None)])
