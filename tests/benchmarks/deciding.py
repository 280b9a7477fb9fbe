"""Measures in one run: deciding against the same lifecycles by hand, judging a log, and importing the core.

    python tests/benchmarks/deciding.py

Quote the ratios: absolute times belong to the machine of the moment.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from work_request_manager import (
    Activity,
    ActivityType,
    Allocation,
    AnyEvent,
    Category,
    Closure,
    NewActivity,
    Outcome,
    Party,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.log import check
from work_request_manager.machine import activity_machine, allocation_machine
from work_request_manager.wire import encode_event

RUNS = 7
LIFECYCLES = 500


def lifecycle(number: int) -> list[AnyEvent]:
    """Return the events of one ordinary work request, from creation until it closes."""
    supplier, requestor = Party.supplier("northline"), Party.requestor("rsp-one")
    kind = ActivityType("FIBRE_CONNECT", work_supplier_allowed_to_cancel=True)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    common: list[dict[str, Any]] = [
        {"work_request_id": f"WR-{number}", "sender": supplier, "at": start + timedelta(hours=hour)}
        for hour in range(11)
    ]

    def status(hour: int, category: Category, state: str = "") -> AnyEvent:
        return events.UpdateActivityStatus(**common[hour], activity_id="A-1", status=Status(category, state))

    return [
        events.CreateWorkRequest(
            **{**common[0], "sender": requestor}, supplier="northline", activities=[NewActivity("A-1", kind)]
        ),
        events.AcceptWorkRequest(**common[1]),
        events.UpdateActivityWorker(**common[2], activity_id="A-1", worker="Aroha"),
        status(3, Category.OPEN, "Scheduled"),
        status(4, Category.ACTIVE, "Travelling"),
        status(5, Category.ACTIVE, "OnSite"),
        status(6, Category.OPEN, "Waiting"),
        status(7, Category.ACTIVE, "OnSite"),
        events.RecordOutcome(**common[8], activity_id="A-1", outcome=Outcome("CONNECTED")),
        status(9, Category.PRACTICAL_COMPLETION),
        status(10, Category.CLOSED),
    ]


def by_deciding(lifecycles: list[list[AnyEvent]]) -> None:
    """Fold `decide` over each lifecycle."""
    for lifecycle_events in lifecycles:
        request: WorkRequest | None = None
        for event in lifecycle_events:
            request = decide(request, event).work_request
        assert request is not None
        assert request.is_closed


class Cursor:
    """A model for a `transitions` machine."""

    __slots__ = ("state",)

    def __init__(self, state: object) -> None:
        self.state = state


MOVES = {
    (Category.OPEN, Category.OPEN): "replan",
    (Category.OPEN, Category.ACTIVE): "start",
    (Category.ACTIVE, Category.ACTIVE): "progress",
    (Category.ACTIVE, Category.OPEN): "pause",
    (Category.ACTIVE, Category.PRACTICAL_COMPLETION): "complete",
    (Category.PRACTICAL_COMPLETION, Category.CLOSED): "close",
}


def by_hand(lifecycles: list[list[AnyEvent]]) -> None:
    """Do to each lifecycle what one would without this library: a machine's cursor, and `attrs.evolve`."""
    activities, allocations = activity_machine(), allocation_machine()
    for lifecycle_events in lifecycles:
        request: WorkRequest | None = None
        for event in lifecycle_events:
            if isinstance(event, events.CreateWorkRequest):
                activities_now = [Activity(each.id, each.type) for each in event.activities]
                request = WorkRequest(event.work_request_id, event.requestor, event.supplier, activities_now)
                continue
            assert request is not None
            if isinstance(event, events.AcceptWorkRequest):
                cursor = Cursor(request.allocation)
                assert allocations.events["accept"].trigger(cursor)
                request = attrs.evolve(request, allocation=Allocation.ACCEPTED)
                continue
            activity = request.activities[0]
            if isinstance(event, events.UpdateActivityStatus):
                cursor = Cursor(activity.status.category)
                move = MOVES[activity.status.category, event.status.category]
                assert activities.events[move].trigger(cursor)
                activity = attrs.evolve(
                    activity,
                    status=event.status,
                    has_been_active=activity.has_been_active or move == "start",
                    closure=Closure.COMPLETED if move == "close" else None,
                )
            elif isinstance(event, events.UpdateActivityWorker):
                activity = attrs.evolve(activity, worker=event.worker)
            elif isinstance(event, events.RecordOutcome):
                activity = attrs.evolve(activity, outcomes=(*activity.outcomes, event.outcome))
            request = attrs.evolve(request, activities=(activity,))
        assert request is not None
        assert request.is_closed


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fastest_in_turn(*works: Callable[[], object]) -> list[float]:
    """Run each work in turn, RUNS times, and return the fastest time of each: the machine's noise hits all alike."""
    times = [[seconds(work) for work in works] for _ in range(RUNS)]
    return [min(column) for column in zip(*times, strict=True)]


def importing(statement: str) -> Callable[[], object]:
    """Return the work of a new Python process that runs a statement."""
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)


def main() -> None:
    """Measure, and print the table."""
    lifecycles = [lifecycle(number) for number in range(LIFECYCLES)]
    count = sum(map(len, lifecycles))
    lines = [encode_event(event) for lifecycle_events in lifecycles for event in lifecycle_events]

    decided, handmade, checked = fastest_in_turn(
        lambda: by_deciding(lifecycles), lambda: by_hand(lifecycles), lambda: check(lines)
    )
    bare, dependencies, core = fastest_in_turn(
        importing("pass"), importing("import attrs, transitions"), importing("import work_request_manager")
    )
    print(f"decide, whole lifecycles            {count / decided:>10,.0f} decisions/s")
    print(f"the same by hand                    {count / handmade:>10,.0f} steps/s")
    print(f"decide over by hand                 {handmade / decided:>10.2f} times as fast")
    print(f"log.check                           {count / checked:>10,.0f} events/s")
    print(f"bare Python, starting               {bare * 1e3:>10.1f} ms")
    print(f"import attrs, transitions           {(dependencies - bare) * 1e3:>10.1f} ms more")
    print(f"import work_request_manager         {(core - bare) * 1e3:>10.1f} ms more")
    print(f"process with the core over bare     {core / bare:>10.2f} times")
    print(f"core over its dependencies alone    {(core - bare) / (dependencies - bare):>10.2f} times")


if __name__ == "__main__":
    main()
