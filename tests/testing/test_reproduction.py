"""The program of a disagreement: it builds the same events, and shows the same difference."""

import ast
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import work_request_manager
from hostile import SUFFIXES, hostile
from parties import AT, CHORUS, HOLDER, OWN, from_
from strategies_values import EVENT_CLASSES, EVENTS, events_of, json_values, work_requests
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    AnyEvent,
    Category,
    NewActivity,
    Outcome,
    Party,
    RejectionReason,
    Role,
    Schedule,
    Section,
    SiteContact,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.errors import FieldError
from work_request_manager.testing._reproduction import WIDTH, reproduction, source_of

PUBLIC = {name: getattr(work_request_manager, name) for name in work_request_manager.__all__}


def rebuilt(value: object) -> Any:
    """Return the value that the source text of a value builds."""
    return eval(source_of(value), {**PUBLIC, "datetime": datetime, "UTC": UTC})  # noqa: S307 - the text is our own


class Reference:
    """This library, as an implementation that takes notes."""

    def __init__(self, rulebook: work_request_manager.Rulebook) -> None:
        self.rulebook = rulebook
        self.decisions: list[work_request_manager.Decision] = []

    def reset(self) -> None:
        """Delete all work requests."""
        self.known: dict[str, WorkRequest | None] = {}

    def post(self, event: AnyEvent) -> str:
        """Decide on the event, and note the decision."""
        decision = decide(self.known.get(event.work_request_id), event, rulebook=self.rulebook)
        self.known[event.work_request_id] = decision.work_request
        self.decisions.append(decision)
        return decision.answer

    def read(self, work_request_id: str) -> WorkRequest | None:
        """Return the work request."""
        return self.known[work_request_id]


any_event = st.sampled_from(EVENT_CLASSES).flatmap(events_of)


@given(
    history=st.lists(any_event, min_size=1, max_size=4),
    rulebook=st.sampled_from([DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.without("WRM207", "WRM406").strict()]),
)
def test_the_program_builds_the_events_and_decides_as_this_library(
    history: Sequence[AnyEvent], rulebook: work_request_manager.Rulebook
) -> None:
    """It runs as it is, with any events and rulebook. Only `adapter` is given."""
    adapter = Reference(rulebook)
    names: dict[str, Any] = {"adapter": adapter}
    exec(reproduction(history, rulebook), names)  # noqa: S102 - the program is our own
    assert names["history"] == [*history]
    assert [decision.event for decision in adapter.decisions] == [*history]
    expected = Reference(rulebook)
    expected.reset()
    for event in history:
        expected.post(event)
    assert adapter.decisions == expected.decisions
    assert names["known"] == expected.known


@pytest.mark.parametrize("method", ["post", "read"])
def test_the_program_fails_if_the_implementation_differs(method: str) -> None:
    """A wrong answer and a wrong work request are both noticed, that of another work request too."""

    class Wrong(Reference):
        def post(self, event: AnyEvent) -> str:
            answer = super().post(event)
            return "Refused" if method == "post" and isinstance(event, events.PutOnHold) else answer

        def read(self, work_request_id: str) -> WorkRequest | None:
            is_held = any(request is not None and request.on_hold for request in self.known.values())
            is_wrong = method == "read" and is_held and work_request_id == "WR-2"
            return None if is_wrong else super().read(work_request_id)

    creates = [
        events.CreateWorkRequest(
            **{**from_(OWN), "work_request_id": work_request_id},
            supplier=HOLDER.id,
            activities=[NewActivity("A-1", ActivityType("FIBRE"))],
        )
        for work_request_id in ("WR-1", "WR-2")
    ]
    hold = events.PutOnHold(**from_(CHORUS))
    with pytest.raises(AssertionError):
        exec(reproduction([*creates, hold], DEFAULT_RULEBOOK), {"adapter": Wrong(DEFAULT_RULEBOOK)})  # noqa: S102
    exec(reproduction(creates, DEFAULT_RULEBOOK), {"adapter": Wrong(DEFAULT_RULEBOOK)})  # noqa: S102


def test_the_program_is_short_and_formatted() -> None:
    """It imports only the names that it uses, and leaves out arguments that are not needed."""
    create = events.CreateWorkRequest(
        work_request_id="WR-1",
        sender=OWN,
        at=AT,
        supplier="northline",
        activities=[NewActivity("A-1", ActivityType("FIBRE_CONNECT", states={"OnSite": Category.ACTIVE}))],
    )
    hold = events.PutOnHold(work_request_id="WR-1", sender=CHORUS, at=AT + timedelta(seconds=1, microseconds=5))
    assert (
        reproduction([create, hold], DEFAULT_RULEBOOK.strict())
        == """\
from datetime import UTC, datetime

from work_request_manager import (
    DEFAULT_RULEBOOK,
    ActivityType,
    AnyEvent,
    Category,
    NewActivity,
    Party,
    WorkRequest,
    decide,
    events,
)

history: list[AnyEvent] = [
    events.CreateWorkRequest(
        work_request_id="WR-1",
        sender=Party.requestor("rsp-one"),
        at=datetime(2026, 3, 1, 20, tzinfo=UTC),
        supplier="northline",
        activities=[
            NewActivity("A-1", ActivityType("FIBRE_CONNECT", states={"OnSite": Category.ACTIVE})),
        ],
    ),
    events.PutOnHold(
        work_request_id="WR-1",
        sender=Party.chorus(),
        at=datetime(2026, 3, 1, 20, 0, 1, 5, tzinfo=UTC),
    ),
]
known: dict[str, WorkRequest | None] = {}
adapter.reset()
for event in history:
    decision = decide(known.get(event.work_request_id), event, rulebook=DEFAULT_RULEBOOK.strict())
    known[event.work_request_id] = decision.work_request
    assert adapter.post(event) == decision.answer, decision
    for work_request_id, work_request in known.items():
        assert adapter.read(work_request_id) == work_request"""
    )
    assert "\nfrom work_request_manager import DEFAULT_RULEBOOK, AnyEvent, Party, WorkRequest, decide, events\n" in (
        reproduction([hold], DEFAULT_RULEBOOK)
    )


@pytest.mark.parametrize("event", [event for _, event in EVENTS.values()], ids=[*EVENTS])
def test_every_event_is_rebuilt(event: AnyEvent) -> None:
    """Each kind of event, with all of its fields."""
    assert rebuilt(event) == event
    assert type(rebuilt(event)) is type(event)


@given(work_requests())
def test_every_value_of_the_model_is_rebuilt(work_request: WorkRequest) -> None:
    """A work request holds values of all other classes."""
    assert rebuilt(work_request) == work_request


@given(json_values)
def test_every_json_value_is_rebuilt(value: Any) -> None:
    """Details can hold any JSON value."""
    event = events.UpdateDetails(**from_(OWN), section=Section.SOURCE, values=value)
    assert rebuilt(event) == event


@pytest.mark.parametrize("suffix", [suffix for suffix in SUFFIXES if len(suffix) < 100])
def test_hostile_texts_are_rebuilt(suffix: str) -> None:
    """Quotes, line ends, braces and percent signs are escaped where Python needs it."""
    event = hostile(EVENTS["CreateTaskEvent"][1], suffix)
    assert rebuilt(event) == event


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        "'\"",
        "\\",
        "\\'",
        "\n\r\t\0",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "\U0001f600",
        "é",
        "{",
        '"""',
        "\\N{DASH}",
    ],
)
def test_a_text_is_rebuilt_from_signs_that_can_be_printed(text: str) -> None:
    """Signs that colour text or turn it around cannot change what a terminal shows."""
    for each in (text, text * 3, f"a{text}b"):
        assert rebuilt(each) == each
        assert source_of(each).isprintable()


@pytest.mark.parametrize(
    "value",
    [10**5_000, -(10**5_000), 10**99, True, 0, -1, 0.1, -0.0, 1e308, 5e-324, None],
    ids=lambda value: type(value).__name__,
)
def test_numbers_are_rebuilt(value: Any) -> None:
    """Numbers with more digits than Python converts are among them."""
    assert rebuilt(value) == value
    assert type(rebuilt(value)) is type(value)


def test_nothing_is_cut() -> None:
    """Long texts, long lists and deep values are complete."""
    deep: Any = ["x"]
    for _ in range(90):
        deep = {"a": [deep[0]]} if isinstance(deep, list) else [deep, 1]
    for values in ("x" * 10_000, list(range(1_000)), {f"k{n}": n for n in range(1_000)}, deep):
        event = events.UpdateDetails(**from_(OWN), section=Section.ASSETS, values=values)
        assert rebuilt(event) == event


def test_a_text_of_a_subclass_is_written_as_a_text() -> None:
    """A subclass can have any repr."""

    class Name(str):
        def __repr__(self) -> str:
            return "Name()"

    assert source_of(Name("Aroha")) == '"Aroha"'


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (Party.chorus(), "Party.chorus()"),
        (Party.supplier("a'b"), 'Party.supplier("a\'b")'),
        (Party(Role.CHORUS, "someone"), 'Party(Role.CHORUS, "someone")'),
        (Status(Category.OPEN), "Status(Category.OPEN)"),
        (Status(Category.OPEN, Category.ACTIVE), "Status(Category.OPEN, state=Category.ACTIVE)"),
        (ActivityType("FIBRE", True), 'ActivityType("FIBRE", work_supplier_allowed_to_cancel=True)'),
        (NewActivity("A-1", ActivityType("FIBRE")), 'NewActivity("A-1", ActivityType("FIBRE"))'),
        (SiteContact("Ana", email="a@b"), 'SiteContact("Ana", email="a@b")'),
        (Schedule(latest_end=AT), "Schedule(latest_end=datetime(2026, 3, 1, 20, tzinfo=UTC))"),
        (Outcome("DONE", ""), 'Outcome("DONE", note="")'),
        (
            Activity("A-1", ActivityType("FIBRE"), Status(Category.ACTIVE), has_been_active=True),
            'Activity("A-1", ActivityType("FIBRE"), status=Status(Category.ACTIVE), has_been_active=True)',
        ),
        ([], "[]"),
        (RejectionReason.DUPLICATE, "RejectionReason.DUPLICATE"),
    ],
)
def test_values_are_written_as_a_person_would(value: object, source: str) -> None:
    """Required arguments have no names, and defaults are left out."""
    assert source_of(value) == source
    assert rebuilt(value) == value


@given(any_event)
def test_no_argument_can_be_left_out(event: AnyEvent) -> None:
    """Without an argument that has a default, the call would build another event or none."""
    call = ast.parse(source_of(event), mode="eval").body
    assert isinstance(call, ast.Call)
    given = {str(keyword.arg): getattr(event, str(keyword.arg)) for keyword in call.keywords}
    for field in attrs.fields(type(event)):
        if field.name in given and field.default is not attrs.NOTHING:
            fewer = {name: value for name, value in given.items() if name != field.name}
            with contextlib.suppress(FieldError):
                assert type(event)(**fewer) != event


@pytest.mark.parametrize("length", range(WIDTH - 15, WIDTH + 5))
def test_lines_are_short(length: int) -> None:
    """A list is broken if it does not fit on a line, with the comma that may follow it."""
    text = "x" * length
    flat = f'["{text}", 1]'
    lines = source_of([text, 1]).splitlines()
    assert lines == ([flat] if len(flat) < WIDTH else ["[", f'    "{text}",', "    1,", "]"])
    key = source_of({"a": [text, 1]}).splitlines()
    assert key[-1] == ("}" if len(key) > 1 else key[0])
    assert all(len(line) < WIDTH or line.endswith(f'{text}",') for line in key)
