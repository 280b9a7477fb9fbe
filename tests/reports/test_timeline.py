"""Tests of the time line: its parts are bounded, named and complete, in whatever order findings come."""

import tracemalloc
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.samples import NOT_JSON, finding
from work_request_manager.log import Level
from work_request_manager.reports import Summary
from work_request_manager.reports._timeline import MAX_PARTS, UNITS, Timeline

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
"""A Wednesday."""

LENGTHS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
    "century": timedelta(days=36_600),
}


def timeline_of(found: Iterable[tuple[Level, datetime | None]]) -> Timeline:
    """Return the time line of findings."""
    timeline = Timeline()
    for level, instant in found:
        timeline.add(level, instant)
    return timeline


def errors_at(*instants: datetime) -> Timeline:
    """Return the time line of errors at these times."""
    return timeline_of((Level.ERROR, instant) for instant in instants)


def parts_of(*instants: datetime) -> list[tuple[str, int]]:
    """Return the begins of the parts that have errors, with their numbers."""
    return [(begin, errors) for begin, errors, _ in errors_at(*instants).parts() if errors]


def begin_of(unit: str, instant: datetime) -> str:
    """Return the begin of the part that has a time, without the arithmetic of the time line."""
    match unit:
        case "minute":
            return f"{instant:%Y-%m-%d %H:%M}".rjust(16, "0")
        case "hour":
            return f"{instant:%Y-%m-%d %H:00}".rjust(16, "0")
        case "day":
            return instant.date().isoformat()
        case "week":
            return (instant.date() - timedelta(days=instant.weekday())).isoformat()
        case "month":
            return instant.date().isoformat()[:7]
        case "year":
            return f"{instant.year:04}"
        case _:
            return f"{instant.year - instant.year % 100:04}"


# Names and units


@pytest.mark.parametrize("name", LENGTHS)
def test_the_shortest_unit_with_few_parts_is_used(name: str) -> None:
    """As many parts as fit are shown. The next part needs a longer unit."""
    names = [unit.name for unit in UNITS]
    assert names == [*LENGTHS]
    begin = datetime(1, 1, 1, tzinfo=UTC)
    if name != "century":
        (unit,) = (unit for unit in UNITS if unit.name == name)
        last = max(
            (begin + LENGTHS[name] * count for count in range(MAX_PARTS - 20, MAX_PARTS + 20)),
            key=lambda instant: unit.number_of(instant) * (unit.number_of(instant) < unit.number_of(begin) + MAX_PARTS),
        )
        assert unit.number_of(last) - unit.number_of(begin) == MAX_PARTS - 1
        timeline = errors_at(begin, last)
        assert timeline.unit.name == name
        assert len([*timeline.parts()]) == MAX_PARTS
        assert errors_at(begin, last + LENGTHS[name]).unit.name == names[names.index(name) + 1]
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert errors_at(begin, end).unit.name == "century"
    assert len([*errors_at(begin, end).parts()]) == 100


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=1), [("2026-03-04 05:06", 1), ("2026-03-04 05:07", 1)]),
        (timedelta(hours=3), [("2026-03-04 05:00", 1), ("2026-03-04 08:00", 1)]),
        (timedelta(days=9), [("2026-03-04", 1), ("2026-03-13", 1)]),
        (timedelta(days=200), [("2026-03-02", 1), ("2026-09-14", 1)]),
        (timedelta(days=1_000), [("2026-03", 1), ("2028-11", 1)]),
        (timedelta(days=20_000), [("2026", 1), ("2080", 1)]),
        (timedelta(days=200_000), [("2000", 1), ("2500", 1)]),
    ],
    ids=[*LENGTHS],
)
def test_parts_are_named_by_their_begins(length: timedelta, expected: list[tuple[str, int]]) -> None:
    """A week begins on a Monday."""
    assert parts_of(START, START + length) == expected


@pytest.mark.parametrize("begin", ["0001-01-01", "2026-03-02", "9999-12-27"])
def test_weeks_begin_on_mondays(begin: str) -> None:
    """Also the first and the last of the calendar."""
    assert date.fromisoformat(begin).weekday() == 0
    week = next(unit for unit in UNITS if unit.name == "week")
    first = datetime.fromisoformat(f"{begin}T00:00:00Z")
    last = first + timedelta(days=min(6, (datetime.max.date() - first.date()).days), hours=23)
    assert {week.begin_of(week.number_of(instant)) for instant in (first, last)} == {begin}


def test_days_with_the_same_week_can_be_in_two_months() -> None:
    """Findings of one week stay in their own months if the parts become months, and in their own years."""
    tuesday, thursday = datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    last = tuesday + timedelta(days=150)
    assert parts_of(tuesday, last, thursday) == [("2026-03-30", 2), ("2026-08-24", 1)]
    assert parts_of(tuesday, last, thursday, datetime(2029, 1, 1, tzinfo=UTC))[:2] == [("2026-03", 1), ("2026-04", 1)]
    assert parts_of(
        datetime(2025, 12, 31, tzinfo=UTC), last, datetime(2026, 1, 1, tzinfo=UTC), datetime(2080, 1, 1, tzinfo=UTC)
    )[:2] == [("2025", 1), ("2026", 2)]


# Sums


def test_empty_parts_are_shown() -> None:
    """And errors and warnings are counted separately."""
    found = [(Level.ERROR, START), (Level.WARNING, START + timedelta(minutes=2)), (Level.ERROR, START)]
    assert [*timeline_of(found).parts()] == [
        ("2026-03-04 05:06", 2, 0), ("2026-03-04 05:07", 0, 0), ("2026-03-04 05:08", 0, 1),
    ]  # fmt: skip


def test_findings_without_a_time_are_only_counted() -> None:
    """They are in no part."""
    timeline = timeline_of([(Level.ERROR, None), (Level.WARNING, None)])
    assert (timeline.without_time, [*timeline.parts()]) == (2, [])
    timeline.add(Level.ERROR, START)
    assert (timeline.without_time, [*timeline.parts()]) == (2, [("2026-03-04 05:06", 1, 0)])


instants = st.datetimes(timezones=st.just(UTC))
near = st.builds(
    lambda minutes: START + timedelta(minutes=minutes),
    st.integers(0, 200) | st.integers(0, 10_000) | st.integers(0, 500_000) | st.integers(-2_000_000, 3_000_000),
)
found_at = st.lists(st.tuples(st.sampled_from(Level), near | instants | st.none()), max_size=40) | st.lists(
    st.tuples(st.sampled_from(Level), near), max_size=40
)


@given(found_at, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[tuple[Level, datetime | None]], random: Random) -> None:
    """Any order gives the same parts, each of which has the findings of its time."""
    timeline = timeline_of(found)
    parts = [*timeline.parts()]
    assert len(parts) <= MAX_PARTS
    begins = [begin for begin, _, _ in parts]
    assert begins == sorted(set(begins))
    expected = Counter((begin_of(timeline.unit.name, at), level) for level, at in found if at is not None)
    shown = {(begin, Level.ERROR): errors for begin, errors, _ in parts}
    shown |= {(begin, Level.WARNING): warnings for begin, _, warnings in parts}
    assert {key: number for key, number in shown.items() if number} == expected
    assert timeline.without_time == sum(at is None for _, at in found)
    if parts:
        assert any(parts[0][1:])
        assert any(parts[-1][1:])
    random.shuffle(found)
    other = timeline_of(found)
    assert ([*other.parts()], other.unit, other.without_time) == (parts, timeline.unit, timeline.without_time)


def test_memory_is_bounded() -> None:
    """Findings at thousands of times take no more memory than a few hundred parts, whatever their order."""
    random = Random(3)  # noqa: S311 - test data needs no secrecy
    for most in (10**4, 10**6, 10**9, 10**11):
        times = [datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(most)) for _ in range(5_000)]
        timeline = Timeline()
        tracemalloc.start()
        for instant in times:
            timeline.add(Level.ERROR, instant)
        taken, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(errors for _, errors, _ in timeline.parts()) == len(times)
        assert peak < 500_000, (most, taken)


def test_the_summary_has_a_time_line() -> None:
    """Times are in UTC, and one that cannot be read is no time."""
    summary = Summary()
    for each in (
        finding(at="2026-03-02T21:00:00+12:00"), finding(at="2026-03-02T09:00:00Z", level=Level.WARNING),
        finding(at="yesterday"), NOT_JSON,
    ):  # fmt: skip
        summary.add(each)
    assert [*summary.timeline.parts()] == [("2026-03-02 09:00", 1, 1)]
    assert summary.timeline.without_time == 2
