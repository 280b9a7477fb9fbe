# pyright: strict
"""Calls that both type checkers must reject. A test compares the lines that they report with the marked lines.

This file is never run.
"""

from datetime import UTC, datetime
from typing import assert_never

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Answer,
    AnyEvent,
    Category,
    Consumed,
    NewActivity,
    Outcome,
    Party,
    Role,
    Rulebook,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    apply,
    decide,
    events,
    evolve,
    permitted,
    replay,
)

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
CHORUS = Party.chorus()
FIBRE = ActivityType("FIBRE_CONNECT")
NEW = NewActivity("A-1", FIBRE)
ACTIVITY = Activity("A-1", FIBRE)
REQUEST = WorkRequest("WR-1", "rsp-one", "northline", [ACTIVITY])
HOLD = events.PutOnHold(work_request_id="WR-1", sender=CHORUS, at=AT)
OPEN = Status(Category.OPEN)


def values() -> None:
    """Build values from wrong arguments."""
    Party("Chorus", "chorus")  # wrong
    Party(Role.CHORUS)  # wrong
    Party.supplier(5)  # wrong
    Status("Open")  # wrong
    Status(Category.OPEN, 5)  # wrong
    Status(Category.OPEN, label="OnSite")  # wrong
    ActivityType("FIBRE", work_supplier_allowed_to_cancel="yes")  # wrong
    ActivityType("FIBRE", states={"OnSite": "Active"})  # wrong
    ActivityType("FIBRE", states=["OnSite"])  # wrong
    Outcome(None)  # wrong
    SiteContact("Ana", phone=21)  # wrong
    Schedule("2026-03-01")  # wrong
    NewActivity("A-1", "FIBRE")  # wrong
    NewActivity("A-1", FIBRE, Category.OPEN)  # wrong
    NewActivity("A-1", FIBRE, worker="Aroha")  # wrong
    Activity("A-1", FIBRE, Category.OPEN)  # wrong
    Activity("A-1", FIBRE, outcomes=["DONE"])  # wrong
    Activity("A-1", FIBRE, outcomes=Outcome("DONE"))  # wrong
    Activity("A-1", FIBRE, closure="Completed")  # wrong
    WorkRequest("WR-1", "rsp-one", "northline")  # wrong
    WorkRequest("WR-1", "rsp-one", "northline", ["A-1"])  # wrong
    WorkRequest("WR-1", "rsp-one", "northline", [NEW])  # wrong
    WorkRequest("WR-1", "rsp-one", "northline", ACTIVITY)  # wrong
    WorkRequest("WR-1", "rsp-one", "northline", [ACTIVITY], "Sent")  # wrong
    WorkRequest("WR-1", "rsp-one", "northline", [ACTIVITY], details={"Assets": 1})  # wrong
    REQUEST.activity(1)  # wrong
    REQUEST.on_hold = True  # wrong


def sending() -> None:
    """Build events from wrong arguments."""
    events.PutOnHold(work_request_id="WR-1", at=AT)  # wrong
    events.PutOnHold(work_request_id="WR-1", sender="chorus", at=AT)  # wrong
    events.PutOnHold(work_request_id="WR-1", sender=CHORUS, at="2026-03-01T20:00:00Z")  # wrong
    events.PutOnHold(work_request_id="WR-1", sender=CHORUS)  # wrong
    events.PutOnHold("WR-1", CHORUS, AT)  # wrong
    events.PutOnHold(work_request_id="WR-1", sender=CHORUS, at=AT, reason="rain")  # wrong
    events.PutOnHold(work_request_id="WR-1", sender=CHORUS, at=AT, event_id=7)  # wrong
    events.RejectWorkRequest(work_request_id="WR-1", sender=CHORUS, at=AT)  # wrong
    events.RejectWorkRequest(work_request_id="WR-1", sender=CHORUS, at=AT, reason=None)  # wrong
    events.ReallocateWorkRequest(work_request_id="WR-1", sender=CHORUS, at=AT, supplier=CHORUS)  # wrong
    events.UpdateActivityStatus(work_request_id="WR-1", sender=CHORUS, at=AT, activity_id="A-1", status="Open")  # wrong
    events.UpdateActivityStatus(
        work_request_id="WR-1",
        sender=CHORUS,
        at=AT,
        activity_id="A-1",
        status=Category.OPEN,  # wrong
    )
    events.UpdateActivityStatus(work_request_id="WR-1", sender=CHORUS, at=AT, status=OPEN)  # wrong
    events.CancelActivity(work_request_id="WR-1", sender=CHORUS, at=AT, activity_id=None)  # wrong
    events.AddActivity(work_request_id="WR-1", sender=CHORUS, at=AT, activity=ACTIVITY)  # wrong
    events.CreateWorkRequest(
        work_request_id="WR-1",
        sender=CHORUS,
        at=AT,
        requestor="rsp-one",
        supplier="northline",
        activities=[ACTIVITY],  # wrong
    )
    events.UpdateDetails(work_request_id="WR-1", sender=CHORUS, at=AT, section="Assets", values=[])  # wrong
    events.Reschedule(work_request_id="WR-1", sender=CHORUS, at=AT, schedule=AT)  # wrong
    events.RequestAddActivity(work_request_id="WR-1", sender=CHORUS, at=AT, type="FIBRE")  # wrong
    HOLD.sender = CHORUS  # wrong


def deciding() -> None:
    """Call the functions with wrong arguments."""
    decide(REQUEST)  # wrong
    decide("WR-1", HOLD)  # wrong
    decide(REQUEST, "PutOnHold")  # wrong
    decide(REQUEST, events.PutOnHold)  # wrong
    decide(HOLD, REQUEST)  # wrong
    decide(REQUEST, HOLD, DEFAULT_RULEBOOK)  # wrong
    decide(REQUEST, HOLD, rulebook="strict")  # wrong
    decide(REQUEST, HOLD, strict=True)  # wrong
    evolve("WR-1", HOLD)  # wrong
    evolve(REQUEST, None)  # wrong
    apply(REQUEST, [HOLD])  # wrong
    apply(REQUEST, HOLD).answer  # wrong
    replay(HOLD)  # wrong
    replay(["PutOnHold"])  # wrong
    permitted(None, CHORUS)  # wrong
    permitted(REQUEST, "northline")  # wrong
    permitted(REQUEST, Role.CHORUS)  # wrong
    permitted(REQUEST, CHORUS, activity_id=1)  # wrong
    DEFAULT_RULEBOOK.without(104)  # wrong
    Rulebook(is_strict="yes")  # wrong
    decide(REQUEST, HOLD).violations  # wrong
    decide(REQUEST, HOLD).changes  # wrong
    decide(None, HOLD).work_request.id  # wrong


def narrowing(event: AnyEvent) -> None:
    """Use a decision, or an event, as if it were another one."""
    decision = decide(REQUEST, event)
    if decision.answer is Answer.CONSUMED:
        decision.violations  # wrong
    if isinstance(decision, Consumed):
        decision.is_redelivery  # wrong
    match event:
        case events.AddActivity():
            event.activity.worker  # wrong
        case events.UpdateDetails(section=Section.ASSETS):
            event.activity_id  # wrong
        case _:
            assert_never(event)  # wrong
