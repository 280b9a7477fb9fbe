"""Notifications in the outbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from work_request_service.database import outbox
from work_request_service.outbox import deliver_outbox
from work_request_service.posting import post_event
from work_request_service.settings import TYPES

from work_request_manager import Event, NewActivity, Party, WorkRequest, events
from work_request_manager.testing.plugin import Parties
from work_request_manager.wire import decode_event

Sessions = sessionmaker[Session]
Store = Callable[..., WorkRequest]


class Inbox:
    """Records the notifications that it receives.

    Args:
        missed: the party and the class of the event that it cannot receive.
    """

    def __init__(self, *missed: tuple[Party, type[Event]]) -> None:
        self.missed = missed
        self.received: list[tuple[Party, Event]] = []

    def send(self, party: Party, line: str) -> None:
        """Receive a notification, or fail."""
        event = decode_event(line)
        if (party, type(event)) in self.missed:
            raise ConnectionError("the network is down")
        self.received.append((party, event))

    def of(self, party: Party) -> list[str]:
        """Return the classes of the events that a party has received."""
        return [type(event).__name__ for each, event in self.received if each == party]


@pytest.fixture
def common() -> dict[str, Any]:
    """The fields that all events of a test have."""
    return {"work_request_id": "WR-1", "at": datetime(2026, 3, 2, tzinfo=UTC)}


def deliver(sessions: Sessions, inbox: Inbox) -> int:
    """Deliver the outbox to an inbox."""
    with sessions() as session:
        return deliver_outbox(session, inbox.send)


def test_both_parties_get_each_consumed_event_in_order(
    sessions: Sessions, stored: Store, wrm_parties: Parties, common: dict[str, Any]
) -> None:
    """A consumed event is delivered once to the requestor and once to the supplier. Other events are not delivered."""
    stored()
    accept = events.AcceptWorkRequest(sender=wrm_parties.supplier, **common)
    for event in (accept, accept, events.CancelWorkRequest(sender=wrm_parties.requestor, **common)):
        post_event(sessions, event)
    inbox = Inbox()
    assert deliver(sessions, inbox) == 4
    for party in (wrm_parties.requestor, wrm_parties.supplier):
        assert inbox.of(party) == ["CreateWorkRequest", "AcceptWorkRequest"]
    assert deliver(sessions, inbox) == 0


def test_a_reallocation_notifies_the_old_supplier_too(
    sessions: Sessions, stored: Store, wrm_parties: Parties, common: dict[str, Any]
) -> None:
    """The old supplier hears that it has lost the work, and nothing afterwards."""
    stored()
    new = wrm_parties.other_supplier
    post_event(sessions, events.ReallocateWorkRequest(sender=wrm_parties.chorus, supplier=new.id, **common))
    post_event(sessions, events.AcceptWorkRequest(sender=new, **common))
    inbox = Inbox()
    deliver(sessions, inbox)
    assert inbox.of(wrm_parties.supplier) == ["CreateWorkRequest", "ReallocateWorkRequest"]
    assert inbox.of(new) == ["ReallocateWorkRequest", "AcceptWorkRequest"]


def test_a_failed_delivery_is_repeated_and_keeps_the_order(
    sessions: Sessions, stored: Store, wrm_parties: Parties, common: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """If a party cannot be reached, its later notifications wait, and the other party still gets its own."""
    stored()
    post_event(sessions, events.AcceptWorkRequest(sender=wrm_parties.supplier, **common))
    post_event(sessions, events.PutOnHold(sender=wrm_parties.requestor, **common))
    inbox = Inbox((wrm_parties.supplier, events.AcceptWorkRequest))
    deliver(sessions, inbox)
    assert inbox.of(wrm_parties.supplier) == ["CreateWorkRequest"]
    assert inbox.of(wrm_parties.requestor) == ["CreateWorkRequest", "AcceptWorkRequest", "PutOnHold"]
    assert "not delivered to WorkSupplier northline" in caplog.text
    inbox.missed = ()
    assert deliver(sessions, inbox) == 2
    assert inbox.of(wrm_parties.supplier) == ["CreateWorkRequest", "AcceptWorkRequest", "PutOnHold"]


def test_a_notification_is_repeated_if_the_worker_dies(sessions: Sessions, stored: Store) -> None:
    """A worker that dies after sending, and before it has noted this, sends again: at least once."""
    stored()
    inbox = Inbox()

    def send_and_die(party: Party, line: str) -> None:
        inbox.send(party, line)
        raise SystemExit

    with sessions() as session, pytest.raises(SystemExit):
        deliver_outbox(session, send_and_die)
    assert deliver(sessions, inbox) == 2
    assert len(inbox.received) == 3


def test_two_workers_lose_nothing(
    sessions: Sessions, stored: Store, wrm_parties: Parties, common: dict[str, Any]
) -> None:
    """A slow worker does not delete a notification that is stored after another worker has delivered its own."""
    stored()
    inbox = Inbox()

    def send_slowly(party: Party, line: str) -> None:
        if not inbox.received:
            deliver(sessions, inbox)
            post_event(sessions, events.AcceptWorkRequest(sender=wrm_parties.supplier, **common))
        inbox.send(party, line)

    with sessions() as session:
        deliver_outbox(session, send_slowly)
    deliver(sessions, inbox)
    for party in (wrm_parties.requestor, wrm_parties.supplier):
        assert "AcceptWorkRequest" in inbox.of(party)


def test_one_company_can_have_two_roles(sessions: Sessions, common: dict[str, Any]) -> None:
    """A company that supplies to itself gets each notification once in each role."""
    requestor, supplier = Party.requestor("northline"), Party.supplier("northline")
    activities = [NewActivity("A-1", TYPES["SITE_VISIT"])]
    create = events.CreateWorkRequest(sender=requestor, supplier=supplier.id, activities=activities, **common)
    post_event(sessions, create)
    inbox = Inbox()
    deliver(sessions, inbox)
    assert sorted(inbox.received, key=str) == [(requestor, create), (supplier, create)]


def test_an_event_and_its_notifications_are_stored_together(
    engine: Engine, sessions: Sessions, stored: Store, wrm_parties: Parties, common: dict[str, Any]
) -> None:
    """If the notifications cannot be stored, the event is not stored either."""
    stored()
    accept = events.AcceptWorkRequest(sender=wrm_parties.supplier, event_id="e-1", **common)
    outbox.drop(engine)
    with pytest.raises(OperationalError, match="no such table: outbox"):
        post_event(sessions, accept)
    outbox.create(engine)
    assert post_event(sessions, accept).answer == "Consumed"
