"""Recorded events as Arrow record batches, judged: what Parquet files and Spark need.

A row is a line of a log, with the work request that it is for and its place among that one's lines. So the rows of
different work requests can be judged in different places, and a finding still says which row it is about.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from types import UnionType
from typing import Any, NamedTuple

import msgspec

from work_request_manager.log import Check
from work_request_manager.log._findings import Finding
from work_request_manager.log._sources import LINE_LIMIT, UnreadableLog
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire._codecs import NO_TYPES, Types, WireError, shown, wire_name

try:
    import pyarrow
    from pyarrow import parquet
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{__name__} needs {error.name}; install it: pip install 'work-request-manager[arrow]'", name=error.name
    ) from None

__all__ = ["FINDINGS", "LINES", "MOST_FINDINGS", "check_batches", "findings_of"]

_TEXT = (pyarrow.string(), pyarrow.large_string(), pyarrow.string_view())
_BYTES = (pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view())
_READ = {"taskId": _TEXT, "sequence": (pyarrow.int64(), pyarrow.int32()), "line": _BYTES + _TEXT}
"""The types in which each column is read, first the one to choose."""

LINES = pyarrow.schema([pyarrow.field(name, types[0], nullable=False) for name, types in _READ.items()])
"""What is judged: `taskId`, the work request that a line is for, or "" where it names none; `sequence`, its place among
the lines of that work request; and the `line` itself. Columns beside these are not read."""


def _column(field: msgspec.structs.FieldInfo) -> Any:
    name = "sequence" if field.name == "line" else wire_name(field.name)
    type_ = pyarrow.int64() if field.name in ("line", "after") else pyarrow.string()
    return pyarrow.field(name, type_, nullable=isinstance(field.type, UnionType))


_TOLD = [field for field in msgspec.structs.fields(Finding) if field.name != "file"]

FINDINGS = pyarrow.schema(map(_column, _TOLD))
"""What is found: a `Finding` under its wire names, with `taskId` and `sequence` of its row in place of file and line;
`after` is the sequence of the work request's first refused event."""

MOST_FINDINGS = 10_000
"""The rows of a batch of findings, at most."""

_ROWS_AT_ONCE = 10_000


def check_batches(
    batches: Iterable[pyarrow.RecordBatch], *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES
) -> Iterator[pyarrow.RecordBatch]:
    """Judge the lines of work requests that come one after the other, holding one work request at a time.

    A line that names another work request than its row does is not judged (WRM502).

    Args:
        batches: rows of LINES, sorted by `taskId`, as its bytes are, and then by `sequence`, which no two rows of a
            work request share; a work request can go on from one batch to the next.
        rulebook: the rules to judge by.
        types: the activity types that events may give by their code alone.

    Returns: rows of FINDINGS in the order of the lines, in batches of at most MOST_FINDINGS.

    Raises: ValueError for rows out of order, and for a column that is missing, of another type, or has nulls.
    """
    check = Check(rulebook=rulebook, types=types)
    found: list[tuple[str, Finding]] = []
    for task_id, rows in groupby(_in_order(_rows(batches)), attrgetter("task_id")):
        check.forget()
        for row in rows:
            for finding in _judge(check, "", row.sequence, row):
                found.append((_text(task_id), finding))
                if len(found) == MOST_FINDINGS:
                    yield _batch_of(found)
                    found.clear()
    if found:
        yield _batch_of(found)


def findings_of(path: str, check: Check) -> Iterator[Finding]:
    """Judge a Parquet file with the columns of LINES as the next part of a log; work requests may take turns in it.

    The line of a finding is the number of its row, from 1.

    Raises: UnreadableLog, after the findings of what could be read.
    """
    last: dict[bytes, int] = {}
    for number, row in enumerate(_rows_in(path), start=1):
        before = last.get(row.task_id)
        if before is not None and row.sequence <= before:
            raise UnreadableLog(f"{path} can't be read on from row {number:,}: {_goes_back(row, before)}")
        last[row.task_id] = row.sequence
        yield from _judge(check, path, number, row)


class _Row(NamedTuple):
    """A row of LINES; its texts are bytes, since they need not be UTF-8."""

    task_id: bytes
    sequence: int
    line: bytes


def _rows_in(path: str) -> Iterator[_Row]:
    try:
        with open(path, "rb") as file, parquet.ParquetFile(file) as opened:
            _check_columns(opened.schema_arrow)
            # Group by group, so that neither memory nor the loss by damage is more than that of one.
            for group in range(opened.num_row_groups):
                yield from _rows(opened.iter_batches(_ROWS_AT_ONCE, [group], LINES.names))
    except OSError as error:
        raise UnreadableLog(f"{path} can't be read: {error.strerror or error}") from None
    except (ValueError, pyarrow.ArrowException) as error:
        raise UnreadableLog(f"{path} can't be read: {error}") from None


def _rows(batches: Iterable[Any]) -> Iterator[_Row]:
    for batch in batches:
        _check_columns(batch.schema)
        for name in LINES.names:
            if batch[name].null_count:
                raise ValueError(f"column {name} has nulls; give each row its {name}, even if it is empty")
        task_ids, lines = (batch[name].cast(pyarrow.large_binary()).to_pylist() for name in ("taskId", "line"))
        yield from map(_Row, task_ids, batch["sequence"].to_pylist(), lines)


def _check_columns(schema: Any) -> None:
    for name, types in _READ.items():
        there = [field.type for field in schema if field.name == name]
        if len(there) != 1:
            raise ValueError(f"there are {len(there)} columns {name}; one is needed, of type {types[0]}")
        if there[0] not in types:
            raise ValueError(f"column {name} is of type {there[0]}; it must be {types[0]}")


def _in_order(rows: Iterable[_Row]) -> Iterator[_Row]:
    before: _Row | None = None
    for row in rows:
        if before is not None and row.task_id < before.task_id:
            raise ValueError(f"work request {_text(row.task_id)!r} comes after {_text(before.task_id)!r}; {_SORT}")
        if before is not None and row.task_id == before.task_id and row.sequence <= before.sequence:
            raise ValueError(_goes_back(row, before.sequence))
        before = row
        yield row


def _goes_back(row: _Row, before: int) -> str:
    return f"work request {_text(row.task_id)!r} has sequence {row.sequence} after {before}; {_SORT}"


_SORT = "sort the rows by taskId, then by sequence, and give no sequence twice"


def _text(task_id: bytes) -> str:
    return task_id.decode(errors="replace")


def _batch_of(found: list[tuple[str, Finding]]) -> Any:
    columns = {field.name: [getattr(finding, field.name) for _, finding in found] for field in _TOLD}
    columns["task_id"] = [task_id for task_id, _ in found]
    # A finding's `after` is `file:line`; the file has no name here.
    columns["after"] = [after and int(after.removeprefix(":")) for after in columns["after"]]
    return pyarrow.record_batch(list(columns.values()), schema=FINDINGS)


class _Named(msgspec.Struct, rename="camel", gc=False):
    """A line, as far as it says which work request it is for."""

    task_id: str


_decode_named = msgspec.json.Decoder(_Named).decode


def _named_in(line: bytes) -> str | None:
    try:
        return _decode_named(line).task_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _judge(check: Check, file: str, number: int, row: _Row) -> list[Finding]:
    if len(row.line) > LINE_LIMIT:
        return check.judge(file, number, (None,))
    named, task_id = _named_in(row.line), _text(row.task_id)
    if named is not None and named != task_id:
        wrong = f"is {shown(named)}, but its row is of work request {shown(task_id)}"
        return [check._misfit(file, number, row.line, WireError("WRM502", "$.taskId", wrong))]
    return check.judge(file, number, (row.line,))
