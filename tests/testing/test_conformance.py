"""The conformance kit: what agrees passes both passes, what differs is shown by a shortest history with its reason."""

import re
from collections.abc import Callable
from typing import Any

import attrs
import hypothesis
import pytest

from histories import STRICT_RULEBOOK
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Answer,
    Category,
    Closure,
    Event,
    RejectionReason,
    Rulebook,
    WorkRequest,
    changes,
    decide,
    events,
)
from work_request_manager.testing import InMemoryWorkRequestManager, conformance
from work_request_manager.testing.conformance import (
    SEARCH,
    ConformanceSuite,
    Disagreement,
    check_by_search,
    check_conformance,
    check_vectors,
)

ACTIVITY = Activity("A-1", ActivityType("SITE_VISIT"))
SHORT_SEARCH = hypothesis.settings(SEARCH, max_examples=20, derandomize=True, database=None)


class InMemory:
    """The manager of this kit, as an implementation."""

    def __init__(self, rulebook: Rulebook = DEFAULT_RULEBOOK) -> None:
        self.rulebook = rulebook

    def reset(self) -> None:
        """Begin anew."""
        self.manager = InMemoryWorkRequestManager(rulebook=self.rulebook)

    def post(self, event: Event) -> str:
        """Post it."""
        return self.manager.post(event).answer

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return it."""
        known = {request.id: request for request in self.manager.work_requests()}
        return known.get(work_request_id)


class TestInMemory(ConformanceSuite):
    """The manager passes, as it has to; and pytest finds what a subclass inherits."""

    search = SHORT_SEARCH

    @pytest.fixture
    def adapter(self) -> InMemory:
        """Return it."""
        return InMemory(self.rulebook)


class TestInMemoryStrictly(TestInMemory):
    """It does under another rulebook too."""

    rulebook = STRICT_RULEBOOK


def test_the_coverage_is_printed_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    """By the suite and by the function."""
    TestInMemory().test_vectors(InMemory())
    printed = capsys.readouterr().out
    assert re.fullmatch(
        r"[\d,]+ events in \d+ histories: cells 34 of 34, rules kept 29 of 29, rules broken 29 of 29, answers 3 of 3\n",
        printed,
    )
    assert f"{check_conformance(InMemory(), search=SHORT_SEARCH)}\n" == printed


def test_a_rulebook_that_differs_is_found_out() -> None:
    """What keeps to the default rulebook does not conform to the strict one, by either pass."""
    differ = "this library answers Refused\n  the implementation answers Consumed"
    with pytest.raises(Disagreement, match=differ):
        check_vectors(InMemory(), STRICT_RULEBOOK)
    with pytest.raises(Disagreement, match=differ):
        check_by_search(InMemory(), STRICT_RULEBOOK, SHORT_SEARCH)


class Faulty(InMemory):
    """An implementation with a fault in it."""

    def __init__(
        self,
        post: Callable[[InMemory, Event], str] = InMemory.post,
        read: Callable[[WorkRequest], WorkRequest | None] = lambda request: request,
    ) -> None:
        super().__init__()
        self._post = post
        self._read = read

    def post(self, event: Event) -> str:
        """Post it, with the fault."""
        return self._post(self, event)

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return it, with the fault."""
        request = super().read(work_request_id)
        return request and self._read(request)


def found(faulty: InMemory) -> Disagreement:
    """Return what the vectors find of a faulty implementation."""
    with pytest.raises(Disagreement) as caught:
        check_vectors(faulty)
    return caught.value


def takes_lunch_for_a_reason(self: InMemory, event: Event) -> str:
    """Take every reason for one of the four."""
    if isinstance(event, events.RejectWorkRequest):
        event = attrs.evolve(event, reason=RejectionReason.DUPLICATE)
    return InMemory.post(self, event)


def test_a_wrong_acceptance_is_shown_with_the_rule() -> None:
    """The history is as short as can be, and the rule, its source and the reason are told."""
    disagreement = found(Faulty(takes_lunch_for_a_reason))
    assert [type(event) for event in disagreement.events] == [events.CreateWorkRequest, events.RejectWorkRequest]
    assert disagreement.differences == ("this library answers Refused", "the implementation answers Consumed")
    (rule,) = disagreement.decided_by
    assert rule.startswith("WRM101 reject-needs-reason (stated, FAQ 1): work request WR-")
    lines = str(disagreement).splitlines()
    assert lines[0] == "after"
    assert [line.split()[-1] for line in lines[2:4]] == ["Consumed", "WRM101"]
    assert lines[4:] == [
        "they differ:", "  this library answers Refused", "  the implementation answers Consumed",
        "decided by:", f"  {rule}",
    ]  # fmt: skip


def test_a_wrong_refusal_is_shown_with_the_cell() -> None:
    """The graph's cell that makes the move, and the rules that could forbid it and do not."""

    def lets_nothing_pause(self: InMemory, event: Event) -> str:
        decision = decide(self.read(event.work_request_id), event)
        moves = [each.move for each in getattr(decision, "changes", ()) if isinstance(each, changes.ActivityMoved)]
        return "Refused" if "pause" in moves else InMemory.post(self, event)

    disagreement = found(Faulty(lets_nothing_pause))
    assert len(disagreement.events) == 3
    cell, happens, rules = disagreement.decided_by
    assert cell == "the status graph, Active \u2192 Open: pause"
    assert happens == "what happens: ActivityMoved"
    assert rules.startswith("of the rules on such events, it breaks none of WRM107, WRM201, ")


def test_a_broken_assumed_rule_is_told_where_it_only_warns() -> None:
    """An implementation that refuses for it is told which rule it took too seriously."""
    strict = Faulty()
    strict.rulebook = STRICT_RULEBOOK
    assert any(line.startswith("only a warning: WRM") for line in found(strict).decided_by)


def test_a_repeat_is_told_as_one() -> None:
    """Whichever other answer it gets."""

    def consumes_repeats(self: InMemory, event: Event) -> str:
        answer = InMemory.post(self, event)
        return "Consumed" if answer is Answer.NOT_CONSUMED else answer

    assert "a repeat changes nothing, and is not consumed (FAQ 2)" in found(Faulty(consumes_repeats)).decided_by


def changed(request: WorkRequest, **own: Any) -> WorkRequest:
    """Return a work request whose first activity is changed."""
    return attrs.evolve(request, activities=(attrs.evolve(request.activities[0], **own), *request.activities[1:]))


def test_a_lost_flag_is_shown_with_the_invariant() -> None:
    """The answers agree, the work request does not: its fields are named, and the invariant that they break."""

    def forgets_work(request: WorkRequest) -> WorkRequest:
        is_paused = request.activities[0].status.category is Category.OPEN
        return changed(request, has_been_active=False) if is_paused else request

    disagreement = found(Faulty(read=forgets_work))
    assert len(disagreement.events) == 3
    assert re.fullmatch(
        r"both answer Consumed; work request WR-\d+ is then not as it should be:", disagreement.differences[0]
    )
    assert disagreement.differences[1:] == ("activity A-1: has_been_active is False, and should be True",)
    assert disagreement.decided_by == (
        "the status graph, Active \u2192 Open: pause",
        "what happens: ActivityMoved",
        "invariant 4: has_been_active never goes from true to false",
    )


@pytest.mark.parametrize(
    ("read", "difference"),
    [
        (lambda request: attrs.evolve(request, on_hold=False), "on_hold is False, and should be True"),
        (lambda request: None, "it is None, and should be WorkRequest("),
        (
            lambda request: attrs.evolve(request, activities=request.activities[:1]),
            "activities are ['A-1'], and should be ['A-1', 'A-2']",
        ),
        (
            lambda request: changed(request, closure=Closure.COMPLETED) if request.activities[0].closure else request,
            "activity A-1: closure is Completed, and should be Cancelled",
        ),
    ],
)
def test_a_wrong_state_is_told_field_by_field(
    read: Callable[[WorkRequest], WorkRequest | None], difference: str
) -> None:
    """Which, what it is, and what it should be."""
    assert found(Faulty(read=read)).differences[1].startswith(difference)


def test_a_work_request_that_should_not_be_is_told() -> None:
    """What is refused creates nothing."""

    class Keeping(InMemory):
        def read(self, work_request_id: str) -> WorkRequest | None:
            return super().read(work_request_id) or WorkRequest(work_request_id, "r", "s", (ACTIVITY,))

    assert "it is WorkRequest(" in found(Keeping()).differences[1]
    assert "and should be None" in found(Keeping()).differences[1]


def test_a_change_to_another_work_request_is_found_out() -> None:
    """A forgotten id in a WHERE shows in the work request that no event was for."""

    class Spilling(InMemory):
        def post(self, event: Event) -> str:
            answer = super().post(event)
            if isinstance(event, events.UpdateActivityWorker) and answer is Answer.CONSUMED:
                for request in self.manager.work_requests():
                    holder = attrs.evolve(event.sender, id=request.supplier)
                    other: Any = attrs.evolve(event, work_request_id=request.id, sender=holder)
                    self.manager.post(other)
            return answer

    disagreement = found(Spilling())
    assert len(disagreement.events) == 3
    assert "-bystander is then not as it should be:" in disagreement.differences[0]
    (why,) = disagreement.decided_by
    assert re.fullmatch(r"an event for WR-\d+ changes no other work request", why)


def test_what_an_adapter_raises_is_a_disagreement() -> None:
    """An implementation that stumbles is shown the history that makes it, and the error stays attached."""

    def stumbles(self: InMemory, event: Event) -> str:
        if isinstance(event, events.CancelActivity):
            raise RuntimeError("no such column")
        return InMemory.post(self, event)

    disagreement = found(Faulty(stumbles))
    assert disagreement.differences[1] == "the implementation raises RuntimeError('no such column')"
    assert len(disagreement.events) == 1
    assert isinstance(disagreement.__cause__, RuntimeError)


@pytest.mark.parametrize("answer", [None, "ok", True])
def test_what_is_no_answer_is_told_to_the_adapter(answer: Any) -> None:
    """It is the adapter that is wrong, and no disagreement."""
    with pytest.raises(ValueError, match=f"adapter.post answers {answer!r}; it must answer one of Consumed, NotCon"):
        check_vectors(Faulty(lambda self, event: answer))


def test_the_search_finds_and_shortens() -> None:
    """By random histories, of one work request or two, and then as short as can be."""

    def holds_progress(self: InMemory, event: Event) -> str:
        request = self.read(event.work_request_id)
        is_progress = isinstance(event, events.UpdateActivityStatus) and event.status.category is Category.OPEN
        return "Refused" if is_progress and request and request.on_hold else InMemory.post(self, event)

    faulty = Faulty(holds_progress)
    with pytest.raises(Disagreement) as caught:
        check_by_search(faulty, DEFAULT_RULEBOOK, hypothesis.settings(SHORT_SEARCH, max_examples=200))
    sent = caught.value.events
    for left_out in range(len(sent) - 1):
        assert conformance._disagreement(faulty, DEFAULT_RULEBOOK, sent[:left_out] + sent[left_out + 1 :]) is None


def test_the_search_is_as_long_as_it_is_told() -> None:
    """A suite can make it longer or shorter."""
    posted = []

    def counting(self: InMemory, event: Event) -> str:
        posted.append(event)
        return InMemory.post(self, event)

    few = hypothesis.settings(SHORT_SEARCH, max_examples=5, stateful_step_count=3)
    check_by_search(Faulty(counting), DEFAULT_RULEBOOK, few)
    assert 0 < len(posted) <= 15
    assert (SEARCH.max_examples, SEARCH.stateful_step_count) == (200, 25)
    assert conformance.ConformanceSuite.search is SEARCH
