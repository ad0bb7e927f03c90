"""What an app was granted: scopes and bot tokens, in one workspace or in all of an organisation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from workspace.errors import SlackError
from workspace.wire.credentials import digits

if TYPE_CHECKING:
    from datetime import datetime

    from workspace.clock import Clock
    from workspace.state.records import Team

EXPIRES_IN_S: Final = 43_200
"""Twelve hours: how long an access token lives with token rotation."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token; with token rotation also the refresh token that gets the next one, once."""

    access: str
    refresh: str = ""


class Grant:
    """The app's permission to act, with the tokens for it. It ends when the app is removed.

    Without token rotation there is one access token, also after the app was installed again. With it each lives for
    twelve hours by the workspace's clock, whether or not a newer one was issued.
    """

    def __init__(self, clock: Clock, scopes: frozenset[str], *, rotates: bool, is_enterprise: bool) -> None:
        """`is_enterprise`: it was given for all workspaces of an organisation."""
        self._clock = clock
        self._rotates = rotates
        self._expires: dict[str, datetime | None] = {}
        self._revoked: set[str] = set()
        self._refresh: set[str] = set()
        self.scopes = scopes
        self.is_enterprise = is_enterprise
        self.has_ended = False

    def extend(self, scopes: frozenset[str], *, rotates: bool) -> None:
        """Add scopes, as an app does that is installed again; rotation that was switched on stays on."""
        self.scopes |= scopes
        self._rotates |= rotates

    def issue(self) -> Tokens:
        """Return tokens: without rotation the same access token until it is revoked."""
        if self._rotates:
            access, refresh = f"xoxe.xoxb-1-{secrets.token_hex(40)}", f"xoxe-1-{secrets.token_hex(40)}"
            self._refresh.add(refresh)
            self._expires[access] = self._clock.now() + timedelta(seconds=EXPIRES_IN_S)
            return Tokens(access, refresh)
        access = self.newest() or f"xoxb-{digits()}-{digits()}-{secrets.token_hex(12)}"
        self._expires[access] = None
        return Tokens(access)

    def newest(self) -> str:
        """Return the access token that was issued last, unless it was revoked; empty for none."""
        access = next(reversed(self._expires), "")
        return "" if access in self._revoked else access

    def refresh(self, refresh_token: str) -> Tokens | None:
        """Return new tokens for a refresh token, once; None when it is not one of these."""
        if self.has_ended or refresh_token not in self._refresh:
            return None
        self._refresh.discard(refresh_token)
        return self.issue()

    def knows(self, access: str) -> bool:
        """Whether an access token was ever issued here."""
        return access in self._expires

    def check(self, access: str) -> None:
        """Raise SlackError `account_inactive`, `token_revoked` or `token_expired` for a token that no longer works."""
        if self.has_ended:
            raise SlackError("account_inactive")
        if access in self._revoked:
            raise SlackError("token_revoked")
        expires_at = self._expires[access]
        if expires_at is not None and self._clock.now() >= expires_at:
            raise SlackError("token_expired")

    def revoke(self, access: str) -> None:
        """Refuse an access token from now on, and every refresh token."""
        self._revoked.add(access)
        self._refresh.clear()

    def end(self) -> None:
        """Refuse every token from now on, as those of an app that was removed."""
        self.has_ended = True


class Installation:
    """The app as it is installed in one workspace: by itself, by its organisation, or not at all."""

    def __init__(self, team: Team) -> None:
        """Begin without the app."""
        self.team = team
        self._grants: list[Grant] = []

    def add(self, grant: Grant) -> None:
        """Add what was granted."""
        if grant not in self._grants:
            self._grants.append(grant)

    def withdraw(self, grant: Grant) -> None:
        """Take out what was granted, which goes on elsewhere."""
        self._grants.remove(grant)

    @property
    def grant(self) -> Grant | None:
        """What is granted now, or None."""
        return next((grant for grant in reversed(self._grants) if not grant.has_ended), None)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the app has; none where it is not installed."""
        return self.grant.scopes if self.grant else frozenset()

    @property
    def is_enterprise_install(self) -> bool:
        """Whether the organisation installed the app for all its workspaces."""
        return self.grant is not None and self.grant.is_enterprise

    @property
    def bot_token(self) -> str:
        """The newest access token, also that of an app that was removed since; empty where there was none."""
        return self._grants[-1].newest() if self._grants else ""

    def grant_of(self, access: str) -> Grant | None:
        """Return the grant for which an access token was issued, also one that has ended, or None."""
        return next((grant for grant in self._grants if grant.knows(access)), None)

    def check(self, access: str) -> None:
        """Raise SlackError for a token that does not work here: `invalid_auth`, or as in Grant.check."""
        grant = self.grant_of(access)
        if grant is None:
            raise SlackError("invalid_auth")
        grant.check(access)
