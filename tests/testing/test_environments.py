"""Projects whose environment is special: a frozen clock, and old versions of pytest."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import _work_request_manager_pytest as plugin

# Replaces the class as freezegun does: in its module, and in all modules that have imported it.
FROZEN = """
import datetime, importlib, sys
real = datetime.datetime

class Meta(type):
    def __instancecheck__(cls, value):
        return isinstance(value, real)

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, real)

class FakeDatetime(real, metaclass=Meta):
    pass

def replace(old, new):
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if value is old and module.__name__ != "__main__":
                setattr(module, name, new)

before, during = sys.argv[1:]
if before:
    importlib.import_module(before)
replace(real, FakeDatetime)
assert datetime.datetime is FakeDatetime
importlib.import_module(during)

def try_all():
    from work_request_manager import Party, Schedule, WorkRequest, events
    from work_request_manager.log import check
    from work_request_manager.testing import InMemoryWorkRequestManager, conformance, plugin, strategies
    from work_request_manager.wire import decode_event, encode_event
    at = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    event = events.Reschedule(work_request_id="WR-1", sender=Party.chorus(), at=at, schedule=Schedule(at))
    line = encode_event(event)
    assert decode_event(line) == event
    assert check([line]).counts.refused == 1
    InMemoryWorkRequestManager().load([line])
    plugin.RequestFactory(InMemoryWorkRequestManager())()

try_all()
replace(FakeDatetime, real)
assert datetime.datetime is real
try_all()
"""


@pytest.mark.parametrize(
    ("before", "during"),
    [
        ("", "work_request_manager"),
        ("work_request_manager", "work_request_manager.wire"),
        ("work_request_manager", "work_request_manager.testing.conformance"),
        ("work_request_manager.wire", "work_request_manager.testing.conformance"),
    ],
)
def test_a_part_can_be_imported_while_the_clock_is_frozen(before: str, during: str) -> None:
    """It works then and afterwards, together with the parts that were imported at another time."""
    command = [sys.executable, "-W", "error", "-c", FROZEN, before, during]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_plugin_loads_with_the_oldest_pluggy_and_pytest() -> None:
    """At import it uses only what pluggy 0.12 and pytest 6 have, which other packages may ask for."""

    def hookimpl(
        *, hookwrapper: bool = False, optionalhook: bool = False, tryfirst: bool = False, trylast: bool = False
    ) -> Any:
        return lambda function: function

    old: Any = SimpleNamespace(hookimpl=hookimpl, fixture=pytest.fixture, Item=pytest.Item, Function=pytest.Function)
    spec = importlib.util.spec_from_file_location("old_plugin", Path(plugin.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    new = sys.modules["pytest"]
    sys.modules["pytest"] = old
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules["pytest"] = new
    assert module.pytest is old


def test_no_hook_is_a_wrapper() -> None:
    """With an old pluggy, other wrappers, such as the capture, would not end if a wrapper raised after its test."""
    hooks = [value for name, value in vars(plugin).items() if name.startswith("pytest_")]
    options = [hook.pytest_impl for hook in hooks if hasattr(hook, "pytest_impl")]
    assert len(options) == 3
    assert not any(each["hookwrapper"] or each.get("wrapper") for each in options)
