"""A day with the bot in a local workspace: everything is asked, pressed, published and waited for, once.

The bot is the real one, with its own store; the workspace's clock is put forward past what the bot waits for.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

import app as wiring
from bot.config import Settings
from bot.content.models import DatedReason
from bot.errors import BriefingBotError
from bot.outbox.admin import Admin
from bot.publishing.publisher import Origin
from cli.conformance.maintaining import ask_for_reviews, ask_what_themes_are, new_fact, propose
from cli.conformance.pressing import Presser
from cli.conformance.script import CLAIM, COMMANDS, DIRECT, WRITTEN
from cli.conformance.sent import Wire
from handlers.listeners.maintainers.proposing import SUGGEST
from handlers.listeners.shortcuts import CHECK, FIND
from handlers.tasks import background
from workspace.clock import SystemClock
from workspace.server import Workspace
from workspace.state.forms import ViewPlace
from workspace.state.seed import ADA_ID, GENERAL_ID, GRACE_ID, POLICY_ID, RANDOM_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.content.models import Content, Fact
    from cli.conformance.sent import Sent

_BEGINS_AT: Final = datetime(2026, 11, 25, 10, tzinfo=UTC)
_MONDAY: Final = datetime(2026, 11, 30, 9, 1, tzinfo=UTC)
_WEEKS: Final = 12
_MOST_PRESSES: Final = 60
_MOST_TIMES: Final = 6
_PACE_S: Final = 1.1
"""Longer than the bot waits between two posts in one channel."""
_LABEL: Final = 40
_TYPED: Final = 4
"""Words of a fact that are typed to find it."""

_STEP_S: Final = 0.02
_HANGS_AFTER_S: Final = 120.0


class _Wednesday(SystemClock):
    """The machine's clock, begun on a day from which the posts that follow are known."""

    def __init__(self) -> None:
        self._ahead = _BEGINS_AT - super().now()

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return super().now() + self._ahead


@asynccontextmanager
async def walked(content: Content) -> AsyncIterator[Walk]:
    """Let a person do everything once; the walk has what the bot sent, and the bot runs on with the block."""
    workspace = Workspace(wiring.read_manifest(), clock=_Wednesday())
    async with workspace.serve(), _playing(workspace, content) as app:
        walk = Walk(workspace, app, content)
        await walk.go()
        yield walk


@asynccontextmanager
async def _playing(workspace: Workspace, content: Content) -> AsyncIterator[wiring.App]:
    """Let the bot into a workspace that is being served, and out again."""
    stop = asyncio.Event()
    with TemporaryDirectory(prefix="briefing-bot-") as folder:
        settings = Settings.model_construct(
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token),
            slack_api_url=workspace.api_url,
            data_dir=Path(folder),
            maintainers_channel=POLICY_ID,
            ask_after_weeks=_WEEKS,
            questions_a_minute=0,
        )
        app = wiring.create_app(settings, workspace.clock)
        workspace.clock.on_jump(app.scheduler.wake)
        async with app.server.listening(), app.running(content), background(app.server.serve(stop)) as serving:
            await app.server.ready.wait()
            try:
                yield app
            finally:
                stop.set()
                await serving


class Walk:
    """Does one thing after another with `app`; `sent` has what came of them, `presser` what was pressed.

    `failed` has what could not be done, and why: what it needs was not sent, or the bot hung.
    """

    def __init__(self, workspace: Workspace, app: wiring.App, content: Content) -> None:
        """Do it with this content."""
        self._workspace = workspace
        self.app = app
        self._content = content
        self._wire = Wire(workspace)
        self._outbox = Admin(app.database, workspace.clock)
        self.presser = Presser(workspace, ADA_ID, (GENERAL_ID, DIRECT, POLICY_ID, RANDOM_ID))
        self.sent: list[Sent] = []
        self.failed: list[tuple[str, str]] = []

    async def go(self) -> None:
        """Do everything."""
        fact, areas = self._a_fact(), self._content.memorandum.areas
        named = {"fact": fact.id, "area": areas[0].key, "other": areas[-1].key}
        for area in areas:
            await self._type(f"the briefing on {area.title}", f"/briefing {area.key}")
        for cause, words in COMMANDS:
            await self._ask(cause, GENERAL_ID, words.format_map(named))
        for cause, channel, words in WRITTEN:
            await self._ask(cause, channel, words.format_map(named))
        await self._open_surfaces(fact)
        await self._do("facts due for a review", ask_for_reviews(self.app, self._content, fact))
        await self._do("proposals that cannot go on", propose(self.app, fact))
        await self._do("a fact suggested", self._suggest())
        await self._press_everything()
        await self._do("themes of unanswered questions", ask_what_themes_are(self.app))
        await self._press_everything()
        await self._ask("what the facts do not answer", GENERAL_ID, "/briefing gaps")
        await self._publish_changes(fact)
        await self._wait_for_schedules(areas[0].key)
        for each in self._content.facts.values():
            await self._type("the answer of each fact", f"/fact {each.id}")
        await self._act_where_the_bot_is_not(fact)

    async def _ask(self, cause: str, channel: str, words: str) -> None:
        """Type it and press everything; again while a press takes away what was not pressed yet."""
        missed = self.presser.missed
        for _ in range(_MOST_TIMES):
            await self._do(cause, self._workspace.type(ADA_ID, channel, words))
            await self._press_everything()
            if self.presser.missed <= missed:
                return

    async def _type(self, cause: str, words: str) -> None:
        await self._do(cause, self._workspace.type(ADA_ID, GENERAL_ID, words))

    async def _do(self, cause: str, doing: Awaitable[object]) -> None:
        """Do something, wait until all that follows is done, and keep what was sent; what fails is noted."""
        try:
            async with asyncio.timeout(_HANGS_AFTER_S):
                await doing
                await self._settled()
        except (LookupError, TimeoutError, ValueError) as error:  # what was to be there, the bot had not sent
            self.failed.append((cause, str(error) or type(error).__name__))
        self.sent += self._wire.take(cause)

    async def _let_it_hear(self, cause: str, happen: Callable[[], None]) -> None:
        """Let something happen of which the bot is told, and wait until it has done what follows."""
        told = len(self._workspace.dispatches)
        happen()
        await self._do(cause, self._workspace.wait_until(lambda: len(self._workspace.dispatches) > told))

    async def _settled(self) -> None:
        """Return once no request is under way and nothing waits to be posted."""
        while True:
            await asyncio.sleep(_STEP_S)  # a request begins its work once its ack has left
            if not self.app.tasks.is_idle:
                continue
            if not (await self._outbox.counts()).pending:
                return
            self._workspace.clock.jump_by(_PACE_S)
            self.app.worker.wake()

    async def _press_everything(self) -> None:
        """Press what was not pressed yet, and what then appears; send the forms that open, and close them."""
        for _ in range(_MOST_PRESSES):
            press = self.presser.next()
            if press is not None:
                doing = self._workspace.act(ADA_ID, press.where, press.block_id, press.action_id, press.given)
                label = shorten(press.label, _LABEL, placeholder="…")
                await self._do(f"“{label}” in a {press.surface}", doing)
            elif not await self._leave_modal():
                return

    async def _leave_modal(self) -> bool:
        """Send the form on top, or close it where it stays; return False where there is none."""
        modals = self._workspace.modals(ADA_ID)
        if not modals:
            return False
        view = modals[-1].view
        if view.get("submit"):
            submitting = self._workspace.submit(ADA_ID, view["id"], self.presser.filled_in(view))
            await self._do(f"“{view['submit']['text']}” in a form", submitting)
        for modal in self._workspace.modals(ADA_ID)[-1:]:
            await self._do("closing a window", self._workspace.close_modal(ADA_ID, modal.view["id"], all=True))
        return True

    async def _open_surfaces(self, fact: Fact) -> None:
        """Open the Messages tab as somebody who has not written yet, Home, and both shortcuts."""
        await self._let_it_hear("the Messages tab opened", lambda: self._workspace.open_messages(GRACE_ID))
        self._workspace.open_home(ADA_ID)
        await self._do("opening Home", self._workspace.wait_until(lambda: self._workspace.home(ADA_ID)))
        await self._press_everything()
        said = await self._said(CLAIM)
        await self._do("checking a message", self._workspace.message_shortcut(ADA_ID, GENERAL_ID, said, CHECK))
        await self._press_everything()
        await self._do("the search", self._workspace.global_shortcut(ADA_ID, FIND))
        await self._do("a fact found by the search", self._find(" ".join(fact.statement.split()[:_TYPED])))
        await self._press_everything()

    async def _said(self, words: str) -> str:
        """Write something in the channel, and return its ts."""
        await self._do("a message to others", self._workspace.type(ADA_ID, GENERAL_ID, words))
        return str(self._workspace.seen_by(ADA_ID, GENERAL_ID)[-1]["ts"])

    async def _suggest(self) -> None:
        """Suggest what a message says as a fact."""
        said = str(self._workspace.seen_by(ADA_ID, GENERAL_ID)[-1]["ts"])
        await self._workspace.message_shortcut(ADA_ID, GENERAL_ID, said, SUGGEST)
        await self._workspace.wait_until(lambda: self._workspace.modals(ADA_ID))
        view = self._workspace.modals(ADA_ID)[-1].view
        await self._workspace.submit(ADA_ID, view["id"], new_fact(view))

    async def _find(self, typed: str) -> None:
        where = ViewPlace(self._workspace.modals(ADA_ID)[-1].view["id"])
        found = await self._workspace.suggest(ADA_ID, where, FIND, FIND, typed)
        await self._workspace.act(ADA_ID, where, FIND, FIND, {"selected_option": found[0]})

    async def _publish_changes(self, fact: Fact) -> None:
        """Publish an update, a correction and a withdrawal of a fact whose answer was posted."""
        await self._type("subscribing to alerts", "/briefing subscribe all alerts")
        await self._type("a fact asked for again", f"/fact {fact.id}")
        await self._post_the_last_answer("an answer posted", GENERAL_ID)
        reason = DatedReason(on=_BEGINS_AT.date(), why="The source says otherwise.")
        changes = {
            "an alert": replace(fact, statement=f"{fact.statement} This is new.", short=None),
            "a correction": replace(fact, statement="It was otherwise.", short=None, corrected=reason),
            "a withdrawal": replace(fact, withdrawn=reason),
        }
        for cause, changed in changes.items():
            facts = {**self._content.facts, fact.id: changed}
            await self._do(cause, self._publish(replace(self._content, facts=facts)))
            await self._press_everything()
        notify = self.app.publisher.notify_operators("A fault in the facts", ["One line for each fault."])
        await self._do("a notice to operators", notify)

    async def _post_the_last_answer(self, cause: str, channel: str) -> None:
        """Press Post to channel below the newest answer."""
        message = self._workspace.seen_by(ADA_ID, channel)[-1]
        await self._do(cause, self._workspace.press(ADA_ID, channel, message["ts"], "post"))

    async def _act_where_the_bot_is_not(self, fact: Fact) -> None:
        """Post an answer to a channel without the bot, as a copy; then invite the bot."""
        asking = self._workspace.type(ADA_ID, RANDOM_ID, f"/fact {fact.id}")
        await self._do("a fact asked for without the bot", asking)
        await self._post_the_last_answer("an answer posted without the bot", RANDOM_ID)
        await self._press_everything()
        await self._let_it_hear("the bot invited", lambda: self._workspace.invite_bot(RANDOM_ID))

    async def _publish(self, content: Content) -> None:
        await self.app.publisher.publish(content, Origin(note="A word to readers."))
        await self.app.refresh()

    async def _wait_for_schedules(self, area: str) -> None:
        """Let schedules come due, and channels that nobody uses be asked whether to go on."""
        await self._type("subscribing with a schedule", f"/briefing subscribe {area} weekdays 09:00")
        await self._type("subscribing to a digest", "/briefing subscribe weekly digest monday 09:00")
        await self._do("a scheduled post", self._jump(_MONDAY))
        await self._press_everything()
        await self._type("subscribing with a schedule", f"/briefing subscribe {area} monthly 1 09:00")
        await self._do("a question whether to go on", self._ask_the_inactive())
        await self._press_everything()

    async def _jump(self, moment: datetime) -> None:
        """Put the clock forward, and wait until the scheduler has seen it."""
        self._workspace.clock.jump_to(max(moment, self._workspace.clock.now()))
        await self.app.scheduler.run_due()

    async def _ask_the_inactive(self) -> None:
        self._workspace.clock.jump_by(timedelta(weeks=_WEEKS + 1).total_seconds())
        await self.app.scheduler.run_due()
        await self.app.inactivity.check()
        self.app.worker.wake()

    def _a_fact(self) -> Fact:
        """Return the first fact that is served. Raises BriefingBotError where there is none."""
        for area in self._content.memorandum.areas:
            for fact in self._content.current_facts(area.key):
                return fact
        raise BriefingBotError("The content folder serves no fact.", "Name one that does with --content.")
