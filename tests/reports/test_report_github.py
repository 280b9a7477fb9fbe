"""Tests of the report as workflow commands of GitHub Actions."""

import re
import tracemalloc
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.samples import HELD, NOT_JSON, finding, many, report_of, run
from work_request_manager.log import Level
from work_request_manager.reports import github, totals_line

COMMAND = re.compile(r"::(?P<name>\w+) (?P<properties>[^\n]*?)::(?P<message>[^\n]*)\n")
"""A command, as GitHub's runner reads it: the properties end at the first two colons after the name."""


def commands(report: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the name, the properties and the message of each command, unescaped as GitHub's runner does."""
    assert COMMAND.sub("", report) == ""
    read = []
    for found in COMMAND.finditer(report):
        pairs = (pair.split("=", 1) for pair in found["properties"].split(","))
        properties = {key: unquoted(value, "%0D %0A %3A %2C %25") for key, value in pairs}
        read.append((found["name"], properties, unquoted(found["message"], "%0D %0A %25")))
    return read


def unquoted(text: str, codes: str) -> str:
    """Return a text in which these codes are replaced, in this order."""
    for code in codes.split():
        text = text.replace(code, unquote(code))
    return text


def test_errors_come_first_and_the_totals_last() -> None:
    """Each finding has its place, its rule as a title, and names its work request."""
    found = run(HELD, finding(), NOT_JSON)
    assert report_of("github", found) == (
        "::error file=log.jsonl,line=17,title=WRM201 closed-is-final::WR-1/A-1: activity A-1 is Closed, which is final;"
        " it cannot move to Active (OnSite)\n"
        "::error file=log.jsonl,line=17,title=WRM501 not-json::why\n"
        "::warning file=log.jsonl,line=4,title=WRM107 held-work-does-not-start::WR-1/A-1: held\n"
        f"::notice title=wrm check::{totals_line(found)}\n"
    )


def test_values_are_escaped() -> None:
    """Percent signs and line ends are codes everywhere, and colons and commas in properties. Controls are escaped."""
    report = report_of("github", run(finding(file="a:b,c%0A\n\x1b", message="50%\r\n::error::x,y\x1b", task_id=None)))
    assert report.startswith(
        r"::error file=a%3Ab%2Cc%250A%0A\x1b,line=17,title=WRM201 closed-is-final::50%25%0D%0A::error::x,y\x1b" + "\n"
    )


@settings(deadline=None)
@given(st.text(st.characters()) | st.text(st.sampled_from("%:,=\n\rA0D2C")), st.text(st.characters()))
def test_no_value_breaks_a_command(file: str, message: str) -> None:
    """GitHub reads the values that the finding has, if they can be printed."""
    found = finding(file=f"x{file}", message=message, task_id=None)
    first, _ = commands(report_of("github", run(found)))
    assert first[1].keys() == {"file", "line", "title"}
    if file.replace("\r", "").replace("\n", "").isprintable():
        assert first[1]["file"] == f"x{file}"
    if message.replace("\r", "").replace("\n", "").isprintable():
        assert first[2] == message


def test_the_number_of_warnings_is_bounded() -> None:
    """The notice counts the others. All errors are there."""
    warnings = [finding(level=Level.WARNING, line=number) for number in range(150)]
    found = run(*warnings, *many(150))
    read = commands(report_of("github", found))
    assert [name for name, _, _ in read] == ["error"] * 150 + ["warning"] * 100 + ["notice"]
    assert [properties["line"] for name, properties, _ in read if name == "warning"] == [*map(str, range(100))]
    assert read[-1][2] == f"{totals_line(found)}; 50 warnings not listed"
    read = commands(report_of("github", run(*warnings[:101])))
    assert read[-1][2].endswith("; 1 warning not listed")


def test_warnings_are_not_kept() -> None:
    """A report with thousands of warnings takes as much memory as one with hundreds."""

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in github(run(*[finding(level=Level.WARNING)] * count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(10_000) < peak(200) + 200_000


def test_a_log_that_cannot_be_read_is_an_error_in_github() -> None:
    """It has no file and line, because the whole log is meant."""
    *_, problem, _ = commands(report_of("github", run(problem="is\ncut")))
    assert problem == ("error", {"title": "wrm check"}, "log.jsonl is\ncut")
