"""Tests of the memory and the limits of reading Parquet files and record batches."""

import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from work_request_manager import arrow
from work_request_manager.arrow import LINES, check_batches
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import check
from work_request_manager.log.parquet import Row, read_rows
from work_request_manager.wire import LINE_LIMIT

MIB = 1 << 20
UPDATE = (
    b'{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","sender":{"role":"WorkSupplier","id":"north"},'
    b'"at":"2026-03-01T20:00:00Z","activityId":"A-1","status":{"category":"Active"}}'
)


def table(ids: list[str], lines: Any) -> Any:
    """Return rows as a table. The sequences are numbers from 1."""
    sequences = pyarrow.array(range(1, len(ids) + 1), pyarrow.int64())
    given = lines if isinstance(lines, pyarrow.Array) else pyarrow.array(lines, pyarrow.binary())
    return pyarrow.table([pyarrow.array(ids), sequences, given], LINES.names)


def shared(line: bytes, count: int) -> Any:
    """Return an array that holds a line once, and names it many times."""
    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * count, pyarrow.int32()), pyarrow.array([line], pyarrow.binary())
    )


@pytest.mark.parametrize("is_compressed", [True, False])
def test_lines_that_a_file_holds_once_are_not_multiplied(tmp_path: Path, is_compressed: bool) -> None:
    """A small file with thousands of long lines that are equal takes the memory of few (fault B5)."""
    path = tmp_path / "log.parquet"
    line = UPDATE[:-1] + b',"other":"' + b"x" * (MIB - 1_000) + b'"}'
    parquet.write_table(
        table(["WR-1"] * 2_000, shared(line, 2_000)), path, compression="zstd" if is_compressed else None
    )
    assert path.stat().st_size < 2 * MIB
    before, most = pyarrow.total_allocated_bytes(), 0
    tracemalloc.start()
    for row in read_rows(str(path)):
        assert row.line == line
        most = max(most, pyarrow.total_allocated_bytes() - before)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * MIB
    assert peak < 16 * MIB


def test_many_long_lines_are_read_in_small_batches(tmp_path: Path) -> None:
    """The number of rows in memory depends on their bytes, with and without a dictionary."""
    path = tmp_path / "log.parquet"
    lines = [b"%d" % number + b"x" * (MIB // 2) for number in range(80)]
    for use_dictionary in (False, True):
        parquet.write_table(
            table(["WR-1"] * 80, lines), path, use_dictionary=use_dictionary, compression="zstd", write_batch_size=1,
            dictionary_pagesize_limit=100 * MIB,
        )  # fmt: skip
        before, most = pyarrow.total_allocated_bytes(), 0
        for number, row in enumerate(read_rows(str(path))):
            assert row == Row(b"WR-1", number + 1, lines[number])
            most = max(most, pyarrow.total_allocated_bytes() - before)
        assert most < (110 if use_dictionary else 60) * MIB


def test_a_line_that_is_too_long_is_not_copied(tmp_path: Path) -> None:
    """It is reported as WRM505, alone in its row group or among others."""
    path = tmp_path / "log.parquet"
    long = b"x" * (50 * MIB)
    for rows in ([long], [b"", long, b""], [b"", b"x" * (LINE_LIMIT + 1), UPDATE]):
        parquet.write_table(table(["WR-1"] * len(rows), rows), path, compression="zstd")
        tracemalloc.start()
        found = check(path).findings
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [(each.line, each.rule) for each in found if each.rule == "WRM505"] == [(1 + (len(rows) > 1), "WRM505")]
        assert peak < 10 * MIB
    parquet.write_table(table(["WR-1"], [b"x" * LINE_LIMIT]), path)
    assert [each.rule for each in check(path).findings] == ["WRM501"]


def test_an_id_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    """It cannot be the id of a line. Shorter ids are compared as a whole."""
    path = tmp_path / "log.parquet"
    parquet.write_table(table(["W" * (LINE_LIMIT + 1)], [UPDATE]), path)
    with pytest.raises(UnreadableLog, match="column taskId has a value of more than 1,048,576 bytes; use shorter ids"):
        check(path)
    ids = ["W" * 1_000 + end for end in "aba"]
    rows = pyarrow.table([pyarrow.array(ids), pyarrow.array([2, 1, 2]), pyarrow.array([b""] * 3)], LINES.names)
    parquet.write_table(rows, path)
    with pytest.raises(UnreadableLog, match=r"cannot be read on from row 3: .* has sequence 2 after 2"):
        check(path)


def test_columns_of_record_batches_can_be_dictionaries() -> None:
    """Their values are those that they stand for. Other values than texts or bytes are refused."""
    plain = table(["WR-1"] * 3, [UPDATE] * 3)
    encoded = table(["WR-1"] * 3, shared(UPDATE, 3)).set_column(0, "taskId", plain["taskId"].dictionary_encode())
    assert list(check_batches(encoded.to_batches())) == list(check_batches(plain.to_batches()))
    numbers = plain.set_column(2, "line", pyarrow.array([1, 2, 3]).dictionary_encode())
    with pytest.raises(ValueError, match="column line has type dictionary"):
        list(check_batches(numbers.to_batches()))


def test_batches_of_findings_are_limited_by_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long ids and messages make them shorter. Long texts of lines are cut in them."""
    monkeypatch.setattr(arrow, "MAX_CHARACTERS", 1_000)
    ids = ["W" * 400 + str(number) for number in range(4)]
    lines = [UPDATE.replace(b"WR-1", each.encode()).replace(b"A-1", b"A" * 300) for each in ids]
    batches = list(check_batches(table(ids, lines).to_batches()))
    assert [batch.num_rows for batch in batches] == [2, 2]
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert [row["taskId"] for row in rows] == ids
    assert {row["activityId"] for row in rows} == {f"{'A' * 50}… (300 characters)"}


def test_batches_can_be_of_a_history_or_a_partial_log() -> None:
    """In a partial log, an update of a work request that was created earlier has no finding."""
    batches = table(["WR-1"], [UPDATE]).to_batches()
    assert [row["rule"] for found in check_batches(batches) for row in found.to_pylist()] == ["WRM401"]
    assert [row["rule"] for found in check_batches(batches, history=True) for row in found.to_pylist()] == ["WRM401"]
    assert list(check_batches(batches, partial=True)) == []
