"""The how-to page: its commands do what it shows."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.webhooks import SECONDS, receiving
from work_request_manager.server import ServedManager
from work_request_manager.wire import encode_work_request

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "test-over-http.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_page_do_what_it_shows(server: ServedManager) -> None:
    """Each command of curl is run, in the order of the page. A response that the page shows is the real one."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^```sh\n(curl .*?)^```\n(?:\n```json\n(.*?)^```)?", text, re.DOTALL | re.MULTILINE)
    assert len(found) == 5
    shown_count = 0
    answers = []
    with receiving() as receiver:
        for written, shown in found:
            command = written
            for placeholder, real in (
                ("http://127.0.0.1:8000", server.url),
                ("http://127.0.0.1:9000/hook", receiver.url),
            ):
                command = command.replace(placeholder, real)
            shell = ["bash", "-ec", command]
            ran = subprocess.run(shell, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS, check=True)
            answers.append(json.loads(ran.stdout))
            if shown:
                shown_count += 1
                assert answers[-1] == json.loads(shown)
            if "tasks/WR-1" in command:
                assert ran.stdout.encode() == encode_work_request(server.manager.work_request("WR-1"))
    assert shown_count == 3
    assert answers[3]["party"]["id"] == "northline"
