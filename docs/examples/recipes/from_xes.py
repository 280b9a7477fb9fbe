"""Convert an XES log to JSON Lines, through pm4py.

python from_xes.py help_desk.xes > help_desk.jsonl
"""

import sys

import pm4py


def main(path: str) -> None:
    """Print a line for each event of an XES log, with the columns that pm4py makes of it."""
    frame = pm4py.convert_to_dataframe(pm4py.read_xes(path, disable_progress_bar=True))
    frame.to_json(sys.stdout, orient="records", lines=True, date_format="iso", date_unit="us")


if __name__ == "__main__":
    main(*sys.argv[1:])
