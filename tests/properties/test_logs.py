"""Properties of judging logs: a log says what deciding on its events says, whatever else stands in it."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import (
    DEFAULT_RULEBOOK,
    ActivityType,
    Category,
    Event,
    NotConsumed,
    Outcome,
    Party,
    Refused,
    RejectionReason,
    Rulebook,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.log._sources import blocks_of
from work_request_manager.events import new_activity
from work_request_manager.log._findings import Counts, Level
from work_request_manager.log import Check, check
from work_request_manager.rules import RULES
from work_request_manager.wire import EVENT_NAMES, encode_event

START = datetime(2026, 3, 1, tzinfo=UTC)
PARTIES = (
    Party.chorus(),
    *map(Party.requestor, ("rsp-one", "rsp-two")),
    *map(Party.supplier, ("northline", "southline")),
)
PLAIN = ActivityType("PLAIN")
FREE = ActivityType("FREE", True, {"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE})

requests, suppliers, activity_ids = (
    st.sampled_from(each)
    for each in (["WR-1", "WR-1", "WR-2", "WR-3"], ["northline", "southline"], ["A-1", "A-1", "A-2", "A-3"])
)
instants = st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))
types = st.sampled_from([PLAIN, FREE])
statuses = st.builds(Status, st.sampled_from(Category), st.sampled_from(["", "Scheduled", "OnSite", "Odd"]))
new_activities = st.builds(new_activity, activity_ids, types, st.just(Status(Category.OPEN)) | statuses)
schedules = st.builds(Schedule, instants)
some_id = {"activity_id": activity_ids}
any_id = {"activity_id": st.none() | activity_ids}

OWN_FIELDS: Mapping[type[Event], Mapping[str, st.SearchStrategy[Any]]] = {
    events.CreateWorkRequest: {
        "requestor": st.just("rsp-one"), "supplier": suppliers, "activities": st.lists(new_activities, max_size=3)
    },
    events.AcceptWorkRequest: {},
    events.RejectWorkRequest: {"reason": st.sampled_from([*RejectionReason, "Whim"])},
    events.ReallocateWorkRequest: {"supplier": suppliers},
    events.PutOnHold: {},
    events.Resume: {},
    events.CancelWorkRequest: {},
    events.RequestCancellation: any_id,
    events.UpdateSiteContact: {"contact": st.builds(SiteContact, st.sampled_from(["Hemi", "Ana"]))},
    events.Reschedule: {"schedule": schedules, **any_id},
    events.UpdateDetails: {"section": st.sampled_from(Section), "values": st.just({"key": 1})},
    events.AddActivity: {"activity": new_activities},
    events.RequestAddActivity: {"type": types},
    events.UpdateActivityStatus: {"status": statuses, **some_id},
    events.UpdateActivityWorker: {"worker": st.sampled_from(["Aroha", "Wiremu"]), **some_id},
    events.RecordOutcome: {"outcome": st.builds(Outcome, st.sampled_from(["DONE", "FAULT"])), **some_id},
    events.CancelActivity: some_id,
}  # fmt: skip

KINDS = [*OWN_FIELDS, *[events.UpdateActivityStatus] * 12]
"""What is sent: every kind of event, and status updates most of all, as in life."""


OF_SUPPLIERS = (
    events.AcceptWorkRequest,
    events.RejectWorkRequest,
    events.UpdateActivityStatus,
    events.UpdateActivityWorker,
    events.RecordOutcome,
)


def event_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Return any event of one kind, as often from a party that may send it as from any other."""
    may_send = Party.supplier("northline") if kind in OF_SUPPLIERS else Party.chorus()
    return st.builds(
        kind,
        work_request_id=requests,
        sender=st.just(may_send) | st.sampled_from(PARTIES),
        at=instants,
        event_id=st.none() | st.sampled_from("abcdef"),
        **OWN_FIELDS[kind],
    )


def creation(work_request_id: str) -> Event:
    """Return the creation of a work request of two activities, one of each type."""
    return events.CreateWorkRequest(
        work_request_id=work_request_id,
        sender=Party.chorus(),
        at=START,
        requestor="rsp-one",
        supplier="northline",
        activities=(new_activity("A-1", PLAIN), new_activity("A-2", FREE)),
    )


any_event = st.sampled_from(KINDS).flatmap(event_of)
logs = (
    st.integers(0, 40)
    .flatmap(lambda count: st.lists(any_event, min_size=count, max_size=count))
    .map(lambda sent: [creation("WR-1"), creation("WR-2"), *sent])
)
rulebooks = st.sampled_from([DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM107", "WRM303")])


def folded(log: list[Event], rulebook: Rulebook) -> tuple[list[tuple[int, str, Level, str | None]], Counts]:
    """Return what the findings and counts of a log must be, told by deciding on one event after the other."""
    requests: dict[str, WorkRequest | None] = defaultdict(lambda: None)
    taken: dict[str, set[str]] = defaultdict(set)
    last: dict[str, datetime] = {}
    found: list[tuple[int, str, Level, str | None]] = []
    counts = Counter(lines=len(log), events=len(log))
    for number, event in enumerate(log, start=1):
        of = event.work_request_id
        if event.event_id in taken[of]:
            found.append((number, "WRM602", Level.WARNING, None))
            counts["not_consumed"] += 1
            continue
        before = requests[of]
        decision = decide(before, event, rulebook=rulebook)
        broken = {violation.rule.id: (Level.WARNING, violation.reason) for violation in decision.warnings}
        if isinstance(decision, Refused):
            broken |= {violation.rule.id: (Level.ERROR, violation.reason) for violation in decision.violations}
            counts["refused"] += 1
        found += [(number, rule.id, *broken[rule.id]) for rule in RULES if rule.id in broken]
        if event.at < last.get(of, event.at):
            found.append((number, "WRM601", Level.WARNING, None))
        last[of] = event.at
        if isinstance(decision, Refused):
            continue
        requests[of] = decision.work_request
        if isinstance(decision, NotConsumed):
            counts["not_consumed"] += 1
        else:
            counts["consumed"] += 1
            counts["work_requests"] += isinstance(event, events.CreateWorkRequest)
        if decision.work_request.is_closed and not (before and before.is_closed):
            taken[of].clear()
        if event.event_id and not (before and before.is_closed):
            taken[of].add(event.event_id)
    return found, Counts(**counts)


class TestAnEventLogIsJudgedEventByEvent:
    """What a log is told is what `decide` says of its events, one after the other, each request by itself."""

    @settings(deadline=None)
    @given(logs, rulebooks)
    def test_findings_are_those_of_deciding(self, log: list[Event], rulebook: Rulebook) -> None:
        """Whatever rule an event breaks, in whatever order requests take turns, the log says so and counts alike."""
        expected, counts = folded(log, rulebook)
        report = check(map(encode_event, log), rulebook=rulebook)
        assert [
            (each.line, each.rule, each.level, each.message if each.basis else None) for each in report.findings
        ] == expected
        assert report.counts == counts

    def test_every_kind_of_event_is_sent(self) -> None:
        """The generated logs leave out no event that the wire format knows."""
        assert set(OWN_FIELDS) == {kind for kind, _ in EVENT_NAMES.values()}

    @settings(max_examples=30, deadline=None)
    @given(logs)
    def test_requests_do_not_see_each_other(self, log: list[Event]) -> None:
        """The findings of one request's lines are those of a log that has these lines only."""
        report = check(map(encode_event, log))
        for of in {event.work_request_id for event in log}:
            alone = check(encode_event(event) if event.work_request_id == of else b"" for event in log)
            assert alone.findings == tuple(finding for finding in report.findings if finding.task_id == of)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(["event", "taskId", "sender", "at", "activityId", "status", "eventId", "note", "activities"])


@st.composite
def bad_lines(draw: st.DrawFn) -> bytes | str:
    """Return what became of the line of an event: cut, spoilt, or with another value under one of its keys."""
    line = encode_event(draw(any_event))
    place = draw(st.integers(0, len(line)))
    match draw(st.integers(0, 3)):
        case 0:
            return line[:place]
        case 1:
            return line[:place] + draw(st.binary(max_size=3)) + line[place + 1 :]
        case 2:
            return json.dumps(json.loads(line) | {draw(keys): draw(any_json)})
        case _:
            return json.dumps({key: value for key, value in json.loads(line).items() if key != draw(keys)})


anything = st.one_of(
    any_event.map(encode_event),
    any_event.map(encode_event),
    bad_lines(),
    st.binary(max_size=40),
    st.text(st.characters(), max_size=40),
    st.sampled_from(["", " \t", "\r\n", '{"event":"ArchiveTaskEvent"}', b"x" * (1 << 20) + b"x"]),
)
spoilt_logs = st.lists(anything, max_size=30).map(lambda lines: [encode_event(creation("WR-1")), *lines])


class TestABadLineNeverStopsTheRunAndNeverHidesAGoodOne:
    """Whatever stands in a log, every line is accounted for."""

    @settings(deadline=None)
    @given(spoilt_logs, rulebooks)
    def test_lines_are_accounted_for(self, log: list[bytes | str], rulebook: Rulebook) -> None:
        """Lines are blank, malformed, unknown or events, and events are consumed, not consumed or refused."""
        report = check(log, rulebook=rulebook)
        counts = report.counts
        rules = Counter(finding.rule for finding in report.findings)
        assert counts.lines == len(log) == counts.blank + counts.malformed + counts.unknown + counts.events
        assert counts.events == counts.consumed + counts.not_consumed + counts.refused
        assert counts.malformed == rules["WRM501"] + rules["WRM502"] + rules["WRM504"] + rules["WRM505"]
        assert counts.unknown == rules["WRM503"]
        assert counts.refused == len({each.line for each in report.findings if each.basis and each.level == "error"})
        assert [each.line for each in report.findings] == sorted(each.line for each in report.findings)

    @settings(deadline=None)
    @given(spoilt_logs, rulebooks)
    def test_lines_can_be_judged_together(self, log: list[bytes | str], rulebook: Rulebook) -> None:
        """Nothing is found otherwise in lines that are judged at once than in the same lines one by one."""
        judging = Check(rulebook=rulebook)
        together = [line for block in blocks_of(log) for line in block.lines]
        report = check(log, rulebook=rulebook)
        assert tuple(judging.judge("<lines>", 1, together)) == report.findings
        assert judging.counts == report.counts

    @settings(deadline=None)
    @given(spoilt_logs)
    def test_bad_lines_might_as_well_be_blank(self, log: list[bytes | str]) -> None:
        """Without them, the other lines have the findings and counts that they had."""
        report = check(log)
        bad = {finding.line for finding in report.findings if finding.rule.startswith("WRM50")}
        blanked = check(b"" if number in bad else line for number, line in enumerate(log, start=1))
        assert blanked.findings == tuple(finding for finding in report.findings if finding.line not in bad)
        assert blanked.counts == Counts(
            lines=report.counts.lines,
            blank=report.counts.blank + len(bad),
            events=report.counts.events,
            consumed=report.counts.consumed,
            not_consumed=report.counts.not_consumed,
            refused=report.counts.refused,
            work_requests=report.counts.work_requests,
        )
