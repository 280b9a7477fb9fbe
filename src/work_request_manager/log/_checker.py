"""The checker: from sources of a log to findings and counts."""

import os
from collections.abc import Iterable, Iterator

import attrs
import msgspec

from work_request_manager._values import short_repr
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.events import AnyEvent, UpdateDetails
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._fast.loop import Loop, fits
from work_request_manager.log._findings import Counts, Finding, Report
from work_request_manager.log._plain import bad_line, decode_line
from work_request_manager.log._sources import Source, blocks_of, name_of
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import NO_TYPES, Types, encode_event


def check(
    *sources: Source,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types = NO_TYPES,
    history: bool = False,
    partial: bool = False,
) -> Report:
    """Check a log.

    Args:
        sources: the parts of the log, in order. A part is the path of a file, `-` for standard input, or an iterable of
            lines (text, or bytes in UTF-8).
        rulebook: the rules to judge by.
        types: the activity types that events may give by their codes.
        history: whether the log records what took effect, even if it breaks rules (rulebook, section 7).
        partial: whether the log is a part of a longer history (rulebook, section 8). Implies `history`.

    Returns:
        The findings, and the numbers of lines by kind.

    Raises:
        UnreadableLog: a file cannot be read to its end.
        TypeError: a source is bytes.
    """
    checker = LogChecker(rulebook=rulebook, types=types, history=history, partial=partial)
    found: list[Finding] = []
    for source in sources:
        found.extend(checker.findings(source))
    return Report(checker.counts, tuple(found))


def findings(
    *sources: Source,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types = NO_TYPES,
    history: bool = False,
    partial: bool = False,
) -> Iterator[Finding]:
    """Yield the findings of a log while reading it. See `check`."""
    checker = LogChecker(rulebook=rulebook, types=types, history=history, partial=partial)
    for source in sources:
        yield from checker.findings(source)


_PARQUET = ".parquet"


class LogChecker:
    """An incremental checker: it takes the parts of a log one after another.

    It can be pickled between two parts, and continues in a later process of the same version of the library. Unpickle
    only what you pickled yourself.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that events may give by their codes.
        history: whether the log records what took effect (rulebook, section 7).
        partial: whether the log is a part of a longer history (rulebook, section 8). Implies `history`.
    """

    def __init__(
        self,
        *,
        rulebook: Rulebook = DEFAULT_RULEBOOK,
        types: Types = NO_TYPES,
        history: bool = False,
        partial: bool = False,
    ) -> None:
        self._types = types
        self._loop = Loop(rulebook, types, is_history=history, is_partial=partial)
        self._blank = self._malformed = self._unknown = 0

    @property
    def counts(self) -> Counts:
        """The numbers of lines so far, by kind."""
        consumed, not_consumed, refused = self._loop.answers
        events = consumed + not_consumed + refused
        return Counts(
            lines=self._blank + self._malformed + self._unknown + events,
            blank=self._blank,
            malformed=self._malformed,
            unknown=self._unknown,
            events=events,
            consumed=consumed,
            not_consumed=not_consumed,
            refused=refused,
            work_requests=self._loop.created,
            assumed=self._loop.assumed,
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
        self._loop.forget()

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes | None) -> list[Finding]:
        """Judge a line of a table that also has the work request's id. Return the findings.

        An event for another work request is reported as WRM502.

        Args:
            file: the name of the log, for the findings.
            number: the number of the row, for the findings.
            work_request_id: the id of the work request.
            line: the line. Pass None for a line that is longer than LINE_LIMIT.
        """
        if line is None:
            return self.judge_lines(file, number, (None,))
        named = task_id_in(line)
        # A line that is bad by itself has the same finding as in a file of lines.
        if named is not None and named != work_request_id and self._is_event(line):
            message = f"is {short_repr(named)}, but its row is of work request {short_repr(work_request_id)}"
            self._malformed += 1
            error = WireError("WRM502", "$.taskId", message)
            return [bad_line(file, number, line, error, self._loop.first_refusal)]
        return self.judge_lines(file, number, (line,))

    def _is_event(self, line: bytes) -> bool:
        try:
            return decode_line(line, self._types) is not None
        except WireError:
            return False

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
        return self._loop.judge_lines(file, number, lines, is_ascii=is_ascii, otherwise=self._judge_misfit)

    def _judge_misfit(self, file: str, number: int, data: bytes | None) -> list[Finding]:
        """Judge a line that does not fit the accelerator: decode it exactly, and encode the event plainly."""
        try:
            decoded = decode_line(data, self._types)
        except WireError as error:
            if error.rule == "WRM503":
                self._unknown += 1
            else:
                self._malformed += 1
            return [bad_line(file, number, data, error, self._loop.first_refusal)]
        if decoded is None:
            self._blank += 1
            return []
        event, at = decoded
        plain = (encode_event(_without_details(event)),)
        found = self._loop.judge_lines(file, number, plain, is_ascii=False, otherwise=fits)
        return [msgspec.structs.replace(finding, at=at) for finding in found]


def _without_details(event: AnyEvent) -> AnyEvent:
    # No rule reads the contents of details, and the accelerator does not take all that JSON can hold.
    return attrs.evolve(event, values=None) if isinstance(event, UpdateDetails) else event
