"""The event ids of each work request, by which redeliveries are recognised (rulebook, section 5).

An open work request keeps its ids in one text, which takes 60 % less memory than a set of texts. Many ids, and those of
the oldest closed work requests, are replaced by 64-bit digests. So an id costs 8 bytes in the long run.
"""

import os
from collections import deque
from hashlib import blake2b
from typing import Any

SEPARATOR = "\0"

MAX_TEXT = 4_096
"""The length up to which ids are kept as one text, because a search takes time in proportion to it."""

MAX_DIGESTS = 4_096
"""The bytes of digests that are kept, and searched, in one piece."""

MAX_ID = 200
"""The length from which an id is replaced by a digest, so that memory is bounded by the number of ids."""

MAX_CLOSED = 16 << 20
"""The characters of ids that closed work requests keep before the oldest are replaced by digests."""

Ids = Any
"""The ids of one work request: one text, bytes, which are digests of eight bytes each, or a list of such bytes.

The place of a digest in a list follows from the digest itself.
"""


class EventIds:
    """The ids of all work requests of a log. Each work request holds its own in `ids`."""

    def __init__(self) -> None:
        # Digests are keyed, so that nobody can make ids that collide. The key is pickled with the rest.
        self._key = os.urandom(16)
        self._closed: deque[Any] = deque()
        self._lengths: deque[int] = deque()
        self._characters = 0

    def mark(self, event_id: str) -> str:
        """Return an id as it is kept in a text: before a separator. A long or odd one is replaced by its digest."""
        if len(event_id) > MAX_ID or SEPARATOR in event_id:
            event_id = "\1" + self._digest(event_id).hex()
        return event_id + SEPARATOR

    def has(self, ids: Ids, mark: str) -> bool:
        """Return whether a work request keeps the id with this mark."""
        if type(ids) is str:
            # A mark is also found at the end of a longer one.
            return mark in ids and (ids.startswith(mark) or SEPARATOR + mark in ids)
        digest = self._digest(mark)
        return _is_aligned(ids if type(ids) is bytes else ids[_place(digest, ids)], digest)

    def add(self, ids: Ids, mark: str) -> Ids:
        """Return the ids with one more, given by its mark."""
        if type(ids) is str:
            if len(ids) < MAX_TEXT:
                return ids + mark
            ids = self._digests(ids)
        digest = self._digest(mark)
        if type(ids) is bytes:
            ids += digest
            return ids if len(ids) <= MAX_DIGESTS else _spread([ids], 2)
        place = _place(digest, ids)
        ids[place] += digest
        # Four times as many pieces each time, so that all digests are moved a bounded number of times on average.
        return ids if len(ids[place]) <= MAX_DIGESTS else _spread(ids, 4 * len(ids))

    def close(self, request: Any) -> None:
        """Note that a work request has closed, and shorten the ids of the oldest closed ones if there are too many."""
        if not request.ids or type(request.ids) is not str:
            return
        self._closed.append(request)
        # Kept, because a closed work request can get more ids, and in a history it can close again.
        self._lengths.append(len(request.ids))
        self._characters += len(request.ids)
        while self._characters > MAX_CLOSED:
            oldest = self._closed.popleft()
            self._characters -= self._lengths.popleft()
            if type(oldest.ids) is str:
                oldest.ids = self._digests(oldest.ids)

    def _digests(self, text: str) -> bytes:
        return b"".join(self._digest(event_id + SEPARATOR) for event_id in text.split(SEPARATOR)[:-1])

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key).digest()


def _place(digest: bytes, pieces: list[bytes]) -> int:
    return int.from_bytes(digest) % len(pieces)


def _spread(pieces: list[bytes], number: int) -> list[bytes]:
    """Return the same digests in another number of pieces."""
    spread: list[list[bytes]] = [[] for _ in range(number)]
    for piece in pieces:
        for at in range(0, len(piece), 8):
            digest = piece[at : at + 8]
            spread[int.from_bytes(digest) % number].append(digest)
    return [b"".join(each) for each in spread]


def _is_aligned(digests: bytes, digest: bytes) -> bool:
    at = digests.find(digest)
    while at >= 0 and at % 8:
        at = digests.find(digest, at + 1)
    return at >= 0
