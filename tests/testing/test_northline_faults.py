"""The example service passes the conformance check, and fails it with any planted fault."""

import ast
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from histories import STRICT_RULEBOOK
from parties import HOLDER, MAY_CANCEL, OWN, from_
from testing.northline_faults import FAULTS, PATH, SOURCE, Fault, northline
from work_request_manager import NewActivity, events, model
from work_request_manager.testing.conformance import SEARCH, Disagreement, check_by_search, check_vectors

CREATE = events.CreateWorkRequest(
    **from_(OWN, requestor=OWN.id, supplier=HOLDER.id), activities=(NewActivity("A-1", MAY_CANCEL),)
)
WORKER = events.UpdateActivityWorker(**from_(HOLDER, activity_id="A-1", worker="Aroha"))

Open = Callable[..., Any]


@pytest.fixture
def open_service() -> Iterator[Open]:
    """Yield a function that opens a service. All of them are closed afterwards."""
    opened = []

    def open_service(fault: Fault | None = None, path: str = ":memory:") -> Any:
        opened.append(northline(fault)(path))
        return opened[-1]

    yield open_service
    for service in opened:
        service.close()


@pytest.fixture
def adapted(open_service: Open, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a service in the adapter of the example."""
    monkeypatch.syspath_prepend(str(PATH.parent))
    example = importlib.import_module("test_northline")

    def adapted(fault: Fault | None = None) -> Any:
        monkeypatch.setattr(example, "Northline", lambda: open_service(fault))
        return example.Adapter()

    return adapted


@pytest.mark.slow
def test_the_example_conforms(adapted: Open) -> None:
    """Neither pass finds a difference, and the vectors cover everything."""
    assert check_vectors(adapted(), STRICT_RULEBOOK).missing == ()
    check_by_search(adapted(), STRICT_RULEBOOK, hypothesis.settings(SEARCH, max_examples=20, derandomize=True))


@pytest.mark.parametrize(
    "fault",
    # Every sixth fault is in the default run, because all of them take half a minute.
    [pytest.param(each, id=each.name, marks=[pytest.mark.slow] if n % 6 else []) for n, each in enumerate(FAULTS)],
)
def test_each_fault_is_found_and_named(fault: Fault, adapted: Open) -> None:
    """The vectors or the search find it, and the report names the deciding rule or the difference."""
    search = hypothesis.settings(SEARCH, derandomize=True, database=None)
    with pytest.raises(Disagreement) as found:  # noqa: PT012 - the search finds the rest
        check_vectors(adapted(fault), STRICT_RULEBOOK)
        check_by_search(adapted(fault), STRICT_RULEBOOK, search)
    lines = [*found.value.decided_by, *found.value.differences]
    assert any(fault.cites in line for line in lines), str(found.value)
    assert len(found.value.events) <= 9


def test_each_fault_changes_one_place() -> None:
    """The text to replace occurs once in the source, and no two faults are the same."""
    assert [fault.name for fault in FAULTS if SOURCE.count(fault.old) != 1] == []
    assert len({(fault.old, fault.new) for fault in FAULTS}) == len(FAULTS) == 83


def test_the_faults_are_of_every_rule() -> None:
    """For every rule there is a fault whose report names it."""
    assert {rule.id for rule in STRICT_RULEBOOK.rules} <= {fault.cites for fault in FAULTS}


def test_the_example_imports_no_rules() -> None:
    """The service uses only the values and the events of the library."""
    values = {name for name, value in vars(model).items() if getattr(value, "__module__", "") == model.__name__}
    froms = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.ImportFrom)]
    assert {node.module for node in froms} == {"collections.abc", "datetime", "typing", "work_request_manager"}
    (library,) = (node for node in froms if node.module == "work_request_manager")
    assert {alias.name for alias in library.names} <= values | {"Event", "events"}
    plain = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
    assert [alias.name for node in plain for alias in node.names] == ["json", "sqlite3"]


def test_the_example_stores_everything_in_its_file(open_service: Open, tmp_path: Path) -> None:
    """A second service reads what the first one wrote."""
    path = str(tmp_path / "northline.db")
    writer = open_service(path=path)
    assert writer.post(CREATE) == "Consumed"
    assert writer.post(WORKER) == "Consumed"
    assert open_service(path=path).work_request("WR-1") == writer.work_request("WR-1") is not None


def test_the_example_knows_the_repeats_of_a_cancellation(open_service: Open) -> None:
    """A status update to Closed repeats a cancellation in any state."""
    cancel = events.CancelActivity(**from_(HOLDER, activity_id="A-1"))
    statuses = [model.Status(model.Category.CLOSED, state) for state in ("Closed", "NoAccess")]
    closings = [events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=status)) for status in statuses]
    service = open_service()
    assert [service.post(event) for event in (CREATE, cancel)] == ["Consumed"] * 2
    assert [service.post(event) for event in (cancel, *closings)] == ["NotConsumed"] * 3


def test_the_adapter_is_under_30_lines() -> None:
    """The adapter and the suite together have fewer than 30 lines, docstrings included."""
    text = (PATH.parent / "test_northline.py").read_text(encoding="utf-8")
    assert len(text[text.index("class Adapter") :].splitlines()) < 30
