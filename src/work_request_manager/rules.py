"""LAW 2: the rules, one record for each.

A record holds everything about its rule: what it says, how well the sources support it, the test that an event passes,
and the sentence that explains a violation. The graphs and the catalogue say which rules judge which event (rulebook,
section 4). Sources are answers of the vendor's FAQ page, in page order, and the vendor's public API pages.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from work_request_manager._values import FrozenDict, ValueObject, WireEnum, short_text
from work_request_manager.model import Activity, ActivityType, Category, RejectionReason, Role, SenderRelation, Status

if TYPE_CHECKING:
    from work_request_manager.facts import Facts


class Basis(WireEnum):
    """How well the sources support a rule."""

    STATED = "stated"
    IMPLIED = "implied"
    STRUCTURAL = "structural"
    ASSUMED = "assumed"

    @property
    def meaning(self) -> str:
        """The meaning of the basis in one line."""
        return _MEANINGS[self]


_MEANINGS = {
    Basis.STATED: "the source says so",
    Basis.IMPLIED: "it follows from the source",
    Basis.STRUCTURAL: "the model needs it",
    Basis.ASSUMED: "the sources are silent or ambiguous, and most people would expect it",
}

NO_SOURCE = "–"
"""The source of a rule that has none."""

COMMON_FACTS = ("event", "work_request_id", "activity_id", "sender", "sender_role", "sender_id")
"""The names of the facts that every violation has."""


@attrs.frozen(eq=False, repr=False)
class Listing:
    """The activities that a violation lists, and the words about each.

    Args:
        selects: whether the violation lists an activity. It gets the activity's id and type, the status that the
            event gives it (or that it has, if `of_event` is false), and the activity itself, or None if it is new.
        item: the words about one activity, from the same arguments.
        of_event: whether to look at the activities that the event is about, rather than at those of the work request.
        separator: the text between two items.
    """

    selects: "Selects"
    item: "Phrase"
    of_event: bool = False
    separator: str = "; "


Selects = Callable[[ActivityType, Status, Activity | None], bool]
Phrase = Callable[[str, ActivityType, Status, Activity | None], str]


@attrs.frozen(eq=False, repr=False)
class Rule(ValueObject):
    """One rule of the Work Request Manager.

    Args:
        id: "WRM" and three digits, never used again for another rule.
        name: the rule in a few words.
        basis: how well the sources support it.
        source: the place in the sources, such as "FAQ 4". NO_SOURCE if there is none.
        statement: the events that it refuses, in one sentence.
        message: the sentence of a violation, a template that takes the violation's facts.
        fact_names: the names of the facts of each violation.
        is_kept: the test that an event passes, given its facts. None if the rule is broken wherever it is consulted.
        listing: the activities that a violation lists. None if it lists none.
    """

    id: str
    name: str
    basis: Basis
    source: str
    statement: str
    message: str
    fact_names: tuple[str, ...]
    is_kept: "Callable[[Facts], bool] | None" = attrs.field(default=None, repr=False)
    listing: Listing | None = attrs.field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.id} {self.name}"

    def __repr__(self) -> str:
        return f"<Rule {self}>"

    def __reduce__(self) -> tuple[Callable[[str], "Rule"], tuple[str]]:
        # By id, because tests are functions, which pickle does not take.
        return rule_of, (self.id,)

    @property
    def citation(self) -> str:
        """The basis and the source, such as "stated, FAQ 4"."""
        return self.basis.value if self.source == NO_SOURCE else f"{self.basis.value}, {self.source}"


def rule_of(rule_id: str) -> Rule:
    """Return the rule with this id.

    Raises:
        KeyError: there is no such rule.
    """
    return RULES_BY_ID[rule_id]


# ---- Tests and phrases that several rules share


def _sender_may(rule_id: str) -> "Callable[[Facts], bool]":
    return lambda facts: facts.kind.may_send(rule_id, facts.sender.role, facts.section)


_may_as_supplier = _sender_may("WRM302")


def _as_it_is(id: str, _type: ActivityType, status: Status, activity: Activity | None) -> str:
    return f"activity {short_text(id)} is {status}{been_active(activity)}"


def been_active(activity: Activity | None) -> str:
    """Return the words to add about an Open activity that is touched, because its category does not show it."""
    is_hidden = activity is not None and activity.has_been_active and activity.status.category is Category.OPEN
    return " and has been active" if is_hidden else ""


def _is_touched(_type: ActivityType, _status: Status, activity: Activity | None) -> bool:
    return activity is not None and not activity.is_untouched


def _is_open_and_touched(_type: ActivityType, _status: Status, activity: Activity | None) -> bool:
    return activity is not None and not activity.is_untouched and not activity.is_closed


def _has_begun(_type: ActivityType, _status: Status, activity: Activity | None) -> bool:
    return activity is not None and activity.has_begun


def _any(_type: ActivityType, _status: Status, _activity: Activity | None) -> bool:
    return True


def _id(id: str, _type: ActivityType, _status: Status, _activity: Activity | None) -> str:
    return short_text(id)


def _is_unlisted(type: ActivityType, status: Status, _activity: Activity | None) -> bool:
    return not type.lists(status)


def _unlisted(id: str, type: ActivityType, status: Status, _activity: Activity | None) -> str:
    return f"activity {short_text(id)} would be {status}, but its type {short_text(type.code)} does not list this state"


def _is_misplaced(type: ActivityType, status: Status, _activity: Activity | None) -> bool:
    return not type.fits(status)


def _misplaced(id: str, type: ActivityType, status: Status, _activity: Activity | None) -> str:
    return (
        f"activity {short_text(id)} would be {status}, but its type {short_text(type.code)}"
        f" lists {short_text(status.state)} under {type.category_of(status.state)}"
    )


def _is_not_open(_type: ActivityType, status: Status, _activity: Activity | None) -> bool:
    return status.category is not Category.OPEN


def _not_open(id: str, _type: ActivityType, status: Status, _activity: Activity | None) -> str:
    return f"activity {short_text(id)} would start as {status}, but new activities start Open"


_REASONS = f"{', '.join([*RejectionReason][:-1])} or {[*RejectionReason][-1]}"


def _rule(
    id: str,
    name: str,
    basis: Basis,
    source: str,
    statement: str,
    message: str,
    *facts: str,
    is_kept: "Callable[[Facts], bool] | None" = None,
    listing: Listing | None = None,
) -> Rule:
    listed = () if listing is None else ("activities", "activity_count", "listing")
    return Rule(
        id, name, basis, source, statement, message, (*COMMON_FACTS, *facts, *listed), is_kept=is_kept, listing=listing
    )


RULES: tuple[Rule, ...] = (
    # ---- Allocation, hold and cancellation of the work request
    _rule(
        "WRM101", "reject-needs-reason", Basis.STATED, "FAQ 1",
        f"A reject whose reason is not {_REASONS}.",
        "work request {work_request_id} cannot be rejected for '{rejection_reason}';"
        f" the reason must be {_REASONS}",
        "rejection_reason",
        is_kept=lambda facts: facts.has_known_reason,
    ),
    _rule(
        "WRM102", "reject-untouched-work-only", Basis.STATED, "FAQ 1",
        "A reject while any activity is touched. A cancelled activity counts as touched.",
        "work request {work_request_id} can no longer be rejected, because {listing}",
        is_kept=lambda facts: facts.all_untouched,
        listing=Listing(_is_touched, _as_it_is),
    ),
    _rule(
        "WRM103", "chorus-reallocates", Basis.STATED, "FAQ 7",
        "A reallocation that Chorus did not send.",
        "{sender} cannot {action}; only Chorus can",
        "action", "new_supplier",
        is_kept=_sender_may("WRM103"),
    ),
    _rule(
        "WRM104", "reallocate-before-work-begins", Basis.ASSUMED, NO_SOURCE,
        "A reallocation after work on the request has begun. FAQ 7 covers only work that has not started.",
        "work request {work_request_id} would be reallocated although work has begun: {listing}",
        "supplier", "new_supplier",
        is_kept=lambda facts: not facts.has_begun,
        listing=Listing(_has_begun, _as_it_is),
    ),
    _rule(
        "WRM105", "reallocate-to-another-supplier", Basis.IMPLIED, "FAQ 7",
        "A reallocation to the current supplier, unless it rejected the request for another reason than WrongSupplier.",
        "work request {work_request_id} cannot be reallocated to {new_supplier}, which {situation};"
        " name another supplier",
        "supplier", "new_supplier", "allocation", "rejection_reason", "situation",
        is_kept=lambda facts: (
            not facts.to_own_supplier or facts.rejection_reason not in (None, RejectionReason.WRONG_SUPPLIER)
        ),
    ),
    _rule(
        "WRM106", "cancel-request-untouched-work-only", Basis.IMPLIED, "FAQ 4",
        "A cancellation of a work request with a touched activity. Closed activities do not count.",
        "work request {work_request_id} can no longer be cancelled, because {listing}",
        is_kept=lambda facts: facts.all_open_untouched,
        listing=Listing(_is_open_and_touched, _as_it_is),
    ),
    _rule(
        "WRM107", "held-work-does-not-start", Basis.ASSUMED, NO_SOURCE,
        "A start (Open to Active) while the work request is on hold.",
        "work request {work_request_id} is on hold, but activity {activity_id} would start; resume the request first",
        "category", "state", "requested_category", "requested_state",
        is_kept=lambda facts: not facts.on_hold,
    ),
    # ---- The life of an activity
    _rule(
        "WRM201", "closed-is-final", Basis.STATED, "FAQ 6",
        "Any event for a closed activity.",
        "activity {activity_id} is {status}, which is final; it cannot {passive_action}",
        "passive_action", "category", "state", "status", "requested_category", "requested_state",
    ),
    _rule(
        "WRM202", "after-practical-completion", Basis.STATED, "FAQ 3",
        "A status update from Practical Completion or In Review to any category other than In Review or Closed.",
        "activity {activity_id} is {status} and can only move to InReview or Closed; it cannot {passive_action}",
        "passive_action", "category", "state", "status", "requested_category", "requested_state",
    ),
    _rule(
        "WRM203", "supplier-may-cancel", Basis.STATED, "FAQ 4",
        "A cancellation by a supplier, if workSupplierAllowedToCancel is false for the type of the activity.",
        "{sender} cannot {action}; type {activity_type} does not let suppliers cancel",
        "action", "activity_type", "category", "state",
        is_kept=lambda facts: facts.sender.role is not Role.WORK_SUPPLIER or facts.supplier_may_cancel,
    ),
    _rule(
        "WRM204", "cancel-untouched-work-only", Basis.STATED, "FAQ 4",
        "A cancellation of an activity that has been active or is no longer Open.",
        "activity {activity_id} is {status}{been_active}; only untouched activities can be cancelled",
        "category", "state", "status", "has_been_active", "been_active",
        is_kept=lambda facts: facts.is_untouched,
    ),
    _rule(
        "WRM205", "outcomes-before-close", Basis.STATED, "FAQ 3",
        "An outcome for a closed activity.",
        "activity {activity_id} is {status}; outcome {outcome} must be sent before the activity closes",
        "category", "state", "status", "outcome",
    ),
    _rule(
        "WRM206", "completion-follows-work", Basis.ASSUMED, NO_SOURCE,
        "A move from Open to Practical Completion.",
        "activity {activity_id} would move from {status} to {requested_status} without being Active first",
        "category", "state", "status", "requested_category", "requested_state", "requested_status",
    ),
    _rule(
        "WRM207", "review-follows-completion", Basis.ASSUMED, NO_SOURCE,
        "A move from Open or Active to In Review.",
        "activity {activity_id} would move from {status} to {requested_status} without PracticalCompletion first",
        "category", "state", "status", "requested_category", "requested_state", "requested_status",
    ),
    _rule(
        "WRM208", "close-follows-completion", Basis.IMPLIED, "FAQ 3, 4",
        "A status update from Active to Closed. Only untouched work closes without Practical Completion.",
        "activity {activity_id} cannot move from {status} to {requested_status} without PracticalCompletion first",
        "category", "state", "status", "requested_category", "requested_state", "requested_status",
    ),
    _rule(
        "WRM209", "closed-request-is-final", Basis.IMPLIED, "FAQ 6",
        "Any event for a closed work request, if the event has no activity id. AddActivity has none.",
        "work request {work_request_id} is closed, which is final; it cannot {passive_action}",
        "passive_action",
    ),
    # ---- Who may send what
    _rule(
        "WRM301", "supplier-controls-activities", Basis.STATED, "FAQ 5",
        "A status update, outcome or worker from the requestor or Chorus;"
        " a cancel event for an activity from the requestor.",
        "{sender} cannot {action}; only {allowed} can",
        "action", "allowed_roles", "allowed",
        is_kept=_sender_may("WRM301"),
    ),
    _rule(
        "WRM302", "holding-supplier-only", Basis.IMPLIED, "FAQ 5, 7",
        "Any event from a supplier that does not hold the request;"
        " an accept or reject from a requestor or Chorus.",
        "{sender} cannot {action}; {holder}",
        "action", "supplier", "allocation", "holder",
        is_kept=lambda facts: _may_as_supplier(facts) and facts.sender is not SenderRelation.OTHER_SUPPLIER,
    ),
    _rule(
        "WRM303", "requestor-controls-request", Basis.ASSUMED, NO_SOURCE,
        "From a supplier: creating, holding or resuming the request, adding activities, changing the site contact or"
        " the details (except attachments and additional infos), or requesting a cancellation.",
        "{sender} is not expected to {action}; that is for requestor {requestor} or Chorus",
        "action", "requestor",
        is_kept=_sender_may("WRM303"),
    ),
    _rule(
        "WRM304", "own-requests-only", Basis.IMPLIED, "public facts",
        "Any event from a requestor that the request does not belong to.",
        "{sender} cannot {action}; the work request belongs to requestor {requestor}",
        "action", "requestor",
        is_kept=lambda facts: facts.sender is not SenderRelation.OTHER_REQUESTOR,
    ),
    _rule(
        "WRM305", "chorus-cancels-requests", Basis.IMPLIED, "FAQ 4, 5",
        "A cancellation of a work request that Chorus did not send.",
        "{sender} cannot {action}; only Chorus can",
        "action",
        is_kept=_sender_may("WRM305"),
    ),
    # ---- What the model needs
    _rule(
        "WRM401", "known-work-request", Basis.STRUCTURAL, NO_SOURCE,
        "An event for a work request that does not exist.",
        "work request {work_request_id} does not exist; create it first",
    ),
    _rule(
        "WRM402", "new-work-request", Basis.STRUCTURAL, NO_SOURCE,
        "A create with an id that is already in use.",
        "work request {work_request_id} already exists; use another id",
        is_kept=lambda facts: not facts.work_request_exists,
    ),
    _rule(
        "WRM403", "known-activity", Basis.STRUCTURAL, NO_SOURCE,
        "An event for an activity that the request does not have.",
        "work request {work_request_id} has no activity {activity_id}; it has {listing}",
        listing=Listing(_any, _id, separator=", "),
    ),
    _rule(
        "WRM404", "new-activity", Basis.STRUCTURAL, NO_SOURCE,
        "Two activities with the same id in one request.",
        "work request {work_request_id} would have activities with the same id: {repeated};"
        " give each activity its own id",
        "repeated_ids", "repeated",
        is_kept=lambda facts: facts.has_new_ids,
    ),
    _rule(
        "WRM405", "at-least-one-activity", Basis.STRUCTURAL, "public facts",
        "A create without activities.",
        "work request {work_request_id} would have no activities; give it at least one",
        is_kept=lambda facts: facts.has_activities,
    ),
    _rule(
        "WRM406", "known-state", Basis.ASSUMED, NO_SOURCE,
        "A state that the activity's type does not list, if the type lists states.",
        "{listing}",
        is_kept=lambda facts: facts.states_are_listed,
        listing=Listing(_is_unlisted, _unlisted, of_event=True),
    ),
    _rule(
        "WRM407", "state-in-its-category", Basis.ASSUMED, NO_SOURCE,
        "A state that the activity's type lists under another category.",
        "{listing}",
        is_kept=lambda facts: facts.states_fit,
        listing=Listing(_is_misplaced, _misplaced, of_event=True),
    ),
    _rule(
        "WRM408", "activities-start-open", Basis.STRUCTURAL, NO_SOURCE,
        "A new activity in a category other than Open.",
        "{listing}",
        is_kept=lambda facts: facts.starts_open,
        listing=Listing(_is_not_open, _not_open, of_event=True),
    ),
)  # fmt: skip
"""All rules, in the order in which a refusal lists them."""

RULES_BY_ID: Mapping[str, Rule] = FrozenDict({rule.id: rule for rule in RULES})

__all__ = ["COMMON_FACTS", "NO_SOURCE", "RULES", "RULES_BY_ID", "Basis", "Listing", "Rule", "rule_of"]
