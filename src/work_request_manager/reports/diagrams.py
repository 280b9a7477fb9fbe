"""The two graphs as tables, Mermaid, DOT, JSON and SVG, derived from their declaration."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from work_request_manager.events import Event
from work_request_manager.graph import (
    ALLOCATION_GRAPH,
    STATUS_GRAPH,
    Cell,
    CellRef,
    Forbidden,
    Move,
    Repeat,
    move_made,
    rules_of,
)
from work_request_manager.model import Category
from work_request_manager.reports._svg import Arrow, Picture, draw
from work_request_manager.reports._tracks import Link
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
    "as_svg",
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
        target: the category or allocation after the move, or after the move that is forbidden here.
        cell: the cell.
    """

    row: str
    column: str
    target: str
    cell: Cell

    @property
    def is_forbidden(self) -> bool:
        """Whether a rule forbids the move, always or unless it is a repeat."""
        return not isinstance(self.cell, Move) and bool(rules_of(self.cell))

    @property
    def reasons(self) -> list[str]:
        """The reasons for which the move is forbidden: the rules, and the condition if there is one."""
        return [*rules_of(self.cell), *(["unless repeated"] if isinstance(self.cell, Repeat) else [])]


class Graph(NamedTuple):
    """A graph to draw.

    Args:
        name: its name.
        heading: its subject.
        columns_are: the meaning of its columns.
        squares: its cells, row by row.
        final: the row in which every life ends. None if there is none.
    """

    name: str
    heading: str
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
        return [square for square in self.squares if isinstance(square.cell, Move)]

    @property
    def forbidden(self) -> list[Square]:
        """The squares whose move a rule forbids, in order."""
        return [square for square in self.squares if square.is_forbidden]


def _column_name(column: Category | type[Event]) -> str:
    return column if isinstance(column, Category) else column.__name__.removesuffix("WorkRequest").lower()


def _squares(graph: Mapping[Any, Mapping[Any, Cell]]) -> tuple[Square, ...]:
    return tuple(
        Square(row, _column_name(column), str(move_made(CellRef(row, column)).to), cell)
        for row, cells in graph.items()
        for column, cell in cells.items()
    )


STATUS = Graph("status", "Status of an activity", "to", _squares(STATUS_GRAPH), Category.CLOSED)
"""The graph of activity statuses."""

ALLOCATION = Graph("allocation", "Allocation of a work request", "event", _squares(ALLOCATION_GRAPH))
"""The graph of allocations."""

GRAPHS = (STATUS, ALLOCATION)

NARROW, WIDE = 15, 22
"""The number of characters in a line of guards, at a short move and at a long one."""


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


def forbidden_text(square: Square) -> str:
    """Return a few words about a move that a rule forbids. They name the event, if that is what the column is."""
    return " ".join([*_event_of(square), f"forbidden ({', '.join(square.reasons)})"])


def _event_of(square: Square) -> list[str]:
    return [] if square.column == square.target else [square.column]


def as_mermaid(*graphs: Graph, with_forbidden: bool = False) -> str:
    """Return a Mermaid state diagram. Several graphs become one compound state each.

    Args:
        graphs: the graphs.
        with_forbidden: whether to draw the forbidden moves too.
    """
    lines = ["stateDiagram-v2"]
    for graph in graphs:
        drawn = _mermaid_lines(graph, with_forbidden)
        if len(graphs) == 1:
            lines += [f"    {line}" for line in drawn]
        else:
            lines += [f"    state {graph.name} {{", *(f"        {line}" for line in drawn), "    }"]
    return "\n".join(lines)


def _mermaid_lines(graph: Graph, with_forbidden: bool) -> Iterator[str]:
    yield f"[*] --> {graph.squares[0].row}"
    for square in graph.moves:
        yield f"{square.row} --> {square.target}: {cell_text(square.cell)}"
    if graph.final is not None:
        yield f"{graph.final} --> [*]"
    for square in graph.forbidden if with_forbidden else ():
        yield f"{square.row} --> {square.target}: {forbidden_text(square)}"


def as_dot(*graphs: Graph, with_forbidden: bool = False) -> str:
    """Return a Graphviz digraph with a cluster for each graph.

    Args:
        graphs: the graphs.
        with_forbidden: whether to draw the forbidden moves too, dashed and red.
    """
    lines = ["digraph work_request_manager {", "    rankdir=LR"]
    for graph in graphs:
        lines += [f"    subgraph cluster_{graph.name} {{", f'        label="{graph.name}"']
        lines += [_dot_line(square, cell_text(square.cell)) for square in graph.moves]
        if with_forbidden:
            lines += [
                _dot_line(square, forbidden_text(square), " style=dashed color=red fontcolor=red")
                for square in graph.forbidden
            ]
        lines.append("    }")
    return "\n".join([*lines, "}"])


def _dot_line(square: Square, label: str, style: str = "") -> str:
    return f'        "{square.row}" -> "{square.target}" [label="{label}"{style}]'


def as_svg(*graphs: Graph, with_forbidden: bool = False, is_joined: bool = True) -> str:
    """Return a picture of graphs, one below the other, as one SVG file for light and dark pages.

    Args:
        graphs: the graphs.
        with_forbidden: whether to draw the forbidden moves too, dashed and red.
        is_joined: whether the moves from one category or allocation that the same rule forbids are one arrow with
            several heads. Otherwise each move has an arrow.
    """
    pictures = [_picture(graph, with_forbidden, is_joined) for graph in graphs]
    return draw(pictures, " ".join(_notes(graphs, with_forbidden)))


def _picture(graph: Graph, with_forbidden: bool, is_joined: bool) -> Picture:
    rows = [*graph.rows]
    arrows = []
    for square in graph.moves:
        is_short = abs(rows.index(square.row) - rows.index(square.target)) <= 1
        arrows.append(
            _arrow(rows, [square], cell_text(square.cell), _move_label(square.cell, NARROW if is_short else WIDE))
        )
    groups: dict[tuple[str, ...], list[Square]] = {}
    for square in graph.forbidden if with_forbidden else ():
        key = square.row, forbidden_text(square), *(() if is_joined else [square.target])
        groups.setdefault(key, []).append(square)
    for (_, text, *_), squares in groups.items():
        arrows.append(_arrow(rows, squares, text, (*_event_of(squares[0]), *squares[0].reasons), is_outer=True))
    return Picture(graph.name, graph.heading, rows, graph.final, arrows)


def _arrow(rows: list[str], squares: list[Square], text: str, label: tuple[str, ...], is_outer: bool = False) -> Arrow:
    targets = [square.target for square in squares]
    link = Link(rows.index(squares[0].row), tuple(map(rows.index, targets)), label, is_outer)
    return Arrow(link, f"{squares[0].row} to {', '.join(targets)}: {text}")


def _move_label(cell: Cell, columns: int) -> tuple[str, ...]:
    assert isinstance(cell, Move), "the square holds a move"
    return (cell.name, *textwrap.wrap(f"unless {', '.join(cell.unless)}" if cell.unless else "", columns))


def _notes(graphs: tuple[Graph, ...], with_forbidden: bool) -> Iterator[str]:
    if any(rules_of(square.cell) for graph in graphs for square in graph.moves):
        yield "\u201cUnless\u201d names the rules that can forbid a move."
    if with_forbidden:
        yield "Dashed moves are forbidden by the rule on them."
    else:
        yield "Moves without an arrow are forbidden."
    if any(graph.final for graph in graphs):
        yield "The double frame marks the end."


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
