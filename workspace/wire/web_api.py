"""The Web API over HTTP: checks tokens and scopes in Slack's order, and records every call."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from workspace.errors import SlackError
from workspace.wire.arguments import Arguments, Request, read_request
from workspace.wire.methods import assistant, blocks, chat, connecting, conversations, oauth, users, views
from workspace.wire.methods.rate_limits import POSTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.wire.credentials import Credentials
    from workspace.wire.faults import Faults
    from workspace.wire.methods.method import Context, Method
    from workspace.wire.methods.rate_limits import RateLimits

_METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for family in (assistant, blocks, chat, connecting, conversations, oauth, users, views)
    for method in family.METHODS
}
_SECRETS: Final = frozenset({"access_token", "client_secret", "code", "refresh_token"})


@dataclass(frozen=True, slots=True)
class Call:
    """A Web API call of the app, without its token and without what is exchanged for one.

    `ms` is the time from request to answer, `began_s` when the request came, by time.perf_counter.
    """

    method: str
    args: Mapping[str, Any]
    response: Mapping[str, Any]
    status: int
    ms: float
    began_s: float


class WebApi:
    """Answers /api/METHOD. `calls` has every call, oldest first."""

    def __init__(self, context: Context, credentials: Credentials, faults: Faults, rate_limits: RateLimits) -> None:
        """Accept the tokens of the context's installation, and these credentials of the app."""
        self._context = context
        self._rate_limits = rate_limits
        self._credentials = credentials
        self._faults = faults
        self.calls: list[Call] = []

    @property
    def method_names(self) -> tuple[str, ...]:
        """The names of its methods."""
        return tuple(_METHODS)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, with the faults that are switched on."""
        fault = self._faults.next_for(request.match_info["method"])
        if fault is None or fault.kind == "rate_limit":
            return await self._handle(request, max(1, round(fault.seconds)) if fault else 0)
        return await self._faults.around(request, fault, lambda: self._handle(request))

    async def _handle(self, request: web.Request, wait_s: int = 0) -> web.Response:
        """Answer one call. Refusals are 200 with `ok` false, as in Slack; only a rate limit is 429.

        `wait_s` is the Retry-After of a fault that is switched on.
        """
        started = time.perf_counter()
        name = request.match_info["method"]
        arguments = Arguments({})
        status, headers = HTTPStatus.OK, {"X-Slack-Req-Id": secrets.token_hex(8)}
        try:
            method = self._method(name)
            call = await read_request(request, accepts_json=method.accepts_json)
            arguments = call.arguments
            self._authorize(method, call)
            if method.caller == "bot":
                headers["X-OAuth-Scopes"] = ",".join(sorted(self._context.access.scopes))
            if wait_s := wait_s or self._rate_limits.take(name, self._posts_in(name, arguments)):
                answer, status = {"ok": False, "error": "ratelimited"}, HTTPStatus.TOO_MANY_REQUESTS
                headers["Retry-After"] = str(wait_s)
            else:
                answer = {"ok": True, **method.run(self._context, arguments)}
        except SlackError as error:
            answer = error.to_json()
        ms = (time.perf_counter() - started) * 1000
        self.calls.append(Call(name, _shown(arguments.to_json()), _shown(answer), status, ms, started))
        self._context.state.touch()
        return web.json_response(answer, status=status, headers=headers)

    def _posts_in(self, name: str, arguments: Arguments) -> str:
        """Return the id of the channel in which a call posts; nothing where it posts nowhere, or may not."""
        if name == POSTING:
            with suppress(SlackError):
                return self._context.access.posting_channel(arguments.text("channel")).id
        return ""

    def _method(self, name: str) -> Method:
        method = _METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        return method

    def _authorize(self, method: Method, call: Request) -> None:
        """Refuse in Slack's order: no token, unknown or removed, a token of the other kind, a scope that is missing."""
        if method.caller != "anyone":
            if not call.token:
                raise SlackError("not_authed")
            kind = "app" if call.token == self._credentials.app_token else "bot"
            if kind == "bot":
                self._context.installation.check(call.token)
            if method.caller != kind:
                raise SlackError("not_allowed_token_type")
            if kind == "bot":
                self._context.access.require(*method.scopes)
        if method.names_client:
            self._require_client(call.arguments)

    def _require_client(self, arguments: Arguments) -> None:
        if arguments.text("client_id") != self._credentials.client_id:
            raise SlackError("invalid_client_id")
        if arguments.text("client_secret") != self._credentials.client_secret:
            raise SlackError("bad_client_secret")


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _SECRETS}
