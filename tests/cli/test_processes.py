"""Tests of `wrm` as a process: how it starts, its standard streams, and the ways in which it ends."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Timer
from typing import IO

import pytest

from cli.running import ENVIRONMENT, MEASURED, SECONDS, Done, python, wrm, wrm_process

# Starting


def test_a_process_prints_what_the_command_prints(log: Path) -> None:
    """`python -m work_request_manager` runs the command, and so does the script `wrm`."""
    assert wrm_process("check", log, env=MEASURED) == wrm("check", log)
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.scripts]\nwrm = "work_request_manager.__main__:main"\n' in project


WITHOUT = "import sys; sys.modules[{!r}] = None; from work_request_manager.__main__ import main; main()"


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


# Ends


@contextmanager
def started(*args: object, interrupts: str = "SIG_DFL", **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `wrm check` with pipes. A process that does not end in time is killed, which ends all waits for it.

    Args:
        args: its arguments.
        interrupts: the name of its handler of interrupts. A process inherits the handler, so the test sets it.
        env: variables to add to its environment.
    """
    command = [sys.executable, "-m", "work_request_manager", "check", *map(str, args)]
    start = f"signal.signal(signal.SIGINT, signal.{interrupts}); os.execv({command[0]!r}, {command!r})"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", f"import os, signal; {start}"],
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=ENVIRONMENT | env,
    ) as process:
        limit = Timer(SECONDS, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def stream(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a standard stream of a process with pipes."""
    assert pipe is not None
    return pipe


def keep_busy(process: "subprocess.Popen[bytes]") -> None:
    """Send bad lines to a process, and wait for its first finding."""
    stream(process.stdin).write(b"{\n" * 5_000)
    stream(process.stdin).flush()
    assert stream(process.stdout).readline()


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif"])
def test_a_reader_that_goes_away_ends_the_command_by_the_signal(log: Path, form: str) -> None:
    """The case is `wrm check LOG | head -1`. The command prints no message."""
    log.write_text("{\n" * 20_000)
    with started("--format", form, log) as process:
        assert stream(process.stdout).readline()
        stream(process.stdout).close()
        assert stream(process.stderr).read() == b""
        assert process.wait(SECONDS) == -signal.SIGPIPE


def test_an_interrupt_ends_the_command_by_the_signal() -> None:
    """A shell then shows 130 and ends its loop. The command prints no message."""
    with started("-") as process:
        keep_busy(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == -signal.SIGINT
        assert stream(process.stderr).read() == b""


def test_an_ignored_interrupt_stays_ignored() -> None:
    """The caller has chosen that, as a shell does for a job in the background."""
    with started("--format", "jsonl", "-", interrupts="SIG_IGN", **MEASURED) as process:
        keep_busy(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(b"{\n", SECONDS)
        assert json.loads(out.splitlines()[-1])["lines"] == 5_001
        assert (process.returncode, err) == (1, b"")
