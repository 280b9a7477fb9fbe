"""The report in JSON, as one object or in lines; in ASCII, so that no encoding of the output spoils it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from typing import Any

import msgspec

from work_request_manager.wire._codecs import wire_name
from work_request_manager.log._findings import Counts, Finding
from work_request_manager.reports._run import Run

REPORT_VERSION = 1
"""The version of the JSON reports."""

_FINDING_KEYS, _COUNT_KEYS = (tuple(map(wire_name, kind.__match_args__)) for kind in (Finding, Counts))
_finding_values, _count_values = (attrgetter(*kind.__match_args__) for kind in (Finding, Counts))


def json_object(run: Run, *, statistics: bool = False) -> Iterator[str]:
    """Yield the report as one JSON object, whose counts come last; see `Format`."""
    yield f'{{"version":{REPORT_VERSION},"findings":['
    separator = "\n"
    for finding in run:
        yield separator + encode(finding_in_json(finding))
        separator = ",\n"
    yield f"\n],{encode(totals_in_json(run, statistics=statistics))[1:]}\n"


def json_lines(run: Run, *, statistics: bool = False) -> Iterator[str]:
    """Yield the report in JSON Lines: the findings, then one object with the counts; see `Format`."""
    for finding in run:
        yield encode(finding_in_json(finding)) + "\n"
    yield encode({"version": REPORT_VERSION, **totals_in_json(run, statistics=statistics)}) + "\n"


def encode(value: dict[str, Any]) -> str:
    """Return an object as JSON on one line, in ASCII."""
    with suppress(UnicodeEncodeError):  # lone surrogates, which the name of a file can hold
        data = msgspec.json.encode(value)
        if data.isascii():
            return data.decode()
    # Slower, but what is not in ASCII by itself is rare.
    return json.dumps(value, separators=(",", ":"))


def finding_in_json(finding: Finding) -> dict[str, Any]:
    """Return a finding under the names that it has on the wire."""
    return dict(zip(_FINDING_KEYS, _finding_values(finding), strict=True))


def totals_in_json(run: Run, *, statistics: bool) -> dict[str, Any]:
    """Return what a run came to: its counts and, where they were asked for, what is past the limit and statistics."""
    totals: dict[str, Any] = dict(zip(_COUNT_KEYS, _count_values(run.counts), strict=True))
    if run.limit is not None:
        totals["notPrinted"] = run.past_limit
    if statistics:
        totals["statistics"] = dict(sorted(run.rules.items()))
    return totals
