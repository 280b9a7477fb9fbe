"""The rows of tables in other formats: the values of the columns that a mapping names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from work_request_manager._values import MAX_ITEMS, short_list, short_repr, wrong_argument
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.wire import LINE_LIMIT, LogMapping

Values = tuple[Any, ...] | WireError | None
"""The values of a row in the mapped columns. A bad row has an error, and a blank one None."""


class Batch(NamedTuple):
    """Rows that were read at once.

    Args:
        numbers: the numbers of their first lines.
        values: the values of each row.
    """

    numbers: Sequence[int]
    values: Sequence[Values]


def columns_of(mapping: LogMapping) -> dict[str, str]:
    """Return the columns that a mapping reads, by the names of its fields."""
    columns = {field: getattr(mapping, field) for field in _FIELDS}
    return {field: column for field, column in columns.items() if column is not None}


_FIELDS = ("request", "status", "at", "activity", "sender", "type", "event_id")


def missing_column(name: str, wanted: str, columns: Sequence[str]) -> str:
    """Return the problem of a file that does not have exactly one of a column that a mapping names.

    Args:
        name: the name of the file.
        wanted: the column.
        columns: the columns that it has.
    """
    known = short_list(map(short_repr, columns[:MAX_ITEMS]), len(columns))
    count = columns.count(wanted) or "no"
    noun = "column" if count == "no" else "columns"
    return f"{name} has {count} {noun} {short_repr(wanted)}, which the mapping names; its columns are {known}"


def is_missing(value: Any) -> bool:
    """Return whether a value is missing: None, empty, or a missing value of a data frame."""
    try:
        # NaN and NaT are not equal to themselves.
        return value is None or value == "" or bool(value != value)
    except TypeError:
        return True  # as NA of pandas, which is neither true nor false


ROW = "the row"
"""The path of errors about a row as a whole."""


def too_long() -> WireError:
    """Return the error of a line that is longer than LINE_LIMIT."""
    return WireError("WRM505", ROW, f"has more than {LINE_LIMIT:,} bytes")


class Objects:
    """The reader of some columns of objects, which can be nested.

    Args:
        columns: the columns: names, or paths such as "ticket.id". A name has precedence over a path.

    Attributes:
        columns: the columns.
        paths: the keys that lead to each column, as far as the objects have shown them.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self.paths: dict[str, Sequence[str]] = {}
        self._pick = itemgetter(*columns)
        self._names: list[str] | None = None  # those of the first object

    @property
    def are_known(self) -> bool:
        """Whether each column has been found in some object."""
        return len(self.paths) == len(set(self.columns))

    def values_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values of the columns in an object. A value that is missing is None."""
        if self.are_known:
            try:
                values: tuple[Any, ...] = self._pick(row)
            except KeyError:
                pass
            else:
                return values
        if self._names is None:
            self._names = [*map(str, row)]
        return tuple(self._value_at(row, column) for column in self.columns)

    def _value_at(self, row: Mapping[str, Any], column: str) -> Any:
        path = [column] if column in row else column.split(".")
        value: Any = row
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
        self.paths[column] = path
        return value

    def check(self, name: str) -> None:
        """Check that there are no objects, or that each column was found in one of them.

        Args:
            name: the name of the log.

        Raises:
            UnreadableLog: no object has a column.
        """
        for column in self.columns:
            if self._names is not None and column not in self.paths:
                raise UnreadableLog(missing_column(name, column, self._names))


def rows_of_objects(batches: Iterable[Sequence[Any]], mapping: LogMapping, file: str | None = None) -> Iterator[Batch]:
    """Yield rows that come in batches of dictionaries.

    Args:
        batches: the dictionaries.
        mapping: the mapping, which names the columns.
        file: the file that they come from. Pass None if a column may be missing in all of them.

    Raises:
        UnreadableLog: no dictionary of the file has a column.
    """
    objects, first = Objects([*columns_of(mapping).values()]), 1
    for rows in batches:
        yield Batch(range(first, first + len(rows)), list(map(objects.values_of, rows)))
        first += len(rows)
    if file is not None:
        objects.check(file)


def in_batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield rows in batches.

    Raises:
        TypeError: a row is not a dictionary.
    """
    left = iter(rows)
    while batch := list(islice(left, _ROWS_AT_ONCE)):
        for row in batch:
            if not isinstance(row, Mapping):
                raise wrong_argument("row", row, "dictionaries, such as those of csv.DictReader, or the path of a file")
        yield batch


_ROWS_AT_ONCE = 1_000
