"""Frozen objects made from the parts of valid ones, without the checks of their constructors.

`docs/decisions/unchecked-copies.md` says what this saves. A property of the tests proves that the constructors accept
every work request that is made here.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import attrs

from work_request_manager.model import Activity, Status, WorkRequest

T = TypeVar("T")


def maker(cls: type[T]) -> Callable[..., T]:
    """Return a function that makes a frozen object from the values of all its fields, by position."""
    names = _field_names(cls)
    return _compiled(cls, ", ".join(names), {name: name for name in names})


def copier(cls: type[T]) -> Callable[..., T]:
    """Return a function that copies a frozen object, with the fields that are given by keyword replaced."""
    names = _field_names(cls)
    parameters = ", ".join(f"{name}=KEPT" for name in names)
    values = {name: f"original.{name} if {name} is KEPT else {name}" for name in names}
    return _compiled(cls, f"original, *, {parameters}", values)


def _field_names(cls: type) -> list[str]:
    return [field.name for field in attrs.fields(cast(Any, cls))]


def _compiled(cls: type[T], parameters: str, values: dict[str, str]) -> Callable[..., T]:
    """Compile the assignment of every field.

    The object begins as an instance of a class with the same slots that is not frozen, and then gets its real class.
    Written out as attrs writes constructors, this is ten times as fast as `attrs.evolve`.
    """
    lines = [
        f"def make({parameters}):",
        "    draft = Draft()",
        *(f"    draft.{name} = {value}" for name, value in values.items()),
        "    draft.__class__ = cls",
        "    return draft",
    ]
    # The constructor and the setter of `object`, because a base class may be frozen and check its fields.
    plain = {"__slots__": cls.__dict__["__slots__"], "__init__": object.__init__, "__setattr__": object.__setattr__}
    draft = type("Draft", cls.__bases__, plain)
    known: dict[str, Any] = {"Draft": draft, "KEPT": object(), "cls": cls}
    exec("\n".join(lines), known)  # noqa: S102 - the text is made of the names of our own fields only
    return cast("Callable[..., T]", known["make"])


copy_activity = copier(Activity)
copy_work_request = copier(WorkRequest)
make_activity = maker(Activity)
make_status = maker(Status)
make_work_request = maker(WorkRequest)
