"""What identifies an app and its requests, in whatever workspaces it is: its ids, its secrets, its app-level token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from workspace.state.records import APP_ID


@dataclass(frozen=True, slots=True)
class Credentials:
    """Random and valid for this run only; shaped like Slack's, so that an app's own checks pass."""

    client_id: str = field(default_factory=lambda: f"{digits()}.{digits()}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    app_token: str = field(default_factory=lambda: f"xapp-1-{APP_ID}-{digits()}-{secrets.token_hex(32)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))


def digits() -> str:
    """Return twelve random digits, as Slack's secrets have them."""
    return f"{secrets.randbelow(10**12):012}"
