"""Write the generated parts of README, CONTRIBUTING and docs.

    python docs/generate.py            write them
    python docs/generate.py --check    write nothing, and fail if a page is stale

There are three kinds of generated parts, and images:

- Between `<!-- generated: NAME -->` and `<!-- /generated -->`: a table or diagram from the declarations. PARTS lists
  the names.
- The same with `file PATH` as the name: the text of that file.
- Below the line `$ wrm …` at the start of a `console` block: the output of that command.
- The files in docs/images: the graphs as pictures.
"""

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

from work_request_manager.cli import ExitStatus
from work_request_manager.reports import ALL_RULES, diagrams, tables
from work_request_manager.reports.explanations import SOURCES, explanation_of, rules_citing
from work_request_manager.reports.tables import Table

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

LANGUAGES = {".py": "python", ".jsonl": "json"}
"""The languages of code blocks whose name is not the suffix of the file."""


def _exit_statuses_table() -> Table:
    return Table(["exit status", "meaning"], [[str(status.value), status.meaning] for status in ExitStatus])


def _linked(table: Table) -> Table:
    """Return a table of rules, for pages in docs/reference, whose ids lead to the explanations."""
    linked = [[f"[{rule_id}](rules.md#{rule_id.lower()})", *others] for rule_id, *others in table.rows]
    return Table(table.heading, linked)


def _heading(name: str) -> str:
    """Return the heading of a source."""
    return f"{name[0].upper()}{name[1:]}: {SOURCES[name].title}"


def _rules() -> str:
    """Return the explanations of all rules, whose sources are links to the page on them."""
    text = "\n\n".join(explanation_of(rule).as_markdown() for rule in ALL_RULES.values())
    for name in SOURCES:
        heading = _heading(name)
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")  # as GitHub makes it
        shown = heading.partition(":")[0]
        text = text.replace(f"- {shown}, in our", f"- [{shown}](../explanation/sources.md#{anchor}), in our")
    return text


def _source(name: str) -> str:
    """Return the section of a page about a source of the rules."""
    source = SOURCES[name]
    rules = ", ".join(
        f"[{rule.id}](../reference/rules.md#{rule.id.lower()}) {rule.name}" for rule in rules_citing(name)
    )
    text = [f"## {_heading(name)}", source.text, f"Rules: {rules or 'none'}."]
    return "\n\n".join(textwrap.fill(each, 120, break_long_words=False, break_on_hyphens=False) for each in text)


PARTS: Mapping[str, Callable[[], str]] = {
    "table status": lambda: diagrams.graph_table(diagrams.STATUS).as_markdown(),
    "table allocation": lambda: diagrams.graph_table(diagrams.ALLOCATION).as_markdown(),
    "table events": lambda: tables.events_table().as_markdown(),
    "table event fields": lambda: tables.event_fields_table().as_markdown(),
    "table changes": lambda: tables.changes_table().as_markdown(),
    "table rules": lambda: _linked(tables.rules_table()).as_markdown(),
    "table rule facts": lambda: tables.rule_facts_table().as_markdown(),
    "table bases": lambda: tables.bases_table().as_markdown(),
    "table log rules": lambda: _linked(tables.log_rules_table()).as_markdown(),
    "table exit statuses": lambda: _exit_statuses_table().as_markdown(),
    "rules": _rules,
    **{f"source {name}": partial(_source, name) for name in SOURCES},
}
"""The texts of all named parts."""

IMAGES: Mapping[Path, Callable[[], str]] = {
    ROOT / "docs" / "images" / f"{graph.name}{suffix}.svg": partial(diagrams.as_svg, graph, with_forbidden=bool(suffix))
    for graph in diagrams.GRAPHS
    for suffix in ("", "-with-forbidden")
}
"""The texts of all images."""


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


def _fresh_texts() -> Iterator[tuple[Path, str]]:
    for path in PAGES:
        yield path, generated(path.read_text(encoding="utf-8"))
    for path, draw in IMAGES.items():
        yield path, f"{draw()}\n"


def main() -> None:
    """Write the pages and the images, or check them."""
    is_check = sys.argv[1:] == ["--check"]
    stale = []
    for path, fresh in _fresh_texts():
        if not path.exists() or path.read_text(encoding="utf-8") != fresh:
            stale.append(path.relative_to(ROOT))
            if not is_check:
                path.write_text(fresh, encoding="utf-8")
    for path in stale:
        print(f"{path} is stale; run: python docs/generate.py" if is_check else f"{path} written")
    sys.exit(1 if is_check and stale else 0)


if __name__ == "__main__":
    main()
