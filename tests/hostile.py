"""Values with hostile texts: the same values with ids and other texts that are very long, or look like templates."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import attrs

from work_request_manager import Category
from work_request_manager._values import ValueObject

T = TypeVar("T")

SUFFIXES = ("{event}", "{", "}{0!r:>9}%s%(id)s\\", "'\n\"", "é" * 3_000, "x" * 300_000)
"""Texts to add to every text of a value: braces, percent signs, quotes, line ends, and great lengths."""

_KEPT = {category.value for category in Category}
_SKIPPED = ("note", "values")
"""Fields to keep: notes are limited, and no rule reads the values of details."""


def hostile(value: T, suffix: str) -> T:
    """Return a value with a suffix added to each of its texts. The names of the categories and notes are kept."""
    changed: T = _changed(value, lambda text: text if text in _KEPT else text + suffix)
    return changed


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple | list):
        return tuple(_changed(item, change) for item in value)
    if isinstance(value, Mapping):
        return {_changed(key, change): _changed(item, change) for key, item in value.items()}
    if isinstance(value, ValueObject):
        cls: Any = type(value)
        fields = {field.name: getattr(value, field.name) for field in attrs.fields(cls)}
        return cls(**{name: each if name in _SKIPPED else _changed(each, change) for name, each in fields.items()})
    return value
