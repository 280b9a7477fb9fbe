"""A log of any length with events of every kind, for tests and benchmarks of checking logs.

Scripts of events are computed with `decide` beforehand, and many work requests follow each script. So a line costs only
the formatting of its ids and its time.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from random import Random

import attrs

from histories import TYPES, Ask, asks, sent_by
from parties import AT, CHORUS, HOLDER, OWN, PARTIES, from_
from work_request_manager import AnyEvent, Category, NewActivity, Party, Refused, Status, WorkRequest, decide
from work_request_manager.events import CreateWorkRequest, UpdateActivityStatus, UpdateDetails
from work_request_manager.wire import encode_event

SCRIPTS = 300
MAX_LENGTH = 60
"""The number of events of a script. Most scripts are shorter, because their work request closes."""
MAX_INTERLEAVED = 1_000
"""The number of work requests that are interleaved."""
REFUSED, SENT_AGAIN, LATE = 1 / 3, 1 / 100, 1 / 100
"""The shares of events that are refused, that are sent twice, and that are earlier than the event before."""
VALUES = {"references": [{"type": "PONumber", "value": "4711"}, {"type": "Place", "value": "Māpua"}], "version": 3}
UNKNOWN = "A-9"
"""An activity that no work request has."""
ONWARD = {
    Category.OPEN: Category.ACTIVE,
    Category.ACTIVE: Category.PRACTICAL_COMPLETION,
    Category.PRACTICAL_COMPLETION: Category.CLOSED,
    Category.IN_REVIEW: Category.CLOSED,
}
"""The shortest way to the end. Scripts often take it, so that work requests close."""


def lines(events: int, seed: int) -> Iterator[bytes]:
    """Yield the lines of a log. Many work requests are interleaved, and most of them are closed at the end.

    Args:
        events: the number of lines.
        seed: the seed. The same seed gives the same log.
    """
    draw = Random(seed).random  # noqa: S311 - test data needs no secrecy
    scripts = _scripts(seed)
    running: list[tuple[bytes, Iterator[bytes]]] = [(b"", iter(()))] * max(1, min(MAX_INTERLEAVED, events // 200))
    created = 0
    first = minute = _minute(0)
    for number in range(events):
        if not number % 60:
            minute = _minute(number)
        index = int(draw() * len(running))
        request, script = running[index]
        template = next(script, None)
        if template is None:
            created += 1
            request, script = running[index] = b"WR-%d" % created, iter(scripts[int(draw() * SCRIPTS)])
            template = next(script)
        at = b"%b:%02dZ" % (first if draw() < LATE else minute, number % 60)
        yield template % (request, at, request)


@cache
def _scripts(seed: int) -> list[list[bytes]]:
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    return [[_template(event) for event in _script(random)] for _ in range(SCRIPTS)]


def _minute(seconds: int) -> bytes:
    return f"{AT + timedelta(seconds=seconds):%Y-%m-%dT%H:%M}".encode()


_FORMATTED = {
    b"%": b"%%",
    b'"taskId":"WR-1"': b'"taskId":"%b"',
    f'"at":"{AT:%Y-%m-%dT%H:%M:%SZ}"'.encode(): b'"at":"%b"',
    b'"eventId":"': b'"eventId":"%b-',
}


def _template(event: AnyEvent) -> bytes:
    """Return the line of an event as a template of its work request, its time, and its work request again."""
    line = encode_event(event)
    for text, formatted in _FORMATTED.items():
        line = line.replace(text, formatted)
    return line


def _script(random: Random) -> Iterator[AnyEvent]:
    """Yield the events of one work request. Their ids are numbers."""
    request: WorkRequest | None = None
    events: list[AnyEvent] = []
    while len(events) < MAX_LENGTH and not (request and request.is_closed and random.random() < REFUSED):
        if events and random.random() < SENT_AGAIN:
            event = events[-1]
        else:
            event = attrs.evolve(_drawn(random, request), event_id=f"{len(events)}")
            request = decide(request, event).work_request
        events.append(event)
        yield event


def _drawn(random: Random, request: WorkRequest | None) -> AnyEvent:
    """Return an event that is refused as often as REFUSED says, unless a few attempts do not find one."""
    is_to_be_refused = random.random() < REFUSED
    for _ in range(30):
        event = _any_event(random, request)
        if isinstance(decide(request, event), Refused) is is_to_be_refused:
            break
    return event


def _any_event(random: Random, request: WorkRequest | None) -> AnyEvent:
    if request is None and random.random() < 0.5:
        return _creation(random)
    holder = Party.supplier(request.supplier) if request else HOLDER
    activities = request.activities if request else ()
    still_open = [activity for activity in activities if not activity.is_closed]
    if still_open and random.random() < 0.5:
        activity = random.choice(still_open)
        status = Status(ONWARD[activity.status.category])
        return UpdateActivityStatus(**from_(holder, activity_id=activity.id, status=status))
    kind, own = random.choice(random.choice(random.choice(_by_kind(tuple(activity.id for activity in activities)))))
    values = {"values": VALUES} if kind is UpdateDetails else {}
    return sent_by(random.choice((*PARTIES, holder, CHORUS)), (kind, {**own, **values}))


@cache
def _by_kind(activity_ids: tuple[str, ...]) -> list[list[list[Ask]]]:
    """Return events for a work request with these activities, by kind and target."""
    by_target = asks((*activity_ids, UNKNOWN))
    kinds = dict.fromkeys(target[0] for target in by_target)
    return [[by_target[target] for target in by_target if target[0] is kind] for kind in kinds]


def _creation(random: Random) -> AnyEvent:
    """Return a create event. It can be wrong: without activities, with a repeated id, or with a started activity."""
    activities = [NewActivity(f"A-{number}", random.choice(TYPES)) for number in range(1, random.choice((2, 2, 3, 4)))]
    started = NewActivity("A-1", activities[0].type, Status(Category.ACTIVE))
    activities = random.choice((activities, activities, activities, [], activities * 2, [started]))
    given = from_(random.choice((CHORUS, OWN)), requestor=OWN.id, supplier=HOLDER.id)
    return CreateWorkRequest(**given, activities=tuple(activities))
