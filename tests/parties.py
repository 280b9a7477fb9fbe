"""The parties, values and shortcuts of the tests that decide."""

from datetime import UTC, datetime
from typing import Any

from work_request_manager import Activity, ActivityType, Decision, Party, Refused, WorkRequest

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
CHORUS = Party.chorus()
OWN = Party.requestor("rsp-one")
OTHER = Party.requestor("rsp-two")
HOLDER = Party.supplier("northline")
STRANGER = Party.supplier("southline")
PARTIES = (CHORUS, OWN, OTHER, HOLDER, STRANGER)

MAY_CANCEL = ActivityType("SITE_VISIT", work_supplier_allowed_to_cancel=True)
MAY_NOT_CANCEL = ActivityType("FIBRE_CONNECT")


def from_(sender: Party, **own: Any) -> dict[str, Any]:
    """Return the fields of an event for the work request of the tests."""
    return {"work_request_id": "WR-1", "sender": sender, "at": AT, **own}


def request(*activities: Activity, **own: Any) -> WorkRequest:
    """Return the work request of the tests. It has one untouched activity unless others are given."""
    return WorkRequest("WR-1", "rsp-one", "northline", activities or (Activity("A-1", MAY_NOT_CANCEL),), **own)


def answer(decision: Decision) -> tuple[str, list[str], list[str]]:
    """Return the name of the answer, and the ids of the broken rules that refuse and that warn."""
    refusing = decision.violations if isinstance(decision, Refused) else ()
    return decision.answer.value, [v.rule.id for v in refusing], [v.rule.id for v in decision.warnings]
