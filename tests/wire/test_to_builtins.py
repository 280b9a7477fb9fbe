"""Tests of `to_builtins`: every value becomes what `json.dumps` takes."""

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given

from strategies_values import EVENTS, work_requests
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Category,
    Party,
    Schedule,
    Section,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)
from work_request_manager.wire import (
    LINE_LIMIT,
    WireError,
    decode_event,
    encode_event,
    encode_work_request,
    to_builtins,
)

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
REQUEST = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE")),))


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_as_encode_event_writes_it(name: str) -> None:
    """The dict is the parsed line."""
    event = EVENTS[name][1]
    assert to_builtins(event) == json.loads(encode_event(event))


@given(work_requests())
def test_a_work_request_is_its_snapshot(work_request: WorkRequest) -> None:
    """Its activities alone are as in the snapshot."""
    snapshot = json.loads(encode_work_request(work_request))
    assert to_builtins(work_request) == snapshot
    assert to_builtins(work_request.activities) == snapshot["activities"]


def test_a_decision_says_what_the_caller_must_know() -> None:
    """A refusal has its violations, a consumed event its changes, and a repeat whether it is a redelivery."""
    common: dict[str, Any] = {"work_request_id": "WR-1", "sender": Party.supplier("northline"), "at": AT}
    start = events.UpdateActivityStatus(activity_id="A-1", status=Status(Category.ACTIVE, "OnSite"), **common)
    decision = decide(REQUEST, start)
    plain = json.loads(json.dumps(to_builtins(decision)))
    assert plain["answer"] == "Consumed"
    assert plain["event"] == to_builtins(start)
    assert plain["workRequest"] == to_builtins(decision.work_request)
    assert plain["changes"] == [
        {"change": "ActivityMoved", "workRequestId": "WR-1", "activityId": "A-1", "move": "start",
         "before": {"category": "Open", "state": "Open"}, "after": {"category": "Active", "state": "OnSite"}}
    ]  # fmt: skip
    assert to_builtins(decide(decision.work_request, start)) == {
        "answer": "NotConsumed", "event": plain["event"], "workRequest": plain["workRequest"], "warnings": [],
        "isRedelivery": False,
    }  # fmt: skip
    refused = decide(None, start)
    (violation,) = refused.violations  # type: ignore[union-attr]  # it is refused
    assert to_builtins(refused) == {
        "answer": "Refused", "event": plain["event"], "workRequest": None, "warnings": [],
        "violations": [
            {"rule": "WRM401", "name": "known-work-request", "basis": "structural", "source": "–",
             "reason": violation.reason, "facts": dict(violation.facts)}
        ],
    }  # fmt: skip


def test_permits_name_events_as_json_does() -> None:
    """The details have a name for each section."""
    plain = to_builtins(permitted(REQUEST, Party.chorus()))
    assert {
        "event": "UpdateTaskSourceEvent",
        "activityId": None,
        "category": None,
        "section": "Source",
        "warnings": [],
    } in plain
    starts = [each for each in to_builtins(permitted(REQUEST, Party.supplier("northline"))) if each["category"]]
    assert {each["activityId"] for each in starts} == {"A-1"}


@pytest.mark.parametrize("name", EVENTS)
def test_every_decision_is_plain(name: str) -> None:
    """JSON takes the decision on every kind of event, under both rulebooks."""
    event = attrs.evolve(EVENTS[name][1], work_request_id="WR-1")
    for rulebook in (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()):
        for work_request in (None, REQUEST):
            plain = to_builtins(decide(work_request, event, rulebook=rulebook))
            assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize("value", [Party.chorus(), Status(Category.OPEN), ActivityType("F"), Schedule(AT)])
def test_a_part_of_a_work_request_has_camel_case(value: Any) -> None:
    """A part is written as within its work request."""
    assert all("_" not in key for key in to_builtins(value))


def test_members_of_enumerations_are_their_names_in_json() -> None:
    """They become plain texts."""
    assert type(to_builtins(Category.OPEN)) is str
    assert to_builtins([Category.OPEN, Section.SOURCE]) == ["Open", "Source"]


@pytest.mark.parametrize("value", [None, 5, "text", object(), {"a": 1}, DEFAULT_RULEBOOK])
def test_other_values_are_type_errors(value: object) -> None:
    """The error says what to pass."""
    with pytest.raises(TypeError, match="pass a value of this library, such as a WorkRequest, an event or a decision"):
        to_builtins(value)


def details(values: object) -> events.UpdateDetails:
    """Return an event with these details."""
    sender = Party.chorus()
    return events.UpdateDetails(work_request_id="WR-1", sender=sender, at=AT, section=Section.SOURCE, values=values)


def test_a_line_that_a_log_cannot_have_is_not_written() -> None:
    """The longest line that is written is one that is read. The error names the limit."""
    spare = LINE_LIMIT - len(encode_event(details("")))
    longest = encode_event(details("x" * spare))
    assert len(longest) == LINE_LIMIT
    assert decode_event(longest) == details("x" * spare)
    with pytest.raises(WireError, match=r"^\$ has 1,048,577 bytes, more than a line of a log can have \(1,048,576\)"):
        encode_event(details("x" * (spare + 1)))


def test_an_integer_that_python_does_not_convert_is_not_written() -> None:
    """The error is a WireError, as for other values that JSON cannot hold."""
    assert decode_event(encode_event(details(10**4_299)))
    with pytest.raises(WireError, match="holds an integer of more than 4,300 digits; send it as text"):
        encode_event(details(10**4_300))
