"""Files of JSON for the commands that ask about one work request."""

import json
from pathlib import Path

from work_request_manager import AnyEvent, WorkRequest
from work_request_manager.wire import to_builtins


def write(folder: Path, name: str, value: WorkRequest | AnyEvent | object) -> Path:
    """Write a document: a work request, an event, any other JSON value, or text or bytes as they are."""
    path = folder / name
    if isinstance(value, bytes | str):
        path.write_bytes(value if isinstance(value, bytes) else value.encode())
    else:
        plain = value if value is None or isinstance(value, dict | list) else to_builtins(value)
        path.write_text(json.dumps(plain), encoding="utf-8")
    return path
