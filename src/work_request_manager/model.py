"""The things of the rulebook: a work request, its activities, and what they are made of.

Every class is frozen and equal by value, and checks itself when it is built. What contradicts itself
can't be built; what only a rule forbids can, since a service may have recorded it before it asked us.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs

from work_request_manager._values import (
    FieldValueError,
    FrozenDict,
    Record,
    as_frozen,
    as_tuple,
    as_utc,
    frozen_json,
    instant,
    name,
    note,
    of_type,
    optional,
    tuple_of,
)


class Category(StrEnum):
    """Where an activity is in its life; the only part of a status that the rules read."""

    OPEN = "Open"
    ACTIVE = "Active"
    PRACTICAL_COMPLETION = "PracticalCompletion"
    IN_REVIEW = "InReview"
    CLOSED = "Closed"


class Closure(StrEnum):
    """How a closed activity was closed."""

    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


# Bound once, for the properties that deciding reads: Python 3.11 takes long to find members in their classes.
_OPEN, _CLOSED = Category.OPEN, Category.CLOSED


class Allocation(StrEnum):
    """Where a work request stands with its supplier."""

    SENT = "Sent"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class RejectionReason(StrEnum):
    """Why a supplier may reject a work request (FAQ 1)."""

    WRONG_SUPPLIER = "WrongSupplier"
    DUPLICATE = "Duplicate"
    INVENTORY_ISSUE = "InventoryIssue"
    SITE_ISSUE = "SiteIssue"


class Role(StrEnum):
    """What a party is to the work."""

    WORK_REQUESTOR = "WorkRequestor"
    WORK_SUPPLIER = "WorkSupplier"
    CHORUS = "Chorus"


class Section(StrEnum):
    """A part of a work request's details."""

    SOURCE = "Source"
    ASSETS = "Assets"
    SUPPLEMENTARY_REFERENCES = "SupplementaryReferences"
    FILE_ATTACHMENTS = "FileAttachments"
    ADDITIONAL_INFOS = "AdditionalInfos"


@attrs.frozen(eq=False, repr=False)
class Party(Record):
    """Who sends an event: a role and an id."""

    role: Role = attrs.field(validator=of_type(Role))
    id: str = attrs.field(validator=name)

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
        """Return Chorus, whose id no rule looks at."""
        return cls(Role.CHORUS, "chorus")


def _empty_if_none(text: str | None) -> str:
    return "" if text is None else text


@attrs.frozen(repr=False)  # with attrs' own equality, which is faster: each status update is compared
class Status(Record):
    """A category and a state, the supplier's own word for it; without one the state is the category's name."""

    category: Category = attrs.field(validator=of_type(Category))
    state: str = attrs.field(default=None, converter=_empty_if_none)

    @state.validator
    def _fill_in_state(self, field: "attrs.Attribute[str]", state: str) -> None:
        of_type(str)(self, field, state)
        if not state:
            object.__setattr__(self, "state", self.category.value)

    def __str__(self) -> str:
        return f"{self.category} ({self.state})"


def _none_if_empty(states: Any) -> Any:
    return None if isinstance(states, Mapping) and not states else as_frozen(states)


@attrs.frozen(eq=False, repr=False)
class ActivityType(Record):
    """A kind of activity: who may cancel it, and, where they are configured, the states that it knows.

    Args:
        code: its name in the vendor's configuration.
        work_supplier_allowed_to_cancel: the flag of FAQ 4.
        states: each known state with the category that it belongs to; None, or none, where any state will do.
    """

    code: str = attrs.field(validator=name)
    work_supplier_allowed_to_cancel: bool = attrs.field(default=False, validator=of_type(bool))
    states: Mapping[str, Category] | None = attrs.field(
        default=None, converter=_none_if_empty, validator=optional(of_type(FrozenDict))
    )

    @states.validator
    def _check_states(self, field: "attrs.Attribute[Any]", states: Mapping[str, Category] | None) -> None:
        for state, category in (states or {}).items():
            of_type(str)(self, field, state)
            of_type(Category)(self, field.evolve(name=f"states[{state!r}]"), category)
            if not state:
                raise FieldValueError("states", "lists the state ''; give it at least one character")
            if _OWN_CATEGORY.get(state, category) is not category:
                raise FieldValueError(
                    f"states[{state!r}]",
                    f"is {category.value!r}, but {state} is a category of its own; rename the state",
                )

    def category_of(self, state: str) -> Category | None:
        """Return the category that a state is listed under, or None where it is not listed.

        The five categories' names count as listed, each under its own category.
        """
        return _OWN_CATEGORY.get(state) or (self.states or {}).get(state)

    def lists(self, status: Status) -> bool:
        """Return whether a status's state is listed, or no state is (WRM406)."""
        return self.states is None or self.category_of(status.state) is not None

    def fits(self, status: Status) -> bool:
        """Return whether a status's state is not listed under another category than its own (WRM407)."""
        return self.states is None or self.category_of(status.state) in (None, status.category)


_OWN_CATEGORY: Mapping[str, Category] = {category.value: category for category in Category}


@attrs.frozen(eq=False, repr=False)
class Outcome(Record):
    """A result that the supplier records before an activity closes (FAQ 3)."""

    code: str = attrs.field(validator=name)
    note: str | None = attrs.field(default=None, validator=optional(note))


@attrs.frozen(eq=False, repr=False)
class SiteContact(Record):
    """Whom to call at the site."""

    name: str = attrs.field(validator=name)
    phone: str | None = attrs.field(default=None, validator=optional(of_type(str)))
    email: str | None = attrs.field(default=None, validator=optional(of_type(str)))


@attrs.frozen(eq=False, repr=False)
class Schedule(Record):
    """When the work may be done: a start, an end or both, in order, in UTC."""

    earliest_start: datetime | None = attrs.field(default=None, converter=as_utc, validator=optional(instant))
    latest_end: datetime | None = attrs.field(default=None, converter=as_utc, validator=optional(instant))

    def __attrs_post_init__(self) -> None:
        if self.earliest_start is None and self.latest_end is None:
            raise FieldValueError("earliest_start", "is missing, and so is the end; give at least one of them")
        if self.earliest_start is not None and self.latest_end is not None and self.latest_end < self.earliest_start:
            raise FieldValueError(
                "latest_end",
                f"is {self.latest_end.isoformat()}, before the start {self.earliest_start.isoformat()}; swap them",
            )


@attrs.frozen(eq=False, repr=False, weakref_slot=False)  # see `building`, which needs slots for the fields only
class Activity(Record):
    """One piece of field work, as it stands.

    Args:
        id: unique within its work request.
        type: what kind of work it is.
        status: the category and state that it is in.
        has_been_active: whether it ever entered Active; never unset.
        outcomes: the recorded results, oldest first.
        schedule: when it may be done, if that is agreed.
        cancellation_requested: whether someone asked for its cancellation (FAQ 5).
        worker: who does it, if that is known.
        closure: how it was closed; None exactly while it is not closed.

    Raises:
        ValueError: values that contradict each other.
        TypeError: a value of the wrong type.
    """

    id: str = attrs.field(validator=name)
    type: ActivityType = attrs.field(validator=of_type(ActivityType))
    status: Status = attrs.field(default=Status(Category.OPEN), validator=of_type(Status))
    has_been_active: bool = attrs.field(default=False, validator=of_type(bool))
    outcomes: tuple[Outcome, ...] = attrs.field(default=(), converter=as_tuple, validator=tuple_of(Outcome))
    schedule: Schedule | None = attrs.field(default=None, validator=optional(of_type(Schedule)))
    cancellation_requested: bool = attrs.field(default=False, validator=of_type(bool))
    worker: str | None = attrs.field(default=None, validator=optional(name))
    closure: Closure | None = attrs.field(default=None, validator=optional(of_type(Closure)))

    def __attrs_post_init__(self) -> None:
        if self.status.category is Category.ACTIVE and not self.has_been_active:
            raise FieldValueError("has_been_active", f"is False, but {self.id} is {self.status}; set it to True")
        if self.is_closed and self.closure is None:
            raise FieldValueError("closure", f"is None, but {self.id} is {self.status}; say how it was closed")
        if not self.is_closed and self.closure is not None:
            raise FieldValueError(
                "closure", f"is {self.closure.value!r}, but {self.id} is {self.status}; leave it out until it is closed"
            )

    @property
    def is_closed(self) -> bool:
        """Whether its life is over (FAQ 6)."""
        return self.status.category is _CLOSED

    @property
    def is_untouched(self) -> bool:
        """Whether no one has worked on it: it is Open, and never was Active (FAQ 1, 4)."""
        return self.status.category is _OPEN and not self.has_been_active

    @property
    def has_begun(self) -> bool:
        """Whether work on it has begun: it has been active, or got past that, and was not merely cancelled."""
        return (
            self.has_been_active
            or self.status.category in (Category.PRACTICAL_COMPLETION, Category.IN_REVIEW)
            or self.closure is Closure.COMPLETED
        )


@attrs.frozen(eq=False, repr=False, weakref_slot=False)  # see `building`, which needs slots for the fields only
class WorkRequest(Record):
    """A request for field work, as it stands. Closed is not stored: it is when all activities are (FAQ 3, 6).

    Args:
        id: its id, `taskId` on the wire.
        requestor: the id of the work requestor that it belongs to.
        supplier: the id of the work supplier that it is allocated to.
        activities: one or more, with different ids.
        allocation: where it stands with that supplier.
        rejection_reason: why the supplier rejected it; None exactly while it is not rejected.
        on_hold: whether it is on hold.
        cancellation_requested: whether someone asked for its cancellation (FAQ 5).
        site_contact: whom to call at the site.
        schedule: when the work may be done.
        details: the sections sent so far, each any JSON value; neither validated nor compared.

    Raises:
        ValueError: values that contradict each other.
        TypeError: a value of the wrong type.
    """

    id: str = attrs.field(validator=name)
    requestor: str = attrs.field(validator=name)
    supplier: str = attrs.field(validator=name)
    activities: tuple[Activity, ...] = attrs.field(converter=as_tuple, validator=tuple_of(Activity))
    allocation: Allocation = attrs.field(default=Allocation.SENT, validator=of_type(Allocation))
    rejection_reason: RejectionReason | None = attrs.field(default=None, validator=optional(of_type(RejectionReason)))
    on_hold: bool = attrs.field(default=False, validator=of_type(bool))
    cancellation_requested: bool = attrs.field(default=False, validator=of_type(bool))
    site_contact: SiteContact | None = attrs.field(default=None, validator=optional(of_type(SiteContact)))
    schedule: Schedule | None = attrs.field(default=None, validator=optional(of_type(Schedule)))
    details: Mapping[Section, Any] = attrs.field(
        default=FrozenDict({}), converter=as_frozen, validator=of_type(FrozenDict)
    )

    @details.validator
    def _freeze_details(self, field: "attrs.Attribute[Any]", details: Mapping[Section, Any]) -> None:
        for section in details:
            of_type(Section)(self, field, section)
        object.__setattr__(
            self, "details", FrozenDict({key: frozen_json(item, field.name) for key, item in details.items()})
        )

    def __attrs_post_init__(self) -> None:
        if not self.activities:
            raise FieldValueError("activities", f"is (), but work request {self.id} needs at least one")
        repeated = repeated_ids(self.activities)
        if repeated:
            raise FieldValueError("activities", f"has {', '.join(repeated)} more than once; give each its own id")
        is_rejected = self.allocation is Allocation.REJECTED
        if is_rejected and self.rejection_reason is None:
            raise FieldValueError("rejection_reason", f"is None, but {self.id} is Rejected; say why")
        if not is_rejected and self.rejection_reason is not None:
            raise FieldValueError(
                "rejection_reason",
                f"is {self.rejection_reason.value!r}, but {self.id} is {self.allocation}; leave it out",
            )

    def activity(self, activity_id: str) -> Activity:
        """Return the activity with this id.

        Raises: KeyError where there is none.
        """
        for activity in self.activities:
            if activity.id == activity_id:
                return activity
        raise KeyError(activity_id)

    @property
    def is_closed(self) -> bool:
        """Whether all its activities are closed (FAQ 3, 6)."""
        return all(activity.is_closed for activity in self.activities)

    @property
    def has_begun(self) -> bool:
        """Whether work has begun on any of its activities."""
        return any(activity.has_begun for activity in self.activities)


def repeated_ids(activities: tuple[Activity, ...]) -> tuple[str, ...]:
    """Return the ids that more than one of these activities has, each once, in their order."""
    counts = Counter(activity.id for activity in activities)
    return tuple(activity_id for activity_id, count in counts.items() if count > 1)
