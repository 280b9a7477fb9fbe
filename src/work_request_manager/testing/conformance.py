"""Does an implementation of your own answer as this library does? A suite to inherit, and a function.

One pass sends every history of `vectors`, another lets Hypothesis search for one that is answered otherwise. What
differs is shown by the shortest history that still shows it, with what decides it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Protocol

import attrs
import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from work_request_manager.deciding import Consumed, Decision, Refused
from work_request_manager.reports.diagrams import cell_text, names_of
from work_request_manager.events import Event
from work_request_manager.verify.invariants import STATEMENTS, STEP_CHECKS, Step
from work_request_manager.judging import Answer, Judgement, cell_at, cell_ref
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.vectors._goals import Sent, send
from work_request_manager.testing._tables import history_table
from work_request_manager.testing.manager import InMemoryWorkRequestManager
from work_request_manager.testing.strategies import events_for
from work_request_manager.vectors import Coverage, coverage, covering, vectors


class Adapter(Protocol):
    """What the passes need of an implementation."""

    def post(self, event: Event) -> str:
        """Send an event; return "Consumed", "NotConsumed" or "Refused", the values of `Answer`."""

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return a work request as it is now; None where there is none."""

    def reset(self) -> None:
        """Forget all work requests."""


class Disagreement(AssertionError):
    """An implementation answers an event, or leaves a work request, otherwise than this library.

    Args:
        decisions: this library's decisions on the history; the last is on the event that shows it.
        differences: what differs, a line each.
        decided_by: what decides it, a line each: rules, the cell of a graph, changes, invariants.
    """

    def __init__(self, decisions: Sequence[Decision], differences: Sequence[str], decided_by: Sequence[str]) -> None:
        super().__init__(decisions, differences, decided_by)
        self.decisions = tuple(decisions)
        self.differences = tuple(differences)
        self.decided_by = tuple(decided_by)

    @property
    def events(self) -> tuple[Event, ...]:
        """The history."""
        return tuple(decision.event for decision in self.decisions)

    def __str__(self) -> str:
        lines = (f"  {line}" for line in self.differences)
        because = (f"  {line}" for line in self.decided_by)
        return "\n".join(["after", history_table(self.decisions), "they differ:", *lines, "decided by:", *because])


SEARCH = hypothesis.settings(
    max_examples=200,
    stateful_step_count=25,
    deadline=None,
    # A history is shortened by leaving out events; to shrink what was drawn would take a hundred times as long.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""How far the search goes, unless told otherwise."""


class ConformanceSuite:
    """Tests to inherit, for pytest: in a subclass whose name begins with Test, let the fixture `adapter` be yours."""

    rulebook: ClassVar[Rulebook] = DEFAULT_RULEBOOK
    """The rules that the implementation keeps to."""

    search: ClassVar[hypothesis.settings] = SEARCH
    """How far the search goes."""

    def test_vectors(self, adapter: Adapter) -> None:
        """Every vector gets the answers that it should, and leaves the work request that it should."""
        print(check_vectors(adapter, self.rulebook))

    def test_search(self, adapter: Adapter) -> None:
        """So does every history that Hypothesis comes up with."""
        check_by_search(adapter, self.rulebook, self.search)


def check_conformance(
    adapter: Adapter, rulebook: Rulebook = DEFAULT_RULEBOOK, search: hypothesis.settings = SEARCH
) -> Coverage:
    """Check an implementation by both passes, without pytest.

    Args:
        adapter: the implementation.
        rulebook: the rules that it keeps to.
        search: how far the search goes.

    Returns: what the vectors covered.

    Raises: Disagreement, with the shortest history that shows it.
    """
    covered = check_vectors(adapter, rulebook)
    check_by_search(adapter, rulebook, search)
    return covered


def check_vectors(adapter: Adapter, rulebook: Rulebook = DEFAULT_RULEBOOK) -> Coverage:
    """Send every vector; see `check_conformance`."""
    of = vectors(rulebook)
    for vector in of:
        creation = next(decision.event for decision in vector.decisions if isinstance(decision, Consumed))
        # One more request, with the same activity ids, is there only to stay as it is.
        bystander = attrs.evolve(creation, work_request_id=f"{creation.work_request_id}-bystander")
        found = _disagreement(adapter, rulebook, (bystander, *vector.events))
        if found is not None:
            raise _shortest(adapter, rulebook, found)
    return coverage(of, rulebook)


def check_by_search(
    adapter: Adapter, rulebook: Rulebook = DEFAULT_RULEBOOK, search: hypothesis.settings = SEARCH
) -> None:
    """Search for a history that is answered otherwise; see `check_conformance`."""

    class Search(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.comparison = _Comparison(adapter, rulebook)

        @rule(data=st.data(), work_request_id=st.sampled_from(("WR-1", "WR-2")))
        def post(self, data: st.DataObject, work_request_id: str) -> None:
            request = self.comparison.known.get(work_request_id)
            event = data.draw(events_for(request, rulebook=rulebook, work_request_id=work_request_id))
            self.comparison.post(event)

    try:
        run_state_machine_as_test(Search, settings=hypothesis.settings(search, report_multiple_bugs=False))
    except Disagreement as found:
        raise _shortest(adapter, rulebook, found) from found


class _Comparison:
    """An implementation and this library, sent the same events from where there is no work request."""

    def __init__(self, adapter: Adapter, rulebook: Rulebook) -> None:
        self._adapter = adapter
        self._rulebook = rulebook
        self._reference = InMemoryWorkRequestManager(rulebook=rulebook)
        adapter.reset()

    @property
    def known(self) -> dict[str, WorkRequest]:
        """The work requests that there are, by id."""
        return {request.id: request for request in self._reference.work_requests()}

    def post(self, event: Event) -> None:
        """Send an event to both.

        Raises: Disagreement.
        """
        before = self.known.get(event.work_request_id)
        decision = self._reference.post(event)
        sent = send(before, event, self._rulebook)
        try:
            answer = self._adapter.post(event)
            theirs = {each: self._adapter.read(each) for each in {event.work_request_id: None, **self.known}}
        except Exception as error:
            raise self._disagreement(
                _answers(decision, f"raises {error!r}"), self._decided_by(sent, decision)
            ) from error
        if answer not in list(Answer):
            raise ValueError(f"adapter.post answers {answer!r}; it must answer one of {', '.join(Answer)}")
        if answer != decision.answer:
            raise self._disagreement(_answers(decision, f"answers {answer}"), self._decided_by(sent, decision))
        for work_request_id, read in theirs.items():
            differences = [*_differences(self.known.get(work_request_id), read)]
            if differences:
                differences.insert(
                    0, f"both answer {answer}; work request {work_request_id} is then not as it should be:"
                )
                why = [f"an event for {event.work_request_id} changes no other work request"]
                if work_request_id == event.work_request_id:
                    why = [*self._decided_by(sent, decision, read)]
                raise self._disagreement(differences, why)

    def _disagreement(self, differences: Sequence[str], decided_by: Iterable[str]) -> Disagreement:
        return Disagreement(self._reference.history(), differences, [*decided_by])

    def _decided_by(self, sent: Sent, decision: Decision, read: WorkRequest | None = None) -> Iterator[str]:
        """Yield what decides; `read` is given where not the answers differ, but what was then read."""
        if isinstance(decision, Refused):
            yield from map(str, decision.violations)
        elif isinstance(decision, Consumed):
            place = cell_ref(sent.facts)
            if place is not None:
                graph, row, column = names_of(place)
                yield f"the {graph} graph, {row} \u2192 {column}: {cell_text(cell_at(place))}"
            yield f"what happens: {', '.join(type(change).__name__ for change in decision.changes)}"
        else:
            yield "a repeat changes nothing, and is not consumed (FAQ 2)"
        kept = covering(self._rulebook).kept_by(sent)
        if read is not None:
            yield from _broken_invariants(sent, decision, read)
        elif kept:
            yield f"of the rules on such events, it breaks none of {', '.join(kept)}"
        yield from (f"only a warning: {warning}" for warning in decision.warnings)


def _answers(decision: Decision, theirs: str) -> list[str]:
    return [f"this library answers {decision.answer}", f"the implementation {theirs}"]


def _differences(ours: WorkRequest | None, theirs: WorkRequest | None) -> Iterator[str]:
    if ours is None or theirs is None:
        if ours is not theirs:
            yield f"it is {theirs}, and should be {ours}"
        return
    for name, should, is_ in _fields(ours, theirs):
        if name != "activities":
            yield f"{name} is {is_}, and should be {should}"
        elif [each.id for each in should] != [each.id for each in is_]:
            yield f"activities are {[each.id for each in is_]}, and should be {[each.id for each in should]}"
        else:
            for one, other in zip(should, is_, strict=True):
                for part, part_should, part_is in _fields(one, other):
                    yield f"activity {one.id}: {part} is {part_is}, and should be {part_should}"


def _fields(ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields in which two objects of a class differ."""
    for field in attrs.fields(type(ours)):
        should, is_ = getattr(ours, field.name), getattr(theirs, field.name)
        if should != is_:
            yield field.name, should, is_


def _broken_invariants(sent: Sent, decision: Decision, read: WorkRequest) -> Iterator[str]:
    """Yield the invariants that what was read breaks; they are checks of what is, whatever the rules say."""
    if sent.before is None or not {each.id for each in sent.before.activities} <= {each.id for each in read.activities}:
        return
    changes = decision.changes if isinstance(decision, Consumed) else ()
    # What the strict rulebook says is not asked here; a refusal agrees with all.
    strictly = (Judgement(Answer.REFUSED), read, ())
    step = Step(sent.before, sent.event, sent.judgement, read, changes, strictly, is_strict=False)
    for number, check in STEP_CHECKS.items():
        if check(step) is False:
            yield f"invariant {number}: {STATEMENTS[number]}"


def _disagreement(adapter: Adapter, rulebook: Rulebook, events: Sequence[Event]) -> Disagreement | None:
    """Send events to an implementation and to this library, and return where they differ first, if they do."""
    comparison = _Comparison(adapter, rulebook)
    try:
        for event in events:
            comparison.post(event)
    except Disagreement as found:
        return found
    return None


def _shortest(adapter: Adapter, rulebook: Rulebook, found: Disagreement) -> Disagreement:
    """Return the disagreement that is left when no event can be left out."""
    length = None
    while length != len(found.events):
        length = len(found.events)
        left_out = length - 1
        while left_out:
            left_out -= 1
            fewer = _disagreement(adapter, rulebook, found.events[:left_out] + found.events[left_out + 1 :])
            if fewer is not None:
                # It can have come earlier than before.
                found, left_out = fewer, min(left_out, len(fewer.events) - 1)
    return found
