"""A log that is checked while its report is written."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, Finding, Level, LogChecker, Source, TimeSpan, name_of
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._summary import Summary

if TYPE_CHECKING:
    from work_request_manager.reports._baseline import Baseline, NewBaseline

K = TypeVar("K")

MIN_UNKNOWN = 10
"""The number of events for unknown work requests from which a log can seem to be a part of a longer one."""

_UNKNOWN_REQUEST = "WRM401"


class Disorder(NamedTuple):
    """Two parts of a log that follow each other, although the second one begins before the first one ends."""

    first: str
    first_span: TimeSpan
    second: str
    second_span: TimeSpan

    def __str__(self) -> str:
        return (
            f"{self.second} begins at {self.second_span.begins.isoformat()}, before {self.first} ends at"
            f" {self.first_span.ends.isoformat()}; logs are judged in the order given, so give the earlier one first"
        )


class Run:
    """A check of a log. Iterate over it once: it checks the log and yields the findings to write.

    Args:
        checker: the checker.
        sources: the sources of the log, in order. If one cannot be read, the others are still checked.
        left_out: the ids of the rules whose findings are not reported.
        limit: the number of findings to yield at most. The counts include the others. Pass None for all findings.
        baseline: the known findings, which are not reported. Pass None if there are none.
        new_baseline: the baseline to add findings to: those that `left_out` leaves, known ones too. Pass None if none
            is written.

    Attributes:
        left_out: see Args.
        limit: see Args.
        baseline: see Args.
        found: the number of findings of each rule and level so far, including those past the limit.
        known: the number of findings so far that the baseline knows.
        summary: the aggregates of the findings so far. None unless `summarise` was called.
        names: the names of the sources so far.
        problems: for each source that cannot be read to its end, its index in `names` and the reason.
        disorder: the first two sources that are not in the order of time. None if all are so far.
    """

    def __init__(
        self,
        checker: LogChecker,
        sources: Iterable[Source],
        *,
        left_out: frozenset[str] = frozenset(),
        limit: int | None = None,
        baseline: "Baseline | None" = None,
        new_baseline: "NewBaseline | None" = None,
    ) -> None:
        self._checker = checker
        self._sources = sources
        self.left_out = left_out
        self.limit = limit
        self.baseline = baseline
        self._new_baseline = new_baseline
        has_baseline = baseline is not None or new_baseline is not None
        self._fingerprints = Fingerprints() if has_baseline else None
        self.found: Counter[tuple[str, Level]] = Counter()
        self.known = 0
        self.summary: Summary | None = None
        self.names: list[str] = []
        self.problems: dict[int, str] = {}
        self.disorder: Disorder | None = None
        self._unknown_requests = 0

    def summarise(self) -> Summary:
        """Aggregate the findings, also those past the limit. Call this before you iterate."""
        self.summary = self.summary or Summary()
        return self.summary

    def __iter__(self) -> Iterator[Finding]:
        return map(itemgetter(0), self._up_to_limit())

    def with_fingerprints(self) -> Iterator[tuple[Finding, str]]:
        """Iterate over the run, and yield the fingerprint of each finding as well."""
        self._fingerprints = self._fingerprints or Fingerprints()
        return self._up_to_limit()

    def _up_to_limit(self) -> Iterator[tuple[Finding, str]]:
        reported = self._reported()
        yield from islice(reported, self.limit)
        deque(reported, maxlen=0)  # read to the end, because the counts include all findings

    def _reported(self) -> Iterator[tuple[Finding, str]]:
        before: tuple[str, TimeSpan] | None = None
        for number, source in enumerate(self._sources):
            name = name_of(source)
            self.names.append(name)
            try:
                for finding in self._checker.findings(source):
                    self._unknown_requests += finding.rule == _UNKNOWN_REQUEST
                    # Findings that are left out count, because they can be earlier ones of the same kind.
                    fingerprint = self._fingerprints.of(finding) if self._fingerprints else ""
                    if self._is_reported(finding, fingerprint):
                        self.found[finding.rule, finding.level] += 1
                        if self.summary is not None:
                            self.summary.add(finding)
                        yield finding, fingerprint
            except UnreadableLog as error:
                self.problems[number] = str(error)
            span = self._checker.span
            if span is not None:
                if before is not None and span.begins < before[1].ends and self.disorder is None:
                    self.disorder = Disorder(*before, name, span)
                before = name, span

    def _is_reported(self, finding: Finding, fingerprint: str) -> bool:
        is_known = self.baseline is not None and self.baseline.has(fingerprint)
        if finding.rule in self.left_out:
            return False
        if self._new_baseline is not None:
            self._new_baseline.add(finding, fingerprint)
        self.known += is_known
        return not is_known

    @property
    def unreadable(self) -> list[str]:
        """The reasons why sources so far cannot be read to their end."""
        return list(self.problems.values())

    @property
    def counts(self) -> Counts:
        """The number of lines of each sort so far."""
        return self._checker.counts

    @property
    def moves(self) -> Mapping[tuple[str | None, str], int]:
        """The number of status updates so far by categories, if the checker counts them. See `LogChecker.moves`."""
        return self._checker.moves

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

    def __call__(self, run: Run) -> Iterator[str]:
        """Check the run's log and yield the report in pieces, as the findings come.

        Args:
            run: the run. Nothing has iterated over it yet.
        """


def _sums(counted: Iterable[tuple[K, int]]) -> Counter[K]:
    sums: Counter[K] = Counter()
    for key, count in counted:
        sums[key] += count
    return sums
