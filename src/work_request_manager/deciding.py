"""The decider: `decide`, `evolve`, `apply`, `replay` and `permitted`. All of them are pure functions.

work request, event --(facts)--> facts --(judging)--> judgement --(evolving)----> work request after, changes
                                                      judgement --(violations)--> violations, warnings
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, ClassVar, Literal, NamedTuple

import attrs

from work_request_manager._copying import maker
from work_request_manager._values import ValueObject, require_argument, short_repr, wrong_argument
from work_request_manager.changes import AnyChange, Change
from work_request_manager.errors import EventRefused
from work_request_manager.events import AnyEvent, Event
from work_request_manager.evolving import evolved, take_effect
from work_request_manager.facts import Candidate, candidates, extract_facts
from work_request_manager.judging import Answer, Judgement
from work_request_manager.model import Category, Party, Section, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.violations import MessageContext, Violation, context_of, explain


@attrs.frozen(eq=False, repr=False)
class Consumed(ValueObject):
    """The event changed the work request, or a request in it was recorded.

    Args:
        event: the event.
        work_request: the work request after the event.
        warnings: the assumed rules that the event breaks. They do not refuse it.
        changes: the changes that it made, in order.
    """

    answer: ClassVar[Literal[Answer.CONSUMED]] = Answer.CONSUMED

    event: AnyEvent
    work_request: WorkRequest
    warnings: tuple[Violation, ...]
    changes: tuple[AnyChange, ...]


@attrs.frozen(eq=False, repr=False)
class NotConsumed(ValueObject):
    """The event is a repeat: sending it is correct, and it changed nothing (FAQ 2).

    Args:
        event: the event.
        work_request: the work request, which the event did not change.
        warnings: the assumed rules that the event breaks. They do not refuse it.
        is_redelivery: whether a manager recognised the event's id. False from `decide`, which knows no earlier events.
    """

    answer: ClassVar[Literal[Answer.NOT_CONSUMED]] = Answer.NOT_CONSUMED

    event: AnyEvent
    work_request: WorkRequest
    warnings: tuple[Violation, ...] = ()
    is_redelivery: bool = False


@attrs.frozen(eq=False, repr=False)
class Refused(ValueObject):
    """The event breaks rules, and changed nothing.

    Args:
        event: the event.
        work_request: the work request, which the event did not change. None if it does not exist.
        warnings: the assumed rules that the event breaks as well. They do not refuse it.
        violations: every broken rule that refuses the event, in the order of the rulebook.
    """

    answer: ClassVar[Literal[Answer.REFUSED]] = Answer.REFUSED

    event: AnyEvent
    work_request: WorkRequest | None
    warnings: tuple[Violation, ...]
    violations: tuple[Violation, ...]


Decision = Consumed | NotConsumed | Refused
"""The three answers. `decision.answer` tells type checkers which one it is."""

_consumed = maker(Consumed)

# Bound once: Python 3.11 looks members of a class up slowly.
_CONSUMED, _REFUSED = Answer.CONSUMED, Answer.REFUSED


class Step(NamedTuple):
    """One event of a walk over states.

    Args:
        before: the work request before the event. None if it did not exist.
        event: the event.
        judgement: the judgement of the event's facts.
        after: the work request after the event. None if it does not exist.
        changes: the changes that the event made.
    """

    before: WorkRequest | None
    event: Event
    judgement: Judgement
    after: WorkRequest | None
    changes: tuple[Change, ...]

    @property
    def is_consumed(self) -> bool:
        """Whether the event was consumed."""
        return self.judgement.answer is _CONSUMED

    @property
    def closes(self) -> bool:
        """Whether the event closed the work request."""
        return self.after is not None and self.after.is_closed and not (self.before and self.before.is_closed)


Transition = tuple[Judgement, WorkRequest | None, tuple[Change, ...]]
"""The judgement of an event, the work request after it, and the changes: a step without what came before."""


def transition(work_request: WorkRequest | None, event: Event, rulebook: Rulebook) -> Transition:
    """Judge an event, and let it take effect if it is consumed. `decide` adds the sentences.

    Args:
        work_request: the work request before the event. Pass None if it does not exist.
        event: the event.
        rulebook: the rules to judge by.
    """
    judgement = rulebook.judge(extract_facts(work_request, event))
    if judgement.answer is not _CONSUMED:
        return judgement, work_request, ()
    after, changes = take_effect(work_request, event, judgement.facts.kind, judgement.move)
    return judgement, after, changes


def take_step(work_request: WorkRequest | None, event: Event, rulebook: Rulebook) -> Step:
    """Return a step of a walk. See `transition`."""
    return Step(work_request, event, *transition(work_request, event, rulebook))


def decide(work_request: WorkRequest | None, event: AnyEvent, *, rulebook: Rulebook = DEFAULT_RULEBOOK) -> Decision:
    """Decide on an event. Nothing is changed.

    Args:
        work_request: the work request before the event. Pass None if it does not exist.
        event: the event.
        rulebook: the rules to decide by.

    Returns:
        `Consumed`, `NotConsumed` or `Refused`, with the work request after the event (rulebook, section 4).

    Raises:
        ValueError: the event is for another work request.
        TypeError: an argument has the wrong type.
    """
    # Written out, because calls of `require_argument` would take a twentieth of a decision.
    if work_request is not None and not isinstance(work_request, WorkRequest):
        raise wrong_argument("work_request", work_request, _WORK_REQUEST)
    if not isinstance(rulebook, Rulebook):
        raise wrong_argument("rulebook", rulebook, _RULEBOOK)
    judgement, after, changes = transition(work_request, event, rulebook)
    if work_request is not None and event.work_request_id != work_request.id:
        raise _wrong_work_request(work_request, event)
    facts, answer, violations, warnings, _ = judgement
    warned: tuple[Violation, ...] = ()
    if warnings:
        warned = explain(warnings, context_of(work_request, facts.kind, event))
    if answer is _REFUSED:
        return Refused(event, after, warned, explain(violations, context_of(work_request, facts.kind, event)))
    if answer is _CONSUMED:
        return _consumed(event, after, warned, changes)
    assert after is not None, "only a refusal leaves no work request"
    return NotConsumed(event, after, warned)


def evolve(work_request: WorkRequest | None, event: AnyEvent) -> WorkRequest | None:
    """Return the work request after an event that took effect, even if it breaks rules (rulebook, section 7).

    For an event that `decide` consumes, this is the decision's work request. A repeat does not change the work request.

    Args:
        work_request: the work request before the event. Pass None if it does not exist.
        event: the event.

    Returns:
        The work request after the event. None if it does not exist: the event is not a create, or creates nothing.

    Raises:
        ValueError: the event is for another work request.
        TypeError: an argument has the wrong type.
    """
    if work_request is not None:
        require_argument("work_request", work_request, WorkRequest, _WORK_REQUEST)
    facts = extract_facts(work_request, event)
    if work_request is not None and event.work_request_id != work_request.id:
        raise _wrong_work_request(work_request, event)
    return evolved(work_request, event, facts)


_WORK_REQUEST = "a WorkRequest, or None if the work request does not exist"
_RULEBOOK = "a Rulebook, such as DEFAULT_RULEBOOK.strict()"
_EVENTS = "a list, or another iterable, of events"


def _wrong_work_request(work_request: WorkRequest, event: Event) -> ValueError:
    wanted, given = short_repr(event.work_request_id), short_repr(work_request.id)
    return ValueError(
        f"event is for work request {wanted}, but work_request is {given};"
        " pass the work request that the event is for, or None"
    )


def apply(work_request: WorkRequest | None, event: AnyEvent, *, rulebook: Rulebook = DEFAULT_RULEBOOK) -> WorkRequest:
    """Return the work request after an event. See `decide`.

    Args:
        work_request: the work request before the event. Pass None if it does not exist.
        event: the event.
        rulebook: the rules to decide by.

    Raises:
        EventRefused: the rules refuse the event.
        ValueError: the event is for another work request.
        TypeError: an argument has the wrong type.
    """
    decision = decide(work_request, event, rulebook=rulebook)
    if isinstance(decision, Refused):
        raise EventRefused(decision)
    return decision.work_request


def replay(
    events: Iterable[AnyEvent], work_request: WorkRequest | None = None, *, rulebook: Rulebook = DEFAULT_RULEBOOK
) -> WorkRequest:
    """Return one work request after a sequence of events. See `apply`.

    Args:
        events: the events, in order.
        work_request: the work request to start from. Pass None if the first event creates it.
        rulebook: the rules to decide by.

    Raises:
        EventRefused: the rules refuse an event.
        ValueError: there is neither an event nor a work request, or an event is for another work request.
        TypeError: an argument has the wrong type.
    """
    # `apply` checks the other arguments, but only if there is an event.
    if work_request is not None:
        require_argument("work_request", work_request, WorkRequest, _WORK_REQUEST)
    require_argument("rulebook", rulebook, Rulebook, _RULEBOOK)
    if isinstance(events, str):
        raise wrong_argument("events", events, _EVENTS)
    require_argument("events", events, Iterable, _EVENTS)
    for event in events:
        work_request = apply(work_request, event, rulebook=rulebook)
    if work_request is None:
        raise ValueError("replay() needs at least one event or a work request to start from")
    return work_request


@attrs.frozen(eq=False, repr=False)
class Permit(ValueObject):
    """Something that a party may send now: some event of this kind would be consumed.

    Args:
        event: the class of the event.
        activity_id: the activity that the event is for. None if it is for the work request.
        category: the category that a status update asks for. None for other events.
        section: the section that an update of the details replaces. None for other events.
        warnings: the assumed rules that every such event breaks. They do not refuse it.
    """

    event: type[Event]
    activity_id: str | None = None
    category: Category | None = None
    section: Section | None = None
    warnings: tuple[Violation, ...] = ()

    def allows(self, event: Event) -> bool:
        """Return whether an event is of the permitted kind, for the permitted target.

        It does not mean that the event is consumed: `decide` also judges the sender and the values of the event.

        Raises:
            TypeError: the event is not an instance of one of the classes in `events`.
        """
        require_argument("event", event, Event, "an instance of one of the classes in work_request_manager.events")
        return (self.event, self.activity_id, self.category, self.section) == permit_key(event)


PermitKey = tuple[type[Event], str | None, Category | None, Section | None]


def permit_key(event: Any) -> PermitKey:
    """Return the fields of the permit that allows an event: class, activity id, category and section."""
    status = getattr(event, "status", None)
    category = None if status is None else status.category
    return type(event), getattr(event, "activity_id", None), category, getattr(event, "section", None)


def permitted(
    work_request: WorkRequest,
    party: Party,
    *,
    activity_id: str | None = None,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
) -> tuple[Permit, ...]:
    """Return the permits of a party: the kinds of events that it can send now and that would be consumed.

    Events that break an assumed rule are included unless the rulebook is strict; `Permit.warnings` names the rules.
    The cost is linear in the number of activities.

    Args:
        work_request: the work request.
        party: the sender.
        activity_id: the activity. Pass None for all activities and the work request itself.
        rulebook: the rules to decide by.

    Returns:
        The permits, without duplicates. There are none if the work request is closed.

    Raises:
        KeyError: the work request has no such activity.
        TypeError: an argument has the wrong type.
    """
    require_argument("work_request", work_request, WorkRequest, "a WorkRequest")
    require_argument("party", party, Party, 'a Party, such as Party.supplier("northline")')
    require_argument("rulebook", rulebook, Rulebook, _RULEBOOK)
    if activity_id is not None:
        require_argument("activity_id", activity_id, str, "the id of an activity, or None for all activities")
        work_request.activity(activity_id)
    permits = []
    # Candidates for one permit follow each other, so that only few are held at a time.
    for key, alike in groupby(candidates(work_request, party, activity_id), _candidate_key):
        judged = ((candidate, rulebook.judge(candidate.facts)) for candidate in alike)
        consumed = [each for each in judged if each[1].answer is _CONSUMED]
        if consumed:
            candidate, judgement = min(consumed, key=_number_of_warnings)
            warned: tuple[Violation, ...] = ()
            if judgement.warnings:
                warned = explain(judgement.warnings, _candidate_context(work_request, party, candidate))
            permits.append(Permit(*key, warned))
    return tuple(permits)


def _number_of_warnings(judged: tuple[Candidate, Judgement]) -> int:
    return len(judged[1].warnings)


def _candidate_key(candidate: Candidate) -> PermitKey:
    activity, status = candidate.activity, candidate.status
    return (
        candidate.kind.event,
        None if activity is None else activity.id,
        None if status is None else status.category,
        candidate.section,
    )


def _candidate_context(work_request: WorkRequest, party: Party, candidate: Candidate) -> MessageContext:
    kind, _, activity, status, section = candidate
    activity_id = None if activity is None else activity.id
    return MessageContext(work_request.id, work_request, party, kind, activity_id, activity, status, section)
