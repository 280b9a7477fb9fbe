"""Tests of the commands beside `wrm check`, and of starting `wrm` at all, as a process."""

import json
import re
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest

Wrm = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = ("check", "rules", "explain", "graph", "prove", "schema", "vectors")


def test_help_names_every_command(wrm: Wrm) -> None:
    """Each with what it does; without a command, that is what there is to say, and it is no success."""
    done = wrm("--help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = done.stdout.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == sorted(COMMANDS)
    assert all(len(line.split()) > 3 for line in listed)
    assert wrm("-h").stdout == done.stdout
    bare = wrm()
    assert (bare.returncode, bare.stdout, bare.stderr) == (2, "", done.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(wrm: Wrm, command: str) -> None:
    """It shows usage and options, and its first line says what the command does."""
    done = wrm(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    usage, does, *_, options = done.stdout.split("\n\n")
    assert usage.startswith("Usage: ")
    assert f" {command} [OPTIONS]" in usage
    assert does.endswith(".")
    assert options.startswith("Options:\n")


def test_version_names_the_distribution_version(wrm: Wrm) -> None:
    """As it is installed."""
    done = wrm("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"wrm, version {version('work-request-manager')}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["juggle"], "No such command 'juggle'"),
        (["rules", "WRM101"], "unexpected extra argument"),
        (["explain"], "Missing argument 'RULE'"),
        (["explain", "WRM999"], "there is no rule 'WRM999'; `wrm rules` lists them"),
        (["explain", "closed-is-final"], "there is no rule 'closed-is-final'"),
        (["graph", "--format", "png"], "'png' is not one of"),
        (["prove", "--activities", "0"], "0 is not in the range 1<=x<=3"),
        (["prove", "--activities", "many"], "'many' is not a valid integer"),
    ],
)
def test_what_can_not_be_done_exits_with_2(wrm: Wrm, args: list[str], message: str) -> None:
    """It is said on standard error, and nothing is printed."""
    done = wrm(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_rules_lists_every_rule(wrm: Wrm) -> None:
    """First the rules of the rulebook, then those of logs, each on a line with what it is about."""
    done = wrm("rules")
    assert (done.returncode, done.stderr) == (0, "")
    rulebook, of_logs = done.stdout.split("\n\n")
    hundreds = {100: 7, 200: 9, 300: 5, 400: 8}
    assert [line.split()[0] for line in rulebook.splitlines()] == [
        "id", *(f"WRM{hundred + number}" for hundred, count in hundreds.items() for number in range(1, count + 1))
    ]  # fmt: skip
    assert "WRM209  closed-request-is-final             implied     FAQ 6         Any event without" in rulebook
    assert [line.split()[:3] for line in of_logs.splitlines()] == [
        ["id", "name", "level"],
        ["WRM501", "not-json", "error"],
        ["WRM502", "bad-field", "error"],
        ["WRM503", "unknown-event", "warning"],
        ["WRM504", "bad-time", "error"],
        ["WRM505", "line-too-long", "error"],
        ["WRM601", "time-goes-back", "warning"],
        ["WRM602", "event-seen-before", "warning"],
    ]


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (
            "WRM204",
            ["WRM204 cancel-untouched-work-only", "Refuses: A cancellation", "Basis:   stated (", "Source:  FAQ 4",
             "Graph:   status, Open → Closed: cancel (unless WRM203, WRM204)"],
        ),
        (
            "wrm207",
            ["WRM207 review-follows-completion", "Refuses: ", "Basis:   assumed (", "Source:  –",
             "Choose:  it warns; --strict lets it refuse, --without WRM207 leaves it out",
             "Graph:   status, Open → InReview: review (unless WRM207)",
             "Graph:   status, Active → InReview: review (unless WRM207)"],
        ),
        ("WRM401", ["WRM401 known-work-request", "Refuses: ", "Basis:   structural (", "Source:  –"]),
        ("WRM503", ["WRM503 unknown-event", "Finds:   ", "Level:   warning"]),
    ],
    ids=["stated", "assumed", "structural", "log"],
)  # fmt: skip
def test_explain_says_all_there_is_to_a_rule(wrm: Wrm, rule: str, lines: list[str]) -> None:
    """What it refuses, on whose word, what the user may choose, and where the graphs name it."""
    done = wrm("explain", rule)
    assert (done.returncode, done.stderr) == (0, "")
    printed = [line for line in done.stdout.splitlines() if line]
    assert len(printed) == len(lines)
    assert all(line.startswith(start) for line, start in zip(printed, lines, strict=True))


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([], ["from \\ to  ", "\nActive               pause   prog", "\n\nfrom \\ event  ", "\nAccepted      repeat "]),
        (["--format", "text"], ["from \\ to  ", "from \\ event  "]),
        (["--format", "mermaid"], ["stateDiagram-v2\n", "        Open --> Active: start (unless WRM107)\n",
                                   "        Sent --> Accepted: accept\n"]),
        (["--format", "dot"], ["digraph ", '"Open" -> "Active" [label="start (unless WRM107)"]\n',
                               '"Sent" -> "Accepted" [label="accept"]\n']),
    ],
    ids=lambda value: " ".join(value) if value and value[0] == "--format" else "",
)  # fmt: skip
def test_graph_prints_both_graphs(wrm: Wrm, options: list[str], parts: list[str]) -> None:
    """In text unless it is asked for another form."""
    done = wrm("graph", *options)
    assert (done.returncode, done.stderr) == (0, "")
    places = [done.stdout.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_graph_in_json_has_every_cell(wrm: Wrm) -> None:
    """Five categories by five, and three allocations by three events."""
    graphs = json.loads(wrm("graph", "--format", "json").stdout)
    assert {name: [len(row) for row in rows.values()] for name, rows in graphs.items()} == {
        "status": [5] * 5,
        "allocation": [3] * 3,
    }
    assert graphs["status"]["Active"]["Closed"] == {"forbiddenBy": "WRM208"}


def test_schema_is_one_that_judges_lines(wrm: Wrm) -> None:
    """It is valid JSON Schema, takes the lines of the interface, and does not take others."""
    done = wrm("schema")
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads(done.stdout)
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


def test_prove_reports_each_invariant_for_both_rulebooks(wrm: Wrm) -> None:
    """All twelve hold, and the exit status says so; where more is refused, fewer states are reached."""
    done = wrm("prove", "--activities", "1")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    states = []
    for label, first, *results in (("default", *lines[:13]), ("strict", *lines[13:])):
        counted = re.fullmatch(rf"{label} rulebook, up to 1 activities: (\d+) states, [\d,]+ steps", first)
        assert counted, first
        states.append(int(counted[1]))
        assert [line.split()[:2] for line in results] == [[str(number), "held"] for number in range(1, 13)]
    default, strict = states
    assert default > strict


@pytest.mark.parametrize("broken", ["default", "strict"])
def test_prove_exits_with_1_where_an_invariant_is_broken(run: Wrm, broken: str) -> None:
    """In whichever rulebook; the broken one is told apart, and the others are reported all the same."""
    # Threads, since what is put in the place of `prove` would not go over to other processes.
    permitting_nothing = f"""if True:
        from concurrent.futures import ThreadPoolExecutor
        from work_request_manager import cli, proof
        def prove_badly(rulebook, activities, prove=proof.prove):
            if rulebook.is_strict is {broken == "strict"}:
                return prove(rulebook, activities=activities, permitted=lambda *args, **how: ())
            return prove(rulebook, activities=activities)
        proof.prove = prove_badly
        cli.ProcessPoolExecutor = ThreadPoolExecutor
        cli.wrm(["prove", "--activities", "1"])
    """
    done = run("-c", permitting_nothing)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count(" held in ") == 23
    assert done.stdout.count("\n  12 BROKEN: ") == 1
    assert (done.stdout.index(" BROKEN: ") > done.stdout.index("strict rulebook")) is (broken == "strict")


@pytest.mark.parametrize("args", [["rules"], ["explain", "WRM204"], ["graph"], ["schema"]], ids=lambda args: args[0])
def test_what_the_output_can_not_say_is_escaped(wrm: Wrm, args: list[str]) -> None:
    """An output of ASCII is no reason for a traceback."""
    done = wrm(*args, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("args", [["rules"], ["schema"], ["prove", "--activities", "1"]], ids=lambda args: args[0])
def test_a_full_disk_under_the_standard_output_exits_with_2(wrm: Wrm, args: list[str]) -> None:
    """What was asked for did not arrive, and the message says so."""
    with open("/dev/full", "wb") as full:
        done = wrm(*args, stdout=full)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr


def test_a_closed_standard_output_takes_nothing(run: Wrm) -> None:
    """As with `wrm rules >&-`, which is none of our business."""
    command = "[sys.executable, '-m', 'work_request_manager', 'rules']"
    done = run("-c", f"import os, sys; os.close(1); os.execv(sys.executable, {command})")
    assert (done.returncode, done.stderr) == (0, "")


# Starting at all

WITHOUT = "import sys; sys.modules[{!r}] = None; from work_request_manager.__main__ import main; main()"


@pytest.mark.parametrize("missing", ["click", "msgspec"])
def test_a_missing_extra_is_named_with_what_to_install(run: Wrm, missing: str) -> None:
    """The core can be there without the command's own needs."""
    done = run("-c", WITHOUT.format(missing), "rules")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"wrm needs {missing}; install it: pip install 'work-request-manager[cli]'\n"


def test_a_module_that_no_extra_brings_is_not_excused(run: Wrm) -> None:
    """A broken installation shows itself as what it is."""
    catching = "\ntry: main()\nexcept ModuleNotFoundError as error: print(error.name)"
    done = run("-c", WITHOUT.format("tomllib").replace("; main()", catching), "rules")
    assert (done.returncode, done.stdout, done.stderr) == (0, "tomllib\n", "")


def test_the_command_is_installed_under_its_name() -> None:
    """`wrm` starts the same function as `python -m work_request_manager`."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.scripts]\nwrm = "work_request_manager.__main__:main"\n' in text
