"""Tables in another format: from rows to findings."""

import os
from collections.abc import Iterator
from typing import IO, Any

from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.errors import WireError
from work_request_manager.log._fast.texts import MAX_KEPT
from work_request_manager.log._fast.updates import UpdateLoop
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, Tally
from work_request_manager.log._mapped.encodings import to_utf8
from work_request_manager.log._mapped.files import rows_in_file
from work_request_manager.log._mapped.rows import Batch, Values, columns_of, in_batches, rows_of_objects
from work_request_manager.log._mapped.updates import ONLY_ACTIVITY, Updates
from work_request_manager.log._sources import Source, blocks_of, parquet_module
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import LogMapping, Types


class TableJudge:
    """The judge of the rows of tables.

    Args:
        rulebook: the rules to judge by.
        types: the configured activity types by their codes.
        mapping: the description of the tables.
        tally: the numbers of rows that are not judged. It is updated.
        counts_moves: whether to count the moves that rows ask for.
    """

    def __init__(
        self, rulebook: Rulebook, types: Types, mapping: LogMapping, tally: Tally, *, counts_moves: bool = False
    ) -> None:
        columns = columns_of(mapping)
        are_short = all(len(state) <= MAX_KEPT for state in mapping.categories)
        # The fastest way does not count moves.
        self._are_plain = are_short and "type" not in columns and "event_id" not in columns and not counts_moves
        only_activity = None if "activity" in columns else ONLY_ACTIVITY
        self.loop = UpdateLoop(
            rulebook,
            types,
            is_complete=mapping.complete,
            only_activity=only_activity,
            counts_moves=counts_moves,
        )
        self._mapping = mapping
        self._updates = Updates(mapping, types)
        self._tally = tally

    def rows_in(self, name: str, source: Source) -> Iterator[Batch]:
        """Yield the rows of a file of lines, or of an iterable of dictionaries, in batches.

        Args:
            name: the name of the source.
            source: the path of the file, or the iterable.

        Raises:
            UnreadableLog: the file cannot be read to its end, or lacks a column.
            TypeError: an item of the iterable is not a dictionary.
        """
        if not isinstance(source, str | os.PathLike):
            return rows_of_objects(in_batches(source), self._mapping)
        return rows_in_file(name, blocks_of(source, to_utf8(self._mapping.encoding)), self._mapping)

    def rows_in_parquet(self, path: str, opened: IO[bytes] | None) -> Iterator[Batch]:
        """Yield the rows of a Parquet file in batches. See `log.parquet.read_dictionaries`."""
        batches = parquet_module(path).read_dictionaries(path, [*columns_of(self._mapping).values()], opened)
        return rows_of_objects(batches, self._mapping, path)

    def judge(self, file: str, batch: Batch) -> list[Finding]:
        """Judge the next rows, and return their findings.

        Args:
            file: the name of the log, for the findings.
            batch: the rows.
        """
        return self._judge_rows(file, batch)

    def _judge_rows(self, file: str, batch: Batch) -> list[Finding]:
        numbers, rows = batch
        columns = self._updates.columns(numbers, rows)
        if columns is not None:
            self._tally.blank += len(rows) - len(columns.numbers)  # which the mapping leaves out
            if self._are_plain:
                return self.loop.judge_plain_updates(file, columns.plain_updates())
            return self.loop.judge_updates(file, columns.updates())
        if len(rows) <= _FEW:
            return [finding for row in zip(numbers, rows, strict=True) for finding in self._judge_one(file, *row)]
        # Halves, so that an unusual row does not make the others slow.
        half = len(rows) // 2
        parts = Batch(numbers[:half], rows[:half]), Batch(numbers[half:], rows[half:])
        return [finding for part in parts for finding in self._judge_rows(file, part)]

    def _judge_one(self, file: str, number: int, values: Values) -> list[Finding]:
        if isinstance(values, WireError):
            return [self._bad_row(file, number, None, values)]
        try:
            update = None if values is None else self._updates.of(values)
        except WireError as error:
            return [self._bad_row(file, number, values, error)]
        if update is None:
            self._tally.blank += 1
            return []
        return self.loop.judge_updates(file, [(number, update)])

    def _bad_row(self, file: str, number: int, values: tuple[Any, ...] | None, error: WireError) -> Finding:
        self._tally.malformed += 1
        rule = LOG_RULES_BY_ID[error.rule]
        task_id = values[0] if values is not None and isinstance(values[0], str) else None
        return Finding(
            file, number, rule.id, rule.name, None, rule.level, task_id, None, STATUS_UPDATE, None, str(error), None
        )


_FEW = 8
"""The number of rows that are judged one by one if they are not all usual."""
