"""Tests of the steps of one work request: they have the findings of the whole log, and the statuses of the engine."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bad_lines import ACCEPT, BAD_LINES, CLOSE, CREATE, START, STATUS, changed
from parquet_rows import of, write
from properties.test_partial_logs import history_of
from random_lines import TYPES, LineGenerator, ids_in
from work_request_manager import DEFAULT_RULEBOOK, Answer, Category, Role, Rulebook, Status, WorkRequest, evolve
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Finding, LogChecker
from work_request_manager.log._plain import PlainChecker
from work_request_manager.log.steps import MAX_IDS, ActivityStep, KnownStatus, RequestChecker, Step
from work_request_manager.wire import NO_TYPES, LogMapping

FILE = "log"
RULEBOOKS = (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict(), DEFAULT_RULEBOOK.without("WRM206", "WRM303"))
MODES: tuple[dict[str, Any], ...] = ({}, {"history": True}, {"partial": True})
modes = st.sampled_from(MODES)
rulebooks = st.sampled_from(RULEBOOKS)
seeds = st.integers(0, 2**32)


def follow(
    work_request_id: str,
    *sources: Any,
    read: Callable[[RequestChecker, Any], Iterable[Finding]] | None = None,
    **how: Any,
) -> tuple[RequestChecker, list[Step], list[Finding]]:
    """Follow a work request.

    Args:
        work_request_id: its id.
        sources: the parts of the log.
        read: reads a part. By default its findings are read.
        how: the ways to judge.

    Returns:
        The checker, the steps, and the findings that it yields.
    """
    steps: list[Step] = []
    checker = RequestChecker(work_request_id, steps.append, **how)
    found = [finding for source in sources for finding in (read or RequestChecker.findings)(checker, source)]
    assert checker.steps == len(steps)
    return checker, steps, found


def by_lines(checker: LogChecker, lines: Sequence[bytes]) -> list[Finding]:
    """Judge lines, which have no source."""
    return checker.judge_lines(FILE, 1, lines)


def by_rows(checker: LogChecker, rows: Sequence[tuple[str, bytes]]) -> list[Finding]:
    """Judge rows that have the ids of work requests and lines."""
    return [each for number, row in enumerate(rows, start=1) for each in checker.judge_row(FILE, number, *row)]


def random_lines(seed: int, *, types: bool = False, length: int = 40) -> list[bytes]:
    """Return a random log. Half of the logs have odd texts, and half spell their ids with escapes."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    generator = LineGenerator(random, is_odd=random.random() < 0.5, has_codes=types, requests=("W1", "W2", "W11"))
    lines = generator.log(random.choice((6, length, length)))
    return [line.replace(b'"W1', rb'"\u00571') if random.random() < 0.2 else line for line in lines]


def assert_like_the_whole(whole: LogChecker, expected: list[Finding], log: Any, ids: Iterable[str], **how: Any) -> None:
    """Check that the steps of all work requests have the findings and answers of the whole log."""
    answers = dict.fromkeys(Answer, 0)
    for work_request_id in ids:
        _, steps, found = follow(work_request_id, log, **how)
        own = [finding for finding in expected if finding.task_id == work_request_id]
        assert found == own
        assert [finding for step in steps for finding in step.findings] == own
        for step in steps:
            assert {(each.file, each.line) for each in step.findings} <= {(step.file, step.line)}
            if step.answer is not None:
                answers[step.answer] += 1
    counts = whole.counts
    assert [*answers.values()] == [counts.consumed, counts.not_consumed, counts.refused]


class TestFindings:
    """The steps have exactly the findings of the whole log that name the work request."""

    @settings(max_examples=60, deadline=None)
    @given(seeds, rulebooks, modes, st.booleans())
    def test_are_those_of_the_whole_log(
        self, seed: int, rulebook: Rulebook, mode: dict[str, Any], has_types: bool
    ) -> None:
        """For requests, histories and partial logs, with redeliveries, damaged lines and odd texts."""
        how: dict[str, Any] = {"rulebook": rulebook, "types": TYPES if has_types else None, **mode}
        log, whole = random_lines(seed, types=has_types), LogChecker(**how)
        expected = by_lines(whole, log)
        assert_like_the_whole(whole, expected, log, ids_in(log), read=by_lines, **how)

    @settings(max_examples=30, deadline=None)
    @given(seeds, modes)
    def test_are_those_of_all_rows(self, seed: int, mode: dict[str, Any]) -> None:
        """For rows that have the id of a work request too, and sometimes a wrong one."""
        random = Random(seed)  # noqa: S311 - as above
        log = random_lines(seed)
        ids = ids_in(log)
        rows = [("".join(ids_in([line])) if random.random() < 0.9 else "W2", line) for line in log]
        whole = LogChecker(**mode)
        expected = by_rows(whole, rows)
        assert_like_the_whole(whole, expected, rows, ids, read=by_rows, **mode)

    @pytest.mark.parametrize("line", [line for _, line, rule in BAD_LINES if "WRM501" <= rule[:6] <= "WRM504"])
    def test_of_bad_lines_need_the_id(self, line: bytes) -> None:
        """A bad line is a step if its finding names the work request. Its event and time are shown if it has them."""
        (finding,) = by_lines(LogChecker(), [line])
        _, steps, found = follow("WR-1", [line], read=by_lines)
        if finding.task_id != "WR-1":
            assert (steps, found) == ([], [])
            return
        (step,) = steps
        assert step.findings == (finding,)
        assert (step.file, step.line, step.at, step.event) == (FILE, 1, finding.at, finding.event)
        assert (step.answer, step.sender, step.action, step.activities) == (None, None, None, ())

    def test_are_not_from_lines_with_a_longer_id(self) -> None:
        """An id can be the beginning of another one, or a text elsewhere in a line."""
        log = [CREATE, of("WR-10", CREATE), changed(of("WR-2", CREATE), note="WR-1"), ACCEPT]
        _, steps, _ = follow("WR-1", log, read=by_lines)
        assert [step.line for step in steps] == [1, 4]


class TestStatuses:
    """The statuses before and after each event."""

    @settings(max_examples=60, deadline=None)
    @given(seeds, rulebooks, st.booleans())
    def test_of_a_complete_log_are_those_of_decide_and_evolve(
        self, seed: int, rulebook: Rulebook, is_history: bool
    ) -> None:
        """So are the work requests. The activity of the event is shown, and each one that another event moves."""
        log = random_lines(seed)
        for work_request_id in ids_in(log):
            plain = PlainChecker(rulebook, NO_TYPES, is_history=is_history)
            checker, steps, _ = follow(work_request_id, log, read=by_lines, rulebook=rulebook, history=is_history)
            by_line = {step.line: step for step in steps}
            for number, line in enumerate(log, start=1):
                before = plain._requests.get(work_request_id)
                plain.judge(FILE, number, line)
                after = plain._requests.get(work_request_id)
                step = by_line.get(number)
                if step is None:
                    assert before == after
                    continue
                assert (step.before, step.after) == (before, after)
                assert [each._replace(is_new=False) for each in step.activities] == [*expected_of(step, before, after)]
                assert all(each.is_new == (each.before is None) for each in step.activities)
            assert checker.work_request == plain._requests.get(work_request_id)
            assert [*checker.statuses()] == [*statuses_of(checker.work_request).items()]

    @settings(max_examples=60, deadline=None)
    @given(seeds)
    def test_of_a_partial_log_are_never_wrong(self, seed: int) -> None:
        """Any run of the lines of a history shows statuses of that history, or none."""
        random = Random(seed)  # noqa: S311 - as above
        history = history_of(random, 60)
        requests: dict[str, WorkRequest | None] = {}
        changes: list[tuple[WorkRequest | None, WorkRequest | None]] = []
        for event in history.events:
            before = requests.get(event.work_request_id)
            requests[event.work_request_id] = evolve(before, event)
            changes.append((before, requests[event.work_request_id]))
        first = random.randrange(len(history.lines))
        for work_request_id in requests:
            _, steps, _ = follow(work_request_id, history.lines[first:], read=by_lines, partial=True)
            for step in steps:
                whole = [statuses_of(each) for each in changes[first + step.line - 1]]
                for each in step.activities:
                    for shown, known in zip((each.before, each.after), whole, strict=True):
                        actual = known.get(each.activity_id)
                        assert shown is None or actual is not None
                        assert shown is None or shown.category == actual.category  # type: ignore[union-attr]
                        assert shown is None or shown.state in (None, actual.state)  # type: ignore[union-attr]
                if step.before is not None:
                    assert (step.before, step.after) == changes[first + step.line - 1]

    def test_of_a_partial_log_are_as_far_as_it_shows_them(self) -> None:
        """The first status is unknown. A closed activity may have been cancelled, which would change its state."""
        closed = changed(CLOSE, status={"category": "Closed", "state": "Done"})
        _, steps, _ = follow("WR-1", [ACCEPT, closed, START], read=by_lines, partial=True)
        assert [step.activities for step in steps] == [
            (),
            (ActivityStep("A-1", None, KnownStatus("Closed", None), False),),
            (ActivityStep("A-1", KnownStatus("Closed", None), KnownStatus("Active", "Active"), False),),
        ]
        assert [(step.before, step.after) for step in steps] == [(None, None)] * 3

    def test_of_an_activity_that_a_partial_log_has_not_shown_can_be_known(self) -> None:
        """All activities are closed after the work request was cancelled."""
        cancelled = changed(ACCEPT, event="CancelTaskEvent", sender={"role": "Chorus", "id": "chorus"})
        _, steps, _ = follow("WR-1", [cancelled, START], read=by_lines, partial=True)
        (step,) = steps[1].activities
        assert step == ActivityStep("A-1", KnownStatus("Closed", None), KnownStatus("Active", "Active"), False)

    def test_of_an_activity_that_does_not_exist_are_not_shown(self) -> None:
        """The finding says that it does not exist."""
        _, steps, _ = follow("WR-1", [STATUS, CREATE, changed(START, activityId="A-9")], read=by_lines)
        assert [step.activities for step in steps[::2]] == [(), ()]
        assert [finding.rule for step in steps for finding in step.findings] == ["WRM401", "WRM601", "WRM403"]

    def test_of_a_work_request_that_is_not_created_as_a_whole_is_not_known(self) -> None:
        """A create after other events of a partial log has no effect."""
        checker, steps, _ = follow("WR-1", [START, CREATE], read=by_lines, partial=True)
        assert [step.after for step in steps] == [None, None]
        assert checker.work_request is None
        assert [*checker.statuses()] == [("A-1", KnownStatus("Active", "Active"))]

    def test_long_texts_are_cut(self) -> None:
        """They are cut as those of findings, also a text that the engine does not keep whole."""
        for length, shown in ((200, "s" * 200), (201, "s" * 50 + "… (201 characters)"), (501, "s" * 50 + "… (501 ch")):
            moved = changed(START, status={"category": "Active", "state": "s" * length})
            _, steps, _ = follow("WR-1", [CREATE, moved], read=by_lines)
            after = steps[1].activities[0].after
            assert after is not None
            assert after.state is not None
            assert after.state.startswith(shown)
        long = changed(CREATE, activities=[{"id": "a" * 201, "type": {"code": "F"}}])
        of_activity = changed(START, activityId="a" * 201)
        _, steps, _ = follow("WR-1", [long, of_activity], read=by_lines)
        assert {each.activity_id for step in steps for each in step.activities} == {"a" * 50 + "… (201 characters)"}
        assert steps[1].activity_id == "a" * 50 + "… (201 characters)"


def statuses_of(work_request: WorkRequest | None) -> dict[str, KnownStatus]:
    """Return the statuses of all activities by their ids."""
    activities = () if work_request is None else work_request.activities
    return {cut(each.id): known(each.status) for each in activities}


def known(status: Status) -> KnownStatus:
    """Return a status as steps have it."""
    return KnownStatus(status.category.value, cut(status.state))


def cut(text: str) -> str:
    """Return a text as steps have it."""
    return text if len(text) <= 200 else f"{text[:50]}… ({len(text):,} characters)"


def expected_of(step: Step, before: WorkRequest | None, after: WorkRequest | None) -> Iterator[ActivityStep]:
    """Yield the activities that a step must have, as if all were old."""
    earlier, later = statuses_of(before), statuses_of(after)
    for activity_id, status in later.items():
        if step.answer is not None and (
            step.activity_id == activity_id or (step.activity_id is None and status != earlier.get(activity_id))
        ):
            yield ActivityStep(activity_id, earlier.get(activity_id), status, False)


# Words


def test_a_step_has_the_event_in_words() -> None:
    """It names the sender, the action and the event."""
    _, steps, _ = follow("WR-1", [CREATE, START], read=by_lines)
    assert [(step.at, step.sender, step.event, step.activity_id, step.action, step.answer) for step in steps] == [
        ("2026-03-01T20:00:00Z", "Chorus", "CreateTaskEvent", None, "create work request WR-1", Answer.CONSUMED),
        (
            "2030-03-01T20:05:00Z",
            "WorkSupplier northline",
            "UpdateTaskActivityStatusEvent",
            "A-1",
            "move activity A-1 to Active",
            Answer.CONSUMED,
        ),
    ]


# Other work requests


def test_the_ids_of_other_work_requests_are_kept_until_the_first_step() -> None:
    """So a message can name them. A line that the decoder reads only in part does not name the work request."""
    odd = of("WR-9", ACCEPT)[:-1] + b',"x":"\xff"}'
    checker, steps, _ = follow("WR-9", [of("WR-2", CREATE), b"{", CREATE, odd], read=by_lines)
    assert (steps, checker.other_ids) == ([], {"WR-1", "WR-2"})
    checker, _, _ = follow(
        "WR-1",
        [[CREATE], [of("WR-2", CREATE)]],
        read=lambda each, parts: [finding for part in parts for finding in by_lines(each, part)],
    )
    assert checker.other_ids == set()


def test_the_number_of_other_ids_is_limited() -> None:
    """No more are kept, because a log can have any number."""
    checker = RequestChecker("WR-9", lambda step: None)
    for number in range(MAX_IDS + 10):
        checker.judge_lines(FILE, number, [b'{"taskId":"%d"}' % number])
    assert len(checker.other_ids) == MAX_IDS + 1


# Sources


def test_every_source_that_the_checker_reads_can_be_followed(tmp_path: Path) -> None:
    """Files, compressed files, Parquet files and folders. Findings have the file and the line."""
    plain, packed, rows = tmp_path / "1.jsonl", tmp_path / "2.jsonl.gz", tmp_path / "3.parquet"
    plain.write_bytes(b"\xef\xbb\xbf" + of("WR-2", CREATE) + b"\r\n\r\n" + CREATE)
    packed.write_bytes(gzip.compress(START + b"\n" + b"x" * (1 << 20) + b"WR-1\n" + ACCEPT))
    write(rows, ("WR-1", 1, CLOSE), ("WR-3", 1, STATUS), ("WR-3", 2, of("WR-3", CREATE)), ("WR-1", 2, b"x" * (2 << 20)))
    _, steps, _ = follow("WR-1", tmp_path)
    assert [(Path(step.file).name, step.line, step.answer) for step in steps] == [
        ("1.jsonl", 3, Answer.CONSUMED),
        ("2.jsonl.gz", 1, Answer.CONSUMED),
        ("2.jsonl.gz", 3, Answer.CONSUMED),
        ("3.parquet", 1, Answer.REFUSED),
        ("3.parquet", 2, None),
    ]
    assert steps[4].findings[0].message.startswith("$.taskId is 'WR-1', but its row is of work request 'WR-3'")


def test_an_unreadable_source_is_reported_after_its_steps(tmp_path: Path) -> None:
    """Its readable part is shown."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(CREATE + b"\n" + bytes(Random(1).randbytes(1 << 17)))[:-1_000])  # noqa: S311
    steps: list[Step] = []
    with pytest.raises(UnreadableLog):
        [*RequestChecker("WR-1", steps.append).findings(path)]
    assert [step.line for step in steps] == [1]


# Logs in other formats

CATEGORIES = {"new": Category.OPEN, "on it": Category.ACTIVE, "fixed": Category.PRACTICAL_COMPLETION,
              "shut": Category.CLOSED, "Closed": Category.CLOSED, "note": None}  # fmt: skip
PLAIN = LogMapping("case", "state", "at", CATEGORIES)
MAPPINGS = {
    "plain": PLAIN,
    "complete": LogMapping("case", "state", "at", CATEGORIES, complete=True),
    "full": LogMapping("case", "state", "at", CATEGORIES, activity="task", sender="who", type="kind", event_id="id"),
}


def random_rows(random: Random, length: int) -> list[dict[str, str]]:
    """Return random rows of a table, some of them bad."""
    return [
        {
            "case": random.choice(("1", "1", "2", "11", "")),
            "state": random.choice((*CATEGORIES, *CATEGORIES, "odd")),
            "at": random.choice((f"2026-03-01T00:00:{number % 60:02}Z", f"2026-03-01T00:00:{number % 60:02}Z", "no")),
            "task": random.choice(("A", "A", "B", "")),
            "who": random.choice(("s1", "s2", "")),
            "kind": random.choice(("M", "")),
            "id": random.choice(("e1", "e2", "", "", "")),
        }
        for number in range(length)
    ]


def as_csv(rows: Sequence[dict[str, str]]) -> bytes:
    """Return rows as a CSV file, with a row that has too few fields."""
    file = io.StringIO()
    table = csv.DictWriter(file, [*rows[0]])
    table.writeheader()
    table.writerows(rows)
    return file.getvalue().encode() + b"1,new\r\n"


def as_json(rows: Sequence[dict[str, str]]) -> bytes:
    """Return rows as JSON Lines, with ids that are numbers if they can be, and with a damaged line."""
    lines = [{**row, "case": int(row["case"]) if row["case"] and number % 2 else row["case"]}
             for number, row in enumerate(rows)]  # fmt: skip
    return b"\n".join(
        [*(json.dumps(line).encode() for line in lines), b'{"case":"1"', b'{"case": 100, "state": "new"}']
    )


@pytest.mark.parametrize("form", [as_csv, as_json])
@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
@pytest.mark.parametrize("seed", range(8))
def test_mapped_logs_have_the_findings_of_the_whole(
    tmp_path: Path, seed: int, mapping: LogMapping, form: Callable[[Sequence[dict[str, str]]], bytes]
) -> None:
    """Bad rows, redeliveries and rows that are left out are no exception."""
    rows = random_rows(Random(seed), 60)  # noqa: S311 - as above
    path = tmp_path / "table"
    path.write_bytes(form(rows))
    how: dict[str, Any] = {"mapping": mapping, "types": TYPES if seed % 2 else None}
    whole = LogChecker(**how)
    assert_like_the_whole(whole, [*whole.findings(path)], path, ("1", "2", "11", "100", ""), **how)
    for work_request_id in ("1", "2"):
        checker, steps, _ = follow(work_request_id, path, **how)
        shown: dict[str, KnownStatus | None] = {}
        first = KnownStatus("Open", None) if mapping.complete else None
        for step in steps:
            assert (step.before, step.after) == (None, None)
            for activity_id, before, after, is_new in step.activities:
                assert activity_id == step.activity_id
                assert before == shown.get(activity_id, first)
                assert after is not None
                assert not is_new
                shown[activity_id] = after
        assert dict(checker.statuses()) == shown


def test_a_mapped_step_has_the_update_in_words() -> None:
    """Its sender is unknown if no column names it."""
    row = {"case": "1", "state": "on it", "at": "2026-03-01T00:00:00Z", "task": "A", "who": "s1", "kind": "", "id": ""}
    for mapping, sender, activity_id in ((PLAIN, None, "1"), (MAPPINGS["full"], "WorkSupplier s1", "A")):
        _, (step,), _ = follow("1", [row], mapping=mapping)
        assert step == Step(
            "<lines>", 1, "2026-03-01T00:00:00Z", sender, "UpdateTaskActivityStatusEvent", activity_id,
            f"move activity {activity_id} to Active (on it)", Answer.CONSUMED, None, None,
            (ActivityStep(activity_id, None, KnownStatus("Active", "on it"), False),), (),
        )  # fmt: skip
    assert PLAIN.sender_role is Role.WORK_SUPPLIER


def test_the_other_ids_of_a_mapped_log_are_kept() -> None:
    """Those that are text."""
    rows = [{"case": case, "state": "new", "at": "2026-03-01T00:00:00Z"} for case in ("2", 3, "4", "4")]
    checker, steps, _ = follow("1", rows, mapping=PLAIN)
    assert (steps, checker.other_ids) == ([], {"2", "4"})


def test_a_number_is_the_id_that_its_text_is() -> None:
    """Data frames write whole numbers as floats if a value of the column is missing."""
    rows = [{"case": case, "state": "new", "at": "2026-03-01T00:00:00Z"} for case in (1, 1.0, 11, 1.5, True, None, "1")]
    _, steps, _ = follow("1", rows, mapping=PLAIN)
    assert [step.line for step in steps] == [1, 2, 7]
