"""The events to send to a work request: every kind of event, from every party, for every target.

The fields of each kind are those of its class, and their values come from `_fields`. No rule is stated here. The
callers judge the events.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

import attrs

from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import PermitKey, permit_key
from work_request_manager.events import COMMON_FIELDS, Event
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import Activity, Party, WorkRequest
from work_request_manager.verify._fields import ANY_TYPE, AT, REQUESTORS, SOMEONE_ELSE, SUPPLIERS, VARIANTS, Scope
from work_request_manager.verify.explorer import distinct_activities
from work_request_manager.verify.variants import Built, EventFields, Only, Variant, named, numbered

__all__ = ["ANY_TYPE", "AT", "IMAGINED", "PARTIES", "Stimuli", "involved", "sample_of", "strangers", "targets"]

# ---- Senders


def involved(request: WorkRequest) -> tuple[Party, Party, Party]:
    """Return Chorus, the requestor of a work request, and its supplier."""
    return Party.chorus(), Party.requestor(request.requestor), Party.supplier(request.supplier)


def strangers(request: WorkRequest) -> tuple[Variant, Variant]:
    """Return the requestors and the suppliers that have nothing to do with a work request."""
    return (
        Built(Party.requestor, named(*REQUESTORS, used=(request.requestor, SOMEONE_ELSE))),
        Built(Party.supplier, named(*SUPPLIERS, used=(request.supplier,))),
    )


IMAGINED = WorkRequest("WR-1", REQUESTORS[0], SUPPLIERS[0], (Activity("A-1", ANY_TYPE.sample),))
"""The work request whose names the events use if no work request exists."""

PARTIES: tuple[Party, ...] = (*involved(IMAGINED), *(each.sample for each in strangers(IMAGINED)))
"""Chorus, the requestor and the supplier of the samples, another requestor and another supplier."""


# ---- Events


def sample_of(kind: EventKind, request: WorkRequest, fields: EventFields) -> Event:
    """Return the event with the samples of some fields.

    Args:
        kind: the kind of event.
        request: the work request.
        fields: the sender, and the fields of the kind.
    """
    samples = {name: variant.sample for name, variant in fields.items()}
    return kind.event(work_request_id=request.id, at=AT, **samples)


@cache
def _own_fields(kind: EventKind) -> tuple[str, ...]:
    """Return the names of the fields that only this kind of event has, without the activity id."""
    return tuple(field.name for field in attrs.fields(kind.event) if field.name not in (*COMMON_FIELDS, "activity_id"))


_Groups = Mapping[tuple[Party, PermitKey], Sequence[Event]]
"""Events by their sender and the permit that would allow them."""

_Target = WorkRequest | Activity


def targets(request: WorkRequest, activities: Iterable[Activity]) -> tuple[_Target, ...]:
    """Return the targets of events: the work request, some of its activities, and one that it does not have."""
    unknown = numbered("A", [activity.id for activity in request.activities])
    return (request, *activities, Activity(unknown.sample, ANY_TYPE.sample))


class Stimuli:
    """The events to send to work requests.

    Args:
        activities: the number of activities that a create describes at most.
        with_states: whether types list states, and updates give states of every sort.
    """

    def __init__(self, activities: int, *, with_states: bool = False) -> None:
        self._activities = activities
        self._with_states = with_states
        # Each event is built once. To build the events for every state would make the proof take five times as long.
        self._cache: dict[tuple[object, ...], _Groups] = {}

    def fields_of(self, kind: EventKind, request: WorkRequest, target: _Target) -> Iterator[EventFields]:
        """Yield the fields to send: each variant of each field, with the first variants of the other fields.

        Args:
            kind: the kind of event.
            request: the work request.
            target: one of its `targets`.

        Returns:
            The fields without the sender. There are none if the kind of event is not for such a target.
        """
        first: EventFields = {}
        if isinstance(target, Activity):
            if not kind.may_be_for(Target.ACTIVITY):
                return
            ids = [activity.id for activity in request.activities]
            first["activity_id"] = Only(target.id) if target.id in ids else numbered("A", ids)
        elif kind.target is Target.ACTIVITY:
            return
        scope = Scope(request, target, self._activities, self._with_states)
        variants = {name: tuple(VARIANTS[name](scope)) for name in _own_fields(kind)}
        first.update({name: each[0] for name, each in variants.items()})
        yield first
        for name, (_, *others) in variants.items():
            yield from ({**first, name: other} for other in others)

    def for_state(self, request: WorkRequest | None, *, with_strangers: bool = True) -> Iterator[Event]:
        """Yield the events to send in a state. Of several activities with equal keys, only the first gets events.

        Args:
            request: a work request in the state. Pass None if it does not exist.
            with_strangers: whether parties send some of them that have nothing to do with the work request.
        """
        all_targets = targets(IMAGINED, ()) if request is None else targets(request, distinct_activities(request))
        for target in all_targets:
            for events in self._grouped(request, target, with_strangers).values():
                yield from events

    def again(self, event: Event, request: WorkRequest) -> tuple[Event, ...]:
        """Return the events to send after an event that led to the same state: the same event, and a similar one.

        Args:
            event: the event.
            request: the work request after it.
        """
        activity_id: str | None = getattr(event, "activity_id", None)
        target = request if activity_id is None else request.activity(activity_id)
        alike = self._grouped(request, target, True)[event.sender, permit_key(event)]
        return (event, *[each for each in alike if each != event][:1])

    def _grouped(self, request: WorkRequest | None, target: _Target, with_strangers: bool) -> _Groups:
        names: tuple[object, ...] = ()
        if request is not None:
            ids = [activity.id for activity in request.activities]
            names = (request.id, request.requestor, request.supplier, request.site_contact, request.schedule, *ids)
        key = (with_strangers, target if isinstance(target, Activity) else None, *names)
        groups = self._cache.get(key)
        if groups is None:
            groups = self._cache[key] = self._new_groups(request, target, with_strangers)
        return groups

    def _new_groups(self, request: WorkRequest | None, target: _Target, with_strangers: bool) -> _Groups:
        named_like = IMAGINED if request is None else request
        is_unknown = isinstance(target, Activity) and target not in named_like.activities
        groups: dict[tuple[Party, PermitKey], list[Event]] = defaultdict(list)
        fields_of: dict[EventKind, list[EventFields]] = {}
        for kind in KINDS.values():
            each = self.fields_of(kind, named_like, target)
            # One is enough if the target does not exist, and of creates if the work request exists.
            is_one_enough = is_unknown or (request is None) is not (kind.target is Target.NEW)
            fields_of[kind] = list(islice(each, 1) if is_one_enough else each)
        for sender in (*map(Only, involved(named_like)), *(strangers(named_like) if with_strangers else ())):
            for kind, all_fields in fields_of.items():
                for fields in all_fields:
                    event = sample_of(kind, named_like, {"sender": sender, **fields})
                    groups[event.sender, permit_key(event)].append(event)
        return groups
