"""The exit statuses, and the options that several commands have."""

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TypeVar

import click

from work_request_manager._values import short_repr
from work_request_manager.log import LogRule
from work_request_manager.reports import ALL_RULES
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import Rule

Member = TypeVar("Member", bound=StrEnum)


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
    ExitStatus.SUCCESS: "nothing to fail on",
    ExitStatus.ERRORS: "findings to fail on (check), a refused event (decide, move), or a broken invariant (prove)",
    ExitStatus.FAILED: "the command failed: a bad option, input that cannot be read, or a log without events",
}

EXIT_STATUS_HELP = f"Exit status: {'; '.join(f'{status.value} {status.meaning}' for status in ExitStatus)}."
"""The exit statuses in one sentence, for the end of a help text."""


def _without(_context: click.Context, _option: click.Parameter, rule_ids: tuple[str, ...]) -> Rulebook:
    try:
        return DEFAULT_RULEBOOK.without(*(known_rule(given).id for given in separated(rule_ids)))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def known_rule(given: str) -> Rule | LogRule:
    """Return the rule with this id, number or name, in any case of letters.

    Raises:
        BadParameter: there is no such rule.
    """
    for rule in ALL_RULES.values():
        if given.lower() in (rule.id.lower(), rule.id.removeprefix("WRM"), rule.name):
            return rule
    raise _unknown_rule(given)


def rules_matching(given: str) -> frozenset[str]:
    """Return the ids of the rule with this name, or of the rules whose ids or numbers begin with this text.

    Raises:
        BadParameter: there are no such rules.
    """
    start = given.lower()
    found = frozenset(
        rule.id
        for rule in ALL_RULES.values()
        if start == rule.name or rule.id.lower().startswith(start) or rule.id.removeprefix("WRM").startswith(start)
    )
    if not given or not found:
        raise _unknown_rule(given)
    return found


def separated(given: Iterable[str]) -> Iterator[str]:
    """Yield the items of an option that takes several, separated by commas, and can be given more than once."""
    for items in given:
        for item in items.split(","):
            yield item.strip()


def _unknown_rule(given: str) -> click.BadParameter:
    return click.BadParameter(f"unknown rule {short_repr(given)}; run `wrm rules` to list all rules")


def member_of(cls: type[Member]) -> Callable[[click.Context, click.Parameter, str], Member]:
    """Return a callback that converts a name, in any case of letters, to a member of an enumeration.

    It raises BadParameter with all names. `click.Choice` would print them in small letters.
    """

    def convert(_context: click.Context, _parameter: click.Parameter, given: str) -> Member:
        for member in cls:
            if member.lower() == given.lower():
                return member
        raise click.BadParameter(f"{short_repr(given)} is not one of {', '.join(cls)}")

    return convert


TYPES = click.option(
    "--types",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read activity types from this TOML or JSON file. Events can then name a type by its code.",
)
STRICT = click.option("--strict/--no-strict", help="Let assumed rules refuse events, too.")
WITHOUT = click.option(
    "--without",
    "rulebook",
    metavar="RULE",
    multiple=True,
    callback=_without,
    help="Do not judge by this assumed rule. Several are separated by commas.",
)
TEXT_OR_JSON = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"], case_sensitive=False),
    default="text",
    help="Choose the format of the answer.",
)
