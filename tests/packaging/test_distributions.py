"""The wheel and the source distribution: their files, their metadata, and README as PyPI shows it."""

import email
import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from types import ModuleType

import pytest

from distributions import PROJECT, ROOT, SDIST_PARTS, SUFFIXES, Built, build, listed_files

pytestmark = pytest.mark.packaging

NAME = "work_request_manager"
VERSION = PROJECT["version"]
REPOSITORY = "https://example.org/someone/work-request-manager"
"""An address for the tests, which is nobody's."""


@pytest.fixture
def metadata(built: Built) -> str:
    """Return the metadata in the wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        return wheel.read(f"{NAME}-{VERSION}.dist-info/METADATA").decode()


@pytest.fixture
def page() -> ModuleType:
    """Return the hook that writes the page on PyPI."""
    spec = importlib.util.spec_from_file_location("pypi_page", ROOT / "docs" / "pypi_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheel_has_the_sources_and_nothing_else(built: Built) -> None:
    """The wheel has every file of `src`, the metadata, the entry points and the licence."""
    sources = {name.removeprefix("src/") for name in listed_files() if name.startswith("src/")}
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
        entry_points = wheel.read(f"{NAME}-{VERSION}.dist-info/entry_points.txt").decode()
        for name in sources:
            assert wheel.read(name) == (ROOT / "src" / name).read_bytes(), name
    assert len(names) == len(set(names))
    assert set(names) == sources | {f"{NAME}-{VERSION}.dist-info/{name}" for name in about}
    assert {PurePosixPath(name).suffix for name in sources} <= SUFFIXES
    assert {name for name in sources if "/" not in name} == {f"_{NAME}_pytest.py", f"_{NAME}_wrm.py"}
    assert entry_points.split() == [
        *("[console_scripts]", "wrm", "=", f"_{NAME}_wrm:main"),
        *("[pytest11]", "wrm", "=", f"_{NAME}_pytest"),
    ]


def test_the_source_distribution_has_the_listed_parts_and_nothing_else(built: Built) -> None:
    """It has the sources, the tests, the docs and the pages at the top, but no scratch files and nothing of CI."""
    expected = {name for name in listed_files() if name.partition("/")[0] in SDIST_PARTS}
    assert {name.partition("/")[0] for name in expected} == set(SDIST_PARTS)
    with tarfile.open(built.sdist) as sdist:
        names = [member.name for member in sdist.getmembers() if member.isfile()]
    top = f"{NAME}-{VERSION}/"
    assert len(names) == len(set(names))
    assert {name.removeprefix(top) for name in names} == expected | {".gitignore", "PKG-INFO"}


def test_the_source_distribution_builds_the_same_wheel(built: Built) -> None:
    """The wheel from the source distribution is the wheel from the repository, byte by byte."""
    assert built.wheel.name == built.direct_wheel.name
    assert built.wheel.read_bytes() == built.direct_wheel.read_bytes()


def test_twine_accepts_both(built: Built) -> None:
    """PyPI can show the description of both."""
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", str(built.sdist), str(built.wheel)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("PASSED") == 2


def test_the_metadata_is_complete(built: Built, metadata: str) -> None:
    """Both distributions have the same metadata: all fields that PyPI shows, and the extras."""
    with tarfile.open(built.sdist) as sdist:
        packed = sdist.extractfile(f"{NAME}-{VERSION}/PKG-INFO")
        assert packed is not None
        assert packed.read().decode() == metadata
    fields = email.message_from_string(metadata)
    assert (fields["name"], fields["version"], fields["summary"]) == (PROJECT["name"], VERSION, PROJECT["description"])
    assert fields["license-expression"] == PROJECT["license"] == "MIT"
    assert fields["license-file"] == "LICENSE"
    assert fields["author"] == PROJECT["authors"][0]["name"]
    assert fields["keywords"].split(",") == PROJECT["keywords"]
    assert fields["requires-python"] == PROJECT["requires-python"]
    assert fields.get_all("classifier") == PROJECT["classifiers"]
    assert fields["description-content-type"] == "text/markdown"
    assert set(fields.get_all("provides-extra", [])) == set(PROJECT["optional-dependencies"])
    assert "tzdata; (sys_platform == 'win32') and extra == 'wire'" in fields.get_all("requires-dist", [])


class _Targets(HTMLParser):
    """The anchors of a page, and the targets of all its links and images."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the anchor and the targets of a tag."""
        assert tag not in ("source", "video"), "their targets have other names"
        self.anchors |= {f"#{value}" for name, value in attrs if name == "id"}
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "srcset")]


def targets_on_pypi(readme: str) -> list[str]:
    """Return the targets of all links and images of a README as PyPI renders it, except for those within the page."""
    from readme_renderer import markdown

    html = markdown.render(readme)
    assert html is not None
    assert "generated:" not in html
    targets = _Targets(html)
    return [target for target in targets.found if target not in targets.anchors]


def test_readme_on_pypi_has_no_broken_links(metadata: str) -> None:
    """All links of the description are absolute."""
    targets = targets_on_pypi(metadata.partition("\n\n")[2])
    assert "https://www.attrs.org" in targets
    assert [target for target in targets if not target.startswith("https://")] == []


def test_readme_without_an_address_keeps_its_text(page: ModuleType) -> None:
    """Without a public address, relative links become text, pictures are left out, and code stays as it is."""
    readme = (
        "[![A graph](images/a.svg)](pages/graphs.md)\n\nSee [the\nrules](pages/rules.md#wrm101), [attrs](https://a.org)"
        " and ![x](b.png).\n\n```python\nx = [y](z)\n```\n\n`[a](b)`\n"
    )
    assert page.readme_on_pypi(readme, "", "1.0") == (
        "See the\nrules, [attrs](https://a.org) and .\n\n```python\nx = [y](z)\n```\n\n`[a](b)`\n"
    )
    assert page.links_of_project("", "1.0") == {}


def test_readme_with_an_address_leads_to_this_version(page: ModuleType) -> None:
    """With a public address, each relative link leads to a file of the repository in the tag of the version."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    here = re.compile(rf"{re.escape(REPOSITORY)}/(blob|raw)/v1\.0/([^#]+)")
    targets = targets_on_pypi(page.readme_on_pypi(readme, REPOSITORY, "1.0"))
    targets += page.links_of_project(REPOSITORY, "1.0").values()
    assert [target for target in targets if not target.startswith("https://")] == []
    leading = [found for target in targets if (found := here.fullmatch(target.partition("#")[0]))]
    assert [found[2] for found in leading if not (ROOT / found[2]).exists()] == []
    assert {found[1] == "raw" for found in leading if not found[2].endswith(".svg")} == {False}
    assert [found[1] for found in leading if found[2].endswith(".svg")] == ["raw"]
    relative = re.findall(r"\]\((?!https?:)[^)]+\)", readme)
    assert len(leading) == len(relative) + 2  # the changelog and the documentation


def test_the_address_is_set_in_one_place(built: Built, tmp_path: Path) -> None:
    """With an address in pyproject.toml, the metadata of the wheel has the links of the project and of README."""
    with tarfile.open(built.sdist) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    settings = top / "pyproject.toml"
    text, count = re.subn(r'(?m)^repository = ".*"$', f'repository = "{REPOSITORY}"', settings.read_text("utf-8"))
    assert count == 1
    settings.write_text(text, "utf-8")
    build(top, tmp_path / "out", "--wheel")
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.whl"))) as wheel:
        metadata = wheel.read(f"{NAME}-{VERSION}.dist-info/METADATA").decode()
    assert f"Project-URL: Repository, {REPOSITORY}\n" in metadata
    assert f"({REPOSITORY}/blob/v{VERSION}/docs/tutorial.md)" in metadata
