"""The pytest plugin, used by tests of a project."""

import re

import pytest

from work_request_manager import (
    DEFAULT_RULEBOOK,
    ActivityType,
    Allocation,
    Category,
    Party,
    RejectionReason,
    events,
)
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.testing.plugin import Parties, RequestFactory

HEAD = """
from datetime import UTC, datetime
import pytest
from work_request_manager import DEFAULT_RULEBOOK, Category, events
from work_request_manager.testing import InMemoryWorkRequestManager

def cancel(wrm, request, sender):
    return wrm.post(events.CancelActivity(
        work_request_id=request.id, activity_id="A-1", sender=sender, at=datetime.now(UTC)))
"""
"""The code under test. WRM203 refuses its event for a supplier, and WRM204 if the activity is Active."""


INI = """
[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:hypothesispytest
filterwarnings =
    error
    ignore:Module already imported so cannot be rewritten
"""
"""The settings of the inner runs. Hypothesis would take a second to load, and the plugin is loaded already."""


def run(pytester: pytest.Pytester, tests: str, *args: str) -> pytest.RunResult:
    """Run pytest on some tests in this process. Every warning is an error."""
    pytester.makepyfile(HEAD + tests)
    pytester.makeini(INI)
    return pytester.runpytest_inprocess("--color=no", *args)


def test_a_manager_is_new(wrm: InMemoryWorkRequestManager) -> None:
    """`wrm` has no work request yet, and the default rulebook."""
    assert wrm.work_requests() == wrm.history() == ()
    assert wrm.rulebook == DEFAULT_RULEBOOK


def test_the_parties_are_those_of_the_requests_and_two_others(
    wrm_parties: Parties, wrm_request: RequestFactory
) -> None:
    """The requestor and the supplier are those of a new work request."""
    request = wrm_request()
    assert wrm_parties.chorus == Party.chorus()
    assert wrm_parties.requestor == Party.requestor(request.requestor)
    assert wrm_parties.supplier == Party.supplier(request.supplier)
    assert wrm_parties.other_requestor == Party.requestor("rsp-two")
    assert wrm_parties.other_supplier == Party.supplier("southline")


def test_a_request_is_new_by_default(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """By default there is one activity, which is Open, and only the create event was posted."""
    request = wrm_request()
    assert wrm.work_request("WR-1") == request
    assert [activity.status.category for activity in request.activities] == [Category.OPEN]
    assert [type(decision.event) for decision in wrm.history()] == [events.CreateWorkRequest]


def test_a_request_is_in_the_given_state(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """Each activity has its category and type, and the attributes hold. All events were consumed without a warning."""
    flagged, plain = ActivityType("SITE_VISIT", True, {"Booked": Category.OPEN}), ActivityType("FIBRE_CONNECT")
    request = wrm_request(
        Category.OPEN,
        Category.ACTIVE,
        Category.OPEN,
        types=[flagged, flagged, plain],
        allocation=Allocation.ACCEPTED,
        on_hold=True,
        cancellation_requested=True,
    )
    assert [activity.status.category for activity in request.activities] == ["Open", "Active", "Open"]
    assert [activity.type for activity in request.activities] == [flagged, flagged, plain]
    assert (request.allocation, request.on_hold, request.cancellation_requested) == (Allocation.ACCEPTED, True, True)
    assert {(decision.answer, decision.warnings) for decision in wrm.history()} == {("Consumed", ())}


def test_a_rejected_request_has_a_reason(wrm_request: RequestFactory) -> None:
    """The reason of its rejection is enough to ask for a rejected request."""
    assert wrm_request(rejection_reason=RejectionReason.DUPLICATE).allocation is Allocation.REJECTED


def test_ids_in_use_are_left_out(wrm_request: RequestFactory) -> None:
    """New work requests are WR-1, WR-2 and so on, without the ids that the test has used."""
    assert wrm_request(id="WR-2").id == "WR-2"
    assert [wrm_request().id for _ in range(2)] == ["WR-1", "WR-3"]
    with pytest.raises(
        ValueError, match="id is 'WR-2', but `wrm` has this work request already; give another id, or none"
    ):
        wrm_request(id="WR-2")


def test_an_impossible_request_is_an_error(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """An unknown attribute, an unreachable state and a wrong number of types are errors, and nothing is posted."""
    with pytest.raises(TypeError, match=r"wrm_request\(\) has no argument 'onhold'; ask for any of .*on_hold.*has_"):
        wrm_request(onhold=True)
    with pytest.raises(
        ValueError, match=r"no legal history .* with Active, Open, allocation=<.*Rejected'>; the events of a legal"
    ):
        wrm_request(Category.ACTIVE, Category.OPEN, allocation=Allocation.REJECTED)
    with pytest.raises(ValueError, match="types has 2 types for 1 activity; give one type, or one for each activity"):
        wrm_request(types=[ActivityType("FIBRE_CONNECT")] * 2)
    assert wrm.history() == ()


def test_the_fixture_can_be_overridden(pytester: pytest.Pytester) -> None:
    """If a project overrides `wrm`, requests are made in that manager, by its rulebook."""
    ran = run(
        pytester,
        """
@pytest.fixture
def wrm():
    return InMemoryWorkRequestManager(rulebook=DEFAULT_RULEBOOK.without("WRM206"))

def test_no_step_between(wrm, wrm_request):
    request = wrm_request(Category.PRACTICAL_COMPLETION)
    assert not request.activities[0].has_been_active
    assert len(wrm.history()) == 2

@pytest.mark.wrm_refuses()
def test_its_refusals_count(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)
""",
    )
    ran.assert_outcomes(passed=1, failed=1)
    ran.stdout.fnmatch_lines(
        ["*_ test_its_refusals_count _*", "unexpected refusal by WRM203 for WR-1:"], consecutive=True
    )


def test_a_marked_test_expects_exactly_its_rules(pytester: pytest.Pytester) -> None:
    """A test fails if a rule of its markers refuses nothing, or another rule refuses an event."""
    ran = run(
        pytester,
        """
@pytest.mark.wrm_refuses("WRM203")
class Test:
    def test_passes_as_named(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

    def test_fails_for_one_more(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

    @pytest.mark.wrm_refuses("WRM204", "WRM203")
    def test_passes_for_both(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

    def test_fails_for_none(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.chorus)

    def test_fails_without_events(self, wrm):
        pass

    @pytest.mark.wrm_refuses("WRM204")
    def test_passes_as_markers_add_up(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

    @pytest.mark.wrm_refuses()
    def test_passes_with_an_empty_marker(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

    @pytest.mark.wrm_refuses("WRM204")
    def test_fails_for_a_missing_one(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

@pytest.mark.wrm_refuses("WRM203")
@pytest.mark.wrm_refuses("WRM204")
def test_passes_with_two_markers(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

class TestEmpty:
    @pytest.mark.wrm_refuses()
    def test_passes_if_nothing_is_refused(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.chorus)

    @pytest.mark.wrm_refuses()
    def test_fails_if_something_is_refused(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

    @pytest.mark.wrm_refuses()
    @pytest.mark.usefixtures("wrm")
    def test_passes_if_a_fixture_uses_it(self):
        pass

    @pytest.mark.wrm_refuses()
    @pytest.mark.xfail(strict=True)
    def test_xfails_like_any_failure(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

def test_passes_without_a_marker(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)
""",
        "-rA",
    )
    outcomes = re.findall(r"^([A-Z]+) .*::test_([a-z]+)_", ran.stdout.str(), re.MULTILINE)
    assert {outcome for outcome, _ in outcomes} == {"PASSED", "FAILED", "XFAIL"}
    assert all(outcome.startswith(name.upper()[:4]) for outcome, name in outcomes)
    ran.assert_outcomes(passed=8, failed=5, xfailed=1)


def test_a_failure_shows_the_refusal_and_the_history(pytester: pytest.Pytester) -> None:
    """It shows each unexpected rule, the history of the request up to the refusal, and the marker to use."""
    ran = run(
        pytester,
        """
@pytest.mark.wrm_refuses("WRM203", "WRM101")
def test_it(wrm, wrm_request, wrm_parties):
    other, request = wrm_request(), wrm_request(Category.ACTIVE, Category.OPEN)
    cancel(wrm, other, wrm_parties.supplier)
    cancel(wrm, request, wrm_parties.supplier)
    cancel(wrm, request, wrm_parties.chorus)
    wrm.post(events.PutOnHold(work_request_id=request.id, sender=wrm_parties.chorus, at=datetime.now(UTC)))
""",
    )
    ran.stdout.fnmatch_lines(
        [
            "unexpected refusal by WRM204 for WR-2:",
            "WRM204 cancel-untouched-work-only (stated, FAQ 4): *A-1*",
            "  #  sender * event * answer * rules",
            "  1  Chorus * CreateWorkRequest(rsp-one, northline, [[]A-1 FIBRE_CONNECT, A-2 FIBRE_CONNECT])  Consumed",
            "  2  WorkSupplier northline  UpdateActivityStatus(A-1, Active) * Consumed",
            "> 3  WorkSupplier northline  CancelActivity(A-1) * Refused   WRM203, WRM204",
            "> 4  Chorus * CancelActivity(A-1) * Refused   WRM204",
            'If the test expects this, mark it: @pytest.mark.wrm_refuses("WRM203", "WRM204")',
            "wrm_refuses expects a refusal by WRM101, but only WRM203 and WRM204 refused an event",
            "*short test summary info*",
        ],
        consecutive=True,
    )


def test_a_missing_refusal_shows_all_decisions(pytester: pytest.Pytester) -> None:
    """If `wrm` refused nothing, the failure shows the decisions on all requests."""
    ran = run(
        pytester,
        """
@pytest.mark.wrm_refuses("WRM203")
def test_it(wrm, wrm_request, wrm_parties):
    wrm_request(), wrm_request()
""",
    )
    ran.stdout.fnmatch_lines(
        [
            "wrm_refuses expects a refusal by WRM203, but `wrm` refused nothing",
            "  #  work request  sender *",
            "  1  WR-1 * Consumed",
            "  2  WR-2 * Consumed",
        ],
        consecutive=True,
    )


OWN_FAILURES = """
@pytest.mark.wrm_refuses()
def test_it(wrm, wrm_request, wrm_parties):
    assert cancel(wrm, wrm_request(), wrm_parties.supplier).answer == "Consumed"

@pytest.mark.wrm_refuses()
def test_nothing_to_show(wrm):
    pytest.fail("by itself")

@pytest.mark.wrm_refuses("WRM203")
def test_a_skip_is_not_a_failure(wrm):
    pytest.skip("later")
"""


def test_a_failing_test_keeps_its_failure(pytester: pytest.Pytester) -> None:
    """A test that fails or skips keeps its outcome. Below a failure there are the decisions, if there are any."""
    ran = run(pytester, OWN_FAILURES)
    ran.assert_outcomes(failed=2, skipped=1)
    ran.stdout.fnmatch_lines(
        ["E *assert *Refused*", "*Captured wrm history call*", "  1 *Consumed", "  2 *Refused   WRM203"]
    )
    ran.stdout.fnmatch_lines(["*_ test_nothing_to_show _*", "E *Failed: by itself"])
    assert ran.stdout.str().count("wrm history") == 1
    assert "unexpected refusal" not in ran.stdout.str()


MISUSES = """
@pytest.mark.wrm_refuses("WRM203")
def test_without_the_fixture(wrm_parties):
    print("it ran")

@pytest.mark.wrm_refuses("WRM203", "WRM999")
def test_unknown_rule(wrm):
    print("it ran")

@pytest.mark.wrm_refuses(["WRM203"])
def test_list_of_rules(wrm):
    print("it ran")

@pytest.mark.wrm_refuses(rule="WRM203")
def test_named_rule(wrm):
    print("it ran")
"""


def test_a_misused_marker_fails(pytester: pytest.Pytester) -> None:
    """A test with a marker that makes no sense fails without being run. The failure says what is wrong."""
    ran = run(pytester, MISUSES)
    ran.assert_outcomes(failed=4)
    assert "wrm history" not in ran.stdout.str()
    for test, message in {
        "without_the_fixture": "the test has the marker wrm_refuses, but no argument `wrm` that is an InMemoryWork*",
        "unknown_rule": "the marker wrm_refuses names 'WRM999'; the rules are WRM101, WRM102, *, WRM408",
        "list_of_rules": "the marker wrm_refuses has a list; give each id as an argument: wrm_refuses(*",
        "named_rule": "the marker wrm_refuses has rule; it takes only ids of rules, without names",
    }.items():
        ran.stdout.fnmatch_lines([f"*_ test_{test} _*", message], consecutive=True)
    assert "it ran" not in ran.stdout.str()


NO_REFUSALS = """
def test_refused(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)

@pytest.mark.wrm_refuses("WRM203")
def test_marked(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)

def test_not_refused(wrm, wrm_request):
    wrm_request()

def test_without():
    pass
"""


@pytest.mark.parametrize("how", ["--wrm-no-refusals", "--override-ini=wrm_no_refusals=true"])
def test_all_tests_can_expect_no_refusal(pytester: pytest.Pytester, how: str) -> None:
    """With the option or the setting, a test without the marker fails if an event was refused."""
    ran = run(pytester, NO_REFUSALS, how)
    ran.assert_outcomes(passed=3, failed=1)
    ran.stdout.fnmatch_lines(["*_ test_refused _*", "unexpected refusal by WRM203 *"], consecutive=True)


def test_a_fixture_of_the_same_name_is_left_alone(pytester: pytest.Pytester) -> None:
    """A project can use the name `wrm` for something else, even with the option."""
    ran = run(
        pytester,
        """
@pytest.fixture
def wrm():
    return "something else"

def test_it(wrm):
    assert wrm == "something else"
""",
        "--wrm-no-refusals",
    )
    ran.assert_outcomes(passed=1)


WIDE = """
@pytest.fixture(scope="module")
def wrm():
    return InMemoryWorkRequestManager()

@pytest.fixture
def refused(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)

@pytest.fixture
def refused_later(wrm, wrm_request, wrm_parties):
    request = wrm_request()
    yield
    cancel(wrm, request, wrm_parties.supplier)

def test_passes_first(wrm):
    pass

@pytest.mark.wrm_refuses("WRM203")
def test_passes_with_its_refusal(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(), wrm_parties.supplier)

def test_passes_although_an_earlier_test_was_refused(wrm, wrm_request):
    wrm_request()

@pytest.mark.wrm_refuses("WRM203")
def test_fails_because_only_an_earlier_test_was_refused(wrm, wrm_request):
    wrm_request()

@pytest.mark.wrm_refuses("WRM203")
def test_passes_with_the_refusal_of_its_fixture(refused):
    pass

@pytest.fixture
def broken(refused):
    raise ValueError

def test_errors_in_a_fixture(broken):
    pass

def test_passes_after_an_error(wrm):
    pass

def test_passes_before_a_teardown(refused_later):
    pass

def test_passes_after_a_teardown(wrm):
    pass

def test_fails_with_a_new_refusal(wrm, wrm_parties):
    request = wrm.work_request("WR-1")
    cancel(wrm, request, wrm_parties.supplier)
"""


def test_only_the_refusals_of_this_test_count(pytester: pytest.Pytester) -> None:
    """A fixture of a wider scope has the refusals of earlier tests too. Those of the fixtures of a test are its own."""
    ran = run(pytester, WIDE, "--wrm-no-refusals", "-rA")
    outcomes = re.findall(r"^([A-Z]+) .*::test_([a-z]+)_", ran.stdout.str(), re.MULTILINE)
    assert len(outcomes) == 10
    assert all(outcome.startswith(name.upper()[:4]) for outcome, name in outcomes)
    ran.stdout.fnmatch_lines(["wrm_refuses expects a refusal by WRM203, but `wrm` refused nothing", "  1  Chorus*"])


def test_earlier_refusals_are_shown_without_a_mark(pytester: pytest.Pytester) -> None:
    """The history of the work request includes earlier tests. An equal decision of an earlier test is not marked."""
    ran = run(pytester, WIDE, "--wrm-no-refusals")
    ran.stdout.fnmatch_lines(
        [
            "*_ test_fails_with_a_new_refusal _*",
            "unexpected refusal by WRM203 for WR-1:",
            "WRM203 *",
            "  #  sender *",
            "  1  Chorus * CreateWorkRequest*",
            "  2  WorkSupplier northline  CancelActivity(A-1) * Refused   WRM203",
            "> 3  WorkSupplier northline  CancelActivity(A-1) * Refused   WRM203",
        ],
        consecutive=True,
    )


def test_a_test_that_runs_again_is_judged_again(pytester: pytest.Pytester) -> None:
    """Some plugins run the hooks of a test twice. The second failure has its own text."""
    pytester.makeconftest(
        """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
    runtestprotocol(item, nextitem=nextitem)
    return True
"""
    )
    ran = run(
        pytester,
        """
runs = []

@pytest.mark.wrm_refuses()
def test_it(wrm, wrm_request, wrm_parties):
    runs.append(cancel(wrm, wrm_request(), wrm_parties.supplier))
    assert len(runs) == 1
""",
    )
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["E *assert 2 == 1", "*Captured wrm history call*", "  2 *Refused   WRM203"])
    assert "unexpected refusal" not in ran.stdout.str()


def test_other_tests_than_functions_are_checked(pytester: pytest.Pytester) -> None:
    """The methods of unittest classes are checked after they have run."""
    ran = run(
        pytester,
        """
import unittest

class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def set_up(self, wrm, wrm_request, wrm_parties):
        self.run_it = lambda: cancel(wrm, wrm_request(), wrm_parties.supplier)

    @pytest.mark.wrm_refuses("WRM203")
    def test_passes(self):
        self.run_it()

    @pytest.mark.wrm_refuses()
    def test_fails(self):
        self.run_it()

class TestMisuse(unittest.TestCase):
    @pytest.mark.wrm_refuses("WRM203")
    def test_fails(self):
        pass
""",
    )
    ran.assert_outcomes(passed=1, failed=2)
    ran.stdout.fnmatch_lines(["unexpected refusal by WRM203 for WR-1:", "the test has the marker wrm_refuses, but *"])


def test_texts_of_a_failure_are_printable(pytester: pytest.Pytester) -> None:
    """Ids with signs that colour text, or with line ends, are escaped."""
    ran = run(
        pytester,
        """
@pytest.mark.wrm_refuses()
def test_it(wrm, wrm_request, wrm_parties):
    cancel(wrm, wrm_request(id="\\x1b[31mred\\n::error::"), wrm_parties.supplier)
    wrm_request()
    wrm.post(events.PutOnHold(
        work_request_id="WR-1", sender=type(wrm_parties.chorus).requestor("\\x1b[2J"), at=datetime.now(UTC)))
""",
    )
    text = ran.stdout.str()
    assert "\x1b" not in text
    assert r"unexpected refusal by WRM203 for \x1b[31mred\n::error:::" in text
    assert r"WorkRequestor \x1b[2J" in text


LOADED = """
import sys
def test_it():
    print("loaded:", *sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_nothing_is_imported_until_a_fixture_is_used(pytester: pytest.Pytester) -> None:
    """A run that uses none of the fixtures imports one small module more, and nothing warns."""
    pytester.makepyfile(LOADED)
    loaded = []
    for name in ("wrm", "no:wrm"):
        ran = pytester.runpytest_subprocess("-W", "error", "-s", "-p", "no:hypothesispytest", "-p", name)
        ran.assert_outcomes(passed=1)
        (line,) = (line for line in ran.outlines if "loaded:" in line)
        loaded.append(set(line.split()))
    with_it, without = loaded
    assert with_it - without == {"_work_request_manager_pytest"}
    assert not with_it & {"work_request_manager", "transitions", "msgspec"}
