"""The targets of fuzzing: each makes a random input, and says what must hold for it.

A target raises an error if it does not hold. Errors that readers raise on purpose are expected.
"""

import gzip
import io
import json
import pickle
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from fuzz.mutations import mutated
from random_lines import TYPES, LineGenerator
from strategies_values import LINES
from work_request_manager import DEFAULT_RULEBOOK
from work_request_manager.errors import UnreadableLog, WireError
from work_request_manager.log import Finding, LogChecker
from work_request_manager.log._plain import PlainChecker
from work_request_manager.wire import (
    NO_TYPES,
    decode_event,
    decode_types,
    decode_work_request,
    encode_event,
    encode_work_request,
    to_builtins,
)

CORPUS = [json.dumps(line).encode() for line in LINES.values()]

TYPES_FILES = [
    b'[types.FIBRE]\nworkSupplierAllowedToCancel = true\nstates = { OnSite = "Active" }\n[types."a.b"]\n',
    b'{"types":{"FIBRE":{"states":{"OnSite":"Active"}},"SURVEY":{}}}',
]


class Target(NamedTuple):
    """A target: a maker of inputs, and the check of one."""

    make: Callable[[Random], bytes]
    check: Callable[[bytes], None]


def _line(random: Random) -> bytes:
    made = LineGenerator(random, is_odd=True, has_codes=True).line(random.randrange(100))
    return mutated(random, random.choice((random.choice(CORPUS), made)), CORPUS)


def check_decoders(data: bytes) -> None:
    """Data is decoded or refused. What is decoded is encoded, decodes to an equal value, and is plain for JSON."""
    reads: tuple[tuple[Callable[..., Any], Callable[[Any], bytes]], ...] = (
        (decode_event, encode_event),
        (decode_work_request, encode_work_request),
    )
    for decode, encode in reads:
        for types in (NO_TYPES, TYPES):
            try:
                value = decode(data, types=types)
            except WireError:
                continue
            json.dumps(to_builtins(value))
            try:
                encoded = encode(value)
            except WireError:
                continue  # such as a line that is longer with its defaults
            assert decode(encoded, types=types) == value


def _log(random: Random) -> bytes:
    generator = LineGenerator(random, is_odd=random.random() < 0.5, has_codes=random.random() < 0.5)
    lines = [generator.line(number) for number in range(random.choice((3, 10, 40)))]
    if random.random() < 0.7:
        at = random.randrange(len(lines))
        lines[at] = mutated(random, lines[at], CORPUS)
    return b"\n".join(lines)


WAYS: Mapping[tuple[bool, bool], LogChecker] = {
    (is_history, has_types): LogChecker(types=TYPES if has_types else NO_TYPES, history=is_history)
    for is_history in (False, True)
    for has_types in (False, True)
}
"""A checker with warm caches for each way to judge."""

PARTIAL = LogChecker(partial=True)


def check_log(data: bytes) -> None:
    """The accelerator finds what the plain checker finds, also if it is saved in the middle. No way raises an error."""
    lines, choice = data.split(b"\n"), crc32(data)
    half = len(lines) // 2
    way = is_history, has_types = choice % 2 == 0, choice % 3 == 0
    plain = PlainChecker(DEFAULT_RULEBOOK, TYPES if has_types else NO_TYPES, is_history=is_history)
    expected = [each for number, line in enumerate(lines, 1) for each in plain.judge("log", number, line)]
    checker = WAYS[way]
    checker.forget()
    found = checker.judge_lines("log", 1, lines[:half])
    if choice % 50 == 0:  # rarely, because the saved checker begins with cold caches
        checker = pickle.loads(pickle.dumps(checker))
    found += checker.judge_lines("log", half + 1, lines[half:])
    assert found == expected
    PARTIAL.forget()
    PARTIAL.judge_lines("log", 1, lines)


def _findings(data: bytes, name: str) -> tuple[list[Finding], bool]:
    """Return the findings of a file, and whether it was read to its end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        found: list[Finding] = []
        try:
            for each in LogChecker().findings(path):
                found.append(msgspec.structs.replace(each, file="log", first_refusal=None))
        except UnreadableLog:
            return found, False
        return found, True


def _packed(random: Random) -> bytes:
    packed = gzip.compress(_log(random), mtime=0)
    return mutated(random, packed, [packed]) if random.random() < 0.8 else packed


def check_packed(data: bytes) -> None:
    """A damaged stream is reported, and never anything else."""
    _findings(data, "log.gz")


def _parquet(random: Random) -> bytes:
    lines = [line for line in _log(random).split(b"\n") if line]
    names = [f"W{number % 3}" for number in range(len(lines))]
    columns = {
        "work_request_id": pa.array(names),
        "sequence": pa.array(range(len(lines)), pa.int64()),
        "event": pa.array([line.decode("utf-8", "replace") for line in lines]),
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, row_group_size=7)
    data = buffer.getvalue()
    return mutated(random, data, [data]) if random.random() < 0.8 else data


def check_parquet(data: bytes) -> None:
    """A damaged table is reported, and never anything else."""
    _findings(data, "log.parquet")


def _types_file(random: Random) -> bytes:
    return mutated(random, random.choice(TYPES_FILES), [*TYPES_FILES, *CORPUS])


def check_types_file(data: bytes) -> None:
    """A file of types is decoded or refused, as bytes and as text alike."""
    results = []
    for given in (data, data.decode("utf-8", "surrogateescape")):
        try:
            results.append(decode_types(given))
        except WireError:
            results.append({})
    if data.isascii():
        assert results[0] == results[1]


TARGETS: Mapping[str, Target] = {
    "decoders": Target(_line, check_decoders),
    "logs, plain against fast": Target(_log, check_log),
    "compressed logs": Target(_packed, check_packed),
    "Parquet": Target(_parquet, check_parquet),
    "files of types": Target(_types_file, check_types_file),
}
