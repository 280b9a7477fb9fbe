"""JSON values to our classes and back, told by the classes' own fields.

Each codec decodes, encodes and describes one type. The classes of `model` and `events` say which fields there are,
which may be left out and what they hold; here stands only how JSON spells that.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from reprlib import Repr
from types import NoneType, UnionType
from typing import Any, Protocol, get_args, get_origin, get_type_hints

import attrs

from work_request_manager._values import NOTE_LIMIT, FieldError, FrozenDict, name, note, plain_text
from work_request_manager.events import new_activity
from work_request_manager.model import Activity, ActivityType

Types = Mapping[str, ActivityType]
"""The activity types that a code can stand for."""

NO_TYPES: Types = FrozenDict({})
"""No code stands for a type."""


class WireError(ValueError):
    """What was read can't be an event or a work request.

    Args:
        rule: the id of the finding that it makes in a log, such as "WRM502".
        path: the bad field, such as "$.sender.role"; "$" for all of it.
        message: what is wrong with it, and the way out.
    """

    def __init__(self, rule: str, path: str, message: str) -> None:
        super().__init__(rule, path, message)
        self.rule = rule
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path} {self.message}"


def bad_field(path: str, message: str) -> WireError:
    """Return the error of a field that is missing, of the wrong kind, or can't hold its value."""
    return WireError("WRM502", path, message)


def wrong_kind(path: str, value: object, wanted: str) -> WireError:
    """Return the error of a field of the wrong kind."""
    return bad_field(path, f"is {shown(value)}; it must be {wanted}")


_REPR = Repr()
_REPR.maxstring = _REPR.maxlong = _REPR.maxother = 60


def shown(value: object) -> str:
    """Return a value's text, cut where it is long or deep."""
    return _JSON.get(value, "") if value is None or isinstance(value, bool) else _REPR.repr(value)


_JSON = {None: "null", True: "true", False: "false"}


def wire_name(field: str) -> str:
    """Return the camel case of a field's name, or of a path of them."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), field)


class Codec(Protocol):
    """One type's way to and from JSON."""

    def decode(self, value: Any, path: str, types: Types) -> Any:
        """Return what a JSON value stands for; WireError with its path if it stands for nothing."""

    def encode(self, value: Any) -> Any:
        """Return the JSON value that decodes to an equal value."""

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON Schema of what decodes, adding what it refers to."""


class _Text:
    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, str):
            raise wrong_kind(path, value, "text")
        return value

    def encode(self, value: Any) -> Any:
        return plain_text(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "string"}


class _Flag:
    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, bool):
            raise wrong_kind(path, value, "true or false")
        return value

    def encode(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "boolean"}


class _Json:
    def decode(self, value: Any, path: str, types: Types) -> Any:
        return value

    def encode(self, value: Any) -> Any:
        if isinstance(value, FrozenDict):
            return {key: self.encode(item) for key, item in value.items()}
        return [self.encode(item) for item in value] if isinstance(value, tuple) else value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {}


class _Instant:
    """A time; `rule` is broken by one that is not ISO 8601, or has no zone."""

    # fromisoformat takes more than ISO 8601 does, such as blanks, and any character between date and time.
    _FORM = re.compile(r"[0-9W-]+T[0-9:]+([.,][0-9]+)?(Z|[+-][0-9:]+)?")

    def __init__(self, rule: str) -> None:
        self._rule = rule

    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, str):
            raise wrong_kind(path, value, "a time, such as '2026-03-01T20:00:00Z'")
        try:
            instant = datetime.fromisoformat(value) if self._FORM.fullmatch(value) else None
        except ValueError:
            instant = None
        if instant is None:
            wrong = "which can't be read as ISO 8601; write it as '2026-03-01T20:00:00Z'"
            raise WireError(self._rule, path, f"is {shown(value)}, {wrong}")
        if instant.tzinfo is None:
            wrong = "which names no time zone; end it with Z or an offset, such as +13:00"
            raise WireError(self._rule, path, f"is {shown(value)}, {wrong}")
        return instant

    def encode(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class _Name:
    """One of an enumeration's values."""

    def __init__(self, names: type[StrEnum]) -> None:
        self._names = names

    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, str):
            raise wrong_kind(path, value, "text")
        try:
            return self._names(value)
        except ValueError:
            raise bad_field(path, f"is {shown(value)}; it must be one of {', '.join(self._names)}") from None

    def encode(self, value: Any) -> Any:
        return value.value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"enum": [member.value for member in self._names]}


class Array:
    def __init__(self, item: Codec) -> None:
        self._item = item

    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, list):
            raise wrong_kind(path, value, "a list")
        return tuple(self._item.decode(item, f"{path}[{index}]", types) for index, item in enumerate(value))

    def encode(self, value: Any) -> Any:
        return [self._item.encode(item) for item in value]

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": self._item.schema(definitions)}


class _Map:
    def __init__(self, key: Codec, item: Codec) -> None:
        self._key = key
        self._item = item

    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, dict):
            raise wrong_kind(path, value, "an object")
        return {
            self._key.decode(key, path, types): self._item.decode(item, f"{path}[{key!r}]", types)
            for key, item in value.items()
        }

    def encode(self, value: Any) -> Any:
        return {self._key.encode(key): self._item.encode(item) for key, item in value.items()}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": self._key.schema(definitions),
            "additionalProperties": self._item.schema(definitions),
        }


class Fields:
    """The fields of one class, as the fields of a JSON object; fields that it does not know are ignored.

    Args:
        cls: the class.
        build: what makes its objects of the fields; the class itself if None.
        only: the names of the fields on the wire; all if None.
        named: the wire names of fields where these are not the camel case of their own.
        codecs: the codecs of fields where these do not follow from their types.
    """

    def __init__(
        self,
        cls: type,
        *,
        build: Callable[..., Any] | None = None,
        only: Collection[str] | None = None,
        named: Mapping[str, str] = FrozenDict({}),
        codecs: Mapping[str, Codec] = FrozenDict({}),
    ) -> None:
        attrs_class: Any = cls
        hints = get_type_hints(cls)
        self._build = build or cls
        self._fields: list[tuple[attrs.Attribute[Any], str, Codec]] = [
            (field, named.get(field.name, wire_name(field.name)), codecs.get(field.name) or codec_of(hints[field.name]))
            for field in attrs.fields(attrs_class)
            if only is None or field.name in only
        ]
        self._keys = {field.name: key for field, key, _ in self._fields}

    def decode(self, value: Any, path: str, types: Types) -> Any:
        """Return the object that a JSON object stands for."""
        if not isinstance(value, dict):
            raise wrong_kind(path, value, "an object")
        known = {}
        for field, key, codec in self._fields:
            item = value.get(key)
            if item is not None or (key in value and isinstance(codec, _Json)):
                known[field.name] = codec.decode(item, f"{path}.{key}", types)
            elif field.default is attrs.NOTHING:
                raise bad_field(f"{path}.{key}", "is null; it must have a value" if key in value else "is missing")
        try:
            return self._build(**known)
        except FieldError as error:
            raise bad_field(f"{path}.{self._keys.get(error.field, wire_name(error.field))}", error.message) from None

    def encode(self, value: Any) -> dict[str, Any]:
        """Return the JSON object that decodes to an equal object; what is None is left out."""
        items = ((field, key, codec, getattr(value, field.name)) for field, key, codec in self._fields)
        return {
            key: codec.encode(item)
            for field, key, codec, item in items
            if item is not None or field.default is attrs.NOTHING
        }

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON Schema of the object, adding what it refers to."""
        return {
            "type": "object",
            "properties": {
                key: _or_null(field, codec.schema(definitions) | _limits(field)) for field, key, codec in self._fields
            },
            "required": [key for field, key, _ in self._fields if field.default is attrs.NOTHING],
        }


class _Named(Fields):
    """A class whose schema stands apart, under a name."""

    def __init__(self, cls: type, label: str, **how: Any) -> None:
        super().__init__(cls, **how)
        self._label = label

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self._label not in definitions:
            definitions[self._label] = super().schema(definitions)
        return {"$ref": f"#/$defs/{self._label}"}


class _TypeOrCode(_Named):
    """An activity type, in full or by its code."""

    def decode(self, value: Any, path: str, types: Types) -> Any:
        if not isinstance(value, str):
            return super().decode(value, path, types)
        if value not in types:
            raise bad_field(path, f"is {shown(value)}, which is no known type; give it in full, or define it (--types)")
        return types[value]

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [super().schema(definitions), {"type": "string", "minLength": 1}]}


@cache
def codec_of(hint: Any) -> Codec:
    """Return the codec of a type, told by its hint."""
    if isinstance(hint, UnionType):
        known = [arg for arg in get_args(hint) if arg is not NoneType]
        # The one other union is that of a reject's reason, which can be any text.
        return codec_of(known[0]) if len(known) == 1 else _Text()
    if get_origin(hint) is tuple:
        return Array(codec_of(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return _Map(*map(codec_of, get_args(hint)))
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, StrEnum):
        return _Name(hint)
    return _TypeOrCode(hint, hint.__name__) if hint is ActivityType else _Named(hint, hint.__name__)


_PLAIN: Mapping[Any, Codec] = {str: _Text(), bool: _Flag(), datetime: _Instant("WRM502"), Any: _Json()}

AT = _Instant("WRM504")
"""The time of an event."""

NEW_ACTIVITY = _Named(Activity, "NewActivity", build=new_activity, only=("id", "type", "status"))
"""An activity as an event tells it."""


def _or_null(field: "attrs.Attribute[Any]", schema: dict[str, Any]) -> dict[str, Any]:
    return schema if field.default is attrs.NOTHING else {"anyOf": [schema, {"type": "null"}]}


def _limits(field: "attrs.Attribute[Any]") -> dict[str, Any]:
    validator = getattr(field.validator, "validator", field.validator)
    return {"minLength": 1} if validator is name else {"maxLength": NOTE_LIMIT} if validator is note else {}
