"""The service over HTTP, as a client in any language sees it."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from work_request_service.problems import EVENT_REFUSED

from work_request_manager import Category, WorkRequest
from work_request_manager.testing.plugin import Parties
from work_request_manager.wire import LINE_LIMIT, decode_work_request, encode_work_request

Store = Callable[..., WorkRequest]

FLAG = "workSupplierAllowedToCancel"
AT = "2026-03-02T09:00:00+13:00"
CREATE: dict[str, Any] = {
    "event": "CreateTaskEvent",
    "taskId": "WR-1",
    "sender": {"role": "WorkRequestor", "id": "rsp-one"},
    "at": AT,
    "supplier": "northline",
    "activities": [{"id": "A-1", "type": "FIBRE_CONNECT"}],
}
CANCEL: dict[str, Any] = {
    "event": "CancelTaskActivityEvent",
    "taskId": "WR-1",
    "activityId": "A-1",
    "sender": {"role": "WorkSupplier", "id": "northline"},
    "at": AT,
}
HOLD: dict[str, Any] = {"event": "PutOnHoldTaskEvent", "taskId": "WR-1", "sender": CREATE["sender"], "at": AT}


def test_a_consumed_event_changes_the_snapshot(client: TestClient) -> None:
    """The answer has the changes and the work request, which is then the snapshot."""
    answer = client.post("/events", json=CREATE)
    assert answer.status_code == 200
    assert answer.json()["answer"] == "Consumed"
    assert [change["change"] for change in answer.json()["changes"]] == ["WorkRequestCreated"]
    snapshot = client.get("/tasks/WR-1")
    assert snapshot.json() == answer.json()["workRequest"]
    assert snapshot.json()["activities"][0]["type"]["code"] == "FIBRE_CONNECT"


def test_a_refusal_names_the_rules(client: TestClient) -> None:
    """A refusal is a problem with every broken rule, its source and the reason. It changes nothing."""
    client.post("/events", json=CREATE)
    before = client.get("/tasks/WR-1").json()
    answer = client.post("/events", json=CANCEL)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["type"], problem["status"]) == (EVENT_REFUSED, 409)
    (violation,) = problem["violations"]
    assert (violation["rule"], violation["source"]) == ("WRM203", "FAQ 4")
    assert violation["reason"] == problem["detail"]
    assert "type FIBRE_CONNECT does not let suppliers cancel" in problem["detail"]
    assert client.get("/tasks/WR-1").json() == before


def test_a_sender_cannot_grant_itself_a_right(client: TestClient) -> None:
    """A type that differs from the configured one is refused, and so is an unknown one."""
    granted = {"code": "FIBRE_CONNECT", FLAG: True}
    for type_, path in (
        (granted, "$.activities[0].type.workSupplierAllowedToCancel"),
        ("OTHER", "$.activities[0].type"),
    ):
        answer = client.post("/events", json={**CREATE, "activities": [{"id": "A-1", "type": type_}]})
        assert (answer.status_code, answer.json()["path"]) == (400, path)
    assert client.get("/tasks/WR-1").status_code == 404


def test_a_misspelt_field_is_an_error(client: TestClient) -> None:
    """Decoding is strict, because an event whose id is lost could be consumed twice."""
    answer = client.post("/events", json={**CREATE, "eventID": "e-1"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "$.eventID is not a known field; did you mean eventId?"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/tasks/WR-9", 404),
        ("GET", "/tasks/WR-9/permits?as=WorkSupplier:northline", 404),
        ("GET", "/tasks/WR-1/permits?as=WorkSupplier:northline&activity=A-9", 404),
        ("GET", "/tasks/WR-1/permits?as=Boss:northline", 422),
        ("GET", "/tasks/WR-1/permits?as=WorkSupplier:", 422),
        ("GET", "/tasks/WR-1/permits", 422),
        ("GET", "/nowhere", 404),
        ("DELETE", "/tasks/WR-1", 405),
        ("POST", "/events", 400),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    """Errors have the media type of problems and its members, and say what is wrong."""
    client.post("/events", json=CREATE)
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert {"type", "title", "detail"} <= answer.json().keys()


def test_the_body_is_bounded(client: TestClient) -> None:
    """A body over the limit of a log line is not read to its end, and an event that would fill more is refused."""
    activities = [{"id": f"A-{number}", "type": "FIBRE_CONNECT"} for number in range(10_000)]
    for event in ({**CREATE, "note": "x" * LINE_LIMIT}, {**CREATE, "activities": activities}):
        answer = client.post("/events", json=event)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert client.get("/log").text == ""


def test_a_redelivery_is_not_judged_again(client: TestClient) -> None:
    """The second delivery gets 200 and isRedelivery, also after the work request has closed."""
    create = {**CREATE, "eventId": "e-1", "activities": [{"id": "A-1", "type": "SITE_VISIT"}]}
    assert "isRedelivery" not in client.post("/events", json=create).json()
    client.post("/events", json={**CANCEL, "eventId": "e-2"})
    for event in (create, {**CANCEL, "eventId": "e-2"}, {**HOLD, "eventId": "e-1"}):
        answer = client.post("/events", json=event)
        assert (answer.status_code, answer.json()["answer"]) == (200, "NotConsumed")
        assert answer.json()["isRedelivery"] is True
    assert len(client.get("/log").content.splitlines()) == 2


def test_a_repeat_is_not_a_redelivery(client: TestClient) -> None:
    """An event that asks for what is already so is answered with isRedelivery false, and uses up its id."""
    client.post("/events", json=CREATE)
    client.post("/events", json=HOLD)
    hold = {**HOLD, "eventId": "e-1"}
    assert [client.post("/events", json=hold).json()["isRedelivery"] for _ in range(2)] == [False, True]


def test_a_refused_event_does_not_use_up_its_id(client: TestClient) -> None:
    """The same id works later, when the rules allow the event."""
    hold = {**HOLD, "eventId": "e-1"}
    assert client.post("/events", json=hold).status_code == 409
    client.post("/events", json=CREATE)
    assert client.post("/events", json=hold).json()["answer"] == "Consumed"


def test_event_ids_belong_to_a_work_request(client: TestClient) -> None:
    """Two work requests can have events with the same id."""
    for task_id in ("WR-1", "WR-2"):
        answer = client.post("/events", json={**CREATE, "taskId": task_id, "eventId": "e-1"})
        assert answer.json()["answer"] == "Consumed"


def test_permits_say_what_a_party_may_send(client: TestClient, stored: Store, wrm_parties: Parties) -> None:
    """A supplier may move its active activity on, and another supplier may send nothing."""
    work_request = stored(Category.ACTIVE, Category.OPEN)
    found = {}
    for party in (wrm_parties.supplier, wrm_parties.other_supplier):
        parameters = {"as": f"{party.role}:{party.id}", "activity": "A-1"}
        found[party] = client.get(f"/tasks/{work_request.id}/permits", params=parameters).json()
    categories = [permit["category"] for permit in found[wrm_parties.supplier] if permit["category"]]
    assert categories == ["Open", "Active", "PracticalCompletion"]
    assert {permit["activityId"] for permit in found[wrm_parties.supplier]} == {"A-1"}
    assert found[wrm_parties.other_supplier] == []


def test_the_snapshot_is_the_one_of_the_library(client: TestClient, stored: Store) -> None:
    """A client in Python can decode the snapshot."""
    work_request = stored(Category.IN_REVIEW)
    answer = client.get(f"/tasks/{work_request.id}")
    assert decode_work_request(answer.content) == work_request
    assert answer.content == encode_work_request(work_request)


@pytest.mark.parametrize("task_id", ["WR/1", "WR 1", "Ā-1?#", "WR-1/permit"])
def test_any_id_can_be_asked_for(client: TestClient, task_id: str) -> None:
    """Ids may have slashes and other characters that a URL escapes."""
    client.post("/events", json={**CREATE, "taskId": task_id})
    escaped = "".join(f"%{byte:02X}" for byte in task_id.encode())
    assert client.get(f"/tasks/{escaped}").json()["id"] == task_id
    assert client.get(f"/tasks/{escaped}/permits?as=Chorus:chorus").status_code == 200


def test_a_wrong_method_gets_the_right_ones(client: TestClient) -> None:
    """A problem keeps the headers of its status."""
    assert client.delete("/events").headers["allow"] == "POST"


def test_the_openapi_document_describes_all_bodies(client: TestClient) -> None:
    """Every body has a schema, and every reference leads to one."""
    document = client.get("/openapi.json").json()
    bodies = {each.rpartition("/")[2] for each in _references(document["paths"])}
    assert bodies == {"Event", "Decision", "Snapshot", "Permits", "Problem"}
    schemas = document["components"]["schemas"]
    assert {*_references(document)} <= {f"#/components/schemas/{name}" for name in schemas}


def _references(value: Any) -> list[str]:
    """Return the targets of all references in a JSON value."""
    if isinstance(value, dict):
        return [value["$ref"]] if "$ref" in value else [each for item in value.values() for each in _references(item)]
    return [each for item in value for each in _references(item)] if isinstance(value, list) else []
