"""The facts and the reason of every violation: of refusals, of warnings and of permits, for hostile texts too."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import RULEBOOKS, STRICT_RULEBOOK, any_work_requests, creations, events_for
from hostile import SUFFIXES, hostile
from parties import CHORUS, HOLDER, MAY_CANCEL, PARTIES, answer, from_
from rule_examples import EXAMPLES, Example
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    AnyEvent,
    Category,
    Decision,
    NewActivity,
    Refused,
    RejectionReason,
    Role,
    Status,
    Violation,
    WorkRequest,
    decide,
    events,
    permitted,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.rules import COMMON_FACTS, RULES

MAX_REASON = 2_000


def is_plain(value: Any) -> bool:
    """Return whether a value consists of the types that JSON has, and no subclasses of them."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return type(value) in (str, int, bool, type(None))


def check_violation(violation: Violation) -> None:
    """Check the facts and the reason of a violation."""
    rule, facts = violation.rule, violation.facts
    assert type(facts) is dict
    assert tuple(facts) == rule.fact_names
    assert rule.fact_names[: len(COMMON_FACTS)] == COMMON_FACTS
    assert rule.message.format_map(facts) == violation.reason
    assert rule.message.format_map(json.loads(json.dumps(facts))) == violation.reason
    assert is_plain(facts)
    assert len(violation.reason) <= MAX_REASON
    assert len(str(facts)) <= 2 * MAX_REASON
    assert len(repr(violation)) < 5_000
    assert str(violation) == f"{rule.id} {rule.name} ({rule.citation}): {violation.reason}"


def violations_of(decision: Decision) -> tuple[Violation, ...]:
    """Return the violations and warnings of a decision."""
    return (*(decision.violations if isinstance(decision, Refused) else ()), *decision.warnings)


def check_decision(before: WorkRequest | None, event: AnyEvent) -> set[str]:
    """Check all violations of an event under both rulebooks, and return the ids of the rules."""
    found = [v for rulebook in RULEBOOKS for v in violations_of(decide(before, event, rulebook=rulebook))]
    for violation in found:
        check_violation(violation)
    return {violation.rule.id for violation in found}


def expected_facts(before: WorkRequest | None, event: Any) -> dict[str, Any]:
    """Return the structured facts about an event, read from the event and the work request."""
    owner = event if isinstance(event, events.CreateWorkRequest) else before
    activity_id, status = getattr(event, "activity_id", None), getattr(event, "status", None)
    known = [each for each in (before.activities if before else ()) if each.id == activity_id]
    activity = known[0] if known else None
    reason = getattr(event, "reason", None) or (before.rejection_reason if before else None)
    return {
        "work_request_id": event.work_request_id,
        "activity_id": activity_id,
        "sender": str(event.sender),
        "sender_role": event.sender.role.value,
        "sender_id": event.sender.id,
        "requestor": owner.requestor if owner else None,
        "supplier": before.supplier if before else None,
        "allocation": before.allocation.value if before else None,
        "rejection_reason": None if reason is None else str(reason),
        "new_supplier": getattr(event, "supplier", None),
        "outcome": event.outcome.code if isinstance(event, events.RecordOutcome) else None,
        "activity_type": activity and activity.type.code,
        "category": activity and activity.status.category.value,
        "state": activity and activity.status.state,
        "status": activity and str(activity.status),
        "has_been_active": activity and activity.has_been_active,
        "requested_category": status and status.category.value,
        "requested_state": status and status.state,
        "requested_status": status and str(status),
        "allowed_roles": [role.value for role in Role if role in KINDS[type(event)].senders],
    }


def check_facts(before: WorkRequest | None, event: AnyEvent) -> None:
    """Check that the facts of all violations are the values of the event and the work request."""
    expected = expected_facts(before, event)
    for violation in violations_of(decide(before, event)):
        found = {name: value for name, value in violation.facts.items() if name in expected}
        assert found == {name: expected[name] for name in found}
        assert violation.facts["event"] in KINDS[type(event)].wire_names.values()
        if "activities" in violation.facts and len(violation.facts["activities"]) < 5:
            listed = violation.facts["activities"]
            assert violation.facts["activity_count"] == len(listed)
            assert all(each["id"] in violation.reason for each in listed)


@pytest.mark.parametrize("suffix", ["", *SUFFIXES], ids=lambda suffix: f"{suffix[:9]!r}x{len(suffix)}")
def test_reasons_are_made_of_facts_for_every_rule(suffix: str) -> None:
    """The refusing examples of all rules have facts and reasons that agree."""
    found: set[str] = set()
    for _, _, (before, event), _, _ in EXAMPLES:
        check_facts(before, event)
        found |= check_decision(hostile(before, suffix), hostile(event, suffix))
    assert found == {rule.id for rule in RULES}


@settings(max_examples=300, deadline=None)
@given(before=any_work_requests(), suffix=st.sampled_from(("", *SUFFIXES)), data=st.data())
def test_reasons_are_made_of_facts(before: WorkRequest, suffix: str, data: st.DataObject) -> None:
    """This holds for every event. Hostile texts change no answer."""
    event = data.draw(events_for(before))
    check_facts(before, event)
    hostile_before, hostile_event = hostile(before, suffix), hostile(event, suffix)
    check_decision(hostile_before, hostile_event)
    if not (isinstance(event, events.RejectWorkRequest) and event.reason == "Bored"):
        assert answer(decide(hostile_before, hostile_event)) == answer(decide(before, event))


@settings(max_examples=60, deadline=None)
@given(create=creations(), before=st.none() | any_work_requests(), suffix=st.sampled_from(("", *SUFFIXES)))
def test_reasons_of_create_events_are_made_of_facts(
    create: events.CreateWorkRequest, before: WorkRequest | None, suffix: str
) -> None:
    """This holds for create events with a wrong id, sender, category or list of activities."""
    started = [NewActivity("A-1", MAY_CANCEL, Status(Category.ACTIVE, "Lunch"))]
    for activities in (create.activities, [], create.activities * 2, started):
        for party in PARTIES:
            event = events.CreateWorkRequest(
                **from_(party, requestor=create.requestor, supplier=create.supplier, activities=activities)
            )
            check_decision(hostile(before, suffix), hostile(event, suffix))


@settings(max_examples=60, deadline=None)
@given(work_request=any_work_requests(), party=st.sampled_from(PARTIES), suffix=st.sampled_from(("", *SUFFIXES[:-1])))
def test_warnings_of_permits_are_made_of_facts(work_request: WorkRequest, party: Any, suffix: str) -> None:
    """The facts of a permit's warning come from the permit, because there is no event yet."""
    for permit in permitted(hostile(work_request, suffix), hostile(party, suffix)):
        for warning in permit.warnings:
            check_violation(warning)
            assert warning.rule.basis == "assumed"
            assert warning.facts["activity_id"] is None or permit.activity_id is not None


LONG = "x" * 300_000


def test_a_violation_lists_a_few_of_many_activities() -> None:
    """Its facts have the number of all of them, and the first five."""
    types = [MAY_CANCEL] * 15_000
    busy = [Activity(f"A-{n}{LONG[:900]}", each, Status(Category.ACTIVE), True) for n, each in enumerate(types)]
    many = WorkRequest("WR-1", "rsp-one", "northline", busy)
    new = [NewActivity(f"A-{n // 2}{LONG[:900]}", each, Status(Category.CLOSED)) for n, each in enumerate(types)]
    sent: list[Example] = [
        (many, events.RejectWorkRequest(**from_(HOLDER, reason=RejectionReason.DUPLICATE))),
        (many, events.ReallocateWorkRequest(**from_(CHORUS, supplier="southline"))),
        (many, events.CancelWorkRequest(**from_(CHORUS))),
        (many, events.CancelActivity(**from_(CHORUS, activity_id="A-1"))),
        (None, events.CreateWorkRequest(**from_(CHORUS, requestor="r", supplier="s", activities=new))),
    ]
    listing = set()
    for before, event in sent:
        for violation in violations_of(decide(before, event, rulebook=STRICT_RULEBOOK)):
            check_violation(violation)
            if "activities" in violation.facts:
                listing.add(violation.rule.id)
                assert (len(violation.facts["activities"]), violation.facts["activity_count"]) == (5, 15_000)
                assert "and 14,995 more" in violation.reason
            if "repeated_ids" in violation.facts:
                listing.add(violation.rule.id)
                assert len(violation.facts["repeated_ids"]) == 5
                assert "and 7,495 more" in violation.reason
    assert listing == {"WRM102", "WRM104", "WRM106", "WRM403", "WRM404", "WRM408"}


def test_equal_violations_have_equal_hashes() -> None:
    """A violation is hashable although its facts are a dict."""
    event = events.RejectWorkRequest(**from_(HOLDER, reason="Lunch"))
    one, other = (
        violations_of(decide(WorkRequest("WR-1", "r", "northline", [Activity("A-1", MAY_CANCEL)]), event)) for _ in "12"
    )
    assert one == other
    assert hash(one) == hash(other)
    assert DEFAULT_RULEBOOK["WRM101"] in {violation.rule for violation in one}
