"""Random rows of logs in other formats, and mappings for them, from a small vocabulary."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs

from work_request_manager import ActivityType, Category, Role
from work_request_manager.wire import LogMapping, Types

CATEGORIES: dict[str, Category | None] = {
    "Assigned": Category.OPEN,
    "Open": Category.OPEN,
    "On site": Category.ACTIVE,
    "Testing": Category.ACTIVE,
    "Fixed": Category.PRACTICAL_COMPLETION,
    "Checked": Category.IN_REVIEW,
    "Done": Category.CLOSED,
    "Closed": Category.CLOSED,
}
"""The categories of the states."""

TYPES: Types = {
    "F": ActivityType("F"),
    "M": ActivityType("M", True),
    "L": ActivityType("L", False, {"Assigned": Category.OPEN, "Fixed": Category.ACTIVE, "Done": Category.CLOSED}),
    "N": ActivityType("N", True, {"On site": Category.ACTIVE}),
}
"""Activity types. Two list states: they lack some of the log, and have one under another category."""

START = datetime(2026, 3, 1, tzinfo=UTC)


def random_mapping(random: Random) -> LogMapping:
    """Return a mapping of random rows."""

    def perhaps(column: str) -> str | None:
        return column if random.random() < 0.5 else None

    return LogMapping(
        request="request",
        status="state",
        at="at",
        categories=CATEGORIES,
        activity=perhaps("activity"),
        sender=perhaps("who"),
        sender_role=random.choice([Role.WORK_SUPPLIER, Role.WORK_SUPPLIER, *Role]),
        type=perhaps("kind"),
        event_id=perhaps("id"),
        complete=random.random() < 0.5,
    )


def random_rows(
    random: Random, length: int, *, requests: int = 2, activities: int = 2, states: int = 4
) -> list[dict[str, Any]]:
    """Return the rows of a log in the columns of `random_mapping`.

    Args:
        random: the source of randomness.
        length: the number of rows.
        requests: the number of work requests.
        activities: the number of activities that a work request can have.
        states: the number of states.
    """
    known = random.sample([*CATEGORIES], states)
    kinds = {
        (request, activity): random.choice([*TYPES]) for request in range(requests) for activity in range(activities)
    }
    rows, at = [], START
    for number in range(length):
        request, activity = random.randrange(requests), random.randrange(activities)
        at += timedelta(minutes=random.choice((0, 1, 10, -5)))
        rows.append(
            {
                "request": f"W{request}",
                "activity": f"A{activity}",
                "state": random.choice(known),
                "at": at,
                "who": random.choice(("s1", "s1", "s2", None)),
                "kind": random.choice((kinds[request, activity], None)),
                "id": random.choice((None, f"e{number}", f"e{random.randrange(number + 1)}")),
            }
        )
    return rows


ZONES = (*["Pacific/Auckland"] * 3, "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC", None)
"""Zones whose offsets change, by an hour or half an hour, or have minutes."""

FORMS = (
    "iso",
    "iso",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d %H:%M:%S %z",
    "seconds",
    "milliseconds",
)
"""Forms of times."""

CHANGES = (
    datetime(2026, 4, 4, 14, tzinfo=UTC),
    datetime(2026, 9, 26, 13, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC) + timedelta(hours=14),
)
"""Times near which the clocks of some zones change, and one at which their calendar begins."""

ODD_TIMES: tuple[Any, ...] = (
    "", None, "soon", "2026-13-01 00:00:00", "2026-03-01", "2026-03-01T24:00:00Z", "2026-03-01 10:61:00",
    "2026-03-01 10:00:60", "2026-W09-7T20:00:00Z", "2026-03-01 20:0000", "2026-03-01T20:00:00z", "2026-03-01 20:00.50",
    "2026-03-01 20+05:00", "2026-03-01 203045.5", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "nan", "1e400", " ",
    "\uff12026-03-01 20:00:00", "2026-03-01 20:00:\u06600", "2026-03-01\x0020:00:00", float("nan"), float("inf"), True,
    10**400, [],
)  # fmt: skip
"""Values that are not times, or times of an unusual form."""


class NotATime(float):
    """A value like NaT of pandas, which is missing, and not equal to itself."""

    def __new__(cls) -> "NotATime":
        """Return such a value."""
        return super().__new__(cls, "nan")


class NotAvailable:
    """A value like NA of pandas, whose comparisons are neither true nor false."""

    def __eq__(self, other: object) -> "NotAvailable":  # type: ignore[override]  # as in pandas
        """Return NA."""
        return self

    def __ne__(self, other: object) -> "NotAvailable":  # type: ignore[override]  # as in pandas
        """Return NA."""
        return self

    def __bool__(self) -> bool:
        """Raise TypeError."""
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]  # as it is compared by value


class Text(str):
    """A text of another type than str."""

    __slots__ = ()


ODD_IDS: tuple[Any, ...] = (
    "", None, 17, 17.0, 17.5, True, [], {}, float("nan"), float("inf"), 1e18, 10**5_000, NotATime(), NotAvailable(),
    Text("W1"), Decimal(17), Decimal("17.5"), Decimal("Infinity"), Fraction(17), UUID(int=17), b"W1", "x" * 600, "\0",
    " ",
)  # fmt: skip
"""Values that are not ids, or ids of unusual types."""

ODD_STATES: tuple[Any, ...] = (
    "", None, "Unheard of", "Left out", "Left out", Text("Open"), 5, 5.0, [], NotAvailable(), "x" * 600, " Open",
)  # fmt: skip
"""Values that are not states of `ODD_CATEGORIES`, or unusual ones."""

ODD_CATEGORIES = {**CATEGORIES, "Left out": None, "5": Category.OPEN}


def odd_mapping(random: Random) -> LogMapping:
    """Return a mapping of odd rows."""
    categories = dict(ODD_CATEGORIES)
    if random.random() < 0.2:
        categories["x" * 600] = Category.ACTIVE
    if random.random() < 0.3:
        categories = {state: category for state, category in categories.items() if category is not None}
    return attrs.evolve(
        random_mapping(random), categories=categories, at_format=random.choice(FORMS), zone=random.choice(ZONES)
    )


def odd_rows(random: Random, mapping: LogMapping, length: int) -> list[dict[str, Any]]:
    """Return the rows of a log, of which a share has unusual or impossible values."""
    zone = ZoneInfo(mapping.zone or "UTC")
    rows = random_rows(
        random, length, requests=random.choice((1, 3, 40)), activities=random.choice((1, 3, 12)), states=5
    )
    share, share_left_out = random.choice((0, 0, 0.01, 0.2)), random.choice((0, 0.1))
    at = random.choice((START, *CHANGES))
    for row in rows:
        at += timedelta(minutes=random.choice((0, 0, 1, 7, -3)))
        row["at"] = spelled(at, mapping.at_format, zone, random)
        if random.random() < share_left_out:
            row["state"] = "Left out"
        for column in row:
            if random.random() < share / 4:
                row[column] = random.choice({"state": ODD_STATES, "at": ODD_TIMES}.get(column, ODD_IDS))
    return rows


def spelled(at: datetime, form: str, zone: ZoneInfo, random: Random) -> Any:
    """Return a time as a log of a form gives it."""
    local = at.astimezone(zone)
    if form == "seconds":
        return random.choice((at.timestamp(), int(at.timestamp()), str(at.timestamp())))
    if form == "milliseconds":
        return int(at.timestamp() * 1_000)
    if "%" in form:
        return local.strftime(form)
    return local.replace(tzinfo=None).isoformat(random.choice(" T"))
