"""Judge the rows of a data frame."""

import pandas as pd

from work_request_manager import log
from work_request_manager.wire import LogMapping


def findings_in(frame: pd.DataFrame, mapping: LogMapping) -> pd.DataFrame:
    """Return the findings of a data frame as another data frame. Each has the row that it is about."""
    report = log.check(frame.to_dict("records"), mapping=mapping)
    found = [(finding.line - 1, finding.rule, finding.message) for finding in report.findings]
    findings = pd.DataFrame(found, columns=["row", "rule", "message"])
    return findings.join(frame.reset_index(drop=True), on="row")
