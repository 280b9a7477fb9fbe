"""The exit statuses, and the options that several commands have."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any, TypeVar

import click

from work_request_manager.log import LogRule
from work_request_manager.reports import ALL_RULES
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import Rule

Callback = TypeVar("Callback", bound=Callable[..., Any])


class ExitStatus(IntEnum):
    """The exit statuses of `wrm`."""

    SUCCESS = 0
    ERRORS = 1
    FAILED = 2

    @property
    def meaning(self) -> str:
        """The meaning of the status, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.SUCCESS: "no errors",
    ExitStatus.ERRORS: "errors in the log (check), or a broken invariant (prove)",
    ExitStatus.FAILED: "the command failed: a bad option, or a log that cannot be read",
}

EXIT_STATUS_HELP = f"Exit status: {'; '.join(f'{status.value} {status.meaning}' for status in ExitStatus)}."
"""The exit statuses in one sentence, for the end of a help text."""


def _without(_context: click.Context, _option: click.Parameter, rule_ids: tuple[str, ...]) -> Rulebook:
    try:
        return DEFAULT_RULEBOOK.without(*map(str.upper, rule_ids))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def known_rule(given: str) -> Rule | LogRule:
    """Return the rule with this id, in any case of letters.

    Raises:
        BadParameter: there is no such rule.
    """
    rule = ALL_RULES.get(given.upper())
    if rule is None:
        raise click.BadParameter(f"unknown rule {given!r}; run `wrm rules` to list all rules")
    return rule


STRICT = click.option("--strict", is_flag=True, help="Let assumed rules refuse events, too.")
WITHOUT = click.option(
    "--without",
    "rulebook",
    metavar="RULE",
    multiple=True,
    callback=_without,
    help="Do not judge by this assumed rule. Can be given more than once.",
)


def output_option(help: str) -> Callable[[Callback], Callback]:
    """Return the option `--output` with this help text."""
    return click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, writable=True), help=help)


@contextmanager
def writing(path: str | None) -> Iterator[IO[str]]:
    """Open an output to write to. If that fails, end the command.

    Args:
        path: the path of a file. Pass None for standard output.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as out:
            yield out
    except OSError as error:
        print(f"wrm: {path} cannot be written: {error.strerror}; choose another file", file=sys.stderr)
        sys.exit(ExitStatus.FAILED)
