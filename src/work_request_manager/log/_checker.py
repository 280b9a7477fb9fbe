"""The checker: from sources of a log to findings and counts."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NoReturn

import attrs
import msgspec

from work_request_manager._values import MAX_ITEMS, require_argument, short_list, short_repr
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.events import AnyEvent, UpdateDetails
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._fast.loop import Loop, fits
from work_request_manager.log._findings import Counts, Finding, Report, Tally, TimeSpan
from work_request_manager.log._mapped.judging import TableJudge
from work_request_manager.log._mapped.rows import Batch
from work_request_manager.log._plain import bad_line, decode_line
from work_request_manager.log._sources import (
    Source,
    WatchedPath,
    blocks_of,
    input_seems_parquet,
    is_parquet,
    name_of,
    parquet_module,
)
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import NO_TYPES, LogMapping, Types, encode_event


def check(
    *sources: Source,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types | None = None,
    history: bool = False,
    partial: bool = False,
    mapping: LogMapping | None = None,
) -> Report:
    """Check a log.

    Args:
        sources: the parts of the log, in order. A part is the path of a file, the path of a folder of files, `-` for
            standard input, or an iterable of lines (text, or bytes in UTF-8). Files that begin as Parquet files do are
            read as such.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect, even if it breaks rules (rulebook, section 7).
        partial: whether the log is a part of a longer history (rulebook, section 8). Implies `history`.
        mapping: the description of a log in another format, whose rows are status updates. A part can then also be an
            iterable of dictionaries. Implies `partial`. Pass None for a log of events.

    Returns:
        The findings, and the numbers of lines by kind.

    Raises:
        UnreadableLog: a file cannot be read to its end.
        TypeError: a source is bytes.
    """
    checker = LogChecker(rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping)
    found: list[Finding] = []
    for source in sources:
        found.extend(checker.findings(source))
    return Report(checker.counts, tuple(found))


def findings(
    *sources: Source,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types | None = None,
    history: bool = False,
    partial: bool = False,
    mapping: LogMapping | None = None,
) -> Iterator[Finding]:
    """Yield the findings of a log while reading it. See `check`."""
    checker = LogChecker(rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping)
    for source in sources:
        yield from checker.findings(source)


class LogChecker:
    """An incremental checker: it takes the parts of a log one after another.

    It can be pickled between two parts, and continues in a later process of the same version of the library. Unpickle
    only what you pickled yourself.

    Args:
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect (rulebook, section 7).
        partial: whether the log is a part of a longer history (rulebook, section 8). Implies `history`.
        mapping: the description of a log in another format. See `check`.
        count_moves: whether to count the moves of activities, which takes a little longer. See `moves`.
    """

    def __init__(
        self,
        *,
        rulebook: Rulebook = DEFAULT_RULEBOOK,
        types: Types | None = None,
        history: bool = False,
        partial: bool = False,
        mapping: LogMapping | None = None,
        count_moves: bool = False,
    ) -> None:
        require_argument("rulebook", rulebook, Rulebook, "a Rulebook, such as DEFAULT_RULEBOOK.strict()")
        if types is not None:
            require_argument("types", types, Mapping, "a mapping from codes to ActivityTypes, or None")
        if mapping is not None:
            require_argument("mapping", mapping, LogMapping, "a LogMapping, or None")
        self._types = types or NO_TYPES
        self._tally = Tally()
        self._tables = (
            None
            if mapping is None
            else TableJudge(rulebook, self._types, mapping, self._tally, counts_moves=count_moves)
        )
        if self._tables is None:
            self._loop = Loop(rulebook, self._types, is_history=history, is_partial=partial, counts_moves=count_moves)
        else:
            self._loop = self._tables.loop
        self._sequences: dict[bytes, int] = {}  # the last of each work request, over all Parquet files
        self._begins: datetime | None = None

    @property
    def counts(self) -> Counts:
        """The numbers of lines so far, by kind."""
        tally, (consumed, not_consumed, refused) = self._tally, self._loop.answers
        events = consumed + not_consumed + refused
        return Counts(
            lines=tally.blank + tally.malformed + tally.unknown + events,
            blank=tally.blank,
            malformed=tally.malformed,
            unknown=tally.unknown,
            events=events,
            consumed=consumed,
            not_consumed=not_consumed,
            refused=refused,
            work_requests=self._loop.created,
            assumed=self._loop.assumed,
        )

    @property
    def moves(self) -> Mapping[tuple[str | None, str], int]:
        """The number of status updates so far, by the categories before and after them. Empty without `count_moves`.

        The category before an update is None if the log does not show it. Redeliveries are not counted.
        """
        return self._loop.moves

    @property
    def span(self) -> TimeSpan | None:
        """The times of the part that `findings` read last: of a folder, those of its last file.

        None if the part has no event with a time.
        """
        ends = self._loop.last_instant
        return None if self._begins is None or ends is None else TimeSpan(self._begins, ends)

    def findings(self, source: Source) -> Iterator[Finding]:
        """Check the next part of the log, and yield its findings while reading it.

        Args:
            source: the part. See `check`.

        Raises:
            UnreadableLog: the part cannot be read to its end. The findings of the lines before have been yielded.
            TypeError: the source is bytes.
        """
        file = name_of(source)
        self._begins = self._loop.last_instant = None
        if isinstance(source, str | os.PathLike):
            if file == "-":
                if isinstance(source, WatchedPath):
                    source.before_read()
                if input_seems_parquet():
                    yield from self._findings_in_parquet_input()
                    return
            elif os.path.isdir(file):
                yield from self._findings_in_folder(file)
                return
            elif is_parquet(file):
                yield from self._findings_in_parquet(file)
                return
        if self._tables is None:
            number = 1
            for block in blocks_of(source):
                for part in self._parts(len(block.lines)):
                    lines = block.lines[part]
                    yield from self.judge_lines(file, number, lines, is_ascii=block.is_ascii)
                    number += len(lines)
        else:
            yield from self._findings_in_tables(self._tables, file, self._tables.rows_in(file, source))

    def _findings_in_tables(self, tables: TableJudge, file: str, batches: Iterable[Batch]) -> Iterator[Finding]:
        for rows in batches:
            for part in self._parts(len(rows.numbers)):
                yield from tables.judge(file, Batch(rows.numbers[part], rows.values[part]))

    def _parts(self, size: int) -> Iterator[slice]:
        """Yield the parts in which to judge the next lines: single lines up to the first event, and then the rest.

        So the time of the first event is known, and nothing has to be decoded twice.
        """
        for index in range(size):
            if self._begins is not None:
                yield slice(index, size)
                return
            yield slice(index, index + 1)
            self._begins = self._loop.last_instant

    def _findings_in_folder(self, folder: str) -> Iterator[Finding]:
        parts = files_in(folder)
        problems = [] if parts else [f"{folder} cannot be read: there is no log in it"]
        for part in parts:
            try:
                yield from self.findings(part)
            except UnreadableLog as error:
                problems.append(str(error))
        if problems:
            raise UnreadableLog(short_list(problems[:MAX_ITEMS], len(problems), "; "))

    def _findings_in_parquet_input(self) -> Iterator[Finding]:
        # Parquet files are read from their end, so they cannot be read from a pipe.
        with TemporaryFile() as copy:
            try:
                shutil.copyfileobj(sys.stdin.buffer, copy)
            except OSError as error:
                raise UnreadableLog(f"- cannot be read: {error.strerror or error}") from None
            yield from self._findings_in_parquet("-", copy)

    def _findings_in_parquet(self, path: str, opened: IO[bytes] | None = None) -> Iterator[Finding]:
        if self._tables is not None:
            yield from self._findings_in_tables(self._tables, path, self._tables.rows_in_parquet(path, opened))
            return
        rows = parquet_module(path).read_rows(path, file=opened, sequences=self._sequences)
        for number, row in enumerate(rows, start=1):
            yield from self.judge_row(path, number, row.work_request_id, row.line)
            if self._begins is None:
                self._begins = self._loop.last_instant

    def forget(self) -> None:
        """Forget all work requests. The counts stay."""
        self._loop.forget()
        self._sequences.clear()

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes | None) -> list[Finding]:
        """Judge a line of a table that also has the work request's id. Return the findings.

        An event for another work request is reported as WRM502.

        Args:
            file: the name of the log, for the findings.
            number: the number of the row, for the findings.
            work_request_id: the id of the work request.
            line: the line. Pass None for a line that is longer than LINE_LIMIT.

        Raises:
            ValueError: the checker has a mapping, so it judges rows and not lines.
        """
        self._require_no_mapping()
        if line is None:
            return self.judge_lines(file, number, (None,))
        if task_id_in(line) != work_request_id:
            named = self._work_request_in(line)
            if named is not None and named != work_request_id:
                message = f"is {short_repr(named)}, but its row is of work request {short_repr(work_request_id)}"
                self._tally.malformed += 1
                error = WireError("WRM502", "$.taskId", message)
                return [bad_line(file, number, line, error, self._loop.first_refusal)]
        return self.judge_lines(file, number, (line,))

    def _work_request_in(self, line: bytes) -> str | None:
        """Return the id of the work request of an event. A line that is bad by itself has none."""
        try:
            decoded = decode_line(line, self._types)
        except WireError:
            return None
        return decoded and decoded[0].work_request_id

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False
    ) -> list[Finding]:
        """Judge the next lines of the log. Return their findings.

        Args:
            file: the name of the log, for the findings.
            number: the number of the first line.
            lines: the lines, with or without their line ends. Pass None for a line that is longer than LINE_LIMIT.
            is_ascii: whether all lines are known to be ASCII.

        Raises:
            ValueError: the checker has a mapping, so it judges rows and not lines.
        """
        self._require_no_mapping()
        numbered = enumerate(lines, number)
        return self._loop.judge_lines(file, numbered, is_ascii=is_ascii, otherwise=self._judge_misfit)

    def _require_no_mapping(self) -> None:
        if self._tables is not None:
            raise ValueError("the checker has a mapping, so it judges rows and not lines; pass the rows to findings()")

    def _judge_misfit(self, file: str, number: int, data: bytes | None) -> list[Finding]:
        """Judge a line that does not fit the accelerator: decode it exactly, and encode the event plainly."""
        try:
            decoded = decode_line(data, self._types)
        except WireError as error:
            if error.rule == "WRM503":
                self._tally.unknown += 1
            else:
                self._tally.malformed += 1
            return [bad_line(file, number, data, error, self._loop.first_refusal)]
        if decoded is None:
            self._tally.blank += 1
            return []
        event, at = decoded
        plain = [(number, encode_event(_without_details(event)))]
        found = self._loop.judge_lines(file, plain, is_ascii=False, otherwise=fits)
        return [msgspec.structs.replace(finding, at=at) for finding in found]


def _without_details(event: AnyEvent) -> AnyEvent:
    # No rule reads the contents of details, and the accelerator does not take all that JSON can hold.
    return attrs.evolve(event, values=None) if isinstance(event, UpdateDetails) else event


def files_in(folder: str) -> list[str]:
    """Return the paths of the files in a folder and in its folders, by name.

    Names that begin with a dot or an underscore are left out, because tools such as Spark mark their own files so.

    Raises:
        UnreadableLog: a folder cannot be listed.
    """

    def refuse(error: OSError) -> NoReturn:
        raise UnreadableLog(f"{error.filename} cannot be read: {error.strerror}") from None

    parts: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = filter(_is_part, folders)
        parts += [Path(place, name) for name in filter(_is_part, names)]
    return [str(part) for part in sorted(parts) if part.is_file()]


def _is_part(name: str) -> bool:
    return not name.startswith(("_", "."))
