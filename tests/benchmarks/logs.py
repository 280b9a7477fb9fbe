"""Measures the time and memory of checking a log, in comparison with decoding the same lines.

    PYTHONPATH=tests python tests/benchmarks/logs.py [LOG]

The wild log is generated: it has events of every kind, and a third of them are refused. LOG is a recorded log, plain or
gzip. It is repeated with new work request ids up to about 500,000 events. Times are processor times, the smallest of
several runs. Quote the ratios, because absolute times depend on the machine.
"""

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from generated import lines
from work_request_manager.log import LogChecker, check
from work_request_manager.log._fast.lines import LINES
from work_request_manager.log._sources import blocks_of

RUNS = 3
WILD = 1_000_000
RECORDED = 500_000
LARGE = 7_100_000
"""The number of events of the large log, which has over 500,000 work requests."""


def _decoder() -> Callable[[bytes], Any]:
    """Return a function that decodes a line into one flat struct with the fields of all kinds of events."""
    fields = {field.encode_name: field.type for line in LINES.values() for field in msgspec.structs.fields(line)}
    del fields["values"]
    optional: Any = [(name, kind | msgspec.UnsetType, msgspec.UNSET) for name, kind in fields.items()]
    return msgspec.json.Decoder(msgspec.defstruct("Flat", [("event", str), *optional], gc=False)).decode


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time() + _children()
    work()
    return time.process_time() + _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _each(work: Callable[[bytes], object], data: list[bytes]) -> Callable[[], None]:
    def run() -> None:
        for line in data:
            work(line)

    return run


def _exhausted(items: Iterable[object]) -> None:
    for _ in items:
        pass


def measure(name: str, path: Path) -> None:
    """Print the time of each way of processing a log."""
    data = path.read_bytes().splitlines()
    command = [sys.executable, "-m", "work_request_manager", "check", "--quiet", str(path)]
    works: dict[str, Callable[[], object]] = {
        "reading lines": lambda: _exhausted(map(_exhausted, (block.lines for block in blocks_of(path)))),
        "json.loads of each line": _each(json.loads, data),
        "msgspec into one flat struct": _each(_decoder(), data),
        "log.check": lambda: check(path),
        "wrm check, whole process": lambda: subprocess.run(command, check=False),
    }
    taken = dict.fromkeys(works, float("inf"))
    for _ in range(RUNS):
        for title, work in works.items():
            taken[title] = min(taken[title], _seconds(work))
    flat = taken["msgspec into one flat struct"]
    counts = check(path).counts
    print(f"{name}: {counts.events:,} events, {counts.refused:,} refused")
    for title, seconds in taken.items():
        print(f"  {title:32}{seconds / len(data) * 1e6:8.2f} µs a line{seconds / flat:8.2f} times the struct")
    gain = taken["json.loads of each line"] / taken["log.check"]
    print(f"  log.check is {gain:.2f} times as fast as json.loads")
    read = taken["reading lines"]
    print(f"  log.check takes {taken['log.check'] / (read + flat):.2f} times what reading and decoding take together")


def repeated(path: Path, events: int) -> Iterable[bytes]:
    """Yield the lines of a log repeatedly, with new ids, up to about this many events."""
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as log:
        recorded = [line.rstrip(b"\n") for line in log]
    for number in range(round(events / len(recorded))):
        for line in recorded:
            yield line.replace(b'"taskId":"', b'"taskId":"%d-' % number, 1)


def open_activities(count: int = 200_000) -> None:
    """Print the memory of each open activity, without the texts that are kept."""
    checker = LogChecker()
    ids = [f"WR-{number}" for number in range(count)]
    creations = (
        b'{"event":"CreateTaskEvent","taskId":"%b","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
        b'"requestor":"rsp","supplier":"north","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}' % each.encode()
        for each in ids
    )
    tracemalloc.start()
    checker.judge_lines("log", 1, creations)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    texts = sum(map(sys.getsizeof, ids))
    print(f"an open activity: {(taken - texts) / count:,.0f} bytes, and {texts / count:,.0f} of its request's id")


def large() -> None:
    """Check a large log in this process, and print the peak memory."""
    checker = LogChecker()
    for number, line in enumerate(lines(LARGE, seed=1), start=1):
        checker.judge_lines("log", number, (line,))
    # Of this process only: getrusage can return the peak of the process that started it.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    counts = checker.counts
    print(f"{counts.events:,} events over {counts.work_requests:,} work requests: peak of {peak:,.0f} MiB")


def main() -> None:
    """Measure, and print the tables."""
    if sys.argv[1:] == ["--large"]:
        large()
        return
    with tempfile.TemporaryDirectory() as folder:
        wild = Path(folder) / "wild.jsonl"
        wild.write_bytes(b"\n".join(lines(WILD, seed=1)))
        measure("wild", wild)
        for log in map(Path, sys.argv[1:]):
            recorded = Path(folder) / "recorded.jsonl"
            recorded.write_bytes(b"\n".join(repeated(log, RECORDED)))
            measure("recorded", recorded)
    open_activities()
    sys.stdout.flush()
    subprocess.run([sys.executable, __file__, "--large"], check=True)


if __name__ == "__main__":
    main()
