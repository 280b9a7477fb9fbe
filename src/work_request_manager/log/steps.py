"""The history of one work request of a log, step by step.

The accelerator judges the lines of the work request, one after another. No other line matters to them, so their
findings are those of the whole log, for every kind of log. The statuses are those that the accelerator keeps, because
in a partial log it alone knows which facts are certain. In a complete log they equal those of `decide` and `evolve`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import evolve
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, UpdateActivityStatus
from work_request_manager.judging import Answer
from work_request_manager.kinds import EventKind
from work_request_manager.log._checker import LogChecker
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._fast.updates import Update
from work_request_manager.log._findings import Counts, Finding, Tally, field_text, shortened
from work_request_manager.log._mapped.judging import TableJudge
from work_request_manager.log._mapped.rows import Batch, Values
from work_request_manager.log._plain import decode_line
from work_request_manager.model import Category, Closure, Party, Status, WorkRequest, party_text
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.violations import FACTS, MessageContext, context_of
from work_request_manager.wire import LogMapping, Types, object_from

MAX_IDS = 10_000
"""The number of other work requests whose ids are kept, to suggest one if the wanted work request is not found."""


class KnownStatus(NamedTuple):
    """The status of an activity, as far as the log shows it. `state` is None if only the category is known."""

    category: str
    state: str | None


class ActivityStep(NamedTuple):
    """An activity before and after an event.

    Args:
        activity_id: its id.
        before: its status before the event. None if it is unknown, or the activity did not exist.
        after: its status after the event. None if it is unknown.
        is_new: whether the event has created it.
    """

    activity_id: str
    before: KnownStatus | None
    after: KnownStatus | None
    is_new: bool


class Step(NamedTuple):
    """A line about the work request.

    Args:
        file: the name of the log.
        line: the number of the line.
        at: the time of the event, as the line spells it. None if the line has none.
        sender: the sender in words. None if it is unknown, or the line is not an event.
        event: the wire name of the event. None if the line has none.
        activity_id: the activity that the event is for. None if it is for none.
        action: what the sender asks for, in words, to follow "asks to". None if the line is not an event.
        answer: the answer. None if the line is not an event, or an unknown one.
        before: the work request before the event. None if it did not exist, or is not known as a whole.
        after: the work request after the event. None if it does not exist, or is not known as a whole.
        activities: the activity that the event is for, or each activity that an event for the whole work request has
            created or moved.
        findings: the findings of the line.
    """

    file: str
    line: int
    at: str | None
    sender: str | None
    event: str | None
    activity_id: str | None
    action: str | None
    answer: Answer | None
    before: WorkRequest | None
    after: WorkRequest | None
    activities: tuple[ActivityStep, ...]
    findings: tuple[Finding, ...]


class _Asked(NamedTuple):
    """An event to be judged, with the fields of `Step`. `known` is the event itself. None if a mapping describes it."""

    kind: EventKind
    at: str
    sender: str | None
    event: str
    activity_id: str | None
    action: str
    known: AnyEvent | None


class RequestChecker(LogChecker):
    """A checker that judges one work request of a log, and skips all other lines. See `LogChecker`.

    Args:
        work_request_id: the id of the work request.
        take: the function to call with each step.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect.
        partial: whether the log is a part of a longer history. Implies `history`.
        mapping: the description of a log in another format. Implies `partial`.

    Attributes:
        steps: the number of steps so far.
        is_history: whether events take effect even if they break rules.
        is_partial: whether the log is a part of a longer history.
        work_request: the work request now. None if it does not exist, or the log shows only a part of it.
        other_ids: the ids of other work requests in the log before the first step. If there are more than MAX_IDS, it
            does not have all of them.
    """

    def __init__(
        self,
        work_request_id: str,
        take: Callable[[Step], None],
        *,
        rulebook: Rulebook = DEFAULT_RULEBOOK,
        types: Types | None = None,
        history: bool = False,
        partial: bool = False,
        mapping: LogMapping | None = None,
    ) -> None:
        super().__init__(rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping)
        self._id = work_request_id
        self._id_bytes = work_request_id.encode("utf-8", "surrogatepass")  # no UTF-8 has a surrogate, so none is found
        self._take = take
        self.is_partial = partial or mapping is not None
        self.is_history = history or self.is_partial
        self.steps = 0
        self.work_request: WorkRequest | None = None
        self.other_ids: set[str] = set()
        if mapping is not None:
            tables = _Tables(rulebook, self._types, mapping, self._tally, self._judge_rows)
            self._tables, self._loop = tables, tables.loop

    def _parts(self, size: int) -> Iterator[slice]:
        """Yield all lines in one part, because the time of the first event is of no interest here."""
        yield slice(size)

    # ---- The lines of the work request

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False
    ) -> list[Finding]:
        """Judge those of the next lines that name the work request. See `LogChecker.judge_lines`."""
        lines = list(lines)
        if self._is_looking:
            self._note_others(map(task_id_in, filter(None, lines)))
        found: list[Finding] = []
        # To search all lines at once takes a third of the time of searching each. Most logs are mostly other lines.
        if self._may_name(b"".join(filter(None, lines))):
            for at_line, line in enumerate(lines, number):
                if line is not None and self._may_name(line) and self._names(line):
                    found += self._judge_line(file, at_line, line, is_ascii=is_ascii)
        return found

    def _may_name(self, data: bytes) -> bool:
        """Return whether data may have the id: as it is in UTF-8, or with an escape."""
        return self._id_bytes in data or b"\\" in data

    def _names(self, line: bytes) -> bool:
        """Return whether the finding of a line would name the work request."""
        if task_id_in(line) not in (None, self._id):
            return False
        try:
            return bool(object_from(line).get("taskId") == self._id)
        except WireError:
            return False

    @property
    def _is_looking(self) -> bool:
        """Whether to note the ids of other work requests."""
        return not self.steps and len(self.other_ids) <= MAX_IDS

    def _note_others(self, ids: Iterable[str | None]) -> None:
        self.other_ids.update(each for each in ids if each is not None and each != self._id)

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes | None) -> list[Finding]:
        """Judge a row if its line names the work request. See `LogChecker.judge_row`."""
        steps = self.steps
        found = super().judge_row(file, number, work_request_id, line)
        if steps < self.steps:
            return found
        # A line whose row is of another work request has a finding, although it was not judged as a line.
        return self._take_bad_line(found) if found and found[0].task_id == self._id else []

    def _judge_line(self, file: str, number: int, line: bytes, *, is_ascii: bool) -> list[Finding]:
        def judge() -> list[Finding]:
            return LogChecker.judge_lines(self, file, number, (line,), is_ascii=is_ascii)

        try:
            decoded = decode_line(line, self._types)
        except WireError:
            return self._take_bad_line(judge())
        assert decoded is not None, "a line that names a work request is not blank"
        event, at = decoded
        context = context_of(None, KINDS[type(event)], event)
        asked = _Asked(
            context.kind,
            at,
            str(event.sender),
            FACTS["event"](context),
            context.activity_id,
            FACTS["action"](context),
            event,
        )
        return self._follow(file, number, asked, judge)

    # ---- The rows of the work request in a log in another format

    def _judge_rows(self, tables: "_Tables", file: str, batch: Batch) -> list[Finding]:
        rows = [(number, values) for number, values in zip(*batch, strict=True) if isinstance(values, tuple)]
        if self._is_looking:
            self._note_others(values[0] for _, values in rows if isinstance(values[0], str))
        found: list[Finding] = []
        for number, values in rows:
            given = values[0]  # the work request
            # The text of a number is a part of its repr. Only a row that has it is worth converting.
            if given == self._id or (not isinstance(given, str) and self._id in str(given)):
                found += self._judge_row_of_table(tables, file, number, values)
        return found

    def _judge_row_of_table(self, tables: "_Tables", file: str, number: int, values: tuple[Any, ...]) -> list[Finding]:
        def judge() -> list[Finding]:
            return tables.judge_one(file, number, values)

        try:
            update = tables.update_of(values)
        except WireError:
            # The finding of a bad row names the work request only if that is text.
            return self._take_bad_line(judge()) if isinstance(values[0], str) else []
        if update is None or update.task_id != self._id:
            return []  # the mapping leaves the row out, or only the repr has the id
        kind, status = KINDS[UpdateActivityStatus], Status(Category(update.status.category), update.status.state)
        context = MessageContext(
            update.task_id, None, Party.chorus(), kind, update.activity_id, None, status, None
        )  # no words about a status update name its sender
        sender = party_text(update.sender.role, update.sender.id) if update.sender.role else None
        asked = _Asked(kind, update.at, sender, update.event, update.activity_id, FACTS["action"](context), None)
        return self._follow(file, number, asked, judge)

    # ---- Steps

    def _take_bad_line(self, found: list[Finding]) -> list[Finding]:
        """Take the step of a line that is not an event, or an unknown one. Return its finding."""
        bad = shortened(*found)
        self.steps += 1
        self._take(
            Step(
                bad.file, bad.line, bad.at, None, bad.event, bad.activity_id, None, None,
                self.work_request, self.work_request, (), tuple(found),
            )
        )  # fmt: skip
        return found

    def _follow(self, file: str, number: int, asked: _Asked, judge: Callable[[], list[Finding]]) -> list[Finding]:
        """Judge an event, and take its step. Return its findings."""
        counts, earlier, before = self.counts, dict(self._concerned(asked)), self.work_request
        found = judge()
        answer = _answer_between(counts, self.counts)
        self._let_take_effect(asked.known, answer)
        activities = tuple(self._activity_steps(asked, earlier))
        at, activity_id = field_text(asked.at), asked.activity_id and field_text(asked.activity_id)
        self.steps += 1
        self._take(
            Step(
                file, number, at, asked.sender, asked.event, activity_id, asked.action, answer,
                before, self.work_request, activities, tuple(found),
            )
        )  # fmt: skip
        return found

    def _activity_steps(self, asked: _Asked, earlier: Mapping[str, KnownStatus | None]) -> Iterator[ActivityStep]:
        """Yield the steps of activities, after an event was judged."""
        if asked.activity_id is not None and self._tracked(asked.activity_id) is None:
            return  # the log shows that there is no such activity
        for activity_id, after in self._concerned(asked):
            before, is_new = earlier.get(activity_id), asked.kind.new_activities is not None
            if asked.activity_id is not None or before != after or activity_id not in earlier:
                yield ActivityStep(field_text(activity_id), before, after, is_new)

    def _let_take_effect(self, event: AnyEvent | None, answer: Answer) -> None:
        tracked = self._request()
        if event is None or (tracked is not None and tracked.unseen is not None):
            return  # the log shows only a part of the work request
        if answer is Answer.CONSUMED or (answer is Answer.REFUSED and self.is_history):
            self.work_request = evolve(self.work_request, event)

    def _concerned(self, asked: _Asked) -> Iterator[tuple[str, KnownStatus | None]]:
        """Yield the activity that an event is for, or all activities if it may create or move several."""
        if asked.activity_id is not None:
            yield asked.activity_id, self._status(asked.activity_id)
        elif asked.kind.change is None or asked.kind.new_activities is not None:
            yield from self._statuses()

    def statuses(self) -> Iterator[tuple[str, KnownStatus | None]]:
        """Yield each activity that the log has shown, with its status now. The status is None if it is unknown."""
        return ((field_text(activity_id), status) for activity_id, status in self._statuses())

    def _statuses(self) -> Iterator[tuple[str, KnownStatus | None]]:
        request = self._request()
        for activity in () if request is None else request.activities():
            yield activity.activity_id, _shown(activity.node, activity.state)

    def _request(self) -> TrackedRequest | None:
        return self._loop.requests.get(self._id)

    def _tracked(self, activity_id: str) -> TrackedActivity | None:
        request = self._request()
        return None if request is None else request.activity(activity_id)

    def _status(self, activity_id: str) -> KnownStatus | None:
        activity = self._tracked(activity_id)
        if activity is not None:
            return _shown(activity.node, activity.state)
        request = self._request()
        unseen = self._loop.unseen() if request is None else request.unseen
        return None if unseen is None else _shown(unseen, UNKNOWN)


class _Tables(TableJudge):
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
        follow: Callable[["_Tables", str, Batch], list[Finding]],
    ) -> None:
        super().__init__(rulebook, types, mapping, tally)
        self._follow = follow

    def judge(self, file: str, batch: Batch) -> list[Finding]:
        return self._follow(self, file, batch)

    def judge_one(self, file: str, number: int, values: Values) -> list[Finding]:
        """Judge one row. See `judge`."""
        return super().judge(file, Batch([number], [values]))

    def update_of(self, values: tuple[Any, ...]) -> Update | None:
        """Return the update of a row. See `Updates.of`."""
        return self._updates.of(values)


def _answer_between(before: Counts, after: Counts) -> Answer:
    """Return the answer to the event that was judged between two counts."""
    if after.consumed > before.consumed:
        return Answer.CONSUMED
    return Answer.REFUSED if after.refused > before.refused else Answer.NOT_CONSUMED


def _shown(node: Node, state: Any) -> KnownStatus | None:
    """Return the status of an activity, from the variants that it may be in and the state that is kept of it."""
    if node.category is None:
        return None
    closures = {variant.closure for variant in node.variants}
    # An activity that may have been cancelled may have the state of cancelled activities, which is not kept then.
    is_certain = closures == {Closure.CANCELLED} or Closure.CANCELLED not in closures or state == node.category
    return KnownStatus(
        node.category, field_text(printable_text(state)) if state is not UNKNOWN and is_certain else None
    )
