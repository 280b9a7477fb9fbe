"""The public names and their signatures, compared with the listing in tests/public_names.txt.

A test fails if a public name appears, disappears or gets another signature. If you mean it, write the listing again:

    python tests/test_public_names.py

docs/explanation/versioning.md defines which names are public, and what a change means for the version number.
"""

import difflib
import enum
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LISTING = Path(__file__).with_name("public_names.txt")
VERSIONING = ROOT / "docs" / "explanation" / "versioning.md"
COMMAND = "python tests/test_public_names.py"


def _api() -> Any:
    """Return the module of the documentation site that finds the public modules and the names that they export."""
    spec = importlib.util.spec_from_file_location("api_of_the_site", ROOT / "docs" / "site" / "api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


API = _api()


def shared_names() -> dict[str, list[str]]:
    """Return the names of each module that only the other folders of the package use, as the page lists them."""
    page = VERSIONING.read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `({API.PACKAGE}[\w.]*)` \| (`.+`) \|$", page, re.MULTILINE)
    return {module: re.findall(r"`(\w+)`", names) for module, names in rows}


def single_classes() -> list[str]:
    """Return the import paths of the public classes of modules that are not public, as the page lists them."""
    return re.findall(rf"`({API.PACKAGE}\.[\w.]+\.[A-Z]\w+)`", VERSIONING.read_text(encoding="utf-8"))


def listing() -> str:
    """Return a line for each public name and for each public member of a public class."""
    shared = shared_names()
    lines = [
        line
        for module in API.MODULES
        for name in sorted(API.public_names(module))
        if name not in shared.get(module, ())
        for line in _lines(module, name)
    ]
    for path in single_classes():
        lines += _lines_of_class(path, pkgutil.resolve_name(path))
    return "".join(f"{line}\n" for line in lines)


def _lines(module: str, name: str) -> Iterator[str]:
    path = f"{module}.{name}"
    defined = API.DEFINITIONS.get(path)
    if defined is None:
        yield f"{path}: a module"
    elif defined.path != path:
        yield f"{path}: {defined.path}"
    elif API.is_alias(defined.value):
        yield f"{path} = {_shortened(str(defined.value))}"
    elif isinstance(defined.value, type):
        yield from _lines_of_class(path, defined.value)
    elif inspect.isroutine(inspect.unwrap(defined.value)):
        yield f"{path}{_signature(defined.value)}"
    else:
        yield f"{path}: {type(defined.value).__name__}"


def _lines_of_class(path: str, class_: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in class_.__bases__ if "._" not in base.__module__) or "object"
    if issubclass(class_, enum.Enum):
        yield f"{path}: {bases}"
        yield from (f"{path}.{member.name} = {member.value!r}" for member in class_)
    else:
        is_made = not getattr(class_, "_is_protocol", False) and vars(Exception)["__init__"] is not class_.__init__
        yield f"{path}{_signature(class_, returns=False) if is_made else ''}: {bases}"
    for name in sorted(dir(class_)):
        owner = next((base for base in class_.__mro__ if name in vars(base)), object)
        if (name.startswith("_") and name != "__call__") or not owner.__module__.startswith(API.PACKAGE):
            continue
        member = inspect.getattr_static(class_, name)
        if isinstance(member, staticmethod | classmethod):
            yield f"{path}.{name}{_signature(getattr(class_, name))}"
        elif inspect.isfunction(member):
            yield f"{path}.{name}{_signature(member, skipped=1)}"
        elif not isinstance(member, class_):  # members of enumerations are listed above
            yield f"{path}.{name}"


def _signature(value: Any, *, skipped: int = 0, returns: bool = True) -> str:
    signature = inspect.signature(value)
    parameters = [_plain(each) for each in [*signature.parameters.values()][skipped:]]
    text = str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    if returns and signature.return_annotation is not inspect.Signature.empty:
        text += f" -> {_annotation(signature.return_annotation)}"
    return text


class _Text:
    """A text that a signature shows without quotes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter that every version of Python shows in the same way."""
    if parameter.default is not parameter.empty:
        parameter = parameter.replace(default=_default(parameter.default))
    if parameter.annotation is not parameter.empty:
        parameter = parameter.replace(annotation=_Text(_annotation(parameter.annotation)))
    return parameter


def _default(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return _Text(f"{type(value).__name__}.{value.name}")
    return value if value is None or value == () or isinstance(value, bool | int | float | str) else _Text("...")


def _annotation(annotation: Any) -> str:
    is_class = isinstance(annotation, type) and not API.is_alias(annotation)
    text = _shortened(annotation.__qualname__ if is_class else str(annotation))
    for long, name in _ALIASES:
        text = text.replace(long, name)
    return text


def _shortened(text: str) -> str:
    """Return the text of a type without the names of modules."""
    return re.sub(r"\b(?:[a-zA-Z_]\w*\.)+(\w)", r"\1", text.replace("NoneType", "None"))


_ALIASES = sorted(
    {
        (_shortened(str(each.value)), each.name)
        for each in API.DEFINITIONS.values()
        if API.is_alias(each.value) and len(str(each.value)) > 60
    },
    key=lambda pair: -len(pair[0]),
)
"""The texts of long types that have a public name, and the names; the longest first."""


def test_the_public_names_are_those_of_the_listing() -> None:
    """No public name or signature has changed without its line in the listing."""
    expected, found = LISTING.read_text(encoding="utf-8"), listing()
    changed = [line for line in difflib.ndiff(expected.splitlines(), found.splitlines()) if line[0] in "+-"]
    advice = (
        "The public names have changed (- listed, + found). Read docs/explanation/versioning.md for what that means for"
        f" the version number, add a line to CHANGELOG.md, and run: {COMMAND}"
    )
    if expected != found:
        pytest.fail("\n".join([advice, *changed]), pytrace=False)


def test_shared_names_exist() -> None:
    """Each name that the page calls shared is exported by its module, which is public."""
    assert shared_names() != {}
    for module, names in shared_names().items():
        assert module in API.MODULES
        assert sorted(names) == names, module
        assert [name for name in names if name not in API.public_names(module)] == []


def test_the_docs_use_public_names_only() -> None:
    """All names that a page or an example imports from the package are in the listing, or are public modules."""
    public = {*API.MODULES, *re.findall(r"^[\w.]+", listing(), re.MULTILINE)}
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs" / "examples").rglob("*.py")]
    imports = re.compile(rf"^ *from ({API.PACKAGE}[\w.]*) import (?:\(([^)]+)\)|(.+))$", re.MULTILINE)
    used = {
        f"{module}.{name.split()[0]}"
        for page in pages
        for module, *names in imports.findall(page.read_text(encoding="utf-8"))
        for name in "".join(names).split(",")
        if name.strip()
    }
    assert len(used) > 50
    assert used - public == set()


if __name__ == "__main__":
    LISTING.write_text(listing(), encoding="utf-8")
    sys.stdout.write(f"{LISTING.relative_to(ROOT)} written\n")
