"""Check that the repository is ready for a release. docs/releasing.md says when to run it.

python docs/release_check.py [ROOT]
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version as version_of
from pathlib import Path

SETTING = "`repository` in [tool.hatch.metadata.hooks.custom] of pyproject.toml"


def changelog_versions(changelog: str) -> list[str]:
    """Return the versions in the headings of a changelog, the newest first. That of no release is Unreleased.

    Args:
        changelog: the text.
    """
    return re.findall(r"^## \[([^]]+)\]", changelog, re.MULTILINE)


def problems(root: Path, installed: str) -> Iterator[str]:
    """Yield the reasons why a repository cannot be released, each with the way out.

    Args:
        root: the top of the repository.
        installed: the version of the package in this environment.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    version = settings["project"]["version"]
    repository = settings["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    if not re.fullmatch(r"https://[^\s/]+/\S*[^\s/]", repository):
        yield f"the public address of the repository is {repository!r}; set {SETTING} to https://… without a last slash"
    if installed != version:
        yield f"version {installed} is installed, but pyproject.toml has {version}; install it again: pip install -e ."
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(iter(changelog_versions(changelog)), "missing")
    if newest != version:
        yield f"the newest heading of CHANGELOG.md is {newest}; it must be: ## [{version}] - YEAR-MONTH-DAY"
    elif not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        yield f"the heading of {version} in CHANGELOG.md has no date; write: ## [{version}] - YEAR-MONTH-DAY"
    if not (root / ".git").exists():
        yield f"{root} is not a checkout of git; release from one"
        return
    if changed := _git(root, "status", "--porcelain"):
        yield f"the checkout has changes or untracked files; commit or remove them:\n{changed}"
    if _git(root, "tag", "--list", f"v{version}") and f"v{version}" not in _git(root, "tag", "--points-at").split():
        yield f"the tag v{version} is on another commit, so {version} is released; choose the next version"


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.rstrip()


def main() -> None:
    """Print the problems, and exit with status 1 if there are any."""
    root = Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent.parent)
    installed = version_of("work-request-manager")
    found = [*problems(root, installed)]
    for problem in found:
        print(f"not ready: {problem}")
    if not found:
        print(f"ready: {installed} can be released")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
