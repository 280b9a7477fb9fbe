"""Hypothesis strategies: activity types, parties, statuses, work requests, events for them, histories and logs.

What an event will be answered is known before it is drawn, so nothing is drawn in vain. All combine with any other
strategy, and shrink to what is simplest: few events, short ways, plain names.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache, partial
from typing import Literal, NamedTuple

import attrs
from hypothesis import strategies as st

from work_request_manager.deciding import Decision
from work_request_manager.events import Event
from work_request_manager.judging import Answer
from work_request_manager.model import ActivityType, Allocation, Category, Party, Role, Status, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.testing._variants import INSTANTS, KINDS, OPTIONAL_TEXTS, TEXTS, TYPE, Alike, drawn, name, only
from work_request_manager.testing._histories import (
    NO_MORE,
    Ask,
    Life,
    Wanted,
    answered,
    case_of,
    drawn_event,
    either,
    imagined,
    way_to,
)
from work_request_manager.wire import EVENT_NAMES, encode_event

__all__ = ["activity_types", "event_logs", "events_for", "histories", "parties", "statuses", "work_requests"]


def activity_types() -> st.SearchStrategy[ActivityType]:
    """Return activity types: any code, the flag of FAQ 4 set or not, and states listed or not.

    >>> from hypothesis import find
    >>> find(activity_types(), lambda type_: type_.work_supplier_allowed_to_cancel)
    ActivityType(code='TYPE-1', work_supplier_allowed_to_cancel=True, states=None)
    """
    return drawn(TYPE)


def parties() -> st.SearchStrategy[Party]:
    """Return parties of any role, with any id.

    >>> from hypothesis import find
    >>> find(parties(), lambda party: party.role == "Chorus")
    Party(role=<Role.CHORUS: 'Chorus'>, id='party-1')
    """
    return st.builds(Party, st.sampled_from(Role), drawn(name("party")))


def statuses() -> st.SearchStrategy[Status]:
    """Return statuses of any category, with or without a state of their own.

    >>> from hypothesis import find
    >>> print(find(statuses(), lambda status: status.category == "Active"))
    Active (Active)
    """
    return st.builds(Status, st.sampled_from(Category), st.none() | drawn(name("State")))


def events_for(
    work_request: WorkRequest | None,
    *,
    party: Party | None = None,
    answer: Answer | None = None,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    work_request_id: str = "WR-1",
) -> st.SearchStrategy[Event]:
    """Return events for a work request, of every kind and for every target, with the answer known beforehand.

    Args:
        work_request: as it is; None where there is none, so that only a creation is consumed.
        party: who sends them; if None, Chorus, the request's own requestor and supplier, and strangers to it.
        answer: what `decide` answers to each; if None, each answer that is possible is as likely.
        rulebook: the rules to judge by.
        work_request_id: what a work request that does not exist is called; not looked at where there is one.

    Returns: the events; none, `st.nothing()`, where no event has this answer, as none is consumed after the closing.

    Raises: ValueError for an answer that is none of the three.

    >>> from hypothesis import find
    >>> from work_request_manager import Activity
    >>> request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    >>> print(find(events_for(request, answer=Answer.CONSUMED), lambda event: True))
    WorkSupplier northline: AcceptWorkRequest()
    >>> events_for(request, party=Party.requestor("rsp-two"), answer=Answer.CONSUMED).is_empty
    True
    """
    named = imagined(work_request_id, party) if work_request is None else only(work_request)
    case = case_of(named.sample, work_request is not None, rulebook)
    possible = [
        each
        for each in (Answer if answer is None else [Answer(answer)])
        if case.first_wanted(KINDS, either(party, named.sample).sample, answered(each))
    ]
    return _events(named, work_request is not None, party, possible, rulebook) if possible else st.nothing()


def histories(
    *,
    max_events: int = 50,
    answers: Collection[Answer] = tuple(Answer),
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    work_request_id: str = "WR-1",
) -> st.SearchStrategy[tuple[Decision, ...]]:
    """Return histories of a work request: what was decided on its events, each later than the one before.

    The first event creates it. Most of the others are consumed, where these answers have that; some close it.

    Args:
        max_events: the most events, the creation among them.
        answers: what may be decided on the events after the creation.
        rulebook: the rules to decide by.
        work_request_id: what the work request is called.

    Raises: ValueError for no events at all, and for an answer that is none.

    >>> from hypothesis import find
    >>> history = find(histories(), lambda history: history[-1].work_request.is_closed)
    >>> [str(decision.answer) for decision in history]
    ['Consumed', 'Consumed']
    """
    _require_one("max_events", max_events)
    return _histories(max_events, tuple(map(Answer, answers)), rulebook, work_request_id)


def work_requests(
    *,
    closed: bool | None = None,
    begun: bool | None = None,
    allocation: Allocation | None = None,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
) -> st.SearchStrategy[WorkRequest]:
    """Return work requests that events can lead to.

    Args:
        closed: whether they are closed; either if None.
        begun: whether work on them has begun; either if None.
        allocation: where they stand with their suppliers; anywhere if None.
        rulebook: the rules that the events were decided by.

    Raises: ValueError where no events lead to such a work request.

    >>> from hypothesis import find
    >>> request = find(work_requests(closed=True, begun=True), lambda request: True)
    >>> [(activity.id, str(activity.closure)) for activity in request.activities]
    [('A-1', 'Completed')]
    >>> work_requests(begun=True, allocation=Allocation.REJECTED)
    Traceback (most recent call last):
        ...
    ValueError: begun=True, allocation=Rejected: no events lead to such a work request; leave one of them out
    """
    place = _Place(closed, begun, allocation)
    if not _is_reachable(place, rulebook):
        asked = ", ".join(f"{field}={value!s}" for field, value in place._asdict().items() if value is not None)
        raise ValueError(f"{asked}: no events lead to such a work request; leave one of them out")
    return _lives(place, rulebook).map(lambda life: life.now)


def event_logs(
    *,
    max_requests: int = 3,
    max_events: int = 20,
    malformed: bool = False,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
) -> st.SearchStrategy[list[bytes]]:
    """Return event logs, as lines for `log.check`: several histories that take turns, refused events included.

    Args:
        max_requests: the most work requests.
        max_events: the most events of each.
        malformed: whether some lines between are none of these: cut, no JSON, or with a bad field.
        rulebook: the rules that the events are decided by.

    Raises: ValueError for no work requests, or no events, at all.

    >>> from hypothesis import find
    >>> from work_request_manager.log import check
    >>> log = find(event_logs(malformed=True), lambda log: check(log).counts.consumed > 1)
    >>> check(log).counts.events, check(log).counts.malformed
    (2, 1)
    """
    _require_one("max_requests", max_requests)
    _require_one("max_events", max_events)
    logs = _event_logs(max_requests, max_events, rulebook)
    return logs.flatmap(_with_bad_lines) if malformed else logs


@st.composite
def _events(
    draw: st.DrawFn, named: Alike, exists: bool, party: Party | None, answers: list[Answer], rulebook: Rulebook
) -> Event:
    case = case_of(named.draw(draw), exists, rulebook)
    answer = draw(st.sampled_from(answers))
    event = drawn_event(draw, case, either(party, case.named).draw(draw), answered(answer))
    assert event is not None, "what is possible does not depend on what strangers are called"
    return attrs.evolve(event, at=draw(INSTANTS), note=draw(OPTIONAL_TEXTS))


def _ways(answers: Sequence[Answer]) -> list[Sequence[Wanted]]:
    """Return how to go on: mostly by events that are consumed, and where there are none by any of these answers."""
    mix = [answer for answer in (*[Answer.CONSUMED] * 6, *[*Answer] * 3) if answer in answers]
    return [tuple(map(answered, dict.fromkeys((best, *answers)))) for best in mix]


@st.composite
def _histories(
    draw: st.DrawFn, max_events: int, answers: Sequence[Answer], rulebook: Rulebook, work_request_id: str
) -> tuple[Decision, ...]:
    life = Life(draw, rulebook, work_request_id)
    life.go_on(max_events - 1, [NO_MORE, *_ways(answers)])
    return life.decisions


class _Place(NamedTuple):
    """Where in its life a work request is to be; None where that is open."""

    closed: bool | None
    begun: bool | None
    allocation: Allocation | None

    def holds(self, work_request: WorkRequest) -> bool:
        """Return whether a work request is there."""
        actual = (work_request.is_closed, work_request.has_begun, work_request.allocation)
        return all(wanted in (None, is_) for wanted, is_ in zip(self, actual, strict=True))


@st.composite
def _lives(draw: st.DrawFn, place: _Place, rulebook: Rulebook) -> Life:
    """Return lives that end in a place: a shortest way there, but for the closing, then about there, then closing."""
    life = Life(draw, rulebook, "WR-1")
    life.go_to(life.now.activities[0].id, place._replace(closed=False).holds)
    about = place._replace(closed=None) if place.closed else place
    life.go_on(20, [NO_MORE, *[[partial(_is_consumed_in, about)]] * 7])
    if place.closed:
        for activity in life.now.activities:
            life.go_to(activity.id, partial(_has_closed, activity.id, about))
    return life


def _is_consumed_in(place: _Place, ask: Ask) -> bool:
    return ask.answer is Answer.CONSUMED and ask.after is not None and place.holds(ask.after)


def _has_closed(activity_id: str, place: _Place, work_request: WorkRequest) -> bool:
    return work_request.activity(activity_id).is_closed and place.holds(work_request)


@cache
def _is_reachable(place: _Place, rulebook: Rulebook) -> bool:
    return way_to(imagined("WR-1").sample, "A-1", place.holds, rulebook) is not None


@st.composite
def _event_logs(draw: st.DrawFn, max_requests: int, max_events: int, rulebook: Rulebook) -> list[bytes]:
    lives = [Life(draw, rulebook, "WR-1")]
    log = [encode_event(lives[0].decisions[0].event)]
    while life := draw(_turns(lives, max_requests, max_events, rulebook)):
        log.append(encode_event(life.decisions[-1].event))
    return log


@st.composite
def _turns(draw: st.DrawFn, lives: list[Life], max_requests: int, max_events: int, rulebook: Rulebook) -> Life | None:
    """Return whose turn it was: of one that began or went on, or of no one, which ends the log."""
    older = [life for life in lives if len(life.decisions) < max_events]
    turns: list[Life | Literal["end", "begin"]] = ["end", *older * 6]
    if len(lives) < max_requests:
        turns.append("begin")
    turn = draw(st.sampled_from(turns))
    if turn == "end":
        return None
    if turn == "begin":
        lives.append(Life(draw, rulebook, f"WR-{len(lives) + 1}"))
        return lives[-1]
    turn.take_best(draw(st.sampled_from(_ways(tuple(Answer)))))
    return turn


@st.composite
def _with_bad_lines(draw: st.DrawFn, log: list[bytes]) -> list[bytes]:
    lines = list(log)
    for line in draw(st.lists(st.sampled_from(log).flatmap(_bad_lines), min_size=1, max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return lines


def _bad_lines(line: bytes) -> st.SearchStrategy[bytes]:
    """Return what may have become of the line of an event."""
    told = json.loads(line)

    def with_field(field: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
        return values.map(lambda value: json.dumps({**told, field: value}).encode())

    return st.one_of(
        st.integers(1, len(line) - 1).map(lambda place: line[:place]),
        st.sampled_from((b"null", b"[]", b"{}", b"\xff", b"lunch")),
        st.sampled_from(("event", "taskId", "sender", "at")).map(
            lambda field: json.dumps({key: value for key, value in told.items() if key != field}).encode()
        ),
        with_field("event", drawn(name("Event", tuple(EVENT_NAMES)))),
        with_field("sender", TEXTS),
        with_field("at", st.sampled_from(("yesterday", "2026-03-01T20:00:00"))),
    )


def _require_one(field: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{field} is {value}; it must be at least 1")
