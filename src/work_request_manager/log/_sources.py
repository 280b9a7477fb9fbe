"""The lines of a log, wherever they come from: files, plain or compressed, standard input, or any iterable."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple, cast

LINE_LIMIT = 1 << 20
"""The bytes that a line may have (WRM505)."""

Source = str | os.PathLike[str] | Iterable[str | bytes]
"""Where a log comes from: a path, `-` for standard input, or its lines."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes((number,)) + b"\x2a\x4d\x18" for number in range(0x50, 0x60)))
"""How frames begin: those of data, and the ones to be skipped, which some tools put first."""

ZSTD_MODULE = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
"""What unpacks zstd (extra `zstd`); Python has it from 3.14 on."""

_BLOCK = 1 << 16
"""The bytes that are read at once, fewer than LINE_LIMIT."""


class UnreadableLog(Exception):
    """A log can't be read, or not to its end; what came before the bad place has been read."""


def name_of(source: Source) -> str:
    """Return what a source is called in findings."""
    if isinstance(source, bytes):
        raise TypeError("a log is a path or an iterable of lines, not bytes; pass [data], or data.splitlines()")
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "<lines>"


class Block(NamedTuple):
    """Lines that were read at once.

    Args:
        lines: the lines as they stand, most with their ends; None for one that is longer than LINE_LIMIT.
        is_ascii: whether they are known to be ASCII.
    """

    lines: list[bytes | None]
    is_ascii: bool


def lines_of(source: Source) -> Iterator[bytes | None]:
    """Yield the lines of a log without their ends; None for one that is longer than LINE_LIMIT.

    Raises: UnreadableLog.
    """
    for block in blocks_of(source):
        for line in block.lines:
            yield line and without_end(line)


def blocks_of(source: Source) -> Iterator[Block]:
    """Yield the lines of a log in blocks, those of an iterable one by one; see `lines_of`.

    Raises: UnreadableLog.
    """
    if isinstance(source, str | os.PathLike):
        with _opened(os.fspath(source)) as stream:
            yield from _without_mark(_split(iter(partial(stream.read1, _BLOCK), b"")))
    else:
        yield from _without_mark(Block([_bounded(line)], is_ascii=False) for line in source)


def _without_mark(blocks: Iterator[Block]) -> Iterator[Block]:
    for block in blocks:
        first = block.lines[0]
        block.lines[0] = first and first.removeprefix(BYTE_ORDER_MARK)
        yield block
        break
    yield from blocks


def without_end(line: bytes) -> bytes:
    """Return a line without its line feed, and the carriage return before that."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _bounded(line: str | bytes) -> bytes | None:
    # A lone surrogate, which UTF-8 can't hold, becomes bytes that are not UTF-8, and so a finding.
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    return data if len(without_end(data)) <= LINE_LIMIT else None


def _split(pieces: Iterable[bytes]) -> Iterator[Block]:
    begun = bytearray()
    for piece in pieces:
        # It takes half as long as bytes.split; to take the ends off here would lose that again.
        lines: list[Any] = io.BytesIO(piece).readlines()
        rest = b"" if piece.endswith(b"\n") else lines.pop()
        if lines:
            # Only the first can be too long: a piece is shorter than the limit.
            if begun:
                lines[0] = _bounded(bytes(begun + lines[0]))
            yield Block(lines, piece.isascii() and begun.isascii())
            begun = bytearray(rest)
        elif len(begun) <= LINE_LIMIT + len(b"\r\n"):
            # What is too long already does not grow: the rest of that line is passed over.
            begun += rest
    if begun:
        yield Block([_bounded(bytes(begun))], is_ascii=False)


@contextmanager
def _opened(path: str) -> Iterator[io.BufferedIOBase]:
    damaged: tuple[type[Exception], ...] = (EOFError, gzip.BadGzipFile, zlib.error)
    try:
        with _raw(path) as raw:
            start = raw.read(len(_ZSTD[0]))
            whole = io.BufferedReader(_From(start, raw))
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
        raise UnreadableLog(f"{path} can't be read: {error.strerror or error}") from None


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
        raise UnreadableLog("- can't be read: there is no standard input")
    else:
        # Not ours to close.
        yield cast(io.BufferedReader, sys.stdin.buffer)


class _From(io.RawIOBase):
    """A stream whose start was read already, and that can't go back."""

    def __init__(self, start: bytes, rest: io.BufferedReader) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._start:
            return self._rest.readinto1(buffer)
        data, self._start = self._start, b""
        buffer[: len(data)] = data
        return len(data)
