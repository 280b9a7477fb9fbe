"""Tests of bad input: a finding says what is wrong with a line, and all other lines are judged as usual."""

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
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import Counts, Finding, LogChecker, Report, check
from work_request_manager.log._sources import ZSTD_MODULE
from work_request_manager.wire import decode_event, decode_types, json_schema

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
    """Return a line with some text added before its end, and with some fields added or replaced."""
    text = json.dumps(json.loads(line) | fields) if fields else line.decode()
    return text[:-1].encode() + (b"," + own if own else b"") + b"}"


def changed(line: bytes, **fields: object) -> bytes:
    """Return a line with some fields added or replaced."""
    return having(line, b"", **fields)


def without(line: bytes, key: str) -> bytes:
    """Return a line without one of its fields."""
    return json.dumps({name: value for name, value in json.loads(line).items() if name != key}).encode()


def sent_at(at: str) -> bytes:
    """Return an accept event with this time."""
    return changed(ACCEPT, at=at)


def created(**fields: object) -> bytes:
    """Return a create event of another work request, with some fields of its activity added or replaced."""
    return changed(CREATE, taskId="WR-2", activities=[{"id": "A-1", "type": "COPPER"} | fields])


LOG = (
    CREATE, ACCEPT, ACCEPT, STATUS, having(DETAILS, b'"values":1'), changed(created(), taskId="WR-0"),
    b"", START, CLOSE, b"{",
)  # fmt: skip
"""A log whose blank line is replaced by the tested line. Similar good lines come before it."""
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
    ("over a mebibyte", ACCEPT.ljust(MIB + 1), "WRM505 is longer than 1,048,576 bytes"),
    ("over a mebibyte of garbage", b"\xff" * (MIB + 1), "WRM505 is longer than 1,048,576 bytes"),
    ("over a mebibyte of blanks", b" " * (MIB + 1), "WRM505 is longer than 1,048,576 bytes"),
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
     "WRM502 $.schedule.earliestStart is missing, and so is latest_end"),
    ("schedule in no order", changed(ACCEPT, event="UpdateTaskScheduleEvent", schedule={
        "earliestStart": "2026-03-02T00:00:00Z", "latestEnd": "2026-03-01T00:00:00Z"}),
     "WRM502 $.schedule.latestEnd is 2026-03-01T00:00:00+00:00, before the start"),
    ("details too deep", having(DETAILS, b'"values":' + b"[" * 101 + b"]" * 101),
     "WRM502 $.values is nested more than 100 levels deep"),
    ("naive time", sent_at("2026-03-01T20:05:00"), "WRM504 $.at is '2026-03-01T20:05:00', which names no time zone"),
    ("naive odd time", sent_at("20260301T200500,5"), "WRM504 $.at is '20260301T200500,5', which names no time zone"),
    ("naive week", sent_at("2026-W09-7T20"), "WRM504 $.at is '2026-W09-7T20', which names no time zone"),
    ("no time", sent_at(""), "WRM504 $.at is '', which is not ISO 8601"),
    ("date alone", sent_at("2026-03-01"), "WRM504 $.at is '2026-03-01', which is not ISO 8601"),
    ("impossible day", sent_at("2026-02-30T20:05:00Z"), "WRM504 $.at is '2026-02-30T20:05:00Z', which is not ISO 8601"),
    ("no leap year", sent_at("2026-02-29T20:05:00Z"), "WRM504 $.at is '2026-02-29T20:05:00Z', which is not ISO 8601"),
    ("month 13", sent_at("2026-13-01T20:05:00Z"), "WRM504 $.at is '2026-13-01T20:05:00Z', which is not ISO 8601"),
    ("hour 25", sent_at("2026-03-01T25:05:00Z"), "WRM504 $.at is '2026-03-01T25:05:00Z', which is not ISO 8601"),
    ("second 60", sent_at("2026-03-01T20:05:60Z"), "WRM504 $.at is '2026-03-01T20:05:60Z', which is not ISO 8601"),
    ("offset of 24 hours", sent_at("2026-03-01T20:05:00+24:00"), "WRM504 $.at is '2026-03-01T20:05:00+24:00'"),
    ("year 0", sent_at("0000-03-01T20:05:00Z"), "WRM504 $.at is '0000-03-01T20:05:00Z', which is not ISO 8601"),
    ("year 10000", sent_at("10000-03-01T20:05:00Z"), "WRM504 $.at is '10000-03-01T20:05:00Z', which is not ISO 8601"),
    ("before year 1", sent_at("0001-01-01T00:00:00+13:00"),
     "WRM502 $.at is 0001-01-01T00:00:00+13:00, before year 1 or after year 9999 in UTC"),
    ("after year 9999", sent_at("9999-12-31T23:59:59-01:00"), "WRM502 $.at is 9999-12-31T23:59:59-01:00, before year"),
    ("blank for the T", sent_at("2026-03-01 20:05:00Z"), "WRM504 $.at is '2026-03-01 20:05:00Z', which is not"),
    ("blanks around it", sent_at(" 2026-03-01T20:05:00Z "), "WRM504 $.at is ' 2026-03-01T20:05:00Z '"),
    ("small t", sent_at("2026-03-01t20:05:00Z"), "WRM504 $.at is '2026-03-01t20:05:00Z', which is not ISO 8601"),
    ("small letters", sent_at("2026-03-01t20:05:00z"), "WRM504 $.at is '2026-03-01t20:05:00z', which is not ISO 8601"),
    ("wide digits", sent_at("2026-03-01T20:05:0\N{FULLWIDTH DIGIT ONE}Z"), "WRM504 $.at is '2026-03-01T20:05:0"),
    ("date without zeros", sent_at("2026-3-1T20:05:00Z"), "WRM504 $.at is '2026-3-1T20:05:00Z', which is not ISO 8601"),
    ("half colons", sent_at("2026-03-01T20:0500Z"), "WRM504 $.at is '2026-03-01T20:0500Z', which is not ISO 8601"),
    ("point without digits", sent_at("2026-03-01T20:05:00.Z"), "WRM504 $.at is '2026-03-01T20:05:00.Z'"),
    ("bracket before the Z", sent_at("2026-03-01T20:05:00[Z"), "WRM504 $.at is '2026-03-01T20:05:00[Z', which is not"),
    ("NUL before the Z", sent_at("2026-03-01T20:05:00\0Z"), "WRM504 $.at is '2026-03-01T20:05:00\\x00Z', which is not"),
    ("blank before the Z", sent_at("2026-03-01T20:05:00 Z"), "WRM504 $.at is '2026-03-01T20:05:00 Z', which is not"),
    ("two Zs", sent_at("2026-03-01T20:05:00ZZ"), "WRM504 $.at is '2026-03-01T20:05:00ZZ', which is not"),
    ("Z after an offset", sent_at("2026-03-01T20:05:00+00:00Z"), "WRM504 $.at is '2026-03-01T20:05:00+00:00Z', which"),
    ("underscore for a digit", sent_at("2026-03-01T20:05:0_Z"), "WRM504 $.at is '2026-03-01T20:05:0_Z', which is not"),
    ("underscore in a fraction", sent_at("2026-03-01T20:05:00.1_2Z"), "WRM504 $.at is '2026-03-01T20:05:00.1_2Z'"),
    ("other signs", sent_at("2026/03/01T20.05.00Z"), "WRM504 $.at is '2026/03/01T20.05.00Z', which is not ISO 8601"),
    ("NUL after the time", sent_at("2026-03-01T20:05:00Z\0"), "WRM504 $.at is '2026-03-01T20:05:00Z\\x00'"),
    ("seconds since 1970", sent_at("1772395500"), "WRM504 $.at is '1772395500', which is not ISO 8601"),
    ("number for the time", changed(ACCEPT, at=1772395500), "WRM502 $.at is 1772395500; it must be a time"),
    ("event seen before", changed(STATUS, eventId="e-1"), "WRM602 duplicate eventId e-1"),
    ("bad event seen before", changed(STATUS, eventId="e-1", at=""), "WRM504 $.at is ''"),
    ("time going back", sent_at("2026-03-01T20:04:59.999999Z"),
     "WRM601 at is 2026-03-01T20:04:59.999999+00:00, earlier than the previous event's 2026-03-01T20:05:00+00:00"),
    ("time going back by its offset", sent_at("2026-03-01T21:00:00+01:00"), "WRM601 at is 2026-03-01T20:00:00+00:00"),
    ("the last of two events counts", having(ACCEPT, b'"event":"?"'), "WRM503 $.event is '?'"),
    ("the last of two times counts", having(ACCEPT, b'"at":""'), "WRM504 $.at is ''"),
    ("the last of two senders counts", having(ACCEPT, b'"sender":{"id":"n"}'), "WRM502 $.sender.role is missing"),
    ("the last of two keys counts if one is escaped", having(ACCEPT, b'"\\u0061t":""'), "WRM504 $.at is ''"),
    ("the last of two keys within counts", ACCEPT.replace(b'"northline"', b'"northline","id":""'),
     "WRM502 $.sender.id is ''"),
    ("null last", having(ACCEPT, b'"taskId":null'), "WRM502 $.taskId is null; it must have a value"),
)  # fmt: skip
"""A name, a line, and the start of its only finding: the rule, the path and the message."""

ODD_LINES: tuple[tuple[str, bytes], ...] = (
    ("blanks around it", b" \t" + ACCEPT + b"\t \r"),
    ("blanks within", json.dumps(json.loads(ACCEPT), indent="\t").replace("\n", "\r").encode()),
    ("a mebibyte", ACCEPT.ljust(MIB)),
    ("escapes", ACCEPT.replace(b"event", b"\\u0065vent").replace(b"WR-1", b"WR\\u002d1")),
    ("the last of two counts", having(b'{"event":"?"}', ACCEPT[1:-1])),
    (
        "the last of each counts",
        having(b'{"event":5,"taskId":[],"sender":"x","at":null,"note":{}}', ACCEPT[1:-1])[:-1] + b',"note":"n"}',
    ),
    ("the last of two keys within counts", ACCEPT.replace(b'"role":', b'"id":5,"role":"Boss","role":')),
    ("an activity on an event without activity", changed(ACCEPT, activityId={"id": 5})),
    ("null for optional fields", changed(ACCEPT, eventId=None, note=None, activityId=None)),
    ("a note of 5,000 characters", changed(ACCEPT, note="ü" * 5_000)),
)
"""Unusual but correct lines that repeat the accept event."""

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
"""Times and their instants. Anything finer than microseconds is cut."""


def count_of(finding: str) -> str:
    """Return the count that a line with this finding belongs to."""
    if finding.startswith("WRM50"):
        return "unknown" if finding.startswith("WRM503") else "malformed"
    return "refused" if finding.startswith("WRM1") else "not_consumed"


def assert_found(tmp_path: Path, line: bytes, finding: str, sort: str) -> None:
    """Check that a line has this finding, or none if it is empty, and that the rest of the log has not changed."""
    path = tmp_path / "log.jsonl"
    log = [line if each == b"" else each for each in LOG]
    for end in (b"\n", b"\r\n"):
        path.write_bytes(end.join(log))
        assert_judged(check(path, types=TYPES), str(path), finding, sort)
    assert_judged(check(log, types=TYPES), "<lines>", finding, sort)
    assert_judged(check((each + b"\r\n" for each in log), types=TYPES), "<lines>", finding, sort)


def assert_judged(report: Report, file: str, finding: str, sort: str) -> None:
    """Check a report on the log with a line in its middle."""
    refusal = f"{file}:{PLACE}" if sort == "refused" else None
    messages = [f"{each.rule} {each.message}" for each in report.findings if each.line == PLACE]
    assert len(messages) == bool(finding), messages
    assert "".join(messages).startswith(finding)
    others = [each for each in report.findings if each.line != PLACE]
    assert list(map(own_parts, others)) == list(map(own_parts, OTHERS.findings))
    assert [(each.file, each.first_refusal) for each in others] == [(file, refusal), (file, None)]
    assert report.counts == counts_with(OTHERS.counts, sort)


def own_parts(finding: Finding) -> tuple[object, ...]:
    """Return the parts of a finding that depend only on its line."""
    of_line = (finding.line, finding.task_id, finding.activity_id, finding.event, finding.at)
    return (*of_line, finding.rule, finding.level, finding.message)


def counts_with(counts: Counts, sort: str) -> Counts:
    """Return the counts with the blank line replaced by a line of this sort."""
    more = [sort] if sort in ("malformed", "unknown") else [sort, "events"]
    return attrs.evolve(counts, blank=counts.blank - 1, **{each: getattr(counts, each) + 1 for each in more})


OTHERS = check(LOG, types=TYPES)


def test_the_log_around_a_bad_line_has_findings() -> None:
    """It has a refused event and a malformed line, which the bad line must not affect."""
    assert [(each.line, each.rule) for each in OTHERS.findings] == [(9, "WRM208"), (10, "WRM501")]
    assert OTHERS.counts == Counts(
        lines=10, blank=1, malformed=1, events=8, consumed=5, not_consumed=2, refused=1, work_requests=2
    )


def named(rows: tuple[tuple[Any, ...], ...]) -> list[Any]:
    """Return rows as test parameters, named by their first column."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("line", "finding"), named(BAD_LINES))
def test_a_bad_line_has_its_finding_and_hides_no_other(tmp_path: Path, line: bytes, finding: str) -> None:
    """The finding has its rule, line number and path. The rest is as if the line were blank."""
    assert_found(tmp_path, line, finding, count_of(finding))


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in ODD_LINES])
def test_an_unusual_line_is_judged(tmp_path: Path, line: bytes) -> None:
    """An unusual but correct line has no finding."""
    assert_found(tmp_path, line, "", "not_consumed")


@pytest.mark.parametrize(("at", "instant"), ODD_TIMES)
def test_an_unusual_time_is_decoded_to_the_microsecond(at: str, instant: str) -> None:
    """Two spellings of one instant are in order. An event that is one microsecond earlier is not."""
    read = datetime.fromisoformat(instant)
    assert check([changed(CREATE, at=at), sent_at(instant), sent_at(at)]).findings == ()
    if read.year > 1:
        earlier = (read - timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=at), sent_at(earlier)]).findings
        assert (finding.rule, finding.message) == (
            "WRM601",
            f"at is {earlier}, earlier than the previous event's {instant}",
        )
    if read.year < 9999:
        later = (read + timedelta(microseconds=1)).isoformat()
        (finding,) = check([changed(CREATE, at=later), sent_at(at)]).findings
        assert (finding.rule, finding.message) == (
            "WRM601",
            f"at is {instant}, earlier than the previous event's {later}",
        )


# JSON that is bad or unusual, at any place in a line


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
"""Places where any JSON value is allowed, and the count that such a line belongs to."""
READ_PLACES = {
    "the id": ACCEPT.replace(b'"WR-1"', b"%s"),
    "the note": having(ACCEPT, b'"note":%s'),
    "the role": ACCEPT.replace(b'"WorkSupplier"', b"%s"),
    "the time": ACCEPT.replace(b'"2026-03-01T20:05:00Z"', b"%s"),
    "the event": ACCEPT.replace(b'"AcceptTaskEvent"', b"%s"),
    "an event without a sender": b'{"event":"AcceptTaskEvent","taskId":"WR-1","x":%s}',
    "nothing else": b'{"x":%s}',
}
"""Places where the value makes the event bad. Bad JSON is reported first."""


@pytest.mark.parametrize("place", [*(line for line, _ in PLACES.values()), *READ_PLACES.values()],
                         ids=[*PLACES, *READ_PLACES])  # fmt: skip
@pytest.mark.parametrize(("value", "finding"), named(BAD_JSON))
def test_bad_json_is_reported_at_any_place(tmp_path: Path, value: bytes, finding: str, place: bytes) -> None:
    """The whole line is parsed as JSON, including fields that no rule reads."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


@pytest.mark.parametrize("place", [PLACES["details"][0], *READ_PLACES.values()], ids=["details", *READ_PLACES])
@pytest.mark.parametrize(("value", "finding"), named(LARGE_NUMBERS))
def test_a_number_that_is_too_large_is_reported(tmp_path: Path, value: bytes, finding: str, place: bytes) -> None:
    """If the number is decoded, or the line is bad for another reason, the line is not JSON."""
    assert_found(tmp_path, place.replace(b"%s", value), finding, "malformed")


@pytest.mark.parametrize("place", ["a field that is not read", "the first field", "a field in the sender"])
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value, _ in LARGE_NUMBERS])
def test_a_number_of_any_size_is_allowed_in_unknown_fields(tmp_path: Path, value: bytes, place: str) -> None:
    """It is JSON, and it is not decoded."""
    line, sort = PLACES[place]
    assert_found(tmp_path, line.replace(b"%s", value), "", sort)


@pytest.mark.parametrize(("place", "sort"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in ODD_JSON])
def test_unusual_json_is_allowed_at_any_place(tmp_path: Path, value: bytes, place: bytes, sort: str) -> None:
    """A field that takes any JSON takes unusual JSON too."""
    assert_found(tmp_path, place.replace(b"%s", value), "WRM503" if sort == "unknown" else "", sort)


def test_a_lone_surrogate_in_a_text_line_is_a_finding() -> None:
    """Text that UTF-8 cannot hold is reported like bytes that are not UTF-8, in unknown fields too."""
    for place in (line for line, _ in PLACES.values()):
        log = [each.decode() if each else place.decode().replace("%s", '"\ud800"') for each in LOG]
        assert_judged(check(log, types=TYPES), "<lines>", NOT_JSON, "malformed")


# Every field of every event, from the JSON Schema


SCHEMA = json_schema()
EVENTS = {line["title"]: line for line in SCHEMA["oneOf"]}
VALUES: dict[str, Any] = {
    "null": None, "boolean": True, "integer": 7, "number": 1.5, "string": "Unheard", "array": [], "object": {}
}  # fmt: skip
"""A value of each JSON type. No enumeration has the text."""
TIME = "2026-03-01T20:05:00Z"


def resolved(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a schema."""
    if "anyOf" in schema:
        return [each for part in schema["anyOf"] for each in resolved(part)]
    return resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else [schema]


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the JSON types that a schema allows."""
    return {kind for each in resolved(schema) for kind in ([each["type"]] if "type" in each else
            ["string"] if {"enum", "const"} & set(each) else VALUES)}  # fmt: skip


def example(schema: dict[str, Any]) -> Any:
    """Return a value with all fields, for the first alternative of a schema."""
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
    """Yield each field of an event: the keys that lead to it, its schema, and whether it is required."""
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
    """Return the path of a field from its keys."""
    path = "$"
    for before, key in zip(("", *keys), keys, strict=False):
        path += f"[{key!r}]" if isinstance(key, int) or before == "states" else f".{key}"
    return path


def with_value(event: dict[str, Any], keys: tuple[str | int, ...], *value: Any) -> bytes:
    """Return the line of an event with another value for a field, or without the field if there is no value."""
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
    """Yield lines of an event in which one field is bad, each with the start of its finding."""
    for keys, field, is_required in fields_of(schema):
        path = path_of(keys)
        for kind in VALUES.keys() - types_of(field):
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
    """Return an event with the ids of the work request that exists."""
    ids = {"taskId": "WR-1", "activityId": "A-1", "sender": {"role": "WorkSupplier", "id": "northline"}}
    return event | {key: value for key, value in ids.items() if key in event}


@pytest.mark.parametrize("adapt", [lambda event: event, for_the_request], ids=["unknown request", "known request"])
@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_every_event_can_be_bad(name: str, adapt: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The path names a field with a wrong type, null, no value, an empty text, an unknown name or a bad time."""
    event = adapt(example(EVENTS[name]))
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
    """Return whether a finding is about a line that is not an event."""
    return finding.rule.startswith("WRM5")


@pytest.mark.parametrize("name", EVENTS)
def test_an_optional_field_can_be_null_or_missing(name: str) -> None:
    """A line with null for an optional field, or without it, is an event."""
    event = example(EVENTS[name])
    optional = [keys for keys, field, is_required in fields_of(EVENTS[name]) if "null" in types_of(field)]
    left_out = [keys for keys in optional if keys[-1] != "values"]
    log = [json.dumps(event).encode(), *(with_value(event, keys, None) for keys in optional),
           *(with_value(event, keys) for keys in left_out)]  # fmt: skip
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 4


@pytest.mark.parametrize("name", EVENTS)
def test_a_field_of_another_event_is_ignored(name: str) -> None:
    """A field that the event does not have can hold any value."""
    others = {key for each in EVENTS.values() for key in each["properties"]} - EVENTS[name]["properties"].keys()
    event = example(EVENTS[name])
    log = [json.dumps(event | {key: value}) for key in sorted(others) for value in VALUES.values()]
    report = check(log)
    assert not list(filter(is_malformed, report.findings))
    assert report.counts.events == len(log) > 6 * len(VALUES)


# Randomly damaged logs


EXAMPLES = [example(schema) for schema in EVENTS.values()]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return damaged bytes: up to four times, a bit is flipped, or a part is added, removed, doubled or moved."""
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
    """Return the line of an event, sometimes with other common fields, or with another value in one field."""
    event = draw(st.sampled_from(EXAMPLES))
    if draw(st.booleans()):
        event = event | {"sender": {"role": "Chorus", "id": "c"}, "eventId": draw(st.none() | st.sampled_from("abc"))}
    if draw(st.booleans()):
        places = [keys for keys, _, _ in fields_of(EVENTS[event["event"]])]
        return with_value(event, draw(st.sampled_from(places)), draw(values))
    return json.dumps(event).encode()


logs = st.lists(event_lines(), max_size=8).map(b"\n".join)
damaged_logs = logs.flatmap(lambda log: damaged(log).map(lambda bad: bad + b"\n" + log + b"\n" + bad))
"""Damaged logs, followed by the good log, followed by the damaged log again."""


def malformed(log: bytes) -> dict[int, tuple[str, str]]:
    """Return the rule and message of each line that `decode_event` refuses, by its number."""
    found = {}
    for number, line in enumerate(log.removeprefix(BOM).split(b"\n"), start=1):
        try:
            decode_event(line.removesuffix(b"\r") if line.strip() else CREATE)
        except WireError as error:
            found[number] = (error.rule, str(error))
    return found


def check_read(data: bytes) -> Report:
    """Check a log from standard input."""
    with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data))):
        return check("-")


class TestEveryLineOfADamagedLogIsCounted:
    """Lines are blank, malformed, unknown or events. `decode_event` refuses those that are malformed or unknown."""

    @settings(max_examples=60, deadline=None)
    @given(damaged_logs)
    def test_the_log_agrees_with_decode_event(self, log: bytes) -> None:
        """Each line that `decode_event` refuses has one finding with the same message. No other line has one."""
        report = check_read(log)
        counts = report.counts
        bad = malformed(log)
        assert {each.line: (each.rule, each.message) for each in report.findings if is_malformed(each)} == bad
        assert counts.lines == log.count(b"\n") + (not log.endswith(b"\n") and log != b"")
        assert counts.unknown == sum(rule == "WRM503" for rule, _ in bad.values())
        assert counts.malformed == len(bad) - counts.unknown
        assert counts.lines == counts.blank + counts.malformed + counts.unknown + counts.events
        assert counts.events == counts.consumed + counts.not_consumed + counts.refused

    @settings(max_examples=40, deadline=None)
    @given(logs, st.data())
    def test_a_truncated_stream_is_checked_up_to_its_end(self, log: bytes, data: st.DataObject) -> None:
        """The lines before the cut are judged as in the whole log."""
        pack = data.draw(st.sampled_from([gzip.compress, zstd.compress]))
        packed = pack(log * 10)
        cut = packed[: data.draw(st.integers(4, len(packed) - 1))]
        whole = check_read(packed)
        checker = LogChecker()
        found: list[Finding] = []
        with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(cut))), pytest.raises(UnreadableLog):
            found.extend(checker.findings("-"))
        assert list(map(own_parts, found)) == list(map(own_parts, whole.findings[: len(found)]))
        assert len(found) <= sum(each.line <= checker.counts.lines for each in whole.findings)


# A whole log of bad lines


def test_every_bad_line_of_one_log_is_reported(tmp_path: Path) -> None:
    """All of them in one file, with a line of 40 MB: each is reported at its line, and the good lines are not."""
    bad = [(line, finding) for _, line, finding in BAD_LINES]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place in READ_PLACES.values()]
    bad += [(place.replace(b"%s", value), finding) for _, value, finding in BAD_JSON for place, _ in PLACES.values()]
    bad += [each for schema in EVENTS.values() for each in bad_fields(schema, example(schema))]
    bad += [(b"x" * 40_000_000, "WRM505 is longer than 1,048,576 bytes")]
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join([CREATE, *(each for line, _ in bad for each in (line, ACCEPT)), b"{"]))
    report = check(path, types=TYPES)
    found = [(each.line, f"{each.rule} {each.message}") for each in report.findings]
    assert [number for number, _ in found] == [*range(2, 2 * len(bad) + 2, 2), 2 * len(bad) + 2]
    assert [text[: len(begin)] for (_, begin), (_, text) in zip(bad, found, strict=False)] == [each for _, each in bad]
    counts = report.counts
    assert counts.lines == 2 * len(bad) + 2 == counts.blank + counts.malformed + counts.unknown + counts.events


def test_the_command_reads_packed_standard_input(tmp_path: Path) -> None:
    """A stream of two gzip members is one log."""
    log, types = b"\n".join(LOG), tmp_path / "types.toml"
    types.write_text("[types.COPPER]\n")
    command = [sys.executable, "-m", "work_request_manager", "check", "--format", "json", "--types", str(types), "-"]
    packed = gzip.compress(log[:300]) + gzip.compress(log[300:])
    done = subprocess.run(command, input=packed, capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert [(each["file"], each["line"], each["rule"]) for each in report["findings"]] == [
        ("-", 9, "WRM208"),
        ("-", 10, "WRM501"),
    ]
    assert (report["lines"], done.returncode, done.stderr) == (10, 1, b"")


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
def test_a_broken_types_file_says_which_field_is_bad(types: bytes, message: str) -> None:
    """The error has the path of the bad field."""
    with pytest.raises(WireError) as caught:
        decode_types(types)
    assert str(caught.value).startswith(message)
