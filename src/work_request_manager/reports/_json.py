"""The report in JSON, as one object or in lines.

It is in ASCII, so that it is right in every encoding of the output.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from operator import attrgetter
from typing import Any

import msgspec

from work_request_manager.log import Counts, Finding, shortened
from work_request_manager.reports._run import Run
from work_request_manager.wire import camel_case

REPORT_VERSION = 2
"""The version of the JSON reports."""

_COUNT_KEYS = tuple(map(camel_case, Counts.__match_args__))
_count_values = attrgetter(*Counts.__match_args__)


def json_object(run: Run) -> Iterator[str]:
    """Yield the report as one JSON object, whose counts come last. See `Format`."""
    yield f'{{"version":{REPORT_VERSION},"findings":['
    separator = "\n"
    for finding, fingerprint in run.with_fingerprints():
        yield separator + _finding(finding, fingerprint)
        separator = ",\n"
    yield f"\n],{encode(totals_in_json(run))[1:]}\n"


def json_lines(run: Run) -> Iterator[str]:
    """Yield the report in JSON Lines: the findings, then one object with the counts. See `Format`."""
    for finding, fingerprint in run.with_fingerprints():
        yield _finding(finding, fingerprint) + "\n"
    yield encode({"version": REPORT_VERSION, **totals_in_json(run)}) + "\n"


def _finding(finding: Finding, fingerprint: str) -> str:
    return f'{encode(shortened(finding))[:-1]},"fingerprint":"{fingerprint}"}}'


def encode(value: msgspec.Struct | dict[str, Any]) -> str:
    """Return a value as JSON on one line, in ASCII."""
    with suppress(UnicodeEncodeError):  # raised for lone surrogates, which the name of a file can hold
        data = msgspec.json.encode(value)
        if data.isascii():
            return data.decode()
    # Slower, but needed only for the rare text that is not in ASCII.
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":"))


def totals_in_json(run: Run) -> dict[str, int]:
    """Return the counts of a run, the number of findings past a limit, and the numbers of a baseline's entries."""
    totals: dict[str, int] = dict(zip(_COUNT_KEYS, _count_values(run.counts), strict=True))
    if run.limit is not None:
        totals["notPrinted"] = run.past_limit
    if run.baseline is not None:
        totals |= {"known": run.known, "notFound": run.baseline.not_found}
    return totals
