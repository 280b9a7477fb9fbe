"""Tests of the times of logs in other formats: each form and zone, and times that are not certain."""

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mapped_rows import NotATime, NotAvailable
from work_request_manager import Category
from work_request_manager.errors import WireError
from work_request_manager.log import check
from work_request_manager.log._mapped import times as times_module
from work_request_manager.log._mapped.times import Times, text_of
from work_request_manager.wire import LogMapping

AUCKLAND, LORD_HOWE = "Pacific/Auckland", "Australia/Lord_Howe"


def mapping(form: str = "iso", zone: str | None = None) -> LogMapping:
    """Return a mapping with a form of times and a zone."""
    return LogMapping("r", "s", "When", {"open": Category.OPEN}, at_format=form, zone=zone)


class Nanoseconds(datetime):
    """A time like Timestamp of pandas, whose methods return such times."""


EVENING = "2026-03-01T07:00:00Z"


class TestExactTimes:
    """A time in the form of the mapping becomes an instant."""

    @pytest.mark.parametrize(
        ("form", "zone", "value", "expected"),
        [
            ("iso", None, "2026-03-01T07:00:00Z", EVENING),
            ("iso", None, "2026-03-01t07:00:00z", EVENING),
            ("iso", None, "2026-03-01 20:00:00+13:00", EVENING),
            ("iso", None, "20260301T200000+1300", EVENING),
            ("iso", None, "2026-W09-7T20:00+13", EVENING),
            ("iso", None, "2026-03-01T07:00:00.1234567Z", "2026-03-01T07:00:00.123456Z"),
            ("iso", AUCKLAND, "2026-03-01T07:00:00Z", EVENING),
            ("iso", AUCKLAND, "2026-03-01T20:00:00", EVENING),
            ("iso", AUCKLAND, "2026-03-01 20:00", EVENING),
            ("iso", AUCKLAND, "2026-03-01 20:00:00,5", "2026-03-01T07:00:00.500000Z"),
            ("iso", AUCKLAND, "2026-07-01 20:00:00", "2026-07-01T08:00:00Z"),
            ("iso", "Asia/Kolkata", "2026-03-01 12:30:00", EVENING),
            ("%d/%m/%Y %H:%M", AUCKLAND, "1/3/2026 20:00", EVENING),
            ("%m/%d/%Y %I:%M %p", AUCKLAND, "03/01/2026 08:00 PM", EVENING),
            ("%Y-%m-%d %H:%M:%S %z", AUCKLAND, "2026-03-01 20:00:00 +1300", EVENING),
            ("%Y-%m-%d", "UTC", "2026-03-01", "2026-03-01T00:00:00Z"),
            ("seconds", None, 1772348400, EVENING),
            ("seconds", AUCKLAND, "1772348400.25", "2026-03-01T07:00:00.250000Z"),
            ("seconds", None, Decimal("1772348400"), EVENING),
            ("milliseconds", None, 1772348400250, "2026-03-01T07:00:00.250000Z"),
            ("milliseconds", None, -1.0, "1969-12-31T23:59:59.999000Z"),
            ("seconds", None, datetime(2026, 3, 1, 7, tzinfo=UTC), EVENING),
            ("iso", AUCKLAND, datetime(2026, 3, 1, 20), EVENING),
            ("iso", AUCKLAND, Nanoseconds(2026, 3, 1, 20), EVENING),
            ("iso", None, datetime(2026, 3, 1, 20, tzinfo=ZoneInfo(AUCKLAND)), EVENING),
            ("iso", None, Nanoseconds(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=-5))), EVENING),
        ],
    )
    def test_of_each_form(self, form: str, zone: str | None, value: Any, expected: str) -> None:
        """A time that names its zone does not need that of the mapping."""
        time = Times(mapping(form, zone)).exactly(value)
        assert type(time) is datetime
        assert text_of(time) == expected

    @pytest.mark.parametrize("form", ["iso", "seconds", "%d/%m/%Y"])
    @pytest.mark.parametrize("value", [None, "", float("nan"), NotATime(), NotAvailable()])
    def test_that_are_missing(self, form: str, value: Any) -> None:
        """Missing values of data frames are missing, too."""
        with pytest.raises(WireError) as raised:
            Times(mapping(form)).exactly(value)
        assert (raised.value.rule, str(raised.value)) == ("WRM504", "When is missing")

    @pytest.mark.parametrize(
        ("form", "value"),
        [
            ("iso", "soon"),
            ("iso", "2026-02-30T00:00:00Z"),
            ("iso", "2026-03-01"),
            ("iso", "2026-03-01  20:00:00"),
            ("iso", 1772348400),
            ("iso", date(2026, 3, 1)),
            ("iso", [2026, 3, 1]),
            ("iso", b"2026-03-01T07:00:00Z"),
            ("%d/%m/%Y", "2026-03-01"),
            ("%d/%m/%Y", "03/13/2026"),
            ("%d/%m/%Y", 5),
            ("seconds", "2026-03-01T07:00:00Z"),
            ("seconds", True),
            ("seconds", "nan"),
            ("seconds", "inf"),
            ("seconds", 1e300),
            ("seconds", 10**400),
            ("seconds", []),
            ("milliseconds", "soon"),
        ],
    )
    def test_that_are_not_times(self, form: str, value: Any) -> None:
        """The error says where the form is set."""
        with pytest.raises(WireError) as raised:
            Times(mapping(form, "UTC")).exactly(value)
        assert raised.value.rule == "WRM504"
        assert str(raised.value).startswith("When is ")
        assert str(raised.value).endswith(", which is not a time; see at_format in the mapping")

    @pytest.mark.parametrize(
        ("zone", "value", "problem"),
        [
            (None, "2026-03-01 20:00:00", "names no time zone; set zone in the mapping"),
            (AUCKLAND, "2026-04-05 02:30:00", f"is ambiguous in {AUCKLAND}, because the clocks change there"),
            (AUCKLAND, "2026-09-27 02:00:00", f"does not exist in {AUCKLAND}, because the clocks change there"),
            (LORD_HOWE, "2026-04-05 01:45:00", f"is ambiguous in {LORD_HOWE}, because the clocks change there"),
            (LORD_HOWE, "2026-10-04 02:15:00", f"does not exist in {LORD_HOWE}, because the clocks change there"),
        ],
    )
    def test_that_are_not_certain(self, zone: str | None, value: str, problem: str) -> None:
        """A local time can be missing or occur twice, for as long as the clocks are moved."""
        with pytest.raises(WireError) as raised:
            Times(mapping(zone=zone)).exactly(value)
        assert (raised.value.rule, str(raised.value)) == (
            "WRM504",
            f"When is {value.replace(' ', 'T')}, which {problem}",
        )

    def test_next_to_those(self) -> None:
        """The minutes before and after are certain."""
        for zone, values in (
            (AUCKLAND, ("2026-04-05 01:59:59", "2026-04-05 03:00:00", "2026-09-27 01:59:59", "2026-09-27 03:00:00")),
            (LORD_HOWE, ("2026-04-05 01:29:59", "2026-04-05 02:00:00", "2026-10-04 01:59:59", "2026-10-04 02:30:00")),
        ):
            for value in values:
                expected = datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
                assert Times(mapping(zone=zone)).exactly(value) == expected

    @pytest.mark.parametrize("value", ["0001-01-01 00:00:00", "9999-12-31T23:59:59-01:00"])
    def test_that_are_out_of_range_in_utc(self, value: str) -> None:
        """UTC has the years 1 to 9999."""
        with pytest.raises(WireError) as raised:
            Times(mapping(zone=AUCKLAND)).exactly(value)
        assert str(raised.value) == f"When is {value!r}, before year 1 or after year 9999 in UTC"


class TestManyTimes:
    """Times of the usual forms are converted together."""

    @pytest.mark.parametrize(
        ("form", "zone", "values", "expected"),
        [
            (
                "iso",
                None,
                ["2026-03-01T07:00:00Z", "2026-03-01T07:59:59Z"],
                ["2026-03-01T07:00:00Z", "2026-03-01T07:59:59Z"],
            ),
            (
                "iso",
                AUCKLAND,
                ["2026-03-01 20:00:00", "2026-03-01T20:59:59", "2026-07-01 20:00:00"],
                ["2026-03-01T07:00:00Z", "2026-03-01T07:59:59Z", "2026-07-01T08:00:00Z"],
            ),
            ("%Y-%m-%d %H:%M:%S", "UTC", ["2026-03-01 07:00:00"], ["2026-03-01T07:00:00Z"]),
            ("%Y-%m-%dT%H:%M:%S", AUCKLAND, ["2026-03-01T20:00:00"], ["2026-03-01T07:00:00Z"]),
        ],
    )
    def test_of_a_usual_form(self, form: str, zone: str | None, values: list[str], expected: list[str]) -> None:
        """The texts are in UTC."""
        found = Times(mapping(form, zone)).quickly(values)
        assert found is not None
        assert list(found.texts) == expected
        assert list(map(text_of, found.instants)) == expected

    @pytest.mark.parametrize(
        ("form", "zone", "values"),
        [
            ("iso", None, ["2026-03-01T07:00:00Z", "2026-03-01 07:00:00"]),
            ("iso", None, ["2026-03-01T07:00:00Z", None]),
            ("iso", None, ["2026-03-01 07:00:00"]),
            ("iso", None, ["2026-13-01T07:00:00Z"]),
            ("iso", AUCKLAND, ["2026-03-01 20:00:00", "2026-03-01 25:00:00"]),
            ("iso", AUCKLAND, ["2026-03-01 20:00:00", "2026-03-01 20:60:00"]),
            ("iso", AUCKLAND, ["2026-04-05 02:00:00"]),
            ("iso", "Asia/Kolkata", ["2026-03-01 20:00:00"]),
            ("iso", LORD_HOWE, ["2026-04-05 01:00:00"]),
            ("iso", AUCKLAND, ["0001-01-01 00:00:00"]),
            ("iso", "America/New_York", ["9999-12-31 23:00:00"]),
            ("%Y-%m-%d %H:%M:%S", AUCKLAND, ["2026-03-01T20:00:00"]),
            ("%Y-%m-%d %H:%M:%S", AUCKLAND, ["2026-03-01T20:00:00Z"]),
            ("%d/%m/%Y", AUCKLAND, ["01/03/2026"]),
            ("seconds", None, ["1772348400"]),
            ("iso", AUCKLAND, []),
        ],
    )
    def test_of_any_other_form(self, form: str, zone: str | None, values: list[Any]) -> None:
        """They are left to the exact conversion."""
        assert Times(mapping(form, zone)).quickly(values) is None

    def test_of_any_other_form_are_converted_exactly(self) -> None:
        """If one of them is not a time, none is converted."""
        times = Times(mapping("%d/%m/%Y", "UTC"))
        found = times.all(["01/03/2026", "02/03/2026"])
        assert found is not None
        assert found.texts == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
        assert times.all(["01/03/2026", "13/13/2026"]) is None

    def test_of_more_hours_than_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest are forgotten, and memory is bounded."""
        monkeypatch.setattr(times_module, "_MAX_HOURS", 3)
        times = Times(mapping(zone=AUCKLAND))
        for hour in range(24):
            found = times.quickly([f"2026-03-01 {hour:02}:00:00"])
            assert found is not None
            assert found.instants == [times.exactly(f"2026-03-01 {hour:02}:00:00")]
            assert len(times._hours) <= 3

    def test_after_pickling(self) -> None:
        """The cache is not pickled, the zone is."""
        times = Times(mapping(zone=AUCKLAND))
        times.quickly(["2026-03-01 20:00:00"])
        again = pickle.loads(pickle.dumps(times))
        assert again._hours == {}
        assert again.quickly(["2026-03-01 20:00:00"]) == times.quickly(["2026-03-01 20:00:00"])


def test_a_bad_time_is_a_finding_among_good_rows() -> None:
    """It hides no other row, and the row is not judged."""
    times = ["2026-03-01 20:00:00", "2026-04-05 02:30:00", "2026-03-01 20:00:00", "soon", "2026-02-01 20:00:00"]
    rows = [{"r": "W", "s": "open", "When": time} for time in times * 10]
    report = check(rows, mapping=mapping(zone=AUCKLAND))
    found = [(finding.line, finding.rule) for finding in report.findings]
    assert found[:4] == [(2, "WRM504"), (4, "WRM504"), (5, "WRM601"), (7, "WRM504")]
    assert (report.counts.malformed, report.counts.assumed) == (20, 1)
