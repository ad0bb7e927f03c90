"""What a button asks of the bot, wherever it stands: by the first part of its action_id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.search import more_related
from bot.errors import BriefingBotError
from bot.messages import Action
from handlers.rendering.replies import Verb, unpack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.answers.service import Bot
    from bot.messages import Reply


def asks_of(bot: Bot) -> Mapping[str, Callable[[str], Awaitable[Reply]]]:
    """Return what answers a button's value."""

    async def details(value: str) -> Reply:
        return await bot.show(replace(unpack(value), is_long=True))

    async def fact(fact_id: str) -> Reply:
        if fact_id not in (await bot.snapshot()).content.facts:
            raise BriefingBotError("That fact is no longer held.", "Ask again: /fact and a few words.")
        return await bot.fact(fact_id)

    async def more(value: str) -> Reply:
        return more_related(await bot.snapshot(), value)

    return {
        Action.BRIEFING: bot.briefing,
        Action.FACT: fact,
        Action.LOOKUP: bot.fact,
        Action.VERBATIM: lambda words: bot.fact(words, corrects=False),
        Action.MORE: more,
        Verb.DETAILS: details,
    }
