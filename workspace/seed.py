"""The people and channels that every workspace begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.records import BOT_USER_ID, SLACKBOT_ID, Channel, Message, User
from workspace.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.clock import Clock
    from workspace.manifest import Manifest

ADA_ID = "U0ADA"
GRACE_ID = "U0GRACE"
GENERAL_ID = "C0GENERAL"
POLICY_ID = "C0POLICY"


def new_state(manifest: Manifest, clock: Clock, tries: Sequence[str], advice: str = "") -> State:
    """Return the workspace as it is at start: two people, three channels, a direct message each, a welcome.

    `tries` are things to type, for the welcome; without them it names the app's commands. `advice` (mrkdwn) ends it.
    """
    people = frozenset({ADA_ID, GRACE_ID})
    everyone = people | {BOT_USER_ID}
    users = (
        User(ADA_ID, "ada", "Ada"),
        User(GRACE_ID, "grace", "Grace"),
        User(BOT_USER_ID, manifest.bot_name.lower().replace(" ", "-"), manifest.bot_name, is_bot=True),
        User(SLACKBOT_ID, "slackbot", "Slackbot", is_bot=True),
    )
    channels = (
        Channel(GENERAL_ID, "general", everyone, topic="Begin here"),
        Channel(POLICY_ID, "policy", everyone, topic="Where the app is a member"),
        Channel("C0RANDOM", "random", people, topic=f"{manifest.bot_name} is no member here"),
        Channel("D0ADA", "", frozenset({ADA_ID, BOT_USER_ID}), is_im=True, im_user=ADA_ID),
        Channel("D0GRACE", "", frozenset({GRACE_ID, BOT_USER_ID}), is_im=True, im_user=GRACE_ID),
    )
    state = State(clock, users, channels)
    state.put(Message(GENERAL_ID, state.next_ts(), SLACKBOT_ID, _welcome(manifest, tries, advice)))
    return state


def _welcome(manifest: Manifest, tries: Sequence[str], advice: str) -> str:
    """Return the welcome in mrkdwn: what this is, and what to try."""
    commands = [f"• Type `{command.name}` in the box below: {command.description}" for command in manifest.commands]
    direct = f"• Write to *{manifest.bot_name}* under Direct messages, or mention it in a channel"
    lines = [f"• `{words}`" for words in tries] or [*commands, direct]
    opening = "Welcome. Everything here stays on this machine. Things to try:"
    return "\n".join([opening, *lines, *([advice] if advice else [])])
