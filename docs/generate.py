"""Writes the generated parts of README and docs anew.

    python docs/generate.py            write them
    python docs/generate.py --check    write nothing; fail where something is stale

Two kinds of part are generated: what stands between `<!-- generated: NAME -->` and `<!-- /generated -->`, from the
declarations or, where NAME is `file PATH`, from that file; and what stands below a `$ wrm …` line in a `console` block,
by running that command.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from work_request_manager import diagrams

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

PARTS: dict[str, Callable[[], str]] = {
    "mermaid status": lambda: f"```mermaid\n{diagrams.mermaid(diagrams.STATUS)}\n```",
    "mermaid allocation": lambda: f"```mermaid\n{diagrams.mermaid(diagrams.ALLOCATION)}\n```",
    "table status": lambda: diagrams.markdown(*diagrams.graph_table(diagrams.STATUS)),
    "table allocation": lambda: diagrams.markdown(*diagrams.graph_table(diagrams.ALLOCATION)),
    "table events": lambda: diagrams.markdown(*diagrams.events_table()),
    "table rules": lambda: diagrams.markdown(*diagrams.rules_table()),
    "table log rules": lambda: diagrams.markdown(*diagrams.log_rules_table()),
}


def generated(page: str) -> str:
    """Return a page with its generated parts made anew."""
    page = re.sub(
        r"(<!-- generated: (.+?) -->\n).*?(<!-- /generated -->)",
        lambda found: f"{found[1]}{_part(found[2])}\n{found[3]}",
        page,
        flags=re.DOTALL,
    )
    return re.sub(
        r"(```console\n\$ wrm (.+?)\n).*?(```)",
        lambda found: f"{found[1]}{_printed(found[2])}{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _part(name: str) -> str:
    if name.startswith("file "):
        return f"```python\n{(ROOT / name.removeprefix('file ')).read_text().rstrip()}\n```"
    return PARTS[name]()


def _printed(command: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "work_request_manager", *shlex.split(command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


def main() -> None:
    """Write the pages, or check them."""
    is_check = sys.argv[1:] == ["--check"]
    stale = []
    for path in PAGES:
        page = path.read_text()
        fresh = generated(page)
        if page != fresh:
            stale.append(path.relative_to(ROOT))
            if not is_check:
                path.write_text(fresh)
    for path in stale:
        print(f"{path} {'is stale; run: python docs/generate.py' if is_check else 'written'}")
    sys.exit(1 if is_check and stale else 0)


if __name__ == "__main__":
    main()
