"""The encoding of a table in another format."""

import codecs
from collections.abc import Iterator
from itertools import chain

from work_request_manager.errors import UnreadableLog
from work_request_manager.log._formats import wide_encoding
from work_request_manager.log._sources import Prepare


def to_utf8(encoding: str | None) -> Prepare:
    """Return a function that converts the pieces of a file to UTF-8. What is UTF-8 is not checked.

    Args:
        encoding: the encoding. Pass None to detect it.
    """

    def convert(path: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        start = next(pieces, b"")
        name = codecs.lookup(encoding or _detected(start)).name
        if name in ("utf-8", "utf-8-sig", "ascii"):
            yield start
            yield from pieces
            return
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for piece in chain([start], pieces):
                yield decoder.decode(piece).encode()
            yield decoder.decode(b"", final=True).encode()
        except UnicodeError as error:
            raise UnreadableLog(f"{path} is not {name}: {error}; set encoding in the mapping") from None

    return convert


def _detected(start: bytes) -> str:
    wide = wide_encoding(start)
    if wide is not None:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # which may end within a character
    except UnicodeDecodeError:
        return "cp1252"  # as Excel writes CSV files in most countries
    return "utf-8"
