"""The vectors are complete, right, short and always the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Answer,
    Category,
    Consumed,
    Refused,
    Rulebook,
    events,
)
from work_request_manager import vectors as package
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, CellRef
from work_request_manager.log import check
from work_request_manager.reports.diagrams import GRAPHS
from work_request_manager.rules import RULES
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.vectors import Vector, coverage, json_schema, to_json, vector_of, vectors
from work_request_manager.vectors._goals import CoverageGoals, take_steps
from work_request_manager.wire import decode_event, decode_work_request

RULEBOOKS = {
    "default": DEFAULT_RULEBOOK,
    "strict without": DEFAULT_RULEBOOK.strict().without("WRM207"),
}
VALIDATOR = jsonschema.Draft202012Validator(json_schema())

# The selection takes seconds for each rulebook.
each_rulebook = pytest.mark.parametrize(
    "rulebook",
    [
        pytest.param(rulebook, id=name, marks=[pytest.mark.slow] if name != "default" else [])
        for name, rulebook in RULEBOOKS.items()
    ],
)


def written(rulebook: Rulebook = DEFAULT_RULEBOOK) -> Any:
    """Return the file of a rulebook, decoded from JSON."""
    return json.loads(to_json(rulebook))


@each_rulebook
class TestTheHistories:
    """They cover every cell of both graphs, every rule kept and broken, every answer, and every goal."""

    def test_nothing_is_missing(self, rulebook: Rulebook) -> None:
        """Covered are 34 cells, the rules of the rulebook twice, and three answers."""
        covered = coverage(vectors(rulebook), rulebook)
        rules = len(rulebook.rules)
        assert covered.missing == ()
        assert f"cells 34 of 34, rules kept {rules} of {rules}, rules broken {rules} of {rules}, answers 3 of 3" in str(
            covered
        )

    def test_every_history_reaches_a_goal_that_no_earlier_one_reaches(self, rulebook: Rulebook) -> None:
        """The goals are counted again, from the histories alone."""
        selector, goals = package._selector(rulebook), CoverageGoals(rulebook)
        reached = 0
        for history in selector.histories:
            steps = list(take_steps(None, history, rulebook))
            filled = next((index for index, step in enumerate(steps) if _is_filled_in(step.after)), len(steps))
            more = goals.reached_by(steps) | goals.reached_by(steps[filled + 1 :], is_filled_in=True)
            assert more & ~reached
            reached |= more
        assert len(goals) == selector.goals

    def test_histories_are_few_and_short(self, rulebook: Rulebook) -> None:
        """People can read a history, and all of them run in a second."""
        histories = [vector.events for vector in vectors(rulebook)]
        assert max(map(len, histories)) < 50
        assert len(histories) < 200


def _is_filled_in(request: Any) -> bool:
    return request is not None and bool(
        request.details and request.site_contact and all(each.outcomes for each in request.activities)
    )


class TestCoverage:
    """The coverage of some vectors names what is missing."""

    def test_uncovered_goals_are_missing(self) -> None:
        """Without the vectors that break a rule, the breaking of that rule is missing. Without vectors, all is."""
        some = [vector for vector in vectors() if "WRM105" not in vector.broken]
        missing = coverage(some).missing
        assert "broken WRM105" in missing
        assert f"; missing: {', '.join(missing)}" in str(coverage(some))
        assert len(coverage([]).missing) == 34 + 2 * len(RULES) + 3

    def test_events_that_are_left_out_are_counted(self) -> None:
        """The line says how many of all events are covered."""
        some = coverage(vectors()[:2])
        assert some.left_out == 0
        assert str(attrs.evolve(some, events=1_200, left_out=34)).startswith("1,200 of 1,234 events in 2 histories: ")

    def test_cells_have_the_names_of_the_diagrams(self) -> None:
        """Each cell is named by its graph, row and column, as in the diagrams."""
        drawn = [
            {"graph": graph.name, "row": square.row, "column": square.column}
            for graph in GRAPHS
            for square in graph.squares
        ]
        assert list(package._CELL_NAMES.values()) == drawn
        assert len(drawn) == sum(len(row) for graph in (STATUS_GRAPH, ALLOCATION_GRAPH) for row in graph.values())

    @pytest.mark.parametrize(
        "ref", [CellRef(Category.ACTIVE, Category.CLOSED), CellRef(Category.OPEN, Category.ACTIVE)]
    )
    def test_a_cell_is_covered_if_it_decides(self, ref: CellRef) -> None:
        """Exactly the vectors with an event that makes its move or breaks its rule cover a cell."""
        for vector in vectors():
            before = None
            decides = False
            for decision in vector.decisions:
                event = decision.event
                if isinstance(event, events.UpdateActivityStatus) and before is not None:
                    activity = {each.id: each for each in before.activities}.get(event.activity_id)
                    if activity is not None and (activity.status.category, event.status.category) == ref:
                        broken = [*getattr(decision, "violations", ()), *decision.warnings]
                        named = {"WRM107", "WRM208"} & {violation.rule.id for violation in broken}
                        decides = decides or isinstance(decision, Consumed) or bool(named)
                before = decision.work_request
            assert (ref in vector.cells) is decides

    def test_a_rule_is_kept_by_consumed_events(self) -> None:
        """Exactly the vectors with a consumed reject keep WRM101."""
        for vector in vectors():
            rejected = [
                each
                for each in vector.decisions
                if isinstance(each.event, events.RejectWorkRequest) and isinstance(each, Consumed)
            ]
            assert ("WRM101" in vector.kept) is bool(rejected)


@each_rulebook
class TestTheFile:
    """The file says what this library does."""

    @pytest.mark.slow
    def test_it_is_valid(self, rulebook: Rulebook) -> None:
        """It is valid by its JSON Schema, and names its rulebook."""
        file = written(rulebook)
        VALIDATOR.validate(file)
        assert file["version"] == 1
        assert file["strict"] is rulebook.is_strict
        assert file["without"] == [rule.id for rule in RULES if rule not in rulebook.rules]

    def test_the_manager_answers_as_it_says(self, rulebook: Rulebook) -> None:
        """Each event gets its answer, broken rules and warnings, and the work request ends like the snapshot."""
        manager = InMemoryWorkRequestManager(rulebook=rulebook)
        for vector in written(rulebook)["vectors"]:
            for step in vector["steps"]:
                decision = manager.post(decode_event(json.dumps(step["event"])))
                broken = decision.violations if isinstance(decision, Refused) else ()
                assert decision.answer == step["answer"]
                assert [violation.rule.id for violation in broken] == step["broken"]
                assert [violation.rule.id for violation in decision.warnings] == step["warnings"]
            end = vector["snapshot"]
            assert decode_work_request(json.dumps(end)) == manager.history(step["event"]["taskId"])[-1].work_request

    def test_the_log_check_finds_what_it_says(self, rulebook: Rulebook, tmp_path: Path) -> None:
        """In all its events as one log, each line has the findings of its broken rules and warnings, and no other."""
        file = written(rulebook)
        steps = [step for vector in file["vectors"] for step in vector["steps"]]
        log = tmp_path / "vectors.jsonl"
        log.write_text("\n".join(json.dumps(step["event"]) for step in steps), encoding="utf-8")
        report = check(log, rulebook=rulebook)
        found: dict[int, dict[str, list[str]]] = {}
        for finding in report.findings:
            found.setdefault(finding.line, {"error": [], "warning": []})[finding.level].append(finding.rule)
        for line, step in enumerate(steps, start=1):
            assert found.get(line, {"error": [], "warning": []}) == {
                "error": step["broken"],
                "warning": step["warnings"],
            }
        answers = [step["answer"] for step in steps]
        counts = report.counts
        assert (counts.consumed, counts.not_consumed, counts.refused) == tuple(map(answers.count, Answer))


class TestTheSchema:
    """It accepts the file, and refuses other files."""

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda file: file.update(version=2),
            lambda file: file.pop("strict"),
            lambda file: file.update(extra=1),
            lambda file: file["vectors"][0]["steps"].clear(),
            lambda file: file["vectors"][0]["steps"][0].update(answer="Maybe"),
            lambda file: file["vectors"][0]["steps"][0].update(broken=["WRM999"]),
            lambda file: file["vectors"][0]["steps"][0]["event"].update(event="ArchiveTaskEvent"),
            lambda file: file["vectors"][0]["steps"][0]["event"].pop("sender"),
            lambda file: file["vectors"][0]["snapshot"].update(version=0),
            lambda file: file["vectors"][0]["snapshot"].pop("supplier"),
            lambda file: file["vectors"][0]["covers"]["cells"].append(
                {"graph": "status", "row": "Open", "column": "accept"}
            ),
        ],
    )
    def test_a_spoilt_file_is_refused(self, spoil: Any) -> None:
        """The fault can be at any level."""
        file = written()
        del file["vectors"][1:]
        assert VALIDATOR.is_valid(file)
        spoil(file)
        assert not VALIDATOR.is_valid(file)


def run(code: str, **environment: str) -> str:
    """Return the output of another Python, which is not measured for coverage because that would take long."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**known, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout


@pytest.mark.slow
def test_the_file_is_always_the_same() -> None:
    """It is the same, byte for byte, although another process orders sets differently. Hypothesis is not loaded."""
    code = "import sys; from work_request_manager.vectors import to_json; print(*sys.modules); print(end=to_json())"
    loaded, file = run(code, PYTHONHASHSEED="2" if os.environ.get("PYTHONHASHSEED") == "1" else "1").split("\n", 1)
    assert file == to_json()
    assert not {"hypothesis", "pytest", "work_request_manager.reports"}.intersection(loaded.split())


def test_a_vector_has_its_events_and_their_end() -> None:
    """The id of the work request has the number of the vector."""
    vector = vectors()[0]
    assert isinstance(vector, Vector)
    assert vector.id == "V-001"
    assert {event.work_request_id for event in vector.events} == {"WR-001"}
    assert vector.work_request == vector.decisions[-1].work_request


def test_any_history_can_be_a_vector() -> None:
    """It is decided, and says what it covers. Without its last event it covers no more."""
    for vector in vectors()[:5]:
        assert vector_of(vector.id, vector.events) == vector
        shorter = vector_of("mine", vector.events[:-1])
        assert shorter.decisions == vector.decisions[:-1]
        assert {*shorter.cells, *shorter.kept, *shorter.broken} <= {*vector.cells, *vector.kept, *vector.broken}
    assert vector_of("none", []).decisions == ()
