"""Every rule, kept and broken, and the rulebooks made of them."""

import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from parties import CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OTHER, OWN, STRANGER, answer, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Basis,
    Category,
    Closure,
    Event,
    Outcome,
    RejectionReason,
    Rulebook,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.rules import RULES, Rule

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category

# Rulebook, section 4, written out again.
RULEBOOK = """
WRM101 reject-needs-reason stated FAQ 1
WRM102 reject-untouched-work-only stated FAQ 1
WRM103 chorus-reallocates stated FAQ 7
WRM104 reallocate-before-work-begins assumed –
WRM105 reallocate-to-another-supplier implied FAQ 7
WRM106 cancel-request-untouched-work-only implied FAQ 4
WRM107 held-work-does-not-start assumed –
WRM201 closed-is-final stated FAQ 6
WRM202 after-practical-completion stated FAQ 3
WRM203 supplier-may-cancel stated FAQ 4
WRM204 cancel-untouched-work-only stated FAQ 4
WRM205 outcomes-before-close stated FAQ 3
WRM206 completion-follows-work assumed –
WRM207 review-follows-completion assumed –
WRM208 close-follows-completion implied FAQ 3, 4
WRM209 closed-request-is-final implied FAQ 6
WRM301 supplier-controls-activities stated FAQ 5
WRM302 holding-supplier-only implied FAQ 5, 7
WRM303 requestor-controls-request assumed –
WRM304 own-requests-only implied public facts
WRM305 chorus-cancels-requests implied FAQ 4, 5
WRM401 known-work-request structural –
WRM402 new-work-request structural –
WRM403 known-activity structural –
WRM404 new-activity structural –
WRM405 at-least-one-activity structural public facts
WRM406 known-state assumed –
WRM407 state-in-its-category assumed –
WRM408 activities-start-open structural –
""".strip().splitlines()

NEW = Activity("A-1", MAY_NOT_CANCEL)
BUSY = Activity("A-1", MAY_NOT_CANCEL, Status(ACTIVE, "OnSite"), has_been_active=True)
PAUSED = Activity("A-1", MAY_CANCEL, has_been_active=True)
DONE = Activity("A-1", MAY_NOT_CANCEL, Status(COMPLETION), has_been_active=True)
SHUT = Activity("A-1", MAY_NOT_CANCEL, Status(CLOSED), has_been_active=True, closure=Closure.COMPLETED)
SPARE = Activity("A-2", MAY_CANCEL)
LISTING = ActivityType("LISTED", states={"OnSite": ACTIVE})
REJECTED: dict[str, Any] = {
    "allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.SITE_ISSUE
}  # fmt: skip


def status(category: Category, state: str = "", sender: Any = HOLDER) -> Event:
    """Return a status update for A-1."""
    return events.UpdateActivityStatus(**from_(sender, activity_id="A-1", status=Status(category, state)))


def reject(reason: str = "Duplicate", sender: Any = HOLDER) -> Event:
    """Return a reject."""
    return events.RejectWorkRequest(**from_(sender, reason=reason))


def reallocate(supplier: str = "southline", sender: Any = CHORUS) -> Event:
    """Return a reallocation."""
    return events.ReallocateWorkRequest(**from_(sender, supplier=supplier))


def cancel(sender: Any = CHORUS, activity_id: str = "A-1") -> Event:
    """Return a cancel event for an activity."""
    return events.CancelActivity(**from_(sender, activity_id=activity_id))


def create(*activities: Activity, sender: Any = CHORUS, requestor: str = "rsp-one") -> Event:
    """Return a creation."""
    return events.CreateWorkRequest(**from_(sender, requestor=requestor, supplier="northline", activities=activities))


def outcome() -> Event:
    """Return an outcome for A-1."""
    return events.RecordOutcome(**from_(HOLDER, activity_id="A-1", outcome=Outcome("CONNECTED")))


def hold(sender: Any) -> Event:
    """Return a hold."""
    return events.PutOnHold(**from_(sender))


ACCEPT, CANCEL_REQUEST = events.AcceptWorkRequest, events.CancelWorkRequest

# Each rule: where it is kept, where it is broken, all that is broken there, and what the reason names.
Case = tuple[WorkRequest | None, Event]
EXAMPLES: list[tuple[str, Case, Case, list[str], list[str]]] = [
    ("WRM101", (request(), reject()), (request(), reject("Lunch")), ["WRM101"], ["WR-1", "'Lunch'", "SiteIssue"]),
    ("WRM102", (request(), reject()), (request(BUSY, SPARE), reject()), ["WRM102"], ["A-1 is Active (OnSite)"]),
    ("WRM102", (request(), reject()), (request(PAUSED), reject()), ["WRM102"], ["A-1 is Open (Open)", "been active"]),
    ("WRM103", (request(), reallocate()), (request(), reallocate(sender=OWN)), ["WRM103"], ["southline", "rsp-one"]),
    ("WRM104", (request(), reallocate()), (request(DONE), reallocate()), ["WRM104"], ["A-1 is PracticalCompletion"]),
    ("WRM105", (request(**REJECTED), reallocate("northline")), (request(), reallocate("northline")), ["WRM105"],
     ["Sent", "northline"]),
    ("WRM106", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(BUSY), CANCEL_REQUEST(**from_(CHORUS))),
     ["WRM106"], ["A-1 is Active"]),
    ("WRM107", (request(), status(ACTIVE)), (request(on_hold=True), status(ACTIVE)), ["WRM107"], ["WR-1", "A-1"]),
    ("WRM201", (request(DONE), status(CLOSED)), (request(SHUT), status(ACTIVE, "OnSite")), ["WRM201"],
     ["activity A-1 is Closed (Closed); it can't move to Active (OnSite)"]),
    ("WRM202", (request(DONE), status(REVIEW)), (request(DONE), status(ACTIVE)), ["WRM202"],
     ["A-1 is PracticalCompletion (PracticalCompletion)", "Active (Active)"]),
    ("WRM203", (request(SPARE), cancel(HOLDER, "A-2")), (request(), cancel(HOLDER)), ["WRM203"],
     ["A-1", "FIBRE_CONNECT", "northline"]),
    ("WRM204", (request(), cancel()), (request(BUSY), cancel()), ["WRM204"], ["A-1 is Active (OnSite)"]),
    ("WRM204", (request(), cancel()), (request(PAUSED), status(CLOSED)), ["WRM204"], ["A-1 is Open", "been active"]),
    ("WRM205", (request(DONE), outcome()), (request(SHUT), outcome()), ["WRM201", "WRM205"], ["A-1", "CONNECTED"]),
    ("WRM206", (request(BUSY), status(COMPLETION)), (request(), status(COMPLETION)), ["WRM206"],
     ["A-1 is Open (Open)", "PracticalCompletion"]),
    ("WRM207", (request(DONE), status(REVIEW)), (request(BUSY), status(REVIEW)), ["WRM207"],
     ["A-1 is Active (OnSite)", "InReview (InReview)"]),
    ("WRM208", (request(DONE), status(CLOSED)), (request(BUSY), status(CLOSED)), ["WRM208"],
     ["A-1 is Active (OnSite)", "Closed (Closed)"]),
    ("WRM209", (request(), hold(CHORUS)), (request(SHUT), hold(CHORUS)), ["WRM209"], ["WR-1", "put on hold"]),
    ("WRM301", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=OWN)), ["WRM301"],
     ["A-1", "Active (Active)", "WorkRequestor rsp-one", "its supplier"]),
    ("WRM301", (request(), cancel()), (request(), cancel(OWN)), ["WRM301"], ["A-1", "rsp-one"]),
    ("WRM302", (request(), status(ACTIVE)), (request(), status(ACTIVE, sender=STRANGER)), ["WRM302"],
     ["northline holds", "WorkSupplier southline"]),
    ("WRM302", (request(), ACCEPT(**from_(HOLDER))), (request(**REJECTED), ACCEPT(**from_(HOLDER))), ["WRM302"],
     ["no supplier holds work request WR-1, since northline rejected it"]),
    ("WRM302", (request(), reject()), (request(), ACCEPT(**from_(CHORUS))), ["WRM302"], ["Chorus can't accept"]),
    ("WRM303", (request(), hold(OWN)), (request(), hold(HOLDER)), ["WRM303"], ["rsp-one", "WorkSupplier northline"]),
    ("WRM304", (request(), hold(OWN)), (request(), hold(OTHER)), ["WRM304"], ["rsp-one", "WorkRequestor rsp-two"]),
    ("WRM304", (None, create(NEW, sender=OWN)), (None, create(NEW, sender=OTHER)), ["WRM304"], ["rsp-one", "rsp-two"]),
    ("WRM305", (request(), CANCEL_REQUEST(**from_(CHORUS))), (request(), CANCEL_REQUEST(**from_(OWN))), ["WRM305"],
     ["WR-1", "rsp-one"]),
    ("WRM401", (request(), hold(OWN)), (None, hold(OTHER)), ["WRM401"], ["WR-1"]),
    ("WRM402", (None, create(NEW)), (request(), create(NEW)), ["WRM402"], ["WR-1"]),
    ("WRM403", (request(), cancel()), (request(), cancel(STRANGER, "A-9")), ["WRM403"], ["A-9", "A-1"]),
    ("WRM404", (None, create(NEW, SPARE)), (None, create(NEW, SPARE, NEW, SPARE)), ["WRM404"], ["A-1, A-2"]),
    ("WRM404", (request(), events.AddActivity(**from_(OWN, activity=SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=NEW))), ["WRM404"], ["A-1"]),
    ("WRM405", (None, create(NEW)), (None, create()), ["WRM405"], ["WR-1"]),
    ("WRM406", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(ACTIVE, "Lost")), ["WRM406"], ["A-1", "Active (Lost)", "LISTED"]),
    ("WRM406", (None, create(Activity("A-1", LISTING))),
     (None, create(Activity("A-1", LISTING, Status(OPEN, "X")), Activity("A-2", LISTING, Status(OPEN, "Y")))),
     ["WRM406"], ["A-1", "(X)", "A-2", "(Y)"]),
    ("WRM407", (request(Activity("A-1", LISTING)), status(ACTIVE, "OnSite")),
     (request(Activity("A-1", LISTING)), status(OPEN, "OnSite")), ["WRM407"], ["A-1", "Open (OnSite)", "under Active"]),
    ("WRM408", (None, create(NEW)), (None, create(NEW, events.new_activity("A-2", MAY_CANCEL, Status(ACTIVE)))),
     ["WRM408"], ["A-2", "Active (Active)"]),
    ("WRM408", (request(), events.AddActivity(**from_(OWN, activity=SPARE))),
     (request(), events.AddActivity(**from_(OWN, activity=events.new_activity("A-2", MAY_CANCEL, Status(CLOSED))))),
     ["WRM408"], ["A-2", "Closed (Closed)"]),
]  # fmt: skip


def test_the_rules_are_those_of_the_rulebook() -> None:
    """All 29, in order, each with its name, basis and source, and a statement of its own."""
    assert [f"{rule.id} {rule.name} {rule.basis} {rule.source}" for rule in RULES] == RULEBOOK
    assert len(RULES) == 29
    assert all(rule.statement.endswith(".") for rule in RULES)
    assert len({rule.statement for rule in RULES}) == 29


def test_every_rule_has_an_example() -> None:
    """None of the rules goes without an accepting and a refusing example."""
    assert {example[0] for example in EXAMPLES} == {rule.id for rule in RULES}


@pytest.mark.parametrize(("rule", "kept", "broken", "all_broken", "named"), EXAMPLES)
def test_a_rule_is_kept_and_broken(
    rule: str, kept: Case, broken: Case, all_broken: list[str], named: list[str]
) -> None:
    """Where it is kept the event is consumed; where it is broken, it is told, with the values, and refuses or warns."""
    assert answer(decide(*kept)) == ("Consumed", [], [])
    is_assumed = DEFAULT_RULEBOOK[rule].basis is Basis.ASSUMED
    decision = decide(*broken)
    assert answer(decision) == (("Consumed", [], all_broken) if is_assumed else ("Refused", all_broken, []))
    assert answer(decide(*broken, rulebook=DEFAULT_RULEBOOK.strict())) == ("Refused", all_broken, [])
    violations: Any = decision.warnings or getattr(decision, "violations", ())
    violation = next(violation for violation in violations if violation.rule.id == rule)
    for value in named:
        assert value in violation.reason
    assert isinstance(violation.facts, Mapping)
    assert not hasattr(violation.facts, "__setitem__")
    assert violation.facts
    for told in violation.facts.values():
        for value in (told,) if isinstance(told, str) else told:
            assert value in violation.reason
    assert str(violation).startswith(f"{rule} {violation.rule.name} ({violation.rule.basis}")


def test_facts_are_values_and_not_phrases() -> None:
    """Of one target by name, of several as tuples, each with its status."""
    (one,) = decide(request(PAUSED), cancel()).violations  # type: ignore[union-attr]  # it is refused
    assert one.facts == {"activity": "A-1", "status": "Open (Open)"}
    (several,) = decide(request(BUSY, SPARE), reject("Duplicate")).violations  # type: ignore[union-attr]  # likewise
    assert several.facts == {"work_request": "WR-1", "activities": ("A-1",), "statuses": ("Active (OnSite)",)}


@pytest.mark.parametrize("section", Section)
def test_suppliers_send_two_sections_of_the_details(section: Section) -> None:
    """WRM303 leaves attachments and additional infos to suppliers too."""
    event = events.UpdateDetails(**from_(HOLDER, section=section, values=[]))
    left_to_them = section in (Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS)
    assert answer(decide(request(), event)) == ("Consumed", [], [] if left_to_them else ["WRM303"])


@pytest.mark.parametrize(
    "event",
    [
        create(NEW, sender=HOLDER),
        events.Resume(**from_(HOLDER)),
        events.AddActivity(**from_(HOLDER, activity=SPARE)),
        events.UpdateSiteContact(**from_(HOLDER, contact=SiteContact("Mere"))),
        events.RequestCancellation(**from_(HOLDER)),
        events.RequestCancellation(**from_(HOLDER, activity_id="A-1")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_the_requestors_warns_when_a_supplier_sends_it(event: Event) -> None:
    """WRM303 names these, beside holding and details."""
    before = None if isinstance(event, events.CreateWorkRequest) else request(on_hold=True)
    assert answer(decide(before, event)) == ("Consumed", [], ["WRM303"])


def test_rulebooks_say_which_rules_they_have() -> None:
    """The rules are in order, can be had by id, and only assumed ones go."""
    assert DEFAULT_RULEBOOK.rules == RULES
    assert DEFAULT_RULEBOOK["WRM201"].name == "closed-is-final"
    lighter = DEFAULT_RULEBOOK.without("WRM206", "WRM107")
    assert [rule for rule in RULES if rule not in lighter.rules] == [RULES[6], DEFAULT_RULEBOOK["WRM206"]]
    with pytest.raises(KeyError, match="WRM206"):
        lighter["WRM206"]
    assert answer(decide(request(on_hold=True), status(COMPLETION), rulebook=lighter)) == ("Consumed", [], [])
    assert answer(decide(request(), status(REVIEW), rulebook=lighter.strict())) == ("Refused", ["WRM207"], [])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.basis is not Basis.ASSUMED], ids=lambda rule: rule.id)
def test_a_rule_with_a_source_can_not_go(rule: Rule) -> None:
    """It is refused with its basis, and so is a rulebook that is made without it."""
    with pytest.raises(ValueError, match=rf"{rule.id} .* is {rule.basis}, not assumed"):
        DEFAULT_RULEBOOK.without(rule.id)
    with pytest.raises(ValueError, match="rules are not the library's"):
        Rulebook(tuple(other for other in RULES if other is not rule))


def test_a_rule_that_is_not_there_can_not_go() -> None:
    """An id of no rule, or of one that went already, is an error that says where to look."""
    for rulebook in (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.without("WRM206")):
        with pytest.raises(ValueError, match="not in this rulebook"):
            rulebook.without("WRM999" if rulebook is DEFAULT_RULEBOOK else "WRM206")


def test_rulebooks_are_values() -> None:
    """Equal by what they hold, whatever they remember; the order of strict and without does not matter."""
    strict = DEFAULT_RULEBOOK.strict()
    assert strict.without("WRM104") == DEFAULT_RULEBOOK.without("WRM104").strict() != strict
    assert strict.strict() == strict != DEFAULT_RULEBOOK
    decide(request(), status(ACTIVE), rulebook=strict)
    assert Rulebook(is_strict=True) == strict
    assert hash(Rulebook(is_strict=True)) == hash(strict)
    assert pickle.loads(pickle.dumps(strict.without("WRM104"))) == strict.without("WRM104")
    assert "is_strict=True" in repr(strict)
    with pytest.raises(TypeError, match="is_strict"):
        Rulebook(is_strict="yes")  # type: ignore[arg-type]  # what is tested


def test_bases_say_what_they_mean() -> None:
    """Each basis has its meaning, and each rule its citation."""
    assert len({basis.meaning for basis in Basis}) == 4
    assert DEFAULT_RULEBOOK["WRM201"].citation == "stated, FAQ 6"
    assert DEFAULT_RULEBOOK["WRM206"].citation == "assumed"
