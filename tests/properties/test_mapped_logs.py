"""Properties of logs in other formats (rulebook, section 8): a rule is broken if it is broken for all unknown facts.

A judge by brute force keeps every work request that a log may be about, and asks the rulebook about each of them and
each sender that a row may have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapped_rows import CATEGORIES, START, TYPES, odd_mapping, odd_rows, random_mapping, random_rows
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Category,
    Closure,
    Party,
    RejectionReason,
    Role,
    Rulebook,
    Status,
    WorkRequest,
    evolve,
)
from work_request_manager.events import UpdateActivityStatus
from work_request_manager.facts import extract_facts
from work_request_manager.log import Counts, Finding, LogChecker
from work_request_manager.log._mapped.times import Times, text_of
from work_request_manager.log._mapped.updates import Updates
from work_request_manager.wire import NO_TYPES, LogMapping, Types

OTHER = "another"
RULEBOOKS = DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM206")
ANSWERS = "consumed", "not_consumed", "refused"
seeds = st.integers(0, 2**32)

Row = Mapping[str, Any]
Judged = tuple[str, list[str]]
"""The answer to a row, and the rules that it certainly breaks."""


# The work requests that a log may be about


def possible_requests(log: Sequence[UpdateActivityStatus], role: Role, *, is_complete: bool) -> list[WorkRequest]:
    """Return everything that a work request may be before the updates of its only activity.

    A party that the updates cannot name has one value.
    """
    senders = sorted({event.sender.id for event in log})
    parties = {Role.WORK_SUPPLIER: [OTHER], Role.WORK_REQUESTOR: [OTHER], role: [*senders, OTHER]}
    allocations = (Allocation.SENT, None), (Allocation.REJECTED, RejectionReason.DUPLICATE)
    return [
        WorkRequest(
            "W", requestor, supplier, (activity,), allocation=allocation, rejection_reason=reason, on_hold=is_held
        )
        for requestor, supplier, (allocation, reason), is_held, activity in product(
            parties[Role.WORK_REQUESTOR],
            parties[Role.WORK_SUPPLIER],
            allocations,
            (False, True),
            _activities(log, is_complete=is_complete),
        )
    ]


def _activities(log: Sequence[UpdateActivityStatus], *, is_complete: bool) -> list[Activity]:
    states = sorted({*(event.status.state for event in log), OTHER})
    phases = [(Category.OPEN, False, None)] if is_complete else list(_phases())
    return [
        Activity("A", ActivityType("-", flag), Status(category, state), active, closure=closure)
        for (category, active, closure), flag, state in product(phases, (False, True), states)
    ]


def _phases() -> Iterator[tuple[Category, bool, Closure | None]]:
    """Yield each category, "has been active" and closure that the constructor of `Activity` accepts together."""
    for category in Category:
        for has_been_active in (True,) if category is Category.ACTIVE else (False, True):
            for closure in Closure if category is Category.CLOSED else (None,):
                yield category, has_been_active, closure


def with_type(work_requests: Iterable[WorkRequest], type_: ActivityType) -> list[WorkRequest]:
    """Return those of some work requests whose activity may have a type, with it."""
    return [
        attrs.evolve(each, activities=(attrs.evolve(each.activities[0], type=type_),))
        for each in work_requests
        if each.activities[0].type.work_supplier_allowed_to_cancel is type_.work_supplier_allowed_to_cancel
    ]


def possible_senders(work_request: WorkRequest) -> Iterator[Party]:
    """Yield a sender of each role: the work request's own, or another."""
    yield Party.chorus()
    for own in (work_request.supplier, "nobody"):
        yield Party.supplier(own)
    for own in (work_request.requestor, "nobody"):
        yield Party.requestor(own)


# The judge by brute force


class Way(NamedTuple):
    """A way to judge a log in another format.

    Args:
        mapping: its description.
        rulebook: the rules.
        types: the configured activity types.
    """

    mapping: LogMapping
    rulebook: Rulebook = DEFAULT_RULEBOOK
    types: Types = NO_TYPES

    def checker(self) -> LogChecker:
        """Return the checker under test."""
        return LogChecker(rulebook=self.rulebook, types=self.types, mapping=self.mapping)


class BruteForce:
    """The judge of the rows of one activity.

    Args:
        rows: all its rows.
        way: the way to judge them.
    """

    def __init__(self, rows: Sequence[Row], way: Way) -> None:
        self._way = way
        self._role = way.mapping.sender_role
        log = [self._event(row, Party(self._role, self._value(row, "sender") or OTHER)) for row in rows]
        self._possible = possible_requests(log, self._role, is_complete=way.mapping.complete)
        self._has_type = False
        self._is_shown = False

    def redeliver(self, row: Row) -> None:
        """Learn from a row that is not judged. The first one of an activity teaches nothing."""
        if self._is_shown:
            self._learn_type(row)

    def judge(self, row: Row) -> Judged:
        """Judge the next row, and let it take effect."""
        self._is_shown = True
        self._learn_type(row)
        sender = self._value(row, "sender")
        judgements: set[Any] = set()
        for each in self._possible:
            senders = possible_senders(each) if sender is None else (Party(self._role, sender),)
            facts = {extract_facts(each, self._event(row, party)) for party in senders}
            judgements.update(map(self._way.rulebook.judge, facts))
        event = self._event(row, Party.chorus())
        after = {evolve(each, event): None for each in self._possible}
        self._possible = [each for each in after if each is not None]
        return _certain(judgements)

    def _learn_type(self, row: Row) -> None:
        """Keep the work requests whose activity has the type that a row names, if it is the first that does."""
        code = self._value(row, "type")
        if code is not None and self._way.types and not self._has_type:
            self._has_type = True
            self._possible = with_type(self._possible, self._way.types[code])

    def _event(self, row: Row, sender: Party) -> UpdateActivityStatus:
        state = row["state"]
        category = self._way.mapping.categories[state]
        assert category is not None
        return UpdateActivityStatus(
            work_request_id="W", activity_id="A", sender=sender, at=row["at"], status=Status(category, state)
        )

    def _value(self, row: Row, field: str) -> Any:
        column = getattr(self._way.mapping, field)
        return None if column is None else row[column]


def _certain(judgements: set[Any]) -> Judged:
    broken = set.intersection(*(set(each.broken) for each in judgements))
    refusing = {rule.id for each in judgements for rule in each.violations}
    if broken & refusing:
        answer = "refused"
    else:
        answer = "not_consumed" if all(each.facts.is_repeat for each in judgements) else "consumed"
    return answer, sorted(broken)


def by_brute_force(rows: Sequence[Row], way: Way) -> list[Judged]:
    """Return the judgements of rows of several work requests and activities, which have no influence on each other."""
    mapping = way.mapping
    judges: dict[Any, BruteForce] = {}
    seen: set[tuple[Any, Any]] = set()
    last: dict[Any, Any] = {}
    judged = []
    for row in rows:
        request, event_id = row["request"], None if mapping.event_id is None else row["id"]
        key = request, None if mapping.activity is None else row["activity"]
        if key not in judges:
            own = [each for each in rows if each["request"] == request and key[1] in (None, each["activity"])]
            judges[key] = BruteForce(own, way)
        if event_id is not None and (request, event_id) in seen:
            judges[key].redeliver(row)
            judged.append(("not_consumed", ["WRM602"]))
            continue
        seen.add((request, event_id))
        answer, rules = judges[key].judge(row)
        is_late = request in last and row["at"] < last[request]
        judged.append((answer, rules + ["WRM601"] * is_late))
        last[request] = row["at"]
    return judged


# The checker


def row_by_row(rows: Sequence[Row], way: Way) -> list[Judged]:
    """Return the judgements of the checker, which gets one row after another."""
    checker = way.checker()
    judged = []
    for row in rows:
        before = checker.counts
        found = list(checker.findings([row]))
        answers = [name for name in ANSWERS if getattr(checker.counts, name) > getattr(before, name)]
        judged.append(("".join(answers), sorted(finding.rule for finding in found)))
    return judged


def at_once(rows: Sequence[Row], way: Way) -> tuple[list[list[str]], dict[str, int]]:
    """Return the rules that each row breaks, and the number of each answer, of the checker that gets all rows."""
    checker = way.checker()
    rules: list[list[str]] = [[] for _ in rows]
    for finding in checker.findings(rows):
        rules[finding.line - 1].append(finding.rule)
    return list(map(sorted, rules)), {name: getattr(checker.counts, name) for name in ANSWERS}


def assert_certain(rows: Sequence[Row], way: Way) -> None:
    """Check that the checker judges each row like the judge by brute force."""
    expected = by_brute_force(rows, way)
    assert row_by_row(rows, way) == expected, rows
    rules, counts = at_once(rows, way)
    assert rules == [rules for _, rules in expected], rows
    answers = [answer for answer, _ in expected]
    assert counts == {name: answers.count(name) for name in ANSWERS}, rows


class TestTheCheckerFindsTheCertainRules:
    """A rule is broken if every possible work request and sender breaks it, and the answer follows from that."""

    @settings(max_examples=80, deadline=None)
    @given(seed=seeds, rulebook=st.sampled_from(RULEBOOKS), types=st.sampled_from((NO_TYPES, TYPES)))
    def test_for_random_rows(self, seed: int, rulebook: Rulebook, types: Types) -> None:
        """Rows of some work requests, with and without each optional column."""
        random = Random(seed)  # noqa: S311 - test data needs no secrecy
        rows = random_rows(random, random.choice((2, 4, 8, 12)))
        assert_certain(rows, Way(random_mapping(random), rulebook, types))

    @settings(max_examples=15, deadline=None)
    @given(seed=seeds, rulebook=st.sampled_from(RULEBOOKS))
    def test_for_a_long_history_of_one_activity(self, seed: int, rulebook: Rulebook) -> None:
        """More rows of one activity, so that more is known of it."""
        random = Random(seed)  # noqa: S311 - as above
        rows = random_rows(random, 20, requests=1, activities=1, states=3)
        assert_certain(rows, Way(random_mapping(random), rulebook, TYPES))

    @pytest.mark.fuzz
    @pytest.mark.parametrize("start", range(0, 400, 100))
    def test_for_many_random_rows(self, start: int) -> None:
        """A longer search, with fixed seeds."""
        for seed in range(start, start + 100):
            random = Random(seed)  # noqa: S311 - as above
            rows = random_rows(random, 14, requests=random.choice((1, 3)), activities=random.choice((1, 2)), states=5)
            assert_certain(rows, Way(random_mapping(random), RULEBOOKS[seed % 3], TYPES if seed % 2 else NO_TYPES))

    @pytest.mark.slow
    @pytest.mark.parametrize("is_complete", [False, True])
    @pytest.mark.parametrize("sender", [None, Role.WORK_SUPPLIER, Role.WORK_REQUESTOR])
    @pytest.mark.parametrize("code", [None, "F", "M", "L", "N"])
    def test_for_every_three_states(self, code: str | None, sender: Role | None, is_complete: bool) -> None:
        """Exhaustive: each sequence of three states, from one sender, of one activity type."""
        mapping = mapping_of(code, sender, is_complete=is_complete)
        for states in product(("Assigned", "Open", "On site", "Fixed", "Checked", "Done"), repeat=3):
            common = {"request": "W", "activity": "A", "at": START, "who": "s1", "kind": code, "id": None}
            assert_certain([{**common, "state": state} for state in states], Way(mapping, DEFAULT_RULEBOOK, TYPES))


def mapping_of(code: str | None, sender: Role | None, *, is_complete: bool) -> LogMapping:
    """Return a mapping that gives the type and the sender, unless they are None."""
    return LogMapping(
        "request",
        "state",
        "at",
        CATEGORIES,
        type=None if code is None else "kind",
        sender=None if sender is None else "who",
        sender_role=sender or Role.WORK_SUPPLIER,
        complete=is_complete,
    )


# The ways to judge many rows at once


def judged(rows: Sequence[Row], way: Way) -> tuple[list[Finding], Counts]:
    """Return the findings of rows, and their counts."""
    checker = way.checker()
    return list(checker.findings(rows)), checker.counts


class TestColumnsAreJudgedLikeRows:
    """Rows are converted by columns if they are usual, and one by one otherwise. The findings are the same."""

    @settings(max_examples=60, deadline=None)
    @given(seed=seeds, types=st.sampled_from((NO_TYPES, TYPES)))
    def test_for_odd_rows(self, seed: int, types: Types) -> None:
        """With missing and odd values, states that are left out, and times near changes of the clocks."""
        self.check(Random(seed), types, 40)  # noqa: S311 - as above

    @pytest.mark.fuzz
    @pytest.mark.parametrize("start", range(0, 800, 200))
    def test_for_many_odd_rows(self, start: int) -> None:
        """A longer search, with fixed seeds."""
        for seed in range(start, start + 200):
            self.check(Random(seed), TYPES if seed % 2 else NO_TYPES, 300)  # noqa: S311 - as above

    def check(self, random: Random, types: Types, length: int) -> None:
        """Judge random rows in both ways."""
        mapping = odd_mapping(random)
        rows, way = odd_rows(random, mapping, length), Way(mapping, random.choice(RULEBOOKS), types)
        found, counts = judged(rows, way)
        assert counts.lines == length
        with (
            mock.patch.object(Updates, "columns", return_value=None),
            mock.patch.object(Times, "quickly", return_value=None),
        ):
            assert judged(rows, way) == (found, counts)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_for_times(self, data: st.DataObject) -> None:
        """Times that are converted quickly are those that are converted exactly."""
        random = Random(data.draw(seeds))  # noqa: S311 - as above
        mapping = odd_mapping(random)
        times = Times(mapping)
        values = [row["at"] for row in odd_rows(random, mapping, random.choice((1, 5)))]
        values = [changed(random, value) if isinstance(value, str) else value for value in values]
        quickly = times.quickly(values)
        if quickly is not None:
            assert list(quickly.instants) == [times.exactly(value) for value in values]
            assert list(quickly.texts) == list(map(text_of, quickly.instants))


def changed(random: Random, text: str) -> str:
    """Return a text, perhaps with another character, or one more or less."""
    at = random.randrange(len(text) + 1)
    return (
        text[:at] + random.choice(("", "", "0", "9", ":", "-", "T", "Z", " ", ".")) + text[at + random.randrange(2) :]
    )
