"""Delivering the notifications in the outbox."""

import logging
from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from work_request_manager import Party, Role
from work_request_service.database import events, outbox

Send = Callable[[Party, str], object]
"""Sends an event, as JSON, to a party. It raises an exception if the party does not receive the event."""

BATCH = 100
"""How many notifications a party gets at most before the next party gets its own."""

_log = logging.getLogger(__name__)


def deliver_outbox(session: Session, send: Send) -> int:
    """Deliver waiting notifications: to each party in order, and at least once.

    If a delivery fails, the later ones to the same party wait for the next call. Other parties still get theirs. Make
    one call at a time, because two would send the same notifications.

    Args:
        session: a session outside a transaction.
        send: sends one event to one party.

    Returns:
        The number of delivered notifications.
    """
    parties = session.execute(select(outbox.c.role, outbox.c.party_id).distinct()).all()
    return sum(_deliver_to(Party(Role(role), party_id), session, send) for role, party_id in parties)


def _deliver_to(party: Party, session: Session, send: Send) -> int:
    waiting = (
        select(outbox.c.id, events.c.line)
        .join(events)
        .where(outbox.c.role == party.role, outbox.c.party_id == party.id)
        .order_by(outbox.c.id)
        .limit(BATCH)
    )
    rows = session.execute(waiting).all()
    session.commit()  # no transaction is open while the network is slow
    delivered = 0
    for notification_id, line in rows:
        try:
            send(party, line)
        except Exception:
            _log.exception("notification %s was not delivered to %s; it will be sent again", notification_id, party)
            break
        # If the process ends before this commit, the party gets the event again.
        session.execute(delete(outbox).where(outbox.c.id == notification_id))
        session.commit()
        delivered += 1
    return delivered
