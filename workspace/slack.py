"""Slack for one app: several workspaces behind one Web API address, as slack.com has them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workspace.errors import SlackError
from workspace.page import assets
from workspace.server import Served, Workspace, listening, mount_api
from workspace.slack_app import SlackApp
from workspace.wire.address import Address
from workspace.wire.arguments import Request, read_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from workspace.clock import Clock
    from workspace.state.records import Team


class Slack(Served):
    """Workspaces that share an app. Their people and channels have the same ids, which Slack's own never have.

    A call goes to the workspace of its token. A token of an organisation is for several: the call goes to the one that
    its `team_id` names, else to the one that has its channel, person, view or trigger.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        teams: Iterable[Team],
        *,
        clock: Clock | None = None,
        is_installed: bool = True,
    ) -> None:
        """Make a workspace of each team. Raises ManifestError. `is_installed`: with the app in it from the start."""
        self.app = SlackApp(manifest, clock)
        self._address = Address()
        made = [Workspace(self.app, team=team, is_installed=is_installed) for team in teams]
        self.workspaces = {workspace.state.team.id: workspace for workspace in made}

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Slack]:
        """Listen until the block ends, and each workspace with its page on a free port of its own.

        Raises ValueError and OSError as Workspace.serve does.
        """
        async with AsyncExitStack() as stack:
            for workspace in self.workspaces.values():
                await stack.enter_async_context(workspace.serve(host))
            served = await stack.enter_async_context(listening(self._application(), host, port))
            self._address.listen(*served)
            for workspace in self.workspaces.values():
                workspace.share_address(self._address)
            yield self

    def revoke_access(self, team_id: str) -> None:
        """Take a workspace out of those in which its organisation has the app, as an administrator of it does."""
        self.app.oauth.revoke_access(team_id)

    def grant_access(self, team_id: str) -> None:
        """Add a workspace to those in which its organisation has the app."""
        self.app.oauth.grant_access(team_id)

    def _application(self) -> web.Application:
        first = next(iter(self.workspaces.values()))
        application = first.new_application()
        mount_api(application, self._call, self._respond, self.app)
        application.router.add_get("/static/{name}", assets.serve)
        return application

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Hand a call to its workspace; one without a token, or with one that nobody has, to the first."""
        try:
            call = await read_request(request, accepts_json=True)
            workspace = self._workspace_of(call)
        except SlackError as error:
            if error.code in {"missing_argument", "team_access_not_granted"}:
                return web.json_response(error.to_json())
            workspace = next(iter(self.workspaces.values()))  # which refuses it for the same reason, in Slack's order
        return await workspace.take_call(request)

    def _workspace_of(self, call: Request) -> Workspace:
        """Return the workspace of a call. Raises SlackError for an organisation's token that names none of its own."""
        known = [self.workspaces[tenant.team.id] for tenant in self.app.oauth.tenants_of(call.token)]
        if len(known) < 2:  # noqa: PLR2004 — one or none
            return known[0] if known else next(iter(self.workspaces.values()))
        if team_id := call.arguments.text("team_id"):
            if found := next((each for each in known if each.state.team.id == team_id), None):
                return found
            raise SlackError("team_access_not_granted")
        having = [each for each in known if each.is_meant_by(call.arguments)]
        if len(having) > 1 and call.arguments.is_empty:
            return having[0]  # what is about no workspace, such as auth.test
        if len(having) != 1:
            raise SlackError("missing_argument", "missing required field: team_id")
        return having[0]

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """Hand a use of a response_url to the workspace that issued it."""
        token = request.match_info["token"]
        issuers = (each for each in self.workspaces.values() if each.has_issued(token))
        workspace = next(issuers, next(iter(self.workspaces.values())))
        return await workspace.take_response(request)
