"""Nothing is lost and nothing is doubled, whatever is killed: and without the look into the channel, it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import BRIEFINGS, Settings
from bot.publishing.factory import publisher_for
from bot.store.database import Database
from tests.chaos.faults import KINDS
from tests.chaos.harness import Chaos

if TYPE_CHECKING:
    from collections import defaultdict
    from pathlib import Path

    from sqlalchemy.engine import URL

    from tests.chaos.harness import Outcome
    from tests.support.forking import Forking

KILLS = 20
CONTROL_KILLS = 4


async def played(  # noqa: PLR0913 — what a run is made of
    url: URL,
    folder: Path,
    outcomes: defaultdict[str, list[Outcome]],
    forking: Forking,
    *,
    seed: int,
    sees: bool = True,
    kills: int = KILLS,
    is_limited: bool = False,
) -> Outcome:
    """Run once on an empty database, and keep the outcome for the table."""
    database = Database(url)
    await database.migrate()
    await publisher_for(Settings.model_construct(), database).publish_folder(BRIEFINGS)
    await database.close()
    kind = "SQLite, 1 process" if database.is_sqlite else "PostgreSQL, 2 processes"
    chaos = Chaos(
        url,
        folder,
        forking,
        seed=seed,
        replicas=1 if database.is_sqlite else 2,
        sees=sees,
        is_limited=is_limited,
    )
    outcome = await chaos.run(kills)
    outcomes[kind if sees else f"{kind}, control without a look"].append(outcome)
    return outcome


def logs(folder: Path) -> list[str]:
    """Return what the processes said."""
    return [file.read_text(encoding="utf-8") for file in folder.glob("*.log")]


@pytest.mark.timeout(1200)
async def test_nothing_is_lost_or_doubled_whatever_is_killed(  # noqa: PLR0913 — what a run is made of
    new_database_url: URL,
    tmp_path: Path,
    outcomes: defaultdict[str, list[Outcome]],
    forking: Forking,
    seed: int,
    *,
    is_limited: bool,
) -> None:
    outcome = await played(new_database_url, tmp_path, outcomes, forking, seed=seed, is_limited=is_limited)
    assert (outcome.lost, outcome.doubled, outcome.disordered, outcome.hasty) == ([], [], [], [])
    assert outcome.foreign == [], "another workspace was answered"
    assert outcome.kills == KILLS
    assert outcome.faults.keys() >= KINDS
    assert not any("Traceback" in text for text in logs(tmp_path))


@pytest.mark.timeout(1200)
async def test_without_the_look_the_same_chaos_doubles(
    new_database_url: URL, tmp_path: Path, outcomes: defaultdict[str, list[Outcome]], forking: Forking
) -> None:
    outcome = await played(new_database_url, tmp_path, outcomes, forking, seed=1, sees=False, kills=CONTROL_KILLS)
    assert outcome.lost == []
    assert outcome.doubled
