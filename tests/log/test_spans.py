"""Tests of the times between which the part of a log lies that was checked last."""

import gzip
import io
import json
import pickle
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import parquet_rows
from work_request_manager import Category
from work_request_manager.log import LogChecker, Source, TimeSpan
from work_request_manager.wire import LogMapping


def line(hour: str, **fields: object) -> str:
    """Return an event on a day in March, as a line."""
    event = {
        "event": "AcceptTaskEvent",
        "taskId": "WR-1",
        "sender": {"role": "WorkSupplier", "id": "northline"},
        "at": f"2026-03-01T{hour}:00:00Z",
    }
    return json.dumps(event | fields)


def span(begins: int, ends: int) -> TimeSpan:
    """Return the span between two hours of that day."""
    return TimeSpan(datetime(2026, 3, 1, begins, tzinfo=UTC), datetime(2026, 3, 1, ends, tzinfo=UTC))


def span_of(*sources: Source, checker: LogChecker | None = None) -> TimeSpan | None:
    """Return the span after checking these sources."""
    checker = checker or LogChecker()
    for source in sources:
        deque(checker.findings(source), maxlen=0)
    return checker.span


LATER = '{"at":"2026-03-01T23:00:00Z"}'

LOGS = {
    "one": ([line("05")], span(5, 5)),
    "two": ([line("05"), line("07")], span(5, 7)),
    "out of order": ([line("05"), line("09"), line("07")], span(5, 7)),
    "many": ([line("05"), *[line("06")] * 3_000, line("07")], span(5, 7)),
    "bad at the start": (["", "{", LATER, line("05"), line("07")], span(5, 7)),
    "bad at the end": ([line("05"), line("07"), LATER, "{", ""], span(5, 7)),
    "bad in the middle": ([line("05"), "{", line("07")], span(5, 7)),
    "fields of other types": ([line("05"), line("07", note=1), line("08", note="x")], span(5, 8)),
    "an event that does not fit last": (
        [line("05"), line("06"), line("07", sender={"role": "X", "id": "y"})],
        span(5, 6),
    ),
    "only bad": (["{", LATER, ""], None),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("lines", "expected"), LOGS.values(), ids=LOGS)
@pytest.mark.parametrize("form", ["lines", "bytes", "file", "gzip", "folder", "standard input"])
def test_the_span_is_that_of_the_first_and_the_last_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, lines: list[str], expected: TimeSpan | None
) -> None:
    """Lines that cannot be decoded do not count."""
    data = "\n".join(lines).encode()
    folder = tmp_path / "logs"
    folder.mkdir()
    path = folder / "log"
    path.write_bytes(gzip.compress(data) if form == "gzip" else data)
    stream = mock.Mock(buffer=io.BufferedReader(io.BytesIO(data)))
    monkeypatch.setattr(sys, "stdin", stream)
    sources: dict[str, Source] = {
        "lines": lines, "bytes": [each.encode() for each in lines], "folder": folder, "standard input": "-"
    }  # fmt: skip
    assert span_of(sources.get(form, path)) == expected


def test_a_line_that_the_accelerator_does_not_take_has_a_time() -> None:
    """A note that is too deep for it is read by the exact decoder."""
    odd = line("07")[:-1] + ',"extra":' + "9" * 5_000 + "}"
    assert span_of([line("05"), odd]) == span(5, 7)
    assert span_of([odd, line("08")]) == span(7, 8)
    assert span_of([line("05"), line("06"), odd, "{"]) == span(5, 7)


def test_each_part_has_its_own_span() -> None:
    """A part without events has none. Before the first part there is none either."""
    checker = LogChecker()
    assert checker.span is None
    assert span_of([line("05")], [line("03"), line("04")], checker=checker) == span(3, 4)
    assert span_of(["{"], checker=checker) is None
    assert span_of([line("01")], checker=checker) == span(1, 1)


def test_of_a_folder_the_last_file_counts(tmp_path: Path) -> None:
    """Its files are parts."""
    for name, hour in (("a", "05"), ("b", "03")):
        (tmp_path / name).write_text(line(hour))
    assert span_of(tmp_path) == span(3, 3)


def test_the_span_survives_pickling() -> None:
    """A checker can be stored between two parts."""
    checker = LogChecker()
    span_of([line("05"), line("07")], checker=checker)
    assert pickle.loads(pickle.dumps(checker)).span == span(5, 7)


def test_a_parquet_file_has_a_span(tmp_path: Path) -> None:
    """Its rows are lines."""
    rows = [("WR-1", number, each.encode()) for number, each in enumerate(["{", line("05"), line("07")])]
    assert span_of(parquet_rows.write(tmp_path / "log", *rows)) == span(5, 7)
    assert span_of(parquet_rows.write(tmp_path / "log", *rows[:1])) is None


MAPPINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "with more columns": {"sender": "Who"},
}


@pytest.mark.parametrize("more", MAPPINGS.values(), ids=MAPPINGS)
@pytest.mark.parametrize("form", ["file", "rows"])
def test_a_mapped_log_has_a_span(tmp_path: Path, form: str, more: dict[str, Any]) -> None:
    """Bad rows at its start and its end do not count."""
    mapping = LogMapping("Case", "State", "Time", {"go": Category.ACTIVE, "stop": Category.OPEN}, **more)
    rows = [
        {"Case": f"{number}", "State": state, "Time": f"2026-03-01T{hour}Z", "Who": "northline"}
        for number, (state, hour) in enumerate(
            [("?", "01:00"), ("go", "x"), ("go", "05:00:00"), ("go", "06:00"), ("go", "07:00"), ("?", "08:00")]
        )
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(",".join(each) for each in [[*rows[0]], *(row.values() for row in rows)]))
    source: Source = path if form == "file" else rows
    assert span_of(source, checker=LogChecker(mapping=mapping)) == span(5, 7)
    assert span_of(source, checker=LogChecker(mapping=mapping)) == span(5, 7)


@pytest.mark.parametrize("more", MAPPINGS.values(), ids=MAPPINGS)
def test_a_mapped_log_without_good_times_has_no_span(more: dict[str, Any]) -> None:
    """Its rows are all bad, although their times have the usual form."""
    mapping = LogMapping("Case", "State", "Time", {"go": Category.ACTIVE}, **more)
    rows: Any = [{"Case": "1", "State": "go", "Time": "2026-13-01T20:00:00Z", "Who": "northline"}] * 2
    assert span_of(rows, checker=LogChecker(mapping=mapping)) is None


def test_lines_that_are_judged_alone_have_the_same_findings(tmp_path: Path) -> None:
    """The lines up to the first event are judged one by one, which changes nothing else."""
    lines = ["", "{", line("05"), line("07"), line("06")]
    path = tmp_path / "log"
    path.write_text("\n".join(lines))
    found = LogChecker().judge_lines(str(path), 1, [each.encode() for each in lines])
    assert list(LogChecker().findings(path)) == found
    assert {each.line for each in found} == {2, 3, 4, 5}
