"""The layout of the package: imports point one way, from the law to the command line."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import work_request_manager

PACKAGE = work_request_manager.__name__
ROOT = Path(work_request_manager.__file__).parent
LAW = ("errors", "_values", "model", "events", "changes", "graph", "rules", "_copying", "kinds", "catalogue")
ENGINE = ("machine", "facts", "judging", "violations", "evolving", "rulebook", "deciding")
USES = ("wire", "log", "arrow", "verify", "vectors", "testing", "reports", "server")
TOP = ("cli", "__main__")
ORDER = {name: level for level, names in enumerate((LAW, ENGINE, USES, TOP)) for name in names}

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").rstrip("."): path
    for path in ROOT.rglob("*.py")
}
"""The modules of the package by their dotted names in it. The name of the package itself is empty."""


def is_for_type_checkers(node: ast.AST) -> bool:
    """Return whether a statement is never run."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def import_nodes(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a tree, those inside functions too, but not those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if is_for_type_checkers(node):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from import_nodes(node)


@cache
def imports(module: str) -> frozenset[str]:
    """Return the absolute names of the modules that a module imports."""
    names: set[str] = set()
    for node in import_nodes(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            assert not node.level, f"{module} has a relative import"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = full.removeprefix(f"{PACKAGE}.") in MODULES and full.startswith(PACKAGE)
                names.add(full if is_module else node.module)
    return frozenset(names)


def own_imports(module: str) -> set[str]:
    """Return the names in the package of the modules of the package that a module imports."""
    names = {name for name in imports(module) if name.partition(".")[0] == PACKAGE}
    return {name.removeprefix(PACKAGE).lstrip(".") for name in names}


def top(module: str) -> str:
    """Return the folder of a module, or the module itself if it is at the root."""
    return module.partition(".")[0]


def test_each_module_has_its_level() -> None:
    """A new module or folder at the root belongs to the law, the engine, the uses or the command line."""
    assert {top(module) for module in MODULES if module} == set(ORDER)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_one_way(module: str) -> None:
    """The law imports the law only, and the engine does not import its uses."""
    level = ORDER.get(top(module), ORDER["deciding"])
    later = {name for name in own_imports(module) if name and ORDER[top(name)] > level}
    assert later == set()
    if module and level < ORDER["wire"]:
        assert "" not in own_imports(module), "a part of the core imports the public names from their own modules"


def test_there_are_no_import_circles() -> None:
    """The graph of the imports can be sorted."""
    done: set[str] = set()
    under_way: list[str] = []

    def visit(module: str) -> None:
        assert module not in under_way, " -> ".join([*under_way, module])
        if module not in done:
            under_way.append(module)
            for name in sorted(own_imports(module)):
                visit(name)
            done.add(under_way.pop())

    for module in sorted(MODULES):
        visit(module)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_private_modules_are_imported_in_their_folder_only(module: str) -> None:
    """A module or folder whose name starts with an underscore is private to the folder that it is in."""
    for name in own_imports(module):
        parts = name.split(".")
        for index, part in enumerate(parts[1:], 1):
            if part.startswith("_"):
                folder = ".".join(parts[:index])
                assert f"{module}.".startswith(f"{folder}."), f"{module} imports {name}"


def test_uses_stay_apart() -> None:
    """The test kit imports no log internals, the command line no test kit, and Parquet files no checker."""
    for module in MODULES:
        tops = {top(name) for name in own_imports(module)}
        if top(module) == "testing":
            assert not any(name.startswith("log._") for name in own_imports(module))
        if top(module) == "cli":
            assert "testing" not in tops
        if module == "log.parquet":
            assert not {name for name in own_imports(module) if name in ("log", "log._checker")}


def test_only_the_machine_imports_transitions() -> None:
    """Everything else asks `machine`."""
    users = {module for module in MODULES if "transitions" in {name.partition(".")[0] for name in imports(module)}}
    assert users == {"machine"}


@pytest.mark.parametrize("library", ["hypothesis", "pytest"])
def test_parts_without_the_test_libraries(library: str) -> None:
    """Vectors, the proof and the manager work without hypothesis and pytest."""
    users = {top(module) for module in MODULES if library in {name.partition(".")[0] for name in imports(module)}}
    assert users <= {"testing"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_are_not_too_deep(module: str) -> None:
    """The package has two levels of folders at most."""
    assert module.count(".") <= 2
