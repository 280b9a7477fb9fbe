"""Every rule with an accepting and a refusing example, and the rulebooks made of the rules."""

import json
import pickle
from typing import Any

import pytest

from parties import HOLDER, answer, from_, request
from rule_examples import (
    ACTIVE,
    BUSY,
    COMPLETION,
    EXAMPLES,
    EXPECTED_RULES,
    NEW,
    NEW_SPARE,
    PAUSED,
    REVIEW,
    SPARE,
    Example,
    cancel,
    create,
    reject,
    status,
)
from work_request_manager import (
    DEFAULT_RULEBOOK,
    AnyEvent,
    Basis,
    Rulebook,
    Section,
    SiteContact,
    decide,
    events,
)
from work_request_manager.rules import RULES, Rule


def test_the_rules_are_those_of_the_rulebook() -> None:
    """All 29 rules are there, in order, each with its name, basis and source, and a unique statement."""
    assert [f"{rule.id} {rule.name} {rule.basis} {rule.source}" for rule in RULES] == EXPECTED_RULES
    assert len(RULES) == 29
    assert all(rule.statement.endswith(".") for rule in RULES)
    assert len({rule.statement for rule in RULES}) == 29


def test_every_rule_has_an_example() -> None:
    """Each rule has an accepting and a refusing example."""
    assert {example[0] for example in EXAMPLES} == {rule.id for rule in RULES}


@pytest.mark.parametrize(("rule", "kept", "broken", "all_broken", "reason"), EXAMPLES)
def test_a_rule_is_kept_and_broken(
    rule: str, kept: Example, broken: Example, all_broken: list[str], reason: str
) -> None:
    """The accepting example is consumed. The refusing one is refused, or warned about, with the actual values."""
    assert answer(decide(*kept)) == ("Consumed", [], [])
    is_assumed = DEFAULT_RULEBOOK[rule].basis is Basis.ASSUMED
    decision = decide(*broken)
    assert answer(decision) == (("Consumed", [], all_broken) if is_assumed else ("Refused", all_broken, []))
    assert answer(decide(*broken, rulebook=DEFAULT_RULEBOOK.strict())) == ("Refused", all_broken, [])
    violations: Any = decision.warnings or getattr(decision, "violations", ())
    violation = next(violation for violation in violations if violation.rule.id == rule)
    assert violation.reason == reason
    assert type(violation.facts) is dict
    assert tuple(violation.facts) == violation.rule.fact_names
    assert violation.rule.message.format_map(violation.facts) == violation.reason
    assert json.loads(json.dumps(violation.facts)) == violation.facts
    assert str(violation).startswith(f"{rule} {violation.rule.name} ({violation.rule.basis}")


def test_facts_are_structured_values() -> None:
    """A violation has the values that the common facts name, those of its target, and the activities that it lists."""
    common = {"work_request_id": "WR-1", "activity_id": None}
    (one,) = decide(request(PAUSED), cancel()).violations  # type: ignore[union-attr]  # it is refused
    assert one.facts == {
        **common,
        "event": "CancelTaskActivityEvent",
        "activity_id": "A-1",
        "sender": "Chorus",
        "sender_role": "Chorus",
        "sender_id": "chorus",
        "category": "Open",
        "state": "Open",
        "status": "Open",
        "has_been_active": True,
        "been_active": " and has been active",
    }
    (several,) = decide(request(BUSY, SPARE), reject("Duplicate")).violations  # type: ignore[union-attr]  # likewise
    assert several.facts == {
        **common,
        "event": "RejectTaskEvent",
        "sender": "WorkSupplier northline",
        "sender_role": "WorkSupplier",
        "sender_id": "northline",
        "activities": [
            {"id": "A-1", "type": "FIBRE_CONNECT", "category": "Active", "state": "OnSite", "has_been_active": True}
        ],
        "activity_count": 1,
        "listing": "activity A-1 is Active (OnSite)",
    }


@pytest.mark.parametrize("section", Section)
def test_suppliers_send_two_sections_of_the_details(section: Section) -> None:
    """WRM303 lets suppliers send attachments and additional infos."""
    event = events.UpdateDetails(**from_(HOLDER, section=section, values=[]))
    is_theirs = section in (Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS)
    assert answer(decide(request(), event)) == ("Consumed", [], [] if is_theirs else ["WRM303"])


@pytest.mark.parametrize(
    "event",
    [
        create(NEW, sender=HOLDER),
        events.Resume(**from_(HOLDER)),
        events.AddActivity(**from_(HOLDER, activity=NEW_SPARE)),
        events.UpdateSiteContact(**from_(HOLDER, contact=SiteContact("Mere"))),
        events.RequestCancellation(**from_(HOLDER)),
        events.RequestCancellation(**from_(HOLDER, activity_id="A-1")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_supplier_that_sends_a_requestors_event_is_warned(event: AnyEvent) -> None:
    """WRM303 names these events too."""
    before = None if isinstance(event, events.CreateWorkRequest) else request(on_hold=True)
    assert answer(decide(before, event)) == ("Consumed", [], ["WRM303"])


def test_rulebooks_say_which_rules_they_have() -> None:
    """The rules are in order and can be looked up by id. Only assumed rules can be left out."""
    assert DEFAULT_RULEBOOK.rules == RULES
    assert DEFAULT_RULEBOOK["WRM201"].name == "closed-is-final"
    lighter = DEFAULT_RULEBOOK.without("WRM206", "WRM107")
    assert [rule for rule in RULES if rule not in lighter.rules] == [RULES[6], DEFAULT_RULEBOOK["WRM206"]]
    with pytest.raises(KeyError, match="WRM206"):
        lighter["WRM206"]
    assert answer(decide(request(on_hold=True), status(COMPLETION), rulebook=lighter)) == ("Consumed", [], [])
    assert answer(decide(request(), status(REVIEW), rulebook=lighter.strict())) == ("Refused", ["WRM207"], [])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.basis is not Basis.ASSUMED], ids=lambda rule: rule.id)
def test_a_rule_with_a_source_cannot_be_left_out(rule: Rule) -> None:
    """The error names its basis. A rulebook without it cannot be built either."""
    with pytest.raises(
        ValueError, match=rf"^rule {rule} is {rule.basis}, not assumed; only assumed rules can be left out$"
    ):
        DEFAULT_RULEBOOK.without(rule.id)
    with pytest.raises(ValueError, match="rules must be all rules of the library"):
        Rulebook(tuple(other for other in RULES if other is not rule))


def test_a_rule_that_is_not_in_the_rulebook_cannot_be_left_out() -> None:
    """An unknown id, or one that was left out before, is an error that says so."""
    with pytest.raises(ValueError, match="'WRM999' is not in this rulebook: there is no such rule"):
        DEFAULT_RULEBOOK.without("WRM999")
    with pytest.raises(ValueError, match="'WRM206' is not in this rulebook: it was left out before"):
        DEFAULT_RULEBOOK.without("WRM206").without("WRM206")


def test_rulebooks_are_values() -> None:
    """They are equal by their rules and strictness, not by their caches. `strict` and `without` commute."""
    strict = DEFAULT_RULEBOOK.strict()
    assert strict.without("WRM104") == DEFAULT_RULEBOOK.without("WRM104").strict() != strict
    assert strict.strict() == strict != DEFAULT_RULEBOOK
    decide(request(), status(ACTIVE), rulebook=strict)
    assert Rulebook(is_strict=True) == strict
    assert hash(Rulebook(is_strict=True)) == hash(strict)
    assert pickle.loads(pickle.dumps(strict.without("WRM104"))) == strict.without("WRM104")
    assert repr(strict.without("WRM104")) == "DEFAULT_RULEBOOK.without('WRM104').strict()"
    assert repr(DEFAULT_RULEBOOK) == "DEFAULT_RULEBOOK"
    with pytest.raises(TypeError, match="is_strict"):
        Rulebook(is_strict="yes")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(TypeError, match=r"rules\[0\] is 'WRM101' \(str\); it must be a Rule"):
        Rulebook(("WRM101",))  # type: ignore[arg-type]  # what is tested


def test_bases_say_what_they_mean() -> None:
    """Each basis has a meaning, and each rule a citation."""
    assert len({basis.meaning for basis in Basis}) == 4
    assert DEFAULT_RULEBOOK["WRM201"].citation == "stated, FAQ 6"
    assert DEFAULT_RULEBOOK["WRM206"].citation == "assumed"
