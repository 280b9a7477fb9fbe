"""The pages: every example runs, every link leads somewhere, every generated part is fresh."""

import contextlib
import doctest
import importlib
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import work_request_manager
from work_request_manager.rules import NO_SOURCE, RULES

# pytester forgets the modules that a test has imported. One that is imported again has other classes than those that
# are kept, so all are imported before.
for found in pkgutil.walk_packages(work_request_manager.__path__, "work_request_manager."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

SLOW = ("check-your-implementation.md", "test-in-other-languages.md")
"""The pages whose examples take long, because they send all vectors."""


class Block(NamedTuple):
    """A fenced block of a page.

    Args:
        language: the word behind the fence.
        text: the lines between the fences.
        line: the number of lines before the text.
        output: the text of the next block, if that is a `text` block. It shows what this block prints.
    """

    language: str
    text: str
    line: int
    output: str | None


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page. Files that the page includes are left out, because they have tests."""
    text = page.read_text(encoding="utf-8")
    included = re.compile(r"<!-- generated: file .*?<!-- /generated -->", re.DOTALL)
    text = included.sub(lambda found: "\n" * found[0].count("\n"), text)
    fences = [*re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)]
    followers = [found[2] if found[1] == "text" else None for found in fences[1:]]
    lines = [text.count("\n", 0, found.start(2)) for found in fences]
    return [
        Block(found[1], found[2], line, output)
        for found, line, output in zip(fences, lines, [*followers, None], strict=False)
    ]


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.slow] if page.name in SLOW else []) for page in PAGES],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_python_examples_do_what_they_show(
    page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every Python block runs, in the order of the page, and prints the output that the page shows."""
    scratch = pytester.path
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks_of(page):
        if block.language != "python":
            continue
        place = f"{page.relative_to(ROOT)}:{block.line}"
        if ">>>" in block.text:
            _run_session(block, place, names)
        elif block.text.startswith("# conftest.py\n"):
            (scratch / "conftest.py").write_text(block.text, encoding="utf-8")
        elif re.search(r"^ *def test_", block.text, re.MULTILINE):
            _run_tests(block, place, pytester)
        else:
            _run_program(block, place, names)


def _run_session(block: Block, place: str, names: dict[str, Any]) -> None:
    session = doctest.DocTestParser().get_doctest(block.text, names, place, place, block.line)
    report = io.StringIO()
    failed, _ = doctest.DocTestRunner().run(session, out=report.write, clear_globs=False)
    names.update(session.globs)
    assert failed == 0, report.getvalue()


def _run_program(block: Block, place: str, names: dict[str, Any]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, place, "exec"), names)  # noqa: S102 - the docs are our own
    if block.output is not None:
        assert printed.getvalue() == block.output, place


def _run_tests(block: Block, place: str, pytester: pytest.Pytester) -> None:
    (pytester.path / "test_page.py").write_text(block.text, encoding="utf-8")
    (pytester.path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    with contextlib.chdir(pytester.path):
        ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--color=no", "--strict-markers")
    if block.output is None:
        assert ran.ret == 0, f"{place}\n{ran.stdout}"
    printed = iter(ran.outlines)
    for line in (block.output or "").splitlines():
        assert line in printed, f"{place}: pytest does not print, or not in this order: {line}\n{ran.stdout}"


def test_the_endpoint_of_the_docs_passes_its_tests(pytester: pytest.Pytester) -> None:
    """The tests run as the page says. They fail if the endpoint forgets the ids of events."""
    for name in ("endpoint.py", "test_endpoint.py"):
        pytester.path.joinpath(name).write_bytes((ROOT / "docs" / "examples" / name).read_bytes())
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
    endpoint = pytester.path / "endpoint.py"
    endpoint.write_text(
        endpoint.read_text("utf-8").replace("INSERT INTO seen", "INSERT OR IGNORE INTO nothing"), "utf-8"
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2, failed=1)


@every_page
def test_json_and_toml_examples_are_well_formed(page: Path) -> None:
    """Every JSON block holds one value or one value on each line, and every TOML block can be read."""
    for block in blocks_of(page):
        if block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "json":
            assert [*_values(block.text)]


def _values(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except json.JSONDecodeError:
        yield from map(json.loads, text.splitlines())


def test_generated_parts_are_fresh() -> None:
    """The generated parts of all pages are what the generator would write now."""
    # Not measured for coverage, which would take long.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_readme_sells_on_its_first_screen() -> None:
    """The first example is short and shows a refusal, and the two commands for a checkout are one line each."""
    blocks = blocks_of(PAGES[0])
    example = next(block for block in blocks if block.language == "python")
    assert len([line for line in example.text.splitlines() if line]) <= 8
    assert "def " not in example.text
    assert example.output is not None
    assert "WRM203" in example.output
    assert [len(block.text.splitlines()) for block in blocks if block.language == "sh"] == [1, 1]


def _without_code(page: Path) -> str:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", lambda found: found[0].strip("`").replace("[", "").replace("]", ""), text)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that a page has on GitHub: one for each heading."""
    headings = re.findall(r"^#+ (.+)$", _without_code(page), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Every link into the project leads to a file that exists, and to a heading that it has."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", _without_code(page)):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    """Links lead from the README to every page."""
    reached, waiting = set(), [PAGES[0]]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for target in re.findall(r"\]\((?!https?:)([^)#]+\.md)", _without_code(page)):
            linked = (page.parent / target).resolve()
            if linked not in reached:
                waiting.append(linked)
    assert [str(page.relative_to(ROOT)) for page in PAGES if page.resolve() not in reached] == []


def test_the_python_reference_has_every_public_name() -> None:
    """The page on the Python API names everything that the package exports."""
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert [name for name in work_request_manager.__all__ if f"`{name}`" not in page] == []


def test_each_source_names_the_rules_that_rest_on_it() -> None:
    """The page on the sources names every rule under each source that the rule cites, and under no other."""
    page = (ROOT / "docs" / "explanation" / "sources.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## ([\w ]+)(?::[^\n]*)?\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    named = {(rule_id, heading) for heading, text in sections for rule_id in re.findall(r"WRM\d+", text)}
    cited = {
        (rule.id, "Public facts" if rule.source == "public facts" else f"FAQ {number}")
        for rule in RULES
        if rule.source != NO_SOURCE
        for number in re.findall(r"\d", rule.source) or ("",)
    }
    assert named == cited
