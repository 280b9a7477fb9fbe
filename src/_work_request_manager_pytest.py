"""The fixtures, the marker and the option of the pytest plugin.

pytest imports this module at the start of every run. It is therefore outside the package, and imports nothing of the
package until a test uses the fixture `wrm`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from work_request_manager.server import ServedManager
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


@pytest.fixture
def wrm_server(wrm: "InMemoryWorkRequestManager") -> Iterator["ServedManager"]:
    """`wrm`, served over HTTP on a free loopback port."""
    from work_request_manager.server import create_app, serving

    with serving(create_app(wrm)) as server:
        yield server


# The hooks use only what the oldest pluggy and pytest have, because pytest loads them in every environment in which the
# package is installed. So they are not wrappers: older versions of pluggy have no `wrapper`, and let no `hookwrapper`
# raise. The classes of pytest are named in quotes, because older versions do not export them.


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Add the option, and the setting of the same name."""
    help_text = "fail every test in which `wrm` refuses an event, unless it has the marker wrm_refuses"
    parser.getgroup("work request manager").addoption("--wrm-no-refusals", action="store_true", help=help_text)
    parser.addini("wrm_no_refusals", help_text, type="bool")


def pytest_configure(config: "pytest.Config") -> None:
    """Register the marker."""
    help_text = "wrm_refuses(*rules): exactly these rules refuse events that the test posts to `wrm`"
    config.addinivalue_line("markers", help_text)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Fail a test with a marker that makes no sense, instead of running it."""
    if _uses_plugin(pyfuncitem):
        from work_request_manager.testing.plugin import check_markers

        check_markers(pyfuncitem)


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fail a test that has passed if the refusals differ from those that it expects."""
    if _uses_plugin(item):
        from work_request_manager.testing.plugin import check_markers, check_refusals

        check_markers(item)  # again, because only tests that are functions are checked before they run
        check_refusals(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[object]") -> None:
    """Add the history to the report of a failed test. After the teardown, later tests start with the next event."""
    if _uses_plugin(item):
        from work_request_manager.testing.plugin import add_history, end_test

        if call.when == "call" and call.excinfo is not None:
            add_history(item)
        if call.when == "teardown":
            end_test(item)


def _uses_plugin(item: pytest.Item) -> bool:
    return "wrm" in (getattr(item, "funcargs", None) or ()) or item.get_closest_marker("wrm_refuses") is not None
