"""Hypothesis strategies for variants: this module turns the descriptions of `verify.variants` into draws."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from work_request_manager.model import Category
from work_request_manager.verify.stimuli import AT
from work_request_manager.verify.variants import Anything, Domain, Fresh, OneOf, Only, Variant, numbered

Texts = st.SearchStrategy[str]

# Without surrogates, which UTF-8 cannot hold, and without U+0000, which PostgreSQL cannot hold.
TEXTS: Texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
INSTANTS = st.integers(0, 10**15).map(lambda microseconds: AT + timedelta(microseconds=microseconds))


@lru_cache(maxsize=8)  # for each event of a search again, with the same texts
def _domains(texts: Texts) -> Mapping[Domain, st.SearchStrategy[Any]]:
    """Return the strategies of all domains, with these texts."""
    json = st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
        max_leaves=4,
    )
    state = drawn(numbered("State", tuple(Category)), texts)
    states = st.dictionaries(state, st.sampled_from(Category), min_size=1, max_size=3)
    return {
        Domain.TEXT: texts,
        Domain.OPTIONAL_TEXT: st.none() | texts,
        Domain.INSTANT: INSTANTS,
        Domain.OPTIONAL_SECONDS: st.none() | st.integers(0, 10**6),
        Domain.FLAG: st.booleans(),
        Domain.JSON: json,
        Domain.OPTIONAL_STATES: st.none() | states,
    }


@lru_cache(maxsize=8)
def _or_sample(texts: Texts) -> Mapping[Domain, st.SearchStrategy[Any]]:
    """Return the strategies of all domains with None, which means the sample."""
    return {domain: st.none() | strategy for domain, strategy in _domains(texts).items()}


@st.composite
def drawn(draw: st.DrawFn, variant: Variant, texts: Texts = TEXTS) -> Any:
    """Return the values of a variant, the simplest first."""
    return draw_from(draw, variant, texts)


def draw_from(draw: st.DrawFn, variant: Variant, texts: Texts = TEXTS) -> Any:
    """Draw a value of a variant.

    Args:
        draw: the function that draws.
        variant: the variant.
        texts: the texts to draw, which are not empty.
    """
    match variant:
        case Only(value):
            return value
        case Anything(domain):
            return draw(_domains(texts)[domain])
        case Fresh(domain, sample, used):
            # The sample, which is simplest, takes the place of each value that is in use.
            value = draw(_or_sample(texts)[domain])
            return sample if value is None or value in used else value
        case OneOf():
            return draw_from(draw, draw(st.sampled_from(variant.variants)), texts)
        case _:
            return variant.make(*(draw_from(draw, part, texts) for part in variant.parts))
