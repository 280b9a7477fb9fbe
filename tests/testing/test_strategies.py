"""The strategies: what they promise is kept by all that they draw, all that matters is among it, and it shrinks."""

import doctest
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from random import Random
from typing import Any, TypeVar

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
from work_request_manager.verify.stimuli import Events
from work_request_manager.verify.explorer import Walk
from work_request_manager.facts import ACTIVITY_EVENTS, REQUEST_EVENTS
from work_request_manager.log import check
from work_request_manager.rules import RULES
from work_request_manager.testing import strategies
from work_request_manager.testing._variants import KINDS, START, drawn, none_of, senders
from work_request_manager.testing._histories import Ask, Case, imagined
from work_request_manager.testing.strategies import (
    activity_types,
    event_logs,
    events_for,
    histories,
    parties,
    statuses,
    work_requests,
)
from work_request_manager.wire import WireError, decode_event, encode_event

T = TypeVar("T")

STRICT = DEFAULT_RULEBOOK.strict()
RULEBOOKS = (DEFAULT_RULEBOOK, STRICT, DEFAULT_RULEBOOK.without("WRM107", "WRM303"))
rulebooks = st.sampled_from(RULEBOOKS)

# Hypothesis explains what it found by tracing every line, which takes ten times as long as finding it.
FINDING = settings(database=None, max_examples=2000, phases=[Phase.generate, Phase.shrink])


GENERATING = settings(FINDING, phases=[Phase.generate])


def random_numbers() -> Random:
    """Return the same random numbers each time, so that what is found today is found tomorrow."""
    return Random(0)  # noqa: S311 - nothing here is secret


def simplest(strategy: st.SearchStrategy[T], condition: Callable[[T], bool]) -> T:
    """Return the simplest value of a strategy for which a condition holds."""
    return find(strategy, condition, settings=FINDING, random=random_numbers())


LISTING = ActivityType("COPPER_REPAIR", True, {"Scheduled": Category.OPEN, "OnSite": Category.ACTIVE})
PLAIN = ActivityType("FIBRE_CONNECT")
NEW = WorkRequest("WR-1", "rsp-one", "northline", (Activity("A-1", LISTING), Activity("A-2", PLAIN)))


def sent(kind: type[events.Event], party: Party, **own: Any) -> events.Event:
    """Return an event for the tests' work request."""
    return kind(**{"work_request_id": "WR-1", "sender": party, "at": START, **own})


def moved(*categories: Category) -> list[events.Event]:
    """Return the events that move the first activity through these categories."""
    holder = Party.supplier("northline")
    return [sent(events.UpdateActivityStatus, holder, activity_id="A-1", status=Status(each)) for each in categories]


CHORUS, HOLDER = Party.chorus(), Party.supplier("northline")
SCHEDULE = Schedule(START)
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
"""Where a work request can be that makes a difference."""


def all_asks(request: WorkRequest | None, rulebook: Rulebook = DEFAULT_RULEBOOK) -> Iterator[Ask]:
    """Yield everything that events for a work request are drawn from."""
    named = imagined("WR-1").sample if request is None else request
    case = Case(request, named, rulebook)
    for kind, party in product(KINDS, senders(named).sample):
        yield from case.asks(kind, party)


class TestEventsHaveTheAnswerAskedForAndComeFromThePartyAskedFor:
    """What `events_for` is asked for is exact, by whatever rulebook."""

    @settings(deadline=None)
    @given(st.data(), rulebooks, st.none() | st.sampled_from(Answer))
    def test_for_any_work_request(self, data: st.DataObject, rulebook: Rulebook, answer: Answer | None) -> None:
        """The answer is that of `decide`, for events from every party that matters and from any other."""
        request = data.draw(st.none() | work_requests(rulebook=rulebook))
        named = NEW if request is None else request
        party = data.draw(st.none() | st.sampled_from(senders(named).sample) | parties())
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
    def test_what_is_drawn_is_judged_as_its_sample(
        self, data: st.DataObject, request: WorkRequest | None, rulebook: Rulebook
    ) -> None:
        """Whatever values an event is given, it breaks the rules that its sample breaks."""
        ask = data.draw(st.sampled_from(list(all_asks(request, rulebook))))
        fields = {name: data.draw(drawn(alike)) for name, alike in ask.own.items()}
        event = sent(type(ask.sample), ask.sample.sender, **{"work_request_id": ask.sample.work_request_id, **fields})
        decision = decide(request, event, rulebook=rulebook)
        assert broken(decision) == broken(decide(request, ask.sample, rulebook=rulebook))
        assert decision.answer is ask.answer

    @pytest.mark.parametrize("request_", REQUESTS[-2:])
    def test_nothing_is_consumed_once_all_is_closed(self, request_: WorkRequest) -> None:
        """Where no event has the answer, there is nothing to draw."""
        assert events_for(request_, answer=Answer.CONSUMED).is_empty
        assert not events_for(request_, answer=Answer.REFUSED).is_empty

    def test_what_does_not_exist_can_only_be_created(self) -> None:
        """For no work request, creations are consumed and nothing is a repeat; the id is the one asked for."""
        event = simplest(events_for(None, answer=Answer.CONSUMED, work_request_id="WR-7"), lambda _: True)
        assert isinstance(event, events.CreateWorkRequest)
        assert event.work_request_id == "WR-7"
        assert events_for(None, answer=Answer.NOT_CONSUMED).is_empty

    @pytest.mark.parametrize("party", [Party.requestor("mine"), Party.supplier("mine"), CHORUS], ids=str)
    def test_every_role_can_create(self, party: Party) -> None:
        """By the default rulebook, a creation by any party is consumed, and a requestor creates for itself."""
        event = simplest(events_for(None, party=party, answer=Answer.CONSUMED), lambda _: True)
        assert event.sender == party
        assert isinstance(apply(None, event), WorkRequest)

    def test_an_answer_that_is_none_is_named(self) -> None:
        """A wrong answer is an error, not an empty strategy."""
        with pytest.raises(ValueError, match="'Maybe' is not a valid Answer"):
            events_for(NEW, answer="Maybe")  # type: ignore[arg-type]  # what a caller without types may pass


def broken(decision: Decision) -> list[str]:
    """Return the ids of the rules that an event broke, those that refuse it first."""
    refusing = decision.violations if isinstance(decision, Refused) else ()
    return [violation.rule.id for violation in (*refusing, *decision.warnings)]


class TestEveryKindOfEventAndEveryRuleIsAmongWhatIsDrawn:
    """Events are drawn from a list; all that matters is on it."""

    NEVER_REPEATED = (
        events.CreateWorkRequest,
        events.ReallocateWorkRequest,
        events.UpdateDetails,
        events.AddActivity,
        events.RequestAddActivity,
    )

    def test_every_kind_with_every_answer(self) -> None:
        """Every kind of event is consumed and refused somewhere, and not consumed where the rulebook knows repeats."""
        found = {(type(ask.sample), ask.answer) for request in REQUESTS for ask in all_asks(request)}
        every = (events.CreateWorkRequest, *REQUEST_EVENTS, *ACTIVITY_EVENTS)
        possible = {(kind, answer) for kind, answer in product(every, Answer)}
        assert found == possible - {(kind, Answer.NOT_CONSUMED) for kind in self.NEVER_REPEATED}

    def test_every_rule_is_broken(self) -> None:
        """Every rule of the rulebook is broken by some event."""
        found = {
            rule for request in REQUESTS for ask in all_asks(request) for rule in broken(decide(request, ask.sample))
        }
        assert found == {rule.id for rule in RULES}

    @pytest.mark.parametrize("kind", [events.CreateWorkRequest, events.AddActivity])
    def test_every_fault_of_new_activities(self, kind: type[events.Event]) -> None:
        """New activities have used ids, states that are listed elsewhere or nowhere, and categories other than Open."""
        found = {
            rule
            for request in REQUESTS[:2]
            for ask in all_asks(request)
            if type(ask.sample) is kind
            for rule in broken(decide(request, ask.sample))
        }
        assert {"WRM404", "WRM406", "WRM407", "WRM408"} <= found

    @pytest.mark.parametrize("state", ["Open", "Scheduled", "OnSite", "Lunch"])
    def test_every_status_can_be_repeated(self, state: str) -> None:
        """Whatever its state, the status that an activity is in is asked for again."""
        asked = Status(Category.OPEN, state)
        request = replay([sent(events.UpdateActivityStatus, HOLDER, activity_id="A-1", status=asked)], NEW)
        assert any(
            getattr(ask.sample, "status", None) == asked and ask.answer is Answer.NOT_CONSUMED
            for ask in all_asks(request)
        )

    def test_what_is_used_is_not_drawn(self) -> None:
        """Where what is drawn is used already, the sample stands for it."""
        assert simplest(drawn(none_of(("A-1",), ("A-1", "A-2"), st.just("A-1"))), lambda _: True) == "A-2"

    def test_every_target(self) -> None:
        """What can be for an activity is for each one, for an unknown one and, where it can be, for the request."""
        found = defaultdict(set)
        for ask in all_asks(NEW):
            found[type(ask.sample)].add(getattr(ask.sample, "activity_id", None))
        for kind in ACTIVITY_EVENTS:
            assert found[kind] - {None} == {"A-1", "A-2", "A-3"}
            assert (None in found[kind]) == (kind in REQUEST_EVENTS)


class TestWorkRequestsAreReachable:
    """Work requests are where events led, and where they were asked to be."""

    PLACES = tuple(product((None, True, False), (None, True, False), (None, *Allocation)))

    @staticmethod
    def reachable(rulebook: Rulebook, activities: int) -> set[tuple[bool, bool, Allocation]]:
        """Return where a walk of every state comes."""
        places = set()
        walk, sending = Walk(), Events(activities)
        for key, request in walk:
            if request is not None:
                places.add((request.is_closed, request.has_begun, request.allocation))
            for event, _ in sending.for_state(request):
                decision = decide(request, event, rulebook=rulebook)
                if isinstance(decision, Consumed) and len(decision.work_request.activities) <= activities:
                    walk.reach(decision.work_request, key, event)
        return places

    @pytest.mark.parametrize(
        ("rulebook", "activities"), [(DEFAULT_RULEBOOK, 1), (STRICT, 2)], ids=["default", "strict"]
    )
    def test_only_what_no_walk_reaches_is_an_error(self, rulebook: Rulebook, activities: int) -> None:
        """A combination is an error exactly where walking every state never comes to it."""
        reached = self.reachable(rulebook, activities)
        for wanted in self.PLACES:
            closed, begun, allocation = wanted
            if any(all(each in (None, is_) for each, is_ in zip(wanted, place, strict=True)) for place in reached):
                work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook)
            else:
                assert begun
                assert allocation is Allocation.REJECTED
                with pytest.raises(ValueError, match="begun=True, allocation=Rejected: no events lead to such"):
                    work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook)

    def test_the_error_names_what_was_asked(self) -> None:
        """The values are named, and what was left open is not."""
        with pytest.raises(ValueError, match=r"^closed=False, begun=True, allocation=Rejected: no events lead"):
            work_requests(closed=False, begun=True, allocation=Allocation.REJECTED)

    @settings(deadline=None)
    @given(st.data(), st.sampled_from(PLACES), rulebooks)
    def test_they_are_where_they_are_asked_to_be(
        self, data: st.DataObject, wanted: tuple[bool | None, bool | None, Allocation | None], rulebook: Rulebook
    ) -> None:
        """Filters hold, under any rulebook."""
        closed, begun, allocation = wanted
        if begun and allocation is Allocation.REJECTED:
            return
        request = data.draw(work_requests(closed=closed, begun=begun, allocation=allocation, rulebook=rulebook))
        assert closed in (None, request.is_closed)
        assert begun in (None, request.has_begun)
        assert allocation in (None, request.allocation)

    @settings(deadline=None)
    @given(st.data(), st.sampled_from([(None, None, None), (True, None, None), (True, True, Allocation.ACCEPTED)]))
    def test_events_led_there(self, data: st.DataObject, wanted: tuple[Any, Any, Any]) -> None:
        """The events that made one make it again, each consumed."""
        place = strategies._Place(*wanted)
        life = data.draw(strategies._lives(place, STRICT))
        assert all(isinstance(decision, Consumed) for decision in life.decisions)
        assert replay([decision.event for decision in life.decisions], rulebook=STRICT) == life.now

    def test_the_simplest_closed_one_is_small(self) -> None:
        """A closed work request shrinks to one activity with nothing about it."""
        request = simplest(work_requests(closed=True), lambda _: True)
        (activity,) = request.activities
        assert activity == attrs_of_closed(activity)
        assert request == WorkRequest(request.id, request.requestor, request.supplier, (activity,))

    @pytest.mark.parametrize("count", [2, 3])
    def test_there_are_several_activities(self, count: int) -> None:
        """Work requests have more than one activity at times, closed ones too."""
        assert simplest(work_requests(closed=True), lambda request: len(request.activities) == count)


def attrs_of_closed(activity: Activity) -> Activity:
    """Return the plainest closed activity that is closed as this one."""
    return Activity("A-1", ActivityType("TYPE-1"), Status(Category.CLOSED), closure=activity.closure)


def rules_of_refusals(history: tuple[Decision, ...]) -> set[str]:
    """Return the rules that refused anything."""
    return {rule for decision in history if isinstance(decision, Refused) for rule in broken(decision)}


class TestHistoriesAreWhatFoldingDecideGives:
    """A history tells the decisions on events that came one after another."""

    @settings(deadline=None)
    @given(st.data(), rulebooks, st.sampled_from([1, 2, 10, 50]), st.sets(st.sampled_from(Answer)))
    def test_decisions_follow_from_each_other(
        self, data: st.DataObject, rulebook: Rulebook, most: int, answers: set[Answer]
    ) -> None:
        """Each decision is that on the state before; the first creates; answers and times are as promised."""
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

    @settings(deadline=None)
    @given(histories())
    def test_defaults_are_fit_for_use(self, history: tuple[Decision, ...]) -> None:
        """No health check complains of histories of up to fifty events."""
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
    def test_they_get_somewhere(self, condition: Callable[[tuple[Decision, ...]], bool]) -> None:
        """Histories get long, complete their work, and have all three answers."""
        found = find(histories().map(condition), bool, settings=GENERATING, random=random_numbers())
        assert found

    def test_they_shrink_to_what_matters(self) -> None:
        """Whatever is refused with WRM204 shrinks to a creation, a start and a cancellation."""
        history = simplest(histories(max_events=10), lambda history: "WRM204" in rules_of_refusals(history))
        assert len(history) == 3

    @pytest.mark.parametrize("most", [0, -1])
    def test_no_events_are_no_history(self, most: int) -> None:
        """The creation is one event."""
        with pytest.raises(ValueError, match=f"max_events is {most}; it must be at least 1"):
            histories(max_events=most)

    def test_an_answer_that_is_none_is_named(self) -> None:
        """A wrong answer is an error."""
        with pytest.raises(ValueError, match="'Maybe' is not a valid Answer"):
            histories(answers=["Maybe"])  # type: ignore[list-item]  # what a caller without types may pass


def told(log: list[bytes], rulebook: Rulebook) -> list[tuple[str, str]]:
    """Return each rule that the good lines of a log break, with the reason, told by deciding on one after another."""
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
    """Return whether a line is an event."""
    try:
        decode_event(line)
    except WireError:
        return False
    return True


class TestLogsAreJudgedAsTheirHistoriesSay:
    """The findings in a log are the broken rules of its histories, whatever bad lines stand between."""

    @settings(deadline=None)
    @given(st.data(), rulebooks, st.integers(1, 3), st.integers(1, 20))
    def test_findings_are_the_broken_rules(
        self, data: st.DataObject, rulebook: Rulebook, most_requests: int, most_events: int
    ) -> None:
        """`log.check` finds what deciding found, refusals included, and times never go back."""
        log = data.draw(event_logs(max_requests=most_requests, max_events=most_events, rulebook=rulebook))
        report = check(log, rulebook=rulebook)
        assert [(finding.rule, finding.message) for finding in report.findings] == told(log, rulebook)
        assert report.counts.events == report.counts.lines == len(log)
        assert 1 <= report.counts.work_requests <= most_requests
        assert len(log) <= most_requests * most_events
        assert not any(b"\n" in line for line in log)

    @settings(deadline=None)
    @given(event_logs(malformed=True))
    def test_bad_lines_are_found_and_hide_nothing(self, log: list[bytes]) -> None:
        """Some lines are bad, each is found to be, and the others are judged as if they stood alone."""
        report = check(log)
        good = [line for line in log if is_good(line)]
        bad = [finding for finding in report.findings if finding.rule.startswith("WRM50")]
        assert 1 <= len(bad) == len(log) - len(good) == report.counts.malformed + report.counts.unknown
        others = [(finding.rule, finding.message) for finding in report.findings if finding not in bad]
        assert others == told(good, DEFAULT_RULEBOOK)

    @pytest.mark.parametrize("rule", ["WRM501", "WRM502", "WRM503", "WRM504"])
    def test_every_sort_of_bad_line(self, rule: str) -> None:
        """Lines are cut or no JSON, lack a field, name no known event, or have a bad time."""
        log = simplest(event_logs(malformed=True), lambda log: any(each.rule == rule for each in check(log).findings))
        assert len(log) == 2

    def test_requests_take_turns(self) -> None:
        """The lines of several work requests are mixed."""

        def turns(log: list[bytes]) -> list[str]:
            return [decode_event(line).work_request_id for line in log]

        log = simplest(event_logs(), lambda log: turns(log)[:3] == ["WR-1", "WR-2", "WR-1"])
        assert len(log) == 3

    def test_nothing_is_no_log(self) -> None:
        """A log has at least one work request, and that one event."""
        with pytest.raises(ValueError, match="max_requests is 0; it must be at least 1"):
            event_logs(max_requests=0)
        with pytest.raises(ValueError, match="max_events is 0; it must be at least 1"):
            event_logs(max_events=0)


class TestValuesAreOfEveryKind:
    """Types, parties and statuses are what the model takes, plain and odd."""

    @pytest.mark.parametrize("role", Role)
    def test_parties(self, role: Role) -> None:
        """Parties have every role, and any id."""
        assert simplest(parties(), lambda party: party.role is role) == Party(role, "party-1")
        assert simplest(parties(), lambda party: not party.id.isascii())

    def test_plain_activity_types(self) -> None:
        """Types have the flag or not, and need not list states."""
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
        """Statuses have every category, with and without a state of their own."""
        assert simplest(statuses(), lambda status: status.category is category) == Status(category)
        own = simplest(statuses(), lambda status: status.category is category and status.state != category)
        assert own == Status(category, "State-1")


def test_examples_do_what_they_show() -> None:
    """The examples in the docstrings print what stands there."""
    settings.register_profile("examples", FINDING)
    before = settings.get_current_profile_name()
    settings.load_profile("examples")
    try:
        failed, attempted = doctest.testmod(strategies)
    finally:
        settings.load_profile(before)
    assert attempted
    assert not failed
