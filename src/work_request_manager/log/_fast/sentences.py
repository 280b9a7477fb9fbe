"""The sentences of findings, compiled: a template for each rule and kind of event, and the facts that fill it.

A finding needs no facts except those in its sentence, so this is several times as fast as `violations.explain`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from string import Formatter
from typing import Any

from work_request_manager.kinds import EventKind
from work_request_manager.log._fast.cases import READERS
from work_request_manager.rules import Rule
from work_request_manager.violations import FACTS, allowed_text, listing_text

_Read = Callable[[Any], Any]
_UNSEEN = "an activity that the log does not show is touched"
"""The listing of a partial log whose known activities do not break the rule."""

_PHRASES = ("action", "passive_action")


Sentence = Callable[[Any], str]
"""The sentence of a violation, from its case."""


@cache
def sentence_of(rule: Rule, kind: EventKind) -> Sentence:
    """Return the sentence of a rule that a kind of event breaks."""
    parts = list(_parts(rule.message, rule, kind))
    template = "".join("%s" if callable(part) else part.replace("%", "%%") for part in parts)
    match [part for part in parts if callable(part)]:
        # Most sentences have few facts, and a tuple that is written out is made in half the time.
        case [one]:
            return lambda case: template % (one(case),)
        case [one, two]:
            return lambda case: template % (one(case), two(case))
        case [one, two, three]:
            return lambda case: template % (one(case), two(case), three(case))
        case reads:
            return lambda case: template % tuple([read(case) for read in reads])


def _parts(message: str, rule: Rule, kind: EventKind) -> Iterator[str | _Read]:
    """Yield the parts of a message: texts, and functions that read facts. The wording of the event is inlined."""
    for text, name, _, _ in Formatter().parse(message):
        if text:
            yield text
        if name in _PHRASES:
            yield from _parts(kind.active if name == _PHRASES[0] else kind.passive, rule, kind)
        elif name == "allowed":
            yield allowed_text(kind)
        elif name is not None:
            yield READERS.get(name) or FACTS.get(name) or _reads_listing(rule)


def _reads_listing(rule: Rule) -> _Read:
    listing = rule.listing
    assert listing is not None, "the other facts in messages are in FACTS"
    return lambda case: listing_text(listing, *case.listed(listing)) or _UNSEEN
