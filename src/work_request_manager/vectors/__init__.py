"""Test vectors: what to send and what to expect, for implementations in any language.

Together they let every cell of both graphs decide, keep and break every rule, and get every answer; where an answer
depends on more than that, they vary what it depends on. A walk finds what there is to cover, and a greedy cover
chooses the histories.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import attrs

from work_request_manager._values import ValueObject
from work_request_manager.deciding import Decision, Refused, decide
from work_request_manager.reports.diagrams import GRAPHS, names_of
from work_request_manager.events import Event
from work_request_manager.graph import Repeat, rules_of
from work_request_manager.judging import Answer, Place, cell_at, cell_ref
from work_request_manager.model import WorkRequest
from work_request_manager.violations import Violation
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import RULES
from work_request_manager.vectors._selection import Covering
from work_request_manager.vectors._goals import Sent, send_all
from work_request_manager.wire import JSON_SCHEMA, encode_event, encode_work_request, line_schema, snapshot_schema

VECTORS_VERSION = 1
"""The version of the form in which vectors are written."""


@attrs.frozen(eq=False, repr=False)
class Vector(ValueObject):
    """A history of one work request, and what it covers.

    Args:
        id: "V-" and its number; the work request's id is "WR-" and the same.
        decisions: the decision on each of its events, from where there is no work request.
        cells: the cells of the graphs that decide on one of them.
        kept: the ids of the rules that one keeps: it is consumed, and others of its kind break them.
        broken: the ids of the rules that one breaks, refused or not.
    """

    id: str
    decisions: tuple[Decision, ...]
    cells: tuple[Place, ...]
    kept: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """What to send."""
        return tuple(decision.event for decision in self.decisions)

    @property
    def work_request(self) -> WorkRequest | None:
        """The work request after the last event."""
        return self.decisions[-1].work_request


@attrs.frozen(eq=False, repr=False)
class Coverage(ValueObject):
    """How much of what is declared some vectors cover.

    Args:
        vectors: how many vectors.
        events: how many events they have.
        covered: the cells, kept rules, broken rules and answers that they cover, in words.
        missing: those that they do not.
    """

    vectors: int
    events: int
    covered: tuple[str, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        parts = []
        for kind, title in _KINDS_COVERED.items():
            done, open_ = (sum(each.startswith(kind) for each in all_) for all_ in (self.covered, self.missing))
            parts.append(f"{title} {done} of {done + open_}")
        missing = f"; missing: {', '.join(self.missing)}" if self.missing else ""
        return f"{self.events:,} events in {self.vectors} histories: {', '.join(parts)}{missing}"


_KINDS_COVERED = {"cell": "cells", "kept": "rules kept", "broken": "rules broken", "answer": "answers"}


@cache
def covering(rulebook: Rulebook) -> Covering:
    """Return what there is to cover under a rulebook; found out once."""
    return Covering(rulebook)


@cache
def vectors(rulebook: Rulebook = DEFAULT_RULEBOOK) -> tuple[Vector, ...]:
    """Return the vectors of a rulebook; always the same ones in the same order."""
    histories = covering(rulebook).histories
    width = len(str(len(histories)))
    return tuple(_vector(f"{number:0{width}}", history, rulebook) for number, history in enumerate(histories, start=1))


def coverage(of: Iterable[Vector], rulebook: Rulebook = DEFAULT_RULEBOOK) -> Coverage:
    """Return what vectors cover of the graphs' cells, the rulebook's rules, and the answers."""
    of = tuple(of)
    covered = {
        *(_cell_text(names_of(cell)) for vector in of for cell in vector.cells),
        *(f"kept {rule}" for vector in of for rule in vector.kept),
        *(f"broken {rule}" for vector in of for rule in vector.broken),
        *(f"answer {decision.answer}" for vector in of for decision in vector.decisions),
    }
    wanted = [
        *(_cell_text((graph.name, square.row, square.column)) for graph in GRAPHS for square in graph.squares),
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
    """Return the vectors of a rulebook as JSON, each on a line of its own; the same text each time."""
    head = {
        "version": VECTORS_VERSION,
        "strict": rulebook.is_strict,
        "without": [rule.id for rule in RULES if rule not in rulebook.rules],
    }
    lines = ",\n".join(_dumped(_as_json(vector)) for vector in vectors(rulebook))
    return f'{_dumped(head)[:-1]},"vectors":[\n{lines}\n]}}\n'


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what `to_json` writes."""
    definitions: dict[str, Any] = {}
    definitions["Event"] = line_schema(definitions)
    definitions["Snapshot"] = snapshot_schema(definitions)
    rules = {"type": "array", "items": {"enum": [rule.id for rule in RULES]}}
    cell = {
        "enum": [
            dict(zip(("graph", "row", "column"), (graph.name, square.row, square.column), strict=True))
            for graph in GRAPHS
            for square in graph.squares
        ]
    }
    step = _object(event={"$ref": "#/$defs/Event"}, answer={"enum": [*Answer]}, broken=rules, warnings=rules)
    vector = _object(
        id={"type": "string"},
        covers=_object(cells={"type": "array", "items": cell}, kept=rules, broken=rules),
        steps={"type": "array", "items": step, "minItems": 1},
        snapshot={"anyOf": [{"$ref": "#/$defs/Snapshot"}, {"type": "null"}]},
    )
    return {
        "$schema": JSON_SCHEMA,
        "title": "Test vectors of the Work Request Manager's rules",
        **_object(
            version={"const": VECTORS_VERSION},
            strict={"type": "boolean"},
            without=rules,
            vectors={"type": "array", "items": vector},
        ),
        "$defs": definitions,
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _vector(number: str, history: Sequence[Event], rulebook: Rulebook) -> Vector:
    events = [
        attrs.evolve(event, work_request_id=f"WR-{number}", at=event.at + timedelta(minutes=minutes))
        for minutes, event in enumerate(history)
    ]
    sent = list(send_all(None, events, rulebook))
    kept_by = covering(rulebook).kept_by
    return Vector(
        f"V-{number}",
        tuple(decide(each.before, each.event, rulebook=rulebook) for each in sent),
        cells=tuple(dict.fromkeys(cell for each in sent for cell in _deciding_cells(each))),
        kept=_in_order(rule for each in sent if each.is_consumed for rule in kept_by(each)),
        broken=_in_order(rule for each in sent for rule in each.broken),
    )


def _in_order(rules: Iterable[str]) -> tuple[str, ...]:
    ids = set(rules)
    return tuple(rule.id for rule in RULES if rule.id in ids)


def _deciding_cells(sent: Sent) -> Iterator[Place]:
    """Yield the cell that an event asks for, where it is what decides: its move is made, or its rule broken."""
    place = cell_ref(sent.facts)
    if place is not None:
        cell = cell_at(place)
        is_repeat = isinstance(cell, Repeat) and sent.judgement.answer is Answer.NOT_CONSUMED
        if is_repeat or cell is sent.judgement.move or not set(rules_of(cell)).isdisjoint(sent.broken):
            yield place


def _cell_text(names: tuple[str, str, str]) -> str:
    graph, row, column = names
    return f"cell {graph} {row} \u2192 {column}"


def _as_json(vector: Vector) -> dict[str, Any]:
    request = vector.work_request
    return {
        "id": vector.id,
        "covers": {
            "cells": [dict(zip(("graph", "row", "column"), names_of(cell), strict=True)) for cell in vector.cells],
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
