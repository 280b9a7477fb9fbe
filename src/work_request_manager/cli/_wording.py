"""Changes in words."""

from work_request_manager import changes
from work_request_manager._values import short_text
from work_request_manager.changes import AnyChange
from work_request_manager.model import Schedule
from work_request_manager.violations import target_text


def change_text(change: AnyChange) -> str:
    """Return a change in words."""
    request = target_text(change.work_request_id, None)
    match change:
        case changes.WorkRequestCreated():
            return f"{request} was created and sent to supplier {short_text(change.supplier)}"
        case changes.WorkRequestAccepted():
            return f"supplier {short_text(change.supplier)} accepted {request}"
        case changes.WorkRequestRejected():
            return f"supplier {short_text(change.supplier)} rejected {request} for {change.reason}"
        case changes.WorkRequestReallocated():
            return (
                f"{request} was sent to supplier {short_text(change.after)}; before, {short_text(change.before)} had it"
            )
        case changes.WorkRequestPutOnHold():
            return f"{request} was put on hold"
        case changes.WorkRequestResumed():
            return f"{request} was resumed"
        case changes.WorkRequestClosed():
            return f"{request} closed"
        case changes.CancellationRequested():
            return f"the cancellation of {target_text(change.work_request_id, change.activity_id)} was requested"
        case changes.SiteContactUpdated():
            return f"the site contact of {request} is now {short_text(change.contact.name)}"
        case changes.Rescheduled():
            target = target_text(change.work_request_id, change.activity_id)
            return f"{target} is now scheduled {_schedule_text(change.schedule)}"
        case changes.DetailsUpdated():
            return f"the {change.section} details of {request} were replaced"
        case changes.ActivityAdded():
            added = f"activity {short_text(change.activity.id)} of type {short_text(change.activity.type.code)}"
            return f"{added} was added to {request}"
        case changes.ActivityAdditionRequested():
            return f"an activity of type {short_text(change.type.code)} was requested for {request}"
        case changes.ActivityMoved():
            moved = f"activity {short_text(change.activity_id)} moved from {change.before} to {change.after}"
            return f"{moved} ({change.move})"
        case changes.ActivityWorkerUpdated():
            return f"activity {short_text(change.activity_id)} now has worker {short_text(change.worker)}"
        case _:
            recorded: changes.OutcomeRecorded = change  # the only class that is left, as the type checker proves
            outcome = short_text(recorded.outcome.code)
            return f"outcome {outcome} was recorded for activity {short_text(recorded.activity_id)}"


def _schedule_text(schedule: Schedule) -> str:
    start, end = schedule.earliest_start, schedule.latest_end
    parts = ("from", start), ("until", end)
    return " ".join(f"{word} {time.isoformat()}" for word, time in parts if time is not None)
