"""What maintainers press and fill in about themes; who they are is asked at each press and each form."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.actions import Action, Choice
from bot.answers.search import suggest
from bot.errors import BriefingBotError
from bot.gaps.theme_words import fact_named
from bot.gaps.themes import ThemeRef
from bot.messages import Author, Outcome, Reply
from bot.proposals.drafts import DraftField, ProposalDraft
from bot.proposals.proposals import LONGEST_REASON
from bot.proposals.suggestion import Suggestion, SuggestionKind
from handlers.listeners.actions import ActionHandler, Surface
from handlers.listeners.form_submissions import actor_of, on_form
from handlers.listeners.maintainers.proposing import author_of
from handlers.rendering.elements import OPTION_VALUE
from handlers.rendering.forms import chosen, filled_in
from handlers.rendering.maintainers.themes import (
    ThemeField,
    ThemeForm,
    hold_form,
    name_form,
    refuse_form,
    sort_form,
)
from handlers.rendering.modals import Frame, modal
from handlers.slack.gate import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncApp

    from bot.answers.service import Bot
    from bot.gaps.theme_list import ThemeEntry
    from bot.gaps.theme_service import Themes
    from bot.gaps.themes import StoredTheme
    from bot.proposals.proposals import Proposals
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.actions import Press
    from handlers.listeners.maintainers.proposing import ProposalForms
    from handlers.rendering.modals import Modals, Write
    from handlers.rendering.replies import View
    from handlers.slack.client import SlackClient
    from handlers.slack.gate import Gate
    from handlers.tasks import Tasks

_ASKED: Final = 5
"""Questions that the form for a fact begins with."""
_NEAR: Final = 5
"""Facts that the form offers as the one that answers."""

_log = structlog.stdlib.get_logger(__name__)


class ThemePresses:
    """Opens the forms of themes, and takes them. Methods raise BriefingBotError."""

    def __init__(  # noqa: PLR0913, PLR0917 — the parts that it uses
        self,
        themes: Themes,
        proposals: Proposals,
        forms: ProposalForms,
        bot: Bot,
        client: SlackClient,
        modals: Modals,
        gate: Gate,
        tasks: Tasks,
        write: Write,
    ) -> None:
        """`proposals.channel` is MAINTAINERS_CHANNEL, whose members decide; `forms` opens what drafts a fact."""
        self._themes = themes
        self._proposals = proposals
        self._forms = forms
        self._bot = bot
        self._client = client
        self._modals = modals
        self._gate = gate
        self._tasks = tasks
        self._write = write

    async def show(self, actor: Actor) -> Reply:
        """Return the themes, with what can be done about each."""
        await self._gate.require_maintainer(actor, self._proposals.channel)
        return await self._themes.reply(actor.place.team)

    async def reopen(self, press: Press) -> Reply:
        """Take a decision back."""
        expert = await self._expert(press.actor)
        theme = await self._themes.reopen(expert, ThemeRef.unpack(press.value))
        return Reply(Outcome.NOTICE, "", note=f"Taken back: “{theme.name}” is to be decided on again.")

    async def forget(self, press: Press) -> Reply:
        """Erase a theme with its examples."""
        expert = await self._expert(press.actor)
        theme = await self._themes.forget(expert, ThemeRef.unpack(press.value))
        return Reply(Outcome.NOTICE, "", note=f"“{theme.name}” is forgotten, with its examples.")

    async def draft(self, press: Press) -> None:
        """Open the form for a fact that answers, prefilled with what was asked."""
        expert = await self._expert(press.actor)
        entry = await self._themes.entry(expert.team, press.value)
        theme = await self._themes.keep(expert, entry.ref)
        asked = "; ".join(list(entry.questions.values())[:_ASKED])
        draft = ProposalDraft.new(keywords=", ".join(entry.words), theme_id=theme.id)
        filled = draft.filled({DraftField.REASON: f"Asked: {asked}"[:LONGEST_REASON]})
        await self._forms.open(press.trigger, expert.user, filled, on_top=press.surface is Surface.MODAL)

    async def hold(self, press: Press) -> None:
        """Open the form that says which fact answers."""
        entry = await self._entry(press)
        found = suggest(await self._bot.snapshot(), entry.name).facts[:_NEAR]
        near = {each.id: f"{each.id}: {each.short or each.statement}" for each in found if len(each.id) <= OPTION_VALUE}
        await self._open(press, hold_form(entry, near))

    async def refuse(self, press: Press) -> None:
        """Open the form for a reason."""
        await self._open(press, refuse_form(await self._entry(press)))

    async def rename(self, press: Press) -> None:
        """Open the form for a name, or for the theme that it becomes part of."""
        entry = await self._entry(press)
        await self._open(press, name_form(entry, await self._others(press, entry)))

    async def sort(self, press: Press) -> None:
        """Open the form for its questions."""
        entry = await self._entry(press)
        await self._open(press, sort_form(entry, await self._others(press, entry)))

    async def held(self, body: Mapping[str, Any]) -> View:
        """Take the fact that answers, and propose its keywords."""
        expert, ref, view = await self._submitted(body)
        fact_id = filled_in(view, ThemeField.FACT) or next(iter(chosen(view, ThemeField.INTO)), "")
        theme = await self._themes.hold(expert, ref, fact_id)
        told = f"“{theme.name}” is answered by {theme.fact_id}."
        if typed := filled_in(view, ThemeField.KEYWORDS):
            self._tasks.start(self._propose(expert, theme, typed))
            told = f"{told} Its keywords are proposed in the maintainers’ channel: somebody else approves them."
        return _done("We hold this", told, theme)

    async def refused(self, body: Mapping[str, Any]) -> View:
        """Take a reason."""
        expert, ref, view = await self._submitted(body)
        theme = await self._themes.refuse(expert, ref, filled_in(view, ThemeField.REASON))
        return _done("Not for us", f"Whoever asks for “{theme.name}” gets your reason from now on.", theme)

    async def renamed(self, body: Mapping[str, Any]) -> View:
        """Take a name, or the theme that it becomes part of."""
        expert, ref, view = await self._submitted(body)
        if into := next(iter(chosen(view, ThemeField.INTO)), ""):
            theme = await self._themes.merge(expert, ref, into)
            return _done("Merged", f"It is part of “{theme.name}” now.")
        theme = await self._themes.rename(expert, ref, filled_in(view, ThemeField.NAME))
        return _done("Renamed", f"It is called “{theme.name}” now.")

    async def sorted(self, body: Mapping[str, Any]) -> View:
        """Take questions, and what becomes of them."""
        expert, ref, view = await self._submitted(body)
        questions, name = chosen(view, ThemeField.QUESTIONS), filled_in(view, ThemeField.NAME)
        into = next(iter(chosen(view, ThemeField.INTO)), "")
        if name and into:
            raise BriefingBotError("Give a new theme’s name, or choose a theme: not both.")
        if name:
            theme = await self._themes.split(expert, ref, questions, name)
        else:
            theme = await self._themes.confirm(expert, ref, questions, into)
        told = "1 question is" if len(questions) == 1 else f"{len(questions)} questions are"
        return _done("Questions", f"{told} confirmed in “{theme.name}”.")

    async def _propose(self, expert: Author, theme: StoredTheme, typed: str) -> None:
        """Propose keywords once the form is answered: a check may take long. Where they are refused, take it back."""
        try:
            await self._propose_keywords(expert, theme, typed)
        except BriefingBotError as error:
            with suppress(BriefingBotError):
                await self._themes.reopen(expert, theme.ref)
            note = f"“{theme.name}” is to be decided on again: its keywords could not be proposed. {error.message}"
            await self._write(expert.user, Reply(Outcome.REFUSAL, "", note=note))

    async def _propose_keywords(self, expert: Author, theme: StoredTheme, typed: str) -> None:
        """Propose words as keywords of the fact that holds a theme, where there are new ones."""
        fact = fact_named(theme.fact_id, (await self._bot.snapshot()).content)
        words = [" ".join(each.split()) for each in typed.split(",")]
        new = [each for each in dict.fromkeys(words) if each and each not in fact.keywords]
        if not new:
            return
        suggestion = Suggestion(
            SuggestionKind.KEYWORDS,
            fact.area,
            fact.id,
            keywords=(*fact.keywords, *new),
            reason=f"Asked so, and not found: {theme.name}",
            theme_id=theme.id,
        )
        await self._proposals.suggest(suggestion, expert, f"theme {theme.ref.pack()}")

    async def _expert(self, actor: Actor) -> Author:
        await self._gate.require_maintainer(actor, self._proposals.channel)
        return await author_of(self._client, actor)

    async def _entry(self, press: Press) -> ThemeEntry:
        """Return the theme that was pressed."""
        await self._gate.require_maintainer(press.actor, self._proposals.channel)
        return await self._themes.entry(press.actor.place.team, press.value)

    async def _others(self, press: Press, entry: ThemeEntry) -> list[ThemeEntry]:
        listed = await self._themes.listed(press.actor.place.team)
        return [each for each in listed.open if each.key != entry.key]

    async def _submitted(self, body: Mapping[str, Any]) -> tuple[Author, ThemeRef, Mapping[str, Any]]:
        """Return who submitted a form, and the theme as they saw it."""
        ref = ThemeRef.unpack(body["view"]["private_metadata"])
        return await self._expert(actor_of(body)), ref, body["view"]

    async def _open(self, press: Press, view: View) -> None:
        await self._modals.open_form(press.trigger, press.actor.user, view, on_top=press.surface is Surface.MODAL)


def theme_actions(presses: ThemePresses) -> Mapping[str, ActionHandler]:
    """Return the handler of each Action on themes."""

    async def listed(press: Press) -> Reply:
        return await presses.show(press.actor)

    run = {
        Action.THEMES: listed,
        Action.THEME_DRAFT: presses.draft,
        Action.THEME_HOLD: presses.hold,
        Action.THEME_REFUSE: presses.refuse,
        Action.THEME_NAME: presses.rename,
        Action.THEME_SORT: presses.sort,
        Action.THEME_REOPEN: presses.reopen,
        Action.THEME_FORGET: presses.forget,
    }
    return {action: ActionHandler(each, Need.ACT, changes_home=True) for action, each in run.items()}


def register(app: AsyncApp, presses: ThemePresses) -> None:
    """Take the forms' submissions."""
    on_form(app, ThemeForm.HOLD.value, ThemeField.FACT.value, presses.held)
    on_form(app, ThemeForm.REFUSE.value, ThemeField.REASON.value, presses.refused)
    on_form(app, ThemeForm.NAME.value, ThemeField.NAME.value, presses.renamed)
    on_form(app, ThemeForm.SORT.value, ThemeField.QUESTIONS.value, presses.sorted)


def _done(title: str, note: str, theme: StoredTheme | None = None) -> View:
    """Return what takes the place of a form that was saved; with a theme, a button that takes it back."""
    undo = (Choice(Action.THEME_REOPEN, "Take it back", theme.ref.pack()),) if theme else ()
    return modal(Reply(Outcome.NOTICE, "", note=note, choices=undo), Frame(title=title))
