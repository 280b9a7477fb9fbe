"""Random damage to bytes."""

from collections.abc import Sequence
from random import Random

TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"null", b"true",
    b"1e400", b"-0", b"9" * 5_000, b"[" * 200, b'"\\ud800"', b'"\\u0000"', b"%s", b"{0}", b"2026-02-30T00:00:00Z",
    b"T24:00:00Z", b'"taskId":', b'"event":', b'"activities":[]', b'"states":{"":"Open"}',
    b"workSupplierAllowedToCancel", b"[types.X]\n",
)  # fmt: skip
"""Bytes that readers could stumble over."""


def mutated(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return data with one to four random changes. Parts of `others` can be put into it."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        at = random.randrange(len(data) + 1)
        length = random.choice((1, 1, 2, 8, 64))
        way = random.randrange(6)
        if way == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
        elif way == 1:
            data = data[:at] + data[at + length :]
        elif way == 2:
            data = data[:at] + random.choice(TOKENS) + data[at:]
        elif way == 3:
            data = data[:at] + data[at : at + length] * random.choice((2, 3, 50)) + data[at + length :]
        elif way == 4:
            data = data[:at]
        else:
            other = random.choice(others)
            begin = random.randrange(len(other) + 1)
            data = data[:at] + other[begin : begin + length] + data[at + length :]
    return data
