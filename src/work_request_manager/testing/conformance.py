"""A check that your own implementation answers as this library does: a suite to inherit, and a function.

One pass sends every history of `vectors`. Another lets Hypothesis search for a history that the implementation answers
differently. A difference is reported with a short history, from which no event can be left out, with the rules that
decide, and with a program that shows it again.
"""

from typing import TYPE_CHECKING, ClassVar

import attrs
import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from work_request_manager._values import require_argument, wrong_argument
from work_request_manager.deciding import Consumed
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.testing._arguments import require_function, require_rulebook, require_types
from work_request_manager.testing._comparison import Adapter, Comparison, Disagreement, first_disagreement, shortened
from work_request_manager.testing._configured_types import drawn_with, vectors_with
from work_request_manager.testing._variants import TEXTS, Texts
from work_request_manager.testing.strategies import events_for
from work_request_manager.vectors import Coverage, Vector, coverage, vectors
from work_request_manager.wire import Types

if TYPE_CHECKING:
    import pytest

__all__ = [
    "SEARCH",
    "Adapter",
    "ConformanceSuite",
    "Disagreement",
    "check_by_search",
    "check_conformance",
    "check_vectors",
]

SEARCH = hypothesis.settings(
    max_examples=200,
    stateful_step_count=25,
    deadline=None,
    # Without Phase.shrink, which takes a hundred times as long: `shortened` leaves out events instead.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""The default limits of the search: 200 histories of up to 25 events."""


class ConformanceSuite:
    """Tests to inherit, for pytest. Name the subclass `Test…`, and give it a fixture `adapter`."""

    rulebook: ClassVar[Rulebook] = DEFAULT_RULEBOOK
    """The rules that the implementation follows."""

    search: ClassVar[hypothesis.settings] = SEARCH
    """The limits of the search."""

    texts: ClassVar[Texts | str] = TEXTS
    """The ids, names, notes and other texts that the search sends, for an implementation that cannot hold all texts: a
    Hypothesis strategy, or the characters of the texts. By default all texts without U+0000 and without surrogates."""

    types: ClassVar[Types | None] = None
    """The activity types by their codes, for an implementation that refuses all others. None if it accepts any type."""

    def pytest_generate_tests(self, metafunc: "pytest.Metafunc") -> None:
        """Make one case of `test_vector` for each vector. pytest calls this method."""
        if metafunc.definition.originalname == "test_vector":
            _require_values(self.rulebook, self.search, self.texts, self.types)
            metafunc.parametrize("vector", _vectors(self.rulebook, self.types), ids=lambda vector: vector.id)

    def test_vector(self, adapter: Adapter, vector: Vector) -> None:
        """Every event of the vector gets the right answer and leaves the right work requests."""
        _require_adapter(adapter)
        _check_vector(adapter, vector, self.rulebook)

    def test_coverage(self) -> None:
        """Print the coverage of the vectors, and what it lacks because of the types."""
        print(_coverage(self.rulebook, self.types))

    def test_search(self, adapter: Adapter) -> None:
        """Every history that Hypothesis makes gets the right answers and leaves the right work request."""
        check_by_search(adapter, self.rulebook, self.search, self.texts, self.types)


def check_conformance(
    adapter: Adapter,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    search: hypothesis.settings = SEARCH,
    texts: Texts | str = TEXTS,
    types: Types | None = None,
) -> Coverage:
    """Check an implementation by both passes, without pytest.

    Args:
        adapter: the implementation.
        rulebook: the rules that it follows.
        search: the limits of the search.
        texts: the texts that the search sends (see `ConformanceSuite.texts`).
        types: the activity types by their codes, if it refuses all others. Pass None if it accepts any type.

    Returns:
        The coverage of the vectors.

    Raises:
        Disagreement: the implementation differs. The error has a short history that shows it.
        TypeError: an argument, or a value that the adapter returns, has the wrong type.
        ValueError: there are no types, or the adapter returns a text that is not an answer.
    """
    _require_values(rulebook, search, texts, types)
    _require_adapter(adapter)
    covered = check_vectors(adapter, rulebook, types)
    check_by_search(adapter, rulebook, search, texts, types)
    return covered


def check_vectors(adapter: Adapter, rulebook: Rulebook = DEFAULT_RULEBOOK, types: Types | None = None) -> Coverage:
    """Send every vector. See `check_conformance`."""
    __tracebackhide__ = True
    _require_values(rulebook, types=types)
    _require_adapter(adapter)
    for vector in _vectors(rulebook, types):
        _check_vector(adapter, vector, rulebook)
    return _coverage(rulebook, types)


def check_by_search(
    adapter: Adapter,
    rulebook: Rulebook = DEFAULT_RULEBOOK,
    search: hypothesis.settings = SEARCH,
    texts: Texts | str = TEXTS,
    types: Types | None = None,
) -> None:
    """Search for a history that the implementation answers differently. See `check_conformance`."""
    __tracebackhide__ = True
    _require_values(rulebook, search, texts, types)
    _require_adapter(adapter)
    # Ids and names must not be empty.
    drawn = st.text(texts, min_size=1, max_size=8) if isinstance(texts, str) else texts.filter(bool)

    class Search(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.comparison = Comparison(adapter, rulebook)

        @rule(data=st.data(), work_request_id=st.sampled_from(("WR-1", "WR-2")))
        def post(self, data: st.DataObject, work_request_id: str) -> None:
            request = self.comparison.known.get(work_request_id)
            event = data.draw(events_for(request, rulebook=rulebook, work_request_id=work_request_id, texts=drawn))
            self.comparison.post(event if types is None else drawn_with(data.draw, types, event))

    found = None
    try:
        run_state_machine_as_test(Search, settings=hypothesis.settings(search, report_multiple_bugs=False))
    except Disagreement as longer:
        found = longer
    # Raised here, so that the report shows the short history only, and not the long one as its cause.
    if found is not None:
        raise shortened(adapter, rulebook, found)


def _check_vector(adapter: Adapter, vector: Vector, rulebook: Rulebook) -> None:
    __tracebackhide__ = True
    creates = [decision.event for decision in vector.decisions if isinstance(decision, Consumed)][:1]
    # A second work request with the same activity ids, which no event of the vector may change.
    bystanders = [attrs.evolve(create, work_request_id=f"{create.work_request_id}-bystander") for create in creates]
    found = first_disagreement(adapter, rulebook, (*bystanders, *vector.events))
    if found is not None:
        raise shortened(adapter, rulebook, found)


def _vectors(rulebook: Rulebook, types: Types | None) -> tuple[Vector, ...]:
    return vectors(rulebook) if types is None else vectors_with(types, rulebook)


def _coverage(rulebook: Rulebook, types: Types | None) -> Coverage:
    covered = coverage(_vectors(rulebook, types), rulebook)
    return attrs.evolve(covered, left_out=sum(len(vector.events) for vector in vectors(rulebook)) - covered.events)


def _require_adapter(adapter: Adapter) -> None:
    methods = {
        "post": "a function that takes an event and returns one of the answers",
        "read": "a function that takes an id and returns a WorkRequest or None",
        "reset": "a function that deletes all work requests",
    }
    if isinstance(adapter, type) or not all(hasattr(adapter, name) for name in methods):
        raise wrong_argument("adapter", adapter, f"an object with the methods {', '.join(methods)}")
    for name, way_out in methods.items():
        require_function(f"adapter.{name}", getattr(adapter, name), way_out)


def _require_values(
    rulebook: Rulebook,
    search: hypothesis.settings = SEARCH,
    texts: Texts | str = TEXTS,
    types: Types | None = None,
) -> None:
    require_rulebook(rulebook)
    require_argument("search", search, hypothesis.settings, "settings, such as hypothesis.settings(SEARCH)")
    if not isinstance(texts, str):
        require_argument("texts", texts, st.SearchStrategy, "a Hypothesis strategy of texts, or a text of characters")
    if types is not None:
        require_types(types)
        if not types:
            raise ValueError("types is empty, so no work request can be created; pass at least one type, or None")
