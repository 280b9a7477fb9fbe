"""The parts of reports that are about the rules themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from work_request_manager._values import FrozenDict
from work_request_manager.log import LOG_RULES, Level, LogRule
from work_request_manager.reports._advice import ADVICE
from work_request_manager.reports._sources import sources_of
from work_request_manager.reports.diagrams import squares_naming
from work_request_manager.rules import RULES, Basis, Rule

_RULES: tuple[Rule | LogRule, ...] = (*RULES, *LOG_RULES)
ALL_RULES: Mapping[str, Rule | LogRule] = FrozenDict({rule.id: rule for rule in _RULES})
"""All rules that a finding can name, by id and in order."""

_HOME = "https://pypi.org/project/work-request-manager/"
"""The page of the package on PyPI. It follows from the name of the package, exists from the first release on, and stays
the same if the repository moves. It links to the documentation of the newest version."""


def level_of(rule: Rule | LogRule) -> Level:
    """Return the level that the findings of a rule have by default."""
    if isinstance(rule, LogRule):
        return rule.level
    return Level.WARNING if rule.basis is Basis.ASSUMED else Level.ERROR


class Paragraph(NamedTuple):
    """A paragraph.

    Args:
        text: its text.
        label: the words before it. Empty if there are none.
        is_code: whether the text is a line of a log.
    """

    text: str
    label: str = ""
    is_code: bool = False

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


class Section(NamedTuple):
    """A part of an explanation, with a heading."""

    heading: str
    paragraphs: Sequence[Paragraph]


def meaning_of(rule: Rule | LogRule) -> tuple[Section, Section]:
    """Return the meaning of a rule, and the reason for it."""
    reasons = [*_basis(rule), *map(Paragraph, filter(None, [ADVICE[rule.id].reason]))]
    return Section(_verb(rule), [Paragraph(rule.statement)]), Section("Why", reasons)


def _verb(rule: Rule | LogRule) -> str:
    if isinstance(rule, LogRule):
        return "Reports"
    return "Warns about" if rule.basis is Basis.ASSUMED else "Refuses"


def _basis(rule: Rule | LogRule) -> Iterator[Paragraph]:
    if isinstance(rule, Rule):
        yield Paragraph(f"{_capitalised(rule.basis.meaning)} ({rule.basis}).")
        for name, source in sources_of(rule):
            yield Paragraph(f"{source.title} {source.text}", f"{_capitalised(name)}, in our own words")


def _capitalised(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def ways_out_of(rule: Rule | LogRule) -> Iterator[Section]:
    """Yield the advice to someone who broke a rule, the options on how to judge, and the cells that name the rule."""
    yield Section("Instead", [Paragraph(ADVICE[rule.id].instead)])
    yield Section("Options", [Paragraph(_options(rule))])
    squares = squares_naming(rule.id)
    if squares:
        yield Section("In the graphs", [*map(Paragraph, squares)])


def _options(rule: Rule | LogRule) -> str:
    hiding = f"`wrm check --ignore {rule.id}` leaves it out of the report."
    if isinstance(rule, LogRule):
        return f"It is always reported as {_LEVELS[rule.level]}; {hiding}"
    if rule.basis is Basis.ASSUMED:
        return f"It warns by default. `--strict` makes it refuse, `--without {rule.id}` drops it, and {hiding}"
    return f"It always refuses; {hiding}"


_LEVELS = {Level.ERROR: "an error", Level.WARNING: "a warning"}


def help_of(rule: Rule | LogRule) -> str:
    """Return an explanation of a rule without examples, one paragraph on each line."""
    sections = (*meaning_of(rule), *ways_out_of(rule))
    return "\n".join(f"{heading}: {each}" for heading, paragraphs in sections for each in paragraphs)


def help_uri_of(rule: Rule | LogRule) -> str:
    """Return the address of a rule: the page of the package, which leads to its docs, with the id of the rule."""
    return f"{_HOME}#{rule.id}"
