"""Tests of the counted moves: they are those that deciding on one event after another counts."""

import copy
import csv
import json
import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import Table, parquet

import generated
from histories import History, histories
from mapped_rows import CATEGORIES, odd_mapping, odd_rows, random_mapping, random_rows
from mapped_rows import TYPES as MAPPED_TYPES
from parquet_rows import table
from random_lines import TYPES, LineGenerator
from work_request_manager import DEFAULT_RULEBOOK, AnyEvent, Category, Refused, Rulebook, WorkRequest, decide, evolve
from work_request_manager.errors import WireError
from work_request_manager.events import UpdateActivityStatus
from work_request_manager.log import Counts, Finding, LogChecker
from work_request_manager.log._fast.engine import Engine
from work_request_manager.log._plain import decode_line
from work_request_manager.wire import NO_TYPES, LogMapping, Types, encode_event

RULEBOOKS = DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM206", "WRM303")
MODES: tuple[dict[str, Any], ...] = ({}, {"history": True}, {"partial": True})
rulebooks = st.sampled_from(RULEBOOKS)
known_types = st.sampled_from((NO_TYPES, TYPES))
seeds = st.integers(0, 2**32)

Moves = Counter[tuple[str | None, str]]


class BruteForce:
    """A judge that decides on one event after another, and counts the moves.

    Args:
        rulebook: the rules.
        types: the types that lines may give by their codes.
        is_history: whether events take effect even if they break rules.
    """

    def __init__(
        self, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types = NO_TYPES, *, is_history: bool = False
    ) -> None:
        self._rulebook, self._types, self._is_history = rulebook, types, is_history
        self._requests: dict[str, WorkRequest | None] = {}
        self._seen: set[tuple[str, str]] = set()
        self.moves: Moves = Counter()

    def take(self, line: bytes) -> None:
        """Judge a line. One that is blank or no event is left out."""
        try:
            decoded = decode_line(line, self._types)
        except WireError:
            return
        if decoded is not None:
            self._take(decoded[0])

    def _take(self, event: AnyEvent) -> None:
        id_ = event.work_request_id
        if event.event_id is not None and (id_, event.event_id) in self._seen:
            return
        before = self._requests.get(id_)
        if isinstance(event, UpdateActivityStatus):
            for each in before.activities if before else ():
                if each.id == event.activity_id:
                    self.moves[each.status.category, event.status.category] += 1
        decision = decide(before, event, rulebook=self._rulebook)
        self._requests[id_] = evolve(before, event) if self._is_history else decision.work_request
        if event.event_id is not None and (self._is_history or not isinstance(decision, Refused)):
            self._seen.add((id_, event.event_id))


def moves_in(log: Iterable[bytes], *args: Any, **options: Any) -> Moves:
    """Return the moves in a log, by brute force."""
    judge = BruteForce(*args, **options)
    for line in log:
        judge.take(line)
    return judge.moves


def checked(log: Sequence[bytes], **how: Any) -> LogChecker:
    """Return a checker that has counted the moves of a log."""
    checker = LogChecker(count_moves=True, **how)
    checker.judge_lines("log", 1, log)
    return checker


def random_log(seed: int, *, has_codes: bool = False) -> list[bytes]:
    """Return a random log with damaged lines, redeliveries and odd texts."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    return LineGenerator(random, is_odd=random.random() < 0.5, has_codes=has_codes).log(random.choice((8, 40, 80)))


class TestCompleteLogs:
    """The moves of logs of requests and of histories are those by brute force."""

    @settings(max_examples=30, deadline=None)
    @given(seeds, rulebooks, known_types, st.booleans())
    def test_of_random_lines(self, seed: int, rulebook: Rulebook, types: Types, is_history: bool) -> None:
        """All kinds of events, damaged lines and redeliveries, judged at once or line by line."""
        log = random_log(seed, has_codes=types is TYPES)
        expected = moves_in(log, rulebook, types, is_history=is_history)
        how: dict[str, Any] = {"rulebook": rulebook, "types": types, "history": is_history}
        assert checked(log, **how).moves == expected
        alone = LogChecker(count_moves=True, **how)
        for number, line in enumerate(log, start=1):
            alone.judge_lines("log", number, [line])
        assert alone.moves == expected

    @settings(max_examples=30, deadline=None)
    @given(histories())
    def test_of_the_life_of_a_work_request(self, history: History) -> None:
        """Most events are permitted, so every category occurs."""
        log = [encode_event(step.event) for step in history.steps]
        expected = moves_in(log, history.rulebook)
        assert checked(log, rulebook=history.rulebook).moves == expected

    @pytest.mark.parametrize("is_history", [False, True])
    def test_of_a_long_log(self, is_history: bool) -> None:
        """It has many work requests, and moves between most categories."""
        log = list(generated.lines(6_000, seed=7))
        moves = checked(log, history=is_history).moves
        assert moves == moves_in(log, is_history=is_history)
        assert len(moves) > 15

    @settings(max_examples=30, deadline=None)
    @given(st.lists(seeds, min_size=2, max_size=3))
    def test_of_several_logs(self, some: list[int]) -> None:
        """A checker with warm caches adds the moves of the next log. What it has counted stays counted."""
        checker, expected = LogChecker(count_moves=True), Moves()
        for seed in some:
            log = random_log(seed)
            checker.judge_lines("log", 1, log)
            expected += moves_in(log)
            assert checker.moves == expected
            checker.forget()
        assert checker.moves == expected

    def test_of_work_requests_with_many_activities(self) -> None:
        """These are judged by the numbers of activities in each status."""
        random = Random(5)  # noqa: S311 - as above
        activities = [f"A{number}" for number in range(60)]
        generator = LineGenerator(random, activities=activities, requests=("W1",))
        creation = generator.creation(0)
        creation["activities"] = [{**creation["activities"][0], "id": each} for each in activities]
        log = [json.dumps(creation).encode(), *map(generator.line, range(1, 800))]
        assert checked(log).moves == moves_in(log)
        assert checked(log, history=True).moves == moves_in(log, is_history=True)


def update(category: str, **more: object) -> bytes:
    """Return a status update of activity A-1."""
    sender = {"role": "WorkSupplier", "id": "northline"}
    fields = {"taskId": "WR-1", "activityId": "A-1", "sender": sender, "at": "2026-03-01T21:00:00Z"}
    line = {"event": "UpdateTaskActivityStatusEvent", **fields, "status": {"category": category}}
    return json.dumps(line | more).encode()


CREATE = (
    b'{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    b'"requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}'
)


class TestWhatCounts:
    """Each update of an activity that exists counts once, whatever the answer."""

    def test_repeats_and_refused_updates_count(self) -> None:
        """They are in the log, and the matrix shows what it asks for."""
        log = [CREATE, update("Open"), update("Closed"), update("Active"), update("Active")]
        moves = checked(log).moves
        assert moves == {("Open", "Open"): 1, ("Open", "Closed"): 1, ("Open", "Active"): 1, ("Active", "Active"): 1}

    def test_the_first_update_of_a_sort_counts_once(self) -> None:
        """Its result is not cached yet, so it is looked up twice."""
        for to in Category:
            assert checked([CREATE, update(to)]).moves == {("Open", to): 1}
            assert checked([CREATE, update(to)], history=True).moves == {("Open", to): 1}

    def test_other_updates_do_not_count(self) -> None:
        """These are redeliveries, updates of unknown activities and work requests, other events, and bad lines."""
        log = [
            update("Active"),
            CREATE,
            update("Active", eventId="e-1"),
            update("Closed", eventId="e-1"),
            update("Active", activityId="A-2"),
            update("Active", taskId="WR-2"),
            update("Active", status={"category": "Elsewhere"}),
            update("Active", at="yesterday"),
            update("Active", event="CancelTaskActivityEvent"),
            update("Active")[:-1],
        ]
        assert checked(log).moves == {("Open", "Active"): 1}

    def test_nothing_is_counted_unless_asked(self) -> None:
        """Because it takes longer."""
        checker = LogChecker()
        checker.judge_lines("log", 1, [CREATE, update("Active")])
        assert checker.moves == {}

    @settings(max_examples=20, deadline=None)
    @given(seeds, rulebooks, known_types, st.sampled_from(MODES))
    def test_findings_and_counts_are_the_same(
        self, seed: int, rulebook: Rulebook, types: Types, mode: dict[str, Any]
    ) -> None:
        """Counting does not change how a log is judged."""
        log = random_log(seed, has_codes=types is TYPES)
        results: list[tuple[list[Finding], Counts]] = []
        for counts_moves in (False, True):
            checker = LogChecker(rulebook=rulebook, types=types, count_moves=counts_moves, **mode)
            results.append((checker.judge_lines("log", 1, log), checker.counts))
        assert results[0] == results[1]

    def test_results_are_cached(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The engine judges an update of each sort once, as without counting."""
        judged = Counter[bool]()
        for_activity = Engine.for_activity

        def counted(*args: Any, **options: Any) -> Any:
            judged[counts_moves] += 1
            return for_activity(*args, **options)

        monkeypatch.setattr(Engine, "for_activity", counted)
        log = list(generated.lines(3_000, seed=3))
        for counts_moves in (False, True):
            LogChecker(count_moves=counts_moves).judge_lines("log", 1, log)
        assert judged[True] == judged[False] < 1_000


class TestTwoParts:
    """A checker can be copied or sent to another process between two parts of a log."""

    @settings(max_examples=30, deadline=None)
    @given(seeds, st.integers(0, 40), st.sampled_from(MODES))
    def test_with_a_pickle_between_them(self, seed: int, place: int, mode: dict[str, Any]) -> None:
        """The moves are those of the whole log, and the first checker keeps those of the first part."""
        log = random_log(seed)
        first = checked(log[:place], **mode)
        before = dict(first.moves)
        second = pickle.loads(pickle.dumps(first))
        assert second.moves == before
        second.judge_lines("log", place + 1, log[place:])
        assert second.moves == checked(log, **mode).moves
        assert first.moves == before

    def test_with_a_deep_copy_between_them(self) -> None:
        """The copy counts alone."""
        first = checked([CREATE, update("Active")])
        second = copy.deepcopy(first)
        second.judge_lines("log", 3, [update("InReview")])
        assert second.moves == {("Open", "Active"): 1, ("Active", "InReview"): 1}
        assert first.moves == {("Open", "Active"): 1}


class TestPartialLogs:
    """The category before an update is None as long as the log does not show it."""

    @settings(max_examples=25, deadline=None)
    @given(seeds, st.integers(0, 12), rulebooks)
    def test_a_known_category_is_the_right_one(self, seed: int, place: int, rulebook: Rulebook) -> None:
        """Each line after the first ones counts as in the whole log, or without the category before it."""
        log, judge = consumed_lines(seed), BruteForce(rulebook, is_history=True)
        for line in log[:place]:
            judge.take(line)
        checker, before = LogChecker(rulebook=rulebook, partial=True, count_moves=True), Moves()
        shown: set[str] = set()
        for number, line in enumerate(log[place:], start=1):
            judge.moves.clear()
            judge.take(line)
            checker.judge_lines("log", number, [line])
            moves = Moves(checker.moves)
            found, truth = only(moves - before), only(judge.moves)
            before = moves
            activity = subject_of(line)
            if truth is None or found is None:
                assert found is truth, line
            else:
                assert found in (truth, (None, truth[1])), line
                assert activity not in shown or found == truth  # an update before it has shown its category
                shown.add(activity)
            if not is_update(line):
                shown.clear()  # it may have changed any activity

    def test_the_first_update_of_an_activity(self) -> None:
        """Its category before is unknown, and then the log shows it. A create event shows it, too."""
        log = [update("Active"), update("Closed"), update("Active", taskId="WR-2")]
        moves = checked(log, partial=True).moves
        assert moves == {(None, "Active"): 2, ("Active", "Closed"): 1}
        assert checked([CREATE, *log], partial=True).moves == {
            ("Open", "Active"): 1, ("Active", "Closed"): 1, (None, "Active"): 1,
        }  # fmt: skip

    @settings(max_examples=20, deadline=None)
    @given(seeds)
    def test_with_all_creates_the_moves_are_those_of_a_history(self, seed: int) -> None:
        """Everything is known then."""
        log = consumed_lines(seed)
        assert checked(log, partial=True).moves == moves_in(log, is_history=True)


def only(moves: Moves) -> tuple[str | None, str] | None:
    """Return the only move. Return None if there is none."""
    assert moves.total() <= 1
    return next(iter(moves), None)


def consumed_lines(seed: int) -> list[bytes]:
    """Return a random log of which no event is refused. Each work request begins with its create event."""
    generator = LineGenerator(Random(seed))  # noqa: S311 - as above
    requests: dict[str, WorkRequest | None] = {}
    log = []
    for number in range(60):
        line = json.dumps(generator.creation(number)).encode() if number < 2 else generator.event_line(number)
        try:
            decoded = decode_line(line, NO_TYPES)
        except WireError:
            continue
        assert decoded is not None, "no line is blank"
        event = decoded[0]
        decision = decide(requests.get(event.work_request_id), event)
        if not isinstance(decision, Refused):
            requests[event.work_request_id] = decision.work_request
            log.append(line)
    return log


def is_update(line: bytes) -> bool:
    """Return whether a line is a status update."""
    return bool(json.loads(line)["event"] == "UpdateTaskActivityStatusEvent")


def subject_of(line: bytes) -> str:
    """Return the work request and the activity of a line."""
    value = json.loads(line)
    return f"{value['taskId']} {value.get('activityId')}"


# Logs in other formats


def moves_in_rows(rows: Iterable[dict[str, Any]], mapping: LogMapping) -> Moves:
    """Return the moves in rows that are all usual: each update takes effect unless its event id has occurred."""
    moves: Moves = Counter()
    categories: dict[tuple[Any, Any], str | None] = {}
    seen: set[tuple[Any, Any]] = set()
    for row in rows:
        subject = row["request"], row["activity"] if mapping.activity else None
        event_id = row["id"] if mapping.event_id else None
        to = mapping.categories[row["state"]]
        if to is None or (row["request"], event_id) in seen:
            continue
        if event_id is not None:
            seen.add((row["request"], event_id))
        moves[categories.get(subject, Category.OPEN if mapping.complete else None), to] += 1
        categories[subject] = to
    return moves


COLUMNS: tuple[dict[str, Any], ...] = (
    {},
    {"type": "kind"},
    {"event_id": "id"},
    {"type": "kind", "event_id": "id", "activity": "activity", "sender": "who"},
)


class TestMappedLogs:
    """The moves of logs in other formats, judged in each way."""

    @settings(max_examples=30, deadline=None)
    @given(seeds, rulebooks, st.sampled_from((NO_TYPES, MAPPED_TYPES)))
    def test_of_random_rows(self, seed: int, rulebook: Rulebook, types: Types) -> None:
        """With and without each optional column, and at once or one by one."""
        random = Random(seed)  # noqa: S311 - as above
        mapping, rows = random_mapping(random), random_rows(random, 60, states=6)
        for sources in ([rows], [[row] for row in rows]):
            checker = LogChecker(rulebook=rulebook, types=types, mapping=mapping, count_moves=True)
            for source in sources:
                assert all(finding.line for finding in checker.findings(source))
            assert checker.moves == moves_in_rows(rows, mapping)

    @pytest.mark.parametrize("is_complete", [False, True])
    @pytest.mark.parametrize("columns", COLUMNS, ids=["plain", "types", "event ids", "all"])
    def test_of_each_way(self, columns: dict[str, Any], is_complete: bool, tmp_path: Path) -> None:
        """Rows in memory, CSV, JSON Lines and Parquet have the same moves."""
        rows = random_rows(Random(3), 400, requests=9, states=8)  # noqa: S311 - as above
        mapping = LogMapping("request", "state", "at", CATEGORIES, complete=is_complete, **columns)
        texts = [row | {"at": row["at"].isoformat()} for row in rows]
        (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, texts)))
        with (tmp_path / "log.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(texts)
        parquet.write_table(Table.from_pylist(texts), tmp_path / "log.parquet")
        expected = moves_in_rows(rows, mapping)
        assert len(expected) > 20
        files = [tmp_path / f"log.{form}" for form in ("jsonl", "csv", "parquet")]
        sources: list[Any] = [rows, *files]
        for source in sources:
            checker = LogChecker(mapping=mapping, types=MAPPED_TYPES, count_moves=True)
            assert [*checker.findings(source)]
            assert checker.moves == expected, source

    @settings(max_examples=20, deadline=None)
    @given(seeds, st.sampled_from((NO_TYPES, MAPPED_TYPES)))
    def test_findings_and_counts_are_the_same(self, seed: int, types: Types) -> None:
        """Rows can have odd values. Each event counts once, except redeliveries."""
        random = Random(seed)  # noqa: S311 - as above
        mapping = odd_mapping(random)
        rows = odd_rows(random, mapping, 40)
        plain, counting = (LogChecker(types=types, mapping=mapping, count_moves=counts) for counts in (False, True))
        found = [*counting.findings(rows)]
        assert [*plain.findings(rows)] == found
        assert counting.counts == plain.counts
        assert not plain.moves
        redelivered = sum(finding.rule == "WRM602" for finding in found)
        assert sum(counting.moves.values()) == counting.counts.events - redelivered

    def test_with_a_pickle_between_two_parts(self) -> None:
        """The moves are those of all rows."""
        rows = random_rows(Random(4), 50)  # noqa: S311 - as above
        mapping = LogMapping("request", "state", "at", CATEGORIES, type="kind")
        checker = LogChecker(mapping=mapping, count_moves=True)
        assert [*checker.findings(rows[:20])]
        checker = pickle.loads(pickle.dumps(checker))
        assert [*checker.findings(rows[20:])]
        assert checker.moves == moves_in_rows(rows, mapping)


def test_of_lines_in_parquet(tmp_path: Path) -> None:
    """Events in Parquet are counted like lines."""
    lines = [CREATE, update("Active"), update("Closed")]
    path = tmp_path / "log.parquet"
    parquet.write_table(table(*(("WR-1", number, line) for number, line in enumerate(lines))), path)
    checker = LogChecker(count_moves=True)
    assert [finding.rule for finding in checker.findings(path)] == ["WRM208"]
    assert checker.moves == {("Open", "Active"): 1, ("Active", "Closed"): 1}
