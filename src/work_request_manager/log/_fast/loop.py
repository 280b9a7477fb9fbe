"""The loop over the lines of a log: it finds the cached result of each event, and keeps what the event changes.

Most lines take the shortest path through it: a consumed event with no finding. That path is written out in one
function, because here a call costs as much as its work. Every other line becomes a `Case`, which `settling` finishes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from work_request_manager.log._fast.engine import CONSUMED
from work_request_manager.log._fast.event_ids import MAX_ID, MAX_TEXT
from work_request_manager.log._fast.lines import decode
from work_request_manager.log._fast.plans import MISFITS, PLANS, listing_key, time_of
from work_request_manager.log._fast.settling import (
    CHORUS,
    HOLDER,
    OTHER_REQUESTOR,
    OTHER_SUPPLIER,
    OWN_REQUESTOR,
    SOME_REQUESTOR,
    SOME_SUPPLIER,
    Case,
    Settler,
)
from work_request_manager.log._fast.texts import MAX_KEPT, compact
from work_request_manager.log._fast.tracking import UNKNOWN, Node
from work_request_manager.log._findings import Finding
from work_request_manager.model import Category, Role

_SUPPLIER, _CHORUS = Role.WORK_SUPPLIER.value, Role.CHORUS.value

# Keys of status updates add up: the category, the hold, the relation, whether the state is the same, and the listing.
_CATEGORY_KEY = {category.value: 27 * number for number, category in enumerate(Category)}
_SAME, _PERHAPS_SAME = 135, 270

Misfits = Callable[[str, int, bytes | None], list[Finding]]
"""A judge of lines that do not fit the accelerator: from the file, the number and the line to the findings."""


class Loop(Settler):
    """A log in the middle of being judged. See `Settler` for the arguments."""

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool, otherwise: Misfits
    ) -> list[Finding]:
        """Judge the next lines, and return their findings.

        Args:
            file: the name of the log.
            number: the number of the first line.
            lines: the lines. Pass None for one that is too long.
            is_ascii: whether all of them are known to be ASCII.
            otherwise: judges a line that does not fit.
        """
        found: list[Finding] = []
        get_request, event_ids, types, engine = self.requests.get, self.event_ids, self.types, self.engine
        parse_time = datetime.fromisoformat
        previous_at: str | None = None
        instant: Any = None
        quiet = 0
        # Any, because checks for mypy would cost time. A line that does not fit raises one of MISFITS.
        line: Any
        data: Any
        activity: Any
        outcome: Any
        for at_line, data in enumerate(lines, number):
            try:
                line = decode(data)
                if not (is_ascii or data.isascii()):
                    data.decode()  # the decoder does not check the text of fields that it does not read
                at = line.at
                if at != previous_at:  # events often come several at a time
                    # As `time_of`, of which most times take this part.
                    instant = parse_time(at) if at[10] == "T" and at[19:] == "Z" else time_of(at)
                    previous_at = at
                request = get_request(line.task_id)
                plan = PLANS[line.event]
                if request is None or not request.exists or plan.creates:
                    case = Case(found, file, at_line, data, line, plan, request, instant)  # type: ignore[arg-type]  # the next line finds it
                    if self.judge_first(case):
                        found += self.judge_lines(file, at_line, [data], is_ascii=False, otherwise=fits)
                    continue

                event_id, ids, mark = line.event_id, request.ids, None
                if event_id is not None:
                    # As `EventIds.mark` and `EventIds.has`.
                    is_plain = len(event_id) <= MAX_ID and "\0" not in event_id
                    mark = f"\0{event_id}\0" if is_plain else event_ids.mark(event_id)
                    if ids is not None and (mark in ids if type(ids) is str else event_ids.has(ids, mark)):
                        plan.read(line, types)  # a bad line is not a redelivery
                        self.redeliver(Case(found, file, at_line, data, line, plan, request, instant))
                        continue

                sender = line.sender
                role = sender.role
                if role == _SUPPLIER:
                    holder = request.holder
                    relation = HOLDER if sender.id == holder else OTHER_SUPPLIER
                    if holder is UNKNOWN:
                        relation = SOME_SUPPLIER
                elif role == _CHORUS:
                    relation = CHORUS
                else:
                    requestor = request.requestor
                    relation = OWN_REQUESTOR if sender.id == requestor else OTHER_REQUESTOR
                    if requestor is UNKNOWN:
                        relation = SOME_REQUESTOR

                activity_id = line.activity_id
                if activity_id is None or not plan.names_activity:
                    value = plan.read(line, types)
                    own = plan.key(request, line, value, types)
                    whole = self.whole_result(request, plan, relation, own, data)
                    if not whole.is_plain:
                        case = Case(found, file, at_line, data, line, plan, request, instant, mark)
                        self.settle_whole(case, whole, value)
                        continue
                    self.apply_whole(plan, request, whole, value)
                else:
                    activity = request.first
                    if activity is None or activity.id != activity_id:
                        activity = None if request.more is None else request.more.get(activity_id)
                    if plan.gives_status:
                        status = line.status
                        state = value = status.state or status.category
                        if len(value) > MAX_KEPT or value[0] == "\0":
                            value = compact(value)
                    else:
                        value = plan.read(line, types)
                    if activity is None:
                        activity = self.assume_activity(request, activity_id)
                        if activity is None:
                            self.judge_missing(Case(found, file, at_line, data, line, plan, request, instant, mark))
                            continue
                    node = activity.node
                    own = is_same = 0
                    if plan.gives_status:
                        key = _CATEGORY_KEY[status.category] + relation + request.hold
                        if value == activity.state:
                            is_same = 1
                            key += _SAME
                        elif activity.state is None:
                            is_same = 2
                            key += _PERHAPS_SAME
                        if activity.lists_states:
                            key += listing_key(activity.type, status.category, state)
                    else:
                        own = plan.key(activity, line, value, types)
                        key = plan.base + relation + request.hold + own
                    outcome = node.get(key)
                    if outcome is None:
                        event = self.event_in(data)
                        outcome = node[key] = engine.for_activity(request, activity, plan, event, own, is_same)
                    if type(outcome) is not Node:
                        case = Case(found, file, at_line, data, line, plan, request, instant, mark)
                        self.settle(case, activity, outcome, value)
                        continue
                    if plan.gives_status:
                        activity.state = value
                    else:
                        plan.apply(activity, value)
                        if request.by_node is not None:
                            request.by_node.note_worker(activity)
                    if outcome is not node:
                        if request.counts is None:
                            activity.node = outcome
                        else:
                            request.move(activity, outcome)
                        if outcome.is_closed:
                            self.note_closing(request)
                            ids = request.ids

                if mark is not None:
                    # As `EventIds.add`, of which most ids take this part.
                    is_short = type(ids) is str and len(ids) < MAX_TEXT
                    request.ids = ids + mark[1:] if is_short else event_ids.add(ids, mark)
                if instant < request.last:
                    case = Case(found, file, at_line, data, line, plan, request, instant)
                    self.report_time_going_back(case)
                request.last = instant
                quiet += 1
            except MISFITS:
                previous_at = None
                found += otherwise(file, at_line, data)
        self.answers[CONSUMED] += quiet
        return found


def fits(_file: str, number: int, _data: bytes | None) -> list[Finding]:
    """Judge a line that is known to fit, which does not happen."""
    raise AssertionError(f"line {number} was decoded once, so it fits")
