"""Values as Python source text, and a program that shows a disagreement again."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

import attrs

import work_request_manager
from work_request_manager._values import MAX_TEXT, ValueObject
from work_request_manager.errors import FieldError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.model import Party
from work_request_manager.rulebook import Rulebook

WIDTH = 100
"""The number of characters of a line, unless it holds one long text."""


def reproduction(history: Sequence[AnyEvent], rulebook: Rulebook) -> str:
    """Return a program that sends events to an implementation, and compares it with this library after each of them.

    The program defines all of its names except `adapter`.

    Args:
        history: the events.
        rulebook: the rules to decide by.
    """
    program = f"""\
history: list[AnyEvent] = {source_of([*history])}
known: dict[str, WorkRequest | None] = {{}}
adapter.reset()
for event in history:
    decision = decide(known.get(event.work_request_id), event, rulebook={rulebook!r})
    known[event.work_request_id] = decision.work_request
    assert adapter.post(event) == decision.answer, decision
    for work_request_id, work_request in known.items():
        assert adapter.read(work_request_id) == work_request"""
    used = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    names = [name for name in work_request_manager.__all__ if name in used]
    imports = f"from work_request_manager import {', '.join(names)}"
    if len(imports) > WIDTH:
        imports = _laid_out(_Brackets("from work_request_manager import (", [("", name) for name in names], ")"))
    return f"from datetime import UTC, datetime\n\n{imports}\n\n{program}"


def source_of(value: object) -> str:
    """Return Python source text that builds an equal value. Nothing in it is cut.

    The text uses `datetime`, `UTC` and the public names of the package.

    Args:
        value: an event, a value of the model, a time, any value that JSON can hold, or a list of these.
    """
    return _laid_out(_tree_of(value))


class _Brackets(NamedTuple):
    """A part of a program that can be laid out on several lines.

    Args:
        opening: the text up to the opening bracket.
        items: what the brackets hold: for each item the text before it, and the item.
        closing: the closing bracket.
    """

    opening: str
    items: "Sequence[tuple[str, _Tree]]"
    closing: str


_Tree = str | _Brackets


def _tree_of(value: Any) -> _Tree:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case str():
            return _text(value)
        case datetime():
            return _time(value)
        case Party():
            return _party(value)
        case ValueObject():
            module = "events." if isinstance(value, Event) else ""
            return _Brackets(f"{module}{type(value).__name__}(", [*_arguments(value)], ")")
        case Mapping():
            return _Brackets("{", [(f"{_flat(_tree_of(key))}: ", _tree_of(item)) for key, item in value.items()], "}")
        case tuple() | list():
            return _Brackets("[", [("", _tree_of(item)) for item in value], "]")
        case int() if abs(value) >= 10**MAX_TEXT:
            return hex(value)  # Python limits the number of decimal digits that it converts
        case _:
            return repr(value)


def _text(text: str) -> str:
    source = str.__repr__(text)
    return source if '"' in source else f'"{source[1:-1]}"'  # the quotes of formatted code, if nothing changes inside


def _time(time: datetime) -> str:
    parts = [time.hour, time.minute, time.second, time.microsecond]
    while parts and not parts[-1]:
        parts.pop()
    return f"datetime({', '.join(map(str, (time.year, time.month, time.day, *parts)))}, tzinfo=UTC)"


def _party(party: Party) -> str:
    if party == Party.chorus():
        return "Party.chorus()"
    for make in (Party.requestor, Party.supplier):
        if party == make(party.id):
            return f"Party.{make.__name__}({_text(party.id)})"
    return f"Party({_flat(_tree_of(party.role))}, {_text(party.id)})"


def _arguments(value: ValueObject) -> Iterator[tuple[str, _Tree]]:
    """Yield the arguments that build an equal value. Those that it does not need are left out."""
    cls: Any = type(value)
    fields = attrs.fields(cls)
    given = {field.name: getattr(value, field.name) for field in fields}
    for field in fields:
        is_required = field.default is attrs.NOTHING
        fewer = {name: item for name, item in given.items() if name != field.name}
        if not is_required and _builds(cls, fewer, value):
            given = fewer
        else:
            prefix = "" if is_required and not field.kw_only else f"{field.name}="
            yield prefix, _tree_of(given[field.name])


def _builds(cls: Any, arguments: Mapping[str, Any], value: ValueObject) -> bool:
    try:
        return bool(cls(**arguments) == value)
    except FieldError:
        return False  # the field that is missing explains another one


def _flat(tree: _Tree) -> str:
    if isinstance(tree, str):
        return tree
    return f"{tree.opening}{', '.join(prefix + _flat(item) for prefix, item in tree.items)}{tree.closing}"


def _laid_out(tree: _Tree, indent: str = "", before: str = "") -> str:
    """Return a part of a program, on one line if that is short enough.

    Args:
        tree: the part.
        indent: the spaces before the line that it begins on.
        before: the text on that line before it.
    """
    flat = _flat(tree)
    # The comma after it counts too.
    if isinstance(tree, str) or not tree.items or len(indent) + len(before) + len(flat) < WIDTH:
        return flat
    deeper = f"{indent}    "
    lines = "".join(f"{deeper}{prefix}{_laid_out(item, deeper, prefix)},\n" for prefix, item in tree.items)
    return f"{tree.opening}\n{lines}{indent}{tree.closing}"
