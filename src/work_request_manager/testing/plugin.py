"""The parts of the pytest fixtures. They are imported only when a test uses one of the fixtures."""

from collections.abc import Collection, Generator, Iterable, Sequence
from typing import Any, NamedTuple, cast

import attrs
import pytest

from work_request_manager.deciding import Decision, Refused
from work_request_manager.events import AnyEvent, CreateWorkRequest, Event
from work_request_manager.model import ActivityType, Category, NewActivity, Party, WorkRequest
from work_request_manager.rules import RULES_BY_ID
from work_request_manager.testing._shortest import ATTRIBUTES, shortest_history
from work_request_manager.testing._tables import history_table
from work_request_manager.testing.manager import InMemoryWorkRequestManager
from work_request_manager.verify.stimuli import PARTIES


class Parties(NamedTuple):
    """The parties of a test.

    Args:
        chorus: Chorus.
        requestor: the requestor of every work request that `wrm_request` makes.
        supplier: the supplier of these work requests.
        other_requestor: a requestor that has nothing to do with them.
        other_supplier: a supplier that has nothing to do with them.
    """

    chorus: Party
    requestor: Party
    supplier: Party
    other_requestor: Party
    other_supplier: Party


def parties() -> Parties:
    """Return the parties of the fixture `wrm_parties`."""
    return Parties(*PARTIES)


_PLAIN_TYPE = ActivityType("FIBRE_CONNECT")


class RequestFactory:
    """Makes work requests and brings them to any state that a legal history reaches.

    Args:
        wrm: the manager that holds the work requests.
    """

    def __init__(self, wrm: InMemoryWorkRequestManager) -> None:
        self._wrm = wrm

    def __call__(
        self,
        *categories: Category,
        id: str | None = None,
        types: ActivityType | Sequence[ActivityType] = _PLAIN_TYPE,
        **attributes: object,
    ) -> WorkRequest:
        """Post a shortest history to a state, and return the work request there.

        Every event of the history is consumed without a warning.

        Args:
            categories: the categories of the activities A-1, A-2, …. One activity is Open if none is given.
            id: the id of the work request. Pass None for the first of WR-1, WR-2, … that is free.
            types: the type of all activities, or one type for each of them.
            attributes: the attributes that the work request must have, such as `allocation=Allocation.ACCEPTED`.

        Raises:
            TypeError: there is no such attribute to ask for.
            ValueError: no legal history reaches the state, the id is in use, or the number of types is wrong.
        """
        for name in attributes:
            if name not in ATTRIBUTES:
                raise TypeError(f"wrm_request() has no argument {name!r}; ask for any of {', '.join(ATTRIBUTES)}")
        categories = categories or (Category.OPEN,)
        each = (types,) * len(categories) if isinstance(types, ActivityType) else tuple(types)
        if len(each) != len(categories):
            raise ValueError(
                f"types has {_counted(len(each), 'type')} for {_counted(len(categories), 'activity', 'activities')};"
                " give one type, or one for each activity"
            )
        new_id = self._new_id(id)
        kinds = zip(categories, (type_.work_supplier_allowed_to_cancel for type_ in each), strict=True)
        for event in shortest_history(self._wrm.rulebook, tuple(kinds), tuple(attributes.items())):
            self._wrm.post(_adapted(event, new_id, each))
        return self._wrm.work_request(new_id)

    def _new_id(self, wanted: str | None) -> str:
        used = {request.id for request in self._wrm.work_requests()}
        if wanted in used:
            raise ValueError(f"id is {wanted!r}, but `wrm` has this work request already; give another id, or none")
        number = 1
        while f"WR-{number}" in used:
            number += 1
        return f"WR-{number}" if wanted is None else wanted


def _counted(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number == 1 else plural or f'{singular}s'}"


def _adapted(event: Event, new_id: str, types: Sequence[ActivityType]) -> AnyEvent:
    """Return an event of a shortest history for the new work request, with the types of the test."""
    fields: dict[str, Any] = {"work_request_id": new_id}
    if isinstance(event, CreateWorkRequest):
        typed = zip(event.activities, types, strict=True)
        fields["activities"] = tuple(NewActivity(activity.id, type_) for activity, type_ in typed)
    return cast(AnyEvent, attrs.evolve(event, **fields))


def watched_call(
    item: pytest.Item, wrm: object, marker: pytest.Mark | None, *, no_refusals: bool
) -> Generator[None, object, object]:
    """Run a test. If it passes, fail it if the refusals differ from those that it expects.

    Args:
        item: the test.
        wrm: the value of its fixture `wrm`. None if it does not use the fixture.
        marker: its marker `wrm_refuses`. None if it has none.
        no_refusals: whether a test without the marker expects no refusal.
    """
    if marker is not None and (misuse := _misuse(marker, wrm)):
        pytest.fail(misuse, pytrace=False)
    if not isinstance(wrm, InMemoryWorkRequestManager):
        return (yield)  # the project uses the name for another fixture
    try:
        result = yield
    except BaseException:  # the failures of pytest itself are not Exceptions
        if wrm.history():
            item.add_report_section("call", "wrm history", history_table(wrm.history()))
        raise
    if marker is not None or no_refusals:
        problems = _problems(wrm, () if marker is None else marker.args)
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)
    return result


def _misuse(marker: pytest.Mark, wrm: object) -> str | None:
    if not isinstance(wrm, InMemoryWorkRequestManager):
        return (
            "the test has the marker wrm_refuses, but its fixture `wrm` is not an InMemoryWorkRequestManager;"
            " add the argument `wrm`, or remove the marker"
        )
    if marker.kwargs:
        return f"the marker wrm_refuses has {', '.join(marker.kwargs)}; it takes only ids of rules, without names"
    unknown = [repr(rule) for rule in marker.args if rule not in list(RULES_BY_ID)]
    if unknown:
        return f"the marker wrm_refuses names {', '.join(unknown)}; the rules are {', '.join(RULES_BY_ID)}"
    return None


def _problems(wrm: InMemoryWorkRequestManager, expected: Collection[str]) -> list[str]:
    """Return lines of text about every refusal that is not expected, and every expected one that is missing."""
    decisions = wrm.history()
    refusing = sorted(_refusing_rules(decisions))
    lines: list[str] = []
    for work_request_id in dict.fromkeys(decision.event.work_request_id for decision in decisions):
        lines += _unexpected(wrm.history(work_request_id), expected)
    if lines:
        marker_args = ", ".join(f'"{rule}"' for rule in refusing)
        lines.append(f"If the test expects this, mark it: @pytest.mark.wrm_refuses({marker_args})")
    missing = [rule for rule in expected if rule not in refusing]
    if missing:
        found = f"only {' and '.join(refusing)} refused an event" if refusing else "nothing was refused"
        history = [history_table(decisions)] if decisions and not lines else []
        lines += [f"wrm_refuses expects a refusal by {' and '.join(missing)}, but {found}", *history]
    return lines


def _unexpected(history: Sequence[Decision], expected: Collection[str]) -> list[str]:
    """Return lines of text about the unexpected refusals of one work request, and its history up to the last one."""
    marked = [decision for decision in history if not _refusing_rules([decision]).issubset(expected)]
    if not marked:
        return []
    rules = sorted(_refusing_rules(marked).difference(expected))
    violations = [each for decision in marked if isinstance(decision, Refused) for each in decision.violations]
    last = max(number for number, decision in enumerate(history, start=1) if decision in marked)
    return [
        f"unexpected refusal by {' and '.join(rules)} for {history[0].event.work_request_id}:",
        *dict.fromkeys(str(violation) for violation in violations if violation.rule.id in rules),
        history_table(history[:last], marked=marked),
    ]


def _refusing_rules(decisions: Iterable[Decision]) -> set[str]:
    refused = (decision for decision in decisions if isinstance(decision, Refused))
    return {violation.rule.id for decision in refused for violation in decision.violations}
