"""Tests of `wire`: what is encoded decodes to an equal value, and bad data is refused with its path."""

import json
import pickle
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from strategies_values import (
    EVENT_CLASSES,
    EVENTS,
    LINES,
    LISTED,
    TYPE,
    VALUES,
    events_of,
    value_of,
    work_requests,
)
from work_request_manager import ActivityType, Event, WorkRequest, events
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.wire import (
    WireError,
    decode_event,
    decode_types,
    decode_work_request,
    encode_event,
    encode_work_request,
    json_schema,
    snapshot_schema,
)

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
# One for each event, so that only the fields of a line decide whether it is valid.
VALIDATORS = {line["title"]: Draft202012Validator({**line, "$defs": SCHEMA["$defs"]}) for line in SCHEMA["oneOf"]}
_DEFINITIONS: dict[str, Any] = {}
SNAPSHOT_VALIDATOR = Draft202012Validator({**snapshot_schema(_DEFINITIONS), "$defs": _DEFINITIONS})


def decode(line: dict[str, Any], types: Mapping[str, ActivityType] | None = None) -> Event | WorkRequest:
    """Decode a line or a snapshot."""
    decode_one = decode_work_request if "version" in line else decode_event
    return decode_one(json.dumps(line), types=types or {})


def encode(value: Event | WorkRequest) -> Any:
    """Return the parsed JSON of an encoded value."""
    return json.loads(encode_work_request(value) if isinstance(value, WorkRequest) else encode_event(value))


def error_of(line: dict[str, Any]) -> tuple[str, str]:
    """Return the rule and the path of the error that a line raises."""
    with pytest.raises(WireError) as caught:
        decode(line)
    assert str(caught.value).startswith(f"{caught.value.path} ")
    return caught.value.rule, caught.value.path


Place = tuple[str | int, ...]


def places(value: object, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all fields and items in a line, except those inside free JSON."""
    if place and place[-1] in ("details", "values"):
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if key not in ("event", "version"):  # these have separate tests
            yield (*place, key)
            yield from places(item, (*place, key))


def path_of(place: Place) -> str:
    """Return a place as a path."""
    steps = zip((None, *place), place, strict=False)
    return "$" + "".join(
        f"[{key!r}]" if before == "states" or isinstance(key, int) else f".{key}" for before, key in steps
    )


def value_at(line: Any, place: Place) -> Any:
    """Return the value at a place."""
    for key in place:
        line = line[key]
    return line


def replaced(line: dict[str, Any], place: Place, value: object) -> dict[str, Any]:
    """Return a line with another value at a place."""
    line = json.loads(json.dumps(line))  # a copy that shares no parts
    value_at(line, place[:-1])[place[-1]] = value
    return line


def without(line: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return a line without the value at a place."""
    line = json.loads(json.dumps(line))
    del value_at(line, place[:-1])[place[-1]]
    return line


PLACES = [(name, place) for name, line in LINES.items() for place in places(line)]


def at_each(places: list[tuple[str, Place]]) -> pytest.MarkDecorator:
    """Return the mark that runs a test at each of some places."""
    return pytest.mark.parametrize(
        ("name", "place"), places, ids=[f"{name}-{path_of(place)}" for name, place in places]
    )


@pytest.mark.parametrize("name", LINES)
class TestEveryLine:
    """Each event, and a snapshot, with all the fields that it can have."""

    def test_decodes_to_its_value(self, name: str) -> None:
        """All fields are decoded."""
        assert decode(LINES[name]) == VALUES[name]

    def test_its_value_encodes_to_it(self, name: str) -> None:
        """All fields are encoded."""
        assert encode(VALUES[name]) == LINES[name]

    def test_unknown_fields_are_ignored_in_events(self, name: str) -> None:
        """Real payloads have more fields, of any type, in every object. A snapshot would lose them."""
        objects = [(), *(place for place in places(LINES[name]) if isinstance(value_at(LINES[name], place), dict))]
        for place in objects:
            if place[-1:] not in [("states",), ("details",), ("values",)]:
                extra: object
                for extra in (None, 1, "x", [{}], {"id": 5}):
                    line = json.loads(json.dumps(LINES[name]))
                    inside = value_at(line, place)
                    # Some of them are fields of other objects.
                    unknown = {"unheardOf", "section", "worker", "closure", "outcomes"} - inside.keys()
                    inside.update(dict.fromkeys(unknown, extra))
                    if name != "snapshot":
                        assert decode(line) == VALUES[name]
                        continue
                    path, more = path_of(place), next(key for key in inside if key in unknown)
                    assert error_of(line) == ("WRM502", f"{path}.{more}")
                    assert not SNAPSHOT_VALIDATOR.is_valid(line)


def test_names_are_those_of_the_rulebook() -> None:
    """Every event has its name in JSON, and there are no other names."""
    assert set(WIRE_NAMES) == set(EVENTS)
    assert {type(event) for _, event in EVENTS.values()} == set(EVENT_CLASSES)


@pytest.mark.parametrize("kind", EVENT_CLASSES)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_an_encoded_event_decodes_to_an_equal_event(kind: type[Event], data: st.DataObject) -> None:
    """Any event is encoded as one valid line, which decodes to an equal event."""
    event = data.draw(events_of(kind))
    line = encode_event(event)
    same = decode_event(line)
    # The reprs are compared too, because True == 1 == 1.0.
    assert (same, repr(same)) == (event, repr(event))
    assert decode_event(line.decode()) == event
    assert b"\n" not in line
    VALIDATOR.validate(json.loads(line))


@settings(max_examples=50, deadline=None)
@given(work_requests())
def test_an_encoded_work_request_decodes_to_an_equal_one(work_request: WorkRequest) -> None:
    """Any work request survives encoding, and the snapshot says its version."""
    snapshot = encode_work_request(work_request)
    same = decode_work_request(snapshot)
    assert (same, repr(same)) == (work_request, repr(work_request))
    assert json.loads(snapshot)["version"] == 1
    assert decode_work_request(snapshot.decode()) == work_request


@at_each([(name, place) for name, place in PLACES if place != ("values",)])
def test_a_value_of_another_type_is_refused_with_its_path(name: str, place: Place) -> None:
    """A value of another JSON type is WRM502 with the path, and the schema refuses it too."""
    kind = type(value_at(LINES[name], place))
    for wrong in (True, 1, 0.5, "x", [], ["x"], {}, {"x": 1}):
        if type(wrong) is not kind:
            line = replaced(LINES[name], place, wrong)
            assert error_of(line) == ("WRM502", path_of(place))
            # A type can be a text: the code of a known type. The schema cannot know which codes are known.
            assert name == "snapshot" or VALIDATORS[name].is_valid(line) is (place[-1] == "type" and wrong == "x")


# The fields that are optional in every line, and in some lines.
OPTIONAL = {"eventId", "note", "phone", "email", "earliestStart", "latestEnd", "state", "states"}
OPTIONAL |= {"workSupplierAllowedToCancel"}
OPTIONAL_IN = {
    "CreateTaskEvent": {"status"},
    "AddTaskActivityEvent": {"status"},
    "RequestCancelTaskEvent": {"activityId"},
    "UpdateTaskScheduleEvent": {"activityId"},
    "snapshot": {"hasBeenActive", "cancellationRequested", "onHold", "outcomes", "schedule", "worker", "siteContact"}
    | {"details"},
}
# The values that are encoded for them.
DEFAULTS: dict[object, object] = {
    **dict.fromkeys(("workSupplierAllowedToCancel", "hasBeenActive", "cancellationRequested", "onHold"), False),
    "outcomes": [],
    "details": {},
    "status": {"category": "Open", "state": "Open"},
}
# A rejected work request needs a reason, and only a rejected one can have a reason. The same holds for closures.
FOLLOWS = {"$.allocation": "$.rejectionReason", "$.activities[0].status": "$.activities[0].closure"}


@at_each(PLACES)
def test_null_means_the_same_as_a_missing_field(name: str, place: Place) -> None:
    """An optional field can be null. Any other is WRM502 with its path, and the schema refuses it."""
    line, key = LINES[name], place[-1]
    bare, null = without(line, place), replaced(line, place, None)
    if isinstance(key, int) or "states" in place[:-1]:
        assert error_of(null) == ("WRM502", path_of(place))
    elif key == "values":
        assert error_of(bare) == ("WRM502", "$.values")
        assert encode(decode(null)) == null
    elif key in OPTIONAL | OPTIONAL_IN.get(name, set()):
        defaults = {"state": value_at(line, place[:-1]).get("category"), **DEFAULTS}
        assert decode(bare) == decode(null)
        assert encode(decode(bare)) == (replaced(line, place, defaults[key]) if key in defaults else bare)
        assert name == "snapshot" or (VALIDATORS[name].is_valid(bare) and VALIDATORS[name].is_valid(null))
    else:
        path = FOLLOWS.get(path_of(place), path_of(place))
        assert error_of(bare) == error_of(null) == ("WRM502", path)
        # Only a requestor can leave the requestor out, and the schema does not look at the sender.
        is_valid = place == ("requestor",)
        assert name == "snapshot" or VALIDATORS[name].is_valid(bare) is VALIDATORS[name].is_valid(null) is is_valid


TIMES = {"at", "earliestStart", "latestEnd"}
TEXTS = [(name, place) for name, place in PLACES if isinstance(value_at(LINES[name], place), str)]


@at_each([(name, place) for name, place in TEXTS if place[-1] not in TIMES])
def test_text_that_a_field_cannot_hold_is_refused(name: str, place: Place) -> None:
    """An empty id, a long note and an unknown name are WRM502 with the path. The schema refuses them too."""
    ids = {"taskId", "eventId", "id", "code", "name", "activityId", "requestor", "supplier", "worker"}
    names = {"role", "category", "allocation", "rejectionReason", "closure", "OnSite"}
    for text, refused in {"": ids | names, "Unheard": names, "ø" * 5_001: names | {"note"}, "ø" * 5_000: names}.items():
        line = replaced(LINES[name], place, text)
        assert name == "snapshot" or VALIDATORS[name].is_valid(line) is (place[-1] not in refused)
        if place[-1] in refused:
            assert error_of(line) == ("WRM502", path_of(place))
        else:
            again = encode(decode(line))
            assert again == line or (text, place[-1]) == ("", "state")


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if not {"activityId", "version"} & line.keys()])
@pytest.mark.parametrize("extra", ["A-9", "", 5, None, {}])
def test_activity_id_on_an_event_without_activity_is_ignored(name: str, extra: object) -> None:
    """An activityId of any type is then an unknown field."""
    assert decode({**LINES[name], "activityId": extra}) == VALUES[name]


LINE = json.dumps(LINES["AcceptTaskEvent"]).encode()
DEEP = b"[" * 100_000 + b"]" * 100_000
NOT_JSON = {
    "nothing": b"",
    "blank": b" \n",
    "cut off": LINE[:-1],
    "cut off in text": LINE[: LINE.index(b"hello") + 2],
    "two objects": LINE + LINE,
    "two lines": LINE + b"\n" + LINE,
    "list": b"[" + LINE + b"]",
    "null": b"null",
    "number": b"5",
    "text": b'"CreateTaskEvent"',
    "flag": b"true",
    "NaN": LINE.replace(b'"hello"', b"NaN"),
    "Infinity": LINE.replace(b'"hello"', b"-Infinity"),
    "Latin-1": LINE.replace(b"hello", b"caf\xe9"),
    "UTF-8 surrogate": LINE.replace(b"hello", b"\xed\xa0\x80"),
    "overlong UTF-8": LINE.replace(b"hello", b"\xc0\xaf"),
    "UTF-16": LINE.decode().encode("utf-16"),
    "lone high surrogate": LINE.replace(b"hello", rb"\ud800"),
    "high surrogate and text": LINE.replace(b"hello", rb"\ud800hello"),
    "two high surrogates": LINE.replace(b"hello", rb"\ud800\ud800"),
    "lone low surrogate": LINE.replace(b"hello", rb"\udc00"),
    "surrogate in an unknown field": LINE.replace(b'"note"', rb'"\ud800"'),
    "surrogate in a str": LINE.decode().replace("hello", "\ud800"),
    "byte order mark inside": LINE.replace(b": ", b": \xef\xbb\xbf", 1),
    "byte order mark after": LINE + b"\xef\xbb\xbf",
    "raw control character": LINE.replace(b"hello", b"he\nllo"),
    "trailing comma": LINE.replace(b"}", b",}"),
    "single quotes": LINE.replace(b'"', b"'"),
    "deep list": DEEP,
    "deep field": LINE.replace(b'"hello"', DEEP),
    "deep unknown field": LINE.replace(b'"note": "hello"', b'"x": ' + DEEP),
}


@pytest.mark.parametrize("data", NOT_JSON.values(), ids=NOT_JSON)
def test_data_that_is_not_one_json_object_is_wrm501(data: bytes | str) -> None:
    """Bad UTF-8, a truncated line and other JSON values are refused, for events and snapshots."""
    for decode_one in (decode_event, decode_work_request):
        with pytest.raises(WireError) as caught:
            decode_one(data)
        assert (caught.value.rule, caught.value.path) == ("WRM501", "$")


@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize(("name", "path"), [("UpdateTaskAssetsEvent", "$.values"), ("snapshot", "$.details")])
def test_free_json_is_nested_a_hundred_levels_deep(name: str, path: str, left: str, right: str) -> None:
    """A hundred levels are decoded and encoded. One more is WRM502 with the path."""
    deep = json.loads(left * 100 + "1" + right * 100)
    place: Place = ("values",) if path == "$.values" else ("details", "Assets")
    line = replaced(LINES[name], place, deep)
    assert encode(decode(line)) == line
    assert error_of(replaced(line, place, [deep])) == ("WRM502", path)


@pytest.mark.parametrize("around", ["{}", '{{"event": {}}}', '{{"event": "AcceptTaskEvent", "taskId": {}}}'])
def test_no_depth_overflows_the_stack(around: str) -> None:
    """A line of any depth, below the limit of the parser or above it, raises a WireError."""
    for depth in range(500, 1_100):
        with pytest.raises(WireError):
            decode_event(around.format("[" * depth + "]" * depth))


def test_the_last_of_two_equal_keys_counts() -> None:
    """If a key occurs twice, the last value counts."""
    assert decode_event(LINE[:-1] + b', "note": "bye"}') == decode({**LINES["AcceptTaskEvent"], "note": "bye"})


@pytest.mark.parametrize(
    ("name", "rule"),
    [("DeleteTaskEvent", "WRM503"), ("", "WRM503"), ("createtaskevent", "WRM503"), (5, "WRM502"), (None, "WRM502")],
)
def test_unknown_event_differs_from_a_bad_name(name: object, rule: str) -> None:
    """An unknown name is WRM503, even if other fields are bad too. A name that is not a text is WRM502."""
    assert error_of({"event": name, "taskId": 5}) == (rule, "$.event")
    assert not VALIDATOR.is_valid({**LINES["AcceptTaskEvent"], "event": name})


def test_event_without_a_name_is_refused() -> None:
    """A missing event is WRM502."""
    nameless = without(LINES["AcceptTaskEvent"], ("event",))
    assert error_of(nameless) == ("WRM502", "$.event")
    assert not VALIDATORS["AcceptTaskEvent"].is_valid(nameless)
    with pytest.raises(WireError, match=r"^\$\.event is missing"):
        decode(nameless)


UTC_TIMES = {
    "2026-03-01T20:00:00Z": datetime(2026, 3, 1, 20, tzinfo=UTC),
    "2026-03-01T20:00:00+00:00": datetime(2026, 3, 1, 20, tzinfo=UTC),
    "2026-03-02T09:00:00+13:00": datetime(2026, 3, 1, 20, tzinfo=UTC),
    "2026-03-01T10:30-09:30": datetime(2026, 3, 1, 20, tzinfo=UTC),
    "20260301T200000Z": datetime(2026, 3, 1, 20, tzinfo=UTC),
    "2026-03-01T20:00:00.5Z": datetime(2026, 3, 1, 20, 0, 0, 500_000, UTC),
    "2026-03-01T20:00:00.123456999Z": datetime(2026, 3, 1, 20, 0, 0, 123_456, UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59.999999Z": datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
}


@pytest.mark.parametrize(("text", "time"), UTC_TIMES.items())
def test_times_of_any_offset_are_read(text: str, time: datetime) -> None:
    """A time is ISO 8601 with Z or an offset. Anything finer than microseconds is cut."""
    event = decode({**LINES["AcceptTaskEvent"], "at": text})
    assert isinstance(event, Event)
    assert (event.at, event.at.tzinfo) == (time, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "20:00:00Z",
        "2026-03-01",
        "2026-03-01T20:00:00",
        "2026-03-01 20:00:00Z",
        "2026-03-01_20:00:00Z",
        "2026-02-29T20:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T20:00:00+25:00",
        "2026-03-01T20:00:00 +01:00",
        "2026-03-01T20:00:00.Z",
    ],
)
def test_bad_time_of_an_event_is_wrm504(text: str) -> None:
    """An `at` that is not ISO 8601, or has no zone, is WRM504. In another field it is WRM502."""
    assert error_of({**LINES["AcceptTaskEvent"], "at": text}) == ("WRM504", "$.at")
    for name in ("UpdateTaskScheduleEvent", "snapshot"):
        line = replaced(LINES[name], ("schedule", "earliestStart"), text)
        assert error_of(line) == ("WRM502", "$.schedule.earliestStart")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_time_beyond_the_calendar_is_wrm502(text: str) -> None:
    """A correct time that the model cannot hold is WRM502."""
    assert error_of({**LINES["AcceptTaskEvent"], "at": text}) == ("WRM502", "$.at")


def test_only_a_requestor_leaves_the_requestor_out() -> None:
    """A requestor creates for itself. Other senders name the requestor."""
    line = without(LINES["CreateTaskEvent"], ("requestor",))
    own = {**line, "sender": {"role": "WorkRequestor", "id": "rsp"}}
    assert decode(own) == decode({**own, "requestor": "rsp"})
    for role in ("WorkSupplier", "Chorus"):
        assert error_of({**line, "sender": {"role": role, "id": "rsp"}}) == ("WRM502", "$.requestor")


@pytest.mark.parametrize(
    ("name", "path", "value", "refused"),
    [
        ("UpdateTaskScheduleEvent", ("schedule",), {}, "$.schedule.earliestStart"),
        ("UpdateTaskScheduleEvent", ("schedule", "latestEnd"), "2026-03-01T19:59:59Z", "$.schedule.latestEnd"),
        ("RequestAddTaskActivityEvent", ("type", "states"), {"": "Open"}, "$.type.states"),
        ("RequestAddTaskActivityEvent", ("type", "states"), {"Open": "Active"}, "$.type.states['Open']"),
        ("snapshot", ("activities",), [], "$.activities"),
        ("snapshot", ("activities",), [LINES["snapshot"]["activities"][0]] * 2, "$.activities"),
        ("snapshot", ("activities", 0, "status", "category"), "Active", "$.activities[0].closure"),
        ("snapshot", ("allocation",), "Sent", "$.rejectionReason"),
        ("snapshot", ("details",), {"Unheard": 1}, "$.details"),
    ],
)
def test_a_contradiction_is_refused_with_a_path(name: str, path: Place, value: object, refused: str) -> None:
    """Values that contradict each other are WRM502 with the path of one of them."""
    assert error_of(replaced(LINES[name], path, value)) == ("WRM502", refused)


def test_values_that_rules_judge_are_decoded() -> None:
    """The rules judge an empty list of activities, a repeated id, a closed new activity and an unknown reason."""
    closed = {"id": "A-1", "type": {"code": "X"}, "status": {"category": "Closed"}}
    line = {**LINES["CreateTaskEvent"], "activities": [closed, closed]}
    assert encode(decode({**line, "activities": []}))["activities"] == []
    assert [activity["id"] for activity in encode(decode(line))["activities"]] == ["A-1", "A-1"]
    assert encode(decode({**LINES["RejectTaskEvent"], "reason": "TooFar"}))["reason"] == "TooFar"


TYPES = {"FIBRE": LISTED, "a.b": ActivityType("a.b")}
TOML = b"""
[types.FIBRE]
workSupplierAllowedToCancel = true
states = { OnSite = "Active" }
code = "FIBRE"
[types."a.b"]
"""


@pytest.mark.parametrize("data", [TOML, json.dumps({"types": {"FIBRE": TYPE, "a.b": {}}}, indent=1).encode()])
def test_types_are_decoded_from_toml_and_json(data: bytes) -> None:
    """A file of types has the same shape in TOML and JSON."""
    for before in (b"", b" \n", b"\xef\xbb\xbf"):
        assert decode_types(before + data) == TYPES


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"", "$.types"),
        (b"[types.X", "$"),
        (b"# \xff", "$"),
        (b'{"types": {}', "$"),
        (b'{"types": []}', "$.types"),
        (b"[types]\nX = 1", "$.types.X"),
        (b"[types.X]\nstates = 1", "$.types.X.states"),
        (b"[types.X]\nstates = { on_site = 'Nope' }", "$.types.X.states['on_site']"),
        (b"[types.X]\nstates = { Open = 'Active' }", "$.types.X.states['Open']"),
        (b"[types.X]\nworkSupplierAllowedToCancel = 'yes'", "$.types.X.workSupplierAllowedToCancel"),
        pytest.param(b"types = " + DEEP, "$", id="deep TOML"),
        pytest.param(b'{"types": ' + DEEP + b"}", "$", id="deep JSON"),
    ],
)
def test_broken_file_of_types_is_refused_at_its_path(data: bytes, path: str) -> None:
    """A file that is neither TOML nor JSON, or has a bad type, raises a WireError with the path."""
    with pytest.raises(WireError) as caught:
        decode_types(data)
    assert caught.value.path == path


@at_each([(name, place) for name, place in PLACES if place[-1] == "type"])
def test_type_can_be_given_by_its_code(name: str, place: Place) -> None:
    """A text is the code of a known type, which is encoded in full. An unknown code is WRM502."""
    line = replaced(LINES[name], place, "FIBRE")
    assert decode(line, types=TYPES) == VALUES[name]
    empty = replaced(line, place, "")
    assert error_of(line) == error_of(empty) == ("WRM502", path_of(place))
    assert name == "snapshot" or not VALIDATORS[name].is_valid(empty)


@pytest.mark.parametrize("version", [None, 0, 2, "1", [], True])
def test_snapshot_of_another_version_is_refused(version: object) -> None:
    """A snapshot with an unknown version, or without one, is not decoded."""
    assert error_of({**LINES["snapshot"], "version": version}) == ("WRM502", "$.version")


def test_schema_is_valid_and_has_the_same_fields() -> None:
    """The schema has each event with all its fields, and each caller gets a separate copy."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert {line["title"]: line["properties"].keys() for line in schema["oneOf"]} == {
        name: line.keys() for name, line in LINES.items() if name != "snapshot"
    }
    schema["$defs"].clear()
    assert json_schema()["$defs"]


def test_the_schema_of_snapshots_takes_snapshots_only() -> None:
    """A snapshot is valid, and a snapshot of another version is not."""
    assert SNAPSHOT_VALIDATOR.is_valid(LINES["snapshot"])
    assert not SNAPSHOT_VALIDATOR.is_valid({**LINES["snapshot"], "version": 2})


EXAMPLES = """\
{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",\
"requestor":"rsp-one","supplier":"northline",\
"activities":[{"id":"A-1","type":{"code":"FIBRE_CONNECT","workSupplierAllowedToCancel":true}}]}
{"event":"AcceptTaskEvent","taskId":"WR-1","sender":{"role":"WorkSupplier","id":"northline"},\
"at":"2026-03-01T20:05:00Z"}
{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1",\
"status":{"category":"Active","state":"OnSite"},"sender":{"role":"WorkSupplier","id":"northline"},\
"at":"2026-03-02T21:00:00.5Z"}"""


def test_examples_of_the_interface_decode() -> None:
    """The three example lines are valid, and fields that they leave out have their defaults."""
    expected = [events.CreateWorkRequest, events.AcceptWorkRequest, events.UpdateActivityStatus]
    for line, kind in zip(EXAMPLES.splitlines(), expected, strict=True):
        VALIDATOR.validate(json.loads(line))
        event = decode_event(line)
        assert type(event) is kind
        full = line.replace(":00.5Z", ":00.500000Z").replace(
            '"workSupplierAllowedToCancel":true}',
            '"workSupplierAllowedToCancel":true},"status":{"category":"Open","state":"Open"}',
        )
        assert encode(event) == json.loads(full)


def test_text_that_utf8_cannot_hold_is_not_encoded() -> None:
    """A lone surrogate raises a WireError that shows the text."""
    for event in (
        value_of(events.UpdateActivityWorker, worker="W\ud800"),
        value_of(events.UpdateDetails, values={"\ud800": 1}),
    ):
        with pytest.raises(WireError, match=r"\\ud800"):
            encode_event(event)


class Markup(str):
    """A subclass of str, as some libraries have it."""

    __slots__ = ()


class Celsius(float):
    """A subclass of float."""


class Count(int):
    """A subclass of int."""


@pytest.mark.parametrize("value", [Markup("W-7"), Celsius(21.5), Count(3), {"a": [Markup("W-7")]}, {Markup("a"): 1}])
def test_values_of_subclasses_are_encoded(value: object) -> None:
    """A value of a subclass of str, float or int is encoded as text or as a number."""
    event = value_of(events.UpdateDetails, values=value)
    assert decode_event(encode_event(event)) == event
    if isinstance(value, str):
        named = value_of(events.UpdateActivityWorker, worker=value)
        assert decode_event(encode_event(named)) == named


def test_wire_error_survives_pickling() -> None:
    """A pickled WireError keeps its rule, path and message. Its text is short for long values."""
    with pytest.raises(WireError) as caught:
        decode({**LINES["AcceptTaskEvent"], "taskId": ["x" * 1_000]})
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, WireError)
    assert issubclass(WireError, ValueError)
    assert (error.rule, error.path, str(error)) == ("WRM502", "$.taskId", f"$.taskId {error.message}")
    assert "must be text" in error.message
    assert len(error.message) < 100


@pytest.mark.parametrize(("encode_one", "way_out"), [(encode_event, "pass an instance of one of the classes in"),
                                                     (encode_work_request, "pass a WorkRequest")])  # fmt: skip
def test_only_events_and_work_requests_are_encoded(encode_one: Any, way_out: str) -> None:
    """A value of another type raises a TypeError that says what to pass."""
    with pytest.raises(TypeError, match=way_out):
        encode_one({"event": "AcceptTaskEvent"})


def test_a_type_that_many_activities_have_is_decoded_once() -> None:
    """Its states are checked once, even if each activity gives it in full."""
    states = {f"state {number}": "Active" for number in range(100)}
    activities = [{"id": f"A-{number}", "type": {"code": "F", "states": states}} for number in range(50)]
    activities += [{"id": "B", "type": {"code": "F"}}, {"id": "C", "type": {"code": "F", "states": {}}}]
    decoded = decode({**LINES["snapshot"], "activities": activities})
    assert isinstance(decoded, WorkRequest)
    assert len({id(activity.type) for activity in decoded.activities[:50]}) == 1
    assert len({activity.type for activity in decoded.activities}) == 2


@pytest.mark.parametrize("flag", [1, 1.0, "true", None, [], {}])
def test_a_bad_type_that_is_like_a_good_one_is_refused(flag: object) -> None:
    """A type that was decoded before does not hide it. Null is the same as no flag."""
    types = [{"code": "F", "workSupplierAllowedToCancel": each} for each in (True, flag)]
    line = {**LINES["CreateTaskEvent"], "activities": [{"id": f"A-{n}", "type": each} for n, each in enumerate(types)]}
    if flag is None:
        assert decode(line)
    else:
        assert error_of(line) == ("WRM502", "$.activities[1].type.workSupplierAllowedToCancel")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            "states = { A = 2026-03-01 }",
            r"^\$\.types\.F\.states\['A'\] is datetime.date\(2026, 3, 1\); it must be text",
        ),
        ("unheard = 2026-03-01", r"^\$\.types\.F\.unheard is not a known field"),
    ],
)
def test_a_date_in_a_file_of_types_is_refused(toml: str, message: str) -> None:
    """TOML has dates, and JSON has not."""
    with pytest.raises(WireError, match=message):
        decode_types(f"[types.F]\n{toml}\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CancelActivity", "library does not know; did you mean CancelTaskActivityEvent?"),
        ("UpdateDetails", "library does not know; did you mean Update"),
        ("acceptTaskEvent", "library does not know; did you mean AcceptTaskEvent?"),
        ("AcceptTaskEvents", "is 'AcceptTaskEvents', an event that this library does not know"),
    ],
)
def test_an_unknown_event_suggests_a_known_one(name: str, message: str) -> None:
    """It may be the name of a class, or in other letters. Other names may be events of the real system."""
    with pytest.raises(WireError) as caught:
        decode({"event": name})
    assert (caught.value.rule, message in str(caught.value)) == ("WRM503", True)
    assert str(caught.value).endswith("?") is ("did you mean" in message)


def test_a_missing_field_suggests_the_one_that_was_meant() -> None:
    """A misspelt field is not known, so it may be the missing one. A known field is never suggested."""
    accept = {"event": "AcceptTaskEvent", "taskId": "WR-1", "sender": {"role": "Chorus", "id": "chorus"}}
    with pytest.raises(WireError, match=r"^\$\.at is missing$"):
        decode(accept)
    with pytest.raises(WireError, match=r"^\$\.taskId is missing; did you mean taskId by taskID\?$"):
        decode({("taskID" if key == "taskId" else key): value for key, value in accept.items()})
