"""Tests of logs in other formats: every way in gives the same findings, at the lines of the original rows."""

import csv
import errno
import gzip
import io
import json
import os
import pickle
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pyarrow
import pytest
from pyarrow import parquet

from mapped_rows import NotATime, NotAvailable
from work_request_manager import Category
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, Finding, LogChecker, Source, check, findings
from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.wire import LogMapping

zstd = import_module(ZSTD_MODULE)

MAPPING = LogMapping(
    request="Ticket",
    status="Step",
    at="When",
    zone="Pacific/Auckland",
    sender="Engineer",
    categories={
        "Assigned": Category.OPEN,
        "Café visit": Category.ACTIVE,
        "Fixed": Category.PRACTICAL_COMPLETION,
        "Closed": Category.CLOSED,
        "Note": None,
    },
)
ROWS = [
    ("17", "Assigned", "2026-03-01 09:00:00", "zoë", ""),
    ("18", "Assigned", "2026-03-01 09:00:00", "zoë", 'calls it "urgent"; see 17, too|\tor not'),
    ("17", "Fixed", "2026-03-01 10:00:00", "zoë", ""),
    ("17", "Café visit", "2026-03-01 10:00:00", "zoë", "at the same time as the row before"),
    ("18", "Note", "2026-03-01 10:30:00", "", ""),
    ("18", "Closed", "2026-03-01 11:00:00", "zoë", ""),
    ("18", "Fixed", "2026-03-01 12:00:00", "", "first line\nsecond line\n\nfourth line"),
    ("17", "Closed", "2026-03-01 13:00:00", "zoë", ""),
    ("18", "Café visit", "2026-03-02 09:00:00", "zoë", ""),
]
"""The rows of a table with the columns Ticket, Step, When, Engineer and Comment."""

COLUMNS = "Ticket", "Step", "When", "Engineer", "Comment"
EXPECTED = [(2, "WRM206"), (3, "WRM202"), (6, "WRM201"), (7, "WRM208"), (8, "WRM202")]
"""The indices of the rows with findings, and their rules. In a row without a sender, nobody knows who sent it."""

COUNTS = Counts(lines=9, blank=1, events=8, consumed=4, refused=4, assumed=2)


def dictionaries() -> list[dict[str, Any]]:
    """Return the rows as dictionaries."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


def first_lines(first: int) -> list[int]:
    """Return the numbers of the lines on which the rows of a CSV file begin, if the first begins on a line."""
    counts = [1 + row[-1].count("\n") for row in ROWS]
    return [first + sum(counts[:index]) for index in range(len(ROWS))]


EACH = range(1, len(ROWS) + 1)
"""The numbers of the rows."""


def assert_found(source: Source, file: str, lines: Sequence[int], mapping: LogMapping = MAPPING) -> None:
    """Check the findings and the counts of the table, whose rows begin on some lines."""
    report = check(source, mapping=mapping)
    found = [(finding.file, finding.line, finding.rule) for finding in report.findings]
    assert found == [(file, lines[index], rule) for index, rule in EXPECTED]
    assert report.counts == COUNTS


def csv_text(delimiter: str = ",", **options: Any) -> str:
    """Return the table as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", **options).writerows([COLUMNS, *ROWS])
    return text.getvalue()


class TestCsv:
    """CSV files of each usual kind."""

    @pytest.mark.parametrize("delimiter", ",;\t|")
    def test_with_each_delimiter(self, tmp_path: Path, delimiter: str) -> None:
        """The delimiter is detected. Fields that have one are quoted."""
        path = tmp_path / "export.csv"
        path.write_text(csv_text(delimiter), encoding="utf-8")
        assert_found(path, str(path), first_lines(2))

    def test_with_a_delimiter_that_cannot_be_detected(self, tmp_path: Path) -> None:
        """The mapping names it."""
        path = tmp_path / "export.csv"
        path.write_text(csv_text("^"), encoding="utf-8")
        assert_found(path, str(path), first_lines(2), attrs.evolve(MAPPING, delimiter="^"))

    @pytest.mark.parametrize(
        ("change", "first"),
        [
            (lambda text: text, 2),
            (lambda text: text.replace("\n", "\r\n"), 2),
            (lambda text: "\n\r\n \n" + text, 5),
            (lambda text: ",,,,\n" + text, 3),
            (lambda text: text.rstrip("\n"), 2),
            (lambda text: "\ufeff" + text, 2),
        ],
        ids=["as it is", "CRLF", "blank lines first", "an empty row first", "no line end last", "byte order mark"],
    )
    def test_with_other_lines(self, tmp_path: Path, change: Callable[[str], str], first: int) -> None:
        """Line ends, blank lines before the table and a byte order mark change only the numbers of lines."""
        path = tmp_path / "export.csv"
        path.write_text(change(csv_text(quoting=csv.QUOTE_ALL)), encoding="utf-8", newline="")
        blank = first - 2
        report = check(path, mapping=MAPPING)
        lines = first_lines(first)
        assert [(each.line, each.rule) for each in report.findings] == [(lines[at], rule) for at, rule in EXPECTED]
        assert report.counts == attrs.evolve(COUNTS, lines=9 + blank, blank=1 + blank)

    @pytest.mark.parametrize(
        ("encoding", "named"),
        [
            ("utf-16", None),
            ("utf-16-le", None),
            ("utf-16-be", None),
            ("cp1252", None),
            ("latin-1", "latin-1"),
            ("cp850", "cp850"),
            ("utf-8", "utf8"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16-be", "utf-16-be"),
        ],
    )
    def test_in_each_encoding(self, tmp_path: Path, encoding: str, named: str | None) -> None:
        """UTF-8, UTF-16 and windows-1252 are detected. The mapping can name any other."""
        path = tmp_path / "export.csv"
        path.write_bytes(csv_text().encode(encoding))
        assert_found(path, str(path), first_lines(2), attrs.evolve(MAPPING, encoding=named))

    def test_with_blank_and_empty_rows(self, tmp_path: Path) -> None:
        """They count as blank. An empty field at the end of a row is no column, as some programs write it."""
        lines = [
            "Ticket;Step;When",
            "17;Fixed;2026-03-01 09:00:00;",
            "",
            ";;",
            "17;Assigned;2026-03-01 10:00:00;;",
            " ",
            "\t",
        ]
        path = tmp_path / "export.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        report = check(path, mapping=attrs.evolve(MAPPING, sender=None))
        assert [(finding.line, finding.rule) for finding in report.findings] == [(5, "WRM202")]
        assert report.counts == Counts(lines=6, blank=4, events=2, consumed=1, refused=1, assumed=1)

    def test_with_only_blank_lines(self, tmp_path: Path) -> None:
        """Nothing is found, and the lines are counted."""
        path = tmp_path / "export.csv"
        for text in ("", "\n", " \n\n", "\n" * 100_000):
            path.write_text(text, encoding="utf-8")
            report = check(path, mapping=MAPPING)
            assert report.findings == ()
            assert report.counts == Counts(lines=text.count("\n"), blank=text.count("\n"))

    def test_after_many_blank_lines(self, tmp_path: Path) -> None:
        """The numbers of lines are right, even if the lines before the table are read separately."""
        path = tmp_path / "export.csv"
        path.write_text("\n" * 100_000 + csv_text(), encoding="utf-8")
        found = [(finding.line, finding.rule) for finding in findings(path, mapping=MAPPING)]
        lines = first_lines(100_002)
        assert found == [(lines[index], rule) for index, rule in EXPECTED]


class TestFiles:
    """Files of every kind, folders of them, and standard input."""

    @pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress], ids=["plain", "gzip", "zstd"])
    def test_packed(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        """Packed files are recognised."""
        path = tmp_path / "export.csv.packed"
        path.write_bytes(pack(csv_text().encode()))
        assert_found(path, str(path), first_lines(2))

    @pytest.mark.parametrize("size", [1, 7, 1_000])
    def test_from_standard_input(self, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
        """It can arrive in pieces of any size, which end within lines and characters."""
        data = ("\n" + csv_text()).encode("utf-8-sig")
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(Pieces(pieces), 1)))
        found = [(finding.file, finding.line, finding.rule) for finding in findings("-", mapping=MAPPING)]
        lines = first_lines(3)
        assert found == [("-", lines[index], rule) for index, rule in EXPECTED]

    def test_a_folder_of_several_kinds(self, tmp_path: Path) -> None:
        """Each file has its own names of columns. Its rows come after those of the files before it, by name."""
        _, *rows = dictionaries()
        first, second, third = tmp_path / "1.csv", tmp_path / "2.jsonl", tmp_path / "3.parquet"
        first.write_text(f"{';'.join(reversed(COLUMNS))}\n{';'.join(reversed(ROWS[0]))}\n", encoding="utf-8")
        second.write_text("".join(json.dumps(row) + "\n" for row in rows[:4]), encoding="utf-8")
        parquet.write_table(pyarrow.Table.from_pylist(rows[4:]), third)
        report = check(tmp_path, mapping=MAPPING)
        found = [(finding.file, finding.line, finding.rule) for finding in report.findings]
        assert found == [
            (str(second), 2, "WRM206"),
            (str(second), 3, "WRM202"),
            (str(third), 2, "WRM201"),
            (str(third), 3, "WRM208"),
            (str(third), 4, "WRM202"),
        ]
        assert report.counts == COUNTS


class Pieces(io.RawIOBase):
    """A stream that returns one piece after another."""

    def __init__(self, pieces: list[bytes]) -> None:
        """Start with the first piece."""
        self._pieces = pieces

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # a BufferedReader passes one
        """Read the next byte."""
        if not self._pieces:
            return 0
        piece = self._pieces.pop(0)
        read = min(len(piece), len(room))
        room[:read] = piece[:read]
        if piece[read:]:
            self._pieces.insert(0, piece[read:])
        return read


class TestJsonLines:
    """JSON Lines, flat and nested."""

    @pytest.mark.parametrize("ascii_", [True, False])
    def test_of_flat_objects(self, tmp_path: Path, ascii_: bool) -> None:
        """Blank lines count as blank, and CRLF is a line end."""
        path = tmp_path / "export.jsonl"
        lines = [json.dumps(row, ensure_ascii=ascii_) for row in dictionaries()]
        path.write_text("\r\n".join(["", *lines, ""]), encoding="utf-8", newline="")
        report = check(path, mapping=MAPPING)
        assert [(finding.line, finding.rule) for finding in report.findings] == [
            (at + 2, rule) for at, rule in EXPECTED
        ]
        assert report.counts == attrs.evolve(COUNTS, lines=10, blank=2)

    def test_with_paths(self, tmp_path: Path) -> None:
        """A path leads into nested objects. A key with dots in it is found, too, and has precedence over the path."""
        mapping = attrs.evolve(MAPPING, request="ticket.id", status="change.to.name", at="when", sender="change.by")
        rows = [
            {"ticket.id": ticket, "ticket": {"id": "wrong"}, "change": {"by": who, "to": {"name": step}}, "when": when}
            for ticket, step, when, who, _ in ROWS
        ]
        path = tmp_path / "export.jsonl"
        for row in rows[::2]:
            row["ticket"] = {"id": row.pop("ticket.id")}
        for order in rows, [rows[0], rows[1], *rows[2:]]:
            path.write_text("".join(json.dumps(row) + "\n" for row in order), encoding="utf-8")
            assert_found(path, str(path), EACH, mapping)

    def test_in_utf16(self, tmp_path: Path) -> None:
        """As some programs for Windows write them."""
        path = tmp_path / "export.jsonl"
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in dictionaries())
        path.write_bytes(text.encode("utf-16"))
        assert_found(path, str(path), EACH)


UTC_TIMES = [datetime.fromisoformat(row[2]).replace(tzinfo=ZoneInfo("Pacific/Auckland")) for row in ROWS]


def arrow_table(**columns: Any) -> pyarrow.Table:
    """Return the table with other columns in place of some."""
    texts = {name: pyarrow.array([row[at] for row in ROWS]) for at, name in enumerate(COLUMNS)}
    return pyarrow.table({**texts, **columns})


def local(times: Sequence[datetime]) -> list[datetime]:
    """Return times without their zone."""
    return [time.replace(tzinfo=None) for time in times]


PARQUET = {
    "texts": {},
    "large texts": {"Ticket": pyarrow.array([row[0] for row in ROWS], pyarrow.large_string())},
    "dictionaries": {
        name: pyarrow.array([row[at] for row in ROWS]).dictionary_encode() for at, name in enumerate(COLUMNS)
    },
    "whole numbers": {"Ticket": pyarrow.array([int(row[0]) for row in ROWS], pyarrow.int32())},
    "floats": {"Ticket": pyarrow.array([float(row[0]) for row in ROWS])},
    "decimals": {"Ticket": pyarrow.array([int(row[0]) for row in ROWS], pyarrow.decimal128(10))},
    "times without a zone": {"When": pyarrow.array(local(UTC_TIMES), pyarrow.timestamp("ms"))},
    "times in UTC": {"When": pyarrow.array(UTC_TIMES, pyarrow.timestamp("us", "UTC"))},
    "times in another zone": {"When": pyarrow.array(UTC_TIMES, pyarrow.timestamp("s", "Asia/Kolkata"))},
    "times with an offset": {"When": pyarrow.array(UTC_TIMES, pyarrow.timestamp("us", "+05:45"))},
    "nanoseconds": {
        "When": pyarrow.array([int(time.timestamp()) * 10**9 + 1 for time in UTC_TIMES], pyarrow.timestamp("ns", "UTC"))
    },
    "nulls": {"Engineer": pyarrow.array([row[3] or None for row in ROWS])},
}


class TestParquet:
    """Parquet files of any shape."""

    @pytest.mark.parametrize("kind", PARQUET)
    def test_with_columns_of_each_type(self, tmp_path: Path, kind: str) -> None:
        """Ids can be texts or whole numbers, and times can have a type."""
        path = tmp_path / "export.parquet"
        parquet.write_table(arrow_table(**PARQUET[kind]), path, row_group_size=4)
        assert_found(path, str(path), EACH)

    def test_with_nested_structures(self, tmp_path: Path) -> None:
        """A path leads into structures, in which times have nanoseconds, too."""
        ticks = pyarrow.array([int(time.timestamp()) * 10**9 + 1 for time in UTC_TIMES], pyarrow.timestamp("ns", "UTC"))
        texts = arrow_table()
        inner = pyarrow.StructArray.from_arrays([texts["Step"].combine_chunks(), ticks], ["to", "at"])
        outer = pyarrow.StructArray.from_arrays([inner, texts["Engineer"].combine_chunks()], ["last", "by.whom"])
        table = pyarrow.table({"ticket.id": texts["Ticket"], "change": outer, "not.read": texts["Comment"]})
        mapping = attrs.evolve(MAPPING, request="ticket.id", status="change.last.to", at="change.last.at", sender=None)
        path = tmp_path / "export.parquet"
        parquet.write_table(table, path)
        report = check(path, mapping=mapping)
        assert [(finding.line, finding.rule) for finding in report.findings][:3] == [
            (3, "WRM206"),
            (4, "WRM202"),
            (7, "WRM201"),
        ]
        assert report.counts == COUNTS

    def test_from_standard_input(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is recognised, and copied to a file."""
        path = tmp_path / "export.parquet"
        parquet.write_table(arrow_table(), path)
        with path.open("rb") as file:
            monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=file))
            assert_found("-", "-", EACH)

    @pytest.mark.parametrize(
        ("column", "problem"),
        [
            ("Case", "has no column 'Case', which the mapping names; its columns are 'Ticket', 'Step', 'When'"),
            ("Ticket.id", "has no column 'Ticket.id', which the mapping names; its columns are 'Ticket', 'Step'"),
        ],
    )
    def test_without_a_column(self, tmp_path: Path, column: str, problem: str) -> None:
        """The error names the file, the column, and the columns that there are."""
        path = tmp_path / "export.parquet"
        parquet.write_table(arrow_table(), path)
        with pytest.raises(UnreadableLog) as raised:
            check(path, mapping=attrs.evolve(MAPPING, sender=column))
        assert str(raised.value).startswith(f"{path} {problem}")

    def test_with_two_columns_of_one_name(self, tmp_path: Path) -> None:
        """Nobody knows which one is meant."""
        path = tmp_path / "export.parquet"
        texts = arrow_table()
        parquet.write_table(texts.append_column("Step", texts["Step"]), path)
        with pytest.raises(UnreadableLog, match="has 2 columns 'Step', which the mapping names"):
            check(path, mapping=MAPPING)

    def test_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A cut file, and a time that Python cannot hold."""
        path = tmp_path / "export.parquet"
        parquet.write_table(arrow_table(When=pyarrow.array([2**38] * len(ROWS), pyarrow.timestamp("s"))), path)
        with pytest.raises(UnreadableLog, match="cannot be read: date value out of range"):
            check(path, mapping=MAPPING)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(UnreadableLog, match="cannot be read: Parquet magic bytes not found"):
            check(path, mapping=MAPPING)

    def test_that_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error is that of the system."""
        path = tmp_path / "export.parquet"
        parquet.write_table(arrow_table(), path)
        rows = LogChecker(mapping=MAPPING)
        monkeypatch.setattr("builtins.open", Failing(2))
        with pytest.raises(UnreadableLog, match=f"^{path} cannot be read: Input/output error$"):
            list(rows.findings(path))


class Failing:
    """A replacement of `open` that fails from some call on."""

    def __init__(self, first: int) -> None:
        """Fail at this call and the following ones."""
        self._left = first
        self._open = open

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Open a file, or fail."""
        self._left -= 1
        if self._left <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._open(*arguments, **options)


class Frozen(Mapping[str, Any]):
    """A row that is a mapping, but not a dictionary."""

    def __init__(self, items: dict[str, Any]) -> None:
        """Keep the items."""
        self._items = items

    def __getitem__(self, key: str) -> Any:
        """Return the value of a key."""
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        """Yield the keys."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._items)


def dict_reader() -> Iterator[dict[str, Any]]:
    """Yield rows as csv.DictReader makes them."""
    return iter(csv.DictReader(io.StringIO(csv_text())))


def sqlite_rows() -> Iterator[dict[str, Any]]:
    """Yield rows as they come from SQLite."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE history ({', '.join(COLUMNS).replace('When', '[When]')})")
    database.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?)", [(int(row[0]), *row[1:]) for row in ROWS])
    database.row_factory = sqlite3.Row
    yield from map(dict, database.execute("SELECT * FROM history ORDER BY rowid"))
    database.close()


def like_pandas() -> Iterator[dict[str, Any]]:
    """Yield rows as the records of a data frame whose column of tickets has become one of floats."""
    for row, at in zip(dictionaries(), UTC_TIMES, strict=True):
        missing = (float("nan"), NotATime(), NotAvailable(), None)[int(at.timestamp()) % 4]
        yield {**row, "Ticket": float(row["Ticket"]), "Engineer": row["Engineer"] or missing, "When": at}


OBJECTS: dict[str, Callable[[], Any]] = {
    "a list": dictionaries,
    "csv.DictReader": dict_reader,
    "SQLite": sqlite_rows,
    "a data frame": like_pandas,
    "other mappings": lambda: map(Frozen, dictionaries()),
    "local datetimes": lambda: [{**row, "When": datetime.fromisoformat(row["When"])} for row in dictionaries()],
    "datetimes with offsets": lambda: [
        {**row, "When": time.astimezone(timezone(timedelta(hours=-3)))}
        for row, time in zip(dictionaries(), UTC_TIMES, strict=True)
    ],
    "rows without empty values": lambda: [{key: item for key, item in row.items() if item} for row in dictionaries()],
}


class TestDictionaries:
    """Iterables of dictionaries."""

    @pytest.mark.parametrize("kind", OBJECTS)
    def test_from_each_source(self, kind: str) -> None:
        """Their numbers, from 1, are the lines of findings. Missing values of data frames are missing."""
        assert_found(OBJECTS[kind](), "<lines>", EACH)

    def test_in_the_order_of_rows(self) -> None:
        """Rows that share a time keep their order: the same rows in another order have other findings."""
        at = "2026-03-01 09:00:00"
        states = ["Café visit", "Fixed", "Closed"]
        rows = [{"Ticket": "1", "Step": state, "When": at, "Engineer": None} for state in states]
        assert check(rows, mapping=MAPPING).findings == ()
        assert [finding.rule for finding in check(rows[::-1], mapping=MAPPING).findings] == ["WRM201", "WRM202"]

    def test_in_a_generator_that_is_read_a_few_at_a_time(self) -> None:
        """The findings of the first rows come before all rows are read."""
        read = 0

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal read
            for number in range(10_000):
                read += 1
                yield {"Ticket": number // 2, "Step": "Closed" if number % 2 else "Fixed", "When": UTC_TIMES[0]}

        strange = attrs.evolve(MAPPING, categories={"Fixed": Category.CLOSED, "Closed": Category.OPEN}, sender=None)
        first = next(findings(rows(), mapping=strange))
        assert (first.line, first.rule) == (2, "WRM201")
        assert read < 5_000


class TestOneCheckerForSeveralSources:
    """A checker takes sources of different kinds one after another."""

    def test_with_a_pickle_between_them(self, tmp_path: Path) -> None:
        """It continues in another process, after each row."""
        checker, found = LogChecker(mapping=MAPPING), []
        for number, row in enumerate(dictionaries(), start=1):
            path = tmp_path / f"{number}.jsonl"
            path.write_text(json.dumps(row), encoding="utf-8")
            found += [(int(Path(finding.file).stem), finding.rule) for finding in checker.findings(path)]
            checker = pickle.loads(pickle.dumps(checker))
        assert found == [(index + 1, rule) for index, rule in EXPECTED]
        assert checker.counts == COUNTS

    def test_forgets_the_requests(self) -> None:
        """Then they are assumed again."""
        checker = LogChecker(mapping=MAPPING)
        assert len(list(checker.findings(dictionaries()))) == len(EXPECTED)
        checker.forget()
        assert list(checker.findings(dictionaries()[3:4])) == []
        assert checker.counts.assumed == COUNTS.assumed + 1


def test_a_finding_has_what_the_row_gives() -> None:
    """The request, the only activity, the time in UTC, the sender if there is one, and the move."""
    known, unknown = list(check(dictionaries(), mapping=MAPPING).findings)[1:3]
    assert known == Finding(
        file="<lines>",
        line=4,
        rule="WRM202",
        name="after-practical-completion",
        basis=known.basis,
        level=known.level,
        task_id="17",
        activity_id="1",
        event="UpdateTaskActivityStatusEvent",
        at="2026-02-28T21:00:00Z",
        message="activity 1 is PracticalCompletion (Fixed) and can only move to InReview or Closed; it cannot move to"
        " Active (Café visit)",
        first_refusal=None,
        sender="WorkSupplier zoë",
        supplier=None,
        activity_type=None,
        from_="PracticalCompletion",
        to="Active",
    )
    assert unknown.sender is None


def test_a_checker_with_a_mapping_judges_no_lines() -> None:
    """Lines in the library's own format would be misjudged, so they are refused."""
    checker = LogChecker(mapping=MAPPING)
    message = r"the checker has a mapping, so it judges rows and not lines; pass the rows to findings\(\)"
    with pytest.raises(ValueError, match=message):
        checker.judge_lines("log", 1, [b"{}"])
    with pytest.raises(ValueError, match=message):
        checker.judge_row("log", 1, "WR-1", b"{}")
    assert checker.counts == Counts()
