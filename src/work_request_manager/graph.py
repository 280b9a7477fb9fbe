"""LAW 1: the two graphs, as data.

Every pair of categories has a cell. So does every pair of an allocation and an event that can change it. A cell is a
move or the rule that forbids it. Decisions, permits, machines, diagrams, docs and the proof all derive from these two
tables (rulebook, sections 2 and 3).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import attrs

from work_request_manager import events
from work_request_manager._values import FrozenDict, ValueObject
from work_request_manager.events import Event
from work_request_manager.model import Allocation, Category, Closure


@attrs.frozen(eq=False, repr=False)
class Move(ValueObject):
    """A move of a graph.

    Args:
        name: the move's name, in both graphs and in the machines.
        unless: the ids of the rules that can forbid it.
        activates: whether it sets `has_been_active`.
        closure: how it closes the activity. None if it does not.
        to: the category or the allocation that it leads to.
    """

    name: str
    unless: tuple[str, ...] = ()
    activates: bool = False
    closure: Closure | None = None
    to: Allocation | Category | None = None

    def guarded_by(self, *unless: str) -> "Move":
        """Return the same move with these rules as its guards."""
        return attrs.evolve(self, unless=unless)


@attrs.frozen(eq=False, repr=False)
class Forbidden(ValueObject):
    """No move. `rule` is the id of the rule that forbids it."""

    rule: str


@attrs.frozen(eq=False, repr=False)
class Repeat(ValueObject):
    """The event asks for the present allocation, so it moves nothing.

    Args:
        otherwise: the id of the rule that an event breaks if it is not an exact repeat. None if every event is one.
    """

    otherwise: str | None = None


Cell = Move | Forbidden | Repeat


def rules_of(cell: Cell) -> tuple[str, ...]:
    """Return the ids of the rules that a cell names, in its order."""
    if isinstance(cell, Move):
        return cell.unless
    if isinstance(cell, Forbidden):
        return (cell.rule,)
    return () if cell.otherwise is None else (cell.otherwise,)


_replan = Move("replan")
_start = Move("start", activates=True)
_pause = Move("pause")
_progress = Move("progress")
_complete = Move("complete")
_review = Move("review")
_progress_review = Move("progress_review")
_cancel = Move("cancel", closure=Closure.CANCELLED)
_close = Move("close", closure=Closure.COMPLETED)
_early = Forbidden("WRM208")
_after = Forbidden("WRM202")
_final = Forbidden("WRM201")

_accept = Move("accept", to=Allocation.ACCEPTED)
_reject = Move("reject", to=Allocation.REJECTED).guarded_by("WRM101", "WRM102")
_reallocate = Move("reallocate", to=Allocation.SENT).guarded_by("WRM103", "WRM104", "WRM105")

# fmt: off
_STATUS_CELLS: Mapping[Category, tuple[Cell, ...]] = {
    # from \ to                     OPEN     ACTIVE                      PRACTICAL_COMPLETION           IN_REVIEW                     CLOSED
    Category.OPEN:                 (_replan, _start.guarded_by("WRM107"), _complete.guarded_by("WRM206"), _review.guarded_by("WRM207"), _cancel.guarded_by("WRM203", "WRM204")),
    Category.ACTIVE:               (_pause,  _progress,                   _complete,                      _review.guarded_by("WRM207"), _early),
    Category.PRACTICAL_COMPLETION: (_after,  _after,                      _after,                         _review,                      _close),
    Category.IN_REVIEW:            (_after,  _after,                      _after,                         _progress_review,             _close),
    Category.CLOSED:               (_final,  _final,                      _final,                         _final,                       _final),
}

_ALLOCATION_CELLS: Mapping[Allocation, tuple[Cell, ...]] = {
    # from \ event         accept               reject                      reallocate
    Allocation.SENT:     (_accept,             _reject,                    _reallocate),
    Allocation.ACCEPTED: (Repeat(),            _reject,                    _reallocate),
    Allocation.REJECTED: (Forbidden("WRM302"), Repeat(otherwise="WRM302"), _reallocate),
}
# fmt: on


def _leading_to(column: Category, cell: Cell) -> Cell:
    return attrs.evolve(cell, to=column) if isinstance(cell, Move) else cell


STATUS_GRAPH: Mapping[Category, Mapping[Category, Cell]] = FrozenDict(
    {
        row: FrozenDict(dict(zip(Category, map(_leading_to, Category, cells), strict=True)))
        for row, cells in _STATUS_CELLS.items()
    }
)
"""Rows: the category that an activity is in. Columns: the category that a status update asks for."""

_ALLOCATING = (events.AcceptWorkRequest, events.RejectWorkRequest, events.ReallocateWorkRequest)

ALLOCATION_GRAPH: Mapping[Allocation, Mapping[type[Event], Cell]] = FrozenDict(
    {row: FrozenDict(dict(zip(_ALLOCATING, cells, strict=True))) for row, cells in _ALLOCATION_CELLS.items()}
)
"""Rows: the allocation of a work request. Columns: the class of the event."""


class CellRef(NamedTuple):
    """The position of a cell: in the status graph if the row is a category, otherwise in the allocation graph."""

    row: Category | Allocation
    column: Category | type[Event]


CANCELLATION = CellRef(Category.OPEN, Category.CLOSED)
"""The position that cancel events ask for, in any category of the activity (rulebook, section 4)."""


def cell_at(ref: CellRef) -> Cell:
    """Return the cell at a position."""
    graph: Mapping[Any, Mapping[Any, Cell]] = STATUS_GRAPH if isinstance(ref.row, Category) else ALLOCATION_GRAPH
    return graph[ref.row][ref.column]


def move_made(ref: CellRef) -> Move:
    """Return the move at a position. If the graph forbids it, return the move that a history shows (rulebook, section 7).

    Such a move has no name. An activity that it closes is completed.
    """
    cell = cell_at(ref)
    if isinstance(cell, Move):
        return cell
    if isinstance(ref.column, Category):
        closure = Closure.COMPLETED if ref.column is Category.CLOSED else None
        return Move("", activates=ref.column is Category.ACTIVE, closure=closure, to=ref.column)
    return next(move for row in ALLOCATION_GRAPH.values() if isinstance(move := row[ref.column], Move))
