"""JSON text to plain values: dicts, lists, texts and numbers."""

import re
from typing import Any

import msgspec

from work_request_manager._values import wrong_argument
from work_request_manager.errors import WireError
from work_request_manager.wire._problems import short_json


def object_from(data: bytes | str) -> dict[str, Any]:
    """Parse one JSON object.

    Args:
        data: the JSON, as text or in UTF-8.

    Raises:
        WireError: the data is not one JSON object (WRM501).
    """
    if not isinstance(data, bytes | str | bytearray | memoryview):
        raise wrong_argument("data", data, "JSON, as text or in UTF-8")
    value = value_from(data)
    if not isinstance(value, dict):
        raise WireError("WRM501", "$", f"is {short_json(value)}; it must be one JSON object")
    return value


_decode = msgspec.json.Decoder(float_hook=float).decode  # msgspec's own floats refuse 1e400, even in unread fields

_STRING_OR_NUMBER = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[0-9.eE+-]++', re.DOTALL)
"""Matches strings, so that digits in them are left alone, and whole numbers."""

_LARGE_INTEGER = re.compile(rb"-?[1-9][0-9]{4300,}")
"""Matches an integer of more digits than Python converts."""


def value_from(data: bytes | str | msgspec.Raw) -> Any:
    """Parse JSON. A number out of range becomes an infinity, so that it does not matter in a field that is not read.

    Raises:
        WireError: the data is not JSON (WRM501).
    """
    try:
        try:
            return _decode(data)
        except msgspec.ValidationError:
            encoded = data.encode() if isinstance(data, str) else bytes(data)
            return _decode(_STRING_OR_NUMBER.sub(_without_large_integer, encoded))
    except RecursionError:
        raise WireError("WRM501", "$", "is nested too deeply; an event needs no such depth") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WireError("WRM501", "$", f"is not JSON in UTF-8: {error}") from None


def _without_large_integer(found: re.Match[bytes]) -> bytes:
    return b"1e999" if _LARGE_INTEGER.fullmatch(found[0]) else found[0]
