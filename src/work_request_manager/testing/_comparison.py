"""An implementation and this library, side by side: the first difference between them, with its reasons."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Protocol

import attrs

from work_request_manager._values import printable, short_repr
from work_request_manager.catalogue import SENDER_RULES
from work_request_manager.deciding import Consumed, Decision, Refused, Step, take_step
from work_request_manager.events import AnyEvent, Event
from work_request_manager.facts import cell_ref
from work_request_manager.graph import cell_at
from work_request_manager.judging import Answer
from work_request_manager.model import Status, WorkRequest
from work_request_manager.reports.diagrams import cell_text, names_of
from work_request_manager.rulebook import Rulebook
from work_request_manager.testing._arguments import refuse_coroutine
from work_request_manager.testing._reproduction import reproduction
from work_request_manager.testing._tables import history_table
from work_request_manager.testing.manager import InMemoryWorkRequestManager
from work_request_manager.vectors import vectors
from work_request_manager.verify.invariants import INVARIANTS


class Adapter(Protocol):
    """The methods of an implementation that the check calls."""

    def post(self, event: AnyEvent) -> str:
        """Send an event. Return "Consumed", "NotConsumed" or "Refused", the values of `Answer`."""

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return a work request as it is now, or None if it does not exist."""

    def reset(self) -> None:
        """Delete all work requests."""


class Disagreement(AssertionError):
    """An implementation answers an event differently from this library, or leaves a different work request.

    Args:
        decisions: this library's decisions on the history. The last one is on the event that shows the difference.
        differences: the differences, one line each.
        decided_by: the reasons for this library's decision, one line each: rules, the cell of a graph, changes,
            invariants.
        rulebook: the rules that this library decided by.
    """

    def __init__(
        self,
        decisions: Sequence[Decision],
        differences: Sequence[str],
        decided_by: Sequence[str],
        rulebook: Rulebook,
    ) -> None:
        super().__init__(decisions, differences, decided_by, rulebook)
        self.decisions = tuple(decisions)
        self.differences = tuple(differences)
        self.decided_by = tuple(decided_by)
        self.rulebook = rulebook

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """The events of the history."""
        return tuple(decision.event for decision in self.decisions)

    @property
    def code(self) -> str:
        """A Python program that shows the disagreement again. It defines all of its names except `adapter`."""
        return reproduction(self.events, self.rulebook)

    def __str__(self) -> str:
        differences = (f"  {printable(line)}" for line in self.differences)
        reasons = (f"  {printable(line)}" for line in self.decided_by)
        history = history_table(self.decisions)
        return "\n".join(
            ["history:", history, "difference:", *differences, "decided by:", *reasons, "to reproduce:", self.code]
        )


class Comparison:
    """An implementation and this library, to send the same events to both. At first there is no work request.

    Args:
        adapter: the implementation.
        rulebook: the rules that it follows.
    """

    def __init__(self, adapter: Adapter, rulebook: Rulebook) -> None:
        self._adapter = adapter
        self._rulebook = rulebook
        self._reference = InMemoryWorkRequestManager(rulebook=rulebook)
        reset: Callable[[], object] = adapter.reset
        refuse_coroutine("adapter.reset", reset())

    @property
    def known(self) -> dict[str, WorkRequest]:
        """This library's work requests by id."""
        return {request.id: request for request in self._reference.work_requests()}

    def post(self, event: AnyEvent) -> None:
        """Send an event to both, and compare the answers and all work requests.

        Raises:
            Disagreement: they differ.
            TypeError: the adapter returns a value of the wrong type.
            ValueError: the adapter returns a text that is not an answer.
        """
        __tracebackhide__ = True
        step = take_step(self.known.get(event.work_request_id), event, self._rulebook)
        decision = self._reference.post(event)
        known = self.known
        try:
            answer = self._adapter.post(event)
        except Exception as error:
            raise self._raised(step, decision, error) from error
        _require_answer(answer)
        try:
            theirs = {each: self._adapter.read(each) for each in {event.work_request_id: None, **known}}
        except Exception as error:
            raise self._raised(step, decision, error) from error
        if answer != decision.answer:
            raise self._answers_differ(step, decision, f"answers {answer}")
        for work_request_id, read in theirs.items():
            if not isinstance(read, WorkRequest | None):
                refuse_coroutine("adapter.read", read)
                raise TypeError(
                    _wrong_result("read", read, "a WorkRequest, or None if the work request does not exist")
                )
            differences = list(_differences(known.get(work_request_id), read))
            if differences:
                differences.insert(0, f"both answer {answer}, but work request {work_request_id} differs afterwards:")
                reasons = [f"an event for {event.work_request_id} changes no other work request"]
                if work_request_id == event.work_request_id:
                    reasons = [*_reasons(step, decision), *_broken_invariants(step, read), *_warnings(decision)]
                raise self._disagreement(differences, reasons)

    def _raised(self, step: Step, decision: Decision, error: Exception) -> Disagreement:
        return self._answers_differ(step, decision, f"raises {error!r}")

    def _answers_differ(self, step: Step, decision: Decision, theirs: str) -> Disagreement:
        differences = [f"this library answers {decision.answer}", f"the implementation {theirs}"]
        reasons = [*_reasons(step, decision), *_kept_rules(step, self._rulebook), *_warnings(decision)]
        return self._disagreement(differences, reasons)

    def _disagreement(self, differences: Sequence[str], reasons: Sequence[str]) -> Disagreement:
        return Disagreement(self._reference.history(), differences, reasons, self._rulebook)


def _require_answer(answer: object) -> None:
    refuse_coroutine("adapter.post", answer)
    message = _wrong_result("post", answer, f"one of {', '.join(Answer)}")
    if not isinstance(answer, str):
        raise TypeError(message)
    if answer not in list(Answer):
        raise ValueError(message)


def _wrong_result(method: str, result: object, wanted: str) -> str:
    return f"adapter.{method} returned {printable(short_repr(result))} ({type(result).__name__}); return {wanted}"


def _reasons(step: Step, decision: Decision) -> Iterator[str]:
    """Yield the reasons for this library's answer."""
    if isinstance(decision, Refused):
        yield from map(str, decision.violations)
    elif isinstance(decision, Consumed):
        ref = cell_ref(step.judgement.facts)
        if ref is not None:
            graph, row, column = names_of(ref)
            yield f"the {graph} graph, {row} \u2192 {column}: {cell_text(cell_at(ref))}"
        yield f"changes: {', '.join(type(change).__name__ for change in decision.changes)}"
    else:
        yield "a repeat is not consumed and changes nothing (FAQ 2)"


def _kept_rules(step: Step, rulebook: Rulebook) -> Iterator[str]:
    """Yield the rules that were judged and are not broken, although other events of this kind break them."""
    if step.judgement.answer is not Answer.REFUSED:
        judged = set(_breakable_rules(rulebook)[type(step.event)])
        if not step.is_consumed:
            judged.intersection_update(SENDER_RULES)  # a repeat is judged by no other rules (rulebook, section 4)
        yield f"rules that the event keeps: {', '.join(sorted(judged.difference(step.judgement.broken)))}"


@cache
def _breakable_rules(rulebook: Rulebook) -> Mapping[type[Event], set[str]]:
    """Return the ids of the rules that some event in the vectors breaks, for each class of events."""
    breakable: dict[type[Event], set[str]] = {}
    for vector in vectors(rulebook):
        for decision in vector.decisions:
            refusing = decision.violations if isinstance(decision, Refused) else ()
            broken = {violation.rule.id for violation in (*refusing, *decision.warnings)}
            breakable.setdefault(type(decision.event), set()).update(broken)
    return breakable


def _warnings(decision: Decision) -> Iterator[str]:
    return (f"a warning, not a refusal: {warning}" for warning in decision.warnings)


def _differences(ours: WorkRequest | None, theirs: WorkRequest | None) -> Iterator[str]:
    """Yield the differences between two work requests, one line for each field."""
    if ours == theirs:
        return
    if ours is None or theirs is None:
        yield f"it is {short_repr(theirs)} but should be {short_repr(ours)}"
        return
    for name, should, is_ in _fields(ours, theirs):
        if name != "activities":
            yield f"{name} is {_shown(is_)} but should be {_shown(should)}"
        elif [each.id for each in should] != [each.id for each in is_]:
            ids, right_ids = (short_repr([each.id for each in activities]) for activities in (is_, should))
            yield f"activities are {ids} but should be {right_ids}"
        else:
            for one, other in zip(should, is_, strict=True):
                for part, part_should, part_is in _fields(one, other):
                    yield f"activity {one.id}: {part} is {_shown(part_is)} but should be {_shown(part_should)}"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Enum | Status) else short_repr(value)


def _fields(ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields in which two objects of one class differ, with both values."""
    for field in attrs.fields(type(ours)):
        should, is_ = getattr(ours, field.name), getattr(theirs, field.name)
        if should != is_:
            yield field.name, should, is_


def _broken_invariants(step: Step, read: WorkRequest | None) -> Iterator[str]:
    """Yield the invariants that the work request in the implementation breaks."""
    if step.before is None or read is None:
        return
    if not {each.id for each in step.before.activities} <= {each.id for each in read.activities}:
        return
    theirs = step._replace(after=read)
    for invariant in INVARIANTS:
        if invariant.check is not None and invariant.check(theirs) is False:
            yield f"invariant {invariant.number}: {invariant.statement}"


def first_disagreement(adapter: Adapter, rulebook: Rulebook, events: Iterable[AnyEvent]) -> Disagreement | None:
    """Send events to an implementation and to this library. Return the first difference, or None if there is none."""
    __tracebackhide__ = True
    comparison = Comparison(adapter, rulebook)
    try:
        for event in events:
            comparison.post(event)
    except Disagreement as found:
        return found
    return None


def shortened(adapter: Adapter, rulebook: Rulebook, found: Disagreement) -> Disagreement:
    """Return a disagreement with a history from which no single event can be left out."""
    length = None
    while length != len(found.events):
        length = len(found.events)
        left_out = length - 1
        while left_out:
            left_out -= 1
            shorter = first_disagreement(adapter, rulebook, found.events[:left_out] + found.events[left_out + 1 :])
            if shorter is not None:
                # The difference may have come earlier than before.
                found, left_out = shorter, min(left_out, len(shorter.events) - 1)
    return found
