"""The package as a whole: its imports, its public names, purity, threads and pickles."""

import importlib
import pickle
import pkgutil
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
    Allocation,
    AnyEvent,
    Category,
    Party,
    Rulebook,
    Status,
    WorkRequest,
    catalogue,
    decide,
    events,
    graph,
    rules,
)
from work_request_manager.log import LOG_RULES, LOG_RULES_BY_ID
from work_request_manager.verify.invariants import INVARIANTS

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_importing_the_core_imports_its_two_dependencies_only() -> None:
    """Importing the core imports attrs, transitions and no other package."""
    program = (
        "import sys; import work_request_manager;"
        "print(*sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    baseline = subprocess.run(
        [sys.executable, "-I", "-c", program.replace("work_request_manager", "attrs, transitions")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(ran.stdout.split()) - set(baseline.stdout.split()) == {"work_request_manager"}


def test_deciding_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A fresh rulebook asks the machines of `transitions`, which logs each trigger. No record is logged."""
    caplog.set_level("DEBUG")
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    common: dict[str, Any] = {"work_request_id": "WR-1", "sender": Party.supplier("northline"), "at": AT}
    for category in Category:
        event = events.UpdateActivityStatus(**common, activity_id="A-1", status=Status(category))
        decide(request, event, rulebook=Rulebook())
    assert caplog.records == []


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("wire", "msgspec", "wire"),
        ("log", "msgspec", "wire"),
        ("reports", "msgspec", "wire"),
        ("vectors", "msgspec", "wire"),
        ("testing", "msgspec", "wire"),
        ("arrow", "msgspec", "wire"),
        ("arrow", "pyarrow", "arrow"),
        ("server", "starlette", "server"),
    ],
)
def test_an_import_without_its_extra_names_it(module: str, missing: str, extra: str) -> None:
    """The error of an import says which package is missing, and how to install it."""
    program = f"import sys; sys.modules['{missing}'] = None; import work_request_manager.{module}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stderr.rstrip().endswith(f" {missing}; install it: pip install 'work-request-manager[{extra}]'")


@pytest.mark.parametrize(
    "table",
    [
        graph.STATUS_GRAPH,
        graph.STATUS_GRAPH[Category.OPEN],
        graph.ALLOCATION_GRAPH,
        catalogue.KINDS,
        catalogue.WIRE_NAMES,
        catalogue.KINDS[events.UpdateDetails].wire_names,
        rules.RULES_BY_ID,
        LOG_RULES_BY_ID,
        graph.ALLOCATION_GRAPH[Allocation.SENT],
    ],
)
def test_tables_cannot_be_changed(table: object) -> None:
    """The tables are read-only mappings."""
    assert isinstance(table, Mapping)
    assert not isinstance(table, MutableMapping)


def test_lists_of_records_cannot_be_changed() -> None:
    """The rules and the invariants are tuples."""
    assert [type(records) for records in (rules.RULES, LOG_RULES, INVARIANTS)] == [tuple] * 3


def test_all_public_names_are_there() -> None:
    """Every name of __all__ can be imported. The names are sorted."""
    assert work_request_manager.__all__ == sorted(
        work_request_manager.__all__, key=lambda name: (not name.isupper(), name)
    )
    for name in work_request_manager.__all__:
        assert getattr(work_request_manager, name) is not None


def test_every_module_has_the_names_that_it_exports() -> None:
    """Each name of each `__all__` exists, once."""
    for found in pkgutil.walk_packages(work_request_manager.__path__, "work_request_manager."):
        if not found.name.endswith("__main__"):
            module = importlib.import_module(found.name)
            exported = getattr(module, "__all__", [])
            assert len(set(exported)) == len(exported)
            assert [name for name in exported if not hasattr(module, name)] == []


def test_a_rulebook_is_safe_between_threads() -> None:
    """Sixteen threads that share one fresh rulebook get the same decisions as one thread."""
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    sent: list[AnyEvent] = [
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
    """A decision comes back equal from a pickle."""
    request = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", ActivityType("FIBRE_CONNECT")),))
    common: dict[str, Any] = {
        "work_request_id": "WR-1",
        "sender": Party.supplier("northline"),
        "at": datetime(2026, 3, 1, tzinfo=UTC),
    }
    sent: tuple[AnyEvent, ...] = (
        events.AcceptWorkRequest(**common),
        events.CancelActivity(**common, activity_id="A-1"),
        events.PutOnHold(**common),
        events.Resume(**common),
    )
    for event in sent:
        decision = decide(request, event)
        assert pickle.loads(pickle.dumps(decision)) == decision
