"""The recipes of docs/how-to/judge-other-formats.md that need pandas and pm4py, which no extra installs.

pip install '.[dev]' pandas pm4py && pytest -m recipes
"""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from work_request_manager import log
from work_request_manager.wire import decode_mapping

RECIPES = Path(__file__).parents[2] / "docs" / "examples" / "recipes"
TICKETS = RECIPES.parent / "tickets.csv"

pytestmark = [pytest.mark.recipes, pytest.mark.filterwarnings("default")]  # these libraries warn


@pytest.fixture
def frame() -> Any:
    """Return the tickets of the docs as a data frame, with times."""
    import pandas as pd

    frame = pd.read_csv(TICKETS, sep=";")
    frame["When"] = pd.to_datetime(frame["When"], format="%d/%m/%Y %H:%M").dt.tz_localize("Pacific/Auckland")
    return frame


def test_the_recipe_for_pandas_finds_what_the_command_finds(frame: Any) -> None:
    """The rows of the findings are those of the CSV file, and the findings have the columns of the frame."""
    mapping = decode_mapping((RECIPES.parent / "tickets.toml").read_bytes())
    recipe = runpy.run_path(str(RECIPES / "from_pandas.py"))
    found = recipe["findings_in"](frame, mapping)
    expected = [(finding.line - 2, finding.rule) for finding in log.check(TICKETS, mapping=mapping).findings]
    assert list(zip(found["row"], found["rule"], strict=True)) == expected
    assert list(found["Ticket"]) == [frame["Ticket"][row] for row, _ in expected]


def errors_in(folder: Path, recipe: str, *arguments: object) -> set[str]:
    """Run a recipe as a command, and return the rule and the work request of each error in the log that it prints."""
    command = [sys.executable, "-W", "ignore", str(RECIPES / recipe), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    path = folder / "log.jsonl"
    path.write_text("".join(f"{line}\n" for line in ran.stdout.splitlines() if line.startswith("{")), encoding="utf-8")
    report = log.check(path, mapping=decode_mapping((RECIPES / "xes.toml").read_bytes()))
    assert report.counts.malformed == 0
    return {f"{finding.rule} {finding.task_id}" for finding in report.findings if finding.level == "error"}


EXPECTED = {"WRM202 T-2", "WRM208 T-3", "WRM201 T-1"}


def test_the_recipe_for_xes_finds_the_same(frame: Any, tmp_path: Path) -> None:
    """The log is written by pm4py, and read from the file."""
    import pm4py

    frame = frame[frame["Step"] != "Called customer"]
    frame = frame.assign(Ticket="Ticket" + frame["Ticket"])  # pm4py would write T-1 as a date
    named = pm4py.format_dataframe(frame, case_id="Ticket", activity_key="Step", timestamp_key="When")
    pm4py.write_xes(named, str(tmp_path / "tickets.xes"), case_id_key="case:concept:name")
    found = errors_in(tmp_path, "from_xes.py", tmp_path / "tickets.xes")
    assert found == {each.replace(" T-", " TicketT-") for each in EXPECTED}


def test_the_recipe_for_ocel_finds_the_same(frame: Any, tmp_path: Path) -> None:
    """The log has the tickets and the engineers as objects, and the tickets are the work requests."""
    import pm4py

    frame = frame[frame["Step"] != "Called customer"]
    ocel = pm4py.convert_log_to_ocel(frame, "Step", "When", ["Ticket", "Engineer"])
    pm4py.write_ocel2(ocel, str(tmp_path / "tickets.jsonocel"))
    assert errors_in(tmp_path, "from_ocel.py", tmp_path / "tickets.jsonocel", "Ticket") == EXPECTED
