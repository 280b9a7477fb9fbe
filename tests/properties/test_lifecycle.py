"""The life of a work request as a state machine, compared with a model of plain dicts.

The model is written from the tables of the rulebook.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from parties import CHORUS, HOLDER, MAY_CANCEL, MAY_NOT_CANCEL, OTHER, OWN, PARTIES, STRANGER, answer, from_
from work_request_manager import (
    DEFAULT_RULEBOOK,
    ActivityType,
    AnyEvent,
    Category,
    Consumed,
    NewActivity,
    Party,
    RejectionReason,
    Status,
    WorkRequest,
    changes,
    decide,
    events,
    permitted,
    replay,
)

OPEN, ACTIVE, COMPLETION, REVIEW, CLOSED = Category
ASSUMED = {"WRM104", "WRM107", "WRM206", "WRM207", "WRM303"}
FORBIDDEN: dict[str, dict[str, str]] = {
    # Section 2, row by row. A pair of categories without a rule has a move.
    "Open": {"PracticalCompletion": "WRM206", "InReview": "WRM207"},
    "Active": {"InReview": "WRM207", "Closed": "WRM208"},
    "PracticalCompletion": dict.fromkeys(("Open", "Active", "PracticalCompletion"), "WRM202"),
    "InReview": dict.fromkeys(("Open", "Active", "PracticalCompletion"), "WRM202"),
}

# Most senders may send. Both suppliers are among them, because the holder of the request changes.
parties = st.sampled_from((*PARTIES, HOLDER, STRANGER, CHORUS))
activity_ids = st.sampled_from(("A-1", "A-1", "A-1", "A-2", "A-3"))


class Lifecycle(RuleBasedStateMachine):
    """Parties send events for one work request. The model predicts each answer and each state."""

    work_request: WorkRequest

    @initialize(
        types=st.lists(st.sampled_from((MAY_CANCEL, MAY_NOT_CANCEL)), min_size=1, max_size=3), strict=st.booleans()
    )
    def create(self, types: list[ActivityType], strict: bool) -> None:
        """Begin with a new work request with one to three activities."""
        self.rulebook = DEFAULT_RULEBOOK.strict() if strict else DEFAULT_RULEBOOK
        self.strict = strict
        self.sent: list[AnyEvent] = []
        self.model: dict[str, Any] = {
            "supplier": HOLDER.id,
            "allocation": "Sent",
            "reason": None,
            "hold": False,
            "asked": False,
        }
        self.activities: dict[str, dict[str, Any]] = {}
        create = events.CreateWorkRequest(
            **from_(CHORUS, requestor=OWN.id, supplier=HOLDER.id),
            activities=tuple(NewActivity(f"A-{number}", type_) for number, type_ in enumerate(types, 1)),
        )
        decision = decide(None, create, rulebook=self.rulebook)
        assert answer(decision) == ("Consumed", [], [])
        assert decision.work_request is not None
        self.work_request = decision.work_request
        self.sent.append(create)
        for number, type_ in enumerate(types, 1):
            self.add_to_model(f"A-{number}", type_)

    def add_to_model(self, activity_id: str, type_: ActivityType) -> None:
        """Add a new activity to the model."""
        self.activities[activity_id] = {
            "category": "Open",
            "state": "Open",
            "been": False,
            "closure": None,
            "flag": type_ is MAY_CANCEL,
        }

    def touched(self, activity: dict[str, Any]) -> bool:
        """Return whether an activity is touched."""
        return activity["category"] != "Open" or bool(activity["been"])

    def all_closed(self) -> bool:
        """Return whether the request is closed."""
        return all(activity["category"] == "Closed" for activity in self.activities.values())

    def has_begun(self) -> bool:
        """Return whether work has begun on any activity."""
        return any(
            each["been"] or each["category"] in ("PracticalCompletion", "InReview") or each["closure"] == "Completed"
            for each in self.activities.values()
        )

    def sender_rules(self, sender: Party, *roles: str, otherwise: str) -> set[str]:
        """Return the broken sender rules: WRM302, WRM304, and the given rule if only some roles may send."""
        broken = set() if sender.role in roles else {otherwise}
        holds = sender.id == self.model["supplier"] and self.model["allocation"] != "Rejected"
        if sender.role == "WorkSupplier" and not holds:
            broken.add("WRM302")
        if sender == OTHER:
            broken.add("WRM304")
        return broken

    def send(self, event: AnyEvent, party: set[str], repeat: bool, final: set[str] | None, other: set[str]) -> bool:
        """Send an event, compare the answer with the steps of section 4, and return whether it was consumed."""
        refuses = {rule for rule in party | other if self.strict or rule not in ASSUMED}
        if repeat and not refuses & party:
            expected: tuple[str, set[str], set[str]] = ("NotConsumed", set(), party)
        else:
            broken = party | (other if final is None else final)
            refusing = {rule for rule in broken if self.strict or rule not in ASSUMED}
            expected = ("Refused" if refusing else "Consumed", refusing, broken - refusing)
        decision = decide(self.work_request, event, rulebook=self.rulebook)
        name, violations, warnings = answer(decision)
        assert (name, set(violations), set(warnings)) == expected, event
        assert decision.work_request is not None
        closed = not self.all_closed() and all(a.status.category is CLOSED for a in decision.work_request.activities)
        is_reported = isinstance(decision, Consumed) and changes.WorkRequestClosed("WR-1") in decision.changes
        assert is_reported is closed, event
        self.work_request = decision.work_request
        if name != "Refused":
            self.sent.append(event)
        return name == "Consumed"

    def final(self) -> set[str] | None:
        """Return the rules that an event without an activity id breaks if the work request is closed."""
        return {"WRM209"} if self.all_closed() else None

    @rule(
        sender=parties,
        activity_id=activity_ids,
        category=st.sampled_from(Category),
        state=st.sampled_from(("", "", "One", "Two")),
    )
    def update_status(self, sender: Party, activity_id: str, category: Category, state: str) -> None:
        """A status update moves by the table of section 2."""
        event = events.UpdateActivityStatus(**from_(sender, activity_id=activity_id), status=Status(category, state))
        self.move(event, category.value, state or category.value)

    @rule(activity_id=activity_ids, way=st.lists(st.sampled_from(Category), min_size=2, max_size=4), hold=st.booleans())
    def work(self, activity_id: str, way: list[Category], hold: bool) -> None:
        """The allocated supplier reports one status after the other, with or without a hold."""
        self.hold_or_resume(OWN, hold)
        for category in way:
            self.update_status(Party.supplier(self.model["supplier"]), activity_id, category, "")

    @rule(sender=parties, activity_id=activity_ids)
    def cancel_activity(self, sender: Party, activity_id: str) -> None:
        """A cancel event asks for the move from Open to Closed only."""
        self.move(events.CancelActivity(**from_(sender, activity_id=activity_id)), None, "Closed")

    def move(self, event: events.UpdateActivityStatus | events.CancelActivity, to: str | None, state: str) -> None:
        """Send a status update. Pass None as `to` if the event is a cancel event."""
        sender = event.sender
        if event.activity_id not in self.activities:
            self.send(event, set(), False, None, {"WRM403"})
            return
        activity = self.activities[event.activity_id]
        at = activity["category"]
        is_cancellation = to is None or (at, to) == ("Open", "Closed")
        roles = ("WorkSupplier",) if to else ("WorkSupplier", "Chorus")
        other = {FORBIDDEN[at][to]} if to and to in FORBIDDEN.get(at, {}) else set()
        if (at, to) == ("Open", "Active") and self.model["hold"]:
            other.add("WRM107")
        if is_cancellation:
            other |= {"WRM204"} if self.touched(activity) else set()
            other |= {"WRM203"} if sender.role == "WorkSupplier" and not activity["flag"] else set()
        repeat = (at, activity["state"]) == (to, state)
        repeat = repeat or (to in (None, "Closed") and activity["closure"] == "Cancelled")
        party = self.sender_rules(sender, *roles, otherwise="WRM301")
        if self.send(event, party, repeat, {"WRM201"} if at == "Closed" else None, other):
            closes = is_cancellation or to == "Closed"
            activity["closure"] = ("Cancelled" if is_cancellation else "Completed") if closes else None
            activity["state"] = "Closed" if is_cancellation else state
            activity["category"] = to or "Closed"
            activity["been"] = activity["been"] or to == "Active"

    @rule(sender=parties)
    def cancel_request(self, sender: Party) -> None:
        """Chorus cancels a request whose open activities are all untouched."""
        closed = [each for each in self.activities.values() if each["category"] == "Closed"]
        live = [each for each in self.activities.values() if each["category"] != "Closed"]
        event = events.CancelWorkRequest(**from_(sender))
        party = self.sender_rules(sender, "Chorus", otherwise="WRM305")
        repeat = not live and all(each["closure"] == "Cancelled" for each in closed)
        if self.send(event, party, repeat, self.final(), {"WRM106"} if any(map(self.touched, live)) else set()):
            for each in live:
                each.update(category="Closed", state="Closed", closure="Cancelled")

    @rule(sender=parties, hold=st.booleans())
    def hold_or_resume(self, sender: Party, hold: bool) -> None:
        """The requestor and Chorus put work on hold and resume it."""
        event = (events.PutOnHold if hold else events.Resume)(**from_(sender))
        party = self.sender_rules(sender, "WorkRequestor", "Chorus", otherwise="WRM303")
        if self.send(event, party, hold == self.model["hold"], self.final(), set()):
            self.model["hold"] = hold

    @rule(sender=parties)
    def accept(self, sender: Party) -> None:
        """The holding supplier accepts. A second accept is a repeat."""
        party = self.sender_rules(sender, "WorkSupplier", otherwise="WRM302")
        repeat = self.model["allocation"] == "Accepted"
        other = {"WRM302"} if self.model["allocation"] == "Rejected" else set()
        if self.send(events.AcceptWorkRequest(**from_(sender)), party, repeat, self.final(), other):
            self.model["allocation"] = "Accepted"

    @rule(sender=parties, reason=st.sampled_from((*RejectionReason, "Bored")))
    def reject(self, sender: Party, reason: str) -> None:
        """The holding supplier rejects untouched work for one of the four reasons."""
        is_rejected = self.model["allocation"] == "Rejected"
        is_suppliers = sender.role == "WorkSupplier" and sender.id == self.model["supplier"]
        repeat = is_rejected and is_suppliers and reason == self.model["reason"]
        party = set() if repeat else self.sender_rules(sender, "WorkSupplier", otherwise="WRM302")
        other = {"WRM302"} if is_rejected else set()
        if not is_rejected:
            other |= {"WRM101"} if reason == "Bored" else set()
            other |= {"WRM102"} if any(map(self.touched, self.activities.values())) else set()
        event = events.RejectWorkRequest(**from_(sender, reason=reason))
        if self.send(event, party, repeat, self.final(), other):
            self.model.update(allocation="Rejected", reason=reason)

    @rule(sender=st.just(CHORUS) | parties, supplier=st.sampled_from((HOLDER.id, STRANGER.id)))
    def reallocate(self, sender: Party, supplier: str) -> None:
        """Chorus sends the work to another supplier, or again to one that rejected it, unless for WrongSupplier."""
        other = {"WRM104"} if self.has_begun() else set()
        if supplier == self.model["supplier"] and self.model["reason"] in (None, "WrongSupplier"):
            other.add("WRM105")
        party = self.sender_rules(sender, "Chorus", otherwise="WRM103")
        event = events.ReallocateWorkRequest(**from_(sender, supplier=supplier))
        if self.send(event, party, False, self.final(), other):
            self.model.update(supplier=supplier, allocation="Sent", reason=None)

    @rule(sender=parties, activity_id=activity_ids, type_=st.sampled_from((MAY_CANCEL, MAY_NOT_CANCEL)))
    def add_activity(self, sender: Party, activity_id: str, type_: ActivityType) -> None:
        """The requestor and Chorus add activities with new ids."""
        event = events.AddActivity(**from_(sender, activity=NewActivity(activity_id, type_)))
        party = self.sender_rules(sender, "WorkRequestor", "Chorus", otherwise="WRM303")
        other = {"WRM404"} if activity_id in self.activities else set()
        if self.send(event, party, False, self.final(), other):
            self.add_to_model(activity_id, type_)

    @invariant()
    def it_agrees_with_the_model(self) -> None:
        """The work request and its activities agree with the model."""
        wr, model = self.work_request, self.model
        assert (wr.supplier, wr.allocation, wr.rejection_reason, wr.on_hold) == (
            model["supplier"],
            model["allocation"],
            model["reason"],
            model["hold"],
        )
        assert {
            each.id: (each.status.category, each.status.state, each.has_been_active, each.closure)
            for each in wr.activities
        } == {
            activity_id: (each["category"], each["state"], each["been"], each["closure"])
            for activity_id, each in self.activities.items()
        }
        assert (wr.is_closed, wr.has_begun) == (self.all_closed(), self.has_begun())

    @invariant()
    def it_is_closed_exactly_if_nobody_has_a_permit(self) -> None:
        """Some party has a permit until the work request is closed. Then nobody has one."""
        permits = [permitted(self.work_request, party, rulebook=self.rulebook) for party in PARTIES]
        assert any(permits) is not self.all_closed()

    def teardown(self) -> None:
        """A replay of the events that were not refused gives the same work request."""
        if hasattr(self, "work_request"):
            assert replay(self.sent, rulebook=self.rulebook) == self.work_request


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
