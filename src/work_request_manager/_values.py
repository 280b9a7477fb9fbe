"""The base of all value classes: equality, hash and repr, field checks, and a mapping that can be hashed."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

import attrs

from work_request_manager.errors import FieldTypeError, FieldValueError

T = TypeVar("T")
K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)

NOTE_LIMIT = 5_000
"""The number of characters that a note can hold (public facts)."""

NESTING_LIMIT = 100
"""The number of levels to which JSON arrays and objects can be nested; far less than any stack holds."""

MAX_TEXT = 100
"""The number of characters of a text that messages and reprs print."""

MAX_ITEMS = 5
"""The number of items of a list or mapping that messages and reprs print."""

MAX_DEPTH = 4
"""The number of levels of nested lists and mappings that reprs print."""

MAX_REPR = 4_000
"""The number of characters of a repr."""


class WireEnum(StrEnum):
    """An enumeration whose values are the names used in JSON."""

    # Enum hashes names in Python code, and every decision looks up a tuple of members. The hash of str is ten times as
    # fast, and it agrees with equality, which StrEnum takes from str.
    __hash__ = str.__hash__


class ValueObject:
    """The equality, hash and repr of all frozen classes.

    attrs would generate the three methods for each class, which costs more than the rest of the import.
    """

    # The slot for weak references is here, so that the slots of subclasses hold fields only: `_copying` changes the
    # class of an object, which Python allows only then.
    __slots__ = ("__weakref__",)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        cls: Any = type(self)
        contents = _contents(cls)
        return other is self or bool(contents(self) == contents(other))

    def __hash__(self) -> int:
        cls: Any = type(self)
        return hash((cls, _contents(cls)(self)))

    def __repr__(self) -> str:
        return _cut(f"{type(self).__name__}({', '.join(_field_reprs(self))})")


@cache
def _contents(cls: Any) -> Callable[[object], Any]:
    return attrgetter(*(field.name for field in attrs.fields(cls) if field.eq is not False))


def short_text(text: str) -> str:
    """Return a text that messages can print: a long one is cut, with its length."""
    if len(text) > MAX_TEXT:
        return f"{text[: MAX_TEXT // 2]}… ({len(text):,} characters)"
    return text if type(text) is str else plain_text(text)


def short_list(items: Iterable[str], count: int, separator: str = ", ") -> str:
    """Join the first items of a list and say how many more there are.

    Args:
        items: the first items, MAX_ITEMS at most.
        count: the length of the whole list.
        separator: the text between two items.
    """
    shown = list(items)
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    return separator.join(shown) + more


def short_repr(value: object, depth: int = MAX_DEPTH) -> str:
    """Return the repr of a value on one line, short at any size of the value.

    Fields that have their default value are left out. Long texts and collections are cut.

    Args:
        value: the value.
        depth: the number of levels of nested lists and mappings to print.
    """
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return repr(value) if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT // 2]!r}… ({len(value):,} characters)"
    if isinstance(value, Mapping):
        pairs = (f"{short_repr(key)}: {short_repr(item, depth - 1)}" for key, item in _first(value.items()))
        return _cut(f"{{{short_list(pairs, len(value)) if depth else '…'}}}")
    if isinstance(value, tuple | list):
        items = short_list((short_repr(item, depth - 1) for item in _first(value)), len(value)) if depth else "…"
        return _cut(f"[{items}]" if isinstance(value, list) else f"({items},)" if len(value) == 1 else f"({items})")
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, int) and abs(value) >= 10**MAX_TEXT:
        return "<a very large integer>"  # its digits would take Python quadratic time
    text = repr(value)
    return text if isinstance(value, ValueObject) else " ".join(short_text(text).split())


def _cut(text: str) -> str:
    return text if len(text) <= MAX_REPR else f"{text[:MAX_REPR]}…"


def _first(items: Iterable[T]) -> Iterator[T]:
    return (item for item, _ in zip(items, range(MAX_ITEMS), strict=False))


def _field_reprs(value: Any) -> Iterator[str]:
    for field in attrs.fields(type(value)):
        item = getattr(value, field.name)
        if field.repr and (field.default is attrs.NOTHING or not _is_default(field, item)):
            yield f"{field.name.lstrip('_')}={short_repr(item)}"


def _is_default(field: "attrs.Attribute[Any]", item: object) -> bool:
    return item is None or bool(item == field.default)


Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]

optional = attrs.validators.optional


def instance_of(wanted: type) -> Validator:
    """Return a validator: the field holds an instance of `wanted`."""

    def check(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
        require_type(field.name, value, wanted)

    return check


def tuple_of(wanted: type) -> Validator:
    """Return a validator: the field holds a tuple of instances of `wanted`. Pair it with a converter to tuples."""

    def check(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
        if not isinstance(value, tuple):
            given = f"{short_repr(value)} ({type(value).__name__})"
            raise FieldTypeError(field.name, f"is {given}; pass a list, or another iterable, of {wanted.__name__}")
        for index, item in enumerate(value):
            require_type(f"{field.name}[{index}]", item, wanted)

    return check


def non_empty_text(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Validate an id, a code or a name: a text of at least one character."""
    require_type(field.name, value, str)
    if not value:
        raise FieldValueError(field.name, "is ''; give it at least one character")


def note_text(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Validate a note: a text of at most NOTE_LIMIT characters."""
    require_type(field.name, value, str)
    assert isinstance(value, str)
    if len(value) > NOTE_LIMIT:
        raise FieldValueError(
            field.name, f"has {len(value):,} characters ({value[:20]!r}…); a note holds at most {NOTE_LIMIT:,}"
        )


def utc_datetime(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Validate a time: an aware datetime in UTC. Pair it with the converter `as_utc`."""
    require_type(field.name, value, datetime)
    assert isinstance(value, datetime)
    if value.tzinfo is not UTC:
        raise FieldValueError(
            field.name,
            f"is {value.isoformat()}, before year 1 or after year 9999 in UTC; give it an instant between them"
            if value.utcoffset() is not None
            else f"is {value.isoformat()}, which names no time zone; give it an offset, such as +00:00",
        )


def require_type(field: str, value: object, wanted: type) -> None:
    """Raise FieldTypeError unless the value of a field is an instance of `wanted`."""
    if not isinstance(value, wanted):
        article = "an" if wanted.__name__[0] in "AEIOUaeiou" else "a"
        raise FieldTypeError(
            field, f"is {short_repr(value)} ({type(value).__name__}); it must be {article} {wanted.__name__}"
        )


def require_argument(name: str, value: object, wanted: type, way_out: str) -> None:
    """Raise TypeError unless an argument of a function is an instance of `wanted`.

    Args:
        name: the name of the argument.
        value: its value.
        wanted: the type that it must have.
        way_out: what to pass, to follow "pass".
    """
    if not isinstance(value, wanted):
        raise wrong_argument(name, value, way_out)


def wrong_argument(name: str, value: object, way_out: str) -> TypeError:
    """Return the error of an argument of the wrong type. See `require_argument`."""
    return TypeError(f"{name} is {short_repr(value)} ({type(value).__name__}); pass {way_out}")


def as_tuple(value: Iterable[T]) -> tuple[T, ...]:
    """Convert an iterable to a tuple. Anything else is left to the validator, which names the field."""
    is_plain = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    return tuple(value) if is_plain else cast("tuple[T, ...]", value)


def as_utc(value: datetime) -> datetime:
    """Convert an aware time of any offset to a plain datetime in UTC. Anything else is left to the validator.

    Anything finer than microseconds is cut.
    """
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return value
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        return value
    # Rebuilt, since a subclass may carry nanoseconds along.
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, UTC)


def as_optional_utc(value: datetime | None) -> datetime | None:
    """Convert like `as_utc`. None stays None."""
    return value if value is None else as_utc(value)


class FrozenDict(Mapping[K, V_co]):
    """A mapping that cannot be changed, and so can be hashed, shared and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V_co]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: K) -> V_co:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenDict({short_repr(self._items)})"


def frozen_json(value: Any, field: str = "values", depth: int = NESTING_LIMIT) -> Any:
    """Return a JSON value with arrays as tuples, objects as FrozenDicts, and everything else as plain types.

    Args:
        value: any value that JSON can hold.
        field: the name of the field, for the errors.
        depth: the number of levels of nesting that are left.

    Raises:
        FieldTypeError: the value holds something that JSON has no type for.
        FieldValueError: the value holds NaN or an infinity, or is nested too deeply.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise FieldValueError(field, f"holds {value!r}, a number out of range; leave it out or use null")
        return float(value)
    if not isinstance(value, list | tuple | Mapping):
        raise FieldTypeError(
            field, f"holds {short_repr(value)} ({type(value).__name__}), which JSON cannot hold; use plain values"
        )
    if not depth:
        raise FieldValueError(field, f"is nested more than {NESTING_LIMIT} levels deep; nest it less")
    if not isinstance(value, Mapping):
        return tuple(frozen_json(item, field, depth - 1) for item in value)
    for key in value:
        require_type(f"{field} key", key, str)
    return FrozenDict({plain_text(key): frozen_json(item, field, depth - 1) for key, item in value.items()})


def plain_text(text: str) -> str:
    """Return a text as a plain str, even if it is an instance of a subclass."""
    return str.__str__(text)


def printable(text: str) -> str:
    """Return a text with everything escaped that cannot be printed, such as line ends and signs that colour text."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
