"""A log of any length with events of every kind, for tests and benchmarks of checking logs.

How a request can go is walked with `decide` beforehand, as a script of events, and many requests follow each script.
So a line costs no more than filling in its ids and its time.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from random import Random

import attrs

from histories import TYPES, asks, sent_by
from parties import AT, CHORUS, HOLDER, OWN, PARTIES, from_
from work_request_manager import Activity, Category, Event, Party, Refused, Status, WorkRequest, decide
from work_request_manager.events import CreateWorkRequest, UpdateActivityStatus, UpdateDetails, new_activity
from work_request_manager.wire import encode_event

SCRIPTS = 500
LONGEST = 60
"""The events of a script, at most; most end before that, when their request has closed."""
MOST_UNDER_WAY = 1_000
"""The requests that take turns, at most."""
REFUSED, SENT_AGAIN, LATE = 1 / 3, 1 / 100, 1 / 100
"""The shares of events that are refused, sent a second time, and dated before what came before them."""
VALUES = {"references": [{"type": "PONumber", "value": "4711"}, {"type": "Place", "value": "Māpua"}], "version": 3}
UNKNOWN = "A-9"
"""An activity that no request has."""
ONWARD = {
    Category.OPEN: Category.ACTIVE,
    Category.ACTIVE: Category.PRACTICAL_COMPLETION,
    Category.PRACTICAL_COMPLETION: Category.CLOSED,
    Category.IN_REVIEW: Category.CLOSED,
}
"""The short way to the end; scripts go it now and then, so that requests close."""


def lines(events: int, seed: int) -> Iterator[bytes]:
    """Yield the lines of a log of this many events; the same for the same seed.

    Many requests take turns, a third of the events is refused, and by the end most requests are closed.
    """
    draw = Random(seed).random  # noqa: S311 - drawing test data needs no secrecy
    scripts = _scripts(seed)
    turns: list[tuple[bytes, Iterator[bytes]]] = [(b"", iter(()))] * max(1, min(MOST_UNDER_WAY, events // 200))
    begun = 0
    first = minute = _minute(0)
    for number in range(events):
        if not number % 60:
            minute = _minute(number)
        turn = int(draw() * len(turns))
        request, script = turns[turn]
        template = next(script, None)
        if template is None:
            begun += 1
            request, script = turns[turn] = b"WR-%d" % begun, iter(scripts[int(draw() * SCRIPTS)])
            template = next(script)
        at = b"%b:%02dZ" % (first if draw() < LATE else minute, number % 60)
        yield template % (request, at, request)


@cache
def _scripts(seed: int) -> list[list[bytes]]:
    random = Random(seed)  # noqa: S311 - as above
    return [[_template(event) for event in _script(random)] for _ in range(SCRIPTS)]


def _minute(seconds: int) -> bytes:
    return f"{AT + timedelta(seconds=seconds):%Y-%m-%dT%H:%M}".encode()


_LEFT_OUT = {
    b"%": b"%%",
    b'"taskId":"WR-1"': b'"taskId":"%b"',
    f'"at":"{AT:%Y-%m-%dT%H:%M:%SZ}"'.encode(): b'"at":"%b"',
    b'"eventId":"': b'"eventId":"%b-',
}


def _template(event: Event) -> bytes:
    """Return the line of an event in which its request, its time, and its request once more are to be filled in."""
    line = encode_event(event)
    for given, left_out in _LEFT_OUT.items():
        line = line.replace(given, left_out)
    return line


def _script(random: Random) -> Iterator[Event]:
    """Yield the events of one way for a request to go; ids of events are numbers."""
    request: WorkRequest | None = None
    events: list[Event] = []
    while len(events) < LONGEST and not (request and request.is_closed and random.random() < REFUSED):
        if events and random.random() < SENT_AGAIN:
            event = events[-1]
        else:
            event = attrs.evolve(_drawn(random, request), event_id=f"{len(events)}")
        request = decide(request, event).work_request
        events.append(event)
        yield event


def _drawn(random: Random, request: WorkRequest | None) -> Event:
    """Return an event that is refused or is not, as the shares want it, if one was soon found."""
    is_to_be_refused = random.random() < REFUSED
    for _ in range(30):
        event = _any_event(random, request)
        if isinstance(decide(request, event), Refused) is is_to_be_refused:
            break
    return event


def _any_event(random: Random, request: WorkRequest | None) -> Event:
    if request is None and random.random() < 0.5:
        return _creation(random)
    holder = Party.supplier(request.supplier) if request else HOLDER
    activities = request.activities if request else ()
    still_open = [activity for activity in activities if not activity.is_closed]
    if still_open and random.random() < 0.5:
        activity = random.choice(still_open)
        status = Status(ONWARD[activity.status.category])
        return UpdateActivityStatus(**from_(holder, activity_id=activity.id, status=status))
    by_target = asks((*(activity.id for activity in activities), UNKNOWN))
    kinds = {target[0]: [each for each in by_target if each[0] is target[0]] for target in by_target}
    kind, own = random.choice(by_target[random.choice(random.choice(list(kinds.values())))])
    values = {"values": VALUES} if kind is UpdateDetails else {}
    return sent_by(random.choice((*PARTIES, holder, CHORUS)), (kind, {**own, **values}))


def _creation(random: Random) -> Event:
    """Return a creation, which may be wrong: of no activities, two with one id, or one that has started."""
    activities = [Activity(f"A-{number}", random.choice(TYPES)) for number in range(1, random.choice((2, 2, 3, 4)))]
    started = new_activity("A-1", activities[0].type, Status(Category.ACTIVE))
    activities = random.choice((activities, activities, activities, [], activities * 2, [started]))
    given = from_(random.choice((CHORUS, OWN)), requestor=OWN.id, supplier=HOLDER.id)
    return CreateWorkRequest(**given, activities=tuple(activities))
