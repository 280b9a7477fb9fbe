"""The settings of the service, which its tests and its audits use too."""

import os
from pathlib import Path

from work_request_manager import DEFAULT_RULEBOOK
from work_request_manager.wire import decode_types

RULEBOOK = DEFAULT_RULEBOOK.strict()
"""The rules to decide by."""

TYPES = decode_types(Path(__file__).with_name("types.toml").read_bytes())
"""The activity types that senders can use."""

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///work-requests.db")
"""The database of the running service."""
