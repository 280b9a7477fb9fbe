"""The fixture `wrm_server`, used by tests of a project."""

import re
from pathlib import Path

import httpx
import pytest

from parties import HOLDER
from server.client import Client
from server.webhooks import receiving
from testing.manager_events import create
from work_request_manager.server import ServedManager
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.plugin import RequestFactory
from work_request_manager.wire import encode_event

TESTS = """
import httpx
import pytest

CANCEL = {
    "event": "CancelTaskActivityEvent", "taskId": "WR-1", "activityId": "A-1", "at": "2026-03-01T20:00:00Z",
    "sender": {"role": "WorkSupplier", "id": "northline"},
}

def cancel(server):
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{server.url}/notifications", json=CANCEL).status_code

@pytest.mark.wrm_refuses("WRM203")
def test_expected(wrm_server, wrm_request):
    wrm_request()
    assert cancel(wrm_server) == 409

def test_unexpected(wrm_server, wrm_request):
    wrm_request()
    assert cancel(wrm_server) == 409
"""
"""Two tests of a service, which post a refused event. Only the first expects that."""

STRICT = """
import pytest
from work_request_manager import DEFAULT_RULEBOOK
from work_request_manager.testing import InMemoryWorkRequestManager

@pytest.fixture
def wrm():
    return InMemoryWorkRequestManager(rulebook=DEFAULT_RULEBOOK.strict())

def test_strict(wrm, wrm_server):
    assert wrm_server.manager is wrm
"""

INI = """
[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:hypothesispytest
filterwarnings =
    error
    ignore:Module already imported so cannot be rewritten
"""


def test_the_fixture_serves_the_manager(
    http: httpx.Client, wrm: InMemoryWorkRequestManager, wrm_server: ServedManager, wrm_request: RequestFactory
) -> None:
    """Work requests that `wrm_request` makes are there over HTTP, and webhooks are called."""
    client = Client(http, wrm_server)
    assert wrm_server.manager is wrm
    request = wrm_request(id="WR-7")
    assert client.task("WR-7").json()["supplier"] == request.supplier
    with receiving() as receiver:
        client.subscribe(HOLDER, receiver)
        client.post(create())
        assert receiver.wait_for(1) == [encode_event(create())]


def run(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """Run pytest on some tests in this process. Every warning is an error, and no test expects refusals by default."""
    pytester.makepyfile(tests)
    pytester.makeini(INI)
    return pytester.runpytest_inprocess("--color=no", "--wrm-no-refusals")


def test_the_marker_counts_refusals_over_http(pytester: pytest.Pytester) -> None:
    """A refusal that a test does not expect fails it."""
    ran = run(pytester, TESTS)
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines(["*unexpected refusal by WRM203 for WR-1:*"])


def test_the_manager_can_be_another_one(pytester: pytest.Pytester) -> None:
    """A fixture `wrm` of the project is served."""
    run(pytester, STRICT).assert_outcomes(passed=1)


def test_a_shared_server_has_the_same_results(pytester: pytest.Pytester) -> None:
    """The fixtures of the how-to page reset one server after each test. Both tests find WR-1 free."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "test-over-http.md").read_text(encoding="utf-8")
    (fixtures,) = re.findall(r"^```python\n# conftest\.py\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    pytester.makeconftest(fixtures)
    ran = run(pytester, TESTS)
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines(["*unexpected refusal by WRM203 for WR-1:*"])
