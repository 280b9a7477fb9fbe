"""The checker: from the lines of a log to findings."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from work_request_manager._values import short_repr, short_text
from work_request_manager.catalogue import WIRE_NAMES, Target
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.events import Event
from work_request_manager.judging import Answer
from work_request_manager.log._fast.lines import (
    CHORUS,
    HOLDING_SUPPLIER,
    LOOKUPS,
    OTHER_REQUESTOR,
    OTHER_SUPPLIER,
    OWN_REQUESTOR,
    STATUS_UPDATE,
    Line,
    decode,
    task_id_in,
    time_of,
)
from work_request_manager.log._fast.states import (
    CachedOutcome,
    SharedState,
    StateCache,
    TrackedRequest,
    printable,
)
from work_request_manager.log._findings import LOG_RULES_BY_ID, Counts, Finding, Report
from work_request_manager.log._sources import LINE_LIMIT, Source, blocks_of, name_of, without_end
from work_request_manager.model import Role
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import NO_TYPES, Types, encode_event, event_from, object_from


def check(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Report:
    """Check a log.

    Args:
        sources: the parts of the log, in order. A part is the path of a file, `-` for standard input, or an iterable of
            lines (text, or bytes in UTF-8).
        rulebook: the rules to judge by.
        types: the activity types that events may give by their codes.

    Returns:
        The findings, and the numbers of lines by kind.

    Raises:
        UnreadableLog: a file cannot be read to its end.
        TypeError: a source is bytes.
    """
    checker = LogChecker(rulebook=rulebook, types=types)
    found: list[Finding] = []
    for source in sources:
        found.extend(checker.findings(source))
    return Report(checker.counts, tuple(found))


def findings(*sources: Source, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> Iterator[Finding]:
    """Yield the findings of a log while reading it. See `check`."""
    checker = LogChecker(rulebook=rulebook, types=types)
    for source in sources:
        yield from checker.findings(source)


_MISFITS = (msgspec.MsgspecError, ValueError, RecursionError, TypeError)
"""The errors of data that the accelerator cannot decode, and of times that cannot be read."""

# Bound once: Python 3.11 looks members of a class up slowly, and compares them with texts slowly.
_SUPPLIER, _CHORUS = Role.WORK_SUPPLIER.value, Role.CHORUS.value
_CONSUMED, _REFUSED = Answer.CONSUMED, Answer.REFUSED
_STATUS_UPDATE_CODE = STATUS_UPDATE.code

_time = datetime.fromisoformat

_PARQUET = ".parquet"


class _BlankLine(Exception):
    """A line is empty."""


class LogChecker:
    """An incremental checker: it takes the parts of a log one after another.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that events may give by their codes.
    """

    def __init__(self, *, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES) -> None:
        self._types = types
        self._states = StateCache(rulebook)
        self._requests: dict[str, TrackedRequest] = {}
        self._blank = self._malformed = self._unknown = self._created = 0
        self._consumed = self._not_consumed = self._refused = 0

    @property
    def counts(self) -> Counts:
        """The numbers of lines so far, by kind."""
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
        """Check the next part of the log, and yield its findings while reading it.

        Args:
            source: the part. See `check`.

        Raises:
            UnreadableLog: the part cannot be read to its end. The findings of the lines before have been yielded.
            TypeError: the source is bytes.
        """
        file = name_of(source)
        if file.endswith(_PARQUET) and isinstance(source, str | os.PathLike):
            yield from self._findings_in_parquet(file)
            return
        number = 1
        for block in blocks_of(source):
            yield from self.judge_lines(file, number, block.lines, is_ascii=block.is_ascii)
            number += len(block.lines)

    def _findings_in_parquet(self, path: str) -> Iterator[Finding]:
        try:
            # Imported only if there is such a file, because importing pyarrow takes long.
            from work_request_manager.log.parquet import read_rows
        except ModuleNotFoundError as error:
            raise UnreadableLog(f"{path} cannot be read: {error}") from None
        for number, row in enumerate(read_rows(path), start=1):
            yield from self.judge_row(path, number, row.work_request_id, row.line)

    def forget(self) -> None:
        """Forget all work requests. The counts stay."""
        self._requests.clear()

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes) -> list[Finding]:
        """Judge a line of a table that also has the work request's id. Return the findings.

        A line that names another work request is reported as WRM502.

        Args:
            file: the name of the log, for the findings.
            number: the number of the row, for the findings.
            work_request_id: the id of the work request.
            line: the line, of any length.
        """
        if len(line) > LINE_LIMIT:
            return self.judge_lines(file, number, (None,))
        named = task_id_in(line)
        if named is not None and named != work_request_id:
            message = f"is {short_repr(named)}, but its row is of work request {short_repr(work_request_id)}"
            return [self._bad_line(file, number, line, WireError("WRM502", "$.taskId", message))]
        return self.judge_lines(file, number, (line,))

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False
    ) -> list[Finding]:
        """Judge the next lines of the log. Return their findings.

        Args:
            file: the name of the log, for the findings.
            number: the number of the first line.
            lines: the lines, with or without their line ends. Pass None for a line that is longer than LINE_LIMIT.
            is_ascii: whether all lines are known to be ASCII.
        """
        # One long loop, because here a call costs as much as its work. The shortest way through it is that of a
        # consumed event without findings, which most lines are.
        found: list[Finding] = []
        consumed = not_consumed = refused = 0
        requests, nothing = self._requests, self._states.nothing
        line: Any
        outcome: Any
        value: Any
        previous_at: str | None = None
        for line_number, data in enumerate(lines, start=number):
            event: Event | None = None
            try:
                line = decode(data)  # type: ignore[arg-type]  # None does not fit, like other bad lines
                if not (is_ascii or data.isascii()):  # type: ignore[union-attr]  # it fitted
                    data.decode()  # type: ignore[union-attr]  # the decoder does not check the texts that it skips
                at = line.at
                if at != previous_at:  # events often come several at a time
                    # fromisoformat accepts more than ISO 8601, but not in this form: 2026-03-01T20:00:00Z.
                    time = _time(at) if at[:9:-3] == "Z::T" else time_of(at)
                    previous_at = at
            except _MISFITS:
                try:
                    line, event = self._decode_in_full(data)
                except _BlankLine:
                    self._blank += 1
                    continue
                except WireError as error:
                    found.append(self._bad_line(file, line_number, data, error))
                    continue
                at, previous_at, time = line.at, None, event.at

            request = requests.get(line.task_id)
            if request is None:
                request = requests[line.task_id] = TrackedRequest(nothing)

            event_id, seen_ids = line.event_id, request.seen_ids
            if event_id is not None and seen_ids is not None and event_id in seen_ids:
                try:
                    event or self._event_in(data)  # the accelerator does not check all fields
                except WireError as error:
                    found.append(self._bad_line(file, line_number, data, error))
                    continue
                not_consumed += 1
                message = f"duplicate eventId {short_text(event_id)}"
                found.append(_log_finding("WRM602", message, file, line_number, line, request))
                continue

            sender = line.sender
            role = sender.role
            if role == _SUPPLIER:
                relation = HOLDING_SUPPLIER if sender.id == request.supplier else OTHER_SUPPLIER
            elif role == _CHORUS:
                relation = CHORUS
            else:
                relation = OWN_REQUESTOR if sender.id == request.requestor else OTHER_REQUESTOR

            # The result of an event depends only on the state and on the parts of the key.
            key: Any
            position, value = -1, None
            if type(line) is STATUS_UPDATE and line.activity_id == request.first_id:
                # The same key as that of StatusUpdate.lookup_key.
                position, status = 0, line.status
                key = (_STATUS_UPDATE_CODE + relation, 0, status.category, status.state)
            else:
                code, lookup_key = LOOKUPS[type(line)]
                key = code + relation
                if lookup_key is not None:
                    key, position, value = lookup_key(line, request, key)
            before = request.state
            try:
                outcome = before[key]
            except KeyError:
                try:
                    outcome = self._work_out(request, line, event or self._event_in(data), key, position, value)
                except WireError as error:
                    found.append(self._bad_line(file, line_number, data, error))
                    continue

            last = request.last
            request.last = time
            if type(outcome) is SharedState:
                consumed += 1
                request.state = outcome
                if event_id is not None:
                    if seen_ids is None:
                        request.seen_ids = {event_id}
                    else:
                        seen_ids.add(event_id)
                if time < last:
                    found.append(_goes_back(last, time, file, line_number, line, request))
                continue

            if outcome.broken_rules:
                values = printable(line.placeholder_values(request, value))
                activity_id = getattr(line, "activity_id", None)
                for broken in outcome.broken_rules:
                    found.append(
                        Finding(
                            file,
                            line_number,
                            broken.rule,
                            broken.name,
                            broken.basis,
                            broken.level,
                            line.task_id,
                            activity_id,
                            line.event,
                            at,
                            broken.sentence(*values),
                            request.first_refusal,
                        )
                    )
            if time < last:
                found.append(_goes_back(last, time, file, line_number, line, request))
            if outcome.answer is _REFUSED:
                refused += 1
                if request.first_refusal is None:
                    request.first_refusal = f"{file}:{line_number}"
                continue
            if event_id is not None:
                if seen_ids is None:
                    request.seen_ids = {event_id}
                else:
                    seen_ids.add(event_id)
            if outcome.answer is _CONSUMED:
                consumed += 1
                request.state = outcome.state
                if before is nothing:
                    request.requestor, request.supplier, request.ids = value
                    request.first_id = request.ids[0]
                    self._created += 1
                elif value is not None:
                    line.keep(request, position, value)
            else:
                not_consumed += 1
        self._consumed += consumed
        self._not_consumed += not_consumed
        self._refused += refused
        return found

    def _decode_in_full(self, data: bytes | None) -> tuple[Any, Event]:
        """Decode data that does not fit the accelerator, as a line and as an event.

        Raises:
            WireError: it is not an event.
            _BlankLine: it is empty.
        """
        if data is None:
            raise WireError("WRM505", "$", f"is longer than {LINE_LIMIT:,} bytes")
        data = without_end(data)
        if not data.strip():
            raise _BlankLine
        value = object_from(data)
        event = event_from(value, self._types)
        line = decode(encode_event(event))
        line.at = value["at"]
        return line, event

    def _event_in(self, data: Any) -> Event:
        return event_from(object_from(data), self._types)

    def _work_out(
        self, request: TrackedRequest, line: Line, event: Event, key: Any, position: int, value: Any
    ) -> SharedState | CachedOutcome:
        """Compute the result of an event, and cache it if there is a key."""
        own = line.general_fields(request, event)
        outcome = self._states.work_out(request, event, own, position, value)
        if key is not None:
            request.state.remember(key, outcome)
        return outcome

    def _bad_line(self, file: str, number: int, data: bytes | None, error: WireError) -> Finding:
        """Count a line that is not an event, and return its finding."""
        if error.rule == "WRM503":
            self._unknown += 1
        else:
            self._malformed += 1
        try:
            value = object_from(data or b"")
        except WireError:
            value = {}
        texts = {key: item for key, item in value.items() if isinstance(item, str)}
        name = texts.get("event")
        rule, request = LOG_RULES_BY_ID[error.rule], self._requests.get(texts.get("taskId", ""))
        return Finding(
            file=file,
            line=number,
            rule=rule.id,
            name=rule.name,
            basis=None,
            level=rule.level,
            task_id=texts.get("taskId"),
            activity_id=texts.get("activityId") if _may_be_for_activity(name) else None,
            event=name,
            at=texts.get("at"),
            message=str(error) if data is not None else error.message,
            first_refusal=request.first_refusal if request else None,
        )


def _may_be_for_activity(name: str | None) -> bool:
    """Return whether an `activityId` can have a meaning for the event with this name in JSON."""
    known = None if name is None else WIRE_NAMES.get(name)
    return known is None or known[0].may_be_for(Target.ACTIVITY)


def _goes_back(last: datetime, time: datetime, file: str, number: int, line: Line, request: TrackedRequest) -> Finding:
    message = f"at is {time.isoformat()}, earlier than the previous event's {last.isoformat()}"
    return _log_finding("WRM601", message, file, number, line, request)


def _log_finding(rule_id: str, message: str, file: str, number: int, line: Line, request: TrackedRequest) -> Finding:
    rule = LOG_RULES_BY_ID[rule_id]
    activity_id = getattr(line, "activity_id", None)
    of_line = (line.task_id, activity_id, line.event, line.at)
    return Finding(file, number, rule.id, rule.name, None, rule.level, *of_line, message, request.first_refusal)
