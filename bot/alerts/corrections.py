"""Corrections follow the copies: where a corrected fact was shown, it is put right; who asked to be told is told.

Updates and silent changes chase nothing. Nor does anything chase a post older than `posts.CHASED`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.alerts import posts, subscriptions, watches
from bot.alerts.alerts import WHY
from bot.alerts.posts import PublicPost
from bot.changes.messages import ChangeMessages
from bot.messages import Action, Button, ChannelRef, Outcome
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage, Priority
from bot.outbox.outbox import enqueue
from bot.store.revision import ChangeKind
from bot.store.revisions import hold_off_publishing, newest_number, read_changes, read_revision
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Fact
    from bot.outbox.delivery import Attempt
    from bot.store.revision import Change, Revision

_RECORDED: Final = frozenset({DeliveryKind.SCHEDULED, DeliveryKind.ALERT, DeliveryKind.CORRECTION, DeliveryKind.NOTE})
_TOLD: Final = frozenset({ChangeKind.CORRECTED, ChangeKind.WITHDRAWN, ChangeKind.SUPERSEDED, ChangeKind.UPDATED})
_log = structlog.stdlib.get_logger(__name__)
_GONE: Final = "_Withdrawn: see above._"
_PARAGRAPH = "\n\n"
_TOLD_ANEW: Final = "- _{}: see above._"
"""Stands where a change was told whose words no longer hold."""


class Corrections:
    """Plans what follows the copies, within the transaction that publishes; and remembers the posts that stand."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that says how old a post is."""
        self._clock = clock

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Enqueue the edits of posts that showed what is put right now, a note beside the newest, and watchers’ DMs."""
        now = self._clock.now()
        right = {change.fact_id: change for change in changes if change.kind.is_correction}
        standing = await posts.copies(connection, right, now - posts.CHASED)
        told = [change for change in changes if change.kind in _TOLD]
        watching = await watches.take(connection, [change.fact_id for change in told], now)
        if standing or watching:
            notices = ChangeMessages(revision)
            await self._follow(connection, notices, revision, standing, right.values())
            await enqueue(connection, _words_to_watchers(notices, revision.number, watching, told), now)

    async def posted(self, connection: AsyncConnection, post: PublicPost, revision: int) -> None:
        """Remember a post that was made from a revision, and put right what a newer one has corrected meanwhile."""
        await hold_off_publishing(connection)
        await posts.record(connection, post)
        newest = await newest_number(connection)
        later = [
            recorded.change
            for number in range(newest, revision, -1)
            for recorded in await read_changes(connection, revision=number)
            if recorded.change.kind.is_correction and recorded.change.fact_id in post.fact_digests
        ]
        read = await read_revision(connection, newest) if later else None
        if read is not None:
            now_held = {change.fact_id: change for change in reversed(later)}
            await self._follow(connection, ChangeMessages(read), read, (post,), now_held.values())

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note of a delivery that was posted or died (bot.ledger.ledger.Witness). Never raises an Exception."""
        try:
            async with connection.begin_nested():
                await self._take_note(connection, attempt)
        except Exception as error:  # noqa: BLE001 — a post that is not recorded as sent would be posted again
            _log.error("corrections will not follow a post", delivery=attempt.id, exc_info=error)

    async def _take_note(self, connection: AsyncConnection, attempt: Attempt) -> None:
        place = ChannelRef(attempt.team, attempt.channel)
        if attempt.state is DeliveryState.SENT:
            is_requested = attempt.kind is DeliveryKind.POST and not attempt.message.follows
            if is_requested or (attempt.kind in _RECORDED and attempt.message.fact_digests):
                await self.posted(connection, _as_post(attempt, place, self._clock), attempt.revision or 0)
            elif attempt.kind is DeliveryKind.EDIT:
                await posts.found_again(connection, place, attempt.message.edits)
            elif attempt.message.follows:
                await self._continued(connection, attempt, place)
        elif attempt.kind is DeliveryKind.EDIT:
            await posts.gone(connection, place, attempt.message.edits)
        elif attempt.kind is DeliveryKind.NOTE and attempt.message.thread:
            await self._post_fallback_alert(connection, attempt, place)

    async def _continued(self, connection: AsyncConnection, attempt: Attempt, place: ChannelRef) -> None:
        """Remember a post's later message; it reads as the post did first, and may have been overtaken on its way."""
        message = attempt.message
        post = await posts.continued(connection, place, message.follows, message.part, attempt.ts)
        if post and post.banners:
            await enqueue(connection, [_edit(post, attempt.revision or 0)], self._clock.now())

    async def _follow(
        self,
        connection: AsyncConnection,
        notices: ChangeMessages,
        revision: Revision,
        standing: Sequence[PublicPost],
        right: Iterable[Change],
    ) -> None:
        """Enqueue an edit of each post (oldest first) that shows another wording, and one note a channel."""
        right = tuple(right)
        wanted: list[Delivery] = []
        newest: dict[ChannelRef, tuple[PublicPost, list[Change]]] = {}
        for post in standing:
            stale = [change for change in right if _shows_otherwise(post, change)]
            if stale:
                as_shown = [await _as_shown(connection, post, change) for change in stale]
                after = _put_right(post, as_shown, notices)
                await posts.edited(connection, after)
                wanted.append(_edit(after, revision.number))
                newest[post.place] = (after, as_shown)
        wanted += [_note(post, notices.correction(stale), revision.number) for post, stale in newest.values()]
        await enqueue(connection, wanted, self._clock.now())

    async def _post_fallback_alert(self, connection: AsyncConnection, attempt: Attempt, place: ChannelRef) -> None:
        """Post a correction whose thread is gone as an alert, where alerts are wanted: no copy is left to carry it."""
        if not any(each.paused_at is None for each in await subscriptions.for_channel(connection, place)):
            return
        message = OutboxMessage(attempt.message.markdown, buttons=(WHY,), since=attempt.revision or 0)
        alert = Delivery(
            place.team, place.channel, DeliveryKind.CORRECTION, message, Priority.CORRECTION, revision=attempt.revision
        )
        await enqueue(connection, [alert], self._clock.now())


def _put_right(post: PublicPost, stale: Sequence[Change], notices: ChangeMessages) -> PublicPost:
    """Return how a post reads now: what was wrong in it is told above, and replaced where it stands."""
    facts = {change.fact_id: change.fact for change in stale}
    if post.answers and notices.holds(post.answers[0]):
        markdown = notices.answer(post.answers)
        if post.kind == Outcome.CLOSEST:  # the line above a fact that is only the closest one held stays
            markdown = f"{post.markdown.partition(_PARAGRAPH)[0]}{_PARAGRAPH}{markdown}"
    else:
        markdown = post.markdown
        for change in stale:
            if told := post.rendered_changes.get(change.fact_id):
                markdown = markdown.replace(told, _TOLD_ANEW.format(change.kind.value.capitalize()))
            markdown = markdown.replace(_line(change.before or change.fact), _line_now(change, notices))
    return replace(
        post,
        markdown=markdown,
        banners=(notices.correction(stale), *post.banners),
        fact_digests={**post.fact_digests, **posts.fact_digests(facts.values())},
        rendered_changes={fact_id: told for fact_id, told in post.rendered_changes.items() if fact_id not in facts},
    )


def _shows_otherwise(post: PublicPost, change: Change) -> bool:
    return change.fact_id in post.fact_digests and post.fact_digests[change.fact_id] != posts.digest(change.fact)


def _line(fact: Fact) -> str:
    """Return a fact as briefings show it."""
    return escape(fact.short or fact.statement)


def _line_now(change: Change, notices: ChangeMessages) -> str:
    """Return what stands in a fact's place after a correction."""
    follower = notices.follower(change.fact)
    if follower is not None:
        return _line(follower)
    return _line(change.fact) if change.fact.is_current and change.after is not None else _GONE


async def _as_shown(connection: AsyncConnection, post: PublicPost, change: Change) -> Change:
    """Return the change with the wording that this post showed as what was before: it may be older than the last."""
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


def _note(post: PublicPost, markdown: str, revision: int) -> Delivery:
    message = OutboxMessage(markdown, thread=post.thread or post.ts)
    return Delivery(
        post.place.team, post.place.channel, DeliveryKind.NOTE, message, Priority.CORRECTION, revision=revision
    )


def _words_to_watchers(
    notices: ChangeMessages, revision: int, watching: Iterable[watches.Watch], told: Sequence[Change]
) -> list[Delivery]:
    """Return one direct message for each user who watches one of these facts."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in watching:
        wanted[each.team, each.user].add(each.fact_id)
    found: list[Delivery] = []
    for (team, user), facts in wanted.items():
        changes = [change for change in told if change.fact_id in facts]
        message = OutboxMessage(notices.watched(changes), buttons=_watch_buttons(changes))
        found.append(Delivery(team, user, DeliveryKind.WATCH, message, Priority.CORRECTION, revision=revision))
    return found


def _watch_buttons(changes: Sequence[Change]) -> tuple[Button, ...]:
    """Return a button for each fact that is still served, to be told of its next change too."""
    served = [change.fact for change in changes if change.after is not None and change.fact.is_current]
    return tuple(
        Button(
            f"{Action.WATCH}:{number}",
            "Tell me again" if len(changes) == 1 else f"Tell me again: {fact.short or fact.statement}",
            fact.id,
        )
        for number, fact in enumerate(served)
    )


def _as_post(attempt: Attempt, place: ChannelRef, clock: Clock) -> PublicPost:
    message = attempt.message
    return PublicPost(
        place,
        attempt.ts,
        attempt.kind.value,
        message.markdown,
        message.fact_digests,
        clock.now(),
        thread=attempt.thread,
        buttons=message.buttons,
        rendered_changes=message.rendered_changes,
        answers=message.answers,
        posted_by=message.footer,
    )
