"""What walks send: every kind of event, from every party, for every target, with the values that matter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import combinations_with_replacement
from typing import Any

from work_request_manager import events
from work_request_manager.events import Event
from work_request_manager.model import (
    Activity,
    ActivityType,
    Category,
    Outcome,
    Party,
    RejectionReason,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
_SUPPLIERS = ("northline", "southline")
_REQUESTORS = ("rsp-one", "rsp-two")
PARTIES = (
    Party.chorus(),
    *map(Party.requestor, _REQUESTORS),
    *map(Party.supplier, _SUPPLIERS),
)
_ANOTHER_STATE = "another state"
_TYPES = (
    ActivityType("SUPPLIER_MAY_CANCEL", work_supplier_allowed_to_cancel=True),
    ActivityType("SUPPLIER_MAY_NOT_CANCEL"),
)
_LISTING_TYPES = (
    ActivityType("LISTS_IT_ELSEWHERE", states={_ANOTHER_STATE: Category.ACTIVE}),
    ActivityType("LISTS_OTHERS", states={"a state of its own": Category.OPEN}),
)
_STATUSES = tuple(Status(category, state) for category in Category for state in ("", _ANOTHER_STATE))
_SCHEDULES = (Schedule(earliest_start=AT), Schedule(latest_end=AT))
_NOT_A_REASON = "Lunch"


def kind_of(activity: Activity) -> tuple[str, bool, str, str]:
    """Return what tells an activity from others: what the rules can tell apart."""
    return (
        activity.status.category,
        activity.has_been_active,
        activity.closure or "",
        activity.type.code,
    )


Sent = tuple[Event, tuple[Event, ...]]
"""An event, and those that are sent after it where its change is folded away: the same, and one that differs."""


class Events:
    """Every event that a walk sends, built once.

    Args:
        activities: the most activities that a creation has.
        with_states: whether there are also types that list their states, and states of their own in all updates.
    """

    def __init__(self, activities: int, *, with_states: bool = False) -> None:
        self._listing_types = _LISTING_TYPES if with_states else ()
        ids = [f"A-{number}" for number in range(1, activities + 2)]
        self._creations = [sent for party in PARTIES for sent in self._create(party, activities)]
        self._of_request = [sent for party in PARTIES for sent in self._for_request(party)]
        self._additions = {one: [sent for party in PARTIES for sent in self._add(party, one)] for one in ids}
        self._of_activity = {one: [sent for party in PARTIES for sent in self._for_activity(party, one)] for one in ids}
        self._statuses = {
            (one, status): [
                _sent(events.UpdateActivityStatus, party, activity_id=one, status=status) for party in PARTIES
            ]
            for one in ids
            for status in _STATUSES
        }

    def for_state(self, request: WorkRequest | None) -> Iterator[Sent]:
        """Yield the events to send in a state.

        Of activities that are alike, only those for the first; for an activity that there is none of, one of a kind.
        """
        unknown = f"A-{len(request.activities) + 1 if request is not None else 1}"
        yield from self._of_request
        yield from self._additions[unknown]
        yield from self._of_activity[unknown]
        yield from self._statuses[unknown, _STATUSES[0]]
        if request is None:
            yield from self._creations
            return
        yield from self._creations[:: len(self._creations) // len(PARTIES)]
        yield from self._additions[request.activities[0].id]
        for activity_id in self.distinct_ids(request):
            yield from self._of_activity[activity_id]
            activity = request.activity(activity_id)
            category = activity.status.category
            # To another category, a state of its own tells nothing to the rules where the type lists none.
            all_ = self._listing_types and activity.type.states is None
            for status in _STATUSES:
                if all_ or status.category is category or status.state == status.category:
                    yield from self._statuses[activity_id, status]

    def distinct_ids(self, request: WorkRequest | None) -> tuple[str, ...]:
        """Return the id of the first activity of each kind."""
        firsts: dict[object, str] = {}
        for activity in request.activities if request is not None else ():
            firsts.setdefault(kind_of(activity), activity.id)
        return tuple(firsts.values())

    def _create(self, party: Party, most: int) -> Iterator[Sent]:
        def create(*new: Activity, requestor: str = _REQUESTORS[0]) -> Sent:
            return _sent(events.CreateWorkRequest, party, requestor=requestor, supplier=_SUPPLIERS[0], activities=new)

        for count in range(1, most + 1):
            for types in combinations_with_replacement(_TYPES, count):
                yield create(*(Activity(f"A-{number}", type_) for number, type_ in enumerate(types, start=1)))
        for type_ in self._listing_types:
            yield create(Activity("A-1", type_))
            yield create(Activity("A-1", type_, _STATUSES[1]))
        one = Activity("A-1", _TYPES[0])
        yield create()
        yield create(one, one)
        yield create(one, requestor=_REQUESTORS[1])
        yield create(events.new_activity("A-1", _TYPES[0], Status(Category.ACTIVE)))

    def _for_request(self, party: Party) -> Iterator[Sent]:
        for kind in (
            events.AcceptWorkRequest,
            events.PutOnHold,
            events.Resume,
            events.CancelWorkRequest,
            events.RequestCancellation,
        ):
            yield _sent(kind, party)
        for reason in (*RejectionReason, _NOT_A_REASON):
            yield _sent(events.RejectWorkRequest, party, reason=reason)
        for supplier in _SUPPLIERS:
            yield _sent(events.ReallocateWorkRequest, party, supplier=supplier)
        for section in Section:
            yield _sent(events.UpdateDetails, party, section=section, values={"reference": "R-1"})
        yield _sent(events.RequestAddActivity, party, type=_TYPES[0])
        yield _sent(events.UpdateSiteContact, party, contact=(SiteContact("Mere"), SiteContact("Tane")))
        yield _sent(events.Reschedule, party, schedule=_SCHEDULES)

    def _add(self, party: Party, activity_id: str) -> Iterator[Sent]:
        for type_ in _TYPES:
            yield _sent(events.AddActivity, party, activity=Activity(activity_id, type_))
        for type_ in self._listing_types:
            yield _sent(events.AddActivity, party, activity=Activity(activity_id, type_, _STATUSES[1]))
        begun = events.new_activity(activity_id, _TYPES[0], Status(Category.IN_REVIEW))
        yield _sent(events.AddActivity, party, activity=begun)

    def _for_activity(self, party: Party, activity_id: str) -> Iterator[Sent]:
        yield _sent(events.UpdateActivityWorker, party, activity_id=activity_id, worker=("Aroha", "Wiremu"))
        yield _sent(events.RecordOutcome, party, activity_id=activity_id, outcome=(Outcome("DONE"), Outcome("LEFT")))
        yield _sent(events.Reschedule, party, activity_id=activity_id, schedule=_SCHEDULES)
        yield _sent(events.RequestCancellation, party, activity_id=activity_id)
        yield _sent(events.CancelActivity, party, activity_id=activity_id)


def _sent(kind: Callable[..., Event], party: Party, **own: Any) -> Sent:
    """Return an event; of a field that is given two values, the first, and the second in the event sent after it."""
    common = {"work_request_id": "WR-1", "sender": party, "at": AT}
    two_valued = [name for name, value in own.items() if isinstance(value, tuple) and name != "activities"]
    if not two_valued:
        event = kind(**common, **own)
        return event, (event,)
    name = two_valued[0]
    first, second = (kind(**common, **{**own, name: value}) for value in own[name])
    return first, (first, second)
