"""What every value class shares: how a field is checked, and a mapping that can be hashed."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import attrs

K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)

NOTE_LIMIT = 5_000
"""The characters that a note can hold (public facts)."""

NESTING_LIMIT = 100
"""How deep the arrays and objects of a JSON value may be nested; far less than any stack."""


class Record:
    """Equality, hash and text of all frozen classes.

    attrs would generate them anew for each class, which takes longer than everything else in importing the library.
    """

    __slots__ = ()

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
        cls: Any = type(self)
        named = ((field.name, getattr(self, field.name)) for field in attrs.fields(cls) if field.repr)
        return f"{cls.__name__}({', '.join(f'{name}={value!r}' for name, value in named)})"


@cache
def _contents(cls: Any) -> Callable[[object], Any]:
    return attrgetter(*(field.name for field in attrs.fields(cls) if field.eq is not False))


class FieldError(Exception):
    """A value that a field can't hold; `field` is its name, so that a decoder can say where it stood."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field} {self.message}"


class FieldValueError(FieldError, ValueError):
    """The right type, but an impossible value."""


class FieldTypeError(FieldError, TypeError):
    """The wrong type."""


Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]

optional = attrs.validators.optional


def of_type(wanted: type) -> Validator:
    """Check that a field's value is a `wanted`."""

    def check(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
        _require_type(field.name, value, wanted)

    return check


def tuple_of(wanted: type) -> Validator:
    """Check that a field holds a tuple of `wanted`s; pair it with the converter `as_tuple`."""

    def check(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
        _require_type(field.name, value, tuple)
        assert isinstance(value, tuple)
        for index, item in enumerate(value):
            _require_type(f"{field.name}[{index}]", item, wanted)

    return check


def name(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Check that a field holds text, and some: ids, codes and names."""
    _require_type(field.name, value, str)
    if not value:
        raise FieldValueError(field.name, "is ''; give it at least one character")


def note(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Check that a field holds a note that is not too long."""
    _require_type(field.name, value, str)
    assert isinstance(value, str)
    if len(value) > NOTE_LIMIT:
        raise FieldValueError(
            field.name, f"has {len(value):,} characters ({value[:20]!r}…); a note holds at most {NOTE_LIMIT:,}"
        )


def instant(_instance: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """Check that a field holds an aware instant; pair it with the converter `as_utc`."""
    _require_type(field.name, value, datetime)
    assert isinstance(value, datetime)
    if value.tzinfo is not UTC:
        raise FieldValueError(
            field.name,
            f"is {value.isoformat()}, before year 1 or after year 9999 in UTC; give it an instant between them"
            if value.utcoffset() is not None
            else f"is {value.isoformat()}, which names no time zone; give it an offset, such as +00:00",
        )


def _require_type(field: str, value: object, wanted: type) -> None:
    if not isinstance(value, wanted):
        article = "an" if wanted.__name__[0] in "AEIOUaeiou" else "a"
        raise FieldTypeError(field, f"is {value!r} ({type(value).__name__}); it must be {article} {wanted.__name__}")


def as_tuple(value: Any) -> Any:
    """Turn a list into a tuple; leave the rest for the validator to name."""
    return tuple(value) if isinstance(value, list) else value


def as_utc(value: Any) -> Any:
    """Turn an aware instant of any offset into a plain UTC datetime, finer than microseconds cut; leave the rest."""
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


class FrozenDict(Mapping[K, V_co]):
    """A mapping that can't be changed, and so can be hashed, shared and pickled."""

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
        return f"FrozenDict({self._items!r})"


def as_frozen(value: Any) -> Any:
    """Turn a mapping into a FrozenDict; leave the rest for the validator to name."""
    return FrozenDict(value) if isinstance(value, Mapping) and not isinstance(value, FrozenDict) else value


def frozen_json(value: Any, field: str = "values", depth: int = NESTING_LIMIT) -> Any:
    """Return a JSON value with its arrays as tuples, its objects as FrozenDicts, and the rest of plain types.

    Args:
        value: what JSON can say.
        field: the field that holds it.
        depth: how many levels of nesting it may still have.

    Raises:
        FieldTypeError: for what JSON can't say.
        FieldValueError: for NaN, infinities and deeper nesting.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise FieldValueError(field, f"holds {value!r}, which JSON can't say; leave it out or use null")
        return float(value)
    if not isinstance(value, list | tuple | Mapping):
        raise FieldTypeError(field, f"holds {value!r} ({type(value).__name__}), which JSON can't say")
    if not depth:
        raise FieldValueError(field, f"is nested more than {NESTING_LIMIT} levels deep; no event needs that")
    if not isinstance(value, Mapping):
        return tuple(frozen_json(item, field, depth - 1) for item in value)
    for key in value:
        _require_type(f"{field} key", key, str)
    return FrozenDict({plain_text(key): frozen_json(item, field, depth - 1) for key, item in value.items()})


def plain_text(text: str) -> str:
    """Return a text as a plain str, whatever class of its own it has."""
    return str.__str__(text)
