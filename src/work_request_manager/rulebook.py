"""Which rules are in use, and which of them refuse."""

from collections.abc import Mapping

import attrs

from work_request_manager._values import FieldValueError, Record, of_type, tuple_of
from work_request_manager.facts import Facts
from work_request_manager.judging import Verdict, judge
from work_request_manager.rules import RULES, RULES_BY_ID, Basis, Rule


@attrs.frozen(eq=False, repr=False)
class Rulebook(Record):
    """The rules in use: a refusal needs a citation, so assumed rules warn, unless the rulebook is strict.

    Args:
        rules: the rules in use, in order; only assumed ones can be missing (see `without`).
        is_strict: whether assumed rules refuse too.
    """

    rules: tuple[Rule, ...] = attrs.field(default=RULES, validator=tuple_of(Rule))
    is_strict: bool = attrs.field(default=False, validator=of_type(bool))
    _refuses: Mapping[str, bool] = attrs.field(init=False, eq=False, repr=False)
    _verdicts: dict[Facts, Verdict] = attrs.field(init=False, eq=False, repr=False, factory=dict)

    @_refuses.default
    def _which_refuse(self) -> Mapping[str, bool]:
        return {rule.id: self.is_strict or rule.basis is not Basis.ASSUMED for rule in self.rules}

    def __attrs_post_init__(self) -> None:
        if self.rules != tuple(rule for rule in RULES if rule in self.rules or rule.basis is not Basis.ASSUMED):
            raise FieldValueError(
                "rules", "are not the library's in their order, some assumed ones apart; use `without`"
            )

    def __reduce__(self) -> tuple[type["Rulebook"], tuple[tuple[Rule, ...], bool]]:
        return Rulebook, (self.rules, self.is_strict)

    def __getitem__(self, rule_id: str) -> Rule:
        """Return the rule with this id; KeyError where it is not in use."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def strict(self) -> "Rulebook":
        """Return the rulebook in which the assumed rules in use refuse too."""
        return Rulebook(self.rules, is_strict=True)

    def without(self, *rule_ids: str) -> "Rulebook":
        """Return the rulebook that does not judge by these assumed rules.

        Raises: ValueError for a rule that is not in use, or has a source and so can't go.
        """
        for rule_id in rule_ids:
            if rule_id not in self._refuses:
                why = "was left out already" if rule_id in RULES_BY_ID else "is none that events are judged by"
                raise ValueError(f"rule {rule_id!r} is not in this rulebook: it {why}")
            if self[rule_id].basis is not Basis.ASSUMED:
                raise ValueError(
                    f"rule {self[rule_id]} is {self[rule_id].basis}, not assumed; only assumed rules can be left out"
                )
        return Rulebook(tuple(rule for rule in self.rules if rule.id not in rule_ids), self.is_strict)

    def judge(self, facts: Facts) -> Verdict:
        """Return the verdict on some facts; worked out once, then remembered."""
        verdict = self._verdicts.get(facts)
        if verdict is None:
            verdict = self._verdicts[facts] = judge(facts, self._refuses)
        return verdict


DEFAULT_RULEBOOK = Rulebook()
"""All rules; the assumed ones warn."""
