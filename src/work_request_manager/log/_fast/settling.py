"""The lines that the loop does not finish: findings, refusals, new work requests, and changes of several activities."""

from datetime import datetime
from sys import intern
from typing import Any

import msgspec

from work_request_manager.catalogue import begun
from work_request_manager.events import AnyEvent
from work_request_manager.facts import Facts, extract_facts
from work_request_manager.log._fast.contexts import LineContext, known_text
from work_request_manager.log._fast.engine import (
    NOT_CONSUMED,
    REFUSED,
    Effect,
    Engine,
    Result,
    WholeResult,
)
from work_request_manager.log._fast.event_ids import EventIds, Ids
from work_request_manager.log._fast.lines import Line, NewActivityPart
from work_request_manager.log._fast.plans import KnownType, KnownTypes, Misfit, Plan, start_key, status_of
from work_request_manager.log._fast.sentences import Sentences
from work_request_manager.log._fast.texts import compact
from work_request_manager.log._fast.tracking import (
    ANY_ALLOCATION,
    MAYBE_HELD,
    UNKNOWN,
    Node,
    TrackedActivity,
    TrackedRequest,
)
from work_request_manager.log._findings import LOG_RULES_BY_ID, Finding, field_text, redelivery_text, time_text
from work_request_manager.model import (
    Activity,
    ActivityType,
    Category,
    NewActivity,
    Role,
    SenderRelation,
    Status,
    WorkRequest,
    party_text,
)
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import Types, event_from, object_from

# The sender's relation to the work request, as a part of keys. The last three are uncertain.
CHORUS, OWN_REQUESTOR, OTHER_REQUESTOR, HOLDER, OTHER_SUPPLIER, SOME_SUPPLIER, SOME_REQUESTOR = range(7)

MAX_RESULTS = 50_000
"""The number of results of events for whole work requests that are cached."""

_REQUESTOR, _CHORUS = Role.WORK_REQUESTOR.value, Role.CHORUS.value
_CLOSED = Category.CLOSED.value
_ANY_REQUEST = WorkRequest("-", "-", "-", (Activity("-", ActivityType("-")),))


class Case(msgspec.Struct, gc=False):
    """A line that is not finished in the loop.

    Args:
        found: the findings so far.
        file: the name of the log.
        number: the number of the line.
        data: the line as it is in the log.
        line: the line, decoded.
        plan: the plan of its event.
        request: its work request.
        instant: the time of its event.
        mark: the mark of its event id. None if it has none.
    """

    found: list[Finding]
    file: str
    number: int
    data: bytes
    line: Line
    plan: Plan
    request: TrackedRequest
    instant: datetime
    mark: str | None = None

    @property
    def activity_id(self) -> str | None:
        """The activity that the event is for. None if it is for none."""
        return self.line.activity_id if self.plan.names_activity else None

    def report(self, rule_id: str, message: str) -> None:
        """Report a finding of a log rule."""
        line, rule = self.line, LOG_RULES_BY_ID[rule_id]
        first = self.request.first_refusal(self.activity_id)
        self.found.append(
            Finding(
                self.file, self.number, rule.id, rule.name, None, rule.level, line.task_id, self.activity_id,
                line.event, line.at, message, first,
            )
        )  # fmt: skip


class Settler:
    """The state of a log in the middle of being judged, and the judging of its less frequent events.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that lines may give by their codes.
        is_history: whether events take effect even if they break rules (rulebook, section 7).
        is_partial: whether the log may begin in the middle of a work request (rulebook, section 8).

    Attributes:
        answers: the number of events that were consumed, not consumed and refused.
        created: the number of work requests that were created.
        assumed: the number of work requests that the log shows without their create.
    """

    def __init__(self, rulebook: Rulebook, types: Types, *, is_history: bool, is_partial: bool) -> None:
        self.engine = Engine(rulebook, is_history=is_history or is_partial)
        self.types = KnownTypes(types)
        self.event_ids = EventIds()
        self.requests: dict[str, TrackedRequest] = {}
        self.answers = [0, 0, 0]
        self.created = 0
        self.assumed = 0
        self._is_history = is_history or is_partial
        self._is_partial = is_partial
        self.results: dict[Any, WholeResult] = {}
        self._sentences = Sentences()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "results": {}, "_sentences": Sentences()}  # without what is cached

    def forget(self) -> None:
        """Forget all work requests. What was counted stays counted."""
        self.requests.clear()
        self.event_ids = EventIds()

    def first_refusal(self, task_id: str | None, activity_id: str | None) -> str | None:
        """Return the place of the first refused event about an activity, or about the work request as a whole."""
        request = None if task_id is None else self.requests.get(task_id)
        return None if request is None else request.first_refusal(activity_id)

    def event_in(self, data: bytes) -> AnyEvent:
        """Decode the event in a line."""
        return event_from(object_from(data), self.types.configured)

    # ---- Work requests and activities that the log has not shown

    def judge_first(self, case: Case) -> bool:
        """Judge a create, or an event for a work request that does not exist.

        Returns whether the work request is assumed from now on. Then the event is still to be judged.
        """
        line, plan, request = case.line, case.plan, case.request
        value = plan.read(line, self.types)
        case.mark = None if line.event_id is None else self.event_ids.mark(line.event_id)
        if request is None:
            request = case.request = self.requests[line.task_id] = TrackedRequest()
            if self._is_partial and not plan.creates:
                self._assume(request)
                return True
        if case.mark is not None and self.event_ids.has(request.ids, case.mark):
            self.redeliver(case)
        elif plan.creates:
            self._create(case, *value)
        else:
            self.judge_missing(case)
        return False

    def _assume(self, request: TrackedRequest) -> None:
        self.assumed += 1
        request.exists = True
        request.supplier = request.requestor = request.holder = request.site_contact = request.schedule = UNKNOWN
        request.cancellation_requested = UNKNOWN
        request.allocation, request.hold = ANY_ALLOCATION, MAYBE_HELD
        request.unseen = self.engine.nodes.assumed()
        request.has_unseen = True

    def find_activity(self, case: Case) -> TrackedActivity | None:
        """Return an activity that a partial log shows for the first time.

        If the log shows that there is none, the event is judged, and None returned.
        """
        request, activity_id = case.request, case.activity_id
        if activity_id is None:
            raise Misfit
        if request.unseen is None:
            self.judge_missing(case)
            return None
        unknown: Any = dict.fromkeys(("worker", "schedule", "outcomes", "cancellation_requested"), UNKNOWN)
        activity = TrackedActivity(intern(activity_id), request.unseen, None, None, **unknown)
        request.add(activity)
        request.has_unseen = False  # this one may be the only one
        return activity

    def judge_missing(self, case: Case) -> None:
        """Judge an event for a work request or an activity that does not exist."""
        key = (case.plan.base, case.request.exists)
        result = self.results.get(key)
        if result is None:
            exists = case.request.exists
            facts = Facts(case.plan.kind, SenderRelation.CHORUS, work_request_exists=exists, activity_exists=False)
            result = self.keep(key, self.engine.for_facts(facts))
        self._finish(case, None, result)

    # ---- New work requests and activities

    def create_quietly(self, line: Line, plan: Plan, instant: datetime) -> bool:
        """Create a work request whose id is new, if that is consumed without a finding. Return whether it was.

        The result must be cached. Otherwise, and for all other creates, see `judge_first`.
        """
        requestor, types = plan.read(line, self.types)
        result = self.results.get(self._create_key(line, plan, False, requestor, types))
        if result is None or not result.is_plain:
            return False
        event_id = line.event_id
        self._begin(line, requestor, types, instant, "" if event_id is None else self.event_ids.mark(event_id))
        return True

    def _create(self, case: Case, requestor: str, types: list[KnownType]) -> None:
        request, line = case.request, case.line
        key = self._create_key(line, case.plan, request.exists, requestor, types)
        result = self.results.get(key)
        if result is None:
            before = _ANY_REQUEST if request.exists else None
            result = self.keep(key, self.engine.for_facts(extract_facts(before, self.event_in(case.data))))
        self._finish(case, None, result)
        if result.takes_effect:
            created = self._begin(line, requestor, types, request.last, request.ids)
            created.refusals = request.refusals

    def _create_key(self, line: Line, plan: Plan, exists: bool, requestor: str, types: list[KnownType]) -> Any:
        """Return the key of the result of a create."""
        sender, new = line.sender, line.activities
        role = sender.role
        if role == _REQUESTOR:
            relation = OWN_REQUESTOR if sender.id == requestor else OTHER_REQUESTOR
        else:
            relation = CHORUS if role == _CHORUS else OTHER_SUPPLIER
        assert new is not None, "the plan has read it"
        if len(new) == 1:
            return plan.base + relation, exists, start_key(new[0], types[0])
        starts = frozenset(map(start_key, new, types))
        return plan.base + relation, exists, starts, len({each.id for each in new}) == len(new)

    def _begin(self, line: Line, requestor: str, types: list[KnownType], last: datetime, ids: Ids) -> TrackedRequest:
        """Let a create take effect."""
        new, supplier = line.activities, line.supplier
        assert new is not None
        assert supplier is not None, "the plan has read them"
        supplier = intern(supplier)
        self.created += 1
        request = self.requests[line.task_id] = TrackedRequest(
            self._begun(new[0], types[0]), supplier, True, last, ids, requestor=intern(requestor), supplier=supplier
        )  # fmt: skip
        if len(new) > 1:
            for each in map(self._begun, new[1:], types[1:]):
                request.add(each)
        return request

    def _begun(self, new: NewActivityPart, known: KnownType) -> TrackedActivity:
        category, state = status_of(new)
        node = known.starts.get(category)
        if node is None:
            type_ = ActivityType("-", known.type.work_supplier_allowed_to_cancel)
            new_activity = NewActivity("-", type_, Status(Category(category)))
            node = known.starts[category] = self.engine.nodes.of([begun(new_activity)])
        return TrackedActivity(intern(new.id), node, intern(compact(state)), known.type, known.lists_states)

    # ---- Results and effects

    def partial_facts_of(self, request: TrackedRequest) -> tuple[Any, ...]:
        """Return what is known of the facts of the activities of a work request, for a key."""
        assert request.unseen is not None, "the log does not show it whole"
        known = self.engine.nodes.by_index
        counts = sorted((index, min(count, len(known[index].bits))) for index, count in request.nodes().items())
        return request.unseen.index, request.has_unseen, *counts

    def keep(self, key: Any, result: WholeResult) -> WholeResult:
        """Keep a result, and return it."""
        if len(self.results) >= MAX_RESULTS:
            self.results.clear()
        self.results[key] = result
        return result

    def settle(self, case: Case, activity: TrackedActivity, result: Result, value: Any) -> None:
        """Finish an event for an activity. `value` is the one that the event gives."""
        self._finish(case, activity, result)
        if result.takes_effect:
            if result.state is not None:
                activity.state = result.state or value
            case.plan.apply(activity, value)
            if case.request.by_node is not None:
                case.request.by_node.note_worker(activity)
            self._move(case.request, activity, result.node)

    def settle_whole(self, case: Case, result: WholeResult, value: Any) -> None:
        """Finish an event for a work request as a whole. `value` is the one that the event gives."""
        self._finish(case, None, result)
        if not result.takes_effect:
            return
        request = case.request
        if result.moves_activities:
            self._move_all(case)
        if case.plan.adds:
            if request.activity(value[0].id) is None:
                request.add(self._begun(*value))
            return
        case.plan.apply(request, value)
        if result.allocation is not None:
            request.allocate(result.allocation)

    def _move_all(self, case: Case) -> None:
        """Let an event for the whole take effect on the activities."""
        request = case.request
        affected: list[TrackedActivity] = []
        for index in list(request.nodes()):
            node = self.engine.nodes.by_index[index]
            effect = self._effect(node, case)
            if effect.node is not node:
                affected += request.in_node(index)
            elif effect.clears_worker is not False:
                affected += request.take_workers_in(index)
        for activity in affected:
            self._let_take_effect(case, activity)
        if request.unseen is not None:
            request.unseen = self._effect(request.unseen, case).node
            self.note_closing(request)

    def _effect(self, node: Node, case: Case) -> Effect:
        effect: Effect | None = node.effects.get(case.line.event)
        if effect is None:
            effect = self.engine.effect_on(node, case.request, self.event_in(case.data))
            node.effects[case.line.event] = effect
        return effect

    def _let_take_effect(self, case: Case, activity: TrackedActivity) -> None:
        """Let an event for the whole take effect on one of its activities."""
        node, state, clears_worker = self._effect(activity.node, case)
        if state is not None and node is not activity.node:
            activity.state = state
        if clears_worker:
            activity.worker = None
        elif clears_worker is None and activity.worker is not UNKNOWN:
            values = activity.worker if type(activity.worker) is frozenset else (activity.worker,)
            activity.worker = frozenset((*values, None))
        self._move(case.request, activity, node)

    def _move(self, request: TrackedRequest, activity: TrackedActivity, node: Node) -> None:
        if node is not activity.node:
            request.move(activity, node)
            if node.is_closed:
                self.note_closing(request)

    def note_closing(self, request: TrackedRequest) -> None:
        """Note that an activity has closed, in case that it was the last one."""
        if self.engine.nodes.are_closed(request):
            self.event_ids.close(request)

    # ---- Findings

    def _finish(self, case: Case, activity: TrackedActivity | None, result: Result | WholeResult) -> None:
        """Count an event, report its findings, and keep its time and id."""
        request = case.request
        self.answers[result.answer] += 1
        if result.broken:
            self._report(case, activity, result)
        if case.instant < request.last:
            self.report_time_going_back(case)
        request.last = case.instant
        if result.answer == REFUSED and not self._is_history:
            request.add_refusal(case.activity_id, case.file, case.number)
        elif case.mark is not None:
            request.ids = self.event_ids.add(request.ids, case.mark)

    def _report(self, case: Case, activity: TrackedActivity | None, result: Result | WholeResult) -> None:
        line, plan, request, reason_of = case.line, case.plan, case.request, self._sentences.reason_of
        context: Any = LineContext(line, plan, request, self.engine.nodes, self.types, activity)
        activity_id, supplier = context.activity_id, known_text(request.supplier)
        sender = party_text(line.sender.role, line.sender.id)
        if supplier is not None:
            supplier = field_text(supplier)
        first_refusal = request.first_refusal(activity_id)
        type_ = from_ = to = None
        if activity is not None:
            type_ = None if activity.type is None else field_text(activity.type.code)
            if line.status is not None and plan.gives_status:
                to = line.status.category
            elif plan.kind.cell is not None:
                to = _CLOSED
            if to is not None:
                from_ = activity.node.category
        for rule, level in result.broken:
            case.found.append(
                Finding(
                    case.file, case.number, rule.id, rule.name, rule.basis, level, line.task_id, activity_id,
                    line.event, line.at, reason_of(rule, context), first_refusal, sender, supplier, type_, from_, to,
                )
            )  # fmt: skip

    def redeliver(self, case: Case) -> None:
        """Count and report an event whose id was seen before."""
        assert case.line.event_id is not None
        self.answers[NOT_CONSUMED] += 1
        case.report("WRM602", redelivery_text(case.line.event_id))

    def report_time_going_back(self, case: Case) -> None:
        """Report an event that is earlier than the one before it."""
        case.report("WRM601", time_text(case.instant, case.request.last))
