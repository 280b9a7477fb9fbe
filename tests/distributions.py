"""The files that belong into the distributions, and the command that builds them, for the tests in tests/packaging."""

import os
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
"""The table `project` of pyproject.toml."""

SDIST_PARTS = (
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "docs",
    "pyproject.toml",
    "src",
    "tests",
)
"""The files and folders at the top of the repository that belong into the source distribution."""

SUFFIXES = {".py", ".typed", ".html", ".css", ".js"}
"""The kinds of files of `src`: modules, `py.typed`, and the parts of the report in HTML."""


class Built(NamedTuple):
    """The distributions.

    Args:
        sdist: the source distribution.
        wheel: the wheel that was built from it.
        direct_wheel: the wheel that was built from the repository.
    """

    sdist: Path
    wheel: Path
    direct_wheel: Path


@cache
def listed_files() -> tuple[str, ...]:
    """Return the paths of the files of the repository, without those that git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise RuntimeError(f"these tests need a checkout and git, which lists its files; git says: {ran.stderr}")
    return tuple(sorted(name for name in ran.stdout.split("\0") if name and (ROOT / name).is_file()))


def build(source: Path, folder: Path, *options: str) -> None:
    """Build distributions with the packages of this environment.

    Args:
        source: the repository, a copy of it or an unpacked source distribution.
        folder: the folder for the distributions.
        options: further options of the command.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", str(folder), str(source)]
    ran = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def clean_environment() -> dict[str, str]:
    """Return the variables of the environment without those that lead a new Python to the modules of this one."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
    return {name: value for name, value in os.environ.items() if name not in left_out and not name.startswith("COV")}
