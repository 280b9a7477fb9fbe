"""The wheel in new environments: each Python with each extra installs what it needs, and does what it promises.

An environment has no pip and nothing else that the extra does not need. The pip of this environment fills it. A
Python that is not on this machine is skipped; `-rs` lists these.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from distributions import PROJECT, ROOT, Built, clean_environment

pytestmark = pytest.mark.packaging

VERSION = PROJECT["version"]
PYTHONS = ("3.11", "3.12", "3.13")
LOG = ROOT / "docs" / "examples" / "log.jsonl"


@cache
def find_python(version: str) -> str | None:
    """Return a Python of a version, also one that pyenv has but does not use. Returns None if there is none."""
    candidates = [shutil.which(f"python{version}")]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True).stdout.strip()
        candidates += [str(path) for path in sorted(Path(root, "versions").glob(f"{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        program = "import sys; print('%d.%d' % sys.version_info[:2])"
        ran = subprocess.run([candidate, "-c", program], capture_output=True, text=True, check=False)
        if ran.stdout.strip() == version:
            return candidate
    return None


class Environment:
    """A virtual environment.

    Args:
        folder: its folder.
        scratch: an empty folder, in which commands run.
        tree: a copy of the repository.
    """

    def __init__(self, folder: Path, scratch: Path, tree: Path) -> None:
        self.folder = folder
        self.scratch = scratch
        self.tree = tree

    def run(self, name: str, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment."""
        command = [str(self.folder / "bin" / name), *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=cwd or self.scratch,
            env={**clean_environment(), "PYTHONUTF8": "1", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def python(self, program: str) -> str:
        """Run a program, and return its output. It must not fail or warn."""
        ran = self.run("python", "-W", "error", "-c", program, LOG)
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr == ""
        return ran.stdout

    def failure(self, program: str) -> str:
        """Run a program, and return the last line of its traceback. It must fail."""
        ran = self.run("python", "-c", program, LOG)
        assert ran.returncode == 1, ran.stdout
        return ran.stderr.splitlines()[-1]


@contextmanager
def environment_of(version: str, extra: str, wheel: Path, scratch: Path, tree: Path) -> Iterator[Environment]:
    """Make an environment with the wheel and an extra, and remove it afterwards."""
    python = find_python(version)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine: NOT TESTED")
    folder = scratch / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], env=clean_environment(), check=True)
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    target = f"{wheel}[{extra}]" if extra else str(wheel)
    ran = subprocess.run([*command, target], env=clean_environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (scratch / "work").mkdir()
    try:
        yield Environment(folder, scratch / "work", tree)
    finally:
        shutil.rmtree(folder)  # pyarrow has 170 MB


LIST_DISTRIBUTIONS = """
import importlib.metadata, json, platform
found = {each.metadata["Name"]: each.requires or [] for each in importlib.metadata.distributions()}
print(json.dumps([platform.python_version(), found]))
"""


def check_distributions(environment: Environment, extra: str) -> set[str]:
    """Check that the distributions are those that the extra needs by the metadata, and return their names."""
    full_version, found = json.loads(environment.python(LIST_DISTRIBUTIONS))
    installed: dict[str, list[str]] = {canonicalize_name(name): requires for name, requires in found.items()}
    version = ".".join(full_version.split(".")[:2])
    markers = default_environment() | {"python_full_version": full_version, "python_version": version}
    needed = _closure(installed, f"work-request-manager[{extra}]" if extra else "work-request-manager", markers)
    assert set(installed) == needed
    return needed


def _closure(installed: Mapping[str, Iterable[str]], root: str, markers: Mapping[str, str]) -> set[str]:
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(root)]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for each in map(Requirement, installed.get(name, ())):
                if each.marker is None or each.marker.evaluate({**markers, "extra": extra}):
                    waiting.append(each)
    return {name for name, _ in seen}


def readme_block(start: str) -> str:
    """Return the block of README that starts with a text."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return next(str(block) for block in blocks if block.startswith(start))


def use_core(environment: Environment) -> None:
    """README's first example refuses, and the command says what to install."""
    assert environment.python(readme_block("from datetime")).startswith("WRM203 supplier-may-cancel (stated, FAQ 4)")
    for name, arguments in (("wrm", ()), ("python", ("-m", "work_request_manager"))):
        ran = environment.run(name, *arguments, "--version")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == "wrm needs click; run: pip install 'work-request-manager[cli]'\n"


def use_wire(environment: Environment) -> None:
    """The example log is judged, and so is a CSV file whose mapping names a time zone."""
    program = """
        import sys
        from pathlib import Path
        from work_request_manager import log, wire
        first = Path(sys.argv[1]).read_bytes().splitlines()[0]
        assert wire.decode_event(wire.encode_event(wire.decode_event(first))) == wire.decode_event(first)
        tickets = Path(sys.argv[1]).with_name("tickets.csv")
        mapping = wire.decode_mapping(tickets.with_suffix(".toml").read_bytes())
        assert mapping.zone == "Pacific/Auckland"
        assert log.check(tickets, mapping=mapping).counts.events > 0
        print(log.check(sys.argv[1]).counts.refused)
    """
    assert environment.python(_dedented(program)) == "6\n"
    assert "pip install 'work-request-manager[arrow]'" in environment.failure("import work_request_manager.arrow")
    ran = environment.run("wrm", "--version")
    assert ran.stderr == "wrm needs click; run: pip install 'work-request-manager[cli]'\n"


def use_cli(environment: Environment) -> None:
    """The command judges the example log as README shows, in each format. It lists the rules, and names extras."""
    ran = environment.run("wrm", "--version")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"wrm, version {VERSION}\n", "")
    shown = readme_block("$ wrm check").partition("\n")[2]
    ran = environment.run("wrm", "check", "--select", "WRM2", "docs/examples/log.jsonl", cwd=ROOT)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, shown, "")
    for name in environment.python("from work_request_manager.reports import FORMATS; print(*FORMATS)").split():
        ran = environment.run("wrm", "check", "--format", name, LOG)
        assert (ran.returncode, ran.stderr) == (1, "")
        assert "WRM203" in ran.stdout, name
    assert "supplier-may-cancel" in environment.run("wrm", "rules").stdout
    ran = environment.run("wrm", "serve")
    assert ran.returncode == 2
    assert "pip install 'work-request-manager[server]'" in ran.stderr


def use_zstd(environment: Environment) -> None:
    """A log that is compressed with zstd is judged."""
    program = """
        import sys
        from pathlib import Path
        from backports import zstd
        from work_request_manager import log
        Path("log.jsonl.zst").write_bytes(zstd.compress(Path(sys.argv[1]).read_bytes()))
        print(log.check("log.jsonl.zst").counts.refused)
    """
    assert environment.python(_dedented(program)) == "6\n"


def use_arrow(environment: Environment) -> None:
    """The example log becomes a Parquet file, which is judged, and so are its record batches."""
    ran = environment.run("python", "-W", "error", LOG.with_name("to_parquet.py"), LOG, "log.parquet")
    assert ran.returncode == 0, ran.stderr
    program = """
        from pyarrow import parquet
        from work_request_manager import log
        from work_request_manager.arrow import check_batches
        rows = parquet.read_table("log.parquet").sort_by([("taskId", "ascending"), ("sequence", "ascending")])
        found = sum(batch.num_rows for batch in check_batches(rows))
        print(log.check("log.parquet").counts.refused, found >= 6)
    """
    assert environment.python(_dedented(program)) == "6 True\n"


def use_testing(environment: Environment) -> None:
    """The plugin passes README's test and a strategy, and fails the test that the how-to page says it fails."""
    strategy = """
        from hypothesis import given
        from work_request_manager.testing import strategies

        @given(strategies.histories(max_events=3))
        def test_drawn(history):
            assert len(history) <= 3
    """
    page = (ROOT / "docs" / "how-to" / "test-with-pytest.md").read_text("utf-8")
    both = re.search(r"^```python\n(# test_northline.py\n.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert both is not None
    tests = environment.scratch
    (tests / "test_readme.py").write_text(readme_block("from datetime import UTC, datetime\nimport pytest"), "utf-8")
    (tests / "test_drawn.py").write_text(_dedented(strategy), "utf-8")
    (tests / "test_page.py").write_text(both[1], "utf-8")
    ran = environment.run("python", "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-W", "error")
    assert ran.returncode == 1, ran.stdout
    assert "1 failed, 3 passed" in ran.stdout
    assert "unexpected refusal by WRM208 for WR-1:" in ran.stdout
    assert "WRM208 close-follows-completion" in ran.stdout


def use_server(environment: Environment) -> None:
    """The stand-in answers over HTTP, and the command is there."""
    program = """
        import httpx
        from work_request_manager.server import create_app, serving
        with serving(create_app()) as server:
            print(httpx.get(f"{server.url}/version").json())
    """
    assert environment.python(_dedented(program)) == f"{{'version': '{VERSION}'}}\n"
    assert "listens" not in environment.run("wrm", "serve", "--help").stderr
    assert environment.run("wrm", "serve", "--help").returncode == 0


def use_docs(environment: Environment) -> None:
    """The documentation site is built, with the pages of the Python API."""
    site = environment.scratch / "site"
    ran = environment.run("python", environment.tree / "docs" / "site" / "build.py", site)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "decide" in (site / "reference" / "work_request_manager.html").read_text("utf-8")


def _dedented(program: str) -> str:
    return re.sub(r"(?m)^ {8}", "", program)


USES: Mapping[str, Callable[[Environment], None]] = {
    "": use_core,
    "wire": use_wire,
    "cli": use_cli,
    "zstd": use_zstd,
    "arrow": use_arrow,
    "testing": use_testing,
    "server": use_server,
    "docs": use_docs,
}
"""The use of each extra. The extra `dev` has the tests of the project."""

CASES = [
    pytest.param(version, extra, id=f"{version}-{extra or 'core'}")
    for version in PYTHONS
    for extra in USES
    if extra != "docs" or version == PYTHONS[-1]  # it is large, and its use does not depend on the version
]


def test_every_extra_has_a_use() -> None:
    """A new extra needs a test here."""
    assert set(USES) == {"", *PROJECT["optional-dependencies"]} - {"dev"}
    classifiers = [name.removeprefix("Programming Language :: Python :: ") for name in PROJECT["classifiers"]]
    assert [name for name in classifiers if re.fullmatch(r"3\.\d+", name)] == list(PYTHONS)


@pytest.mark.parametrize(("version", "extra"), CASES)
def test_an_extra_works_by_itself(version: str, extra: str, built: Built, tree: Path, tmp_path: Path) -> None:
    """The environment has what the extra needs and nothing more, and the extra does what it promises."""
    with environment_of(version, extra, built.wheel, tmp_path, tree) as environment:
        needed = check_distributions(environment, extra)
        if not extra:
            assert needed == {"work-request-manager", "attrs", "transitions", "six"}
        USES[extra](environment)


def extras_of_modules() -> dict[str, str]:
    """Return the extra that each public module needs, as the page on the Python API lists it."""
    page = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(work_request_manager[\w.]*)` \| .* \| `(\w+)` \|$", page, re.MULTILINE))


@pytest.mark.parametrize("version", PYTHONS)
def test_an_import_without_its_extra_names_it(version: str, built: Built, tree: Path, tmp_path: Path) -> None:
    """Without an extra, the import of each module that needs one fails, and the error says what to install."""
    expected = extras_of_modules()
    assert len(expected) >= 9
    with environment_of(version, "", built.wheel, tmp_path, tree) as environment:
        errors = {module: environment.failure(f"import {module}") for module in expected}
    wrong = {module: error for module, error in errors.items() if not _names_an_extra(error)}
    assert wrong == {}
    assert "pip install 'work-request-manager[wire]'" in errors["work_request_manager.wire"]


def _names_an_extra(error: str) -> bool:
    return error.startswith("ModuleNotFoundError: ") and "pip install 'work-request-manager[" in error
