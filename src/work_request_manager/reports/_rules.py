"""What reports say of the rules themselves."""

from collections.abc import Mapping

from work_request_manager import diagrams
from work_request_manager._values import FrozenDict
from work_request_manager.log._findings import LOG_RULES, Level, LogRule
from work_request_manager.rules import RULES, Basis, Rule

_RULES: tuple[Rule | LogRule, ...] = (*RULES, *LOG_RULES)
ALL_RULES: Mapping[str, Rule | LogRule] = FrozenDict({rule.id: rule for rule in _RULES})
"""Every rule that a finding can be of, by its id, in order."""


def level_of(rule: Rule | LogRule) -> Level:
    """Return the level of a rule's findings where no other is chosen."""
    if isinstance(rule, LogRule):
        return rule.level
    return Level.WARNING if rule.basis is Basis.ASSUMED else Level.ERROR


def help_of(rule: Rule | LogRule) -> str:
    """Return what there is to know of a rule, in lines."""
    if isinstance(rule, LogRule):
        return f"Finds:   {rule.statement}\nLevel:   {rule.level}"
    lines = [
        f"Refuses: {rule.statement}",
        f"Basis:   {rule.basis} ({rule.basis.meaning})",
        f"Source:  {rule.source}",
    ]
    if rule.basis is Basis.ASSUMED:
        lines.append(f"Choose:  it warns; --strict lets it refuse, --without {rule.id} leaves it out")
    return "\n".join([*lines, *(f"Graph:   {place}" for place in diagrams.places_of(rule.id))])


def statistics_table(statistics: Mapping[str, int]) -> str:
    """Return a table of the rules that were found, and how often each was."""
    rows = []
    for rule_id, rule in ALL_RULES.items():
        if rule_id in statistics:
            basis = "log" if isinstance(rule, LogRule) else rule.basis
            rows.append([rule_id, rule.name, basis, f"{statistics[rule_id]:,}"])
    return diagrams.text(["rule", "name", "basis", "found"], rows)
