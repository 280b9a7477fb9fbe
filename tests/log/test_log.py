"""Tests of `log`: from the lines of an event log to findings."""

import json
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

import generated
from work_request_manager import DEFAULT_RULEBOOK, ActivityType, Basis, Rulebook, _states, decide, replay
from work_request_manager.arrow import LINES
from work_request_manager.log._findings import LOG_RULES, Counts, Finding, Level, Report
from work_request_manager.log import UnreadableLog, check, findings
from work_request_manager.rules import RULES
from work_request_manager.wire import decode_event

MIB = 1 << 20
BOM = "\ufeff"
CHORUS = {"role": "Chorus", "id": "chorus"}
NORTHLINE = {"role": "WorkSupplier", "id": "northline"}
SOUTHLINE = {"role": "WorkSupplier", "id": "southline"}
ACTIVITY = {"id": "A-1", "type": {"code": "FIBRE_CONNECT"}}


def line(event: str, **fields: object) -> str:
    """Return an event from the holding supplier as a line, with these fields added or replaced."""
    return json.dumps({"event": event, "taskId": "WR-1", "sender": NORTHLINE, "at": "2026-03-01T20:00:00Z", **fields})


def create(**fields: object) -> str:
    """Return a creation of WR-1 by Chorus, with these fields added or replaced."""
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


# Which lines are bad, and what is said of them


def test_the_log_rules_are_those_of_the_interface() -> None:
    """Ids, names and levels are as other people's programs expect them."""
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
    (ACCEPT + " " * MIB, "WRM505", "has over 1,048,576 bytes"),
)


@pytest.mark.parametrize(("bad", "rule", "message"), BAD_LINES, ids=[f"{bad[1]}-{bad[2]}" for bad in BAD_LINES])
def test_a_bad_line_is_one_finding_and_hides_no_good_one(bad: str | bytes, rule: str, message: str) -> None:
    """It is named by its place, its rule and its path, and what stands round it is judged as ever."""
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


def test_a_finding_tells_the_line_as_far_as_it_could_be_read() -> None:
    """What is no text, or can't be read at all, is None; times stand as they stood."""
    bad = [line("ArchiveTaskEvent", activityId="A-9"), status("Active", at="soon"), '{"event":"x","taskId":3}', "{"]
    assert [(f.task_id, f.activity_id, f.event, f.at) for f in check(bad).findings] == [
        ("WR-1", "A-9", "ArchiveTaskEvent", "2026-03-01T20:00:00Z"),
        ("WR-1", "A-1", "UpdateTaskActivityStatusEvent", "soon"),
        (None, None, "x", None),
        (None, None, None, None),
    ]


def test_a_finding_of_an_event_has_all_its_fields() -> None:
    """The time stands as the line has it, the basis and the level come from the rule and the rulebook."""
    close = status("Closed", at="2026-03-02T10:00:00.50+13:00")
    (finding,) = check([CREATE, START, close]).findings
    assert finding == Finding(
        "<lines>", 3, "WRM208", "close-follows-completion", Basis.IMPLIED, Level.ERROR, "WR-1", "A-1",
        "UpdateTaskActivityStatusEvent", "2026-03-02T10:00:00.50+13:00", finding.message, None,
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
def test_an_event_that_takes_no_activity_has_none_in_its_finding(text: str) -> None:
    """An `activityId` on such an event is ignored, like any field that is too much."""
    (finding,) = check([CREATE, text]).findings
    assert finding.activity_id is None


def test_a_type_may_be_given_by_its_code() -> None:
    """The types passed in stand for their codes."""
    created = create(activities=[{"id": "A-1", "type": "FREE"}])
    cancel = line("CancelTaskActivityEvent", activityId="A-1")
    for may_cancel, expected in ((True, []), (False, [(2, "WRM203")])):
        types = {"FREE": ActivityType("FREE", may_cancel)}
        assert found(check([created, cancel], types=types)) == expected
        assert [(each.line, each.rule) for each in findings([created, cancel], types=types)] == expected
    assert found(check([created])) == [(1, "WRM502")]


# Which rules are found


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
"""A log with what is broken on each line, in which each rule is broken once."""


def test_every_rule_can_be_found_in_a_log() -> None:
    """Errors are the rules that refused, warnings the assumed ones that did not."""
    report = check(text for text, _ in TOUR)
    for number, (text, expected) in enumerate(TOUR, start=1):
        broken = [f"{f.rule} {f.level}".removesuffix(" error") for f in report.findings if f.line == number]
        assert ", ".join(broken) == expected, text
    assert {finding.rule for finding in report.findings} == {rule.id for rule in RULES}
    assert report.counts == Counts(lines=32, events=32, consumed=11, refused=21, work_requests=1)


# Levels, order, and what comes after a refusal

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
def test_the_findings_of_a_line_stand_in_table_order(rulebook: Rulebook, broken: str) -> None:
    """Errors and warnings are not sorted apart, and what only a log can break comes last."""
    report = check([CREATE, START, LATE_AND_WRONG], rulebook=rulebook)
    assert ", ".join(f"{finding.rule} {finding.level}" for finding in report.findings) == broken
    streamed = findings([CREATE, START, LATE_AND_WRONG], rulebook=rulebook)
    assert tuple(streamed) == report.findings


def test_an_event_with_warnings_only_is_consumed_and_the_replay_goes_on_from_it() -> None:
    """A strict rulebook refuses it, and so judges what follows from another state."""
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


def test_after_names_the_first_refused_event_of_the_same_request() -> None:
    """It is on every later finding of that request, even one of a bad line, and on none of another request."""
    other = {"taskId": "WR-2"}
    log = [
        CREATE,
        line("PutOnHoldTaskEvent"),  # a warning is no refusal
        ACCEPT,
        reject("Whim", sender=SOUTHLINE),  # two findings on the first line that is refused
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
    assert [(f.line, f.rule, f.after) for f in check(log).findings] == [
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
def test_texts_that_look_like_a_place_for_an_id_are_only_texts(text: str) -> None:
    """What stands for ids while sentences are worked out is nothing that a line can say."""
    refused = status("Open", status={"category": "PracticalCompletion", "state": text})
    decision = decide(replay([decode_event(CREATE)]), decode_event(refused))
    (finding,) = check([CREATE, refused]).findings
    assert text in finding.message
    assert finding.message == decision.warnings[0].reason


@pytest.mark.parametrize(("values", "rule"), [("1e999", "WRM501"), ("[" * 101 + "]" * 101, "WRM502")])
def test_details_that_had_to_be_decoded_again_do_not_vouch_for_others(values: str, rule: str) -> None:
    """That a line was an event after all says nothing of the next one that the fast decoder is not sure of."""
    fine = line("UpdateTaskAssetsEvent", sender=CHORUS, values=[[]] * 101)
    bad = line("UpdateTaskAssetsEvent", sender=CHORUS, values="?").replace('"?"', values)
    assert found(check([CREATE, fine, bad, fine])) == [(3, rule)]


class TestATimeIsReadOnceForLinesInARowThatSayIt:
    """That leaves no trace in how other lines are judged. All are read at once, from a file."""

    @staticmethod
    def found(log: Path, *lines: str) -> list[tuple[int, str]]:
        """Return what is found in these lines, the first being the third of a log that has accepted a request."""
        log.write_text("\n".join([create(taskId="WR-0"), line("AcceptTaskEvent", taskId="WR-0"), *lines, ""]))
        return found(check(log))

    @pytest.mark.parametrize("time", ["2026-03-01T19:00:00", "2026-02-30T19:00:00Z", "0001-01-01T00:00:00+13:00", ""])
    def test_one_that_can_not_be_read(self, tmp_path: Path, time: str) -> None:
        """It is a finding each time, and the last one that could be read is still known."""
        bad = line("AcceptTaskEvent", at=time)
        lines = create(at=at(5)), bad, bad, line("AcceptTaskEvent", at=at(5)), status("Active", at=at(6))
        assert [number for number, _ in self.found(tmp_path / "log", *lines)] == [4, 5]

    def test_one_in_a_line_that_has_to_be_decoded_again(self, tmp_path: Path) -> None:
        """It is that line's own, and not that of the next one that says what was said before."""
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
def test_what_is_given_again_is_a_repeat_only_if_it_is_the_same(
    events: list[tuple[str, dict[str, object]]], consumed: int
) -> None:
    """A worker is compared with the last one, an outcome with all of them."""
    sent = [line(f"UpdateTaskActivity{kind}Event", activityId="A-1", **own) for kind, own in events]
    counts = check([CREATE, *sent]).counts
    assert (counts.consumed - 1, counts.not_consumed) == (consumed, len(events) - consumed)


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
        # refused ones and repeats are judged too
        ([line("AcceptTaskEvent", at=at(5)), create(at=at(4))], [(1, "WRM401"), (2, "WRM601")]),
        ([create(at=at(5)), status("Open", at=at(7)), status("Active", at=at(6))], [(3, "WRM601")]),
        # bad lines and seen ones are not
        ([create(at=at(5)), line("ArchiveTaskEvent", at=at(9)), status("Active", at=at(6))], [(2, "WRM503")]),
        ([create(at=at(5)), status("Paused", at=at(9)), status("Active", at=at(6))], [(2, "WRM502")]),
        (
            [create(at=at(5), eventId="e"), create(at=at(9), eventId="e"), status("Active", at=at(6))],
            [(2, "WRM602")],
        ),
        ([create(at=at(5), eventId="e"), create(at=at(4), eventId="e")], [(2, "WRM602")]),
        # another request's time is its own
        ([create(at=at(5)), create(at=at(4), taskId="WR-2")], []),
    ],
)
def test_time_goes_back_where_an_event_is_earlier_than_the_last_judged_one(
    log: list[str], expected: list[tuple[int, str]]
) -> None:
    """Only lines of the same request that were judged count, and by the instant rather than the text."""
    assert found(check(log)) == expected


def test_an_event_from_the_past_is_judged_all_the_same() -> None:
    """WRM601 is a warning beside whatever the event breaks, and the event counts as what it is."""
    report = check([create(at=at(5)), status("Active", at=at(4)), status("Closed", at=at(3))])
    assert found(report) == [(2, "WRM601"), (3, "WRM208"), (3, "WRM601")]
    assert report.counts == Counts(lines=3, events=3, consumed=2, refused=1, work_requests=1)
    first = report.findings[0]
    assert (first.level, first.at, first.activity_id) == (Level.WARNING, at(4), "A-1")
    assert all(time in first.message for time in ("2026-03-01T04:00:00", "2026-03-01T05:00:00"))


SEEN = {"eventId": "e-1"}


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        # consumed, the create included, and whatever the second event is
        ([create(**SEEN), create(**SEEN)], [(2, "WRM602")]),
        ([create(**SEEN), reject("Whim", sender=SOUTHLINE, **SEEN)], [(2, "WRM602")]),
        ([CREATE, status("Active", **SEEN), status("Closed", **SEEN), CLOSE], [(3, "WRM602"), (4, "WRM208")]),
        # not consumed
        ([CREATE, status("Open", **SEEN), status("Active", **SEEN), CLOSE], [(3, "WRM602"), (4, "WRM203")]),
        # seen once more is seen
        ([create(**SEEN), create(**SEEN), create(**SEEN)], [(2, "WRM602"), (3, "WRM602")]),
        # refused, malformed or unknown events, and those of other requests, are not remembered
        ([CREATE, reject("Whim", **SEEN), reject("Whim", **SEEN)], [(2, "WRM101"), (3, "WRM101")]),
        ([line("AcceptTaskEvent", **SEEN), create(**SEEN)], [(1, "WRM401")]),
        ([CREATE, status("Paused", **SEEN), status("Active", **SEEN)], [(2, "WRM502")]),
        ([CREATE, line("ArchiveTaskEvent", **SEEN), status("Active", **SEEN)], [(2, "WRM503")]),
        ([create(**SEEN), create(taskId="WR-2", **SEEN)], []),
        # once the request is closed: forgotten, but for the closing event's
        ([create(**SEEN), COMPLETE, CLOSE, reject(**SEEN)], [(2, "WRM206"), (4, "WRM209")]),
        ([CREATE, COMPLETE, status("Closed", **SEEN), reject(**SEEN)], [(2, "WRM206"), (4, "WRM602")]),
        (
            [CREATE, line("CancelTaskEvent", sender=CHORUS, **SEEN), line("CancelTaskEvent", sender=CHORUS, **SEEN)],
            [(3, "WRM602")],
        ),
        # a repeat for a closed request is not remembered, nor does it push the closing event's id out
        (
            [CREATE, COMPLETE, status("Closed", eventId="e-0"), status("Closed", **SEEN), status("Closed", **SEEN),
             status("Closed", eventId="e-0")],
            [(2, "WRM206"), (6, "WRM602")],
        ),
        # an activity that closes, while the request stays open, forgets nothing
        (
            [create(activities=[ACTIVITY, {**ACTIVITY, "id": "A-2"}], **SEEN), COMPLETE, CLOSE, reject(**SEEN)],
            [(2, "WRM206"), (4, "WRM602")],
        ),
    ],
)  # fmt: skip
def test_an_event_is_seen_before_where_its_request_took_its_id(log: list[str], expected: list[tuple[int, str]]) -> None:
    """Taken are the ids of what was consumed or not consumed; those of a closed request are forgotten but one."""
    assert found(check(log)) == expected


def test_an_event_seen_before_counts_as_not_consumed_and_changes_nothing() -> None:
    """It is not judged again, so neither what it asks nor what it breaks counts."""
    report = check([CREATE, status("Active", **SEEN), status("PracticalCompletion", **SEEN), CLOSE])
    assert found(report) == [(3, "WRM602"), (4, "WRM208")]
    assert report.counts == Counts(lines=4, events=4, consumed=2, not_consumed=1, refused=1, work_requests=1)
    seen = report.findings[0]
    assert (seen.level, seen.basis, seen.activity_id, seen.after) == (Level.WARNING, None, "A-1", None)
    assert "e-1" in seen.message


# Parquet


def test_a_parquet_file_is_judged_by_its_rows(tmp_path: Path) -> None:
    """Its findings and counts are those of its lines, in a log of its own or beside others."""
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
    """Return what a finding says, wherever it was found."""
    return finding.line, finding.rule, finding.message


def test_a_parquet_file_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with every extra that is missing."""
    monkeypatch.setitem(sys.modules, "work_request_manager.arrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "work_request_manager.arrow")
    with pytest.raises(
        UnreadableLog, match=r"log.parquet can't be read: .* pip install 'work-request-manager\[arrow\]'"
    ):
        check("log.parquet")


# What is remembered


def test_what_is_forgotten_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of more states, or more kinds of event in one, than are remembered has the same findings."""
    lines = list(generated.lines(3_000, seed=5))
    expected = check(lines)
    monkeypatch.setattr(_states, "MOST_STATES", 3)
    monkeypatch.setattr(_states, "MOST_EVENTS", 2)
    assert check(lines) == expected
