"""The ASGI application."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from io import TextIOBase
from typing import BinaryIO

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from work_request_manager._values import require_argument, short_repr, short_text, wrong_argument
from work_request_manager.deciding import Consumed, Decision, NotConsumed, Refused
from work_request_manager.errors import EventRefused, WireError
from work_request_manager.events import AnyEvent
from work_request_manager.judging import Answer
from work_request_manager.rulebook import DEFAULT_RULEBOOK, Rulebook
from work_request_manager.server._bodies import LINE_TOO_LONG, bad_body, body_of, decode_seed, decode_subscription
from work_request_manager.server._delivery import DeliveryPolicy, Subscribers
from work_request_manager.server._problems import (
    Problem,
    json_response,
    on_disconnect,
    on_http_exception,
    on_problem,
)
from work_request_manager.server._webhooks import challenge
from work_request_manager.testing import InMemoryWorkRequestManager
from work_request_manager.wire import (
    LINE_LIMIT,
    Types,
    camel_case,
    decode_event,
    encode_event,
    encode_work_request,
    to_builtins,
)

SEED_LIMIT = 16 << 20
"""The bytes that a log can have with which the manager is seeded."""


def create_app(
    manager: InMemoryWorkRequestManager | None = None,
    *,
    rulebook: Rulebook | None = None,
    types: Types | None = None,
    log: BinaryIO | None = None,
    policy: DeliveryPolicy = DeliveryPolicy(),  # noqa: B008 - it cannot change
) -> Starlette:
    """Create the ASGI application of a stand-in for the real system.

    Args:
        manager: the manager to serve. Pass None for a new one.
        rulebook: the rules that the new manager decides by. Pass None for the default rulebook.
        types: the activity types that events may give by their codes. Pass None for none.
        log: a binary file. Each event that is posted over HTTP is written to it as a line of a log, refused ones too.
        policy: the limits of the delivery of notifications.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: there is a manager, and a rulebook or types as well.
    """
    if manager is None:
        manager = InMemoryWorkRequestManager(rulebook=DEFAULT_RULEBOOK if rulebook is None else rulebook, types=types)
    elif not (rulebook is None and types is None):
        raise ValueError("manager has a rulebook and types; pass either a manager, or a rulebook and types")
    require_argument("manager", manager, InMemoryWorkRequestManager, "an InMemoryWorkRequestManager, or None")
    require_argument("policy", policy, DeliveryPolicy, "a DeliveryPolicy")
    if log is not None and (isinstance(log, TextIOBase) or not hasattr(log, "write")):
        raise wrong_argument("log", log, "a file that was opened with the mode 'ab', or None")
    stand_in = StandIn(manager, log, policy)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await stand_in.subscribers.end()

    app = Starlette(
        routes=stand_in.routes(),
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_exception,
            ClientDisconnect: on_disconnect,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a path with one slash more does not exist
    app.state.stand_in = stand_in
    return app


class StandIn:
    """A manager and its HTTP resources. See `create_app`.

    The handlers decide without awaiting anything, so the event loop gives all events one order.
    """

    def __init__(self, manager: InMemoryWorkRequestManager, log: BinaryIO | None, policy: DeliveryPolicy) -> None:
        self.manager = manager
        self.subscribers = Subscribers(manager, policy)
        self._log = log

    async def reset(self) -> None:
        """Forget everything that was posted, and all subscribers."""
        self.manager.reset()
        await self.subscribers.end()

    def routes(self) -> list[Route]:
        """Return the resources."""
        task = Route("/tasks/{task_id:path}", self._task)
        # The path convertor leaves out line ends, which an id can have.
        task.path_regex = re.compile(r"/tasks/(?P<task_id>.*)\Z", re.DOTALL)
        return [
            Route("/version", self._version),
            Route("/notifications", self._notifications, methods=["POST"]),
            task,
            Route("/subscribers", self._subscribe, methods=["POST"]),
            Route("/_test/reset", self._reset, methods=["POST"]),
            Route("/_test/events", self._seed, methods=["POST"]),
            Route("/_test/decisions", self._decisions),
            Route("/_test/deliveries", self._deliveries),
        ]

    async def _version(self, _request: Request) -> Response:
        return json_response({"version": version("work-request-manager")})

    async def _notifications(self, request: Request) -> Response:
        body = await body_of(request, LINE_LIMIT)
        try:
            event = decode_event(body, types=self.manager.types)
            line = encode_event(event)  # which is longer than the body if types are given by their codes
        except WireError as error:
            raise bad_body(error, 413 if error.rule == LINE_TOO_LONG else 400) from None
        return _answer(self._post(event, line))

    async def _task(self, request: Request) -> Response:
        task_id: str = request.path_params["task_id"]
        try:
            snapshot = encode_work_request(self.manager.work_request(task_id))
        except KeyError:
            raise Problem(404, f"there is no task {short_repr(task_id)}; post a CreateTaskEvent for it") from None
        return Response(snapshot, media_type="application/json")

    async def _subscribe(self, request: Request) -> Response:
        body = await body_of(request, LINE_LIMIT)
        try:
            party, webhook = decode_subscription(body)
        except WireError as error:
            raise bad_body(error) from None
        problem = await challenge(webhook, self.subscribers.policy.timeout)
        if problem is not None:
            raise Problem(400, f"the webhook {problem}")
        self.subscribers.subscribe(party, webhook)
        return json_response({"party": to_builtins(party), "url": webhook.url}, 201)

    async def _reset(self, _request: Request) -> Response:
        await self.reset()
        return Response(status_code=204)

    async def _seed(self, request: Request) -> Response:
        seed = decode_seed(await body_of(request, SEED_LIMIT), self.manager.types)
        answers = Counter(self._post(event, line).answer for event, line in seed.events)
        return json_response(
            {
                "events": len(seed.events),
                **{camel_case(each.name.lower()): answers[each] for each in Answer},
                "unknown": seed.unknown,
            }
        )

    async def _decisions(self, request: Request) -> Response:
        query = dict(request.query_params)
        task_id = query.pop("taskId", None)
        if query:
            raise Problem(400, f"{short_text(next(iter(query)))} is not a known parameter; the only one is taskId")
        return json_response(to_builtins(self.manager.history(task_id)))

    async def _deliveries(self, _request: Request) -> Response:
        return json_response(self.subscribers.report())

    def _post(self, event: AnyEvent, line: bytes) -> Decision:
        if self._log is not None:
            try:
                self._log.write(line + b"\n")
                self._log.flush()
            except OSError as error:
                raise Problem(500, f"the log cannot be written: {error.strerror}; the event was not posted") from None
        return self.manager.post(event)


def _answer(decision: Decision) -> Response:
    """Return the response to an event."""
    if isinstance(decision, Refused):
        raise Problem(
            409,
            str(EventRefused(decision)),
            answer=decision.answer.value,
            violations=to_builtins(decision.violations),
            warnings=to_builtins(decision.warnings),
        )
    return json_response(
        {
            "answer": decision.answer.value,
            "changes": to_builtins(decision.changes) if isinstance(decision, Consumed) else [],
            "warnings": to_builtins(decision.warnings),
            "isRedelivery": isinstance(decision, NotConsumed) and decision.is_redelivery,
        }
    )
