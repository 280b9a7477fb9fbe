"""Events and work requests as JSON.

The names of events are the published ones where these are known; the others follow their pattern.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs
import msgspec

from work_request_manager import events
from work_request_manager.wire._codecs import (
    AT,
    NEW_ACTIVITY,
    NO_TYPES,
    Array,
    Fields,
    Types,
    WireError,
    bad_field,
    shown,
    wrong_kind,
)
from work_request_manager.log._sources import BYTE_ORDER_MARK
from work_request_manager._values import FrozenDict
from work_request_manager.events import Event, UpdateDetails
from work_request_manager.model import ActivityType, Section, WorkRequest

__all__ = [
    "EVENT_NAMES",
    "SNAPSHOT_VERSION",
    "WireError",
    "decode_event",
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

# Public here, whichever room it was made in.
WireError.__module__ = __name__

EVENT_NAMES: Mapping[str, tuple[type[Event], Section | None]] = FrozenDict(
    {
        "CreateTaskEvent": (events.CreateWorkRequest, None),
        "AcceptTaskEvent": (events.AcceptWorkRequest, None),
        "RejectTaskEvent": (events.RejectWorkRequest, None),
        "ReallocateTaskEvent": (events.ReallocateWorkRequest, None),
        "PutOnHoldTaskEvent": (events.PutOnHold, None),
        "ResumeTaskEvent": (events.Resume, None),
        "CancelTaskEvent": (events.CancelWorkRequest, None),
        "RequestCancelTaskEvent": (events.RequestCancellation, None),
        "UpdateTaskSiteContactEvent": (events.UpdateSiteContact, None),
        "UpdateTaskScheduleEvent": (events.Reschedule, None),
        **{f"UpdateTask{section}Event": (UpdateDetails, section) for section in Section},
        "AddTaskActivityEvent": (events.AddActivity, None),
        "RequestAddTaskActivityEvent": (events.RequestAddActivity, None),
        "UpdateTaskActivityStatusEvent": (events.UpdateActivityStatus, None),
        "UpdateTaskActivityWorkerEvent": (events.UpdateActivityWorker, None),
        "UpdateTaskActivityOutcomesEvent": (events.RecordOutcome, None),
        "CancelTaskActivityEvent": (events.CancelActivity, None),
    }
)
"""What each event is called on the wire; an update of the details is called after its section."""

SNAPSHOT_VERSION = 1
"""The version of the form in which work requests are written."""


def _fields_of(kind: type[Event], section: Section | None) -> Fields:
    build: Callable[..., Event] = kind
    return Fields(
        kind,
        build=build if section is None else partial(build, section=section),
        only=[field.name for field in attrs.fields(kind) if field.name != "section"],
        named={"work_request_id": "taskId"},
        codecs={"at": AT, "activity": NEW_ACTIVITY, "activities": Array(NEW_ACTIVITY)},
    )


_FIELDS: Mapping[str, Fields] = {name: _fields_of(*meant) for name, meant in EVENT_NAMES.items()}
_NAMES: Mapping[tuple[type[Event], Section | None], str] = {meant: name for name, meant in EVENT_NAMES.items()}
_SNAPSHOT = Fields(WorkRequest)
_TYPE = Fields(ActivityType)


def decode_event(data: bytes | str, *, types: Types = NO_TYPES) -> Event:
    """Return the event that a JSON object stands for.

    Args:
        data: the JSON, in UTF-8 where it is bytes; of a key that stands twice, the last counts.
        types: the activity types that may be given by their code alone.

    Raises: WireError with the path of the bad field.
    """
    return event_from(object_from(data), types)


def object_from(data: bytes | str) -> dict[str, Any]:
    """Return the one JSON object that some data is.

    Raises: WireError (WRM501).
    """
    try:
        value = msgspec.json.decode(data)
    except RecursionError:
        raise WireError("WRM501", "$", "is nested too deeply; an event needs no such depth") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WireError("WRM501", "$", f"is not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict):
        raise WireError("WRM501", "$", f"is {shown(value)}; it must be one JSON object")
    return value


def event_from(value: dict[str, Any], types: Types = NO_TYPES) -> Event:
    """Return the event that a decoded JSON object stands for; see `decode_event`."""
    name = value.get("event")
    if name is None:
        raise bad_field("$.event", "is missing")
    if not isinstance(name, str):
        raise wrong_kind("$.event", name, "text")
    if name not in _FIELDS:
        raise WireError("WRM503", "$.event", f"is {shown(name)}, an event that this library does not know")
    event: Event = _FIELDS[name].decode(value, "$", types)
    return event


def encode_event(event: Event) -> bytes:
    """Return the JSON of an event, on one line, which decodes to an equal event.

    Raises: WireError for text that UTF-8 can't hold.
    """
    name = _NAMES[type(event), getattr(event, "section", None)]
    return _encode({"event": name, **_FIELDS[name].encode(event)})


def decode_work_request(data: bytes | str, *, types: Types = NO_TYPES) -> WorkRequest:
    """Return the work request that a snapshot holds; see `encode_work_request`.

    Raises: WireError with the path of the bad field.
    """
    value = object_from(data)
    version = value.get("version")
    if version != SNAPSHOT_VERSION or isinstance(version, bool):
        raise bad_field("$.version", f"is {shown(version)}; this library reads version {SNAPSHOT_VERSION}")
    work_request: WorkRequest = _SNAPSHOT.decode(value, "$", types)
    return work_request


def encode_work_request(work_request: WorkRequest) -> bytes:
    """Return a snapshot of a work request: its fields in camel case, as JSON on one line.

    Raises: WireError for text that UTF-8 can't hold.
    """
    return _encode({"version": SNAPSHOT_VERSION, **_SNAPSHOT.encode(work_request)})


def decode_types(data: bytes) -> Types:
    """Return the activity types that a file defines, by their codes.

    Args:
        data: `types`, a table of each code's `workSupplierAllowedToCancel` and `states`, in TOML or JSON.

    Raises: WireError with the path of the bad field.
    """
    data = data.removeprefix(BYTE_ORDER_MARK)
    if data.lstrip().startswith(b"{"):
        value = object_from(data)
    else:
        try:
            value = tomllib.loads(data.decode())
        except (ValueError, RecursionError) as error:
            raise bad_field("$", f"is neither TOML nor JSON: {error}") from None
    types = value.get("types")
    if not isinstance(types, dict):
        raise wrong_kind("$.types", types, "a table of activity types by their codes")
    for code, defined in types.items():
        if not isinstance(defined, dict):
            raise wrong_kind(f"$.types.{code}", defined, "a table")
    return {
        code: _TYPE.decode({**defined, "code": code}, f"$.types.{code}", NO_TYPES) for code, defined in types.items()
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


JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that schemas here are written in."""


def line_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes an event, adding what it refers to."""
    lines = []
    for name, fields in _FIELDS.items():
        line = fields.schema(definitions)
        line["properties"] = {"event": {"const": name}, **line["properties"]}
        line["required"] = ["event", *line["required"]]
        lines.append({"title": name, **line})
    return {"oneOf": lines}


def snapshot_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes a snapshot, adding what it refers to."""
    snapshot = _SNAPSHOT.schema(definitions)
    snapshot["properties"] = {"version": {"const": SNAPSHOT_VERSION}, **snapshot["properties"]}
    snapshot["required"] = ["version", *snapshot["required"]]
    return snapshot


def _encode(value: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise bad_field("$", f"holds {error.object!r}, which UTF-8 can't; leave the surrogate out") from None
