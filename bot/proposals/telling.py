"""Deliveries of a proposal: its card, each edit of it, and the direct messages to who proposed it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.audit.audit import CLI, FORMER
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, Priority
from bot.outbox.enqueuing import enqueue_new, id_of
from bot.proposals.card import card, to_approver, to_author
from bot.proposals.proposal import OPEN, read_proposal
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.outbox.delivery import Attempt, OutboxMessage
    from bot.proposals.proposal import Proposal


async def post_card(connection: AsyncConnection, proposal: Proposal, channel: str, now: datetime) -> None:
    """Post a proposal's card, where there is a channel for it."""
    if channel:
        await enqueue_new(connection, _delivery(proposal, channel, card(proposal), proposal.id), now)


async def edit_card(connection: AsyncConnection, proposal: Proposal, channel: str, now: datetime) -> None:
    """Show on a proposal's card where it stands; on one that is not posted yet, once it is (CardListener)."""
    # Locked, so that the card is either posted before this, or its listener sees what this transaction writes.
    posted = select(deliveries.c.ts).where(deliveries.c.id == proposal.id).with_for_update()
    ts = await connection.scalar(posted)
    if channel and ts:
        message = replace(card(proposal), edits=ts)
        delivery = _delivery(proposal, channel, message, _id("card", proposal), DeliveryKind.EDIT)
        await enqueue_new(connection, delivery, now)


async def tell_authors(connection: AsyncConnection, proposal: Proposal, now: datetime) -> None:
    """Write to who proposed it, and at its end to who edited it; who did so on the command line reads it there."""
    editors = () if proposal.state in OPEN else proposal.editors
    for each in (proposal.author, *(each for each in editors if each.user != proposal.author.user)):
        is_editor = each is not proposal.author
        if not _is_member(each.user) or (is_editor and each.user == proposal.approver):
            continue
        told, what = to_author(proposal, is_editor=is_editor), f"editor {each.user}" if is_editor else "author"
        delivery = _delivery(proposal, each.user, told, _id(what, proposal), DeliveryKind.REPLY)
        await enqueue_new(connection, delivery, now)


async def tell_approver(connection: AsyncConnection, proposal: Proposal, now: datetime) -> None:
    """Write to who approved it what came of that, where there is something to do."""
    told = to_approver(proposal)
    if told and _is_member(proposal.approver):
        delivery = _delivery(proposal, proposal.approver, told, _id("approver", proposal), DeliveryKind.REPLY)
        await enqueue_new(connection, delivery, now)


class CardListener:
    """Brings a card up to date that was posted after its proposal had moved on (DeliveryListener)."""

    def __init__(self, maintainers: Maintainers, clock: Clock) -> None:
        """Look after the cards in the channel of `maintainers`."""
        self._maintainers = maintainers
        self._clock = clock

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Edit the card if it no longer shows where its proposal stands."""
        if attempt.kind is not DeliveryKind.NOTE or not self._maintainers.read(attempt.team, attempt.channel):
            return
        if attempt.state is not DeliveryState.SENT:
            return
        proposal = await read_proposal(connection, attempt.id)
        if proposal and card(proposal).markdown != attempt.message.markdown:
            message = replace(card(proposal), edits=attempt.ts)
            delivery = _delivery(proposal, attempt.channel, message, _id("late", proposal), DeliveryKind.EDIT)
            await enqueue_new(connection, delivery, self._clock.now())


def _delivery(
    proposal: Proposal,
    channel: str,
    message: OutboxMessage,
    delivery_id: str,
    kind: DeliveryKind = DeliveryKind.NOTE,
) -> Delivery:
    return Delivery(proposal.author.team, channel, kind, message, Priority.REQUESTED, id=delivery_id)


def _is_member(user: str) -> bool:
    """Whether somebody can be written to: not who ran a command, nor who was forgotten."""
    return bool(user) and not user.startswith((CLI, FORMER))


def _id(what: str, proposal: Proposal) -> str:
    """Return an id that a delivery has once for each state that a proposal reaches."""
    return id_of(what, proposal.id, proposal.state, proposal.version, proposal.attempts, proposal.changed_at)
