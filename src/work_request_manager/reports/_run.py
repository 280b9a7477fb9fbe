"""A log being judged for a report: its findings as they come, and what they came to."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from work_request_manager.log._findings import Counts, Finding, Level
from work_request_manager.log import Check, Source, UnreadableLog

K = TypeVar("K")


class Run:
    """A log that is judged while its report is written. Iterated once, it yields the findings to write.

    Args:
        check: what judges.
        logs: the sources of the log, in order; one that can't be read does not keep the others from being judged.
        left_out: the ids of the rules that are not reported.
        limit: how many findings to yield at most; the others are only counted. None for all.
    """

    def __init__(
        self,
        check: Check,
        logs: Iterable[Source],
        *,
        left_out: frozenset[str] = frozenset(),
        limit: int | None = None,
    ) -> None:
        self._check = check
        self._logs = logs
        self.left_out = left_out
        self.limit = limit
        self.found: Counter[tuple[str, Level]] = Counter()
        self.unreadable: list[str] = []

    def __iter__(self) -> Iterator[Finding]:
        reported = self._reported()
        yield from islice(reported, self.limit)
        for _ in reported:
            pass  # counted all the same

    def _reported(self) -> Iterator[Finding]:
        for log in self._logs:
            try:
                for finding in self._check.findings(log):
                    if finding.rule not in self.left_out:
                        self.found[finding.rule, finding.level] += 1
                        yield finding
            except UnreadableLog as error:
                self.unreadable.append(str(error))

    @property
    def counts(self) -> Counts:
        """How many lines of each sort there were so far."""
        return self._check.counts

    @property
    def levels(self) -> Counter[Level]:
        """How many findings of each level there were so far, those past the limit too."""
        return _totals((level, count) for (_, level), count in self.found.items())

    @property
    def rules(self) -> Counter[str]:
        """How many findings of each rule there were so far, those past the limit too."""
        return _totals((rule_id, count) for (rule_id, _), count in self.found.items())

    @property
    def past_limit(self) -> int:
        """How many findings there were past the limit so far."""
        return 0 if self.limit is None else max(0, self.found.total() - self.limit)


class Format(Protocol):
    """What writes the report of a run."""

    def __call__(self, run: Run, *, statistics: bool = False) -> Iterator[str]:
        """Judge the run's log and yield its report in pieces, as the findings come.

        Args:
            run: the log, not iterated yet.
            statistics: whether to say how often each rule was found.
        """


def _totals(counted: Iterable[tuple[K, int]]) -> Counter[K]:
    totals: Counter[K] = Counter()
    for key, count in counted:
        totals[key] += count
    return totals
