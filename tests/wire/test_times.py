"""Tests of times in JSON: a time is accepted if and only if it has the documented form, and its date exists."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from work_request_manager.wire import WireError, decode_time, json_schema

PATTERN = next(
    line["properties"]["at"]["pattern"] for line in json_schema()["oneOf"] if line["title"] == "AcceptTaskEvent"
)

# Built independently of the pattern: the parts of the form, each good or bad.
DATES = ("2026-03-01", "20260301", "2026-W09-7", "2026W097", "2024-02-29")
BAD_DATES = ("2026-3-1", "2026-13-01", "2026-00-10", "2026-03-32", "202603-01", "2026-W54-1", "2026-W09-8",
             "0000-01-01", "26-03-01", "2026-060", "")  # fmt: skip
CLOCKS = ("20", "20:05", "2005", "20:05:07", "200507", "20:05:07.5", "200507,123456789", "00:00:00", "23:59:59.9")
BAD_CLOCKS = ("20.5", "20:05.5", "2005.5", "20:", "20:05:", "24:00:00", "20:60", "20:05:60", "20:05:07.", "2:05",
              "20:0507", "2005:07", "20:05:7", "", "20:05:07 ")  # fmt: skip
ZONES = ("Z", "z", "+00:00", "-00:00", "+13:00", "+1300", "+13", "-23:59")
BAD_ZONES = ("", "+00:60", "+24:00", "+00000000", "+1", "+13:", "+13:00:30", "+1:00", " Z", "ZZ", "UTC", "Z\n", "Z\0")
SEPARATORS, BAD_SEPARATORS = ("T", "t"), (" ", "_", "", "TT")


def is_accepted(text: str) -> bool:
    """Return whether a text is decoded as a time."""
    try:
        decode_time(text)
    except WireError:
        return False
    return True


@pytest.mark.parametrize("date", DATES + BAD_DATES)
@pytest.mark.parametrize("separator", SEPARATORS + BAD_SEPARATORS)
def test_a_time_is_accepted_if_all_of_its_parts_are_good(date: str, separator: str) -> None:
    """Each combination of good and bad parts is tried."""
    for clock in CLOCKS + BAD_CLOCKS:
        for zone in ZONES + BAD_ZONES:
            text = date + separator + clock + zone
            is_good = (date in DATES, separator in SEPARATORS, clock in CLOCKS, zone in ZONES)
            # Two bad parts can make a good whole, such as a missing zone after "20:05Z".
            if sum(is_good) >= 3:
                assert is_accepted(text) is all(is_good), text


@given(st.text(st.sampled_from("0123456789-:.,TtZzW+ \n"), max_size=30))
@example("2026-03-01T20:00:00Z")
@example("2026-02-30T20:00:00Z")
def test_the_schema_has_the_form_of_times(text: str) -> None:
    """A text that is accepted has the form. A text that has the form is accepted if its date exists."""
    has_form = re.search(PATTERN, text) is not None
    if is_accepted(text):
        assert has_form
    elif has_form:
        with pytest.raises(ValueError, match=r"day|month|week|year|Invalid"):
            datetime.fromisoformat(text.upper())


@pytest.mark.parametrize("text", ["2026-06-30T23:59:60Z", "20260630T235960.5+0000", "2026-06-30t23:59:60z"])
def test_a_leap_second_is_refused_with_a_sentence(text: str) -> None:
    """RFC 3339 has a 60th second, and Python's clocks have not."""
    with pytest.raises(WireError, match="has a 60th second; this library knows no leap seconds, so write 59"):
        decode_time(text)


def test_small_letters_are_accepted() -> None:
    """RFC 3339 allows them."""
    assert decode_time("2026-03-01t20:00:00z") == datetime(2026, 3, 1, 20, tzinfo=UTC)
