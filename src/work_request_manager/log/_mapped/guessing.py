"""Guesses about the columns of a table, from their names and values."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from work_request_manager.errors import WireError
from work_request_manager.log._mapped.rows import is_missing
from work_request_manager.log._mapped.times import UNITS, Times
from work_request_manager.model import Category
from work_request_manager.wire import LogMapping

_STATUS = r"status|state"
"""The words for a state that mean nothing else."""

_PART = r"^(activity|task|sub ?task|work ?item|job)( name)?$"
"""The names for an activity that can also mean a state, or a work request."""

_NAMES: Mapping[str, str] = {
    "request": r"case|request|ticket|incident|order|task|\bwr\b|\bid\b",
    "status": rf"{_STATUS}|activity|step|event|^concept name",
    "at": r"time|date|stamp|\bat\b|when|created|updated|completed",
    "activity": r"(activity|work ?item|sub ?task|job).*(id|no|number|key)\b",
    "sender": r"resource|user|agent|who|sender|actor|assignee|engineer|technician",
    "type": r"\btype|kind|product|service",
    "event_id": r"(event|message|row|record|entry).*(id|key)\b|uuid|guid",
}
"""Words in the names of columns, for each field of a mapping."""

_WORDS: Mapping[Category | None, str] = {
    None: r"\b(not|never)\b|unresolved|incomplete|inactive",
    Category.CLOSED: r"clos|cancel|archiv|withdrawn|reject|abandon",
    Category.IN_REVIEW: r"review|verif|inspect|approv|audit|accept(ed|ance) by|quality",
    Category.PRACTICAL_COMPLETION: r"resolv|complet|done|finish|fixed|delivered|live|restored",
    Category.ACTIVE: r"progress|active|start|begun|working|on ?site|travel|in charge|en ?route|ongoing|doing|upgrad",
    Category.OPEN: r"open|new|creat|assign|schedul|plan|queue|wait|pending|hold|submit|regist|insert|receiv|dispatch",
}
"""Words in the names of states, for each category. The first category that fits counts. None means no guess."""

_PATTERNS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%Y-%m-%d %H:%M:%S %z",
)
"""The patterns of times to try, besides ISO 8601."""

_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The times that numbers may mean. Other numbers are not times."""

MAX_STATES = 500
"""The number of distinct values up to which those of a column are counted."""

_MAX_COMPARED = 50_000
"""The number of values of a column that are compared, to see how often they recur."""

_FIRST_SAMPLES, _SAMPLE_EVERY = 100, 1_000
"""The values of a column that are kept to recognise times: the first ones, and one in so many of the others."""


class Column:
    """A column of a table.

    Args:
        name: its name, or the path to it.

    Attributes:
        samples: some of its values.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.samples: list[Any] = []
        self._count = 0
        self._numbers: Counter[str] | None = Counter()
        self._compared: set[int] = set()

    def add(self, value: Any) -> None:
        """Add a value that is not missing."""
        self._count += 1
        if self._count <= _FIRST_SAMPLES or not self._count % _SAMPLE_EVERY:
            self.samples.append(value)
        if self._count <= _MAX_COMPARED:
            self._compared.add(hash(str(value)))
        if self._numbers is not None:
            self._numbers[str(value)] += 1
            if len(self._numbers) > MAX_STATES:
                self._numbers = None

    @property
    def recurrence(self) -> tuple[bool, int]:
        """Whether its values occur several times each, and how many there are, as far as they are compared."""
        distinct = len(self._compared)
        return min(self._count, _MAX_COMPARED) > 1.2 * distinct, distinct

    @property
    def is_unique(self) -> bool:
        """Whether each of its values occurs once, as far as they are compared."""
        return min(self._count, _MAX_COMPARED) == len(self._compared)

    def is_about(self, field: str) -> bool:
        """Return whether its name is usual for a field of a mapping."""
        return re.search(_NAMES[field], _words_of(self.name)) is not None

    @property
    def states(self) -> Counter[str]:
        """The distinct values with their numbers. Empty if there are many, or if they are numbers."""
        is_text = all(isinstance(value, str) and not value.isdecimal() for value in self.samples)
        return self._numbers if self._numbers is not None and is_text else Counter()

    @property
    def likeness_to_states(self) -> float:
        """How likely it has the states: from 0 to 1 for its values, and up to 2 more for its name."""
        states = self.states
        if not states:
            return 0
        by_name = self.is_about("status") + self.is_named_status
        return sum(guessed_category(state) is not None for state in states) / len(states) + by_name

    @property
    def is_named_status(self) -> bool:
        """Whether its name says that it has states, and can mean nothing else."""
        return re.search(_STATUS, _words_of(self.name)) is not None

    @property
    def is_named_part(self) -> bool:
        """Whether its name says that it has activities, if it does not mean states or work requests."""
        return re.search(_PART, _words_of(self.name)) is not None

    @cached_property
    def time_form(self) -> str | None:
        """The first form that all samples have, as in a mapping. None if they are not times."""
        forms = ("iso", *_PATTERNS, *(UNITS if self.is_about("at") else ()))
        return next((form for form in forms if self.has_form(form)), None)

    def has_form(self, form: str) -> bool:
        """Return whether all samples are times of a form."""
        return bool(self.samples) and all(_is_time(form, value) for value in self.samples)

    @property
    def needs_zone(self) -> bool:
        """Whether its times name no zone."""
        return not any(_is_time(self.time_form or "iso", value, zone=None) for value in self.samples[:1])


def _is_time(form: str, value: Any, zone: str | None = "UTC") -> bool:
    try:
        time = _times(form, zone).exactly(value)
    except WireError:
        return False
    return form not in UNITS or _FIRST <= time <= _LAST


@cache
def _times(form: str, zone: str | None) -> Times:
    return Times(LogMapping("-", "-", "-", {"-": None}, at_format=form, zone=zone))


def columns_in(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Column], int]:
    """Return the columns of a table, and the number of its rows. Nested objects have a column for each path."""
    columns: dict[str, Column] = {}
    count = 0
    for row in rows:
        count += 1
        for name, value in _leaves(row, ""):
            if name not in columns:
                columns[name] = Column(name)
            if not is_missing(value):
                columns[name].add(value)
    return list(columns.values()), count


def _leaves(row: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


def columns_for(columns: Sequence[Column]) -> dict[str, Column]:
    """Return the columns for the fields of a mapping, as far as they can be guessed."""
    free = list(columns)
    found: dict[str, Column] = {}

    def choose(field: str, ranks: Iterable[tuple[Any, Column]]) -> None:
        best = max(ranks, key=lambda each: each[0], default=None)
        if best is not None:
            found[field] = best[1]
            free.remove(best[1])

    choose("at", ((each.is_about("at"), each) for each in free if each.time_form))
    choose("status", ((rank, each) for each in free if (rank := each.likeness_to_states)))
    choose("request", ((each.recurrence, each) for each in free if each.is_about("request") and not each.time_form))
    choose("event_id", ((1, each) for each in free if each.is_about("event_id") and each.samples and each.is_unique))
    is_certain = "status" in found and found["status"].is_named_status
    choose(
        "activity",
        (
            (each.is_about("activity"), each)
            for each in free
            if each.samples and (each.is_about("activity") or (is_certain and each.is_named_part))
        ),
    )
    for field in ("sender", "type"):
        choose(field, ((1, each) for each in free if each.is_about(field) and each.samples))
    return found


def guessed_category(state: str) -> Category | None:
    """Return the category that the name of a state suggests. None if it suggests none."""
    given = _words_of(state)
    return next((category for category, words in _WORDS.items() if re.search(words, given)), None)


def _words_of(name: str) -> str:
    """Return the words of a name in small letters, with a space between two words."""
    return re.sub(r"[_\W]+|(?<=[a-z])(?=[A-Z])", " ", name).lower()
