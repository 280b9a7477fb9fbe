"""Every combination of the facts that the rules read, decided and compared with an oracle.

The oracle is written from the text of the rulebook, section by section. It uses no table of the library: it reads the
work request, the event and the party itself.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from parties import CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OTHER, OWN, PARTIES, STRANGER, answer, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    Event,
    Party,
    RejectionReason,
    Role,
    Status,
    WorkRequest,
    decide,
    events,
)

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category
ASSUMED = {"WRM104", "WRM107", "WRM206", "WRM207", "WRM303", "WRM406", "WRM407"}
SHAPES = [
    (OPEN, False, None),
    (OPEN, True, None),
    (ACTIVE, True, None),
    (COMPLETION, False, None),
    (COMPLETION, True, None),
    (REVIEW, False, None),
    (REVIEW, True, None),
    (CLOSED, False, Closure.COMPLETED),
    (CLOSED, True, Closure.COMPLETED),
    (CLOSED, False, Closure.CANCELLED),
    (CLOSED, True, Closure.CANCELLED),
]
"""The category, has_been_active and closure of every possible activity. A history can reopen a cancelled one."""


def activities(type_: ActivityType, id: str = "A-1") -> list[Activity]:
    """Return an activity of every shape."""
    return [Activity(id, type_, Status(category), been, closure=closure) for category, been, closure in SHAPES]


def judged(broken: set[str], is_repeat: bool, sender_rules: set[str], strict: bool) -> tuple[str, list[str], list[str]]:
    """Return the answer to an event, given the rules that it breaks (section 4)."""
    refuses = {rule for rule in broken if strict or rule not in ASSUMED}
    if is_repeat and not refuses & sender_rules:
        return "NotConsumed", [], sorted((broken & sender_rules) - refuses)
    return "Refused" if refuses else "Consumed", sorted(refuses), sorted(broken - refuses)


def touched(activity: Activity) -> bool:
    """Return whether an activity is touched (section 1)."""
    return activity.status.category is not OPEN or activity.has_been_active


def begun(activity: Activity) -> bool:
    """Return whether work on an activity has begun (section 1)."""
    category = activity.status.category
    return activity.has_been_active or category in (COMPLETION, REVIEW) or activity.closure is Closure.COMPLETED


def holds(party: Party, wr: WorkRequest) -> bool:
    """Return whether a supplier holds a work request (section 1)."""
    return party.id == wr.supplier and wr.allocation is not Allocation.REJECTED


def general_sender_rules(wr: WorkRequest, party: Party) -> set[str]:
    """Return the rules that every event from this party breaks: the first half of WRM302, and WRM304."""
    broken = {"WRM302"} if party.role is Role.WORK_SUPPLIER and not holds(party, wr) else set()
    return broken | ({"WRM304"} if party.role is Role.WORK_REQUESTOR and party.id != wr.requestor else set())


def expected_status(wr: WorkRequest, event: events.UpdateActivityStatus, strict: bool) -> Any:
    """Judge a status update by the table of section 2, row by row."""
    activity, party, to = wr.activities[0], event.sender, event.status.category
    at = activity.status.category
    sender_rules = general_sender_rules(wr, party) | ({"WRM301"} if party.role is not Role.WORK_SUPPLIER else set())
    broken = set(sender_rules)
    if at is CLOSED:
        broken |= {"WRM201"}
    elif at in (COMPLETION, REVIEW):
        broken |= (
            {"WRM202"}
            if to in (OPEN, ACTIVE) or (at, to) in {(COMPLETION, COMPLETION), (REVIEW, COMPLETION)}
            else set()
        )
    elif at is ACTIVE:
        broken |= {REVIEW: {"WRM207"}, CLOSED: {"WRM208"}}.get(to, set())
    else:
        broken |= {COMPLETION: {"WRM206"}, REVIEW: {"WRM207"}}.get(to, set())
        broken |= {"WRM107"} if to is ACTIVE and wr.on_hold else set()
        if to is CLOSED:
            broken |= {"WRM204"} if activity.has_been_active else set()
            may = activity.type.work_supplier_allowed_to_cancel or party.role is not Role.WORK_SUPPLIER
            broken |= set() if may else {"WRM203"}
    is_repeat = event.status == activity.status or (to is CLOSED and activity.closure is Closure.CANCELLED)
    return judged(broken, is_repeat, sender_rules, strict)


def expected_cancel(wr: WorkRequest, event: events.CancelActivity, strict: bool) -> Any:
    """Judge a cancel event, which asks for the move from Open to Closed only."""
    activity, party = wr.activities[0], event.sender
    sender_rules = general_sender_rules(wr, party) | ({"WRM301"} if party.role is Role.WORK_REQUESTOR else set())
    broken = set(sender_rules)
    if activity.status.category is CLOSED:
        broken |= {"WRM201"}
    else:
        broken |= {"WRM204"} if touched(activity) else set()
        may = activity.type.work_supplier_allowed_to_cancel or party.role is not Role.WORK_SUPPLIER
        broken |= set() if may else {"WRM203"}
    return judged(broken, activity.closure is Closure.CANCELLED, sender_rules, strict)


def expected_allocating(wr: WorkRequest, event: Any, strict: bool) -> Any:
    """Judge an accept, a reject or a reallocation by the table of section 3."""
    party, was = event.sender, wr.allocation
    sender_rules = general_sender_rules(wr, party)
    is_rejected, is_repeat = was is Allocation.REJECTED, False
    broken: set[str] = set()
    if isinstance(event, events.ReallocateWorkRequest):
        sender_rules |= {"WRM103"} if party.role is not Role.CHORUS else set()
        broken |= {"WRM104"} if any(map(begun, wr.activities)) else set()
        other_reason = is_rejected and wr.rejection_reason is not RejectionReason.WRONG_SUPPLIER
        broken |= {"WRM105"} if event.supplier == wr.supplier and not other_reason else set()
    else:
        sender_rules |= {"WRM302"} if party.role is not Role.WORK_SUPPLIER else set()
        if isinstance(event, events.AcceptWorkRequest):
            is_repeat = was is Allocation.ACCEPTED
        elif not is_rejected:
            broken |= {"WRM101"} if event.reason not in list(RejectionReason) else set()
            broken |= {"WRM102"} if any(map(touched, wr.activities)) else set()
        elif party == Party.supplier(wr.supplier) and event.reason == wr.rejection_reason:
            is_repeat = True
            sender_rules -= {"WRM302"}
    if all(activity.status.category is CLOSED for activity in wr.activities):
        broken = {"WRM209"}
    return judged(broken | sender_rules, is_repeat, sender_rules, strict)


def status_cases() -> Iterator[tuple[WorkRequest, AnyEvent]]:
    """Yield every cell of the status graph with every party, flag, hold and allocation, and with two states."""
    for type_, on_hold, rejection in product(
        (MAY_CANCEL, MAY_NOT_CANCEL), (False, True), (None, RejectionReason.DUPLICATE)
    ):
        allocation = Allocation.REJECTED if rejection else Allocation.SENT
        for activity in activities(type_):
            wr = request(activity, on_hold=on_hold, allocation=allocation, rejection_reason=rejection)
            for party, category, state in product(PARTIES, Category, ("", "OnSite")):
                status = Status(category, state)
                yield wr, events.UpdateActivityStatus(**from_(party), activity_id="A-1", status=status)
            for party in PARTIES:
                yield wr, events.CancelActivity(**from_(party), activity_id="A-1")


def allocating_cases() -> Iterator[tuple[WorkRequest, AnyEvent]]:
    """Yield every cell of the allocation graph with every party, reason and supplier, over every pair of activities."""
    allocations: list[tuple[Allocation, RejectionReason | None]] = [
        (Allocation.SENT, None),
        (Allocation.ACCEPTED, None),
    ]
    allocations += [(Allocation.REJECTED, reason) for reason in RejectionReason]
    for (allocation, reason), first, second in product(
        allocations, activities(MAY_CANCEL), activities(MAY_NOT_CANCEL, "A-2")
    ):
        wr = request(first, second, allocation=allocation, rejection_reason=reason)
        for party in PARTIES:
            yield wr, events.AcceptWorkRequest(**from_(party))
            for given in (*RejectionReason, "Lunch"):
                yield wr, events.RejectWorkRequest(**from_(party), reason=given)
            for supplier in ("northline", "southline"):
                yield wr, events.ReallocateWorkRequest(**from_(party), supplier=supplier)


EXPECTED: dict[type[Event], Any] = {
    events.UpdateActivityStatus: expected_status,
    events.CancelActivity: expected_cancel,
    events.AcceptWorkRequest: expected_allocating,
    events.RejectWorkRequest: expected_allocating,
    events.ReallocateWorkRequest: expected_allocating,
}


@pytest.mark.parametrize(
    "strict", [pytest.param(False, id="default"), pytest.param(True, id="strict", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("cases", "count"), [(status_cases, 4_840), (allocating_cases, 29_040)])
def test_every_combination_is_decided_as_the_rulebook_says(cases: Any, count: int, strict: bool) -> None:
    """The answer, the violations and the warnings are those of the oracle, in order."""
    rulebook = DEFAULT_RULEBOOK.strict() if strict else DEFAULT_RULEBOOK
    checked = 0
    for wr, event in cases():
        assert answer(decide(wr, event, rulebook=rulebook)) == EXPECTED[type(event)](wr, event, strict), (wr, event)
        checked += 1
    assert checked == count


def test_the_product_has_a_party_of_each_relation() -> None:
    """One requestor and one supplier of the five parties belong to the work request."""
    assert [party.role.value for party in (CHORUS, OWN, OTHER, HOLDER, STRANGER)] == [
        "Chorus", "WorkRequestor", "WorkRequestor", "WorkSupplier", "WorkSupplier"
    ]  # fmt: skip
    assert (request().requestor, request().supplier) == (OWN.id, HOLDER.id)
