"""The vectors are complete, the same each time, as few as a greedy cover makes them, and true."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Answer,
    Category,
    Consumed,
    Party,
    Refused,
    Rulebook,
    events,
)
from work_request_manager.judging import Place
from work_request_manager.log import check
from work_request_manager.rules import RULES
from work_request_manager.testing import InMemoryWorkRequestManager, vectors
from work_request_manager.vectors._goals import Points, send_all
from work_request_manager.wire import decode_event, decode_work_request

RULEBOOKS = {
    "default": DEFAULT_RULEBOOK,
    "strict without": DEFAULT_RULEBOOK.strict().without("WRM207"),
}
VALIDATOR = jsonschema.Draft202012Validator(vectors.json_schema())

each_rulebook = pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS.keys())


def written(rulebook: Rulebook = DEFAULT_RULEBOOK) -> Any:
    """Return the file of a rulebook, read as JSON."""
    return json.loads(vectors.to_json(rulebook))


@each_rulebook
class TestWhatTheyCover:
    """Every cell of both graphs, every rule kept and broken, every answer, and every point that the walk met."""

    def test_nothing_is_missing(self, rulebook: Rulebook) -> None:
        """34 cells, the rulebook's rules twice, three answers."""
        covered = vectors.coverage(vectors.vectors(rulebook), rulebook)
        rules = len(rulebook.rules)
        assert covered.missing == ()
        assert f"cells 34 of 34, rules kept {rules} of {rules}, rules broken {rules} of {rules}, answers 3 of 3" in str(
            covered
        )

    def test_every_point_is_passed_and_every_history_passes_one_more(self, rulebook: Rulebook) -> None:
        """Points are counted anew, from the histories alone."""
        covering, points = vectors.covering(rulebook), Points(rulebook)
        passed = 0
        for history in covering.histories:
            sent = list(send_all(None, history, rulebook))
            filled = next((index for index, each in enumerate(sent) if _is_filled_in(each.after)), len(sent))
            more = points.of(sent) | points.of(sent[filled + 1 :], is_filled_in=True)
            assert more & ~passed
            passed |= more
        assert len(points) == covering.points

    def test_histories_are_short(self, rulebook: Rulebook) -> None:
        """A person can read one."""
        assert max(map(len, vectors.covering(rulebook).histories)) < 50


def _is_filled_in(request: Any) -> bool:
    return request is not None and bool(
        request.details and request.site_contact and all(each.outcomes for each in request.activities)
    )


class TestCoverage:
    """What is missing is named."""

    def test_what_no_vector_covers_is_missing(self) -> None:
        """Without the vectors that break a rule, that rule's breaking is missing; without any, all is."""
        some = [vector for vector in vectors.vectors() if "WRM105" not in vector.broken]
        missing = vectors.coverage(some).missing
        assert "broken WRM105" in missing
        assert f"; missing: {', '.join(missing)}" in str(vectors.coverage(some))
        assert len(vectors.coverage([]).missing) == 34 + 2 * len(RULES) + 3

    @pytest.mark.parametrize("place", [Place(Category.ACTIVE, Category.CLOSED), Place(Category.OPEN, Category.ACTIVE)])
    def test_a_cell_is_covered_where_it_decides(self, place: Place) -> None:
        """Its rule is broken, or its move is made: the vectors that say so have such an event, and only they."""
        for vector in vectors.vectors():
            before = None
            decides = False
            for decision in vector.decisions:
                event = decision.event
                if isinstance(event, events.UpdateActivityStatus) and before is not None:
                    activity = {each.id: each for each in before.activities}.get(event.activity_id)
                    if activity is not None and (activity.status.category, event.status.category) == place:
                        broken = [*getattr(decision, "violations", ()), *decision.warnings]
                        named = {"WRM107", "WRM208"} & {violation.rule.id for violation in broken}
                        decides = decides or isinstance(decision, Consumed) or bool(named)
                before = decision.work_request
            assert (place in vector.cells) is decides

    def test_a_rule_is_kept_by_what_is_consumed(self) -> None:
        """No vector keeps WRM101 that has no reject which was consumed."""
        for vector in vectors.vectors():
            rejected = [
                each
                for each in vector.decisions
                if isinstance(each.event, events.RejectWorkRequest) and isinstance(each, Consumed)
            ]
            assert ("WRM101" in vector.kept) is bool(rejected)


@each_rulebook
class TestTheFile:
    """What `wrm vectors` writes is what this library does."""

    def test_it_is_valid(self, rulebook: Rulebook) -> None:
        """By the JSON Schema that comes with it; the rulebook that it is for is named."""
        file = written(rulebook)
        VALIDATOR.validate(file)
        assert file["version"] == 1
        assert file["strict"] is rulebook.is_strict
        assert file["without"] == [rule.id for rule in RULES if rule not in rulebook.rules]

    def test_the_manager_answers_as_it_says(self, rulebook: Rulebook) -> None:
        """Each event gets its answer, broken rules and warnings, and the work request ends as the snapshot."""
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
        """All its events as one log: each line has the findings of its broken rules and warnings, and no other."""
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
    """It takes what is written, and nothing else."""

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
    def test_what_is_spoilt_is_refused(self, spoil: Any) -> None:
        """Wherever it is."""
        file = written()
        del file["vectors"][1:]
        assert VALIDATOR.is_valid(file)
        spoil(file)
        assert not VALIDATOR.is_valid(file)


def test_the_file_is_the_same_each_time() -> None:
    """Byte for byte, in whatever order the sets of another process come."""
    told = "from work_request_manager.testing import vectors; print(end=vectors.to_json())"
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    # Not measured for coverage, which would take long.
    known = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment = {**known, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == vectors.to_json()


def test_vectors_need_neither_hypothesis_nor_pytest() -> None:
    """So that the command writes them where the extra `testing` is not installed."""
    told = "import sys; from work_request_manager.testing import vectors; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert not {"hypothesis", "pytest"} & set(loaded)


def test_a_vector_tells_its_parts() -> None:
    """Its events, and the work request that they leave."""
    vector = vectors.vectors()[0]
    assert vector.id == "V-001"
    assert {event.work_request_id for event in vector.events} == {"WR-001"}
    assert vector.work_request == vector.decisions[-1].work_request
    assert all(event.sender == Party.chorus() or event.sender.id for event in vector.events)


def test_the_commands_write_and_replay_them(tmp_path: Path) -> None:
    """`wrm vectors` writes the file, and `wrm check` finds in its events, as one log, what the file says."""
    wrm = (sys.executable, "-m", "work_request_manager")
    options = ("--strict", "--without", "WRM207")
    path, log = tmp_path / "vectors.json", tmp_path / "log.jsonl"
    subprocess.run([*wrm, "vectors", *options, "--output", str(path)], check=True)
    file = json.loads(path.read_text(encoding="utf-8"))
    assert (file["strict"], file["without"]) == (True, ["WRM207"])
    steps = [step for vector in file["vectors"] for step in vector["steps"]]
    log.write_text("\n".join(json.dumps(step["event"]) for step in steps), encoding="utf-8")
    checked = subprocess.run(
        [*wrm, "check", "--format", "json", *options, str(log)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 1, checked.stderr
    found = [(finding["line"], finding["rule"]) for finding in json.loads(checked.stdout)["findings"]]
    assert found == [(line, rule) for line, step in enumerate(steps, start=1) for rule in step["broken"]]


def test_the_command_prints_the_schema() -> None:
    """`wrm schema vectors` prints the schema that the file is valid by."""
    done = subprocess.run(
        [sys.executable, "-m", "work_request_manager", "schema", "vectors"], capture_output=True, check=True
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(vectors.json_schema()))
