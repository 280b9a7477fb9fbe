"""A draft of a mapping file, guessed from the columns and values of a table."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from work_request_manager._values import printable, short_list, short_repr
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log._mapped.csv_tables import csv_table, problem_of
from work_request_manager.log._mapped.encodings import to_utf8
from work_request_manager.log._mapped.files import is_blank, is_json
from work_request_manager.log._mapped.guessing import Column, columns_for, columns_in, guessed_category
from work_request_manager.log._sources import Block, blocks_of, is_parquet, parquet_module, without_end
from work_request_manager.model import Category
from work_request_manager.wire import LEFT_OUT, object_from

_MAX_NAMES = 50
"""The number of columns that a draft names."""

_REQUIRED = {"request": "the work request", "status": "the state", "at": "the time"}
_OPTIONAL = {
    "activity": "the activity, if a work request has several",
    "sender": "the sender",
    "type": "the code of the activity's type",
    "event_id": "the id of the event, the same when it is sent again",
}
"""The fields that name columns, with their meanings."""


def draft_mapping(log: str | os.PathLike[str]) -> str:
    """Return a draft of a mapping file, guessed from the columns and values of a log in another format.

    Args:
        log: the path of a CSV, JSON Lines or Parquet file, or `-` for standard input.

    Raises:
        UnreadableLog: the file cannot be read to its end, or has no rows.
    """
    name = os.fspath(log)
    if is_parquet(name):
        batches = parquet_module(name).read_dictionaries(name, None)
        return _draft(name, chain.from_iterable(batches), None)
    return _draft(name, *_rows_in(name, blocks_of(log, to_utf8(None))))


def _rows_in(name: str, blocks: Iterator[Block]) -> tuple[Iterable[Mapping[str, Any]], str | None]:
    """Return the rows of a file of lines, except bad ones, and the delimiter if it is CSV."""
    start = next((block for block in blocks if not is_blank(block)), None)
    if start is None:
        return (), None
    whole = chain([start], blocks)
    if is_json(start):
        return _objects_in(whole), None
    columns, delimiter, parts = csv_table(name, whole, None)
    width = len(columns)
    rows = (row for part in parts for row in part.rows if problem_of(row, width) is None)
    # Fields after the last column are empty.
    return (dict(zip(columns, row, strict=False)) for row in rows if not isinstance(row, WireError)), delimiter


def _objects_in(blocks: Iterable[Block]) -> Iterator[dict[str, Any]]:
    for line in chain.from_iterable(block.lines for block in blocks):
        with suppress(WireError):
            yield object_from(without_end(line or b""))


def _draft(name: str, rows: Iterable[Mapping[str, Any]], delimiter: str | None) -> str:
    columns, count = columns_in(rows)
    if not count:
        raise UnreadableLog(f"{name} has no rows, from which a mapping could be guessed; choose another file")
    chosen = columns_for(columns)
    return "\n".join([*_head(name, columns, count), *_fields(chosen, delimiter), "", *_categories(chosen)]) + "\n"


def _head(name: str, columns: Sequence[Column], count: int) -> Iterator[str]:
    names = short_list([short_repr(each.name) for each in columns[:_MAX_NAMES]], len(columns))
    yield f"# A draft, guessed from {_counted(count)} of {printable(name)}. Check each line; fill in empty ones."
    yield "# Then judge the log: wrm check --map FILE LOG"
    yield f"# Its columns: {printable(names)}"
    yield ""


def _fields(chosen: Mapping[str, Column], delimiter: str | None) -> Iterator[str]:
    for field, comment in _REQUIRED.items():
        yield _line(field, chosen[field].name if field in chosen else "", comment)
    if "at" in chosen:
        yield from _form_of(chosen["at"])
    for field, comment in _OPTIONAL.items():
        line = _line(field, chosen[field].name if field in chosen else "", comment)
        yield line if field in chosen else f"# {line}"
    if delimiter is not None:
        yield _line("delimiter", delimiter, "")
    yield "# complete = true  # if the log shows each work request from its beginning"


def _form_of(times: Column) -> Iterator[str]:
    form = times.time_form
    assert form is not None, "only a column of times is chosen"
    other = form.replace("%d/%m", "%m/%d")
    if form != "iso":
        fits_both = other != form and times.has_form(other)
        yield _line("at_format", form, f"or {other}: all samples fit both" if fits_both else "")
    if times.needs_zone:
        yield _line("zone", "", 'the times name none: fill it in, such as "Pacific/Auckland"')


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
