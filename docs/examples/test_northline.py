"""Northline's service, held against the library. Run it by `pytest docs/examples`."""

from northline import Northline
from work_request_manager import DEFAULT_RULEBOOK, Event, WorkRequest
from work_request_manager.testing.conformance import ConformanceSuite


class Adapter:
    """What the suite needs of the service."""

    def __init__(self) -> None:
        self.northline = Northline()

    def post(self, event: Event) -> str:
        """Send an event, and return the answer."""
        return self.northline.post(event)

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return a work request as it is now."""
        return self.northline.work_request(work_request_id)

    def reset(self) -> None:
        """Forget all work requests."""
        self.northline.clear()


class TestNorthline(ConformanceSuite):
    """The service answers as the strict rulebook does."""

    rulebook = DEFAULT_RULEBOOK.strict()

    def adapter(self) -> Adapter:
        """Return the service."""
        return Adapter()
