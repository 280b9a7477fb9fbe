"""The times of a log in another format, as UTC."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from work_request_manager._values import as_utc, short_repr
from work_request_manager.errors import WireError
from work_request_manager.log._mapped.rows import is_missing
from work_request_manager.wire import LogMapping, decode_time

UNITS = {"seconds": 1, "milliseconds": 1_000}
"""The forms of times that are numbers, with the number of units in a second."""

_MAX_HOURS = 200_000
"""The number of hours whose hours in UTC are cached."""

_HOUR = len("2026-03-01 20")
_LOCAL = "%Y-%m-%d{}%H:%M:%S"
"""The pattern of the local times that are converted quickly, with their separator."""


class Instants(NamedTuple):
    """Times in UTC.

    Args:
        instants: the times.
        texts: the same times in ISO 8601.
    """

    instants: Sequence[datetime]
    texts: Sequence[str]


def text_of(instant: datetime) -> str:
    """Return a time in UTC in ISO 8601."""
    return instant.isoformat().replace("+00:00", "Z")


class Times:
    """The conversion of times to UTC.

    Args:
        mapping: the mapping, which gives the form of the times, and the zone of those that name none.
    """

    def __init__(self, mapping: LogMapping) -> None:
        form = mapping.at_format
        self._column = mapping.at
        # Imported here, because that takes 2 ms, and most programs read no such log.
        from zoneinfo import ZoneInfo

        self._zone = None if mapping.zone is None else ZoneInfo(mapping.zone)
        self._units = UNITS.get(form)
        self._pattern = form if "%" in form else None
        self._is_iso = form == "iso"
        separators = [each for each in " T" if self._is_iso or form == _LOCAL.format(each)]
        self._local_signs = {f"--{each}::" for each in separators if self._zone is not None}
        self._hours: dict[str, str | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_hours": {}}  # without what is cached

    def all(self, values: Sequence[Any]) -> Instants | None:
        """Convert many times. Return None if one of them is not a certain time."""
        found = self.quickly(values)
        if found is None:
            try:
                instants = list(map(self.exactly, values))
            except WireError:
                return None
            found = Instants(instants, list(map(text_of, instants)))
        return found

    def quickly(self, values: Sequence[Any]) -> Instants | None:
        """Convert many times like `exactly`, if all of them have the same usual form. Otherwise return None."""
        if set(map(type, values)) != {str}:
            return None
        # The signs of 2026-03-01T20:00:00Z are --T::Z.
        signs = {value[4::3] for value in values}
        try:
            if self._is_iso and signs == {"--T::Z"}:
                texts = values
            elif signs <= self._local_signs:
                texts = self._in_utc(values)
            else:
                return None
            return Instants(list(map(datetime.fromisoformat, texts)), texts)
        except (ValueError, KeyError, TypeError):  # a text is not a time, or an hour needs `exactly`
            return None

    def _in_utc(self, values: Sequence[str]) -> Sequence[str]:
        hours: dict[str, Any] = self._hours
        for hour in {value[:_HOUR] for value in values}.difference(hours):
            self._note_hour(hour)
        return [hours[value[:_HOUR]] + value[_HOUR:] + "Z" for value in values]

    def _note_hour(self, hour: str) -> None:
        """Note an hour in UTC, or None if its times need `exactly`, because the offset changes or has minutes."""
        if len(self._hours) >= _MAX_HOURS:
            self._hours.clear()
        with suppress(ValueError, OverflowError):  # it is not an hour, or out of range in UTC
            first = datetime.fromisoformat(f"{hour}:00:00")
            offsets = {
                each.replace(tzinfo=self._zone, fold=fold).utcoffset() or timedelta()
                for each in (first, first.replace(minute=59, second=59))
                for fold in (0, 1)
            }
            offset = offsets.pop()
            is_plain = not offsets and not offset % timedelta(hours=1)
            self._hours[hour] = (first - offset).isoformat()[:_HOUR] if is_plain else None

    def exactly(self, value: Any) -> datetime:
        """Convert a time.

        Args:
            value: a text or a number in the form of the mapping, or a datetime.

        Raises:
            WireError: it is not a time, or not a certain one (WRM504).
        """
        if is_missing(value):
            raise self._bad("is missing")
        try:
            time = self._parsed(value)
        except (ValueError, TypeError, OverflowError, OSError):
            raise self._bad(f"is {short_repr(value)}, which is not a time; see at_format in the mapping") from None
        utc = as_utc(time if time.tzinfo is not None else self._in_zone(time))
        if utc.tzinfo is not UTC:
            raise self._bad(f"is {short_repr(value)}, before year 1 or after year 9999 in UTC")
        return utc

    def _parsed(self, value: Any) -> datetime:
        """Parse a time. It has no zone if it names none.

        Raises:
            ValueError, TypeError, OverflowError, OSError: it is not a time.
        """
        if isinstance(value, datetime):
            return value
        if self._units is not None and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value) / self._units, UTC)
        if not isinstance(value, str):
            raise TypeError
        if self._pattern is not None:
            return datetime.strptime(value, self._pattern)
        text = value.replace(" ", "T", 1)
        _, _, clock = text.upper().partition("T")
        if {"Z", "+", "-"}.isdisjoint(clock):
            return decode_time(f"{text}Z").replace(tzinfo=None)
        return decode_time(text)

    def _in_zone(self, time: datetime) -> datetime:
        """Return the instant of a local time.

        Raises:
            WireError: there is no zone, or the time is ambiguous or does not exist in the zone.
        """
        if self._zone is None:
            raise self._bad(f"is {time.isoformat()}, which names no time zone; set zone in the mapping")
        time = datetime.combine(time.date(), time.time())  # because a subclass may have zones of another kind
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
