"""The logs that a command reads, in order."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from work_request_manager.errors import UnreadableLog
from work_request_manager.log import files_in


def logs_in(paths: Sequence[str]) -> list[str]:
    """Return the paths of logs, with the files in each directory in its place.

    A directory that has no files, or cannot be listed, stays as it is, and the checker says why it is unreadable.
    """
    return [log for path in paths for log in (_files_in(path) or [path])]


def _files_in(path: str) -> list[str]:
    with suppress(UnreadableLog):
        return files_in(path) if os.path.isdir(path) else []
    return []


class Log(os.PathLike[str]):
    """The path of a log whose reader calls a function before each read. See `Reading`."""

    def __init__(self, path: str, before_read: Callable[[], None]) -> None:
        self._path = path
        self.before_read = before_read

    def __fspath__(self) -> str:
        return self._path


class Reading:
    """Logs that are read in order, and the progress of reading.

    Args:
        logs: the paths of the logs. Standard input has no size, so it does not count.
        before_read: the function to call before each read, which may wait for more of a log. It must not raise.
    """

    def __init__(self, logs: Sequence[str], before_read: Callable[[], None]) -> None:
        self._logs = logs
        self._before_read = before_read
        self._read = 0
        self._current: str | None = None
        self.size = sum(map(_size, logs))

    def __iter__(self) -> Iterator[Log]:
        for log in self._logs:
            self._current = log
            yield Log(log, self._before_read)
            self._current = None
            self._read += _size(log)

    @property
    def position(self) -> int:
        """The number of stored bytes that were read so far. At the end it equals `size`."""
        return self._read + (0 if self._current is None else _position(self._current))


def _size(log: str) -> int:
    with suppress(OSError):
        return os.stat(log).st_size
    return 0


def _position(log: str) -> int:
    # The reader of a log does not tell its position, but the system knows that of each open file.
    with suppress(OSError):
        wanted = os.stat(log)
        for descriptor in range(3, 32):
            with suppress(OSError):
                if os.path.samestat(os.fstat(descriptor), wanted):
                    return os.lseek(descriptor, 0, os.SEEK_CUR)
    return 0
