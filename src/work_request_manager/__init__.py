"""The rules of Chorus's Work Request Manager as a pure library: decide on an event before you send it.

`decide` answers whether an event is consumed, is a repeat, or is refused, and every refusal cites its rule and the
rule's source. Start with `decide`, `permitted` and `events`.
"""

from work_request_manager import events
from work_request_manager.deciding import (
    Consumed,
    Decision,
    EventRefused,
    NotConsumed,
    Permit,
    Refused,
    apply,
    decide,
    permitted,
    replay,
)
from work_request_manager.events import Event
from work_request_manager.judging import Answer
from work_request_manager.model import (
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
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
from work_request_manager.reasons import Violation
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.rules import Basis, Rule

__all__ = [
    "DEFAULT_RULEBOOK",
    "Activity",
    "ActivityType",
    "Allocation",
    "Answer",
    "Basis",
    "Category",
    "Closure",
    "Consumed",
    "Decision",
    "Event",
    "EventRefused",
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
    "decide",
    "events",
    "permitted",
    "replay",
]
