"""Tests of `reports.diagrams`: the graphs as tables, JSON, Mermaid and DOT. `test_svg` tests the pictures."""

import re
from collections import Counter

import pytest

from work_request_manager.events import AcceptWorkRequest
from work_request_manager.graph import CANCELLATION, CellRef
from work_request_manager.model import Allocation
from work_request_manager.reports.diagrams import (
    ALLOCATION,
    GRAPHS,
    STATUS,
    Graph,
    as_dot,
    as_json,
    as_mermaid,
    graph_table,
    names_of,
    squares_naming,
)
from work_request_manager.rules import RULES

# Rulebook, sections 2 and 3, in wire names.
CELLS = {
    "status": """\
from \\ to           | Open   | Active                | PracticalCompletion      | InReview               | Closed
Open                | replan | start (unless WRM107) | complete (unless WRM206) | review (unless WRM207) | cancel (unless WRM203, WRM204)
Active              | pause  | progress              | complete                 | review (unless WRM207) | WRM208
PracticalCompletion | WRM202 | WRM202                | WRM202                   | review                 | close
InReview            | WRM202 | WRM202                | WRM202                   | progress_review        | close
Closed              | WRM201 | WRM201                | WRM201                   | WRM201                 | WRM201""",  # noqa: E501 - a table is easier to read in one piece
    "allocation": """\
from \\ event | accept | reject                         | reallocate
Sent         | accept | reject (unless WRM101, WRM102) | reallocate (unless WRM103, WRM104, WRM105)
Accepted     | repeat | reject (unless WRM101, WRM102) | reallocate (unless WRM103, WRM104, WRM105)
Rejected     | WRM302 | repeat, else WRM302            | reallocate (unless WRM103, WRM104, WRM105)""",
}  # fmt: skip

LEADS_TO = {"accept": "Accepted", "reject": "Rejected", "reallocate": "Sent"}
"""The allocations after the moves of the allocation graph. Moves of the status graph lead to their column."""


def table(name: str) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the rows of a graph in the rulebook."""
    heading, *rows = ([cell.strip() for cell in row.split("|")] for row in CELLS[name].splitlines())
    return heading, rows


def squares(name: str) -> list[tuple[str, str, str]]:
    """Return the row, the column and the text of each cell of a graph."""
    heading, rows = table(name)
    return [(row, column, cell) for row, *cells in rows for column, cell in zip(heading[1:], cells, strict=True)]


def arrows(name: str) -> list[tuple[str, str, str]]:
    """Return the row, the target and the text of each move of a graph."""
    return [
        (row, LEADS_TO.get(column, column), cell)
        for row, column, cell in squares(name)
        if not cell.startswith(("WRM", "repeat"))
    ]


def dashes(name: str) -> list[tuple[str, str, str]]:
    """Return the row, the target and the text of each forbidden move of a graph."""
    rows = []
    for row, column, cell in squares(name):
        event = f"{column} " if column in LEADS_TO else ""
        for rule in re.findall(r"^(?:repeat, else )?(WRM\d+)$", cell):
            unless = ", unless repeated" if cell.startswith("repeat") else ""
            rows.append((row, LEADS_TO.get(column, column), f"{event}forbidden ({rule}{unless})"))
    return rows


by_graph = pytest.mark.parametrize("graph", GRAPHS, ids=[graph.name for graph in GRAPHS])


@by_graph
def test_the_table_of_a_graph_equals_the_rulebook(graph: Graph) -> None:
    """Every pair has a cell: a move with its guards, a repeat, or the rule that forbids it."""
    assert graph_table(graph) == table(graph.name)


@by_graph
def test_a_graph_in_text_is_in_columns(graph: Graph) -> None:
    """Each cell begins below its heading, and no line ends in blanks."""
    heading, *rows = graph_table(graph).as_text().splitlines()
    names, cells = table(graph.name)
    starts = [heading.index(f"  {name}") + 2 if index else 0 for index, name in enumerate(names)]
    for line, row in zip(rows, cells, strict=True):
        ends = [*(start - 2 for start in starts[1:]), None]
        assert [line[start:end].rstrip() for start, end in zip(starts, ends, strict=True)] == row
        assert line == line.rstrip()


@by_graph
def test_a_graph_in_markdown_is_a_table(graph: Graph) -> None:
    """It has a heading, a line of dashes, and each row with all its cells."""
    heading, rows = table(graph.name)
    lines = graph_table(graph).as_markdown().splitlines()
    assert [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines] == [
        heading, ["---"] * len(heading), *rows
    ]  # fmt: skip


def cell_json(name: str, column: str, cell: str) -> dict[str, object]:
    """Return the expected JSON of a cell, from its text."""
    move, *guards = re.findall(r"\w+", cell.replace("unless ", "").replace("else ", ""))
    if move == "repeat":
        return {"repeat": True, "otherwise": guards[0] if guards else None}
    if move.startswith("WRM"):
        return {"forbiddenBy": move}
    return {"move": move, "to": LEADS_TO[move] if name == "allocation" else column, "unless": guards}


def test_the_graphs_in_json_have_every_cell() -> None:
    """They are nested by graph, row and column. A cell is a move with its guards, a repeat, or a rule."""
    expected: dict[str, dict[str, dict[str, object]]] = {name: {} for name in CELLS}
    for name in CELLS:
        for row, column, cell in squares(name):
            expected[name].setdefault(row, {})[column] = cell_json(name, column, cell)
    assert as_json(*GRAPHS) == expected
    assert as_json(ALLOCATION) == {"allocation": expected["allocation"]}


FORBIDDEN_IN_ALLOCATION = [
    ("Rejected", "Accepted", "accept forbidden (WRM302)"),
    ("Rejected", "Rejected", "reject forbidden (WRM302, unless repeated)"),
]
"""The forbidden moves of the allocation graph."""

with_and_without = pytest.mark.parametrize("with_forbidden", [False, True], ids=["moves", "with forbidden"])


def test_the_forbidden_moves_are_those_of_the_rulebook() -> None:
    """A repeat that can break a rule is one of them. A repeat that cannot is none."""
    assert dashes("allocation") == FORBIDDEN_IN_ALLOCATION
    assert Counter(text for _, _, text in dashes("status")) == {
        "forbidden (WRM201)": 5, "forbidden (WRM202)": 6, "forbidden (WRM208)": 1
    }  # fmt: skip


@by_graph
@with_and_without
def test_a_graph_in_mermaid_has_every_move(graph: Graph, with_forbidden: bool) -> None:
    """Each move is an arrow with its name and guards. Others mark the start and the end of a life."""
    first, *lines = as_mermaid(graph, with_forbidden=with_forbidden).splitlines()
    moves = [f"    {source} --> {target}: {name}" for source, target, name in arrows(graph.name)]
    begins, ends = {"status": ("Open", ["    Closed --> [*]"]), "allocation": ("Sent", [])}[graph.name]
    if with_forbidden:
        ends += [f"    {source} --> {target}: {text}" for source, target, text in dashes(graph.name)]
    assert first == "stateDiagram-v2"
    assert lines == [f"    [*] --> {begins}", *moves, *ends]


@with_and_without
def test_both_graphs_in_mermaid_are_two_states(with_forbidden: bool) -> None:
    """Each is drawn in its own state, in the same lines as alone."""
    lines = as_mermaid(*GRAPHS, with_forbidden=with_forbidden).splitlines()
    expected = ["stateDiagram-v2"]
    for graph in GRAPHS:
        expected += [f"    state {graph.name} {{"]
        expected += [f"    {line}" for line in as_mermaid(graph, with_forbidden=with_forbidden).splitlines()[1:]]
        expected += ["    }"]
    assert lines == expected


@pytest.mark.parametrize("graphs", [GRAPHS, (STATUS,), (ALLOCATION,)])
@with_and_without
def test_graphs_in_dot_have_every_move(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """Each move is an edge, in a cluster with the name of its graph. Those of forbidden moves are dashed and red."""
    drawn = as_dot(*graphs, with_forbidden=with_forbidden)
    edges = re.findall(r'^ {8}"(.+)" -> "(.+)" \[label="([^"]+)"(.*)\]$', drawn, re.MULTILINE)
    expected = []
    for graph in graphs:
        expected += [(*arrow, "") for arrow in arrows(graph.name)]
        if with_forbidden:
            expected += [(*dash, " style=dashed color=red fontcolor=red") for dash in dashes(graph.name)]
    assert edges == expected
    assert re.findall(r"subgraph cluster_(\w+) {", drawn) == [graph.name for graph in graphs]
    assert re.findall(r'^ {8}label="(\w+)"$', drawn, re.MULTILINE) == [graph.name for graph in graphs]
    first, second, *_, last_but_one, last = drawn.splitlines()
    assert [first, second, last_but_one, last] == ["digraph work_request_manager {", "    rankdir=LR", "    }", "}"]
    assert drawn.count("{") == drawn.count("}") == len(graphs) + 1


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_rule_is_found_wherever_a_graph_names_it(rule: str) -> None:
    """Forbidden cells, guards and the second rule of a repeat count. Some rules are in no graph."""
    assert squares_naming(rule) == [
        f"{name}, {row} \u2192 {column}: {cell}"
        for name in CELLS
        for row, column, cell in squares(name)
        if rule in cell
    ]


def test_a_cell_has_names() -> None:
    """They are those of its graph, its row and its column."""
    assert names_of(CANCELLATION) == ("status", "Open", "Closed")
    assert names_of(CellRef(Allocation.SENT, AcceptWorkRequest)) == ("allocation", "Sent", "accept")
