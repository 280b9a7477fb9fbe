"""Work requests as a log needs them: states that many share, and what each event comes to in them.

A state is a work request without values of its own: its ids, and those of its parties and activities, are marks that
stand for whatever they are. The rules tell no more apart, so what an event comes to (the judgement, the state after it,
the sentences that say why) is worked out once for each state, by `settle` and `explain`, and then looked up.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from sys import intern
from typing import Any

import attrs
import msgspec

from work_request_manager import events, model
from work_request_manager.changes import WorkRequestClosed
from work_request_manager.deciding import settle
from work_request_manager.events import Event
from work_request_manager.facts import extract_facts
from work_request_manager.log._findings import Level
from work_request_manager.judging import Answer
from work_request_manager.model import Activity, Party, RejectionReason, Role, WorkRequest
from work_request_manager.violations import Case, Violation, explain
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES, Basis

MOST_STATES = 20_000
"""The states that are remembered, and the sentences; a log that has more begins anew with them."""

MOST_EVENTS = 1_000
"""The events that a state remembers, likewise: the texts of states can be any."""

Marked = tuple[Any, ...]
"""What marks stand for: the ids of the work request, the sender, the requestor, the supplier and the activity; the
value that the event gives; the ids of the work request's activities, or of those that are to be created."""

TASK, SENDER, REQUESTOR, SUPPLIER, ACTIVITY, VALUE, FIRST_ID = range(7)
"""Where each stands in that."""


class State(dict[Any, "Outcome"]):
    """What events came to in one state, by what they asked: a work request without values of its own, or none."""

    __slots__ = ("is_closed", "request")

    def __init__(self, request: WorkRequest | None) -> None:
        self.request = request
        self.is_closed = request is not None and request.is_closed

    def remember(self, key: Any, outcome: "Outcome") -> None:
        """Remember what an event comes to."""
        if len(self) == MOST_EVENTS:
            self.clear()
        self[key] = outcome

    @property
    def activities(self) -> tuple[Activity, ...]:
        """The work request's activities."""
        return () if self.request is None else self.request.activities


class Told(msgspec.Struct, frozen=True):
    """A broken rule, with whether it refused the event, and what makes its sentence of what the marks stand for."""

    rule: str
    name: str
    basis: Basis
    level: Level
    sentence: Callable[..., str]


class Result(msgspec.Struct, frozen=True):
    """What an event comes to.

    Args:
        answer: whether it is consumed.
        state: the state after it.
        told: the rules that it breaks, in the order of the rulebook.
        closes: whether it closes the work request.
    """

    answer: Answer
    state: State
    told: tuple[Told, ...]
    closes: bool


Outcome = State | Result


class Followed(msgspec.Struct, gc=False):
    """One work request of a log: its state, its own values, and what its next findings need.

    It is no class of attrs, so that the collector need not go through all of them again and again.
    """

    # First what most lines need, near to each other in memory.
    state: State
    supplier: str | None = None
    first_id: str | None = None
    taken: "Taken | None" = None
    last: datetime = datetime.min.replace(tzinfo=UTC)
    requestor: str | None = None
    ids: tuple[str, ...] = ()
    values: list[Any] | None = None
    first_refused: str | None = None

    def position(self, activity_id: str | None) -> int:
        """Return an activity's position; -1 for no activity, UNKNOWN for one that the work request does not have."""
        if activity_id is None:
            return -1
        if activity_id == self.first_id:
            return 0
        return self.ids.index(activity_id) if activity_id in self.ids else UNKNOWN

    def repeats(self, slot: int, value: object) -> bool:
        """Return whether a value that an event gives is in its place already."""
        values = self.values
        return values is not None and any(
            values[at] == slot and values[at + 1] == value for at in range(0, len(values), 2)
        )

    def take(self, kind: type[Event], position: int, value: Any) -> None:
        """Keep what a consumed event gave that another one can give again; the state has gone on already."""
        if kind in _SLOTS:
            self._put(slot_of(kind, position), value, is_one_more=kind is events.RecordOutcome)
        elif kind is events.AddActivity:
            self.ids = (*self.ids, intern(value))
        elif kind is events.ReallocateWorkRequest:
            self.supplier = intern(value)
            # Whose workers are gone is told by the state, where they are but marks.
            for number, activity in enumerate(self.state.activities if self.values else ()):
                if activity.worker is None:
                    self._put(slot_of(events.UpdateActivityWorker, number), None)

    def _put(self, slot: int, value: Any, *, is_one_more: bool = False) -> None:
        # A list of slots and values by turns: most work requests have few, and there are many work requests.
        values = self.values
        if values is None:
            self.values = [slot, value]
        elif slot in values[::2] and not is_one_more:
            values[2 * values[::2].index(slot) + 1] = value
        else:
            values += (slot, value)


_SLOTS = (events.UpdateSiteContact, events.Reschedule, events.UpdateActivityWorker, events.RecordOutcome)


def slot_of(kind: type[Event], position: int) -> int:
    """Return where a value is kept that an event of a kind gives to an activity, or to the request at -1."""
    return (position + 1) * len(_SLOTS) + _SLOTS.index(kind)


Taken = set[str] | tuple[str, ...]
"""Event ids that a work request has taken; none is added to a tuple any more."""


def taken_after(taken: Taken | None, event_id: str | None, *, closes: bool) -> Taken | None:
    """Return the ids that an open work request has taken after an event that was not refused (WRM602).

    Once it is closed, only the event that closed it is still remembered.
    """
    if closes:
        return None if event_id is None else (event_id,)
    if event_id is None:
        return taken
    if isinstance(taken, set):
        taken.add(event_id)
        return taken
    return {event_id}


UNKNOWN = -2
"""The position of an activity that the work request does not have; -1 is that of the work request itself."""


def _mark(number: int) -> str:
    # Half a pair of surrogates, which no text that was decoded can have.
    return f"\ud800{number}\ud800"


_MARK = re.compile("\ud800([0-9]+)\ud800")
_SOME_WORKER = _mark(-1)  # other than those that events give


class States:
    """The states of a log's work requests.

    Args:
        rulebook: the rules that events are judged by.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._known: dict[WorkRequest, State] = {}
        self.nothing = State(None)
        self._told: dict[tuple[Violation, Level], Told] = {}

    def work_out(self, of: Followed, event: Event, position: int, value: object) -> Outcome:
        """Return what an event for a work request comes to.

        Args:
            of: the work request.
            event: the event.
            position: that of the activity that the event is for; -1 if for none, UNKNOWN if there is no such one.
            value: what the event gives, where it can be a repeat.
        """
        request, marked = _marked(of, event, position, value)
        judgement, after, changes = settle(extract_facts(request, marked), request, marked, self._rulebook)
        case = Case.of(request, marked)
        broken = [
            (violation, level)
            for level, rules in ((Level.ERROR, judgement.violations), (Level.WARNING, judgement.warnings))
            for violation in explain(rules, case)
        ]
        told = (
            self._told_of(violation, level)
            for violation, level in sorted(broken, key=lambda each: RULES.index(each[0].rule))
        )
        state = of.state
        if judgement.answer is Answer.CONSUMED:
            assert after is not None
            state = self._of(after)
        closes = any(isinstance(change, WorkRequestClosed) for change in changes)
        if judgement.answer is Answer.CONSUMED and not broken and not closes and value is None:
            return state
        return Result(judgement.answer, state, tuple(told), closes)

    def _told_of(self, violation: Violation, level: Level) -> Told:
        key = (violation, level)
        if key not in self._told:
            if len(self._told) == MOST_STATES:
                self._told.clear()
            rule = violation.rule
            self._told[key] = Told(rule.id, rule.name, rule.basis, level, _sentence(violation.reason))
        return self._told[key]

    def _of(self, request: WorkRequest) -> State:
        bare = WorkRequest(
            _mark(TASK),
            _mark(REQUESTOR),
            _mark(SUPPLIER),
            tuple(
                Activity(
                    _mark(FIRST_ID + number),
                    each.type,
                    each.status,
                    each.has_been_active,
                    cancellation_requested=each.cancellation_requested,
                    worker=each.worker and _SOME_WORKER,
                    closure=each.closure,
                )
                for number, each in enumerate(request.activities)
            ),
            request.allocation,
            request.rejection_reason,
            request.on_hold,
            request.cancellation_requested,
        )
        if bare not in self._known:
            if len(self._known) == MOST_STATES:
                self._known.clear()
            self._known[bare] = State(bare)
        return self._known[bare]


def _marked(of: Followed, event: Event, position: int, value: object) -> tuple[WorkRequest | None, Event]:
    """Return the state's work request and the event with marks for values; a value that is repeated is in both."""
    request = of.state.request
    own: dict[str, Any] = {"work_request_id": _mark(TASK), "sender": _marked_party(of, event)}
    if position != -1:
        own["activity_id"] = _mark(ACTIVITY) if position == UNKNOWN else _mark(FIRST_ID + position)
    match event:
        case events.CreateWorkRequest():
            own |= {
                "requestor": _mark(REQUESTOR),
                "supplier": _mark(VALUE),
                "activities": _marked_new(event.activities),
            }
        case events.RejectWorkRequest() if not isinstance(event.reason, RejectionReason):
            own["reason"] = _mark(VALUE)
        case events.ReallocateWorkRequest():
            own["supplier"] = _mark(SUPPLIER) if event.supplier == of.supplier else _mark(VALUE)
        case events.AddActivity():
            there = of.position(event.activity.id)
            new_id = _mark(VALUE) if there == UNKNOWN else _mark(FIRST_ID + there)
            own["activity"] = attrs.evolve(event.activity, id=new_id)
        case events.RequestAddActivity():
            own["type"] = attrs.evolve(event.type, code=_mark(VALUE))
        case events.UpdateActivityWorker():
            own["worker"] = _mark(VALUE)
        case events.RecordOutcome():
            own["outcome"] = model.Outcome(_mark(VALUE))
    marked = attrs.evolve(event, **own)
    if request is not None and type(event) in _SLOTS and of.repeats(slot_of(type(event), position), value):
        request = _with(request, marked, position)
    return request, marked


def _marked_party(of: Followed, event: Event) -> Party:
    role = event.sender.role
    if role is Role.CHORUS:
        return Party.chorus()
    if role is Role.WORK_SUPPLIER:
        return Party(role, _mark(SUPPLIER) if event.sender.id == of.supplier else _mark(SENDER))
    requestor = event.requestor if isinstance(event, events.CreateWorkRequest) else of.requestor
    return Party(role, _mark(REQUESTOR) if event.sender.id == requestor else _mark(SENDER))


def _marked_new(activities: tuple[Activity, ...]) -> tuple[Activity, ...]:
    firsts: dict[str, int] = {}
    return tuple(
        attrs.evolve(each, id=_mark(FIRST_ID + firsts.setdefault(each.id, number)))
        for number, each in enumerate(activities)
    )


def _with(request: WorkRequest, event: Any, position: int) -> WorkRequest:
    """Return a work request in which what an event gives is so already."""
    if isinstance(event, events.UpdateSiteContact):
        return attrs.evolve(request, site_contact=event.contact)
    if position == -1:
        return attrs.evolve(request, schedule=event.schedule)
    activities = list(request.activities)
    given: dict[type[Event], dict[str, Any]] = {
        events.Reschedule: {"schedule": getattr(event, "schedule", None)},
        events.UpdateActivityWorker: {"worker": getattr(event, "worker", None)},
        events.RecordOutcome: {"outcomes": (getattr(event, "outcome", None),)},
    }
    activities[position] = attrs.evolve(activities[position], **given[type(event)])
    return attrs.evolve(request, activities=tuple(activities))


def _sentence(reason: str) -> Callable[..., str]:
    """Return what makes a sentence of the values that its marks stand for."""
    return _MARK.sub(r"{\1}", reason.replace("{", "{{").replace("}", "}}")).format
