"""Tests of CSV tables: the lines of each row, and rows that are not CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import Category
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import Counts, check
from work_request_manager.log._mapped.csv_tables import CsvTable, Row, csv_table
from work_request_manager.log._sources import Block
from work_request_manager.wire import LINE_LIMIT, LogMapping

MAPPING = LogMapping(
    request="Ticket",
    status="Step",
    at="When",
    zone="UTC",
    categories={"open": Category.OPEN, "busy": Category.ACTIVE, "done": Category.CLOSED},
)
HEADER = "Ticket,Step,When,Comment"


def blocks_of(data: bytes, sizes: Sequence[int] = ()) -> Iterator[Block]:
    """Yield the lines of a file in blocks of some sizes, and the rest as one block."""
    lines = io.BytesIO(data).readlines()
    for size in sizes:
        some, lines = lines[:size], lines[size:]
        if some:
            yield Block([*some], all(map(bytes.isascii, some)))
    if lines:
        yield Block([*lines], all(map(bytes.isascii, lines)))


def rows_of(table: CsvTable) -> list[tuple[int, Row]]:
    """Return all rows of a table with their numbers."""
    return list(chain.from_iterable(zip(*part, strict=True) for part in table.parts))


fields = st.lists(st.text(st.sampled_from('ab"\r\n, é'), max_size=4), min_size=1, max_size=3)


class TestTheRowsAreThoseOfTheStandardLibrary:
    """A row has the fields that the csv module reads, and the number of its first line."""

    @settings(max_examples=200, deadline=None)
    @given(st.lists(fields, min_size=1, max_size=8), st.lists(st.integers(1, 3)), st.sampled_from(["\n", "\r\n"]))
    def test_for_all_tables(self, rows: list[list[str]], sizes: list[int], end: str) -> None:
        """Fields can have delimiters, quotation marks and line ends, and blocks can end within them."""
        text, numbers = io.StringIO(), []
        for row in [["head"], *rows]:
            numbers.append(text.getvalue().count("\n") + 1)
            csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(row)
        table = csv_table("table", blocks_of(text.getvalue().encode(), sizes), ",")
        assert table.columns == ["head"]
        assert rows_of(table) == list(zip(numbers[1:], rows, strict=True))

    @settings(max_examples=300, deadline=None)
    @given(st.text(st.sampled_from('ab",\n\n'), max_size=40), st.lists(st.integers(1, 3)))
    def test_for_all_texts(self, text: str, sizes: list[int]) -> None:
        """Every line is in one row. Text that is CSV for a strict reader has the same rows."""
        lines = ["head\n", *text.splitlines(keepends=True)]
        found = rows_of(csv_table("table", blocks_of("".join(lines).encode(), sizes), ","))
        try:
            strict = list(csv.reader(lines, strict=True))[1:]
        except csv.Error:
            assert all(isinstance(row, WireError) or row == lenient(lines[number - 1 :], row) for number, row in found)
        else:
            assert [row for _, row in found] == strict
        numbers = [number for number, _ in found]
        assert numbers == sorted(set(numbers))
        if len(lines) > 1:
            assert numbers[0] == 2
            assert numbers[-1] <= len(lines)


def lenient(lines: Sequence[str], row: Row) -> Row:
    """Return the first row on some lines. It may end on any of them, if it is CSV up to there."""
    for count in range(1, len(lines) + 1):
        if list(csv.reader(lines[:count])) == [row]:
            return row
    return []


def problems_in(path: Path, text: str | bytes, mapping: LogMapping = MAPPING) -> list[tuple[int, str, str]]:
    """Write a table, and return the line, the rule and the message of each finding."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(each.line, each.rule, each.message) for each in check(path, mapping=mapping).findings]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a table to be written."""
    return tmp_path / "export.csv"


def lines(*rows: str) -> str:
    """Return a table with these lines after the names of the columns."""
    return "".join(f"{row}\n" for row in (HEADER, *rows))


class TestQuotationMarks:
    """A stray quotation mark spoils its own row only."""

    @pytest.mark.parametrize(
        ("stray", "read"),
        [
            ('1,open,2026-03-01 09:00:00,"left to do', 4),
            ('1,open,"2026-03-01 09:00:00,', 4),
            ('1,"open,2026-03-01 09:00:00,', 4),
            ('"1,open,2026-03-01 09:00:00,', 4),
        ],
    )
    def test_that_is_never_closed(self, path: Path, stray: str, read: int) -> None:
        """The lines after it are read again, each as a row."""
        done, busy = "2,done,2026-03-01 09:00:00,", "2,busy,2026-03-01 10:00:00,"
        found = problems_in(path, lines("3,open,2026-03-01 09:00:00,", stray, done, busy, "4,unknown,,"))
        assert [(line, rule) for line, rule, _ in found] == [(3, "WRM501"), (5, "WRM201"), (6, "WRM502")]
        assert found[0][2] == (
            f"the row has a quotation mark that is not closed in {read} lines; close it, or double it"
        )
        assert check(path, mapping=MAPPING).counts.lines == 5

    def test_that_another_one_closes(self, path: Path) -> None:
        """The row with the other one is read again as well, with its comment over several lines."""
        rows = [
            '1,open,2026-03-01 09:00:00,"5 inch',
            "2,done,2026-03-01 09:00:00,",
            "2,busy,2026-03-01 10:00:00,",
            '3,done,2026-03-01 09:00:00,"two',
            'lines"',
            "3,busy,2026-03-01 10:00:00,",
        ]
        found = problems_in(path, lines(*rows))
        assert [(line, rule) for line, rule, _ in found] == [(2, "WRM501"), (4, "WRM201"), (7, "WRM201")]
        assert check(path, mapping=MAPPING).counts.lines == 5

    def test_that_is_on_the_last_line(self, path: Path) -> None:
        """It is reported, with and without a line end."""
        for end in ("", "\n", "\r\n"):
            found = problems_in(path, lines("1,open,2026-03-01 09:00:00,") + '1,done,2026-03-01 09:00:00,"' + end)
            assert [(line, rule) for line, rule, _ in found] == [(3, "WRM501")]

    def test_within_a_field(self, path: Path) -> None:
        """A mark within an unquoted field, and text after a closing mark, are read as most programs do."""
        rows = [
            '1,open,2026-03-01 09:00:00,a 5" screen',
            '1,busy,2026-03-01 10:00:00,"5" screen',
            '1,"do"ne,2026-03-01 11:00:00,',
        ]
        found = problems_in(path, lines(*rows))
        assert [(line, rule) for line, rule, _ in found] == [(4, "WRM208")]

    def test_before_many_lines(self, path: Path) -> None:
        """The lines need not fit into one block, or into the longest field of the csv module."""
        rows = [f"{number},open,2026-03-01 09:00:00,{'x' * 80}" for number in range(5_000)]
        found = problems_in(path, lines(*rows[:100], '1,open,2026-03-01 09:00:00,"', *rows[100:], "9,unknown,,"))
        assert [(line, rule) for line, rule, _ in found] == [(102, "WRM501"), (5_003, "WRM502")]
        assert check(path, mapping=MAPPING).counts.lines == 5_002

    def test_on_each_line(self, path: Path) -> None:
        """Even then each line is read a few times only."""
        found = problems_in(path, lines(*['1,open,2026-03-01 09:00:00,"x', '",","y,'] * 20_000))
        assert {rule for _, rule, _ in found} == {"WRM501"}
        assert check(path, mapping=MAPPING).counts.lines == 40_000

    @pytest.mark.slow
    def test_in_a_row_that_is_too_long(self, path: Path) -> None:
        """A row over so many lines is not kept in memory."""
        row = '1,open,2026-03-01 09:00:00,"' + '\n",","x' * (LINE_LIMIT // 6)
        found = problems_in(path, lines(row, "2,done,2026-03-01 09:00:00,", "2,busy,2026-03-01 10:00:00,"))
        assert (found[0][:2], found[-1][:2]) == ((2, "WRM501"), (LINE_LIMIT // 6 + 4, "WRM201"))


class TestBadRows:
    """A bad row is reported, and hides no other."""

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("1,open", "2 fields"),
            ("1", "1 field"),
            ("1,open,2026-03-01 09:00:00,see 2,3", "5 fields"),
            ('1,open,"\n\n"', "3 fields on 3 lines"),
        ],
    )
    def test_with_another_number_of_fields(self, path: Path, row: str, problem: str) -> None:
        """The finding has both numbers."""
        message = f"the row has {problem}, but the first row has 4; quote fields with delimiters"
        assert problems_in(path, lines(row, "2,open,2026-03-01 09:00:00,")) == [(2, "WRM502", message)]

    def test_that_is_not_utf8(self, path: Path) -> None:
        """One bad line does not change the encoding of the others."""
        good = "2,done,2026-03-01 09:00:00,déjà vu\n2,busy,2026-03-01 10:00:00,\n".encode()
        data = lines().encode() + b"1,open,2026-03-01 09:00:00,d\xe9j\xe0\n" + good
        found = problems_in(path, data)
        assert [(line, rule) for line, rule, _ in found] == [(2, "WRM501"), (4, "WRM201")]
        assert found[0][2].startswith("the row is not UTF-8: 'utf-8' codec can't decode byte 0xe9")
        assert found[0][2].endswith("; set encoding in the mapping")

    def test_that_is_not_utf8_in_a_field_over_several_lines(self, path: Path) -> None:
        """The finding is at the first line of the row."""
        data = lines("2,open,2026-03-01 09:00:00,é").encode() + b'1,open,2026-03-01 09:00:00,"\n\xe9\n\xe9\n"\n3,,,\n'
        assert [(line, rule) for line, rule, _ in problems_in(path, data)] == [(3, "WRM501"), (7, "WRM502")]

    def test_that_is_too_long(self, path: Path) -> None:
        """It is not read, and a quoted field can go on after such a line."""
        long = "x" * (LINE_LIMIT + 1)
        rows = [f"1,open,2026-03-01 09:00:00,{long}", '2,open,2026-03-01 09:00:00,"', long, '"', "3,unknown,,"]
        found = problems_in(path, lines(*rows))
        assert [(line, rule) for line, rule, _ in found] == [(2, "WRM505"), (3, "WRM505"), (6, "WRM502")]
        assert found[0][2] == "the row has more than 1,048,576 bytes"

    def test_with_a_field_that_is_too_long(self, path: Path) -> None:
        """The csv module has a limit for fields, too."""
        found = problems_in(path, lines(f"1,open,2026-03-01 09:00:00,{'x' * 200_000}", "3,unknown,,"))
        assert [(line, rule) for line, rule, _ in found] == [(2, "WRM501"), (3, "WRM502")]
        assert found[0][2] == "the row is not CSV: field larger than field limit (131072)"

    def test_with_a_carriage_return_in_it(self, path: Path) -> None:
        """It can be in a quoted field only."""
        found = problems_in(path, lines("1,open,2026-03-01 09:00:00,a\rb", '1,open,2026-03-01 09:00:00,"a\rb"'))
        assert [(line, rule) for line, rule, _ in found] == [(2, "WRM501")]
        assert found[0][2].startswith("the row is not CSV: new-line character seen in unquoted field")


class TestTheNamesOfTheColumns:
    """A file without the columns that the mapping names is not read."""

    @pytest.mark.parametrize(
        ("header", "problem"),
        [
            ("Case,Step,When", "has no column 'Ticket', {named} are 'Case', 'Step', 'When'"),
            (
                "Ticket,When,When,Step,A,B,C",
                "has 2 columns 'When', {named} are 'Ticket', 'When', 'When', 'Step', 'A' and 2 more",
            ),
            ("Ticket Step When", "has no column 'Ticket', {named} are 'Ticket Step When'"),
            ("ticket,Step,When", "has no column 'Ticket', {named} are 'ticket', 'Step', 'When'"),
            (",,", "has no column 'Ticket', {named} are '1', 'open', '2026-03-01 09:00:00', ''"),
            ("Ticket,\rStep,When", "{line} is not CSV: new-line character seen in unquoted field"),
            (f"Ticket,Step,When,{'x' * 200_000}", "{line} is not CSV: field larger than field limit"),
            (f"Ticket,Step,When,{'x' * LINE_LIMIT}", "{line} has more than 1,048,576 bytes"),
            ('Ticket,Step,"When', "{line} has a quotation mark that is not closed"),
        ],
    )
    def test_are_those_of_the_mapping(self, path: Path, header: str, problem: str) -> None:
        """The error names the file, the column, and the columns that there are."""
        path.write_text(f"{header}\n1,open,2026-03-01 09:00:00,\n", encoding="utf-8")
        with pytest.raises(UnreadableLog) as raised:
            check(path, mapping=MAPPING)
        named, line = "which the mapping names; its columns", "has no names of columns: its line 1"
        assert str(raised.value).startswith(f"{path} {problem.format(named=named, line=line)}")

    def test_are_missing(self, path: Path) -> None:
        """A file whose rows are all empty has none."""
        path.write_text(";;\n;;\n", encoding="utf-8")
        with pytest.raises(UnreadableLog, match=r"has no column 'Ticket', which the mapping names; its columns are $"):
            check(path, mapping=attrs.evolve(MAPPING, delimiter=";"))

    def test_are_not_utf8(self, path: Path) -> None:
        """The first line that is not blank must be good."""
        path.write_bytes(b"\nTicket,Step,When,\xe9\n1,open,2026-03-01 09:00:00,\xc3\xa9\n")
        with pytest.raises(UnreadableLog, match="has no names of columns: its line 2 is not UTF-8: "):
            check(path, mapping=MAPPING)

    def test_can_take_several_lines(self, path: Path) -> None:
        """As some programs write them. Other columns can have any name, and one name twice."""
        text = '"Ticket\n(id)";Step;When;X;X;\n1;done;2026-03-01 09:00:00;;;\n1;busy;2026-03-01 10:00:00;;;\n'
        found = problems_in(path, text, attrs.evolve(MAPPING, request="Ticket\n(id)"))
        assert [(line, rule) for line, rule, _ in found] == [(4, "WRM201")]

    def test_decide_the_delimiter(self, path: Path) -> None:
        """It is the one that gives most columns. The mapping can name another."""
        text = "Ticket;Step,a;When,b;c\n1;open;2026-03-01 09:00:00;\n"
        mapping = attrs.evolve(MAPPING, status="Step,a", at="When,b")
        assert problems_in(path, text, mapping) == []
        assert check(path, mapping=mapping).counts == Counts(lines=1, events=1, consumed=1, assumed=1)
        with pytest.raises(UnreadableLog, match="its columns are 'Ticket;Step', 'a;When', 'b;c'"):
            check(path, mapping=attrs.evolve(MAPPING, delimiter=","))
