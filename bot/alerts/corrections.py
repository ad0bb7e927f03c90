"""Corrections: edit the posts that show a corrected fact, and write to those who watch it.

Updates and silent changes edit nothing, and no post is edited that is older than `posts.TRACKED_FOR`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from bot.alerts import posts, subscriptions, watches
from bot.alerts.alerts import Alert, alert_deliveries
from bot.alerts.causes import ALERT, causes_of, why_button
from bot.alerts.posts import PublicPost
from bot.alerts.watch_messages import NOTIFIED, watch_messages
from bot.changes.messages import ChangeMessages
from bot.content.checks.reviews import review_day
from bot.messages import ChannelRef, Outcome
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage, Priority
from bot.outbox.enqueuing import CLOSED, enqueue
from bot.store.revisions import hold_off_publishing, newest_number, read_changes, read_revision
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Fact
    from bot.outbox.delivery import Attempt
    from bot.store.revision import Change, Revision

_RECORDED: Final = frozenset({DeliveryKind.SCHEDULED, DeliveryKind.ALERT, DeliveryKind.CORRECTION, DeliveryKind.NOTE})
_log = structlog.stdlib.get_logger(__name__)
_GONE: Final = "_Withdrawn: see above._"
_PARAGRAPH = "\n\n"
_CHANGE_MOVED: Final = "- _{}: see above._"
"""Replaces the report of a change that has been corrected since."""


class Corrections:
    """Plans edits within the publishing transaction (RevisionListener), and records posts (DeliveryListener)."""

    def __init__(self, clock: Clock) -> None:
        """`clock` dates posts and watches."""
        self._clock = clock

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Enqueue edits of the posts that show corrected facts, a thread note to the newest, and watchers’ messages."""
        now = self._clock.now()
        corrected = {change.fact_id: change for change in changes if change.kind.is_correction}
        tracked = await posts.showing(connection, corrected, now - posts.TRACKED_FOR)
        notified = [change for change in changes if change.kind in NOTIFIED]
        watching = await watches.take(connection, [change.fact_id for change in notified], now)
        if tracked or watching:
            messages = ChangeMessages(revision, review_day(now))
            await self._enqueue_edits(connection, messages, revision, tracked, corrected.values())
            await enqueue(connection, watch_messages(messages, revision.number, watching, notified), now)

    async def posted(self, connection: AsyncConnection, post: PublicPost, revision: int) -> None:
        """Record a post, and edit it where a newer revision than its own has corrected what it shows."""
        await hold_off_publishing(connection)
        await posts.record(connection, post)
        read, later = await _corrected_since(connection, post.fact_digests, revision)
        if read is not None:
            messages = ChangeMessages(read, review_day(self._clock.now()))
            await self._enqueue_edits(connection, messages, read, (post,), later)

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Record a delivery that was sent or failed. Never raises an Exception."""
        try:
            if (record := self._recording(attempt)) is not None:
                async with connection.begin_nested():
                    await record(connection)
        except Exception as error:  # noqa: BLE001 — a post that is not recorded as sent would be posted again
            _log.error("post.not_recorded", delivery=attempt.id, exc_info=error)

    def _recording(self, attempt: Attempt) -> Callable[[AsyncConnection], Awaitable[None]] | None:
        """Return what records a delivery; None where there is nothing to record."""
        place, message = ChannelRef(attempt.team, attempt.channel), attempt.message
        if attempt.state is DeliveryState.SENT:
            is_requested = attempt.kind is DeliveryKind.POST or (
                attempt.kind is DeliveryKind.REPLY and attempt.revision
            )
            if (is_requested and not message.follows) or (attempt.kind in _RECORDED and message.fact_digests):
                post = _as_post(attempt, place, self._clock)
                return partial(self.posted, post=post, revision=attempt.revision or 0)
            if attempt.kind is DeliveryKind.EDIT:
                return partial(posts.found_again, place=place, ts=message.edits)
            return partial(self._continued, attempt=attempt, place=place) if message.follows else None
        if attempt.kind is DeliveryKind.EDIT:  # a closed channel's stands: it is edited once that takes changes again
            return None if attempt.error in CLOSED else partial(posts.gone, place=place, ts=message.edits)
        if attempt.kind is DeliveryKind.NOTE and message.thread:
            return partial(self._post_fallback_alert, attempt=attempt, place=place)
        return partial(self._alert_in_its_place, attempt=attempt, place=place) if message.fact_digests else None

    async def _continued(self, connection: AsyncConnection, attempt: Attempt, place: ChannelRef) -> None:
        """Record a post's later message, and edit it again where the post was corrected before it was sent."""
        message = attempt.message
        post = await posts.continued(connection, place, message.follows, message.part, attempt.ts)
        if post and post.banners:
            await enqueue(connection, [_edit(post, attempt.revision or 0)], self._clock.now())

    async def _enqueue_edits(
        self,
        connection: AsyncConnection,
        messages: ChangeMessages,
        revision: Revision,
        tracked: Sequence[PublicPost],
        corrected: Iterable[Change],
    ) -> None:
        """Enqueue an edit of each post (oldest first) that shows an old wording, and one thread note per channel."""
        corrected = tuple(corrected)
        wanted: list[Delivery] = []
        newest: dict[ChannelRef, tuple[PublicPost, list[Change]]] = {}
        for post in tracked:
            stale = [change for change in corrected if _is_stale(post, change)]
            if stale:
                as_shown = [await _as_shown(connection, post, change) for change in stale]
                after = _corrected(post, as_shown, messages)
                await posts.edited(connection, after)
                wanted.append(_edit(after, revision.number))
                newest[post.place] = (after, as_shown)
        wanted += [_note(post, stale, messages, revision.number) for post, stale in newest.values()]
        await enqueue(connection, wanted, self._clock.now())

    async def _post_fallback_alert(self, connection: AsyncConnection, attempt: Attempt, place: ChannelRef) -> None:
        """Alert the channel to a correction whose thread is gone, where it has alerts."""
        if not any(each.paused_at is None for each in await subscriptions.for_channel(connection, place)):
            return
        markdown, facts = attempt.message.markdown, attempt.message.answers
        read, changes = await _corrected_since(connection, facts, (attempt.revision or 1) - 1)
        if read is not None:
            markdown = ChangeMessages(read).correction(changes)
        message = OutboxMessage(markdown, buttons=(why_button(ALERT),), since=attempt.revision or 0)
        alert = Delivery(
            place.team, place.channel, DeliveryKind.CORRECTION, message, Priority.CORRECTION, revision=attempt.revision
        )
        await enqueue(connection, [alert], self._clock.now())

    async def _alert_in_its_place(self, connection: AsyncConnection, attempt: Attempt, place: ChannelRef) -> None:
        """Alert a channel to corrections that a post was to carry, and was not posted; where it has such alerts."""
        read, later = await _corrected_since(connection, attempt.message.fact_digests, attempt.revision or 0)
        wanted = [each for each in await subscriptions.for_channel(connection, place) if each.paused_at is None]
        changes = tuple(change for change in later if any(each.covers(change) for each in wanted))
        if read is not None and changes:
            now, messages = self._clock.now(), ChangeMessages(read).alert(changes, read.note or "")
            causes = causes_of(wanted, changes)
            alert = Alert(place, changes, messages, since=read.number, due_at=now, causes=causes)
            await enqueue(connection, alert_deliveries(alert, read.number), now)


async def _corrected_since(
    connection: AsyncConnection, facts: Container[str], revision: int
) -> tuple[Revision | None, list[Change]]:
    """Return the newest corrections of these facts after a revision, and the newest revision if there are any."""
    newest = await newest_number(connection)
    later = [
        recorded.change
        for number in range(newest, revision, -1)
        for recorded in await read_changes(connection, revision=number)
        if recorded.change.kind.is_correction and recorded.change.fact_id in facts
    ]
    newest_of = {change.fact_id: change for change in reversed(later)}
    return await read_revision(connection, newest) if later else None, list(newest_of.values())


def _corrected(post: PublicPost, stale: Sequence[Change], messages: ChangeMessages) -> PublicPost:
    """Return a post with a banner on its stale facts, and their wording replaced in its text."""
    facts = {change.fact_id: change.fact for change in stale}
    banners = (messages.correction(stale), *post.banners)
    if post.answers and messages.has_fact(post.answers[0]):
        markdown = messages.answer(post.answers, banners)
        if post.kind == Outcome.CLOSEST:  # the line above a fact that is only the closest one held stays
            markdown = f"{post.markdown.partition(_PARAGRAPH)[0]}{_PARAGRAPH}{markdown}"
    else:
        markdown = post.markdown
        for change in stale:
            if report := post.rendered_changes.get(change.fact_id):
                markdown = markdown.replace(report, _CHANGE_MOVED.format(change.kind.value.capitalize()))
            markdown = markdown.replace(_line(change.before or change.fact), _line_now(change, messages))
    return replace(
        post,
        markdown=markdown,
        banners=banners,
        fact_digests={**post.fact_digests, **posts.fact_digests(facts.values())},
        rendered_changes={fact_id: report for fact_id, report in post.rendered_changes.items() if fact_id not in facts},
    )


def _is_stale(post: PublicPost, change: Change) -> bool:
    return change.fact_id in post.fact_digests and post.fact_digests[change.fact_id] != posts.digest(change.fact)


def _line(fact: Fact) -> str:
    """Return a fact as briefings show it."""
    return escape(fact.short or fact.statement)


def _line_now(change: Change, messages: ChangeMessages) -> str:
    """Return the line that replaces a fact's after a correction."""
    replacement = messages.replacement(change.fact)
    if replacement is not None:
        return _line(replacement)
    return _line(change.fact) if change.fact.is_current and change.after is not None else _GONE


async def _as_shown(connection: AsyncConnection, post: PublicPost, change: Change) -> Change:
    """Return a change whose `before` is the wording that this post shows, which may be older than the last."""
    digest = post.fact_digests[change.fact_id]
    if change.before is None or posts.digest(change.before) != digest:
        for recorded in await read_changes(connection, fact_id=change.fact_id):
            for fact in (recorded.change.after, recorded.change.before):
                if fact is not None and posts.digest(fact) == digest:
                    return replace(change, before=fact)
    return change


def _edit(post: PublicPost, revision: int) -> Delivery:
    signed = f"{post.markdown}\n\n_{escape(post.posted_by)}_" if post.posted_by else post.markdown
    markdown = "\n\n".join((*post.banners, "---", signed))
    message = OutboxMessage(
        markdown, buttons=post.buttons, edits=post.ts, parts=post.parts, fact_digests=post.fact_digests
    )
    return Delivery(
        post.place.team, post.place.channel, DeliveryKind.EDIT, message, Priority.CORRECTION, revision=revision
    )


def _note(post: PublicPost, stale: Sequence[Change], messages: ChangeMessages, revision: int) -> Delivery:
    """Return the line in a post's thread; `answers` are the facts, for the alert that takes its place."""
    facts = tuple(change.fact_id for change in stale)
    message = OutboxMessage(messages.correction_note(stale), thread=post.thread or post.ts, answers=facts)
    return Delivery(
        post.place.team, post.place.channel, DeliveryKind.NOTE, message, Priority.CORRECTION, revision=revision
    )


def _as_post(attempt: Attempt, place: ChannelRef, clock: Clock) -> PublicPost:
    message = attempt.message
    return PublicPost(
        place,
        attempt.ts,
        Outcome.CLOSEST.value if message.is_closest else attempt.kind.value,
        message.markdown,
        message.fact_digests,
        clock.now(),
        thread=attempt.thread,
        buttons=message.buttons,
        rendered_changes=message.rendered_changes,
        answers=message.answers,
        posted_by=message.footer,
    )
