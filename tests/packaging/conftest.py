"""The wheel and the source distribution, built once from a copy of the repository.

pip install '.[dev]' build hatchling 'readme_renderer[md]' twine && pytest -m packaging -rs
"""

import shutil
from pathlib import Path

import pytest

from distributions import ROOT, Built, build, listed_files

SCRATCH = (
    ".coverage.host.1",
    ".env",
    ".hypothesis/examples/one",
    "build/site/index.html",
    "dist/old.whl",
    "fuzz-failures/input",
    "notes.txt",
    "docs/__pycache__/pypi_page.cpython-311.pyc",
    "docs/build/index.html",
    "src/work_request_manager/__pycache__/model.cpython-311.pyc",
    "src/work_request_manager/.mypy_cache/cache.json",
    "tests/.pytest_cache/README.md",
    "tests/cli/.hypothesis/examples/one",
    "tests/cli/__pycache__/running.cpython-311.pyc",
)
"""Files that work leaves in a checkout. None of them belongs into a distribution."""


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the repository, without what git ignores, and leave scratch files in the copy."""
    tree = tmp_path_factory.mktemp("tree") / "repository"
    for name in listed_files():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    for name in SCRATCH:
        assert not (tree / name).exists()
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("scratch", encoding="utf-8")
    return tree


@pytest.fixture(scope="session")
def built(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the source distribution, a wheel from it, and a wheel from the copy of the repository."""
    folder = tmp_path_factory.mktemp("dist")
    build(tree, folder / "both")
    build(tree, folder / "direct", "--wheel")
    (sdist,) = (folder / "both").glob("*.tar.gz")
    (wheel,) = (folder / "both").glob("*.whl")
    (direct,) = (folder / "direct").glob("*.whl")
    return Built(sdist, wheel, direct)
