"""The documents that a command reads: a snapshot and an event, from files or standard input."""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from work_request_manager.cli._output import fail
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.model import WorkRequest
from work_request_manager.wire import Types, decode_event, decode_work_request, object_from

STANDARD_INPUT = "-"
"""The name of standard input."""

DOCUMENT_LIMIT = 16 << 20
"""The number of bytes that a document can have."""


def event_in(path: str, types: Types) -> AnyEvent:
    """Read an event. If that fails, end the command."""
    data = _content_of(path, "an event")
    try:
        return decode_event(data, types=types)
    except WireError as error:
        fail(f"{path}: {error}")


def work_request_in(path: str, types: Types) -> WorkRequest:
    """Read a work request from its snapshot. If that fails, end the command."""
    return _decoded(path, _content_of(path, "a snapshot"), types)


def work_request_or_none_in(path: str, types: Types) -> WorkRequest | None:
    """Read a work request from its snapshot, or None from the JSON value null. If that fails, end the command."""
    data = _content_of(path, "a snapshot, or null if the work request does not exist")
    return None if data.strip() == b"null" else _decoded(path, data, types)


def _decoded(path: str, data: bytes, types: Types) -> WorkRequest:
    try:
        return decode_work_request(data, types=types)
    except WireError as error:
        hint = "; this is an event, and the snapshot comes first" if _is_event(data) else ""
        fail(f"{path}: {error}{hint}")


def _is_event(data: bytes) -> bool:
    try:
        return "event" in object_from(data)
    except WireError:
        return False


def _content_of(path: str, wanted: str) -> bytes:
    try:
        with _opened(path) as file:
            data = file.read(DOCUMENT_LIMIT + 1)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}; choose another file")
    if len(data) > DOCUMENT_LIMIT:
        fail(f"{path} has more than {DOCUMENT_LIMIT >> 20} MiB; choose a file that has {wanted}")
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        fail(f"{path} is empty; choose a file that has {wanted}")
    return data


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path != STANDARD_INPUT:
        with open(path, "rb") as file:
            yield file
    elif sys.stdin is None:
        fail(f"{STANDARD_INPUT} cannot be read: there is no standard input; choose a file")
    else:
        yield sys.stdin.buffer  # which stays open, because it is not ours
