"""Checks are made at once, each in its time, and what they say can be printed anywhere."""

from __future__ import annotations

import asyncio
import threading

from bot.errors import BriefingBotError
from bot.health.finding import Finding, NotCheckedError, Verdict, examine, ok, warn


async def test_findings_come_in_the_order_of_the_checks_whichever_ends_first() -> None:
    last_has_ended = asyncio.Event()

    async def first() -> Finding:
        await last_has_ended.wait()
        return ok("first", "Well.")

    async def last() -> Finding:
        last_has_ended.set()
        return warn("last", "Not so well.", "Look.")

    examined = await examine([("first", first), ("last", last)], 60)
    assert [each.check for each in examined.findings] == ["first", "last"]
    assert not examined.is_hung


async def test_a_hung_check_is_a_failure_whether_it_waits_or_blocks_a_thread() -> None:
    end = threading.Event()

    async def waits() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def blocks() -> Finding:
        await asyncio.to_thread(end.wait)
        raise AssertionError

    examined = await examine([("waits", waits), ("blocks", blocks)], 0.01)
    end.set()
    assert [each.verdict for each in examined.findings] == [Verdict.FAIL, Verdict.FAIL]
    assert examined.findings[0].what == "No answer in 0.01 seconds."
    assert examined.is_hung


async def test_what_a_check_raises_is_its_finding() -> None:
    async def depends() -> Finding:
        raise NotCheckedError("Slack is not reached.")

    async def told() -> Finding:
        raise BriefingBotError("It is away.", "Start it.")

    async def broken() -> Finding:
        raise ZeroDivisionError("xoxb-1-secret")

    found = (await examine([("a", depends), ("b", told), ("c", broken)], 60)).findings
    assert found[0] == Finding("a", Verdict.WARN, "Not checked: Slack is not reached.")
    assert found[1] == Finding("b", Verdict.FAIL, "It is away.", "Start it.")
    assert (found[2].verdict, found[2].what) == (Verdict.FAIL, "The check itself failed: ZeroDivisionError: (redacted)")


async def test_a_finding_has_one_line_no_control_characters_and_no_secret() -> None:
    async def check() -> Finding:
        return warn("a", "one\ntwo \x1b[31m xoxb-123-abc", "postgresql://bot:pass@host/db")

    (found,) = (await examine([("a", check)], 60)).findings
    assert found.what == "one two ·[31m (redacted)"
    assert "pass" not in found.to_do
