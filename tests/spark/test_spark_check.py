"""Compares Spark with `wrm check`. It needs Java and pyspark, which no extra installs.

pip install '.[dev]' 'pyspark[sql]' && pytest -m spark -s
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

import generated
from work_request_manager.arrow import FINDINGS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
EVENTS = 1_000_000


def seconds(*command: object, status: int = 0) -> float:
    """Run Python with some arguments, and return the duration in seconds."""
    # Spark's workers need the Python of this process.
    known = {**os.environ, "PYSPARK_PYTHON": sys.executable}
    start = time.perf_counter()
    ran = subprocess.run([sys.executable, *map(str, command)], env=known, check=False)
    assert ran.returncode == status
    return time.perf_counter() - start


def reported(path: Path) -> Iterator[tuple[Any, ...]]:
    """Yield the findings in a report of `wrm check` as rows of FINDINGS."""
    with open(path, "rb") as report:
        for finding in map(json.loads, report):
            if "rule" not in finding:
                continue  # the counts come last
            refusal = finding["firstRefusal"] and int(finding["firstRefusal"].rpartition(":")[2])
            row = finding | {"sequence": finding["line"], "firstRefusal": refusal}
            yield tuple(row[name] for name in FINDINGS.names)


@pytest.mark.spark
def test_spark_finds_what_the_command_finds(tmp_path: Path) -> None:
    """A million events of every kind, distributed to Spark's workers, have the findings of their log."""
    log, events, few = (tmp_path / name for name in ("log.jsonl", "events.parquet", "few.parquet"))
    report, same, found = (tmp_path / name for name in ("report.jsonl", "same.jsonl", "found.parquet"))
    log.write_bytes(b"".join(line + b"\n" for line in generated.lines(EVENTS, seed=8)))
    made = seconds(EXAMPLES / "to_parquet.py", log, events)
    parquet.write_table(parquet.read_table(events).slice(length=100), few)

    command = ("-m", "work_request_manager", "check", "--format", "jsonl", "--output")
    checked = seconds(*command, report, log, status=1)
    of_parquet = seconds(*command, same, events, status=1)
    started = seconds(EXAMPLES / "spark_check.py", few, tmp_path / "found_in_few.parquet")
    sparked = seconds(EXAMPLES / "spark_check.py", events, found)

    expected = list(reported(report))
    assert len(expected) > EVENTS / 2
    assert list(reported(same)) == expected
    # Sequence and rule identify a finding, because no line breaks a rule twice.
    rows = parquet.read_table(found).sort_by([("sequence", "ascending"), ("rule", "ascending")])
    rows = list(zip(*rows.select(FINDINGS.names).to_pydict().values(), strict=True))
    assert rows == sorted(expected, key=lambda row: row[:2])

    parts = len(list(found.glob("part-*")))
    print(f"\n{EVENTS:,} events, {os.cpu_count()} cores, {parts} parts")
    for label, took in {
        "wrm check of the log": checked,
        "making Parquet of the log": made,
        "wrm check of the Parquet file": of_parquet,
        "Spark, in total": sparked,
        "Spark, starting": started,
    }.items():
        print(f"{label:30} {took:6.1f} s {took / checked:6.2f}")
