"""Tests of inputs that are not logs: each is named in one sentence, and bad lines do not make a log another format."""

import bz2
import gzip
import json
import lzma
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from cli.running import wrm
from log.test_sources import ACCEPT, CREATE, standard_input
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import check, read_lines
from work_request_manager.log._formats import foreign_format

EVENTS = [json.loads(CREATE), json.loads(ACCEPT)]
ROWS = [["Case ID", "Activity"], ["1", "Assign"], ["2", "Close"]]


def rows(delimiter: str, *, end: str = "\n", last: str = "") -> bytes:
    """Return a table."""
    return (end.join(delimiter.join(row) for row in ROWS) + last).encode()


def pretty(value: Any, indent: int | str = 2) -> bytes:
    """Return JSON over several lines."""
    return json.dumps(value, indent=indent).encode()


XES = b'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n<trace/>\n</log>\n'
ICONV = "{0}, not UTF-8; convert it: iconv -f {0} -t UTF-8{{file}} | wrm check -"
MAP = "draft a mapping, wrm map{log} > map.toml, and judge it by that: wrm check --map map.toml{log}"
TO_CSV = "convert it to CSV, as docs/how-to/judge-other-formats.md shows, and draft a mapping with wrm map"
SAVE = "unpack it, or save it as CSV and draft a mapping with wrm map"
JQ_ARRAY = "write one event on each line: jq -c '.[]'{file} | wrm check -"
JQ_LINES = "write one event on each line: jq -c .{file} | wrm check -"

FOREIGN = {
    "CSV": (rows(","), f"CSV; {MAP}"),
    "CSV, CRLF": (rows(";", end="\r\n", last="\r\n"), f"CSV; {MAP}"),
    "CSV, tabs": (rows("\t"), f"CSV; {MAP}"),
    "CSV, bars": (rows("|", last="\n"), f"CSV; {MAP}"),
    "CSV, mark": (b"\xef\xbb\xbf" + rows(","), f"CSV; {MAP}"),
    "CSV, quotes": (b'a,b\n"x, ""y""\nz",1\n2,3\n', f"CSV; {MAP}"),
    "CSV, Latin-1": (b"name,id\nM\xe4ori,1\n", f"CSV; {MAP}"),
    "CSV, JSON in it": (b'id,event\n1,"{""event"":1}"\n2,"{""event"":2}"\n', f"CSV; {MAP}"),
    "CSV, cut": (rows(",", last="\n3"), f"CSV; {MAP}"),
    "CSV, long": (rows(",") + b"\n3,x" * 60_000, f"CSV; {MAP}"),
    "XES": (XES, f"XES (XML); {TO_CSV}"),
    "XES without a declaration": (XES[XES.index(b"<log") :], f"XES (XML); {TO_CSV}"),
    "XML": (b"\n<events><event/></events>", f"XML; {TO_CSV}"),
    "HTML": (b"<!DOCTYPE html>\n<html>", f"XML; {TO_CSV}"),
    "array": (json.dumps(EVENTS).encode(), f"a JSON array; {JQ_ARRAY}"),
    "array, pretty": (pretty(EVENTS), f"a JSON array; {JQ_ARRAY}"),
    "array, tabs": (pretty(EVENTS, "\t"), f"a JSON array; {JQ_ARRAY}"),
    "array, long": (json.dumps(EVENTS * 1_000).encode(), f"a JSON array; {JQ_ARRAY}"),
    "array, pretty and long": (pretty(EVENTS * 1_000), f"a JSON array; {JQ_ARRAY}"),
    "array, one event on each line": (b"[\n" + CREATE + b",\n" + ACCEPT + b"\n]\n", f"a JSON array; {JQ_ARRAY}"),
    "array, long first event": (b'[{"x":"' + b"x" * 200_000 + b'"}]', f"a JSON array; {JQ_ARRAY}"),
    "object, pretty": (pretty(EVENTS[0]), f"JSON over several lines; {JQ_LINES}"),
    "objects, pretty": (pretty(EVENTS[0]) + b"\n" + pretty(EVENTS[1]), f"JSON over several lines; {JQ_LINES}"),
    "object, no indent": (pretty(EVENTS[0], 0), f"JSON over several lines; {JQ_LINES}"),
    "UTF-16": (CREATE.decode().encode("utf-16"), ICONV.format("UTF-16")),
    "UTF-16, little": (b"{\0" + b'"\0' * 9, ICONV.format("UTF-16LE")),
    "UTF-16, big": (b"\0{" + b'\0"' * 9, ICONV.format("UTF-16BE")),
    "ZIP": (b"PK\x03\x04" + bytes(99), f"a ZIP archive or an Excel workbook; {SAVE}"),
    "bzip2": (bz2.compress(CREATE), "bzip2; unpack it first: bzip2 -dc{file} | wrm check -"),
    "xz": (lzma.compress(CREATE), "xz; unpack it first: xz -dc{file} | wrm check -"),
}  # fmt: skip

each_foreign = pytest.mark.parametrize(("data", "expected"), FOREIGN.values(), ids=FOREIGN)


@each_foreign
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_another_format_is_named(tmp_path: Path, data: bytes, expected: str, is_packed: bool) -> None:
    """One sentence says what the file looks like and what to do. No line of it is judged."""
    path = tmp_path / "my log"
    path.write_bytes(gzip.compress(data) if is_packed else data)
    with pytest.raises(UnreadableLog) as caught:
        check(path)
    place = f" {shlex.quote(str(path))}"
    assert str(caught.value) == f"{path} looks like {expected.format(file=place, log=place)}"


@each_foreign
def test_another_format_is_named_on_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes, expected: str) -> None:
    """The command in the sentence has no file name. The first bytes may come in two pieces."""
    monkeypatch.setattr("sys.stdin", standard_input(data[:10_000], data[10_000:]))
    with pytest.raises(UnreadableLog) as caught:
        check("-")
    assert str(caught.value) == f"- looks like {expected.format(file='', log=' -')}"


@pytest.mark.parametrize("name", ["CSV", "XES", "UTF-16", "array", "array, pretty", "object, pretty"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_command_names_another_format(tmp_path: Path, name: str, form: str) -> None:
    """The exit status is 2, and there are no findings. Other logs are still checked."""
    path, log = tmp_path / "foreign", tmp_path / "log"
    path.write_bytes(FOREIGN[name][0])
    done = wrm("check", "--format", form, path)
    assert done.status == 2
    assert re.fullmatch(rf"wrm: {path} looks like [^\n]*\n", done.err)
    assert "WRM5" not in done.out
    log.write_bytes(CREATE)
    both = wrm("check", "--format", form, path, log)
    assert (both.status, both.err) == (2, done.err)
    assert "1" in both.out


GOOD = CREATE + b"\n" + ACCEPT + b"\n"


@pytest.mark.parametrize(
    "bad",
    [
        b"{", b"[", b"[{", b"]", b"<?xml", b"<134>1 2026-03-01T20:00:00Z host", b"a,b\nc,d", b"[1]\n[2]", b'{\n"a":',
        b'[{"event":1}]', b'[{"event":1},', b"\0\0\0\0", b"{\0", b"", b" ", b"null", b"#,x", b'[{"a":' + b"[" * 99_999,
    ],
    ids=lambda bad: ascii(bad[:20]),
)  # fmt: skip
@pytest.mark.parametrize("is_slow", [False, True], ids=["at once", "slowly"])
def test_bad_lines_do_not_hide_good_ones(monkeypatch: pytest.MonkeyPatch, bad: bytes, is_slow: bool) -> None:
    """A log that begins with them is a log, even if a pipe delivers them first."""
    pieces = [bad + b"\n", GOOD] if is_slow else [bad + b"\n" + GOOD]
    monkeypatch.setattr("sys.stdin", standard_input(*pieces))
    assert check("-").counts.events == 2


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}", b"x", b"\n\n", b"a\nb", b"a,b", b"a,b\nc", b"<", b"<3", b"[]", b"{", b"a,b\n\n"]
)
def test_little_data_is_not_a_format(data: bytes) -> None:
    """In doubt, lines are judged."""
    assert foreign_format(data) is None


def test_a_log_without_events_has_no_good_exit_status(tmp_path: Path) -> None:
    """The reason is one sentence, and comes after the report. An unknown event is an event."""
    log, other = tmp_path / "log", tmp_path / "other"
    other.write_bytes(b'{"event":"ArchiveTaskEvent","taskId":"WR-1"}')
    for data in (b"", b"\n", b"{\n", b"\xef\xbb\xbf", b"0\n" * 20):
        log.write_bytes(data)
        done = wrm("check", log)
        assert done.status == 2
        assert done.err.startswith("wrm: no event was found; ")
        assert done.err.count("\n") == 1
        assert wrm("check", "--quiet", log).status == 2
        assert wrm("check", log, other).status == wrm("check", other, log).status
        assert wrm("check", log, other).status in (0, 1)
    assert wrm("check", other).status == 0
    assert wrm("check", "-").status == 2


def test_read_lines_names_another_format(tmp_path: Path) -> None:
    """It reads logs like the checker. Lines from an iterable are never another format."""
    path = tmp_path / "table.csv"
    path.write_bytes(rows(","))
    with pytest.raises(UnreadableLog, match="looks like CSV"):
        list(read_lines(path))
    assert len(list(read_lines(path.read_text().splitlines()))) == 3


@pytest.mark.parametrize(
    "start",
    [b",\n\n,", b"\x1c,\n1,2", b"\x0b\n", b" ,b\n1,2\n", b"a," + b"x" * 200_000 + b"\n1,2\n", b"a,b", b"\0"],
    ids=["without names", "a separator of files", "blank", "a name is missing", "a long field", "one row", "NUL"],
)
def test_other_starts_are_logs(start: bytes) -> None:
    """Their bad lines are findings."""
    assert foreign_format(start) is None
