"""Tests of the commands other than `wrm check`."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from cli.running import Done, wrm
from work_request_manager import Rulebook, vectors
from work_request_manager.cli import ExitStatus
from work_request_manager.cli import wrm as group
from work_request_manager.cli._tables import text_columns
from work_request_manager.log import LOG_RULES
from work_request_manager.reports import ALL_RULES
from work_request_manager.reports.explanations import explanation_of
from work_request_manager.rules import RULES
from work_request_manager.verify import proof
from work_request_manager.verify.invariants import INVARIANTS
from work_request_manager.verify.proof import InvariantResult, Proof
from work_request_manager.wire import DocumentKind, json_schema

COMMANDS = sorted(group.commands)


SECTIONS = {
    "Judge logs": ["check", "show", "map"],
    "Ask before you send": ["decide", "permitted", "move"],
    "Read the rules": ["rules", "explain", "graph", "prove"],
    "Build and test": ["schema", "vectors", "serve"],
}
"""The sections of the help, and the commands in them."""


def test_help_has_a_summary_of_every_command() -> None:
    """A summary is a short imperative sentence that is not cut off. Those of all sections begin in one column."""
    done = wrm("--help")
    assert (done.status, done.err) == (0, "")
    listed = done.out[done.out.index(f"{next(iter(SECTIONS))}:\n") :]
    sections = re.findall(r"^(\w.*):\n((?:  .*\n)+)\n", listed, re.MULTILINE)
    lines = {heading: text.splitlines() for heading, text in sections}
    assert {heading: [line.split()[0] for line in each] for heading, each in lines.items()} == SECTIONS
    assert sorted(name for names in SECTIONS.values() for name in names) == COMMANDS
    for line in (line for each in lines.values() for line in each):
        name, summary = line.split(maxsplit=1)
        assert line == f"  {name:<9}  {summary}"
        assert summary.endswith(".")
        assert not summary.endswith("...")
        assert len(summary) <= 45
        assert summary[0].isupper()


def test_help_is_printed_if_no_command_is_given() -> None:
    """Then it goes to standard error."""
    help_text = wrm("--help").out
    assert wrm("-h") == Done(0, help_text, "")
    assert wrm() == Done(2, "", help_text)


def test_help_shows_examples() -> None:
    """Each is on its own line, and names a command."""
    examples = wrm("--help").out.split("Examples:\n")[1].split("\n\n")[0].splitlines()
    commands = [re.fullmatch(r"    wrm (\w+) \S+ {4,}\w[\w ]+", line) for line in examples]
    assert len(commands) == 2
    assert all(found and found[1] in COMMANDS for found in commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """It shows the usage, the summary and the options, and each option has a text."""
    done = wrm(command, "--help")
    assert (done.status, done.err) == (0, "")
    usage, summary, *_ = done.out.split("\n\n")
    assert usage.startswith("Usage: wrm ")
    assert f" {command} [OPTIONS]" in usage
    assert summary.endswith(".")
    assert "\n\nOptions:\n" in done.out
    for option in group.commands[command].params:
        if option.param_type_name == "option":
            assert str(getattr(option, "help", None)).endswith(".")


@pytest.mark.parametrize("args", [["--help"], ["check", "--help"], ["prove", "--help"]], ids=" ".join)
def test_help_explains_the_exit_statuses(args: list[str]) -> None:
    """It has the meaning of each."""
    text = " ".join(wrm(*args).out.split())
    for status in ExitStatus:
        assert f"{status.value} {status.meaning}" in text


def test_version_is_that_of_the_distribution() -> None:
    """It is read from the installed package."""
    assert wrm("--version") == Done(0, f"wrm, version {version('work-request-manager')}\n", "")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["juggle"], "No such command 'juggle'"),
        (["rules", "WRM101"], "unexpected extra argument"),
        (["explain"], "name at least one rule, as in `wrm explain WRM203`; run `wrm rules` to list all rules"),
        (["explain", "WRM999"], "unknown rule 'WRM999'; run `wrm rules` to list all rules"),
        (["explain", "203", "open-is-final"], "unknown rule 'open-is-final'"),
        (["explain", "2"], "unknown rule '2'"),
        (["explain", "WRM"], "unknown rule 'WRM'"),
        (["graph", "--format", "png"], "'png' is not one of"),
        (["prove", "--activities", "0"], "0 is not in the range 1<=x<=3"),
        (["prove", "--activities", "many"], "'many' is not a valid integer"),
        (
            ["schema", "log"],
            "'log' is not one of 'event', 'snapshot', 'decision', 'permit', 'types', 'mapping', 'vectors'",
        ),
        (["vectors", "--without", "WRM201"], "WRM201 closed-is-final is stated, not assumed"),
    ],
)
def test_bad_arguments_exit_with_2(args: list[str], message: str) -> None:
    """Standard error has the reason, and nothing is printed."""
    done = wrm(*args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


# Rules


def test_rules_lists_every_rule() -> None:
    """The rules of the rulebook come first, then those of logs. Each has its name and its statement."""
    done = wrm("rules")
    assert (done.status, done.err) == (0, "")
    of_events, of_logs = done.out.split("\n\n")
    for printed, rules in ((of_events, RULES), (of_logs, LOG_RULES)):
        assert re.findall(r"^(?:WRM\d+)", printed, re.MULTILINE) == [rule.id for rule in rules]
        begin = printed.index("name, and what it ")
        words = " ".join(" ".join(line[begin:] for line in printed.splitlines()).split())
        for rule in rules:
            assert f" {rule.name} {rule.statement}" in words
    assert "WRM209 implied    FAQ 6  closed-request-is-final\n" in of_events


@pytest.mark.parametrize("command", ["rules", "graph"])
def test_tables_fit_the_width_of_a_terminal(command: str) -> None:
    """They are wrapped at words. Nothing is cut off."""
    lines = wrm(command).out.splitlines()
    assert max(map(len, lines)) in (79, 80)
    assert not any("\u2026" in line or line != line.rstrip() for line in lines)


@pytest.mark.parametrize("rule", ["WRM204", "wrm207", "WRM401", "WRM503"])
def test_explain_prints_a_rule(rule: str) -> None:
    """It prints the explanation in 80 columns."""
    explained = explanation_of(ALL_RULES[rule.upper()])
    assert wrm("explain", rule) == Done(0, f"{explained.as_text(80)}\n", "")


def test_explain_has_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of other commands."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    done = wrm("explain", "WRM204")
    assert done.out.startswith(
        "\x1b[36mWRM204\x1b[0m \x1b[1mcancel-untouched-work-only\x1b[0m\n\n\x1b[1mRefuses\x1b[0m\n"
    )
    assert re.sub(r"\x1b\[\d*m", "", done.out) == f"{explanation_of(ALL_RULES['WRM204']).as_text(80)}\n"


@pytest.mark.parametrize(("columns", "used"), [(40, 40), (100, 100), (250, 100)])
def test_texts_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, used: int) -> None:
    """But they are not so wide that lines are hard to read. Without a terminal, there are 80 columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert text_columns() == 80
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert text_columns() == used


def test_explain_takes_ids_numbers_and_names() -> None:
    """All are explained, in the order given. Other options that name a rule take the same names."""
    by_id = wrm("explain", "WRM203", "WRM107")
    assert wrm("explain", "203", "Held-Work-Does-Not-Start") == by_id
    assert wrm("explain", "supplier-may-cancel", "wrm107") == by_id
    parts = [wrm("explain", rule).out for rule in ("WRM203", "WRM107")]
    assert by_id == Done(0, "\n\n".join(parts), "")
    assert wrm("vectors", "--without", "203").err == wrm("vectors", "--without", "WRM203").err


# Graphs


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([], ["from \\ to  ", "\nActive              pause  prog", "\n\nfrom \\\nevent  ", "\nAccepted repeat "]),
        (["--format", "text"], ["from \\ to  ", "from \\\nevent  "]),
        (["--format", "mermaid"], ["stateDiagram-v2\n", "        Open --> Active: start (unless WRM107)\n",
                                   "        Sent --> Accepted: accept\n"]),
        (["--format", "dot"], ["digraph ", '"Open" -> "Active" [label="start (unless WRM107)"]\n',
                               '"Sent" -> "Accepted" [label="accept"]\n']),
        (["--format", "svg"], ["<svg ", ">start</text>", ">unless WRM107</text>", ">accept</text>", "</svg>\n"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] == "--format" else "",
)  # fmt: skip
def test_graph_prints_both_graphs(options: list[str], parts: list[str]) -> None:
    """The default format is text."""
    done = wrm("graph", *options)
    assert (done.status, done.err) == (0, "")
    places = [done.out.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("form", "forbidden"),
    [
        ("mermaid", "        Active --> Closed: forbidden (WRM208)\n"),
        ("dot", '"Active" -> "Closed" [label="forbidden (WRM208)"'),
        ("svg", ">WRM208</text>"),
    ],
)
def test_graph_can_draw_the_forbidden_moves(form: str, forbidden: str) -> None:
    """They are in addition to the others."""
    moves, all_moves = wrm("graph", "--format", form).out, wrm("graph", "--format", form, "--forbidden").out
    assert forbidden not in moves
    assert forbidden in all_moves
    assert len(all_moves) > len(moves)


@pytest.mark.parametrize("form", ["text", "json"])
def test_graph_in_text_and_json_always_has_the_forbidden_moves(form: str) -> None:
    """The option adds nothing."""
    assert wrm("graph", "--format", form) == wrm("graph", "--format", form, "--forbidden")
    assert "WRM208" in wrm("graph", "--format", form).out


def test_values_of_options_may_be_in_any_case() -> None:
    """The case is that of what other tools print, such as SARIF."""
    assert wrm("graph", "--format", "JSON") == wrm("graph", "--format", "json")
    assert wrm("schema", "EVENT") == wrm("schema")


def test_graph_in_json_has_every_cell() -> None:
    """There are five categories by five, and three allocations by three events."""
    graphs = json.loads(wrm("graph", "--format", "json").out)
    assert {name: [len(row) for row in rows.values()] for name, rows in graphs.items()} == {
        "status": [5] * 5,
        "allocation": [3] * 3,
    }
    assert graphs["status"]["Active"]["Closed"] == {"forbiddenBy": "WRM208"}


# Schemas and vectors


def test_schema_describes_the_lines_of_a_log() -> None:
    """It is a valid JSON Schema, accepts an event of the interface, and rejects wrong ones."""
    done = wrm("schema")
    assert (done.status, done.err) == (0, "")
    schema = json.loads(done.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    accept = {
        "event": "AcceptTaskEvent",
        "taskId": "WR-1",
        "sender": {"role": "WorkSupplier", "id": "northline"},
        "at": "2026-03-01T20:05:00Z",
    }
    assert validator.is_valid(accept)
    assert validator.is_valid({**accept, "eventId": "e-1", "colour": "blue"})
    others: tuple[dict[str, object], ...] = (
        {"event": "ArchiveTaskEvent"},
        {"event": "RejectTaskEvent"},
        {"taskId": None},
        {"sender": {}},
    )
    for wrong in others:
        assert not validator.is_valid({**accept, **wrong})


@pytest.mark.parametrize("of", get_args(DocumentKind))
def test_schema_describes_each_kind_of_document(of: DocumentKind) -> None:
    """It is the schema that `wire` returns."""
    done = wrm("schema", of)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == json_schema(of)


def test_schema_describes_test_vectors() -> None:
    """It is the schema of `vectors`."""
    done = wrm("schema", "vectors")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == vectors.json_schema()


@pytest.mark.parametrize("is_to_file", [False, True], ids=["printed", "file"])
def test_vectors_are_written_for_the_wanted_rulebook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_to_file: bool
) -> None:
    """They are printed, or written to a file."""

    def described(rulebook: Rulebook) -> str:
        return f"strict {rulebook.is_strict}, {len(RULES) - len(rulebook.rules)} rules left out: \u0101\n"

    monkeypatch.setattr(vectors, "to_json", described)
    file = tmp_path / "vectors.json"
    to_file = ["--output", file] if is_to_file else []
    for options, expected in (
        ([], "strict False, 0 rules left out: \u0101\n"),
        (["--strict", "--without", "WRM107"], "strict True, 1 rules left out: \u0101\n"),
    ):
        done = wrm("vectors", *options, *to_file)
        assert (done.status, done.err) == (0, "")
        assert (file.read_text(encoding="utf-8") if is_to_file else done.out) == expected


# The proof


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `wrm prove` use threads, which see what a test patches."""

    def threads(workers: int, initializer: object) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", threads)


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("activities", [1, 2, 3])
def test_prove_takes_the_number_of_activities(monkeypatch: pytest.MonkeyPatch, activities: int) -> None:
    """It is a limit, for both rulebooks."""

    def proved(rulebook: Rulebook, *, activities: int) -> Proof:
        return Proof(1 + rulebook.is_strict, 1_000 * activities, ())

    monkeypatch.setattr(proof, "prove", proved)
    most = "1 activity" if activities == 1 else f"{activities} activities"
    assert wrm("prove", "--activities", activities) == Done(
        0,
        f"default rulebook, up to {most}: 1 state, {activities},000 steps\n"
        f"strict rulebook, up to {most}: 2 states, {activities},000 steps\n",
        "",
    )


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("broken", ["default", "strict"])
def test_prove_exits_with_1_if_an_invariant_is_broken(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """The other invariants and the other rulebook are reported, too."""
    first, second, *_ = INVARIANTS
    held = (InvariantResult(first, 1, 1), InvariantResult(second, 1, 1))
    fault = (InvariantResult(first, 1, 1, counterexample=(), remark="fault"), held[1])

    def proved(rulebook: Rulebook, *, activities: int) -> Proof:
        return Proof(2, 2, fault if rulebook.is_strict is (broken == "strict") else held)

    monkeypatch.setattr(proof, "prove", proved)
    expected = []
    for label in ("default", "strict"):
        expected.append(f"{label} rulebook, up to 3 activities: 2 states, 2 steps")
        expected += [f"  {result}" for result in (fault if label == broken else held)]
    assert wrm("prove") == Done(1, "\n".join(expected) + "\n", "")


@pytest.mark.parametrize("args", [["rules"], ["explain", "WRM204"], ["graph"], ["schema"]], ids=lambda args: args[0])
def test_characters_that_the_output_lacks_are_escaped(args: list[str]) -> None:
    """An output in ASCII is no reason to fail."""
    done = wrm(*args, encoding="ascii")
    assert done.status == 0
    assert done.out.isascii()


@pytest.mark.parametrize(
    ("words", "completed"),
    [("wrm che", "check"), ("wrm check --fail", "--fail-on"), ("wrm graph --forb", "--forbidden")],
)
def test_a_shell_completes_commands_and_options(words: str, completed: str) -> None:
    """The docs name the line for each shell, which calls the command in this way."""
    count = len(words.split()) - 1
    environment = {**os.environ, "COMP_WORDS": words, "COMP_CWORD": str(count), "_WRM_COMPLETE": "bash_complete"}
    command = Path(sys.executable).with_name("wrm")
    ran = subprocess.run([command], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == f"plain,{completed}\n"
