"""The report in SARIF 2.1.0 (OASIS), for code scanning services and editors."""

import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from work_request_manager.log import Finding, LogRule, shortened
from work_request_manager.reports._fingerprints import Fingerprints
from work_request_manager.reports._json import encode, totals_in_json
from work_request_manager.reports._rules import ALL_RULES, help_of, level_of
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


def sarif(run: Run, *, statistics: bool = False) -> Iterator[str]:
    """Yield the report as one SARIF log with one run. See `Format`."""
    driver = {
        "name": "work-request-manager",
        "semanticVersion": version("work-request-manager"),
        "rules": [_rule(rule) for rule in ALL_RULES.values()],
    }
    yield f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"tool":{encode({"driver": driver})},"results":['
    findings, written, fingerprints = iter(run), 0, Fingerprints()
    for written, finding in enumerate(islice(findings, SARIF_LIMIT), start=1):
        yield (",\n" if written > 1 else "\n") + encode(_result(finding, fingerprints.of(finding)))
    for _ in findings:
        pass  # read to the end, because the counts include all findings
    rest = {
        "invocations": [
            {
                "executionSuccessful": not run.unreadable,
                "toolExecutionNotifications": _notifications(run, run.found.total() - written),
            }
        ],
        "properties": totals_in_json(run, statistics=statistics),
    }
    yield f"\n],{encode(rest)[1:]}]}}\n"


def _rule(rule: Rule | LogRule) -> dict[str, Any]:
    properties = {} if isinstance(rule, LogRule) else {"basis": rule.basis, "source": rule.source}
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": rule.statement},
        "help": {"text": help_of(rule)},
        "defaultConfiguration": {"level": level_of(rule)},
        "properties": properties,
    }


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    properties = msgspec.to_builtins(shortened(finding))
    return {
        "ruleId": finding.rule,
        "ruleIndex": _INDEX[finding.rule],
        "level": finding.level,
        "message": _message(finding.message),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {"finding/v1": fingerprint},
        "properties": {key: properties[key] for key in _PROPERTIES if properties[key] is not None},
    }


def _notifications(run: Run, not_written: int) -> list[dict[str, Any]]:
    notifications = [{"level": "error", "message": _message(why)} for why in run.unreadable]
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
