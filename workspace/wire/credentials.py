"""The tokens and the secret that this workspace gives its app."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from workspace.state.records import APP_ID


@dataclass(frozen=True, slots=True)
class Credentials:
    """Made up at start, good for this run only; shaped like Slack's, so that an app's own checks pass."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str


def new_credentials() -> Credentials:
    """Return fresh, random credentials."""
    return Credentials(
        bot_token=f"xoxb-{secrets.randbelow(10**12):012}-{secrets.randbelow(10**12):012}-{secrets.token_hex(12)}",
        app_token=f"xapp-1-{APP_ID}-{secrets.randbelow(10**12):012}-{secrets.token_hex(32)}",
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_hex(12),
    )
