"""Access control of the page: requests must name this machine, and posts must come from the page itself.

A loopback address alone is not enough: another site can post to it (cross-site request forgery) or point its own name
to it (DNS rebinding). Browsers always send the requested name in Host, and the origin of a POST in Origin.
"""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guarded(handler: Handler) -> Handler:
    """Return the handler behind both checks (403 with a sentence), with security headers on its responses."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        refusal = _refusal(request)
        if refusal:
            return web.Response(status=HTTPStatus.FORBIDDEN, text=refusal, headers=_HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return answer


def _refusal(request: web.Request) -> str:
    host = request.headers.get("Host", "")
    if not is_loopback(host):
        return "This page answers only to this machine: open it as http://127.0.0.1 with its port."
    if request.method == "POST" and request.headers.get("Origin") != f"http://{host}":
        return "Only the page itself may do this."
    return ""


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: localhost, 127.0.0.0/8 or ::1, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
