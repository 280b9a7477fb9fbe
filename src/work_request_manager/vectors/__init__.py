"""Test vectors: histories and their expected results, for implementations in any language.

Together they use every cell of both graphs, keep and break every rule, and get every answer. They also vary every
other fact that a judgement depends on. `_goals` defines what to cover, and `_selection` chooses the histories.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, cast

import attrs

from work_request_manager._values import ValueObject
from work_request_manager.deciding import Decision, Refused, Step, decide
from work_request_manager.events import AnyEvent, Event
from work_request_manager.facts import cell_ref
from work_request_manager.graph import (
    ALLOCATION_GRAPH,
    STATUS_GRAPH,
    Cell,
    CellRef,
    Repeat,
    cell_at,
    move_made,
    rules_of,
)
from work_request_manager.judging import Answer
from work_request_manager.model import Category, WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import RULES
from work_request_manager.vectors._goals import take_steps
from work_request_manager.vectors._selection import HistorySelector
from work_request_manager.violations import Violation
from work_request_manager.wire import (
    JSON_SCHEMA,
    closed_object,
    encode_event,
    encode_work_request,
    line_schema,
    snapshot_schema,
)

__all__ = ["VECTORS_VERSION", "Coverage", "Vector", "coverage", "json_schema", "to_json", "vector_of", "vectors"]

VECTORS_VERSION = 1
"""The version of the format in which vectors are written."""


@attrs.frozen(eq=False, repr=False)
class Vector(ValueObject):
    """A history of one work request, and what it covers.

    Args:
        id: "V-" and a number. The id of the work request is "WR-" and the same number.
        decisions: the decision on each event. The first event finds no work request.
        cells: the cells of the graphs that decide on an event.
        kept: the ids of the rules that a consumed event keeps and other events of its kind break.
        broken: the ids of the rules that an event breaks, whether they refuse it or warn.
    """

    id: str
    decisions: tuple[Decision, ...]
    cells: tuple[CellRef, ...]
    kept: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """The events to send."""
        return tuple(decision.event for decision in self.decisions)

    @property
    def work_request(self) -> WorkRequest | None:
        """The work request after the last event. None if it does not exist."""
        return self.decisions[-1].work_request


@attrs.frozen(eq=False, repr=False)
class Coverage(ValueObject):
    """The part of the declared cells, rules and answers that some vectors cover.

    Args:
        vectors: the number of vectors.
        events: the number of their events.
        covered: the cells, kept rules, broken rules and answers that they cover, in words.
        missing: those that they do not cover.
        left_out: the number of events that were left out, because an implementation refuses their activity types.
    """

    vectors: int
    events: int
    covered: tuple[str, ...]
    missing: tuple[str, ...]
    left_out: int = 0

    def __str__(self) -> str:
        parts = []
        for kind, title in _KINDS_COVERED.items():
            covered, missing = (sum(each.startswith(kind) for each in all_) for all_ in (self.covered, self.missing))
            parts.append(f"{title} {covered} of {covered + missing}")
        missing_ones = f"; missing: {', '.join(self.missing)}" if self.missing else ""
        of_all = f" of {self.events + self.left_out:,}" if self.left_out else ""
        return f"{self.events:,}{of_all} events in {self.vectors} histories: {', '.join(parts)}{missing_ones}"


_KINDS_COVERED = {"cell": "cells", "kept": "rules kept", "broken": "rules broken", "answer": "answers"}

_selector = cache(HistorySelector)


@cache
def vectors(rulebook: Rulebook = DEFAULT_RULEBOOK) -> tuple[Vector, ...]:
    """Return the vectors of a rulebook: always the same ones in the same order. They are computed once.

    Args:
        rulebook: the rules to decide by.
    """
    histories = _selector(rulebook).histories
    width = len(str(len(histories)))
    return tuple(
        vector_of(f"V-{number:0{width}}", _numbered(f"{number:0{width}}", history), rulebook)
        for number, history in enumerate(histories, start=1)
    )


def vector_of(id: str, events: Iterable[Event], rulebook: Rulebook = DEFAULT_RULEBOOK) -> Vector:
    """Decide on a history, and return it as a vector.

    Args:
        id: the id of the vector.
        events: the events of one work request. The first one finds no work request.
        rulebook: the rules to decide by.
    """
    steps = list(take_steps(None, events, rulebook))
    kept_by = _selector(rulebook).kept_by
    return Vector(
        id,
        tuple(decide(step.before, cast(AnyEvent, step.event), rulebook=rulebook) for step in steps),
        cells=tuple(dict.fromkeys(cell for step in steps for cell in _deciding_cells(step))),
        kept=_in_order(rule for step in steps if step.is_consumed for rule in kept_by(step)),
        broken=_in_order(rule for step in steps for rule in step.judgement.broken),
    )


def coverage(of: Iterable[Vector], rulebook: Rulebook = DEFAULT_RULEBOOK) -> Coverage:
    """Return the coverage of the cells of both graphs, the rules of the rulebook, and the answers.

    Args:
        of: the vectors.
        rulebook: the rules that they were decided by.
    """
    of = tuple(of)
    covered = {
        *(_cell_text(cell) for vector in of for cell in vector.cells),
        *(f"kept {rule}" for vector in of for rule in vector.kept),
        *(f"broken {rule}" for vector in of for rule in vector.broken),
        *(f"answer {decision.answer}" for vector in of for decision in vector.decisions),
    }
    wanted = [
        *map(_cell_text, _CELL_NAMES),
        *(f"kept {rule.id}" for rule in rulebook.rules),
        *(f"broken {rule.id}" for rule in rulebook.rules),
        *(f"answer {answer}" for answer in Answer),
    ]
    return Coverage(
        len(of),
        sum(len(vector.decisions) for vector in of),
        tuple(each for each in wanted if each in covered),
        tuple(each for each in wanted if each not in covered),
    )


def to_json(rulebook: Rulebook = DEFAULT_RULEBOOK) -> str:
    """Return the vectors of a rulebook as JSON, one vector on each line. The text is always the same.

    Args:
        rulebook: the rules to decide by.
    """
    head = {
        "version": VECTORS_VERSION,
        "strict": rulebook.is_strict,
        "without": [rule.id for rule in RULES if rule not in rulebook.rules],
    }
    lines = ",\n".join(_dumped(_as_json(vector)) for vector in vectors(rulebook))
    return f'{_dumped(head)[:-1]},"vectors":[\n{lines}\n]}}\n'


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the result of `to_json`."""
    definitions: dict[str, Any] = {}
    definitions["Event"] = line_schema(definitions)
    definitions["Snapshot"] = snapshot_schema(definitions)
    rules = {"type": "array", "items": {"enum": [rule.id for rule in RULES]}}
    cell = {"enum": [*_CELL_NAMES.values()]}
    step = closed_object(event={"$ref": "#/$defs/Event"}, answer={"enum": [*Answer]}, broken=rules, warnings=rules)
    vector = closed_object(
        id={"type": "string"},
        covers=closed_object(cells={"type": "array", "items": cell}, kept=rules, broken=rules),
        steps={"type": "array", "items": step, "minItems": 1},
        snapshot={"anyOf": [{"$ref": "#/$defs/Snapshot"}, {"type": "null"}]},
    )
    return {
        "$schema": JSON_SCHEMA,
        "title": "Test vectors of the rules of the Work Request Manager",
        **closed_object(
            version={"const": VECTORS_VERSION},
            strict={"type": "boolean"},
            without=rules,
            vectors={"type": "array", "items": vector},
        ),
        "$defs": definitions,
    }


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _numbered(number: str, history: Sequence[Event]) -> Iterator[Event]:
    for minutes, event in enumerate(history):
        yield attrs.evolve(event, work_request_id=f"WR-{number}", at=event.at + timedelta(minutes=minutes))


def _in_order(rules: Iterable[str]) -> tuple[str, ...]:
    ids = set(rules)
    return tuple(rule.id for rule in RULES if rule.id in ids)


def _deciding_cells(step: Step) -> Iterator[CellRef]:
    """Yield the cell that an event asks for if it decides: its move is made, or its rule is broken."""
    judgement = step.judgement
    ref = cell_ref(judgement.facts)
    if ref is not None:
        cell = cell_at(ref)
        is_repeat = isinstance(cell, Repeat) and judgement.answer is Answer.NOT_CONSUMED
        if is_repeat or judgement.move is not None or not set(rules_of(cell)).isdisjoint(judgement.broken):
            yield ref


def _cell_names() -> Iterator[tuple[CellRef, dict[str, str]]]:
    """Yield each cell with the names of its graph, row and column. An allocation column is named after its move."""
    graphs: dict[str, Mapping[Any, Mapping[Any, Cell]]] = {"status": STATUS_GRAPH, "allocation": ALLOCATION_GRAPH}
    for graph, rows in graphs.items():
        for row, cells in rows.items():
            for column in cells:
                ref = CellRef(row, column)
                name = column.value if isinstance(column, Category) else move_made(ref).name
                yield ref, {"graph": graph, "row": row.value, "column": name}


_CELL_NAMES = dict(_cell_names())


def _cell_text(ref: CellRef) -> str:
    names = _CELL_NAMES[ref]
    return f"cell {names['graph']} {names['row']} \u2192 {names['column']}"


def _as_json(vector: Vector) -> dict[str, Any]:
    request = vector.work_request
    return {
        "id": vector.id,
        "covers": {
            "cells": [_CELL_NAMES[cell] for cell in vector.cells],
            "kept": vector.kept,
            "broken": vector.broken,
        },
        "steps": [
            {
                "event": json.loads(encode_event(decision.event)),
                "answer": decision.answer,
                "broken": _ids(decision.violations) if isinstance(decision, Refused) else [],
                "warnings": _ids(decision.warnings),
            }
            for decision in vector.decisions
        ],
        "snapshot": None if request is None else json.loads(encode_work_request(request)),
    }


def _ids(violations: Iterable[Violation]) -> list[str]:
    return [violation.rule.id for violation in violations]
