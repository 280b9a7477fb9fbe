"""Properties of times and event ids: no rule reads them."""

from datetime import datetime
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from strategies_values import times
from work_request_manager import DEFAULT_RULEBOOK, Consumed, Decision, Refused, decide
from work_request_manager.testing.strategies import events_for, work_requests


def meaning(decision: Decision) -> tuple[Any, ...]:
    """Return everything about a decision except the event."""
    return (
        decision.answer,
        decision.work_request,
        decision.warnings,
        decision.violations if isinstance(decision, Refused) else (),
        decision.changes if isinstance(decision, Consumed) else (),
    )


@given(st.data(), times, st.none() | st.text(min_size=1))
def test_the_time_and_the_id_of_an_event_decide_nothing(
    data: st.DataObject, at: datetime, event_id: str | None
) -> None:
    """An event at an earlier or later time, or with another id, gets the same decision."""
    request = data.draw(st.none() | work_requests())
    event = data.draw(events_for(request, work_request_id="WR-1" if request is None else request.id))
    changed = attrs.evolve(event, at=at, event_id=event_id)
    for rulebook in (DEFAULT_RULEBOOK, DEFAULT_RULEBOOK.strict()):
        decision, other = (decide(request, each, rulebook=rulebook) for each in (event, changed))
        assert meaning(decision) == meaning(other)
