"""The two graphs as `transitions` machines. No other module imports that library.

The engine asks these machines whether a move exists and where it leads. Users take them for callbacks and diagrams.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, NamedTuple, cast

from transitions import EventData, Machine

from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, CellRef, Move, cell_at
from work_request_manager.model import Allocation, Category


def activity_machine(machine_class: type[Machine] = Machine, **options: Any) -> Machine:
    """Return the activity status graph as a machine without a model, whose states are the members of Category.

    Its triggers are the moves (`start`, `complete`, …). A trigger takes `refused_by`, the ids of broken rules. It
    answers False if one of them guards the move, and raises MachineError if the graph has no such move.

    Args:
        machine_class: the class of the machine, such as `transitions.extensions.GraphMachine` for diagrams.
        options: further arguments of that class, such as `graph_engine`.
    """
    moves = (
        (cell, source, target)
        for source, row in STATUS_GRAPH.items()
        for target, cell in row.items()
        if isinstance(cell, Move)
    )
    return _machine(machine_class, options, Category, moves)


def allocation_machine(machine_class: type[Machine] = Machine, **options: Any) -> Machine:
    """Return the allocation graph as a machine without a model, whose states are the members of Allocation.

    Its triggers are `accept`, `reject` and `reallocate`. See `activity_machine`.
    """
    moves = (
        (cell, source, cell.to)
        for source, row in ALLOCATION_GRAPH.items()
        for cell in row.values()
        if isinstance(cell, Move)
    )
    return _machine(machine_class, options, Allocation, moves)


class MachineMove(NamedTuple):
    """A move of a machine: its trigger, and the state that it leads to. The state is None if a guard forbids it."""

    trigger: str
    to: Any


class Machines(NamedTuple):
    """The two machines that the engine asks."""

    activity: Machine
    allocation: Machine

    def move(self, ref: CellRef, refused_by: Collection[str]) -> MachineMove | None:
        """Return the move at a position of the graphs. None if the machine has no such move.

        The transitions and their conditions are asked without triggering, because triggering logs.

        Args:
            ref: the position.
            refused_by: the ids of the rules that the event breaks.
        """
        machine = self.activity if isinstance(ref.column, Category) else self.allocation
        wanted = trigger_of(ref)
        for trigger, event in machine.events.items():
            for transition in event.transitions.get(ref.row.name, ()):
                to = machine.get_state(cast(str, transition.dest)).value
                if trigger == wanted if wanted else to is ref.column:
                    asked = EventData(None, event, machine, None, (), {"refused_by": refused_by})
                    is_free = all(condition.check(asked) for condition in transition.conditions)
                    return MachineMove(trigger, to if is_free else None)
        return None


def trigger_of(ref: CellRef) -> str | None:
    """Return the trigger that asks a machine for the move at a position. None if the status graph forbids the move."""
    if isinstance(ref.column, Category):
        cell = cell_at(ref)
        return cell.name if isinstance(cell, Move) else None
    (name,) = {
        cell.name
        for row in ALLOCATION_GRAPH.values()
        for kind, cell in row.items()
        if kind is ref.column and isinstance(cell, Move)
    }
    return name


def _machine(machine_class: type[Machine], options: dict[str, Any], states: type[StrEnum], moves: Any) -> Machine:
    return machine_class(
        **options,
        model=None,
        states=states,
        initial=next(iter(states)),
        auto_transitions=False,
        transitions=[
            {
                "trigger": move.name,
                "source": source,
                "dest": target,
                "unless": [_is_refused_by(rule_id) for rule_id in move.unless],
            }
            for move, source, target in moves
        ],
    )


def _is_refused_by(rule_id: str) -> Callable[..., bool]:
    def is_refused(*_args: object, refused_by: Collection[str] = (), **_kwargs: object) -> bool:
        return rule_id in refused_by

    return is_refused
