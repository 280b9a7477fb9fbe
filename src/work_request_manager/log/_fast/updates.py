"""Logs in other formats: status updates whose senders, types and parties can be unknown."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from work_request_manager.catalogue import KINDS
from work_request_manager.events import AnyEvent, UpdateActivityStatus
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.engine import CONSUMED, NOT_CONSUMED, Result
from work_request_manager.log._fast.lines import Part, SenderPart, StatusPart, time_of
from work_request_manager.log._fast.loop import CATEGORY_KEY, Loop, Misfits
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.plans import ANY_SENDER, MISFITS, PERHAPS_SAME_STATE, SAME_STATE
from work_request_manager.log._fast.tracking import MAYBE_HELD, UNKNOWN, TrackedActivity, TrackedRequest
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
        only_activity: the id of the only activity of each work request. Pass None if there can be others.
    """

    def __init__(
        self, rulebook: Rulebook, types: Types, *, is_complete: bool, only_activity: str | None = None
    ) -> None:
        super().__init__(rulebook, types, is_history=True, is_partial=True)
        self._is_complete = is_complete
        self._sample = super().assumed_request()
        if only_activity is not None:
            self._sample.add(self.unseen_activity(self._sample, only_activity))
        self.assumed = 0
        self.requests = _Requests(self.assumed_request)
        self._unconfigured: dict[str, ActivityType] = {}

    def judge_updates(self, file: str, updates: Iterable[tuple[int, Update]], *, otherwise: Misfits) -> list[Finding]:
        """Judge the next updates, and return their findings. See `judge_lines`.

        Args:
            file: the name of the log.
            updates: the updates with the numbers of their rows.
            otherwise: judges an update whose time is not one.
        """
        return self.judge_lines(file, updates, is_ascii=True, otherwise=otherwise, read_line=_as_it_is)

    def judge_plain_updates(
        self, file: str, updates: Iterable[tuple[int, str, StatusPart, str]], *, otherwise: Misfits
    ) -> list[Finding]:
        """Judge updates of the only activities, whose senders are unknown. It judges like `judge_updates`, but faster.

        Args:
            file: the name of the log.
            updates: for each update the number of its row, the work request's id, the status and the time.
            otherwise: judges an update whose time is not one.
        """
        found: list[Finding] = []
        find_request, parse_time, keys = self.requests.__getitem__, datetime.fromisoformat, _PLAIN_KEYS
        request: Any
        instant: Any = None
        for number, task_id, status, at in updates:
            try:
                instant = parse_time(at) if at[:9:-3] == "Z::T" else time_of(at)
            except MISFITS:
                found += otherwise(file, number, None)
                continue
            request = find_request(task_id)
            node, state = request.node, status.state
            key = keys[status.category]
            if state == request.state:
                key += SAME_STATE
            elif request.state is UNKNOWN:
                key += PERHAPS_SAME_STATE
            outcome = node[key]
            is_repeat = type(outcome) is Result and outcome.is_repeat
            after = node if is_repeat else outcome
            if type(after) is not Node or instant < request.last:
                update = Update(task_id, request.activity_id, status, at, UNKNOWN_SENDER)
                found += self.judge_updates(file, [(number, update)], otherwise=otherwise)
                continue
            request.state, request.node, request.last = state, after, instant
            self.answers[NOT_CONSUMED if is_repeat else CONSUMED] += 1
        if instant is not None:
            self.last_instant = instant
        return found

    @property
    def find_request(self) -> Callable[[str], TrackedRequest]:
        """The function that returns the work request with an id. If there is none, it is assumed."""
        return self.requests.__getitem__

    def unseen(self) -> Node:
        """Return the node of the activities of a work request that the log has not shown."""
        if not self._is_complete:
            return super().unseen()
        return self.engine.nodes.of(Activity("-", ActivityType("-", flag)) for flag in (False, True))

    def assumed_request(self) -> TrackedRequest:
        """Return a work request of which nothing is known."""
        self.assumed += 1
        return copy(self._sample)  # which is quicker than making one

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


class _Requests(dict[str, TrackedRequest]):
    """Work requests by their ids. One that is missing is assumed when it is read."""

    def __init__(self, assume: Callable[[], TrackedRequest]) -> None:
        super().__init__()
        self._assume = assume

    def __missing__(self, task_id: str) -> TrackedRequest:
        request = self[task_id] = self._assume()
        return request


_PLAIN_KEYS = {category: key + ANY_SENDER + MAYBE_HELD for category, key in CATEGORY_KEY.items()}
"""The keys of status updates from unknown senders, as in `Loop`."""


def _as_it_is(update: Update) -> Update:
    return update
