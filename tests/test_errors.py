"""The errors of the library: where they live, and what their messages say to do."""

import importlib
import pickle
import pkgutil
from typing import Any

import pytest

import work_request_manager
from parties import AT, CHORUS, HOLDER, OWN, from_, request
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Event,
    EventRefused,
    Party,
    Rulebook,
    apply,
    decide,
    errors,
    events,
    evolve,
    permitted,
    replay,
)
from work_request_manager.errors import FieldError, FieldTypeError, FieldValueError, WireError


def public_exceptions() -> dict[str, type[BaseException]]:
    """Return the exceptions of the package that its public modules have, by their names there, without private ones."""
    found = {}
    for module in pkgutil.walk_packages(work_request_manager.__path__, "work_request_manager."):
        if "._" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            is_exception = isinstance(value, type) and issubclass(value, BaseException)
            is_own = is_exception and value.__module__.startswith(work_request_manager.__name__)
            if is_own and not name.startswith("_"):
                found[f"{module.name}.{name}"] = value
    return found


def test_all_errors_are_in_one_module() -> None:
    """Only the kit's Disagreement lives elsewhere, because it is the failure of a test."""
    elsewhere = {name: cls for name, cls in public_exceptions().items() if cls.__module__ != errors.__name__}
    assert list(elsewhere) == ["work_request_manager.testing.conformance.Disagreement"]
    assert all(issubclass(cls, AssertionError) for cls in elsewhere.values())
    here = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert set(errors.__all__) == here
    assert errors.EventRefused is work_request_manager.EventRefused


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(protocol: int) -> None:
    """Their fields and texts are the same afterwards."""
    sent = events.RejectWorkRequest(**from_(OWN, reason="Lunch"))
    with pytest.raises(EventRefused) as caught:
        apply(request(), sent)
    refused = pickle.loads(pickle.dumps(caught.value, protocol))
    assert (type(refused), refused.refused, str(refused)) == (EventRefused, caught.value.refused, str(caught.value))
    assert str(refused).splitlines() == [str(violation) for violation in refused.refused.violations]
    for error in (FieldValueError("id", "is ''"), FieldTypeError("id", "is 5"), FieldError("id", "is bad")):
        same = pickle.loads(pickle.dumps(error, protocol))
        assert (type(same), same.field, same.message, str(same)) == (type(error), "id", error.message, str(error))
    wire = WireError("WRM502", "$.at", "is missing")
    same = pickle.loads(pickle.dumps(wire, protocol))
    assert (same.rule, same.path, same.message, str(same)) == ("WRM502", "$.at", "is missing", "$.at is missing")


def test_field_errors_are_value_errors_and_type_errors() -> None:
    """Callers can catch them as the builtin exceptions."""
    assert issubclass(FieldValueError, ValueError)
    assert issubclass(FieldTypeError, TypeError)


class Celebrate(Event):
    """An event that the rulebook does not have."""


ANY: Any = None
HOLD = events.PutOnHold(**from_(OWN))
CELEBRATE: Any = Celebrate(work_request_id="WR-1", sender=CHORUS, at=AT)
NOT_A_REQUEST = r"^work_request is 'W' \(str\); pass a WorkRequest, or None if the work request does not exist$"
NOT_A_RULEBOOK = r"^rulebook is 'strict' \(str\); pass a Rulebook, such as DEFAULT_RULEBOOK.strict\(\)$"
NOT_AN_EVENT = r"^event is .*; pass an instance of one of the classes in work_request_manager.events$"
NOT_EVENTS = r"^events is .*; pass a list, or another iterable, of events$"
NOT_AN_ID = r'^rule_id is .*; pass ids of rules, such as "WRM207", one argument for each$'
PERMIT = permitted(request(), OWN)[0]
WRONG_CALLS: dict[str, tuple[Any, str]] = {
    "decide on a text": (lambda: decide("W", HOLD), NOT_A_REQUEST),  # type: ignore[arg-type]
    "evolve a text": (lambda: evolve("W", HOLD), NOT_A_REQUEST),  # type: ignore[arg-type]
    "apply to a text": (lambda: apply("W", HOLD), NOT_A_REQUEST),  # type: ignore[arg-type]
    "replay on a text": (lambda: replay([HOLD], "W"), NOT_A_REQUEST),  # type: ignore[arg-type]
    "decide on a class": (
        lambda: decide(type(request()), HOLD),  # type: ignore[arg-type]
        r"^work_request is WorkRequest \(type\); pass a WorkRequest, or None",
    ),
    "decide on no event": (lambda: decide(request(), object()), NOT_AN_EVENT),  # type: ignore[arg-type]
    "evolve by no event": (lambda: evolve(request(), "hooray"), NOT_AN_EVENT.replace(".*", r"'hooray' \(str\)")),  # type: ignore[arg-type]
    "decide on None": (lambda: decide(None, None), NOT_AN_EVENT),  # type: ignore[arg-type]
    "evolve by None": (lambda: evolve(None, None), NOT_AN_EVENT),  # type: ignore[arg-type]
    "decide on a class of events": (lambda: decide(None, events.PutOnHold), NOT_AN_EVENT),  # type: ignore[arg-type]
    "decide on an unknown class": (lambda: decide(request(), CELEBRATE), NOT_AN_EVENT),
    "decide on an unknown class for no request": (lambda: decide(None, CELEBRATE), NOT_AN_EVENT),
    "evolve by an unknown class": (lambda: evolve(request(), CELEBRATE), NOT_AN_EVENT),
    "replay an unknown class": (lambda: replay([CELEBRATE]), NOT_AN_EVENT),
    "decide by a text": (lambda: decide(None, HOLD, rulebook="strict"), NOT_A_RULEBOOK),  # type: ignore[arg-type]
    "apply by a text": (lambda: apply(None, HOLD, rulebook="strict"), NOT_A_RULEBOOK),  # type: ignore[arg-type]
    "permitted by a text": (
        lambda: permitted(request(), OWN, rulebook="strict"),  # type: ignore[arg-type]
        NOT_A_RULEBOOK,
    ),
    "permitted for nothing": (
        lambda: permitted(None, OWN),  # type: ignore[arg-type]
        r"^work_request is None \(NoneType\); pass a WorkRequest$",
    ),
    "permitted to a text": (
        lambda: permitted(request(), "northline"),  # type: ignore[arg-type]
        r"""^party is 'northline' \(str\); pass a Party, such as Party.supplier\("northline"\)$""",
    ),
    "the base class": (
        lambda: Event(work_request_id="WR-1", sender=CHORUS, at=AT),
        r"^Event holds the fields that all events have; build an instance of one of its subclasses$",
    ),
    "the base class without arguments": (lambda: Event(), r"Event|work_request_id"),  # type: ignore[call-arg]
    "a rulebook that is not sure": (
        lambda: Rulebook(is_strict="yes"),  # type: ignore[arg-type]
        r"^is_strict is 'yes' \(str\); it must be a bool$",
    ),
    "replay of nothing": (lambda: replay(None), NOT_EVENTS),  # type: ignore[arg-type]
    "replay of one event": (lambda: replay(HOLD), NOT_EVENTS),  # type: ignore[arg-type]
    "replay of a text": (lambda: replay("hold"), NOT_EVENTS),  # type: ignore[arg-type]
    "replay of no events on a text": (lambda: replay([], "W"), NOT_A_REQUEST),  # type: ignore[arg-type]
    "replay of no events by a text": (
        lambda: replay([], request(), rulebook="strict"),  # type: ignore[arg-type]
        NOT_A_RULEBOOK,
    ),
    "permitted for a number": (
        lambda: permitted(request(), OWN, activity_id=1),  # type: ignore[arg-type]
        r"^activity_id is 1 \(int\); pass the id of an activity, or None for all activities$",
    ),
    "permitted for a list": (
        lambda: permitted(request(), OWN, activity_id=["A-1"]),  # type: ignore[arg-type]
        r"^activity_id is \['A-1'\] \(list\); pass the id of an activity",
    ),
    "a permit for a class": (lambda: PERMIT.allows(events.PutOnHold), NOT_AN_EVENT),  # type: ignore[arg-type]
    "a permit for a text": (lambda: PERMIT.allows("PutOnHold"), NOT_AN_EVENT),  # type: ignore[arg-type]
    "a rulebook without a number": (lambda: DEFAULT_RULEBOOK.without(207), NOT_AN_ID),  # type: ignore[arg-type]
    "a rulebook without a list": (lambda: DEFAULT_RULEBOOK.without(["WRM207"]), NOT_AN_ID),  # type: ignore[arg-type]
    "a rulebook of nothing": (
        lambda: Rulebook(None),  # type: ignore[arg-type]
        r"^rules is None \(NoneType\); pass a list, or another iterable, of Rule$",
    ),
    "a party by text": (
        lambda: events.PutOnHold(work_request_id="WR-1", sender="northline", at=AT),  # type: ignore[arg-type]
        r"^sender is 'northline' \(str\); it must be a Party$",
    ),
    "a role by text": (
        lambda: Party("Chorus", "chorus"),  # type: ignore[arg-type]
        r"^role is 'Chorus' \(str\); it must be a Role$",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_argument_is_a_type_error_that_says_what_to_pass(call: Any, message: str) -> None:
    """No AttributeError comes from the inside of the library."""
    with pytest.raises(TypeError, match=message):
        call()


def test_the_rules_of_a_rulebook_can_be_a_list() -> None:
    """The error of a wrong type asks for a list or another iterable, so both are accepted."""
    assert Rulebook(list(DEFAULT_RULEBOOK.rules)) == Rulebook(iter(DEFAULT_RULEBOOK.rules)) == DEFAULT_RULEBOOK


def test_a_subclass_of_work_request_can_be_decided_on() -> None:
    """A wrong type is one that is not a WorkRequest at all."""

    class Ours(work_request_manager.WorkRequest):
        """A work request of a service."""

    ours = Ours("WR-1", "rsp-one", "northline", request().activities)
    for event in (HOLD, events.AcceptWorkRequest(**from_(HOLDER))):
        assert decide(ours, event).answer is decide(request(), event, rulebook=DEFAULT_RULEBOOK).answer
