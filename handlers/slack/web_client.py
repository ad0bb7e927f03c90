"""The one client of Slack's Web API: every answer is judged by handlers/slack/errors.py, and no call is made twice."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.errors import judge, judge_response_url, no_answer

if TYPE_CHECKING:
    from handlers.rendering.replies import Payload


class WebClient(AsyncWebClient):
    """slack_sdk's client with our own sending: each method returns what was done or raises NotDeliveredError.

    slack_sdk trips over answers that are not an object of JSON, and retries of its own accord doubled 6 of 400 posts
    when connections were cut. Proxies are the session's business (`trust_env`): slack_sdk knows no NO_PROXY.
    """

    def __init__(self, api_url: str, session: aiohttp.ClientSession, token: str | None = None) -> None:
        """Call the Web API at `api_url` by a shared session."""
        super().__init__(token=token, base_url=api_url, session=session, retry_handlers=[])
        self.proxy = None
        self._shared = session

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        """Make one call for slack_sdk, which only sees answers that it understands."""
        # A redirect is no answer of Slack's, and following it would turn the call into another one.
        status, headers, body = await self._send_once(http_verb, api_url, allow_redirects=False, **req_args)
        return {"data": judge(status, headers, body), "headers": headers, "status_code": HTTPStatus.OK}

    async def respond(self, response_url: str, payload: Payload) -> None:
        """Use a response_url (five times in 30 minutes). Raises NotDeliveredError."""
        judge_response_url(*await self._send_once("POST", response_url, allow_redirects=False, json=payload))

    async def _send_once(self, verb: str, url: str, **how: Any) -> tuple[int, Any, bytes]:  # noqa: ANN401 — aiohttp's arguments
        """Return status, headers and body. Raises NotDeliveredError."""
        try:
            async with self._shared.request(verb, url, **how) as answer:
                return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise no_answer(error) from None
