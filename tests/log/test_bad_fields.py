"""Tests of bad fields and damaged logs: the path names the bad field, and every line is counted."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bad_lines import ACCEPT, BAD_JSON, BAD_LINES, BOM, CREATE, PLACES, READ_PLACES, TYPES
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import Finding, LogChecker, Report, check
from work_request_manager.log._formats import foreign_format
from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.wire import decode_event, decode_type, json_schema

zstd = import_module(ZSTD_MODULE)


# Every field of every event, from the JSON Schema


SCHEMA = json_schema()
EVENTS = {line["title"]: line for line in SCHEMA["oneOf"]}
VALUES: dict[str, Any] = {
    "null": None, "boolean": True, "integer": 7, "number": 1.5, "string": "Unheard", "array": [], "object": {}
}  # fmt: skip
"""A value of each JSON type. No enumeration has the text."""
TIME = "2026-03-01T20:05:00Z"


def resolved(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a schema."""
    if "anyOf" in schema:
        return [each for part in schema["anyOf"] for each in resolved(part)]
    return resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else [schema]


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the JSON types that a schema allows."""
    return {kind for each in resolved(schema) for kind in ([each["type"]] if "type" in each else
            ["string"] if {"enum", "const"} & set(each) else VALUES)}  # fmt: skip


def example(schema: dict[str, Any]) -> Any:
    """Return a value with all fields, for the first alternative of a schema."""
    each = resolved(schema)[0]
    if "properties" in each:
        return {key: example(item) for key, item in each["properties"].items()}
    if "additionalProperties" in each:
        return {"Scheduled": example(each["additionalProperties"])}
    if "items" in each:
        return [example(each["items"])]
    if "pattern" in each:
        return TIME
    return each.get("const") or each.get("enum", [None])[0] or VALUES[each.get("type", "object")]


def fields_of(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, dict[str, Any], bool]]:
    """Yield each field of an event: the keys that lead to it, its schema, and whether it is required."""
    each = resolved(schema)[0]
    inner = {key: (item, key in each["required"]) for key, item in each.get("properties", {}).items()}
    inner |= {"Scheduled": (each["additionalProperties"], True)} if "additionalProperties" in each else {}
    for key, (item, is_required) in inner.items():
        yield (*path, key), item, is_required
        yield from fields_of(item, (*path, key))
    if "items" in each:
        yield (*path, 0), each["items"], True
        yield from fields_of(each["items"], (*path, 0))


def path_of(keys: tuple[str | int, ...]) -> str:
    """Return the path of a field from its keys."""
    path = "$"
    for before, key in zip(("", *keys), keys, strict=False):
        path += f"[{key!r}]" if isinstance(key, int) or before == "states" else f".{key}"
    return path


def with_value(event: dict[str, Any], keys: tuple[str | int, ...], *value: Any) -> bytes:
    """Return the line of an event with another value for a field, or without the field if there is no value."""
    event = deepcopy(event)
    *outer, last = keys
    holder: Any = event
    for key in outer:
        holder = holder[key]
    del holder[last]
    if value and isinstance(holder, list):
        holder.insert(int(last), *value)
    elif value:
        holder[last] = value[0]
    return json.dumps(event).encode()


def bad_fields(schema: dict[str, Any], event: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    """Yield lines of an event in which one field is bad, each with the start of its finding."""
    for keys, field, is_required in fields_of(schema):
        path = path_of(keys)
        for kind in VALUES.keys() - types_of(field):
            if kind != "null" or is_required:
                yield with_value(event, keys, VALUES[kind]), f"WRM502 {path} is "
        if is_required and isinstance(keys[-1], str) and keys[-1] != "Scheduled":
            yield with_value(event, keys), f"WRM502 {path} is missing"
        for each in resolved(field):
            time_rule = "WRM504" if keys == ("at",) else "WRM502"
            if "minLength" in each:
                yield with_value(event, keys, ""), f"WRM502 {path} is ''"
            if "maxLength" in each:
                yield with_value(event, keys, "n" * (each["maxLength"] + 1)), f"WRM502 {path} has 5,001 characters"
            if "enum" in each:
                yield with_value(event, keys, "Unheard"), f"WRM502 {path} is 'Unheard'"
            if "const" in each:
                yield with_value(event, keys, "Unheard"), f"WRM503 {path} is 'Unheard'"
            if "pattern" in each:
                yield with_value(event, keys, TIME[:-1]), f"{time_rule} {path} is '{TIME[:-1]}', which names no time"
                yield with_value(event, keys, "2026-02-30T00:00:00Z"), f"{time_rule} {path} is '2026-02-30T00:00:00Z'"
    if "values" in event:
        yield with_value(event, ("values",), json.loads("[" * 101 + "]" * 101)), "WRM502 $.values is nested more than "


def for_the_request(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with the ids of the work request that exists."""
    ids = {"taskId": "WR-1", "activityId": "A-1", "sender": {"role": "WorkSupplier", "id": "northline"}}
    return event | {key: value for key, value in ids.items() if key in event}


@pytest.mark.parametrize("adapt", [lambda event: event, for_the_request], ids=["unknown request", "known request"])
@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_every_event_can_be_bad(name: str, adapt: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The path names a field with a wrong type, null, no value, an empty text, an unknown name or a bad time."""
    event = adapt(example(EVENTS[name]))
    good = json.dumps(event).encode()
    bad = list(bad_fields(EVENTS[name], event))
    report = check([CREATE, good, good, *(each for line, _ in bad for each in (line, good))])
    found = [(each.line, f"{each.rule} {each.message}") for each in report.findings if is_malformed(each)]
    assert [number for number, _ in found] == [*range(4, 2 * len(bad) + 4, 2)]
    assert [text[: len(begin)] for (_, begin), (_, text) in zip(bad, found, strict=True)] == [each for _, each in bad]
    unknown = sum(begin.startswith("WRM503") for _, begin in bad)
    assert (report.counts.malformed, report.counts.unknown) == (len(bad) - unknown, unknown)
    assert report.counts.events == len(bad) + 3
    assert len(bad) > 5 * len(EVENTS[name]["properties"])


def is_malformed(finding: Finding) -> bool:
    """Return whether a finding is about a line that is not an event."""
    return finding.rule.startswith("WRM5")


@pytest.mark.parametrize("name", EVENTS)
def test_an_optional_field_can_be_null_or_missing(name: str) -> None:
    """A line with null for an optional field, or without it, is an event."""
    event = example(EVENTS[name])
    optional = [keys for keys, field, is_required in fields_of(EVENTS[name]) if "null" in types_of(field)]
    left_out = [keys for keys in optional if keys[-1] != "values"]
    log = [json.dumps(event).encode(), *(with_value(event, keys, None) for keys in optional),
           *(with_value(event, keys) for keys in left_out)]  # fmt: skip
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 4


@pytest.mark.parametrize("name", EVENTS)
def test_a_field_of_another_event_is_ignored(name: str) -> None:
    """A field that the event does not have can hold any value."""
    others = {key for each in EVENTS.values() for key in each["properties"]} - EVENTS[name]["properties"].keys()
    event = example(EVENTS[name])
    log = [json.dumps(event | {key: value}) for key in sorted(others) for value in VALUES.values()]
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 6 * len(VALUES)


# Randomly damaged logs


EXAMPLES = [example(schema) for schema in EVENTS.values()]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return damaged bytes: up to four times, a bit is flipped, or a part is added, removed, doubled or moved."""
    for _ in range(draw(st.integers(0, 4))):
        begin, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        byte = draw(
            st.sampled_from(
                [b'"', b"\\", b"\\ud800", b"{", b"}", b"[", b"1e999", b",", b"\n", b"\r\n", b"\0", b"\xff", BOM]
            )
        )
        match draw(st.sampled_from(["flip", "put", "take", "cut", "double", "glue", "splice"])):
            case "flip":
                data = (
                    data[:begin]
                    + bytes(each ^ 1 << draw(st.integers(0, 7)) for each in data[begin : begin + 1])
                    + data[begin + 1 :]
                )
            case "put":
                data = data[:begin] + byte + data[begin:]
            case "take":
                data = data[:begin] + data[min(end, begin + 9) :]
            case "cut":
                data = data[:end]
            case "double":
                data = data[:end] + data[begin:]
            case "glue":
                data = data.replace(b"\n", b"", 1 + begin % 3)
            case "splice":
                data = data[end:] + data[begin:end]
    return data


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([TIME, "Open", "Chorus"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def event_lines(draw: st.DrawFn) -> bytes:
    """Return the line of an event, sometimes with other common fields, or with another value in one field."""
    event = draw(st.sampled_from(EXAMPLES))
    if draw(st.booleans()):
        event = event | {"sender": {"role": "Chorus", "id": "c"}, "eventId": draw(st.none() | st.sampled_from("abc"))}
    if draw(st.booleans()):
        places = [keys for keys, _, _ in fields_of(EVENTS[event["event"]])]
        return with_value(event, draw(st.sampled_from(places)), draw(values))
    return json.dumps(event).encode()


logs = st.lists(event_lines(), max_size=8).map(b"\n".join)
damaged_logs = logs.flatmap(lambda log: damaged(log).map(lambda bad: bad + b"\n" + log + b"\n" + bad))
"""Damaged logs, followed by the good log, followed by the damaged log again."""


def malformed(log: bytes) -> dict[int, tuple[str, str]]:
    """Return the rule and message of each line that `decode_event` refuses, by its number."""
    found = {}
    for number, line in enumerate(log.removeprefix(BOM).split(b"\n"), start=1):
        try:
            decode_event(line.removesuffix(b"\r") if line.strip() else CREATE)
        except WireError as error:
            found[number] = (error.rule, str(error))
    return found


def check_read(data: bytes) -> Report:
    """Check a log from standard input."""
    with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data))):
        return check("-")


class TestEveryLineOfADamagedLogIsCounted:
    """Lines are blank, malformed, unknown or events. `decode_event` refuses those that are malformed or unknown."""

    @settings(max_examples=60, deadline=None)
    @given(damaged_logs)
    def test_the_log_agrees_with_decode_event(self, log: bytes) -> None:
        """Each line that `decode_event` refuses has one finding with the same message. No other line has one."""
        assume(foreign_format(log) is None)
        report = check_read(log)
        counts = report.counts
        bad = malformed(log)
        assert {each.line: (each.rule, each.message) for each in report.findings if is_malformed(each)} == bad
        assert counts.lines == log.count(b"\n") + (not log.endswith(b"\n") and log != b"")
        assert counts.unknown == sum(rule == "WRM503" for rule, _ in bad.values())
        assert counts.malformed == len(bad) - counts.unknown
        assert counts.lines == counts.blank + counts.malformed + counts.unknown + counts.events
        assert counts.events == counts.consumed + counts.not_consumed + counts.refused

    @settings(max_examples=40, deadline=None)
    @given(logs, st.data())
    def test_a_truncated_stream_is_checked_up_to_its_end(self, log: bytes, data: st.DataObject) -> None:
        """The lines before the cut are judged as in the whole log."""
        pack = data.draw(st.sampled_from([gzip.compress, zstd.compress]))
        packed = pack(log * 10)
        cut = packed[: data.draw(st.integers(4, len(packed) - 1))]
        whole = check_read(packed)
        checker = LogChecker()
        found: list[Finding] = []
        with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(cut))), pytest.raises(UnreadableLog):
            found.extend(checker.findings("-"))
        assert found == list(whole.findings[: len(found)])
        assert len(found) <= sum(each.line <= checker.counts.lines for each in whole.findings)


# A whole log of bad lines


def test_every_bad_line_of_one_log_is_reported(tmp_path: Path) -> None:
    """All of them in one file, with a line of 40 MB: each is reported at its line, and the good lines are not."""
    bad = [(line, finding) for _, line, finding in BAD_LINES]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place in READ_PLACES.values()]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place, _ in PLACES.values()]
    bad += [each for schema in EVENTS.values() for each in bad_fields(schema, example(schema))]
    bad += [(b"x" * 40_000_000, "WRM505 has more than 1,048,576 bytes")]
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join([CREATE, *(each for line, _ in bad for each in (line, ACCEPT)), b"{"]))
    in_full = example({"$ref": "#/$defs/ActivityType"})
    report = check(path, types={**TYPES, in_full["code"]: decode_type(json.dumps(in_full))})
    found = [(each.line, f"{each.rule} {each.message}") for each in report.findings]
    assert [number for number, _ in found] == [*range(2, 2 * len(bad) + 2, 2), 2 * len(bad) + 2]
    assert [text[: len(begin)] for (_, begin), (_, text) in zip(bad, found, strict=False)] == [each for _, each in bad]
    counts = report.counts
    assert counts.lines == 2 * len(bad) + 2 == counts.blank + counts.malformed + counts.unknown + counts.events
