"""Check recorded events in Arrow record batches, which Spark uses (extra `arrow`).

A row is a line of a log, with the id of its work request and its position among the lines of that work request. So the
rows of different work requests can be judged in different places, and a finding still names its row.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from types import UnionType
from typing import Any

import work_request_manager.wire  # noqa: F401 - first, because its error names the extra

# isort: split
import msgspec

from work_request_manager.log import Finding, LogChecker, shortened
from work_request_manager.log.parquet import LINES, SORT, Row, read_batches
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import Types

# isort: split
import pyarrow  # last, because the error of `log.parquet` names the extra

__all__ = ["FINDINGS", "LINES", "MAX_FINDINGS", "check_batches"]


def _column(field: msgspec.structs.FieldInfo) -> Any:
    name = "sequence" if field.name == "line" else field.encode_name
    type_ = pyarrow.int64() if field.name in ("line", "first_refusal") else pyarrow.string()
    return pyarrow.field(name, type_, nullable=isinstance(field.type, UnionType))


_FIELDS = [field for field in msgspec.structs.fields(Finding) if field.name != "file"]

FINDINGS = pyarrow.schema(map(_column, _FIELDS))
"""The columns of findings: the fields of `Finding` in camel case, with `taskId` and `sequence` of the row in place of
`file` and `line`. `firstRefusal` is the sequence of the first refused event of the work request."""

MAX_FINDINGS = 10_000
"""The largest number of rows in a batch of findings."""


MAX_CHARACTERS = 16 << 20
"""The number of characters from which a batch of findings takes no more rows."""


def check_batches(
    batches: Iterable[pyarrow.RecordBatch] | pyarrow.Table | pyarrow.RecordBatchReader,
    *,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    types: Types | None = None,
    history: bool = False,
    partial: bool = False,
) -> Iterator[pyarrow.RecordBatch]:
    """Check the lines of work requests that come one after another. Memory holds one work request at a time.

    A line that names another work request than its row does is not judged (WRM502).

    Args:
        batches: rows of LINES, sorted by the bytes of `taskId` and then by `sequence`: record batches, a table, a
            RecordBatchReader, or another object that Arrow can read as a stream. No two rows of a work request can
            have the same sequence. A work request can continue in the next batch.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect, even if it breaks rules (rulebook, section 7).
        partial: whether the log is a part of a longer history (rulebook, section 8). Implies `history`.

    Returns:
        Rows of FINDINGS in the order of the lines, in batches of at most MAX_FINDINGS rows.

    Raises:
        ValueError: rows are out of order, or a column is missing, occurs twice, has another type, has nulls, or has a
            value that is too large.
        TypeError: `batches` is something else.
    """
    checker = LogChecker(rulebook=rulebook, types=types, history=history, partial=partial)
    found: list[tuple[str, Finding]] = []
    characters = 0
    for _, rows in groupby(_in_order(read_batches(batches)), attrgetter("task_id")):
        checker.forget()
        for row in rows:
            work_request_id = row.work_request_id
            for finding in checker.judge_row("", row.sequence, work_request_id, row.line):
                found.append((work_request_id, shortened(finding)))
                characters += len(work_request_id) + len(finding.message)
                if len(found) == MAX_FINDINGS or characters >= MAX_CHARACTERS:
                    yield _batch_of(found)
                    found.clear()
                    characters = 0
    if found:
        yield _batch_of(found)


_MAX_SEQUENCE = 2**63 - 1
_MAX_ADVICE = f"use sequences up to {_MAX_SEQUENCE}, because findings have them as int64"


def _in_order(rows: Iterable[Row]) -> Iterator[Row]:
    before: Row | None = None
    for row in rows:
        if row.sequence > _MAX_SEQUENCE:
            raise ValueError(f"work request {row.work_request_id!r} has sequence {row.sequence}; {_MAX_ADVICE}")
        if before is not None:
            if row.task_id < before.task_id:
                raise ValueError(f"work request {row.work_request_id!r} comes after {before.work_request_id!r}; {SORT}")
            row.check_follows(before.sequence if row.task_id == before.task_id else None)
        before = row
        yield row


def _batch_of(found: list[tuple[str, Finding]]) -> Any:
    columns = {field.name: [getattr(finding, field.name) for _, finding in found] for field in _FIELDS}
    columns["task_id"] = [work_request_id for work_request_id, _ in found]
    # `first_refusal` is `file:line`, and the file has no name here.
    columns["first_refusal"] = [place and int(place.removeprefix(":")) for place in columns["first_refusal"]]
    return pyarrow.record_batch(list(columns.values()), schema=FINDINGS)
