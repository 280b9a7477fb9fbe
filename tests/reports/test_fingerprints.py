"""Tests of the fingerprints of findings."""

import subprocess
import sys

import pytest

from reports.samples import NOT_JSON, finding
from work_request_manager.log import Finding
from work_request_manager.reports import _fingerprints
from work_request_manager.reports._fingerprints import Fingerprints


def fingerprints(*found: Finding) -> list[str]:
    """Return the fingerprints of the findings of one report."""
    report = Fingerprints()
    return [report.of(each) for each in found]


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    """It is 16 hexadecimal digits, which do not depend on the seed of hashes."""
    assert fingerprints(finding()) == ["54079a4ae0ea9b8b"]
    code = "from reports.samples import *; from reports.test_fingerprints import *; print(*fingerprints(finding()))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.decode().split() == fingerprints(finding())


@pytest.mark.parametrize(
    "fields",
    [
        {"file": "other.jsonl"},
        {"line": 18},
        {"message": "other"},
        {"first_refusal": "log.jsonl:2"},
        {"at": "2026-03-03T09:00:00.500+12:00"},
        {"at": f"2026-03-02T21:00:00.5{'0' * 50}Z"},
    ],
    ids=lambda fields: " ".join(map(str, *fields.items())),
)
def test_a_fingerprint_survives_inserted_lines(fields: dict[str, object]) -> None:
    """It depends neither on the place nor on the message, nor on the spelling of the time."""
    assert fingerprints(finding(**fields)) == fingerprints(finding())


@pytest.mark.parametrize(
    "fields",
    [
        {"rule": "WRM202"},
        {"task_id": "WR-2"},
        {"activity_id": "A-2"},
        {"activity_id": None},
        {"at": "2026-03-02T21:00:00.6Z"},
        {"at": "yesterday"},
        {"at": "\ud800"},
    ],
    ids=str,
)
def test_fingerprints_differ_by_what_they_name(fields: dict[str, object]) -> None:
    """They differ by rule, work request, activity and time. A time that cannot be read is taken as it is."""
    assert len({*fingerprints(finding(), finding(**fields))}) == 2
    assert fingerprints(finding(**fields)) != fingerprints(finding())


def test_alike_findings_have_different_fingerprints() -> None:
    """The number of earlier ones counts, and other findings between them do not change it."""
    first, second, third = fingerprints(*[finding()] * 3)
    assert len({first, second, third}) == 3
    assert fingerprints(finding(), NOT_JSON, finding(line=99), finding(task_id="WR-2"), finding())[::2] == [
        first, second, third
    ]  # fmt: skip


def test_fingerprints_keep_a_bounded_number_of_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding counts as the first again only if many other findings came between."""
    monkeypatch.setattr(_fingerprints, "MAX_KEPT", 10)
    first, second = fingerprints(finding(), finding())
    others = [finding(line=number, task_id=f"WR-{number}") for number in range(100, 200)]
    assert fingerprints(finding(), *others[:9], finding())[-1] == second
    report = Fingerprints()
    for each in (finding(), *others):
        report.of(each)
    assert len(report._newer) + len(report._older) <= 20
    assert report.of(finding()) == first
