"""The event ids of each work request, by which redeliveries are recognised (rulebook, section 5).

An open work request keeps its ids in one text, which takes 60 % less memory than a set of texts. A closed one keeps
them too, until all closed ones together hold more than a limit. Then the ids of the oldest are replaced by 64-bit
digests.
"""

import os
from collections import deque
from hashlib import blake2b
from typing import Any

SEPARATOR = "\0"

MAX_TEXT = 4_096
"""The length up to which ids are kept as one text. A search in a longer one takes longer than one in a set."""

MAX_ID = 200
"""The length from which an id is replaced by a digest, so that memory is bounded by the number of ids."""

MAX_CLOSED = 64 << 20
"""The characters of ids that closed work requests keep before the oldest are replaced by digests."""

Ids = Any
"""The ids of one work request: None, one text, a set of marks, or bytes, which are digests of eight bytes each."""


class EventIds:
    """The ids of all work requests of a log. Each work request holds its own in `ids`."""

    def __init__(self) -> None:
        # Digests are keyed, so that nobody can make ids that collide. The key is pickled with the rest.
        self._key = os.urandom(16)
        self._closed: deque[Any] = deque()
        self._characters = 0

    def mark(self, event_id: str) -> str:
        """Return an id as it is kept in a text: between separators. A long or odd one is replaced by its digest."""
        if len(event_id) > MAX_ID or SEPARATOR in event_id:
            event_id = "\1" + self._digest(event_id).hex()
        return f"\0{event_id}\0"

    def has(self, ids: Ids, mark: str) -> bool:
        """Return whether a work request keeps the id with this mark."""
        if type(ids) is bytes:
            return _is_aligned(ids, self._digest(mark))
        return ids is not None and mark in ids

    def add(self, ids: Ids, mark: str) -> Ids:
        """Return the ids with one more, given by its mark."""
        if ids is None:
            return mark
        if type(ids) is str:
            if len(ids) < MAX_TEXT:
                return ids + mark[1:]
            ids = set(map("\0{}\0".format, ids[1:-1].split(SEPARATOR)))
        if type(ids) is bytes:
            return ids + self._digest(mark)
        ids.add(mark)
        return ids

    def close(self, request: Any) -> None:
        """Note that a work request has closed, and shorten the ids of the oldest closed ones if there are too many."""
        if type(request.ids) is not str:
            return
        self._closed.append(request)
        self._characters += len(request.ids)
        while self._characters > MAX_CLOSED:
            oldest = self._closed.popleft()
            if type(oldest.ids) is str:
                self._characters -= len(oldest.ids)
                marks = map("\0{}\0".format, oldest.ids[1:-1].split(SEPARATOR))
                oldest.ids = b"".join(map(self._digest, marks))

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key).digest()


def _is_aligned(digests: bytes, digest: bytes) -> bool:
    at = digests.find(digest)
    while at >= 0 and at % 8:
        at = digests.find(digest, at + 1)
    return at >= 0
