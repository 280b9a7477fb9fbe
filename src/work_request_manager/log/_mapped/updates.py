"""From the values of a row to a status update."""

from numbers import Real
from typing import Any

from work_request_manager._values import plain_text, short_repr
from work_request_manager.errors import WireError
from work_request_manager.log._fast.lines import SenderPart, StatusPart
from work_request_manager.log._fast.updates import UNKNOWN_SENDER, Update
from work_request_manager.log._mapped.rows import OPTIONAL, Values
from work_request_manager.log._mapped.times import Times
from work_request_manager.wire import LogMapping, Types

ONLY_ACTIVITY = "1"
"""The id of the activity of a work request, if the log has no ids of activities."""


class Updates:
    """The conversion of rows to status updates.

    Args:
        mapping: the mapping.
        types: the configured activity types by their codes.
    """

    def __init__(self, mapping: LogMapping, types: Types) -> None:
        self._mapping = mapping
        self._types = types
        self._times = Times(mapping)
        self._statuses = {
            state: None if category is None else StatusPart(category.value, state)
            for state, category in mapping.categories.items()
        }
        present = [field for field in OPTIONAL if getattr(mapping, field) is not None]
        positions = dict(zip(present, range(3, 3 + len(present)), strict=True))
        self._activity, self._sender, self._type, self._event_id = map(positions.get, OPTIONAL)
        self._has_more = bool(present)
        self._senders: dict[str, SenderPart] = {}

    def of(self, values: Values) -> Update | None:
        """Return the update of a row. Its time need not be one: `problem_of_time` then says what is wrong.

        Args:
            values: the values of the columns that `rows.columns_of` returns.

        Returns:
            The update. None if the row is blank, or the mapping leaves it out.

        Raises:
            WireError: a value is missing or wrong. Its path is the column.
        """
        if not isinstance(values, tuple):
            if values is None:
                return None
            raise values
        request, status, at = values[0], values[1], values[2]
        try:
            given = self._statuses[status]
        except (KeyError, TypeError):
            given = self._status(status)
        if given is None:
            return None
        if type(request) is not str or not request:
            request = _text(request, self._mapping.request)
        time = self._times.quickly(at)
        if not self._has_more:
            return Update(request, ONLY_ACTIVITY, given, time, UNKNOWN_SENDER)
        activity_id = ONLY_ACTIVITY
        if self._activity is not None:
            activity_id = values[self._activity]
            if type(activity_id) is not str or not activity_id:
                activity_id = _text(activity_id, self._mapping.activity)
        sender, event_id, code = UNKNOWN_SENDER, None, None
        if self._sender is not None:
            value = values[self._sender]
            known = self._senders.get(value) if type(value) is str else None
            sender = known or self._new_sender(value)
        if self._event_id is not None:
            event_id = _optional_text(values[self._event_id], self._mapping.event_id)
        if self._type is not None:
            code = self._known_code(values[self._type])
        return Update(request, activity_id, given, time, sender, event_id, code)

    def problem_of_time(self, values: Any) -> WireError:
        """Return the error of a row whose update has a bad time."""
        try:
            self._times.exactly(values[2])
        except WireError as error:
            return error
        raise AssertionError(f"{values[2]!r} is a time, so its update fits")

    def _status(self, value: Any) -> StatusPart | None:
        """Return the status of a state that is not a text, or not in the mapping."""
        column = self._mapping.status
        state = _text(value, column)
        if state not in self._statuses:
            raise WireError("WRM502", column, f"is {short_repr(state)}, which is not in [categories]; add it there")
        return self._statuses[state]

    def _new_sender(self, value: Any) -> SenderPart:
        sender_id = _optional_text(value, self._mapping.sender)
        if sender_id is None:
            return UNKNOWN_SENDER
        if len(self._senders) >= _MAX_SENDERS:
            self._senders.clear()
        sender = self._senders[sender_id] = SenderPart(self._mapping.sender_role.value, sender_id)
        return sender

    def _known_code(self, value: Any) -> str | None:
        code = _optional_text(value, self._mapping.type)
        if code is not None and self._types and code not in self._types:
            raise WireError(
                "WRM502", str(self._mapping.type), f"is {short_repr(code)}, an unknown type; define it (--types)"
            )
        return code


_MAX_SENDERS = 10_000
"""The number of senders that are kept."""


def _optional_text(value: Any, column: str | None) -> str | None:
    """Return the text of an optional value. Return None if it is missing."""
    return None if _is_missing(value) else _text(value, column)


def _is_missing(value: Any) -> bool:
    # NaN and NaT, which data frames have for missing values, are not equal to themselves.
    return value is None or value == "" or bool(value != value)


def _text(value: Any, column: str | None) -> str:
    """Return the text of an id, a code or a state."""
    assert column is not None, "only mapped columns have values"
    if isinstance(value, str) and value:
        return plain_text(value)
    if _is_missing(value):
        raise WireError("WRM502", column, "is missing")
    # Data frames write whole numbers as floats if a value of the column is missing.
    if isinstance(value, Real) and not isinstance(value, bool) and value == value // 1:
        return str(value // 1).removesuffix(".0")
    raise WireError("WRM502", column, f"is {short_repr(value)}; it must be text or a whole number")
