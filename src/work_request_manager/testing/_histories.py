"""Drawing what happens to a work request: an event that is wanted, one after another, or a shortest way to a goal.

What an event will be answered, and what it makes of the work request, is told by the core from a sample of it before it
is drawn. So nothing is drawn in vain.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple, TypeVar

import attrs
from hypothesis import strategies as st

from work_request_manager.verify.explorer import state_key, shortest_path
from work_request_manager.deciding import Decision, decide, settle
from work_request_manager.events import CreateWorkRequest, Event, UpdateActivityStatus
from work_request_manager.facts import extract_facts
from work_request_manager.judging import Answer
from work_request_manager.model import Activity, Party, Role, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.testing._variants import (
    KINDS,
    START,
    TYPE,
    Alike,
    Own,
    asks,
    built,
    involved,
    name,
    only,
    senders,
)

T = TypeVar("T")


class Ask(NamedTuple):
    """Something that can be asked.

    Args:
        sample: an event that asks it.
        answer: what that one is answered.
        after: the work request after it.
        own: the own fields of all events that are judged like it.
    """

    sample: Event
    answer: Answer
    after: WorkRequest | None
    own: Own


Wanted = Callable[[Ask], bool]
"""Whether something may be asked."""


def answered(answer: Answer) -> Wanted:
    """Return what wants this answer."""
    return lambda ask: ask.answer is answer


class Case:
    """What can be asked of a work request as it is, judged once and remembered.

    Args:
        work_request: as it is; None where there is none.
        named: the one whose parties and activities the events name; an imagined one where there is none.
        rulebook: the rules to judge by.
    """

    def __init__(self, work_request: WorkRequest | None, named: WorkRequest, rulebook: Rulebook) -> None:
        self.work_request = work_request
        self.named = named
        self._rulebook = rulebook
        self._asks: dict[tuple[type[Event], Party], list[Ask]] = {}
        self._owns: dict[type[Event], tuple[Own, ...]] = {}

    def asks(self, kind: type[Event], party: Party) -> list[Ask]:
        """Return all that a party can ask by one kind of event."""
        if (kind, party) not in self._asks:
            if kind not in self._owns:
                self._owns[kind] = tuple(asks(kind, self.named))
            self._asks[kind, party] = [self._ask(kind, party, own) for own in self._owns[kind]]
        return self._asks[kind, party]

    def first_wanted(self, kinds: Iterable[type[Event]], parties: Sequence[Party], wanted: Wanted) -> list[Ask]:
        """Return all that is wanted of the first kind, from the first party, of which there is any."""
        for kind, party in product(kinds, parties):
            found = list(filter(wanted, self.asks(kind, party)))
            if found:
                return found
        return []

    def _ask(self, kind: type[Event], party: Party, own: Own) -> Ask:
        samples = {field: alike.sample for field, alike in own.items()}
        sample = kind(work_request_id=self.named.id, sender=party, at=START, **samples)
        judgement, after, _ = settle(extract_facts(self.work_request, sample), self.work_request, sample, self._rulebook)
        return Ask(sample, judgement.answer, after, own)


@lru_cache(maxsize=32)
def case_of(named: WorkRequest, exists: bool, rulebook: Rulebook) -> Case:
    """Return the case of a work request; shrinking comes back to the same ones again and again."""
    return Case(named if exists else None, named, rulebook)


def imagined(work_request_id: str, party: Party | None = None) -> Alike:
    """Return a work request that could be created; where the party is a requestor, by that one."""

    def make(requestor: str, supplier: str) -> WorkRequest:
        return WorkRequest(work_request_id, requestor, supplier, (Activity("A-1", TYPE.sample),))

    is_own = party is not None and party.role is Role.WORK_REQUESTOR
    return built(make, only(party.id) if party is not None and is_own else name("rsp"), name("supplier"))


def either(party: Party | None, named: WorkRequest) -> Alike:
    """Return the one party that is asked for, or else all that matter."""
    return senders(named) if party is None else only((party,))


# Status updates come most often, as in life.
_MIX = (*KINDS, *[UpdateActivityStatus] * 6)


def drawn_event(
    draw: st.DrawFn, case: Case, parties: Sequence[Party], wanted: Wanted, kinds: Sequence[type[Event]] = _MIX
) -> Event | None:
    """Draw an event that is wanted, where there is any: its kind, sender, what it asks, and the values; no time."""
    found = case.first_wanted(_turned(draw, kinds), _turned(draw, parties), wanted)
    if not found:
        return None
    ask = draw(st.sampled_from(found))
    event: Event = attrs.evolve(ask.sample, **{field: alike.draw(draw) for field, alike in ask.own.items()})
    return event


def _turned(draw: st.DrawFn, items: Sequence[T]) -> Sequence[T]:
    """Return all items, each once, from a drawn one on."""
    start = draw(st.sampled_from(range(len(items))))
    return tuple(dict.fromkeys((*items[start:], *items[:start])))


_SECONDS = st.integers(1, 86_400)


class Life:
    """A history in the making.

    Args:
        draw: what draws its events.
        rulebook: the rules to decide by.
        work_request_id: what its work request is called.
    """

    def __init__(self, draw: st.DrawFn, rulebook: Rulebook, work_request_id: str) -> None:
        self._draw = draw
        self._rulebook = rulebook
        self._at = START
        self._work_request: WorkRequest | None = None
        self.decisions: tuple[Decision, ...] = ()
        self.now = imagined(work_request_id).draw(draw)
        self.take_one(answered(Answer.CONSUMED), (CreateWorkRequest,))

    def go_on(self, most: int, ways: Sequence[Sequence[Wanted]]) -> None:
        """Take up to so many events, each as the best of one of these ways; NO_MORE of them is the end."""
        for _ in range(most):
            # Drawn as a whole, so that shrinking can leave it out as a whole.
            if not self._draw(_one_more(self, ways)):
                break

    def go_to(self, activity_id: str, goal: Callable[[WorkRequest], bool]) -> None:
        """Go a shortest way to a goal, which there has to be."""
        for event in way_to(self.now, activity_id, goal, self._rulebook) or ():
            self._decide(event)

    def take_best(self, wanted: Sequence[Wanted]) -> bool:
        """Take one event, as the first of these wants it for which there is one; return False where there is none."""
        return any(map(self.take_one, wanted))

    def take_one(self, wanted: Wanted, kinds: Sequence[type[Event]] = _MIX) -> bool:
        """Draw and decide on one event that is wanted; return False where there is none."""
        case = case_of(self.now, self._work_request is not None, self._rulebook)
        event = drawn_event(self._draw, case, senders(self.now).sample, wanted, kinds)
        if event is not None:
            self._decide(event)
        return event is not None

    def _decide(self, event: Event) -> None:
        self._at += timedelta(seconds=self._draw(_SECONDS))
        decision = decide(self._work_request, attrs.evolve(event, at=self._at), rulebook=self._rulebook)
        assert decision.work_request is not None, "a life begins with a creation that is consumed"
        self._work_request = self.now = decision.work_request
        self.decisions += (decision,)


@st.composite
def _one_more(draw: st.DrawFn, life: Life, ways: Sequence[Sequence[Wanted]]) -> bool:
    return life.take_best(draw(st.sampled_from(ways)))


NO_MORE: Sequence[Wanted] = ()
"""The way that wants nothing."""


def way_to(
    work_request: WorkRequest, activity_id: str, goal: Callable[[WorkRequest], bool], rulebook: Rulebook
) -> Sequence[Event] | None:
    """Return a shortest way to a goal, by events for one activity or for the request; None where there is none."""
    found = shortest_path(
        work_request,
        partial(_onward, activity_id, rulebook),
        goal,
        # More activities would be ways without end.
        lambda after: state_key(after) if len(after.activities) == len(work_request.activities) else None,
    )
    return None if found is None else found[0]


def _onward(activity_id: str, rulebook: Rulebook, at: WorkRequest | None) -> Iterator[tuple[Event, WorkRequest]]:
    assert at is not None, "a way begins with a work request"
    case = Case(at, attrs.evolve(at, activities=(at.activity(activity_id),)), rulebook)
    # Backwards, since status updates, which come late, lead furthest. Strangers lead nowhere else.
    for kind, party in product(reversed(KINDS), involved(at)):
        for ask in filter(answered(Answer.CONSUMED), case.asks(kind, party)):
            assert ask.after is not None, "what is consumed leaves a work request"
            yield ask.sample, ask.after
