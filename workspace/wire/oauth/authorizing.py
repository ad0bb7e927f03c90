"""Installing an app with OAuth v2 ("Installing with OAuth"): what it may ask for, codes, their exchange, and removal.

A code works once, for ten minutes. An address to return to must be one of the manifest's or lie below one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from workspace.errors import SlackError
from workspace.state.records import APP_ID, BOT_USER_ID, Organisation, Team
from workspace.wire.oauth.grants import EXPIRES_IN_S, Grant, Installation, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from workspace.clock import Clock
    from workspace.manifest import Manifest
    from workspace.wire.credentials import Credentials

CODE_LIFE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace as far as installing is concerned. `on_removal` and the others send the app the events for it.

    `on_access` is told what became of its organisation's access to it: granted, revoked.
    """

    installation: Installation
    on_removal: Callable[[], None]
    on_revoked: Callable[[], None]
    on_access: Callable[[str], None]

    @property
    def team(self) -> Team:
        """The workspace's."""
        return self.installation.team


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an app asks for; `team_id` is the workspace that its address names, or empty."""

    scopes: frozenset[str]
    redirect_uri: str
    state: str
    team_id: str
    is_uri_named: bool

    def answer(self, **parts: str) -> str:
        """Return the address that the browser is sent back to."""
        separator = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{separator}{urlencode({**parts, 'state': self.state})}"


@dataclass(frozen=True, slots=True)
class _Code:
    asked: AuthorizationRequest
    place: Team | Organisation
    user_id: str
    expires_at: datetime


class OAuth:
    """Grants an app what people allow it, in the workspaces that have joined and in their organisations."""

    def __init__(self, manifest: Manifest, credentials: Credentials, clock: Clock) -> None:
        """`clock` is the workspaces'; the manifest says what may be asked for, and whether tokens rotate."""
        self._manifest = manifest
        self._credentials = credentials
        self._clock = clock
        self._tenants: dict[str, Tenant] = {}
        self._codes: dict[str, _Code] = {}
        self._used: set[str] = set()

    def join(self, tenant: Tenant, *, is_installed: bool) -> None:
        """Add a workspace; `is_installed`: with the app in it from the start, and all that its manifest asks for."""
        self._tenants[tenant.team.id] = tenant
        if is_installed:
            self._grant(tenant.team, self._manifest.scopes, rotates=False).issue()

    # The browser's part.

    def places(self) -> tuple[Team | Organisation, ...]:
        """Return where the app can be installed: workspaces, and the organisations of those, where it allows for it."""
        teams = [tenant.team for tenant in self._tenants.values()]
        organisations = dict.fromkeys(team.organisation for team in teams if team.organisation)
        return (*teams, *(organisations if self._manifest.org_deploy else ()))

    def read(self, query: Mapping[str, str]) -> AuthorizationRequest:
        """Return what /oauth/v2/authorize was asked for. Raises SlackError with Slack's word for what is wrong."""
        if query.get("client_id", "") != self._credentials.client_id:
            raise SlackError("invalid_client_id")
        scopes = frozenset(scope for scope in query.get("scope", "").replace(" ", ",").split(",") if scope)
        if not scopes:
            raise SlackError("no_scopes")
        if strange := sorted(scopes - self._manifest.scopes):
            raise SlackError("invalid_scope", f"Invalid permissions requested: {', '.join(strange)}")
        named = query.get("redirect_uri", "")
        uri = named or next(iter(self._manifest.redirect_urls), "")
        if not any(_lies_below(uri, known) for known in self._manifest.redirect_urls):
            raise SlackError("bad_redirect_uri", f"redirect_uri did not match any configured URIs. Passed URI: {uri}")
        return AuthorizationRequest(scopes, uri, query.get("state", ""), query.get("team", ""), bool(named))

    def allow(self, asked: AuthorizationRequest, place_id: str, user_id: str) -> str:
        """Return the address with a code, to which who pressed Allow is sent. Raises LookupError for no such place."""
        place = next((place for place in self.places() if place.id == place_id), None)
        if place is None:
            raise LookupError(f"The app cannot be installed in {place_id}.")
        code = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        self._codes[code] = _Code(asked, place, user_id, self._clock.now() + CODE_LIFE)
        return asked.answer(code=code)

    # The app's part, behind its client id and secret.

    def exchange(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Return the installation for a code, once. Raises SlackError."""
        known = self._codes.get(code)
        if known is not None and code in self._used:
            raise SlackError("code_already_used")
        if known is None or self._clock.now() >= known.expires_at:
            raise SlackError("invalid_code")
        if redirect_uri != known.asked.redirect_uri and (redirect_uri or known.asked.is_uri_named):
            raise SlackError("bad_redirect_uri")
        self._used.add(code)
        grant = self._grant(known.place, known.asked.scopes, rotates=self._manifest.token_rotation)
        return self._answer(known.place, grant, grant.issue()) | {"authed_user": {"id": known.user_id}}

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Return new tokens for a refresh token, once. Raises SlackError."""
        for tenant in self._tenants.values():
            grant = tenant.installation.grant
            tokens = grant.refresh(refresh_token) if grant else None
            if grant and tokens:
                organisation = tenant.team.organisation if grant.is_enterprise else None
                return self._answer(organisation or tenant.team, grant, tokens)
        raise SlackError("invalid_refresh_token")

    def tenants_of(self, access: str) -> tuple[Tenant, ...]:
        """Return the workspaces for which an access token was issued."""
        return tuple(each for each in self._tenants.values() if each.installation.grant_of(access))

    def revoke(self, access: str) -> None:
        """Revoke an access token; the app stays installed."""
        for tenant in self.tenants_of(access):
            tenant.on_revoked()
            if grant := tenant.installation.grant_of(access):
                grant.revoke(access)

    def uninstall(self, team_id: str) -> None:
        """Remove the app from a workspace, or where its organisation installed it, from the whole organisation."""
        grant = self._tenants[team_id].installation.grant
        for tenant in self._tenants.values() if grant else ():
            if tenant.installation.grant is grant:
                tenant.on_removal()
        if grant:
            grant.end()

    def revoke_access(self, team_id: str) -> None:
        """Take a workspace out of those in which an organisation has the app."""
        tenant = self._tenants[team_id]
        if (grant := tenant.installation.grant) and grant.is_enterprise:
            tenant.on_access("revoked")
            tenant.installation.withdraw(grant)

    def grant_access(self, team_id: str) -> None:
        """Add a workspace to those in which its organisation has the app."""
        tenant = self._tenants[team_id]
        others = (each for each in self._tenants.values() if each.team.organisation == tenant.team.organisation)
        grants = (each.installation.grant for each in others)
        if grant := next((each for each in grants if each and each.is_enterprise), None):
            tenant.installation.add(grant)
            tenant.on_access("granted")

    def _grant(self, place: Team | Organisation, scopes: frozenset[str], *, rotates: bool) -> Grant:
        """Return what the app has in a place from now on: what is asked for, and what it has there already.

        Raises SlackError `cannot_install_an_org_installed_app`.
        """
        is_enterprise = isinstance(place, Organisation)
        where = [each for each in self._tenants.values() if place in {each.team, each.team.organisation}]
        before = next((each.installation.grant for each in where if each.installation.grant), None)
        if before and before.is_enterprise and not is_enterprise:
            raise SlackError("cannot_install_an_org_installed_app")
        if before and before.is_enterprise == is_enterprise:
            before.extend(scopes, rotates=rotates)
            return before
        grant = Grant(self._clock, scopes, rotates=rotates, is_enterprise=is_enterprise)
        for tenant in where:
            if tenant.installation.grant:
                tenant.installation.grant.end()
            tenant.installation.add(grant)
        return grant

    def _answer(self, place: Team | Organisation, grant: Grant, tokens: Tokens) -> dict[str, Any]:
        organisation = place if isinstance(place, Organisation) else place.organisation
        answer = {
            "access_token": tokens.access,
            "token_type": "bot",
            "scope": ",".join(sorted(grant.scopes)),
            "bot_user_id": BOT_USER_ID,
            "app_id": APP_ID,
            "team": None if isinstance(place, Organisation) else {"id": place.id, "name": place.name},
            "enterprise": {"id": organisation.id, "name": organisation.name} if organisation else None,
            "is_enterprise_install": grant.is_enterprise,
        }
        return answer | ({"refresh_token": tokens.refresh, "expires_in": EXPIRES_IN_S} if tokens.refresh else {})


def _lies_below(address: str, known: str) -> bool:
    """Whether an address is one of the manifest's, or below it (Slack: "Redirect URLs", host and port alike)."""
    asked, base = urlsplit(address), urlsplit(known)
    same_host = (asked.scheme, asked.netloc) == (base.scheme, base.netloc)
    inside = asked.path == base.path or asked.path.startswith(f"{base.path.rstrip('/')}/")
    return bool(base.netloc) and same_host and inside and ".." not in asked.path
