"""The two graphs as tables, Mermaid, DOT and JSON, derived from their declaration."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from work_request_manager.events import Event
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, Cell, CellRef, Forbidden, Move, rules_of
from work_request_manager.model import Category
from work_request_manager.reports.tables import Table

__all__ = [
    "ALLOCATION",
    "GRAPHS",
    "STATUS",
    "Graph",
    "Square",
    "as_dot",
    "as_json",
    "as_mermaid",
    "cell_text",
    "graph_table",
    "names_of",
    "squares_naming",
]


class Square(NamedTuple):
    """A cell of a graph, and its position in words.

    Args:
        row: the present category or allocation.
        column: the requested category, or the name of the event.
        cell: the cell.
    """

    row: str
    column: str
    cell: Cell

    @property
    def leads_to(self) -> str | None:
        """The category or allocation after the move. None if the cell is no move."""
        return self.cell.to if isinstance(self.cell, Move) else None


class Graph(NamedTuple):
    """A graph to draw.

    Args:
        name: its name.
        columns_are: the meaning of its columns.
        squares: its cells, row by row.
        final: the row in which every life ends. None if there is none.
    """

    name: str
    columns_are: str
    squares: tuple[Square, ...]
    final: str | None = None

    @property
    def rows(self) -> dict[str, list[Square]]:
        """The squares of each row, in order."""
        rows: dict[str, list[Square]] = {}
        for square in self.squares:
            rows.setdefault(square.row, []).append(square)
        return rows

    @property
    def moves(self) -> list[Square]:
        """The squares that hold a move, in order."""
        return [square for square in self.squares if square.leads_to is not None]


def _column_name(column: Category | type[Event]) -> str:
    return column if isinstance(column, Category) else column.__name__.removesuffix("WorkRequest").lower()


def _squares(graph: Mapping[Any, Mapping[Any, Cell]]) -> tuple[Square, ...]:
    return tuple(
        Square(row, _column_name(column), cell) for row, cells in graph.items() for column, cell in cells.items()
    )


STATUS = Graph("status", "to", _squares(STATUS_GRAPH), Category.CLOSED)
"""The graph of activity statuses."""

ALLOCATION = Graph("allocation", "event", _squares(ALLOCATION_GRAPH))
"""The graph of allocations."""

GRAPHS = (STATUS, ALLOCATION)


def names_of(ref: CellRef) -> tuple[str, str, str]:
    """Return the names of a cell's graph, row and column."""
    graph = STATUS if isinstance(ref.row, Category) else ALLOCATION
    return graph.name, ref.row, _column_name(ref.column)


def cell_text(cell: Cell) -> str:
    """Return a few words about a cell."""
    if isinstance(cell, Move):
        return f"{cell.name} (unless {', '.join(cell.unless)})" if cell.unless else cell.name
    if isinstance(cell, Forbidden):
        return cell.rule
    return "repeat" if cell.otherwise is None else f"repeat, else {cell.otherwise}"


def graph_table(graph: Graph) -> Table:
    """Return a graph as a table, with its rows and columns."""
    rows = graph.rows
    heading = [f"from \\ {graph.columns_are}", *(square.column for square in next(iter(rows.values())))]
    return Table(heading, [[row, *(cell_text(square.cell) for square in squares)] for row, squares in rows.items()])


def squares_naming(rule_id: str) -> list[str]:
    """Return a line about each cell that names a rule."""
    return [
        f"{graph.name}, {square.row} \u2192 {square.column}: {cell_text(square.cell)}"
        for graph in GRAPHS
        for square in graph.squares
        if rule_id in rules_of(square.cell)
    ]


def as_mermaid(*graphs: Graph) -> str:
    """Return a Mermaid state diagram. Several graphs become one compound state each."""
    lines = ["stateDiagram-v2"]
    for graph in graphs:
        if len(graphs) == 1:
            lines += [f"    {line}" for line in _mermaid_lines(graph)]
        else:
            lines += [f"    state {graph.name} {{", *(f"        {line}" for line in _mermaid_lines(graph)), "    }"]
    return "\n".join(lines)


def _mermaid_lines(graph: Graph) -> Iterator[str]:
    yield f"[*] --> {graph.squares[0].row}"
    for square in graph.moves:
        yield f"{square.row} --> {square.leads_to}: {cell_text(square.cell)}"
    if graph.final is not None:
        yield f"{graph.final} --> [*]"


def as_dot(*graphs: Graph) -> str:
    """Return a Graphviz digraph with a cluster for each graph."""
    lines = ["digraph work_request_manager {", "    rankdir=LR"]
    for graph in graphs:
        lines += [f"    subgraph cluster_{graph.name} {{", f'        label="{graph.name}"']
        lines += [
            f'        "{square.row}" -> "{square.leads_to}" [label="{cell_text(square.cell)}"]'
            for square in graph.moves
        ]
        lines.append("    }")
    return "\n".join([*lines, "}"])


def as_json(*graphs: Graph) -> dict[str, Any]:
    """Return the graphs as JSON values: by graph, row and column, the move or the rule that forbids it."""
    return {
        graph.name: {
            row: {square.column: _cell_json(square.cell) for square in squares} for row, squares in graph.rows.items()
        }
        for graph in graphs
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    if isinstance(cell, Move):
        return {"move": cell.name, "to": cell.to, "unless": list(cell.unless)}
    if isinstance(cell, Forbidden):
        return {"forbiddenBy": cell.rule}
    return {"repeat": True, "otherwise": cell.otherwise}
