"""Tests of `wrm` as a process: how it starts, and its standard streams."""

import re
from pathlib import Path

import pytest

import _work_request_manager_wrm
from cli.running import MEASURED, Done, python, wrm, wrm_process
from work_request_manager import __main__

# Starting


def test_a_process_prints_what_the_command_prints(log: Path) -> None:
    """`python -m work_request_manager` runs the command, and so does the script `wrm`."""
    assert wrm_process("check", log, env=MEASURED) == wrm("check", log)
    assert __main__.main is _work_request_manager_wrm.main
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.scripts]\nwrm = "_work_request_manager_wrm:main"\n' in project
    assert '"src/_work_request_manager_wrm.py"' in project


WITHOUT = "import sys; sys.modules[{!r}] = None; from _work_request_manager_wrm import main; main()"


@pytest.mark.parametrize("missing", ["click", "msgspec"])
def test_a_missing_extra_is_named(missing: str) -> None:
    """The message has the command that installs it."""
    done = python("-c", WITHOUT.format(missing), "rules", env=MEASURED)
    assert done == Done(2, "", f"wrm needs {missing}; run: pip install 'work-request-manager[cli]'\n")


def test_other_missing_modules_are_not_hidden() -> None:
    """The error of a broken installation is raised."""
    catching = "\ntry: main()\nexcept ModuleNotFoundError as error: print(error.name)"
    done = python("-c", WITHOUT.format("tomllib").replace("; main()", catching), "rules", env=MEASURED)
    assert done == Done(0, "tomllib\n", "")


def test_rich_is_not_imported_without_a_terminal(log: Path) -> None:
    """Its import would take as long as a small log."""
    telling = "from work_request_manager.cli import wrm\nimport sys\ntry: wrm()\nfinally: print('rich' in sys.modules)"
    assert python("-c", telling, "check", log).out.endswith("\nFalse\n")


def test_prove_reports_each_invariant_for_both_rulebooks() -> None:
    """All twelve hold. The strict rulebook refuses more, so it reaches fewer states."""
    done = wrm_process("prove", "--activities", "1")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    states = []
    for label, first, *results in (("default", *lines[:13]), ("strict", *lines[13:])):
        counted = re.fullmatch(rf"{label} rulebook, up to 1 activity: (\d+) states, [\d,]+ steps", first)
        assert counted, first
        states.append(int(counted[1]))
        assert [line.split()[:2] for line in results] == [[str(number), "held"] for number in range(1, 13)]
    default, strict = states
    assert default > strict


# Standard streams

FULL = "/dev/full"
needs_full = pytest.mark.skipif(not Path(FULL).exists(), reason="only Linux has a device that is always full")


@needs_full
@pytest.mark.parametrize("args", [["rules"], ["check"], ["check", "--format", "json"]], ids=" ".join)
def test_a_full_disk_exits_with_2(log: Path, args: list[str]) -> None:
    """The output is lost, so the exit status is not that of a good or a bad log."""
    with open(FULL, "wb") as full:
        done = wrm_process(*args, *([log] if "check" in args else []), stdout=full, env=MEASURED)
    assert done.status == 2
    assert done.err == "wrm: standard output cannot be written: No space left on device; send it elsewhere\n"


@needs_full
def test_an_output_file_on_a_full_disk_exits_with_2(log: Path) -> None:
    """The message names the file."""
    done = wrm("check", "--output", FULL, log)
    assert done == Done(2, "", f"wrm: {FULL} cannot be written: No space left on device; choose another file\n")


def closing(stream: int) -> str:
    """Return a program that closes a standard stream and starts `wrm`."""
    command = "[sys.executable, '-m', 'work_request_manager', *sys.argv[1:]]"
    return f"import os, sys; os.close({stream}); os.execv(sys.executable, {command})"


@pytest.mark.parametrize("args", [["check"], ["check", "--format", "json"], ["check", "--quiet"]], ids=" ".join)
def test_a_closed_standard_output_is_not_reported_as_a_good_log(log: Path, args: list[str]) -> None:
    """The case is `wrm check LOG >&-`. There is no traceback."""
    assert python("-c", closing(1), *args, log).status in (1, 2)


def test_a_closed_standard_output_takes_nothing() -> None:
    """The case is `wrm rules >&-`. There is no traceback."""
    assert python("-c", closing(1), "rules", env=MEASURED) == Done(0, "", "")


def test_a_closed_standard_input_cannot_be_read() -> None:
    """The case is `wrm check - <&-`."""
    done = python("-c", closing(0), "check", "-")
    assert done.status == 2
    assert done.err.startswith("wrm: - cannot be read")


def test_an_output_that_is_standard_input_is_refused(log: Path) -> None:
    """The case is `wrm check --output LOG - <LOG`. The log is not replaced."""
    before = log.read_bytes()
    with log.open("rb") as opened:
        done = wrm_process("check", "--output", log, "-", stdin=opened)
    assert (log.read_bytes(), done.status) == (before, 2)
