"""A checker that follows some work requests of a log, and skips all other lines.

The accelerator judges the lines of a work request, one after another. No other line matters to them, so their findings
are those of the whole log, for every kind of log. The statuses are those that the accelerator keeps, because in a
partial log it alone knows which facts are certain. In a complete log they equal those of `decide` and `evolve`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from work_request_manager.deciding import evolve
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.judging import Answer
from work_request_manager.log._checker import LogChecker
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._fast.updates import Update
from work_request_manager.log._findings import Finding, Tally, field_text
from work_request_manager.log._mapped.judging import TableJudge
from work_request_manager.log._mapped.rows import Batch, Values
from work_request_manager.log._plain import decode_line
from work_request_manager.log._steps import (
    ActivityStep,
    Asked,
    KnownStatus,
    Place,
    Step,
    answer_between,
    asked_by_event,
    asked_by_update,
    step_of_bad_line,
)
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import LogMapping, Types, object_from

Row = tuple[Any, ...]
"""The values of a row that is not bad by itself."""


class FollowedRequest:
    """A work request that is followed.

    Args:
        work_request_id: its id.
        take: the function to call with each step.

    Attributes:
        id: its id.
        take: the function to call with each step.
        steps: the number of steps so far.
        work_request: the work request now. None if it does not exist, or the log shows only a part of it.
    """

    def __init__(self, work_request_id: str, take: Callable[[Step], None]) -> None:
        self.id = work_request_id
        self.take = take
        self.steps = 0
        self.work_request: WorkRequest | None = None


class FollowingChecker(LogChecker):
    """A checker that follows some work requests of a log, and skips all other lines. See `LogChecker`.

    Args:
        followed: the work requests.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect.
        partial: whether the log is a part of a longer history. Implies `history`.
        mapping: the description of a log in another format. Implies `partial`.

    Attributes:
        steps: the number of steps of all of them so far.
        is_history: whether events take effect even if they break rules.
        is_partial: whether the log is a part of a longer history.
    """

    def __init__(
        self,
        followed: Iterable[FollowedRequest],
        *,
        rulebook: Rulebook = DEFAULT_RULEBOOK,
        types: Types | None = None,
        history: bool = False,
        partial: bool = False,
        mapping: LogMapping | None = None,
    ) -> None:
        super().__init__(rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping)
        self._followed: Mapping[str | None, FollowedRequest] = {each.id: each for each in followed}
        # A line in which the fast decoder finds no id may have one.
        self._candidates = {None, *self._followed}
        self._by_value = {value: each for each in self._followed.values() for value in _values_of(each.id)}
        self.steps = 0
        self.is_partial = partial or mapping is not None
        self.is_history = history or self.is_partial
        if mapping is not None:
            tables = FollowedTables(rulebook, self._types, mapping, self._tally, self._judge_rows)
            self._tables, self._loop = tables, tables.loop

    def _parts(self, size: int) -> Iterator[slice]:
        """Yield all lines in one part, because the time of the first event is of no interest here."""
        yield slice(size)

    # ---- Lines

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False
    ) -> list[Finding]:
        """Judge those of the next lines that name a followed work request. See `LogChecker.judge_lines`."""
        candidates = self._candidates
        named = [
            (at_line, line)
            for at_line, line in enumerate(lines, number)
            if line is not None and task_id_in(line) in candidates
        ]
        found: list[Finding] = []
        for at_line, line in named:
            followed = self._followed_in(line)
            if followed is not None:
                found += self._judge_line(followed, file, at_line, line, is_ascii=is_ascii)
        return found

    def _followed_in(self, line: bytes) -> FollowedRequest | None:
        """Return the work request that the finding of a line would name, if it is followed."""
        try:
            named = object_from(line).get("taskId")
        except WireError:
            return None
        return self._followed.get(named) if isinstance(named, str) else None

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes | None) -> list[Finding]:
        """Judge a row if its line names a followed work request. See `LogChecker.judge_row`."""
        if line is None or task_id_in(line) not in self._candidates:
            return []
        steps = self.steps
        found = super().judge_row(file, number, work_request_id, line)
        if steps < self.steps or not found:
            return found
        # A line whose row is of another work request has a finding, although it was not judged as a line.
        followed = self._followed.get(found[0].task_id)
        return [] if followed is None else self._take_bad_line(followed, found)

    def _judge_line(
        self, followed: FollowedRequest, file: str, number: int, line: bytes, *, is_ascii: bool
    ) -> list[Finding]:
        """Judge a line that names a followed work request, and take its step."""

        def judge() -> list[Finding]:
            return self._findings_of(file, number, line, is_ascii=is_ascii)

        try:
            asked = self._asked_in(line)
        except WireError:
            return self._take_bad_line(followed, judge())
        return self._follow(followed, file, number, asked, judge)

    def _findings_of(self, file: str, number: int, line: bytes, *, is_ascii: bool) -> list[Finding]:
        """Judge a line, and take no step."""
        return super().judge_lines(file, number, (line,), is_ascii=is_ascii)

    def _asked_in(self, line: bytes) -> Asked:
        """Return the event of a line that names a work request.

        Raises:
            WireError: the line is not an event, or an unknown one.
        """
        decoded = decode_line(line, self._types)
        assert decoded is not None, "a line that names a work request is not blank"
        return asked_by_event(*decoded)

    # ---- Rows of a log in another format

    def _judge_rows(self, tables: "FollowedTables", file: str, batch: Batch) -> list[Finding]:
        return [
            finding
            for number, values, followed in self._named_rows(batch)
            for finding in self._judge_row_of_table(followed, tables, file, number, values)
        ]

    def _named_rows(self, batch: Batch) -> Iterator[tuple[int, Row, FollowedRequest]]:
        """Yield the rows that name a followed work request, if they are not bad."""
        find = self._by_value.get
        for number, values in zip(*batch, strict=True):
            if isinstance(values, tuple):
                try:
                    followed = find(values[0])
                except TypeError:
                    continue  # a list or an object, which is not an id
                if followed is not None:
                    yield number, values, followed

    def _judge_row_of_table(
        self, followed: FollowedRequest, tables: "FollowedTables", file: str, number: int, values: Row
    ) -> list[Finding]:
        """Judge a row that names a followed work request, and take its step."""

        def judge() -> list[Finding]:
            return tables.judge_one(file, number, values)

        try:
            update = tables.update_of(values)
        except WireError:
            # The finding of a bad row names the work request only if that is text.
            return self._take_bad_line(followed, judge()) if isinstance(values[0], str) else []
        if update is None:
            return []  # the mapping leaves the row out
        return self._follow(followed, file, number, asked_by_update(update), judge)

    # ---- Steps

    def _take_bad_line(self, followed: FollowedRequest, found: list[Finding]) -> list[Finding]:
        """Take the step of a line that is not an event, or an unknown one. Return its finding."""
        (finding,) = found
        self._count(followed)
        followed.take(step_of_bad_line(finding, followed.work_request))
        return found

    def _count(self, followed: FollowedRequest) -> None:
        self.steps += 1
        followed.steps += 1

    def _follow(
        self, followed: FollowedRequest, file: str, number: int, asked: Asked, judge: Callable[[], list[Finding]]
    ) -> list[Finding]:
        """Judge an event, and take its step. Return its findings."""
        answers, before = self._answers(), followed.work_request
        earlier = dict(self._concerned(followed.id, asked))
        found = judge()
        answer = answer_between(answers, self._answers())
        self._let_take_effect(followed, asked.known, answer)
        activities = tuple(self._activity_steps(followed.id, asked, earlier))
        self._count(followed)
        followed.take(asked.step(file, number, answer, before, followed.work_request, activities, found))
        return found

    def _answers(self) -> tuple[int, ...]:
        """Return the numbers of answers so far."""
        return tuple(self._loop.answers)

    def _activity_steps(
        self, work_request_id: str, asked: Asked, earlier: Mapping[str, KnownStatus | None]
    ) -> Iterator[ActivityStep]:
        """Yield the steps of activities, after an event was judged."""
        if asked.activity_id is not None and self._tracked(work_request_id, asked.activity_id) is None:
            return  # the log shows that there is no such activity
        for activity_id, after in self._concerned(work_request_id, asked):
            before, is_new = earlier.get(activity_id), asked.kind.new_activities is not None
            if asked.activity_id is not None or before != after or activity_id not in earlier:
                yield ActivityStep(field_text(activity_id), before, after, is_new)

    def _let_take_effect(self, followed: FollowedRequest, event: AnyEvent | None, answer: Answer) -> None:
        tracked = self._request(followed.id)
        if event is None or (tracked is not None and tracked.unseen is not None):
            return  # the log shows only a part of the work request
        if answer is Answer.CONSUMED or (answer is Answer.REFUSED and self.is_history):
            followed.work_request = evolve(followed.work_request, event)

    # ---- Statuses

    def _concerned(self, work_request_id: str, asked: Asked) -> Iterator[tuple[str, KnownStatus | None]]:
        """Yield the activity that an event is for, or all activities if it may create or move several."""
        if asked.activity_id is not None:
            yield asked.activity_id, self._place_of(work_request_id, asked.activity_id).status
        elif asked.kind.change is None or asked.kind.new_activities is not None:
            yield from self._statuses(work_request_id)

    def _statuses(self, work_request_id: str) -> Iterator[tuple[str, KnownStatus | None]]:
        """Yield each activity that the log has shown, with its status now. The status is None if it is unknown."""
        request = self._request(work_request_id)
        for activity in () if request is None else request.activities():
            yield activity.activity_id, Place(activity.node, activity.state).status

    def _place_of(self, work_request_id: str, activity_id: str) -> Place:
        """Return the place of an activity now. An activity that the log has not shown can have one."""
        request = self._request(work_request_id)
        activity = None if request is None else request.activity(activity_id)
        if activity is not None:
            return Place(activity.node, activity.state)
        return Place(self._loop.unseen() if request is None else request.unseen, UNKNOWN)

    def _request(self, work_request_id: str) -> TrackedRequest | None:
        return self._loop.requests.get(work_request_id)

    def _tracked(self, work_request_id: str, activity_id: str) -> TrackedActivity | None:
        request = self._request(work_request_id)
        return None if request is None else request.activity(activity_id)


class FollowedTables(TableJudge):
    """Tables of which another judge selects the rows.

    Args:
        rulebook: the rules to judge by.
        types: the configured activity types by their codes.
        mapping: the description of the tables.
        tally: the numbers of rows that are not judged.
        follow: judges some of the next rows, from these tables, the name of the log and the rows.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        types: Types,
        mapping: LogMapping,
        tally: Tally,
        follow: Callable[["FollowedTables", str, Batch], list[Finding]],
    ) -> None:
        super().__init__(rulebook, types, mapping, tally)
        self._follow = follow

    def judge(self, file: str, batch: Batch) -> list[Finding]:
        """Judge some of the next rows. See `TableJudge.judge`."""
        return self._follow(self, file, batch)

    def judge_one(self, file: str, number: int, values: Values) -> list[Finding]:
        """Judge one row. See `judge`."""
        return super().judge(file, Batch([number], [values]))

    def update_of(self, values: Row) -> Update | None:
        """Return the update of a row. See `Updates.of`."""
        return self._updates.of(values)

    def usual_updates(self, rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, Update]] | None:
        """Return the updates of numbered rows, if all rows are usual, or None. See `Updates.columns`."""
        numbers, values = zip(*rows, strict=True)
        columns = self._updates.columns(numbers, values)
        return None if columns is None else columns.updates()


def _values_of(work_request_id: str) -> Iterator[Any]:
    """Yield the values of a column that can be an id: its text, and a number or a UUID with this text.

    Numbers of all types that are equal have the same hash, so one lookup finds each of them.
    """
    yield work_request_id
    for type_ in (int, UUID):
        with suppress(ValueError):
            value = type_(work_request_id)
            if str(value) == work_request_id:
                yield value
