"""All errors that the library raises by design.

Every message names the field or the value, what is wrong with it, and the way out.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from work_request_manager.deciding import Refused

__all__ = ["EventRefused", "FieldError", "FieldTypeError", "FieldValueError", "UnreadableLog", "WireError"]


class FieldError(Exception):
    """A field cannot hold a value.

    Args:
        field: the name of the field, such as "closure". Decoders turn it into a path.
        message: what is wrong and what to do, to follow the field's name in a sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field} {self.message}"


class FieldValueError(FieldError, ValueError):
    """The value has the right type but is impossible."""


class FieldTypeError(FieldError, TypeError):
    """The value has the wrong type."""


class EventRefused(Exception):
    """`apply` or `replay` met an event that the rules refuse.

    Args:
        refused: the decision. The text of the error lists all of its violations.
    """

    def __init__(self, refused: "Refused") -> None:
        super().__init__(refused)
        self.refused = refused

    def __str__(self) -> str:
        return "\n".join(str(violation) for violation in self.refused.violations)


class WireError(ValueError):
    """Some data cannot be decoded, or a value cannot be encoded.

    Args:
        rule: the id of the log rule that reports it, such as "WRM502".
        path: the bad field, such as "$.sender.role". "$" is the whole value.
        message: what is wrong and what to do, to follow the path in a sentence.
    """

    def __init__(self, rule: str, path: str, message: str) -> None:
        super().__init__(rule, path, message)
        self.rule = rule
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path} {self.message}"


class UnreadableLog(Exception):
    """A log cannot be read to its end. The lines before the bad place have been read."""
