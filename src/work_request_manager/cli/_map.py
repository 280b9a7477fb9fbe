"""The command `wrm map`."""

import click

from work_request_manager.cli._output import fail, output_option, writing
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import draft_mapping


@click.command("map")
@click.argument("log", metavar="LOG")
@output_option("Write the draft to this file.")
def map_(log: str, output: str | None) -> None:
    """Draft a mapping for a log in another format.

    LOG is a CSV, JSON Lines or Parquet file, or - for standard input. The draft guesses columns from names and values,
    and lists each state with a category. Check it, fill in what is empty, and use it with `wrm check --map`.
    """
    try:
        drafted = draft_mapping(log)
    except UnreadableLog as error:
        fail(str(error))
    with writing(output) as out:
        print(drafted, end="", file=out)
