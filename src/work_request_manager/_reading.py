"""The lines of a log, wherever they come from: files, plain or compressed, standard input, or any iterable."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

LINE_LIMIT = 1 << 20
"""The bytes that a line may have (WRM505)."""

Source = str | os.PathLike[str] | Iterable[str | bytes]
"""Where a log comes from: a path, `-` for standard input, or its lines."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class UnreadableLog(Exception):
    """A log can't be read, or not to its end; what came before the bad place has been read."""


def name_of(source: Source) -> str:
    """Return what a source is called in findings."""
    if isinstance(source, bytes):
        raise TypeError("a log is a path or an iterable of lines, not bytes; pass [data], or data.splitlines()")
    return os.fspath(source) if isinstance(source, str | os.PathLike) else "<lines>"


def lines_of(source: Source) -> Iterator[bytes | None]:
    """Yield the lines of a log without their ends; None for one that is longer than LINE_LIMIT.

    Raises: UnreadableLog.
    """
    if isinstance(source, str | os.PathLike):
        with _opened(os.fspath(source)) as stream:
            lines = _cut(stream)
            yield from _without_mark(lines)
    else:
        yield from _without_mark(map(_bounded, source))


def _without_mark(lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
    for line in lines:
        yield line.removeprefix(BYTE_ORDER_MARK) if line is not None else None
        break
    yield from lines


def _bounded(line: str | bytes) -> bytes | None:
    # A lone surrogate, which UTF-8 can't hold, becomes bytes that are not UTF-8, and so a finding.
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    return data if len(data) <= LINE_LIMIT else None


def _cut(stream: IO[bytes]) -> Iterator[bytes | None]:
    while line := stream.readline(LINE_LIMIT + len(b"\r\n")):
        bounded = _bounded(line)
        while line and not line.endswith(b"\n"):
            # A longer line is passed over in pieces, however long it is; this ends at the end of the log too.
            line = stream.readline(LINE_LIMIT)
            bounded = None if line else bounded
        yield bounded


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    try:
        with _raw(path) as raw:
            start = raw.read(len(_ZSTD))
            if start == _ZSTD:
                raise UnreadableLog(f"{path} is compressed with zstd; unpack it first: zstd -dc {path} | wrm check -")
            whole = io.BufferedReader(_From(start, raw))
            yield cast(IO[bytes], gzip.GzipFile(fileobj=whole)) if start.startswith(_GZIP) else whole
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableLog(f"{path} is cut or damaged: {error}") from None
    except OSError as error:
        raise UnreadableLog(f"{path} can't be read: {error.strerror or error}") from None


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
        data = self._start or self._rest.read1(len(buffer))
        self._start = b""
        buffer[: len(data)] = data
        return len(data)
