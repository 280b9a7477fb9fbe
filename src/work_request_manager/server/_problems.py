"""Responses in JSON, those that report a problem included (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from work_request_manager._values import short_text


class Problem(Exception):
    """A request cannot be fulfilled.

    Args:
        status: the status code of the response.
        detail: the explanation.
        members: further members of the response.
    """

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.members = members


def json_response(value: Any, status: int = 200) -> Response:
    """Return a response with a JSON body."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def on_problem(_request: Request, problem: Exception) -> Response:
    """Return the response to a request that raised a Problem."""
    assert isinstance(problem, Problem)
    return _problem_response(problem)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Return the response to a request that has no route."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow")
    place = f"{request.method} {short_text(request.scope['path'])}"
    detail = f"{place} is not possible; use {allowed}" if allowed else f"{place} does not exist; check the path"
    response = _problem_response(Problem(error.status_code, detail))
    response.headers.update(error.headers or {})
    return response


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Return a response to a client that is gone. Nobody receives it."""
    return Response(status_code=400)


def _problem_response(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    return Response(msgspec.json.encode(body), problem.status, media_type="application/problem+json")
