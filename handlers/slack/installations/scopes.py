"""What the bot's token may do, and what follows when app.yaml's scopes were not all granted.

Slack lists a token's scopes in the header x-oauth-scopes of every answer (Slack: "Installing with OAuth", "Scopes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Final[Mapping[str, str]] = {
    "app_mentions:read": "a mention in a channel gets no answer",
    "chat:write": "nothing can be posted or answered",
    "commands": "/briefing, /fact and the shortcuts do not exist",
    "im:history": "a direct message gets no answer",
}
"""Scopes without which the bot does not start, and what fails without each."""

USEFUL: Final[Mapping[str, str]] = {
    "assistant:write": "the Messages tab suggests nothing, and direct messages are answered without threads",
    "channels:history": "a post to a public channel whose answer was lost is not sent again",
    "channels:read": "App Home leaves public channels out, and one that is archived is noticed late",
    "groups:history": "a post to a private channel whose answer was lost is not sent again",
    "groups:read": "App Home leaves private channels out, and one that is archived is noticed late",
    "im:write": "a direct message whose answer was lost is not sent again, and App Home changes nothing there",
    "usergroups:read": "MANAGERS cannot name a user group",
    "users:read": "MANAGERS cannot name admins, guests count as members, posts name nobody, schedules begin in UK time",
}
"""Scopes that may be left out, and what is missing then."""

ASKED: Final = tuple(sorted({*NEEDED, *USEFUL}))
"""What a workspace is asked for when it installs the app."""

_REMEDY = "Compare the app's scopes with app.yaml, and install it again."

_log = structlog.stdlib.get_logger(__name__)


def scopes_in(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return the scopes that Slack's headers list; None when they list none, so that nothing is known."""
    listed = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    return frozenset(scope.strip() for scope in listed.split(",") if scope.strip()) if listed else None


def require(granted: frozenset[str]) -> None:
    """Log each useful scope that is missing. Raises ConfigError when one is that the bot cannot do without."""
    if missing := sorted(NEEDED.keys() - granted):
        told = "; ".join(f"without {scope} {NEEDED[scope]}" for scope in missing)
        word = "scope" if len(missing) == 1 else "scopes"
        raise ConfigError(f"The bot token lacks the {word} {', '.join(missing)}: {told}.", _REMEDY)
    for scope in sorted(USEFUL.keys() - granted):
        _log.warning("scope.missing", scope=scope, effect=USEFUL[scope])
