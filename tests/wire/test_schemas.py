"""Tests of the JSON Schemas: they accept exactly the documents that the library writes."""

import json
from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rule_examples import EXAMPLES
from strategies_values import EVENTS, work_requests
from work_request_manager import DEFAULT_RULEBOOK, Category, Party, WorkRequest, changes, decide, permitted
from work_request_manager.vectors import vectors
from work_request_manager.wire import DocumentKind, WireError, decode_types, json_schema, to_builtins

KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
VALIDATORS = {of: Draft202012Validator(json_schema(of)) for of in KINDS}
DECISIONS = [to_builtins(each) for vector in vectors() for each in vector.decisions]


@pytest.mark.parametrize("of", KINDS)
def test_every_schema_is_one_and_is_a_separate_copy(of: DocumentKind) -> None:
    """Each is valid, has a title, and can be changed without an effect on the next."""
    schema = json_schema(of)
    Draft202012Validator.check_schema(schema)
    title = schema.pop("title")
    assert json_schema(of)["title"] == title


def test_an_unknown_kind_is_an_error() -> None:
    """The error lists the kinds."""
    with pytest.raises(ValueError, match="of is 'log'; pass one of event, snapshot, decision, permit, types"):
        json_schema(cast(DocumentKind, "log"))


@pytest.mark.slow
def test_the_schema_of_decisions_takes_every_decision() -> None:
    """The vectors have each answer, change and rule. No document is valid for two answers."""
    for decision in DECISIONS:
        VALIDATORS["decision"].validate(decision)
    seen = {change["change"] for decision in DECISIONS for change in decision.get("changes", [])}
    assert seen == {change.__name__ for change in get_args(changes.AnyChange)}
    violations = [each for decision in DECISIONS for each in (*decision.get("violations", []), *decision["warnings"])]
    assert {each["rule"] for each in violations} == {rule.id for rule in DEFAULT_RULEBOOK.rules}


@given(st.data())
def test_the_schema_of_decisions_takes_nothing_else(data: st.DataObject) -> None:
    """A decision without one of its fields, or with one more, is not valid. The same holds for its parts."""
    decision = json.loads(json.dumps(data.draw(st.sampled_from(DECISIONS))))
    parts = [decision, *decision["warnings"], *decision.get("violations", []), *decision.get("changes", [])]
    part = data.draw(st.sampled_from(parts))
    key = data.draw(st.sampled_from(sorted({*part, "more"})))
    if key == "more":
        part[key] = 1
    else:
        del part[key]
    assert not VALIDATORS["decision"].is_valid(decision)


@given(work_requests())
def test_the_schema_of_snapshots_takes_every_snapshot(work_request: WorkRequest) -> None:
    """With one field more it is not valid."""
    snapshot = to_builtins(work_request)
    VALIDATORS["snapshot"].validate(snapshot)
    assert not VALIDATORS["snapshot"].is_valid({**snapshot, "more": 1})


@pytest.mark.parametrize("party", [Party.chorus(), Party.supplier("northline"), Party.requestor("rsp-one")])
def test_the_schema_of_permits_takes_every_permit(party: Party) -> None:
    """With one field more it is not valid."""
    permits = [
        to_builtins(permit)
        for _, *examples, _, _ in EXAMPLES
        for before, _ in examples
        if before is not None
        for permit in permitted(before, party)
    ]
    assert permits
    for permit in permits:
        VALIDATORS["permit"].validate(permit)
        assert not VALIDATORS["permit"].is_valid({**permit, "more": 1})


@pytest.mark.parametrize(
    "types",
    [
        {},
        {"FIBRE": {}},
        {"FIBRE": {"workSupplierAllowedToCancel": True, "states": {"OnSite": "Active"}}},
        {"FIBRE": {"code": "FIBRE"}, "COPPER": {"states": {}}},
        {"FIBRE": {"workSupplierAllowedToCancle": True}},
        {"FIBRE": {"states": {"OnSite": "Busy"}}},
        {"FIBRE": 5},
        [],
    ],
)
def test_the_schema_of_types_agrees_with_the_decoder(types: Any) -> None:
    """A file is valid exactly if it can be decoded."""
    document = {"types": types}
    try:
        decode_types(json.dumps(document))
        is_decoded = True
    except WireError:
        is_decoded = False
    assert VALIDATORS["types"].is_valid(document) is is_decoded
    assert not VALIDATORS["types"].is_valid({**document, "more": 1})


def test_references_can_point_to_the_components_of_openapi() -> None:
    """Every reference begins with the prefix, and leads to a definition."""
    schema = json_schema("decision", ref_prefix="#/components/schemas/")
    components = schema.pop("$defs")
    plain = json.dumps([schema, components])
    assert "#/$defs/" not in plain
    document = {**schema, "components": {"schemas": components}}
    for decision in DECISIONS[:20]:
        Draft202012Validator(document).validate(decision)
    assert not Draft202012Validator(document).is_valid({**DECISIONS[0], "event": {}})


@pytest.mark.parametrize("name", EVENTS)
def test_the_event_in_a_decision_is_an_event(name: str) -> None:
    """It is valid by the schema of events too."""
    VALIDATORS["event"].validate(to_builtins(decide(None, EVENTS[name][1]))["event"])


def test_categories_of_permits_are_those_of_the_model() -> None:
    """Another category is not valid."""
    permit: dict[str, Any] = {
        "event": "UpdateTaskActivityStatusEvent",
        "activityId": "A-1",
        "section": None,
        "warnings": [],
    }
    assert all(VALIDATORS["permit"].is_valid({**permit, "category": each}) for each in [None, *Category])
    assert not VALIDATORS["permit"].is_valid({**permit, "category": "Busy"})
