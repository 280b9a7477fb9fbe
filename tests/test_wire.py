"""Events and work requests as JSON: what is written reads back the same, and what can't be read says where and why."""

import copy
import json
import pickle
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from strategies_values import EVENT_CLASSES, FIXED_TIME, events_of, value_of, work_requests
from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    Event,
    Outcome,
    Party,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    events,
)
from work_request_manager.wire import (
    EVENT_NAMES,
    WireError,
    decode_event,
    decode_types,
    decode_work_request,
    encode_event,
    encode_work_request,
    json_schema,
)

FIBRE = ActivityType("FIBRE", work_supplier_allowed_to_cancel=True, states={"OnSite": Category.ACTIVE})
TYPE = {"code": "FIBRE", "workSupplierAllowedToCancel": True, "states": {"OnSite": "Active"}}
ON_SITE = {"category": "Active", "state": "OnSite"}
LUNCH = {"category": "Open", "state": "Lunch"}
CONTACT = {"name": "Ana", "phone": "021 1", "email": "ana@example.org"}
SCHEDULE = {"earliestStart": "2026-03-01T20:00:00Z", "latestEnd": "2026-03-01T20:00:00.000001Z"}
OUTCOME = {"code": "DONE", "note": "well"}
NEW = Activity("A-1", FIBRE, Status(Category.OPEN, "Lunch"))
AT = "2026-03-01T20:00:00Z"
CONTACTED, DONE = SiteContact("Ana", "021 1", "ana@example.org"), Outcome("DONE", "well")
SCHEDULED = Schedule(FIXED_TIME, FIXED_TIME.replace(microsecond=1))
COMMON = {"taskId": "WR-1", "sender": {"role": "Chorus", "id": "c"}, "at": AT, "eventId": "E-1", "note": "hello"}

# Interface, section 2: each event of the rulebook by its wire name, with all fields that it can have beside COMMON.
OWN: dict[str, tuple[dict[str, Any], type[Event], dict[str, Any]]] = {
    "CreateTaskEvent": (
        {"requestor": "rsp", "supplier": "north", "activities": [{"id": "A-1", "type": TYPE, "status": LUNCH}]},
        events.CreateWorkRequest,
        {"requestor": "rsp", "supplier": "north", "activities": (NEW,)},
    ),
    "AcceptTaskEvent": ({}, events.AcceptWorkRequest, {}),
    "RejectTaskEvent": ({"reason": "SiteIssue"}, events.RejectWorkRequest, {"reason": RejectionReason.SITE_ISSUE}),
    "ReallocateTaskEvent": ({"supplier": "south"}, events.ReallocateWorkRequest, {"supplier": "south"}),
    "PutOnHoldTaskEvent": ({}, events.PutOnHold, {}),
    "ResumeTaskEvent": ({}, events.Resume, {}),
    "CancelTaskEvent": ({}, events.CancelWorkRequest, {}),
    "RequestCancelTaskEvent": ({"activityId": "A-1"}, events.RequestCancellation, {"activity_id": "A-1"}),
    "UpdateTaskSiteContactEvent": ({"contact": CONTACT}, events.UpdateSiteContact, {"contact": CONTACTED}),
    "UpdateTaskScheduleEvent": (
        {"schedule": SCHEDULE, "activityId": "A-1"},
        events.Reschedule,
        {"schedule": SCHEDULED, "activity_id": "A-1"},
    ),
    **{
        f"UpdateTask{section}Event": (
            {"values": {"a": [1, 2.5, None]}},
            events.UpdateDetails,
            {"section": Section(section), "values": {"a": [1, 2.5, None]}},
        )
        for section in ("Source", "Assets", "SupplementaryReferences", "FileAttachments", "AdditionalInfos")
    },
    "AddTaskActivityEvent": (
        {"activity": {"id": "A-1", "type": TYPE, "status": LUNCH}},
        events.AddActivity,
        {"activity": NEW},
    ),
    "RequestAddTaskActivityEvent": ({"type": TYPE}, events.RequestAddActivity, {"type": FIBRE}),
    "UpdateTaskActivityStatusEvent": (
        {"activityId": "A-1", "status": ON_SITE},
        events.UpdateActivityStatus,
        {"activity_id": "A-1", "status": Status(Category.ACTIVE, "OnSite")},
    ),
    "UpdateTaskActivityWorkerEvent": (
        {"activityId": "A-1", "worker": "W-7"},
        events.UpdateActivityWorker,
        {"activity_id": "A-1", "worker": "W-7"},
    ),
    "UpdateTaskActivityOutcomesEvent": (
        {"activityId": "A-1", "outcome": OUTCOME},
        events.RecordOutcome,
        {"activity_id": "A-1", "outcome": DONE},
    ),
    "CancelTaskActivityEvent": ({"activityId": "A-1"}, events.CancelActivity, {"activity_id": "A-1"}),
}
SNAPSHOT = "a work request"
ACTIVITY = {
    "id": "A-1",
    "type": TYPE,
    "status": {"category": "Closed", "state": "Closed"},
    "hasBeenActive": True,
    "outcomes": [OUTCOME],
    "schedule": SCHEDULE,
    "cancellationRequested": True,
    "worker": "W-7",
    "closure": "Completed",
}
FULL: dict[str, dict[str, Any]] = {
    **{name: {"event": name, **COMMON, **own} for name, (own, _, _) in OWN.items()},
    SNAPSHOT: {
        "version": 1,
        "id": "WR-1",
        "requestor": "rsp",
        "supplier": "north",
        "activities": [ACTIVITY],
        "allocation": "Rejected",
        "rejectionReason": "Duplicate",
        "onHold": True,
        "cancellationRequested": True,
        "siteContact": CONTACT,
        "schedule": SCHEDULE,
        "details": {"Assets": [{"a": None}]},
    },
}
VALUES: dict[str, Event | WorkRequest] = {
    **{
        name: kind(
            work_request_id="WR-1", sender=Party.chorus().__class__(Party.chorus().role, "c"), at=FIXED_TIME,
            event_id="E-1", note="hello", **own,
        )
        for name, (_, kind, own) in OWN.items()
    },
    SNAPSHOT: WorkRequest(
        "WR-1",
        "rsp",
        "north",
        (
            Activity(
                "A-1",
                FIBRE,
                Status(Category.CLOSED),
                True,
                (DONE,),
                SCHEDULED,
                True,
                "W-7",
                Closure.COMPLETED,
            ),
        ),
        Allocation.REJECTED,
        RejectionReason.DUPLICATE,
        True,
        True,
        CONTACTED,
        SCHEDULED,
        {Section.ASSETS: [{"a": None}]},
    ),
}
