"""Delivery over HTTP: signed requests to the addresses in the manifest ("Verifying requests from Slack")."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from workspace.clock import within
from workspace.wire.delivery import ACK_WITHIN_S, DeliveryFailedError, Envelope, Retry
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.clock import Clock

_REDIRECTS_MAX = 3  # aiohttp fails at the third, so that two are followed, as in Slack
_FORM = "application/x-www-form-urlencoded"


class HttpDelivery:
    """Posts each envelope to its address; a 2xx answer within 3 s is the ack."""

    def __init__(self, signing_secret: str, clock: Clock, on_change: Callable[[], None]) -> None:
        """`on_change` is called when the app becomes reachable or unreachable."""
        self._secret = signing_secret.encode()
        self._clock = clock
        self._on_change = on_change
        self._session: aiohttp.ClientSession | None = None
        self._reached = True

    @property
    def is_connected(self) -> bool:
        """Whether the last attempt reached the app; true before the first."""
        return self._reached

    async def deliver(self, envelope: Envelope, retry: Retry) -> object:
        """Post it and return the answer's body: JSON, other text, or None when empty. Raises DeliveryFailedError."""
        try:
            answer = await within(self._clock, ACK_WITHIN_S, self._post(envelope, retry))
        except TimeoutError:
            self._note(reached=True)
            raise DeliveryFailedError("http_timeout") from None
        except aiohttp.TooManyRedirects:
            raise DeliveryFailedError("too_many_redirects") from None
        except aiohttp.ClientError as error:
            self._note(reached=False)
            raise DeliveryFailedError(_reason(error)) from None
        self._note(reached=True)
        return answer

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, envelope: Envelope, retry: Retry) -> object:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body, content_type = _body(envelope)
        headers = {"Content-Type": content_type, **self._signature(body)}
        if retry.number:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        async with self._session.post(
            envelope.url, data=body, headers=headers, max_redirects=_REDIRECTS_MAX
        ) as response:
            text = await response.text(errors="replace")
            if not response.ok:
                final = response.headers.get("X-Slack-No-Retry") == "1"
                raise DeliveryFailedError("http_error", final=final)
        return _answer(text)

    def _signature(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        base = b":".join((b"v0", timestamp.encode(), body))
        digest = hmac.new(self._secret, base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    def _note(self, *, reached: bool) -> None:
        if reached != self._reached:
            self._reached = reached
            self._on_change()


def _reason(error: aiohttp.ClientError) -> str:
    """Return Slack's word for a failed connection."""
    if isinstance(error, aiohttp.ClientSSLError):
        return "ssl_error"
    return "connection_failed" if isinstance(error, aiohttp.ClientConnectionError) else "unknown_error"


def _body(envelope: Envelope) -> tuple[bytes, str]:
    if envelope.kind == "events_api":
        return json.dumps(envelope.payload).encode(), "application/json"
    if envelope.kind == "interactive":
        return urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM
    return urlencode(envelope.payload).encode(), _FORM


def _answer(text: str) -> object:
    if not text:
        return None
    try:
        answer: object = parse_json(text)
    except ValueError:
        return text
    return answer
