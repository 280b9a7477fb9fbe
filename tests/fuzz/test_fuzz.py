"""Tests of the fuzzing command: every target takes a few inputs, and an input that fails is stored."""

from pathlib import Path
from random import Random

import pytest

from fuzz import __main__ as command
from fuzz import targets
from fuzz.mutations import mutated
from fuzz.targets import TARGETS, Target
from work_request_manager.log._plain import PlainChecker


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_random_inputs(name: str) -> None:
    """A few inputs of each target have no failure."""
    random = Random(1)  # noqa: S311 - test data needs no secrecy
    for _ in range(10):
        TARGETS[name].check(TARGETS[name].make(random))


def test_changes_are_random_and_repeatable() -> None:
    """The same seed makes the same changes, and most changes make a difference."""
    made = [mutated(Random(seed), b"abcdef", [b"xyz"]) for seed in range(100)]  # noqa: S311 - as above
    assert made == [mutated(Random(seed), b"abcdef", [b"xyz"]) for seed in range(100)]  # noqa: S311 - as above
    assert len(set(made)) > 50


def test_an_input_that_fails_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is stored with it, and the exit status is 1."""

    def fails(data: bytes) -> None:
        raise AssertionError(f"planted for {data!r}")

    monkeypatch.setattr(command, "TARGETS", {"Parquet": Target(lambda _: b"input", fails)})
    monkeypatch.setattr("sys.argv", ["fuzz", "--minutes", "0", "--seed", "7", "--store", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 1
    assert "Parquet                            1 inputs, 1 failed" in capsys.readouterr().out
    assert (tmp_path / "Parquet-7-1.input").read_bytes() == b"input"
    assert "planted for b'input'" in (tmp_path / "Parquet-7-1.error").read_text(encoding="utf-8")
    assert not (tmp_path / "last").exists()


def test_a_difference_between_the_checkers_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of logs can fail."""
    monkeypatch.setattr(PlainChecker, "judge", lambda *_: ["something else"])
    with pytest.raises(AssertionError):
        targets.check_log(b"{}")
