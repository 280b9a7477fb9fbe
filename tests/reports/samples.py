"""Findings, counts and runs for the tests of reports."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from work_request_manager import Basis
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, Finding, Level, LogChecker, Source, TimeSpan
from work_request_manager.reports import FORMATS, Run


def finding(**fields: object) -> Finding:
    """Return a finding with these fields replaced."""
    known: dict[str, object] = {
        "file": "log.jsonl",
        "line": 17,
        "rule": "WRM201",
        "name": "closed-is-final",
        "basis": Basis.STATED,
        "level": Level.ERROR,
        "task_id": "WR-1",
        "activity_id": "A-1",
        "event": "UpdateTaskActivityStatusEvent",
        "at": "2026-03-02T21:00:00.5Z",
        "message": "activity A-1 is Closed, which is final; it cannot move to Active (OnSite)",
        "first_refusal": None,
        "sender": "WorkSupplier northline",
        "supplier": "northline",
        "activity_type": "FIBRE_CONNECT",
        "from_": "Closed",
        "to": "Active",
    }
    return Finding(**(known | fields))  # type: ignore[arg-type]  # the fields' types differ


_UNREAD = dict.fromkeys(
    ("basis", "task_id", "activity_id", "event", "at", "sender", "supplier", "activity_type", "from_", "to")
)
NOT_JSON = finding(rule="WRM501", name="not-json", message="why", first_refusal="log.jsonl:2", **_UNREAD)
HELD = finding(
    line=4, rule="WRM107", name="held-work-does-not-start", basis=Basis.ASSUMED, level=Level.WARNING, message="held"
)

COUNTS = Counts(
    lines=12, blank=1, malformed=1, unknown=1, events=9, consumed=7, not_consumed=1, refused=1, work_requests=2
)
COUNTS_IN_JSON = {
    "lines": 12, "blank": 1, "malformed": 1, "unknown": 1, "events": 9, "consumed": 7, "notConsumed": 1,
    "refused": 1, "workRequests": 2, "assumed": 0,
}  # fmt: skip


class ScriptedChecker(LogChecker):
    """A checker that yields given findings for every source.

    Args:
        script: the findings.
        counts: its counts.
        problem: the reason why no source can be read to its end. None if all can.
        spans: the times of the sources, in order. Those of the others are unknown.
        moves: its moves.
    """

    def __init__(
        self,
        script: Iterable[Finding],
        counts: Counts = COUNTS,
        problem: str | None = None,
        spans: Iterable[TimeSpan | None] = (),
        moves: Mapping[tuple[str | None, str], int] | None = None,
    ) -> None:
        self._script, self._scripted_counts, self._problem = script, counts, problem
        self._spans = iter(spans)
        self._moves = moves or {}

    @property
    def counts(self) -> Counts:
        """The given counts."""
        return self._scripted_counts

    @property
    def moves(self) -> Mapping[tuple[str | None, str], int]:
        """The given moves."""
        return self._moves

    @property
    def span(self) -> TimeSpan | None:
        """The next of the given times."""
        return next(self._spans, None)

    def findings(self, source: Source) -> Iterator[Finding]:
        """Yield the given findings."""
        yield from self._script
        if self._problem:
            raise UnreadableLog(f"{source} {self._problem}")


def run(*found: Finding, counts: Counts = COUNTS, problem: str | None = None, **options: Any) -> Run:
    """Return a run with these findings."""
    return Run(ScriptedChecker(found, counts, problem), ["log.jsonl"], **options)


def many(count: int) -> Iterator[Finding]:
    """Yield this number of different findings."""
    return (finding(line=number, message=f"finding {number}") for number in range(1, count + 1))


def report_of(form: str, found: Run) -> str:
    """Return a whole report."""
    return "".join(FORMATS[form](found))
