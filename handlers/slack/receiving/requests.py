"""Hands Slack's requests to Bolt, however they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

_log = structlog.stdlib.get_logger(__name__)


async def take(app: AsyncApp, **request: Any) -> BoltResponse:  # noqa: ANN401 — AsyncBoltRequest's arguments
    """Hand a request to Bolt. What has not the shape that Slack documents is refused and logged, never raised."""
    try:
        return await app.async_dispatch(AsyncBoltRequest(**request))
    except Exception as error:  # noqa: BLE001 — anybody's JSON comes in here, and Bolt trips over it in many ways
        _log.warning("request.malformed", reason=type(error).__name__)
        return BoltResponse(status=400, body="")
