"""Logs in other formats: status updates whose senders, types and parties can be unknown."""

from collections.abc import Iterable, Sequence
from typing import Any

from work_request_manager.catalogue import KINDS
from work_request_manager.events import AnyEvent, UpdateActivityStatus
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.lines import Part, SenderPart, StatusPart
from work_request_manager.log._fast.loop import Loop, Misfits
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.tracking import TrackedActivity
from work_request_manager.log._findings import Finding
from work_request_manager.model import Activity, ActivityType, Category, Party, Role, Status
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import Types

(STATUS_UPDATE,) = KINDS[UpdateActivityStatus].wire_names.values()

UNKNOWN_SENDER = SenderPart("", "")
"""The sender of an update that names none."""


class Update(Part):
    """A status update, with the fields of `Line` that are read of one.

    `type_code` is the code of the activity's type. None if it is unknown.
    """

    task_id: str
    activity_id: str
    status: StatusPart
    at: str
    sender: SenderPart
    event_id: str | None = None
    type_code: str | None = None
    event: str = STATUS_UPDATE


class UpdateLoop(Loop):
    """A log of status updates in the middle of being judged, as a partial log.

    Args:
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. If there are none, the flags of all types are unknown.
        is_complete: whether the log shows each work request from its beginning, where its activities are new.
    """

    def __init__(self, rulebook: Rulebook, types: Types, *, is_complete: bool) -> None:
        super().__init__(rulebook, types, is_history=True, is_partial=True)
        self._is_complete = is_complete
        self._unconfigured: dict[str, ActivityType] = {}

    def judge_updates(self, file: str, updates: Iterable[tuple[int, Update]], *, otherwise: Misfits) -> list[Finding]:
        """Judge the next updates, and return their findings. See `judge_lines`.

        Args:
            file: the name of the log.
            updates: the updates with the numbers of their rows.
            otherwise: judges an update whose time is not one.
        """
        return self.judge_lines(file, updates, is_ascii=True, otherwise=otherwise, read_line=_as_it_is)

    def unseen(self) -> Node:
        """Return the node of the activities of a work request that the log has not shown."""
        if not self._is_complete:
            return super().unseen()
        return self.engine.nodes.of(Activity("-", ActivityType("-", flag)) for flag in (False, True))

    def first_seen(self, case: Case, activity_id: str) -> TrackedActivity:
        """Return an activity as it was before the log shows it for the first time."""
        activity = super().first_seen(case, activity_id)
        update: Any = case.line
        code = update.type_code
        if code is not None and self.types.configured:
            type_ = self.types.configured[code]
            activity.type, activity.lists_states = type_, type_.states is not None
            activity.node = self.engine.nodes.with_flag(activity.node, type_.work_supplier_allowed_to_cancel)
        elif code is not None:
            activity.type = self._unconfigured.setdefault(code, ActivityType(code))
        return activity

    def event_in(self, case: Case) -> AnyEvent:
        """Return the event of an update, from one of the senders that it may have."""
        return self.events_in(case)[0]

    def events_in(self, case: Case) -> Sequence[AnyEvent]:
        """Return the event of an update, once for each role that its sender may have."""
        line: Any = case.line
        roles = [Role(line.sender.role)] if line.sender.role else list(Role)
        return [
            UpdateActivityStatus(
                work_request_id=line.task_id,
                activity_id=line.activity_id,
                sender=Party(role, line.sender.id or "unknown"),
                at=case.instant,
                status=Status(Category(line.status.category), line.status.state),
            )
            for role in roles
        ]


def _as_it_is(update: Update) -> Update:
    return update
