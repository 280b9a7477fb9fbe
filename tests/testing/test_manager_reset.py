"""Resetting a manager."""

import copy

from parties import HOLDER, OWN
from testing.manager_events import ACCEPT, create, hold
from work_request_manager import DEFAULT_RULEBOOK, Answer, Consumed
from work_request_manager.testing import InMemoryWorkRequestManager


def test_a_reset_manager_is_as_new() -> None:
    """Work requests, decisions, event ids and the log are gone. The rulebook and the types stay."""
    rulebook = DEFAULT_RULEBOOK.strict()
    types = {"SITE_VISIT": create().activities[0].type}  # type: ignore[union-attr]  # it is a create
    manager = InMemoryWorkRequestManager(rulebook=rulebook, types=types)
    for event in (create(), hold("e-1")):
        manager.post(event)
    trial = copy.deepcopy(manager)
    manager.reset()
    assert manager.work_requests() == manager.history() == manager.dump() == ()
    assert (manager.rulebook, manager.types) == (rulebook, types)
    assert [manager.post(event).answer for event in (create(), hold("e-1"))] == [Answer.CONSUMED] * 2
    assert len(trial.history()) == 2


def test_a_reset_forgets_subscribers_and_their_pending_calls() -> None:
    """A callback that resets the manager is the last one that is called."""
    manager = InMemoryWorkRequestManager()
    calls: list[str] = []

    def forget(_: Consumed) -> None:
        calls.append("first")
        manager.reset()

    manager.subscribe(HOLDER, forget)
    manager.subscribe(OWN, lambda _: calls.append("second"))
    for event in (create(), create(), ACCEPT):
        manager.post(event)
    assert calls == ["first"]
    assert len(manager.history()) == 2
