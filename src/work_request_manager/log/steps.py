"""The history of one work request of a log, step by step."""

from collections.abc import Callable, Iterable, Iterator

from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._findings import Finding, field_text
from work_request_manager.log._following import FollowedRequest, FollowedTables, FollowingChecker
from work_request_manager.log._mapped.rows import Batch
from work_request_manager.log._steps import ActivityStep, KnownStatus, Step
from work_request_manager.model import WorkRequest
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.wire import LogMapping, Types

__all__ = ["MAX_IDS", "ActivityStep", "KnownStatus", "RequestChecker", "Step"]

MAX_IDS = 10_000
"""The number of other work requests whose ids are kept, to suggest one if the wanted work request is not found."""


class RequestChecker(FollowingChecker):
    """A checker that judges one work request of a log, and skips all other lines. See `LogChecker`.

    Args:
        work_request_id: the id of the work request.
        take: the function to call with each step.
        rulebook: the rules to judge by.
        types: the configured activity types by their codes. Pass None if there are none.
        history: whether the log records what took effect.
        partial: whether the log is a part of a longer history. Implies `history`.
        mapping: the description of a log in another format. Implies `partial`.

    Attributes:
        steps: the number of steps so far.
        is_history: whether events take effect even if they break rules.
        is_partial: whether the log is a part of a longer history.
        other_ids: the ids of other work requests in the log before the first step. If there are more than MAX_IDS, it
            does not have all of them.
    """

    def __init__(
        self,
        work_request_id: str,
        take: Callable[[Step], None],
        *,
        rulebook: Rulebook = DEFAULT_RULEBOOK,
        types: Types | None = None,
        history: bool = False,
        partial: bool = False,
        mapping: LogMapping | None = None,
    ) -> None:
        self._only = FollowedRequest(work_request_id, take)
        super().__init__(
            [self._only], rulebook=rulebook, types=types, history=history, partial=partial, mapping=mapping
        )
        self._id = work_request_id
        self._id_bytes = work_request_id.encode("utf-8", "surrogatepass")  # no UTF-8 has a surrogate, so none is found
        self.other_ids: set[str] = set()

    @property
    def work_request(self) -> WorkRequest | None:
        """The work request now. None if it does not exist, or the log shows only a part of it."""
        return self._only.work_request

    def statuses(self) -> Iterator[tuple[str, KnownStatus | None]]:
        """Yield each activity that the log has shown, with its status now. The status is None if it is unknown."""
        return ((field_text(activity_id), status) for activity_id, status in self._statuses(self._id))

    def judge_lines(
        self, file: str, number: int, lines: Iterable[bytes | None], *, is_ascii: bool = False
    ) -> list[Finding]:
        """Judge those of the next lines that name the work request. See `LogChecker.judge_lines`."""
        lines = list(lines)
        if self._is_looking:
            self._note_others(map(task_id_in, filter(None, lines)))
        # To search all lines at once takes a third of the time of searching each. Most logs are mostly other lines.
        if not self._may_name(b"".join(filter(None, lines))):
            return []
        perhaps = (line if line is not None and self._may_name(line) else None for line in lines)
        return super().judge_lines(file, number, perhaps, is_ascii=is_ascii)

    def _may_name(self, data: bytes) -> bool:
        """Return whether data may have the id: as it is in UTF-8, or with an escape."""
        return self._id_bytes in data or b"\\" in data

    def judge_row(self, file: str, number: int, work_request_id: str, line: bytes | None) -> list[Finding]:
        """Judge a row if its line names the work request. See `LogChecker.judge_row`."""
        if self._is_looking and line is not None:
            self._note_others((task_id_in(line),))
        return super().judge_row(file, number, work_request_id, line)

    def _judge_rows(self, tables: FollowedTables, file: str, batch: Batch) -> list[Finding]:
        if self._is_looking:
            ids = (values[0] for values in batch.values if isinstance(values, tuple))
            self._note_others(each for each in ids if isinstance(each, str))
        return super()._judge_rows(tables, file, batch)

    @property
    def _is_looking(self) -> bool:
        """Whether to note the ids of other work requests."""
        return not self.steps and len(self.other_ids) <= MAX_IDS

    def _note_others(self, ids: Iterable[str | None]) -> None:
        self.other_ids.update(each for each in ids if each is not None and each != self._id)
