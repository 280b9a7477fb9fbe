"""Events and work requests as JSON.

The names of the events in JSON come from the catalogue. The fields come from the classes.
"""

import codecs
import re
import tomllib
from datetime import datetime
from typing import Any

import msgspec

from work_request_manager._values import require_argument, wrong_argument
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.model import ActivityType, WorkRequest
from work_request_manager.wire._builtins import to_builtins
from work_request_manager.wire._codecs import (
    AT,
    NO_TYPES,
    Options,
    Types,
    bad_field,
    camel_case,
    codec_of,
    options,
    require_known,
    short_json,
    wrong_type,
)

__all__ = [
    "JSON_SCHEMA",
    "LINE_LIMIT",
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
    "to_builtins",
]
from work_request_manager.wire._documents import (
    EVENTS,
    SNAPSHOT,
    SNAPSHOT_VERSION,
    event_to_builtins,
    snapshot_to_builtins,
)

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all schemas are written in."""

LINE_LIMIT = 1 << 20
"""The bytes that a line of a log can have, without its line end."""


def decode_event(data: bytes | str, *, types: Types | None = None, forbid_unknown_fields: bool = False) -> AnyEvent:
    """Decode an event from a JSON object.

    Args:
        data: the JSON, as text or in UTF-8. If a key occurs twice, the last one counts.
        types: the configured activity types by their codes. The event can give a type by its code. If it gives one in
            full, that must equal the configured one, so that a sender cannot grant itself rights. Pass None if no types
            are configured: then the event must give them in full.
        forbid_unknown_fields: whether a field that the event does not have is an error. Otherwise it is ignored.

    Raises:
        WireError: the data is not an event. The error has the path of the bad field.
    """
    return _event_from(object_from(data), options(types, forbids_unknown_fields=forbid_unknown_fields))


def object_from(data: bytes | str) -> dict[str, Any]:
    """Parse one JSON object.

    Args:
        data: the JSON, as text or in UTF-8.

    Raises:
        WireError: the data is not one JSON object (WRM501).
    """
    if not isinstance(data, bytes | str | bytearray | memoryview):
        raise wrong_argument("data", data, "JSON, as text or in UTF-8")
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


def event_from(value: dict[str, Any], types: Types | None = None) -> AnyEvent:
    """Decode an event from a parsed JSON object. See `decode_event`."""
    return _event_from(value, options(types))


def _event_from(value: dict[str, Any], given: Options) -> AnyEvent:
    name = value.get("event")
    if name is None:
        raise bad_field("$.event", "is missing")
    if not isinstance(name, str):
        raise wrong_type("$.event", name, "text")
    if name not in EVENTS:
        raise WireError("WRM503", "$.event", f"is {short_json(name)}, an event that this library does not know")
    event: AnyEvent = EVENTS[name].decode(value, "$", given)
    return event


def decode_type(data: bytes | str, *, types: Types | None = None) -> ActivityType:
    """Decode an activity type from its code or from a JSON object.

    Args:
        data: the JSON, as text or in UTF-8.
        types: the configured activity types by their codes, as for `decode_event`.

    Raises:
        WireError: the data is not an activity type.
    """
    type_: ActivityType = codec_of(ActivityType).decode(_value_from(data), "$.type", options(types))
    return type_


def decode_time(text: str) -> datetime:
    """Decode the time of an event, `at`.

    Raises:
        WireError: the text is not ISO 8601, or has no zone (WRM504).
    """
    return AT.decode(text, "$.at", options())


def encode_event(event: Event) -> bytes:
    """Encode an event as JSON on one line, which decodes to an equal event.

    Raises:
        TypeError: the argument is not an event.
        WireError: the line would be longer than a log can have, or the event holds text that UTF-8 cannot hold, or a
            number that JSON readers cannot hold.
    """
    line = _encode(event_to_builtins(event))
    if len(line) > LINE_LIMIT:
        raise WireError("WRM505", "$", f"has {len(line):,} bytes, more than a line of a log can have ({LINE_LIMIT:,})")
    return line


def decode_work_request(data: bytes | str, *, types: Types | None = None) -> WorkRequest:
    """Decode a work request from a snapshot. See `encode_work_request`.

    Unknown fields are errors, because they would be lost when the snapshot is written again.

    Args:
        data: the JSON, as text or in UTF-8.
        types: the configured activity types by their codes, as for `decode_event`.

    Raises:
        WireError: the data is not a snapshot of this version. The error has the path of the bad field.
    """
    value = object_from(data)
    version = value.get("version")
    if version != SNAPSHOT_VERSION or isinstance(version, bool):
        given = f"is {short_json(version)}" if "version" in value else "is missing"
        raise bad_field("$.version", f"{given}; this library reads version {SNAPSHOT_VERSION}")
    work_request: WorkRequest = SNAPSHOT.decode(value, "$", options(types, forbids_unknown_fields=True))
    return work_request


def encode_work_request(work_request: WorkRequest) -> bytes:
    """Encode a work request as a snapshot: its fields in camel case, as JSON on one line.

    Raises:
        TypeError: the argument is not a work request.
        WireError: the work request holds text that UTF-8 cannot hold.
    """
    require_argument("work_request", work_request, WorkRequest, "a WorkRequest")
    return _encode(snapshot_to_builtins(work_request))


def decode_types(data: bytes | str) -> Types:
    """Decode a file of activity types, and return them by their codes.

    Args:
        data: the content of the file, in TOML or JSON: a table `types`, which has for each code a table of
            `workSupplierAllowedToCancel` and `states`.

    Raises:
        TypeError: the data is neither bytes nor text.
        WireError: the data is not such a file, or has an unknown field. The error has the path of the bad field.
    """
    if not isinstance(data, bytes | str):
        raise wrong_argument("data", data, "the content of the file, as bytes or text")
    encoded = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    encoded = encoded.removeprefix(codecs.BOM_UTF8)
    if encoded.lstrip().startswith(b"{"):
        value = object_from(encoded)
    else:
        try:
            value = tomllib.loads(encoded.decode())
        except (ValueError, RecursionError) as error:
            raise bad_field("$", f"is neither TOML nor JSON: {error}") from None
    require_known(value, ("types",), "$")
    types = value.get("types")
    if "types" not in value:
        raise bad_field("$.types", "is missing; it must be a table of activity types by their codes")
    if not isinstance(types, dict):
        raise wrong_type("$.types", types, "a table of activity types by their codes")
    return {code: _configured_type(code, definition) for code, definition in types.items()}


def _configured_type(code: str, definition: Any) -> ActivityType:
    path = f"$.types.{code}"
    if not isinstance(definition, dict):
        raise wrong_type(path, definition, "a table")
    given = definition.get("code", code)
    if given != code:
        raise bad_field(f"{path}.code", f"is {short_json(given)}, but the name of the table is the code; leave it out")
    type_: ActivityType = codec_of(ActivityType).decode(
        {**definition, "code": code}, path, options(forbids_unknown_fields=True)
    )
    return type_


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
    for name, codec in EVENTS.items():
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
    snapshot = SNAPSHOT.schema(definitions, closed=True)
    snapshot["properties"] = {"version": {"const": SNAPSHOT_VERSION}, **snapshot["properties"]}
    snapshot["required"] = ["version", *snapshot["required"]]
    return snapshot


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise bad_field("$", f"holds {error.object!r}, which UTF-8 cannot hold; leave the surrogate out") from None
    except ValueError:
        raise bad_field("$", "holds an integer of more than 4,300 digits; send it as text") from None
