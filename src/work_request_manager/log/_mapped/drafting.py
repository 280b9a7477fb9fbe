"""A draft of a mapping, guessed from the columns and values of a table."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from work_request_manager._values import printable, short_list, short_repr
from work_request_manager.errors import WireError
from work_request_manager.log._mapped.encodings import to_utf8
from work_request_manager.log._mapped.rows import dictionaries_in
from work_request_manager.log._mapped.times import Times
from work_request_manager.log._sources import blocks_of, is_parquet, parquet_module
from work_request_manager.model import Category
from work_request_manager.wire import LEFT_OUT, LogMapping

MAX_DISTINCT = 500
"""The number of distinct values up to which those of a column are counted."""

_MAX_HASHES = 50_000
"""The number of distinct values up to which those of a column are told apart."""

_SAMPLES = 200
"""The number of values of a column that are kept to recognise times."""

_NAMES: Mapping[str, str] = {
    "request": r"case|request|ticket|incident|order|task|\bwr\b|\bid\b",
    "status": r"status|state|activity|step|event|concept:name",
    "at": r"time|date|stamp|\bat\b|when|created|updated|completed",
    "activity": r"(activity|work ?item|sub ?task|job).*(id|no|number|key)\b",
    "sender": r"resource|user|agent|who|sender|actor|assignee|engineer|technician",
    "type": r"\btype|kind|product|service",
    "event_id": r"(event|message|row|record|entry).*(id|key)\b|uuid|guid",
}
"""Words in the names of columns, for each field of a mapping."""

_WORDS: Mapping[Category, str] = {
    Category.CLOSED: r"clos|cancel|archiv|withdrawn|reject|abandon",
    Category.IN_REVIEW: r"review|verif|inspect|approv|audit|accept(ed|ance) by|quality",
    Category.PRACTICAL_COMPLETION: r"resolv|complet|done|finish|fixed|delivered|live|restored",
    Category.ACTIVE: r"progress|active|start|begun|working|on ?site|travel|in charge|en ?route|ongoing|doing|upgrad",
    Category.OPEN: r"open|new|creat|assign|schedul|plan|queue|wait|pending|hold|submit|regist|insert|receiv|dispatch",
}
"""Words in the names of states, for each category. The first category that fits counts."""

_FORMS = (
    "iso",
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
)
"""The forms of times to try."""


class Column:
    """What is known of a column.

    Args:
        name: its name, or the path to it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.samples: list[Any] = []
        self.values: Counter[str] | None = Counter()
        self._hashes: set[int] = set()

    def add(self, value: Any) -> None:
        """Note a value that is not empty."""
        self.count += 1
        if len(self.samples) < _SAMPLES:
            self.samples.append(value)
        if len(self._hashes) < _MAX_HASHES:
            self._hashes.add(hash(str(value)))
        if self.values is not None:
            self.values[str(value)] += 1
            if len(self.values) > MAX_DISTINCT:
                self.values = None

    @property
    def identification(self) -> tuple[bool, int]:
        """How well its values may identify work requests: whether they occur several times each, and their number."""
        return self.count > 1.2 * len(self._hashes), len(self._hashes)

    def is_about(self, field: str) -> bool:
        """Return whether its name is usual for a field of a mapping."""
        words = re.sub(r"[_\W]+|(?<=[a-z])(?=[A-Z])", " ", self.name).lower()
        return re.search(_NAMES[field], words) is not None

    @property
    def states(self) -> Counter[str]:
        """The distinct values with their numbers. Empty if there are many, or if they are numbers."""
        is_text = all(isinstance(value, str) and not value.isdecimal() for value in self.samples)
        return self.values if self.values is not None and is_text else Counter()

    @property
    def time_form(self) -> str | None:
        """The first form that all samples have. None if they are not times."""
        forms = (*_FORMS, *(_NUMBERS if self.is_about("at") else ()))
        return next((form for form in forms if self.samples and all(_fits(form, each) for each in self.samples)), None)


_NUMBERS = ("seconds", "milliseconds")
_ANY: Mapping[str, Category] = {"-": Category.OPEN}


def _fits(form: str, value: Any) -> bool:
    mapping = LogMapping("-", "-", "-", _ANY, at_format=form, zone="UTC")
    try:
        time = datetime.fromisoformat(Times(mapping).exactly(value))
    except WireError:
        return False
    return form not in _NUMBERS or _FIRST <= time <= _LAST


_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The times that numbers may mean. Other numbers are no times."""


def guessed_category(state: str) -> Category | None:
    """Return the category that the name of a state suggests. None if it suggests none."""
    return next((category for category, words in _WORDS.items() if re.search(words, state.lower())), None)


def columns_in(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Column], int]:
    """Return the columns of a table, and the number of its rows. Nested objects have a column for each path."""
    columns: dict[str, Column] = {}
    count = 0
    for row in rows:
        count += 1
        for name, value in _leaves(row, ""):
            if name not in columns:
                columns[name] = Column(name)
            if value is not None and value != "":
                columns[name].add(value)
    return list(columns.values()), count


def _leaves(row: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


def _chosen(columns: Sequence[Column]) -> dict[str, Column]:
    """Return the columns for the fields of a mapping, as far as they can be guessed."""
    free = list(columns)
    found: dict[str, Column] = {}

    def choose(field: str, candidates: Iterable[tuple[Any, Column]]) -> None:
        best = max(candidates, key=lambda each: each[0], default=None)
        if best is not None:
            found[field] = best[1]
            free.remove(best[1])

    choose("at", ((each.is_about("at"), each) for each in free if each.time_form))
    choose("status", ((_share_of_states(each) + each.is_about("status"), each) for each in free if each.states))
    choose("request", ((each.identification, each) for each in free if each.is_about("request") and not each.time_form))
    for field in ("event_id", "activity", "sender", "type"):
        choose(field, ((1, each) for each in free if each.is_about(field) and each.count))
    if "event_id" in found and len(set(found["event_id"].samples)) < len(found["event_id"].samples):
        del found["event_id"]  # it would make redeliveries of most rows
    return found


def _share_of_states(column: Column) -> float:
    return sum(guessed_category(state) is not None for state in column.states) / len(column.states)


def draft_mapping(log: str | os.PathLike[str]) -> str:
    """Return a draft of a mapping file, guessed from the columns and values of a log in another format.

    Args:
        log: the path of a CSV, JSON Lines or Parquet file, or `-` for standard input.

    Raises:
        UnreadableLog: the file cannot be read to its end.
    """
    name = os.fspath(log)
    if is_parquet(name):
        batches = parquet_module(name).read_dictionaries(name, None)
        return _draft(name, chain.from_iterable(batches), None)
    return _draft(name, *dictionaries_in(blocks_of(log, to_utf8(None))))


def _draft(name: str, rows: Iterable[Mapping[str, Any]], delimiter: str | None) -> str:
    columns, count = columns_in(rows)
    chosen = _chosen(columns)
    return "\n".join([*_head(name, columns, count), *_fields(chosen, delimiter), "", *_categories(chosen)]) + "\n"


def _head(name: str, columns: Sequence[Column], count: int) -> Iterator[str]:
    names = short_list([short_repr(each.name) for each in columns[:_MAX_NAMES]], len(columns))
    yield f"# A draft, guessed from {_counted(count)} of {printable(name)}. Check each line; fill in empty ones."
    yield "# Then judge the log: wrm check --map FILE LOG"
    yield f"# Its columns: {printable(names)}"
    yield ""


_MAX_NAMES = 50


def _fields(chosen: Mapping[str, Column], delimiter: str | None) -> Iterator[str]:
    for field, comment in _REQUIRED.items():
        yield _line(field, chosen[field].name if field in chosen else "", comment)
    form = chosen["at"].time_form if "at" in chosen else None
    if form is not None and form != "iso":
        other = form.replace("%d/%m", "%m/%d") if "%d/%m" in form else form
        both = other != form and all(_fits(other, each) for each in chosen["at"].samples)
        yield _line("at_format", form, f"or {other}: all samples fit both" if both else "")
    if form is not None and not any(_has_zone(form, each) for each in chosen["at"].samples[:1]):
        yield _line("zone", "", 'the times name none: fill it in, such as "Pacific/Auckland"')
    for field, comment in _OPTIONAL.items():
        line = _line(field, chosen[field].name if field in chosen else "", comment)
        yield line if field in chosen else f"# {line}"
    if delimiter is not None:
        yield _line("delimiter", delimiter, "")
    yield "# complete = true  # if the log shows each work request from its beginning"


_REQUIRED = {"request": "the work request", "status": "the state", "at": "the time"}
_OPTIONAL = {
    "activity": "the activity, if a work request has several",
    "sender": "the sender",
    "type": "the code of the activity's type",
    "event_id": "the id of the event, the same when it is sent again",
}
"""The fields that name columns, with their meanings."""


def _has_zone(form: str, value: Any) -> bool:
    """Return whether a time names its zone, or needs none."""
    try:
        Times(LogMapping("-", "-", "-", _ANY, at_format=form)).exactly(value)
    except WireError:
        return False
    return True


def _categories(chosen: Mapping[str, Column]) -> Iterator[str]:
    names = ", ".join(Category)
    yield f'[categories]  # of each state: {names}, or "{LEFT_OUT}" to leave its rows out'
    for state, number in chosen["status"].states.most_common() if "status" in chosen else ():
        guessed = guessed_category(state)
        yield _line(_text(state), guessed or "", _counted(number) + ("" if guessed else "; not guessed: fill it in"))


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _line(key: str, value: str, comment: str) -> str:
    return f"{key} = {_text(value)}{comment and f'  # {comment}'}"


def _text(value: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
