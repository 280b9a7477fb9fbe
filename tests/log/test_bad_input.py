"""Tests of bad input: what is wrong with a line is told of that line, and every other one is judged as ever."""

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import ActivityType
from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.log._findings import Counts, Finding, Report
from work_request_manager.log import Check, UnreadableLog, check
from work_request_manager.wire import WireError, decode_event, json_schema

zstd = import_module(ZSTD_MODULE)

MIB = 1 << 20
BOM = b"\xef\xbb\xbf"

CREATE = (
    b'{"event":"CreateTaskEvent","taskId":"WR-1","sender":{"role":"Chorus","id":"chorus"},"at":"2026-03-01T20:00:00Z",'
    b'"eventId":"e-1","requestor":"rsp-one","supplier":"northline","activities":[{"id":"A-1","type":{"code":"FIBRE"}}]}'
)
ACCEPT = (
    b'{"event":"AcceptTaskEvent","taskId":"WR-1","sender":{"role":"WorkSupplier","id":"northline"},'
    b'"at":"2026-03-01T20:05:00Z"}'
)
REJECT = ACCEPT.replace(b"Accept", b"Reject")
STATUS = (
    b'{"event":"UpdateTaskActivityStatusEvent","taskId":"WR-1","activityId":"A-1","status":{"category":"Open"},'
    b'"sender":{"role":"WorkSupplier","id":"northline"},"at":"2026-03-01T20:05:00Z"}'
)
START, CLOSE = (STATUS.replace(b"Open", category).replace(b"2026", b"2030") for category in (b"Active", b"Closed"))
DETAILS = ACCEPT.replace(b"AcceptTask", b"UpdateTaskAdditionalInfos")

TYPES = {"COPPER": ActivityType("COPPER")}


def having(line: bytes, own: bytes, **fields: object) -> bytes:
    """Return a line with some more text before its end, and with these fields added or replaced."""
    text = json.dumps(json.loads(line) | fields) if fields else line.decode()
    return text[:-1].encode() + (b"," + own if own else b"") + b"}"


def changed(line: bytes, **fields: object) -> bytes:
    """Return a line with these fields added or replaced."""
    return having(line, b"", **fields)


def without(line: bytes, key: str) -> bytes:
    """Return a line without one of its fields."""
    return json.dumps({name: value for name, value in json.loads(line).items() if name != key}).encode()


def sent_at(at: str) -> bytes:
    """Return an acceptance of this time."""
    return changed(ACCEPT, at=at)


def created(**fields: object) -> bytes:
    """Return the creation of another request with these fields of its activity added or replaced."""
    return changed(CREATE, taskId="WR-2", activities=[{"id": "A-1", "type": "COPPER"} | fields])


LOG = (
    CREATE, ACCEPT, ACCEPT, STATUS, having(DETAILS, b'"values":1'), changed(created(), taskId="WR-0"),
    b"", START, CLOSE, b"{",
)  # fmt: skip
"""A log in whose middle, at its blank line, stands what is tested, once good lines like it were judged."""
PLACE = LOG.index(b"") + 1

NOT_JSON = "WRM501 $ is not JSON in UTF-8: "

BAD_LINES: tuple[tuple[str, bytes, str], ...] = (
    ("cut at its last byte", ACCEPT[:-1], NOT_JSON + "Input data was truncated"),
    ("cut in a key", ACCEPT[:10], NOT_JSON),
    ("cut in a text", ACCEPT[:-3], NOT_JSON),
    ("cut after a colon", b'{"event":', NOT_JSON),
    ("without its first byte", ACCEPT[1:], NOT_JSON),
    ("two objects", ACCEPT + ACCEPT, NOT_JSON),
    ("two objects apart", ACCEPT + b" " + ACCEPT, NOT_JSON),
    ("two objects with a comma", ACCEPT + b"," + ACCEPT, NOT_JSON),
    ("trailing garbage", ACCEPT + b"x", NOT_JSON),
    ("trailing bracket", ACCEPT + b"}", NOT_JSON),
    ("trailing NUL", ACCEPT + b"\0", NOT_JSON),
    ("trailing comma", ACCEPT[:-1] + b",}", NOT_JSON),
    ("garbage before", b"x" + ACCEPT, NOT_JSON),
    ("comment", ACCEPT + b" // accepted", NOT_JSON),
    ("other quotes", ACCEPT.replace(b'"', b"'"), NOT_JSON),
    ("key without quotes", ACCEPT.replace(b'"event"', b"event"), NOT_JSON),
    ("UTF-16", ACCEPT.decode().encode("utf-16"), NOT_JSON),
    ("byte order mark", BOM + ACCEPT, NOT_JSON),
    ("byte order mark alone", BOM, NOT_JSON),
    ("byte order mark at the end", ACCEPT + BOM, NOT_JSON),
    ("NUL alone", b"\0", NOT_JSON),
    ("NUL between", ACCEPT.replace(b",", b",\0", 1), NOT_JSON),
    ("NUL in an id", ACCEPT.replace(b"WR-1", b"WR\0-1"), NOT_JSON),
    ("no-break space alone", "\N{NO-BREAK SPACE}".encode(), NOT_JSON),
    ("list", b"[" + ACCEPT + b"]", "WRM501 $ is [{"),
    ("empty list", b"[]", "WRM501 $ is []; it must be one JSON object"),
    ("text", b'"AcceptTaskEvent"', "WRM501 $ is 'AcceptTaskEvent'"),
    ("number", b"5", "WRM501 $ is 5"),
    ("null", b"null", "WRM501 $ is null"),
    ("true", b"true", "WRM501 $ is true"),
    ("object of nothing", b"{}", "WRM502 $.event is missing"),
    ("over a mebibyte", ACCEPT.ljust(MIB + 1), "WRM505 has over 1,048,576 bytes"),
    ("over a mebibyte of garbage", b"\xff" * (MIB + 1), "WRM505 has over 1,048,576 bytes"),
    ("over a mebibyte of blanks", b" " * (MIB + 1), "WRM505 has over 1,048,576 bytes"),
    ("unknown event", changed(ACCEPT, event="ArchiveTaskEvent"), "WRM503 $.event is 'ArchiveTaskEvent'"),
    ("event in other letters", changed(ACCEPT, event="acceptTaskEvent"), "WRM503 $.event is 'acceptTaskEvent'"),
    ("event of our own word", changed(ACCEPT, event="AcceptWorkRequest"), "WRM503 $.event is 'AcceptWorkRequest'"),
    ("event without a name", changed(ACCEPT, event=""), "WRM503 $.event is ''"),
    ("unknown event of nothing else", b'{"event":"ArchiveTaskEvent"}', "WRM503 $.event is 'ArchiveTaskEvent'"),
    ("unknown event, bad fields", b'{"event":"?","taskId":5,"sender":[],"at":"?"}', "WRM503 $.event is '?'"),
    ("unknown role", changed(ACCEPT, sender={"role": "Boss", "id": "b"}), "WRM502 $.sender.role is 'Boss'; it must be"),
    ("role in small letters", changed(ACCEPT, sender={"role": "chorus", "id": "c"}), "WRM502 $.sender.role is 'chor"),
    ("unknown category", changed(STATUS, status={"category": "Paused"}), "WRM502 $.status.category is 'Paused'"),
    ("category of a new activity", created(status={"category": "?"}), "WRM502 $.activities[0].status.category is '?'"),
    ("category of a state", created(type={"code": "X", "states": {"Ö": "?"}}),
     "WRM502 $.activities[0].type.states['Ö'] is '?'"),
    ("state that is a category", created(type={"code": "X", "states": {"Open": "Active"}}),
     "WRM502 $.activities[0].type.states['Open'] is 'Active'"),
    ("state without a name", created(type={"code": "X", "states": {"": "Active"}}),
     "WRM502 $.activities[0].type.states lists the state ''"),
    ("unknown type code", created(type="FIBRE"), "WRM502 $.activities[0].type is 'FIBRE', which is no known type"),
    ("second activity", changed(CREATE, activities=[{"id": "A-1", "type": "COPPER"}, {"id": "A-2", "type": {}}]),
     "WRM502 $.activities[1].type.code is missing"),
    ("reject without reason", REJECT, "WRM502 $.reason is missing"),
    ("reject with no reason", changed(REJECT, reason=None), "WRM502 $.reason is null; it must have a value"),
    ("reject with an empty reason", changed(REJECT, reason=""), "WRM101 "),
    ("requestor left out by Chorus", without(CREATE, "requestor"), "WRM502 $.requestor is missing; only a requestor"),
    ("no requestor", changed(CREATE, requestor=None), "WRM502 $.requestor is missing; only a requestor"),
    ("note too long", changed(ACCEPT, note="n" * 5_001), "WRM502 $.note has 5,001 characters"),
    ("schedule of nothing", changed(ACCEPT, event="UpdateTaskScheduleEvent", schedule={}),
     "WRM502 $.schedule.earliestStart is missing, and so is the end"),
    ("schedule in no order", changed(ACCEPT, event="UpdateTaskScheduleEvent", schedule={
        "earliestStart": "2026-03-02T00:00:00Z", "latestEnd": "2026-03-01T00:00:00Z"}),
     "WRM502 $.schedule.latestEnd is 2026-03-01T00:00:00+00:00, before the start"),
    ("details too deep", having(DETAILS, b'"values":' + b"[" * 101 + b"]" * 101),
     "WRM502 $.values is nested more than 100 levels deep"),
    ("naive time", sent_at("2026-03-01T20:05:00"), "WRM504 $.at is '2026-03-01T20:05:00', which names no time zone"),
    ("naive odd time", sent_at("20260301T200500,5"), "WRM504 $.at is '20260301T200500,5', which names no time zone"),
    ("naive week", sent_at("2026-W09-7T20"), "WRM504 $.at is '2026-W09-7T20', which names no time zone"),
    ("no time", sent_at(""), "WRM504 $.at is '', which can't be read"),
    ("date alone", sent_at("2026-03-01"), "WRM504 $.at is '2026-03-01', which can't be read"),
    ("impossible day", sent_at("2026-02-30T20:05:00Z"), "WRM504 $.at is '2026-02-30T20:05:00Z', which can't be read"),
    ("no leap year", sent_at("2026-02-29T20:05:00Z"), "WRM504 $.at is '2026-02-29T20:05:00Z', which can't be read"),
    ("month 13", sent_at("2026-13-01T20:05:00Z"), "WRM504 $.at is '2026-13-01T20:05:00Z', which can't be read"),
    ("hour 25", sent_at("2026-03-01T25:05:00Z"), "WRM504 $.at is '2026-03-01T25:05:00Z', which can't be read"),
    ("second 60", sent_at("2026-03-01T20:05:60Z"), "WRM504 $.at is '2026-03-01T20:05:60Z', which can't be read"),
    ("offset of 24 hours", sent_at("2026-03-01T20:05:00+24:00"), "WRM504 $.at is '2026-03-01T20:05:00+24:00'"),
    ("year 0", sent_at("0000-03-01T20:05:00Z"), "WRM504 $.at is '0000-03-01T20:05:00Z', which can't be read"),
    ("year 10000", sent_at("10000-03-01T20:05:00Z"), "WRM504 $.at is '10000-03-01T20:05:00Z', which can't be read"),
    ("before year 1", sent_at("0001-01-01T00:00:00+13:00"),
     "WRM502 $.at is 0001-01-01T00:00:00+13:00, before year 1 or after year 9999 in UTC"),
    ("after year 9999", sent_at("9999-12-31T23:59:59-01:00"), "WRM502 $.at is 9999-12-31T23:59:59-01:00, before year"),
    ("blank for the T", sent_at("2026-03-01 20:05:00Z"), "WRM504 $.at is '2026-03-01 20:05:00Z', which can't be read"),
    ("blanks round it", sent_at(" 2026-03-01T20:05:00Z "), "WRM504 $.at is ' 2026-03-01T20:05:00Z '"),
    ("small t", sent_at("2026-03-01t20:05:00Z"), "WRM504 $.at is '2026-03-01t20:05:00Z', which can't be read"),
    ("small letters", sent_at("2026-03-01t20:05:00z"), "WRM504 $.at is '2026-03-01t20:05:00z', which can't be read"),
    ("wide digits", sent_at("2026-03-01T20:05:0\N{FULLWIDTH DIGIT ONE}Z"), "WRM504 $.at is '2026-03-01T20:05:0"),
    ("date without zeros", sent_at("2026-3-1T20:05:00Z"), "WRM504 $.at is '2026-3-1T20:05:00Z', which can't be read"),
    ("half colons", sent_at("2026-03-01T20:0500Z"), "WRM504 $.at is '2026-03-01T20:0500Z', which can't be read"),
    ("point without digits", sent_at("2026-03-01T20:05:00.Z"), "WRM504 $.at is '2026-03-01T20:05:00.Z'"),
    ("bracket before the Z", sent_at("2026-03-01T20:05:00[Z"), "WRM504 $.at is '2026-03-01T20:05:00[Z', which can't"),
    ("NUL before the Z", sent_at("2026-03-01T20:05:00\0Z"), "WRM504 $.at is '2026-03-01T20:05:00\\x00Z', which can't"),
    ("blank before the Z", sent_at("2026-03-01T20:05:00 Z"), "WRM504 $.at is '2026-03-01T20:05:00 Z', which can't"),
    ("two Zs", sent_at("2026-03-01T20:05:00ZZ"), "WRM504 $.at is '2026-03-01T20:05:00ZZ', which can't"),
    ("Z after an offset", sent_at("2026-03-01T20:05:00+00:00Z"), "WRM504 $.at is '2026-03-01T20:05:00+00:00Z', which"),
    ("underscore for a digit", sent_at("2026-03-01T20:05:0_Z"), "WRM504 $.at is '2026-03-01T20:05:0_Z', which can't"),
    ("underscore in a fraction", sent_at("2026-03-01T20:05:00.1_2Z"), "WRM504 $.at is '2026-03-01T20:05:00.1_2Z'"),
    ("other signs", sent_at("2026/03/01T20.05.00Z"), "WRM504 $.at is '2026/03/01T20.05.00Z', which can't be read"),
    ("NUL after the time", sent_at("2026-03-01T20:05:00Z\0"), "WRM504 $.at is '2026-03-01T20:05:00Z\\x00'"),
    ("seconds since 1970", sent_at("1772395500"), "WRM504 $.at is '1772395500', which can't be read"),
    ("number for the time", changed(ACCEPT, at=1772395500), "WRM502 $.at is 1772395500; it must be a time"),
    ("event seen before", changed(STATUS, eventId="e-1"), "WRM602 eventId e-1 was taken before"),
    ("bad event seen before", changed(STATUS, eventId="e-1", at=""), "WRM504 $.at is ''"),
    ("time going back", sent_at("2026-03-01T20:04:59.999999Z"),
     "WRM601 at is 2026-03-01T20:04:59.999999+00:00, before the last event's 2026-03-01T20:05:00+00:00"),
    ("time going back by its offset", sent_at("2026-03-01T21:00:00+01:00"), "WRM601 at is 2026-03-01T20:00:00+00:00"),
    ("the last of two events counts", having(ACCEPT, b'"event":"?"'), "WRM503 $.event is '?'"),
    ("the last of two times counts", having(ACCEPT, b'"at":""'), "WRM504 $.at is ''"),
    ("the last of two senders counts", having(ACCEPT, b'"sender":{"id":"n"}'), "WRM502 $.sender.role is missing"),
    ("the last of two keys spelt otherwise counts", having(ACCEPT, b'"\\u0061t":""'), "WRM504 $.at is ''"),
    ("the last of two keys within counts", ACCEPT.replace(b'"northline"', b'"northline","id":""'),
     "WRM502 $.sender.id is ''"),
    ("null last", having(ACCEPT, b'"taskId":null'), "WRM502 $.taskId is null; it must have a value"),
)  # fmt: skip
"""A name, a line, and how its one finding begins: the rule, then the message, at whose start is the path."""

ODD_LINES: tuple[tuple[str, bytes], ...] = (
    ("blanks round it", b" \t" + ACCEPT + b"\t \r"),
    ("blanks within", json.dumps(json.loads(ACCEPT), indent="\t").replace("\n", "\r").encode()),
    ("a mebibyte", ACCEPT.ljust(MIB)),
    ("escapes", ACCEPT.replace(b"event", b"\\u0065vent").replace(b"WR-1", b"WR\\u002d1")),
    ("the last of two counts", having(b'{"event":"?"}', ACCEPT[1:-1])),
    (
        "the last of each counts",
        having(b'{"event":5,"taskId":[],"sender":"x","at":null,"note":{}}', ACCEPT[1:-1])[:-1] + b',"note":"n"}',
    ),
    ("the last of two keys within counts", ACCEPT.replace(b'"role":', b'"id":5,"role":"Boss","role":')),
    ("an activity that it does not take", changed(ACCEPT, activityId={"id": 5})),
    ("null for what may be left out", changed(ACCEPT, eventId=None, note=None, activityId=None)),
    ("a note of 5,000 characters", changed(ACCEPT, note="ü" * 5_000)),
)
"""Lines that repeat the acceptance, and that have nothing against them but looks."""

ODD_TIMES: tuple[tuple[str, str], ...] = (
    ("2026-03-01T20:05:00.5Z", "2026-03-01T20:05:00.500000+00:00"),
    ("2026-03-01T20:05:00,25Z", "2026-03-01T20:05:00.250000+00:00"),
    ("2026-03-01T20:05:00.1234Z", "2026-03-01T20:05:00.123400+00:00"),
    ("2026-03-01T20:05:00.123456789Z", "2026-03-01T20:05:00.123456+00:00"),
    ("2026-03-01T20:05:00.000000999999Z", "2026-03-01T20:05:00+00:00"),
    ("2026-03-01T20:05:00." + "1" * 400 + "Z", "2026-03-01T20:05:00.111111+00:00"),
    ("2026-03-01T20:06Z", "2026-03-01T20:06:00+00:00"),
    ("2026-03-01T21Z", "2026-03-01T21:00:00+00:00"),
    ("20260301T200501Z", "2026-03-01T20:05:01+00:00"),
    ("20260301T200501.5+0100", "2026-03-01T19:05:01.500000+00:00"),
    ("2026-W09-7T20:05:01Z", "2026-03-01T20:05:01+00:00"),
    ("2026W097T200501Z", "2026-03-01T20:05:01+00:00"),
    ("2026-W53-1T00:00:00Z", "2026-12-28T00:00:00+00:00"),
    ("2026-03-02T09:05:01+13:00", "2026-03-01T20:05:01+00:00"),
    ("2026-03-02T09:05:01.5+13", "2026-03-01T20:05:01.500000+00:00"),
    ("2026-03-02T09:05:31+13:00:30", "2026-03-01T20:05:01+00:00"),
    ("2026-03-01T20:05:01-00:00", "2026-03-01T20:05:01+00:00"),
    ("2026-03-01T20:05:01-12:59", "2026-03-02T09:04:01+00:00"),
    ("2026-12-31T23:59:59.999999-01:00", "2027-01-01T00:59:59.999999+00:00"),
    ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00+00:00"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
)
"""Times, and the instants that they are; finer than microseconds is cut."""


def sort_of(finding: str) -> str:
    """Return as what a line counts that has this finding."""
    if finding.startswith("WRM50"):
        return "unknown" if finding.startswith("WRM503") else "malformed"
    return "refused" if finding.startswith("WRM1") else "not_consumed"


def assert_found(tmp_path: Path, line: bytes, finding: str, sort: str) -> None:
    """Check that a line has this finding, or none, and that nothing else in the log has changed."""
    path = tmp_path / "log.jsonl"
    log = [line if each == b"" else each for each in LOG]
    for end in (b"\n", b"\r\n"):
        path.write_bytes(end.join(log))
        assert_judged(check(path, types=TYPES), str(path), finding, sort)
    assert_judged(check(log, types=TYPES), "<lines>", finding, sort)
    assert_judged(check((each + b"\r\n" for each in log), types=TYPES), "<lines>", finding, sort)


def assert_judged(report: Report, file: str, finding: str, sort: str) -> None:
    """Check a report on the log with a line in its middle."""
    after = f"{file}:{PLACE}" if sort == "refused" else None
    told = [f"{each.rule} {each.message}" for each in report.findings if each.line == PLACE]
    assert len(told) == bool(finding), told
    assert "".join(told).startswith(finding)
    others = [each for each in report.findings if each.line != PLACE]
    assert list(map(said, others)) == list(map(said, OTHERS.findings))
    assert [(each.file, each.after) for each in others] == [(file, after), (file, None)]
    assert report.counts == counts_with(OTHERS.counts, sort)


def said(finding: Finding) -> tuple[object, ...]:
    """Return what a finding says of its own line."""
    of_line = (finding.line, finding.task_id, finding.activity_id, finding.event, finding.at)
    return (*of_line, finding.rule, finding.level, finding.message)


def counts_with(counts: Counts, sort: str) -> Counts:
    """Return these counts with a line of this sort where a blank one was."""
    more = [sort] if sort in ("malformed", "unknown") else [sort, "events"]
    return attrs.evolve(counts, blank=counts.blank - 1, **{each: getattr(counts, each) + 1 for each in more})


OTHERS = check(LOG, types=TYPES)


def test_the_log_round_a_bad_line_is_one_with_findings() -> None:
    """What the bad line must leave alone is an error of an event, and an error of a line."""
    assert [(each.line, each.rule) for each in OTHERS.findings] == [(9, "WRM208"), (10, "WRM501")]
    assert OTHERS.counts == Counts(
        lines=10, blank=1, malformed=1, events=8, consumed=5, not_consumed=2, refused=1, work_requests=2
    )


def named(rows: tuple[tuple[Any, ...], ...]) -> list[Any]:
    """Return rows as parameters that are called after their first column."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("line", "finding"), named(BAD_LINES))
def test_a_bad_line_has_its_finding_and_hides_no_other(tmp_path: Path, line: bytes, finding: str) -> None:
    """Its rule, line number and path are told; findings and counts of the others are as if it were blank."""
    assert_found(tmp_path, line, finding, sort_of(finding))


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in ODD_LINES])
def test_an_odd_line_is_judged(tmp_path: Path, line: bytes) -> None:
    """What only looks odd has no finding."""
    assert_found(tmp_path, line, "", "not_consumed")


@pytest.mark.parametrize(("at", "instant"), ODD_TIMES)
def test_an_odd_time_is_read_to_the_microsecond(at: str, instant: str) -> None:
    """Two events of one instant are in order however that is written; what is earlier by a microsecond is not."""
    read = datetime.fromisoformat(instant)
    assert check([changed(CREATE, at=at), sent_at(instant), sent_at(at)]).findings == ()
    if read.year > 1:
        earlier = (read - timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=at), sent_at(earlier)]).findings
        assert (finding.rule, finding.message) == ("WRM601", f"at is {earlier}, before the last event's {instant}")
    if read.year < 9999:
        later = (read + timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=later), sent_at(at)]).findings
        assert (finding.rule, finding.message) == ("WRM601", f"at is {instant}, before the last event's {later}")


# JSON that is bad, or only odd, wherever it stands


DEEP = "WRM501 $ is nested too deeply; an event needs no such depth"

BAD_JSON: tuple[tuple[str, bytes, str], ...] = (
    ("invalid UTF-8", b'"\xff"', NOT_JSON),
    ("invalid UTF-8 in a key", b'{"\xff":1}', NOT_JSON),
    ("UTF-8 cut", b'"\xe2\x82"', NOT_JSON),
    ("UTF-8 too long", b'"\xc0\x80"', NOT_JSON),
    ("UTF-8 of a surrogate", b'"\xed\xa0\x80"', NOT_JSON),
    ("UTF-8 past Unicode", b'"\xf4\x90\x80\x80"', NOT_JSON),
    ("high surrogate alone", b'"\\ud800"', NOT_JSON),
    ("high surrogate before text", b'"\\ud800 and more text"', NOT_JSON),
    ("low surrogate alone", b'"\\udc00"', NOT_JSON),
    ("surrogates in the wrong order", b'"\\udc00\\ud800"', NOT_JSON),
    ("lone surrogate in a key", b'{"\\ud800 and more text":1}', NOT_JSON),
    ("unknown escape", b'"\\x41"', NOT_JSON),
    ("short escape", b'"\\u00"', NOT_JSON),
    ("NUL", b"\0", NOT_JSON),
    ("NUL in text", b'"\0"', NOT_JSON),
    ("tab in text", b'"\t"', NOT_JSON),
    ("carriage return in text", b'"\r"', NOT_JSON),
    ("byte order mark", BOM + b"1", NOT_JSON),
    ("NaN", b"NaN", NOT_JSON),
    ("Infinity", b"Infinity", NOT_JSON),
    ("minus Infinity", b"-Infinity", NOT_JSON),
    ("number with a zero before", b"01", NOT_JSON),
    ("number with a plus", b"+1", NOT_JSON),
    ("number cut", b"1.", NOT_JSON),
    ("hexadecimal number", b"0x1", NOT_JSON),
    ("True", b"True", NOT_JSON),
    ("nothing", b"", NOT_JSON),
    ("list with a comma more", b"[1,]", NOT_JSON),
    ("object with a comma more", b'{"a":1,}', NOT_JSON),
    ("key that is no text", b"{1:1}", NOT_JSON),
    ("key without a value", b'{"a"}', NOT_JSON),
    ("bracket that does not fit", b"[}", NOT_JSON),
    ("100,000 lists", b"[" * 100_000 + b"]" * 100_000, DEEP),
    ("100,000 lists never closed", b"[" * 100_000, DEEP),
    ("100,000 objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, DEEP),
)
LARGE_NUMBERS: tuple[tuple[str, bytes, str], ...] = (
    ("past all floating point", b"1e400", NOT_JSON + "Number out of range"),
    ("400 digits with a point", b"1" * 400 + b".5", NOT_JSON + "Number out of range"),
    ("5,000 digits", b"1" * 5_000, NOT_JSON + "Integer value out of range"),
)
ODD_JSON: tuple[tuple[str, bytes], ...] = (
    ("400 digits", b"1" * 400),
    ("400 digits below zero", b"-" + b"1" * 400),
    ("400 digits after the point", b"0." + b"1" * 400),
    ("a number too small for floating point", b"1e-400"),
    ("minus zero", b"-0"),
    ("pair of surrogates", b'"\\ud83d\\ude00"'),
    ("escaped NUL", b'"\\u0000"'),
    ("line separator", '"\N{LINE SEPARATOR}"'.encode()),
    ("next line", '"\x85"'.encode()),
    ("delete", b'"\x7f"'),
    ("byte order mark in text", b'"' + BOM + b'"'),
    ("duplicate keys", b'{"a":NaN,"a":1}'.replace(b"NaN", b"[]")),
    ("empty key", b'{"":1}'),
    ("90 lists", b"[" * 90 + b"]" * 90),
    ("as many fields as would make a mebibyte", b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(50_000)) + b"}"),
)

PLACES: dict[str, tuple[bytes, str]] = {
    "a field that is not read": (having(ACCEPT, b'"x":%s'), "not_consumed"),
    "the first field": (b'{"x":%s,' + ACCEPT[1:], "not_consumed"),
    "a field in the sender": (ACCEPT.replace(b'"role"', b'"x":%s,"role"'), "not_consumed"),
    "a field of another event": (having(ACCEPT, b'"status":%s'), "not_consumed"),
    "details": (having(DETAILS, b'"values":%s'), "consumed"),
    "an unknown event": (b'{"event":"ArchiveTaskEvent","x":%s}', "unknown"),
    "a field that a later one takes the place of": (b'{"at":%s,' + ACCEPT[1:], "not_consumed"),
}
"""Where a JSON value can stand so that only JSON itself has a say on it, and as what such a line counts."""
READ_PLACES = {
    "the id": ACCEPT.replace(b'"WR-1"', b"%s"),
    "the note": having(ACCEPT, b'"note":%s'),
    "the role": ACCEPT.replace(b'"WorkSupplier"', b"%s"),
    "the time": ACCEPT.replace(b'"2026-03-01T20:05:00Z"', b"%s"),
    "the event": ACCEPT.replace(b'"AcceptTaskEvent"', b"%s"),
    "an event without a sender": b'{"event":"AcceptTaskEvent","taskId":"WR-1","x":%s}',
    "nothing else": b'{"x":%s}',
}
"""Where one can stand that makes a bad event of it otherwise; that it is no JSON comes first."""


@pytest.mark.parametrize("place", [*(line for line, _ in PLACES.values()), *READ_PLACES.values()],
                         ids=[*PLACES, *READ_PLACES])  # fmt: skip
@pytest.mark.parametrize(("value", "finding"), named(BAD_JSON))
def test_what_is_no_json_is_none_wherever_it_stands(tmp_path: Path, value: bytes, finding: str, place: bytes) -> None:
    """The whole line is read as JSON, fields that no rule reads as well."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


@pytest.mark.parametrize("place", [PLACES["details"][0], *READ_PLACES.values()], ids=["details", *READ_PLACES])
@pytest.mark.parametrize(("value", "finding"), named(LARGE_NUMBERS))
def test_a_number_that_is_too_large_to_read_is_not_read(
    tmp_path: Path, value: bytes, finding: str, place: bytes
) -> None:
    """Where it is to be read, or the line is bad for another reason, it is no JSON that we can read."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


@pytest.mark.parametrize("place", ["a field that is not read", "the first field", "a field in the sender"])
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value, _ in LARGE_NUMBERS])
def test_a_number_of_any_size_is_fine_where_it_is_not_read(tmp_path: Path, value: bytes, place: str) -> None:
    """It is JSON, and no one wants to know what it is."""
    line, sort = PLACES[place]
    assert_found(tmp_path, line.replace(b"%s", value), "", sort)


@pytest.mark.parametrize(("place", "sort"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in ODD_JSON])
def test_odd_json_is_json_wherever_it_stands(tmp_path: Path, value: bytes, place: bytes, sort: str) -> None:
    """What JSON allows is no finding in a field that nothing else has a say on."""
    assert_found(tmp_path, place.replace(b"%s", value), "WRM503" if sort == "unknown" else "", sort)


def test_a_lone_surrogate_in_a_text_line_is_a_finding() -> None:
    """Text that UTF-8 can't hold is what its bytes would be, in a field that is not read too."""
    for place in (line for line, _ in PLACES.values()):
        log = [each.decode() if each else place.decode().replace("%s", '"\ud800"') for each in LOG]
        assert_judged(check(log, types=TYPES), "<lines>", NOT_JSON, "malformed")


# Every field of every event, as the schema of the wire format has them


SCHEMA = json_schema()
EVENTS = {line["title"]: line for line in SCHEMA["oneOf"]}
VALUES: dict[str, Any] = {
    "null": None, "boolean": True, "integer": 7, "number": 1.5, "string": "Unheard", "array": [], "object": {}
}  # fmt: skip
"""A value of each kind of JSON; the text is none of any enumeration."""
TIME = "2026-03-01T20:05:00Z"


def resolved(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of which a value may fit any."""
    if "anyOf" in schema:
        return [each for part in schema["anyOf"] for each in resolved(part)]
    return resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else [schema]


def kinds_of(schema: dict[str, Any]) -> set[str]:
    """Return the kinds of JSON that a schema allows."""
    return {kind for each in resolved(schema) for kind in ([each["type"]] if "type" in each else
            ["string"] if {"enum", "const"} & set(each) else VALUES)}  # fmt: skip


def example(schema: dict[str, Any]) -> Any:
    """Return a value with all fields, of the first schema that it may fit."""
    each = resolved(schema)[0]
    if "properties" in each:
        return {key: example(item) for key, item in each["properties"].items()}
    if "additionalProperties" in each:
        return {"Scheduled": example(each["additionalProperties"])}
    if "items" in each:
        return [example(each["items"])]
    if each.get("format") == "date-time":
        return TIME
    return each.get("const") or each.get("enum", [None])[0] or VALUES[each.get("type", "object")]


def fields_of(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, dict[str, Any], bool]]:
    """Yield the keys that lead to each field, and of the field the schema and whether it must be there."""
    each = resolved(schema)[0]
    inner = {key: (item, key in each["required"]) for key, item in each.get("properties", {}).items()}
    inner |= {"Scheduled": (each["additionalProperties"], True)} if "additionalProperties" in each else {}
    for key, (item, is_required) in inner.items():
        yield (*path, key), item, is_required
        yield from fields_of(item, (*path, key))
    if "items" in each:
        yield (*path, 0), each["items"], True
        yield from fields_of(each["items"], (*path, 0))


def path_of(keys: tuple[str | int, ...]) -> str:
    """Return how messages name the field to which these keys lead."""
    path = "$"
    for before, key in zip(("", *keys), keys, strict=False):
        path += f"[{key!r}]" if isinstance(key, int) or before == "states" else f".{key}"
    return path


def with_value(event: dict[str, Any], keys: tuple[str | int, ...], *value: Any) -> bytes:
    """Return the line of an event with another value where these keys lead, or with none there."""
    event = deepcopy(event)
    *outer, last = keys
    holder: Any = event
    for key in outer:
        holder = holder[key]
    del holder[last]
    if value and isinstance(holder, list):
        holder.insert(int(last), *value)
    elif value:
        holder[last] = value[0]
    return json.dumps(event).encode()


def bad_fields(schema: dict[str, Any], event: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    """Yield lines of an event that are bad in one field each, and how the finding begins."""
    for keys, field, is_required in fields_of(schema):
        path = path_of(keys)
        for kind in VALUES.keys() - kinds_of(field):
            if kind != "null" or is_required:
                yield with_value(event, keys, VALUES[kind]), f"WRM502 {path} is "
        if is_required and isinstance(keys[-1], str) and keys[-1] != "Scheduled":
            yield with_value(event, keys), f"WRM502 {path} is missing"
        for each in resolved(field):
            time_rule = "WRM504" if keys == ("at",) else "WRM502"
            if "minLength" in each:
                yield with_value(event, keys, ""), f"WRM502 {path} is ''"
            if "maxLength" in each:
                yield with_value(event, keys, "n" * (each["maxLength"] + 1)), f"WRM502 {path} has 5,001 characters"
            if "enum" in each:
                yield with_value(event, keys, "Unheard"), f"WRM502 {path} is 'Unheard'"
            if "const" in each:
                yield with_value(event, keys, "Unheard"), f"WRM503 {path} is 'Unheard'"
            if each.get("format") == "date-time":
                yield with_value(event, keys, TIME[:-1]), f"{time_rule} {path} is '{TIME[:-1]}', which names no time"
                yield with_value(event, keys, "2026-02-30T00:00:00Z"), f"{time_rule} {path} is '2026-02-30T00:00:00Z'"
    if "values" in event:
        yield with_value(event, ("values",), json.loads("[" * 101 + "]" * 101)), "WRM502 $.values is nested more than "


def for_the_request(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as one for the request that there is."""
    ids = {"taskId": "WR-1", "activityId": "A-1", "sender": {"role": "WorkSupplier", "id": "northline"}}
    return event | {key: value for key, value in ids.items() if key in event}


@pytest.mark.parametrize("meant", [lambda event: event, for_the_request], ids=["unknown request", "request"])
@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_every_event_can_be_bad(name: str, meant: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """A wrong kind of value, null, none at all, an empty text, an unknown name or a bad time: the path says where."""
    event = meant(example(EVENTS[name]))
    good = json.dumps(event).encode()
    bad = list(bad_fields(EVENTS[name], event))
    report = check([CREATE, good, good, *(each for line, _ in bad for each in (line, good))])
    found = [(each.line, f"{each.rule} {each.message}") for each in report.findings if is_malformed(each)]
    assert [number for number, _ in found] == [*range(4, 2 * len(bad) + 4, 2)]
    assert [text[: len(begin)] for (_, begin), (_, text) in zip(bad, found, strict=True)] == [each for _, each in bad]
    unknown = sum(begin.startswith("WRM503") for _, begin in bad)
    assert (report.counts.malformed, report.counts.unknown) == (len(bad) - unknown, unknown)
    assert report.counts.events == len(bad) + 3
    assert len(bad) > 5 * len(EVENTS[name]["properties"])


def is_malformed(finding: Finding) -> bool:
    """Return whether a finding is about a line that is no event."""
    return finding.rule.startswith("WRM5")


@pytest.mark.parametrize("name", EVENTS)
def test_a_field_that_may_be_null_may_be_left_out(name: str) -> None:
    """Both are the same, and so is all that may be left out being there."""
    event = example(EVENTS[name])
    optional = [keys for keys, field, is_required in fields_of(EVENTS[name]) if "null" in kinds_of(field)]
    left_out = [keys for keys in optional if keys[-1] != "values"]
    log = [json.dumps(event).encode(), *(with_value(event, keys, None) for keys in optional),
           *(with_value(event, keys) for keys in left_out)]  # fmt: skip
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 4


@pytest.mark.parametrize("name", EVENTS)
def test_a_field_of_another_event_is_not_read(name: str) -> None:
    """What an event does not take may be there and hold anything."""
    others = {key for each in EVENTS.values() for key in each["properties"]} - EVENTS[name]["properties"].keys()
    event = example(EVENTS[name])
    log = [json.dumps(event | {key: value}) for key in sorted(others) for value in VALUES.values()]
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 6 * len(VALUES)


# What came of lines and logs by chance


EXAMPLES = [example(schema) for schema in EVENTS.values()]


@st.composite
def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Return what became of some bytes: flipped, cut, doubled, glued or spliced, up to four times."""
    for _ in range(draw(st.integers(0, 4))):
        begin, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        byte = draw(
            st.sampled_from(
                [b'"', b"\\", b"\\ud800", b"{", b"}", b"[", b"1e999", b",", b"\n", b"\r\n", b"\0", b"\xff", BOM]
            )
        )
        match draw(st.sampled_from(["flip", "put", "take", "cut", "double", "glue", "splice"])):
            case "flip":
                data = (
                    data[:begin]
                    + bytes(each ^ 1 << draw(st.integers(0, 7)) for each in data[begin : begin + 1])
                    + data[begin + 1 :]
                )
            case "put":
                data = data[:begin] + byte + data[begin:]
            case "take":
                data = data[:begin] + data[min(end, begin + 9) :]
            case "cut":
                data = data[:end]
            case "double":
                data = data[:end] + data[begin:]
            case "glue":
                data = data.replace(b"\n", b"", 1 + begin % 3)
            case "splice":
                data = data[end:] + data[begin:end]
    return data


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([TIME, "Open", "Chorus"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def event_lines(draw: st.DrawFn) -> bytes:
    """Return the line of an event, with what any event has, or with another value in one place."""
    event = draw(st.sampled_from(EXAMPLES))
    if draw(st.booleans()):
        event = event | {"sender": {"role": "Chorus", "id": "c"}, "eventId": draw(st.none() | st.sampled_from("abc"))}
    if draw(st.booleans()):
        places = [keys for keys, _, _ in fields_of(EVENTS[event["event"]])]
        return with_value(event, draw(st.sampled_from(places)), draw(values))
    return json.dumps(event).encode()


logs = st.lists(event_lines(), max_size=8).map(b"\n".join)
spoilt_logs = logs.flatmap(lambda log: spoilt(log).map(lambda bad: bad + b"\n" + log + b"\n" + bad))
"""Logs of whose lines some come again, once those like them were judged."""


def malformed(log: bytes) -> dict[int, tuple[str, str]]:
    """Return the rule and message that each line of a log has that decodes to no event."""
    found = {}
    for number, line in enumerate(log.removeprefix(BOM).split(b"\n"), start=1):
        try:
            decode_event(line.removesuffix(b"\r") if line.strip() else CREATE)
        except WireError as error:
            found[number] = (error.rule, str(error))
    return found


def check_read(data: bytes) -> Report:
    """Return the report on a log that comes in by the standard input."""
    with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data))):
        return check("-")


class TestEveryLineOfACorruptedLogIsAccountedFor:
    """Lines are blank, malformed, unknown or events; malformed or unknown is what `decode_event` does not take."""

    @settings(deadline=None)
    @given(spoilt_logs)
    def test_lines_are_told_apart_as_decoding_tells_them(self, log: bytes) -> None:
        """Of each line that decodes to no event, one finding says what decoding it says; of no other one does."""
        report = check_read(log)
        counts = report.counts
        bad = malformed(log)
        assert {each.line: (each.rule, each.message) for each in report.findings if is_malformed(each)} == bad
        assert counts.lines == log.count(b"\n") + (not log.endswith(b"\n") and log != b"")
        assert counts.unknown == sum(rule == "WRM503" for rule, _ in bad.values())
        assert counts.malformed == len(bad) - counts.unknown
        assert counts.lines == counts.blank + counts.malformed + counts.unknown + counts.events
        assert counts.events == counts.consumed + counts.not_consumed + counts.refused

    @settings(deadline=None)
    @given(logs, st.data())
    def test_a_cut_stream_is_a_log_up_to_there(self, log: bytes, data: st.DataObject) -> None:
        """The lines that were read before the cut are judged as in the whole log."""
        pack = data.draw(st.sampled_from([gzip.compress, zstd.compress]))
        packed = pack(log * 40)
        cut = packed[: data.draw(st.integers(4, len(packed) - 1))]
        whole = check_read(packed)
        judging = Check()
        found: list[Finding] = []
        with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(cut))), pytest.raises(UnreadableLog):
            found.extend(judging.findings("-"))
        assert list(map(said, found)) == list(map(said, whole.findings[: len(found)]))
        assert len(found) <= sum(each.line <= judging.counts.lines for each in whole.findings)


# The command


def test_the_command_reports_every_bad_line(tmp_path: Path) -> None:
    """All of them in one log, and a line of 40 MB among them: no traceback, each finding at its line, exit status 1."""
    bad = [(line, finding) for _, line, finding in BAD_LINES]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place in READ_PLACES.values()]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place, _ in PLACES.values()]
    bad += [each for schema in EVENTS.values() for each in bad_fields(schema, example(schema))]
    bad += [(b"x" * 40_000_000, "WRM505 has over 1,048,576 bytes")]
    path, types = tmp_path / "log.jsonl", tmp_path / "types.toml"
    path.write_bytes(b"\n".join([CREATE, *(each for line, _ in bad for each in (line, ACCEPT)), b"{"]))
    types.write_text("[types.COPPER]\n")
    done = wrm("check", "--format", "json", "--types", types, path)
    assert (done.returncode, done.stderr) == (1, b"")
    report = json.loads(done.stdout)
    found = [(each["line"], f"{each['rule']} {each['message']}") for each in report["findings"]]
    assert [number for number, _ in found if number % 2] == []
    assert [number for number, _ in found] == [*range(2, 2 * len(bad) + 2, 2), 2 * len(bad) + 2]
    assert [text[: len(begin)] for (_, begin), (_, text) in zip(bad, found, strict=False)] == [each for _, each in bad]
    assert report["lines"] == 2 * len(bad) + 2
    assert report["lines"] == report["blank"] + report["malformed"] + report["unknown"] + report["events"]
    text = wrm("check", "--types", types, path)
    assert (text.returncode, text.stderr, len(text.stdout.splitlines())) == (1, b"", len(found) + 1)


def wrm(*args: object, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run the command."""
    command = [sys.executable, "-m", "work_request_manager", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


PACKED = {"plain": bytes, "gzip": gzip.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED)
def test_the_command_reads_the_standard_input_packed_or_not(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """What it is packed with is told by its first bytes; a file of two packed ones is one log."""
    log, types = b"\n".join(LOG), tmp_path / "types.toml"
    types.write_text("[types.COPPER]\n")
    done = wrm("check", "--format", "json", "--types", types, "-", stdin=pack(log[:300]) + pack(log[300:]))
    report = json.loads(done.stdout)
    assert [(each["file"], each["line"], each["rule"]) for each in report["findings"]] == [
        ("-", 9, "WRM208"),
        ("-", 10, "WRM501"),
    ]
    assert (report["lines"], done.returncode, done.stderr) == (10, 1, b"")


@pytest.mark.parametrize("pack", list(PACKED.values())[1:], ids=list(PACKED)[1:])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_command_reports_what_could_be_read_of_a_cut_stream(pack: Callable[[bytes], bytes], form: str) -> None:
    """The findings up to the cut, then the error; the exit status is 2."""
    whole = pack(b"\n".join(LOG) + b"\n")
    done = wrm("check", "--format", form, "-", stdin=whole + pack(b"\n".join(LOG))[:20])
    assert done.returncode == 2
    assert done.stderr.startswith(b"wrm: - is cut or damaged: ")
    found = done.stdout.decode()
    assert ["WRM208" in found, "WRM501" in found] == [True, True]
    assert found.splitlines()[-1].startswith("10 lines") if form == "text" else json.loads(found)["lines"] == 10


BAD_TYPES: tuple[tuple[str, bytes, str], ...] = (
    ("nothing", b"", "$.types is null"),
    ("TOML cut", b"[types", "$ is neither TOML nor JSON"),
    ("TOML twice", b"[types.X]\n[types.X]", "$ is neither TOML nor JSON"),
    ("JSON cut", b'{"types":{', "$ is not JSON in UTF-8"),
    ("JSON trailing", b'{"types":{}}x', "$ is not JSON in UTF-8"),
    ("invalid UTF-8", b'[types."\xff"]', "$ is neither TOML nor JSON"),
    ("NUL", b"\0", "$ is neither TOML nor JSON"),
    ("deep TOML", b"types = " + b"[" * 100_000, "$ is neither TOML nor JSON"),
    ("deep JSON", b'{"types":' + b"[" * 100_000, "$ is nested too deeply"),
    ("list", b'{"types":[]}', "$.types is []"),
    ("number", b"[types]\nX = 1", "$.types.X is 1"),
    ("wrong flag", b"[types.X]\nworkSupplierAllowedToCancel = 1", "$.types.X.workSupplierAllowedToCancel is 1"),
    ("wrong states", b"[types.X]\nstates = ['Open']", "$.types.X.states is ["),
    ("unknown category", b"[types.X]\nstates = { A = 'B' }", "$.types.X.states['A'] is 'B'"),
    ("empty code", b'{"types":{"":{}}}', "$.types..code is ''"),
)


@pytest.mark.parametrize(("types", "message"), named(BAD_TYPES))
def test_a_broken_types_file_is_no_log_finding(tmp_path: Path, types: bytes, message: str) -> None:
    """The command could not do its work, and says which field of which file is why: exit status 2."""
    path = tmp_path / "types"
    path.write_bytes(types)
    done = wrm("check", "--types", path, "-", stdin=b"\n".join(LOG))
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"{path}: {message}" in done.stderr.decode()
    assert b"Traceback" not in done.stderr
