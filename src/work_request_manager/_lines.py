"""The lines of a log, decoded as fast as can be: what the rules read, checked as it is decoded.

A line that does not fit here is not bad for that: it is decoded again by `wire`, which says what is wrong, if anything.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from work_request_manager._values import NOTE_LIMIT
from work_request_manager.model import Category, Role
from work_request_manager.wire import EVENT_NAMES

# Literals, and not the enumerations, since what is decoded is looked up: Python 3.11 takes long to hash members.
EventName: Any = Literal[tuple(EVENT_NAMES)]
RoleName: Any = Literal[tuple(role.value for role in Role)]
CategoryName: Any = Literal[tuple(category.value for category in Category)]
Name = Annotated[str, Meta(min_length=1)]
Note = Annotated[str, Meta(max_length=NOTE_LIMIT)]


class Part(msgspec.Struct, gc=False, rename="camel"):
    """What a line is made of."""


class Sender(Part):
    """Who sent an event."""

    role: RoleName
    id: Name


class Status(Part):
    """The status that is asked for."""

    category: CategoryName
    state: str | None = None


class New(Part):
    """A new activity; its type is looked up as it stands."""

    id: Name
    type: Raw
    status: Status | None = None


class Outcome(Part):
    """An outcome."""

    code: Name
    note: Note | None = None


class Contact(Part):
    """A site contact."""

    name: Name
    phone: str | None = None
    email: str | None = None


class Schedule(Part):
    """A schedule, its times as they stand."""

    earliest_start: str | None = None
    latest_end: str | None = None


class Line(Part):
    """An event, with the fields that all events have, and each kind's own."""

    event: EventName
    task_id: Name
    sender: Sender
    at: str
    event_id: Name | None = None
    note: Note | None = None
    activity_id: Name | None = None
    status: Status | None = None
    reason: str | None = None
    requestor: Name | None = None
    supplier: Name | None = None
    worker: Name | None = None
    activities: list[New] | None = None
    activity: New | None = None
    contact: Contact | None = None
    outcome: Outcome | None = None
    schedule: Schedule | None = None
    type: Raw | UnsetType = UNSET
    values: Raw | UnsetType = UNSET


decode = msgspec.json.Decoder(Line).decode
"""Return the line that some bytes are; msgspec's errors where they do not fit."""
