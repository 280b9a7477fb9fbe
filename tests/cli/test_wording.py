"""Tests of events and changes in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from parties import HOLDER, from_
from strategies_values import CHANGE_CLASSES, EVENT_CLASSES, kwargs_of
from work_request_manager import (
    ActivityType,
    AnyChange,
    Category,
    NewActivity,
    Outcome,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    changes,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.cli._wording import change_text
from work_request_manager.reports.steps import event_text

START, END = datetime(2026, 3, 1, 20, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
FIBRE = ActivityType("FIBRE")

CHANGES: list[tuple[AnyChange, str]] = [
    (changes.WorkRequestCreated("WR-1", "northline"), "work request WR-1 was created and sent to supplier northline"),
    (changes.WorkRequestAccepted("WR-1", "northline"), "supplier northline accepted work request WR-1"),
    (
        changes.WorkRequestRejected("WR-1", "northline", RejectionReason.SITE_ISSUE),
        "supplier northline rejected work request WR-1 for SiteIssue",
    ),
    (
        changes.WorkRequestReallocated("WR-1", "northline", "southline"),
        "work request WR-1 was sent to supplier southline; before, northline had it",
    ),
    (changes.WorkRequestPutOnHold("WR-1"), "work request WR-1 was put on hold"),
    (changes.WorkRequestResumed("WR-1"), "work request WR-1 was resumed"),
    (changes.WorkRequestClosed("WR-1"), "work request WR-1 closed"),
    (changes.CancellationRequested("WR-1", None), "the cancellation of work request WR-1 was requested"),
    (changes.CancellationRequested("WR-1", "A-1"), "the cancellation of activity A-1 was requested"),
    (changes.SiteContactUpdated("WR-1", SiteContact("Ana")), "the site contact of work request WR-1 is now Ana"),
    (
        changes.Rescheduled("WR-1", None, Schedule(START, END)),
        "work request WR-1 is now scheduled from 2026-03-01T20:00:00+00:00 until 2026-03-02T00:00:00+00:00",
    ),
    (
        changes.Rescheduled("WR-1", "A-1", Schedule(START)),
        "activity A-1 is now scheduled from 2026-03-01T20:00:00+00:00",
    ),
    (
        changes.Rescheduled("WR-1", "A-1", Schedule(latest_end=END)),
        "activity A-1 is now scheduled until 2026-03-02T00:00:00+00:00",
    ),
    (changes.DetailsUpdated("WR-1", Section.ASSETS), "the Assets details of work request WR-1 were replaced"),
    (
        changes.ActivityAdded("WR-1", NewActivity("A-2", FIBRE)),
        "activity A-2 of type FIBRE was added to work request WR-1",
    ),
    (
        changes.ActivityAdditionRequested("WR-1", FIBRE),
        "an activity of type FIBRE was requested for work request WR-1",
    ),
    (
        changes.ActivityMoved("WR-1", "A-1", "start", Status(Category.OPEN), Status(Category.ACTIVE, "OnSite")),
        "activity A-1 moved from Open to Active (OnSite) (start)",
    ),
    (changes.ActivityWorkerUpdated("WR-1", "A-1", "Aroha"), "activity A-1 now has worker Aroha"),
    (changes.OutcomeRecorded("WR-1", "A-1", Outcome("DONE")), "outcome DONE was recorded for activity A-1"),
]


@pytest.mark.parametrize(("change", "text"), CHANGES, ids=lambda value: type(value).__name__)
def test_a_change_is_a_sentence(change: AnyChange, text: str) -> None:
    """It names the values of the change."""
    assert change_text(change) == text


def test_every_change_has_words() -> None:
    """The examples are complete."""
    assert {type(change) for change, _ in CHANGES} == set(CHANGE_CLASSES)


@pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.__name__)
def test_an_event_has_its_sender_and_its_name(cls: Any) -> None:
    """It needs no work request."""
    text = event_text(cls(**kwargs_of(cls) | from_(HOLDER)))
    name = next(iter(KINDS[cls].wire_names.values()))
    assert text.startswith("WorkSupplier northline asks to ")
    assert text.endswith(f" ({name})")
    assert "None" not in text


@pytest.mark.parametrize("length", [101, 300_000])
def test_long_values_are_cut(length: int) -> None:
    """A sentence is short at any size of its values."""
    long = "x" * length
    for change in (changes.WorkRequestAccepted(long, long), changes.OutcomeRecorded(long, long, Outcome(long))):
        assert len(change_text(change)) < 300
        assert f"({length:,} characters)" in change_text(change)
