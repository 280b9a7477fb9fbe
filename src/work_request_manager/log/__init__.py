"""Check recorded events: a log goes in, and findings come out.

`check` returns a report, `findings` yields findings while it reads, and `LogChecker` takes one source after another.
"""

import work_request_manager.wire  # noqa: F401 - first, because its error names the extra

# isort: split
from work_request_manager.log._checker import LogChecker, check, files_in, findings
from work_request_manager.log._findings import (
    LOG_RULES,
    LOG_RULES_BY_ID,
    Counts,
    Finding,
    Level,
    LogRule,
    Report,
    TimeSpan,
    shortened,
)
from work_request_manager.log._mapped.drafting import draft_mapping
from work_request_manager.log._sources import Source, is_parquet, name_of, parquet_module, read_lines

__all__ = [
    "LOG_RULES",
    "LOG_RULES_BY_ID",
    "Counts",
    "Finding",
    "Level",
    "LogChecker",
    "LogRule",
    "Report",
    "Source",
    "TimeSpan",
    "check",
    "draft_mapping",
    "files_in",
    "findings",
    "is_parquet",
    "name_of",
    "parquet_module",
    "read_lines",
    "shortened",
]
