"""Whether an event is consumed, and what then is so. All of it is pure.

work request, event --(facts)--> facts --(judging)--> verdict --(building)--> new work request, changes
                                                      verdict --(reasons)---> violations, warnings
"""

from collections.abc import Iterable
from typing import ClassVar

import attrs

from work_request_manager._values import Record
from work_request_manager.building import build
from work_request_manager.changes import Change
from work_request_manager.events import Event
from work_request_manager.facts import Facts, Possibility, observe, possibilities
from work_request_manager.judging import Answer, Verdict
from work_request_manager.model import Category, Party, Section, WorkRequest
from work_request_manager.reasons import Case, Violation, explain
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook


@attrs.frozen(eq=False, repr=False)
class Consumed(Record):
    """The state changed, or an asking was recorded.

    Args:
        event: the event.
        work_request: as it is after the event.
        warnings: the assumed rules that the event broke all the same.
        changes: what changed, in the order in which it happened.
    """

    answer: ClassVar[Answer] = Answer.CONSUMED

    event: Event
    work_request: WorkRequest
    warnings: tuple[Violation, ...]
    changes: tuple[Change, ...]


@attrs.frozen(eq=False, repr=False)
class NotConsumed(Record):
    """A repeat: right to send, and nothing changed (FAQ 2).

    Args:
        event: the event.
        work_request: as it was and is.
        warnings: the assumed rules that the event broke all the same.
    """

    answer: ClassVar[Answer] = Answer.NOT_CONSUMED

    event: Event
    work_request: WorkRequest
    warnings: tuple[Violation, ...]


@attrs.frozen(eq=False, repr=False)
class Refused(Record):
    """The event breaks rules, and nothing changed.

    Args:
        event: the event.
        work_request: as it was and is; None where there is none.
        warnings: the assumed rules that the event broke beside them.
        violations: every broken rule that refuses it, in the order of the rulebook.
    """

    answer: ClassVar[Answer] = Answer.REFUSED

    event: Event
    work_request: WorkRequest | None
    warnings: tuple[Violation, ...]
    violations: tuple[Violation, ...]


Decision = Consumed | NotConsumed | Refused


class EventRefused(Exception):
    """An event was refused; `refused` is the decision."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused)
        self.refused = refused

    def __str__(self) -> str:
        return "\n".join(str(violation) for violation in self.refused.violations)


@attrs.frozen(eq=False, repr=False)
class Permit(Record):
    """What a party could send now and have consumed.

    Args:
        event: the class of the event.
        activity_id: the activity that it would be for; None for the work request.
        category: for a status update, the category that it would ask for.
        section: for an update of the details, the section that it would replace.
        warnings: the assumed rules that it would break even at its best.
    """

    event: type[Event]
    activity_id: str | None = None
    category: Category | None = None
    section: Section | None = None
    warnings: tuple[Violation, ...] = ()


# Bound once: Python 3.11 takes long to find members in their classes.
_CONSUMED, _REFUSED = Answer.CONSUMED, Answer.REFUSED


def decide(work_request: WorkRequest | None, event: Event, *, rulebook: Rulebook = DEFAULT_RULEBOOK) -> Decision:
    """Decide on an event, without changing anything.

    Args:
        work_request: as it is; None where no work request has the event's `work_request_id`.
        event: what someone sent.
        rulebook: the rules to decide by.

    Returns: `Consumed`, `NotConsumed` or `Refused`, with the work request as it is after the event.

    Raises:
        ValueError: the event is for another work request.
        TypeError: the event is not one of `events`.
    """
    facts = observe(work_request, event)
    if work_request is not None and event.work_request_id != work_request.id:
        raise ValueError(
            f"the event is for work request {event.work_request_id!r}, not for {work_request.id!r};"
            " pass the one that it is for, or None"
        )
    verdict, after, changes = settle(facts, work_request, event, rulebook)
    answer, violations, warnings, _ = verdict
    warned: tuple[Violation, ...] = ()
    if warnings:
        warned = explain(warnings, Case.of(work_request, event))
    if answer is _REFUSED:
        return Refused(event, work_request, warned, explain(violations, Case.of(work_request, event)))
    assert after is not None, "only a refusal leaves no work request"
    if answer is _CONSUMED:
        return Consumed(event, after, warned, changes)
    return NotConsumed(event, after, warned)


Settled = tuple[Verdict, WorkRequest | None, tuple[Change, ...]]
"""A decision without its sentences: the verdict, the work request after the event, and what changed."""


def settle(facts: Facts, work_request: WorkRequest | None, event: Event, rulebook: Rulebook) -> Settled:
    """Judge an event by its facts and build what it makes; `decide`, but for the reasons in words."""
    verdict = rulebook.judge(facts)
    if verdict.answer is _CONSUMED:
        return verdict, *build(work_request, event, verdict.move)
    return verdict, work_request, ()


def apply(work_request: WorkRequest | None, event: Event, *, rulebook: Rulebook = DEFAULT_RULEBOOK) -> WorkRequest:
    """Return the work request after an event; see `decide`.

    Raises: EventRefused where it is refused.
    """
    decision = decide(work_request, event, rulebook=rulebook)
    if isinstance(decision, Refused):
        raise EventRefused(decision)
    return decision.work_request


def replay(
    events: Iterable[Event], work_request: WorkRequest | None = None, *, rulebook: Rulebook = DEFAULT_RULEBOOK
) -> WorkRequest:
    """Return what one work request is after its events, in order; see `apply`.

    Raises:
        EventRefused: the first event that is refused.
        ValueError: neither an event nor a work request to begin with.
    """
    for event in events:
        work_request = apply(work_request, event, rulebook=rulebook)
    if work_request is None:
        raise ValueError("events are none, and so is the work request; there is nothing to replay")
    return work_request


def permitted(work_request: WorkRequest, party: Party, *, rulebook: Rulebook = DEFAULT_RULEBOOK) -> tuple[Permit, ...]:
    """Return what a party could send now and have consumed; nothing for a closed work request.

    Args:
        work_request: as it is.
        party: who would send.
        rulebook: the rules to decide by.
    """
    best: dict[_Target, tuple[Possibility, Verdict]] = {}
    for possibility in possibilities(work_request, party):
        verdict = rulebook.judge(possibility.facts)
        if verdict.answer is _CONSUMED:
            key = _target(possibility)
            if key not in best or len(verdict.warnings) < len(best[key][1].warnings):
                best[key] = possibility, verdict
    return tuple(
        Permit(*key, explain(verdict.warnings, _case(work_request, party, possibility)))
        for key, (possibility, verdict) in best.items()
    )


_Target = tuple[type[Event], str | None, Category | None, Section | None]


def _target(possibility: Possibility) -> _Target:
    activity, status = possibility.activity, possibility.status
    return (
        possibility.event,
        None if activity is None else activity.id,
        None if status is None else status.category,
        possibility.section,
    )


def _case(work_request: WorkRequest, party: Party, possibility: Possibility) -> Case:
    kind, activity_id, _, section = _target(possibility)
    return Case(work_request.id, work_request, party, kind, activity_id, possibility.status, section)
