"""The rules in use, and which of them refuse."""

from collections.abc import Iterable

import attrs

from work_request_manager._values import ValueObject, as_tuple, instance_of, require_argument, short_repr, tuple_of
from work_request_manager.errors import FieldValueError
from work_request_manager.facts import Facts
from work_request_manager.judging import Judgement, judge
from work_request_manager.rules import RULES, RULES_BY_ID, Basis, Rule


def _as_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return as_tuple(rules)


@attrs.frozen(eq=False, repr=False)
class Rulebook(ValueObject):
    """The rules in use. An assumed rule only warns, unless the rulebook is strict: a refusal needs a citation.

    Args:
        rules: the rules in use, in order. Only assumed rules can be missing (see `without`).
        is_strict: whether assumed rules refuse too.
    """

    rules: tuple[Rule, ...] = attrs.field(default=RULES, converter=_as_rules, validator=tuple_of(Rule))
    is_strict: bool = attrs.field(default=False, validator=instance_of(bool))
    _refuses: dict[str, bool] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    _judgements: dict[Facts, Judgement] = attrs.field(init=False, eq=False, repr=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.rules != tuple(rule for rule in RULES if rule in self.rules or rule.basis is not Basis.ASSUMED):
            raise FieldValueError(
                "rules", "must be all rules of the library in their order; use `without` to leave out assumed ones"
            )
        self._refuses.update((rule.id, self.is_strict or rule.basis is not Basis.ASSUMED) for rule in self.rules)

    def __repr__(self) -> str:
        left_out = ", ".join(repr(rule.id) for rule in RULES if rule not in self.rules)
        without = f".without({left_out})" if left_out else ""
        return f"DEFAULT_RULEBOOK{without}{'.strict()' if self.is_strict else ''}"

    def __reduce__(self) -> tuple[type["Rulebook"], tuple[tuple[Rule, ...], bool]]:
        return Rulebook, (self.rules, self.is_strict)

    def __getitem__(self, rule_id: str) -> Rule:
        """Return the rule with this id.

        Raises:
            KeyError: the rulebook has no such rule.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(f"rule {short_repr(rule_id)} is not in this rulebook")

    def strict(self) -> "Rulebook":
        """Return a rulebook with the same rules in which assumed rules refuse too."""
        return Rulebook(self.rules, is_strict=True)

    def without(self, *rule_ids: str) -> "Rulebook":
        """Return a rulebook that does not use these assumed rules.

        Args:
            rule_ids: the ids of the rules to leave out.

        Raises:
            ValueError: a rule is not in use, or is not an assumed rule.
            TypeError: an id is not text.
        """
        for rule_id in rule_ids:
            require_argument("rule_id", rule_id, str, 'ids of rules, such as "WRM207", one argument for each')
            if rule_id not in self._refuses:
                why = "it was left out before" if rule_id in RULES_BY_ID else "there is no such rule"
                raise ValueError(f"rule {short_repr(rule_id)} is not in this rulebook: {why}")
            if self[rule_id].basis is not Basis.ASSUMED:
                raise ValueError(
                    f"rule {self[rule_id]} is {self[rule_id].basis}, not assumed; only assumed rules can be left out"
                )
        return Rulebook(tuple(rule for rule in self.rules if rule.id not in rule_ids), self.is_strict)

    def judge(self, facts: Facts) -> Judgement:
        """Return the judgement of some facts. It is computed once and cached."""
        judgement = self._judgements.get(facts)
        if judgement is None:
            judgement = self._judgements[facts] = judge(facts, self._refuses)
        return judgement


DEFAULT_RULEBOOK = Rulebook()
"""All rules. The assumed ones warn."""
