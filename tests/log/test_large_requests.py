"""Tests of logs that would take much memory or time: long texts, and work requests with many activities."""

import json
import pickle
from collections.abc import Iterator
from random import Random

import pytest

from work_request_manager import DEFAULT_RULEBOOK, ActivityType, Category, Status
from work_request_manager.log import LogChecker, check, shortened
from work_request_manager.log._fast import plans, tracking
from work_request_manager.log._fast.listed import DigestedStates, compact_type
from work_request_manager.log._fast.node_index import NodeIndex
from work_request_manager.log._plain import PlainChecker
from work_request_manager.wire import NO_TYPES

STATES = {f"state {number}": list(Category)[number % 5] for number in range(1_000)}


def line(name: str, sender: str = "Chorus", **fields: object) -> bytes:
    """Return a line about one work request."""
    party = {"role": sender, "id": "north"}
    return json.dumps(
        {"event": name, "taskId": "WR-1", "sender": party, "at": "2026-03-01T20:00:00Z", **fields}
    ).encode()


def create(*types: object, supplier: str = "north") -> bytes:
    """Return a create event with an activity of each type."""
    activities = [{"id": f"A-{number}", "type": type_} for number, type_ in enumerate(types)]
    return line("CreateTaskEvent", requestor="rsp", supplier=supplier, activities=activities)


def status(activity: int, category: str, state: str = "") -> bytes:
    """Return a status update."""
    given = {"category": category, "state": state}
    return line("UpdateTaskActivityStatusEvent", "WorkSupplier", activityId=f"A-{activity}", status=given)


def assert_judged_like_the_plain_checker(lines: list[bytes]) -> None:
    """Assert that both checkers have the same findings, for requests and for a history."""
    for is_history in (False, True):
        plain = PlainChecker(DEFAULT_RULEBOOK, NO_TYPES, is_history=is_history)
        checker = LogChecker(history=is_history)
        for number, data in enumerate(lines, start=1):
            assert checker.judge_lines("log", number, [data]) == plain.judge("log", number, data), data


def test_states_are_kept_as_digests() -> None:
    """Lookups are exact, before and after pickling."""
    for kept in (DigestedStates(STATES), pickle.loads(pickle.dumps(DigestedStates(STATES)))):
        assert len(kept) == 1_000
        assert {state: kept.get(state) for state in STATES} == STATES
        assert "state 1000" not in kept
        with pytest.raises(TypeError, match="digests"):
            list(kept)


def test_a_type_with_a_long_json_is_kept_compact() -> None:
    """It lists the same states, under the same categories. A long code is cut."""
    given = ActivityType("x" * 201, work_supplier_allowed_to_cancel=True, states=STATES)
    kept = compact_type(given)
    assert kept.code == f"{'x' * 50}… (201 characters)"
    assert kept.work_supplier_allowed_to_cancel
    assert compact_type(ActivityType("x" * 200)) == ActivityType("x" * 200)
    for category in Category:
        for state in ("state 0", "state 1", "Open", "another"):
            asked = Status(category, state)
            assert (kept.lists(asked), kept.fits(asked)) == (given.lists(asked), given.fits(asked))


def test_long_types_and_suppliers_are_judged_alike() -> None:
    """The findings name a long code and a long supplier by their first characters."""
    type_ = {"code": "x" * 3_000, "states": {state: category.value for state, category in STATES.items()}}
    lines = [
        create(type_, supplier="y" * 3_000),
        status(0, "Open", "state 0"),
        status(0, "Active", "state 0"),
        status(0, "Open", "elsewhere"),
        line("AddTaskActivityEvent", activity={"id": "A-1", "type": type_ | {"code": "z"}}),
        line("AddTaskActivityEvent", activity={"id": "A-1", "type": type_}),
    ]
    assert_judged_like_the_plain_checker(lines)
    found = check(lines).findings
    assert {each.activity_type for each in found} == {f"{'x' * 50}… (3,000 characters)", None}
    assert {each.supplier for each in found} == {f"{'y' * 50}… (3,000 characters)"}


def test_a_bounded_number_of_types_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types that were forgotten are decoded again."""
    monkeypatch.setattr(plans, "MAX_TYPES", 3)
    lines = [create(*[{"code": f"T{number}", "states": {"s": "Open"}} for number in range(10)])]
    lines += [status(number, "Open", state) for number in range(10) for state in ("s", "t")]
    checker = LogChecker()
    assert len(checker.judge_lines("log", 1, lines)) == 10
    known = checker._loop.types
    assert len(known._by_json) <= 3 >= len(known._distinct)


def test_first_refusals_are_kept_by_digest_for_long_ids() -> None:
    """They are found by the whole id, and memory keeps only a digest of it."""
    long = {"activityId": "x" * 3_000}
    outcome = line("UpdateTaskActivityOutcomesEvent", "WorkSupplier", outcome={"code": "A"}, **long)
    lines = [create({"code": "T"}), outcome, outcome, outcome.replace(b"xxx", b"yxx", 1)]
    assert_judged_like_the_plain_checker(lines)
    assert [each.first_refusal for each in check(lines).findings] == [None, "<lines>:2", None]
    checker = LogChecker()
    checker.judge_lines("log", 1, lines)
    assert max(map(len, filter(None, checker._loop.requests["WR-1"].refusals or ()))) < 200


def test_a_bounded_number_of_first_refusals_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of further activities are not found."""
    monkeypatch.setattr(tracking, "MAX_REFUSALS", 2)
    refused = [status(number, "Closed") for number in range(1, 4)]
    found = check([create({"code": "T"}), *refused, *refused]).findings
    assert [each.first_refusal for each in found] == [None] * 3 + ["<lines>:2", "<lines>:3", None]


@pytest.mark.parametrize("count", [1, 2, tracking.MANY, tracking.MANY + 1, 3 * tracking.MANY])
def test_creates_of_the_usual_kind_are_judged_alike(count: int) -> None:
    """The second one takes a shorter way through the accelerator, unless it has many activities."""
    made = create(*[{"code": "T"}] * count)
    lines = [made.replace(b"WR-1", b"WR-%d" % number) for number in range(1, 4)]
    moved = [status(number, "Active") for number in range(count)]
    twice = made.replace(b"A-0", b"A-1").replace(b"WR-1", b"WR-9")
    assert_judged_like_the_plain_checker([*lines, *moved, *lines, twice, *moved])


def test_activities_share_equal_values() -> None:
    """Memory holds a state, worker or outcome that recurs only once."""
    checker = LogChecker()
    for number in range(2):
        about = {"activityId": "A-0"}
        lines = [
            create({"code": "T"}),
            line("UpdateTaskActivityWorkerEvent", "WorkSupplier", worker="W", **about),
            line("UpdateTaskActivityOutcomesEvent", "WorkSupplier", outcome={"code": "DONE"}, **about),
            *(status(0, category, "state") for category in ("Active", "PracticalCompletion", "Closed")),
        ]
        checker.judge_lines("log", 1, [each.replace(b"WR-1", b"WR-%d" % number) for each in lines])
    assert checker.counts.refused == 0
    one, two = (checker._loop.requests[f"WR-{number}"] for number in range(2))
    assert (one.state, one.worker, one.outcomes) == ("state", "W", "DONE")
    assert one.state is two.state
    assert one.worker is two.worker
    assert one.outcomes is two.outcomes


def test_a_work_request_can_close_before_a_partial_log_shows_its_activities() -> None:
    """A cancellation closes activities that the log has not shown."""
    report = check([line("CancelTaskEvent"), status(0, "Closed")], partial=True)
    assert (report.counts.assumed, report.counts.refused) == (1, 0)


def test_a_cancellation_in_a_partial_log_can_come_twice() -> None:
    """The second one is a repeat, whether or not its sender may send it. The state is then known."""
    cancel = line("CancelTaskActivityEvent", "WorkSupplier", activityId="A-0")
    report = check([cancel, cancel, status(0, "Active")], partial=True)
    assert (report.counts.consumed, report.counts.not_consumed, report.counts.refused) == (1, 1, 1)
    (finding,) = report.findings
    assert finding.rule == "WRM201"
    assert finding.message.startswith("activity A-0 is Closed, which is final")


def mixed_lines(random: Random, length: int, activities: int) -> Iterator[bytes]:
    """Yield random events for a work request as a whole and for its activities."""
    yield create(*[{"code": "T", "workSupplierAllowedToCancel": random.random() < 0.5}] * activities)
    for number in range(length):
        activity = random.randrange(activities)
        for_activity = {"activityId": f"A-{activity}", "worker": f"{number % 2}"}
        category = random.choice(["Active", "Active", "PracticalCompletion", "Closed", "Open"])
        yield random.choice(
            (
                status(activity, category),
                line("UpdateTaskActivityWorkerEvent", "WorkSupplier", **for_activity),
                line("ReallocateTaskEvent", supplier=random.choice(("north", "north", "south"))),
                line("CancelTaskEvent"),
                line("AddTaskActivityEvent", activity={"id": f"A-{activity + 3}", "type": {"code": "T"}}),
            )
        )


@pytest.mark.parametrize("seed", range(30))
def test_a_large_work_request_is_judged_alike(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """With the index of its activities, it has the findings of the plain checker."""
    monkeypatch.setattr(tracking, "MANY", 1)
    monkeypatch.setattr(tracking, "MIN_INDEXED", 1)
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    assert_judged_like_the_plain_checker(list(mixed_lines(random, 60, 6)))


class Counted:
    """An activity that counts how often somebody reads its node."""

    reads = 0

    def __init__(self, id: str, node: "Counted | None" = None, index: int = 0) -> None:
        self.activity_id, self._node, self.index, self.worker = id, node, index, None

    @property
    def node(self) -> "Counted | None":
        """Its node."""
        Counted.reads += 1
        return self._node

    @node.setter
    def node(self, node: "Counted") -> None:
        self._node = node


def reads_for(count: int) -> int:
    """Return the reads while activities of an index move, back and forth, and the first ones are listed."""
    nodes = [Counted("", index=index) for index in range(3)]
    activities = [Counted(str(number), nodes[0]) for number in range(count)]
    Counted.reads = 0
    index = NodeIndex(activities)
    for number, activity in enumerate(activities):
        for node in (nodes[1], nodes[0], nodes[1]):
            index.leave(activity)
            activity.node = node
            index.enter(activity, number + 1 if node is nodes[1] else count - number)
        index.first(0, 5)
        assert [rank for rank, _ in index.first(1, 5)] == list(range(min(5, number + 1)))
    assert index.first(0, 5) == index.first(2, 5) == []
    assert sum(map(len, index._heaps.values())) < 6 * count + 200
    return Counted.reads


def test_an_index_takes_time_in_proportion_to_its_activities() -> None:
    """Twice the activities and moves take at most about twice the steps, and the heaps do not grow without limit."""
    assert reads_for(2_000) < 2.5 * reads_for(1_000)


def test_the_heaps_of_an_index_do_not_grow_with_the_moves() -> None:
    """An activity that moves back and forth leaves its old nodes at once, or a little later."""
    nodes = [Counted("", index=index) for index in range(2)]
    activity = Counted("A", nodes[0])
    index = NodeIndex([activity, Counted("B", nodes[0])])
    for number in range(1_000):
        index.leave(activity)
        activity.node = nodes[(number + 1) % 2]
        index.enter(activity, 1)
    assert sum(map(len, index._heaps.values())) < 300
    assert [each.activity_id for _, each in index.first(0, 5)] == ["A", "B"]
    assert index.first(1, 5) == []


def test_reports_cut_the_long_texts_of_a_line() -> None:
    """The finding itself has them whole, because programs compare them."""
    (found,) = check([status(0, "Open").replace(b"WR-1", b"W" * 300)]).findings
    assert found.task_id == "W" * 300
    assert shortened(found).task_id == f"{'W' * 50}… (300 characters)"
    assert shortened(shortened(found)) == shortened(found)
