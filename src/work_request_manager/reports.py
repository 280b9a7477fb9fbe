"""Findings as text and as JSON."""

import json
from collections.abc import Mapping
from typing import Any

import attrs

from work_request_manager._codecs import wire_name
from work_request_manager.findings import LOG_RULES_BY_ID, Counts, Finding, Level, Report
from work_request_manager.rules import RULES_BY_ID

REPORT_VERSION = 1
"""The version of the JSON report."""


def finding_line(finding: Finding) -> str:
    """Return a finding as one line of text, whatever characters its values hold."""
    text = f"{finding.file}:{finding.line}: {finding.level} {finding.rule} {finding.name}: {finding.message}"
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def summary_line(counts: Counts, found: Mapping[Level, int]) -> str:
    """Return one line that says how a log went, given how many findings of each level were reported."""
    return (
        f"{counts.lines:,} lines ({counts.blank:,} blank, {counts.malformed:,} malformed, {counts.unknown:,} unknown);"
        f" {counts.events:,} events ({counts.consumed:,} consumed, {counts.not_consumed:,} not consumed,"
        f" {counts.refused:,} refused) for {counts.work_requests:,} work requests;"
        f" {found.get(Level.ERROR, 0):,} errors, {found.get(Level.WARNING, 0):,} warnings"
    )


def json_report(report: Report, statistics: Mapping[str, int] | None = None) -> str:
    """Return a report as one JSON object; with the number of findings of each rule, if these are given."""
    value: dict[str, Any] = {"version": REPORT_VERSION, **_in_wire_names(report.counts)}
    if statistics is not None:
        value["statistics"] = dict(sorted(statistics.items()))
    value["findings"] = [_in_wire_names(finding) for finding in report.findings]
    return json.dumps(value)


def statistics_rows(statistics: Mapping[str, int]) -> list[tuple[str, str, str, str]]:
    """Return a row for each rule that was found: its id, name, basis and how often."""
    rows = []
    for rule_id, count in sorted(statistics.items()):
        rule = RULES_BY_ID.get(rule_id)
        name = rule.name if rule else LOG_RULES_BY_ID[rule_id].name
        rows.append((rule_id, name, rule.basis if rule else "log", f"{count:,}"))
    return rows


def _in_wire_names(record: "attrs.AttrsInstance") -> dict[str, Any]:
    return {wire_name(field.name): getattr(record, field.name) for field in attrs.fields(type(record))}
