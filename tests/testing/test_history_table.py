"""Histories as tables of text."""

import re
from typing import Any

import pytest

from parties import AT, CHORUS, HOLDER, MAY_NOT_CANCEL, OWN, from_
from work_request_manager import (
    AnyEvent,
    Category,
    Decision,
    NewActivity,
    Outcome,
    Party,
    Schedule,
    Section,
    SiteContact,
    Status,
    events,
)
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing._tables import history_table


def creation(work_request_id: str = "WR-1") -> AnyEvent:
    """Return the create event of a work request with one activity."""
    fields = from_(CHORUS, requestor=OWN.id, supplier=HOLDER.id, activities=(NewActivity("A-1", MAY_NOT_CANCEL),))
    return events.CreateWorkRequest(**fields | {"work_request_id": work_request_id})


def moved(category: Category, state: str = "", sender: Party = HOLDER) -> AnyEvent:
    """Return a status update for the activity."""
    return events.UpdateActivityStatus(**from_(sender, activity_id="A-1", status=Status(category, state)))


def decided(*posted: AnyEvent) -> tuple[Decision, ...]:
    """Return the decisions of a manager on events."""
    manager = InMemoryWorkRequestManager()
    return tuple(map(manager.post, posted))


def test_a_table_shows_sender_event_answer_and_rules() -> None:
    """Each decision is one line with the ids of the broken rules. Warnings and marked decisions are recognisable."""
    decisions = decided(
        creation(),
        moved(Category.PRACTICAL_COMPLETION),
        moved(Category.PRACTICAL_COMPLETION),
        moved(Category.ACTIVE, "OnSite", sender=OWN),
    )
    assert history_table(decisions, marked=decisions[-1:]).splitlines() == [
        "  #  sender                  event                                                       answer       rules",
        "  1  Chorus                  CreateWorkRequest(rsp-one, northline, [A-1 FIBRE_CONNECT])  Consumed",
        "  2  WorkSupplier northline  UpdateActivityStatus(A-1, PracticalCompletion)              Consumed     WRM206"
        " (warning)",
        "  3  WorkSupplier northline  UpdateActivityStatus(A-1, PracticalCompletion)              NotConsumed",
        "> 4  WorkRequestor rsp-one   UpdateActivityStatus(A-1, Active (OnSite))                  Refused      WRM202,"
        " WRM301",
    ]


def test_several_work_requests_have_a_column() -> None:
    """If the decisions are on several work requests, each line has the id."""
    lines = history_table(decided(creation(), creation("WR-22"))).splitlines()
    assert [line[5:27] for line in lines] == [
        "work request  sender  ",
        "WR-1          Chorus  ",
        "WR-22         Chorus  ",
    ]


def test_only_the_last_rows_are_shown() -> None:
    """A long history is cut to its last rows. They keep their numbers, and a line counts the earlier decisions."""
    decisions = decided(creation(), *(moved(Category.OPEN, f"state {number}") for number in range(24)))
    lines = history_table(decisions).splitlines()
    assert lines[0] == "(5 earlier decisions)"
    assert [line.split()[0] for line in lines[2:]] == [str(number) for number in range(6, 26)]
    assert history_table(decisions, limit=24).splitlines()[0] == "(1 earlier decision)"
    assert len(history_table(decisions, limit=25).splitlines()) == 26


def test_an_empty_history_is_a_heading() -> None:
    """Without decisions there is only the heading."""
    assert history_table(()) == "  #  sender  event  answer  rules"


_AS_CHORUS: dict[str, Any] = from_(CHORUS)
_OF_ACTIVITY: dict[str, Any] = from_(HOLDER, activity_id="A-1")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (events.PutOnHold(**_AS_CHORUS, event_id="e-1", note="common fields"), "PutOnHold()"),
        (events.RequestCancellation(**_AS_CHORUS), "RequestCancellation()"),
        (events.RejectWorkRequest(**from_(HOLDER), reason="Lunch\n and tea"), "RejectWorkRequest(Lunch and tea)"),
        (events.RequestAddActivity(**_AS_CHORUS, type=MAY_NOT_CANCEL), "RequestAddActivity(FIBRE_CONNECT)"),
        (events.RecordOutcome(**_OF_ACTIVITY, outcome=Outcome("DONE", "all of it")), "RecordOutcome(A-1, DONE)"),
        (events.UpdateSiteContact(**_AS_CHORUS, contact=SiteContact("Ana")), "UpdateSiteContact(name=Ana)"),
        (
            events.Reschedule(**_OF_ACTIVITY, schedule=Schedule(latest_end=AT)),
            "Reschedule(latest_end=2026-03-01 20:00:00+00:00, A-1)",
        ),
        (
            events.UpdateDetails(**_AS_CHORUS, section=Section.ASSETS, values="x" * 99),
            f"UpdateDetails(Assets, {'x' * 67}…",
        ),
    ],
)
def test_events_are_short(event: AnyEvent, text: str) -> None:
    """An event shows only its own fields, on one line. A long line is cut."""
    _, line = history_table(decided(event)).splitlines()
    assert re.split(" {2,}", line)[3] == text
