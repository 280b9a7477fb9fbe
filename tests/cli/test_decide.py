"""Tests of `wrm decide`: its answers, the way out of a refusal, its options, its inputs and its exit statuses."""

import codecs
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.documents import write
from cli.running import MEASURED, Done, python, wrm, wrm_process
from cli.test_processes import closing
from parties import AT, CHORUS, HOLDER, MAY_CANCEL, OTHER, OWN, STRANGER, from_, request
from rule_examples import (
    ACTIVE,
    BUSY,
    CLOSED,
    ENDED,
    EXAMPLES,
    LISTING,
    NEW,
    OPEN,
    cancel,
    create,
    hold,
    reallocate,
    status,
)
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    AnyEvent,
    Consumed,
    Decision,
    NewActivity,
    Party,
    Refused,
    Status,
    WorkRequest,
    decide,
    events,
    permitted,
)
from work_request_manager.cli import _inputs
from work_request_manager.wire import to_builtins

CASES = [
    pytest.param(work_request, event, id=f"{rule}-{number}-{answer}")
    for number, (rule, accepting, refusing, *_) in enumerate(EXAMPLES)
    for answer, (work_request, event) in (("kept", accepting), ("broken", refusing))
]
"""The accepting and the refusing examples of all rules."""

RULEBOOKS: dict[str, tuple[list[str], Any]] = {
    "default": ([], DEFAULT_RULEBOOK),
    "strict": (["--strict"], DEFAULT_RULEBOOK.strict()),
    "without": (["--without", "WRM206", "--without", "107"], DEFAULT_RULEBOOK.without("WRM206", "WRM107")),
}


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Return the path of a snapshot: an Open activity, on hold."""
    return write(tmp_path, "held.json", request(on_hold=True))


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """Return the path of an event that starts the activity."""
    return write(tmp_path, "start.json", status(ACTIVE, "OnSite"))


def ask(folder: Path, work_request: WorkRequest | None, event: AnyEvent, *options: str) -> Done:
    """Run `wrm decide` on two files."""
    return wrm("decide", write(folder, "snapshot", work_request), write(folder, "event", event), *options)


def status_of(decision: Decision) -> int:
    """Return the exit status that a decision has."""
    return 1 if isinstance(decision, Refused) else 0


# Answers


@pytest.mark.parametrize("rulebook", RULEBOOKS)
@pytest.mark.parametrize(("work_request", "event"), CASES)
def test_text_and_json_agree_with_the_library(
    tmp_path: Path, work_request: WorkRequest | None, event: AnyEvent, rulebook: str
) -> None:
    """JSON is the decision. The text has its answer, its changes, and each broken rule with its source and reason."""
    options, used = RULEBOOKS[rulebook]
    decision = decide(work_request, event, rulebook=used)
    in_json = ask(tmp_path, work_request, event, *options, "--format", "json")
    assert json.loads(in_json.out) == to_builtins(decision)
    in_text = ask(tmp_path, work_request, event, *options)
    assert (in_text.status, in_text.err) == (in_json.status, in_json.err) == (status_of(decision), "")
    first, *lines = in_text.out.splitlines()
    assert first.startswith(f"{decision.answer}: {event.sender} asks to ")
    assert first.endswith(f" ({to_builtins(event)['event']})")
    violations = decision.violations if isinstance(decision, Refused) else ()
    reported = [line for line in lines if re.match("error |warning ", line)]
    assert reported == [f"error {each}" for each in violations] + [f"warning {each}" for each in decision.warnings]
    if isinstance(decision, Consumed):
        assert len([line for line in lines if line.startswith("  ")]) == len(decision.changes)
    assert ("Way out:" in lines) == isinstance(decision, Refused)


def test_a_consumed_event_is_reported_with_its_changes(held: Path, start: Path) -> None:
    """Each change has a line, and so has each warning."""
    assert wrm("decide", held, start) == Done(
        0,
        "Consumed: WorkSupplier northline asks to move activity A-1 to Active (OnSite)"
        " (UpdateTaskActivityStatusEvent)\n"
        "  activity A-1 moved from Open to Active (OnSite) (start)\n"
        "warning WRM107 held-work-does-not-start (assumed): work request WR-1 is on hold, but activity A-1 would start;"
        " resume the request first\n",
        "",
    )


def test_a_repeat_is_not_consumed(tmp_path: Path) -> None:
    """The text says what that means, and the exit status is 0."""
    assert ask(tmp_path, request(), status(OPEN)) == Done(
        0,
        "NotConsumed: WorkSupplier northline asks to move activity A-1 to Open (UpdateTaskActivityStatusEvent)\n"
        "  The event is a repeat: it asks for something that is already true, so nothing changes (FAQ 2).\n",
        "",
    )


def test_a_refusal_names_the_rule_its_source_and_the_way_out(tmp_path: Path) -> None:
    """The way out has the events that the sender can send for the same activity."""
    assert ask(tmp_path, request(), cancel(HOLDER)) == Done(
        1,
        "Refused: WorkSupplier northline asks to cancel activity A-1 (CancelTaskActivityEvent)\n"
        "error WRM203 supplier-may-cancel (stated, FAQ 4): WorkSupplier northline cannot cancel activity A-1;"
        " type FIBRE_CONNECT does not let suppliers cancel\n"
        "Way out:\n"
        "- From Chorus this event would be Consumed.\n"
        "- WorkSupplier northline can send now for activity A-1:\n"
        "    event                            category             warnings\n"
        "    RequestCancelTaskEvent                                WRM303\n"
        "    UpdateTaskScheduleEvent\n"
        "    UpdateTaskActivityStatusEvent    Open\n"
        "    UpdateTaskActivityStatusEvent    Active\n"
        "    UpdateTaskActivityStatusEvent    PracticalCompletion  WRM206\n"
        "    UpdateTaskActivityStatusEvent    InReview             WRM207\n"
        "    UpdateTaskActivityWorkerEvent\n"
        "    UpdateTaskActivityOutcomesEvent\n"
        "- To read the rules, run: wrm explain WRM203\n",
        "",
    )


# The way out


def others_in(done: Done) -> list[str]:
    """Return the lines of the way out that are about other senders."""
    return [line for line in done.out.splitlines() if line.startswith("- From ")]


@pytest.mark.parametrize(
    ("work_request", "event", "expected"),
    [
        (request(), reallocate(sender=OWN), ["- From Chorus this event would be Consumed."]),
        (
            request(),
            events.AcceptWorkRequest(**from_(STRANGER)),
            ["- From WorkSupplier northline this event would be Consumed."],
        ),
        (
            request(on_hold=True),
            hold(OTHER),
            [
                "- From WorkRequestor rsp-one this event would be NotConsumed.",
                "- From WorkSupplier northline this event would be NotConsumed (WRM303 would warn).",
                "- From Chorus this event would be NotConsumed.",
            ],
        ),
        (
            None,
            create(NEW, sender=OTHER),
            [
                "- From WorkRequestor rsp-one this event would be Consumed.",
                "- From WorkSupplier northline this event would be Consumed (WRM303 would warn).",
                "- From Chorus this event would be Consumed.",
            ],
        ),
        (
            None,
            create(NewActivity("A-1", LISTING, Status(OPEN, "Lost")), sender=OTHER),
            [
                "- From WorkRequestor rsp-one this event would be Consumed (WRM406 would warn).",
                "- From WorkSupplier northline this event would be Consumed (WRM303, WRM406 would warn).",
                "- From Chorus this event would be Consumed (WRM406 would warn).",
            ],
        ),
        (request(BUSY), cancel(OWN), []),
        (request(ENDED), hold(OTHER), []),
        (None, hold(OTHER), []),
    ],
    ids=["reallocate", "accept", "hold", "create", "create with warnings", "touched", "closed", "unknown"],
)
def test_the_way_out_names_the_parties_that_can_send_the_event(
    tmp_path: Path, work_request: WorkRequest | None, event: AnyEvent, expected: list[str]
) -> None:
    """They are those parties of the work request whose same event is not refused."""
    done = ask(tmp_path, work_request, event)
    assert done.status == 1
    assert others_in(done) == expected


@pytest.mark.parametrize("rulebook", [name for name in RULEBOOKS if name != "without"])
@pytest.mark.parametrize(("work_request", "event"), [case for case in CASES if "broken" in str(case.id)])
def test_the_way_out_has_the_permits_of_the_sender(
    tmp_path: Path, work_request: WorkRequest | None, event: AnyEvent, rulebook: str
) -> None:
    """They are those for the target of the event, if it exists. The last line says how to read the rules."""
    options, used = RULEBOOKS[rulebook]
    decision = decide(work_request, event, rulebook=used)
    done = ask(tmp_path, work_request, event, *options)
    rows = [line.split() for line in done.out.splitlines() if line.startswith("    ")]
    activity_id = getattr(event, "activity_id", None)
    if not isinstance(decision, Refused):
        assert rows == []
        return
    last = done.out.splitlines()[-1]
    assert last == f"- To read the rules, run: wrm explain {' '.join(each.rule.id for each in decision.violations)}"
    if decision.violations[0].rule.id in ("WRM401", "WRM403") or work_request is None:
        assert rows == []
        return
    expected = [
        each
        for each in permitted(work_request, event.sender, rulebook=used, activity_id=activity_id)
        if each.activity_id == activity_id
    ]
    assert [row[0] for row in rows[1:]] == [to_builtins(permit)["event"] for permit in expected]
    target = "work request WR-1" if activity_id is None else f"activity {activity_id}"
    has = "can send now" if expected else "can send nothing now"
    assert f"- {event.sender} {has} for {target}" in done.out


# Options


def test_assumed_rules_refuse_with_strict_and_can_be_left_out(held: Path, start: Path) -> None:
    """Without options they warn."""
    assert "\nwarning WRM107 " in wrm("decide", held, start).out
    done = wrm("decide", "--strict", held, start)
    assert done.status == 1
    assert "\nerror WRM107 held-work-does-not-start (assumed): " in done.out
    for options in (["--without", "wrm107"], ["--strict", "--without", "held-work-does-not-start"]):
        done = wrm("decide", *options, held, start)
        assert done.status == 0
        assert "WRM107" not in done.out


def test_the_format_can_be_in_any_case(held: Path, start: Path) -> None:
    """Text is the default."""
    assert wrm("decide", held, start, "--format", "JSON") == wrm("decide", "--format", "json", held, start)
    assert wrm("decide", held, start, "--format", "Text") == wrm("decide", held, start)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'SNAPSHOT'"),
        (["-"], "Missing argument 'EVENT'"),
        (["-", "-"], "SNAPSHOT and EVENT cannot both be - (standard input); give a file for one of them\n"),
        (["-", "x", "y"], "unexpected extra argument"),
        (["-", "x", "--format", "sarif"], "'sarif' is not one of"),
        (["-", "x", "--without", "WRM203"], "WRM203 supplier-may-cancel is stated, not assumed"),
        (["-", "x", "--types", "nowhere.toml"], "'nowhere.toml' does not exist"),
    ],
)
def test_bad_arguments_exit_with_2(args: list[str], message: str) -> None:
    """Standard error has the reason, and nothing is printed."""
    done = wrm("decide", *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


# Types


TYPES = "[types.SITE_VISIT]\nworkSupplierAllowedToCancel = true\n"


def test_the_event_and_the_snapshot_can_name_a_type_by_its_code(tmp_path: Path) -> None:
    """The file of `--types` defines it. Without the file, that is an error."""
    types = write(tmp_path, "types.toml", TYPES)
    named = to_builtins(create(NewActivity("A-1", MAY_CANCEL)))
    named["activities"][0]["type"] = "SITE_VISIT"
    event = write(tmp_path, "event.json", named)
    none = write(tmp_path, "none.json", None)
    done = wrm("decide", none, event, "--types", types, "--format", "json")
    assert done.status == 0
    created = json.loads(done.out)["workRequest"]
    assert created["activities"][0]["type"] == {"code": "SITE_VISIT", "workSupplierAllowedToCancel": True}
    assert wrm("decide", none, event).err.startswith(f"wrm: {event}: $.activities[0].type is 'SITE_VISIT', an unknown")
    created["activities"][0]["type"] = "SITE_VISIT"
    snapshot = write(tmp_path, "snapshot.json", created)
    asked = write(tmp_path, "cancel.json", cancel(HOLDER))
    assert wrm("decide", snapshot, asked, "--types", types).status == 0
    assert wrm("decide", snapshot, asked).err.startswith(f"wrm: {snapshot}: $.activities[0].type is 'SITE_VISIT', an ")


def test_a_type_in_full_must_equal_the_configured_one(tmp_path: Path) -> None:
    """So a sender cannot allow itself to cancel."""
    types = write(tmp_path, "types.toml", TYPES.replace("true", "false"))
    snapshot = write(tmp_path, "snapshot", request(Activity("A-1", MAY_CANCEL)))
    done = wrm("decide", snapshot, write(tmp_path, "event", cancel(HOLDER)), "--types", types)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"wrm: {snapshot}: $.activities[0].type.workSupplierAllowedToCancel is true, but ")


def test_a_bad_file_of_types_is_named(tmp_path: Path, held: Path, start: Path) -> None:
    """The message has the path of the field, as in `wrm check`."""
    types = write(tmp_path, "types.toml", "[types.SITE_VISIT]\ncolour = 1\n")
    done = wrm("decide", held, start, "--types", types)
    assert (done.status, done.out) == (2, "")
    assert f"Invalid value for '--types': {types}: $.types.SITE_VISIT.colour is not a known field" in done.err


# Inputs


def test_standard_input_can_be_the_snapshot_or_the_event(held: Path, start: Path) -> None:
    """The answer is that for files."""
    expected = wrm("decide", held, start)
    assert wrm("decide", "-", start, stdin=held.read_bytes()) == expected
    assert wrm("decide", held, "-", stdin=start.read_bytes()) == expected


@pytest.mark.parametrize("null", [b"null", b" null\r\n", codecs.BOM_UTF8 + b"null\n"], ids=repr)
def test_null_is_a_work_request_that_does_not_exist(tmp_path: Path, null: bytes) -> None:
    """A create is consumed then, and JSON has null in the same place if the work request does not exist."""
    asked = write(tmp_path, "event", create(NEW))
    done = wrm("decide", "-", asked, stdin=null)
    assert done.status == 0
    assert done.out == (
        "Consumed: Chorus asks to create work request WR-1 (CreateTaskEvent)\n"
        "  work request WR-1 was created and sent to supplier northline\n"
    )
    refused = wrm("decide", "-", write(tmp_path, "hold", hold(OWN)), "--format", "json", stdin=null)
    assert json.loads(refused.out)["workRequest"] is None


def test_the_work_request_of_an_answer_is_the_next_snapshot(tmp_path: Path, held: Path, start: Path) -> None:
    """JSON has it in the format that the command reads."""
    answer = json.loads(wrm("decide", held, start, "--format", "json").out)
    after = write(tmp_path, "after.json", answer["workRequest"])
    assert wrm("decide", after, start).out.startswith("NotConsumed: ")


def test_a_byte_order_mark_is_accepted(tmp_path: Path, held: Path, start: Path) -> None:
    """Some editors write one."""
    marked = [write(tmp_path, f"marked-{path.name}", codecs.BOM_UTF8 + path.read_bytes()) for path in (held, start)]
    assert wrm("decide", *marked) == wrm("decide", held, start)


BAD: list[tuple[bytes, str]] = [
    (b"", " is empty; choose a file that has "),
    (b" \n", " is empty; choose a file that has "),
    (b"{", ": $ is not JSON in UTF-8: "),
    (b"\xff\xfe", ": $ is not JSON in UTF-8: "),
    (b"[]", ": $ is []; it must be one JSON object"),
    (b"nullnull", ": $ is not JSON in UTF-8: "),
]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *BAD,
        (b"{}", ": $.version is missing"),
        (b'{"event":"AcceptTaskEvent"}', ": $.version is missing; this library reads version 1; this is an event"),
        (b'{"version":1}', ": $.id is missing"),
        (b'{"version":1,"id":"WR-1","requester":"x"}', ": $.requester is not a known field; did you mean requestor?"),
        (
            b'{"version":1,"id":"WR-1","requestor":"r","supplier":"s","activities":[{"id":"A-1","type":{"code":"T"},'
            b'"status":{"category":"Active"}}]}',
            ": $.activities[0].hasBeenActive is False, but A-1 is Active; set it to True",
        ),
    ],
    ids=repr,
)
def test_a_bad_snapshot_exits_with_2(tmp_path: Path, start: Path, content: bytes, message: str) -> None:
    """The message has the file and the path of the field, and nothing is printed. The case is that of both commands."""
    snapshot = write(tmp_path, "snapshot", content)
    for done in (wrm("decide", snapshot, start), wrm("permitted", snapshot, "--as", "Chorus")):
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith(f"wrm: {snapshot}{message}")
        assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *BAD,
        (b"null", ": $ is null; it must be one JSON object"),
        (b"{}", ": $.event is missing"),
        (b"{}\n{}\n", ": $ is not JSON in UTF-8: JSON is malformed: trailing characters"),
        (b'{"event":"ArchiveTaskEvent"}', ": $.event is 'ArchiveTaskEvent', an event that this library does not know"),
        (b'{"event":"AcceptTaskEvent"}', ": $.taskId is missing"),
        (
            b'{"event":"AcceptTaskEvent","taskId":"WR-1","at":"2026-03-01T20:05:00Z","sender":{"role":"Boss","id":"x"}}',
            ": $.sender.role is 'Boss'; it must be one of WorkRequestor, WorkSupplier, Chorus",
        ),
        (
            b'{"event":"AcceptTaskEvent","taskId":"WR-1","at":"now","sender":{"role":"Chorus","id":"x"}}',
            ": $.at is 'now', which is not ISO 8601",
        ),
    ],
    ids=repr,
)
def test_a_bad_event_exits_with_2(tmp_path: Path, held: Path, content: bytes, message: str) -> None:
    """The message has the file and the path of the field, and nothing is printed."""
    event = write(tmp_path, "event", content)
    done = wrm("decide", held, event)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"wrm: {event}{message}")
    assert wrm("decide", held, "-", stdin=content).err.startswith(f"wrm: -{message}")


def test_the_message_about_an_empty_file_says_what_it_must_have(tmp_path: Path, held: Path, start: Path) -> None:
    """A file that is empty by mistake is the most likely case."""
    empty = write(tmp_path, "empty", "")
    problem = f"wrm: {empty} is empty; choose a file that has"
    wanted = "a snapshot, or null if the work request does not exist"
    assert wrm("decide", empty, start) == Done(2, "", f"{problem} {wanted}\n")
    assert wrm("decide", held, empty) == Done(2, "", f"{problem} an event\n")
    assert wrm("permitted", empty, "--as", "Chorus") == Done(2, "", f"{problem} a snapshot\n")


def test_an_event_for_another_work_request_is_not_decided(tmp_path: Path, held: Path) -> None:
    """The message names both."""
    other = write(tmp_path, "event", events.PutOnHold(work_request_id="WR-2", sender=CHORUS, at=AT))
    done = wrm("decide", held, other)
    assert done == Done(
        2,
        "",
        f"wrm: {other}: $.taskId is 'WR-2', but {held} is the snapshot of 'WR-1'; give the snapshot of 'WR-2'\n",
    )


def test_files_that_cannot_be_read_are_named(tmp_path: Path, held: Path, start: Path) -> None:
    """The message has the reason of the system."""
    nowhere = tmp_path / "nowhere"
    for args, path, reason in (
        ((nowhere, start), nowhere, "No such file or directory"),
        ((held, nowhere), nowhere, "No such file or directory"),
        ((tmp_path, start), tmp_path, "Is a directory"),
    ):
        assert wrm("decide", *args) == Done(2, "", f"wrm: {path} cannot be read: {reason}; choose another file\n")


def test_a_document_has_a_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: Path, start: Path) -> None:
    """The message names it. A device without an end is not read to its end."""
    assert _inputs.DOCUMENT_LIMIT == 16 << 20
    expected = "has more than 16 MiB; choose a file that has"
    if Path("/dev/zero").exists():
        for args in (("/dev/zero", start), (held, "/dev/zero")):
            done = wrm("decide", *args)
            assert (done.status, done.out) == (2, "")
            assert done.err.startswith(f"wrm: /dev/zero {expected}")
    size = max(path.stat().st_size for path in (held, start))
    monkeypatch.setattr(_inputs, "DOCUMENT_LIMIT", size)
    assert wrm("decide", held, start).status == 0
    done = wrm("decide", write(tmp_path, "long", held.read_bytes().ljust(size + 1)), start)
    assert (done.status, done.out) == (2, "")


def test_a_closed_standard_input_cannot_be_read(held: Path) -> None:
    """The case is `wrm decide SNAPSHOT - <&-`."""
    done = python("-c", closing(0), "decide", held, "-", env=MEASURED)
    assert done == Done(2, "", "wrm: - cannot be read: there is no standard input; choose a file\n")


# Outputs


def test_a_closed_standard_output_does_not_change_the_exit_status(held: Path, start: Path, tmp_path: Path) -> None:
    """The case is `wrm decide SNAPSHOT EVENT >&-`. There is no traceback."""
    refused = write(tmp_path, "event", cancel(HOLDER))
    assert python("-c", closing(1), "decide", held, start) == Done(0, "", "")
    assert python("-c", closing(1), "decide", held, refused, "--format", "json") == Done(1, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_exits_with_2(held: Path, start: Path) -> None:
    """The answer is lost, so the exit status is not that of an answer."""
    with open("/dev/full", "wb") as full:
        done = wrm_process("decide", held, start, stdout=full)
    assert done.status == 2
    assert done.err.startswith("wrm: standard output cannot be written")


HOSTILE = "x\x1b[31m\n\u202e##vso[task.complete]::error::y"


def hostile_cases() -> list[tuple[WorkRequest | None, AnyEvent]]:
    """Return work requests and events with hostile names, for each answer."""
    type_ = ActivityType(HOSTILE)
    activity = Activity(HOSTILE, type_, Status(ACTIVE, HOSTILE), has_been_active=True)
    named = WorkRequest(HOSTILE, HOSTILE, HOSTILE, [activity])
    sent: dict[str, Any] = {"work_request_id": HOSTILE, "sender": Party.supplier(HOSTILE), "at": AT}
    new = NewActivity(HOSTILE, type_)
    return [
        (named, events.UpdateActivityStatus(activity_id=HOSTILE, status=Status(ACTIVE, HOSTILE), **sent)),
        (named, events.UpdateActivityStatus(activity_id=HOSTILE, status=Status(ACTIVE, HOSTILE * 2), **sent)),
        (named, events.UpdateActivityStatus(activity_id=HOSTILE, status=Status(CLOSED), **sent)),
        (named, events.RejectWorkRequest(reason=HOSTILE, **sent)),
        (None, events.CreateWorkRequest(requestor=HOSTILE, supplier=HOSTILE, activities=[new], **sent)),
        (None, events.AcceptWorkRequest(**sent)),
    ]


@pytest.mark.parametrize(("work_request", "event"), hostile_cases())
def test_hostile_names_are_printable(tmp_path: Path, work_request: WorkRequest | None, event: AnyEvent) -> None:
    """They cannot control the terminal, start a line, or give commands to continuous integration. JSON keeps them."""
    done = ask(tmp_path, work_request, event)
    assert done.status in (0, 1)
    assert all(line.isprintable() for line in done.out.splitlines())
    assert r"\x1b[31m" in done.out
    assert "##vso" not in done.out
    assert "::" not in done.out
    in_json = ask(tmp_path, work_request, event, "--format", "json")
    assert json.loads(in_json.out) == to_builtins(decide(work_request, event))
    assert in_json.out.isascii()


def test_hostile_names_in_messages_are_printable(tmp_path: Path, held: Path) -> None:
    """They are those of files, and of work requests that do not fit."""
    file = write(tmp_path, HOSTILE.replace("/", ""), b"{")
    other = write(tmp_path, "event", events.AcceptWorkRequest(work_request_id=HOSTILE, sender=HOLDER, at=AT))
    for done in (wrm("decide", file, held), wrm("decide", held, file), wrm("decide", held, other)):
        assert (done.status, done.out) == (2, "")
        assert len(done.err.splitlines()) == 1
        assert done.err.rstrip("\n").isprintable()
        assert r"x\x1b[31m" in done.err


def test_characters_that_the_output_lacks_are_escaped(tmp_path: Path) -> None:
    """An output in ASCII is no reason to fail."""
    named = WorkRequest("WR-\u0101", "rsp-one", "northline", [Activity("A-1", MAY_CANCEL)])
    snapshot = write(tmp_path, "snapshot", named)
    event = write(tmp_path, "event", events.AcceptWorkRequest(work_request_id=named.id, sender=HOLDER, at=AT))
    done = wrm("decide", snapshot, event, encoding="ascii")
    assert done.status == 0
    assert r"WR-\u0101" in done.out


def test_rules_have_colours_if_they_are_forced(monkeypatch: pytest.MonkeyPatch, held: Path, tmp_path: Path) -> None:
    """They are those of the report of `wrm check`."""
    refused = write(tmp_path, "event", cancel(HOLDER))
    plain = wrm("decide", held, refused).out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = wrm("decide", held, refused).out
    assert "\x1b[1;31merror\x1b[0m \x1b[36mWRM203 supplier-may-cancel\x1b[0m (stated, FAQ 4): " in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
