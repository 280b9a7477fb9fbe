"""Measures the time of judging logs in other formats, in comparison with reading them.

    PYTHONPATH=tests python tests/benchmarks/mapped.py [--rows N] [--runs N]

A table of status changes is generated: about five rows for each work request, thousands of which are open at once, and
1 % of the rows have findings. It is written as CSV with local times, as JSON Lines of two shapes, and as events in the
library's own format. Times are processor times of a whole file, each time with a new checker, and the least of several
runs. All ways take turns in one run. Quote the ratios, because absolute times depend on the machine.
"""

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from work_request_manager import Category
from work_request_manager.log import LogChecker
from work_request_manager.wire import LogMapping

ROWS, RUNS = 1_000_000, 5
OPEN = 3_000
"""The number of work requests that are open at once."""

ZONE = "Pacific/Auckland"
CATEGORIES = {
    "New": Category.OPEN,
    "Assigned": Category.OPEN,
    "Waiting for customer": Category.OPEN,
    "Travelling": Category.ACTIVE,
    "On site": Category.ACTIVE,
    "In progress": Category.ACTIVE,
    "Fixed": Category.PRACTICAL_COMPLETION,
    "Quality check": Category.IN_REVIEW,
    "Closed": Category.CLOSED,
}
BUDGETS = {"CSV": 2.5, "JSON Lines": 2.0}
"""The largest ratio of judging a mapped log: to csv.DictReader, and to the same events in the library's own format."""


class Change(NamedTuple):
    """A row of the table."""

    ticket: str
    state: str
    at: datetime
    engineer: str


def changes(count: int, seed: int = 7) -> Iterator[Change]:
    """Yield the rows of a table. The same seed gives the same table."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    at = datetime(2026, 1, 1, tzinfo=UTC)
    running: list[tuple[str, Iterator[str], str]] = []
    created = 0
    for _ in range(count):
        slot = random.randrange(OPEN)
        state = next(running[slot][1], None) if slot < len(running) else None
        if state is None:
            created += 1
            begun = f"INC{created:07}", _states(random), f"engineer-{random.randrange(300):03}"
            slot = min(slot, len(running))
            running[slot : slot + 1] = [begun]
            state = next(begun[1])
        at += timedelta(seconds=random.randrange(40))
        yield Change(running[slot][0], state, at, running[slot][2])


def _states(random: Random) -> Iterator[str]:
    """Yield the states of one work request. One in twenty has an update that breaks a rule."""
    fault = random.randrange(40)
    yield "New"
    yield random.choice(("Assigned", "Waiting for customer"))
    if fault != 0:
        yield from random.sample(("Travelling", "On site", "In progress"), random.choice((1, 1, 2)))
    yield "Fixed"
    if fault == 1:
        yield "On site"
        yield "Fixed"
    if random.random() < 0.1:
        yield "Quality check"
    yield "Closed"


def mapping(request: str, status: str, at: str, **fields: Any) -> LogMapping:
    """Return a mapping of the table."""
    return LogMapping(request, status, at, CATEGORIES, **fields)


class Way(NamedTuple):
    """A way to process a file, and the ways that it is compared with."""

    name: str
    work: Callable[[], object]
    compared_with: str | None = None
    budget: float | None = None


def judge(path: Path, mapping: LogMapping | None) -> LogChecker:
    """Judge a log, and return the checker."""
    checker = LogChecker(partial=True, mapping=mapping)
    for _ in checker.findings(path):
        pass
    return checker


def read(path: Path) -> None:
    """Read a CSV file as dictionaries."""
    with path.open(newline="", encoding="utf-8") as file:
        for _ in csv.DictReader(file):
            pass


def written(folder: Path, count: int) -> dict[str, Path]:
    """Write the table in each format, and return the paths."""
    paths = {name: folder / name for name in ("table.csv", "flat.jsonl", "nested.jsonl", "events.jsonl")}
    zone = ZoneInfo(ZONE)
    table, flat, nested, events = (path.open("w", newline="", encoding="utf-8") for path in paths.values())
    with table, flat, nested, events:
        rows = csv.writer(table)
        rows.writerow(("Ticket", "Step", "When", "Engineer", "Team", "Comment"))
        for number, (ticket, state, at, engineer) in enumerate(changes(count)):
            when, comment = f"{at:%Y-%m-%dT%H:%M:%SZ}", "see the ticket, please" if number % 10 == 0 else ""
            local = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
            rows.writerow((ticket, state, local, engineer, "Field North", comment))
            _write(flat, {"ticket": ticket, "step": state, "when": when, "engineer": engineer, "comment": comment})
            change = {"step": state, "when": when, "by": {"id": engineer, "team": "Field North"}}
            _write(nested, {"ticket": {"id": ticket, "comment": comment}, "change": change})
            event = {
                "event": "UpdateTaskActivityStatusEvent",
                "taskId": ticket,
                "activityId": "1",
                "status": {"category": CATEGORIES[state].value, "state": state},
                "sender": {"role": "WorkSupplier", "id": engineer},
                "at": when,
            }
            _write(events, event)
    return paths


def _write(file: Any, value: object) -> None:
    file.write(json.dumps(value, separators=(",", ":")) + "\n")


def ways(paths: dict[str, Path]) -> list[Way]:
    """Return all ways to process the files."""
    table, flat, nested, events = paths.values()
    csv_columns, flat_columns = ("Ticket", "Step", "When"), ("ticket", "step", "when")
    nested_columns = ("ticket.id", "change.step", "change.when")
    reader, own, csv_budget, json_budget = "csv.DictReader", "events in our own format", *BUDGETS.values()
    with_senders, with_ids = {"zone": ZONE, "sender": "Engineer"}, {"sender": "change.by.id"}
    return [
        Way(reader, lambda: read(table)),
        Way("CSV", lambda: judge(table, mapping(*csv_columns, zone=ZONE)), reader, csv_budget),
        Way("CSV, with senders", lambda: judge(table, mapping(*csv_columns, **with_senders)), reader, csv_budget),
        Way(own, lambda: judge(events, None)),
        Way("JSON Lines", lambda: judge(flat, mapping(*flat_columns, sender="engineer")), own, json_budget),
        Way("JSON Lines, nested", lambda: judge(nested, mapping(*nested_columns, **with_ids)), own, json_budget),
    ]


def measured(ways: list[Way], runs: int) -> dict[str, float]:
    """Return the least seconds that each way takes."""
    taken: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(runs):
        for way in ways:
            before = time.process_time()
            way.work()
            taken[way.name].append(time.process_time() - before)
    return {name: min(each) for name, each in taken.items()}


def main() -> None:
    """Measure, and print the results in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", metavar="N", type=int, default=ROWS, help="the number of rows")
    parser.add_argument("--runs", metavar="N", type=int, default=RUNS, help="the number of runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder), given.rows)
        all_ways = ways(paths)
        seconds = measured(all_ways, given.runs)
        print("| way | µs per row | ratio | to | budget |\n| --- | ---: | ---: | --- | ---: |")
        for name, _, other, budget in all_ways:
            ratio = "" if other is None else f"{seconds[name] / seconds[other]:.2f}"
            print(f"| {name} | {seconds[name] / given.rows * 1e6:.2f} | {ratio} | {other or ''} | {budget or ''} |")
        counts = judge(paths["table.csv"], mapping("Ticket", "Step", "When", zone=ZONE)).counts
    print(f"\n{counts.events:,} events over {counts.assumed:,} work requests, {counts.refused:,} refused.")


if __name__ == "__main__":
    main()
