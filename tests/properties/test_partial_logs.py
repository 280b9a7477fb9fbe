"""Properties of partial logs (rulebook, section 8).

A judge by brute force keeps every work request that a log may be about, and asks the rulebook about each of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product
from random import Random
from typing import Any, NamedTuple

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_lines import FOR_ACTIVITIES, MEANINGS, MOST_FREQUENT, SENDERS, LineGenerator
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    RejectionReason,
    Role,
    Rulebook,
    Status,
    WorkRequest,
    events,
    evolve,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.errors import WireError
from work_request_manager.facts import extract_facts
from work_request_manager.kinds import Append, Replace, SetFlag, Target
from work_request_manager.log import Finding, LogChecker
from work_request_manager.wire import decode_event

FILE = "log"
OTHER = "another"
RULEBOOKS = DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()
seeds = st.integers(0, 2**32)


# The work requests that a log may be about


class Possible(NamedTuple):
    """The values that a work request may have, as far as the events of a log can tell them apart.

    Args:
        fields: the fields of the work request except its activities, in all combinations.
        activities: for each activity that the log shows, everything that it may be.
        unseen: the further activities that there may be.
    """

    fields: list[dict[str, Any]]
    activities: list[list[Activity]]
    unseen: list[tuple[Activity, ...]]

    @property
    def size(self) -> int:
        """The number of work requests."""
        size = len(self.fields) * len(self.unseen)
        for each in self.activities:
            size *= len(each)
        return size

    def work_requests(self, id: str) -> Iterator[WorkRequest]:
        """Yield every work request with these values."""
        for shown, unseen in product(product(*self.activities), self.unseen):
            if shown or unseen:
                yield from (WorkRequest(id=id, activities=(*shown, *unseen), **fields) for fields in self.fields)


def possible(log: Sequence[AnyEvent]) -> Possible:
    """Return the values that a work request may have before these events, none of which is a create."""
    is_older: dict[str, bool] = {}
    for event in log:
        if isinstance(event, events.AddActivity):
            is_older.setdefault(event.activity.id, False)
        elif activity_of(event) is not None:
            is_older.setdefault(activity_of(event), True)
    whole = [event for event in log if activity_of(event) is None]
    shown = [activity_id for activity_id, older in is_older.items() if older]
    return Possible(
        _fields(log, whole),
        [_activities(each, [event for event in log if activity_of(event) == each]) for each in shown],
        list(_unseen(3 - len(shown))) if whole or not shown else [()],
    )


def _unseen(max_count: int) -> Iterator[tuple[Activity, ...]]:
    """Yield the activities that there may be besides those that a log shows."""
    for count in range(max_count + 1):
        for each in combinations_with_replacement(ALIKE, count):
            yield tuple(attrs.evolve(activity, id=f"U{number}") for number, activity in enumerate(each))


def activity_of(event: AnyEvent) -> Any:
    """Return the id of the activity that an event is for. None if it is for none."""
    return getattr(event, "activity_id", None)


def _fields(log: Sequence[AnyEvent], whole: Sequence[AnyEvent]) -> list[dict[str, Any]]:
    def senders(role: Role) -> set[str]:
        return {each.sender.id for each in log if each.sender.role is role}

    names_supplier = {each.supplier for each in log if isinstance(each, events.ReallocateWorkRequest)}
    allocations: list[tuple[Allocation, Any]] = [(Allocation.SENT, None), (Allocation.ACCEPTED, None)]
    allocations += [(Allocation.REJECTED, reason) for reason in RejectionReason]
    if not any(isinstance(each, events.RejectWorkRequest | events.ReallocateWorkRequest) for each in log):
        allocations = allocations[:3]  # no other event reads the reason
    own = _set_by(whole)
    if any(getattr(each, "status", None) for each in log):
        own.setdefault("on_hold", (False, True))  # a start reads it
    fields = {
        "supplier": sorted({*senders(Role.WORK_SUPPLIER), *names_supplier, OTHER}),
        "requestor": sorted({*senders(Role.WORK_REQUESTOR), OTHER}),
        **own,
    }
    return [
        {**dict(zip(fields, values, strict=True)), "allocation": allocation, "rejection_reason": reason}
        for values in product(*fields.values())
        for allocation, reason in allocations
    ]


def _set_by(log: Iterable[AnyEvent]) -> dict[str, tuple[Any, ...]]:
    """Return the fields that events set or add to, each with the values that the events can tell apart."""
    values: dict[str, list[Any]] = {}
    for event in log:
        effect = KINDS[type(event)].effect
        if isinstance(effect, SetFlag):
            values[effect.field] = [False, True]
        elif isinstance(effect, Replace | Append):
            values.setdefault(effect.field, [None]).append(getattr(event, effect.value))
    appended = {effect.field for event in log if isinstance(effect := KINDS[type(event)].effect, Append)}
    return {field: tuple(_subsets(each[1:])) if field in appended else tuple(each) for field, each in values.items()}


def _subsets(values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    distinct = list(dict.fromkeys(values))
    for chosen in product((False, True), repeat=len(distinct)):
        yield tuple(value for value, is_in in zip(distinct, chosen, strict=True) if is_in)


def _phases() -> Iterator[tuple[Category, bool, Closure | None]]:
    """Yield each category, "has been active" and closure that the constructor of `Activity` accepts together."""
    for category in Category:
        for has_been_active in (True,) if category is Category.ACTIVE else (False, True):
            for closure in Closure if category is Category.CLOSED else (None,):
                yield category, has_been_active, closure


def _activities(activity_id: str, log: Sequence[AnyEvent]) -> list[Activity]:
    """Return everything that an activity may be, as far as the events for it can tell."""
    states = {event.status.state for event in log if isinstance(event, events.UpdateActivityStatus)}
    cancels = any(
        event.sender.role is Role.WORK_SUPPLIER
        for event in log
        if isinstance(event, events.UpdateActivityStatus | events.CancelActivity)
    )
    own = _set_by(log)
    return [
        Activity(
            activity_id,
            ActivityType("-", flag),
            Status(category, state),
            active,
            closure=closure,
            **dict(zip(own, values, strict=True)),
        )
        for category, active, closure in _phases()
        for flag in ((False, True) if cancels else (False,))
        for state in sorted({*states, OTHER})
        for values in product(*own.values())
    ]


def _alike() -> list[Activity]:
    """Return one activity for each sum of the facts that an event for a whole work request reads."""
    found: dict[Any, Activity] = {}
    for category, active, closure in _phases():
        each = Activity("U", ActivityType("-"), Status(category, OTHER), active, closure=closure)
        found.setdefault((each.is_untouched, each.is_closed, each.has_begun, closure), each)
    return list(found.values())


ALIKE = _alike()


# The judge by brute force

Judged = tuple[str, list[str]]
"""The answer to an event, and the rules that it certainly breaks."""


def certain(work_requests: Sequence[WorkRequest | None], event: AnyEvent, rulebook: Rulebook) -> Judged:
    """Judge an event for every possible work request, and return the certain results."""
    judgements = {rulebook.judge(extract_facts(each, event)) for each in work_requests}
    is_repeat = all(each.facts.is_repeat for each in judgements)
    broken = set.intersection(*(set(each.broken) for each in judgements))
    refusing = {rule.id for each in judgements for rule in each.violations}
    answer = "refused" if broken & refusing else "not_consumed" if is_repeat else "consumed"
    return answer, sorted(broken)


def by_brute_force(log: Sequence[AnyEvent], rulebook: Rulebook) -> list[Judged]:
    """Return the judgements of the events of one work request."""
    is_shown_from_its_start = isinstance(log[0], events.CreateWorkRequest)
    work_requests: list[WorkRequest | None] = [None]
    if not is_shown_from_its_start:
        work_requests = list(possible(log).work_requests(log[0].work_request_id))
    judged = []
    for event in log:
        judged.append(certain(work_requests, event, rulebook))
        work_requests = [evolve(each, event) for each in work_requests]
    return judged


def by_checker(lines: Sequence[bytes], rulebook: Rulebook) -> list[Judged]:
    """Return the judgements of the checker."""
    checker = LogChecker(rulebook=rulebook, partial=True)
    judged = []
    for number, line in enumerate(lines, start=1):
        before = checker.counts
        found = checker.judge_lines(FILE, number, [line])
        answers = {name for name in ANSWERS if getattr(checker.counts, name) > getattr(before, name)}
        judged.append(("".join(answers), sorted(each.rule for each in found if each.basis is not None)))
    return judged


ANSWERS = "consumed", "not_consumed", "refused"
NAMES = [name for name, kind in MEANINGS.items() if kind.target is not Target.NEW]
FOCUSES: Mapping[str, Sequence[str]] = {
    "all events": NAMES,
    "one activity": (*FOR_ACTIVITIES, *MOST_FREQUENT * 4),
    "two activities": (*FOR_ACTIVITIES, *MOST_FREQUENT * 4, *NAMES),
    "the whole": [name for name in NAMES if MEANINGS[name].target is not Target.ACTIVITY],
    "status updates and the whole": [*NAMES, *MOST_FREQUENT * 9],
}
"""Names of events by the subject of a log."""


def valid_events(lines: Iterable[bytes]) -> list[tuple[bytes, AnyEvent]]:
    """Return the lines that are events, with the events."""
    found = []
    for line in lines:
        try:
            found.append((line, decode_event(line)))
        except WireError:
            continue
    return found


def small_log(seed: int, focus: str, max_size: int) -> list[tuple[bytes, AnyEvent]]:
    """Return a log that begins in the middle of a work request, of as many lines as are affordable."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    activities = ("A1",) if focus == "one activity" else ("A1", "A1", "A2")
    senders = random.choice((SENDERS, SENDERS[:2], SENDERS[5:6], SENDERS[:1] + SENDERS[5:6]))
    generator = LineGenerator(random, requests=("W1",), activities=activities, senders=senders, names=FOCUSES[focus])
    first = json.dumps(generator.reallocation()).encode() if random.random() < 0.4 else generator.event_line(0)
    log = valid_events([first, *(generator.event_line(number) for number in range(1, random.choice((3, 5, 8))))])
    while log and possible([event for _, event in log]).size > max_size:
        log.pop()
    return log


def assert_certain(log: Sequence[tuple[bytes, AnyEvent]], rulebook: Rulebook) -> None:
    """Check that the checker judges each line like the judge by brute force."""
    lines, known = [line for line, _ in log], [event for _, event in log]
    assert by_checker(lines, rulebook) == by_brute_force(known, rulebook), lines


class TestTheCheckerFindsTheCertainRules:
    """A rule is broken if every possible work request breaks it, and the answer follows from that."""

    def test_for_a_worker_that_a_reallocation_may_have_removed(self) -> None:
        """Only the workers of open activities are removed, and whether the activity is open is unknown."""
        named = {"activityId": "A1", "worker": "Aroha"}
        assigned = {**sent("s1", Role.WORK_SUPPLIER, name_of(events.UpdateActivityWorker)), **named}
        moved = {**sent("chorus", Role.CHORUS, name_of(events.ReallocateWorkRequest)), "supplier": "s1"}
        steps = [assigned, moved, moved, assigned, assigned]
        assert_certain(valid_events(json.dumps(each).encode() for each in steps), DEFAULT_RULEBOOK)

    def test_for_an_activity_that_the_log_does_not_show(self) -> None:
        """A cancelled request has an activity that counts as touched, even if the log shows only an added one."""
        new = {"id": "A1", "type": {"code": "F"}}
        steps = [
            {**sent("chorus", Role.CHORUS, name_of(events.ReallocateWorkRequest)), "supplier": "s1"},
            sent("chorus", Role.CHORUS, name_of(events.CancelWorkRequest)),
            {**sent("chorus", Role.CHORUS, name_of(events.AddActivity)), "activity": new},
            {**sent("s1", Role.WORK_SUPPLIER, name_of(events.RejectWorkRequest)), "reason": "Duplicate"},
        ]
        log = valid_events(json.dumps(each).encode() for each in steps)
        assert_certain(log, DEFAULT_RULEBOOK)
        found = LogChecker(partial=True).judge_lines(FILE, 1, [line for line, _ in log])
        assert [finding.rule for finding in found] == ["WRM209", "WRM102"]
        assert found[1].message.endswith("because an activity that the log does not show is touched")

    @pytest.mark.parametrize("focus", FOCUSES)
    @settings(max_examples=8, deadline=None)
    @given(seed=seeds, rulebook=st.sampled_from(RULEBOOKS))
    def test_for_a_log_without_a_create(self, focus: str, seed: int, rulebook: Rulebook) -> None:
        """Each line is judged as by all work requests that the log may be about."""
        log = small_log(seed, focus, max_size=1_500)
        if log:
            assert_certain(log, rulebook)

    @settings(max_examples=30, deadline=None)
    @given(seeds, st.sampled_from(RULEBOOKS))
    def test_for_a_log_with_its_create(self, seed: int, rulebook: Rulebook) -> None:
        """Everything is known: the log is judged as a history."""
        generator = LineGenerator(Random(seed), requests=("W1",))  # noqa: S311 - as above
        lines = [json.dumps(generator.creation(0)).encode(), *map(generator.event_line, range(1, 20))]
        assert_certain(valid_events(lines), rulebook)

    @pytest.mark.fuzz
    @pytest.mark.parametrize("focus", FOCUSES)
    @pytest.mark.parametrize("start", range(0, 20, 5))
    def test_for_more_and_longer_logs(self, focus: str, start: int) -> None:
        """A longer search, with more possible work requests for each log."""
        for seed in range(start, start + 5):
            log = small_log(seed, focus, max_size=20_000)
            if log:
                assert_certain(log, RULEBOOKS[seed % 2])

    @pytest.mark.slow
    @pytest.mark.parametrize("may_cancel", [None, False, True])
    @pytest.mark.parametrize("name", sorted({*FOR_ACTIVITIES, *MOST_FREQUENT}))
    def test_for_an_event_between_status_updates(self, name: str, may_cancel: bool | None) -> None:
        """Exhaustive: a status update to each category, an event of each kind for the activity, each category again."""
        types = None if may_cancel is None else {"code": "T", "workSupplierAllowedToCancel": may_cancel}
        random = Random(7)  # noqa: S311 - as above
        generator = LineGenerator(random, requests=("W1",), activities=("A1",), senders=SENDERS[5:6], names=[name])
        for before, after in product(Category, repeat=2):
            steps = [status_update(before), generator.event(2), status_update(after)]
            if types is not None:
                steps.insert(0, added("A1", types))
            assert_certain(valid_events(json.dumps(each).encode() for each in steps), DEFAULT_RULEBOOK)


def status_update(category: Category) -> dict[str, Any]:
    """Return a status update of A1 from its supplier."""
    return {**sent("s1", Role.WORK_SUPPLIER, MOST_FREQUENT[0]), "activityId": "A1", "status": {"category": category}}


def added(activity_id: str, type_: dict[str, Any]) -> dict[str, Any]:
    """Return an event that adds an activity."""
    return {**sent("chorus", Role.CHORUS, name_of(events.AddActivity)), "activity": {"id": activity_id, "type": type_}}


def name_of(event: type[events.Event]) -> str:
    """Return the name of a class of events in JSON."""
    return next(name for name, kind in MEANINGS.items() if kind.event is event)


def sent(sender: str, role: Role, name: str) -> dict[str, Any]:
    """Return the common fields of an event."""
    return {"event": name, "taskId": "W1", "sender": {"role": role, "id": sender}, "at": "2026-03-01T00:00:00Z"}


# The law


class History(NamedTuple):
    """A history that breaks none of WRM401 to WRM404, and in which no event id occurs twice.

    Args:
        lines: its lines.
        events: their events.
        changes_category: whether each line is a status update to another category than the activity has.
    """

    lines: list[bytes]
    events: list[AnyEvent]
    changes_category: list[bool]


STRUCTURAL = {"WRM401", "WRM402", "WRM403", "WRM404"}
ON_CATEGORIES = {"WRM201", "WRM202", "WRM206", "WRM207", "WRM208"}


def history_of(random: Random, length: int) -> History:
    """Return a random history of some work requests."""
    generator = LineGenerator(random, is_odd=random.random() < 0.3, requests=("W1", "W2", "W3"))
    requests: dict[str, WorkRequest | None] = {}
    history = History([], [], [])
    for number in range(length):
        line = json.dumps(generator.creation(number) if number < 3 else generator.event(number)).encode()
        if random.random() < 0.5:
            line = line[:-1] + b', "eventId": "id-%d"}' % number
        for _, event in valid_events([line]):
            before = requests.get(event.work_request_id)
            facts = extract_facts(before, event)
            # A closed work request hides WRM404 behind WRM209, so the ids of new activities are looked at as well.
            if facts.has_new_ids and STRUCTURAL.isdisjoint(DEFAULT_RULEBOOK.judge(facts).broken):
                requests[event.work_request_id] = evolve(before, event)
                history.lines.append(line)
                history.events.append(event)
                is_update = facts.kind.gives_status
                history.changes_category.append(is_update and facts.category is not facts.requested_category)
    return history


def cut(random: Random, history: History) -> tuple[list[int], set[str], set[str]]:
    """Keep a contiguous run of each work request's lines.

    Returns:
        The places of the kept lines, the work requests whose runs begin with their first lines, and those whose runs
        do not begin with a create.
    """
    places: dict[str, list[int]] = {}
    for place, event in enumerate(history.events):
        places.setdefault(event.work_request_id, []).append(place)
    kept: list[int] = []
    whole_from_start, assumed = set(), set()
    for of, own in places.items():
        begin, end = sorted(random.choices(range(len(own) + 1), k=2))
        begin = random.choice((0, begin, begin))
        kept += own[begin:end]
        if begin == 0:
            whole_from_start.add(of)
        if begin < end and not isinstance(history.events[own[begin]], events.CreateWorkRequest):
            assumed.add(of)
    return sorted(kept), whole_from_start, assumed


def rules_by_line(found: Iterable[Finding], places: Sequence[int]) -> dict[int, set[str]]:
    """Return the rules that are broken on each line, by the line's place in the history."""
    rules: dict[int, set[str]] = {place: set() for place in places}
    for finding in found:
        rules[places[finding.line - 1]].add(finding.rule)
    return rules


class TestTheLawOfPartialLogs:
    """A part of a history has findings of the history only, and all those that follow from what it shows."""

    @settings(max_examples=25, deadline=None)
    @given(seeds, st.sampled_from(RULEBOOKS))
    def test_for_random_histories_and_cuts(self, seed: int, rulebook: Rulebook) -> None:
        """All three parts of the law, and the number of assumed work requests."""
        assert_law(Random(seed), rulebook, length=60)  # noqa: S311 - as above

    @pytest.mark.fuzz
    @pytest.mark.parametrize("start", range(0, 1_000, 200))
    def test_for_many_random_histories_and_cuts(self, start: int) -> None:
        """A longer search, with fixed seeds."""
        for seed in range(start, start + 200):
            assert_law(Random(seed), RULEBOOKS[seed % 2], length=120)  # noqa: S311 - as above


def assert_law(random: Random, rulebook: Rulebook, length: int) -> None:
    """Check the law for a random history and a random part of it."""
    history = history_of(random, length)
    kept, from_start, assumed = cut(random, history)
    found = LogChecker(rulebook=rulebook, history=True).judge_lines(FILE, 1, history.lines)
    whole = rules_by_line(found, range(len(history.lines)))
    checker = LogChecker(rulebook=rulebook, partial=True)
    found = checker.judge_lines(FILE, 1, [history.lines[place] for place in kept])
    part = rules_by_line(found, kept)

    shown: set[tuple[str, Any]] = set()
    for place in kept:
        event, of = history.events[place], history.events[place].work_request_id
        assert part[place] <= whole[place], "every finding of the part is a finding of the whole"
        if of in from_start:
            assert part[place] == whole[place], "a run from the first line has exactly the findings of the whole"
        if (of, activity_of(event)) in shown and history.changes_category[place]:
            assert part[place] & ON_CATEGORIES == whole[place] & ON_CATEGORIES, "a shown status is known"
        new_activities = KINDS[type(event)].new_activities
        if isinstance(event, events.UpdateActivityStatus):
            shown.add((of, event.activity_id))
        elif new_activities is not None:
            shown.update((of, each.id) for each in new_activities(event))
    assert checker.counts.assumed == len(assumed)
