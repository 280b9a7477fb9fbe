"""Tests of `log`: from the lines of a log to findings."""

import json
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from work_request_manager import DEFAULT_RULEBOOK, ActivityType, Basis, Rulebook, decide, replay
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import LOG_RULES, Counts, Finding, Level, LogChecker, Report, check, findings
from work_request_manager.log.parquet import LINES
from work_request_manager.rules import RULES
from work_request_manager.wire import decode_event

MIB = 1 << 20
BOM = "\ufeff"
CHORUS = {"role": "Chorus", "id": "chorus"}
NORTHLINE = {"role": "WorkSupplier", "id": "northline"}
SOUTHLINE = {"role": "WorkSupplier", "id": "southline"}
ACTIVITY = {"id": "A-1", "type": {"code": "FIBRE_CONNECT"}}


def line(event: str, **fields: object) -> str:
    """Return the line of an event from the holding supplier, with some fields added or replaced."""
    return json.dumps({"event": event, "taskId": "WR-1", "sender": NORTHLINE, "at": "2026-03-01T20:00:00Z", **fields})


def create(**fields: object) -> str:
    """Return a create event of WR-1 from Chorus, with some fields added or replaced."""
    given_fields = {"sender": CHORUS, "requestor": "rsp-one", "supplier": "northline", "activities": [ACTIVITY]}
    return line("CreateTaskEvent", **{**given_fields, **fields})


def status(category: str, **fields: object) -> str:
    """Return a status update of A-1."""
    return line("UpdateTaskActivityStatusEvent", **{"activityId": "A-1", "status": {"category": category}, **fields})


def without(text: str, key: str) -> str:
    """Return a line without one of its fields."""
    return json.dumps({name: value for name, value in json.loads(text).items() if name != key})


def reject(reason: str = "Duplicate", **fields: object) -> str:
    """Return a rejection."""
    return line("RejectTaskEvent", reason=reason, **fields)


CREATE, ACCEPT, START = create(), line("AcceptTaskEvent"), status("Active")
COMPLETE, CLOSE = status("PracticalCompletion"), status("Closed")
HOLD = line("PutOnHoldTaskEvent", sender=CHORUS)


def found(report: Report) -> list[tuple[int, str]]:
    """Return the line and the rule of each finding."""
    return [(finding.line, finding.rule) for finding in report.findings]


# Bad lines


def test_the_log_rules_are_those_of_the_interface() -> None:
    """Ids, names and levels are those that other programs expect."""
    assert [(rule.id, rule.name, rule.level.value) for rule in LOG_RULES] == [
        ("WRM501", "not-json", "error"),
        ("WRM502", "bad-field", "error"),
        ("WRM503", "unknown-event", "warning"),
        ("WRM504", "bad-time", "error"),
        ("WRM505", "line-too-long", "error"),
        ("WRM601", "time-goes-back", "warning"),
        ("WRM602", "event-seen-before", "warning"),
    ]


BAD_LINES: tuple[tuple[str | bytes, str, str], ...] = (
    (b'{"event":"\xff"}', "WRM501", "$ is not JSON in UTF-8"),
    ('{"event":"\ud800"}', "WRM501", "$ is not JSON in UTF-8"),
    (ACCEPT[:-1], "WRM501", "$ is not JSON in UTF-8"),
    (ACCEPT * 2, "WRM501", "$ is not JSON in UTF-8"),
    (BOM + ACCEPT, "WRM501", "$ is not JSON in UTF-8"),
    ("\N{NO-BREAK SPACE}", "WRM501", "$ is not JSON in UTF-8"),
    (f"[{ACCEPT}]", "WRM501", "$ is [{"),
    ("null", "WRM501", "$ is null"),
    ('{"x":' + "[" * 100_000, "WRM501", "$ is nested too deeply"),
    ("{}", "WRM502", "$.event is missing"),
    (line("").replace('""', "5"), "WRM502", "$.event is 5"),
    (without(CREATE, "activities"), "WRM502", "$.activities is missing"),
    (without(CREATE, "requestor"), "WRM502", "$.requestor is missing"),
    (without(CREATE, "supplier"), "WRM502", "$.supplier is missing"),
    (without(reject(), "reason"), "WRM502", "$.reason is missing"),
    (without(START, "activityId"), "WRM502", "$.activityId is missing"),
    (without(ACCEPT, "taskId"), "WRM502", "$.taskId is missing"),
    (without(ACCEPT, "sender"), "WRM502", "$.sender is missing"),
    (without(ACCEPT, "at"), "WRM502", "$.at is missing"),
    (line("AcceptTaskEvent", at=5), "WRM502", "$.at is 5"),
    (line("AcceptTaskEvent", taskId=""), "WRM502", "$.taskId is ''"),
    (line("AcceptTaskEvent", eventId=7), "WRM502", "$.eventId is 7"),
    (line("AcceptTaskEvent", note="n" * 5_001), "WRM502", "$.note has 5,001 characters"),
    (line("AcceptTaskEvent", sender={"role": "Boss", "id": "b"}), "WRM502", "$.sender.role is 'Boss'"),
    (status("Paused"), "WRM502", "$.status.category is 'Paused'"),
    (create(activities=[ACTIVITY, {"id": "A-2", "type": "FIBRE"}]), "WRM502", "$.activities[1].type is 'FIBRE'"),
    (line("ArchiveTaskEvent"), "WRM503", "$.event is 'ArchiveTaskEvent'"),
    (line("ArchiveTaskEvent", at="?", sender=None), "WRM503", "$.event is 'ArchiveTaskEvent'"),
    (line("AcceptTaskEvent", at="yesterday"), "WRM504", "$.at is 'yesterday'"),
    (line("AcceptTaskEvent", at=""), "WRM504", "$.at is ''"),
    (line("AcceptTaskEvent", at="2026-03-01T20:00"), "WRM504", "$.at is '2026-03-01T20:00', which names no time zone"),
    (line("AcceptTaskEvent", at="2026-03-01 20:00:00Z"), "WRM504", "$.at is '2026-03-01 20:00:00Z'"),
    (line("AcceptTaskEvent", at="0001-01-01T00:00:00+13:00"), "WRM502", "$.at is 0001-01-01T00:00:00+13:00"),
    (ACCEPT + " " * MIB, "WRM505", "has more than 1,048,576 bytes"),
)


@pytest.mark.parametrize(("bad", "rule", "message"), BAD_LINES, ids=[f"{bad[1]}-{bad[2]}" for bad in BAD_LINES])
def test_a_bad_line_is_one_finding_and_hides_no_good_one(bad: str | bytes, rule: str, message: str) -> None:
    """The finding has the line, the rule and the path. The lines before and after are judged as usual."""
    report = check([CREATE, ACCEPT, bad, START, CLOSE])
    of_bad, of_close = report.findings
    log_rule = next(each for each in LOG_RULES if each.id == rule)
    assert (of_bad.file, of_bad.line, of_bad.rule) == ("<lines>", 3, rule)
    assert (of_bad.name, of_bad.basis, of_bad.level) == (log_rule.name, None, log_rule.level)
    assert of_bad.message.startswith(message)
    assert (of_close.line, of_close.rule, of_close.level) == (5, "WRM208", Level.ERROR)
    is_unknown = rule == "WRM503"
    assert report.counts == Counts(
        lines=5, malformed=not is_unknown, unknown=is_unknown, events=4, consumed=3, refused=1, work_requests=1
    )


def test_a_finding_of_a_bad_line_has_the_fields_that_can_be_decoded() -> None:
    """A field that is not text, or cannot be decoded, is None. The time is that of the line."""
    bad = [line("ArchiveTaskEvent", activityId="A-9"), status("Active", at="soon"), '{"event":"x","taskId":3}', "{"]
    assert [(f.task_id, f.activity_id, f.event, f.at) for f in check(bad).findings] == [
        ("WR-1", "A-9", "ArchiveTaskEvent", "2026-03-01T20:00:00Z"),
        ("WR-1", "A-1", "UpdateTaskActivityStatusEvent", "soon"),
        (None, None, "x", None),
        (None, None, None, None),
    ]


def test_a_finding_of_an_event_has_all_its_fields() -> None:
    """The time is that of the line. The basis and the level come from the rule and the rulebook."""
    close = status("Closed", at="2026-03-02T10:00:00.50+13:00")
    (finding,) = check([CREATE, START, close]).findings
    assert finding == Finding(
        "<lines>", 3, "WRM208", "close-follows-completion", Basis.IMPLIED, Level.ERROR, "WR-1", "A-1",
        "UpdateTaskActivityStatusEvent", "2026-03-02T10:00:00.50+13:00", finding.message, None,
        "WorkSupplier northline", "northline", "FIBRE_CONNECT", "Active", "Closed",
    )  # fmt: skip
    assert all(value in finding.message for value in ("A-1", "Active", "Closed"))


@pytest.mark.parametrize(
    "text",
    [
        line("AcceptTaskEvent", sender=CHORUS, activityId="A-1"),
        line("AcceptTaskEvent", at="soon", activityId="A-1"),
        line("RequestCancelTaskEvent", taskId="WR-9"),
        line("AddTaskActivityEvent", taskId="WR-9", activity={"id": "A-1", "type": {"code": "FIBRE_CONNECT"}}),
    ],
    ids=["refused", "malformed", "left out", "new activity"],
)
def test_a_finding_has_no_activity_if_the_event_takes_none(text: str) -> None:
    """An `activityId` on such an event is ignored, like any unknown field."""
    (finding,) = check([CREATE, text]).findings
    assert finding.activity_id is None


def test_a_type_can_be_given_by_its_code() -> None:
    """`types` defines the codes."""
    created = create(activities=[{"id": "A-1", "type": "FREE"}])
    cancel = line("CancelTaskActivityEvent", activityId="A-1")
    for may_cancel, expected in ((True, []), (False, [(2, "WRM203")])):
        types = {"FREE": ActivityType("FREE", may_cancel)}
        assert found(check([created, cancel], types=types)) == expected
        assert [(each.line, each.rule) for each in findings([created, cancel], types=types)] == expected
    assert found(check([created])) == [(1, "WRM502")]


def test_a_requestor_can_leave_the_requestor_out() -> None:
    """It creates for itself, so it is the work request's own requestor."""
    own = {"sender": {"role": "WorkRequestor", "id": "rsp-one"}}
    assert found(check([without(create(**own), "requestor"), line("PutOnHoldTaskEvent", **own)])) == []


# The rules of events


LISTED = {"id": "A-1", "type": {"code": "FIBRE", "states": {"Scheduled": "Open", "OnSite": "Active"}}}
FREE, THIRD = ({"id": each, "type": {"code": "COPPER", "workSupplierAllowedToCancel": True}} for each in ("A-2", "A-3"))
OWN, OTHER = ({"sender": {"role": "WorkRequestor", "id": each}} for each in ("rsp-one", "rsp-two"))

TOUR: tuple[tuple[str, str], ...] = (
    (ACCEPT, "WRM401"),
    (create(activities=[]), "WRM405"),
    (create(activities=[LISTED, FREE, LISTED]), "WRM404"),
    (create(activities=[{**LISTED, "status": {"category": "Active"}}]), "WRM408"),
    (create(activities=[LISTED, FREE, THIRD]), ""),
    (create(activities=[LISTED]), "WRM402"),
    (line("AcceptTaskEvent", sender=CHORUS), "WRM302"),
    (reject("Whim"), "WRM101"),
    (ACCEPT, ""),
    (line("ReallocateTaskEvent", supplier="southline"), "WRM103"),
    (line("PutOnHoldTaskEvent", **OTHER), "WRM304"),
    (line("PutOnHoldTaskEvent"), "WRM303 warning"),
    (line("CancelTaskEvent", **OWN), "WRM305"),
    (status("Active", **OWN), "WRM107 warning, WRM301"),
    (status("Active", status={"category": "Active", "state": "Scheduled"}), "WRM107 warning, WRM407 warning"),
    (status("Active", status={"category": "Active", "state": "Lost"}), "WRM406 warning"),
    (status("Closed"), "WRM208"),
    (reject(), "WRM102"),
    (line("CancelTaskEvent", sender=CHORUS), "WRM106"),
    (line("ReallocateTaskEvent", supplier="northline", sender=CHORUS), "WRM104 warning, WRM105"),
    (line("CancelTaskActivityEvent", activityId="A-1"), "WRM203, WRM204"),
    (status("Active", activityId="A-9"), "WRM403"),
    (status("PracticalCompletion"), ""),
    (status("Open"), "WRM202"),
    (status("Closed"), ""),
    (status("Active"), "WRM201"),
    (line("UpdateTaskActivityOutcomesEvent", activityId="A-1", outcome={"code": "DONE"}), "WRM201, WRM205"),
    (status("PracticalCompletion", activityId="A-2"), "WRM206 warning"),
    (status("InReview", activityId="A-3"), "WRM207 warning"),
    (status("Closed", activityId="A-2"), ""),
    (status("Closed", activityId="A-3"), ""),
    (line("ResumeTaskEvent", sender=CHORUS), "WRM209"),
)
"""A log with the broken rules of each line. Each rule is broken once."""


def test_every_rule_can_be_found_in_a_log() -> None:
    """Rules that refuse are errors. Assumed rules that do not refuse are warnings."""
    report = check(text for text, _ in TOUR)
    for number, (text, expected) in enumerate(TOUR, start=1):
        broken = [f"{f.rule} {f.level}".removesuffix(" error") for f in report.findings if f.line == number]
        assert ", ".join(broken) == expected, text
    assert {finding.rule for finding in report.findings} == {rule.id for rule in RULES}
    assert report.counts == Counts(lines=32, events=32, consumed=11, refused=21, work_requests=1)


# Levels, order, and first refusals

LATE_AND_WRONG = line("ReallocateTaskEvent", supplier="northline", sender=SOUTHLINE, at="2026-02-01T00:00:00Z")


@pytest.mark.parametrize(
    ("rulebook", "broken"),
    [
        (DEFAULT_RULEBOOK, "WRM103 error, WRM104 warning, WRM105 error, WRM302 error, WRM601 warning"),
        (DEFAULT_RULEBOOK.strict(), "WRM103 error, WRM104 error, WRM105 error, WRM302 error, WRM601 warning"),
        (DEFAULT_RULEBOOK.without("WRM104"), "WRM103 error, WRM105 error, WRM302 error, WRM601 warning"),
    ],
    ids=["default", "strict", "without"],
)
def test_the_findings_of_a_line_are_in_table_order(rulebook: Rulebook, broken: str) -> None:
    """Errors and warnings are mixed. The log rules come last."""
    report = check([CREATE, START, LATE_AND_WRONG], rulebook=rulebook)
    assert ", ".join(f"{finding.rule} {finding.level}" for finding in report.findings) == broken
    streamed = findings([CREATE, START, LATE_AND_WRONG], rulebook=rulebook)
    assert tuple(streamed) == report.findings


def test_an_event_with_only_warnings_is_consumed() -> None:
    """The next event is judged from the state after it. A strict rulebook refuses the event."""
    log = [CREATE, HOLD, START, CLOSE]
    assert [(f.line, f.rule, f.level) for f in check(log).findings] == [
        (3, "WRM107", Level.WARNING),
        (4, "WRM208", Level.ERROR),
    ]
    assert check(log).counts == Counts(lines=4, events=4, consumed=3, refused=1, work_requests=1)
    assert [(f.line, f.rule, f.level) for f in check(log, rulebook=DEFAULT_RULEBOOK.strict()).findings] == [
        (3, "WRM107", Level.ERROR),
        (4, "WRM203", Level.ERROR),
    ]


def test_first_refusal_is_the_first_refused_event_of_the_work_request() -> None:
    """All later findings of that work request have it, even those of bad lines. Those of other work requests do not."""
    other = {"taskId": "WR-2"}
    log = [
        CREATE,
        line("PutOnHoldTaskEvent"),  # a warning does not refuse
        ACCEPT,
        reject("Whim", sender=SOUTHLINE),  # two findings on the first refused line
        reject("Whim"),
        status("Paused"),
        line("ArchiveTaskEvent"),
        reject("Whim", at="2026-01-01T00:00:00Z"),
        create(**other),
        status("Paused", **other),
        line("AcceptTaskEvent", **other),
        "{",
        ACCEPT[:-1],
    ]
    assert [(f.line, f.rule, f.first_refusal) for f in check(log).findings] == [
        (2, "WRM303", None),
        (4, "WRM101", None),
        (4, "WRM302", None),
        (5, "WRM101", "<lines>:4"),
        (6, "WRM502", "<lines>:4"),
        (7, "WRM503", "<lines>:4"),
        (8, "WRM101", "<lines>:4"),
        (8, "WRM601", "<lines>:4"),
        (10, "WRM502", None),
        (12, "WRM501", None),
        (13, "WRM501", None),
    ]


@pytest.mark.parametrize("text", ["\ue0000\ue001", "{0}", "{}", "}{", "%s", "\\1"])
def test_texts_that_look_like_placeholders_are_only_texts(text: str) -> None:
    """No text of a line can be a placeholder."""
    refused = status("Open", status={"category": "PracticalCompletion", "state": text})
    decision = decide(replay([decode_event(CREATE)]), decode_event(refused))
    (finding,) = check([CREATE, refused]).findings
    assert text in finding.message
    assert finding.message == decision.warnings[0].reason


@pytest.mark.parametrize(("values", "rule"), [("1e999", "WRM502"), ("[" * 101 + "]" * 101, "WRM502")])
def test_a_full_decode_of_details_is_not_cached(values: str, rule: str) -> None:
    """A line that the accelerator cannot check is decoded in full each time."""
    fine = line("UpdateTaskAssetsEvent", sender=CHORUS, values=[[]] * 101)
    bad = line("UpdateTaskAssetsEvent", sender=CHORUS, values="?").replace('"?"', values)
    assert found(check([CREATE, fine, bad, fine])) == [(3, rule)]


class TestATimeIsDecodedOnceForConsecutiveLines:
    """Other lines are not affected. All lines are judged in one call, because they come from a file."""

    @staticmethod
    def found(log: Path, *lines: str) -> list[tuple[int, str]]:
        """Return the findings of a log of two other lines and then these."""
        log.write_text("\n".join([create(taskId="WR-0"), line("AcceptTaskEvent", taskId="WR-0"), *lines, ""]))
        return found(check(log))

    @pytest.mark.parametrize("time", ["2026-03-01T19:00:00", "2026-02-30T19:00:00Z", "0001-01-01T00:00:00+13:00", ""])
    def test_a_bad_time(self, tmp_path: Path, time: str) -> None:
        """It is reported each time, and the last good time is still known."""
        bad = line("AcceptTaskEvent", at=time)
        lines = create(at=at(5)), bad, bad, line("AcceptTaskEvent", at=at(5)), status("Active", at=at(6))
        assert [number for number, _ in self.found(tmp_path / "log", *lines)] == [4, 5]

    def test_a_time_in_a_line_that_is_decoded_in_full(self, tmp_path: Path) -> None:
        """It is not used for the next line."""
        again = line("AcceptTaskEvent", at=at(7)).replace("{", '{"event": "?", ', 1)
        lines = create(at=at(5)), again, status("Active", at=at(5))
        assert self.found(tmp_path / "log", *lines) == [(5, "WRM601")]


@pytest.mark.parametrize(
    ("events", "consumed"),
    [
        ([("Worker", {"worker": "Aroha"}), ("Worker", {"worker": "Wiremu"}), ("Worker", {"worker": "Wiremu"})], 2),
        ([("Worker", {"worker": "Aroha"}), ("Worker", {"worker": "Wiremu"}), ("Worker", {"worker": "Aroha"})], 3),
        ([("Outcomes", {"outcome": {"code": code}}) for code in ("Done", "Left", "Done", "Left")], 2),
    ],
)
def test_only_the_same_value_is_a_repeat(events: list[tuple[str, dict[str, object]]], consumed: int) -> None:
    """A worker is compared with the last worker, and an outcome with all outcomes."""
    sent = [line(f"UpdateTaskActivity{kind}Event", activityId="A-1", **own) for kind, own in events]
    counts = check([CREATE, *sent]).counts
    assert (counts.consumed - 1, counts.not_consumed) == (consumed, len(events) - consumed)


def test_a_reallocation_clears_the_workers_of_open_activities() -> None:
    """The new supplier can assign the same worker again. A closed activity keeps its worker."""
    activities = [{**ACTIVITY, "id": each} for each in ("A-1", "A-2", "A-3")]
    assigned = [line("UpdateTaskActivityWorkerEvent", activityId=each, worker="Aroha") for each in ("A-1", "A-2")]
    moved = [line("ReallocateTaskEvent", supplier="southline", sender=CHORUS)]
    again = [json.dumps(json.loads(each) | {"sender": SOUTHLINE}) for each in assigned]
    report = check([create(activities=activities), *assigned, COMPLETE, CLOSE, *moved, *again])
    assert found(report) == [(4, "WRM206"), (6, "WRM104")]
    assert report.counts == Counts(lines=8, events=8, consumed=7, not_consumed=1, work_requests=1)


# WRM601 and WRM602


def at(hour: int) -> str:
    """Return an hour of one day."""
    return f"2026-03-01T{hour:02}:00:00Z"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([create(at=at(5)), line("AcceptTaskEvent", at=at(4))], [(2, "WRM601")]),
        ([create(at=at(5)), line("AcceptTaskEvent", at=at(5))], []),
        ([create(at=at(5)), line("AcceptTaskEvent", at="2026-03-01T17:30:00+13:00")], [(2, "WRM601")]),
        ([create(at=at(5)), line("AcceptTaskEvent", at="2026-03-01T04:30:00-01:00")], []),
        # the last judged line, not the latest
        ([create(at=at(5)), line("AcceptTaskEvent", at=at(3)), status("Active", at=at(4))], [(2, "WRM601")]),
        # refused events and repeats are judged too
        ([line("AcceptTaskEvent", at=at(5)), create(at=at(4))], [(1, "WRM401"), (2, "WRM601")]),
        ([create(at=at(5)), status("Open", at=at(7)), status("Active", at=at(6))], [(3, "WRM601")]),
        # bad lines and redeliveries are not judged
        ([create(at=at(5)), line("ArchiveTaskEvent", at=at(9)), status("Active", at=at(6))], [(2, "WRM503")]),
        ([create(at=at(5)), status("Paused", at=at(9)), status("Active", at=at(6))], [(2, "WRM502")]),
        (
            [create(at=at(5), eventId="e"), create(at=at(9), eventId="e"), status("Active", at=at(6))],
            [(2, "WRM602")],
        ),
        ([create(at=at(5), eventId="e"), create(at=at(4), eventId="e")], [(2, "WRM602")]),
        # the times of other work requests do not count
        ([create(at=at(5)), create(at=at(4), taskId="WR-2")], []),
    ],
)
def test_time_goes_back_if_an_event_is_earlier_than_the_last_judged_event(
    log: list[str], expected: list[tuple[int, str]]
) -> None:
    """Only judged lines of the same work request count. Instants are compared, not texts."""
    assert found(check(log)) == expected


def test_an_event_that_goes_back_in_time_is_judged() -> None:
    """WRM601 is a warning in addition to the broken rules. It does not change the answer."""
    report = check([create(at=at(5)), status("Active", at=at(4)), status("Closed", at=at(3))])
    assert found(report) == [(2, "WRM601"), (3, "WRM208"), (3, "WRM601")]
    assert report.counts == Counts(lines=3, events=3, consumed=2, refused=1, work_requests=1)
    first = report.findings[0]
    assert (first.level, first.at, first.activity_id) == (Level.WARNING, at(4), "A-1")
    assert all(time in first.message for time in ("2026-03-01T04:00:00", "2026-03-01T05:00:00"))


SEEN = {"eventId": "e-1"}
TWO = create(activities=[ACTIVITY, {**ACTIVITY, "id": "A-2"}])
CANCEL = line("CancelTaskEvent", sender=CHORUS)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        # a consumed event uses its id up, a create too, for any other event
        ([create(**SEEN), create(**SEEN)], [(2, "WRM602")]),
        ([create(**SEEN), reject("Whim", sender=SOUTHLINE, **SEEN)], [(2, "WRM602")]),
        ([CREATE, status("Active", **SEEN), status("Closed", **SEEN), CLOSE], [(3, "WRM602"), (4, "WRM208")]),
        # a repeat uses its id up
        ([CREATE, status("Open", **SEEN), status("Active", **SEEN), CLOSE], [(3, "WRM602"), (4, "WRM203")]),
        # an event with a warning uses its id up
        ([CREATE, status("PracticalCompletion", **SEEN), status("Closed", **SEEN)], [(2, "WRM206"), (3, "WRM602")]),
        # an id can be redelivered more than once, and ids do not replace each other
        ([create(**SEEN), create(**SEEN), create(**SEEN)], [(2, "WRM602"), (3, "WRM602")]),
        ([create(**SEEN), status("Active", eventId="e-2"), create(**SEEN)], [(3, "WRM602")]),
        # refused, malformed and unknown events do not use their ids up, and other work requests have separate ids
        ([CREATE, reject("Whim", **SEEN), reject("Whim", **SEEN)], [(2, "WRM101"), (3, "WRM101")]),
        ([CREATE, reject("Whim", **SEEN), status("Active", **SEEN)], [(2, "WRM101")]),
        ([CREATE, create(**SEEN), status("Active", **SEEN)], [(2, "WRM402")]),
        ([line("AcceptTaskEvent", **SEEN), create(**SEEN)], [(1, "WRM401")]),
        ([CREATE, status("Paused", **SEEN), status("Active", **SEEN)], [(2, "WRM502")]),
        ([CREATE, line("ArchiveTaskEvent", **SEEN), status("Active", **SEEN)], [(2, "WRM503")]),
        ([create(**SEEN), create(taskId="WR-2", **SEEN)], []),
        # all ids are remembered after the work request has closed
        ([create(**SEEN), COMPLETE, CLOSE, create(**SEEN)], [(2, "WRM206"), (4, "WRM602")]),
        ([CREATE, COMPLETE, status("Closed", **SEEN), reject(**SEEN)], [(2, "WRM206"), (4, "WRM602")]),
        ([CREATE, status("Active", **SEEN), COMPLETE, CLOSE, status("Active", **SEEN)], [(5, "WRM602")]),
        ([CREATE, line("CancelTaskEvent", sender=CHORUS, **SEEN), line("CancelTaskEvent", sender=CHORUS, **SEEN)],
         [(3, "WRM602")]),
        # a repeat for a closed work request uses its id up too
        ([CREATE, COMPLETE, CLOSE, status("Closed", **SEEN), status("Active", **SEEN)], [(2, "WRM206"), (5, "WRM602")]),
        # so does an activity's event after another activity has closed
        ([TWO, COMPLETE, CLOSE, status("Active", activityId="A-2", **SEEN), reject(**SEEN)],
         [(2, "WRM206"), (5, "WRM602")]),
    ],
)  # fmt: skip
def test_an_event_is_a_redelivery_if_its_work_request_has_used_its_id(
    log: list[str], expected: list[tuple[int, str]]
) -> None:
    """Consumed events and repeats use their ids up, for the whole life of the work request and after it has closed."""
    assert found(check(log)) == expected


def test_a_redelivery_is_not_judged_and_changes_nothing() -> None:
    """It counts as not consumed. It breaks no other rule and has no effect."""
    report = check([CREATE, status("Active", **SEEN), status("PracticalCompletion", **SEEN), CLOSE])
    assert found(report) == [(3, "WRM602"), (4, "WRM208")]
    assert report.counts == Counts(lines=4, events=4, consumed=2, not_consumed=1, refused=1, work_requests=1)
    seen = report.findings[0]
    assert (seen.level, seen.basis, seen.activity_id, seen.first_refusal) == (Level.WARNING, None, "A-1", None)
    assert seen.message == "duplicate eventId e-1"


@pytest.mark.parametrize("values", ["1e999", "[" * 101 + "]" * 101])
def test_a_malformed_line_is_not_a_redelivery(values: str) -> None:
    """A line that only a full decode finds malformed is reported as malformed, even if its event id is used."""
    bad = line("UpdateTaskAssetsEvent", sender=CHORUS, values="?", **SEEN).replace('"?"', values)
    good = line("UpdateTaskAssetsEvent", sender=CHORUS, values=[[]] * 101, **SEEN)
    report = check([create(**SEEN), bad, good])
    assert report.counts == Counts(lines=3, malformed=1, events=2, consumed=1, not_consumed=1, work_requests=1)


@pytest.mark.parametrize("state", ["Closed", "Done", "Abandoned"])
def test_closing_a_cancelled_activity_again_is_a_repeat(state: str) -> None:
    """A status update to Closed is a repeat in any state. The state of a cancelled activity is always Closed."""
    close = status("Closed", status={"category": "Closed", "state": state})
    assert check([CREATE, CANCEL, close]).counts == Counts(
        lines=3, events=3, consumed=2, not_consumed=1, work_requests=1
    )


# Parquet


def test_a_parquet_file_is_judged_by_its_rows(tmp_path: Path) -> None:
    """Its findings and counts are those of its lines. It can be one of several parts of a log."""
    lines = [CREATE, START, CLOSE, "{"]
    path = tmp_path / "log.parquet"
    rows = {"taskId": ["WR-1", "WR-1", "WR-1", ""], "sequence": [1, 2, 3, 4], "line": [each.encode() for each in lines]}
    parquet.write_table(pyarrow.table(rows, schema=LINES), path)
    expected = check(lines)
    report = check(path)
    assert report.counts == expected.counts
    assert [(each.file, *found_in(each)) for each in report.findings] == [
        (str(path), *found_in(each)) for each in expected.findings
    ]
    assert check(path, [HOLD]).counts.consumed == expected.counts.consumed + 1


def found_in(finding: Finding) -> tuple[int, str, str]:
    """Return the line, the rule and the message of a finding."""
    return finding.line, finding.rule, finding.message


def test_a_parquet_file_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the missing extra."""
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "work_request_manager.log.parquet")
    with pytest.raises(
        UnreadableLog, match=r"log.parquet cannot be read: .* pip install 'work-request-manager\[arrow\]'"
    ):
        check(path)


def test_forgotten_work_requests_are_unknown() -> None:
    """A checker that forgets its work requests keeps its counts."""
    checker = LogChecker()
    assert list(checker.findings([CREATE])) == []
    checker.forget()
    assert [finding.rule for finding in checker.findings([ACCEPT])] == ["WRM401"]
    assert checker.counts == Counts(lines=2, events=2, consumed=1, refused=1, work_requests=1)
