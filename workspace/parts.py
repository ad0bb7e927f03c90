"""The parts of a workspace, put together: state, surfaces, and both directions of the wire to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.clock import SystemClock, TravellingClock
from workspace.manifest import read_manifest
from workspace.state.agent import AgentThreads
from workspace.state.forms import Forms
from workspace.state.seed import new_state
from workspace.state.triggers import Triggers
from workspace.state.views import Views
from workspace.wire.access import Access
from workspace.wire.address import Address
from workspace.wire.credentials import Credentials
from workspace.wire.delivery import Dispatcher
from workspace.wire.events import Events
from workspace.wire.faults import Faults
from workspace.wire.http_delivery import HttpDelivery
from workspace.wire.methods.method import Context
from workspace.wire.methods.rate_limits import RateLimits
from workspace.wire.payloads import Payloads
from workspace.wire.responding import Responder, ResponseUrls
from workspace.wire.socket_mode import SocketMode
from workspace.wire.web_api import WebApi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.clock import Clock
    from workspace.panel import Panel
    from workspace.wire.delivery import Transport


class Parts:
    """Base class of the workspace: holds its parts. The classes in people/ add what people do with them."""

    def __init__(  # noqa: PLR0913 — each of them has a default
        self,
        manifest: Mapping[str, Any],
        *,
        panel: Panel | None = None,
        clock: Clock | None = None,
        tries: Sequence[str] = (),
        advice: str = "",
        is_legacy_app: bool = False,
    ) -> None:
        """Install the app that this manifest (as loaded from YAML) describes. Raises ManifestError.

        `is_legacy_app`: it was made before agent_view, and may have assistant_view.
        `clock` is the machine's clock, used for acks and signatures; the workspace's own runs above it. `tries` are
        things to type that the welcome in #general offers; `advice`, in mrkdwn, ends the welcome.
        """
        machine = clock or SystemClock()
        self.manifest = read_manifest(manifest, is_legacy_app=is_legacy_app)
        self.clock = TravellingClock(machine)
        self.state = new_state(self.manifest, self.clock, tries, advice)
        self.clock.on_jump(self.state.touch)
        self.fault_switches = Faults(self.clock)
        self.rate_limits = RateLimits(self.clock)
        self._panel = panel
        self._credentials, self._address = Credentials(), Address()
        self._forms = Forms(self.state)
        self._views = Views(self._forms, self.state.touch)
        self._threads = AgentThreads(self.state, self.manifest.agent)
        self._looks_at: dict[str, str] = {}
        self._triggers = Triggers(self.clock)
        self._socket_mode = SocketMode(machine, self.state.touch)
        self._http = HttpDelivery(self._credentials.signing_secret, machine, self.state.touch)
        self._transport: Transport = self._socket_mode if self.manifest.socket_mode else self._http
        self._dispatcher = Dispatcher(self._transport, self.clock, self.fault_switches, self.state.touch)
        token = self._credentials.verification_token
        self._events = Events(self.state, self.manifest, self._dispatcher, self.clock, token)
        self._responder = Responder(self.state, self._events)
        self._response_urls = ResponseUrls(self._responder, self._address, self.clock, self.fault_switches)
        self._payloads = Payloads(token, self.manifest, self._triggers, self._response_urls)
        self._web_api = WebApi(self._context(), self._credentials, self.fault_switches, self.rate_limits)

    def _context(self) -> Context:
        return Context(
            manifest=self.manifest,
            state=self.state,
            access=Access(self.state, self.manifest.scopes),
            events=self._events,
            address=self._address,
            socket_mode=self._socket_mode,
            views=self._views,
            triggers=self._triggers,
            threads=self._threads,
        )
