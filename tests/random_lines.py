"""Random lines of logs from a small vocabulary, so that repeats, redeliveries, bad states and refusals are frequent."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

import attrs

from work_request_manager import ActivityType, Category, RejectionReason, Role, events
from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.errors import WireError
from work_request_manager.kinds import EventKind, Target
from work_request_manager.wire import Types, camel_case, decode_type, object_from

ODD_TEXTS = (
    "{0}%s", "%(worker)s {state} 100%", "\x1b[31mred\x7f", "\0", "a\0b", "\0" + "f" * 40, "x" * 501, "y" * 20_000,
    "\u2028\u202e", "\ue000", "Māpua", "Closed", " ", "\\1", "\n",
)  # fmt: skip
"""Texts that formatting, shortening or comparing could damage."""

ODD_NUMBERS = (b"1e400", b"-1e999", b"1" * 5_000, b"-" + b"1" * 5_000, b"1" * 5_000 + b".5", b"1" * 400, b"-0")
"""Numbers that are out of range for most readers."""

TYPES_IN_FULL: tuple[dict[str, Any], ...] = (
    {"code": "F"},
    {"code": "M", "workSupplierAllowedToCancel": True},
    {"code": "L", "states": {"OnSite": "Active", "Odd": "Closed"}},
    {"code": "N", "workSupplierAllowedToCancel": True, "states": {"Scheduled": "Open"}},
)
TYPES: Types = {
    **{each["code"]: decode_type(json.dumps(each)) for each in TYPES_IN_FULL},
    "K": ActivityType("K", True),
    "S": ActivityType("S", False, {"OnSite": Category.ACTIVE, "Scheduled": Category.OPEN}),
}
"""The types that lines can give by their codes."""

WRONG_TYPES: tuple[dict[str, Any], ...] = ({"code": "K"}, {"code": "unheard of"})
"""Types that are not as they are configured."""

SENDERS = (
    *[(Role.CHORUS, "chorus")] * 2,
    *[(Role.WORK_REQUESTOR, "r1")] * 2,
    (Role.WORK_REQUESTOR, "r2"),
    *[(Role.WORK_SUPPLIER, "s1")] * 5,
    (Role.WORK_SUPPLIER, "s2"),
)
SCHEDULES = (
    {"earliestStart": "2026-03-01T00:00:00Z"},
    {"earliestStart": "2026-03-01T13:00:00+13:00"},
    {"latestEnd": "2026-03-02T00:00:00Z"},
)

MEANINGS: Mapping[str, EventKind] = {name: kind for name, (kind, _) in WIRE_NAMES.items()}
MOST_FREQUENT = [name for name, kind in MEANINGS.items() if kind.gives_status]
FOR_ACTIVITIES = [name for name, kind in MEANINGS.items() if kind.target is Target.ACTIVITY]


class LineGenerator:
    """A generator of random lines.

    Args:
        random: the source of randomness.
        is_odd: whether ids and other texts can be odd.
        has_codes: whether types can be given by their codes.
        requests: the ids of the work requests.
        activities: the ids of the activities.
        senders: the roles and ids of the senders.
        names: the names of the events. Status updates and other events for activities are frequent in the default.
    """

    def __init__(
        self,
        random: Random,
        *,
        is_odd: bool = False,
        has_codes: bool = False,
        requests: Sequence[str] = ("W1", "W2"),
        activities: Sequence[str] = ("A1", "A1", "A1", "A2", "A2", "A3"),
        senders: Sequence[tuple[Role, str]] = SENDERS,
        names: Sequence[str] = (*WIRE_NAMES, *FOR_ACTIVITIES, *MOST_FREQUENT * 12),
    ) -> None:
        self._random = random
        self._odd = {each: random.choice(ODD_TEXTS) for each in ODD_KEYS if is_odd and random.random() < 0.3}
        self._types: tuple[Any, ...] = (*TYPES_IN_FULL, *WRONG_TYPES, *TYPES) if has_codes else TYPES_IN_FULL
        self._requests, self._activities = requests, activities
        self._senders, self._names = senders, names
        self._values: dict[str, Callable[[], Any]] = {
            "activity_id": lambda: self._text(*activities),
            "requestor": lambda: self._text("r1", "r1", "r2"),
            "supplier": lambda: self._text("s1", "s1", "s2"),
            "activities": lambda: [self._new_activity() for _ in range(random.choice((1, 1, 2, 2, 3, 0)))],
            "activity": self._new_activity,
            "type": lambda: random.choice(self._types),
            "reason": lambda: random.choice((*RejectionReason, "Lunch {x} 100%")),
            "contact": lambda: {"name": self._text("Ana", "Hemi")} | random.choice(({}, {"phone": None})),
            "schedule": lambda: random.choice(SCHEDULES),
            "values": lambda: random.choice((1, None, [{}] * 60, {"a": [1]})),
            "status": lambda: self._status("OnSite", "Odd", "Scheduled", "", "Done"),
            "worker": lambda: self._text("w1", "w2"),
            "outcome": lambda: {"code": self._text("o1", "o2")} | random.choice(({}, {"note": "n"})),
        }

    def _text(self, *choices: str) -> str:
        text = self._random.choice(choices)
        return self._odd.get(text, text)

    def _status(self, *states: str) -> dict[str, Any]:
        category = self._random.choice([*Category])
        return {"category": category} | ({"state": self._text(*states)} if self._random.random() < 0.5 else {})

    def _new_activity(self) -> dict[str, Any]:
        new = {"id": self._text(*self._activities), "type": self._random.choice(self._types)}
        if self._random.random() < 0.2:
            new["status"] = self._status("OnSite", "Scheduled") | {"category": self._random.choice(["Open", *Category])}
        return new

    def event(self, number: int) -> dict[str, Any]:
        """Return an event as a JSON object. `number` is its place in the log, from which its time follows."""
        random, name = self._random, self._random.choice(self._names)
        role, sender = random.choice(self._senders)
        at = f"2026-03-01T{number // 60 % 24:02}:{number % 60:02}:00Z"
        event: dict[str, Any] = {
            "event": name,
            "taskId": self._text(*self._requests),
            "sender": {"role": role, "id": self._text(sender)},
            "at": at if random.random() < 0.95 else "2026-03-01T00:00:00.5+13:00",
        }
        for field in attrs.fields(MEANINGS[name].event):
            if field.name in self._values and (field.default is attrs.NOTHING or random.random() < 0.5):
                event[camel_case(field.name)] = self._values[field.name]()
        return event

    def event_line(self, number: int) -> bytes:
        """Return the line of an event without an event id."""
        return json.dumps(self.event(number)).encode()

    def line(self, number: int) -> bytes:
        """Return a line: an event, perhaps with an event id, or damaged."""
        random, event = self._random, self.event(number)
        if random.random() < 0.4:
            event["eventId"] = self._text(*EVENT_IDS)
        if random.random() < 0.03:
            event.pop(random.choice([*event]))
        if random.random() < 0.03 and event:
            event[random.choice([*event, "note", "type", "values"])] = random.choice((1, None, "", [], {}, True, "n"))
        data = json.dumps(event, ensure_ascii=random.random() < 0.5).encode()
        if random.random() < 0.05:
            own = b'"%s":%s' % (random.choice((b"x", b"values", b"note", b"at", b"status")), random.choice(ODD_NUMBERS))
            data = b"{" + own + b"," + data[1:] if random.random() < 0.5 else data[:-1] + b"," + own + b"}"
        if random.random() < 0.02:
            data = data[: random.randrange(len(data))] + random.choice((b"", b"\xff", b'"', b"\0"))
        if random.random() < 0.01:
            data = random.choice((b"", b"\xff", b"null", b"  ", b"{}", b'{"event":"ArchiveTaskEvent"}'))
        return data

    def creation(self, number: int) -> dict[str, Any]:
        """Return a create event that no rule refuses."""
        created = next(name for name, kind in MEANINGS.items() if kind.target is Target.NEW)
        ids = dict.fromkeys(self._text(*self._activities) for _ in range(self._random.choice((1, 1, 2, 3))))
        return {
            "event": created,
            "taskId": self._text(self._requests[number % len(self._requests)]),
            "sender": {"role": Role.CHORUS, "id": "chorus"},
            "at": "2026-03-01T00:00:00Z",
            "requestor": self._text("r1"),
            "supplier": self._text("s1"),
            "activities": [{"id": each, "type": self._random.choice(self._types)} for each in ids],
        }

    def reallocation(self) -> dict[str, Any]:
        """Return an event from which the supplier and the allocation follow."""
        name = next(name for name, kind in MEANINGS.items() if kind.event is events.ReallocateWorkRequest)
        sender = {"role": Role.CHORUS, "id": "chorus"}
        return {
            "event": name,
            "taskId": self._requests[0],
            "sender": sender,
            "at": "2026-03-01T00:00:00Z",
            "supplier": "s1",
        }

    def log(self, length: int) -> list[bytes]:
        """Return a log. Most logs begin with create events that no rule refuses."""
        count = min(length, len(self._requests)) if self._random.random() < 0.85 else 0
        created = [json.dumps(self.creation(number)).encode() for number in range(count)]
        return created + [self.line(number) for number in range(count, length)]


EVENT_IDS = tuple(f"e{number}" for number in range(12))
ODD_KEYS = (
    "W1", "W2", "A1", "A2", "A3", "r1", "r2", "s1", "s2", "chorus", "Ana", "Hemi", "OnSite", "Scheduled", "Odd", "Done",
    "w1", "w2", "o1", "o2", *EVENT_IDS,
)  # fmt: skip
"""The texts of the vocabulary that can become odd."""


def ids_in(lines: Iterable[bytes]) -> list[str]:
    """Return the ids of the work requests that lines name, each once, in order."""
    ids: dict[str, None] = {}
    for line in lines:
        try:
            named = object_from(line).get("taskId")
        except WireError:
            continue
        if isinstance(named, str):
            ids[named] = None
    return list(ids)
