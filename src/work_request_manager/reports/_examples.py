"""An event that breaks each rule, and a similar one that keeps it. The library itself says what happens to them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from work_request_manager import events
from work_request_manager._values import FrozenDict
from work_request_manager.events import AnyEvent
from work_request_manager.model import (
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    NewActivity,
    Outcome,
    Party,
    RejectionReason,
    Status,
    WorkRequest,
)
from work_request_manager.wire import LINE_LIMIT, encode_event


class Example(NamedTuple):
    """An event for a work request, which is None if it does not exist."""

    work_request: WorkRequest | None
    event: AnyEvent


_AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
_CHORUS = Party.chorus()
_REQUESTOR, _OTHER_REQUESTOR = Party.requestor("rsp-one"), Party.requestor("rsp-two")
_SUPPLIER, _OTHER_SUPPLIER = Party.supplier("northline"), Party.supplier("southline")

_TYPE = ActivityType("FIBRE_CONNECT")
_CANCELLABLE = ActivityType("SITE_VISIT", work_supplier_allowed_to_cancel=True)
_WITH_STATES = ActivityType("FIBRE_CONNECT", states={"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE})
_ON_SITE = Status(Category.ACTIVE, "OnSite")
_COMPLETED = Status(Category.PRACTICAL_COMPLETION)
_CLOSED = Status(Category.CLOSED)


def _request(*activities: Activity, **own: Any) -> WorkRequest:
    return WorkRequest("WR-1", _REQUESTOR.id, _SUPPLIER.id, activities or (Activity("A-1", _TYPE),), **own)


_NEW = _request()
_STARTED = _request(Activity("A-1", _TYPE, _ON_SITE, has_been_active=True))
_DONE = _request(Activity("A-1", _TYPE, _COMPLETED, has_been_active=True))
_ENDED = _request(Activity("A-1", _TYPE, _CLOSED, has_been_active=True, closure=Closure.COMPLETED))
_REJECTED = _request(allocation=Allocation.REJECTED, rejection_reason=RejectionReason.SITE_ISSUE)
_LISTING = _request(Activity("A-1", _WITH_STATES))


def _event(cls: type[Any], sender: Party, **own: Any) -> AnyEvent:
    event: AnyEvent = cls(work_request_id="WR-1", sender=sender, at=_AT, **own)
    return event


def _move(status: Status, sender: Party = _SUPPLIER) -> AnyEvent:
    return _event(events.UpdateActivityStatus, sender, activity_id="A-1", status=status)


def _cancel(sender: Party, activity_id: str = "A-1") -> AnyEvent:
    return _event(events.CancelActivity, sender, activity_id=activity_id)


def _reject(reason: str) -> AnyEvent:
    return _event(events.RejectWorkRequest, _SUPPLIER, reason=reason)


def _reallocate(sender: Party, supplier: Party) -> AnyEvent:
    return _event(events.ReallocateWorkRequest, sender, supplier=supplier.id)


def _create(sender: Party, *activities: NewActivity) -> AnyEvent:
    fields = {"requestor": _REQUESTOR.id, "supplier": _SUPPLIER.id, "activities": activities}
    return _event(events.CreateWorkRequest, sender, **fields)


def _hold(sender: Party) -> AnyEvent:
    return _event(events.PutOnHold, sender)


def _outcome() -> AnyEvent:
    return _event(events.RecordOutcome, _SUPPLIER, activity_id="A-1", outcome=Outcome("CONNECTED"))


_ONE = NewActivity("A-1", _TYPE)
_CANCEL_REQUEST = _event(events.CancelWorkRequest, _CHORUS)

EXAMPLES: Mapping[str, tuple[Example, Example]] = FrozenDict(
    {
        "WRM101": (Example(_NEW, _reject("TooFarAway")), Example(_NEW, _reject("WrongSupplier"))),
        "WRM102": (Example(_STARTED, _reject("SiteIssue")), Example(_NEW, _reject("SiteIssue"))),
        "WRM103": (
            Example(_NEW, _reallocate(_REQUESTOR, _OTHER_SUPPLIER)),
            Example(_NEW, _reallocate(_CHORUS, _OTHER_SUPPLIER)),
        ),
        "WRM104": (
            Example(_STARTED, _reallocate(_CHORUS, _OTHER_SUPPLIER)),
            Example(_NEW, _reallocate(_CHORUS, _OTHER_SUPPLIER)),
        ),
        "WRM105": (
            Example(_NEW, _reallocate(_CHORUS, _SUPPLIER)),
            Example(_REJECTED, _reallocate(_CHORUS, _SUPPLIER)),
        ),
        "WRM106": (Example(_STARTED, _CANCEL_REQUEST), Example(_NEW, _CANCEL_REQUEST)),
        "WRM107": (Example(_request(on_hold=True), _move(_ON_SITE)), Example(_NEW, _move(_ON_SITE))),
        "WRM201": (Example(_ENDED, _move(_ON_SITE)), Example(_DONE, _move(_CLOSED))),
        "WRM202": (Example(_DONE, _move(_ON_SITE)), Example(_DONE, _move(Status(Category.IN_REVIEW)))),
        "WRM203": (
            Example(_NEW, _cancel(_SUPPLIER)),
            Example(_request(Activity("A-1", _CANCELLABLE)), _cancel(_SUPPLIER)),
        ),
        "WRM204": (Example(_STARTED, _cancel(_CHORUS)), Example(_NEW, _cancel(_CHORUS))),
        "WRM205": (Example(_ENDED, _outcome()), Example(_DONE, _outcome())),
        "WRM206": (Example(_NEW, _move(_COMPLETED)), Example(_STARTED, _move(_COMPLETED))),
        "WRM207": (
            Example(_STARTED, _move(Status(Category.IN_REVIEW))),
            Example(_DONE, _move(Status(Category.IN_REVIEW))),
        ),
        "WRM208": (Example(_STARTED, _move(_CLOSED)), Example(_DONE, _move(_CLOSED))),
        "WRM209": (Example(_ENDED, _hold(_REQUESTOR)), Example(_DONE, _hold(_REQUESTOR))),
        "WRM301": (Example(_NEW, _move(_ON_SITE, _REQUESTOR)), Example(_NEW, _move(_ON_SITE))),
        "WRM302": (Example(_NEW, _move(_ON_SITE, _OTHER_SUPPLIER)), Example(_NEW, _move(_ON_SITE))),
        "WRM303": (Example(_NEW, _hold(_SUPPLIER)), Example(_NEW, _hold(_REQUESTOR))),
        "WRM304": (Example(_NEW, _hold(_OTHER_REQUESTOR)), Example(_NEW, _hold(_REQUESTOR))),
        "WRM305": (Example(_NEW, _event(events.CancelWorkRequest, _REQUESTOR)), Example(_NEW, _CANCEL_REQUEST)),
        "WRM401": (Example(None, _hold(_REQUESTOR)), Example(_NEW, _hold(_REQUESTOR))),
        "WRM402": (Example(_NEW, _create(_REQUESTOR, _ONE)), Example(None, _create(_REQUESTOR, _ONE))),
        "WRM403": (Example(_NEW, _cancel(_CHORUS, "A-9")), Example(_NEW, _cancel(_CHORUS))),
        "WRM404": (
            Example(None, _create(_REQUESTOR, _ONE, _ONE)),
            Example(None, _create(_REQUESTOR, _ONE, NewActivity("A-2", _TYPE))),
        ),
        "WRM405": (Example(None, _create(_REQUESTOR)), Example(None, _create(_REQUESTOR, _ONE))),
        "WRM406": (Example(_LISTING, _move(Status(Category.ACTIVE, "Onsite"))), Example(_LISTING, _move(_ON_SITE))),
        "WRM407": (Example(_LISTING, _move(Status(Category.OPEN, "OnSite"))), Example(_LISTING, _move(_ON_SITE))),
        "WRM408": (
            Example(None, _create(_REQUESTOR, NewActivity("A-1", _TYPE, _ON_SITE))),
            Example(None, _create(_REQUESTOR, _ONE)),
        ),
    }
)
"""For each rule of the rulebook an example that breaks it, and one that keeps it."""


# ---- Lines of logs


def _line(event: AnyEvent, /, **changed: object) -> str:
    """Return an event as a line with some fields changed. None removes a field."""
    fields = {**json.loads(encode_event(event)), **changed}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


_HOLD = _hold(_CHORUS)
_GOOD = _line(_HOLD)
_LATER = _line(events.Resume(work_request_id="WR-1", sender=_CHORUS, at=_AT + timedelta(hours=1)))


LOG_EXAMPLES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = FrozenDict(
    {
        "WRM501": ([_GOOD[:70]], [_GOOD]),
        "WRM502": ([_line(_HOLD, sender={"role": "Chorus"})], [_GOOD]),
        "WRM503": ([_line(_HOLD, event="PutOnHoldEvent")], [_GOOD]),
        "WRM504": ([_line(_HOLD, at="2026-03-01T20:00:00")], [_GOOD]),
        "WRM505": ([_line(_HOLD, note="x" * LINE_LIMIT)], [_GOOD]),
        "WRM601": ([_LATER, _GOOD], [_GOOD, _LATER]),
        "WRM602": (
            [_line(_HOLD, eventId="e-1"), _line(_HOLD, eventId="e-1")],
            [_line(_HOLD, eventId="e-1"), _line(_HOLD, eventId="e-2")],
        ),
    }
)
"""For each log rule the lines of a log that breaks it, and of one that keeps it. They are parts of longer logs."""
