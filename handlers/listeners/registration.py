"""Bolt's app before listeners are registered, and what becomes of requests that none of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from bot.logging import Repeats
from handlers.slack.installations.request_team import happened_at, is_removal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.request.async_request import AsyncBoltRequest

    from handlers.slack.installations.installations import Installations
    from handlers.slack.web_client import WebClient

_log = structlog.stdlib.get_logger(__name__)


def bolt_app(installations: Installations, client: WebClient) -> AsyncApp:
    """Return Bolt's app without listeners; `client` carries no token.

    HTTP signatures are checked before it (HttpServer). With process_before_response an ack leaves as soon as its
    listener returns; without it, Bolt looks for one every 10 ms.
    """
    app = AsyncApp(
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
    app.error(_on_error)
    app.use(_OursOnly(installations))
    return app


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
        team, enterprise = context.team_id or "", context.enterprise_id or ""
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
