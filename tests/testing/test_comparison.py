"""A wrong implementation gets a shortest history, with the reasons and a program."""

import pickle
import re
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st

from histories import STRICT_RULEBOOK
from testing.implementations import SHORT_SEARCH, Faulty, InMemory, found
from work_request_manager import (
    Activity,
    ActivityType,
    Answer,
    AnyEvent,
    Category,
    Closure,
    RejectionReason,
    Status,
    WorkRequest,
    changes,
    decide,
    events,
)
from work_request_manager.testing.conformance import Disagreement, check_by_search, check_vectors

ACTIVITY = Activity("A-1", ActivityType("SITE_VISIT"))


def accepts_any_reason(self: InMemory, event: AnyEvent) -> str:
    """Treat every rejection reason as one of the four."""
    if isinstance(event, events.RejectWorkRequest):
        event = attrs.evolve(event, reason=RejectionReason.DUPLICATE)
    return InMemory.post(self, event)


def test_a_wrong_acceptance_is_shown_with_the_rule() -> None:
    """The history is as short as possible. The report names the rule, its source and the reason."""
    disagreement = found(Faulty(accepts_any_reason))
    assert [type(event) for event in disagreement.events] == [events.CreateWorkRequest, events.RejectWorkRequest]
    assert disagreement.differences == ("this library answers Refused", "the implementation answers Consumed")
    (rule,) = disagreement.decided_by
    assert rule.startswith("WRM101 reject-needs-reason (stated, FAQ 1): work request WR-")
    lines = str(disagreement).splitlines()
    assert lines[0] == "history:"
    assert [line.split()[-1] for line in lines[2:4]] == ["Consumed", "WRM101"]
    assert lines[4:] == [
        "difference:", "  this library answers Refused", "  the implementation answers Consumed",
        "decided by:", f"  {rule}",
        "to reproduce:", *disagreement.code.splitlines(),
    ]  # fmt: skip


@pytest.mark.slow
def test_the_code_of_a_disagreement_shows_it_again() -> None:
    """It runs as it is, with the faulty adapter and with a right one. The rulebook is the one of the check."""
    names = {"adapter": Faulty(accepts_any_reason)}
    with pytest.raises(AssertionError, match=r"Refused\(event=RejectWorkRequest\("):
        exec(found(names["adapter"]).code, names)  # noqa: S102 - the code is our own
    exec(found(names["adapter"]).code, {"adapter": InMemory()})  # noqa: S102
    with pytest.raises(Disagreement) as strictly:
        check_vectors(InMemory(), STRICT_RULEBOOK)
    assert strictly.value.rulebook == STRICT_RULEBOOK
    exec(strictly.value.code, {"adapter": InMemory(STRICT_RULEBOOK)})  # noqa: S102


def test_a_disagreement_can_be_pickled() -> None:
    """Test runners send errors to other processes."""
    disagreement = found(Faulty(accepts_any_reason))
    copy = pickle.loads(pickle.dumps(disagreement))
    assert str(copy) == str(disagreement)


def test_a_wrong_refusal_is_shown_with_the_cell() -> None:
    """The report names the cell of the graph, and the rules that could forbid the move but do not."""

    def lets_nothing_pause(self: InMemory, event: AnyEvent) -> str:
        decision = decide(self.read(event.work_request_id), event)
        moves = [each.move for each in getattr(decision, "changes", ()) if isinstance(each, changes.ActivityMoved)]
        return "Refused" if "pause" in moves else InMemory.post(self, event)

    disagreement = found(Faulty(lets_nothing_pause))
    assert len(disagreement.events) == 3
    cell, happens, rules = disagreement.decided_by
    assert cell == "the status graph, Active \u2192 Open: pause"
    assert happens == "changes: ActivityMoved"
    assert rules.startswith("rules that the event keeps: WRM107, WRM201, ")


def test_a_warning_is_shown_to_an_implementation_that_refuses() -> None:
    """The report names the assumed rule that only warns."""
    strict = Faulty()
    strict.rulebook = STRICT_RULEBOOK
    assert any(line.startswith("a warning, not a refusal: WRM") for line in found(strict).decided_by)


def test_a_repeat_is_shown_as_one() -> None:
    """The report says that repeats are not consumed."""

    def consumes_repeats(self: InMemory, event: AnyEvent) -> str:
        answer = InMemory.post(self, event)
        return "Consumed" if answer is Answer.NOT_CONSUMED else answer

    assert "a repeat is not consumed and changes nothing (FAQ 2)" in found(Faulty(consumes_repeats)).decided_by


def changed(request: WorkRequest, **own: Any) -> WorkRequest:
    """Return a work request whose first activity is changed."""
    return attrs.evolve(request, activities=(attrs.evolve(request.activities[0], **own), *request.activities[1:]))


def test_a_lost_flag_is_shown_with_the_invariant() -> None:
    """If only the work requests differ, the report names the fields and the broken invariant."""

    def forgets_work(request: WorkRequest) -> WorkRequest:
        is_paused = request.activities[0].status.category is Category.OPEN
        return changed(request, has_been_active=False) if is_paused else request

    disagreement = found(Faulty(read=forgets_work))
    assert len(disagreement.events) == 3
    assert re.fullmatch(
        r"both answer Consumed, but work request WR-\d+ differs afterwards:", disagreement.differences[0]
    )
    assert disagreement.differences[1:] == ("activity A-1: has_been_active is False but should be True",)
    assert disagreement.decided_by == (
        "the status graph, Active \u2192 Open: pause",
        "changes: ActivityMoved",
        "invariant 4: has_been_active never goes from true to false.",
    )


@pytest.mark.parametrize(
    ("read", "difference"),
    [
        (lambda request: attrs.evolve(request, on_hold=False), "on_hold is False but should be True"),
        (lambda request: None, "it is None but should be WorkRequest("),
        (
            lambda request: attrs.evolve(request, activities=request.activities[:1]),
            "activities are ['A-1'] but should be ['A-1', 'A-2']",
        ),
        (
            lambda request: attrs.evolve(request, activities=request.activities[-1:]) if request.on_hold else request,
            "activities are ['A-2'] but should be ['A-1', 'A-2']",
        ),
        (
            lambda request: changed(request, closure=Closure.COMPLETED) if request.activities[0].closure else request,
            "activity A-1: closure is Completed but should be Cancelled",
        ),
    ],
)
def test_a_wrong_work_request_is_shown_field_by_field(
    read: Callable[[WorkRequest], WorkRequest | None], difference: str
) -> None:
    """Each line has the field, its value and the right value."""
    assert found(Faulty(read=read)).differences[1].startswith(difference)


def test_a_work_request_that_should_not_exist_is_shown() -> None:
    """A refused event creates nothing."""

    class Keeping(InMemory):
        def read(self, work_request_id: str) -> WorkRequest | None:
            return super().read(work_request_id) or WorkRequest(work_request_id, "r", "s", (ACTIVITY,))

    assert "it is WorkRequest(" in found(Keeping()).differences[1]
    assert "but should be None" in found(Keeping()).differences[1]


def test_a_change_to_another_work_request_is_detected() -> None:
    """An update without its WHERE changes the work request that no event was for."""

    class Spilling(InMemory):
        def post(self, event: AnyEvent) -> str:
            answer = super().post(event)
            if isinstance(event, events.UpdateActivityWorker) and answer is Answer.CONSUMED:
                for request in self.manager.work_requests():
                    holder = attrs.evolve(event.sender, id=request.supplier)
                    other: Any = attrs.evolve(event, work_request_id=request.id, sender=holder)
                    self.manager.post(other)
            return answer

    disagreement = found(Spilling())
    assert len(disagreement.events) == 3
    assert "-bystander differs afterwards:" in disagreement.differences[0]
    (why,) = disagreement.decided_by
    assert re.fullmatch(r"an event for WR-\d+ changes no other work request", why)


def test_an_error_of_the_implementation_is_a_disagreement() -> None:
    """The report has the history that leads to the error, and the error is its cause."""

    def stumbles(self: InMemory, event: AnyEvent) -> str:
        if isinstance(event, events.CancelActivity):
            raise RuntimeError("no such column")
        return InMemory.post(self, event)

    disagreement = found(Faulty(stumbles))
    assert disagreement.differences[1] == "the implementation raises RuntimeError('no such column')"
    assert len(disagreement.events) == 1
    assert isinstance(disagreement.__cause__, RuntimeError)


def test_an_error_while_reading_is_a_disagreement() -> None:
    """It is reported like an error of `post`."""

    def stumbles(request: WorkRequest) -> WorkRequest:
        raise LookupError("no such row")

    disagreement = found(Faulty(read=stumbles))
    assert disagreement.differences[1] == "the implementation raises LookupError('no such row')"
    assert isinstance(disagreement.__cause__, LookupError)


def test_values_of_an_implementation_are_printed_escaped() -> None:
    """Signs that colour text, and line ends, cannot change what a terminal or a CI system shows."""

    class Unprintable(Exception):
        def __repr__(self) -> str:
            return "\x1b[31mred\n::error::injected"

    def stumbles(self: InMemory, event: AnyEvent) -> str:
        raise Unprintable

    def colours(request: WorkRequest) -> WorkRequest:
        return changed(request, status=Status(Category.OPEN, "\x1b]0;\x07\n"), worker="\x9b31m\u202e")

    for faulty, escaped in (
        (Faulty(stumbles), r"  the implementation raises \x1b[31mred\n::error::injected"),
        (Faulty(read=colours), r"  activity A-1: status is Open (\x1b]0;\x07\n) but should be "),
        (Faulty(read=colours), r"  activity A-1: worker is '\x9b31m\u202e' but should be None"),
    ):
        text = str(found(faulty))
        assert any(line.startswith(escaped) for line in text.splitlines())
        assert text.replace("\n", "").isprintable()
    with pytest.raises(ValueError, match=r"adapter.post returned '\\x1b\[2J' \(str\); return one of") as raised:
        check_vectors(Faulty(lambda self, event: "\x1b[2J"))
    with pytest.raises(
        TypeError, match=r"adapter.read returned \\x1b\[31mred ::error::injected \(Unprintable\)"
    ) as typed:
        check_vectors(Faulty(read=lambda request: Unprintable()))  # type: ignore[arg-type, return-value]
    assert str(raised.value).isprintable()
    assert str(typed.value).isprintable()


def test_the_events_of_a_history_are_printed_escaped() -> None:
    """Ids and texts of the events themselves can have such signs too."""

    class Recoloured(InMemory):
        def post(self, _: AnyEvent) -> str:
            raise RuntimeError

    texts = st.just("\x1b[31m\n")
    with pytest.raises(Disagreement) as caught:
        check_by_search(Recoloured(), search=SHORT_SEARCH, texts=texts)
    assert str(caught.value).replace("\n", "").isprintable()
