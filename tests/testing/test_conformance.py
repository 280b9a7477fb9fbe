"""The conformance check: a right implementation passes, both passes find a wrong one, and pytest runs the suite."""

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import hypothesis
import pytest
from hypothesis import strategies as st

from histories import STRICT_RULEBOOK
from testing.implementations import SHORT_SEARCH, Faulty, InMemory
from work_request_manager import DEFAULT_RULEBOOK, AnyEvent, WorkRequest, events
from work_request_manager.testing import conformance
from work_request_manager.testing._comparison import first_disagreement
from work_request_manager.testing.conformance import (
    SEARCH,
    ConformanceSuite,
    Disagreement,
    check_by_search,
    check_conformance,
    check_vectors,
)
from work_request_manager.vectors import vectors


class TestInMemory(ConformanceSuite):
    """The manager passes, and pytest finds the tests that a subclass inherits."""

    search = SHORT_SEARCH

    @pytest.fixture
    def adapter(self) -> InMemory:
        """Return the adapter of the manager."""
        return InMemory(self.rulebook)


def test_the_coverage_is_printed_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    """The suite prints the coverage, and the function returns it."""
    TestInMemory().test_coverage()
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
        assert first_disagreement(faulty, DEFAULT_RULEBOOK, sent[:left_out] + sent[left_out + 1 :]) is None
    assert caught.value.__cause__ is caught.value.__context__ is None  # not the long history


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


SUITE = """
import pytest
from testing.implementations import SHORT_SEARCH, InMemory
from work_request_manager import ActivityType, DEFAULT_RULEBOOK
from work_request_manager.testing.conformance import ConformanceSuite

class TestOurs(ConformanceSuite):
    search = SHORT_SEARCH

    @pytest.fixture
    def adapter(self):
        return InMemory(self.rulebook)
"""
"""A suite of a user."""

INI = f"""
[pytest]
addopts = -p no:cacheprovider
pythonpath = {Path(__file__).parents[1]}
filterwarnings =
    error
    ignore:Module already imported
"""


def run(pytester: pytest.Pytester, suite: str, *args: str) -> pytest.RunResult:
    """Run a suite in this process, in which the vectors have been computed. Every warning is an error."""
    pytester.makepyfile(suite)
    pytester.makeini(INI)
    return pytester.runpytest_inprocess("--color=no", *args)


def test_each_vector_is_a_case(pytester: pytest.Pytester) -> None:
    """The case has the id of the vector. The other tests of the suite are one case each."""
    suite = f"{SUITE}\n    def test_more(self, adapter):\n        pass\n"
    collected = run(pytester, suite, "--collect-only", "-q").outlines
    names = [line.partition("TestOurs::")[2] for line in collected if "::" in line]
    cases = [f"test_vector[{vector.id}]" for vector in vectors()]
    assert sorted(names) == sorted([*cases, "test_coverage", "test_search", "test_more"])


def test_one_vector_can_be_run(pytester: pytest.Pytester) -> None:
    """`-k` selects it by its id."""
    run(pytester, SUITE, "-k", "V-001").assert_outcomes(passed=1, deselected=len(vectors()) + 1)


def test_the_coverage_is_shown(pytester: pytest.Pytester) -> None:
    """`-rP` shows the line that `test_coverage` prints."""
    result = run(pytester, SUITE, "-rP", "-k", "test_coverage")
    result.assert_outcomes(passed=1, deselected=len(vectors()) + 1)
    result.stdout.fnmatch_lines(["* events in * histories: cells 34 of 34, rules kept 29 of 29, *"])


FIXTURES = {
    # scope: the fixture, and the number of adapters for ten cases
    "function": ("    @pytest.fixture\n    def adapter(self):", 10),
    "class": ("@pytest.fixture(scope='class')\ndef adapter():", 1),
    "session": ("@pytest.fixture(scope='session')\ndef adapter():", 1),
}


@pytest.mark.parametrize(("fixture", "adapters"), FIXTURES.values(), ids=FIXTURES)
def test_the_fixture_can_have_any_scope(pytester: pytest.Pytester, fixture: str, adapters: int) -> None:
    """An adapter can serve one case or all of them, because each case resets it."""
    suite = SUITE[: SUITE.index("    @pytest.fixture")] + f"{fixture} print('a new adapter'); return InMemory()"
    result = run(pytester, suite, "-rP", "-k", "V-00 or test_search")
    result.assert_outcomes(passed=10, deselected=len(vectors()) - 8)
    assert result.outlines.count("a new adapter") == adapters


def test_a_failing_case_names_its_vector_and_shows_the_code(pytester: pytest.Pytester) -> None:
    """The report has the short history once, not the long one, and frames of the user's code only."""
    suite = SUITE.replace("InMemory(self", "Faulty(lambda *_: 'Refused') if self.rulebook else InMemory(self")
    suite = suite.replace("import SHORT_SEARCH,", "import Faulty, SHORT_SEARCH,")
    result = run(pytester, suite, "-k", "V-001 or test_search", "-rN")  # in CI, pytest's summary has whole messages
    result.assert_outcomes(failed=2, deselected=len(vectors()))
    shown = result.stdout.str()
    assert shown.count("to reproduce:") == 2
    assert "_comparison.py" not in shown.replace("testing/_comparison.py:", "", 2)
    native = run(pytester, suite, "-k", "V-001", "--tb=native").outlines
    assert "assert adapter.reset()" not in native
    assert "adapter.reset()" in native  # without signs before it, so that it can be copied


def test_a_wrong_attribute_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    """It is reported once, before anything is sent."""
    result = run(pytester, SUITE.replace("search = SHORT_SEARCH", "types = ['FIBRE']"))
    result.assert_outcomes(errors=1)
    result.stdout.re_match_lines([r"E +TypeError: types is \['FIBRE'\] \(list\); pass a mapping of activity types by"])


class WithoutDeleting(InMemory):
    """An implementation that never deletes its work requests. Each history gets new ids."""

    def __init__(self) -> None:
        super().__init__()
        super().reset()
        self.prefix = 0

    def reset(self) -> None:
        """Choose another prefix."""
        self.prefix += 1

    def post(self, event: AnyEvent) -> str:
        """Post the event for another work request."""
        return super().post(attrs.evolve(event, work_request_id=f"{self.prefix}-{event.work_request_id}"))

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the other work request, with the id of this one."""
        request = super().read(f"{self.prefix}-{work_request_id}")
        return request and attrs.evolve(request, id=work_request_id)


def test_an_adapter_can_choose_new_ids_instead_of_deleting() -> None:
    """Both passes find nothing."""
    check_by_search(WithoutDeleting(), search=SHORT_SEARCH)
    adapter = WithoutDeleting()
    for vector in vectors()[:20]:
        TestInMemory().test_vector(adapter, vector)
    assert len(adapter.manager.work_requests()) == 40


@pytest.mark.slow
def test_a_strict_suite_gets_the_strict_vectors(pytester: pytest.Pytester) -> None:
    """The rulebook of the class decides. The manager passes under it, with configured types too."""
    strict = "rulebook = DEFAULT_RULEBOOK.strict()\n    "
    types = "types = {'FIBRE': ActivityType('FIBRE')}\n    "
    for more in (strict, strict + types):
        result = run(pytester, SUITE.replace("search =", f"{more}search ="), "-rP")
        result.assert_outcomes(passed=len(vectors(STRICT_RULEBOOK)) + 2)


@pytest.mark.slow
def test_the_cases_can_be_split_between_processes(pytester: pytest.Pytester) -> None:
    """Each worker collects the same cases."""
    pytester.makepyfile(SUITE)
    pytester.makeini(INI)
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider", timeout=120)
    result.assert_outcomes(passed=len(vectors()) + 2)
    result.stdout.fnmatch_lines(["*2 workers*"])
