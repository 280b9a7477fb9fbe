"""Reports on logs as text, JSON, JSON Lines, SARIF and JUnit XML.

A format takes a `Run` and yields the report in pieces, as the findings come. It keeps no finding that it has written.
The modules `diagrams` and `tables` show the graphs, the rules and the events.
"""

from collections.abc import Mapping

from work_request_manager._values import FrozenDict
from work_request_manager.reports._json import REPORT_VERSION, json_lines, json_object
from work_request_manager.reports._junit import junit
from work_request_manager.reports._rules import ALL_RULES, help_of, statistics_table
from work_request_manager.reports._run import Format, Run
from work_request_manager.reports._sarif import SARIF_LIMIT, sarif
from work_request_manager.reports._text import Paint, counted, finding_line, plain, printable, summary_line, text

__all__ = [
    "ALL_RULES",
    "FORMATS",
    "REPORT_VERSION",
    "SARIF_LIMIT",
    "Format",
    "Paint",
    "Run",
    "counted",
    "finding_line",
    "help_of",
    "json_lines",
    "json_object",
    "junit",
    "plain",
    "printable",
    "sarif",
    "statistics_table",
    "summary_line",
    "text",
]

FORMATS: Mapping[str, Format] = FrozenDict(
    {"text": text, "json": json_object, "jsonl": json_lines, "sarif": sarif, "junit": junit}
)
"""All formats by name."""
