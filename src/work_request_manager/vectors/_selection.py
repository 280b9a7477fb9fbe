"""Which histories to send so that nothing that the rules tell apart goes untried.

A walk over the states of a small work request tells which points there are to pass. A greedy cover then takes, one
after another, the shortest history that passes most of the points that are left.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import attrs

from work_request_manager import events
from work_request_manager.verify.stimuli import Events
from work_request_manager.verify.explorer import Key, Walk, state_key
from work_request_manager.events import Event
from work_request_manager.facts import SenderRelation, relation_of
from work_request_manager.judging import SENDER_RULES, Answer
from work_request_manager.model import Allocation, Party, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES_BY_ID
from work_request_manager.vectors._goals import Points, Sent, send, send_all

MOST_ACTIVITIES = 2
"""Two show all that several can: one that is in the way of what the other lets be."""

MOST_EVENTS = 40
"""A history that is longer takes no more tries in, so that it can still be read."""

History = tuple[Event, ...]

_STRANGERS = (SenderRelation.OTHER_REQUESTOR, SenderRelation.OTHER_SUPPLIER)


class _Try(NamedTuple):
    """Events that can be sent in a state without leaving it, and the points that they pass."""

    events: History
    points: int


class _Exit(NamedTuple):
    """Events that lead out of a state.

    Args:
        source: the state.
        events: the event that leads out, and what is sent after it.
        points: the points that they pass.
        filled_points: the points that the first of them passes where the work request had been filled in.
        enters: the state that it leads to by the shortest way; None for one that was reached before.
    """

    source: Key
    events: History
    points: int
    filled_points: int
    enters: Key | None


class _Way(NamedTuple):
    """Exits, one after another from where there is no work request, and the points to be passed on the way."""

    exits: tuple[_Exit, ...]
    points: int
    filled_points: int


class Covering:
    """What a walk found there is to cover, and a choice of histories that covers it.

    Args:
        rulebook: the rules to walk by.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._alphabet = Events(MOST_ACTIVITIES, with_states=True)
        self._points = Points(rulebook)
        self._breakable: dict[type[Event], set[str]] = defaultdict(set)
        self._walk = Walk()
        self._tries: dict[Key, list[_Try]] = defaultdict(list)
        self._exits: list[_Exit] = []
        self._left_for = 0
        # Of each state, the work request in it that was filled in as soon as it was created.
        self._filled_in: dict[Key, WorkRequest] = {}
        for key, request in self._walk:
            for event, again in self._alphabet.for_state(request):
                # What strangers are told does not depend on how many activities there are.
                is_several = request is not None and len(request.activities) > 1
                if not (is_several and relation_of(request, event.sender) in _STRANGERS):
                    self._send(key, request, event, again)
        self.points = len(self._points)
        self.histories = tuple(self._cover())

    def kept_by(self, sent: Sent) -> tuple[str, ...]:
        """Return the ids of the rules that an event is judged by and keeps: others of its kind break them."""
        if sent.judgement.answer is Answer.REFUSED:
            return ()
        # Of a repeat, nothing is judged but whether its sender may send it.
        judged_by = RULES_BY_ID if sent.is_consumed else SENDER_RULES
        return tuple(sorted(self._breakable[sent.facts.event].intersection(judged_by).difference(sent.broken)))

    def _send(self, key: Key, request: WorkRequest | None, event: Event, again: History) -> None:
        sent = send(request, event, self._rulebook)
        self._breakable[sent.facts.event].update(sent.broken)
        if not sent.is_consumed:
            self._tries[key].append(_Try((event,), self._points.of([sent])))
            return
        after = _existing(sent)
        stays = state_key(after) == key
        if stays:
            tried = (event, *again)
            self._tries[key].append(_Try(tried, self._points.of(send_all(request, tried, self._rulebook))))
        left_by = (event, _hold(event)) if sent.closes else (event,)
        points = self._points.of(send_all(request, left_by, self._rulebook))
        if request is None:
            filled_in, filled_points = self._filled(after), 0
        else:
            filled_sent = send(self._filled_in[key], event, self._rulebook)
            filled_in, filled_points = _existing(filled_sent), self._points.of([filled_sent], is_filled_in=True)
        target = None
        if _is_walked(after) and self._walk.reach(after, key, event):
            target = state_key(after)
            self._filled_in[target] = filled_in
        if target is not None or (points | filled_points) & ~self._left_for:
            self._left_for |= points | filled_points
            self._exits.append(_Exit(key, left_by, points, filled_points, target))

    def _filling(self, request: WorkRequest) -> Iterator[Event]:
        """Yield events that put something into every field of a new work request and its activities."""
        done = set()
        for event, _ in self._alphabet.for_state(request):
            sent = send(request, event, self._rulebook)
            fills = sent.facts.event, sent.facts.section, sent.facts.category
            is_filling = sent.is_consumed and not sent.broken and sent.judgement.move is None and sent.after != request
            if is_filling and state_key(_existing(sent)) == state_key(request) and fills not in done:
                done.add(fills)
                if sent.facts.category is None:
                    yield event
                else:
                    own: Any = event
                    yield from (attrs.evolve(own, activity_id=activity.id) for activity in request.activities)

    def _filled(self, request: WorkRequest) -> WorkRequest:
        *_, last = send_all(request, self._filling(request), self._rulebook)
        return _existing(last)

    def _cover(self) -> Iterator[History]:
        left = (1 << self.points) - 1
        ways = list(self._ways())
        while left:
            plain = max(ways, key=lambda way: (way.points & left).bit_count())
            filled = max(ways, key=lambda way: (way.filled_points & left).bit_count())
            if (plain.points & left).bit_count() >= (filled.filled_points & left).bit_count():
                history, points = self._history(plain, left)
            else:
                history, points = self._filled_history(filled)
            assert points & left, "the first new thing that is tried passes what it passed in the walk"
            yield history
            left &= ~points

    def _ways(self) -> Iterator[_Way]:
        tried = {key: reduce(or_, (each.points for each in tries)) for key, tries in self._tries.items()}
        to: dict[Key, _Way] = {(): _Way((), tried[()], 0)}
        for each in self._exits:
            way = to[each.source]
            points = way.points | each.points
            if each.enters is not None:
                points |= tried[each.enters]
            there = _Way((*way.exits, each), points, way.filled_points | each.filled_points)
            if each.enters is not None:
                to[each.enters] = there
            yield there

    def _history(self, way: _Way, left: int) -> tuple[History, int]:
        """Return the events of a way, with what is to be tried in its states, and the points that they pass."""
        request: WorkRequest | None = None
        history: History = ()
        passed = 0
        for source, then in [*((each.source, each.events) for each in way.exits), (way.exits[-1].enters, ())]:
            for tried in self._tries[source] if source is not None else ():
                if tried.points & left & ~passed and len(history) < MOST_EVENTS:
                    sent = list(send_all(request, tried.events, self._rulebook))
                    points = self._points.of(sent)
                    # What was tried before can have changed what comes of this; then it waits for another history.
                    if points & left & ~passed:
                        history, passed, request = history + tried.events, passed | points, sent[-1].after
            sent = list(send_all(request, then, self._rulebook))
            history, passed = history + then, passed | self._points.of(sent)
            request = sent[-1].after if sent else request
        return history, passed

    def _filled_history(self, way: _Way) -> tuple[History, int]:
        """Return the events of a way, the work request filled in once it is created, and the points that they pass."""
        creation, *then = (each.events[0] for each in way.exits)
        created = _existing(send(None, creation, self._rulebook))
        sent = send_all(self._filled(created), then, self._rulebook)
        return (creation, *self._filling(created), *then), self._points.of(sent, is_filled_in=True)


def _existing(sent: Sent) -> WorkRequest:
    assert sent.after is not None, "it was consumed"
    return sent.after


def _is_walked(request: WorkRequest) -> bool:
    """Return whether the walk goes on from a work request.

    What several activities bring about does not depend on a hold, an acceptance or listed states.
    """
    return len(request.activities) == 1 or (
        len(request.activities) <= MOST_ACTIVITIES
        and request.allocation is Allocation.SENT
        and not request.on_hold
        and all(activity.type.states is None for activity in request.activities)
    )


def _hold(event: Event) -> Event:
    """Return what is sent after an event that closed the work request, to see whether it is closed."""
    return events.PutOnHold(work_request_id=event.work_request_id, sender=Party.chorus(), at=event.at)
