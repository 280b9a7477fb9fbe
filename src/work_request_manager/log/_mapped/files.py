"""Files of tables: CSV or JSON Lines, by their first line."""

from collections.abc import Iterator
from itertools import chain

from work_request_manager.log._mapped.csv_tables import csv_rows
from work_request_manager.log._mapped.json_lines import json_rows
from work_request_manager.log._mapped.rows import Batch
from work_request_manager.log._sources import Block
from work_request_manager.wire import LogMapping


def rows_in_file(name: str, blocks: Iterator[Block], mapping: LogMapping) -> Iterator[Batch]:
    """Yield the rows of a file of lines in batches, one for each block or more.

    Raises:
        UnreadableLog: the file lacks a column.
    """
    first = 1
    for block in blocks:
        if is_blank(block):
            yield Batch(range(first, first + len(block.lines)), [None] * len(block.lines))
            first += len(block.lines)
        else:
            read = json_rows if is_json(block) else csv_rows
            yield from read(name, chain([block], blocks), mapping, first)


def is_blank(block: Block) -> bool:
    """Return whether all lines of a block are blank."""
    return not any(line is None or line.strip() for line in block.lines)


def is_json(block: Block) -> bool:
    """Return whether the first line of a block that is not blank begins like a JSON object."""
    start = next((line for line in block.lines if line is not None and line.strip()), b"")
    return start.lstrip().startswith(b"{")
