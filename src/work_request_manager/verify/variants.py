"""Values that the rules cannot tell apart: a sample, and a description of the others.

The proof and the test vectors send the samples. The strategies draw from the descriptions, so Hypothesis is not needed
here.
"""

from collections.abc import Callable, Collection, Iterable
from enum import Enum, auto
from itertools import chain, count
from typing import Any, NamedTuple

import attrs


class Domain(Enum):
    """A set of values to draw from."""

    TEXT = auto()
    OPTIONAL_TEXT = auto()
    INSTANT = auto()
    OPTIONAL_SECONDS = auto()
    FLAG = auto()
    JSON = auto()
    OPTIONAL_STATES = auto()


class Only(NamedTuple):
    """One value."""

    sample: Any


class Anything(NamedTuple):
    """Every value of a domain."""

    domain: Domain
    sample: Any = None


class Fresh(NamedTuple):
    """Every value of a domain except those that are in use."""

    domain: Domain
    sample: Any
    used: tuple[Any, ...] = ()


@attrs.frozen(init=False)
class OneOf:
    """The values of several variants. The sample is that of the first."""

    variants: "tuple[Variant, ...]"
    sample: Any

    def __init__(self, *variants: "Variant") -> None:
        self.__attrs_init__(variants, variants[0].sample)


@attrs.frozen(init=False)
class Built:
    """The values that a function makes from values of other variants, one of each."""

    make: Callable[..., Any]
    parts: "tuple[Variant, ...]"
    sample: Any

    def __init__(self, make: Callable[..., Any], *parts: "Variant") -> None:
        self.__attrs_init__(make, parts, make(*(part.sample for part in parts)))


Variant = Only | Anything | Fresh | OneOf | Built
"""Values between which the judgement of an event does not differ."""

EventFields = dict[str, Variant]
"""Fields of an event, with values that make no difference to its judgement."""


def fresh(samples: Iterable[Any], used: Collection[Any] = (), domain: Domain = Domain.TEXT) -> Fresh:
    """Return the values of a domain that are not in use. The first unused sample is the sample."""
    return Fresh(domain, next(each for each in samples if each not in used), tuple(used))


def named(*names: str, used: Collection[str] = ()) -> Fresh:
    """Return the texts that are not in use. The sample is one of these names, or the first of them with a number."""
    numbered = (f"{names[0]}-{number}" for number in count(len(names) + 1))
    return fresh(chain(names, numbered), used)


def numbered(base: str, used: Collection[str] = ()) -> Fresh:
    """Return the texts that are not in use. The sample is a base with a number."""
    return fresh((f"{base}-{number}" for number in count(1)), used)
