"""The two graphs, as data.

The law: every pair of categories, and every allocation under every event that changes it, has its cell, and a cell
is either a move or the rule that forbids it. Decisions, permits, machines, diagrams, docs and the proof read
these two tables; nothing else in the library knows which moves there are. Rulebook, sections 2 and 3.
"""

from collections.abc import Mapping

import attrs

from work_request_manager import events
from work_request_manager._values import FrozenDict, Record
from work_request_manager.events import Event
from work_request_manager.model import Allocation, Category, Closure


@attrs.frozen(eq=False, repr=False)
class Move(Record):
    """A move that a graph has.

    Args:
        name: what it is called, in both graphs and in the machines.
        unless: ids of the rules that may forbid it.
        activates: whether it sets `has_been_active`.
        closure: how it closes the activity, if it does.
        to: the allocation that it leads to; a move of the status graph leads to its column's category.
    """

    name: str
    unless: tuple[str, ...] = ()
    activates: bool = False
    closure: Closure | None = None
    to: Allocation | None = None

    def but(self, *unless: str) -> "Move":
        """Return the same move, guarded by these rules."""
        return attrs.evolve(self, unless=unless)


@attrs.frozen(eq=False, repr=False)
class Forbidden(Record):
    """No move: the rule that says so."""

    rule: str


@attrs.frozen(eq=False, repr=False)
class Repeat(Record):
    """Asks for what is already so, and moves nothing.

    Args:
        otherwise: the rule broken by an event that does not ask for the very same; None if all do.
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


CANCELLATION = Move("cancel", closure=Closure.CANCELLED).but("WRM203", "WRM204")
"""The move that cancel events ask for, wherever the activity is."""

_replan = Move("replan")
_start = Move("start", activates=True)
_pause = Move("pause")
_progress = Move("progress")
_complete = Move("complete")
_review = Move("review")
_progress_review = Move("progress_review")
_close = Move("close", closure=Closure.COMPLETED)
_early = Forbidden("WRM208")
_after = Forbidden("WRM202")
_final = Forbidden("WRM201")

_accept = Move("accept", to=Allocation.ACCEPTED)
_reject = Move("reject", to=Allocation.REJECTED).but("WRM101", "WRM102")
_reallocate = Move("reallocate", to=Allocation.SENT).but("WRM103", "WRM104", "WRM105")

# fmt: off
_STATUS_CELLS: Mapping[Category, tuple[Cell, ...]] = {
    # from \ to                     OPEN     ACTIVE                 PRACTICAL_COMPLETION     IN_REVIEW              CLOSED
    Category.OPEN:                 (_replan, _start.but("WRM107"), _complete.but("WRM206"), _review.but("WRM207"), CANCELLATION),
    Category.ACTIVE:               (_pause,  _progress,            _complete,               _review.but("WRM207"), _early),
    Category.PRACTICAL_COMPLETION: (_after,  _after,               _after,                  _review,               _close),
    Category.IN_REVIEW:            (_after,  _after,               _after,                  _progress_review,      _close),
    Category.CLOSED:               (_final,  _final,               _final,                  _final,                _final),
}

_ALLOCATION_CELLS: Mapping[Allocation, tuple[Cell, ...]] = {
    # from \ event         accept               reject                      reallocate
    Allocation.SENT:     (_accept,             _reject,                    _reallocate),
    Allocation.ACCEPTED: (Repeat(),            _reject,                    _reallocate),
    Allocation.REJECTED: (Forbidden("WRM302"), Repeat(otherwise="WRM302"), _reallocate),
}
# fmt: on

STATUS_GRAPH: Mapping[Category, Mapping[Category, Cell]] = FrozenDict(
    {row: FrozenDict(dict(zip(Category, cells, strict=True))) for row, cells in _STATUS_CELLS.items()}
)
"""From the category that an activity is in (rows) to the one that a status update asks for (columns)."""

_ALLOCATING = (events.AcceptWorkRequest, events.RejectWorkRequest, events.ReallocateWorkRequest)

ALLOCATION_GRAPH: Mapping[Allocation, Mapping[type[Event], Cell]] = FrozenDict(
    {row: FrozenDict(dict(zip(_ALLOCATING, cells, strict=True))) for row, cells in _ALLOCATION_CELLS.items()}
)
"""From the allocation that a request has (rows), by the event that asks for another (columns)."""
