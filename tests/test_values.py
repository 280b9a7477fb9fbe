"""All values: copies, weak references, hashes, and normalising without validators."""

import copy
import pickle
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import attrs
import pytest

from parties import HOLDER, MAY_CANCEL, OWN, answer, from_, request
from strategies_values import CHANGE_CLASSES, EVENT_CLASSES, MODEL_CLASSES, value_of
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Answer,
    AnyEvent,
    Basis,
    Category,
    Closure,
    NewActivity,
    RejectionReason,
    Role,
    Schedule,
    Section,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)
from work_request_manager._values import FrozenDict, WireEnum
from work_request_manager.catalogue import KINDS
from work_request_manager.graph import STATUS_GRAPH
from work_request_manager.model import SenderRelation

CONTACTED = events.RequestCancellation(**from_(HOLDER))
VALUES: list[Any] = [
    *(value_of(cls) for cls in (*MODEL_CLASSES, *EVENT_CLASSES, *CHANGE_CLASSES)),
    decide(request(), events.PutOnHold(**from_(OWN))),
    decide(request(), events.Resume(**from_(OWN))),
    decide(request(), events.CancelWorkRequest(**from_(OWN))),
    decide(request(), events.CancelWorkRequest(**from_(OWN))).violations[0],  # type: ignore[union-attr]  # it is refused
    decide(request(), CONTACTED),
    permitted(request(), HOLDER)[0],
    DEFAULT_RULEBOOK,
    DEFAULT_RULEBOOK.without("WRM104").strict(),
    DEFAULT_RULEBOOK["WRM201"],
    STATUS_GRAPH[Category.OPEN][Category.ACTIVE],
    STATUS_GRAPH[Category.CLOSED][Category.ACTIVE],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
class TestEveryValue:
    """Values, events, changes, decisions, violations, permits, rules, cells and rulebooks behave alike."""

    @pytest.mark.parametrize(
        "duplicate",
        [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],
        ids=["copy", "deep", "pickle"],
    )
    def test_a_copy_is_equal(self, value: Any, duplicate: Callable[[Any], Any]) -> None:
        """A copy, a deep copy and a pickle are equal, with the same hash and repr."""
        same = duplicate(value)
        assert type(same) is type(value)
        assert (same, hash(same), repr(same), str(same)) == (value, hash(value), repr(value), str(value))

    def test_it_can_be_referenced_weakly(self, value: Any) -> None:
        """Services can keep values in weak caches."""
        assert weakref.ref(value)() is value

    def test_it_is_frozen_and_has_slots(self, value: Any) -> None:
        """No attribute can be set, and none can be added."""
        assert not hasattr(value, "__dict__")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.another = 1


def test_decided_work_requests_are_values_too() -> None:
    """Objects that the engine copies without checks can be referenced, copied and pickled like others."""
    decision = decide(
        request(), events.UpdateActivityStatus(**from_(HOLDER, activity_id="A-1", status=Status(Category.ACTIVE)))
    )
    assert decision.work_request is not None
    for value in (decision, decision.work_request, decision.work_request.activity("A-1")):
        assert weakref.ref(value)() is value
        assert copy.deepcopy(value) == value
        assert hash(copy.copy(value)) == hash(value)


ENUMS: list[type[StrEnum]] = [
    Allocation, Answer, Basis, Category, Closure, RejectionReason, Role, Section, SenderRelation
]  # fmt: skip


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_members_are_equal_to_their_texts(enum: type[StrEnum]) -> None:
    """A member and its text have the same hash, so either finds the other in a dict."""
    assert issubclass(enum, WireEnum)
    for member in enum:
        assert member == member.value
        assert hash(member) == hash(member.value)
        assert {member: 1}[member.value] == {member.value: 1}[member] == 1  # type: ignore[index]  # what is tested
        assert pickle.loads(pickle.dumps(member)) is member
        assert copy.deepcopy(member) is member
        assert str(member) == f"{member}" == member.value


EIGHT_HOURS = timezone(timedelta(hours=8))


class TestWithoutValidators:
    """`attrs.validators.disabled()` switches checks off, but changes no value and no answer."""

    def test_values_are_normalised(self) -> None:
        """A missing state is filled in, collections are frozen, and times are in UTC."""
        with attrs.validators.disabled():
            assert Status(Category.OPEN) == Status(Category.OPEN, "") == Status(Category.OPEN, "Open")
            assert Status(Category.OPEN, None).state == "Open"
            details: dict[Section, Any] = {Section.ASSETS: [{"a": [1]}]}
            work_request = WorkRequest("WR-1", "r", "s", [Activity("A-1", MAY_CANCEL)], details=details)
            assert type(work_request.details) is FrozenDict
            assert work_request.details == {Section.ASSETS: ({"a": (1,)},)}
            assert type(work_request.activities) is tuple
            hash(work_request)
            at = datetime(2026, 3, 2, 4, tzinfo=EIGHT_HOURS)
            assert Schedule(at).earliest_start == at
            assert Schedule(at).earliest_start.tzinfo is UTC  # type: ignore[union-attr]  # it has one
            event = events.UpdateDetails(
                work_request_id="WR-1", sender=OWN, at=at, section=Section.ASSETS, values=[[1]]
            )
            assert (event.at, event.at.tzinfo, event.values) == (at, UTC, ((1,),))
            assert ActivityType("X", states={}).states is None
            assert type(ActivityType("X", states={"OnSite": Category.ACTIVE}).states) is FrozenDict
            reject = events.RejectWorkRequest(**from_(HOLDER), reason="Duplicate")
            assert reject.reason is RejectionReason.DUPLICATE
            create = events.CreateWorkRequest(**from_(OWN), supplier="s", activities=[NewActivity("A-1", MAY_CANCEL)])
            assert (create.requestor, type(create.activities)) == (OWN.id, tuple)

    def test_decide_gives_the_same_answers(self) -> None:
        """Each event is built and decided on with and without validators."""

        def answers() -> list[Any]:
            active = Status(Category.ACTIVE)
            busy = request(Activity("A-1", MAY_CANCEL, active, has_been_active=True))
            status: dict[str, Any] = {"activity_id": "A-1"}
            sent: list[AnyEvent] = [
                events.UpdateActivityStatus(**from_(HOLDER, status=Status(Category.ACTIVE, state), **status))
                for state in (None, "", "Active", "OnSite")
            ]
            sent += [value_of(cls, **from_(HOLDER)) for cls in KINDS]  # type: ignore[misc]  # they are events
            decisions = [decide(busy, event) for event in sent]
            return [(answer(decision), decision.work_request) for decision in decisions]

        expected = answers()
        assert [name for (name, _, _), _ in expected[:4]] == ["NotConsumed"] * 3 + ["Consumed"]
        with attrs.validators.disabled():
            assert answers() == expected
