"""Measures the time and memory of checking a log, in comparison with decoding the same lines.

    PYTHONPATH=tests python tests/benchmarks/logs.py [--recorded LOG] [--large]

The realistic log and the wild log are generated: see `realistic.py` and `generated.py` in `tests`. LOG is a recorded
log, plain or gzip, which is repeated under new work request ids up to 200,000 lines. Times are processor times of the
whole log, each time with a new checker, and medians of seven. All ways of processing a log take turns in one run. Quote
the ratios, because absolute times depend on the machine. With --large, the memory of seven million events over 500,000
work requests is measured instead, which takes minutes.
"""

import argparse
import gzip
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import generated
import realistic
from benchmarks.by_hand import broken_rules
from work_request_manager.log import LogChecker, check
from work_request_manager.log._fast.lines import decode

RUNS = 7
LINES = 200_000
WILD_LINES = 100_000
LARGE = 7_000_000
LARGE_REQUESTS = 500_000
IDS = 7
"""The event ids of an open work request whose memory is measured."""

TARGETS = {"realistic": 7.0, "recorded": 3.5, "wild": 16.0}
"""The budget: the largest ratio of `check` to decoding, for each log."""


Block = tuple[list[bytes], bool]
"""Some lines as reading a file gives them, and whether all of them are ASCII."""

Way = Callable[[list[Block]], object]


def _each(work: Callable[[bytes], object]) -> Way:
    def run(blocks: list[Block]) -> None:
        for lines, _ in blocks:
            for line in lines:
                work(line)

    return run


FLAT = "msgspec, one flat struct"

WAYS: dict[str, Way] = {
    FLAT: _each(decode),
    "json.loads": _each(json.loads),
    "by hand, status updates only": lambda blocks: broken_rules(line for lines, _ in blocks for line in lines),
    "check": lambda blocks: _judged(blocks),
    "check, history": lambda blocks: _judged(blocks, history=True),
    "check, partial": lambda blocks: _judged(blocks, partial=True),
}


def _judged(blocks: list[Block], *, history: bool = False, partial: bool = False) -> None:
    checker, number = LogChecker(history=history, partial=partial), 1
    for lines, is_ascii in blocks:
        checker.judge_lines("log", number, lines, is_ascii=is_ascii)
        number += len(lines)


BLOCK = 200


def measured(lines: list[bytes]) -> dict[str, float]:
    """Return the seconds that each way takes for a log: medians of seven."""
    parts = [lines[at : at + BLOCK] for at in range(0, len(lines), BLOCK)]
    blocks = [(part, all(map(bytes.isascii, part))) for part in parts]
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(RUNS):
        for way, work in WAYS.items():
            before = time.process_time()
            work(blocks)
            taken[way].append(time.process_time() - before)
    return {way: statistics.median(each) for way, each in taken.items()}


def repeated(path: Path) -> Iterator[bytes]:
    """Yield the lines of a recorded log again and again, under new ids."""
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as log:
        recorded = [line.rstrip(b"\n") for line in log]
    for number in range(-(-LINES // len(recorded))):
        for line in recorded:
            yield line.replace(b'"taskId":"', b'"taskId":"%d-' % number, 1)


def table(logs: dict[str, list[bytes]]) -> str:
    """Measure logs, and return the results as a table in Markdown."""
    results = {name: measured(lines) for name, lines in logs.items()}
    rows = [["way", *logs], ["---", *["---:"] * len(logs)]]
    for way in WAYS:
        cells = []
        for name, lines in logs.items():
            seconds, flat = results[name][way], results[name][FLAT]
            cells.append(f"{seconds / flat:.2f} ({seconds / len(lines) * 1e6:.2f} µs)")
        rows.append([way, *cells])
    rows.append(["budget of check", *(f"{TARGETS[name]:.1f}" for name in logs)])
    described = [f"{name}: {_described(lines)}" for name, lines in logs.items()]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *described])


def _described(lines: list[bytes]) -> str:
    report = check(lines)
    counts = report.counts
    return (
        f"{counts.lines:,} lines, {counts.work_requests:,} work requests, {counts.refused:,} refused,"
        f" {len(report.findings):,} findings"
    )


def open_request(count: int = 20_000) -> str:
    """Return the memory of an open work request with seven event ids, in a sentence."""
    party = {"role": "Chorus", "id": "chorus"}
    own = {"requestor": "rsp", "supplier": "north", "activities": [{"id": "A-1", "type": {"code": "FIBRE"}}]}
    made: list[bytes] = []
    for number in range(count):
        common: dict[str, Any] = {"taskId": f"WR-{number:09}", "at": "2026-03-01T20:00:00Z", "sender": party}
        for each in range(IDS):
            common["eventId"] = str(UUID(int=number * IDS + each + (1 << 100)))
            update = {"event": "UpdateTaskScheduleEvent", "schedule": {"latestEnd": f"2026-03-0{each + 1}T20:00:00Z"}}
            event = update if each else {"event": "CreateTaskEvent", **own}
            made.append(json.dumps({**common, **event}).encode())
    checker = LogChecker()
    checker.judge_lines("log", 1, made)  # fills the caches
    checker.forget()
    tracemalloc.start()
    checker.judge_lines("log", 1, made)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"An open work request with {IDS} event ids of 36 characters takes {taken / count:,.0f} bytes."


def large() -> str:
    """Check a large log in this process, and return the peak memory in a sentence."""
    checker, number = LogChecker(), 1
    for block in _blocks(realistic.lines(LARGE, open_=OPEN_IN_LARGE)):
        checker.judge_lines("log", number, block)
        number += len(block)
    # Of this process only: getrusage can return the peak of the process that started it.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    counts = checker.counts
    return f"{counts.events:,} events over {counts.work_requests:,} work requests: peak of {peak:,.0f} MiB."


OPEN_IN_LARGE = 30_000


def _blocks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for line in lines:
        block.append(line)
        if len(block) == 200:
            yield block
            block = []
    yield block


def main() -> None:
    """Measure, and print the results in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recorded", metavar="LOG", type=Path, help="a recorded log, plain or gzip")
    parser.add_argument("--large", action="store_true", help="measure the memory of a large log instead")
    given = parser.parse_args()
    if given.large:
        print(large())
        return
    logs = {"realistic": list(realistic.lines(LINES))}
    if given.recorded is not None:
        logs["recorded"] = list(repeated(given.recorded))
    logs["wild"] = list(generated.lines(WILD_LINES, seed=1))
    print(table(logs))
    print(open_request())


if __name__ == "__main__":
    main()
