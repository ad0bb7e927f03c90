"""Who is where: what a view shows and changes of a channel is for those who are in it.

A view stands in no channel, and outlives its reader's stay there: so every press and every form that comes from one is
held against what Slack says now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import BriefingBotError, DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.subscriptions.permissions import Actor
    from handlers.slack.client import SlackClient

_KINDS: Final = {"channels:read": "public_channel", "groups:read": "private_channel"}
"""What a scope lets us see of the channels that a person is in (Slack: users.conversations, `types`)."""
_UNSEEN = "I cannot see that you are in this channel."
_THERE = "If you are, type /briefing subscriptions there: it lists what is posted, and changes it."
_NOT_YOURS = "I cannot see that this direct message is yours."
_DIRECTLY = "In a direct message to me, /briefing subscriptions lists what is posted there, and changes it."

_log = structlog.stdlib.get_logger(__name__)


class Membership:
    """Knows who is where, as far as the token may see; nothing is remembered."""

    def __init__(self, messenger: SlackClient, allows: Callable[[str], bool]) -> None:
        """Take whom to ask; `allows` says whether the token has a scope."""
        self._messenger = messenger
        self._allows = allows

    async def channels_of(self, user: str) -> frozenset[str] | None:
        """Return the channels that a person is in; None when we may not see them."""
        kinds = [kind for scope, kind in _KINDS.items() if self._allows(scope)]
        if not kinds:
            return None
        try:
            return await self._messenger.channels_of(user, kinds)
        except DeliveryError as error:
            _log.warning("membership.unknown", reason=error.message)
            return None

    async def require_member(self, asker: Actor) -> None:
        """Raise BriefingBotError unless we see the asker in the place that they ask about."""
        if asker.place.is_direct:
            if asker.place.channel != await self._direct_of(asker.user):
                raise BriefingBotError(_NOT_YOURS, _DIRECTLY)
        elif asker.place.channel not in (await self.channels_of(asker.user) or ()):
            raise BriefingBotError(_UNSEEN, _THERE)

    async def _direct_of(self, user: str) -> str:
        """Return a person's direct message with us; nothing when we may not see it."""
        try:
            return await self._messenger.direct_with(user)
        except DeliveryError as error:
            _log.warning("membership.unknown", reason=error.message)
            return ""
