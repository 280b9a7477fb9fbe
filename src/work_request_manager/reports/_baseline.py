"""Baselines: files of known findings, which later reports leave out."""

import codecs
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import msgspec

from work_request_manager._values import printable
from work_request_manager.errors import WireError
from work_request_manager.log import Finding, shortened
from work_request_manager.reports._json import encode

BASELINE_LIMIT = 64 << 20
"""The number of bytes that a baseline can have."""

_WAY_OUT = "write the file again: wrm check --write-baseline FILE LOG"


class _Entry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """A known finding. Only its fingerprint is compared. The rest is for readers."""

    rule: str
    task_id: str | None
    activity_id: str | None
    at: str | None
    message: str
    fingerprint: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    findings: list[_Entry]


class Baseline:
    """The findings that are known, by their fingerprints.

    Args:
        fingerprints: the fingerprints.
    """

    def __init__(self, fingerprints: Iterable[str]) -> None:
        self._known = frozenset(fingerprints)
        self._not_found = set(self._known)

    def has(self, fingerprint: str) -> bool:
        """Return whether a finding is known, and note that it was found."""
        self._not_found.discard(fingerprint)
        return fingerprint in self._known

    @property
    def not_found(self) -> int:
        """The number of known findings that were not found so far."""
        return len(self._not_found)


class NewBaseline:
    """A baseline to write. If it grows too large, it only counts findings.

    Attributes:
        count: the number of findings that were added.
        is_too_large: whether the file would be larger than BASELINE_LIMIT.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._room = BASELINE_LIMIT - len(_START) - len(_END)
        self.count = 0
        self.is_too_large = False

    def add(self, finding: Finding, fingerprint: str) -> None:
        """Add a finding."""
        self.count += 1
        short = shortened(finding)
        entry = {
            "rule": short.rule,
            "taskId": short.task_id,
            "activityId": short.activity_id,
            "at": short.at,
            "message": short.message,
        }
        # Lone surrogates could be written, but not read again.
        texts = {key: text and printable(text) for key, text in entry.items()}
        line = encode({**texts, "fingerprint": fingerprint})
        self._room -= len(line) + len(_SEPARATOR)
        if self._room < 0:
            self.is_too_large = True
            self._lines.clear()
        if not self.is_too_large:
            self._lines.append(line)

    def text(self) -> Iterator[str]:
        """Yield the file in pieces: JSON with a finding on each line, in the order of rules and work requests."""
        yield _START
        separator = "\n"
        for line in sorted(self._lines):
            yield separator + line
            separator = _SEPARATOR
        yield _END


_START, _SEPARATOR, _END = '{"version":1,"findings":[', ",\n", "\n]}\n"


def decode_baseline(data: bytes) -> Baseline:
    """Decode a file that `NewBaseline` wrote.

    Raises:
        WireError: the data is not a baseline. The error has the path of the bad field.
    """
    try:
        document = msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8), type=_Document)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `")
        path = place.removesuffix("`") or "$"
        found = "is not 1" if path == "$.version" else f"is not that of a baseline: {problem}"
        raise WireError("WRM502", path, f"{found}; {_WAY_OUT}") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError("WRM501", "$", f"is not JSON in UTF-8: {error}; {_WAY_OUT}") from None
    first_places: dict[str, int] = {}
    for index, entry in enumerate(document.findings):
        first = first_places.setdefault(entry.fingerprint, index)
        if first != index:
            raise WireError(
                "WRM502",
                f"$.findings[{index}].fingerprint",
                f"is {entry.fingerprint}, which $.findings[{first}] has too; delete one of the two",
            )
    return Baseline(first_places)
