"""Events: what one can carry, right or wrong, and what it can't; and what they and changes share with all values."""

import inspect
import itertools
import math
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies_values import (
    CHANGE_CLASSES,
    EVENT_CLASSES,
    FIBRE,
    FIXED_TIME,
    MODEL_CLASSES,
    NOT_A_VALUE,
    PAIRS,
    ValueClass,
    events_of,
    fields_of,
    json_values,
    kwargs_of,
    new_activities,
    value_of,
)
from work_request_manager import (
    Activity,
    Allocation,
    Category,
    Closure,
    Event,
    Outcome,
    Party,
    RejectionReason,
    Schedule,
    Section,
    Status,
    changes,
    events,
)

VALUE_CLASSES = (*MODEL_CLASSES, *EVENT_CLASSES, *CHANGE_CLASSES)

# A rejection has a reason, so its reason is compared with that of another rejection.
REJECTED = {"allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.SITE_ISSUE}
COMMON = ("work_request_id", "sender", "at", "event_id", "note")
# Rulebook, section 5: each event's own fields, those that can be left out in brackets.
OWN_FIELDS = {
    "CreateWorkRequest": "requestor supplier activities",
    "AcceptWorkRequest": "",
    "RejectWorkRequest": "reason",
    "ReallocateWorkRequest": "supplier",
    "PutOnHold": "",
    "Resume": "",
    "CancelWorkRequest": "",
    "RequestCancellation": "[activity_id]",
    "UpdateSiteContact": "contact",
    "Reschedule": "schedule [activity_id]",
    "UpdateDetails": "section values",
    "AddActivity": "activity",
    "RequestAddActivity": "type",
    "UpdateActivityStatus": "activity_id status",
    "UpdateActivityWorker": "activity_id worker",
    "RecordOutcome": "activity_id outcome",
    "CancelActivity": "activity_id",
}


def test_there_are_the_events_of_the_rulebook() -> None:
    """The module exports one class for each event, and their common type."""
    assert set(events.__all__) == {*OWN_FIELDS, "Event"}
    assert [kind.__name__ for kind in EVENT_CLASSES] == list(OWN_FIELDS)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_event_has_its_fields_by_keyword(kind: type[Event]) -> None:
    """Every event takes the common fields and its own, by keyword alone."""
    own = OWN_FIELDS[kind.__name__].split()
    parameters = inspect.signature(kind).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert {parameter.name for parameter in parameters} == {*COMMON, *(name.strip("[]") for name in own)}
    optional = {parameter.name for parameter in parameters if parameter.default is None}
    assert optional == {"event_id", "note", *(name.strip("[]") for name in own if name.startswith("["))}
    assert isinstance(value_of(kind), Event)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_optional_fields_default_to_none(kind: type[Event]) -> None:
    """What can be left out is None then, and None is as leaving it out."""
    optional = [field.name for field in attrs.fields(kind) if field.default is None]
    needed = {name: value for name, value in kwargs_of(kind).items() if name not in optional}
    bare = kind(**needed)
    assert [getattr(bare, name) for name in optional] == [None] * len(optional)
    assert bare == value_of(kind, **dict.fromkeys(optional))


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_needed_fields_can_not_be_left_out(kind: type[Event]) -> None:
    """A field without a default is needed, and None is no value for it, but as details."""
    for field in attrs.fields(kind):
        if field.default is not None and field.name != "values":
            with pytest.raises(TypeError, match=rf"{field.name}\b"):
                kind(**{name: value for name, value in kwargs_of(kind).items() if name != field.name})
            with pytest.raises(TypeError, match=rf"^{field.name} is None"):
                value_of(kind, **{field.name: None})


@pytest.mark.parametrize("kind", EVENT_CLASSES)
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_event_is_a_value(kind: type[Event], data: st.DataObject) -> None:
    """Whatever it holds, an event is hashable and comes back equal from a pickle."""
    event = data.draw(events_of(kind))
    same = pickle.loads(pickle.dumps(event))
    assert (same, hash(same), repr(same)) == (event, hash(event), repr(event))


def test_event_alone_can_not_be_built() -> None:
    """Event is what all events have in common; it asks nothing."""
    with pytest.raises(TypeError, match="subclass"):
        value_of(Event)


IDS = ("work_request_id", "event_id", "activity_id", "requestor", "supplier", "worker")


@pytest.mark.parametrize(("cls", "field"), [pair for pair in fields_of(*EVENT_CLASSES) if pair[1] in IDS])
def test_empty_id_is_refused(cls: ValueClass, field: str) -> None:
    """An id has at least one character."""
    with pytest.raises(ValueError, match=rf"^{field} is ''"):
        value_of(cls, **{field: ""})


@pytest.mark.parametrize("wrong", [NOT_A_VALUE, b"", frozenset()], ids=repr)
@pytest.mark.parametrize(("cls", "field"), fields_of(*EVENT_CLASSES))
def test_wrong_type_is_refused(cls: ValueClass, field: str, wrong: object) -> None:
    """A value of the wrong type, an empty one too, is a TypeError that names field and value."""
    with pytest.raises(TypeError, match=rf"^{field}\b.*{re.escape(repr(wrong))}"):
        value_of(cls, **{field: wrong})


@pytest.mark.parametrize("kind", [*EVENT_CLASSES, Outcome])
def test_note_is_limited(kind: type[Event | Outcome]) -> None:
    """A note holds 5,000 characters and not one more, or none."""
    for note in ("", "ø" * 5_000):
        assert value_of(kind, note=note).note == note
    with pytest.raises(ValueError, match=r"^note has 5,001 characters \('øøø"):
        value_of(kind, note="ø" * 5_001)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_time_is_kept_as_utc(kind: type[Event]) -> None:
    """Any offset is taken, a naive time is not."""
    at = value_of(kind, at=datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=13)))).at
    assert (at, at.tzinfo) == (FIXED_TIME, UTC)
    with pytest.raises(ValueError, match=r"^at is 2026-03-02T09:00:00, .* no time zone"):
        value_of(kind, at=datetime(2026, 3, 2, 9))


class TestCreateWorkRequest:
    """A creation names requestor, supplier and activities, however wrong these are."""

    def test_requestor_creates_for_itself(self) -> None:
        """A requestor may leave the requestor out; it is the sender then."""
        given = {name: value for name, value in kwargs_of(events.CreateWorkRequest).items() if name != "requestor"}
        event = events.CreateWorkRequest(**given | {"sender": Party.requestor("rsp-one")})
        assert event.requestor == "rsp-one"
        assert event == events.CreateWorkRequest(**given | {"sender": event.sender, "requestor": "rsp-one"})

    @pytest.mark.parametrize(
        ("sender", "wrong"),
        [
            (Party.chorus(), "requestor is missing"),
            (Party.supplier("northline"), "requestor is missing"),
            ("rsp-one", "sender is 'rsp-one'"),
        ],
    )
    def test_others_name_the_requestor(self, sender: object, wrong: str) -> None:
        """No one else may leave it out; a sender that is none is itself what is wrong."""
        given = {name: value for name, value in kwargs_of(events.CreateWorkRequest).items() if name != "requestor"}
        with pytest.raises(TypeError, match=rf"^{wrong}"):
            events.CreateWorkRequest(**given | {"sender": sender})

    def test_what_rules_judge_can_be_built(self) -> None:
        """No activities, or two of one id, are for the rules to judge (WRM404, WRM405)."""
        twice = [Activity("A-1", FIBRE), Activity("A-1", FIBRE)]
        assert value_of(events.CreateWorkRequest, activities=[]).activities == ()
        assert value_of(events.CreateWorkRequest, activities=twice).activities == tuple(twice)

    def test_list_of_activities_can_change_without_effect(self) -> None:
        """The activities are a tuple."""
        activities = [Activity("A-1", FIBRE)]
        event = value_of(events.CreateWorkRequest, activities=activities)
        activities.clear()
        assert event.activities == (Activity("A-1", FIBRE),)


MORE_THAN_NEW: dict[str, object] = {
    "has_been_active": True,
    "outcomes": (Outcome("DONE"),),
    "schedule": Schedule(FIXED_TIME),
    "cancellation_requested": True,
    "worker": "W-7",
}


class TestNewActivity:
    """A new activity in an event is an id, a type and a status."""

    @given(new_activities)
    def test_any_status_can_be_told(self, activity: Activity) -> None:
        """Whatever its category, it can be told, and judged (WRM408)."""
        told = value_of(events.AddActivity, activity=activity).activity
        assert (told.id, told.type, told.status) == (activity.id, activity.type, activity.status)

    def test_closures_are_not_told(self) -> None:
        """Two closed new activities are the same, whatever closure the constructor made them name."""
        one, other = (Activity("A-1", FIBRE, Status(Category.CLOSED), closure=closure) for closure in Closure)
        assert value_of(events.AddActivity, activity=one) == value_of(events.AddActivity, activity=other)
        assert value_of(events.CreateWorkRequest, activities=[one]) == value_of(
            events.CreateWorkRequest, activities=(other,)
        )

    @pytest.mark.parametrize(
        ("category", "part"),
        # An Active activity has been active, new or not.
        sorted({*itertools.product(Category, MORE_THAN_NEW)} - {(Category.ACTIVE, "has_been_active")}),
    )
    def test_more_is_refused(self, category: Category, part: str) -> None:
        """Anything else of an activity's life is a ValueError that names event field, part and value."""
        new: dict[str, Any] = {
            "has_been_active": category is Category.ACTIVE,
            "closure": Closure.CANCELLED if category is Category.CLOSED else None,
        }
        lived = Activity("A-1", FIBRE, Status(category), **new | {part: MORE_THAN_NEW[part]})
        value = re.escape(repr(MORE_THAN_NEW[part]))
        with pytest.raises(ValueError, match=rf"^activity\.{part} is {value}"):
            value_of(events.AddActivity, activity=lived)
        with pytest.raises(ValueError, match=rf"^activities\[1\]\.{part} is {value}"):
            value_of(events.CreateWorkRequest, activities=[Activity("A-0", FIBRE), lived])


class TestRejectWorkRequest:
    """A reject carries any text as its reason."""

    @pytest.mark.parametrize("reason", RejectionReason)
    def test_known_reason_becomes_a_member(self, reason: RejectionReason) -> None:
        """One of the four is the enum's member, however it was spelt."""
        assert value_of(events.RejectWorkRequest, reason=reason.value).reason is reason
        assert value_of(events.RejectWorkRequest, reason=reason).reason is reason

    @pytest.mark.parametrize("reason", ["TooFar", "duplicate", "DUPLICATE", ""])
    def test_any_text_can_be_a_reason(self, reason: str) -> None:
        """Another text stays text, for WRM101 to judge."""
        event = value_of(events.RejectWorkRequest, reason=reason)
        assert type(event.reason) is str
        assert event.reason == reason


class TestUpdateDetails:
    """The values of a section are any JSON."""

    @given(json_values)
    def test_any_json_is_held(self, values: object) -> None:
        """Any JSON value is held as it is, arrays as tuples."""
        assert thawed(value_of(events.UpdateDetails, values=values).values) == values

    def test_values_can_change_without_effect(self) -> None:
        """What was given is copied all the way down."""
        values = {"a": [{"b": [1]}]}
        event = value_of(events.UpdateDetails, values=values)
        values["a"][0]["b"].append(2)
        values["a"].clear()
        assert event == value_of(events.UpdateDetails, values={"a": ({"b": (1,)},)})

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_numbers_that_json_lacks_are_refused(self, number: float) -> None:
        """JSON has no NaN and no infinity, at any depth."""
        for values in (number, [[number]], {"a": {"b": number}}):
            with pytest.raises(ValueError, match=rf"^values holds {number!r}, "):
                value_of(events.UpdateDetails, values=values)

    @pytest.mark.parametrize("wrong", [{1: "a"}, [{None: 1}], {(): 1}, {1, 2}, [b"x"], FIXED_TIME, [[object]]])
    def test_what_json_can_not_say_is_refused(self, wrong: object) -> None:
        """Keys are text, and sets, bytes, times and classes are no JSON."""
        with pytest.raises(TypeError, match=r"^values\b"):
            value_of(events.UpdateDetails, values=wrong)

    def test_list_that_holds_itself_is_refused(self) -> None:
        """No JSON text ends that says it."""
        endless: list[object] = []
        endless.append(endless)
        with pytest.raises(ValueError, match=r"^values\b"):
            value_of(events.UpdateDetails, values=endless)

    @pytest.mark.parametrize("section", ["Source", "", None])
    def test_section_is_a_member(self, section: object) -> None:
        """A section's name is not a section."""
        with pytest.raises(TypeError, match=r"^section is"):
            value_of(events.UpdateDetails, section=section)


def thawed(value: object) -> object:
    """Return a JSON value with lists and dicts for its tuples and mappings."""
    if isinstance(value, tuple):
        return [thawed(item) for item in value]
    return {key: thawed(item) for key, item in value.items()} if hasattr(value, "items") else value


@pytest.mark.parametrize("cls", VALUE_CLASSES)
class TestEveryValue:
    """Values are frozen, slotted, hashable, picklable and equal by value."""

    def test_equals_another_of_the_same_contents(self, cls: ValueClass) -> None:
        """Two objects of one class with equal fields are equal, in hash and text too."""
        one, same = value_of(cls), value_of(cls)
        assert one is not same
        assert (one, hash(one), repr(one)) == (same, hash(same), repr(same))

    @pytest.mark.parametrize("protocol", [pickle.HIGHEST_PROTOCOL, pickle.DEFAULT_PROTOCOL, 2])
    def test_survives_pickling(self, cls: ValueClass, protocol: int) -> None:
        """A pickled value comes back equal, hash and text included."""
        one = value_of(cls)
        same = pickle.loads(pickle.dumps(one, protocol))
        assert type(same) is cls
        assert (one, hash(one), repr(one)) == (same, hash(same), repr(same))

    def test_cannot_be_changed(self, cls: ValueClass) -> None:
        """No field can be set or deleted, and no attribute added."""
        one = value_of(cls)
        for name in [*kwargs_of(cls), "another"]:
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(one, name, "changed")
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                delattr(one, name)
        assert not hasattr(one, "__dict__")

    def test_differs_from_other_types(self, cls: ValueClass) -> None:
        """An object equals none of another class, whatever it holds, and no tuple of its fields."""
        one = value_of(cls)
        others = [value_of(other) for other in VALUE_CLASSES if other is not cls]
        assert one not in [*others, tuple(kwargs_of(cls).values()), None, "one"]


@pytest.mark.parametrize(("cls", "field"), fields_of(*VALUE_CLASSES))
def test_values_that_differ_in_one_field_differ(cls: ValueClass, field: str) -> None:
    """Every field counts in equality."""
    alongside = REJECTED if field == "rejection_reason" else {}
    one, other = value_of(cls, **alongside), value_of(cls, **{**alongside, field: PAIRS[field][1]})
    assert one != other
    assert repr(one) != repr(other)


class TestChanges:
    """Changes say what happened, in the past tense."""

    def test_all_are_changes(self) -> None:
        """Every fact is about a work request, which it names first."""
        assert all(issubclass(cls, changes.Change) for cls in CHANGE_CLASSES)
        assert {attrs.fields(cls)[0].name for cls in CHANGE_CLASSES} == {"work_request_id"}
        assert len(CHANGE_CLASSES) == len(set(CHANGE_CLASSES)) == 17

    def test_text_names_what_happened(self) -> None:
        """The repr names the fact and all its values."""
        moved = changes.ActivityMoved("WR-1", "A-1", "cancel", Status(Category.OPEN), Status(Category.CLOSED))
        assert repr(moved) == (
            "ActivityMoved(work_request_id='WR-1', activity_id='A-1', move='cancel',"
            " before=Status(category=<Category.OPEN: 'Open'>, state='Open'),"
            " after=Status(category=<Category.CLOSED: 'Closed'>, state='Closed'))"
        )
        assert repr(changes.WorkRequestClosed("WR-1")) == "WorkRequestClosed(work_request_id='WR-1')"

    def test_facts_of_equal_contents_differ(self) -> None:
        """A hold that began is not a hold that ended."""
        facts = {cls("WR-1") for cls in (changes.WorkRequestPutOnHold, changes.WorkRequestResumed)}
        assert facts == {changes.WorkRequestResumed("WR-1"), changes.WorkRequestPutOnHold("WR-1")}
        assert len(facts) == 2
        assert changes.DetailsUpdated("WR-1", Section.ASSETS) != changes.DetailsUpdated("WR-1", Section.SOURCE)
