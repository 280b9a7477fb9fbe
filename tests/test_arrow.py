"""Tests of `arrow` and of logs in Parquet: the lines of a log as record batches and in Parquet files."""

import json
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pyarrow
import pytest
from pyarrow import parquet

import generated
import work_request_manager
from work_request_manager import DEFAULT_RULEBOOK, ActivityType
from work_request_manager.arrow import FINDINGS, LINES, MAX_FINDINGS, check_batches
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Finding, LogChecker, check
from work_request_manager.log.parquet import read_rows

ROOT = Path(__file__).parent.parent
MIB = 1 << 20
Row = tuple[Any, ...]

CREATE = (
    b'{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    b'"requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}'
)
ACCEPT = (
    b'{"event":"AcceptTaskEvent","taskId":"WR-1","sender":{"role":"WorkSupplier","id":"northline"},'
    b'"at":"2026-03-01T20:05:00Z"}'
)
START_EARLY = (
    b'{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","sender":{"role":"WorkRequestor","id":"rsp-one"},'
    b'"at":"2026-03-01T20:05:00Z","activityId":"A-1","status":{"category":"Active"}}'
)


def of(request: str, line: bytes) -> bytes:
    """Return a line of WR-1 with the id of another work request."""
    return line.replace(b"WR-1", request.encode())


def batch(rows: Sequence[Row], schema: pyarrow.Schema = LINES) -> Any:
    """Return rows as one record batch."""
    columns: list[Any] = list(zip(*rows, strict=True)) or [[] for _ in schema]
    return pyarrow.record_batch([pyarrow.array(each, field.type) for each, field in zip(columns, schema, strict=True)],
                                names=schema.names)  # fmt: skip


def rows_of(lines: Iterable[bytes]) -> list[Row]:
    """Return the lines of a log as rows. The sequence of a line is its number."""
    return [(json.loads(line)["taskId"], number, line) for number, line in enumerate(lines, start=1)]


def in_batches(rows: Sequence[Row], size: int = 100) -> Iterator[Any]:
    """Yield rows in batches of a size."""
    return (batch(rows[start : start + size]) for start in range(0, len(rows), size))


def judged(*rows: Row, **how: Any) -> list[dict[str, Any]]:
    """Return the findings of rows."""
    return [found for each in check_batches([batch(rows)], **how) for found in each.to_pylist()]


def places(found: Iterable[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """Return the row and the rule of each finding."""
    return [(each["taskId"], each["sequence"], each["rule"]) for each in found]


def as_row(finding: Finding) -> dict[str, Any]:
    """Return a finding of a log as one of its rows."""
    row = json.loads(msgspec.json.encode(finding))
    refusal = finding.first_refusal and int(finding.first_refusal.rpartition(":")[2])
    row = {"sequence": row.pop("line"), **row, "firstRefusal": refusal}
    return {name: value for name, value in row.items() if name != "file"}


# Record batches


def test_the_schemas_are_as_documented() -> None:
    """Names, types and nullability are those that other programs expect."""
    assert [(field.name, str(field.type), field.nullable) for field in LINES] == [
        ("taskId", "string", False),
        ("sequence", "int64", False),
        ("line", "binary", False),
    ]
    assert [(field.name, str(field.type), field.nullable) for field in FINDINGS] == [
        ("sequence", "int64", False),
        ("rule", "string", False),
        ("name", "string", False),
        ("basis", "string", True),
        ("level", "string", False),
        ("taskId", "string", True),
        ("activityId", "string", True),
        ("event", "string", True),
        ("at", "string", True),
        ("message", "string", False),
        ("firstRefusal", "int64", True),
        ("sender", "string", True),
        ("supplier", "string", True),
        ("activityType", "string", True),
        ("from", "string", True),
        ("to", "string", True),
    ]


def test_findings_are_those_of_the_log() -> None:
    """Sorted rows have the findings of their log, for any size of the batches."""
    lines = list(generated.lines(2_000, seed=5))
    rows = sorted(rows_of(lines))
    expected = sorted(map(as_row, check(lines).findings), key=lambda each: (each["taskId"], each["sequence"]))
    assert len({each["rule"] for each in expected}) > 25
    for size in (7, len(rows)):
        assert [each for out in check_batches(in_batches(rows, size)) for each in out.to_pylist()] == expected


def test_findings_come_in_batches_of_a_bounded_size() -> None:
    """Each batch has MAX_FINDINGS rows, except that the last can have fewer. All have the schema."""
    rows = [("WR-1", number, START_EARLY) for number in range(2 * MAX_FINDINGS + 5)]
    found = list(check_batches(in_batches(rows, 1_000)))
    assert [out.num_rows for out in found] == [MAX_FINDINGS, MAX_FINDINGS, 5]
    assert {out.schema for out in found} == {FINDINGS}


def test_findings_come_before_all_rows_are_read() -> None:
    """A full batch of findings is yielded immediately."""
    rows = [("WR-1", number, START_EARLY) for number in range(MAX_FINDINGS)]

    def batches() -> Iterator[Any]:
        yield batch(rows)
        raise AssertionError("one more batch was read")

    assert next(check_batches(batches())).num_rows == MAX_FINDINGS


def test_no_batch_is_empty() -> None:
    """Rows without findings, no rows and no batches yield nothing."""
    assert not list(check_batches([batch([("WR-1", 1, CREATE), ("WR-1", 2, ACCEPT)])]))
    assert not list(check_batches([batch([])]))
    assert not list(check_batches([]))


def test_memory_holds_one_work_request_at_a_time() -> None:
    """The memory of the library does not grow with the number of work requests."""
    ours = tracemalloc.Filter(inclusive=True, filename_pattern=f"{Path(work_request_manager.__file__).parent}/*")
    kept = []

    def batches() -> Iterator[Any]:
        for number in range(3_000):
            if number % 1_000 == 500:
                # Blocks are counted, not bytes, because Python's table of interned texts grows at any time.
                kept.append(len(tracemalloc.take_snapshot().filter_traces([ours]).traces))
            request = f"WR-{number:04}"
            yield batch([(request, 1, of(request, CREATE))])

    tracemalloc.start()
    try:
        assert not list(check_batches(batches()))
    finally:
        tracemalloc.stop()
    assert max(kept) - min(kept) < 100


def test_first_refusal_is_a_sequence() -> None:
    """It is the sequence of the first refused event of the same work request."""
    rows = [("WR-1", 5, CREATE), ("WR-1", 7, START_EARLY), ("WR-1", 9, START_EARLY), ("WR-2", 8, of("WR-2", ACCEPT))]
    assert [(each["sequence"], each["firstRefusal"]) for each in judged(*rows)] == [(7, None), (9, 7), (8, None)]


def test_rows_are_judged_by_the_rulebook_and_types_given() -> None:
    """A strict rulebook refuses instead of warning, and `types` defines the codes."""
    by_code = CREATE.replace(b'{"code":"FIBRE"}', b'"FIBRE"').replace(b'"Chorus"', b'"WorkSupplier"')
    types = {"FIBRE": ActivityType("FIBRE")}
    assert [each["rule"] for each in judged(("WR-1", 1, by_code))] == ["WRM502"]
    assert [each["level"] for each in judged(("WR-1", 1, by_code), types=types)] == ["warning"]
    strict = DEFAULT_RULEBOOK.strict()
    assert [each["level"] for each in judged(("WR-1", 1, by_code), types=types, rulebook=strict)] == ["error"]


def test_check_batches_can_be_pickled() -> None:
    """A partial of it with a rulebook and types survives pickling, which Spark needs."""
    judge = partial(check_batches, rulebook=DEFAULT_RULEBOOK.strict(), types={"FIBRE": ActivityType("FIBRE")})
    [found] = pickle.loads(pickle.dumps(judge))([batch([("WR-1", 1, ACCEPT)])])
    assert places(found.to_pylist()) == [("WR-1", 1, "WRM401")]


# Bad lines


def test_bad_lines_are_reported_at_their_rows() -> None:
    """Blank lines have no finding, and the other lines are judged."""
    rows = [
        ("WR-1", 1, CREATE),
        ("WR-1", 2, b'{"event":'),
        ("WR-1", 3, b""),
        ("WR-1", 4, b'{"event":"AcceptTaskEvent","taskId":7}'),
        ("WR-1", 5, b'{"event":"ArchiveTaskEvent","taskId":"WR-1"}'),
        ("WR-1", 6, ACCEPT + b" " * MIB),
        ("WR-1", 7, ACCEPT.replace(b"northline", b"\xff")),
        ("WR-1", 8, START_EARLY + b"\r\n"),
    ]
    assert places(judged(*rows)) == [
        ("WR-1", 2, "WRM501"),
        ("WR-1", 4, "WRM502"),
        ("WR-1", 5, "WRM503"),
        ("WR-1", 6, "WRM505"),
        ("WR-1", 7, "WRM501"),
        ("WR-1", 8, "WRM301"),
    ]


def test_lines_without_a_work_request_are_reported() -> None:
    """Their `taskId` is the empty text."""
    assert places(judged(("", 1, b"[]"), ("", 2, b'{"event":"AcceptTaskEvent"}'), ("WR-1", 1, CREATE))) == [
        ("", 1, "WRM501"),
        ("", 2, "WRM502"),
    ]


def test_a_line_in_the_row_of_another_work_request_is_not_judged() -> None:
    """It is a bad field. The message names both work requests, and neither of them changes."""
    hold = ACCEPT.replace(b"AcceptTask", b"PutOnHoldTask").replace(b"WorkSupplier", b"Chorus")
    start = START_EARLY.replace(b"WorkRequestor", b"WorkSupplier").replace(b"rsp-one", b"northline")
    rows = [
        ("WR-1", 1, CREATE),
        ("WR-1", 2, of("WR-2", hold)),
        ("WR-1", 3, start),
        ("WR-2", 1, hold),
        ("WR-2", 2, of("WR-2", CREATE)),
        ("WR-2", 3, of("WR-2", start)),
    ]
    found = judged(*rows)
    assert places(found) == [("WR-1", 2, "WRM502"), ("WR-2", 1, "WRM502")]
    assert found[0]["message"] == "$.taskId is 'WR-2', but its row is of work request 'WR-1'"
    assert found[0]["event"] == "PutOnHoldTaskEvent"


def test_columns_that_are_not_utf_8_raise_no_error() -> None:
    """A text column can hold bytes that are not UTF-8. Its lines are reported."""
    no_text = pyarrow.array([b"WR-\xff", b"WR-\xff"]).cast(pyarrow.string(), safe=False)
    lines = pyarrow.array([of("WR-2", CREATE), CREATE.replace(b"FIBRE", b"\xff")]).cast(pyarrow.string(), safe=False)
    [found] = check_batches([pyarrow.record_batch([no_text, pyarrow.array([1, 2]), lines], names=LINES.names)])
    assert places(found.to_pylist()) == [("WR-\ufffd", 1, "WRM502"), ("WR-\ufffd", 2, "WRM501")]


# Columns


@pytest.mark.parametrize("text", [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()], ids=str)
@pytest.mark.parametrize("number", [pyarrow.int64(), pyarrow.int32()], ids=str)
@pytest.mark.parametrize(
    "line", [pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view(), pyarrow.string_view()], ids=str
)
def test_columns_can_have_related_types(text: Any, number: Any, line: Any) -> None:
    """Columns of other types for text, integers and bytes are read, in any order, with other columns between them."""
    schema = pyarrow.schema([("offset", number), ("line", line), ("sequence", number), ("taskId", text)])
    [found] = check_batches([batch([(9, CREATE, 1, "WR-1"), (9, START_EARLY, 2, "WR-1")], schema)])
    assert places(found.to_pylist()) == [("WR-1", 2, "WRM301")]


BAD_COLUMNS = {
    "missing": (["taskId", "line"], "there are 0 columns sequence; exactly one is needed, of type int64"),
    "double": (
        ["taskId", "sequence", "line", "line"],
        "there are 2 columns line; exactly one is needed, of type binary",
    ),
}


@pytest.mark.parametrize(("names", "message"), BAD_COLUMNS.values(), ids=BAD_COLUMNS)
def test_each_column_is_needed_once(names: list[str], message: str) -> None:
    """An error names a column that is missing or occurs twice."""
    values = {"taskId": ["WR-1"], "sequence": [1], "line": [CREATE]}
    with pytest.raises(ValueError, match=message):
        list(check_batches([pyarrow.record_batch([values[name] for name in names], names=names)]))


@pytest.mark.parametrize("name", LINES.names)
def test_a_column_of_another_type_is_named(name: str) -> None:
    """The error names the type that it has, and the type that it must have."""
    number = LINES.get_field_index(name)
    schema = LINES.set(number, pyarrow.field(name, pyarrow.float64()))
    with pytest.raises(ValueError, match=f"column {name} has type double; it must be {LINES.field(name).type}"):
        list(check_batches([batch([], schema)]))


@pytest.mark.parametrize("name", LINES.names)
def test_nulls_are_refused(name: str) -> None:
    """The error names the column."""
    values = {"taskId": "WR-1", "sequence": 1, "line": CREATE, name: None}
    schema = pyarrow.schema([field.with_nullable(True) for field in LINES])
    with pytest.raises(ValueError, match=f"column {name} has nulls"):
        list(check_batches([batch([tuple(values.values())], schema)]))


# Order

OUT_OF_ORDER = {
    "a work request that comes back": ([("WR-2", 1), ("WR-1", 1)], "work request 'WR-1' comes after 'WR-2'; sort"),
    "a sequence that goes back": ([("WR-1", 4), ("WR-1", 3)], "work request 'WR-1' has sequence 3 after 4; sort"),
    "a sequence twice": ([("WR-1", 4), ("WR-1", 4)], "work request 'WR-1' has sequence 4 after 4; sort"),
}


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize(("rows", "message"), OUT_OF_ORDER.values(), ids=OUT_OF_ORDER)
def test_rows_out_of_order_are_not_judged(rows: list[tuple[str, int]], message: str, size: int) -> None:
    """In one batch or in two, the error names the work request and the way out."""
    events = [(request, number, of(request, CREATE)) for request, number in rows]
    with pytest.raises(ValueError, match=message):
        list(check_batches(in_batches(events, size)))


def test_rows_are_ordered_by_bytes() -> None:
    """Spark and Arrow sort text by code points, and longer ids after shorter ones."""
    requests = ["", "WR", "WR-1", "WR-10", "WR-9", "wr", "é", "\uffee", "\U0001f600"]
    assert not judged(*((request, -1, of(request, CREATE) if request else b"") for request in requests))


# Parquet


def write(path: Path, rows: Sequence[Row], **how: Any) -> str:
    """Write rows as a Parquet file and return its path."""
    parquet.write_table(pyarrow.Table.from_batches([batch(rows)]), path, **how)
    return str(path)


def test_a_parquet_file_is_judged_like_its_log(tmp_path: Path) -> None:
    """Work requests can be interleaved. Findings and counts are those of the log, with rows instead of lines."""
    lines = list(generated.lines(2_000, seed=5))
    path = write(tmp_path / "log.parquet", rows_of(lines), row_group_size=700)
    checker = LogChecker()
    found = list(checker.findings(path))
    report = check(lines)
    assert checker.counts == report.counts
    assert list(map(as_row, found)) == list(map(as_row, report.findings))
    assert {each.file for each in found} == {path}
    assert {each.first_refusal.rpartition(":")[0] for each in found if each.first_refusal} == {path}


def test_sequences_only_give_the_order(tmp_path: Path) -> None:
    """The line of a finding is the number of its row, not its sequence."""
    path = write(tmp_path / "log.parquet", [("WR-1", 70, CREATE), ("WR-2", 3, b"[]"), ("WR-1", 90, START_EARLY)])
    assert [(each.line, each.rule) for each in LogChecker().findings(path)] == [(2, "WRM501"), (3, "WRM301")]


def test_a_parquet_file_out_of_order_is_read_to_that_row(tmp_path: Path) -> None:
    """The rows before are judged. Then an error names the file, the row and the work request."""
    rows = [("WR-1", 2, CREATE), ("WR-2", 1, of("WR-2", ACCEPT)), ("WR-1", 2, ACCEPT)]
    found = LogChecker().findings(write(tmp_path / "log.parquet", rows))
    assert next(found).rule == "WRM401"
    with pytest.raises(UnreadableLog, match=r"log\.parquet cannot be read on from row 3: work request 'WR-1' has seq"):
        next(found)


def test_a_line_in_a_row_of_another_work_request_counts_as_malformed(tmp_path: Path) -> None:
    """The counts add up for Parquet too."""
    checker = LogChecker()
    [found] = checker.findings(write(tmp_path / "log.parquet", [("WR-2", 1, CREATE)]))
    assert (found.rule, found.line, found.task_id) == ("WRM502", 1, "WR-1")
    assert (checker.counts.lines, checker.counts.malformed) == (1, 1)


def test_a_parquet_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    """The error names the file and the missing column, even if there are no rows."""
    for task_ids in (["WR-1"], []):
        rows = pyarrow.table({"taskId": pyarrow.array(task_ids, pyarrow.string())})
        parquet.write_table(rows, tmp_path / "log.parquet")
        with pytest.raises(UnreadableLog, match=r"log\.parquet cannot be read: there are 0 columns sequence"):
            list(LogChecker().findings(tmp_path / "log.parquet"))


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    """An error names the file, and says what is wrong with it."""
    (tmp_path / "log.parquet").write_bytes(CREATE)
    for name, wrong in (("log.parquet", "not a parquet file"), ("none.parquet", "No such file"), (".", "directory")):
        with pytest.raises(UnreadableLog, match=f"cannot be read: .*{wrong}"):
            list(read_rows(str(tmp_path / name)))


def test_a_damaged_file_is_judged_up_to_the_damage(tmp_path: Path) -> None:
    """The findings of the row groups before the damage come first."""
    rows = [("WR-1", number, ACCEPT) for number in range(4_000)]
    path = tmp_path / "log.parquet"
    write(path, rows, row_group_size=1_000, compression="none", use_dictionary=False, data_page_size=1_000)
    data = bytearray(path.read_bytes())
    third = parquet.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    data[third : third + 40] = b"\xff" * 40
    path.write_bytes(data)
    found = LogChecker().findings(path)
    read: list[Finding] = []
    with pytest.raises(UnreadableLog, match=r"log\.parquet cannot be read: "):
        read.extend(found)
    assert len(read) == 2_000


def test_without_pyarrow_the_error_says_what_to_install() -> None:
    """The error names the missing module and the extra."""
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "try: import work_request_manager.arrow\n"
        "except ModuleNotFoundError as error: print(error.name, error, sep=': ')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == (
        "pyarrow: Parquet and Arrow need pyarrow; install it: pip install 'work-request-manager[arrow]'\n"
    )


def test_the_example_converts_a_log_without_loss(tmp_path: Path) -> None:
    """The Parquet file has the findings and counts of the log, with its line numbers."""
    log, path = tmp_path / "log.jsonl", tmp_path / "log.parquet"
    lines = [b"\xef\xbb\xbf" + CREATE, b"{", b"", b"[]", b'{"taskId":[]}', b'{"taskId":"\xff"}', ACCEPT, START_EARLY]
    log.write_bytes(b"\r\n".join(lines))
    subprocess.run([sys.executable, ROOT / "docs" / "examples" / "to_parquet.py", log, path], check=True)
    checker = LogChecker()
    found = list(checker.findings(path))
    report = check(log)
    assert checker.counts == report.counts
    assert list(map(as_row, found)) == list(map(as_row, report.findings))
