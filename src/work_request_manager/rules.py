"""The rules as records: what each refuses, and on whose word.

A rule says what it forbids; *when* it is consulted stands in `graph` (moves) and `judging` (everything else).
Sources are answers of the vendor's FAQ page, counted in its order, and the vendor's public API pages.
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from work_request_manager._values import FrozenDict, Record
from work_request_manager.model import RejectionReason


class Basis(StrEnum):
    """On whose word a rule stands."""

    STATED = "stated"
    IMPLIED = "implied"
    STRUCTURAL = "structural"
    ASSUMED = "assumed"

    @property
    def meaning(self) -> str:
        """What such a rule stands on, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    Basis.STATED: "a source says so",
    Basis.IMPLIED: "it follows from what a source says",
    Basis.STRUCTURAL: "without it the event has nothing to act on",
    Basis.ASSUMED: "the sources are silent, or can be read in two ways",
}


NO_SOURCE = "–"
"""What stands for a source where there is none."""


@attrs.frozen(eq=False, repr=False)
class Rule(Record):
    """One rule of the Work Request Manager.

    Args:
        id: "WRM" and three digits; never used again for another rule.
        name: what it asks for, in a few words.
        basis: on whose word it stands.
        source: where that word is, such as "FAQ 4"; NO_SOURCE where there is none.
        statement: what it refuses, in one sentence.
    """

    id: str
    name: str
    basis: Basis
    source: str
    statement: str

    def __str__(self) -> str:
        return f"{self.id} {self.name}"

    @property
    def citation(self) -> str:
        """On whose word the rule stands, and where that word is, such as "stated, FAQ 4"."""
        return self.basis if self.source == NO_SOURCE else f"{self.basis}, {self.source}"


RULES: tuple[Rule, ...] = (
    # Allocation, hold and cancellation of the work request
    Rule("WRM101", "reject-needs-reason", Basis.STATED, "FAQ 1",
         f"A reject whose reason is none of {', '.join(RejectionReason)}."),
    Rule("WRM102", "reject-untouched-work-only", Basis.STATED, "FAQ 1",
         "A reject when any activity is not untouched; a cancelled one counts as touched."),
    Rule("WRM103", "chorus-reallocates", Basis.STATED, "FAQ 7",
         "A reallocation sent by anyone but Chorus."),
    Rule("WRM104", "reallocate-before-work-begins", Basis.ASSUMED, NO_SOURCE,
         "A reallocation when work on the request has begun; FAQ 7 says how for work not started, and no more."),
    Rule("WRM105", "reallocate-to-another-supplier", Basis.IMPLIED, "FAQ 7",
         "A reallocation to the request's own supplier, unless that one rejected it for another reason than "
         "WrongSupplier."),
    Rule("WRM106", "cancel-request-untouched-work-only", Basis.IMPLIED, "FAQ 4",
         "Cancelling a work request when any activity that is not closed is touched."),
    Rule("WRM107", "held-work-does-not-start", Basis.ASSUMED, NO_SOURCE,
         "A start (Open to Active) while the work request is on hold."),
    # The life of an activity
    Rule("WRM201", "closed-is-final", Basis.STATED, "FAQ 6",
         "Any event for a closed activity."),
    Rule("WRM202", "after-practical-completion", Basis.STATED, "FAQ 3",
         "From Practical Completion or In Review, a status in any category but In Review and Closed."),
    Rule("WRM203", "supplier-may-cancel", Basis.STATED, "FAQ 4",
         "A cancellation by a supplier of an activity whose type has workSupplierAllowedToCancel false."),
    Rule("WRM204", "cancel-untouched-work-only", Basis.STATED, "FAQ 4",
         "A cancellation of an activity that has been active or is no longer Open."),
    Rule("WRM205", "outcomes-before-close", Basis.STATED, "FAQ 3",
         "An outcome for a closed activity."),
    Rule("WRM206", "completion-follows-work", Basis.ASSUMED, NO_SOURCE,
         "A move from Open to Practical Completion."),
    Rule("WRM207", "review-follows-completion", Basis.ASSUMED, NO_SOURCE,
         "A move from Open or Active to In Review."),
    Rule("WRM208", "close-follows-completion", Basis.IMPLIED, "FAQ 3, 4",
         "A status update from Active to Closed; only untouched work closes without Practical Completion."),
    Rule("WRM209", "closed-request-is-final", Basis.IMPLIED, "FAQ 6",
         "Any event without an activity id for a closed work request."),
    # Who may send what
    Rule("WRM301", "supplier-controls-activities", Basis.STATED, "FAQ 5",
         "A status update, outcome or worker sent by the requestor or Chorus; "
         "a cancel event for an activity sent by the requestor."),
    Rule("WRM302", "holding-supplier-only", Basis.IMPLIED, "FAQ 5, 7",
         "Any event sent by a supplier that does not hold the request; "
         "an accept or reject sent by anyone but a supplier."),
    Rule("WRM303", "requestor-controls-request", Basis.ASSUMED, NO_SOURCE,
         "Creating, holding or resuming the request, adding activities, changing site contact or details (attachments "
         "and additional infos apart), or asking for cancellation, sent by a supplier."),
    Rule("WRM304", "own-requests-only", Basis.IMPLIED, "public facts",
         "Any event sent by a requestor other than the request's own."),
    Rule("WRM305", "chorus-cancels-requests", Basis.IMPLIED, "FAQ 4, 5",
         "Cancelling a work request, sent by anyone but Chorus."),
    # What an event needs to act on
    Rule("WRM401", "known-work-request", Basis.STRUCTURAL, NO_SOURCE,
         "An event for a work request that does not exist."),
    Rule("WRM402", "new-work-request", Basis.STRUCTURAL, NO_SOURCE,
         "Creating a work request whose id exists."),
    Rule("WRM403", "known-activity", Basis.STRUCTURAL, NO_SOURCE,
         "An event for an activity that the request does not have."),
    Rule("WRM404", "new-activity", Basis.STRUCTURAL, NO_SOURCE,
         "Two activities with one id in one request."),
    Rule("WRM405", "at-least-one-activity", Basis.STRUCTURAL, "public facts",
         "Creating a work request with no activity."),
    Rule("WRM406", "known-state", Basis.ASSUMED, NO_SOURCE,
         "A state that the activity's type does not list; only where the type lists states."),
    Rule("WRM407", "state-in-its-category", Basis.ASSUMED, NO_SOURCE,
         "A state that the activity's type lists under another category."),
    Rule("WRM408", "activities-start-open", Basis.STRUCTURAL, NO_SOURCE,
         "Creating an activity in a category other than Open."),
)  # fmt: skip
"""All rules, in the order in which a refusal lists them."""

RULES_BY_ID: Mapping[str, Rule] = FrozenDict({rule.id: rule for rule in RULES})
