"""The card of a proposal in MAINTAINERS_CHANNEL, and the direct messages to who proposes, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.outbox.delivery import OutboxMessage
from bot.proposals.card_text import card_text
from bot.proposals.proposal import Proposal, ProposalState
from bot.publishing.applying.protocol import NOT_PUBLISHED
from bot.recurrence.phrase import joined
from bot.text import escape, escape_lines, link

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSES: Final = "closes"
"""Marks the button that closes what is applied, beside those that decline."""
LONGEST_CARD: Final = 3800
"""Characters: chat.update takes 4,000 (Slack: "chat.update method", `text`)."""
ALONE: Final = "Nobody else in the channel could approve it."
"""What is said of who approves what they wrote."""


def card(proposal: Proposal) -> OutboxMessage:
    """Return the card as it stands now: what is proposed, by whom and why, and what can be done about it."""
    ending = f"\n\n{standing(proposal)}"
    return OutboxMessage(card_text(proposal, LONGEST_CARD - len(ending)) + ending, tuple(_buttons(proposal)))


def whole(proposal: Proposal) -> str:
    """Return all of a card as Markdown, however long."""
    return f"{card_text(proposal)}\n\n{standing(proposal)}"


def standing(proposal: Proposal) -> str:
    """Return where a proposal stands, as a sentence of Markdown."""
    who, note = escape(proposal.approver_name), escape(proposal.note.partition("\n")[0])
    names = [escape(each.name or each.user) for each in proposal.editors]
    edited = f" Edited by {joined(names)}." if names else ""
    where = f" {link('Open it', proposal.link)}." if proposal.link.startswith("https://") else ""
    sentences = {
        ProposalState.WAITING: "**Waiting** for somebody else’s approval.",
        ProposalState.APPROVED: f"**Approved** by {who}. It is written next.",
        ProposalState.APPLYING: f"**Approved** by {who}. It is being written.",
        ProposalState.APPLIED: f"**Approved** by {who}. Not published yet. {note}{where}",
        ProposalState.PUBLISHED: f"**Published**, approved by {who}.{where}",
        ProposalState.DECLINED: f"**Declined** by {who}: {note}",
        ProposalState.FAILED: f"**Approved** by {who}, but **not written**: {note}",
        ProposalState.WITHDRAWN: "**Withdrawn** by who proposed it.",
        ProposalState.SUPERSEDED: f"**Published in other words**, approved by {who}. {note}{where}",
        ProposalState.CLOSED: f"**Not published**, closed by {who}: {note}",
    }
    if proposal.state is ProposalState.WAITING and proposal.is_stale:
        return (
            f"**The fact has changed** since this was proposed. Look again before you decide. {note}".rstrip() + edited
        )
    extra = f" {note}" if proposal.state is ProposalState.APPROVED and proposal.note not in {"", ALONE} else ""
    alone = f" {ALONE}" if proposal.approver in proposal.contributors else ""
    return f"{sentences[proposal.state]}{edited}{extra}{alone}"


def to_author(proposal: Proposal, *, is_editor: bool) -> OutboxMessage:
    """Return the direct message to who proposed it, or to who edited it, about the state that it has reached."""
    about, reason = escape(proposal.after.statement or proposal.fact_id), escape_lines(proposal.note)
    yours = f"The proposal by {escape(proposal.author.name)} that you edited" if is_editor else "Your proposal"
    words = {
        ProposalState.APPROVED: f"{yours} was approved. You hear again when it is published",
        ProposalState.DECLINED: f"{yours} was declined: {reason}",
        ProposalState.FAILED: f"{yours} was approved, but could not be written yet: {reason}",
        ProposalState.PUBLISHED: f"{yours} is published",
        ProposalState.SUPERSEDED: f"{yours} was approved, and published in other words. {reason}",
        ProposalState.CLOSED: f"{yours} was approved, but will not be published: {reason}",
    }[proposal.state]
    is_shown = proposal.state in {ProposalState.PUBLISHED, ProposalState.SUPERSEDED} and proposal.after.is_current
    buttons = (Button(Action.FACT, "Show the fact", proposal.fact_id),) if is_shown else ()
    ending = "" if words.endswith((".", "!", "?")) else "."
    return OutboxMessage(f"{words}{ending}\n\nIt was: “{about}”", buttons)


def to_approver(proposal: Proposal) -> OutboxMessage | None:
    """Return the direct message to who approved it: that it could not be written, or what is left to do."""
    about = escape(proposal.fact_id)
    where = proposal.note.partition("\n")[0]
    if proposal.state is ProposalState.APPROVED and proposal.attempts == 1:
        return OutboxMessage(f"What you approved for **{about}** is not written yet. {escape(where)}")
    if proposal.state is ProposalState.FAILED:
        return OutboxMessage(
            f"What you approved for **{about}** could not be written. {escape(where)}\n\nIts card has Try again."
        )
    if proposal.state is not ProposalState.APPLIED:
        return None
    if proposal.patch:
        lines = escape_lines(proposal.patch)
        return OutboxMessage(
            f"What you approved for **{about}** has to be written by hand. {escape(where)}\n\n{lines}\n\n"
            f"For git apply: **briefing-bot proposals show {proposal.id[:8]} --patch**"
        )
    if where.startswith(NOT_PUBLISHED):
        return OutboxMessage(f"What you approved for **{about}** is held. {escape(where)}")
    return OutboxMessage(f"{escape(where)} {link('Open it', proposal.link)}") if proposal.link else None


def _buttons(proposal: Proposal) -> Iterator[Button]:
    value = f"{proposal.id} {proposal.version}"
    if proposal.state is ProposalState.WAITING:
        is_stale = proposal.is_stale
        yield Button(Action.LOOK_AGAIN, "Look again", value) if is_stale else Button(Action.APPROVE, "Approve", value)
        yield Button(Action.AMEND, "Edit", value)
        yield Button(Action.DECLINE, "Decline", value)
    if proposal.state is ProposalState.FAILED:
        yield Button(Action.APPLY_AGAIN, "Try again", value)
        yield Button(Action.DECLINE, "Decline", value)
    if proposal.state is ProposalState.APPLIED:
        yield Button(
            Action.DECLINE, "It was not merged" if proposal.link else "Will not be published", f"{value} {CLOSES}"
        )
