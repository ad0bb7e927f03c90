"""Other forms of the app's manifest: reached over HTTP, and for an app made before agent_view."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from handlers.slack.installations.flow import REDIRECT_PATH
from handlers.slack.receiving.http_server import EVENTS_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping


def over_http(manifest: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return a manifest for HTTP mode; `url` is the bot's public address, with or without /slack/events.

    Raises ValueError for an address that Slack would refuse.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or " " in url:
        raise ValueError("Slack needs an address that begins with https:// and has no ? or #.")
    address = f"{url.rstrip('/').removesuffix(EVENTS_PATH)}{EVENTS_PATH}"
    found = deepcopy(dict(manifest))
    settings = found["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {"request_url": address, **settings["event_subscriptions"]}
    settings["interactivity"] |= {"request_url": address, "message_menu_options_url": address}
    for command in found["features"]["slash_commands"]:
        command["url"] = address
    found["oauth_config"]["redirect_urls"] = [f"{address.removesuffix(EVENTS_PATH)}{REDIRECT_PATH}"]
    return found


def for_legacy_assistant(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest for an app that was made before agent_view and has not moved to it.

    Slack: "Migrating to the Agent messaging experience": assistant_view is its view, and assistant_thread_started tells
    that it was opened; a new app can have neither.
    """
    found = deepcopy(dict(manifest))
    features, subscriptions = found["features"], found["settings"]["event_subscriptions"]
    agent = features.pop("agent_view")
    features["assistant_view"] = {
        "assistant_description": agent["agent_description"],
        "suggested_prompts": agent["suggested_prompts"],
    }
    events = {*subscriptions["bot_events"], "assistant_thread_started"} - {"app_context_changed"}
    subscriptions["bot_events"] = sorted(events)
    return found
