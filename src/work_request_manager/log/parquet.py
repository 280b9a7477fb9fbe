"""The rows of Parquet files and of Arrow record batches (extra `arrow`).

A row is a line of a log, with the id of its work request and its position among the lines of that work request.

Memory is bounded by bytes. Rows are read few at a time, values that a file stores once stay shared, and a line that is
longer than LINE_LIMIT is not copied. Only what Arrow itself needs is not bounded here: it unpacks a whole page at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from hashlib import blake2b
from typing import IO, Any, NamedTuple

from work_request_manager._values import wrong_argument
from work_request_manager.errors import UnreadableLog
from work_request_manager.log._mapped.rows import missing_column
from work_request_manager.log._sources import without_end
from work_request_manager.wire import LINE_LIMIT

try:
    import pyarrow
    from pyarrow import compute, parquet
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"Parquet and Arrow need {error.name}; install it: pip install 'work-request-manager[arrow]'", name=error.name
    ) from None

__all__ = ["LINES", "SORT", "Row", "read_batches", "read_dictionaries", "read_rows"]

_TEXT = (pyarrow.string(), pyarrow.large_string(), pyarrow.string_view())
_BYTES = (pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view())
_INTEGERS = tuple(pyarrow.type_for_alias(f"{sign}int{bits}") for sign in ("", "u") for bits in (64, 32, 16, 8))
_TYPES = {"taskId": _TEXT + _BYTES, "sequence": _INTEGERS, "line": _BYTES + _TEXT}
"""The types that each column, or its dictionary, can have. The first is the recommended one."""

_AS_BYTES = dict(zip(_TEXT, _BYTES, strict=True))
"""The types of bytes to which texts are converted without a copy, because they need not be UTF-8."""

LINES = pyarrow.schema([pyarrow.field(name, types[0], nullable=False) for name, types in _TYPES.items()])
"""The columns of a log: `taskId`, the work request of the line, or "" if the line names none; `sequence`, the position
of the line among the lines of its work request; and `line`, the line itself. Other columns are not read."""

SORT = "sort the rows by taskId, then by sequence, and give no sequence twice"
"""The advice for rows that are out of order."""

_FILES_RISE = "the sequence of a work request rises over all Parquet files of a log"
"""The advice for rows that are out of order in one file or several."""

_ROWS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 32 << 20
_LONG_ROWS_AT_ONCE = _BYTES_AT_ONCE // LINE_LIMIT

_SHARED = ["taskId", "line"]
"""The columns whose values can be long, and are read as dictionaries if a file stores them once for many rows."""


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


def read_rows(path: str, *, file: IO[bytes] | None = None, sequences: dict[bytes, int] | None = None) -> Iterator[Row]:
    """Yield the rows of a Parquet file. The rows of different work requests can be interleaved.

    Args:
        path: the path of a file with the columns of LINES.
        file: the opened file, if it has no path. Its name in errors is `path`.
        sequences: the last sequence of each work request in the earlier files of the log. It is updated. Pass None if
            there are no earlier files.

    Raises:
        UnreadableLog: the file cannot be read to its end, or a row is out of order.
    """
    last = {} if sequences is None else sequences
    for number, row in enumerate(_all_rows(path, file), start=1):
        key = row.task_id if len(row.task_id) <= _MAX_KEY else blake2b(row.task_id, digest_size=_MAX_KEY).digest()
        try:
            row.check_follows(last.get(key))
        except ValueError as error:
            raise UnreadableLog(f"{path} cannot be read on from row {number:,}: {error}; {_FILES_RISE}") from None
        last[key] = row.sequence
        yield row


_MAX_KEY = 64
"""The number of bytes up to which the id of a work request is kept as it is. A longer one is kept as its digest."""


def _all_rows(path: str, given: IO[bytes] | None) -> Iterator[Row]:
    try:
        with (
            open(path, "rb") if given is None else nullcontext(given) as file,
            parquet.ParquetFile(file) as opened,
        ):
            _check_columns(opened.schema_arrow)
            sharing = parquet.ParquetFile(file, metadata=opened.metadata, read_dictionary=_SHARED)
            # Group by group, so that memory holds no more than one group, and damage loses no more.
            for group in range(opened.num_row_groups):
                yield from _rows_of(opened, sharing, group)
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, pyarrow.ArrowException) as error:
        raise UnreadableLog(f"{path} cannot be read: {error}") from None


def read_dictionaries(path: str, columns: Sequence[str] | None, file: IO[bytes] | None = None) -> Iterator[list[Any]]:
    """Yield the rows of a Parquet file of any kind as dictionaries, in batches.

    Args:
        path: the path of the file.
        columns: the columns to read, or paths into them, such as "ticket.id". Pass None for all columns.
        file: the opened file, if it has no path. Its name in errors is `path`.

    Raises:
        UnreadableLog: the file cannot be read to its end, or has no such column.
    """
    try:
        with (
            open(path, "rb") if file is None else nullcontext(file) as opened,
            parquet.ParquetFile(opened) as table,
        ):
            names = table.schema_arrow.names
            for column in columns or ():
                name = column if column in names else column.partition(".")[0]
                if names.count(name) != 1:
                    raise UnreadableLog(missing_column(path, column, names))
            for batch in table.iter_batches(_ROWS_AT_ONCE, columns=columns):
                yield _without_nanoseconds(batch).to_pylist()
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, OverflowError, pyarrow.ArrowException) as error:
        raise UnreadableLog(f"{path} cannot be read: {error}") from None


def _without_nanoseconds(batch: Any) -> Any:
    """Return a batch whose times are cut to microseconds, because Python's have no more."""
    fields = [field.with_type(_without_nanoseconds_in(field.type)) for field in batch.schema]
    columns = [
        column if column.type == field.type else column.cast(field.type, safe=False)
        for column, field in zip(batch.columns, fields, strict=True)
    ]
    return pyarrow.RecordBatch.from_arrays(columns, schema=pyarrow.schema(fields))


def _without_nanoseconds_in(type_: Any) -> Any:
    types = pyarrow.types
    if types.is_dictionary(type_):
        type_ = type_.value_type
    if types.is_timestamp(type_) and type_.unit == "ns":
        return pyarrow.timestamp("us", type_.tz)
    if types.is_struct(type_):
        inner = (type_.field(number) for number in range(type_.num_fields))
        return pyarrow.struct([field.with_type(_without_nanoseconds_in(field.type)) for field in inner])
    return type_


def _rows_of(opened: Any, sharing: Any, group: int) -> Iterator[Row]:
    """Yield the rows of a row group, read in one of two ways: each with its values, or with values that rows share."""
    described = opened.metadata.row_group(group)
    columns = (described.column(number) for number in range(described.num_columns))
    chunks = {chunk.path_in_schema: chunk for chunk in columns if chunk.path_in_schema in LINES.names}
    lines = chunks["line"].total_uncompressed_size
    if described.num_rows == 1 and lines > 4 * LINE_LIMIT:
        # Arrow would need several times the memory of the line, which is too long even with all that describes it.
        for batch in opened.read_row_group(group, ["taskId", "sequence"]).to_batches():
            _check_nulls(batch, batch.schema.names)
            yield from (
                Row(*row, None) for row in zip(_ids(batch["taskId"]), batch["sequence"].to_pylist(), strict=True)
            )
        return
    size = sum(chunk.total_uncompressed_size for chunk in chunks.values())
    rows = max(1, min(_ROWS_AT_ONCE, described.num_rows * _BYTES_AT_ONCE // max(size, 1)))
    source = opened
    if any("DELTA_BYTE_ARRAY" in chunk.encodings for chunk in chunks.values()):
        rows = min(rows, _LONG_ROWS_AT_ONCE)  # because a value can share its beginning with the value before
    if any(_has_long_shared_values(sharing, group, name, chunks[name]) for name in _SHARED):
        if lines <= _BYTES_AT_ONCE:
            source = sharing
        else:
            rows = min(rows, _LONG_ROWS_AT_ONCE)
    yield from read_batches(source.iter_batches(rows, [group], LINES.names))


def _has_long_shared_values(sharing: Any, group: int, name: str, chunk: Any) -> bool:
    """Return whether a column stores values once for many rows that are so long that the rows could fill the memory."""
    if not any("DICTIONARY" in encoding for encoding in chunk.encodings):
        return False
    # The first row comes with all values that are stored once.
    first = sharing.iter_batches(1, [group], [name])
    longest = (compute.max(compute.binary_length(batch[0].dictionary)).as_py() or 0 for batch in first)
    return bool(next(longest, 0) * _ROWS_AT_ONCE > _BYTES_AT_ONCE)


def read_batches(batches: Any) -> Iterator[Row]:
    """Yield the rows of record batches.

    Args:
        batches: an iterable of record batches, one batch, or an object that Arrow can read as a stream of batches: a
            table, a RecordBatchReader, or a data frame.

    Raises:
        ValueError: a column is missing, occurs twice, has another type, or has nulls, or an id is too long.
        TypeError: the argument is none of these.
    """
    for batch in _each_batch(batches):
        _check_columns(batch.schema)
        _check_nulls(batch, LINES.names)
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            ids, sequences, lines = (batch[name].slice(start, _ROWS_AT_ONCE) for name in LINES.names)
            yield from map(Row, _ids(ids), sequences.to_pylist(), _texts(lines))


def _each_batch(batches: Any) -> Iterator[Any]:
    if isinstance(batches, pyarrow.RecordBatch):
        batches = [batches]
    elif isinstance(batches, pyarrow.Table):
        batches = batches.to_batches()  # pyarrow 18 crashes if a table with views is read as a stream
    elif hasattr(batches, "__arrow_c_stream__") and not isinstance(batches, pyarrow.RecordBatchReader):
        batches = pyarrow.RecordBatchReader.from_stream(batches)
    way_out = "record batches, a table or a RecordBatchReader"
    if not isinstance(batches, Iterable):
        raise wrong_argument("batches", batches, way_out)
    for batch in batches:
        if not isinstance(batch, pyarrow.RecordBatch):
            raise wrong_argument("an item of batches", batch, way_out)
        yield batch


def _check_nulls(batch: Any, names: Iterable[str]) -> None:
    for name in names:
        column = batch[name]
        is_dictionary = pyarrow.types.is_dictionary(column.type)
        # A null in a dictionary does not count as a null of the column.
        if column.null_count or (is_dictionary and column.dictionary.is_null().take(column.indices).true_count):
            raise ValueError(f"column {name} has nulls; give each row its {name}, even if it is empty")


def _ids(column: Any) -> Iterator[bytes]:
    for task_id in _texts(column):
        if task_id is None:
            raise ValueError(f"column taskId has a value of more than {LINE_LIMIT:,} bytes; use shorter ids")
        yield task_id


def _texts(column: Any) -> Iterator[bytes | None]:
    """Yield the values of a column as bytes. A line that is longer than LINE_LIMIT is not copied: None."""
    if pyarrow.types.is_dictionary(column.type):
        return _bytes_at(column.dictionary, column.indices.to_pylist())
    return _bytes_at(column, range(len(column)))


def _bytes_at(values: Any, indices: Sequence[int]) -> Iterator[bytes | None]:
    values = values.cast(_AS_BYTES.get(values.type, values.type))
    # Many views can share one value, and a dictionary can have many more values than the batch has rows.
    is_view = values.type == pyarrow.binary_view()
    if not is_view and values.nbytes <= LINE_LIMIT and len(values) <= len(indices):
        yield from map(values.to_pylist().__getitem__, indices)
        return
    for index in indices:
        buffer = values[index].as_buffer()
        text = buffer.to_pybytes() if buffer.size <= LINE_LIMIT + len(b"\r\n") else None
        # As in a log of lines, the line end does not count.
        yield text if text is None or len(without_end(text)) <= LINE_LIMIT else None


def _check_columns(schema: Any) -> None:
    for name, types in _TYPES.items():
        found = [field.type for field in schema if field.name == name]
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} columns {name}; exactly one is needed, of type {types[0]}")
        type_ = found[0].value_type if pyarrow.types.is_dictionary(found[0]) else found[0]
        if type_ not in types:
            raise ValueError(f"column {name} has type {found[0]}; it must be {types[0]}")
