"""The bodies of requests and responses, for the OpenAPI document. Their schemas come from the library."""

from typing import Any

from work_request_manager.wire import json_schema

PREFIX = "#/components/schemas/"


def schemas() -> dict[str, Any]:
    """Return the schemas of all bodies by their names, and those that they refer to."""
    text, violations = {"type": "string"}, {"type": "array", "items": {"$ref": f"{PREFIX}Violation"}}
    named: dict[str, Any] = {
        "Permits": {"type": "array", "items": {"$ref": f"{PREFIX}Permit"}},
        "Problem": {
            "type": "object",
            "properties": {**dict.fromkeys(("type", "title", "detail", "path"), text), "violations": violations},
            "required": ["type", "title", "detail"],
        },
    }
    for kind in ("event", "snapshot", "decision", "permit"):
        schema = json_schema(kind, ref_prefix=PREFIX)
        named |= {**schema.pop("$defs"), kind.capitalize(): schema}
    return named


def body(name: str) -> dict[str, Any]:
    """Return the description of a request with this body."""
    return {"requestBody": {"required": True, "content": _content("application/json", name)}}


def answers(name: str) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of the responses: one with this body, or a problem."""
    return {
        200: {"content": _content("application/json", name)},
        "4XX": {"description": "Problem", "content": _content("application/problem+json", "Problem")},
    }


def _content(media_type: str, name: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"{PREFIX}{name}"}}}
