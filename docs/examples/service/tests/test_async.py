"""The service in asynchronous code: `post_once` runs as it is."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from work_request_service.posting import ATTEMPTS, Busy, Conflict, post_once

from work_request_manager import AnyEvent, Decision, WorkRequest, events
from work_request_manager.testing.plugin import Parties
from work_request_manager.wire import encode_event


async def post_event(sessions: async_sessionmaker[AsyncSession], event: AnyEvent) -> Decision:
    """Decide on an event, and store the result unless it is refused."""
    line = encode_event(event).decode()
    for _ in range(ATTEMPTS):
        try:
            async with sessions.begin() as session:
                return await session.run_sync(post_once, event, line)
        except (Conflict, IntegrityError) as error:
            conflict = error
    raise Busy(f"work request {event.work_request_id!r} is busy; send the event again") from conflict


def test_tasks_post_at_the_same_time(engine: Engine, stored: Callable[..., WorkRequest], wrm_parties: Parties) -> None:
    """Of eight tasks that post the same event, one has it consumed."""
    stored()
    accept = events.AcceptWorkRequest(
        work_request_id="WR-1", sender=wrm_parties.supplier, at=datetime(2026, 3, 2, tzinfo=UTC), event_id="e-1"
    )

    async def post_eight() -> list[Decision]:
        asynchronous = create_async_engine(engine.url.set(drivername="sqlite+aiosqlite"))
        try:
            sessions = async_sessionmaker(asynchronous)
            return await asyncio.gather(*(post_event(sessions, accept) for _ in range(8)))
        finally:
            await asynchronous.dispose()

    answers = [decision.answer.value for decision in asyncio.run(post_eight())]
    assert sorted(answers) == ["Consumed", *["NotConsumed"] * 7]
