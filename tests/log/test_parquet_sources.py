"""Tests of the ways in which Parquet reaches the checker: several files, any name, standard input, and folders."""

import io
import os
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from pyarrow import parquet

from bad_lines import ACCEPT, CLOSE, CREATE, DETAILS, START, changed, having
from parquet_rows import ROWS, of, table, write
from work_request_manager.arrow import check_batches
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import Finding, LogChecker, check, findings
from work_request_manager.wire import LINE_LIMIT, decode_event

ROOT = Path(__file__).parents[2]
TO_PARQUET = ROOT / "docs" / "examples" / "to_parquet.py"

Found = list[tuple[int, str, str]]


def places(found: Sequence[Finding]) -> list[tuple[str, int, str]]:
    """Return the file, the line and the rule of each finding."""
    return [(Path(each.file).name, each.line, each.rule) for each in found]


# Several files


OUT_OF_ORDER = "work request 'WR-1' has sequence 1 after 2; .* rises over all Parquet files of a log"


def continued(checker: LogChecker) -> LogChecker:
    """Return the same checker."""
    return checker


def pickled(checker: LogChecker) -> LogChecker:
    """Return a copy of a checker that went through a pickle."""
    return pickle.loads(pickle.dumps(checker))  # type: ignore[no-any-return]


@pytest.mark.parametrize("next_checker", [continued, pickled])
@pytest.mark.parametrize("again", [False, True], ids=["another file", "the same file"])
def test_rows_are_in_order_over_all_files(
    tmp_path: Path, next_checker: Callable[[LogChecker], LogChecker], again: bool
) -> None:
    """A second file whose sequence goes back is read up to that row, in the same process and in a later one (A3)."""
    first = write(tmp_path / "1.parquet", ("WR-1", 1, CREATE), ("WR-1", 2, ACCEPT))
    second = write(tmp_path / "2.parquet", ("WR-2", 1, of("WR-2", ACCEPT)), ("WR-1", 1, CREATE))
    checker = LogChecker()
    assert list(checker.findings(first)) == []
    found = next_checker(checker).findings(first if again else second)
    if not again:
        assert next(found).rule == "WRM401"
    with pytest.raises(
        UnreadableLog, match=rf"\.parquet cannot be read on from row {1 if again else 2}: {OUT_OF_ORDER}"
    ):
        next(found)


def test_rows_that_go_on_in_the_next_file_are_judged(tmp_path: Path) -> None:
    """Lines of other files between them have no sequence, and other work requests have their own."""
    first = write(tmp_path / "1.parquet", ("WR-1", 1, CREATE), ("WR-2", 7, of("WR-2", CREATE)))
    second = write(tmp_path / "2.parquet", ("WR-3", 1, of("WR-3", CREATE)), ("WR-1", 3, ACCEPT))
    report = check(first, [b""], second)
    assert (report.counts.consumed, report.findings) == (4, ())
    with pytest.raises(UnreadableLog, match=OUT_OF_ORDER.replace("1 after 2", "1 after 1")):
        list(findings(first, first))


def test_forgotten_work_requests_may_begin_again(tmp_path: Path) -> None:
    """A checker that forgets its work requests forgets their sequences too."""
    path = write(tmp_path / "log.parquet", ("WR-1", 1, CREATE))
    checker = LogChecker()
    list(checker.findings(path))
    checker.forget()
    assert list(checker.findings(path)) == []
    assert checker.counts.work_requests == 2


def test_the_last_sequences_take_little_memory(tmp_path: Path) -> None:
    """The order of the rows costs at most 250 bytes for each work request, also if its id is long."""
    count = 5_000
    ids = [f"WR-{number:06}{'x' * 500}" for number in range(count)]
    path = write(tmp_path / "log.parquet", *((each, 1 << 40, b"") for each in ids))
    checker = LogChecker()
    list(checker.findings(write(tmp_path / "small.parquet", ("WR", 1, b""))))
    tracemalloc.start()
    list(checker.findings(path))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 250 * count


# One answer from all ways in


def line_of(length: int) -> bytes:
    """Return an accept event of this many bytes."""
    return having(ACCEPT, b'"z":"%s"' % (b"x" * (length - len(ACCEPT) - len(b',"z":""'))))


UNREAD = {
    "invalid UTF-8": having(ACCEPT, b'"z":"@"').replace(b"@", b"\xff"),
    "invalid UTF-8 in a key": having(ACCEPT, b'"@":1').replace(b"@", b"\xff"),
    "invalid escape": having(ACCEPT, rb'"z":"\x"'),
    "surrogate": having(ACCEPT, rb'"z":"\ud800"'),
    "control character": having(ACCEPT, b'"z":"\x01"'),
    "float out of range": having(ACCEPT, b'"z":1e400'),
    "integer of 5,000 digits": having(ACCEPT, b'"z":' + b"9" * 5_000),
    "NaN": having(ACCEPT, b'"z":NaN'),
    "deep nesting": having(ACCEPT, b'"z":' + b"[" * 5_000 + b"]" * 5_000),
    "details out of range": having(DETAILS, b'"values":{"z":1e400}'),
    "two ids": having(ACCEPT, b'"taskId":"WR-2"'),
    "id that is not UTF-8": ACCEPT.replace(b"WR-1", b"WR-\xff"),
    "id with a surrogate": ACCEPT.replace(b"WR-1", rb"WR-\ud800"),
    "id with a NUL": ACCEPT.replace(b"WR-1", rb"WR-\u0000"),
    "id with an escape": ACCEPT.replace(b"WR-1", rb"WR\u002d1"),
    "empty id": changed(ACCEPT, taskId=""),
    "null as id": changed(ACCEPT, taskId=None),
    "number as id": changed(ACCEPT, taskId=7),
    "id that is too long": changed(ACCEPT, taskId="W" * (LINE_LIMIT + 1)),
    "time out of range": ACCEPT.replace(b'"2026-03-01T20:05:00Z"', b"1e400"),
    "unknown event": ACCEPT.replace(b"AcceptTask", b"ArchiveTask"),
    "byte order mark": b"\xef\xbb\xbf" + ACCEPT,
    "longest line": line_of(LINE_LIMIT),
    "line that is too long": line_of(LINE_LIMIT + 1),
    "blank": b" \t",
    "vertical tab": b"\x0b",
}


@pytest.fixture(scope="module", params=[b"\n", b"\r\n"], ids=["LF", "CRLF"])
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a log in which good lines surround each line of UNREAD, and its Parquet file by the documented script."""
    folder = tmp_path_factory.mktemp("log")
    log, path = folder / "log.jsonl", folder / "log.parquet"
    lines = [CREATE, *(line for bad in UNREAD.values() for line in (bad, ACCEPT)), START]
    log.write_bytes(b"".join(line + request.param for line in lines))
    subprocess.run([sys.executable, TO_PARQUET, log, path], check=True)
    return log, path


def test_a_line_has_the_same_finding_from_all_ways_in(converted: tuple[Path, Path]) -> None:
    """JSON Lines, Parquet, record batches and `decode_event` agree, also about fields that are not read (A4)."""
    log, path = converted
    in_lines, in_rows = LogChecker(), LogChecker()
    expected = [(each.line, each.rule, each.message) for each in in_lines.findings(log)]
    assert [(each.line, each.rule, each.message) for each in in_rows.findings(path)] == expected
    assert in_rows.counts == in_lines.counts

    rows = parquet.read_table(path).sort_by([("taskId", "ascending"), ("sequence", "ascending")])
    in_batches = [row for batch in check_batches(rows) for row in batch.to_pylist()]
    judged = [each for each in expected if each[1] != "WRM401"]  # batches are without the work requests of others
    assert (
        sorted((row["sequence"], row["rule"], row["message"]) for row in in_batches if row["rule"] != "WRM401")
        == judged
    )

    bad = {number: f"{rule} {message}" for number, rule, message in expected if rule.startswith("WRM50")}
    for number, (name, line) in enumerate(UNREAD.items(), start=1):
        if line.strip() and len(line) < LINE_LIMIT:
            assert answer_of(line) == bad.get(2 * number), name


def answer_of(line: bytes) -> str | None:
    """Return the rule and the message of the error of decode_event. Return None if the line is an event."""
    try:
        decode_event(line)
    except WireError as error:
        return f"{error.rule} {error}"
    return None


def test_an_event_whose_id_only_the_full_decoder_finds_is_not_judged_in_another_row() -> None:
    """A mismatch is found in each line that is an event, not only if a first glance finds the id."""
    hold = of("WR-2", ACCEPT.replace(b"AcceptTask", b"PutOnHoldTask"))
    with mock.patch("work_request_manager.log._checker.task_id_in", return_value=None):
        [found] = check_batches(table(("WR-1", 1, hold)))
        assert found["message"].to_pylist() == ["$.taskId is 'WR-2', but its row is of work request 'WR-1'"]
        assert list(check_batches(table(("WR-1", 1, CREATE), ("WR-1", 2, b"")))) == []


def test_the_example_makes_one_file_of_several_logs(tmp_path: Path) -> None:
    """The sequence goes on from log to log. Byte order marks are left out."""
    logs = [tmp_path / name for name in ("1.jsonl", "2.jsonl")]
    logs[0].write_bytes(CREATE + b"\n")
    logs[1].write_bytes(b"\xef\xbb\xbf" + ACCEPT + b"\n" + START)
    subprocess.run([sys.executable, TO_PARQUET, *logs, tmp_path / "log.parquet"], check=True)
    report = check(tmp_path / "log.parquet")
    assert (report.counts, report.findings) == (check(*logs).counts, ())


# Recognition


FINDINGS = [(3, "WRM501"), (4, "WRM203")]


@pytest.mark.parametrize("name", ["log.pq", "log", "log.jsonl", "log.gz", "log.PARQUET"])
def test_a_parquet_file_is_recognised_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    """It can have any name (D14)."""
    path = write(tmp_path / name, *ROWS)
    for source in (path, str(path)):
        assert [(each.file, each.line, each.rule) for each in check(source).findings] == [
            (str(path), *found) for found in FINDINGS
        ]


def test_a_log_of_lines_can_have_the_name_of_a_parquet_file(tmp_path: Path) -> None:
    """Its first bytes count."""
    path = tmp_path / "log.parquet"
    path.write_bytes(CREATE + b"\n{\n")
    assert places(check(path).findings) == [("log.parquet", 2, "WRM501")]
    path.write_bytes(b"")
    assert check(path).counts.lines == 0


class Pipe(io.RawIOBase):
    """A pipe that delivers its data in small pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        """Start at the beginning."""
        self._data, self._size = data, size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # a BufferedReader passes one
        """Read the next piece."""
        piece, self._data = self._data[: self._size], self._data[self._size :]
        room[: len(piece)] = piece
        return len(piece)


INPUTS: dict[str, Callable[[bytes], Any]] = {
    "file": io.BytesIO,
    "pipe": lambda data: io.BufferedReader(Pipe(data, 1_000)),
    "slow pipe": lambda data: io.BufferedReader(Pipe(data, 3)),
}


def check_input(stream: Any) -> tuple[list[tuple[str, int, str]], int]:
    """Check standard input. Return the places of the findings, and the number of lines."""
    with mock.patch("sys.stdin", SimpleNamespace(buffer=stream)):
        report = check("-")
    return places(report.findings), report.counts.lines


@pytest.mark.parametrize("stream_of", INPUTS.values(), ids=INPUTS)
def test_parquet_can_come_from_standard_input(tmp_path: Path, stream_of: Callable[[bytes], Any]) -> None:
    """From a file, and from a pipe that delivers few bytes at once. Lines are still lines."""
    path = write(tmp_path / "log", *ROWS)
    expected = [("-", each.line, each.rule) for each in check(path).findings]
    assert check_input(stream_of(path.read_bytes())) == (expected, 4)
    lines = b"\n".join(line for _, _, line in ROWS)
    assert check_input(stream_of(lines)) == (expected, 4)
    assert check_input(stream_of(b"")) == ([], 0)


def test_standard_input_that_only_begins_as_parquet_is_refused() -> None:
    """The error names standard input."""
    for data in (b"PAR1" + CREATE, b"PA"):
        with pytest.raises(UnreadableLog, match=r"- cannot be read: .*[Pp]arquet"):
            check_input(io.BufferedReader(Pipe(data, 2)))


class Broken(Pipe):
    """A pipe that fails after its first piece."""

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # a BufferedReader passes one
        """Read the first piece, then fail."""
        if not self._data:
            raise OSError(5, "Input/output error")
        return super().readinto(room)


@pytest.mark.parametrize("data", [b"PAR1", b""], ids=["later", "at once"])
def test_standard_input_that_fails_is_an_error(data: bytes) -> None:
    """The error has the message of the operating system."""
    with pytest.raises(UnreadableLog, match="- cannot be read: Input/output error"):
        check_input(io.BufferedReader(Broken(data, 4)))


def test_standard_input_can_be_any_binary_stream() -> None:
    """A stream that can neither seek nor show its next bytes is read as lines."""

    class Plain(io.BytesIO):
        def seekable(self) -> bool:
            return False

    assert check_input(Plain(b"{")) == ([("-", 1, "WRM501")], 1)
    with mock.patch("sys.stdin", None), pytest.raises(UnreadableLog, match="there is no standard input"):
        check("-")


def test_earlier_findings_are_written_before_standard_input_is_waited_for() -> None:
    """The first look at standard input may wait too, so it asks for that."""
    asked: list[str] = []

    class Watched(os.PathLike[str]):
        def __fspath__(self) -> str:
            return "-"

        def before_read(self) -> None:
            asked.append("before")

    class Late(Pipe):
        def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # a BufferedReader passes one
            asked.append("read")
            return super().readinto(room)

    with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(Late(b"{", 1)))):
        assert len(check(Watched()).findings) == 1
    assert asked[:2] == ["before", "read"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_not_read_twice(tmp_path: Path) -> None:
    """Its first bytes are not lost."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen([sys.executable, "-c", f"open({str(path)!r}, 'wb').write(b'[]')"]) as writer:
        try:
            assert places(check(path).findings) == [("pipe", 1, "WRM501")]
        finally:
            writer.kill()


# Folders


def test_the_files_of_a_folder_are_one_log(tmp_path: Path) -> None:
    """They are read by name, with those of its folders. What Spark marks with _ or a dot is left out (D14)."""
    folder = tmp_path / "events.parquet"
    for name in ("", "day=2", "_temporary", ".spark"):
        (folder / name).mkdir()
    write(folder / "part-00001.snappy.parquet", ("WR-1", 3, b"{"))
    write(folder / "part-00000.snappy.parquet", ("WR-1", 1, CREATE), ("WR-1", 2, ACCEPT))
    write(folder / "day=2" / "part-00000", ("WR-2", 1, of("WR-2", CREATE)))
    (folder / "x.jsonl").write_bytes(CLOSE)
    for ignored in ("_SUCCESS", ".part-00000.snappy.parquet.crc", "_temporary/0", ".spark/1"):
        (folder / ignored).write_bytes(b"{")
    (folder / "loop").symlink_to(folder)
    report = check(folder)
    assert [(each.file, each.line, each.rule) for each in report.findings] == [
        (str(folder / "part-00001.snappy.parquet"), 1, "WRM501"),
        (str(folder / "x.jsonl"), 1, "WRM203"),
    ]
    assert (report.counts.lines, report.counts.work_requests) == (5, 2)


def test_a_folder_is_read_to_its_end_even_if_a_file_is_not(tmp_path: Path) -> None:
    """The error names the files. A file that is out of order has the error that it has in one file."""
    write(tmp_path / "1", ("WR-1", 2, CREATE))
    write(tmp_path / "2", ("WR-1", 1, ACCEPT))
    (tmp_path / "3").write_bytes(b"PAR1")
    (tmp_path / "4").write_bytes(b"{")
    found = LogChecker().findings(tmp_path)
    assert places([next(found)]) == [("4", 1, "WRM501")]
    with pytest.raises(UnreadableLog) as caught:
        next(found)
    first, second = str(caught.value).split(f"; {tmp_path / '3'} ")
    assert first.startswith(
        f"{tmp_path / '2'} cannot be read on from row 1: work request 'WR-1' has sequence 1 after 2"
    )
    assert second.startswith("cannot be read: ")


def test_many_bad_files_in_a_folder_have_one_short_error(tmp_path: Path) -> None:
    """It names some and counts the others."""
    for number in range(20):
        (tmp_path / f"{number:02}").write_bytes(b"PAR1")
    with pytest.raises(UnreadableLog, match=r"and 15 more$"):
        check(tmp_path)


def test_a_folder_without_logs_is_an_error(tmp_path: Path) -> None:
    """An empty log would look like a good one. So would a folder that cannot be listed."""
    (tmp_path / "_SUCCESS").touch()
    with pytest.raises(UnreadableLog, match="cannot be read: there is no log in it"):
        check(tmp_path)
    denied = PermissionError(13, "Permission denied", str(tmp_path))
    with mock.patch("os.scandir", side_effect=denied), pytest.raises(UnreadableLog, match="read: Permission denied"):
        check(tmp_path)


def test_a_file_that_cannot_be_opened_has_the_error_of_the_system(tmp_path: Path) -> None:
    """It is not taken for another kind of file."""
    path = tmp_path / "log"
    path.touch()
    denied = PermissionError(13, "Permission denied")
    with mock.patch("builtins.open", side_effect=denied), pytest.raises(UnreadableLog, match="read: Permission denied"):
        check(path)
