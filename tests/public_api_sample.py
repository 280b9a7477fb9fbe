# pyright: strict
"""A program that uses every public name of the package. It runs, and both type checkers accept it in strict mode."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, assert_never

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Answer,
    AnyChange,
    AnyEvent,
    Basis,
    Category,
    Change,
    Closure,
    Consumed,
    Decision,
    Event,
    EventRefused,
    NewActivity,
    NotConsumed,
    Outcome,
    Party,
    Permit,
    Refused,
    RejectionReason,
    Role,
    Rule,
    Rulebook,
    Schedule,
    Section,
    SiteContact,
    Status,
    Violation,
    WorkRequest,
    apply,
    changes,
    decide,
    events,
    evolve,
    permitted,
    replay,
)

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
FIBRE = ActivityType("FIBRE_CONNECT", work_supplier_allowed_to_cancel=True, states={"Scheduled": Category.OPEN})
SUPPLIER = Party.supplier("northline")
REQUESTOR = Party(Role.WORK_REQUESTOR, "rsp-one")


def wanted(event: AnyEvent) -> str:
    """Describe an event. The type checkers prove that no event is missing."""
    match event:
        case events.CreateWorkRequest():
            return f"{event.requestor} {event.supplier} {len(event.activities)}"
        case events.AcceptWorkRequest() | events.PutOnHold() | events.Resume() | events.CancelWorkRequest():
            return event.work_request_id
        case events.RejectWorkRequest():
            return event.reason
        case events.ReallocateWorkRequest():
            return event.supplier
        case events.RequestCancellation():
            return event.activity_id or "all"
        case events.UpdateSiteContact():
            return event.contact.name
        case events.Reschedule():
            return str(event.schedule.earliest_start)
        case events.UpdateDetails():
            return event.section
        case events.AddActivity():
            return event.activity.id
        case events.RequestAddActivity():
            return event.type.code
        case events.UpdateActivityStatus():
            return str(event.status)
        case events.UpdateActivityWorker():
            return event.worker
        case events.RecordOutcome():
            return event.outcome.code
        case events.CancelActivity():
            return event.activity_id
        case _:
            assert_never(event)


def happened(change: AnyChange) -> str:
    """Describe a change. The type checkers prove that no change is missing."""
    match change:
        case changes.WorkRequestCreated() | changes.WorkRequestAccepted():
            return change.supplier
        case changes.WorkRequestRejected():
            return change.reason
        case changes.WorkRequestReallocated():
            return f"{change.before} {change.after}"
        case changes.WorkRequestPutOnHold() | changes.WorkRequestResumed() | changes.WorkRequestClosed():
            return change.work_request_id
        case changes.CancellationRequested():
            return change.activity_id or "all"
        case changes.SiteContactUpdated():
            return change.contact.name
        case changes.Rescheduled():
            return str(change.schedule.latest_end)
        case changes.DetailsUpdated():
            return change.section
        case changes.ActivityAdded():
            return change.activity.id
        case changes.ActivityAdditionRequested():
            return change.type.code
        case changes.ActivityMoved():
            return f"{change.move} {change.before} {change.after}"
        case changes.ActivityWorkerUpdated():
            return change.worker
        case changes.OutcomeRecorded():
            return change.outcome.code
        case _:
            assert_never(change)


def text_of(decision: Decision) -> str:
    """Describe a decision. The type checkers narrow its type by `answer`."""
    if decision.answer is Answer.REFUSED:
        broken: tuple[Violation, ...] = decision.violations
        return "; ".join(violation.reason for violation in broken)
    if decision.answer is Answer.NOT_CONSUMED:
        return f"repeat, redelivery: {decision.is_redelivery}"
    return ", ".join(happened(change) for change in decision.changes)


def class_of(decision: Decision) -> str:
    """Describe a decision by its class."""
    match decision:
        case Consumed():
            names: list[Change] = list(decision.changes)
            return f"{len(names)} changes"
        case NotConsumed():
            return f"unchanged {decision.work_request.id}"
        case Refused():
            return f"{len(decision.violations)} violations"


def sent() -> list[AnyEvent]:
    """Return events, built as the documentation builds them."""
    common: dict[str, Any] = {"work_request_id": "WR-1", "sender": SUPPLIER, "at": AT}
    by_chorus: dict[str, Any] = {**common, "sender": Party.chorus()}
    auckland = AT.astimezone(timezone(timedelta(hours=13)))
    create = events.CreateWorkRequest(
        work_request_id="WR-1",
        sender=REQUESTOR,
        at=auckland,
        event_id="e-1",
        note="urgent",
        supplier="northline",
        activities=[NewActivity("A-1", FIBRE), NewActivity("A-2", FIBRE, Status(Category.OPEN, "Scheduled"))],
    )
    return [
        create,
        events.AcceptWorkRequest(**common),
        events.AcceptWorkRequest(**common),
        events.RejectWorkRequest(**common, reason="Lunch"),
        events.RejectWorkRequest(**common, reason=RejectionReason.DUPLICATE),
        events.ReallocateWorkRequest(**by_chorus, supplier="southline"),
        events.UpdateSiteContact(**by_chorus, contact=SiteContact("Ana", phone="021 1")),
        events.Reschedule(**common, schedule=Schedule(AT, AT + timedelta(hours=2)), activity_id="A-1"),
        events.UpdateDetails(**common, section=Section.FILE_ATTACHMENTS, values={"files": ["a.pdf", {"n": 1}]}),
        events.RecordOutcome(**common, activity_id="A-1", outcome=Outcome("DONE", "well")),
    ]


def stored() -> WorkRequest:
    """Return a work request as a service would build it from its database. Lists are fine."""
    states: Mapping[str, Category] = {"Done": Category.CLOSED}
    done = Activity(
        "A-9",
        ActivityType("SURVEY", states=states),
        Status(Category.CLOSED, "Done"),
        has_been_active=True,
        outcomes=[Outcome("DONE")],
        closure=Closure.COMPLETED,
    )
    activities = [done, Activity("A-1", FIBRE)]
    return WorkRequest(
        "WR-1", "rsp-one", "northline", activities, Allocation.ACCEPTED, details={Section.ASSETS: [1, None, {"a": 2.5}]}
    )


def main() -> None:
    """Decide on the events, and print the answers."""
    strict: Rulebook = DEFAULT_RULEBOOK.strict().without("WRM104")
    work_request: WorkRequest | None = None
    history: list[AnyEvent] = []
    for event in sent():
        base: Event = event
        decision = decide(work_request, event, rulebook=strict)
        print(f"{base.work_request_id} {wanted(event)}: {decision.answer} ({class_of(decision)}) {text_of(decision)}")
        print(*(warning.facts["event"] for warning in decision.warnings))
        if decision.answer is not Answer.REFUSED:
            history.append(event)
        work_request = decision.work_request
    print(replay(history, rulebook=strict) == work_request)
    print(evolve(stored(), sent()[5]))
    permits: tuple[Permit, ...] = permitted(stored(), SUPPLIER, activity_id="A-1")
    print(*(f"{permit.event.__name__} {permit.category} {permit.section}" for permit in permits))
    print(any(permit.allows(event) for permit in permits for event in history))
    rule: Rule = DEFAULT_RULEBOOK["WRM203"]
    print(rule.id, rule.name, rule.basis is Basis.STATED, rule.source, rule.statement, rule.fact_names)
    try:
        print(apply(work_request, sent()[0]).activity("A-1").is_untouched)
    except EventRefused as error:
        print(error.refused.violations[0].rule.message)


if __name__ == "__main__":
    main()
