"""Checks hostile logs: memory must be bounded, and time must grow with the length of the log.

    python tests/benchmarks/hostile.py [NAME...]

Each log is made at two lengths in a temporary folder, and `wrm check --quiet` checks it in a separate process:
as requests, with --history, and with --partial. The table has the peak memory of the longer log, the memory above what
its work requests cost, and both times. The exit status is 1 if that memory is over 256 MiB, or if time more than
doubles by a wide margin. NAME limits the run to logs whose names begin so.

The estimate of what work requests cost is 400 bytes for each, 250 for each activity, 300 for each outcome, 8 for each
event id, and the UTF-8 bytes of the ids and of the states that types list.
"""

import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

LIMIT = 256
"""The largest memory above the estimate, in MiB."""

MAX_RATIO, NOISE = 2.6, 0.5
"""The largest ratio of the time of a log to that of one of half its length, and the seconds that noise may add."""

MODES: tuple[tuple[str, ...], ...] = ((), ("--history",), ("--partial",))

MIB = 1 << 20

RUN = """
import sys, time
from work_request_manager.cli import wrm
try:
    wrm(["check", "--quiet", *sys.argv[1:]])
except SystemExit as ended:
    assert ended.code in (0, 1), ended.code
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["VmHWM"].split()[0], time.process_time())
"""

Lines = Iterator[bytes]


class Cost(NamedTuple):
    """The estimate of what the work requests of a log cost: see the docstring of the module."""

    requests: int = 1
    activities: int = 1
    outcomes: int = 0
    ids: int = 0
    texts: int = 0

    @property
    def mebibytes(self) -> float:
        """The estimate."""
        counted = 400 * self.requests + 250 * self.activities + 300 * self.outcomes + 8 * self.ids + self.texts
        return counted / MIB


class Hostile(NamedTuple):
    """A hostile log.

    Args:
        length: the smaller length.
        lines: its lines at a length.
        cost: the estimate at a length.
        suffix: the end of its file's name. It says how it is stored.
    """

    length: int
    lines: Callable[[int], Lines]
    cost: Callable[[int], Cost]
    suffix: str = ".jsonl"


def event(name: str, fields: str = "", request: object = "WR-1", *, sender: str = "S") -> bytes:
    """Return a line. `fields` begins with a comma."""
    role, party = {"S": ("WorkSupplier", "north"), "C": ("Chorus", "chorus")}.get(sender, ("WorkSupplier", sender))
    return (
        f'{{"event":"{name}","taskId":"{request}","sender":{{"role":"{role}","id":"{party}"}},'
        f'"at":"2026-03-01T20:00:00Z"{fields}}}'
    ).encode()


def create(request: object = "WR-1", activities: int = 1, type: str = '{"code":"FIBRE"}', more: str = "") -> bytes:
    """Return the line of a create event."""
    new = ",".join(f'{{"id":"A-{number}","type":{type}}}' for number in range(activities))
    return event(
        "CreateTaskEvent", f',"requestor":"rsp","supplier":"north","activities":[{new}]{more}', request, sender="C"
    )


def update(
    state: str, activity: object = "A-0", category: str = "Open", request: object = "WR-1", more: str = ""
) -> bytes:
    """Return the line of a status update."""
    fields = f',"activityId":"{activity}","status":{{"category":"{category}","state":"{state}"}}{more}'
    return event("UpdateTaskActivityStatusEvent", fields, request)


def long(number: int, size: int = 1_000_000) -> str:
    """Return a long text, which differs for each number."""
    return f"{number:09}" + "x" * size


STATUS, WORKER, OUTCOME = (
    "UpdateTaskActivityStatusEvent",
    "UpdateTaskActivityWorkerEvent",
    "UpdateTaskActivityOutcomesEvent",
)

LONG_TEXTS: dict[str, tuple[str, str, str]] = {
    "state": (STATUS, ',"activityId":"A-0","status":{"category":"Open","state":"%s"}', "S"),
    "worker": (WORKER, ',"activityId":"A-0","worker":"%s"', "S"),
    "outcome": (OUTCOME, ',"activityId":"A-0","outcome":{"code":"%s"}', "S"),
    "contact": ("UpdateTaskSiteContactEvent", ',"contact":{"name":"%s"}', "C"),
    "reason": ("RejectTaskEvent", ',"reason":"%s"', "S"),
    "supplier": ("ReallocateTaskEvent", ',"supplier":"%s"', "C"),
    "event id": ("AcceptTaskEvent", ',"eventId":"%s"', "S"),
    "activity id": (STATUS, ',"activityId":"%s","status":{"category":"Open"}', "S"),
    "sender": ("AcceptTaskEvent", "", "%s"),
    "event name": ("%s", "", "S"),
    "time": ("AcceptTaskEvent", ',"at":"%s"', "S"),
    "unread field": ("AcceptTaskEvent", ',"other":"%s"', "S"),
    "type code": ("AddTaskActivityEvent", ',"activity":{"id":"B-#","type":{"code":"%s"}}', "C"),
    "requested type": ("RequestAddTaskActivityEvent", ',"type":{"code":"%s"}', "C"),
    "new state": (
        "AddTaskActivityEvent",
        ',"activity":{"id":"B-#","type":{"code":"X"},"status":{"category":"Open","state":"%s"}}',
        "C",
    ),
}  # fmt: skip


def long_texts(kind: str) -> Callable[[int], Lines]:
    """Return a log in which each line has a text of a million characters in one kind of field."""
    name, fields, sender = LONG_TEXTS[kind]

    def lines(count: int) -> Lines:
        yield create()
        for number in range(count):
            text = long(number)
            yield event(name.replace("%s", text), fields.replace("%s", text).replace("#", str(number)),
                        sender=sender.replace("%s", text))  # fmt: skip
            yield event("AcceptTaskEvent")

    return lines


def type_states(number: int, count: int = 50_000) -> str:
    """Return a type that lists many states."""
    states = ",".join(f'"s{number}-{each}":"Open"' for each in range(count))
    return f'{{"code":"T","states":{{{states}}}}}'


def listed_states(count: int) -> Lines:
    """Yield activities whose types list many states, each in its own way."""
    yield create()
    for number in range(count):
        yield event(
            "AddTaskActivityEvent", f',"activity":{{"id":"B-{number}","type":{type_states(number)}}}', sender="C"
        )
        yield update(f"s{number}-7", f"B-{number}")
        yield update("unlisted", f"B-{number}")


def requested_states(count: int) -> Lines:
    """Yield requests for activities whose types list many states, which nothing keeps."""
    yield create()
    for number in range(count):
        yield event("RequestAddTaskActivityEvent", f',"type":{type_states(number)}', sender="C")


def distinct_states(count: int) -> Lines:
    """Yield one work request with ever new states (B2)."""
    yield create()
    for number in range(count):
        yield update(f"state {number}")


def many_activities(count: int) -> Lines:
    """Yield a work request with many activities, and updates of each and of the whole (B3)."""
    yield create(activities=1)
    for number in range(1, count):
        yield event("AddTaskActivityEvent", f',"activity":{{"id":"A-{number}","type":{{"code":"F"}}}}', sender="C")
    for number in range(count):
        yield update("Travelling", f"A-{number}", "Active")
        if not number % 10:
            yield event("UpdateTaskSiteContactEvent", f',"contact":{{"name":"{number}"}}', sender="C")
            yield event("CancelTaskEvent", sender="C")
            yield event("AddTaskActivityEvent", ',"activity":{"id":"A-1","type":{"code":"F"}}', sender="C")


def cancelled_activities(count: int) -> Lines:
    """Yield cancellations of a work request with many untouched activities, and reallocations of it."""
    yield create(activities=10_000)
    for number in range(count):
        yield event("ReallocateTaskEvent", f',"supplier":"s{number}"', sender="C")
        yield event("CancelTaskEvent", sender="C")


def growing_request(count: int) -> Lines:
    """Yield a work request that grows and is cancelled over and over."""
    yield create()
    for number in range(count):
        yield event("AddTaskActivityEvent", f',"activity":{{"id":"B-{number}","type":{{"code":"F"}}}}', sender="C")
        yield event("CancelTaskEvent", sender="C")


def closing_activities(count: int) -> Lines:
    """Yield activities of two types that close one by one, with event ids."""
    yield create(activities=1)
    for number in range(1, count):
        type_ = f'{{"code":"F","workSupplierAllowedToCancel":{"true" if number % 2 else "false"}}}'
        yield event("AddTaskActivityEvent", f',"activity":{{"id":"A-{number}","type":{type_}}}', sender="C")
    for number in range(count):
        for category in ("Active", "PracticalCompletion", "Closed"):
            yield update(category, f"A-{number}", category, more=f',"eventId":"{number}-{category}"')


def many_outcomes(count: int) -> Lines:
    """Yield many outcomes and workers of one activity (B3)."""
    yield create()
    for number in range(count):
        yield event(OUTCOME, f',"activityId":"A-0","outcome":{{"code":"code {number}"}}')
        yield event(WORKER, f',"activityId":"A-0","worker":"worker {number}"')


def unknown_activities(count: int) -> Lines:
    """Yield events for unknown activities of a large work request, with long ids (B6)."""
    yield create(activities=15_000)
    for number in range(count):
        yield update("x", f"unknown {number}" + "x" * 30_000)
        yield update("x", f"unknown {number}", request="WR-2" + "x" * 30_000)


def event_ids(count: int) -> Lines:
    """Yield many event ids of one work request, each twice."""
    yield create()
    for number in range(count):
        line = event("AcceptTaskEvent", f',"eventId":"{number}"')
        yield line
        if number % 4 == 0:
            yield line


def closed_ids(count: int) -> Lines:
    """Yield work requests that close, each with a long list of event ids."""
    for number in range(count):
        yield create(number, more=f',"eventId":"{number}"')
        yield event("CancelTaskEvent", f',"eventId":"{number}-0"', number, sender="C")
        for each in range(1, 50):
            yield event("CancelTaskEvent", f',"eventId":"{number}-{each}-{"x" * 30}"', number, sender="C")


def single_events(count: int) -> Lines:
    """Yield work requests of which there is one event each."""
    return (update("OnSite", category="Active", request=f"WR-{number}") for number in range(count))


def distinct_types(count: int) -> Lines:
    """Yield work requests whose types all differ."""
    for number in range(count):
        yield create(number, type=f'{{"code":"T{number}","states":{{"s{number}":"Open"}}}}')
        yield update(f"s{number}", request=number)


def refusals(count: int) -> Lines:
    """Yield refused events of many activities."""
    yield create(activities=1)
    for number in range(1, count):
        yield event("AddTaskActivityEvent", f',"activity":{{"id":"A-{number}","type":{{"code":"F"}}}}', sender="C")
        yield update("Closed", f"A-{number}", "Closed", more=f',"eventId":"{number}"')


def one_line(size: int) -> Lines:
    """Yield a line that is far too long, and one after it."""
    yield b'{"event":"' + b"x" * size
    yield create()


def nested(count: int) -> Lines:
    """Yield lines that hold as many values as a line can."""
    yield create()
    for each in (b"[],", b"{},", b'{"a":0},', b"1,", b"1e9,", b'"\\n",'):
        for _ in range(count):
            yield b'{"event":"CreateTaskEvent","taskId":0,"values":[' + each * (MIB // len(each) - 30) + b"0]}"


def equal_lines(count: int) -> Lines:
    """Yield lines of nearly 1 MiB that are equal, so that Parquet stores them once (B5)."""
    line = create(more=f',"other":"{"x" * 1_000_000}"')
    return (line for _ in range(count))


def of_one(count: int) -> Cost:
    """Return the estimate of one work request."""
    return Cost()


HOSTILE = {
    **{f"long {kind}": Hostile(150, long_texts(kind), of_one, ".jsonl.gz") for kind in LONG_TEXTS},
    "listed states": Hostile(5, listed_states, lambda n: Cost(activities=n, texts=n * MIB), ".jsonl.gz"),
    "requested states": Hostile(5, requested_states, of_one, ".jsonl.gz"),
    "distinct states": Hostile(60_000, distinct_states, of_one),
    "activities": Hostile(25_000, many_activities, lambda n: Cost(activities=n)),
    "cancellations": Hostile(1_000, cancelled_activities, lambda n: Cost(activities=10_000)),
    "growing request": Hostile(10_000, growing_request, lambda n: Cost(activities=n)),
    "closing activities": Hostile(25_000, closing_activities, lambda n: Cost(activities=n, ids=3 * n)),
    "outcomes": Hostile(50_000, many_outcomes, lambda n: Cost(outcomes=n)),
    "unknown activities": Hostile(300, unknown_activities, lambda n: Cost(activities=15_000, texts=n * 30_000)),
    "event ids": Hostile(250_000, event_ids, lambda n: Cost(ids=n)),
    "closed ids": Hostile(20_000, closed_ids, lambda n: Cost(n, n, ids=51 * n)),
    "single events": Hostile(150_000, single_events, lambda n: Cost(n, n)),
    "distinct types": Hostile(100_000, distinct_types, lambda n: Cost(n, n)),
    "refusals": Hostile(50_000, refusals, lambda n: Cost(activities=n)),
    "one line": Hostile(250 * MIB, one_line, of_one, ".jsonl.gz"),
    "nested": Hostile(5, nested, of_one, ".jsonl.gz"),
    "equal lines in Parquet": Hostile(500, equal_lines, of_one, ".parquet"),
    "one value in Parquet": Hostile(750_000_000, one_line, of_one, ".parquet"),
}  # fmt: skip


def write(path: Path, lines: Lines) -> None:
    """Write a log. The end of its name says how."""
    if path.suffix == ".parquet":
        _write_parquet(path, lines)
        return
    with gzip.open(path, "wb", compresslevel=1) if path.suffix == ".gz" else path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")


def _write_parquet(path: Path, lines: Lines) -> None:
    """Write a Parquet file. Equal lines that follow each other make a row group, which holds the line once."""
    import pyarrow
    from pyarrow import parquet

    names, number = ["taskId", "sequence", "line"], 0
    types = [pyarrow.string(), pyarrow.int64(), pyarrow.dictionary(pyarrow.int32(), pyarrow.binary())]
    schema = pyarrow.schema(zip(names, types, strict=True))
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for line, group in groupby(lines):
            count = sum(1 for _ in group)
            sequences = pyarrow.array(range(number, number + count))
            encoded = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * count, pyarrow.int32()), [line])
            writer.write_table(pyarrow.table([["WR-1"] * count, sequences, encoded], schema=schema))
            number += count


def measured(path: Path, mode: tuple[str, ...]) -> tuple[float, float]:
    """Check a log. Return the peak memory in MiB, and the processor time in seconds."""
    done = subprocess.run([sys.executable, "-c", RUN, *mode, str(path)], check=True, capture_output=True, text=True)
    peak, seconds = done.stdout.split()
    return int(peak) / 1024, float(seconds)


def main() -> None:
    """Check all logs, and print a table in Markdown."""
    chosen = {name: log for name, log in HOSTILE.items() if not sys.argv[1:] or name.startswith(tuple(sys.argv[1:]))}
    failed = False
    print("| log | mode | length | peak MiB | above its cost | s for half | s | ratio | |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for name, log in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            short, whole = (Path(folder) / f"{part}{log.suffix}" for part in ("short", "whole"))
            write(short, log.lines(log.length))
            write(whole, log.lines(2 * log.length))
            for mode in MODES:
                _, half = measured(short, mode)
                peak, seconds = measured(whole, mode)
                above = peak - log.cost(2 * log.length).mebibytes
                faults = "memory " * (above > LIMIT) + "time" * (seconds > MAX_RATIO * half + NOISE)
                failed = failed or bool(faults)
                print(
                    f"| {name} | {' '.join(mode)} | {2 * log.length:,} | {peak:,.0f} | {above:,.0f} | {half:.2f}"
                    f" | {seconds:.2f} | {seconds / half:.1f} | {faults} |",
                    flush=True,
                )
    sys.exit(failed)


if __name__ == "__main__":
    main()
