"""From facts to a verdict: which rules are broken, and so which of the three answers it is.

Nothing here knows a work request or builds one. The steps are those of the rulebook, section 4.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from work_request_manager import events
from work_request_manager._values import FrozenDict
from work_request_manager.events import Event
from work_request_manager.facts import Facts, Standing
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, Cell, Move, Repeat, rules_of
from work_request_manager.machine import activity_machine, allocation_machine, reached
from work_request_manager.model import Allocation, Category, RejectionReason, Role, Section
from work_request_manager.rules import RULES, Rule


class Answer(StrEnum):
    """The three answers, each called as the class of its decisions."""

    CONSUMED = "Consumed"
    NOT_CONSUMED = "NotConsumed"
    REFUSED = "Refused"


class Verdict(NamedTuple):
    """What the rules say of some facts.

    Args:
        answer: whether such an event is consumed.
        violations: the broken rules that refuse it, in table order.
        warnings: the broken rules that do not, in table order.
        move: the graph's move that a consumed event makes, if it makes one.
    """

    answer: Answer
    violations: tuple[Rule, ...] = ()
    warnings: tuple[Rule, ...] = ()
    move: Move | None = None


_R, _S, _C = Role.WORK_REQUESTOR, Role.WORK_SUPPLIER, Role.CHORUS

SENT_BY: Mapping[str, Mapping[type[Event], tuple[Role, ...]]] = FrozenDict(
    {
        "WRM103": {events.ReallocateWorkRequest: (_C,)},
        "WRM301": {
            events.UpdateActivityStatus: (_S,),
            events.UpdateActivityWorker: (_S,),
            events.RecordOutcome: (_S,),
            events.CancelActivity: (_S, _C),
        },
        "WRM302": {events.AcceptWorkRequest: (_S,), events.RejectWorkRequest: (_S,)},
        "WRM303": {
            events.CreateWorkRequest: (_R, _C),
            events.PutOnHold: (_R, _C),
            events.Resume: (_R, _C),
            events.AddActivity: (_R, _C),
            events.UpdateSiteContact: (_R, _C),
            events.UpdateDetails: (_R, _C),
            events.RequestCancellation: (_R, _C),
        },
        "WRM305": {events.CancelWorkRequest: (_C,)},
    }
)
"""Which roles each rule leaves an event to. What no rule names, any role may send."""

SUPPLIERS_SECTIONS = (Section.FILE_ATTACHMENTS, Section.ADDITIONAL_INFOS)
"""The sections of the details that a supplier may send too (WRM303)."""


def is_left_to(role: Role, rule: str, event: type[Event], section: Section | None) -> bool:
    """Return whether a rule leaves an event to a role; an update of the details, one of this section."""
    if rule == "WRM303" and section in SUPPLIERS_SECTIONS:
        return True
    return role in SENT_BY[rule].get(event, Role)


def roles_for(event: type[Event], section: Section | None) -> tuple[Role, ...]:
    """Return the roles that no rule keeps from an event."""
    return tuple(role for role in Role if all(is_left_to(role, rule, event, section) for rule in SENT_BY))


def _sender_may(rule: str) -> Callable[[Facts], bool]:
    return lambda facts: is_left_to(facts.sender.role, rule, facts.event, facts.section)


_may_as_supplier = _sender_may("WRM302")

GUARDS: Mapping[str, Callable[[Facts], bool]] = FrozenDict(
    {
        # What must be so for a rule to be kept where it is consulted. A rule without a guard is broken wherever it is.
        "WRM101": lambda facts: facts.has_known_reason,
        "WRM102": lambda facts: facts.all_untouched,
        "WRM103": _sender_may("WRM103"),
        "WRM104": lambda facts: not facts.has_begun,
        "WRM105": lambda facts: (
            not facts.to_own_supplier or facts.rejection_reason not in (None, RejectionReason.WRONG_SUPPLIER)
        ),
        "WRM106": lambda facts: facts.open_ones_untouched,
        "WRM107": lambda facts: not facts.on_hold,
        "WRM203": lambda facts: facts.sender.role is not Role.WORK_SUPPLIER or facts.supplier_may_cancel,
        "WRM204": lambda facts: facts.is_untouched,
        "WRM301": _sender_may("WRM301"),
        "WRM302": lambda facts: (
            # A supplier that repeats its own rejection need not hold what it rejected.
            _may_as_supplier(facts)
            and (
                facts.sender is not Standing.OTHER_SUPPLIER
                or (facts.event is events.RejectWorkRequest and facts.is_repeat)
            )
        ),
        "WRM303": _sender_may("WRM303"),
        "WRM304": lambda facts: facts.sender is not Standing.OTHER_REQUESTOR,
        "WRM305": _sender_may("WRM305"),
        "WRM402": lambda facts: not facts.work_request_exists,
        "WRM404": lambda facts: facts.ids_are_new,
        "WRM405": lambda facts: facts.has_activities,
        "WRM406": lambda facts: facts.states_are_listed,
        "WRM407": lambda facts: facts.states_fit,
        "WRM408": lambda facts: facts.starts_open,
    }
)

PARTY_RULES = ("WRM103", "WRM301", "WRM302", "WRM303", "WRM304", "WRM305")
"""The rules on who may send what; they are judged always."""

_CREATION_RULES = ("WRM303", "WRM304", "WRM402", "WRM404", "WRM405", "WRM406", "WRM407", "WRM408")

_OTHER_RULES: Mapping[type[Event], tuple[str, ...]] = {
    # Beside those that the event's cell in a graph names.
    events.CancelWorkRequest: ("WRM106",),
    events.AddActivity: ("WRM404", "WRM406", "WRM407", "WRM408"),
    events.UpdateActivityStatus: ("WRM406", "WRM407"),
}

_ACTIVITIES = activity_machine()
_ALLOCATIONS = allocation_machine()


def judge(facts: Facts, rules: Mapping[str, bool]) -> Verdict:
    """Judge facts by rules.

    Args:
        facts: what the event asks, of what, from whom.
        rules: the id of each rule in use, with whether it refuses (True) or warns (False).

    Returns: the verdict; every broken rule in use is in it.
    """
    if facts.event is events.CreateWorkRequest:
        return _verdict(facts, rules, _broken(_CREATION_RULES, facts))
    if not facts.work_request_exists:
        return _verdict(facts, rules, ["WRM401"])
    if not facts.activity_exists:
        return _verdict(facts, rules, ["WRM403"])

    # A cancel event asks for its one move wherever the activity is: elsewhere WRM204 is broken.
    place = place_of(facts)
    cell = None if place is None else cell_at(place)
    broken = _broken(PARTY_RULES, facts)
    is_repeat = facts.is_repeat or cell == Repeat()
    if is_repeat and not any(rules.get(rule) for rule in broken):
        return Verdict(Answer.NOT_CONSUMED, warnings=_in_order(broken, rules))
    if facts.is_closed:
        return _verdict(facts, rules, broken + _final(facts))
    consulted = (rules_of(cell) if cell else ()) + _OTHER_RULES.get(facts.event, ())
    return _verdict(facts, rules, broken + _broken(consulted, facts), cell)


class Place(NamedTuple):
    """Where a cell is: in the status graph if it is between categories, else in the allocation graph."""

    row: Category | Allocation
    column: Category | type[Event]


def place_of(facts: Facts) -> Place | None:
    """Return the place in a graph of what an event asks for, if it has one."""
    if facts.category is not None and facts.asked is not None:
        return Place(facts.category, facts.asked)
    if facts.event is events.CancelActivity:
        return Place(Category.OPEN, Category.CLOSED)
    if facts.allocation is not None and facts.event in ALLOCATION_GRAPH[facts.allocation]:
        return Place(facts.allocation, facts.event)
    return None


def cell_at(place: Place) -> Cell:
    """Return the cell of a graph at a place."""
    graph: Mapping[Any, Mapping[Any, Cell]] = STATUS_GRAPH if isinstance(place.row, Category) else ALLOCATION_GRAPH
    return graph[place.row][place.column]


def _broken(consulted: Iterable[str], facts: Facts) -> list[str]:
    return [rule for rule in consulted if rule not in GUARDS or not GUARDS[rule](facts)]


def _final(facts: Facts) -> list[str]:
    if facts.category is None:
        return ["WRM209"]
    # What the graph's row Closed says of status updates goes for every event.
    closed = rules_of(STATUS_GRAPH[Category.CLOSED][Category.CLOSED])
    return [*closed, "WRM205"] if facts.event is events.RecordOutcome else [*closed]


def _in_order(broken: Iterable[str], rules: Mapping[str, bool], *, refusing: bool = False) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.id in broken and rules.get(rule.id) is refusing)


def _verdict(facts: Facts, rules: Mapping[str, bool], broken: list[str], cell: Cell | None = None) -> Verdict:
    violations = _in_order(broken, rules, refusing=True)
    warnings = _in_order(broken, rules)
    refused_by = [rule.id for rule in violations]
    if not isinstance(cell, Move):
        return Verdict(Answer.REFUSED if violations else Answer.CONSUMED, violations, warnings)
    if facts.category is not None:
        is_made = reached(_ACTIVITIES, facts.category, cell.name, refused_by) is not None
    else:
        assert facts.allocation is not None
        is_made = reached(_ALLOCATIONS, facts.allocation, cell.name, refused_by) is not None
    if violations or not is_made:
        return Verdict(Answer.REFUSED, violations, warnings)
    return Verdict(Answer.CONSUMED, violations, warnings, cell)
