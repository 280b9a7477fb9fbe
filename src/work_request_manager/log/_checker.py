"""Recorded events, judged: from the lines of a log to findings."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from work_request_manager.wire._codecs import AT, NO_TYPES, Types, WireError
from work_request_manager.log._fast.lines import (
    ASKED,
    CHORUS,
    HOLDING_SUPPLIER,
    OTHER_REQUESTOR,
    OTHER_SUPPLIER,
    OWN_REQUESTOR,
    STATUS_UPDATE,
    Line,
    decode,
    may_name_activity,
)
from work_request_manager.log._sources import LINE_LIMIT, Source, UnreadableLog, blocks_of, name_of, without_end
from work_request_manager.log._fast.states import ACTIVITY, Followed, Outcome, State, States, taken_after
from work_request_manager._values import as_utc
from work_request_manager.events import Event
from work_request_manager.log._findings import LOG_RULES_BY_ID, Counts, Finding, Report
from work_request_manager.judging import Answer
from work_request_manager.model import Role
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import encode_event, event_from, object_from

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
"""What comes of data that the fast decoder does not take, and of a time that can't be read."""

# Bound once: Python 3.11 takes long to find members in their classes, and to compare them with texts.
_SUPPLIER, _CHORUS = Role.WORK_SUPPLIER.value, Role.CHORUS.value
_CONSUMED, _REFUSED = Answer.CONSUMED, Answer.REFUSED
_STATUS_UPDATE_CODE = STATUS_UPDATE.code

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
            yield from self.judge(file, number, block.lines, is_ascii=block.is_ascii)
            number += len(block.lines)

    def forget(self) -> None:
        """Forget all work requests; what was counted stays."""
        self._followed.clear()

    def judge(self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False) -> list[Finding]:
        """Judge some lines, the next of the log, and return their findings.

        Args:
            file: the log that they are from, as findings name it.
            number: the number of the first of them there.
            lines: the lines, with or without their ends; None for one that is over LINE_LIMIT.
            is_ascii: whether all of them are known to be ASCII.
        """
        # One long loop, since calls cost as much as what they would do here. The short way through it, which most lines
        # take, is that of a consumed event of which there is nothing to say.
        found: list[Finding] = []
        consumed = not_consumed = refused = 0
        followed, nothing = self._followed, self._states.nothing
        line: Any
        outcome: Any
        value: Any
        said: str | None = None
        for at_line, data in enumerate(lines, start=number):
            event: Event | None = None
            try:
                line = decode(data)  # type: ignore[arg-type]  # None does not fit, like much else
                if not (is_ascii or data.isascii()):  # type: ignore[union-attr]  # it fitted
                    data.decode()  # type: ignore[union-attr]  # the decoder does not look at what it does not read
                at = line.at
                if at != said:  # events often come several at a time
                    # Of what is not written like 2026-03-01T20:00:00Z, fromisoformat takes more than ISO 8601 does.
                    instant = _instant(at) if at[:9:-3] == "Z::T" else _instant_of(at)
                    said = at
            except _MISFITS:
                try:
                    line, event = self._decoded_again(data)
                except _Blank:
                    self._blank += 1
                    continue
                except WireError as error:
                    found.append(self._misfit(file, at_line, data, error))
                    continue
                at, said, instant = line.at, None, event.at

            of = followed.get(line.task_id)
            if of is None:
                of = followed[line.task_id] = Followed(nothing)
            sender = line.sender
            role = sender.role
            if role == _SUPPLIER:
                relation_of = HOLDING_SUPPLIER if sender.id == of.supplier else OTHER_SUPPLIER
            elif role == _CHORUS:
                relation_of = CHORUS
            else:
                relation_of = OWN_REQUESTOR if sender.id == of.requestor else OTHER_REQUESTOR

            # What an event comes to depends on no more than the state and what is in the key.
            key: Any
            position, value = -1, None
            if type(line) is STATUS_UPDATE and line.activity_id == of.first_id:
                # As StatusUpdate.asked has it.
                position, status = 0, line.status
                key = (_STATUS_UPDATE_CODE + relation_of, 0, status.category, status.state)
            else:
                code, asked = ASKED[type(line)]
                key = code + relation_of
                if asked is not None:
                    key, position, value = asked(line, of, key)
            before = of.state
            try:
                outcome = before[key]
            except KeyError:
                try:
                    outcome = self._work_out(of, data, event, key, position, value)
                except WireError as error:
                    found.append(self._misfit(file, at_line, data, error))
                    continue

            event_id, taken = line.event_id, of.taken
            if event_id is not None and taken is not None and event_id in taken:
                not_consumed += 1
                message = f"eventId {event_id} was taken before"
                found.append(_log_finding("WRM602", message, file, at_line, line, of))
                continue
            last = of.last
            of.last = instant
            if type(outcome) is State:
                consumed += 1
                of.state = outcome
                if event_id is not None:
                    of.taken = taken_after(taken, event_id, closes=False)
                if instant < last:
                    found.append(_goes_back(last, instant, file, at_line, line, of))
                continue

            if outcome.told:
                values = line.marked(of, value)
                activity_id = values[ACTIVITY]
                for told in outcome.told:
                    found.append(
                        Finding(
                            file,
                            at_line,
                            told.rule,
                            told.name,
                            told.basis,
                            told.level,
                            line.task_id,
                            activity_id,
                            line.event,
                            at,
                            told.sentence(*values),
                            of.first_refused,
                        )
                    )
            if instant < last:
                found.append(_goes_back(last, instant, file, at_line, line, of))
            if outcome.answer is _REFUSED:
                refused += 1
                if of.first_refused is None:
                    of.first_refused = f"{file}:{at_line}"
                continue
            if (event_id is not None or outcome.closes) and not before.is_closed:
                of.taken = taken_after(taken, event_id, closes=outcome.closes)
            if outcome.answer is _CONSUMED:
                consumed += 1
                of.state = outcome.state
                if before is nothing:
                    of.requestor, of.supplier, of.ids = value
                    of.first_id = of.ids[0]
                    self._created += 1
                elif value is not None:
                    of.take(line.kind, position, value)
            else:
                not_consumed += 1
        self._consumed += consumed
        self._not_consumed += not_consumed
        self._refused += refused
        return found

    def _decoded_again(self, data: bytes | None) -> tuple[Any, Event]:
        """Return what data is for the decoder that says what is wrong, as a line and as an event.

        Raises:
            WireError: it is no event.
            _Blank: it is nothing at all.
        """
        if data is None:
            raise WireError("WRM505", "$", f"has over {LINE_LIMIT:,} bytes")
        data = without_end(data)
        if not data.strip():
            raise _Blank
        told = object_from(data)
        event = event_from(told, self._types)
        line = decode(encode_event(event))
        line.at = told["at"]
        return line, event

    def _work_out(self, of: Followed, data: Any, event: Event | None, key: Any, position: int, value: Any) -> Outcome:
        """Work out what an event comes to in a state where there was none like it, and remember it.

        Raises: WireError where it is no event; the fast decoder does not look at everything.
        """
        outcome = self._states.work_out(of, event or event_from(object_from(data), self._types), position, value)
        if key is not None:
            of.state.remember(key, outcome)
        return outcome

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
            activity_id=texts.get("activityId") if name is None or may_name_activity(name) else None,
            event=name,
            at=texts.get("at"),
            message=str(error) if data is not None else error.message,
            after=of.first_refused if of else None,
        )


def _instant_of(at: str) -> datetime:
    """Return the instant that a time of any form is, or one of _MISFITS."""
    instant: datetime = as_utc(AT.decode(at, "$.at", NO_TYPES))
    if instant.tzinfo is not UTC:
        raise ValueError(at)
    return instant


def _goes_back(last: datetime, instant: datetime, file: str, number: int, line: Line, of: Followed) -> Finding:
    message = f"at is {instant.isoformat()}, before the last event's {last.isoformat()}"
    return _log_finding("WRM601", message, file, number, line, of)


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
        getattr(line, "activity_id", None),
        line.event,
        line.at,
        message,
        of.first_refused,
    )
