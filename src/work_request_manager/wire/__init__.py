"""Events and work requests as JSON.

The names of the events in JSON come from the catalogue. The fields come from the classes.
"""

import codecs
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import attrs
import msgspec

from work_request_manager._values import require_argument
from work_request_manager.catalogue import KINDS, WIRE_NAMES
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.kinds import EventKind
from work_request_manager.model import ActivityType, Section, WorkRequest
from work_request_manager.wire._codecs import (
    AT,
    NO_TYPES,
    ObjectCodec,
    Types,
    bad_field,
    camel_case,
    codec_of,
    short_json,
    wrong_type,
)

__all__ = [
    "JSON_SCHEMA",
    "NO_TYPES",
    "SNAPSHOT_VERSION",
    "Types",
    "WireError",
    "camel_case",
    "decode_event",
    "decode_time",
    "decode_type",
    "decode_types",
    "decode_work_request",
    "encode_event",
    "encode_work_request",
    "event_from",
    "json_schema",
    "line_schema",
    "object_from",
    "snapshot_schema",
]

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all schemas are written in."""

SNAPSHOT_VERSION = 1
"""The version of the format in which work requests are written."""


def _codec_of(kind: EventKind, section: Section | None) -> ObjectCodec:
    build: Callable[..., Event] = kind.event
    return ObjectCodec(
        kind.event,
        build=build if section is None else partial(build, section=section),
        only=[field.name for field in attrs.fields(kind.event) if field.name != "section"],
        keys={"work_request_id": "taskId"},
        codecs={"at": AT},
    )


_EVENTS: Mapping[str, ObjectCodec] = {name: _codec_of(*meaning) for name, meaning in WIRE_NAMES.items()}
_SNAPSHOT = ObjectCodec(WorkRequest)
_TYPE = ObjectCodec(ActivityType)


def decode_event(data: bytes | str, *, types: Types = NO_TYPES) -> AnyEvent:
    """Decode an event from a JSON object.

    Args:
        data: the JSON, as text or in UTF-8. If a key occurs twice, the last one counts.
        types: the activity types that the event may give by their codes.

    Raises:
        WireError: the data is not an event. The error has the path of the bad field.
    """
    return event_from(object_from(data), types)


def object_from(data: bytes | str) -> dict[str, Any]:
    """Parse one JSON object.

    Args:
        data: the JSON, as text or in UTF-8.

    Raises:
        WireError: the data is not one JSON object (WRM501).
    """
    value = _value_from(data)
    if not isinstance(value, dict):
        raise WireError("WRM501", "$", f"is {short_json(value)}; it must be one JSON object")
    return value


_decode = msgspec.json.Decoder(float_hook=float).decode  # msgspec's own floats refuse 1e400, even in unread fields

_STRING_OR_NUMBER = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[0-9.eE+-]++', re.DOTALL)
"""Matches strings, so that digits in them are left alone, and whole numbers."""

_LARGE_INTEGER = re.compile(rb"-?[1-9][0-9]{4300,}")
"""Matches an integer of more digits than Python converts."""


def _value_from(data: bytes | str) -> Any:
    """Parse JSON. A number out of range becomes an infinity, so that it does not matter in a field that is not read."""
    try:
        try:
            return _decode(data)
        except msgspec.ValidationError:
            encoded = data.encode() if isinstance(data, str) else data
            return _decode(_STRING_OR_NUMBER.sub(_without_large_integer, encoded))
    except RecursionError:
        raise WireError("WRM501", "$", "is nested too deeply; an event needs no such depth") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WireError("WRM501", "$", f"is not JSON in UTF-8: {error}") from None


def _without_large_integer(found: re.Match[bytes]) -> bytes:
    return b"1e999" if _LARGE_INTEGER.fullmatch(found[0]) else found[0]


def event_from(value: dict[str, Any], types: Types = NO_TYPES) -> AnyEvent:
    """Decode an event from a parsed JSON object. See `decode_event`."""
    name = value.get("event")
    if name is None:
        raise bad_field("$.event", "is missing")
    if not isinstance(name, str):
        raise wrong_type("$.event", name, "text")
    if name not in _EVENTS:
        raise WireError("WRM503", "$.event", f"is {short_json(name)}, an event that this library does not know")
    event: AnyEvent = _EVENTS[name].decode(value, "$", types)
    return event


def decode_type(data: bytes | str, *, types: Types = NO_TYPES) -> ActivityType:
    """Decode an activity type from its code or from a JSON object.

    Args:
        data: the JSON, as text or in UTF-8.
        types: the activity types that can be given by their codes.

    Raises:
        WireError: the data is not an activity type.
    """
    type_: ActivityType = codec_of(ActivityType).decode(_value_from(data), "$.type", types)
    return type_


def decode_time(text: str) -> datetime:
    """Decode the time of an event, `at`.

    Raises:
        WireError: the text is not ISO 8601, or has no zone (WRM504).
    """
    return AT.decode(text, "$.at", NO_TYPES)


def encode_event(event: Event) -> bytes:
    """Encode an event as JSON on one line, which decodes to an equal event.

    Raises:
        TypeError: the argument is not an event.
        WireError: the event holds text that UTF-8 cannot hold.
    """
    require_argument("event", event, Event, "an instance of one of the classes in work_request_manager.events")
    name = KINDS[type(event)].wire_names[getattr(event, "section", None)]
    return _encode({"event": name, **_EVENTS[name].encode(event)})


def decode_work_request(data: bytes | str, *, types: Types = NO_TYPES) -> WorkRequest:
    """Decode a work request from a snapshot. See `encode_work_request`.

    Args:
        data: the JSON, as text or in UTF-8.
        types: the activity types that the snapshot may give by their codes.

    Raises:
        WireError: the data is not a snapshot of this version. The error has the path of the bad field.
    """
    value = object_from(data)
    version = value.get("version")
    if version != SNAPSHOT_VERSION or isinstance(version, bool):
        given = f"is {short_json(version)}" if "version" in value else "is missing"
        raise bad_field("$.version", f"{given}; this library reads version {SNAPSHOT_VERSION}")
    work_request: WorkRequest = _SNAPSHOT.decode(value, "$", types)
    return work_request


def encode_work_request(work_request: WorkRequest) -> bytes:
    """Encode a work request as a snapshot: its fields in camel case, as JSON on one line.

    Raises:
        TypeError: the argument is not a work request.
        WireError: the work request holds text that UTF-8 cannot hold.
    """
    require_argument("work_request", work_request, WorkRequest, "a WorkRequest")
    return _encode({"version": SNAPSHOT_VERSION, **_SNAPSHOT.encode(work_request)})


def decode_types(data: bytes) -> Types:
    """Decode a file of activity types, and return them by their codes.

    Args:
        data: the content of the file, in TOML or JSON: a table `types`, which has for each code a table of
            `workSupplierAllowedToCancel` and `states`.

    Raises:
        WireError: the data is not such a file. The error has the path of the bad field.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.lstrip().startswith(b"{"):
        value = object_from(data)
    else:
        try:
            value = tomllib.loads(data.decode())
        except (ValueError, RecursionError) as error:
            raise bad_field("$", f"is neither TOML nor JSON: {error}") from None
    types = value.get("types")
    if "types" not in value:
        raise bad_field("$.types", "is missing; it must be a table of activity types by their codes")
    if not isinstance(types, dict):
        raise wrong_type("$.types", types, "a table of activity types by their codes")
    for code, definition in types.items():
        if not isinstance(definition, dict):
            raise wrong_type(f"$.types.{code}", definition, "a table")
    return {
        code: _TYPE.decode({**definition, "code": code}, f"$.types.{code}", NO_TYPES)
        for code, definition in types.items()
    }


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one line of an event log."""
    definitions: dict[str, Any] = {}
    return {
        "$schema": JSON_SCHEMA,
        "title": "One line of a Work Request Manager event log",
        **line_schema(definitions),
        "$defs": definitions,
    }


def line_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes an event.

    Args:
        definitions: the shared schemas by name. Those that the part refers to are added.
    """
    lines = []
    for name, codec in _EVENTS.items():
        line = codec.schema(definitions)
        line["properties"] = {"event": {"const": name}, **line["properties"]}
        line["required"] = ["event", *line["required"]]
        lines.append({"title": name, **line})
    return {"oneOf": lines}


def snapshot_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes a snapshot.

    Args:
        definitions: the shared schemas by name. Those that the part refers to are added.
    """
    snapshot = _SNAPSHOT.schema(definitions)
    snapshot["properties"] = {"version": {"const": SNAPSHOT_VERSION}, **snapshot["properties"]}
    snapshot["required"] = ["version", *snapshot["required"]]
    return snapshot


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise bad_field("$", f"holds {error.object!r}, which UTF-8 cannot hold; leave the surrogate out") from None
