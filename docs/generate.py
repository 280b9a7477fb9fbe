"""Write the generated parts of README, CONTRIBUTING and docs.

    python docs/generate.py            write them
    python docs/generate.py --check    write nothing, and fail if a page is stale

There are three kinds of generated parts:

- Between `<!-- generated: NAME -->` and `<!-- /generated -->`: a table or diagram from the declarations. PARTS lists
  the names.
- The same with `file PATH` as the name: the text of that file.
- Below the line `$ wrm …` at the start of a `console` block: the output of that command.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from work_request_manager.cli import ExitStatus
from work_request_manager.reports import diagrams, tables
from work_request_manager.reports.tables import Table

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

LANGUAGES = {".py": "python", ".jsonl": "json"}
"""The languages of code blocks whose name is not the suffix of the file."""


def _exit_statuses_table() -> Table:
    return Table(["exit status", "meaning"], [[str(status.value), status.meaning] for status in ExitStatus])


PARTS: Mapping[str, Callable[[], str]] = {
    "mermaid status": lambda: f"```mermaid\n{diagrams.as_mermaid(diagrams.STATUS)}\n```",
    "mermaid allocation": lambda: f"```mermaid\n{diagrams.as_mermaid(diagrams.ALLOCATION)}\n```",
    "table status": lambda: diagrams.graph_table(diagrams.STATUS).as_markdown(),
    "table allocation": lambda: diagrams.graph_table(diagrams.ALLOCATION).as_markdown(),
    "table events": lambda: tables.events_table().as_markdown(),
    "table event fields": lambda: tables.event_fields_table().as_markdown(),
    "table changes": lambda: tables.changes_table().as_markdown(),
    "table rules": lambda: tables.rules_table().as_markdown(),
    "table rule facts": lambda: tables.rule_facts_table().as_markdown(),
    "table bases": lambda: tables.bases_table().as_markdown(),
    "table log rules": lambda: tables.log_rules_table().as_markdown(),
    "table exit statuses": lambda: _exit_statuses_table().as_markdown(),
}
"""The texts of all named parts."""


def generated(page: str) -> str:
    """Return the text of a page with its generated parts written again."""
    page = re.sub(
        r"(<!-- generated: (.+?) -->\n).*?(<!-- /generated -->)",
        lambda found: f"{found[1]}{_part(found[2])}\n{found[3]}",
        page,
        flags=re.DOTALL,
    )
    return re.sub(
        r"(```console\n\$ wrm (.+?)\n).*?(```)",
        lambda found: f"{found[1]}{_output_of(found[2])}{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _part(name: str) -> str:
    if name.startswith("file "):
        path = ROOT / name.removeprefix("file ")
        language = LANGUAGES.get(path.suffix, path.suffix.removeprefix("."))
        return f"```{language}\n{path.read_text(encoding='utf-8').rstrip()}\n```"
    if name not in PARTS:
        sys.exit(f"unknown part {name!r}; use one of: {', '.join(PARTS)}")
    return PARTS[name]()


@cache
def _output_of(command: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "work_request_manager", *shlex.split(command)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return ran.stdout + ran.stderr


def main() -> None:
    """Write the pages, or check them."""
    is_check = sys.argv[1:] == ["--check"]
    stale = []
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        fresh = generated(page)
        if page != fresh:
            stale.append(path.relative_to(ROOT))
            if not is_check:
                path.write_text(fresh, encoding="utf-8")
    for path in stale:
        print(f"{path} is stale; run: python docs/generate.py" if is_check else f"{path} written")
    sys.exit(1 if is_check and stale else 0)


if __name__ == "__main__":
    main()
