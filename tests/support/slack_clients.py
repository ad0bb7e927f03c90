"""Slack's clients with one token, and stand-ins for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from handlers.slack.clients import SlackClients

if TYPE_CHECKING:
    import aiohttp

    from handlers.slack.web_client import WebClient


def clients(api_url: str, session: aiohttp.ClientSession, token: str) -> SlackClients:
    """Return clients that have the same token for every workspace."""

    async def token_of(_team: str) -> str:
        return token

    return SlackClients(api_url, session, token_of)


def web_client(api_url: str, session: aiohttp.ClientSession, token: str) -> WebClient:
    """Return slack_sdk's client with a token."""
    return clients(api_url, session, token).web("T1")


def only(client: object) -> SlackClients:
    """Return clients of which each is a stand-in."""
    return cast("SlackClients", SimpleNamespace(of=lambda _team: client, web=lambda _team: client))
