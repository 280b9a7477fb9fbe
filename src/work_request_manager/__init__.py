"""The rules of Chorus's Work Request Manager as a pure library: check an event before you send it.

`decide` answers whether an event is consumed, is a repeat, or is refused. Every refusal names the rule and its source.
Start with `decide`, `permitted` and `events`.
"""

from work_request_manager import changes, events
from work_request_manager.changes import AnyChange, Change
from work_request_manager.deciding import (
    Consumed,
    Decision,
    NotConsumed,
    Permit,
    Refused,
    apply,
    decide,
    evolve,
    permitted,
    replay,
)
from work_request_manager.errors import EventRefused
from work_request_manager.events import AnyEvent, Event
from work_request_manager.judging import Answer
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
    Role,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
)
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import Basis, Rule
from work_request_manager.violations import Violation

__all__ = [
    "DEFAULT_RULEBOOK",
    "Activity",
    "ActivityType",
    "Allocation",
    "Answer",
    "AnyChange",
    "AnyEvent",
    "Basis",
    "Category",
    "Change",
    "Closure",
    "Consumed",
    "Decision",
    "Event",
    "EventRefused",
    "NewActivity",
    "NotConsumed",
    "Outcome",
    "Party",
    "Permit",
    "Refused",
    "RejectionReason",
    "Role",
    "Rule",
    "Rulebook",
    "Schedule",
    "Section",
    "SiteContact",
    "Status",
    "Violation",
    "WorkRequest",
    "apply",
    "changes",
    "decide",
    "events",
    "evolve",
    "permitted",
    "replay",
]
