"""Recorded events, judged: from the lines of a log to findings."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from work_request_manager._asked import READERS
from work_request_manager._codecs import AT, NO_TYPES, Types, WireError
from work_request_manager._lines import Line, decode
from work_request_manager._reading import LINE_LIMIT, Source, UnreadableLog, blocks_of, name_of
from work_request_manager._states import STATUS_UPDATE, Followed, Result, States, taken_after
from work_request_manager._values import as_utc
from work_request_manager.events import Event
from work_request_manager.facts import ACTIVITY_EVENTS
from work_request_manager.findings import LOG_RULES_BY_ID, Counts, Finding, Report
from work_request_manager.judging import Answer
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import EVENT_NAMES, encode_event, event_from, object_from

__all__ = ["Check", "Source", "UnreadableLog", "check", "findings"]


def check(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Report:
    """Judge a log.

    Args:
        sources: each a path, of Parquet too, or an iterable of lines (text, or bytes in UTF-8); several are one log, in
            this order.
        rulebook: the rules to judge by.
        types: the activity types that events may give by their code alone.

    Returns: the findings, and how many lines of each sort there were.

    Raises: UnreadableLog where a file can't be read to its end.
    """
    judging = Check(rulebook=rulebook, types=types)
    found: list[Finding] = []
    for source in sources:
        found.extend(judging.findings(source))
    return Report(judging.counts, tuple(found))


def findings(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Iterator[Finding]:
    """Yield the findings of a log as they are found; see `check`."""
    judging = Check(rulebook=rulebook, types=types)
    for source in sources:
        yield from judging.findings(source)


_MISFITS = (msgspec.MsgspecError, ValueError, RecursionError, TypeError)
"""What comes of data that the fast decoder does not take, and of a time whose form is not the usual one."""

_CREATION = "CreateTaskEvent"
_KINDS = {name: kind for name, (kind, _) in EVENT_NAMES.items()}
_SUPPLIER, _CHORUS = "WorkSupplier", "Chorus"
_CONSUMED, _REFUSED = Answer.CONSUMED, Answer.REFUSED
_OF_ACTIVITY = frozenset(name for name, (kind, _) in EVENT_NAMES.items() if kind in ACTIVITY_EVENTS)
"""The wire names of events that can be for one activity; on others, an id of one means nothing."""

_instant = datetime.fromisoformat


_PARQUET = ".parquet"


def _rows_of(file: str) -> Callable[[str, "Check"], Iterator[Finding]]:
    """Return what judges the rows of a Parquet file; imported only where there is one, since pyarrow takes its time."""
    try:
        from work_request_manager.arrow import findings_of
    except ModuleNotFoundError as error:
        raise UnreadableLog(f"{file} can't be read: {error}") from None
    return findings_of


class _Blank(Exception):
    """There is nothing in a line."""


class Check:
    """A log in the middle of being judged: its counts so far, and what its work requests are.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that events may give by their code alone.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> None:
        self._types = types
        self._states = States(rulebook)
        self._followed: dict[str, Followed] = {}
        self._blank = self._malformed = self._unknown = self._created = 0
        self._consumed = self._not_consumed = self._refused = 0

    @property
    def counts(self) -> Counts:
        """How many lines of each sort there were so far."""
        events = self._consumed + self._not_consumed + self._refused
        return Counts(
            lines=self._blank + self._malformed + self._unknown + events,
            blank=self._blank,
            malformed=self._malformed,
            unknown=self._unknown,
            events=events,
            consumed=self._consumed,
            not_consumed=self._not_consumed,
            refused=self._refused,
            work_requests=self._created,
        )

    def findings(self, source: Source) -> Iterator[Finding]:
        """Judge one source, the next of the log, and yield its findings as they are found.

        Raises: UnreadableLog, after the findings of what could be read.
        """
        file = name_of(source)
        if file.endswith(_PARQUET) and isinstance(source, str | os.PathLike):
            yield from _rows_of(file)(file, self)
            return
        number = 1
        for block in blocks_of(source):
            yield from self.judge(file, number, block)
            number += len(block)

    def forget(self) -> None:
        """Forget all work requests; what was counted stays."""
        self._followed.clear()

    def judge(self, file: str, number: int, lines: Iterable[bytes | None]) -> Iterator[Finding]:
        """Judge some lines, the next of the log, and yield their findings as they are found.

        Args:
            file: the log that they are from, as findings name it.
            number: the number of the first of them there.
            lines: the lines without their ends; None for one that is over LINE_LIMIT.
        """
        followed, nothing, work_out = self._followed, self._states.nothing, self._work_out
        for at_line, data in enumerate(lines, start=number):
            event: Event | None = None
            try:
                line = decode(data)  # type: ignore[arg-type]  # None does not fit, like much else
                if not data.isascii():  # type: ignore[union-attr]  # it fitted
                    data.decode()  # type: ignore[union-attr]  # the decoder does not look at what it does not read
                at = line.at
                if at[19:] == "Z" and at[16] == ":" and at[10] == "T":
                    instant = _instant(at)
                else:
                    instant = as_utc(AT.decode(at, "$.at", self._types))
                    if instant.tzinfo is not UTC:
                        raise ValueError(at)
            except _MISFITS:
                try:
                    line, event = self._decoded_again(data)
                except _Blank:
                    self._blank += 1
                    continue
                except WireError as error:
                    yield self._misfit(file, at_line, data, error)
                    continue
                instant = event.at

            of = followed.get(line.task_id)
            if of is None:
                of = followed[line.task_id] = Followed(nothing)
            before = of.state
            sender = line.sender
            role = sender.role
            if role != _SUPPLIER:
                standing = 2 if role == _CHORUS else 3 if sender.id == of.requestor else 4
            elif sender.id != of.supplier:
                standing = 1
            else:
                standing = 0
                status = line.status
                if status is not None and line.event == STATUS_UPDATE and line.activity_id == of.first_id:
                    # What most lines are: the next report on the first activity, of which there is nothing to say.
                    state = before.moves.get((status.category, status.state))
                    is_plain = line.event_id is None and of.taken is None
                    if state is not None and is_plain and instant >= of.last:  # type: ignore[operator]  # it has one
                        of.state = state
                        of.last = instant
                        self._consumed += 1
                        continue
            # What an event comes to depends on no more than the state and what is in the key.
            first, read = READERS[line.event]
            key: Any = first + standing
            position, value = -1, None
            if read is None:
                result = before.known.get(key)
            else:
                asked = read(of, line, key)
                result = None
                if asked is not None:
                    key, position, value = asked
                    result = before.known.get(key)
            if result is None:
                try:
                    result = work_out(of, data, event, key, position, value)
                except WireError as error:
                    yield self._misfit(file, at_line, data, error)
                    continue

            event_id = line.event_id
            if event_id is not None and of.taken is not None and event_id in of.taken:
                self._not_consumed += 1
                yield _log_finding("WRM602", f"eventId {event_id} was taken before", file, at_line, line, of)
                continue
            if (event_id is not None or result.closes) and result.answer is not _REFUSED and not before.is_closed:
                of.taken = taken_after(of.taken, event_id, closes=result.closes)
            last = of.last
            of.last = instant
            if result.told:
                yield from _findings(result, file, at_line, line, of, value)
            if last is not None and instant < last:
                message = f"at is {instant.isoformat()}, before the last event's {last.isoformat()}"
                yield _log_finding("WRM601", message, file, at_line, line, of)
            answer = result.answer
            if answer is _CONSUMED:
                self._consumed += 1
                if line.event == _CREATION:
                    requestor, supplier, ids = value  # type: ignore[misc]  # what a creation gives
                    of.create(requestor, supplier, ids, result.state)
                    self._created += 1
                else:
                    of.state = result.state
                    if value is not None:
                        of.take(_KINDS[line.event], position, value)
            elif answer is _REFUSED:
                self._refused += 1
                if of.first_refused is None:
                    of.first_refused = f"{file}:{at_line}"
            else:
                self._not_consumed += 1

    def _decoded_again(self, data: bytes | None) -> tuple[Line, Event]:
        """Return what data is for the decoder that says what is wrong, as a line and as an event.

        Raises:
            WireError: it is no event.
            _Blank: it is nothing at all.
        """
        if data is None:
            raise WireError("WRM505", "$", f"has over {LINE_LIMIT:,} bytes")
        if not data.strip():
            raise _Blank
        told = object_from(data)
        event = event_from(told, self._types)
        line = decode(encode_event(event))
        line.at = told["at"]
        return line, event

    def _work_out(self, of: Followed, data: Any, event: Event | None, key: Any, position: int, value: Any) -> Result:
        """Work out what an event comes to in a state where there was none like it, and remember it.

        Raises: WireError where it is no event; the fast decoder does not look at everything.
        """
        result = self._states.work_out(of, event or event_from(object_from(data), self._types), position, value)
        of.state.remember(key, result)
        return result

    def _misfit(self, file: str, number: int, data: bytes | None, error: WireError) -> Finding:
        """Count a line that is no event, and return its finding."""
        if error.rule == "WRM503":
            self._unknown += 1
        else:
            self._malformed += 1
        try:
            told = object_from(data or b"")
        except WireError:
            told = {}
        texts = {key: value for key, value in told.items() if isinstance(value, str)}
        name = texts.get("event")
        rule, of = LOG_RULES_BY_ID[error.rule], self._followed.get(texts.get("taskId", ""))
        return Finding(
            file=file,
            line=number,
            rule=rule.id,
            name=rule.name,
            basis=None,
            level=rule.level,
            task_id=texts.get("taskId"),
            activity_id=texts.get("activityId") if name not in EVENT_NAMES or name in _OF_ACTIVITY else None,
            event=name,
            at=texts.get("at"),
            message=str(error) if data is not None else error.message,
            after=of.first_refused if of else None,
        )


def _findings(result: Result, file: str, number: int, line: Line, of: Followed, value: Any) -> list[Finding]:
    requestor, new = of.requestor, None
    name = line.event
    if name == _CREATION:
        requestor, value, new = value
    elif name == "UpdateTaskActivityOutcomesEvent":
        value = value.code
    elif name == "RequestAddTaskActivityEvent":
        value = msgspec.json.decode(value)
        value = value if isinstance(value, str) else value["code"]
    # In the order of `MARKED`.
    values = (line.task_id, line.sender.id, requestor, of.supplier, of.ids, line.activity_id, value, new)
    activity_id = line.activity_id if name in _OF_ACTIVITY else None
    return [
        Finding(
            file,
            number,
            rule,
            title,
            basis,
            level,
            line.task_id,
            activity_id,
            name,
            line.at,
            reason(*values),
            of.first_refused,
        )
        for rule, title, basis, level, reason in result.told
    ]


def _log_finding(rule_id: str, message: str, file: str, number: int, line: Line, of: Followed) -> Finding:
    rule = LOG_RULES_BY_ID[rule_id]
    return Finding(
        file,
        number,
        rule.id,
        rule.name,
        None,
        rule.level,
        line.task_id,
        line.activity_id if line.event in _OF_ACTIVITY else None,
        line.event,
        line.at,
        message,
        of.first_refused,
    )
