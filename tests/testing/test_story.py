"""The first steps of a new user, in a new environment with the built wheel and its extra `testing`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from venv import EnvBuilder

import pytest

pytestmark = pytest.mark.slow  # an installation takes half a minute

ROOT = Path(__file__).parents[2]

ENVIRONMENT = {
    # Without the settings of this run for pip, Python, pytest and coverage.
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTHON", "PYTEST", "COVERAGE", "COV_", "VIRTUAL_ENV"))
}

FIVE_LINES = """\
from datetime import UTC, datetime
from work_request_manager.events import AcceptWorkRequest
def test_accepting(wrm, wrm_request, wrm_parties):
    event = AcceptWorkRequest(work_request_id=wrm_request().id, sender=wrm_parties.supplier, at=datetime.now(UTC))
    assert wrm.post(event).work_request.allocation == "Accepted"
"""


def ran(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, in the environment of a new user."""
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a new environment with the built wheel and its extra `testing`."""
    folder = tmp_path_factory.mktemp("story")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    built = ran(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    EnvBuilder(with_pip=True).create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    installed = ran(python, *pip[1:], "install", f"{wheel}[testing]", cwd=folder)
    assert installed.returncode == 0, installed.stderr
    return python


def outcome(python: Path, folder: Path, tests: str, *options: str) -> tuple[int, str]:
    """Run the tests of a user with warnings as errors. Return pytest's exit status and output."""
    (folder / "test_ours.py").write_text(tests)
    strictly = ("-W", "error", "-m", "pytest", "-W", "error", "--strict-markers", "--color=no")
    done = ran(python, *strictly, *options, cwd=folder)
    return done.returncode, done.stdout + done.stderr


def test_five_lines_with_a_manager(python: Path, tmp_path: Path) -> None:
    """Five lines pass. If another supplier sends the event, they fail and show the rule and the history."""
    status, output = outcome(python, tmp_path, FIVE_LINES, "--wrm-no-refusals")
    assert status == 0, output
    assert "1 passed" in output

    refused = FIVE_LINES.replace("wrm_parties.supplier", "wrm_parties.other_supplier").replace("Accepted", "Sent")
    status, output = outcome(python, tmp_path, refused)
    assert status == 0, output
    status, output = outcome(python, tmp_path, refused, "--wrm-no-refusals")
    assert status == 1, output
    assert "WRM302 holding-supplier-only (implied, FAQ 5, 7): WorkSupplier southline cannot accept" in output
    assert "> 2  WorkSupplier southline  AcceptWorkRequest()" in output


def test_a_conformance_subclass(python: Path, tmp_path: Path) -> None:
    """The service and the suite of the documentation pass: one case for each history, and two more."""
    examples = ROOT / "docs" / "examples"
    shutil.copy(examples / "northline.py", tmp_path)
    status, output = outcome(python, tmp_path, (examples / "test_northline.py").read_text(), "-rP")
    assert status == 0, output
    full = "cells 34 of 34, rules kept 29 of 29, rules broken 29 of 29, answers 3 of 3"
    (histories,) = re.findall(rf"events in (\d+) histories: {full}", output)
    assert f"{int(histories) + 2} passed" in output


def test_the_readme_shows_the_kit(python: Path, tmp_path: Path) -> None:
    """The ten lines pass as they are, and fail if they expect no refusal."""
    readme = (ROOT / "README.md").read_text()
    (shown,) = re.findall(r"```python\n(from datetime[^`]*?\nimport pytest\n[^`]*)```", readme)
    assert len([line for line in shown.splitlines() if line]) <= 10
    status, output = outcome(python, tmp_path, shown)
    assert status == 0, output
    status, output = outcome(python, tmp_path, shown.replace('"WRM203"', ""))
    assert status == 1, output
    assert "WRM203 supplier-may-cancel (stated, FAQ 4): WorkSupplier northline cannot cancel activity A-1" in output
