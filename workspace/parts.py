"""The parts of a workspace, put together: state, surfaces, and both directions of the wire to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.slack_app import SlackApp
from workspace.state.agent import AgentThreads
from workspace.state.forms import Forms
from workspace.state.seed import new_state
from workspace.state.triggers import Triggers
from workspace.state.views import Views
from workspace.wire.access import Access
from workspace.wire.address import Address
from workspace.wire.delivery import Dispatcher
from workspace.wire.events import Events
from workspace.wire.faults import Faults
from workspace.wire.methods.method import Context
from workspace.wire.methods.rate_limits import RateLimits
from workspace.wire.oauth.authorizing import Tenant
from workspace.wire.oauth.grants import Installation
from workspace.wire.payloads import Payloads
from workspace.wire.responding import Responder, ResponseUrls
from workspace.wire.web_api import WebApi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.clock import Clock
    from workspace.panel import Panel
    from workspace.state.records import Team


class Parts:
    """Base class of the workspace: holds its parts. The classes in people/ add what people do with them."""

    def __init__(  # noqa: PLR0913 — each of them has a default
        self,
        manifest: Mapping[str, Any] | SlackApp,
        *,
        team: Team | None = None,
        is_installed: bool = True,
        panel: Panel | None = None,
        clock: Clock | None = None,
        tries: Sequence[str] = (),
        advice: str = "",
        is_legacy_app: bool = False,
    ) -> None:
        """Install the app that this manifest (as loaded from YAML) describes. Raises ManifestError.

        An app that is in other workspaces too comes instead of its manifest, with the workspace's own `team`; then
        `clock` and `is_legacy_app` are the app's. `is_installed`: without it the app is installed by OAuth alone.
        `is_legacy_app`: it was made before agent_view, and may have assistant_view.
        `clock` is the machine's clock, used for acks and signatures; the workspace's own runs above it. `tries` are
        things to type that the welcome in #general offers; `advice`, in mrkdwn, ends the welcome.
        """
        app = manifest if isinstance(manifest, SlackApp) else SlackApp(manifest, clock, is_legacy=is_legacy_app)
        self._app = app
        self.manifest, self.clock = app.manifest, app.clock
        self.state = new_state(self.manifest, self.clock, tries, advice, team)
        app.on_change(self.state.touch)
        self.fault_switches = Faults(self.clock)
        self.rate_limits = RateLimits(self.clock)
        self._panel = panel
        self._address = Address()
        self.installation = Installation(self.state.team)
        self._forms = Forms(self.state)
        self._views = Views(self._forms, self.state.team.id, self.state.touch)
        self._threads = AgentThreads(self.state, self.manifest.agent)
        self._looks_at: dict[str, str] = {}
        self._triggers = Triggers(self.clock)
        self._dispatcher = Dispatcher(app.transport, self.clock, self.fault_switches, self.state.touch)
        token = app.credentials.verification_token
        self._events = Events(self.state, self.manifest, self.installation, self._dispatcher, token)
        self._responder = Responder(self.state, self._events)
        self._response_urls = ResponseUrls(self._responder, self._address, self.clock, self.fault_switches)
        self._payloads = Payloads(token, self.manifest, self.installation, self._triggers, self._response_urls)
        self._web_api = WebApi(self._context(), app.credentials, self.fault_switches, self.rate_limits)
        events = self._events
        tenant = Tenant(self.installation, events.uninstalled, events.tokens_revoked, events.access_changed)
        app.oauth.join(tenant, is_installed=is_installed)

    def _context(self) -> Context:
        return Context(
            manifest=self.manifest,
            state=self.state,
            access=Access(self.state, self.installation),
            events=self._events,
            address=self._address,
            socket_mode=self._app.socket_mode,
            views=self._views,
            triggers=self._triggers,
            threads=self._threads,
            installation=self.installation,
            oauth=self._app.oauth,
        )
