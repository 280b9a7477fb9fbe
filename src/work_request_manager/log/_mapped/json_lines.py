"""JSON Lines in another format: each line is an object, which can be nested."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from work_request_manager.errors import WireError
from work_request_manager.log._mapped.rows import Batch, Objects, Values, columns_of, too_long
from work_request_manager.log._sources import Block, without_end
from work_request_manager.wire import LogMapping, object_from


def json_rows(name: str, blocks: Iterable[Block], mapping: LogMapping, first: int) -> Iterator[Batch]:
    """Yield the rows of a file of JSON Lines, a batch for each block.

    Args:
        name: the name of the file.
        blocks: its lines.
        mapping: the mapping, which names the columns.
        first: the number of the first line.

    Raises:
        UnreadableLog: no object has a column that the mapping names.
    """
    objects = Objects([*columns_of(mapping).values()])
    read: Read | None = None
    for block in blocks:
        values: list[Values] = []
        if read is None and objects.are_known:
            read = fast_reader(objects)
        for line in block.lines:
            try:
                if read is None or line is None:
                    raise _Misfit
                if not block.is_ascii:
                    line.decode()  # the decoder does not check the text of fields that are not read
                values.append(read(line))
            except MISFITS:
                values.append(_values_in(line, objects))
        yield Batch(range(first, first + len(values)), values)
        first += len(values)
    objects.check(name)


def _values_in(line: bytes | None, objects: Objects) -> Values:
    """Return the values of a line of any kind."""
    if line is None:
        return too_long()
    if not line.strip():
        return None
    try:
        return objects.values_of(object_from(without_end(line)))
    except WireError as error:
        return error


Read = Callable[[bytes], tuple[Any, ...]]
"""Reads the values of columns from a line in UTF-8. Raises one of MISFITS if the line does not fit."""


class _Misfit(ValueError):
    """A line cannot be read fast."""


MISFITS = (_Misfit, msgspec.MsgspecError, UnicodeError, RecursionError)


def fast_reader(objects: Objects) -> Read | None:
    """Return a function that reads the columns without making dictionaries, which takes half of the time.

    It fits objects that have the columns at the same paths as the earlier ones. Return None if there can be no such
    function, because a column is a part of another one, or its name has a quotation mark.
    """
    tree: dict[str, Any] = {}
    for path in objects.paths.values():
        place = tree
        for key in path[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                return None
        if path[-1] in place:
            return None
        # A column whose name has dots could also be at a path, so it must be there.
        place[path[-1]] = _REQUIRED if "." in path[-1] else _OPTIONAL
    for column in objects.paths:
        tree.setdefault(column, _FORBIDDEN)  # because a name has precedence over a path
    try:
        decode = msgspec.json.Decoder(_struct(tree)).decode
    except ValueError:
        return None
    pick = attrgetter(*(_attribute(tree, objects.paths[column]) for column in objects.columns))
    return lambda line: pick(decode(line))


_REQUIRED: tuple[Any, ...] = (Any,)
_OPTIONAL = (Any, None)
_FORBIDDEN = (Annotated[str, msgspec.Meta(min_length=1, max_length=0)], None)
"""The type and the default of a field, for `defstruct`."""


def _struct(tree: dict[str, Any]) -> type[msgspec.Struct]:
    """Return a class of structures with a field for each key of a tree. Nested structures are required."""
    fields: list[Any] = [
        (f"f{number}", _struct(part)) if isinstance(part, dict) else (f"f{number}", *part)
        for number, part in enumerate(tree.values())
    ]
    keys = {f"f{number}": key for number, key in enumerate(tree)}
    return msgspec.defstruct("Object", fields, rename=keys, kw_only=True, gc=False)


def _attribute(tree: dict[str, Any], path: Sequence[str]) -> str:
    """Return the path of a column in such a structure, as attrgetter takes it."""
    fields = []
    for key in path:
        fields.append(f"f{[*tree].index(key)}")
        tree = tree[key]
    return ".".join(fields)
