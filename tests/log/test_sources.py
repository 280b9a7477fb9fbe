"""Tests of the sources of a log: plain, gzip and zstd files, standard input, and iterables."""

import gzip
import io
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import IO
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, Finding, LogChecker, Report, Source, _sources, check, findings, read_lines
from work_request_manager.log._sources import ZSTD_MODULE, blocks_of, without_end
from work_request_manager.wire import decode_event

zstd = import_module(ZSTD_MODULE)

MIB = 1 << 20
BOM = b"\xef\xbb\xbf"
CREATE = (
    b'{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    b'"requestor":"rsp-one","supplier":"n\xc5\x8drth","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}'
)
ACCEPT = (
    b'{"event":"AcceptTaskEvent","taskId":"WR-1","sender":{"role":"WorkSupplier","id":"n\xc5\x8drth"},'
    b'"at":"2026-03-01T20:05:00Z"}'
)
REFUSED = [ACCEPT.replace(b"WR-1", b"WR-%d" % (number * 2_654_435_761 % 2**32)) + b"\n" for number in range(3_000)]
"""Events for work requests that do not exist. Some tens of these lines fill a block of gzip."""


class Pipe(io.RawIOBase):
    """A stream that returns its pieces one after another."""

    def __init__(self, *pieces: bytes) -> None:
        """Start with the first piece."""
        self._pieces = list(pieces)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]  # a BufferedReader passes one
        """Read the next piece, or as much of it as there is room for."""
        piece = self._pieces.pop(0) if self._pieces else b""
        read = min(len(piece), len(room))
        room[:read] = piece[:read]
        if piece[read:]:
            self._pieces.insert(0, piece[read:])
        return read


def standard_input(*pieces: bytes) -> SimpleNamespace:
    """Return a standard input with these pieces."""
    return SimpleNamespace(buffer=io.BufferedReader(Pipe(*pieces)))


def read_in(monkeypatch: pytest.MonkeyPatch, *pieces: bytes) -> str:
    """Replace standard input by these pieces, and return its name."""
    monkeypatch.setattr("sys.stdin", standard_input(*pieces))
    return "-"


def found(report: Report) -> list[tuple[str, int, str]]:
    """Return the file, the line and the rule of each finding."""
    return [(finding.file, finding.line, finding.rule) for finding in report.findings]


Given = Callable[[bytes], Source]

SKIPPED_FRAME = b"\x50\x2a\x4d\x18\x03\0\0\0\n{\n"
"""A frame of zstd without data."""

KINDS = (
    "path", "Path", "gzip", "gzip members", "gzip padded", "zstd", "zstd frames", "zstd after a skipped frame", "input",
    "gzip input", "zstd input", "lines", "text lines", "bare lines", "iterator",
)  # fmt: skip


@pytest.fixture(params=KINDS)
def given_as(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Return a function that makes one kind of source from the bytes of a log."""
    path = tmp_path / "log.jsonl"

    def file(data: bytes) -> str:
        path.write_bytes(data)
        return str(path)

    kinds: dict[str, Given] = {
        "path": file,
        "Path": lambda data: Path(file(data)),
        "gzip": lambda data: file(gzip.compress(data)),
        "gzip members": lambda data: file(gzip.compress(data[:200]) + gzip.compress(data[200:])),
        "gzip padded": lambda data: file(gzip.compress(data[:200]) + bytes(512) + gzip.compress(data[200:]) + bytes(9)),
        "zstd": lambda data: file(zstd.compress(data)),
        "zstd frames": lambda data: file(zstd.compress(data[:200]) + SKIPPED_FRAME + zstd.compress(data[200:])),
        "zstd after a skipped frame": lambda data: file(SKIPPED_FRAME + zstd.compress(data)),
        "input": lambda data: read_in(monkeypatch, data),
        "gzip input": lambda data: read_in(monkeypatch, gzip.compress(data)),
        "zstd input": lambda data: read_in(monkeypatch, zstd.compress(data)),
        "lines": lambda data: data.splitlines(keepends=True),
        "text lines": lambda data: data.decode().splitlines(keepends=True),
        "bare lines": bytes.splitlines,
        "iterator": lambda data: iter(data.splitlines(keepends=True)),
    }
    return kinds[str(request.param)]


@pytest.mark.parametrize("mark", [b"", BOM], ids=["", "mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("is_ended", [True, False], ids=["ended", "open"])
def test_a_log_has_the_same_findings_in_every_source(given_as: Given, mark: bytes, end: bytes, is_ended: bool) -> None:
    """A byte order mark, CRLF, blank lines and a missing last line feed are accepted in every kind of source."""
    data = mark + end.join([CREATE, b"", b"{", b" \t", ACCEPT]) + end * is_ended
    source = given_as(data)
    report = check(source)
    name = str(source) if isinstance(source, str | Path) else "<lines>"
    assert found(report) == [(name, 3, "WRM501")]
    assert report.counts == Counts(lines=5, blank=2, malformed=1, events=2, consumed=2, work_requests=1)


@pytest.mark.parametrize("data", [b"", BOM, b"\n", b"\n\n", BOM + b"\r\n \n"])
def test_a_log_without_events_is_accepted(given_as: Given, data: bytes) -> None:
    """An empty log, and a log of blank lines, has no findings."""
    report = check(given_as(data))
    assert report.findings == ()
    assert report.counts == Counts(lines=report.counts.blank, blank=report.counts.blank)
    assert report.counts.lines == data.count(b"\n") or data == BOM


def test_only_one_mark_is_removed(given_as: Given) -> None:
    """A second mark is not JSON, nor is a mark at the end of the first line."""
    for data in (BOM + BOM + ACCEPT, ACCEPT + BOM):
        report = check(given_as(data))
        assert [(finding.line, finding.rule) for finding in report.findings] == [(1, "WRM501")]


def test_several_sources_are_one_log_in_their_order(tmp_path: Path) -> None:
    """A work request can continue in the next source. Each source counts its lines, and can have a mark."""
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    refused = ACCEPT.replace(b"WorkSupplier", b"Chorus")
    first.write_bytes(BOM + CREATE + b"\n" + refused)
    second.write_bytes(BOM + ACCEPT + b"\n" + refused)
    report = check(first, [b"{"], second)
    expected = [(str(first), 2, "WRM302"), ("<lines>", 1, "WRM501"), (str(second), 2, "WRM302")]
    assert found(report) == expected
    assert [finding.first_refusal for finding in report.findings] == [None, None, f"{first}:2"]
    assert report.counts == Counts(lines=5, malformed=1, events=4, consumed=2, refused=2, work_requests=1)
    assert tuple(findings(first, [b"{"], second)) == report.findings


@pytest.mark.parametrize("given_as", ["path", "gzip", "zstd", "lines"], indirect=True)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""], ids=["LF", "CRLF", "open"])
@pytest.mark.parametrize(("length", "is_read"), [(MIB - 1, True), (MIB, True), (MIB + 1, False), (MIB + 2, False),
                                                 (MIB + 3, False), (2 * MIB, False), (2 * MIB + 3, False)])  # fmt: skip
def test_a_line_can_have_a_mebibyte(given_as: Given, length: int, is_read: bool, end: bytes) -> None:
    """The line end does not count. A longer line has one finding, and the next line is judged as usual."""
    data = CREATE + b"\n" + ACCEPT.ljust(length) + end
    if end:
        data += b"{" + end
    report = check(given_as(data))
    expected = [] if is_read else [(2, "WRM505")]
    expected += [(3, "WRM501")] if end else []
    assert [(finding.line, finding.rule) for finding in report.findings] == expected
    assert report.counts.consumed == 1 + is_read


@pytest.mark.parametrize(
    "opener", [open, partial(gzip.open, compresslevel=1), zstd.open], ids=["plain", "gzip", "zstd"]
)
def test_a_line_of_forty_mebibytes_is_not_kept_in_memory(
    tmp_path: Path, opener: Callable[[Path, str], IO[bytes]]
) -> None:
    """It is skipped in pieces, and the lines around it are judged."""
    path = tmp_path / "long.jsonl"
    with opener(path, "wb") as log:
        log.write(CREATE + b"\n")
        for _ in range(40):
            log.write(b"x" * MIB)
        log.write(b"\n" + ACCEPT)
    tracemalloc.start()
    try:
        report = check(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found(report) == [(str(path), 2, "WRM505")]
    assert report.counts == Counts(lines=3, malformed=1, events=2, consumed=2, work_requests=1)
    assert peak < 6 * MIB


PACKED = gzip.compress(b"".join(REFUSED))


@pytest.mark.parametrize(
    ("packed", "fewest"),
    [
        (PACKED[: len(PACKED) // 2], 500),
        (PACKED + PACKED[:10] + b"\xff" * 10, 3_000),
        (PACKED[:-1], 3_000),
        (PACKED[:-8], 3_000),
        (PACKED[:-8] + bytes(8), 3_000),
        (PACKED + b"more", 3_000),
        (PACKED[:2], 0),
    ],
    ids=["cut", "damaged", "trailer cut", "no trailer", "wrong checksum", "more", "header cut"],
)
def test_a_damaged_gzip_file_is_judged_up_to_the_damage(tmp_path: Path, packed: bytes, fewest: int) -> None:
    """The findings come first, then an error that names the file. A truncated line is not judged."""
    assert_read_to_the_bad_place(tmp_path / "cut.jsonl.gz", packed, fewest)


def assert_read_to_the_bad_place(path: Path, packed: bytes, fewest: int) -> None:
    """Check that at least `fewest` lines of a damaged log of refused events are judged."""
    path.write_bytes(packed)
    checker = LogChecker()
    before: list[Finding] = []
    with pytest.raises(UnreadableLog, match=re.escape(f"{path} is cut or damaged: ")):
        before.extend(checker.findings(path))
    assert [(finding.line, finding.rule) for finding in before] == [
        (number, "WRM401") for number in range(1, len(before) + 1)
    ]
    assert fewest <= len(before) <= 3_000
    assert checker.counts == Counts(lines=len(before), events=len(before), refused=len(before))
    with pytest.raises(UnreadableLog):
        check(path)


FRAMED = zstd.compress(b"".join(REFUSED), options={zstd.CompressionParameter.checksum_flag: 1})


@pytest.mark.parametrize(
    ("packed", "fewest"),
    [
        (FRAMED[: len(FRAMED) * 9 // 10], 500),
        (FRAMED[:-1], 3_000),
        (FRAMED[:-4] + bytes(4), 1_000),
        (FRAMED + FRAMED[:10], 3_000),
        (FRAMED + b"more", 3_000),
        (FRAMED + SKIPPED_FRAME[:-1], 3_000),
        (FRAMED[:4] + b"\xff" * 100, 0),
        (FRAMED[:4], 0),
    ],
    ids=["cut", "checksum cut", "wrong checksum", "next frame cut", "more", "skipped frame cut", "damaged", "start"],
)
def test_a_damaged_zstd_file_is_judged_up_to_the_damage(tmp_path: Path, packed: bytes, fewest: int) -> None:
    """The findings come first, then the error, as with gzip."""
    assert_read_to_the_bad_place(tmp_path / "cut.jsonl.zst", packed, fewest)


@pytest.mark.parametrize(("window", "is_read"), [(b"\x88", True), (b"\x89", False), (b"\xf8", False)])
def test_a_zstd_window_can_have_128_mebibytes(tmp_path: Path, window: bytes, is_read: bool) -> None:
    """A file that needs more memory is refused before the memory is allocated, as the zstd tool does."""
    path = tmp_path / "log.zst"
    path.write_bytes(FRAMED[:4] + b"\0" + window + b"\x19\0\0{}\n")
    if is_read:
        assert list(read_lines(path)) == [b"{}"]
    else:
        with pytest.raises(UnreadableLog, match="requires too much memory"):
            list(read_lines(path))


@pytest.mark.parametrize("start", [zstd.compress(b"")[:4], SKIPPED_FRAME[:4]], ids=["frame", "skipped frame"])
def test_zstd_without_its_library_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    """The first bytes identify it, under any file name. The message says what to install."""
    monkeypatch.setitem(sys.modules, ZSTD_MODULE, None)
    path = tmp_path / "log.jsonl"
    path.write_bytes(start + bytes(20))
    with pytest.raises(UnreadableLog) as caught:
        check(path)
    assert str(caught.value) == (
        f"{path} is compressed with zstd; pip install 'work-request-manager[zstd]',"
        f" or unpack it first: zstd -dc {path} | wrm check -"
    )


def test_zstd_is_not_imported_for_other_logs(tmp_path: Path) -> None:
    """A plain log and a gzip log are read without the library."""
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(CREATE)
    packed.write_bytes(gzip.compress(ACCEPT))
    code = (
        "import sys; from work_request_manager.log import check; "
        f"print(check(*sys.argv[1:]).counts.consumed, {ZSTD_MODULE!r} in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, plain, packed], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "2 False\n"


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere.jsonl", "No such file or directory"), (".", "there is no log in it")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, message: str) -> None:
    """The error has the message of the operating system."""
    path = tmp_path / name
    with pytest.raises(UnreadableLog) as caught:
        check([CREATE], path)
    assert str(caught.value) == f"{path} cannot be read: {message}"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress], ids=["plain", "gzip", "zstd"])
def test_the_first_bytes_may_come_one_by_one(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    """The format is detected even if a pipe delivers the first bytes slowly."""
    packed = pack(CREATE + b"\n" + ACCEPT)
    report = check(read_in(monkeypatch, packed[:1], packed[1:2], packed[2:]))
    assert found(report) == []
    assert report.counts == Counts(lines=2, events=2, consumed=2, work_requests=1)


def test_a_closed_standard_input_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python then has no standard input, and the log is unreadable."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UnreadableLog, match="- cannot be read"):
        check("-")


def test_bytes_are_not_a_source() -> None:
    """Iterating over bytes would yield numbers. The message says what to pass."""
    with pytest.raises(TypeError, match=r"not bytes; pass \[data\], or data\.splitlines\(\)"):
        check(CREATE)  # type: ignore[arg-type]  # the wrong type is tested


# Line ends and memory


@pytest.mark.parametrize("given_as", ["path", "gzip", "zstd", "input"], indirect=True)
@pytest.mark.parametrize(
    "char",
    ["\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\N{LINE SEPARATOR}", "\N{PARAGRAPH SEPARATOR}"],
    ids=ascii,
)
def test_lines_end_at_line_feeds_only(given_as: Given, char: str) -> None:
    """Other characters that end a line of text do not end a line of a log."""
    source = given_as(f"a{char}b{char}\nc".encode())
    assert list(read_lines(source)) == [f"a{char}b{char}".encode().removesuffix(b"\r"), b"c"]


def split_at_once(data: bytes, limit: int) -> list[bytes | None]:
    """Return the lines of a log, computed from all of its bytes at once."""
    lines = data.split(b"\n")
    lines = [line.removesuffix(b"\r") for line in (lines if lines[-1] else lines[:-1])]
    bounded = [line if len(line) <= limit else None for line in lines]
    return [line.removeprefix(BOM) if line and not number else line for number, line in enumerate(bounded)]


class TestLinesDoNotDependOnThePiecesThatAreRead:
    """The same bytes give the same lines, read in any pieces."""

    LIMIT = 12

    @given(
        st.lists(
            st.sampled_from([b"a", b"\n", b"\r", b"\r\n", BOM, BOM[:2], b"x" * (LIMIT - 1), b"\n\n"]), max_size=20
        ),
        st.lists(st.integers(0, 200), max_size=20),
        st.integers(len(SKIPPED_FRAME[:4]), LIMIT - 1),
    )
    @example([b"x" * LIMIT, b"\r", b"x\n"], [4, LIMIT + 1], LIMIT - 1)  # what looks like its end is not
    @example([b"x" * LIMIT, b"\r", b"\r\n"], [4, LIMIT + 1], LIMIT - 1)
    @example([b"x" * LIMIT, b"\r", b"\n"], [4, LIMIT + 1], LIMIT - 1)
    def test_pieces(self, parts: list[bytes], cuts: list[int], block: int) -> None:
        """Lines end at line feeds, for any pieces and any block size."""
        data = b"".join(parts)
        places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        pieces = [data[begin:end] for begin, end in pairwise(places)]
        expected = split_at_once(data, self.LIMIT)
        for packed in (pieces, [gzip.compress(data)], [zstd.compress(data)]):
            with (
                mock.patch.multiple(_sources, LINE_LIMIT=self.LIMIT, _BLOCK=block),
                mock.patch("sys.stdin", standard_input(*packed)),
            ):
                assert list(read_lines("-")) == expected

    @given(st.lists(st.sampled_from([b"a", b"\n", "ā\n".encode(), "ā".encode()[:1]])), st.integers(4, LIMIT - 1))
    def test_only_ascii_blocks_are_marked_as_ascii(self, parts: list[bytes], block: int) -> None:
        """This also holds if the first line of a block started in the block before."""
        with (
            mock.patch.object(_sources, "_BLOCK", block),
            mock.patch("sys.stdin", standard_input(b"".join(parts))),
        ):
            for each in blocks_of("-"):
                assert not each.is_ascii or all(line is None or line.isascii() for line in each.lines)

    @given(st.lists(st.binary(max_size=LIMIT + 3) | st.text(max_size=LIMIT + 3), max_size=8))
    def test_an_iterable(self, lines: list[bytes | str]) -> None:
        """The items of an iterable are its lines. They are taken one by one."""
        source = iter(lines)
        with mock.patch.object(_sources, "LINE_LIMIT", self.LIMIT):
            for number, block in enumerate(blocks_of(source)):
                line = lines[number]
                data = (line.encode() if isinstance(line, str) else line).removesuffix(b"\n").removesuffix(b"\r")
                without_mark = data if number else data.removeprefix(BOM)
                expected = without_mark if len(data) <= self.LIMIT else None
                assert [each and without_end(each) for each in block.lines] == [expected]
                assert len(list(source)) == 0 if number == len(lines) - 1 else True


BOMB = """
import resource, sys
from work_request_manager.log import check
from work_request_manager.log._sources import ZSTD_MODULE
__import__(ZSTD_MODULE)
with open("/proc/self/statm") as statm:
    held = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + (24 << 20),) * 2)
print(check(sys.argv[1]).counts)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory and its limit are measured in the way of Linux")
@pytest.mark.parametrize("opener", [partial(gzip.open, compresslevel=1), zstd.open], ids=["gzip", "zstd"])
@pytest.mark.parametrize(
    ("piece", "lines", "malformed"),
    [(bytes(MIB), 1, 1), (bytes(2 * MIB) + b"\n", 100, 100), (b"\n" * 1_000, 100_000, 0)],
    ids=["one line", "long lines", "line feeds"],
)
def test_a_decompression_bomb_is_not_kept_in_memory(
    tmp_path: Path, opener: Callable[[Path, str], IO[bytes]], piece: bytes, lines: int, malformed: int
) -> None:
    """Hundreds of mebibytes from a small file are judged in a few mebibytes, including the memory of C libraries."""
    path = tmp_path / "bomb"
    with opener(path, "wb") as bomb:
        for _ in range(100):
            bomb.write(piece)
    done = subprocess.run([sys.executable, "-c", BOMB, path], capture_output=True, text=True, check=False, timeout=120)
    blank = lines - malformed
    assert (done.stderr, done.stdout.strip()) == ("", str(Counts(lines=lines, blank=blank, malformed=malformed)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check(5), r"source is 5 \(int\); pass a path, or an iterable of lines"),  # type: ignore[arg-type]
        (lambda: check([5]), r"line is 5 \(int\); pass text, or bytes in UTF-8"),  # type: ignore[arg-type]
        (lambda: check([], rulebook="strict"), "pass a Rulebook, such as DEFAULT_RULEBOOK"),  # type: ignore[arg-type]
        (lambda: check([], types=["FIBRE"]), "pass a mapping from codes to ActivityTypes"),  # type: ignore[arg-type]
        (lambda: decode_event(5), r"data is 5 \(int\); pass JSON, as text or in UTF-8"),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_type_errors(call: Callable[[], object], message: str) -> None:
    """The error says what to pass."""
    with pytest.raises(TypeError, match=message):
        call()
