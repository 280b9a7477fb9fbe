"""The choice of the histories: together they reach every goal.

An exploration of the states of a small work request finds the goals. A greedy cover then takes, one after another, the
shortest history that reaches most of the goals that are left.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import attrs

from work_request_manager import events
from work_request_manager.deciding import Step, take_step
from work_request_manager.events import Event
from work_request_manager.kinds import EventKind
from work_request_manager.model import Allocation, Party, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.vectors._goals import CoverageGoals, take_steps
from work_request_manager.verify.explorer import Explorer, Key
from work_request_manager.verify.stimuli import Stimuli

MAX_ACTIVITIES = 2
"""Two are enough: one forbids what the other one allows."""

MAX_EVENTS = 40
"""A longer history takes in no more tries, so that people can still read it."""

History = tuple[Event, ...]


class _Try(NamedTuple):
    """Events that can be sent in a state without leaving it, and the goals that they reach."""

    events: History
    goals: int


class _Exit(NamedTuple):
    """Events that lead out of a state.

    Args:
        source: the state.
        events: the event that leads out, and the events that are sent after it.
        goals: the goals that they reach.
        filled_goals: the goals that the first of them reaches if every field of the work request has a value.
        enters: the state that it leads to by the shortest path. None if that state was reached before.
    """

    source: Key
    events: History
    goals: int
    filled_goals: int
    enters: Key | None


class _Path(NamedTuple):
    """A sequence of exits, from no work request on, and the goals that can be reached on the way."""

    exits: tuple[_Exit, ...]
    goals: int
    filled_goals: int


class HistorySelector:
    """The goals that an exploration finds, and a choice of histories that reach all of them.

    Args:
        rulebook: the rules to decide by.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._stimuli = Stimuli(MAX_ACTIVITIES, with_states=True)
        self._goals = CoverageGoals(rulebook)
        self._breakable: dict[EventKind, set[str]] = defaultdict(set)
        self._explorer = Explorer()
        self._tries: dict[Key, list[_Try]] = defaultdict(list)
        self._exits: list[_Exit] = []
        self._goals_of_exits = 0
        # Of each state, the work request in it whose fields got their values as soon as it was created.
        self._filled_in: dict[Key, WorkRequest] = {}
        for key, request in self._explorer:
            # The answers to strangers do not depend on the number of activities.
            has_one = request is None or len(request.activities) == 1
            for event in self._stimuli.for_state(request, with_strangers=has_one):
                self._send(key, request, event)
        self.goals = len(self._goals)
        self.histories = tuple(self._cover())

    def kept_by(self, step: Step) -> tuple[str, ...]:
        """Return the ids of the rules that a consumed event keeps: other events of its kind break them."""
        return tuple(sorted(self._breakable[step.judgement.facts.kind].difference(step.judgement.broken)))

    def _send(self, key: Key, request: WorkRequest | None, event: Event) -> None:
        step = take_step(request, event, self._rulebook)
        self._breakable[step.judgement.facts.kind].update(step.judgement.broken)
        if not step.is_consumed:
            self._tries[key].append(_Try((event,), self._goals.reached_by([step])))
            return
        after = _existing(step)
        reached = self._explorer.key(after)
        if reached == key:
            again = self._stimuli.again(event, after)
            steps = [step, *take_steps(after, again, self._rulebook)]
            self._tries[key].append(_Try((event, *again), self._goals.reached_by(steps)))
        then = (_hold(event),) if step.closes else ()
        goals = self._goals.reached_by([step, *take_steps(after, then, self._rulebook)])
        if request is None:
            filled_in, filled_goals = self._filled(after), 0
        else:
            filled_step = take_step(self._filled_in[key], event, self._rulebook)
            filled_in, filled_goals = _existing(filled_step), self._goals.reached_by([filled_step], is_filled_in=True)
        enters = None
        if reached is not None and _is_explored(after) and self._explorer.reach(reached, key, step):
            enters = reached
            self._filled_in[reached] = filled_in
        if enters is not None or (goals | filled_goals) & ~self._goals_of_exits:
            self._goals_of_exits |= goals | filled_goals
            self._exits.append(_Exit(key, (event, *then), goals, filled_goals, enters))

    def _filling(self, request: WorkRequest) -> Iterator[Event]:
        """Yield events that give a value to every field of a new work request and of its activities."""
        done = set()
        for event in self._stimuli.for_state(request):
            step = take_step(request, event, self._rulebook)
            facts = step.judgement.facts
            fills = facts.kind, facts.section, facts.category
            is_filling = step.is_consumed and not step.judgement.broken and step.judgement.move is None
            if is_filling and step.after != request and self._stays(step) and fills not in done:
                done.add(fills)
                if facts.category is None:
                    yield event
                else:
                    for_activity: Any = event
                    yield from (attrs.evolve(for_activity, activity_id=each.id) for each in request.activities)

    def _stays(self, step: Step) -> bool:
        return self._explorer.key(step.after) == self._explorer.key(step.before)

    def _filled(self, request: WorkRequest) -> WorkRequest:
        *_, last = take_steps(request, self._filling(request), self._rulebook)
        return _existing(last)

    def _cover(self) -> Iterator[History]:
        left = (1 << self.goals) - 1
        paths = list(self._paths())
        while left:
            plain = max(paths, key=lambda path: (path.goals & left).bit_count())
            filled = max(paths, key=lambda path: (path.filled_goals & left).bit_count())
            if (plain.goals & left).bit_count() >= (filled.filled_goals & left).bit_count():
                history, goals = self._history(plain, left)
            else:
                history, goals = self._filled_history(filled)
            assert goals & left, "the first new try reaches what it reached in the exploration"
            yield history
            left &= ~goals

    def _paths(self) -> Iterator[_Path]:
        tried = {key: reduce(or_, (each.goals for each in tries)) for key, tries in self._tries.items()}
        to: dict[Key, _Path] = {(): _Path((), tried[()], 0)}
        for each in self._exits:
            path = to[each.source]
            goals = path.goals | each.goals
            if each.enters is not None:
                goals |= tried[each.enters]
            longer = _Path((*path.exits, each), goals, path.filled_goals | each.filled_goals)
            if each.enters is not None:
                to[each.enters] = longer
            yield longer

    def _history(self, path: _Path, left: int) -> tuple[History, int]:
        """Return the events of a path, with tries in its states, and the goals that they reach."""
        request: WorkRequest | None = None
        history: History = ()
        reached = 0
        for source, then in [*((each.source, each.events) for each in path.exits), (path.exits[-1].enters, ())]:
            for tried in self._tries[source] if source is not None else ():
                if tried.goals & left & ~reached and len(history) < MAX_EVENTS:
                    steps = list(take_steps(request, tried.events, self._rulebook))
                    goals = self._goals.reached_by(steps)
                    # An earlier try can have changed the result of this one. Then it waits for another history.
                    if goals & left & ~reached:
                        history, reached, request = history + tried.events, reached | goals, steps[-1].after
            steps = list(take_steps(request, then, self._rulebook))
            history, reached = history + then, reached | self._goals.reached_by(steps)
            request = steps[-1].after if steps else request
        return history, reached

    def _filled_history(self, path: _Path) -> tuple[History, int]:
        """Return the events of a path, with values for every field after the create, and the goals that they reach."""
        creation, *then = (each.events[0] for each in path.exits)
        created = _existing(take_step(None, creation, self._rulebook))
        steps = take_steps(self._filled(created), then, self._rulebook)
        return (creation, *self._filling(created), *then), self._goals.reached_by(steps, is_filled_in=True)


def _existing(step: Step) -> WorkRequest:
    assert step.after is not None, "the event was consumed"
    return step.after


def _is_explored(request: WorkRequest) -> bool:
    """Return whether the exploration goes on from a work request.

    The effects of several activities on each other do not depend on a hold, an acceptance or listed states.
    """
    return len(request.activities) == 1 or (
        len(request.activities) <= MAX_ACTIVITIES
        and request.allocation is Allocation.SENT
        and not request.on_hold
        and all(activity.type.states is None for activity in request.activities)
    )


def _hold(event: Event) -> Event:
    """Return the event that is sent after one that closed the work request, to see whether it is closed."""
    return events.PutOnHold(work_request_id=event.work_request_id, sender=Party.chorus(), at=event.at)
