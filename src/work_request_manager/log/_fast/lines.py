"""One flat structure for all lines of a log, so that reading a field takes the same path for every line.

A line that does not fit is not necessarily bad: `wire` decodes it again and says what is wrong, if anything.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from work_request_manager._values import NOTE_LIMIT, as_utc
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.log._fast.texts import compact, kept
from work_request_manager.model import Category, Role
from work_request_manager.wire import decode_time

# Literals rather than enumerations, because decoded texts are interned then, and dictionaries find them at once.
EventName: Any = Literal[tuple(WIRE_NAMES)]
RoleName: Any = Literal[tuple(role.value for role in Role)]
CategoryName: Any = Literal[tuple(category.value for category in Category)]
NonEmpty = Annotated[str, Meta(min_length=1)]
Note = Annotated[str, Meta(max_length=NOTE_LIMIT)]


class Misfit(ValueError):
    """A line lacks a field, or holds a value that the fast decoder does not check."""


USUAL_TIME = slice(None, 9, -3)
"""The part of a text that is "Z::T" if it has the form of most times, 2026-03-01T20:00:00Z, which has 20 characters."""


def time_of(text: str) -> datetime:
    """Return the instant that a text gives.

    Raises:
        WireError: the text is not a time with a zone.
        Misfit: the instant is out of range in UTC.
    """
    if text[USUAL_TIME] == "Z::T":
        return datetime.fromisoformat(text)
    instant: datetime = as_utc(decode_time(text))
    if instant.tzinfo is not UTC:
        raise Misfit
    return instant


_encode = msgspec.json.encode


class Part(msgspec.Struct, gc=False, rename="camel"):
    """A part of a line."""


class SenderPart(Part):
    """The sender of an event."""

    role: RoleName
    id: NonEmpty


class StatusPart(Part):
    """A status."""

    category: CategoryName
    state: str | None = None


class NewActivityPart(Part):
    """A new activity. Its type is decoded when it is needed."""

    id: NonEmpty
    type: Raw
    status: StatusPart | None = None


class OutcomePart(Part):
    """An outcome."""

    code: NonEmpty
    note: Note | None = None

    def kept(self) -> Any:
        """Return it as one text, as it is kept and compared: its code if there is no more, which is most frequent."""
        return kept(self.code if self.note is None and self.code[0] != "{" else _encode(self).decode())


class ContactPart(Part):
    """A site contact."""

    name: NonEmpty
    phone: str | None = None
    email: str | None = None

    def kept(self) -> Any:
        """Return it as one text, as it is kept and compared."""
        return compact(_encode(self).decode())


class SchedulePart(Part):
    """A schedule, with its times as texts."""

    earliest_start: str | None = None
    latest_end: str | None = None

    def kept(self) -> tuple[datetime | None, datetime | None]:
        """Return its times, as they are kept and compared.

        Raises:
            WireError: a time is not a time with a zone.
            Misfit: a time is out of range in UTC, both are missing, or they are in the wrong order.
        """
        begins = None if self.earliest_start is None else time_of(self.earliest_start)
        ends = None if self.latest_end is None else time_of(self.latest_end)
        if begins is None:
            if ends is None:
                raise Misfit
        elif ends is not None and ends < begins:
            raise Misfit
        return begins, ends


class Line(Part):
    """An event, with the fields of all kinds of events."""

    event: EventName
    task_id: NonEmpty
    sender: SenderPart
    at: str
    event_id: NonEmpty | None = None
    activity_id: NonEmpty | None = None
    status: StatusPart | None = None
    worker: NonEmpty | None = None
    outcome: OutcomePart | None = None
    contact: ContactPart | None = None
    schedule: SchedulePart | None = None
    supplier: NonEmpty | None = None
    requestor: NonEmpty | None = None
    activities: list[NewActivityPart] | None = None
    activity: NewActivityPart | None = None
    reason: str | None = None
    type: Raw = Raw(b"")
    values: Raw = Raw(b"")
    note: Note | None = None


decode = msgspec.json.Decoder(Line).decode
"""Decode a line. Raises one of msgspec's errors if the line does not fit."""


class _Named(msgspec.Struct, rename="camel", gc=False):
    """A line, of which only the work request's id is read."""

    task_id: str


_decode_named = msgspec.json.Decoder(_Named).decode


def task_id_in(data: bytes) -> str | None:
    """Return the id of the work request that a line names. None if it names none."""
    try:
        return _decode_named(data).task_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
