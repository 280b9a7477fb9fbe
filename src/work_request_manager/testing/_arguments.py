"""Checks of the arguments that users pass to the kit."""

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

from work_request_manager._values import require_argument, short_repr
from work_request_manager.model import ActivityType
from work_request_manager.rulebook import Rulebook

PARTY = 'a Party, such as Party.supplier("northline")'
REQUEST_ID = 'the id of a work request, such as "WR-1"'


def require_rulebook(rulebook: object) -> None:
    """Raise TypeError unless a value is a rulebook."""
    require_argument("rulebook", rulebook, Rulebook, "a Rulebook, such as DEFAULT_RULEBOOK.strict()")


def require_types(types: object) -> None:
    """Raise TypeError unless a value is a mapping whose values are activity types."""
    require_argument(
        "types", types, Mapping, "a mapping of activity types by their codes, such as the result of wire.decode_types"
    )
    assert isinstance(types, Mapping)
    for code, type_ in types.items():
        require_argument(f"types[{short_repr(code)}]", type_, ActivityType, "an ActivityType")


def require_optional(name: str, value: object, wanted: type, way_out: str) -> None:
    """Raise TypeError unless an argument is None or an instance of `wanted`. See `require_argument`."""
    if value is not None:
        require_argument(name, value, wanted, f"{way_out}, or None")


_NEVER_RUN = {
    inspect.iscoroutinefunction: "a coroutine function",
    inspect.isasyncgenfunction: "an asynchronous generator function",
    inspect.isgeneratorfunction: "a generator function",
}
"""Tests for the kinds of functions whose body does not run when they are called, and the names of the kinds."""


def require_function(name: str, value: object, way_out: str) -> None:
    """Raise TypeError unless a value is a function whose body runs when it is called.

    Args:
        name: the name of the value.
        value: the value.
        way_out: what to pass, to follow "pass".
    """
    if not callable(value):
        raise TypeError(f"{name} is {short_repr(value)}; pass {way_out}")
    called: Any = value
    while isinstance(called, partial):
        called = called.func
    # A callable object is called through its class.
    for function in (called, type(called).__call__):
        for is_kind, kind in _NEVER_RUN.items():
            if is_kind(function):
                raise TypeError(f"{name} is {short_repr(value)}, {kind}, which would never run; pass {way_out}")


def refuse_coroutine(name: str, result: object) -> None:
    """Raise TypeError if the result of a function is a coroutine, which nobody would await.

    `require_function` cannot see that a function, such as a lambda, calls a coroutine function.

    Args:
        name: the name of the function.
        result: the result.
    """
    if inspect.iscoroutine(result):
        result.close()  # so that Python does not warn about it as well
        raise TypeError(f"{name} returned a coroutine, which would never run; run it with asyncio.run instead")
