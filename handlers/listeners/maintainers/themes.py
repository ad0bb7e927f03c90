"""What maintainers press and fill in about themes; who they are is asked at each press and each form."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.actions import Action, Choice
from bot.answers.search import suggest
from bot.content.editing.changes import new_keywords
from bot.errors import BriefingBotError, DeliveryError
from bot.gaps.theme_words import fact_named
from bot.gaps.themes import ThemeRef
from bot.messages import Author, Outcome, Reply
from bot.proposals.drafts import DraftField, ProposalDraft
from bot.proposals.proposals import LONGEST_REASON
from bot.proposals.suggestion import Suggestion, SuggestionKind
from handlers.errors import refusal
from handlers.listeners.actions import ActionHandler, Surface
from handlers.listeners.form_submissions import actor_of, in_time, on_form
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
    import asyncio
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.gaps.theme_list import ThemeEntry
    from bot.gaps.theme_service import Themes
    from bot.gaps.themes import StoredTheme
    from bot.proposals.proposals import Proposals
    from bot.subscriptions.permissions import Actor
    from handlers.listeners.actions import Press
    from handlers.listeners.form_submissions import FormParts
    from handlers.listeners.maintainers.proposing import SuggestionForms
    from handlers.rendering.replies import View
    from handlers.slack.receiving.router import Router

_ASKED: Final = 5
"""Questions that the form for a fact begins with."""
_NEAR: Final = 5
"""Facts that the form offers as the one that answers."""

_CHECKING: Final = "The keywords are being checked. This window shows what comes of it; until then nothing is decided."
_PROPOSED: Final = (
    "“{name}” is answered by {fact}. Its keywords are proposed in the maintainers’ channel: somebody else approves "
    "them. If they are declined, it is to be decided on again."
)
_NOT_HELD: Final = "“We hold this” was not taken: the theme is still to be decided on."

_log = structlog.stdlib.get_logger(__name__)


class ThemePresses:
    """Opens the forms of themes, and takes them. Methods raise BriefingBotError."""

    def __init__(self, themes: Themes, proposals: Proposals, forms: SuggestionForms, parts: FormParts) -> None:
        """`forms` opens what drafts a fact."""
        self._themes = themes
        self._proposals = proposals
        self._forms = forms
        self._parts = parts

    async def show(self, actor: Actor) -> Reply:
        """Return the themes, with what can be done about each."""
        await self._parts.gate.require_maintainer(actor)
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
        """Open the form for a fact that answers, below what was asked.

        It has no keywords yet: words of these questions may be those of others.
        """
        expert = await self._expert(press.actor)
        entry = await self._themes.entry(expert.team, press.value)
        theme = await self._themes.store(expert, entry.ref)
        asked = "; ".join(list(entry.questions.values())[:_ASKED])
        draft = ProposalDraft.new(theme_id=theme.id)
        filled = draft.filled({DraftField.REASON: f"Asked: {asked}"[:LONGEST_REASON]})
        await self._forms.open(
            press.trigger, press.actor, filled, on_top=press.surface is Surface.MODAL, note=entry.draft
        )

    async def hold(self, press: Press) -> None:
        """Open the form that says which fact answers."""
        entry = await self._entry(press)
        found = suggest(await self._parts.bot.snapshot(), entry.name).facts[:_NEAR]
        near = {each.id: f"{each.id}: {each.short or each.statement}" for each in found if len(each.id) <= OPTION_VALUE}
        await self._open(press, hold_form(entry, near))

    async def refuse(self, press: Press) -> None:
        """Open the form for a reason."""
        await self._open(press, refuse_form(await self._entry(press)))

    async def rename(self, press: Press) -> None:
        """Open the form for a name, or for the theme that it becomes part of."""
        await self._open(press, name_form(*await self._entry_and_others(press)))

    async def sort(self, press: Press) -> None:
        """Open the form for its questions."""
        await self._open(press, sort_form(*await self._entry_and_others(press)))

    async def held(self, body: Mapping[str, Any]) -> View:
        """Take the fact that answers, with its keywords; where their check takes long, the window says so."""
        expert, ref, view = await self._submitted(body)
        later = partial(self._show_later, actor_of(body), view["id"])
        if done := await in_time(self._held(expert, ref, view), self._parts.tasks, later):
            return done.result()
        return _done("We hold this", _CHECKING)

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

    async def _held(self, expert: Author, ref: ThemeRef, view: Mapping[str, Any]) -> View:
        """Hold a theme; keywords that the fact does not have are proposed in the same transaction."""
        content = await self._parts.content()
        fact = fact_named(filled_in(view, ThemeField.FACT) or next(iter(chosen(view, ThemeField.INTO)), ""), content)
        typed = [word for each in filled_in(view, ThemeField.KEYWORDS).split(",") if (word := " ".join(each.split()))]
        new = new_keywords(fact.keywords, typed)
        if not new:
            theme = await self._themes.hold(expert, ref, fact.id)
            told = " It has these keywords already." if typed else ""
            return _done("We hold this", f"“{theme.name}” is answered by {fact.id}.{told}", theme)
        name = (await self._themes.entry(expert.team, ref.key)).name
        keywords, reason = (*fact.keywords, *new), f"Asked so, and not found: {name}"
        suggestion = Suggestion(SuggestionKind.KEYWORDS, fact.area, fact.id, keywords=keywords, reason=reason)
        proposal = await self._proposals.examined(suggestion, expert)

        async def propose(connection: AsyncConnection, theme: StoredTheme) -> None:
            about_it = replace(proposal.suggestion, theme_id=theme.id)
            await self._proposals.add(connection, replace(proposal, suggestion=about_it))

        theme = await self._themes.hold(expert, ref, fact.id, propose)
        self._proposals.wake()
        return _done("We hold this", _PROPOSED.format(name=theme.name, fact=fact.id), theme)

    async def _show_later(self, actor: Actor, view_id: str, holding: asyncio.Future[View]) -> None:
        """Show in the window what a slow check came to; to who has closed it, in words where it was refused."""
        refused = None
        try:
            view = holding.result()
        except Exception as error:  # noqa: BLE001 — they are told that it was not taken, whatever the reason
            refused = Reply(Outcome.REFUSAL, "", note=f"{_NOT_HELD} {refusal(error).note}")
            view = modal(refused, Frame(title="We hold this"))
        try:
            await self._parts.clients.of(actor.place.team).update_view(view_id, view)
        except DeliveryError as closed:
            _log.info("form.update_failed", reason=closed.message)
            if refused:
                await self._parts.write(actor.place.team, actor.user, refused)

    async def _expert(self, actor: Actor) -> Author:
        await self._parts.gate.require_maintainer(actor)
        return await self._parts.author_of(actor)

    async def _entry(self, press: Press) -> ThemeEntry:
        """Return the theme that was pressed."""
        return (await self._entry_and_others(press))[0]

    async def _entry_and_others(self, press: Press) -> tuple[ThemeEntry, list[ThemeEntry]]:
        await self._parts.gate.require_maintainer(press.actor)
        return await self._themes.entry_and_others(press.actor.place.team, press.value)

    async def _submitted(self, body: Mapping[str, Any]) -> tuple[Author, ThemeRef, Mapping[str, Any]]:
        """Return who submitted a form, and the theme as they saw it."""
        ref = ThemeRef.unpack(body["view"]["private_metadata"])
        return await self._expert(actor_of(body)), ref, body["view"]

    async def _open(self, press: Press, view: View) -> None:
        await self._parts.modals.open_form(press.trigger, press.actor, view, on_top=press.surface is Surface.MODAL)


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


def register(router: Router, presses: ThemePresses) -> None:
    """Take the forms' submissions."""
    on_form(router, ThemeForm.HOLD.value, ThemeField.FACT.value, presses.held)
    on_form(router, ThemeForm.REFUSE.value, ThemeField.REASON.value, presses.refused)
    on_form(router, ThemeForm.NAME.value, ThemeField.NAME.value, presses.renamed)
    on_form(router, ThemeForm.SORT.value, ThemeField.QUESTIONS.value, presses.sorted)


def _done(title: str, note: str, theme: StoredTheme | None = None) -> View:
    """Return what takes the place of a form that was saved; with a theme, a button that takes it back."""
    undo = (Choice(Action.THEME_REOPEN, "Take it back", theme.ref.pack()),) if theme else ()
    return modal(Reply(Outcome.NOTICE, "", note=note, choices=undo), Frame(title=title))
