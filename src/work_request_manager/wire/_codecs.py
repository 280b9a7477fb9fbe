"""Codecs: they convert JSON values to our classes and back.

Each codec decodes, encodes and describes one type. The classes of `model` and `events` say which fields there are,
which of them are optional, and what each holds. This module adds only how JSON spells that.
"""

import marshal
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Protocol, get_args, get_origin, get_type_hints

import attrs

from work_request_manager._values import (
    NOTE_LIMIT,
    FrozenDict,
    non_empty_text,
    note_text,
    plain_text,
    short_text,
)
from work_request_manager.errors import FieldError, WireError
from work_request_manager.model import ActivityType
from work_request_manager.wire._problems import bad_field, nearest, require_known, short_json, wrong_type
from work_request_manager.wire._times import TimeCodec

Types = Mapping[str, ActivityType]
"""Activity types by their codes."""

NO_TYPES: Types = FrozenDict({})
"""No activity types: events must give their types in full."""


class Options(NamedTuple):
    """The options of decoding.

    Args:
        types: the configured activity types by their codes. If there are any, no others exist.
        forbids_unknown_fields: whether a field that the class does not have is an error.
        decoded: the activity types that were decoded so far, by their JSON. So a type that many activities have is
            decoded and checked once.
    """

    types: Types
    forbids_unknown_fields: bool
    decoded: dict[bytes, ActivityType]


def options(types: Types | None = None, *, forbids_unknown_fields: bool = False) -> Options:
    """Return the options of decoding one document."""
    return Options(types or NO_TYPES, forbids_unknown_fields, {})


def camel_case(field: str) -> str:
    """Return the camel case of a field's name, or of a path of names."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), field)


class Codec(Protocol):
    """The conversion of one type to and from JSON."""

    def decode(self, value: Any, path: str, options: Options) -> Any:
        """Decode a JSON value.

        Args:
            value: the JSON value.
            path: its path, for the errors.
            options: the options of decoding.

        Raises:
            WireError: the value cannot be decoded.
        """

    def encode(self, value: Any) -> Any:
        """Encode a value as a JSON value, which decodes to an equal value."""

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        """Return the JSON Schema of the values that can be decoded.

        Args:
            definitions: the shared schemas by name. The codec adds those that its schema refers to.
            closed: whether unknown fields are not allowed.
        """


class _Text:
    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, str):
            raise wrong_type(path, value, "text")
        return value

    def encode(self, value: Any) -> Any:
        return plain_text(value)

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"type": "string"}


class _Boolean:
    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, bool):
            raise wrong_type(path, value, "true or false")
        return value

    def encode(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"type": "boolean"}


class _AnyJson:
    def decode(self, value: Any, path: str, options: Options) -> Any:
        return value

    def encode(self, value: Any) -> Any:
        if isinstance(value, FrozenDict):
            return {key: self.encode(item) for key, item in value.items()}
        return [self.encode(item) for item in value] if isinstance(value, tuple) else value

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {}


class _Enumeration:
    """A value of an enumeration."""

    def __init__(self, cls: type[StrEnum]) -> None:
        self._cls = cls

    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, str):
            raise wrong_type(path, value, "text")
        try:
            return self._cls(value)
        except ValueError:
            raise bad_field(path, f"is {short_json(value)}; it must be one of {', '.join(self._cls)}") from None

    def encode(self, value: Any) -> Any:
        return value.value

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"enum": [member.value for member in self._cls]}


class _Array:
    """A tuple of values of one type."""

    def __init__(self, item: Codec) -> None:
        self._item = item

    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, list):
            raise wrong_type(path, value, "a list")
        return tuple(self._item.decode(item, f"{path}[{index}]", options) for index, item in enumerate(value))

    def encode(self, value: Any) -> Any:
        return [self._item.encode(item) for item in value]

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"type": "array", "items": self._item.schema(definitions, closed=closed)}


class _Map:
    """A mapping from texts to values of one type."""

    def __init__(self, key: Codec, item: Codec) -> None:
        self._key = key
        self._item = item

    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, dict):
            raise wrong_type(path, value, "an object")
        return {
            self._key.decode(key, path, options): self._item.decode(item, f"{path}[{key!r}]", options)
            for key, item in value.items()
        }

    def encode(self, value: Any) -> Any:
        return {self._key.encode(key): self._item.encode(item) for key, item in value.items()}

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": self._key.schema(definitions, closed=closed),
            "additionalProperties": self._item.schema(definitions, closed=closed),
        }


class ObjectCodec:
    """A JSON object for the fields of one class. Other fields of the JSON object are ignored, or errors.

    Args:
        cls: the class.
        build: the function that builds an object from its fields. Pass None to call the class.
        only: the names of the fields that JSON has. Pass None for all fields.
        keys: the keys of fields whose key is not the camel case of the name.
        codecs: the codecs of fields whose codec does not follow from the type.
        own_keys: further keys of the JSON object, which its reader looks at.
    """

    def __init__(
        self,
        cls: type,
        *,
        build: Callable[..., Any] | None = None,
        only: Collection[str] | None = None,
        keys: Mapping[str, str] = FrozenDict({}),
        codecs: Mapping[str, Codec] = FrozenDict({}),
        own_keys: tuple[str, ...] = (),
    ) -> None:
        attrs_class: Any = cls
        hints = get_type_hints(cls)
        self._build = build or cls
        self._own_keys = own_keys
        self._fields: list[tuple[attrs.Attribute[Any], str, Codec]] = [
            (field, keys.get(field.name, camel_case(field.name)), codecs.get(field.name) or codec_of(hints[field.name]))
            for field in attrs.fields(attrs_class)
            if only is None or field.name in only
        ]
        self._keys = {field.name: key for field, key, _ in self._fields}
        self._nullable = {
            field.name
            for field, _, _ in self._fields
            if field.default is not attrs.NOTHING or NoneType in get_args(hints[field.name])
        }

    def decode(self, value: Any, path: str, options: Options) -> Any:
        """Decode a JSON object. See `Codec`."""
        if not isinstance(value, dict):
            raise wrong_type(path, value, "an object")
        if options.forbids_unknown_fields:
            require_known(value, (*self._own_keys, *self._keys.values()), path)
        given = {}
        for field, key, codec in self._fields:
            item = value.get(key)
            if item is not None or (key in value and isinstance(codec, _AnyJson)):
                given[field.name] = codec.decode(item, f"{path}.{key}", options)
            elif field.default is attrs.NOTHING:
                raise bad_field(f"{path}.{key}", self._problem_of_missing(key, value))
        try:
            return self._build(**given)
        except FieldError as error:
            raise bad_field(f"{path}.{self._keys.get(error.field, camel_case(error.field))}", error.message) from None

    def _problem_of_missing(self, key: str, value: dict[str, Any]) -> str:
        if key in value:
            return "is null; it must have a value"
        near = nearest(key, (each for each in value if each not in self._keys.values()))
        return f"is missing; did you mean {key} by {short_text(near)}?" if near else "is missing"

    def encode(self, value: Any) -> dict[str, Any]:
        """Encode an object. Optional fields that are None are left out."""
        items = ((field, key, codec, getattr(value, field.name)) for field, key, codec in self._fields)
        return {
            key: None if item is None else codec.encode(item)
            for field, key, codec, item in items
            if item is not None or field.default is attrs.NOTHING
        }

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        """Return the JSON Schema of the object. See `Codec`."""
        return {
            "type": "object",
            "properties": {
                key: or_null(described) if field.name in self._nullable else described
                for field, key, codec in self._fields
                for described in (codec.schema(definitions, closed=closed) | limits_of(field),)
            },
            "required": [key for field, key, _ in self._fields if field.default is attrs.NOTHING],
            **({"additionalProperties": False} if closed else {}),
        }


class _SharedObject(ObjectCodec):
    """An object whose schema is written once, under the name of its class."""

    def __init__(self, cls: type) -> None:
        super().__init__(cls)
        self._name = cls.__name__

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        name = f"{self._name}WithoutMore" if closed else self._name
        if name not in definitions:
            definitions[name] = super().schema(definitions, closed=closed)
        return {"$ref": f"#/$defs/{name}"}


class _TypeOrCode(_SharedObject):
    """An activity type, in full or by its code."""

    def decode(self, value: Any, path: str, options: Options) -> Any:
        if isinstance(value, str):
            return self._configured(value, path, options.types)
        try:
            # It tells 1, 1.0 and true apart. Version 2 has no references, so equal values have equal keys.
            key = marshal.dumps(value, 2)
        except ValueError:  # it holds a date, which TOML has
            return self._decode_in_full(value, path, options)
        known = options.decoded.get(key)
        if known is None:
            known = options.decoded[key] = self._decode_in_full(value, path, options)
        return known

    def _decode_in_full(self, value: Any, path: str, options: Options) -> ActivityType:
        type_: ActivityType = super().decode(value, path, options)
        if options.types:
            configured = self._configured(type_.code, f"{path}.code", options.types)
            if type_ != configured:
                raise self._difference(type_, configured, path)
        return type_

    def _configured(self, code: str, path: str, types: Types) -> ActivityType:
        if code not in types:
            way_out = "define it (--types)" if types else "give the type in full, or define it (--types)"
            raise bad_field(path, f"is {short_json(code)}, an unknown type; {way_out}")
        return types[code]

    def _difference(self, given: ActivityType, configured: ActivityType, path: str) -> WireError:
        """Return the error of a type that is not as it is configured. A sender must not grant itself rights."""
        mine, theirs = self.encode(configured), self.encode(given)
        key = next(key for key in self._keys.values() if mine.get(key) != theirs.get(key))
        values = f"is {short_json(theirs.get(key))}, but type {short_json(given.code)} is configured with"
        return bad_field(f"{path}.{key}", f"{values} {short_json(mine.get(key))}; send the code alone")

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"anyOf": [super().schema(definitions, closed=closed), {"type": "string", "minLength": 1}]}


@cache
def codec_of(hint: Any) -> Codec:
    """Return the codec of a type, given as a type hint."""
    if isinstance(hint, UnionType):
        known = [arg for arg in get_args(hint) if arg is not NoneType]
        # The only other union is the reason of a reject, which can be any text.
        return codec_of(known[0]) if len(known) == 1 else _Text()
    if get_origin(hint) is tuple:
        return _Array(codec_of(get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        return _Map(*map(codec_of, get_args(hint)))
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, datetime):  # not by identity, because a library that freezes the clock replaces the class
        return TimeCodec("WRM502")
    if issubclass(hint, StrEnum):
        return _Enumeration(hint)
    return _TypeOrCode(hint) if hint is ActivityType else _SharedObject(hint)


_PLAIN: Mapping[Any, Codec] = {str: _Text(), bool: _Boolean(), Any: _AnyJson()}

AT = TimeCodec("WRM504")
"""The codec of an event's `at`."""


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that can also be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def limits_of(field: "attrs.Attribute[Any]") -> dict[str, int]:
    """Return the limits of the length of a text field, as JSON Schema names them."""
    validator = getattr(field.validator, "validator", field.validator)
    if validator is non_empty_text:
        return {"minLength": 1}
    return {"maxLength": NOTE_LIMIT} if validator is note_text else {}
