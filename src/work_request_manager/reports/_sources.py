"""The sources of the rules, in our own words: the answers of the vendor's FAQ, and public facts.

This is the only place that says them. The page on the sources and the explanations of the rules quote it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from work_request_manager._values import FrozenDict
from work_request_manager.rules import RULES, Rule


class Source(NamedTuple):
    """A source.

    Args:
        title: its question, or its subject.
        text: the answer in our own words.
    """

    title: str
    text: str


SOURCES: Mapping[str, Source] = FrozenDict(
    {
        "FAQ 1": Source(
            "When may a work request be rejected?",
            "In four cases only: it went to the wrong supplier, the same work was requested twice, or something is"
            " wrong with the inventory or with the site information. A reject is possible only before work begins:"
            " every activity must be Open and must never have been active.",
        ),
        "FAQ 2": Source(
            "Should a status that is reached again be sent again?",
            "Yes. Every status update should be sent, even if the activity already has the status. The vendor decides"
            " which updates it consumes. This keeps such decisions out of the systems of both sides, and it helps"
            " reporting.",
        ),
        "FAQ 3": Source(
            "What does Practical Completion mean?",
            "The customer has service. A new connection works, or a fault is fixed. After Practical Completion an"
            " activity can only go to In Review or Closed. When all activities are closed, the work request closes by"
            " itself. Final updates, such as outcomes, have to be sent before the activity is closed.",
        ),
        "FAQ 4": Source(
            "May a supplier cancel an activity?",
            "Only if the type of the activity allows it, by a flag. And only an activity that is Open and has never"
            " been active can be cancelled.",
        ),
        "FAQ 5": Source(
            "May a requestor update an activity?",
            "No. The supplier controls the activity. The requestor can send a new site contact, another schedule, or a"
            " request for cancellation.",
        ),
        "FAQ 6": Source(
            "Can a closed activity be reopened?",
            "No. Closing is final: nothing about the activity can change afterwards. When its last activity closes,"
            " the work request closes by itself.",
        ),
        "FAQ 7": Source(
            "How is work moved to another supplier?",
            "Only Chorus moves work from one supplier to another. If the work has not started, the supplier asks for"
            ' this by a reject with the reason "wrong supplier".',
        ),
        "public facts": Source(
            "What is a work request?",
            "A work request is a parent task with one or more child activities. The task belongs to its requestor, and"
            " is allocated to exactly one supplier.",
        ),
    }
)
"""The sources by their names."""


def sources_of(rule: Rule) -> Iterator[tuple[str, Source]]:
    """Yield the sources that a rule cites, with their names. A rule can cite several answers, as in "FAQ 3, 4"."""
    names = [f"FAQ {number}" for number in re.findall(r"\d", rule.source)] or [rule.source]
    return ((name, SOURCES[name]) for name in names if name in SOURCES)


def rules_citing(name: str) -> Iterator[Rule]:
    """Yield the rules that cite a source."""
    return (rule for rule in RULES if name in dict(sources_of(rule)))
