"""Events and work requests as JSON.

The names of the events in JSON come from the catalogue. The fields come from the classes.
"""

import codecs
import tomllib
from datetime import datetime
from typing import Any

try:
    import msgspec
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"JSON needs {error.name}; install it: pip install 'work-request-manager[wire]'", name=error.name
    ) from None

from work_request_manager._values import require_argument, wrong_argument
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.model import ActivityType, WorkRequest
from work_request_manager.wire._builtins import to_builtins
from work_request_manager.wire._codecs import (
    AT,
    NO_TYPES,
    Options,
    Types,
    camel_case,
    codec_of,
    options,
)
from work_request_manager.wire._documents import (
    EVENTS,
    SNAPSHOT,
    SNAPSHOT_VERSION,
    event_to_builtins,
    snapshot_to_builtins,
)
from work_request_manager.wire._mappings import LEFT_OUT, LogMapping, decode_mapping
from work_request_manager.wire._parsing import object_from, value_from
from work_request_manager.wire._problems import bad_field, require_known, short_json, wrong_type
from work_request_manager.wire._schemas import (
    JSON_SCHEMA,
    DocumentKind,
    closed_object,
    json_schema,
    line_schema,
    snapshot_schema,
)
from work_request_manager.wire._snapshots import fast_work_request

__all__ = [
    "JSON_SCHEMA",
    "LEFT_OUT",
    "LINE_LIMIT",
    "NO_TYPES",
    "SNAPSHOT_VERSION",
    "DocumentKind",
    "LogMapping",
    "Types",
    "WireError",
    "camel_case",
    "closed_object",
    "decode_event",
    "decode_mapping",
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
        meant = _ALIASES.get(name.lower())
        hint = f"; did you mean {meant}?" if meant else ""
        raise WireError("WRM503", "$.event", f"is {short_json(name)}, an event that this library does not know{hint}")
    event: AnyEvent = EVENTS[name].decode(value, "$", given)
    return event


_ALIASES = {alias.lower(): name for name, (kind, _) in WIRE_NAMES.items() for alias in (name, kind.event.__name__)}
"""The names of events in JSON by what people write instead: the names of their classes, or small letters.

No other name is guessed, because the real system has events that this library does not know.
"""


def decode_type(data: bytes | str, *, types: Types | None = None) -> ActivityType:
    """Decode an activity type from its code or from a JSON object.

    Args:
        data: the JSON, as text or in UTF-8.
        types: the configured activity types by their codes, as for `decode_event`.

    Raises:
        WireError: the data is not an activity type.
    """
    type_: ActivityType = codec_of(ActivityType).decode(value_from(data), "$.type", options(types))
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
    given_options = options(types, forbids_unknown_fields=True)
    work_request = fast_work_request(data, given_options) if isinstance(data, bytes | str) else None
    if work_request is not None:
        return work_request
    value = object_from(data)
    version = value.get("version")
    if version != SNAPSHOT_VERSION or isinstance(version, bool):
        given = f"is {short_json(version)}" if "version" in value else "is missing"
        raise bad_field("$.version", f"{given}; this library reads version {SNAPSHOT_VERSION}")
    slowly: WorkRequest = SNAPSHOT.decode(value, "$", given_options)
    return slowly


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


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise bad_field("$", f"holds {error.object!r}, which UTF-8 cannot hold; leave the surrogate out") from None
    except ValueError:
        raise bad_field("$", "holds an integer of more than 4,300 digits; send it as text") from None
