"""Channel membership of users: a view shows and changes only what belongs to channels that its user is in.

A view is in no channel, and outlives its user's membership: so every press and every form from one is checked against
what Slack says now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import BriefingBotError, DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.subscriptions.permissions import Actor
    from handlers.slack.clients import SlackClients

_KINDS: Final = {"channels:read": "public_channel", "groups:read": "private_channel"}
"""What a scope lets us see of the channels that a person is in (Slack: users.conversations, `types`)."""
_UNSEEN = "I cannot see that you are in this channel."
_THERE = "If you are, type /briefing subscriptions there: it lists what is posted, and changes it."
_JOIN = "Join it, then do that again."
_NOT_YOURS = "I cannot see that this direct message is yours."
_DIRECTLY = "In a direct message to me, /briefing subscriptions lists what is posted there, and changes it."

_log = structlog.stdlib.get_logger(__name__)


class Membership:
    """Looks memberships up, as far as the token allows; nothing is cached."""

    def __init__(self, clients: SlackClients, allows: Callable[[str, str], bool]) -> None:
        """Take the clients; `allows` says whether a workspace granted a scope."""
        self._clients = clients
        self._allows = allows

    async def look_up(self, team: str, user: str) -> frozenset[str] | None:
        """Return the channels that a person is in; None where the token may not list them. Raises DeliveryError."""
        kinds = [kind for scope, kind in _KINDS.items() if self._allows(team, scope)]
        return await self._clients.of(team).channels_of(user, kinds) if kinds else None

    async def channels_of(self, team: str, user: str) -> frozenset[str] | None:
        """Return the channels that a person is in; None where Slack does not tell them now, or the token may not."""
        try:
            return await self.look_up(team, user)
        except DeliveryError as error:
            _log.warning("membership.unknown", reason=error.message)
            return None

    async def require_member(self, actor: Actor) -> None:
        """Raise BriefingBotError unless Slack shows the actor in the channel that they ask about.

        Who typed or pressed there is let through unless Slack lists the channel's members without them: one may press
        in a channel that one only looks into.
        """
        if actor.is_there:
            if not actor.place.is_direct and await self._is_missing(actor):
                raise BriefingBotError(_UNSEEN, _JOIN)
        elif actor.place.is_direct:
            if actor.place.channel != await self._direct_of(actor):
                raise BriefingBotError(_NOT_YOURS, _DIRECTLY)
        elif actor.place.channel not in (await self.channels_of(actor.place.team, actor.user) or ()):
            raise BriefingBotError(_UNSEEN, _THERE)

    async def _is_missing(self, actor: Actor) -> bool:
        """Whether Slack lists the channel's members, and not the actor."""
        if not any(self._allows(actor.place.team, scope) for scope in _KINDS):
            return False
        try:
            members = await self._clients.of(actor.place.team).members_of(actor.place.channel)
        except DeliveryError as error:
            _log.warning("membership.unknown", reason=error.message)
            return False
        return members is not None and actor.user not in members

    async def _direct_of(self, actor: Actor) -> str:
        """Return a person's direct message with us; nothing where the token may not see it."""
        try:
            return await self._clients.of(actor.place.team).direct_with(actor.user)
        except DeliveryError as error:
            _log.warning("membership.unknown", reason=error.message)
            return ""
