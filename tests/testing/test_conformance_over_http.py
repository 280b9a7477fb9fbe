"""The conformance check of a system over HTTP: `wrm serve`, with the adapter of the documentation."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import httpx
import pytest

from testing.implementations import SHORT_SEARCH
from work_request_manager.testing.conformance import Disagreement, check_conformance, check_vectors
from work_request_manager.vectors import vectors
from work_request_manager.wire import decode_types

pytestmark = pytest.mark.slow  # each of them sends thousands of requests

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SECONDS = 300
"""The time after which a server that does not end is killed."""


@contextmanager
def wrm_serve(*options: object) -> Iterator[str]:
    """Run `wrm serve` on a free port until the block ends, and yield its URL."""
    command = [sys.executable, "-m", "work_request_manager", "serve", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watch = Timer(SECONDS, process.kill)
        watch.start()
        try:
            assert process.stdout is not None
            yield process.stdout.readline().removeprefix("listening on ").strip()
        finally:
            process.terminate()
            watch.cancel()


@pytest.fixture
def over_http(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the class of the adapter in the documentation."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("test_over_http").OverHttp


SUITE = """
import httpx
import pytest
import test_over_http
from testing.implementations import SHORT_SEARCH
from testing.test_conformance_over_http import wrm_serve

@pytest.fixture(scope="module")
def adapter():
    with wrm_serve() as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield test_over_http.OverHttp(client)

class TestServe(test_over_http.TestOverHttp):
    search = SHORT_SEARCH
"""


def test_the_suite_passes_against_the_command(pytester: pytest.Pytester) -> None:
    """Every case of the suite of the documentation passes, with `wrm serve` as the system."""
    pytester.makepyfile(SUITE)
    pytester.makeini(f"[pytest]\npythonpath = {ROOT / 'tests'} {EXAMPLES}\nfilterwarnings = error\nmarkers = slow\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=SECONDS)
    result.assert_outcomes(passed=len(vectors()) + 2)


TYPES = """
[types.FIBRE_CONNECT]
workSupplierAllowedToCancel = true
states = { Scheduled = "Open", OnSite = "Active" }

[types.COPPER_REPAIR]
"""


def test_a_server_with_configured_types_conforms(over_http: Any, tmp_path: Path) -> None:
    """It refuses all other types with the status 400, so the check is given the types."""
    file = tmp_path / "types.toml"
    file.write_text(TYPES, encoding="utf-8")
    with wrm_serve("--types", file) as url, httpx.Client(base_url=url, trust_env=False) as client:
        adapter = over_http(client)
        with pytest.raises(Disagreement, match="400 Bad Request"):
            check_vectors(adapter)
        covered = check_conformance(adapter, search=SHORT_SEARCH, types=decode_types(TYPES))
    assert covered.missing == ()
