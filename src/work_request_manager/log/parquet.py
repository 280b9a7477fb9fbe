"""The rows of Parquet files and of Arrow record batches (extra `arrow`).

A row is a line of a log, with the id of its work request and its position among the lines of that work request.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from work_request_manager.errors import UnreadableLog

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

_ROWS_AT_ONCE = 10_000


class Row(NamedTuple):
    """A row of LINES. Its texts are bytes, because they need not be UTF-8."""

    task_id: bytes
    sequence: int
    line: bytes

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
        try:
            row.check_follows(last.get(row.task_id))
        except ValueError as error:
            raise UnreadableLog(f"{path} cannot be read on from row {number:,}: {error}") from None
        last[row.task_id] = row.sequence
        yield row


def _all_rows(path: str) -> Iterator[Row]:
    try:
        with open(path, "rb") as file, parquet.ParquetFile(file) as opened:
            _check_columns(opened.schema_arrow)
            # Group by group, so that memory holds no more than one group, and damage loses no more.
            for group in range(opened.num_row_groups):
                yield from read_batches(opened.iter_batches(_ROWS_AT_ONCE, [group], LINES.names))
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, pyarrow.ArrowException) as error:
        raise UnreadableLog(f"{path} cannot be read: {error}") from None


def read_batches(batches: Iterable[Any]) -> Iterator[Row]:
    """Yield the rows of record batches.

    Raises:
        ValueError: a column is missing, occurs twice, has another type, or has nulls.
    """
    for batch in batches:
        _check_columns(batch.schema)
        for name in LINES.names:
            if batch[name].null_count:
                raise ValueError(f"column {name} has nulls; give each row its {name}, even if it is empty")
        task_ids, lines = (batch[name].cast(pyarrow.large_binary()).to_pylist() for name in ("taskId", "line"))
        yield from map(Row, task_ids, batch["sequence"].to_pylist(), lines)


def _check_columns(schema: Any) -> None:
    for name, types in _TYPES.items():
        found = [field.type for field in schema if field.name == name]
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} columns {name}; exactly one is needed, of type {types[0]}")
        if found[0] not in types:
            raise ValueError(f"column {name} has type {found[0]}; it must be {types[0]}")
