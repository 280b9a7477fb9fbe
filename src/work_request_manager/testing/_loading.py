"""The events of a log, for the manager."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from work_request_manager._values import short_repr, wrong_argument
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.log import Source, is_parquet, parquet_module, read_lines
from work_request_manager.wire import LINE_LIMIT, Types, decode_event

_UNKNOWN_EVENT = "WRM503"


class LoadedLog(NamedTuple):
    """A log as it was read.

    Args:
        events: the events in order.
        skipped: for each line with an unknown event, its place and the name of the event.
    """

    events: list[AnyEvent]
    skipped: list[str]


def read_log(log: Source, types: Types) -> LoadedLog:
    """Read a log to its end.

    Args:
        log: a path or an iterable of lines.
        types: the activity types that the events may give by their codes.

    Raises:
        WireError: a line cannot be decoded. The error names the line and the field.
        UnreadableLog: the file cannot be read to its end.
        TypeError: the log is neither a path nor an iterable of lines.
    """
    if isinstance(log, bytes) or not isinstance(log, str | os.PathLike | Iterable):
        raise wrong_argument("log", log, "a path, or an iterable of lines")
    path = os.fspath(log) if isinstance(log, str | os.PathLike) else None
    loaded = LoadedLog([], [])
    for number, (work_request_id, line) in enumerate(_rows(log, path), start=1):
        place = f"line {number}" if path is None else f"line {number} of {short_repr(path)}"
        try:
            event = _event_in(line, work_request_id, types)
        except WireError as error:
            if error.rule != _UNKNOWN_EVENT:
                raise WireError(error.rule, error.path, f"of {place} {error.message}") from None
            loaded.skipped.append(f"{place}: {error}")
        else:
            if event is not None:
                loaded.events.append(event)
    return loaded


def _rows(log: Source, path: str | None) -> Iterator[tuple[str | None, bytes | None]]:
    """Yield the lines of a log, each with the id of the work request that its row names. Plain lines have no row."""
    if path is None or not is_parquet(path):
        yield from ((None, line) for line in read_lines(log))
        return
    yield from ((row.work_request_id, row.line) for row in parquet_module(path).read_rows(path))


def _event_in(line: bytes | None, work_request_id: str | None, types: Types) -> AnyEvent | None:
    """Decode a line. Return None if it is blank."""
    if line is None:
        raise WireError("WRM505", "$", f"has more than {LINE_LIMIT:,} bytes; shorten it")
    if not line.strip():
        return None
    event = decode_event(line, types=types)
    if work_request_id not in (None, event.work_request_id):
        row, named = short_repr(work_request_id), short_repr(event.work_request_id)
        raise WireError("WRM502", "$.taskId", f"is {named}, but its row is of work request {row}")
    return event
