"""The values of the domain: a work request, its activities, and their parts.

Every class is frozen, equal by value, and checks itself when it is built. A value that contradicts itself cannot be
built. A value that only a rule forbids can be: a service may have stored it before it used this library.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import attrs

from work_request_manager._values import (
    MAX_ITEMS,
    FrozenDict,
    ValueObject,
    WireEnum,
    as_optional_utc,
    as_tuple,
    frozen_json,
    instance_of,
    non_empty_text,
    note_text,
    optional,
    require_type,
    short_list,
    short_repr,
    short_text,
    tuple_of,
    utc_datetime,
)
from work_request_manager.errors import FieldValueError


class Category(WireEnum):
    """The category of an activity's status. Rules read only the category, never the state."""

    OPEN = "Open"
    ACTIVE = "Active"
    PRACTICAL_COMPLETION = "PracticalCompletion"
    IN_REVIEW = "InReview"
    CLOSED = "Closed"


class Closure(WireEnum):
    """How a closed activity was closed."""

    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


class Allocation(WireEnum):
    """The supplier's answer to a work request so far."""

    SENT = "Sent"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class RejectionReason(WireEnum):
    """The reasons for which a supplier may reject a work request (FAQ 1)."""

    WRONG_SUPPLIER = "WrongSupplier"
    DUPLICATE = "Duplicate"
    INVENTORY_ISSUE = "InventoryIssue"
    SITE_ISSUE = "SiteIssue"


class Role(WireEnum):
    """The part that a party plays."""

    WORK_REQUESTOR = "WorkRequestor"
    WORK_SUPPLIER = "WorkSupplier"
    CHORUS = "Chorus"


class Section(WireEnum):
    """A section of a work request's details."""

    SOURCE = "Source"
    ASSETS = "Assets"
    SUPPLEMENTARY_REFERENCES = "SupplementaryReferences"
    FILE_ATTACHMENTS = "FileAttachments"
    ADDITIONAL_INFOS = "AdditionalInfos"


class SenderRelation(WireEnum):
    """The relation of an event's sender to the work request."""

    CHORUS = "Chorus"
    OWN_REQUESTOR = "the request's own requestor"
    OTHER_REQUESTOR = "another requestor"
    HOLDING_SUPPLIER = "the holding supplier"
    OTHER_SUPPLIER = "a supplier that does not hold the request"

    @property
    def role(self) -> Role:
        """The role of such a sender."""
        return _ROLES[self]


_ROLES = {
    SenderRelation.CHORUS: Role.CHORUS,
    SenderRelation.OWN_REQUESTOR: Role.WORK_REQUESTOR,
    SenderRelation.OTHER_REQUESTOR: Role.WORK_REQUESTOR,
    SenderRelation.HOLDING_SUPPLIER: Role.WORK_SUPPLIER,
    SenderRelation.OTHER_SUPPLIER: Role.WORK_SUPPLIER,
}

# Bound once, because deciding reads them for every event: Python 3.11 looks members of a class up slowly.
_OPEN, _CLOSED, _CHORUS = Category.OPEN, Category.CLOSED, Role.CHORUS.value


@attrs.frozen(eq=False, repr=False)
class Party(ValueObject):
    """A sender of events: a role and an id. No rule reads the id of Chorus."""

    role: Role = attrs.field(validator=instance_of(Role))
    id: str = attrs.field(validator=non_empty_text)

    @classmethod
    def supplier(cls, id: str) -> "Party":
        """Return the work supplier with this id."""
        return cls(Role.WORK_SUPPLIER, id)

    @classmethod
    def requestor(cls, id: str) -> "Party":
        """Return the work requestor with this id."""
        return cls(Role.WORK_REQUESTOR, id)

    @classmethod
    def chorus(cls) -> "Party":
        """Return Chorus."""
        return cls(Role.CHORUS, "chorus")

    def __str__(self) -> str:
        return party_text(self.role, self.id)


def party_text(role: str, id: str) -> str:
    """Return a party as sentences name it, from its role or the name of its role."""
    # Joined with +, because formatting a member of an enumeration is ten times as slow.
    return str.__str__(role) if role == _CHORUS else role + " " + short_text(id)


def _empty_if_none(text: str | None) -> str:
    return "" if text is None else text


@attrs.frozen(repr=False)  # with the equality that attrs generates, which is faster: each status update is compared
class Status(ValueObject):
    """A category and a state, which is free text.

    Args:
        category: the part of a status that the rules read.
        state: free text of the supplier. Pass None or "" if there is none: the state is then the category's name.
    """

    category: Category = attrs.field(validator=instance_of(Category))
    state: str = attrs.field(default=None, converter=_empty_if_none, validator=instance_of(str))

    def __attrs_post_init__(self) -> None:
        if not self.state:
            object.__setattr__(self, "state", self.category.value)

    def __str__(self) -> str:
        return status_text(self.category, self.state)


def status_text(category: str, state: str) -> str:
    """Return a status as sentences name it, from its category or the name of its category."""
    return str.__str__(category) if state == category else category + " (" + short_text(state) + ")"


def _frozen_states(states: Mapping[str, Category] | None) -> Mapping[str, Category] | None:
    if isinstance(states, Mapping):
        return FrozenDict(states) if states else None
    return states


@attrs.frozen(eq=False, repr=False)
class ActivityType(ValueObject):
    """A kind of activity, as it is configured.

    Args:
        code: its name in the configuration.
        work_supplier_allowed_to_cancel: whether a supplier may cancel untouched activities of this type (FAQ 4).
        states: each known state and the category that it belongs to. Pass None to allow any state in any category.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: a state is empty, or a category's name is listed under another category.
    """

    code: str = attrs.field(validator=non_empty_text)
    work_supplier_allowed_to_cancel: bool = attrs.field(default=False, validator=instance_of(bool))
    states: Mapping[str, Category] | None = attrs.field(
        default=None, converter=_frozen_states, validator=optional(instance_of(FrozenDict))
    )

    @states.validator
    def _check_states(self, _field: object, states: Mapping[str, Category] | None) -> None:
        for state, category in (states or {}).items():
            require_type("states", state, str)
            require_type(f"states[{short_repr(state)}]", category, Category)
            if not state:
                raise FieldValueError("states", "lists the state ''; give it at least one character")
            if _CATEGORY_NAMES.get(state, category) is not category:
                raise FieldValueError(
                    f"states[{short_repr(state)}]",
                    f"is {category.value!r}, but {state} is itself the name of a category; rename the state",
                )

    def category_of(self, state: str) -> Category | None:
        """Return the category that a state is listed under, or None if it is not listed.

        The names of the five categories count as listed, each under its own category.
        """
        return _CATEGORY_NAMES.get(state) or (self.states or {}).get(state)

    def lists(self, status: Status) -> bool:
        """Return whether the type lists the state of a status, or lists no states at all (WRM406)."""
        return self.states is None or self.category_of(status.state) is not None

    def fits(self, status: Status) -> bool:
        """Return False if the type lists the state of a status under another category (WRM407)."""
        return self.states is None or self.category_of(status.state) in (None, status.category)


_CATEGORY_NAMES: Mapping[str, Category] = {category.value: category for category in Category}


@attrs.frozen(eq=False, repr=False)
class Outcome(ValueObject):
    """A result that the supplier records before an activity closes (FAQ 3).

    Args:
        code: its name in the configuration.
        note: free text of up to 5,000 characters.
    """

    code: str = attrs.field(validator=non_empty_text)
    note: str | None = attrs.field(default=None, validator=optional(note_text))


@attrs.frozen(eq=False, repr=False)
class SiteContact(ValueObject):
    """The person to call at the site."""

    name: str = attrs.field(validator=non_empty_text)
    phone: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    email: str | None = attrs.field(default=None, validator=optional(instance_of(str)))


@attrs.frozen(eq=False, repr=False)
class Schedule(ValueObject):
    """The time in which the work may be done: a start, an end, or both in order.

    Args:
        earliest_start: an aware datetime of any offset, kept as UTC.
        latest_end: an aware datetime of any offset, kept as UTC.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: both are missing, the end is before the start, or a time has no zone.
    """

    earliest_start: datetime | None = attrs.field(
        default=None, converter=as_optional_utc, validator=optional(utc_datetime)
    )
    latest_end: datetime | None = attrs.field(default=None, converter=as_optional_utc, validator=optional(utc_datetime))

    def __attrs_post_init__(self) -> None:
        if self.earliest_start is None and self.latest_end is None:
            raise FieldValueError(
                "earliest_start", "is missing, and the schedule has no end; give a start, an end or both"
            )
        if self.earliest_start is not None and self.latest_end is not None and self.latest_end < self.earliest_start:
            raise FieldValueError(
                "latest_end",
                f"is {self.latest_end.isoformat()}, before the start {self.earliest_start.isoformat()}; swap them",
            )


@attrs.frozen(eq=False, repr=False)
class NewActivity(ValueObject):
    """An activity as a create or add event describes it.

    Args:
        id: unique within its work request.
        type: the kind of work.
        status: where it starts. The rules allow only the category Open (WRM408).
    """

    id: str = attrs.field(validator=non_empty_text)
    type: ActivityType = attrs.field(validator=instance_of(ActivityType))
    status: Status = attrs.field(default=Status(Category.OPEN), validator=instance_of(Status))


def _as_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return as_tuple(outcomes)


@attrs.frozen(eq=False, repr=False)
class Activity(ValueObject):
    """One piece of field work, at any point of its life.

    Args:
        id: unique within its work request.
        type: the kind of work.
        status: its category and state.
        has_been_active: whether it ever was in the category Active. Once true, it stays true.
        outcomes: the recorded results, oldest first.
        schedule: the agreed time. None if there is none.
        cancellation_requested: whether someone requested its cancellation (FAQ 5).
        worker: the person who does the work. None if unknown.
        closure: how it was closed. Required if it is closed, otherwise None.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: two values contradict each other.
    """

    id: str = attrs.field(validator=non_empty_text)
    type: ActivityType = attrs.field(validator=instance_of(ActivityType))
    status: Status = attrs.field(default=Status(Category.OPEN), validator=instance_of(Status))
    has_been_active: bool = attrs.field(default=False, validator=instance_of(bool))
    outcomes: tuple[Outcome, ...] = attrs.field(default=(), converter=_as_outcomes, validator=tuple_of(Outcome))
    schedule: Schedule | None = attrs.field(default=None, validator=optional(instance_of(Schedule)))
    cancellation_requested: bool = attrs.field(default=False, validator=instance_of(bool))
    worker: str | None = attrs.field(default=None, validator=optional(non_empty_text))
    closure: Closure | None = attrs.field(default=None, validator=optional(instance_of(Closure)))

    def __attrs_post_init__(self) -> None:
        if self.status.category is Category.ACTIVE and not self.has_been_active:
            raise FieldValueError(
                "has_been_active", f"is False, but {short_text(self.id)} is {self.status}; set it to True"
            )
        if self.is_closed and self.closure is None:
            raise FieldValueError(
                "closure", f"is None, but {short_text(self.id)} is {self.status}; set it to Completed or Cancelled"
            )
        if not self.is_closed and self.closure is not None:
            raise FieldValueError(
                "closure",
                f"is {self.closure.value!r}, but {short_text(self.id)} is {self.status};"
                " leave it out until it is closed",
            )

    @property
    def is_closed(self) -> bool:
        """Whether its category is Closed, which is final (FAQ 6)."""
        return self.status.category is _CLOSED

    @property
    def is_untouched(self) -> bool:
        """Whether it is Open and has never been active (FAQ 1, 4)."""
        return self.status.category is _OPEN and not self.has_been_active

    @property
    def has_begun(self) -> bool:
        """Whether it has been active, is in Practical Completion or In Review, or was completed."""
        return (
            self.has_been_active
            or self.status.category in (Category.PRACTICAL_COMPLETION, Category.IN_REVIEW)
            or self.closure is Closure.COMPLETED
        )


def _frozen_details(details: Mapping[Section, Any]) -> Mapping[Section, Any]:
    if not isinstance(details, Mapping):
        return cast("Mapping[Section, Any]", details)
    for section in details:
        require_type("details key", section, Section)
    return FrozenDict({section: frozen_json(item, "details") for section, item in details.items()})


def _as_activities(activities: Iterable[Activity]) -> tuple[Activity, ...]:
    return as_tuple(activities)


@attrs.frozen(eq=False, repr=False)
class WorkRequest(ValueObject):
    """A request for field work, at any point of its life.

    "Closed" is not stored: a work request is closed when all of its activities are closed (FAQ 3, 6).

    Args:
        id: its id, `taskId` in JSON.
        requestor: the id of the work requestor that it belongs to.
        supplier: the id of the work supplier that it is allocated to.
        activities: one or more, with different ids.
        allocation: the supplier's answer so far.
        rejection_reason: why the supplier rejected it. Required if it is rejected, otherwise None.
        on_hold: whether it is on hold.
        cancellation_requested: whether someone requested its cancellation (FAQ 5).
        site_contact: the person to call at the site.
        schedule: the time in which the work may be done.
        details: the sections sent so far, each any JSON value. The rules neither validate nor compare them.

    Raises:
        FieldTypeError: a value has the wrong type.
        FieldValueError: two values contradict each other.
    """

    id: str = attrs.field(validator=non_empty_text)
    requestor: str = attrs.field(validator=non_empty_text)
    supplier: str = attrs.field(validator=non_empty_text)
    activities: tuple[Activity, ...] = attrs.field(converter=_as_activities, validator=tuple_of(Activity))
    allocation: Allocation = attrs.field(default=Allocation.SENT, validator=instance_of(Allocation))
    rejection_reason: RejectionReason | None = attrs.field(
        default=None, validator=optional(instance_of(RejectionReason))
    )
    on_hold: bool = attrs.field(default=False, validator=instance_of(bool))
    cancellation_requested: bool = attrs.field(default=False, validator=instance_of(bool))
    site_contact: SiteContact | None = attrs.field(default=None, validator=optional(instance_of(SiteContact)))
    schedule: Schedule | None = attrs.field(default=None, validator=optional(instance_of(Schedule)))
    details: Mapping[Section, Any] = attrs.field(
        default=FrozenDict({}), converter=_frozen_details, validator=instance_of(FrozenDict)
    )

    def __attrs_post_init__(self) -> None:
        if not self.activities:
            raise FieldValueError("activities", f"is (), but work request {short_text(self.id)} needs at least one")
        repeated = repeated_ids(activity.id for activity in self.activities)
        if repeated:
            ids = short_list(map(short_text, repeated[:MAX_ITEMS]), len(repeated))
            raise FieldValueError("activities", f"has {ids} more than once; give each activity its own id")
        is_rejected = self.allocation is Allocation.REJECTED
        if is_rejected and self.rejection_reason is None:
            raise FieldValueError(
                "rejection_reason", f"is None, but {short_text(self.id)} is Rejected; give the reason"
            )
        if not is_rejected and self.rejection_reason is not None:
            raise FieldValueError(
                "rejection_reason",
                f"is {self.rejection_reason.value!r}, but {short_text(self.id)} is {self.allocation}; leave it out",
            )

    def activity(self, activity_id: str) -> Activity:
        """Return the activity with this id.

        Raises:
            KeyError: the work request has no such activity. The error names those that it has.
        """
        for activity in self.activities:
            if activity.id == activity_id:
                return activity
        known = short_list((short_text(each.id) for each in self.activities[:MAX_ITEMS]), len(self.activities))
        raise KeyError(f"work request {short_text(self.id)} has no activity {short_repr(activity_id)}; it has {known}")

    @property
    def is_closed(self) -> bool:
        """Whether all of its activities are closed (FAQ 3, 6)."""
        return all(activity.status.category is _CLOSED for activity in self.activities)

    @property
    def has_begun(self) -> bool:
        """Whether work has begun on any of its activities."""
        return any(activity.has_begun for activity in self.activities)


def repeated_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that occur more than once, each once, in the order of their first occurrence."""
    counts: dict[str, int] = {}
    for each in ids:  # a Counter takes three times as long for a few ids
        counts[each] = counts.get(each, 0) + 1
    return tuple(each for each, count in counts.items() if count > 1)
