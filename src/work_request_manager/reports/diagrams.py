"""The graphs and the rules as text, Mermaid, DOT, Markdown and JSON; all of it is read off the declarations."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from work_request_manager.events import Event
from work_request_manager.facts import ACTIVITY_EVENTS, REQUEST_EVENTS
from work_request_manager.log._findings import LOG_RULES
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, Cell, Forbidden, Move, rules_of
from work_request_manager.judging import Place, roles_for
from work_request_manager.model import Category, Role
from work_request_manager.rules import RULES
from work_request_manager.wire import EVENT_NAMES


class Square(NamedTuple):
    """One cell of a graph, with its row, its column, and where its move leads, if it is one."""

    row: str
    column: str
    cell: Cell
    leads_to: str | None


class Graph(NamedTuple):
    """A graph as something to draw."""

    name: str
    columns_are: str
    squares: tuple[Square, ...]
    final: str | None

    @property
    def rows(self) -> dict[str, list[Square]]:
        """The squares of each row, in order."""
        rows: dict[str, list[Square]] = {}
        for square in self.squares:
            rows.setdefault(square.row, []).append(square)
        return rows


def _asking(kind: type[Event]) -> str:
    return kind.__name__.removesuffix("WorkRequest").lower()


STATUS = Graph(
    "status",
    "to",
    tuple(
        Square(row, column, cell, column if isinstance(cell, Move) else None)
        for row, cells in STATUS_GRAPH.items()
        for column, cell in cells.items()
    ),
    Category.CLOSED,
)
"""The activity status graph."""

ALLOCATION = Graph(
    "allocation",
    "event",
    tuple(
        Square(row, _asking(kind), cell, cell.to if isinstance(cell, Move) else None)
        for row, cells in ALLOCATION_GRAPH.items()
        for kind, cell in cells.items()
    ),
    None,
)
"""The allocation graph."""

GRAPHS = (STATUS, ALLOCATION)


def names_of(place: Place) -> tuple[str, str, str]:
    """Return the names of a place's graph, row and column."""
    if isinstance(place.column, Category):
        return STATUS.name, place.row, place.column
    return ALLOCATION.name, place.row, _asking(place.column)


def cell_text(cell: Cell) -> str:
    """Return what a cell says, in a few words."""
    if isinstance(cell, Move):
        return f"{cell.name} (unless {', '.join(cell.unless)})" if cell.unless else cell.name
    if isinstance(cell, Forbidden):
        return cell.rule
    return "repeat" if cell.otherwise is None else f"repeat, else {cell.otherwise}"


def graph_table(graph: Graph) -> tuple[list[str], list[list[str]]]:
    """Return a graph's heading and rows as cells of text."""
    rows = graph.rows
    heading = [f"from \\ {graph.columns_are}", *(square.column for square in next(iter(rows.values())))]
    return heading, [[row, *(cell_text(square.cell) for square in squares)] for row, squares in rows.items()]


def rules_table() -> tuple[list[str], list[list[str]]]:
    """Return the rules' heading and rows as cells of text."""
    rows = [[rule.id, rule.name, rule.basis, rule.source, rule.statement] for rule in RULES]
    return ["id", "name", "basis", "source", "refuses"], rows


def log_rules_table() -> tuple[list[str], list[list[str]]]:
    """Return the log rules' heading and rows as cells of text."""
    return ["id", "name", "level", "finds"], [[rule.id, rule.name, rule.level, rule.statement] for rule in LOG_RULES]


def events_table() -> tuple[list[str], list[list[str]]]:
    """Return the events' heading and rows as cells of text: what each is called, and who may send it."""
    rows = []
    for name, (kind, section) in EVENT_NAMES.items():
        roles = ", ".join(role for role in Role if role in roles_for(kind, section))
        of = [
            "the work request" if kind in REQUEST_EVENTS else "",
            "one activity" if kind in ACTIVITY_EVENTS else "",
        ]
        rows.append([kind.__name__, name, " or ".join(filter(None, of)) or "a new work request", roles])
    return ["class", "wire name", "for", "left to"], rows


def places_of(rule_id: str) -> list[str]:
    """Return where the graphs name a rule."""
    return [
        f"{graph.name}, {square.row} \u2192 {square.column}: {cell_text(square.cell)}"
        for graph in GRAPHS
        for square in graph.squares
        if rule_id in rules_of(square.cell)
    ]


def text(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as lines of text in columns."""
    table = [heading, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(heading))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def markdown(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (heading, ["---"] * len(heading), *rows))


def mermaid(*graphs: Graph) -> str:
    """Return a Mermaid state diagram; of several graphs, each is one compound state."""
    lines = ["stateDiagram-v2"]
    for graph in graphs:
        drawn = [f"{square.row} --> {square.leads_to}: {cell_text(square.cell)}" for square in _moves(graph)]
        drawn = [f"[*] --> {next(iter(graph.rows))}", *drawn, *([f"{graph.final} --> [*]"] if graph.final else [])]
        if len(graphs) == 1:
            lines += [f"    {line}" for line in drawn]
        else:
            lines += [f"    state {graph.name} {{", *(f"        {line}" for line in drawn), "    }"]
    return "\n".join(lines)


def dot(*graphs: Graph) -> str:
    """Return a Graphviz digraph with a cluster for each graph."""
    lines = ["digraph work_request_manager {", "    rankdir=LR"]
    for graph in graphs:
        lines += [f"    subgraph cluster_{graph.name} {{", f'        label="{graph.name}"']
        lines += [
            f'        "{square.row}" -> "{square.leads_to}" [label="{cell_text(square.cell)}"]'
            for square in _moves(graph)
        ]
        lines.append("    }")
    return "\n".join([*lines, "}"])


def as_json(*graphs: Graph) -> dict[str, Any]:
    """Return the graphs as JSON: for each row and column, the move or the rule that forbids it."""
    return {
        graph.name: {
            row: {square.column: _cell_json(square) for square in squares} for row, squares in graph.rows.items()
        }
        for graph in graphs
    }


def _moves(graph: Graph) -> list[Square]:
    return [square for square in graph.squares if square.leads_to]


def _cell_json(square: Square) -> dict[str, Any]:
    cell = square.cell
    if isinstance(cell, Move):
        return {"move": cell.name, "to": square.leads_to, "unless": list(cell.unless)}
    if isinstance(cell, Forbidden):
        return {"forbiddenBy": cell.rule}
    return {"repeat": True, "otherwise": cell.otherwise}
