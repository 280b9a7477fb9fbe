"""The built site, for the tests that look at it.

pip install '.[dev,docs]' axe-playwright-python playwright && pytest -m site
"""

from pathlib import Path

import pytest

from built_site import run_build


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site once, and return its folder."""
    folder = tmp_path_factory.mktemp("built") / "site"
    ran = run_build(folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    return folder
