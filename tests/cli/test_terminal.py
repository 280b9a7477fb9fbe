"""Tests of `wrm check` on a terminal: its colours and its progress bar."""

import os
import pty
import re
import selectors
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from cli.running import ENVIRONMENT, MEASURED, SECONDS, wrm
from work_request_manager.cli._check import NO_EVENT
from work_request_manager.cli._logs import Reading
from work_request_manager.reports import FORMATS

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""The control sequences of a terminal: colours, and moves of the cursor."""


def on_terminals(*args: object, streams: str, **env: str) -> dict[str, str]:
    """Run `wrm check` as a process on terminals, and return the output of each.

    Args:
        args: its arguments.
        streams: its standard streams that are terminals: "stdout stderr" are two terminals, "stdout+stderr" is one.
        env: variables to add to its environment.
    """
    pairs = {stream: pty.openpty() for stream in streams.split()}
    given = {each: terminal for streams, (_, terminal) in pairs.items() for each in streams.split("+")}
    with (
        subprocess.Popen(
            [sys.executable, "-m", "work_request_manager", "check", *map(str, args)],
            env=ENVIRONMENT | {"TERM": "xterm"} | env,
            stdin=subprocess.DEVNULL,
            stdout=given.get("stdout", subprocess.DEVNULL),
            stderr=given.get("stderr", subprocess.DEVNULL),
        ) as process,
        selectors.DefaultSelector() as reading,
    ):
        limit = Timer(SECONDS, process.kill)
        limit.start()
        shown = dict.fromkeys(pairs, b"")
        for stream, (master, terminal) in pairs.items():
            os.close(terminal)
            reading.register(master, selectors.EVENT_READ, stream)
        while reading.get_map():
            for key, _ in reading.select():
                data = read_from(key.fd)
                shown[key.data] += data
                if not data:
                    reading.unregister(key.fd)
                    os.close(key.fd)
        limit.cancel()
    return {stream: data.decode().replace("\r\n", "\n") for stream, data in shown.items()}


def read_from(master: int) -> bytes:
    """Return the next output on a terminal. It is empty once no process has the terminal open."""
    try:
        return os.read(master, 65_536)
    except OSError:  # raised by Linux at the end
        return b""


# Colours


def findings_in(text: str) -> str:
    """Return the lines of the findings in a report as text."""
    return "".join(line for line in text.splitlines(keepends=True) if ": WR" in line or "not-json" in line)


def as_shown(*args: object) -> str:
    """Return the report on a terminal without colours: all findings, and the summary."""
    limited = wrm("check", "--max-findings", 0, *args).out
    summary = re.sub(r" \(0 of\s\d+ findings\sprinted\)| {2}Read all \d findings:\n.*\n", "", limited)
    return f"{findings_in(wrm('check', *args).out)}\n{summary}"


def words(text: str) -> list[str]:
    """Return the words of a text without colours, because the totals are wrapped at other places."""
    return ESCAPES.sub("", text).split()


def test_findings_have_colours_on_a_terminal(log: Path) -> None:
    """Errors are red and warnings are yellow. The findings are those of any other output, and a summary follows."""
    shown = on_terminals(log, streams="stdout", **MEASURED)["stdout"]
    assert words(shown) == words(as_shown(log))
    lines = shown.splitlines()
    levels = {
        level: {ESCAPES.findall(line.split(level)[0])[-1] for line in lines if f"{level}\x1b" in line}
        for level in ("error", "warning")
    }
    assert levels == {"error": {"\x1b[1;31m"}, "warning": {"\x1b[1;33m"}}
    assert "\x1b[1;31mErrors by rule\x1b[0m" in shown
    assert "\x1b[1mNext:\x1b[0m" in shown
    assert not ESCAPES.findall(lines[-1])


def test_a_terminal_shows_at_most_fifty_findings(log: Path, tmp_path: Path) -> None:
    """The user can ask for more or fewer. Other outputs have all of them."""
    log.write_text("{\n" * 51 + '{"event":"ArchiveTaskEvent"}')
    shown = on_terminals(log, streams="stdout")["stdout"]
    assert shown.count("not-json\x1b[0m: ") == 50
    assert "(50 of 52 findings printed)" in " ".join(words(shown))
    assert wrm("check", log).out.count("not-json: ") == 51
    shown = on_terminals("--max-findings", 51, log, streams="stdout")["stdout"]
    assert shown.count("not-json\x1b[0m: ") == 51
    for option in (["--format", "jsonl"], ["--output", tmp_path / "report"]):
        shown = on_terminals(*option, log, streams="stdout")["stdout"]
        whole = shown if option[0] == "--format" else (tmp_path / "report").read_text()
        assert whole.count("not-json") == 51


def test_a_good_log_has_only_totals_on_a_terminal(log: Path) -> None:
    """They are wrapped at words."""
    log.write_text('{"event":"ArchiveTaskEvent"}')
    shown = on_terminals("--ignore", "WRM503", log, streams="stdout")["stdout"]
    assert shown == (
        "1 line (0 blank, 0 malformed, 1 unknown); 0 events (0 consumed, 0 not consumed,\n"
        "0 refused) for 0 work requests; 0 errors, 0 warnings\n"
    )


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb", **MEASURED}], ids=["not wanted", "not possible"])
def test_a_terminal_without_colours_gets_plain_text(log: Path, env: dict[str, str]) -> None:
    """The user sets NO_COLOR, or the terminal has no colours."""
    shown = on_terminals(log, streams="stdout", **env)["stdout"]
    assert words(shown) == words(as_shown(log))
    assert "\x1b" not in shown


def test_a_file_has_no_colours(log: Path, tmp_path: Path) -> None:
    """It does not matter that the standard streams are terminals."""
    shown = on_terminals("--output", tmp_path / "report", log, streams="stdout stderr")
    assert (tmp_path / "report").read_text() == wrm("check", log).out
    assert shown["stdout"] == ""
    assert "\x1b[1;31mErrors by rule\x1b[0m" in shown["stderr"]


def test_an_empty_no_color_is_ignored(log: Path) -> None:
    """The convention of NO_COLOR says so."""
    assert "\x1b" in on_terminals(log, streams="stdout", NO_COLOR="")["stdout"]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "text"])
def test_reports_for_machines_have_no_colours(log: Path, form: str) -> None:
    """A terminal gets the same as any other output."""
    shown = on_terminals("--format", form, log, streams="stdout")["stdout"]
    assert shown == wrm("check", "--format", form, log).out


# The progress bar


def test_the_position_of_reading_is_that_of_the_open_file(tmp_path: Path) -> None:
    """Files before it count in full. Standard input and missing files do not count."""
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(b"12345")
    second.write_bytes(b"123")
    logs = [str(first), "-", str(second), str(tmp_path / "nowhere")]
    reading = Reading(logs, lambda: None)
    assert (reading.size, reading.position) == (8, 0)
    positions = []
    for log in reading:
        positions.append(reading.position)
        if os.fspath(log) == str(first):
            with first.open("rb", buffering=0) as stream:
                stream.read(2)
                positions.append(reading.position)
    assert positions == [0, 2, 5, 5, 8]
    assert reading.position == 8


def percentages(shown: str) -> list[int]:
    """Return the percentages that a progress bar showed."""
    return [int(percent) for percent in re.findall(r"(\d+)%", ESCAPES.sub("", shown))]


@pytest.mark.parametrize("options", [[], ["--format", "sarif"], ["--output", "report"]], ids=["text", "sarif", "file"])
def test_a_progress_bar_shows_the_progress_on_standard_error(log: Path, tmp_path: Path, options: list[str]) -> None:
    """It goes from 0 to 100 percent and is then cleared. Findings go to the output."""
    options = [str(tmp_path / option) if option == "report" else option for option in options]
    shown = on_terminals(*options, log, log, streams="stderr", **MEASURED)["stderr"]
    assert percentages(shown)[0] == 0
    assert percentages(shown)[-1] == 100
    bar, _, summary = shown.partition("Errors by rule")
    assert "WRM" not in bar
    assert bool(summary) is ("--output" in options)
    *_, after = bar.split("100%")
    assert "\x1b[2K" in after, "the line of the bar is cleared"
    # The cursor is shown at once, because an interrupt would leave it hidden.
    assert "\x1b[?25h" in shown[: shown.index("0%") + 100]


def test_a_progress_bar_moves_while_a_file_is_read(tmp_path: Path) -> None:
    """It shows percentages between 0 and 100, in ascending order."""
    log = tmp_path / "log.jsonl"
    log.write_text('{"event":"ArchiveTaskEvent"}\n' * 200_000)
    shown = on_terminals("--max-findings", 0, "--output", tmp_path / "report", log, streams="stderr")["stderr"]
    between = [percent for percent in percentages(shown) if 0 < percent < 100]
    assert between
    assert between == sorted(between)


@pytest.mark.parametrize(
    ("options", "name", "env"),
    [
        (["--quiet"], "log.jsonl", {}),
        ([], "-", {}),
        ([], "nowhere.jsonl", {}),
        ([], "log.jsonl", {"TERM": "dumb", **MEASURED}),
    ],
    ids=["quiet", "standard input", "no log", "dumb terminal"],
)
def test_there_is_no_useless_progress_bar(log: Path, options: list[str], name: str, env: dict[str, str]) -> None:
    """There is none with --quiet, for logs without a size, and on a terminal that cannot draw it."""
    path = name if name == "-" else log.parent / name
    shown = on_terminals(*options, path, streams="stderr", **env)["stderr"]
    assert "%" not in shown
    assert "\x1b" not in shown
    problems = {"nowhere.jsonl": f"{path} cannot be read: No such file or directory", "-": NO_EVENT}
    assert shown == (f"wrm: {problems[name]}\n" if name in problems else "")


def test_a_progress_bar_is_cleared_before_findings_on_the_same_terminal(log: Path) -> None:
    """It does not come back, so that the report remains."""
    shown = on_terminals(log, streams="stdout+stderr", **MEASURED)["stdout+stderr"]
    bar, findings = shown.rsplit("\x1b[2K", 1)
    assert percentages(bar)[0] == 0
    assert "WRM" not in bar
    assert words(findings) == words(as_shown(log))
