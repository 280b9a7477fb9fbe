"""What other people's integration tests need: generators, a stand-in, a conformance check and test vectors.

All of it derives from the declared rules and graphs. Each part is a module of its own, so that no one imports
Hypothesis or pytest who does not use them: `strategies`, `conformance`, `vectors`; the manager is here. The pytest
fixtures come by themselves where the package is installed.
"""

from work_request_manager.testing.manager import InMemoryWorkRequestManager

__all__ = ["InMemoryWorkRequestManager"]
