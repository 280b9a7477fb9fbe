"""What a line asks: of which activity, for what that makes a difference, and with which value of its own."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from work_request_manager import events
from work_request_manager._codecs import AT, NO_TYPES, WireError
from work_request_manager._lines import Line, New
from work_request_manager._states import CODES, Followed, slot_of
from work_request_manager._values import NESTING_LIMIT, FieldError
from work_request_manager.events import Event
from work_request_manager.model import RejectionReason, Schedule
from work_request_manager.wire import EVENT_NAMES

Asked = tuple[tuple[Any, ...], int, Any]
"""What tells apart what the event comes to; the activity's position; the value that the event gives."""

Reader = Callable[[Followed, Line, int], Asked | None]
"""Returns what a line asks, given a number for its event and sender; None where it lacks what its event needs."""

_REASONS = frozenset(reason.value for reason in RejectionReason)


def _of_any(of: Followed, line: Line, code: int) -> Asked:
    position = of.position(line.activity_id)
    return (code, position), position, None


def _of_one(of: Followed, line: Line, code: int) -> Asked | None:
    return None if line.activity_id is None else _of_any(of, line, code)


def _status(of: Followed, line: Line, code: int) -> Asked | None:
    status = line.status
    if status is None or line.activity_id is None:
        return None
    position = of.position(line.activity_id)
    return (code, position, status.category, status.state), position, None


def _creation(_of: Followed, line: Line, code: int) -> Asked | None:
    new, sender = line.activities, line.sender
    requestor = line.requestor
    if requestor is None and sender.role == "WorkRequestor":
        requestor = sender.id
    if new is None or line.supplier is None or requestor is None:
        return None
    if len(new) == 1:
        ids: tuple[str, ...] = (new[0].id,)
        key: tuple[Any, ...] = (code, requestor == sender.id, *_kind_of(new[0]))
    else:
        ids = tuple([each.id for each in new])
        kinds = [(*_kind_of(each), ids.index(each.id)) for each in new]
        key = (code, requestor == sender.id, tuple(kinds))
    return key, -1, (requestor, line.supplier, ids)


def _addition(of: Followed, line: Line, code: int) -> Asked | None:
    new = line.activity
    return None if new is None else ((code, of.position(new.id), *_kind_of(new)), -1, new.id)


def _kind_of(new: New) -> tuple[bytes, str | None, str | None]:
    status = new.status
    return (bytes(new.type), None, None) if status is None else (bytes(new.type), status.category, status.state)


def _rejection(_of: Followed, line: Line, code: int) -> Asked | None:
    reason = line.reason
    return None if reason is None else ((code, reason if reason in _REASONS else None), -1, reason)


def _reallocation(of: Followed, line: Line, code: int) -> Asked | None:
    supplier = line.supplier
    return None if supplier is None else ((code, supplier == of.supplier), -1, supplier)


def _contact(of: Followed, line: Line, code: int) -> Asked | None:
    return _given(of, events.UpdateSiteContact, -1, line.contact, code)


def _schedule(of: Followed, line: Line, code: int) -> Asked | None:
    told = line.schedule
    if told is None:
        return None
    try:
        ends = (told.earliest_start, told.latest_end)
        schedule = Schedule(*(None if each is None else AT.decode(each, "", NO_TYPES) for each in ends))
    except (WireError, FieldError):
        return None
    return _given(of, events.Reschedule, of.position(line.activity_id), schedule, code)


def _worker(of: Followed, line: Line, code: int) -> Asked | None:
    if line.activity_id is None:
        return None
    return _given(of, events.UpdateActivityWorker, of.position(line.activity_id), line.worker, code)


def _outcome(of: Followed, line: Line, code: int) -> Asked | None:
    if line.activity_id is None:
        return None
    return _given(of, events.RecordOutcome, of.position(line.activity_id), line.outcome, code)


def _given(of: Followed, kind: type[Event], position: int, value: Any, code: int) -> Asked | None:
    if value is None:
        return None
    return (code, position, of.values is not None and of.repeats(slot_of(kind, position), value)), position, value


def _details(_of: Followed, line: Line, code: int) -> Asked | None:
    if line.values is UNSET:
        return None
    # No rule reads them, but there are values that an event can't hold.
    told = bytes(line.values)
    try:
        msgspec.json.decode(told)
    except msgspec.DecodeError:
        return None
    return None if told.count(b"[") + told.count(b"{") > NESTING_LIMIT else ((code,), -1, None)


def _type(_of: Followed, line: Line, code: int) -> Asked | None:
    return None if line.type is UNSET else ((code, bytes(line.type)), -1, line.type)


_READERS: Mapping[type[Event], Reader | None] = {
    events.CreateWorkRequest: _creation,
    events.AcceptWorkRequest: None,
    events.RejectWorkRequest: _rejection,
    events.ReallocateWorkRequest: _reallocation,
    events.PutOnHold: None,
    events.Resume: None,
    events.CancelWorkRequest: None,
    events.RequestCancellation: _of_any,
    events.UpdateSiteContact: _contact,
    events.Reschedule: _schedule,
    events.UpdateDetails: _details,
    events.AddActivity: _addition,
    events.RequestAddActivity: _type,
    events.UpdateActivityStatus: _status,
    events.UpdateActivityWorker: _worker,
    events.RecordOutcome: _outcome,
    events.CancelActivity: _of_one,
}

READERS: Mapping[str, tuple[int, Reader | None]] = {
    name: (code, _READERS[EVENT_NAMES[name][0]]) for name, code in CODES.items()
}
"""By the wire name of an event, its code, and what reads what its lines ask; None where they ask just what it says."""
