"""Fingerprints: a short name for each finding, by which a later report recognises it."""

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from work_request_manager._values import as_utc
from work_request_manager.errors import WireError
from work_request_manager.log import Finding
from work_request_manager.wire import decode_time

MAX_KEPT = 250_000
"""The number of findings after which the older half of what is kept may be forgotten."""

_USUAL_LENGTH = 40
"""The number of characters up to which a time is cached."""


class Fingerprints:
    """The fingerprints of the findings of one report, in the order of the log.

    A fingerprint is a digest of the rule, the work request, the activity, the time of the event, and the number of
    earlier findings with the same four. It does not depend on the file, the line or the message, so it stays the same
    if lines are inserted or a file is renamed.

    Earlier findings are counted by 64-bit digests, in two tables of at most MAX_KEPT each. If the newer table is full,
    it replaces the older one. So memory is bounded, and only findings that are more than MAX_KEPT findings apart can
    count as the first of their kind again.
    """

    def __init__(self) -> None:
        self._newer: dict[bytes, int] = {}
        self._older: dict[bytes, int] = {}

    def of(self, finding: Finding) -> str:
        """Return the fingerprint of the next finding: 16 hexadecimal digits."""
        instant = instant_of(finding.at)
        time = finding.at if instant is None else instant.isoformat()
        digest = _digest(ascii((finding.rule, finding.task_id, finding.activity_id, time)))
        earlier = self._newer.get(digest)
        if earlier is None:
            earlier = self._older.get(digest, 0)
        if len(self._newer) >= MAX_KEPT:
            self._older, self._newer = self._newer, {}
        self._newer[digest] = earlier + 1
        return _digest(f"{digest.hex()} {earlier}").hex()


def _digest(text: str) -> bytes:
    return blake2b(text.encode("ascii"), digest_size=8).digest()


def instant_of(at: str | None) -> datetime | None:
    """Return the time of a finding in UTC. Return None if it has none, or one that cannot be read."""
    if at is None:
        return None
    return _cached(at) if len(at) <= _USUAL_LENGTH else _decoded(at)


def _decoded(at: str) -> datetime | None:
    with suppress(WireError):
        return as_utc(decode_time(at))
    return None


_cached = lru_cache(4_096)(_decoded)  # because the findings of one event have the same time
