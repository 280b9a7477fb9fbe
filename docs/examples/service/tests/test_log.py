"""The log of the service, as `wrm check` judges it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from work_request_service.settings import RULEBOOK

from work_request_manager import Category, Outcome, Status, WorkRequest, events, replay
from work_request_manager.testing.plugin import Parties
from work_request_manager.wire import decode_event, decode_work_request, encode_event


@pytest.fixture
def log_file(
    client: TestClient, stored: Callable[..., WorkRequest], wrm_parties: Parties, tmp_path: Path
) -> tuple[Path, list[str]]:
    """A log after events with all answers, and the answers."""
    stored(Category.ACTIVE, type="FIBRE_CONNECT")
    common: dict[str, Any] = {
        "work_request_id": "WR-1",
        "activity_id": "A-1",
        "sender": wrm_parties.supplier,
        "at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    on_site = events.UpdateActivityStatus(status=Status(Category.ACTIVE, "OnSite"), event_id="e-1", **common)
    tested = events.RecordOutcome(outcome=Outcome("SPEED_TESTED"), **common)
    done = events.UpdateActivityStatus(status=Status(Category.PRACTICAL_COMPLETION), **common)
    closed = events.UpdateActivityStatus(status=Status(Category.CLOSED), **common)
    sent = [on_site, on_site, tested, tested, closed, done, closed, done]
    answers = [client.post("/events", content=encode_event(event)).json() for event in sent]
    path = tmp_path / "log.jsonl"
    path.write_bytes(client.get("/log").content)
    return path, [answer.get("answer", "Refused") for answer in answers]


@pytest.mark.parametrize("option", [[], ["--strict"]], ids=["default", "strict"])
def test_the_log_has_no_findings(log_file: tuple[Path, list[str]], option: list[str]) -> None:
    """`wrm check` finds nothing in the log, by the default rulebook or by the strict one."""
    path, answers = log_file
    assert answers == [
        "Consumed", "NotConsumed", "Consumed", "NotConsumed", "Refused", "Consumed", "Consumed", "Refused"
    ]  # fmt: skip
    command = [sys.executable, "-m", "work_request_manager", "check", *option, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 errors, 0 warnings" in ran.stdout


def test_the_log_leads_to_the_snapshot(log_file: tuple[Path, list[str]], client: TestClient) -> None:
    """The events of the log, applied again, make the same work request."""
    again = replay(map(decode_event, log_file[0].read_bytes().splitlines()), rulebook=RULEBOOK)
    assert decode_work_request(client.get("/tasks/WR-1").content) == again
