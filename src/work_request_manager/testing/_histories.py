"""Drawing the history of a work request: one wanted event after another, or a shortest path to a goal.

A sample of each event is judged before its values are drawn, so the answer is known beforehand and no drawn event is
thrown away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple, TypeVar, cast

import attrs
from hypothesis import strategies as st

from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import Decision, Step, decide, take_step
from work_request_manager.events import AnyEvent, Event, UpdateActivityStatus
from work_request_manager.judging import Answer
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import Activity, Party, Role, WorkRequest
from work_request_manager.rulebook import Rulebook
from work_request_manager.testing._variants import TEXTS, Texts, draw_from
from work_request_manager.verify.explorer import shortest_path, state_key
from work_request_manager.verify.stimuli import ANY_TYPE, AT, Stimuli, involved, sample_of, strangers, targets
from work_request_manager.verify.variants import Built, EventFields, Only, Variant, named

T = TypeVar("T")

MAX_NEW_ACTIVITIES = 3
_STIMULI = Stimuli(MAX_NEW_ACTIVITIES, with_states=True)

ALL_KINDS = tuple(KINDS.values())
_CREATES = tuple(kind for kind in ALL_KINDS if kind.target is Target.NEW)

# Status updates are the most frequent events, as in real logs.
_MIX = (*ALL_KINDS, *[KINDS[UpdateActivityStatus]] * 6)


class Choice(NamedTuple):
    """An event that can be drawn.

    Args:
        step: the step that a sample of it makes.
        fields: the values of events that are judged like the sample.
    """

    step: Step
    fields: EventFields

    @property
    def answer(self) -> Answer:
        """The answer to each of these events."""
        return self.step.judgement.answer


Wanted = Callable[[Choice], bool]
"""A test: whether an event may be drawn."""


def has_answer(answer: Answer) -> Wanted:
    """Return a test for the events with an answer."""
    return lambda choice: choice.answer is answer


class Choices:
    """The events that can be sent to a work request. Each is judged when it is first needed.

    Args:
        work_request: the work request. Pass None if it does not exist.
        names: the work request whose names the events use: an imagined one if it does not exist.
        rulebook: the rules to judge by.
        activities: the activities that the events are for. Pass None for all.
    """

    def __init__(
        self,
        work_request: WorkRequest | None,
        names: WorkRequest,
        rulebook: Rulebook,
        activities: Sequence[Activity] | None = None,
    ) -> None:
        self.names = names
        self._work_request = work_request
        self._rulebook = rulebook
        self._targets = targets(names, names.activities if activities is None else activities)
        self._fields: dict[EventKind, list[EventFields]] = {}
        self._choices: dict[tuple[EventKind, Variant], list[Choice]] = {}

    def of(self, kind: EventKind, sender: Variant) -> list[Choice]:
        """Return the events of one kind from one sender."""
        key = (kind, sender)
        if key not in self._choices:
            if kind not in self._fields:
                self._fields[kind] = [
                    fields for target in self._targets for fields in _STIMULI.fields_of(kind, self.names, target)
                ]
            self._choices[key] = [self._choice(kind, {"sender": sender, **fields}) for fields in self._fields[kind]]
        return self._choices[key]

    def _choice(self, kind: EventKind, fields: EventFields) -> Choice:
        event = sample_of(kind, self.names, fields)
        return Choice(take_step(self._work_request, event, self._rulebook), fields)

    def first_wanted(self, kinds: Iterable[EventKind], senders: Sequence[Variant], wanted: Wanted) -> list[Choice]:
        """Return the wanted events of the first kind and sender that have any."""
        for kind, sender in product(kinds, senders):
            found = list(filter(wanted, self.of(kind, sender)))
            if found:
                return found
        return []


@lru_cache(maxsize=32)
def choices_for(names: WorkRequest, exists: bool, rulebook: Rulebook) -> Choices:
    """Return the events for a work request. They are cached, because shrinking comes back to the same ones."""
    return Choices(names if exists else None, names, rulebook)


def imagined(work_request_id: str, party: Party | None = None) -> Variant:
    """Return work requests that could be created. If the party is a requestor, they belong to it."""

    def make(requestor: str, supplier: str) -> WorkRequest:
        return WorkRequest(work_request_id, requestor, supplier, (Activity("A-1", ANY_TYPE.sample),))

    is_own = party is not None and party.role is Role.WORK_REQUESTOR
    return Built(make, Only(party.id) if party is not None and is_own else named("rsp-one"), named("northline"))


def senders_of(names: WorkRequest, party: Party | None = None) -> tuple[Variant, ...]:
    """Return one party, or all parties that matter to a work request, its own ones twice as often as strangers."""
    return (*map(Only, involved(names) * 2), *strangers(names)) if party is None else (Only(party),)


def drawn_event(
    draw: st.DrawFn,
    choices: Choices,
    senders: Sequence[Variant],
    wanted: Wanted,
    kinds: Sequence[EventKind] = _MIX,
    texts: Texts = TEXTS,
) -> Event | None:
    """Draw a wanted event: its kind, its sender, and its values except the time. Return None if there is none."""
    found = choices.first_wanted(_turned(draw, kinds), _turned(draw, senders), wanted)
    if not found:
        return None
    step, fields = draw(st.sampled_from(found))
    values = {name: draw_from(draw, variant, texts) for name, variant in fields.items()}
    event: Event = attrs.evolve(step.event, **values)
    return event


def _turned(draw: st.DrawFn, items: Sequence[T]) -> Sequence[T]:
    """Return all items, each once, beginning with a drawn one."""
    start = draw(st.sampled_from(range(len(items))))
    return tuple(dict.fromkeys((*items[start:], *items[:start])))


_SECONDS = st.integers(1, 86_400)


class HistoryBuilder:
    """A history that grows event by event. It begins with a consumed create.

    Args:
        draw: the function that draws.
        rulebook: the rules to decide by.
        work_request_id: the id of the work request.
    """

    def __init__(self, draw: st.DrawFn, rulebook: Rulebook, work_request_id: str) -> None:
        self._draw = draw
        self._rulebook = rulebook
        self._at = AT
        self._exists = False
        self.decisions: tuple[Decision, ...] = ()
        self.work_request: WorkRequest = draw_from(draw, imagined(work_request_id))
        self.add_wanted(has_answer(Answer.CONSUMED), _CREATES)

    def extend(self, most: int, plans: Sequence[Sequence[Wanted]]) -> None:
        """Add events, each by a drawn plan.

        Args:
            most: the number of events to add at most.
            plans: for each plan, the tests of the wanted events: the first one for which there is an event counts.
                The plan STOP ends the history.
        """
        for _ in range(most):
            # One draw for each event, so that shrinking can leave it out as a whole.
            if not self._draw(_one_more(self, plans)):
                break

    def go_to(self, activity_id: str, is_goal: Callable[[WorkRequest], bool]) -> None:
        """Add a shortest path to a goal, which must be reachable by events for the request and one activity."""
        for event in path_to(self.work_request, activity_id, is_goal, self._rulebook) or ():
            self._decide(event)

    def add_first_wanted(self, plan: Sequence[Wanted]) -> bool:
        """Add an event for the first test that any event passes. Return whether there is one."""
        return any(map(self.add_wanted, plan))

    def add_wanted(self, wanted: Wanted, kinds: Sequence[EventKind] = _MIX) -> bool:
        """Draw and add a wanted event. Return whether there is one."""
        choices = choices_for(self.work_request, self._exists, self._rulebook)
        event = drawn_event(self._draw, choices, senders_of(self.work_request), wanted, kinds)
        if event is not None:
            self._decide(event)
        return event is not None

    def _decide(self, event: Event) -> None:
        self._at += timedelta(seconds=self._draw(_SECONDS))
        before = self.work_request if self._exists else None
        decision = decide(before, cast(AnyEvent, attrs.evolve(event, at=self._at)), rulebook=self._rulebook)
        assert decision.work_request is not None, "a history begins with a consumed create"
        self._exists = True
        self.work_request = decision.work_request
        self.decisions += (decision,)


@st.composite
def _one_more(draw: st.DrawFn, history: HistoryBuilder, plans: Sequence[Sequence[Wanted]]) -> bool:
    return history.add_first_wanted(draw(st.sampled_from(plans)))


STOP: Sequence[Wanted] = ()
"""The plan that adds no event."""


def path_to(
    work_request: WorkRequest, activity_id: str, is_goal: Callable[[WorkRequest], bool], rulebook: Rulebook
) -> tuple[Event, ...] | None:
    """Return a shortest sequence of events for the request and one activity that leads to a goal. None if none does."""
    return shortest_path(
        work_request,
        partial(_consumed_steps, activity_id, rulebook),
        is_goal,
        # Without adding activities, which would have no end.
        lambda after: state_key(after) if after and len(after.activities) == len(work_request.activities) else None,
    )


def _consumed_steps(activity_id: str, rulebook: Rulebook, request: WorkRequest | None) -> Iterator[Step]:
    assert request is not None, "a path begins with a work request"
    choices = Choices(request, request, rulebook, [request.activity(activity_id)])
    # Backwards, because status updates, which come late, lead furthest. Strangers lead nowhere else.
    for kind, party in product(reversed(ALL_KINDS), involved(request)):
        for choice in filter(has_answer(Answer.CONSUMED), choices.of(kind, Only(party))):
            yield choice.step
