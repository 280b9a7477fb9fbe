"""Tests that each finding is written when its line has been read, although more of the log is still to come."""

import gzip
import os
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from cli.running import SECONDS, feed, started, stream
from work_request_manager.log._sources import ZSTD_MODULE

BAD = b"{}\n"


def wait_for(process: "subprocess.Popen[bytes]", findings: int) -> None:
    """Read the output of a process up to a finding. A process that does not write it is killed at its time limit."""
    out, written = stream(process.stdout).fileno(), b""
    while written.count(b"$.event is missing") + written.count(b"$ is ") < findings:
        piece = os.read(out, 65_536)
        assert piece, f"the output ended: {written!r}"
        written += piece


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif"])
def test_each_finding_is_written_at_once(form: str) -> None:
    """The output is a pipe. The next line comes only after the finding has been read."""
    with started("check", "--format", form, "-") as process:
        for _ in range(3):
            feed(process, BAD)
            wait_for(process, 1)
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 2
        assert err.startswith(b"wrm: no event was found")


@pytest.mark.parametrize("line", [b"0\n", b"[]\n", b"\n\n[1]\n", b"a,b\n"], ids=ascii)
def test_a_short_first_line_is_judged_at_once(line: bytes) -> None:
    """It does not wait for a second line, although the format of a log is recognised by its first bytes."""
    with started("check", "-") as process:
        feed(process, line)
        wait_for(process, 1)


@pytest.mark.parametrize("pack", [gzip.compress, import_module(ZSTD_MODULE).compress], ids=["gzip", "zstd"])
def test_compressed_lines_are_judged_at_once(pack: Callable[[bytes], bytes]) -> None:
    """The decompressor does not wait for more bytes than there are."""
    with started("check", "-") as process:
        for _ in range(2):
            feed(process, pack(BAD))
            wait_for(process, 1)


def test_the_lines_of_a_named_pipe_are_judged_at_once(tmp_path: Path) -> None:
    """Findings of earlier logs do not wait for the first line of the next log."""
    first, pipe = tmp_path / "first", tmp_path / "pipe"
    first.write_bytes(BAD.rstrip())
    os.mkfifo(pipe)
    with started("check", first, pipe, "-") as process:
        wait_for(process, 1)
        with pipe.open("wb", buffering=0) as written:
            for _ in range(2):
                written.write(BAD)
                wait_for(process, 1)
        feed(process, BAD)
        wait_for(process, 1)


def test_findings_in_a_file_are_written_at_once(tmp_path: Path) -> None:
    """The output is a file."""
    with (tmp_path / "out").open("wb") as out, started("check", "-", stdout=out) as process:
        feed(process, BAD)
        end = b""
        while b"$.event is missing" not in end:
            assert process.poll() is None
            end = (tmp_path / "out").read_bytes()


def test_a_log_may_grow_while_it_is_read(tmp_path: Path) -> None:
    """It is read up to its end at that time. The lines that are added count."""
    log, pipe = tmp_path / "log", tmp_path / "pipe"
    log.write_bytes(BAD)
    os.mkfifo(pipe)
    with started("check", pipe, log) as process:
        with pipe.open("wb", buffering=0) as written, log.open("ab") as added:
            written.write(BAD)
            wait_for(process, 1)
            added.write(BAD)
        wait_for(process, 2)
        out, _ = process.communicate(timeout=SECONDS)
        assert out.startswith(b"3 lines ") or out == b""
