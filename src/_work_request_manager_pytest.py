"""The pytest plugin's fixtures, marker and option.

pytest imports this module at the start of every run, so it stands outside the package and imports nothing of it until
a test uses the fixture `wrm`.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from work_request_manager.testing import InMemoryWorkRequestManager
    from work_request_manager.testing.plugin import Parties, RequestFactory


@pytest.fixture
def wrm() -> "InMemoryWorkRequestManager":
    """A fresh work request manager in memory; override it for another rulebook."""
    from work_request_manager.testing import InMemoryWorkRequestManager

    return InMemoryWorkRequestManager()


@pytest.fixture
def wrm_parties() -> "Parties":
    """The parties that the work requests of `wrm_request` belong to, and others that they don't."""
    from work_request_manager.testing.plugin import parties

    return parties()


@pytest.fixture
def wrm_request(wrm: "InMemoryWorkRequestManager") -> "RequestFactory":
    """Call it for a new work request in `wrm`, brought to a point of its life by a shortest legal history."""
    from work_request_manager.testing.plugin import RequestFactory

    return RequestFactory(wrm)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, and the setting of the same name."""
    told = "fail a test without the marker wrm_refuses if `wrm` refuses an event of it"
    parser.getgroup("work request manager").addoption("--wrm-no-refusals", action="store_true", help=told)
    parser.addini("wrm_no_refusals", told, type="bool")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    told = "wrm_refuses(*rules): the events that the test posts to `wrm` are refused by exactly these rules"
    config.addinivalue_line("markers", told)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hold a test that uses `wrm` to the refusals that it expects."""
    wrm = getattr(item, "funcargs", {}).get("wrm")
    marker = item.get_closest_marker("wrm_refuses")
    if wrm is None and marker is None:
        return (yield)
    from work_request_manager.testing.plugin import watched

    no_refusals = item.config.getoption("wrm_no_refusals") or item.config.getini("wrm_no_refusals")
    return (yield from watched(item, wrm, marker, no_refusals=no_refusals))
