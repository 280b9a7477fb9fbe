"""The parts of reports that are about the rules themselves."""

from collections.abc import Mapping

from work_request_manager._values import FrozenDict
from work_request_manager.log import LOG_RULES, Level, LogRule
from work_request_manager.reports.diagrams import squares_naming
from work_request_manager.reports.tables import Table
from work_request_manager.rules import RULES, Basis, Rule

_RULES: tuple[Rule | LogRule, ...] = (*RULES, *LOG_RULES)
ALL_RULES: Mapping[str, Rule | LogRule] = FrozenDict({rule.id: rule for rule in _RULES})
"""All rules that a finding can name, by id and in order."""

_HOME = "https://pypi.org/project/work-request-manager/"


def level_of(rule: Rule | LogRule) -> Level:
    """Return the level that the findings of a rule have by default."""
    if isinstance(rule, LogRule):
        return rule.level
    return Level.WARNING if rule.basis is Basis.ASSUMED else Level.ERROR


def help_of(rule: Rule | LogRule) -> str:
    """Return an explanation of a rule, in lines."""
    if isinstance(rule, LogRule):
        return f"Finds:   {rule.statement}\nLevel:   {rule.level}"
    lines = [
        f"Refuses: {rule.statement}",
        f"Basis:   {rule.basis} ({rule.basis.meaning})",
        f"Source:  {rule.source}",
    ]
    if rule.basis is Basis.ASSUMED:
        lines.append(f"Options: it warns by default, refuses with --strict, and is off with --without {rule.id}")
    return "\n".join([*lines, *(f"Graph:   {square}" for square in squares_naming(rule.id))])


def help_uri_of(rule: Rule | LogRule) -> str:
    """Return the address of a rule: the page of the package, which leads to its docs, with the id of the rule."""
    return f"{_HOME}#{rule.id}"


def statistics_table(statistics: Mapping[str, int]) -> str:
    """Return a table of the rules that have findings, with the number of findings of each."""
    rows = []
    for rule_id, rule in ALL_RULES.items():
        if rule_id in statistics:
            basis = "log" if isinstance(rule, LogRule) else rule.basis
            rows.append([rule_id, rule.name, basis, f"{statistics[rule_id]:,}"])
    return Table(["rule", "name", "basis", "found"], rows).as_text()
