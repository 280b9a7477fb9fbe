"""The loop over the lines of a log: it finds the cached result of each event, and keeps what the event changes.

Most lines take the shortest path through it: a consumed event with no finding. That path is written out in one
function, because here a call costs as much as its work. Every other line becomes a `Case`, which `creating` or
`settling` finishes.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from work_request_manager.catalogue import STATUS_UPDATE
from work_request_manager.log._fast.cases import Case
from work_request_manager.log._fast.creating import Creator
from work_request_manager.log._fast.engine import CONSUMED, NOT_CONSUMED
from work_request_manager.log._fast.event_ids import MAX_ID, MAX_TEXT
from work_request_manager.log._fast.lines import USUAL_TIME, decode, time_of
from work_request_manager.log._fast.nodes import CountingNode
from work_request_manager.log._fast.plans import (
    ANY_SENDER,
    CHORUS,
    HOLDER,
    MIN_BASE,
    MISFITS,
    OTHER_REQUESTOR,
    OTHER_SUPPLIER,
    OWN_REQUESTOR,
    PERHAPS_SAME_STATE,
    PLANS,
    SAME_STATE,
    SOME_REQUESTOR,
    SOME_SUPPLIER,
    listing_key,
)
from work_request_manager.log._fast.reporting import report_time_going_back
from work_request_manager.log._fast.tracking import UNKNOWN, TrackedRequest
from work_request_manager.log._findings import Finding
from work_request_manager.model import Category, Role

_SUPPLIER, _CHORUS = Role.WORK_SUPPLIER.value, Role.CHORUS.value

# Keys of status updates add up: the category, the hold, the relation, whether the state is the same, and the listing.
CATEGORY_STEP = 27
CATEGORY_KEY = {category.value: CATEGORY_STEP * number for number, category in enumerate(Category)}

Misfits = Callable[[str, int, bytes | None], list[Finding]]
"""A judge of lines that do not fit the accelerator: from the file, the number and the line to the findings."""


class Loop(Creator):
    """A log in the middle of being judged. See `Settler` for the arguments."""

    last_instant: datetime | None = None
    """The time of the last event so far. It can be set to None, to find the times of a part of the log."""

    @property
    def moves(self) -> Counter[tuple[str | None, str]]:
        """The number of status updates by the categories before and after them, if `counts_moves` was given.

        The category before an update is None if the log does not show it.
        """
        moves: Counter[tuple[str | None, str]] = Counter()
        categories = [*CATEGORY_KEY]
        for node in self.engine.nodes.by_index:
            for key, count in node.reads.items() if isinstance(node, CountingNode) else ():
                if key < MIN_BASE:
                    moves[node.category, categories[key % SAME_STATE // CATEGORY_STEP]] += count
        return moves

    def judge_lines(
        self,
        file: str,
        lines: Iterable[tuple[int, Any]],
        *,
        is_ascii: bool,
        otherwise: Misfits,
        read_line: Callable[[Any], Any] = decode,
    ) -> list[Finding]:
        """Judge the next lines, and return their findings.

        Args:
            file: the name of the log.
            lines: the lines with their numbers. Pass None for one that is too long.
            is_ascii: whether all of them are known to be ASCII.
            otherwise: judges a line that does not fit.
            read_line: decodes a line.
        """
        found: list[Finding] = []
        get_request, get_result = self.find_request, self.results.get
        event_ids, types, nodes = self.event_ids, self.types, self.engine.nodes.by_index
        node_class = self.engine.nodes.kind
        parse_time, usual_time = datetime.fromisoformat, USUAL_TIME
        supplier_role, chorus_role = _SUPPLIER, _CHORUS
        status_update, category_key, states = STATUS_UPDATE, CATEGORY_KEY, self.states
        previous_at: str | None = None
        time: Any = None
        quiet = repeats = 0
        # Any, because checks for mypy would cost time. A line that does not fit raises one of MISFITS.
        line: Any
        data: Any
        request: Any
        activity: Any
        outcome: Any
        key: Any
        facts: Any
        plan: Any
        for number, data in lines:
            try:
                line = read_line(data)
                if not (is_ascii or data.isascii()):
                    data.decode()  # the decoder does not check the text of fields that it does not read
                at = line.at
                if at != previous_at:  # events often come several at a time
                    # As `time_of`, of which most times take this part.
                    time = parse_time(at) if at[usual_time] == "Z::T" else time_of(at)
                    previous_at = at
                event = line.event
                request = get_request(line.task_id)
                if request is None:
                    plan, request = PLANS[event], self.missing.get(line.task_id)
                    if request is None and plan.creates and self.create_quietly(line, time):
                        quiet += 1
                        continue
                    activity_id, request = plan.activity_of(line), request or TrackedRequest()
                    case = Case(self, found, file, number, data, line, plan, request, time, activity_id)
                    if self.judge_first(case):
                        found += self.judge_lines(
                            file, [(number, data)], is_ascii=is_ascii, otherwise=fits, read_line=read_line
                        )
                    continue

                mark = None
                event_id = line.event_id
                if event_id is not None:
                    # As `EventIds.mark`, and `EventIds.has` for new ids.
                    is_plain = len(event_id) <= MAX_ID and "\0" not in event_id
                    mark = f"{event_id}\0" if is_plain else event_ids.mark(event_id)
                    ids = request.ids
                    if (type(ids) is not str or mark in ids) and event_ids.has(ids, mark):
                        plan = PLANS[event]
                        plan.read(line, types)  # a bad line is not a redelivery
                        activity_id = plan.activity_of(line)
                        self.redeliver(Case(self, found, file, number, data, line, plan, request, time, activity_id))
                        continue

                sender = line.sender
                role = sender.role
                if role == supplier_role:
                    if sender.id == request.holder:
                        relation = HOLDER
                    else:
                        relation = SOME_SUPPLIER if request.holder is UNKNOWN else OTHER_SUPPLIER
                elif role == chorus_role:
                    relation = CHORUS
                elif not role:
                    relation = ANY_SENDER
                elif sender.id == request.requestor:
                    relation = OWN_REQUESTOR
                else:
                    relation = SOME_REQUESTOR if request.requestor is UNKNOWN else OTHER_REQUESTOR
                activity_id = line.activity_id
                if event == status_update:
                    # The most frequent event by far.
                    status = line.status
                    value = states[status.state or status.category]
                    if request.activity_id == activity_id and activity_id is not None:
                        activity = request
                    else:
                        activity = request.activity(activity_id)
                        if activity is None:
                            plan = PLANS[event]
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            activity = self.find_activity(case)
                            if activity is None:
                                continue
                    node = activity.node
                    key = category_key[status.category] + relation + request.hold
                    if value == activity.state:
                        key += SAME_STATE
                    elif activity.state is UNKNOWN:
                        key += PERHAPS_SAME_STATE
                    if activity.lists_states:
                        key += listing_key(activity.type, status.category, status.state or status.category)
                    outcome = node[key]
                    if outcome is not node:
                        if type(outcome) is node_class:
                            if request.counts is None:
                                activity.node = outcome
                            else:
                                request.move(activity, outcome)
                            if outcome.is_closed and mark is not None:
                                self.note_closing(request)
                                ids = request.ids
                        elif outcome is not None and outcome.is_repeat:
                            repeats += 1
                        else:
                            plan = PLANS[event]
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            outcome = self.settle(case, activity, key, 0, value)
                            if outcome is None:
                                continue
                            self.move(request, activity, outcome)
                            ids = request.ids
                    activity.state = value
                else:
                    plan = PLANS[event]
                    value = plan.read(line, types)
                    if not plan.names_activity:
                        activity_id = None
                    if activity_id is None:
                        if plan.creates:
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            self.create(case, value, exists=True)
                            continue
                        plan = plan.whole or plan
                        own = 0 if plan.key is None else plan.key(request, line, value)
                        if request.unseen is not None:
                            facts = self.partial_facts_of(request)
                        elif request.more:
                            facts = request.facts(nodes)
                        else:
                            facts = request.node.facts
                        key = plan.base + relation + request.hold + own, request.allocation, facts
                        outcome = get_result(key)
                        if outcome is None or not outcome.is_plain:
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            outcome = self.settle_whole(case, key, own, value)
                            if outcome is None:
                                continue
                        if outcome.allocation is not None:
                            request.allocation = outcome.allocation
                        if plan.keep is not None:
                            plan.keep(request, value)
                    else:
                        activity = request if request.activity_id == activity_id else request.activity(activity_id)
                        if activity is None:
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            activity = self.find_activity(case)
                            if activity is None:
                                continue
                        own = 0 if plan.key is None else plan.key(activity, line, value)
                        key = plan.base + relation + request.hold + own
                        if activity.node[key] is not activity.node:
                            case = Case(self, found, file, number, data, line, plan, request, time, activity_id, mark)
                            if self.settle(case, activity, key, own, value) is None:
                                continue
                        plan.keep(activity, value)  # a cancellation, which keeps no value, is never finished here
                        if request.by_node is not None:
                            request.by_node.note_worker(activity)

                if mark is not None:
                    # As `EventIds.add`, of which most ids take this part.
                    request.ids = ids + mark if type(ids) is str and len(ids) < MAX_TEXT else event_ids.add(ids, mark)
                last = request.last
                if time is not last:
                    if time < last:
                        plan = PLANS[event]
                        case = Case(self, found, file, number, data, line, plan, request, time, activity_id)
                        report_time_going_back(case)
                    request.last = time
                quiet += 1
            except MISFITS:
                if time is not None:
                    self.last_instant, time = time, None
                previous_at = None
                found += otherwise(file, number, data)
        if time is not None:
            self.last_instant = time
        self.answers[CONSUMED] += quiet - repeats
        self.answers[NOT_CONSUMED] += repeats
        return found


def fits(_file: str, number: int, _data: bytes | None) -> list[Finding]:
    """Judge a line that is known to fit, which does not happen."""
    raise AssertionError(f"line {number} was decoded once, so it fits")
