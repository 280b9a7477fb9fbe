"""Deciding on an event: read, decide and write in one transaction."""

from sqlalchemy import and_, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from work_request_manager import (
    AnyEvent,
    Consumed,
    Decision,
    NotConsumed,
    Party,
    Refused,
    WorkRequest,
    decide,
)
from work_request_manager.wire import decode_work_request, encode_event, encode_work_request
from work_request_service.database import events, outbox, work_requests
from work_request_service.settings import RULEBOOK

ATTEMPTS = 10
"""How often an event is decided at most, if other events for its work request are stored first."""


class Conflict(Exception):
    """Another event for the work request was stored between the read and the write."""


class Busy(Exception):
    """There was a conflict in every attempt. The event can be sent again."""


def post_event(sessions: sessionmaker[Session], event: AnyEvent) -> Decision:
    """Decide on an event, and store the result unless it is refused.

    Args:
        sessions: makes a session for each attempt.
        event: the event.

    Returns:
        The decision. A redelivery is `NotConsumed` with `is_redelivery`.

    Raises:
        Busy: there was a conflict in every attempt.
        WireError: the event is too long for a log.
    """
    line = encode_event(event).decode()
    for _ in range(ATTEMPTS):
        try:
            with sessions.begin() as session:
                return post_once(session, event, line)
        except (Conflict, IntegrityError) as error:
            conflict = error  # decide again, about the work request as it is now
    raise Busy(f"work request {event.work_request_id!r} is busy; send the event again") from conflict


def post_once(session: Session, event: AnyEvent, line: str) -> Decision:
    """Decide on an event, and store the result unless it is refused. The caller commits the transaction.

    Args:
        session: the session of the transaction.
        event: the event.
        line: the event as JSON.

    Raises:
        Conflict: the work request has a new version.
        IntegrityError: the work request has been created, or the event id has been used.
    """
    # One SELECT reads both tables at the same moment. An event without an id matches no event: NULL equals nothing.
    is_same = and_(events.c.work_request_id == work_requests.c.id, events.c.event_id == literal(event.event_id))
    stored = session.execute(
        select(work_requests.c.version, work_requests.c.snapshot, events.c.version)
        .outerjoin(events, is_same)
        .where(work_requests.c.id == event.work_request_id)
    ).one_or_none()
    before, version = None, 0
    if stored is not None:
        version, snapshot, seen_at = stored
        before = decode_work_request(snapshot)
        if seen_at is not None:
            return NotConsumed(event, before, is_redelivery=True)

    decision = decide(before, event, rulebook=RULEBOOK)
    if isinstance(decision, Refused):
        return decision

    # A repeat makes a version too. Otherwise it could be stored after an event that was decided later.
    _write_snapshot(session, decision.work_request, version)
    key = {"work_request_id": event.work_request_id, "version": version + 1}
    session.execute(insert(events).values(**key, event_id=event.event_id, line=line))
    if isinstance(decision, Consumed):
        parties = _parties_of(before) | _parties_of(decision.work_request)
        session.execute(insert(outbox), [{**key, "role": each.role, "party_id": each.id} for each in parties])
    return decision


def _write_snapshot(session: Session, work_request: WorkRequest, version: int) -> None:
    values = {"version": version + 1, "snapshot": encode_work_request(work_request).decode()}
    if version == 0:
        session.execute(insert(work_requests).values(id=work_request.id, **values))
        return
    is_unchanged = and_(work_requests.c.id == work_request.id, work_requests.c.version == version)
    write = update(work_requests).where(is_unchanged).values(values).returning(work_requests.c.version)
    if session.scalar(write) is None:
        raise Conflict


def _parties_of(work_request: WorkRequest | None) -> set[Party]:
    if work_request is None:
        return set()
    return {Party.requestor(work_request.requestor), Party.supplier(work_request.supplier)}
