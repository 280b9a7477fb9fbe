"""Judge the events of an OCEL 2.0 log, through pm4py.

python from_ocel.py tickets.jsonocel Ticket map.toml
"""

import sys
from pathlib import Path

import pm4py

from work_request_manager import log
from work_request_manager.wire import decode_mapping


def main(path: str, object_type: str, mapping: str) -> None:
    """Print the findings of an OCEL log. Each object of the type is a work request."""
    ocel = pm4py.read_ocel2(path)
    frame = pm4py.ocel_flattening(ocel, object_type)
    rows = frame.to_dict("records")
    for finding in log.findings(rows, mapping=decode_mapping(Path(mapping).read_bytes())):
        print(f"event {finding.line}: {finding.level} {finding.rule} {finding.task_id}: {finding.message}")


if __name__ == "__main__":
    main(*sys.argv[1:])
