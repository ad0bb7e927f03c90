"""Who may do what: one gate for commands, buttons, views, forms, shortcuts and suggestions.

docs/configuration.md says the same in words, under "Who may do what".
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.config.maintainers import ONE_WORKSPACE
from bot.errors import BriefingBotError, DeliveryError, OperatorError
from bot.messages import ChannelRef
from bot.subscriptions.permissions import Actor
from handlers.slack.membership import Membership

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from handlers.slack.client import SlackClient
    from handlers.slack.clients import SlackClients
    from handlers.slack.installations.installations import Installations

_FOREIGN: Final = "Only people of the organisation that runs me can do that. You can look facts up here."
_GUEST: Final = "Guests of this workspace cannot change what a channel gets. Ask a member of the channel."
_NO_MANAGER: Final = "Only this workspace's managers may change what a channel gets."
_NOT_A_MAINTAINER: Final = "Only members of the maintainers’ channel can do that, and no guests."
_NO_MAINTAINERS: Final = "Nobody can do that yet: whoever runs me has named no channel for maintainers."
_NOT_HERE: Final = "The facts are not looked after in this workspace. Tell whoever runs me what should change."
_NOT_GUESTS: Final = "Guests of this workspace cannot suggest changes. Ask a member to."
_ELSEWHERE: Final = "Only the people in the maintainers’ channel can do that, there."
_UNSEEN: Final = (
    "I cannot see who is in the maintainers’ channel. Whoever runs me has to allow channels:read or groups:read, and "
    "users:read; until then they can decide with briefing-bot proposals."
)
_FOR_YOURSELF: Final = "In a direct message to me you can subscribe for yourself."

PASSED_FOR: Final = timedelta(minutes=1)
"""How long Slack's answer that a user is a manager, or no guest, is kept; that they are not is never kept."""
MOST_PASSED: Final = 10_000
"""Such answers kept, those asked for last."""
ASKED_S: Final = 1.0
"""Seconds for which Slack is asked where somebody belongs who does not say: a form has to open within three."""
MOST_LOOKED_UP: Final = 30
"""Members of a channel that are looked up one by one; in one with more, there are others."""


class Need(Enum):
    """What a person wants, from what anybody may whom Slack lets write to us to what the fewest may."""

    READ = "look up"
    """Facts and briefings: everybody in a workspace of ours, guests and other organisations in its channels too."""
    ACT = "post or watch"
    """In one's own name: people of our organisation."""
    SUGGEST = "suggest a fact or a correction"
    """The same, but guests only where GUESTS admits them."""
    SEE = "see what a channel gets"
    """People of our organisation who are in the channel."""
    CHANGE = "change what a channel gets"
    """Those of them who are no guests (GUESTS) and, where MANAGERS names some, managers; one's own direct message.

    Whom MANAGERS names by user id may, guest or of another organisation, in a channel that they are in.
    """


class ManagersUnknownError(OperatorError):
    """MANAGERS names what Slack does not tell us about."""

    for_members = "I cannot look up who may change this: whoever runs me has to mend a setting."


_UNTOLD: Final = {
    "missing_scope": "MANAGERS needs the scopes users:read and usergroups:read.",
    "no_such_subteam": "MANAGERS names a user group that this workspace does not have.",
}
"""What is logged when Slack does not tell who manages, by Slack's code."""


class Gate:
    """Lets people through, or raises BriefingBotError in words for them; DeliveryError where Slack does not tell."""

    def __init__(  # noqa: PLR0913 — its parts, and a setting each
        self,
        clients: SlackClients,
        installations: Installations,
        clock: Clock,
        *,
        managers: str,
        guests: str,
        maintainers: Maintainers = ONE_WORKSPACE,
    ) -> None:
        """Take its parts, and the settings MANAGERS and GUESTS as bot/config has checked them; `maintainers` decide."""
        self._maintainers = maintainers
        self._clients = clients
        self._installations = installations
        self.membership = Membership(clients, installations.allows)
        self._clock = clock
        self._managers = [each.rpartition("/") for each in managers.replace(",", " ").split()]
        self._admits_guests = guests == "on"
        self._passed: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()

    async def require(self, actor: Actor, need: Need) -> None:
        """Raise unless the actor may."""
        if need is Need.READ:
            return
        is_named = actor.user in self._managers_of(actor.place.team)
        if not is_named and await self._is_foreign(actor):
            raise BriefingBotError(_FOREIGN)
        if need is Need.SUGGEST and not self._maintainers.are_in(actor.place.team):
            raise BriefingBotError(_NOT_HERE)
        if need is Need.SUGGEST and not is_named and not await self._passes("member", actor, self._is_member):
            raise BriefingBotError(_NOT_GUESTS)
        if need in {Need.ACT, Need.SUGGEST}:
            return
        if need is Need.CHANGE or not actor.is_there:
            await self.membership.require_member(actor)
        if need is Need.CHANGE and not actor.place.is_direct and not is_named:
            if not await self._passes("member", actor, self._is_member):
                raise BriefingBotError(_GUEST, _FOR_YOURSELF)
            if not await self._passes("manager", actor, self._is_manager):
                raise BriefingBotError(_NO_MANAGER, _FOR_YOURSELF)

    async def require_maintainer(self, actor: Actor) -> None:
        """Raise unless Slack says now that the actor is in MAINTAINERS_CHANNEL, no guest and of our organisation.

        A person with the same id in another workspace, and a channel with the same id there, are others.
        """
        if not self._maintainers.are_in(actor.place.team):
            raise BriefingBotError(_NOT_HERE)
        if not self._maintainers.channel:
            raise BriefingBotError(_NO_MAINTAINERS)
        if await self._is_foreign(actor):
            raise BriefingBotError(_FOREIGN)
        if not await self._maintains(ChannelRef(actor.place.team, self._maintainers.channel), actor.user):
            raise BriefingBotError(_NOT_A_MAINTAINER)

    async def require_in_their_channel(self, actor: Actor) -> None:
        """Raise unless the actor does it in MAINTAINERS_CHANNEL, and is in there: guests too, who were invited."""
        if not self._maintainers.read(actor.place.team, actor.place.channel):
            raise BriefingBotError(_ELSEWHERE)
        await self.require(actor, Need.SEE)
        await self.membership.require_member(actor)

    async def is_maintainer(self, actor: Actor) -> bool:
        """Whether somebody sees what maintainers see: kept for a minute, and never asked for what they do."""

        async def asked(_client: SlackClient, _actor: Actor) -> bool:
            try:
                await self.require_maintainer(actor)
            except BriefingBotError:
                return False
            return True

        return await self._passes("maintainer", actor, asked)

    async def has_other_maintainers(self, place: ChannelRef, besides: frozenset[str]) -> bool:
        """Whether somebody besides these users is a maintainer now; `place` is the maintainers' channel."""
        members = await self._clients.of(place.team).members_of(place.channel)
        if members is None or len(members - besides) > MOST_LOOKED_UP:
            return True
        for user in sorted(members - besides):
            if await self._maintains(place, user, members):
                return True
        return False

    async def _maintains(self, place: ChannelRef, user: str, members: frozenset[str] | None = None) -> bool:
        """Whether a user is a human member of a channel, and neither guest nor of another organisation.

        Nothing is remembered: whoever has left may not, from that moment on.
        """
        team, channel = place.team, place.channel
        client, allows = self._clients.of(team), partial(self._installations.allows, team)
        if not (allows("users:read") and (allows("channels:read") or allows("groups:read"))):
            raise BriefingBotError(_UNSEEN)
        members = await client.members_of(channel) if members is None else members
        if members is not None and user not in members:
            return False
        if members is None and channel not in (await self.membership.look_up(team, user) or ()):
            return False
        about = await client.about(user)
        if _is_guest(about) or about.get("is_bot") is True or about.get("deleted") is True:
            return False
        home = str(about.get("team_id") or "")
        return not await self._is_foreign(Actor(place, user, home))

    async def _is_foreign(self, actor: Actor) -> bool:
        """Whether Slack says that the actor comes from another organisation (Slack: "Slack Connect", `user.team_id`).

        Another workspace of our own organisation is asked for, and so is who says nothing of where they belong, as a
        slash command does. Where Slack does not tell, whoever belongs elsewhere is of another organisation.
        """
        team = actor.place.team
        if actor.home in self._ours(team) or not (actor.home or self._installations.allows(team, "users:read")):
            return False
        try:
            async with asyncio.timeout(None if actor.home else ASKED_S):
                return not await self._passes(f"ours {actor.home}", actor, self._is_ours)
        except (DeliveryError, TimeoutError):
            return bool(actor.home)

    def _ours(self, team: str) -> frozenset[str]:
        return frozenset({team, self._installations.enterprise_of(team)} - {""})

    async def _is_ours(self, client: SlackClient, actor: Actor) -> bool:
        ours, about = self._ours(actor.place.team), await client.about(actor.user)
        enterprise = about.get("enterprise_user")
        if isinstance(enterprise, dict) and enterprise.get("enterprise_id") in ours:
            return True
        return not actor.home and about.get("team_id") in {None, *ours}

    async def _passes(self, what: str, actor: Actor, ask: Callable[[SlackClient, Actor], Awaitable[bool]]) -> bool:
        asked, now = (what, actor.place.team, actor.user), self._clock.now()
        passed_at = self._passed.get(asked)
        if passed_at is not None and abs(now - passed_at) < PASSED_FOR:
            return True
        if not await ask(self._clients.of(actor.place.team), actor):
            return False
        self._passed[asked] = now
        if len(self._passed) > MOST_PASSED:
            self._passed.popitem(last=False)
        return True

    async def _is_member(self, client: SlackClient, actor: Actor) -> bool:
        """Whether a user is no guest and has not left; without the scope to ask, everybody is."""
        if self._admits_guests or not self._installations.allows(actor.place.team, "users:read"):
            return True
        about = await client.about(actor.user)
        return about.get("deleted") is not True and not _is_guest(about)

    def _managers_of(self, team: str) -> frozenset[str]:
        """Return whom MANAGERS names for a workspace: an id without one is of the maintainers' workspace.

        In a workspace for which it names nobody, its administrators manage: nobody else can be meant.
        """
        bare = {team, ""} if self._maintainers.are_in(team) else {team}
        named = {who for named_for, _, who in self._managers if who == "admins" or named_for in bare}
        return frozenset(named or ({"admins"} if self._managers else ()))

    async def _is_manager(self, client: SlackClient, actor: Actor) -> bool:
        """Whether MANAGERS is empty, or names administrators or a group, and a user is one of them."""
        managers = self._managers_of(actor.place.team)
        if not managers:
            return True
        try:
            if "admins" in managers and await client.is_admin(actor.user):
                return True
            for group in sorted(each for each in managers if each.startswith("S")):
                if actor.user in await client.group(group):
                    return True
        except DeliveryError as error:
            if error.code in _UNTOLD:
                raise ManagersUnknownError(_UNTOLD[error.code]) from None
            raise
        return False


def _is_guest(about: Mapping[str, object]) -> bool:
    """Whether Slack's record of a user is that of a guest (Slack: users.info, "Single- and multi-channel guests")."""
    return about.get("is_restricted") is True or about.get("is_ultra_restricted") is True
