"""From the values of rows to status updates."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import compress, repeat
from numbers import Integral, Real
from sys import intern
from types import NoneType
from typing import Any, NamedTuple
from uuid import UUID

from work_request_manager._values import plain_text, short_repr
from work_request_manager.errors import WireError
from work_request_manager.log._fast.lines import SenderPart, StatusPart
from work_request_manager.log._fast.updates import UNKNOWN_SENDER, PlainUpdate, Update
from work_request_manager.log._mapped.rows import columns_of, is_missing
from work_request_manager.log._mapped.times import Instants, Times, text_of
from work_request_manager.wire import LogMapping, Types

ONLY_ACTIVITY = "1"
"""The id of the activity of a work request, if the log has no ids of activities."""

_MAX_SENDERS = 10_000
"""The number of senders that are kept."""

_MAX_FLOAT = 10**15
"""The limit of whole numbers that are surely exact as floats."""


class Columns(NamedTuple):
    """The fields of many updates, by column. A column that is not mapped is empty."""

    numbers: Sequence[int]
    requests: Sequence[str]
    statuses: Sequence[StatusPart]
    times: Instants
    activities: Sequence[str]
    senders: Sequence[SenderPart]
    event_ids: Sequence[str | None]
    codes: Sequence[str | None]

    def plain_updates(self) -> Iterator[PlainUpdate]:
        """Yield the updates without event ids and codes."""
        activities, senders = self.activities or repeat(ONLY_ACTIVITY), self.senders or repeat(UNKNOWN_SENDER)
        return zip(self.numbers, self.requests, activities, self.statuses, *self.times, senders, strict=False)

    def updates(self) -> Iterator[tuple[int, Update]]:
        """Yield the updates with their numbers."""
        updates = map(
            Update,
            self.requests,
            self.activities or repeat(ONLY_ACTIVITY),
            self.statuses,
            self.times.texts,
            self.senders or repeat(UNKNOWN_SENDER),
            self.event_ids or repeat(None),
            self.codes or repeat(None),
        )
        return zip(self.numbers, updates, strict=True)


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
        self._leaves_out = None in self._statuses.values()
        self._required_ids = [field for field in ("request", "activity") if field in self._columns]

    # ---- One row

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
            text_of(self._times.exactly(given["at"])),
            UNKNOWN_SENDER if sender is None else self._sender(sender),
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
        if is_missing(value):
            return None
        text = _text_of(value)
        if text is None:
            raise self._bad(field, f"is {short_repr(value)}; it must be text or a whole number")
        return text

    def _bad(self, field: str, problem: str) -> WireError:
        return WireError("WRM502", self._columns[field], problem)

    def _sender(self, sender_id: str) -> SenderPart:
        sender = self._senders.get(sender_id)
        if sender is None:
            if len(self._senders) >= _MAX_SENDERS:
                self._senders.clear()
            sender = self._senders[sender_id] = SenderPart(self._role, sender_id)
        return sender

    # ---- Many rows

    def columns(self, numbers: Sequence[int], rows: Sequence[Any]) -> Columns | None:
        """Return the updates of many rows, except those that the mapping leaves out, if all rows are usual, or None.

        It is many times as fast as `of`.

        Args:
            numbers: the numbers of the rows.
            rows: the values of the rows, as for `of`.
        """
        if set(map(type, rows)) != {tuple}:
            return None
        given: dict[str, Sequence[Any]] = dict(zip(self._columns, zip(*rows, strict=True), strict=True))
        try:
            statuses: list[Any] = [self._statuses[state] for state in given.pop("status")]
        except (KeyError, TypeError):
            return None
        if self._leaves_out and None in statuses:
            is_kept = [status is not None for status in statuses]
            given = {field: list(compress(column, is_kept)) for field, column in given.items()}
            numbers, statuses = list(compress(numbers, is_kept)), list(filter(None, statuses))
        times = self._times.all(given.pop("at"))
        texts: dict[str, Any] = {field: _texts_of(column) for field, column in given.items()}
        if times is None or None in texts.values() or not all(map(all, (texts[each] for each in self._required_ids))):
            return None
        codes = [code or None for code in texts.get("type", ())]
        if self._types and not set(codes) <= {None, *self._types}:
            return None
        known = self._senders.get
        senders = [(known(each) or self._sender(each)) if each else UNKNOWN_SENDER for each in texts.get("sender", ())]
        event_ids = [event_id or None for event_id in texts.get("event_id", ())]
        activities = texts.get("activity", ())
        return Columns(numbers, texts["request"], statuses, times, activities, senders, event_ids, codes)


def _text_of(value: Any) -> str | None:
    """Return the text of an id, a code or a state. Return None if it has none."""
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        whole = int(value)  # type: ignore[arg-type]  # every real number has it
        # Data frames write whole numbers as floats if a value of the column is missing.
        is_exact = isinstance(value, Integral) or (whole == value and abs(whole) < _MAX_FLOAT)
        return str(whole) if is_exact else None
    except (ValueError, OverflowError):  # infinity, or more digits than Python converts
        return None


def _texts_of(column: Sequence[Any]) -> Sequence[str | None] | None:
    """Return the texts of a column, in which empty ones are missing. Return None if not all are of the usual types."""
    types = set(map(type, column))
    if types <= {str, NoneType}:
        return column
    texts = list(map(_text_of, column)) if types == {int} else [None]
    return None if None in texts else texts
