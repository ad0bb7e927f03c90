"""The app's manifest with less than it asks for, as a workspace may install it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import app as wiring

if TYPE_CHECKING:
    from collections.abc import Callable


def without_scopes(is_refused: Callable[[str], bool]) -> dict[str, Any]:
    """Return the manifest without some optional scopes, and without the events of channels, which need them."""
    manifest = wiring.read_manifest()
    scopes, settings = manifest["oauth_config"]["scopes"], manifest["settings"]["event_subscriptions"]
    scopes["bot_optional"] = [each for each in scopes["bot_optional"] if not is_refused(each)]
    of_channels = ("channel_", "group_", "member_")
    settings["bot_events"] = [each for each in settings["bot_events"] if not each.startswith(of_channels)]
    return manifest
