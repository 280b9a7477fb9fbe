"""Values for the tests: two samples of every field, and Hypothesis strategies for every value class."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast, get_args

import attrs
from hypothesis import strategies as st

from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    AnyChange,
    AnyEvent,
    Category,
    Closure,
    Event,
    NewActivity,
    Outcome,
    Party,
    RejectionReason,
    Role,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    events,
)
from work_request_manager.catalogue import KINDS

ValueClass = type[attrs.AttrsInstance]
T = TypeVar("T", bound=attrs.AttrsInstance)

MODEL_CLASSES: tuple[ValueClass, ...] = (
    Party,
    Status,
    ActivityType,
    Outcome,
    SiteContact,
    Schedule,
    NewActivity,
    Activity,
    WorkRequest,
)

EVENT_CLASSES: tuple[type[Event], ...] = tuple(KINDS)
"""The events of the rulebook's section 5, in its order."""

CHANGE_CLASSES: tuple[ValueClass, ...] = get_args(AnyChange)

FIBRE = ActivityType("FIBRE_CONNECT")
FIXED_TIME = datetime(2026, 3, 1, 20, tzinfo=UTC)

PAIRS: Mapping[str, tuple[Any, Any]] = {
    "role": (Role.CHORUS, Role.WORK_SUPPLIER),
    "category": (Category.OPEN, Category.CLOSED),
    "state": ("Scheduled", "Waiting"),
    "code": ("FIBRE_CONNECT", "COPPER_REPAIR"),
    "work_supplier_allowed_to_cancel": (False, True),
    "states": ({"OnSite": Category.ACTIVE}, {"OnSite": Category.OPEN}),
    "note": ("one", None),
    "phone": ("021 1", None),
    "email": ("a@example.org", "b@example.org"),
    "earliest_start": (FIXED_TIME, FIXED_TIME - timedelta(hours=1)),
    "latest_end": (FIXED_TIME, FIXED_TIME + timedelta(hours=1)),
    "type": (FIBRE, ActivityType("COPPER_REPAIR")),
    "status": (Status(Category.CLOSED), Status(Category.CLOSED, "Done")),
    "has_been_active": (False, True),
    "outcomes": ((), (Outcome("DONE"),)),
    "schedule": (Schedule(FIXED_TIME), Schedule(latest_end=FIXED_TIME)),
    "cancellation_requested": (False, True),
    "closure": (Closure.COMPLETED, Closure.CANCELLED),
    "activities": ((Activity("A-1", FIBRE),), (Activity("A-1", FIBRE), Activity("A-2", FIBRE))),
    "allocation": (Allocation.SENT, Allocation.ACCEPTED),
    "rejection_reason": (None, RejectionReason.DUPLICATE),
    "on_hold": (False, True),
    "site_contact": (SiteContact("Ana"), SiteContact("Ben")),
    "details": ({Section.SOURCE: [1]}, {Section.SOURCE: [2]}),
    "sender": (Party.chorus(), Party(Role.CHORUS, "someone")),
    "at": (FIXED_TIME, FIXED_TIME + timedelta(microseconds=1)),
    "reason": (RejectionReason.DUPLICATE, RejectionReason.SITE_ISSUE),
    "contact": (SiteContact("Ana"), SiteContact("Ana", "021 1")),
    "section": (Section.SOURCE, Section.ASSETS),
    "values": ({"a": [1]}, {"a": [1, None]}),
    "activity": (NewActivity("A-1", FIBRE), NewActivity("A-2", FIBRE)),
    "outcome": (Outcome("DONE"), Outcome("DONE", "well")),
    **dict.fromkeys(
        ("id", "name", "worker", "requestor", "supplier", "work_request_id", "event_id", "activity_id", "move"),
        ("one", "other"),
    ),
    **dict.fromkeys(("before", "after"), ("one", "other")),
}
"""Two values for every field, by its name. The second value of a field goes with the first values of all others."""

_NEW_ACTIVITIES = ((NewActivity("A-1", FIBRE),), (NewActivity("A-1", FIBRE), NewActivity("A-2", FIBRE)))


def pair_of(cls: ValueClass, field: str) -> tuple[Any, Any]:
    """Return two values for a field of a class."""
    is_new = field == "activities" and issubclass(cls, Event)
    return _NEW_ACTIVITIES if is_new else PAIRS[field]


class _NotAValue:
    def __repr__(self) -> str:
        return "<not a value>"


NOT_A_VALUE = _NotAValue()
"""A value that no field can hold."""

_WRONG: tuple[object, ...] = (NOT_A_VALUE, b"", frozenset())


def kwargs_of(cls: ValueClass) -> dict[str, Any]:
    """Return a value for each field of a class."""
    return {field.name: pair_of(cls, field.name)[0] for field in attrs.fields(cls)}


def value_of(cls: type[T], **given: object) -> T:
    """Return an object with a value for each field. The given values win."""
    return cls(**kwargs_of(cls) | given)


def fields_of(*classes: ValueClass) -> list[tuple[ValueClass, str]]:
    """Return all fields of some classes, with their class."""
    return [(cls, field.name) for cls in classes for field in attrs.fields(cls)]


def wrong_values(*classes: ValueClass) -> list[tuple[ValueClass, str, object]]:
    """Return, for every field of some classes, values that have the wrong type. Empty ones are among them."""
    return [
        (cls, field, wrong)
        for cls, field in fields_of(*classes)
        for wrong in _WRONG
        if wrong != frozenset() or field not in ("activities", "outcomes")  # these take any iterable
    ]


V = TypeVar("V", Activity, WorkRequest)


def rebuilt(value: V) -> V:
    """Return an object built by the public constructor from the fields of another one, and its activities likewise."""
    own = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    if isinstance(value, WorkRequest):
        own["activities"] = tuple(map(rebuilt, value.activities))
    return type(value)(**own)


texts = st.text(max_size=20)
ids = st.text(min_size=1, max_size=20)
# Without folds: UTC has none, and reprs show them although equality ignores them.
times = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(fold=0))
categories = st.sampled_from(Category)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
states = st.lists(
    categories.map(lambda category: (category.value, category))
    | st.tuples(ids.filter(lambda state: state not in list(Category)), categories),
    max_size=4,
).map(dict)
types = st.builds(ActivityType, ids, st.booleans(), st.none() | states)
statuses = st.builds(Status, categories, st.none() | texts)
outcomes = st.builds(Outcome, ids, st.none() | texts)
contacts = st.builds(SiteContact, ids, st.none() | texts, st.none() | texts)
parties = st.builds(Party, st.sampled_from(Role), ids)
schedules = st.one_of(
    st.builds(Schedule, times),
    st.builds(Schedule, latest_end=times),
    st.tuples(times, times).map(lambda pair: Schedule(min(pair), max(pair))),
)


new_activities = st.builds(NewActivity, ids, types, statuses)


@st.composite
def activities(draw: st.DrawFn, id: str) -> Activity:
    """Return an activity at any point of its life."""
    status = draw(statuses)
    return Activity(
        id,
        draw(types),
        status,
        has_been_active=status.category is Category.ACTIVE or draw(st.booleans()),
        outcomes=tuple(draw(st.lists(outcomes, max_size=3))),
        schedule=draw(st.none() | schedules),
        cancellation_requested=draw(st.booleans()),
        worker=draw(st.none() | ids),
        closure=draw(st.sampled_from(Closure)) if status.category is Category.CLOSED else None,
    )


@st.composite
def work_requests(draw: st.DrawFn) -> WorkRequest:
    """Return a work request at any point of its life."""
    allocation = draw(st.sampled_from(Allocation))
    activity_ids = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    return WorkRequest(
        draw(ids),
        draw(ids),
        draw(ids),
        tuple(draw(activities(activity_id)) for activity_id in activity_ids),
        allocation,
        draw(st.sampled_from(RejectionReason)) if allocation is Allocation.REJECTED else None,
        on_hold=draw(st.booleans()),
        cancellation_requested=draw(st.booleans()),
        site_contact=draw(st.none() | contacts),
        schedule=draw(st.none() | schedules),
        details=draw(st.dictionaries(st.sampled_from(Section), json_values)),
    )


_EVENT_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "work_request_id": ids,
    "sender": parties,
    "at": times,
    "event_id": ids,
    "note": texts,
    "requestor": ids,
    "supplier": ids,
    "activities": st.lists(new_activities, max_size=3),
    "reason": st.sampled_from(RejectionReason) | texts,
    "activity_id": ids,
    "contact": contacts,
    "schedule": schedules,
    "section": st.sampled_from(Section),
    "values": json_values,
    "activity": new_activities,
    "type": types,
    "status": statuses,
    "worker": ids,
    "outcome": outcomes,
}


def events_of(kind: type[Event]) -> st.SearchStrategy[AnyEvent]:
    """Return events of one class, with every field drawn. Optional fields are sometimes None."""
    built = st.builds(
        kind,
        **{
            field.name: st.none() | _EVENT_FIELDS[field.name] if field.default is None else _EVENT_FIELDS[field.name]
            for field in attrs.fields(kind)
        },
    )
    return cast("st.SearchStrategy[AnyEvent]", built)


# Events and a work request in JSON and in Python, with every field that they can have.
TYPE = {"code": "FIBRE", "workSupplierAllowedToCancel": True, "states": {"OnSite": "Active"}}
LISTED = ActivityType("FIBRE", True, {"OnSite": Category.ACTIVE})
NEW_JSON = {"id": "A-1", "type": TYPE, "status": {"category": "Open", "state": "Lunch"}}
NEW = NewActivity("A-1", LISTED, Status(Category.OPEN, "Lunch"))
CONTACT_JSON = {"name": "Ana", "phone": "021 1", "email": "ana@example.org"}
CONTACT = SiteContact("Ana", "021 1", "ana@example.org")
SCHEDULE_JSON = {"earliestStart": "2026-03-01T20:00:00Z", "latestEnd": "2026-03-01T20:00:00.000001Z"}
SCHEDULE = Schedule(FIXED_TIME, FIXED_TIME.replace(microsecond=1))
OUTCOME_JSON = {"code": "DONE", "note": "well"}
OUTCOME = Outcome("DONE", "well")
DETAILS: dict[str, Any] = {"a": [1, 2.5, True, None, "ø", {}]}
COMMON_JSON = {
    "taskId": "WR-1",
    "sender": {"role": "Chorus", "id": "c"},
    "at": "2026-03-01T20:00:00Z",
    "eventId": "E-1",
    "note": "hello",
}
COMMON: dict[str, Any] = {
    "work_request_id": "WR-1",
    "sender": Party(Role.CHORUS, "c"),
    "at": FIXED_TIME,
    "event_id": "E-1",
    "note": "hello",
}
EVENTS: dict[str, tuple[dict[str, Any], AnyEvent]] = {
    "CreateTaskEvent": (
        {"requestor": "rsp", "supplier": "north", "activities": [NEW_JSON]},
        events.CreateWorkRequest(**COMMON, requestor="rsp", supplier="north", activities=(NEW,)),
    ),
    "AcceptTaskEvent": ({}, events.AcceptWorkRequest(**COMMON)),
    "RejectTaskEvent": ({"reason": "SiteIssue"}, events.RejectWorkRequest(**COMMON, reason=RejectionReason.SITE_ISSUE)),
    "ReallocateTaskEvent": ({"supplier": "south"}, events.ReallocateWorkRequest(**COMMON, supplier="south")),
    "PutOnHoldTaskEvent": ({}, events.PutOnHold(**COMMON)),
    "ResumeTaskEvent": ({}, events.Resume(**COMMON)),
    "CancelTaskEvent": ({}, events.CancelWorkRequest(**COMMON)),
    "RequestCancelTaskEvent": ({"activityId": "A-1"}, events.RequestCancellation(**COMMON, activity_id="A-1")),
    "UpdateTaskSiteContactEvent": ({"contact": CONTACT_JSON}, events.UpdateSiteContact(**COMMON, contact=CONTACT)),
    "UpdateTaskScheduleEvent": (
        {"schedule": SCHEDULE_JSON, "activityId": "A-1"},
        events.Reschedule(**COMMON, schedule=SCHEDULE, activity_id="A-1"),
    ),
    **{
        f"UpdateTask{name}Event": ({"values": DETAILS}, events.UpdateDetails(**COMMON, section=section, values=DETAILS))
        for name, section in {
            "Source": Section.SOURCE,
            "Assets": Section.ASSETS,
            "SupplementaryReferences": Section.SUPPLEMENTARY_REFERENCES,
            "FileAttachments": Section.FILE_ATTACHMENTS,
            "AdditionalInfos": Section.ADDITIONAL_INFOS,
        }.items()
    },
    "AddTaskActivityEvent": ({"activity": NEW_JSON}, events.AddActivity(**COMMON, activity=NEW)),
    "RequestAddTaskActivityEvent": ({"type": TYPE}, events.RequestAddActivity(**COMMON, type=LISTED)),
    "UpdateTaskActivityStatusEvent": (
        {"activityId": "A-1", "status": {"category": "Active", "state": "OnSite"}},
        events.UpdateActivityStatus(**COMMON, activity_id="A-1", status=Status(Category.ACTIVE, "OnSite")),
    ),
    "UpdateTaskActivityWorkerEvent": (
        {"activityId": "A-1", "worker": "W-7"},
        events.UpdateActivityWorker(**COMMON, activity_id="A-1", worker="W-7"),
    ),
    "UpdateTaskActivityOutcomesEvent": (
        {"activityId": "A-1", "outcome": OUTCOME_JSON},
        events.RecordOutcome(**COMMON, activity_id="A-1", outcome=OUTCOME),
    ),
    "CancelTaskActivityEvent": ({"activityId": "A-1"}, events.CancelActivity(**COMMON, activity_id="A-1")),
}
SNAPSHOT = {
    "version": 1,
    "id": "WR-1",
    "requestor": "rsp",
    "supplier": "north",
    "activities": [
        {
            "id": "A-1",
            "type": TYPE,
            "status": {"category": "Closed", "state": "Done"},
            "hasBeenActive": True,
            "outcomes": [OUTCOME_JSON],
            "schedule": SCHEDULE_JSON,
            "cancellationRequested": True,
            "worker": "W-7",
            "closure": "Completed",
        }
    ],
    "allocation": "Rejected",
    "rejectionReason": "Duplicate",
    "onHold": True,
    "cancellationRequested": True,
    "siteContact": CONTACT_JSON,
    "schedule": SCHEDULE_JSON,
    "details": {"Assets": DETAILS},
}
LIVED = Activity(
    "A-1", LISTED, Status(Category.CLOSED, "Done"), True, (OUTCOME,), SCHEDULE, True, "W-7", Closure.COMPLETED
)
REJECTED = (Allocation.REJECTED, RejectionReason.DUPLICATE)
LINES: dict[str, dict[str, Any]] = {
    **{name: {"event": name, **COMMON_JSON, **own} for name, (own, _) in EVENTS.items()},
    "snapshot": SNAPSHOT,
}
VALUES: dict[str, AnyEvent | WorkRequest] = {
    **{name: event for name, (_, event) in EVENTS.items()},
    "snapshot": WorkRequest(
        "WR-1", "rsp", "north", (LIVED,), *REJECTED, True, True, CONTACT, SCHEDULE, {Section.ASSETS: DETAILS}
    ),
}
