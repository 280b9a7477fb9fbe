"""Cache misses: the library's own judgement and effect, for every completion of the facts that a log leaves unknown.

No rule and no effect is stated here. A completion is a small work request which, with the event, has the facts of the
one in the log. If nothing is unknown there is one completion.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import attrs
import msgspec

from work_request_manager._copying import copy_work_request
from work_request_manager.evolving import evolved, is_possible
from work_request_manager.facts import Facts, extract_facts, relation_of
from work_request_manager.judging import Judgement
from work_request_manager.kinds import Append, EventKind, Replace, SetFlag
from work_request_manager.log._fast.nodes import Node, Nodes
from work_request_manager.log._fast.plans import DIFFERENT, PERHAPS, SAME, Plan, sameness
from work_request_manager.log._fast.sentences import Sentence, sentence_of
from work_request_manager.log._fast.tracking import (
    ALLOCATIONS,
    ANY_ALLOCATION,
    HELD,
    MAYBE_HELD,
    UNKNOWN,
    TrackedActivity,
    TrackedRequest,
)
from work_request_manager.log._findings import Level
from work_request_manager.model import (
    Activity,
    ActivityType,
    Allocation,
    Closure,
    WorkRequest,
)
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import RULES, Rule

CONSUMED, NOT_CONSUMED, REFUSED = range(3)
"""The answers, as indices of the counts."""

Broken = tuple[tuple[Rule, Level, Sentence], ...]
"""The broken rules of an event, each with the level and the sentence of its finding, in the order of the rulebook."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """The cached result of an event for an activity, if there is more to say than its node after the event.

    Args:
        answer: CONSUMED, NOT_CONSUMED or REFUSED.
        broken: the rules that are certainly broken.
        takes_effect: whether the event may change anything.
        node: the node of the activity after the event.
        state: its state after the event. None if it keeps its own, "" if it takes the event's.
        is_repeat: whether the event is a repeat of the same state, and has no finding.
    """

    answer: int
    broken: Broken
    takes_effect: bool
    node: Node
    state: str | None
    is_repeat: bool = False


class WholeResult(msgspec.Struct, frozen=True, gc=False):
    """The cached result of an event for a work request as a whole.

    Args:
        answer: CONSUMED, NOT_CONSUMED or REFUSED.
        broken: the rules that are certainly broken.
        takes_effect: whether the event may change anything.
        allocation: the index of the allocation after the event. None if it stays as it is.
        moves_activities: whether the event may change activities that exist.
        is_plain: whether the event is consumed, has no finding, and changes at most one value.
    """

    answer: int
    broken: Broken
    takes_effect: bool
    allocation: int | None = None
    moves_activities: bool = False
    is_plain: bool = False


class Effect(NamedTuple):
    """The effect of an event for a whole work request on the activities of one node.

    Args:
        node: their node after it.
        state: their state after it. None if they keep their own.
        clears_worker: whether it removes the worker. None if it does so for some variants.
    """

    node: Node
    state: str | None
    clears_worker: bool | None


def certain(judgements: list[Judgement], kind: EventKind) -> tuple[int, Broken]:
    """Return the answer, and the rules that are broken in every completion (rulebook, section 8)."""
    first, *others = judgements
    ids = set(first.broken).intersection(*(each.broken for each in others))
    refusing = {rule.id for each in judgements for rule in each.violations}
    broken = tuple(
        (rule, Level.ERROR if rule.id in refusing else Level.WARNING, sentence_of(rule, kind))
        for rule in RULES
        if rule.id in ids
    )
    if not refusing.isdisjoint(ids):
        return REFUSED, broken
    is_repeat = all(each.facts.is_repeat for each in judgements)  # whether or not the sender may send it
    return NOT_CONSUMED if is_repeat else CONSUMED, broken


class Engine:
    """The library's rules and effects, for the nodes of a log.

    Args:
        rulebook: the rules to judge by.
        is_history: whether events take effect even if they break rules (rulebook, section 7).
        nodes: the nodes of the log.
    """

    def __init__(self, rulebook: Rulebook, *, is_history: bool, nodes: Nodes) -> None:
        self.rulebook = rulebook
        self.is_history = is_history
        self.nodes = nodes

    def for_activity(
        self,
        request: TrackedRequest,
        activity: TrackedActivity,
        plan: Plan,
        events: Sequence[Any],
        own: int,
        value: Any,
    ) -> Node | Result:
        """Return the result of an event for an activity.

        Args:
            request: the work request.
            activity: the activity.
            plan: the plan of the event.
            events: the event, once for each sender that it may have.
            own: the plan's part of the key.
            value: the value that the event gives, as it is kept.
        """
        judgements, before, after = [], [], []
        activities = list(_activities(activity, plan.kind, events[0], own, value))
        for event in events:
            # About an activity, the rules read no more of a work request than these two facts.
            alike = {(relation_of(each, event.sender), each.on_hold): each for each in _parties(request, event)}
            for given, parties in product(activities, alike.values()):
                whole = copy_work_request(parties, activities=(given,))
                facts = extract_facts(whole, event)
                judgements.append(self.rulebook.judge(facts))
                before.append(given)
                after.append(_one_activity(evolved(whole, event, facts)))
        answer, broken = certain(judgements, plan.kind)
        if not self._takes_effect(answer):
            is_repeat = answer == NOT_CONSUMED and not broken and activity.state == value
            return Result(answer, broken, False, activity.node, None, is_repeat)
        node = self.nodes.of(after)
        state = _state_after(before, after, events[0].status.state if plan.gives_status else None)
        is_as_given = state == "" if plan.gives_status else state is None and node is activity.node
        if answer == CONSUMED and not broken and is_as_given:
            return node
        return Result(answer, broken, True, node, state)

    def _takes_effect(self, answer: int) -> bool:
        return answer == CONSUMED or (answer == REFUSED and self.is_history)

    def for_whole(self, request: TrackedRequest, plan: Plan, event: Any, own: int) -> WholeResult:
        """Return the result of an event for a work request as a whole. `own` is as for `for_activity`."""
        judgements, before, after = [], [], []
        new_id = event.activity.id if plan.adds else ""
        for activities in self._samples(request, new_id):
            if plan.adds and request.activity(new_id) is not None:
                activities = (attrs.evolve(activities[0], id=new_id), *activities[1:])
            for parties in _parties(request, event):
                for fields in _own_fields(plan.kind, event, own):
                    whole = copy_work_request(parties, activities=activities, **fields)
                    facts = extract_facts(whole, event)
                    judgements.append(self.rulebook.judge(facts))
                    before.append(whole)
                    result = evolved(whole, event, facts)
                    assert result is not None, "an event does not remove a work request"
                    after.append(result)
        answer, broken = certain(judgements, plan.kind)
        if not self._takes_effect(answer):
            return WholeResult(answer, broken, takes_effect=False)
        steps = [
            ((one.allocation, one.rejection_reason), (two.allocation, two.rejection_reason))
            for one, two in zip(before, after, strict=True)
        ]
        moves = any(one.activities is not two.activities for one, two in zip(before, after, strict=True))
        allocation = None if all(one == two for one, two in steps) else ALLOCATIONS.index(steps[0][1])
        is_plain = answer == CONSUMED and not broken and not moves and not plan.adds
        if allocation is not None and ALLOCATIONS[allocation][0] is not Allocation.ACCEPTED:
            is_plain = False  # the holder changes too
        return WholeResult(answer, broken, True, allocation, moves and not plan.adds, is_plain)

    def for_facts(self, facts: Facts) -> WholeResult:
        """Return the result of an event with these facts: a create, or one whose target does not exist."""
        answer, broken = certain([self.rulebook.judge(facts)], facts.kind)
        takes_effect = is_possible(facts) if self.is_history else answer == CONSUMED
        return WholeResult(answer, broken, takes_effect, is_plain=answer == CONSUMED and not broken)

    def effect_on(self, node: Node, request: TrackedRequest, event: Any) -> Effect:
        """Return the effect of an event for a whole work request on the activities of one node."""
        before = [variant.activity(state=_ANOTHER, worker=_ANOTHER) for variant in node.variants]
        parties = next(_parties(request, event))
        # Another activity, which is open, keeps a cancellation from being a repeat, which would change nothing.
        wholes = [copy_work_request(parties, activities=(given, _OPEN_ONE)) for given in before]
        after = [_one_activity(evolved(whole, event, extract_facts(whole, event))) for whole in wholes]
        cleared = {each.worker is None for each in after}
        return Effect(
            self.nodes.of(after), _state_after(before, after, None), cleared.pop() if len(cleared) == 1 else None
        )

    def _samples(self, request: TrackedRequest, new_id: str) -> Iterator[tuple[Activity, ...]]:
        """Yield a few activities for each sum of their facts that is possible. None has the id `new_id`."""
        sums: dict[int, tuple[Activity, ...]] = {0: ()}
        nodes = [(self.nodes.by_index[index], count, False) for index, count in request.nodes().items()]
        if request.unseen is not None:
            # As many unseen activities as make a difference, or none if there need not be one.
            nodes.append((request.unseen, len(request.unseen.bits), not request.has_unseen))
        for node, count, is_optional in nodes:
            for number in range(min(count, len(node.bits))):
                more = {
                    bits | own: (*activities, variant.activity(f"{new_id}-{len(activities)}"))
                    for bits, activities in sums.items()
                    for own, variant in node.bits.items()
                }
                sums = {**more, **sums} if number or is_optional else more
        yield from (activities for activities in sums.values() if activities)


_ANOTHER = "another"


def _other_than(*texts: str) -> str:
    """Return a text for an unknown value that is none of these."""
    return next(other for other in (_ANOTHER, *(text + _ANOTHER for text in texts)) if other not in texts)


_OPEN_ONE = Activity("another", ActivityType("-"))
_BLANK = WorkRequest("-", "-", "-", (_OPEN_ONE,))


def _one_activity(work_request: WorkRequest | None) -> Activity:
    assert work_request is not None, "an event does not remove a work request"
    return work_request.activities[0]


def _state_after(before: list[Activity], after: list[Activity], given: str | None) -> str | None:
    """Return the state after an event: None if it is kept, "" if it is the one that the event gives, or else the state.

    The state of a cancelled variant counts only if all are cancelled, because no rule reads it any more.
    """
    states = {each.status.state for each in after if each.closure is not Closure.CANCELLED}
    if given in states:
        return ""
    if all(one.status.state == two.status.state for one, two in zip(before, after, strict=True)):
        return None
    return min((states or {each.status.state for each in after}) - {_ANOTHER}, default=None)


def _possible(party: Any, named: Iterable[str]) -> Iterable[Any]:
    """Return the ids that a party may have: its own, or if it is unknown, those that the event names and another."""
    return (*named, _other_than(*named)) if party is UNKNOWN else (party,)


_BOTH = (False, True)


def _own_fields(kind: EventKind, event: Any, key: int) -> Iterator[dict[str, Any]]:
    """Yield the values of the target's field that the event sets: equal to the event's, or not, or each in turn."""
    effect = kind.effect
    if not isinstance(effect, Replace | Append | SetFlag):
        yield {}
        return
    for is_same in {DIFFERENT: (False,), SAME: (True,), PERHAPS: _BOTH}[key]:
        if isinstance(effect, Replace):
            yield {effect.field: getattr(event, effect.value) if is_same else None}
        elif isinstance(effect, Append):
            yield {effect.field: (getattr(event, effect.value),) if is_same else ()}
        else:
            yield {effect.field: effect.value is is_same}


def _activities(activity: TrackedActivity, kind: EventKind, event: Any, own: int, value: Any) -> Iterator[Activity]:
    """Yield each activity that the tracked one may be, as far as the event can tell them apart."""
    states: tuple[str, ...] = (_ANOTHER,)  # no rule compares the state with an event that gives none
    if kind.gives_status:
        asked = event.status.state
        other = _other_than(asked)
        states = {DIFFERENT: (other,), SAME: (asked,), PERHAPS: (asked, other)}[sameness(activity.state, value)]
    for variant, state, fields in product(activity.node.variants, states, list(_own_fields(kind, event, own))):
        yield variant.activity(activity.activity_id, activity.type, state, **fields)


def _parties(request: TrackedRequest, event: Any) -> Iterator[WorkRequest]:
    """Yield a work request for each combination of the parties, the allocation and the hold that may be so."""
    named = {event.sender.id, *([event.supplier] if hasattr(event, "supplier") else [])}
    suppliers = _possible(request.supplier, named)
    requestors = _possible(request.requestor, {event.sender.id})
    allocations = ALLOCATIONS if request.allocation == ANY_ALLOCATION else (ALLOCATIONS[request.allocation],)
    holds = _BOTH if request.hold == MAYBE_HELD else (request.hold == HELD,)
    for supplier, requestor, (allocation, reason), is_held in product(suppliers, requestors, allocations, holds):
        yield copy_work_request(
            _BLANK,
            id=event.work_request_id,
            requestor=requestor,
            supplier=supplier,
            allocation=allocation,
            rejection_reason=reason,
            on_hold=is_held,
        )
