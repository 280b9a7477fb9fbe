"""The command that builds the documentation site, for the tests in tests/site."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run_build(*arguments: object, root: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command that builds the site.

    Args:
        arguments: its arguments.
        root: the top of the repository, or of a copy.
        variables: more variables of its environment.
    """
    command = [sys.executable, str(root / "docs" / "site" / "build.py"), *map(str, arguments)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
