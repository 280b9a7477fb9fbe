"""The values of the model: the checks of their constructors, and that they never change."""

import itertools
import pickle
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies_values import (
    FIBRE,
    FIXED_TIME,
    MODEL_CLASSES,
    ValueClass,
    fields_of,
    value_of,
    work_requests,
    wrong_values,
)
from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    Outcome,
    Party,
    RejectionReason,
    Role,
    Schedule,
    Section,
    Status,
    WorkRequest,
    events,
)
from work_request_manager._values import FrozenDict
from work_request_manager.errors import FieldTypeError, FieldValueError

OPEN, ACTIVE, COMPLETE, IN_REVIEW, CLOSED = Category
# The names in JSON, from the rulebook, section 1.
NAMES: dict[type[StrEnum], str] = {
    Category: "Open Active PracticalCompletion InReview Closed",
    Closure: "Completed Cancelled",
    Allocation: "Sent Accepted Rejected",
    RejectionReason: "WrongSupplier Duplicate InventoryIssue SiteIssue",
    Role: "WorkRequestor WorkSupplier Chorus",
    Section: "Source Assets SupplementaryReferences FileAttachments AdditionalInfos",
}


@pytest.mark.parametrize(("enum", "names"), NAMES.items())
def test_members_have_the_same_names_in_python_and_in_json(enum: type[StrEnum], names: str) -> None:
    """The value of a member is its name in JSON. Its name in Python is the same words in capitals."""
    assert " ".join(enum) == names
    assert [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in names.split()] == list(enum.__members__)


def test_texts_of_small_values_are_readable() -> None:
    """The repr names the class, the fields and the values. Parties and statuses have a short text as well."""
    assert repr(Party.supplier("northline")) == "Party(role=Role.WORK_SUPPLIER, id='northline')"
    assert [str(party) for party in (Party.supplier("northline"), Party.chorus())] == [
        "WorkSupplier northline",
        "Chorus",
    ]
    assert [str(Status(ACTIVE, state)) for state in ("OnSite", "")] == ["Active (OnSite)", "Active"]


@settings(deadline=None)
@given(work_requests())
def test_any_work_request_survives_pickling(work_request: WorkRequest) -> None:
    """A work request with any contents is hashable and comes back equal from a pickle."""
    same = pickle.loads(pickle.dumps(work_request))
    assert (same, hash(same), repr(same)) == (work_request, hash(work_request), repr(work_request))


@pytest.mark.parametrize(("cls", "field", "wrong"), wrong_values(*MODEL_CLASSES))
def test_a_wrong_type_is_refused(cls: ValueClass, field: str, wrong: object) -> None:
    """A value of the wrong type is a TypeError that names the field and the value."""
    with pytest.raises(TypeError, match=rf"^{field}\b.*{re.escape(repr(wrong))}"):
        value_of(cls, **{field: wrong})


NULLABLE = {"state", "states", "note", "phone", "email", "earliest_start", "latest_end", "schedule", "worker"}
NULLABLE |= {"rejection_reason", "site_contact"}


@pytest.mark.parametrize(("cls", "field"), fields_of(*MODEL_CLASSES))
def test_none_is_refused_for_a_required_value(cls: ValueClass, field: str) -> None:
    """Only optional fields can be None."""
    if field in NULLABLE:
        value_of(cls, **{field: None})
    else:
        with pytest.raises((TypeError, ValueError), match=rf"{field} is None"):
            value_of(cls, **{field: None})


@pytest.mark.parametrize(
    ("cls", "field", "name"),
    [
        (Party, "role", "Chorus"),
        (Status, "category", "Open"),
        (Activity, "closure", "Completed"),
        (WorkRequest, "allocation", "Sent"),
        (WorkRequest, "rejection_reason", "Duplicate"),
        (WorkRequest, "details", {"Source": 1}),
        (ActivityType, "states", {"OnSite": "Active"}),
        (ActivityType, "states", {1: ACTIVE}),
        (ActivityType, "work_supplier_allowed_to_cancel", 1),
        (Activity, "outcomes", (Outcome("DONE"), "DONE")),
        (Activity, "outcomes", "DONE"),
        (WorkRequest, "activities", [FIBRE]),
        (Schedule, "earliest_start", date(2026, 3, 1)),
        (Schedule, "latest_end", "2026-03-01T20:00:00Z"),
    ],
)
def test_a_value_that_only_looks_right_is_refused(cls: ValueClass, field: str, name: object) -> None:
    """The name of a member, an item of the wrong class or a date instead of a time is a TypeError with a way out."""
    with pytest.raises(
        TypeError, match=rf"^{field}(\[.*\]| key)? is .*; (it must be an? |pass a list, .* of )[A-Za-z]+$"
    ):
        value_of(cls, **{field: name})


IDS = {"id", "code", "name", "worker", "requestor", "supplier"}


@pytest.mark.parametrize(("cls", "field"), [pair for pair in fields_of(*MODEL_CLASSES) if pair[1] in IDS])
def test_an_empty_id_is_refused(cls: ValueClass, field: str) -> None:
    """An id, code or name has at least one character."""
    with pytest.raises(ValueError, match=rf"^{field} is ''"):
        value_of(cls, **{field: ""})


IMPOSSIBLE: list[tuple[Callable[[], object], str, str]] = [
    (lambda: Activity("A-1", FIBRE, Status(ACTIVE, "OnSite")), "has_been_active", "Active (OnSite)"),
    (lambda: Activity("A-1", FIBRE, Status(CLOSED)), "closure", "None"),
    *(
        (lambda category=category, closure=closure: Activity(
            "A-1", FIBRE, Status(category), has_been_active=True, closure=closure
        ), "closure", f"'{closure}', but A-1 is {category}")
        for category in Category if category is not CLOSED
        for closure in Closure
    ),
    (lambda: WorkRequest("WR-1", "rsp", "north", ()), "activities", "()"),
    (lambda: WorkRequest("WR-1", "rsp", "north", [Activity(one, FIBRE) for one in "abbca"]), "activities", "a, b"),
    (lambda: value_of(WorkRequest, allocation=Allocation.REJECTED), "rejection_reason", "None"),
    *(
        (lambda allocation=allocation: value_of(
            WorkRequest, allocation=allocation, rejection_reason=RejectionReason.DUPLICATE
        ), "rejection_reason", f"'Duplicate', but one is {allocation}")
        for allocation in (Allocation.SENT, Allocation.ACCEPTED)
    ),
    (lambda: value_of(WorkRequest, details={Section.ASSETS: {"n": [float("nan")]}}), "details", "nan"),
    (lambda: value_of(WorkRequest, details={Section.ASSETS: float("-inf")}), "details", "-inf"),
    (lambda: Schedule(), "earliest_start", "is missing, and the schedule has no end"),
    (lambda: Schedule(FIXED_TIME, FIXED_TIME - timedelta(microseconds=1)), "latest_end", "2026-03-01T19:59:59.999999"),
    (lambda: ActivityType("X", states={"": OPEN}), "states", "''"),
    *(
        (lambda state=state, other=other: ActivityType("X", states={state.value: other}), "states", f"'{other}'")
        for state, other in itertools.permutations(Category, 2)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("build", "field", "value"), IMPOSSIBLE)
def test_an_impossible_value_is_refused(build: Callable[[], object], field: str, value: str) -> None:
    """A value that contradicts itself is a ValueError that names the field and the value."""
    with pytest.raises(ValueError, match=rf"^{field}\b.*{re.escape(value)}"):
        build()


def test_field_errors_survive_pickling() -> None:
    """The error of a constructor can be sent to another process."""
    for error in (FieldValueError("id", "is ''"), FieldTypeError("id", "is 5")):
        same = pickle.loads(pickle.dumps(error))
        assert (type(same), same.field, same.message) == (type(error), "id", error.message)
        assert str(same) == str(error) == f"id {error.message}"


@pytest.mark.parametrize("state", [None, ""])
@pytest.mark.parametrize("category", Category)
def test_a_status_without_a_state_has_the_name_of_its_category(category: Category, state: str) -> None:
    """The state is then the name of the category in JSON."""
    assert Status(category, state) == Status(category) == Status(category, category.value)
    assert type(Status(category, state).state) is str


def test_new_activity_is_open_and_untouched() -> None:
    """An activity with only an id and a type is Open and untouched, and has no other values."""
    expected = (Status(OPEN, "Open"), False, (), None, False, None, None)
    assert attrs.astuple(Activity("A-1", FIBRE), recurse=False)[2:] == expected


def test_new_work_request_is_sent() -> None:
    """A work request with only ids and activities is Sent, and has no other values."""
    request = WorkRequest("WR-1", "rsp-one", "northline", [Activity("A-1", FIBRE)])
    expected: tuple[object, ...] = (Allocation.SENT, None, False, False, None, None, {})
    assert attrs.astuple(request, recurse=False)[4:] == expected


def test_parties_are_named_after_their_roles() -> None:
    """Each of the three constructors has the name of its role."""
    assert Party.supplier("n") == Party(Role.WORK_SUPPLIER, "n")
    assert Party.requestor("n") == Party(Role.WORK_REQUESTOR, "n")
    assert Party.chorus() == Party(Role.CHORUS, "chorus")


class TestActivityType:
    """A type can list its states."""

    @pytest.mark.parametrize("nothing", [None, {}])
    def test_an_empty_mapping_of_states_is_the_same_as_none(self, nothing: Mapping[str, Category] | None) -> None:
        """A type without listed states accepts any state."""
        assert ActivityType("X", states=nothing) == ActivityType("X")
        assert ActivityType("X", states=nothing).states is None

    def test_the_category_of_a_state_must_be_a_member(self) -> None:
        """The name of a category is a text. The error names the state that it was given for."""
        with pytest.raises(TypeError, match=r"^states\['OnSite'\] is 'Active'"):
            value_of(ActivityType, states={"Lunch": OPEN, "OnSite": "Active"})

    @pytest.mark.parametrize("category", Category)
    def test_listed_state_has_its_category(self, category: Category) -> None:
        """A listed state fits its own category only. Other states fit every category."""
        listing = ActivityType("X", states={"OnSite": ACTIVE, "Closed": CLOSED})
        states = [Status(category, state) for state in ("OnSite", "Closed", "Lunch")]
        assert [listing.category_of(status.state) for status in states] == [ACTIVE, CLOSED, None]
        assert [listing.lists(status) for status in states] == [True, True, False]
        assert [listing.fits(status) for status in states] == [category is ACTIVE, category is CLOSED, True]
        assert all(FIBRE.lists(status) and FIBRE.fits(status) for status in states)

    @pytest.mark.parametrize("category", Category)
    @pytest.mark.parametrize("states", [None, {"OnSite": ACTIVE}])
    def test_category_names_count_as_listed(self, category: Category, states: Mapping[str, Category] | None) -> None:
        """The name of each category is a state of that category for every type."""
        assert ActivityType("X", states=states).category_of(category.value) is category
        assert ActivityType("X", states={category.value: category}).category_of(category.value) is category


@pytest.mark.parametrize(
    ("category", "has_been_active", "closure", "is_untouched", "has_begun"),
    [
        (OPEN, False, None, True, False),
        (OPEN, True, None, False, True),
        (ACTIVE, True, None, False, True),
        (COMPLETE, False, None, False, True),
        (COMPLETE, True, None, False, True),
        (IN_REVIEW, False, None, False, True),
        (IN_REVIEW, True, None, False, True),
        (CLOSED, False, Closure.CANCELLED, False, False),
        (CLOSED, True, Closure.CANCELLED, False, True),
        (CLOSED, False, Closure.COMPLETED, False, True),
        (CLOSED, True, Closure.COMPLETED, False, True),
    ],
)
def test_progress_of_an_activity(
    category: Category, has_been_active: bool, closure: Closure | None, is_untouched: bool, has_begun: bool
) -> None:
    """Every possible activity is untouched, begun and closed as the rulebook says, and so is its work request."""
    activity = Activity("A-1", FIBRE, Status(category, "any"), has_been_active=has_been_active, closure=closure)
    assert (activity.is_untouched, activity.has_begun) == (is_untouched, has_begun)
    assert activity.is_closed is (category is CLOSED)
    cancelled = Activity("A-0", FIBRE, Status(CLOSED), closure=Closure.CANCELLED)
    request = value_of(WorkRequest, activities=(cancelled, activity))
    assert (request.is_closed, request.has_begun) == (category is CLOSED, has_begun)


def test_activities_are_found_by_id() -> None:
    """An activity is found by its id. An unknown id is a KeyError that names the known ones."""
    first, second = Activity("A-1", FIBRE), Activity("A-2", FIBRE)
    request = value_of(WorkRequest, activities=(first, second))
    assert (request.activity("A-1"), request.activity("A-2")) == (first, second)
    with pytest.raises(KeyError, match=r"work request one has no activity 'A-3'; it has A-1, A-2"):
        request.activity("A-3")


class TestFrozenCollections:
    """Collections are tuples and read-only mappings at every level."""

    @pytest.mark.parametrize("wrap", [dict, MappingProxyType, FrozenDict])
    def test_a_later_change_of_the_arguments_has_no_effect(self, wrap: Callable[[Any], Any]) -> None:
        """The value has its own copies of lists and dicts."""
        states, deep, outcomes = {"OnSite": ACTIVE}, {"a": [{"b": [1]}]}, [Outcome("DONE")]
        activity = Activity("A-1", ActivityType("X", states=wrap(states)), outcomes=outcomes)
        activities = [activity]
        request = value_of(WorkRequest, activities=activities, details=wrap({Section.ASSETS: deep}))
        before = pickle.dumps(request)
        deep["a"].append({})
        deep["a"][0]["b"].append(2)
        states["Lunch"] = OPEN
        outcomes.clear()
        activities.clear()
        assert pickle.dumps(request) == before
        assert request.details == {Section.ASSETS: {"a": ({"b": (1,)},)}}
        assert activity.type.states == {"OnSite": ACTIVE}

    def test_mapping_is_read_only(self) -> None:
        """A mapping can be read, compared and hashed, but not changed."""
        frozen: Any = FrozenDict({"a": 1, "b": 2})
        assert (list(frozen), len(frozen), frozen["a"]) == (["a", "b"], 2, 1)
        assert repr(frozen) == "FrozenDict({'a': 1, 'b': 2})"
        assert hash(frozen) == hash(FrozenDict({"b": 2, "a": 1})) != hash(FrozenDict({"b": 2}))
        with pytest.raises(TypeError):
            frozen["a"] = 2
        with pytest.raises(TypeError):
            del frozen["a"]
        with pytest.raises(AttributeError):
            frozen.a = 2


class Nanoseconds(datetime):
    """A time that is finer than microseconds. Some libraries have such a class."""

    nanosecond = 999


class NoOffset(tzinfo):
    """A zone without an offset, whose times are naive."""

    def utcoffset(self, _time: datetime | None) -> None:
        """Return None."""

    dst = tzname = utcoffset


OFFSETS = st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))


class TestTimes:
    """Times are aware and kept as UTC."""

    @given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS))
    def test_any_offset_is_kept_as_utc(self, time: datetime) -> None:
        """The instant stays the same. Its offset becomes UTC."""
        kept = Schedule(time).earliest_start
        assert kept is not None
        assert (type(kept), kept.tzinfo, kept) == (datetime, UTC, time)
        assert Schedule(latest_end=time).latest_end == time

    @given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC) | OFFSETS))
    def test_finer_than_microseconds_is_cut(self, time: datetime) -> None:
        """An instance of a subclass becomes a plain datetime, without nanoseconds."""
        kept = Schedule(Nanoseconds.combine(time.date(), time.timetz())).earliest_start
        assert (type(kept), kept) == (datetime, time)

    @pytest.mark.parametrize("time", [datetime(2026, 3, 1), datetime(2026, 3, 1, tzinfo=NoOffset())])
    @pytest.mark.parametrize(
        ("cls", "field"), [(Schedule, "earliest_start"), (Schedule, "latest_end"), (events.PutOnHold, "at")]
    )
    def test_a_naive_time_is_refused(self, cls: ValueClass, field: str, time: datetime) -> None:
        """A time without an offset does not say which instant it is."""
        with pytest.raises(ValueError, match=f"^{field} is 2026-03-01T00:00:00, .* no time zone"):
            value_of(cls, **{field: time})

    @pytest.mark.parametrize(
        ("edge", "hours"), [(datetime(1, 1, 1), 1), (datetime(9999, 12, 31, 23, 59, 59, 999999), -1)]
    )
    def test_edges_of_the_calendar(self, edge: datetime, hours: int) -> None:
        """The first and last instant of the calendar in UTC are accepted. Instants beyond them are ValueErrors."""
        assert Schedule(edge.replace(tzinfo=UTC)).earliest_start == edge.replace(tzinfo=UTC)
        beyond = edge.replace(tzinfo=timezone(timedelta(hours=hours)))
        assert Schedule(edge.replace(tzinfo=timezone(timedelta(hours=-hours)))).earliest_start is not None
        with pytest.raises(ValueError, match=re.escape(f"earliest_start is {beyond.isoformat()}, before year 1 or")):
            Schedule(beyond)
