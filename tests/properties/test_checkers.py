"""Properties of the accelerator: it has the findings and counts of the plain checker, with cold and warm caches.

Random logs come from `random_lines`, and others from the strategies of the testing kit.
"""

import warnings
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_lines import ODD_NUMBERS, TYPES, LineGenerator
from work_request_manager import DEFAULT_RULEBOOK, Answer, Rulebook
from work_request_manager.catalogue import KINDS
from work_request_manager.errors import WireError
from work_request_manager.log import Counts, Finding, LogChecker
from work_request_manager.log._fast.lines import task_id_in
from work_request_manager.log._plain import PlainChecker, decode_line
from work_request_manager.rules import RULES, Basis
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.strategies import event_logs
from work_request_manager.wire import NO_TYPES, Types, decode_event

FILE = "log"
STRICT = DEFAULT_RULEBOOK.strict()
ASSUMED = [rule.id for rule in RULES if rule.basis is Basis.ASSUMED]
RULEBOOKS = (DEFAULT_RULEBOOK, STRICT, *(DEFAULT_RULEBOOK.without(*each) for each in (ASSUMED[::2], ASSUMED[1::3])))


class Way(NamedTuple):
    """A way to judge a log."""

    rulebook: Rulebook = DEFAULT_RULEBOOK
    types: Types = NO_TYPES
    is_history: bool = False

    def plain(self) -> PlainChecker:
        """Return a plain checker."""
        return PlainChecker(self.rulebook, self.types, is_history=self.is_history)

    def fast(self) -> LogChecker:
        """Return the checker under test."""
        return LogChecker(rulebook=self.rulebook, types=self.types, history=self.is_history)


ways = st.builds(Way, st.sampled_from(RULEBOOKS), st.sampled_from([NO_TYPES, TYPES]), st.booleans())


def expected_of(log: Sequence[bytes], way: Way) -> tuple[list[list[Finding]], Counts]:
    """Return the findings of each line, and the counts, by the plain checker."""
    plain = way.plain()
    found = [plain.judge(FILE, number, line) for number, line in enumerate(log, start=1)]
    rules = [each[0].rule if each else "" for each in found]
    unknown = rules.count("WRM503")
    malformed = sum(rule.startswith("WRM50") for rule in rules) - unknown
    blank = sum(not line.strip() for line in log)
    consumed, not_consumed, refused = (plain.answers[answer] for answer in Answer)
    return found, Counts(
        lines=len(log),
        blank=blank,
        malformed=malformed,
        unknown=unknown,
        events=len(log) - blank - malformed - unknown,
        consumed=consumed,
        not_consumed=not_consumed,
        refused=refused,
        work_requests=sum(each is not None for each in plain._requests.values()),
    )


def one_by_one(checker: LogChecker, log: Sequence[bytes]) -> list[list[Finding]]:
    """Return the findings of each line. Each line is judged in a separate call."""
    return [checker.judge_lines(FILE, number, [line]) for number, line in enumerate(log, start=1)]


def minus(counts: Counts, before: Counts) -> Counts:
    """Return the difference of two counts."""
    fields = [field.name for field in attrs.fields(Counts)]
    return Counts(**{each: getattr(counts, each) - getattr(before, each) for each in fields})


def random_log(seed: int, way: Way, length: int = 40) -> list[bytes]:
    """Return a random log. Three of four have odd texts."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    generator = LineGenerator(random, is_odd=random.random() < 0.75, has_codes=way.types is TYPES)
    return generator.log(random.choice((6, length, length)))


seeds = st.integers(0, 2**32)


def assert_equal(log: Sequence[bytes], way: Way) -> None:
    """Check that a log has the findings and counts of the plain checker, line by line and in one call."""
    expected, counts = expected_of(log, way)
    alone, together = way.fast(), way.fast()
    assert one_by_one(alone, log) == expected
    assert alone.counts == counts
    assert together.judge_lines(FILE, 1, log) == [finding for found in expected for finding in found]
    assert together.counts == counts


class TestTheAcceleratorIsThePlainChecker:
    """Findings with all their fields, and counts, for requests and for histories."""

    @settings(max_examples=100, deadline=None)
    @given(seeds, ways)
    def test_for_random_lines(self, seed: int, way: Way) -> None:
        """All kinds of events, damaged lines, redeliveries and odd texts, by any rulebook, with or without types."""
        assert_equal(random_log(seed, way), way)

    @settings(max_examples=30, deadline=None)
    @given(event_logs(malformed=True, max_events=12), ways)
    def test_for_logs_of_the_testing_kit(self, log: list[bytes], way: Way) -> None:
        """Longer lives of work requests, with mostly consumed events."""
        assert_equal(log, way)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(seeds, min_size=2, max_size=4), ways)
    def test_with_warm_caches(self, some: list[int], way: Way) -> None:
        """A checker that has judged other logs, and has forgotten their work requests, has the same findings."""
        checker = way.fast()
        for seed in some:
            log = random_log(seed, way)
            expected, counts = expected_of(log, way)
            before = checker.counts
            assert one_by_one(checker, log) == expected
            assert minus(checker.counts, before) == counts
            checker.forget()

    @pytest.mark.fuzz
    @pytest.mark.parametrize("start", range(0, 500, 100))
    def test_for_many_random_lines(self, start: int) -> None:
        """A longer search, with fixed seeds."""
        for seed in range(start, start + 100):
            for rulebook in RULEBOOKS:
                for is_history in (False, True):
                    way = Way(rulebook, TYPES if seed % 2 else NO_TYPES, is_history)
                    assert_equal(random_log(seed, way, 60), way)


class TestRedeliveries:
    """An event whose id was used is a redelivery for the whole life of its work request, and after it has closed."""

    @settings(max_examples=60, deadline=None)
    @given(seeds, ways)
    def test_a_second_delivery_of_all_lines(self, seed: int, way: Way) -> None:
        """If every event has an id, and the log is delivered twice, nothing that used its id up is judged again."""
        generator = LineGenerator(Random(seed), has_codes=way.types is TYPES)  # noqa: S311 - as above
        log = [
            line[:-1] + b',"eventId":"id-%d"}' % number
            for number, line in enumerate(generator.log(30))
            if line.endswith(b"}") and kind_of(line, way.types) == "event" and b'"eventId"' not in line
        ]
        assert_equal(log * 2, way)
        checker = way.fast()
        first = checker.judge_lines(FILE, 1, log)
        refused = set() if way.is_history else {each.line for each in first if each.basis and each.level == "error"}
        again = checker.judge_lines(FILE, 1, log)
        redelivered = {each.line for each in again if each.rule == "WRM602"}
        assert redelivered >= set(range(1, len(log) + 1)) - refused


class TestStrictAndDefaultFindTheSameRulesInAHistory:
    """A history does not depend on the rulebook, so a rulebook decides only on the levels."""

    @settings(max_examples=80, deadline=None)
    @given(seeds)
    def test_on_status_updates(self, seed: int) -> None:
        """Both find the same rules on each status update. Strict has no warnings, except those of log rules."""
        log = random_log(seed, Way())
        status_updates = {name for kind in KINDS.values() if kind.gives_status for name in kind.wire_names.values()}
        found = {}
        for rulebook in (DEFAULT_RULEBOOK, STRICT):
            findings = Way(rulebook, is_history=True).fast().judge_lines(FILE, 1, log)
            found[rulebook] = [each for each in findings if each.event in status_updates and each.basis is not None]
        default, strict = found.values()
        assert [(each.line, each.rule, each.message) for each in default] == [
            (each.line, each.rule, each.message) for each in strict
        ]
        assert {each.level for each in strict} <= {"error"}
        assert all((each.level == "warning") is (each.basis == "assumed") for each in default)


# The validity of a line


def kind_of(line: bytes, types: Types) -> str:
    """Return the kind of a line by itself: "blank", "event", or the rule that it breaks."""
    try:
        return "blank" if decode_line(line, types) is None else "event"
    except WireError as error:
        return error.rule


def judged_kind(found: Sequence[Finding]) -> str:
    """Return the kind of a line by its findings, which do not tell blank lines from events."""
    return found[0].rule if found and found[0].rule.startswith("WRM50") else "event"


def ways_in(line: bytes, types: Types) -> Iterator[tuple[str, str]]:
    """Yield ways to read a line, and the kind of the line by each."""
    yield "alone", judged_kind(LogChecker(types=types).judge_lines(FILE, 1, [line]))
    named = task_id_in(line) or ""
    yield "its row", judged_kind(LogChecker(types=types).judge_row(FILE, 1, named, line))
    found = LogChecker(types=types).judge_row(FILE, 1, "another", line)
    is_misplaced = any("but its row is of work request 'another'" in each.message for each in found)
    yield "another row", "event" if is_misplaced else judged_kind(found)
    text = line.decode(errors="surrogateescape")

    def load(log: bytes | str) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="lines with unknown events")
            try:
                InMemoryWorkRequestManager(types=types).load([log])
            except UserWarning:
                raise WireError("WRM503", "$.event", "is skipped with a warning") from None

    for name, read in (
        ("decode_event", lambda: decode_event(line, types=types)),
        ("load", lambda: load(line)),
        ("load of text", lambda: load(text)),
    ):
        try:
            read()
            yield name, "event"
        except WireError as error:
            yield name, error.rule


class TestTheValidityOfALineDependsOnNothingElse:
    """A line is blank, malformed, unknown or an event, for all readers and after any other lines (A1)."""

    @settings(max_examples=40, deadline=None)
    @given(seeds, st.booleans())
    def test_not_on_other_lines(self, seed: int, has_types: bool) -> None:
        """The checker, `decode_event` and the manager agree on each line, with cold and warm caches."""
        types = TYPES if has_types else NO_TYPES
        way = Way(types=types)
        log = random_log(seed, way, 25)
        kinds = [kind_of(line, types) for line in log]
        checker = way.fast()
        for _ in range(2):
            found = one_by_one(checker, log)
            assert [each.replace("blank", "event") for each in kinds] == list(map(judged_kind, found))
            checker.forget()
        for line, kind in zip(log, kinds, strict=True):
            if kind != "blank":
                assert {name for name, other in ways_in(line, types) if other != kind} <= readers_of_unknown(kind), line

    @pytest.mark.parametrize("number", ODD_NUMBERS)
    @pytest.mark.parametrize("field", ["x", "worker", "values", "note", "at", "taskId", "activityId", "status"])
    def test_not_on_similar_lines(self, field: str, number: bytes) -> None:
        """A number of any size in a field that is not read does not matter. In one that is read it is a bad field."""
        for line in random_log(5, Way(), 60):
            if kind_of(line, NO_TYPES) != "event":
                continue
            for changed in (line[:-1] + b',"%s":%s}' % (field.encode(), number), b'{"x":%s,' % number + line[1:]):
                kind = kind_of(changed, NO_TYPES)
                assert kind in ("event", "WRM502")
                for before in ([], [line], [changed], [line, changed, line]):
                    checker = LogChecker()
                    checker.judge_lines(FILE, 1, before)
                    assert judged_kind(checker.judge_lines(FILE, 1, [changed])) == kind
                assert dict(ways_in(changed, NO_TYPES)) == dict.fromkeys(dict(ways_in(changed, NO_TYPES)), kind)


def readers_of_unknown(kind: str) -> set[str]:
    """Return the readers that may skip a line of this kind: the manager skips events that it does not know."""
    return {"load", "load of text"} if kind == "WRM503" else set()


# First refusals


class TestFirstRefusals:
    """A finding names the first refused event that it may follow from (A9)."""

    @settings(max_examples=60, deadline=None)
    @given(seeds)
    def test_are_for_the_activity_or_the_work_request_as_a_whole(self, seed: int) -> None:
        """It is the first of the earlier refused events for the same activity, or for none."""
        log = random_log(seed, Way())
        refused: list[Finding] = []
        for finding in LogChecker().judge_lines(FILE, 1, log):
            earlier = [
                each.line
                for each in refused
                if each.line < finding.line
                and each.task_id == finding.task_id
                and each.activity_id in (None, finding.activity_id)
            ]
            assert finding.first_refusal == (f"{FILE}:{min(earlier)}" if earlier else None)
            if finding.basis is not None and finding.level == "error":
                refused.append(finding)

    @settings(max_examples=30, deadline=None)
    @given(seeds, st.booleans())
    def test_a_history_has_none(self, seed: int, is_partial: bool) -> None:
        """Every event of a history took effect, so nothing follows from a refusal."""
        checker = LogChecker(history=True, partial=is_partial)
        found = checker.judge_lines(FILE, 1, random_log(seed, Way()))
        assert {each.first_refusal for each in found} <= {None}
