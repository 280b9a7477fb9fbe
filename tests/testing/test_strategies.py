"""The strategies draw what they promise, draw everything that makes a difference, and shrink."""

import doctest
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from random import Random
from typing import Any, TypeVar

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    ActivityType,
    Allocation,
    Answer,
    Category,
    Consumed,
    Decision,
    Outcome,
    Party,
    Refused,
    Role,
    Rulebook,
    Schedule,
    SiteContact,
    Status,
    WorkRequest,
    apply,
    decide,
    events,
    replay,
)
from work_request_manager.catalogue import KINDS
from work_request_manager.deciding import take_step
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent, Event
from work_request_manager.kinds import Target
from work_request_manager.log import check
from work_request_manager.rules import RULES
from work_request_manager.testing import strategies
from work_request_manager.testing._histories import Choice, Choices, imagined, senders_of
from work_request_manager.testing._variants import drawn
from work_request_manager.testing.strategies import (
    activity_types,
    event_logs,
    events_for,
    histories,
    parties,
    statuses,
    work_requests,
)
from work_request_manager.verify.explorer import Explorer
from work_request_manager.verify.stimuli import AT, PARTIES, Stimuli
from work_request_manager.verify.variants import Domain, Fresh
from work_request_manager.wire import decode_event, encode_event

T = TypeVar("T")

STRICT = DEFAULT_RULEBOOK.strict()
RULEBOOKS = (DEFAULT_RULEBOOK, STRICT, DEFAULT_RULEBOOK.without("WRM107", "WRM303"))
rulebooks = st.sampled_from(RULEBOOKS)

# Without Phase.explain, which traces every line and takes ten times as long as the rest.
FINDING = settings(database=None, max_examples=2000, phases=[Phase.generate, Phase.shrink])

GENERATING = settings(FINDING, phases=[Phase.generate])


def random_numbers() -> Random:
    """Return the same random numbers each time, so that the tests find the same examples."""
    return Random(0)  # noqa: S311 - nothing here is secret


def simplest(strategy: st.SearchStrategy[T], condition: Callable[[T], bool]) -> T:
    """Return the simplest value of a strategy for which a condition holds."""
    return find(strategy, condition, settings=FINDING, random=random_numbers())


LISTING = ActivityType("COPPER_REPAIR", True, {"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE})
PLAIN = ActivityType("FIBRE_CONNECT")
NEW = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", LISTING), Activity("A-2", PLAIN)))


def sent(kind: Callable[..., AnyEvent], party: Party, **own: Any) -> AnyEvent:
    """Return an event for the tests' work request."""
    return kind(**{"work_request_id": "WR-1", "sender": party, "at": AT, **own})


def moved(*categories: Category) -> list[AnyEvent]:
    """Return the events that move the first activity through these categories."""
    holder = Party.supplier("northline")
    return [sent(events.UpdateActivityStatus, holder, activity_id="A-1", status=Status(each)) for each in categories]


CHORUS, HOLDER = Party.chorus(), Party.supplier("northline")
SCHEDULE = Schedule(AT)
FURNISHED = [
    sent(events.UpdateSiteContact, CHORUS, contact=SiteContact("Ana")),
    sent(events.RequestCancellation, CHORUS),
    sent(events.RequestCancellation, CHORUS, activity_id="A-1"),
    sent(events.Reschedule, CHORUS, schedule=SCHEDULE),
    sent(events.Reschedule, CHORUS, schedule=SCHEDULE, activity_id="A-1"),
    sent(events.UpdateActivityWorker, HOLDER, worker="W-1", activity_id="A-1"),
    sent(events.RecordOutcome, HOLDER, outcome=Outcome("DONE"), activity_id="A-1"),
]
FINISHED = moved(Category.ACTIVE, Category.PRACTICAL_COMPLETION, Category.CLOSED)
REQUESTS: tuple[WorkRequest | None, ...] = (
    None,
    NEW,
    replay([sent(events.AcceptWorkRequest, HOLDER), sent(events.PutOnHold, CHORUS), *moved(Category.ACTIVE)], NEW),
    replay([*FURNISHED, *FINISHED[:-1]], NEW),
    replay([sent(events.RejectWorkRequest, HOLDER, reason="Duplicate")], NEW),
    replay([sent(events.CancelWorkRequest, CHORUS)], NEW),
    replay([*FINISHED, sent(events.CancelActivity, CHORUS, activity_id="A-2")], NEW),
)
"""Work requests in states that make a difference."""


def all_choices(request: WorkRequest | None, rulebook: Rulebook = DEFAULT_RULEBOOK) -> Iterator[Choice]:
    """Yield all events that can be drawn for a work request."""
    names = imagined("WR-1").sample if request is None else request
    choices = Choices(request, names, rulebook)
    for kind, sender in product(KINDS.values(), dict.fromkeys(senders_of(names))):
        yield from choices.of(kind, sender)


class TestEventsFor:
    """`events_for` keeps to the answer and the party, under every rulebook."""

    @settings(deadline=None)
    @given(st.data(), rulebooks, st.none() | st.sampled_from(Answer))
    def test_for_any_work_request(self, data: st.DataObject, rulebook: Rulebook, answer: Answer | None) -> None:
        """The answer is that of `decide`, for events from every party."""
        request = data.draw(st.none() | work_requests(rulebook=rulebook))
        party = data.draw(st.none() | st.sampled_from(PARTIES) | parties())
        drawing = events_for(request, party=party, answer=answer, rulebook=rulebook)
        if drawing.is_empty:
            return
        event = data.draw(drawing)
        decision = decide(request, event, rulebook=rulebook)
        assert answer in (None, decision.answer)
        assert party in (None, event.sender)
        assert decode_event(encode_event(event)) == event

    @settings(deadline=None)
    @given(st.data(), st.sampled_from(REQUESTS), rulebooks)
    def test_events_are_judged_like_their_sample(
        self, data: st.DataObject, request: WorkRequest | None, rulebook: Rulebook
    ) -> None:
        """With all values that can be drawn, an event breaks the rules that its sample breaks."""
        choice = data.draw(st.sampled_from(list(all_choices(request, rulebook))))
        fields = {name: data.draw(drawn(variant)) for name, variant in choice.fields.items()}
        step = take_step(request, attrs.evolve(choice.step.event, **fields), rulebook)
        assert step.judgement.broken == choice.step.judgement.broken
        assert step.judgement.answer is choice.answer

    @pytest.mark.parametrize("request_", REQUESTS[-2:])
    def test_nothing_is_consumed_after_the_closing(self, request_: WorkRequest) -> None:
        """If no event gets the answer, there is nothing to draw."""
        assert events_for(request_, answer=Answer.CONSUMED).is_empty
        assert not events_for(request_, answer=Answer.REFUSED).is_empty

    def test_only_creates_are_consumed_without_a_work_request(self) -> None:
        """Nothing is a repeat, and the create has the wanted id."""
        event = simplest(events_for(None, answer=Answer.CONSUMED, work_request_id="WR-7"), lambda _: True)
        assert isinstance(event, events.CreateWorkRequest)
        assert event.work_request_id == "WR-7"
        assert events_for(None, answer=Answer.NOT_CONSUMED).is_empty

    @pytest.mark.parametrize("party", [Party.requestor("mine"), Party.supplier("mine"), CHORUS], ids=str)
    def test_every_role_can_create(self, party: Party) -> None:
        """By the default rulebook a create by any party is consumed, and a requestor creates for itself."""
        event = simplest(events_for(None, party=party, answer=Answer.CONSUMED), lambda _: True)
        assert event.sender == party
        assert isinstance(apply(None, event), WorkRequest)

    def test_a_wrong_answer_is_an_error(self) -> None:
        """It does not give an empty strategy."""
        with pytest.raises(ValueError, match="'Maybe' is not a valid Answer"):
            events_for(NEW, answer="Maybe")  # type: ignore[arg-type]  # as a caller without types may pass


def broken(decision: Decision) -> list[str]:
    """Return the ids of the rules that an event breaks: those that refuse it, then those that warn."""
    refusing = decision.violations if isinstance(decision, Refused) else ()
    return [violation.rule.id for violation in (*refusing, *decision.warnings)]


class TestChoices:
    """The events that can be drawn have every kind, target and broken rule."""

    NEVER_REPEATED = (
        events.CreateWorkRequest,
        events.ReallocateWorkRequest,
        events.UpdateDetails,
        events.AddActivity,
        events.RequestAddActivity,
    )

    def test_every_kind_with_every_answer(self) -> None:
        """Every kind of event is consumed and refused in some state, and not consumed if it has repeats."""
        found = {(type(each.step.event), each.answer) for request in REQUESTS for each in all_choices(request)}
        possible = set(product(KINDS, Answer))
        assert found == possible - {(kind, Answer.NOT_CONSUMED) for kind in self.NEVER_REPEATED}

    def test_every_rule_is_broken(self) -> None:
        """Every rule of the rulebook is broken by some event."""
        found = {rule for request in REQUESTS for each in all_choices(request) for rule in each.step.judgement.broken}
        assert found == {rule.id for rule in RULES}

    @pytest.mark.parametrize("kind", [events.CreateWorkRequest, events.AddActivity])
    def test_every_fault_of_new_activities(self, kind: type[Event]) -> None:
        """Some new activities have a used id, an unlisted or misplaced state, or a category other than Open."""
        found = {
            rule
            for request in REQUESTS[:2]
            for each in all_choices(request)
            if type(each.step.event) is kind
            for rule in each.step.judgement.broken
        }
        assert {"WRM404", "WRM406", "WRM407", "WRM408"} <= found

    @pytest.mark.parametrize("state", ["Open", "Scheduled", "OnSite", "Lunch"])
    def test_every_status_can_be_repeated(self, state: str) -> None:
        """The present status of an activity is among the requested ones, with every sort of state."""
        asked = Status(Category.OPEN, state)
        request = replay([sent(events.UpdateActivityStatus, HOLDER, activity_id="A-1", status=asked)], NEW)
        assert any(
            getattr(each.step.event, "status", None) == asked and each.answer is Answer.NOT_CONSUMED
            for each in all_choices(request)
        )

    def test_values_that_are_in_use_are_not_drawn(self) -> None:
        """The sample takes their place."""
        every_flag = Fresh(Domain.FLAG, "the sample", (True, False))
        assert simplest(drawn(every_flag), lambda _: True) == "the sample"

    def test_every_target(self) -> None:
        """Events for an activity are for each activity and for an unknown one."""
        found = defaultdict(set)
        for each in all_choices(NEW):
            found[type(each.step.event)].add(getattr(each.step.event, "activity_id", None))
        for kind in KINDS.values():
            assert found[kind.event] - {None} == ({"A-1", "A-2", "A-3"} if kind.may_be_for(Target.ACTIVITY) else set())
            assert (None in found[kind.event]) is (kind.target is not Target.ACTIVITY)


class TestWorkRequests:
    """Events lead to the work requests, and they are in the wanted state."""

    GOALS = tuple(product((None, True, False), (None, True, False), (None, *Allocation)))

    @staticmethod
    def reachable(rulebook: Rulebook, activities: int) -> set[tuple[bool, bool, Allocation]]:
        """Return the goals that an exploration of every state reaches."""
        goals = set()
        explorer, stimuli = Explorer(), Stimuli(activities)
        for key, request in explorer:
            if request is not None:
                goals.add((request.is_closed, request.has_begun, request.allocation))
            for event in stimuli.for_state(request):
                step = take_step(request, event, rulebook)
                if step.is_consumed and step.after is not None and len(step.after.activities) <= activities:
                    explorer.reach(explorer.key(step.after), key, step)
        return goals

    @pytest.mark.parametrize(
        ("rulebook", "activities"),
        [
            (DEFAULT_RULEBOOK, 1),
            pytest.param(STRICT, 1, marks=pytest.mark.slow),
            pytest.param(STRICT, 2, marks=pytest.mark.slow),
        ],
        ids=["default", "strict", "strict with two activities"],
    )
    def test_only_goals_out_of_reach_are_errors(self, rulebook: Rulebook, activities: int) -> None:
        """A combination is an error exactly if the exploration of every state does not reach it."""
        reached = self.reachable(rulebook, activities)
        for wanted in self.GOALS:
            closed, begun, allocation = wanted
            if any(all(each in (None, is_) for each, is_ in zip(wanted, goal, strict=True)) for goal in reached):
                work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook)
            else:
                assert begun
                assert allocation is Allocation.REJECTED
                with pytest.raises(ValueError, match="begun=True, allocation=Rejected; leave"):
                    work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook)

    def test_the_error_names_the_wanted_values(self) -> None:
        """Values that were left open are not named."""
        with pytest.raises(ValueError, match=r" with begun=True, allocation=Rejected; leave one of these out$"):
            work_requests(begun=True, allocation=Allocation.REJECTED)

    @settings(deadline=None, max_examples=50)
    @given(st.data(), st.sampled_from(GOALS), rulebooks)
    def test_they_are_in_the_wanted_state(
        self, data: st.DataObject, wanted: tuple[bool | None, bool | None, Allocation | None], rulebook: Rulebook
    ) -> None:
        """The arguments hold under every rulebook."""
        closed, begun, allocation = wanted
        if begun and allocation is Allocation.REJECTED:
            return
        request = data.draw(work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook))
        assert closed in (None, request.is_closed)
        assert begun in (None, request.has_begun)
        assert allocation in (None, request.allocation)

    @settings(deadline=None, max_examples=50)
    @given(st.data(), st.sampled_from([(None, None, None), (True, None, None), (True, True, Allocation.ACCEPTED)]))
    def test_events_led_there(self, data: st.DataObject, wanted: tuple[Any, Any, Any]) -> None:
        """All events are consumed, and replaying them gives the same work request."""
        history = data.draw(strategies._built_histories(strategies._Goal(*wanted), STRICT))
        assert all(isinstance(decision, Consumed) for decision in history.decisions)
        assert replay([decision.event for decision in history.decisions], rulebook=STRICT) == history.work_request

    def test_the_simplest_closed_one_is_small(self) -> None:
        """A closed work request shrinks to one activity without any optional value."""
        request = simplest(work_requests(closed=True), lambda _: True)
        (activity,) = request.activities
        assert activity == Activity("A-1", activity.type, Status(Category.CLOSED), closure=activity.closure)
        assert activity.type.states is None
        assert request == WorkRequest(request.id, request.requestor, request.supplier, (activity,))

    @pytest.mark.slow
    @pytest.mark.parametrize("count", [2, 3])
    def test_there_are_several_activities(self, count: int) -> None:
        """Some work requests have more than one activity, closed ones too."""
        assert simplest(work_requests(closed=True), lambda request: len(request.activities) == count)


def rules_of_refusals(history: tuple[Decision, ...]) -> set[str]:
    """Return the ids of the rules that refused an event."""
    return {rule for decision in history if isinstance(decision, Refused) for rule in broken(decision)}


class TestHistories:
    """A history holds the decisions on events, one after another."""

    @settings(deadline=None, max_examples=50)
    @given(st.data(), rulebooks, st.sampled_from([1, 2, 10, 50]), st.sets(st.sampled_from(Answer)))
    def test_decisions_follow_from_each_other(
        self, data: st.DataObject, rulebook: Rulebook, most: int, answers: set[Answer]
    ) -> None:
        """The first event creates, each decision follows from the one before, and answers and times are right."""
        history = data.draw(histories(max_events=most, answers=answers, rulebook=rulebook, work_request_id="WR-9"))
        assert 1 <= len(history) <= most
        request = None
        for decision in history:
            assert decision == decide(request, decision.event, rulebook=rulebook)
            request = decision.work_request
        assert isinstance(history[0], Consumed)
        assert isinstance(history[0].event, events.CreateWorkRequest)
        assert history[0].work_request.id == "WR-9"
        assert {decision.answer for decision in history[1:]} <= answers
        times = [decision.event.at for decision in history]
        assert all(earlier < later for earlier, later in pairwise(times))

    @settings(deadline=None, max_examples=30)
    @given(histories())
    def test_defaults_pass_the_health_checks(self, history: tuple[Decision, ...]) -> None:
        """Histories of up to fifty events are not too slow or too large for Hypothesis."""
        assert len(history) <= 50

    @pytest.mark.parametrize(
        "condition",
        [
            lambda history: len(history) > 20,
            lambda history: history[-1].work_request.is_closed and history[-1].work_request.has_begun,
            lambda history: {decision.answer for decision in history} == set(Answer),
        ],
        ids=["long", "completed", "all answers"],
    )
    def test_they_reach_every_sort_of_end(self, condition: Callable[[tuple[Decision, ...]], bool]) -> None:
        """Some histories are long, some complete their work, and some have all three answers."""
        found = find(histories().map(condition), bool, settings=GENERATING, random=random_numbers())
        assert found

    @pytest.mark.slow
    def test_they_shrink_to_a_few_events(self) -> None:
        """A history with a refusal by WRM201 shrinks to a create, a closing and one or two more events."""
        history = simplest(histories(max_events=8), lambda history: "WRM201" in rules_of_refusals(history))
        assert 3 <= len(history) <= 4

    @pytest.mark.parametrize("most", [0, -1])
    def test_a_history_has_at_least_one_event(self, most: int) -> None:
        """The create is one event."""
        with pytest.raises(ValueError, match=f"max_events is {most}; it must be at least 1"):
            histories(max_events=most)

    def test_a_wrong_answer_is_an_error(self) -> None:
        """The error names it."""
        with pytest.raises(ValueError, match="'Maybe' is not a valid Answer"):
            histories(answers=["Maybe"])  # type: ignore[list-item]  # as a caller without types may pass


def expected_findings(log: list[bytes], rulebook: Rulebook) -> list[tuple[str, str]]:
    """Return each rule that the events of a log break, and the reason, from the decisions on them."""
    requests: dict[str, WorkRequest | None] = {}
    found = []
    for event in map(decode_event, log):
        decision = decide(requests.get(event.work_request_id), event, rulebook=rulebook)
        refusing = decision.violations if isinstance(decision, Refused) else ()
        violations = {violation.rule.id: violation.reason for violation in (*refusing, *decision.warnings)}
        found += sorted(violations.items())
        requests[event.work_request_id] = decision.work_request
    return found


def is_good(line: bytes) -> bool:
    """Return whether a line can be decoded."""
    try:
        decode_event(line)
    except WireError:
        return False
    return True


class TestEventLogs:
    """The findings in a log are the broken rules of its histories, also if there are bad lines between."""

    @settings(deadline=None, max_examples=50)
    @given(st.data(), rulebooks, st.integers(1, 3), st.integers(1, 20))
    def test_findings_are_the_broken_rules(
        self, data: st.DataObject, rulebook: Rulebook, most_requests: int, most_events: int
    ) -> None:
        """`log.check` finds what the decisions say, and the numbers of lines are right."""
        log = data.draw(event_logs(max_requests=most_requests, max_events=most_events, rulebook=rulebook))
        report = check(log, rulebook=rulebook)
        assert [(finding.rule, finding.message) for finding in report.findings] == expected_findings(log, rulebook)
        assert report.counts.events == report.counts.lines == len(log)
        assert 1 <= report.counts.work_requests <= most_requests
        assert len(log) <= most_requests * most_events
        assert not any(b"\n" in line for line in log)

    @settings(deadline=None, max_examples=30)
    @given(event_logs(malformed=True))
    def test_bad_lines_are_found_and_hide_nothing(self, log: list[bytes]) -> None:
        """Each bad line is found, and the other lines are judged as if there were no bad ones."""
        report = check(log)
        good = [line for line in log if is_good(line)]
        bad = [finding for finding in report.findings if finding.rule.startswith("WRM50")]
        assert 1 <= len(bad) == len(log) - len(good) == report.counts.malformed + report.counts.unknown
        others = [(finding.rule, finding.message) for finding in report.findings if finding not in bad]
        assert others == expected_findings(good, DEFAULT_RULEBOOK)

    @pytest.mark.parametrize("rule", ["WRM501", "WRM502", "WRM503", "WRM504"])
    def test_every_sort_of_bad_line(self, rule: str) -> None:
        """Some lines are cut or not JSON, lack a field, name an unknown event, or have a bad time."""
        log = simplest(event_logs(malformed=True), lambda log: any(each.rule == rule for each in check(log).findings))
        assert len(log) == 2

    def test_lines_of_several_work_requests_are_mixed(self) -> None:
        """A work request can go on after another has begun."""

        def ids(log: list[bytes]) -> list[str]:
            return [decode_event(line).work_request_id for line in log]

        log = simplest(event_logs(), lambda log: ids(log)[:3] == ["WR-1", "WR-2", "WR-1"])
        assert len(log) == 3

    def test_a_log_has_at_least_one_event(self) -> None:
        """It has at least one work request, which has at least one event."""
        with pytest.raises(ValueError, match="max_requests is 0; it must be at least 1"):
            event_logs(max_requests=0)
        with pytest.raises(ValueError, match="max_events is 0; it must be at least 1"):
            event_logs(max_events=0)


class TestValues:
    """Types, parties and statuses have every sort of value."""

    @pytest.mark.parametrize("role", Role)
    def test_parties(self, role: Role) -> None:
        """Parties have every role, and any id."""
        assert simplest(parties(), lambda party: party.role is role) == Party(role, "party-1")
        assert simplest(parties(), lambda party: not party.id.isascii())

    def test_plain_activity_types(self) -> None:
        """Types have either flag, and need not list states."""
        assert simplest(activity_types(), lambda _: True) == ActivityType("TYPE-1")
        flagged = simplest(activity_types(), lambda type_: type_.work_supplier_allowed_to_cancel)
        assert flagged == ActivityType("TYPE-1", True)

    @pytest.mark.parametrize("category", Category)
    def test_listing_activity_types(self, category: Category) -> None:
        """Types list states of every category."""
        found = simplest(activity_types(), lambda type_: category in (type_.states or {}).values())
        assert found == ActivityType("TYPE-1", False, {"State-1": category})

    @pytest.mark.parametrize("category", Category)
    def test_statuses(self, category: Category) -> None:
        """Statuses have every category, in its plain state and in another."""
        assert simplest(statuses(), lambda status: status.category is category) == Status(category)
        own = simplest(statuses(), lambda status: status.category is category and status.state != category)
        assert own == Status(category, "State-1")


def test_examples_do_what_they_show() -> None:
    """The examples in the docstrings are right."""
    settings.register_profile("examples", FINDING)
    settings.register_profile("before", settings.default)
    settings.load_profile("examples")
    try:
        failed, attempted = doctest.testmod(strategies)
    finally:
        settings.load_profile("before")
    assert attempted
    assert not failed
