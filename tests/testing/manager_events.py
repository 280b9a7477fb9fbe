"""The events that the tests of the manager post."""

from typing import Any

from parties import CHORUS, HOLDER, MAY_CANCEL, OWN, from_
from work_request_manager import AnyEvent, Category, NewActivity, Status, events

NEW = NewActivity("A-1", MAY_CANCEL)
ACCEPT = events.AcceptWorkRequest(**from_(HOLDER))


def create(work_request_id: str = "WR-1", **own: Any) -> AnyEvent:
    """Return a create event from Chorus."""
    fields = {"requestor": OWN.id, "supplier": HOLDER.id, "activities": (NEW,), **own}
    return events.CreateWorkRequest(**{**from_(CHORUS), "work_request_id": work_request_id}, **fields)


def status(category: Category, **own: Any) -> AnyEvent:
    """Return a status update for A-1 from the supplier."""
    return events.UpdateActivityStatus(**{**from_(HOLDER, activity_id="A-1", status=Status(category)), **own})


def hold(event_id: str, **own: Any) -> AnyEvent:
    """Return a hold from the requestor."""
    return events.PutOnHold(**{**from_(OWN, event_id=event_id), **own})
