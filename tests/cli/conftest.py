"""The log that the tests of the command read."""

from pathlib import Path

import pytest

from cli.running import LINES


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the path of a log with a finding of each sort."""
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(LINES))
    return path
