"""What the pytest fixtures are made of; imported only when a test uses one of them."""

from collections.abc import Collection, Generator, Iterable, Sequence
from typing import NamedTuple

import attrs
import pytest

from work_request_manager import events
from work_request_manager.verify.stimuli import PARTIES
from work_request_manager.deciding import Decision, Refused
from work_request_manager.events import Event
from work_request_manager.model import Activity, ActivityType, Category, Party, WorkRequest
from work_request_manager.rules import RULES_BY_ID
from work_request_manager.testing._shortest import ATTRIBUTES, shortest_history
from work_request_manager.testing._tables import history_table
from work_request_manager.testing.manager import InMemoryWorkRequestManager


class Parties(NamedTuple):
    """Who takes part in a test: the first three have to do with the requests of `wrm_request`, the others don't."""

    chorus: Party
    requestor: Party
    supplier: Party
    other_requestor: Party
    other_supplier: Party


def parties() -> Parties:
    """Return the parties of the fixture `wrm_parties`."""
    chorus, requestor, other_requestor, supplier, other_supplier = PARTIES
    return Parties(chorus, requestor, supplier, other_requestor, other_supplier)


_PLAIN_TYPE = ActivityType("FIBRE_CONNECT")


class RequestFactory:
    """Brings new work requests to any point of their lives that a legal history reaches."""

    def __init__(self, wrm: InMemoryWorkRequestManager) -> None:
        self._wrm = wrm

    def __call__(
        self,
        *categories: Category,
        id: str | None = None,
        types: ActivityType | Sequence[ActivityType] = _PLAIN_TYPE,
        **attributes: object,
    ) -> WorkRequest:
        """Post a shortest history, each event of it consumed without a warning, and return the work request.

        Args:
            categories: where the activities A-1, A-2, … are to be; one activity, Open, if none is given.
            id: the work request's id; the first of WR-1, WR-2, … that is not taken if None.
            types: the activities' type, or one for each.
            attributes: what is to hold of the work request, such as `allocation=Allocation.ACCEPTED`.

        Raises:
            TypeError: an attribute that can't be asked for.
            ValueError: a point that no legal history reaches, an id that is taken, or too few or many types.
        """
        for name in attributes:
            if name not in ATTRIBUTES:
                raise TypeError(f"{name!r} can't be asked of a work request; ask for any of {', '.join(ATTRIBUTES)}")
        categories = categories or (Category.OPEN,)
        each = (types,) * len(categories) if isinstance(types, ActivityType) else tuple(types)
        if len(each) != len(categories):
            raise ValueError(
                f"types are {len(each)}, but activities {len(categories)}; give one type, or one for each activity"
            )
        new_id = self._new_id(id)
        kinds = zip(categories, (type_.work_supplier_allowed_to_cancel for type_ in each), strict=True)
        for event in shortest_history(self._wrm.rulebook, tuple(kinds), tuple(attributes.items())):
            self._wrm.post(_for(event, new_id, each))
        return self._wrm.work_request(new_id)

    def _new_id(self, wanted: str | None) -> str:
        taken = {request.id for request in self._wrm.work_requests()}
        if wanted in taken:
            raise ValueError(f"id is {wanted!r}, which `wrm` has already; name another, or leave it out")
        number = 1
        while f"WR-{number}" in taken:
            number += 1
        return f"WR-{number}" if wanted is None else wanted


def _for(event: Event, new_id: str, types: Sequence[ActivityType]) -> Event:
    if not isinstance(event, events.CreateWorkRequest):
        return attrs.evolve(event, work_request_id=new_id)
    typed = (Activity(activity.id, type_) for activity, type_ in zip(event.activities, types, strict=True))
    return attrs.evolve(event, work_request_id=new_id, activities=tuple(typed))


def watched(
    item: pytest.Item, wrm: object, marker: pytest.Mark | None, *, no_refusals: bool
) -> Generator[None, object, object]:
    """Let a test run, and fail it where it does not fail by itself but its events were not refused as it expects.

    Args:
        item: the test.
        wrm: what its fixture `wrm` is; None where it does not use it.
        marker: its marker `wrm_refuses`, if it has one.
        no_refusals: whether a test without the marker expects none.
    """
    if marker is not None and (misuse := _misuse(marker, wrm)):
        pytest.fail(misuse, pytrace=False)
    if not isinstance(wrm, InMemoryWorkRequestManager):
        return (yield)  # a fixture of someone else that has our name
    try:
        result = yield
    except BaseException:  # pytest's own failures are no Exceptions
        if wrm.history():
            item.add_report_section("call", "wrm history", history_table(wrm.history()))
        raise
    if marker is not None or no_refusals:
        disagreement = _disagreement(wrm, () if marker is None else marker.args)
        if disagreement:
            pytest.fail(disagreement, pytrace=False)
    return result


def _misuse(marker: pytest.Mark, wrm: object) -> str | None:
    if not isinstance(wrm, InMemoryWorkRequestManager):
        return (
            "the test has the marker wrm_refuses, but does not use an InMemoryWorkRequestManager as the fixture `wrm`;"
            " name `wrm` as an argument, or take the marker away"
        )
    if marker.kwargs:
        return f"the marker wrm_refuses has {', '.join(marker.kwargs)}; it takes nothing but ids of rules"
    unknown = [repr(rule) for rule in marker.args if rule not in list(RULES_BY_ID)]
    if unknown:
        return f"the marker wrm_refuses names {', '.join(unknown)}; the rules are {', '.join(RULES_BY_ID)}"
    return None


def _disagreement(wrm: InMemoryWorkRequestManager, expected: Collection[str]) -> str:
    """Return in words what other rules than the expected refused, and which of these refused nothing."""
    decisions = wrm.history()
    refusing = _rules(decisions)
    told = []
    for work_request_id in dict.fromkeys(decision.event.work_request_id for decision in decisions):
        told += _unexpected(wrm.history(work_request_id), expected)
    if told:
        meant = ", ".join(f'"{rule}"' for rule in sorted(refusing))
        told.append(f"If the test is about that, mark it: @pytest.mark.wrm_refuses({meant})")
    idle = [rule for rule in expected if rule not in refusing]
    if idle:
        history = [history_table(decisions)] if decisions and not told else []
        told += [f"{', '.join(idle)} refused nothing, though the marker wrm_refuses says so", *history]
    return "\n".join(told)


def _unexpected(history: Sequence[Decision], expected: Collection[str]) -> list[str]:
    """Return in words what of one work request was refused unexpectedly, and its history up to there."""
    marked = [decision for decision in history if not _rules([decision]).issubset(expected)]
    if not marked:
        return []
    rules = sorted(_rules(marked).difference(expected))
    violations = [each for decision in marked if isinstance(decision, Refused) for each in decision.violations]
    last = max(number for number, decision in enumerate(history, start=1) if decision in marked)
    return [
        f"{', '.join(rules)} refused what the test does not expect, for {history[0].event.work_request_id}:",
        *dict.fromkeys(str(violation) for violation in violations if violation.rule.id in rules),
        history_table(history[:last], marked=marked),
    ]


def _rules(decisions: Iterable[Decision]) -> set[str]:
    refused = (decision for decision in decisions if isinstance(decision, Refused))
    return {violation.rule.id for decision in refused for violation in decision.violations}
