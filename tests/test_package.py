"""What the package is to those who import it."""

import pickle
import subprocess
import sys
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

import work_request_manager
from work_request_manager import (
    Activity,
    ActivityType,
    Category,
    Event,
    Party,
    Rulebook,
    Status,
    WorkRequest,
    decide,
    events,
    findings,
    graph,
    invariants,
    judging,
    rules,
    wire,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_importing_the_core_imports_its_two_dependencies_only() -> None:
    """The core needs attrs and transitions, and importing it imports no other package."""
    told = (
        "import sys; import work_request_manager;"
        "print(*sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", told], capture_output=True, text=True, check=True)
    baseline = subprocess.run(
        [sys.executable, "-I", "-c", told.replace("work_request_manager", "attrs, transitions")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(ran.stdout.split()) - set(baseline.stdout.split()) == {"work_request_manager"}


def test_deciding_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A fresh rulebook asks `transitions`, which logs what it does; none of that comes through."""
    caplog.set_level("DEBUG")
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    common: dict[str, Any] = {"work_request_id": "WR-1", "sender": Party.supplier("northline"), "at": AT}
    for category in Category:
        event = events.UpdateActivityStatus(**common, activity_id="A-1", status=Status(category))
        decide(request, event, rulebook=Rulebook())
    assert caplog.records == []


@pytest.mark.parametrize(
    "table",
    [
        graph.STATUS_GRAPH,
        graph.STATUS_GRAPH[Category.OPEN],
        graph.ALLOCATION_GRAPH,
        judging.GUARDS,
        judging.SENT_BY,
        rules.RULES_BY_ID,
        findings.LOG_RULES_BY_ID,
        invariants.STATEMENTS,
        invariants.STEP_CHECKS,
        wire.EVENT_NAMES,
    ],
)
def test_declarations_can_not_be_changed(table: object) -> None:
    """What is declared is read-only: no one can reopen the graph behind the library's back."""
    assert isinstance(table, Mapping)
    assert not isinstance(table, MutableMapping)


def test_all_public_names_are_there() -> None:
    """Everything in __all__ can be imported, in sorted order."""
    assert work_request_manager.__all__ == sorted(
        work_request_manager.__all__, key=lambda name: (not name.isupper(), name)
    )
    for name in work_request_manager.__all__:
        assert getattr(work_request_manager, name) is not None


def test_unknown_events_are_refused_by_type() -> None:
    """An event class of one's own is no event that the rules know, and decide says so."""

    class Celebrate(Event):
        """Not in the rulebook."""

    celebrate = Celebrate(work_request_id="WR-1", sender=Party.chorus(), at=datetime(2026, 3, 1, tzinfo=UTC))
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    for not_an_event in (celebrate, "hooray", None):
        for before in (None, request):
            with pytest.raises(TypeError, match="is not an event that the rules know"):
                decide(before, not_an_event)  # type: ignore[arg-type]  # what is tested


def test_a_rulebook_is_safe_between_threads() -> None:
    """Sixteen threads that share one fresh rulebook all get the decisions that one thread gets."""
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    sent = [
        events.UpdateActivityStatus(
            work_request_id="WR-1",
            activity_id="A-1",
            sender=sender,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            status=Status(category),
        )
        for category in Category
        for sender in (Party.chorus(), Party.supplier("northline"), Party.supplier("southline"))
    ]
    expected = [decide(request, event) for event in sent]
    shared, together = Rulebook(), Barrier(16)

    def decide_all(_: int) -> bool:
        together.wait()
        return [decide(request, event, rulebook=shared) for event in sent] == expected

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(decide_all, range(16)))


def test_decisions_survive_pickling() -> None:
    """A decision, with all that it holds, comes back equal from a pickle."""
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    common: dict[str, Any] = {
        "work_request_id": "WR-1",
        "sender": Party.supplier("northline"),
        "at": datetime(2026, 3, 1, tzinfo=UTC),
    }
    for event in (
        events.AcceptWorkRequest(**common),
        events.CancelActivity(**common, activity_id="A-1"),
        events.PutOnHold(**common),
        events.Resume(**common),
    ):
        decision = decide(request, event)
        assert pickle.loads(pickle.dumps(decision)) == decision
