"""The stimuli are of every kind, from every party, for every target, and have every value that makes a difference."""

from collections import Counter
from itertools import product
from typing import Any

import attrs
import pytest

from parties import CHORUS, HOLDER, MAY_CANCEL, OTHER, OWN, STRANGER, from_, request
from work_request_manager import Activity, Category, Outcome, Party, Schedule, SiteContact, Status, apply, events
from work_request_manager.catalogue import KINDS
from work_request_manager.events import COMMON_FIELDS
from work_request_manager.facts import relation_of
from work_request_manager.kinds import Target
from work_request_manager.model import SenderRelation
from work_request_manager.verify._fields import VARIANTS
from work_request_manager.verify.stimuli import AT, IMAGINED, PARTIES, Stimuli, involved, strangers, targets
from work_request_manager.verify.variants import named, numbered

STIMULI = Stimuli(2)
TWO = request(Activity("A-1", MAY_CANCEL), Activity("A-2", MAY_CANCEL))


def test_every_field_of_every_event_has_variants() -> None:
    """The table has each field that an event can have, and no other."""
    fields = {field.name for kind in KINDS for field in attrs.fields(kind)}
    assert fields.difference(COMMON_FIELDS, ["activity_id"]) == VARIANTS.keys()


def test_there_is_a_party_of_every_relation() -> None:
    """The parties are the five that the rules tell apart."""
    assert PARTIES == (CHORUS, OWN, HOLDER, OTHER, STRANGER)
    assert {relation_of(IMAGINED, party) for party in PARTIES} == set(SenderRelation)
    other = attrs.evolve(IMAGINED, supplier="southline", requestor="rsp-two")
    senders = (*involved(other), *(each.sample for each in strangers(other)))
    assert {relation_of(other, party) for party in senders} == set(SenderRelation)


@pytest.mark.parametrize("work_request", [None, TWO])
def test_every_kind_comes_from_every_party(work_request: object) -> None:
    """In each state, each party sends each kind of event."""
    sent = {(type(event), event.sender) for event in STIMULI.for_state(work_request)}  # type: ignore[arg-type]
    assert sent == set(product(KINDS, PARTIES))


def test_strangers_can_be_left_out() -> None:
    """Then only the parties that have to do with the work request send something."""
    assert {event.sender for event in STIMULI.for_state(TWO, with_strangers=False)} == set(involved(TWO))


def test_of_activities_that_are_alike_the_first_is_enough() -> None:
    """Events are for the first activity of each sort, and one of each kind is for an unknown activity."""
    sent = list(STIMULI.for_state(TWO))
    assert {getattr(event, "activity_id", None) for event in sent} == {None, "A-1", "A-3"}
    unknown = Counter((type(event), event.sender) for event in sent if getattr(event, "activity_id", None) == "A-3")
    assert set(unknown.values()) == {1}
    started = apply(
        TWO, events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=Status(Category.ACTIVE)))
    )
    ids = {getattr(event, "activity_id", None) for event in STIMULI.for_state(started)}
    assert ids == {None, "A-1", "A-2", "A-3"}


def test_events_that_differ_in_nothing_are_sent_once() -> None:
    """No event occurs twice for one state."""
    for work_request in (None, TWO):
        sent = list(STIMULI.for_state(work_request))
        assert len(sent) == len(set(sent))


def test_creates_have_every_combination_of_types() -> None:
    """Up to the given number of activities, with and without the flag of FAQ 4."""
    creates = [each for each in STIMULI.for_state(None) if isinstance(each, events.CreateWorkRequest)]
    flags = {tuple(new.type.work_supplier_allowed_to_cancel for new in each.activities) for each in creates}
    assert flags >= {(), (True,), (False,), (True, True), (True, False), (False, False)}
    assert max(map(len, flags)) == 2


CHORUS_SENDS: dict[str, Any] = {"work_request_id": "WR-1", "sender": CHORUS, "at": AT}
SUPPLIER_SENDS = {**CHORUS_SENDS, "sender": HOLDER, "activity_id": "A-1"}


@pytest.mark.parametrize(
    ("first", "field"),
    [
        (events.UpdateSiteContact(**CHORUS_SENDS, contact=SiteContact("Mere")), "contact"),
        (events.Reschedule(**CHORUS_SENDS, schedule=Schedule(AT)), "schedule"),
        (events.Reschedule(**SUPPLIER_SENDS, schedule=Schedule(AT)), "schedule"),
        (events.UpdateActivityWorker(**SUPPLIER_SENDS, worker="Aroha"), "worker"),
        (events.RecordOutcome(**SUPPLIER_SENDS, outcome=Outcome("DONE")), "outcome"),
        (events.UpdateActivityStatus(**SUPPLIER_SENDS, status=Status(Category.OPEN, "x")), "status"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_event_is_sent_again_with_one_that_differs(first: events.AnyEvent, field: str) -> None:
    """After an event that leads back to the same state come the same event, and one with another value."""
    same, other = STIMULI.again(first, apply(TWO, first))
    assert same == first
    assert getattr(other, field) != getattr(first, field)
    assert other == attrs.evolve(first, **{field: getattr(other, field)})


def test_an_event_without_values_is_only_sent_again() -> None:
    """If nothing can differ, the same event is all."""
    first = events.RequestCancellation(**CHORUS_SENDS)
    assert STIMULI.again(first, apply(TWO, first)) == (first,)


def test_values_that_are_there_are_sent_again() -> None:
    """The present status is among the events for an activity, and so is a state that its type does not list."""
    statuses = {event.status for event in STIMULI.for_state(TWO) if isinstance(event, events.UpdateActivityStatus)}
    assert statuses == {*map(Status, Category), Status(Category.OPEN, "another state")}


def test_each_kind_is_for_its_targets() -> None:
    """The catalogue says whether a kind of event is for the work request, an activity, or either."""
    for kind in KINDS.values():
        found = {
            fields["activity_id"].sample if "activity_id" in fields else None
            for target in targets(TWO, TWO.activities)
            for fields in STIMULI.fields_of(kind, TWO, target)
        }
        assert (None in found) is (kind.target is not Target.ACTIVITY)
        assert found - {None} == ({"A-1", "A-2", "A-3"} if kind.may_be_for(Target.ACTIVITY) else set())


def test_names_are_used_before_numbers() -> None:
    """The sample of a text is the first that is not in use."""
    assert named("Mere", "Tane").sample == "Mere"
    assert named("Mere", "Tane", used=["Mere"]).sample == "Tane"
    assert named("Mere", "Tane", used=["Mere", "Tane"]).sample == "Mere-3"
    assert numbered("A", ["A-1"]).sample == "A-2"
    assert Party.supplier(named("x").sample).id == "x"
