"""The histories of many work requests of a log, in one pass over it.

A history is short enough for a page. A work request with many lines has its first steps, and from then on only steps
with findings, whose number is limited too. So memory is bounded, and a line without a step costs little more than in
`check`.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial as bound
from itertools import chain
from typing import NamedTuple

import msgspec

from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._fast.updates import Update
from work_request_manager.log._findings import Finding
from work_request_manager.log._following import FollowedRequest, FollowedTables, FollowingChecker, Row
from work_request_manager.log._mapped.rows import Batch
from work_request_manager.log._sources import Source
from work_request_manager.log._steps import (
    ActivityStep,
    Asked,
    Place,
    Step,
    answer_between,
    asked_by_update,
)
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import LogMapping, Types, object_from

__all__ = ["MAX_ACTIVITIES", "History", "histories"]

MAX_ACTIVITIES = 100
"""The number of activities up to which a work request is shown with all of them."""


class History(NamedTuple):
    """The history of one work request.

    Args:
        steps: the first steps, and some later steps with findings. See `histories`.
        left_out: the number of steps that are not in `steps`.
    """

    steps: tuple[Step, ...] = ()
    left_out: int = 0


def histories(
    sources: Iterable[Source],
    ids: Collection[str],
    *,
    most_steps: int,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types | None = None,
    history: bool = False,
    partial: bool = False,
    mapping: LogMapping | None = None,
) -> Mapping[str, History]:
    """Return the histories of some work requests of a log.

    The first `most_steps` steps of a work request are those of `RequestChecker`. Each later line is judged, but only
    one with findings becomes a step, and only the first `most_steps` of them do.

    Later steps are brief. They lack the work request before and after the event. Of the activities, they have only the
    one that the event is for. The steps of a work request with more than MAX_ACTIVITIES activities are brief too.

    A source that cannot be read to its end is read as far as possible. `check` reports the problem.

    Args:
        sources: the parts of the log, in order. See `check`.
        ids: the ids of the work requests, in full.
        most_steps: the greatest number of first steps, and also of later steps with findings.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect.
        partial: whether the log is a part of a longer history. Implies `history`.
        mapping: the description of a log in another format. Implies `partial`.

    Returns:
        The histories by their ids, in the order of `ids`. A work request that the log does not name has an empty one.

    Raises:
        TypeError: a source is bytes.
    """
    checker = _HistoriesChecker(
        ids, most_steps, rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping
    )
    for source in sources:
        with suppress(UnreadableLog):
            deque(checker.findings(source), maxlen=0)
    return checker.histories()


class _HistoriesChecker(FollowingChecker):
    """A checker that keeps the histories of some work requests. See `histories` for the arguments."""

    def __init__(
        self,
        ids: Iterable[str],
        most_steps: int,
        *,
        rulebook: Rulebook,
        types: Types | None,
        history: bool,
        partial: bool,
        mapping: LogMapping | None,
    ) -> None:
        self._kept: dict[str, list[Step]] = {each: [] for each in ids}
        self._most = most_steps
        followed = [FollowedRequest(each, bound(self._keep, steps)) for each, steps in self._kept.items()]
        super().__init__(followed, rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping)

    def _keep(self, steps: list[Step], step: Step) -> None:
        if self._is_kept(steps, step.findings):
            steps.append(step)

    def _is_kept(self, steps: list[Step], found: Sequence[Finding]) -> bool:
        """Return whether a step is one of the first, or one of the first later ones with findings."""
        return len(steps) < self._most or (bool(found) and len(steps) < 2 * self._most)

    def histories(self) -> dict[str, History]:
        """Return the histories by their ids."""
        return {
            each.id: History(tuple(self._kept[each.id]), each.steps - len(self._kept[each.id]))
            for each in self._followed.values()
        }

    # ---- Brief steps

    def _is_late(self, followed: FollowedRequest) -> bool:
        """Return whether a work request has its first steps already."""
        return followed.steps >= self._most

    def _is_large(self, followed: FollowedRequest) -> bool:
        """Return whether a work request has too many activities to be shown with all of them."""
        request = self._request(followed.id)
        return request is not None and len(request.more) >= MAX_ACTIVITIES

    def _follow(
        self, followed: FollowedRequest, file: str, number: int, asked: Asked, judge: Callable[[], list[Finding]]
    ) -> list[Finding]:
        new = getattr(asked.known, "activities", ())
        if len(new) <= MAX_ACTIVITIES and not self._is_large(followed):
            found = super()._follow(followed, file, number, asked, judge)
        else:
            before = self._moment(followed, asked.activity_id or "")
            found = judge()
            self._take_briefly(followed, file, number, asked, before, found)
        if self._is_large(followed):
            followed.work_request = None
        return found

    def _take_briefly(
        self, followed: FollowedRequest, file: str, number: int, asked: Asked, before: "_Moment", found: list[Finding]
    ) -> None:
        answer = answer_between(before.answers, self._answers())
        activities: tuple[ActivityStep, ...] = ()
        if asked.activity_id is not None:
            activities = (*self._activity_steps(followed.id, asked, {asked.activity_id: before.place.status}),)
        self._count(followed)
        followed.take(asked.step(file, number, answer, None, None, activities, found))

    def _moment(self, followed: FollowedRequest, activity_id: str) -> "_Moment":
        return _Moment(self._answers(), self._place_of(followed.id, activity_id))

    # ---- Later steps

    def _followed_in(self, line: bytes) -> FollowedRequest | None:
        followed = self._followed.get(task_id_in(line))
        if followed is not None and self._is_late(followed):
            return followed  # if the line is bad, its finding decides
        return super()._followed_in(line)

    def _judge_line(
        self, followed: FollowedRequest, file: str, number: int, line: bytes, *, is_ascii: bool
    ) -> list[Finding]:
        if not self._is_late(followed):
            return super()._judge_line(followed, file, number, line, is_ascii=is_ascii)
        before = self._moment(followed, _activity_id_in(line))
        found = self._findings_of(file, number, line, is_ascii=is_ascii)
        if found and found[0].task_id != followed.id:
            return []  # the line is so bad that it names no work request
        if not self._is_kept(self._kept[followed.id], found):
            self._count(followed)
            return found
        try:
            asked = self._asked_in(line)
        except WireError:
            return self._take_bad_line(followed, found)
        self._take_briefly(followed, file, number, asked, before, found)
        return found

    def _judge_rows(self, tables: FollowedTables, file: str, batch: Batch) -> list[Finding]:
        late: list[tuple[int, Row]] = []
        found: list[Finding] = []
        for number, values, followed in self._named_rows(batch):
            if self._is_late(followed):
                late.append((number, values))
            else:
                found += self._judge_row_of_table(followed, tables, file, number, values)
        return found + self._judge_late_rows(tables, file, late) if late else found

    def _judge_late_rows(self, tables: FollowedTables, file: str, rows: list[tuple[int, Row]]) -> list[Finding]:
        updates = tables.usual_updates(rows)
        if updates is not None:
            found = (self._judge_late_update(tables, file, number, update) for number, update in updates)
        elif len(rows) > 1:
            # Halves, so that an unusual row does not make the others slow.
            half = len(rows) // 2
            found = (self._judge_late_rows(tables, file, part) for part in (rows[:half], rows[half:]))
        else:
            found = (self._judge_unusual_row(tables, file, number, values) for number, values in rows)
        return [*chain.from_iterable(found)]

    def _judge_unusual_row(self, tables: FollowedTables, file: str, number: int, values: Row) -> list[Finding]:
        try:
            update = tables.update_of(values)
        except WireError:
            if not isinstance(values[0], str):
                return []  # its finding names no work request
            return self._take_bad_line(self._followed[values[0]], tables.judge_one(file, number, values))
        return [] if update is None else self._judge_late_update(tables, file, number, update)

    def _judge_late_update(self, tables: FollowedTables, file: str, number: int, update: Update) -> list[Finding]:
        followed = self._followed[update.task_id]
        before = self._moment(followed, update.activity_id)
        found = tables.loop.judge_updates(file, [(number, update)])
        if self._is_kept(self._kept[followed.id], found):
            self._take_briefly(followed, file, number, asked_by_update(update), before, found)
        else:
            self._count(followed)
        return found

    def _count(self, followed: FollowedRequest) -> None:
        if self._is_late(followed):
            followed.work_request = None
        super()._count(followed)


class _Moment(NamedTuple):
    """The moment before an event: the numbers of answers, and the place of the activity that the event names."""

    answers: tuple[int, ...]
    place: Place


class _About(msgspec.Struct, rename="camel", gc=False):
    """A line, of which only the activity's id is read."""

    activity_id: str = ""


_decode_about = msgspec.json.Decoder(_About).decode


def _activity_id_in(line: bytes) -> str:
    """Return the id of the activity that a line names. Return "" if it names none."""
    try:
        return _decode_about(line).activity_id
    except (msgspec.MsgspecError, ValueError):
        pass  # it can be there nevertheless, for example in a line with a large number
    try:
        value = object_from(line).get("activityId")
    except WireError:
        return ""
    return value if isinstance(value, str) else ""
