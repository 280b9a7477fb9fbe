"""Steps of work requests: their values, and the words and statuses in them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from work_request_manager.catalogue import KINDS
from work_request_manager.events import AnyEvent, UpdateActivityStatus
from work_request_manager.judging import Answer
from work_request_manager.kinds import EventKind
from work_request_manager.log._fast.engine import CONSUMED, REFUSED
from work_request_manager.log._fast.nodes import Node
from work_request_manager.log._fast.texts import printable_text
from work_request_manager.log._fast.tracking import UNKNOWN
from work_request_manager.log._fast.updates import Update
from work_request_manager.log._findings import Finding, field_text, shortened
from work_request_manager.model import Category, Closure, Party, Status, WorkRequest, party_text
from work_request_manager.violations import FACTS, MessageContext, context_of


class KnownStatus(NamedTuple):
    """The status of an activity, as far as the log shows it. `state` is None if only the category is known."""

    category: str
    state: str | None


class ActivityStep(NamedTuple):
    """An activity before and after an event.

    Args:
        activity_id: its id.
        before: its status before the event. None if it is unknown, or the activity did not exist.
        after: its status after the event. None if it is unknown.
        is_new: whether the event has created it.
    """

    activity_id: str
    before: KnownStatus | None
    after: KnownStatus | None
    is_new: bool


class Step(NamedTuple):
    """A line about the work request.

    Args:
        file: the name of the log.
        line: the number of the line.
        at: the time of the event, as the line spells it. None if the line has none.
        sender: the sender in words. None if it is unknown, or the line is not an event.
        event: the wire name of the event. None if the line has none.
        activity_id: the activity that the event is for. None if it is for none.
        action: what the sender asks for, in words, to follow "asks to". None if the line is not an event.
        answer: the answer. None if the line is not an event, or an unknown one.
        before: the work request before the event. None if it did not exist, or is not known as a whole.
        after: the work request after the event. None if it does not exist, or is not known as a whole.
        activities: the activity that the event is for, or each activity that an event for the whole work request has
            created or moved.
        findings: the findings of the line.
    """

    file: str
    line: int
    at: str | None
    sender: str | None
    event: str | None
    activity_id: str | None
    action: str | None
    answer: Answer | None
    before: WorkRequest | None
    after: WorkRequest | None
    activities: tuple[ActivityStep, ...]
    findings: tuple[Finding, ...]


class Asked(NamedTuple):
    """An event to be judged, with the fields of `Step`. `known` is the event itself. None if a mapping describes it."""

    kind: EventKind
    at: str
    sender: str | None
    event: str
    activity_id: str | None
    action: str
    known: AnyEvent | None

    def step(
        self,
        file: str,
        number: int,
        answer: Answer,
        before: WorkRequest | None,
        after: WorkRequest | None,
        activities: tuple[ActivityStep, ...],
        found: Sequence[Finding],
    ) -> Step:
        """Return the step of the event. The arguments are those of `Step`."""
        at, activity_id = field_text(self.at), self.activity_id and field_text(self.activity_id)
        return Step(
            file, number, at, self.sender, self.event, activity_id, self.action, answer,
            before, after, activities, tuple(found),
        )  # fmt: skip


def asked_by_event(event: AnyEvent, at: str) -> Asked:
    """Return an event of a log to be judged.

    Args:
        event: the event.
        at: its time, as its line spells it.
    """
    context = context_of(None, KINDS[type(event)], event)
    name, action = FACTS["event"](context), FACTS["action"](context)
    return Asked(context.kind, at, str(event.sender), name, context.activity_id, action, event)


def asked_by_update(update: Update) -> Asked:
    """Return a status update of a log in another format to be judged."""
    kind, status = KINDS[UpdateActivityStatus], Status(Category(update.status.category), update.status.state)
    context = MessageContext(
        update.task_id, None, Party.chorus(), kind, update.activity_id, None, status, None
    )  # no words about a status update name its sender
    sender = party_text(update.sender.role, update.sender.id) if update.sender.role else None
    return Asked(kind, update.at, sender, update.event, update.activity_id, FACTS["action"](context), None)


def step_of_bad_line(finding: Finding, work_request: WorkRequest | None) -> Step:
    """Return the step of a line that is not an event, or an unknown one.

    Args:
        finding: the finding of the line.
        work_request: the work request, which stays as it is.
    """
    bad = shortened(finding)
    return Step(
        bad.file, bad.line, bad.at, None, bad.event, bad.activity_id, None, None,
        work_request, work_request, (), (finding,),
    )  # fmt: skip


def answer_between(before: Sequence[int], after: Sequence[int]) -> Answer:
    """Return the answer to the event that was judged between two counts of the answers."""
    if after[CONSUMED] > before[CONSUMED]:
        return Answer.CONSUMED
    return Answer.REFUSED if after[REFUSED] > before[REFUSED] else Answer.NOT_CONSUMED


class Place(NamedTuple):
    """The place of an activity in the accelerator: its node, and the state that is kept of it.

    `node` is None if there is no such activity.
    """

    node: Node | None
    state: Any

    @property
    def status(self) -> KnownStatus | None:
        """The status, from the variants that the activity may be in. None if it is unknown."""
        node, state = self
        if node is None or node.category is None:
            return None
        closures = {variant.closure for variant in node.variants}
        # An activity that may have been cancelled may have the state of cancelled activities, which is not kept then.
        is_certain = closures == {Closure.CANCELLED} or Closure.CANCELLED not in closures or state == node.category
        return KnownStatus(
            node.category, field_text(printable_text(state)) if state is not UNKNOWN and is_certain else None
        )
