"""Interactivity: sending what people do with the app's own elements, where the manifest asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.wire.delivery import Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.manifest import Manifest
    from workspace.wire.delivery import Dispatch, Dispatcher

NOT_CONFIGURED = "This app is not configured to handle interactive responses."


class Interactive:
    """Sends clicks, submissions, searches and shortcuts, once each."""

    def __init__(self, dispatcher: Dispatcher, manifest: Manifest) -> None:
        """Send through the dispatcher to the addresses in the manifest."""
        self._dispatcher = dispatcher
        self._manifest = manifest

    @property
    def is_configured(self) -> bool:
        """Whether the manifest enables interactivity."""
        return self._manifest.interactivity

    async def send(self, payload: Mapping[str, Any]) -> Dispatch:
        """Send it; a search for options goes to an address of its own over HTTP."""
        is_search = payload["type"] == "block_suggestion"
        url = self._manifest.options_url if is_search else self._manifest.interactivity_url
        return await self._dispatcher.send_once(Envelope("interactive", payload, url))
