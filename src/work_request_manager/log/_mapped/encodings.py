"""The encodings of tables in other formats."""

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from work_request_manager.errors import UnreadableLog
from work_request_manager.log._formats import wide_encoding
from work_request_manager.log._sources import Prepare, checked
from work_request_manager.wire import LINE_LIMIT


def to_utf8(encoding: str | None) -> Prepare:
    """Return a function that converts the pieces of a file to UTF-8. It does not check what is UTF-8 already.

    It raises UnreadableLog if the file begins like another format than a table, or does not have the encoding.

    Args:
        encoding: the encoding. Pass None to detect it.
    """

    def convert(path: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        pieces = checked(path, pieces, is_mapped=True)
        start = list(_up_to_line_end(pieces))
        name = codecs.lookup(encoding or detected_encoding(b"".join(start))).name
        whole = chain(start, pieces)
        return _smaller(whole if name in _LIKE_UTF8 else _decoded(path, whole, name))

    return convert


_LIKE_UTF8 = ("utf-8", "utf-8-sig", "ascii")


def _smaller(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield smaller pieces. Their rows fit into the cache of a processor, so judging takes a sixth less time."""
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


_PIECE = 1 << 14


def _up_to_line_end(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces up to the first that has a line end."""
    length = 0
    for piece in pieces:
        yield piece
        length += len(piece)
        if b"\n" in piece or length > LINE_LIMIT:
            break


def _decoded(path: str, pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise UnreadableLog(f"{path} is not {encoding}: {error}; set encoding in the mapping") from None


def detected_encoding(start: bytes) -> str:
    """Return the encoding of a file that begins with these bytes."""
    wide = wide_encoding(start)
    if wide is not None:
        return wide
    if start.lstrip().startswith(b"{"):
        return "utf-8"  # as all JSON
    lines = [line for line in start.splitlines() if not line.isascii()]
    # A line in another encoding is UTF-8 by chance only very rarely, and a bad line must not spoil the others.
    return "cp1252" if lines and not any(map(_is_utf8, lines)) else "utf-8"


def _is_utf8(line: bytes) -> bool:
    """Return whether a line has a character in UTF-8 that is not ASCII, and nothing else. It may be cut within one."""
    try:
        return not codecs.getincrementaldecoder("utf-8")().decode(line).isascii()
    except UnicodeDecodeError:
        return False
