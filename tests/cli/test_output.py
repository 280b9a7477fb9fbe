"""Tests of the outputs: reports in files, standard output that is an input, and what goes to standard error."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import IO

import pytest

from cli.running import MEASURED, Done, python, wrm, wrm_process
from work_request_manager.cli import _logs, _option_files
from work_request_manager.cli._check import NO_EVENT
from work_request_manager.cli._output import writing

HOSTILE = "x\x1b[31m\n\u202e##vso[task.complete]::error::y"
"""A name that controls terminals, starts a new line, and gives commands to continuous integration."""

ESCAPED = r"x\x1b[31m\n\u202e#\x23vso[task.complete]:\x3aerror:\x3ay"


def only(folder: Path) -> str:
    """Return the text of the only file in a folder."""
    (file,) = folder.iterdir()
    return file.read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    made = tmp_path / "reports"
    made.mkdir()
    return made


# Files


def test_an_old_report_stays_until_the_new_one_is_complete(folder: Path) -> None:
    """It also stays if the command fails, and no temporary file is left."""
    file = folder / "report"
    file.write_text("old")

    def fail(out: IO[str]) -> None:
        out.write("a part")
        out.flush()
        assert file.read_text() == "old"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writing(str(file)) as out:
        fail(out)
    assert only(folder) == "old"
    with writing(str(file)) as out:
        out.write("new")
    assert only(folder) == "new"


@pytest.fixture(params=["SIGHUP", "SIGINT", "SIGTERM"])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """Return the number of a signal that ends a process, and restore its handler."""
    number = signal.Signals[request.param]
    before = signal.getsignal(number)
    yield number
    signal.signal(number, before)


def test_a_signal_removes_the_temporary_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, number: signal.Signals
) -> None:
    """Then it ends the process, as it would have done without the report."""
    raised: list[int] = []
    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    with pytest.raises(SystemExit), writing(str(folder / "report")):
        signalled(folder, number)
    assert raised == [number]
    assert list(folder.iterdir()) == []


def signalled(folder: Path, number: signal.Signals) -> None:
    """Call the handler of a signal. The process goes on, which a test has arranged."""
    handler = signal.getsignal(number)
    assert callable(handler)
    assert len(list(folder.iterdir())) == 1
    handler(number, None)
    assert signal.getsignal(number) is signal.SIG_DFL
    assert list(folder.iterdir()) == []


def test_an_ignored_signal_stays_ignored(folder: Path, number: signal.Signals) -> None:
    """The handlers after the report are those before it."""
    for handler in (signal.SIG_IGN, signal.SIG_DFL):
        signal.signal(number, handler)
        with writing(str(folder / "report")):
            assert (signal.getsignal(number) is handler) == (handler is signal.SIG_IGN)
        assert signal.getsignal(number) is handler


def test_a_report_keeps_the_permissions_of_the_old_one(log: Path, folder: Path) -> None:
    """A new report has those that the user's mask allows."""
    file = folder / "report"
    before = os.umask(0o027)
    try:
        wrm("check", "--output", file, log)
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        owner = 1234 if os.geteuid() == 0 else os.geteuid()  # only root can give a file to another user
        os.chown(file, owner, -1)
        file.chmod(0o604)
        wrm("check", "--output", file, log)
        assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_uid) == (0o604, owner)
    finally:
        os.umask(before)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_a_link(log: Path, tmp_path: Path, folder: Path, is_there: bool) -> None:
    """The file that it names is replaced."""
    link, file = tmp_path / "link", folder / "report"
    link.symlink_to(file)
    if is_there:
        file.write_text("old")
    assert wrm("check", "--output", link, log).status == 1
    assert link.is_symlink()
    assert only(folder) == wrm("check", log).out


def test_devices_and_pipes_are_written_directly(log: Path, tmp_path: Path) -> None:
    """They are not replaced by files."""
    assert wrm("check", "-q", "--output", os.devnull, log) == Done(1, "", "")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[str] = []
    reader = Thread(target=lambda: received.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    assert wrm("check", "-q", "-o", pipe, log) == Done(1, "", "")
    reader.join(60)
    assert received == [wrm("check", log).out]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there are no names for open files")
def test_an_open_file_is_written_directly(log: Path, tmp_path: Path) -> None:
    """The case is `wrm check --output /dev/fd/3 LOG 3>>FILE`. What the file has is kept."""
    file = tmp_path / "reports"
    file.write_text("old\n")
    with file.open("ab") as opened:
        wrm("check", "--output", f"/dev/fd/{opened.fileno()}", log)
        name = os.open(file, os.O_RDONLY)
        os.close(name)
    assert file.read_text() == "old\n" + wrm("check", log).out


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "the file"])
def test_standard_output_has_several_names(log: Path, tmp_path: Path, name: str) -> None:
    """The report is added to what is there."""
    if not Path("/dev/stdout").exists():
        name = "-"
    file = tmp_path / "reports"
    file.write_text("old\n")
    with file.open("ab") as opened:
        done = wrm_process("check", "--output", file if name == "the file" else name, log, stdout=opened)
    assert (done.status, done.err) == (1, "")
    assert file.read_text() == "old\n" + wrm("check", log).out
    assert wrm("check", "-o", "-", log) == wrm("check", log)
    assert {each.name for each in tmp_path.iterdir()} == {"log.jsonl", "reports"}


def test_an_output_that_is_the_file_of_types_is_refused(log: Path, tmp_path: Path) -> None:
    """It is refused under any name, and not changed."""
    types, link = tmp_path / "types.toml", tmp_path / "link"
    types.write_text("[types.FIBRE]\n")
    link.symlink_to(types)
    for output in (types, link):
        done = wrm("check", "--types", types, "--output", output, log)
        assert (done.status, done.out) == (2, "")
        assert f"Invalid value for '--output': {output} is the file of activity types; choose another" in done.err
    assert types.read_text() == "[types.FIBRE]\n"


# Standard output that is an input


@pytest.mark.parametrize("given", ["log", "folder", "standard input", "types", "types and -o -"])
def test_a_standard_output_that_is_an_input_is_refused(log: Path, tmp_path: Path, given: str) -> None:
    """The case is `wrm check LOG >> LOG`, which would never end. Nothing is added."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\n")
    args: dict[str, list[object]] = {
        "log": [log],
        "folder": [tmp_path],
        "standard input": ["-"],
        "types": ["--types", types, log],
        "types and -o -": ["--types", types, log, "-o", "-"],
    }
    output = types if "types" in given else log
    before = output.read_bytes()
    with output.open("ab") as out, log.open("rb") as opened:
        done = wrm_process("check", *args[given], stdin=opened, stdout=out, env=MEASURED if given == "log" else {})
    assert (done.status, output.read_bytes()) == (2, before)
    assert "Error: standard output is " in done.err
    assert "write the report to another file" in done.err


def test_a_device_can_be_both_input_and_output() -> None:
    """A terminal often is, and here it is the device without content."""
    with open(os.devnull, "r+b") as device:
        done = wrm_process("check", "-", os.devnull, stdin=device, stdout=device)
    assert done == Done(2, "", f"wrm: {NO_EVENT}\n")


# The file of activity types


def test_a_file_of_types_has_a_limit(monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path) -> None:
    """The message names it. A device without an end is not read to its end."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\n".ljust(1_000))
    assert _option_files.TYPES_LIMIT == 16 << 20
    endless = [wrm("check", "--types", "/dev/zero", log)] if Path("/dev/zero").exists() else []
    monkeypatch.setattr(_option_files, "TYPES_LIMIT", 1_000)
    assert wrm("check", "--types", types, log).status == 1
    types.write_text("[types.FIBRE]\n".ljust(1_001))
    for done in [wrm("check", "--types", types, log), *endless]:
        assert (done.status, done.out) == (2, "")
        assert "MiB; choose a file of activity types" in done.err
        assert "Invalid value for '--types': " in done.err


def test_a_file_of_types_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path
) -> None:
    """The message has the reason of the system."""
    types = tmp_path / "types.toml"
    types.write_text("")

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    done = wrm("check", "--types", types, log)
    assert (done.status, done.out) == (2, "")
    assert "Input/output error" in done.err


# Standard error


def after(change: str) -> str:
    """Return a program that changes its streams and then starts `wrm`."""
    command = "[sys.executable, '-m', 'work_request_manager', *sys.argv[1:]]"
    return f"import os, sys; {change}; os.execv(sys.executable, {command})"


EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "log.jsonl"
CLOSED, FULL = "os.close(2)", "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)"
PROBLEMS = {
    "no log": ["check", "--format", "json", "nowhere.jsonl"],
    "no event": ["check", "--format", "json", os.devnull],
    "bad option": ["check", "--nope"],
    "no command": [],
    "bad output": ["vectors", "-o", "nowhere/vectors.json"],
    "summary": ["check", "-o", os.devnull, str(EXAMPLE), "nowhere.jsonl"],
}


@pytest.mark.parametrize("change", [CLOSED, FULL], ids=["closed", "full"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_errors_never_go_to_standard_output(change: str, problem: str) -> None:
    """Standard error is closed or full. Standard output has the report only, and the exit status is right."""
    if change == FULL and not Path("/dev/full").exists():
        pytest.skip("only Linux has a device that is always full")
    env = MEASURED if problem in ("no log", "bad option", "summary") else {}
    done = python("-c", after(change), *PROBLEMS[problem], env=env)
    assert (done.status, done.err) == (2, "")
    if "json" in done.out or PROBLEMS[problem][1:2] == ["--format"]:
        assert json.loads(done.out)["lines"] == 0
    else:
        assert done.out == ""


def test_a_missing_extra_does_not_go_to_standard_output() -> None:
    """Standard error is closed before Python starts."""
    start = "import sys; sys.modules['click'] = None; from _work_request_manager_wrm import main; main()"
    program = f"import os, sys; os.close(2); os.execv(sys.executable, [sys.executable, '-c', {start!r}])"
    assert python("-c", program) == Done(2, "", "")


@pytest.mark.parametrize("streams", [(0,), (1,), (2,), (0, 1, 2)])
def test_files_do_not_take_the_place_of_closed_streams(log: Path, tmp_path: Path, streams: tuple[int, ...]) -> None:
    """Otherwise a library that writes to standard error could write into the report."""
    closing = "; ".join(f"os.close({each})" for each in streams)
    script = (
        "import os, sys; from _work_request_manager_wrm import _open_standard_streams as open_streams;"
        "open_streams(); file = open(sys.argv[1], 'w'); file.write(str(file.fileno()))"
    )
    start = f"import os, sys; {closing}; os.execv(sys.executable, [sys.executable, '-c', {script!r}, sys.argv[1]])"
    python("-c", start, tmp_path / "file", env=MEASURED)
    assert int((tmp_path / "file").read_text()) > 2


@pytest.mark.parametrize(
    "args",
    [
        ["check", "{}"],
        ["check", "--types", "{}", "{log}"],
        ["check", "--output", "{}/report", "{log}"],
        ["check", "--format", "{}", "{log}"],
        ["check", "--ignore", "{}", "{log}"],
        ["check", "--without", "{}", "{log}"],
        ["check", "--max-findings", "{}", "{log}"],
        ["check", "--{}", "{log}"],
        ["explain", "{}"],
        ["schema", "{}"],
        ["rules", "{}"],
        ["{}"],
    ],
    ids=" ".join,
)
def test_standard_error_is_printable(log: Path, args: list[str]) -> None:
    """Names cannot control the terminal, start a line, or give commands to continuous integration."""
    done = wrm(*(arg.replace("{log}", str(log)).replace("{}", HOSTILE) for arg in args))
    assert done.status == 2
    assert all(line.isprintable() for line in done.err.splitlines())
    assert "##vso" not in done.err
    assert "::" not in done.err
    assert "vso[" in done.err


@pytest.mark.parametrize("content", [b"{", b"id,name\n1,a\n2,b\n", b"\x1f\x8b\0"], ids=["lines", "CSV", "gzip"])
def test_names_of_logs_are_printable_everywhere(tmp_path: Path, content: bytes) -> None:
    """They are in findings, and in reasons why a log cannot be read."""
    log = tmp_path / HOSTILE.replace("/", "")
    log.write_bytes(content)
    done = wrm("check", log)
    shown = done.out + done.err
    assert all(line.isprintable() for line in shown.splitlines())
    assert f"{tmp_path}/{ESCAPED}" in shown


def test_types_with_hostile_names_are_printable(log: Path, tmp_path: Path) -> None:
    """The names are in the message."""
    types = tmp_path / "types.json"
    types.write_text(json.dumps({"types": {HOSTILE: 1}}))
    done = wrm("check", "--types", types, log)
    assert f"$.types.{ESCAPED} is 1" in done.err


# Directories


def test_a_directory_is_all_its_logs_by_name(log: Path, tmp_path: Path) -> None:
    """Folders in it count, and names that begin with a dot or an underscore do not."""
    logs = tmp_path / "logs"
    lines = log.read_bytes().splitlines(keepends=True)
    for name, line in (("b/1", lines[3]), ("b/.x", b"{"), ("a", lines[0]), ("c", lines[5]), ("_x/y", b"{")):
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_bytes(line)
    assert wrm("check", logs) == wrm("check", logs / "a", logs / "b" / "1", logs / "c")
    done = wrm("check", "--output", logs / "c", logs)
    assert (done.status, (logs / "c").read_bytes()) == (2, lines[5])
    assert f"{logs / 'c'} is one of the logs" in done.err


def test_a_directory_that_cannot_be_listed_is_not_skipped(
    monkeypatch: pytest.MonkeyPatch, log: Path, tmp_path: Path
) -> None:
    """Its logs are unknown, so the exit status is 2."""
    assert _logs.logs_in([str(tmp_path)]) == [str(log)]

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert _logs.logs_in([str(tmp_path)]) == [str(tmp_path)]
