"""`wrm serve`."""

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cli.running import LINES, MEASURED, SECONDS, Done, python, started, stream, wrm, wrm_process
from server.webhooks import receiving

CREATE, HOLD, START = (json.loads(LINES[number]) for number in (0, 1, 3))
SUBSCRIPTION = {"party": {"role": "WorkRequestor", "id": "rsp-one"}, "secret": "k"}


@contextmanager
def serving(*args: object, ended_by: int = signal.SIGINT, err: str = "") -> Iterator[str]:
    """Run `wrm serve` on a free port until the block ends. Then it must end with 0, without another word.

    Args:
        args: its options.
        ended_by: the signal that ends it.
        err: its standard error, with a placeholder for its URL.

    Yields:
        Its URL.
    """
    with started("serve", "--port", 0, *args, env=MEASURED) as process:
        ready = stream(process.stdout).readline().decode()
        url = re.fullmatch(r"listening on (http://\S+:\d+)\n", ready)
        assert url, stream(process.stderr).read().decode()
        yield url[1]
        process.send_signal(ended_by)
        assert process.wait(SECONDS) == 0
        assert stream(process.stdout).read() == b""
        assert stream(process.stderr).read().decode() == err.format(url=url[1])


def post(url: str, event: object) -> httpx.Response:
    """Post an event."""
    return httpx.post(f"{url}/notifications", json=event, trust_env=False, timeout=SECONDS)


def failing(*args: object) -> Done:
    """Run `wrm serve` in a process, which has a time limit in case that it serves."""
    return wrm_process("serve", *args, env=MEASURED)


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_ends_it(ended_by: int) -> None:
    """It prints its URL when it is ready. The end is quiet, even if a request and a notification hang."""
    with serving(ended_by=ended_by) as url, receiving() as receiver, socket.socket() as half:
        assert url.startswith("http://127.0.0.1:")
        assert post(url, CREATE).json()["answer"] == "Consumed"
        subscription = {**SUBSCRIPTION, "url": receiver.url}
        subscribed = httpx.post(f"{url}/subscribers", json=subscription, trust_env=False, timeout=SECONDS)
        assert subscribed.status_code == 201
        receiver.answer = receiver.hang
        assert post(url, HOLD).json()["answer"] == "Consumed"
        receiver.wait_for(1)
        half.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        half.sendall(b"POST /notifications HTTP/1.1\r\nHost: wrm\r\nContent-Length: 100\r\n\r\n{")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_log_shows_what_should_never_have_been_sent(tmp_path: Path) -> None:
    """It is appended to, and each line is there as soon as the event is answered. `wrm check` finds the refusals."""
    log = tmp_path / "log.jsonl"
    log.write_text(f"{LINES[0]}\n")
    with serving("--log", log) as url:
        assert post(url, {**CREATE, "taskId": "WR-2"}).status_code == 200
        refused = {**START, "taskId": "WR-2", "sender": CREATE["sender"]}
        command = ["curl", "-sS", "--noproxy", "*", "--data-binary", "@-", f"{url}/notifications"]
        ran = subprocess.run(command, input=json.dumps(refused).encode(), stdout=-1, timeout=SECONDS, check=True)
        assert json.loads(ran.stdout)["status"] == 409
        assert post(url, "lunch").status_code == 400
        assert [json.loads(line)["taskId"] for line in log.read_text().splitlines()] == ["WR-1", "WR-2", "WR-2"]
    done = wrm("check", log)
    assert (done.status, done.out.count("WRM301")) == (1, 1)
    assert done.out.startswith(f"{log}:3: error WRM301 ")


def test_options_on_how_to_decide(tmp_path: Path) -> None:
    """Types can be configured, and the rulebook can be strict."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\n")
    with serving("--types", types, "--strict") as url:
        other = [{"id": "A-1", "type": "COPPER"}]
        assert post(url, {**CREATE, "activities": other}).json()["path"] == "$.activities[0].type"
        for event in ({**CREATE, "activities": [{"id": "A-1", "type": "FIBRE"}]}, HOLD):
            assert post(url, event).status_code == 200
        assert [each["rule"] for each in post(url, START).json()["violations"]] == ["WRM107"]


def test_the_defaults_are_in_the_help() -> None:
    """It listens on a loopback address."""
    printed = " ".join(wrm("serve", "--help").out.split())
    assert "--host HOST Listen on this address. [default: 127.0.0.1]" in printed
    assert "[default: 8000; 0<=x<=65535]" in printed


def test_an_ignored_interrupt_stays_ignored() -> None:
    """A shell starts a background job with interrupts ignored."""
    with started("serve", "--port", 0, interrupts="SIG_IGN", env=MEASURED) as process:
        url = stream(process.stdout).readline().decode().split()[-1]
        process.send_signal(signal.SIGINT)
        assert post(url, CREATE).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_a_warning_if_other_machines_can_use_it() -> None:
    """It goes to standard error, because the URL is on standard output."""
    err = "wrm: other machines can use {url}, and nobody has to log in; --host 127.0.0.1 prevents this\n"
    with serving("--host", "0.0.0.0", err=err) as url:  # noqa: S104 - the warning is the point
        assert url.startswith("http://0.0.0.0:")


def test_a_port_in_use_exits_with_2() -> None:
    """The message says what to choose."""
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        done = failing("--port", port)
    expected = f"wrm: 127.0.0.1, port {port}, cannot be used: Address already in use; choose another --host or --port\n"
    assert done == Done(2, "", expected)


def test_an_unknown_host_exits_with_2() -> None:
    """The message has the error of the look-up."""
    done = failing("--host", "no such host", "--port", 0)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("wrm: no such host, port 0, cannot be used: ")


def test_a_log_that_cannot_be_opened_exits_with_2(tmp_path: Path) -> None:
    """The message names the file."""
    log = tmp_path / "missing" / "log.jsonl"
    expected = f"wrm: {log} cannot be written: No such file or directory; choose another file\n"
    assert failing("--port", 0, "--log", log) == Done(2, "", expected)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_log_on_a_full_disk_exits_with_2() -> None:
    """Events are not posted meanwhile."""
    with started("serve", "--port", 0, "--log", "/dev/full", env=MEASURED) as process:
        url = stream(process.stdout).readline().decode().split()[-1]
        response = post(url, CREATE)
        assert response.status_code == 500
        assert "No space left on device" in response.json()["detail"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 2
        expected = "wrm: /dev/full cannot be written: No space left on device; choose another file\n"
        assert stream(process.stderr).read().decode() == expected


def test_the_log_is_not_the_file_of_types(tmp_path: Path) -> None:
    """Events would be appended to it."""
    types = tmp_path / "types.toml"
    types.write_text("[types.FIBRE]\n")
    done = failing("--types", types, "--log", types)
    assert done.status == 2
    assert f"'--log': {types} is the file of activity types; choose another file" in done.err
    assert types.read_text() == "[types.FIBRE]\n"


def test_a_bad_file_of_types_exits_with_2(tmp_path: Path) -> None:
    """The message names the file and the path."""
    types = tmp_path / "types.toml"
    types.write_text("[typos]\n")
    done = failing("--types", types)
    assert done.status == 2
    assert "$.typos is not a known field" in done.err


WITHOUT = "import sys; sys.modules[{!r}] = None; from _work_request_manager_wrm import main; main()"


@pytest.mark.parametrize("missing", ["httpx", "starlette", "uvicorn"])
def test_a_missing_extra_is_named(missing: str) -> None:
    """The message has the command that installs it."""
    done = python("-c", WITHOUT.format(missing), "serve", env=MEASURED)
    expected = f"wrm: serve needs {missing}; run: pip install 'work-request-manager[server]'\n"
    assert done == Done(2, "", expected)


def test_other_missing_modules_are_not_hidden() -> None:
    """The error of a broken installation is raised."""
    catching = "\ntry: main()\nexcept ModuleNotFoundError as error: print(error)"
    program = WITHOUT.format("anyio").replace("; main()", catching)
    done = python("-c", program, "serve", env=MEASURED)
    assert (done.status, done.err) == (0, "")
    assert "anyio" in done.out


@pytest.mark.parametrize("args", [["--port", "65536"], ["--port", "-1"], ["--port", "http"], ["WR-1"]])
def test_bad_options_exit_with_2(args: list[str]) -> None:
    """Nothing is served."""
    assert failing(*args).status == 2


def test_other_commands_do_not_import_the_server() -> None:
    """Its import takes longer than most of them."""
    telling = (
        "from work_request_manager.cli import wrm\nimport sys\ntry: wrm()\nfinally: print('uvicorn' in sys.modules)"
    )
    assert python("-c", telling, "rules").out.endswith("\nFalse\n")
