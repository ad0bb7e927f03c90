"""The card of a proposal in MAINTAINERS_CHANNEL, and the direct messages to who proposes, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.outbox.delivery import OutboxMessage
from bot.proposals.card_text import card_text
from bot.proposals.proposal import Proposal, ProposalState
from bot.text import escape, escape_lines, link

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    edited = " Its words were edited since." if proposal.editors else ""
    where = f" {link('Open it', proposal.link)}." if proposal.link.startswith("https://") else ""
    sentences = {
        ProposalState.WAITING: f"**Waiting** for somebody else’s approval.{edited}",
        ProposalState.APPROVED: f"**Approved** by {who}. It is written next.",
        ProposalState.APPLYING: f"**Approved** by {who}. It is being written.",
        ProposalState.APPLIED: f"**Approved** by {who}. Not published yet. {note}{where}",
        ProposalState.PUBLISHED: f"**Published**, approved by {who}.{where}",
        ProposalState.DECLINED: f"**Declined** by {who}: {note}",
        ProposalState.FAILED: f"**Approved** by {who}, but **not written**: {note}",
        ProposalState.WITHDRAWN: "**Withdrawn** by who proposed it.",
    }
    if proposal.state is ProposalState.WAITING and proposal.is_stale:
        return f"**The fact has changed** since this was proposed. Look again before you decide. {note}".rstrip()
    extra = f" {note}" if proposal.state is ProposalState.APPROVED and proposal.note not in {"", ALONE} else ""
    alone = f" {ALONE}" if proposal.approver in proposal.contributors else ""
    return f"{sentences[proposal.state]}{extra}{alone}"


def to_author(proposal: Proposal) -> OutboxMessage:
    """Return the direct message to who proposed it, about the state that it has reached."""
    about, note = escape(proposal.after.statement or proposal.fact_id), proposal.note
    reason = escape_lines(note)
    words = {
        ProposalState.APPROVED: "Your proposal was approved. You hear again when it is published",
        ProposalState.DECLINED: f"Your proposal was declined: {reason}",
        ProposalState.FAILED: f"Your proposal was approved, but could not be written yet: {reason}",
        ProposalState.PUBLISHED: "Your proposal is published",
        ProposalState.WITHDRAWN: "Your proposal is withdrawn",
    }[proposal.state]
    is_shown = proposal.state is ProposalState.PUBLISHED and proposal.after.is_current
    buttons = (Button(Action.FACT, "Show the fact", proposal.fact_id),) if is_shown else ()
    return OutboxMessage(f"{words}.\n\nIt was: “{about}”", buttons)


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
