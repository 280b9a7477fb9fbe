"""Aggregates of findings: by rule, by supplier and activity type, by move, and by work request.

They do not depend on the format that shows them. To count by another property, add a `Grouping` to `Summary`.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from hashlib import blake2b
from heapq import nlargest
from itertools import count
from typing import Any, Generic, TypeVar

from work_request_manager._values import MAX_TEXT, short_text
from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.log import Finding, Level
from work_request_manager.reports._fingerprints import instant_of
from work_request_manager.reports._timeline import Timeline

K = TypeVar("K", bound=Hashable)

MAX_GROUPS = 500
"""The number of groups that a grouping keeps. The findings of others are only counted."""

REQUESTS_LIMIT = 128 << 20
"""The number of bytes that the work requests of a summary can take."""

_BYTES_EACH = 400
"""The number of bytes that a work request can take besides its id. A character of the id can take 4."""


class Group:
    """The findings that have a property in common.

    Args:
        bit: a bit that no other group has.

    Attributes:
        bit: see Args.
        errors: the number of errors.
        warnings: the number of warnings.
        requests: the number of different work requests.
        rules: the ids of the rules.
        first: the earliest time of an event, in UTC. None if no time can be read.
        last: the latest one.
    """

    __slots__ = ("bit", "errors", "first", "last", "requests", "rules", "warnings")

    def __init__(self, bit: int) -> None:
        self.bit = bit
        self.errors = self.warnings = self.requests = 0
        self.rules: set[str] = set()
        self.first: datetime | None = None
        self.last: datetime | None = None

    @property
    def findings(self) -> int:
        """The number of findings."""
        return self.errors + self.warnings

    def add(self, finding: Finding, instant: datetime | None) -> None:
        """Count a finding, with the time of its event."""
        if finding.level is Level.ERROR:
            self.errors += 1
        else:
            self.warnings += 1
        self.rules.add(finding.rule)
        if instant is not None:
            if self.first is None or instant < self.first:
                self.first = instant
            if self.last is None or instant > self.last:
                self.last = instant


class Grouping(Generic[K]):
    """Findings in groups.

    Args:
        key_of: returns the property by which a finding is grouped. None if it belongs to no group.
        numbers: the numbers of the bits of new groups.

    Attributes:
        groups: the groups by their keys, in the order of their first findings.
        left_out: the number of findings whose groups are not kept, because there are too many.
    """

    def __init__(self, key_of: Callable[[Finding], K | None], numbers: Iterator[int]) -> None:
        self._key_of = key_of
        self._numbers = numbers
        self.groups: dict[K, Group] = {}
        self.left_out = 0

    def group_of(self, finding: Finding) -> Group | None:
        """Return the group of a finding. Return None if it has none, or if there are too many."""
        key = self._key_of(finding)
        if key is None:
            return None
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MAX_GROUPS:
                self.left_out += 1
                return None
            group = self.groups[key] = Group(1 << next(self._numbers))
        return group

    def largest_first(self) -> list[tuple[K, Group]]:
        """Return the groups, those with the most findings first."""
        return sorted(self.groups.items(), key=lambda item: -item[1].findings)


class RequestCounts:
    """The findings of one work request.

    Args:
        id: the id. A long one is cut.

    Attributes:
        id: see Args.
        errors: the number of errors.
        warnings: the number of warnings.
        independent: the number of errors that cannot follow from an earlier refusal.
        bits: the bits of the groups that have counted the work request.
    """

    __slots__ = ("bits", "errors", "id", "independent", "warnings")

    def __init__(self, id: str) -> None:
        self.id = id
        self.errors = self.warnings = self.independent = self.bits = 0

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        if finding.level is Level.ERROR:
            self.errors += 1
            self.independent += finding.first_refusal is None
        else:
            self.warnings += 1


class Summary:
    """The aggregates of the findings of a log. Their memory is bounded: see MAX_GROUPS and REQUESTS_LIMIT.

    Attributes:
        by_rule: the groups by the rule's id and the level.
        by_supplier: the groups by the supplier and the code of the activity's type. Either can be None.
        by_move: the groups by the category before the event, which can be None, and the requested category.
        by_update: the groups of status updates, by the same two. Cancellations, which also close, are left out.
        requests: the work requests that have findings, by their ids or, if these are long, by digests of them.
        timeline: the numbers of findings over time.
        left_out: the number of findings whose work requests are not kept, because there are too many.
    """

    def __init__(self) -> None:
        numbers = count()
        self.by_rule = Grouping(lambda finding: (finding.rule, finding.level), numbers)
        self.by_supplier = Grouping(lambda finding: (finding.supplier, finding.activity_type), numbers)
        self.by_move = Grouping(_move_of, numbers)
        self.by_update = Grouping(_update_of, numbers)
        self._groupings: tuple[Grouping[Any], ...] = (self.by_rule, self.by_supplier, self.by_move, self.by_update)
        self.requests: dict[str, RequestCounts] = {}
        self._room = REQUESTS_LIMIT
        self.timeline = Timeline()
        self.left_out = 0

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        request = None if finding.task_id is None else self._request(finding.task_id)
        if request is not None:
            request.add(finding)
        instant = instant_of(finding.at)
        self.timeline.add(finding.level, instant)
        for grouping in self._groupings:
            group = grouping.group_of(finding)
            if group is not None:
                group.add(finding, instant)
                if request is not None and not request.bits & group.bit:
                    request.bits |= group.bit
                    group.requests += 1

    def _request(self, task_id: str) -> RequestCounts | None:
        key = task_id if len(task_id) <= MAX_TEXT else _digest(task_id)
        request = self.requests.get(key)
        if request is None:
            shown = short_text(task_id)
            self._room -= _BYTES_EACH + 4 * len(key + shown)
            if self._room < 0:
                self.left_out += 1
                return None
            request = self.requests[key] = RequestCounts(shown)
        return request

    def worst_requests(self, most: int) -> list[RequestCounts]:
        """Return the work requests with the most independent errors, or then errors and warnings, the worst first.

        Args:
            most: the number of work requests to return at most.
        """
        return nlargest(
            most, self.requests.values(), key=lambda request: (request.independent, request.errors, request.warnings)
        )


def _move_of(finding: Finding) -> tuple[str | None, str] | None:
    return None if finding.to is None else (finding.from_, finding.to)


def _update_of(finding: Finding) -> tuple[str | None, str] | None:
    return _move_of(finding) if finding.event == STATUS_UPDATE else None


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
