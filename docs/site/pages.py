"""Copy the Markdown pages to a folder that Sphinx can build, without a second version of any of them.

The pages are written to be read on GitHub. Sphinx needs little else:

- The home page of a folder is `index`, not `README`. The pages from the top of the repository are next to it.
- The navigation is the list of pages in `docs/README.md`, and that of the decisions in `docs/decisions/README.md`.
- A link to a text file of the repository leads to a page that shows the file.
- The Python API has a page for each module.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import api

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HOME = DOCS / "README.md"
IMAGES = DOCS / "images"
TOP_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""The pages at the top of the repository that are pages of the site. README is the home page there, and not here."""

EXAMPLES = "examples/"
"""The folder whose pages are not in the navigation: other pages link to them."""

_CODE_OR_LINK = re.compile(
    r"^```.*?^```$|`[^`\n]*`|(?<=\]\()(?!https?:|#)(?P<target>[^)\s]+)(?=\))", re.DOTALL | re.MULTILINE
)
_REMARK = re.compile(r"^- \[[^]]+\]\(([^)#]+)\)(?::| \()([^)\n]+)", re.MULTILINE)
_RULE = re.compile(r"^### (WRM\d+)\n\n`([\w-]+)`\n", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.MULTILINE)


def sources() -> list[Path]:
    """Return the Markdown pages of the site, as files of the repository."""
    return [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in TOP_PAGES)]


def docname(source: Path) -> str:
    """Return the name that Sphinx has for the page of a file: its path in the site, without the suffix of pages."""
    if source == ROOT / "README.md":
        return "index"
    path = source.relative_to(DOCS if source.is_relative_to(DOCS) else ROOT)
    if path.suffix != ".md":
        return path.as_posix()
    if source.parent == ROOT:
        return path.stem.lower()
    return (path.parent / ("index" if path.name == "README.md" else path.stem)).as_posix()


def targets(page: str) -> Iterator[str]:
    """Yield the targets of the links in a page to files of the repository."""
    for found in _CODE_OR_LINK.finditer(page):
        if found["target"]:
            yield found["target"]


def navigation(home: Path = HOME) -> dict[str, list[str]]:
    """Return the names of the pages of each section of a home page, in its order. Each page is in one section."""
    seen: set[str] = set()
    sections = {}
    for heading, text in _SECTION.findall(home.read_text(encoding="utf-8")):
        names = [docname((home.parent / target.partition("#")[0]).resolve()) for target in targets(text)]
        sections[heading] = [name for name in dict.fromkeys(names) if name not in seen]
        seen.update(names)
    return sections


def subjects() -> dict[str, str]:
    """Return the remarks that the home page makes on pages, such as "(conformance suite)". They name its subjects."""
    remarks = _REMARK.findall(HOME.read_text(encoding="utf-8"))
    return {docname((HOME.parent / target).resolve()): text.strip() for target, text in remarks}


def stage(folder: Path) -> None:
    """Write all pages to a folder.

    Args:
        folder: an empty folder.
    """
    shown: set[Path] = set()
    for source in sources():
        page = folder / f"{docname(source)}.md"
        _write(page, _page(source, page, folder, shown))
    for source in sorted(shown):
        _write(folder / f"{docname(source)}.md", _file_page(source))
    for module in api.MODULES:
        _write(folder / "reference" / f"{module}.rst", api.page(module))
    shutil.copytree(IMAGES, folder / IMAGES.name)


def _write(page: Path, text: str) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")


def _page(source: Path, page: Path, folder: Path, shown: set[Path]) -> str:
    """Return the text of a page, and add the files to show that it links to."""

    def with_target(found: re.Match[str]) -> str:
        path, sharp, anchor = (found["target"] or "").partition("#")
        file = (source.parent / path).resolve()
        if not path or not file.is_file():
            return found[0]
        if file.parent == IMAGES:
            staged = folder / IMAGES.name / file.name
        else:
            staged = folder / f"{docname(file)}.md"
            if file.suffix != ".md":
                shown.add(file)
        return os.path.relpath(staged, page.parent) + sharp + anchor

    text = source.read_text(encoding="utf-8").rstrip() + "\n"
    text = _CODE_OR_LINK.sub(with_target, text)
    text = _RULE.sub(lambda found: _index(f"{found[1]} {found[2]}") + found[0], text)
    if remark := subjects().get(docname(source)):
        text = _index(remark) + text
    if docname(source).startswith(EXAMPLES):
        return f"---\norphan: true\n---\n\n{text}"
    if source == HOME:
        return text + "".join(_toctree(names, heading) for heading, names in navigation().items())
    if source.name == "README.md":
        return text + _toctree([docname((source.parent / target).resolve()) for target in targets(text)])
    if docname(source) == "reference/python":
        return text + _toctree(f"reference/{module}" for module in api.MODULES)
    return text


def _index(subjects: str) -> str:
    """Return entries of the index for subjects separated by commas. The search ranks main entries, with "!", first."""
    entries = ", ".join(f"!{subject.strip()}" for subject in subjects.split(","))
    return f"```{{index}} {entries}\n```\n\n"


def _toctree(names: Iterable[str], caption: str = "") -> str:
    options = f":hidden:\n:caption: {caption}\n" if caption else ":hidden:\n"
    return f"\n```{{toctree}}\n{options}\n" + "".join(f"/{name}\n" for name in names) + "```\n"


def _file_page(source: Path) -> str:
    language = source.suffix.removeprefix(".") or "text"
    path = source.relative_to(ROOT).as_posix()
    return (
        f"---\norphan: true\n---\n\n# {source.name}\n\nThe file `{path}` of the repository:\n\n"
        f"``````{{code-block}} {language}\n{source.read_text(encoding='utf-8').rstrip()}\n``````\n"
    )
