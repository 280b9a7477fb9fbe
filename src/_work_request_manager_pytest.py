"""The fixtures, the marker and the option of the pytest plugin.

pytest imports this module at the start of every run. It is therefore outside the package, and imports nothing of the
package until a test uses the fixture `wrm`.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from work_request_manager.testing import InMemoryWorkRequestManager
    from work_request_manager.testing.plugin import Parties, RequestFactory


@pytest.fixture
def wrm() -> "InMemoryWorkRequestManager":
    """A new Work Request Manager in memory. Override the fixture to use another rulebook."""
    from work_request_manager.testing import InMemoryWorkRequestManager

    return InMemoryWorkRequestManager()


@pytest.fixture
def wrm_parties() -> "Parties":
    """The parties of the work requests that `wrm_request` makes, and two other parties."""
    from work_request_manager.testing.plugin import parties

    return parties()


@pytest.fixture
def wrm_request(wrm: "InMemoryWorkRequestManager") -> "RequestFactory":
    """A function that makes a work request in `wrm` and brings it to any state by a shortest legal history."""
    from work_request_manager.testing.plugin import RequestFactory

    return RequestFactory(wrm)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, and the setting of the same name."""
    help_text = "fail every test in which `wrm` refuses an event, unless it has the marker wrm_refuses"
    parser.getgroup("work request manager").addoption("--wrm-no-refusals", action="store_true", help=help_text)
    parser.addini("wrm_no_refusals", help_text, type="bool")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    help_text = "wrm_refuses(*rules): exactly these rules refuse events that the test posts to `wrm`"
    config.addinivalue_line("markers", help_text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that uses `wrm` if the refusals differ from those that it expects."""
    wrm = getattr(item, "funcargs", {}).get("wrm")
    marker = item.get_closest_marker("wrm_refuses")
    if wrm is None and marker is None:
        return (yield)
    from work_request_manager.testing.plugin import watched_call

    no_refusals = item.config.getoption("wrm_no_refusals") or item.config.getini("wrm_no_refusals")
    return (yield from watched_call(item, wrm, marker, no_refusals=no_refusals))
