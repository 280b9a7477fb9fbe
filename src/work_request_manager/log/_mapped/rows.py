"""The rows of a table in another format: CSV, JSON Lines, Parquet, or dictionaries from Python."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from work_request_manager._values import MAX_ITEMS, short_list, short_repr, wrong_argument
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log._formats import DELIMITERS
from work_request_manager.log._sources import Block, without_end
from work_request_manager.wire import LINE_LIMIT, LogMapping, object_from

Values = tuple[Any, ...] | WireError | None
"""The values of a row in the mapped columns. A bad row has an error, and a blank one None."""


class Batch(NamedTuple):
    """Rows that were read at once.

    Args:
        numbers: the numbers of their first lines.
        values: the values of each row.
    """

    numbers: list[int]
    values: list[Values]


def columns_of(mapping: LogMapping) -> dict[str, str]:
    """Return the columns that a mapping reads, by the names of its fields."""
    columns = {field: getattr(mapping, field) for field in _FIELDS}
    return {field: column for field, column in columns.items() if column is not None}


_FIELDS = ("request", "status", "at", "activity", "sender", "type", "event_id")


def rows_of_blocks(name: str, blocks: Iterator[Block], mapping: LogMapping) -> Iterator[Batch]:
    """Yield the rows of a file of lines in batches, one for each block or more.

    The file is JSON Lines if its first line begins with a brace, and otherwise CSV.

    Raises:
        UnreadableLog: the file lacks a column.
    """
    for block in blocks:
        start = next((line for line in block.lines if line is not None and line.strip()), b"")
        if not start:
            yield Batch(list(range(1, len(block.lines) + 1)), [None] * len(block.lines))  # they are only counted
            continue
        whole = chain([block], blocks)
        yield from _json_rows(whole, mapping) if _is_json(start) else _csv_rows(name, whole, mapping)


def _is_json(start: bytes) -> bool:
    return start.lstrip().startswith(b"{")


def dictionaries_in(blocks: Iterator[Block]) -> tuple[Iterable[dict[str, Any]], str | None]:
    """Return the rows of a file of lines as dictionaries, except bad ones, and the delimiter if it is CSV."""
    whole = list(islice(blocks, 1))
    start = next((line for block in whole for line in block.lines if line is not None and line.strip()), b"")
    if _is_json(start):
        return _objects_in(chain(whole, blocks)), None
    lines = iter(_Texts(chain(whole, blocks)))
    _, header = _header_in(lines) if start else (0, "")
    delimiter = _delimiter_of(header)
    return csv.DictReader(chain([header], lines), delimiter=delimiter, restkey=""), delimiter


def _objects_in(blocks: Iterable[Block]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        for line in block.lines:
            with suppress(WireError):
                yield _object_in(line, block.is_ascii)


class _Texts:
    """The lines of a CSV file as texts.

    Attributes:
        count: the number of lines that were read, whether or not they were taken.
        bad: the problems of the lines that are not text, by their numbers.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = blocks
        self.count = 0
        self.bad: dict[int, WireError] = {}

    def __iter__(self) -> Iterator[str]:
        for block in self._blocks:
            first, self.count = self.count + 1, self.count + len(block.lines)
            if block.is_ascii and None not in block.lines:
                yield from map(bytes.decode, block.lines)  # type: ignore[arg-type]  # there is no None among them
            else:
                yield from (self._text(number, line) for number, line in enumerate(block.lines, first))

    def _text(self, number: int, line: bytes | None) -> str:
        if line is None:
            self.bad[number] = _too_long()
            return ""
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.bad[number] = WireError("WRM501", "$", f"is not UTF-8: {error}; set encoding in the mapping")
            return line.decode(errors="replace")

    def problem(self, first: int, last: int) -> WireError | None:
        """Return the problem of a row on these lines, if there is one. It is forgotten."""
        found = [self.bad.pop(number) for number in range(first, last + 1) if number in self.bad]
        return found[0] if found else None


def _csv_rows(name: str, blocks: Iterator[Block], mapping: LogMapping) -> Iterator[Batch]:
    texts = _Texts(blocks)
    lines = iter(texts)
    header_line, header = _header_in(lines)
    if texts.bad:
        raise UnreadableLog(f"{name} has no header that can be read: its first line {texts.bad[header_line].message}")
    delimiter = mapping.delimiter or _delimiter_of(header)
    columns = next(csv.reader([header], delimiter=delimiter))
    for wanted in columns_of(mapping).values():
        if columns.count(wanted) != 1:
            raise UnreadableLog(missing_column(name, wanted, columns))
    pick, width = itemgetter(*map(columns.index, columns_of(mapping).values())), len(columns)
    reader = csv.reader(lines, delimiter=delimiter)
    numbers: list[int] = []
    values: list[Values] = []
    last = header_line
    while True:
        try:
            for row in reader:
                number, last = last + 1, header_line + reader.line_num
                numbers.append(number)
                if len(row) == width and not texts.bad:
                    values.append(pick(row))
                else:
                    problem = texts.problem(number, last) or _problem_of(row, width)
                    values.append(problem or (pick(row) if row else None))
                if last == texts.count:
                    yield Batch(numbers, values)
                    numbers, values = [], []
            break
        except csv.Error as error:
            number, last = last + 1, header_line + reader.line_num
            numbers.append(number)
            values.append(WireError("WRM501", "$", f"is not CSV: {error}; is a quotation mark missing?"))
    if numbers:
        yield Batch(numbers, values)


def _header_in(lines: Iterator[str]) -> tuple[int, str]:
    """Return the number of the first line that is not blank, and the line."""
    return next((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _delimiter_of(header: str) -> str:
    """Return the delimiter that gives the first line of a CSV file the most fields."""
    return max(DELIMITERS, key=lambda each: len(next(csv.reader([header], delimiter=each))))


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


def _problem_of(row: list[str], width: int) -> WireError | None:
    """Return the problem of a row that has another number of fields than the header. Empty ones at the end are none."""
    if not row or (len(row) > width and not any(row[width:])):
        return None
    return WireError("WRM502", "$", f"has {len(row)} fields, but the first row has {width}; quote what has delimiters")


def _json_rows(blocks: Iterator[Block], mapping: LogMapping) -> Iterator[Batch]:
    first, values_of = 1, _reader_of(columns_of(mapping).values())
    for block in blocks:
        values: list[Values] = []
        for line in block.lines:
            try:
                values.append(values_of(_object_in(line, block.is_ascii)))
            except WireError as error:
                values.append(error if line is None or line.strip() else None)
        yield Batch(list(range(first, first + len(values))), values)
        first += len(values)


def _object_in(line: bytes | None, is_ascii: bool) -> dict[str, Any]:
    """Parse a line. `is_ascii` says whether it is known to be ASCII."""
    if line is None:
        raise _too_long()
    try:
        if not is_ascii:
            line.decode()  # the decoder does not check the text of fields that are not read
        value = _decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return object_from(without_end(line))
    return value if type(value) is dict else object_from(without_end(line))


_decode = msgspec.json.Decoder(float_hook=float).decode


def rows_of_batches(batches: Iterable[list[Any]], mapping: LogMapping) -> Iterator[Batch]:
    """Yield rows that come in batches of dictionaries."""
    values_of = _reader_of(columns_of(mapping).values())
    first = 1
    for rows in batches:
        yield Batch(list(range(first, first + len(rows))), [values_of(row) for row in rows])
        first += len(rows)


def dictionary_rows(rows: Iterable[Any], mapping: LogMapping) -> Iterator[Batch]:
    """Yield rows that are dictionaries, in batches.

    Raises:
        TypeError: a row is not a dictionary.
    """
    return rows_of_batches(_checked(iter(rows)), mapping)


def _checked(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        for row in batch:
            if not isinstance(row, Mapping):
                raise wrong_argument("row", row, "dictionaries, such as those of csv.DictReader, or the path of a file")
        yield batch


_ROWS_AT_ONCE = 1_000


def _reader_of(columns: Collection[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that reads the values of some columns from a row. A value that is missing is None."""
    pick = itemgetter(*columns)

    def read(row: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            values: tuple[Any, ...] = pick(row)
        except KeyError:
            values = tuple(_value_at(row, column) for column in columns)
        return values

    return read


def _value_at(row: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column, or of a path such as "ticket.id". None if it is missing."""
    if column in row:
        return row[column]
    value: Any = row
    for key in column.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def _too_long() -> WireError:
    return WireError("WRM505", "$", f"has more than {LINE_LIMIT:,} bytes")
