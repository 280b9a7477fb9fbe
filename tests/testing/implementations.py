"""Implementations to check: the manager in memory, and the same with a fault."""

from collections.abc import Callable

import hypothesis
import pytest

from work_request_manager import DEFAULT_RULEBOOK, AnyEvent, Rulebook, WorkRequest
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.conformance import SEARCH, Disagreement, check_vectors

SHORT_SEARCH = hypothesis.settings(SEARCH, max_examples=10, derandomize=True, database=None)


class InMemory:
    """The manager in memory, as an implementation."""

    def __init__(self, rulebook: Rulebook = DEFAULT_RULEBOOK) -> None:
        self.rulebook = rulebook

    def reset(self) -> None:
        """Start with a new manager."""
        self.manager = InMemoryWorkRequestManager(rulebook=self.rulebook)

    def post(self, event: AnyEvent) -> str:
        """Post the event."""
        return self.manager.post(event).answer

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the work request."""
        known = {request.id: request for request in self.manager.work_requests()}
        return known.get(work_request_id)


class Faulty(InMemory):
    """An implementation with a fault in it."""

    def __init__(
        self,
        post: Callable[[InMemory, AnyEvent], str] = InMemory.post,
        read: Callable[[WorkRequest], WorkRequest | None] = lambda request: request,
    ) -> None:
        super().__init__()
        self._post = post
        self._read = read

    def post(self, event: AnyEvent) -> str:
        """Post the event, with the fault."""
        return self._post(self, event)

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the work request, with the fault."""
        request = super().read(work_request_id)
        return request and self._read(request)


def found(faulty: InMemory) -> Disagreement:
    """Return the disagreement that the vectors find in a faulty implementation."""
    with pytest.raises(Disagreement) as caught:
        check_vectors(faulty)
    return caught.value
