"""The version and the supported versions of Python, which several files name, and the check before a release."""

import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import pytest

from distributions import PROJECT, ROOT
from work_request_manager.reports._rules import ALL_RULES, help_uri_of

CHECK = runpy.run_path(str(ROOT / "docs" / "release_check.py"))
VERSION = PROJECT["version"]

PROJECT_TABLE = (
    '[project]\nversion = "1.2"\n[tool.hatch.metadata.hooks.custom]\nrepository = "https://example.org/wrm"\n'
)
CHANGELOG = "# Changelog\n\n## [1.2] - 2026-01-31\n\n## [1.1] - 2026-01-01\n"


def test_all_name_the_same_version() -> None:
    """The command, the metadata and pyproject.toml have the same version, and the newest release in CHANGELOG too."""
    ran = subprocess.run([sys.executable, "-m", "work_request_manager", "--version"], capture_output=True, text=True)
    assert ran.stdout == f"wrm, version {VERSION}\n"
    assert version_of(PROJECT["name"]) == VERSION, "install the package again: pip install -e ."
    versions = CHECK["changelog_versions"]((ROOT / "CHANGELOG.md").read_text("utf-8"))
    released = [each for each in versions if each != "Unreleased"]
    assert released[:1] in ([VERSION], []), "a new version needs its heading in CHANGELOG.md"
    assert released or versions == ["Unreleased"], "before the first release there is only one heading"


def test_all_name_the_same_versions_of_python() -> None:
    """The classifiers, the minimum version and SECURITY agree."""
    names = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each]
    assert PROJECT["requires-python"] == f">={names[0]}"
    assert f"Python {names[0]} to {names[-1]}." in (ROOT / "SECURITY.md").read_text("utf-8")
    assert names == [f"3.{minor}" for minor in range(11, 11 + len(names))]


def test_rules_link_to_the_page_of_the_package() -> None:
    """The address of a rule is on the page that PyPI has for a package of this name."""
    rule = ALL_RULES["WRM101"]
    assert help_uri_of(rule) == f"https://pypi.org/project/{PROJECT['name']}/#WRM101"


@pytest.fixture
def problems_of(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that makes a repository of some files and checks it."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
        command = ["git", *who, *arguments]
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)

    def check(
        project: str = PROJECT_TABLE, changelog: str = CHANGELOG, installed: str = "1.2", tags: tuple[str, ...] = ()
    ) -> list[str]:
        (tmp_path / "pyproject.toml").write_text(project, "utf-8")
        (tmp_path / "CHANGELOG.md").write_text(changelog, "utf-8")
        git("init", "--quiet")
        git("add", ".")
        git("commit", "--quiet", "--message=one")
        for tag in tags:
            git("tag", tag)
        return [*CHECK["problems"](tmp_path, installed)]

    return check


def test_a_ready_repository_has_no_problems(problems_of: Callable[..., list[str]]) -> None:
    """With an address, a heading with a date, and a clean checkout, a version can be released."""
    assert problems_of(tags=("v1.1", "v1.2")) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"project": PROJECT_TABLE.replace("https://example.org/wrm", "")}, "the public address"),
        ({"project": PROJECT_TABLE.replace("/wrm", "/wrm/")}, "the public address"),
        ({"installed": "1.1"}, "version 1.1 is installed, but pyproject.toml has 1.2"),
        ({"changelog": f"## [Unreleased]\n{CHANGELOG}"}, "the newest heading of CHANGELOG.md is Unreleased"),
        ({"changelog": "# Changelog\n"}, "the newest heading of CHANGELOG.md is missing"),
        ({"changelog": CHANGELOG.replace(" - 2026-01-31", "")}, "the heading of 1.2 in CHANGELOG.md has no date"),
    ],
)
def test_each_problem_is_named(problems_of: Callable[..., list[str]], changed: dict[str, Any], expected: str) -> None:
    """A single fault is one problem."""
    (problem,) = problems_of(**changed)
    assert problem.startswith(expected)


def test_changes_and_old_tags_are_problems(problems_of: Callable[..., list[str]], tmp_path: Path) -> None:
    """An untracked file is a problem, and so is a tag of this version on an earlier commit."""
    assert problems_of(tags=("v1.2",)) == []
    (tmp_path / "notes.txt").write_text("", "utf-8")
    (problem,) = CHECK["problems"](tmp_path, "1.2")
    assert problem.endswith("?? notes.txt")
    (problem,) = problems_of(changelog=f"{CHANGELOG}\n")  # with a second commit
    assert problem.startswith("the tag v1.2 is on another commit")


def test_a_folder_without_git_is_a_problem(tmp_path: Path) -> None:
    """An unpacked source distribution cannot be released."""
    (tmp_path / "pyproject.toml").write_text(PROJECT_TABLE, "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    (problem,) = CHECK["problems"](tmp_path, "1.2")
    assert problem.endswith("is not a checkout of git; release from one")


def test_the_check_fails_while_no_address_is_set() -> None:
    """The command names the setting, as long as it is empty."""
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    address = re.search(r'^repository = "(.*)"$', settings, re.MULTILINE)
    assert address is not None
    command = [sys.executable, str(ROOT / "docs" / "release_check.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ("not ready: the public address" in ran.stdout) == (address[1] == "")
    assert ran.returncode == 1 or address[1]
