"""A manager that is reset while tests share it."""

import pytest

from testing.test_plugin import run

RESET = """
@pytest.fixture(scope="module")
def wrm():
    return InMemoryWorkRequestManager()

def test_first(wrm, wrm_request, wrm_parties):
    for _ in range(5):
        wrm_request()

def test_second(wrm, wrm_request, wrm_parties):
    wrm.reset()
    cancel(wrm, wrm_request(), wrm_parties.supplier)

def test_third(wrm, wrm_request, wrm_parties):
    wrm_request()
"""


def test_refusals_after_a_reset_count(pytester: pytest.Pytester) -> None:
    """Only the test that has the refusal fails."""
    run(pytester, RESET, "--wrm-no-refusals").assert_outcomes(passed=2, failed=1)
