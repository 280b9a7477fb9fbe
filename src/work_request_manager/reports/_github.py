"""The report as workflow commands of GitHub Actions, which become annotations."""

from collections.abc import Iterator

from work_request_manager._values import printable
from work_request_manager.log import Finding, Level
from work_request_manager.reports._run import Run
from work_request_manager.reports._text import counted, subject_of, totals_line

MAX_WARNINGS = 100
"""The number of warnings that a report lists at most. GitHub shows far fewer."""

_TITLE = "wrm check"


def github(run: Run) -> Iterator[str]:
    """Yield the report as workflow commands: errors as they come, then warnings, and the totals last. See `Format`."""
    warnings: list[str] = []
    left_out = 0
    for finding in run:
        if finding.level is Level.ERROR:
            yield _finding(finding)
        elif len(warnings) < MAX_WARNINGS:
            warnings.append(_finding(finding))
        else:
            left_out += 1
    yield from warnings
    for problem in run.unreadable:
        yield _command("error", problem, title=_TITLE)
    more = f"; {counted(left_out, 'warning')} not listed" if left_out else ""
    yield _command("notice", totals_line(run) + more, title=_TITLE)


def _finding(finding: Finding) -> str:
    return _command(
        finding.level,
        subject_of(finding) + finding.message,
        file=finding.file,
        line=str(finding.line),
        title=f"{finding.rule} {finding.name}",
    )


def _command(name: str, message: str, **properties: str) -> str:
    listed = ",".join(f"{key}={_escaped(value, _IN_PROPERTIES)}" for key, value in properties.items())
    return f"::{name} {listed}::{_escaped(message, _IN_MESSAGES)}\n"


_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def _escaped(text: str, escapes: dict[int, str]) -> str:
    """Return a text as GitHub reads it, on one line. Other characters that cannot be printed are escaped as in text."""
    return printable(text.translate(escapes))
