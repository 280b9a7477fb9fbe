"""The rules, the events and the changes as tables, derived from their declarations."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

import attrs

from work_request_manager.catalogue import WIRE_NAMES
from work_request_manager.changes import AnyChange, Change
from work_request_manager.log import LOG_RULES
from work_request_manager.model import Role
from work_request_manager.rules import COMMON_FACTS, NO_SOURCE, RULES, Basis
from work_request_manager.wire import json_schema

__all__ = [
    "Table",
    "bases_table",
    "changes_table",
    "event_fields_table",
    "events_table",
    "log_rules_table",
    "rule_facts_table",
    "rules_table",
]


class Table(NamedTuple):
    """A table of texts."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_text(self) -> str:
        """Return the table as lines of text in columns."""
        table = [self.heading, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.heading))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
        )

    def as_markdown(self) -> str:
        """Return the table in Markdown."""
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.heading, ["---"] * len(self.heading), *self.rows))


def rules_table() -> Table:
    """Return the rules: id, name, basis, source and statement."""
    rows = [[rule.id, rule.name, rule.basis, rule.source, rule.statement] for rule in RULES]
    return Table(["id", "name", "basis", "source", "refuses"], rows)


def log_rules_table() -> Table:
    """Return the log rules: id, name, level and statement."""
    rows = [[rule.id, rule.name, rule.level, rule.statement] for rule in LOG_RULES]
    return Table(["id", "name", "level", "finds"], rows)


def rule_facts_table() -> Table:
    """Return each rule's message, and the facts of its violations except those that all violations have."""
    rows = []
    for rule in RULES:
        own = (name for name in rule.fact_names if name not in COMMON_FACTS)
        rows.append([rule.id, _code(rule.message), ", ".join(map(_code, own)) or NO_SOURCE])
    return Table(["id", "message", "own facts"], rows)


def bases_table() -> Table:
    """Return each basis, its meaning, and the number of rules that have it."""
    numbers = Counter(rule.basis for rule in RULES)
    return Table(["basis", "meaning", "rules"], [[basis, basis.meaning, str(numbers[basis])] for basis in Basis])


def events_table() -> Table:
    """Return the events: class, name in JSON, target, allowed senders, and the rule that says so."""
    rows = []
    for name, (kind, section) in WIRE_NAMES.items():
        rule_id = kind.sender_rule
        senders = [role for role in Role if rule_id is None or kind.may_send(rule_id, role, section)]
        rule = NO_SOURCE if rule_id is None or len(senders) == len(Role) else rule_id
        rows.append([_code(kind.event.__name__), _code(name), kind.target, ", ".join(senders), rule])
    return Table(["class", "wire name", "for", "allowed senders", "rule"], rows)


def event_fields_table() -> Table:
    """Return the own fields of each event in JSON."""
    schema = json_schema()
    lines = schema["oneOf"]
    common = set.intersection(*(set(line["properties"]) for line in lines))
    rows = []
    for line in lines:
        own = {name: value for name, value in line["properties"].items() if name not in common}
        fields = _fields_text({**line, "properties": own}, schema["$defs"])
        rows.append([_code(line["title"]), "; ".join(map(_code, fields)) or NO_SOURCE])
    return Table(["wire name", "own fields"], rows)


def _fields_text(described: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name and the shape of each field of a JSON Schema. A question mark follows what may be left out."""
    for name, value in described["properties"].items():
        mark = "" if name in described["required"] else "?"
        shape = _shape_text(value, definitions)
        yield f"{name}{mark}{shape and f' {shape}'}"


def _shape_text(value: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "anyOf" in value:
        return next(filter(None, (_shape_text(each, definitions) for each in value["anyOf"])), "")
    if "$ref" in value:
        return _shape_text(definitions[value["$ref"].rpartition("/")[2]], definitions)
    if "items" in value:
        return f"[{_shape_text(value['items'], definitions)}]"
    if "properties" in value:
        return f"{{{', '.join(_fields_text(value, definitions))}}}"
    return ""


def changes_table() -> Table:
    """Return the changes that a consumed event can make: class, own fields, and occasion."""
    common = attrs.fields_dict(Change)
    rows = []
    for change in get_args(AnyChange):
        fields = ", ".join(_code(field.name) for field in attrs.fields(change) if field.name not in common)
        rows.append([_code(change.__name__), fields or NO_SOURCE, " ".join(str(change.__doc__).split())])
    return Table(["class", "own fields", "when"], rows)


def _code(text: str) -> str:
    return f"`{text}`"
