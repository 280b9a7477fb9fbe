"""What README and docs show is what happens."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_do_what_they_show(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python example of a page prints what stands there."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])
    failed, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert failed == 0


def test_generated_parts_are_fresh() -> None:
    """The generated parts of all pages are what would be generated now."""
    # Not measured for coverage, which would take long.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_readme_sells_in_fifteen_lines() -> None:
    """The README's first example has at most fifteen lines, one acceptance and one refusal, and two commands follow."""
    readme = PAGES[0].read_text()
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example is not None
    assert len(example[1].strip().splitlines()) <= 15
    assert "'start'" in example[1]
    assert "WRM203" in example[1]
    assert [len(block.splitlines()) for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)] == [1, 1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project leads to one."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target
