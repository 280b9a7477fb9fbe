"""The service over HTTP, compared with the library."""

from collections.abc import Iterator

import hypothesis
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete
from work_request_service.database import metadata
from work_request_service.settings import RULEBOOK, TYPES

from work_request_manager import AnyEvent, WorkRequest, log
from work_request_manager.testing.conformance import SEARCH, ConformanceSuite
from work_request_manager.wire import decode_work_request, encode_event


class Adapter:
    """The methods that the suite calls: post an event, read a work request, delete all of them."""

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self.client = client
        self.engine = engine
        self.found_in_logs: set[str] = set()

    def post(self, event: AnyEvent) -> str:
        """Post an event, and return the answer."""
        answer = self.client.post("/events", content=encode_event(event))
        if answer.status_code == 409:
            return "Refused"
        answer.raise_for_status()
        return str(answer.json()["answer"])

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return a work request, or None if it does not exist."""
        answer = self.client.get(f"/tasks/{work_request_id}")
        if answer.status_code == 404:
            return None
        return decode_work_request(answer.raise_for_status().content)

    def reset(self) -> None:
        """Delete all work requests. First check their log."""
        report = log.check(self.client.get("/log").content.splitlines(), rulebook=RULEBOOK)
        self.found_in_logs.update(finding.rule for finding in report.findings)
        with self.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))


class TestConformance(ConformanceSuite):
    """The service answers as the strict rulebook does, and its logs break no rule."""

    rulebook = RULEBOOK
    types = TYPES
    search = hypothesis.settings(SEARCH, max_examples=50)  # HTTP and a database take their time

    @pytest.fixture
    def adapter(self, client: TestClient, engine: Engine) -> Iterator[Adapter]:
        """The service over HTTP."""
        adapter = Adapter(client, engine)
        yield adapter
        adapter.reset()
        assert adapter.found_in_logs <= {"WRM601"}  # the times of the suite are in no order
