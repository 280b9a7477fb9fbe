"""The data of the page: findings and histories of work requests as JSON, in which each text occurs once."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from work_request_manager._values import printable
from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.graph import CANCELLATION
from work_request_manager.log import Finding, Level, shortened
from work_request_manager.log.histories import History
from work_request_manager.log.steps import KnownStatus, Step
from work_request_manager.model import Category, WorkRequest

MAX_FINDINGS = 10_000
"""The number of findings that the page has at most."""


class Row(NamedTuple):
    """A finding of the table.

    Args:
        number: its place among all findings.
        finding: the finding.
        fingerprint: its fingerprint.
    """

    number: int
    finding: Finding
    fingerprint: str


class Rows:
    """The findings of the table: as many as it can have, errors first. They keep the order of the log.

    Attributes:
        seen: the number of all findings.
    """

    def __init__(self) -> None:
        self.seen = 0
        self._by_level: dict[Level, list[Row]] = {level: [] for level in Level}

    def add(self, finding: Finding, fingerprint: str) -> None:
        """Add a finding, if there is room for more of its level."""
        rows = self._by_level[finding.level]
        if len(rows) < MAX_FINDINGS:
            rows.append(Row(self.seen, shortened(finding), fingerprint))
        self.seen += 1

    def chosen(self) -> list[Row]:
        """Return the rows of the table."""
        errors, warnings = (self._by_level[level] for level in Level)
        return sorted(errors + warnings[: MAX_FINDINGS - len(errors)])


class _Texts:
    """Texts by their numbers. The number of None is 0."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {None: 0}

    def number_of(self, text: str | None) -> int:
        """Return the number of a text."""
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str | None]:
        """Return all texts, in the order of their numbers, as they are printed."""
        return [None if text is None else printable(text) for text in self._numbers]


def page_data(rows: Iterable[Row], histories: Mapping[str, History], left_out: frozenset[str]) -> str:
    """Return the data of the page as JSON that is safe inside a script element.

    Args:
        rows: the rows of the table.
        histories: the histories of work requests by their ids.
        left_out: the ids of the rules whose findings are not reported.
    """
    texts = _Texts()
    data = {
        "categories": [*Category],
        "cancellation": CANCELLATION,
        "findings": [_finding(row, texts) for row in rows],
        "histories": {printable(each): _history(history, texts, left_out) for each, history in histories.items()},
        "texts": texts.all(),  # after all of them are numbered
    }
    # Without these characters, nothing in the data can end the script element.
    encoded = json.dumps(data, separators=(",", ":"))
    return encoded.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _finding(row: Row, texts: _Texts) -> list[Any]:
    """Return a finding as `table.js` reads it: the fingerprint, the line, whether it is an error, and texts."""
    each = row.finding
    values = (
        each.file, each.rule, each.name, each.task_id, each.activity_id, each.event, each.at, each.message,
        each.first_refusal, each.sender, each.supplier, each.activity_type, each.from_, each.to,
    )  # fmt: skip
    return [row.fingerprint, each.line, int(each.level is Level.ERROR), *map(texts.number_of, values)]


def _history(history: History, texts: _Texts, left_out: frozenset[str]) -> dict[str, Any]:
    return {"left": history.left_out, "steps": [[*_step(step, texts, left_out)] for step in history.steps]}


def _step(step: Step, texts: _Texts, left_out: frozenset[str]) -> Iterator[Any]:
    """Yield the parts of a step in the order in which `histories.js` reads them."""
    answer = None if step.answer is None else step.answer.value
    allocation = None if step.after is None else _allocation(step.after)
    yield step.line
    yield int(step.event == STATUS_UPDATE)
    yield from map(
        texts.number_of,
        (step.file, step.at, step.sender, step.action or step.event, answer, step.activity_id, allocation),
    )
    yield [
        [texts.number_of(each.activity_id), *_status(each.before, texts), *_status(each.after, texts)]
        for each in step.activities
    ]
    yield [
        [int(each.level is Level.ERROR), texts.number_of(each.rule), texts.number_of(each.message)]
        for each in step.findings
        if each.rule not in left_out
    ]


def _allocation(request: WorkRequest) -> str:
    return ", ".join([request.allocation, *(["on hold"] if request.on_hold else [])])


def _status(status: KnownStatus | None, texts: _Texts) -> Iterator[int]:
    yield texts.number_of(None if status is None else status.category)
    yield texts.number_of(None if status is None else status.state)
