"""Tests of the types of columns and batches that are read, and of the memory that small files with long values take."""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow
import pytest
from pyarrow import parquet

from parquet_rows import ROWS, table
from work_request_manager.arrow import LINES, check_batches
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import check
from work_request_manager.log.parquet import read_rows
from work_request_manager.wire import LINE_LIMIT

# Types of columns


TEXTS = [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view(), pyarrow.binary(), pyarrow.large_binary()]
INTEGERS = [pyarrow.type_for_alias(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]


def array_of(values: Sequence[Any], type_: Any, *, is_dictionary: bool) -> Any:
    """Return an array of a type, or a dictionary of that type that has more values than are used."""
    if not is_dictionary:
        return (
            pyarrow.array(values, pyarrow.binary()).cast(type_)
            if isinstance(values[0], bytes)
            else pyarrow.array(values, type_)
        )
    unused = [type(values[0])()] * 10
    dictionary = array_of([*unused, *values], type_, is_dictionary=False)
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(range(10, 10 + len(values)), pyarrow.int16()), dictionary)


@pytest.mark.parametrize("is_dictionary", [False, True], ids=["plain", "dictionary"])
@pytest.mark.parametrize("type_", [*TEXTS, *INTEGERS], ids=str)
def test_columns_can_have_any_type_for_their_values(tmp_path: Path, type_: Any, is_dictionary: bool) -> None:
    """In batches and in Parquet files, also next to recommended types (D14)."""
    expected = table(*ROWS)
    for name in ("sequence",) if type_ in INTEGERS else ("taskId", "line"):
        values = [each.encode() if isinstance(each, str) else each for each in expected[name].to_pylist()]
        column = array_of(values, type_, is_dictionary=is_dictionary)
        rows = expected.set_column(LINES.get_field_index(name), name, column)
        assert list(check_batches(rows)) == list(check_batches(expected))
        try:
            parquet.write_table(rows, tmp_path / "log")
        except pyarrow.ArrowNotImplementedError:
            assert type_ == pyarrow.string_view()  # which some versions of Arrow cannot write
            continue
        assert check(tmp_path / "log").counts.lines == 4
        assert [(each.line, each.rule) for each in check(tmp_path / "log").findings] == [
            (row["sequence"], row["rule"]) for batch in check_batches(expected) for row in batch.to_pylist()
        ]


def test_large_sequences_are_not_misread(tmp_path: Path) -> None:
    """A Parquet file orders its rows by them. Findings in batches cannot hold them, so these refuse them."""
    rows = table(*ROWS).set_column(1, "sequence", pyarrow.array(range(2**64 - 4, 2**64), pyarrow.uint64()))
    parquet.write_table(rows, tmp_path / "log")
    assert check(tmp_path / "log").counts.lines == 4
    parquet.write_table(rows.take([1, 0]), tmp_path / "log")
    with pytest.raises(UnreadableLog, match=f"sequence {2**64 - 4} after {2**64 - 3}"):
        check(tmp_path / "log")
    with pytest.raises(ValueError, match=f"'WR-1' has sequence {2**64 - 4}; use sequences up to {2**63 - 1}"):
        list(check_batches(rows))


@pytest.mark.parametrize("name", LINES.names)
def test_a_null_in_a_dictionary_is_a_null(tmp_path: Path, name: str) -> None:
    """It is not taken for a line that is too long."""
    expected = table(*ROWS)
    position = LINES.get_field_index(name)
    dictionary = pyarrow.concat_arrays([expected[name].combine_chunks(), pyarrow.nulls(1, LINES.types[position])])
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0, 1, 2, 4], pyarrow.int32()), dictionary)
    with pytest.raises(ValueError, match=f"column {name} has nulls"):
        list(check_batches(expected.set_column(position, name, column)))


def test_a_null_next_to_a_line_that_is_not_read_is_found(tmp_path: Path) -> None:
    """The row is alone in its group, and its line is much too long."""
    rows = pyarrow.table(
        {"taskId": pyarrow.nulls(1, pyarrow.string()), "sequence": [1], "line": [b"x" * 5 * LINE_LIMIT]}
    )
    parquet.write_table(rows, tmp_path / "log", use_dictionary=False, compression="zstd")
    with pytest.raises(UnreadableLog, match="column taskId has nulls"):
        check(tmp_path / "log")


# Batches


class Frame:
    """A data frame of another library, which Arrow can read as a stream."""

    def __init__(self, rows: Any) -> None:
        """Hold a table."""
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the stream of the table."""
        return self._rows.__arrow_c_stream__(requested_schema)


WAYS: dict[str, Callable[[Any], Any]] = {
    "table": lambda rows: rows,
    "table in chunks": lambda rows: pyarrow.concat_tables([rows.slice(0, 1), rows.slice(1)]),
    "reader": lambda rows: rows.to_reader(max_chunksize=3),
    "generator": lambda rows: iter(rows.to_batches()),
    "batch": lambda rows: rows.to_batches()[0],
    "frame": Frame,
}


@pytest.mark.parametrize("given", WAYS.values(), ids=WAYS)
def test_batches_can_be_given_in_every_usual_form(given: Callable[[Any], Any]) -> None:
    """A table, a reader, one batch and a data frame have the findings of the batches (D14)."""
    rows = table(*ROWS)
    assert list(check_batches(given(rows))) == list(check_batches(rows.to_batches()))
    assert list(check_batches(given(rows)))


def test_long_batches_are_read_in_parts() -> None:
    """The first finding comes before the memory holds all rows of a batch."""
    rows = table(*(("WR-1", number, b"{") for number in range(10_000))).combine_chunks()
    with mock.patch("work_request_manager.arrow.MAX_FINDINGS", 100):
        found = check_batches(rows)
        tracemalloc.start()
        assert next(found).num_rows == 100
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "batches is None (NoneType)"),
        ("log.parquet", "an item of batches is 'l' (str)"),
        ([table(*ROWS)], "an item of batches is"),
    ],
    ids=["nothing", "path", "list of tables"],
)
def test_other_values_than_batches_are_refused(given: Any, message: str) -> None:
    """The error says what to pass."""
    with pytest.raises(TypeError) as caught:
        list(check_batches(given))
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("; pass record batches, a table or a RecordBatchReader")


# Memory


def small_files() -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Yield functions that write small files with 500 rows of long values that are nearly equal."""
    long = b"x" * (LINE_LIMIT - 100)
    lines = pyarrow.array([long] * 500, pyarrow.large_binary())
    numbers = list(range(500))
    ids = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 500, pyarrow.int32()), pyarrow.array([long.decode()]))
    same_ids = pyarrow.table([ids.dictionary_decode(), numbers, [b""] * 500], LINES.names)
    same_lines = pyarrow.table([["W"] * 500, numbers, lines], LINES.names)
    yield "ids", partial(parquet.write_table, same_ids, compression="zstd")
    how = {"use_dictionary": False, "column_encoding": {"line": "DELTA_BYTE_ARRAY"}, "compression": "zstd"}
    yield "beginnings", partial(parquet.write_table, same_lines, **how)


@pytest.mark.parametrize(("name", "write_to"), list(small_files()), ids=["ids", "beginnings"])
def test_a_small_file_with_long_values_takes_little_memory(
    tmp_path: Path, name: str, write_to: Callable[[Path], None]
) -> None:
    """Its ids are stored once, or its lines are stored without the beginning that they share (B5)."""
    path = tmp_path / "log"
    write_to(path)
    assert path.stat().st_size < 100_000
    before, most, sequences = pyarrow.total_allocated_bytes(), 0, []
    for row in read_rows(str(path)):
        most = max(most, pyarrow.total_allocated_bytes() - before)
        sequences.append(row.sequence)
    assert sequences == list(range(500))
    assert most < 100 << 20
