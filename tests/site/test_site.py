"""The documentation site: its build, its pages, its navigation, the Python API, the rules and the search index."""

import importlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

import work_request_manager
from built_site import ROOT, run_build
from work_request_manager.reports import ALL_RULES

pytestmark = [pytest.mark.site]

HOME = ROOT / "docs" / "README.md"
NAMED = ("changes", "events")
"""The modules that the package itself exports."""


BAD_DOCSTRING = '''

def new() -> None:
    """List things.

    * one
      more
     less
    """
'''


def text_of(html: str) -> str:
    """Return the text of a page without tags."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def body_of(page: Path) -> str:
    """Return the part of a page that its author wrote."""
    found = re.search(r'<article role="main".*?</article>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, page
    return found[0]


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their paths in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_build_says_what_it_built(tmp_path: Path) -> None:
    """The command names the folder and counts pages and links; `--external` lists the other addresses."""
    ran = run_build(tmp_path / "site", "--external")
    assert ran.returncode == 0, ran.stderr
    *listed, summary, external = ran.stdout.splitlines()
    assert re.fullmatch(r".*/site: \d+ pages, \d\.\d MB; \d+ links into the site lead somewhere;", summary)
    assert external == f"{len(listed)} addresses elsewhere are not followed (--external lists them)"
    assert any(line.startswith("https://keepachangelog.com/en/1.1.0/ (changelog.html)") for line in listed)


def test_two_builds_are_equal(site: Path, tmp_path: Path) -> None:
    """Every file of a second build has the same bytes, although hashing starts from another seed."""
    assert run_build(tmp_path / "site", PYTHONHASHSEED="7").returncode == 0
    first, second = files_of(site), files_of(tmp_path / "site")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def build_with(folder: Path, page: str, text: str) -> subprocess.CompletedProcess[str]:
    """Build the site of a copy of the repository, in which a page has one more text."""
    for name in ("docs", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.glob("*.md"):
        shutil.copy(path, folder)
    with (folder / "docs" / page).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    return run_build(folder / "site", root=folder, PYTHONPATH=str(folder / "src"))


@pytest.mark.parametrize(
    ("page", "text", "problem"),
    [
        ("how-to/audit-a-log.md", "[gone](gone.md)", "gone"),
        ("how-to/audit-a-log.md", "[gone](../examples/gone.py)", "gone"),
        ("how-to/audit-a-log.md", "[gone](../reference/rules.md#wrm999)", "wrm999"),
        ("how-to/audit-a-log.md", "```mermaid\nstateDiagram-v2\n```", "mermaid"),
        ("how-to/new.md", "# A page that the home page does not list", "new.md"),
        ("../src/work_request_manager/machine.py", BAD_DOCSTRING, "work_request_manager.machine.new"),
    ],
)
def test_a_warning_stops_the_build(tmp_path: Path, page: str, text: str, problem: str) -> None:
    """Bad links, diagrams that need a script, pages outside the navigation and bad docstrings are errors."""
    ran = build_with(tmp_path, page, text)
    assert ran.returncode == 1
    assert problem in ran.stderr
    assert "Sphinx reports the problems above" in ran.stderr
    assert not (tmp_path / "site").exists()


def test_a_link_to_the_source_leads_to_a_page_that_shows_it(tmp_path: Path) -> None:
    """Any text file of the repository can be linked to."""
    ran = build_with(tmp_path, "how-to/audit-a-log.md", "[the graphs](../../src/work_request_manager/graph.py)")
    assert ran.returncode == 0, ran.stderr
    page = body_of(tmp_path / "site" / "how-to" / "audit-a-log.html")
    assert 'href="../src/work_request_manager/graph.py.html"' in page
    assert "STATUS_GRAPH" in text_of(body_of(tmp_path / "site" / "src" / "work_request_manager" / "graph.py.html"))


def test_the_build_deletes_only_a_site(tmp_path: Path) -> None:
    """A folder with other files is refused, and its files stay."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ran = run_build(tmp_path)
    assert ran.returncode == 1
    assert ran.stderr == f"{tmp_path} exists and is not a site; name another folder\n"
    assert (tmp_path / "mine.txt").exists()


@pytest.fixture
def links_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Import the module that checks the links."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "site"))
    yield importlib.import_module("links")
    sys.modules.pop("links")


def test_links_that_lead_nowhere_are_found(tmp_path: Path, links_module: ModuleType) -> None:
    """A missing file, a missing anchor and a script from elsewhere are reported; good links are counted."""
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="b.html#gone">2</a><a href="c.html">3</a><a href="#top">4</a><p id="top">'
        '<script src="https://elsewhere.example/x.js"></script><a href="https://elsewhere.example/">5</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here"><img src="gone.svg">', encoding="utf-8")
    found = links_module.links(tmp_path)
    assert found.inside == 5
    assert found.broken == ["a.html: b.html#gone", "a.html: c.html", "b.html: gone.svg"]
    assert found.loaded == ["a.html: https://elsewhere.example/x.js"]
    assert found.external == {"https://elsewhere.example/": ["a.html"]}


def test_styles_load_nothing_from_elsewhere(site: Path) -> None:
    """No style sheet names an address of another site to load."""
    styles = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.css")}
    assert styles
    assert [
        path for path, style in styles.items() if re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style)
    ] == []


def sidebar_of(site: Path) -> dict[str, list[str]]:
    """Return the captions of the navigation, each with the addresses of its pages."""
    html = (site / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<div class="sidebar-tree">(.*?)</div>', html, re.DOTALL)
    assert found is not None
    sections = re.split(r'<span class="caption-text">(.*?)</span>', found[1])[1:]
    pages = (re.findall(r'class="reference internal" href="([^"#]+)"', part) for part in sections[1::2])
    return dict(zip(sections[::2], map(list, pages), strict=True))


def test_the_navigation_is_that_of_the_home_page(site: Path) -> None:
    """It has the sections of the home page, and in each the pages in the same order."""
    sidebar = sidebar_of(site)
    text = HOME.read_text(encoding="utf-8")
    sections = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert [*sidebar] == sections[::2]
    assert [*sidebar][:4] == ["Tutorial", "How to", "Reference", "Explanation"]
    for heading, listed in zip(sections[::2], sections[1::2], strict=True):
        pages = dict.fromkeys(re.findall(r"\]\(([^)#]+)", listed))
        addresses = [
            page.lower().removeprefix("../").removesuffix(".md").replace("/readme", "/index") + ".html"
            for page in pages
        ]
        assert [page for page in sidebar[heading] if page in addresses] == addresses


def test_every_page_of_the_repository_is_in_the_navigation(site: Path) -> None:
    """Only the pages of examples are reached from other pages alone."""
    listed = {page for pages in sidebar_of(site).values() for page in pages}
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    outside = built - listed - {"index.html", "search.html"}
    assert {"examples/northline.py.html", "examples/service/index.html"} <= outside
    assert [page for page in outside if not page.startswith("examples/")] == []
    sources = {path.relative_to(HOME.parent).as_posix() for path in HOME.parent.rglob("*.md")}
    assert len(built) > len(sources)
    pages = {source.removesuffix(".md").replace("README", "index") + ".html" for source in sources}
    assert pages <= built


def test_pages_show_what_github_shows(site: Path) -> None:
    """Images, commands with their output and included files are there; marks of the generator are not."""
    graphs = body_of(site / "reference" / "graphs.html")
    for name in re.findall(r'<img [^>]*src="\.\./_images/([^"]+)"', graphs):
        assert (site / "_images" / name).exists()
    assert 'src="../_images/status.svg"' in graphs
    assert "$ wrm graph --help" in text_of(graphs)
    formats = body_of(site / "how-to" / "judge-other-formats.html")
    assert "T-1;Assigned;02/03/2026 09:05;aroha" in text_of(formats)
    marks = re.compile(r"<!-- |```|\]\([\w./-]+\.md")
    assert [page for page in site.rglob("*.html") if marks.search(text_of(body_of(page)))] == []


def test_links_to_files_lead_to_pages_that_show_them(site: Path) -> None:
    """The example on the page of the conformance suite links to a page with its code."""
    page = body_of(site / "how-to" / "check-your-implementation.html")
    assert 'href="../examples/northline.py.html"' in page
    shown = text_of(body_of(site / "examples" / "northline.py.html"))
    assert (ROOT / "docs" / "examples" / "northline.py").read_text(encoding="utf-8").rstrip() in shown


def public_modules() -> list[str]:
    """Return the modules that the page on the Python API lists."""
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(work_request_manager\.[\w.]+)`", page, re.MULTILINE)
    return ["work_request_manager", *(f"work_request_manager.{name}" for name in NAMED), *listed]


def api_page(site: Path, module: str) -> str:
    """Return the page of a module."""
    return body_of(site / "reference" / f"{module}.html")


@pytest.mark.parametrize("module", public_modules())
def test_every_public_name_is_documented(site: Path, module: str) -> None:
    """The page of a module has each public name, or a link to the page of the module that defines it."""
    page = api_page(site, module)
    exported = importlib.import_module(module)
    names = getattr(exported, "__all__", None) or [
        name
        for name, value in vars(exported).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module
    ]
    assert names
    for name in names:
        linked = re.search(
            rf'href="(work_request_manager[\w.]*\.html)?#(module-)?work_request_manager[\w.]*\.{name}"', page
        )
        assert f'id="{module}.{name}"' in page or linked, name


def test_no_private_name_is_documented(site: Path) -> None:
    """No page has an entry or a link title with an underscore in front of a name."""
    shown = re.compile(r' (?:id|title|href)="[^"]*(work_request_manager(?:\.\w+)*\._\w+)')
    found = {name for page in site.rglob("*.html") for name in shown.findall(page.read_text(encoding="utf-8"))}
    assert found == set()


def test_signatures_have_types_that_are_links(site: Path) -> None:
    """`decide` shows its parameters, defaults and result, and a type that has a name is named."""
    page = api_page(site, "work_request_manager")
    signature = re.search(r'<dt [^>]*id="work_request_manager\.decide">(.*?)</dt>', page, re.DOTALL)
    assert signature is not None
    parameters = "work_request: WorkRequest | None, event: AnyEvent, *, rulebook: Rulebook = DEFAULT_RULEBOOK,"
    assert " ".join(text_of(signature[1]).split()).startswith(f"decide( {parameters} ) → Decision")
    assert 'href="#work_request_manager.WorkRequest"' in signature[1]
    assert 'href="work_request_manager.events.html#work_request_manager.events.AnyEvent"' in signature[1]
    described = page[signature.end() : page.index('id="work_request_manager.evolve"')]
    assert re.findall(r'<dt class="field-\w+">(\w+)', described) == ["Parameters", "Returns", "Raises"]


def test_defaults_of_classes_are_those_of_the_source(site: Path) -> None:
    """A status has a default that reads as code."""
    page = text_of(api_page(site, "work_request_manager"))
    assert "status: Status = Status(Category.OPEN)" in page
    assert "attr_dict" not in page


def test_names_in_pages_are_links(site: Path) -> None:
    """Code in a how-to page that names something public links to its documentation."""
    page = body_of(site / "reference" / "python.html")
    for name in ("decide", "Rulebook", "DEFAULT_RULEBOOK"):
        assert f'href="work_request_manager.html#work_request_manager.{name}"' in page


@pytest.mark.parametrize("rule", ALL_RULES)
def test_every_rule_has_an_anchor(site: Path, rule: str) -> None:
    """The page on the rules has a section for each rule, which names it."""
    page = body_of(site / "reference" / "rules.html")
    section = re.search(rf'<section id="{rule.lower()}">(.*?)</section>', page, re.DOTALL)
    assert section is not None
    assert text_of(section[1]).strip().startswith(rule)
    assert ALL_RULES[rule].name in text_of(section[1])


def test_the_search_index_knows_the_words_of_the_field(site: Path) -> None:
    """The index is a local script, and has rule ids, the conformance suite and CSV."""
    script = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(script.removeprefix("Search.setIndex(").removesuffix(")"))
    assert {"wrm302", "conform", "csv"} <= index["terms"].keys()
    assert {"conformance suite", "csv", "wrm302 holding-supplier-only"} <= index["indexentries"].keys()


def test_the_site_is_about_this_version(site: Path) -> None:
    """The inventory for links from other projects names the version of the package."""
    assert (
        f"# Version: {importlib.metadata.version('work-request-manager')}".encode()
        in (site / "objects.inv").read_bytes()
    )
    assert work_request_manager.__doc__ is not None
    assert work_request_manager.__doc__.splitlines()[0] in text_of(api_page(site, "work_request_manager"))
