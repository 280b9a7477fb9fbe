"""The example service conforms, and no longer does with a fault in it: how good the conformance kit is."""

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
from work_request_manager import Activity, events, model
from work_request_manager.testing.conformance import SEARCH, Disagreement, check_by_search, check_vectors

CREATE = events.CreateWorkRequest(
    **from_(OWN, requestor=OWN.id, supplier=HOLDER.id), activities=(Activity("A-1", MAY_CANCEL),)
)
WORKER = events.UpdateActivityWorker(**from_(HOLDER, activity_id="A-1", worker="Aroha"))

Open = Callable[..., Any]


@pytest.fixture
def open_service() -> Iterator[Open]:
    """Yield what opens a service, which is closed in the end."""
    opened = []

    def open_service(fault: Fault | None = None, path: str = ":memory:") -> Any:
        opened.append(northline(fault)(path))
        return opened[-1]

    yield open_service
    for service in opened:
        service.close()


@pytest.fixture
def adapted(open_service: Open, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return what opens a service in the adapter that the example has for it."""
    monkeypatch.syspath_prepend(str(PATH.parent))
    example = importlib.import_module("test_northline")

    def adapted(fault: Fault | None = None) -> Any:
        monkeypatch.setattr(example, "Northline", lambda: open_service(fault))
        return example.Adapter()

    return adapted


def test_it_conforms(adapted: Open) -> None:
    """Both passes find nothing, and the first leaves nothing uncovered."""
    assert check_vectors(adapted(), STRICT_RULEBOOK).missing == ()
    check_by_search(adapted(), STRICT_RULEBOOK, hypothesis.settings(SEARCH, max_examples=30, derandomize=True))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_is_found_and_named(fault: Fault, adapted: Open) -> None:
    """By the vectors, or within the 200 examples of the search; the report names what decides or differs."""
    assert SOURCE.count(fault.old) == 1
    search = hypothesis.settings(SEARCH, derandomize=True, database=None)
    with pytest.raises(Disagreement) as found:  # noqa: PT012 - the search is for what the vectors do not find
        check_vectors(adapted(fault), STRICT_RULEBOOK)
        check_by_search(adapted(fault), STRICT_RULEBOOK, search)
    told = [*found.value.decided_by, *found.value.differences]
    assert any(fault.cites in line for line in told), str(found.value)
    assert len(found.value.events) <= 9


def test_the_faults_are_of_every_rule() -> None:
    """For every rule there is a fault that lets through what the rule refuses."""
    assert {rule.id for rule in STRICT_RULEBOOK.rules} <= {fault.cites for fault in FAULTS}


def test_it_imports_no_rules() -> None:
    """What the service takes from the library is its values and its events."""
    values = {name for name, value in vars(model).items() if getattr(value, "__module__", "") == model.__name__}
    froms = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.ImportFrom)]
    assert {node.module for node in froms} == {"collections.abc", "datetime", "typing", "work_request_manager"}
    (library,) = (node for node in froms if node.module == "work_request_manager")
    assert {alias.name for alias in library.names} <= values | {"Event", "events"}
    plain = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
    assert [alias.name for node in plain for alias in node.names] == ["json", "sqlite3"]


def test_it_keeps_what_it_knows_in_its_file(open_service: Open, tmp_path: Path) -> None:
    """What one service wrote, another one reads."""
    path = str(tmp_path / "northline.db")
    writer = open_service(path=path)
    assert writer.post(CREATE) == "Consumed"
    assert writer.post(WORKER) == "Consumed"
    assert open_service(path=path).work_request("WR-1") == writer.work_request("WR-1") is not None


def test_the_adapter_is_under_30_lines() -> None:
    """Adapter and suite together, docstrings included."""
    text = (PATH.parent / "test_northline.py").read_text(encoding="utf-8")
    assert len(text[text.index("class Adapter") :].splitlines()) < 30
