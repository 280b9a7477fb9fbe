"""Tests of `wrm check` with baselines: known findings are not reported again."""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from cli.running import LINES, Done, wrm
from work_request_manager.reports import FORMATS, _baseline

CLOSE = LINES[5]


@pytest.fixture
def known(log: Path, tmp_path: Path) -> Path:
    """Return a baseline with all findings of the log."""
    path = tmp_path / "known.json"
    assert wrm("check", "-q", "--write-baseline", path, log) == Done(0, "", "")
    return path


def rules_in(baseline: Path) -> list[str]:
    """Return the rules of the findings in a baseline."""
    return [entry["rule"] for entry in json.loads(baseline.read_text())["findings"]]


def found_with(log: Path, *args: object) -> tuple[int, list[str], dict[str, Any]]:
    """Return the exit status, the rules that are reported, and the totals."""
    done = wrm("check", "--format", "json", *args, log)
    report = json.loads(done.out)
    return done.status, [each["rule"] for each in report.pop("findings")], report


def test_known_findings_are_not_reported_again(log: Path, known: Path) -> None:
    """They do not fail, in any format. The totals say how many are known."""
    done = wrm("check", "--baseline", known, log)
    assert done.out.endswith("; 0 errors, 0 warnings; baseline: 4 findings known, 0 entries not found\n")
    assert (done.status, done.err, done.out.count("\n")) == (0, "", 1)
    for form in FORMATS:
        done = wrm("check", "--fail-on", "warning", "--format", form, "--baseline", known, log)
        assert (done.status, done.err) == (0, "")
    status, rules, totals = found_with(log, "--baseline", known)
    assert (status, rules, totals["known"], totals["notFound"]) == (0, [], 4, 0)
    assert "<failure" not in wrm("check", "--format", "junit", "--baseline", known, log).out


def test_fingerprints_survive_inserted_lines_and_other_names(log: Path, known: Path, tmp_path: Path) -> None:
    """Only findings that are new are reported, although every line has another number."""
    lines = ["", *LINES[:1], LINES[4].replace("WR-1", "WR-9"), "", *LINES[1:], CLOSE.replace("A-1", "A-9")]
    moved = tmp_path / "moved.jsonl"
    moved.write_text("\n".join(lines))
    status, rules, totals = found_with(moved, "--baseline", known)
    assert (status, rules, totals["known"], totals["notFound"]) == (1, ["WRM503", "WRM403"], 4, 0)


def test_one_more_finding_of_a_kind_is_new(log: Path, known: Path) -> None:
    """The known ones are counted, so the same mistake at the same time again is reported."""
    log.write_text("\n".join([*LINES, "{", CLOSE]))
    assert found_with(log, "--baseline", known)[:2] == (1, ["WRM501", "WRM208"])
    assert found_with(log, "--baseline", known, "--max-findings", 1)[1] == ["WRM501"]


def test_entries_that_are_not_found_are_counted(log: Path, known: Path) -> None:
    """The summary suggests to write the baseline again."""
    log.write_text("\n".join(LINES[:5]))
    status, rules, totals = found_with(log, "--baseline", known)
    assert (status, rules, totals["known"], totals["notFound"]) == (0, [], 2, 2)
    log.write_text("\n".join([*LINES[:5], LINES[4].replace("WR-1", "WR-2")]))
    out = wrm("check", "--max-findings", 0, "--baseline", known, log).out
    assert "baseline: 2 findings known, 2 entries not found" in " ".join(out.split())
    assert f"without the 2 entries not found:\n    wrm check --write-baseline {known} {log}\n" in out


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ([], ["WRM107", "WRM208", "WRM501", "WRM503"]),
        (["--ignore", "WRM5"], ["WRM107", "WRM208"]),
        (["--select", "WRM5", "--max-findings", 0], ["WRM501", "WRM503"]),
        (["--strict"], ["WRM107", "WRM203", "WRM501", "WRM503"]),
        (["--select", "WRM6"], []),
    ],
)
def test_a_baseline_has_the_findings_that_are_left(
    log: Path, tmp_path: Path, options: list[object], rules: list[str]
) -> None:
    """It has those that are not printed too. The report is printed as always, but the exit status is 0."""
    path = tmp_path / "new.json"
    done = wrm("check", *options, "--write-baseline", path, log)
    assert rules_in(path) == rules
    count = f"{len(rules)} finding{'' if len(rules) == 1 else 's'}"
    assert (done.status, done.err) == (0, f"wrm: {path} has {count} now; leave them out with --baseline {path}\n")
    if "--max-findings" in options:
        assert f"report only new findings:\n    wrm check --select WRM5 --baseline {path} {log}\n" in done.out
    else:
        assert done.out == wrm("check", *options, log).out
    assert wrm("check", *options, "--fail-on", "warning", "-q", "--baseline", path, log).status == 0


def test_both_options_together_write_everything_that_is_there_now(log: Path, known: Path, tmp_path: Path) -> None:
    """Known findings are not reported, but stay in the new baseline. It can replace the old one."""
    log.write_text("\n".join(LINES[3:]))
    path = tmp_path / "new.json"
    done = wrm("check", "--baseline", known, "--write-baseline", path, log)
    assert done.out.count(" error ") == 2
    assert (done.status, rules_in(path)) == (0, ["WRM401", "WRM401", "WRM501", "WRM503"])
    assert wrm("check", "-q", "--baseline", known, "--write-baseline", known, log).status == 0
    assert known.read_text() == path.read_text()


def test_the_first_baseline_can_be_written_although_the_options_use_it(log: Path, tmp_path: Path) -> None:
    """The configuration file names the baseline before it exists. Another one must exist."""
    path = tmp_path / "new.json"
    done = wrm("check", "--baseline", path, "--write-baseline", path, log)
    assert (done.status, len(rules_in(path))) == (0, 4)
    assert "2 errors, 2 warnings\n" in done.out
    done = wrm("check", "--baseline", tmp_path / "other.json", "--write-baseline", path, log)
    assert done.status == 2


def test_a_baseline_is_the_same_in_every_run(log: Path, known: Path, tmp_path: Path) -> None:
    """So a version control system shows what has changed."""
    path = tmp_path / "new.json"
    wrm("check", "--write-baseline", path, log)
    assert path.read_bytes() == known.read_bytes()


@pytest.mark.parametrize("problem", ["missing", "cut", "empty"])
def test_a_log_that_cannot_be_read_makes_no_baseline(log: Path, known: Path, tmp_path: Path, problem: str) -> None:
    """The exit status is 2, and an old baseline stays."""
    before = known.read_bytes()
    logs: dict[str, list[Path]] = {"missing": [log, tmp_path / "nowhere"], "cut": [log], "empty": [log]}
    if problem != "missing":
        log.write_bytes(gzip.compress(log.read_bytes())[:-4] if problem == "cut" else b"")
    for path in (known, tmp_path / "new.json"):
        done = wrm("check", "--write-baseline", path, *logs[problem])
        assert done.status == 2
        assert done.err.splitlines()[-1] == (
            f"wrm: {path} is not written: a log was not read to its end; repair it first"
        )
    assert known.read_bytes() == before
    assert not (tmp_path / "new.json").exists()


def test_too_many_findings_make_no_baseline(monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path) -> None:
    """Memory is bounded. The message has the way out."""
    monkeypatch.setattr(_baseline, "BASELINE_LIMIT", 200)
    path = tmp_path / "new.json"
    done = wrm("check", "--write-baseline", path, log)
    assert done.status == 2
    assert done.err.endswith("is not written: the findings need more than 64 MiB; leave rules out with --ignore\n")
    assert not path.exists()


def test_a_baseline_that_cannot_be_written_exits_with_2(log: Path, tmp_path: Path) -> None:
    """The message names it."""
    done = wrm("check", "--write-baseline", tmp_path / "nowhere" / "new.json", log)
    assert done.status == 2
    assert f"{tmp_path / 'nowhere' / 'new.json'} cannot be written" in done.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "known.json: $ is not JSON in UTF-8"),
        ('{"version":3,"findings":[]}', "known.json: $.version is not 1; write the file again"),
        ('{"version":1,"findings":[{}]}', "known.json: $.findings[0] is not that of a baseline"),
    ],
)
def test_a_bad_baseline_exits_with_2(log: Path, known: Path, content: str, message: str) -> None:
    """The message names the file and the place, and no log is checked."""
    known.write_text(content)
    done = wrm("check", "--baseline", known, log)
    assert (done.status, done.out) == (2, "")
    assert "Invalid value for '--baseline': " in done.err
    assert message in done.err


def test_a_large_file_is_no_baseline(monkeypatch: pytest.MonkeyPatch, log: Path, known: Path) -> None:
    """It is not read to its end."""
    monkeypatch.setattr("work_request_manager.cli._option_files.BASELINE_LIMIT", 100)
    done = wrm("check", "--baseline", known, log)
    assert (done.status, done.out) == (2, "")
    assert "MiB; choose a baseline" in done.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--baseline", "{log}"], "'--baseline': {log} is one of the logs; choose another file"),
        (["--baseline", "{types}"], "'--baseline': {types} is the file of activity types; choose another file"),
        (["--baseline", "{known}", "-o", "{known}"], "'--output': {known} is the baseline; choose another file"),
        (["--write-baseline", "{log}"], "'--write-baseline': {log} is one of the logs; choose another file"),
        (["--write-baseline", "{types}"], "'--write-baseline': {types} is the file of activity types"),
        (["--write-baseline", "{link}"], "'--write-baseline': {link} is one of the logs; choose another file"),
        (["--write-baseline", "-"], "'--write-baseline': - is the report; choose another file"),
        (["--write-baseline", "-", "-o", "-"], "'--write-baseline': - is the report; choose another file"),
        (["--write-baseline", "{new}", "-o", "{new}"], "'--write-baseline': {new} is the report"),
        (["--write-baseline", "{new}", "-o", "{folder}/../new"], "'--write-baseline': {new} is the report"),
        (["--write-baseline", "{folder}"], "'{folder}' is a directory"),
        (["--baseline", "{new}"], "'--baseline': {new} does not exist; write it with --write-baseline {new}"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_baseline_is_not_an_input_or_output_at_once(
    log: Path, known: Path, tmp_path: Path, args: list[str], message: str
) -> None:
    """It is refused under any name, and nothing is changed."""
    types, link, folder = tmp_path / "types.toml", tmp_path / "link", tmp_path / "folder"
    types.write_text("[types.FIBRE]\n")
    link.symlink_to(log)
    folder.mkdir()
    names = {"log": log, "types": types, "known": known, "link": link, "folder": folder, "new": tmp_path / "new"}
    before = {path: path.read_bytes() for path in (log, types, known)}
    done = wrm("check", "--types", types, *(arg.format(**names) for arg in args), log)
    assert (done.status, done.out) == (2, "")
    assert message.format(**names) in re.sub(r"\s+", " ", done.err)
    assert {path: path.read_bytes() for path in (log, types, known)} == before
    assert not (tmp_path / "new").exists()


def test_a_file_with_the_name_of_a_number_is_no_stream(
    monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path
) -> None:
    """Standard output is file 1, but not the file with the name 1."""
    monkeypatch.chdir(tmp_path)
    assert wrm("check", "-q", "--write-baseline", "1", log).status == 0
    assert os.path.exists("1")
