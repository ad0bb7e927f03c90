"""Bolt's app before listeners are registered, what is checked before them, and what becomes of what none takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.middleware.ignoring_self_events.async_ignoring_self_events import AsyncIgnoringSelfEvents
from slack_bolt.response import BoltResponse

from bot.logging import Repeats
from handlers.slack.installations.request_team import happened_at, is_of_organisation, is_removal
from handlers.slack.receiving.router import Router

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.request.async_request import AsyncBoltRequest

    from handlers.slack.installations.installations import Installations
    from handlers.slack.web_client import WebClient

_log = structlog.stdlib.get_logger(__name__)


class RoutedApp(AsyncApp):
    """Bolt's app, which asks a table for the listener: docs/decisions/0014-a-table-of-listeners.md says what for."""

    def __init__(self, installations: Installations, client: WebClient) -> None:
        """`client` carries no token.

        HTTP signatures are checked before it (HttpServer). With process_before_response an ack leaves as soon as its
        listener returns; without it, Bolt looks for one every 10 ms.
        """
        super().__init__(
            name="briefing-bot",
            client=client,
            authorize=installations,
            signing_secret="",
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
        )
        self.router = Router()
        self._installations = installations
        self._checks: list[AsyncMiddleware] = [AsyncIgnoringSelfEvents()]
        self.error(_on_error)
        self.check_by(_OursOnly(installations))

    def check_by(self, middleware: AsyncMiddleware) -> None:
        """Ask it before every listener, in the order given: it answers in its place, or goes on and returns nothing."""
        self.use(middleware)
        self._checks.append(middleware)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Have a request checked and taken; what has no listener goes through Bolt, which reports it."""
        listener = self.router.listener_of(req.body)
        if listener is None:
            return await super().async_dispatch(req)
        context, passed = req.context, BoltResponse(status=200)
        who = {"enterprise_id": context.enterprise_id, "team_id": context.team_id, "user_id": context.user_id}
        try:
            context.set_authorize_result(await self._installations(**who))
            for check in self._checks:
                answer = await check.async_process(req=req, resp=passed, next=_go_on)
                if answer is not None:
                    return answer
            await listener(req)
        except Exception as error:  # noqa: BLE001 — as Bolt does with what a middleware or a listener raises
            return await _on_error(error, req.body)
        return context.ack.response or passed


async def _go_on() -> BoltResponse:
    """Stand for Bolt's `next`, where a check has nothing to say."""
    return cast("BoltResponse", None)


class _OursOnly(AsyncMiddleware):
    """Refuses what comes from another workspace: it would be answered, and changed, with our token."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations
        self._refusals = Repeats()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 — Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 — the same
    ) -> BoltResponse:
        """Let a request of ours through."""
        context, at = req.context, happened_at(req.body)
        enterprise = context.enterprise_id or ""
        team = "" if is_of_organisation(req.body) else context.team_id or ""
        if await self._installations.serves(team, enterprise, at):
            if not is_removal(req.body):
                is_by_organisation = bool(context.is_enterprise_install)
                self._installations.cover(team, enterprise, at, is_by_organisation=is_by_organisation)
            return await next()
        if count := self._refusals.due("another workspace"):
            _log.warning("request.refused", reason="another workspace", count=count)
        return BoltResponse(status=403, body="")


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Log what no listener took (acked, or Slack would repeat it) and what has not the shape that Slack documents."""
    if isinstance(error, BoltUnhandledRequestError):
        event = body.get("event")
        kind = event.get("type") if isinstance(event, dict) else body.get("type") or body.get("command")
        _log.info("request.unhandled", kind=str(kind)[:40])
        return BoltResponse(status=200, body="")
    _log.warning("request.malformed", reason=type(error).__name__, exc_info=error)
    return BoltResponse(status=400, body="")
