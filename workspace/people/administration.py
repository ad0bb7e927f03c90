"""What members and administrators do to channels and to the app: creating, inviting, archiving, uninstalling."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from workspace.parts import Parts
from workspace.state.records import BOT_USER_ID, Channel, User
from workspace.state.seed import ADA_ID, direct_message
from workspace.wire.delivery import DeliveryFailedError, Retry
from workspace.wire.methods.conversations import channel_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME: Final = re.compile(r"[\w-]{1,80}")
_HOW: Final = (
    'Send {"do": "create", "name": "plans", "private": true}, '
    '{"do": "rename", "channel": "C0POLICY", "name": "plans"}, '
    '{"do": "archive", "channel": "C0POLICY"} (or unarchive, delete), '
    '{"do": "invite", "channel": "C0POLICY", "user": "U0BOT"} (or remove), {"do": "uninstall"} or {"do": "verify"}.'
)


class Administration(Parts):
    """Changes channels and the installation, as Ada, and sends the app the events for it. Raises LookupError."""

    def create_channel(self, name: str, members: Iterable[str] = (ADA_ID,), *, is_private: bool = False) -> Channel:
        """Create a channel with these members; the app is invited to it like anybody. Raises ValueError for a name."""
        people = frozenset(self.state.known_user(each).id for each in members)
        channel = Channel(f"C{secrets.token_hex(5).upper()}", self._name(name), people, is_private=is_private)
        self.state.add_channel(channel)
        if not is_private:
            created = {"id": channel.id, "name": name, "created": self._seconds(), "creator": ADA_ID}
            self._events.channel_changed("created", channel, {"channel": created})
        return channel

    def delete_channel(self, channel_id: str) -> None:
        """Delete a channel."""
        channel = self._known(channel_id)
        self.state.remove_channel(channel_id)
        date = {"date_deleted": self._seconds()} if channel.is_private else {}
        self._events.channel_changed("deleted", channel, {"channel": channel_id, "actor_id": ADA_ID, **date})

    def archive(self, channel_id: str) -> None:
        """Archive a channel."""
        channel = self._known(channel_id)
        self.state.change_channel(replace(channel, is_archived=True))
        self._events.channel_changed("archive", channel, {"channel": channel_id, "user": ADA_ID, "is_moved": 0})

    def unarchive(self, channel_id: str) -> None:
        """Open an archived channel again."""
        channel = self._known(channel_id)
        self.state.change_channel(replace(channel, is_archived=False))
        who = {"actor_id": ADA_ID} if channel.is_private else {"user": ADA_ID}
        self._events.channel_changed("unarchive", channel, {"channel": channel_id, **who})

    def rename(self, channel_id: str, name: str) -> None:
        """Give a channel another name. Raises ValueError as for a new one."""
        channel = self._known(channel_id)
        self.state.change_channel(replace(channel, name=self._name(name)))
        renamed = {"id": channel_id, "name": name, "name_normalized": name, "created": 0}
        renamed |= {"is_channel": True, "is_mpim": False}
        self._events.channel_changed("rename", channel, {"channel": renamed})

    def invite(self, channel_id: str, user_id: str) -> None:
        """Add a user to a channel, if they are not in it."""
        channel, user = self._known(channel_id), self.state.known_user(user_id)
        if user.id not in channel.members:
            self._events.joined(self.state.join(channel_id, user.id), user.id, ADA_ID)

    def remove(self, channel_id: str, user_id: str) -> None:
        """Remove a user from a channel, if they are in it."""
        channel = self._known(channel_id)
        if user_id in channel.members:
            self.state.change_channel(replace(channel, members=channel.members - {user_id}))
            self._events.left(channel, user_id, ADA_ID)

    def remove_bot(self, channel_id: str) -> None:
        """Remove the bot from a channel."""
        self.remove(channel_id, BOT_USER_ID)

    def invite_bot(self, channel_id: str) -> None:
        """Invite the bot to a channel."""
        self.invite(channel_id, BOT_USER_ID)

    def add_person(self, user: User) -> None:
        """Let a person into the workspace: a member, a guest, or with another `team_id` somebody by Slack Connect.

        All but the last have a direct message with the app.
        """
        self.state.add_user(user)
        if not self.state.is_external(user):
            self.state.add_channel(direct_message(user))

    def uninstall(self) -> None:
        """Remove the app: its token is refused from now on, and it is told by two events."""
        self._app.oauth.uninstall(self.state.team.id)

    async def verify_url(self) -> bool:
        """Send url_verification over HTTP; return whether the app answered its challenge, as Slack wants it."""
        envelope = self._events.challenge()
        try:
            answer = await self._app.http.deliver(envelope, Retry())
        except DeliveryFailedError:
            return False
        challenge = envelope.payload["challenge"]
        return answer == challenge or (isinstance(answer, dict) and answer.get("challenge") == challenge)

    async def administer(self, body: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON value
        """Do what a PUT to /_workspace/administration asks for. Raises ValueError or LookupError with a sentence."""
        to_channel = {"archive": self.archive, "unarchive": self.unarchive, "delete": self.delete_channel}
        to_member = {"invite": self.invite, "remove": self.remove}
        match body:
            case {"do": "create", "name": str(name), "private": bool(is_private)}:
                return channel_json(self.create_channel(name, is_private=is_private), self.state.team)
            case {"do": "rename", "channel": str(channel_id), "name": str(name)}:
                self.rename(channel_id, name)
            case {"do": str(what), "channel": str(channel_id), "user": str(user_id)} if what in to_member:
                to_member[what](channel_id, user_id)
            case {"do": str(what), "channel": str(channel_id)} if what in to_channel:
                to_channel[what](channel_id)
            case {"do": "uninstall"}:
                self.uninstall()
            case {"do": "verify"}:
                return {"verified": await self.verify_url()}
            case _:
                raise ValueError(_HOW)
        return {}

    def _name(self, name: str) -> str:
        """Return a name for a channel. Raises ValueError for one that is taken, or no name (Slack: "Naming")."""
        taken = any(channel.name == name for channel in self.state.channels)
        if taken or not _NAME.fullmatch(name) or name != name.lower():
            raise ValueError(f"“{name}” is taken, or no name for a channel: small letters, digits, - and _ alone.")
        return name

    def _known(self, channel_id: str) -> Channel:
        channel = self.state.channel(channel_id)
        if channel is None or channel.is_im:
            raise LookupError(f"There is no channel {channel_id}.")
        return channel

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())
