"""Bad, unusual and correct lines for the tests of bad input."""

import json

from work_request_manager import ActivityType

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

TYPES = {code: ActivityType(code) for code in ("COPPER", "FIBRE")}


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
    ("over a mebibyte", ACCEPT.ljust(MIB + 1), "WRM505 has more than 1,048,576 bytes"),
    ("over a mebibyte of garbage", b"\xff" * (MIB + 1), "WRM505 has more than 1,048,576 bytes"),
    ("over a mebibyte of blanks", b" " * (MIB + 1), "WRM505 has more than 1,048,576 bytes"),
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
    ("unknown type code", created(type="SPLICE"), "WRM502 $.activities[0].type is 'SPLICE', an unknown type"),
    ("second activity", changed(CREATE, activities=[{"id": "A-1", "type": "COPPER"}, {"id": "A-2", "type": {}}]),
     "WRM502 $.activities[1].type.code is missing"),
    ("reject without reason", REJECT, "WRM502 $.reason is missing"),
    ("reject with no reason", changed(REJECT, reason=None), "WRM502 $.reason is null; it must have a value"),
    ("reject with an empty reason", changed(REJECT, reason=""), "WRM101 "),
    ("requestor left out by Chorus", without(CREATE, "requestor"), "WRM502 $.requestor is missing; only a requestor"),
    ("no requestor", changed(CREATE, requestor=None), "WRM502 $.requestor is missing; only a requestor"),
    ("note too long", changed(ACCEPT, note="n" * 5_001), "WRM502 $.note has 5,001 characters"),
    ("schedule of nothing", changed(ACCEPT, event="UpdateTaskScheduleEvent", schedule={}),
     "WRM502 $.schedule.earliestStart is missing, and the schedule has no end"),
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
    ("second 60", sent_at("2026-03-01T20:05:60Z"), "WRM504 $.at is '2026-03-01T20:05:60Z', which has a 60th second"),
    ("offset of 24 hours", sent_at("2026-03-01T20:05:00+24:00"), "WRM504 $.at is '2026-03-01T20:05:00+24:00'"),
    ("year 0", sent_at("0000-03-01T20:05:00Z"), "WRM504 $.at is '0000-03-01T20:05:00Z', which is not ISO 8601"),
    ("year 10000", sent_at("10000-03-01T20:05:00Z"), "WRM504 $.at is '10000-03-01T20:05:00Z', which is not ISO 8601"),
    ("before year 1", sent_at("0001-01-01T00:00:00+13:00"),
     "WRM502 $.at is 0001-01-01T00:00:00+13:00, before year 1 or after year 9999 in UTC"),
    ("after year 9999", sent_at("9999-12-31T23:59:59-01:00"), "WRM502 $.at is 9999-12-31T23:59:59-01:00, before year"),
    ("blank for the T", sent_at("2026-03-01 20:05:00Z"), "WRM504 $.at is '2026-03-01 20:05:00Z', which is not"),
    ("blanks around it", sent_at(" 2026-03-01T20:05:00Z "), "WRM504 $.at is ' 2026-03-01T20:05:00Z '"),
    ("fraction of an hour", sent_at("2026-03-01T20.5Z"), "WRM504 $.at is '2026-03-01T20.5Z', which is not ISO 8601"),
    ("fraction of a minute", sent_at("2026-03-01T20:30.5Z"), "WRM504 $.at is '2026-03-01T20:30.5Z', which is not"),
    ("fraction of two digits", sent_at("2026-03-01T20:30.55Z"), "WRM504 $.at is '2026-03-01T20:30.55Z', which is"),
    ("colon at the end", sent_at("2026-03-01T20:Z"), "WRM504 $.at is '2026-03-01T20:Z', which is not ISO 8601"),
    ("second colon at the end", sent_at("2026-03-01T20:00:Z"), "WRM504 $.at is '2026-03-01T20:00:Z', which is not"),
    ("offset of 60 minutes", sent_at("2026-03-01T20:05:00+00:60"), "WRM504 $.at is '2026-03-01T20:05:00+00:60', whi"),
    ("offset of eight digits", sent_at("2026-03-01T20:05:00+00000000"), "WRM504 $.at is '2026-03-01T20:05:00+000000"),
    ("offset with seconds", sent_at("2026-03-01T20:05:00+13:00:30"), "WRM504 $.at is '2026-03-01T20:05:00+13:00:30'"),
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
    ("2026-03-01t20:05:01Z", "2026-03-01T20:05:01+00:00"),
    ("2026-03-01t20:05:01z", "2026-03-01T20:05:01+00:00"),
    ("2026-03-02t09:05:01+1300", "2026-03-01T20:05:01+00:00"),
    ("2026-03-01T20:05:01-00:00", "2026-03-01T20:05:01+00:00"),
    ("2026-03-01T20:05:01-12:59", "2026-03-02T09:04:01+00:00"),
    ("2026-12-31T23:59:59.999999-01:00", "2027-01-01T00:59:59.999999+00:00"),
    ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00+00:00"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
)
"""Times and their instants. Anything finer than microseconds is cut."""


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
    ("key that is not text", b"{1:1}", NOT_JSON),
    ("key without a value", b'{"a"}', NOT_JSON),
    ("bracket that does not fit", b"[}", NOT_JSON),
    ("100,000 lists", b"[" * 100_000 + b"]" * 100_000, DEEP),
    ("100,000 lists never closed", b"[" * 100_000, DEEP),
    ("100,000 objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, DEEP),
)
LARGE_NUMBERS: tuple[tuple[str, bytes], ...] = (
    ("past all floating point", b"1e400"),
    ("400 digits with a point", b"1" * 400 + b".5"),
    ("5,000 digits", b"1" * 5_000),
    ("5,000 digits below zero", b"-" + b"1" * 5_000),
    ("an exponent of 5,000 digits", b"1e" + b"1" * 5_000),
    (
        "several kinds in a list",
        b"[" + b",".join((b"1" * 5_000, b"1" * 5_000 + b".5", b'"' + b"1" * 5_000 + b'"')) + b"]",
    ),
)
"""Numbers that no floating point number can hold. They are bad in a field that is read, and do not matter elsewhere."""
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
READ_PLACES: dict[str, bytes] = {
    "the id": ACCEPT.replace(b'"WR-1"', b"%s"),
    "the note": having(ACCEPT, b'"note":%s'),
    "the role": ACCEPT.replace(b'"WorkSupplier"', b"%s"),
    "the time": ACCEPT.replace(b'"2026-03-01T20:05:00Z"', b"%s"),
    "the event": ACCEPT.replace(b'"AcceptTaskEvent"', b"%s"),
    "an event without a sender": b'{"event":"AcceptTaskEvent","taskId":"WR-1","x":%s}',
    "nothing else": b'{"x":%s}',
}
"""Places where the value makes the event bad. Bad JSON is reported first."""
