"""The report in SARIF 2.1.0 (OASIS), for code scanning services and editors."""

import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from work_request_manager.log import Finding, Level, LogRule, shortened
from work_request_manager.reports._json import encode, totals_in_json
from work_request_manager.reports._rules import ALL_RULES, help_of, help_uri_of, level_of
from work_request_manager.reports._run import Run
from work_request_manager.reports._text import counted
from work_request_manager.rules import Rule

SARIF_LIMIT = 25_000
"""The number of results that a run in SARIF holds at most, because code scanning services take no more."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {rule_id: index for index, rule_id in enumerate(ALL_RULES)}
_PROPERTIES = (
    "taskId", "activityId", "event", "at", "sender", "supplier", "activityType", "from", "to", "firstRefusal"
)  # fmt: skip

_FIRST_REFUSAL = "the first refused event that this finding may follow from"


def sarif(run: Run) -> Iterator[str]:
    """Yield the report as one SARIF log with one run. See `Format`."""
    driver = {
        "name": "work-request-manager",
        "semanticVersion": version("work-request-manager"),
        "rules": [_rule(rule) for rule in ALL_RULES.values()],
    }
    yield f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"tool":{encode({"driver": driver})},"results":['
    for number, result in enumerate(_results(run)):
        yield (",\n" if number else "\n") + result
    rest = {
        "invocations": [
            {
                "executionSuccessful": not run.unreadable,
                "toolExecutionNotifications": _notifications(run),
            }
        ],
        "properties": totals_in_json(run),
    }
    yield f"\n],{encode(rest)[1:]}]}}\n"


def _results(run: Run) -> Iterator[str]:
    """Yield the results to write, in the order of the log. If there are too many, errors come first."""
    state = {} if run.baseline is None else {"baselineState": "new"}
    written = 0
    waiting: list[tuple[Level, str]] = []  # from the first warning on, which must not take the place of an error
    for number, (finding, fingerprint) in enumerate(run.with_fingerprints()):
        if written == SARIF_LIMIT:
            continue  # read to the end, because the counts include all findings
        if number == SARIF_LIMIT:
            errors = [text for level, text in waiting if level is Level.ERROR]
            waiting = [each for each in waiting if each[0] is Level.WARNING]
            yield from errors
            written += len(errors)
        if finding.level is Level.ERROR and (not waiting or number >= SARIF_LIMIT):
            yield encode(_result(finding, fingerprint) | state)
            written += 1
        elif number < SARIF_LIMIT:
            waiting.append((finding.level, encode(_result(finding, fingerprint) | state)))
    yield from (text for _, text in waiting[: SARIF_LIMIT - written])


def _rule(rule: Rule | LogRule) -> dict[str, Any]:
    properties = {} if isinstance(rule, LogRule) else {"basis": rule.basis, "source": rule.source}
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": rule.statement},
        "help": {"text": help_of(rule)},
        "helpUri": help_uri_of(rule),
        "defaultConfiguration": {"level": level_of(rule)},
        "properties": properties,
    }


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    properties = msgspec.to_builtins(shortened(finding))
    result = {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": finding.level,
        "message": _message(finding.message),
        "locations": [_location(finding.file, finding.line)],
        "partialFingerprints": {"finding/v1": fingerprint},
        "properties": {key: properties[key] for key in _PROPERTIES if properties[key] is not None},
    }
    if finding.first_refusal is not None:
        file, _, line = finding.first_refusal.rpartition(":")
        result["relatedLocations"] = [_location(file, int(line)) | {"message": _message(_FIRST_REFUSAL)}]
    return result


def _location(file: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": {"startLine": line}}}


def _notifications(run: Run) -> list[dict[str, Any]]:
    notifications = [{"level": "error", "message": _message(why)} for why in run.unreadable]
    found = run.found.total()
    not_written = found - min(found - run.past_limit, SARIF_LIMIT)
    if not_written:
        text = f"this report leaves out {counted(not_written, 'finding')}; the counts in its properties include all"
        notifications.append({"level": "note", "message": _message(text)})
    return notifications


def _message(text: str) -> dict[str, str]:
    # Escaped, so that no value of a log makes a placeholder (braces, 3.11.5) or a link (a bracket before a parenthesis,
    # 3.11.6).
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "]\\(")}


@cache  # because a log has few files and many findings in each
def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
