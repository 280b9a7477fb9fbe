"""Logs in other formats: status updates whose senders, types and parties can be unknown."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, cast

from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.events import AnyEvent, UpdateActivityStatus
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.engine import CONSUMED, NOT_CONSUMED
from work_request_manager.log._fast.lines import Part, SenderPart, StatusPart
from work_request_manager.log._fast.loop import CATEGORY_KEY, Loop, fits
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.plans import (
    ANY_SENDER,
    CHORUS,
    PERHAPS_SAME_STATE,
    SAME_STATE,
    SOME_REQUESTOR,
    SOME_SUPPLIER,
)
from work_request_manager.log._fast.tracking import MAYBE_HELD, UNKNOWN, TrackedActivity, TrackedRequest
from work_request_manager.log._findings import Finding
from work_request_manager.model import Activity, ActivityType, Category, Party, Role, Status
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import Types

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


PlainUpdate = tuple[int, str, str, StatusPart, datetime, str, SenderPart]
"""An update: the number of its row, the work request, the activity, the status, the time twice, and the sender."""


class UpdateLoop(Loop):
    """A log of status updates in the middle of being judged, as a partial log.

    Args:
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. If there are none, the flags of all types are unknown.
        is_complete: whether the log shows each work request from its beginning, where its activities are new.
        only_activity: the id of the only activity of each work request. Pass None if there can be others.
        counts_moves: whether to count the moves that updates ask for.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        types: Types,
        *,
        is_complete: bool,
        only_activity: str | None = None,
        counts_moves: bool = False,
    ) -> None:
        super().__init__(rulebook, types, is_history=True, is_partial=True, counts_moves=counts_moves)
        self._is_complete = is_complete
        self._sample = super().assumed_request()
        if only_activity is not None:
            self._sample.add(self.unseen_activity(self._sample, only_activity))
        self.assumed = 0
        self.requests = _Requests(self.assumed_request)
        self._unconfigured: dict[str, ActivityType] = {}

    def judge_updates(self, file: str, updates: Iterable[tuple[int, Update]]) -> list[Finding]:
        """Judge the next updates, and return their findings. See `judge_lines`.

        Args:
            file: the name of the log.
            updates: the updates with the numbers of their rows.
        """
        return self.judge_lines(file, updates, is_ascii=True, otherwise=fits, read_line=self._learn_type)

    def judge_plain_updates(self, file: str, updates: Iterable[PlainUpdate]) -> list[Finding]:
        """Judge updates without event ids, types and long states. It judges like `judge_updates`, but faster.

        Args:
            file: the name of the log.
            updates: the updates.
        """
        found: list[Finding] = []
        get_request, keys, relations = self.requests.get, CATEGORY_KEY, _RELATIONS
        request: Any
        activity: Any
        instant: Any = None
        consumed = repeats = 0
        for number, task_id, activity_id, status, instant, at, sender in updates:
            request = get_request(task_id)
            if request is None:
                request = self.requests[task_id]  # which is assumed now
            activity = request if request.activity_id == activity_id else request.activity(activity_id)
            after = None
            if activity is not None and request.counts is None and instant >= request.last:
                node, state, before = activity.node, status.state, activity.state
                key = keys[status.category] + relations[sender.role]
                if state == before:
                    key += SAME_STATE
                elif before is UNKNOWN:
                    key += PERHAPS_SAME_STATE
                after = node[key]
                if type(after) is Node:
                    consumed += 1
                elif after is not None and after.is_repeat:
                    repeats += 1
                    after = node
                else:
                    after = None
            if after is None:
                found += self.judge_updates(file, [(number, Update(task_id, activity_id, status, at, sender))])
            else:
                activity.state, activity.node, request.last = state, after, instant
        self.answers[CONSUMED] += consumed
        self.answers[NOT_CONSUMED] += repeats
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
        activity, update = super().first_seen(case, activity_id), cast(Any, case.line)
        if update.type_code is not None:
            activity.node = self._set_type(activity, update.type_code)
        return activity

    def _learn_type(self, update: Update) -> Update:
        """Return an update. If it is the first that names the type of an activity that is known, that is noted."""
        if update.type_code is not None:
            request = self.requests[update.task_id]
            activity = request.activity(update.activity_id)
            if activity is not None and activity.type is None:
                request.move(activity, self._set_type(activity, update.type_code))
        return update

    def _set_type(self, activity: TrackedActivity, code: str) -> Node:
        """Set the type of an activity, and return its node then."""
        node: Node = activity.node
        if not self.types.configured:
            activity.type = self._unconfigured.setdefault(code, ActivityType(code))
            return node
        type_ = activity.type = self.types.configured[code]
        activity.lists_states = type_.states is not None
        return self.engine.nodes.with_flag(node, type_.work_supplier_allowed_to_cancel)

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


_RELATIONS = {
    role: relation + MAYBE_HELD
    for role, relation in {
        UNKNOWN_SENDER.role: ANY_SENDER,
        Role.WORK_SUPPLIER.value: SOME_SUPPLIER,
        Role.WORK_REQUESTOR.value: SOME_REQUESTOR,
        Role.CHORUS.value: CHORUS,
    }.items()
}
"""The parts of keys for the sender and the hold, as in `Loop`. Updates never show the parties, nor a hold."""
