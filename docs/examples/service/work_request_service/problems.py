"""Errors as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from work_request_manager import Refused
from work_request_manager.wire import WireError, to_builtins
from work_request_service.posting import Busy

EVENT_REFUSED = "https://example.com/problems/event-refused"
"""The type of a refusal. Use the address of a page that explains it to your clients."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> JSONResponse:
    """Return a response that describes a problem: what is wrong, and the way out."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def refusal(decision: Refused) -> JSONResponse:
    """Return the response to an event that the rules refuse."""
    return problem(
        409,
        "; ".join(violation.reason for violation in decision.violations),
        type=EVENT_REFUSED,
        title="The rules refuse the event",
        violations=to_builtins(decision.violations),
    )


def answer_errors(app: FastAPI) -> None:
    """Answer errors with problems."""

    @app.exception_handler(WireError)
    def bad_event(_request: Request, error: WireError) -> JSONResponse:
        return problem(413 if error.rule == "WRM505" else 400, str(error), path=error.path)

    @app.exception_handler(RequestValidationError)
    def bad_parameter(_request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()))

    @app.exception_handler(Busy)
    def busy(_request: Request, error: Busy) -> JSONResponse:
        return problem(503, str(error), {"Retry-After": "1"})

    @app.exception_handler(HTTPException)
    def other(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, error.detail, error.headers)
