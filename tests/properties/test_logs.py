"""Properties of checking logs: a log has the findings that deciding on its events has, and bad lines change nothing."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import (
    DEFAULT_RULEBOOK,
    ActivityType,
    AnyEvent,
    Category,
    NewActivity,
    NotConsumed,
    Outcome,
    Party,
    Refused,
    RejectionReason,
    Role,
    Rulebook,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.events import COMMON_FIELDS
from work_request_manager.kinds import EventKind
from work_request_manager.log import Counts, Level, LogChecker, check
from work_request_manager.log._sources import blocks_of
from work_request_manager.rules import RULES
from work_request_manager.wire import encode_event

START = datetime(2026, 3, 1, tzinfo=UTC)
LONG = "x" * 101
"""An id that messages cut."""
PARTIES = (
    Party.chorus(),
    *map(Party.requestor, ("rsp-one", "rsp-two")),
    *map(Party.supplier, ("northline", "southline", LONG)),
)
PLAIN = ActivityType("PLAIN")
FREE = ActivityType("FREE", True, {"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE})

requests, suppliers, activity_ids = (
    st.sampled_from(each)
    for each in (
        ["WR-1", "WR-1", "WR-2", LONG],
        ["northline", "southline", LONG],
        ["A-1", "A-1", "A-1", "A-2", "A-2", "A-3", LONG],
    )
)
times = st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))
types = st.sampled_from([PLAIN, FREE, ActivityType(LONG)])
statuses = st.builds(Status, st.sampled_from(Category), st.sampled_from(["", "Scheduled", "OnSite", "Odd", LONG]))
new_activities = st.builds(NewActivity, activity_ids, types, st.just(Status(Category.OPEN)) | statuses)

FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "requestor": st.just("rsp-one"),
    "supplier": suppliers,
    "activities": st.lists(new_activities, max_size=3),
    "reason": st.sampled_from([*RejectionReason, "Whim", LONG]),
    "contact": st.builds(SiteContact, st.sampled_from(["Hemi", "Ana"])),
    "schedule": st.builds(Schedule, times),
    "section": st.sampled_from(Section),
    "values": st.just({"key": 1}),
    "activity": new_activities,
    "type": types,
    "activity_id": activity_ids,
    "status": statuses,
    "worker": st.sampled_from(["Aroha", "Wiremu", LONG]),
    "outcome": st.builds(Outcome, st.sampled_from(["DONE", "FAULT", LONG])),
}
"""The values of the events' own fields."""


def event_of(kind: EventKind) -> st.SearchStrategy[AnyEvent]:
    """Return events of one kind. Half of them come from a party that may send them."""
    is_left_to_suppliers = kind.senders == (Role.WORK_SUPPLIER,)
    may_send = Party.supplier("northline") if is_left_to_suppliers else Party.chorus()
    own = [field for field in attrs.fields(kind.event) if field.name not in COMMON_FIELDS]
    fields = {each.name: st.none() | FIELDS[each.name] if each.default is None else FIELDS[each.name] for each in own}
    built = st.builds(
        kind.event,
        work_request_id=requests,
        sender=st.just(may_send) | st.sampled_from(PARTIES),
        at=times,
        event_id=st.none() | st.sampled_from([*"abcdef", LONG]),
        **fields,
    )
    return cast("st.SearchStrategy[AnyEvent]", built)


def creation(work_request_id: str) -> AnyEvent:
    """Return a create event with two activities, one of each type."""
    return events.CreateWorkRequest(
        work_request_id=work_request_id,
        sender=Party.chorus(),
        at=START,
        requestor="rsp-one",
        supplier="northline",
        activities=(NewActivity("A-1", PLAIN), NewActivity("A-2", FREE)),
    )


# All kinds of events, and status updates most often, as in real logs.
any_event = st.sampled_from([*KINDS.values(), *[KINDS[events.UpdateActivityStatus]] * 12]).flatmap(event_of)
logs = (
    st.integers(0, 40)
    .flatmap(lambda count: st.lists(any_event, min_size=count, max_size=count))
    .map(lambda sent: [creation("WR-1"), creation(LONG), *sent])
)
rulebooks = st.sampled_from([DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM107", "WRM303")])

Expected = tuple[int, str, Level, str]


def expected_of(log: list[AnyEvent], rulebook: Rulebook) -> tuple[list[Expected], Counts]:
    """Return the findings and counts that a log must have, computed by deciding on one event after another."""
    requests: dict[str, WorkRequest | None] = defaultdict(lambda: None)
    seen_ids: dict[str, set[str]] = defaultdict(set)
    last: dict[str, datetime] = {}
    found: list[Expected] = []
    counts = Counter(lines=len(log), events=len(log))
    for number, event in enumerate(log, start=1):
        of = event.work_request_id
        if event.event_id in seen_ids[of]:
            event_id = f"{'x' * 50}… (101 characters)" if event.event_id == LONG else event.event_id
            found.append((number, "WRM602", Level.WARNING, f"duplicate eventId {event_id}"))
            counts["not_consumed"] += 1
            continue
        decision = decide(requests[of], event, rulebook=rulebook)
        broken = {violation.rule.id: (Level.WARNING, violation.reason) for violation in decision.warnings}
        if isinstance(decision, Refused):
            broken |= {violation.rule.id: (Level.ERROR, violation.reason) for violation in decision.violations}
        found += [(number, rule.id, *broken[rule.id]) for rule in RULES if rule.id in broken]
        previous = last.get(of, event.at)
        if event.at < previous:
            message = f"at is {event.at.isoformat()}, earlier than the previous event's {previous.isoformat()}"
            found.append((number, "WRM601", Level.WARNING, message))
        last[of] = event.at
        if isinstance(decision, Refused):
            counts["refused"] += 1
            continue
        requests[of] = decision.work_request
        if isinstance(decision, NotConsumed):
            counts["not_consumed"] += 1
        else:
            counts["consumed"] += 1
            counts["work_requests"] += isinstance(event, events.CreateWorkRequest)
        if event.event_id:
            seen_ids[of].add(event.event_id)
    return found, Counts(**counts)


class TestALogIsJudgedEventByEvent:
    """The findings of a log are the violations and warnings of `decide`, with each work request judged separately."""

    @settings(max_examples=60, deadline=None)
    @given(logs, rulebooks)
    def test_findings_are_those_of_deciding(self, log: list[AnyEvent], rulebook: Rulebook) -> None:
        """Rules, levels, messages and counts are equal, for any events of interleaved work requests."""
        expected, counts = expected_of(log, rulebook)
        report = check(map(encode_event, log), rulebook=rulebook)
        assert [(each.line, each.rule, each.level, each.message) for each in report.findings] == expected
        assert report.counts == counts

    @settings(max_examples=12, deadline=None)
    @given(logs)
    def test_work_requests_do_not_affect_each_other(self, log: list[AnyEvent]) -> None:
        """The findings of one work request's lines are those of a log with only these lines."""
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
    """Return a damaged line of an event: cut, overwritten, or with a field replaced or removed."""
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
damaged_logs = st.lists(anything, max_size=30).map(lambda lines: [encode_event(creation("WR-1")), *lines])


class TestABadLineNeverStopsTheRunAndNeverHidesAGoodOne:
    """Every line of a damaged log is counted, and good lines keep their findings."""

    @settings(max_examples=40, deadline=None)
    @given(damaged_logs, rulebooks)
    def test_every_line_is_counted_once(self, log: list[bytes | str], rulebook: Rulebook) -> None:
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

    @settings(max_examples=40, deadline=None)
    @given(damaged_logs, rulebooks)
    def test_lines_can_be_judged_in_one_call(self, log: list[bytes | str], rulebook: Rulebook) -> None:
        """Lines that are judged in one call have the same findings as lines that are judged one by one."""
        checker = LogChecker(rulebook=rulebook)
        together = [line for block in blocks_of(log) for line in block.lines]
        report = check(log, rulebook=rulebook)
        assert tuple(checker.judge_lines("<lines>", 1, together)) == report.findings
        assert checker.counts == report.counts

    @settings(max_examples=40, deadline=None)
    @given(damaged_logs)
    def test_bad_lines_can_be_replaced_by_blank_lines(self, log: list[bytes | str]) -> None:
        """Without the bad lines, the other lines have the same findings and counts."""
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
