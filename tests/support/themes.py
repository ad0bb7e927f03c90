"""Questions that no fact answers, in a database, and the experts who decide on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import blake2s
from typing import TYPE_CHECKING

from bot.audit.audit import AuditFilter, newest_audit
from bot.gaps.gaps import Gap, add
from bot.gaps.theme_service import Themes
from bot.messages import Author
from tests.support.newsroom import HandClock, Newsroom

if TYPE_CHECKING:
    from bot.gaps.theme_list import ThemeEntry, ThemeList
    from bot.gaps.themes import ThemeRef
    from bot.store.database import Database

ADA = Author("T1", "U1", "Ada")
BOB = Author("T1", "U2", "Bob")
WATER = (
    "how much water do the data centres use",
    "water used by a data centre",
    "data centre water use",
    "how much water does a data centre need",
)
PENSIONS = ("will state pensions rise", "when do state pensions rise", "state pensions rise next year")


def question_id(words: str) -> str:
    """Return the id of a question."""
    return blake2s(words.encode(), digest_size=16).hexdigest()


def gap(words: str, count: int = 1, first_on: date = date(2026, 11, 30)) -> Gap:
    """Return a question that was asked so often since a day."""
    return Gap("T1", words, count, first_on, date(2026, 12, 2), question_id(words))


@dataclass
class Bench:
    """Themes of a database with the shipped content, at noon on 3 December 2026."""

    database: Database
    clock: HandClock
    newsroom: Newsroom
    themes: Themes

    @classmethod
    async def opened(cls, database: Database, *gaps: Gap) -> Bench:
        """Publish, and ask."""
        newsroom = await Newsroom.opened(database)
        bench = cls(database, newsroom.clock, newsroom, Themes(database, newsroom.clock))
        await bench.ask(*(gaps or [gap(each, 3 - number % 3) for number, each in enumerate((*WATER, *PENSIONS))]))
        return bench

    async def ask(self, *gaps: Gap) -> None:
        """Keep questions."""
        async with self.database.transaction() as connection:
            await add(connection, gaps)

    async def listed(self) -> ThemeList:
        """Return the themes."""
        return await self.themes.listed("T1")

    async def entry(self, part: str) -> ThemeEntry:
        """Return the theme to decide on whose questions contain some words."""
        (found,) = [
            each for each in (await self.listed()).open if any(part in text for text in each.questions.values())
        ]
        return found

    async def ref(self, part: str) -> ThemeRef:
        """Return that theme as an expert sees it now."""
        entry = await self.entry(part)
        return entry.ref

    async def audited(self) -> list[tuple[str, str, str, str]]:
        """Return who did what, before and after, the oldest first."""
        async with self.database.reading() as connection:
            found = await newest_audit(connection, AuditFilter(), 100)
        return [(each.entry.who, each.entry.action, each.entry.before, each.entry.after) for each in found]
