"""/oauth/v2/authorize: what an app asks for, and Allow or Cancel ("Installing with OAuth")."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from workspace.errors import SlackError
from workspace.guard import guarded
from workspace.page.assets import address_of
from workspace.rendering.render import environment
from workspace.state.seed import ADA_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.slack_app import SlackApp
    from workspace.wire.oauth.authorizing import AuthorizationRequest

AUTHORIZE = "/oauth/v2/authorize"


def mount(application: web.Application, app: SlackApp) -> None:
    """Add the page's routes to the application."""
    page = ConsentPage(app)
    application.add_routes([web.get(AUTHORIZE, guarded(page.ask)), web.post(AUTHORIZE, guarded(page.decide))])


class ConsentPage:
    """Asks Ada, who is an admin everywhere, where the app may be installed."""

    def __init__(self, app: SlackApp) -> None:
        """Install this app."""
        self._app = app

    async def ask(self, request: web.Request) -> web.Response:
        """Show what the app asks for and where it can be installed; a sentence for a request that Slack refuses."""
        try:
            asked = self._app.oauth.read(request.query)
        except SlackError as error:
            return self._shown(HTTPStatus.BAD_REQUEST, refusal=f"{error.code}. {' '.join(error.messages)}".strip())
        return self._shown(HTTPStatus.OK, asked=asked, query=request.query)

    async def decide(self, request: web.Request) -> web.Response:
        """Send the browser back to the app, with a code, or with `access_denied` for Cancel."""
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        try:
            asked = self._app.oauth.read(form)
            if form.get("answer") != "allow":
                raise web.HTTPFound(asked.answer(error="access_denied"))
            raise web.HTTPFound(self._app.oauth.allow(asked, form.get("place", ""), ADA_ID))
        except (SlackError, LookupError) as error:
            return self._shown(HTTPStatus.BAD_REQUEST, refusal=str(error))

    def _shown(
        self,
        status: HTTPStatus,
        *,
        asked: AuthorizationRequest | None = None,
        query: Mapping[str, str] | None = None,
        refusal: str = "",
    ) -> web.Response:
        values = {
            "app_name": self._app.manifest.name,
            "refusal": refusal,
            "asked": asked,
            "query": query or {},
            "places": self._app.oauth.places(),
            "asset": address_of,
        }
        html = environment().get_template("consent.html").render(values)
        # With `no-referrer`, as the other pages have it, a browser names no origin when it sends a form.
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
        if asked:
            back = urlsplit(asked.redirect_uri)  # a browser holds the redirect after a form to form-action as well
            policy = f"default-src 'none'; style-src 'self'; form-action 'self' {back.scheme}://{back.netloc}"
            headers["Content-Security-Policy"] = f"{policy}; base-uri 'none'; frame-ancestors 'none'"
        return web.Response(text=html, content_type="text/html", status=status, headers=headers)
