"""Logs that a manager loads: every format, unknown events, and bad lines."""

import gzip
import re
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from testing.manager_events import ACCEPT, create
from work_request_manager import Answer
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import check
from work_request_manager.log.parquet import LINES
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import encode_event

CREATE, ACCEPTED = encode_event(create()), encode_event(ACCEPT)
UNKNOWN = b'{"event":"InviteTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"c"},"at":"2026-03-01T20:00:00Z"}'


def table_of(lines: Sequence[bytes], path: Path, task_id: str = "WR-1") -> Path:
    """Write lines of one work request as a Parquet file."""
    rows = [{"taskId": task_id, "sequence": number, "line": line} for number, line in enumerate(lines)]
    parquet.write_table(pyarrow.Table.from_pylist(rows, LINES), path)
    return path


def written(name: str, lines: Sequence[bytes], folder: Path) -> Path:
    """Write lines as a file in the format of its name."""
    path = folder / name
    plain = b"\n".join(lines)
    if name.endswith(".parquet"):
        table_of(lines, path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(plain))
    elif name.endswith(".zst"):
        path.write_bytes(
            import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd").compress(plain)
        )
    else:
        path.write_bytes(plain)
    return path


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz", "log.jsonl.zst", "log.parquet"])
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "path"])
def test_every_format_of_the_checker_is_loaded(name: str, as_text: bool, tmp_path: Path) -> None:
    """The manager has the work requests of the log, as `log.check` counts them."""
    path = written(name, [CREATE, ACCEPTED], tmp_path)
    manager = InMemoryWorkRequestManager()
    decisions = manager.load(str(path) if as_text else path)
    assert [decision.answer for decision in decisions] == [Answer.CONSUMED] * 2
    assert check(path).counts.consumed == 2
    assert manager.dump() == (CREATE.decode(), ACCEPTED.decode())


@pytest.mark.parametrize("name", ["log.jsonl", "log.parquet"])
def test_unknown_events_are_skipped_and_reported(name: str, tmp_path: Path) -> None:
    """The other events are posted. One warning names each line, its file and its event."""
    path = written(name, [CREATE, UNKNOWN, ACCEPTED, UNKNOWN], tmp_path)
    manager = InMemoryWorkRequestManager()
    with pytest.warns(UserWarning, match="were skipped") as caught:
        decisions = manager.load(path)
    (warning,) = caught
    assert str(warning.message) == "lines with unknown events were skipped: " + "; ".join(
        f"line {number} of '{path}': $.event is 'InviteTaskEvent', an event that this library does not know"
        for number in (2, 4)
    )
    assert warning.filename == __file__
    assert [type(decision.event) for decision in decisions] == [type(create()), type(ACCEPT)]
    assert check(path).counts.unknown == 2


def test_many_unknown_events_make_a_short_warning() -> None:
    """Lines of an iterable have no file. The rest of them is counted."""
    with pytest.warns(UserWarning, match=r"skipped: line 2: \$\.event is .*; line 6: [^;]* and 95 more$"):
        InMemoryWorkRequestManager().load([CREATE, *[UNKNOWN] * 100])


def test_a_warning_that_is_an_error_loads_nothing() -> None:
    """A project that makes warnings errors has a manager without half a log."""
    manager = InMemoryWorkRequestManager()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="line 3"):
            manager.load([CREATE, ACCEPTED, UNKNOWN])
    assert manager.history() == ()


BAD_LINES = [
    (b'{"event":', "$ of {} is not JSON"),
    (ACCEPTED.replace(b'"WR-1"', b"5"), "$.taskId of {} is 5; it must be text"),
    (ACCEPTED.replace(b"Z", b""), "$.at of {} is '2026-03-01T20:00:00', which names no time zone"),
    (b" " * (1 << 20) + b" ", "$ of {} has more than 1,048,576 bytes"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_LINES, ids=["cut", "field", "time", "long"])
@pytest.mark.parametrize("name", ["log.jsonl", "log.parquet"])
def test_a_bad_line_is_an_error_with_its_place(name: str, bad: bytes, message: str, tmp_path: Path) -> None:
    """The error has the line, the file and the field, also after an unknown event. Nothing is loaded."""
    path = written(name, [CREATE, UNKNOWN, bad], tmp_path)
    manager = InMemoryWorkRequestManager()
    with pytest.raises(WireError, match=f"^{re.escape(message.format(f'line 3 of {str(path)!r}'))}"):
        manager.load(path)
    assert manager.history() == ()


def test_a_row_of_another_work_request_is_an_error(tmp_path: Path) -> None:
    """As for `log.check`, the line has to belong to the work request of its row."""
    path = table_of([CREATE], tmp_path / "log.parquet", task_id="WR-2")
    message = r"^\$\.taskId of line 1 of .* is 'WR-1', but its row is of work request 'WR-2'$"
    with pytest.raises(WireError, match=message) as raised:
        InMemoryWorkRequestManager().load(path)
    assert raised.value.rule == check(path).findings[0].rule == "WRM502"


def test_files_that_cannot_be_read_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a damaged one, and a Parquet file without pyarrow. The last error says what to install."""
    manager = InMemoryWorkRequestManager()
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1" + CREATE)
    for path in (tmp_path / "none.jsonl", tmp_path / "none.parquet", damaged):
        with pytest.raises(UnreadableLog, match=rf"{re.escape(str(path))} cannot be read"):
            manager.load(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "work_request_manager.log.parquet")
    with pytest.raises(UnreadableLog, match=r"damaged.parquet cannot be read: .*\[arrow\]"):
        manager.load(damaged)
