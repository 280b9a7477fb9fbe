"""The bodies of requests: bounded, and decoded with the path of each error."""

import codecs
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx
from starlette.requests import Request

from work_request_manager._values import short_text
from work_request_manager.errors import WireError
from work_request_manager.events import AnyEvent
from work_request_manager.model import Party, Role
from work_request_manager.server._problems import Problem
from work_request_manager.server._webhooks import Webhook
from work_request_manager.wire import LINE_LIMIT, Types, decode_event, encode_event, object_from

UNKNOWN_EVENT = "WRM503"
LINE_TOO_LONG = "WRM505"


async def body_of(request: Request, limit: int) -> bytes:
    """Read the body of a request. A longer one than the limit is never held in memory.

    Raises:
        Problem: the body is longer than the limit.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise Problem(413, f"the body has more than {limit:,} bytes; shorten it")
    return bytes(body)


def bad_body(error: WireError, status: int = 400, **members: Any) -> Problem:
    """Return the problem of a body that cannot be decoded."""
    return Problem(status, str(error), **members, rule=error.rule, path=error.path)


class Seed(NamedTuple):
    """The lines of a log.

    Args:
        events: the events in order, each with its line in full.
        unknown: the number of lines with an event that this library does not know.
    """

    events: list[tuple[AnyEvent, bytes]]
    unknown: int


def decode_seed(body: bytes, types: Types) -> Seed:
    """Decode the lines of a log.

    Raises:
        Problem: a line cannot be decoded. It names the line and the path.
    """
    events: list[tuple[AnyEvent, bytes]] = []
    unknown = 0
    for number, line in enumerate(io.BytesIO(body.removeprefix(codecs.BOM_UTF8)), start=1):
        if line.isspace():
            continue
        try:
            if len(line.rstrip(b"\r\n")) > LINE_LIMIT:
                raise WireError(LINE_TOO_LONG, "$", f"has more than {LINE_LIMIT:,} bytes; shorten it")
            event = decode_event(line, types=types)
            events.append((event, encode_event(event)))
        except WireError as error:
            if error.rule != UNKNOWN_EVENT:
                located = WireError(error.rule, error.path, f"of line {number} {error.message}")
                raise bad_body(located, line=number) from None
            unknown += 1
    return Seed(events, unknown)


class Subscription(NamedTuple):
    """A request to be notified."""

    party: Party
    webhook: Webhook


def decode_subscription(body: bytes) -> Subscription:
    """Decode a request to be notified. Unknown fields are errors. No message repeats the secret.

    Raises:
        WireError: the body is not such a request. The error has the path of the bad field.
    """
    fields = object_from(body)
    _require_fields(fields, "$", ("party", "secret", "url"))
    party = fields["party"]
    _require_fields(party, "$.party", ("role", "id"))
    if party["role"] not in (Role.WORK_REQUESTOR.value, Role.WORK_SUPPLIER.value):
        raise _bad_field(
            "$.party.role", f"must be {Role.WORK_REQUESTOR} or {Role.WORK_SUPPLIER}; Chorus sends the notifications"
        )
    party_id, secret, url = (
        _text(value, path)
        for value, path in ((party["id"], "$.party.id"), (fields["secret"], "$.secret"), (fields["url"], "$.url"))
    )
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _bad_field("$.url", f"is not a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise _bad_field("$.url", "must be a URL such as http://127.0.0.1:9000/hook; only http and https are supported")
    return Subscription(Party(Role(party["role"]), party_id), Webhook(url, secret))


def _require_fields(value: Any, path: str, names: Sequence[str]) -> None:
    if not isinstance(value, dict):
        raise _bad_field(path, "must be an object")
    for name in value:
        if name not in names:
            known = ", ".join(names)
            raise _bad_field(f"{path}.{short_text(name)}", f"is not a known field; the known fields are {known}")
    for name in names:
        if name not in value:
            raise _bad_field(f"{path}.{name}", "is missing")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise _bad_field(path, "must be text of at least one character")
    return value


def _bad_field(path: str, message: str) -> WireError:
    return WireError("WRM502", path, message)
