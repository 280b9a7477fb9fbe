"""Tests of the ways in which `wrm` ends: by signals, with its parent, and with the reader of its output."""

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from cli.running import ENDING_SIGNALS, MEASURED, SECONDS, Done, feed, started, stream, wait_until, wrm
from work_request_manager.cli import _prove

BAD_LINES = b"x\n" * 5_000
CREATE = (
    b'{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    b'"requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}\n'
)

by_each_signal = pytest.mark.parametrize("number", ENDING_SIGNALS, ids=lambda number: number.name)


@pytest.fixture
def _handlers() -> Iterator[None]:
    """Restore the handlers of signals that a test changes."""
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif"])
def test_a_reader_that_goes_away_ends_the_command_by_the_signal(log: Path, form: str) -> None:
    """The case is `wrm check LOG | head -1`. The command prints no message."""
    log.write_text("{\n" * 20_000)
    with started("check", "--format", form, log) as process:
        assert stream(process.stdout).readline()
        stream(process.stdout).close()
        assert stream(process.stderr).read() == b""
        assert process.wait(SECONDS) == -signal.SIGPIPE


# Interrupts

IMPORTING = """
import os, signal, sys
def interrupt(event, args):
    if event == "import" and args[0] == {module!r}:
        os.kill(os.getpid(), signal.{name})
sys.addaudithook(interrupt)
from _work_request_manager_wrm import main
main()
"""
"""A program that gets a signal when it begins to import a module."""


@pytest.mark.parametrize(
    ("number", "module"),
    [
        (signal.SIGINT, "work_request_manager"),
        (signal.SIGINT, "transitions"),
        (signal.SIGINT, "click"),
        (signal.SIGINT, "work_request_manager.cli._check"),
        (signal.SIGTERM, "work_request_manager"),
        (signal.SIGHUP, "click"),
    ],
)
def test_a_signal_during_the_imports_is_quiet(number: signal.Signals, module: str) -> None:
    """The command sets the handler before it imports what takes long."""
    program = "-c", IMPORTING.format(module=module, name=number.name)
    with started("rules", program=program) as process:
        assert process.communicate(timeout=SECONDS) == (b"", b"")
        assert process.returncode == -number


BEGINNING = """
import os, sys
is_first = True
def tell(event, args):
    global is_first
    if is_first and event == "import" and args[0] == "work_request_manager":
        is_first = False
        os.write(1, b".")
sys.addaudithook(tell)
from _work_request_manager_wrm import main
main()
"""
"""A program that prints a dot when it begins to import the package."""


@pytest.mark.parametrize(
    ("milliseconds", "number"),
    [*((moment, signal.SIGINT) for moment in (0, 10, 30, 60, 100, 150, 250)), (20, signal.SIGTERM)],
)
def test_a_signal_at_any_moment_is_quiet(milliseconds: int, number: signal.Signals) -> None:
    """From the start of the imports on, the process ends by the signal. A shell then shows 130, and ends its loop."""
    with started("check", "-", program=("-c", BEGINNING)) as process:
        assert stream(process.stdout).read(1) == b"."
        Event().wait(milliseconds / 1_000)
        process.send_signal(number)
        assert process.communicate(timeout=SECONDS) == (b"", b"")
        assert process.returncode == -number


@by_each_signal
def test_a_signal_ends_a_check_quietly(number: signal.Signals) -> None:
    """The findings so far have been written."""
    with started("check", "-") as process:
        feed(process, BAD_LINES)
        assert stream(process.stdout).readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, err) == (-number, b"")


def test_an_ignored_interrupt_stays_ignored() -> None:
    """The caller has chosen that, as a shell does for a job in the background."""
    with started("check", "--format", "jsonl", "-", interrupts="SIG_IGN", env=MEASURED) as process:
        feed(process, CREATE + BAD_LINES)
        assert stream(process.stdout).readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(b"{\n", SECONDS)
        assert json.loads(out.splitlines()[-1])["lines"] == 5_002
        assert (process.returncode, err) == (1, b"")


@by_each_signal
def test_a_signal_leaves_the_old_report(tmp_path: Path, number: signal.Signals) -> None:
    """No temporary file is left."""
    report = tmp_path / "report"
    report.write_text("yesterday's")
    with started("check", "--output", report, "-") as process:
        feed(process, BAD_LINES)
        wait_until(lambda: len(os.listdir(tmp_path)) == 2)
        assert report.read_text() == "yesterday's"
        process.send_signal(number)
        assert process.communicate(timeout=SECONDS) == (b"", b"")
        assert process.returncode == -number
    assert os.listdir(tmp_path) == ["report"]
    assert report.read_text() == "yesterday's"


# The proof


def children(pid: int) -> list[str]:
    """Return the ids of the processes that a process has started."""
    return [pid for task in Path(f"/proc/{pid}/task").iterdir() for pid in (task / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in the way of Linux")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_workers_of_a_proof_end_with_it(number: signal.Signals) -> None:
    """They have its standard error, which is at its end only once they have ended."""
    with started("prove") as process:
        wait_until(lambda: len(children(process.pid)) == 2)
        process.send_signal(number)
        assert process.communicate(timeout=SECONDS) == (b"", b"")
        assert process.returncode == -number


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in the way of Linux")
def test_a_proof_whose_workers_are_killed_fails() -> None:
    """The system kills processes if there is too little memory. The exit status is not that of a broken invariant."""
    with started("prove", env=MEASURED) as process:
        wait_until(lambda: len(children(process.pid)) == 2)
        os.kill(int(children(process.pid)[0]), signal.SIGKILL)
        out, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, out) == (2, b"")
        assert err.startswith(b"wrm: the proof cannot be finished: ")
        assert err.count(b"\n") == 1


@pytest.mark.usefixtures("_handlers")
def test_a_worker_waits_for_the_end_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """It then ends at once, with a status that is not success. Until then interrupts end it, too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parent_ended, ended = Event(), Event()

    class Parent:
        def join(self) -> None:
            parent_ended.wait(SECONDS)

    statuses: list[int] = []

    def end(status: int) -> None:
        statuses.append(status)
        ended.set()

    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    monkeypatch.setattr(os, "_exit", end)
    _prove._end_with_parent()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert statuses == []
    parent_ended.set()
    assert ended.wait(SECONDS)
    assert statuses == [2]


def test_a_proof_without_processes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may have a limit. The reason is printed, because the signal of a broken pipe is ignored meanwhile."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    def pool(*_args: object, **_options: object) -> None:
        assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
        raise OSError("no more processes")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", pool)
    try:
        assert wrm("prove") == Done(2, "", "wrm: the proof cannot be finished: no more processes\n")
        assert signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGPIPE, before)
