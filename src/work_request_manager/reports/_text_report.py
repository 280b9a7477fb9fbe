"""The report in text: one line for each finding, then the totals, and tables if not all findings are printed."""

from collections.abc import Iterator

from work_request_manager.reports._next import PARTIAL_HINT, Invocation
from work_request_manager.reports._run import Run
from work_request_manager.reports._summary_text import summary_text
from work_request_manager.reports._text import Paint, finding_line, plain, totals_line


def text(
    run: Run, *, paint: Paint = plain, is_summarised: bool = False, invocation: Invocation | None = None
) -> Iterator[str]:
    """Yield the report in text. See `Format`.

    The tables of the summary are printed if findings are left out because of the run's limit.

    Args:
        run: the run.
        paint: the function that colours the parts of a line.
        is_summarised: whether to print the tables even if all findings are printed.
        invocation: the parts of the command that suggested commands repeat. Pass None for the names of the sources.
    """
    if is_summarised or run.limit is not None:
        run.summarise()
    for finding in run:
        yield finding_line(finding, paint) + "\n"
    if not run.counts.lines and run.unreadable:
        return  # because a summary full of zeros would look like that of an empty log
    if is_summarised or run.past_limit:
        has_lines = run.found.total() > run.past_limit
        yield ("\n" if has_lines else "") + summary_text(run, paint, invocation)
    else:
        yield totals_line(run) + "\n"
        if run.seems_partial:
            yield PARTIAL_HINT + "\n"
