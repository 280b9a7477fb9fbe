"""The guarantees of the database itself."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from work_request_service.database import events, outbox, work_requests

FIRST = {"work_request_id": "WR-1", "version": 1}


@pytest.fixture(autouse=True)
def _first_event(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(work_requests).values(id="WR-1", version=1, snapshot="{}"))
        connection.execute(insert(events).values(**FIRST, event_id="e-1", line="{}"))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (work_requests, {"id": "WR-1", "version": 1, "snapshot": "{}"}),
        (events, {**FIRST, "event_id": "e-2", "line": "{}"}),
        (events, {"work_request_id": "WR-1", "version": 2, "event_id": "e-1", "line": "{}"}),
        (events, {"work_request_id": "WR-2", "version": 1, "line": "{}"}),
        (outbox, {"work_request_id": "WR-1", "version": 2, "role": "Chorus", "party_id": "chorus"}),
    ],
    ids=["same work request", "same version", "same event id", "no work request", "no event"],
)
def test_the_database_refuses_rows_that_contradict_others(engine: Engine, table: Any, row: dict[str, object]) -> None:
    """Keys are unique, and every reference leads to a row."""
    with engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(table).values(row))


def test_a_reader_keeps_no_writer_out(engine: Engine) -> None:
    """While somebody reads the log slowly, events can be stored."""
    with engine.begin() as connection:
        connection.execute(insert(events).values(work_request_id="WR-1", version=2, line="{}"))
    with engine.connect() as reader:
        lines = reader.execution_options(yield_per=1).execute(select(events.c.line))
        assert lines.fetchone() is not None
        with engine.begin() as connection:
            connection.execute(insert(events).values(work_request_id="WR-1", version=3, line="{}"))
        lines.close()


def test_times_are_in_utc(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time zone of the machine does not matter."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    before = datetime.now(UTC).replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(insert(events).values(work_request_id="WR-1", version=2, line="{}"))
        recorded_at = connection.execute(select(events.c.recorded_at).where(events.c.version == 2)).scalar_one()
    monkeypatch.undo()
    time.tzset()
    assert before <= recorded_at <= datetime.now(UTC).replace(tzinfo=None)
