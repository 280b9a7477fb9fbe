"""Tests of `wrm move`: every pair of categories, its options and its exit statuses."""

import json
import re
from itertools import product

import pytest

from cli.running import MEASURED, Done, python, wrm
from cli.test_processes import closing
from work_request_manager import Category, Role
from work_request_manager.graph import STATUS_GRAPH, Move

OPEN, ACTIVE, _, _, CLOSED = Category

every_pair = pytest.mark.parametrize(("before", "after"), [*product(Category, Category)])

# The rules that a supplier's update to another state or category breaks: the rulebook, section 2, copied by hand. A
# question mark follows a rule that only warns.
EXPECTED = """
Open                replan  start   complete WRM206?  review WRM207?   cancel WRM203
Active              pause   progress  complete        review WRM207?   - WRM208
PracticalCompletion - WRM202  - WRM202  - WRM202      review           close
InReview            - WRM202  - WRM202  - WRM202      progress_review  close
Closed              - WRM201  - WRM201  - WRM201      - WRM201         - WRM201
"""


def expected_cells() -> dict[tuple[str, str], tuple[str, str]]:
    """Return the move and the broken rule for each pair of categories."""
    cells = {}
    for line in EXPECTED.strip().splitlines():
        row, *words = line.split()
        moves = [index for index, word in enumerate(words) if not word.startswith("WRM")]
        for column, index in zip(Category, moves, strict=True):
            rule = words[index + 1] if words[index + 1 : index + 2] and words[index + 1].startswith("WRM") else ""
            cells[row, column.value] = words[index], rule
    return cells


def broken_in(done: Done) -> list[str]:
    """Return the rules that an answer in text reports. A question mark follows those that warn."""
    rows = [line.split() for line in done.out.splitlines() if line.startswith(("error ", "warning "))]
    return [rule if level == "error" else f"{rule}?" for level, rule, *_ in rows]


@every_pair
def test_every_move_of_the_graph_is_answered(before: Category, after: Category) -> None:
    """The text names the move or the rule that forbids it. The exit status is 1 if a rule refuses it."""
    move, rule = expected_cells()[before, after]
    done = wrm("move", before, after, "--as", "WorkSupplier")
    cell, example, *rest = done.out.splitlines()
    assert broken_in(done) == ([rule] if rule else [])
    assert (done.status, done.err) == (int(bool(rule) and not rule.endswith("?")), "")
    if move == "-":
        assert cell == f"{before} to {after} is not a move. {rule} forbids it."
    else:
        assert re.fullmatch(rf"{before} to {after} is the move {move}(?: \(unless WRM[^.]*\))?\.", cell)
    assert example.startswith(f"The activity is {before} ")
    answer = "Refused" if done.status else "Consumed"
    assert [line.partition(":")[0] for line in rest if line.startswith(("Consumed", "Refused"))] == [answer]
    if answer == "Consumed":
        assert f"({move})" in done.out


def test_an_answer_has_the_question_the_rule_its_source_and_the_way_out() -> None:
    """The sentences name the values of the example."""
    assert wrm("move", "Closed", "Open", "--as", "WorkSupplier") == Done(
        1,
        "Closed to Open is not a move. WRM201 forbids it.\n"
        "The activity is Closed as Completed and has never been Active. Its type does not let suppliers cancel."
        " The work request is not on hold.\n"
        "Refused: WorkSupplier northline asks to move activity A-1 to Open (UpdateTaskActivityStatusEvent)\n"
        "error WRM201 closed-is-final (stated, FAQ 6): activity A-1 is Closed, which is final; it cannot move to Open\n"
        "Way out:\n"
        "- WorkSupplier northline can send nothing now for activity A-1.\n"
        "- To read the rules, run: wrm explain WRM201\n",
        "",
    )


@every_pair
def test_json_has_the_decision(before: Category, after: Category) -> None:
    """It agrees with the text about the answer, the move and the rules."""
    in_text = wrm("move", before, after, "--as", "WorkSupplier")
    done = wrm("move", before, after, "--as", "WorkSupplier", "--format", "json")
    assert (done.status, done.err) == (in_text.status, "")
    decision = json.loads(done.out)
    assert f"\n{decision['answer']}: " in in_text.out
    violations = [each["rule"] for each in decision.get("violations", [])]
    assert broken_in(in_text) == violations + [f"{each['rule']}?" for each in decision["warnings"]]
    cell = STATUS_GRAPH[before][after]
    moves = [change["move"] for change in decision.get("changes", []) if change["change"] == "ActivityMoved"]
    assert moves == ([cell.name] if isinstance(cell, Move) and not violations else [])


@pytest.mark.parametrize("category", Category)
def test_the_same_category_is_another_state_or_a_repeat(category: Category) -> None:
    """The text has both answers: an update to another state, and one to the same state, which is a repeat."""
    done = wrm("move", category, category, "--as", "WorkSupplier")
    third = done.out.splitlines()[2]
    assert third == (
        "With another state, the answer is below. With the same state, it is NotConsumed, because the update is a"
        " repeat."
    )
    assert f"{category} (another state)" in done.out


def test_a_repeat_from_another_role_is_refused() -> None:
    """The sender rules are judged first."""
    done = wrm("move", "Open", "Open", "--as", "Chorus")
    assert done.out.splitlines()[2].endswith(" With the same state, it is Refused.")


@pytest.mark.parametrize("role", [Role.WORK_REQUESTOR, Role.CHORUS])
@every_pair
def test_only_suppliers_update_statuses(role: Role, before: Category, after: Category) -> None:
    """WRM301 refuses the update of any other role, and the way out names the supplier if it helps."""
    done = wrm("move", before, after, "--as", role)
    assert done.status == 1
    assert "WRM301" in broken_in(done)
    _, rule = expected_cells()[before, after]
    helps = not rule or rule.endswith("?")
    assert ("- From WorkSupplier northline this event would be Consumed" in done.out) == helps


@pytest.mark.parametrize(
    ("args", "rules", "example"),
    [
        (["Open", "Closed"], ["WRM203"], "The activity is Open and has never been Active."),
        (["Open", "Closed", "--may-cancel"], [], "Its type lets suppliers cancel."),
        (["Open", "Closed", "--been-active"], ["WRM203", "WRM204"], "The activity is Open and has been Active."),
        (["Open", "Closed", "--may-cancel", "--been-active"], ["WRM204"], "Its type lets suppliers cancel."),
        (["Open", "Active"], [], "The work request is not on hold."),
        (["Open", "Active", "--on-hold"], ["WRM107?"], "The work request is on hold."),
        (["Open", "Active", "--on-hold", "--strict"], ["WRM107"], "The work request is on hold."),
        (["Open", "Active", "--on-hold", "--without", "107"], [], "The work request is on hold."),
        (["Active", "Open"], [], "The activity is Active and has been Active."),
        (["Active", "Open", "--been-active"], [], "The activity is Active and has been Active."),
        (["Closed", "Open"], ["WRM201"], "The activity is Closed as Completed and has never been Active."),
        (["Closed", "Open", "--been-active"], ["WRM201"], "The activity is Closed as Completed and has been Active."),
        (["Open", "PracticalCompletion", "--strict"], ["WRM206"], "Its type does not let suppliers cancel."),
    ],
    ids=" ".join,
)
def test_options_describe_the_activity(args: list[str], rules: list[str], example: str) -> None:
    """The text says what the answer is about. An Active activity has always been active."""
    done = wrm("move", *args, "--as", "WorkSupplier")
    assert broken_in(done) == rules
    assert example in done.out.splitlines()[1]
    assert done.status == int(any(not rule.endswith("?") for rule in rules))


def test_names_can_be_in_any_case() -> None:
    """They are those of categories and roles."""
    expected = wrm("move", "Open", "PracticalCompletion", "--as", "WorkSupplier")
    assert wrm("move", "OPEN", "practicalcompletion", "--as", "worksupplier", "--format", "TEXT") == expected


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["Open"], "Missing argument 'TO'"),
        (["Open", "Active"], "Missing option '--as'"),
        (
            ["Begun", "Active", "--as", "Chorus"],
            "'FROM': 'Begun' is not one of Open, Active, PracticalCompletion, InReview, Closed",
        ),
        (["Open", "Done", "--as", "Chorus"], "'TO': 'Done' is not one of Open, "),
        (["Open", "Active", "--as", "Boss"], "'--as': 'Boss' is not one of WorkRequestor, WorkSupplier, Chorus"),
        (["Open", "Active", "--as", "WorkSupplier:northline"], "'--as': 'WorkSupplier:northline' is not one of "),
        (["Open", "Active", "--as", "Chorus", "--format", "dot"], "'dot' is not one of"),
        (["Open", "Active", "--as", "Chorus", "--without", "301"], "WRM301 supplier-controls-activities is stated"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_exit_with_2(args: list[str], message: str) -> None:
    """Standard error has the reason, and nothing is printed."""
    done = wrm("move", *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_a_closed_standard_output_does_not_change_the_exit_status() -> None:
    """The case is `wrm move … >&-`. There is no traceback."""
    for after, status in ((CLOSED, 1), (ACTIVE, 0)):
        done = python("-c", closing(1), "move", OPEN, after, "--as", "WorkSupplier", env=MEASURED)
        assert done == Done(status, "", "")
