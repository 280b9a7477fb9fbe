"""Hypothesis strategies: activity types, parties, statuses, work requests, events for them, histories and logs.

The answer to an event is known before it is drawn, so no drawn event is thrown away. All strategies combine with any
other, and shrink to the simplest example: few events, short paths, plain names. Texts are never empty, and hold neither
surrogates nor U+0000.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache, partial
from typing import Literal, NamedTuple, cast

import attrs
from hypothesis import strategies as st

from work_request_manager._values import require_argument, wrong_argument
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.deciding import Decision
from work_request_manager.events import AnyEvent
from work_request_manager.judging import Answer
from work_request_manager.model import ActivityType, Allocation, Category, Party, Role, Status, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.testing._arguments import PARTY, REQUEST_ID, require_optional, require_rulebook
from work_request_manager.testing._histories import (
    ALL_KINDS,
    STOP,
    Choice,
    HistoryBuilder,
    Wanted,
    choices_for,
    drawn_event,
    has_answer,
    imagined,
    path_to,
    senders_of,
)
from work_request_manager.testing._variants import INSTANTS, TEXTS, Texts, draw_from, drawn
from work_request_manager.verify.stimuli import ANY_TYPE
from work_request_manager.verify.variants import Anything, Domain, Only, Variant, numbered
from work_request_manager.wire import encode_event

__all__ = ["activity_types", "event_logs", "events_for", "histories", "parties", "statuses", "work_requests"]


def activity_types() -> st.SearchStrategy[ActivityType]:
    """Return activity types: any code, either value of the flag of FAQ 4, and with or without listed states.

    >>> from hypothesis import find
    >>> find(activity_types(), lambda type_: type_.work_supplier_allowed_to_cancel)
    ActivityType(code='TYPE-1', work_supplier_allowed_to_cancel=True)
    """
    return drawn(ANY_TYPE)


def parties() -> st.SearchStrategy[Party]:
    """Return parties of any role, with any id.

    >>> from hypothesis import find
    >>> find(parties(), lambda party: party.role == "Chorus")
    Party(role=Role.CHORUS, id='party-1')
    """
    return st.builds(Party, st.sampled_from(Role), drawn(numbered("party")))


def statuses() -> st.SearchStrategy[Status]:
    """Return statuses of any category, in the plain state of the category or in another state.

    >>> from hypothesis import find
    >>> print(find(statuses(), lambda status: status.category == "Active"))
    Active
    """
    return st.builds(Status, st.sampled_from(Category), st.none() | drawn(numbered("State", tuple(Category))))


def events_for(
    work_request: WorkRequest | None,
    *,
    party: Party | None = None,
    answer: Answer | None = None,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    work_request_id: str = "WR-1",
    texts: Texts = TEXTS,
) -> st.SearchStrategy[AnyEvent]:
    """Return events for a work request, of every kind and for every target.

    Args:
        work_request: the work request. Pass None if it does not exist: only creates are consumed then.
        party: the sender. Pass None for Chorus, the request's own requestor and supplier, and strangers to it.
        answer: the answer of `decide` to each event. Pass None for all answers that are possible, equally often.
        rulebook: the rules to judge by.
        work_request_id: the id to use if the work request does not exist.
        texts: the strategy of ids, names, notes and other texts, which must not be empty.

    Returns:
        The events. `st.nothing()` if no event gets this answer. For example, a closed request consumes nothing.

    Raises:
        ValueError: the answer is not one of the three.
        TypeError: an argument has the wrong type.

    >>> from hypothesis import find
    >>> from work_request_manager import Activity
    >>> request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    >>> print(find(events_for(request, answer=Answer.CONSUMED), lambda event: True))
    AcceptWorkRequest() for WR-1 from WorkSupplier northline at 2026-03-01T00:00:00+00:00
    >>> events_for(request, party=Party.requestor("rsp-two"), answer=Answer.CONSUMED).is_empty
    True
    """
    require_optional("work_request", work_request, WorkRequest, "a WorkRequest")
    require_optional("party", party, Party, PARTY)
    require_optional("answer", answer, str, _ANSWER)
    require_rulebook(rulebook)
    require_argument("work_request_id", work_request_id, str, REQUEST_ID)
    require_argument("texts", texts, st.SearchStrategy, _TEXTS)
    names = imagined(work_request_id, party) if work_request is None else Only(work_request)
    exists = work_request is not None
    choices = choices_for(names.sample, exists, rulebook)
    possible = [
        each
        for each in (Answer if answer is None else [Answer(answer)])
        if choices.first_wanted(ALL_KINDS, senders_of(names.sample, party), has_answer(each))
    ]
    return _events(names, exists, party, possible, rulebook, texts) if possible else st.nothing()


def histories(
    *,
    max_events: int = 50,
    answers: Collection[Answer] = tuple(Answer),
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    work_request_id: str = "WR-1",
) -> st.SearchStrategy[tuple[Decision, ...]]:
    """Return histories of a work request: the decisions on its events, each later than the one before.

    The first event creates the work request. Most of the others are consumed if the answers allow it. Some close it.

    Args:
        max_events: the number of events at most, with the create.
        answers: the answers that the events after the create can get.
        rulebook: the rules to decide by.
        work_request_id: the id of the work request.

    Raises:
        ValueError: the number of events is less than 1, or an answer is not one of the three.
        TypeError: an argument has the wrong type.

    >>> from hypothesis import find
    >>> history = find(histories(), lambda history: history[-1].work_request.is_closed)
    >>> [str(decision.answer) for decision in history]
    ['Consumed', 'Consumed']
    """
    _require_one("max_events", max_events)
    if isinstance(answers, str) or not isinstance(answers, Collection):
        raise wrong_argument("answers", answers, "a list of answers, such as [Answer.CONSUMED]")
    for answer in answers:
        require_argument("answer", answer, str, _ANSWER)
    require_rulebook(rulebook)
    require_argument("work_request_id", work_request_id, str, REQUEST_ID)
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
        closed: whether they are closed. Pass None for both.
        begun: whether work on them has begun. Pass None for both.
        allocation: the allocation. Pass None for all.
        rulebook: the rules to decide by.

    Raises:
        ValueError: no events lead to such a work request.
        TypeError: an argument has the wrong type.

    >>> from hypothesis import find
    >>> request = find(work_requests(closed=True, begun=True), lambda request: True)
    >>> [(activity.id, str(activity.closure)) for activity in request.activities]
    [('A-1', 'Completed')]
    >>> work_requests(begun=True, allocation=Allocation.REJECTED)
    Traceback (most recent call last):
        ...
    ValueError: no events lead to a work request with begun=True, allocation=Rejected; leave one of these out
    """
    require_optional("closed", closed, bool, "True, False")
    require_optional("begun", begun, bool, "True, False")
    require_optional("allocation", allocation, Allocation, "an Allocation, such as Allocation.ACCEPTED")
    require_rulebook(rulebook)
    goal = _Goal(closed, begun, allocation)
    if not _is_reachable(goal, rulebook):
        asked = ", ".join(f"{field}={value!s}" for field, value in goal._asdict().items() if value is not None)
        raise ValueError(f"no events lead to a work request with {asked}; leave one of these out")
    return _built_histories(goal, rulebook).map(lambda history: history.work_request)


def event_logs(
    *,
    max_requests: int = 3,
    max_events: int = 20,
    malformed: bool = False,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
) -> st.SearchStrategy[list[bytes]]:
    """Return event logs, as lines for `log.check`: several histories whose lines are mixed, with refused events.

    Args:
        max_requests: the number of work requests at most.
        max_events: the number of events of each at most.
        malformed: whether to insert bad lines: cut, not JSON, or with a bad field.
        rulebook: the rules to decide by.

    Raises:
        ValueError: the number of work requests or events is less than 1.
        TypeError: an argument has the wrong type.

    >>> from hypothesis import find
    >>> from work_request_manager.log import check
    >>> log = find(event_logs(malformed=True), lambda log: check(log).counts.consumed > 1)
    >>> check(log).counts.events, check(log).counts.malformed
    (2, 1)
    """
    _require_one("max_requests", max_requests)
    _require_one("max_events", max_events)
    require_argument("malformed", malformed, bool, "True or False")
    require_rulebook(rulebook)
    logs = _event_logs(max_requests, max_events, rulebook)
    return logs.flatmap(_with_bad_lines) if malformed else logs


@st.composite
def _events(
    draw: st.DrawFn,
    names: Variant,
    exists: bool,
    party: Party | None,
    answers: list[Answer],
    rulebook: Rulebook,
    texts: Texts,
) -> AnyEvent:
    choices = choices_for(draw_from(draw, names, texts), exists, rulebook)
    answer = draw(st.sampled_from(answers))
    event = drawn_event(draw, choices, senders_of(choices.names, party), has_answer(answer), texts=texts)
    assert event is not None, "the possible answers do not depend on the drawn names"
    return cast(
        AnyEvent, attrs.evolve(event, at=draw(INSTANTS), note=draw_from(draw, Anything(Domain.OPTIONAL_TEXT), texts))
    )


def _plans(answers: Sequence[Answer]) -> list[Sequence[Wanted]]:
    """Return the plans of a history: mostly consumed events, or others with these answers if there are none."""
    mix = [answer for answer in (*[Answer.CONSUMED] * 6, *[*Answer] * 3) if answer in answers]
    return [tuple(map(has_answer, dict.fromkeys((best, *answers)))) for best in mix]


@st.composite
def _histories(
    draw: st.DrawFn, max_events: int, answers: Sequence[Answer], rulebook: Rulebook, work_request_id: str
) -> tuple[Decision, ...]:
    history = HistoryBuilder(draw, rulebook, work_request_id)
    history.extend(max_events - 1, [STOP, *_plans(answers)])
    return history.decisions


class _Goal(NamedTuple):
    """The wanted state of a work request. None means any value."""

    closed: bool | None
    begun: bool | None
    allocation: Allocation | None

    def is_reached(self, work_request: WorkRequest) -> bool:
        """Return whether a work request is in the wanted state."""
        actual = (work_request.is_closed, work_request.has_begun, work_request.allocation)
        return all(wanted in (None, is_) for wanted, is_ in zip(self, actual, strict=True))


@st.composite
def _built_histories(draw: st.DrawFn, goal: _Goal, rulebook: Rulebook) -> HistoryBuilder:
    """Return histories that end at a goal: a shortest path to it, some events that keep to it, then the closing."""
    history = HistoryBuilder(draw, rulebook, "WR-1")
    history.go_to(history.work_request.activities[0].id, goal._replace(closed=False).is_reached)
    kept = goal._replace(closed=None) if goal.closed else goal
    history.extend(20, [STOP, *[[partial(_is_consumed_at, kept)]] * 7])
    if goal.closed:
        for activity in history.work_request.activities:
            history.go_to(activity.id, partial(_has_closed, activity.id, kept))
    return history


def _is_consumed_at(goal: _Goal, choice: Choice) -> bool:
    after = choice.step.after
    return choice.step.is_consumed and after is not None and goal.is_reached(after)


def _has_closed(activity_id: str, goal: _Goal, work_request: WorkRequest) -> bool:
    return work_request.activity(activity_id).is_closed and goal.is_reached(work_request)


@cache
def _is_reachable(goal: _Goal, rulebook: Rulebook) -> bool:
    return path_to(imagined("WR-1").sample, "A-1", goal.is_reached, rulebook) is not None


@st.composite
def _event_logs(draw: st.DrawFn, max_requests: int, max_events: int, rulebook: Rulebook) -> list[bytes]:
    histories = [HistoryBuilder(draw, rulebook, "WR-1")]
    log = [encode_event(histories[0].decisions[0].event)]
    while history := draw(_turns(histories, max_requests, max_events, rulebook)):
        log.append(encode_event(history.decisions[-1].event))
    return log


@st.composite
def _turns(
    draw: st.DrawFn, histories: list[HistoryBuilder], max_requests: int, max_events: int, rulebook: Rulebook
) -> HistoryBuilder | None:
    """Return the history that got one more event, a new one or an older one. None ends the log."""
    unfinished = [history for history in histories if len(history.decisions) < max_events]
    turns: list[HistoryBuilder | Literal["end", "begin"]] = ["end", *unfinished * 6]
    if len(histories) < max_requests:
        turns.append("begin")
    turn = draw(st.sampled_from(turns))
    if turn == "end":
        return None
    if turn == "begin":
        histories.append(HistoryBuilder(draw, rulebook, f"WR-{len(histories) + 1}"))
        return histories[-1]
    turn.add_first_wanted(draw(st.sampled_from(_plans(tuple(Answer)))))
    return turn


@st.composite
def _with_bad_lines(draw: st.DrawFn, log: list[bytes]) -> list[bytes]:
    lines = list(log)
    for line in draw(st.lists(st.sampled_from(log).flatmap(_bad_lines), min_size=1, max_size=3)):
        lines.insert(draw(st.integers(0, len(lines))), line)
    return lines


def _bad_lines(line: bytes) -> st.SearchStrategy[bytes]:
    """Return damaged copies of the line of an event."""
    fields = json.loads(line)

    def with_field(field: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
        return values.map(lambda value: json.dumps({**fields, field: value}).encode())

    return st.one_of(
        st.integers(1, len(line) - 1).map(lambda place: line[:place]),
        st.sampled_from((b"null", b"[]", b"{}", b"\xff", b"lunch")),
        st.sampled_from(("event", "taskId", "sender", "at")).map(
            lambda field: json.dumps({key: value for key, value in fields.items() if key != field}).encode()
        ),
        with_field("event", drawn(numbered("Event", tuple(WIRE_NAMES)))),
        with_field("sender", TEXTS),
        with_field("at", st.sampled_from(("yesterday", "2026-03-01T20:00:00"))),
    )


_ANSWER = "an Answer, such as Answer.CONSUMED"
_TEXTS = "a strategy of texts, such as st.text(st.characters(codec='ascii'), min_size=1)"


def _require_one(field: str, value: int) -> None:
    require_argument(field, value, int, "a whole number")
    if value < 1:
        raise ValueError(f"{field} is {value}; it must be at least 1")
