"""From the values of rows to status updates."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from numbers import Real
from sys import intern
from types import NoneType
from typing import Any, NamedTuple

from work_request_manager._values import plain_text, short_repr
from work_request_manager.errors import WireError
from work_request_manager.log._fast.lines import SenderPart, StatusPart
from work_request_manager.log._fast.updates import UNKNOWN_SENDER, Update
from work_request_manager.log._mapped.rows import columns_of
from work_request_manager.log._mapped.times import Times
from work_request_manager.wire import LogMapping, Types

ONLY_ACTIVITY = "1"
"""The id of the activity of a work request, if the log has no ids of activities."""

_MAX_SENDERS = 10_000
"""The number of senders that are kept."""


class Columns(NamedTuple):
    """The fields of many updates, by column. A column that is not mapped is empty."""

    requests: Sequence[str]
    statuses: Sequence[StatusPart]
    times: Sequence[str]
    activities: Sequence[str]
    senders: Sequence[SenderPart]
    event_ids: Sequence[str | None]
    codes: Sequence[str | None]

    @property
    def has_more(self) -> bool:
        """Whether there are more than the first three."""
        return any(self[3:])

    def updates(self) -> Iterator[Update]:
        """Yield the updates."""
        return map(
            Update,
            self.requests,
            self.activities or repeat(ONLY_ACTIVITY),
            self.statuses,
            self.times,
            self.senders or repeat(UNKNOWN_SENDER),
            self.event_ids or repeat(None),
            self.codes or repeat(None),
        )


class Updates:
    """The conversion of rows to status updates.

    Args:
        mapping: the mapping.
        types: the configured activity types by their codes.
    """

    def __init__(self, mapping: LogMapping, types: Types) -> None:
        self._columns = columns_of(mapping)
        self._types = types
        self._times = Times(mapping)
        self._statuses = {
            state: None if category is None else StatusPart(category.value, intern(state))
            for state, category in mapping.categories.items()
        }
        self._role = mapping.sender_role.value
        self._senders: dict[str, SenderPart] = {}

    def of(self, values: Sequence[Any]) -> Update | None:
        """Return the update of a row. Return None if the mapping leaves the row out.

        Args:
            values: the values of the columns that `columns_of` returns.

        Raises:
            WireError: a value is missing or wrong. Its path is the column.
        """
        given = dict(zip(self._columns, values, strict=True))
        status = self._status(given)
        if status is None:
            return None
        code, sender = self._text(given, "type"), self._text(given, "sender")
        if code is not None and self._types and code not in self._types:
            raise self._bad("type", f"is {short_repr(code)}, an unknown type; define it (--types)")
        return Update(
            self._required(given, "request"),
            self._required(given, "activity") if "activity" in given else ONLY_ACTIVITY,
            status,
            self._times.exactly(given["at"]),
            UNKNOWN_SENDER if sender is None else self._sender_part(sender),
            self._text(given, "event_id"),
            code,
        )

    def _status(self, given: dict[str, Any]) -> StatusPart | None:
        state = self._required(given, "status")
        if state not in self._statuses:
            raise self._bad("status", f"is {short_repr(state)}, which is not in [categories]; add it there")
        return self._statuses[state]

    def _required(self, given: dict[str, Any], field: str) -> str:
        text = self._text(given, field)
        if text is None:
            raise self._bad(field, "is missing")
        return text

    def _text(self, given: dict[str, Any], field: str) -> str | None:
        """Return the text of an id, a code or a state. Return None if it is missing."""
        value = given.get(field)
        # NaN and NaT, which data frames have for missing values, are not equal to themselves.
        if value is None or value == "" or value != value:
            return None
        if isinstance(value, str):
            return plain_text(value)
        # Data frames write whole numbers as floats if a value of the column is missing.
        if isinstance(value, Real) and not isinstance(value, bool) and value == value // 1:
            return str(value).removesuffix(".0")
        raise self._bad(field, f"is {short_repr(value)}; it must be text or a whole number")

    def _bad(self, field: str, problem: str) -> WireError:
        return WireError("WRM502", self._columns[field], problem)

    def _sender_part(self, sender_id: str) -> SenderPart:
        if len(self._senders) >= _MAX_SENDERS:
            self._senders.clear()
        return self._senders.setdefault(sender_id, SenderPart(self._role, sender_id))

    def columns(self, rows: Sequence[Any]) -> Columns | None:
        """Return the values of many rows by column, if all of them are usual, or None.

        The rest is many times as fast then. The time of a row need not be one: then `of` raises the error.

        Args:
            rows: the values of the rows, as for `of`.
        """
        if set(map(type, rows)) != {tuple}:
            return None
        columns = dict(zip(self._columns, zip(*rows, strict=True), strict=True))
        for field, column in columns.items():
            if field != "at" and not set(map(type, column)) <= _USUAL_TYPES:
                return None
        required = [columns["request"], *([columns["activity"]] if "activity" in columns else [])]
        statuses: Any = list(map(self._statuses.get, columns["status"]))
        times = self._times.quickly(columns["at"])
        if times is None or not all(statuses) or not all(map(all, required)):
            return None
        codes = [code or None for code in columns.get("type", ())]
        if self._types and not set(codes) <= {None, *self._types}:
            return None
        known = self._senders.get
        senders = [
            (known(each) or self._sender_part(each)) if each else UNKNOWN_SENDER for each in columns.get("sender", ())
        ]
        event_ids = [each or None for each in columns.get("event_id", ())]
        return Columns(columns["request"], statuses, times, columns.get("activity", ()), senders, event_ids, codes)


_USUAL_TYPES = {str, NoneType}
