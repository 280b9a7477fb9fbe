"""An endpoint that receives events: it decides, stores the result in SQLite, and answers."""

import json
import sqlite3
from typing import Any

from work_request_manager import AnyEvent, Decision, NotConsumed, Refused, decide
from work_request_manager.wire import (
    WireError,
    decode_event,
    decode_work_request,
    encode_work_request,
    to_builtins,
)


def connect(path: str) -> sqlite3.Connection:
    """Open the database, and create its tables if they do not exist."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        """
        CREATE TABLE IF NOT EXISTS work_request (id TEXT PRIMARY KEY, snapshot BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS seen (work_request_id TEXT, event_id TEXT, PRIMARY KEY (work_request_id, event_id));
        """
    )
    return database


def post(database: sqlite3.Connection, event: AnyEvent) -> Decision:
    """Decide on an event, and store the result unless it is refused."""
    key = event.work_request_id, event.event_id
    with database:
        database.execute("BEGIN IMMEDIATE")
        row = database.execute("SELECT snapshot FROM work_request WHERE id = ?", key[:1]).fetchone()
        before = None if row is None else decode_work_request(row[0])
        if (
            before is not None
            and database.execute("SELECT 1 FROM seen WHERE work_request_id = ? AND event_id = ?", key).fetchone()
        ):
            return NotConsumed(event, before, is_redelivery=True)
        decision = decide(before, event)
        if not isinstance(decision, Refused):
            snapshot = encode_work_request(decision.work_request)
            database.execute("INSERT OR REPLACE INTO work_request VALUES (?, ?)", (key[0], snapshot))
            if event.event_id is not None:
                database.execute("INSERT INTO seen VALUES (?, ?)", key)
        return decision


def respond(database: sqlite3.Connection, body: bytes) -> tuple[int, str, bytes]:
    """Return the status, the content type and the body of the response to an event."""
    try:
        event = decode_event(body)  # pass types=… if your activity types are configured
    except WireError as error:
        return problem(400, "Not an event", str(error), path=error.path)
    decision = post(database, event)
    if isinstance(decision, Refused):
        reasons = "; ".join(violation.reason for violation in decision.violations)
        return problem(409, "Refused", reasons, violations=to_builtins(decision.violations))
    return 200, "application/json", json.dumps(to_builtins(decision)).encode()


def problem(status: int, title: str, detail: str, **more: Any) -> tuple[int, str, bytes]:
    """Return a response with a problem."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return status, "application/problem+json", json.dumps(body).encode()
