"""Tests of JSON Lines in other formats: nested objects, bad lines, and the fast reader."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from work_request_manager import Category
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Counts, check
from work_request_manager.log._mapped.json_lines import MISFITS, fast_reader
from work_request_manager.log._mapped.rows import Objects
from work_request_manager.wire import LINE_LIMIT, LogMapping, object_from

MAPPING = LogMapping(
    request="ticket.id",
    status="state",
    at="at",
    categories={"open": Category.OPEN, "busy": Category.ACTIVE, "done": Category.CLOSED},
)
AT = "2026-03-01T09:00:00Z"
GOOD = {"ticket": {"id": "1"}, "state": "done", "at": AT}
LATER = {**GOOD, "state": "busy"}
"""Breaks WRM201 after GOOD."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a log to be written."""
    return tmp_path / "export.jsonl"


def write(path: Path, *lines: Any) -> None:
    """Write lines: bytes as they are, and objects as JSON."""
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )


def problems_in(path: Path, *lines: Any, mapping: LogMapping = MAPPING) -> list[tuple[int, str, str]]:
    """Write a log, and return the line, the rule and the message of each finding."""
    write(path, *lines)
    return [(each.line, each.rule, each.message) for each in check(path, mapping=mapping).findings]


class TestBadLines:
    """A bad line is reported, and hides no other, whether the fast reader is already in use or not."""

    @pytest.mark.parametrize("before", [0, 1_000])
    @pytest.mark.parametrize(
        ("line", "rule", "message"),
        [
            (b"{", "WRM501", "$ is not JSON in UTF-8: Input data was truncated"),
            (b"[1]", "WRM501", "$ is [1]; it must be one JSON object"),
            (b'"text"', "WRM501", "$ is 'text'; it must be one JSON object"),
            (b"{}{}", "WRM501", "$ is not JSON in UTF-8: JSON is malformed"),
            (b'{"x":"\xff"}', "WRM501", "$ is not JSON in UTF-8: "),
            (b'{"x":' + b"[" * 10_000, "WRM501", "$ is nested too deeply"),
            (b'{"x":"' + b"x" * LINE_LIMIT + b'"}', "WRM505", "the row has more than 1,048,576 bytes"),
            (b"{}", "WRM502", "state is missing"),
            ({**GOOD, "state": None}, "WRM502", "state is missing"),
            ({**GOOD, "state": "Odd"}, "WRM502", "state is 'Odd', which is not in [categories]; add it there"),
            ({**GOOD, "state": ["open"]}, "WRM502", "state is ['open']; it must be text or a whole number"),
            ({**GOOD, "ticket": {}}, "WRM502", "ticket.id is missing"),
            ({**GOOD, "ticket": None}, "WRM502", "ticket.id is missing"),
            ({**GOOD, "ticket": "1"}, "WRM502", "ticket.id is missing"),
            ({**GOOD, "ticket": {"id": 1.5}}, "WRM502", "ticket.id is 1.5; it must be text or a whole number"),
            ({**GOOD, "ticket": {"id": True}}, "WRM502", "ticket.id is True; it must be text or a whole number"),
            ({**GOOD, "at": 5}, "WRM504", "at is 5, which is not a time; see at_format in the mapping"),
            ({**GOOD, "at": ""}, "WRM504", "at is missing"),
        ],
    )
    def test_in_the_middle(self, path: Path, before: int, line: Any, rule: str, message: str) -> None:
        """The finding has the line, and the path of the bad value."""
        found = problems_in(path, *[GOOD] * (before + 1), line, LATER)
        assert [(at, rule) for at, rule, _ in found] == [(before + 2, rule), (before + 3, "WRM201")]
        assert found[0][2].startswith(message)

    def test_with_numbers_out_of_range(self, path: Path) -> None:
        """They do not matter in a field that is not read."""
        huge = json.dumps(GOOD)[:-1].encode() + b', "x": 1e999, "y": ' + b"1" * 5_000 + b"}"
        assert problems_in(path, GOOD, huge, LATER, huge) == problems_in(path, GOOD, GOOD, LATER, GOOD)
        found = problems_in(path, GOOD, b'{"ticket": {"id": 1e999}, "state": "done", "at": "2026-03-01T09:00:00Z"}')
        assert found == [(2, "WRM502", "ticket.id is inf; it must be text or a whole number")]

    def test_that_are_not_utf8_in_a_field_that_is_not_read(self, path: Path) -> None:
        """They are bad nevertheless, as JSON is UTF-8."""
        bad = json.dumps(GOOD)[:-1].encode() + b', "x": "\xe9"}'
        found = problems_in(path, *[GOOD] * 1_000, bad)
        assert [(line, rule) for line, rule, _ in found] == [(1_001, "WRM501")]


class TestMissingColumns:
    """A column that no object has is a mistake in the mapping."""

    def test_of_a_file(self, path: Path) -> None:
        """The error names the keys of the first object. It comes after the findings of the rows."""
        write(path, GOOD, LATER)
        mapping = attrs.evolve(MAPPING, sender="by.whom")
        with pytest.raises(UnreadableLog) as raised:
            check(path, mapping=mapping)
        assert str(raised.value) == (
            f"{path} has no column 'by.whom', which the mapping names; its columns are 'ticket', 'state', 'at'"
        )

    def test_is_in_some_lines_only(self, path: Path) -> None:
        """One object with the key is enough, even if it is null."""
        write(path, GOOD, *[GOOD] * 600, {**LATER, "by": {"whom": None}}, {**GOOD, "by": {}})
        report = check(path, mapping=attrs.evolve(MAPPING, sender="by.whom"))
        assert [(finding.line, finding.rule) for finding in report.findings] == [(602, "WRM201"), (603, "WRM208")]

    def test_of_no_objects(self, path: Path) -> None:
        """A file without objects lacks no column."""
        assert [rule for _, rule, _ in problems_in(path, b"{", b"{}x")] == ["WRM501", "WRM501"]

    def test_of_empty_objects(self, path: Path) -> None:
        """The error says that there are no keys."""
        write(path, {}, {})
        with pytest.raises(
            UnreadableLog, match=r"has no column 'ticket\.id', which the mapping names; its columns are $"
        ):
            check(path, mapping=MAPPING)


names = st.sampled_from(["a", "b", "a.b", "b.a", "a.b.a", 'q"', "é"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.sampled_from('ab"\\é\n'), max_size=3),
    lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)
objects = st.dictionaries(names, values, max_size=4)


def values_in(line: bytes, read: Objects) -> tuple[Any, ...]:
    """Return the values of the columns in a line, exactly."""
    return read.values_of(object_from(line))


class TestTheFastReader:
    """It has the values of the exact reader, or leaves the line to that."""

    @settings(max_examples=500, deadline=None)
    @given(st.lists(names, min_size=3, max_size=5), st.lists(objects, min_size=1, max_size=5), st.booleans())
    @pytest.mark.slow
    def test_agrees_for_all_objects(self, columns: list[str], log: list[dict[str, Any]], has_doubles: bool) -> None:
        """Keys can be missing, have dots or quotation marks, and occur twice."""
        lines = [json.dumps(each).encode() for each in log]
        if has_doubles:
            lines = [a[:-1] + b", " + b[1:] for a in lines for b in lines if a != b"{}" and b != b"{}"]
        known = Objects(columns)
        for line in lines:
            values_in(line, known)
        read = fast_reader(known) if known.are_known else None
        for line in lines:
            exactly = values_in(line, Objects(columns))
            if read is not None:
                with suppress(*MISFITS):
                    assert repr(read(line)) == repr(exactly)  # True is equal to 1

    @pytest.mark.parametrize(
        ("columns", "known"),
        [
            (["a", "b", "c"], {"a": 1, "b": 2, "c": 3}),
            (["a", "b.x", "b.y"], {"a": 1, "b": {"x": 2, "y": 3}}),
            (["a", "b.x.y", "b.x.y"], {"a": 1, "b": {"x": {"y": 3}}}),
            (["a", "b.x", "b.y"], {"a": 1, "b.x": 2, "b.y": 3}),
        ],
    )
    def test_fits_objects_like_the_first(self, columns: list[str], known: dict[str, Any]) -> None:
        """Otherwise it would be of no use."""
        objects = Objects(columns)
        expected = objects.values_of(known)
        read = fast_reader(objects)
        assert read is not None
        assert read(json.dumps({"more": [known], **known}).encode()) == expected

    @pytest.mark.parametrize(
        ("columns", "known"),
        [
            (["a", "a.b", "c"], {"a": {"b": 1}, "c": 2}),
            (["a.b", "a", "c"], {"a": {"b": 1}, "c": 2}),
            (['"', "b", "c"], {'"': 1, "b": 2, "c": 3}),
        ],
    )
    def test_does_not_exist_for_columns_within_each_other(self, columns: list[str], known: dict[str, Any]) -> None:
        """Nor for a key that JSON must escape."""
        objects = Objects(columns)
        objects.values_of(known)
        assert fast_reader(objects) is None

    def test_leaves_a_name_with_dots_that_could_be_a_path(self) -> None:
        """The name has precedence, so neither may be missed."""
        for first, other in (({"a.b": 1}, {"a": {"b": 2}}), ({"a": {"b": 1}}, {"a": {"b": 1}, "a.b": 2})):
            objects = Objects(["a.b", "c", "c"])
            objects.values_of({**first, "c": None})
            read = fast_reader(objects)
            assert read is not None
            with pytest.raises(MISFITS):
                read(json.dumps(other).encode())
            assert values_in(json.dumps(other).encode(), objects) == (2, None, None)


def test_blank_lines_before_the_first_object(path: Path) -> None:
    """They are counted, whether or not they fill whole blocks."""
    for blank in (1, 50_000):
        path.write_bytes(b"\n" * blank + json.dumps(GOOD).encode() + b"\n \n" + json.dumps(LATER).encode())
        report = check(path, mapping=MAPPING)
        assert [(finding.line, finding.rule) for finding in report.findings] == [(blank + 3, "WRM201")]
        assert report.counts == Counts(lines=blank + 3, blank=blank + 1, events=2, consumed=1, refused=1, assumed=1)
