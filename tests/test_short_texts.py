"""The repr and str of every class are short at any size of the value."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from hostile import hostile
from parties import AT, CHORUS, HOLDER, MAY_CANCEL, OWN, from_, request
from strategies_values import CHANGE_CLASSES, EVENT_CLASSES, MODEL_CLASSES, value_of
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Category,
    Consumed,
    NewActivity,
    Outcome,
    Party,
    Refused,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    changes,
    decide,
    events,
    evolve,
    permitted,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import Step, take_step
from work_request_manager.facts import extract_facts
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH
from work_request_manager.rules import RULES, Basis

MAX_LENGTH = 5_000
LONG = "x" * 300_000
COUNT = 5_000


def tree(depth: int) -> Any:
    """Return a JSON value with ten items at each of some levels."""
    return [tree(depth - 1)] * 10 if depth else LONG


def nested(depth: int) -> Any:
    """Return a JSON value of many levels."""
    value: Any = LONG
    for _ in range(depth):
        value = {"a": [value], "b": 1}
    return value


JSON_VALUES = {
    "long text": LONG,
    "long list": [LONG] * COUNT,
    "long object": {f"{LONG}{n}": n for n in range(10)},
    "tree": tree(4),
    "deep": nested(49),
    "large number": 10**4_000,
    "lines": "one\ntwo\r\n" * COUNT,
}
TYPE = ActivityType(LONG, states={f"{LONG}{n}": Category.ACTIVE for n in range(10)})
MANY_IDS = [f"{n}{LONG}" if n < 10 else f"{n}" for n in range(COUNT)]
OUTCOMES = [Outcome(each, "note" * 1_000) for each in MANY_IDS]
SCHEDULE = Schedule(AT, AT)
CONTACT = SiteContact(LONG, LONG, LONG)
STATUS = Status(Category.ACTIVE, LONG)
ACTIVITIES = [Activity(each, TYPE, STATUS, True, OUTCOMES, SCHEDULE, True, LONG) for each in MANY_IDS[:10]] + [
    Activity(each, TYPE, STATUS, True) for each in MANY_IDS[10:]
]
NEW = [NewActivity(each, TYPE, STATUS) for each in MANY_IDS]
REQUEST = WorkRequest(
    f"WR-1{LONG}",
    LONG,
    LONG,
    ACTIVITIES,
    on_hold=True,
    cancellation_requested=True,
    site_contact=CONTACT,
    schedule=SCHEDULE,
    details=dict.fromkeys(Section, JSON_VALUES["tree"]),
)
LARGE: dict[str, Any] = {
    "id": LONG, "name": LONG, "code": LONG, "state": LONG, "worker": LONG, "requestor": LONG, "supplier": LONG,
    "work_request_id": LONG, "event_id": LONG, "activity_id": LONG, "phone": LONG, "email": LONG, "reason": LONG,
    "note": "n" * 5_000, "states": TYPE.states, "type": TYPE, "outcomes": OUTCOMES, "outcome": OUTCOMES[0],
    "activity": NEW[0], "contact": CONTACT, "site_contact": CONTACT, "details": REQUEST.details,
    "values": JSON_VALUES["tree"], "sender": Party.supplier(LONG),
}  # fmt: skip


def large(cls: Any) -> Any:
    """Return a value of a class in which every field is large."""
    fields = {field.name: LARGE[field.name] for field in attrs.fields(cls) if field.name in LARGE}
    if cls is events.CreateWorkRequest:
        fields["activities"] = NEW
    if cls is WorkRequest:
        return REQUEST
    return value_of(cls, **fields)


def check_short(value: object) -> None:
    """Check that the repr and the str of a value are short, and on one line."""
    for text in (repr(value), str(value)):
        assert len(text) < MAX_LENGTH
        assert len(text.splitlines()) == 1


@pytest.mark.parametrize("cls", [*MODEL_CLASSES, *EVENT_CLASSES, *CHANGE_CLASSES], ids=lambda cls: cls.__name__)
def test_values_events_and_changes_have_short_texts(cls: Any) -> None:
    """Each class has a repr and a str of one short line, if all its fields are large."""
    check_short(large(cls))


def test_a_work_request_with_many_activities_takes_one_line() -> None:
    """The repr shows the first activities and the number of the others."""
    many = request(*(Activity(f"A-{n}", MAY_CANCEL) for n in range(COUNT)))
    check_short(many)
    assert "and 4,995 more" in repr(many)
    check_short(REQUEST)


@pytest.mark.parametrize("values", JSON_VALUES.values(), ids=JSON_VALUES)
def test_details_of_any_size_have_short_texts(values: Any) -> None:
    """Wide and deep JSON values are cut."""
    check_short(events.UpdateDetails(**from_(OWN, section=Section.ASSETS, values=values)))
    check_short(request(details=dict.fromkeys(Section, values)))


def decisions() -> Iterator[Any]:
    """Yield decisions with large contents, and their parts."""
    common: dict[str, Any] = {"work_request_id": REQUEST.id, "at": AT, "note": "n" * 5_000, "event_id": LONG}
    supplier = Party.supplier(REQUEST.supplier)
    for event in (
        events.AcceptWorkRequest(**common, sender=supplier),
        events.CancelWorkRequest(**common, sender=CHORUS),
        events.ReallocateWorkRequest(**common, sender=Party.supplier("south" + LONG), supplier=LONG),
        events.RejectWorkRequest(**common, sender=supplier, reason=RejectionReason.DUPLICATE),
        events.Resume(**common, sender=supplier),
        events.PutOnHold(**common, sender=supplier),
        events.CancelActivity(**common, sender=supplier, activity_id=ACTIVITIES[0].id),
        events.CancelActivity(**common, sender=supplier, activity_id="unknown" + LONG),
        events.UpdateDetails(**common, sender=supplier, section=Section.ASSETS, values=tree(4)),
        events.CreateWorkRequest(**common, sender=CHORUS, requestor=LONG, supplier=LONG, activities=NEW),
    ):
        for before in (None, REQUEST):
            decision = decide(before, event)
            yield from (decision, evolve(before, event), extract_facts(before, event))
            yield take_step(before, event, DEFAULT_RULEBOOK)
            yield from decision.warnings
            yield from decision.violations if isinstance(decision, Refused) else ()
            yield from decision.changes if isinstance(decision, Consumed) else ()
    new_work = request(*(Activity(f"A-{n}", MAY_CANCEL) for n in range(COUNT)))
    cancelled = decide(new_work, events.CancelWorkRequest(**from_(CHORUS)))
    assert isinstance(cancelled, Consumed)
    assert len(cancelled.changes) == COUNT + 1
    yield cancelled
    yield DEFAULT_RULEBOOK.judge(extract_facts(new_work, events.CancelWorkRequest(**from_(CHORUS))))


def test_decisions_and_their_parts_have_short_texts() -> None:
    """Decisions, violations, changes and steps are short, although the work request and the event are large."""
    for value in decisions():
        if not isinstance(value, Step) or value.before is None:
            check_short(value)


def test_permits_have_short_texts() -> None:
    """Permits with long ids and long warnings are short."""
    for permit in permitted(hostile(request(Activity("A-1", MAY_CANCEL)), LONG), hostile(HOLDER, LONG)):
        check_short(permit)


def test_records_of_the_law_and_rulebooks_have_short_texts() -> None:
    """Rules, kinds of events, cells of the graphs and rulebooks are short."""
    assumed = [rule.id for rule in RULES if rule.basis is Basis.ASSUMED]
    for rulebook in (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.without(*assumed).strict()):
        check_short(rulebook)
    for record in (*RULES, *KINDS.values()):
        check_short(record)
    for graph in (STATUS_GRAPH, ALLOCATION_GRAPH):
        for row in graph.values():
            for cell in row.values():
                check_short(cell)


def test_errors_have_short_texts() -> None:
    """The messages of constructors cut long ids and values."""
    for build in (
        lambda: Activity(LONG, TYPE, STATUS),
        lambda: Activity(LONG, TYPE, Status(Category.CLOSED)),
        lambda: WorkRequest(LONG, "r", "s", []),
        lambda: WorkRequest(LONG, "r", "s", [ACTIVITIES[0]] * 2),
        lambda: WorkRequest(LONG, "r", "s", ACTIVITIES, allocation="Sent"),  # type: ignore[arg-type]  # tested
        lambda: WorkRequest(LONG, "r", "s", ACTIVITIES, rejection_reason=RejectionReason.DUPLICATE),
        lambda: REQUEST.activity("unknown" + LONG),
        lambda: ActivityType("X", states={"Open": Category.CLOSED, LONG: 5}),  # type: ignore[dict-item]  # tested
        lambda: ActivityType("X", states={LONG: 5}),  # type: ignore[dict-item]  # tested
        lambda: decide(REQUEST, events.PutOnHold(**from_(OWN))),
        lambda: decide(ACTIVITIES, events.PutOnHold(**from_(OWN))),  # type: ignore[arg-type]  # tested
        lambda: evolve(REQUEST, events.PutOnHold(work_request_id="x" + LONG, sender=OWN, at=AT)),
        lambda: DEFAULT_RULEBOOK.without(LONG),
        lambda: DEFAULT_RULEBOOK[LONG],
        lambda: changes.DetailsUpdated(),  # type: ignore[call-arg]  # tested
    ):
        with pytest.raises((ValueError, TypeError, KeyError)) as caught:
            build()
        assert len(str(caught.value)) < MAX_LENGTH
