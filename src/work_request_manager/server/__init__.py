"""A stand-in for the real system over HTTP: `InMemoryWorkRequestManager` behind a web server.

`create_app` makes the ASGI application, and `serving` runs it on a free port. Bodies are the wire format of this
library, because that of the real system is not public.
"""

try:
    import starlette  # noqa: F401 - first, because the error names the extra
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"the stand-in needs {error.name}; install it: pip install 'work-request-manager[server]'", name=error.name
    ) from None

from work_request_manager.server._app import SEED_LIMIT, create_app
from work_request_manager.server._delivery import DeliveryPolicy
from work_request_manager.server._serving import ServedManager, serving

__all__ = ["SEED_LIMIT", "DeliveryPolicy", "ServedManager", "create_app", "serving"]
