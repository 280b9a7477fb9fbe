"""Convert a log to a Parquet file, for `wrm check` or for Spark. Several files are one log, in the order given.

    python docs/examples/to_parquet.py log.jsonl log.parquet

The sequence of a line is its number in the log, so that findings lead back to it.
"""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow
from pyarrow import parquet

from work_request_manager.arrow import LINES
from work_request_manager.wire import LINE_LIMIT, WireError, object_from

ROWS = 100_000


def lines_of(paths: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines of files without their byte order marks."""
    for path in paths:
        with open(path, "rb") as lines:
            if lines.peek().startswith(BOM_UTF8):
                lines.seek(len(BOM_UTF8))
            yield from lines


def task_id_of(line: bytes) -> str:
    """Return the work request that a line names, or "" if it names none or is longer than a line can be."""
    try:
        task_id = object_from(line).get("taskId") if len(line.rstrip(b"\r\n")) <= LINE_LIMIT else ""
    except WireError:
        return ""
    return task_id if isinstance(task_id, str) else ""


def batches_of(lines: Iterable[bytes]) -> Iterator[pyarrow.RecordBatch]:
    """Yield the lines of a log as rows of LINES."""
    rows = ((task_id_of(line), number, line) for number, line in enumerate(lines, start=1))
    while chunk := list(islice(rows, ROWS)):
        yield pyarrow.record_batch(list(zip(*chunk, strict=True)), schema=LINES)


if __name__ == "__main__":
    *logs, target = sys.argv[1:]
    with parquet.ParquetWriter(target, LINES) as writer:
        for batch in batches_of(lines_of(logs)):
            writer.write_batch(batch)
