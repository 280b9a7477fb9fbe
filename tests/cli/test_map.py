"""Tests of `wrm map`: a draft that can be filled in and used."""

import re
from pathlib import Path

import pytest

from cli.running import wrm
from work_request_manager.cli._check import NO_ROW

ROWS = """\
Ticket;Step;When
1;Opened;2026-03-01T09:00:00Z
1;Pondered;2026-03-01T10:00:00Z
1;Resolved;2026-03-01T11:00:00Z
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Return the path of a CSV export."""
    path = tmp_path / "export.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_draft_is_finished_by_hand_and_used(export: Path, tmp_path: Path) -> None:
    """`wrm check` asks for what the draft leaves open, with its line. With that filled in, it judges the log."""
    done, mapping = wrm("map", export), tmp_path / "map.toml"
    assert (done.status, done.err) == (0, "")
    mapping.write_text(done.out, encoding="utf-8")
    asked = wrm("check", "--map", mapping, export)
    (number,) = (number for number, line in enumerate(done.out.splitlines(), start=1) if line.startswith('"Pondered"'))
    assert (asked.status, asked.out) == (2, "")
    assert f"{mapping}: line {number}: categories['Pondered'] is \"\"; give each of these states" in asked.err
    mapping.write_text(done.out.replace('"Pondered" = ""', '"Pondered" = "Active"'), encoding="utf-8")
    judged = wrm("check", "--map", mapping, export)
    assert (judged.status, judged.err) == (0, "")
    assert "3 lines (0 blank, 0 malformed, 0 unknown); 3 events (3 consumed" in judged.out


def test_a_draft_is_written_to_a_file(export: Path, tmp_path: Path) -> None:
    """Nothing is printed then."""
    path = tmp_path / "map.toml"
    printed = wrm("map", export)
    assert wrm("map", export, "--output", path) == printed._replace(out="")
    assert path.read_text(encoding="utf-8") == printed.out


def test_a_log_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """The exit status is 2."""
    done = wrm("map", tmp_path / "none.csv")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"wrm: {tmp_path / 'none.csv'} cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("content", "message"), [("request = 1", "line 1: request is 1; it must be text"), (" = ", "TOML")]
)
def test_a_bad_mapping_is_named(export: Path, tmp_path: Path, content: str, message: str) -> None:
    """The file, the line and the key are named, and the log is not judged."""
    mapping = tmp_path / "map.toml"
    mapping.write_text(content, encoding="utf-8")
    done = wrm("check", "--map", mapping, export)
    assert (done.status, done.out) == (2, "")
    assert f"Invalid value for '--map': {mapping}: " in done.err
    assert message in done.err


def test_the_report_does_not_replace_the_mapping(export: Path, tmp_path: Path) -> None:
    """The output cannot be an input."""
    mapping = tmp_path / "map.toml"
    mapping.write_text("", encoding="utf-8")
    done = wrm("check", "--map", mapping, export, "--output", mapping)
    assert done.status == 2
    assert f"{mapping} is the mapping file; choose another file" in done.err


def test_a_table_of_which_no_row_is_judged_fails(export: Path, tmp_path: Path) -> None:
    """The message is about rows, because the log has a mapping already."""
    mapping = tmp_path / "map.toml"
    draft = wrm("map", export).out
    mapping.write_text(re.sub(r'^(".*" = )".*"', r'\1"-"', draft, flags=re.MULTILINE), encoding="utf-8")
    done = wrm("check", "--map", mapping, export)
    assert (done.status, done.err) == (2, f"wrm: {NO_ROW}\n")
    assert "3 lines (3 blank" in done.out
