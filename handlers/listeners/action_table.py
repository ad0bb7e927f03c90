"""What each Action does: one table for messages, modals and App Home."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.actions import Action
from bot.answers.citation import copied, sources
from bot.answers.search import more_related
from bot.errors import BriefingBotError
from bot.messages import Subject
from handlers.listeners.actions import ActionHandler, Surface
from handlers.listeners.shortcuts import find_view
from handlers.rendering.modals import Frame, citation_view, modal
from handlers.slack.gate import Need

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.answers.service import Bot
    from bot.gaps.awaiting import Awaiting
    from bot.gaps.recorder import GapRecorder
    from bot.gaps.services import GapServices
    from bot.messages import Reply
    from bot.subscriptions.form.form import ScheduleForm
    from bot.subscriptions.permissions import Actor
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.actions import Press
    from handlers.listeners.feedback import Feedback
    from handlers.listeners.maintainers.card_buttons import Decisions
    from handlers.listeners.maintainers.proposing import SuggestionForms
    from handlers.listeners.posting import Posting
    from handlers.rendering.modals import Modals


def action_table(  # noqa: PLR0913, PLR0917 — the services that actions call
    bot: Bot,
    subscriptions: SubscriptionService,
    posting: Posting,
    modals: Modals,
    feedback: Feedback,
    gaps: GapServices,
) -> Mapping[str, ActionHandler]:
    """Return the handler of each Action but those of `proposal_actions` and `theme_actions`."""

    async def cite(press: Press) -> None:
        view = citation_view(copied(await bot.snapshot(), press.value))
        await modals.open_form(press.trigger, press.actor, view, on_top=press.surface is Surface.MODAL)

    async def show_sources(press: Press) -> None:
        view = modal(sources((await bot.snapshot()).content, press.value), Frame(title="Sources"))
        await modals.open_form(press.trigger, press.actor, view, on_top=press.surface is Surface.MODAL)

    async def find(press: Press) -> None:
        await modals.open_form(press.trigger, press.actor, find_view())

    in_message = frozenset({Surface.MESSAGE})
    return {
        **{action: ActionHandler(run, Need.READ) for action, run in _look_ups(bot, gaps.recorder).items()},
        **_awaiting(gaps.awaiting),
        **_settings(subscriptions),
        Action.POST: ActionHandler(posting.post, Need.ACT, in_message),
        Action.COPY: ActionHandler(posting.copy, Need.ACT, in_message),
        Action.REMOVE: ActionHandler(posting.remove, Need.ACT, in_message),
        Action.CITE: ActionHandler(cite, Need.READ),
        Action.FIND: ActionHandler(find, Need.READ, frozenset({Surface.HOME})),
        Action.SOURCES: ActionHandler(show_sources, Need.READ),
        Action.SOURCE: ActionHandler(_nothing, Need.READ),
        Action.RIGHT: ActionHandler(feedback.vote, Need.ACT, in_message),
        Action.REASON: ActionHandler(feedback.ask_why, Need.ACT, in_message),
        Action.REPORT: ActionHandler(feedback.report, Need.ACT),
        Action.ASK: ActionHandler(feedback.ask, Need.ACT),
        Action.DEALT: ActionHandler(feedback.deal, Need.SEE, in_message),
    }


def _look_ups(bot: Bot, recorder: GapRecorder) -> Mapping[Action, Callable[[Press], Awaitable[Reply]]]:
    """Return the actions that answer from the facts, the same for every actor."""

    async def details(press: Press) -> Reply:
        return await bot.show(replace(Subject.unpack(press.value), is_long=True), team=press.actor.place.team)

    async def fact(press: Press) -> Reply:
        if press.value not in (await bot.snapshot()).content.facts:
            raise BriefingBotError("We no longer hold that fact.", "Ask again: /fact and a few words.")
        return await bot.fact(press.value, team=press.actor.place.team)

    async def more(press: Press) -> Reply:
        return more_related(await bot.snapshot(), press.value)

    async def look_up(press: Press) -> Reply:
        reply = await bot.fact(press.value, team=press.actor.place.team)
        recorder.looked_up(press.actor.place.team, press.actor.user, press.value, reply.outcome)
        return reply

    return {
        Action.BRIEFING: lambda press: bot.briefing(press.value),
        Action.FACT: fact,
        Action.LOOKUP: look_up,
        Action.VERBATIM: lambda press: bot.fact(press.value, team=press.actor.place.team, corrects=False),
        Action.MORE: more,
        Action.DETAILS: details,
    }


def _awaiting(awaiting: Awaiting) -> Mapping[str, ActionHandler]:
    """Return what begins and ends a wait for an answer."""

    async def wait(press: Press) -> Reply:
        return await awaiting.wait(press.actor.place.team, press.actor.user, press.value)

    async def forget(press: Press) -> Reply:
        return await awaiting.forget(press.actor.place.team, press.actor.user, press.value)

    return {
        Action.AWAIT: ActionHandler(wait, Need.ACT, changes_home=True),
        Action.UNAWAIT: ActionHandler(forget, Need.ACT, changes_home=True),
    }


def _settings(subscriptions: SubscriptionService) -> Mapping[str, ActionHandler]:
    """Return what shows and changes what a channel or a person gets."""
    schedules, channel_schedules = subscriptions.schedules, subscriptions.channel_schedules

    def of_channel(
        run: Callable[[Actor, str], Awaitable[Reply | ScheduleForm]], need: Need = Need.CHANGE
    ) -> ActionHandler:
        return ActionHandler(lambda press: run(press.actor, press.value), need, changes_home=True)

    in_channel = frozenset({Surface.MESSAGE, Surface.MODAL})
    return {
        Action.CHANNEL: of_channel(lambda actor, _: subscriptions.subscriptions(actor), Need.SEE),
        Action.CAUSE: of_channel(subscriptions.why, Need.SEE),
        Action.SCHEDULES: of_channel(subscriptions.subscriptions, Need.SEE),
        Action.SUBSCRIBE: of_channel(subscriptions.change),
        Action.UNSUBSCRIBE: of_channel(subscriptions.unsubscribe),
        Action.UNDO: of_channel(subscriptions.undo),
        Action.MUTE: of_channel(lambda actor, _: subscriptions.mute(actor)),
        Action.UNMUTE: of_channel(lambda actor, _: subscriptions.unmute(actor)),
        Action.SET_UP: replace(of_channel(subscriptions.form), surfaces=in_channel),
        Action.EDIT: replace(of_channel(subscriptions.edit), surfaces=in_channel),
        Action.POST_NOW: of_channel(schedules.post_now),
        Action.PAUSE: of_channel(schedules.pause),
        Action.RESUME: of_channel(schedules.resume),
        Action.END: of_channel(schedules.remove),
        Action.KEEP: of_channel(lambda actor, _: channel_schedules.keep(actor), Need.SEE),
        Action.WEEKLY: of_channel(lambda actor, _: channel_schedules.make_weekly(actor)),
        Action.STOP: of_channel(channel_schedules.stop),
        Action.WATCH: of_channel(subscriptions.watch, Need.ACT),
        Action.UNWATCH: of_channel(subscriptions.unwatch, Need.ACT),
    }


def proposal_actions(forms: SuggestionForms, decisions: Decisions) -> Mapping[str, ActionHandler]:
    """Return what suggests facts, and what stands on the card of a proposal: `decisions` asks who may decide."""
    on_card = {
        Action.APPROVE: decisions.approve,
        Action.LOOK_AGAIN: decisions.look_again,
        Action.AMEND: decisions.amend,
        Action.DECLINE: decisions.decline,
        Action.APPLY_AGAIN: decisions.apply_again,
    }
    return {
        **{action: ActionHandler(run, Need.ACT, frozenset({Surface.MESSAGE})) for action, run in on_card.items()},
        Action.SUGGEST: ActionHandler(forms.suggest, Need.SUGGEST),
        Action.WITHDRAW: ActionHandler(decisions.withdraw, Need.ACT, frozenset({Surface.MODAL})),
    }


async def _nothing(_press: Press) -> None:
    """Do nothing: the press has opened a source, of which Slack only informs us."""
