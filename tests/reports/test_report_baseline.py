"""Tests of baselines: what is written, and what is read."""

import json
from collections import deque
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import HELD, NOT_JSON, finding, many
from work_request_manager.errors import WireError
from work_request_manager.log import Finding, LogChecker
from work_request_manager.reports import BASELINE_LIMIT, NewBaseline, Run, decode_baseline
from work_request_manager.reports._fingerprints import Fingerprints


def written(*found: Finding) -> str:
    """Return a baseline of these findings."""
    new, fingerprints = NewBaseline(), Fingerprints()
    for each in found:
        new.add(each, fingerprints.of(each))
    assert new.count == len(found)
    return "".join(new.text())


def test_a_baseline_can_be_reviewed() -> None:
    """It has a line for each finding, in the order of rules, work requests and activities, so that diffs are small."""
    found = [NOT_JSON, finding(task_id="WR-2"), finding(activity_id="A-2"), finding(), HELD]
    text = written(*found)
    start, *lines, end = text.splitlines()
    assert (start, end) == ('{"version":1,"findings":[', "]}")
    entries = json.loads(text)["findings"]
    assert [json.loads(line.rstrip(",")) for line in lines] == entries
    assert [(entry["rule"], entry["taskId"], entry["activityId"]) for entry in entries] == [
        ("WRM107", "WR-1", "A-1"),
        ("WRM201", "WR-1", "A-1"),
        ("WRM201", "WR-1", "A-2"),
        ("WRM201", "WR-2", "A-1"),
        ("WRM501", None, None),
    ]
    assert entries[1] == {
        "rule": "WRM201",
        "taskId": "WR-1",
        "activityId": "A-1",
        "at": "2026-03-02T21:00:00.5Z",
        "message": "activity A-1 is Closed, which is final; it cannot move to Active (OnSite)",
        "fingerprint": Fingerprints().of(finding()),
    }
    assert written(*reversed(found)) == text


def test_a_baseline_knows_the_findings_that_it_was_written_from() -> None:
    """A byte order mark does not matter. An empty one knows nothing."""
    baseline = decode_baseline(b"\xef\xbb\xbf" + written(HELD, finding()).encode())
    assert baseline.not_found == 2
    assert baseline.has(Fingerprints().of(HELD))
    assert baseline.has(Fingerprints().of(HELD))
    assert not baseline.has(Fingerprints().of(NOT_JSON))
    assert baseline.not_found == 1
    assert not decode_baseline(written().encode()).has(Fingerprints().of(HELD))


def test_hostile_values_make_a_good_baseline() -> None:
    """It is in ASCII and can be read, long values are cut, and what cannot be printed is escaped."""
    hostile = finding(task_id="x" * 1_000_000, activity_id="\ud800\n", at="", message="\u2028")
    text = written(hostile)
    assert text.isascii()
    assert len(text) < 1_000
    assert decode_baseline(text.encode()).has(Fingerprints().of(hostile))
    (entry,) = json.loads(text)["findings"]
    assert (entry["activityId"], entry["at"], entry["message"]) == (r"\ud800\n", "", r"\u2028")


LINES = (Path(__file__).parents[2] / "docs" / "examples" / "log.jsonl").read_text().splitlines()
OTHERS = ["", LINES[0].replace('"WR-1"', '"WR-9"').replace('"eventId"', '"x"')]
"""A blank line, and an event of another work request, which makes no finding."""


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=25), st.data())
def test_inserted_lines_make_no_finding_new(lines: list[str], data: st.DataObject) -> None:
    """Neither do other names of the log. What is left of the log makes no finding new either, if it comes first."""
    new = NewBaseline()
    deque(Run(LogChecker(), [lines], new_baseline=new), maxlen=0)
    written = "".join(new.text()).encode()
    longer = [*lines]
    for other in OTHERS:
        longer.insert(data.draw(st.integers(0, len(longer))), other)
    baseline = decode_baseline(written)
    assert list(Run(LogChecker(), [longer], baseline=baseline)) == []
    assert baseline.not_found == 0
    baseline = decode_baseline(written)
    assert list(Run(LogChecker(), [lines[:10]], baseline=baseline)) == []


ENTRY = {"rule": "WRM201", "taskId": None, "activityId": None, "at": None, "message": "m", "fingerprint": "0" * 16}


def document(*entries: Any, **more: Any) -> bytes:
    """Return a baseline with these entries, and with more fields."""
    return json.dumps({"version": 1, "findings": list(entries)} | more).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "$ is not JSON in UTF-8: Input data was truncated"),
        (b'{"version":1,"findings":[]', "$ is not JSON in UTF-8: Input data was truncated"),
        (b"\xff", "$ is not JSON in UTF-8: "),
        (b"[" * 100_000, "$ is not that of a baseline: Expected `object`, got `array`"),
        (b'{"version":1,"findings":' + b"[" * 100_000, "$.findings[...] is not that of a baseline: "),
        (document(version=2), "$.version is not 1; write the file again"),
        (b'{"findings":[]}', "$ is not that of a baseline: Object missing required field `version`"),
        (document(colour="blue"), "$ is not that of a baseline: Object contains unknown field `colour`"),
        (document(ENTRY, {}), "$.findings[1] is not that of a baseline: Object missing required field `rule`"),
        (document(ENTRY | {"at": 1}), "$.findings[0].at is not that of a baseline: Expected `str | null`, got `int`"),
        (document(ENTRY | {"x": 1}), "$.findings[0] is not that of a baseline: Object contains unknown field `x`"),
        (document(ENTRY | {"fingerprint": "0" * 15}), "$.findings[0].fingerprint is not that of a baseline: "),
        (
            document(ENTRY, ENTRY | {"fingerprint": "1" * 16}, ENTRY),
            f"$.findings[2].fingerprint is {'0' * 16}, which $.findings[0] has too; delete one of the two",
        ),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value[:60],
)
def test_a_bad_baseline_is_named_with_the_place(data: bytes, message: str) -> None:
    """A file that was edited or merged by hand must not hide findings."""
    with pytest.raises(WireError) as raised:
        decode_baseline(data)
    assert str(raised.value).startswith(message.replace("[...]", "[0]"))


def test_a_baseline_has_a_limit() -> None:
    """If it is reached, findings are only counted, so memory is bounded. What is written can be read."""
    assert BASELINE_LIMIT == 64 << 20
    whole = written(*many(10))
    with mock.patch("work_request_manager.reports._baseline.BASELINE_LIMIT", len(whole) + 1):
        assert written(*many(10)) == whole
        new = NewBaseline()
        for each in many(11):
            assert not new.is_too_large
            new.add(each, "0" * 16)
        assert new.is_too_large
        new.add(finding(), "0" * 16)
        assert (new.count, list(new.text())) == (12, ['{"version":1,"findings":[', "\n]}\n"])
