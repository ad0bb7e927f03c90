"""The app as Slack knows it, once for all its workspaces: manifest, credentials, clock, and how it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.clock import SystemClock, TravellingClock
from workspace.manifest import read_manifest
from workspace.wire.credentials import Credentials
from workspace.wire.http_delivery import HttpDelivery
from workspace.wire.oauth.authorizing import OAuth
from workspace.wire.socket_mode import SocketMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workspace.clock import Clock
    from workspace.wire.delivery import Transport


class SlackApp:
    """What all workspaces of an app share. One connection brings what happens in any of them."""

    def __init__(self, manifest: Mapping[str, Any], clock: Clock | None, *, is_legacy: bool = False) -> None:
        """Read the manifest, as loaded from YAML. Raises ManifestError.

        `clock` is the machine's clock, used for acks and signatures; the workspaces' own runs above it. `is_legacy`:
        the app was made before agent_view, and may have assistant_view.
        """
        machine = clock or SystemClock()
        self._listeners: list[Callable[[], None]] = []
        self.manifest = read_manifest(manifest, is_legacy_app=is_legacy)
        self.clock = TravellingClock(machine)
        self.credentials = Credentials()
        self.oauth = OAuth(self.manifest, self.credentials, self.clock)
        self.socket_mode = SocketMode(machine, self._changed)
        self.http = HttpDelivery(self.credentials.signing_secret, machine, self._changed)
        self.transport: Transport = self.socket_mode if self.manifest.socket_mode else self.http

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the app becomes reachable or unreachable, and when the clock is put forward."""
        self._listeners.append(listener)
        self.clock.on_jump(listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()
