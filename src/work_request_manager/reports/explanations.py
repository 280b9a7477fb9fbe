"""Explanations of rules: the meaning, the reason, examples, the way out, and the options."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from work_request_manager._values import short_text
from work_request_manager.deciding import Decision, Refused, decide
from work_request_manager.events import AnyEvent, CreateWorkRequest
from work_request_manager.log import LogRule, check
from work_request_manager.model import Activity, ActivityType, NewActivity
from work_request_manager.reports._examples import EXAMPLES, LOG_EXAMPLES, Example
from work_request_manager.reports._rules import Paragraph, Section, meaning_of, ways_out_of
from work_request_manager.reports._sources import SOURCES, rules_citing
from work_request_manager.reports._text import Paint, plain
from work_request_manager.reports.steps import event_text, request_text
from work_request_manager.rules import Rule

__all__ = ["SOURCES", "Explanation", "Paragraph", "Section", "explanation_of", "rules_citing"]

INDENT = "  "

MAX_LINE = 400
"""The number of characters up to which the line of a log is shown whole."""


class Explanation(NamedTuple):
    """The explanation of a rule.

    Args:
        rule: the rule.
        sections: its parts.
    """

    rule: Rule | LogRule
    sections: Sequence[Section]

    def as_text(self, columns: int, paint: Paint = plain) -> str:
        """Return the explanation as lines of text.

        Args:
            columns: the number of characters in a line. Only a long word makes a line longer.
            paint: the function that colours the headings.
        """
        lines = [f"{paint('rule', self.rule.id)} {paint('heading', self.rule.name)}"]
        for heading, paragraphs in self.sections:
            lines += ["", paint("heading", heading)]
            for paragraph in paragraphs:
                lines += textwrap.wrap(
                    str(paragraph),
                    columns,
                    initial_indent=INDENT,
                    subsequent_indent=INDENT + INDENT if paragraph.label else INDENT,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
        return "\n".join(lines)

    def as_markdown(self) -> str:
        """Return the explanation as a part of a page. Its anchor is the id of the rule, in small letters."""
        lines = [f"### {self.rule.id}", "", f"`{self.rule.name}`"]
        for heading, paragraphs in self.sections:
            if len(paragraphs) == 1:
                lines += ["", f"**{heading}.** {paragraphs[0].text}"]
                continue
            lines += ["", f"**{heading}.**", ""]
            for text, label, is_code in paragraphs:
                shown = f"`{text}`" if is_code else text
                lines.append(f"- {label}: {shown}" if label else f"- {shown}")
        return "\n".join(lines)


def explanation_of(rule: Rule | LogRule) -> Explanation:
    """Explain a rule. The answers to the examples are those of the library."""
    examples = _log_examples(rule) if isinstance(rule, LogRule) else _examples(rule)
    return Explanation(rule, [*meaning_of(rule), *examples, *ways_out_of(rule)])


# ---- Examples

_HEADINGS = ("An example that breaks it", "An example that keeps it")


def _examples(rule: Rule) -> Iterator[Section]:
    for heading, example in zip(_HEADINGS, EXAMPLES[rule.id], strict=True):
        decision = decide(example.work_request, example.event)
        before = Paragraph("; ".join(_before(example)), "Before")
        answers = (Paragraph(text, "Answer") for text in _answers(decision))
        yield Section(heading, [before, Paragraph(_asked(example.event), "Event"), *answers])


def _before(example: Example) -> Iterator[str]:
    request = example.work_request
    if request is None:
        yield f"there is no work request {example.event.work_request_id}"
    else:
        yield f"{request.id} of requestor {request.requestor} is {request_text(request)}"
        yield from map(_activity_text, request.activities)


def _activity_text(activity: Activity | NewActivity) -> str:
    return f"{activity.id} is {activity.status}, of type {activity.type.code}{_type_text(activity.type)}"


def _type_text(type: ActivityType) -> str:
    if type.states:
        return f", with {' and '.join(f'{state} ({category})' for state, category in type.states.items())}"
    return ", which suppliers may cancel" if type.work_supplier_allowed_to_cancel else ""


def _asked(event: AnyEvent) -> str:
    if not isinstance(event, CreateWorkRequest):
        return event_text(event)
    return f"{event_text(event)}; {'; '.join(map(_activity_text, event.activities)) or 'it has no activities'}"


def _answers(decision: Decision) -> Iterator[str]:
    if isinstance(decision, Refused):
        yield from (f"Refused by {violation.rule.id}: {violation.reason}" for violation in decision.violations)
        return
    warnings = [f"Consumed, with warning {warning.rule.id}: {warning.reason}" for warning in decision.warnings]
    yield from warnings or ["Consumed"]


def _log_examples(rule: LogRule) -> Iterator[Section]:
    for heading, lines in zip(_HEADINGS, LOG_EXAMPLES[rule.id], strict=True):
        shown = (line if len(line) <= MAX_LINE else short_text(line) for line in lines)
        numbered = [Paragraph(line, f"Line {number}", is_code=True) for number, line in enumerate(shown, start=1)]
        found = [
            Paragraph(f"{finding.level} {finding.rule} in line {finding.line}: {finding.message}", "Reported")
            for finding in check(lines, partial=True).findings
        ]
        yield Section(heading, [*numbered, *(found or [Paragraph("nothing", "Reported")])])
