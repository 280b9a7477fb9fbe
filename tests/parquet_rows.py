"""Rows of Parquet logs for the tests of Parquet."""

from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from bad_lines import ACCEPT, CLOSE, CREATE
from work_request_manager.arrow import LINES

ROWS = (("WR-1", 1, CREATE), ("WR-1", 2, ACCEPT), ("WR-1", 3, b"{"), ("WR-1", 4, CLOSE))
"""A log with two findings."""


def of(request: str, line: bytes) -> bytes:
    """Return a line of WR-1 with the id of another work request."""
    return line.replace(b"WR-1", request.encode())


def table(*rows: tuple[str, int, bytes]) -> Any:
    """Return rows as a table."""
    ids, sequences, lines = zip(*rows, strict=True)
    columns = zip((ids, sequences, lines), LINES.types, strict=True)
    return pyarrow.table([pyarrow.array(values, type_) for values, type_ in columns], LINES.names)


def write(path: Path, *rows: tuple[str, int, bytes]) -> Path:
    """Write rows as a Parquet file, and return its path."""
    parquet.write_table(table(*rows), path)
    return path
