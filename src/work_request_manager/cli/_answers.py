"""Decisions and permits as text, with the way out of a refusal.

The way out is derived: the same event is decided for the other parties, and `permitted` says what the sender can send.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import attrs

from work_request_manager._values import short_text
from work_request_manager.catalogue import KINDS
from work_request_manager.cli._wording import change_text
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Permit, Refused, decide, permitted
from work_request_manager.events import CreateWorkRequest, Reschedule
from work_request_manager.model import Party, Schedule, WorkRequest
from work_request_manager.reports import Paint, plain, printable
from work_request_manager.reports.steps import event_text
from work_request_manager.reports.tables import Table
from work_request_manager.rulebook import Rulebook
from work_request_manager.rules import Rule
from work_request_manager.violations import Violation, target_text

COLUMNS = 80
"""The number of characters of a line of permits. Only a long id makes it longer."""


# Decisions


def decision_lines(decision: Decision, rulebook: Rulebook, paint: Paint = plain) -> Iterator[str]:
    """Yield the lines of a decision: the answer, the changes, the broken rules, and the way out of a refusal.

    Args:
        decision: the decision.
        rulebook: the rules that it was made by.
        paint: the function that colours the parts of a line.
    """
    yield f"{decision.answer}: {printable(event_text(decision.event))}"
    if isinstance(decision, Consumed):
        for change in decision.changes:
            yield f"  {printable(change_text(change))}"
    elif isinstance(decision, NotConsumed):
        yield "  The event is a repeat: it asks for something that is already true, so nothing changes (FAQ 2)."
    else:
        yield from _violation_lines("error", decision.violations, paint)
    yield from _violation_lines("warning", decision.warnings, paint)
    if isinstance(decision, Refused):
        yield "Way out:"
        yield from _ways_out(decision, rulebook)


def _violation_lines(level: str, violations: Iterable[Violation], paint: Paint) -> Iterator[str]:
    for violation in violations:
        rule = violation.rule
        name = f"{paint(level, level)} {paint('rule', str(rule))} ({rule.citation})"
        yield f"{name}: {printable(violation.reason)}"


def _ways_out(decision: Refused, rulebook: Rulebook) -> Iterator[str]:
    for other in _from_each_party(decision, rulebook):
        if not isinstance(other, Refused):
            warnings = ", ".join(warning.rule.id for warning in other.warnings)
            note = f" ({warnings} would warn)" if warnings else ""
            yield printable(f"- From {other.event.sender} this event would be {other.answer}{note}.")
    permits = [*_permits_of_target(decision, rulebook)]
    if permits:
        yield "- " + "\n  ".join(permits)
    yield f"- {_explain_line([violation.rule for violation in decision.violations])}"


def _from_each_party(decision: Refused, rulebook: Rulebook) -> Iterator[Decision]:
    """Yield the decisions on the same event from each party of the work request."""
    work_request, event = decision.work_request, decision.event
    named = event if isinstance(event, CreateWorkRequest) else work_request
    if named is not None:
        for party in (Party.requestor(named.requestor), Party.supplier(named.supplier), Party.chorus()):
            yield decide(work_request, attrs.evolve(event, sender=party), rulebook=rulebook)


def _permits_of_target(decision: Refused, rulebook: Rulebook) -> Iterator[str]:
    """Yield the lines of what the sender can send for the target of an event, if the target exists."""
    work_request, sender = decision.work_request, decision.event.sender
    activity_id: str | None = getattr(decision.event, "activity_id", None)
    if work_request is not None and activity_id in (None, *(activity.id for activity in work_request.activities)):
        permits = permitted(work_request, sender, activity_id=activity_id, rulebook=rulebook)
        wanted = [permit for permit in permits if permit.activity_id == activity_id]
        yield from _permit_lines(work_request, sender, activity_id, wanted)


def _explain_line(rules: Iterable[Rule]) -> str:
    return f"To read the rules, run: wrm explain {' '.join(sorted({rule.id for rule in rules}))}"


# Permits

Row = tuple[str, str, str]


def permitted_lines(
    work_request: WorkRequest,
    party: Party,
    activity_id: str | None,
    permits: Sequence[Permit],
    rulebook: Rulebook,
    paint: Paint = plain,
) -> Iterator[str]:
    """Yield the lines about all permits of a party. If it has none, one event that is refused shows why.

    Args:
        work_request: the work request.
        party: the party.
        activity_id: the activity that the permits are for. None if they are for all activities and the work request.
        permits: the permits.
        rulebook: the rules that they were found by.
        paint: the function that colours the parts of a line.
    """
    yield from _permit_lines(work_request, party, activity_id, permits)
    rules = [warning.rule for permit in permits for warning in permit.warnings]
    if not permits:
        example = _refused_example(work_request, party, activity_id, rulebook)
        yield f"For example, {printable(event_text(example.event))}:"
        yield from _violation_lines("error", example.violations, paint)
        rules = [violation.rule for violation in example.violations]
    if rules:
        yield _explain_line(rules)
    yield "To see why an event is not listed, run: wrm decide SNAPSHOT EVENT"


def _permit_lines(
    work_request: WorkRequest, party: Party, activity_id: str | None, permits: Iterable[Permit]
) -> Iterator[str]:
    """Yield a table for each target. Activities that have the same permits share one."""
    rows: dict[str | None, list[Row]] = {}
    for permit in permits:
        rows.setdefault(permit.activity_id, []).append(_row(permit))
    tables: dict[tuple[bool, tuple[Row, ...]], list[str | None]] = {}
    for target, of_target in rows.items():
        tables.setdefault((target is None, tuple(of_target)), []).append(target)
    for (is_for_request, table), targets in tables.items():
        yield from _wrapped(f"{party} can send now for {_targets_text(work_request, targets)}:")
        heading = ["event", "section" if is_for_request else "category", "warnings"]
        yield from (f"  {line}" for line in Table(heading, table).as_text().splitlines())
    if not rows:
        yield from _wrapped(f"{party} can send nothing now for {_targets_text(work_request, [activity_id])}.")


def _row(permit: Permit) -> Row:
    name = KINDS[permit.event].wire_names[permit.section]
    return name, permit.category or permit.section or "", ", ".join(warning.rule.id for warning in permit.warnings)


def _targets_text(work_request: WorkRequest, activity_ids: Sequence[str | None]) -> str:
    if len(activity_ids) == 1:
        return target_text(work_request.id, activity_ids[0])
    return f"activities {', '.join(short_text(each) for each in activity_ids if each is not None)}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text), COLUMNS - 2, break_long_words=False, break_on_hyphens=False)


_EXAMPLE_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def _refused_example(work_request: WorkRequest, party: Party, activity_id: str | None, rulebook: Rulebook) -> Refused:
    """Return the decision on a new schedule, an event that every role may send, from a party without permits."""
    schedule = Schedule(latest_end=_EXAMPLE_TIME)
    target = work_request if activity_id is None else work_request.activity(activity_id)
    if target.schedule == schedule:
        schedule = Schedule(earliest_start=_EXAMPLE_TIME)
    event = Reschedule(
        work_request_id=work_request.id, activity_id=activity_id, schedule=schedule, sender=party, at=_EXAMPLE_TIME
    )
    decision = decide(work_request, event, rulebook=rulebook)
    assert isinstance(decision, Refused), "an event that is not refused has a permit"
    return decision
