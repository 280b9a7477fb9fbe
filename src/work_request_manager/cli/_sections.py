"""A group of commands whose help lists them in sections."""

from collections.abc import Mapping, Sequence
from typing import Any

import click


class SectionedGroup(click.Group):
    """A group of commands whose help lists them in sections.

    Args:
        name: the name of the group.
        sections: the commands of the group, by the headings of the sections.
        options: the other arguments of `click.Group`.
    """

    def __init__(
        self, name: str | None = None, *, sections: Mapping[str, Sequence[click.Command]], **options: Any
    ) -> None:
        super().__init__(name, [command for each in sections.values() for command in each], **options)
        self._sections = sections

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the commands with their summaries. Those of all sections begin in the same column."""
        width = max(map(len, self.commands))
        for heading, commands in self._sections.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(str(each.name).ljust(width), each.get_short_help_str(limit=80)) for each in commands]
                )
