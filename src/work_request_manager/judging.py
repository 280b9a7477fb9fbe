"""From facts to a judgement: the broken rules, the answer, and the move that the machines allow.

The steps are those of the rulebook, section 4. No rule is stated here, and no work request is read.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import attrs

from work_request_manager._values import WireEnum
from work_request_manager.facts import Facts, cell_ref
from work_request_manager.graph import STATUS_GRAPH, CellRef, Move, cell_at, move_made, rules_of
from work_request_manager.kinds import Target
from work_request_manager.machine import Machines, activity_machine, allocation_machine
from work_request_manager.model import Category
from work_request_manager.rules import RULES, RULES_BY_ID, Rule


class Answer(WireEnum):
    """The three answers to an event, named like the classes of the decisions."""

    CONSUMED = "Consumed"
    NOT_CONSUMED = "NotConsumed"
    REFUSED = "Refused"


class Judgement(NamedTuple):
    """The judgement of some facts.

    Args:
        facts: the facts.
        answer: the answer to every event with these facts.
        violations: the broken rules that refuse it, in the order of the rulebook.
        warnings: the broken rules that do not refuse it, in the order of the rulebook.
        move: the move that a consumed event makes. It leads where the machine says. None if it makes none.
    """

    facts: Facts
    answer: Answer
    violations: tuple[Rule, ...] = ()
    warnings: tuple[Rule, ...] = ()
    move: Move | None = None

    @property
    def broken(self) -> tuple[str, ...]:
        """The ids of all broken rules: those that refuse, then those that warn."""
        return tuple(rule.id for rule in self.violations + self.warnings)


MACHINES = Machines(activity_machine(), allocation_machine())


def judge(facts: Facts, refuses: Mapping[str, bool], machines: Machines = MACHINES) -> Judgement:
    """Judge some facts by the rules in use.

    Args:
        facts: the facts about an event.
        refuses: the id of each rule in use, and whether it refuses (True) or warns (False).
        machines: the machines that say which moves exist and where they lead.
    """
    kind = facts.kind
    if kind.target is Target.NEW:
        return _judgement(facts, refuses, _broken((*kind.sender_rules, *kind.rules), facts))
    if not facts.work_request_exists:
        return _judgement(facts, refuses, ["WRM401"])
    if not facts.activity_exists:
        return _judgement(facts, refuses, ["WRM403"])
    broken = _broken(kind.sender_rules, facts)
    if facts.is_repeat:
        broken = [rule_id for rule_id in broken if rule_id not in kind.repeat_keeps]
        if not any(refuses.get(rule_id) for rule_id in broken):
            return Judgement(facts, Answer.NOT_CONSUMED, warnings=_in_order(broken, refuses, refusing=False))
    if facts.is_closed:
        return _judgement(facts, refuses, [*broken, *_final(facts), *kind.final_rules])
    broken += _broken(kind.rules, facts)
    ref = cell_ref(facts)
    if ref is None:
        return _judgement(facts, refuses, broken)
    cell = cell_at(ref)
    if isinstance(cell, Move) or machines.move(ref, ()) is None:
        broken += _broken(rules_of(cell), facts)
    judgement = _judgement(facts, refuses, broken)
    move = machines.move(ref, [rule.id for rule in judgement.violations])
    if judgement.violations:
        return judgement
    assert move is not None, f"the machine has no move at {ref}, but no rule forbids it"
    assert move.to is not None, f"the machine forbids the move at {ref}, but no rule does"
    made = move_made(CellRef(ref.row, move.to) if isinstance(move.to, Category) else ref)
    return judgement._replace(move=attrs.evolve(made, name=move.trigger, to=move.to))


def _judgement(facts: Facts, refuses: Mapping[str, bool], broken: Collection[str]) -> Judgement:
    violations = _in_order(broken, refuses, refusing=True)
    answer = Answer.REFUSED if violations else Answer.CONSUMED
    return Judgement(facts, answer, violations, _in_order(broken, refuses, refusing=False))


def _broken(consulted: Iterable[str], facts: Facts) -> list[str]:
    rules = (RULES_BY_ID[rule_id] for rule_id in consulted)
    return [rule.id for rule in rules if rule.is_kept is None or not rule.is_kept(facts)]


def _final(facts: Facts) -> tuple[str, ...]:
    if facts.category is None:
        return ("WRM209",)
    # The row Closed is about status updates, but its rule holds for every event (FAQ 6).
    return rules_of(STATUS_GRAPH[Category.CLOSED][Category.CLOSED])


def _in_order(broken: Collection[str], refuses: Mapping[str, bool], *, refusing: bool) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.id in broken and refuses.get(rule.id) is refusing)
