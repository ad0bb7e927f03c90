"""Shares of everything that people do, asked before any listener: who has used theirs up gets a word in its place.

Slash commands, forms and suggestions get it in the acknowledgement itself; presses and shortcuts in a message or a
window that only they see. Mentions and direct messages are counted where it is known which of them ask something
(handlers/listeners/events.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from bot.actions import Action
from bot.errors import DeliveryError
from bot.logging import Repeats
from bot.messages import ChannelRef, Outcome, Reply
from bot.subscriptions.permissions import Actor
from handlers.rendering.elements import OPTION_VALUE, label, words
from handlers.rendering.modals import Frame, modal
from handlers.rendering.replies import plain
from handlers.slack.installations.request_team import team_of
from handlers.slack.receiving.requests import OUTCOME, USED_UP
from handlers.tasks import works_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.request.async_request import AsyncBoltRequest

    from handlers.fair_share import Shares
    from handlers.rendering.modals import Modals
    from handlers.slack.clients import SlackClients
    from handlers.tasks import Tasks

TWICE: Final = "This form came twice. See whether it was taken; if it was not, send it again."
SLOWER: Final = "Wait a minute, then type on."
_TITLE: Final = "One moment"
_ID: Final = re.compile(r"[A-Z0-9]{0,64}")
"""Ids of people, channels and workspaces, if there is one: anything else goes no further, to Slack least of all."""

_log = structlog.stdlib.get_logger(__name__)


class Limits(AsyncMiddleware):
    """Bolt's middleware that bounds what one person, one channel and one workspace have done."""

    def __init__(self, shares: Shares, tasks: Tasks, modals: Modals, clients: SlackClients) -> None:
        """`modals` and `clients` give the word to whom no acknowledgement carries it."""
        self._shares = shares
        self._tasks = tasks
        self._modals = modals
        self._clients = clients
        self._logged = Repeats()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 — Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 — the same
    ) -> BoltResponse:
        """Let a request through, in the name of its person, or answer it with a word."""
        body = req.body
        actor = _actor(body)
        if actor and not all(_ID.fullmatch(each) for each in (actor.place.team, actor.place.channel, actor.user)):
            _log.warning("request.malformed", reason="an id that is none of Slack's")
            return BoltResponse(status=400, body="")
        if actor is None:
            return await next()
        refused = self._refused(body, actor)
        if refused is not None:
            req.context[OUTCOME] = USED_UP
            if count := self._logged.due(actor.place.team):
                _log.info("request.too_many", team=actor.place.team, count=count)
            return refused
        works_for(actor.place.team, actor.user)
        return await next()

    def _refused(self, body: Mapping[str, Any], actor: Actor) -> BoltResponse | None:
        """Return the answer to who may not, None to who may."""
        kind = body.get("type")
        if kind == "block_suggestion":
            return None if self._shares.may_type(actor.place.team, actor.user) else _ack(_options(body))
        if kind == "event_callback" and body["event"].get("type") != "app_home_opened":
            return None
        word = self._shares.refusal(actor.place, actor.user)
        if not word and kind == "view_submission" and not self._tasks.is_new(_submission(body)):
            word = TWICE
        return self._answer(body, actor, word) if word else None

    def _answer(self, body: Mapping[str, Any], actor: Actor, word: str) -> BoltResponse:
        """Return the acknowledgement with the word; what no acknowledgement carries is told beside it."""
        kind = body.get("type")
        if body.get("command"):
            return _ack({"response_type": "ephemeral", **plain(word)})
        if kind == "view_submission":
            return _ack(_on_first_field(body, word))
        is_press = kind in {"block_actions", "message_action", "shortcut"}
        if is_press and self._shares.is_press_to_be_told(actor.place.team, actor.user):
            self._tasks.start(self._tell(body, actor, word))
        return BoltResponse(status=200, body="")  # a Home that is opened too often stays as it was drawn

    async def _tell(self, body: Mapping[str, Any], actor: Actor, word: str) -> None:
        """Tell who pressed, below the message of the button, else in a window."""
        view = body.get("view") or {}
        if body.get("type") == "block_actions" and not view:
            client = self._clients.of(actor.place.team)
            try:
                how = {"response_type": "ephemeral", "replace_original": False}
                await client.respond(str(body.get("response_url") or ""), plain(word), **how)
            except DeliveryError as error:
                _log.info("limit.untold", team=actor.place.team, reason=error.message)
            return
        shown = modal(Reply(Outcome.REFUSAL, "", note=word), Frame(title=_TITLE))
        on_top = view.get("type") == "modal"
        await self._modals.open_form(str(body.get("trigger_id") or ""), actor, shown, on_top=on_top)


def _actor(body: Mapping[str, Any]) -> Actor | None:
    """Return who did it, and where; None for what no person did, or what has not the shape that Slack documents."""
    event, user, channel = body.get("event") or {}, body.get("user"), body.get("channel")
    who = body.get("user_id") or (user.get("id") if isinstance(user, dict) else None) or event.get("user")
    where = body.get("channel_id") or (channel.get("id") if isinstance(channel, dict) else None) or ""
    if not isinstance(who, str):
        return None
    return Actor(ChannelRef(team_of(body), str(where)), who)


def _submission(body: Mapping[str, Any]) -> str:
    """Return what tells one press of Send from another: a form that was refused and is sent again is another."""
    return f"submission {trigger}" if (trigger := body.get("trigger_id")) else ""


def _on_first_field(body: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    """Return Slack's answer that leaves a form open with a word on its first field (Slack: "Modals", "errors")."""
    blocks = (body.get("view") or {}).get("blocks") or ()
    first = next((str(each.get("block_id")) for each in blocks if each.get("type") == "input"), "")
    return {"response_action": "errors", "errors": {first: word}}


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a suggestion that says to wait; whoever chooses it all the same has the words looked up."""
    value = f"{Action.LOOKUP} {body.get('value') or ''}"
    return {"options": [{"text": words(label(SLOWER)), "value": value[:OPTION_VALUE]}]}


def _ack(answer: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=dict(answer))
