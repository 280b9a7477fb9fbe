"""The times of a log in another format, as UTC."""

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
        separators = [each for each in " T" if form in ("iso", _SECONDS.format(each))]
        # The characters 4, 7, 10, 13 and 16 of times such as 2026-03-01 20:00:00.
        self._forms = [f"--{each}::" for each in separators] if self._zone else []
        self._hours: dict[str, str | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_hours": {}}  # without what is cached

    def quickly(self, value: Any) -> str:
        """Convert a time like `exactly`, if it has the most frequent form.

        The result of another text need not be a time. Then only `exactly` knows whether the text is one.
        """
        if type(value) is str and value[4:17:3] in self._forms and len(value) == _LENGTH:
            hour = value[:13]
            try:
                utc = self._hours[hour]
            except KeyError:
                utc = self._utc_hour(hour)
            if utc is not None:
                return f"{utc}{value[13:]}Z"
        return self.exactly(value)

    def _utc_hour(self, hour: str) -> str | None:
        """Return an hour in UTC. Return None if its times need `exactly`, because the offset changes or has minutes."""
        try:
            first = datetime.fromisoformat(f"{hour}:00:00")
        except ValueError:
            return None
        if len(self._hours) >= _MAX_HOURS:
            self._hours.clear()
        offsets = {
            each.replace(tzinfo=self._zone, fold=fold).utcoffset()
            for each in (first, first.replace(minute=59, second=59))
            for fold in (0, 1)
        }
        offset = offsets.pop()
        is_plain = not offsets and offset is not None and not offset % timedelta(hours=1)
        utc = self._hours[hour] = (first - offset).isoformat()[:13] if is_plain and offset is not None else None
        return utc

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


_LENGTH = len("2026-03-01 20:00:00")
