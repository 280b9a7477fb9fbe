"""Judge an XES log, through pm4py.

python from_xes.py help_desk.xes map.toml
"""

import sys
from pathlib import Path

import pm4py

from work_request_manager import log
from work_request_manager.wire import decode_mapping


def main(path: str, mapping: str) -> None:
    """Print the findings of an XES log. The mapping names the columns that pm4py makes of it."""
    frame = pm4py.convert_to_dataframe(pm4py.read_xes(path, disable_progress_bar=True))
    rows = frame.to_dict("records")
    for finding in log.findings(rows, mapping=decode_mapping(Path(mapping).read_bytes())):
        print(f"event {finding.line}: {finding.level} {finding.rule} {finding.task_id}: {finding.message}")


if __name__ == "__main__":
    main(*sys.argv[1:])
