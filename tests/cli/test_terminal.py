"""Tests of `wrm check` on a terminal, of a reader that goes away and of an interrupt, as a process."""

import json
import os
import pty
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from work_request_manager.cli._terminal import Reading
from work_request_manager.reports import FORMATS

COMMAND = (sys.executable, "-m", "work_request_manager", "check")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What a terminal does not show but obeys: colours, and moves of the cursor."""

Wrm = Callable[..., subprocess.CompletedProcess[str]]
Terminals = Callable[..., dict[str, str]]

ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}


@pytest.fixture
def on_terminals() -> Terminals:
    """Return what runs `wrm check` with terminals as some of its standard streams, and returns what these show.

    "stdout stderr" are two terminals, "stdout+stderr" is one.
    """

    def run(*args: object, streams: str, **env: str) -> dict[str, str]:
        pairs = {stream: pty.openpty() for stream in streams.split()}
        given = {each: terminal for streams, (_, terminal) in pairs.items() for each in streams.split("+")}
        with (
            subprocess.Popen(
                [*COMMAND, *map(str, args)],
                env=ENVIRONMENT | {"TERM": "xterm", "PYTHONUTF8": "1"} | env,
                stdin=subprocess.DEVNULL,
                stdout=given.get("stdout", subprocess.DEVNULL),
                stderr=given.get("stderr", subprocess.DEVNULL),
            ),
            selectors.DefaultSelector() as reading,
        ):
            shown = dict.fromkeys(pairs, b"")
            for stream, (master, terminal) in pairs.items():
                os.close(terminal)
                reading.register(master, selectors.EVENT_READ, stream)
            while reading.get_map():
                for key, _ in reading.select():
                    data = read_of(key.fd)
                    shown[key.data] += data
                    if not data:
                        reading.unregister(key.fd)
                        os.close(key.fd)
        return {stream: data.decode().replace("\r\n", "\n") for stream, data in shown.items()}

    return run


def read_of(master: int) -> bytes:
    """Return what came to a terminal; nothing once no process has it open."""
    try:
        return os.read(master, 65_536)
    except OSError:  # how Linux says so
        return b""


# Colour


def test_findings_have_colours_on_a_terminal(wrm: Wrm, on_terminals: Terminals, log: Path) -> None:
    """Errors are red and warnings yellow; without the colours, the text is that of any other output."""
    shown = on_terminals(log, streams="stdout")["stdout"]
    assert ESCAPES.sub("", shown) == wrm("check", log).stdout
    lines = shown.splitlines()
    levels = {level: {ESCAPES.findall(line.split(level)[0])[-1] for line in lines if f"{level}\x1b" in line}
              for level in ("error", "warning")}  # fmt: skip
    assert levels == {"error": {"\x1b[1;31m"}, "warning": {"\x1b[1;33m"}}
    assert not ESCAPES.findall(lines[-1])


@pytest.mark.parametrize(
    ("streams", "env"),
    [("stdout", {"NO_COLOR": "1"}), ("stdout", {"TERM": "dumb"}), ("", {})],
    ids=["not wanted", "not able", "no terminal"],
)
def test_there_are_no_colours_where_they_are_not_wanted(
    wrm: Wrm, on_terminals: Terminals, log: Path, tmp_path: Path, streams: str, env: dict[str, str]
) -> None:
    """NO_COLOR says that they are not, so does a terminal that has none, and so does a file or a pipe."""
    expected = wrm("check", log).stdout
    assert "\x1b" not in expected
    if streams:
        assert on_terminals(log, streams=streams, **env)["stdout"] == expected
    else:
        on_terminals("--output", tmp_path / "report", log, streams="stdout stderr")
        assert (tmp_path / "report").read_text() == expected


def test_an_empty_no_color_says_nothing(on_terminals: Terminals, log: Path) -> None:
    """As its convention has it."""
    assert "\x1b" in on_terminals(log, streams="stdout", NO_COLOR="")["stdout"]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "text"])
def test_what_machines_read_has_no_colours(wrm: Wrm, on_terminals: Terminals, log: Path, form: str) -> None:
    """On a terminal it is what it is elsewhere."""
    shown = on_terminals("--format", form, log, streams="stdout")["stdout"]
    assert shown == wrm("check", "--format", form, log).stdout


def test_rich_is_not_imported_without_a_terminal(run: Wrm, log: Path) -> None:
    """Starting is not to wait for what is not used."""
    telling = "from work_request_manager.cli import wrm\nimport sys\ntry: wrm()\nfinally: print('rich' in sys.modules)"
    assert run("-c", telling, "check", log).stdout.endswith("\nFalse\n")


# The progress bar


def test_reading_is_as_far_as_the_file_that_is_open(tmp_path: Path) -> None:
    """Files that were read count whole, and what has no size does not count."""
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(b"12345")
    second.write_bytes(b"123")
    logs = [str(first), "-", str(second), str(tmp_path / "nowhere")]
    reading = Reading(logs)
    assert (reading.size, reading.position) == (8, 0)
    positions = []
    for log in reading:
        positions.append(reading.position)
        if log == str(first):
            with first.open("rb", buffering=0) as stream:
                stream.read(2)
                positions.append(reading.position)
    assert positions == [0, 2, 5, 5, 8]
    assert reading.position == 8


def percentages(shown: str) -> list[int]:
    """Return what a progress bar said, one after the other."""
    return [int(percent) for percent in re.findall(r"(\d+)%", ESCAPES.sub("", shown))]


@pytest.mark.parametrize("options", [[], ["--format", "sarif"], ["--output", "report"]], ids=["text", "sarif", "file"])
def test_a_progress_bar_shows_how_much_is_read(
    on_terminals: Terminals, log: Path, tmp_path: Path, options: list[str]
) -> None:
    """On standard error: from nothing to all, and then it is gone; findings go elsewhere."""
    options = [str(tmp_path / option) if option == "report" else option for option in options]
    shown = on_terminals(*options, log, log, streams="stderr")["stderr"]
    assert percentages(shown)[0] == 0
    assert percentages(shown)[-1] == 100
    assert "WRM" not in shown
    *_, after = shown.split("100%")
    assert "\x1b[2K" in after, "the bar's line is cleared"
    # It never hides the cursor for longer than it takes to say so: an interrupt would leave it hidden.
    assert "\x1b[?25h" in shown[: shown.index("0%") + 100]


def test_a_progress_bar_is_as_far_as_the_file_is_read(on_terminals: Terminals, tmp_path: Path) -> None:
    """In the middle of a log it is neither at nothing nor at all."""
    (tmp_path / "log.jsonl").write_text('{"event":"ArchiveTaskEvent"}\n' * 300_000)
    shown = on_terminals("--output", tmp_path / "report", tmp_path / "log.jsonl", streams="stderr")["stderr"]
    between = [percent for percent in percentages(shown) if 0 < percent < 100]
    assert between
    assert between == sorted(between)


@pytest.mark.parametrize(
    ("options", "name", "env"),
    [
        (["--quiet"], "log.jsonl", {}),
        ([], "-", {}),
        ([], "nowhere.jsonl", {}),
        ([], "log.jsonl", {"TERM": "dumb"}),
    ],
    ids=["quiet", "standard input", "no log", "dumb"],
)
def test_there_is_no_progress_bar_where_it_would_say_nothing(
    on_terminals: Terminals, log: Path, options: list[str], name: str, env: dict[str, str]
) -> None:
    """Not if quiet, not for what has no size, and not on a terminal that can't draw it."""
    path = name if name == "-" else log.parent / name
    shown = on_terminals(*options, path, streams="stderr", **env)["stderr"]
    assert "%" not in shown
    assert "\x1b" not in shown
    assert shown == (f"wrm: {path} can't be read: No such file or directory\n" if name == "nowhere.jsonl" else "")


def test_a_progress_bar_makes_way_for_findings_on_the_same_terminal(
    wrm: Wrm, on_terminals: Terminals, log: Path
) -> None:
    """It is cleared before the first is printed, and does not come back, so that what is left is the report."""
    shown = on_terminals(log, streams="stdout+stderr")["stdout+stderr"]
    bar, findings = shown.rsplit("\x1b[2K", 1)
    assert percentages(bar)[0] == 0
    assert "WRM" not in bar
    assert ESCAPES.sub("", findings) == wrm("check", log).stdout


# Endings


@contextmanager
def started(*args: object, ignoring: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Start `wrm check` with pipes, and with signals ignored."""
    command = [*COMMAND, *map(str, args)]
    if ignoring:
        start = (
            f"import os, signal; signal.signal(signal.{ignoring}, signal.SIG_IGN); os.execv({command[0]!r}, {command})"
        )
        command = [sys.executable, "-c", start]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        yield process


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif"])
def test_a_reader_that_goes_away_ends_the_command_quietly(log: Path, form: str) -> None:
    """As with `wrm check LOG | head -1`: it ends by the signal, like other commands, and says nothing."""
    log.write_text("{\n" * 50_000)
    with started("--format", form, log) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == -signal.SIGPIPE


def test_an_interrupt_ends_the_command_quietly() -> None:
    """It ends by the signal, so that a shell sees 130 and stops its loop as well, and says nothing."""
    with started("-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"{\n" * 5_000)
        process.stdin.flush()
        process.stdout.readline()  # it is at work
        process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT
        assert process.stderr.read() == b""


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    """As for a job in the background: whoever started it has chosen that."""
    with started("--format", "jsonl", "-", ignoring="SIGINT") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"{\n" * 5_000)
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(b"{\n")
        assert json.loads(out.splitlines()[-1])["lines"] == 5_001
        assert (process.returncode, err) == (1, b"")
