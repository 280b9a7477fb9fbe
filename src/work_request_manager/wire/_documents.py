"""The codecs of whole JSON documents: events and snapshots."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs

from work_request_manager._values import wrong_argument
from work_request_manager.catalogue import KINDS, WIRE_NAMES
from work_request_manager.events import Event
from work_request_manager.kinds import EventKind
from work_request_manager.model import Section, WorkRequest
from work_request_manager.wire._codecs import AT, ObjectCodec

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
        own_keys=("event",),
    )


EVENTS: Mapping[str, ObjectCodec] = {name: _codec_of(*meaning) for name, meaning in WIRE_NAMES.items()}
"""The codec of each event, by its name in JSON."""

SNAPSHOT = ObjectCodec(WorkRequest, own_keys=("version",))
"""The codec of snapshots."""


def event_to_builtins(event: Event) -> dict[str, Any]:
    """Convert an event to the JSON object that describes it.

    Raises:
        TypeError: the argument is not an event.
    """
    if type(event) not in KINDS:
        raise wrong_argument("event", event, "an instance of one of the classes in work_request_manager.events")
    name = KINDS[type(event)].wire_names[getattr(event, "section", None)]
    return {"event": name, **EVENTS[name].encode(event)}


def snapshot_to_builtins(work_request: WorkRequest) -> dict[str, Any]:
    """Convert a work request to the JSON object of its snapshot."""
    return {"version": SNAPSHOT_VERSION, **SNAPSHOT.encode(work_request)}
