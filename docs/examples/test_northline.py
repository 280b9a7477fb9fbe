"""Northline's service, compared with the library. Run it by `pytest docs/examples/test_northline.py`."""

from collections.abc import Iterator

import pytest
from northline import Northline

from work_request_manager import DEFAULT_RULEBOOK
from work_request_manager.testing.conformance import ConformanceSuite


class Adapter:
    """The three methods that the suite calls: send an event, read a work request, delete all of them."""

    def __init__(self) -> None:
        self.northline = Northline()
        self.post = self.northline.post
        self.read = self.northline.work_request
        self.reset = self.northline.clear


class TestNorthline(ConformanceSuite):
    """The service answers as the strict rulebook does."""

    rulebook = DEFAULT_RULEBOOK.strict()

    @pytest.fixture
    def adapter(self) -> Iterator[Adapter]:
        """Yield the service, and close its database afterwards."""
        adapter = Adapter()
        yield adapter
        adapter.northline.close()
