"""A log that is checked while its report is written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, Finding, Level, LogChecker, Source, name_of

K = TypeVar("K")

MIN_UNKNOWN = 10
"""The number of events for unknown work requests from which a log can seem to be a part of a longer one."""

_UNKNOWN_REQUEST = "WRM401"


class Run:
    """A check of a log. Iterate over it once: it checks the log and yields the findings to write.

    Args:
        checker: the checker.
        sources: the sources of the log, in order. If one cannot be read, the others are still checked.
        left_out: the ids of the rules whose findings are not reported.
        limit: the number of findings to yield at most. The counts include the others. Pass None for all findings.

    Attributes:
        left_out: see Args.
        limit: see Args.
        found: the number of findings of each rule and level so far, including those past the limit.
        names: the names of the sources so far.
        problems: for each source that cannot be read to its end, its index in `names` and the reason.
    """

    def __init__(
        self,
        checker: LogChecker,
        sources: Iterable[Source],
        *,
        left_out: frozenset[str] = frozenset(),
        limit: int | None = None,
    ) -> None:
        self._checker = checker
        self._sources = sources
        self.left_out = left_out
        self.limit = limit
        self.found: Counter[tuple[str, Level]] = Counter()
        self.names: list[str] = []
        self.problems: dict[int, str] = {}
        self._unknown_requests = 0

    def __iter__(self) -> Iterator[Finding]:
        reported = self._reported()
        yield from islice(reported, self.limit)
        for _ in reported:
            pass  # read to the end, because the counts include all findings

    def _reported(self) -> Iterator[Finding]:
        for number, source in enumerate(self._sources):
            self.names.append(name_of(source))
            try:
                for finding in self._checker.findings(source):
                    self._unknown_requests += finding.rule == _UNKNOWN_REQUEST
                    if finding.rule not in self.left_out:
                        self.found[finding.rule, finding.level] += 1
                        yield finding
            except UnreadableLog as error:
                self.problems[number] = str(error)

    @property
    def unreadable(self) -> list[str]:
        """The reasons why sources so far cannot be read to their end."""
        return list(self.problems.values())

    @property
    def counts(self) -> Counts:
        """The number of lines of each sort so far."""
        return self._checker.counts

    @property
    def levels(self) -> Counter[Level]:
        """The number of findings of each level so far, including those past the limit."""
        return _sums((level, count) for (_, level), count in self.found.items())

    @property
    def rules(self) -> Counter[str]:
        """The number of findings of each rule so far, including those past the limit."""
        return _sums((rule_id, count) for (rule_id, _), count in self.found.items())

    @property
    def past_limit(self) -> int:
        """The number of findings past the limit so far."""
        return 0 if self.limit is None else max(0, self.found.total() - self.limit)

    @property
    def seems_partial(self) -> bool:
        """Whether the log seems to be a part of a longer one: it creates few of the work requests that it is about."""
        unknown = self._unknown_requests
        return unknown >= MIN_UNKNOWN and 10 * unknown >= self.counts.events


class Format(Protocol):
    """A report format: a function that writes the report of a run."""

    def __call__(self, run: Run, *, statistics: bool = False) -> Iterator[str]:
        """Check the run's log and yield the report in pieces, as the findings come.

        Args:
            run: the run. Nothing has iterated over it yet.
            statistics: whether to add the number of findings of each rule.
        """


def _sums(counted: Iterable[tuple[K, int]]) -> Counter[K]:
    sums: Counter[K] = Counter()
    for key, count in counted:
        sums[key] += count
    return sums
