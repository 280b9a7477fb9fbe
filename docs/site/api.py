"""Write the pages of the Python API from the public names and their docstrings.

A public name is documented once: in the public module that defines it, otherwise in the first one that exports it. The
other modules that export it link there.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import GenericAlias, ModuleType, UnionType
from typing import Any, NamedTuple, get_origin

PACKAGE = "work_request_manager"
PAGE = Path(__file__).parents[1] / "reference" / "python.md"


class Definition(NamedTuple):
    """The place where a public name is defined.

    Args:
        module: the module that defines it, which may be private.
        name: the name.
        path: the import path under which the site documents it.
    """

    module: str
    name: str
    path: str

    @property
    def value(self) -> Any:
        """The object that has the name."""
        return getattr(importlib.import_module(self.module), self.name)


def _modules() -> tuple[str, ...]:
    """Return the public modules: those that the page on the Python API lists, and those that the package exports."""
    listed = re.findall(rf"^(?:## |\| `)({PACKAGE}[\w.]*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    package = importlib.import_module(PACKAGE)
    exported = [name for name in package.__all__ if isinstance(getattr(package, name), ModuleType)]
    return tuple(dict.fromkeys([PACKAGE, *(f"{PACKAGE}.{name}" for name in exported), *listed]))


MODULES = _modules()
"""The public modules."""


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Return the names that a module imports from modules of the package, each with its module and its name there.

    Imported modules are left out.
    """
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in _tree(module).body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE)
        for alias in node.names
        if not isinstance(getattr(importlib.import_module(node.module), alias.name), ModuleType)
    }


@cache
def public_names(module: str) -> tuple[str, ...]:
    """Return the public names of a module: `__all__`, or else every name without underscore that it defines."""
    exported = getattr(importlib.import_module(module), "__all__", None)
    return tuple(exported or (name for name in _defined(_tree(module)) if not name.startswith("_")))


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def definition(module: str, name: str) -> Definition:
    """Return the definition of a public name of a module."""
    path = f"{module}.{name}"
    while name in _imports(module):
        module, name = _imports(module)[name]
        if module in MODULES and name in public_names(module):
            path = f"{module}.{name}"
    return Definition(module, name, path)


def _definitions() -> dict[str, Definition]:
    """Return the definition behind each import path of a public name, except for modules."""
    found: dict[str, Definition] = {}
    first: dict[tuple[str, str], Definition] = {}
    for module in MODULES:
        for name in public_names(module):
            defined = definition(module, name)
            if not isinstance(defined.value, ModuleType):
                found[f"{module}.{name}"] = first.setdefault(defined[:2], defined)
    return found


DEFINITIONS = _definitions()
"""The definition behind each import path of a public name."""

_ALIAS = (UnionType, GenericAlias)


def is_alias(value: object) -> bool:
    """Return whether a value is a name for a type, such as a union."""
    return isinstance(value, _ALIAS) or get_origin(value) is not None


def _kind(value: Any) -> str:
    if isinstance(value, type) and not isinstance(value, GenericAlias):
        return "Exceptions" if issubclass(value, Exception) else "Classes"
    if is_alias(value):
        return "Types"
    return "Functions" if inspect.isroutine(inspect.unwrap(value)) else "Data"


def page(module: str) -> str:
    """Return the page of a module, in reStructuredText.

    Args:
        module: the name of a public module.
    """
    sections: dict[str, list[str]] = {}
    elsewhere = []
    for name in public_names(module):
        path = f"{module}.{name}"
        if path not in DEFINITIONS:
            elsewhere.append(f":py:mod:`{path}`")
        elif (defined := DEFINITIONS[path]).path != path:
            elsewhere.append(f":py:obj:`{name} <{defined.path}>`")
        else:
            value = defined.value
            sections.setdefault(_kind(value), []).append(_directive(path, value))
    title = [module, "=" * len(module)]
    parts = ["\n".join(title), f".. automodule:: {module}"]
    if elsewhere:
        parts.append("Also here: " + ", ".join(elsewhere) + ".")
    for kind in ("Functions", "Classes", "Exceptions", "Types", "Data"):
        if kind in sections:
            parts += [f"{kind}\n{'-' * len(kind)}", *sections[kind]]
    return "\n\n".join(parts) + "\n"


def _directive(path: str, value: Any) -> str:
    match _kind(value):
        case "Functions":
            lines = [f".. autofunction:: {path}"]
        case "Classes" | "Exceptions" as kind:
            lines = [f".. auto{'class' if kind == 'Classes' else 'exception'}:: {path}", "   :members:"]
            if issubclass(value, Enum):
                lines.append("   :undoc-members:")
            if any(_is_shown(base) for base in value.__bases__):
                lines.append("   :show-inheritance:")
        case _:
            lines = [f".. autodata:: {path}"]
            if is_alias(value) or len(repr(value)) > 60:
                lines.append("   :no-value:")
    return "\n".join(lines)


def default_of(class_: type, field: str) -> str:
    """Return the default of a field of an attrs class, as the source has it."""
    for base in class_.__mro__:
        for node in (node for node in _tree(base.__module__).body if isinstance(node, ast.ClassDef)):
            for each in node.body if node.name == base.__name__ else ():
                match each:
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call) if name == field:
                        return next(ast.unparse(word.value) for word in call.keywords if word.arg == "default")
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name == field:
                        return ast.unparse(value)
    raise LookupError(f"{class_.__name__} has no field {field} with a default")


def _is_shown(base: type) -> bool:
    public = {id(each.value) for each in DEFINITIONS.values()}
    return id(base) in public or (base.__module__ == "builtins" and issubclass(base, Exception))
