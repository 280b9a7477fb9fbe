"""Convert an OCEL 2.0 log to JSON Lines, through pm4py.

python from_ocel.py tickets.jsonocel Ticket > tickets.jsonl
"""

import sys

import pm4py


def main(path: str, object_type: str) -> None:
    """Print a line for each event of each object of a type. Each such object is a work request."""
    frame = pm4py.ocel_flattening(pm4py.read_ocel2(path), object_type)
    frame.to_json(sys.stdout, orient="records", lines=True, date_format="iso", date_unit="us")


if __name__ == "__main__":
    main(*sys.argv[1:])
