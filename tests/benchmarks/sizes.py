"""Measures in one run how the cost of work requests grows with the number of their activities.

    python tests/benchmarks/sizes.py

Quote the ratios: absolute times belong to the machine of the moment.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from work_request_manager import (
    Activity,
    ActivityType,
    Category,
    Outcome,
    Party,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)
from work_request_manager.wire import decode_work_request, encode_work_request

SIZES = (1, 10, 1_000, 5_000)
RUNS = 9

TYPES = (
    ActivityType("FIBRE_CONNECT", work_supplier_allowed_to_cancel=True),
    ActivityType("SITE_SURVEY", states={"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE}),
)


def activities(count: int) -> list[Activity]:
    """Return activities of two types. Half of them have begun, each with another worker and outcome."""
    return [
        Activity(
            f"A-{number}",
            TYPES[number // 2 % 2],
            Status(Category.ACTIVE, "OnSite") if number % 2 else Status(Category.OPEN, "Scheduled"),
            has_been_active=bool(number % 2),
            worker=f"worker-{number}" if number % 2 else None,
            outcomes=[Outcome(f"TESTED-{number}")] if number % 2 else [],
        )
        for number in range(count)
    ]


def cost(run: Callable[[], object]) -> float:
    """Return the lowest time of several runs, in seconds. Quick functions run many times in each run."""
    started = time.perf_counter()
    run()
    repeats = max(1, int(0.005 / (time.perf_counter() - started)))
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for _ in range(repeats):
            run()
        times.append((time.perf_counter() - started) / repeats)
    return min(times)


def costs(count: int) -> dict[str, float]:
    """Return the cost of each thing that a service does with a work request of this size."""
    supplier = Party.supplier("northline")
    parts = activities(count)
    request = WorkRequest("WR-1", "rsp-one", "northline", parts)
    common: dict[str, Any] = {"work_request_id": "WR-1", "sender": supplier, "at": datetime(2026, 3, 1, tzinfo=UTC)}
    last = events.UpdateActivityStatus(**common, activity_id=parts[-1].id, status=Status(Category.ACTIVE, "Testing"))
    snapshot = encode_work_request(request)
    return {
        "bare msgspec decoding": cost(lambda: msgspec.json.decode(snapshot)),
        "build": cost(lambda: WorkRequest("WR-1", "rsp-one", "northline", parts)),
        "decide": cost(lambda: decide(request, last)),
        "permitted": cost(lambda: permitted(request, supplier)),
        "permitted, one activity": cost(lambda: permitted(request, supplier, activity_id=parts[-1].id)),
        "encode": cost(lambda: encode_work_request(request)),
        "decode": cost(lambda: decode_work_request(snapshot)),
    }


def main() -> None:
    """Print a table. Each number is relative to bare decoding of the same snapshot; the last column is the growth."""
    measured = {count: costs(count) for count in SIZES}
    bare = {count: each["bare msgspec decoding"] for count, each in measured.items()}
    first, second = SIZES[-2:]
    print(f"| activities | {' | '.join(f'{count:,}' for count in SIZES)} | growth, {first:,} to {second:,} |")
    print(f"| --- | {' | '.join('---:' for _ in SIZES)} | ---: |")
    for name in measured[1]:
        ratios = (f"{measured[count][name] / bare[count]:.2f}" for count in SIZES)
        growth = measured[second][name] / measured[first][name]
        print(f"| {name} | {' | '.join(ratios)} | {growth:.1f} |")


if __name__ == "__main__":
    main()
