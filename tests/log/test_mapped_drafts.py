"""Tests of drafts of mappings, which are guessed from tables of several kinds."""

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pyarrow
import pytest
from pyarrow import parquet

from work_request_manager import Category
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import check, draft_mapping
from work_request_manager.log._mapped.guessing import Column, guessed_category
from work_request_manager.wire import LogMapping, decode_mapping

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
STATES = ("Assigned", "On site", "Frobnicated", "Fixed", "Closed")
"""The states of each ticket, in order. The name of one suggests no category."""


def table(tickets: int = 30, seed: int = 1) -> list[tuple[int, str, datetime]]:
    """Return the ticket, the state and the time of each row of a table, in the order of time."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    begins = [START + timedelta(hours=5 * number, minutes=random.randrange(60)) for number in range(tickets)]
    rows = [
        (1_000 + number, state, begin + timedelta(hours=3 * step))
        for number, begin in enumerate(begins)
        for step, state in enumerate(STATES)
    ]
    return sorted(rows, key=lambda row: row[2])


def filled_in(draft: str) -> LogMapping:
    """Fill in what a draft leaves open, as its comments ask, and return the mapping."""
    draft = draft.replace('zone = ""', 'zone = "UTC"')
    return decode_mapping(re.sub(r'^(".*") = ""', r'\1 = "Active"', draft, flags=re.MULTILINE))


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]], delimiter: str = ",") -> Path:
    """Write a CSV file, and return its path."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def write_json(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write JSON Lines, and return their path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def assert_drafted(path: Path, **expected: str | None) -> LogMapping:
    """Check the fields of the draft for a table that is judged without a finding, and return the mapping."""
    draft = draft_mapping(path)
    with pytest.raises(WireError, match=r"categories\['Frobnicated'\] is |zone is ''"):
        decode_mapping(draft)
    mapping = filled_in(draft)
    fields = ("request", "status", "at", "at_format", "zone", "activity", "sender", "type", "event_id", "delimiter")
    assert {field: getattr(mapping, field) for field in fields} == {
        **dict.fromkeys(fields),
        "at_format": "iso",
        **expected,
    }
    assert dict(mapping.categories) == {
        "Assigned": Category.OPEN,
        "On site": Category.ACTIVE,
        "Frobnicated": Category.ACTIVE,
        "Fixed": Category.PRACTICAL_COMPLETION,
        "Closed": Category.CLOSED,
    }
    report = check(path, mapping=mapping)
    assert report.findings == ()
    assert (report.counts.consumed, report.counts.assumed) == (150, 30)
    return mapping


class TestDraftsOfTables:
    """The columns are guessed from their names and values."""

    def test_of_a_help_desk(self, tmp_path: Path) -> None:
        """Three columns, whose times name no zone."""
        rows = [(f"Case {ticket}", state, at.strftime("%Y-%m-%d %H:%M:%S")) for ticket, state, at in table()]
        path = write_csv(tmp_path / "help.csv", ("case", "activity", "time"), rows, ";")
        assert_drafted(path, request="case", status="activity", at="time", zone="UTC", delimiter=";")

    def test_of_a_ticket_export(self, tmp_path: Path) -> None:
        """Many columns, and dates as they are written in Britain. Other numbers and texts are not mistaken for ids."""
        header = (
            "Row ID",
            "Ticket Number",
            "Task No",
            "Current Status",
            "Changed At",
            "Assignee",
            "Kind",
            "Note",
        )
        rows = [
            (number, ticket, "1", state, at.strftime("%d/%m/%Y %H:%M"), "kim", "FIBRE", f"note {number} for 12:30")
            for number, (ticket, state, at) in enumerate(table())
        ]
        path = write_csv(tmp_path / "tickets.csv", header, rows)
        assert_drafted(
            path,
            request="Ticket Number",
            status="Current Status",
            at="Changed At",
            at_format="%d/%m/%Y %H:%M",
            zone="UTC",
            sender="Assignee",
            type="Kind",
            event_id="Row ID",
            delimiter=",",
        )

    def test_of_epoch_milliseconds(self, tmp_path: Path) -> None:
        """Numbers in a column for times are times if they are of our days."""
        rows = [
            {"id": 7 * number, "ticketId": ticket, "newState": state, "timestamp": int(at.timestamp() * 1_000)}
            for number, (ticket, state, at) in enumerate(table())
        ]
        path = write_json(tmp_path / "log.jsonl", rows)
        assert_drafted(path, request="ticketId", status="newState", at="timestamp", at_format="milliseconds")

    def test_of_nested_json(self, tmp_path: Path) -> None:
        """Paths lead into objects. Lists are left out, and so are bad lines."""
        rows = [
            {
                "ticket": {"key": f"INC{ticket}", "tags": ["status"], "closed at": None},
                "change": {"by": {"user": "kim"}, "status": state, "when": at.isoformat()},
                "eventUuid": str(UUID(int=number)),
            }
            for number, (ticket, state, at) in enumerate(table())
        ]
        path = write_json(tmp_path / "log.jsonl", rows)
        path.write_bytes(b"\n \n" + path.read_bytes())
        expected = {
            "request": "ticket.key",
            "status": "change.status",
            "at": "change.when",
            "sender": "change.by.user",
            "event_id": "eventUuid",
        }
        assert_drafted(path, **expected)
        path.write_bytes(path.read_bytes() + b'{"ticket":\n[]\n\xff\n')
        assert "guessed from 150 rows of" in draft_mapping(path)

    @pytest.mark.parametrize("zone", ["UTC", None])
    def test_of_a_parquet_file(self, tmp_path: Path, zone: str | None) -> None:
        """Times that have a type need a zone only if the type has none."""
        tickets, states, times = zip(*table(), strict=True)
        times = times if zone else tuple(at.replace(tzinfo=None) for at in times)
        columns = {
            "work_order": pyarrow.array(tickets, pyarrow.int64()),
            "step": pyarrow.array(states),
            "at": pyarrow.array(times, pyarrow.timestamp("ns", zone)),
            "codes": pyarrow.array([[1, 2]] * len(states)),
        }
        path = tmp_path / "log.parquet"
        parquet.write_table(pyarrow.table(columns), path)
        assert_drafted(path, request="work_order", status="step", at="at", zone=None if zone else "UTC")

    def test_of_standard_input(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The draft names it `-`."""
        rows = [(ticket, state, at.isoformat()) for ticket, state, at in table()]
        path = write_csv(tmp_path / "log.csv", ("case", "step", "date"), rows)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))
        draft = draft_mapping("-")
        assert draft.startswith("# A draft, guessed from 150 rows of -. Check each line; fill in empty ones.\n")
        assert 'request = "case"  # the work request\n' in draft


class TestTheWordsOfADraft:
    """A draft marks what it could not guess, and what is a guess."""

    def test_list_each_state_with_its_number(self, tmp_path: Path) -> None:
        """The most frequent first. A state that is not guessed is marked."""
        states = ["Closed"] * 3 + ["Frobnicated"] * 2 + ['Say "no"\n\x7f']
        rows = [(number, state, START.isoformat()) for number, state in enumerate(states)]
        draft = draft_mapping(write_csv(tmp_path / "log.csv", ("case", "state", "date"), rows))
        assert draft.splitlines()[-3:] == [
            '"Closed" = "Closed"  # 3 rows',
            '"Frobnicated" = ""  # 2 rows; not guessed: fill it in',
            '"Say \\"no\\"\\n\\u007f" = ""  # 1 row; not guessed: fill it in',
        ]
        assert filled_in(draft).categories['Say "no"\n\x7f'] is Category.ACTIVE

    def test_say_which_columns_are_not_guessed(self, tmp_path: Path) -> None:
        """Required ones are empty, which is an error. Others are comments."""
        path = write_csv(tmp_path / "log.csv", ("a\tb", "c"), [("x", "5")] * 3)
        draft = draft_mapping(path)
        assert "# Its columns: 'a\\tb', 'c'\n" in draft
        for line in (
            'request = ""  # the work request',
            'at = ""  # the time',
            '# sender = ""  # the sender',
            '# event_id = ""  # the id of the event, the same when it is sent again',
        ):
            assert line in draft.splitlines()
        with pytest.raises(WireError, match=r"^line 5: request is ''; give it at least one character$"):
            decode_mapping(draft)

    @pytest.mark.parametrize(
        ("days", "form", "comment"),
        [
            (range(1, 4), "%d/%m/%Y %H:%M", "  # or %m/%d/%Y %H:%M: all samples fit both"),
            (range(11, 16), "%d/%m/%Y %H:%M", ""),
        ],
    )
    def test_say_if_days_and_months_are_not_told_apart(
        self, tmp_path: Path, days: range, form: str, comment: str
    ) -> None:
        """British dates are assumed, unless they are impossible."""
        rows = [("1", "Open", f"{day:02}/02/2026 09:00") for day in days]
        path = write_csv(tmp_path / "log.csv", ("case", "state", "date"), rows)
        assert f'at_format = "{form}"{comment}' in draft_mapping(path).splitlines()
        american = [("1", "Open", f"02/{day:02}/2026 09:00") for day in (*days, 20)]
        path = write_csv(tmp_path / "log.csv", ("case", "state", "date"), american)
        assert 'at_format = "%m/%d/%Y %H:%M"' in draft_mapping(path).splitlines()

    def test_look_at_rows_far_down(self, tmp_path: Path) -> None:
        """In a long sorted log, only late rows show that a number is a day."""
        rows = [("1", "Open", f"02/{1 + number // 100:02}/2026 09:00") for number in range(2_800)]
        path = write_csv(tmp_path / "log.csv", ("case", "state", "date"), rows)
        assert 'at_format = "%m/%d/%Y %H:%M"' in draft_mapping(path).splitlines()

    def test_count_no_more_states_than_a_person_reads(self, tmp_path: Path) -> None:
        """A column with a thousand values is not the state."""
        rows = [(number % 300, f"comment {number}", START.isoformat()) for number in range(1_000)]
        draft = draft_mapping(write_csv(tmp_path / "log.csv", ("case", "state", "date"), rows))
        assert 'status = ""  # the state' in draft.splitlines()
        assert draft.splitlines()[-1].startswith("[categories]")

    def test_prefer_a_column_whose_name_is_usual(self, tmp_path: Path) -> None:
        """If two columns have the same values, the name decides, and without one the known words in the values."""
        rows = [(number // 3, "Open", "Open", "blue", START.isoformat()) for number in range(9)]
        for header in (("order", "before", "status", "colour", "date"), ("order", "status", "now", "colour", "date")):
            draft = draft_mapping(write_csv(tmp_path / "log.csv", header, rows))
            assert 'status = "status"  # the state' in draft.splitlines()
        draft = draft_mapping(write_csv(tmp_path / "log.csv", ("order", "a", "b", "c", "date"), rows))
        assert 'status = "a"  # the state' in draft.splitlines()

    def test_do_not_take_an_id_that_recurs_for_that_of_an_event(self, tmp_path: Path) -> None:
        """It would make most rows redeliveries. An id that is unique is that of no request."""
        rows = [(number, number // 4, number // 4, "Open", START.isoformat()) for number in range(60_000)]
        header = ("id", "event key", "order", "state", "date")
        draft = draft_mapping(write_csv(tmp_path / "log.csv", header, rows))
        assert 'request = "event key"  # the work request' not in draft
        assert 'request = "order"  # the work request' in draft
        assert '# event_id = ""' in draft

    def test_quote_the_name_of_the_file(self, tmp_path: Path) -> None:
        """It cannot end the comment."""
        path = write_csv(tmp_path / "a\nb.csv", ("case", "state", "date"), [("1", "Open", START.isoformat())])
        assert draft_mapping(path).splitlines()[0].endswith("/a\\nb.csv. Check each line; fill in empty ones.")


@pytest.mark.parametrize(
    ("time", "form"),
    [
        ("2026-03-17T20:30:45Z", "iso"),
        ("2026-03-17 20:30", "iso"),
        ("2026/03/17 20:30:45", "%Y/%m/%d %H:%M:%S"),
        ("2026/03/17 20:30", "%Y/%m/%d %H:%M"),
        ("17/03/2026 20:30:45", "%d/%m/%Y %H:%M:%S"),
        ("17/03/2026 20:30", "%d/%m/%Y %H:%M"),
        ("03/17/2026 20:30:45", "%m/%d/%Y %H:%M:%S"),
        ("3/17/2026 20:30", "%m/%d/%Y %H:%M"),
        ("3/17/2026 8:30:45 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("3/17/2026 8:30 PM", "%m/%d/%Y %I:%M %p"),
        ("17.03.2026 20:30:45", "%d.%m.%Y %H:%M:%S"),
        ("17.3.2026 20:30", "%d.%m.%Y %H:%M"),
        ("17-03-2026 20:30:45", "%d-%m-%Y %H:%M:%S"),
        ("17-03-2026 20:30", "%d-%m-%Y %H:%M"),
        ("17 Mar 2026 20:30:45", "%d %b %Y %H:%M:%S"),
        ("17 Mar 2026 20:30", "%d %b %Y %H:%M"),
        ("2026-03-17 20:30:45 +1300", "%Y-%m-%d %H:%M:%S %z"),
        ("1773779445", "seconds"),
        ("1773779445000", "milliseconds"),
    ],
)
def test_each_usual_form_of_times_is_recognised(tmp_path: Path, time: str, form: str) -> None:
    """ISO 8601 is the default, which a draft does not mention."""
    path = write_csv(tmp_path / "log.csv", ("case", "state", "date"), [("1", "Open", time)] * 2)
    lines = draft_mapping(path).splitlines()
    assert [line for line in lines if line.startswith("at_format")] == [f'at_format = "{form}"'] * (form != "iso")
    names_zone = form in ("seconds", "milliseconds") or time.endswith(("Z", "+1300"))
    zone = 'zone = ""  # the times name none: fill it in, such as "Pacific/Auckland"'
    assert [line for line in lines if line.startswith("zone")] == [zone] * (not names_zone)


@pytest.mark.parametrize("data", ["", "\n \n", "case;state;date\n", "case;state;date\n1\n"])
def test_a_table_without_rows_gives_no_draft(tmp_path: Path, data: str) -> None:
    """The error says so."""
    path = tmp_path / "log.csv"
    path.write_text(data, encoding="utf-8")
    with pytest.raises(UnreadableLog, match=r"has no rows, from which a mapping could be guessed; choose another"):
        draft_mapping(path)


def test_a_file_that_cannot_be_read_gives_no_draft(tmp_path: Path) -> None:
    """The error is that of `check`."""
    with pytest.raises(UnreadableLog, match="cannot be read: No such file or directory"):
        draft_mapping(tmp_path / "nothing.csv")


def test_bad_rows_have_no_influence(tmp_path: Path) -> None:
    """Rows with another number of fields, and those that are not CSV, are left out."""
    path = tmp_path / "log.csv"
    text = f'case,state,date\n1,Open,{START.isoformat()},\n1,Open\n\n2,"x" y,{START.isoformat()}\n9,"Op\n'
    path.write_text(text, encoding="utf-8")
    draft = draft_mapping(path)
    assert "guessed from 2 rows of" in draft
    assert dict(filled_in(draft).categories) == {"Open": Category.OPEN, "x y": Category.ACTIVE}


@pytest.mark.parametrize(
    ("category", "states"),
    {
        Category.OPEN: ("New", "assigned", "Waiting for parts", "SCHEDULED", "Reopened", "pending", "unassigned"),
        Category.ACTIVE: ("In Progress", "on-site", "OnSite", "IN_PROGRESS", "started", "Take in charge ticket"),
        Category.PRACTICAL_COMPLETION: ("Resolved", "completed", "RESOLVE ticket", "Done", "delivered"),
        Category.IN_REVIEW: ("Under review", "VERIFIED", "Waiting for approval"),
        Category.CLOSED: ("Closed", "cancelled", "Canceled", "Rejected"),
        None: ("Frobnicated", "not started", "Not yet closed", "Unresolved", "incomplete", "never opened", "INACTIVE"),
    }.items(),
)
def test_the_name_of_a_state_suggests_its_category(category: Category | None, states: Sequence[str]) -> None:
    """A negation suggests none."""
    assert {state: guessed_category(state) for state in states} == dict.fromkeys(states, category)


@pytest.mark.parametrize(
    ("field", "names"),
    {
        "request": ("Case ID", "ticketId", "WR", "incident_no", "Work Order", "task", "REQUEST", "id"),
        "status": ("Status", "newState", "activity", "Step", "event", "concept:name"),
        "at": ("time:timestamp", "Date", "changedAt", "When", "created", "last_updated", "Completed"),
        "activity": ("Activity ID", "work item no", "subTaskKey", "sub-task number", "jobId"),
        "sender": ("org:resource", "user", "agent", "Who", "sender", "actor", "Assignee", "engineer", "technician"),
        "type": ("Ticket Type", "kind", "product", "Service"),
        "event_id": ("event_id", "messageKey", "row id", "record-id", "entryId", "UUID", "guid"),
    }.items(),
)
def test_the_name_of_a_column_suggests_its_meaning(field: str, names: Sequence[str]) -> None:
    """Words can be separated, or written in camel case. Parts of other words do not count."""
    assert [name for name in names if not Column(name).is_about(field)] == []
    assert not any(Column(name).is_about(field) for name in ("colour", "width", "paid", "swirl", "latitude"))


@pytest.mark.parametrize(
    ("columns", "drafted"),
    [
        ({"case": "12", "activity": "fit test", "status": "Eingeplant Erledigt"}, {"activity": "activity"}),
        ({"status": "Assigned Fixed", "case": "12", "task": "ab"}, {"activity": "task"}),
        ({"case": "12", "sub-task": "ab", "newState": "Assigned Fixed"}, {"activity": "sub-task"}),
        ({"case": "12", "job name": "ab", "job id": "78", "state": "new done"}, {"activity": "job id"}),
        ({"case": "12", "activity": "Assigned Fixed"}, {"status": "activity", "activity": None}),
        ({"case": "12", "activity": "Assigned Fixed", "job": "ab"}, {"status": "activity", "activity": None}),
        ({"case": "12", "step": "Assigned Fixed", "activity": "ab"}, {"status": "step", "activity": None}),
        ({"case": "12", "activity": "", "status": "Assigned Fixed"}, {"status": "status", "activity": None}),
    ],
)
def test_a_name_with_two_meanings_is_for_activities_if_another_column_has_the_states(
    tmp_path: Path, columns: dict[str, str], drafted: dict[str, str | None]
) -> None:
    """Both must be certain by their names."""
    values = [text.split() if " " in text else list(text) or ["", ""] for text in columns.values()]
    rows = [[each[number % 2] for each in values] for number in range(8)]
    draft = draft_mapping(write_csv(tmp_path / "log.csv", list(columns), rows))
    lines = dict(line.split(" = ", 1) for line in draft.splitlines() if re.match(r"(status|activity) = ", line))
    given = {key: json.loads(value.partition("  #")[0]) for key, value in lines.items()}
    expected = {"status": next((key for key in columns if key in ("status", "newState", "state")), None), **drafted}
    assert given == {key: value for key, value in expected.items() if value is not None}
