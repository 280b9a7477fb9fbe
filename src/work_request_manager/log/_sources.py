"""The lines of a log from any source: files, plain or compressed, standard input, or an iterable."""

import codecs
import gzip
import io
import os
import shlex
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

from work_request_manager._values import wrong_argument
from work_request_manager.errors import UnreadableLog
from work_request_manager.log._formats import foreign_format
from work_request_manager.wire import LINE_LIMIT

Source = str | os.PathLike[str] | Iterable[str | bytes] | Iterable[Mapping[str, Any]]
"""A log: a path, `-` for standard input, an iterable of lines, or, with a mapping, an iterable of dictionaries."""


@runtime_checkable
class WatchedPath(Protocol):
    """A path whose reader calls `before_read` before each read, which may wait for more of the log."""

    def before_read(self) -> None:
        """Do what must be done before a wait, such as writing the findings so far. It must not raise."""


_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes((number,)) + b"\x2a\x4d\x18" for number in range(0x50, 0x60)))
"""The first bytes of the frames of zstd: those of data, and those to be skipped, which some tools write first."""

ZSTD_MODULE = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
"""The module that unpacks zstd (extra `zstd`). Python has it from 3.14 on."""

_BLOCK = 1 << 16
"""The number of bytes to read at once. It is smaller than LINE_LIMIT."""


def name_of(source: Source) -> str:
    """Return the name of a source in findings.

    Raises:
        TypeError: the source is bytes, or neither a path nor an iterable.
    """
    if isinstance(source, bytes):
        raise TypeError("a log is a path or an iterable of lines, not bytes; pass [data], or data.splitlines()")
    if not isinstance(source, str | os.PathLike | Iterable):
        raise wrong_argument("source", source, "a path, or an iterable of lines")
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "<lines>"


class Block(NamedTuple):
    """Lines that were read at once.

    Args:
        lines: the lines, most with their line ends. A line that is longer than LINE_LIMIT is None.
        is_ascii: whether the lines are known to be ASCII.
    """

    lines: list[bytes | None]
    is_ascii: bool


def read_lines(source: Source) -> Iterator[bytes | None]:
    """Yield the lines of a log without their line ends. A line that is longer than LINE_LIMIT is None.

    Args:
        source: a path, `-` for standard input, or an iterable of lines.

    Raises:
        UnreadableLog: the log cannot be read to its end.
        TypeError: the source is bytes.
    """
    name_of(source)  # which raises the TypeError
    for block in blocks_of(source):
        for line in block.lines:
            yield line and without_end(line)


Prepare = Callable[[str, Iterator[bytes]], Iterator[bytes]]
"""A step between a file and its lines: from the path and the pieces of the file, unpacked, to pieces in UTF-8."""


def blocks_of(source: Source, prepare: Prepare | None = None) -> Iterator[Block]:
    """Yield the lines of a log in blocks. The lines of an iterable come one by one.

    Args:
        source: the log.
        prepare: a step before files are split into lines. Pass None to refuse files that are not event logs.

    Raises:
        UnreadableLog: the log cannot be read to its end.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        before_read = source.before_read if isinstance(source, WatchedPath) else _nothing
        with _opened(path, before_read) as stream:
            yield from _without_mark(_split((prepare or checked)(path, _pieces(stream, before_read))))
    else:
        yield from _without_mark(Block([_bounded(line)], is_ascii=False) for line in source)


def _nothing() -> None: ...


def _pieces(stream: io.BufferedIOBase, before_read: Callable[[], None]) -> Iterator[bytes]:
    while piece := stream.read1(_BLOCK):
        yield piece
        before_read()


def checked(path: str, pieces: Iterator[bytes], *, is_mapped: bool = False) -> Iterator[bytes]:
    """Yield the pieces of a log, unless its start shows another format.

    Args:
        path: the path of the log, for the error.
        pieces: its pieces, unpacked.
        is_mapped: whether a mapping describes the log.

    Raises:
        UnreadableLog: it does.
    """
    start = [next(pieces, b"")]
    if foreign_format(start[0], is_mapped=is_mapped):
        # Only the first line may be bad. So read its rest, and what comes after it.
        while b"\n" not in start[-1] and sum(map(len, start)) < LINE_LIMIT and (more := next(pieces, b"")):
            start.append(more)
        start.append(next(pieces, b""))
        if foreign := foreign_format(b"".join(start), is_mapped=is_mapped):
            log = f" {shlex.quote(path)}"
            file = "" if path == "-" else log
            check = "wrm check --map FILE" if is_mapped else "wrm check"
            raise UnreadableLog(f"{path} looks like {foreign.format(file=file, log=log, check=check)}")
    yield from filter(None, start)
    yield from pieces


def _without_mark(blocks: Iterator[Block]) -> Iterator[Block]:
    for block in blocks:
        first = block.lines[0]
        block.lines[0] = first and first.removeprefix(codecs.BOM_UTF8)
        yield block
        break
    yield from blocks


def without_end(line: bytes) -> bytes:
    """Return a line without its line feed, and without the carriage return before it."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _bounded(line: object) -> bytes | None:
    # UTF-8 cannot hold a lone surrogate: it becomes bytes that are not UTF-8, and so a finding.
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    if not isinstance(data, bytes):
        raise wrong_argument("line", data, "text, or bytes in UTF-8")
    return data if len(without_end(data)) <= LINE_LIMIT else None


def _split(pieces: Iterable[bytes]) -> Iterator[Block]:
    begun = bytearray()
    for piece in pieces:
        # Twice as fast as bytes.split. Taking the line ends off here would lose that again.
        lines: list[Any] = io.BytesIO(piece).readlines()
        rest = b"" if piece.endswith(b"\n") else lines.pop()
        if lines:
            # Only the first line can be too long, because a piece is smaller than the limit.
            if begun:
                lines[0] = _bounded(bytes(begun + lines[0]))
            yield Block(lines, piece.isascii() and begun.isascii())
            begun = bytearray(rest)
        elif len(begun) <= LINE_LIMIT + len(b"\r\n"):
            # A line that is already too long does not grow: the rest of it is skipped.
            begun += rest
    if begun:
        yield Block([_bounded(bytes(begun))], is_ascii=False)


@contextmanager
def _opened(path: str, before_read: Callable[[], None]) -> Iterator[io.BufferedIOBase]:
    damaged: tuple[type[Exception], ...] = (EOFError, gzip.BadGzipFile, zlib.error)
    before_read()
    try:
        with _raw(path) as raw:
            start = _start_of(raw)
            whole = _PromptReader(_Rejoined(start, raw))
            if start.startswith(_GZIP):
                yield gzip.GzipFile(fileobj=whole)
            elif start.startswith(_ZSTD):
                zstd = _zstd(path)
                damaged += (zstd.ZstdError,)
                yield zstd.ZstdFile(whole)
            else:
                yield whole
    except damaged as error:
        raise UnreadableLog(f"{path} is cut or damaged: {error}") from None
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror or error}") from None


def _start_of(raw: io.BufferedReader) -> bytes:
    """Read the first bytes: as many as one read returns, and more only as long as they may begin a compressed file."""
    start = raw.read1(_BLOCK)
    while len(start) < len(_ZSTD[0]) and any(magic.startswith(start) for magic in (_GZIP, *_ZSTD)):
        more = raw.read1(_BLOCK)
        if not more:
            break
        start += more
    return start


def _zstd(path: str) -> Any:
    try:
        return import_module(ZSTD_MODULE)
    except ImportError:
        way_out = f"pip install 'work-request-manager[zstd]', or unpack it first: zstd -dc {path} | wrm check -"
        raise UnreadableLog(f"{path} is compressed with zstd; {way_out}") from None


@contextmanager
def _raw(path: str) -> Iterator[io.BufferedReader]:
    if path != "-":
        with open(path, "rb") as raw:
            yield raw
    elif sys.stdin is None:
        raise UnreadableLog("- cannot be read: there is no standard input")
    else:
        # Standard input stays open, because it is not ours.
        yield cast(io.BufferedReader, sys.stdin.buffer)


class _PromptReader(io.BufferedReader):
    """A reader that returns the bytes that are there, even if more are wanted.

    Decompressors want many bytes at once. To wait for them would delay the findings of the bytes that are there.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        # gzip relies on getting both bytes with which a member begins.
        return super().read(size) if size is None or size <= len(_GZIP) else self.read1(size)


class _Rejoined(io.RawIOBase):
    """A stream that cannot seek, put together again from the start, which was read already, and the rest."""

    def __init__(self, start: bytes, rest: io.BufferedReader) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._start:
            return self._rest.readinto1(buffer)
        data, self._start = self._start[: len(buffer)], self._start[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def parquet_module(path: str) -> Any:
    """Return the module `log.parquet`, to read the file with this path.

    Raises:
        UnreadableLog: pyarrow is missing. The error says what to install.
    """
    try:
        # Imported only if there is such a file, because importing pyarrow takes long.
        return import_module("work_request_manager.log.parquet")
    except ModuleNotFoundError as error:
        raise UnreadableLog(f"{path} cannot be read: {error}") from None


_PARQUET = b"PAR1"
"""The first bytes of a Parquet file."""


def is_parquet(path: str) -> bool:
    """Return whether a file begins as Parquet files do. A file that cannot be opened is left to the reader of lines."""
    try:
        if not os.path.isfile(path):
            return False  # what is read from a pipe is lost for the reader of lines
        with open(path, "rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False


def input_seems_parquet() -> bool:
    """Return whether standard input begins as Parquet files do. Nothing is taken from it."""
    try:
        stream = None if sys.stdin is None else sys.stdin.buffer
        if stream is None:
            return False
        if stream.seekable():
            start = stream.read(len(_PARQUET))
            stream.seek(-len(start), os.SEEK_CUR)
            return start == _PARQUET
        # A pipe can begin with fewer bytes. No log of lines begins with any of them.
        start = stream.peek(len(_PARQUET))[: len(_PARQUET)] if isinstance(stream, io.BufferedReader) else b""
        return start != b"" and _PARQUET.startswith(start)
    except OSError:
        return False
