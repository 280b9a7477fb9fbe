"""CSV tables: the names of the columns on the first line, and then rows, which take several lines if a field does."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, cast

from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log._formats import DELIMITERS
from work_request_manager.log._mapped.rows import ROW, Batch, columns_of, missing_column, too_long
from work_request_manager.log._sources import Block
from work_request_manager.wire import LogMapping

Row = list[str] | WireError
"""The fields of a row. A bad row has an error instead."""

_MAX_ROW = 1 << 18
"""The number of characters up to which a row can go on, which is twice that of the longest field."""


class Part(NamedTuple):
    """Rows that were read at once.

    Args:
        numbers: the numbers of their first lines.
        rows: the rows.
    """

    numbers: list[int]
    rows: list[Row]


class CsvTable(NamedTuple):
    """A CSV file.

    Args:
        columns: the names of the columns.
        delimiter: the character between two fields.
        parts: the rows.
    """

    columns: list[str]
    delimiter: str
    parts: Iterator[Part]


def csv_rows(name: str, blocks: Iterator[Block], mapping: LogMapping, first: int) -> Iterator[Batch]:
    """Yield the rows of a CSV file in batches.

    Args:
        name: the name of the file.
        blocks: its lines. They are not all blank.
        mapping: the mapping, which names the columns.
        first: the number of the first line.

    Raises:
        UnreadableLog: the names of the columns cannot be read, or a column is missing or occurs twice.
    """
    columns, _, parts = csv_table(name, blocks, mapping.delimiter, first)
    wanted = [*columns_of(mapping).values()]
    for column in wanted:
        if columns.count(column) != 1:
            raise UnreadableLog(missing_column(name, column, columns))
    pick: Any = itemgetter(*map(columns.index, wanted))
    width, nothing = len(columns), ("",) * len(wanted)
    for part in parts:
        rows = cast(list[Any], part.rows)
        if set(map(type, rows)) == {list} and set(map(len, rows)) == {width}:
            values = list(map(pick, rows))
            if nothing in values:
                values = [None if is_blank(row) else pick(row) for row in rows]
        else:
            values = [None if is_blank(row) else problem_of(row, width) or pick(row) for row in rows]
        yield Batch(part.numbers, values)


def is_blank(row: Row) -> bool:
    """Return whether a row has no fields, or only blank ones. A bad row is not blank."""
    return not isinstance(row, WireError) and not any(map(str.strip, row))


def problem_of(row: Row, width: int) -> WireError | None:
    """Return the problem of a row. Return None if it has as many fields as the table has columns.

    More fields are no problem if they are empty, because some programs write a delimiter at the end of each row.
    """
    if isinstance(row, WireError):
        return row
    if len(row) == width or (len(row) > width and not any(row[width:])):
        return None
    fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
    lines = _count_lines(row)
    place = f" on {lines} lines" if lines > 1 else ""
    return WireError("WRM502", ROW, f"has {fields}{place}, but the first row has {width}; quote fields with delimiters")


def _count_lines(row: list[str]) -> int:
    return 1 + sum(field.count("\n") for field in row)


def csv_table(name: str, blocks: Iterator[Block], delimiter: str | None, first: int = 1) -> CsvTable:
    """Read the names of the columns of a CSV file.

    Args:
        name: the name of the file, for errors.
        blocks: its lines. They are not all blank.
        delimiter: the character between two fields. Pass None to detect it.
        first: the number of the first line.

    Raises:
        UnreadableLog: the names of the columns cannot be read.
    """
    start = next(blocks)
    delimiter = delimiter or _delimiter_of(start)
    parts = _Reader(delimiter, first).parts(chain([start], blocks))
    blank: list[Part] = []
    for numbers, rows in parts:
        at = next((at for at, row in enumerate(rows) if not is_blank(row)), None)
        if at is None:
            blank.append(Part(numbers, rows))
            continue
        number, names = numbers.pop(at), rows.pop(at)
        if isinstance(names, WireError):
            raise UnreadableLog(f"{name} has no names of columns: its line {number} {names.message}")
        return CsvTable(names, delimiter, chain(blank, [Part(numbers, rows)], parts))
    return CsvTable([], delimiter, iter(blank))


def _delimiter_of(block: Block) -> str:
    """Return the delimiter that gives the first row the most fields."""
    lines = [(line or b"").decode(errors="replace") for line in block.lines]

    def count(delimiter: str) -> int:
        try:
            return next(len(row) for row in csv.reader(lines, delimiter=delimiter) if not is_blank(row))
        except (csv.Error, StopIteration):  # which the reader reports
            return 0

    return max(DELIMITERS, key=count)


class _Reader:
    """A reader of CSV that reports a row that is not CSV, and reads on.

    It is strict, because a quotation mark that is not closed would otherwise hide all rows up to the next one.

    Args:
        delimiter: the character between two fields.
        first: the number of the first line.
    """

    def __init__(self, delimiter: str, first: int) -> None:
        self._delimiter = delimiter
        self._next = first  # the number of the first line that is not in a row yet
        self._bad_lines: dict[int, WireError] = {}

    def parts(self, blocks: Iterable[Block]) -> Iterator[Part]:
        """Yield the rows of a file, a part for each block."""
        begun: list[str] = []
        for block in blocks:
            part, begun = self._read(begun + self._texts(block, self._next + len(begun)), is_end=False)
            yield part
        yield self._read(begun, is_end=True)[0]

    def _texts(self, block: Block, first: int) -> list[str]:
        if block.is_ascii and None not in block.lines:
            return list(map(bytes.decode, block.lines))  # type: ignore[arg-type]  # there is no None among them
        return [self._text(number, line) for number, line in enumerate(block.lines, first)]

    def _text(self, number: int, line: bytes | None) -> str:
        if line is None:
            self._bad_lines[number] = too_long()
            return "\n"
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self._bad_lines[number] = WireError("WRM501", ROW, f"is not UTF-8: {error}; set encoding in the mapping")
            return line.decode(errors="replace")

    def _read(self, lines: list[str], *, is_end: bool) -> tuple[Part, list[str]]:
        """Return the rows on the next lines, and the lines of a row that may go on. No row goes on after the end."""
        part = Part([], [])
        while lines:
            rows, begins, end = self._rows_of(lines)
            self._add(part, rows, begins)
            is_open, spoilt = end > len(lines), lines[begins[-1] : end]
            lines = lines[begins[-1] :]
            if is_open and not is_end and sum(map(len, spoilt)) <= _MAX_ROW:
                break
            rows = self._separate_rows(spoilt, is_open=is_open)
            self._add(part, rows, range(len(rows) + 1))
            lines = lines[len(rows) :]
        return part, lines

    def _rows_of(self, lines: list[str]) -> tuple[list[Row], list[int], int]:
        """Return the rows on some lines, up to one that is not CSV.

        Returns:
            The rows; the index of the first line of each row, and of the first line after them; and the number of lines
            that were read, which is larger than that of all lines if the last field is not closed.
        """
        rows: list[Row] = []
        begins = [0]
        # The last line is not the file's. It shows whether a field is open before it.
        reader = csv.reader(chain(lines, "\n"), delimiter=self._delimiter, strict=True)
        try:
            for row in reader:
                rows.append(row)
                begins.append(reader.line_num)
        except csv.Error:
            return rows, begins, reader.line_num
        return rows[:-1], begins[:-1], len(lines)

    def _separate_rows(self, lines: list[str], *, is_open: bool) -> list[Row]:
        """Return the rows on lines that are not one row together.

        The last line is left, because it may be a good row, unless it is the only one, or the field `is_open` after it.
        """
        if is_open or len(lines) > 1:
            others = lines[1:] if is_open else lines[1:-1]
            problem = f"has a quotation mark that is not closed in {len(others) + 1:,} lines; close it, or double it"
            return [WireError("WRM501", ROW, problem), *map(self._row_of, others)]
        return list(map(self._row_of, lines))

    def _row_of(self, line: str) -> Row:
        """Return the row on one line. Text after a closing quotation mark belongs to the field, as in most programs."""
        try:
            return next(csv.reader([line], delimiter=self._delimiter))
        except csv.Error as error:
            return WireError("WRM501", ROW, f"is not CSV: {error}")

    def _add(self, part: Part, rows: list[Row], begins: Sequence[int]) -> None:
        """Add rows to a part. `begins` has the indices of their first lines, and of the first line after them."""
        numbers = [self._next + begin for begin in begins]
        self._next = numbers.pop()
        if self._bad_lines:
            rows = [
                self._bad_line_in(range(begin, end)) or row
                for row, begin, end in zip(rows, numbers, [*numbers[1:], self._next], strict=True)
            ]
        part.numbers.extend(numbers)
        part.rows.extend(rows)

    def _bad_line_in(self, numbers: range) -> WireError | None:
        """Return the problem of the first line with one of these numbers that has one, and forget them."""
        problems = [self._bad_lines.pop(number) for number in numbers if number in self._bad_lines]
        return problems[0] if problems else None
