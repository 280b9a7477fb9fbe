"""The beginnings of work requests and activities: creates, and what a partial log shows for the first time."""

from datetime import datetime
from sys import intern
from typing import Any

from work_request_manager.facts import Facts, extract_facts
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.lines import Misfit
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.plans import (
    CHORUS,
    OPEN,
    OTHER_REQUESTOR,
    OTHER_SUPPLIER,
    OWN_REQUESTOR,
    STARTS_OPEN,
    KnownType,
    start_key,
    status_of,
)
from work_request_manager.log._fast.settling import Settler
from work_request_manager.log._fast.texts import kept
from work_request_manager.log._fast.tracking import (
    ANY_ALLOCATION,
    MANY,
    MAYBE_HELD,
    UNKNOWN,
    TrackedActivity,
    TrackedRequest,
)
from work_request_manager.model import (
    Activity,
    ActivityType,
    Role,
    SenderRelation,
    WorkRequest,
)

_ANY_REQUEST = WorkRequest("-", "-", "-", (Activity("-", ActivityType("-")),))
_REQUESTOR, _CHORUS = Role.WORK_REQUESTOR.value, Role.CHORUS.value


def _creator(role: str, sender_id: str, requestor: str) -> int:
    """Return the relation of the sender of a create to the work request."""
    if role == _REQUESTOR:
        return OWN_REQUESTOR if sender_id == requestor else OTHER_REQUESTOR
    return CHORUS if role == _CHORUS else OTHER_SUPPLIER


class Creator(Settler):
    """The judging of creates, and of events for work requests and activities that do not exist.

    See `Settler` for the arguments.
    """

    def judge_first(self, case: Case) -> bool:
        """Judge an event for a work request that does not exist.

        Returns whether the work request is assumed from now on. Then the event is still to be judged.
        """
        line, plan = case.line, case.plan
        value = plan.read(line, self.types)
        if self._is_partial and not plan.creates and line.task_id not in self.missing:
            self.requests[line.task_id] = self.assumed_request()
            return True
        request = self.missing.setdefault(line.task_id, case.request)
        case.mark = None if line.event_id is None else self.event_ids.mark(line.event_id)
        if case.mark is not None and self.event_ids.has(request.ids, case.mark):
            self.redeliver(case)
        elif plan.creates:
            self.create(case, value, exists=False)
        else:
            self._judge_missing(case, exists=False)
        return False

    def assumed_request(self) -> TrackedRequest:
        """Return a work request of which nothing is known."""
        self.assumed += 1
        request = TrackedRequest(hold=MAYBE_HELD, allocation=ANY_ALLOCATION)
        request.supplier = request.requestor = request.holder = request.site_contact = UNKNOWN
        request.request_schedule = request.request_cancellation_requested = UNKNOWN
        request.unseen = self.unseen()
        request.has_unseen = True
        return request

    def unseen(self) -> Node:
        """Return the node of the activities of an assumed work request that the log has not shown."""
        return self.engine.nodes.assumed()

    def find_activity(self, case: Case) -> TrackedActivity | None:
        """Return an activity that a partial log shows for the first time.

        If the log shows that there is none, the event is judged, and None returned.
        """
        request, activity_id = case.request, case.activity_id
        if activity_id is None:
            raise Misfit
        if request.unseen is None:
            self._judge_missing(case, exists=True)
            return None
        activity = request.add(self.first_seen(case, activity_id))
        request.has_unseen = False  # this one may be the only one
        return activity

    def first_seen(self, case: Case, activity_id: str) -> TrackedActivity:
        """Return an activity as it was before a partial log shows it for the first time."""
        return self.unseen_activity(case.request, activity_id)

    def unseen_activity(self, request: TrackedRequest, activity_id: str) -> TrackedActivity:
        """Return an activity of which only the id is known."""
        unknown: Any = dict.fromkeys(("state", "worker", "schedule", "outcomes", "cancellation_requested"), UNKNOWN)
        return TrackedActivity(intern(activity_id), request.unseen, **unknown)

    def _judge_missing(self, case: Case, *, exists: bool) -> None:
        """Judge an event for a work request or an activity that does not exist."""
        key = (case.plan.base, exists)
        result = self.results.get(key)
        if result is None:
            facts = Facts(case.plan.kind, SenderRelation.CHORUS, work_request_exists=exists, activity_exists=False)
            result = self.keep(key, self.engine.for_facts(facts))
        self._finish(case, result)

    def create_quietly(self, line: Any, instant: datetime) -> bool:
        """Create a work request in the usual way: with new ids, Open activities, and without a finding.

        Return whether this was so. Otherwise nothing has happened yet.
        """
        sender, new, supplier, requestor = line.sender, line.activities, line.supplier, line.requestor
        if requestor is None and sender.role == _REQUESTOR:
            requestor = sender.id
        if not new or supplier is None or requestor is None:
            return False
        if _creator(sender.role, sender.id, requestor) not in self._usual:
            return False
        first = self._usual_activity(new[0])
        more = self._further_usual_activities(new) if len(new) > 1 else ()
        if first is None or more is None:
            return False
        activity_id, start, state, lists_states, type_ = first
        event_id, supplier = line.event_id, intern(supplier)
        ids = "" if event_id is None else self.event_ids.mark(event_id)
        # By position, which is much faster.
        self.requests[line.task_id] = TrackedRequest(
            activity_id, start, state, lists_states, type_, None, None, None, False,
            supplier, instant, ids, 0, None, more, intern(requestor), 0, supplier,
        )  # fmt: skip
        self.created += 1
        return True

    def _usual_activity(self, new: Any) -> tuple[Any, ...] | None:
        """Return the first fields of a new activity. None if it is not usual, or not known to be."""
        known = self.types.of(new.type)
        state, start = OPEN, known.start
        if start is None:
            return None
        if new.status is not None or known.lists_states:
            if start_key(new, known) != STARTS_OPEN:
                return None
            state = kept(status_of(new)[1])
        return intern(new.id), start, state, known.lists_states, known.type

    def _further_usual_activities(self, new: list[Any]) -> tuple[TrackedActivity, ...] | None:
        """Return all new activities but the first. None if there is one that is not usual."""
        if len(new) > MANY or len({each.id for each in new}) < len(new):
            return None
        fields: list[Any] = [self._usual_activity(each) for each in new[1:]]
        return None if None in fields else tuple([TrackedActivity(*each) for each in fields])

    def create(self, case: Case, value: tuple[str, list[KnownType]], *, exists: bool) -> None:
        """Judge a create, and let it take effect."""
        (requestor, types), line, request = value, case.line, case.request
        new, supplier, sender = line.activities, line.supplier, line.sender
        assert new is not None
        assert supplier is not None, "the plan has read them"
        relation = _creator(sender.role, sender.id, requestor)
        starts = frozenset(map(start_key, new, types))
        are_distinct = len({each.id for each in new}) == len(new)
        key = (case.plan.base, relation, exists, starts, are_distinct)
        result = self.results.get(key)
        if result is None:
            before = _ANY_REQUEST if exists else None
            result = self.keep(key, self.engine.for_facts(extract_facts(before, self.event_in(case))))
        self._finish(case, result)
        if not result.takes_effect:
            return
        if result.is_plain and starts == {STARTS_OPEN}:
            self._usual.add(relation)
        self.missing.pop(line.task_id, None)
        first, *more = map(self.begun, new, types)
        supplier = intern(supplier)
        self.requests[line.task_id] = created = TrackedRequest(
            first.activity_id, first.node, first.state, first.lists_states, first.type, holder=supplier,
            last=request.last, ids=request.ids, requestor=intern(requestor), supplier=supplier,
            refusals=request.refusals,
        )  # fmt: skip
        for each in more:
            created.add(each)
        self.created += 1
