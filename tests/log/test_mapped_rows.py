"""Tests of the rows of logs in other formats: their values, the states that are left out, types and event ids."""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import attrs
import pytest

from mapped_rows import NotATime, NotAvailable, Text
from work_request_manager import DEFAULT_RULEBOOK, ActivityType, Category, Role
from work_request_manager.errors import WireError
from work_request_manager.log import Counts, Finding, LogChecker, check
from work_request_manager.log._fast.updates import UpdateLoop
from work_request_manager.log._mapped import updates as updates_module
from work_request_manager.log._mapped.updates import Updates
from work_request_manager.wire import NO_TYPES, LogMapping, Types

MAPPING = LogMapping(
    request="request",
    status="state",
    at="at",
    categories={
        "open": Category.OPEN,
        "busy": Category.ACTIVE,
        "fixed": Category.PRACTICAL_COMPLETION,
        "closed": Category.CLOSED,
        "5": Category.CLOSED,
        "note": None,
    },
    activity="activity",
    sender="who",
    type="kind",
    event_id="id",
)
ROW = {
    "request": "W",
    "activity": "A",
    "state": "open",
    "at": "2026-03-01T09:00:00Z",
    "who": "s",
    "kind": "T",
    "id": "e",
}
FIELDS = {"request": "request", "activity": "activity", "who": "sender", "kind": "type", "id": "event_id"}
"""The columns of ids and codes, and the fields of the mapping that name them."""


def row(**values: Any) -> dict[str, Any]:
    """Return a row with other values in some columns, and without an event id unless it is one of them."""
    return {**ROW, "id": None, **values}


def values_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of a row in the order of the mapping."""
    return tuple(row[column] for column in ("request", "state", "at", "activity", "who", "kind", "id"))


def rules(rows: Sequence[Mapping[str, Any]], mapping: LogMapping = MAPPING, types: Types = NO_TYPES) -> list[Any]:
    """Return the line and the rule of each finding."""
    return [(finding.line, finding.rule) for finding in check(rows, mapping=mapping, types=types).findings]


class TestIds:
    """An id is text. A whole number is the text of its digits."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("17", "17"),
            (" 17 ", " 17 "),
            (17, "17"),
            (-17, "-17"),
            (17.0, "17"),
            (123456789012345.0, "123456789012345"),
            (12345678901234567890, "12345678901234567890"),
            (Decimal("17"), "17"),
            (Decimal("17.00"), "17"),
            (Fraction(17), "17"),
            (UUID(int=17), "00000000-0000-0000-0000-000000000011"),
            (Text("17"), "17"),
        ],
    )
    def test_of_each_type(self, value: Any, text: str) -> None:
        """Rows with either are about the same thing."""
        updates = Updates(MAPPING, NO_TYPES)
        for column in FIELDS:
            expected = updates.of(values_of(row(**{column: text})))
            assert updates.of(values_of(row(**{column: value}))) == expected
            assert updates.of(values_of(row(**{column: 1}))) != expected

    @pytest.mark.parametrize("value", [None, "", float("nan"), NotATime(), NotAvailable(), Decimal("nan")])
    @pytest.mark.parametrize("column", FIELDS)
    def test_that_are_missing(self, column: str, value: Any) -> None:
        """A request and an activity must have one. The path of the error is the column."""
        found = check([row(), row(**{column: value})], mapping=MAPPING).findings
        expected = [(2, "WRM502", f"{column} is missing")] if column in ("request", "activity") else []
        assert [(finding.line, finding.rule, finding.message) for finding in found] == expected

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (17.5, "17.5"),
            (True, "True"),
            (float("inf"), "inf"),
            (1e15, "1000000000000000.0"),
            (Decimal("Infinity"), "Infinity"),
            pytest.param(10**5_000, "<a very large integer>", id="a very large integer"),
            (["17"], "['17']"),
            ({}, "{}"),
            (b"17", "b'17'"),
        ],
    )
    @pytest.mark.parametrize("column", [*FIELDS, "state"])
    def test_that_are_not_ids(self, column: str, value: Any, shown: str) -> None:
        """The error has the column, the value and the way out."""
        (finding,) = check([row(), row(**{column: value}), row()], mapping=MAPPING).findings
        shown = "Decimal('Infinity')" if shown == "Infinity" else shown
        assert (finding.line, finding.rule) == (2, "WRM502")
        assert finding.message == f"{column} is {shown}; it must be text or a whole number"
        assert finding.task_id == ("W" if column != "request" else None)

    def test_of_many_rows(self) -> None:
        """Columns of whole numbers are converted together."""
        rows = [row(request=1, activity=2, who=3, kind=None, state="closed"), row(request=1, activity=2, who=3)] * 20
        assert rules(rows) == rules([{**each, "request": "1", "activity": "2", "who": "3"} for each in rows])
        assert rules(rows)[0] == (2, "WRM201")


class TestStates:
    """Each state has a category, or its rows are left out."""

    def test_that_have_none(self) -> None:
        """The finding has the state, and the request."""
        (finding,) = check([row(state="opened")], mapping=MAPPING).findings
        assert finding == Finding(
            file="<lines>",
            line=1,
            rule="WRM502",
            name="bad-field",
            basis=None,
            level=finding.level,
            task_id="W",
            activity_id=None,
            event="UpdateTaskActivityStatusEvent",
            at=None,
            message="state is 'opened', which is not in [categories]; add it there",
            first_refusal=None,
        )

    def test_that_are_left_out(self) -> None:
        """Their rows count as blank, even if nothing else in them is good."""
        rows = [row(state="closed"), row(state="note", request=None, at="soon"), row(state="busy")] * 2
        report = check(rows, mapping=MAPPING)
        assert [(finding.line, finding.rule) for finding in report.findings] == [
            (3, "WRM201"),
            (4, "WRM208"),
            (6, "WRM201"),
        ]
        assert report.counts == Counts(lines=6, blank=2, events=4, consumed=1, refused=3, assumed=1)

    def test_that_are_all_left_out(self) -> None:
        """Then there are no events."""
        report = check([row(state="note")] * 20, mapping=MAPPING)
        assert (report.findings, report.counts) == ((), Counts(lines=20, blank=20))

    @pytest.mark.parametrize("value", [5, 5.0, Text("closed")])
    def test_of_other_types(self, value: Any) -> None:
        """They are texts, as ids are."""
        assert rules([row(state=value), row(state="busy")]) == [(2, "WRM201")]

    def test_that_are_long(self) -> None:
        """Two long states with the same beginning are different."""
        first, second = "x" * 600 + "1", "x" * 600 + "2"
        mapping = attrs.evolve(
            MAPPING, categories={first: Category.ACTIVE, second: Category.ACTIVE}, sender=None, type=None, event_id=None
        )
        report = check([row(state=state) for state in (first, first, second, second)], mapping=mapping)
        assert report.counts == Counts(lines=4, events=4, consumed=2, not_consumed=2, assumed=1)


class TestSenders:
    """All senders have one role. A row without a sender can be from anybody."""

    @pytest.mark.parametrize(
        ("role", "senders"),
        [(Role.WORK_SUPPLIER, []), (Role.WORK_REQUESTOR, ["WorkRequestor s"]), (Role.CHORUS, ["Chorus"])],
    )
    def test_of_each_role(self, role: Role, senders: list[str]) -> None:
        """Only a supplier updates the status of an activity."""
        mapping = attrs.evolve(MAPPING, sender_role=role)
        found = check([row()], mapping=mapping).findings
        assert [(finding.rule, finding.sender) for finding in found] == [("WRM301", sender) for sender in senders]
        assert rules([row(who=None)], mapping) == []

    def test_in_large_numbers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest are forgotten, and memory is bounded."""
        monkeypatch.setattr(updates_module, "_MAX_SENDERS", 5)
        checker = LogChecker(mapping=MAPPING)
        found = list(checker.findings([row(who=f"s{number}", state="closed") for number in range(40)]))
        assert found == []
        assert checker._tables is not None
        assert len(checker._tables._updates._senders) <= 5


TYPES: Types = {
    "T": ActivityType("T"),
    "M": ActivityType("M", True),
    "L": ActivityType("L", True, {"busy": Category.OPEN}),
}


class TestTypes:
    """The type of an activity is unknown until a row names it."""

    @pytest.mark.parametrize(
        ("kind", "types", "expected"),
        [
            ("T", TYPES, ["WRM203"]),
            ("M", TYPES, []),
            ("L", TYPES, ["WRM406"]),
            ("T", NO_TYPES, []),
            (None, TYPES, []),
        ],
    )
    def test_decide_on_cancellations(self, kind: str | None, types: Types, expected: list[str]) -> None:
        """Only a configured type has a flag that is known."""
        mapping = attrs.evolve(MAPPING, complete=True)
        found = check([row(kind=kind, state="closed")], mapping=mapping, types=types).findings
        assert [finding.rule for finding in found] == expected
        assert {finding.activity_type for finding in found} <= {kind}

    def test_can_be_named_late(self) -> None:
        """From the first row that names it, it is known. Later rows do not change it."""
        rows = [row(kind=None), row(kind=None, state="open"), row(kind="T"), row(kind="M", state="closed")]
        mapping = attrs.evolve(MAPPING, complete=True)
        (finding,) = check(rows, mapping=mapping, types=TYPES).findings
        assert (finding.line, finding.rule, finding.activity_type) == (4, "WRM203", "T")

    def test_can_be_named_for_the_only_activity(self) -> None:
        """By the first row, or a later one."""
        mapping = attrs.evolve(MAPPING, activity=None, complete=True)
        assert rules([row(state="closed"), row(state="closed", request="V")], mapping, TYPES) == [
            (1, "WRM203"),
            (2, "WRM203"),
        ]
        assert rules([row(kind=None), row(state="closed")], mapping, TYPES) == [(2, "WRM203")]

    def test_can_be_named_by_a_redelivery(self) -> None:
        """It says so about the activity, although it is not judged."""
        rows = [row(kind=None, id="e"), row(kind="T", id="e"), row(kind=None, state="closed")]
        assert rules(rows, attrs.evolve(MAPPING, complete=True), TYPES) == [(2, "WRM602"), (3, "WRM203")]

    def test_can_be_named_late_for_one_of_many_activities(self) -> None:
        """The request counts its activities by what is known of them."""
        rows = [row(activity=f"A{number}", kind=None) for number in range(12)]
        rows += [
            row(activity="A7", kind="T"),
            row(activity="A7", kind=None, state="closed"),
            row(activity="A8", state="closed"),
        ]
        assert rules(rows, attrs.evolve(MAPPING, complete=True), TYPES) == [(14, "WRM203"), (15, "WRM203")]

    def test_must_be_configured_if_any_is(self) -> None:
        """Any other code is a bad field."""
        report = check([row(kind="X"), row(kind="T"), row(kind="")], mapping=MAPPING, types=TYPES)
        (finding,) = report.findings
        assert (finding.line, finding.rule) == (1, "WRM502")
        assert finding.message == "kind is 'X', an unknown type; define it (--types)"
        assert report.counts.events == 2

    def test_can_have_any_code_otherwise(self) -> None:
        """Findings name it."""
        (finding,) = check([row(kind="X", state="closed"), row(state="busy")], mapping=MAPPING).findings
        assert finding.activity_type == "X"


class TestEventIds:
    """A row with an event id that its request has had is a redelivery."""

    def test_are_recognised(self) -> None:
        """Per request. A row without an id is not one."""
        rows = [row(id="e"), row(id="e", state="closed"), row(request="V", id="e"), row(id=None), row(id="")]
        report = check(rows, mapping=MAPPING)
        assert [(finding.line, finding.rule, finding.message) for finding in report.findings] == [
            (2, "WRM602", "duplicate eventId e")
        ]
        assert (report.counts.consumed, report.counts.not_consumed) == (2, 3)

    def test_are_used_up_by_refused_events_as_in_a_history(self) -> None:
        """The event took effect."""
        rows = [row(state="closed", id="a"), row(state="busy", id="b"), row(state="busy", id="b")]
        assert rules(rows) == [(2, "WRM201"), (3, "WRM602")]


class TestColumns:
    """Usual rows are converted together, which is many times as fast."""

    @pytest.mark.parametrize(
        "more",
        [
            {},
            {"who": None, "kind": None, "id": "e"},
            {"who": "", "kind": "", "id": ""},
            {"request": 17, "activity": 17, "who": 17, "kind": 17, "id": 17},
            {"at": "2026-03-01T22:00:00+13:00"},
            {"at": datetime(2026, 3, 1, 9, tzinfo=UTC)},
        ],
    )
    def test_of_usual_rows(self, more: dict[str, Any]) -> None:
        """The updates are those of the rows."""
        rows = [
            values_of(row(**more)),
            values_of(row(state="note", request=None)),
            values_of(row(**more, state="busy")),
        ]
        updates = Updates(MAPPING, NO_TYPES)
        columns = updates.columns([2, 4, 5], rows)
        assert columns is not None
        assert list(columns.updates()) == [(2, updates.of(rows[0])), (5, updates.of(rows[2]))]
        instant = datetime(2026, 3, 1, 9, tzinfo=UTC)
        assert list(columns.plain_updates()) == [
            (number, update.task_id, update.activity_id, update.status, instant, "2026-03-01T09:00:00Z", update.sender)
            for number, update in columns.updates()
        ]

    @pytest.mark.parametrize(
        "more",
        [
            {"state": "odd"},
            {"state": []},
            {"request": ""},
            {"activity": None},
            {"at": "soon"},
            {"kind": "X"},
            {"id": 5.0},
        ],
    )
    def test_of_others(self, more: dict[str, Any]) -> None:
        """They are converted one by one, and so are bad and blank rows."""
        updates, usual = Updates(MAPPING, TYPES), values_of(row())
        assert updates.columns([1, 2], [usual, usual]) is not None
        for other in (values_of(row(**more)), None, WireError("WRM501", "the row", "is bad")):
            assert updates.columns([1, 2], [usual, other]) is None

    def test_next_to_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One unusual row among a thousand makes only a few others slow."""
        converted: list[Any] = []
        exactly = Updates.of

        def convert(updates: Updates, values: Sequence[Any]) -> Any:
            converted.append(values)
            return exactly(updates, values)

        monkeypatch.setattr(Updates, "of", convert)
        rows = [row(request=f"W{number}") for number in range(1_000)]
        rows[700]["activity"] = 5.5
        assert rules(rows) == [(701, "WRM502")]
        assert 0 < len(converted) <= 10

    @pytest.mark.parametrize(
        ("more", "is_short"),
        [
            ({}, False),
            ({"type": None}, False),
            ({"event_id": None}, False),
            ({"type": None, "event_id": None}, True),
            ({"type": None, "event_id": None, "categories": {**MAPPING.categories, "x" * 501: None}}, False),
        ],
    )
    def test_take_a_shorter_path_without_types_and_event_ids(
        self, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], is_short: bool
    ) -> None:
        """Only updates with a finding, or of an activity that is new, take the other one."""
        judged: list[Any] = []
        judge = UpdateLoop.judge_updates

        def note(loop: UpdateLoop, file: str, updates: Iterable[Any]) -> list[Finding]:
            some = list(updates)
            judged.extend(some)
            return judge(loop, file, some)

        monkeypatch.setattr(UpdateLoop, "judge_updates", note)
        rows = [row(state=state) for state in ["open", "busy", "busy", "fixed"] * 25]
        assert len(rules(rows, attrs.evolve(MAPPING, **more))) == 24
        assert (24 < len(judged) < 40) if is_short else len(judged) == 100


class TestTheChecker:
    """A checker of a log in another format."""

    def test_judges_by_its_rulebook(self) -> None:
        """Strict, and without a rule."""
        rows = [row(state="open"), row(state="fixed")]
        levels = {
            name: [str(finding.level) for finding in check(rows, mapping=MAPPING, rulebook=rulebook).findings]
            for name, rulebook in {
                "default": DEFAULT_RULEBOOK,
                "strict": DEFAULT_RULEBOOK.strict(),
                "without": DEFAULT_RULEBOOK.without("WRM206"),
            }.items()
        }
        assert levels == {"default": ["warning"], "strict": ["error"], "without": []}

    def test_implies_partial_and_history(self) -> None:
        """The other options make no difference."""
        rows = [row(state="closed"), row(state="busy")]
        expected = check(rows, mapping=MAPPING)
        assert check(rows, mapping=MAPPING, partial=True) == expected
        assert check(rows, mapping=MAPPING, history=True) == expected

    def test_can_be_pickled(self) -> None:
        """With types, senders, ids and requests that it knows."""
        checker = LogChecker(mapping=attrs.evolve(MAPPING, complete=True), types=TYPES)
        assert list(checker.findings([row(id="a"), row(request="V", id="b")])) == []
        again = pickle.loads(pickle.dumps(checker))
        more = [row(id="a"), row(request="V", kind=None, state="closed")]
        found = list(again.findings(more))
        assert [(finding.line, finding.rule) for finding in found] == [(1, "WRM602"), (2, "WRM203")]
        assert found == list(checker.findings(more))
        assert again.counts == checker.counts

    @pytest.mark.parametrize("source", [["line"], [b"line"], [5], [None], [["W", "open"]], [row(), "line"]])
    def test_takes_dictionaries_only(self, source: list[Any]) -> None:
        """The error says what to pass."""
        with pytest.raises(
            TypeError, match=r"^row is .*; pass dictionaries, such as those of csv\.DictReader, or the path"
        ):
            check(source, mapping=MAPPING)

    def test_needs_a_mapping(self) -> None:
        """A path or a dictionary is not one."""
        with pytest.raises(TypeError, match=r"^mapping is 'map\.toml' \(str\); pass a LogMapping, or None$"):
            LogChecker(mapping="map.toml")  # type: ignore[arg-type]  # the mistake under test
