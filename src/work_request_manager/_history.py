"""One work request as its events come in, each judged from what those before it made of it."""

from work_request_manager.changes import WorkRequestClosed
from work_request_manager.deciding import Consumed, Decision, Refused, decide
from work_request_manager.events import Event
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import Rulebook


class History:
    """What judging the next event of a work request needs of those before it."""

    __slots__ = ("_taken", "work_request")

    def __init__(self) -> None:
        self.work_request: WorkRequest | None = None
        self._taken: set[str] = set()

    def has_seen(self, event: Event) -> bool:
        """Return whether the event's `event_id` was taken before, so that it is not judged again (WRM602)."""
        return event.event_id is not None and event.event_id in self._taken

    def decide(self, event: Event, rulebook: Rulebook) -> Decision:
        """Decide on the next event, and go on from what it makes of the work request; see `decide`."""
        was_closed = self.work_request is not None and self.work_request.is_closed
        decision = decide(self.work_request, event, rulebook=rulebook)
        if isinstance(decision, Refused):
            return decision
        self.work_request = decision.work_request
        if isinstance(decision, Consumed) and any(isinstance(each, WorkRequestClosed) for each in decision.changes):
            self._taken.clear()
        # Once it is closed, only the event that closed it is still remembered.
        if event.event_id is not None and not was_closed:
            self._taken.add(event.event_id)
        return decision
