"""A kit for integration tests: a Work Request Manager in memory, test data and a conformance check.

Everything here derives from the declared rules and graphs. Each part is a module that is imported separately
(`strategies`, `conformance`, `plugin`), so the manager needs neither Hypothesis nor pytest. pytest finds the fixtures
by itself if the package is installed.
"""

from work_request_manager.testing.manager import InMemoryWorkRequestManager

__all__ = ["InMemoryWorkRequestManager"]
