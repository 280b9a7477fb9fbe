"""The two graphs equal those of the rulebook, and the machines make exactly their moves."""

from itertools import product
from typing import Any

import pytest
from transitions import Machine, MachineError
from transitions.extensions import GraphMachine

from work_request_manager import Allocation, Basis, Category, Closure, events
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, Forbidden, Move, Repeat, rules_of
from work_request_manager.machine import activity_machine, allocation_machine
from work_request_manager.rules import RULES_BY_ID

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category

# The table of section 2, copied by hand: from the row to OPEN, ACTIVE, PRACTICAL_COMPLETION, IN_REVIEW, CLOSED.
STATUS = {
    OPEN: ["replan", "start WRM107", "complete WRM206", "review WRM207", "cancel WRM203 WRM204"],
    ACTIVE: ["pause", "progress", "complete", "review WRM207", "- WRM208"],
    COMPLETION: ["- WRM202", "- WRM202", "- WRM202", "review", "close"],
    REVIEW: ["- WRM202", "- WRM202", "- WRM202", "progress_review", "close"],
    CLOSED: ["- WRM201"] * 5,
}

# The table of section 3, likewise: accept, reject, reallocate.
ALLOCATION = {
    Allocation.SENT: ["accept", "reject WRM101 WRM102", "reallocate WRM103 WRM104 WRM105"],
    Allocation.ACCEPTED: ["repeat", "reject WRM101 WRM102", "reallocate WRM103 WRM104 WRM105"],
    Allocation.REJECTED: ["- WRM302", "repeat WRM302", "reallocate WRM103 WRM104 WRM105"],
}
ALLOCATING = (events.AcceptWorkRequest, events.RejectWorkRequest, events.ReallocateWorkRequest)
LEADS_TO = {"accept": Allocation.ACCEPTED, "reject": Allocation.REJECTED, "reallocate": Allocation.SENT}


def cell_text(cell: Any) -> str:
    """Return a cell as the tables above write it."""
    first = cell.name if isinstance(cell, Move) else "repeat" if isinstance(cell, Repeat) else "-"
    return " ".join((first, *rules_of(cell)))


def test_the_status_graph_is_that_of_the_rulebook() -> None:
    """Every pair of categories has the right cell."""
    assert {row: [cell_text(cell) for cell in cells.values()] for row, cells in STATUS_GRAPH.items()} == STATUS
    assert all(tuple(cells) == tuple(Category) for cells in STATUS_GRAPH.values())


def test_the_allocation_graph_is_that_of_the_rulebook() -> None:
    """Every allocation has the right cell for each event that can change it."""
    assert {row: [cell_text(cell) for cell in cells.values()] for row, cells in ALLOCATION_GRAPH.items()} == ALLOCATION
    assert all(tuple(cells) == ALLOCATING for cells in ALLOCATION_GRAPH.values())


def test_moves_do_what_the_rulebook_says() -> None:
    """Start sets has_been_active, cancel and close set the closure, and each move leads to the right place."""
    graphs: tuple[Any, ...] = (STATUS_GRAPH, ALLOCATION_GRAPH)
    columns = [(column, cell) for graph in graphs for row in graph.values() for column, cell in row.items()]
    for column, move in columns:
        if isinstance(move, Move):
            assert move.activates == (move.name == "start")
            assert move.closure == {"cancel": Closure.CANCELLED, "close": Closure.COMPLETED}.get(move.name)
            assert move.to is LEADS_TO.get(move.name, column)


def test_a_cell_without_a_move_names_a_rule_that_is_not_assumed() -> None:
    """Such a rule refuses in every rulebook."""
    for graph in (STATUS_GRAPH, ALLOCATION_GRAPH):
        for cell in (cell for row in graph.values() for cell in row.values()):
            for rule in rules_of(cell):
                assert rule in RULES_BY_ID
                if isinstance(cell, Forbidden | Repeat):
                    assert RULES_BY_ID[rule].basis is not Basis.ASSUMED


class Job:
    """A model of a machine."""

    state: Any
    get_graph: Any


def job_in(machine: Machine, state: Any) -> Any:
    """Return a model of a machine in a state."""
    job = Job()
    machine.add_model(job, initial=state)
    return job


TRIGGERS = sorted({cell.split()[0] for row in STATUS.values() for cell in row} - {"-"})


@pytest.mark.parametrize(("source", "trigger"), list(product(Category, TRIGGERS)))
def test_the_activity_machine_makes_exactly_the_moves(source: Category, trigger: str) -> None:
    """Each move of the row leads to its column, unless a rule that guards it is broken. There are no others."""
    machine = activity_machine()
    job = job_in(machine, source)
    cells = [(target, cell.split()) for target, cell in zip(Category, STATUS[source], strict=True)]
    moves = [(target, rules) for target, (name, *rules) in cells if name == trigger]
    if not moves:
        with pytest.raises(MachineError):
            job.trigger(trigger)
        return
    ((target, rules),) = moves
    for rule in rules:
        assert job.trigger(trigger, refused_by={rule}) is False
        assert job.state is source
    assert job.trigger(trigger, refused_by={"WRM301"}) is True
    assert job.state is target


@pytest.mark.parametrize(("source", "trigger"), list(product(Allocation, LEADS_TO)))
def test_the_allocation_machine_makes_exactly_the_moves(source: Allocation, trigger: str) -> None:
    """Each move of the row leads to its allocation, unless a rule that guards it is broken. A repeat is not a move."""
    machine = allocation_machine()
    job = job_in(machine, source)
    name, *rules = ALLOCATION[source][list(LEADS_TO).index(trigger)].split()
    if name != trigger:
        with pytest.raises(MachineError):
            job.trigger(trigger)
        return
    for rule in rules:
        assert job.trigger(trigger, refused_by={rule}) is False
    assert job.trigger(trigger) is True
    assert job.state is LEADS_TO[trigger]


def test_machines_have_no_back_doors() -> None:
    """The machines have the triggers of the tables and no others, such as to_OPEN."""
    assert sorted(activity_machine().events) == TRIGGERS
    assert sorted(allocation_machine().events) == sorted(LEADS_TO)


def test_machines_draw_themselves() -> None:
    """The class of the machine can be chosen, for instance one that draws diagrams."""
    job = Job()
    machine = activity_machine(GraphMachine, graph_engine="mermaid")
    machine.add_model(job, initial=OPEN)
    drawn = job.get_graph().draw(None)
    assert "start" in drawn
    assert "progress_review" in drawn
    assert isinstance(allocation_machine(GraphMachine, graph_engine="mermaid"), GraphMachine)
