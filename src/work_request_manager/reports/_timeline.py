"""Findings over time, in as many equal parts as fit a chart."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from work_request_manager.log import Level

MAX_PARTS = 120
"""The number of parts of a time line. If there would be more, they become longer."""


class Unit(NamedTuple):
    """A length of the parts of a time line.

    Args:
        name: its name.
        number_of: returns the number of the part that has a time. The numbers of successive parts are successive.
        begin_of: returns the time at which the part with a number begins, as far as a chart names it.
        key_of: returns a key of a time. Times with the same key are in the same part of every longer unit. Pass None if
            this is true of the times in one part.
    """

    name: str
    number_of: Callable[[datetime], int]
    begin_of: Callable[[int], str]
    key_of: Callable[[datetime], int] | None = None


def _minute_number(time: datetime) -> int:
    return (_day_number(time) * 24 + time.hour) * 60 + time.minute


def _minute(number: int) -> str:
    hour, minute = divmod(number, 60)
    return f"{_day(hour // 24)} {hour % 24:02}:{minute:02}"


def _day_number(time: datetime) -> int:
    return time.toordinal() - 1


def _day(number: int) -> str:
    return date.fromordinal(number + 1).isoformat()


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


UNITS = (
    Unit("minute", _minute_number, _minute),
    Unit("hour", lambda time: _minute_number(time) // 60, lambda number: _minute(number * 60)),
    Unit("day", _day_number, _day),
    # The first day of the calendar is a Monday. A week can be in two months, so its days are kept.
    Unit("week", lambda time: _day_number(time) // 7, lambda number: _day(number * 7), _day_number),
    Unit("month", lambda time: time.year * 12 + time.month - 1, _month),
    Unit("year", lambda time: time.year, lambda number: f"{number:04}"),
    Unit("century", lambda time: time.year // 100, lambda number: f"{number * 100:04}"),
)
"""The lengths that parts can have, the shortest first. The years of a datetime need at most MAX_PARTS centuries."""


class Part:
    """Findings that stay together, however long the parts of the time line become.

    Attributes:
        time: the time of one of them.
        errors: the number of errors.
        warnings: the number of warnings.
    """

    __slots__ = ("errors", "time", "warnings")

    def __init__(self, time: datetime, errors: int = 0, warnings: int = 0) -> None:
        self.time = time
        self.errors = errors
        self.warnings = warnings


class Timeline:
    """The numbers of findings over time. Its memory is bounded, because parts become longer as they become many.

    Attributes:
        unit: the length of the parts.
        without_time: the number of findings without a time that can be read.
    """

    def __init__(self) -> None:
        self.unit, *self._longer = UNITS
        self._parts: dict[int, Part] = {}
        self._first = self._last = 0
        self.without_time = 0

    def add(self, level: Level, instant: datetime | None) -> None:
        """Count a finding, with the time of its event in UTC."""
        if instant is None:
            self.without_time += 1
        else:
            self._count(Part(instant, int(level is Level.ERROR), int(level is Level.WARNING)))
            while self._last - self._first >= MAX_PARTS:
                self.unit, *self._longer = self._longer
                parts, self._parts = self._parts, {}
                for part in parts.values():
                    self._count(part)

    def _count(self, more: Part) -> None:
        number = self.unit.number_of(more.time)
        if not self._parts:
            self._first = self._last = number
        self._first, self._last = min(self._first, number), max(self._last, number)
        part = self._parts.setdefault((self.unit.key_of or self.unit.number_of)(more.time), more)
        if part is not more:
            part.errors += more.errors
            part.warnings += more.warnings

    def parts(self) -> Iterator[tuple[str, int, int]]:
        """Yield all parts in order, also empty ones: the begin, the number of errors, and that of warnings."""
        errors: Counter[int] = Counter()
        warnings: Counter[int] = Counter()
        for part in self._parts.values():
            number = self.unit.number_of(part.time)
            errors[number] += part.errors
            warnings[number] += part.warnings
        for number in range(self._first, self._last + 1) if self._parts else ():
            yield self.unit.begin_of(number), errors[number], warnings[number]
