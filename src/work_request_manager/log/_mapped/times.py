"""The times of a log in another format, as UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from work_request_manager._values import as_utc, short_repr
from work_request_manager.errors import WireError
from work_request_manager.wire import LogMapping, decode_time

_MAX_HOURS = 200_000
"""The number of hours whose offset from UTC is cached."""

_SECONDS = "%Y-%m-%d{}%H:%M:%S"
"""The pattern of the times that are read fast, with their separator."""


class Times:
    """The conversion of times to ISO 8601 in UTC.

    Args:
        mapping: the mapping, which gives the form of the times, and the zone of those that name none.
    """

    def __init__(self, mapping: LogMapping) -> None:
        self._column = mapping.at
        self._zone = None if mapping.zone is None else ZoneInfo(mapping.zone)
        form = mapping.at_format
        self._units = {"seconds": 1, "milliseconds": 1_000}.get(form)
        self._pattern = form if "%" in form else None
        separators = {each for each in " T" if form in ("iso", _SECONDS.format(each))}
        # The characters 4, 7 and 10 of times such as 2026-03-01 20:00:00.
        self._forms = {f"--{each}" for each in separators} if self._zone else set()
        self._is_iso = form == "iso"
        self._hours: dict[str, str | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_hours": {}}  # without what is cached

    def quickly(self, values: Sequence[Any]) -> Sequence[str] | None:
        """Convert many times like `exactly`, if all of them have the same usual form. Otherwise return None.

        A result of a text that only looks like a time need not be one.
        """
        if set(map(type, values)) != {str}:
            return None
        if self._is_iso and {value[:9:-3] for value in values} == {"Z::T"}:
            return values  # as 2026-03-01T20:00:00Z
        if not self._forms or set(map(len, values)) != {_LENGTH}:
            return None
        hours, begins = self._hours, [value[:_HOUR] for value in values]
        for hour in set(begins).difference(hours):
            self._note_hour(hour)
        try:
            return [hours[hour] + value[_HOUR:] + "Z" for hour, value in zip(begins, values, strict=True)]
        except (TypeError, KeyError):  # an hour has no UTC hour, or is no hour
            return None

    def _note_hour(self, hour: str) -> None:
        """Note an hour in UTC, or None if its times need `exactly`, because the offset changes or has minutes."""
        if hour[4:11:3] not in self._forms:
            return
        try:
            first = datetime.fromisoformat(f"{hour}:00:00")
        except ValueError:
            return
        if len(self._hours) >= _MAX_HOURS:
            self._hours.clear()
        offsets = {
            each.replace(tzinfo=self._zone, fold=fold).utcoffset()
            for each in (first, first.replace(minute=59, second=59))
            for fold in (0, 1)
        }
        offset = offsets.pop()
        assert offset is not None, "every zone has an offset at every time"
        is_plain = not offsets and not offset % timedelta(hours=1)
        try:
            self._hours[hour] = (first - offset).isoformat()[:13] if is_plain else None
        except OverflowError:
            return

    def exactly(self, value: Any) -> str:
        """Convert a time to ISO 8601 in UTC.

        Args:
            value: a text or a number in the form of the mapping, or a datetime.

        Raises:
            WireError: it is not a time, or not a certain one (WRM504).
        """
        if value is None or value == "" or value != value:  # as NaN and NaT, which data frames have for missing values
            raise self._bad("is missing")
        try:
            time = self._parsed(value)
        except (ValueError, OverflowError, OSError):
            raise self._bad(f"is {short_repr(value)}, which is not a time; see at_format in the mapping") from None
        if time.tzinfo is None:
            time = self._in_zone(time)
        utc = as_utc(time)
        if utc.tzinfo is not UTC:
            raise self._bad(f"is {short_repr(value)}, before year 1 or after year 9999 in UTC")
        return utc.isoformat().replace("+00:00", "Z")

    def _parsed(self, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        if self._units is not None and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value) / self._units, UTC)
        if not isinstance(value, str):
            raise ValueError
        if self._pattern is not None:
            return datetime.strptime(value, self._pattern)
        text = value.replace(" ", "T", 1)
        try:
            return decode_time(text)
        except WireError:
            return decode_time(f"{text}Z").replace(tzinfo=None)

    def _in_zone(self, time: datetime) -> datetime:
        """Return the instant of a local time.

        Raises:
            WireError: there is no zone, or the time is ambiguous or does not exist in the zone.
        """
        if self._zone is None:
            raise self._bad(f"is {time.isoformat()}, which names no time zone; set zone in the mapping")
        first, second = (time.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            exists = first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) == time
            problem = "is ambiguous" if exists else "does not exist"
            raise self._bad(
                f"is {time.isoformat()}, which {problem} in {self._zone.key}, because the clocks change there"
            )
        return first

    def _bad(self, problem: str) -> WireError:
        return WireError("WRM504", self._column, problem)


_LENGTH, _HOUR = len("2026-03-01 20:00:00"), len("2026-03-01 20")
