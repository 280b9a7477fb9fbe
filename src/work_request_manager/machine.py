"""The two graphs as `transitions` machines; the only module that knows that library.

`judging` asks these machines whether a move exists and is free; users take them for callbacks and diagrams.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, cast

from transitions import EventData, Machine

from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, Move
from work_request_manager.model import Allocation, Category


def activity_machine(machine_class: type[Machine] = Machine, **options: Any) -> Machine:
    """Return the activity status graph as a machine without a model, whose states are the members of Category.

    Its triggers are the moves (`start`, `complete`, …). A trigger takes `refused_by`, the ids of the rules that are
    broken; a move guarded by one of them answers False. A move that the graph lacks raises MachineError.

    Args:
        machine_class: the class of the machine, such as `transitions.extensions.GraphMachine` for diagrams.
        options: what else it takes, such as `graph_engine`.
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

    Its triggers are `accept`, `reject` and `reallocate`; see `activity_machine`.
    """
    moves = (
        (cell, source, cell.to)
        for source, row in ALLOCATION_GRAPH.items()
        for cell in row.values()
        if isinstance(cell, Move)
    )
    return _machine(machine_class, options, Allocation, moves)


def reached(machine: Machine, source: StrEnum, move: str, refused_by: Collection[str]) -> StrEnum | None:
    """Return the state that a move leads to from `source`, or None where the machine does not make it.

    The machine's transitions and conditions are asked, and not triggered: triggering logs, and this library does not.
    """
    asked = EventData(None, machine.events[move], machine, None, (), {"refused_by": refused_by})
    for transition in machine.get_transitions(move, source):
        if all(condition.check(asked) for condition in transition.conditions):
            return cast(StrEnum, machine.get_state(cast(str, transition.dest)).value)
    return None


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
                "unless": [_is_among_refused_by(rule) for rule in move.unless],
            }
            for move, source, target in moves
        ],
    )


def _is_among_refused_by(rule: str) -> Callable[..., bool]:
    def is_broken(*_args: object, refused_by: Collection[str] = (), **_kwargs: object) -> bool:
        return rule in refused_by

    return is_broken
