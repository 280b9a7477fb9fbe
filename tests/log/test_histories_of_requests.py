"""Tests of the histories of many work requests: their steps are those that a checker of one work request finds."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bad_lines import (
    ACCEPT,
    BAD_JSON,
    BAD_LINES,
    CREATE,
    LARGE_NUMBERS,
    MIB,
    ODD_JSON,
    ODD_LINES,
    START,
    changed,
    having,
)
from mapped_rows import TYPES as MAPPED_TYPES
from mapped_rows import NotAvailable, Text, odd_mapping, odd_rows
from parquet_rows import of, write
from random_lines import TYPES, LineGenerator, ids_in
from work_request_manager import DEFAULT_RULEBOOK, Answer, Category, Rulebook
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Finding, LogChecker, _following
from work_request_manager.log import histories as histories_module
from work_request_manager.log.histories import MAX_ACTIVITIES, History, histories
from work_request_manager.log.steps import ActivityStep, KnownStatus, RequestChecker, Step
from work_request_manager.wire import LogMapping

RULEBOOKS = (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM206", "WRM303"))
MODES: tuple[dict[str, Any], ...] = ({}, {"history": True}, {"partial": True})
rulebooks = st.sampled_from(RULEBOOKS)
modes = st.sampled_from(MODES)
seeds = st.integers(0, 2**32)
limits = st.sampled_from((0, 1, 3, 10, 1_000))


def brief(step: Step) -> Step:
    """Return a step as it is if it is brief."""
    return step._replace(before=None, after=None, activities=step.activities if step.activity_id else ())


def followed_alone(sources: Iterable[Any], work_request_id: str, most_steps: int, **how: Any) -> History:
    """Return the history that the steps of a checker of one work request make."""
    steps: list[Step] = []
    checker = RequestChecker(work_request_id, steps.append, **how)
    for source in sources:
        try:
            for _ in checker.findings(source):
                pass
        except UnreadableLog:
            pass
    later = [brief(step) for step in steps[most_steps:] if step.findings]
    kept = (*steps[:most_steps], *later[:most_steps])
    return History(kept, len(steps) - len(kept))


def assert_like_each_alone(sources: Sequence[Any], ids: Sequence[str], most_steps: int, **how: Any) -> None:
    """Check that the histories of work requests are those of each of them alone."""
    found = histories(sources, ids, most_steps=most_steps, **how)
    assert list(found) == list(ids)
    for work_request_id, history in found.items():
        assert history == followed_alone(sources, work_request_id, most_steps, **how)


def random_lines(seed: int, *, types: bool = False) -> list[bytes]:
    """Return a random log. Half of the logs have odd texts, and a part of the ids is spelled with escapes."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    requests = ("W1", "W2", "W11", "W" * 300)
    generator = LineGenerator(random, is_odd=random.random() < 0.5, has_codes=types, requests=requests)
    lines = generator.log(random.choice((6, 60, 120)))
    return [line.replace(b'"W1', rb'"\u00571') if random.random() < 0.2 else line for line in lines]


# Lines


@settings(max_examples=60, deadline=None)
@given(seeds, limits, rulebooks, modes, st.booleans(), st.booleans())
def test_histories_of_lines_are_those_of_each_request_alone(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    most_steps: int,
    rulebook: Rulebook,
    mode: dict[str, Any],
    has_types: bool,
    is_file: bool,
) -> None:
    """For damaged lines, redeliveries, odd texts and long ids, one by one and in blocks. Some ids do not occur."""
    lines = random_lines(seed, types=has_types)
    ids = [each for each in ids_in(lines) if Random(f"{seed} {each}").random() < 0.8]  # noqa: S311 - as above
    sources: list[Any] = [lines[: seed % 50], lines[seed % 50 :]]
    if is_file:
        path = tmp_path_factory.getbasetemp() / "random.jsonl"
        path.write_bytes(b"\n".join(lines))
        sources = [path]
    how: dict[str, Any] = {"rulebook": rulebook, "types": TYPES if has_types else None, **mode}
    assert_like_each_alone(sources, [*ids, "not in it", "\ud800"], most_steps, **how)


@pytest.mark.parametrize("most_steps", [0, 1, 100])
def test_bad_and_odd_lines_are_steps_of_the_requests_that_they_name(most_steps: int) -> None:
    """The findings of all lines that can be damaged are those of each work request alone."""
    lines = [line for group in (BAD_LINES, BAD_JSON, ODD_JSON, ODD_LINES, LARGE_NUMBERS) for line in _lines_of(group)]
    lines += [
        CREATE,
        having(ACCEPT, b'"taskId":"WR-7"'),
        having(of("WR-7", ACCEPT), b'"taskId":"WR-1"'),
        having(ACCEPT, b'"taskId":5'),
        having(ACCEPT, rb'"task\u0049d":"WR-\u0037"'),
        START[:-1] + b',"x":"\xff"}',
        having(START, b'"activityId":null'),
        having(START, b'"activityId":5'),
        having(START, b'"values":1e400'),
        START[:-1] + b',"activityId":5,"x":"\xff"}',
        START[:-1] + b',"values":' + b"9" * 5_000 + b"}",
    ]
    ids = ids_in(lines)
    assert_like_each_alone([lines], ids, most_steps)
    whole = [finding for finding in LogChecker().findings(lines) if finding.task_id in ids]
    found = histories([lines], ids, most_steps=1_000).values()
    steps = sorted((step for history in found for step in history.steps), key=lambda step: step.line)
    assert [finding for step in steps for finding in step.findings] == whole
    assert [step.line for step in steps] == [
        number for number, line in enumerate(lines, 1) if len(line) <= MIB and ids_in([line])
    ]


@pytest.mark.parametrize("most_steps", [1, 2, 3])
def test_the_last_of_two_values_of_a_field_counts(most_steps: int) -> None:
    """So the id of a work request or an activity can follow a value that is not an id."""
    sender = {"role": "WorkSupplier", "id": "southline"}
    twice = b'{"taskId":[],"activityId":5,' + changed(START, sender=sender)[1:]
    found = histories([[CREATE, START, twice]], ["WR-1"], most_steps=most_steps)["WR-1"]
    step = found.steps[-1]
    status = KnownStatus("Active", "Active")
    assert (step.line, step.answer) == (3, Answer.REFUSED)
    assert step.activities == (ActivityStep("A-1", status, status, False),)


def _lines_of(group: Iterable[Sequence[Any]]) -> list[bytes]:
    return [each[1] for each in group]


def test_lines_of_other_requests_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a pass over a log costs little more than reading it."""
    monkeypatch.setattr(_following, "object_from", None)
    monkeypatch.setattr(_following, "decode_line", None)
    log = [of(f"WR-{number}", line) for number in range(2, 50) for line in (CREATE, ACCEPT, START)]
    assert histories([log], ["WR-1"], most_steps=5) == {"WR-1": History()}


# What is kept


def statuses(count: int, *, work_request: str = "WR-1") -> Iterator[bytes]:
    """Yield status updates. Every second one is refused, because another supplier sends it."""
    for number in range(count):
        sender = {"role": "WorkSupplier", "id": "northline" if number % 2 else "southline"}
        yield changed(of(work_request, START), sender=sender, status={"category": "Active", "state": f"s{number}"})


def test_later_steps_are_kept_only_if_they_have_findings() -> None:
    """They are brief, and their number is limited. The others are counted."""
    log = [CREATE, *statuses(20)]
    found = histories([log], ["WR-1"], most_steps=4)["WR-1"]
    assert [step.line for step in found.steps] == [1, 2, 3, 4, 6, 8, 10, 12]
    assert [step.answer for step in found.steps[4:]] == [Answer.REFUSED] * 4
    assert found.left_out == 13
    first, later = found.steps[3], found.steps[4]
    assert first.after is not None
    assert (later.before, later.after) == (None, None)
    status = KnownStatus("Active", "s3")
    assert later.activities == (ActivityStep("A-1", status, status, False),)
    assert [finding.line for step in found.steps for finding in step.findings] == [2, 4, 6, 8, 10, 12]


def test_later_rows_of_another_request_are_limited_too(tmp_path: Path) -> None:
    """They have a finding of the work request that the line names."""
    rows = [("WR-1", 1, CREATE), *(("WR-2", number, line) for number, line in enumerate(statuses(20), start=1))]
    path = write(tmp_path / "rows.parquet", *rows)
    found = histories([path], ["WR-1"], most_steps=3)["WR-1"]
    assert (len(found.steps), found.left_out) == (6, 15)
    assert found.steps[3].before is None


def test_a_row_of_the_request_whose_line_names_another_one_is_skipped() -> None:
    """Also if the fast decoder does not find that id."""
    twice = b'{"taskId":[],' + of("WR-2", ACCEPT)[1:]
    for line in (of("WR-2", ACCEPT), twice):
        assert LogChecker().judge_row("log", 1, "WR-1", line) != []
        assert RequestChecker("WR-1", lambda step: None).judge_row("log", 1, "WR-1", line) == []


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=20, deadline=None)
@given(seeds)
def test_steps_of_a_large_request_are_brief(mode: dict[str, Any], seed: int) -> None:
    """From the event on that makes it large. Nothing else differs."""
    lines = random_lines(seed)
    ids = ids_in(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(histories_module, "MAX_ACTIVITIES", 1)
        found = histories([lines], ids, most_steps=1_000, **mode)
    for work_request_id, history in found.items():
        alone = followed_alone([lines], work_request_id, 1_000, **mode)
        assert [*map(brief, history.steps)] == [*map(brief, alone.steps)]
        for step, full in zip(history.steps, alone.steps, strict=True):
            is_large = full.before is not None and len(full.before.activities) > 1
            assert step in ((brief(full),) if is_large else (full, brief(full)))


def large(count: int, **fields: Any) -> bytes:
    """Return a create event with many activities."""
    activities = [{"id": f"A-{number}", "type": {"code": "F"}} for number in range(1, count + 1)]
    return changed(CREATE, activities=activities, **fields)


def test_a_request_is_large_if_it_has_more_than_the_greatest_number_of_activities() -> None:
    """An event that adds the last one is shown in full, and so is a small event before a large one that is refused."""
    most = MAX_ACTIVITIES
    exact, more = (histories([[large(count), ACCEPT]], ["WR-1"], most_steps=5)["WR-1"] for count in (most, most + 1))
    assert [len(step.activities) for step in exact.steps] == [most, 0]
    assert exact.steps[1].after is not None
    assert [step.after for step in more.steps] == [None, None]
    assert [step.activities for step in more.steps] == [(), ()]
    (refused,) = histories([[CREATE, large(most + 1, eventId="e-2"), ACCEPT]], ["WR-1"], most_steps=5).values()
    assert refused.steps[1].answer is Answer.REFUSED
    assert [step.after is None for step in refused.steps] == [False, True, False]
    added = changed(ACCEPT, event="AddTaskActivityEvent", activity={"id": "A-0", "type": {"code": "F"}})
    (grown,) = histories([[large(most), added, b'{"taskId":"WR-1"}']], ["WR-1"], most_steps=5, history=True).values()
    assert [len(step.activities) for step in grown.steps] == [most, 1, 0]
    assert grown.steps[2].before is None


# Parquet


@settings(max_examples=30, deadline=None)
@given(seeds, limits, modes)
def test_histories_of_rows_are_those_of_each_request_alone(
    tmp_path_factory: pytest.TempPathFactory, seed: int, most_steps: int, mode: dict[str, Any]
) -> None:
    """Some rows have the id of another work request, and some are out of order, so that the file ends there."""
    random = Random(seed)  # noqa: S311 - as above
    lines = random_lines(seed)
    ids = ids_in(lines)
    sequences: Counter[str] = Counter()
    rows: list[tuple[str, int, bytes]] = []
    for line in lines:
        named = "".join(ids_in([line])) if random.random() < 0.9 else "W2"
        sequences[named] += random.random() < 0.999
        rows.append((named, sequences[named], line))
    path = write(tmp_path_factory.getbasetemp() / "random.parquet", *rows)
    assert_like_each_alone([path, lines[:10]], ids, most_steps, **mode)


# Logs in other formats


@settings(max_examples=40, deadline=None)
@given(seeds, limits, st.booleans(), st.sampled_from(("dictionaries", "csv", "json")))
def test_histories_of_mapped_rows_are_those_of_each_request_alone(
    tmp_path_factory: pytest.TempPathFactory, seed: int, most_steps: int, has_types: bool, form: str
) -> None:
    """With unusual and bad values, and with states that the mapping leaves out. Their findings are those of the log."""
    random = Random(seed)  # noqa: S311 - as above
    mapping = odd_mapping(random)
    source: Any = odd_rows(random, mapping, random.choice((5, 40, 100)))
    if form != "dictionaries":
        path = tmp_path_factory.getbasetemp() / f"random.{form}"
        path.write_text(as_csv(source) if form == "csv" else as_json(source), encoding="utf-8")
        source = path
    how: dict[str, Any] = {"mapping": mapping, "types": MAPPED_TYPES if has_types else None}
    ids = ["W0", "W2", "W17", "17", "17.5", "True", "x" * 600, str(UUID(int=17)), "absent"]
    assert_like_each_alone([source], ids, most_steps, **how)
    expected: dict[str | None, list[Finding]] = {}
    for finding in LogChecker(**how).findings(source):
        expected.setdefault(finding.task_id, []).append(finding)
    for work_request_id, history in histories([source], ids, most_steps=1_000, **how).items():
        own = [finding for step in history.steps for finding in step.findings]
        assert own == expected.get(work_request_id, [])


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a CSV file. A value without a text is empty."""
    file = io.StringIO()
    table = csv.DictWriter(file, [*rows[0]])
    table.writeheader()
    table.writerows({column: text_of(value) for column, value in row.items()} for row in rows)
    return file.getvalue()


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON Lines. Some of the numbers, lists and objects stay such."""
    kept = (bool, int, float, type(None), list, dict)
    lines = (
        {column: value if type(value) in kept and text_of(value) else text_of(value) for column, value in row.items()}
        for row in rows
    )
    return "\n".join(map(json.dumps, lines))


def text_of(value: Any) -> str:
    """Return a value as text. A number with too many digits has none."""
    try:
        return "" if value is None else str(value)
    except ValueError:
        return ""


PLAIN = LogMapping("case", "state", "at", {"new": Category.OPEN, "on it": Category.ACTIVE, "shut": Category.CLOSED})


def row(case: Any, state: str = "new") -> dict[str, Any]:
    """Return a row of a log that PLAIN describes."""
    return {"case": case, "state": state, "at": "2026-03-01T00:00:00Z"}


@pytest.mark.parametrize("most_steps", [0, 2, 100])
def test_a_number_is_the_id_that_its_text_is(most_steps: int) -> None:
    """Only a number of which all digits are certain is an id. A value without an id is not looked up."""
    cases = [
        "17", 17, 17.0, Decimal(17), Fraction(17), Text("17"), 17.5, "017", 1, True, "True", 1e15, 10**15, 10**5_000,
        UUID(int=17), str(UUID(int=17)), UUID(int=17).hex, [], {}, None, NotAvailable(), float("nan"), Decimal("sNaN"),
        -3, "-3", "-0", "",
    ]  # fmt: skip
    rows = [row(case) for case in cases]
    ids = [
        "17",
        "017",
        "1",
        "True",
        "1000000000000000",
        str(UUID(int=17)),
        UUID(int=17).hex,
        "-3",
        "-0",
        "",
        "9" * 5_000,
    ]
    found = histories([rows], ids, most_steps=100, mapping=PLAIN)
    assert {each: [step.line for step in history.steps] for each, history in found.items()} == {
        "17": [1, 2, 3, 4, 5, 6],
        "017": [8],
        "1": [9],
        "True": [11],
        "1000000000000000": [13],
        str(UUID(int=17)): [15, 16],
        UUID(int=17).hex: [17],
        "-3": [24, 25],
        "-0": [26],
        "": [27],
        "9" * 5_000: [],
    }
    assert_like_each_alone([rows], ids, most_steps, mapping=PLAIN)


@pytest.mark.parametrize("most_steps", [0, 2, 100])
@pytest.mark.parametrize("is_number", [False, True])
def test_histories_of_mapped_parquet_files_are_those_of_each_request_alone(
    tmp_path: Path, most_steps: int, is_number: bool
) -> None:
    """Their ids can be text or numbers."""
    random = Random(3)  # noqa: S311 - as above
    numbers = [random.randrange(9) for _ in range(1_500)]
    rows = [row(each if is_number else str(each), random.choice(("new", "on it", "shut", "odd"))) for each in numbers]
    path = tmp_path / "table.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    assert_like_each_alone([path], ["3", "1", "100"], most_steps, mapping=PLAIN)


# The order of the ids, and the sources


def test_histories_have_the_order_of_the_ids() -> None:
    """A work request that the log does not name has an empty history, and a repeated id is one work request."""
    log = [of(each, CREATE) for each in ("WR-1", "WR-2", "WR-3")]
    found = histories([log], ["WR-3", "none", "WR-1", "WR-3"], most_steps=2)
    assert [*found] == ["WR-3", "none", "WR-1"]
    assert [len(history.steps) for history in found.values()] == [1, 0, 1]
    assert found["none"] == History()
    assert histories([log], [], most_steps=2) == {}


def test_each_source_is_read_once() -> None:
    """So a stream can be a source."""
    parts: tuple[Iterator[bytes], ...] = iter([CREATE, of("WR-2", CREATE), ACCEPT]), iter([START])
    found = histories(iter(parts), ["WR-2", "WR-1"], most_steps=5)
    assert [len(history.steps) for history in found.values()] == [1, 3]


def test_sources_are_read_as_far_as_possible(tmp_path: Path) -> None:
    """A damaged file, a file that does not exist, and a file in a folder do not end the pass."""
    folder = tmp_path / "folder"
    folder.mkdir()
    cut = gzip.compress(CREATE + b"\n" + bytes(Random(1).randbytes(1 << 17)))[:-1_000]  # noqa: S311 - as above
    (folder / "1.jsonl.gz").write_bytes(cut)
    (folder / "2.jsonl").write_bytes(ACCEPT + b"\n" + b"x" * (2 << 20) + b"WR-1\n\n" + START)
    sources: list[Any] = [tmp_path / "none.jsonl", folder, [changed(START, activityId="A-2")]]
    (history,) = histories(sources, ["WR-1"], most_steps=10).values()
    assert [(Path(step.file).name, step.line) for step in history.steps] == [
        ("1.jsonl.gz", 1),
        ("2.jsonl", 1),
        ("2.jsonl", 4),
        ("<lines>", 1),
    ]


def test_bytes_are_not_a_source() -> None:
    """As for a check."""
    with pytest.raises(TypeError, match="not bytes"):
        histories([CREATE], ["WR-1"], most_steps=10)  # type: ignore[list-item]
