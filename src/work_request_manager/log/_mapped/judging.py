"""Tables in another format: from rows to findings."""

import os
from collections.abc import Iterator, Sequence
from typing import IO, Any

from work_request_manager.errors import WireError
from work_request_manager.log._fast.updates import STATUS_UPDATE, Update, UpdateLoop
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, Tally
from work_request_manager.log._mapped.encodings import to_utf8
from work_request_manager.log._mapped.rows import Row, columns_of, dictionary_rows, rows_of_batches, rows_of_blocks
from work_request_manager.log._mapped.updates import Updates
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
        self.loop = UpdateLoop(rulebook, types, is_complete=mapping.complete)
        self._mapping = mapping
        self._updates = Updates(mapping, types)
        self._tally = tally

    def rows_in(self, name: str, source: Source) -> Iterator[list[Row]]:
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

    def rows_in_parquet(self, path: str, opened: IO[bytes] | None) -> Iterator[list[Row]]:
        """Yield the rows of a Parquet file in batches. See `log.parquet.read_dictionaries`."""
        batches = parquet_module(path).read_dictionaries(path, columns_of(self._mapping), opened)
        return rows_of_batches(batches, self._mapping)

    def judge(self, file: str, rows: Sequence[Row]) -> list[Finding]:
        """Judge the next rows, and return their findings.

        Args:
            file: the name of the log, for the findings.
            rows: the rows.
        """
        found: list[Finding] = []
        updates: list[tuple[int, Update]] = []
        update_of = self._updates.of

        def judge_updates() -> None:
            found.extend(self.loop.judge_updates(file, updates, otherwise=judge_misfit))
            updates.clear()

        def judge_misfit(file: str, number: int, _update: Any) -> list[Finding]:
            """Return the finding of an update whose time is not one."""
            (values,) = (values for each, values in rows if each == number)
            return [self._bad_row(file, number, values, self._updates.problem_of_time(values))]

        for number, values in rows:
            try:
                update = update_of(values)
            except WireError as error:
                judge_updates()  # so that the findings keep the order of the rows
                found.append(self._bad_row(file, number, values, error))
            else:
                if update is None:
                    self._tally.blank += 1
                else:
                    updates.append((number, update))
        judge_updates()
        return found

    def _bad_row(self, file: str, number: int, values: Any, error: WireError) -> Finding:
        self._tally.malformed += 1
        rule = LOG_RULES_BY_ID[error.rule]
        task_id = values[0] if isinstance(values, tuple) and isinstance(values[0], str) else None
        return Finding(
            file, number, rule.id, rule.name, None, rule.level, task_id, None, STATUS_UPDATE, None, str(error), None
        )
