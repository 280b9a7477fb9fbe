"""Tests of the page on continuous integration: its commands and its configuration work as they are written there."""

import re
import shlex
from pathlib import Path

import pytest

from cli.running import wrm

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "run-in-ci.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = (ROOT / "docs" / "examples" / "log.jsonl").read_bytes()
    (tmp_path / "events.jsonl").write_bytes(log)
    monkeypatch.chdir(tmp_path)


def test_every_command_of_the_page_works() -> None:
    """Reports in files are there. The exit status is that of a log with errors, if the options do not say otherwise."""
    written = "\n".join(block for language in ("sh", "yaml", "groovy") for block in blocks(language))
    commands = re.findall(r"wrm (check [^\n']*)", written)
    assert len(commands) == 7
    for command in commands:
        done = wrm(*shlex.split(command))
        assert done.status == (0 if re.search("baseline|never", command) else 1), command
        for file in re.findall(r"--output (\S+)", command):
            assert Path(file).stat().st_size


def test_the_configuration_of_the_page_works() -> None:
    """Both the file and its baseline are used."""
    (content,) = blocks("toml")
    Path("wrm.toml").write_text(content)
    Path("types.toml").write_text("[types.FIBRE_CONNECT]\n")
    wrm("check", "-q", "--write-baseline", "baseline.json", "events.jsonl")
    done = wrm("check", "events.jsonl")
    assert (done.status, done.err) == (0, "")
    assert "0 errors, 0 warnings; baseline: 11 findings known, 0 entries not found\n" in done.out
    assert wrm("check", "--no-history", "--ignore", "WRM6", "events.jsonl").status == 1
    assert wrm("--no-config", "check", "--baseline", "baseline.json", "events.jsonl").status == 1


def test_the_hook_runs_the_command_on_the_logs_that_the_page_names() -> None:
    """It runs if a log changes, with the arguments that the user gives, and not with the names of changed files."""
    pattern = re.search(r"^  files: (.+)$", HOOKS, re.MULTILINE)
    assert pattern is not None
    for name in ("logs/a.jsonl", "a.ndjson", "a.csv", "a.parquet", "a.jsonl.gz", "a.jsonl.zst"):
        assert re.search(pattern[1], name)
    for name in ("a.json", "a.py", "a.jsonl.py", "jsonl"):
        assert not re.search(pattern[1], name)
    assert "  entry: wrm check\n" in HOOKS
    assert "  pass_filenames: false\n" in HOOKS
    assert '  additional_dependencies: [".[cli]"]\n' in HOOKS
    (hook_id,) = re.findall(r"^- id: (.+)$", HOOKS, re.MULTILINE)
    (args,) = re.findall(rf"- id: {hook_id}\n +args: \[(.*)\]", PAGE)
    wrm("check", "-q", "--write-baseline", "baseline.json", "events.jsonl")
    assert wrm("check", *args.split(", ")).status == 0
