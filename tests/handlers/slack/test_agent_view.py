"""What an agent suggests, where it answers, and its status, which no answer waits for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from bot.errors import BriefingBotError
from bot.messages import ChannelRef, Outcome, Reply
from handlers.slack.agent_view import AgentView
from tests.support.slack_clients import only
from tests.support.snapshots import snapshot_of
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.snapshot import RevisionSnapshot

ANSWER = Reply(Outcome.ANSWER, "Words.")


class StuckStatus:
    """A client whose call for a status never ends."""

    def __init__(self) -> None:
        """Begin without a call."""
        self.asked = asyncio.Event()
        self.cut = asyncio.Event()

    async def set_status(self, _channel: str, _thread: str, _status: str) -> None:
        """Wait for ever."""
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cut.set()


@pytest.mark.parametrize("fails", [False, True])
async def test_a_finished_answer_waits_for_no_status_and_is_followed_by_none(fails: bool) -> None:  # noqa: FBT001 — pytest's
    client = StuckStatus()

    async def making() -> Reply:
        await client.asked.wait()
        if fails:
            raise BriefingBotError("No.")
        return ANSWER

    async def snapshot() -> RevisionSnapshot:
        return snapshot_of()

    pane = AgentView(snapshot, only(client), lambda _team, _scope: True, slow_s=0.0)
    looking = pane.with_status(ChannelRef("T1", "D1"), "1.1", making())
    if fails:
        with pytest.raises(BriefingBotError):
            await asyncio.wait_for(looking, PATIENCE_S)
    else:
        assert await asyncio.wait_for(looking, PATIENCE_S) is ANSWER
    await asyncio.wait_for(client.cut.wait(), PATIENCE_S)


class Suggesting:
    """A client that keeps what is suggested."""

    def __init__(self) -> None:
        """Begin without."""
        self.suggested: list[tuple[str, str | None, list[str]]] = []

    async def set_prompts(self, channel: str, thread: str | None, _title: str, prompts: list[dict[str, str]]) -> None:
        """Keep it."""
        self.suggested.append((channel, thread, [each["message"] for each in prompts]))


def view_of(client: Suggesting, *scopes: str, titles: Sequence[str] = ()) -> AgentView:
    """Return the view of an app with these scopes, over areas with these titles."""

    async def snapshot() -> RevisionSnapshot:
        made = snapshot_of()
        memorandum = made.content.memorandum
        areas = tuple(
            replace(area, title=title) for area, title in zip_longest(memorandum.areas, titles) if area and title
        )
        content = replace(made.content, memorandum=replace(memorandum, areas=areas or memorandum.areas))
        return replace(made, revision=replace(made.revision, content=content))

    return AgentView(snapshot, only(client), lambda _team, scope: scope in scopes)


async def test_nothing_is_suggested_that_calls_somebody_when_it_is_sent() -> None:
    client = Suggesting()
    titles = ("<!channel> Growth", "@here Adoption", "Infrastructure", "a < b")
    await view_of(client, "assistant:write", titles=titles).open_tab(ChannelRef("T1", "D1"))
    assert client.suggested == [("D1", None, ["Infrastructure"])]


async def test_without_the_scope_nothing_is_suggested_and_no_thread_is_begun() -> None:
    client = Suggesting()
    view = view_of(client)
    await view.open_tab(ChannelRef("T1", "D1"))
    assert client.suggested == []
    assert (view.thread_of("T1", None, "1.1"), view.thread_of("T1", "0.1", "1.1")) == (None, "0.1")


async def test_an_agent_answers_in_the_thread_that_a_question_begins() -> None:
    view = view_of(Suggesting(), "assistant:write")
    assert (view.thread_of("T1", None, "1.1"), view.thread_of("T1", "0.1", "1.1")) == ("1.1", "0.1")
