"""The services of gaps, put together: what is recorded, and who awaits an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.gaps.awaiting import Awaiting
from bot.gaps.recorder import GapRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from bot.clock import Clock
    from bot.config import Settings
    from bot.gaps.awaiting import Answers
    from bot.messages import Outcome
    from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class GapServices:
    """What is recorded of questions without an answer, and who awaits one."""

    recorder: GapRecorder
    awaiting: Awaiting

    def background_work(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Return what runs as long as the bot does."""
        return [self.recorder.run, self.awaiting.run]


def gap_services(  # noqa: PLR0913, PLR0917 — the parts that they use
    settings: Settings,
    database: Database,
    clock: Clock,
    answers: Answers,
    wake: Callable[[], None],
    on_look_up: Callable[[Outcome], None] = lambda _: None,
) -> GapServices:
    """Build the services; `wake` lets the outbox's worker look at once, `on_look_up` hears what came of each."""
    return GapServices(
        GapRecorder(
            database,
            clock,
            answers,
            keep_days=settings.gaps_keep_days,
            maintainers=settings.maintainers,
            on_look_up=on_look_up,
        ),
        Awaiting(database, clock, answers, wake, is_on=settings.gaps_keep_days > 0),
    )
