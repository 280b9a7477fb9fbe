"""Tables and texts on a terminal or in a pipe, wrapped at words."""

import shutil
import sys

from work_request_manager.reports.tables import Table

COLUMNS = 80
"""The width of a table or text that is not printed on a terminal."""

MAX_TEXT_COLUMNS = 100
"""The width of a text at most. Longer lines are hard to read."""


def text_columns() -> int:
    """Return the width of a text on standard output."""
    return min(shutil.get_terminal_size().columns, MAX_TEXT_COLUMNS) if sys.stdout.isatty() else COLUMNS


def print_tables(*tables: Table) -> None:
    """Print tables, with a blank line between two of them. They are as wide as the terminal, or COLUMNS wide."""
    width = None if sys.stdout.isatty() else COLUMNS
    print("\n\n".join(_wrapped(table, width) for table in tables))


def _wrapped(table: Table, width: int | None) -> str:
    # Imported here, because that takes as long as other commands.
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(width=width, color_system=None)
    rich_table = RichTable(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, column_width in zip(table.heading, _widths(table, console.width), strict=True):
        rich_table.add_column(Text(heading), width=column_width)
    for row in table.rows:
        rich_table.add_row(*map(Text, row))
    with console.capture() as captured:
        console.print(rich_table, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _widths(table: Table, width: int) -> list[int]:
    """Return a width for each column: at least its longest word. What is left goes where most is missing.

    rich would cut words in narrow columns.
    """
    columns = list(zip(table.heading, *table.rows, strict=True))
    widths = [max(map(len, " ".join(column).split())) for column in columns]
    wanted = [max(len(line) for cell in column for line in cell.splitlines()) for column in columns]
    spare = width - sum(widths) - (len(widths) - 1)
    for _ in range(min(spare, sum(wanted) - sum(widths))):
        missing = [full - given for full, given in zip(wanted, widths, strict=True)]
        widths[missing.index(max(missing))] += 1
    return widths
