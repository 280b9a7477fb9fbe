"""Activity types that take little memory, for types whose JSON is long."""

import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from work_request_manager._copying import maker
from work_request_manager.log._findings import field_text
from work_request_manager.model import ActivityType, Category

_SIZE = 6

_make_type = maker(ActivityType)


class DigestedStates(Mapping[str, Category]):
    """The states that a type lists, as sorted digests of six bytes: less than their JSON takes.

    Digests are keyed, so that nobody can make states that collide. Only lookups are possible, which judgements need.
    """

    __slots__ = ("_digests", "_key")

    def __init__(self, states: Mapping[str, Category]) -> None:
        self._key = os.urandom(16)
        self._digests = {
            category: b"".join(sorted(self._digest(state) for state, listed in states.items() if listed is category))
            for category in dict.fromkeys(states.values())
        }

    def __getitem__(self, state: str) -> Category:
        digest = self._digest(state)
        for category, digests in self._digests.items():
            count = len(digests) // _SIZE
            index = bisect_left(range(count), digest, key=lambda at: digests[at * _SIZE : (at + 1) * _SIZE])
            if digests.startswith(digest, index * _SIZE):
                return category
        raise KeyError(state)

    def __len__(self) -> int:
        return sum(map(len, self._digests.values())) // _SIZE

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the states are kept as digests, which cannot be listed")

    def _digest(self, state: str) -> bytes:
        return blake2b(state.encode("utf-8", "surrogatepass"), digest_size=_SIZE, key=self._key).digest()


def compact_type(type_: ActivityType) -> ActivityType:
    """Return an activity type that judges and prints like a type, and takes less memory than its JSON."""
    states = None if type_.states is None else DigestedStates(type_.states)
    compact: ActivityType = _make_type(field_text(type_.code), type_.work_supplier_allowed_to_cancel, states)
    return compact
