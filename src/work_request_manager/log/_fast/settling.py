"""The lines that the loop does not finish: findings, refusals, and changes of several activities."""

from collections.abc import Callable, Sequence
from sys import intern
from typing import Any

from work_request_manager.catalogue import begun as activity_begun
from work_request_manager.events import AnyEvent
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.engine import (
    NOT_CONSUMED,
    REFUSED,
    Effect,
    Engine,
    Result,
    WholeResult,
)
from work_request_manager.log._fast.event_ids import EventIds
from work_request_manager.log._fast.lines import NewActivityPart
from work_request_manager.log._fast.nodes import OPEN as IS_OPEN
from work_request_manager.log._fast.nodes import CountingNode, Node, Nodes
from work_request_manager.log._fast.plans import OPEN, KnownType, KnownTypes, status_of
from work_request_manager.log._fast.reporting import report, report_redelivery, report_time_going_back
from work_request_manager.log._fast.texts import KeptTexts, kept
from work_request_manager.log._fast.tracking import (
    UNKNOWN,
    TrackedActivity,
    TrackedRequest,
)
from work_request_manager.model import (
    ActivityType,
    Category,
    NewActivity,
    Status,
)
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import Types, event_from, object_from

MAX_RESULTS = 50_000
"""The number of results of events for whole work requests that are cached."""


class Settler:
    """The state of a log in the middle of being judged, and the judging of its less frequent events.

    Args:
        rulebook: the rules to judge by.
        types: the activity types that lines may give by their codes.
        is_history: whether events take effect even if they break rules (rulebook, section 7).
        is_partial: whether the log may begin in the middle of a work request (rulebook, section 8).
        counts_moves: whether to count the moves that events ask for.

    Attributes:
        answers: the number of events that were consumed, not consumed and refused.
        requests: the work requests that exist, or are assumed to, by their ids.
        missing: the other work requests that events were for, by their ids.
        created: the number of work requests that were created.
        assumed: the number of work requests that the log shows without their create.
    """

    def __init__(
        self, rulebook: Rulebook, types: Types, *, is_history: bool, is_partial: bool, counts_moves: bool = False
    ) -> None:
        nodes = Nodes(CountingNode if counts_moves else Node)
        self.engine = Engine(rulebook, is_history=is_history or is_partial, nodes=nodes)
        self.types = KnownTypes(types)
        self.event_ids = EventIds()
        self.requests: dict[str, TrackedRequest] = {}
        self.missing: dict[str, TrackedRequest] = {}
        self._usual: set[int] = set()
        self.answers = [0, 0, 0]
        self.created = 0
        self.assumed = 0
        self._is_history = is_history or is_partial
        self._is_partial = is_partial
        self.results: dict[Any, WholeResult] = {}
        self.states = KeptTexts()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "results": {}}  # without what is cached

    def forget(self) -> None:
        """Forget all work requests. What was counted stays counted."""
        self.requests.clear()
        self.missing.clear()
        self.event_ids = EventIds()

    @property
    def find_request(self) -> Callable[[str], TrackedRequest | None]:
        """The function that returns the work request with an id. It returns None if there is none."""
        return self.requests.get

    def first_refusal(self, task_id: str | None, activity_id: str | None) -> str | None:
        """Return the place of the first refused event about an activity, or about the work request as a whole."""
        request = None if task_id is None else self.requests.get(task_id) or self.missing.get(task_id)
        return None if request is None else request.first_refusal(activity_id)

    def event_in(self, case: Case) -> AnyEvent:
        """Decode the event of a line."""
        return event_from(object_from(case.data), self.types.configured)

    def events_in(self, case: Case) -> Sequence[AnyEvent]:
        """Return the event of a line, once for each sender that it may have."""
        return (self.event_in(case),)

    def begun(self, new: NewActivityPart, known: KnownType) -> TrackedActivity:
        category, state = status_of(new)
        node = known.start if category == OPEN else None
        if node is None:
            type_ = ActivityType("-", known.type.work_supplier_allowed_to_cancel)
            new_activity = NewActivity("-", type_, Status(Category(category)))
            node = self.engine.nodes.of([activity_begun(new_activity)])
            if category == OPEN:
                known.start = node
        return TrackedActivity(intern(new.id), node, kept(state), known.lists_states, known.type)

    # ---- Results and effects

    def partial_facts_of(self, request: TrackedRequest) -> tuple[Any, ...]:
        """Return the known facts about the activities of a work request that the log shows in part, for a key."""
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

    def settle(self, case: Case, activity: TrackedActivity, key: int, own: int, value: Any) -> Node | None:
        """Finish an event for an activity, unless it turns out to be consumed without a finding.

        Args:
            case: the event.
            activity: the activity.
            key: the key of its result.
            own: the plan's part of the key.
            value: the value that the event gives.

        Returns:
            The node of the activity after the event, if the event is still to be finished.
        """
        request, plan, node = case.request, case.plan, activity.node
        result = node.get(key)  # which a counting node does not count once more
        if result is None:
            result = node[key] = self.engine.for_activity(request, activity, plan, self.events_in(case), own, value)
            if isinstance(result, Node):
                return result
        case.tracked = activity
        self._finish(case, result)
        if result.takes_effect:
            if result.state is not None:
                activity.state = result.state or value
            if plan.keep is not None:
                plan.keep(activity, value)
            if request.by_node is not None:
                request.by_node.note_worker(activity)
            self.move(request, activity, result.node)
        return None

    def settle_whole(self, case: Case, key: Any, own: int, value: Any) -> WholeResult | None:
        """Finish an event for a work request as a whole, unless it is plain. The arguments are as for `settle`.

        Returns:
            Its result, if the event is still to be finished.
        """
        request = case.request
        result = self.results.get(key)
        if result is None:
            result = self.keep(key, self.engine.for_whole(request, case.plan, self.event_in(case), own))
            if result.is_plain:
                return result
        self._finish(case, result)
        if not result.takes_effect:
            return None
        if result.moves_activities:
            self._move_all(case)
        if case.plan.adds:
            if request.activity(value[0].id) is None:
                request.add(self.begun(*value))
            return None
        if case.plan.keep is not None:
            case.plan.keep(request, value)
        if result.allocation is not None:
            request.allocate(result.allocation)
        return None

    def _move_all(self, case: Case) -> None:
        """Let an event for the whole take effect on the activities."""
        request = case.request
        for activity in request.activities() if request.counts is None else self._affected(case, request.counts):
            self._let_take_effect(case, activity)
        if request.unseen is not None:
            request.unseen = self._effect(request.unseen, case).node
            self.note_closing(request)

    def _affected(self, case: Case, counts: dict[int, int]) -> list[TrackedActivity]:
        """Return the activities on which an event for a whole work request has an effect. There are many others."""
        request = case.request
        affected: list[TrackedActivity] = []
        for index in counts:
            node = self.engine.nodes.by_index[index]
            effect = self._effect(node, case)
            if effect.node is not node:
                affected += request.in_node(index)
            elif effect.clears_worker is not False:
                affected += request.take_workers_in(index)
        return affected

    def _effect(self, node: Node, case: Case) -> Effect:
        effect: Effect | None = node.effects.get(case.line.event)
        if effect is None:
            effect = self.engine.effect_on(node, case.request, self.event_in(case))
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
        self.move(case.request, activity, node)

    def move(self, request: TrackedRequest, activity: TrackedActivity, node: Node) -> None:
        """Move an activity of a work request to another node, if it is not in it."""
        if node is not activity.node:
            request.move(activity, node)
            if node.is_closed:
                self.note_closing(request)

    def note_closing(self, request: TrackedRequest) -> None:
        """Note that an activity has closed, in case that it was the last one."""
        is_open = request.facts(self.engine.nodes.by_index) & IS_OPEN
        if not is_open and (request.unseen is None or request.unseen.is_closed):
            self.event_ids.close(request)

    # ---- The end of an event

    def _finish(self, case: Case, result: Result | WholeResult) -> None:
        """Count an event, report its findings, and keep its time and id."""
        request = case.request
        self.answers[result.answer] += 1
        if result.broken:
            report(case, result.broken)
        if case.instant < request.last:
            report_time_going_back(case)
        request.last = case.instant
        if result.answer == REFUSED and not self._is_history:
            request.add_refusal(case.activity_id, case.file, case.number)
        elif case.mark is not None:
            request.ids = self.event_ids.add(request.ids, case.mark)

    def redeliver(self, case: Case) -> None:
        """Count and report an event whose id was seen before."""
        self.answers[NOT_CONSUMED] += 1
        report_redelivery(case)
