"""Tests of `wrm permitted`: its table, its options and its exit statuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.documents import write
from cli.running import MEASURED, Done, python, wrm
from cli.test_processes import closing
from histories import any_work_requests
from parties import AT, CHORUS, HOLDER, MAY_CANCEL, OWN, PARTIES, STRANGER, request
from rule_examples import BUSY, CLOSED, ENDED, EXAMPLES, OPEN, PAUSED
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Category,
    Closure,
    Party,
    Role,
    Rulebook,
    Schedule,
    Status,
    WorkRequest,
    permitted,
)
from work_request_manager.cli._answers import permitted_lines
from work_request_manager.wire import to_builtins

REQUESTS = [*dict.fromkeys(known for _, *pairs, _, _ in EXAMPLES for known, _ in pairs if known is not None)]
"""The work requests of the examples of all rules."""

DONE_SPARE = Activity("A-2", MAY_CANCEL, Status(CLOSED), closure=Closure.CANCELLED)


def name_of(party: Party) -> str:
    """Return the value of `--as` that means a party."""
    return f"{party.role}:{party.id}"


def targets_in(heading: str) -> list[str | None]:
    """Return the ids of the activities that a heading names, or None for the work request."""
    named = re.fullmatch(r".* can send now for (?:(work request) \S+|activity (\S+)|activities (.*)):", heading)
    assert named, heading
    if named[1]:
        return [None]
    return [named[2]] if named[2] else [*named[3].split(", ")]


def permits_in(text: str) -> list[tuple[str | None, str, str, str]]:
    """Return the permits in a text: activity, event, category or section, and warnings."""
    found = []
    tables = re.split(r"\nTo (?:read|see)", text)[0]
    for block in re.split(r"^(?=\S.* can send now for )", tables, flags=re.MULTILINE)[1:]:
        heading = " ".join(line for line in block.splitlines() if not line.startswith("  "))
        _, *rows = [line for line in block.splitlines() if line.startswith("  ")]
        for target in targets_in(heading):
            for row in rows:
                parts = re.fullmatch(r"  (\w+)(?: +(?!WRM)(\w+))?(?: +(WRM.*))?", row)
                assert parts, row
                found.append((target, parts[1], parts[2] or "", parts[3] or ""))
    return found


@pytest.mark.parametrize("options", [[], ["--strict"], ["--without", "WRM303"]], ids=" ".join)
@pytest.mark.parametrize("party", PARTIES, ids=str)
def test_text_and_json_agree_with_the_library(tmp_path: Path, party: Party, options: list[str]) -> None:
    """Both have the same permits, with their warnings. A line of text has at most 80 characters."""
    rulebook = {"": DEFAULT_RULEBOOK, "--strict": DEFAULT_RULEBOOK.strict()}.get(
        " ".join(options), DEFAULT_RULEBOOK.without("WRM303")
    )
    for work_request in REQUESTS:
        snapshot = write(tmp_path, "snapshot", work_request)
        in_json = wrm("permitted", snapshot, "--as", name_of(party), "--format", "json", *options)
        expected: list[Any] = to_builtins(permitted(work_request, party, rulebook=rulebook))
        assert json.loads(in_json.out) == expected
        done = wrm("permitted", snapshot, "--as", name_of(party), *options)
        assert (done.status, done.err) == (in_json.status, in_json.err) == (0, "")
        assert permits_in(done.out) == [
            (
                permit["activityId"],
                permit["event"],
                permit["category"] or permit["section"] or "",
                ", ".join(each["rule"] for each in permit["warnings"]),
            )
            for permit in expected
        ]
        if expected:
            assert max(map(len, done.out.splitlines())) <= 80


def test_permits_are_a_table_for_each_target(tmp_path: Path) -> None:
    """Activities that have the same permits share a table. The last lines say how to learn more."""
    activities = [BUSY, *(Activity(f"A-{number}", MAY_CANCEL) for number in (2, 3)), DONE_SPARE]
    snapshot = write(tmp_path, "snapshot", request(*activities[:3]))
    assert wrm("permitted", snapshot, "--as", "Chorus") == Done(
        0,
        "Chorus can send now for work request WR-1:\n"
        "  event                                   section                  warnings\n"
        "  ReallocateTaskEvent                                              WRM104\n"
        "  PutOnHoldTaskEvent\n"
        "  RequestCancelTaskEvent\n"
        "  UpdateTaskSiteContactEvent\n"
        "  UpdateTaskScheduleEvent\n"
        "  UpdateTaskSourceEvent                   Source\n"
        "  UpdateTaskAssetsEvent                   Assets\n"
        "  UpdateTaskSupplementaryReferencesEvent  SupplementaryReferences\n"
        "  UpdateTaskFileAttachmentsEvent          FileAttachments\n"
        "  UpdateTaskAdditionalInfosEvent          AdditionalInfos\n"
        "  AddTaskActivityEvent\n"
        "  RequestAddTaskActivityEvent\n"
        "Chorus can send now for activity A-1:\n"
        "  event                    category  warnings\n"
        "  RequestCancelTaskEvent\n"
        "  UpdateTaskScheduleEvent\n"
        "Chorus can send now for activities A-2, A-3:\n"
        "  event                    category  warnings\n"
        "  RequestCancelTaskEvent\n"
        "  UpdateTaskScheduleEvent\n"
        "  CancelTaskActivityEvent\n"
        "To read the rules, run: wrm explain WRM104\n"
        "To see why an event is not listed, run: wrm decide SNAPSHOT EVENT\n",
        "",
    )


def test_many_activities_stay_readable(tmp_path: Path) -> None:
    """All of their ids are listed, in lines of at most 80 characters, and there is one table for each kind."""
    count = 2_000
    activities = [Activity(f"A-{number}", MAY_CANCEL, has_been_active=number % 2 == 0) for number in range(count)]
    snapshot = write(tmp_path, "snapshot", request(*activities))
    done = wrm("permitted", snapshot, "--as", name_of(HOLDER))
    assert max(map(len, done.out.splitlines())) <= 80
    assert done.out.count("  event ") == 3
    assert {target for target, *_ in permits_in(done.out)} == {None, *(each.id for each in activities)}


def test_ids_stay_whole(tmp_path: Path) -> None:
    """A line ends between two ids, also if one is longer than a line. An id of over 100 characters is cut."""
    ids = [f"{letter}-{'long-' * 19}" for letter in "abc"] + ["d" * 200]
    snapshot = write(tmp_path, "snapshot", request(*(Activity(each, MAY_CANCEL) for each in ids)))
    lines = wrm("permitted", snapshot, "--as", name_of(HOLDER)).out.splitlines()
    assert [f"{each}," for each in ids[:3]] == [line for line in lines if "long-" in line]
    assert f"{'d' * 50}… (200 characters):" in lines


def test_without_warnings_there_are_no_rules_to_read(tmp_path: Path) -> None:
    """The text has no line about rules."""
    snapshot = write(tmp_path, "snapshot", request())
    done = wrm("permitted", snapshot, "--as", "Chorus", "--activity", "A-1")
    assert done.out == (
        "Chorus can send now for activity A-1:\n"
        "  event                    category  warnings\n"
        "  RequestCancelTaskEvent\n"
        "  UpdateTaskScheduleEvent\n"
        "  CancelTaskActivityEvent\n"
        "To see why an event is not listed, run: wrm decide SNAPSHOT EVENT\n"
    )


def test_one_activity_can_be_chosen(tmp_path: Path) -> None:
    """Only its permits are listed, in text and in JSON."""
    work_request = request(BUSY, Activity("A-2", MAY_CANCEL))
    snapshot = write(tmp_path, "snapshot", work_request)
    done = wrm("permitted", snapshot, "--as", name_of(HOLDER), "--activity", "A-2")
    expected = permitted(work_request, HOLDER, activity_id="A-2")
    assert {target for target, *_ in permits_in(done.out)} == {"A-2"}
    assert len(permits_in(done.out)) == len(expected)
    done = wrm("permitted", snapshot, "--as", name_of(HOLDER), "--activity", "A-2", "--format", "json")
    assert json.loads(done.out) == to_builtins(expected)


@pytest.mark.parametrize("rulebook", [DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()], ids=repr)
@settings(max_examples=40, deadline=None)
@given(work_request=any_work_requests(), party=st.sampled_from(PARTIES))
def test_every_party_gets_lines_that_fit(rulebook: Rulebook, work_request: WorkRequest, party: Party) -> None:
    """For each target there is a table of at most 80 columns, or an example that is refused."""
    for activity_id in (None, *(activity.id for activity in work_request.activities)):
        permits = permitted(work_request, party, activity_id=activity_id, rulebook=rulebook)
        lines = [*permitted_lines(work_request, party, activity_id, permits, rulebook)]
        if permits:
            assert len(permits_in("\n".join(lines))) == len(permits)
            assert max(map(len, lines)) <= 80
        else:
            assert [line for line in lines if line.startswith("error WRM")]


# No permits


@pytest.mark.parametrize(
    ("work_request", "party", "options", "target", "rules"),
    [
        (request(), STRANGER, [], "work request WR-1", "WRM302"),
        (request(ENDED), CHORUS, [], "work request WR-1", "WRM209"),
        (request(ENDED), STRANGER, [], "work request WR-1", "WRM209 WRM302"),
        (request(ENDED, schedule=Schedule(latest_end=AT.replace(year=2000, month=1, day=1, hour=0))), OWN, [],
         "work request WR-1", "WRM209"),
        (request(BUSY, DONE_SPARE), HOLDER, ["--activity", "A-2"], "activity A-2", "WRM201"),
    ],
    ids=["stranger", "closed", "closed for a stranger", "closed with the schedule of the example", "closed activity"],
)  # fmt: skip
def test_without_permits_an_example_shows_the_rules(
    tmp_path: Path, work_request: WorkRequest, party: Party, options: list[str], target: str, rules: str
) -> None:
    """The text has the rules that refuse it, with their sources. JSON has an empty list, and the exit status is 0."""
    snapshot = write(tmp_path, "snapshot", work_request)
    done = wrm("permitted", snapshot, "--as", name_of(party), *options)
    assert (done.status, done.err) == (0, "")
    first, example, *broken, last, _ = done.out.splitlines()
    assert first == f"{party} can send nothing now for {target}."
    assert example == f"For example, {party} asks to reschedule {target} (UpdateTaskScheduleEvent):"
    assert [line.split()[:2] for line in broken] == [["error", rule] for rule in rules.split()]
    assert all(re.search(r"\((?:stated|implied), FAQ \d", line) for line in broken)
    assert last == f"To read the rules, run: wrm explain {rules}"
    in_json = wrm("permitted", snapshot, "--as", name_of(party), *options, "--format", "json")
    assert in_json == Done(0, "[]\n", "")


# Options


@pytest.mark.parametrize(
    ("given", "party"),
    [
        ("Chorus", CHORUS),
        ("chorus", CHORUS),
        ("CHORUS:someone", Party(Role.CHORUS, "someone")),
        ("WorkSupplier:northline", HOLDER),
        ("worksupplier:northline", HOLDER),
        ("WORKREQUESTOR:rsp-one", OWN),
        ("WorkSupplier:a:b", Party.supplier("a:b")),
        ("WorkSupplier:Northline", Party.supplier("Northline")),
    ],
)
def test_the_party_is_a_role_and_an_id(tmp_path: Path, given: str, party: Party) -> None:
    """The role can be in any case. The id is taken as it is. Chorus needs none."""
    snapshot = write(tmp_path, "snapshot", request())
    done = wrm("permitted", snapshot, "--as", given)
    assert done.out.startswith(f"{party} can send ")
    in_json = wrm("permitted", snapshot, "--as", given, "--format", "JSON")
    assert json.loads(in_json.out) == to_builtins(permitted(request(), party))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing option '--as'"),
        (["--as", "northline"], "'--as': 'northline' is not one of WorkRequestor, WorkSupplier, Chorus; write ROLE:ID"),
        (["--as", "Supplier:x"], "'--as': 'Supplier' is not one of WorkRequestor, WorkSupplier, Chorus"),
        (["--as", ""], "'--as': '' is not one of"),
        (["--as", "worksupplier"], "'--as': 'worksupplier' has no id; write WorkSupplier:ID"),
        (["--as", "WorkRequestor:"], "'--as': 'WorkRequestor:' has no id; write WorkRequestor:ID"),
        (["--as", "Chorus", "--activity", "A-9"],
         "'--activity': work request WR-1 has no activity 'A-9'; it has A-1"),
        (["--as", "Chorus", "--format", "csv"], "'csv' is not one of"),
        (["--as", "Chorus", "--without", "WRM201"], "WRM201 closed-is-final is stated"),
        (["--as", "Chorus", "--types", "nowhere"], "'nowhere' does not exist"),
    ],
)  # fmt: skip
def test_bad_arguments_exit_with_2(tmp_path: Path, args: list[str], message: str) -> None:
    """Standard error has the reason, and nothing is printed."""
    done = wrm("permitted", write(tmp_path, "snapshot", request()), *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


def test_types_are_defined_in_a_file(tmp_path: Path) -> None:
    """The snapshot can name a type by its code then."""
    plain = to_builtins(request())
    plain["activities"][0]["type"] = "SITE_VISIT"
    snapshot = write(tmp_path, "snapshot", plain)
    types = write(tmp_path, "types.toml", "[types.SITE_VISIT]\nworkSupplierAllowedToCancel = true\n")
    done = wrm("permitted", snapshot, "--as", name_of(HOLDER), "--types", types)
    assert "CancelTaskActivityEvent" in done.out
    assert wrm("permitted", snapshot, "--as", name_of(HOLDER)).status == 2


# Inputs and outputs


def test_the_snapshot_can_come_from_standard_input(tmp_path: Path) -> None:
    """A work request that does not exist has no permits to list."""
    snapshot = write(tmp_path, "snapshot", request())
    expected = wrm("permitted", snapshot, "--as", "Chorus")
    assert wrm("permitted", "-", "--as", "Chorus", stdin=snapshot.read_bytes()) == expected
    done = wrm("permitted", "-", "--as", "Chorus", stdin=b"null")
    assert done == Done(2, "", "wrm: -: $ is null; it must be one JSON object\n")


def test_a_closed_standard_output_does_not_change_the_exit_status(tmp_path: Path) -> None:
    """The case is `wrm permitted SNAPSHOT --as Chorus >&-`. There is no traceback."""
    snapshot = write(tmp_path, "snapshot", request())
    assert python("-c", closing(1), "permitted", snapshot, "--as", "Chorus", env=MEASURED) == Done(0, "", "")


@pytest.mark.parametrize("closed", [False, True])
def test_hostile_names_are_printable(tmp_path: Path, closed: bool) -> None:
    """They cannot control the terminal, start a line, or give commands to continuous integration."""
    hostile = "x\x1b[31m\n\u202e##vso[task.complete]::error::y"
    closure, category = (Closure.COMPLETED, Category.CLOSED) if closed else (None, OPEN)
    activities = [Activity(hostile + end, ActivityType(hostile), Status(category), closure=closure) for end in "ab"]
    snapshot = write(tmp_path, "snapshot", WorkRequest(hostile, hostile, hostile, activities))
    for options in ([], ["--activity", hostile + "a"], ["--activity", hostile]):
        done = wrm("permitted", snapshot, "--as", f"WorkSupplier:{hostile}", *options)
        shown = done.out + done.err
        assert all(line.isprintable() for line in shown.splitlines())
        assert "x\\x1b[31m" in shown
        assert "##vso" not in shown
        assert "::" not in shown


def test_rules_have_colours_if_they_are_forced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are those of the report of `wrm check`."""
    snapshot = write(tmp_path, "snapshot", request(PAUSED))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = wrm("permitted", snapshot, "--as", name_of(STRANGER)).out
    assert "\x1b[1;31merror\x1b[0m \x1b[36mWRM302 holding-supplier-only\x1b[0m (implied, FAQ 5, 7): " in coloured
