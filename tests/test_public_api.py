"""The public API, used rightly by a sample program and wrongly by a list of calls, in the eyes of two type checkers."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import public_api_sample
import work_request_manager

HERE = Path(__file__).parent
SAMPLE, WRONG_CALLS = HERE / "public_api_sample.py", HERE / "wrong_calls.py"
MARK = "# wrong"

Reported = set[tuple[str, int]]
"""The name of the file and the number of the line of each error."""


def run(*command: str) -> str:
    """Run a type checker, and return its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    module = [sys.executable, "-m", *command, str(SAMPLE), str(WRONG_CALLS)]
    return subprocess.run(module, capture_output=True, text=True, cwd=HERE.parent, env=environment).stdout


def rejected_by_mypy() -> Reported:
    """Return the file and line of each error of mypy."""
    errors = re.findall(r"^(?:.*[/\\])?(\w+\.py):(\d+): error:", run("mypy", "--strict"), re.MULTILINE)
    return {(file, int(line)) for file, line in errors}


def rejected_by_pyright() -> Reported:
    """Return the file and line of each error of pyright."""
    report = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable))
    assert report["summary"]["filesAnalyzed"] == 2
    diagnostics = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    return {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in diagnostics}


@pytest.mark.slow
@pytest.mark.parametrize("rejected", [rejected_by_mypy, rejected_by_pyright])
def test_type_checkers_accept_the_sample_and_reject_every_wrong_call(rejected: Callable[[], Reported]) -> None:
    """In strict mode, exactly the marked lines are reported."""
    lines = WRONG_CALLS.read_text(encoding="utf-8").splitlines()
    marked = {(WRONG_CALLS.name, number) for number, line in enumerate(lines, 1) if line.endswith(MARK)}
    assert len(marked) > 70
    assert rejected() == marked


def test_the_sample_uses_every_public_name() -> None:
    """The program names each member of `__all__`, outside its imports too."""
    tree = ast.parse(SAMPLE.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(work_request_manager.__all__) <= used


def test_the_sample_uses_every_event_and_change() -> None:
    """Its two matches have a case for each class."""
    tree = ast.parse(SAMPLE.read_text(encoding="utf-8"))
    patterns = [node.cls for node in ast.walk(tree) if isinstance(node, ast.MatchClass)]
    matched = {node.attr for node in patterns if isinstance(node, ast.Attribute)}
    public = {*work_request_manager.events.__all__, *work_request_manager.changes.__all__}
    assert matched == public - {"AnyChange", "AnyEvent", "Change", "Event"}


def test_the_sample_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints an answer of each kind."""
    public_api_sample.main()
    printed = capsys.readouterr().out
    assert all(f": {answer} (" in printed for answer in work_request_manager.Answer)
