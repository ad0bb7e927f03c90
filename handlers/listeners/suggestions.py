"""What the search box of "Find a fact" suggests while somebody types.

An option's value says what it asks, as in a menu: `fact ID`, or `lookup WORDS` for the honest no to words that no fact
holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions import Action
from bot.answers.search import suggest
from bot.errors import BriefingBotError
from handlers.listeners.shortcuts import FIND
from handlers.rendering.elements import OPTION_VALUE, label, words
from handlers.slack.text import unescape

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck

    from bot.answers.search import Suggested
    from bot.answers.service import Bot
    from bot.content.models import Fact
    from handlers.rendering.blocks import Block
    from handlers.slack.receiving.router import Router

_NEAR = "Near, but no answer"
_NONE = "We hold nothing on this"


def options(suggested: Suggested, typed: str) -> dict[str, Any]:
    """Return the suggestions as a block_suggestion's answer: groups only when no fact answers."""
    listed = [each for fact in suggested.facts if (each := _fact(fact)) is not None]
    if not suggested.are_near and listed:
        return {"options": listed}
    why = _option(f"We hold nothing on “{typed}”: see why", f"{Action.LOOKUP} {typed}")
    groups = [{"label": words(_NONE), "options": [why]}]
    if listed:
        groups.append({"label": words(_NEAR), "options": listed})
    return {"option_groups": groups}


def _fact(fact: Fact) -> Block | None:
    """Return a fact as an option; None for an id that Slack would not take back."""
    value = f"{Action.FACT} {fact.id}"
    if len(value) > OPTION_VALUE:
        return None
    return {**_option(fact.short or fact.statement, value), "description": words(label(fact.label))}


def _option(text: str, value: str) -> Block:
    return {"text": words(label(text)), "value": value[:OPTION_VALUE]}


def register(router: Router, bot: Bot) -> None:
    """Suggest facts."""

    async def on_typed(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = unescape(str(body.get("value") or ""))
        try:
            suggested = suggest(await bot.snapshot(), typed)
        except BriefingBotError:
            await ack(options=[])
        else:
            await ack(**options(suggested, typed))

    router.on("options", FIND, on_typed)
