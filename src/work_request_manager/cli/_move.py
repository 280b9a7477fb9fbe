"""The command `wrm move`."""

from datetime import UTC, datetime

import click

from work_request_manager.cli._asking import print_decision
from work_request_manager.cli._shared import EXIT_STATUS_HELP, STRICT, TEXT_OR_JSON, WITHOUT, member_of
from work_request_manager.deciding import Decision, NotConsumed, decide
from work_request_manager.events import UpdateActivityStatus
from work_request_manager.graph import STATUS_GRAPH, Move
from work_request_manager.model import Activity, ActivityType, Category, Closure, Party, Role, Status, WorkRequest
from work_request_manager.reports.diagrams import cell_text
from work_request_manager.rulebook import Rulebook


@click.command(epilog=EXIT_STATUS_HELP)
@click.argument("before", metavar="FROM", callback=member_of(Category))
@click.argument("after", metavar="TO", callback=member_of(Category))
@click.option(
    "--as",
    "role",
    metavar="ROLE",
    required=True,
    callback=member_of(Role),
    help=f"Name the role of the sender: {', '.join(Role)}.",
)
@click.option("--may-cancel", is_flag=True, help="The type of the activity lets suppliers cancel.")
@click.option("--been-active", is_flag=True, help="The activity has been Active. If FROM is Active, it always has.")
@click.option("--on-hold", is_flag=True, help="The work request is on hold.")
@STRICT
@WITHOUT
@TEXT_OR_JSON
def move(
    before: Category,
    after: Category,
    role: Role,
    may_cancel: bool,
    been_active: bool,
    on_hold: bool,
    strict: bool,
    rulebook: Rulebook,
    form: str,
) -> None:
    """Check one move of an activity's status.

    FROM and TO are categories, such as Open and Active. The answer is about a status update in an example: activity
    A-1 of work request WR-1, which belongs to requestor rsp-one and is held by supplier northline. If FROM equals TO,
    the update changes the state.
    """
    used = rulebook.strict() if strict else rulebook
    activity = Activity(
        "A-1",
        ActivityType("EXAMPLE", work_supplier_allowed_to_cancel=may_cancel),
        Status(before),
        has_been_active=been_active or before is Category.ACTIVE,
        closure=Closure.COMPLETED if before is Category.CLOSED else None,
    )
    work_request = WorkRequest("WR-1", "rsp-one", "northline", [activity], on_hold=on_hold)
    sender = {
        Role.WORK_REQUESTOR: Party.requestor(work_request.requestor),
        Role.WORK_SUPPLIER: Party.supplier(work_request.supplier),
        Role.CHORUS: Party.chorus(),
    }[role]

    def decided(status: Status) -> Decision:
        at = datetime(2000, 1, 1, tzinfo=UTC)
        event = UpdateActivityStatus(work_request_id="WR-1", activity_id="A-1", status=status, sender=sender, at=at)
        return decide(work_request, event, rulebook=used)

    about = [_cell_line(before, after), _example_line(work_request, activity)]
    if before is not after:
        decision = decided(Status(after))
    else:
        decision = decided(Status(after, "another state"))
        again = decided(activity.status)
        note = ", because the update is a repeat" if isinstance(again, NotConsumed) else ""
        about.append(f"With another state, the answer is below. With the same state, it is {again.answer}{note}.")
    print_decision(decision, used, form, about)


def _cell_line(before: Category, after: Category) -> str:
    cell = STATUS_GRAPH[before][after]
    if isinstance(cell, Move):
        return f"{before} to {after} is the move {cell_text(cell)}."
    return f"{before} to {after} is not a move. {cell_text(cell)} forbids it."


def _example_line(work_request: WorkRequest, activity: Activity) -> str:
    status = str(activity.status) if activity.closure is None else f"{activity.status} as {activity.closure}"
    active = "has been Active" if activity.has_been_active else "has never been Active"
    cancel = "lets" if activity.type.work_supplier_allowed_to_cancel else "does not let"
    hold = "is" if work_request.on_hold else "is not"
    return (
        f"The activity is {status} and {active}. Its type {cancel} suppliers cancel. The work request {hold} on hold."
    )
