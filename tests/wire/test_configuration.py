"""Tests of configured types, and of fields that nobody knows: misspelt keys are found, and senders grant no rights."""

import json
from typing import Any

import pytest

from strategies_values import LINES
from work_request_manager import ActivityType, Category
from work_request_manager.log import check
from work_request_manager.wire import WireError, decode_event, decode_types, decode_work_request

CONFIGURED = {
    "FIBRE": ActivityType("FIBRE", False, {"OnSite": Category.ACTIVE}),
    "SURVEY": ActivityType("SURVEY", True),
}


def create(type_: object) -> str:
    """Return a create event with an activity of a type."""
    return json.dumps({**LINES["CreateTaskEvent"], "activities": [{"id": "A-1", "type": type_}]})


def test_a_type_in_full_must_be_as_it_is_configured() -> None:
    """The flag and the states can be repeated, or the code sent alone."""
    in_full = {"code": "FIBRE", "workSupplierAllowedToCancel": False, "states": {"OnSite": "Active"}}
    assert decode_event(create(in_full), types=CONFIGURED) == decode_event(create("FIBRE"), types=CONFIGURED)


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ({"code": "FIBRE", "workSupplierAllowedToCancel": True, "states": {"OnSite": "Active"}},
         "workSupplierAllowedToCancel is true, but type 'FIBRE' is configured with false; send the code alone"),
        ({"code": "SURVEY"},
         "workSupplierAllowedToCancel is false, but type 'SURVEY' is configured with true; send the code alone"),
        ({"code": "FIBRE"},
         "states is null, but type 'FIBRE' is configured with {'OnSite': 'Active'}; send the code alone"),
        ({"code": "SPLICE"}, "code is 'SPLICE', an unknown type; define it (--types)"),
    ],
)  # fmt: skip
def test_a_sender_cannot_configure_a_type(type_: object, message: str) -> None:
    """The error names both values, from every way in."""
    with pytest.raises(WireError) as caught:
        decode_event(create(type_), types=CONFIGURED)
    assert str(caught.value) == f"$.activities[0].type.{message}"
    (finding,) = check([create(type_)], types=CONFIGURED).findings
    assert (finding.rule, finding.message) == ("WRM502", str(caught.value))


def test_without_configured_types_a_sender_gives_them_in_full() -> None:
    """None and an empty mapping are the same."""
    nothing: dict[str, ActivityType] = {}
    for types in (None, nothing):
        assert decode_event(create({"code": "SPLICE"}), types=types)
        with pytest.raises(WireError, match="'SPLICE', an unknown type; give the type in full, or define it"):
            decode_event(create("SPLICE"), types=types)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"eventID": "e-1"}, "$.eventID is not a known field; did you mean eventId?"),
        ({"notes": "n"}, "$.notes is not a known field; did you mean note?"),
        ({"sender": {"role": "Chorus", "id": "c", "idd": 1}}, "$.sender.idd is not a known field; did you mean id?"),
        ({"activityId": "A-1", "qqq": 1}, "$.activityId is not a known field"),
        ({"qqq": 1}, "$.qqq is not a known field; the known fields are event, taskId, sender, at, "),
    ],
)
def test_unknown_fields_of_events_can_be_errors(changed: dict[str, Any], message: str) -> None:
    """The error names the nearest known field."""
    line = json.dumps({**LINES["AcceptTaskEvent"], **changed})
    assert decode_event(line)
    with pytest.raises(WireError) as caught:
        decode_event(line, forbid_unknown_fields=True)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", [name for name in LINES if name != "snapshot"])
def test_known_fields_are_never_errors(name: str) -> None:
    """An event with all of its fields is decoded."""
    line = json.dumps(LINES[name])
    assert decode_event(line, forbid_unknown_fields=True) == decode_event(line)


def test_unknown_fields_of_snapshots_are_errors() -> None:
    """They would be lost when the snapshot is written again."""
    with pytest.raises(WireError, match=r"^\$\.onhold is not a known field; did you mean onHold\?$"):
        decode_work_request(json.dumps({**LINES["snapshot"], "onhold": True}))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("[types.F]\nworkSupplierAllowedToCancle = true",
         "$.types.F.workSupplierAllowedToCancle is not a known field; did you mean workSupplierAllowedToCancel?"),
        ("[type.F]\n", "$.type is not a known field; did you mean types?"),
        ("version = 2\n[types.F]\n", "$.version is not a known field; the known fields are types"),
        ('[types.F]\ncode = "G"\n', "$.types.F.code is 'G', but the name of the table is the code; leave it out"),
        ('{"types":{"F":{"stats":{}}}}', "$.types.F.stats is not a known field; did you mean states?"),
    ],
)  # fmt: skip
def test_unknown_fields_of_a_file_of_types_are_errors(data: str, message: str) -> None:
    """In TOML and JSON, as text and as bytes."""
    for given in (data, data.encode()):
        with pytest.raises(WireError) as caught:
            decode_types(given)
        assert str(caught.value) == message


def test_a_file_of_types_is_text_or_bytes() -> None:
    """Anything else is a TypeError."""
    with pytest.raises(TypeError, match="the content of the file, as bytes or text"):
        decode_types(5)  # type: ignore[arg-type]  # the wrong type is the point
    assert decode_types("[types.F]\n") == {"F": ActivityType("F")}
