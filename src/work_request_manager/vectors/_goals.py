"""What there is to pass on the way through the rules: points, told by what an event meets where it is judged."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from work_request_manager.deciding import settle
from work_request_manager.events import Event, UpdateActivityStatus
from work_request_manager.facts import Facts, extract_facts
from work_request_manager.judging import SENDER_RULES, Answer, Judgement, cell_ref
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import Rulebook


class Sent(NamedTuple):
    """An event that was sent, what was said of it, and what came of it."""

    before: WorkRequest | None
    event: Event
    facts: Facts
    judgement: Judgement
    after: WorkRequest | None

    @property
    def broken(self) -> tuple[str, ...]:
        """The ids of the rules that it broke."""
        return tuple(rule.id for rule in self.judgement.violations + self.judgement.warnings)

    @property
    def is_consumed(self) -> bool:
        """Whether it was consumed."""
        return self.judgement.answer is Answer.CONSUMED

    @property
    def closes(self) -> bool:
        """Whether it closed the work request."""
        return self.after is not None and self.after.is_closed and not (self.before and self.before.is_closed)


def send(before: WorkRequest | None, event: Event, rulebook: Rulebook) -> Sent:
    """Return what comes of an event."""
    facts = extract_facts(before, event)
    judgement, after, _ = settle(facts, before, event, rulebook)
    return Sent(before, event, facts, judgement, after)


def send_all(before: WorkRequest | None, events: Iterable[Event], rulebook: Rulebook) -> Iterator[Sent]:
    """Yield what comes of events, one after another."""
    for event in events:
        sent = send(before, event, rulebook)
        before = sent.after
        yield sent


class Points:
    """Numbers the points that events pass, as they are met: judgements, the facts behind them, and effects.

    Args:
        rulebook: the rules by which the events are judged.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        # One that has not judged anything yet, so that it looks at the facts that it is asked about.
        self._rulebook = Rulebook(rulebook.rules, rulebook.is_strict)
        self._numbers: dict[Hashable, int] = {}
        self._of_facts: dict[Facts, _OfFacts] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, events: Iterable[Sent], *, is_filled_in: bool = False) -> int:
        """Return the points that events pass, one after another, as the bits of a number.

        Args:
            events: what was sent.
            is_filled_in: whether the work request had something in every field.
        """
        bits, last = 0, None
        for sent in events:
            bits |= self._judged(sent.facts).bits
            for point in self._met(sent, last, is_filled_in):
                bits |= self._bit(point)
            last = sent
        return bits

    def _bit(self, point: Hashable) -> int:
        return 1 << self._numbers.setdefault(point, len(self._numbers))

    def _judged(self, facts: Facts) -> "_OfFacts":
        known = self._of_facts.get(facts)
        if known is None:
            watched = _Watched(*facts)
            watched.seen = set()
            judgement = self._rulebook.judge(watched)
            looked_at = tuple((name, value) for name, value in facts._asdict().items() if name in watched.seen)
            broken = [rule.id for rule in judgement.violations + judgement.warnings]
            judgement = (facts.event, facts.section, cell_ref(facts), facts.sender, judgement.answer, *broken)
            bits = self._bit(judgement)
            is_from_right_party = not any(rule in SENDER_RULES for rule in broken)
            if is_from_right_party:
                # What the judgement depends on: the facts that were looked at on the way to it.
                bits |= self._bit(looked_at)
            sums = any(name in _SUMS for name, _ in looked_at)
            known = self._of_facts[facts] = _OfFacts(bits, is_from_right_party, sums)
        return known

    def _met(self, sent: Sent, last: Sent | None, is_filled_in: bool) -> Iterator[Hashable]:
        facts, judged = sent.facts, self._judged(sent.facts)
        if sent.before is None or not judged.is_from_right_party:
            return
        activities = sent.before.activities
        depends_on_all = judged.sums or sent.closes
        # Facts sum the activities up; here it counts which of them is touched, and how.
        shape = tuple((each.is_untouched, each.is_closed, each.has_begun) for each in activities)
        if depends_on_all:
            yield "shape", facts.event, shape, sent.judgement.answer, *sent.broken
        elif facts.category is None:
            yield "shape", sent.judgement.answer, *((each.status.category, each.has_begun) for each in activities)
        if sent.is_consumed and isinstance(sent.event, UpdateActivityStatus):
            yield "state", cell_ref(facts), sent.event.status.state == sent.event.status.category
        if sent.is_consumed and is_filled_in:
            yield "filled in", facts.event, shape if depends_on_all else cell_ref(facts)
            yield "filled in", facts.event, sent.before.on_hold
            yield "filled in", facts.event, sent.before.allocation
        if last is not None and last.closes:
            yield "closed by", last.facts.event, len(activities)


class _OfFacts(NamedTuple):
    """What some facts tell of the points that they pass."""

    bits: int
    is_from_right_party: bool
    sums: bool


_SUMS = ("all_untouched", "all_open_untouched", "has_begun")
"""The facts that sum a work request's activities up."""


class _Watched(Facts):
    """Facts that note which of them are looked at."""

    seen: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in Facts._fields:
            self.seen.add(name)
        return super().__getattribute__(name)
