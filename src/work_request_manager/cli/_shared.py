"""The exit statuses, and the options that several commands have."""

from enum import IntEnum

import click

from work_request_manager._values import short_repr
from work_request_manager.log import LogRule
from work_request_manager.reports import ALL_RULES
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import Rule


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
    ExitStatus.FAILED: "the command failed: a bad option, or a log that cannot be read or has no event",
}

EXIT_STATUS_HELP = f"Exit status: {'; '.join(f'{status.value} {status.meaning}' for status in ExitStatus)}."
"""The exit statuses in one sentence, for the end of a help text."""


def _without(_context: click.Context, _option: click.Parameter, rule_ids: tuple[str, ...]) -> Rulebook:
    try:
        return DEFAULT_RULEBOOK.without(*(known_rule(given).id for given in rule_ids))
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
    raise click.BadParameter(f"unknown rule {short_repr(given)}; run `wrm rules` to list all rules")


STRICT = click.option("--strict", is_flag=True, help="Let assumed rules refuse events, too.")
WITHOUT = click.option(
    "--without",
    "rulebook",
    metavar="RULE",
    multiple=True,
    callback=_without,
    help="Do not judge by this assumed rule. Can be given more than once.",
)
