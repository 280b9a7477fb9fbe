"""The errors of JSON values that do not fit."""

from collections.abc import Iterable, Sequence
from reprlib import Repr

from work_request_manager._values import MAX_TEXT, short_text
from work_request_manager.errors import WireError


def bad_field(path: str, message: str) -> WireError:
    """Return the error of a field that is missing, has the wrong type, or cannot hold its value."""
    return WireError("WRM502", path, message)


def wrong_type(path: str, value: object, wanted: str) -> WireError:
    """Return the error of a field whose value has the wrong type."""
    return bad_field(path, f"is {short_json(value)}; it must be {wanted}")


def require_known(value: Iterable[str], known: Sequence[str], path: str) -> None:
    """Raise WireError if a JSON object has a key that is not known."""
    for key in value:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near}?" if near else f"the known fields are {', '.join(known)}"
            raise bad_field(f"{path}.{short_text(key)}", f"is not a known field; {hint}")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a misspelt one. Return None if none is like it."""
    # Imported here, because that takes 5 ms, and most programs do not need it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:MAX_TEXT], known, n=1)), None)


_REPR = Repr()  # not `short_repr`, because a JSON value can be nested more deeply than recursion can go
_REPR.maxstring = _REPR.maxlong = _REPR.maxother = 60


def short_json(value: object) -> str:
    """Return a JSON value as messages print it, cut if it is long or deep."""
    return _WORDS.get(value, "") if value is None or isinstance(value, bool) else _REPR.repr(value)


_WORDS = {None: "null", True: "true", False: "false"}
