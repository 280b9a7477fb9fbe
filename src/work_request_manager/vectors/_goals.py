"""The goals of the test vectors: judgements, the facts behind them, and effects."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from work_request_manager.catalogue import SENDER_RULES
from work_request_manager.deciding import Step, take_step
from work_request_manager.events import Event
from work_request_manager.facts import Facts, cell_ref
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import Rulebook


def take_steps(before: WorkRequest | None, events: Iterable[Event], rulebook: Rulebook) -> Iterator[Step]:
    """Yield the steps of a sequence of events."""
    for event in events:
        step = take_step(before, event, rulebook)
        before = step.after
        yield step


class CoverageGoals:
    """Numbers the goals that steps reach, in the order in which they are met.

    Args:
        rulebook: the rules by which the events are judged.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        # A rulebook without cached judgements, so that it reads the facts when it judges.
        self._rulebook = Rulebook(rulebook.rules, rulebook.is_strict)
        self._numbers: dict[Hashable, int] = {}
        self._of_facts: dict[Facts, _GoalsOfFacts] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def reached_by(self, steps: Iterable[Step], *, is_filled_in: bool = False) -> int:
        """Return the goals that a sequence of steps reaches, as the bits of a number.

        Args:
            steps: the steps.
            is_filled_in: whether every field of the work request has a value.
        """
        bits, last = 0, None
        for step in steps:
            bits |= self._judged(step.judgement.facts).bits
            for goal in self._met(step, last, is_filled_in):
                bits |= self._bit(goal)
            last = step
        return bits

    def _bit(self, goal: Hashable) -> int:
        return 1 << self._numbers.setdefault(goal, len(self._numbers))

    def _judged(self, facts: Facts) -> "_GoalsOfFacts":
        known = self._of_facts.get(facts)
        if known is None:
            watched = _WatchedFacts(*facts)
            watched.read = set()
            judgement = self._rulebook.judge(watched)
            was_read = tuple((name, value) for name, value in facts._asdict().items() if name in watched.read)
            bits = self._bit(
                (facts.kind, facts.section, cell_ref(facts), facts.sender, judgement.answer, *judgement.broken)
            )
            is_from_right_party = not any(rule in SENDER_RULES for rule in judgement.broken)
            if is_from_right_party:
                # The judgement depends on the facts that were read.
                bits |= self._bit(was_read)
            reads_sums = any(name in _SUMS for name, _ in was_read)
            known = self._of_facts[facts] = _GoalsOfFacts(bits, is_from_right_party, reads_sums)
        return known

    def _met(self, step: Step, last: Step | None, is_filled_in: bool) -> Iterator[Hashable]:
        facts = step.judgement.facts
        judged = self._judged(facts)
        if step.before is None or not judged.is_from_right_party:
            return
        activities = step.before.activities
        reads_all = judged.reads_sums or step.closes
        # Facts sum up the activities. These goals tell which of the activities are touched, and how.
        shape = tuple((each.is_untouched, each.is_closed, each.has_begun) for each in activities)
        answer, broken = step.judgement.answer, step.judgement.broken
        if reads_all:
            yield "shape", facts.kind, shape, answer, *broken
        elif facts.category is None:
            yield "shape", answer, *((each.status.category, each.has_begun) for each in activities)
        if step.is_consumed and facts.requested_category is not None:
            status: Any = getattr(step.event, "status", None)
            yield "state", cell_ref(facts), status.state == status.category
        if step.is_consumed and is_filled_in:
            yield "filled in", facts.kind, shape if reads_all else cell_ref(facts)
            yield "filled in", facts.kind, step.before.on_hold
            yield "filled in", facts.kind, step.before.allocation
        if last is not None and last.closes:
            yield "closed by", last.judgement.facts.kind, len(activities)


class _GoalsOfFacts(NamedTuple):
    """The goals that some facts reach."""

    bits: int
    is_from_right_party: bool
    reads_sums: bool


_SUMS = ("all_untouched", "all_open_untouched", "has_begun")
"""The facts that sum up the activities of a work request."""


class _WatchedFacts(Facts):
    """Facts that record which of them are read."""

    read: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in Facts._fields:
            self.read.add(name)
        return super().__getattribute__(name)
