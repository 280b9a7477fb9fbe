"""The conformance check: a right implementation passes, a wrong one gets a shortest history with the reasons."""

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import hypothesis
import pytest
from hypothesis import strategies as st

from histories import STRICT_RULEBOOK
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Answer,
    AnyEvent,
    Category,
    Closure,
    RejectionReason,
    Rulebook,
    Status,
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
SHORT_SEARCH = hypothesis.settings(SEARCH, max_examples=10, derandomize=True, database=None)


class InMemory:
    """The manager in memory, as an implementation."""

    def __init__(self, rulebook: Rulebook = DEFAULT_RULEBOOK) -> None:
        self.rulebook = rulebook

    def reset(self) -> None:
        """Start with a new manager."""
        self.manager = InMemoryWorkRequestManager(rulebook=self.rulebook)

    def post(self, event: AnyEvent) -> str:
        """Post the event."""
        return self.manager.post(event).answer

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the work request."""
        known = {request.id: request for request in self.manager.work_requests()}
        return known.get(work_request_id)


class TestInMemory(ConformanceSuite):
    """The manager passes, and pytest finds the tests that a subclass inherits."""

    search = SHORT_SEARCH

    @pytest.fixture
    def adapter(self) -> InMemory:
        """Return the adapter of the manager."""
        return InMemory(self.rulebook)


@pytest.mark.slow
class TestInMemoryStrictly(TestInMemory):
    """The manager passes under another rulebook too."""

    rulebook = STRICT_RULEBOOK


def test_the_coverage_is_printed_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    """The suite prints the coverage, and the function returns it."""
    TestInMemory().test_vectors(InMemory())
    printed = capsys.readouterr().out
    assert re.fullmatch(
        r"[\d,]+ events in \d+ histories: cells 34 of 34, rules kept 29 of 29, rules broken 29 of 29, answers 3 of 3\n",
        printed,
    )
    assert f"{check_conformance(InMemory(), search=hypothesis.settings(SHORT_SEARCH, max_examples=1))}\n" == printed


def test_another_rulebook_is_detected() -> None:
    """An implementation of the default rulebook fails both passes of the strict one."""
    differ = "this library answers Refused\n  the implementation answers (Not)?Consumed"
    with pytest.raises(Disagreement, match=differ):
        check_vectors(InMemory(), STRICT_RULEBOOK)
    with pytest.raises(Disagreement, match=differ):
        check_by_search(InMemory(), STRICT_RULEBOOK, SHORT_SEARCH)


class Faulty(InMemory):
    """An implementation with a fault in it."""

    def __init__(
        self,
        post: Callable[[InMemory, AnyEvent], str] = InMemory.post,
        read: Callable[[WorkRequest], WorkRequest | None] = lambda request: request,
    ) -> None:
        super().__init__()
        self._post = post
        self._read = read

    def post(self, event: AnyEvent) -> str:
        """Post the event, with the fault."""
        return self._post(self, event)

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the work request, with the fault."""
        request = super().read(work_request_id)
        return request and self._read(request)


def found(faulty: InMemory) -> Disagreement:
    """Return the disagreement that the vectors find in a faulty implementation."""
    with pytest.raises(Disagreement) as caught:
        check_vectors(faulty)
    return caught.value


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
    ]  # fmt: skip


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


PASSES: tuple[Callable[[Any], object], ...] = (
    check_vectors,
    lambda adapter: check_by_search(adapter, search=SHORT_SEARCH),
)


@pytest.mark.parametrize("check", PASSES, ids=["vectors", "search"])
@pytest.mark.parametrize(
    ("answer", "error"), [(None, TypeError), (True, TypeError), (["Consumed"], TypeError), ("ok", ValueError)]
)
def test_anything_but_an_answer_is_an_error(check: Any, answer: Any, error: type[Exception]) -> None:
    """The error says what `post` has to return. It is the adapter that is wrong, so it is no disagreement."""
    message = (
        f"adapter.post returned {answer!r} ({type(answer).__name__}); return one of Consumed, NotConsumed, Refused"
    )
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        check(Faulty(lambda self, event: answer))


@pytest.mark.parametrize("check", PASSES, ids=["vectors", "search"])
@pytest.mark.parametrize("read", [{"id": "WR-1"}, False, "WR-1"])
def test_reading_anything_but_a_work_request_is_a_type_error(check: Any, read: Any) -> None:
    """The error says what `read` has to return."""
    message = (
        f"adapter.read returned {read!r} ({type(read).__name__}); return a WorkRequest, or None if the work request"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        check(Faulty(read=lambda request: read))


@pytest.mark.parametrize("check", [check_vectors, check_by_search, check_conformance])
@pytest.mark.parametrize("rulebook", ["strict", None, {}])
def test_another_value_as_the_rulebook_is_a_type_error(check: Any, rulebook: Any) -> None:
    """The error says what to pass, and the implementation is not called."""
    with pytest.raises(TypeError, match=r"rulebook is .*; pass a Rulebook, such as DEFAULT_RULEBOOK\.strict\(\)"):
        check(None, rulebook)


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


@pytest.mark.parametrize("method", ["post", "read", "reset"])
def test_a_hidden_coroutine_of_an_adapter_is_an_error(method: str) -> None:
    """A method can return the coroutine of another function. Python warns of nothing."""

    async def answer() -> str:
        return "Consumed"

    adapter = InMemory()
    setattr(adapter, method, lambda *_: answer())
    message = rf"^adapter\.{method} returned a coroutine, which would never run; run it with asyncio\.run instead$"
    with pytest.raises(TypeError, match=message):
        check_vectors(adapter)
    gc.collect()  # which would warn of a coroutine that nobody awaited


def texts_in(value: Any) -> Iterator[str]:
    """Yield all texts of an event."""
    if isinstance(value, str):
        yield value
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from texts_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from texts_in([*value, *value.values()])
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts_in(item)


class Recording(InMemory):
    """The manager, with all events that were posted."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[AnyEvent] = []

    def post(self, event: AnyEvent) -> str:
        """Post the event."""
        self.posted.append(event)
        return super().post(event)

    def texts(self) -> set[str]:
        """Return all texts that were posted."""
        return {text for event in self.posted for text in texts_in(event)}


def test_texts_of_the_search_have_no_nul_and_no_surrogates() -> None:
    """PostgreSQL cannot hold U+0000, and UTF-8 cannot hold surrogates. All other texts are sent."""
    recording = Recording()
    check_by_search(recording, search=SHORT_SEARCH)
    sent = "".join(recording.texts())
    assert "\0" not in sent
    assert not re.search("[\ud800-\udfff]", sent)
    assert any(ord(char) < 32 for char in sent)
    assert any(ord(char) > 0xFFFF for char in sent)


@pytest.mark.parametrize(
    ("texts", "allowed"),
    [("xyz", "[xyz]{1,8}"), (st.text("xyz", max_size=3), "[xyz]{1,3}"), (st.characters(codec="ascii"), "[\\0-\\x7f]")],
    ids=["characters", "strategy", "strategy of characters"],
)
def test_a_suite_can_set_the_texts(texts: Any, allowed: str) -> None:
    """The class attribute gives their characters, or a strategy. An empty text is not drawn, because ids need one."""

    class Suite(ConformanceSuite):
        search = hypothesis.settings(SHORT_SEARCH, max_examples=3)

    Suite.texts = texts
    recording = Recording()
    Suite().test_search(recording)
    notes = {event.note for event in recording.posted if event.note is not None}
    assert len(notes) > 3
    assert [note for note in notes if not re.fullmatch(allowed, note)] == []
    assert "".join(recording.texts()).isascii()  # ids and names are drawn texts or samples


def test_the_search_finds_and_shortens() -> None:
    """The search finds a fault, and leaves out every event that does not matter."""

    def stops_all_moves_on_hold(self: InMemory, event: AnyEvent) -> str:
        request = self.read(event.work_request_id)
        is_move = isinstance(event, events.UpdateActivityStatus)
        return "Refused" if is_move and request and request.on_hold else InMemory.post(self, event)

    faulty = Faulty(stops_all_moves_on_hold)
    with pytest.raises(Disagreement) as caught:
        check_by_search(faulty, DEFAULT_RULEBOOK, hypothesis.settings(SHORT_SEARCH, max_examples=200))
    sent = caught.value.events
    for left_out in range(len(sent) - 1):
        assert conformance._first_disagreement(faulty, DEFAULT_RULEBOOK, sent[:left_out] + sent[left_out + 1 :]) is None


def test_the_search_keeps_its_limits() -> None:
    """A suite can set the number and the length of the histories."""
    posted = []

    def counting(self: InMemory, event: AnyEvent) -> str:
        posted.append(event)
        return InMemory.post(self, event)

    few = hypothesis.settings(SHORT_SEARCH, max_examples=5, stateful_step_count=3)
    check_by_search(Faulty(counting), DEFAULT_RULEBOOK, few)
    assert 0 < len(posted) <= 15
    assert (SEARCH.max_examples, SEARCH.stateful_step_count) == (200, 25)
    assert conformance.ConformanceSuite.search is SEARCH
