"""Tests of the endpoint. Run them by `pytest docs/examples/test_endpoint.py`."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from endpoint import connect, respond

from work_request_manager import Category, events
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.plugin import Parties, RequestFactory
from work_request_manager.wire import encode_event

Service = Callable[[bytes], tuple[int, str, bytes]]


@pytest.fixture
def service() -> Iterator[Service]:
    """Return the endpoint with a new database."""
    with closing(connect(":memory:")) as database:
        yield lambda body: respond(database, body)


def test_a_closed_activity_stays_closed(
    wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory, wrm_parties: Parties, service: Service
) -> None:
    """The kit makes a work request with a closed activity, and the endpoint gets the events that led there."""
    request = wrm_request(Category.CLOSED)
    for line in wrm.dump():
        assert service(line.encode())[0] == 200
    reopen = events.UpdateActivityWorker(
        work_request_id=request.id, activity_id="A-1", worker="Aroha", sender=wrm_parties.supplier, at=datetime.now(UTC)
    )
    status, _, body = service(encode_event(reopen))
    assert status == 409
    assert [each["rule"] for each in json.loads(body)["violations"]] == ["WRM201"]


def test_a_redelivery_is_recognised(service: Service) -> None:
    """An event with an id that was seen is not decided again. The same id for another work request is another event."""
    for work_request_id, is_redelivery in (("WR-1", False), ("WR-1", True), ("WR-2", False)):
        create = {
            "event": "CreateTaskEvent", "taskId": work_request_id, "eventId": "e-1", "at": "2026-03-01T20:00:00Z",
            "sender": {"role": "WorkRequestor", "id": "rsp-one"}, "supplier": "northline",
            "activities": [{"id": "A-1", "type": {"code": "FIBRE_CONNECT"}}],
        }  # fmt: skip
        status, _, body = service(json.dumps(create).encode())
        assert status == 200
        assert json.loads(body).get("isRedelivery", False) is is_redelivery


def test_a_body_that_is_no_event_is_named(service: Service) -> None:
    """The problem has the path of the bad field."""
    status, content_type, body = service(b'{"event": "AcceptTaskEvent"}')
    assert (status, content_type) == (400, "application/problem+json")
    assert json.loads(body)["path"] == "$.taskId"
