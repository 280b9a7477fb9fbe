"""The command as a process, and the logs that the tests of it read."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, CompletedProcess
from typing import IO, Any

import pytest

import work_request_manager

LINES = (
    '{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    '"requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}',
    '{"event":"PutOnHoldTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},'
    '"at":"2026-03-01T20:05:00Z"}',
    "",
    '{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1","status":{"category":"Active"},'
    '"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-01T21:00:00Z"}',
    '{"event":"ArchiveTaskEvent","taskId":"WR-1"}',
    '{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1","status":{"category":"Closed"},'
    '"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-01T22:00:00Z"}',
    '{"event":',
)
"""A log with a blank line, a broken assumed rule, an unknown event, a refused event and a cut line."""


@pytest.fixture
def run() -> Callable[..., CompletedProcess[str]]:
    """Return what runs Python with some arguments, and `stdin`, `stdout` and `env` where these are given.

    Whatever comes in, no traceback comes out.
    """
    known = {
        **os.environ,
        "PYTHONPATH": str(Path(work_request_manager.__file__).parents[1]),  # the package that is under test here
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "",  # as a shell has it: what is printed is written at the end
        "PYTHONWARNINGS": "error",
    }

    def in_process(
        *args: object, stdin: bytes | IO[bytes] = b"", stdout: int | IO[bytes] = PIPE, env: dict[str, str] | None = None
    ) -> CompletedProcess[str]:
        fed: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        command = [sys.executable, *map(str, args)]
        done = subprocess.run(command, stdout=stdout, stderr=PIPE, env=known | (env or {}), check=False, **fed)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return CompletedProcess(command, done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    return in_process


@pytest.fixture
def wrm(
    run: Callable[..., CompletedProcess[str]],
) -> Callable[..., CompletedProcess[str]]:
    """Return what runs `wrm` with some arguments."""
    return lambda *args, **how: run("-m", "work_request_manager", *args, **how)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log with a finding of each sort."""
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(LINES))
    return path
