"""The service over HTTP. Run it by `uvicorn --factory work_request_service.api:make_app`."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from work_request_manager import Party, Refused, Role, permitted
from work_request_manager.wire import LINE_LIMIT, decode_event, decode_work_request, to_builtins
from work_request_service.database import events, open_database, work_requests
from work_request_service.openapi import answers, body, schemas
from work_request_service.posting import post_event
from work_request_service.problems import answer_errors, refusal
from work_request_service.settings import DATABASE_URL, RULEBOOK, TYPES


def make_app() -> FastAPI:
    """Return the service as an ASGI application, with the database of the settings."""
    return create_app(open_database(DATABASE_URL))


def create_app(engine: Engine) -> FastAPI:
    """Return the service as an ASGI application, with this database."""
    app = FastAPI(title="Work requests")
    sessions = sessionmaker(engine)
    answer_errors(app)

    @app.post("/events", openapi_extra=body("Event"), responses=answers("Decision"))
    def post(data: Annotated[bytes, Depends(bounded_body)]) -> JSONResponse:
        """Decide on an event."""
        decision = post_event(sessions, decode_event(data, types=TYPES, forbid_unknown_fields=True))
        return refusal(decision) if isinstance(decision, Refused) else JSONResponse(to_builtins(decision))

    @app.get("/tasks/{task_id:path}/permits", responses=answers("Permits"))
    def get_permits(
        task_id: str,
        sender: Annotated[str, Query(alias="as", pattern=f"^({'|'.join(Role)}):.+$")],
        activity: str | None = None,
    ) -> JSONResponse:
        """List the events that a party may send now. A party is a role and an id, such as WorkSupplier:northline."""
        role, _, party_id = sender.partition(":")
        with sessions() as session:
            work_request = decode_work_request(_snapshot(session, task_id))
        try:
            permits = permitted(work_request, Party(Role(role), party_id), activity_id=activity, rulebook=RULEBOOK)
        except KeyError as error:
            raise HTTPException(404, error.args[0]) from None
        return JSONResponse(to_builtins(permits))

    @app.get("/tasks/{task_id:path}", responses=answers("Snapshot"))
    def get_task(task_id: str) -> Response:
        """Return a work request as it is now."""
        with sessions() as session:
            return Response(_snapshot(session, task_id), media_type="application/json")

    @app.get("/log", response_class=StreamingResponse)
    def get_log() -> StreamingResponse:
        """Return all events that were not refused, as JSON Lines."""
        return StreamingResponse(_lines(sessions), media_type="application/jsonl")

    app.openapi()["components"] = {"schemas": schemas()}  # FastAPI keeps this document and serves it
    return app


async def bounded_body(request: Request) -> bytes:
    """Return the body of a request. Stop reading if it is longer than a line of a log can be."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LINE_LIMIT:
            raise HTTPException(413, f"the body is longer than {LINE_LIMIT:,} bytes; send a shorter event")
    return bytes(data)


def _snapshot(session: Session, task_id: str) -> str:
    snapshot: str | None = session.scalar(select(work_requests.c.snapshot).where(work_requests.c.id == task_id))
    if snapshot is None:
        raise HTTPException(404, f"there is no task {task_id!r}; post a CreateTaskEvent for it")
    return snapshot


def _lines(sessions: sessionmaker[Session]) -> Iterator[str]:
    lines = select(events.c.line).order_by(events.c.work_request_id, events.c.version)
    with sessions() as session:
        for line in session.scalars(lines.execution_options(yield_per=1000)):
            yield f"{line}\n"
