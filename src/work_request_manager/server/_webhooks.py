"""The requests to webhooks: the challenge, and signed notifications."""

import asyncio
import hashlib
import hmac
import secrets
import ssl
from functools import cache
from typing import NamedTuple

import httpx

from work_request_manager._values import short_repr

ANSWER_LIMIT = 1 << 16
"""The bytes of an answer of a webhook after which the rest is not read."""


class Webhook(NamedTuple):
    """The address of a subscriber, and the key that its notifications are signed with."""

    url: str
    secret: str


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def open_client() -> httpx.AsyncClient:
    """Return a client for webhooks. It follows no redirects and uses no proxies."""
    return httpx.AsyncClient(
        verify=_tls(),  # shared, because it takes 20 ms to make
        trust_env=False,
        timeout=httpx.Timeout(None),  # `_answer_of` limits the whole exchange
        headers={"Accept-Encoding": "identity"},
    )


async def challenge(webhook: Webhook, timeout: float) -> str | None:
    """Check that a webhook echoes a random value. Return the problem if it does not.

    Args:
        webhook: the webhook.
        timeout: the seconds that it has.
    """
    value = secrets.token_urlsafe(24).encode()
    url = httpx.URL(webhook.url)
    query = b"challenge=" + value
    asked = url.copy_with(query=url.query + b"&" + query if url.query else query)
    async with open_client() as client:
        answer = await _answer_of(client, httpx.Request("GET", asked, headers=client.headers), timeout)
    if isinstance(answer, str):
        return answer
    if answer.strip() != value:
        body = short_repr(answer.decode(errors="replace"))
        return f"answered {body} instead of the value of the query parameter challenge"
    return None


async def notify(client: httpx.AsyncClient, webhook: Webhook, body: bytes, timeout: float) -> str | None:
    """Send a signed notification. Return the problem if the webhook does not confirm it.

    Args:
        client: the client to send it with.
        webhook: the webhook.
        body: the event in JSON.
        timeout: the seconds that the webhook has.
    """
    headers = {**client.headers, "Content-Type": "application/json", "X-Hub-Signature": signature(webhook.secret, body)}
    answer = await _answer_of(client, httpx.Request("POST", webhook.url, content=body, headers=headers), timeout)
    return answer if isinstance(answer, str) else None


def signature(secret: str, body: bytes) -> str:
    """Return the value of the header X-Hub-Signature."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def _answer_of(client: httpx.AsyncClient, request: httpx.Request, timeout: float) -> bytes | str:
    """Send a request.

    Returns:
        The body of the answer, cut after ANSWER_LIMIT. If the status is not 2xx, or there is no answer, the problem, to
        follow "the webhook" in a sentence.
    """
    try:
        async with asyncio.timeout(timeout):
            response = await client.send(request, stream=True)
            try:
                body = bytearray()
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > ANSWER_LIMIT:
                        break
            finally:
                await response.aclose()
    except TimeoutError:
        return f"did not answer within {timeout:g} seconds"
    except Exception as error:  # a server that misbehaves can make the client raise anything
        return f"cannot be reached: {type(error).__name__}: {error}"
    if not response.is_success:
        return f"answered with status {response.status_code}"
    return bytes(body)
