"""Tests of `diagrams`: the graphs and the tables, drawn."""

import re

import pytest

from work_request_manager.reports.diagrams import (
    ALLOCATION,
    GRAPHS,
    STATUS,
    Graph,
    as_json,
    dot,
    events_table,
    graph_table,
    log_rules_table,
    markdown,
    mermaid,
    places_of,
    rules_table,
    text,
)

# Rulebook, sections 2 and 3, in wire names.
CELLS = {
    "status": """\
from \\ to           | Open   | Active                | PracticalCompletion      | InReview               | Closed
Open                | replan | start (unless WRM107) | complete (unless WRM206) | review (unless WRM207) | cancel (unless WRM203, WRM204)
Active              | pause  | progress              | complete                 | review (unless WRM207) | WRM208
PracticalCompletion | WRM202 | WRM202                | WRM202                   | review                 | close
InReview            | WRM202 | WRM202                | WRM202                   | progress_review        | close
Closed              | WRM201 | WRM201                | WRM201                   | WRM201                 | WRM201""",  # noqa: E501 - a table that is read as one
    "allocation": """\
from \\ event | accept | reject                         | reallocate
Sent         | accept | reject (unless WRM101, WRM102) | reallocate (unless WRM103, WRM104, WRM105)
Accepted     | repeat | reject (unless WRM101, WRM102) | reallocate (unless WRM103, WRM104, WRM105)
Rejected     | WRM302 | repeat, else WRM302            | reallocate (unless WRM103, WRM104, WRM105)""",
}  # fmt: skip

LEADS_TO = {"accept": "Accepted", "reject": "Rejected", "reallocate": "Sent"}
"""Where the moves of the allocation graph lead; those of the status graph lead to their column."""


def table(name: str) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the rows of a graph, as the rulebook has them."""
    heading, *rows = ([cell.strip() for cell in row.split("|")] for row in CELLS[name].splitlines())
    return heading, rows


def squares(name: str) -> list[tuple[str, str, str]]:
    """Return the row, the column and the text of each cell of a graph."""
    heading, rows = table(name)
    return [(row, column, cell) for row, *cells in rows for column, cell in zip(heading[1:], cells, strict=True)]


def arrows(name: str) -> list[tuple[str, str, str]]:
    """Return from where, to where and under what name each move of a graph leads."""
    return [
        (row, LEADS_TO.get(column, column), cell)
        for row, column, cell in squares(name)
        if not cell.startswith(("WRM", "repeat"))
    ]


by_graph = pytest.mark.parametrize("graph", GRAPHS, ids=[graph.name for graph in GRAPHS])


@by_graph
def test_the_table_of_a_graph_is_that_of_the_rulebook(graph: Graph) -> None:
    """Every pair has its cell: a move with its guards, a repeat, or the rule that forbids it."""
    assert graph_table(graph) == table(graph.name)


@by_graph
def test_a_graph_in_text_stands_in_columns(graph: Graph) -> None:
    """Every cell is there, each column begins where its heading does, and no line ends in blanks."""
    heading, *rows = text(*graph_table(graph)).splitlines()
    names, cells = table(graph.name)
    starts = [heading.index(f"  {name}") + 2 if index else 0 for index, name in enumerate(names)]
    for line, row in zip(rows, cells, strict=True):
        ends = [*(start - 2 for start in starts[1:]), None]
        assert [line[start:end].rstrip() for start, end in zip(starts, ends, strict=True)] == row
        assert line == line.rstrip()


@by_graph
def test_a_graph_in_markdown_is_a_table(graph: Graph) -> None:
    """A heading, a rule, and each row with all its cells."""
    heading, rows = table(graph.name)
    lines = markdown(*graph_table(graph)).splitlines()
    assert [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines] == [
        heading, ["---"] * len(heading), *rows
    ]  # fmt: skip


def cell_json(name: str, column: str, cell: str) -> dict[str, object]:
    """Return what the JSON of a cell must be, told by its text."""
    move, *guards = re.findall(r"\w+", cell.replace("unless ", "").replace("else ", ""))
    if move == "repeat":
        return {"repeat": True, "otherwise": guards[0] if guards else None}
    if move.startswith("WRM"):
        return {"forbiddenBy": move}
    return {"move": move, "to": LEADS_TO[move] if name == "allocation" else column, "unless": guards}


def test_the_graphs_in_json_have_every_cell() -> None:
    """By graph, row and column: the move with its guards, the repeat, or the rule."""
    expected: dict[str, dict[str, dict[str, object]]] = {name: {} for name in CELLS}
    for name in CELLS:
        for row, column, cell in squares(name):
            expected[name].setdefault(row, {})[column] = cell_json(name, column, cell)
    assert as_json(*GRAPHS) == expected
    assert as_json(ALLOCATION) == {"allocation": expected["allocation"]}


@by_graph
def test_a_graph_in_mermaid_has_every_move(graph: Graph) -> None:
    """One arrow each, under its name with its guards, from where a life begins to where it ends."""
    first, *lines = mermaid(graph).splitlines()
    moves = [f"    {source} --> {target}: {name}" for source, target, name in arrows(graph.name)]
    begins, ends = {"status": ("Open", ["    Closed --> [*]"]), "allocation": ("Sent", [])}[graph.name]
    assert first == "stateDiagram-v2"
    assert lines == [f"    [*] --> {begins}", *moves, *ends]


def test_both_graphs_in_mermaid_are_two_states() -> None:
    """Each is drawn within a state of its own, line for line as it is drawn alone."""
    lines = mermaid(*GRAPHS).splitlines()
    expected = ["stateDiagram-v2"]
    for graph in GRAPHS:
        expected += [f"    state {graph.name} {{"]
        expected += [f"    {line}" for line in mermaid(graph).splitlines()[1:]]
        expected += ["    }"]
    assert lines == expected


@pytest.mark.parametrize("graphs", [GRAPHS, (STATUS,), (ALLOCATION,)])
def test_graphs_in_dot_have_every_move(graphs: tuple[Graph, ...]) -> None:
    """One edge each, in a cluster of its graph's name."""
    drawn = dot(*graphs)
    assert re.findall(r'"(.+)" -> "(.+)" \[label="(.+)"\]', drawn) == [
        arrow for graph in graphs for arrow in arrows(graph.name)
    ]
    assert re.findall(r"subgraph cluster_(\w+) {", drawn) == [graph.name for graph in graphs]
    assert drawn.startswith("digraph ")
    assert drawn.count("{") == drawn.count("}") == len(graphs) + 1


def test_the_events_table_says_who_may_send_what() -> None:
    """Class, wire name, target and senders of every event are those of the rulebook, section 5."""
    everyone = "WorkRequestor, WorkSupplier, Chorus"
    requesting = "WorkRequestor, Chorus"
    request, activity, either = "the work request", "one activity", "the work request or one activity"
    heading, rows = events_table()
    assert heading == ["class", "wire name", "for", "left to"]
    assert rows == [
        ["CreateWorkRequest", "CreateTaskEvent", "a new work request", requesting],
        ["AcceptWorkRequest", "AcceptTaskEvent", request, "WorkSupplier"],
        ["RejectWorkRequest", "RejectTaskEvent", request, "WorkSupplier"],
        ["ReallocateWorkRequest", "ReallocateTaskEvent", request, "Chorus"],
        ["PutOnHold", "PutOnHoldTaskEvent", request, requesting],
        ["Resume", "ResumeTaskEvent", request, requesting],
        ["CancelWorkRequest", "CancelTaskEvent", request, "Chorus"],
        ["RequestCancellation", "RequestCancelTaskEvent", either, requesting],
        ["UpdateSiteContact", "UpdateTaskSiteContactEvent", request, requesting],
        ["Reschedule", "UpdateTaskScheduleEvent", either, everyone],
        ["UpdateDetails", "UpdateTaskSourceEvent", request, requesting],
        ["UpdateDetails", "UpdateTaskAssetsEvent", request, requesting],
        ["UpdateDetails", "UpdateTaskSupplementaryReferencesEvent", request, requesting],
        ["UpdateDetails", "UpdateTaskFileAttachmentsEvent", request, everyone],
        ["UpdateDetails", "UpdateTaskAdditionalInfosEvent", request, everyone],
        ["AddActivity", "AddTaskActivityEvent", request, requesting],
        ["RequestAddActivity", "RequestAddTaskActivityEvent", request, everyone],
        ["UpdateActivityStatus", "UpdateTaskActivityStatusEvent", activity, "WorkSupplier"],
        ["UpdateActivityWorker", "UpdateTaskActivityWorkerEvent", activity, "WorkSupplier"],
        ["RecordOutcome", "UpdateTaskActivityOutcomesEvent", activity, "WorkSupplier"],
        ["CancelActivity", "CancelTaskActivityEvent", activity, "WorkSupplier, Chorus"],
    ]


# Rulebook, section 4: every rule with its basis and its source.
RULES = """\
WRM101 reject-needs-reason stated FAQ 1
WRM102 reject-untouched-work-only stated FAQ 1
WRM103 chorus-reallocates stated FAQ 7
WRM104 reallocate-before-work-begins assumed –
WRM105 reallocate-to-another-supplier implied FAQ 7
WRM106 cancel-request-untouched-work-only implied FAQ 4
WRM107 held-work-does-not-start assumed –
WRM201 closed-is-final stated FAQ 6
WRM202 after-practical-completion stated FAQ 3
WRM203 supplier-may-cancel stated FAQ 4
WRM204 cancel-untouched-work-only stated FAQ 4
WRM205 outcomes-before-close stated FAQ 3
WRM206 completion-follows-work assumed –
WRM207 review-follows-completion assumed –
WRM208 close-follows-completion implied FAQ 3, 4
WRM209 closed-request-is-final implied FAQ 6
WRM301 supplier-controls-activities stated FAQ 5
WRM302 holding-supplier-only implied FAQ 5, 7
WRM303 requestor-controls-request assumed –
WRM304 own-requests-only implied public facts
WRM305 chorus-cancels-requests implied FAQ 4, 5
WRM401 known-work-request structural –
WRM402 new-work-request structural –
WRM403 known-activity structural –
WRM404 new-activity structural –
WRM405 at-least-one-activity structural public facts
WRM406 known-state assumed –
WRM407 state-in-its-category assumed –
WRM408 activities-start-open structural –"""


def test_the_rules_table_has_every_rule() -> None:
    """Id, name, basis and source are those of the rulebook, and each row says what it refuses."""
    heading, rows = rules_table()
    assert heading == ["id", "name", "basis", "source", "refuses"]
    assert [" ".join(row[:4]) for row in rows] == RULES.splitlines()
    assert all(row[4].endswith(".") for row in rows)


def test_the_log_rules_table_has_every_log_rule() -> None:
    """Id, name and level are those of the interface, and each row says what it finds."""
    heading, rows = log_rules_table()
    assert heading == ["id", "name", "level", "finds"]
    assert [" ".join(row[:3]) for row in rows] == [
        "WRM501 not-json error",
        "WRM502 bad-field error",
        "WRM503 unknown-event warning",
        "WRM504 bad-time error",
        "WRM505 line-too-long error",
        "WRM601 time-goes-back warning",
        "WRM602 event-seen-before warning",
    ]
    assert all(row[3].endswith(".") for row in rows)


def test_tables_in_markdown_keep_their_cells() -> None:
    """No cell of any table holds what would end it."""
    for table_of in (rules_table, log_rules_table, events_table):
        heading, rows = table_of()
        for line in markdown(heading, rows).splitlines():
            assert len(re.split(r"(?<!\\)\|", line)) == len(heading) + 2


@pytest.mark.parametrize("rule", [line.split()[0] for line in RULES.splitlines()])
def test_a_rule_is_found_wherever_a_graph_names_it(rule: str) -> None:
    """Forbidden cells, guards and the way out of a repeat all count; a rule of no graph has no place."""
    assert places_of(rule) == [
        f"{name}, {row} → {column}: {cell}" for name in CELLS for row, column, cell in squares(name) if rule in cell
    ]
