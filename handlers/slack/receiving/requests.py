"""Hands Slack's requests to Bolt, however they came."""

from __future__ import annotations

import json
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers.metrics.metrics import COMMANDS, OUTCOMES, TAKEN, known
from handlers.metrics.tracing import NO_SPANS
from handlers.tasks import for_one_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncApp

    from handlers.metrics.metrics import Metrics

OUTCOME: Final = "outcome"
"""Where a listener notes in Bolt's context what became of a request."""
USED_UP: Final = "too_many"
"""The outcome of a request whose sender has used up their share."""
_log = structlog.stdlib.get_logger(__name__)


async def take(
    app: AsyncApp,
    metrics: Metrics | None = None,
    *,
    body: str | dict[str, Any],
    since: float | None = None,
) -> BoltResponse:
    """Hand a request, a text over HTTP, to Bolt. What has not Slack's shape is refused and logged, never raised.

    `since`: when it came, by perf_counter, if that was not just now.
    """
    began = since or perf_counter()
    kind, outcome = "", "malformed"
    with (metrics.spans if metrics else NO_SPANS).span("request") as span:
        try:
            asked = AsyncBoltRequest(body=parsed(body) if isinstance(body, str) else body, mode="socket_mode")
            kind = kind_of(asked.body)
            with for_one_person():
                response = await app.async_dispatch(asked)
            outcome = _outcome(response, asked)
        except Exception as error:  # noqa: BLE001 — anybody's JSON comes in here, and Bolt trips over it in many ways
            _log.warning("request.malformed", reason=type(error).__name__)
            response = BoltResponse(status=400, body="")
        span.set_attribute("command", known(kind, COMMANDS))
        span.set_attribute("outcome", known(outcome, OUTCOMES))
    if metrics is not None:
        metrics.acknowledged(kind, outcome, perf_counter() - began + metrics.waited_s(began))
        if reason := _REFUSED.get(outcome):
            metrics.refused(reason)
    return response


_REFUSED = {"refused": "another workspace", "malformed": "malformed", USED_UP: "too many"}


def parsed(body: str) -> dict[str, Any]:
    """Return what a request over HTTP says: JSON, a form, or JSON in a form's field (Slack: "Interaction payloads").

    Bolt's own reading takes every form for the last in which the word "payload" comes, in a question too. Raises
    ValueError for anything else.
    """
    said = body.lstrip()
    if not said.startswith(("{", "[")):
        fields = dict(parse_qsl(body, keep_blank_values=True))
        if "payload" not in fields:
            return fields
        said = fields["payload"]
    found = json.loads(said)
    if not isinstance(found, dict):
        raise ValueError("it is no object")  # noqa: TRY004 — of JSON
    return found


def kind_of(body: Mapping[str, Any]) -> str:
    """Return what a request is: a command, an event or an interaction, by Slack's name for it."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, dict) else body.get("command") or body.get("type")
    return kind if isinstance(kind, str) else ""


def _outcome(response: BoltResponse, asked: AsyncBoltRequest) -> str:
    if response.status == HTTPStatus.FORBIDDEN:
        return "refused"
    return str(asked.context.get(OUTCOME, TAKEN)) if response.status == HTTPStatus.OK else "malformed"
