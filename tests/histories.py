"""Histories for the tests: a create event, later events from several parties, and the decision on each."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st

from parties import AT, CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OWN, PARTIES, STRANGER, from_
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    Consumed,
    Decision,
    Event,
    NewActivity,
    Outcome,
    Party,
    Permit,
    RejectionReason,
    Rulebook,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)

STRICT_RULEBOOK = DEFAULT_RULEBOOK.strict()
RULEBOOKS = (DEFAULT_RULEBOOK, STRICT_RULEBOOK)

LISTING = ActivityType(
    "COPPER_REPAIR",
    True,
    {"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE, "Parked": Category.ACTIVE, "Done": Category.CLOSED},
)
SPARSE = ActivityType("SURVEY", False, {"another state": Category.ACTIVE, "Testing": Category.PRACTICAL_COMPLETION})
TYPES = (MAY_CANCEL, MAY_NOT_CANCEL, LISTING, SPARSE)
STATES = ("", "Scheduled", "OnSite", "Parked", "Done", "Testing", "another state", "Lunch", *Category)
"""States that a type lists under the category, under another one, and not at all, and the names of the categories."""
STATUSES = tuple(dict.fromkeys(Status(category, state) for category, state in product(Category, STATES)))
REASONS = (*RejectionReason, "Bored")
SUPPLIERS = (HOLDER.id, STRANGER.id)
CONTACTS = (SiteContact("Ana"), SiteContact("Ben", "021 1"))
SCHEDULES = (Schedule(AT), Schedule(latest_end=AT))
WORKERS = ("W-1", "W-2")
OUTCOMES = (Outcome("DONE"), Outcome("NO_ACCESS", "dog"))

Ask = tuple[type[Event], dict[str, Any]]
"""An event without its sender: its class and its own fields."""
Target = tuple[type[Event], str | None, Category | None, Section | None]
"""The fields of a permit: the class of the event, the activity, the category and the section."""


class Step(NamedTuple):
    """An event, the work request before it, and the decision."""

    before: WorkRequest | None
    event: AnyEvent
    decision: Decision

    @property
    def after(self) -> WorkRequest | None:
        """The work request after the event."""
        return self.decision.work_request


class History(NamedTuple):
    """The steps of one work request, from its create event on."""

    rulebook: Rulebook
    steps: tuple[Step, ...]

    @property
    def end(self) -> WorkRequest:
        """The work request after the last step."""
        end = self.steps[-1].after
        assert end is not None, "every rulebook consumes the create event"
        return end

    @property
    def consumed(self) -> Iterator[tuple[WorkRequest, AnyEvent, Consumed, WorkRequest]]:
        """Each consumed event after the create event, with the work request before and after it."""
        for before, event, decision in self.steps:
            if before is not None and isinstance(decision, Consumed):
                yield before, event, decision, decision.work_request


_OF_REQUEST: tuple[Ask, ...] = (
    (events.AcceptWorkRequest, {}),
    *((events.RejectWorkRequest, {"reason": reason}) for reason in REASONS),
    *((events.ReallocateWorkRequest, {"supplier": supplier}) for supplier in SUPPLIERS),
    (events.PutOnHold, {}),
    (events.Resume, {}),
    (events.CancelWorkRequest, {}),
    (events.RequestCancellation, {}),
    *((events.UpdateSiteContact, {"contact": contact}) for contact in CONTACTS),
    *((events.Reschedule, {"schedule": schedule}) for schedule in SCHEDULES),
    *((events.UpdateDetails, {"section": section, "values": [1]}) for section in Section),
    *((events.RequestAddActivity, {"type": type_}) for type_ in TYPES),
    *(
        (events.AddActivity, {"activity": NewActivity(activity_id, type_, status)})
        for activity_id, type_, status in product(
            ("A-1", "A-2", "A-3", "A-4"),
            TYPES,
            (Status(Category.OPEN), Status(Category.OPEN, "Lunch"), Status(Category.OPEN, "OnSite")),
        )
    ),
    (events.AddActivity, {"activity": NewActivity("A-5", MAY_CANCEL, Status(Category.ACTIVE))}),
    (
        events.CreateWorkRequest,
        {"requestor": OWN.id, "supplier": HOLDER.id, "activities": (NewActivity("A-1", LISTING),)},
    ),
)


@cache
def asks_of_activity(activity_id: str) -> tuple[Ask, ...]:
    """Return many events for an activity, with all values that matter."""
    own: Mapping[type[Event], tuple[dict[str, Any], ...]] = {
        events.UpdateActivityStatus: tuple({"status": status} for status in STATUSES),
        events.UpdateActivityWorker: tuple({"worker": worker} for worker in WORKERS),
        events.RecordOutcome: tuple({"outcome": outcome} for outcome in OUTCOMES),
        events.Reschedule: tuple({"schedule": schedule} for schedule in SCHEDULES),
        events.RequestCancellation: ({},),
        events.CancelActivity: ({},),
    }
    return tuple((kind, {"activity_id": activity_id, **fields}) for kind in own for fields in own[kind])


def target_of(ask: Ask) -> Target:
    """Return the fields of a permit that allows this event."""
    kind, own = ask
    category = own["status"].category if kind is events.UpdateActivityStatus else None
    return kind, own.get("activity_id"), category, own.get("section")


def _by_target(asks: tuple[Ask, ...]) -> dict[Target, list[Ask]]:
    grouped: dict[Target, list[Ask]] = {}
    for ask in asks:
        grouped.setdefault(target_of(ask), []).append(ask)
    return grouped


@cache
def asks(activity_ids: tuple[str, ...]) -> Mapping[Target, list[Ask]]:
    """Return events for a work request with these activities, by target."""
    every = _OF_REQUEST + tuple(ask for activity_id in activity_ids for ask in asks_of_activity(activity_id))
    return _by_target(every)


def asks_for(work_request: WorkRequest) -> Mapping[Target, list[Ask]]:
    """Return events for a work request, by target."""
    return asks(tuple(activity.id for activity in work_request.activities))


def sent_by(party: Party, ask: Ask) -> AnyEvent:
    """Return the event, sent by a party."""
    kind, own = ask
    return cast(AnyEvent, kind(**from_(party, **own)))


@st.composite
def creations(draw: st.DrawFn) -> events.CreateWorkRequest:
    """Return a create event with one to three activities, which every rulebook consumes."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3))
    return events.CreateWorkRequest(
        **from_(draw(st.sampled_from((CHORUS, OWN))), requestor=OWN.id, supplier=HOLDER.id),
        activities=tuple(
            NewActivity(f"A-{number}", type_, Status(Category.OPEN, "Scheduled" if type_ is LISTING else ""))
            for number, type_ in enumerate(types, 1)
        ),
    )


_OF_UNKNOWN = _by_target(asks_of_activity("A-9"))


@st.composite
def later_events(draw: st.DrawFn, work_request: WorkRequest, rulebook: Rulebook) -> AnyEvent:
    """Return an event for a work request from any party. Three in four are permitted, if the party has a permit."""
    holder = Party.supplier(work_request.supplier)
    party = draw(st.sampled_from((*PARTIES, holder, holder, CHORUS)))
    by_target = {**asks_for(work_request), **_OF_UNKNOWN}
    targets: list[Target] = list(by_target)
    if draw(st.integers(min_value=0, max_value=3)):
        targets = [permit_target(permit) for permit in permitted(work_request, party, rulebook=rulebook)] or targets
        moves = [target for target in targets if target[2] is not None]
        moves += 2 * [target for target in moves if target[2] is Category.CLOSED]
        is_for_moves = draw(st.booleans())
        targets = moves if moves and is_for_moves else targets
    kind = draw(st.sampled_from(list(dict.fromkeys(target[0] for target in targets))))
    target = draw(st.sampled_from([target for target in targets if target[0] is kind]))
    return sent_by(party, draw(st.sampled_from(by_target[target])))


def permit_target(permit: Permit) -> Target:
    """Return the fields of a permit that say what it allows."""
    return permit.event, permit.activity_id, permit.category, permit.section


@st.composite
def histories(draw: st.DrawFn, rulebook: Rulebook | None = None, most: int = 16) -> History:
    """Return a history of one work request.

    Args:
        draw: Hypothesis's function to draw values.
        rulebook: the rules to decide by. Pass None to draw the default or the strict rulebook.
        most: the greatest number of events after the create event.
    """
    chosen = draw(st.sampled_from(RULEBOOKS)) if rulebook is None else rulebook
    creation = draw(creations())
    decision = decide(None, creation, rulebook=chosen)
    steps = [Step(None, creation, decision)]
    for _ in range(draw(st.integers(most // 4, most))):
        before = decision.work_request
        assert before is not None
        event = draw(later_events(before, chosen))
        decision = decide(before, event, rulebook=chosen)
        steps.append(Step(before, event, decision))
    return History(chosen, tuple(steps))


@st.composite
def any_activities(draw: st.DrawFn, id: str) -> Activity:
    """Return an activity at any point of its life, with the types and values of the events."""
    status = draw(st.sampled_from(STATUSES))
    return Activity(
        id,
        draw(st.sampled_from(TYPES)),
        status,
        has_been_active=status.category is Category.ACTIVE or draw(st.booleans()),
        outcomes=tuple(draw(st.lists(st.sampled_from(OUTCOMES), max_size=1))),
        schedule=draw(st.none() | st.sampled_from(SCHEDULES)),
        cancellation_requested=draw(st.booleans()),
        worker=draw(st.none() | st.sampled_from(WORKERS)),
        closure=draw(st.sampled_from(Closure)) if status.category is Category.CLOSED else None,
    )


@st.composite
def any_work_requests(draw: st.DrawFn) -> WorkRequest:
    """Return a work request of two or three activities, at any point of its life."""
    allocation = draw(st.sampled_from(Allocation))
    return WorkRequest(
        "WR-1",
        OWN.id,
        HOLDER.id,
        tuple(draw(any_activities(f"A-{number}")) for number in range(1, draw(st.integers(2, 3)))),
        allocation,
        draw(st.sampled_from(RejectionReason)) if allocation is Allocation.REJECTED else None,
        on_hold=draw(st.booleans()),
        cancellation_requested=draw(st.booleans()),
        site_contact=draw(st.none() | st.sampled_from(CONTACTS)),
        schedule=draw(st.none() | st.sampled_from(SCHEDULES)),
    )


@cache
def _events(activity_ids: tuple[str, ...]) -> st.SearchStrategy[AnyEvent]:
    by_kind: dict[type[Event], list[Ask]] = {}
    for group in {**asks(activity_ids), **_OF_UNKNOWN}.values():
        for ask in group:
            by_kind.setdefault(ask[0], []).append(ask)
    of_kinds = [st.sampled_from(group) for group in by_kind.values()]
    return st.builds(sent_by, st.sampled_from(PARTIES), st.one_of(of_kinds))


def events_for(work_request: WorkRequest) -> st.SearchStrategy[AnyEvent]:
    """Return events of every kind for a work request and for an unknown activity, from any party."""
    return _events(tuple(activity.id for activity in work_request.activities))
