"""Times in ISO 8601, with their zones."""

import re
from datetime import datetime
from typing import Any

from work_request_manager.errors import WireError
from work_request_manager.wire._problems import short_json, wrong_type

_DATE = (
    "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    "|[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    "|[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])-[1-7]"
    "|[0-9]{4}W(?:0[1-9]|[1-4][0-9]|5[0-3])[1-7]"
)
_HOUR, _MINUTE = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_SECOND = rf"{_MINUTE}(?:[.,][0-9]+)?"
_CLOCK = f"{_HOUR}(?::{_MINUTE}(?::{_SECOND})?|{_MINUTE}(?:{_SECOND})?)?"
_ZONE = f"(?:[Zz]|[+-]{_HOUR}(?::?{_MINUTE})?)"

TIME_PATTERN = f"^(?!0000)(?:{_DATE})[Tt]{_CLOCK}{_ZONE}$(?!\\n)"
"""The form of a time, for Python and for JSON Schema. The date must also be in the calendar."""


class TimeCodec:
    """A time in ISO 8601 with its zone. `rule` is the id of the log rule that a bad time breaks."""

    _FORM = re.compile(TIME_PATTERN)
    _WITHOUT_ZONE = re.compile(f"(?:{_DATE})[Tt]{_CLOCK}")
    _LEAP_SECOND = re.compile(f"(?:{_DATE})[Tt]{_HOUR}:?{_MINUTE}:?60.*")

    def __init__(self, rule: str) -> None:
        self._rule = rule

    def decode(self, value: Any, path: str, options: object) -> datetime:
        if not isinstance(value, str):
            raise wrong_type(path, value, "a time, such as '2026-03-01T20:00:00Z'")
        try:
            # fromisoformat accepts more than ISO 8601, such as blanks, and does not accept lower case.
            time = datetime.fromisoformat(value.upper()) if self._FORM.match(value) else None
        except ValueError:
            time = None
        if time is None:
            raise WireError(self._rule, path, f"is {short_json(value)}, {self._problem(value)}")
        return time

    def _problem(self, value: str) -> str:
        if self._WITHOUT_ZONE.fullmatch(value):
            return "which names no time zone; end it with Z or an offset, such as +13:00"
        if self._LEAP_SECOND.fullmatch(value):
            return "which has a 60th second; this library knows no leap seconds, so write 59"
        return "which is not ISO 8601; write it as '2026-03-01T20:00:00Z'"

    def encode(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")

    def schema(self, definitions: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
        return {"type": "string", "pattern": TIME_PATTERN}
