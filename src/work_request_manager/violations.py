"""Violations: the broken rules of a judgement, each with its facts and the sentence that explains it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from work_request_manager._values import MAX_ITEMS, ValueObject, short_list, short_text
from work_request_manager.events import Event
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import (
    Activity,
    ActivityType,
    Allocation,
    Party,
    Role,
    Section,
    Status,
    WorkRequest,
    repeated_ids,
)
from work_request_manager.rules import Listing, Rule, been_active


@attrs.frozen(eq=False, repr=False)
class Violation(ValueObject):
    """A broken rule, and why it is broken here.

    Args:
        rule: the rule.
        reason: one sentence that names the actual values. It is the rule's message, filled with the facts.
        facts: the values by name, as plain values that JSON can hold. The names are those of `rule.fact_names`. A fact
            that does not apply is None. Long texts and lists are cut.
    """

    rule: Rule
    reason: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.rule} ({self.rule.citation}): {self.reason}"

    def __hash__(self) -> int:
        return hash((self.rule, self.reason))


Entry = tuple[str, ActivityType, Status, Activity | None]
"""An activity that a violation lists: id, type, status, and the activity itself, or None if it is new.

The status is the one that the event gives it, if the violation is about the event.
"""


class MessageContext(NamedTuple):
    """The subject of a violation: an event, or a candidate, which has no event yet."""

    work_request_id: str
    work_request: WorkRequest | None
    sender: Party
    kind: EventKind
    activity_id: str | None
    activity: Activity | None
    status: Status | None
    section: Section | None
    event: Event | None = None

    def listed(self, listing: Listing) -> tuple[list[Entry], int]:
        """Return the first activities that a violation lists, and how many it lists in all."""
        entries = [entry for entry in self._entries(listing) if listing.selects(*entry[1:])]
        return entries[:MAX_ITEMS], len(entries)

    def _entries(self, listing: Listing) -> Iterable[Entry]:
        if not listing.of_event:
            assert self.work_request is not None, "a rule that lists existing activities needs a work request"
            return [(each.id, each.type, each.status, each) for each in self.work_request.activities]
        if self.kind.new_activities is not None:
            return [(each.id, each.type, each.status, None) for each in self.kind.new_activities(self.event)]
        assert self.activity is not None
        assert self.status is not None, "an event that gives no status breaks no rule on states"
        return [(self.activity.id, self.activity.type, self.status, self.activity)]

    def has_activity(self, activity_id: str) -> bool:
        """Return whether the work request has an activity with this id before the event."""
        is_new = self.work_request is None or self.kind.target is Target.NEW
        return not is_new and any(each.id == activity_id for each in self.work_request.activities)  # type: ignore[union-attr]  # it exists

    def new_ids(self) -> list[str]:
        """Return the ids of the new activities that the event describes."""
        return [each.id for each in self.kind.new_activities(self.event)]  # type: ignore[misc]  # the kind has some

    def kept_reason(self) -> str | None:
        """Return the reason for which the work request is rejected. None if it is not."""
        return None if self.work_request is None else self.work_request.rejection_reason

    def own(self, field: str) -> Any:
        """Return the value of a field of the event. None if there is no event, or it has no such field."""
        return getattr(self.event, field, None)


def context_of(work_request: WorkRequest | None, kind: EventKind, event: Event) -> MessageContext:
    """Return the message context of an event for a work request."""
    activity_id, status, section = (getattr(event, name, None) for name in ("activity_id", "status", "section"))
    known = () if work_request is None or activity_id is None else work_request.activities
    activity = next((each for each in known if each.id == activity_id), None)
    return MessageContext(
        event.work_request_id, work_request, event.sender, kind, activity_id, activity, status, section, event
    )


def explain(rules: Iterable[Rule], context: MessageContext) -> tuple[Violation, ...]:
    """Return a violation for each of the rules that are broken."""
    return tuple(_violation(rule, context) for rule in rules)


def _violation(rule: Rule, context: MessageContext) -> Violation:
    known = _Facts(rule, context)
    facts = {name: known[name] for name in rule.fact_names}
    return Violation(rule, rule.message.format_map(facts), facts)


class _Facts(dict[str, Any]):
    """The facts of a violation, each computed when it is first read."""

    def __init__(self, rule: Rule | None, context: MessageContext) -> None:
        super().__init__()
        self._rule = rule
        self._context = context

    def __missing__(self, name: str) -> Any:
        read = FACTS.get(name)
        if read is not None:
            value = self[name] = read(self._context)
            return value
        assert self._rule is not None
        assert self._rule.listing is not None, f"{name} is a fact of rules that list activities"
        self.update(listed_facts(self._rule.listing, self._context))
        return self[name]


def _text(value: str | None) -> str | None:
    return None if value is None else short_text(value)


def _phrase(template: str, context: MessageContext) -> str:
    return template.format_map(_Facts(None, context))


def target_text(work_request_id: str, activity_id: str | None) -> str:
    """Return the target of an event as sentences name it: an activity, or the work request if there is none."""
    return (
        f"work request {short_text(work_request_id)}" if activity_id is None else f"activity {short_text(activity_id)}"
    )


def _supplier(context: MessageContext) -> str | None:
    return None if context.work_request is None else short_text(context.work_request.supplier)


def _requestor(context: MessageContext) -> str:
    owner: Any = context.event if context.kind.target is Target.NEW else context.work_request
    return short_text(owner.requestor)


def _allocation(context: MessageContext) -> str | None:
    return None if context.work_request is None else context.work_request.allocation.value


def _rejection_reason(context: MessageContext) -> str | None:
    given = context.own("reason")
    return _text(context.kept_reason() if given is None else given)


def _situation(context: MessageContext) -> str:
    reason = _rejection_reason(context)
    return "already has it" if reason is None else f"rejected it for {reason}"


def _holder(context: MessageContext) -> str:
    request = context.work_request
    assert request is not None, "a supplier holds, or fails to hold, a work request that exists"
    return holder_text(request.id, request.supplier, is_rejected=request.allocation is Allocation.REJECTED)


def holder_text(work_request_id: str, supplier: str, *, is_rejected: bool) -> str:
    """Return the words about the supplier that holds a work request, or that rejected it."""
    request_id, supplier = short_text(work_request_id), short_text(supplier)
    if is_rejected:
        return f"no supplier holds work request {request_id}, because {supplier} rejected it"
    return f"supplier {supplier} holds work request {request_id}"


def allowed_text(kind: EventKind) -> str:
    """Return the words about who may send a kind of event."""
    names = {Role.WORK_SUPPLIER: "the supplier", Role.WORK_REQUESTOR: "the requestor", Role.CHORUS: "Chorus"}
    return " or ".join(names[role] for role in kind.senders)


def _of_activity(read: Callable[[Activity], Any]) -> Callable[[MessageContext], Any]:
    return lambda context: None if context.activity is None else read(context.activity)


def _of_status(read: Callable[[Status], Any]) -> Callable[[MessageContext], Any]:
    return lambda context: None if context.status is None else read(context.status)


def _repeated(context: MessageContext) -> tuple[str, ...]:
    new = context.new_ids()
    return repeated_ids([*filter(context.has_activity, dict.fromkeys(new)), *new])


def _repeated_text(context: MessageContext) -> str:
    ids = _repeated(context)
    return short_list(map(short_text, ids[:MAX_ITEMS]), len(ids))


FACTS: Mapping[str, Callable[[MessageContext], Any]] = {
    "event": lambda context: context.kind.wire_names[context.section],
    "work_request_id": lambda context: _text(context.work_request_id),
    "activity_id": lambda context: _text(context.activity_id),
    "sender": lambda context: str(context.sender),
    "sender_role": lambda context: context.sender.role.value,
    "sender_id": lambda context: _text(context.sender.id),
    # The wording of the event
    "action": lambda context: _phrase(context.kind.active, context),
    "passive_action": lambda context: _phrase(context.kind.passive, context),
    "target": lambda context: target_text(context.work_request_id, context.activity_id),
    "allowed": lambda context: allowed_text(context.kind),
    "allowed_roles": lambda context: [role.value for role in context.kind.senders],
    # The event's own values
    "section": lambda context: _text(context.section),
    "requested_category": _of_status(lambda status: status.category.value),
    "requested_state": _of_status(lambda status: _text(status.state)),
    "requested_status": _of_status(str),
    "new_supplier": lambda context: _text(context.own("supplier")),
    "new_type": lambda context: None if context.own("type") is None else _text(context.own("type").code),
    "worker": lambda context: _text(context.own("worker")),
    "outcome": lambda context: None if context.own("outcome") is None else _text(context.own("outcome").code),
    "rejection_reason": _rejection_reason,
    "repeated_ids": lambda context: [*map(short_text, _repeated(context)[:MAX_ITEMS])],
    "repeated": _repeated_text,
    # The work request and the activity
    "requestor": _requestor,
    "supplier": _supplier,
    "allocation": _allocation,
    "situation": _situation,
    "holder": _holder,
    "activity_type": _of_activity(lambda activity: _text(activity.type.code)),
    "category": _of_activity(lambda activity: activity.status.category.value),
    "state": _of_activity(lambda activity: _text(activity.status.state)),
    "status": _of_activity(lambda activity: str(activity.status)),
    "has_been_active": _of_activity(lambda activity: activity.has_been_active),
    "been_active": _of_activity(been_active),
}
"""The value of each fact, except those of listings."""


def listed_facts(listing: Listing, context: MessageContext) -> dict[str, Any]:
    """Return the facts about the activities that a violation lists."""
    first, count = context.listed(listing)
    return {
        "activities": [_listed_activity(*entry) for entry in first],
        "activity_count": count,
        "listing": listing_text(listing, first, count),
    }


def listing_text(listing: Listing, first: Iterable[Entry], count: int) -> str:
    """Return the words about the activities that a violation lists, from the first ones and how many there are."""
    return short_list([listing.item(*entry) for entry in first], count, listing.separator)


def _listed_activity(id: str, type: ActivityType, status: Status, activity: Activity | None) -> dict[str, Any]:
    return {
        "id": short_text(id),
        "type": short_text(type.code),
        "category": status.category.value,
        "state": short_text(status.state),
        "has_been_active": activity is not None and activity.has_been_active,
    }
