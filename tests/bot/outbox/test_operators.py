"""Notices to operators stay small, whatever is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.outbox.operators import MOST_KNOWN, Operators, remember_team
from bot.store.tables import deliveries, operator_notices

if TYPE_CHECKING:
    from bot.store.database import Database

MAINTAINERS = Maintainers("C0MAINTAIN")


async def test_a_hundred_thousand_faults_are_one_small_notice(database: Database) -> None:
    operators, lines = (
        Operators(MAINTAINERS, SystemClock()),
        [f"a.yaml:{number}:1 error" for number in range(100_000)],
    )
    with capture_logs() as logs:
        async with database.transaction() as connection:
            await remember_team(connection, "T1")
            assert await operators.notify(connection, "Faults", lines)
            assert not await operators.notify(connection, "Faults", lines), "they are known"
            assert await connection.scalar(select(func.count()).select_from(operator_notices)) == MOST_KNOWN + 1
            (payload,) = await connection.scalars(select(deliveries.c.payload))
    (line,) = logs
    assert line["lines"][-1] == "99900 more: briefing-bot check lists them all."
    assert len(payload["markdown"]) < 1000


@pytest.mark.parametrize("secret", ["xoxb-1-secret", "https://ada:secret@git.example/x", "password=secret"])
async def test_what_has_the_shape_of_a_secret_is_blotted_out(database: Database, secret: str) -> None:
    with capture_logs() as logs:
        async with database.transaction() as connection:
            await remember_team(connection, "T1")
            await Operators(MAINTAINERS, SystemClock()).notify(connection, "Faults", [f"a.yaml:1: “{secret}”"])
            (payload,) = await connection.scalars(select(deliveries.c.payload))
    assert "secret" not in str((payload, logs))
    assert "(redacted)" in payload["markdown"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Write `said_by: Peter Kyle` here.", "Write `said_by: Peter Kyle` here."),
        ("`a` and `b_c`", "`a` and `b_c`"),
        ("`<!channel>` and `@here`", r"\`\<\!channel\>\` and \`@here\`"),
        ("one ` alone *bold*", r"one \` alone \*bold\*"),
        ("`a\\` b`", r"\`a\\\` b\`"),
        ("``", r"\`\`"),
    ],
)
async def test_words_in_backticks_are_code_where_that_is_harmless(database: Database, line: str, shown: str) -> None:
    async with database.transaction() as connection:
        await remember_team(connection, "T1")
        await Operators(MAINTAINERS, SystemClock()).notify(connection, "Faults", [line])
        (payload,) = await connection.scalars(select(deliveries.c.payload))
    assert payload["markdown"] == f"**Faults**\n\n- {shown}\n"
