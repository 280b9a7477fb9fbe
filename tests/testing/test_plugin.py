"""The pytest plugin, used as its users use it."""

import re
import textwrap
from pathlib import Path

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

PAGE = Path(__file__).parents[2] / "docs" / "pytest.md"

HEAD = """
from datetime import UTC, datetime
import pytest
from work_request_manager import DEFAULT_RULEBOOK, Category, events
from work_request_manager.testing import InMemoryWorkRequestManager

def cancel(wrm, request, sender):
    return wrm.post(events.CancelActivity(
        work_request_id=request.id, activity_id="A-1", sender=sender, at=datetime.now(UTC)))
"""
"""Code under test, whose event is refused by WRM203, and by WRM204 where the activity is Active."""


def run(pytester: pytest.Pytester, tests: str, *args: str) -> pytest.RunResult:
    """Run pytest on some tests, in a process of its own; whatever they do, nobody warns."""
    pytester.makepyfile(HEAD + tests)
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers -p no:cacheprovider")
    return pytester.runpytest_subprocess("-W", "error", "--color=no", *args)


def test_a_manager_is_fresh(wrm: InMemoryWorkRequestManager) -> None:
    """`wrm` has no work request yet, and the default rulebook."""
    assert wrm.work_requests() == wrm.history() == ()
    assert wrm.rulebook == DEFAULT_RULEBOOK


def test_parties_have_to_do_with_the_request_or_not(wrm_parties: Parties, wrm_request: RequestFactory) -> None:
    """The requestor and the supplier are those of a new work request, the others are not."""
    request = wrm_request()
    assert wrm_parties.chorus == Party.chorus()
    assert wrm_parties.requestor == Party.requestor(request.requestor)
    assert wrm_parties.supplier == Party.supplier(request.supplier)
    assert wrm_parties.other_requestor == Party.requestor("rsp-two")
    assert wrm_parties.other_supplier == Party.supplier("southline")


def test_a_request_is_new_unless_told(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """Without a wish there is one activity, Open, and nothing but the creation was posted."""
    request = wrm_request()
    assert wrm.work_request("WR-1") == request
    assert [activity.status.category for activity in request.activities] == [Category.OPEN]
    assert [type(decision.event) for decision in wrm.history()] == [events.CreateWorkRequest]


def test_a_request_is_where_it_is_wanted(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """Each activity is in its category, of its type, and the attributes hold; no event was refused, none warned of."""
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
    """A request can be asked for by the reason of its rejection alone."""
    assert wrm_request(rejection_reason=RejectionReason.DUPLICATE).allocation is Allocation.REJECTED


def test_ids_are_counted_past_those_taken(wrm_request: RequestFactory) -> None:
    """New work requests are WR-1, WR-2 and so on, but for ids that the test took itself."""
    assert wrm_request(id="WR-2").id == "WR-2"
    assert [wrm_request().id for _ in range(2)] == ["WR-1", "WR-3"]
    with pytest.raises(ValueError, match="id is 'WR-2', which `wrm` has already; name another, or leave it out"):
        wrm_request(id="WR-2")


def test_a_wrong_wish_is_told(wrm: InMemoryWorkRequestManager, wrm_request: RequestFactory) -> None:
    """What can't be asked for, can't be reached or does not fit is an error, and nothing is posted."""
    with pytest.raises(TypeError, match=r"'onhold' can't be asked of a work request; ask for any of .*on_hold.*has_"):
        wrm_request(onhold=True)
    with pytest.raises(ValueError, match=r"no legal history .* to Active, Open, allocation=<.*Rejected'>; legal is"):
        wrm_request(Category.ACTIVE, Category.OPEN, allocation=Allocation.REJECTED)
    with pytest.raises(ValueError, match="types are 2, but activities 1; give one type, or one for each activity"):
        wrm_request(types=[ActivityType("FIBRE_CONNECT")] * 2)
    assert wrm.history() == ()


def test_all_goes_by_the_manager_that_there_is(pytester: pytest.Pytester) -> None:
    """Where a project has a `wrm` of its own, requests are made in that, legal by its rulebook."""
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
    ran.stdout.fnmatch_lines(["*_ test_its_refusals_count _*", "WRM203 refused *"], consecutive=True)


def test_a_marked_test_is_held_to_its_marker(pytester: pytest.Pytester) -> None:
    """Exactly the rules that the closest marker names refuse events; more, less or others fail the test."""
    ran = run(
        pytester,
        """
@pytest.mark.wrm_refuses("WRM203")
class Test:
    def test_passes_as_named(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

    def test_fails_for_one_more(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

    @pytest.mark.wrm_refuses("WRM203", "WRM204")
    def test_passes_for_both(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(Category.ACTIVE), wrm_parties.supplier)

    def test_fails_for_none(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.chorus)

    def test_fails_without_events(self, wrm):
        pass

    @pytest.mark.wrm_refuses()
    def test_passes_where_nothing_is_refused(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.chorus)

    @pytest.mark.wrm_refuses()
    def test_fails_where_something_is(self, wrm, wrm_request, wrm_parties):
        cancel(wrm, wrm_request(), wrm_parties.supplier)

    @pytest.mark.wrm_refuses()
    @pytest.mark.usefixtures("wrm")
    def test_passes_where_a_fixture_names_it(self):
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
    told = re.findall(r"^([A-Z]+) .*::test_([a-z]+)_", ran.stdout.str(), re.MULTILINE)
    assert {outcome for outcome, _ in told} == {"PASSED", "FAILED", "XFAIL"}
    assert all(outcome.startswith(name.upper()[:4]) for outcome, name in told)
    ran.assert_outcomes(passed=5, failed=4, xfailed=1)


def test_a_failure_shows_the_refusal_and_the_history(pytester: pytest.Pytester) -> None:
    """It tells each rule that was not expected, the history of that request up to it, and how to expect it."""
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
            "WRM204 refused what the test does not expect, for WR-2:",
            "WRM204 cancel-untouched-work-only (stated, FAQ 4): activity A-1 is Active (Active); it can't be*",
            "  #  sender * event * answer * rules",
            "  1  Chorus * CreateWorkRequest(rsp-one, northline, [[]A-1 FIBRE_CONNECT, A-2 FIBRE_CONNECT])  Consumed",
            "  2  WorkSupplier northline  UpdateActivityStatus(A-1, Active) * Consumed",
            "> 3  WorkSupplier northline  CancelActivity(A-1) * Refused   WRM203, WRM204",
            "> 4  Chorus * CancelActivity(A-1) * Refused   WRM204",
            'If the test is about that, mark it: @pytest.mark.wrm_refuses("WRM203", "WRM204")',
            "WRM101 refused nothing, though the marker wrm_refuses says so",
            "*short test summary info*",
        ],
        consecutive=True,
    )


def test_an_idle_rule_is_shown_with_all_that_was_decided(pytester: pytest.Pytester) -> None:
    """Where a named rule refused nothing, and no other did, the failure shows the decisions on all requests."""
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
            "WRM203 refused nothing, though the marker wrm_refuses says so",
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
    pytest.fail("of its own accord")

@pytest.mark.wrm_refuses("WRM203")
def test_a_skip_is_no_failure(wrm):
    pytest.skip("later")
"""


def test_a_failure_of_its_own_stays(pytester: pytest.Pytester) -> None:
    """A test that fails or skips by itself does so; below its failure stands what was decided, if anything was."""
    ran = run(pytester, OWN_FAILURES)
    ran.assert_outcomes(failed=2, skipped=1)
    ran.stdout.fnmatch_lines(
        ["E *assert *Refused*", "*Captured wrm history call*", "  1 *Consumed", "  2 *Refused   WRM203"]
    )
    ran.stdout.fnmatch_lines(["*_ test_nothing_to_show _*", "E *Failed: of its own accord"])
    assert ran.stdout.str().count("wrm history") == 1
    assert "does not expect" not in ran.stdout.str()


@pytest.mark.parametrize(
    ("marker", "argument", "told"),
    [
        (
            '"WRM203"',
            "wrm_parties",
            "the test has the marker wrm_refuses, but does not use an InMemoryWorkRequestManager*",
        ),
        ('"WRM203", "WRM999"', "wrm", "the marker wrm_refuses names 'WRM999'; the rules are WRM101, WRM102, *, WRM408"),
        ('["WRM203"]', "wrm", "the marker wrm_refuses names [[]'WRM203']; the rules are WRM101, *"),
        ('rule="WRM203"', "wrm", "the marker wrm_refuses has rule; it takes nothing but ids of rules"),
    ],
)
def test_a_misused_marker_fails(pytester: pytest.Pytester, marker: str, argument: str, told: str) -> None:
    """A marker that can't be meant so fails its test, which does not run, and says what is wrong with it."""
    ran = run(pytester, f"@pytest.mark.wrm_refuses({marker})\ndef test_it({argument}):\n    print('it ran')")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*_ test_it _*", told], consecutive=True)
    assert "it ran" not in ran.stdout.str()


ALL_HELD = """
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
def test_all_tests_can_be_held_to_no_refusal(pytester: pytest.Pytester, how: str) -> None:
    """With the option or the setting, a test without the marker fails where an event was refused."""
    ran = run(pytester, ALL_HELD, how)
    ran.assert_outcomes(passed=3, failed=1)
    ran.stdout.fnmatch_lines(["*_ test_refused _*", "WRM203 refused *"], consecutive=True)


def test_a_fixture_of_the_same_name_is_left_alone(pytester: pytest.Pytester) -> None:
    """A project that calls something else `wrm` gets on with it, whatever the option says."""
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


LOADED = """
import sys
def test_it():
    print("loaded:", *sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_nothing_is_imported_until_a_fixture_is_used(pytester: pytest.Pytester) -> None:
    """A run that uses none of the fixtures imports one small module more than without the plugin, and nobody warns."""
    pytester.makepyfile(LOADED)
    loaded = []
    for name in ("wrm", "no:wrm"):
        ran = pytester.runpytest_subprocess("-W", "error", "-s", "-p", name)
        ran.assert_outcomes(passed=1)
        (line,) = (line for line in ran.outlines if "loaded:" in line)
        loaded.append(set(line.split()))
    with_it, without = loaded
    assert with_it - without == {"_work_request_manager_pytest"}
    assert not with_it & {"work_request_manager", "transitions", "msgspec"}


def test_the_page_shows_what_pytest_prints(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests on the page, run, fail and pass as it says, with the output that it shows."""
    page = PAGE.read_text()
    tests, shown = (
        re.findall(rf"^```{kind}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0] for kind in ("python", "text")
    )
    pytester.makepyfile(test_northline=tests)
    monkeypatch.setenv("COLUMNS", "80")
    ran = pytester.runpytest_subprocess("-W", "error", "--strict-markers", "--color=no")
    ran.assert_outcomes(passed=1, failed=1)
    assert shown in ran.stdout.str()


def test_the_other_examples_of_the_page_work(pytester: pytest.Pytester) -> None:
    """Its override gives another rulebook, and its factory call brings a request to the point that it names."""
    override, call = (
        textwrap.dedent(block)
        for block in re.findall(r"^  ```python\n(.*?)^  ```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    )
    imports = (
        "import pytest\nfrom work_request_manager import DEFAULT_RULEBOOK, Allocation, Category\n"
        "from work_request_manager.testing import InMemoryWorkRequestManager\n"
    )
    pytester.makeconftest(imports + override)
    pytester.makepyfile(
        f"{imports}"
        "def test_it(wrm, wrm_request):\n"
        f"    request = {call}"
        "    assert wrm.rulebook == DEFAULT_RULEBOOK.strict()\n"
        "    assert [each.status.category for each in request.activities] == [Category.ACTIVE, Category.OPEN]\n"
        "    assert (request.allocation, request.on_hold) == (Allocation.ACCEPTED, True)\n"
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)
