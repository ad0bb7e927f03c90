"""Users, channels and messages, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

TEAM_ID = "T0TRY"
APP_ID = "A0TRY"
BOT_USER_ID = "U0BOT"
BOT_ID = "B0BOT"
SLACKBOT_ID = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation with several workspaces (Slack: "Enterprise Grid"); its id begins with E."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    """What Slack calls a workspace in its API: `domain` is the name in its address. Most have no organisation."""

    id: str = TEAM_ID
    name: str = "Try-out workspace"
    domain: str = "try-out"
    organisation: Organisation | None = None

    @property
    def organisation_id(self) -> str | None:
        """Return the organisation's id, as payloads have it."""
        return self.organisation.id if self.organisation else None


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot. `name` is the handle, `real_name` what the page shows, `tz` an IANA name.

    `is_guest`: a single-channel guest. `team_id` is another organisation's for somebody who is here by Slack Connect.
    """

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    tz: str = "Europe/London"
    is_admin: bool = False
    is_guest: bool = False
    team_id: str = TEAM_ID

    def to_json(self, at: datetime) -> dict[str, Any]:
        """Return Slack's user object (users.info), with the offset from UTC at this moment."""
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team_id}
        local = at.astimezone(ZoneInfo(self.tz))
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "tz": self.tz,
            "tz_label": local.tzname(),
            "tz_offset": int((local.utcoffset() or timedelta()).total_seconds()),
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": self.is_guest,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "profile": profile,
        }


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group: `name` is its handle, `members` user ids in the order of joining."""

    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A public or private channel, or (`is_im`) a direct message between the bot and the user `im_user`."""

    id: str
    name: str
    members: frozenset[str]
    topic: str = ""
    is_im: bool = False
    im_user: str = ""
    is_archived: bool = False
    is_private: bool = False

    @property
    def kind(self) -> Literal["im", "private_channel", "public_channel"]:
        """Its type, as conversations.list has it."""
        return "im" if self.is_im else "private_channel" if self.is_private else "public_channel"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    `ts` is its id within its channel and also its time: seconds since 1970 as text. `thread_ts` is the parent's ts, on
    replies only. `ephemeral_to` is the one user who sees it, or empty. `edited_ts` is empty until it is edited.
    `pings` holds each live mention that the message makes, as Slack writes it: `<!channel>`, `<@U0ADA>`.
    `blocks` are Block Kit blocks with every block_id and action_id filled in; treat them as values.
    `bot_id` is set when an app wrote it. `team` is the workspace's, from the moment that it is put there.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    thread_ts: str = ""
    ephemeral_to: str = ""
    edited_ts: str = ""
    bot_id: str = ""
    subtype: str = ""
    metadata: Mapping[str, Any] | None = None
    pings: tuple[str, ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    team: str = TEAM_ID

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return bool(self.ephemeral_to)

    @property
    def posted_at(self) -> datetime:
        """When it was posted, aware, in UTC."""
        return datetime.fromtimestamp(float(self.ts), UTC)

    def to_json(self) -> dict[str, Any]:
        """Return Slack's message object, without the workspace's own fields (pings, ephemeral_to)."""
        shape: dict[str, Any] = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": self.team,
        }
        if self.bot_id:
            shape |= {"bot_id": self.bot_id, "app_id": APP_ID}
        optional = {
            "subtype": self.subtype,
            "thread_ts": self.thread_ts,
            "blocks": [dict(block) for block in self.blocks],
            "attachments": [dict(attachment) for attachment in self.attachments],
            "metadata": self.metadata,
        }
        shape |= {key: value for key, value in optional.items() if value}
        if self.edited_ts:
            shape["edited"] = {"user": self.user, "ts": self.edited_ts}
        return shape
