"""Mapping files: how a log in another format becomes status updates."""

import codecs
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from work_request_manager._values import (
    MAX_ITEMS,
    FrozenDict,
    ValueObject,
    instance_of,
    non_empty_text,
    optional,
    require_type,
    short_list,
    short_repr,
    wrong_argument,
)
from work_request_manager.errors import FieldTypeError, FieldValueError, WireError
from work_request_manager.model import Category, Role
from work_request_manager.wire._codecs import ObjectCodec, Options, codec_of, options
from work_request_manager.wire._problems import bad_field, wrong_type

LEFT_OUT = "-"
"""The sign for a state whose rows are left out, in place of its category."""

TIME_FORMATS = ("iso", "seconds", "milliseconds")
"""The forms of times that have a name. Any other is a pattern of `datetime.strptime`."""


def _frozen_categories(categories: Any) -> Any:
    return FrozenDict(categories) if isinstance(categories, Mapping) else categories


def _check_categories(_mapping: object, field: "attrs.Attribute[Any]", categories: object) -> None:
    if not isinstance(categories, Mapping):
        raise FieldTypeError(field.name, f"is {short_repr(categories)}; pass a mapping from states to categories")
    if not categories:
        raise FieldValueError(field.name, "is empty; give each state of the log its category")
    for state, category in categories.items():
        require_type(field.name, state, str)
        if not state:
            raise FieldValueError(f"{field.name}['']", "is for a state without a name; name the state")
        if category is not None:
            require_type(f"{field.name}[{short_repr(state)}]", category, Category)


def _check_time_format(_mapping: object, field: "attrs.Attribute[Any]", form: str) -> None:
    require_type(field.name, form, str)
    if form not in TIME_FORMATS and not _has_date(form):
        known = ", ".join(TIME_FORMATS)
        raise FieldValueError(
            field.name, f"is {form!r}; use one of {known}, or a pattern with a date, such as '%Y-%m-%d %H:%M:%S'"
        )


def _has_date(pattern: str) -> bool:
    sample = datetime(2026, 3, 17, 20, 30, 45, tzinfo=UTC)
    try:
        return datetime.strptime(sample.strftime(pattern), pattern).date() == sample.date()
    except ValueError:
        return False


def _check_zone(_mapping: object, field: "attrs.Attribute[Any]", zone: str) -> None:
    # Imported here, because that takes 2 ms, and most programs read no mapping.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    require_type(field.name, zone, str)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the key can be a folder, or no path at all
        way_out = "use a name such as 'Pacific/Auckland', and install tzdata if your system has no time zones"
        raise FieldValueError(field.name, f"is {zone!r}, an unknown time zone; {way_out}") from None


def _check_delimiter(_mapping: object, field: "attrs.Attribute[Any]", delimiter: str) -> None:
    require_type(field.name, delimiter, str)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise FieldValueError(field.name, f"is {delimiter!r}; it must be one character, such as ',' or ';'")


def _check_encoding(_mapping: object, field: "attrs.Attribute[Any]", encoding: str) -> None:
    require_type(field.name, encoding, str)
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise FieldValueError(field.name, f"is {encoding!r}, an unknown encoding; use a name such as 'utf-8'") from None


@attrs.frozen(eq=False, repr=False)
class LogMapping(ValueObject):
    """The description of a log in another format. Each of its rows is a status update.

    A column is the name of a column, or a path into nested objects, such as "ticket.id".

    Args:
        request: the column of the work request's id.
        status: the column of the state.
        at: the column of the time.
        categories: the category of each state. None leaves the rows of a state out.
        at_format: the form of the times: "iso", "seconds" or "milliseconds" since 1970, or a pattern of strptime.
        zone: the time zone of times that name none, such as "Pacific/Auckland". Pass None if all times name it.
        activity: the column of the activity's id. Pass None if each work request has one activity, which is then "1".
        sender: the column of the sender's id. Pass None if the senders are unknown.
        sender_role: the role of all senders.
        type: the column of the code of the activity's type. The first row that names it counts. Pass None if the types
            are unknown.
        event_id: the column of the event's id. Pass None if there are none.
        delimiter: the character between two fields of a CSV file. Pass None to detect it.
        encoding: the encoding of a CSV file. Pass None to detect UTF-8, UTF-16 and windows-1252.
        complete: whether the log shows each work request from its beginning, where its activities are new.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: a value is impossible.
    """

    request: str = attrs.field(validator=non_empty_text)
    status: str = attrs.field(validator=non_empty_text)
    at: str = attrs.field(validator=non_empty_text)
    categories: Mapping[str, Category | None] = attrs.field(converter=_frozen_categories, validator=_check_categories)
    at_format: str = attrs.field(default="iso", validator=_check_time_format)
    zone: str | None = attrs.field(default=None, validator=optional(_check_zone))
    activity: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    sender: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    sender_role: Role = attrs.field(default=Role.WORK_SUPPLIER, validator=instance_of(Role))
    type: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    event_id: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    delimiter: str | None = attrs.field(default=None, validator=optional(_check_delimiter))
    encoding: str | None = attrs.field(default=None, validator=optional(_check_encoding))
    complete: bool = attrs.field(default=False, validator=instance_of(bool))


class _Categories:
    """The table of categories: for each state a category, or the sign that leaves its rows out."""

    _category = codec_of(Category)

    def decode(self, value: Any, path: str, options: Options) -> Any:
        if not isinstance(value, dict):
            raise wrong_type(path, value, "a table of states and their categories")
        unset = [state for state, category in value.items() if category == ""]
        if unset:
            states = short_list(map(short_repr, unset[:MAX_ITEMS]), len(unset))
            raise bad_field(
                f"{path}[{unset[0]!r}]",
                f'is ""; give each of these states its category, or "{LEFT_OUT}" to leave its rows out: {states}',
            )
        return {
            state: None if category == LEFT_OUT else self._category.decode(category, f"{path}[{state!r}]", options)
            for state, category in value.items()
        }

    def encode(self, value: Any) -> Any:
        return {state: LEFT_OUT if category is None else category.value for state, category in value.items()}

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        known = self._category.schema(definitions)["enum"]
        return {"type": "object", "minProperties": 1, "additionalProperties": {"enum": [*known, LEFT_OUT]}}


MAPPING = ObjectCodec(
    LogMapping,
    keys={field.name: field.name for field in attrs.fields(LogMapping)},  # as TOML files are usually written
    codecs={"categories": _Categories()},
)
"""The codec of mapping files."""


def decode_mapping(data: bytes | str) -> LogMapping:
    """Decode a mapping file.

    Args:
        data: the content of the file, in TOML.

    Raises:
        TypeError: the data is neither bytes nor text.
        WireError: the data is not a mapping. The error names the line and the key.
    """
    if not isinstance(data, bytes | str):
        raise wrong_argument("data", data, "the content of the file, as bytes or text")
    try:
        text = data if isinstance(data, str) else data.removeprefix(codecs.BOM_UTF8).decode()
        value = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_field("the file", f"is not TOML in UTF-8: {error}") from None
    try:
        mapping: LogMapping = MAPPING.decode(value, "$", options(forbids_unknown_fields=True))
    except WireError as error:
        key = error.path.removeprefix("$.")
        line = next((number for number, keys in _keys_by_line(text) if key in keys), None)
        raise WireError(error.rule, key if line is None else f"line {line}: {key}", error.message) from None
    return mapping


def _keys_by_line(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that sets keys, with the keys as errors name them."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            value = tomllib.loads(line.removesuffix("\r"))
        except ValueError:
            continue  # it is a part of a value over several lines
        is_header = line.lstrip().startswith("[")
        paths = list(_paths_in(value, () if is_header else table))
        table = paths[-1] if is_header else table
        yield number, [path[0] + "".join(f"[{key!r}]" for key in path[1:]) for path in paths]


def _paths_in(table: dict[str, Any], place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        path = (*place, key)
        yield path
        if isinstance(value, dict):
            yield from _paths_in(value, path)
