"""The Web API over HTTP: tokens, scopes and refusals, in Slack's order; and a record of every call."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from workspace.errors import SlackError
from workspace.wire.arguments import Arguments, Request, read_request
from workspace.wire.methods import assistant, chat, connecting, conversations, users, views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.wire.credentials import Credentials
    from workspace.wire.faults import Faults
    from workspace.wire.methods.method import Context, Method

_TOO_MANY_REQUESTS = 429
_METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for family in (assistant, chat, connecting, conversations, users, views)
    for method in family.METHODS
}


@dataclass(frozen=True, slots=True)
class Call:
    """A Web API call that the app made: without its token.

    `ms` is the time from request to answer, `began_s` when the request came, in seconds of the machine's steady clock.
    """

    method: str
    args: Mapping[str, Any]
    response: Mapping[str, Any]
    status: int
    ms: float
    began_s: float


@dataclass(frozen=True, slots=True)
class _RateLimit:
    retry_after_s: int
    times: int


class WebApi:
    """Answers /api/METHOD. `calls` holds every call, oldest first."""

    def __init__(self, context: Context, credentials: Credentials, faults: Faults) -> None:
        """Serve the holder of the credentials."""
        self._context = context
        self._tokens = {"bot": credentials.bot_token, "app": credentials.app_token}
        self._faults = faults
        self._limits: dict[str, _RateLimit] = {}
        self.calls: list[Call] = []

    @property
    def method_names(self) -> tuple[str, ...]:
        """The methods that it knows."""
        return tuple(_METHODS)

    def limit(self, method: str, retry_after_s: int, times: int = 1) -> None:
        """Answer the next `times` calls of a method with 429 and this Retry-After."""
        self._limits[method] = _RateLimit(retry_after_s, times)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, or do to it what the fault switches say."""
        fault = self._faults.next_for(request.match_info["method"])
        if fault is None:
            return await self._handle(request)
        return await self._faults.around(request, fault, lambda: self._handle(request))

    async def _handle(self, request: web.Request) -> web.Response:
        """Answer one call. Refusals are 200 with `ok` false, as in Slack; only a rate limit is 429."""
        started = time.perf_counter()
        name = request.match_info["method"]
        arguments = Arguments({})
        status, headers = 200, {"X-Slack-Req-Id": secrets.token_hex(8)}
        try:
            method = self._method(name)
            call = await read_request(request, accepts_json=method.accepts_json)
            arguments = call.arguments
            self._authorize(method, call)
            if method.caller == "bot":
                headers["X-OAuth-Scopes"] = ",".join(sorted(self._context.access.scopes))
            answer = self._answer(method, arguments)
        except SlackError as error:
            answer = error.to_json()
            if error.code == "ratelimited":
                status = _TOO_MANY_REQUESTS
                headers["Retry-After"] = str(answer.pop("retry_after_s"))
        ms = (time.perf_counter() - started) * 1000
        self.calls.append(Call(name, arguments.to_json(), answer, status, ms, started))
        self._context.state.touch()
        return web.json_response(answer, status=status, headers=headers)

    def _method(self, name: str) -> Method:
        method = _METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        return method

    def _authorize(self, method: Method, call: Request) -> None:
        """Refuse in Slack's order: no token, unknown token, a token of the other kind, a scope that is missing."""
        if not call.token:
            raise SlackError("not_authed")
        kinds = [
            kind
            for kind, token in self._tokens.items()
            if secrets.compare_digest(token.encode(), call.token.encode(errors="surrogateescape"))
        ]
        if not kinds:
            raise SlackError("invalid_auth")
        if method.caller not in kinds:
            raise SlackError("not_allowed_token_type")
        if method.caller == "bot":
            self._context.access.require(*method.scopes)

    def _answer(self, method: Method, arguments: Arguments) -> dict[str, Any]:
        limit = self._limits.pop(method.name, None)
        if limit is not None:
            if limit.times > 1:
                self._limits[method.name] = _RateLimit(limit.retry_after_s, limit.times - 1)
            raise SlackError("ratelimited", retry_after_s=limit.retry_after_s)
        return {"ok": True, **method.run(self._context, arguments)}
