"""Hypothesis strategies for variants: this module turns the descriptions of `verify.variants` into draws."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from work_request_manager.model import Category
from work_request_manager.verify.stimuli import AT
from work_request_manager.verify.variants import Anything, Domain, Fresh, OneOf, Only, Variant, numbered

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
OPTIONAL_TEXTS = st.none() | TEXTS
INSTANTS = st.integers(0, 10**15).map(lambda microseconds: AT + timedelta(microseconds=microseconds))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def drawn(draw: st.DrawFn, variant: Variant) -> Any:
    """Return the values of a variant, the simplest first."""
    return draw_from(draw, variant)


def draw_from(draw: st.DrawFn, variant: Variant) -> Any:
    """Draw a value of a variant."""
    match variant:
        case Only(value):
            return value
        case Anything(domain):
            return draw(_STRATEGIES[domain])
        case Fresh(domain, sample, used):
            # The sample, which is simplest, takes the place of each value that is in use.
            value = draw(_OR_SAMPLE[domain])
            return sample if value is None or value in used else value
        case OneOf():
            return draw_from(draw, draw(st.sampled_from(variant.variants)))
        case _:
            return variant.make(*(draw_from(draw, part) for part in variant.parts))


_STATES = st.dictionaries(drawn(numbered("State", tuple(Category))), st.sampled_from(Category), min_size=1, max_size=3)

_STRATEGIES: dict[Domain, st.SearchStrategy[Any]] = {
    Domain.TEXT: TEXTS,
    Domain.OPTIONAL_TEXT: OPTIONAL_TEXTS,
    Domain.INSTANT: INSTANTS,
    Domain.OPTIONAL_SECONDS: st.none() | st.integers(0, 10**6),
    Domain.FLAG: st.booleans(),
    Domain.JSON: _JSON,
    Domain.OPTIONAL_STATES: st.none() | _STATES,
}

_OR_SAMPLE = {domain: st.none() | strategy for domain, strategy in _STRATEGIES.items()}
