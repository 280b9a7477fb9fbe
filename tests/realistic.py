"""A log like that of a production system, for benchmarks.

Tens of thousands of work requests are open at once, each line has an event id, and 1 to 2 % of the lines have findings.
The texts, such as ids, workers and contacts, rarely recur.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

OPEN = 30_000
"""The number of work requests that are open at once."""
SENT_AGAIN, LATE = 0.003, 0.001
"""The shares of lines that are sent twice, and that are days earlier than the line before."""
TYPES = ("FIBRE_CONNECT", "COPPER_REPAIR", "SITE_VISIT", "SURVEY", "SPLICE")
TYPES_TO_CANCEL = ("COPPER_REPAIR", "SITE_VISIT")
OPEN_STATES = ("Scheduled", "Assigned", "Dispatched", "AwaitingAccess")
ACTIVE_STATES = ("Travelling", "OnSite", "InProgress", "Testing", "Paused")
OUTCOMES = ("CONNECTED", "SPEED_TESTED", "NO_ACCESS")
CHORUS = '{"role":"Chorus","id":"chorus"}'

Part = tuple[str, str, str]
"""A line without its ids and its time: the event, the sender, and its own fields, each after a comma."""


def lines(events: int, seed: int = 7, open_: int = OPEN) -> Iterator[bytes]:
    """Yield the lines of a log. The same seed gives the same log.

    Args:
        events: the number of lines.
        seed: the seed.
        open_: the number of work requests that are open at once.
    """
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    start = datetime(2026, 3, 1, tzinfo=UTC)
    running: list[tuple[str, Iterator[Part]]] = []
    created = written = seconds = 0
    again: bytes | None = None
    while written < events:
        if again is not None:
            line, again = again, None
        else:
            slot = random.randrange(open_)
            part = next(running[slot][1], None) if slot < len(running) else None
            if part is None:
                created += 1
                begun = f"WR-{400_000_000 + created:09}", _script(random)
                slot = min(slot, len(running))
                running[slot : slot + 1] = [begun]
                part = next(begun[1])
            seconds += random.random() < 0.7
            at = start + timedelta(seconds=seconds - 400_000 * (random.random() < LATE))
            line = _line(random, running[slot][0], at, part)
            again = line if random.random() < SENT_AGAIN else None
        written += 1
        yield line


def _line(random: Random, request: str, at: datetime, part: Part) -> bytes:
    name, sender, own = part
    bits = f"{random.getrandbits(128):032x}"
    event_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
    head = f'{{"event":"{name}","taskId":"{request}","sender":{sender},"at":"{at:%Y-%m-%dT%H:%M:%SZ}"'
    return f'{head},"eventId":"{event_id}"{own}}}'.encode()


def _script(random: Random) -> Iterator[Part]:
    """Yield the events of one work request, from its creation to its end."""
    requestor = f"rsp-{random.randrange(90):03}"
    supplier = f"supplier-{random.randrange(12):02}"
    from_requestor = f'{{"role":"WorkRequestor","id":"{requestor}"}}'
    from_supplier = f'{{"role":"WorkSupplier","id":"{supplier}"}}'
    ids = [f"A-{number}" for number in range(1, 1 + random.choices([1, 2, 3], [75, 20, 5])[0])]
    activities = ",".join(f'{{"id":"{each}","type":{_type(random)}}}' for each in ids)
    own = f',"requestor":"{requestor}","supplier":"{supplier}","activities":[{activities}]'
    yield "CreateTaskEvent", from_requestor, own
    if random.random() < 0.02:
        yield "RejectTaskEvent", from_supplier, ',"reason":"WrongSupplier"'
        supplier = f"supplier-{random.randrange(12):02}"
        yield "ReallocateTaskEvent", CHORUS, f',"supplier":"{supplier}"'
        from_supplier = f'{{"role":"WorkSupplier","id":"{supplier}"}}'
    yield "AcceptTaskEvent", from_supplier, ""
    if random.random() < 0.3:
        number, phone = random.randrange(10**6), random.randrange(10**6)
        contact = f',"contact":{{"name":"Contact {number}","phone":"+64 21 {phone:06}"}}'
        yield "UpdateTaskSiteContactEvent", from_requestor, contact
    if random.random() < 0.4:
        day = f"2026-03-{random.randrange(1, 28):02}"
        schedule = f',"schedule":{{"earliestStart":"{day}T20:00:00Z","latestEnd":"{day}T23:00:00Z"}}'
        yield "UpdateTaskScheduleEvent", from_supplier, schedule
    if random.random() < 0.03:
        yield "PutOnHoldTaskEvent", from_requestor, ""
        yield "ResumeTaskEvent", from_requestor, ""
    for each in ids:
        for kind, own in _activity_script(random):
            yield f"UpdateTaskActivity{kind}Event", from_supplier, f',"activityId":"{each}"{own}'


def _activity_script(random: Random) -> Iterator[tuple[str, str]]:
    """Yield the events of one activity. One activity in ten has an event that breaks a rule."""
    fault = random.randrange(50)
    yield "Worker", f',"worker":"worker-{random.randrange(800):04}"'
    yield _status("Open", random.choice(OPEN_STATES))
    if fault == 0:  # never active
        yield _status("PracticalCompletion", "WorkDone")
    else:
        for state in random.sample(ACTIVE_STATES, random.choice((1, 2, 2, 3, 4))):
            yield _status("Active", state)
        yield "Outcomes", f',"outcome":{{"code":"{random.choice(OUTCOMES)}"}}'
        if fault == 1:  # closed without being completed
            yield _status("Closed", "Completed")
        yield _status("PracticalCompletion", "WorkDone")
        if fault in (2, 3):  # back to work
            yield _status("Active", "OnSite")
        if random.random() < 0.1:
            yield _status("InReview", "QualityCheck")
    yield _status("Closed", "Completed")
    if fault == 4:  # after the end
        yield _status("Active", "OnSite")


def _status(category: str, state: str) -> tuple[str, str]:
    return "Status", f',"status":{{"category":"{category}","state":"{state}"}}'


def _type(random: Random) -> str:
    code = random.choice(TYPES)
    return f'{{"code":"{code}","workSupplierAllowedToCancel":{"true" if code in TYPES_TO_CANCEL else "false"}}}'
