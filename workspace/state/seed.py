"""The people and channels of a new workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.state.records import BOT_USER_ID, SLACKBOT_ID, Channel, Message, Team, User, UserGroup
from workspace.state.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.clock import Clock
    from workspace.manifest import Manifest

ADA_ID = "U0ADA"
GRACE_ID = "U0GRACE"
MAYA_ID = "U0MAYA"
GUEST_ID = "U0GUEST"
GENERAL_ID = "C0GENERAL"
POLICY_ID = "C0POLICY"
RANDOM_ID = "C0RANDOM"
POLICY_GROUP_ID = "S0POLICY"


def new_state(
    manifest: Manifest, clock: Clock, tries: Sequence[str], advice: str = "", team: Team | None = None
) -> State:
    """Return the initial state: four people, three channels, a direct message for each person, a welcome.

    Ada is an admin, Grace and Maya are members (Maya in New York), Gil is a guest in #general alone. `tries` are things
    to type, for the welcome; without them it lists the app's commands. `advice` (mrkdwn) is its last paragraph.
    """
    team = team or Team()
    members = frozenset({ADA_ID, GRACE_ID, MAYA_ID})
    people = (
        User(ADA_ID, "ada", "Ada", is_admin=True, team_id=team.id),
        User(GRACE_ID, "grace", "Grace", team_id=team.id),
        User(MAYA_ID, "maya", "Maya", tz="America/New_York", team_id=team.id),
        User(GUEST_ID, "gil", "Gil", is_guest=True, team_id=team.id),
    )
    bot_name = manifest.bot_name.lower().replace(" ", "-")
    users = (
        *people,
        User(BOT_USER_ID, bot_name, manifest.bot_name, is_bot=True, team_id=team.id),
        User(SLACKBOT_ID, "slackbot", "Slackbot", is_bot=True, team_id=team.id),
    )
    channels = (
        Channel(GENERAL_ID, "general", members | {GUEST_ID, BOT_USER_ID}, topic="Start here"),
        Channel(POLICY_ID, "policy", members | {BOT_USER_ID}, topic="Where policy is made"),
        Channel(RANDOM_ID, "random", members, topic="Anything else"),
        *(direct_message(person) for person in people),
    )
    state = State(clock, users, channels, (UserGroup(POLICY_GROUP_ID, "policy-team", (GRACE_ID,)),), team)
    state.put(Message(GENERAL_ID, state.next_ts(), SLACKBOT_ID, _welcome(manifest, tries, advice)))
    return state


def direct_message(person: User) -> Channel:
    """Return the direct message of a person and the bot; its id is the person's with a D."""
    return Channel(f"D{person.id[1:]}", "", frozenset({person.id, BOT_USER_ID}), is_im=True, im_user=person.id)


def _welcome(manifest: Manifest, tries: Sequence[str], advice: str) -> str:
    """Return the welcome in mrkdwn."""
    commands = [f"• Type `{command.name}` in the box below: {command.description}" for command in manifest.commands]
    direct = f"• Write to *{manifest.bot_name}* under Direct messages, or mention it in a channel"
    lines = [f"• `{words}`" for words in tries] or [*commands, direct]
    what_now = "Click one of these, then press Enter:" if tries else "Things to try:"
    opening = f"Welcome. Everything here stays on this machine. {what_now}"
    return "\n".join([opening, *lines, *(["", advice] if advice else [])])
