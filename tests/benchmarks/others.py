"""Finds illegal status changes in a recorded log with DuckDB, polars and pm4py, to compare them with `log.check`.

They need a separate environment, so that the project does not depend on them:

    python -m venv ../others
    ../others/bin/pip install duckdb polars pm4py msgspec
    ../others/bin/python tests/benchmarks/others.py LOG

LOG is a log of status updates in JSON Lines, plain or gzip, which records what took effect. A window function looks at
each update and the one before it of the same activity. pm4py counts the steps between categories, and sees no states: a
step within Practical Completion, which is illegal if the state changes, counts as a repeat there.
Times are processor times, with all threads, and medians of three. They include reading the file.
"""

import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

RUNS = 3
UPDATE = "UpdateTaskActivityStatusEvent"
AFTER_COMPLETION = ("PracticalCompletion", "InReview")

ILLEGAL = """
WITH steps AS (
    SELECT taskId, activityId, status.category AS category, coalesce(status.state, status.category) AS state,
           row_number() OVER () AS number
    FROM read_json('{path}', format = 'newline_delimited', columns = {{
        event: 'VARCHAR', taskId: 'VARCHAR', activityId: 'VARCHAR', status: 'STRUCT(category VARCHAR, state VARCHAR)'}})
    WHERE event = '{update}'
), pairs AS (
    SELECT category, state, lag(category, 1, 'Open') OVER before AS old, lag(state, 1, 'Open') OVER before AS old_state
    FROM steps WINDOW before AS (PARTITION BY taskId, activityId ORDER BY number)
)
SELECT count(*) FROM pairs
WHERE NOT (category = old AND state = old_state) AND (
    old = 'Closed'
    OR old IN ('PracticalCompletion', 'InReview') AND category NOT IN ('InReview', 'Closed')
    OR old = 'Active' AND category = 'Closed')
"""


def duckdb_window(path: Path) -> str:
    """Count illegal steps with a window function in SQL."""
    import duckdb  # type: ignore[import-not-found]  # see above

    (row,) = duckdb.sql(ILLEGAL.format(path=path, update=UPDATE)).fetchall()
    return f"{row[0]} illegal steps"


def polars_window(path: Path) -> str:
    """Count illegal steps with an expression over a window."""
    import polars as pl  # type: ignore[import-not-found]  # see above

    fields = {"category": pl.String, "state": pl.String}
    schema = {"event": pl.String, "taskId": pl.String, "activityId": pl.String, "status": pl.Struct(fields)}
    own = ["taskId", "activityId"]
    category, state = pl.col("category"), pl.col("state").fill_null(pl.col("category"))
    old = category.shift(1).over(own).fill_null("Open")
    old_state = state.shift(1).over(own).fill_null("Open")
    steps = (
        pl.read_ndjson(path, schema=schema)
        .filter(pl.col("event") == UPDATE)
        .unnest("status")
        .select(category=category, state=state, old=old, old_state=old_state)
    )
    new, before = pl.col("category"), pl.col("old")
    is_back = before.is_in(AFTER_COMPLETION) & ~new.is_in(["InReview", "Closed"])
    is_illegal = (before == "Closed") | is_back | ((before == "Active") & (new == "Closed"))
    is_same = (new == before) & (pl.col("state") == pl.col("old_state"))
    return f"{steps.filter(is_illegal & ~is_same).height} illegal steps"


def pm4py_steps(path: Path) -> str:
    """Discover the steps between categories with pm4py, and count those that no rule allows."""
    import pandas as pd
    import pm4py

    rows = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    updates = [row for row in rows if row["event"] == UPDATE]
    table = pd.DataFrame(
        {
            "case": [f"{row['taskId']}/{row['activityId']}" for row in updates],
            "category": [row["status"]["category"] for row in updates],
            "at": pd.to_datetime([row["at"] for row in updates], format="ISO8601", utc=True),
        }
    )
    table = pm4py.format_dataframe(table, case_id="case", activity_key="category", timestamp_key="at")
    steps, _, _ = pm4py.discover_dfg(table)
    illegal = sum(
        count
        for (old, new), count in steps.items()
        if (old in AFTER_COMPLETION and new not in (old, "InReview", "Closed"))
        or (old == "Closed" and new != "Closed")
        or (old, new) == ("Active", "Closed")
    )
    return f"{len(steps)} kinds of steps, {illegal} illegal steps between categories"


def flat_decode(path: Path) -> str:
    """Decode each line with msgspec, as the measure of the benchmark of logs does."""
    kinds: Any = [("event", str), ("taskId", str), ("at", str), ("activityId", str | None, None)]
    decode = msgspec.json.Decoder(msgspec.defstruct("Flat", kinds, gc=False)).decode
    return f"{sum(1 for _ in map(decode, path.read_bytes().splitlines())):,} lines"


WAYS: dict[str, Callable[[Path], str]] = {
    "msgspec, one flat struct": flat_decode,
    "DuckDB, window function": duckdb_window,
    "polars, window expression": polars_window,
    "pm4py, directly-follows graph": pm4py_steps,
}


def main() -> None:
    """Measure, and print a table in Markdown."""
    log = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        path.write_bytes(gzip.decompress(log.read_bytes()) if log.suffix == ".gz" else log.read_bytes())
        lines = path.read_bytes().count(b"\n")
        print("| way | µs a line | result |\n| --- | ---: | --- |")
        for name, work in WAYS.items():
            work(path)  # imports
            taken = []
            for _ in range(RUNS):
                before = time.process_time()
                result = work(path)
                taken.append(time.process_time() - before)
            print(f"| {name} | {statistics.median(taken) / lines * 1e6:.2f} | {result} |")


if __name__ == "__main__":
    main()
