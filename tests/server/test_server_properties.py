"""Over HTTP, any log has the answers that it has in memory."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.client import Client
from work_request_manager import DEFAULT_RULEBOOK, Consumed, Decision, NotConsumed, Refused, Rulebook
from work_request_manager.server import ServedManager, create_app, serving
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.strategies import event_logs
from work_request_manager.wire import WireError, decode_event, encode_work_request, to_builtins


def answer_to(line: bytes, manager: InMemoryWorkRequestManager) -> tuple[int, dict[str, Any]]:
    """Post a line to a manager in memory. Return the expected status over HTTP, and members of the expected body."""
    try:
        event = decode_event(line)
    except WireError as error:
        return 400, {"rule": error.rule, "path": error.path}
    return described(manager.post(event))


def described(decision: Decision) -> tuple[int, dict[str, Any]]:
    """Return the expected status of the response with a decision, and the members that describe the decision."""
    plain = {"answer": decision.answer.value, "warnings": to_builtins(decision.warnings)}
    if isinstance(decision, Refused):
        return 409, {**plain, "violations": to_builtins(decision.violations)}
    changes = to_builtins(decision.changes) if isinstance(decision, Consumed) else []
    redelivery = isinstance(decision, NotConsumed) and decision.is_redelivery
    return 200, {**plain, "changes": changes, "isRedelivery": redelivery}


@pytest.mark.parametrize("rulebook", [DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()], ids=["default", "strict"])
def test_answers_are_those_of_the_manager_in_memory(http: httpx.Client, rulebook: Rulebook) -> None:
    """Each line is answered alike, bad lines included, and the work requests at the end are equal."""
    with serving(create_app(rulebook=rulebook)) as server:
        _check(Client(http, server), server, rulebook)


def _check(client: Client, server: ServedManager, rulebook: Rulebook) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(event_logs(max_events=10, rulebook=rulebook), event_logs(max_events=10, rulebook=rulebook, malformed=True))
    def check(good: list[bytes], bad: list[bytes]) -> None:
        server.reset()
        manager = InMemoryWorkRequestManager(rulebook=rulebook)
        for line in (*good, *bad):
            response = client.post(line)
            status, members = answer_to(line, manager)
            assert response.status_code == status
            assert {name: response.json()[name] for name in members} == members
        assert server.manager.history() == manager.history()
        for request in manager.work_requests():
            assert client.task(request.id).content == encode_work_request(request)

    check()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=event_logs(max_events=10), data=st.data())
def test_a_seed_is_the_same_as_its_lines(client: Client, server: ServedManager, log: list[bytes], data: Any) -> None:
    """It can be cut in two anywhere."""
    server.reset()
    cut = data.draw(st.integers(0, len(log)))
    counts = [client.seed(*part).json() for part in (log[:cut], log[cut:])]
    manager = InMemoryWorkRequestManager()
    manager.load(log)
    assert server.manager.history() == manager.history()
    assert sum(each["events"] for each in counts) == len(log)
