"""The fast way to decode snapshots is held equal to the codecs."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fuzz.mutations import mutated
from strategies_values import LINES, LISTED, VALUES, work_requests
from work_request_manager import Activity, ActivityType, Category, Status, WorkRequest
from work_request_manager.wire import WireError, decode_work_request, encode_work_request
from work_request_manager.wire._codecs import options
from work_request_manager.wire._documents import SNAPSHOT
from work_request_manager.wire._parsing import object_from
from work_request_manager.wire._snapshots import fast_work_request

TYPES = {LISTED.code: LISTED}

CORPUS = [json.dumps(LINES["snapshot"]).encode()]


def by_codecs(data: bytes, types: Any) -> WorkRequest | WireError:
    """Decode a snapshot of version 1 without the fast way."""
    try:
        value = object_from(data)
        if value.get("version") != 1:
            return WireError("WRM502", "$.version", "is another")
        decoded: WorkRequest = SNAPSHOT.decode(value, "$", options(types, forbids_unknown_fields=True))
    except WireError as error:
        return error
    return decoded


def fast(data: bytes, types: Any = None) -> WorkRequest | None:
    """Decode a snapshot in the fast way only."""
    return fast_work_request(data, options(types, forbids_unknown_fields=True))


@given(work_requests())
def test_every_snapshot_is_decoded_fast(work_request: WorkRequest) -> None:
    """The result is equal in every detail."""
    same = fast(encode_work_request(work_request))
    assert (same, repr(same)) == (work_request, repr(work_request))


@given(work_requests(), st.sampled_from([None, TYPES]), st.randoms(use_true_random=False))
def test_a_changed_snapshot_gets_the_same_answer(work_request: WorkRequest, types: Any, random: Any) -> None:
    """If the fast way decodes it, the codecs decode it to an equal work request."""
    data = mutated(random, encode_work_request(work_request), CORPUS)
    quick, slow = fast(data, types), by_codecs(data, types)
    assert quick is None or (quick, repr(quick)) == (slow, repr(slow))


ODD_VALUES: list[Any] = [
    None,
    True,
    1,
    1.0,
    "",
    "Open",
    "Closed",
    [],
    {},
    [{}],
    {"code": "F"},
    {"category": "Closed"},
    "x" * 5_001,
]


@given(st.sampled_from([*LINES["snapshot"]["activities"][0], "state", "code", "more"]), st.sampled_from(ODD_VALUES))
@example("type", {"code": "F", "workSupplierAllowedToCancel": True})
def test_an_odd_value_in_an_activity_gets_the_same_answer(key: str, value: Any) -> None:
    """Values that contradict each other are refused in both ways."""
    for depth in ("activity", "status", "outcome"):
        snapshot = json.loads(json.dumps(LINES["snapshot"]))
        activity = snapshot["activities"][0]
        {"activity": activity, "status": activity["status"], "outcome": activity["outcomes"][0]}[depth][key] = value
        data = json.dumps(snapshot).encode()
        for types in (None, TYPES):
            quick, slow = fast(data, types), by_codecs(data, types)
            assert quick is None or (quick, repr(quick)) == (slow, repr(slow))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"version":1}', b'{"version":2,"activities":[]}', b"\xff"])
def test_what_is_no_snapshot_is_left_to_the_codecs(data: bytes) -> None:
    """They name the bad field."""
    assert fast(data) is None


def test_parts_that_many_activities_have_are_shared() -> None:
    """A type and a status are decoded once for each distinct value."""
    type_ = ActivityType("FIBRE", states={"OnSite": Category.ACTIVE})
    first = Activity("A-1", type_, Status(Category.ACTIVE, "OnSite"), has_been_active=True)
    second = Activity("A-2", type_, Status(Category.ACTIVE, "OnSite"), has_been_active=True, worker="w-1")
    request = WorkRequest("WR-1", "rsp-one", "northline", [first, second])
    one, other = decode_work_request(encode_work_request(request)).activities
    assert one.type is other.type
    assert one.status is other.status
    assert (one, other) == (first, second)


def test_a_duplicate_key_counts_last_in_both_ways() -> None:
    """In an activity and in the work request."""
    data = json.dumps(LINES["snapshot"]).encode()
    twice = data.replace(b'"worker":', b'"worker": "someone else", "worker":').replace(
        b'{"version"', b'{"id":5,"version"'
    )
    assert b"someone else" in twice
    assert fast(twice) == by_codecs(twice, None) == VALUES["snapshot"]
