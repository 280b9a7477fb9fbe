"""Reports on logs as text, JSON, JSON Lines, SARIF, JUnit XML, workflow commands of GitHub, and a page in HTML.

A format takes a `Run` and yields the report in pieces, as the findings come. It keeps no finding that it has written.
The modules `diagrams` and `tables` show the graphs, the rules and the events.
"""

from collections.abc import Mapping

import work_request_manager.wire  # noqa: F401 - first, because its error names the extra

# isort: split
from work_request_manager._values import FrozenDict
from work_request_manager.reports._baseline import BASELINE_LIMIT, Baseline, NewBaseline, decode_baseline
from work_request_manager.reports._github import github
from work_request_manager.reports._html.page import Histories, html
from work_request_manager.reports._json import REPORT_VERSION, json_lines, json_object
from work_request_manager.reports._junit import junit
from work_request_manager.reports._next import DEFAULT_BASELINE, Invocation
from work_request_manager.reports._rules import ALL_RULES, help_of
from work_request_manager.reports._run import Format, Run
from work_request_manager.reports._sarif import SARIF_LIMIT, sarif
from work_request_manager.reports._summary import Summary
from work_request_manager.reports._summary_text import summary_text
from work_request_manager.reports._text import Paint, counted, finding_line, plain, printable, totals_line
from work_request_manager.reports._text_report import text

__all__ = [
    "ALL_RULES",
    "BASELINE_LIMIT",
    "DEFAULT_BASELINE",
    "FORMATS",
    "REPORT_VERSION",
    "SARIF_LIMIT",
    "Baseline",
    "Format",
    "Histories",
    "Invocation",
    "NewBaseline",
    "Paint",
    "Run",
    "Summary",
    "counted",
    "decode_baseline",
    "finding_line",
    "github",
    "help_of",
    "html",
    "json_lines",
    "json_object",
    "junit",
    "plain",
    "printable",
    "sarif",
    "summary_text",
    "text",
    "totals_line",
]

FORMATS: Mapping[str, Format] = FrozenDict(
    {
        "text": text,
        "json": json_object,
        "jsonl": json_lines,
        "sarif": sarif,
        "junit": junit,
        "github": github,
        "html": html,
    }
)
"""All formats by name."""
