"""The events and changes: their fields, the checks of their constructors, and what all values have in common."""

import inspect
import math
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

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
    ValueClass,
    events_of,
    fields_of,
    json_values,
    kwargs_of,
    new_activities,
    pair_of,
    value_of,
    wrong_values,
)
from work_request_manager import (
    Activity,
    Allocation,
    Category,
    Event,
    NewActivity,
    Outcome,
    Party,
    RejectionReason,
    Section,
    Status,
    changes,
    events,
)

VALUE_CLASSES = (*MODEL_CLASSES, *EVENT_CLASSES, *CHANGE_CLASSES)

# Only a rejected work request has a reason, so two rejected ones are compared.
REJECTED = {"allocation": Allocation.REJECTED, "rejection_reason": RejectionReason.SITE_ISSUE}
COMMON = ("work_request_id", "sender", "at", "event_id", "note")
# Rulebook, section 5: the fields of each event. Brackets mark optional ones.
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
    """The module exports one class for each event, their base class, and their union."""
    assert set(events.__all__) == {*OWN_FIELDS, "AnyEvent", "Event"}
    assert get_args(events.AnyEvent) == EVENT_CLASSES
    assert [kind.__name__ for kind in EVENT_CLASSES] == list(OWN_FIELDS)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_an_event_has_its_fields_by_keyword(kind: type[Event]) -> None:
    """Every event takes the common fields and its own, by keyword only."""
    own = OWN_FIELDS[kind.__name__].split()
    parameters = inspect.signature(kind).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert {parameter.name for parameter in parameters} == {*COMMON, *(name.strip("[]") for name in own)}
    optional = {parameter.name for parameter in parameters if parameter.default is None}
    assert optional == {"event_id", "note", *(name.strip("[]") for name in own if name.startswith("["))}
    assert isinstance(value_of(kind), Event)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_optional_fields_default_to_none(kind: type[Event]) -> None:
    """An optional field that is left out is None."""
    optional = [field.name for field in attrs.fields(kind) if field.default is None]
    needed = {name: value for name, value in kwargs_of(kind).items() if name not in optional}
    bare = kind(**needed)
    assert [getattr(bare, name) for name in optional] == [None] * len(optional)
    assert bare == value_of(kind, **dict.fromkeys(optional))


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_required_fields_cannot_be_left_out(kind: type[Event]) -> None:
    """A field without a default is required and cannot be None. Only the values of details can."""
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
    """Every event is hashable and comes back equal from a pickle."""
    event = data.draw(events_of(kind))
    same = pickle.loads(pickle.dumps(event))
    assert (same, hash(same), repr(same)) == (event, hash(event), repr(event))


def test_the_base_class_cannot_be_built() -> None:
    """Event only holds the common fields. The error says what to build."""
    with pytest.raises(TypeError, match="build an instance of one of its subclasses"):
        value_of(Event)


IDS = ("work_request_id", "event_id", "activity_id", "requestor", "supplier", "worker")


@pytest.mark.parametrize(("cls", "field"), [pair for pair in fields_of(*EVENT_CLASSES) if pair[1] in IDS])
def test_an_empty_id_is_refused(cls: ValueClass, field: str) -> None:
    """An id has at least one character."""
    with pytest.raises(ValueError, match=rf"^{field} is ''"):
        value_of(cls, **{field: ""})


@pytest.mark.parametrize(("cls", "field", "wrong"), wrong_values(*EVENT_CLASSES))
def test_a_wrong_type_is_refused(cls: ValueClass, field: str, wrong: object) -> None:
    """A value of the wrong type is a TypeError that names the field and the value."""
    with pytest.raises(TypeError, match=rf"^{field}\b.*{re.escape(repr(wrong))}"):
        value_of(cls, **{field: wrong})


@pytest.mark.parametrize("kind", [*EVENT_CLASSES, Outcome])
def test_note_is_limited(kind: type[Event | Outcome]) -> None:
    """A note holds at most 5,000 characters."""
    for note in ("", "ø" * 5_000):
        assert value_of(kind, note=note).note == note
    with pytest.raises(ValueError, match=r"^note has 5,001 characters \('øøø"):
        value_of(kind, note="ø" * 5_001)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
def test_time_is_kept_as_utc(kind: type[Event]) -> None:
    """A time of any offset is accepted. A naive time is not."""
    at = value_of(kind, at=datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=13)))).at
    assert (at, at.tzinfo) == (FIXED_TIME, UTC)
    with pytest.raises(ValueError, match=r"^at is 2026-03-02T09:00:00, .* no time zone"):
        value_of(kind, at=datetime(2026, 3, 2, 9))


class TestCreateWorkRequest:
    """A create event names the requestor, the supplier and the activities."""

    def test_requestor_creates_for_itself(self) -> None:
        """A requestor may leave the requestor out. It is then the sender."""
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
        """Other parties must name it. A wrong sender is reported first."""
        given = {name: value for name, value in kwargs_of(events.CreateWorkRequest).items() if name != "requestor"}
        with pytest.raises(TypeError, match=rf"^{wrong}"):
            events.CreateWorkRequest(**given | {"sender": sender})

    def test_an_event_that_a_rule_refuses_can_be_built(self) -> None:
        """The rules judge a create event without activities, or with one id twice (WRM404, WRM405)."""
        twice = [NewActivity("A-1", FIBRE), NewActivity("A-1", FIBRE)]
        assert value_of(events.CreateWorkRequest, activities=[]).activities == ()
        assert value_of(events.CreateWorkRequest, activities=twice).activities == tuple(twice)

    def test_a_later_change_of_the_list_has_no_effect(self) -> None:
        """The activities are a tuple."""
        activities = [NewActivity("A-1", FIBRE)]
        event = value_of(events.CreateWorkRequest, activities=activities)
        activities.clear()
        assert event.activities == (NewActivity("A-1", FIBRE),)


class TestNewActivity:
    """Create and add events describe activities by NewActivity: an id, a type and a status."""

    @given(new_activities)
    def test_any_status_can_be_given(self, activity: NewActivity) -> None:
        """An event takes a new activity in any category, which WRM408 judges."""
        assert value_of(events.AddActivity, activity=activity).activity is activity
        assert value_of(events.CreateWorkRequest, activities=[activity]).activities == (activity,)

    def test_an_activity_is_not_a_new_activity(self) -> None:
        """An Activity may have a life already, so the events refuse it."""
        activity = Activity("A-1", FIBRE)
        with pytest.raises(TypeError, match=r"^activity is .* \(Activity\); it must be a NewActivity$"):
            value_of(events.AddActivity, activity=activity)
        with pytest.raises(TypeError, match=r"^activities\[1\] is .* \(Activity\); it must be a NewActivity$"):
            value_of(events.CreateWorkRequest, activities=[NewActivity("A-0", FIBRE), activity])


class TestRejectWorkRequest:
    """A reject takes any text as its reason."""

    @pytest.mark.parametrize("reason", RejectionReason)
    def test_known_reason_becomes_a_member(self, reason: RejectionReason) -> None:
        """The text of one of the four reasons becomes the member of the enum."""
        assert value_of(events.RejectWorkRequest, reason=reason.value).reason is reason
        assert value_of(events.RejectWorkRequest, reason=reason).reason is reason

    @pytest.mark.parametrize("reason", ["TooFar", "duplicate", "DUPLICATE", ""])
    def test_any_text_can_be_a_reason(self, reason: str) -> None:
        """Another text stays a text, which WRM101 judges."""
        event = value_of(events.RejectWorkRequest, reason=reason)
        assert type(event.reason) is str
        assert event.reason == reason


class TestUpdateDetails:
    """The values of a section are any JSON value."""

    @given(json_values)
    def test_any_json_is_held(self, values: object) -> None:
        """Every JSON value is accepted. Arrays become tuples."""
        assert thawed(value_of(events.UpdateDetails, values=values).values) == values

    def test_a_later_change_of_the_values_has_no_effect(self) -> None:
        """The event has a deep copy of the values."""
        values = {"a": [{"b": [1]}]}
        event = value_of(events.UpdateDetails, values=values)
        values["a"][0]["b"].append(2)
        values["a"].clear()
        assert event == value_of(events.UpdateDetails, values={"a": ({"b": (1,)},)})

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_a_number_that_json_cannot_hold_is_refused(self, number: float) -> None:
        """JSON has no NaN and no infinity, at any depth."""
        for values in (number, [[number]], {"a": {"b": number}}):
            with pytest.raises(ValueError, match=rf"^values holds {number!r}, "):
                value_of(events.UpdateDetails, values=values)

    @pytest.mark.parametrize("wrong", [{1: "a"}, [{None: 1}], {(): 1}, {1, 2}, [b"x"], FIXED_TIME, [[object]]])
    def test_a_value_that_json_cannot_hold_is_refused(self, wrong: object) -> None:
        """Keys must be texts. Sets, bytes, times and classes are not JSON values."""
        with pytest.raises(TypeError, match=r"^values\b"):
            value_of(events.UpdateDetails, values=wrong)

    def test_a_list_that_holds_itself_is_refused(self) -> None:
        """Its JSON would have no end."""
        endless: list[object] = []
        endless.append(endless)
        with pytest.raises(ValueError, match=r"^values\b"):
            value_of(events.UpdateDetails, values=endless)

    @pytest.mark.parametrize("section", ["Source", "", None])
    def test_section_is_a_member(self, section: object) -> None:
        """The name of a section is a text, not a section."""
        with pytest.raises(TypeError, match=r"^section is"):
            value_of(events.UpdateDetails, section=section)


def thawed(value: object) -> object:
    """Return a JSON value with lists and dicts instead of tuples and mappings."""
    if isinstance(value, tuple):
        return [thawed(item) for item in value]
    return {key: thawed(item) for key, item in value.items()} if hasattr(value, "items") else value


@pytest.mark.parametrize("cls", VALUE_CLASSES)
class TestEveryValue:
    """Values are frozen, slotted, hashable, picklable and equal by value."""

    def test_equals_another_of_the_same_contents(self, cls: ValueClass) -> None:
        """Two objects of one class with equal fields are equal, and so are their hashes and reprs."""
        one, same = value_of(cls), value_of(cls)
        assert one is not same
        assert (one, hash(one), repr(one)) == (same, hash(same), repr(same))

    @pytest.mark.parametrize("protocol", [pickle.HIGHEST_PROTOCOL, pickle.DEFAULT_PROTOCOL, 2])
    def test_survives_pickling(self, cls: ValueClass, protocol: int) -> None:
        """A pickled value comes back equal, with the same hash and repr."""
        one = value_of(cls)
        same = pickle.loads(pickle.dumps(one, protocol))
        assert type(same) is cls
        assert (one, hash(one), repr(one)) == (same, hash(same), repr(same))

    def test_cannot_be_changed(self, cls: ValueClass) -> None:
        """No field can be set or deleted, and no attribute can be added."""
        one = value_of(cls)
        for name in [*kwargs_of(cls), "another"]:
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(one, name, "changed")
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                delattr(one, name)
        assert not hasattr(one, "__dict__")

    def test_differs_from_other_types(self, cls: ValueClass) -> None:
        """An object differs from all objects of other classes, and from the tuple of its fields."""
        one = value_of(cls)
        others = [value_of(other) for other in VALUE_CLASSES if other is not cls]
        assert one not in [*others, tuple(kwargs_of(cls).values()), None, "one"]


@pytest.mark.parametrize(("cls", "field"), fields_of(*VALUE_CLASSES))
def test_values_that_differ_in_one_field_differ(cls: ValueClass, field: str) -> None:
    """Equality compares every field, and the repr shows it."""
    alongside = REJECTED if field == "rejection_reason" else {}
    one, other = value_of(cls, **alongside), value_of(cls, **{**alongside, field: pair_of(cls, field)[1]})
    assert one != other
    assert repr(one) != repr(other)


class TestChanges:
    """Changes are facts in the past tense."""

    def test_all_are_changes(self) -> None:
        """Every change is about a work request, and names it first."""
        assert all(issubclass(cls, changes.Change) for cls in CHANGE_CLASSES)
        assert {attrs.fields(cls)[0].name for cls in CHANGE_CLASSES} == {"work_request_id"}
        assert len(CHANGE_CLASSES) == len(set(CHANGE_CLASSES)) == 16
        assert set(changes.__all__) == {"AnyChange", "Change", *(cls.__name__ for cls in CHANGE_CLASSES)}

    def test_the_repr_names_the_change_and_its_values(self) -> None:
        """The repr is one line. It leaves out values that are the default."""
        moved = changes.ActivityMoved("WR-1", "A-1", "cancel", Status(Category.OPEN), Status(Category.CLOSED))
        assert repr(moved) == (
            "ActivityMoved(work_request_id='WR-1', activity_id='A-1', move='cancel', "
            "before=Status(category=Category.OPEN, state='Open'), "
            "after=Status(category=Category.CLOSED, state='Closed'))"
        )
        assert repr(changes.WorkRequestClosed("WR-1")) == "WorkRequestClosed(work_request_id='WR-1')"

    def test_facts_of_equal_contents_differ(self) -> None:
        """Putting on hold and resuming are different changes."""
        facts = {cls("WR-1") for cls in (changes.WorkRequestPutOnHold, changes.WorkRequestResumed)}
        assert facts == {changes.WorkRequestResumed("WR-1"), changes.WorkRequestPutOnHold("WR-1")}
        assert len(facts) == 2
        assert changes.DetailsUpdated("WR-1", Section.ASSETS) != changes.DetailsUpdated("WR-1", Section.SOURCE)
