"""Tests of the configuration file."""

from pathlib import Path
from unittest import mock

import pytest

from cli.documents import write
from cli.running import Done, wrm
from work_request_manager import Activity, ActivityType, WorkRequest
from work_request_manager.cli import _CONFIGURED, _config
from work_request_manager.cli import wrm as group
from work_request_manager.cli._check import check


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def with_config(content: str, *args: object) -> Done:
    """Write the file, and run `wrm`."""
    Path("wrm.toml").write_text(content, encoding="utf-8")
    return wrm(*args)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("", []),
        ("# nothing\n", []),
        ("\ufeffstrict = true", ["--strict"]),
        ('fail-on = "never"', ["--fail-on", "never"]),
        ('select = "WRM2,WRM501"', ["--select", "WRM2", "--select", "WRM501"]),
        ('select = ["WRM2", "WRM501,WRM503"]', ["--select", "WRM2,WRM501,WRM503"]),
        ("ignore = []", []),
        ('without = "WRM107"\nhistory = true', ["--without", "WRM107", "--history"]),
        ("partial = true\nstrict = false", ["--partial"]),
        ('format = "JSON"\nmax-findings = 1', ["--format", "json", "--max-findings", 1]),
        ("quiet = true", ["--quiet"]),
        ('types = "types.toml"', ["--types", "types.toml"]),
        ('baseline = "known.json"', ["--baseline", "known.json"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_file_has_defaults_for_options(log: Path, content: str, options: list[object]) -> None:
    """The keys are the names of the options. The result is that of the options on the command line."""
    Path("types.toml").write_text("[types.FIBRE]\nworkSupplierAllowedToCancel = true")
    wrm("check", "-q", "--write-baseline", "known.json", log)
    expected = wrm("check", *options, log)
    assert with_config(content, "check", log) == expected


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ('format = "json"', ["--format", "text"], []),
        ('select = ["WRM1", "WRM2"]', ["--select", "WRM5"], ["--select", "WRM5"]),
        ('select = "WRM2"', ["--ignore", "WRM208"], ["--select", "WRM2", "--ignore", "WRM208"]),
        ("strict = true", ["--no-strict"], []),
        ("history = true", ["--no-history"], []),
        ("partial = true", ["--no-partial"], []),
        ("quiet = true", ["--no-quiet"], []),
        ("strict = false", ["--strict"], ["--strict"]),
        ('without = "WRM107"', ["--without", "WRM206"], []),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_the_command_line_wins(log: Path, content: str, options: list[str], expected: list[str]) -> None:
    """A flag has a counterpart that turns it off. A list replaces that of the file."""
    without_file = wrm("check", *expected, log)
    assert with_config(content, "check", *options, log) == without_file


def test_the_file_can_be_left_out(log: Path) -> None:
    """Even one that cannot be read."""
    expected = wrm("check", log)
    assert with_config('ignore = "WRM"\nquiet = true', "check", log) == Done(0, "", "")
    assert wrm("--no-config", "check", log) == expected
    assert with_config("?", "--no-config", "check", log) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('fail_on = "never"', "wrm.toml: unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("no-strict = true", "wrm.toml: unknown key 'no-strict'; did you mean 'strict'?"),
        ("xyz = 1", "wrm.toml: unknown key 'xyz'; use one of format, output, history, "),
        ("[check]\nstrict = true", "wrm.toml: unknown key 'check'; use one of "),
        ("help = true", "wrm.toml: unknown key 'help'; use one of "),
        ('logs = ["a"]', "wrm.toml: unknown key 'logs'; "),
        ('strict = "yes"', "wrm.toml: strict is 'yes'; it must be true or false"),
        ("fail-on = true", "wrm.toml: fail-on is true; it must be text"),
        ("types = 1", "wrm.toml: types is 1; it must be text"),
        ("max-findings = true", "wrm.toml: max-findings is true; it must be a whole number"),
        ('max-findings = "5"', "wrm.toml: max-findings is '5'; it must be a whole number"),
        ("select = [1]", "wrm.toml: select is [1]; it must be text, or an array of texts"),
        ("select = 1", "wrm.toml: select is 1; it must be text, or an array of texts"),
        ('format = ["json"]', "wrm.toml: format is ['json']; it must be text"),
        ('fail-on = "always"', "wrm.toml: fail-on: 'always' is not one of 'error', 'warning', 'never'"),
        ("max-findings = -1", "wrm.toml: max-findings: -1 is not in the range x>=0"),
        ('select = "WRM9"', "wrm.toml: select: unknown rule 'WRM9'; run `wrm rules` to list all rules"),
        ('without = ["WRM201"]', "wrm.toml: without: rule WRM201 closed-is-final is stated, not assumed"),
        ('types = "nowhere.toml"', "wrm.toml: types: File 'nowhere.toml' does not exist"),
        ("strict = ", "wrm.toml is not TOML in UTF-8: Invalid value (at end of document)"),
        ("x = " + "[" * 5_000, "wrm.toml is not TOML in UTF-8: "),
        ('"\\u001b[2J" = 1', "wrm.toml: unknown key '\\x1b[2J'; use one of "),
    ],
    ids=lambda value: value[:40],
)
@pytest.mark.parametrize("options", [[], ["--fail-on", "warning"]], ids=" ".join)
def test_a_bad_file_exits_with_2(log: Path, content: str, message: str, options: list[str]) -> None:
    """The message names the file and the key, and no log is checked."""
    done = with_config(content, "check", *options, log)
    if content == 'fail-on = "always"' and options:
        assert done.status == 1, "the command line wins, and then nobody reads the value"
        return
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert "Invalid value for" not in done.err


def test_a_bad_option_of_the_command_line_does_not_name_the_file(log: Path) -> None:
    """Also if the file is there."""
    done = with_config("strict = true", "check", "--select", "WRM9", log)
    assert done.status == 2
    assert "Invalid value for '--select': unknown rule 'WRM9'" in done.err
    assert "Missing argument 'LOG...'" in wrm("check").err


def test_a_file_that_cannot_be_read_exits_with_2(log: Path) -> None:
    """It may be a folder, not UTF-8, or too large."""
    Path("wrm.toml").write_bytes(b"# \xff")
    assert "wrm.toml is not TOML in UTF-8: " in wrm("check", log).err
    Path("wrm.toml").unlink()
    Path("wrm.toml").mkdir()
    done = wrm("check", log)
    assert (done.status, done.out) == (2, "")
    assert "wrm.toml cannot be read: Is a directory; repair it, or run `wrm --no-config`" in done.err
    Path("wrm.toml").rmdir()
    with mock.patch.object(_config, "CONFIG_LIMIT", 20):
        assert with_config("strict = true".ljust(20), "check", log).status == 1
        assert (
            "wrm.toml has more than 0 MiB; keep only options in it\n"
            in with_config("strict = true".ljust(21), "check", log).err
        )


def test_the_file_is_no_output(log: Path) -> None:
    """Neither of the report nor of a baseline."""
    for option in ("--output", "--write-baseline"):
        done = with_config("strict = true", "check", option, "wrm.toml", log)
        assert done.status == 2
        assert f"'{option}': wrm.toml is the configuration file; choose another file" in done.err


# Other commands


def test_other_commands_that_judge_take_the_options_on_how_to_judge(tmp_path: Path) -> None:
    """They do not take others, such as the format, which mean something else there."""
    move = ("move", "Open", "PracticalCompletion", "--as", "WorkSupplier")
    assert wrm(*move).status == 0
    assert with_config('strict = true\nformat = "sarif"\nmax-findings = 1', *move) == (
        wrm("--no-config", *move, "--strict")
    )
    assert wrm(*move).status == 1
    assert wrm(*move, "--no-strict").status == 0
    assert with_config('strict = true\nwithout = "WRM206"', *move).status == 0
    Path("types.toml").write_text("[types.FIBRE]\nworkSupplierAllowedToCancel = true")
    request = WorkRequest("WR-1", "rsp-one", "northline", [Activity("A-1", ActivityType("FIBRE", True))])
    snapshot = write(tmp_path, "snapshot.json", request)
    permitted = ("permitted", snapshot, "--as", "WorkSupplier:northline")
    assert with_config('types = "types.toml"\nhistory = true', *permitted) == (
        wrm("--no-config", *permitted, "--types", "types.toml")
    )
    assert "unknown key" in with_config("x = 1", *permitted).err
    assert "unknown key" in wrm("decide", snapshot, "event.json").err


def test_wrm_show_takes_the_options_on_how_to_judge(log: Path) -> None:
    """It judges like `wrm check`."""
    expected = wrm("show", "--history", "--strict", log, "WR-1")
    assert expected != wrm("show", log, "WR-1")
    assert with_config('history = true\nstrict = true\nignore = "WRM"', "show", log, "WR-1") == expected


@pytest.mark.parametrize(
    "args",
    [["check", "--help"], ["check", "-h"], ["--help"], ["rules"], ["explain", "WRM201"], ["schema"], ["--version"]],
    ids=" ".join,
)
def test_a_bad_file_does_not_disturb_other_commands(args: list[str]) -> None:
    """They do not read it, and help is always there."""
    assert with_config("?", *args).status == 0


def test_every_option_of_check_can_be_in_the_file() -> None:
    """The message about an unknown key lists them."""
    options = {each for parameter in check.params for each in parameter.opts if each.startswith("--")}
    listed = with_config("xyz = 1", "check", "log").err.split("use one of ")[1].split(", ")
    assert {f"--{key.strip()}" for key in listed} == options
    assert set(_config.JUDGING) <= {key.strip() for key in listed}
    assert set(_CONFIGURED) <= set(group.commands)
