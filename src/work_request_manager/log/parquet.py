"""The rows of Parquet files and of Arrow record batches (extra `arrow`).

A row is a line of a log, with the id of its work request and its position among the lines of that work request.

Memory is bounded by bytes. Rows are read few at a time, values that a file stores once stay shared, and a line that is
longer than LINE_LIMIT is not copied. Only what Arrow itself needs is not bounded here: it unpacks a whole page at once.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from work_request_manager.errors import UnreadableLog
from work_request_manager.log._sources import LINE_LIMIT

try:
    import pyarrow
    from pyarrow import parquet
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"Parquet and Arrow need {error.name}; install it: pip install 'work-request-manager[arrow]'", name=error.name
    ) from None

__all__ = ["LINES", "SORT", "Row", "read_batches", "read_rows"]

_TEXT = (pyarrow.string(), pyarrow.large_string(), pyarrow.string_view())
_BYTES = (pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view())
_TYPES = {"taskId": _TEXT, "sequence": (pyarrow.int64(), pyarrow.int32()), "line": _BYTES + _TEXT}
"""The types that each column can have. The first is the recommended one."""

LINES = pyarrow.schema([pyarrow.field(name, types[0], nullable=False) for name, types in _TYPES.items()])
"""The columns of a log: `taskId`, the work request of the line, or "" if the line names none; `sequence`, the position
of the line among the lines of its work request; and `line`, the line itself. Other columns are not read."""

SORT = "sort the rows by taskId, then by sequence, and give no sequence twice"
"""The advice for rows that are out of order."""

_ROWS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 32 << 20


class Row(NamedTuple):
    """A row of LINES. Its texts are bytes, because they need not be UTF-8. A line over LINE_LIMIT is None."""

    task_id: bytes
    sequence: int
    line: bytes | None

    @property
    def work_request_id(self) -> str:
        """The id of the work request as text."""
        return self.task_id.decode(errors="replace")

    def check_follows(self, sequence: int | None) -> None:
        """Check the order of the rows of a work request.

        Args:
            sequence: the sequence of the previous row. None if there is none.

        Raises:
            ValueError: the row is not after that one.
        """
        if sequence is not None and self.sequence <= sequence:
            raise ValueError(
                f"work request {self.work_request_id!r} has sequence {self.sequence} after {sequence}; {SORT}"
            )


def read_rows(path: str) -> Iterator[Row]:
    """Yield the rows of a Parquet file. The rows of different work requests can be interleaved.

    Args:
        path: the path of a file with the columns of LINES.

    Raises:
        UnreadableLog: the file cannot be read to its end, or a row is out of order.
    """
    last: dict[bytes, int] = {}
    for number, row in enumerate(_all_rows(path), start=1):
        key = row.task_id if len(row.task_id) <= _MAX_KEY else blake2b(row.task_id, digest_size=_MAX_KEY).digest()
        try:
            row.check_follows(last.get(key))
        except ValueError as error:
            raise UnreadableLog(f"{path} cannot be read on from row {number:,}: {error}") from None
        last[key] = row.sequence
        yield row


_MAX_KEY = 64
"""The number of bytes up to which the id of a work request is kept as it is. A longer one is kept as its digest."""


def _all_rows(path: str) -> Iterator[Row]:
    try:
        with open(path, "rb") as file, parquet.ParquetFile(file) as opened:
            _check_columns(opened.schema_arrow)
            # Lines that are stored once stay so. Otherwise a small file could fill the memory.
            sharing = parquet.ParquetFile(file, metadata=opened.metadata, read_dictionary=["line"])
            # Group by group, so that memory holds no more than one group, and damage loses no more.
            for group in range(opened.num_row_groups):
                yield from _rows_of(opened, sharing, group)
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, pyarrow.ArrowException) as error:
        raise UnreadableLog(f"{path} cannot be read: {error}") from None


def _rows_of(opened: Any, sharing: Any, group: int) -> Iterator[Row]:
    """Yield the rows of a row group, read from the file in one of two ways: as they are, or with shared lines."""
    described = opened.metadata.row_group(group)
    chunks = [described.column(number) for number in range(described.num_columns)]
    lines = next(chunk for chunk in chunks if chunk.path_in_schema == "line")
    if described.num_rows == 1 and lines.total_uncompressed_size > 4 * LINE_LIMIT:
        # Arrow would need several times the memory of the line, which is too long even with all that describes it.
        ids = opened.read_row_group(group, ["taskId", "sequence"]).to_batches()
        yield from (Row(*row, None) for batch in ids for row in zip(_values(batch[0]), _values(batch[1]), strict=True))
        return
    is_shared = any("DICTIONARY" in encoding for encoding in lines.encodings)
    is_small = lines.total_uncompressed_size <= _BYTES_AT_ONCE
    size = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in LINES.names)
    rows = max(1, min(_ROWS_AT_ONCE, described.num_rows * _BYTES_AT_ONCE // max(size, 1)))
    if is_shared and not is_small:
        rows = min(rows, _BYTES_AT_ONCE // LINE_LIMIT)
    source = sharing if is_shared and is_small else opened
    yield from read_batches(source.iter_batches(rows, [group], LINES.names))


def read_batches(batches: Iterable[Any]) -> Iterator[Row]:
    """Yield the rows of record batches.

    Raises:
        ValueError: a column is missing, occurs twice, has another type, or has nulls, or an id is too long.
    """
    for batch in batches:
        _check_columns(batch.schema)
        for name in LINES.names:
            if batch[name].null_count:
                raise ValueError(f"column {name} has nulls; give each row its {name}, even if it is empty")
        for task_id, sequence, line in zip(*(_values(batch[name]) for name in LINES.names), strict=True):
            if task_id is None:
                raise ValueError(f"column taskId has a value of more than {LINE_LIMIT:,} bytes; use shorter ids")
            yield Row(task_id, sequence, line)


def _values(column: Any) -> Iterator[Any]:
    """Yield the values of a column: numbers, or bytes. Bytes that are longer than LINE_LIMIT are not copied: None."""
    if column.type in _TYPES["sequence"]:
        yield from column.to_pylist()
    elif pyarrow.types.is_dictionary(column.type):
        yield from _bytes_at(column.dictionary, column.indices.to_pylist())
    else:
        yield from _bytes_at(column, range(len(column)))


def _bytes_at(values: Any, indices: Iterable[int]) -> Iterator[bytes | None]:
    values = values.cast(pyarrow.large_binary())
    if values.nbytes <= LINE_LIMIT:
        yield from map(values.to_pylist().__getitem__, indices)
        return
    for index in indices:
        buffer = values[index].as_buffer()
        yield buffer.to_pybytes() if buffer.size <= LINE_LIMIT else None


def _check_columns(schema: Any) -> None:
    for name, types in _TYPES.items():
        found = [field.type for field in schema if field.name == name]
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} columns {name}; exactly one is needed, of type {types[0]}")
        type_ = found[0].value_type if pyarrow.types.is_dictionary(found[0]) else found[0]
        if type_ not in types:
            raise ValueError(f"column {name} has type {found[0]}; it must be {types[0]}")
