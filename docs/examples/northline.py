"""A supplier's service that keeps its work requests in SQLite, with the status logic written by hand.

Every event about a work request arrives at `post`. The service answers as a strict Work Request Manager would. It uses
the values and events of the library but none of its rules, so each line below is one that a developer could get wrong.
"""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    Event,
    NewActivity,
    Outcome,
    RejectionReason,
    Role,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    events,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY,
    requestor TEXT NOT NULL, supplier TEXT NOT NULL,
    allocation TEXT NOT NULL DEFAULT 'Sent', rejection_reason TEXT,
    on_hold INTEGER NOT NULL DEFAULT FALSE,
    closed INTEGER NOT NULL DEFAULT FALSE,
    cancellation_requested INTEGER NOT NULL DEFAULT FALSE,
    site_contact TEXT, schedule TEXT -- JSON
);
CREATE TABLE IF NOT EXISTS details (
    request TEXT NOT NULL REFERENCES requests,
    section TEXT NOT NULL, contents TEXT NOT NULL, -- JSON
    PRIMARY KEY (request, section)
);
CREATE TABLE IF NOT EXISTS activities (
    number INTEGER PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests, id TEXT NOT NULL,
    type TEXT NOT NULL, supplier_may_cancel INTEGER NOT NULL, states TEXT NOT NULL, -- JSON
    category TEXT NOT NULL, state TEXT NOT NULL,
    has_been_active INTEGER NOT NULL DEFAULT FALSE,
    closure TEXT, worker TEXT,
    cancellation_requested INTEGER NOT NULL DEFAULT FALSE,
    schedule TEXT, -- JSON
    UNIQUE (request, id)
);
CREATE TABLE IF NOT EXISTS outcomes (
    number INTEGER PRIMARY KEY,
    request TEXT NOT NULL, activity TEXT NOT NULL,
    code TEXT NOT NULL, note TEXT,
    FOREIGN KEY (request, activity) REFERENCES activities (request, id)
);
"""

CONSUMED, NOT_CONSUMED, REFUSED = "Consumed", "NotConsumed", "Refused"
REQUESTOR, SUPPLIER, CHORUS = Role.WORK_REQUESTOR, Role.WORK_SUPPLIER, Role.CHORUS
OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category

SENDERS: dict[type[Event], set[Role]] = {
    events.CreateWorkRequest: {REQUESTOR, CHORUS},
    events.AcceptWorkRequest: {SUPPLIER},
    events.RejectWorkRequest: {SUPPLIER},
    events.ReallocateWorkRequest: {CHORUS},  # FAQ 7
    events.PutOnHold: {REQUESTOR, CHORUS},
    events.Resume: {REQUESTOR, CHORUS},
    events.CancelWorkRequest: {CHORUS},
    events.RequestCancellation: {REQUESTOR, CHORUS},  # FAQ 5
    events.UpdateSiteContact: {REQUESTOR, CHORUS},
    events.Reschedule: {REQUESTOR, SUPPLIER, CHORUS},
    events.UpdateDetails: {REQUESTOR, CHORUS},
    events.AddActivity: {REQUESTOR, CHORUS},
    events.RequestAddActivity: {REQUESTOR, SUPPLIER, CHORUS},
    events.UpdateActivityStatus: {SUPPLIER},  # FAQ 5
    events.UpdateActivityWorker: {SUPPLIER},
    events.RecordOutcome: {SUPPLIER},
    events.CancelActivity: {SUPPLIER, CHORUS},  # FAQ 4
}
SUPPLIER_SECTIONS = {Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS}

MOVES: dict[str, set[Category]] = {
    OPEN: {OPEN, ACTIVE, CLOSED},
    ACTIVE: {OPEN, ACTIVE, COMPLETION},
    COMPLETION: {REVIEW, CLOSED},  # FAQ 3
    REVIEW: {REVIEW, CLOSED},
    CLOSED: set(),  # FAQ 6
}


class Northline:
    """The work requests of a supplier, in an SQLite database.

    Args:
        path: the file of the database. By default it is in memory.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._sql = self._db.execute
        self._sql("PRAGMA foreign_keys = ON")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def clear(self) -> None:
        """Delete all work requests."""
        self._db.executescript(
            "BEGIN; DELETE FROM outcomes; DELETE FROM activities; DELETE FROM details; DELETE FROM requests; COMMIT"
        )

    def post(self, event: Event) -> str:
        """Process an event and return "Consumed", "NotConsumed" (a repeat) or "Refused"."""
        with self._db:
            # One transaction, so that nothing changes between the checks and the writes.
            self._sql("BEGIN IMMEDIATE")
            if isinstance(event, events.CreateWorkRequest):
                return self._create(event)
            request = self._request(event.work_request_id)
            if request is None:
                return REFUSED
            activity_id = getattr(event, "activity_id", None)
            activity = next((each for each in self._activities(request["id"]) if each["id"] == activity_id), None)
            if activity is None and activity_id is not None:
                return REFUSED
            if not may_send(event, request):
                return REFUSED
            if self._is_repeat(event, request, activity):
                return NOT_CONSUMED
            is_closed = request["closed"] if activity is None else activity["category"] == CLOSED  # FAQ 6
            if is_closed or not self._is_allowed(event, request, activity):
                return REFUSED
            self._carry_out(event, request, activity)
            return CONSUMED

    def work_request(self, id: str) -> WorkRequest | None:
        """Return a work request as it is now, or None if it does not exist."""
        request = self._request(id)
        if request is None:
            return None
        is_rejected = request["allocation"] == Allocation.REJECTED
        details = self._sql("SELECT section, contents FROM details WHERE request = ?", (id,))
        return WorkRequest(
            id=request["id"],
            requestor=request["requestor"],
            supplier=request["supplier"],
            activities=tuple(
                Activity(
                    id=activity["id"],
                    type=ActivityType(activity["type"], bool(activity["supplier_may_cancel"]), states_of(activity)),
                    status=Status(Category(activity["category"]), activity["state"]),
                    has_been_active=bool(activity["has_been_active"]),
                    outcomes=self._outcomes(activity),
                    schedule=schedule_of(activity),
                    cancellation_requested=bool(activity["cancellation_requested"]),
                    worker=activity["worker"],
                    closure=Closure(activity["closure"]) if activity["closure"] else None,
                )
                for activity in self._activities(request["id"])
            ),
            allocation=Allocation(request["allocation"]),
            rejection_reason=RejectionReason(request["rejection_reason"]) if is_rejected else None,
            on_hold=bool(request["on_hold"]),
            cancellation_requested=bool(request["cancellation_requested"]),
            site_contact=contact_of(request),
            schedule=schedule_of(request),
            details={Section(section): json.loads(contents) for section, contents in details},
        )

    def _create(self, event: events.CreateWorkRequest) -> str:
        sender, new = event.sender, event.activities
        is_allowed = (
            sender.role in SENDERS[events.CreateWorkRequest]
            and (sender.role is not REQUESTOR or sender.id == event.requestor)
            and self._request(event.work_request_id) is None
            and len(new) > 0
            and len({activity.id for activity in new}) == len(new)
            and all(is_valid_start(activity) for activity in new)
        )
        if not is_allowed:
            return REFUSED
        self._sql(
            "INSERT INTO requests (id, requestor, supplier) VALUES (?, ?, ?)",
            (event.work_request_id, event.requestor, event.supplier),
        )
        for activity in new:
            self._add(event.work_request_id, activity)
        return CONSUMED

    def _is_repeat(self, event: Event, request: sqlite3.Row, activity: Any) -> bool:
        """Return whether an event asks for something that is already true (FAQ 2)."""
        target = request if activity is None else activity
        match event:
            case events.AcceptWorkRequest():
                return bool(request["allocation"] == Allocation.ACCEPTED)
            case events.RejectWorkRequest(reason=reason):
                return bool(request["rejection_reason"] == reason)
            case events.PutOnHold():
                return bool(request["on_hold"])
            case events.Resume():
                return not request["on_hold"]
            case events.CancelWorkRequest():
                return all(each["closure"] == Closure.CANCELLED for each in self._activities(request["id"]))
            case events.RequestCancellation():
                return bool(target["cancellation_requested"])
            case events.UpdateSiteContact(contact=contact):
                return contact == contact_of(request)
            case events.Reschedule(schedule=schedule):
                return schedule == schedule_of(target)
            case events.UpdateActivityStatus(status=status):
                is_cancelled = status.category is CLOSED and activity["closure"] == Closure.CANCELLED
                return is_cancelled or (status.category, status.state) == (activity["category"], activity["state"])
            case events.UpdateActivityWorker(worker=worker):
                return bool(worker == activity["worker"])
            case events.RecordOutcome(outcome=outcome):
                return outcome in self._outcomes(activity)
            case events.CancelActivity():
                return bool(activity["closure"] == Closure.CANCELLED)
            case _:
                return False

    def _is_allowed(self, event: Event, request: sqlite3.Row, activity: Any) -> bool:
        """Return whether the status logic allows an event. The sender and the target have been checked."""
        activities = self._activities(request["id"])
        match event:
            case events.RejectWorkRequest(reason=reason):  # FAQ 1
                return (
                    request["allocation"] != Allocation.REJECTED
                    and reason in list(RejectionReason)
                    and not any(is_touched(each) for each in activities)
                )
            case events.ReallocateWorkRequest(supplier=supplier):  # FAQ 7
                has_begun = any(each["has_been_active"] for each in activities)
                may_have_it_again = request["rejection_reason"] not in (None, RejectionReason.WRONG_SUPPLIER)
                return not has_begun and (supplier != request["supplier"] or may_have_it_again)
            case events.CancelWorkRequest():
                return not any(is_touched(each) for each in activities if each["category"] != CLOSED)
            case events.AddActivity(activity=new):
                return is_valid_start(new) and all(new.id != each["id"] for each in activities)
            case events.CancelActivity(sender=sender):  # FAQ 4
                return not is_touched(activity) and (sender.role is CHORUS or bool(activity["supplier_may_cancel"]))
            case events.UpdateActivityStatus(status=status):
                move = (activity["category"], status.category)
                return (
                    status.category in MOVES[activity["category"]]
                    and is_known(status, states_of(activity))
                    and not (move == (OPEN, ACTIVE) and request["on_hold"])
                    and not (move == (OPEN, CLOSED) and activity["has_been_active"])  # FAQ 4
                    and not (move == (OPEN, CLOSED) and not activity["supplier_may_cancel"])
                )
            case _:
                return True

    def _carry_out(self, event: Event, request: sqlite3.Row, activity: Any) -> None:
        key = request["id"]
        match event:
            case events.AcceptWorkRequest():
                self._sql("UPDATE requests SET allocation = 'Accepted' WHERE id = ?", (key,))
            case events.RejectWorkRequest(reason=reason):
                rejected = "UPDATE requests SET allocation = 'Rejected', rejection_reason = ? WHERE id = ?"
                self._sql(rejected, (reason, key))
            case events.ReallocateWorkRequest(supplier=supplier):
                self._sql("UPDATE requests SET supplier = ?, allocation = 'Sent' WHERE id = ?", (supplier, key))
                self._sql("UPDATE requests SET rejection_reason = NULL WHERE id = ?", (key,))
                # The workers belonged to the old supplier. A closed activity keeps its worker as a record.
                self._sql("UPDATE activities SET worker = NULL WHERE request = ? AND category != 'Closed'", (key,))
            case events.PutOnHold():
                self._sql("UPDATE requests SET on_hold = TRUE WHERE id = ?", (key,))
            case events.Resume():
                self._sql("UPDATE requests SET on_hold = FALSE WHERE id = ?", (key,))
            case events.CancelWorkRequest():
                for each in self._activities(key):
                    if each["category"] != CLOSED:
                        self._move(each, Status(CLOSED))
            case events.RequestCancellation(activity_id=None):
                self._sql("UPDATE requests SET cancellation_requested = TRUE WHERE id = ?", (key,))
            case events.RequestCancellation(activity_id=id):
                self._sql("UPDATE activities SET cancellation_requested = TRUE WHERE request = ? AND id = ?", (key, id))
            case events.UpdateSiteContact(contact=contact):
                text = json.dumps([contact.name, contact.phone, contact.email])
                self._sql("UPDATE requests SET site_contact = ? WHERE id = ?", (text, key))
            case events.Reschedule(schedule=schedule, activity_id=None):
                self._sql("UPDATE requests SET schedule = ? WHERE id = ?", (text_of(schedule), key))
            case events.Reschedule(schedule=schedule, activity_id=id):
                text = text_of(schedule)
                self._sql("UPDATE activities SET schedule = ? WHERE request = ? AND id = ?", (text, key, id))
            case events.UpdateDetails(section=section, values=values):
                text = json.dumps(values, default=dict)
                self._sql("INSERT OR REPLACE INTO details VALUES (?, ?, ?)", (key, section, text))
            case events.AddActivity(activity=new):
                self._add(key, new)
            case events.UpdateActivityStatus(status=status):
                self._move(activity, status)
            case events.UpdateActivityWorker(worker=worker, activity_id=id):
                self._sql("UPDATE activities SET worker = ? WHERE request = ? AND id = ?", (worker, key, id))
            case events.RecordOutcome(outcome=outcome, activity_id=id):
                row = (key, id, outcome.code, outcome.note)
                self._sql("INSERT INTO outcomes (request, activity, code, note) VALUES (?, ?, ?, ?)", row)
            case events.CancelActivity():
                self._move(activity, Status(CLOSED))

    def _add(self, request_id: str, new: NewActivity) -> None:
        may_cancel, states = new.type.work_supplier_allowed_to_cancel, json.dumps(dict(new.type.states or {}))
        self._sql(
            "INSERT INTO activities (request, id, type, supplier_may_cancel, states, category, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (request_id, new.id, new.type.code, may_cancel, states, new.status.category, new.status.state),
        )

    def _move(self, activity: sqlite3.Row, status: Status) -> None:
        is_cancelled = (activity["category"], status.category) == (OPEN, CLOSED)
        closure = Closure.CANCELLED if is_cancelled else Closure.COMPLETED if status.category is CLOSED else None
        state = CLOSED if is_cancelled else status.state
        has_been_active = activity["has_been_active"] or status.category is ACTIVE
        self._sql(
            "UPDATE activities SET category = ?, state = ?, has_been_active = ?, closure = ?"
            " WHERE request = ? AND id = ?",
            (status.category, state, has_been_active, closure, activity["request"], activity["id"]),
        )
        # When the last activity closes, the work request closes too (FAQ 3, 6).
        if all(each["category"] == CLOSED for each in self._activities(activity["request"])):
            self._sql("UPDATE requests SET closed = TRUE WHERE id = ?", (activity["request"],))

    def _request(self, id: str) -> Any:
        return self._sql("SELECT * FROM requests WHERE id = ?", (id,)).fetchone()

    def _activities(self, request_id: str) -> list[sqlite3.Row]:
        return list(self._sql("SELECT * FROM activities WHERE request = ? ORDER BY number", (request_id,)))

    def _outcomes(self, activity: sqlite3.Row) -> tuple[Outcome, ...]:
        query = "SELECT code, note FROM outcomes WHERE request = ? AND activity = ? ORDER BY number"
        return tuple(Outcome(code, note) for code, note in self._sql(query, (activity["request"], activity["id"])))


def may_send(event: Event, request: sqlite3.Row) -> bool:
    """Return whether the sender of an event is allowed to send it."""
    sender, roles = event.sender, SENDERS[type(event)]
    if isinstance(event, events.UpdateDetails) and event.section in SUPPLIER_SECTIONS:
        roles = {*roles, SUPPLIER}
    if sender.role not in roles:
        return False
    if sender.role is REQUESTOR:
        return bool(sender.id == request["requestor"])
    if sender.role is SUPPLIER:
        # A supplier that has rejected a request no longer holds it, and may only repeat the rejection.
        is_held = request["allocation"] != Allocation.REJECTED or isinstance(event, events.RejectWorkRequest)
        return sender.id == request["supplier"] and is_held
    return True


def is_touched(activity: sqlite3.Row) -> bool:
    """Return whether work on an activity has begun, or it is closed."""
    return activity["category"] != OPEN or bool(activity["has_been_active"])


def is_valid_start(new: NewActivity) -> bool:
    """Return whether a new activity is Open, in a known state."""
    return new.status.category is OPEN and is_known(new.status, new.type.states)


def is_known(status: Status, states: Mapping[str, Category] | None) -> bool:
    """Return whether a state is listed under its category. The names of the categories are always listed."""
    known = {**(states or {}), **{each.value: each for each in Category}}
    return not states or known.get(status.state) == status.category


def states_of(activity: sqlite3.Row) -> dict[str, Category]:
    """Return the states that the type of an activity lists."""
    return {state: Category(category) for state, category in json.loads(activity["states"]).items()}


def contact_of(request: sqlite3.Row) -> SiteContact | None:
    """Return the site contact in a row."""
    return SiteContact(*json.loads(request["site_contact"])) if request["site_contact"] else None


def schedule_of(row: sqlite3.Row) -> Schedule | None:
    """Return the schedule in a row."""
    times = json.loads(row["schedule"]) if row["schedule"] else ()
    return Schedule(*(time and datetime.fromisoformat(time) for time in times)) if times else None


def text_of(schedule: Schedule) -> str:
    """Return the text that a column holds for a schedule."""
    return json.dumps([schedule.earliest_start, schedule.latest_end], default=datetime.isoformat)
