"""A checker as one would write it by hand: status updates only, the stated rules only, no messages.

The benchmark of logs compares `log.check` with it. It decodes what it reads with msgspec and keeps dictionaries. It
recognises redeliveries, but no other event than creates, additions and status updates, and no repeats in other fields.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec


class _Sender(msgspec.Struct):
    role: str
    id: str


class _Type(msgspec.Struct):
    code: str
    workSupplierAllowedToCancel: bool = False  # noqa: N815 - as in JSON


class _Activity(msgspec.Struct):
    id: str
    type: _Type


class _Status(msgspec.Struct):
    category: str
    state: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    event: str
    task_id: str
    sender: _Sender
    at: str
    event_id: str | None = None
    activity_id: str | None = None
    activities: list[_Activity] = []
    activity: _Activity | None = None
    supplier: str | None = None
    status: _Status | None = None


def broken_rules(lines: Iterable[bytes]) -> Counter[str]:
    """Return the number of lines that break each rule."""
    decode = msgspec.json.Decoder(_Event).decode
    statuses: dict[tuple[str, str], Any] = {}
    suppliers: dict[str, str | None] = {}
    seen: set[tuple[str, str]] = set()
    last: dict[str, datetime] = {}
    found: Counter[str] = Counter()
    for data in lines:
        line = decode(data)
        task, at = line.task_id, datetime.fromisoformat(line.at)
        if line.event_id is not None:
            if (task, line.event_id) in seen:
                found["WRM602"] += 1
                continue
            seen.add((task, line.event_id))
        if at < last.get(task, at):
            found["WRM601"] += 1
        last[task] = at
        if line.supplier is not None:
            suppliers[task] = line.supplier
        for new in line.activities if line.activity is None else [line.activity]:
            statuses[task, new.id] = ("Open", "Open", False, new.type.workSupplierAllowedToCancel)
        if line.event != "UpdateTaskActivityStatusEvent" or line.status is None or line.activity_id is None:
            continue
        key, category = (task, line.activity_id), line.status.category
        if key not in statuses:
            found["WRM403" if task in suppliers else "WRM401"] += 1
            continue
        now, state, has_been_active, may_cancel = statuses[key]
        new_state, rule = line.status.state or category, None
        if line.sender.role != "WorkSupplier":
            rule = "WRM301"
        elif line.sender.id != suppliers[task]:
            rule = "WRM302"
        elif (category, new_state) == (now, state):
            continue
        elif now == "Closed":
            rule = "WRM201"
        elif now in ("PracticalCompletion", "InReview"):
            rule = None if category in ("InReview", "Closed") else "WRM202"
        elif category == "Closed":
            rule = "WRM208" if now == "Active" else "WRM204" if has_been_active else None if may_cancel else "WRM203"
        if rule is not None:
            found[rule] += 1
        else:
            statuses[key] = (category, new_state, has_been_active or category == "Active", may_cancel)
    return found
