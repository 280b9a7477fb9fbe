"""The JSON Schemas of all documents. Their fields come from the codecs."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from work_request_manager._values import short_repr
from work_request_manager.changes import AnyChange
from work_request_manager.deciding import Decision
from work_request_manager.judging import Answer
from work_request_manager.model import ActivityType, Category, Section
from work_request_manager.rules import RULES, Basis
from work_request_manager.wire._codecs import codec_of, or_null
from work_request_manager.wire._documents import EVENTS, SNAPSHOT, SNAPSHOT_VERSION
from work_request_manager.wire._mappings import MAPPING

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all schemas are written in."""

Definitions = dict[str, Any]
"""The shared schemas by name. A function that describes a part adds those that the part refers to."""

_LOCAL = "#/$defs/"
_TEXT = {"type": "string"}
_BOOLEAN = {"type": "boolean"}

DocumentKind = Literal["event", "snapshot", "decision", "permit", "types", "mapping"]
"""The kinds of documents that have a schema."""


def json_schema(of: DocumentKind = "event", *, ref_prefix: str = _LOCAL) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a document.

    Args:
        of: the kind of document: an event (a line of a log), a snapshot, a decision or a permit as `to_builtins`
            returns it, a file of activity types, or a mapping file. The schemas of changes and violations are among the
            `$defs` of a decision.
        ref_prefix: the place of the `$defs`, which references begin with. For OpenAPI, pass "#/components/schemas/"
            and move the `$defs` there.

    Raises:
        ValueError: there is no such kind of document.
    """
    if of not in _DOCUMENTS:
        raise ValueError(f"of is {short_repr(of)}; pass one of {', '.join(_DOCUMENTS)}")
    title, describe = _DOCUMENTS[of]
    definitions: Definitions = {}
    described = describe(definitions)
    schema: dict[str, Any] = {"$schema": JSON_SCHEMA, "title": title, **described, "$defs": definitions}
    return schema if ref_prefix == _LOCAL else _with_prefix(schema, ref_prefix)


def _with_prefix(schema: Any, prefix: str) -> Any:
    """Return a schema whose references begin with another prefix."""
    if isinstance(schema, dict):
        return {
            key: prefix + value.removeprefix(_LOCAL) if key == "$ref" else _with_prefix(value, prefix)
            for key, value in schema.items()
        }
    return [_with_prefix(item, prefix) for item in schema] if isinstance(schema, list) else schema


def line_schema(definitions: Definitions) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes an event."""
    lines = []
    for name, codec in EVENTS.items():
        line = codec.schema(definitions)
        line["properties"] = {"event": {"const": name}, **line["properties"]}
        line["required"] = ["event", *line["required"]]
        lines.append({"title": name, **line})
    return {"oneOf": lines}


def snapshot_schema(definitions: Definitions) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes a snapshot."""
    snapshot = SNAPSHOT.schema(definitions, closed=True)
    snapshot["properties"] = {"version": {"const": SNAPSHOT_VERSION}, **snapshot["properties"]}
    snapshot["required"] = ["version", *snapshot["required"]]
    return snapshot


def _decision_schema(definitions: Definitions) -> dict[str, Any]:
    definitions["Event"] = line_schema(definitions)
    definitions["Snapshot"] = snapshot_schema(definitions)
    definitions["Change"] = _change_schema(definitions)
    definitions["Violation"] = _violation_schema()
    own_fields = {
        Answer.CONSUMED: {"changes": _array("Change")},
        Answer.NOT_CONSUMED: {"isRedelivery": _BOOLEAN},
        Answer.REFUSED: {"violations": _array("Violation")},
    }
    snapshot = {"$ref": f"{_LOCAL}Snapshot"}
    return {
        "oneOf": [
            {
                "title": cls.answer.value,
                **closed_object(
                    answer={"const": cls.answer.value},
                    event={"$ref": f"{_LOCAL}Event"},
                    workRequest=or_null(snapshot) if cls.answer is Answer.REFUSED else snapshot,
                    warnings=_array("Violation"),
                    **own_fields[cls.answer],
                ),
            }
            for cls in get_args(Decision)
        ]
    }


def _change_schema(definitions: Definitions) -> dict[str, Any]:
    changes = []
    for cls in get_args(AnyChange):
        reference = codec_of(cls).schema(definitions, closed=True)["$ref"]
        fields = definitions.pop(reference.removeprefix(_LOCAL))
        name = cls.__name__
        properties = {"change": {"const": name}, **fields["properties"]}
        changes.append({"title": name, **fields, "properties": properties, "required": ["change", *fields["required"]]})
    return {"oneOf": changes}


def _violation_schema() -> dict[str, Any]:
    return closed_object(
        rule={"enum": [rule.id for rule in RULES]},
        name={"enum": [rule.name for rule in RULES]},
        basis={"enum": [basis.value for basis in Basis]},
        source=_TEXT,
        reason=_TEXT,
        facts={"type": "object"},
    )


def _permit_schema(definitions: Definitions) -> dict[str, Any]:
    definitions["Violation"] = _violation_schema()
    return closed_object(
        event={"enum": [*EVENTS]},
        activityId=or_null(_TEXT),
        category=or_null(codec_of(Category).schema(definitions)),
        section=or_null(codec_of(Section).schema(definitions)),
        warnings=_array("Violation"),
    )


def _types_schema(definitions: Definitions) -> dict[str, Any]:
    name = codec_of(ActivityType).schema(definitions, closed=True)["anyOf"][0]["$ref"].removeprefix(_LOCAL)
    configured = {**definitions.pop(name), "required": []}  # the name of the table is the code
    return closed_object(types={"type": "object", "additionalProperties": configured})


def _mapping_schema(definitions: Definitions) -> dict[str, Any]:
    return MAPPING.schema(definitions, closed=True)


def closed_object(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has exactly these properties."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _array(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"{_LOCAL}{name}"}}


_DOCUMENTS: Mapping[str, tuple[str, Callable[[Definitions], dict[str, Any]]]] = {
    "event": ("One line of a Work Request Manager event log", line_schema),
    "snapshot": ("Snapshot of a work request", snapshot_schema),
    "decision": ("Decision on an event", _decision_schema),
    "permit": ("An event that a party may send now", _permit_schema),
    "types": ("Activity types by their codes", _types_schema),
    "mapping": ("Description of a log in another format", _mapping_schema),
}
"""The title of each kind of document, and the function that describes it."""
