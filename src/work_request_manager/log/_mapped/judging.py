"""Tables in another format: from rows to findings."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import IO, Any

from work_request_manager.errors import WireError
from work_request_manager.log._fast.loop import fits
from work_request_manager.log._fast.texts import MAX_KEPT
from work_request_manager.log._fast.updates import STATUS_UPDATE, UpdateLoop
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, Tally
from work_request_manager.log._mapped.encodings import to_utf8
from work_request_manager.log._mapped.rows import (
    Batch,
    Values,
    columns_of,
    dictionary_rows,
    rows_of_batches,
    rows_of_blocks,
)
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
    """

    def __init__(self, rulebook: Rulebook, types: Types, mapping: LogMapping, tally: Tally) -> None:
        has_one = mapping.activity is None and mapping.type is None
        self._is_plain = has_one and all(len(state) <= MAX_KEPT for state in mapping.categories)
        self.loop = UpdateLoop(
            rulebook, types, is_complete=mapping.complete, only_activity=ONLY_ACTIVITY if has_one else None
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
            return dictionary_rows(source, self._mapping)
        return rows_of_blocks(name, blocks_of(source, to_utf8(self._mapping.encoding)), self._mapping)

    def rows_in_parquet(self, path: str, opened: IO[bytes] | None) -> Iterator[Batch]:
        """Yield the rows of a Parquet file in batches. See `log.parquet.read_dictionaries`."""
        batches = parquet_module(path).read_dictionaries(path, [*columns_of(self._mapping).values()], opened)
        return rows_of_batches(batches, self._mapping)

    def judge(self, file: str, batch: Batch) -> list[Finding]:
        """Judge the next rows, and return their findings.

        Args:
            file: the name of the log, for the findings.
            batch: the rows.
        """
        numbers, values = batch
        columns = self._updates.columns(values)
        if columns is None:
            return [each for row in zip(numbers, values, strict=True) for each in self._judge_one(file, *row)]
        otherwise = partial(self._judge_misfit, dict(zip(numbers, values, strict=True)))
        if columns.has_more or not self._is_plain:
            updates = zip(numbers, columns.updates(), strict=True)
            return self.loop.judge_updates(file, updates, otherwise=otherwise)
        return self.loop.judge_plain_updates(file, zip(numbers, *columns[:3], strict=True), otherwise=otherwise)

    def _judge_one(self, file: str, number: int, values: Values) -> list[Finding]:
        if values is None:
            self._tally.blank += 1
            return []
        try:
            if isinstance(values, WireError):
                raise values
            update = self._updates.of(values)
        except WireError as error:
            return [self._bad_row(file, number, values, error)]
        if update is None:
            self._tally.blank += 1
            return []
        return self.loop.judge_updates(file, [(number, update)], otherwise=fits)

    def _judge_misfit(self, rows: Mapping[int, Values], file: str, number: int, _update: Any) -> list[Finding]:
        """Judge an update whose time is not one, from its row."""
        return self._judge_one(file, number, rows[number])

    def _bad_row(self, file: str, number: int, values: Any, error: WireError) -> Finding:
        self._tally.malformed += 1
        rule = LOG_RULES_BY_ID[error.rule]
        task_id = values[0] if isinstance(values, tuple) and isinstance(values[0], str) else None
        return Finding(
            file, number, rule.id, rule.name, None, rule.level, task_id, None, STATUS_UPDATE, None, str(error), None
        )
