"""The parts of the pytest plugin. They are imported only when a test uses a fixture or the marker."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import is_
from typing import Any, NamedTuple, NoReturn, cast
from weakref import WeakKeyDictionary

import attrs
import pytest

from work_request_manager._values import printable, require_argument
from work_request_manager.deciding import Decision, Refused
from work_request_manager.events import AnyEvent, CreateWorkRequest, Event
from work_request_manager.model import ActivityType, Category, NewActivity, Party, WorkRequest
from work_request_manager.rules import RULES_BY_ID
from work_request_manager.testing._arguments import REQUEST_ID, require_optional
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
            TypeError: there is no such attribute to ask for, or an argument has the wrong type.
            ValueError: no legal history reaches the state, the id is in use, or the number of types is wrong.
        """
        for name, value in attributes.items():
            if name not in ATTRIBUTES:
                raise TypeError(f"wrm_request() has no argument {name!r}; ask for any of {', '.join(ATTRIBUTES)}")
            if value is not None or name != "rejection_reason":  # None asks for a request that is not rejected
                require_argument(name, value, ATTRIBUTES[name], f"a value of type {ATTRIBUTES[name].__name__}")
        for category in categories:
            require_argument("category", category, Category, "a Category, such as Category.ACTIVE")
        require_optional("id", id, str, REQUEST_ID)
        categories = categories or (Category.OPEN,)
        is_list = isinstance(types, Sequence) and not isinstance(types, str)
        each: tuple[Any, ...] = tuple(cast(Any, types)) if is_list else (types,) * len(categories)
        for type_ in each:
            require_argument("types", type_, ActivityType, "an ActivityType, or a list with one for each activity")
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


_EARLIER = pytest.StashKey[WeakKeyDictionary[InMemoryWorkRequestManager, tuple[Decision, ...]]]()
"""See `_earlier`. Kept in the session."""

_FAILED_HERE = pytest.StashKey[bool]()
"""Whether this module has failed the test. Kept in the test."""


def check_markers(item: pytest.Item) -> None:
    """Fail a test with a marker `wrm_refuses` that makes no sense."""
    for marker in item.iter_markers("wrm_refuses"):
        misuse = _misuse(marker, _manager_of(item))
        if misuse:
            _fail(item, misuse)


def check_refusals(item: pytest.Item) -> None:
    """Fail a test if the refusals since its start differ from those that its markers expect together.

    Without a marker any refusals are right, unless the option `--wrm-no-refusals` or the setting is on.
    """
    wrm, config = _manager_of(item), item.config
    markers = list(item.iter_markers("wrm_refuses"))
    if wrm is not None and (markers or config.getoption("wrm_no_refusals") or config.getini("wrm_no_refusals")):
        expected = dict.fromkeys(rule for marker in markers for rule in marker.args)
        earlier, history = _earlier(item).get(wrm, ()), wrm.history()
        # Unless the manager was reset, the history begins with the decisions of earlier tests.
        first = len(earlier) if len(earlier) <= len(history) and all(map(is_, earlier, history)) else 0
        problems = _problems(history, first, expected)
        if problems:
            _fail(item, "\n".join(problems))


def add_history(item: pytest.Item) -> None:
    """Add the history to the report of a test that failed by itself. The failures of this module show it already."""
    wrm = _manager_of(item)
    if wrm is not None and wrm.history() and not item.stash.get(_FAILED_HERE, False):
        item.add_report_section("call", "wrm history", history_table(wrm.history()))


def end_test(item: pytest.Item) -> None:
    """Note that the decisions so far are not those of a later test, which may use the same manager."""
    item.stash[_FAILED_HERE] = False  # some plugins run a failed test again
    wrm = _manager_of(item)
    if wrm is not None:
        _earlier(item)[wrm] = wrm.history()


def _manager_of(item: pytest.Item) -> InMemoryWorkRequestManager | None:
    """Return the value of the fixture `wrm`. None if the test does not use it, or the value is no manager."""
    wrm = (getattr(item, "funcargs", None) or {}).get("wrm")
    return wrm if isinstance(wrm, InMemoryWorkRequestManager) else None


def _earlier(item: pytest.Item) -> WeakKeyDictionary[InMemoryWorkRequestManager, tuple[Decision, ...]]:
    """Return the decisions of earlier tests, for each manager that an earlier test has used."""
    return item.session.stash.setdefault(_EARLIER, WeakKeyDictionary())


def _fail(item: pytest.Item, message: str) -> NoReturn:
    item.stash[_FAILED_HERE] = True
    pytest.fail(message, pytrace=False)


def _misuse(marker: pytest.Mark, wrm: InMemoryWorkRequestManager | None) -> str | None:
    if wrm is None:
        return (
            "the test has the marker wrm_refuses, but no argument `wrm` that is an InMemoryWorkRequestManager;"
            " add the argument, or remove the marker"
        )
    if marker.kwargs:
        return f"the marker wrm_refuses has {', '.join(marker.kwargs)}; it takes only ids of rules, without names"
    if any(isinstance(rule, list | tuple | set) for rule in marker.args):
        return 'the marker wrm_refuses has a list; give each id as an argument: wrm_refuses("WRM203", "WRM204")'
    unknown = [repr(rule) for rule in marker.args if rule not in list(RULES_BY_ID)]
    if unknown:
        return f"the marker wrm_refuses names {', '.join(unknown)}; the rules are {', '.join(RULES_BY_ID)}"
    return None


def _problems(decisions: Sequence[Decision], first: int, expected: Collection[str]) -> list[str]:
    """Return lines of text about every refusal that is not expected, and every expected one that is missing.

    Args:
        decisions: all decisions of a manager.
        first: the index of the first decision that counts.
        expected: the ids of the rules that are expected to refuse events.
    """
    own = decisions[first:]
    refusing = sorted(_refusing_rules(own))
    lines: list[str] = []
    for work_request_id in dict.fromkeys(decision.event.work_request_id for decision in own):
        marked = [
            decision
            for decision in own
            if decision.event.work_request_id == work_request_id and not _refusing_rules([decision]).issubset(expected)
        ]
        if marked:
            history = [each for each in decisions if each.event.work_request_id == work_request_id]
            lines += _unexpected(work_request_id, history, marked, expected)
    if lines:
        marker_args = ", ".join(f'"{rule}"' for rule in refusing)
        lines.append(f"If the test expects this, mark it: @pytest.mark.wrm_refuses({marker_args})")
    missing = [rule for rule in expected if rule not in refusing]
    if missing:
        found = f"only {' and '.join(refusing)} refused an event" if refusing else "`wrm` refused nothing"
        history_lines = [history_table(own)] if own and not lines else []
        lines.append(f"wrm_refuses expects a refusal by {' and '.join(missing)}, but {found}")
        lines += history_lines
    return lines


def _unexpected(
    work_request_id: str, history: Sequence[Decision], marked: Sequence[Decision], expected: Collection[str]
) -> Iterator[str]:
    """Yield lines of text about the unexpected refusals of one work request, and its history up to the last one.

    Args:
        work_request_id: the id of the work request.
        history: all decisions on it, earlier tests included.
        marked: the unexpected ones among them.
        expected: the ids of the rules that are expected.
    """
    rules = sorted(_refusing_rules(marked).difference(expected))
    violations = [each for decision in marked if isinstance(decision, Refused) for each in decision.violations]
    yield printable(f"unexpected refusal by {' and '.join(rules)} for {work_request_id}:")
    yield from dict.fromkeys(printable(str(each)) for each in violations if each.rule.id in rules)
    last = max(number for number, decision in enumerate(history, start=1) if decision is marked[-1])
    yield history_table(history[:last], marked=marked)


def _refusing_rules(decisions: Iterable[Decision]) -> set[str]:
    refused = (decision for decision in decisions if isinstance(decision, Refused))
    return {violation.rule.id for decision in refused for violation in decision.violations}
