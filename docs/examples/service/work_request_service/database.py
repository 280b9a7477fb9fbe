"""The tables: each work request as it is now, the events that led there, and the notifications to deliver."""

import sqlite3
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
)

metadata = MetaData()

# The version of a work request is the number of events for it that were not refused.
work_requests = Table(
    "work_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("snapshot", Text, nullable=False),
)

# The events that were not refused, each with the version that it made.
events = Table(
    "events",
    metadata,
    Column("work_request_id", ForeignKey(work_requests.c.id), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("event_id", Text),
    Column("line", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, default=lambda: datetime.now(UTC)),
    UniqueConstraint("work_request_id", "event_id"),
)

# The events that a party has not received yet.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("party_id", Text, nullable=False),
    Column("work_request_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    ForeignKeyConstraint(["work_request_id", "version"], [events.c.work_request_id, events.c.version]),
    Index("outbox_by_party", "role", "party_id", "id"),
    sqlite_autoincrement=True,  # SQLite would use the id of a deleted row again
)


def open_database(url: str) -> Engine:
    """Connect to a database, and create the tables that it does not have."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    metadata.create_all(engine)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # By default, SQLite ignores foreign keys, and a writer keeps readers out.
    for setting in ("foreign_keys = ON", "journal_mode = WAL", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {setting}")
